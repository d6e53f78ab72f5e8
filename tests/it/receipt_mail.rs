//! Letters to payers: over SMTP, once, as MIME that others read, with nothing personal in what operators see.

use crate::mail_server::{Act, MailServer};
use crate::office::Office;
use crate::program::{Ran, command, finish, run};
use crate::server::Server;
use crate::xml_signature::has;
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn wait_for(what: &str, mut is_there: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_there() {
        assert!(start.elapsed() < Duration::from_mins(3), "{what} does not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn serve(office: &Office, mail: &MailServer) -> Server {
    let settings = mail.settings();
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Server::start(office.folder.path(), &settings)
}

fn request(office: &Office, email: &str) -> Value {
    let mut request = office.receipt_request(2_000);
    request["payer"]["email"] = json!(email);
    request
}

fn issue(server: &Server, office: &Office, key: &str, email: &str) -> Value {
    let issued = server.post("/api/v1/receipts").token(office.token(Role::Officer)).header("idempotency-key", key);
    issued.json(&request(office, email)).send().expect(201).json()
}

/// What the unit has on its way, the newest first.
fn sent(server: &Server, office: &Office, query: &str) -> Vec<Value> {
    let path = format!("/api/v1/reports/sent{query}");
    let page = server.get(&path).token(office.token(Role::Auditor)).send().expect(200).json();
    page["items"].as_array().unwrap().clone()
}

fn send(data: &Path, mail: &MailServer, more: &[&str]) -> Ran {
    let mut command = command(data);
    command.envs(mail.settings()).args(["receipt", "send", "--log", "trace"]).args(more);
    finish(command.spawn().unwrap())
}

/// A message as Python's package has it.
fn parsed(message: &[u8]) -> Option<Value> {
    if !has("python3") {
        return None;
    }
    let program = "import sys, json, email, email.policy, hashlib\n\
        m = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)\n\
        faults = [str(d) for part in m.walk() for d in part.defects]\n\
        files = [[a.get_filename(), a.get_content_type(), hashlib.sha256(a.get_payload(decode=True)).hexdigest()] for a in m.iter_attachments()]\n\
        print(json.dumps({'headers': [[k, str(v)] for k, v in m.items()], 'faults': faults, 'files': files,\n\
            'text': m.get_body(('plain',)).get_content(), 'to': [a.addr_spec for a in m['To'].addresses], 'type': m.get_content_type()}))\n";
    let mut child =
        Command::new("python3").args(["-c", program]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(message).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn header<'a>(message: &'a Value, name: &str) -> &'a str {
    let all = message["headers"].as_array().unwrap();
    let found: Vec<_> = all.iter().filter(|header| header[0] == name).collect();
    assert_eq!(found.len(), 1, "{name}: {message}");
    found[0][1].as_str().unwrap()
}

#[test]
fn a_receipt_reaches_its_payer_once() {
    let office = Office::new();
    let mail = MailServer::start(&[Act::Later, Act::Vanish, Act::RefuseSender]);
    let server = serve(&office, &mail);
    let receipt = issue(&server, &office, "a", "nguyen.van-a@thu.example");
    let id = receipt["id"].as_str().unwrap();
    // who gives no address gets no letter
    let mut without = office.receipt_request(1_000);
    without["payer"]["email"] = Value::Null;
    let post = server.post("/api/v1/receipts").token(office.token(Role::Officer)).header("idempotency-key", "b");
    post.json(&without).send().expect(201);

    // wanted later; broken off; the sender is not wanted: it stays on its way
    for (tries, word) in [(1, "450 4.2.0"), (2, "the mail server"), (3, "550 5.7.1")] {
        wait_for("a try", || {
            sent(&server, &office, "")[0]["tries"] == tries && !sent(&server, &office, "")[0]["failure"].is_null()
        });
        wait_for("what became of it", || {
            sent(&server, &office, "?state=queued")[0]["failure"].as_str().is_some_and(|why| why.contains(word))
        });
        let row = sent(&server, &office, "").remove(0);
        assert_eq!((&row["kind"], &row["item"]), (&json!("mail"), &json!(format!("{id}/issued"))), "{row}");
        assert!(!row.to_string().contains("thu.example") && row["sent"].is_null(), "{row}");
        assert!(mail.taken().is_empty());
        let path = format!("/api/v1/reports/sent/{}/retry", row["id"]);
        server.post(&path).token(office.token(Role::Officer)).send().expect(200);
    }
    wait_for("the letter", || sent(&server, &office, "?state=sent").len() == 1);
    let row = sent(&server, &office, "").remove(0);
    assert_eq!((&row["tries"], &row["failure"], &row["due"]), (&json!(4), &Value::Null, &Value::Null), "{row}");
    // what was sent is not sent again, whoever asks
    let path = format!("/api/v1/reports/sent/{}/retry", row["id"]);
    assert_eq!(server.post(&path).token(office.token(Role::Officer)).send().problem(409), "report.sent");
    let get = |extension: &str| {
        let path = format!("/api/v1/receipts/{id}.{extension}");
        hex::encode(dauson::digest::sha256(
            &server.get(&path).token(office.token(Role::Officer)).send().expect(200).body,
        ))
    };
    let (pdf, xml) = (get("pdf"), get("xml"));
    drop(server);
    assert_eq!(send(office.folder.path(), &mail, &["--now"]).expect(0).stdout, "");
    assert_eq!(mail.taken().len(), 1);
    let to = mail.heard("RCPT");
    assert!(to.iter().all(|line| line == "RCPT TO:<nguyen.van-a@thu.example>"), "{to:?}");

    let Some(message) = parsed(&mail.taken()[0]) else { return };
    assert_eq!((&message["faults"], &message["type"]), (&json!([]), &json!("multipart/mixed")), "{message}");
    assert_eq!(message["to"], json!(["nguyen.van-a@thu.example"]));
    assert!(header(&message, "To").contains("Nguyễn Văn A"), "{message}");
    assert!(
        header(&message, "From").contains("Ủy ban nhân dân")
            && header(&message, "From").contains("<bienlai@sonmau.example>")
    );
    assert!(header(&message, "Subject").contains(id) && header(&message, "Subject").starts_with("Biên lai điện tử số"));
    assert_eq!(header(&message, "Auto-Submitted"), "auto-generated");
    assert!(header(&message, "Message-ID").ends_with("@sonmau.example>"));
    let name = id.replace('/', "-");
    assert_eq!(
        message["files"],
        json!([[format!("{name}.pdf"), "application/pdf", pdf], [format!("{name}.xml"), "application/xml", xml]])
    );
    let text = message["text"].as_str().unwrap();
    for words in
        ["Kính gửi: Nguyễn Văn A", "Số tiền:      6.000 đồng (Sáu nghìn đồng)", "Dear Nguyễn Văn A", "VND 6,000"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(text.contains(receipt["check_url"].as_str().unwrap()), "{text}");
}

#[test]
fn what_is_refused_for_good_is_shown_and_tried_no_more() {
    let office = Office::new();
    let data = office.folder.path();
    let mail = MailServer::start(&[Act::Refuse]);
    let server = serve(&office, &mail);
    let id = issue(&server, &office, "a", "nobody@thu.example")["id"].as_str().unwrap().to_owned();
    wait_for("the refusal", || sent(&server, &office, "?state=failed").len() == 1);
    let row = sent(&server, &office, "").remove(0);
    assert_eq!(row["failure"], "the mail server answered 550 5.1.1");
    drop(server);
    // neither by itself nor when all is sent at once
    send(data, &mail, &["--now"]).expect(0);
    assert_eq!(mail.heard("RCPT").len(), 1);
    let listed = run(data, ["receipt", "sent", "--unit", crate::office::UNIT, "--state", "failed"]).expect(0).stdout;
    assert!(listed.contains(&format!("mail  {id}/issued  failed")) && listed.contains("550 5.1.1"), "{listed}");
    assert!(run(data, ["receipt", "sent", "--unit", crate::office::OTHER_UNIT]).expect(0).stdout.is_empty());
    let units = run(data, ["receipt", "sent"]).expect(64);
    assert!(units.error_line().contains("xa-khac, xa-son-mau"), "{units:?}");

    // but when somebody says so, who may
    let server = serve(&office, &mail);
    let path = format!("/api/v1/reports/sent/{}/retry", row["id"]);
    assert_eq!(server.post(&path).token(office.token(Role::Auditor)).send().problem(403), "auth.role");
    server.post(&path).token(office.other_token(Role::Officer)).send().problem(404);
    drop(server);
    mail.acts.lock().unwrap().push(Act::Refuse);
    let again = row["id"].to_string();
    let refused = send(data, &mail, &["--retry", &again]).expect(69);
    assert!(refused.stdout.contains("failed: the mail server answered 550 5.1.1"), "{refused:?}");
    let done = send(data, &mail, &["--retry", &again]).expect(0);
    assert!(done.stdout.contains(&format!("{id}/issued  sent")), "{done:?}");
    assert_eq!(mail.taken().len(), 1);
    send(data, &mail, &["--retry", &again]).expect(65);
    // nothing of who paid is in what operators see, however much is logged
    for told in [&refused, &done] {
        for personal in ["thu.example", "nobody", "Nguyễn", "Nguy"] {
            assert!(!told.stderr.contains(personal) && !told.stdout.contains(personal), "{personal}: {told:?}");
        }
    }
}

#[test]
fn payers_hear_of_replacements_and_voids() {
    let office = Office::new();
    let mail = MailServer::start(&[]);
    let server = serve(&office, &mail);
    let officer = office.token(Role::Officer);
    let act = |id: &str, what: &str, token: &str, body: &Value| {
        server.post(&format!("/api/v1/receipts/{id}/{what}")).token(token).json(body).send()
    };
    let first = issue(&server, &office, "a", "wrong@thu.example");
    let body = json!({"reason": "Sai địa chỉ thư", "request": request(&office, "right@thu.example")});
    let second = act(first["id"].as_str().unwrap(), "replace", officer, &body).expect(201).json();
    let (first, second) = (first["id"].as_str().unwrap(), second["id"].as_str().unwrap());
    // to the same address the new one says it all
    let body = json!({"reason": "Sai tên", "request": request(&office, "right@thu.example")});
    let third = act(second, "replace", officer, &body).expect(201).json()["id"].as_str().unwrap().to_owned();
    act(&third, "notify", officer, &json!({"reason": "Sai địa chỉ"})).expect(200);
    act(&third, "cancel", officer, &json!({"reason": "Hoàn tiền"})).expect(202);
    act(&third, "cancel/approve", office.token(Role::Accountant), &json!({})).expect(200);
    wait_for("the letters", || sent(&server, &office, "?state=sent").len() == 6);
    let rows = sent(&server, &office, "");
    let letters = rows.iter().filter(|row| row["kind"] == "mail");
    let mut items: Vec<String> = letters.map(|row| row["item"].as_str().unwrap().into()).collect();
    items.sort();
    let mut expected: Vec<String> =
        [(first, "issued"), (first, "replaced"), (second, "issued"), (&third, "issued"), (&third, "voided")]
            .iter()
            .map(|(id, what)| format!("{id}/{what}"))
            .chain([format!("{third}/notified-1")])
            .collect();
    expected.sort();
    assert_eq!(items, expected);
    let page = server.get("/api/v1/reports/sent?limit=2").token(officer).send().expect(200).json();
    assert!(page["items"].as_array().unwrap().len() == 2 && page["next"].is_string(), "{page}");
    let messages: Vec<Value> = mail.taken().iter().filter_map(|message| parsed(message)).collect();
    let by_subject = |words: &str| messages.iter().find(|m| header(m, "Subject").contains(words));
    let Some(replaced) = by_subject(&format!("{first} đã được thay thế")) else {
        assert!(messages.is_empty(), "{messages:?}");
        return;
    };
    // who had the wrong one gets nothing of the right one but its number
    assert_eq!((&replaced["to"], &replaced["files"]), (&json!(["wrong@thu.example"]), &json!([])));
    assert!(replaced["text"].as_str().unwrap().contains(second), "{replaced}");
    let voided = by_subject(&format!("{third} đã bị hủy")).unwrap();
    assert_eq!((&voided["to"], &voided["files"]), (&json!(["right@thu.example"]), &json!([])));
    let notified = by_subject(&format!("Thông báo sai sót của biên lai điện tử số {third}")).unwrap();
    assert_eq!(notified["to"], json!(["right@thu.example"]));
    let files = notified["files"].to_string();
    let name = format!("04-SS-CTDT-{}-1", third.replace('/', "-"));
    assert!(files.contains(&format!("{name}.pdf")) && files.contains(&format!("{name}.xml")), "{files}");
    let replacing = by_subject(&format!("{third} ngày")).unwrap();
    assert!(replacing["text"].as_str().unwrap().contains("Thay thế cho biên lai"), "{replacing}");
}

#[test]
fn nothing_is_sent_that_should_not_be() {
    let office = Office::new();
    let data = office.folder.path();
    // addresses that could be more than one line, or more than one
    let server = office.serve();
    for evil in ["a@b.vn\r\nBcc: x@evil.example", "a@b.vn>\nDATA", "a@b.vn,x@evil.example", "<a@b.vn>", "\"a b\"@b.vn"]
    {
        let post = server.post("/api/v1/receipts").token(office.token(Role::Officer)).header("idempotency-key", "x");
        assert_eq!(post.json(&request(&office, evil)).send().problem(422), "receipt.field", "{evil}");
    }
    // without a mail server nothing is put on its way
    issue(&server, &office, "a", "a@thu.example");
    assert!(sent(&server, &office, "").is_empty());
    drop(server);
    // to no other machine without TLS; not without TLS where it is wanted
    let mail = MailServer::start(&[]);
    let with = |settings: &[(&str, &str)]| {
        let mut command = command(data);
        command.envs(mail.settings()).envs(settings.iter().copied()).args(["receipt", "send", "--now"]);
        finish(command.spawn().unwrap())
    };
    for settings in [
        &[("DAUSON_MAIL_HOST", "mail.example")][..],
        &[("DAUSON_MAIL_FROM", "x")],
        &[("DAUSON_MAIL_FROM", "a@b.vn\nBcc: x@evil.example")],
        &[("DAUSON_MAIL_TLS", "maybe")],
        &[("DAUSON_MAIL_USER", "x")],
        &[("DAUSON_MAIL_PORT", "70000")],
    ] {
        with(settings).expect(64);
    }
    let server = serve(&office, &mail);
    mail.acts.lock().unwrap().push(Act::Later);
    issue(&server, &office, "b", "b@thu.example");
    wait_for("a try", || sent(&server, &office, "?state=queued").first().is_some_and(|row| !row["failure"].is_null()));
    drop(server);
    let refused = with(&[("DAUSON_MAIL_TLS", "starttls")]).expect(69);
    assert!(refused.stdout.contains("STARTTLS") && mail.taken().is_empty(), "{refused:?}");
    assert_eq!(mail.heard("MAIL").len(), 1);
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn the_mail_server_is_asked_who_it_is_before_it_is_told_anything() {
    for (mode, implicit) in [("starttls", false), ("implicit", true)] {
        let office = Office::new();
        let data = office.folder.path();
        // a letter that waits: the first server wants it later
        let first = MailServer::start(&[Act::Later]);
        let server = serve(&office, &first);
        issue(&server, &office, "a", "a@thu.example");
        wait_for("a try", || {
            sent(&server, &office, "?state=queued").first().is_some_and(|row| !row["failure"].is_null())
        });
        drop(server);
        let mail = MailServer::start_with_tls(implicit);
        let another = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let file = |name: &str, text: &str| {
            std::fs::write(data.join(name), text).unwrap();
            data.join(name)
        };
        let (trusted, other) =
            (file("trusted.pem", mail.certificate.as_deref().unwrap()), file("other.pem", &another.cert.pem()));
        let password = file("password", "mật khẩu-4711\n");
        let send = |host: &str, trusted: &Path| {
            let mut command = command(data);
            command
                .envs(mail.settings())
                .env("DAUSON_MAIL_HOST", host)
                .env("DAUSON_MAIL_TLS", mode)
                .env("DAUSON_MAIL_USER", "bienlai")
                .env("DAUSON_MAIL_PASSWORD_FILE", &password)
                .env("SSL_CERT_FILE", trusted)
                .env_remove("SSL_CERT_DIR")
                .args(["receipt", "send", "--now", "--log", "trace"]);
            finish(command.spawn().unwrap())
        };
        // a server that is not trusted, or another than it says, hears neither password nor letter
        for refused in [send("localhost", &other), send("127.0.0.1", &trusted)] {
            assert!(refused.stdout.contains("not sent yet"), "{mode}: {refused:?}");
        }
        assert!(mail.heard("AUTH").is_empty() && mail.heard("MAIL").is_empty(), "{mode}");
        let done = send("localhost", &trusted).expect(0);
        assert_eq!((mail.taken().len(), mail.heard("AUTH PLAIN").len()), (1, 1), "{mode}: {done:?}");
        assert!(!done.stderr.contains("khẩu-4711") && !done.stderr.contains("thu.example"), "{done:?}");
    }
}
