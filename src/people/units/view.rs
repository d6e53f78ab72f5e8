//! Units as they are told.

use crate::store::people::{UnitEventRow, UnitRow};
use serde::Serialize;

/// A unit.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UnitView {
    /// Its short identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `province`, `department`, `district`, `commune`, `service`.
    pub kind: Option<String>,
    /// Its agency code (QCVN 102:2016/BTTTT).
    pub code: Option<String>,
    /// Its tax code.
    pub tax_code: String,
    /// Its address.
    pub address: String,
    /// Its telephone number.
    pub phone: Option<String>,
    /// Its account.
    pub account: Option<String>,
    /// The key that signs its receipts.
    pub receipt_key: Option<String>,
    /// The unit above it.
    pub parent: Option<String>,
    /// The first day on which it is none any more.
    pub closed: Option<String>,
    /// The unit that has its place since then.
    pub successor: Option<String>,
}

impl From<UnitRow> for UnitView {
    fn from(unit: UnitRow) -> Self {
        Self {
            id: unit.id,
            name: unit.name,
            kind: unit.kind,
            code: unit.code,
            tax_code: unit.tax_code,
            address: unit.address,
            phone: unit.phone,
            account: unit.account,
            receipt_key: unit.receipt_key,
            parent: unit.parent,
            closed: unit.closed.map(|day| day.to_string()),
            successor: unit.successor,
        }
    }
}

/// What became of a unit.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UnitEventView {
    /// `renamed`, `merged`, `closed`.
    pub kind: String,
    /// The first day of it.
    pub day: String,
    /// The name until then.
    pub name: String,
    /// The unit that took its place.
    pub successor: Option<String>,
    /// The decision that it is by.
    pub basis: String,
}

impl From<UnitEventRow> for UnitEventView {
    fn from(event: UnitEventRow) -> Self {
        let UnitEventRow { seq: _, kind, day, name, successor, basis } = event;
        Self { kind, day: day.to_string(), name, successor, basis }
    }
}

/// A unit and what became of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UnitHistory {
    /// The unit.
    pub unit: UnitView,
    /// What became of it, the oldest first.
    pub history: Vec<UnitEventView>,
}
