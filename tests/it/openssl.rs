//! openssl as a judge.

use std::path::Path;
use std::process::Command;

/// Whether openssl succeeds in the folder, and what it prints.
pub fn try_openssl(folder: &Path, arguments: &str) -> (bool, String) {
    let run = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
    (run.status.success(), [run.stdout, run.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat())
}

/// What openssl prints; it must succeed.
#[track_caller]
pub fn openssl(folder: &Path, arguments: &str) -> String {
    let (good, text) = try_openssl(folder, arguments);
    assert!(good, "openssl {arguments}: {text}");
    text
}
