//! Documents go from one unit to another as edXML packages, and statuses come back (QCVN 102:2016/BTTTT), over HTTP and on the command line.

use crate::office::{OTHER_UNIT, Office, UNIT};
use crate::program::run;
use crate::registry::{Desk, decision, place};
use crate::server::{Answer, Server, sample_pdf};
use dauson::people::permissions::Role;
use serde_json::{Value, json};

const NAMESPACE: &str = "http://www.mic.gov.vn/TBT/QCVN_102_2016";

fn codes(office: &Office) {
    for (unit, code) in [(UNIT, "H34.12"), (OTHER_UNIT, "H34.13")] {
        run(office.folder.path(), ["unit", "put", unit, "--code", code]).expect(0);
    }
}

fn options() -> Value {
    let mut options = decision();
    options["recipients"] = json!([{"name": "Ủy ban nhân dân xã khác", "code": "H34.13"}, {"name": "Các thôn"}]);
    options
}

/// What one clerk hands to another's system.
struct Axis<'a> {
    office: &'a Office,
    server: &'a Server,
}

impl Axis<'_> {
    fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.server.post(path).token(token).json(body).send()
    }

    fn package(&self, id: &str) -> Answer {
        self.post(self.office.token(Role::Clerk), &format!("/api/v1/outgoing/{id}/edxml"), &json!({}))
    }

    fn take(&self, token: &str, message: &[u8]) -> Answer {
        self.server.post("/api/v1/edxml").token(token).body("application/xml", message).send()
    }

    /// The receiver tells how a document in stands.
    fn tell(&self, id: &str, status: &str) -> Answer {
        let body = json!({"status": status, "note": "Ghi chú"});
        self.post(self.office.other_token(Role::Clerk), &format!("/api/v1/incoming/{id}/status"), &body)
    }

    /// Told by the receiver, heard by the sender.
    fn told(&self, id: &str, status: &str) -> Value {
        let message = self.tell(id, status).expect(200);
        assert_eq!(message.header("content-type"), Some("application/xml"));
        let heard = self.take(self.office.token(Role::Clerk), &message.body).expect(200).json();
        let heard = heard["document"]["heard"].as_array().unwrap().clone();
        let last = heard.last().unwrap().clone();
        assert_eq!((&last["status"], &last["organ"]), (&json!(status), &json!("H34.13")));
        json!(heard)
    }
}

#[test]
fn a_document_goes_to_another_system_and_its_statuses_come_back() {
    let office = Office::new();
    let server = office.serve();
    let (desk, axis) = (Desk { office: &office, server: &server }, Axis { office: &office, server: &server });
    let id = desk.draft(&options());
    let path = format!("/api/v1/outgoing/{id}/files");
    let parts = [("file", Some("phu-luc.pdf"), &sample_pdf()[..])];
    server.post(&path).token(office.token(Role::Drafter)).form(&parts).send().expect(200);
    assert_eq!(axis.package(&id).problem(409), "registry.state");
    desk.up_to(&id, "issue");
    assert_eq!(axis.package(&id).problem(409), "edxml.code");
    codes(&office);

    // the package: signed by the clerk's key, and in the log
    let package = axis.package(&id).expect(200);
    assert_eq!(package.header("content-type"), Some("application/xml"));
    let text = package.text();
    let year = time::OffsetDateTime::now_utc().to_offset(dauson::data_folder::VIETNAM).year();
    for part in [
        NAMESPACE,
        "<edXML:OrganId>H34.12</edXML:OrganId>",
        "<edXML:OrganId>H34.13</edXML:OrganId>",
        "<edXML:CodeNumber>01</edXML:CodeNumber><edXML:CodeNotation>QĐ-UBND</edXML:CodeNotation>",
        "<edXML:TypeName>Quyết định</edXML:TypeName>",
        "<edXML:Place>Các thôn</edXML:Place>",
        &format!("<edXML:DocumentId>H34.12,{year}/"),
        "<edXML:Appendix>phu-luc.pdf</edXML:Appendix>",
        "<ds:Signature ",
    ] {
        assert!(text.contains(part), "{part}");
    }
    let report = server.post("/api/v1/verify").token(office.token(Role::Clerk)).body("application/xml", &package.body);
    let report = report.send().expect(200).json();
    assert_eq!(
        (&report["verdict"], &report["signatures"][0]["log"]["status"]),
        (&json!("TOTAL-PASSED"), &json!("proven"))
    );

    // taken in elsewhere, with both files and the verdict over them
    let clerk = office.other_token(Role::Clerk);
    let taken = axis.take(clerk, &package.body).expect(201);
    let location = taken.header("location").unwrap().to_owned();
    let taken = taken.json()["arrival"].clone();
    let there = taken["id"].as_str().unwrap().to_owned();
    assert_eq!(location, format!("/api/v1/incoming/{there}"));
    assert_eq!(
        (&taken["verdict"], &taken["kind"], &taken["symbol"]),
        (&json!("TOTAL-PASSED"), &json!("QĐ"), &json!("01/QĐ-UBND"))
    );
    assert_eq!((&taken["origin"]["organ"], taken["files"].as_array().unwrap().len()), (&json!("H34.12"), 2));
    assert_eq!(taken["author"], format!("Ủy ban nhân dân {UNIT}"));
    assert_eq!(taken["warnings"], json!([]));
    // whoever changes the package on its way is found out
    let changed = text.replace("Ban hành Quy chế làm việc", "Bãi bỏ Quy chế làm việc");
    assert_ne!(changed, text);
    let failed = axis.take(clerk, changed.as_bytes()).expect(201).json()["arrival"].clone();
    assert_eq!(failed["verdict"], "TOTAL-FAILED");
    let accept = format!("/api/v1/incoming/{}/register", failed["id"].as_str().unwrap());
    assert_eq!(axis.post(clerk, &accept, &json!({})).problem(409), "registry.verdict");

    // statuses, each as soon as it is so
    assert_eq!(axis.tell(&there, "03").problem(409), "registry.state");
    axis.told(&there, "01");
    let accepted = axis.post(clerk, &format!("/api/v1/incoming/{there}/register"), &json!({})).expect(200).json();
    assert_eq!(accepted["number"], 1);
    axis.told(&there, "03");
    assert_eq!(axis.tell(&there, "06").problem(409), "registry.state");
    axis.post(clerk, &format!("/api/v1/incoming/{there}/assign"), &json!({"charge": "Phòng Văn hóa"})).expect(200);
    for status in ["04", "05", "06"] {
        axis.told(&there, status);
    }
    assert_eq!(axis.tell(&there, "02").problem(409), "registry.state");
    assert_eq!(axis.tell(&there, "15").problem(409), "registry.state");
    assert_eq!(axis.tell(&there, "07").problem(422), "edxml.status");
    let message = axis.tell(&there, "06").expect(200);
    let heard = |answer: Answer| answer.expect(200).json()["document"]["heard"].as_array().unwrap().len();
    let first = heard(axis.take(office.token(Role::Clerk), &message.body));
    assert_eq!(heard(axis.take(office.token(Role::Clerk), &message.body)), first, "once more changes nothing");
    // nobody hears what is not about an own document
    assert_eq!(axis.take(clerk, &message.body).problem(404), "registry.not_found");
    let forged = message.text().replace("H34.12,", "H34.99,");
    assert_eq!(axis.take(office.token(Role::Clerk), forged.as_bytes()).problem(404), "registry.not_found");

    // withdrawn, asked for back, given back
    let asked = axis
        .post(office.token(Role::Clerk), &format!("/api/v1/outgoing/{id}/status"), &json!({"status": "13"}))
        .expect(200);
    axis.take(clerk, &asked.body).expect(200);
    let reason = json!({"reason": "Ban hành nhầm"});
    axis.post(office.token(Role::Leader), &format!("/api/v1/outgoing/{id}/withdraw"), &reason).expect(200);
    let recall = axis.package(&id).expect(200);
    assert!(recall.text().contains("<edXML:BussinessDocType>1<") && recall.text().contains("Ban hành nhầm"));
    let wanted = axis.take(clerk, &recall.body).expect(200).json();
    let last = wanted["document"]["heard"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["status"], &last["note"]), (&json!("13"), &json!("Ban hành nhầm")));
    axis.told(&there, "15");

    // what is no message
    for (bad, status) in [
        (&b""[..], 422),
        (b"<a/>", 422),
        (b"%PDF-1.7", 422),
        (b"<!DOCTYPE edXML [<!ENTITY a \"b\">]><edXML>&a;</edXML>", 422),
        (text.replace(NAMESPACE, "urn:x").as_bytes(), 422),
        (text.replace("JVBERi0", "UEsDBAA").as_bytes(), 422),
    ] {
        assert_eq!(axis.take(clerk, bad).status, status, "{:?}", String::from_utf8_lossy(&bad[..bad.len().min(60)]));
    }
    drop(server);
    let ran = run(office.folder.path(), ["audit", "verify", "--json"]).expect(0).json();
    assert_eq!(ran["faults"], 0, "{ran}");
}

#[test]
fn the_same_with_files_on_the_command_line() {
    let office = Office::new();
    let data = office.folder.path();
    codes(&office);
    let id = {
        let server = office.serve();
        let desk = Desk { office: &office, server: &server };
        let id = desk.draft(&options());
        for (role, act) in [(Role::Drafter, "initial"), (Role::Leader, "sign"), (Role::Clerk, "number")] {
            desk.act(role, &id, act, &place(act)).expect(200);
        }
        for (act, body) in [("register", json!({})), ("seal", place("seal")), ("issue", json!({}))] {
            desk.act(Role::Clerk, &id, act, &body).expect(200);
        }
        id
    };
    let file = |name: &str| data.join(name).display().to_string();
    let document = |token: &str, arguments: &[&str]| {
        std::fs::write(data.join("token"), token).unwrap();
        run(data, [&["document", "--token-file", &file("token"), "--json"], arguments].concat())
    };
    let (clerk, other) = (office.token(Role::Clerk), office.other_token(Role::Clerk));
    document(clerk, &["edxml", &id, "-o", &file("a.edxml")]).expect(0);
    document(clerk, &["edxml", &id, "-o", &file("a.edxml")]).expect(73).error_line();
    let taken = document(other, &["receive", &file("a.edxml")]).expect(0).json();
    assert_eq!((&taken["state"], &taken["verdict"]), (&json!("received"), &json!("TOTAL-PASSED")));
    let there = taken["id"].as_str().unwrap();
    document(other, &["refuse", there, "--reason", "Gửi nhầm nơi nhận"]).expect(0);
    document(other, &["status", there, "2", "-o", &file("s.edxml")]).expect(0);
    let heard = document(clerk, &["receive", &file("s.edxml")]).expect(0).json();
    assert_eq!((&heard["id"], &heard["heard"][0]["status"]), (&json!(id), &json!("02")));
    document(other, &["status", there, "7", "-o", &file("t.edxml")]).expect(64).error_line();
    document(clerk, &["receive", &file("s.edxml"), "--author", "ai"]).expect(64).error_line();
    let trail = document(clerk, &["trail", &id]).expect(0).stdout;
    assert!(trail.contains("dispatch.heard") || trail.contains("hear"), "{trail}");
}
