//! Whether a certificate is revoked: revocation lists (RFC 5280 section 6.3) and OCSP responses (RFC 6960).
//!
//! The data may be younger than the time that is asked about, as in a signature that carries what was fetched after
//! it was time-stamped. A revocation after that time does not count; that a younger answer knows of none does, as long as
//! it was made while the certificate was valid, because expired certificates are dropped from lists.

mod certificate_list;
mod crl;
mod ocsp;

use super::build::Search;
use super::certificate::Certificate;
use super::crypto::SchemeFacts;
use super::path::{ProblemKind, Purpose, RevocationMode};
use super::work::Work;
pub use certificate_list::CertificateList;
use crl::Crl;
use ocsp::Response;
use time::OffsetDateTime;

/// What is known of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It was not revoked at the time.
    Good,
    /// It was revoked at the time.
    Revoked {
        /// Since when.
        time: OffsetDateTime,
        /// Why (RFC 5280 section 5.3.1).
        reason: Option<&'static str>,
    },
    /// It cannot be told.
    Unknown {
        /// Why not.
        why: String,
    },
}

/// When and why a certificate was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// Since when.
    pub time: OffsetDateTime,
    /// Why (RFC 5280 section 5.3.1).
    pub reason: Option<&'static str>,
}

/// What a revocation list or an OCSP response says of a certificate: revocation status information, in the words of
/// EN 319 102-1.
#[derive(Debug, Clone)]
pub struct Statement {
    /// SHA-256 of the list or response, as it is at hand.
    pub source: [u8; 32],
    /// Whether the certificate is revoked.
    pub revoked: Option<Revoked>,
    /// When that was known to be so: its issuance date.
    pub this_update: OffsetDateTime,
    /// Until when it is current.
    pub next_update: OffsetDateTime,
    /// Since when the source keeps what it knows of expired certificates: expiredCertsOnCRL, archiveCutoff.
    pub knows_expired_since: Option<OffsetDateTime>,
    /// Who said it.
    pub signer: Certificate,
    /// The signer's certificate travels within the response.
    pub carries_signer: bool,
    /// By which scheme it is signed.
    pub scheme: SchemeFacts,
}

impl Statement {
    /// Whether that the certificate is not revoked can be told from it: expired certificates are dropped from lists.
    pub fn knows(&self, certificate: &Certificate) -> bool {
        let not_after = certificate.not_after();
        self.this_update <= not_after || self.knows_expired_since.is_some_and(|since| since <= not_after)
    }
}

/// All that is said of a certificate, the youngest first. `above` and `issuer_key` as in [`status`].
pub fn statements(
    work: &Work<'_, '_>,
    certificate: &Certificate,
    above: &[Certificate],
    issuer_key: &[u8],
) -> Vec<Statement> {
    let Some((issuer, anchor)) = above.first().zip(above.last()) else { return Vec::new() };
    let subject = Subject { certificate, issuer, issuer_key, anchor };
    work.open.borrow_mut().push(certificate.sha256());
    let mut all = ocsp::statements(work, &subject);
    all.extend(crl::statements(work, &subject));
    work.open.borrow_mut().pop();
    all.sort_by_key(|statement| std::cmp::Reverse(statement.this_update));
    all
}

/// Lists and responses, read.
pub struct Evidence<'a> {
    /// The youngest first.
    crls: Vec<Crl<'a>>,
    responses: Vec<Response>,
}

impl<'a> Evidence<'a> {
    /// What cannot be read is passed over: it says nothing.
    pub fn read(crls: &'a [CertificateList], ocsps: &'a [Vec<u8>]) -> Self {
        let mut crls: Vec<Crl<'a>> = crls.iter().filter_map(Crl::read).collect();
        crls.sort_by_key(|crl| std::cmp::Reverse(crl.this_update));
        let responses = ocsps.iter().filter_map(|der| Response::read(der)).collect();
        Self { crls, responses }
    }
}

/// The name of a CRLReason (RFC 5280 section 5.3.1).
pub fn reason_name(code: u8) -> Option<&'static str> {
    Some(match code {
        0 => "unspecified",
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        6 => "certificateHold",
        8 => "removeFromCRL",
        9 => "privilegeWithdrawn",
        10 => "aACompromise",
        _ => return None,
    })
}

/// Whether a certificate needs no revocation data: it is too short-lived (ETSI EN 319 412-1 clause 5.2), or its CA says that
/// nothing will be said about it (id-pkix-ocsp-nocheck, RFC 6960 section 4.2.2.2.1).
pub fn needs_none(certificate: &Certificate) -> bool {
    certificate.extensions().short_term || certificate.extensions().ocsp_nocheck
}

/// What is known of a certificate whose issuers are `above`, the anchor last. `issuer_key` is the key of its issuer.
pub fn status(work: &Work<'_, '_>, certificate: &Certificate, above: &[Certificate], issuer_key: &[u8]) -> Status {
    if needs_none(certificate) {
        return Status::Good;
    }
    let Some((issuer, anchor)) = above.first().zip(above.last()) else { return Status::Good };
    let id = certificate.sha256();
    if work.open.borrow().last() == Some(&id) {
        // the list that a CA names for its list's signer is the one it signs: whether it lists itself is looked at there
        return Status::Good;
    }
    if work.open.borrow().contains(&id) {
        return Status::Unknown { why: "its revocation data depends on itself".to_owned() };
    }
    work.open.borrow_mut().push(id);
    let subject = Subject { certificate, issuer, issuer_key, anchor };
    let (by_ocsp, by_crl) = (ocsp::status(work, &subject), crl::status(work, &subject));
    work.open.borrow_mut().pop();
    match (by_ocsp, by_crl) {
        (revoked @ Status::Revoked { .. }, _) | (_, revoked @ Status::Revoked { .. }) => revoked,
        (Status::Good, _) | (_, Status::Good) => Status::Good,
        (Status::Unknown { why }, Status::Unknown { why: other }) => {
            let why = match (why.is_empty(), other.is_empty()) {
                (true, true) => "there is no revocation data for it".to_owned(),
                (false, false) => format!("{why}; {other}"),
                _ => why + &other,
            };
            Status::Unknown { why }
        }
    }
}

/// Whose status is asked for.
struct Subject<'s> {
    certificate: &'s Certificate,
    issuer: &'s Certificate,
    issuer_key: &'s [u8],
    anchor: &'s Certificate,
}

impl Subject<'_> {
    /// Whether an answer of that age can say that the certificate was not revoked at the time.
    fn is_fresh(
        &self,
        at: OffsetDateTime,
        this_update: OffsetDateTime,
        next_update: OffsetDateTime,
        knows_expired_since: Option<OffsetDateTime>,
    ) -> bool {
        let not_after = self.certificate.not_after();
        let knows = this_update <= at
            || this_update <= not_after
            || knows_expired_since.is_some_and(|since| since <= not_after);
        next_update >= at && knows
    }
}

/// Whether a certificate other than the issuer's may sign revocation data: a good path leads from it to the same anchor.
fn is_trusted(work: &Work<'_, '_>, signer: &Certificate, anchor: &Certificate) -> bool {
    // how deep signers of revocation data may depend on each other's
    const DEEPEST: usize = 4;
    if work.open.borrow().len() >= DEEPEST {
        return false;
    }
    let report = Search::new(work, Purpose::Any).to(anchor).run(signer);
    report
        .problems
        .iter()
        .all(|p| p.kind == ProblemKind::RevocationUnknown && work.question.revocation != RevocationMode::Require)
}

/// Whether the algorithm of a signature over revocation data is good enough.
fn is_strong(work: &Work<'_, '_>, facts: &SchemeFacts) -> bool {
    work.question.purpose == Purpose::Any || work.library.algorithms.check(facts, work.at()).is_ok()
}
