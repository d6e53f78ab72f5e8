//! Series and receipts: what the database has of them, their signed XML and their PDF, against the log.

use super::{CHUNK, Check};
use crate::auditor::entry::{self, Entry};
use crate::auditor::findings::range;
use crate::auditor::merkle::sha256;
use crate::error::Result;
use crate::limits::Limits;
use crate::store::receipts::{ReceiptFilter, ReceiptRow, SeriesRow};
use crate::xades;
use crate::xml::{self, Document, Node};
use std::collections::BTreeSet;
use std::io::Read;

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
        for report in self.findings.series.clone() {
            if !there.contains(&report.series) {
                self.fault(format!("series {}: the log has it, and it is not in the database", report.series));
            }
        }
        Ok(())
    }

    async fn series(&mut self, name: &str, series: &SeriesRow) -> Result<()> {
        let mut expected = 1;
        let mut previous = None;
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
                if row.number != expected {
                    self.lacking(name, expected, row.number.saturating_sub(1));
                }
                expected = row.number.saturating_add(1);
                if previous.is_some_and(|date| date > row.date) {
                    self.fault(format!("receipt {name}/{:08} is dated before its predecessor", row.number));
                }
                previous = Some(row.date);
                self.receipt(row).await?;
                self.findings.receipts = self.findings.receipts.saturating_add(1);
            }
        }
        let logged = self.findings.series.iter().find(|report| report.series == name).map_or(0, |report| report.last);
        if logged >= expected {
            self.lacking(name, expected, logged);
        }
        self.book(name, series.is_open).await?;
        if series.next != expected {
            let next = series.next;
            self.fault(format!("series {name}: the next number is {next}, and the last receipt is before {expected}"));
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
        self.chain(row, &id, &entry).await?;
        if let Some(mut xml) = self.blob(&row.xml_sha256, &format!("receipt {id}: its XML")).await? {
            let mut text = Vec::new();
            let limit = u64::try_from(Limits::in_force().xml_bytes).unwrap_or(u64::MAX);
            match Read::by_ref(&mut xml)
                .take(limit)
                .read_to_end(&mut text)
                .map(|_| xades::verify(&text, Limits::in_force()))
            {
                Ok(Ok(signatures)) => match signatures.as_slice() {
                    [signature] => {
                        self.says(row, &id, &text);
                        for problem in &signature.problems {
                            self.fault(format!("receipt {id}: its XML: {}", problem.message));
                        }
                        self.agrees(
                            &format!("receipt {id}: its XML"),
                            &entry,
                            &signature.value,
                            signature.certificate.as_deref(),
                        );
                        self.stapled(&format!("receipt {id}: its XML"), signature.log_proof.as_ref(), row.log_index)
                            .await?;
                    }
                    _ => self.fault(format!("receipt {id}: its XML has not exactly one signature")),
                },
                _ => self.fault(format!("receipt {id}: its XML cannot be read")),
            }
        }
        if let Some(pdf) = self.blob(&row.pdf_sha256, &format!("receipt {id}: its PDF")).await? {
            let entries = self.database.view().await.log_entries_of_receipt(&id).await?;
            let mut rendered = None;
            for index in entries {
                if let Some(entry) = self.entry_at(index).await?
                    && entry.action == "receipt.rendered"
                {
                    rendered = Some((index, entry));
                }
            }
            match rendered {
                None => self.fault(format!("receipt {id}: the log has no entry for the signature of its PDF")),
                Some((index, entry)) => self.pdf(&format!("receipt {id}: its PDF"), pdf, index, &entry).await?,
            }
        }
        Ok(())
    }

    /// What the signed XML says must be what the database says.
    fn says(&mut self, row: &ReceiptRow, id: &str, xml: &[u8]) {
        let Some(said) = Said::of(xml) else {
            self.fault(format!("receipt {id}: its XML does not say what a receipt must say"));
            return;
        };
        let date = row.date.to_string();
        for (what, agrees) in [
            ("number", said.id == id),
            ("date", said.date == date),
            ("total", said.total == row.total.to_string()),
            ("code", said.code == row.code),
        ] {
            if !agrees {
                self.fault(format!("receipt {id}: its {what} in the database is not that of its signed XML"));
            }
        }
    }

    /// A receipt's state and its neighbours in the chain of replacements.
    async fn chain(&mut self, row: &ReceiptRow, id: &str, issued: &Entry<'_>) -> Result<()> {
        if issued.related.as_deref() != row.replaces.as_deref() {
            self.fault(format!("receipt {id}: the log and the database do not agree on what it replaces"));
        }
        let mut left = None;
        let entries = self.database.view().await.log_entries_of_receipt(id).await?;
        for index in entries {
            match self.entry_at(index).await? {
                Some(e) if e.action == "receipt.replaced" => left = Some(("replaced", e.related, e.digest)),
                Some(e) if e.action == "receipt.voided" => left = Some(("voided", None, e.digest)),
                _ => {}
            }
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

/// What the log keeps of a reason.
fn reason_digest(reason: &str) -> String {
    format!("sha256:{}", hex::encode(sha256(reason.as_bytes())))
}

/// `EBL01/26TAA/00000001` in its parts.
fn split(id: &str) -> Option<(&str, &str, u32)> {
    let (series, number) = entry::receipt(id)?;
    let (form, symbol) = series.split_once('/')?;
    Some((form, symbol, number))
}

/// What a receipt's XML says of what the database says, too; read apart from the code that writes it.
struct Said {
    id: String,
    date: String,
    total: String,
    code: String,
}

impl Said {
    fn of(xml: &[u8]) -> Option<Self> {
        let document = Document::parse(xml, Limits::in_force()).ok()?;
        let within = |name: &str, node: Node<'_, '_>| {
            let mut found = node.descendants().filter(|n| n.is_element() && n.tag_name().name() == name);
            found.next().and_then(|n| xml::text(n).ok())
        };
        let root = document.root();
        let data = root.descendants().find(|n| n.is_element() && n.tag_name().name() == "DLBLai")?;
        let further = data.descendants().find(|n| {
            n.is_element() && n.tag_name().name() == "TTin" && within("TTruong", *n).as_deref() == Some("Mã tra cứu")
        })?;
        Some(Self {
            id: format!("{}/{}/{:0>8}", within("KHMSBLai", data)?, within("KHBLai", data)?, within("SBLai", data)?),
            date: within("NLap", data)?,
            total: within("TgTTTBSo", data)?,
            code: within("DLieu", further)?,
        })
    }
}
