//! A bundle for a court or an inspector: verified by the program and, without a network, by a browser.

use crate::audit_receipts::issued;
use crate::auditing::{append, append_at, keep, key};
use crate::browser::chromium;
use crate::office::Office;
use crate::program::run;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The page as it is after its script has run.
fn rendered(browser: &str, page: &Path) -> String {
    let profile = tempfile::tempdir().unwrap();
    let mut child = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--virtual-time-budget=60000"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", page.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        stdout.read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    });
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_mins(2) {
            child.kill().unwrap();
            panic!("the browser did not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    reader.join().unwrap()
}

fn is_verified(shown: &str) -> bool {
    shown.contains("<body data-verdict=\"verified\">") || shown.contains("class=\"good\"")
}

fn unpack(bundle: &Path, to: &Path) {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(bundle).unwrap()).unwrap();
    archive.extract(to).unwrap();
}

/// The bundle with one of its files changed.
fn pack(folder: &Path, bundle: &Path) {
    fn add(zip: &mut zip::ZipWriter<std::fs::File>, root: &Path, at: &Path) {
        for entry in std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                add(zip, root, &entry);
            } else {
                let name = entry.strip_prefix(root).unwrap().to_str().unwrap();
                zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
                zip.write_all(&std::fs::read(&entry).unwrap()).unwrap();
            }
        }
    }
    let mut zip = zip::ZipWriter::new(std::fs::File::create(bundle).unwrap());
    add(&mut zip, folder, folder);
    zip.finish().unwrap();
}

fn exported() -> (tempfile::TempDir, PathBuf, String, String) {
    let office = Office::new();
    let data = issued(&office);
    append(&data, 300);
    let work = tempfile::tempdir().unwrap();
    let bundle = work.path().join("log.zip");
    let name = bundle.display().to_string();
    let kept = keep(&data, &work.path().join("kept.txt"));
    let made = run(&data, ["audit", "export", "-o", &name, "--json"]).expect(0).json();
    assert!(made["certificates"].as_u64().unwrap() > 0, "{made}");
    run(&data, ["audit", "export", "-o", &name]).expect(73).error_line();
    // the act is in the bundle
    let shown = run(&data, ["audit", "show", "--action", "export.made", "--json"]).expect(0).stdout;
    assert_eq!(shown.lines().count(), 1);
    let key = key(&data);
    (work, bundle, key, kept)
}

/// The first entries are told by the tiles of their hashes alone.
#[test]
fn a_bundle_from_a_day_on_leads_to_the_same_root() {
    let now = time::OffsetDateTime::now_utc();
    let office = Office::since(now - time::Duration::days(30));
    let data = office.folder.path();
    append_at(data, 600, now - time::Duration::days(20));
    append(data, 300);
    let work = tempfile::tempdir().unwrap();
    let bundle = work.path().join("log.zip");
    let name = bundle.display().to_string();
    let since = (now - time::Duration::days(1)).date().to_string();
    let made = run(data, ["audit", "export", "-o", &name, "--since", &since, "--json"]).expect(0).json();
    let first = made["first"].as_u64().unwrap();
    assert!(first >= 512 && first.is_multiple_of(256), "{made}");
    let (elsewhere, key) = (work.path().join("none"), key(data));
    let ran = run(&elsewhere, ["audit", "verify", &name, "--log-key", &key]).expect(0);
    assert!(ran.stderr.contains(&format!("the entries from {first} on")), "{ran:?}");
    let whole = made["entries"].as_u64().unwrap();
    assert!(ran.stdout.contains(&format!("{whole} log entries, {} of them read now", whole - first)), "{ran:?}");
    let files = work.path().join("files");
    unpack(&bundle, &files);
    assert!(!files.join("tile/entries/000").exists() && files.join("tile/0/000").exists());
    if let Some(browser) = chromium() {
        assert!(is_verified(&rendered(browser, &files.join("index.html"))));
    }
    // a hash of what is not there is changed
    let tile = files.join("tile/0/000");
    let mut bytes = std::fs::read(&tile).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&tile, &bytes).unwrap();
    let changed = work.path().join("changed.zip");
    pack(&files, &changed);
    let ran = run(&elsewhere, ["audit", "verify", &changed.display().to_string(), "--log-key", &key]);
    // it is not needed for the root, which the tile above has
    assert!([0, 1].contains(&ran.code), "{ran:?}");
    let tile = files.join("tile/1/000.p/3");
    let tile = if tile.exists() {
        tile
    } else {
        std::fs::read_dir(files.join("tile/1/000.p")).unwrap().next().unwrap().unwrap().path()
    };
    let mut bytes = std::fs::read(&tile).unwrap();
    bytes[0] ^= 1;
    std::fs::write(&tile, &bytes).unwrap();
    pack(&files, &changed);
    run(&elsewhere, ["audit", "verify", &changed.display().to_string(), "--log-key", &key]).expect(1);
}

#[test]
fn a_bundle_is_verified_alone() {
    let (work, bundle, key, kept) = exported();
    let name = bundle.display().to_string();
    let elsewhere = work.path().join("none");
    let ran = run(&elsewhere, ["audit", "verify", &name, "--log-key", &key, "--checkpoint", &kept]).expect(0);
    assert!(ran.stdout.starts_with("everything agrees") && ran.stderr.is_empty(), "{ran:?}");
    // what it says of itself is not taken for more than that
    let ran = run(&elsewhere, ["audit", "verify", &name]).expect(0);
    assert!(ran.stderr.contains("says nothing about whose log it is"), "{ran:?}");
    run(&elsewhere, ["audit", "receipts", &name]).expect(0);
    let files = work.path().join("files");
    unpack(&bundle, &files);
    run(&elsewhere, ["audit", "verify", &files.display().to_string(), "--log-key", &key]).expect(0);
    let readme = std::fs::read_to_string(files.join("README.txt")).unwrap();
    assert!(readme.contains(&key) && readme.starts_with("NHẬT KÝ KIỂM TOÁN log.dauson/"), "{readme}");
    for certificate in std::fs::read_dir(files.join("certificates")).unwrap().map(|c| c.unwrap().path()) {
        let der = std::fs::read(&certificate).unwrap();
        let digest = certificate.file_stem().unwrap().to_str().unwrap().to_owned();
        assert_eq!(hex::encode(dauson::digest::sha256(&der)), digest);
    }
    for (file, byte) in [("tile/entries/000", 40), ("tile/0/000", 40), ("checkpoint", 32)] {
        let path = files.join(file);
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        bad[byte] ^= 1;
        std::fs::write(&path, &bad).unwrap();
        let changed = work.path().join("changed.zip");
        pack(&files, &changed);
        run(&elsewhere, ["audit", "verify", &changed.display().to_string(), "--log-key", &key]).expect(1);
        std::fs::write(&path, &good).unwrap();
    }
    // a byte that is changed within the ZIP file
    let mut bytes = std::fs::read(&bundle).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle] ^= 1;
    std::fs::write(&bundle, &bytes).unwrap();
    let ran = run(&elsewhere, ["audit", "verify", &name, "--log-key", &key]);
    assert!([0, 1, 65].contains(&ran.code), "{ran:?}");
    std::fs::write(&bundle, &bytes[..middle]).unwrap();
    run(&elsewhere, ["audit", "verify", &name, "--log-key", &key]).expect(65).error_line();
}

#[test]
fn a_browser_verifies_the_page_without_a_network() {
    let Some(browser) = chromium() else { return };
    let (work, bundle, key, _) = exported();
    let files = work.path().join("files");
    unpack(&bundle, &files);
    let page = files.join("index.html");
    let good = std::fs::read_to_string(&page).unwrap();
    let shown = rendered(browser, &page);
    assert!(is_verified(&shown) && shown.contains("class=\"good\">ĐÃ XÁC MINH"), "{shown}");
    assert!(shown.contains("receipt.issued") || shown.contains("document.signed"), "its entries are listed");
    let bundles = good.find("\"bundles\":[").unwrap();
    let root = good.find("\"checkpoint\":\"").unwrap();
    let swap = |at: usize| {
        let other = if good.as_bytes()[at] == b'A' { "B" } else { "A" };
        format!("{}{other}{}", &good[..at], &good[at + 1..])
    };
    let own = good.find(&key).unwrap();
    for (what, changed) in [
        ("an entry", swap(bundles + 200)),
        ("the last entry", swap(good.rfind("\"]}</script>").unwrap() - 9)),
        ("the root", swap(root + 60)),
        ("the key", swap(own + key.len() - 9)),
        // a script is not run but the page's own
        ("the script", good.replace("if (!isSigned(checkpoint, key)) return 'why-signature';", "")),
    ] {
        assert_ne!(changed, good, "{what}");
        std::fs::write(&page, changed).unwrap();
        let shown = rendered(browser, &page);
        assert!(!is_verified(&shown), "{what}: {shown}");
    }
}
