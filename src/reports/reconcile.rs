//! The statement of a bank or of the portal held against the receipts: what was paid has its receipt, over the same amount, once; what has
//! a receipt was paid.

use super::statement::Payment;
use super::unit_of;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::messages::both;
use crate::people::units;
use crate::receipts::field::payment_of;
use crate::receipts::life::State;
use crate::receipts::request::PaymentMethod;
use crate::receipts::view::identity;
use crate::store::Transaction;
use crate::store::receipts::{ReceiptFilter, ReceiptRow};
use serde::Serialize;
use std::collections::BTreeMap;
use time::Date;

/// Receipts that are read at a time.
const CHUNK: u32 = 256;

/// What a payment or a receipt turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Payment and receipt agree.
    Matched,
    /// It was paid, and there is no receipt in force.
    Missing,
    /// There is a receipt, and no payment.
    WithoutPayment,
    /// It was paid more than once.
    Double,
    /// Payment and receipt are over different amounts.
    DifferentAmount,
}

/// One payment, one receipt, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Item {
    /// What it turned out to be.
    #[schema(inline)]
    pub finding: Finding,
    /// The reference.
    pub reference: Option<String>,
    /// The lines of the statement.
    pub lines: Vec<usize>,
    /// The day of the payment.
    pub date: Option<String>,
    /// What was paid, whole dong.
    pub paid: Option<i64>,
    /// The receipt.
    pub receipt: Option<String>,
    /// What it is over, whole dong.
    pub total: Option<i64>,
    /// The receipt that the payment gave before, which was voided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voided: Option<String>,
    /// What the statement says.
    pub text: Option<String>,
}

/// What agrees and what does not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct Reconciliation {
    /// Payments that have their receipt.
    pub matched: u64,
    /// Payments without a receipt.
    pub missing: u64,
    /// Receipts without a payment.
    pub without_payment: u64,
    /// Payments that were made more than once.
    pub double: u64,
    /// Payments over another amount than their receipt.
    pub different_amount: u64,
    /// All of them.
    pub items: Vec<Item>,
}

impl Reconciliation {
    /// Whether everything agrees.
    pub fn agrees(&self) -> bool {
        self.missing == 0 && self.without_payment == 0 && self.double == 0 && self.different_amount == 0
    }

    fn add(&mut self, item: Item) {
        let count = match item.finding {
            Finding::Matched => &mut self.matched,
            Finding::Missing => &mut self.missing,
            Finding::WithoutPayment => &mut self.without_payment,
            Finding::Double => &mut self.double,
            Finding::DifferentAmount => &mut self.different_amount,
        };
        *count = count.saturating_add(1);
        self.items.push(item);
    }
}

/// Holds the payments of these days against a unit's receipts.
pub async fn reconcile(
    folder: &DataFolder,
    unit: &str,
    payments: &[Payment],
    from: Date,
    to: Date,
) -> Result<Reconciliation> {
    super::usage::check_period(Some(from), Some(to))?;
    let mut tx = folder.store.read().await?;
    unit_of(&mut *tx, unit).await?;
    // by what a payment is known by: its reference as it is written, and its lines
    let mut paid: BTreeMap<String, (String, Vec<&Payment>)> = BTreeMap::new();
    for payment in payments.iter().filter(|payment| (from..=to).contains(&payment.date)) {
        let reference = reference_of(&mut *tx, unit, payment).await?;
        paid.entry(payment_of(&reference)).or_insert((reference, Vec::new())).1.push(payment);
    }
    let mut all = Reconciliation::default();
    for (known_by, (reference, payments)) in &paid {
        let found = tx.receipt_by_payment(unit, known_by).await?;
        let (receipt, voided) = match found {
            Some(row) if row.state == State::Issued.as_str() => (Some(row), None),
            other => (None, other.as_ref().map(identity)),
        };
        all.add(Item { voided, ..judged(reference, payments, receipt.as_ref())? });
    }
    for unit in units::line(&mut *tx, unit).await? {
        without_payment(&mut *tx, &unit, (from, to), &mut all, |payment| paid.contains_key(payment)).await?;
    }
    Ok(all)
}

/// Adds the receipts of a unit of these days whose payment is in no line.
async fn without_payment(
    tx: &mut dyn Transaction,
    unit: &str,
    (from, to): (Date, Date),
    all: &mut Reconciliation,
    is_paid: impl Fn(&String) -> bool + Send,
) -> Result<()> {
    let mut filter = ReceiptFilter {
        unit: Some(unit.to_owned()),
        state: Some(State::Issued.as_str().to_owned()),
        from: Some(from),
        to: Some(to),
        ..ReceiptFilter::default()
    };
    loop {
        let rows = tx.receipts(&filter, CHUNK).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        filter.after = Some((last.form.clone(), last.symbol.clone(), last.number));
        for row in rows {
            let lines = tx.collected(&row.form, &row.symbol, row.number).await?;
            let is_cash = lines.first().is_none_or(|line| line.method == PaymentMethod::Cash.as_str());
            if is_cash || row.payment.as_ref().is_some_and(&is_paid) {
                continue;
            }
            all.add(Item {
                finding: Finding::WithoutPayment,
                lines: Vec::new(),
                date: None,
                paid: None,
                receipt: Some(identity(&row)),
                total: Some(row.total),
                voided: None,
                reference: row.reference,
                text: None,
            });
        }
    }
}

/// The reference of a payment: its own, or, where no receipt has that one, a word of its text that is one.
async fn reference_of(tx: &mut dyn Transaction, unit: &str, payment: &Payment) -> Result<String> {
    if payment.reference.is_empty() || tx.receipt_by_payment(unit, &payment_of(&payment.reference)).await?.is_none() {
        let words = payment.text.split(|c: char| c.is_whitespace() || ";,:/".contains(c));
        for word in words.filter(|word| word.len() > 3).take(50) {
            if tx.receipt_by_payment(unit, &payment_of(word)).await?.is_some() {
                return Ok(word.to_owned());
            }
        }
    }
    Ok(match payment.reference.as_str() {
        "" => format!("line {}", payment.line),
        own => own.to_owned(),
    })
}

fn judged(reference: &str, payments: &[&Payment], receipt: Option<&ReceiptRow>) -> Result<Item> {
    let too_large = || {
        let why = both!("tổng số tiền quá lớn", "its amounts do not fit in 64 bits");
        Error::new(Kind::BadInput, "reconcile.statement", "sao kê", why)
    };
    let net = payments.iter().try_fold(0_i64, |sum, payment| sum.checked_add(payment.amount)).ok_or_else(too_large)?;
    // what was paid back in full is as if it had not been paid
    let is_nothing = net == 0 && receipt.is_none();
    let finding = match receipt {
        _ if is_nothing => Finding::Matched,
        None => Finding::Missing,
        Some(receipt) if receipt.total == net => Finding::Matched,
        Some(_) if payments.iter().filter(|payment| payment.amount > 0).count() > 1 => Finding::Double,
        Some(_) => Finding::DifferentAmount,
    };
    Ok(Item {
        finding,
        reference: Some(reference.to_owned()),
        lines: payments.iter().map(|payment| payment.line).collect(),
        date: payments.first().map(|payment| payment.date.to_string()),
        paid: Some(net),
        receipt: receipt.map(identity),
        total: receipt.map(|receipt| receipt.total),
        voided: None,
        text: payments.first().map(|payment| payment.text.clone()).filter(|text| !text.is_empty()),
    })
}
