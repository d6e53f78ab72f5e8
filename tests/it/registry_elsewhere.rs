//! Official documents signed by keys that are elsewhere: openssl has them, or a token does.

use crate::http_deferred;
use crate::key_pins::secret_file;
use crate::office::{Office, UNIT};
use crate::program::run;
use crate::registry::{Desk, decision, place};
use crate::server::{Server, sample_pdf};
use crate::tokens::Hsm;
use dauson::authority::Credential;
use dauson::keys::SigningKey as _;
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::process::Command;

/// An act laid out for a key of the office that openssl signs with.
fn asked(keys: &http_deferred::Desk, key: &str, act: &str) -> Value {
    let (_, certificates) = keys.key(key);
    let mut asked = json!({"act": act, "certificate": certificates[0], "chain": &certificates[1..]});
    asked["places"] = place(act)["places"].clone();
    asked
}

/// The values of what was prepared.
fn values(keys: &http_deferred::Desk, key: &str, prepared: &Value) -> Value {
    let (file, _) = keys.key(key);
    let values = prepared["requests"].as_array().unwrap().iter();
    let values: Vec<Value> =
        values.map(|one| json!({"request": one["id"], "signature": keys.sign(one, &file)})).collect();
    json!({"signatures": values})
}

/// Any trusted CA may have given a certificate: only that of the unit, or one that who runs the service knows, signs for it.
#[test]
fn a_certificate_that_is_of_another_body_signs_nothing_for_the_unit() {
    let keys = http_deferred::Desk::new();
    let desk = Desk { office: &keys.office, server: &keys.server };
    let data = keys.office.folder.path();
    let id = desk.draft(&decision());
    desk.up_to(&id, "initial");
    let sign = asked(&keys, "leader", "sign");
    run(data, ["unit", "rename", UNIT, "--name", "ỦY BAN NHÂN DÂN XÃ KHÁC", "--basis", "Nghị quyết 1"]).expect(0);
    let refused = desk.act(Role::Leader, &id, "prepare", &sign);
    assert!(refused.json()["detail"].as_str().unwrap().contains("Nguyễn Thị Mẫu"), "{refused:?}");
    assert_eq!(refused.problem(403), "registry.signer");
    // the seal's has the unit's tax code
    desk.act(Role::Leader, &id, "prepare", &asked(&keys, "seal", "sign")).expect(200);
    std::fs::create_dir(data.join("signers")).unwrap();
    std::fs::write(data.join("signers/lanh-dao.pem"), sign["certificate"].as_str().unwrap()).unwrap();
    let prepared = desk.act(Role::Leader, &id, "prepare", &sign).expect(200).json();
    let value = values(&keys, "leader", &prepared);
    std::fs::remove_file(data.join("signers/lanh-dao.pem")).unwrap();
    assert_eq!(desk.act(Role::Leader, &id, "finish", &value).problem(403), "registry.signer");
}

#[test]
fn a_decision_is_signed_numbered_and_sealed_by_keys_elsewhere() {
    let keys = http_deferred::Desk::new();
    let desk = Desk { office: &keys.office, server: &keys.server };
    let id = desk.draft(&decision());
    let path = format!("/api/v1/outgoing/{id}/files");
    let parts = [("file", Some("phu-luc.pdf"), &sample_pdf()[..])];
    keys.server.post(&path).token(keys.office.token(Role::Drafter)).form(&parts).send().expect(200);
    desk.up_to(&id, "initial");

    // the leader
    let sign = asked(&keys, "leader", "sign");
    assert_eq!(desk.act(Role::Clerk, &id, "prepare", &sign).problem(403), "auth.role");
    assert_eq!(desk.act(Role::Auditor, &id, "prepare", &sign).problem(403), "auth.role");
    let mut unseen = sign.clone();
    unseen["seen"] = json!("00".repeat(32));
    assert_eq!(desk.act(Role::Leader, &id, "prepare", &unseen).problem(409), "registry.version");
    let prepared = desk.act(Role::Leader, &id, "prepare", &sign).expect(200).json();
    assert_eq!((&prepared["act"], prepared["requests"].as_array().unwrap().len()), (&json!("sign"), 1));
    let digest = hex::encode(dauson::digest::sha256(&sample_pdf()));
    assert_eq!(prepared["requests"][0]["document_sha256"], json!(digest));
    assert_eq!(desk.show(&id)["state"], "initialled", "nothing is done before the value is there");
    let value = values(&keys, "leader", &prepared);
    // another key's value, another's request, another document
    let wrong = values(&keys, "seal", &prepared);
    let refused = desk.act(Role::Leader, &id, "finish", &wrong);
    assert!((400..500).contains(&refused.status), "{refused:?}");
    assert_eq!(desk.act(Role::Clerk, &id, "finish", &value).problem(404), "deferred.unknown");
    let other = desk.draft(&decision());
    desk.up_to(&other, "initial");
    assert_eq!(desk.act(Role::Leader, &other, "finish", &value).problem(404), "deferred.unknown");
    let signed = desk.act(Role::Leader, &id, "finish", &value).expect(200).json();
    assert_eq!((&signed["state"], &signed["files"][0]["version"]), (&json!("signed"), &json!(1)));
    assert!(signed["signer"].as_str().unwrap().contains("Nguyễn Thị Mẫu"), "{signed}");
    assert_eq!(desk.act(Role::Leader, &id, "finish", &value).problem(409), "deferred.finished");

    // the number on the page is the one that it gets, or none
    let number = asked(&keys, "seal", "number");
    let mixed = desk.act(Role::Clerk, &id, "prepare", &asked(&keys, "leader", "number"));
    assert_eq!(mixed.problem(403), "registry.duty", "the leader's key does not number");
    let prepared = desk.act(Role::Clerk, &id, "prepare", &number).expect(200).json();
    assert_eq!(desk.show(&id)["number"], Value::Null);
    desk.up_to(&desk.draft(&decision()), "number");
    let value = values(&keys, "seal", &prepared);
    assert_eq!(desk.act(Role::Clerk, &id, "finish", &value).problem(409), "registry.number");
    let prepared = desk.act(Role::Clerk, &id, "prepare", &number).expect(200).json();
    let numbered = desk.act(Role::Clerk, &id, "finish", &values(&keys, "seal", &prepared)).expect(200).json();
    assert_eq!((&numbered["symbol"], &numbered["state"]), (&json!("02/QĐ-UBND"), &json!("numbered")));
    desk.act(Role::Clerk, &id, "register", &json!({})).expect(200);

    // the seal on each file, all of them or none
    let prepared = desk.act(Role::Clerk, &id, "prepare", &asked(&keys, "seal", "seal")).expect(200).json();
    let all = values(&keys, "seal", &prepared);
    let one = json!({"signatures": [all["signatures"][0]]});
    assert_eq!(desk.act(Role::Clerk, &id, "finish", &one).problem(422), "registry.elsewhere");
    assert_eq!(desk.act(Role::Clerk, &id, "finish", &json!({"signatures": []})).problem(422), "registry.elsewhere");
    let sealed = desk.act(Role::Clerk, &id, "finish", &all).expect(200).json();
    assert_eq!(sealed["state"], "sealed");
    desk.act(Role::Clerk, &id, "issue", &json!({})).expect(200);
    desk.judged(&desk.file(&id, 0), 3);
    desk.judged(&desk.file(&id, 1), 1);

    // what was changed meanwhile is not signed
    let prepared = desk.act(Role::Leader, &other, "prepare", &sign).expect(200).json();
    desk.act(Role::Leader, &other, "return", &json!({"reason": "Sửa"})).expect(200);
    let value = values(&keys, "leader", &prepared);
    assert_eq!(desk.act(Role::Leader, &other, "finish", &value).problem(409), "registry.state");
    let path = format!("/api/v1/outgoing/{other}/revise");
    keys.server.post(&path).token(keys.office.token(Role::Drafter)).pdf(&sample_pdf()).send().expect(200);
    desk.up_to(&other, "initial");
    assert_eq!(desk.act(Role::Leader, &other, "finish", &value).problem(409), "registry.version");
    run(keys.office.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn the_same_on_the_command_line_with_a_key_that_is_never_here() {
    let keys = http_deferred::Desk::new();
    let (office, work) = (&keys.office, tempfile::tempdir().unwrap());
    let data = office.folder.path();
    let id = {
        let desk = Desk { office, server: &keys.server };
        let id = desk.draft(&decision());
        desk.up_to(&id, "initial");
        id
    };
    let (key, certificates) = keys.key("leader");
    let certificate = secret_file(&work, "chain.pem", &certificates.concat());
    let token = secret_file(&work, "token", office.token(Role::Leader));
    let state = work.path().join("state");
    let document = |arguments: &[&str]| run(data, [&["document", "--token-file", &token], arguments].concat());
    let prepare = ["prepare", &id, "--act", "sign", "--cert", &certificate, "--state", state.to_str().unwrap()];
    document(&prepare).expect(0);
    document(&prepare).expect(73).error_line();
    assert_eq!(std::fs::read(state.join("0.pdf")).unwrap(), sample_pdf());
    let value = work.path().join("0.sig");
    let signed = Command::new("openssl")
        .args(["dgst", "-sha256", "-sign"])
        .arg(&key)
        .arg("-out")
        .args([&value, &state.join("0.der")])
        .status();
    assert!(signed.unwrap().success());
    let finish = ["finish", &id, "--state", state.to_str().unwrap(), "--signature", value.to_str().unwrap()];
    assert!(document(&finish).expect(0).stdout.contains("(signed)"));
    document(&finish).expect(65).error_line();
    run(data, ["audit", "verify"]).expect(0);
}

/// A key of the key store that is in a token does in each act what a key in a file does.
#[test]
fn keys_in_tokens_sign_official_documents_as_others_do() {
    let Some(hsm) = Hsm::new() else { return };
    let office = Office::new();
    let data = office.folder.path();
    let pin = hsm.path("pin").display().to_string();
    let configuration = hsm.path("softhsm2.conf").display().to_string();
    let mut tokens = Vec::new();
    for (key, role, number) in [("leader", "leader", "01"), ("seal", "clerk", "02")] {
        let of = crate::http_deferred::key_of(&office, key);
        let (certificate, chain) = (of.certificate().to_vec(), of.chain().to_vec());
        let credential = Credential { name: "key", certificate, chain, pkcs8: of.secret().unwrap() };
        hsm.put("desk", key, number, &credential);
        let (uri, name) = (hsm.uri(&format!("token=desk;object={key}")), format!("token-{key}"));
        let ran = |arguments: &[&str]| {
            let mut command = crate::program::command(data);
            command.env("SOFTHSM2_CONF", &configuration).args(arguments);
            crate::program::finish(command.spawn().unwrap())
        };
        ran(&["key", "import", &name, "--unit", UNIT, "--pkcs11-uri", &uri, "--pin-file", &pin]).expect(0);
        let made = ran(&["token", "create", "--name", &name, "--unit", UNIT, "--role", role, "--key", &name]).expect(0);
        tokens.push(made.stdout.trim().to_owned());
    }
    let server = Server::start(data, &[("SOFTHSM2_CONF", &configuration)]);
    let desk = Desk { office: &office, server: &server };
    let ids: Vec<String> = (0..3).map(|_| desk.draft(&decision())).collect();
    for id in &ids {
        desk.up_to(id, "initial");
    }
    let documents: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
    let batch = json!({"documents": documents, "places": place("sign")["places"]});
    let signed = server.post("/api/v1/outgoing/sign").token(&tokens[0]).json(&batch).send().expect(200).json();
    assert_eq!(signed["done"], 3, "{signed}");
    let act = |act: &str, body: &Value| {
        let path = format!("/api/v1/outgoing/{}/{act}", ids[0]);
        server.post(&path).token(&tokens[1]).json(body).send().expect(200).json()
    };
    assert_eq!(act("number", &place("number"))["symbol"], "01/QĐ-UBND");
    act("register", &json!({}));
    act("seal", &place("seal"));
    act("issue", &json!({}));
    desk.judged(&desk.file(&ids[0], 0), 3);
    desk.judged(&desk.file(&ids[2], 0), 1);
    drop(server);
    run(data, ["audit", "verify"]).expect(0);
}
