//! Whole documents that other programs have signed (signatures/signDoc), and keys that want one-time passwords for that.

use crate::csc::{LEADER, Other, fault, invalid};
use crate::office::Office;
use crate::openssl::openssl;
use crate::program::run;
use crate::server::{Answer, Server, sample_pdf};
use crate::tokens::pdfsig_accepts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dauson::digest::DigestAlgorithm::{self, Sha256, Sha512};
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::path::Path;
use time::OffsetDateTime;

const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";

/// A document as it is handed in.
fn document(file: &[u8], more: &Value) -> Value {
    let mut document = json!({"document": STANDARD.encode(file), "signature_format": "P", "signAlgo": ECDSA_SHA256});
    document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    document
}

/// An authorisation for files.
#[track_caller]
fn authorize(other: Other<'_>, files: &[&[u8]], digest: DigestAlgorithm, more: &Value) -> Answer {
    let hashes: Vec<String> = files.iter().map(|file| STANDARD.encode(digest.hash(file))).collect();
    let mut body =
        json!({"numSignatures": files.len(), "hashes": hashes, "hashAlgorithmOID": digest.oid().to_string()});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    other.about("credentials/authorize", &body)
}

#[track_caller]
fn sad(other: Other<'_>, files: &[&[u8]], digest: DigestAlgorithm) -> String {
    authorize(other, files, digest, &json!({})).expect(200).json()["SAD"].as_str().unwrap().to_owned()
}

fn sign(other: Other<'_>, sad: &str, documents: &Value) -> Answer {
    other.about("signatures/signDoc", &json!({"SAD": sad, "documents": documents}))
}

fn leader<'a>(office: &'a Office, server: &'a Server) -> Other<'a> {
    Other { server, token: office.token(Role::Leader), credential: LEADER }
}

#[test]
fn documents_are_signed_as_they_were_authorised() {
    let office = Office::new();
    let data = office.folder.path();
    let server = office.serve();
    let leader = leader(&office, &server);
    let info = server.post("/csc/v2/info").json(&json!({})).send().expect(200).json();
    assert!(info["methods"].as_array().unwrap().contains(&"signatures/signDoc".into()));
    assert_eq!(
        info["signature_formats"],
        json!({"formats": ["P"], "envelope_properties": [["Certification", "Revision"]]})
    );
    assert_eq!(info["conformance_levels"], json!(["Ades-B-B", "Ades-B-T", "Ades-B-LT", "Ades-B-LTA"]));
    let one = sample_pdf();
    let two = [&one[..], b"%\n"].concat();
    let authorised = sad(leader, &[&one, &two], Sha512);
    // what is not right uses nothing up
    let good = document(&one, &json!({}));
    for (body, why) in [
        (json!({"documents": [good]}), "Missing (or invalid type) string parameter SAD"),
        (json!({"SAD": authorised}), "Missing (or invalid type) array parameter documents"),
        (json!({"SAD": authorised, "documents": []}), "Empty documents array"),
        (json!({"SAD": authorised, "documents": [1]}), "Invalid parameter documents"),
        (json!({"SAD": authorised, "documents": [good], "documentDigests": [1]}), "Invalid parameter documentDigests"),
        (json!({"SAD": authorised, "documents": [good], "operationMode": "A"}), "Invalid parameter operationMode"),
        (
            json!({"SAD": authorised, "documents": [good], "returnValidationInfo": true}),
            "Invalid parameter returnValidationInfo",
        ),
        (json!({"SAD": "no", "documents": [good]}), "Invalid parameter SAD"),
        (json!({"SAD": authorised, "documents": [good, good]}), "Hash is not authorized by the SAD"),
        (
            json!({"SAD": authorised, "documents": [document(b"%PDF-1.7", &json!({}))]}),
            "Hash is not authorized by the SAD",
        ),
    ] {
        invalid(&leader.about("signatures/signDoc", &body), why);
    }
    for (more, why) in [
        (json!({"document": "?"}), "Invalid Base64 documents string parameter"),
        (json!({"signature_format": "C"}), "Invalid parameter signature_format"),
        (json!({"conformance_level": "Ades-B"}), "Invalid parameter conformance_level"),
        (json!({"signed_envelope_property": "Detached"}), "Invalid parameter signed_envelope_property"),
        (json!({"signAlgo": "1.2.840.113549.1.1.11"}), "Invalid parameter signAlgo"),
        (json!({"signed_props": []}), "Invalid parameter signed_props"),
    ] {
        invalid(&sign(leader, &authorised, &json!([document(&one, &more)])), why);
    }
    let revision = json!({"conformance_level": "Ades-B-LT", "signed_envelope_property": "Revision"});
    let documents = json!([document(&two, &revision), document(&one, &json!({}))]);
    let signed = sign(leader, &authorised, &documents).expect(200).json();
    for (nth, (level, certification)) in [("B-LT", Value::Null), ("B-B", 2.into())].into_iter().enumerate() {
        let file = data.join(format!("{nth}.pdf"));
        let bytes = STANDARD.decode(signed["DocumentWithSignature"][nth].as_str().unwrap()).unwrap();
        std::fs::write(&file, bytes).unwrap();
        assert!(pdfsig_accepts(&file));
        let report = run(data, ["verify", file.to_str().unwrap(), "--json"]).expect(0).json();
        let found = &report["signatures"][0];
        assert_eq!((&found["level"], &found["certification"]), (&level.into(), &certification), "{found}");
    }
    invalid(&sign(leader, &authorised, &documents), "Invalid parameter SAD");
    // one that is no PDF: the authorisation is used all the same
    let authorised = sad(leader, &[b"no PDF"], Sha256);
    let bad = json!([document(b"no PDF", &json!({}))]);
    assert_eq!(fault(&sign(leader, &authorised, &bad), 400).0, "invalid_request");
    invalid(&sign(leader, &authorised, &bad), "Invalid parameter SAD");
    let entries = run(data, ["audit", "show", "--action", "document.signed"]).expect(0).stdout;
    assert_eq!(entries.lines().count(), 2, "{entries}");
    run(data, ["audit", "verify"]).expect(0);
}

/// The password of a moment, by openssl.
fn password(folder: &Path, secret: &str, time: i64) -> String {
    let (mut bits, mut number, mut key) = (0, 0_u64, Vec::new());
    for letter in secret.bytes() {
        let five = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|l| *l == letter).unwrap();
        (number, bits) = ((number << 5 | five as u64) & 0xFFFF, bits + 5);
        if bits >= 8 {
            bits -= 8;
            key.push((number >> bits) as u8);
        }
    }
    std::fs::write(folder.join("step"), (time / 30).to_be_bytes()).unwrap();
    let said = openssl(folder, &format!("dgst -sha1 -mac HMAC -macopt hexkey:{} step", hex::encode(&key)));
    let code = hex::decode(said.trim().rsplit(' ').next().unwrap()).unwrap();
    let offset = usize::from(code[19] & 15);
    let number = u32::from_be_bytes(code[offset..offset + 4].try_into().unwrap()) & 0x7FFF_FFFF;
    format!("{:06}", number % 1_000_000)
}

#[test]
fn a_key_can_want_one_time_passwords() {
    let (office, work) = (Office::new(), tempfile::tempdir().unwrap());
    let data = office.folder.path();
    let server = office.serve();
    let leader = leader(&office, &server);
    let made = run(data, ["key", "otp", LEADER]).expect(0).stdout;
    let secret = made.split_once("secret=").unwrap().1.split('&').next().unwrap().to_owned();
    assert!(made.starts_with("otpauth://totp/Dauson:xa-son-mau.leader?secret=") && secret.len() == 32, "{made}");
    let info = leader.about("credentials/info", &json!({"authInfo": true})).expect(200).json();
    let otp =
        json!({"type": "Password", "id": "OTP", "label": "One-time password", "format": "N", "generator": "totp"});
    assert_eq!(info["auth"], json!({"mode": "explicit", "expression": "OTP", "objects": [otp]}));
    assert_eq!(info["SCAL"], "2");
    let now = || OffsetDateTime::now_utc().unix_timestamp();
    let file = sample_pdf();
    let shown = |password: &str| json!({"authData": [{"id": "OTP", "value": password}]});
    let ask = |more: &Value| authorize(leader, &[&file], Sha256, more);
    assert_eq!(fault(&ask(&json!({})), 400).0, "invalid_authentication_data");
    let right = password(work.path(), &secret, now());
    let none =
        leader.about("credentials/authorize", &json!({"numSignatures": 1, "authData": shown(&right)["authData"]}));
    invalid(&none, "Missing (or invalid type) array parameter hashes");
    let (error, why) = fault(&ask(&shown("000000")), 400);
    assert_eq!((&*error, why.contains("4 more may be tried")), ("invalid_authentication_data", true), "{why}");
    let sad = ask(&shown(&right)).expect(200).json()["SAD"].as_str().unwrap().to_owned();
    sign(leader, &sad, &json!([document(&file, &json!({}))])).expect(200);
    // each counts once
    assert!(fault(&ask(&shown(&right)), 400).1.contains("or was used"));
    // and nothing else signs with the key
    let alone = server.post("/api/v1/sign").token(leader.token).pdf(&file).send();
    assert_eq!(alone.problem(403), "key.one_time");
    // whoever guesses is stopped; the next password would be right
    for _ in 0..4 {
        ask(&shown("000000"));
    }
    invalid(&ask(&shown(&password(work.path(), &secret, now() + 30))), "Credential locked");
    run(data, ["key", "unblock", LEADER]).expect(0);
    let before = json!({"OTP": password(work.path(), &secret, now() + 30)});
    ask(&before).expect(200);
    // with a PIN beside it; a right password does not give back a try of the PIN
    std::fs::write(work.path().join("pin"), "48291507").unwrap();
    let pin = work.path().join("pin");
    run(data, ["key", "pin", LEADER, "--new-pin-file", pin.to_str().unwrap()]).expect(0);
    let made = run(data, ["key", "otp", LEADER]).expect(0).stdout;
    let secret = made.split_once("secret=").unwrap().1.split('&').next().unwrap().to_owned();
    let both = |pin: &str, password: &str| json!({"authData": [{"id": "PIN", "value": pin}, {"id": "OTP", "value": password}]});
    let password_of = |ahead: i64| password(work.path(), &secret, now() + ahead);
    assert!(fault(&ask(&both("48291508", &password_of(0))), 400).1.contains("4 more may be tried"));
    assert!(fault(&ask(&both("48291508", "000000")), 400).1.contains("3 more may be tried"));
    ask(&both("48291507", &password_of(30))).expect(200);
    let info = leader.about("credentials/info", &json!({"authInfo": true})).expect(200).json();
    assert_eq!(info["auth"]["expression"], "PIN AND OTP");
    // no more
    run(data, ["key", "otp", LEADER, "--off"]).expect(0);
    ask(&json!({"authData": [{"id": "PIN", "value": "48291507"}]})).expect(200);
    let entries = run(data, ["audit", "show", "--action", "key.one_time_changed"]).expect(0).stdout;
    assert_eq!(entries.lines().count(), 3, "{entries}");
    run(data, ["audit", "verify"]).expect(0);
}
