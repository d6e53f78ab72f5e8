//! The level of signatures raised, whoever made them: in a PDF by document time-stamps and validation data behind what is there,
//! which stays byte for byte. A signature in it without proof of its time gets a document time-stamp, not a signature
//! time-stamp: that would have to be written into its `/Contents`.

use super::draft::Draft;
use super::extend_xml;
use super::services::{Asked, Services};
use super::sign::Raise;
use super::verify::{Basis, verify};
use crate::audit::Logged;
use crate::audit::entry::Entry;
use crate::cms::SignedData;
use crate::cms::tsp::TimeStampToken;
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::net::ChosenBy;
use crate::output::OutputFile;
use crate::pades::dss::{self, ValidationData, vri_name};
use crate::pades::existing::{self, Existing, certificates};
use crate::pades::{Level, PadesError, existing::Kind as What};
use crate::pdf::document::Document;
use crate::pdf::source::{Overlaid, Source};
use crate::pki::algorithms::AlgorithmPolicy;
use crate::pki::certificate::Certificate;
use crate::pki::crypto;
use crate::pki::path::{Purpose, RevocationMode};
use crate::tlog::LogPolicy;
use crate::validation::report::{InputKind, Integrity, Modification, Report, SignatureReport, SignatureType};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use time::OffsetDateTime;

/// What was added to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// A document time-stamp.
    TimeStamp,
    /// A signature time-stamp, in an XML signature.
    SignatureTimeStamp,
    /// Validation data.
    ValidationData,
    /// A log proof that more witnesses have signed, in place of the one that was there.
    LogProof,
}

impl Added {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TimeStamp => "document-timestamp",
            Self::SignatureTimeStamp => "signature-timestamp",
            Self::ValidationData => "validation-data",
            Self::LogProof => "log-proof",
        }
    }
}

/// A document whose signatures were raised.
#[derive(Debug)]
pub struct Extended {
    /// What was added, in this order; nothing if the document was at that level.
    pub added: Vec<Added>,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Bytes of the file.
    pub size: u64,
    /// Its entry in the log, if something was added.
    pub logged: Option<Logged>,
}

/// The code of the error that there is no signature.
pub const NO_SIGNATURE: &str = "extend.no_signature";

/// Raises the signatures of a document to a level, in a file that its caller then lets appear; a document that is at B-LTA
/// gets a further document time-stamp. The entry, which says of which bytes, is durable in the log before.
pub async fn extend(
    folder: &DataFolder,
    source: Arc<dyn Source>,
    raise: Raise<'_>,
    password: Option<&[u8]>,
    entry: Entry,
    out: &mut OutputFile,
) -> Result<Extended> {
    let unreadable = |error| Error::new(Kind::BadInput, "extend.unreadable", "the file", error);
    let report = examine(&source, raise.services, password)?;
    let (added, sha256, size) = if report.kind == InputKind::Xml {
        let xml = source.read_up_to(0, Limits::in_force().xml_bytes).map_err(unreadable)?;
        let (xml, added) = extend_xml::raise(folder, xml, &report.signatures, raise).await?;
        out.write_all(&xml).map_err(PadesError::Write)?;
        (added, sha256(&xml), u64::try_from(xml.len()).unwrap_or(u64::MAX))
    } else {
        raise_pdf(folder, &source, &report, raise, password, out).await?
    };
    let mut logged = None;
    if !added.is_empty() {
        let digest = Some(format!("sha256:{}", hex::encode(sha256)));
        logged = Some(folder.log.record(Entry { digest, ..entry }).await?);
    }
    Ok(Extended { added, sha256, size, logged })
}

/// A PDF copied and raised: what was added, digest and length of the file.
async fn raise_pdf(
    folder: &DataFolder,
    source: &Arc<dyn Source>,
    report: &Report,
    raise: Raise<'_>,
    password: Option<&[u8]>,
    out: &mut OutputFile,
) -> Result<(Vec<Added>, [u8; 32], u64)> {
    let mut signatures = report.signatures.iter().filter(|s| s.kind == SignatureType::Signature);
    let unproven = signatures.any(|s| s.best_signature_time.is_none());
    let renewed = renew_proof(folder, source, password).await?;
    let mut added: Vec<Added> = renewed.iter().map(|_| Added::LogProof).collect();
    let mut draft = Draft::copy(&**renewed.as_ref().unwrap_or(source), out, password)?;
    if unproven {
        draft.time_stamp(raise.services).await?;
        added.push(Added::TimeStamp);
    }
    if raise.to > Level::T {
        added.extend(complete(&mut draft, raise, None).await?);
    }
    Ok((added, draft.sha256(), draft.size()))
}

/// The document with a log proof that more witnesses have signed in its last signature, if there is one. Nothing may stand behind
/// that signature: what came later has signed the proof that is there, or is filed under the name of the signature with it.
async fn renew_proof(
    folder: &DataFolder,
    source: &Arc<dyn Source>,
    password: Option<&[u8]>,
) -> Result<Option<Arc<dyn Source>>> {
    if folder.log.witnesses().is_none() {
        return Ok(None);
    }
    let limits = Limits::in_force();
    let last = existing::read(&Document::open_or_recover(Arc::clone(source), password, *limits)?)?.pop();
    let Some(last) = last.filter(|last| last.end == source.len()) else { return Ok(None) };
    let What::Signature { cms, .. } = &last.kind else { return Ok(None) };
    let stapled = cms.signer().ok().and_then(|signer| signer.unsigned_attributes.log_proof(limits).ok().flatten());
    let Some(stapled) = stapled else { return Ok(None) };
    let Some(proof) = folder.log.renew(&stapled).await? else { return Ok(None) };
    let mut bytes = format!("<{}", hex::encode(proof.put_into(&last.contents, limits)?)).into_bytes();
    let room = usize::try_from(last.gap.end.saturating_sub(last.gap.start)).unwrap_or_default();
    if bytes.len() >= room {
        return Ok(None);
    }
    bytes.resize(room.saturating_sub(1), b'0');
    bytes.push(b'>');
    Ok(Some(Arc::new(Overlaid { source: Arc::clone(source), at: last.gap.start, bytes })))
}

/// Refuses a document without signatures or with one that does not hold, which no time-stamp makes better.
fn examine(source: &Arc<dyn Source>, services: &Services<'_>, password: Option<&[u8]>) -> Result<Report> {
    let basis = Basis {
        trust: services.trust(),
        revocation: RevocationMode::IfAvailable,
        at: services.now(),
        log: LogPolicy::default(),
        password,
    };
    let report = verify("the file".to_owned(), source, &basis)?;
    if report.signatures.is_empty() {
        return Err(Error::new(Kind::BadInput, NO_SIGNATURE, "the file", "there is no signature in it"));
    }
    let is_broken =
        |s: &&SignatureReport| s.integrity == Integrity::Broken || s.modification == Modification::Forbidden;
    if let Some(broken) = report.signatures.iter().find(is_broken) {
        let why = broken.errors.first().map_or("it does not hold", |e| e.message.as_str());
        let why = format!("{}, and no time-stamp makes it better", why.trim_end_matches('.'));
        return Err(Error::new(Kind::BadInput, "extend.broken", format!("the signature {}", broken.field), why));
    }
    Ok(report)
}

/// Adds the validation data of all signatures and time-stamps, or of the one in this field, that is not there yet; for B-LTA
/// then a document time-stamp.
pub async fn complete(draft: &mut Draft<'_>, raise: Raise<'_>, field: Option<&str>) -> Result<Vec<Added>> {
    let services = raise.services;
    let (all, stored) = {
        let doc = draft.open()?;
        (existing::read(&doc)?, dss::read(&doc)?)
    };
    let at_hand = at_hand(&all, stored.clone());
    let mut additions: BTreeMap<String, ValidationData> = BTreeMap::new();
    for (index, one) in all.iter().enumerate().filter(|(_, one)| field.is_none_or(|field| field == one.field)) {
        let later = all.get(index.saturating_add(1)..).unwrap_or_default();
        let covered = later.iter().filter(|l| l.end > one.end).filter_map(Existing::proves).min();
        let data = lacking(uses(one, covered, services.now())?, &at_hand, stored.is_empty(), raise).await?;
        if !data.is_empty() {
            additions.insert(vri_name(&one.contents), data);
        }
    }
    let mut added = Vec::new();
    if draft.add(&additions)? {
        added.push(Added::ValidationData);
    }
    if raise.to == Level::Lta {
        draft.time_stamp(services).await?;
        added.push(Added::TimeStamp);
    }
    Ok(added)
}

/// What can be fetched about the certificates of all signatures and time-stamps of a file, whoever made them: for a verification
/// that asks (`--online`).
pub async fn fetch_status(
    source: Arc<dyn Source>,
    password: Option<&[u8]>,
    services: &Services<'_>,
) -> Result<ValidationData> {
    let signatures = existing::read(&Document::open(source, password, *Limits::in_force())?)?;
    let mut found = ValidationData::default();
    for one in &signatures {
        // one that cannot be read is for the verdict to tell
        for Used { certificate, others, purpose, .. } in uses(one, None, services.now()).unwrap_or_default() {
            let asked = Asked { certificate: &certificate, others: &others, purpose, chosen_by: ChosenBy::Certificate };
            found.merge(services.standing(asked).await.data().clone());
        }
    }
    Ok(found)
}

/// A certificate that was used in a signature or time-stamp.
pub(super) struct Used {
    pub certificate: Certificate,
    /// Certificates that came along with it.
    pub others: Vec<Certificate>,
    pub purpose: Purpose,
    /// When it has to have been good.
    pub at: OffsetDateTime,
}

/// What these certificates are validated with, as far as it is not at hand; all of it for the first of all.
pub(super) async fn lacking(
    uses: Vec<Used>,
    at_hand: &ValidationData,
    is_first: bool,
    raise: Raise<'_>,
) -> Result<ValidationData> {
    let (services, mut found) = (raise.services, ValidationData::default());
    for Used { certificate, others, purpose, at } in &uses {
        let chosen_by = services.chosen_by(certificate, raise.chosen_by).await?;
        let asked = Asked { certificate, others, purpose: *purpose, chosen_by };
        if is_first || !services.judge(asked, at_hand, *at).is_good() {
            found.merge(services.validation_data(asked, *at).await?);
        }
    }
    Ok(found)
}

/// The certificates of a signature and of its time-stamps. `covered` is the time of the first document time-stamp behind
/// it.
fn uses(one: &Existing, covered: Option<OffsetDateTime>, now: OffsetDateTime) -> Result<Vec<Used>> {
    let used = |cms: &SignedData, purpose, at| {
        let (certificate, others) = certificates(cms, &[]);
        let what = || format!("the signature {}", one.field);
        let none = || Error::new(Kind::BadInput, "extend.certificate", what(), "its certificate is not in it");
        Ok(Used { certificate: certificate.ok_or_else(none)?, others, purpose, at })
    };
    let stamped = covered.unwrap_or(now);
    match &one.kind {
        What::Signature { cms, time_stamps } => {
            let proven = one.time_stamped().into_iter().chain(covered).min().unwrap_or(now);
            let stamps = time_stamps.iter().map(|t| used(&t.signed_data, Purpose::TimeStamping, stamped));
            std::iter::once(used(cms, Purpose::Signing, proven)).chain(stamps).collect()
        }
        What::TimeStamp(token) => Ok(vec![used(&token.signed_data, Purpose::TimeStamping, stamped)?]),
        What::Other => {
            let what = format!("the signature {}", one.field);
            Err(Error::new(Kind::BadInput, "extend.no_cms", what, "there is no CMS in it").hint("B-T is possible"))
        }
    }
}

/// What the file has: in its store and in its signatures.
fn at_hand(all: &[Existing], stored: ValidationData) -> ValidationData {
    let mut found = stored;
    let mut add = |cms: &SignedData| {
        found.merge(ValidationData {
            certificates: cms.certificates.clone(),
            ocsps: cms.ocsps.clone(),
            crls: cms.crls.clone(),
        });
    };
    for one in all {
        match &one.kind {
            What::Signature { cms, time_stamps } => {
                add(cms);
                for stamp in time_stamps {
                    add(&stamp.signed_data);
                }
            }
            What::TimeStamp(token) => add(&token.signed_data),
            What::Other => {}
        }
    }
    found
}

/// Why the last time-stamp of a document will not prove anything any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// When it was made.
    pub time_stamped: OffsetDateTime,
    /// What ends.
    pub why: String,
}

/// Whether the last time-stamp of a document is over before a time: its certificate's validity, or one of its algorithms.
pub fn ending(source: Arc<dyn Source>, password: Option<&[u8]>, before: OffsetDateTime) -> Result<Option<Ending>> {
    let all = existing::read(&Document::open(source, password, Limits::DEFAULT)?)?;
    let mut documents = all.iter().filter_map(|one| match &one.kind {
        What::TimeStamp(token) => Some(&**token),
        _ => None,
    });
    let signatures = all.iter().filter_map(|one| match &one.kind {
        What::Signature { time_stamps, .. } => time_stamps.iter().max_by_key(|t| t.info.gen_time),
        _ => None,
    });
    // the time-stamp of each signature counts until there is one of the document
    let last: Vec<&TimeStampToken> = match documents.next_back() {
        Some(token) => vec![token],
        None => signatures.collect(),
    };
    for token in last {
        if let Some(why) = ends(token, before) {
            return Ok(Some(Ending { time_stamped: token.info.gen_time, why }));
        }
    }
    Ok(None)
}

fn ends(token: &TimeStampToken, before: OffsetDateTime) -> Option<String> {
    let (Some(certificate), _) = certificates(&token.signed_data, &[]) else {
        return Some("the certificate of the time-stamp is not in it".to_owned());
    };
    if certificate.not_after() < before {
        return Some(format!(
            "the certificate of {} ends on {}",
            certificate.display(),
            certificate.not_after().date()
        ));
    }
    let policy = AlgorithmPolicy::default();
    let signer = token.signed_data.signer().ok()?;
    let (key, algorithm) = (certificate.subject_public_key_info(), &signer.signature_algorithm.raw);
    let facts = crypto::facts(key, algorithm, signer.digest()).ok()?;
    let imprint = token.info.imprint_algorithm.digest();
    let weak = policy.check(&facts, before).is_err()
        || imprint.is_none_or(|digest| policy.check_digest(digest, before).is_err());
    weak.then(|| format!("{} with {} will not be strong enough any more", facts.scheme, facts.digest.name()))
}
