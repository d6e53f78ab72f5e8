//! One PDF signed: the increment laid out and hashed, the digest signed, the entry durable in the log, its proof stapled into
//! the CMS and the signature time-stamped, then validation data and document time-stamp, and only then the file.

use super::draft::{ATTEMPTS, Draft};
use super::extend;
use super::services::Services;
use crate::audit::Logged;
use crate::audit::entry::Entry;
use crate::cms::logproof::LogProof;
use crate::cms::{Attribute, SignedDataBuilder, oid};
use crate::data_folder::DataFolder;
use crate::digest::{DigestAlgorithm, Hasher};
use crate::error::{Error, Kind, Result};
use crate::keys::{SignatureScheme, SigningKey};
use crate::limits::Limits;
use crate::messages::both;
use crate::net::ChosenBy;
use crate::output::OutputFile;
use crate::pades::{self, Layout, Level, PadesError, SignOptions};
use crate::pdf::appearance::Visible;
use crate::pdf::document::Document;
use crate::pdf::source::Source;
use crate::pki::certificate::Certificate;
use crate::store::Transaction;
use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;
use time::OffsetDateTime;
use unicode_normalization::UnicodeNormalization as _;

/// Room in the `/Contents` of a B-B signature for a signature time-stamp to be added later (EN 319 142-1 clause 5.3), in
/// bytes.
const TIMESTAMP_ROOM: usize = 6 << 10;

/// Who signs what, how.
pub struct Order<'a> {
    /// The key.
    pub key: &'a dyn SigningKey,
    /// By which of its schemes.
    pub scheme: SignatureScheme,
    /// What the signature says and where it stands; its digest is the scheme's.
    pub options: SignOptions,
    /// Signed attributes beyond those that each signature has.
    pub attributes: &'a [Attribute],
    /// Opens an encrypted file.
    pub password: Option<&'a [u8]>,
    /// What the log is to say of it; what is signed, by which certificate, is added.
    pub entry: Entry,
}

/// A level beyond B-B.
#[derive(Clone, Copy)]
pub struct Raise<'a> {
    /// The level.
    pub to: Level,
    /// Who helps with it.
    pub services: &'a Services<'a>,
    /// Who chose the signer's certificate.
    pub chosen_by: ChosenBy,
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

/// Signs a document at level B-B into a file that its caller then lets appear.
pub async fn sign(
    folder: &DataFolder,
    source: Arc<dyn Source>,
    order: Order<'_>,
    out: &mut (impl Write + Seek + Send),
    record: Record<'_>,
) -> Result<Signed> {
    Ok(write(folder, source, order, None, out, record).await?.0)
}

/// Signs a document at a level into a file that its caller then lets appear.
pub async fn sign_at(
    folder: &DataFolder,
    source: Arc<dyn Source>,
    order: Order<'_>,
    raise: Option<Raise<'_>>,
    out: &mut OutputFile,
) -> Result<Signed> {
    let password = order.password;
    let raise = raise.filter(|raise| raise.to > Level::B);
    let services = raise.map(|raise| raise.services);
    let (mut signed, hasher) = write(folder, source, order, services, out, Record::AtOnce).await?;
    if let Some(raise) = raise.filter(|raise| raise.to > Level::T) {
        let mut draft = Draft::new(out, password, signed.size, hasher);
        extend::complete(&mut draft, raise, Some(&signed.field)).await?;
        (signed.sha256, signed.size) = (draft.sha256(), draft.size());
    }
    Ok(signed)
}

/// What is seen of a signature: signer and time where nothing else was asked for; texts in composed form, as typefaces have them.
fn complete(visible: &mut Visible, key: &dyn SigningKey, time: OffsetDateTime) -> Result<()> {
    if visible.text.is_none() && visible.image.is_none() && visible.written.is_empty() {
        let name = Certificate::parse(key.certificate())?.display();
        let (hour, minute, second) = time.to_hms();
        let (day, month, year) = (time.day(), u8::from(time.month()), time.year());
        visible.text =
            Some(format!("Ký bởi: {name}\nNgày ký: {day:02}/{month:02}/{year} {hour:02}:{minute:02}:{second:02}"));
    }
    visible.text = visible.text.take().map(|text| text.nfc().collect());
    for written in &mut visible.written {
        written.text = written.text.nfc().collect();
    }
    Ok(())
}

/// Writes the signed document, with a signature time-stamp if there are services for it; also gives the running SHA-256
/// of the file. Where the CMS has not the room that was reserved for it, all is done again, with an entry of its own.
async fn write(
    folder: &DataFolder,
    source: Arc<dyn Source>,
    order: Order<'_>,
    services: Option<&Services<'_>>,
    out: &mut (impl Write + Seek + Send),
    record: Record<'_>,
) -> Result<(Signed, Hasher)> {
    let time_stamp_room = match services {
        None => TIMESTAMP_ROOM,
        Some(services) => services.token_room().await?,
    };
    let mut signing = Signing::new(folder, order, time_stamp_room)?;
    let mut record = record;
    for _ in 0..ATTEMPTS {
        let unlogged = signing.sign(&source, out).await?;
        let entry = unlogged.entry.clone();
        let logged = match &mut record {
            Record::AtOnce => folder.log.record(entry).await?,
            Record::Within(tx) => folder.log.append_one(*tx, entry).await?,
        };
        let stamp = match services {
            None => None,
            Some(services) => {
                let digest = unlogged.digest;
                let stamp = services.time_stamp(digest, &digest.hash(&unlogged.signature)).await?;
                Some(Attribute::new(oid::SIGNATURE_TIME_STAMP, stamp.token))
            }
        };
        if let Some(done) = signing.finish(unlogged, logged, stamp, out)? {
            return Ok(done);
        }
    }
    let why = both!(
        "dấu thời gian và bằng chứng nhật ký mỗi lần một cỡ; hãy thử lại",
        "its time-stamps and log proofs are of different sizes each time"
    );
    Err(Error::new(Kind::Unavailable, "sign.room", both!("chữ ký", "the signature").to_string(), why))
}

/// One document being signed, in two steps: before its entry is in the log, and after that.
pub struct Signing<'a> {
    order: Order<'a>,
    builder: SignedDataBuilder<'a>,
    /// Bytes that are kept for the CMS.
    reserved: usize,
}

/// A document that is laid out and hashed, but not signed.
pub struct Unsigned {
    prepared: pades::Prepared,
    hashed: pades::Hashed,
    digest: DigestAlgorithm,
    /// What the key signs.
    pub signed_attributes: Vec<u8>,
    /// What the log is to say of it.
    pub entry: Entry,
    /// Why the file's cross-reference data had to be rebuilt, if so.
    pub recovered: Option<String>,
}

impl Unsigned {
    /// The digest of all bytes but `/Contents`.
    pub fn document_digest(&self) -> &[u8] {
        &self.hashed.digest
    }

    /// What is appended to the document.
    pub fn into_layout(self) -> Layout {
        self.prepared.layout
    }

    /// With the signature value of the key.
    pub fn signed(self, key: &dyn SigningKey, signature: Vec<u8>) -> Unlogged {
        let Self { prepared, hashed, digest, signed_attributes, entry, recovered } = self;
        let entry = entry.signing(digest, &hashed.digest, key.certificate()).signed(&signature);
        Unlogged { prepared, hashed, digest, signed_attributes, signature, entry, recovered }
    }
}

/// A document that is laid out, hashed and signed, but is not in the log.
pub struct Unlogged {
    prepared: pades::Prepared,
    hashed: pades::Hashed,
    digest: DigestAlgorithm,
    signed_attributes: Vec<u8>,
    signature: Vec<u8>,
    /// What the log is to say of it.
    pub entry: Entry,
    recovered: Option<String>,
}

impl<'a> Signing<'a> {
    /// What is to be signed at level B-B, with room for a time-stamp that may come later.
    pub fn of(folder: &DataFolder, order: Order<'a>) -> Result<Self> {
        Self::new(folder, order, TIMESTAMP_ROOM)
    }

    fn new(folder: &DataFolder, order: Order<'a>, time_stamp_room: usize) -> Result<Self> {
        let (key, scheme, mut order) = (order.key, order.scheme, order);
        let digest = scheme.digest();
        order.options.digest = digest;
        let time = order.options.signing_time;
        if let Some(visible) = &mut order.options.visible {
            complete(visible, key, time)?;
        }
        let builder = SignedDataBuilder::new(digest, scheme.algorithm_identifier(), key.certificate(), key.chain())?
            .with_signed_attributes(order.attributes);
        let draft = order.entry.clone().signing(digest, &vec![0; digest.size()], key.certificate()).signed(&[]);
        let proof = LogProof::value_len(draft.bytes()?.len(), folder.log.proof_room());
        let unsigned = [(&oid::DAUSON_LOG_PROOF, proof), (&oid::SIGNATURE_TIME_STAMP, time_stamp_room)];
        let unsigned = unsigned.map(|(oid, len)| Attribute::encoded_len(oid, len));
        let reserved = builder.encoded_len(false, key.signature_len(scheme), &unsigned);
        Ok(Self { order, builder, reserved })
    }

    /// Lays out, hashes and signs the document.
    pub async fn sign(&self, source: &Arc<dyn Source>, out: &mut (impl Write + Seek + Send)) -> Result<Unlogged> {
        let Order { key, scheme, .. } = &self.order;
        out.seek(SeekFrom::Start(0)).map_err(PadesError::Write)?;
        let unsigned = self.lay_out(source, out)?;
        let signature = key.sign(*scheme, &unsigned.signed_attributes).await?;
        Ok(unsigned.signed(*key, signature))
    }

    /// Lays out and hashes the document.
    pub fn lay_out(&self, source: &Arc<dyn Source>, out: &mut impl Write) -> Result<Unsigned> {
        let Order { options, password, .. } = &self.order;
        let doc = Document::open_or_recover(Arc::clone(source), *password, *Limits::in_force())?;
        let prepared = pades::prepare(&doc, options, self.reserved)?;
        let hashed = prepared.write(out)?;
        let signed_attributes = self.builder.signed_attributes(&hashed.digest, None);
        Ok(self.unsigned(prepared, hashed, signed_attributes, doc.recovered().map(str::to_owned)))
    }

    /// Hashes a document that was laid out before, with these signed attributes.
    pub fn laid_out(
        &self,
        prepared: pades::Prepared,
        signed_attributes: Vec<u8>,
        recovered: Option<String>,
        out: &mut impl Write,
    ) -> Result<Unsigned> {
        let hashed = prepared.write(out)?;
        Ok(self.unsigned(prepared, hashed, signed_attributes, recovered))
    }

    fn unsigned(
        &self,
        prepared: pades::Prepared,
        hashed: pades::Hashed,
        signed_attributes: Vec<u8>,
        recovered: Option<String>,
    ) -> Unsigned {
        let (digest, entry) = (self.order.scheme.digest(), self.order.entry.clone());
        Unsigned { prepared, hashed, digest, signed_attributes, entry, recovered }
    }

    /// Puts the CMS into its gap. `None` if there is no room for it: then there will be, the next time that it is signed.
    pub fn finish(
        &mut self,
        unlogged: Unlogged,
        logged: Logged,
        stamp: Option<Attribute>,
        out: &mut (impl Write + Seek),
    ) -> Result<Option<(Signed, Hasher)>> {
        let Unlogged { prepared, hashed, signed_attributes, signature, recovered, .. } = unlogged;
        let unsigned: Vec<Attribute> = std::iter::once(logged.log_proof().attribute()).chain(stamp).collect();
        let cms = self.builder.build(&signed_attributes, &signature, &unsigned);
        let hasher = match prepared.finish(&cms, hashed, out) {
            Ok(hasher) => hasher,
            Err(PadesError::NoRoom { needed, .. }) => {
                self.reserved = needed.saturating_add(needed / 32);
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let sha256 = <[u8; 32]>::try_from(hasher.clone().finish()).unwrap_or_default();
        let signed =
            Signed { field: prepared.layout.field.clone(), sha256, size: prepared.file_len(), logged, recovered };
        Ok(Some((signed, hasher)))
    }
}
