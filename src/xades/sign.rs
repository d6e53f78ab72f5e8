//! Signing: XAdES B-B, enveloped.

use super::algorithm::{method_uri, to_xml};
use super::{LOG_PROOF, SIGNED_PROPERTIES, XADES, XadesError};
use crate::cms::logproof::LogProof;
use crate::digest::DigestAlgorithm;
use crate::keys::SignatureScheme;
use crate::limits::Limits;
use crate::xml::c14n::{C14n, canonicalize};
use crate::xml::dsig::{DS, ENVELOPED, digest_uri};
use crate::xml::write::Writer;
use crate::xml::{Document, XmlError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::OffsetDateTime;

/// With what, by whom and when.
#[derive(Debug, Clone, Copy)]
pub struct Parameters<'a> {
    /// The signer's certificate, DER.
    pub certificate: &'a [u8],
    /// The certificates of its issuers, DER.
    pub chain: &'a [Vec<u8>],
    /// The scheme by which the key will sign.
    pub scheme: SignatureScheme,
    /// The claimed time of signing; written with its own offset, in whole seconds.
    pub signing_time: OffsetDateTime,
    /// What the document is, in words that are signed with it.
    pub description: Option<&'a str>,
}

/// A signature that lacks its value.
pub struct Prepared {
    before: String,
    after: String,
    signed_info: String,
    key_info: String,
    object: String,
    scheme: SignatureScheme,
    document_digest: Vec<u8>,
}

/// Prepares a signature over a whole document, to stand at byte `at` of it. The document must have no Id
/// `sig`, `sig-document` or `sig-properties`.
pub fn prepare(document: &str, at: usize, parameters: &Parameters<'_>) -> Result<Prepared, XadesError> {
    let bad_place = || XmlError::NotWellFormed("a signature cannot stand there".to_owned());
    let (before, after) = document.split_at_checked(at).ok_or_else(bad_place)?;
    let document_digest = parameters.scheme.digest().hash(canonical(document)?.as_bytes());
    let (object, signed_info) = signed(parameters, &document_digest)?;
    let mut key_info = Writer::new();
    key_info.start("ds:KeyInfo", &[]);
    key_info.start("ds:X509Data", &[]);
    for certificate in std::iter::once(parameters.certificate).chain(parameters.chain.iter().map(Vec::as_slice)) {
        key_info.element("ds:X509Certificate", &STANDARD.encode(certificate));
    }
    key_info.end("ds:X509Data");
    key_info.end("ds:KeyInfo");
    Ok(Prepared {
        before: before.to_owned(),
        after: after.to_owned(),
        signed_info,
        key_info: key_info.finish(),
        object,
        scheme: parameters.scheme,
        document_digest,
    })
}

/// The bytes that are signed for a document with this digest.
pub(super) fn signed_bytes(parameters: &Parameters<'_>, document_digest: &[u8]) -> Result<Vec<u8>, XadesError> {
    Ok(signed(parameters, document_digest)?.1.into_bytes())
}

/// The signed properties, and the canonical `ds:SignedInfo`.
fn signed(parameters: &Parameters<'_>, document_digest: &[u8]) -> Result<(String, String), XadesError> {
    let digest = parameters.scheme.digest();
    let object = signed_properties(parameters, digest);
    let properties_digest = digest.hash(canonical(&object)?.as_bytes());
    let signed_info = signed_info(method_uri(parameters.scheme)?, digest, document_digest, &properties_digest);
    Ok((object, canonical(&signed_info)?))
}

impl Prepared {
    /// The bytes that the key signs: the canonical `ds:SignedInfo`.
    pub fn to_be_signed(&self) -> &[u8] {
        self.signed_info.as_bytes()
    }

    /// Digest, by the scheme's algorithm, of the document's canonical form.
    pub fn document_digest(&self) -> &[u8] {
        &self.document_digest
    }

    /// The signature value as it stands in the document (XML-DSig has ECDSA as r || s), from what the key gives.
    pub fn value(&self, signature: &[u8]) -> Result<Vec<u8>, XadesError> {
        to_xml(self.scheme, signature)
    }

    /// The signed document. `signature` is the value as the key gives it; the log proof is stapled to it.
    pub fn finish(&self, signature: &[u8], log_proof: Option<&LogProof>) -> Result<String, XadesError> {
        let value = STANDARD.encode(self.value(signature)?);
        let mut w = Writer::new();
        w.raw(&self.before);
        w.start("ds:Signature", &[("xmlns:ds", DS), ("Id", "sig")]);
        w.raw(&self.signed_info);
        w.element("ds:SignatureValue", &value);
        w.raw(&self.key_info);
        w.start("ds:Object", &[]);
        w.start("xades:QualifyingProperties", &[("xmlns:xades", XADES), ("Target", "#sig")]);
        w.raw(&self.object);
        if let Some(log_proof) = log_proof {
            w.start("xades:UnsignedProperties", &[]);
            w.start("xades:UnsignedSignatureProperties", &[]);
            write_log_proof(&mut w, log_proof);
            w.end("xades:UnsignedSignatureProperties");
            w.end("xades:UnsignedProperties");
        }
        w.end("xades:QualifyingProperties");
        w.end("ds:Object");
        w.end("ds:Signature");
        w.raw(&self.after);
        Ok(w.finish())
    }
}

/// The log's proof as an unsigned property.
pub(super) fn write_log_proof(w: &mut Writer, log_proof: &LogProof) {
    w.start("LogProof", &[("xmlns", LOG_PROOF)]);
    w.element("Entry", &STANDARD.encode(&log_proof.entry));
    w.element("Proof", &log_proof.proof);
    w.end("LogProof");
}

/// Exclusive canonical form does not depend on where a piece stands, so it can be had of the piece alone.
fn canonical(xml: &str) -> Result<String, XadesError> {
    let document = Document::parse(xml.as_bytes(), &Limits::DEFAULT)?;
    Ok(canonicalize(document.node(), C14n::EXCLUSIVE, None))
}

fn digest_value(w: &mut Writer, digest: DigestAlgorithm, value: &[u8]) {
    w.empty("ds:DigestMethod", &[("Algorithm", digest_uri(digest))]);
    w.element("ds:DigestValue", &STANDARD.encode(value));
}

fn signed_info(method: &str, digest: DigestAlgorithm, document: &[u8], properties: &[u8]) -> String {
    let exclusive = C14n::EXCLUSIVE.uri();
    let mut w = Writer::new();
    w.start("ds:SignedInfo", &[("xmlns:ds", DS)]);
    w.empty("ds:CanonicalizationMethod", &[("Algorithm", exclusive)]);
    w.empty("ds:SignatureMethod", &[("Algorithm", method)]);
    w.start("ds:Reference", &[("Id", "sig-document"), ("URI", "")]);
    w.start("ds:Transforms", &[]);
    w.empty("ds:Transform", &[("Algorithm", ENVELOPED)]);
    w.empty("ds:Transform", &[("Algorithm", exclusive)]);
    w.end("ds:Transforms");
    digest_value(&mut w, digest, document);
    w.end("ds:Reference");
    w.start("ds:Reference", &[("Type", SIGNED_PROPERTIES), ("URI", "#sig-properties")]);
    w.start("ds:Transforms", &[]);
    w.empty("ds:Transform", &[("Algorithm", exclusive)]);
    w.end("ds:Transforms");
    digest_value(&mut w, digest, properties);
    w.end("ds:Reference");
    w.end("ds:SignedInfo");
    w.finish()
}

/// `xades:SignedProperties` of a B-B signature (EN 319 132-1 clause 6.3).
fn signed_properties(parameters: &Parameters<'_>, digest: DigestAlgorithm) -> String {
    let mut w = Writer::new();
    w.start("xades:SignedProperties", &[("xmlns:xades", XADES), ("Id", "sig-properties")]);
    w.start("xades:SignedSignatureProperties", &[]);
    w.element("xades:SigningTime", &date_time(parameters.signing_time));
    w.start("xades:SigningCertificateV2", &[]);
    w.start("xades:Cert", &[]);
    w.start("xades:CertDigest", &[("xmlns:ds", DS)]);
    digest_value(&mut w, digest, &digest.hash(parameters.certificate));
    w.end("xades:CertDigest");
    w.end("xades:Cert");
    w.end("xades:SigningCertificateV2");
    w.end("xades:SignedSignatureProperties");
    w.start("xades:SignedDataObjectProperties", &[]);
    w.start("xades:DataObjectFormat", &[("ObjectReference", "#sig-document")]);
    if let Some(description) = parameters.description {
        w.element("xades:Description", description);
    }
    w.element("xades:MimeType", "text/xml");
    w.end("xades:DataObjectFormat");
    w.end("xades:SignedDataObjectProperties");
    w.end("xades:SignedProperties");
    w.finish()
}

/// xs:dateTime with its offset: `2026-11-24T08:30:15+07:00`.
fn date_time(time: OffsetDateTime) -> String {
    let (hour, minute, second) = time.to_hms();
    let offset = time.offset();
    let sign = if offset.is_negative() { '-' } else { '+' };
    format!(
        "{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}{sign}{:02}:{:02}",
        time.year(),
        u8::from(time.month()),
        time.day(),
        offset.whole_hours().unsigned_abs(),
        offset.minutes_past_hour().unsigned_abs()
    )
}
