//! How a key may be used, changed later: stricter at once, looser only by two people.

use crate::audit_acts::entries;
use crate::key_pins::{PIN, in_database, secret_file};
use crate::key_shifts::by_clock;
use crate::office::{Office, UNIT};
use crate::program::{Ran, run};
use crate::server::{Answer, Server, sample_pdf};
use dauson::digest::sha256;
use dauson::people::keys::terms::{self, Change, Changed};
use dauson::people::permissions::Role;
use dauson::people::tokens;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

const LEADER: &str = "xa-son-mau.leader";

fn post(server: &Server, token: &str, path: &str, body: &Value) -> Answer {
    server.post(&format!("/api/v1/keys/{LEADER}/{path}")).token(token).json(body).send()
}

#[test]
fn stricter_terms_count_at_once_and_looser_ones_need_two() {
    let (office, work) = (Office::new(), tempfile::tempdir().unwrap());
    let data = office.folder.path();
    let pin = secret_file(&work, "pin", PIN);
    let here = |words: &[&str]| run(data, [&["key", "terms", LEADER], words].concat());
    // two custodians open what has a PIN
    here(&["--two-person", "on"]).expect(64).error_line();
    run(data, ["key", "pin", LEADER, "--new-pin-file", &pin]).expect(0);
    let token = |name: &str| {
        let create = ["token", "create", "--name", name, "--unit", UNIT, "--role", "keeper"];
        run(data, create).expect(0).stdout.trim().to_owned()
    };
    let (first, same, second) = (token("Trần Thị Một"), token("Trần Thị Một"), token("Lê Văn Hai"));
    let (server, other) = (office.serve(), office.serve());
    let sign =
        |server: &Server| server.post("/api/v1/sign").token(office.token(Role::Leader)).pdf(&sample_pdf()).send();
    for server in [&server, &other] {
        post(server, &first, "unlock", &json!({"pin": PIN})).expect(200);
        sign(server).expect(200);
    }
    here(&["--two-person", "on", "--per-hour", "50"]).expect(0);
    // in every process, what one person has opened is locked
    for server in [&server, &other] {
        assert_eq!(sign(server).problem(403), "key.locked");
        post(server, &first, "unlock", &json!({"pin": PIN})).expect(202);
        post(server, &second, "unlock/approve", &json!({})).expect(200);
        sign(server).expect(200);
    }
    here(&["--per-hour", "40"]).expect(0);
    here(&["--per-hour", "40"]).expect(0);
    for looser in [&["--per-hour", "41"][..], &["--per-hour", "none"], &["--two-person", "off"]] {
        assert!(here(looser).expect(77).error_line().contains("looser than before"));
    }
    for wrong in [&[][..], &["--per-hour", "0"], &["--per-hour", "many"], &["--two-person", "perhaps"]] {
        here(wrong).expect(64).error_line();
    }
    let terms = |token: &str, body: Value| post(&server, token, "terms", &body);
    terms(&first, json!({"colour": "red"})).problem(422);
    assert_eq!(terms(&first, json!({})).problem(422), "key.terms");
    assert_eq!(terms(office.token(Role::Leader), json!({"per_hour": 1})).problem(403), "auth.role");
    assert_eq!(terms(office.other_token(Role::Keeper), json!({"per_hour": 1})).problem(404), "people.not_found");
    let looser = || json!({"two_person": false, "per_hour": null});
    assert_eq!(terms(&first, looser()).expect(202).json()["two_person"], true);
    // the same person by another token, and another change
    terms(&first, looser()).expect(202);
    terms(&same, looser()).expect(202);
    terms(&second, json!({"two_person": false})).expect(202);
    terms(&first, looser()).expect(202);
    let done = terms(&second, looser()).expect(200).json();
    assert_eq!((&done["two_person"], &done["per_hour"]), (&false.into(), &Value::Null));
    let changed = entries(data, "key.terms_changed");
    let said: Vec<(bool, String)> = changed
        .iter()
        .map(|entry| (entry["approver"].is_string(), entry["digest"].as_str().unwrap().to_owned()))
        .collect();
    let digest = |text: &str| format!("sha256:{}", hex::encode(sha256(text.as_bytes())));
    let wanted = [
        (false, digest(r#"{"per_hour":50,"two_person":true}"#)),
        (false, digest(r#"{"per_hour":40,"two_person":true}"#)),
        (true, digest(r#"{"two_person":false}"#)),
    ];
    assert_eq!(said, wanted);
    assert_ne!(changed[2]["actor"], changed[2]["approver"]);
    // on the command line, each with a token
    let url = format!("http://{}", server.address);
    let ask = |token: &str, words: &[&str]| -> Ran {
        let file = secret_file(&work, "token", token);
        here(&[words, &["--server", &url, "--token-file", &file]].concat()).expect(0)
    };
    assert!(ask(&first, &["--per-hour", "7"]).stdout.contains("has these terms now"));
    assert!(ask(&second, &["--per-hour", "9"]).stdout.contains("once somebody else has asked for the same"));
    assert!(ask(office.token(Role::Admin), &["--per-hour", "9"]).stdout.contains("has these terms now"));
    // in time
    drop((server, other));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (folder, ahead) = by_clock(data).await;
        let one = tokens::authenticate(&folder, &first).await.unwrap();
        let two = tokens::authenticate(&folder, &second).await.unwrap();
        let looser = Change { two_person: None, per_hour: Some(None) };
        for caller in [&one, &two] {
            assert!(matches!(terms::change(&folder, LEADER, looser, caller).await.unwrap(), Changed::Asked(_)));
            ahead.fetch_add(601, Ordering::SeqCst);
        }
        terms::change(&folder, LEADER, looser, &one).await.unwrap();
        ahead.fetch_add(599, Ordering::SeqCst);
        assert_eq!(terms::change(&folder, LEADER, looser, &two).await.unwrap(), Changed::Now);
    });
    run(data, ["audit", "verify"]).expect(0);
    // behind the log's back: of all, for the other unit's leader has the same certificate
    let lift = sqlx::query("UPDATE key_control SET per_hour = 1000");
    in_database(data, async |pool| lift.execute(pool).await.unwrap());
    let found = run(data, ["audit", "verify"]).expect(1);
    assert!(
        found.stdout.contains("signing key xa-son-mau.leader: its unit, certificate, PIN, custodians, quota"),
        "{found:?}"
    );
}
