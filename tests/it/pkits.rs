//! The NIST Public Key Interoperability Test Suite: each of its paths is judged as the suite says.

use crate::corpus;
use dauson::limits::Limits;
use dauson::pki::CertificateList;
use dauson::pki::algorithms::AlgorithmPolicy;
use dauson::pki::anchors::{TrustAnchors, certificates_in, values_in};
use dauson::pki::path::{self, PathInputs, PolicyInputs, Purpose, RevocationMode};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().map(|all| all.iter().map(|v| v.as_str().unwrap()).collect()).unwrap_or_default()
}

#[test]
fn every_path_is_judged_as_the_suite_says() {
    let Some(folder) = corpus::file("pkits") else { return };
    let manifest: Value = serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let anchors = TrustAnchors::from_files(&[folder.join(manifest["trust"].as_str().unwrap())]).unwrap();
    let at = OffsetDateTime::parse(manifest["at"].as_str().unwrap(), &Rfc3339).unwrap();
    let algorithms = AlgorithmPolicy::default();
    let (mut right, mut wrong) = (0, Vec::new());
    for case in manifest["cases"].as_array().unwrap() {
        let parameters = &case["params"];
        let wanted = |name: &str| parameters[name].as_bool().unwrap_or(false);
        // a certificate that cannot be read is not good either
        let target = certificates_in(&folder.join(case["cert"].as_str().unwrap())).ok();
        let intermediates: Vec<_> = texts(&case["other_certs"])
            .iter()
            .filter_map(|f| certificates_in(&folder.join(f)).ok())
            .flatten()
            .collect();
        let crls: Vec<_> = texts(&case["crls"])
            .iter()
            .flat_map(|f| values_in(&folder.join(f), "X509 CRL").unwrap())
            .map(CertificateList::from)
            .collect();
        let required = case["revocation"].as_bool().unwrap();
        let revocation = if required { RevocationMode::Require } else { RevocationMode::IfAvailable };
        let report = target.as_ref().map(|target| {
            path::validate(
                &target[0],
                &PathInputs {
                    anchors: &anchors,
                    intermediates: &intermediates,
                    crls: &crls,
                    ocsps: &[],
                    at,
                    revocation,
                    purpose: Purpose::Any,
                    policies: PolicyInputs {
                        policies: texts(&parameters["user_initial_policy_set"])
                            .into_iter()
                            .map(str::to_owned)
                            .collect(),
                        explicit: wanted("initial_explicit_policy"),
                        inhibit_mapping: wanted("initial_policy_mapping_inhibit"),
                        inhibit_any: wanted("initial_any_policy_inhibit"),
                    },
                    algorithms: &algorithms,
                    limits: &Limits::DEFAULT,
                },
            )
        });
        if report.as_ref().is_some_and(path::PathReport::is_good) == case["valid"].as_bool().unwrap() {
            right += 1;
        } else {
            wrong.push(format!("{} {}: {:?}", case["id"], case["name"], report.map(|r| (r.problems, r.warnings))));
        }
    }
    assert!(wrong.is_empty(), "{right} right, {} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(right >= 246, "only {right} cases");
}
