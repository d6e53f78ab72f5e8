//! The README: its pictures are there, those that the tests take of the pages, and small.

use std::collections::BTreeSet;
use std::path::Path;

/// Bytes of all of them together.
const MOST: usize = 1_200_000;

fn is_picture(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "png")
}

#[test]
fn its_pictures_are_there_and_small() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let named: BTreeSet<&str> =
        readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|to| is_picture(to)).collect();
    let there: BTreeSet<String> = std::fs::read_dir(root.join("docs"))
        .unwrap()
        .map(|entry| format!("docs/{}", entry.unwrap().file_name().to_string_lossy()))
        .filter(|name| is_picture(name))
        .collect();
    assert_eq!(named, there.iter().map(String::as_str).collect());
    // each is one of those that `make pictures` takes
    let mut sources = String::new();
    for entry in std::fs::read_dir(root.join("tests/it")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "rs") {
            sources.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    let mut bytes = 0;
    for name in named {
        let taken = name.trim_start_matches("docs/").trim_end_matches(".png");
        assert!(sources.contains(&format!(".show(\"{taken}\"")), "{name}");
        bytes += std::fs::read(root.join(name)).unwrap().len();
    }
    assert!(bytes < MOST, "{bytes} bytes");
}
