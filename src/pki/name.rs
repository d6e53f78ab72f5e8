//! Distinguished names and how they compare (RFC 5280 section 7.1): letter case and white space do not count, nor does the type
//! of string.

use crate::error::plain;
use std::fmt;
use std::hash::{Hash, Hasher};
use x509_parser::prelude::FromDer;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

/// A distinguished name.
#[derive(Debug, Clone, Default)]
pub struct Name {
    raw: Vec<u8>,
    rdns: Vec<Vec<Attribute>>,
}

/// One attribute: its type, its text as written, and the form that is compared.
#[derive(Debug, Clone)]
struct Attribute {
    oid: String,
    text: String,
    compared: String,
}

impl PartialEq for Attribute {
    fn eq(&self, other: &Self) -> bool {
        self.oid == other.oid && self.compared == other.compared
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        (!self.raw.is_empty() && self.raw == other.raw) || self.rdns == other.rdns
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for attribute in self.rdns.iter().flatten() {
            attribute.oid.hash(state);
            attribute.compared.hash(state);
        }
    }
}

impl Eq for Name {}

impl Name {
    /// From x509-parser's form.
    pub fn from_parsed(name: &X509Name<'_>) -> Self {
        let rdns = name.iter_rdn().map(|rdn| relative(rdn.iter())).collect();
        Self { raw: name.as_raw().to_vec(), rdns }
    }

    /// Reads a name in DER; bytes behind it are refused.
    pub fn parse(der: &[u8]) -> Option<Self> {
        let (rest, name) = X509Name::from_der(der).ok()?;
        rest.is_empty().then(|| Self::from_parsed(&name))
    }

    /// The name that goes on with the attributes of another.
    pub fn followed_by(&self, relative: &Self) -> Self {
        Self { raw: Vec::new(), rdns: self.rdns.iter().chain(&relative.rdns).cloned().collect() }
    }

    /// Its DER.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// True without an attribute.
    pub fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// It lies in the subtree that begins with `base`.
    pub fn is_within(&self, base: &Self) -> bool {
        self.rdns.get(..base.rdns.len()).is_some_and(|start| start == base.rdns)
    }

    /// The last attribute of a type, which is the most specific one.
    pub fn attribute(&self, oid: &str) -> Option<String> {
        self.attributes(oid).pop()
    }

    /// All attributes of a type.
    pub fn attributes(&self, oid: &str) -> Vec<String> {
        self.rdns.iter().flatten().filter(|a| a.oid == oid).map(|a| a.text.clone()).collect()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, attribute) in self.rdns.iter().flatten().enumerate() {
            let short = match attribute.oid.as_str() {
                "2.5.4.3" => "CN",
                "2.5.4.6" => "C",
                "2.5.4.7" => "L",
                "2.5.4.8" => "ST",
                "2.5.4.10" => "O",
                "2.5.4.11" => "OU",
                "0.9.2342.19200300.100.1.1" => "UID",
                other => other,
            };
            write!(f, "{}{short}={}", if index > 0 { ", " } else { "" }, plain(&attribute.text))?;
        }
        Ok(())
    }
}

/// The attributes of a relative name in an order that does not depend on how they were written.
fn relative<'a>(attributes: impl Iterator<Item = &'a AttributeTypeAndValue<'a>>) -> Vec<Attribute> {
    let mut all: Vec<Attribute> = attributes
        .map(|attribute| {
            let (oid, tag, bytes) = super::certificate::attribute(attribute);
            let text = text(tag, &bytes);
            let compared = match &text {
                Some(text) => text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase(),
                None => format!("#{tag}:{}", hex::encode(&bytes)),
            };
            Attribute { oid, text: text.unwrap_or_else(|| compared.clone()), compared }
        })
        .collect();
    all.sort_by(|a, b| (&a.oid, &a.compared).cmp(&(&b.oid, &b.compared)));
    all
}

/// The text of a DirectoryString or IA5String; `None` of anything else.
fn text(tag: u32, bytes: &[u8]) -> Option<String> {
    match tag {
        // UTF8String, NumericString, PrintableString, IA5String, VisibleString
        12 | 18 | 19 | 22 | 26 => String::from_utf8(bytes.to_vec()).ok(),
        // TeletexString: Latin-1 in practice
        20 => Some(bytes.iter().map(|b| char::from(*b)).collect()),
        30 => {
            let units: Vec<u16> =
                bytes.chunks_exact(2).map(|p| p.iter().fold(0, |a, b| a << 8 | u16::from(*b))).collect();
            String::from_utf16(&units).ok()
        }
        28 => bytes.chunks_exact(4).map(|p| char::from_u32(p.iter().fold(0, |a, b| a << 8 | u32::from(*b)))).collect(),
        _ => None,
    }
}
