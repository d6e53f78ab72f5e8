//! `dauson verify --online` asks where certificates say; without it nobody is asked.

use crate::levels::{Desk, sample};
use crate::program::{Ran, command, finish};
use dauson::keys::KeyAlgorithm;
use std::path::Path;

fn verify(folder: &Path, file: &Path, root: &Path, words: &str, private: &str) -> Ran {
    let mut command = command(folder);
    command.env("DAUSON_NET_ALLOW_PRIVATE", private).args(["verify", "--json", "--trust"]).arg(root).arg(file);
    finish(command.args(words.split_whitespace()).spawn().unwrap())
}

#[test]
fn the_responder_is_asked_if_that_is_wanted_and_allowed() {
    let mut desk = Desk::new(KeyAlgorithm::P256);
    desk.sign(&sample(), "B-B.pdf", "").expect(0);
    let (file, root) = (desk.path("B-B.pdf"), desk.path("trust/root.pem"));
    let reader = tempfile::tempdir().unwrap();
    let judge = |words: &str, private: &str| verify(reader.path(), &file, &root, words, private);
    let cache = reader.path().join("cache");
    for (words, private) in [("", "true"), ("--offline", "true"), ("--online", "false")] {
        let report = judge(words, private).expect(2).json();
        assert_eq!(report["signatures"][0]["sub_indication"], "TRY_LATER", "{words} {private}: {report}");
        assert!(!cache.exists(), "{words} {private}: an answer is there");
    }
    let report = judge("--online", "true").expect(0).json();
    assert_eq!(report["verdict"], "TOTAL-PASSED", "{report}");
    let kinds = |ending: &str| {
        let files = std::fs::read_dir(&cache).unwrap().map(|file| file.unwrap().path());
        files.filter(|path| path.extension().unwrap() == ending).count()
    };
    assert!(kinds("ocsp") > 0 && kinds("crl") > 0, "the responder's answer and the root's list are kept");
    // what was fetched is at hand without the network
    desk.server.terminate();
    desk.server.wait();
    judge("", "false").expect(0);
    // elsewhere nothing is, and that nobody answers is no error of the file
    let elsewhere = tempfile::tempdir().unwrap();
    let report = verify(elsewhere.path(), &file, &root, "--online", "true").expect(2).json();
    assert_eq!(report["signatures"][0]["sub_indication"], "TRY_LATER", "{report}");
}
