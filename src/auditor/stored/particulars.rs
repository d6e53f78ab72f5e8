//! What stands in rows of the database, as entries of the log name it (`row`): read here on its own, without what writes it (`audit/row.rs`).

use crate::auditor::merkle::sha256;
use crate::error::{Error, Kind, Result};
use crate::store::accounts::{FilingRow, ShiftRow};
use crate::store::authority::{CaRow, IssuedRow};
use crate::store::control::KeyControl;
use crate::store::documents::{DocumentRow, VersionRow};
use crate::store::figures::HandedRow;
use crate::store::legacy::{LegacyFile, LegacyRow};
use crate::store::people::{KeyRow, PlanRow, UnitEventRow, UnitRow};
use crate::store::receipts::{RangeRow, ReceiptRow, SeriesRow};
use crate::store::users::{IdentityRow, OfficeRow, PasskeyRow, UserRow};
use serde_json::{Value, json};
use time::OffsetDateTime;

/// Characters of the digest that stands for a row's name.
const NAME: usize = 32;

/// What an entry says of a row: its table, a digest of its name (none where the row names its entry), a digest of the rest.
pub(super) struct Particulars {
    pub table: &'static str,
    pub name: Option<String>,
    pub state: String,
}

impl Particulars {
    fn of(table: &'static str, name: Option<&Value>, state: &Value) -> Result<Self> {
        let digest = |value: &Value| {
            let bytes = serde_json::to_vec(value);
            bytes.map(|bytes| hex::encode(sha256(&bytes))).map_err(|e| Error::new(Kind::Bug, "audit.row", table, e))
        };
        let name = name.map(digest).transpose()?.map(|name| name.get(..NAME).unwrap_or_default().to_owned());
        Ok(Self { table, name, state: digest(state)? })
    }

    /// The row's table and name.
    pub fn key(&self) -> String {
        format!("{}:{}", self.table, self.name.as_deref().unwrap_or_default())
    }

    /// As a row that names its entry is named there.
    pub fn naming(&self) -> String {
        format!("{}:{}", self.table, self.state)
    }
}

fn seconds(time: Option<OffsetDateTime>) -> Option<i64> {
    time.map(OffsetDateTime::unix_timestamp)
}

pub(super) fn unit(row: &UnitRow, events: &[UnitEventRow]) -> Result<Particulars> {
    let became: Vec<Value> =
        events.iter().map(|e| json!([e.seq, e.kind, e.day.to_string(), e.name, e.successor, e.basis])).collect();
    let closed = row.closed.map(|day| day.to_string());
    let state = json!([row.kind, row.code, closed, row.successor, became]);
    Particulars::of("unit", Some(&json!([row.id])), &state)
}

pub(super) fn plan(row: &PlanRow) -> Result<Particulars> {
    let by = json!([row.care, row.planned.unix_timestamp()]);
    let day = row.day.to_string();
    let state = json!([row.kind, row.units, row.successor, row.name, day, row.basis, by, row.state.as_str()]);
    Particulars::of("unit_plan", Some(&json!([row.id])), &state)
}

pub(super) fn series(row: &SeriesRow) -> Result<Particulars> {
    let (created, closed) = (row.created.unix_timestamp(), seconds(row.closed));
    let terms = json!([row.last, row.channel, row.denomination, row.registration]);
    let state = json!([row.unit, terms, row.is_open, created, closed]);
    Particulars::of("series", Some(&json!([row.form, row.symbol])), &state)
}

pub(super) fn range(row: &RangeRow) -> Result<Particulars> {
    let name = json!([row.form, row.symbol, row.first]);
    let state = json!([row.last, row.delegate, row.is_open, row.created.unix_timestamp()]);
    Particulars::of("series_range", Some(&name), &state)
}

pub(super) fn key(row: &KeyRow, control: &KeyControl) -> Result<Particulars> {
    let state = json!([
        row.unit,
        [hex::encode(sha256(&row.certificate)), hex::encode(sha256(&row.chain))],
        row.created.unix_timestamp(),
        [json!(control.has_pin), json!(control.one_time.is_some()), json!(control.two_person), json!(control.per_hour)],
        [json!(control.successor), json!(seconds(control.succeeded)), json!(seconds(control.retires))],
        [json!(seconds(control.stopped)), json!(seconds(control.destroyed)), json!(control.reason)],
    ]);
    Particulars::of("signing_key", Some(&json!([row.id])), &state)
}

pub(super) fn user(row: &UserRow) -> Result<Particulars> {
    let (created, disabled) = (row.created.unix_timestamp(), seconds(row.disabled));
    let secrets = row.sealed.as_ref().map(|sealed| hex::encode(sha256(sealed)));
    Particulars::of("user", Some(&json!([row.id])), &json!([row.login, row.name, row.unit, created, disabled, secrets]))
}

pub(super) fn office(row: &OfficeRow) -> Result<Particulars> {
    let days = json!([row.since.to_string(), row.until.map(|day| day.to_string()), seconds(row.ended)]);
    let state = json!([row.user, row.unit, row.role, row.title, row.signing_key, days]);
    Particulars::of("office", Some(&json!([row.id])), &state)
}

pub(super) fn handed(row: &HandedRow) -> Result<Particulars> {
    let name = json!([row.unit, row.period, row.name]);
    Particulars::of("handed_figure", Some(&name), &json!([row.value, row.handed.unix_timestamp()]))
}

pub(super) fn passkey(row: &PasskeyRow) -> Result<Particulars> {
    let (created, revoked) = (row.created.unix_timestamp(), seconds(row.revoked));
    let public = json!([hex::encode(sha256(&row.credential)), hex::encode(sha256(&row.key)), row.copied]);
    Particulars::of("passkey", Some(&json!([row.id])), &json!([row.user, public, row.name, created, revoked]))
}

pub(super) fn identity(row: &IdentityRow) -> Result<Particulars> {
    let (created, ended) = (row.created.unix_timestamp(), seconds(row.ended));
    let state = json!([row.user, row.issuer, row.subject, created, ended]);
    Particulars::of("identity", Some(&json!([row.id])), &state)
}

pub(super) fn ca(row: &CaRow) -> Result<Particulars> {
    Particulars::of("authority_ca", Some(&json!([row.name])), &json!([row.signing_key]))
}

pub(super) fn issued(row: &IssuedRow) -> Result<Particulars> {
    let revoked = row.revoked.map(|(time, reason)| (time.unix_timestamp(), reason));
    let state = json!([hex::encode(sha256(&row.certificate)), revoked]);
    Particulars::of("issued_certificate", Some(&json!([row.ca, hex::encode(&row.serial)])), &state)
}

fn version_state(row: &VersionRow) -> Value {
    let created = row.created.unix_timestamp();
    json!([row.version, hex::encode(row.sha256), row.size, row.pages, row.signatures, row.log_index, created])
}

/// The first version of a document, with what is said of the document.
pub(super) fn document(row: &DocumentRow, first: &VersionRow) -> Result<Particulars> {
    let state = json!([row.id, row.unit, row.name, row.created.unix_timestamp(), version_state(first)]);
    Particulars::of("document", None, &state)
}

pub(super) fn version(document: &str, row: &VersionRow) -> Result<Particulars> {
    Particulars::of("document_version", None, &json!([document, version_state(row)]))
}

/// What its signed XML does not say of a receipt; `lines` are the channel and the item of the state budget of each of its lines.
pub(super) fn receipt(row: &ReceiptRow, lines: &[(String, Option<String>)]) -> Result<Particulars> {
    let channel = lines.first().map(|(channel, _)| channel.as_str()).unwrap_or_default();
    let budget: Vec<_> = lines.iter().map(|(_, item)| item).collect();
    let state = json!([row.idempotency_key, hex::encode(row.request_sha256), channel, budget]);
    Particulars::of("receipt", None, &state)
}

pub(super) fn filing(row: &FilingRow) -> Result<Particulars> {
    let (day, made) = (row.day.to_string(), row.made.unix_timestamp());
    let state = json!([row.unit, day, row.amendment, hex::encode(row.content_sha256), made, row.last_event]);
    Particulars::of("filing", None, &state)
}

pub(super) fn shift(row: &ShiftRow) -> Result<Particulars> {
    let state = json!([row.unit, row.cashier, row.last_event, row.closed.unix_timestamp()]);
    Particulars::of("shift", None, &state)
}

pub(super) fn legacy(row: &LegacyRow, file: &LegacyFile) -> Result<Particulars> {
    let receipt = json!([row.unit, row.form, row.symbol, row.number, row.date.to_string(), row.total, row.code]);
    let state =
        json!([receipt, file.kind, hex::encode(file.sha256), file.verdict, file.why, file.imported.unix_timestamp()]);
    Particulars::of("legacy_file", None, &state)
}
