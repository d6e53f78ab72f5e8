//! Documents that other programs have signed by the key that is bound to their token, as they were authorised ([`super::hashes`]): by the
//! digest of the file that is handed in.
//!
//! The authorisation is used up first, durably: whatever happens behind that, no document is signed twice by it. Who has no signed
//! document then asks for another authorisation.

use super::desk::{Wish, sign_by};
use super::hashes::Authorised;
use super::services::Services;
use crate::data_folder::DataFolder;
use crate::digest::DigestAlgorithm::{Sha256, Sha384, Sha512};
use crate::error::Result;
use crate::keys::SignatureScheme;
use crate::people::permissions::Caller;
use std::sync::Arc;

/// A document that is to be signed.
pub struct HandedIn {
    /// The PDF.
    pub file: Arc<Vec<u8>>,
    /// What the signature is to say.
    pub wish: Wish,
    /// By which scheme of the key.
    pub scheme: SignatureScheme,
}

/// Signs the documents, each of which is in the log before it is given out, in their order.
pub async fn sign(
    folder: &DataFolder,
    caller: &Caller,
    services: &Services<'_>,
    sad: &str,
    documents: Vec<HandedIn>,
) -> Result<Vec<Vec<u8>>> {
    let authorised = Authorised::find(folder, caller, sad).await?;
    let size = authorised.digest_size();
    let digest = [Sha256, Sha384, Sha512].into_iter().find(|digest| Some(digest.size()) == size).unwrap_or(Sha256);
    let digests: Vec<Vec<u8>> = documents.iter().map(|document| digest.hash(&document.file)).collect();
    let left = authorised.left_after(&digests)?;
    let key = authorised.key(folder, sad).await?;
    let mut tx = folder.store.write().await?;
    authorised.use_up(&mut *tx, left).await?;
    tx.commit().await?;
    let mut signed = Vec::with_capacity(documents.len());
    for HandedIn { file, wish, scheme } in documents {
        let mut out = folder.blobs.start().await?;
        sign_by(folder, caller, services, (&*key, scheme), file, wish, &mut out).await?;
        signed.push(out.written_bytes()?);
    }
    Ok(signed)
}
