//! Units as they are told.

use crate::store::people::{PlanRow, PlanState, UnitEventRow, UnitRow};
use serde::Serialize;
use time::OffsetDateTime;

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
    /// What is planned for days to come.
    pub planned: Vec<PlanView>,
}

/// What is to become of units on a day to come, or was.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PlanView {
    /// Its identifier.
    pub id: String,
    /// `renamed`, `merged`, `closed`.
    pub kind: String,
    /// The units that it becomes of.
    pub units: Vec<String>,
    /// The unit that takes their place.
    pub successor: Option<String>,
    /// The name that the unit is given.
    pub name: Option<String>,
    /// The first day of it, on which it is done.
    pub day: String,
    /// The decision that it is by.
    pub basis: String,
    /// When it was planned.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String)]
    pub planned: OffsetDateTime,
    /// `planned`, `withdrawn`, `done`.
    pub state: &'static str,
    /// Why it could not be done when its day had come; it is tried again every hour.
    pub failure: Option<String>,
}

impl From<PlanRow> for PlanView {
    fn from(plan: PlanRow) -> Self {
        let failure = plan.tried.filter(|_| plan.state == PlanState::Planned);
        Self {
            id: plan.id,
            kind: plan.kind,
            units: plan.units,
            successor: plan.successor,
            name: plan.name,
            day: plan.day.to_string(),
            basis: plan.basis,
            planned: plan.planned,
            state: plan.state.as_str(),
            failure: failure.map(|(_, why)| why),
        }
    }
}
