//! What reports are made from: what each line of a receipt brought in, what happened to receipts, and the papers that were made of it.

use super::{Sha256, StoreError};
use async_trait::async_trait;
use time::{Date, OffsetDateTime};

/// What a line of a receipt brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectedRow {
    /// Form code.
    pub form: String,
    /// Symbol.
    pub symbol: String,
    /// Number.
    pub number: u32,
    /// Which line, from 1.
    pub line: u32,
    /// The collecting body.
    pub unit: String,
    /// The day in Vietnam.
    pub day: Date,
    /// Code of the fee.
    pub fee: String,
    /// Its name.
    pub name: String,
    /// How many.
    pub quantity: i64,
    /// Price of one, whole dong.
    pub unit_price: i64,
    /// Whole dong.
    pub amount: i64,
    /// `cash`, `transfer` or `portal`.
    pub method: String,
    /// `counter` or `portal`.
    pub channel: String,
    /// Who issued the receipt.
    pub cashier: String,
    /// Where the fee belongs in the state budget.
    pub budget_item: Option<String>,
}

/// What can happen to a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// It was issued.
    Issued,
    /// Another one took its place.
    Replaced,
    /// An error of it was notified.
    Notified,
    /// It was voided.
    Voided,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Issued, Self::Replaced, Self::Notified, Self::Voided];

    /// As it is kept.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Replaced => "replaced",
            Self::Notified => "notified",
            Self::Voided => "voided",
        }
    }
}

/// Something that happened to a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Its place in the order of all; what is new has none yet.
    pub id: i64,
    /// The collecting body.
    pub unit: String,
    /// The day in Vietnam.
    pub day: Date,
    /// What happened.
    pub kind: EventKind,
    /// Form code.
    pub form: String,
    /// Symbol.
    pub symbol: String,
    /// Number.
    pub number: u32,
    /// Who did it.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
}

/// How often something happened to the receipts of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventCount {
    /// Form code.
    pub form: String,
    /// Symbol.
    pub symbol: String,
    /// What happened.
    pub kind: EventKind,
    /// How often.
    pub count: u64,
    /// The least number.
    pub first: u32,
    /// The greatest number.
    pub last: u32,
}

/// By what a ledger is broken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerKey {
    /// The unit, with those below it.
    Unit,
    /// The fee.
    Fee,
    /// Counter or portal.
    Channel,
    /// Who issued.
    Cashier,
    /// The way of payment.
    Method,
    /// The month, `2026-11`.
    Month,
    /// The item of the state budget; empty where none is known.
    Budget,
}

/// Which lines of receipts a ledger counts; what is not given is not asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerFilter {
    /// Of this day or later.
    pub from: Option<Date>,
    /// Of this day or earlier.
    pub to: Option<Date>,
    /// Of this item of the state budget.
    pub budget_item: Option<String>,
}

/// Receipts of one key in one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// The key.
    pub key: String,
    /// What it is called, of a fee.
    pub name: String,
    /// `issued`, `replaced` or `voided`.
    pub state: String,
    /// How many receipts.
    pub receipts: u64,
    /// Whole dong.
    pub amount: i128,
}

/// What a cashier took or gave back for one fee in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakingRow {
    /// Taken with a receipt that was issued, given back with one that was replaced or voided.
    pub kind: EventKind,
    /// Code of the fee.
    pub fee: String,
    /// Its name.
    pub name: String,
    /// The way of payment.
    pub method: String,
    /// How many receipts.
    pub receipts: u64,
    /// Whole dong.
    pub amount: i128,
}

/// A daily report as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilingRow {
    /// The unit.
    pub unit: String,
    /// The day.
    pub day: Date,
    /// 0 for the first, n for the nth amendment.
    pub amendment: u32,
    /// SHA-256 of what it says, whatever its amendment and time of signing.
    pub content_sha256: Sha256,
    /// Its signed XML.
    pub xml_sha256: Sha256,
    /// Its signed PDF; none if it is too long to be drawn.
    pub pdf_sha256: Option<Sha256>,
    /// Its entry in the log.
    pub log_index: u64,
    /// When it was signed.
    pub made: OffsetDateTime,
    /// The newest event of the day that it tells of.
    pub last_event: i64,
}

/// A cashier's shift as it was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShiftRow {
    /// Its number among all.
    pub id: i64,
    /// The cashier's unit.
    pub unit: String,
    /// Who closed it.
    pub cashier: String,
    /// Up to which event.
    pub last_event: i64,
    /// When.
    pub closed: OffsetDateTime,
    /// What was counted, JSON.
    pub summary: String,
    /// Its signed PDF.
    pub pdf_sha256: Sha256,
    /// Its entry in the log.
    pub log_index: u64,
}

/// What reports are made from, and what was made of it.
#[async_trait]
pub trait AccountTable {
    /// Keeps what a line of a receipt brought in.
    async fn put_collected(&mut self, row: &CollectedRow) -> Result<(), StoreError>;

    /// What a receipt brought in, line by line.
    async fn collected(&mut self, form: &str, symbol: &str, number: u32) -> Result<Vec<CollectedRow>, StoreError>;

    /// Keeps that something happened.
    async fn put_event(&mut self, event: &EventRow) -> Result<(), StoreError>;

    /// At most `most` events of a unit on a day, behind the one with this place, in their order.
    async fn events(&mut self, unit: &str, day: Date, after: i64, most: u32) -> Result<Vec<EventRow>, StoreError>;

    /// What happened to a receipt, in its order.
    async fn events_of(&mut self, form: &str, symbol: &str, number: u32) -> Result<Vec<EventRow>, StoreError>;

    /// At most `most` numbers of receipts that are not there, and of which there are lines or events; as `EBL01/26TAA/00000001`.
    async fn strays(&mut self, most: u32) -> Result<Vec<String>, StoreError>;

    /// Everybody who has done something to a receipt.
    async fn actors(&mut self) -> Result<Vec<String>, StoreError>;

    /// What happened to a unit's receipts in these days, by series and kind.
    async fn event_counts(
        &mut self,
        unit: &str,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<Vec<EventCount>, StoreError>;

    /// Receipts of a unit (and of those below it, if it is broken down by unit) by key and state.
    async fn ledger(&mut self, unit: &str, by: LedgerKey, which: &LedgerFilter) -> Result<Vec<LedgerRow>, StoreError>;

    /// The place of the newest event of somebody; none if there is none.
    async fn last_event_of(&mut self, actor: &str) -> Result<Option<i64>, StoreError>;

    /// What somebody took and gave back behind one event and up to another, by kind, fee and way of payment.
    async fn takings(&mut self, actor: &str, after: i64, last: i64) -> Result<Vec<TakingRow>, StoreError>;

    /// The place of the newest event of a unit on a day; none if nothing happened.
    async fn last_event_on(&mut self, unit: &str, day: Date) -> Result<Option<i64>, StoreError>;

    /// How many things of each kind somebody did behind one event and up to another.
    async fn event_counts_of(
        &mut self,
        actor: &str,
        after: i64,
        last: i64,
    ) -> Result<Vec<(EventKind, u64)>, StoreError>;

    /// What somebody issued behind one event and up to another: how many of each series, the first and the last number.
    async fn numbers_issued_by(&mut self, actor: &str, after: i64, last: i64) -> Result<Vec<EventCount>, StoreError>;

    /// The newest report of a unit's day.
    async fn newest_filing(&mut self, unit: &str, day: Date) -> Result<Option<FilingRow>, StoreError>;

    /// A report of a unit's day.
    async fn filing(&mut self, unit: &str, day: Date, amendment: u32) -> Result<Option<FilingRow>, StoreError>;

    /// All reports, by unit, day and amendment.
    async fn filings(&mut self) -> Result<Vec<FilingRow>, StoreError>;

    /// Keeps a new report.
    async fn put_filing(&mut self, filing: &FilingRow) -> Result<(), StoreError>;

    /// The shift that somebody closed last.
    async fn last_shift(&mut self, cashier: &str) -> Result<Option<ShiftRow>, StoreError>;

    /// A shift.
    async fn shift(&mut self, id: i64) -> Result<Option<ShiftRow>, StoreError>;

    /// At most so many shifts of a unit, the newest first; those closed before one, if it is given.
    async fn newest_shifts(&mut self, unit: &str, before: Option<i64>, most: u32) -> Result<Vec<ShiftRow>, StoreError>;

    /// At most `most` shifts, of one unit if it is given, behind the one with this number.
    async fn shifts(&mut self, unit: Option<&str>, after: i64, most: u32) -> Result<Vec<ShiftRow>, StoreError>;

    /// Keeps a new shift, and gives its number.
    async fn put_shift(&mut self, shift: &ShiftRow) -> Result<i64, StoreError>;
}
