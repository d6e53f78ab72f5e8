//! The built-in authority of demos and closed networks: a root, an issuing CA, and who has a certificate of it.
//!
//! | file | what |
//! | --- | --- |
//! | `profile` | what each certificate says |
//! | `crl` | revocation lists |
//! | `ocsp` | OCSP responses |
//! | `tsa` | time-stamps |
//!
//! It stands above `keys` (whose keys it certifies) and uses no files: what it makes is data.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

pub mod crl;
pub mod ocsp;
mod profile;
pub mod tsa;

use crate::cms::CmsError;
use crate::error::{Error, Kind};
use crate::keys::{KeyAlgorithm, KeyError, generate};
use crate::pki::PkiError;
use rand::CryptoRng;
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair, SerialNumber};
use std::fmt;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

/// An agency, its leader, and what its certificates say of them.
#[derive(Debug, Clone, Copy)]
pub struct Agency<'a> {
    /// Province or centrally run city (`ST`).
    pub province: &'a str,
    /// Commune (`L`).
    pub commune: &'a str,
    /// The agency's name (`O`).
    pub name: &'a str,
    /// Its tax code (`UID=MST:...` of the seal and of the receipt issuer).
    pub tax_code: &'a str,
    /// Its leader's name (`CN`).
    pub leader: &'a str,
    /// Its leader's personal identification number (`UID=CCCD:...`).
    pub leader_id: &'a str,
}

impl Agency<'static> {
    /// The commune of the samples. It is made up: no province has the number 000, no agency the tax code.
    pub const SAMPLE: Self = Self {
        province: "Tỉnh Mẫu",
        commune: "Xã Sơn Mẫu",
        name: "ỦY BAN NHÂN DÂN XÃ SƠN MẪU",
        tax_code: "6109999990",
        leader: "Nguyễn Thị Mẫu",
        leader_id: "000175000001",
    };
}

/// What an authority is made from.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// The kind of all its keys.
    pub algorithm: KeyAlgorithm,
    /// The address that `/ocsp`, `/crl/root.crl`, `/crl/issuing.crl`, `/ca/root.cer` and `/ca/issuing.cer` lie under.
    pub url: &'a str,
    /// The agency that certificates are made for.
    pub agency: Agency<'a>,
    /// Now; everything is valid from an hour before.
    pub now: OffsetDateTime,
}

/// A certificate and its private key.
pub struct Credential {
    /// What it is for, in one word: the name of its files.
    pub name: &'static str,
    /// The certificate, in DER.
    pub certificate: Vec<u8>,
    /// The certificates of its issuers, its own first, in DER; the root is not among them.
    pub chain: Vec<Vec<u8>>,
    /// The private key, PKCS#8 in DER.
    pub pkcs8: Zeroizing<Vec<u8>>,
}

/// Never shows the private key.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("name", &self.name).finish_non_exhaustive()
    }
}

/// An authority with what it issued.
#[derive(Debug)]
pub struct Authority {
    /// The root, which is to be trusted: `root`.
    pub root: Credential,
    /// The CA that issues all others: `issuing`.
    pub issuing: Credential,
    /// The root's revocation list, in DER. Nothing is revoked.
    pub root_crl: Vec<u8>,
    /// The issuing CA's revocation list, in DER. Nothing is revoked.
    pub issuing_crl: Vec<u8>,
    /// The agency's leader: `leader`.
    pub leader: Credential,
    /// The agency's seal: `seal`.
    pub seal: Credential,
    /// Who signs the agency's receipts: `receipt`.
    pub receipt: Credential,
    /// The time-stamping authority: `tsa`.
    pub tsa: Credential,
    /// The OCSP responder of the issuing CA: `ocsp`.
    pub ocsp: Credential,
}

/// What can go wrong with an authority.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// The address cannot stand in certificates.
    #[error("{url:?} is not an address such as http://127.0.0.1:8080")]
    Url {
        /// The address.
        url: String,
    },
    /// A key could not be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A certificate or revocation list could not be made.
    #[error("a certificate could not be made: {why}")]
    Certificate {
        /// Why.
        why: String,
    },
    /// A certificate of the authority cannot be read.
    #[error(transparent)]
    Read(#[from] PkiError),
    /// A certificate's key cannot be read.
    #[error(transparent)]
    Cms(#[from] CmsError),
}

impl From<rcgen::Error> for AuthorityError {
    fn from(error: rcgen::Error) -> Self {
        Self::Certificate { why: error.to_string() }
    }
}

impl From<AuthorityError> for Error {
    fn from(error: AuthorityError) -> Self {
        match error {
            AuthorityError::Url { .. } => Self::new(Kind::Usage, "authority.url", "the authority's address", error),
            AuthorityError::Key(error) => error.into(),
            AuthorityError::Read(error) => error.into(),
            AuthorityError::Cms(error) => error.into(),
            AuthorityError::Certificate { .. } => Self::new(Kind::Bug, "authority.certificate", "the authority", error),
        }
    }
}

const ROOT_YEARS: i64 = 20;
const ISSUING_YEARS: i64 = 10;
const HOLDER_YEARS: i64 = 3;
/// Much longer than a CA in earnest would say, so that who only has the files need not renew them.
const FIRST_CRL: Duration = Duration::days(365);

impl Authority {
    /// Makes the keys, certificates and revocation lists. `random` gives the serial numbers; keys have randomness
    /// of their own.
    pub fn create(plan: &Plan<'_>, random: &mut impl CryptoRng) -> Result<Self, AuthorityError> {
        let url = base(plan.url)?;
        let start = plan.now.saturating_sub(Duration::HOUR);
        let mut mark = [0; 3];
        random.fill_bytes(&mut mark);
        let mark = hex::encode_upper(mark);
        let mut dated = |mut params: CertificateParams, years: i64| {
            params.not_before = start;
            params.not_after = start.saturating_add(Duration::days(years.saturating_mul(365)));
            params.serial_number = Some(serial(random));
            params
        };
        let (root_pkcs8, root_key) = key(plan.algorithm)?;
        let root = CertifiedIssuer::self_signed(dated(profile::root(&mark)?, ROOT_YEARS), root_key)?;
        let (issuing_pkcs8, issuing_key) = key(plan.algorithm)?;
        let params = dated(profile::issuing(&mark, url)?, ISSUING_YEARS);
        let issuing = CertifiedIssuer::signed_by(params, issuing_key, &root)?;
        let mut issue = |name, params| -> Result<Credential, AuthorityError> {
            let (pkcs8, key) = key(plan.algorithm)?;
            let certificate = dated(params, HOLDER_YEARS).signed_by(&key, &issuing)?.der().to_vec();
            Ok(Credential { name, certificate, chain: vec![issuing.der().to_vec()], pkcs8 })
        };
        let first_crl = crl::Contents { number: 1, this_update: start, valid: FIRST_CRL, revoked: &[] };
        Ok(Self {
            leader: issue("leader", profile::leader(&plan.agency, url)?)?,
            seal: issue("seal", profile::seal(&plan.agency, url)?)?,
            receipt: issue("receipt", profile::receipt(&plan.agency, url)?)?,
            tsa: issue("tsa", profile::tsa(url)?)?,
            ocsp: issue("ocsp", profile::ocsp(url)?)?,
            root_crl: first_crl.sign_as(&root)?,
            issuing_crl: first_crl.sign_as(&issuing)?,
            issuing: Credential {
                name: "issuing",
                certificate: issuing.der().to_vec(),
                chain: Vec::new(),
                pkcs8: issuing_pkcs8,
            },
            root: Credential { name: "root", certificate: root.der().to_vec(), chain: Vec::new(), pkcs8: root_pkcs8 },
        })
    }

    /// The two CAs, each with its revocation list, the root first.
    pub fn authorities(&self) -> [(&Credential, &[u8]); 2] {
        [(&self.root, &self.root_crl), (&self.issuing, &self.issuing_crl)]
    }

    /// Who has a certificate of the issuing CA.
    pub fn holders(&self) -> [&Credential; 5] {
        [&self.leader, &self.seal, &self.receipt, &self.tsa, &self.ocsp]
    }
}

/// The address without a slash at its end, if it can stand in a URI of a certificate.
fn base(url: &str) -> Result<&str, AuthorityError> {
    let trimmed = url.trim_end_matches('/');
    let rest = trimmed.strip_prefix("http://").or_else(|| trimmed.strip_prefix("https://"));
    let good = |c: u8| c.is_ascii_alphanumeric() || b"-._~:/[]%@".contains(&c);
    match rest {
        Some(rest) if !rest.is_empty() && rest.len() <= 200 && rest.bytes().all(good) => Ok(trimmed),
        _ => Err(AuthorityError::Url { url: url.to_owned() }),
    }
}

fn key(algorithm: KeyAlgorithm) -> Result<(Zeroizing<Vec<u8>>, KeyPair), AuthorityError> {
    let pkcs8 = generate(algorithm)?;
    let pair = KeyPair::try_from(pkcs8.as_slice())?;
    Ok((pkcs8, pair))
}

/// A positive number of 16 octets (RFC 5280 section 4.1.2.2 allows 20).
fn serial(random: &mut impl CryptoRng) -> SerialNumber {
    let mut octets = [0; 16];
    random.fill_bytes(&mut octets);
    let [first, ..] = &mut octets;
    *first = *first & 0x7F | 0x40;
    SerialNumber::from_slice(&octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{LocalKey, SigningKey as _};
    use crate::pki::certificate::Certificate;
    use time::macros::datetime;

    fn plan(algorithm: KeyAlgorithm) -> Plan<'static> {
        Plan { algorithm, url: "http://ca.example/", agency: Agency::SAMPLE, now: datetime!(2026-11-24 08:30 UTC) }
    }

    #[test]
    fn every_key_algorithm_has_certificates_that_go_with_their_keys() {
        for algorithm in [KeyAlgorithm::P256, KeyAlgorithm::P384, KeyAlgorithm::Ed25519] {
            let made = Authority::create(&plan(algorithm), &mut rand::rng()).unwrap();
            let mut serials = std::collections::BTreeSet::new();
            for holder in made.holders().into_iter().chain([&made.root, &made.issuing]) {
                let key =
                    LocalKey::from_pkcs8(&holder.pkcs8, holder.certificate.clone(), holder.chain.clone()).unwrap();
                let certificate = Certificate::parse(key.certificate()).unwrap();
                assert!(certificate.not_before() < plan(algorithm).now);
                serials.insert(certificate.serial().to_vec());
            }
            assert!(serials.len() == 7 && serials.iter().all(|s| s.len() == 16), "{serials:?}");
        }
    }

    #[test]
    fn an_address_that_no_certificate_can_name_is_refused() {
        for url in
            ["", "http://", "ftp://x", "127.0.0.1:8080", "http://ca.ví-dụ.vn", "http://a b", "http://a?b", "http://a\n"]
        {
            assert_eq!(base(url), Err(AuthorityError::Url { url: url.to_owned() }), "{url}");
        }
        assert_eq!(base("https://ca.example:8443/pki/"), Ok("https://ca.example:8443/pki"));
        assert_eq!(base("http://[::1]:8080"), Ok("http://[::1]:8080"));
    }

    #[test]
    fn the_samples_tax_code_has_its_check_digit_and_no_key_is_shown() {
        let digits: Vec<u32> = Agency::SAMPLE.tax_code.chars().filter_map(|c| c.to_digit(10)).collect();
        let sum: u32 = digits.iter().zip([31, 29, 23, 19, 17, 13, 7, 5, 3]).map(|(d, w)| d * w).sum();
        assert_eq!((digits.len(), digits[9]), (10, 10 - sum % 11));
        let made = Authority::create(&plan(KeyAlgorithm::P256), &mut rand::rng()).unwrap();
        assert_eq!(format!("{:?}", made.leader), "Credential { name: \"leader\", .. }");
    }
}
