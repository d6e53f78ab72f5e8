//! Documents by the page, from hand to hand: as those who work with it see it, in a real browser.

use crate::browser::{Browser, DESK, PHONE, Page};
use crate::key_pins::{PIN, secret_file};
use crate::office::{Office, UNIT};
use crate::program::run;
use crate::server::Server;
use crate::sign_in::{PASSWORD, Person, person};
use dauson::people::permissions::Role;
use serde_json::json;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}

fn enter(page: &Page, person: &mut Person) {
    page.sign_in(&person.login, PASSWORD, &person.recovery.pop().unwrap());
}

/// An office whose leader signs by a PIN, served with patience for slow machines.
struct House {
    office: Office,
    server: Server,
    /// Gone with the house.
    work: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let (office, work) = (Office::named(), tempfile::tempdir().unwrap());
        let pin = secret_file(&work, "pin", PIN);
        run(office.folder.path(), ["key", "pin", &format!("{UNIT}.leader"), "--new-pin-file", &pin]).expect(0);
        let server = Server::start(office.folder.path(), &[("DAUSON_SERVE_REQUEST_SECONDS", "240")]);
        Self { office, server, work }
    }

    fn person(&self, login: &str, role: Role, key: Option<&str>) -> Person {
        let key = key.map(|key| format!("{UNIT}.{key}"));
        person(&self.office, &self.server, login, role, key.as_deref())
    }

    /// A sample that was drafted and initialled, and waits for the leader.
    fn initialled(&self, file: &str, kind: &str, subject: &str) {
        let (draft, token) =
            (std::fs::read(sample(&format!("du-thao/{file}"))).unwrap(), self.office.token(Role::Drafter));
        let issuer = if file == "tb.pdf" { "VP" } else { "UBND" };
        let options = json!({"kind": kind, "issuer": issuer, "subject": subject, "recipients": [{"name": "Các thôn"}]});
        let parts = [("file", Some(file), &draft[..]), ("options", None, &options.to_string().into_bytes()[..])];
        let made = self.server.post("/api/v1/outgoing").token(token).form(&parts).send().expect(201).json();
        let path = format!("/api/v1/outgoing/{}/initial", made["id"].as_str().unwrap());
        self.server.post(&path).token(token).json(&json!({})).send().expect(200);
    }

    /// Documents out as the auditor sees them.
    fn documents(&self) -> Vec<serde_json::Value> {
        let token = self.office.token(Role::Auditor);
        let all = self.server.get("/api/v1/outgoing?limit=500").token(token).send().expect(200).json();
        all["items"].as_array().unwrap().clone()
    }
}

/// Presses the button that brings the document on, and does what its page asks for.
fn go_on(page: &Page, said: &str, look: &str, image: Option<&str>) {
    page.click("main .buttons a.button:not(.second)");
    page.until("document.querySelector('main form button')");
    page.until("[...document.images].every(i => i.complete)");
    if let Some(image) = image {
        page.choose("#image", &sample(image));
    }
    page.look(look);
    page.click("main form .buttons button");
    page.until_says(said);
}

#[test]
fn the_first_document_goes_from_sign_in_to_issued() {
    let house = House::new();
    let mut drafter = house.person("chuyen-vien", Role::Drafter, None);
    let mut leader = house.person("chu-tich", Role::Leader, Some("leader"));
    let mut clerk = house.person("van-thu", Role::Clerk, Some("seal"));
    let Some(browser) = Browser::start() else { return };

    let page = browser.visitor(&house.server, DESK);
    enter(&page, &mut drafter);
    page.until_says("Không có việc nào đang chờ");
    page.look("desk-drafter-empty-vi");
    page.go("/documents");
    page.until_says("Chưa có văn bản nào");
    page.look("documents-empty-vi");
    page.click("main a.button");
    page.until_at("/documents/new");
    // what is wrong is said, with what was typed still there
    page.fill("#subject", "Ban hành Quy chế làm việc");
    page.choose("#file", &sample("con-dau.png"));
    page.until_says("Tệp chưa đạt yêu cầu");
    page.fill("#issuer", "U B N D/");
    page.click("main form .buttons button");
    page.until("document.querySelector('#faults')");
    page.look("new-draft-wrong-vi");
    page.choose("#file", &sample("du-thao/qd.pdf"));
    page.until_says("Tệp đạt yêu cầu");
    assert_eq!(page.eval("document.querySelector('#subject').value"), "Ban hành Quy chế làm việc");
    page.fill("#issuer", "UBND");
    page.click("#kind");
    page.eval("document.querySelector('#kind').value = 'QĐ'");
    page.fill("#recipients", "Các thôn <thon@xa.example>\nSở Nội vụ");
    page.look("new-draft-vi");
    page.resize(PHONE);
    page.look("new-draft-phone-vi");
    page.resize(DESK);
    page.click("main form .buttons button");
    page.until_says("Đã gửi dự thảo");
    page.until_says("Dự thảo");
    page.until("[...document.images].every(i => i.complete && i.naturalWidth > 0)");
    page.look("document-draft-vi");
    go_on(&page, "Đã ký nháy", "initial-vi", None);
    // others come after it
    for (file, kind, subject) in [
        ("kh.pdf", "KH", "Chuyển đổi số của xã năm 2027"),
        ("tb.pdf", "TB", "Lịch tiếp công dân tháng 12 năm 2026"),
        ("cv.pdf", "CV", "Trả lời kiến nghị của cử tri thôn 3"),
    ] {
        house.initialled(file, kind, subject);
    }

    let page = browser.visitor(&house.server, DESK);
    enter(&page, &mut leader);
    page.until_says("Ban hành Quy chế làm việc");
    page.look("desk-leader-vi");
    page.show("page-desk-vi", 690.0);
    page.go("/desk?lang=en");
    page.look("desk-leader-en");
    // the picture of the signature is kept once; while the leader is away, somebody else signs
    page.go("/account?lang=vi");
    page.until_says("Chưa có hình");
    page.look("account-images-empty-vi");
    page.choose("#signature", &sample("chu-ky.png"));
    page.click(".cards form .buttons button");
    page.until_says("Đã lưu hình");
    page.until("[...document.images].every(i => i.complete && i.naturalWidth > 0)");
    page.look("account-images-vi");
    page.go("/documents/delegations");
    page.until_says("Chưa ủy quyền cho ai");
    page.look("delegations-empty-vi");
    page.click("main a.button");
    page.until_at("/documents/delegations/new");
    page.eval("document.querySelector('#holder').selectedIndex = 1");
    page.eval("document.querySelector('#words').value = 'TL'");
    page.click("main form .buttons button");
    page.until_says("Hãy ghi ngày");
    page.look("delegate-wrong-vi");
    page.eval("document.querySelector('#until').value = document.querySelector('#from').value");
    page.resize(PHONE);
    page.look("delegate-phone-vi");
    page.resize(DESK);
    page.click("main form .buttons button");
    page.until_says("Đã ủy quyền");
    page.until_says("Đang có hiệu lực");
    page.look("delegations-vi");
    page.click("td button");
    page.until_says("Đã chấm dứt ủy quyền");
    page.look("delegations-ended-vi");
    page.go("/desk");
    page.click("td a.button");
    page.until("document.querySelector('.spot')");
    page.until("document.querySelector('svg image').getBBox().width > 0");
    // the frame is moved by the mouse, and by keys
    let left = || page.eval("Number(document.querySelector('#left').value)").as_f64().unwrap();
    page.click("details:not(.who) summary");
    let before = left();
    page.drag(".spot", (40.0, 12.0));
    let dragged = left();
    assert!(dragged > before + 3.0, "{before} {dragged}");
    page.eval("document.querySelector('.spot').focus()");
    page.press("ArrowLeft");
    assert!((left() - (dragged - 1.0)).abs() < 0.11, "{dragged} {}", left());
    page.drag(".spot", (-40.0, -12.0));
    page.click("details:not(.who) summary");
    page.look("sign-vi");
    page.show("page-sign-vi", 1_240.0);
    page.fill("#pin", "sai mã PIN");
    page.click("main form .buttons button");
    page.until_says("Mã PIN không đúng");
    page.look("sign-wrong-pin-vi");
    page.fill("#pin", PIN);
    page.resize(PHONE);
    page.look("sign-phone-vi");
    page.resize(DESK);
    page.click("main form .buttons button");
    page.until_says("Đã ký ban hành");
    page.until("[...document.images].every(i => i.complete && i.naturalWidth > 0)");
    page.look("document-signed-vi");

    let page = browser.visitor(&house.server, DESK);
    enter(&page, &mut clerk);
    page.go("/documents?state=signed&lang=en");
    page.click("td a");
    page.until_says("Give number and date");
    // number, register and seal in the order that the office has
    for step in ["one", "two", "three"] {
        page.click("main .buttons a.button:not(.second)");
        page.until("document.querySelector('main form .buttons button')");
        if page.address().ends_with("/seal") {
            page.choose("#image", &sample("con-dau.png"));
        }
        page.look(&format!("clerk-{step}-en"));
        if page.address().ends_with("/seal") {
            page.show("page-seal-en", 1_240.0);
        }
        page.click("main form .buttons button");
        page.until("document.querySelector('.said')");
    }
    go_on(&page, "It was issued", "issue-en", None);
    page.until("[...document.images].every(i => i.complete && i.naturalWidth > 0)");
    page.look("document-issued-en");
    page.show("page-document-en", 1_500.0);
    page.resize(PHONE);
    page.go(&format!("{}?lang=vi", page.address()));
    page.look("document-issued-phone-vi");
    page.go("/documents");
    page.look("documents-phone-vi");
    page.resize(DESK);
    page.go("/documents?lang=en");
    page.look("documents-en");

    // one that takes its place is drafted from it
    page.go("/documents?state=issued&lang=en");
    page.click("td.about a");
    page.until_says("replaces this one");
    page.click("main p.hint a");
    page.until_at("/documents/new");
    page.until_says("The new document");
    page.look("draft-that-replaces-en");

    // it is copied for somebody else
    page.go("/documents");
    page.eval("[...document.querySelectorAll('td.about a')].find(a => a.textContent.includes('Quy chế')).click()");
    page.until_says("Copy this document");
    page.click("main .buttons a[href*='copies/new']");
    page.until_says("What is copied");
    page.until("[...document.images].every(i => i.complete && i.naturalWidth > 0)");
    page.fill("#recipients", "Trường tiểu học");
    page.look("copy-en");
    page.resize(PHONE);
    page.look("copy-phone-en");
    page.resize(DESK);
    page.click("main form .buttons button");
    page.until_says("It was copied, numbered and sealed");
    page.until_says("01/SY-UBND");
    page.until("[...document.images].every(i => i.complete && i.naturalWidth > 0)");
    page.look("copy-made-en");
    page.go("/documents/copies?lang=vi");
    page.until_says("01/SY-UBND");
    page.look("copies-vi");
    page.go("/documents/copies/new");
    page.choose("#file", &sample("du-thao/qd.pdf"));
    page.fill("#subject", "Giấy khai sinh");
    page.fill("#recipients", "Người yêu cầu");
    page.click("main form .buttons button");
    page.until_says("Ảnh màu, từ 200 dpi");
    page.look("copy-paper-wrong-vi");

    let all = house.documents();
    let issued: Vec<_> = all.iter().filter(|one| one["state"] == "issued").collect();
    assert_eq!((all.len(), issued.len()), (5, 1), "{all:?}");
    let path = format!("/api/v1/outgoing/{}/files/0", issued[0]["id"].as_str().unwrap());
    let file = house.server.get(&path).token(house.office.token(Role::Auditor)).send().expect(200).body;
    let work = tempfile::tempdir().unwrap();
    std::fs::write(work.path().join("issued.pdf"), file).unwrap();
    let issued = work.path().join("issued.pdf").display().to_string();
    run(house.office.folder.path(), ["verify", &issued]).expect(0);
    run(house.office.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn a_leader_signs_fifty_documents_in_one_act() {
    let house = House::new();
    let mut leader = house.person("chu-tich", Role::Leader, Some("leader"));
    for number in 1..=50 {
        house.initialled("qd.pdf", "QĐ", &format!("Quyết định thử {number:02}"));
    }
    // lines are slow
    let cookie = leader.enter(&house.server);
    let desk =
        house.server.get("/desk").header("cookie", &cookie).header("accept-encoding", "br, gzip").send().expect(200);
    assert_eq!(desk.header("content-encoding"), Some("gzip"));
    assert!(desk.body.starts_with(&[0x1f, 0x8b]) && desk.body.len() < 10_000, "{}", desk.body.len());
    let Some(browser) = Browser::start() else { return };
    let page = browser.visitor(&house.server, DESK);
    enter(&page, &mut leader);
    page.until_says("Quyết định thử 50");
    page.click("[data-all]");
    assert_eq!(page.eval("document.querySelectorAll('input[name=id]:checked').length"), 50);
    page.click(".group form .buttons button:not([type=button])");
    page.until_says("Ký 50 văn bản");
    page.look("batch-confirm-vi");
    page.fill("#pin", "không phải PIN");
    page.click("main form .buttons button");
    page.until_says("Mã PIN không đúng");
    page.fill("#pin", PIN);
    page.click("main form .buttons button");
    page.until_says("Đã ký 50 văn bản");
    page.look("batch-done-vi");
    page.go("/desk");
    page.until_says("Không có việc nào đang chờ");
    let all = house.documents();
    assert!(all.len() == 50 && all.iter().all(|one| one["state"] == "signed"), "{all:?}");
    // the key is closed again
    let keys = house.server.get("/api/v1/keys").token(house.office.token(Role::Keeper)).send().expect(200).json();
    let key = keys["items"].as_array().unwrap().iter().find(|key| key["name"] == format!("{UNIT}.leader")).unwrap();
    assert_eq!(key["lock"], "locked", "{key}");
    run(house.office.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn what_came_in_is_received_registered_and_assigned() {
    let house = House::new();
    let mut clerk = house.person("van-thu", Role::Clerk, Some("seal"));
    let work = tempfile::tempdir().unwrap();
    let signed = work.path().join("den.pdf");
    let (letter, out, key) = (sample("cong-van.pdf"), signed.display().to_string(), format!("{UNIT}.seal"));
    run(house.office.folder.path(), ["sign", &letter.display().to_string(), "-o", &out, "--key-id", &key]).expect(0);
    let Some(browser) = Browser::start() else { return };
    let page = browser.visitor(&house.server, DESK);
    enter(&page, &mut clerk);
    page.go("/incoming");
    page.until_says("Chưa có văn bản đến nào");
    page.look("incoming-empty-vi");
    page.click("main a.button");
    page.until_at("/incoming/new");
    page.choose("#file", &signed);
    page.fill("#author", "Sở Nội vụ tỉnh Mẫu");
    page.fill("#symbol", "123/SNV-VP");
    page.fill("#subject", "Hướng dẫn công tác văn thư");
    page.look("incoming-new-vi");
    page.click("main form .buttons button");
    page.until_says("Đã tiếp nhận văn bản");
    page.until_says("Chữ ký hợp lệ");
    page.until("[...document.images].every(i => i.complete && i.naturalWidth > 0)");
    page.look("incoming-received-vi");
    page.go("/desk");
    page.until_says("Hướng dẫn công tác văn thư");
    go_on_from_desk(&page);
    page.until_says("Đã đăng ký văn bản đến");
    page.click("main .buttons a.button:not(.second)");
    page.fill("#charge", "Công chức Văn hóa - Xã hội");
    page.look("incoming-assign-vi");
    page.click("main form .buttons button");
    page.until_says("Đã chuyển xử lý");
    page.look("incoming-assigned-vi");
    run(house.office.folder.path(), ["audit", "verify"]).expect(0);
}

fn go_on_from_desk(page: &Page) {
    page.click("td a.button");
    page.until("document.querySelector('main form .buttons button')");
    page.look("incoming-accept-vi");
    page.click("main form .buttons button");
}

/// Hands on what comes to a server, and cuts so many of the answers to forms off, after the server has done what they ask for.
fn cut_off(server: &str, left: Arc<AtomicUsize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = server.to_owned();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let (to, left) = (TcpStream::connect(&server), Arc::clone(&left));
            let Ok(to) = to else {
                let _ = client.shutdown(Shutdown::Both);
                continue;
            };
            std::thread::spawn(move || relay(client, to, &left));
        }
    });
    address
}

fn relay(client: TcpStream, server: TcpStream, left: &AtomicUsize) {
    let is_form = Arc::new(AtomicUsize::new(0));
    let (mut from, mut to, sees) = (client.try_clone().unwrap(), server.try_clone().unwrap(), Arc::clone(&is_form));
    std::thread::spawn(move || {
        let mut bytes = vec![0; 1 << 16];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            if bytes[..read].starts_with(b"POST ") && !bytes[..read].starts_with(b"POST /documents/check") {
                sees.store(1, Ordering::SeqCst);
            }
            if to.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
    let (mut from, mut to, mut bytes) = (server, client, vec![0; 1 << 16]);
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        let is_cut = is_form.swap(0, Ordering::SeqCst) == 1
            && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if is_cut || to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _ = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
}

#[test]
fn a_line_that_drops_loses_nothing_and_doubles_nothing() {
    let house = House::new();
    let mut drafter = house.person("chuyen-vien", Role::Drafter, None);
    let Some(browser) = Browser::start() else { return };
    let left = Arc::new(AtomicUsize::new(0));
    let address = cut_off(&house.server.address, Arc::clone(&left));
    let page = browser.visitor_at(&format!("http://{address}"), DESK);
    enter(&page, &mut drafter);

    // what was typed is there again after the page was closed
    page.go("/documents/new");
    page.fill("#subject", "Về việc giữ nguyên nội dung");
    page.fill("#recipients", "Các thôn");
    page.go("/desk");
    page.go("/documents/new");
    page.until("document.querySelector('#subject').value === 'Về việc giữ nguyên nội dung'");
    page.until_says("đã được điền lại");
    page.look("draft-restored-vi");

    // the answer is lost three times, after the draft was handed in
    page.choose("#file", &sample("du-thao/cv.pdf"));
    page.until_says("Tệp đạt yêu cầu");
    left.store(3, Ordering::SeqCst);
    page.click("main form .buttons button");
    page.until_says("Đã gửi dự thảo");
    assert_eq!(left.load(Ordering::SeqCst), 0);
    let all = house.documents();
    assert_eq!(all.len(), 1, "{all:?}");
    let id = all[0]["id"].as_str().unwrap().to_owned();

    // so is that of an act, and the service itself is gone for a while
    page.go(&format!("/documents/{id}/initial"));
    page.until("document.querySelector('main form .buttons button')");
    left.store(2, Ordering::SeqCst);
    page.click("main form .buttons button");
    page.until_says("Đã ký nháy");
    let trail = house.server.get(&format!("/api/v1/outgoing/{id}/trail")).token(house.office.token(Role::Auditor));
    let trail = trail.send().expect(200).json();
    let acts: Vec<&str> = trail["events"].as_array().unwrap().iter().map(|one| one["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["draft", "initial"]);

    // the service ends in the midst of it, and comes back: what it had done before is found
    page.go("/documents/new");
    page.fill("#subject", "Gửi khi máy chủ khởi động lại");
    page.eval("document.querySelector('#kind').value = 'TB'");
    page.choose("#file", &sample("du-thao/tb.pdf"));
    page.until_says("Tệp đạt yêu cầu");
    let House { office, server, work } = house;
    let place = server.address.clone();
    drop(server);
    page.click("main form .buttons button");
    page.until_says("Mất kết nối");
    page.look("dropped-vi");
    let server = Server::start(office.folder.path(), &[("DAUSON_SERVE_ADDRESS", &place)]);
    assert_eq!(server.address, place);
    page.until_says("Đã gửi dự thảo");
    let house = House { office, server, work };
    assert_eq!(house.documents().len(), 2);
    run(house.office.folder.path(), ["audit", "verify"]).expect(0);
}

/// Documents of other units are as if they were not there, and what a role may not do is refused, whatever is sent.
#[test]
fn pages_of_documents_are_for_who_may_see_them() {
    let house = House::new();
    let draft = std::fs::read(sample("du-thao/qd.pdf")).unwrap();
    let options = json!({"kind": "QĐ", "issuer": "UBND", "subject": "Của xã khác"}).to_string();
    let parts = [("file", Some("qd.pdf"), &draft[..]), ("options", None, options.as_bytes())];
    let token = house.office.other_token(Role::Drafter);
    let made = house.server.post("/api/v1/outgoing").token(token).form(&parts).send().expect(201).json();
    let other = made["id"].as_str().unwrap().to_owned();
    let token = house.office.token(Role::Drafter);
    let made = house.server.post("/api/v1/outgoing").token(token).form(&parts).send().expect(201).json();
    let own = made["id"].as_str().unwrap().to_owned();
    let cookie = |login: &str, role| house.person(login, role, None).enter(&house.server);
    let (drafter, officer) = (cookie("soan", Role::Drafter), cookie("thu", Role::Officer));
    let get = |cookie: &str, path: &str| house.server.get(path).header("cookie", cookie).send();
    let post = |cookie: &str, path: &str, body: &str| {
        let request = house.server.post(path).header("cookie", cookie).header("origin", "http://test");
        request.body("application/x-www-form-urlencoded", body.as_bytes()).send()
    };
    for path in ["", "/pages/1.png", "/files/0", "/initial", "/return"] {
        get(&drafter, &format!("/documents/{own}{path}")).expect(200);
        get(&drafter, &format!("/documents/{other}{path}")).expect(404);
        get(&officer, &format!("/documents/{own}{path}")).expect(403);
        get("", &format!("/documents/{own}{path}")).expect(303);
        get(&drafter, &format!("/incoming/{own}{path}")).expect(404);
    }
    let picture = get(&drafter, &format!("/documents/{own}/pages/1.png?version=0"));
    assert_eq!(picture.header("content-type"), Some("image/png"));
    assert!(picture.body.starts_with(b"\x89PNG") && picture.header("cache-control").unwrap().starts_with("private"));
    for path in
        ["/pages/0.png", "/pages/9.png", "/pages/x.png", "/pages/1.jpg", "/pages/1.png?version=9", "/files/7", "/zz"]
    {
        get(&drafter, &format!("/documents/{own}{path}")).expect(404);
    }
    for path in ["/documents", "/documents/new", "/incoming", "/documents?text=x&kind=Q%C4%90&from=2026-01-01&urgent=1"]
    {
        get(&drafter, path).expect(if path == "/incoming/new" { 403 } else { 200 });
        get(&officer, path).expect(403);
        assert!(!get(&drafter, path).text().contains("Của xã khác") || path == "/documents");
    }
    get(&drafter, "/incoming/new").expect(403);
    post(&drafter, "/incoming/new", "author=a&subject=b").expect(403);
    post(&officer, &format!("/documents/{own}/cancel"), "reason=x").expect(403);
    post(&drafter, &format!("/documents/{other}/cancel"), "reason=x").expect(404);
    post(&drafter, &format!("/documents/{own}/withdraw"), "reason=x").expect(403);
    post(&drafter, &format!("/documents/{own}/cancel"), "reason=").expect(422);
    // a request of another site does nothing
    let foreign = house.server.post(&format!("/documents/{own}/cancel")).header("cookie", &drafter);
    let foreign =
        foreign.body("application/x-www-form-urlencoded", b"reason=x").header("origin", "http://evil.example");
    foreign.send().expect(403);
    // what is written into it is text
    let evil = "reason=%3Cscript%3Ealert(1)%3C/script%3E";
    let led = post(&drafter, &format!("/documents/{own}/return"), evil).expect(303);
    assert!(led.header("location").unwrap().ends_with("said=return"));
    let page = get(&drafter, &format!("/documents/{own}")).expect(200).text();
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>alert"), "{page}");
}
