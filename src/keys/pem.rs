//! Keys and certificates in PEM (RFC 7468), or in DER where a file holds just one thing.

use super::{KeyError, LocalKey, pkcs12, wrap};
use crate::cms::CmsError;
use crate::cms::ber::{Reader, tag};
use crate::limits::Limits;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// One block of a PEM file.
struct Block<'a> {
    label: &'a str,
    /// Header lines (RFC 1421), as in keys that old openssl encrypted.
    has_headers: bool,
    der: Zeroizing<Vec<u8>>,
}

/// A signing key from a private key (PKCS#8, encrypted PKCS#8, SEC1 or PKCS#1), its certificate, and the
/// certificates of its issuers. The certificate's file may hold those, too.
pub fn read(
    key: &[u8],
    certificate: &[u8],
    chain: Option<&[u8]>,
    password: Option<&str>,
) -> Result<LocalKey, KeyError> {
    let pkcs8 = private_key(key, password)?;
    let mut all = certificates(certificate)?;
    if let Some(chain) = chain {
        all.extend(certificates(chain)?);
    }
    let own = all.first().ok_or(KeyError::NoCertificate)?.clone();
    let others: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    LocalKey::from_pkcs8(&pkcs8, own.clone(), pkcs12::chain(&own, &others))
}

/// The first private key of a file, as PKCS#8.
pub fn private_key(file: &[u8], password: Option<&str>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if file.first() == Some(&tag::SEQUENCE) {
        return from_der(file, der_label(file).map_err(unreadable)?, password);
    }
    for block in blocks(file)? {
        if block.label.ends_with("PRIVATE KEY") {
            if block.has_headers {
                let what = "a key in the old encrypted PEM format (convert it by: openssl pkcs8 -topk8)";
                return Err(KeyError::Unsupported { what: what.to_owned() });
            }
            return from_der(&block.der, block.label, password);
        }
    }
    Err(KeyError::NoPrivateKey)
}

fn unreadable(_: CmsError) -> KeyError {
    KeyError::Unreadable { what: "the private key" }
}

fn from_der(der: &[u8], label: &str, password: Option<&str>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    match label {
        "PRIVATE KEY" => Ok(Zeroizing::new(der.to_vec())),
        "ENCRYPTED PRIVATE KEY" => pkcs12::decrypt_pkcs8(der, password.ok_or(KeyError::PasswordMissing)?),
        "RSA PRIVATE KEY" => Ok(wrap::pkcs1(der)),
        "EC PRIVATE KEY" => wrap::sec1(der).map_err(unreadable),
        _ => Err(KeyError::Unsupported { what: format!("a key labelled {label}") }),
    }
}

/// The label that a private key in DER would have in PEM.
fn der_label(der: &[u8]) -> Result<&'static str, CmsError> {
    let what = "the private key";
    let mut members = Reader::new(der, &Limits::DEFAULT).sequence(what)?;
    // an EncryptedPrivateKeyInfo begins with its algorithm, all others with a version
    if members.next(what)?.tag == tag::SEQUENCE {
        return Ok("ENCRYPTED PRIVATE KEY");
    }
    match members.peek() {
        Some(tag::SEQUENCE) => Ok("PRIVATE KEY"),
        Some(tag::INTEGER) => Ok("RSA PRIVATE KEY"),
        Some(tag::OCTET_STRING) => Ok("EC PRIVATE KEY"),
        _ => Err(CmsError::Malformed { what }),
    }
}

/// All certificates of a file, in DER, in its order.
pub fn certificates(file: &[u8]) -> Result<Vec<Vec<u8>>, KeyError> {
    if file.first() == Some(&tag::SEQUENCE) {
        return Ok(vec![file.to_vec()]);
    }
    let labels = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"];
    Ok(blocks(file)?.into_iter().filter(|b| labels.contains(&b.label)).map(|b| b.der.to_vec()).collect())
}

/// One value as a PEM block: `CERTIFICATE`, `PRIVATE KEY` (which is PKCS#8), ... (RFC 7468 section 2).
pub fn encode(label: &str, der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(STANDARD.encode(der));
    // never grown, so that no copy stays behind
    let room = body.len().saturating_add(body.len() / 64).saturating_add(2 * label.len()).saturating_add(48);
    let mut text = Zeroizing::new(String::with_capacity(room));
    for part in ["-----BEGIN ", label, "-----\n"] {
        text.push_str(part);
    }
    for (index, character) in body.chars().enumerate() {
        if index > 0 && index.is_multiple_of(64) {
            text.push('\n');
        }
        text.push(character);
    }
    for part in ["\n-----END ", label, "-----\n"] {
        text.push_str(part);
    }
    text
}

/// The blocks of a PEM file; text around them is passed over.
fn blocks(file: &[u8]) -> Result<Vec<Block<'_>>, KeyError> {
    let unreadable = || KeyError::Unreadable { what: "the PEM file" };
    let mut rest = std::str::from_utf8(file).map_err(|_| unreadable())?;
    let mut found = Vec::new();
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let (label, after) = after.split_once("-----").ok_or_else(unreadable)?;
        let (body, after) = after.split_once("-----END ").ok_or_else(unreadable)?;
        let after = after.strip_prefix(label).and_then(|a| a.strip_prefix("-----")).ok_or_else(unreadable)?;
        let has_headers = body.contains(':');
        let mut der = Zeroizing::new(Vec::new());
        if !has_headers {
            let text: Zeroizing<Vec<u8>> = Zeroizing::new(body.bytes().filter(|b| !b.is_ascii_whitespace()).collect());
            der = Zeroizing::new(STANDARD.decode(&*text).map_err(|_| unreadable())?);
        }
        found.push(Block { label, has_headers, der });
        rest = after;
    }
    Ok(found)
}
