//! XML-DSig (XMLDSIG Core 1.1): reading a `ds:Signature` and computing what its references and its
//! signature cover. Keys are no business of this floor: who verifies gets the bytes and the algorithm.

use super::c14n::{C14n, canonicalize};
use super::{Document, XmlError, base64, children, optional, qualified_name, required, shorten};
use crate::digest::DigestAlgorithm;
use roxmltree::Node;

/// The namespace of XML-DSig.
pub const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
/// The enveloped-signature transform (XMLDSIG Core section 6.6.4).
pub const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// The kind of key and padding of a signature method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1,
    /// RSASSA-PSS with MGF1 and a salt as long as the digest (RFC 9231 section 2.3.10).
    RsaPss,
    /// ECDSA; the value is r and s, each as long as the order, one after the other.
    Ecdsa,
    /// Ed25519 (RFC 9231 section 2.3.12).
    Ed25519,
}

/// A signature method: scheme and digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignatureMethod {
    /// Key and padding.
    pub scheme: SignatureScheme,
    /// The digest of the canonical `ds:SignedInfo`; Ed25519 uses SHA-512 within itself.
    pub digest: DigestAlgorithm,
}

impl SignatureMethod {
    const KNOWN: [(&'static str, SignatureScheme, DigestAlgorithm); 15] = [
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", SignatureScheme::RsaPkcs1, DigestAlgorithm::Sha256),
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", SignatureScheme::RsaPkcs1, DigestAlgorithm::Sha384),
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", SignatureScheme::RsaPkcs1, DigestAlgorithm::Sha512),
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha224", SignatureScheme::RsaPkcs1, DigestAlgorithm::Sha224),
        ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", SignatureScheme::RsaPkcs1, DigestAlgorithm::Sha1),
        ("http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", SignatureScheme::RsaPss, DigestAlgorithm::Sha256),
        ("http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1", SignatureScheme::RsaPss, DigestAlgorithm::Sha384),
        ("http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1", SignatureScheme::RsaPss, DigestAlgorithm::Sha512),
        ("http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1", SignatureScheme::RsaPss, DigestAlgorithm::Sha1),
        ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", SignatureScheme::Ecdsa, DigestAlgorithm::Sha256),
        ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", SignatureScheme::Ecdsa, DigestAlgorithm::Sha384),
        ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", SignatureScheme::Ecdsa, DigestAlgorithm::Sha512),
        ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha224", SignatureScheme::Ecdsa, DigestAlgorithm::Sha224),
        ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1", SignatureScheme::Ecdsa, DigestAlgorithm::Sha1),
        ("http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519", SignatureScheme::Ed25519, DigestAlgorithm::Sha512),
    ];

    /// The method with this algorithm URI (RFC 9231).
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::KNOWN.into_iter().find(|(known, ..)| *known == uri).map(|(_, scheme, digest)| Self { scheme, digest })
    }

    /// Its algorithm URI; none for a pair that has none.
    pub fn uri(self) -> Option<&'static str> {
        Self::KNOWN.into_iter().find(|(_, s, d)| *s == self.scheme && *d == self.digest).map(|(uri, ..)| uri)
    }
}

/// The algorithm URI of a digest (RFC 9231 section 2.1); MD5's is known too, so that it can be judged.
pub const fn digest_uri(digest: DigestAlgorithm) -> &'static str {
    match digest {
        DigestAlgorithm::Md5 => "http://www.w3.org/2001/04/xmldsig-more#md5",
        DigestAlgorithm::Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
        DigestAlgorithm::Sha224 => "http://www.w3.org/2001/04/xmldsig-more#sha224",
        DigestAlgorithm::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
        DigestAlgorithm::Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
        DigestAlgorithm::Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
        DigestAlgorithm::Sha3_224 => "http://www.w3.org/2007/05/xmldsig-more#sha3-224",
        DigestAlgorithm::Sha3_256 => "http://www.w3.org/2007/05/xmldsig-more#sha3-256",
        DigestAlgorithm::Sha3_384 => "http://www.w3.org/2007/05/xmldsig-more#sha3-384",
        DigestAlgorithm::Sha3_512 => "http://www.w3.org/2007/05/xmldsig-more#sha3-512",
    }
}

/// The digest that a `ds:DigestMethod` names.
pub fn digest_method(node: Node<'_, '_>) -> Result<DigestAlgorithm, XmlError> {
    let uri = algorithm(node)?;
    DigestAlgorithm::ALL
        .into_iter()
        .find(|d| digest_uri(*d) == uri)
        .ok_or_else(|| XmlError::UnknownAlgorithm { element: "ds:DigestMethod", uri: shorten(uri) })
}

/// A `ds:Signature` as it stands in a document. Reading it checks its form, not what it says.
pub struct Signature<'a, 'input> {
    /// The element.
    pub node: Node<'a, 'input>,
    /// Its Id.
    pub id: Option<&'a str>,
    /// `ds:SignedInfo`.
    pub signed_info: Node<'a, 'input>,
    /// The canonical form of `ds:SignedInfo`.
    pub canonicalization: C14n,
    /// The signature method.
    pub method: SignatureMethod,
    /// The references, in order.
    pub references: Vec<Reference<'a>>,
    /// The signature value, decoded.
    pub value: Vec<u8>,
    /// The certificates of `ds:KeyInfo`, DER, in order.
    pub certificates: Vec<Vec<u8>>,
    /// The `ds:Object` elements.
    pub objects: Vec<Node<'a, 'input>>,
}

/// A `ds:Reference`: what is signed.
pub struct Reference<'a> {
    /// Its Id.
    pub id: Option<&'a str>,
    /// `""` for the document, `#id` for an element; anything else is refused when it is resolved.
    pub uri: &'a str,
    /// Its type.
    pub kind: Option<&'a str>,
    /// Whether the signature itself is left out.
    pub enveloped: bool,
    /// The canonical form.
    pub canonicalization: C14n,
    /// The digest.
    pub digest: DigestAlgorithm,
    /// The digest's value.
    pub value: Vec<u8>,
}

impl<'a, 'input> Signature<'a, 'input> {
    /// Reads a `ds:Signature`. Transforms other than enveloped-signature and the canonical forms are refused:
    /// XPath and XSLT let a signature cover something else than what is seen.
    pub fn read(node: Node<'a, 'input>) -> Result<Self, XmlError> {
        let signed_info = required(node, DS, "SignedInfo")?;
        let mut references = Vec::new();
        for child in children(signed_info) {
            match child.tag_name().name() {
                "Reference" if child.has_tag_name((DS, "Reference")) => references.push(Reference::read(child)?),
                "CanonicalizationMethod" | "SignatureMethod" => {}
                _ => return Err(unexpected(signed_info, child)),
            }
        }
        let method = required(signed_info, DS, "SignatureMethod")?;
        let uri = algorithm(method)?;
        let method = SignatureMethod::from_uri(uri)
            .ok_or_else(|| XmlError::UnknownAlgorithm { element: "ds:SignatureMethod", uri: shorten(uri) })?;
        for child in children(node) {
            let known = ["SignedInfo", "SignatureValue", "KeyInfo", "Object"];
            if !known.iter().any(|name| child.has_tag_name((DS, *name))) {
                return Err(unexpected(node, child));
            }
        }
        let mut certificates = Vec::new();
        if let Some(key_info) = optional(node, DS, "KeyInfo")? {
            for data in children(key_info).filter(|n| n.has_tag_name((DS, "X509Data"))) {
                for certificate in children(data).filter(|n| n.has_tag_name((DS, "X509Certificate"))) {
                    certificates.push(base64(certificate)?);
                }
            }
        }
        Ok(Self {
            node,
            id: node.attribute("Id"),
            signed_info,
            canonicalization: c14n_method(required(signed_info, DS, "CanonicalizationMethod")?)?,
            method,
            references,
            value: base64(required(node, DS, "SignatureValue")?)?,
            certificates,
            objects: children(node).filter(|n| n.has_tag_name((DS, "Object"))).collect(),
        })
    }

    /// The bytes that the signature value signs: the canonical `ds:SignedInfo`.
    pub fn signed_bytes(&self) -> String {
        canonicalize(self.signed_info, self.canonicalization, None)
    }

    /// The node that a reference leads to: the document node for `""`, else the one element with that Id.
    pub fn resolve<'d>(
        document: &'d Document<'input>,
        reference: &Reference<'_>,
    ) -> Result<Node<'d, 'input>, XmlError> {
        match reference.uri.strip_prefix('#') {
            Some(id) => document.by_id(id),
            None if reference.uri.is_empty() => Ok(document.node()),
            None => Err(XmlError::NotFound(shorten(reference.uri))),
        }
    }

    /// The digest of what a reference leads to. Same-document references by `""` and `#id` never include
    /// comments (XMLDSIG Core section 4.4.3.3), whatever the canonical form says.
    pub fn digest(&self, target: Node<'_, '_>, reference: &Reference<'_>) -> Vec<u8> {
        let form = C14n { comments: false, ..reference.canonicalization };
        let without = reference.enveloped.then(|| self.node.id());
        reference.digest.hash(canonicalize(target, form, without).as_bytes())
    }
}

impl<'a> Reference<'a> {
    fn read(node: Node<'a, '_>) -> Result<Self, XmlError> {
        let mut enveloped = false;
        // XMLDSIG Core section 4.4.3.2: a node-set that no transform has made octets gets C14N 1.0
        let mut canonicalization = None;
        if let Some(transforms) = optional(node, DS, "Transforms")? {
            for transform in children(transforms) {
                let uri = algorithm(transform)?;
                if uri == ENVELOPED && canonicalization.is_none() && !enveloped {
                    enveloped = true;
                } else if let (Some(form), None) = (C14n::from_uri(uri), canonicalization) {
                    refuse_parameters(transform)?;
                    canonicalization = Some(form);
                } else {
                    return Err(XmlError::UnknownAlgorithm { element: "ds:Transform", uri: shorten(uri) });
                }
            }
        }
        Ok(Self {
            id: node.attribute("Id"),
            uri: node
                .attribute("URI")
                .ok_or_else(|| XmlError::Missing { parent: "ds:Reference".to_owned(), child: "URI" })?,
            kind: node.attribute("Type"),
            enveloped,
            canonicalization: canonicalization.unwrap_or(C14n { exclusive: false, comments: false }),
            digest: digest_method(required(node, DS, "DigestMethod")?)?,
            value: base64(required(node, DS, "DigestValue")?)?,
        })
    }
}

fn algorithm<'a>(node: Node<'a, '_>) -> Result<&'a str, XmlError> {
    node.attribute("Algorithm")
        .ok_or_else(|| XmlError::Missing { parent: shorten(qualified_name(node)), child: "Algorithm" })
}

fn c14n_method(node: Node<'_, '_>) -> Result<C14n, XmlError> {
    let uri = algorithm(node)?;
    refuse_parameters(node)?;
    C14n::from_uri(uri)
        .ok_or_else(|| XmlError::UnknownAlgorithm { element: "ds:CanonicalizationMethod", uri: shorten(uri) })
}

/// The InclusiveNamespaces PrefixList of exclusive C14N is not implemented, so it must not be there.
fn refuse_parameters(node: Node<'_, '_>) -> Result<(), XmlError> {
    children(node).next().map_or(Ok(()), |child| Err(unexpected(node, child)))
}

fn unexpected(parent: Node<'_, '_>, child: Node<'_, '_>) -> XmlError {
    XmlError::Unexpected { parent: shorten(qualified_name(parent)), child: shorten(qualified_name(child)) }
}
