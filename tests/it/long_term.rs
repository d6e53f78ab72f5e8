//! Signatures are judged by what time-stamps and archived revocation data prove, long after certificates have expired or were
//! revoked (EN 319 102-1 clauses 5.5 and 5.6).

use crate::made::{Holder, Pdf, Revoked, Use, Wanted};
use dauson::cms::ocsp::CertStatus;
use dauson::keys::SigningKey as _;
use dauson::limits::Limits;
use dauson::pdf::source::Source;
use dauson::pki::CertificateList;
use dauson::pki::algorithms::AlgorithmPolicy;
use dauson::pki::anchors::TrustAnchors;
use dauson::pki::path::RevocationMode;
use dauson::validation::report::{SignatureReport, Verdict};
use dauson::validation::{Inputs, validate_pdf};
use rcgen::RevocationReason;
use std::sync::Arc;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

const START: OffsetDateTime = datetime!(2026-01-01 0:00 UTC);
const SIGNED: OffsetDateTime = datetime!(2026-03-01 8:00 UTC);
/// The signer's certificate and that of its CA have expired.
const LATER: OffsetDateTime = datetime!(2035-06-01 0:00 UTC);

fn minutes(count: i64) -> OffsetDateTime {
    SIGNED + Duration::minutes(count)
}

fn days(count: i64) -> OffsetDateTime {
    SIGNED + Duration::days(count)
}

/// Signers under a CA that lives until 2031, and TSAs under a root of their own: one until 2030, one until 2050.
struct Pki {
    root: Holder,
    ca: Holder,
    signer: Holder,
    responder: Holder,
    tsa_root: Holder,
    tsa: Holder,
    tsa_2030: Holder,
}

impl Pki {
    fn new() -> Self {
        let end = datetime!(2060-1-1 0:00 UTC);
        let root = Holder::root(&Wanted::new("Root", Use::Ca, START, end));
        let ca = root.issue(&Wanted::new("CA", Use::Ca, START, datetime!(2031-1-1 0:00 UTC)));
        let signer = ca.issue(&Wanted::new("Signer", Use::Signing, START, datetime!(2028-1-1 0:00 UTC)));
        let responder = ca.issue(&Wanted::new("OCSP", Use::Ocsp, START, datetime!(2028-1-1 0:00 UTC)));
        let tsa_root = Holder::root(&Wanted::new("TSA Root", Use::Ca, START, end));
        let tsa = tsa_root.issue(&Wanted::new("TSA", Use::TimeStamping, START, datetime!(2050-1-1 0:00 UTC)));
        let tsa_2030 =
            tsa_root.issue(&Wanted::new("TSA until 2030", Use::TimeStamping, START, datetime!(2030-1-1 0:00 UTC)));
        Self { root, ca, signer, responder, tsa_root, tsa, tsa_2030 }
    }

    fn lists(&self, at: OffsetDateTime) -> Vec<Vec<u8>> {
        vec![
            self.root.crl(at, Duration::days(180), &[]),
            self.ca.crl(at, Duration::days(7), &[]),
            self.tsa_root.crl(at, Duration::days(180), &[]),
        ]
    }

    /// B-T: signed and time-stamped a minute later.
    fn b_t(&self) -> Pdf {
        Pdf::new().sign(&self.signer, SIGNED, Some((&self.tsa, minutes(1))))
    }

    /// B-LT: with revocation data of five minutes later.
    fn b_lt(&self) -> Pdf {
        self.b_t().store(&[&self.ca, &self.tsa], &self.lists(minutes(5)), &[])
    }

    /// B-LTA: and a document time-stamp.
    fn b_lta(&self) -> Pdf {
        self.b_lt().stamp(&self.tsa, minutes(10))
    }

    fn judge(&self, pdf: &Pdf, at: OffsetDateTime, crls: &[Vec<u8>]) -> Judged {
        self.judge_by(pdf, at, crls, &[], RevocationMode::Require, &AlgorithmPolicy::default())
    }

    fn judge_by(
        &self,
        pdf: &Pdf,
        at: OffsetDateTime,
        crls: &[Vec<u8>],
        ocsps: &[Vec<u8>],
        revocation: RevocationMode,
        algorithms: &AlgorithmPolicy,
    ) -> Judged {
        let anchors = TrustAnchors::new(vec![self.root.certificate(), self.tsa_root.certificate()]);
        self.judge_all(pdf, at, crls, ocsps, revocation, algorithms, &anchors)
    }

    fn judge_with(
        &self,
        pdf: &Pdf,
        at: OffsetDateTime,
        crls: &[Vec<u8>],
        ocsps: &[Vec<u8>],
        anchors: &TrustAnchors,
    ) -> Judged {
        self.judge_all(pdf, at, crls, ocsps, RevocationMode::Require, &AlgorithmPolicy::default(), anchors)
    }

    #[allow(clippy::too_many_arguments)]
    fn judge_all(
        &self,
        pdf: &Pdf,
        at: OffsetDateTime,
        crls: &[Vec<u8>],
        ocsps: &[Vec<u8>],
        revocation: RevocationMode,
        algorithms: &AlgorithmPolicy,
        anchors: &TrustAnchors,
    ) -> Judged {
        // a TSA that is alive has a list of the day
        let own = self.tsa_root.crl(at - Duration::HOUR, Duration::days(1), &[]);
        let crls: Vec<CertificateList> = crls.iter().cloned().chain([own]).map(Into::into).collect();
        let inputs = Inputs {
            password: None,
            anchors,
            certificates: &[],
            crls: &crls,
            ocsps,
            revocation,
            at,
            log: dauson::tlog::LogPolicy::default(),
            algorithms,
            limits: &Limits::DEFAULT,
        };
        let source: Arc<dyn Source> = Arc::new(pdf.bytes.clone());
        let signatures = validate_pdf(&source, &inputs).unwrap();
        Judged { verdict: Verdict::of(&signatures), signatures }
    }
}

struct Judged {
    verdict: Verdict,
    signatures: Vec<SignatureReport>,
}

impl Judged {
    #[track_caller]
    fn passed(&self) -> &Self {
        assert_eq!(self.verdict, Verdict::Passed, "{self}");
        self
    }

    /// The first signature is not good for this reason.
    #[track_caller]
    fn because(&self, sub_indication: &str) -> &Self {
        assert_eq!(self.signatures[0].sub_indication, Some(sub_indication), "{self}");
        self
    }

    #[track_caller]
    fn proven(&self, at: OffsetDateTime) -> &Self {
        let format = &time::format_description::well_known::Rfc3339;
        assert_eq!(self.signatures[0].best_signature_time, Some(at.format(format).unwrap()), "{self}");
        self
    }
}

impl std::fmt::Display for Judged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for s in &self.signatures {
            writeln!(f, "{} {:?} {:?} {:?}", s.field, s.indication, s.best_signature_time, s.timestamps)?;
            writeln!(f, "  {:?}\n  {:?}", s.errors, s.warnings)?;
            for b in &s.blocks {
                writeln!(f, "  {:?} {} {:?}", b.about, b.block, b.indication)?;
                for c in &b.constraints {
                    writeln!(f, "    {:?} {} {:?}", c.status, c.constraint, c.message)?;
                }
            }
        }
        Ok(())
    }
}

#[test]
fn levels_are_told_and_hold_as_long_as_the_standard_says() {
    let pki = Pki::new();
    let b_b = Pdf::new().sign(&pki.signer, SIGNED, None);
    let soon = days(1);
    for (file, level) in [(&b_b, "B-B"), (&pki.b_t(), "B-T"), (&pki.b_lt(), "B-LT"), (&pki.b_lta(), "B-LTA")] {
        let judged = pki.judge(file, soon, &pki.lists(soon));
        judged.passed();
        assert_eq!(judged.signatures[0].level, Some(level), "{judged}");
    }
    // without revocation data it is not known whether the certificate is good
    pki.judge(&b_b, soon, &[]).because("TRY_LATER");
    // the signer's certificate has expired, that of its CA has not
    let after = datetime!(2029-1-1 0:00 UTC);
    let lists = pki.lists(after);
    pki.judge(&b_b, after, &lists).because("OUT_OF_BOUNDS_NO_POE");
    pki.judge(&pki.b_t(), after, &lists).because("OUT_OF_BOUNDS_NO_POE").proven(minutes(1));
    pki.judge(&pki.b_lt(), after, &lists).passed().proven(minutes(1));
    pki.judge(&pki.b_lta(), after, &lists).passed();
    // that of its CA has expired, too
    pki.judge(&b_b, LATER, &[]).because("OUT_OF_BOUNDS_NO_POE");
    pki.judge(&pki.b_t(), LATER, &[]).because("OUT_OF_BOUNDS_NO_POE");
    pki.judge(&pki.b_lt(), LATER, &[]).because("OUT_OF_BOUNDS_NO_POE");
    pki.judge(&pki.b_lta(), LATER, &[]).passed().proven(minutes(1));
}

#[test]
fn a_b_lta_file_outlives_revocation_and_the_end_of_its_ca() {
    let pki = Pki::new();
    let revoked = |time| vec![pki.ca.crl(time + Duration::HOUR, Duration::days(7), &[Revoked::new(&pki.signer, time)])];
    let late = revoked(days(30));
    pki.judge(&pki.b_lta(), LATER, &late).passed().proven(minutes(1));
    let b_b = Pdf::new().sign(&pki.signer, SIGNED, None);
    pki.judge(&b_b, LATER, &late).because("REVOKED_NO_POE");
    // revoked before the time-stamp, as is known since
    pki.judge(&pki.b_lta(), LATER, &revoked(SIGNED)).because("REVOKED_NO_POE");
}

#[test]
fn revocation_counts_by_the_time_that_is_proven() {
    let pki = Pki::new();
    let at = days(60);
    let with = |revoked: Revoked<'_>| {
        let mut lists = pki.lists(at);
        lists[1] = pki.ca.crl(at - Duration::HOUR, Duration::days(7), &[revoked]);
        lists
    };
    let b_b = Pdf::new().sign(&pki.signer, SIGNED, None);
    pki.judge(&b_b, at, &with(Revoked::new(&pki.signer, days(1)))).because("REVOKED_NO_POE");
    pki.judge(&pki.b_t(), at, &with(Revoked::new(&pki.signer, days(1)))).passed().proven(minutes(1));
    // clause 5.5.4 step 4) a): no time-stamp proves that it was signed after the revocation either
    let before = with(Revoked::new(&pki.signer, SIGNED));
    pki.judge(&pki.b_t(), at, &before).because("REVOKED_NO_POE");

    // the CA dates the compromise of the key before the time-stamp
    let compromised = |invalid_since| Revoked {
        reason: RevocationReason::KeyCompromise,
        invalid_since,
        ..Revoked::new(&pki.signer, days(1))
    };
    pki.judge(&pki.b_t(), at, &with(compromised(None))).passed();
    pki.judge(&pki.b_t(), at, &with(compromised(Some(SIGNED)))).because("REVOKED_NO_POE");

    // suspended certificates may come back
    let held = |time| Revoked { reason: RevocationReason::CertificateHold, ..Revoked::new(&pki.signer, time) };
    pki.judge(&b_b, at, &with(held(days(1)))).because("TRY_LATER");
    pki.judge(&pki.b_t(), at, &with(held(SIGNED))).because("TRY_LATER");
    pki.judge(&pki.b_t(), at, &with(held(days(1)))).passed();

    // the CA was revoked
    let ca = |time| {
        let mut lists = pki.lists(at);
        lists[0] = pki.root.crl(at - Duration::HOUR, Duration::days(180), &[Revoked::new(&pki.ca, time)]);
        lists
    };
    pki.judge(&b_b, at, &ca(days(1))).because("REVOKED_CA_NO_POE");
    pki.judge(&pki.b_t(), at, &ca(days(1))).passed();
    pki.judge(&pki.b_t(), at, &ca(SIGNED)).because("REVOKED_CA_NO_POE");
}

/// A time-stamp over what is signed proves that the signature is younger (clause 5.3.4 steps 4 and 6).
#[test]
fn what_was_signed_after_the_end_of_its_certificate_failed() {
    let pki = Pki::new();
    let at = days(60);
    let file = Pdf::new().stamp(&pki.tsa, days(2)).sign(&pki.signer, days(3), None);
    let mut lists = pki.lists(at);
    lists[1] = pki.ca.crl(at, Duration::days(7), &[Revoked::new(&pki.signer, days(1))]);
    let judged = pki.judge(&file, at, &lists);
    assert_eq!((judged.verdict, judged.signatures[1].sub_indication), (Verdict::Failed, Some("REVOKED")), "{judged}");

    let file =
        Pdf::new().stamp(&pki.tsa, datetime!(2028-2-1 0:00 UTC)).sign(&pki.signer, datetime!(2028-2-1 0:01 UTC), None);
    let at = datetime!(2028-3-1 0:00 UTC);
    let judged = pki.judge(&file, at, &pki.lists(at));
    assert_eq!((judged.verdict, judged.signatures[1].sub_indication), (Verdict::Failed, Some("EXPIRED")), "{judged}");

    // a time-stamp of the signature from before the certificate was issued
    let early =
        Holder::root(&Wanted::new("TSA Root", Use::Ca, datetime!(2020-1-1 0:00 UTC), datetime!(2060-1-1 0:00 UTC)));
    let tsa =
        early.issue(&Wanted::new("TSA", Use::TimeStamping, datetime!(2020-1-1 0:00 UTC), datetime!(2050-1-1 0:00 UTC)));
    let pki = Pki { tsa_root: early, tsa, ..pki };
    let file = Pdf::new().sign(&pki.signer, SIGNED, Some((&pki.tsa, datetime!(2025-1-1 0:00 UTC))));
    let judged = pki.judge(&file, days(1), &pki.lists(days(1)));
    assert_eq!(
        (judged.verdict, judged.signatures[0].sub_indication),
        (Verdict::Failed, Some("NOT_YET_VALID")),
        "{judged}"
    );
}

#[test]
fn archives_are_renewed_before_the_tsa_ends() {
    let pki = Pki::new();
    let archived = Pdf::new()
        .sign(&pki.signer, SIGNED, Some((&pki.tsa_2030, minutes(1))))
        .store(&[&pki.ca, &pki.tsa_2030], &pki.lists(minutes(5)), &[])
        .stamp(&pki.tsa_2030, minutes(10));
    let while_alive = datetime!(2029-6-1 0:00 UTC);
    pki.judge(&archived, while_alive, &[]).passed();
    // nobody renewed it
    let judged = pki.judge(&archived, LATER, &[]);
    judged.because("OUT_OF_BOUNDS_NO_POE");
    assert_eq!(judged.signatures[1].sub_indication, Some("OUT_OF_BOUNDS_NO_POE"), "{judged}");
    assert!(judged.signatures[0].best_signature_time.is_none(), "{judged}");
    // renewed in 2029, with what was then known of the first TSA
    let renew = |at| {
        let list = pki.tsa_root.crl(at - Duration::HOUR, Duration::days(180), &[]);
        archived.clone().store(&[], &[list], &[]).stamp(&pki.tsa, at)
    };
    let judged = pki.judge(&renew(while_alive), LATER, &[]);
    judged.passed().proven(minutes(1));
    assert_eq!(judged.signatures[0].level, Some("B-LTA"), "{judged}");
    // renewed too late
    pki.judge(&renew(datetime!(2030-6-1 0:00 UTC)), LATER, &[]).because("OUT_OF_BOUNDS_NO_POE");
}

#[test]
fn a_tsa_that_is_revoked_proves_only_what_was_archived_before() {
    let pki = Pki::new();
    let at = days(60);
    let revoked = |time| {
        let mut lists = pki.lists(at);
        lists[2] = pki.tsa_root.crl(at, Duration::days(1), &[Revoked::new(&pki.tsa_2030, time)]);
        lists
    };
    let file = Pdf::new().sign(&pki.signer, SIGNED, Some((&pki.tsa_2030, minutes(1))));
    let judged = pki.judge(&file, at, &revoked(days(5)));
    judged.passed();
    assert!(judged.signatures[0].best_signature_time.is_none(), "the time-stamp is not believed: {judged}");
    let archived = file.store(&[&pki.ca], &pki.lists(minutes(5)), &[]).stamp(&pki.tsa, days(2));
    pki.judge(&archived, at, &revoked(days(5))).passed().proven(minutes(1));
    pki.judge(&archived, at, &revoked(days(1))).passed().proven(days(2));
}

#[test]
fn what_no_time_stamp_covers_proves_nothing() {
    let pki = Pki::new();
    // the revocation data came after the document time-stamp
    let file = pki.b_t().stamp(&pki.tsa, minutes(10)).store(&[&pki.ca, &pki.tsa], &pki.lists(minutes(15)), &[]);
    pki.judge(&file, LATER, &[]).because("OUT_OF_BOUNDS_NO_POE");
    // it is covered by another one
    pki.judge(&file.stamp(&pki.tsa, minutes(20)), LATER, &[]).passed();
    // a CA that was revoked, and revocation data by it that could have been made up since
    let at = days(60);
    let mut lists = pki.lists(at);
    lists[0] = pki.root.crl(at, Duration::days(180), &[Revoked::new(&pki.ca, days(1))]);
    pki.judge(&pki.b_lta(), at, &lists).passed();
}

#[test]
fn time_stamps_that_contradict_each_other_are_noticed() {
    let pki = Pki::new();
    let file = pki.b_lt().stamp(&pki.tsa, minutes(0) - Duration::MINUTE);
    pki.judge(&file, days(1), &pki.lists(days(1))).because("TIMESTAMP_ORDER_FAILURE");
    // a minute and a second, with an accuracy of a second each
    let file = pki.b_lt().stamp(&pki.tsa, minutes(1) - Duration::SECOND);
    pki.judge(&file, days(1), &pki.lists(days(1))).passed();
}

#[test]
fn of_expired_certificates_only_those_know_who_keep_them() {
    let pki = Pki::new();
    let after = datetime!(2029-1-1 0:00 UTC);
    let lists = pki.lists(after);
    pki.judge(&pki.b_t(), after, &lists).because("OUT_OF_BOUNDS_NO_POE");
    let responder = pki.ca.issue(&Wanted::new("OCSP", Use::Ocsp, START, datetime!(2031-1-1 0:00 UTC)));
    let say = |archive_cutoff: Option<OffsetDateTime>| {
        use dauson::cms::ocsp::{OcspResponse, response};
        let plain = responder.ocsp(&pki.ca, &pki.signer, after - Duration::HOUR, CertStatus::Good);
        let mut basic = OcspResponse::parse(&plain, &Limits::DEFAULT).unwrap().basic.unwrap();
        basic.data.responses[0].archive_cutoff = archive_cutoff;
        let tbs = basic.data.encode();
        let scheme = responder.key.schemes()[0];
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let signature = runtime.block_on(responder.key.sign(scheme, &tbs)).unwrap();
        response(&tbs, &scheme.algorithm_identifier(), &signature, &[responder.key.certificate()])
    };
    let judge = |cutoff| {
        let (policy, ocsps) = (AlgorithmPolicy::default(), [say(cutoff)]);
        pki.judge_by(&pki.b_t(), after, &lists, &ocsps, RevocationMode::Require, &policy)
    };
    judge(None).because("OUT_OF_BOUNDS_NO_POE");
    judge(Some(datetime!(2028-6-1 0:00 UTC))).because("OUT_OF_BOUNDS_NO_POE");
    judge(Some(datetime!(2020-1-1 0:00 UTC))).passed().proven(minutes(1));
}

/// The same of revocation lists: expiredCertsOnCRL.
#[test]
fn of_expired_certificates_lists_know_that_say_so() {
    use dauson::cms::encode;
    let pki = Pki::new();
    let after = datetime!(2029-1-1 0:00 UTC);
    let list = |since: Option<OffsetDateTime>| {
        let scheme = pki.ca.key.schemes()[0];
        let algorithm = scheme.algorithm_identifier();
        let since = since.map(|since| {
            let value = encode::octet_string(&encode::generalized_time(since));
            let extension = encode::sequence(&[&[6, 3, 0x55, 0x1D, 60], &value]);
            encode::tlv(0xA0, &[&encode::sequence(&[&extension])])
        });
        let tbs = encode::sequence(&[
            &encode::integer(1),
            &algorithm,
            pki.ca.certificate().subject().raw(),
            &encode::time(after - Duration::HOUR),
            &encode::time(after + Duration::DAY),
            &since.unwrap_or_default(),
        ]);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let signature = runtime.block_on(pki.ca.key.sign(scheme, &tbs)).unwrap();
        encode::sequence(&[&tbs, &algorithm, &encode::bit_string(&signature)])
    };
    let judge = |since| {
        let lists = [pki.lists(after).swap_remove(0), list(since)];
        pki.judge(&pki.b_t(), after, &lists)
    };
    judge(None).because("OUT_OF_BOUNDS_NO_POE");
    // the signer's certificate expired on 2028-01-01
    judge(Some(datetime!(2028-6-1 0:00 UTC))).because("OUT_OF_BOUNDS_NO_POE");
    judge(Some(datetime!(2027-6-1 0:00 UTC))).passed().proven(minutes(1));
}

#[test]
fn ocsp_responders_are_judged_as_of_their_answers() {
    let pki = Pki::new();
    let answer = pki.responder.ocsp(&pki.ca, &pki.signer, minutes(5), CertStatus::Good);
    let lists = |at| vec![pki.root.crl(at, Duration::days(180), &[]), pki.tsa_root.crl(at, Duration::days(180), &[])];
    let file = pki.b_t().store(&[&pki.ca, &pki.tsa], &lists(minutes(5)), &[answer]).stamp(&pki.tsa, minutes(10));
    pki.judge(&file, LATER, &[]).passed();
    // an answer by somebody whom the CA did not name for that
    let answer = pki.signer.ocsp(&pki.ca, &pki.signer, minutes(5), CertStatus::Good);
    let file = pki.b_t().store(&[&pki.ca, &pki.tsa], &lists(minutes(5)), &[answer]).stamp(&pki.tsa, minutes(10));
    pki.judge(&file, LATER, &[]).because("OUT_OF_BOUNDS_NO_POE");
}

/// Clause 5.6.2.4 step 1): who could have signed it since?
#[test]
fn revocation_data_is_from_when_its_signer_was_valid() {
    let pki = Pki::new();
    let short = pki.ca.issue(&Wanted::new("OCSP of an hour", Use::Ocsp, START, minutes(60)));
    let answer = short.ocsp(&pki.ca, &pki.signer, minutes(5), CertStatus::Good);
    let lists =
        [pki.root.crl(minutes(5), Duration::days(180), &[]), pki.tsa_root.crl(minutes(5), Duration::days(180), &[])];
    let file = pki.b_t().store(&[&pki.ca, &pki.tsa], &lists, &[answer]);
    pki.judge(&file.clone().stamp(&pki.tsa, minutes(59)), LATER, &[]).passed();
    pki.judge(&file.stamp(&pki.tsa, minutes(61)), LATER, &[]).because("REVOCATION_OUT_OF_BOUNDS_NO_POE");
}

#[test]
fn algorithms_are_judged_as_of_what_is_proven() {
    use dauson::keys::KeyAlgorithm;
    let mut pki = Pki::new();
    let end = datetime!(2060-1-1 0:00 UTC);
    let strong = |wanted: Wanted<'static>| Wanted { algorithm: KeyAlgorithm::P384, ..wanted };
    pki.tsa_root = Holder::root(&strong(Wanted::new("TSA Root", Use::Ca, START, end)));
    pki.tsa = pki.tsa_root.issue(&strong(Wanted::new("TSA", Use::TimeStamping, START, end)));
    let policy =
        include_str!("../../src/pki/algorithms.toml").replace("sha256 = {}", "sha256 = { until = \"2027-01-01\" }");
    let policy = AlgorithmPolicy::parse(&policy).unwrap();
    let judge = |file: &Pdf, at| pki.judge_by(file, at, &pki.lists(at), &[], RevocationMode::Require, &policy);
    let (before, after) = (datetime!(2026-12-1 0:00 UTC), datetime!(2027-2-1 0:00 UTC));
    let b_b = Pdf::new().sign(&pki.signer, SIGNED, None);
    judge(&b_b, before).passed();
    judge(&b_b, after).because("CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
    // clause 5.5.4 step 10): its certificates are weak as well, and no time-stamp of the signature covers those
    judge(&pki.b_t(), after).because("CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
    judge(&pki.b_lta(), after).passed().proven(minutes(1));
    // archived when it was too late
    let late = pki.b_lt().stamp(&pki.tsa, datetime!(2027-1-15 0:00 UTC));
    judge(&late, after).because("CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
}

/// Anchors have a sunset date (clause 5.6.2.2 step 1).
#[test]
fn an_anchor_that_is_not_trusted_any_more_was_trusted_when_it_is_proven() {
    let pki = Pki::new();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, holder: &Holder, scope: &str| {
        let path = folder.path().join(name);
        let text = dauson::keys::pem::encode("CERTIFICATE", holder.key.certificate());
        std::fs::write(path.with_extension("toml"), scope).unwrap();
        std::fs::write(&path, text.as_bytes()).unwrap();
        path
    };
    let until = "valid_until = 2027-01-01T00:00:00Z";
    let files = [file("root.pem", &pki.root, until), file("tsa.pem", &pki.tsa_root, "")];
    let anchors = TrustAnchors::from_files(&files).unwrap();
    let after = datetime!(2027-2-1 0:00 UTC);
    let judge = |file: &Pdf| pki.judge_with(file, after, &pki.lists(after), &[], &anchors);
    judge(&Pdf::new().sign(&pki.signer, SIGNED, None)).because("NO_CERTIFICATE_CHAIN_FOUND_NO_POE");
    judge(&pki.b_lta()).passed().proven(minutes(1));
    let late = Pdf::new()
        .sign(&pki.signer, SIGNED, Some((&pki.tsa, datetime!(2027-1-2 0:00 UTC))))
        .store(&[&pki.ca, &pki.tsa], &pki.lists(datetime!(2027-1-2 0:00 UTC)), &[])
        .stamp(&pki.tsa, datetime!(2027-1-3 0:00 UTC));
    judge(&late).because("NO_CERTIFICATE_CHAIN_FOUND_NO_POE");
}

#[test]
fn modes_let_the_absence_of_revocation_data_pass() {
    let pki = Pki::new();
    let judge = |mode, file: &Pdf, at| pki.judge_by(file, at, &[], &[], mode, &AlgorithmPolicy::default());
    let bare = pki.b_t().stamp(&pki.tsa, minutes(10));
    for mode in [RevocationMode::IfAvailable, RevocationMode::Ignore] {
        judge(mode, &bare, days(1)).passed();
        judge(mode, &bare, LATER).passed().proven(minutes(1));
    }
    judge(RevocationMode::Require, &bare, days(1)).because("TRY_LATER");
}

#[test]
fn a_validation_depends_on_its_inputs_alone() {
    let pki = Pki::new();
    let file = pki.b_lta();
    let tell = || pki.judge(&file, LATER, &[]).to_string();
    assert_eq!(tell(), tell());
    // before the time-stamps were made they prove nothing
    let judged = pki.judge(&file, SIGNED, &pki.lists(SIGNED - Duration::HOUR));
    judged.passed();
    assert!(judged.signatures[0].best_signature_time.is_none(), "{judged}");
    assert!(judged.signatures[0].blocks.iter().any(|b| b.clause == "5.5"));
    // what was known of the revocation before the signature is said to be old
    let old =
        pki.b_t().store(&[&pki.ca, &pki.tsa], &pki.lists(SIGNED - Duration::DAY), &[]).stamp(&pki.tsa, minutes(10));
    let judged = pki.judge(&old, LATER, &[]);
    judged.passed();
    assert!(judged.signatures[0].warnings.iter().any(|w| w.code == "REVOCATION_DATA_OLDER"), "{judged}");
}
