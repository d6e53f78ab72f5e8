//! The signature of a PDF that an entry records, and what the log may know of a file.

use crate::auditor::entry::Entry;
use crate::auditor::merkle::{Hash, sha256};
use crate::auditor::note::{Checkpoint, LogKey, Proof};
use crate::cms::SignedData;
use crate::cms::logproof::LogProof;
use crate::limits::Limits;
use crate::pdf::document::Document as Pdf;
use crate::pdf::source::{FileSource, Source as _};
use crate::validation::digests::{CoveredRange, digest_ranges};
use crate::xades;
use ring::digest::{Context, SHA256};
use std::collections::BTreeSet;
use std::fs::File;
use std::sync::Arc;

/// Signature value, certificate and stapled proof of a PDF's signature.
pub(super) type Facts = (Vec<u8>, Option<Vec<u8>>, Option<LogProof>);

/// The signature of a PDF whose value the entry records, after the digest of its ByteRange was found to be the entry's.
pub(super) fn signature_of(file: File, entry: &Entry<'_>) -> Result<Option<Facts>, String> {
    let limits = *Limits::in_force();
    let source = Arc::new(FileSource::new(file).map_err(|e| e.to_string())?);
    let doc = Pdf::open(source.clone(), None, limits).map_err(|e| e.to_string())?;
    for field in doc.signature_fields().map_err(|e| e.to_string())? {
        let Some((_, value)) = field.value else { continue };
        let contents = doc.value(&value, b"Contents").map_err(|e| e.to_string())?;
        let Some(contents) = contents.as_string() else { continue };
        let Ok((signed, _)) = SignedData::parse(contents, &limits) else { continue };
        let Ok(signer) = signed.signer() else { continue };
        if entry.signature.as_deref() != Some(&hex::encode(sha256(&signer.signature))) {
            continue;
        }
        let range = doc.value(&value, b"ByteRange").map_err(|e| e.to_string())?;
        let numbers: Vec<u64> = range
            .as_array()
            .unwrap_or_default()
            .iter()
            .filter_map(|n| n.as_integer().and_then(|n| u64::try_from(n).ok()))
            .collect();
        let [0, gap_start, gap_end, length] = numbers.as_slice() else {
            return Err("its ByteRange is malformed".to_owned());
        };
        let range = CoveredRange { gap_start: *gap_start, gap_end: *gap_end, end: gap_end.saturating_add(*length) };
        let algorithm = signer.digest().ok_or("its digest algorithm is not known")?;
        let digests = digest_ranges(&*source, &[(algorithm, range)], &limits).map_err(|e| e.to_string())?;
        let found = digests.first().map(|d| format!("{}:{}", algorithm.name(), hex::encode(d)));
        if found.as_deref() != entry.digest.as_deref() {
            return Err("its bytes are not those that the log records".to_owned());
        }
        let certificate = signed.certificates.iter().find(|c| signer.names(c, &limits) == Some(true)).cloned();
        let proof = signer.unsigned_attributes.log_proof(&limits).unwrap_or_default();
        return Ok(Some((signer.signature.clone(), certificate, proof)));
    }
    Ok(None)
}

/// A file's signature as the log may know it.
struct Mark {
    value: Vec<u8>,
    proof: Option<LogProof>,
}

/// The signatures of a PDF or of an XML document, and the SHA-256 of the file.
fn marks(file: FileSource) -> Result<(Vec<Mark>, Hash), String> {
    let limits = *Limits::in_force();
    let mut all = Context::new(&SHA256);
    let mut at = 0;
    let mut beginning = Vec::new();
    while at < file.len() {
        let block = file.read_up_to(at, 1 << 20).map_err(|e| e.to_string())?;
        all.update(&block);
        at = at.saturating_add(u64::try_from(block.len()).unwrap_or(u64::MAX));
        if beginning.len() < limits.xml_bytes {
            beginning.extend(block);
        }
    }
    let digest = all.finish().as_ref().try_into().unwrap_or_default();
    if beginning.trim_ascii_start().starts_with(b"<") {
        let signatures = xades::verify(&beginning, &limits).map_err(|e| e.to_string())?;
        let mark = |signature: xades::XmlSignature| Mark { value: signature.value, proof: signature.log_proof };
        return Ok((signatures.into_iter().map(mark).collect(), digest));
    }
    let doc = Pdf::open(Arc::new(file), None, limits).map_err(|e| e.to_string())?;
    let mut found = Vec::new();
    for field in doc.signature_fields().map_err(|e| e.to_string())? {
        let Some((_, value)) = field.value else { continue };
        let contents = doc.value(&value, b"Contents").map_err(|e| e.to_string())?;
        if let Some(contents) = contents.as_string()
            && let Ok((signed, _)) = SignedData::parse(contents, &limits)
            && let Ok(signer) = signed.signer()
        {
            let proof = signer.unsigned_attributes.log_proof(&limits).unwrap_or_default();
            found.push(Mark { value: signer.signature.clone(), proof });
        }
    }
    Ok((found, digest))
}

/// The digests under which the log may know a file: of the values of its signatures, and of the whole of it; hexadecimal.
pub fn digests_of(file: FileSource) -> Result<BTreeSet<String>, String> {
    let (marks, digest) = marks(file)?;
    let values = marks.iter().map(|mark| hex::encode(sha256(&mark.value)));
    Ok(values.chain([hex::encode(digest)]).collect())
}

/// The checkpoints that a file's signatures carry with their proofs: whoever has a signed document has checkpoints of the log.
pub fn checkpoints_of(file: FileSource, keys: &[LogKey]) -> Result<Vec<Checkpoint>, String> {
    let mut found = Vec::new();
    for proof in marks(file)?.0.into_iter().filter_map(|mark| mark.proof) {
        found.push(Proof::open(&proof.proof, &proof.entry, keys)?.checkpoint);
    }
    Ok(found)
}
