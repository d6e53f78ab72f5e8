//! What was made of receipts: daily reports, shifts and notices of errors are those that the log records.

use super::{CHUNK, Check, particulars};
use crate::auditor::entry::Entry;
use crate::auditor::merkle::sha256;
use crate::auditor::told::Told;
use crate::error::Result;
use crate::limits::Limits;
use crate::messages::audit::Kept;
use crate::store::accounts::{FilingRow, ShiftRow};
use crate::store::receipts::ReceiptRow;
use crate::xades;
use crate::xml::{self, Document};
use std::fs::File;
use std::io::Read;

impl Check<'_> {
    /// Daily reports and shifts, and as many of them as the log has entries.
    pub(super) async fn papers(&mut self) -> Result<()> {
        let filings = self.database.view().await.filings().await?;
        let mut shifts: Vec<ShiftRow> = Vec::new();
        loop {
            let more =
                self.database.view().await.shifts(None, shifts.last().map_or(0, |shift| shift.id), CHUNK).await?;
            if more.is_empty() {
                break;
            }
            shifts.extend(more);
        }
        if let Some(tally) = self.told.and_then(Told::tally) {
            for (what, logged, kept) in
                [("daily reports", tally.filed, filings.len()), ("shifts", tally.shifts, shifts.len())]
            {
                if u64::try_from(kept).ok() != Some(logged) {
                    self.fault(format!("the log records {logged} {what}, the database has {kept}"));
                }
            }
        }
        for filing in filings {
            let what = format!("daily report {} of {}, amendment {}", filing.day, filing.unit, filing.amendment);
            let about = format!("01-TH-BLDT/{}/{}", filing.day, filing.amendment);
            let right = |e: &Entry<'_>| e.action == "report.filed" && e.receipt.as_deref() == Some(about.as_str());
            let Some(entry) = self.paper(&what, filing.log_index, &filing.unit, right).await? else { continue };
            self.stands(
                Kept::Filing(&format!("{}/{}", filing.unit, filing.day)),
                &entry,
                &particulars::filing(&filing)?,
            );
            if let Some(xml) = self.blob(&filing.xml_sha256, &what).await? {
                self.signed_xml(&what, xml, filing.log_index, &entry).await?;
            }
            self.rendered(&what, &about, &filing).await?;
        }
        for shift in shifts {
            let stands = particulars::shift(&shift)?;
            let ShiftRow { id, unit, cashier, summary, pdf_sha256, log_index, .. } = shift;
            let what = format!("shift {id}");
            let digest = format!("sha256:{}", hex::encode(sha256(summary.as_bytes())));
            let right = |e: &Entry<'_>| e.action == "shift.closed" && e.related.as_deref() == Some(digest.as_str());
            let Some(entry) = self.paper(&what, log_index, &unit, right).await? else { continue };
            self.stands(Kept::Shift(&id.to_string()), &entry, &stands);
            if !self.is_by(&entry, &cashier) {
                self.fault(format!("{what}: the database has it closed by {cashier}, the log by somebody else"));
            }
            if let Some(pdf) = self.blob(&pdf_sha256, &what).await? {
                self.pdf(&what, pdf, log_index, &entry).await?;
            }
        }
        Ok(())
    }

    /// The PDF of a daily report: the one whose signature the log records, or none where the log has none.
    async fn rendered(&mut self, what: &str, about: &str, filing: &FilingRow) -> Result<()> {
        let entries = self.database.view().await.log_entries_of_receipt(about).await?;
        let mut rendered = None;
        for index in entries {
            if let Some(entry) = self.entry_at(index).await?
                && entry.action == "report.rendered"
                && entry.unit.as_deref() == Some(filing.unit.as_str())
            {
                rendered = Some((index, entry));
            }
        }
        let what = format!("{what}: its PDF");
        match (&filing.pdf_sha256, rendered) {
            (None, None) => {}
            (Some(sha256), Some((index, entry))) => {
                if let Some(pdf) = self.blob(sha256, &what).await? {
                    self.pdf(&what, pdf, index, &entry).await?;
                }
            }
            (kept, _) => {
                let (here, there) = if kept.is_some() { ("database", "log") } else { ("log", "database") };
                self.fault(format!("{what}: the {here} has one, the {there} has none"));
            }
        }
        Ok(())
    }

    async fn paper(
        &mut self,
        what: &str,
        index: u64,
        unit: &str,
        right: impl Fn(&Entry<'_>) -> bool,
    ) -> Result<Option<Entry<'static>>> {
        let entry = self.entry_at(index).await?.filter(|entry| right(entry) && entry.unit.as_deref() == Some(unit));
        if entry.is_none() {
            self.fault(format!("{what}: its log entry {index} is about something else, or is not there"));
        }
        Ok(entry)
    }

    /// The notices of a receipt's errors (form 04/SS-CTĐT): as many as the log has, each saying what the database says.
    pub(super) async fn notices(
        &mut self,
        row: &ReceiptRow,
        id: &str,
        history: &[(u64, Entry<'static>)],
    ) -> Result<()> {
        let of = |action: &'static str| history.iter().filter(move |(_, entry)| entry.action == action);
        let kept =
            row.notices.iter().enumerate().filter_map(|(at, notice)| Some((at + 1, notice, notice.paper.as_ref()?)));
        let (filed, rendered, count) =
            (of("notice.filed").count(), of("notice.rendered").count(), kept.clone().count());
        if filed != count || rendered != count {
            self.fault(format!(
                "receipt {id}: the log records {filed} notices of errors and {rendered} PDFs of them, the database has {count}"
            ));
        }
        for ((nth, notice, paper), ((index, entry), (shown, shown_entry))) in
            kept.zip(of("notice.filed").zip(of("notice.rendered")))
        {
            let what = format!("receipt {id}: its notice {nth}");
            if paper.log_index != *index || entry.unit.as_deref() != Some(row.unit.as_str()) {
                self.fault(format!(
                    "{what}: its log entry {} is about something else, or is not there",
                    paper.log_index
                ));
            }
            if let Some(xml) = self.blob(&paper.xml_sha256, &what).await? {
                let text = self.signed_xml(&what, xml, *index, entry).await?;
                if !notice_says(&text, id, nth, &notice.reason) {
                    self.fault(format!("{what}: it says something else than the database"));
                }
            }
            let what = format!("{what}: its PDF");
            if let Some(pdf) = self.blob(&paper.pdf_sha256, &what).await? {
                self.pdf(&what, pdf, *shown, shown_entry).await?;
            }
        }
        Ok(())
    }

    /// A signed XML file and its entry; gives what is in it.
    async fn signed_xml(&mut self, what: &str, xml: File, index: u64, entry: &Entry<'_>) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        let limit = u64::try_from(Limits::in_force().xml_bytes).unwrap_or(u64::MAX);
        let read = xml.take(limit).read_to_end(&mut text);
        let signatures = read.ok().and_then(|_| xades::verify(&text, Limits::in_force()).ok()).unwrap_or_default();
        let [signature] = signatures.as_slice() else {
            self.fault(format!("{what}: it has not exactly one signature that can be read"));
            return Ok(text);
        };
        for problem in &signature.problems {
            self.fault(format!("{what}: {}", problem.message));
        }
        self.agrees(what, entry, &signature.value, signature.certificate.as_deref());
        self.stapled(what, signature.log_proof.as_ref(), index).await?;
        Ok(text)
    }
}

/// Whether a notice says that it is the nth of this receipt, for this reason.
fn notice_says(text: &[u8], id: &str, nth: usize, reason: &str) -> bool {
    let Ok(document) = Document::parse(text, Limits::in_force()) else { return false };
    let value = |name: &str| {
        let mut found =
            document.root().descendants().filter(|node| node.is_element() && node.tag_name().name() == name);
        found.next().and_then(|node| xml::text(node).ok()).unwrap_or_default()
    };
    format!("{}/{}/{}", value("KHMSBLai"), value("KHBLai"), value("SBLai")) == id
        && value("LTBao") == nth.to_string()
        && value("LDo") == reason
}
