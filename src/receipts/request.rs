//! What is asked for when a receipt is issued, and what of it is true: every text
//! can be printed and written as XML, every amount agrees.

use super::amount::Dong;
use super::currency::{Decimal, Exchange, ForeignPrice};
use super::series::SeriesId;
use super::{ReceiptError, form};
use crate::drawing::fonts::is_printable;
use crate::net::smtp::is_address;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// Lines of one receipt.
const LINES: usize = 500;
/// Characters of a name or address, of a code or reference, and of the note.
pub(super) const NAME: usize = 300;
pub(super) const CODE: usize = 64;
/// Characters of a note.
pub const NOTE: usize = 1_000;

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

/// What is taken off a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reduction {
    /// Why.
    pub reason: String,
    /// How much.
    pub amount: Dong,
}

/// One fee line whose amount is quantity × price less the reduction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Code of the fee in the catalogue.
    pub fee: String,
    /// Its name.
    pub name: String,
    /// Unit of measure.
    pub unit: Option<String>,
    /// How many.
    pub quantity: i64,
    /// Price of one.
    pub unit_price: Dong,
    /// The price of one as the law sets it in a foreign currency.
    pub foreign: Option<ForeignPrice>,
    /// What is taken off.
    pub reduction: Option<Reduction>,
    /// Quantity × price less the reduction.
    pub amount: Dong,
}

impl Line {
    /// Its name, its price in a foreign currency, and what was taken off and why.
    pub fn shown_name(&self) -> String {
        let foreign = self.foreign.map(|foreign| format!(" ({foreign})")).unwrap_or_default();
        match &self.reduction {
            None => format!("{}{foreign}", self.name),
            Some(Reduction { reason, amount }) => format!("{}{foreign} (giảm {amount} đ: {reason})", self.name),
        }
    }
}

/// A request that holds: texts in Unicode normal form C and printable, amounts computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The series.
    pub series: SeriesId,
    /// Who pays.
    pub payer: Payer,
    /// What is paid.
    pub lines: Vec<Line>,
    /// The sum of the lines.
    pub total: Dong,
    /// How it is paid.
    pub payment: Payment,
    /// Dossier code.
    pub dossier: Option<String>,
    /// A note that is printed.
    pub note: Option<String>,
    /// The rate of the day.
    pub exchange: Option<Exchange>,
}

impl Request {
    /// Reads a request; unknown and repeated keys, fractions and wrong types are refused with their place.
    pub fn parse(json: &[u8]) -> Result<Self, ReceiptError> {
        serde_json::from_slice(json).map_err(|error| ReceiptError::Json(form::explained(json, &error)))
    }

    /// Where the fee is collected.
    pub fn channel(&self) -> Channel {
        let by_payment = if self.payment.method == PaymentMethod::Portal { Channel::Portal } else { Channel::Counter };
        self.channel.unwrap_or(by_payment)
    }

    /// Checks everything; the error names the first field that is wrong.
    pub fn check(&self) -> Result<Order, ReceiptError> {
        let series = self.series.as_deref().ok_or_else(|| wrong("series", "must be given".to_owned()))?.parse()?;
        if self.channel() == Channel::Portal && self.payment.method == PaymentMethod::Cash {
            let why = "cash is not paid at the portal: the channel is counter, or the method transfer or portal";
            return Err(wrong("payment.method", why.to_owned()));
        }
        if self.lines.is_empty() || self.lines.len() > LINES {
            return Err(wrong("lines", format!("there must be 1 to {LINES} lines, not {}", self.lines.len())));
        }
        let exchange = self.exchange.as_ref().map(Exchange::checked).transpose()?;
        let mut total = Dong::ZERO;
        let mut lines = Vec::with_capacity(self.lines.len());
        for (index, line) in self.lines.iter().enumerate() {
            let line = line.check(&format!("lines[{index}]"), exchange.as_ref())?;
            total = total
                .checked_add(line.amount)
                .ok_or_else(|| wrong("lines", "the total does not fit in 64 bits".to_owned()))?;
            lines.push(line);
        }
        if let Some(exchange) = exchange.as_ref().filter(|_| lines.iter().all(|line: &Line| line.foreign.is_none())) {
            return Err(wrong("exchange", format!("no line is priced in {}", exchange.currency)));
        }
        Ok(Order {
            exchange,
            series,
            payer: self.payer.check()?,
            lines,
            total,
            payment: Payment {
                method: self.payment.method,
                reference: optional("payment.reference", self.payment.reference.as_deref(), CODE)?,
            },
            dossier: optional("dossier", self.dossier.as_deref(), CODE)?,
            note: optional("note", self.note.as_deref(), NOTE)?,
        })
    }
}

impl LineRequest {
    fn check(&self, path: &str, exchange: Option<&Exchange>) -> Result<Line, ReceiptError> {
        let field = |name: &str| format!("{path}.{name}");
        if self.quantity < 1 {
            return Err(wrong(field("quantity"), format!("must be at least 1, not {}", self.quantity)));
        }
        let needed = |name: &str| wrong(field(name), "must be given where there is no fee catalogue".to_owned());
        if self.value.is_some() {
            return Err(wrong(field("value"), "only a fee of a catalogue can be a percentage of a value".to_owned()));
        }
        let foreign = self.foreign(path, exchange)?;
        let unit_price = match (&foreign, self.unit_price) {
            (Some((_, price)), Some(given)) if given != price.get() => {
                let why = format!("{given} is not what currency_price comes to at the rate: {}", price.get());
                return Err(wrong(field("unit_price"), why));
            }
            (Some((_, price)), _) => *price,
            (None, given) => {
                let given = given.ok_or_else(|| needed("unit_price"))?;
                Dong::new(given).ok_or_else(|| wrong(field("unit_price"), format!("must not be negative: {given}")))?
            }
        };
        let whole = unit_price.checked_mul(self.quantity).ok_or_else(|| {
            wrong(field("amount"), format!("{} × {} does not fit in 64 bits", self.quantity, unit_price.get()))
        })?;
        let reduction = self.reduction.as_ref().map(|r| r.check(&field("reduction"))).transpose()?;
        let off = reduction.as_ref().map_or(Dong::ZERO, |r| r.amount);
        let amount = whole.checked_sub(off).ok_or_else(|| {
            wrong(field("reduction.amount"), format!("{} is more than there is to pay: {}", off.get(), whole.get()))
        })?;
        if let Some(given) = self.amount.filter(|given| *given != amount.get()) {
            let less = if reduction.is_some() { " - reduction" } else { "" };
            let why = format!("{given} is not quantity × unit_price{less} = {}", amount.get());
            return Err(wrong(field("amount"), why));
        }
        Ok(Line {
            fee: text(field("fee"), &self.fee, CODE)?,
            name: text(field("name"), self.name.as_deref().ok_or_else(|| needed("name"))?, NAME)?,
            unit: optional(field("unit"), self.unit.as_deref(), CODE)?,
            quantity: self.quantity,
            unit_price,
            foreign: foreign.map(|(foreign, _)| foreign),
            reduction,
            amount,
        })
    }

    /// The price in a foreign currency, and what it comes to in dong.
    fn foreign(&self, path: &str, exchange: Option<&Exchange>) -> Result<Option<(ForeignPrice, Dong)>, ReceiptError> {
        let Some(price) = self.currency_price else { return Ok(None) };
        let exchange = exchange.ok_or_else(|| {
            wrong("exchange", format!("must say in which currency {path}.currency_price is, and the rate of the day"))
        })?;
        let dong = exchange.dong(price).ok_or_else(|| {
            wrong(format!("{path}.currency_price"), "what it comes to in dong does not fit in 64 bits".to_owned())
        })?;
        Ok(Some((ForeignPrice { currency: exchange.currency, price }, dong)))
    }
}

impl ReductionRequest {
    /// Without a catalogue: reason and amount as they are given.
    fn check(&self, path: &str) -> Result<Reduction, ReceiptError> {
        if self.code.is_some() {
            return Err(wrong(format!("{path}.code"), "there is no fee catalogue that it could be in".to_owned()));
        }
        let needed = |name: &str| wrong(format!("{path}.{name}"), "must be given".to_owned());
        let amount = self.amount.and_then(Dong::new).ok_or_else(|| needed("amount"))?;
        let reason = self.reason.as_deref().ok_or_else(|| needed("reason"))?;
        Ok(Reduction { reason: text(format!("{path}.reason"), reason, NAME)?, amount })
    }
}

impl Payer {
    fn check(&self) -> Result<Self, ReceiptError> {
        let payer = Self {
            name: text("payer.name", &self.name, NAME)?,
            tax_code: optional("payer.tax_code", self.tax_code.as_deref(), CODE)?,
            personal_id: optional("payer.personal_id", self.personal_id.as_deref(), CODE)?,
            address: optional("payer.address", self.address.as_deref(), NAME)?,
            email: optional("payer.email", self.email.as_deref(), NAME)?,
            phone: optional("payer.phone", self.phone.as_deref(), CODE)?,
        };
        if let Some(code) = payer.tax_code.as_deref().filter(|code| !is_tax_code(code)) {
            return Err(wrong(
                "payer.tax_code",
                format!("{code:?} is not ten digits, or ten and three (0102030405-001)"),
            ));
        }
        if let Some(id) = payer.personal_id.as_deref().filter(|id| id.len() != 12 || !digits(id)) {
            return Err(wrong("payer.personal_id", format!("{id:?} is not twelve digits")));
        }
        if let Some(email) = payer.email.as_deref().filter(|email| !is_address(email)) {
            return Err(wrong("payer.email", format!("{email:?} is not an e-mail address")));
        }
        let is_phone = |phone: &str| {
            let count = phone.bytes().filter(u8::is_ascii_digit).count();
            (3..=15).contains(&count) && phone.bytes().all(|b| b.is_ascii_digit() || b"+ .-()".contains(&b))
        };
        if let Some(phone) = payer.phone.as_deref().filter(|phone| !is_phone(phone)) {
            return Err(wrong("payer.phone", format!("{phone:?} is not a telephone number")));
        }
        Ok(payer)
    }
}

/// Whether it has the form of a tax code: ten digits, or ten and three. A person's is the personal id.
pub fn is_tax_code(code: &str) -> bool {
    match code.split_once('-') {
        Some((body, branch)) => body.len() == 10 && digits(body) && branch.len() == 3 && digits(branch),
        None => matches!(code.len(), 10 | 12) && digits(code),
    }
}

pub(super) fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

pub(super) fn wrong(field: impl Into<String>, why: String) -> ReceiptError {
    ReceiptError::Field { field: field.into(), why }
}

pub(super) fn optional(
    field: impl Into<String>,
    value: Option<&str>,
    limit: usize,
) -> Result<Option<String>, ReceiptError> {
    value.map(|value| text(field, value, limit)).transpose()
}

/// What a payment is known by: its reference, whatever its letter case, composition of letters, and space around it.
pub fn payment_of(reference: &str) -> String {
    let composed: String = reference.trim().nfc().collect();
    composed.to_lowercase().nfc().collect()
}

/// A text as it will be printed: trimmed, in normal form C, and with a glyph for each letter, so that nothing
/// that was signed is invisible on paper.
pub fn text(field: impl Into<String>, value: &str, limit: usize) -> Result<String, ReceiptError> {
    let field = field.into();
    let value: String = value.trim().nfc().collect();
    if value.is_empty() {
        return Err(wrong(field, "must not be empty".to_owned()));
    }
    let length = value.chars().count();
    if length > limit {
        return Err(wrong(field, format!("has {length} characters, more than {limit}")));
    }
    match value.chars().find(|c| !is_printable(*c)) {
        Some(c) => Err(wrong(field, format!("has a character that cannot be printed: U+{:04X}", u32::from(c)))),
        None => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = r#"{"series": "EBL01/26TAA",
        "payer": {"name": "Nguyễn Văn A", "tax_code": null, "personal_id": "062090001234", "address": "Số 1", "email": null, "phone": null},
        "lines": [{"fee": "CTBS", "name": "Phí chứng thực bản sao", "unit": "trang", "quantity": 3, "unit_price": 2000, "amount": 6000}],
        "payment": {"method": "cash", "reference": null}, "dossier": null, "note": null}"#;

    fn error(from: &str, to: &str) -> String {
        let json = REQUEST.replacen(from, to, 1);
        assert_ne!(json, REQUEST, "{from} is not in the request");
        Request::parse(json.as_bytes()).and_then(|r| r.check()).unwrap_err().to_string()
    }

    #[test]
    fn the_contracts_request_is_right() {
        let order = Request::parse(REQUEST.as_bytes()).unwrap().check().unwrap();
        assert_eq!(order.total.get(), 6_000);
        assert_eq!(order.series.to_string(), "EBL01/26TAA");
        let without = REQUEST.replace(", \"amount\": 6000", "");
        assert_eq!(Request::parse(without.as_bytes()).unwrap().check().unwrap(), order);
    }

    #[test]
    fn each_wrong_field_is_named() {
        for (from, to, expected) in [
            ("\"amount\": 6000", "\"amount\": 6001", "lines[0].amount: 6001 is not quantity × unit_price = 6000"),
            ("\"quantity\": 3", "\"quantity\": 0", "lines[0].quantity: must be at least 1"),
            ("\"quantity\": 3", "\"quantity\": 1.5", "lines[0].quantity: must be a whole number, not 1.5"),
            ("\"quantity\": 3", "\"quantity\": \"3\"", "lines[0].quantity: must be a whole number, not \"3\""),
            ("\"quantity\": 3, ", "", "lines[0].quantity: must be given"),
            ("\"note\": null", "\"channel\": \"portal\"", "payment.method: cash is not paid at the portal"),
            ("\"note\": null}", "\"note\": null", "it is not JSON"),
            ("\"unit_price\": 2000", "\"unit_price\": -1", "lines[0].unit_price"),
            ("\"unit_price\": 2000", "\"unit_price\": 9000000000000000000", "lines[0].amount"),
            ("\"note\": null", "\"note\": \"a\\u0000b\"", "note: has a character that cannot be printed: U+0000"),
            ("\"note\": null", "\"note\": \"a\\u202eb\"", "note: has a character that cannot be printed: U+202E"),
            ("\"note\": null", "\"note\": \"😀\"", "U+1F600"),
            ("\"note\": null", "\"note\": \"\"", "note: must not be empty"),
            ("\"note\": null", "\"extra\": null", "extra: is no field here"),
            ("\"note\": null", "\"dossier\": null", "duplicate field `dossier`"),
            ("Nguyễn Văn A", "  ", "payer.name: must not be empty"),
            ("062090001234", "06209000123", "payer.personal_id"),
            ("\"tax_code\": null", "\"tax_code\": \"123\"", "payer.tax_code"),
            ("\"email\": null", "\"email\": \"a@\"", "payer.email"),
            ("\"phone\": null", "\"phone\": \"call me\"", "payer.phone"),
            ("\"cash\"", "\"barter\"", "payment.method: must be one of cash, transfer, portal, not \"barter\""),
            ("EBL01/26TAA", "EBL09/26TAA", "EBL09/26TAA"),
            ("EBL01/26TAA", "EBL01/26TAO", "26TAO"),
        ] {
            let message = error(from, to);
            assert!(message.contains(expected), "{message} lacks {expected}");
        }
    }

    #[test]
    fn a_payment_is_known_however_its_reference_is_written() {
        for text in ["đợt-Ế1", "ĐỢT-ế1", " Đợt-ế1\t", "D\u{0323}O\u{031b}\u{0323}T-E\u{0302}\u{0301}1"] {
            let text = text.replace("D\u{0323}", "Đ");
            assert_eq!(payment_of(&text), "đợt-ế1", "{text}");
        }
        assert_ne!(payment_of("FT-1"), payment_of("FT 1"));
        assert_eq!(payment_of("\u{212a}-1"), payment_of("k-1"));
    }

    #[test]
    fn names_are_kept_in_normal_form_c() {
        let json = REQUEST.replace("Nguyễn Văn A", "Nguyê\u{0303}n Va\u{0306}n A");
        let order = Request::parse(json.as_bytes()).unwrap().check().unwrap();
        assert_eq!(order.payer.name, "Nguyễn Văn A");
    }
}
