//! What is made of many receipts: how series were used, the daily report 01/TH-BLĐT, ledgers, cashiers' shifts, statements held
//! against them; receipts issued from a table; what an auditor asks for.
//!
//! | file | what |
//! | --- | --- |
//! | `figures` | what a province counts, per unit and period, against targets and the period before; what units hand in for it |
//! | `auditing` | the log's bundle, and whether everything agrees: for auditors |
//! | `usage` | how series were used in a quarter (BC26) |
//! | `daily` | what happened on a day, as form 01/TH-BLĐT tells it |
//! | `filing` | the daily report as signed XML, amended when the day's receipts have changed |
//! | `daily_xml` | its format |
//! | `notice` | an error of a receipt notified on form 04/SS-CTĐT |
//! | `notice_xml` | its format |
//! | `sending` | daily reports and notices on their way to the tax office, letters to payers |
//! | `ledger` | sums by unit, fee, channel, cashier, way of payment, month |
//! | `shift` | a cashier's shift closed: what was taken held against what was counted |
//! | `statement` | the statement of a bank or of the portal, read |
//! | `reconcile` | the same held against the receipts |
//! | `batch` | receipts issued from a table |
//! | `paper` | a table as PDF/A-3b |
//! | `sheet` | tables as CSV and XLSX, written row by row |
//! | `signing` | signed by the unit's key for receipts |

pub mod auditing;
pub mod batch;
pub mod daily;
mod daily_xml;
pub mod figures;
pub mod filing;
pub mod ledger;
pub mod notice;
mod notice_xml;
pub mod paper;
pub mod reconcile;
pub mod sending;
pub mod sheet;
pub mod shift;
pub mod signing;
pub mod statement;
pub mod usage;

use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::messages::both;
use crate::people::names;
use crate::store::Transaction;
use crate::store::people::UnitRow;

/// The unit that a report is about.
async fn unit_of(tx: &mut dyn Transaction, unit: &str) -> Result<UnitRow> {
    tx.unit(unit).await?.ok_or_else(|| no_unit(unit))
}

/// There is no such unit, or it is another's business.
fn no_unit(unit: &str) -> Error {
    let why = both!("không có đơn vị này", "there is none of that name");
    Error::new(Kind::NotFound, "people.not_found", format!("đơn vị {unit}"), why)
}

/// What people call who did something.
async fn name_of(folder: &DataFolder, actor: &str) -> Result<String> {
    names::of(&mut *folder.store.read().await?, actor).await
}
