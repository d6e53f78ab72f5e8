//! The signed versions of documents, their files, and the entries that they name.

use super::signature::signature_of;
use super::{CHUNK, Check};
use crate::auditor::entry::Entry;
use crate::error::Result;
use std::fs::File;

impl Check<'_> {
    /// Every signed version of every document.
    pub(super) async fn documents(&mut self) -> Result<()> {
        let mut after: Option<(String, u32)> = None;
        loop {
            let from = after.as_ref().map(|(document, version)| (document.as_str(), *version));
            let rows = self.database.view().await.signed_versions(from, CHUNK).await?;
            let Some((document, version)) = rows.last() else { return Ok(()) };
            after = Some((document.clone(), version.version));
            for (document, version) in rows {
                let what = format!("document {document}, version {}", version.version);
                self.findings.documents = self.findings.documents.saturating_add(1);
                let Some(index) = version.log_index else { continue };
                let Some(entry) = self.entry_at(index).await? else {
                    self.fault(format!("{what}: its log entry {index} is not there"));
                    continue;
                };
                if let Some(file) = self.blob(&version.sha256, &what).await? {
                    self.pdf(&what, file, index, &entry).await?;
                }
            }
        }
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
