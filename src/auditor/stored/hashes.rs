//! Digests that were signed for other programs, and the keys of the key store.

use super::Check;
use crate::auditor::merkle::sha256;
use crate::auditor::told::Told;
use crate::error::Result;
use std::collections::BTreeSet;

impl Check<'_> {
    /// That each was signed by a key that the key store has, or had.
    pub(super) async fn hashes(&mut self) -> Result<()> {
        let Some(signed) = self.told.map(Told::hash_certificates).filter(|signed| !signed.is_empty()) else {
            return Ok(());
        };
        let keys = self.database.view().await.signing_keys().await?;
        let known: BTreeSet<String> = keys.iter().map(|key| hex::encode(sha256(&key.certificate))).collect();
        for (certificate, index) in signed.iter().filter(|(certificate, _)| !known.contains(*certificate)) {
            let why = "signed a digest, and is none of the key store's";
            self.fault(format!("entry {index}: the key of the certificate {certificate} {why}"));
        }
        Ok(())
    }
}
