//! The master key among custodians: what opens the data folder, and what does not.

use crate::audit_acts::entries;
use crate::key_pins::secret_file;
use crate::office::{Office, closed};
use crate::program::{Ran, command, finish, run};
use crate::server::Server;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Split {
    office: Office,
    work: tempfile::TempDir,
    key: Vec<u8>,
}

impl Split {
    /// An office whose master key three of five custodians have together.
    fn new() -> Self {
        let (office, work) = (Office::new(), tempfile::tempdir().unwrap());
        let key = std::fs::read(office.folder.path().join("master.key")).unwrap();
        let split = Self { office, work, key };
        split.split("shares", &[]).expect(0);
        split
    }

    fn data(&self) -> &Path {
        self.office.folder.path()
    }

    fn split(&self, out: &str, more: &[&str]) -> Ran {
        let out = self.work.path().join(out).display().to_string();
        let split = ["key", "custodians", "split", "--of", "5", "--need", "3", "--out-dir", &out];
        run(self.data(), [&split[..], more].concat())
    }

    fn share(&self, number: u8) -> String {
        self.work.path().join(format!("shares/share-{number}-of-5.txt")).display().to_string()
    }

    /// Lists the keys with these shares.
    fn list(&self, shares: &[&str]) -> Ran {
        list(self.data(), shares)
    }
}

fn list(data: &Path, shares: &[&str]) -> Ran {
    let shares: Vec<&str> = shares.iter().flat_map(|share| ["--share-file", share]).collect();
    run(data, [&["key", "list"], &shares[..]].concat())
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &to) } else { _ = std::fs::copy(entry.path(), to).unwrap() }
    }
}

#[test]
fn so_many_shares_open_the_data_folder_and_fewer_do_not() {
    let split = Split::new();
    assert!(!split.data().join("master.key").exists());
    let [one, two, three, four, five] = [1, 2, 3, 4, 5].map(|number| split.share(number));
    for shares in [[&one, &two, &three], [&five, &one, &four], [&four, &two, &five]] {
        split.list(&shares.map(String::as_str)).expect(0);
    }
    split.list(&[&one, &two, &three, &four]).expect(0);
    for (shares, code, words) in [
        (&[][..], 77, "it is with 5 custodians, of whom 3 are needed (--share-file"),
        (&[&*one, &two], 77, "2 of the 3 shares that are needed were given"),
        (&[&*one, &two, &one], 65, "share 1 was given twice"),
    ] {
        let refused = split.list(shares).expect(code);
        assert!(refused.error_line().contains(words), "{refused:?}");
    }
    // one that was mistyped, one that is something else, none at all
    let text = std::fs::read_to_string(&three).unwrap();
    assert!(text.starts_with("# Custodian 3 of 5") && text.lines().count() == 2, "{text}");
    let at = text.trim_end().len() - 20;
    let digit = if &text[at..=at] == "0" { "1" } else { "0" };
    let mistyped = secret_file(&split.work, "mistyped", &format!("{}{digit}{}", &text[..at], &text[at + 1..]));
    let refused = split.list(&[&one, &two, &mistyped]).expect(65);
    assert!(refused.error_line().contains("mistyped: its checksum does not fit"), "{refused:?}");
    let other = secret_file(&split.work, "other", "hello");
    assert!(split.list(&[&one, &two, &other]).expect(65).error_line().contains("it is not a share"));
    split.list(&[&one, &two, "no-such-file"]).expect(66).error_line();
    // another house's
    let house = Split::new();
    let refused = split.list(&[&one, &two, &house.share(3)]).expect(77);
    assert!(refused.error_line().contains("share 3 is of another data folder"), "{refused:?}");
    let whole = Office::new();
    assert!(list(whole.folder.path(), &[&one, &two, &three]).expect(64).error_line().contains("was not split"));
    // typed in another way: in capitals, parted by blanks
    let typed = text.lines().nth(1).unwrap().strip_prefix("dauson-share-1 ").unwrap().to_uppercase().replace('-', " ");
    let typed = secret_file(&split.work, "typed", &format!("dauson-share-1 {typed}"));
    split.list(&[&one, &two, &typed]).expect(0);
    let signing = ["sign", "samples/cong-van.pdf", "--key-id", "xa-son-mau.leader", "-o"];
    let out = split.work.path().join("a.pdf").display().to_string();
    let shares = ["--share-file", &one, "--share-file", &two, "--share-file", &four];
    run(split.data(), [&signing[..], &[&out], &shares].concat()).expect(0);
    run(split.data(), [&["audit", "verify"], &shares[..]].concat()).expect(0);
}

/// What a backup has is of no use without the custodians.
#[test]
fn a_backup_opens_nothing_without_them() {
    let split = Split::new();
    closed(split.data());
    let backup = tempfile::tempdir().unwrap();
    copy(split.data(), backup.path());
    let mut files = vec![backup.path().to_owned()];
    let mut seen = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        seen += 1;
        let bytes = std::fs::read(&path).unwrap();
        let digits = hex::encode(&split.key);
        let has = |what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
        assert!(!has(&split.key) && !has(digits.as_bytes()), "{} has the master key", path.display());
    }
    assert!(seen > 3);
    let out = backup.path().join("a.pdf").display().to_string();
    let sign = ["sign", "samples/cong-van.pdf", "--key-id", "xa-son-mau.leader", "-o", &out];
    run(backup.path(), sign).expect(77).error_line();
    list(backup.path(), &[&split.share(1), &split.share(2)]).expect(77);
    // nor is it given a new master key
    assert!(!backup.path().join("master.key").exists());
    list(backup.path(), &[&split.share(1), &split.share(2), &split.share(5)]).expect(0);
}

#[test]
fn the_service_starts_with_shares_and_they_can_be_made_anew() {
    let split = Split::new();
    let [one, two, three] = [1, 2, 3].map(|number| split.share(number));
    let all = std::env::join_paths([&one, &two, &three]).unwrap();
    let server = Server::start(split.data(), &[("DAUSON_MASTER_KEY_SHARES", all.to_str().unwrap())]);
    server.get("/readyz").send().expect(200);
    drop(server);
    let mut without = command(split.data());
    without.arg("serve");
    finish(without.spawn().unwrap()).expect(77).error_line();
    // shares in the data folder would be no custodians'
    let shares = ["--share-file", &one, "--share-file", &two, "--share-file", &three];
    let inside = split.data().join("shares").display().to_string();
    let again = ["key", "custodians", "split", "--of", "3", "--need", "2", "--out-dir", &inside];
    run(split.data(), [&again[..], &shares].concat()).expect(64).error_line();
    let wrong = ["key", "custodians", "split", "--of", "2", "--need", "3", "--out-dir", &inside];
    run(split.data(), [&wrong[..], &shares].concat()).expect(64).error_line();
    split.split("new", &shares).expect(0);
    let old = split.list(&[&one, &two, &three]).expect(77);
    assert!(old.error_line().contains("earlier split"), "{old:?}");
    let new = |number: u8| split.work.path().join(format!("new/share-{number}-of-5.txt")).display().to_string();
    split.list(&[&new(2), &new(4), &new(5)]).expect(0);
    let mut shown = command(split.data());
    let shares = std::env::join_paths([new(1), new(2), new(3)]).unwrap();
    shown.env("DAUSON_MASTER_KEY_SHARES", shares).args(["audit", "show", "--json", "--action", "master_key.split"]);
    assert_eq!(finish(shown.spawn().unwrap()).expect(0).stdout.lines().count(), 2);
}

#[test]
fn the_environment_can_hold_the_master_key() {
    let office = Office::new();
    let data = office.folder.path();
    let key = std::fs::read(data.join("master.key")).unwrap();
    std::fs::remove_file(data.join("master.key")).unwrap();
    let list = |value: Option<&str>| {
        let mut list = command(data);
        list.env("DAUSON_MASTER_KEY_VARIABLE", "OUR_MASTER_KEY").args(["key", "list"]);
        if let Some(value) = value {
            list.env("OUR_MASTER_KEY", value);
        }
        finish(list.spawn().unwrap())
    };
    list(Some(&hex::encode(&key))).expect(0);
    assert!(list(None).expect(77).error_line().contains("it is not set"));
    let short = list(Some("abcd")).expect(77);
    assert!(short.error_line().contains("64 hexadecimal digits") && !short.stderr.contains("abcd"), "{short:?}");
    assert!(list(Some(&"0".repeat(64))).expect(77).error_line().contains("the master key does not open it"));
    assert!(!data.join("master.key").exists());
    assert_eq!(entries_with(data, &hex::encode(&key)), 0);
}

/// No secret is in the settings that are shown.
fn entries_with(data: &Path, secret: &str) -> usize {
    let mut shown = command(data);
    shown.env("DAUSON_MASTER_KEY_VARIABLE", "OUR_MASTER_KEY").env("OUR_MASTER_KEY", secret).arg("config");
    finish(shown.spawn().unwrap()).expect(0).stdout.matches(secret).count()
}

/// Somebody else's arithmetic, with logarithms instead of ours, gives the same key.
const JUDGE: &str = r"
import sys
exp, log, x = [0] * 510, [0] * 256, 1
for i in range(255):
    exp[i] = exp[i + 255] = x
    log[x] = i
    x ^= (x << 1) ^ (0x11b if x & 0x80 else 0)
    x &= 0xff
mul = lambda a, b: exp[log[a] + log[b]] if a and b else 0
div = lambda a, b: exp[log[a] - log[b] + 255] if a else 0
shares = []
for name in sys.argv[1:]:
    line = [l for l in open(name) if not l.startswith('#')][0]
    raw = bytes.fromhex(line.split(' ')[1].replace('-', ''))
    shares.append((raw[10], raw[11:43]))
key = bytearray(32)
for x, values in shares:
    weight = 1
    for other, _ in shares:
        if other != x:
            weight = mul(weight, div(other, other ^ x))
    for i in range(32):
        key[i] ^= mul(values[i], weight)
print(key.hex())
";

#[test]
fn another_program_joins_the_shares_to_the_same_key() {
    let split = Split::new();
    let shares: Vec<PathBuf> = [5, 2, 4].map(|number| split.share(number).into()).to_vec();
    let Ok(output) = Command::new("python3").arg("-c").arg(JUDGE).args(&shares).output() else {
        eprintln!("skipped: python3 is not installed");
        return;
    };
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), hex::encode(&split.key));
    assert!(entries(Office::new().folder.path(), "master_key.split").is_empty());
}
