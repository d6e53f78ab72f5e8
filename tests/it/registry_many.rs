//! Many official documents at once: signed by one act with one PIN, each answered, in few steps of the log. Requests that are sent again, and
//! levels that are raised when a TSA answers again.

use crate::answering;
use crate::key_pins::{PIN, secret_file};
use crate::office::{Office, UNIT};
use crate::program::run;
use crate::registry::{Desk, blank, decision, place, wait_for};
use crate::server::{Server, sample_pdf};
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

fn batch(ids: &[String], more: &Value) -> Value {
    let documents: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
    let mut body = json!({"documents": documents});
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

fn codes(answer: &Value) -> Vec<&str> {
    let results = answer["results"].as_array().unwrap();
    results.iter().map(|result| result["problem"]["code"].as_str().unwrap_or("-")).collect()
}

/// The log's entries of these documents' newest signatures, in their order.
fn entries(answer: &Value) -> Vec<u64> {
    let results = answer["results"].as_array().unwrap().iter();
    results.filter_map(|result| result["document"]["files"][0]["log_index"].as_u64()).collect()
}

#[test]
fn many_are_signed_by_one_act_with_one_pin() {
    let office = Office::new();
    let (data, work) = (office.folder.path(), tempfile::tempdir().unwrap());
    let pin = secret_file(&work, "pin", PIN);
    run(data, ["key", "pin", &format!("{UNIT}.leader"), "--new-pin-file", &pin]).expect(0);
    let server = office.serve();
    let desk = Desk { office: &office, server: &server };
    let post = |role: Role, act: &str, body: &Value| desk.post(role, &format!("/api/v1/outgoing/{act}"), body);
    let mut ids: Vec<String> = (0..8).map(|_| desk.draft(&decision())).collect();
    let initialled = post(Role::Drafter, "initial", &batch(&ids, &json!({}))).expect(200).json();
    assert_eq!(initialled["done"], 8, "{initialled}");

    // what will be signed is named before, and nothing is signed by that
    let named = post(Role::Leader, "sign", &batch(&ids, &json!({"dry_run": true}))).expect(200).json();
    assert_eq!((&named["done"], codes(&named)), (&json!(8), vec!["-"; 8]));
    for (id, result) in ids.iter().zip(named["results"].as_array().unwrap()) {
        let document = &result["document"];
        assert_eq!((&document["id"], &document["state"]), (&json!(id), &json!("initialled")));
        assert_eq!(document["subject"], decision()["subject"]);
        assert_eq!(document["files"][0]["sha256"], hex::encode(dauson::digest::sha256(&sample_pdf())));
    }

    // and where it would be seen, by the text of the page
    let letter = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/du-thao/qd.pdf")).unwrap();
    let drafted = desk.form(Role::Drafter, "/api/v1/outgoing", "qd.pdf", &letter, &decision()).expect(201).json();
    let nowhere = desk.form(Role::Drafter, "/api/v1/outgoing", "a.pdf", &blank(), &decision()).expect(201).json();
    let two = [drafted, nowhere].map(|one| one["id"].as_str().unwrap().to_owned());
    post(Role::Drafter, "initial", &batch(&two, &json!({}))).expect(200);
    let named = post(Role::Leader, "sign", &batch(&two, &json!({"dry_run": true}))).expect(200).json();
    let seen = &named["results"][0]["place"];
    assert!(seen["page"].as_u64().unwrap() >= 1 && seen["rect"][2].as_f64().unwrap() > 60.0, "{named}");
    let unseen = &named["results"][1];
    assert!(unseen["place"].is_null() && unseen["warnings"][0].as_str().unwrap().contains("không hiển thị"), "{named}");
    let by_hand = json!({"dry_run": true, "places": place("sign")["places"]});
    let named = post(Role::Leader, "sign", &batch(&two, &by_hand)).expect(200).json();
    assert_eq!(named["results"][1]["place"]["rect"], place("sign")["places"][0]["rect"], "{named}");

    // who may not, and what cannot be
    assert_eq!(post(Role::Clerk, "sign", &batch(&ids, &json!({"pin": PIN}))).problem(403), "auth.role");
    assert_eq!(post(Role::Leader, "seal", &batch(&ids, &json!({}))).problem(403), "auth.role");
    let nothing = batch(&[], &json!({}));
    assert_eq!(post(Role::Leader, "sign", &nothing).problem(422), "registry.together");
    let twice = batch(&[ids[0].clone(), ids[0].clone()], &json!({"pin": PIN}));
    assert_eq!(post(Role::Leader, "sign", &twice).problem(422), "registry.together");
    let too_many: Vec<String> = (0..501).map(|n| format!("{n:032}")).collect();
    assert_eq!(post(Role::Leader, "sign", &batch(&too_many, &json!({}))).problem(422), "registry.together");
    let number = post(Role::Leader, "sign", &batch(&ids, &json!({"pin": 123_456})));
    assert!(!number.text().contains("123456"), "{}", number.text());
    assert_eq!(number.problem(422), "request.json");

    // the key has a PIN: one wrong PIN is one try, however many documents there are
    assert_eq!(post(Role::Leader, "sign", &batch(&ids, &json!({}))).problem(403), "key.locked");
    let wrong = post(Role::Leader, "sign", &batch(&ids, &json!({"pin": "000000"})));
    assert!(wrong.json()["detail"].as_str().unwrap().contains("4 more"), "{}", wrong.text());
    assert_eq!(wrong.problem(403), "key.wrong_pin");

    // one that fails keeps no other from being signed
    let elsewhere = {
        let options = decision().to_string();
        let parts = [("file", Some("a.pdf"), &sample_pdf()[..]), ("options", None, options.as_bytes())];
        let drafted = server.post("/api/v1/outgoing").token(office.other_token(Role::Drafter)).form(&parts).send();
        drafted.expect(201).json()["id"].as_str().unwrap().to_owned()
    };
    let unseen = desk.draft(&decision());
    ids.extend([elsewhere, unseen, "00".repeat(16)]);
    let mut body = batch(&ids, &json!({"pin": PIN, "places": place("sign")["places"]}));
    body["documents"][2]["seen"] = json!("00".repeat(32));
    let signed = post(Role::Leader, "sign", &body).expect(200).json();
    let mut expected = vec!["-"; 11];
    expected[2] = "registry.version";
    (expected[8], expected[9], expected[10]) = ("registry.not_found", "registry.state", "registry.not_found");
    assert_eq!((&signed["done"], codes(&signed)), (&json!(7), expected), "{signed}");
    // their signatures are neighbours in the log: one step, not seven
    let entries = entries(&signed);
    assert!(entries.len() == 7 && entries.windows(2).all(|two| two[0] + 1 == two[1]), "{entries:?}");
    for result in signed["results"].as_array().unwrap().iter().filter(|result| result["problem"].is_null()) {
        assert_eq!(
            (&result["document"]["state"], &result["document"]["files"][0]["level"]),
            (&json!("signed"), &json!("B-B"))
        );
        desk.judged(&desk.file(result["id"].as_str().unwrap(), 0), 1);
    }
    // the PIN was for that act alone
    assert_eq!(desk.act(Role::Leader, &ids[2], "sign", &place("sign")).problem(403), "key.locked");
    let mut alone = place("sign");
    alone["pin"] = json!(PIN);
    desk.act(Role::Leader, &ids[2], "sign", &alone).expect(200);

    // sealed together, with what comes with them
    ids.truncate(8);
    for id in &ids {
        desk.act(Role::Clerk, id, "number", &place("number")).expect(200);
        desk.act(Role::Clerk, id, "register", &json!({})).expect(200);
    }
    let sealed =
        post(Role::Clerk, "seal", &batch(&ids, &json!({"places": place("seal")["places"]}))).expect(200).json();
    assert_eq!(sealed["done"], 8, "{sealed}");
    let symbols: Vec<&str> =
        sealed["results"].as_array().unwrap().iter().map(|r| r["document"]["symbol"].as_str().unwrap()).collect();
    assert_eq!((symbols[0], symbols[7]), ("01/QĐ-UBND", "08/QĐ-UBND"));
    desk.judged(&desk.file(&ids[7], 0), 3);
    drop(server);
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn a_quota_lets_as_many_be_signed_as_there_are_left() {
    let office = Office::new();
    let data = office.folder.path();
    run(data, ["key", "terms", &format!("{UNIT}.leader"), "--per-hour", "3"]).expect(0);
    let server = office.serve();
    let desk = Desk { office: &office, server: &server };
    let ids: Vec<String> = (0..5).map(|_| desk.draft(&decision())).collect();
    desk.post(Role::Drafter, "/api/v1/outgoing/initial", &batch(&ids, &json!({}))).expect(200);
    let signed = desk.post(Role::Leader, "/api/v1/outgoing/sign", &batch(&ids, &json!({}))).expect(200).json();
    assert_eq!(codes(&signed), ["-", "-", "-", "key.quota", "key.quota"], "{signed}");
    assert_eq!(desk.show(&ids[4])["state"], "initialled");
    drop(server);
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn many_on_the_command_line() {
    let office = Office::new();
    let (data, work) = (office.folder.path(), tempfile::tempdir().unwrap());
    let pin = secret_file(&work, "pin", PIN);
    run(data, ["key", "pin", &format!("{UNIT}.leader"), "--new-pin-file", &pin]).expect(0);
    let ids: Vec<String> = {
        let server = office.serve();
        let desk = Desk { office: &office, server: &server };
        (0..3).map(|_| desk.draft(&decision())).collect()
    };
    let document = |role: Role, act: &str, more: &[&str]| {
        let token = secret_file(&work, role.as_str(), office.token(role));
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        run(data, [&["document", "--token-file", &token, act], &ids[..], more].concat())
    };
    document(Role::Drafter, "initial", &[]).expect(0);
    let shown = document(Role::Leader, "sign", &["--dry-run", "--pin-file", &pin]).expect(0).stdout;
    let digest = hex::encode(dauson::digest::sha256(&sample_pdf()));
    assert_eq!((shown.matches("(initialled)").count(), shown.matches(&digest).count()), (3, 3), "{shown}");
    let wrong = secret_file(&work, "wrong", "không phải PIN");
    let refused = document(Role::Leader, "sign", &["--pin-file", &wrong]).expect(77);
    assert!(refused.error_line().contains("4 more"), "{refused:?}");
    let signed = document(Role::Leader, "sign", &["--pin-file", &pin]).expect(0).stdout;
    assert_eq!(signed.matches("(signed)").count(), 3, "{signed}");
    // all of them again: each is refused, and the exit code says so
    let again = document(Role::Leader, "sign", &["--pin-file", &pin]).expect(65);
    assert_eq!(again.stderr.matches("dauson: error: ").count(), 3, "{again:?}");
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn a_request_that_is_sent_again_is_answered_and_not_done_again() {
    let office = Office::new();
    let server = office.serve();
    let draft = |key: &str, subject: &str| {
        let mut options = decision();
        options["subject"] = json!(subject);
        let options = options.to_string();
        let parts = [("file", Some("a.pdf"), &sample_pdf()[..]), ("options", None, options.as_bytes())];
        server
            .post("/api/v1/outgoing")
            .token(office.token(Role::Drafter))
            .header("Idempotency-Key", key)
            .form(&parts)
            .send()
    };
    let first = draft("a", "Quy chế").expect(201).json();
    assert_eq!(draft("a", "Quy chế").expect(201).json()["id"], first["id"]);
    assert_eq!(draft("a", "Quy định").problem(409), "registry.idempotency");
    assert_ne!(draft("b", "Quy chế").expect(201).json()["id"], first["id"]);
    assert_eq!(draft("", "Quy chế").problem(422), "request.idempotency_key");
    let id = first["id"].as_str().unwrap();
    let act = |role: Role, act: &str, key: &str, body: &Value| {
        let path = format!("/api/v1/outgoing/{id}/{act}");
        server.post(&path).token(office.token(role)).header("Idempotency-Key", key).json(body).send()
    };
    act(Role::Drafter, "initial", "c", &json!({})).expect(200);
    let again = act(Role::Drafter, "initial", "c", &json!({})).expect(200).json();
    assert_eq!(again["state"], "initialled");
    assert_eq!(act(Role::Drafter, "initial", "d", &json!({})).problem(409), "registry.state");
    // what the key was used for before
    assert_eq!(act(Role::Leader, "sign", "c", &place("sign")).problem(409), "registry.idempotency");
    act(Role::Leader, "sign", "e", &place("sign")).expect(200);
    // the same request with a PIN that does not count
    let mut with_pin = place("sign");
    with_pin["pin"] = json!("123456");
    act(Role::Leader, "sign", "e", &with_pin).expect(200);
    // a number is given once
    act(Role::Clerk, "number", "f", &place("number")).expect(200);
    assert_eq!(act(Role::Clerk, "number", "f", &place("number")).expect(200).json()["symbol"], "01/QĐ-UBND");
    let trail = server.get(&format!("/api/v1/outgoing/{id}/trail")).token(office.token(Role::Auditor)).send();
    assert_eq!(trail.expect(200).json()["events"].as_array().unwrap().len(), 4);
    drop(server);
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn why_it_was_returned_is_told_and_accents_are_not_needed_to_find_it() {
    let office = Office::new();
    let server = office.serve();
    let desk = Desk { office: &office, server: &server };
    let id = desk.draft(&decision());
    desk.up_to(&id, "initial");
    desk.act(Role::Leader, &id, "return", &json!({"reason": "Sửa lại Điều 2"})).expect(200);
    assert_eq!(desk.show(&id)["reason"], "Sửa lại Điều 2");
    let token = secret_file(&office.folder, "t", office.token(Role::Drafter));
    let shown = run(office.folder.path(), ["document", "--token-file", &token, "show", &id]).expect(0).stdout;
    assert!(shown.contains("Sửa lại Điều 2"), "{shown}");
    for text in ["quy%20che%20lam%20viec", "QUY%20CH%E1%BA%BE", "cac%20thon", "so%20noi%20vu"] {
        let path = format!("/api/v1/outgoing?text={text}");
        let found = server.get(&path).token(office.token(Role::Auditor)).send().expect(200).json();
        assert_eq!(found["items"][0]["id"], json!(id), "{text}");
        assert_eq!(found["items"][0]["reason"], "Sửa lại Điều 2");
    }
    let none = server.get("/api/v1/outgoing?text=quyche").token(office.token(Role::Auditor)).send().expect(200).json();
    assert_eq!(none["items"], json!([]));
}

/// While the TSA does not answer, documents are issued all the same; their level follows when it does.
#[test]
fn levels_are_raised_when_the_tsa_answers_again() {
    let office = Office::new();
    let tsa = answering::Server::start();
    tsa.on(|_| answering::Answer::Status(503, String::new()));
    let server = Arc::new(Server::start(office.folder.path(), &[("DAUSON_SIGN_TSA", &tsa.url("/tsa"))]));
    let desk = Desk { office: &office, server: &server };
    let (first, second) = (desk.draft(&decision()), desk.draft(&decision()));
    for id in [&first, &second] {
        let issued = desk.up_to(id, "issue");
        assert_eq!((&issued["state"], &issued["files"][0]["level"]), (&json!("issued"), &json!("B-B")), "{issued}");
        assert!(issued["warnings"][0].as_str().unwrap().contains("B-LT"), "{issued}");
        assert_eq!(
            (&issued["messages"][0]["kind"], &issued["messages"][0]["state"]),
            (&json!("level"), &json!("queued"))
        );
    }
    let before = desk.file(&first, 0);
    assert_eq!(desk.act(Role::Leader, &first, "raise", &json!({})).problem(403), "auth.role");
    assert_eq!(desk.act(Role::Clerk, &first, "raise", &json!({})).problem(503), "registry.level");
    // it answers again
    let of = Arc::clone(&server);
    tsa.on(move |asked| {
        let answer = of.post("/tsa").body("application/timestamp-query", &asked.body).send();
        answering::Answer::Body(answer.expect(200).body)
    });
    let raised = desk.act(Role::Clerk, &first, "raise", &json!({})).expect(200).json();
    assert_eq!((&raised["files"][0]["level"], &raised["warnings"]), (&json!("B-LT"), &json!([])), "{raised}");
    assert_eq!(raised["messages"][0]["state"], "sent");
    assert!(desk.file(&first, 0).starts_with(&before), "nothing issued is changed");
    for signature in desk.judged(&desk.file(&first, 0), 3) {
        assert_eq!(signature["level"], "B-LT");
    }
    // nothing more is to be done, and that is no act
    desk.act(Role::Clerk, &first, "raise", &json!({})).expect(200);
    let trail = server.get(&format!("/api/v1/outgoing/{first}/trail")).token(office.token(Role::Auditor)).send();
    let trail = trail.expect(200).json();
    let acts: Vec<&str> = trail["events"].as_array().unwrap().iter().map(|e| e["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["draft", "initial", "sign", "number", "register", "seal", "issue", "raise"]);
    // the other one is raised by the service itself, after a minute or two
    wait_for("the level", || desk.show(&second)["files"][0]["level"] == "B-LT");
    wait_for("what became of it", || desk.show(&second)["messages"][0]["state"] == "sent");
    tsa.on(|_| answering::Answer::Status(503, String::new()));
    drop(server);
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}
