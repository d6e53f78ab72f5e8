//! What signing and extending ask of others: time-stamps of TSAs, and of CAs how certificates stand. The data folder's own
//! authority is asked within this process, all others over the network.

use crate::cms::ocsp::OcspResponse;
use crate::data_folder::DataFolder;
use crate::digest::DigestAlgorithm;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::net::cache::{Answer, Cache};
use crate::net::http::Http;
use crate::net::status::{self, RevocationData};
use crate::net::tsp::{self, TimeStamp};
use crate::net::{ChosenBy, shown};
use crate::pades::dss::ValidationData;
use crate::pki::algorithms::AlgorithmPolicy;
use crate::pki::anchors::TrustAnchors;
use crate::pki::certificate::Certificate;
use crate::pki::material::TrustMaterial;
use crate::pki::path::{self, PathInputs, PathReport, PolicyInputs, ProblemKind, Purpose, RevocationMode};
use crate::pki::{CertificateList, needs_no_revocation_data};
use crate::trust_services::Near;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

/// How long it counts what was found out of a certificate: a revocation shall be known soon.
const FRESH: Duration = Duration::minutes(5);
/// How long it counts that nothing could be found out: a line that is down shall not be waited for each time.
const IN_VAIN: Duration = Duration::seconds(30);
/// Bytes by which tokens of one TSA differ: serial numbers, fractions of seconds, the signature values of ECDSA.
const TOKEN_SLACK: usize = 24;
/// How deep signers of revocation data may depend on each other's.
const DEEPEST: usize = 3;

/// Whether a certificate signs whose revocation status is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownStatus {
    /// It does, with a warning.
    Warn,
    /// It does not.
    Refuse,
}

/// Whoever is asked, and what was learnt from them; for as long as the program runs.
pub struct Outside {
    http: Http,
    tsas: Vec<Zeroizing<String>>,
    unknown_status: UnknownStatus,
    /// What was found out of certificates, by their SHA-256.
    standings: Mutex<HashMap<[u8; 32], Arc<Standing>>>,
    /// Bytes of a token of each TSA, by its address as it may be shown. Held while a TSA that is not known yet is asked.
    tokens: tokio::sync::Mutex<HashMap<String, usize>>,
    /// The certificates of TSAs that were asked, SHA-256.
    tsa_certificates: Mutex<HashSet<[u8; 32]>>,
}

impl Outside {
    /// Over this network, with TSAs in the order in which they are asked: without any, the data folder's own.
    pub fn new(http: Http, tsas: Vec<Zeroizing<String>>, unknown_status: UnknownStatus) -> Self {
        Self {
            http,
            tsas,
            unknown_status,
            standings: Mutex::default(),
            tokens: tokio::sync::Mutex::default(),
            tsa_certificates: Mutex::default(),
        }
    }
}

/// What was found out of a certificate.
#[derive(Debug)]
pub struct Standing {
    /// The certificate first, then its issuers.
    path: Vec<Certificate>,
    /// All certificates and revocation data for it.
    data: ValidationData,
    /// The revocation lists among it.
    crls: Vec<CertificateList>,
    /// What could not be found out.
    unknown: Vec<String>,
    found: OffsetDateTime,
}

/// A certificate that is asked about.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// Certificates that came along with it.
    pub others: &'a [Certificate],
    /// What it is used for.
    pub purpose: Purpose,
    /// Who chose it: see [`ChosenBy`].
    pub chosen_by: ChosenBy,
}

impl Asked<'_> {
    fn validate(
        &self,
        anchors: &TrustAnchors,
        intermediates: &[Certificate],
        (crls, ocsps): (&[CertificateList], &[Vec<u8>]),
        at: OffsetDateTime,
        revocation: RevocationMode,
    ) -> PathReport {
        path::validate(
            self.certificate,
            &PathInputs {
                anchors,
                intermediates,
                crls,
                ocsps,
                at,
                revocation,
                purpose: self.purpose,
                policies: PolicyInputs::default(),
                algorithms: &AlgorithmPolicy::default(),
                limits: Limits::in_force(),
            },
        )
    }
}

/// Asks, for one file or for many.
pub struct Services<'a> {
    folder: &'a DataFolder,
    trust: &'a TrustMaterial,
    given: &'a [RevocationData],
    outside: &'a Outside,
    near: Near<'a>,
    tsas: Vec<Zeroizing<String>>,
    cache: Cache,
}

impl<'a> Services<'a> {
    /// Who is believed is in `trust`; `given` is revocation data that comes before any that is asked for.
    pub async fn new(
        folder: &'a DataFolder,
        trust: &'a TrustMaterial,
        given: &'a [RevocationData],
        outside: &'a Outside,
    ) -> Result<Self> {
        let near = Near::new(folder, &outside.http).await?;
        let mut tsas = outside.tsas.clone();
        if tsas.is_empty() {
            tsas.extend(near.tsa().map(Zeroizing::new));
        }
        let cache = Cache::new(folder.path.join("cache"));
        Ok(Self { folder, trust, given, outside, near, tsas, cache })
    }

    /// Who is believed, and what is at hand.
    pub const fn trust(&self) -> &TrustMaterial {
        self.trust
    }

    /// What is done where a status is not known.
    pub const fn unknown_status(&self) -> UnknownStatus {
        self.outside.unknown_status
    }

    /// The time now.
    pub fn now(&self) -> OffsetDateTime {
        self.folder.now()
    }

    /// Whether there is a TSA to be asked.
    pub fn has_tsa(&self) -> bool {
        !self.tsas.is_empty()
    }

    fn tsa_client(&self) -> Result<tsp::Client<'_>> {
        if self.tsas.is_empty() {
            let error = Error::new(Kind::Usage, "tsa.none", "the time-stamp", "there is no TSA to be asked");
            return Err(error.hint("--tsa names one, or the setting sign.tsa"));
        }
        let (fetch, random) = (&self.near, &*self.folder.random);
        Ok(tsp::Client { fetch, random, servers: &self.tsas, policy: None, trust: self.trust })
    }

    /// A time-stamp of these bytes.
    pub async fn time_stamp(&self, algorithm: DigestAlgorithm, digest: &[u8]) -> Result<TimeStamp> {
        let stamp = self.tsa_client()?.time_stamp(algorithm, digest).await?;
        let mut tokens = self.outside.tokens.lock().await;
        self.learn(&mut tokens, &stamp);
        Ok(stamp)
    }

    fn learn(&self, tokens: &mut HashMap<String, usize>, stamp: &TimeStamp) {
        let certificates = &self.outside.tsa_certificates;
        certificates.lock().unwrap_or_else(PoisonError::into_inner).insert(stamp.certificate.sha256());
        let old = tokens.insert(stamp.server.clone(), stamp.token.len());
        if old.is_none_or(|old| old.abs_diff(stamp.token.len()) > TOKEN_SLACK) {
            self.cache.put(Answer::TimeStamp, stamp.server.as_bytes(), &stamp.token);
        }
    }

    /// Bytes that the next token takes: as many as the last one. A TSA that gave none yet is asked for one of random
    /// bytes, which tells it nothing.
    pub async fn token_room(&self) -> Result<usize> {
        let client = self.tsa_client()?;
        let first = shown(client.servers.first().map(|s| s.as_str()).unwrap_or_default());
        let mut tokens = self.outside.tokens.lock().await;
        if let Some(len) = tokens.get(&first) {
            return Ok(len.saturating_add(TOKEN_SLACK));
        }
        if let Some(kept) = self.cache.get(Answer::TimeStamp, first.as_bytes()) {
            tokens.insert(first, kept.len());
            return Ok(kept.len().saturating_add(TOKEN_SLACK));
        }
        let stamp = client.time_stamp(DigestAlgorithm::Sha256, &self.folder.random::<32>()?).await?;
        self.learn(&mut tokens, &stamp);
        // the first one did not answer: until it does, the one that did counts
        tokens.insert(first, stamp.token.len());
        Ok(stamp.token.len().saturating_add(TOKEN_SLACK))
    }

    /// Who chose a certificate that is in a document: the operator those of keys in the key store and of the TSAs that were
    /// asked.
    pub async fn chosen_by(&self, certificate: &Certificate, otherwise: ChosenBy) -> Result<ChosenBy> {
        let id = certificate.sha256();
        let is_tsa = self.outside.tsa_certificates.lock().unwrap_or_else(PoisonError::into_inner).contains(&id);
        if is_tsa || otherwise == ChosenBy::Operator {
            return Ok(ChosenBy::Operator);
        }
        let keys = self.folder.store.read().await?.signing_keys().await?;
        let is_own = keys.iter().any(|key| key.certificate == certificate.der());
        Ok(if is_own { ChosenBy::Operator } else { otherwise })
    }

    fn status_client(&self, chosen_by: ChosenBy) -> status::Client<'_> {
        let now = self.now();
        let since = now.saturating_sub(FRESH);
        status::Client { fetch: &self.near, random: &*self.folder.random, cache: &self.cache, chosen_by, now, since }
    }

    /// Finds out how a certificate and those above it stand.
    pub async fn standing(&self, asked: Asked<'_>) -> Arc<Standing> {
        let id = asked.certificate.sha256();
        let kept = self.outside.standings.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        let counts = |standing: &Arc<Standing>| {
            let most = if standing.unknown.is_empty() { FRESH } else { IN_VAIN };
            self.now() < standing.found.saturating_add(most)
        };
        if let Some(kept) = kept.filter(counts) {
            return kept;
        }
        let found = Arc::new(self.find_out(asked).await);
        self.outside.standings.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&found));
        found
    }

    async fn find_out(&self, asked: Asked<'_>) -> Standing {
        let client = self.status_client(asked.chosen_by);
        let mut unknown = Vec::new();
        let mut crls: Vec<CertificateList> = Vec::new();
        let path = self.path(asked, &client, &mut unknown).await;
        let mut data = ValidationData {
            certificates: path.iter().map(|c| c.der().to_vec()).collect(),
            ..ValidationData::default()
        };
        let mut open: Vec<(Certificate, Certificate, usize)> =
            path.iter().zip(path.iter().skip(1)).map(|(c, i)| (c.clone(), i.clone(), 0)).rev().collect();
        while let Some((certificate, issuer, depth)) = open.pop() {
            if needs_no_revocation_data(&certificate) {
                continue;
            }
            let more = match self.revocation_data(&client, &certificate, &issuer).await {
                Ok(Some(RevocationData::Crl(crl))) => {
                    let data = ValidationData { crls: vec![crl.der().to_vec()], ..ValidationData::default() };
                    crls.push(crl);
                    data
                }
                Ok(Some(RevocationData::Ocsp(ocsp))) => {
                    // a responder that the issuer named has a certificate of its own
                    let responders: Vec<Certificate> = responders(&ocsp, &issuer);
                    let certificates = responders.iter().map(|c| c.der().to_vec()).collect();
                    if depth < DEEPEST {
                        open.extend(responders.into_iter().map(|c| (c, issuer.clone(), depth.saturating_add(1))));
                    }
                    ValidationData { certificates, ocsps: vec![ocsp], crls: Vec::new() }
                }
                Ok(None) => continue,
                Err(error) => {
                    unknown.push(error.to_string());
                    continue;
                }
            };
            data.merge(more);
        }
        Standing { path, data, crls, unknown, found: self.now() }
    }

    /// What was given, else what the CA says now, else what is at hand.
    async fn revocation_data(
        &self,
        client: &status::Client<'_>,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<Option<RevocationData>> {
        let tells = |data: &&RevocationData| client.tells(data, certificate, issuer);
        if let Some(given) = self.given.iter().find(tells) {
            return Ok(Some(given.clone()));
        }
        let error = match client.revocation_data(certificate, issuer).await {
            Ok(found) => return Ok(found),
            Err(error) => error,
        };
        let ocsps = self.trust.ocsps.iter().cloned().map(RevocationData::Ocsp);
        let crls = self.trust.crls.iter().cloned().map(RevocationData::Crl);
        ocsps.chain(crls).find(|data| tells(&data)).map(Some).ok_or(error)
    }

    /// The certificate and its issuers, up to a trust anchor or one that issued itself; an issuer that is not at hand is
    /// fetched from where the certificate says that it is.
    async fn path(&self, asked: Asked<'_>, client: &status::Client<'_>, unknown: &mut Vec<String>) -> Vec<Certificate> {
        let mut known = [asked.others, &self.trust.certificates].concat();
        loop {
            let report = asked.validate(&self.trust.anchors, &known, (&[], &[]), self.now(), RevocationMode::Ignore);
            let mut path = report.path;
            // without anchors, the last one is its own issuer as often as you like
            if let Some(last) = path.iter().position(Certificate::is_self_issued) {
                path.truncate(last.saturating_add(1));
            }
            let is_open = report.problems.iter().any(|p| p.kind == ProblemKind::NoChain);
            let Some(last) = path.last().filter(|last| is_open && !last.is_self_issued()).cloned() else { return path };
            if path.len() >= Limits::in_force().path_length {
                return path;
            }
            match client.issuer(&last).await {
                Ok(issuer) if !known.contains(&issuer) => known.push(issuer),
                Ok(_) => return path,
                Err(error) => {
                    unknown.push(error.to_string());
                    return path;
                }
            }
        }
    }

    /// Whether a certificate is good at a time by this data alone. Where nobody is trusted, the end of its path is taken
    /// for an anchor: what is asked is whether the data is complete.
    pub fn judge(&self, asked: Asked<'_>, data: &ValidationData, at: OffsetDateTime) -> PathReport {
        let certificates: Vec<Certificate> =
            data.certificates.iter().filter_map(|der| Certificate::parse(der).ok()).collect();
        let all = [&certificates, asked.others].concat();
        let crls: Vec<CertificateList> = data.crls.iter().cloned().map(CertificateList::from).collect();
        let data = (&crls[..], &data.ocsps[..]);
        if !self.trust.anchors.is_empty() {
            return asked.validate(&self.trust.anchors, &all, data, at, RevocationMode::Require);
        }
        let ends = all.iter().filter(|c| c.is_self_issued()).cloned().collect();
        asked.validate(&TrustAnchors::new(ends), &all, data, at, RevocationMode::Require)
    }

    /// Judges a certificate now, by all that is at hand and can be found out.
    pub async fn judge_now(&self, asked: Asked<'_>, mode: RevocationMode) -> (PathReport, Arc<Standing>) {
        let standing = self.standing(asked).await;
        let ocsps = [&standing.data.ocsps[..], &self.trust.ocsps].concat();
        let crls = [&standing.crls[..], &self.trust.crls].concat();
        let all = [&standing.path, asked.others, &self.trust.certificates].concat();
        (asked.validate(&self.trust.anchors, &all, (&crls, &ocsps), self.now(), mode), standing)
    }

    /// All that is needed to validate a certificate that was used at a time: its path with the status of each certificate.
    /// Refused if that is not to be had, or says that the certificate was not good then.
    pub async fn validation_data(&self, asked: Asked<'_>, at: OffsetDateTime) -> Result<ValidationData> {
        let standing = self.standing(asked).await;
        let report = self.judge(asked, &standing.data, at);
        let Some(problem) = report.problems.first() else { return Ok(standing.data.clone()) };
        let what = format!("certificate of {}", asked.certificate.display());
        let is_lack = matches!(problem.kind, ProblemKind::RevocationUnknown | ProblemKind::NoChain);
        match standing.unknown.first().filter(|_| is_lack) {
            Some(why) => Err(Error::new(Kind::Unavailable, "level.unavailable", what, why)),
            None if problem.kind == ProblemKind::RevocationUnknown => {
                Err(Error::new(Kind::Unavailable, "level.unavailable", what, &problem.message))
            }
            None => Err(Error::new(Kind::NotAllowed, "level.certificate", what, &problem.message)),
        }
    }
}

impl Standing {
    /// Certificates and revocation data that were found.
    pub const fn data(&self) -> &ValidationData {
        &self.data
    }

    /// What could not be found out.
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }
}

/// The certificates in an OCSP response that the issuer gave to others: those of its responders.
fn responders(ocsp: &[u8], issuer: &Certificate) -> Vec<Certificate> {
    let basic = OcspResponse::parse(ocsp, Limits::in_force()).ok().and_then(|response| response.basic);
    let certificates = basic.map(|basic| basic.certificates).unwrap_or_default();
    let mut found: Vec<Certificate> = certificates.iter().filter_map(|der| Certificate::parse(der).ok()).collect();
    found.retain(|c| c != issuer && c.issuer() == issuer.subject());
    found
}
