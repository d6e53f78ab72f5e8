//! The gate that each signature passes on its way into the log: whether its key may sign. Whatever signs, and in whichever process, nothing
//! that it signed leaves before its entry is in the log, and the gate is asked within the transaction that puts it there: a key that was
//! stopped signs nothing more from that moment on, and processes do not go beyond an hourly quota together.
//!
//! Keys are known by their certificates, so that a key that was stopped is stopped under any name, and in a file of its owner, too.

use super::entry::Entry;
use crate::error::{Error, Kind, Result};
use crate::messages::{Text, VIETNAM, both};
use crate::store::Transaction;
use crate::store::control::KeyControl;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const HOUR: i64 = 3_600;

/// Refuses a key that was stopped or destroyed, or whose successor has its place for good.
pub fn may_sign(control: &KeyControl, now: OffsetDateTime) -> Result<()> {
    let key = &control.key;
    let refused = |code, why: Text| Err(Error::new(Kind::NotAllowed, code, named(key), why));
    if let Some(at) = control.destroyed {
        let day = at.to_offset(VIETNAM).date();
        let why = both!("khóa {key} đã bị hủy ngày {day}", "the key {key} was destroyed on {day}");
        return refused("key.destroyed", why);
    }
    if control.stopped.is_some() {
        let unknown = both!("không rõ lý do", "no reason is known");
        let reason = |unknown| control.reason.clone().unwrap_or(unknown);
        let (vi, en) = (reason(unknown.vi), reason(unknown.en));
        return refused("key.stopped", both!("khóa {key} đã bị dừng: {vi}", "the key {key} was stopped: {en}"));
    }
    match (control.retires, &control.successor) {
        (Some(end), Some(successor)) if now >= end => {
            let end = end.to_offset(VIETNAM).date();
            let why = both!(
                "khóa {key} thôi dùng từ ngày {end}; khóa {successor} thay thế",
                "the use of the key {key} ended on {end}; the key {successor} has its place"
            );
            refused("key.retired", why)
        }
        _ => Ok(()),
    }
}

/// How many signatures a key has made in the hour of this time, as far as they are counted.
pub fn used(control: &KeyControl, now: OffsetDateTime) -> u32 {
    if control.hour == hour_of(control, now) { control.used } else { 0 }
}

/// The hour that counts. An entry may be a little older than the one before it: the hour does not go back for that.
fn hour_of(control: &KeyControl, now: OffsetDateTime) -> i64 {
    let hour = now.unix_timestamp().div_euclid(HOUR);
    if control.hour == hour.saturating_add(1) { control.hour } else { hour }
}

/// Refuses entries of signatures whose key may not sign now; counts those of keys with a quota.
pub(super) async fn pass(tx: &mut dyn Transaction, entries: &[Entry]) -> Result<()> {
    let mut made: BTreeMap<&str, Vec<OffsetDateTime>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.signature.is_some()) {
        if let (Some(certificate), Ok(time)) =
            (entry.certificate.as_deref(), OffsetDateTime::parse(&entry.time, &Rfc3339))
        {
            made.entry(certificate).or_default().push(time);
        }
    }
    for (certificate, times) in made {
        let sha256 = hex::decode(certificate).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let Some(sha256) = sha256 else { continue };
        for mut control in tx.key_controls_of(&sha256).await? {
            for now in &times {
                may_sign(&control, *now)?;
                let Some(most) = control.per_hour else { continue };
                // each in its hour and in the order of the log, as auditors count them again
                (control.hour, control.used) = (hour_of(&control, *now), used(&control, *now).saturating_add(1));
                if control.used > most {
                    return Err(over(&control, most, control.hour));
                }
            }
            if control.per_hour.is_some() {
                tx.put_key_control(&control).await?;
            }
        }
    }
    Ok(())
}

fn over(control: &KeyControl, most: u32, hour: i64) -> Error {
    let next = OffsetDateTime::from_unix_timestamp(hour.saturating_add(1).saturating_mul(HOUR));
    let next = next.map_or(0, |next| next.to_offset(VIETNAM).hour());
    let why = both!(
        "khóa {key} chỉ ký {most} lần mỗi giờ, đã hết cho đến {next}:00",
        "the key {key} makes {most} signatures an hour, and no more before {next}:00",
        key = control.key,
        most = most,
        next = next
    );
    Error::new(Kind::NotAllowed, "key.quota", named(&control.key), why)
}

/// A key as errors name it.
pub fn named(key: &str) -> String {
    both!("khóa {key}", "key {key}", key = key).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_hour_does_not_go_back_for_late_entries() {
        let control = |hour| KeyControl { hour, used: 5, ..KeyControl::default() };
        let at = |time: OffsetDateTime| time.unix_timestamp() / HOUR;
        let (ten, eleven) = (datetime!(2026-11-24 10:59:58 UTC), datetime!(2026-11-24 11:00:01 UTC));
        assert_eq!((used(&control(at(ten)), ten), used(&control(at(ten)), eleven)), (5, 0));
        assert_eq!((used(&control(at(eleven)), ten), used(&control(at(eleven) + 2), ten)), (5, 0));
    }
}
