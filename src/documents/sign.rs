//! One PDF signed: the increment laid out and hashed, the digest signed, the entry durable in the log, its proof stapled into
//! the CMS, and only then the file.

use crate::audit::Logged;
use crate::audit::entry::Entry;
use crate::cms::logproof::LogProof;
use crate::cms::{Attribute, SignedDataBuilder, oid};
use crate::data_folder::DataFolder;
use crate::error::Result;
use crate::keys::{SignatureScheme, SigningKey};
use crate::limits::Limits;
use crate::pades::{self, SignOptions};
use crate::pdf::document::Document;
use crate::pdf::source::Source;
use crate::store::Transaction;
use std::io::{Seek, Write};
use std::sync::Arc;

/// Room in `/Contents` for a signature time-stamp to be added later (EN 319 142-1 clause 5.3), in bytes.
const TIMESTAMP_ROOM: usize = 6 << 10;

/// Who signs what, how.
pub struct Order<'a> {
    /// The key.
    pub key: &'a dyn SigningKey,
    /// By which of its schemes.
    pub scheme: SignatureScheme,
    /// What the signature says and where it stands; its digest is the scheme's.
    pub options: SignOptions,
    /// Opens an encrypted file.
    pub password: Option<&'a [u8]>,
    /// What the log is to say of it; what is signed, by which certificate, is added.
    pub entry: Entry,
}

/// How the entry gets into the log.
pub enum Record<'t> {
    /// At once, in one durable write with others that arrive at the same time.
    AtOnce,
    /// Within the transaction that keeps what else belongs to it.
    Within(&'t mut dyn Transaction),
}

/// A file that was signed.
#[derive(Debug)]
pub struct Signed {
    /// The field.
    pub field: String,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Bytes of the file.
    pub size: u64,
    /// Its entry in the log.
    pub logged: Logged,
    /// Why the file's cross-reference data had to be rebuilt, if so.
    pub recovered: Option<String>,
}

/// Signs a document into a file that its caller then lets appear.
pub async fn sign(
    folder: &DataFolder,
    source: Arc<dyn Source>,
    order: Order<'_>,
    out: &mut (impl Write + Seek + Send),
    record: Record<'_>,
) -> Result<Signed> {
    let (key, scheme) = (order.key, order.scheme);
    let digest = scheme.digest();
    let builder = SignedDataBuilder::new(digest, scheme.algorithm_identifier(), key.certificate(), key.chain())?;
    let draft = order.entry.clone().signing(digest, &vec![0; digest.size()], key.certificate()).signed(&[]);
    let attributes = [LogProof::value_len(draft.bytes()?.len(), folder.log.proof_room()), TIMESTAMP_ROOM];
    let attributes = attributes.map(|len| Attribute::encoded_len(&oid::DAUSON_LOG_PROOF, len));
    let reserved = builder.encoded_len(false, key.signature_len(scheme), &attributes);

    // in a block of its own: an opened document is for one thread
    let (prepared, recovered) = {
        let doc = Document::open_or_recover(source, order.password, *Limits::in_force())?;
        let options = SignOptions { digest, ..order.options };
        (pades::prepare(&doc, &options, reserved)?, doc.recovered().map(str::to_owned))
    };
    let hashed = prepared.write(out)?;
    let signed_attributes = builder.signed_attributes(&hashed.digest, None);
    let signature = key.sign(scheme, &signed_attributes).await?;
    let entry = order.entry.signing(digest, &hashed.digest, key.certificate()).signed(&signature);
    let logged = match record {
        Record::AtOnce => folder.log.record(entry).await?,
        Record::Within(tx) => folder.log.append_one(tx, entry).await?,
    };
    let cms = builder.build(&signed_attributes, &signature, &[logged.log_proof().attribute()]);
    let sha256 = prepared.finish(&cms, hashed, out)?;
    Ok(Signed { field: prepared.field.clone(), sha256, size: prepared.file_len(), logged, recovered })
}
