//! Receipts of the law before: rows and files against the log. They are in no series, and have no gaps.

use super::{CHUNK, Check, particulars};
use crate::auditor::told::Told;
use crate::error::Result;
use crate::limits::Limits;
use crate::messages::audit::Kept;
use crate::store::legacy::{LegacyFilter, LegacyRow};
use crate::xml::{self, Document};
use std::io::Read;

impl Check<'_> {
    /// Every file that came in, and as many of them as the log has entries.
    pub(super) async fn legacies(&mut self) -> Result<()> {
        let (mut filter, mut files) = (LegacyFilter::default(), 0_u64);
        loop {
            let rows = self.database.view().await.legacies(&filter, CHUNK).await?;
            let Some(last) = rows.last() else { break };
            filter.after = Some((last.unit.clone(), last.form.clone(), last.symbol.clone(), last.number));
            for row in rows {
                self.findings.imported = self.findings.imported.saturating_add(1);
                files = files.saturating_add(u64::try_from(row.files.len()).unwrap_or(u64::MAX));
                self.legacy(&row).await?;
            }
        }
        let logged = self.told.and_then(Told::tally).map(|tally| tally.imported);
        if let Some(logged) = logged.filter(|logged| *logged != files) {
            self.fault(format!(
                "the log records {logged} files of receipts of the law before, the database has {files}"
            ));
        }
        Ok(())
    }

    async fn legacy(&mut self, row: &LegacyRow) -> Result<()> {
        let id = format!("{}/{}/{:07}", row.form, row.symbol, row.number);
        if row.files.is_empty() {
            self.fault(format!("receipt {id} of {}: it has no file", row.unit));
        }
        for file in &row.files {
            let what = format!("receipt {id} of {}: its {}", row.unit, file.kind.to_uppercase());
            let digest = format!("sha256:{}", hex::encode(file.sha256));
            let entry = self.entry_at(file.log_index).await?.filter(|entry| {
                entry.action == "receipt.imported"
                    && entry.receipt.as_deref() == Some(&id)
                    && entry.unit.as_deref() == Some(&row.unit)
                    && entry.digest.as_deref() == Some(&digest)
            });
            match &entry {
                None => self.fault(format!(
                    "{what}: its log entry {} is about something else, or is not there",
                    file.log_index
                )),
                Some(entry) => self.stands(Kept::Legacy(&id), entry, &particulars::legacy(row, file)?),
            }
            let Some(mut kept) = self.blob(&file.sha256, &what).await? else { continue };
            if file.kind == "xml" {
                let mut text = Vec::new();
                let limit = u64::try_from(Limits::in_force().xml_bytes).unwrap_or(u64::MAX);
                let read = Read::by_ref(&mut kept).take(limit).read_to_end(&mut text).is_ok();
                self.legacy_says(row, &what, if read { &text } else { &[] });
            }
        }
        Ok(())
    }

    /// What the XML says must be what the database says.
    fn legacy_says(&mut self, row: &LegacyRow, what: &str, xml: &[u8]) {
        let Ok(document) = Document::parse(xml, Limits::in_force()) else {
            self.fault(format!("{what} cannot be read"));
            return;
        };
        let said = |name: &str| {
            let mut found = document.root().descendants().filter(|n| n.is_element() && n.tag_name().name() == name);
            found.next().and_then(|n| xml::text(n).ok()).map(|text| text.trim().to_owned()).unwrap_or_default()
        };
        let total = said("TgTTTBSo");
        for (name, agrees) in [
            ("form", said("KHMSBLai") == row.form),
            ("symbol", said("KHBLai") == row.symbol),
            ("number", said("SBLai").parse() == Ok(row.number)),
            ("date", said("NLap") == row.date.to_string()),
            ("total", total.split('.').next() == Some(row.total.to_string().as_str())),
        ] {
            if !agrees {
                self.fault(format!("{what}: the {name} in the database is not that of the XML"));
            }
        }
    }
}
