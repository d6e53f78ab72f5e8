//! Reports signed by the unit's key for receipts, each with its entry in the log.

use crate::audit::Logged;
use crate::audit::entry::Entry;
use crate::cms::logproof::LogProof;
use crate::data_folder::{DataFolder, VIETNAM};
use crate::documents::sign::{Order, Record, Signed, sign};
use crate::documents::signer::preferred_scheme;
use crate::error::Result;
use crate::keys::SigningKey;
use crate::pades::{SignOptions, SubFilter};
use crate::store::Transaction;
use crate::xades::{self, Parameters};
use std::io::Cursor;
use std::sync::Arc;

/// Signs an XML document (XAdES B-B), and gives it with its place in the log.
pub async fn sign_xml(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    key: &dyn SigningKey,
    (document, at): (&str, usize),
    entry: Entry,
) -> Result<(Vec<u8>, Logged)> {
    let scheme = preferred_scheme(key)?;
    let parameters = Parameters {
        certificate: key.certificate(),
        chain: key.chain(),
        scheme,
        signing_time: folder.now().to_offset(VIETNAM),
        description: None,
    };
    let prepared = xades::prepare(document, at, &parameters)?;
    let signature = key.sign(scheme, prepared.to_be_signed()).await?;
    let entry = entry
        .signing(scheme.digest(), prepared.document_digest(), key.certificate())
        .signed(&prepared.value(&signature)?);
    let logged = folder.log.append_one(tx, entry).await?;
    let proof: LogProof = logged.log_proof();
    Ok((prepared.finish(&signature, Some(&proof))?.into_bytes(), logged))
}

/// Signs a PDF (PAdES B-B).
pub async fn sign_pdf(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    key: &dyn SigningKey,
    drawn: Vec<u8>,
    entry: Entry,
) -> Result<(Vec<u8>, Signed)> {
    let scheme = preferred_scheme(key)?;
    let order = Order {
        key,
        scheme,
        options: SignOptions::new(folder.now().to_offset(VIETNAM), SubFilter::Pades, scheme.digest()),
        attributes: &[],
        password: None,
        entry,
    };
    let mut file = Cursor::new(Vec::new());
    let signed = sign(folder, Arc::new(drawn), order, &mut file, Record::Within(tx)).await?;
    Ok((file.into_inner(), signed))
}
