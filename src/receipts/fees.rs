//! The fee catalogue of a unit: what is collected, by which law, at which price, from which day on. A unit inherits the catalogue of the
//! unit above it: of one code, the row counts that the nearest unit has in force on the day. A price is that of the day of collection.

use super::ReceiptError;
use super::amount::Dong;
use super::budget::BudgetItem;
use super::currency::Exchange;
use super::field::{CODE, NAME, optional, text, wrong};
use super::order::too_few;
use super::price::{Percent, Price, PriceError};
use super::request::{Channel, LineRequest, ReductionRequest, Request};
use crate::error::{Error, Kind, Result};
use crate::messages::{Text, both};
use crate::store::Transaction;
use crate::store::fees::FeeRow;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use time::Date;

time::serde::format_description!(day, Date, "[year]-[month]-[day]");

/// Exemptions and reductions of one fee.
const MOST_REDUCTIONS: usize = 50;

/// Charge or fee (Luật Phí và lệ phí 97/2015, art. 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum FeeKind {
    /// Phí: for a public service.
    #[serde(rename = "phí", alias = "phi")]
    Phi,
    /// Lệ phí: for an act of state administration.
    #[serde(rename = "lệ phí", alias = "le-phi")]
    LePhi,
}

impl FeeKind {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phi => "phí",
            Self::LePhi => "lệ phí",
        }
    }
}

impl FromStr for FeeKind {
    type Err = &'static str;
    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        match text.to_lowercase().as_str() {
            "phí" | "phi" => Ok(Self::Phi),
            "lệ phí" | "le-phi" => Ok(Self::LePhi),
            _ => Err("loại là phí hoặc lệ phí / the kind is phí or lệ phí"),
        }
    }
}

/// An exemption (100 %) or reduction that some payers are entitled to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeeReduction {
    /// Its code.
    pub code: String,
    /// How much is taken off, such as `50%`.
    #[schema(value_type = String)]
    pub percent: Percent,
    /// Why, as the receipt says it.
    pub reason: String,
}

/// A fee in one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// `phí` or `lệ phí`.
    #[schema(inline)]
    pub kind: FeeKind,
    /// The legal basis.
    pub legal_basis: String,
    /// Unit of measure.
    #[serde(default)]
    pub unit: Option<String>,
    /// The price: `10000`, `2000 from 3 at 1000 max 200000`, `case 100000`, `0.5% min 100000 max 5000000`, or `25 USD`.
    #[schema(value_type = String)]
    pub price: Price,
    /// The price at the portal, where it is another one.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub portal_price: Option<Price>,
    /// The first day, `2026-11-24`.
    #[serde(with = "day")]
    #[schema(value_type = String)]
    pub valid_from: Date,
    /// The last day, if there is one.
    #[serde(default, with = "day::option")]
    #[schema(value_type = Option<String>)]
    pub valid_to: Option<Date>,
    /// Exemptions and reductions.
    #[serde(default)]
    pub reductions: Vec<FeeReduction>,
    /// Where it belongs in the state budget: `2716`, `2700-2716`, or `760-2700-2716`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub budget_item: Option<BudgetItem>,
}

impl Fee {
    /// As the store has it.
    pub fn of(row: &FeeRow) -> Result<Self> {
        serde_json::from_str(&row.definition).map_err(|error| {
            let what = format!("fee {} of the unit {}", row.code, row.unit);
            Error::new(Kind::BadInput, "store.damaged", what, error)
        })
    }

    /// As the store is to have it.
    pub(super) fn row(&self, unit: &str) -> Result<FeeRow> {
        let failed = |error: serde_json::Error| Error::new(Kind::Bug, "fee.json", format!("fee {}", self.code), error);
        Ok(FeeRow {
            unit: unit.to_owned(),
            code: self.code.clone(),
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            definition: serde_json::to_string(self).map_err(failed)?,
        })
    }

    /// The same with every text as it will be printed; the error names the first field that is wrong.
    pub(super) fn checked(self) -> std::result::Result<Self, ReceiptError> {
        if self.valid_to.is_some_and(|to| to < self.valid_from) {
            return Err(wrong("valid_to", both!("trước valid_from", "is before valid_from")));
        }
        if self.reductions.len() > MOST_REDUCTIONS {
            let why = both!("nhiều hơn {MOST_REDUCTIONS}", "there are more than {MOST_REDUCTIONS}");
            return Err(wrong("reductions", why));
        }
        let mut reductions = Vec::<FeeReduction>::with_capacity(self.reductions.len());
        for reduction in self.reductions {
            let code = text("reductions", &reduction.code, CODE)?;
            if reductions.iter().any(|known| known.code == code) {
                return Err(wrong("reductions", both!("{code} có hai lần", "{code} is there twice")));
            }
            reductions.push(FeeReduction { code, reason: text("reductions", &reduction.reason, NAME)?, ..reduction });
        }
        Ok(Self {
            code: text("code", &self.code, CODE)?,
            name: text("name", &self.name, NAME)?,
            legal_basis: text("legal_basis", &self.legal_basis, NAME)?,
            unit: optional("unit", self.unit.as_deref(), CODE)?,
            reductions,
            ..self
        })
    }

    /// The price at a channel.
    pub fn price_at(&self, channel: Channel) -> &Price {
        match (channel, &self.portal_price) {
            (Channel::Portal, Some(price)) => price,
            _ => &self.price,
        }
    }

    /// The lines of a receipt for one line of a request: one for each price that is used.
    fn lines(
        &self,
        asked: &LineRequest,
        channel: Channel,
        exchange: Option<&Exchange>,
        path: &str,
    ) -> std::result::Result<Vec<LineRequest>, ReceiptError> {
        let field = |name: &str| format!("{path}.{name}");
        if asked.quantity < 1 {
            return Err(wrong(field("quantity"), too_few(asked.quantity)));
        }
        self.agrees(field("name"), asked.name.as_ref(), Some(&self.name))?;
        self.agrees(field("unit"), asked.unit.as_ref(), self.unit.as_ref())?;
        let value = match asked.value {
            Some(value) => {
                let negative = || wrong(field("value"), both!("không được âm", "must not be negative"));
                Some(Dong::new(value).ok_or_else(negative)?)
            }
            None => None,
        };
        let price = self.price_at(channel);
        let parts = price.parts(asked.quantity, value, exchange).map_err(|error| self.no_price(error, path))?;
        let first = price.first().or_else(|| parts.first().map(|part| part.price)).unwrap_or_default();
        if let Some(given) = asked.unit_price.filter(|given| *given != first.get()) {
            let why = both!(
                "{given} không phải mức thu của {code} trong danh mục phí: {price}",
                "{given} is not the price of {code} in the fee catalogue: {price}",
                code = self.code,
                price = first.get()
            );
            return Err(wrong(field("unit_price"), why));
        }
        if let Some(given) = asked.currency_price.filter(|given| parts.iter().any(|part| part.foreign != Some(*given)))
        {
            let why = both!(
                "{given} không phải mức thu của {code} trong danh mục phí: {price}",
                "{given} is not the price of {code} in the fee catalogue: {price}",
                code = self.code
            );
            return Err(wrong(field("currency_price"), why));
        }
        let reduction = asked.reduction.as_ref().map(|asked| self.reduction(asked, path)).transpose()?;
        let name = match (price, value) {
            (Price::Percent { percent, .. }, Some(value)) => {
                format!("{} ({} của {value} đ)", self.name, percent.vietnamese())
            }
            _ => self.name.clone(),
        };
        let too_large = || wrong(field("amount"), both!("quá lớn", "does not fit in 64 bits"));
        let (mut lines, mut total, mut off) = (Vec::with_capacity(parts.len()), Dong::ZERO, Dong::ZERO);
        for part in parts {
            let whole = part.price.checked_mul(part.quantity).and_then(|whole| whole.checked_sub(part.capped));
            let whole = whole.ok_or_else(too_large)?;
            let less = reduction.map_or(Some(Dong::ZERO), |r| r.percent.of(whole)).ok_or_else(too_large)?;
            total = whole.checked_sub(less).and_then(|net| total.checked_add(net)).ok_or_else(too_large)?;
            off = off.checked_add(less).ok_or_else(too_large)?;
            let capped =
                (part.capped > Dong::ZERO).then(|| format!("mức thu tối đa {} đ", price.most().unwrap_or_default()));
            let reasons: Vec<String> = capped
                .into_iter()
                .chain(reduction.map(|r| format!("{} {}", r.reason, r.percent.vietnamese())))
                .collect();
            let taken = part.capped.checked_add(less).ok_or_else(too_large)?;
            lines.push(LineRequest {
                fee: self.code.clone(),
                name: Some(name.clone()),
                unit: self.unit.clone(),
                quantity: part.quantity,
                unit_price: Some(part.price.get()),
                currency_price: part.foreign,
                amount: None,
                value: None,
                reduction: (!reasons.is_empty()).then(|| ReductionRequest {
                    code: None,
                    reason: Some(reasons.join("; ")),
                    amount: Some(taken.get()),
                }),
            });
        }
        if let Some(given) = asked.reduction.as_ref().and_then(|r| r.amount).filter(|given| *given != off.get()) {
            let why = both!(
                "{given} khác với số được giảm: {off}",
                "{given} is not what is taken off: {off}",
                off = off.get()
            );
            return Err(wrong(field("reduction.amount"), why));
        }
        if let Some(given) = asked.amount.filter(|given| *given != total.get()) {
            let why = both!(
                "{given} khác với số tiền theo danh mục phí: {total}",
                "{given} is not what the fee catalogue says: {total}",
                total = total.get()
            );
            return Err(wrong(field("amount"), why));
        }
        Ok(lines)
    }

    /// Whether what a line says is what the catalogue says, if it says so at all.
    fn agrees(
        &self,
        field: String,
        given: Option<&String>,
        ours: Option<&String>,
    ) -> std::result::Result<(), ReceiptError> {
        let Some(given) = given else { return Ok(()) };
        if ours.is_some_and(|ours| text("", given, NAME).as_ref() == Ok(ours)) {
            return Ok(());
        }
        let why = both!(
            "{given:?} khác với {code} trong danh mục phí: {ours}",
            "{given:?} is not that of {code} in the fee catalogue: {ours}",
            code = self.code,
            ours = ours.map_or("-", String::as_str)
        );
        Err(wrong(field, why))
    }

    /// Why a line at this path has no price.
    fn no_price(&self, error: PriceError, path: &str) -> ReceiptError {
        let why = error.text();
        match error {
            PriceError::NoRate(_) => wrong("exchange", Text::new(format!("{}: {}", self.code, why.vi), why.en)),
            PriceError::NoValue | PriceError::UselessValue => wrong(format!("{path}.value"), why),
            PriceError::NotOne => wrong(format!("{path}.quantity"), why),
            PriceError::TooLarge => wrong(format!("{path}.amount"), why),
        }
    }

    fn reduction(&self, asked: &ReductionRequest, path: &str) -> std::result::Result<&FeeReduction, ReceiptError> {
        let field = |name: &str| format!("{path}.reduction.{name}");
        let found = self.reductions.iter().find(|r| Some(&r.code) == asked.code.as_ref()).ok_or_else(|| {
            let codes: Vec<&str> = self.reductions.iter().map(|r| r.code.as_str()).collect();
            let code = &self.code;
            let why = match codes.as_slice() {
                [] => both!("{code} không có miễn, giảm", "{code} has no exemptions and reductions"),
                codes => {
                    both!("{code} chỉ có các mã miễn, giảm {all}", "those of {code} are {all}", all = codes.join(", "))
                }
            };
            wrong(field("code"), why)
        })?;
        match &asked.reason {
            Some(given) if text("", given, NAME).as_ref() != Ok(&found.reason) => Err(wrong(
                field("reason"),
                both!(
                    "khác với lý do của {code} trong danh mục phí: {reason}",
                    "is not that of {code} in the fee catalogue: {reason}",
                    code = found.code,
                    reason = found.reason
                ),
            )),
            _ => Ok(found),
        }
    }
}

/// Whether a receipt may say something else than the fee catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prices {
    /// It is refused.
    #[default]
    Enforce,
    /// It is issued as it was asked for, with a warning.
    Warn,
}

/// The request with each line as the unit's catalogue has it on the day of collection, and what differs where that is let pass.
/// Where there is no catalogue at all, lines stay as they are asked for.
pub async fn priced(
    tx: &mut dyn Transaction,
    unit: &str,
    request: &Request,
    day: Date,
    prices: Prices,
) -> Result<(Request, Vec<String>)> {
    let channel = request.channel();
    let exchange = request.exchange.as_ref().map(Exchange::checked).transpose()?;
    let (mut lines, mut warnings) = (Vec::with_capacity(request.lines.len()), Vec::new());
    for (index, line) in request.lines.iter().enumerate() {
        let fee = tx.fee_in_force(unit, &line.fee, day).await?.map(|row| Fee::of(&row)).transpose()?;
        let done = match &fee {
            Some(fee) => fee.lines(line, channel, exchange.as_ref(), &format!("lines[{index}]")),
            None if tx.has_fees(unit).await? => {
                let code = line.fee.chars().take(CODE).collect();
                Err(ReceiptError::NoFee { line: index, code, day })
            }
            None => Ok(vec![line.clone()]),
        };
        match done {
            Ok(priced) => lines.extend(priced),
            Err(error) if prices == Prices::Enforce => return Err(error.into()),
            Err(error) => {
                let line = as_asked(line, fee.as_ref());
                // what lacks something that the catalogue would say is wrong for the reason that the catalogue has
                if !stands_alone(&line) {
                    return Err(error.into());
                }
                warnings.push(error.to_string());
                lines.push(line);
            }
        }
    }
    Ok((Request { lines, ..request.clone() }, warnings))
}

/// Whether a line says all that it would have to say where there is no catalogue, and nothing that only a catalogue can tell.
fn stands_alone(line: &LineRequest) -> bool {
    let is_priced = line.unit_price.is_some() || line.currency_price.is_some();
    let is_reduced_by_code = line.reduction.as_ref().is_some_and(|reduction| reduction.code.is_some());
    is_priced && line.name.is_some() && line.value.is_none() && !is_reduced_by_code
}

/// A line as it was asked for; what was left out is that of the catalogue.
fn as_asked(line: &LineRequest, fee: Option<&Fee>) -> LineRequest {
    LineRequest {
        name: line.name.clone().or_else(|| fee.map(|fee| fee.name.clone())),
        unit: line.unit.clone().or_else(|| fee?.unit.clone()),
        ..line.clone()
    }
}
