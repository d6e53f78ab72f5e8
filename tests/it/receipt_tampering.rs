//! What somebody changes in a receipt's XML, PDF or QR code is found, and named.

use crate::office::Office;
use crate::program::{Ran, run};
use crate::verify::update;
use base64::Engine as _;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A receipt that was issued, and what an auditor has who knows nothing but certificates.
struct Case {
    office: Office,
    auditor: tempfile::TempDir,
    xml: String,
    pdf: Vec<u8>,
    qr: String,
    /// The collecting body's certificate and its issuers', PEM.
    certificate: PathBuf,
}

impl Case {
    fn new() -> Self {
        let office = Office::new();
        let auditor = tempfile::tempdir().unwrap();
        let data = office.folder.path();
        let request = data.join("request.json");
        std::fs::write(&request, office.receipt_request(2_000).to_string()).unwrap();
        run(data, ["receipt", "issue", request.to_str().unwrap()]).expect(0);
        let path = |name: &str| auditor.path().join(name).display().to_string();
        let id = format!("{}/00000001", office.series);
        run(data, ["receipt", "export", &id, "--xml", &path("a.xml"), "--pdf", &path("a.pdf")]).expect(0);
        let xml = std::fs::read_to_string(path("a.xml")).unwrap();
        let original = dauson::receipts::copy::Original::read(xml.clone().into_bytes()).unwrap();
        let certificates = xml.split("<ds:X509Certificate>").skip(1).map(|piece| piece.split('<').next().unwrap());
        let pem: String = certificates
            .map(|text| base64::engine::general_purpose::STANDARD.decode(text).unwrap())
            .map(|der| dauson::keys::pem::encode("CERTIFICATE", &der).to_string())
            .collect();
        let certificate = auditor.path().join("body.pem");
        std::fs::write(&certificate, pem).unwrap();
        let pdf = std::fs::read(path("a.pdf")).unwrap();
        let qr = original.check().to_string();
        Self { office, auditor, xml, pdf, qr, certificate }
    }

    fn verify(&self, arguments: &[&str]) -> Ran {
        // without the data folder: what is found is found by anybody
        let nowhere = self.auditor.path().join("nowhere");
        let common = ["verify", "--json", "--revocation", "if-available", "--trust"];
        let root = self.office.root.display().to_string();
        run(&nowhere, common.into_iter().chain([root.as_str()]).chain(arguments.iter().copied()))
    }

    fn file(&self, name: &str, bytes: &[u8]) -> Value {
        let path = self.auditor.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        self.verify(&[path.to_str().unwrap()]).json()
    }

    fn text(&self, text: &str) -> Value {
        self.verify(&["--cert", self.certificate.to_str().unwrap(), "--qr", text]).json()
    }
}

fn found(json: &Value) -> (&str, &str) {
    let sub_indication = json["signatures"][0]["sub_indication"].as_str().unwrap_or_default();
    (json["verdict"].as_str().unwrap(), sub_indication)
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not in {text}");
    text.replacen(from, to, 1)
}

#[test]
fn what_is_changed_in_the_xml_is_found() {
    let case = Case::new();
    assert_eq!(found(&case.file("b.xml", case.xml.as_bytes())), ("TOTAL-PASSED", ""));
    let change = |from: &str, to: &str| case.file("b.xml", replaced(&case.xml, from, to).as_bytes());
    // the total, and whose receipt it is
    for (from, to) in [
        ("<TgTTTBSo>6000<", "<TgTTTBSo>600000<"),
        ("<Ten>Nguyễn Văn A<", "<Ten>Nguyễn Văn B<"),
        ("<SBLai>00000001<", "<SBLai>00000002<"),
    ] {
        let json = change(from, to);
        assert_eq!(found(&json), ("TOTAL-FAILED", "HASH_FAILURE"));
        assert!(json["signatures"][0]["errors"][0]["message"].as_str().unwrap().contains("the document was changed"));
    }
    // wrapping: the signed data kept aside, another in its place
    let data = &case.xml[case.xml.find("<DLBLai").unwrap()..case.xml.find("<DSCKS>").unwrap()];
    let forged = data.replace("6000", "9000").replace("Id=\"data\"", "Id=\"other\"");
    let wrapped = case.xml.replacen(data, &forged, 1).replacen("</BLai>", &format!("<Cu>{data}</Cu></BLai>"), 1);
    assert_eq!(found(&case.file("b.xml", wrapped.as_bytes())), ("TOTAL-FAILED", "HASH_FAILURE"));
    // the same with the reference led to what was kept
    let led = wrapped.replacen("URI=\"\"", "URI=\"#data\"", 1);
    let json = case.file("b.xml", led.as_bytes());
    assert_eq!(json["verdict"], "TOTAL-FAILED", "{json}");
    // a transform that makes nothing of the document
    let none = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/>";
    let json = change("<ds:Transforms>", &format!("<ds:Transforms>{none}"));
    assert!(json["verdict"] != "TOTAL-PASSED", "{json}");
    // another canonical form than what was signed with
    let json = change(
        "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"",
        "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2006/12/xml-c14n11\"",
    );
    assert!(json["verdict"] != "TOTAL-PASSED", "{json}");
    // entities
    let path = case.auditor.path().join("dtd.xml");
    let entity = "<!DOCTYPE BLai [<!ENTITY a \"6000\">]><BLai>";
    std::fs::write(&path, replaced(&case.xml, "<BLai>", entity)).unwrap();
    let ran = case.verify(&[path.to_str().unwrap()]).expect(65);
    assert!(ran.error_line().contains("document type declaration"), "{ran:?}");
}

#[test]
fn what_is_changed_in_the_pdf_is_found() {
    let case = Case::new();
    assert_eq!(found(&case.file("b.pdf", &case.pdf)), ("TOTAL-PASSED", ""));
    // a byte of what was signed
    let mut changed = case.pdf.clone();
    let at = changed.windows(8).position(|w| w == b"endobj\n\n" || w.starts_with(b"stream\n")).unwrap() + 20;
    changed[at] ^= 1;
    assert_eq!(case.file("b.pdf", &changed)["signatures"][0]["integrity"], "broken");
    // another page laid over what was signed: each byte that was signed is still there
    let contents = after(&case.pdf, b"/Contents ");
    let json = case.file("b.pdf", &update(&case.pdf, &[(contents, "<< /Length 0 >>\nstream\n\nendstream")]));
    assert_eq!(json["verdict"], "TOTAL-FAILED", "{json}");
    assert_eq!(json["signatures"][0]["modification"], "forbidden", "{json}");
    // the XML in it exchanged, in the same way
    let embedded = after(&case.pdf, b"/F ");
    let json = case.file("b.pdf", &update(&case.pdf, &[(embedded, "<< /Length 0 >>\nstream\n\nendstream")]));
    assert_eq!(json["verdict"], "TOTAL-FAILED", "{json}");
}

/// The object number that follows these bytes.
fn after(file: &[u8], what: &[u8]) -> u32 {
    let mut starts = file.windows(what.len()).enumerate().filter(|(_, w)| *w == what).map(|(at, _)| at + what.len());
    let number = |at: usize| {
        let digits: String = file[at..].iter().map(|b| char::from(*b)).take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    starts.find_map(number).unwrap()
}

#[test]
fn what_is_changed_in_the_qr_code_is_found_without_a_line() {
    let case = Case::new();
    let json = case.text(&case.qr);
    assert_eq!(found(&json), ("TOTAL-PASSED", ""), "{json}");
    assert_eq!(json["kind"], "qr");
    let said = json["warnings"].as_array().unwrap().iter().find(|w| w["code"] == "RECEIPT_SAID").unwrap();
    assert!(said["message"].as_str().unwrap().contains("/00000001"), "{said}");
    // the trust list may hold the certificate itself
    let both = case.auditor.path().join("both.pem");
    let pem = |path: &Path| std::fs::read_to_string(path).unwrap();
    std::fs::write(&both, pem(&case.certificate) + &pem(&case.office.root)).unwrap();
    let nowhere = case.auditor.path().join("nowhere");
    let arguments = ["verify", "--json", "--revocation", "ignore", "--qr", &case.qr, "--trust", both.to_str().unwrap()];
    assert_eq!(found(&run(&nowhere, arguments).expect(0).json()), ("TOTAL-PASSED", ""));
    // without the certificate nothing is proven, and nothing refuted
    let json = case.verify(&["--qr", &case.qr]).expect(2).json();
    assert_eq!(json["verdict"], "INDETERMINATE");
    assert!(json["warnings"].as_array().unwrap().iter().any(|w| w["code"] == "NO_SIGNING_CERTIFICATE_FOUND"), "{json}");

    let year = &case.office.series[6..8];
    let last = case.qr.rsplit('.').next().unwrap();
    let other = if last.starts_with('1') { '2' } else { '1' };
    let digest = case.qr.rsplit('.').nth(1).unwrap();
    for (from, to) in [
        (".6000.".to_owned(), ".600000.".to_owned()),
        ("/00000001.".to_owned(), "/00000002.".to_owned()),
        ("6109999990".to_owned(), "6109999991".to_owned()),
        (format!(".20{year}"), ".2019".to_owned()),
        ("/v/".to_owned(), "/w/".to_owned()),
        (format!(".{last}"), format!(".{other}{}", &last[1..])),
        (format!(".{digest}."), format!(".{}.", "0".repeat(digest.len()))),
    ] {
        let json = case.text(&replaced(&case.qr, &from, &to));
        assert_eq!(found(&json), ("TOTAL-FAILED", "SIG_CRYPTO_FAILURE"), "{from}: {json}");
        let message = json["signatures"][0]["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("the record was changed"), "{message}");
    }
    case.verify(&["--qr", &case.qr[..case.qr.len() - 1]]).expect(65).error_line();

    // where the receipt is at hand, what differs is named
    let data = case.office.folder.path();
    let here = |text: &str| {
        let root = case.office.root.to_str().unwrap();
        run(data, ["verify", "--json", "--revocation", "if-available", "--trust", root, "--qr", text]).json()
    };
    assert_eq!(found(&here(&case.qr)), ("TOTAL-PASSED", ""));
    for (from, to, named) in [
        (".6000.", ".600000.", "the total"),
        ("6109999990", "6109999991", "the tax code of the collecting body"),
        ("/v/", "/w/", "the address of the check page"),
        (digest, &"0".repeat(digest.len()), "the digest of the XML"),
    ] {
        let json = here(&replaced(&case.qr, from, to));
        assert_eq!(json["verdict"], "TOTAL-FAILED", "{json}");
        let named = |w: &Value| w["code"] == "RECEIPT_DIFFERS" && w["message"].as_str().unwrap().starts_with(named);
        assert!(json["warnings"].as_array().unwrap().iter().any(named), "{json}");
    }
}
