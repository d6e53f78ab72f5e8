//! What the pages of documents have besides the way of one document: copies, delegations, one act for many, images that are kept, and what whoever
//! acts is told; all as browsers without scripts do it.

use crate::answering;
use crate::appearances;
use crate::key_pins::{PIN, secret_file};
use crate::office::{Office, UNIT};
use crate::program::run;
use crate::registry::{Desk, blank, decision};
use crate::server::{Answer, Server, sample_pdf};
use crate::sign_in::person;
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::path::Path;

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)).unwrap()
}

/// Somebody in front of a browser without scripts.
struct Visitor<'a> {
    server: &'a Server,
    cookie: String,
}

impl<'a> Visitor<'a> {
    fn new(office: &Office, server: &'a Server, login: &str, role: Role, key: Option<&str>) -> Self {
        let key = key.map(|key| format!("{UNIT}.{key}"));
        Self { server, cookie: person(office, server, login, role, key.as_deref()).enter(server) }
    }

    fn get(&self, path: &str) -> Answer {
        self.server.get(path).header("cookie", &self.cookie).send()
    }

    fn text(&self, path: &str) -> String {
        self.get(path).expect(200).text()
    }

    /// Sends a form with its files.
    fn post(&self, path: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Answer {
        let fields = fields.iter().map(|(name, value)| (*name, None, value.as_bytes()));
        let files = files.iter().map(|(name, bytes)| (*name, Some("a.pdf"), *bytes));
        let parts: Vec<_> = fields.chain(files).collect();
        self.server.post(path).header("cookie", &self.cookie).header("origin", "http://test").form(&parts).send()
    }

    /// Sends a form that is right; where it leads to.
    #[track_caller]
    fn led(&self, path: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> String {
        self.post(path, fields, files).expect(303).header("location").unwrap().to_owned()
    }

    /// Sends a form that is not right, and finds this said about it.
    #[track_caller]
    fn faulty(&self, path: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])], said: &str) {
        let page = self.post(path, fields, files).expect(422).text();
        assert!(page.contains("id=\"faults\"") && page.contains(said), "{said}: {page}");
    }
}

/// The same fields with one more, or another value.
fn with<'a>(fields: &[(&'a str, &'a str)], name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let others = fields.iter().filter(|(known, _)| *known != name).copied();
    others.chain([(name, value)]).collect()
}

fn set_pin(office: &Office, key: &str) {
    let work = tempfile::tempdir().unwrap();
    let pin = secret_file(&work, "pin", PIN);
    run(office.folder.path(), ["key", "pin", &format!("{UNIT}.{key}"), "--new-pin-file", &pin]).expect(0);
}

/// How a key stands in the service, and what the log says of keys.
fn key(office: &Office, server: &Server, name: &str) -> Value {
    let keys = server.get("/api/v1/keys").token(office.token(Role::Keeper)).send().expect(200).json();
    let name = format!("{UNIT}.{name}");
    keys["items"].as_array().unwrap().iter().find(|key| key["name"] == name).unwrap().clone()
}

/// No key was opened for longer than the act that its PIN was given at.
fn nothing_was_opened(office: &Office, server: &Server) {
    let path = "/api/v1/audit/entries?limit=500";
    let entries = server.get(path).token(office.token(Role::Auditor)).send().expect(200).text();
    assert!(entries.contains("document.signed") && !entries.contains("key.unlocked"), "{entries}");
}

#[test]
fn copies_are_made_of_what_was_issued_of_what_came_and_of_papers() {
    let office = Office::new();
    let server = office.serve();
    let desk = Desk { office: &office, server: &server };
    let id = desk.draft(&decision());
    desk.up_to(&id, "issue");
    let draft = desk.draft(&decision());
    set_pin(&office, "seal");
    let clerk = Visitor::new(&office, &server, "van-thu", Role::Clerk, Some("seal"));
    let leader = Visitor::new(&office, &server, "chu-tich", Role::Leader, Some("leader"));

    // from the page of what was issued, for the clerk; not of a draft
    let link = format!("/documents/copies/new?of={id}");
    assert!(clerk.text(&format!("/documents/{id}")).contains(&link));
    assert!(!leader.text(&format!("/documents/{id}")).contains("/documents/copies/new"));
    assert!(!clerk.text(&format!("/documents/{draft}")).contains("/documents/copies/new"));
    let too_early = clerk.get(&format!("/documents/copies/new?of={draft}")).expect(303);
    assert_eq!(too_early.header("location"), Some(format!("/documents/{draft}?said=moved-on").as_str()));
    clerk.get(&format!("/documents/copies/new?of={}", "0".repeat(32))).expect(404);
    assert!(clerk.text("/documents/copies").contains("Chưa có bản sao nào"));
    assert!(!leader.text("/documents/copies").contains("/documents/copies/new"));
    // exactly what is copied is shown before
    let form = clerk.text(&link);
    let digest = hex::encode(dauson::digest::sha256(&desk.file(&id, 0)));
    for shown in [digest.as_str(), "01/QĐ-UBND", "name=\"pin\"", "ỦY BAN NHÂN DÂN XÃ SƠN MẪU"] {
        assert!(form.contains(shown), "{shown}: {form}");
    }
    assert!(clerk.text(&format!("{link}&lang=en")).contains("What is copied"));

    let path = "/documents/copies/new";
    let fields = [("act", "một"), ("of", &id), ("kind", "SY"), ("issuer", "UBND"), ("subject", ""), ("pin", PIN)];
    let fields = with(&fields, "recipients", "Trường tiểu học\nSở Nội vụ <so@noivu.example>");
    clerk.faulty(path, &with(&fields, "recipients", " "), &[], "Hãy nhập ít nhất một nơi nhận");
    clerk.faulty(path, &with(&fields, "issuer", ""), &[], "chữ viết tắt của cơ quan sao");
    clerk.faulty(path, &with(&fields, "issuer", "U B/"), &[], "Chữ viết tắt chỉ gồm chữ");
    clerk.faulty(path, &with(&fields, "pin", ""), &[], "Hãy nhập mã PIN của khóa");
    clerk.faulty(path, &with(&fields, "pin", "không phải PIN"), &[], "Mã PIN không đúng");
    clerk.faulty(path, &with(&fields, "kind", "TrS"), &[], "Hãy chọn tệp PDF");
    leader.post(path, &fields, &[]).expect(403);
    assert!(clerk.text("/documents/copies").contains("Chưa có bản sao nào"), "none of these made one");

    let copy = clerk.led(path, &fields, &[]);
    assert!(copy.ends_with("?said=copy"), "{copy}");
    let page = clerk.text(&copy);
    for shown in
        ["01/SY-UBND", "Đã sao, cấp số và ký số", "Bản sao của", &format!("href=\"/documents/{id}\""), "/issue"]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let place = copy.split('?').next().unwrap();
    let file = clerk.get(&format!("{place}/files/0")).expect(200);
    assert!(file.body.starts_with(&desk.file(&id, 0)));
    desk.judged(&file.body, 4);
    let list = clerk.text("/documents/copies");
    assert!(list.contains("01/SY-UBND") && !list.contains("01/QĐ-UBND"), "{list}");
    assert!(clerk.text(&format!("/documents/{id}")).contains(&format!("href=\"{place}\"")));
    // the key was never open in the service by that
    assert_eq!(key(&office, &server, "seal")["lock"], "locked");
    nothing_was_opened(&office, &server);

    // of what came in, once it is registered
    let (work, letter) = (tempfile::tempdir().unwrap(), sample("cong-van.pdf"));
    let (from, to) = (work.path().join("den.pdf"), work.path().join("den-ky.pdf"));
    std::fs::write(&from, letter).unwrap();
    let (from, to) = (from.display().to_string(), to.display().to_string());
    run(office.folder.path(), ["sign", &from, "-o", &to, "--key-id", &format!("{UNIT}.receipt")]).expect(0);
    let came = std::fs::read(&to).unwrap();
    let arrival = json!({"author": "Sở Nội vụ", "kind": "CV", "symbol": "45/SNV-VP", "subject": "Hướng dẫn văn thư"});
    let arrived = desk.form(Role::Clerk, "/api/v1/incoming", "den.pdf", &came, &arrival).expect(201).json();
    let arrived = arrived["id"].as_str().unwrap();
    let link = format!("/documents/copies/new?of={arrived}");
    assert!(!clerk.text(&format!("/incoming/{arrived}")).contains(&link));
    desk.post(Role::Clerk, &format!("/api/v1/incoming/{arrived}/register"), &json!({})).expect(200);
    assert!(clerk.text(&format!("/incoming/{arrived}")).contains(&link));
    let second = with(&with(&fields, "act", "hai"), "of", arrived);
    let second = clerk.led(path, &second, &[]);
    let page = clerk.text(&second);
    assert!(page.contains("02/SY-UBND") && page.contains(&format!("href=\"/incoming/{arrived}\"")), "{page}");

    // of a paper it has to be a scan, of an extract any PDF that is fit
    let paper = with(&with(&with(&fields, "act", "ba"), "of", ""), "subject", "Giấy khai sinh");
    clerk.faulty(path, &paper, &[], "Hãy chọn tệp PDF");
    clerk.faulty(path, &with(&paper, "subject", ""), &[("file", &sample_pdf())], "Hãy nhập trích yếu");
    clerk.faulty(path, &paper, &[("file", &sample_pdf())], "Ảnh màu, từ 200 dpi");
    clerk.faulty(path, &paper, &[("file", b"no PDF")], "Đọc được");
    let extract = clerk.led(path, &with(&paper, "kind", "TrS"), &[("file", &sample_pdf())]);
    assert!(clerk.text(&extract).contains("01/TrS-UBND"));

    // the same form again, because the line had dropped, also behind a restart
    assert_eq!(clerk.led(path, &fields, &[]), copy);
    let cookie = clerk.cookie.clone();
    drop(server);
    let server = office.serve();
    let clerk = Visitor { server: &server, cookie };
    assert_eq!(clerk.led(path, &fields, &[]), copy);
    assert!(!clerk.text("/documents/copies").contains("03/SY-UBND"));
    drop(server);
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn leaders_delegate_and_end_it() {
    let office = Office::new();
    let server = office.serve();
    let desk = Desk { office: &office, server: &server };
    let leader = Visitor::new(&office, &server, "chu-tich", Role::Leader, Some("leader"));
    let path = "/documents/delegations/new";
    assert!(leader.text("/documents/delegations").contains("Chưa ủy quyền cho ai"));
    assert!(leader.text(path).contains("chưa có ai khác giữ chức vụ được ký"));
    let head = Visitor::new(&office, &server, "chuyen-vien", Role::Drafter, Some("receipt"));
    let clerk = Visitor::new(&office, &server, "van-thu", Role::Clerk, Some("seal"));
    assert!(clerk.text("/documents/delegations").contains("Chưa có ủy quyền nào"));
    clerk.get(path).expect(403);

    let form = leader.text(path);
    let office_of = |page: &str, name: &str| {
        let before = page.split(&format!("{name} –")).next().unwrap();
        before.rsplit("value=\"").next().unwrap().split('"').next().unwrap().to_owned()
    };
    let holder = office_of(&form, "Lê Văn Mẫu");
    assert!(form.contains("value=\"CHỦ TỊCH\"") && !form.contains("Hoàng Thị Mẫu"), "{form}");
    let today = time::OffsetDateTime::now_utc().to_offset(dauson::data_folder::VIETNAM).date();
    let (today, tomorrow) = (today.to_string(), today.next_day().unwrap().to_string());
    let fields = [("act", "một"), ("holder", &holder), ("words", "TL"), ("title", "CHỦ TỊCH"), ("from", &today)];
    let fields = with(&fields, "until", &tomorrow);
    leader.faulty(path, &with(&fields, "until", ""), &[], "Hãy ghi ngày");
    leader.faulty(path, &with(&fields, "until", "2020-01-01"), &[], "thời hạn kết thúc sau khi bắt đầu");
    leader.faulty(path, &with(&fields, "holder", ""), &[], "Hãy chọn người được ủy quyền");
    leader.faulty(path, &with(&fields, "title", ""), &[], "Hãy ghi chức vụ");
    leader.faulty(path, &with(&fields, "words", "TM"), &[], "KT, TL, TUQ");
    clerk.post(path, &fields, &[]).expect(403);
    assert!(leader.text("/documents/delegations").contains("Chưa ủy quyền cho ai"));
    assert_eq!(leader.led(path, &fields, &[]), "/documents/delegations?said=delegated");
    assert_eq!(leader.led(path, &fields, &[]), "/documents/delegations?said=delegated", "sent again");
    let all = server.get("/api/v1/delegations").token(office.token(Role::Auditor)).send().expect(200).json();
    assert_eq!(all.as_array().unwrap().len(), 1, "{all}");
    let list = clerk.text("/documents/delegations");
    for shown in ["Lê Văn Mẫu, Công chức", "TL. CHỦ TỊCH", "Đang có hiệu lực"] {
        assert!(list.contains(shown), "{shown}: {list}");
    }
    assert!(!list.contains("name=\"id\""), "who does not decide ends nothing");
    assert!(clerk.text("/documents/delegations?lang=en").contains("In force"));

    // who holds it signs by it, alone and many at once, and in no own office
    let ids: Vec<String> = (0..3).map(|_| draft(&desk, &sample("du-thao/qd.pdf"))).collect();
    let act = head.text(&format!("/documents/{}/sign", ids[0]));
    assert!(act.contains("<option value=\"TL\">") && !act.contains("Chức vụ của mình"), "{act}");
    let led = head.led(&format!("/documents/{}/sign", ids[0]), &[("act", "hai"), ("words", "TL")], &[]);
    assert!(led.ends_with("?said=sign"), "{led}");
    let confirm = head.post("/documents/batch", &[("id", &ids[1])], &[]).expect(200).text();
    assert!(confirm.contains("<option value=\"TL\" selected>"), "{confirm}");
    let sign = [("act", "ba"), ("step", "sign"), ("id", &ids[1]), ("words", "TL")];
    let seen = format!("seen-{}", ids[1]);
    let digest = hex::encode(dauson::digest::sha256(&desk.file(&ids[1], 0)));
    let done = head.post("/documents/batch", &with(&sign, &seen, &digest), &[]).expect(200).text();
    assert!(done.contains("Đã ký 1 văn bản"), "{done}");
    for id in &ids[..2] {
        assert!(desk.show(id)["signer"].as_str().unwrap().starts_with("TL. CHỦ TỊCH "), "{}", desk.show(id));
    }

    let id = all[0]["id"].to_string();
    clerk.post("/documents/delegations", &[("id", &id)], &[]).expect(403);
    assert_eq!(
        leader.led("/documents/delegations", &[("id", &id)], &[]),
        "/documents/delegations?said=delegation-ended"
    );
    assert_eq!(leader.led("/documents/delegations", &[("id", &id)], &[]), "/documents/delegations?said=done-before");
    let list = leader.text("/documents/delegations");
    assert!(list.contains("Đã chấm dứt") && !list.contains("name=\"id\""), "{list}");
    let led = head.get(&format!("/documents/{}/sign", ids[2])).expect(303);
    assert!(led.header("location").unwrap().ends_with("said=moved-on"), "{led:?}");
    drop(server);
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

/// An initialled draft of this file.
fn draft(desk: &Desk<'_>, file: &[u8]) -> String {
    let made = desk.form(Role::Drafter, "/api/v1/outgoing", "a.pdf", file, &decision()).expect(201).json();
    let id = made["id"].as_str().unwrap().to_owned();
    desk.act(Role::Drafter, &id, "initial", &json!({})).expect(200);
    id
}

#[test]
fn a_batch_is_one_act_with_one_try_of_the_pin() {
    let office = Office::new();
    set_pin(&office, "leader");
    let server = office.serve();
    let desk = Desk { office: &office, server: &server };
    let leader = Visitor::new(&office, &server, "chu-tich", Role::Leader, Some("leader"));
    let ids: Vec<String> = (0..4).map(|_| draft(&desk, &sample("du-thao/qd.pdf"))).collect();
    let nowhere = draft(&desk, &blank());
    let mut ticked: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    ticked.extend([("id", nowhere.as_str()), ("id", ids[0].as_str())]);

    // what finds no place is not among them, and is said before anything is signed
    let confirm = leader.post("/documents/batch", &ticked, &[]).expect(200).text();
    assert!(confirm.contains("Ký 4 văn bản") && confirm.contains("không hiển thị"), "{confirm}");
    assert!(!confirm.contains(&format!("seen-{nowhere}")) && confirm.contains(&format!("/documents/{nowhere}")));
    let digest = hex::encode(dauson::digest::sha256(&desk.file(&ids[0], 0)));
    assert_eq!(confirm.matches(&format!("value=\"{digest}\"")).count(), 4, "{confirm}");

    // one document has changed since it was looked at
    let names: Vec<String> = ids.iter().map(|id| format!("seen-{id}")).collect();
    let mut fields: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    fields.extend(names.iter().map(|name| (name.as_str(), digest.as_str())));
    fields.extend([("act", "một"), ("step", "sign")]);
    desk.act(Role::Leader, &ids[3], "return", &json!({"reason": "x"})).expect(200);
    let tries = || key(&office, &server, "leader")["tries_left"].as_u64().unwrap();
    let before = tries();
    leader.faulty("/documents/batch", &fields, &[], "Hãy nhập mã PIN");
    leader.faulty("/documents/batch", &with(&fields, "pin", "không phải PIN"), &[], "Mã PIN không đúng");
    assert_eq!(tries(), before - 1, "one try, however many documents");
    let done = leader.post("/documents/batch", &with(&fields, "pin", PIN), &[]).expect(200).text();
    assert!(done.contains("Đã ký 3 văn bản") && done.contains("1 văn bản chưa ký được"), "{done}");
    assert!(done.contains("Văn bản đã sang bước khác"), "{done}");
    // their signatures are neighbours in the log: one transaction
    let index = |id: &String| desk.show(id)["files"][0]["log_index"].as_u64().unwrap();
    let entries: Vec<u64> = ids[..3].iter().map(index).collect();
    assert!(entries.windows(2).all(|two| two[0] + 1 == two[1]), "{entries:?}");
    for id in &ids[..3] {
        desk.judged(&desk.file(id, 0), 1);
    }
    assert_eq!(key(&office, &server, "leader")["lock"], "locked");
    nothing_was_opened(&office, &server);
    // sent again, because the line had dropped: nothing is done twice
    let again = leader.post("/documents/batch", &with(&fields, "pin", PIN), &[]).expect(200).text();
    assert!(again.contains("Đã ký 3 văn bản"), "{again}");
    assert_eq!(ids[..3].iter().map(index).collect::<Vec<_>>(), entries);

    // alone it is signed in a place that is chosen
    let path = format!("/documents/{nowhere}/sign");
    let page = leader.text(&path);
    assert!(page.contains("Không tìm thấy chỗ ký") && page.contains("name=\"left\""), "{page}");
    let place = [("page", "1"), ("left", "100"), ("bottom", "60"), ("width", "60"), ("height", "25"), ("act", "hai")];
    leader.led(&path, &with(&place, "pin", PIN), &[]);
    let trail = server.get(&format!("/api/v1/outgoing/{nowhere}/trail")).token(office.token(Role::Auditor)).send();
    assert_eq!(trail.expect(200).json()["events"][2]["warnings"], json!([]));
    drop(server);
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn what_whoever_acts_should_know_is_said_after_the_act_and_stays_in_the_history() {
    let office = Office::new();
    let tsa = answering::Server::start();
    tsa.on(|_| answering::Answer::Status(503, String::new()));
    let server = Server::start(office.folder.path(), &[("DAUSON_SIGN_TSA", &tsa.url("/tsa"))]);
    let desk = Desk { office: &office, server: &server };
    let clerk = Visitor::new(&office, &server, "van-thu", Role::Clerk, Some("seal"));
    let id = desk.draft(&decision());
    desk.up_to(&id, "seal");
    let led = clerk.led(&format!("/documents/{id}/issue"), &[("act", "một")], &[]);
    let page = clerk.text(&led);
    assert!(page.contains("Cần lưu ý") && page.matches("chưa đạt mức B-LT").count() == 2, "{page}");
    assert!(!page.contains("is not at level"), "in one language: {page}");
    // each button leads to a page
    let buttons = page.split("class=\"button").skip(1).filter_map(|piece| piece.split("href=\"").nth(1));
    for address in buttons.map(|rest| rest.split('"').next().unwrap()) {
        assert_eq!(clerk.get(address).status, 200, "{address}");
    }
    // afterwards it stands in the history
    let page = clerk.text(&format!("/documents/{id}?lang=en"));
    assert!(
        !page.contains("Please note") && page.contains("Note: ") && page.contains("is not at level B-LT"),
        "{page}"
    );
    let trail = server.get(&format!("/api/v1/outgoing/{id}/trail")).token(office.token(Role::Auditor)).send();
    let trail = trail.expect(200).json();
    let last = trail["events"].as_array().unwrap().last().unwrap();
    assert!(last["warnings"][0].as_str().unwrap().contains("B-LT"), "{last}");
    assert!(last["facts"].as_str().unwrap().contains("\"warnings\":["), "{last}");
    drop(server);
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn images_are_kept_on_the_page_and_used() {
    let office = Office::new();
    let server = office.serve();
    let desk = Desk { office: &office, server: &server };
    let (signature, seal) = (appearances::signature(), appearances::seal());
    let leader = Visitor::new(&office, &server, "chu-tich", Role::Leader, Some("leader"));
    let clerk = Visitor::new(&office, &server, "van-thu", Role::Clerk, Some("seal"));
    let officer = Visitor::new(&office, &server, "thu-quy", Role::Officer, None);
    let page = leader.text("/account");
    assert!(page.contains("id=\"signature\"") && page.contains("id=\"initials\"") && !page.contains("id=\"seal\""));
    assert!(page.contains("Chưa có hình"), "{page}");
    assert!(clerk.text("/account").contains("id=\"seal\"") && !officer.text("/account").contains("/account/images"));

    let path = "/account/images";
    leader.faulty(path, &[("kind", "signature")], &[], "Hãy chọn tệp PNG");
    leader.faulty(path, &[("kind", "signature")], &[("image", &seal)], "hình chữ ký không có màu xanh");
    leader.faulty(path, &[("kind", "signature")], &[("image", b"no PNG")], "Hình chưa được lưu");
    leader.post(path, &[("kind", "seal")], &[("image", &seal)]).expect(403);
    leader.post(path, &[("kind", "portrait")], &[("image", &seal)]).expect(404);
    officer.post(path, &[("kind", "signature")], &[("image", &signature)]).expect(403);
    leader.get("/account/images/signature.png").expect(404);
    assert_eq!(leader.led(path, &[("kind", "signature")], &[("image", &signature)]), "/account?said=image-kept");
    assert_eq!(leader.get("/account/images/signature.png").expect(200).body, signature);
    assert!(leader.text("/account").contains("src=\"/account/images/signature.png\""));
    clerk.led(path, &[("kind", "seal")], &[("image", &seal)]);
    clerk.get("/account/images/signature.png").expect(403);

    // it is shown before the act, and is what is seen
    let id = draft(&desk, &sample("du-thao/qd.pdf"));
    let page = leader.text(&format!("/documents/{id}/sign"));
    assert!(page.contains("src=\"/account/images/signature.png\""), "{page}");
    leader.led(&format!("/documents/{id}/sign"), &[("act", "một")], &[]);
    let file = desk.file(&id, 0);
    desk.judged(&file, 1);
    let added = &file[sample("du-thao/qd.pdf").len()..];
    assert!(added.windows(14).any(|some| some == b"/Subtype/Image"), "the image is in what was added");

    // the seal of a unit, by whoever administers it, and of no other unit
    let admin = Visitor::new(&office, &server, "quan-tri", Role::Admin, None);
    let unit = format!("/admin/units/{UNIT}");
    assert!(admin.text(&unit).contains(&format!("src=\"{unit}/seal.png\"")));
    assert_eq!(admin.get(&format!("{unit}/seal.png")).expect(200).body, seal);
    let path = format!("{unit}/seal");
    admin.faulty(&path, &[], &[], "Hãy chọn tệp PNG");
    admin.faulty(&path, &[], &[("image", &signature)], "hình con dấu không có màu đỏ");
    assert_eq!(admin.led(&path, &[("do", "remove")], &[]), format!("{unit}?said=image-removed"));
    assert_eq!(admin.led(&path, &[("do", "remove")], &[]), format!("{unit}?said=done-before"));
    admin.get(&format!("{unit}/seal.png")).expect(404);
    assert!(clerk.text("/account").contains("Chưa có hình"));
    assert_eq!(admin.led(&path, &[], &[("image", &seal)]), format!("{unit}?said=image-kept"));
    assert_eq!(clerk.get("/account/images/seal.png").expect(200).body, seal);
    admin.post("/admin/units/xa-khac/seal", &[], &[("image", &seal)]).expect(404);
    admin.get("/admin/units/xa-khac/seal.png").expect(404);
    clerk.post(&path, &[], &[("image", &seal)]).expect(403);
    // each of that is in the log
    let entries = server.get("/api/v1/audit/entries?limit=500").token(office.token(Role::Auditor)).send().expect(200);
    assert_eq!(entries.text().matches("image.kept").count(), 3);
    assert_eq!(
        leader.led("/account/images", &[("kind", "signature"), ("do", "remove")], &[]),
        "/account?said=image-removed"
    );
    drop(server);
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}
