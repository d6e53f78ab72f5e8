//! Keys that are stopped, limited, succeeded and destroyed: what holds in all processes from the next signature on.

use crate::audit_acts::entries;
use crate::key_pins::{in_database, is_on_disk, sealed, secret_file};
use crate::office::{Office, UNIT, closed};
use crate::program::{Ran, command, finish, run};
use crate::server::{Answer, Server, sample_pdf};
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::path::Path;
use time::OffsetDateTime;

const SAMPLE: &str = "samples/cong-van.pdf";
const LEADER: &str = "xa-son-mau.leader";

fn sign(server: &Server, office: &Office) -> Answer {
    server.post("/api/v1/sign").token(office.token(Role::Leader)).pdf(&sample_pdf()).send()
}

fn sign_here(data: &Path, work: &tempfile::TempDir, key: &str, out: &str) -> Ran {
    let out = work.path().join(out).display().to_string();
    run(data, ["sign", SAMPLE, "-o", &out, "--force", "--key-id", key])
}

fn listed(data: &Path, key: &str) -> Value {
    let list = run(data, ["key", "list", "--json"]).expect(0).stdout;
    let mut keys = list.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    keys.find(|one| one["name"] == key).unwrap()
}

/// The key of a PKI that is made for it and trusted, in files.
struct Fresh {
    p12: String,
    password: String,
}

impl Fresh {
    fn new(data: &Path, work: &tempfile::TempDir, name: &str) -> Self {
        let pki = work.path().join(format!("pki-{name}")).display().to_string();
        run(data, ["pki", "init", &pki, "--algorithm", "p256"]).expect(0);
        std::fs::copy(format!("{pki}/root.pem"), data.join(format!("trust/root-{name}.pem"))).unwrap();
        Self { p12: format!("{pki}/{name}.p12"), password: format!("{pki}/password.txt") }
    }

    fn options(&self) -> [&str; 4] {
        ["--p12", &self.p12, "--password-file", &self.password]
    }
}

#[test]
fn a_stopped_key_signs_nothing_more_in_any_process() {
    let (office, work) = (Office::new(), tempfile::tempdir().unwrap());
    let data = office.folder.path();
    let (one, two) = (office.serve(), office.serve());
    for server in [&one, &two] {
        sign(server, &office).expect(200);
    }
    run(data, ["key", "stop", LEADER, "--reason", ""]).expect(64).error_line();
    run(data, ["key", "stop", "none", "--reason", "x"]).expect(66).error_line();
    run(data, ["key", "stop", LEADER, "--reason", "the laptop was stolen"]).expect(0);
    run(data, ["key", "stop", LEADER, "--reason", "once more"]).expect(0);
    for server in [&one, &two] {
        let refused = sign(server, &office);
        assert_eq!(refused.problem(403), "key.stopped");
        assert!(refused.json()["detail"].as_str().unwrap().contains("the laptop was stolen"), "{refused:?}");
    }
    sign_here(data, &work, LEADER, "a.pdf").expect(77).error_line();
    assert!(!work.path().join("a.pdf").exists());
    assert_eq!(listed(data, LEADER)["state"], "stopped");
    run(data, ["key", "resume", LEADER]).expect(0);
    run(data, ["key", "resume", LEADER]).expect(65).error_line();
    sign(&one, &office).expect(200);
    // over HTTP the keeper stops, and the administrator lets it sign again
    let act = |server: &Server, role: Role, act: &str, body: Value| {
        server.post(&format!("/api/v1/keys/{LEADER}/{act}")).token(office.token(role)).json(&body).send()
    };
    let stopped = act(&one, Role::Keeper, "stop", json!({"reason": "alarm"})).expect(200).json();
    assert_eq!((&stopped["state"], &stopped["reason"]), (&"stopped".into(), &"alarm".into()));
    assert_eq!(sign(&two, &office).problem(403), "key.stopped");
    assert_eq!(act(&one, Role::Keeper, "resume", json!({})).problem(403), "auth.role");
    act(&two, Role::Admin, "resume", json!({})).expect(200);
    act(&two, Role::Admin, "stop", json!({"reason": "alarm"})).expect(200);
    act(&two, Role::Admin, "resume", json!({})).expect(200);
    sign(&two, &office).expect(200);
    assert_eq!((entries(data, "key.stopped").len(), entries(data, "key.resumed").len()), (3, 3));
    run(data, ["audit", "verify"]).expect(0);
}

/// The key itself is stopped, not a name of it.
#[test]
fn a_stop_holds_for_the_certificate_wherever_its_key_is() {
    let (office, work) = (Office::new(), tempfile::tempdir().unwrap());
    let data = office.folder.path();
    let fresh = Fresh::new(data, &work, "leader");
    run(data, [&["key", "import", "mine"], &fresh.options()[..]].concat()).expect(0);
    let out = work.path().join("a.pdf").display().to_string();
    let sign = [&["sign", SAMPLE, "--force", "-o", &out][..], &fresh.options()].concat();
    run(data, &sign).expect(0);
    run(data, ["key", "stop", "mine", "--reason", "lost"]).expect(0);
    let before = entries(data, "document.signed").len();
    assert!(run(data, &sign).expect(77).error_line().contains("the key mine was stopped: lost"));
    assert_eq!(entries(data, "document.signed").len(), before);
    // other keys sign
    sign_here(data, &work, LEADER, "b.pdf").expect(0);
}

#[test]
fn processes_do_not_go_beyond_a_quota_together() {
    let (office, work) = (Office::new(), tempfile::tempdir().unwrap());
    let data = office.folder.path();
    let fresh = Fresh::new(data, &work, "leader");
    let import = ["key", "import", "few", "--unit", UNIT, "--per-hour", "5"];
    run(data, [&import[..], &fresh.options()].concat()).expect(0);
    let create = ["token", "create", "--name", "few", "--unit", UNIT, "--role", "leader", "--key", "few"];
    let token = run(data, create).expect(0).stdout.trim().to_owned();
    let servers = [office.serve(), office.serve()];
    let hour = || OffsetDateTime::now_utc().unix_timestamp() / 3_600;
    let begun = hour();
    let (served, here) = std::thread::scope(|scope| {
        let many: Vec<_> = (0..8)
            .map(|n| {
                let (server, token) = (&servers[n % 2], &token);
                scope.spawn(move || server.post("/api/v1/sign").token(token).pdf(&sample_pdf()).send())
            })
            .collect();
        let mut one = command(data);
        one.args(["sign", SAMPLE, "--key-id", "few", "-o"]).arg(work.path().join("a.pdf"));
        let here = finish(one.spawn().unwrap());
        (many.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>(), here)
    });
    if hour() != begun {
        eprintln!("skipped: the hour has changed meanwhile");
        return;
    }
    let made = served.iter().filter(|answer| answer.status == 200).count() + usize::from(here.code == 0);
    assert_eq!(made, 5, "{served:?} {here:?}");
    for refused in served.iter().filter(|answer| answer.status != 200) {
        assert_eq!(refused.problem(429), "key.quota");
        assert!(refused.header("retry-after").is_some(), "{refused:?}");
    }
    assert!([0, 77].contains(&here.code), "{here:?}");
    let key = listed(data, "few");
    assert_eq!((&key["per_hour"], &key["used"]), (&5.into(), &5.into()));
    drop(servers);
    run(data, ["audit", "verify"]).expect(0);
    let again = sign_here(data, &work, "few", "b.pdf").expect(77);
    assert!(again.error_line().contains("the key few makes 5 signatures an hour"), "{again:?}");
    // whoever sets the count back in the database is found out by the log
    let reset = sqlx::query("UPDATE key_control SET used = 0 WHERE key = 'few'");
    in_database(data, async |pool| reset.execute(pool).await.unwrap());
    sign_here(data, &work, "few", "b.pdf").expect(0);
    if hour() == begun {
        let found = run(data, ["audit", "verify"]).expect(1).stdout;
        assert!(found.contains("key few: the log has 6 signatures of it in one hour, it may make 5"), "{found}");
    }
}

#[test]
fn a_receipt_takes_two_of_the_quota_and_none_is_half_issued() {
    let (office, work) = (Office::new(), tempfile::tempdir().unwrap());
    let data = office.folder.path();
    let fresh = Fresh::new(data, &work, "receipt");
    let import = ["key", "import", "few", "--unit", UNIT, "--per-hour", "5"];
    run(data, [&import[..], &fresh.options()].concat()).expect(0);
    run(data, ["unit", "put", UNIT, "--receipt-key", "few"]).expect(0);
    let server = office.serve();
    let begun = OffsetDateTime::now_utc().unix_timestamp() / 3_600;
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let many: Vec<_> = (0..6)
            .map(|n| {
                let (office, server) = (&office, &server);
                scope.spawn(move || {
                    let request = server.post("/api/v1/receipts").token(office.token(Role::Officer));
                    request.header("idempotency-key", &format!("k{n}")).json(&office.receipt_request(2000)).send()
                })
            })
            .collect();
        many.into_iter().map(|one| one.join().unwrap()).collect()
    });
    if OffsetDateTime::now_utc().unix_timestamp() / 3_600 != begun {
        eprintln!("skipped: the hour has changed meanwhile");
        return;
    }
    let issued = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(issued, 2, "{answers:?}");
    assert!(answers.iter().filter(|answer| answer.status != 201).all(|answer| answer.problem(429) == "key.quota"));
    assert_eq!((entries(data, "receipt.issued").len(), entries(data, "receipt.rendered").len()), (2, 2));
    run(data, ["audit", "verify"]).expect(0);
}

/// Whoever lifts a stop in the database alone is found out by the next signature, for good.
#[test]
fn a_stop_that_was_lifted_behind_the_logs_back_is_found_out() {
    let (office, work) = (Office::new(), tempfile::tempdir().unwrap());
    let data = office.folder.path();
    run(data, ["key", "stop", LEADER, "--reason", "lost"]).expect(0);
    closed(data);
    let lift = sqlx::query("UPDATE key_control SET stopped = NULL, reason = NULL");
    in_database(data, async |pool| lift.execute(pool).await.unwrap());
    let found = run(data, ["audit", "verify"]).expect(1);
    assert!(found.stdout.contains(&format!("signing key {LEADER}: its unit, certificate, PIN")), "{found:?}");
    sign_here(data, &work, LEADER, "a.pdf").expect(0);
    let found = run(data, ["audit", "verify"]).expect(1);
    assert!(found.stdout.contains("which was stopped"), "{found:?}");
}

#[test]
fn a_new_key_takes_the_place_of_an_old_one() {
    let (office, work) = (Office::new(), tempfile::tempdir().unwrap());
    let data = office.folder.path();
    let [leader, receipt, seal] = ["leader", "receipt", "seal"].map(|name| Fresh::new(data, &work, name));
    let signer = |answer: &Answer| {
        let file = work.path().join("signed.pdf");
        std::fs::write(&file, &answer.body).unwrap();
        let report = run(data, ["verify", "--json", "--revocation", "ignore", file.to_str().unwrap()]).json();
        report["signatures"][0]["signer"]["sha256"].as_str().unwrap().to_owned()
    };
    let old = listed(data, LEADER)["sha256"].as_str().unwrap().to_owned();
    let server = office.serve();
    assert_eq!(signer(&sign(&server, &office).expect(200)), old);
    let rotate = |key: &str, to: &str, fresh: &Fresh, more: &[&str]| {
        run(data, [&["key", "rotate", key, "--to", to], more, &fresh.options()].concat())
    };
    // from another day on
    let tomorrow = (OffsetDateTime::now_utc() + time::Duration::days(2)).date().to_string();
    assert!(rotate("xa-son-mau.seal", "seal-2", &leader, &[]).expect(65).error_line().contains("CCCD:000175000001"));
    rotate("xa-son-mau.seal", "seal-2", &seal, &["--from", &tomorrow]).expect(0);
    assert_eq!(listed(data, "xa-son-mau.seal")["state"], "active");
    sign_here(data, &work, "xa-son-mau.seal", "seal.pdf").expect(0);
    rotate("xa-son-mau.seal", "seal-3", &seal, &[]).expect(65).error_line();
    // at once, with an overlap
    rotate(LEADER, LEADER, &leader, &[]).expect(65).error_line();
    rotate(LEADER, "leader-2", &leader, &["--overlap", "30"]).expect(0);
    let new = listed(data, "leader-2");
    assert_eq!((&new["state"], &new["unit"]), (&"active".into(), &UNIT.into()));
    let view = listed(data, LEADER);
    assert_eq!((&view["state"], &view["successor"]), (&"succeeded".into(), &"leader-2".into()));
    assert_eq!(signer(&sign(&server, &office).expect(200)), new["sha256"]);
    sign_here(data, &work, LEADER, "old.pdf").expect(0);
    // at once, without one; the unit's receipts follow
    let pin = secret_file(&work, "pin", "receipts' PIN");
    rotate("xa-son-mau.receipt", "receipt-2", &receipt, &["--pin-file", &pin]).expect(0);
    let retired = sign_here(data, &work, "xa-son-mau.receipt", "x.pdf").expect(77);
    assert!(retired.error_line().contains("receipt-2 has its place"), "{retired:?}");
    let request = work.path().join("request.json");
    std::fs::write(&request, office.receipt_request(2000).to_string()).unwrap();
    let issue = ["receipt", "issue", request.to_str().unwrap()];
    assert!(run(data, issue).expect(77).stderr.contains("key receipt-2: khóa đang bị khóa / it is locked"));
    run(data, [&issue[..], &["--pin-file", &pin]].concat()).expect(0);
    // a PIN is not lost on the way
    let elsewhere = tempfile::tempdir().unwrap();
    let again = Fresh::new(data, &elsewhere, "receipt");
    assert!(rotate("receipt-2", "receipt-3", &again, &[]).expect(64).error_line().contains("has a PIN"));
    let rotated = entries(data, "key.rotated");
    assert_eq!(rotated.len(), 3);
    assert_eq!(rotated[1]["related"], format!("sha256:{}", new["sha256"].as_str().unwrap()));
    assert!(rotated[1]["certificate"] == *old && rotated[1]["until"].is_string(), "{rotated:?}");
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn a_destroyed_key_is_gone_and_its_record_stays() {
    let (office, work) = (Office::new(), tempfile::tempdir().unwrap());
    let data = office.folder.path();
    let server = office.serve();
    sign(&server, &office).expect(200);
    let secret = sealed(data, LEADER);
    let window = &secret[secret.len() / 2..secret.len() / 2 + 24];
    assert!(is_on_disk(data, window));
    run(data, ["key", "destroy", LEADER, "--reason", "the leader has left"]).expect(0);
    assert!(sealed(data, LEADER).is_empty());
    assert_eq!(sign(&server, &office).problem(403), "key.destroyed");
    sign_here(data, &work, LEADER, "a.pdf").expect(77).error_line();
    for again in [&["destroy", LEADER, "--reason", "x"][..], &["stop", LEADER, "--reason", "x"], &["resume", LEADER]] {
        run(data, [&["key"], again].concat()).expect(65).error_line();
    }
    let pin = secret_file(&work, "pin", "123456");
    assert_ne!(run(data, ["key", "pin", LEADER, "--new-pin-file", &pin]).code, 0);
    drop(server);
    closed(data);
    assert!(!is_on_disk(data, window));
    let key = listed(data, LEADER);
    assert_eq!((&key["state"], &key["reason"]), (&"destroyed".into(), &"the leader has left".into()));
    assert!(key["subject"].as_str().unwrap().contains("Nguyễn"), "{key}");
    let destroyed = entries(data, "key.destroyed");
    assert_eq!((destroyed.len(), &destroyed[0]["certificate"]), (1, &key["sha256"]));
    // nor does one come back under another name
    let fresh = Fresh::new(data, &work, "seal");
    let import = |name| run(data, [&["key", "import", name, "--unit", UNIT][..], &fresh.options()].concat());
    import("seal-a").expect(0);
    run(data, ["key", "destroy", "seal-a", "--reason", "x"]).expect(0);
    assert!(import("seal-b").expect(65).error_line().contains("seal-a"));
    run(data, ["audit", "verify"]).expect(0);
}
