//! What is asked for when a receipt is issued, as JSON.

use super::ReceiptError;
use super::currency::{Decimal, Exchange};
use super::form;
use serde::{Deserialize, Serialize};

/// A request for one receipt. Unknown keys are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The series, such as `EBL01/26TAA`; the form alone, or nothing, where the unit has open series of only one form that fit: of several the
    /// oldest that has numbers left is taken.
    #[serde(default)]
    pub series: Option<String>,
    /// Who pays.
    pub payer: Payer,
    /// What is paid, one line a fee.
    pub lines: Vec<LineRequest>,
    /// How it is paid.
    pub payment: Payment,
    /// Dossier code of the one-stop counter or the public-service portal.
    #[serde(default)]
    pub dossier: Option<String>,
    /// A note that is printed.
    #[serde(default)]
    pub note: Option<String>,
    /// Which prices of the catalogue count; left out those of the portal if it was paid there, else those of the counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub channel: Option<Channel>,
    /// The rate of the day, where the law sets a fee in a foreign currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Exchange>,
}

/// Where a fee is collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// At a counter.
    Counter,
    /// At the public-service portal.
    Portal,
}

/// Who pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Payer {
    /// Name of the person or organization.
    pub name: String,
    /// Tax code: ten digits, or ten and three.
    #[serde(default)]
    pub tax_code: Option<String>,
    /// Personal identification number: twelve digits.
    #[serde(default)]
    pub personal_id: Option<String>,
    /// Address.
    #[serde(default)]
    pub address: Option<String>,
    /// E-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(default)]
    pub phone: Option<String>,
    /// Account: number and bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// One fee line as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineRequest {
    /// Code of the fee in the catalogue.
    pub fee: String,
    /// Its name; left out it is that of the catalogue, given it must agree.
    #[serde(default)]
    pub name: Option<String>,
    /// Unit of measure; as with the name.
    #[serde(default)]
    pub unit: Option<String>,
    /// How many, at least 1.
    pub quantity: i64,
    /// Price of one, whole dong; as with the name. Where the price has tiers it is that of the first.
    #[serde(default)]
    pub unit_price: Option<i64>,
    /// Price of one in the currency of `exchange`, a text with at most two decimals; `unit_price` is then what it comes to in dong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub currency_price: Option<Decimal>,
    /// Whole dong; left out it is quantity × `unit_price` less the reduction, given it must agree.
    #[serde(default)]
    pub amount: Option<i64>,
    /// What a fee that is a percentage is a percentage of, whole dong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<i64>,
    /// The exemption or reduction that the payer is entitled to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reduction: Option<ReductionRequest>,
}

/// An exemption or reduction: one of the catalogue by its code, or, where there is no catalogue, reason and amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReductionRequest {
    /// Its code in the catalogue.
    #[serde(default)]
    pub code: Option<String>,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// How much, whole dong.
    #[serde(default)]
    pub amount: Option<i64>,
}

/// How it is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// The way of payment.
    pub method: PaymentMethod,
    /// Reference of the bank or the portal.
    #[serde(default)]
    pub reference: Option<String>,
}

/// The way of payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PaymentMethod {
    /// Cash at the counter.
    Cash,
    /// Bank transfer.
    Transfer,
    /// The public-service portal.
    Portal,
}

impl Channel {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Portal => "portal",
        }
    }
}

impl PaymentMethod {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Cash, Self::Transfer, Self::Portal];

    /// As it is written in a request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Transfer => "transfer",
            Self::Portal => "portal",
        }
    }

    /// As the receipt says it.
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::Cash => "Tiền mặt",
            Self::Transfer => "Chuyển khoản",
            Self::Portal => "Cổng dịch vụ công",
        }
    }
}

impl Request {
    /// Reads a request; unknown and repeated keys, fractions and wrong types are refused with their place.
    pub fn parse(json: &[u8]) -> Result<Self, ReceiptError> {
        serde_json::from_slice(json).map_err(|error| ReceiptError::Json(form::explained::<Self>(json, &error)))
    }

    /// Where the fee is collected.
    pub fn channel(&self) -> Channel {
        let by_payment = if self.payment.method == PaymentMethod::Portal { Channel::Portal } else { Channel::Counter };
        self.channel.unwrap_or(by_payment)
    }
}
