//! What an office reads when something about a document, a key or a certificate is wrong: in Vietnamese, with English beside it.

use crate::csc_client::{Habit, PIN, SECRET, remote};
use crate::key_pins::{PIN as KEY_PIN, secret_file};
use crate::made::{Holder, Revoked, Use, Wanted};
use crate::office::{OTHER_UNIT, Office, UNIT};
use crate::program::run;
use crate::registry::{Desk, decision, place};
use crate::server::{Answer, Server, sample_pdf};
use dauson::data_folder::DataFolder;
use dauson::keys::{KeyAlgorithm, SigningKey as _, pem};
use dauson::people::keys;
use dauson::people::permissions::Role;
use rcgen::{KeyUsagePurpose, RevocationReason};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// Whether it has a letter that only Vietnamese has.
fn is_vietnamese(text: &str) -> bool {
    text.chars().any(|c| "ăâđêôơưĂÂĐÊÔƠƯ".contains(c) || ('\u{1ea0}'..='\u{1ef9}').contains(&c))
}

/// Refused with this code, and told in both languages: what, and why.
#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str, english: &str) {
    assert_eq!(answer.problem(status), code, "{answer:?}");
    let told = answer.json();
    // where the service cannot go on by no fault of theirs, the message has both
    let message = &told["message"];
    let text = match message["vi"].as_str() {
        Some(vi) if told["detail"] == message["en"] => format!("{vi} / {}", message["en"].as_str().unwrap()),
        _ => told["detail"].as_str().unwrap().to_owned(),
    };
    told_in_both(&text, english);
}

#[track_caller]
fn told_in_both(text: &str, english: &str) {
    let (vi, en) = text.rsplit_once(" / ").unwrap_or_else(|| panic!("one language: {text}"));
    assert!(is_vietnamese(vi) && !is_vietnamese(en) && en.contains(english), "{english}: {text}");
}

#[test]
fn what_is_wrong_with_a_file_is_told_in_both_languages() {
    let office = Office::new();
    let data = office.folder.path();
    let server = Server::start(data, &[("DAUSON_SERVE_MAX_BODY_BYTES", "4096")]);
    let desk = Desk { office: &office, server: &server };
    let draft = |file: &[u8]| desk.form(Role::Drafter, "/api/v1/outgoing", "a.pdf", file, &decision());
    let sample = sample_pdf();
    refused(&draft(b"xin ch\xc3\xa0o"), 422, "registry.checks", "it is not a PDF");
    refused(&draft(&sample[..sample.len() / 2]), 422, "registry.checks", "it is damaged or cut off");
    let work = tempfile::tempdir().unwrap();
    let locked = work.path().join("locked.pdf");
    let sample_path = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/cong-van.pdf");
    let encrypt = ["--encrypt", "user", "owner", "256", "--", sample_path, locked.to_str().unwrap()];
    match Command::new("qpdf").args(encrypt).status() {
        Ok(status) => {
            assert!(status.success());
            refused(&draft(&std::fs::read(&locked).unwrap()), 422, "registry.checks", "a password");
        }
        Err(error) => eprintln!("skipped: qpdf: {error}"),
    }
    let long = json!({"id": "a".repeat(5_000)});
    refused(&desk.post(Role::Admin, "/api/v1/units", &long), 413, "http.too_large", "the request is too large");

    // certified by others so that nothing may be added: no copy can be signed
    let certified = work.path().join("certified.pdf");
    let out = certified.to_str().unwrap();
    let key = format!("{UNIT}.leader");
    run(data, ["sign", sample_path, "-o", out, "--key-id", &key, "--certify", "no-changes"]).expect(0);
    let new = json!({"author": "Sở Nội vụ", "kind": "CV", "subject": "Về tập huấn"});
    let file = std::fs::read(&certified).unwrap();
    let received = desk.form(Role::Clerk, "/api/v1/incoming", "den.pdf", &file, &new).expect(201).json();
    let id = received["id"].as_str().unwrap();
    desk.post(Role::Clerk, &format!("/api/v1/incoming/{id}/register"), &json!({"reason": "đã xem"})).expect(200);
    let copy = json!({"kind": "SY", "issuer": "UBND", "of": id, "recipients": [{"name": "Thôn 1"}]});
    refused(&desk.post(Role::Clerk, "/api/v1/copies", &copy), 403, "sign.certified", "permits no change");

    // where it is to be seen
    let id = desk.draft(&decision());
    let initial = |places: Value| desk.act(Role::Leader, &id, "initial", &json!({"places": places}));
    let off = initial(json!([{"page": 1, "rect": [580.0, 830.0, 40.0, 20.0]}]));
    refused(&off, 422, "sign.appearance", "does not lie on the page");
    let none = initial(json!([{"page": 9, "rect": [80.0, 30.0, 40.0, 20.0]}]));
    refused(&none, 422, "sign.appearance", "none is number 9");
    desk.up_to(&id, "sign");
    let number = |body: Value| desk.act(Role::Clerk, &id, "number", &body);
    refused(&number(json!({})), 422, "place.number", "");
    let small = json!({"places": [{"page": 1, "rect": [60.0, 690.0, 2.0, 2.0]}]});
    refused(&number(small), 422, "place.by_hand", "is too small");
    refused(&desk.act(Role::Drafter, &id, "number", &json!({})), 403, "auth.role", "the role drafter does not permit");
    // the same on the command line
    let token = secret_file(&work, "clerk", office.token(Role::Clerk));
    let ran = run(data, ["document", "--token-file", &token, "number", &id]).expect(65);
    assert!(is_vietnamese(ran.error_line()) && ran.error_line().contains(" / "), "{ran:?}");
}

#[test]
fn what_is_wrong_with_a_key_is_told_in_both_languages() {
    let office = Office::new();
    let (data, work) = (office.folder.path(), tempfile::tempdir().unwrap());
    let pin = secret_file(&work, "pin", KEY_PIN);
    let (leader, seal) = (format!("{UNIT}.leader"), format!("{UNIT}.seal"));
    run(data, ["key", "pin", &leader, "--new-pin-file", &pin]).expect(0);
    let server = office.serve();
    let desk = Desk { office: &office, server: &server };
    let ids: Vec<String> = (0..2).map(|_| desk.draft(&decision())).collect();
    for id in &ids {
        desk.act(Role::Drafter, id, "initial", &json!({})).expect(200);
    }
    let sign = |pin: Option<&str>| {
        let mut body = place("sign");
        body["pin"] = json!(pin);
        desk.act(Role::Leader, &ids[0], "sign", &body)
    };
    refused(&sign(None), 403, "key.locked", "it is locked");
    for left in ["4 more", "3 more", "2 more", "1 more"] {
        refused(&sign(Some("000000")), 403, "key.wrong_pin", left);
    }
    refused(&sign(Some("000000")), 403, "key.blocked", "too many wrong PINs");
    refused(&sign(Some(KEY_PIN)), 403, "key.blocked", "too many wrong PINs");
    run(data, ["key", "unblock", &leader]).expect(0);
    run(data, ["key", "stop", &leader, "--reason", "mất máy"]).expect(0);
    let stopped = sign(Some(KEY_PIN));
    assert!(stopped.text().contains("đã bị dừng: mất máy") && stopped.text().contains("was stopped"), "{stopped:?}");
    assert_eq!(stopped.problem(403), "key.stopped");
    run(data, ["key", "resume", &leader]).expect(0);
    for id in &ids {
        let mut body = place("sign");
        body["pin"] = json!(KEY_PIN);
        desk.act(Role::Leader, id, "sign", &body).expect(200);
    }
    run(data, ["key", "terms", &seal, "--per-hour", "1"]).expect(0);
    desk.act(Role::Clerk, &ids[0], "number", &place("number")).expect(200);
    let over = desk.act(Role::Clerk, &ids[1], "number", &place("number"));
    refused(&over, 429, "key.quota", "makes 1 signatures an hour");
    // a token whose bearer has no key
    let bare = ["--name", "x", "--unit", UNIT, "--role", "clerk"];
    let bare = run(data, [&["token", "create"], &bare[..]].concat()).expect(0).stdout;
    let number = server.post(&format!("/api/v1/outgoing/{}/number", ids[1])).token(bare.trim());
    refused(&number.json(&place("number")).send(), 403, "sign.no_key", "no signing key");
    refused(&desk.act(Role::Clerk, &"0".repeat(32), "number", &json!({})), 404, "registry.not_found", "no such");
}

/// A unit's keys with certificates that may not sign, each for a reason of its own.
async fn unfit(data: &Path, habit: impl AsyncFn(&str, &Holder)) {
    let now = OffsetDateTime::now_utc();
    let (from, until) = (now - Duration::days(30), now + Duration::days(30));
    let root = Holder::root(&Wanted::new("CA thu", Use::Ca, from, until));
    let holder = |name: &str, from, until| root.issue(&Wanted::new(name, Use::Signing, from, until));
    let revoked = holder("revoked", from, until);
    let list = Revoked {
        who: &revoked,
        time: now - Duration::DAY,
        reason: RevocationReason::KeyCompromise,
        invalid_since: None,
    };
    let agrees = |params: &mut rcgen::CertificateParams| params.key_usages = vec![KeyUsagePurpose::KeyAgreement];
    let unmeant = root.issue(&Wanted { more: &agrees, ..Wanted::new("unmeant", Use::Signing, from, until) });
    let stranger = Holder::root(&Wanted::new("CA la", Use::Ca, from, until));
    std::fs::create_dir_all(data.join("crls")).unwrap();
    std::fs::write(data.join("trust/thu.pem"), pem::encode("CERTIFICATE", root.key.certificate()).as_bytes()).unwrap();
    std::fs::write(data.join("crls/thu.crl"), root.crl(now - Duration::HOUR, Duration::days(7), &[list])).unwrap();
    habit("expired", &holder("expired", from, now - Duration::HOUR)).await;
    habit("early", &holder("early", now + Duration::HOUR, until)).await;
    habit("revoked", &revoked).await;
    habit("unmeant", &unmeant).await;
    habit("stranger", &stranger.issue(&Wanted::new("stranger", Use::Signing, from, until))).await;
}

#[test]
fn what_is_wrong_with_a_certificate_is_told_in_both_languages() {
    let office = Office::new();
    let data = office.folder.path();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let clock = Arc::new(OffsetDateTime::now_utc);
        let folder = DataFolder::open(data, &data.join("master.key"), clock).await.unwrap();
        unfit(data, async |name, holder| {
            let pkcs8 = holder.key.pkcs8();
            let key = dauson::keys::LocalKey::from_pkcs8(
                pkcs8,
                holder.key.certificate().to_vec(),
                holder.key.chain().to_vec(),
            );
            keys::import(&folder, name, Some(UNIT), &key.unwrap().into()).await.unwrap();
        })
        .await;
        folder.store.close().await;
    });
    let server = office.serve();
    let desk = Desk { office: &office, server: &server };
    let id = desk.draft(&decision());
    desk.act(Role::Drafter, &id, "initial", &json!({})).expect(200);
    for (key, english) in [
        ("expired", "it expired on"),
        ("early", "not yet"),
        ("revoked", "revoked"),
        ("unmeant", "the key usage of"),
        ("stranger", ""),
    ] {
        let bound = ["--name", key, "--unit", UNIT, "--role", "leader", "--key", key];
        let token = run(data, [&["token", "create"], &bound[..]].concat()).expect(0).stdout;
        let path = format!("/api/v1/outgoing/{id}/sign");
        let answer = server.post(&path).token(token.trim()).json(&place("sign")).send();
        refused(&answer, 403, "sign.certificate", english);
    }
}

/// A remote signing service that refuses.
#[test]
fn what_is_wrong_with_a_remote_service_is_told_in_both_languages() {
    const LOCKED: Habit =
        |_, method, _, _| (method == "credentials/authorize").then(|| crate::csc_client::fault(400, "invalid_request"));
    let (office, remote) = (Office::new(), remote(KeyAlgorithm::P256, LOCKED));
    let (data, work) = (office.folder.path(), tempfile::tempdir().unwrap());
    std::fs::copy(&remote.root, data.join("trust/remote.pem")).unwrap();
    let (client, pin) = (secret_file(&work, "client", &format!("us\n{SECRET}")), secret_file(&work, "pin", PIN));
    let there = ["--csc-url", &remote.url(), "--csc-client-file", &client, "--pin-file", &pin];
    run(data, [&["key", "import", "remote", "--unit", OTHER_UNIT], &there[..]].concat()).expect(0);
    let bound = ["--name", "x", "--unit", OTHER_UNIT, "--role", "clerk", "--key", "remote"];
    let token = run(data, [&["token", "create"], &bound[..]].concat()).expect(0).stdout;
    let server = office.serve();
    let options = json!({"kind": "TrS", "issuer": "UBND", "subject": "Trích", "recipients": [{"name": "Thôn 1"}]});
    let options = options.to_string();
    let copy = || {
        let parts = [("file", Some("a.pdf"), &sample_pdf()[..]), ("options", None, options.as_bytes())];
        server.post("/api/v1/copies").token(token.trim()).form(&parts).send()
    };
    refused(&copy(), 403, "remote.refused", "the signing service refuses");
}
