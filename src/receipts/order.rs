//! What of a request is true: every text can be printed and written as XML, every amount agrees.

use super::ReceiptError;
use super::amount::Dong;
use super::currency::{Exchange, ForeignPrice};
use super::field::{CODE, NAME, NOTE, digits, is_tax_code, optional, text, wrong};
use super::request::{Channel, LineRequest, Payer, Payment, PaymentMethod, ReductionRequest, Request};
use super::series::SeriesId;
use crate::messages::{Text, both};
use crate::net::smtp::is_address;
use serde::{Deserialize, Serialize};

/// Lines of one receipt.
const LINES: usize = 500;

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

/// What is paid.
pub(super) struct Priced {
    pub lines: Vec<Line>,
    pub total: Dong,
    pub exchange: Option<Exchange>,
}

impl Order {
    /// Refuses what cannot be on a receipt with this denomination printed on it.
    pub(super) fn is_over(&self, denomination: Dong) -> Result<(), ReceiptError> {
        match self.lines.as_slice() {
            [line] if line.quantity == 1 && line.reduction.is_none() && line.amount == denomination => Ok(()),
            _ => Err(wrong(
                "lines",
                both!(
                    "biên lai in sẵn mệnh giá {denomination} đ chỉ thu một khoản, số lượng 1, đúng bằng mệnh giá, không giảm",
                    "a receipt with the printed denomination of {denomination} đ is for one line, once, over just that amount, without reduction"
                ),
            )),
        }
    }
}

impl Request {
    /// Checks everything; the error names the first field that is wrong.
    pub fn check(&self) -> Result<Order, ReceiptError> {
        let series =
            self.series.as_deref().ok_or_else(|| wrong("series", both!("phải có", "must be given")))?.parse()?;
        if self.channel() == Channel::Portal && self.payment.method == PaymentMethod::Cash {
            let why = both!(
                "không thu tiền mặt trên cổng dịch vụ công: kênh thu là counter, hoặc hình thức là transfer hay portal",
                "cash is not paid at the portal: the channel is counter, or the method transfer or portal"
            );
            return Err(wrong("payment.method", why));
        }
        let Priced { lines, total, exchange } = self.check_lines()?;
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

    /// Checks what is paid, whoever pays it and however.
    pub(super) fn check_lines(&self) -> Result<Priced, ReceiptError> {
        if self.lines.is_empty() || self.lines.len() > LINES {
            let why = both!(
                "phải có từ 1 đến {LINES} khoản thu, không phải {count}",
                "there must be 1 to {LINES} lines, not {count}",
                count = self.lines.len()
            );
            return Err(wrong("lines", why));
        }
        let exchange = self.exchange.as_ref().map(Exchange::checked).transpose()?;
        let mut total = Dong::ZERO;
        let mut lines = Vec::with_capacity(self.lines.len());
        for (index, line) in self.lines.iter().enumerate() {
            let line = line.check(&format!("lines[{index}]"), exchange.as_ref())?;
            total = total
                .checked_add(line.amount)
                .ok_or_else(|| wrong("lines", both!("tổng số tiền quá lớn", "the total does not fit in 64 bits")))?;
            lines.push(line);
        }
        if let Some(exchange) = exchange.as_ref().filter(|_| lines.iter().all(|line: &Line| line.foreign.is_none())) {
            let why = both!(
                "không có khoản thu nào tính bằng {currency}",
                "no line is priced in {currency}",
                currency = exchange.currency
            );
            return Err(wrong("exchange", why));
        }
        Ok(Priced { lines, total, exchange })
    }
}

/// What is wrong with a quantity.
pub(super) fn too_few(quantity: i64) -> Text {
    both!("phải từ 1 trở lên, không phải {quantity}", "must be at least 1, not {quantity}")
}

impl LineRequest {
    fn check(&self, path: &str, exchange: Option<&Exchange>) -> Result<Line, ReceiptError> {
        let field = |name: &str| format!("{path}.{name}");
        if self.quantity < 1 {
            return Err(wrong(field("quantity"), too_few(self.quantity)));
        }
        let needed = |name: &str| {
            let why =
                both!("phải có khi đơn vị không có danh mục phí", "must be given where there is no fee catalogue");
            wrong(field(name), why)
        };
        if self.value.is_some() {
            let why = both!(
                "chỉ khoản thu trong danh mục phí mới tính theo tỷ lệ",
                "only a fee of a catalogue can be a percentage of a value"
            );
            return Err(wrong(field("value"), why));
        }
        let foreign = self.foreign(path, exchange)?;
        let unit_price = match (&foreign, self.unit_price) {
            (Some((_, price)), Some(given)) if given != price.get() => {
                let why = both!(
                    "{given} không bằng currency_price quy đổi theo tỷ giá: {price}",
                    "{given} is not what currency_price comes to at the rate: {price}",
                    price = price.get()
                );
                return Err(wrong(field("unit_price"), why));
            }
            (Some((_, price)), _) => *price,
            (None, given) => {
                let given = given.ok_or_else(|| needed("unit_price"))?;
                Dong::new(given).ok_or_else(|| {
                    wrong(field("unit_price"), both!("không được âm: {given}", "must not be negative: {given}"))
                })?
            }
        };
        let whole = unit_price.checked_mul(self.quantity).ok_or_else(|| {
            let (quantity, price) = (self.quantity, unit_price.get());
            wrong(
                field("amount"),
                both!("{quantity} × {price} quá lớn", "{quantity} × {price} does not fit in 64 bits"),
            )
        })?;
        let reduction = self.reduction.as_ref().map(|r| r.check(&field("reduction"))).transpose()?;
        let off = reduction.as_ref().map_or(Dong::ZERO, |r| r.amount);
        let amount = whole.checked_sub(off).ok_or_else(|| {
            let why = both!(
                "{off} lớn hơn số phải nộp: {whole}",
                "{off} is more than there is to pay: {whole}",
                off = off.get(),
                whole = whole.get()
            );
            wrong(field("reduction.amount"), why)
        })?;
        if let Some(given) = self.amount.filter(|given| *given != amount.get()) {
            let less = if reduction.is_some() { " - reduction" } else { "" };
            let why = both!(
                "{given} không bằng số lượng × đơn giá (quantity × unit_price{less}) = {amount}",
                "{given} is not quantity × unit_price{less} = {amount}",
                amount = amount.get()
            );
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
            let why = both!(
                "phải nêu loại tiền của {path}.currency_price và tỷ giá trong ngày",
                "must say in which currency {path}.currency_price is, and the rate of the day"
            );
            wrong("exchange", why)
        })?;
        let dong = exchange.dong(price).ok_or_else(|| {
            let why = both!("quy ra đồng thì quá lớn", "what it comes to in dong does not fit in 64 bits");
            wrong(format!("{path}.currency_price"), why)
        })?;
        Ok(Some((ForeignPrice { currency: exchange.currency, price }, dong)))
    }
}

impl ReductionRequest {
    /// Without a catalogue: reason and amount as they are given.
    fn check(&self, path: &str) -> Result<Reduction, ReceiptError> {
        if self.code.is_some() {
            let why = both!("đơn vị không có danh mục phí", "there is no fee catalogue that it could be in");
            return Err(wrong(format!("{path}.code"), why));
        }
        let needed = |name: &str| wrong(format!("{path}.{name}"), both!("phải có", "must be given"));
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
            account: optional("payer.account", self.account.as_deref(), NAME)?,
        };
        if let Some(code) = payer.tax_code.as_deref().filter(|code| !is_tax_code(code)) {
            return Err(wrong(
                "payer.tax_code",
                both!(
                    "{code:?} không phải mã số thuế: 10 chữ số, hoặc 10 và 3 (0102030405-001)",
                    "{code:?} is not ten digits, or ten and three (0102030405-001)"
                ),
            ));
        }
        if let Some(id) = payer.personal_id.as_deref().filter(|id| id.len() != 12 || !digits(id)) {
            let why = both!("{id:?} không phải số định danh cá nhân: 12 chữ số", "{id:?} is not twelve digits");
            return Err(wrong("payer.personal_id", why));
        }
        if let Some(email) = payer.email.as_deref().filter(|email| !is_address(email)) {
            let why = both!("{email:?} không phải địa chỉ thư điện tử", "{email:?} is not an e-mail address");
            return Err(wrong("payer.email", why));
        }
        let is_phone = |phone: &str| {
            let count = phone.bytes().filter(u8::is_ascii_digit).count();
            (3..=15).contains(&count) && phone.bytes().all(|b| b.is_ascii_digit() || b"+ .-()".contains(&b))
        };
        if let Some(phone) = payer.phone.as_deref().filter(|phone| !is_phone(phone)) {
            let why = both!("{phone:?} không phải số điện thoại", "{phone:?} is not a telephone number");
            return Err(wrong("payer.phone", why));
        }
        Ok(payer)
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
            ("\"amount\": 6000", "\"amount\": 6001", "lines[0].amount: 6001 không bằng số lượng × đơn giá"),
            (
                "\"quantity\": 3",
                "\"quantity\": 0",
                "lines[0].quantity: phải từ 1 trở lên, không phải 0 / must be at least 1, not 0",
            ),
            (
                "\"quantity\": 3",
                "\"quantity\": 1.5",
                "lines[0].quantity: phải là số nguyên, không phải 1.5 / must be a whole number, not 1.5",
            ),
            ("\"quantity\": 3", "\"quantity\": \"3\"", "must be a whole number, not \"3\""),
            ("\"quantity\": 3, ", "", "lines[0].quantity: phải có / must be given"),
            ("\"note\": null", "\"channel\": \"portal\"", "payment.method: không thu tiền mặt trên cổng"),
            ("\"note\": null}", "\"note\": null", "it is not JSON"),
            ("\"unit_price\": 2000", "\"unit_price\": -1", "lines[0].unit_price"),
            ("\"unit_price\": 2000", "\"unit_price\": 9000000000000000000", "lines[0].amount"),
            ("\"note\": null", "\"note\": \"a\\u0000b\"", "note: có ký tự không in được: U+0000 / has a character"),
            ("\"note\": null", "\"note\": \"a\\u202eb\"", "has a character that cannot be printed: U+202E"),
            ("\"note\": null", "\"note\": \"😀\"", "U+1F600"),
            ("\"note\": null", "\"note\": \"\"", "note: không được để trống / must not be empty"),
            ("\"note\": null", "\"extra\": null", "extra: không có trường này"),
            ("\"note\": null", "\"dossier\": null", "duplicate field `dossier`"),
            ("Nguyễn Văn A", "  ", "payer.name: không được để trống"),
            ("062090001234", "06209000123", "payer.personal_id"),
            ("\"tax_code\": null", "\"tax_code\": \"123\"", "payer.tax_code"),
            ("\"email\": null", "\"email\": \"a@\"", "payer.email"),
            ("\"phone\": null", "\"phone\": \"call me\"", "payer.phone"),
            (
                "\"cash\"",
                "\"barter\"",
                "payment.method: phải là một trong cash, transfer, portal, không phải \"barter\"",
            ),
            ("EBL01/26TAA", "EBL09/26TAA", "EBL09/26TAA"),
            ("EBL01/26TAA", "EBL01/26TAO", "26TAO"),
        ] {
            let message = error(from, to);
            assert!(message.contains(expected), "{message} lacks {expected}");
        }
    }

    #[test]
    fn names_are_kept_in_normal_form_c() {
        let json = REQUEST.replace("Nguyễn Văn A", "Nguyê\u{0303}n Va\u{0306}n A");
        let order = Request::parse(json.as_bytes()).unwrap().check().unwrap();
        assert_eq!(order.payer.name, "Nguyễn Văn A");
    }
}
