//! Keys that their keepers open for a shift, in the memory of a service.

use crate::audit_acts::entries;
use crate::key_pins::{PIN, secret_file};
use crate::office::{Office, UNIT};
use crate::program::run;
use crate::server::{Answer, Server, sample_pdf};
use dauson::data_folder::DataFolder;
use dauson::people::keys::{self, shift};
use dauson::people::permissions::{Caller, Role};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const RECEIPT_KEY: &str = "xa-son-mau.receipt";
const SEAL: &str = "xa-son-mau.seal";

/// An office whose key for receipts and whose seal have a PIN.
fn office() -> (Office, tempfile::TempDir) {
    let (office, work) = (Office::new(), tempfile::tempdir().unwrap());
    let pin = secret_file(&work, "pin", PIN);
    for key in [RECEIPT_KEY, SEAL] {
        run(office.folder.path(), ["key", "pin", key, "--new-pin-file", &pin]).expect(0);
    }
    (office, work)
}

struct Counter<'a> {
    office: &'a Office,
    server: Server,
}

impl Counter<'_> {
    #[track_caller]
    fn act(&self, role: Role, key: &str, act: &str, body: &Value) -> Answer {
        let path = format!("/api/v1/keys/{key}/{act}");
        self.server.post(&path).token(self.office.token(role)).json(body).send()
    }

    fn issue(&self, nth: u32) -> Answer {
        let request = self.server.post("/api/v1/receipts").token(self.office.token(Role::Officer));
        let request = request.header("idempotency-key", &format!("k{nth}"));
        request.json(&self.office.receipt_request(2000)).send()
    }

    fn key(&self, name: &str) -> Value {
        let list = self.server.get("/api/v1/keys").token(self.office.token(Role::Keeper)).send().expect(200).json();
        list["items"].as_array().unwrap().iter().find(|key| key["name"] == name).unwrap().clone()
    }
}

#[test]
fn nothing_is_issued_before_the_keeper_opens_the_key_and_after_it_is_locked() {
    let (office, _work) = office();
    let data = office.folder.path();
    let desk = Counter { office: &office, server: office.serve() };
    let locked = desk.issue(1);
    assert_eq!(locked.problem(403), "key.locked");
    let message = locked.json()["message"].clone();
    assert!(message["vi"].as_str().unwrap().contains("Người giữ khóa") && message["en"].is_string(), "{locked:?}");
    assert_eq!(desk.key(RECEIPT_KEY)["lock"], "locked");
    // who may not, and what is wrong
    let right = json!({"pin": PIN, "hours": 8});
    for role in [Role::Officer, Role::Accountant, Role::Auditor, Role::Admin, Role::Clerk, Role::Leader] {
        assert_eq!(desk.act(role, RECEIPT_KEY, "unlock", &right).problem(403), "auth.role", "{role}");
    }
    let foreign =
        desk.server.post(&format!("/api/v1/keys/{RECEIPT_KEY}/unlock")).token(office.other_token(Role::Keeper));
    assert_eq!(foreign.json(&right).send().problem(404), "people.not_found");
    for wrong in [json!({"pin": 482_915}), json!({}), json!({"pin": PIN, "hours": 1, "until": "2026-11-29T00:00:00Z"})]
    {
        let answer = desk.act(Role::Keeper, RECEIPT_KEY, "unlock", &wrong);
        assert_eq!(answer.problem(422), "request.json");
        assert!(!answer.text().contains("482915"), "{answer:?}");
    }
    for hours in [0, 13] {
        let answer = desk.act(Role::Keeper, RECEIPT_KEY, "unlock", &json!({"pin": PIN, "hours": hours}));
        assert_eq!(answer.problem(422), "key.shift");
    }
    let wrong = desk.act(Role::Keeper, RECEIPT_KEY, "unlock", &json!({"pin": "000000"}));
    assert_eq!(wrong.problem(403), "key.wrong_pin");
    assert!(wrong.json()["detail"].as_str().unwrap().contains("4 more may be tried"), "{wrong:?}");
    // opened, in this process only
    let open = desk.act(Role::Keeper, RECEIPT_KEY, "unlock", &right).expect(200).json();
    assert_eq!((&open["lock"], &open["tries_left"]), (&"open".into(), &5.into()));
    let until = OffsetDateTime::parse(open["until"].as_str().unwrap(), &Rfc3339).unwrap();
    let left = until - OffsetDateTime::now_utc();
    assert!(left > time::Duration::hours(7) && left <= time::Duration::hours(8), "{left}");
    desk.issue(1).expect(201);
    let second = Counter { office: &office, server: office.serve() };
    assert_eq!(
        (second.key(RECEIPT_KEY)["lock"].as_str(), second.issue(2).problem(403)),
        (Some("locked"), "key.locked".into())
    );
    // who signs with the seal opens the seal
    let seal = |desk: &Counter<'_>| {
        desk.server.post("/api/v1/sign").token(office.token(Role::Clerk)).pdf(&sample_pdf()).send()
    };
    assert_eq!(seal(&desk).problem(403), "key.locked");
    desk.act(Role::Clerk, SEAL, "unlock", &json!({"pin": PIN})).expect(200);
    seal(&desk).expect(200);
    // no PIN and no key is told
    for path in ["/metrics", "/healthz", "/readyz"] {
        assert!(!desk.server.get(path).send().expect(200).text().contains("482915"), "{path}");
    }
    desk.act(Role::Keeper, RECEIPT_KEY, "lock", &json!({})).expect(200);
    assert_eq!(desk.issue(2).problem(403), "key.locked");
    let (opened, ended) = (entries(data, "key.unlocked"), entries(data, "key.locked"));
    assert_eq!((opened.len(), ended.len()), (2, 1));
    assert_eq!((&opened[0]["until"], &opened[0]["actor"]), (&ended[0]["until"], &ended[0]["actor"]));
    assert_eq!(opened[0]["unit"], UNIT);
    let who = run(data, ["audit", "show", "--resolve", "--action", "key.unlocked"]).expect(0).stdout;
    assert!(who.contains("keeper") && who.contains("clerk") && who.contains("until 20"), "{who}");
    // a restart needs the PIN again
    drop(desk);
    let desk = Counter { office: &office, server: office.serve() };
    assert_eq!(seal(&desk).problem(403), "key.locked");
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn a_shift_ends_by_itself_and_the_command_line_opens_and_locks_keys_of_a_service() {
    let (office, work) = office();
    let data = office.folder.path();
    let desk = Counter { office: &office, server: office.serve() };
    let (pin, token) = (secret_file(&work, "pin", PIN), secret_file(&work, "token", office.token(Role::Keeper)));
    let server = format!("http://{}", desk.server.address);
    let act = |words: &[&str]| run(data, [&["key"], words, &["--server", &server, "--token-file", &token]].concat());
    let until = OffsetDateTime::now_utc() + time::Duration::seconds(2);
    let until = until.format(&Rfc3339).unwrap();
    desk.act(Role::Keeper, RECEIPT_KEY, "unlock", &json!({"pin": PIN, "until": until})).expect(200);
    let said = act(&["unlock", SEAL, "--pin-file", &pin, "--hours", "2"]).expect(0).stdout;
    assert!(said.starts_with("xa-son-mau.seal: open until 20"), "{said}");
    assert_eq!(act(&["lock", SEAL]).expect(0).stdout, "xa-son-mau.seal: locked\n");
    let refused = act(&["unlock", SEAL, "--pin-file", &token]).expect(77);
    assert!(refused.error_line().contains("the PIN is wrong; 4 more may be tried"), "{refused:?}");
    act(&["unlock", "none", "--pin-file", &pin]).expect(66).error_line();
    act(&["approve", SEAL]).expect(65).error_line();
    let start = Instant::now();
    while entries(data, "key.locked").len() < 2 {
        assert!(start.elapsed() < Duration::from_secs(20), "the shift does not end");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(
        (desk.key(RECEIPT_KEY)["lock"].as_str(), desk.issue(2).problem(403)),
        (Some("locked"), "key.locked".into())
    );
    drop(desk);
    act(&["lock", SEAL]).expect(69).error_line();
}

/// A data folder by a clock that goes on as it is told.
pub async fn by_clock(data: &Path) -> (DataFolder, Arc<AtomicI64>) {
    let (ahead, start) = (Arc::new(AtomicI64::new(0)), OffsetDateTime::now_utc());
    let clock = Arc::clone(&ahead);
    let now = Arc::new(move || start + time::Duration::seconds(clock.load(Ordering::SeqCst)));
    (DataFolder::open(data, &data.join("master.key"), now).await.unwrap(), ahead)
}

fn caller(id: &str, name: &str) -> Caller {
    Caller { id: id.into(), name: name.into(), unit: UNIT.into(), role: Role::Keeper, signing_key: None }
}

#[test]
fn two_custodians_open_a_key_that_is_marked_so() {
    let (office, work) = (Office::new(), tempfile::tempdir().unwrap());
    let data = office.folder.path();
    let (pin, pki) = (secret_file(&work, "pin", PIN), work.path().join("pki").display().to_string());
    run(data, ["pki", "init", &pki, "--algorithm", "p256"]).expect(0);
    let (p12, password) = (format!("{pki}/seal.p12"), format!("{pki}/password.txt"));
    let import =
        ["key", "import", "big-seal", "--unit", UNIT, "--p12", &p12, "--password-file", &password, "--two-person"];
    run(data, import).expect(64).error_line();
    run(data, [&import[..], &["--pin-file", &pin]].concat()).expect(0);
    // on the command line there are no two
    let out = work.path().join("a.pdf").display().to_string();
    let alone = run(data, ["sign", "samples/cong-van.pdf", "-o", &out, "--key-id", "big-seal", "--pin-file", &pin]);
    assert!(alone.expect(77).error_line().contains("two custodians"));
    let token = |name: &str| {
        let create = ["token", "create", "--name", name, "--unit", UNIT, "--role", "keeper"];
        run(data, create).expect(0).stdout.trim().to_owned()
    };
    let (first, same, second) = (token("Trần Thị Một"), token("Trần Thị Một"), token("Lê Văn Hai"));
    let server = office.serve();
    let act = |token: &str, act: &str, body: Value| {
        server.post(&format!("/api/v1/keys/big-seal/{act}")).token(token).json(&body).send()
    };
    assert_eq!(act(&second, "unlock/approve", json!({})).problem(409), "key.not_asked");
    let asked = act(&first, "unlock", json!({"pin": PIN})).expect(202).json();
    assert_eq!(asked["lock"], "asked");
    for one in [&first, &same] {
        assert_eq!(act(one, "unlock/approve", json!({})).problem(403), "key.second_person");
    }
    let foreign = server.post("/api/v1/keys/big-seal/unlock/approve").token(office.other_token(Role::Keeper));
    assert_eq!(foreign.json(&json!({})).send().problem(404), "people.not_found");
    let open = act(&second, "unlock/approve", json!({})).expect(200).json();
    assert_eq!(open["lock"], "open");
    assert_eq!(act(&second, "unlock/approve", json!({})).problem(409), "key.not_asked");
    // a key that one custodian has opened when two are wanted from then on
    let old = |act: &str, body: Value| {
        let path = format!("/api/v1/keys/small-seal/{act}");
        server.post(&path).token(&first).json(&body).send()
    };
    let (p12, pin) = (format!("{pki}/leader.p12"), pin.as_str());
    let import = ["key", "import", "small-seal", "--unit", UNIT, "--p12", &p12, "--password-file", &password];
    run(data, [&import[..], &["--pin-file", pin]].concat()).expect(0);
    assert_eq!(old("unlock", json!({"pin": PIN})).expect(200).json()["lock"], "open");
    assert_eq!(old("terms", json!({"two_person": true})).expect(200).json()["two_person"], true);
    let keys = server.get("/api/v1/keys").token(&first).send().expect(200).json();
    let listed = keys["items"].as_array().unwrap().iter().find(|key| key["name"] == "small-seal").unwrap().clone();
    assert_eq!(listed["lock"], "locked");
    assert_eq!(old("unlock", json!({"pin": PIN})).expect(202).json()["lock"], "asked");
    let path = "/api/v1/keys/small-seal/unlock/approve";
    assert_eq!(server.post(path).token(&second).json(&json!({})).send().expect(200).json()["lock"], "open");
    let entry = entries(data, "key.unlocked").pop().unwrap();
    assert!(entry["approver"].is_string() && entry["approver"] != entry["actor"], "{entry}");
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn what_nobody_approves_in_time_and_what_lasts_too_long_is_not_open() {
    let (office, work) = office();
    let data = office.folder.path().to_owned();
    let (pin, pki) = (secret_file(&work, "pin", PIN), work.path().join("pki").display().to_string());
    run(&data, ["pki", "init", &pki, "--algorithm", "p256"]).expect(0);
    let (p12, password) = (format!("{pki}/seal.p12"), format!("{pki}/password.txt"));
    let import = ["key", "import", "big-seal", "--unit", UNIT, "--p12", &p12, "--password-file", &password];
    run(&data, [&import[..], &["--two-person", "--pin-file", &pin]].concat()).expect(0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (folder, ahead) = by_clock(&data).await;
        let (one, two) = (caller("1", "Một"), caller("2", "Hai"));
        shift::unlock(&folder, &one, "big-seal", PIN, None).await.unwrap();
        ahead.fetch_add(601, Ordering::SeqCst);
        assert_eq!(shift::approve(&folder, &two, "big-seal").await.unwrap_err().code, "key.not_asked");
        shift::unlock(&folder, &one, "big-seal", PIN, None).await.unwrap();
        ahead.fetch_add(599, Ordering::SeqCst);
        shift::approve(&folder, &two, "big-seal").await.unwrap();
        shift::unlock(&folder, &one, RECEIPT_KEY, PIN, None).await.unwrap();
        keys::load(&folder, "big-seal").await.unwrap();
        ahead.fetch_add(12 * 3_600 - 1, Ordering::SeqCst);
        keys::load(&folder, RECEIPT_KEY).await.unwrap();
        ahead.fetch_add(2, Ordering::SeqCst);
        // whether or not somebody has looked for shifts that are over
        for key in ["big-seal", RECEIPT_KEY] {
            assert_eq!(keys::load(&folder, key).await.unwrap_err().code, "key.locked");
        }
        shift::end(&folder, "service").await.unwrap();
        shift::end(&folder, "service").await.unwrap();
        // a key that is stopped is locked
        let later = Some(folder.now() + time::Duration::hours(1));
        shift::unlock(&folder, &one, RECEIPT_KEY, PIN, later).await.unwrap();
        keys::control::stop(&folder, RECEIPT_KEY, "lost", "test").await.unwrap();
        assert_eq!(keys::load(&folder, RECEIPT_KEY).await.unwrap_err().code, "key.stopped");
        shift::end(&folder, "service").await.unwrap();
        keys::control::resume(&folder, RECEIPT_KEY, "test").await.unwrap();
        assert_eq!(keys::load(&folder, RECEIPT_KEY).await.unwrap_err().code, "key.locked");
    });
    assert_eq!(entries(&data, "key.locked").len(), 3);
}
