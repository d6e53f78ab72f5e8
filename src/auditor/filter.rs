//! Which entries somebody wants to see.

use super::Trouble;
use super::entry::Entry;
use super::layout::WIDTH;
use super::note::{Checkpoint, LogKey};
use super::source::{self, Source};
use crate::error::{Error, Kind, Result};
use crate::messages::VIETNAM;
use std::collections::BTreeSet;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, Time};

/// What an entry must be; what is not set is not asked.
#[derive(Debug, Default)]
pub struct Filter {
    /// Of this unit.
    pub unit: Option<String>,
    /// By one of these pseudonyms.
    pub actors: Option<BTreeSet<String>>,
    /// About one of these digests, hexadecimal: of what was signed, of the signature value, of the certificate.
    pub digests: Option<BTreeSet<String>>,
    /// About this receipt or series, or a receipt of it.
    pub receipt: Option<String>,
    /// Not before.
    pub since: Option<OffsetDateTime>,
    /// Not after.
    pub until: Option<OffsetDateTime>,
    /// This action, or all that begin so: `receipt`.
    pub action: Option<String>,
}

impl Filter {
    /// Whether an entry is one of them.
    pub fn matches(&self, entry: &Entry<'_>) -> bool {
        let time = OffsetDateTime::parse(&entry.time, &Rfc3339).ok();
        let is = |wanted: &Option<String>, found: Option<&str>| wanted.as_deref().is_none_or(|w| Some(w) == found);
        let within = |wanted: &Option<String>, mark, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| {
                found.and_then(|f| f.strip_prefix(wanted)).is_some_and(|rest| rest.is_empty() || rest.starts_with(mark))
            })
        };
        let digest = entry.digest.as_deref().and_then(|digest| digest.split(':').next_back());
        let digests = [digest, entry.signature.as_deref(), entry.certificate.as_deref()];
        is(&self.unit, entry.unit.as_deref())
            && self.actors.as_ref().is_none_or(|all| entry.actor.as_deref().is_some_and(|actor| all.contains(actor)))
            && self.digests.as_ref().is_none_or(|all| digests.iter().flatten().any(|digest| all.contains(*digest)))
            && (within(&self.receipt, '/', entry.receipt.as_deref())
                || (self.receipt.is_some() && is(&self.receipt, entry.related.as_deref())))
            && within(&self.action, '.', Some(&entry.action))
            && self.since.is_none_or(|since| time.is_some_and(|time| time >= since))
            && self.until.is_none_or(|until| time.is_some_and(|time| time <= until))
    }
}

/// A time (RFC 3339), or a day in Vietnam, `2026-11-24`, at a time of day.
pub fn moment(text: &str, of_day: Time) -> Option<OffsetDateTime> {
    match Date::parse(text, format_description!("[year]-[month]-[day]")) {
        Ok(date) => Some(date.with_time(of_day).assume_offset(VIETNAM)),
        Err(_) => OffsetDateTime::parse(text, &Rfc3339).ok(),
    }
}

/// Is shown an entry: its index, its bytes, and what they say.
pub type Show<'a> = dyn FnMut(u64, &[u8], &Entry<'_>) -> Result<()> + Send + 'a;

/// Shows each entry that matches, in their order.
pub async fn entries(source: &dyn Source, keys: &[LogKey], filter: &Filter, show: &mut Show<'_>) -> Result<()> {
    let damaged =
        |why: String| Error::new(Kind::BadInput, "audit.damaged", "audit log", why).hint("dauson audit verify");
    let checkpoint = Checkpoint::open(&source.checkpoint().await?, keys);
    let size = checkpoint.map_err(|why| damaged(format!("its checkpoint: {why}")))?.size;
    for bundle in 0..size.div_ceil(WIDTH) {
        let (bytes, places) = source::entries(source, bundle, size).await.map_err(|trouble| match trouble {
            Trouble::Source(error) => error,
            Trouble::Log(why) => damaged(why),
        })?;
        for (index, place) in (bundle.saturating_mul(WIDTH)..).zip(places) {
            let bytes = bytes.get(place).unwrap_or_default();
            let entry = Entry::parse(bytes).map_err(|why| damaged(format!("entry {index}: {why}")))?;
            if filter.matches(&entry) {
                show(index, bytes, &entry)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_each_thing() {
        let bytes = br#"{"action":"receipt.issued","actor":"p1","certificate":"cc","digest":"sha256:dd","receipt":"A/B/00000002","related":"A/B/00000001","signature":"ee","time":"2026-11-24T01:30:15Z","unit":"u","v":1}"#;
        let entry = Entry::parse(bytes).unwrap();
        let all = Filter::default;
        let text = |text: &str| Some(text.to_owned());
        let set = |text: &str| Some(BTreeSet::from([text.to_owned()]));
        let at = |text| Some(OffsetDateTime::parse(text, &Rfc3339).unwrap());
        for (filter, expected) in [
            (all(), true),
            (Filter { unit: text("u"), ..all() }, true),
            (Filter { unit: text("v"), ..all() }, false),
            (Filter { actors: set("p1"), ..all() }, true),
            (Filter { actors: set("p2"), ..all() }, false),
            (Filter { digests: set("dd"), ..all() }, true),
            (Filter { digests: set("ee"), ..all() }, true),
            (Filter { digests: set("ff"), ..all() }, false),
            (Filter { receipt: text("A/B/00000002"), ..all() }, true),
            (Filter { receipt: text("A/B/00000001"), ..all() }, true),
            (Filter { receipt: text("A/B"), ..all() }, true),
            (Filter { receipt: text("A/B/0000000"), ..all() }, false),
            (Filter { receipt: text("A/C"), ..all() }, false),
            (Filter { action: text("receipt"), ..all() }, true),
            (Filter { action: text("receipt.issued"), ..all() }, true),
            (Filter { action: text("rec"), ..all() }, false),
            (Filter { since: at("2026-11-24T01:30:15Z"), until: at("2026-11-24T01:30:15Z"), ..all() }, true),
            (Filter { since: at("2026-11-24T01:30:16Z"), ..all() }, false),
            (Filter { until: at("2026-11-24T08:30:14+07:00"), ..all() }, false),
        ] {
            assert_eq!(filter.matches(&entry), expected, "{filter:?}");
        }
    }
}
