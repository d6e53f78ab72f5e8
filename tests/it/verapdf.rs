//! veraPDF as a judge: Java runs its libraries where they are to be had.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// One at a time: they share what was fetched and compiled.
static TURN: Mutex<()> = Mutex::new(());

/// Asserts that veraPDF finds these files to conform; says so where it is not to be had.
pub fn assert_conforms(flavour: &str, files: &[PathBuf]) {
    let _turn = TURN.lock();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("sh")
        .arg(here.join("tests/verapdf/run.sh"))
        .args([here.join("target/verapdf").as_os_str(), flavour.as_ref()])
        .args(files)
        .output()
        .unwrap();
    if output.status.code() == Some(77) {
        eprintln!("skipped: veraPDF is not to be had: {}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.lines().filter(|line| line.starts_with("PASS ")).count(), files.len());
}
