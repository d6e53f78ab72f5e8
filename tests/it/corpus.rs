//! Where the corpus of real and hostile files lies; tests that need it skip with a message where it is not.

use std::path::PathBuf;

/// The corpus folder: `$DAUSON_CORPUS`, else `../shared/corpus` beside the project.
pub fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("DAUSON_CORPUS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// A file of the corpus; says on stderr that the test is skipped if there is no corpus.
#[allow(dead_code)]
pub fn file(name: &str) -> Option<PathBuf> {
    match folder() {
        Some(folder) => Some(folder.join(name)),
        None => {
            eprintln!("skipped: no corpus here, so {name} is not tested");
            None
        }
    }
}
