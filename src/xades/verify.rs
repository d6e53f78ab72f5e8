//! Verifying: what an XML signature covers, whether it holds, and who made it.
//!
//! Against signature wrapping (a signature that holds over something else than what is read) the rule is an
//! allow-list: a signature has exactly two references, one to its own signed properties and one to the whole
//! document or to one child of its root element. What is covered is told; who reads the data must read it there.

use super::algorithm::to_cms;
use super::unsigned::{self, Unsigned};
use super::{LOG_PROOF, SIGNED_PROPERTIES, XADES, XadesError};
use crate::cms::ber::{Reader, tag};
use crate::cms::ess::{self, EssCertId, IssuerSerial, SigningCertificate};
use crate::cms::logproof::LogProof;
use crate::cms::{CmsError, Oid};
use crate::digest::DigestAlgorithm;
use crate::indication::{Problem, SubIndication};
use crate::limits::Limits;
use crate::pki::crypto::{self, CryptoError, SchemeFacts, Signed};
use crate::xml::dsig::{DS, Reference, Signature, digest_method};
use crate::xml::{Document, XmlError, base64, children, optional, required, text};
use roxmltree::Node;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What the data reference of a signature covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Covered {
    /// The whole document but the signature itself.
    Document,
    /// One child of the root element: its name.
    Child(String),
    /// The references are not what they may be.
    Nothing,
}

/// What is to be said of one XML signature. Without problems it is intact and names its certificate; the
/// certificate's path, its validity and the strength of algorithms are judged by the validation.
#[derive(Debug, Clone)]
pub struct XmlSignature {
    /// The Id of the signature.
    pub id: Option<String>,
    /// The signer's certificate, DER, if there is one.
    pub certificate: Option<Vec<u8>>,
    /// All certificates in `ds:KeyInfo`, DER.
    pub certificates: Vec<Vec<u8>>,
    /// What it covers.
    pub covered: Covered,
    /// Digest of the data reference.
    pub digest: Option<DigestAlgorithm>,
    /// What that digest is to be, as it is signed.
    pub document_digest: Vec<u8>,
    /// Signature scheme and key.
    pub scheme: Option<SchemeFacts>,
    /// The claimed time.
    pub signing_time: Option<OffsetDateTime>,
    /// Whether it has the signed properties of a XAdES baseline signature B-B.
    pub is_baseline: bool,
    /// The signature value, decoded: what the log entry has the SHA-256 of.
    pub value: Vec<u8>,
    /// The stapled log proof.
    pub log_proof: Option<LogProof>,
    /// Time-stamps and validation data that nobody signed.
    pub unsigned: Unsigned,
    /// What is wrong, the worst first.
    pub problems: Vec<Problem>,
}

/// All signatures of a document, in document order. None if it has no `ds:Signature`. An error only where the
/// document cannot be read at all.
pub fn verify(xml: &[u8], limits: &Limits) -> Result<Vec<XmlSignature>, XadesError> {
    let document = Document::parse(xml, limits)?;
    Ok(outermost(&document, limits)?.into_iter().map(|node| verify_one(&document, node, limits)).collect())
}

/// The signatures of a document. One within another (a countersignature) signs that one, not the document.
pub(super) fn outermost<'d, 'input>(
    document: &'d Document<'input>,
    limits: &Limits,
) -> Result<Vec<Node<'d, 'input>>, XmlError> {
    let is_signature = |n: &Node<'_, '_>| n.has_tag_name((DS, "Signature"));
    let outermost = |n: &Node<'_, '_>| !n.ancestors().skip(1).any(|a| is_signature(&a));
    let found: Vec<_> = document.root().descendants().filter(is_signature).filter(outermost).collect();
    if found.len() > limits.xml_signatures {
        return Err(XmlError::TooMany { what: "signatures", limit: limits.xml_signatures });
    }
    Ok(found)
}

fn verify_one<'input>(document: &Document<'input>, node: Node<'_, 'input>, limits: &Limits) -> XmlSignature {
    let mut facts = XmlSignature::new(node.attribute("Id").map(crate::xml::shorten));
    match Signature::read(node) {
        Ok(signature) => {
            if let Err(problem) = facts.judge(document, &signature, limits) {
                facts.problems.push(problem);
            }
        }
        Err(error) => facts.problems.push(format_failure(&error)),
    }
    facts.problems.sort_by_key(|p| std::cmp::Reverse(p.sub_indication.indication()));
    facts
}

impl XmlSignature {
    /// A signature of which nothing is known yet.
    pub(super) fn new(id: Option<String>) -> Self {
        Self {
            id,
            certificate: None,
            certificates: Vec::new(),
            covered: Covered::Nothing,
            digest: None,
            document_digest: Vec::new(),
            scheme: None,
            signing_time: None,
            is_baseline: false,
            value: Vec::new(),
            log_proof: None,
            unsigned: Unsigned::default(),
            problems: Vec::new(),
        }
    }

    /// Collects the facts; stops at what makes the rest meaningless.
    fn judge<'input>(
        &mut self,
        document: &Document<'input>,
        signature: &Signature<'_, 'input>,
        limits: &Limits,
    ) -> Result<(), Problem> {
        self.value.clone_from(&signature.value);
        self.certificates.clone_from(&signature.certificates);
        if let Some(id) = document.repeated_id() {
            return Err(format_failure(&XmlError::AmbiguousId(crate::xml::shorten(id))));
        }
        holds_nothing_else(signature)?;
        let properties = Properties::find(signature).map_err(|e| format_failure(&e))?;
        if let Some(properties) = &properties {
            self.log_proof = properties.log_proof().map_err(|e| format_failure(&e))?;
            self.unsigned = unsigned::read(signature, properties.unsigned).map_err(|e| format_failure(&e))?;
            self.signing_time = properties.signing_time().map_err(|e| format_failure(&e))?;
        }

        let signed = properties.as_ref().map(|p| p.signed);
        let (data, properties_reference) = allowed_references(signature)?;
        let target = Signature::resolve(document, data).map_err(|e| unresolved(&e))?;
        self.covered = covered(signature, target, data)?;
        holds_only_data(if target.is_root() { document.root() } else { target })?;
        self.digest = Some(data.digest);
        self.document_digest.clone_from(&data.value);
        let mut intact = signature.digest(target, data) == data.value;
        if let Some(reference) = properties_reference {
            let target = Signature::resolve(document, reference).map_err(|e| unresolved(&e))?;
            if Some(target) != signed {
                let message = "the reference to the signed properties leads elsewhere than to those of this signature";
                return Err(Problem::new(SubIndication::FormatFailure, message));
            }
            intact &= signature.digest(target, reference) == reference.value;
        }
        if !intact {
            let message = "the document was changed: its digest is not the one that was signed";
            self.problems.push(Problem::new(SubIndication::HashFailure, message));
        }

        // only what a reference covers is a signed property
        let signed = properties.filter(|_| properties_reference.is_some());
        self.identify(signed.as_ref(), limits);
        self.is_baseline = self.is_baseline && self.signing_time.is_some();
        self.check_value(signature, limits);
        Ok(())
    }

    /// Finds the signer's certificate (EN 319 102-1 clause 5.2.3): the one that the signing-certificate
    /// property names, else the first.
    fn identify(&mut self, properties: Option<&Properties<'_, '_>>, limits: &Limits) {
        let first = self.certificates.first().cloned();
        let reference = match properties.map(Properties::signing_certificate) {
            Some(Ok(Some(reference))) => reference,
            Some(Err(error)) => {
                self.certificate = first;
                self.problems.push(format_failure(&error));
                return;
            }
            Some(Ok(None)) | None => {
                self.certificate = first;
                let message = "the signature does not sign which certificate it was made with";
                self.problems.push(Problem::new(SubIndication::SigConstraintsFailure, message));
                return;
            }
        };
        self.is_baseline = true;
        self.certificate = self.certificates.iter().find(|c| reference.names(c, limits) == Some(true)).cloned();
        if self.certificate.is_none() {
            self.certificate = first;
            let message = "none of the certificates in the signature is the one that it says it was made with";
            self.problems.push(Problem::new(SubIndication::SigConstraintsFailure, message));
        }
    }

    fn check_value(&mut self, signature: &Signature<'_, '_>, limits: &Limits) {
        let broken = |message: &str| Problem::new(SubIndication::SigCryptoFailure, message);
        let Some(certificate) = &self.certificate else {
            let message = "there is no certificate in the signature";
            self.problems.push(Problem::new(SubIndication::NoSigningCertificateFound, message));
            return;
        };
        let Ok(spki) = ess::subject_public_key_info(certificate, limits) else {
            self.problems.push(Problem::new(SubIndication::FormatFailure, "the certificate cannot be read"));
            return;
        };
        let Some((algorithm, value)) = to_cms(signature.method, &signature.value) else {
            self.problems.push(broken("the signature value has not the length of an ECDSA signature"));
            return;
        };
        self.scheme = crypto::facts(spki, &algorithm, None).ok();
        let message = signature.signed_bytes();
        match crypto::verify(spki, &algorithm, None, Signed::Message(message.as_bytes()), &value) {
            Ok(facts) => self.scheme = Some(facts),
            Err(CryptoError::Unsupported { what }) => self
                .problems
                .push(Problem::new(SubIndication::CryptoConstraintsFailureNoPoe, format!("{what} cannot be verified"))),
            Err(error) => self.problems.push(broken(&format!("the signature does not verify: {error}"))),
        }
    }
}

/// The data reference and the one to the signed properties; no others are allowed.
fn allowed_references<'s, 'a>(
    signature: &'s Signature<'a, '_>,
) -> Result<(&'s Reference<'a>, Option<&'s Reference<'a>>), Problem> {
    let (properties, data): (Vec<_>, Vec<_>) =
        signature.references.iter().partition(|r| r.kind == Some(SIGNED_PROPERTIES));
    match (data.as_slice(), properties.as_slice()) {
        ([data], []) => Ok((data, None)),
        ([data], [properties]) => Ok((data, Some(properties))),
        _ => {
            let message = format!(
                "it has {} references to data and {} to signed properties, where one of each is allowed",
                data.len(),
                properties.len()
            );
            Err(Problem::new(SubIndication::FormatFailure, message))
        }
    }
}

fn covered(signature: &Signature<'_, '_>, target: Node<'_, '_>, data: &Reference<'_>) -> Result<Covered, Problem> {
    let root = signature.node.document().root_element();
    let within = signature.node.ancestors().any(|a| a == target);
    if within && !data.enveloped {
        let message = "the signed element contains the signature, but not as enveloped";
        return Err(Problem::new(SubIndication::FormatFailure, message));
    }
    if target.is_root() || target == root {
        Ok(Covered::Document)
    } else if target.parent() == Some(root) && !within {
        Ok(Covered::Child(crate::xml::shorten(target.tag_name().name())))
    } else {
        let message = "the signed element is neither the document nor a child of its root element";
        Err(Problem::new(SubIndication::FormatFailure, message))
    }
}

/// A signature holds what it is made of: one `ds:Object` with its properties, and no text. Anything else in it would be
/// covered by nobody, within a file that is said to be signed.
fn holds_nothing_else(signature: &Signature<'_, '_>) -> Result<(), Problem> {
    let wrong = |what: &str| Problem::new(SubIndication::FormatFailure, format!("the signature holds {what}"));
    if signature.objects.len() > 1 {
        return Err(wrong("more than one ds:Object"));
    }
    let foreign = |object: &Node<'_, '_>| children(*object).any(|n| !n.has_tag_name((XADES, "QualifyingProperties")));
    if signature.objects.iter().any(foreign) {
        return Err(wrong("a ds:Object that is something else than its properties"));
    }
    let holders = signature.objects.iter().chain([&signature.node]);
    let mut texts = holders.flat_map(Node::children).filter(Node::is_text).filter_map(|n| n.text());
    if texts.any(|text| !text.trim().is_empty()) {
        return Err(wrong("text between its elements"));
    }
    holds_only_data(signature.node)
}

/// Comments are no part of what is signed, and split the text that they stand in; programs read processing
/// instructions, people do not.
fn holds_only_data(signed: Node<'_, '_>) -> Result<(), Problem> {
    let Some(found) = signed.descendants().find(|n| n.is_comment() || n.is_pi()) else { return Ok(()) };
    let what = if found.is_comment() { "a comment" } else { "a processing instruction" };
    let message = format!("there is {what} in what is signed, which programs read differently");
    Err(Problem::new(SubIndication::FormatFailure, message))
}

/// `xades:QualifyingProperties` within the signature's own `ds:Object`s; they must say that they belong to it.
pub(super) fn qualifying_properties<'a, 'input>(
    signature: &Signature<'a, 'input>,
) -> Result<Option<Node<'a, 'input>>, XmlError> {
    let objects = signature.objects.iter().flat_map(|object| children(*object));
    let mut found = objects.filter(|n| n.has_tag_name((XADES, "QualifyingProperties")));
    let Some(properties) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(XmlError::Unexpected {
            parent: "ds:Object".to_owned(),
            child: "second xades:QualifyingProperties".to_owned(),
        });
    }
    let target = properties.attribute("Target").and_then(|t| t.strip_prefix('#'));
    if target.is_none() || target != signature.id {
        return Err(XmlError::BadValue {
            element: "xades:QualifyingProperties Target".to_owned(),
            expected: "the Id of this signature",
        });
    }
    Ok(Some(properties))
}

/// The parts of `xades:QualifyingProperties`.
struct Properties<'a, 'input> {
    signed: Node<'a, 'input>,
    unsigned: Option<Node<'a, 'input>>,
}

impl<'a, 'input> Properties<'a, 'input> {
    fn find(signature: &Signature<'a, 'input>) -> Result<Option<Self>, XmlError> {
        let Some(properties) = qualifying_properties(signature)? else { return Ok(None) };
        Ok(Some(Self {
            signed: required(properties, XADES, "SignedProperties")?,
            unsigned: optional(properties, XADES, "UnsignedProperties")?,
        }))
    }

    fn signed_signature_property(&self, name: &'static str) -> Result<Option<Node<'a, 'input>>, XmlError> {
        match optional(self.signed, XADES, "SignedSignatureProperties")? {
            Some(properties) => optional(properties, XADES, name),
            None => Ok(None),
        }
    }

    fn signing_time(&self) -> Result<Option<OffsetDateTime>, XmlError> {
        let Some(node) = self.signed_signature_property("SigningTime")? else { return Ok(None) };
        let bad = |_| XmlError::BadValue {
            element: "xades:SigningTime".to_owned(),
            expected: "a date and time with a time zone",
        };
        OffsetDateTime::parse(text(node)?.trim(), &Rfc3339).map(Some).map_err(bad)
    }

    /// SigningCertificateV2 (EN 319 132-1 clause 5.2.2), or its predecessor by its digest.
    fn signing_certificate(&self) -> Result<Option<SigningCertificate>, XmlError> {
        let node = match self.signed_signature_property("SigningCertificateV2")? {
            Some(node) => node,
            None => match self.signed_signature_property("SigningCertificate")? {
                Some(node) => node,
                None => return Ok(None),
            },
        };
        let missing = || XmlError::Missing { parent: "xades:SigningCertificateV2".to_owned(), child: "Cert" };
        // the first names the signer's certificate
        let cert = children(node).find(|n| n.has_tag_name((XADES, "Cert"))).ok_or_else(missing)?;
        let cert_digest = required(cert, XADES, "CertDigest")?;
        let digest = digest_method(required(cert_digest, DS, "DigestMethod")?)?;
        let issuer_serial = match optional(cert, XADES, "IssuerSerialV2")? {
            Some(node) => Some(issuer_serial(&base64(node)?).map_err(|_| XmlError::BadValue {
                element: "xades:IssuerSerialV2".to_owned(),
                expected: "an IssuerSerial",
            })?),
            None => None,
        };
        let id = EssCertId {
            digest_oid: Oid::from_contents(digest.oid().as_bytes()),
            digest: Some(digest),
            cert_hash: base64(required(cert_digest, DS, "DigestValue")?)?,
            issuer_serial,
        };
        Ok(Some(SigningCertificate { version: 2, ids: vec![id] }))
    }

    fn log_proof(&self) -> Result<Option<LogProof>, XmlError> {
        let Some(unsigned) = self.unsigned else { return Ok(None) };
        let Some(properties) = optional(unsigned, XADES, "UnsignedSignatureProperties")? else { return Ok(None) };
        let Some(node) = optional(properties, LOG_PROOF, "LogProof")? else { return Ok(None) };
        Ok(Some(LogProof {
            entry: base64(required(node, LOG_PROOF, "Entry")?)?,
            proof: text(required(node, LOG_PROOF, "Proof")?)?,
        }))
    }
}

/// `IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber CertificateSerialNumber }` (RFC 5035).
fn issuer_serial(der: &[u8]) -> Result<IssuerSerial, CmsError> {
    let what = "the IssuerSerialV2 property";
    let mut members = Reader::new(der, &Limits::DEFAULT).sequence(what)?;
    let mut names = members.sequence(what)?;
    let serial = members.expect(tag::INTEGER, what)?.contents.to_vec();
    members.finish(what)?;
    let directory_name = names.optional(tag::context(4), what)?;
    let issuer = directory_name.filter(|_| names.is_empty()).map(|name| name.contents.to_vec());
    Ok(IssuerSerial { issuer, serial })
}

fn format_failure(error: &XmlError) -> Problem {
    let sub_indication = match error {
        // EN 319 102-1 clause 5.2.8: an algorithm that is not known cannot be judged
        XmlError::UnknownAlgorithm { .. } => SubIndication::CryptoConstraintsFailureNoPoe,
        _ => SubIndication::FormatFailure,
    };
    Problem::new(sub_indication, format!("{error}"))
}

fn unresolved(error: &XmlError) -> Problem {
    match error {
        XmlError::NotFound(_) => Problem::new(SubIndication::SignedDataNotFound, error.to_string()),
        _ => format_failure(error),
    }
}
