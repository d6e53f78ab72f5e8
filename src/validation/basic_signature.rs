//! Validation process for basic signatures (clause 5.3): all building blocks at the validation time.

use super::block::Block;
use super::finding::{Cause, Finding, Material};
use super::signature_acceptance;
use super::token::Token;
use super::x509_validation::{Known, X509Validation};
use crate::indication::{Problem, SubIndication};
use crate::messages::at;
use crate::pki::certificate::Certificate;
use crate::pki::path::{PathReport, ProblemKind, Purpose};
use std::rc::Rc;
use time::{Duration, OffsetDateTime};

/// What came of it.
#[derive(Debug)]
pub struct Basic {
    /// What is wrong at the validation time.
    pub findings: Vec<Finding>,
    /// The certificate's path.
    pub path: Option<Rc<PathReport>>,
    /// What each building block found.
    pub blocks: Vec<Block>,
}

impl Basic {
    /// The chain of certificates, as far as there is one.
    pub fn chain(&self) -> &[Certificate] {
        self.path.as_ref().map(|p| p.path.as_slice()).unwrap_or_default()
    }
}

/// Validates a signature. `after` is a time at which it is proven that the signature did not exist yet: that of a time-stamp
/// over what it signs.
pub fn validate(token: &Token, x509: &X509Validation<'_>, after: Option<OffsetDateTime>) -> Basic {
    let inputs = x509.inputs();
    let mut blocks = Vec::new();
    let mut findings: Vec<Finding> = token.format.iter().cloned().map(Finding::lasting).collect();
    let mut block = Block::new("Format Checking", "5.2.2");
    block.check("the signature has the form that its standard asks for", &token.format);
    blocks.push(block);

    let mut block = Block::new("Identification of the Signing Certificate", "5.2.3");
    block.check(
        "the signing certificate is at hand, and is the one that the signature names",
        &token.certificate.problems,
    );
    match &token.certificate.certificate {
        Some(certificate) => block.told("the signing certificate", certificate.subject().to_string()),
        None => block.ignored("the signing certificate", "there is none"),
    }
    blocks.push(block);
    findings.extend(token.certificate.problems.iter().cloned().map(Finding::lasting));

    let mut block = Block::new("Validation Context Initialization", "5.2.4");
    block.told("revocation data", format!("{:?}", inputs.revocation));
    block.told("trust anchors", inputs.anchors.iter().count().to_string());
    blocks.push(block);

    // said where it was looked for
    let missing = |p: &Problem| p.sub_indication == SubIndication::NoSigningCertificateFound;
    let said = findings.iter().any(|f| missing(&f.problem));
    let verified: Vec<Problem> = token.verified.problems.iter().filter(|p| !(said && missing(p))).cloned().collect();

    let path = certificate_path(token, x509);
    let mut block = Block::new("X.509 Certificate Validation", "5.2.6");
    let mut about_certificates = Vec::new();
    match &path {
        Some(report) => {
            about_certificates = of_certificates(report, token.purpose, x509, after);
            let certificates: Vec<String> = report.path.iter().map(Certificate::display).collect();
            block.told("the certificate path", certificates.join(" < "));
            block.check_findings("the path keeps the rules, and nothing in it is revoked", &about_certificates);
            for warning in &report.warnings {
                block.warn("revocation data", warning.clone());
            }
        }
        None => block.ignored("the certificate path", "there is no signing certificate whose path could be looked for"),
    }
    blocks.push(block);

    let mut block = Block::new("Cryptographic Verification", "5.2.7");
    block.check("digest and signature value are right", &token.verified.problems);
    blocks.push(block);
    findings.extend(verified.into_iter().map(Finding::lasting));
    findings.extend(about_certificates);

    let mut weak = signature_acceptance::validate(token, inputs, inputs.at);
    for finding in &mut weak {
        let Cause::Weak { until, .. } = finding.cause else { continue };
        if let (Some(after), Some(until)) = (after, until)
            && until <= after
        {
            let because = format!("the signature was made after {}", at(after));
            *finding = finding.clone().now(SubIndication::CryptoConstraintsFailure, &because);
            finding.cause = Cause::Lasting;
        }
    }
    let mut block = Block::new("Signature Acceptance Validation", "5.2.8");
    block.check_findings("its algorithms are strong enough", &weak);
    blocks.push(block);
    findings.extend(weak);

    let mut block = Block::new("Validation process for Basic Signatures", "5.3");
    block.check_findings("all building blocks pass at the validation time", &findings);
    blocks.push(block);
    Basic { findings, path, blocks }
}

/// The path of the signing certificate, if it is the one that the signature names.
fn certificate_path(token: &Token, x509: &X509Validation<'_>) -> Option<Rc<PathReport>> {
    let certificate = token.certificate.certificate.as_ref().filter(|_| token.certificate.problems.is_empty())?;
    Some(x509.validate(certificate, token.purpose))
}

/// What is wrong with the certificates, and what of it is already known to last (clause 5.3.4 step 4).
fn of_certificates(
    report: &PathReport,
    purpose: Purpose,
    x509: &X509Validation<'_>,
    after: Option<OffsetDateTime>,
) -> Vec<Finding> {
    let chain = &report.path;
    let Some(target) = chain.first() else { return Vec::new() };
    let mut found: Vec<Finding> = Vec::new();
    for problem in &report.problems {
        let finding = Finding::of_path(problem.clone(), chain);
        found.push(match (finding.cause, after) {
            (Cause::Revoked { time, ca: false }, Some(after))
                if after > time && finding.problem.sub_indication == SubIndication::RevokedNoPoe =>
            {
                let because = format!("the signature was made after {}", at(after));
                Finding::lasting(finding.now(SubIndication::Revoked, &because).problem)
            }
            (Cause::OutOfBounds { ca: false }, Some(after)) if after > target.not_after() => {
                let because = format!("the signature was made after {}", at(after));
                Finding::lasting(finding.now(SubIndication::Expired, &because).problem)
            }
            (Cause::OutOfBounds { ca: false }, _)
                if x509.known_at(chain, 0, target.not_after()) == Known::NotRevoked =>
            {
                finding.now(SubIndication::OutOfBoundsNotRevoked, "")
            }
            // clause 5.2.6.4: a chain to an anchor that was trusted once
            (Cause::Lasting, _) if problem.kind == ProblemKind::NoChain && had_anchor(target, purpose, x509) => {
                let because = "it leads to an anchor that is not trusted any more";
                let finding = finding.now(SubIndication::NoCertificateChainFoundNoPoe, because);
                Finding { cause: Cause::Sunset, ..finding }
            }
            // that of the target itself says so, too
            (Cause::Weak { material: Material::Certificate(_), .. }, _) if found.contains(&finding) => continue,
            _ => finding,
        });
    }
    found
}

/// Whether a chain leads to an anchor that was believed until some time.
fn had_anchor(target: &Certificate, purpose: Purpose, x509: &X509Validation<'_>) -> bool {
    // times that are tried
    const MOST: usize = 8;
    let inputs = x509.inputs();
    let sunsets = inputs.anchors.sunsets(purpose, inputs.at);
    let mut before = sunsets.into_iter().take(MOST).map(|sunset| sunset.saturating_sub(Duration::SECOND));
    before.any(|at| !x509.chains(target, purpose, at).is_empty())
}
