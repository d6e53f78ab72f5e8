//! Receipts as nobody would think of them, issued as any other, judged by everybody who can judge them.

use crate::audit_log::open;
use crate::office::Office;
use crate::verapdf::assert_conforms;
use crate::xml_signature::{assert_valid, has};
use crate::{corpus, xml_signature};
use dauson::pki::material::TrustMaterial;
use dauson::receipts::issue::Counter;
use dauson::receipts::register;
use dauson::receipts::request::Request;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

/// As many, and as many as `$DAUSON_RECEIPTS` says.
const COUNT: usize = 12;

/// Words of names: precomposed, decomposed, with every kind of mark, long, and with what XML and PDF escape.
fn name() -> impl Strategy<Value = String> {
    let words = vec![
        "Nguyễn",
        "Văn",
        "Ạ",
        "Nguye\u{302}\u{303}n",
        "Ho\u{31b}\u{323}p",
        "ĐẶNG",
        "d\u{323}ie\u{302}\u{323}n",
        "&",
        "<Tâm>",
        "\"Ổ\"",
        "(Ự)",
        "\\Ỹ",
        "]]>",
        "O'Hà",
        "Thửa",
        "số-1/2",
        "–",
        "Khuỷu",
        "khuya",
        "ngoằn",
        "ngoèo",
        "W",
        "%",
        "Phường",
    ];
    let word =
        prop_oneof![20 => prop::sample::select(words).prop_map(str::to_owned), 1 => "[A-Z]{40}".prop_map(String::from)];
    prop::collection::vec(word, 1..30).prop_map(|words| words.join(" ").chars().take(280).collect())
}

fn line() -> impl Strategy<Value = Value> {
    let price =
        prop_oneof![Just(0_i64), Just(2_000), Just(1_000_000_000_000_000), 0..10_000_i64, 0..100_000_000_000_i64];
    (name(), prop::option::of("[a-z]{1,20}"), 1..40_i64, price).prop_map(|(name, unit, quantity, unit_price)| {
        json!({"fee": "CTBS", "name": name, "unit": unit, "quantity": quantity, "unit_price": unit_price})
    })
}

fn request(series: &str) -> impl Strategy<Value = Value> {
    let series = series.to_owned();
    let lines = prop_oneof![
        8 => prop::collection::vec(line(), 1..4),
        2 => prop::collection::vec(line(), 5..40),
        1 => prop::collection::vec(line(), 200),
    ];
    let payer = (name(), prop::option::of(name()), prop::option::of(Just("000175000001")));
    (payer, lines, prop::option::of(name()), prop::sample::select(vec!["cash", "transfer", "portal"])).prop_map(
        move |((name, address, personal_id), lines, note, method)| {
            json!({"series": series, "payer": {"name": name, "address": address, "personal_id": personal_id},
                "lines": lines, "payment": {"method": method}, "note": note})
        },
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_are_accepted_by_every_judge() {
    let office = Office::new();
    let data = open(office.folder.path()).await;
    let trust = TrustMaterial::load(std::slice::from_ref(&office.root), office.folder.path()).unwrap();
    let counter = Counter {
        folder: &data,
        public_url: "https://bienlai.example.vn",
        unit: None,
        actor: "test",
        trust: &trust,
        prices: dauson::receipts::fees::Prices::Enforce,
        mails: false,
    };
    let out = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::deterministic();
    let requests = request(&office.series);
    let (mut xmls, mut pdfs) = (Vec::new(), Vec::new());
    let count = std::env::var("DAUSON_RECEIPTS").map_or(COUNT, |count| count.parse().unwrap());
    for number in 0..count {
        let mut asked = requests.new_tree(&mut runner).unwrap().current();
        if number == 0 {
            // what must be among them, whatever chance says
            asked["lines"] =
                (0..200).map(|_| json!({"fee": "X", "name": "Miễn", "quantity": 1, "unit_price": 0})).collect();
        }
        let asked = Request::parse(asked.to_string().as_bytes()).unwrap();
        let row = counter.issue(&asked, None).await.unwrap_or_else(|error| panic!("{error}: {asked:?}")).row;
        for (sha256, ending, all) in [(&row.xml_sha256, "xml", &mut xmls), (&row.pdf_sha256, "pdf", &mut pdfs)] {
            let mut bytes = Vec::new();
            register::file(&data, &row, sha256).await.unwrap().read_to_end(&mut bytes).unwrap();
            let path = out.path().join(format!("{number}.{ending}"));
            std::fs::write(&path, bytes).unwrap();
            all.push(path);
        }
    }
    if has("xmlsec1") {
        xml_signature::assert_xmlsec1_trusts(&xmls, &office.root);
    }
    if corpus::folder().is_some() && has("xmllint") {
        assert_valid(&xmls, &out);
    }
    for pdf in &pdfs {
        if has("pdfsig") {
            let output = Command::new("pdfsig").arg("-nocert").arg(pdf).output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(said.contains("Signature is Valid") && said.contains("Total document signed"), "{said}");
        }
    }
    assert_pyhanko_accepts(&pdfs, &office.root);
    assert_conforms("3b", &pdfs);
}

/// pyHanko, if the Python of `$DAUSON_PYTHON` (else `python3`) has it.
fn assert_pyhanko_accepts(pdfs: &[PathBuf], root: &Path) {
    let python = std::env::var_os("DAUSON_PYTHON").unwrap_or_else(|| "python3".into());
    let has_it = Command::new(&python).args(["-c", "import pyhanko"]).output().is_ok_and(|o| o.status.success());
    if !has_it {
        eprintln!("skipped: there is no Python with pyHanko");
        return;
    }
    let script = "
import sys
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
context = lambda: ValidationContext(trust_roots=[load_cert_from_pemder(sys.argv[1])], allow_fetching=False)
for name in sys.argv[2:]:
    with open(name, 'rb') as file:
        (signature,) = PdfFileReader(file).embedded_signatures
        status = validate_pdf_signature(signature, context())
        assert status.bottom_line, (name, status.pretty_print_details())
print(len(sys.argv) - 2)
";
    let output = Command::new(&python).args(["-c", script]).arg(root).args(pdfs).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), pdfs.len().to_string());
}
