//! The versions of documents, their files, and the entries that they name.

use super::signature::signature_of;
use super::{CHUNK, Check, particulars};
use crate::auditor::entry::Entry;
use crate::auditor::told::Told;
use crate::error::Result;
use crate::messages::audit::{Kept, documents};
use crate::store::documents::VersionRow;
use std::fs::File;

impl Check<'_> {
    /// Every version of every document, and as many of them as the log has entries.
    pub(super) async fn documents(&mut self) -> Result<()> {
        let mut after: Option<(String, u32)> = None;
        loop {
            let from = after.as_ref().map(|(document, version)| (document.as_str(), *version));
            let rows = self.database.view().await.versions(from, CHUNK).await?;
            let Some((document, version)) = rows.last() else { break };
            after = Some((document.clone(), version.version));
            for (document, version) in rows {
                self.kept(&document, &version).await?;
                let what = format!("document {document}, version {}", version.version);
                let Some(index) = version.log_index else {
                    self.blob(&version.sha256, &what).await?;
                    continue;
                };
                self.findings.documents = self.findings.documents.saturating_add(1);
                let Some(entry) = self.entry_at(index).await? else {
                    self.fault(format!("{what}: its log entry {index} is not there"));
                    continue;
                };
                if let Some(file) = self.blob(&version.sha256, &what).await? {
                    self.pdf(&what, file, index, &entry).await?;
                }
            }
        }
        let kept = self.database.view().await.kept_versions().await?;
        if let Some(tally) = self.told.and_then(Told::tally).filter(|tally| tally.kept != kept) {
            self.findings.tell(documents(tally.kept, kept));
        }
        Ok(())
    }

    /// What is said of a version is what its entry says.
    async fn kept(&mut self, document: &str, version: &VersionRow) -> Result<()> {
        let kept = Kept::Document { id: document, version: version.version };
        let Some(index) = version.kept else {
            if self.told.and_then(Told::rows).is_some_and(|rows| !rows.is_old) {
                self.findings.tell(kept.added());
            }
            return Ok(());
        };
        let particulars = if version.version == 0 {
            let Some(row) = self.database.view().await.document(document).await? else { return Ok(()) };
            particulars::document(&row, version)?
        } else {
            particulars::version(document, version)?
        };
        match self.entry_at(index).await? {
            Some(entry) if entry.row.is_some() => self.stands(kept, &entry, &particulars),
            _ => self.findings.tell(kept.added()),
        }
        Ok(())
    }

    /// That a PDF has the signature that the entry records, over what the entry says, with the proof of that entry.
    pub(super) async fn pdf(&mut self, what: &str, file: File, index: u64, entry: &Entry<'_>) -> Result<()> {
        match signature_of(file, entry) {
            Err(why) => self.fault(format!("{what}: {why}")),
            Ok(None) => self.fault(format!("{what}: it does not have the signature that log entry {index} records")),
            Ok(Some((value, certificate, proof))) => {
                self.agrees(what, entry, &value, certificate.as_deref());
                self.stapled(what, proof.as_ref(), index).await?;
            }
        }
        Ok(())
    }
}
