//! Keys under a PIN: what opens them and what does not.

use crate::audit_acts::entries;
use crate::office::{Office, UNIT, closed};
use crate::program::{Ran, command, finish, run};
use dauson::keys::MasterKey;
use std::path::{Path, PathBuf};

pub const PIN: &str = "mã PIN 482915";
const SAMPLE: &str = "samples/cong-van.pdf";

/// A file with a secret, beside the data folder.
pub fn secret_file(folder: &tempfile::TempDir, name: &str, secret: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, format!("{secret}\n")).unwrap();
    path.display().to_string()
}

/// Works on the database of a data folder that nobody has open.
pub fn in_database<T>(data: &Path, work: impl AsyncFnOnce(&sqlx::SqlitePool) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", data.join("dauson.db").display())).await.unwrap();
        let done = work(&pool).await;
        pool.close().await;
        done
    })
}

/// What is sealed of a key.
pub fn sealed(data: &Path, key: &str) -> Vec<u8> {
    let query = sqlx::query_scalar("SELECT sealed FROM signing_key WHERE id = ?").bind(key);
    in_database(data, async |pool| query.fetch_one(pool).await.unwrap())
}

/// Whether the database's files hold these bytes somewhere.
pub fn is_on_disk(data: &Path, bytes: &[u8]) -> bool {
    ["dauson.db", "dauson.db-wal"].iter().any(|name| {
        let file = std::fs::read(data.join(name)).unwrap_or_default();
        file.windows(bytes.len()).any(|window| window == bytes)
    })
}

struct Desk {
    office: Office,
    work: tempfile::TempDir,
    pin: String,
}

impl Desk {
    /// An office whose leader's and receipts' keys have a PIN.
    fn new() -> Self {
        let (office, work) = (Office::new(), tempfile::tempdir().unwrap());
        let pin = secret_file(&work, "pin", PIN);
        for key in ["leader", "receipt"] {
            let name = format!("{UNIT}.{key}");
            run(office.folder.path(), ["key", "pin", &name, "--new-pin-file", &pin]).expect(0);
        }
        Self { office, work, pin }
    }

    fn data(&self) -> &Path {
        self.office.folder.path()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.work.path().join(name)
    }

    /// Signs as the leader.
    #[track_caller]
    fn sign(&self, out: &str, more: &[&str]) -> Ran {
        let (out, key) = (self.path(out).display().to_string(), format!("{UNIT}.leader"));
        run(self.data(), [&["sign", SAMPLE, "-o", &out, "--key-id", &key], more].concat())
    }
}

#[test]
fn a_key_signs_by_its_pin_and_not_without() {
    let desk = Desk::new();
    let locked = desk.sign("a.pdf", &[]).expect(77);
    assert!(locked.error_line().contains("key xa-son-mau.leader: khóa đang bị khóa / it is locked"), "{locked:?}");
    desk.sign("a.pdf", &["--pin-file", &desk.pin]).expect(0);
    let root = desk.office.root.display().to_string();
    let signed = desk.path("a.pdf").display().to_string();
    run(desk.data(), ["verify", &signed, "--trust", &root]).expect(0);
    let certificate = desk.path("c.pdf").display().to_string();
    let certify = ["verify", &signed, "--certificate", &certificate, "--key-id", "xa-son-mau.leader"];
    run(desk.data(), certify).expect(77).error_line();
    run(desk.data(), [&certify[..], &["--pin-file", &desk.pin]].concat()).expect(0);
    // a PIN for a key that has none, or for one in a file
    let seal = ["sign", SAMPLE, "-o", &certificate, "--force", "--key-id", "xa-son-mau.seal"];
    run(desk.data(), [&seal[..], &["--pin-file", &desk.pin]].concat()).expect(64).error_line();
    run(desk.data(), seal).expect(0);
    let request = desk.path("request.json");
    std::fs::write(&request, desk.office.receipt_request(2000).to_string()).unwrap();
    let issue = ["receipt", "issue", request.to_str().unwrap(), "--json"];
    run(desk.data(), issue).expect(77);
    assert_eq!(run(desk.data(), [&issue[..], &["--pin-file", &desk.pin]].concat()).expect(0).json()["number"], 1);
    let list = run(desk.data(), ["key", "list", "--json"]).expect(0).stdout;
    let keys: Vec<serde_json::Value> = list.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let has_pin = |name: &str| keys.iter().find(|key| key["name"] == name).unwrap()["pin"] == true;
    assert!(has_pin("xa-son-mau.leader") && !has_pin("xa-son-mau.seal") && !has_pin("tsa"), "{list}");
    run(desk.data(), ["audit", "verify"]).expect(0);
}

/// Who has database, disk and master key has no key as long as the PIN is not known.
#[test]
fn database_and_master_key_do_not_give_the_key() {
    let desk = Desk::new();
    let master = MasterKey::new(&std::fs::read(desk.data().join("master.key")).unwrap()).unwrap();
    let open = |key: &str| master.open(&format!("signing-key/{key}"), &sealed(desk.data(), key)).unwrap();
    // the same key without a PIN, as the other unit has it
    let bare = open("xa-khac.leader");
    let enclosed = open("xa-son-mau.leader");
    assert_eq!(bare[0], 0x30);
    let piece = &bare[bare.len() - 40..];
    assert!(bare.windows(40).any(|w| w == piece) && !enclosed.windows(40).any(|w| w == piece));
    assert!(!enclosed.windows(PIN.len()).any(|w| w == PIN.as_bytes()));
    // nor does the program use it when the database says that there is no PIN
    let change = sqlx::query("UPDATE key_control SET has_pin = 0, tries = 0");
    in_database(desk.data(), async |pool| change.execute(pool).await.unwrap());
    desk.sign("a.pdf", &[]).expect(65).error_line();
    assert!(!desk.path("a.pdf").exists());
}

#[test]
fn wrong_pins_are_counted_and_lock_the_key() {
    let desk = Desk::new();
    let wrong = secret_file(&desk.work, "wrong", "482916");
    for left in [4, 3, 2, 1] {
        let refused = desk.sign("a.pdf", &["--pin-file", &wrong]).expect(77);
        let line = refused.error_line();
        assert!(
            line.contains(&format!("the PIN is wrong; {left} more may be tried")) && !line.contains("482916"),
            "{line}"
        );
    }
    // the right one begins anew
    desk.sign("a.pdf", &["--pin-file", &desk.pin]).expect(0);
    for code in ["4 more", "3 more", "2 more", "1 more", "none is taken any more"] {
        let refused = desk.sign("b.pdf", &["--pin-file", &wrong]).expect(77);
        assert!(refused.error_line().contains(code), "{refused:?}");
    }
    let blocked = desk.sign("b.pdf", &["--pin-file", &desk.pin]).expect(77);
    assert!(blocked.error_line().contains("dauson key unblock"), "{blocked:?}");
    let list = run(desk.data(), ["key", "list"]).expect(0).stdout;
    assert!(list.lines().any(|line| line.starts_with("xa-son-mau.leader") && line.contains("blocked")), "{list}");
    run(desk.data(), ["key", "unblock", "xa-son-mau.leader"]).expect(0);
    desk.sign("b.pdf", &["--pin-file", &desk.pin]).expect(0);
    // another key's tries are its own; the number of tries is a setting
    let mut two = command(desk.data());
    let request = desk.path("request.json");
    std::fs::write(&request, desk.office.receipt_request(2000).to_string()).unwrap();
    two.env("DAUSON_KEYS_PIN_TRIES", "1").args(["receipt", "issue", request.to_str().unwrap(), "--pin-file", &wrong]);
    let refused = finish(two.spawn().unwrap()).expect(77);
    assert!(refused.stderr.contains("none is taken any more"), "{refused:?}");
    assert_eq!((entries(desk.data(), "key.blocked").len(), entries(desk.data(), "key.unblocked").len()), (2, 1));
    run(desk.data(), ["audit", "verify"]).expect(0);
}

/// Many processes at once have no more tries than one.
#[test]
fn tries_are_counted_before_they_are_made() {
    let desk = Desk::new();
    let wrong = secret_file(&desk.work, "wrong", "482916");
    let started: Vec<_> = (0..10)
        .map(|n| {
            let mut one = command(desk.data());
            let out = desk.path(&format!("{n}.pdf"));
            one.args(["sign", SAMPLE, "--key-id", "xa-son-mau.leader", "--pin-file", &wrong, "-o"]).arg(out);
            one.spawn().unwrap()
        })
        .collect();
    let answers: Vec<Ran> = started.into_iter().map(finish).collect();
    let tried = answers.iter().filter(|ran| ran.stderr.contains("more may be tried")).count();
    assert_eq!(tried, 4, "{answers:?}");
    assert!(answers.iter().all(|ran| ran.code == 77), "{answers:?}");
}

#[test]
fn a_pin_is_changed_by_who_knows_it() {
    let desk = Desk::new();
    let change = |more: &[&str]| run(desk.data(), [&["key", "pin", "xa-son-mau.leader"], more].concat());
    let (new, short) = (secret_file(&desk.work, "new", "another PIN"), secret_file(&desk.work, "short", "12345"));
    change(&["--new-pin-file", &new]).expect(64).error_line();
    change(&["--old-pin-file", &desk.pin, "--new-pin-file", &short]).expect(64).error_line();
    change(&["--old-pin-file", &desk.pin]).expect(64).error_line();
    change(&["--old-pin-file", &new, "--new-pin-file", &new]).expect(77).error_line();
    closed(desk.data());
    let old = sealed(desk.data(), "xa-son-mau.leader");
    let window = &old[old.len() / 2..old.len() / 2 + 24];
    assert!(is_on_disk(desk.data(), window));
    change(&["--old-pin-file", &desk.pin, "--new-pin-file", &new]).expect(0);
    desk.sign("a.pdf", &["--pin-file", &desk.pin]).expect(77);
    desk.sign("a.pdf", &["--pin-file", &new]).expect(0);
    // by the old PIN nothing is opened any more, whoever looks for what was there
    closed(desk.data());
    assert!(!is_on_disk(desk.data(), window));
    let bare = ["key", "pin", "xa-son-mau.seal"];
    run(desk.data(), [&bare[..], &["--old-pin-file", &new, "--new-pin-file", &new]].concat()).expect(64).error_line();
    assert_eq!(entries(desk.data(), "key.pin_changed").len(), 3);
    // a key that comes in with a PIN
    run(desk.data(), ["pki", "init", desk.path("pki").to_str().unwrap(), "--algorithm", "p256"]).expect(0);
    let (p12, password) = (desk.path("pki/leader.p12"), desk.path("pki/password.txt"));
    let import =
        ["key", "import", "other", "--p12", p12.to_str().unwrap(), "--password-file", password.to_str().unwrap()];
    run(desk.data(), [&import[..], &["--pin-file", &short]].concat()).expect(64).error_line();
    run(desk.data(), [&import[..], &["--pin-file", &new]].concat()).expect(0);
    let out = desk.path("other.pdf");
    let sign = ["sign", SAMPLE, "--key-id", "other", "-o", out.to_str().unwrap()];
    run(desk.data(), sign).expect(77).error_line();
}
