//! Signatures of any origin are raised to higher levels; archives are renewed; what is there stays byte for byte.

use crate::corpus;
use crate::levels::{Desk, others_accept, sample, verify};
use crate::program::{Ran, command, finish, run};
use dauson::keys::KeyAlgorithm;
use std::path::{Path, PathBuf};

const STAMP: &str = "document-timestamp";
const DATA: &str = "validation-data";

/// `dauson extend` with the desk's data folder.
fn extend(desk: &Desk, input: &Path, output: &str, words: &str) -> Ran {
    let mut command = command(desk.folder.path());
    command.arg("extend").arg(input).arg("-o").arg(desk.path(output)).arg("--json");
    command.env("DAUSON_NET_ALLOW_PRIVATE", "true");
    finish(command.args(["--tsa", &desk.tsa()]).args(words.split_whitespace()).spawn().unwrap())
}

fn added(ran: &Ran) -> Vec<String> {
    serde_json::from_value(ran.json()["added"].clone()).unwrap()
}

#[test]
fn each_level_leads_to_each_higher_one() {
    let desk = Desk::new(KeyAlgorithm::P256);
    let steps: [(&str, &str, &[&str]); 9] = [
        ("B-B", "B-T", &[STAMP]),
        ("B-B", "B-LT", &[STAMP, DATA]),
        ("B-B", "B-LTA", &[STAMP, DATA, STAMP]),
        ("B-T", "B-T", &[]),
        ("B-T", "B-LT", &[DATA]),
        ("B-T", "B-LTA", &[DATA, STAMP]),
        ("B-LT", "B-LT", &[]),
        ("B-LT", "B-LTA", &[STAMP]),
        ("B-LTA", "B-LTA", &[STAMP]),
    ];
    for level in crate::levels::LEVELS {
        desk.sign(&sample(), &format!("{level}.pdf"), &format!("--level {level} --tsa {}", desk.tsa())).expect(0);
    }
    for (from, to, wanted) in steps {
        let (input, output) = (desk.path(&format!("{from}.pdf")), format!("{from}-{to}.pdf"));
        let done = extend(&desk, &input, &output, &format!("--level {to}")).expect(0);
        assert_eq!(added(&done), wanted, "{from} to {to}");
        assert_eq!(done.json()["log"].is_null(), wanted.is_empty());
        let bytes = std::fs::read(desk.path(&output)).unwrap();
        assert!(bytes.starts_with(&std::fs::read(&input).unwrap()));
        assert_eq!(done.json()["sha256"], hex::encode(dauson::digest::sha256(&bytes)));
        others_accept(&desk.path(&output), 1);
        let report = verify(&[&desk.path("trust/root.pem")], &desk.path(&output), "if-available");
        assert_eq!(report["verdict"], "TOTAL-PASSED", "{report}");
        assert_eq!(report["signatures"][0]["level"], to, "{from} to {to}: {report}");
    }
    run(desk.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn foreign_signatures_are_raised() {
    let desk = Desk::new(KeyAlgorithm::P256);
    let Some(pki) = corpus::file("pki") else { return };
    let (root, own) = (pki.join("root.pem"), desk.path("trust/root.pem"));
    let crls = format!("--crl {} --crl {}", pki.join("root.crl").display(), pki.join("ica.crl").display());
    let trust = format!("--trust {} --trust {}", root.display(), own.display());
    for name in ["good-rsa2048", "good-p256", "good-pss"] {
        let input = corpus::file(&format!("signed/{name}.pdf")).unwrap();
        for level in ["B-T", "B-LT", "B-LTA"] {
            let output = format!("{name}-{level}.pdf");
            extend(&desk, &input, &output, &format!("--level {level} {crls} {trust}")).expect(0);
            let report = verify(&[&root, &own], &desk.path(&output), "if-available");
            assert_eq!(
                (&report["verdict"], &report["signatures"][0]["level"]),
                (&"TOTAL-PASSED".into(), &level.into())
            );
            assert!(std::fs::read(desk.path(&output)).unwrap().starts_with(&std::fs::read(&input).unwrap()));
        }
        // the certificates of the corpus do not say where their status is found
        let lacking = extend(&desk, &input, "no.pdf", &format!("--level B-LT {trust}")).expect(69);
        assert!(lacking.error_line().contains("revoked"), "{lacking:?}");
        assert!(!desk.path("no.pdf").exists());
    }
}

#[test]
fn what_does_not_hold_is_not_extended() {
    let desk = Desk::new(KeyAlgorithm::P256);
    desk.sign(&sample(), "good.pdf", "").expect(0);
    let good = std::fs::read(desk.path("good.pdf")).unwrap();
    let mut broken = good.clone();
    broken[100] ^= 1;
    std::fs::write(desk.path("broken.pdf"), broken).unwrap();
    let refused = extend(&desk, &desk.path("broken.pdf"), "no.pdf", "--level B-T").expect(65);
    assert!(refused.error_line().contains("no time-stamp makes it better"), "{refused:?}");
    extend(&desk, &sample(), "no.pdf", "--level B-T").expect(3).error_line();
    extend(&desk, &desk.path("good.pdf"), "no.pdf", "--level B-B").expect(64).error_line();
    extend(&desk, &desk.path("none.pdf"), "no.pdf", "--level B-T").expect(66).error_line();
    extend(&desk, &desk.path("good.pdf"), "good.pdf", "--level B-T").expect(73).error_line();
    std::fs::remove_dir_all(desk.path("cache")).unwrap();
    // addresses that foreign certificates name lead to no private place
    let mut command = command(desk.folder.path());
    command.arg("extend").arg(desk.path("good.pdf")).arg("-o").arg(desk.path("no.pdf"));
    let refused = finish(command.args(["--level", "B-LT", "--tsa", &desk.tsa()]).spawn().unwrap()).expect(69);
    assert!(refused.error_line().contains("is not a public address"), "{refused:?}");
    assert!(!desk.path("no.pdf").exists());
}

#[test]
fn what_ends_is_found_and_renewed() {
    let desk = Desk::new(KeyAlgorithm::P256);
    let files = desk.path("files");
    std::fs::create_dir(&files).unwrap();
    for (level, name) in [("B-B", "b.pdf"), ("B-T", "t.pdf"), ("B-LTA", "lta.PDF")] {
        let output = format!("files/{name}");
        desk.sign(&sample(), &output, &format!("--level {level} --tsa {}", desk.tsa())).expect(0);
    }
    std::fs::write(files.join("notes.txt"), "nothing").unwrap();
    let find = |words: &[&str]| {
        let arguments = ["extend", "--json", "--extend-before"].into_iter().chain(words.iter().copied());
        run(desk.folder.path(), arguments.chain([files.to_str().unwrap(), "--tsa", &desk.tsa()]))
    };
    assert_eq!(find(&["2027-01-01"]).expect(0).stdout, "");
    // the certificate of the TSA is valid for three years
    let listed = find(&["2035-01-01"]).expect(0).stdout;
    let names: Vec<PathBuf> = listed
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["input"].as_str().unwrap().into())
        .collect();
    assert_eq!(names, [files.join("lta.PDF"), files.join("t.pdf")], "what has no time-stamp has none that ends");
    assert!(listed.contains("the certificate of Dauson DEMO TSA ends on 20"), "{listed}");
    let renewed = desk.path("renewed");
    std::fs::create_dir(&renewed).unwrap();
    let mut command = command(desk.folder.path());
    command.args(["extend", "--extend-before", "2035-01-01", "--tsa", &desk.tsa()]).arg(&files).arg("--out-dir");
    finish(command.arg(&renewed).env("DAUSON_NET_ALLOW_PRIVATE", "true").spawn().unwrap()).expect(0);
    for name in ["t.pdf", "lta.PDF"] {
        let report = verify(&[&desk.path("trust/root.pem")], &renewed.join(name), "require");
        assert_eq!((&report["verdict"], &report["signatures"][0]["level"]), (&"TOTAL-PASSED".into(), &"B-LTA".into()));
    }
    let twice = verify(&[&desk.path("trust/root.pem")], &renewed.join("lta.PDF"), "require");
    assert_eq!(twice["signatures"].as_array().unwrap().len(), 3);
    assert!(!renewed.join("b.pdf").exists());
    find(&["tomorrow"]).expect(64).error_line();
}
