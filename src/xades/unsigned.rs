//! Unsigned signature properties: signature time-stamps (EN 319 132-1 clause 5.3), certificate values (5.4.1) and revocation
//! values (5.4.2), read and added; the log's proof, renewed. No signature covers them, so that what is signed stays as it is.

use super::sign::write_log_proof;
use super::verify::{outermost, qualifying_properties};
use super::{LOG_PROOF, XADES, XadesError};
use crate::cms::logproof::LogProof;
use crate::limits::Limits;
use crate::pades::dss::ValidationData;
use crate::xml::c14n::{C14n, canonicalize};
use crate::xml::dsig::{DS, Signature};
use crate::xml::write::Writer;
use crate::xml::{Document, XmlError, base64, children, optional, qualified_name, required, shorten};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roxmltree::Node;
use std::sync::Arc;

/// The namespace of what later editions of XAdES added.
const XADES_141: &str = "http://uri.etsi.org/01903/v1.4.1#";
/// Signature time-stamps that are read of one signature.
const MOST_TIME_STAMPS: usize = 16;
/// Values that are read of one signature.
const MOST_VALUES: usize = 4_000;

/// A signature time-stamp, unjudged.
#[derive(Debug, Clone)]
pub struct SignatureTimeStamp {
    /// The token, DER.
    pub token: Vec<u8>,
    /// What it has to be a time-stamp of: the canonical `ds:SignatureValue`. None if the canonical form is not known.
    pub over: Option<Arc<str>>,
}

/// The unsigned properties of one signature.
#[derive(Debug, Clone, Default)]
pub struct Unsigned {
    /// Its time-stamps.
    pub time_stamps: Vec<SignatureTimeStamp>,
    /// What it can be validated with.
    pub values: ValidationData,
    /// An archive time-stamp is over all that.
    pub is_archived: bool,
}

/// Reads `xades:UnsignedProperties` of a signature.
pub(super) fn read(signature: &Signature<'_, '_>, unsigned: Option<Node<'_, '_>>) -> Result<Unsigned, XmlError> {
    let mut found = Unsigned::default();
    let Some(unsigned) = unsigned else { return Ok(found) };
    let Some(properties) = optional(unsigned, XADES, "UnsignedSignatureProperties")? else { return Ok(found) };
    let mut forms = Forms { value: required(signature.node, DS, "SignatureValue")?, known: Vec::new() };
    for property in children(properties) {
        match (property.tag_name().namespace(), property.tag_name().name()) {
            (Some(XADES), "SignatureTimeStamp") => found.add_time_stamps(property, &mut forms)?,
            (Some(XADES | XADES_141), "ArchiveTimeStamp") => found.is_archived = true,
            (Some(XADES_141), "TimeStampValidationData") => found.add_values(property)?,
            _ => {}
        }
    }
    found.add_values(properties)?;
    Ok(found)
}

/// The canonical forms of a `ds:SignatureValue`, each made once.
struct Forms<'a, 'input> {
    value: Node<'a, 'input>,
    known: Vec<(C14n, Arc<str>)>,
}

impl Forms<'_, '_> {
    fn get(&mut self, form: C14n) -> Arc<str> {
        if let Some((_, known)) = self.known.iter().find(|(known, _)| *known == form) {
            return Arc::clone(known);
        }
        let made: Arc<str> = canonicalize(self.value, form, None).into();
        self.known.push((form, Arc::clone(&made)));
        made
    }
}

impl Unsigned {
    /// One property may hold several tokens, all over the same.
    fn add_time_stamps(&mut self, property: Node<'_, '_>, forms: &mut Forms<'_, '_>) -> Result<(), XmlError> {
        let form = match optional(property, DS, "CanonicalizationMethod")? {
            Some(method) => method.attribute("Algorithm").and_then(C14n::from_uri),
            // XMLDSIG Core section 4.4.3.2, to which clause 5.3 leads
            None => Some(C14n { exclusive: false, comments: false }),
        };
        for child in children(property) {
            match (child.tag_name().namespace(), child.tag_name().name()) {
                (Some(XADES), "EncapsulatedTimeStamp") if self.time_stamps.len() < MOST_TIME_STAMPS => {
                    let over = form.map(|form| forms.get(form));
                    self.time_stamps.push(SignatureTimeStamp { token: base64(child)?, over });
                }
                (Some(DS), "CanonicalizationMethod") | (Some(XADES), "EncapsulatedTimeStamp" | "XMLTimeStamp") => {}
                // a time-stamp of something else than of the whole signature value
                _ => {
                    let parent = shorten(qualified_name(property));
                    return Err(XmlError::Unexpected { parent, child: shorten(qualified_name(child)) });
                }
            }
        }
        Ok(())
    }

    /// The values that stand in an element.
    fn add_values(&mut self, holder: Node<'_, '_>) -> Result<(), XmlError> {
        if let Some(values) = optional(holder, XADES, "CertificateValues")? {
            take(values, "EncapsulatedX509Certificate", &mut self.values.certificates)?;
        }
        if let Some(values) = optional(holder, XADES, "RevocationValues")? {
            if let Some(crls) = optional(values, XADES, "CRLValues")? {
                take(crls, "EncapsulatedCRLValue", &mut self.values.crls)?;
            }
            if let Some(ocsps) = optional(values, XADES, "OCSPValues")? {
                take(ocsps, "EncapsulatedOCSPValue", &mut self.values.ocsps)?;
            }
        }
        Ok(())
    }
}

fn take(list: Node<'_, '_>, name: &str, found: &mut Vec<Vec<u8>>) -> Result<(), XmlError> {
    for value in children(list).filter(|n| n.has_tag_name((XADES, name))) {
        if found.len() >= MOST_VALUES {
            return Err(XmlError::TooMany { what: "values", limit: MOST_VALUES });
        }
        found.push(base64(value)?);
    }
    Ok(())
}

/// The bytes whose digest a signature time-stamp of the signature with this index is asked for.
pub fn to_be_time_stamped(xml: &[u8], index: usize) -> Result<String, XadesError> {
    let document = Document::parse(xml, &Limits::DEFAULT)?;
    let value = required(signature(&document, index)?, DS, "SignatureValue")?;
    Ok(canonicalize(value, C14n::EXCLUSIVE, None))
}

/// The document with a time-stamp of the signature with this index, over what [`to_be_time_stamped`] gave.
pub fn add_time_stamp(xml: &[u8], index: usize, token: &[u8]) -> Result<Vec<u8>, XadesError> {
    let mut w = Writer::new();
    w.start("xades:SignatureTimeStamp", &[("xmlns:xades", XADES)]);
    w.empty("ds:CanonicalizationMethod", &[("xmlns:ds", DS), ("Algorithm", C14n::EXCLUSIVE.uri())]);
    w.element("xades:EncapsulatedTimeStamp", &STANDARD.encode(token));
    w.end("xades:SignatureTimeStamp");
    append(xml, index, &w.finish())
}

/// The document with these values, and those that are there, for the signature with this index.
pub fn add_values(xml: &[u8], index: usize, values: ValidationData) -> Result<Vec<u8>, XadesError> {
    let (without, mut all) = take_values_out(xml, index)?;
    all.merge(values);
    let mut w = Writer::new();
    if !all.certificates.is_empty() {
        w.start("xades:CertificateValues", &[("xmlns:xades", XADES)]);
        write_all(&mut w, "xades:EncapsulatedX509Certificate", &all.certificates);
        w.end("xades:CertificateValues");
    }
    if !(all.crls.is_empty() && all.ocsps.is_empty()) {
        w.start("xades:RevocationValues", &[("xmlns:xades", XADES)]);
        for (list, name, values) in [
            ("xades:CRLValues", "xades:EncapsulatedCRLValue", &all.crls),
            ("xades:OCSPValues", "xades:EncapsulatedOCSPValue", &all.ocsps),
        ] {
            if !values.is_empty() {
                w.start(list, &[]);
                write_all(&mut w, name, values);
                w.end(list);
            }
        }
        w.end("xades:RevocationValues");
    }
    append(&without, index, &w.finish())
}

/// The document with this proof of the log in place of the one that the signature with this index has.
pub fn put_log_proof(xml: &[u8], index: usize, proof: &LogProof) -> Result<Vec<u8>, XadesError> {
    let document = Document::parse(xml, &Limits::DEFAULT)?;
    let missing = || XadesError::CannotExtend("it has no log proof");
    let unsigned = optional(properties(&document, index)?, XADES, "UnsignedProperties")?.ok_or_else(missing)?;
    let holder = optional(unsigned, XADES, "UnsignedSignatureProperties")?.ok_or_else(missing)?;
    let old = optional(holder, LOG_PROOF, "LogProof")?.ok_or_else(missing)?.range();
    let mut w = Writer::new();
    write_log_proof(&mut w, proof);
    let piece = |range: std::ops::Range<usize>| xml.get(range).unwrap_or_default();
    Ok([piece(0..old.start), w.finish().as_bytes(), piece(old.end..xml.len())].concat())
}

fn write_all(w: &mut Writer, name: &str, values: &[Vec<u8>]) {
    for value in values {
        w.element(name, &STANDARD.encode(value));
    }
}

fn signature<'d, 'input>(document: &'d Document<'input>, index: usize) -> Result<Node<'d, 'input>, XadesError> {
    let missing = || XadesError::CannotExtend("there is no such signature");
    outermost(document, &Limits::DEFAULT)?.into_iter().nth(index).ok_or_else(missing)
}

fn properties<'d, 'input>(document: &'d Document<'input>, index: usize) -> Result<Node<'d, 'input>, XadesError> {
    let signature = Signature::read(signature(document, index)?)?;
    qualifying_properties(&signature)?.ok_or(XadesError::CannotExtend("it has no XAdES properties"))
}

/// The document without the values of a signature (there is one element of each at most), and those values.
fn take_values_out(xml: &[u8], index: usize) -> Result<(Vec<u8>, ValidationData), XadesError> {
    let document = Document::parse(xml, &Limits::DEFAULT)?;
    let properties = properties(&document, index)?;
    let Some(unsigned) = optional(properties, XADES, "UnsignedProperties")? else {
        return Ok((xml.to_vec(), ValidationData::default()));
    };
    let Some(holder) = optional(unsigned, XADES, "UnsignedSignatureProperties")? else {
        return Ok((xml.to_vec(), ValidationData::default()));
    };
    let mut found = Unsigned::default();
    found.add_values(holder)?;
    let mut without = Vec::new();
    let mut end = 0;
    for property in children(holder) {
        if !["CertificateValues", "RevocationValues"].iter().any(|known| property.has_tag_name((XADES, *known))) {
            continue;
        }
        if property.descendants().any(|n| n.tag_name().name().starts_with("Other")) {
            return Err(XadesError::CannotExtend("it has values of a kind that would be lost"));
        }
        without.extend_from_slice(xml.get(end..property.range().start).unwrap_or_default());
        end = property.range().end;
    }
    without.extend_from_slice(xml.get(end..).unwrap_or_default());
    Ok((without, found.values))
}

/// Puts a property behind those that a signature has.
fn append(xml: &[u8], index: usize, property: &str) -> Result<Vec<u8>, XadesError> {
    let document = Document::parse(xml, &Limits::DEFAULT)?;
    let qualifying = properties(&document, index)?;
    let name = |name: &str| format!("xades:{name}");
    let wrap = |outer: &str, inner: &str| {
        let mut w = Writer::new();
        w.start(&name(outer), &[("xmlns:xades", XADES)]);
        w.raw(inner);
        w.end(&name(outer));
        w.finish()
    };
    let signature_properties = "UnsignedSignatureProperties";
    let Some(unsigned) = optional(qualifying, XADES, "UnsignedProperties")? else {
        let both = wrap("UnsignedProperties", &wrap(signature_properties, property));
        return Ok(insert(xml, qualifying, false, &both));
    };
    Ok(match optional(unsigned, XADES, signature_properties)? {
        Some(holder) => insert(xml, holder, false, property),
        // they come before those of data objects
        None => insert(xml, unsigned, true, &wrap(signature_properties, property)),
    })
}

/// Puts a piece into an element: before or behind what it holds.
fn insert(xml: &[u8], element: Node<'_, '_>, before: bool, piece: &str) -> Vec<u8> {
    let range = element.range();
    let written = xml.get(range.clone()).unwrap_or_default();
    if let Some(open) = written.strip_suffix(b"/>") {
        let (name, rest) = (qualified_name(element), xml.get(range.end..).unwrap_or_default());
        let start = xml.get(..range.start).unwrap_or_default();
        return [start, open, b">", piece.as_bytes(), b"</", name.as_bytes(), b">", rest].concat();
    }
    let at = match element.first_child().filter(|_| before) {
        Some(first) => first.range().start,
        // the last `</` is that of its end tag
        None => {
            let back = written.windows(2).rev().position(|w| w == b"</").unwrap_or_default();
            range.end.saturating_sub(back).saturating_sub(2)
        }
    };
    [xml.get(..at).unwrap_or_default(), piece.as_bytes(), xml.get(at..).unwrap_or_default()].concat()
}
