//! What `dauson verify` tells: in both languages, in detail, in ETSI's XML, as a table of many files, as a certificate.

use crate::corpus;
use crate::made::{Holder, Pdf, Use, Wanted};
use crate::program::{Ran, run};
use dauson::keys::{SigningKey as _, pem};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use time::Duration;
use time::macros::datetime;

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    /// `good.pdf` (B-T), `late.pdf` (its certificate expired), `plain.pdf`, `text.pdf` (no PDF), `root.pem`.
    fn new() -> Self {
        let (start, end) = (datetime!(2026-1-1 0:00 UTC), datetime!(2046-1-1 0:00 UTC));
        let root = Holder::root(&Wanted::new("Root", Use::Ca, start, end));
        let signer = root.issue(&Wanted::new("Nguyễn Văn Mẫu", Use::Signing, start, end));
        let expired = root.issue(&Wanted::new("Trần Thị Mẫu", Use::Signing, start, start + Duration::days(30)));
        let tsa = root.issue(&Wanted::new("TSA", Use::TimeStamping, start, end));
        let signed = datetime!(2026-3-1 8:00 UTC);
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        let write = |name: &str, bytes: &[u8]| std::fs::write(bench.path(name), bytes).unwrap();
        write("good.pdf", &Pdf::new().sign(&signer, signed, Some((&tsa, signed + Duration::MINUTE))).bytes);
        write("late.pdf", &Pdf::new().sign(&expired, signed, None).bytes);
        write("plain.pdf", &Pdf::new().bytes);
        write("text.pdf", b"no document");
        write("root.pem", pem::encode("CERTIFICATE", root.key.certificate()).as_bytes());
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn verify(&self, arguments: &[&str]) -> Ran {
        let root = self.path("root.pem").display().to_string();
        let always = ["verify", "--revocation", "if-available", "--at", "2026-11-24T00:00:00Z", "--trust", &root]
            .map(str::to_owned);
        // words with a point are names of files
        let named =
            |word: &&str| if word.contains('.') { self.path(word).display().to_string() } else { (*word).to_owned() };
        run(&self.path("data"), always.into_iter().chain(arguments.iter().map(named)))
    }
}

#[test]
fn people_are_told_in_their_language() {
    let bench = Bench::new();
    let ran = bench.verify(&["--lang", "vi", "good.pdf"]).expect(0);
    let mut lines = ran.stdout.lines();
    assert!(lines.next().unwrap().ends_with("HỢP LỆ, chữ ký số có giá trị"), "{ran:?}");
    for words in [
        "Nguyễn Văn Mẫu",
        "01/03/2026 15:00:00 (GMT+7)",
        "đã ký trước 01/03/2026 15:01:00 (GMT+7)",
        "Phần đã ký còn nguyên vẹn",
    ] {
        assert!(ran.stdout.contains(words), "{words}: {ran:?}");
    }
    let ran = bench.verify(&["--lang", "vi", "late.pdf"]).expect(2);
    for words in
        ["CHƯA KẾT LUẬN ĐƯỢC", "OUT_OF_BOUNDS_NO_POE", "Chứng thư số đã hết hạn", "cần làm", "không có gì chứng minh"]
    {
        assert!(ran.stdout.contains(words), "{words}: {ran:?}");
    }
    let ran = bench.verify(&["late.pdf"]).expect(2);
    let first = ran.stdout.lines().next().unwrap();
    assert!(first.ends_with("NOT DECIDED, signatures that could not be judged: 1 of 1"), "{ran:?}");
    for words in
        ["Trần Thị Mẫu", "2026-03-01T08:00:00Z, as the signer says", "nothing proves the time", "expired at", "to do"]
    {
        assert!(ran.stdout.contains(words), "{words}: {ran:?}");
    }
    let told = |locale: &str| {
        let mut command = crate::program::command(&bench.path("data"));
        let command = command.env("LANG", locale).args(["verify".as_ref(), bench.path("plain.pdf").as_os_str()]);
        crate::program::finish(command.spawn().unwrap()).expect(3).stdout
    };
    assert!(told("vi_VN.UTF-8").contains("KHÔNG CÓ CHỮ KÝ SỐ"));
    assert!(told("en_US.UTF-8").contains("NOT SIGNED") && told("C").contains("NOT SIGNED"));
}

#[test]
fn each_block_tells_its_constraints() {
    let bench = Bench::new();
    let json = bench.verify(&["--detail", "late.pdf"]).expect(2).json();
    let blocks = json["signatures"][0]["blocks"].as_array().unwrap();
    let clauses: Vec<&str> = blocks.iter().map(|b| b["clause"].as_str().unwrap()).collect();
    assert_eq!(clauses, ["5.2.2", "5.2.3", "5.2.4", "5.2.6", "5.2.7", "5.2.8", "5.3", "5.5"]);
    for block in blocks {
        for constraint in block["constraints"].as_array().unwrap() {
            let status = constraint["status"].as_str().unwrap();
            assert!(["OK", "NOT OK", "WARNING", "IGNORED"].contains(&status), "{constraint}");
            assert!(constraint["constraint"].is_string() && !constraint["message"].is_number());
        }
    }
    let x509 = blocks.iter().find(|b| b["clause"] == "5.2.6").unwrap();
    assert_eq!(
        (&x509["indication"], &x509["sub_indication"]),
        (&"INDETERMINATE".into(), &"OUT_OF_BOUNDS_NO_POE".into())
    );
    // a time-stamp's blocks say whose they are; the plain report has none
    let json = bench.verify(&["--detail", "good.pdf"]).expect(0).json();
    let about =
        json["signatures"][0]["blocks"].as_array().unwrap().iter().filter(|b| b["about"] == "signature time-stamp 1");
    assert!(about.count() > 5, "{json}");
    assert!(bench.verify(&["--json", "good.pdf"]).json()["signatures"][0]["blocks"].is_null());
}

/// Where the schemas lie beside the corpus, with a catalogue for xmllint.
fn catalogue(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    let schemas = corpus::folder()?.parent()?.join("schemas");
    let has_xmllint = Command::new("xmllint").arg("--version").output().is_ok();
    if !schemas.is_dir() || !has_xmllint {
        eprintln!("skipped: no schemas or no xmllint here");
        return None;
    }
    let xmldsig = "xmldsig-core-schema.xsd";
    let entries: String = [
        ("http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd", xmldsig),
        ("http://www.w3.org/TR/2008/REC-xmldsig-core-20080610/xmldsig-core-schema.xsd", xmldsig),
        ("http://uri.etsi.org/01903/v1.3.2/XAdES.xsd", "XAdES01903v132-202407.xsd"),
        ("http://uri.etsi.org/19612/v2.2.1/ts_119612v020201_201601xsd.xsd", "ts_119612v020401_xsd.xsd"),
        ("http://www.w3.org/2001/xml.xsd", "xml.xsd"),
    ]
    .map(|(name, file)| {
        let file = schemas.canonicalize().unwrap().join(file);
        format!(
            "<system systemId=\"{name}\" uri=\"file://{0}\"/><uri name=\"{name}\" uri=\"file://{0}\"/>",
            file.display()
        )
    })
    .concat();
    let path = folder.join("catalog.xml");
    std::fs::write(
        &path,
        format!("<catalog xmlns=\"urn:oasis:names:tc:entity:xmlns:xml:catalog\">{entries}</catalog>"),
    )
    .unwrap();
    Some((path, schemas.join("TS119102-2-v141.xsd")))
}

#[track_caller]
fn assert_valid_xml(catalogue: &Path, schema: &Path, file: &Path) {
    let output = Command::new("xmllint")
        .env("XML_CATALOG_FILES", catalogue)
        .args(["--nonet", "--noout", "--schema"])
        .args([schema, file])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_xml_report_keeps_its_schema() {
    let bench = Bench::new();
    let Some((catalogue, schema)) = catalogue(bench.folder.path()) else { return };
    let report = bench.path("report.xml");
    bench.verify(&["good.pdf", "late.pdf", "plain.pdf", "--report", "report.xml"]).expect(2);
    assert_valid_xml(&catalogue, &schema, &report);
    let text = std::fs::read_to_string(&report).unwrap();
    for words in [
        "mainindication:total-passed",
        "mainindication:indeterminate",
        "subindication:OUT_OF_BOUNDS_NO_POE",
        "<SignatureTimeStamp Signed=\"false\"><TimeStampValue>2026-03-01T08:01:00Z",
        "validationprocess:LTVM",
        "<ValidationTime>2026-11-24T00:00:00Z",
    ] {
        assert!(text.contains(words), "{words}");
    }
    assert_eq!(text.matches("<SignatureValidationReport>").count(), 3);
    // what is there is not overwritten unasked
    bench.verify(&["good.pdf", "--report", "report.xml"]).expect(73).error_line();
    bench.verify(&["good.pdf", "--report", "report.xml", "--force"]).expect(0);
    // real files, broken ones and signed XML among them
    let Some(signed) = corpus::file("signed") else { return };
    let data = tempfile::tempdir().unwrap();
    for name in [
        "vn-50-2026-nd-cp.pdf",
        "m-blta-renewed.pdf",
        "flip-content.pdf",
        "contents-garbage.pdf",
        "two-signer-infos.pdf",
    ] {
        let arguments = ["verify".into(), signed.join(name).into_os_string(), "--force".into(), "--report".into()];
        run(data.path(), arguments.into_iter().chain([report.clone().into_os_string()]));
        assert_valid_xml(&catalogue, &schema, &report);
    }
}

#[test]
fn folders_become_tables() {
    let bench = Bench::new();
    let inner = bench.path("many/deep");
    std::fs::create_dir_all(&inner).unwrap();
    for number in 0..6 {
        std::fs::copy(bench.path("good.pdf"), inner.join(format!("{number}.pdf"))).unwrap();
    }
    for name in ["late.pdf", "plain.pdf", "text.pdf"] {
        std::fs::copy(bench.path(name), bench.path("many").join(name)).unwrap();
    }
    std::fs::write(bench.path("many/readme.txt"), "x").unwrap();
    let many = bench.path("many").display().to_string();
    let ran = bench.verify(&[&many, "--csv", "all.csv", "--json"]).expect(65);
    assert_eq!(ran.stdout.lines().count(), 8);
    let verdicts: Vec<Value> = ran.stdout.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let names: Vec<&str> = verdicts.iter().map(|v| v["file"].as_str().unwrap()).collect();
    assert!(names.is_sorted(), "{names:?}");
    let csv = std::fs::read_to_string(bench.path("all.csv")).unwrap();
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows.len(), 1 + 9);
    assert!(rows[0].starts_with("\u{feff}file,verdict,field,type,indication"));
    assert_eq!(csv.matches(",TOTAL-PASSED,Signature1,signature,TOTAL-PASSED,").count(), 6);
    assert!(csv.contains(",NO-SIGNATURE,") && csv.contains(",UNREADABLE,") && csv.contains("Trần Thị Mẫu"));
    std::fs::create_dir(bench.path("none")).unwrap();
    let none = bench.path("none").display().to_string();
    bench.verify(&[&none]).expect(66).error_line();
}

fn text_of(file: &Path) -> String {
    let output = Command::new("pdftotext").arg("-layout").arg(file).arg("-").output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_certificate_of_validation_is_one_page_in_two_languages() {
    let bench = Bench::new();
    let certificate = bench.path("certificate.pdf");
    bench.verify(&["late.pdf", "--certificate", "certificate.pdf"]).expect(2);
    let text = text_of(&certificate);
    let sha256 = hex::encode(dauson::digest::sha256(&std::fs::read(bench.path("late.pdf")).unwrap()));
    for words in [
        "PHIẾU KẾT QUẢ KIỂM TRA CHỮ KÝ SỐ",
        "Certificate of signature validation",
        "CHƯA ĐỦ CĂN CỨ ĐỂ KẾT LUẬN",
        "Trần Thị Mẫu",
        &sha256,
        "24/11/2026 07:00:00 (GMT+7)",
        "OUT_OF_BOUNDS_NO_POE",
        "Phiếu này không được ký số",
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    let check = Command::new("qpdf").arg("--check").arg(&certificate).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    let pages = Command::new("qpdf").arg("--show-npages").arg(&certificate).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&pages.stdout).trim(), "1");
    // many signatures fit on the page as well
    if let Some(signed) = corpus::file("signed/vn-50-2026-nd-cp.pdf") {
        let arguments = ["verify".into(), signed.into_os_string(), "--force".into(), "--certificate".into()];
        run(bench.folder.path(), arguments.into_iter().chain([certificate.clone().into_os_string()])).expect(2);
        let text = text_of(&certificate);
        assert!(text.contains("Chữ ký 6") && text.contains("Trần Hồng Hà"), "{text}");
    }
    bench.verify(&["late.pdf", "good.pdf", "--certificate", "certificate.pdf"]).expect(64);
    bench.verify(&["late.pdf", "--key-id", "leader"]).expect(64);
}

#[test]
fn a_certificate_of_validation_is_signed_by_a_key_of_the_data_folder() {
    let bench = Bench::new();
    let data = bench.path("data");
    run(&data, ["demo", "--json"]).expect(0);
    let ask = |key: &str| bench.verify(&["good.pdf", "--certificate", "certificate.pdf", "--key-id", key]);
    ask("root-ca").expect(77).error_line();
    ask("nobody").expect(66).error_line();
    ask("seal").expect(0);
    let certificate = bench.path("certificate.pdf").display().to_string();
    assert!(!text_of(Path::new(&certificate)).contains("Phiếu này không được ký số"));
    let trust = data.join("trust").display().to_string();
    let json = run(&data, ["verify", "--json", "--trust", &trust, &certificate]).json();
    assert_eq!(
        (&json["signatures"][0]["integrity"], &json["signatures"][0]["coverage"]),
        (&"intact".into(), &"whole-file".into()),
        "{json}"
    );
}
