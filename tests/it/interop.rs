//! Other people's tools read our log: Go's packages for transparency logs and Tessera's fsck, as `tests/interop` calls them.

use crate::audit_receipts::issued;
use crate::auditing::{append, key};
use crate::office::Office;
use crate::program::run;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn go(folder: &Path, arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new("go");
    // the Go that is here; whatever the environment says of flags
    command.current_dir(folder).args(arguments).env("GOTOOLCHAIN", "local").env("GOFLAGS", "-mod=readonly");
    command.output().ok()
}

/// The checker, built; none where there is no Go, or its modules cannot be had.
fn checker() -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop");
    let Some(downloaded) = go(&source, &["mod", "download"]) else {
        eprintln!("skipped: there is no go");
        return None;
    };
    if !downloaded.status.success() {
        eprintln!("skipped: go's modules cannot be had: {}", String::from_utf8_lossy(&downloaded.stderr));
        return None;
    }
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop");
    let built = go(&source, &["build", "-o", program.to_str().unwrap(), "."]).unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    Some(program)
}

#[test]
fn go_and_tessera_accept_the_log_and_its_proofs() {
    let Some(checker) = checker() else { return };
    let office = Office::new();
    let data = issued(&office);
    append(&data, 700);
    let key = key(&data);
    let work = tempfile::tempdir().unwrap();
    let mut proofs = Vec::new();
    for index in [0_u32, 255, 256, 511, 700] {
        let proof = work.path().join(index.to_string());
        std::fs::write(&proof, run(&data, ["audit", "prove", &index.to_string()]).expect(0).stdout).unwrap();
        proofs.extend([proof.display().to_string(), index.to_string()]);
    }
    let server = office.serve();
    let url = format!("http://{}/", server.address);
    let check =
        |key: &str| Command::new(&checker).args([url.trim_end_matches('/'), key]).args(&proofs).output().unwrap();
    let checked = check(&key);
    let told = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    assert!(told.contains("entries of log.dauson/"), "{told}");
    // and it is a check: another log's key is refused
    let other = Office::new();
    assert!(!check(&self::key(other.folder.path())).status.success());
}
