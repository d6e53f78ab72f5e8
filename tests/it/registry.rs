//! Official documents through the real server: drafted, initialled, signed, numbered, registered, sealed, issued, with what comes with them;
//! returned, delegated, withdrawn, replaced; copies; documents in. What comes out is judged by our own verification and by pdfsig, each act is in
//! the log, and the audit agrees.

use crate::answering;
use crate::appearances;
use crate::audit_receipts::{change, copy};
use crate::mail_server::MailServer;
use crate::office::{Office, UNIT};
use crate::program::run;
use crate::server::{Answer, Server, sample_pdf};
use crate::sign_in;
use crate::xml_signature::has;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dauson::people::permissions::Role;
use ring::hmac;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// The offices of a unit, over HTTP.
pub struct Desk<'a> {
    pub office: &'a Office,
    pub server: &'a Server,
}

/// Where signatures stand on the sample, which has a number and a date already.
pub fn place(what: &str) -> Value {
    let rects: &[[f64; 4]] = match what {
        "initial" => &[[480.0, 330.0, 40.0, 20.0]],
        "sign" => &[[341.0, 236.0, 180.0, 84.0]],
        "number" => &[[60.0, 690.0, 40.0, 14.0], [110.0, 690.0, 24.0, 14.0], [140.0, 690.0, 24.0, 14.0]],
        _ => &[[300.0, 240.0, 85.0, 85.0]],
    };
    let places: Vec<Value> = rects.iter().map(|rect| json!({"page": 1, "rect": rect})).collect();
    json!({"places": places})
}

pub fn decision() -> Value {
    json!({"kind": "QĐ", "issuer": "UBND", "department": "VX", "subject": "Ban hành Quy chế làm việc",
        "recipients": [{"name": "Các thôn", "email": "thon@xa.example"}, {"name": "Sở Nội vụ"}],
        // the sample is a letter
        "kind_anyway": true})
}

impl Desk<'_> {
    pub fn post(&self, role: Role, path: &str, body: &Value) -> Answer {
        self.server.post(path).token(self.office.token(role)).json(body).send()
    }

    pub fn form(&self, role: Role, path: &str, name: &str, file: &[u8], options: &Value) -> Answer {
        let options = options.to_string();
        let parts = [("file", Some(name), file), ("options", None, options.as_bytes())];
        self.server.post(path).token(self.office.token(role)).form(&parts).send()
    }

    pub fn draft(&self, options: &Value) -> String {
        let drafted =
            self.form(Role::Drafter, "/api/v1/outgoing", "quyet-dinh.pdf", &sample_pdf(), options).expect(201);
        let location = drafted.header("location").unwrap().to_owned();
        let drafted = drafted.json();
        assert_eq!((&drafted["state"], &drafted["book"]), (&json!("draft"), &json!("out")));
        let id = drafted["id"].as_str().unwrap().to_owned();
        assert_eq!(location, format!("/api/v1/outgoing/{id}"));
        id
    }

    pub fn act(&self, role: Role, id: &str, act: &str, body: &Value) -> Answer {
        self.post(role, &format!("/api/v1/outgoing/{id}/{act}"), body)
    }

    /// From the draft on, up to and with this act.
    pub fn up_to(&self, id: &str, last: &str) -> Value {
        let mut answer = Value::Null;
        for (role, act) in [
            (Role::Drafter, "initial"),
            (Role::Leader, "sign"),
            (Role::Clerk, "number"),
            (Role::Clerk, "register"),
            (Role::Clerk, "seal"),
            (Role::Clerk, "issue"),
        ] {
            let body = if matches!(act, "register" | "issue") { json!({}) } else { place(act) };
            answer = self.act(role, id, act, &body).expect(200).json();
            if act == last {
                break;
            }
        }
        answer
    }

    pub fn file(&self, id: &str, file: u32) -> Vec<u8> {
        let path = format!("/api/v1/outgoing/{id}/files/{file}");
        self.server.get(&path).token(self.office.token(Role::Auditor)).send().expect(200).body
    }

    pub fn show(&self, id: &str) -> Value {
        self.server
            .get(&format!("/api/v1/outgoing/{id}"))
            .token(self.office.token(Role::Clerk))
            .send()
            .expect(200)
            .json()
    }

    /// What our own verification says, and pdfsig's where it is installed; gives the signatures.
    pub fn judged(&self, file: &[u8], signatures: usize) -> Vec<Value> {
        let report = self
            .server
            .post("/api/v1/verify")
            .token(self.office.token(Role::Clerk))
            .pdf(file)
            .send()
            .expect(200)
            .json();
        assert_eq!(report["verdict"], "TOTAL-PASSED", "{report}");
        let mut all = report["signatures"].as_array().unwrap().clone();
        all.retain(|one| one["type"] == "signature");
        assert_eq!(all.len(), signatures, "{report}");
        assert!(
            all.iter().all(|one| one["log"]["status"] == "proven" && one["modification"] != "forbidden"),
            "{report}"
        );
        let path = self.office.folder.path().join("judged.pdf");
        std::fs::write(&path, file).unwrap();
        if has("pdfsig") {
            let told = Command::new("pdfsig").arg("-nocert").arg(&path).output().unwrap();
            let told = String::from_utf8_lossy(&told.stdout).into_owned();
            assert!(told.matches("Signature is Valid").count() >= signatures && !told.contains("Mismatch"), "{told}");
        }
        all
    }
}

/// What pyHanko says of each signature and time-stamp, if the Python of `$DAUSON_PYTHON` (else `python3`) has it.
fn pyhanko_accepts(office: &Office, files: &[&[u8]]) {
    const PROGRAM: &str = r"
import sys
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.keys import load_cert_from_pemder
from pyhanko_certvalidator import ValidationContext
root = load_cert_from_pemder(sys.argv[1])
crls = [open(path, 'rb').read() for path in sys.argv[2:4]]
for path in sys.argv[4:]:
    for signature in PdfFileReader(open(path, 'rb')).embedded_signatures:
        context = ValidationContext(trust_roots=[root], allow_fetching=False, crls=crls, revocation_mode='soft-fail')
        if signature.sig_object.get('/Type') == '/DocTimeStamp':
            status = validate_pdf_timestamp(signature, context)
            assert status.valid and status.intact and status.trusted, (path, signature.field_name)
        else:
            assert validate_pdf_signature(signature, context).bottom_line, (path, signature.field_name)
";
    let python = std::env::var("DAUSON_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    if !Command::new(&python).args(["-c", "import pyhanko.keys"]).output().is_ok_and(|tried| tried.status.success()) {
        eprintln!("skipped: there is no Python with pyHanko");
        return;
    }
    let data = office.folder.path();
    let mut command = Command::new(python);
    command.arg("-c").arg(PROGRAM).args([
        data.join("trust/root.pem"),
        data.join("crls/root.crl"),
        data.join("crls/issuing.crl"),
    ]);
    for (number, file) in files.iter().enumerate() {
        let path = data.join(format!("judged-{number}.pdf"));
        std::fs::write(&path, file).unwrap();
        command.arg(path);
    }
    let judged = command.output().unwrap();
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
}

fn year() -> i32 {
    time::OffsetDateTime::now_utc().to_offset(dauson::data_folder::VIETNAM).year()
}

pub fn wait_for(what: &str, mut is_there: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_there() {
        assert!(start.elapsed() < Duration::from_mins(2), "{what} does not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_decision_goes_through_the_office_and_out() {
    let office = Office::new();
    let mail = MailServer::start(&[]);
    let called = answering::Server::start();
    called.on(|_| answering::Answer::Body(b"{}".to_vec()));
    let secret = office.folder.path().join("webhook.secret");
    std::fs::write(&secret, "0123456789abcdef-bí mật\n").unwrap();
    let mut settings = mail.settings();
    settings.push(("DAUSON_REGISTRY_WEBHOOK_URL", called.url("/hook")));
    settings.push(("DAUSON_REGISTRY_WEBHOOK_SECRET_FILE", secret.display().to_string()));
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let server = Server::start(office.folder.path(), &settings);
    let desk = Desk { office: &office, server: &server };

    let id = desk.draft(&decision());
    let path = format!("/api/v1/outgoing/{id}/files");
    let attach = |name: &str| {
        let parts = [("file", Some(name), &sample_pdf()[..])];
        server.post(&path).token(office.token(Role::Drafter)).form(&parts).send().expect(200).json()
    };
    attach("phu-luc.pdf");
    assert_eq!(attach("phu-luc.pdf")["files"].as_array().unwrap().len(), 2, "one file of a name");

    // nobody does what is another's duty, or not yet due
    for (role, act, status, code) in [
        (Role::Leader, "sign", 409, "registry.state"),
        (Role::Clerk, "sign", 403, "auth.role"),
        (Role::Clerk, "initial", 403, "auth.role"),
        (Role::Leader, "seal", 403, "auth.role"),
        (Role::Leader, "number", 403, "auth.role"),
        (Role::Clerk, "number", 409, "registry.state"),
        (Role::Clerk, "issue", 409, "registry.state"),
        (Role::Auditor, "initial", 403, "auth.role"),
        (Role::Admin, "sign", 403, "auth.role"),
    ] {
        assert_eq!(desk.act(role, &id, act, &json!({})).problem(status), code, "{role} {act}");
    }
    let elsewhere = server.get(&format!("/api/v1/outgoing/{id}")).token(office.other_token(Role::Clerk)).send();
    assert_eq!(elsewhere.problem(404), "registry.not_found");

    desk.up_to(&id, "initial");
    // returned with a comment, revised, initialled anew
    let returned = desk.act(Role::Leader, &id, "return", &json!({"reason": "Sửa lại Điều 2"})).expect(200).json();
    assert_eq!(returned["state"], "returned");
    assert_eq!(desk.act(Role::Leader, &id, "sign", &place("sign")).problem(409), "registry.state");
    let path = format!("/api/v1/outgoing/{id}/revise");
    server.post(&path).token(office.token(Role::Drafter)).pdf(&sample_pdf()).send().expect(200);
    desk.up_to(&id, "initial");
    // what was not looked at is not signed
    let unseen = json!({"seen": "00".repeat(32)});
    assert_eq!(desk.act(Role::Leader, &id, "sign", &unseen).problem(409), "registry.version");
    let seen = desk.show(&id)["files"][0]["sha256"].clone();
    let mut body = place("sign");
    body["seen"] = seen;
    // a drafter signs for the leader only by a delegation
    assert_eq!(desk.act(Role::Drafter, &id, "sign", &body).problem(403), "registry.duty");
    let signed = desk.act(Role::Leader, &id, "sign", &body).expect(200).json();
    assert_eq!(signed["state"], "signed");

    let numbered = desk.act(Role::Clerk, &id, "number", &place("number")).expect(200).json();
    assert_eq!(
        (&numbered["symbol"], &numbered["number"], &numbered["year"]),
        (&json!("01/QĐ-UBND"), &json!(1), &json!(year()))
    );
    assert_eq!(desk.act(Role::Leader, &id, "return", &json!({"reason": "x"})).problem(409), "registry.state");
    // what is not in the register is not sealed, and what is not sealed is not issued
    assert_eq!(desk.act(Role::Clerk, &id, "seal", &place("seal")).problem(409), "registry.state");
    let kept = json!({"keeper": "Văn thư", "copies": 2});
    desk.act(Role::Clerk, &id, "register", &kept).expect(200);
    assert_eq!(desk.act(Role::Clerk, &id, "issue", &json!({})).problem(409), "registry.state");
    desk.act(Role::Clerk, &id, "seal", &place("seal")).expect(200);
    let issued = desk.act(Role::Clerk, &id, "issue", &json!({})).expect(200).json();
    assert_eq!((&issued["state"], &issued["warnings"]), (&json!("issued"), &json!([])));
    assert_eq!(issued["unit_name"], json!(format!("Ủy ban nhân dân {UNIT}")));
    for act in ["initial", "sign", "number", "seal", "issue", "return", "cancel"] {
        let role = if matches!(act, "number" | "seal" | "issue") { Role::Clerk } else { Role::Leader };
        let body = if matches!(act, "return" | "cancel") { json!({"reason": "x"}) } else { json!({}) };
        assert_eq!(desk.act(role, &id, act, &body).problem(409), "registry.state", "{act}");
    }

    // leader, number, seal on the document; the seal on what comes with it, which names the document
    let main = desk.file(&id, 0);
    let signatures = desk.judged(&main, 3);
    assert!(signatures.iter().all(|one| one["best_signature_time"].is_string()), "{signatures:?}");
    assert!(signatures[0]["signer"]["common_name"].as_str().unwrap().contains("Nguyễn Thị Mẫu"), "{}", signatures[0]);
    let annex = desk.file(&id, 1);
    desk.judged(&annex, 1);
    assert!(main.starts_with(&sample_pdf()), "what was drafted is the beginning of what was issued");

    // told to who has an address, once, with both files; and to the unit's own system
    wait_for("the letter", || mail.taken().len() == 1);
    let letter = String::from_utf8_lossy(&mail.taken()[0]).into_owned();
    assert!(letter.contains("thon@xa.example"), "{letter}");
    assert!(letter.contains("phu-luc.pdf") && letter.contains("quyet-dinh.pdf"));
    let mut calls = Vec::new();
    wait_for("the call", || {
        calls.extend(called.asked());
        !calls.is_empty()
    });
    let call = &calls[0];
    let body: Value = serde_json::from_slice(&call.body).unwrap();
    assert_eq!(
        (&body["event"], &body["id"], &body["symbol"]),
        (&json!("document.issued"), &json!(id), &json!("01/QĐ-UBND"))
    );
    assert_eq!(body["files"][0]["sha256"], hex::encode(dauson::digest::sha256(&main)));
    let authorization = call.header("authorization").unwrap();
    let (timestamp, signature) =
        authorization.strip_prefix("DAUSON-HMAC-SHA256 timestamp=").unwrap().split_once(", signature=").unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, "0123456789abcdef-bí mật".as_bytes());
    let told = [timestamp.as_bytes(), b".", &call.body].concat();
    hmac::verify(&key, &told, &hex::decode(signature).unwrap()).unwrap();
    wait_for("what became of them", || {
        desk.show(&id)["messages"].as_array().unwrap().iter().filter(|message| message["state"] == "sent").count() == 2
    });

    // a true copy, with a number of its own
    let new = json!({"kind": "SY", "issuer": "UBND", "of": id, "recipients": [{"name": "Trường tiểu học"}], "keeper": "Văn thư"});
    assert_eq!(desk.post(Role::Leader, "/api/v1/copies", &new).problem(403), "auth.role");
    let copied = desk.post(Role::Clerk, "/api/v1/copies", &new).expect(201).json();
    assert_eq!(
        (&copied["symbol"], &copied["state"], &copied["relation"]["kind"], &copied["keeper"]),
        (&json!("01/SY-UBND"), &json!("sealed"), &json!("copies"), &json!("Văn thư"))
    );
    let copy_id = copied["id"].as_str().unwrap();
    desk.act(Role::Clerk, copy_id, "issue", &json!({})).expect(200);
    let copied = desk.file(copy_id, 0);
    assert!(copied.starts_with(&main));
    desk.judged(&copied, 4);
    pyhanko_accepts(&office, &[&main, &annex, &copied]);

    // another document takes its place; then that is withdrawn
    let mut second = decision();
    second["relation"] = json!({"kind": "replaces", "to": id});
    second["urgent"] = json!(true);
    let second = desk.draft(&second);
    let issued = desk.up_to(&second, "issue");
    assert_eq!((&issued["symbol"], &issued["due"]), (&json!("02/QĐ-UBND"), &issued["date"]));
    let old = desk.show(&id);
    assert_eq!((&old["state"], &old["related"][1]["id"]), (&json!("replaced"), &json!(second)), "{old}");
    let why = json!({"reason": "Ban hành sai thẩm quyền"});
    assert_eq!(desk.act(Role::Clerk, &second, "withdraw", &why).problem(403), "auth.role");
    assert_eq!(desk.act(Role::Leader, &second, "withdraw", &why).expect(200).json()["state"], "withdrawn");
    assert_eq!(desk.file(&id, 0), main, "nothing issued is changed");
    // issued and withdrawn to one address each, replaced to the one of before
    wait_for("the letters", || mail.taken().len() == 4);

    // the trail, by the log's own proofs
    let path = format!("/api/v1/outgoing/{id}/trail");
    let trail = server.get(&path).token(office.token(Role::Auditor)).send().expect(200).json();
    let acts: Vec<&str> =
        trail["events"].as_array().unwrap().iter().map(|event| event["act"].as_str().unwrap()).collect();
    assert_eq!(
        acts,
        [
            "draft", "attach", "attach", "initial", "return", "revise", "initial", "sign", "number", "register",
            "seal", "issue", "replace"
        ]
    );
    let log_key = trail["log_key"].as_str().unwrap().parse::<dauson::tlog::VerifierKey>().unwrap();
    for event in trail["events"].as_array().unwrap() {
        let entry: Value = serde_json::from_str(event["log"]["entry"].as_str().unwrap()).unwrap();
        let digest = hex::encode(dauson::digest::sha256(event["facts"].as_str().unwrap().as_bytes()));
        assert_eq!((&entry["digest"], &entry["receipt"]), (&json!(format!("sha256:{digest}")), &json!(id)));
        let proof = dauson::tlog::Proof::parse(event["log"]["proof"].as_str().unwrap()).unwrap();
        let leaf = dauson::tlog::leaf_hash(event["log"]["entry"].as_str().unwrap().as_bytes());
        proof.verify(&leaf, std::slice::from_ref(&log_key)).unwrap();
    }
    let signed = server.post(&path).token(office.token(Role::Clerk)).send().expect(200).body;
    desk.judged(&signed, 1);
    server.post(&path).token(office.token(Role::Auditor)).send().problem(403);

    let ran = run(office.folder.path(), ["audit", "verify", "--json"]).expect(0).json();
    assert_eq!(ran["faults"], 0, "{ran}");
}

#[test]
fn who_signs_for_somebody_has_it_delegated_and_never_alone() {
    let office = Office::new();
    let data = office.folder.path();
    let create = |name: &str, role: &str, key: &str| {
        let made =
            run(data, ["token", "create", "--name", name, "--unit", UNIT, "--role", role, "--key", key]).expect(0);
        let token = made.stdout.trim().to_owned();
        let list = run(data, ["token", "list", "--json"]).expect(0).stdout;
        let id =
            list.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).find(|t| t["name"] == name).unwrap();
        (token, id["id"].as_str().unwrap().to_owned())
    };
    let (deputy, deputy_id) = create("phó chủ tịch", "leader", "xa-son-mau.receipt");
    let (head, head_id) = create("trưởng phòng", "drafter", "xa-son-mau.receipt");
    let (_, clerk_id) = create("văn thư 2", "clerk", "xa-son-mau.seal");
    let (mixed, _) = create("văn thư với khóa lãnh đạo", "clerk", "xa-son-mau.leader");
    let server = office.serve();
    let desk = Desk { office: &office, server: &server };
    let at = |days: i64| {
        let time = time::OffsetDateTime::now_utc() + time::Duration::days(days);
        time.format(&time::format_description::well_known::Rfc3339).unwrap()
    };
    let delegate = |holder: &str, words: &str, from: i64, until: i64| {
        let new = json!({"holder": holder, "words": words, "title": "CHỦ TỊCH", "from": at(from), "until": at(until)});
        desk.post(Role::Leader, "/api/v1/delegations", &new)
    };
    let sign = |token: &str, id: &str, words: &str| {
        let mut body = place("sign");
        body["words"] = json!(words);
        server.post(&format!("/api/v1/outgoing/{id}/sign")).token(token).json(&body).send()
    };
    let id = desk.draft(&decision());
    desk.up_to(&id, "initial");
    assert_eq!(sign(&deputy, &id, "KT").problem(403), "registry.delegation");
    // who may be delegated to, and when
    assert_eq!(delegate(&clerk_id, "KT", 0, 1).problem(403), "registry.duty");
    assert_eq!(delegate(&deputy_id, "TM", 0, 1).problem(422), "registry.delegation");
    assert_eq!(delegate(&deputy_id, "KT", -2, -1).problem(422), "registry.delegation");
    assert_eq!(delegate("none", "KT", 0, 1).problem(404), "people.not_found");
    delegate(&deputy_id, "KT", 1, 2).expect(201);
    assert_eq!(sign(&deputy, &id, "KT").problem(403), "registry.delegation", "it is not in force yet");
    let granted = delegate(&deputy_id, "KT", -1, 1).expect(201).json();
    assert_eq!(sign(&deputy, &id, "TUQ").problem(403), "registry.delegation");
    let signed = sign(&deputy, &id, "KT").expect(200).json();
    assert!(signed["signer"].as_str().unwrap().starts_with("KT. CHỦ TỊCH "), "{signed}");
    let path = format!("/api/v1/delegations/{}/revoke", granted["id"]);
    desk.post(Role::Leader, &path, &json!({})).expect(200);
    desk.post(Role::Leader, &path, &json!({})).problem(404);
    // the head of a department signs by order, and not in the own capacity
    let by_order = desk.draft(&decision());
    desk.up_to(&by_order, "initial");
    assert_eq!(sign(&deputy, &by_order, "KT").problem(403), "registry.delegation", "it was ended");
    let own = server.post(&format!("/api/v1/outgoing/{by_order}/sign")).token(&head).json(&json!({})).send();
    assert_eq!(own.problem(403), "registry.duty");
    delegate(&head_id, "TL", -1, 1).expect(201);
    sign(&head, &by_order, "TL").expect(200);
    // whose key signed for the leader does not seal
    let mixed_up = desk.draft(&decision());
    desk.up_to(&mixed_up, "sign");
    let number = server.post(&format!("/api/v1/outgoing/{mixed_up}/number")).token(&mixed).json(&json!({})).send();
    assert_eq!(number.problem(403), "registry.duty");
    // who has drafted does not approve alone
    let alone = server.post("/api/v1/outgoing").token(office.token(Role::Leader));
    let options = decision().to_string();
    let alone = alone.form(&[("file", Some("a.pdf"), &sample_pdf()), ("options", None, options.as_bytes())]);
    let alone = alone.send().expect(201).json()["id"].as_str().unwrap().to_owned();
    desk.act(Role::Leader, &alone, "initial", &json!({})).expect(200);
    assert_eq!(desk.act(Role::Leader, &alone, "sign", &json!({})).problem(403), "registry.two_people");
    desk.act(Role::Leader, &alone, "return", &json!({"reason": "người khác ký nháy"})).expect(200);
    server
        .post(&format!("/api/v1/outgoing/{alone}/revise"))
        .token(office.token(Role::Drafter))
        .pdf(&sample_pdf())
        .send()
        .expect(200);
    desk.act(Role::Drafter, &alone, "initial", &json!({})).expect(200);
    desk.act(Role::Leader, &alone, "sign", &json!({"words": "TM", "title": "ỦY BAN NHÂN DÂN"})).expect(200);
    // given up with its number, which stays in the register
    desk.act(Role::Clerk, &alone, "number", &json!({})).problem(422);
    desk.act(Role::Clerk, &alone, "number", &place("number")).expect(200);
    desk.act(Role::Leader, &alone, "cancel", &json!({"reason": "không ban hành nữa"})).expect(200);
    let next = desk.draft(&decision());
    assert_eq!(desk.up_to(&next, "number")["symbol"], "02/QĐ-UBND");
    let register = server.get("/api/v1/registers/out").token(office.token(Role::Auditor)).send().expect(200).text();
    assert!(register.contains("01/QĐ-UBND") && register.contains("Đã hủy"), "{register}");
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn documents_in_are_judged_registered_once_or_returned() {
    let office = Office::new();
    let server = office.serve();
    let desk = Desk { office: &office, server: &server };
    let id = desk.draft(&decision());
    desk.up_to(&id, "issue");
    let good = desk.file(&id, 0);
    let mut bad = good.clone();
    let at = bad.windows(8).position(|w| w == b"/Parent ").unwrap();
    bad[at + 1] = b'Q';
    let options = json!({"author": "UBND xã Sơn Mẫu", "kind": "QĐ", "symbol": "01/QĐ-UBND", "date": "2026-11-24", "subject": "Quy chế làm việc"});
    let options = options.to_string();
    let receive = |file: &[u8]| {
        let parts = [("file", Some("den.pdf"), file), ("options", None, options.as_bytes())];
        server.post("/api/v1/incoming").token(office.other_token(Role::Clerk)).form(&parts).send().expect(201).json()
    };
    let act = |id: &Value, act: &str, body: &Value| {
        let path = format!("/api/v1/incoming/{}/{act}", id.as_str().unwrap());
        server.post(&path).token(office.other_token(Role::Clerk)).json(body).send()
    };
    let first = receive(&good);
    assert_eq!(
        (&first["verdict"], &first["duplicates"], &first["state"]),
        (&json!("TOTAL-PASSED"), &json!([]), &json!("received"))
    );
    assert!(first["report"]["signatures"].as_array().unwrap().len() >= 3);
    // what comes with it counts, too
    let with = receive(&good);
    let path = format!("/api/v1/incoming/{}/files", with["id"].as_str().unwrap());
    let more = server.post(&path).token(office.other_token(Role::Clerk)).pdf(&sample_pdf()).send().expect(200).json();
    assert_eq!((&more["verdict"], &more["files"][1]["file"]), (&json!("NO-SIGNATURE"), &json!(1)), "{more}");
    act(&with["id"], "return", &json!({"reason": "Phụ lục chưa ký"})).expect(200);
    let again = receive(&good);
    assert_eq!(again["duplicates"], json!([first["id"], with["id"]]));
    act(&again["id"], "return", &json!({"reason": "Trùng"})).expect(200);
    let registered = act(&first["id"], "register", &json!({})).expect(200).json();
    assert_eq!((&registered["number"], &registered["symbol"]), (&json!(1), &json!("01/QĐ-UBND")));
    assert!(registered["acknowledged"].is_string() && registered["warnings"] == json!([]), "{registered}");
    assert_eq!(act(&first["id"], "register", &json!({})).problem(409), "registry.state");
    let assigned = act(&first["id"], "assign", &json!({"charge": "Phòng Văn hóa"})).expect(200).json();
    assert_eq!((&assigned["state"], &assigned["charge"]), (&json!("assigned"), &json!("Phòng Văn hóa")));
    // what fails is returned, what is not signed is registered for a reason only
    let failed = receive(&bad);
    assert_eq!(failed["verdict"], "TOTAL-FAILED");
    let why = json!({"reason": "vẫn nhận"});
    assert_eq!(act(&failed["id"], "register", &why).problem(409), "registry.verdict");
    assert_eq!(
        act(&failed["id"], "return", &json!({"reason": "Chữ ký không hợp lệ"})).expect(200).json()["state"],
        "refused"
    );
    let unsigned = receive(&sample_pdf());
    assert_eq!(unsigned["verdict"], "NO-SIGNATURE");
    assert_eq!(act(&unsigned["id"], "register", &json!({})).problem(409), "registry.verdict");
    assert_eq!(act(&unsigned["id"], "register", &why).expect(200).json()["number"], 2);
    // the registers, page by page, by what is looked for, and as tables
    let get = |path: &str| server.get(path).token(office.other_token(Role::Auditor)).send().expect(200);
    let page = get("/api/v1/incoming?limit=3").json();
    let rest = get(&format!("/api/v1/incoming?limit=3&cursor={}", page["next"].as_str().unwrap())).json();
    assert_eq!((page["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()), (3, 2));
    assert_eq!(rest["next"], Value::Null);
    assert_eq!(get("/api/v1/incoming?state=assigned").json()["items"][0]["id"], first["id"]);
    assert_eq!(
        get("/api/v1/incoming?text=QUY%20CH%E1%BA%BE&state=refused").json()["items"].as_array().unwrap().len(),
        3
    );
    assert_eq!(get("/api/v1/incoming?to=2020-01-01").json()["items"], json!([]));
    let csv = get("/api/v1/registers/in?format=csv").text();
    let lines: Vec<&str> = csv.trim_end().lines().collect();
    assert_eq!(lines.len(), 3, "{csv}");
    assert!(lines[0].starts_with("\u{feff}Ngày đến,Số đến,Tác giả"), "{csv}");
    assert!(lines[1].contains(",1,") && lines[1].contains("Phòng Văn hóa"), "{csv}");
    assert!(get("/api/v1/registers/in?format=xlsx").body.starts_with(b"PK"));
    assert!(get("/api/v1/registers/out?format=pdf").body.starts_with(b"%PDF-"));
    let own = server.get("/api/v1/registers/out?format=pdf").token(office.token(Role::Clerk)).send().expect(200);
    assert!(own.body.len() > 10_000);
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

/// A PDF with everything that is wrong: letter paper, a font that is not in it, a script, an old version.
fn unfit() -> Vec<u8> {
    pdf_of(
        "1.3",
        &[
            "<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F 4 0 R >> >> >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ],
    )
}

/// An A4 page with nothing on it.
pub fn blank() -> Vec<u8> {
    pdf_of(
        "1.4",
        &[
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>",
        ],
    )
}

/// A PDF of these objects, the first of which is the catalog.
fn pdf_of(version: &str, objects: &[&str]) -> Vec<u8> {
    let (mut pdf, mut offsets) = (format!("%PDF-{version}\n").into_bytes(), Vec::new());
    for (number, object) in (1..).zip(objects) {
        offsets.push(pdf.len());
        pdf.extend(format!("{number} 0 obj\n{object}\nendobj\n").into_bytes());
    }
    let start = pdf.len();
    let count = objects.len() + 1;
    pdf.extend(format!("xref\n0 {count}\n0000000000 65535 f \n").into_bytes());
    for offset in offsets {
        pdf.extend(format!("{offset:010} 00000 n \n").into_bytes());
    }
    pdf.extend(format!("trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").into_bytes());
    pdf
}

#[test]
fn drafts_that_are_not_fit_are_told_each_reason() {
    let office = Office::new();
    let server = office.serve();
    let desk = Desk { office: &office, server: &server };
    let check = |file: &[u8]| {
        server.post("/api/v1/outgoing/check").token(office.token(Role::Drafter)).pdf(file).send().expect(200).json()
    };
    let fit = check(&sample_pdf());
    assert_eq!(fit["passed"], true, "{fit}");
    let names: Vec<&str> =
        fit["checks"].as_array().unwrap().iter().map(|check| check["check"].as_str().unwrap()).collect();
    assert_eq!(names, ["readable", "version", "a4", "fonts", "active_content", "unsigned"]);
    let wrong = check(&unfit());
    let failed: Vec<&Value> =
        wrong["checks"].as_array().unwrap().iter().filter(|check| check["passed"] == false).collect();
    assert_eq!(failed.len(), 4, "{wrong}");
    assert!(failed.iter().all(|check| check["vi"].is_string() && check["en"].is_string()));
    assert_eq!(check(b"%PDF-1.7 nothing")["checks"][0]["check"], "readable");
    let refused = desk.form(Role::Drafter, "/api/v1/outgoing", "a.pdf", &unfit(), &decision());
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert_eq!(refused.problem(422), "registry.checks");
    for word in ["1.3", "A4", "Helvetica", "JavaScript"] {
        assert!(detail.contains(word), "{detail}");
    }
    // what is said of a draft is looked at, too
    for (key, value) in [
        ("kind", json!("XX")),
        ("kind", json!("SY")),
        ("issuer", json!("U/B")),
        ("subject", json!(" ")),
        ("subject", json!("a\nb")),
        ("recipients", json!([{"name": "A", "email": "a b@c"}])),
        ("relation", json!({"kind": "copies", "to": "00"})),
        ("number", json!(7)),
    ] {
        let mut options = decision();
        options[key] = value;
        let answer = desk.form(Role::Drafter, "/api/v1/outgoing", "a.pdf", &sample_pdf(), &options);
        assert!(matches!(answer.status, 404 | 422), "{key}: {answer:?}");
    }
    assert_eq!(
        server.get("/api/v1/outgoing").token(office.token(Role::Clerk)).send().expect(200).json()["items"],
        json!([])
    );
    // a kind that the page contradicts is refused, unless whoever drafts says that it is right
    let mut contradicted = decision();
    contradicted.as_object_mut().unwrap().remove("kind_anyway");
    let answer = desk.form(Role::Drafter, "/api/v1/outgoing", "a.pdf", &sample_pdf(), &contradicted);
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("Công văn (CV)") && detail.contains("trang đầu"), "{detail}");
    assert_eq!(answer.problem(422), "registry.kind_on_page");
    // nor is it another body's, and what replaces a draft is of its kind
    let sample =
        |name: &str| std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/du-thao").join(name)).unwrap();
    contradicted["issuer"] = json!("HĐND");
    let answer = desk.form(Role::Drafter, "/api/v1/outgoing", "qd.pdf", &sample("qd.pdf"), &contradicted);
    assert!(answer.json()["detail"].as_str().unwrap().contains("UBND"), "{answer:?}");
    assert_eq!(answer.problem(422), "registry.issuer_on_page");
    contradicted["issuer"] = json!("UBND");
    let draft = desk.form(Role::Drafter, "/api/v1/outgoing", "qd.pdf", &sample("qd.pdf"), &contradicted).expect(201);
    let path = format!("/api/v1/outgoing/{}/revise", draft.json()["id"].as_str().unwrap());
    let revise = |name: &str| {
        let file = sample(name);
        server.post(&path).token(office.token(Role::Drafter)).form(&[("file", Some(name), &file[..])]).send()
    };
    assert_eq!(revise("bc.pdf").problem(422), "registry.kind_on_page");
    revise("qd.pdf").expect(200);
    // a scan is wanted where a paper is copied
    let new = json!({"kind": "SY", "issuer": "UBND", "subject": "Giấy khai sinh"});
    assert_eq!(desk.form(Role::Clerk, "/api/v1/copies", "a.pdf", &sample_pdf(), &new).problem(422), "registry.checks");
    let mut extract = json!({"kind": "TrS", "issuer": "UBND", "subject": "Trích Điều 1"});
    let nowhere = desk.form(Role::Clerk, "/api/v1/copies", "a.pdf", &sample_pdf(), &extract);
    assert_eq!(nowhere.problem(422), "registry.recipients");
    extract["recipients"] = json!([{"name": "Người yêu cầu"}]);
    let made = desk.form(Role::Clerk, "/api/v1/copies", "a.pdf", &sample_pdf(), &extract).expect(201).json();
    assert_eq!(made["symbol"], "01/TrS-UBND");
    desk.judged(&desk.file(made["id"].as_str().unwrap(), 0), 1);
}

/// What each of the sample letters says of its kind.
#[test]
fn the_kind_is_read_off_the_page() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let work = tempfile::tempdir().unwrap();
    for (file, kind) in [
        ("cong-van.pdf", "CV"),
        ("du-thao/bb.pdf", "BB"),
        ("du-thao/bc.pdf", "BC"),
        ("du-thao/cv.pdf", "CV"),
        ("du-thao/gm.pdf", "GM"),
        ("du-thao/kh.pdf", "KH"),
        ("du-thao/nq.pdf", "NQ"),
        ("du-thao/qd.pdf", "QĐ"),
        ("du-thao/tb.pdf", "TB"),
        ("du-thao/ttr.pdf", "TTr"),
        ("du-thao/tuq.pdf", "CV"),
    ] {
        let file = samples.join(file).display().to_string();
        let checked = run(work.path(), ["document", "check", &file, "--json"]).expect(0).json();
        assert_eq!(checked["kind"], kind, "{file}: {checked}");
    }
}

/// Active content is found wherever it hides, in drafts and in what comes in.
#[test]
fn active_content_is_found_by_whatever_way_it_is_reached() {
    let page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>";
    let pages = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>";
    let plain = "<< /Type /Catalog /Pages 2 0 R >>";
    let files: &[(&[&str], &str)] = &[
        // a script in the names tree, whose kind stands in an object of its own
        (
            &[
                "<< /Type /Catalog /Pages 2 0 R /Names << /JavaScript 4 0 R >> >>",
                pages,
                page,
                "<< /Names [(a) 5 0 R] >>",
                "<< /S 6 0 R >>",
                "/JavaScript",
            ],
            "JavaScript",
        ),
        // an action of a page, and of a field, by reference
        (
            &[
                plain,
                pages,
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /AA 4 0 R >>",
                "<< /O 5 0 R >>",
                "<< /S /Launch /F (a.exe) >>",
            ],
            "Launch",
        ),
        (
            &[
                "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] >> >>",
                pages,
                page,
                "<< /FT /Tx /T (a) /AA << /K 5 0 R >> >>",
                "<< /S 6 0 R >>",
                "/SubmitForm",
            ],
            "SubmitForm",
        ),
        // a file that nothing but the catalog names
        (
            &[
                "<< /Type /Catalog /Pages 2 0 R /AF [4 0 R] >>",
                pages,
                page,
                "<< /Type /Filespec /F (a.exe) /EF << /F 5 0 R >> >>",
                "<< >>",
            ],
            "EmbeddedFiles",
        ),
        (&["<< /Type /Catalog /Pages 2 0 R /AcroForm 4 0 R >>", pages, page, "<< /Fields [] /XFA (x) >>"], "XFA"),
    ];
    let office = Office::new();
    let server = office.serve();
    let desk = Desk { office: &office, server: &server };
    for (objects, word) in files {
        let file = pdf_of("1.7", objects);
        let checked = server.post("/api/v1/outgoing/check").token(office.token(Role::Drafter)).pdf(&file).send();
        let checked = checked.expect(200).json();
        let found = checked["checks"].as_array().unwrap().iter().find(|one| one["check"] == "active_content").unwrap();
        assert!(found["passed"] == false && found["en"].as_str().unwrap().contains(word), "{word}: {found}");
        let new = json!({"author": "Sở Nội vụ", "kind": "CV", "subject": "Về tập huấn"});
        let received = desk.form(Role::Clerk, "/api/v1/incoming", "den.pdf", &file, &new).expect(201).json();
        assert!(received["active"].as_str().unwrap().contains(word), "{received}");
        let path = format!("/api/v1/incoming/{}/register", received["id"].as_str().unwrap());
        let accepted = desk.post(Role::Clerk, &path, &json!({"reason": "đã xem"})).expect(200).json();
        assert!(accepted["warnings"][0].as_str().unwrap().contains(word), "{accepted}");
    }
    let checked = server.post("/api/v1/outgoing/check").token(office.token(Role::Drafter));
    let checked = checked.pdf(&pdf_of("1.7", &[plain, pages, page])).send().expect(200).json();
    assert_eq!((&checked["passed"], &checked["kind"]), (&json!(true), &Value::Null), "{checked}");
}

/// Without a place, the page's own text says where leader, number and seal stand.
#[test]
fn what_is_seen_of_signatures_is_where_the_text_has_room_for_it() {
    let office = Office::new();
    let server = office.serve();
    let desk = Desk { office: &office, server: &server };
    let draft = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/du-thao/qd.pdf")).unwrap();
    let drafted = desk.form(Role::Drafter, "/api/v1/outgoing", "qd.pdf", &draft, &decision()).expect(201).json();
    let id = drafted["id"].as_str().unwrap();
    desk.act(Role::Drafter, id, "initial", &json!({})).expect(200);
    let seen = |png: Vec<u8>| json!({"image": STANDARD.encode(png)});
    let signed = desk.act(Role::Leader, id, "sign", &seen(appearances::signature())).expect(200).json();
    assert_eq!(signed["warnings"], json!([]), "{signed}");
    let numbered = desk.act(Role::Clerk, id, "number", &json!({})).expect(200).json();
    desk.act(Role::Clerk, id, "register", &json!({})).expect(200);
    desk.act(Role::Clerk, id, "seal", &seen(appearances::seal())).expect(200);
    let file = desk.file(id, 0);
    desk.judged(&file, 3);
    if !has("pdftotext") {
        return;
    }
    let path = office.folder.path().join("judged.pdf");
    let told = Command::new("pdftotext").args(["-layout", "-l", "1"]).arg(&path).arg("-").output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    let date = numbered["date"].as_str().unwrap();
    let words: Vec<&str> = told.split_whitespace().collect();
    let follows =
        |first: &str, then: &str| words.windows(2).any(|pair| pair[0].ends_with(first) && pair[1].starts_with(then));
    assert!(follows("Số:", "01"), "{told}");
    assert!(
        follows("ngày", &date[8..10]) && follows("tháng", date[5..7].trim_start_matches('0'))
            || follows("tháng", &date[5..7]),
        "{told}"
    );
}

#[test]
fn numbers_have_neither_gap_nor_double_whoever_asks_at_once() {
    let office = Office::new();
    let server = office.serve();
    let new = json!({"kind": "TrS", "issuer": "UBND", "subject": "Trích", "recipients": [{"name": "Thôn 1"}]});
    let new = new.to_string();
    let numbers = std::thread::scope(|scope| {
        let ask = || {
            let parts = [("file", Some("a.pdf"), &sample_pdf()[..]), ("options", None, new.as_bytes())];
            let made =
                server.post("/api/v1/copies").token(office.token(Role::Clerk)).form(&parts).send().expect(201).json();
            made["number"].as_u64().unwrap()
        };
        let asked: Vec<_> = (0..6).map(|_| scope.spawn(ask)).collect();
        let mut numbers: Vec<u64> = asked.into_iter().map(|one| one.join().unwrap()).collect();
        numbers.sort_unstable();
        numbers
    });
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
}

/// Changes a database as somebody would who has taken its guards away first.
async fn changed(data: &Path, statement: &'static str) {
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", data.join("dauson.db").display())).await.unwrap();
    for guard in [
        "register_number_stays",
        "register_number_is_kept",
        "dispatch_file_stays",
        "dispatch_file_is_kept",
        "dispatch_event_stays",
        "dispatch_event_is_kept",
    ] {
        sqlx::query(sqlx::AssertSqlSafe(format!("DROP TRIGGER {guard}"))).execute(&pool).await.unwrap();
    }
    pool.close().await;
    change(data, statement).await;
}

#[tokio::test]
async fn the_database_keeps_what_was_done_and_audits_name_what_was_changed() {
    let office = Office::new();
    {
        let server = office.serve();
        let desk = Desk { office: &office, server: &server };
        let id = desk.draft(&decision());
        desk.up_to(&id, "issue");
        let tokens = run(office.folder.path(), ["token", "list", "--json"]).expect(0).stdout;
        let drafter = tokens.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let drafter = drafter.into_iter().find(|t| t["role"] == "drafter" && t["unit"] == UNIT).unwrap();
        let new = json!({"holder": drafter["id"], "words": "TL", "title": "CHỦ TỊCH", "from": "2026-01-01T00:00:00Z", "until": "2030-01-01T00:00:00Z"});
        desk.post(Role::Leader, "/api/v1/delegations", &new).expect(201);
    }
    crate::office::closed(office.folder.path());
    run(office.folder.path(), ["audit", "verify"]).expect(0);
    let work = tempfile::tempdir().unwrap();
    let tampered = work.path().join("data");
    // the database refuses by itself
    copy(office.folder.path(), &tampered);
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", tampered.join("dauson.db").display())).await.unwrap();
    for statement in [
        "UPDATE register_number SET number = 2",
        "DELETE FROM register_number",
        "INSERT INTO register_number SELECT unit, book, year, series, 3, dispatch FROM register_number",
        "UPDATE dispatch_event SET facts = '{}'",
        "DELETE FROM dispatch_event WHERE seq = 1",
        "UPDATE dispatch_file SET sha256 = x'00'",
        "INSERT INTO dispatch_file SELECT dispatch, file, version + 9, name, sha256, size, pages, log_index, created FROM dispatch_file WHERE version = 0",
        "UPDATE dispatch SET number = 7",
    ] {
        assert!(sqlx::query(statement).execute(&pool).await.is_err(), "{statement}");
    }
    pool.close().await;
    // and with its guards away the log has it
    for (statement, named) in [
        ("UPDATE dispatch SET state = 'registered'", "by the last act"),
        ("UPDATE dispatch SET subject = 'khác'", "what the register says of it"),
        ("UPDATE dispatch SET particulars = '{}'", "what the register says of it"),
        ("UPDATE dispatch SET urgent = 1", "what the register says of it"),
        ("DELETE FROM dispatch_event WHERE seq = 6", "acts on it, the database"),
        ("UPDATE dispatch_event SET actor = 'khác' WHERE seq = 2", "the log by somebody else"),
        ("UPDATE dispatch_event SET facts = replace(facts, 'sign', 'seal') WHERE seq = 2", "says something else"),
        ("DELETE FROM dispatch_file WHERE version = 4", "its files are not those"),
        ("DELETE FROM dispatch_file WHERE version = 2", "its files are not those"),
        (
            "UPDATE dispatch_file SET sha256 = (SELECT sha256 FROM dispatch_file WHERE version = 0) WHERE version = 4",
            "its files are not those",
        ),
        ("UPDATE delegation SET title = 'khác'", "says something else"),
        ("DELETE FROM delegation", "records 1 delegations"),
    ] {
        copy(office.folder.path(), &tampered);
        changed(&tampered, statement).await;
        let ran = run(&tampered, ["audit", "verify"]);
        assert!(ran.code == 1 && ran.stdout.contains(named), "{statement}: {ran:?}");
    }
}

#[test]
fn the_same_on_the_command_line() {
    let office = Office::new();
    let data = office.folder.path();
    let letter = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/cong-van.pdf").display().to_string();
    let file = |role: Role| {
        let path = data.join(format!("{role}.token"));
        std::fs::write(&path, format!("{}\n", office.token(role))).unwrap();
        path.display().to_string()
    };
    let document = |role: Role, arguments: &[&str]| {
        let token = file(role);
        run(data, [&["document", "--token-file", &token, "--json"], arguments].concat())
    };
    run(data, ["document", "check", &letter]).expect(0);
    run(data, ["document", "list"]).expect(64).error_line();
    let draft = [
        "draft",
        &letter,
        "--kind",
        "CV",
        "--issuer",
        "UBND",
        "--department",
        "VX",
        "--subject",
        "Về biên lai",
        "--to",
        "Các thôn=thon@xa.example",
    ];
    let drafted = document(Role::Drafter, &draft).expect(0).json();
    let id = drafted["id"].as_str().unwrap();
    document(Role::Clerk, &["sign", id]).expect(77).error_line();
    document(Role::Drafter, &["initial", id]).expect(0);
    document(Role::Leader, &["sign", id, "--page", "1", "--rect", "341,236,180,84"]).expect(0);
    document(
        Role::Clerk,
        &["number", id, "--rect", "60,690,40,14", "--rect", "110,690,24,14", "--rect", "140,690,24,14", "--page", "1"],
    )
    .expect(0);
    document(Role::Clerk, &["register", id, "--keeper", "Văn thư"]).expect(0);
    document(Role::Clerk, &["seal", id]).expect(0);
    let issued = document(Role::Clerk, &["issue", id]).expect(0).json();
    assert_eq!((&issued["symbol"], &issued["state"]), (&json!("01/UBND-VX"), &json!("issued")));
    document(Role::Clerk, &["issue", id]).expect(65).error_line();
    let out = data.join("ra.pdf").display().to_string();
    document(Role::Auditor, &["export", id, "-o", &out]).expect(0);
    let verified = run(data, ["verify", &out, "--json"]).expect(0).json();
    let signatures = verified["signatures"].as_array().unwrap().iter().filter(|one| one["type"] == "signature");
    assert!(signatures.clone().count() == 3 && signatures.clone().all(|one| one["level"] == "B-LT"), "{verified}");
    let received =
        document(Role::Clerk, &["receive", &out, "--author", "UBND", "--kind", "CV", "--subject", "Về biên lai"])
            .expect(0)
            .json();
    let accepted = document(Role::Clerk, &["accept", received["id"].as_str().unwrap()]).expect(0).json();
    assert_eq!((&accepted["number"], &accepted["verdict"]), (&json!(1), &json!("TOTAL-PASSED")));
    let (csv, trail) = (data.join("so.csv").display().to_string(), data.join("nhat-ky.pdf").display().to_string());
    document(Role::Auditor, &["book", "in", "--csv", &csv]).expect(0);
    assert!(std::fs::read_to_string(&csv).unwrap().contains("Công văn: Về biên lai"));
    document(Role::Clerk, &["trail", id, "--pdf", &trail]).expect(0);
    run(data, ["verify", &trail]).expect(0);
    let listed = document(Role::Auditor, &["list", "out"]).expect(0).stdout;
    assert_eq!(listed.lines().count(), 1);
    let words = run(data, ["document", "--token-file", &file(Role::Clerk), "trail", id]).expect(0).stdout;
    assert!(words.contains("Phát hành") && words.lines().count() == 7, "{words}");
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn who_has_signed_in_holds_delegations_by_the_office() {
    let office = Office::new();
    let server = office.serve();
    let desk = Desk { office: &office, server: &server };
    let mut deputy = sign_in::person(&office, &server, "pho-chu-tich", Role::Leader, Some("xa-son-mau.receipt"));
    sign_in::person(&office, &server, "thu-quy", Role::Officer, None);
    let cookie = deputy.enter(&server);
    let post = |path: &str, body: &Value| {
        server.post(path).header("cookie", &cookie).header("sec-fetch-site", "same-origin").json(body).send()
    };
    let delegation = |holder: &str, words: &str| json!({"holder": holder, "words": words, "title": "CHỦ TỊCH", "from": "2026-01-01T00:00:00Z", "until": "2030-01-01T00:00:00Z"});
    let grant = |holder: &str, words: &str| desk.post(Role::Leader, "/api/v1/delegations", &delegation(holder, words));
    let sign = |id: &str, words: &str| {
        let mut body = place("sign");
        body["words"] = json!(words);
        post(&format!("/api/v1/outgoing/{id}/sign"), &body)
    };
    let id = desk.draft(&decision());
    desk.up_to(&id, "initial");
    assert_eq!(sign(&id, "KT").problem(403), "registry.delegation");
    // to the login of somebody with one office that signs, to nobody else
    assert_eq!(grant("nobody", "KT").problem(404), "people.not_found");
    assert_eq!(grant("thu-quy", "KT").problem(403), "registry.duty");
    assert_eq!(
        post("/api/v1/delegations", &delegation("pho-chu-tich", "KT")).problem(403),
        "registry.duty",
        "to oneself"
    );
    let elsewhere = server.post("/api/v1/delegations").token(office.other_token(Role::Leader));
    assert_eq!(elsewhere.json(&delegation("pho-chu-tich", "KT")).send().problem(404), "people.not_found");
    let session = server.get("/api/v1/session").header("cookie", &cookie).send().expect(200).json();
    let held = session["office"]["id"].as_str().unwrap().to_owned();
    let granted = grant("pho-chu-tich", "KT").expect(201).json();
    assert_eq!(granted["holder"], held);
    grant(&held, "TUQ").expect(201);
    let signed = sign(&id, "KT").expect(200).json();
    assert!(signed["signer"].as_str().unwrap().starts_with("KT. CHỦ TỊCH "), "{signed}");
    let by_order = desk.draft(&decision());
    desk.up_to(&by_order, "initial");
    assert_eq!(sign(&by_order, "TL").problem(403), "registry.delegation");
    sign(&by_order, "TUQ").expect(200);
    // who holds it grants others, as any leader does; and it ends with the office
    let drafters = run(office.folder.path(), ["token", "list", "--json"]).expect(0).stdout;
    let drafter = drafters.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let drafter = drafter.into_iter().find(|t| t["role"] == "drafter" && t["unit"] == UNIT).unwrap();
    let own = post("/api/v1/delegations", &delegation(drafter["id"].as_str().unwrap(), "TL")).expect(201).json();
    assert_ne!(own["granted_by"], held, "by the account");
    let last = desk.draft(&decision());
    desk.up_to(&last, "initial");
    sign_in::user(&office, &["end", &held]).expect(0);
    sign_in::give(&office, "pho-chu-tich", Role::Leader, Some("xa-son-mau.receipt"), &[]).expect(0);
    let cookie = deputy.enter(&server);
    let mut body = place("sign");
    body["words"] = json!("KT");
    let again = server.post(&format!("/api/v1/outgoing/{last}/sign")).header("cookie", &cookie);
    let again = again.header("sec-fetch-site", "same-origin").json(&body).send();
    assert_eq!(again.problem(403), "registry.delegation", "another office is not delegated to");
    drop(server);
    let ran = run(office.folder.path(), ["audit", "verify", "--json"]).expect(0).json();
    assert_eq!(ran["faults"], 0, "{ran}");
}
