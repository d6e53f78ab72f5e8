//! What the log says of a row of the database, so that nobody can change, add or remove one unseen: `TABLE:NAME:STATE`, or `TABLE:STATE` where
//! the row itself names its entry. NAME and STATE are SHA-256 of JSON arrays, hexadecimal, of NAME the first half; times in them are seconds
//! since 1970. `auditor/stored/particulars.rs` reads the same, on its own.
//!
//! What changes without an act of anybody's is not in it: next numbers (the receipts tell), wrong PINs, counted signatures.

use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::store::Sha256;
use crate::store::accounts::{FilingRow, ShiftRow};
use crate::store::authority::{CaRow, IssuedRow};
use crate::store::control::KeyControl;
use crate::store::documents::{DocumentRow, VersionRow};
use crate::store::figures::HandedRow;
use crate::store::legacy::{LegacyFile, LegacyRow};
use crate::store::people::{KeyRow, PlanRow, UnitEventRow, UnitRow};
use crate::store::receipts::{RangeRow, SeriesRow};
use crate::store::users::{IdentityRow, OfficeRow, PasskeyRow, UserRow};
use serde::Serialize;
use time::OffsetDateTime;

fn digest(particulars: &impl Serialize) -> Result<Sha256> {
    let bytes = serde_json::to_vec(particulars);
    Ok(sha256(&bytes.map_err(|error| Error::new(Kind::Bug, "audit.row", "a row's particulars", error))?))
}

fn named(table: &str, name: &impl Serialize, state: &impl Serialize) -> Result<String> {
    let name = digest(name)?;
    let name = name.get(..16).unwrap_or_default();
    Ok(format!("{table}:{}:{}", hex::encode(name), hex::encode(digest(state)?)))
}

fn naming(table: &str, state: &impl Serialize) -> Result<String> {
    Ok(format!("{table}:{}", hex::encode(digest(state)?)))
}

fn seconds(time: Option<OffsetDateTime>) -> Option<i64> {
    time.map(OffsetDateTime::unix_timestamp)
}

/// A unit: what the digest of its particulars does not have, and what became of it.
pub fn unit(row: &UnitRow, events: &[UnitEventRow]) -> Result<String> {
    let UnitRow { id, kind, code, closed, successor, .. } = row;
    let became: Vec<_> = events
        .iter()
        .map(|UnitEventRow { seq, kind, day, name, successor, basis }| {
            (seq, kind, day.to_string(), name, successor, basis)
        })
        .collect();
    named("unit", &(id,), &(kind, code, closed.map(|day| day.to_string()), successor, became))
}

/// What is planned to become of units. That it could not be done is not in it.
pub fn plan(row: &PlanRow) -> Result<String> {
    let PlanRow { id, kind, units, successor, name, day, basis, actor: _, care, planned, state, tried: _, sealed: _ } =
        row;
    let by = (care, planned.unix_timestamp());
    named("unit_plan", &(id,), &(kind, units, successor, name, day.to_string(), basis, by, state.as_str()))
}

/// A series.
pub fn series(row: &SeriesRow) -> Result<String> {
    let SeriesRow { form, symbol, unit, next: _, last, is_open, channel, denomination, registration, created, closed } =
        row;
    let terms = (last, channel, denomination, registration);
    let state = (unit, terms, is_open, created.unix_timestamp(), seconds(*closed));
    named("series", &(form, symbol), &state)
}

/// Delegated numbers.
pub fn range(row: &RangeRow) -> Result<String> {
    let RangeRow { form, symbol, first, last, next: _, delegate, is_open, created } = row;
    named("series_range", &(form, symbol, first), &(last, delegate, is_open, created.unix_timestamp()))
}

/// A signing key, with control over it.
pub fn key(row: &KeyRow, control: &KeyControl) -> Result<String> {
    let KeyRow { id, unit, certificate, chain, sealed: _, created } = row;
    let KeyControl {
        has_pin,
        one_time,
        two_person,
        per_hour,
        stopped,
        successor,
        succeeded,
        retires,
        destroyed,
        reason,
        ..
    } = control;
    let certificates = (hex::encode(sha256(certificate)), hex::encode(sha256(chain)));
    let terms = (has_pin, one_time.is_some(), two_person, per_hour);
    let place = (successor, seconds(*succeeded), seconds(*retires));
    let end = (seconds(*stopped), seconds(*destroyed), reason);
    named("signing_key", &(id,), &(unit, certificates, created.unix_timestamp(), terms, place, end))
}

/// Somebody who signs in. An invitation and wrong tries are not in it.
pub fn user(row: &UserRow) -> Result<String> {
    let UserRow { id, login, name, unit, created, disabled, sealed, tries: _, invitation: _ } = row;
    let secrets = sealed.as_ref().map(|sealed| hex::encode(sha256(sealed)));
    named("user", &(id,), &(login, name, unit, created.unix_timestamp(), seconds(*disabled), secrets))
}

/// An office that somebody holds.
pub fn office(row: &OfficeRow) -> Result<String> {
    let OfficeRow { id, user, unit, role, title, signing_key, since, until, ended } = row;
    let days = (since.to_string(), until.map(|day| day.to_string()), seconds(*ended));
    named("office", &(id,), &(user, unit, role, title, signing_key, days))
}

/// A figure or a target that was handed in.
pub fn handed(row: &HandedRow) -> Result<String> {
    let HandedRow { unit, period, name, value, handed } = row;
    named("handed_figure", &(unit, period, name), &(value, handed.unix_timestamp()))
}

/// A passkey. How often it has signed is not in it, nor when it was used.
pub fn passkey(row: &PasskeyRow) -> Result<String> {
    let PasskeyRow { id, user, credential, key, copied, name, created, revoked, counter: _, used: _, sealed: _ } = row;
    let public = (hex::encode(sha256(credential)), hex::encode(sha256(key)), copied);
    named("passkey", &(id,), &(user, public, name, created.unix_timestamp(), seconds(*revoked)))
}

/// Who somebody is to a provider of identities.
pub fn identity(row: &IdentityRow) -> Result<String> {
    let IdentityRow { id, user, issuer, subject, created, ended, sealed: _ } = row;
    named("identity", &(id,), &(user, issuer, subject, created.unix_timestamp(), seconds(*ended)))
}

/// A CA of the built-in authority. Its revocation list is signed, and lists what the certificates' rows say.
pub fn ca(row: &CaRow) -> Result<String> {
    named("authority_ca", &(&row.name,), &(&row.signing_key,))
}

/// A certificate that it issued.
pub fn issued(row: &IssuedRow) -> Result<String> {
    let IssuedRow { ca, serial, certificate, revoked } = row;
    let revoked = revoked.map(|(time, reason)| (time.unix_timestamp(), reason));
    named("issued_certificate", &(ca, hex::encode(serial)), &(hex::encode(sha256(certificate)), revoked))
}

/// A document as it was stored.
pub fn document(row: &DocumentRow) -> Result<String> {
    let DocumentRow { id, unit, name, created, newest } = row;
    naming("document", &(id, unit, name, created.unix_timestamp(), version_state(newest)))
}

/// A signed version of a document.
pub fn version(document: &str, row: &VersionRow) -> Result<String> {
    naming("document_version", &(document, version_state(row)))
}

fn version_state(row: &VersionRow) -> impl Serialize {
    let VersionRow { version, sha256, size, pages, signatures, log_index, kept: _, created } = row;
    (*version, hex::encode(sha256), *size, *pages, *signatures, *log_index, created.unix_timestamp())
}

/// A receipt: what its signed XML does not say. `budget` is where each line belongs in the state budget.
pub fn receipt(
    idempotency_key: Option<&str>,
    request: &Sha256,
    channel: &str,
    budget: &[Option<String>],
) -> Result<String> {
    naming("receipt", &(idempotency_key, hex::encode(request), channel, budget))
}

/// A daily report.
pub fn filing(row: &FilingRow) -> Result<String> {
    let FilingRow { unit, day, amendment, content_sha256, made, last_event, .. } = row;
    let state = (unit, day.to_string(), amendment, hex::encode(content_sha256), made.unix_timestamp(), last_event);
    naming("filing", &state)
}

/// A shift.
pub fn shift(row: &ShiftRow) -> Result<String> {
    let ShiftRow { unit, cashier, last_event, closed, .. } = row;
    naming("shift", &(unit, cashier, last_event, closed.unix_timestamp()))
}

/// A file of a receipt of the law before, with what never changes of the receipt.
pub fn legacy(row: &LegacyRow, file: &LegacyFile) -> Result<String> {
    let LegacyRow { unit, form, symbol, number, date, total, code, .. } = row;
    let LegacyFile { kind, sha256, verdict, why, imported, .. } = file;
    let receipt = (unit, form, symbol, number, date.to_string(), total, code);
    naming("legacy_file", &(receipt, kind, hex::encode(sha256), verdict, why, imported.unix_timestamp()))
}
