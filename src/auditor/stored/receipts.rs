//! Series and receipts: what the database has of them, their signed XML and their PDF, against the log.

use super::accounts::APART;
use super::said::Said;
use super::{CHUNK, Check};
use crate::auditor::entry::{self, Entry};
use crate::auditor::findings::range;
use crate::auditor::merkle::sha256;
use crate::error::Result;
use crate::limits::Limits;
use crate::store::receipts::{Notice, RangeRow, ReceiptFilter, ReceiptRow, SeriesRow};
use crate::xades;
use std::collections::BTreeSet;
use std::io::Read;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

impl Check<'_> {
    /// Every number of every series, its entry and its files.
    pub(super) async fn receipts(&mut self) -> Result<()> {
        let mut there = BTreeSet::new();
        let all = self.database.view().await.all_series(None).await?;
        for series in all {
            let name = format!("{}/{}", series.form, series.symbol);
            self.series(&name, &series).await?;
            there.insert(name);
        }
        let strays = self.database.view().await.strays(CHUNK).await?;
        for id in strays {
            self.fault(format!(
                "receipt {id}: there are lines or events of it for reports, and it is not in the database"
            ));
        }
        for report in self.findings.series.clone() {
            if !there.contains(&report.series) {
                self.fault(format!("series {}: the log has it, and it is not in the database", report.series));
            }
        }
        Ok(())
    }

    async fn series(&mut self, name: &str, series: &SeriesRow) -> Result<()> {
        let mut own = Numbers { next: 1, previous: None };
        let mut ranges = Vec::new();
        let delegated = self.database.view().await.ranges(&series.form, &series.symbol).await?;
        for range in delegated {
            self.delegated(name, &range).await?;
            ranges.push((Numbers { next: range.first, previous: None }, range));
        }
        let mut found = 0_u64;
        let mut after = (series.form.clone(), series.symbol.clone(), 0);
        loop {
            let filter = ReceiptFilter {
                series: Some((series.form.clone(), series.symbol.clone())),
                after: Some(after.clone()),
                ..ReceiptFilter::default()
            };
            let rows = self.database.view().await.receipts(&filter, CHUNK).await?;
            let Some(last) = rows.last() else { break };
            after.2 = last.number;
            for row in &rows {
                let within = |range: &RangeRow| (range.first..=range.last).contains(&row.number);
                let at = ranges.iter().position(|(_, range)| within(range));
                if at.is_none() {
                    // what was delegated is no gap in the unit's own numbers
                    for (_, range) in &ranges {
                        if (range.first..=range.last).contains(&own.next) {
                            own.next = range.last.saturating_add(1);
                        }
                    }
                }
                let range = at.and_then(|at| ranges.get_mut(at));
                let delegate = range.as_ref().map(|(_, range)| range.delegate.clone());
                let numbers = range.map_or(&mut own, |(numbers, _)| numbers);
                if row.number != numbers.next {
                    self.lacking(name, numbers.next, row.number.saturating_sub(1));
                }
                if numbers.previous.is_some_and(|date| date > row.date) {
                    self.fault(format!("receipt {name}/{:08} is dated before its predecessor", row.number));
                }
                (numbers.next, numbers.previous) = (row.number.saturating_add(1), Some(row.date));
                if series.denomination.is_some_and(|denomination| denomination != row.total) {
                    self.fault(format!("receipt {name}/{:08} is over another amount than its series", row.number));
                }
                if delegate != row.delegate {
                    self.fault(format!("receipt {name}/{:08}: its number is another unit's", row.number));
                }
                self.receipt(row).await?;
                found = found.saturating_add(1);
            }
        }
        self.findings.receipts = self.findings.receipts.saturating_add(found);
        let logged = self.findings.series.iter().find(|report| report.series == name);
        let (last, issued) = logged.map_or((0, 0), |report| (report.last_own, report.issued));
        if last >= own.next {
            self.lacking(name, own.next, last);
        } else if issued > found {
            self.fault(format!("series {name}: the log has {issued} receipts, the database {found}"));
        }
        self.book(name, series.is_open).await?;
        let own = [("the next number".to_owned(), series.next, own.next)];
        let delegated = ranges.iter().map(|(numbers, range)| {
            (format!("the next number of the range from {}", range.first), range.next, numbers.next)
        });
        for (what, next, expected) in own.into_iter().chain(delegated) {
            if next != expected {
                self.fault(format!("series {name}: {what} is {next}, and the last receipt is before {expected}"));
            }
        }
        Ok(())
    }

    /// Whether the log, too, has a range as delegated, to whom, and as open or given back.
    async fn delegated(&mut self, series: &str, range: &RangeRow) -> Result<()> {
        let (mut delegated, mut closed) = (false, false);
        let about = format!("{series}/{:08}", range.first);
        let (last, delegate) = (format!("{series}/{:08}", range.last), reason_digest(&range.delegate));
        let entries = self.database.view().await.log_entries_of_receipt(&about).await?;
        for index in entries {
            let Some(entry) = self.entry_at(index).await? else { continue };
            let is_this = entry.related.as_deref() == Some(&last) && entry.digest.as_deref() == Some(delegate.as_str());
            match &*entry.action {
                "range.delegated" => delegated = is_this,
                "range.closed" => closed = is_this,
                _ => {}
            }
        }
        if !delegated || closed == range.is_open {
            self.fault(format!("series {series}: the range from {} is not as the log records it", range.first));
        }
        Ok(())
    }

    /// Numbers that the database does not have.
    fn lacking(&mut self, name: &str, first: u32, last: u32) {
        let numbers = range("number", "numbers", first.into(), last.into());
        self.fault(format!("series {name}: {numbers} missing: issued, or skipped, and it is not in the database"));
    }

    /// Whether the log, too, has a series as open or closed.
    async fn book(&mut self, name: &str, is_open: bool) -> Result<()> {
        let (mut opened, mut closed) = (false, false);
        let entries = self.database.view().await.log_entries_of_receipt(name).await?;
        for index in entries {
            match self.entry_at(index).await?.as_ref().map(|entry| &*entry.action) {
                Some("series.opened") => opened = true,
                Some("series.closed") => closed = true,
                _ => {}
            }
        }
        if !opened || closed == is_open {
            let word = |open| if open { "open" } else { "closed" };
            self.fault(format!(
                "series {name}: the database has it as {}, the log as {}",
                word(is_open),
                word(opened && !closed)
            ));
        }
        Ok(())
    }

    async fn receipt(&mut self, row: &ReceiptRow) -> Result<()> {
        let id = format!("{}/{}/{:08}", row.form, row.symbol, row.number);
        let Some(entry) = self.entry_at(row.log_index).await? else {
            self.fault(format!("receipt {id}: its log entry {} is not there", row.log_index));
            return Ok(());
        };
        if entry.action != "receipt.issued"
            || entry.receipt.as_deref() != Some(&id)
            || entry.unit.as_deref() != Some(&row.unit)
        {
            self.fault(format!("receipt {id}: its log entry {} is about something else", row.log_index));
        }
        let history = self.history(&id).await?;
        self.chain(row, &id, &entry, &history).await?;
        self.events(row, &id, &history).await?;
        self.notices(row, &id, &history).await?;
        let said = self.xml(row, &id, &entry).await?;
        self.lines(row, &id, &entry, said.as_ref()).await?;
        if let Some(pdf) = self.blob(&row.pdf_sha256, &format!("receipt {id}: its PDF")).await? {
            match history.iter().rfind(|(_, entry)| entry.action == "receipt.rendered") {
                None => self.fault(format!("receipt {id}: the log has no entry for the signature of its PDF")),
                Some((index, entry)) => self.pdf(&format!("receipt {id}: its PDF"), pdf, *index, entry).await?,
            }
        }
        Ok(())
    }

    /// The signed XML of a receipt, and what it says if it can be read.
    async fn xml(&mut self, row: &ReceiptRow, id: &str, entry: &Entry<'_>) -> Result<Option<Said>> {
        let what = format!("receipt {id}: its XML");
        let Some(mut xml) = self.blob(&row.xml_sha256, &what).await? else { return Ok(None) };
        let mut text = Vec::new();
        let limit = u64::try_from(Limits::in_force().xml_bytes).unwrap_or(u64::MAX);
        let read = Read::by_ref(&mut xml).take(limit).read_to_end(&mut text);
        let Ok(Ok(signatures)) = read.map(|_| xades::verify(&text, Limits::in_force())) else {
            self.fault(format!("{what} cannot be read"));
            return Ok(None);
        };
        let [signature] = signatures.as_slice() else {
            self.fault(format!("{what} has not exactly one signature"));
            return Ok(None);
        };
        for problem in &signature.problems {
            self.fault(format!("{what}: {}", problem.message));
        }
        self.agrees(&what, entry, &signature.value, signature.certificate.as_deref());
        self.stapled(&what, signature.log_proof.as_ref(), row.log_index).await?;
        let said = Said::of(&text);
        match &said {
            None => self.fault(format!("{what} does not say what a receipt must say")),
            Some(said) => self.says(row, id, said).await?,
        }
        Ok(said)
    }

    /// A receipt's state and its neighbours in the chain of replacements.
    async fn chain(
        &mut self,
        row: &ReceiptRow,
        id: &str,
        issued: &Entry<'_>,
        history: &[(u64, Entry<'static>)],
    ) -> Result<()> {
        if issued.related.as_deref() != row.replaces.as_deref() {
            self.fault(format!("receipt {id}: the log and the database do not agree on what it replaces"));
        }
        let (mut left, mut notices, mut asked) = (None, Vec::new(), None);
        for (_, e) in history {
            match &*e.action {
                "receipt.replaced" => left = Some(("replaced", e.related.clone(), e.digest.clone())),
                "receipt.voided" => {
                    if e.approver.is_some() && e.approver == e.actor {
                        self.fault(format!("receipt {id}: one person alone voided it"));
                    }
                    left = Some(("voided", None, e.digest.clone()));
                }
                "receipt.notified" => notices.push(e),
                "receipt.void_requested" => asked = Some(e),
                "receipt.void_rejected" => asked = None,
                _ => {}
            }
        }
        let is_logged = |notice: &Notice, entry: &Entry<'_>| {
            entry.digest.as_deref() == Some(&reason_digest(&notice.reason)) && is_near(notice.at, entry)
        };
        if notices.len() != row.notices.len() || !row.notices.iter().zip(&notices).all(|(n, e)| is_logged(n, e)) {
            self.fault(format!("receipt {id}: the errors that were notified are not those that the log records"));
        }
        let request = row.void_request.as_ref().map(|request| reason_digest(&request.reason));
        if asked.and_then(|entry| entry.digest.as_deref()) != request.as_deref() {
            self.fault(format!("receipt {id}: the request that it be voided is not the one that the log records"));
        } else if let (Some(entry), Some(request)) = (asked, &row.void_request)
            && !(self.is_by(entry, &request.by) && is_near(request.at, entry))
        {
            let by = &request.by;
            self.fault(format!(
                "receipt {id}: the database says that {by} asked to void it, the log somebody else, or at another time"
            ));
        }
        let (state, successor, reason) = left.unwrap_or(("issued", None, None));
        if reason.as_deref() != row.reason.as_deref().map(reason_digest).as_deref() {
            self.fault(format!("receipt {id}: its reason is not the one that the log records"));
        }
        if state != row.state || successor.as_deref() != row.replaced_by.as_deref() {
            self.fault(format!("receipt {id}: the database has it as {}, the log as {state}", row.state));
        }
        for (other, back) in [(&row.replaces, true), (&row.replaced_by, false)] {
            let Some(other) = other else { continue };
            let found = match split(other) {
                Some((form, symbol, number)) => self.database.view().await.receipt(form, symbol, number).await?,
                None => None,
            };
            let link = found.map(|f| if back { f.replaced_by } else { f.replaces }).unwrap_or_default();
            if link.as_deref() != Some(id) {
                self.fault(format!("receipt {id}: {other} does not name it in turn"));
            }
        }
        Ok(())
    }
}

/// Numbers that are used one after the other.
struct Numbers {
    next: u32,
    previous: Option<time::Date>,
}

/// Whether a time is that of an entry, but for what lies between an act and its entry.
fn is_near(time: OffsetDateTime, entry: &Entry<'_>) -> bool {
    OffsetDateTime::parse(&entry.time, &Rfc3339).is_ok_and(|logged| (time - logged).abs() <= APART)
}

/// What the log keeps of a reason.
pub(super) fn reason_digest(reason: &str) -> String {
    format!("sha256:{}", hex::encode(sha256(reason.as_bytes())))
}

/// `EBL01/26TAA/00000001` in its parts.
pub(super) fn split(id: &str) -> Option<(&str, &str, u32)> {
    let (series, number) = entry::receipt(id)?;
    let (form, symbol) = series.split_once('/')?;
    Some((form, symbol, number))
}
