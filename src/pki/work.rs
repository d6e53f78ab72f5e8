//! What validations of certificates share: the certificates at hand by name, revocation data that was read, signatures that
//! were verified; and the budgets of one validation.

use super::algorithms::AlgorithmPolicy;
use super::anchors::TrustAnchors;
use super::certificate::Certificate;
use super::crypto::{self, CryptoError, SchemeFacts, Signed};
use super::name::Name;
use super::path::{PathInputs, Question};
use super::revocation::{CertificateList, Evidence};
use crate::digest::sha256;
use crate::limits::Limits;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use time::OffsetDateTime;

/// What carries a message, an algorithm and a signature value, and the key: SHA-256 of each.
type SignatureId = ([u8; 32], [u8; 32]);

/// Signatures that were verified, each once for its message and key.
#[derive(Debug, Default)]
pub struct VerifiedSignatures(RefCell<HashMap<SignatureId, Result<SchemeFacts, CryptoError>>>);

/// What is at hand: anchors, certificates, revocation data.
pub struct Library<'a> {
    pub anchors: &'a TrustAnchors,
    pub intermediates: &'a [Certificate],
    crls: &'a [CertificateList],
    ocsps: &'a [Vec<u8>],
    pub algorithms: &'a AlgorithmPolicy,
    pub limits: Limits,
    /// The intermediates by their subject.
    pool: OnceCell<HashMap<&'a Name, Vec<&'a Certificate>>>,
    verified: Rc<VerifiedSignatures>,
    evidence: OnceCell<Evidence<'a>>,
}

impl<'a> Library<'a> {
    pub fn new(inputs: &PathInputs<'a>, verified: Rc<VerifiedSignatures>) -> Self {
        Self {
            anchors: inputs.anchors,
            intermediates: inputs.intermediates,
            crls: inputs.crls,
            ocsps: inputs.ocsps,
            algorithms: inputs.algorithms,
            limits: *inputs.limits,
            pool: OnceCell::new(),
            verified,
            evidence: OnceCell::new(),
        }
    }

    fn intermediates_named(&self, subject: &Name) -> &[&'a Certificate] {
        let pool = self.pool.get_or_init(|| {
            let mut pool: HashMap<&Name, Vec<&Certificate>> = HashMap::new();
            let mut seen = HashSet::new();
            for certificate in self.intermediates {
                if seen.insert(certificate.sha256()) {
                    pool.entry(certificate.subject()).or_default().push(certificate);
                }
            }
            pool
        });
        pool.get(subject).map(Vec::as_slice).unwrap_or_default()
    }

    /// The revocation data, read when it is first asked for.
    pub fn evidence(&self) -> &Evidence<'a> {
        self.evidence.get_or_init(|| Evidence::read(self.crls, self.ocsps))
    }
}

/// A certificate that may be the issuer of another.
#[derive(Clone, Copy)]
pub struct Candidate<'a> {
    pub certificate: &'a Certificate,
    pub anchor: bool,
}

/// One validation.
pub struct Work<'w, 'a> {
    pub library: &'w Library<'a>,
    pub question: &'w Question,
    /// The anchors that are believed.
    anchors: Vec<&'a Certificate>,
    at: Cell<OffsetDateTime>,
    steps: Cell<usize>,
    signatures: Cell<usize>,
    /// Certificates whose revocation is being looked into, each for the sake of the one before.
    pub open: RefCell<Vec<[u8; 32]>>,
}

impl<'w, 'a> Work<'w, 'a> {
    pub fn new(library: &'w Library<'a>, question: &'w Question) -> Self {
        let mut seen = HashSet::new();
        let believed = library.anchors.believed(question.trusted_for, question.at);
        let anchors = believed.filter(|anchor| seen.insert(anchor.sha256())).collect();
        Self {
            library,
            question,
            anchors,
            at: Cell::new(question.at),
            steps: Cell::new(library.limits.path_steps),
            signatures: Cell::new(library.limits.path_signatures),
            open: RefCell::default(),
        }
    }

    pub fn limits(&self) -> &'w Limits {
        &self.library.limits
    }

    /// The time at which certificates have to be good.
    pub fn at(&self) -> OffsetDateTime {
        self.at.get()
    }

    /// Does something as of another time.
    pub fn as_of<T>(&self, at: OffsetDateTime, what: impl FnOnce() -> T) -> T {
        let before = self.at.replace(at);
        let result = what();
        self.at.set(before);
        result
    }

    /// Certificates with this subject that may issue others, anchors first.
    pub fn named(&self, subject: &Name) -> Vec<Candidate<'a>> {
        let anchors: Vec<&Certificate> = self.anchors.iter().filter(|a| a.subject() == subject).copied().collect();
        let others = self.library.intermediates_named(subject).iter().filter(|c| !anchors.contains(c));
        let others = others.map(|certificate| Candidate { certificate, anchor: false }).collect::<Vec<_>>();
        let anchors = anchors.iter().map(|certificate| Candidate { certificate, anchor: true });
        anchors.chain(others).collect()
    }

    /// The revocation data.
    pub fn evidence(&self) -> &'w Evidence<'a> {
        self.library.evidence()
    }

    /// Takes a step; false if there is none left.
    pub fn step(&self) -> bool {
        match self.steps.get().checked_sub(1) {
            Some(left) => self.steps.set(left),
            None => return false,
        }
        true
    }

    /// Whether a budget is used up.
    pub fn is_exhausted(&self) -> bool {
        self.steps.get() == 0 || self.signatures.get() == 0
    }

    /// Verifies the signature of what has this SHA-256: once with each key.
    pub fn verify(
        &self,
        signed: [u8; 32],
        spki: &[u8],
        algorithm: &[u8],
        message: Signed<'_>,
        signature: &[u8],
    ) -> Result<SchemeFacts, CryptoError> {
        let key = (signed, sha256(spki));
        if let Some(known) = self.library.verified.0.borrow().get(&key) {
            return known.clone();
        }
        let Some(left) = self.signatures.get().checked_sub(1) else {
            return Err(CryptoError::Unsupported { what: "one more signature (the limit is reached)".to_owned() });
        };
        self.signatures.set(left);
        let found = crypto::verify(spki, algorithm, None, message, signature);
        self.library.verified.0.borrow_mut().insert(key, found.clone());
        found
    }

    /// Verifies the signature of a certificate.
    pub fn verify_certificate(&self, certificate: &Certificate, spki: &[u8]) -> Result<SchemeFacts, CryptoError> {
        let message = Signed::Message(certificate.tbs());
        self.verify(certificate.sha256(), spki, certificate.signature_algorithm(), message, certificate.signature())
    }
}
