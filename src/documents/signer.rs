//! Whether a certificate may sign now, which is asked before it does (Nghị định 68/2024/NĐ-CP art. 30–32): validity, key
//! usage, and where there are trust anchors, path and revocation.

use super::services::{Asked, Services, UnknownStatus};
use crate::error::{Error, Kind, Result};
use crate::keys::{SignatureScheme, SigningKey};
use crate::limits::Limits;
use crate::messages::{Text, both, moment};
use crate::net::ChosenBy;
use crate::pki::algorithms::AlgorithmPolicy;
use crate::pki::certificate::Certificate;
use crate::pki::material::TrustMaterial;
use crate::pki::path::{
    self, PathInputs, PathProblem, PolicyInputs, ProblemKind, Purpose, RevocationMode, usable_for_signing,
};
use time::OffsetDateTime;

/// Refuses a certificate that may not sign at this time; gives what the signer should know all the same.
pub async fn check(
    key: &dyn SigningKey,
    services: &Services<'_>,
    chosen_by: ChosenBy,
    at: OffsetDateTime,
) -> Result<Vec<String>> {
    let certificate = Certificate::parse(key.certificate())?;
    let not_allowed = |why: Text| refused(Kind::NotAllowed, &certificate, why);
    let (from, until) = (certificate.not_before(), certificate.not_after());
    if at < from {
        let vi = format!("chứng thư số chưa có hiệu lực, chỉ từ {}", moment(from));
        return Err(not_allowed(Text::new(vi, format!("it is valid from {from} on, not yet"))));
    }
    if at > until {
        let vi = format!("chứng thư số đã hết hạn lúc {}", moment(until));
        return Err(not_allowed(Text::new(vi, format!("it expired on {until}"))).hint("renew it before signing"));
    }
    usable_for_signing(&certificate).map_err(|why| not_allowed(not_for_signing(&why)))?;
    if services.trust().anchors.is_empty() {
        return Ok(vec![
            "no trust anchors are configured: the certificate's path and revocation were not checked".into(),
        ]);
    }
    let others = chain(key)?;
    let asked = Asked { certificate: &certificate, others: &others, purpose: Purpose::Signing, chosen_by };
    let mode = match services.unknown_status() {
        UnknownStatus::Warn => RevocationMode::IfAvailable,
        UnknownStatus::Refuse => RevocationMode::Require,
    };
    let (report, standing) = services.judge_now(asked, mode).await;
    match report.problems.first() {
        Some(problem) if problem.kind == ProblemKind::RevocationUnknown => {
            let why = standing.unknown().first().unwrap_or(&problem.message);
            let why = Text { en: why.clone(), ..told(problem) };
            Err(refused(Kind::Unavailable, &certificate, why).hint("the setting sign.unknown_status decides"))
        }
        Some(problem) => Err(not_allowed(told(problem))),
        None if report.warnings.is_empty() => Ok(Vec::new()),
        None => Ok([report.warnings, standing.unknown().to_vec()].concat()),
    }
}

fn refused(kind: Kind, certificate: &Certificate, why: Text) -> Error {
    let who = both!("chứng thư số của {name}", "certificate of {name}", name = certificate.display());
    Error::new(kind, "sign.certificate", who.to_string(), why)
}

fn not_for_signing(why: &str) -> Text {
    Text::new("chứng thư số không được cấp để ký văn bản", why)
}

/// What is wrong with a certificate's path: for whoever signs its kind, beside the sentence that names the facts.
fn told(problem: &PathProblem) -> Text {
    let vi = match problem.kind {
        ProblemKind::NoChain => "chứng thư số không do tổ chức chứng thực được tin cậy cấp",
        ProblemKind::ChainConstraints => "chứng thư số hoặc đường dẫn tin cậy của nó không hợp lệ",
        ProblemKind::NotYetValid => "chứng thư số trong đường dẫn tin cậy chưa có hiệu lực",
        ProblemKind::Expired => "chứng thư số trong đường dẫn tin cậy đã hết hạn",
        ProblemKind::Revoked { ca: true, .. } => "chứng thư số của tổ chức chứng thực đã bị thu hồi",
        ProblemKind::Revoked { reason: Some("certificateHold"), .. } => "chứng thư số đang bị tạm dừng",
        ProblemKind::Revoked { .. } => "chứng thư số đã bị thu hồi",
        ProblemKind::RevocationUnknown => "chưa biết chứng thư số có bị thu hồi hay không",
        ProblemKind::Crypto { .. } => "chứng thư số dùng thuật toán không còn đủ an toàn",
        ProblemKind::General => "không kiểm tra được đường dẫn tin cậy của chứng thư số",
    };
    Text::new(vi, &*problem.message)
}

/// The same with what is at hand, asking nobody: for keys that sign many things one after the other.
pub fn check_at_hand(key: &dyn SigningKey, trust: &TrustMaterial, at: OffsetDateTime) -> Result<()> {
    let certificate = Certificate::parse(key.certificate())?;
    let refused = |why: Text| refused(Kind::NotAllowed, &certificate, why);
    if at < certificate.not_before() || at > certificate.not_after() {
        let (from, until) = (certificate.not_before().date(), certificate.not_after().date());
        let why =
            both!("chứng thư số chỉ có hiệu lực từ {from} đến {until}", "it is valid from {from} to {until} only");
        return Err(refused(why));
    }
    usable_for_signing(&certificate).map_err(|why| refused(not_for_signing(&why)))?;
    if trust.anchors.is_empty() {
        return Ok(());
    }
    let intermediates = [trust.certificates.as_slice(), &chain(key)?].concat();
    let report = path::validate(
        &certificate,
        &PathInputs {
            anchors: &trust.anchors,
            intermediates: &intermediates,
            crls: &trust.crls,
            ocsps: &trust.ocsps,
            at,
            revocation: RevocationMode::IfAvailable,
            purpose: Purpose::Signing,
            policies: PolicyInputs::default(),
            algorithms: &AlgorithmPolicy::default(),
            limits: Limits::in_force(),
        },
    );
    report.problems.first().map_or(Ok(()), |problem| Err(refused(told(problem))))
}

/// The scheme that the key signs by where nobody chooses another.
pub fn preferred_scheme(key: &dyn SigningKey) -> Result<SignatureScheme> {
    let none = || Error::new(Kind::Bug, "key.no_scheme", "the key", "it signs by no scheme");
    key.schemes().first().copied().ok_or_else(none)
}

/// The certificates that came with the key.
pub fn chain(key: &dyn SigningKey) -> Result<Vec<Certificate>> {
    key.chain().iter().map(|der| Ok(Certificate::parse(der)?)).collect()
}
