//! PKCS#12 files (RFC 7292): keys as openssl, Windows and Java keep them, in the modern encryption (PBES2 with
//! AES) and in the legacy one (3DES, RC2-40).

use super::{KeyError, LocalKey, SigningKey};
use crate::cms::ber::{Reader, tag};
use crate::limits::Limits;
use crate::pki::certificate;
use crate::pki::crypto::{self, Signed};
use p12_keystore::error::Error as P12Error;
use p12_keystore::{
    Certificate, CertificateBag, KeyStore, KeyStoreEntry, Pkcs12Archive, PrivateKey, PrivateKeyBag, PrivateKeyChain,
};
use x509_parser::prelude::{FromDer, X509Certificate};
use zeroize::Zeroizing;

/// More pairs of key and certificate than this are not tried.
const MAX_PAIRS: usize = 256;

/// Iterations of the password's derivation in files that are written.
pub const ITERATIONS: u32 = 10_000;

/// The signing key of a PKCS#12 file. Among several keys, the one whose certificate is fit for signing is taken (a
/// key usage that allows it, no CA); which of several such would be a guess about who signs. Without any, it is the
/// first key that has a certificate at all.
pub fn read(file: &[u8], password: &str) -> Result<LocalKey, KeyError> {
    let archive = open(file, password)?;
    if archive.keys.is_empty() {
        return Err(KeyError::NoPrivateKey);
    }
    if archive.certs.is_empty() {
        return Err(KeyError::NoCertificate);
    }
    let (mut fit, mut names, mut second_best) = (None, Vec::new(), None);
    // why the key that goes with a certificate can't be used, if that is so
    let mut complaint = KeyError::NoCertificate;
    let mut pairs = 0..MAX_PAIRS;
    for key in &archive.keys {
        // the certificate whose local key identifier agrees first, as each writer but the oddest makes them
        let same_id = |cert: &&CertificateBag| {
            key.local_key_id.is_some() && key.local_key_id.as_ref().map(AsRef::as_ref) == cert.local_key_id.as_deref()
        };
        let rest = archive.certs.iter().filter(|cert| !same_id(cert));
        for cert in archive.certs.iter().filter(same_id).chain(rest) {
            if pairs.next().is_none() {
                break;
            }
            let certificate = cert.cert.as_der();
            match LocalKey::from_pkcs8(key.key.as_der(), certificate.to_vec(), Vec::new()) {
                Ok(found) if is_fit_for_signing(certificate) => {
                    names.push(name(key, cert));
                    fit = fit.or(Some(found));
                    break;
                }
                Ok(found) => second_best = second_best.or(Some(found)),
                Err(KeyError::Mismatch) => {}
                Err(other) => complaint = other,
            }
        }
    }
    if names.len() > 1 {
        return Err(KeyError::Several { names });
    }
    fit.or(second_best).map(|found| with_chain(found, &archive)).ok_or(complaint)
}

/// What a person calls a key: the friendly name, else the common name in its certificate.
fn name(key: &PrivateKeyBag, certificate: &CertificateBag) -> String {
    let friendly = key.friendly_name.as_ref().or(certificate.friendly_name.as_ref());
    friendly.filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| {
        let parsed = X509Certificate::from_der(certificate.cert.as_der()).ok();
        let common_name = parsed.as_ref().and_then(|(_, c)| c.subject().iter_common_name().next()?.as_str().ok());
        common_name.unwrap_or("without a name").to_owned()
    })
}

fn with_chain(key: LocalKey, archive: &Pkcs12Archive) -> LocalKey {
    let others: Vec<&[u8]> = archive.certs.iter().map(|c| c.cert.as_der()).collect();
    let chain = chain(key.certificate(), &others);
    key.with_chain(chain)
}

/// A PKCS#8 private key that is encrypted by a password (EncryptedPrivateKeyInfo, RFC 5208 section 6), decrypted.
pub(super) fn decrypt_pkcs8(encrypted: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    // a shrouded key bag is the same structure, and knows the same ciphers: it is put into a PKCS#12 file
    // without a MAC
    let archive = open(&super::wrap::shrouded_key(encrypted), password)?;
    let key = archive.keys.first().ok_or(KeyError::NoPrivateKey)?;
    Ok(Zeroizing::new(key.key.as_der().to_vec()))
}

fn open(file: &[u8], password: &str) -> Result<Pkcs12Archive, KeyError> {
    // without a MAC a wrong password shows itself only by what comes out
    let garbled =
        |what| if has_mac(file) == Some(false) { KeyError::WrongPassword } else { KeyError::Unreadable { what } };
    Pkcs12Archive::from_pkcs12(file, password).map_err(|error| match error {
        P12Error::MacError(_) | P12Error::UnpadError | P12Error::Pkcs5Error(_) => KeyError::WrongPassword,
        P12Error::UnsupportedEncryptionScheme | P12Error::UnsupportedMacAlgorithm => {
            KeyError::Unsupported { what: "the file's encryption".to_owned() }
        }
        P12Error::InvalidParameters => {
            KeyError::Unsupported { what: "the file's key derivation (of more than 1,000,000 iterations)".to_owned() }
        }
        P12Error::InvalidPrivateKey => garbled("the private key"),
        P12Error::X509Error(_) => garbled("a certificate"),
        _ => garbled("the PKCS#12 file"),
    })
}

/// Whether a PFX has its third member, macData. None if it is no PFX.
fn has_mac(file: &[u8]) -> Option<bool> {
    let mut members = Reader::new(file, Limits::in_force()).sequence("the PFX").ok()?;
    members.expect(tag::INTEGER, "the version").ok()?;
    members.expect(tag::SEQUENCE, "the contents").ok()?;
    Some(!members.is_empty())
}

/// A PKCS#12 file with one key (PKCS#8) and its certificates, under a name and a password: PBES2 with
/// HMAC-SHA-256 and AES-256, which openssl, Java and Windows (since 2019) read.
pub fn write(
    pkcs8: &[u8],
    certificate: &[u8],
    chain: &[Vec<u8>],
    name: &str,
    password: &str,
    iterations: u32,
) -> Result<Vec<u8>, KeyError> {
    let unreadable = |what| move |_| KeyError::Unreadable { what };
    let key = PrivateKey::from_der(pkcs8).map_err(unreadable("the private key"))?;
    let mut certificates = Vec::new();
    for der in std::iter::once(certificate).chain(chain.iter().map(Vec::as_slice)) {
        certificates.push(Certificate::from_der(der).map_err(unreadable("a certificate"))?);
    }
    // any identifier that key and certificate share
    let id = crate::digest::sha256(certificate).to_vec();
    let mut store = KeyStore::new();
    store.add_entry(name, KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(id, key, certificates)));
    let writer = store.writer(password).encryption_iterations(iterations).mac_iterations(iterations);
    writer.write().map_err(|_| KeyError::Unsupported { what: "this key in a PKCS#12 file".to_owned() })
}

/// The issuers of a certificate among others, its own first. A self-signed root is left out: who verifies has
/// it, or does not believe it.
pub(super) fn chain(certificate: &[u8], others: &[&[u8]]) -> Vec<Vec<u8>> {
    let parse = |der| X509Certificate::from_der(der).ok().map(|(_, c)| c);
    let parsed: Vec<(&[u8], X509Certificate<'_>)> = others.iter().filter_map(|d| Some((*d, parse(d)?))).collect();
    let mut found: Vec<Vec<u8>> = Vec::new();
    let Some(mut current) = parse(certificate) else { return found };
    let mut current_der = certificate;
    while current.issuer().as_raw() != current.subject().as_raw() && found.len() < Limits::DEFAULT.path_length {
        let of_the_name = |(der, c): &&(&[u8], X509Certificate<'_>)| {
            let self_signed = c.issuer().as_raw() == c.subject().as_raw();
            c.subject().as_raw() == current.issuer().as_raw() && !self_signed && !found.iter().any(|f| f == der)
        };
        // of a CA that has changed its key there may be several
        let mut candidates = parsed.iter().filter(of_the_name);
        let first = candidates.clone().next();
        let Some((der, next)) = candidates.find(|(der, _)| has_signed(der, current_der)).or(first) else { break };
        found.push(der.to_vec());
        current = next.clone();
        current_der = *der;
    }
    found
}

/// Whether the key of one certificate has signed another.
fn has_signed(issuer: &[u8], certificate: &[u8]) -> bool {
    let (Ok(issuer), Ok(certificate)) =
        (certificate::Certificate::parse(issuer), certificate::Certificate::parse(certificate))
    else {
        return false;
    };
    let signed = Signed::Message(certificate.tbs());
    let (key, algorithm) = (issuer.subject_public_key_info(), certificate.signature_algorithm());
    crypto::verify(key, algorithm, None, signed, certificate.signature()).is_ok()
}

/// Whether a certificate may be meant for signing documents. The full check is the trust floor's.
fn is_fit_for_signing(certificate: &[u8]) -> bool {
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else { return false };
    let usage = certificate.key_usage().ok().flatten();
    let allowed = usage.is_none_or(|u| u.value.digital_signature() || u.value.non_repudiation());
    allowed && !certificate.is_ca()
}
