//! Validation reports as ETSI TS 119 102-2 has them, in XML.

use super::block::{Block, Status};
use super::report::{Report, SignatureReport, SignatureType, Verdict};
use crate::digest::DigestAlgorithm;
use crate::indication::Indication;
use crate::pki::certificate::Certificate;
use crate::xml::dsig::digest_uri;
use crate::xml::write::{Writer, is_char};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const NAMESPACES: [(&str, &str); 3] = [
    ("xmlns", "http://uri.etsi.org/19102/v1.4.1#"),
    ("xmlns:ds", "http://www.w3.org/2000/09/xmldsig#"),
    ("xmlns:xades", "http://uri.etsi.org/01903/v1.3.2#"),
];

/// One report over these files, as of this time.
pub fn write(files: &[&Report], at: OffsetDateTime) -> String {
    let at = at.format(&Rfc3339).unwrap_or_default();
    let mut etsi = EtsiReport { out: Writer::new(), certificates: BTreeMap::new(), signatures: 0, at };
    etsi.out.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    etsi.out.start("ValidationReport", &NAMESPACES);
    for report in files {
        for signature in &report.signatures {
            etsi.signature(&report.file, signature);
        }
        if report.signatures.is_empty() {
            etsi.nothing(report);
        }
    }
    etsi.objects();
    etsi.out.end("ValidationReport");
    etsi.out.finish()
}

struct EtsiReport {
    out: Writer,
    /// By their identifiers within the report.
    certificates: BTreeMap<String, Certificate>,
    signatures: usize,
    at: String,
}

impl EtsiReport {
    fn within(&mut self, name: &str, attributes: &[(&str, &str)], inner: impl FnOnce(&mut Self)) {
        self.out.start(name, attributes);
        inner(self);
        self.out.end(name);
    }

    fn element(&mut self, name: &str, text: &str) {
        let text: String = text.chars().map(|c| if is_char(c) { c } else { '\u{fffd}' }).collect();
        self.out.element(name, &text);
    }

    fn signature(&mut self, file: &str, signature: &SignatureReport) {
        self.signatures = self.signatures.saturating_add(1);
        let id = format!("S-{}", self.signatures);
        self.within("SignatureValidationReport", &[], |r| {
            r.within("SignatureIdentifier", &[("id", &id)], |r| {
                if !signature.facts.value.is_empty() {
                    r.element("ds:SignatureValue", &STANDARD.encode(&signature.facts.value));
                }
                r.element("HashOnly", "false");
                r.element("DocHashOnly", "false");
                r.element("DAIdentifier", &format!("{file}#{}", signature.field));
            });
            r.constraints(&signature.blocks);
            let best = signature.best_signature_time.clone();
            r.times(best.as_deref());
            if let (Some(digest), Some(value)) = (digest_of(signature), &signature.facts.digest) {
                r.within("SignersDocument", &[], |r| {
                    r.within("DigestAlgAndValue", &[], |r| {
                        r.out.empty("ds:DigestMethod", &[("Algorithm", digest_uri(digest))]);
                        r.element("ds:DigestValue", &STANDARD.encode(value));
                    });
                });
            }
            r.attributes(signature);
            r.signer(signature);
            r.within("SignatureValidationProcess", &[], |r| {
                r.element("SignatureValidationProcessID", process(signature));
            });
            r.status(signature);
        });
    }

    /// A file that has no signature: there must be one report at least.
    fn nothing(&mut self, report: &Report) {
        self.within("SignatureValidationReport", &[], |r| {
            r.within("SignatureIdentifier", &[], |r| {
                r.element("HashOnly", "false");
                r.element("DocHashOnly", "false");
                r.element("DAIdentifier", &report.file);
            });
            r.times(None);
            r.within("SignatureValidationStatus", &[], |r| {
                r.element("MainIndication", main_indication(Indication::Indeterminate));
                r.element("SubIndication", &sub_indication("SIGNED_DATA_NOT_FOUND"));
                r.within("AssociatedValidationReportData", &[], |r| {
                    r.messages(&[Verdict::NoSignature.as_str().to_owned()]);
                });
            });
        });
    }

    fn constraints(&mut self, blocks: &[Block]) {
        let own: Vec<&Block> = blocks.iter().filter(|b| !b.constraints.is_empty()).collect();
        if own.is_empty() {
            return;
        }
        self.within("ValidationConstraintsEvaluationReport", &[], |r| {
            for block in own {
                for (number, constraint) in (1_u32..).zip(&block.constraints) {
                    let about = block.about.as_deref().unwrap_or("signature").replace(' ', "-");
                    let id = format!("urn:x-dauson:en-319-102-1:{}:{about}:{number}", block.clause);
                    r.within("ValidationConstraint", &[], |r| {
                        r.element("ValidationConstraintIdentifier", &id);
                        let applied = constraint.status != Status::Ignored;
                        r.within("ConstraintStatus", &[], |r| {
                            let word = if applied { "applied" } else { "disabled" };
                            r.element("Status", &format!("urn:etsi:019102:constraintStatus:{word}"));
                        });
                        if applied {
                            r.within("ValidationStatus", &[], |r| {
                                let word = match constraint.status {
                                    Status::NotOk if block.indication == "FAILED" => "failed",
                                    Status::NotOk => "indeterminate",
                                    _ => "passed",
                                };
                                r.element("MainIndication", &format!("urn:etsi:019102:mainindication:{word}"));
                                if let Some(sub) = block.sub_indication.filter(|_| constraint.status == Status::NotOk) {
                                    r.element("SubIndication", &sub_indication(sub));
                                }
                            });
                        }
                        let message = constraint.message.as_deref().map(|m| format!(": {m}")).unwrap_or_default();
                        r.element("Indications", &format!("{} ({}){message}", constraint.constraint, block.block));
                    });
                }
            }
        });
    }

    fn times(&mut self, best: Option<&str>) {
        let at = self.at.clone();
        self.within("ValidationTimeInfo", &[], |r| {
            r.element("ValidationTime", &at);
            r.within("BestSignatureTime", &[], |r| {
                r.element("POETime", best.unwrap_or(&at));
                r.element("TypeOfProof", "urn:etsi:019102:poetype:validation");
            });
        });
    }

    fn attributes(&mut self, signature: &SignatureReport) {
        let stamps = signature.timestamps.iter().filter_map(|t| Some((t.kind, t.time.as_deref()?)));
        let stamps: Vec<(&str, &str)> = stamps.collect();
        let claimed = signature.signing_time.as_deref().filter(|_| signature.kind == SignatureType::Signature);
        if claimed.is_none() && stamps.is_empty() && signature.sub_filter.is_none() {
            return;
        }
        self.within("SignatureAttributes", &[], |r| {
            if let Some(time) = claimed {
                r.within("SigningTime", &[("Signed", "true")], |r| r.element("Time", time));
            }
            for (kind, time) in stamps {
                let name = if kind == "document" { "DocTimeStamp" } else { "SignatureTimeStamp" };
                r.within(name, &[("Signed", "false")], |r| r.element("TimeStampValue", time));
            }
            if let Some(name) = &signature.sub_filter {
                r.within("SubFilter", &[("Signed", "true")], |r| r.element("SubFilterElement", name));
            }
        });
    }

    /// Names a certificate that stands among the validation objects.
    fn refer(&mut self, name: &str, certificate: &Certificate) {
        let id = format!("C-{}", hex::encode(certificate.sha256()));
        self.out.empty(name, &[("VOReference", &id)]);
        self.certificates.insert(id, certificate.clone());
    }

    fn signer(&mut self, signature: &SignatureReport) {
        let Some(certificate) = signature.facts.chain.first() else { return };
        self.within("SignerInformation", &[], |r| {
            r.refer("SignerCertificate", certificate);
            r.element("Signer", &certificate.subject().to_string());
        });
    }

    fn status(&mut self, signature: &SignatureReport) {
        self.within("SignatureValidationStatus", &[], |r| {
            r.element("MainIndication", main_indication(signature.indication));
            let mut codes: Vec<&str> = signature.errors.iter().map(|e| e.code).collect();
            // the main reason first
            codes.sort_by_key(|code| Some(*code) != signature.sub_indication);
            codes.dedup();
            for code in codes {
                r.element("SubIndication", &sub_indication(code));
            }
            r.within("AssociatedValidationReportData", &[], |r| {
                if let Some((signer, above)) = signature.facts.chain.split_first() {
                    r.within("CertificateChain", &[], |r| {
                        r.refer("SigningCertificate", signer);
                        for certificate in above {
                            r.refer("IntermediateCertificate", certificate);
                        }
                    });
                }
                let remarks = signature.errors.iter().chain(&signature.warnings);
                let messages: Vec<String> = remarks.map(|m| format!("{}: {}", m.code, m.message)).collect();
                r.messages(&messages);
            });
        });
    }

    fn messages(&mut self, messages: &[String]) {
        if messages.is_empty() {
            return;
        }
        self.within("AdditionalValidationReportData", &[], |r| {
            for message in messages {
                r.within("ReportData", &[], |r| {
                    r.element("Type", "http://www.w3.org/2001/XMLSchema#string");
                    r.element("Value", message);
                });
            }
        });
    }

    fn objects(&mut self) {
        let certificates = std::mem::take(&mut self.certificates);
        if certificates.is_empty() {
            return;
        }
        self.within("SignatureValidationObjects", &[], |r| {
            for (id, certificate) in &certificates {
                r.within("ValidationObject", &[("id", id)], |r| {
                    r.element("ObjectType", "urn:etsi:019102:validationObject:certificate");
                    r.within("ValidationObjectRepresentation", &[], |r| {
                        r.element("base64", &STANDARD.encode(certificate.der()));
                    });
                });
            }
        });
    }
}

fn digest_of(signature: &SignatureReport) -> Option<DigestAlgorithm> {
    let name = signature.digest.as_deref()?;
    DigestAlgorithm::ALL.into_iter().find(|d| d.name() == name)
}

/// Which process decided (clause 4.2.10).
fn process(signature: &SignatureReport) -> &'static str {
    let ran = |clause: &str| signature.blocks.iter().any(|b| b.clause == clause && b.about.is_none());
    if ran("5.6.3") {
        "urn:etsi:019102:validationprocess:LTA"
    } else if signature.best_signature_time.is_some() {
        "urn:etsi:019102:validationprocess:LTVM"
    } else {
        "urn:etsi:019102:validationprocess:Basic"
    }
}

const fn main_indication(indication: Indication) -> &'static str {
    match indication {
        Indication::Passed => "urn:etsi:019102:mainindication:total-passed",
        Indication::Failed => "urn:etsi:019102:mainindication:total-failed",
        Indication::Indeterminate => "urn:etsi:019102:mainindication:indeterminate",
    }
}

fn sub_indication(code: &str) -> String {
    format!("urn:etsi:019102:subindication:{code}")
}
