//! A PDF signed by a key that is somewhere else, in two acts that nothing but the data folder connects: [`prepare`] lays out
//! the increment and says what is to be signed; [`finish`] takes the signature value, and only then is there an entry in the
//! log, and after it the file.
//!
//! Who dies between the entry and the file finishes again with the same signature value: the entry is there already and stays
//! the only one. Once the file has appeared ([`done`]) nothing is finished any more.

use super::sign::{Order, Signed, Signing, Unlogged};
use crate::audit::entry::Entry;
use crate::data_folder::DataFolder;
use crate::digest::{DigestAlgorithm, sha256};
use crate::error::{Error, Kind, Result};
use crate::keys::{PublicHalf, SignatureScheme};
use crate::pades::{Layout, SignOptions, SubFilter};
use crate::pdf::source::Source;
use crate::store::deferred::DeferredRow;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::io::{Seek, Write};
use std::ops::Range;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// How long the expired are still told from the unknown.
const REMEMBERED: Duration = Duration::days(30);

/// What is asked of whoever has the key. It says what will be signed, and is no secret of the data folder's: with it alone
/// nothing can be finished.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Request {
    /// The name of what was prepared.
    pub id: String,
    /// The field of the signature.
    pub field: String,
    /// SHA-256 of the document before it, hexadecimal.
    pub document_sha256: String,
    /// SHA-256 of the certificate whose key shall sign, hexadecimal.
    pub certificate_sha256: String,
    /// `rsa-pkcs1`, `rsa-pss`, `ecdsa-p256`, `ecdsa-p384`, `ed25519`.
    pub scheme: String,
    /// The scheme's digest algorithm; a PSS salt is as long as its value.
    pub digest: String,
    /// The digest of the document with its increment (the message-digest attribute), base64.
    pub document_digest: String,
    /// What is to be signed: the signed attributes (RFC 5652 section 5.4), DER in base64.
    pub signed_attributes: String,
    /// Their digest, for keys that sign digests, base64.
    pub to_sign: String,
    /// Until when the signature is taken.
    #[serde(with = "time::serde::rfc3339")]
    pub expires: OffsetDateTime,
}

impl Request {
    /// What is to be signed.
    pub fn attributes(&self) -> Result<Vec<u8>> {
        let unreadable = |error| Error::new(Kind::BadInput, "deferred.request", "the request", error);
        STANDARD.decode(&self.signed_attributes).map_err(unreadable)
    }
}

/// What the data folder keeps beside the increment.
#[derive(Serialize, Deserialize)]
struct Terms {
    field: String,
    gap: Range<usize>,
    scheme: String,
    digest: String,
    /// Certificate and its issuers', base64.
    certificates: Vec<String>,
    /// The document with its increment, hexadecimal.
    document_digest: String,
    /// Base64.
    signed_attributes: String,
    entry: Entry,
    recovered: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stored: Option<Stored>,
}

/// The stored document, or the file of an official document, that something was prepared of. It is finished as its next version, by whoever
/// prepared it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stored {
    /// Its identifier.
    pub document: String,
    /// The version that was prepared.
    pub version: u32,
    /// The pseudonym of whoever prepared it.
    pub actor: String,
    /// Of an official document: the act that it is for, as the registry writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<String>,
}

/// Lays out a document for a key elsewhere, of which the order's key is the public half. The document's SHA-256 is for the one
/// who signs to see; `stored` says which it is, if it is one of the stored ones.
pub async fn prepare(
    folder: &DataFolder,
    source: &Arc<dyn Source>,
    document: [u8; 32],
    order: Order<'_>,
    lifetime: Duration,
    stored: Option<Stored>,
) -> Result<Request> {
    let (key, scheme) = (order.key, order.scheme);
    let signing = Signing::of(folder, order)?;
    let unsigned = signing.lay_out(source, &mut std::io::sink())?;
    let certificates = std::iter::once(key.certificate()).chain(key.chain().iter().map(Vec::as_slice));
    let now = folder.now();
    let expires = now.saturating_add(lifetime).replace_nanosecond(0).unwrap_or(now);
    let id = hex::encode(folder.random::<16>()?);
    let document_digest = unsigned.document_digest().to_vec();
    let attributes = unsigned.signed_attributes.clone();
    let (entry, recovered) = (unsigned.entry.clone(), unsigned.recovered.clone());
    let Layout { field, update, gap, .. } = unsigned.into_layout();
    let terms = Terms {
        field: field.clone(),
        gap,
        scheme: scheme.name().to_owned(),
        digest: scheme.digest().name().to_owned(),
        certificates: certificates.map(|der| STANDARD.encode(der)).collect(),
        document_digest: hex::encode(&document_digest),
        signed_attributes: STANDARD.encode(&attributes),
        entry,
        recovered,
        stored,
    };
    let terms = serde_json::to_string(&terms).map_err(|e| Error::new(Kind::Bug, "deferred.terms", "the state", e))?;
    let mut tx = folder.store.write().await?;
    tx.forget_deferred(now.saturating_sub(REMEMBERED)).await?;
    tx.put_deferred(&DeferredRow { id: id.clone(), terms, increment: update, expires, logged: None, finished: None })
        .await?;
    tx.commit().await?;
    Ok(Request {
        id,
        field,
        document_sha256: hex::encode(document),
        certificate_sha256: hex::encode(sha256(key.certificate())),
        scheme: scheme.name().to_owned(),
        digest: scheme.digest().name().to_owned(),
        document_digest: STANDARD.encode(document_digest),
        to_sign: STANDARD.encode(scheme.digest().hash(&attributes)),
        signed_attributes: STANDARD.encode(attributes),
        expires,
    })
}

/// What was prepared and can be finished.
pub struct Prepared {
    id: String,
    layout: Layout,
    /// By which of its schemes.
    pub scheme: SignatureScheme,
    /// The public half of the key that shall sign.
    pub key: PublicHalf,
    document_digest: Vec<u8>,
    signed_attributes: Vec<u8>,
    entry: Entry,
    recovered: Option<String>,
    /// The stored document that it is of, if it is of one.
    pub stored: Option<Stored>,
}

fn refused(kind: Kind, code: &'static str, id: &str, why: &str) -> Error {
    Error::new(kind, code, format!("prepared signature {id}"), why)
}

impl Prepared {
    /// Finds what was prepared; refuses what is unknown, not of the stored document that is meant, finished or expired.
    pub async fn find(folder: &DataFolder, id: &str, is_meant: impl Fn(Option<&Stored>) -> bool) -> Result<Self> {
        let row = folder.store.read().await?.deferred(id).await?;
        let unknown = || {
            refused(Kind::NotFound, "deferred.unknown", id, "the data folder knows nothing of it")
                .hint("it is finished with the data folder that it was prepared with")
        };
        let row = row.ok_or_else(unknown)?;
        let is_finished = row.finished.is_some();
        // what is in the log may still become a file
        let has_expired = row.expires < folder.now() && row.logged.is_none();
        let prepared =
            Self::read(row).ok_or_else(|| refused(Kind::BadInput, "deferred.damaged", id, "it cannot be read"))?;
        if !is_meant(prepared.stored.as_ref()) {
            return Err(unknown());
        }
        if is_finished {
            return Err(refused(Kind::Conflict, "deferred.finished", id, "it was finished already"));
        }
        if has_expired {
            return Err(refused(Kind::NotAllowed, "deferred.expired", id, "it has expired").hint("prepare it again"));
        }
        Ok(prepared)
    }

    fn read(row: DeferredRow) -> Option<Self> {
        let terms: Terms = serde_json::from_str(&row.terms).ok()?;
        let mut certificates: Vec<Vec<u8>> =
            terms.certificates.iter().map(|text| STANDARD.decode(text).ok()).collect::<Option<_>>()?;
        let chain = certificates.split_off(usize::min(1, certificates.len()));
        let key = PublicHalf::new(certificates.pop()?, chain).ok()?;
        let digest = DigestAlgorithm::ALL.into_iter().find(|digest| digest.name() == terms.digest)?;
        let scheme = *key.schemes().iter().find(|s| s.name() == terms.scheme && s.digest() == digest)?;
        Some(Self {
            id: row.id,
            layout: Layout { field: terms.field, update: row.increment, gap: terms.gap, digest },
            scheme,
            key,
            document_digest: hex::decode(terms.document_digest).ok()?,
            signed_attributes: STANDARD.decode(terms.signed_attributes).ok()?,
            entry: terms.entry,
            recovered: terms.recovered,
            stored: terms.stored,
        })
    }

    /// The document with this signature value, which is verified: all but its entry in the log. `source` is the document as it was prepared.
    pub fn signed(
        &self,
        folder: &DataFolder,
        source: Arc<dyn Source>,
        signature: &[u8],
        out: &mut (impl Write + Seek + Send),
    ) -> Result<(Signing<'_>, Unlogged)> {
        let Self { id, layout, scheme, key, document_digest, signed_attributes, entry, recovered, .. } = self;
        key.check(*scheme, signed_attributes, signature)?;
        let now = folder.now();
        let order = Order {
            key,
            scheme: *scheme,
            // what they say is laid out already
            options: SignOptions::new(now, SubFilter::Pades, scheme.digest()),
            attributes: &[],
            password: None,
            entry: entry.clone().at(now)?,
        };
        let signing = Signing::of(folder, order)?;
        let unsigned =
            signing.laid_out(layout.clone().of(source), signed_attributes.clone(), recovered.clone(), out)?;
        if unsigned.document_digest() != document_digest {
            let why = "the document is not the one that was prepared";
            return Err(refused(Kind::BadInput, "deferred.document", id, why));
        }
        Ok((signing, unsigned.signed(key, signature.to_vec())))
    }

    /// Writes the signed document into a file that the caller then lets appear, and calls [`done`]. `source` is the document
    /// as it was prepared.
    pub async fn finish(
        self,
        folder: &DataFolder,
        source: Arc<dyn Source>,
        signature: &[u8],
        out: &mut (impl Write + Seek + Send),
    ) -> Result<Signed> {
        let (mut signing, unlogged) = self.signed(folder, source, signature, out)?;
        let id = &self.id;
        let value = sha256(signature);
        let mut tx = folder.store.write().await?;
        let row = tx.deferred(id).await?;
        let logged = match row.and_then(|row| row.logged) {
            None => {
                let logged = folder.log.append_one(&mut *tx, unlogged.entry.clone()).await?;
                if !tx.log_deferred(id, logged.index, &value).await? {
                    return Err(refused(Kind::Conflict, "deferred.finished", id, "it is not there any more"));
                }
                tx.commit().await?;
                logged
            }
            Some((index, before)) => {
                drop(tx);
                if before != value {
                    let why = "it was signed already, by another signature value";
                    return Err(refused(Kind::Conflict, "deferred.finished", id, why));
                }
                folder.log.prove(index).await?
            }
        };
        let room = || refused(Kind::Unavailable, "deferred.room", id, "the log has outgrown the room for its proof");
        Ok(signing.finish(unlogged, logged, None, out)?.ok_or_else(room)?.0)
    }
}

/// Keeps that the signed file has appeared: it is not finished again.
pub async fn done(folder: &DataFolder, id: &str) -> Result<()> {
    let mut tx = folder.store.write().await?;
    tx.finish_deferred(id, folder.now()).await?;
    Ok(tx.commit().await?)
}
