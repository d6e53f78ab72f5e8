//! The house's floors: a module uses what lies below it and never what lies above.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// From the ground up. On one floor a room may use its neighbour, as long as no two use each other.
const FLOORS: &[(&str, &[&str])] = &[
    ("shared words", &["digest", "error", "indication", "limits", "messages", "output", "parallel", "secret"]),
    ("formats", &["pdf", "cms", "xml", "tlog", "drawing", "render"]),
    ("trust", &["pki", "keys"]),
    ("network", &["net"]),
    ("signatures", &["authority", "pades", "xades", "validation"]),
    ("store", &["store"]),
    ("audit", &["audit", "auditor"]),
    ("data folder", &["data_folder"]),
    ("office", &["people", "receipts", "reform", "registry", "reports", "documents", "trust_services"]),
    ("settings", &["config"]),
    ("faces", &["agent", "cli", "http"]),
];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|(_, rooms)| rooms.contains(&room))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The rooms that a file names as `crate::room`, outside of its tests, comments and texts.
fn rooms_used(source: &str) -> BTreeSet<String> {
    let code = source.split("#[cfg(test)]\nmod ").next().unwrap();
    let mut rooms = BTreeSet::new();
    for line in code.lines().map(|line| line.split("//").next().unwrap()) {
        for piece in line.split("crate::").skip(1) {
            if let Some(group) = piece.strip_prefix('{') {
                rooms.extend(group.split(',').map(|name| first_word(name.trim())));
            } else {
                rooms.insert(first_word(piece));
            }
        }
    }
    rooms.remove("");
    rooms
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn arrows_go_down_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    let mut sideways: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&src).unwrap();
        let room = inside.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
        if room == "lib" || room == "main" {
            continue;
        }
        let Some(own) = floor(&room) else {
            wrong.push(format!("{room} is on no floor: add it to tests/it/floors.rs"));
            continue;
        };
        for used in rooms_used(&std::fs::read_to_string(&file).unwrap()) {
            match floor(&used) {
                Some(other) if other > own => wrong.push(format!("{} uses crate::{used} above it", inside.display())),
                Some(other) if other == own && used != room => {
                    sideways.entry(room.clone()).or_default().insert(used);
                }
                // a macro or a re-export at the root belongs to no floor
                _ => {}
            }
        }
    }
    for (room, used) in &sideways {
        for other in used {
            if sideways.get(other).is_some_and(|back| back.contains(room)) {
                wrong.push(format!("{room} and {other} use each other"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_check_sees_what_it_should() {
    let used = rooms_used(
        "use crate::pdf::X; // crate::http\nuse crate::{cli, digest::sha256};\n#[cfg(test)]\nmod tests { use crate::http; }",
    );
    assert_eq!(used.into_iter().collect::<Vec<_>>(), ["cli", "digest", "pdf"]);
    assert!(floor("pdf") < floor("pki") && floor("store") < floor("receipts"));
}

/// Whoever writes a log wrongly must not have it verified by the same mistake.
#[test]
fn the_auditor_shares_nothing_with_what_writes_the_log() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/auditor");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    assert!(files.len() > 10);
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        let code: Vec<&str> = source.lines().map(|line| line.split("//").next().unwrap()).collect();
        for room in ["tlog", "audit", "data_folder"] {
            assert!(!code.join("\n").contains(&format!("crate::{room}::")), "{} uses {room}", file.display());
            assert!(!rooms_used(&source).contains(room), "{} uses {room}", file.display());
        }
    }
}
