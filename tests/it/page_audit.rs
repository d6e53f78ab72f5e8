//! The room Audit: an auditor finds an entry, takes its proof and the bundle away, and checks both without the service.

use crate::browser::{Browser, DESK, PHONE, Page};
use crate::office::{Office, UNIT};
use crate::program::run;
use crate::sign_in::{PASSWORD, person};
use dauson::people::permissions::Role;
use serde_json::Value;

/// What a link or a form's button leads to, fetched as the page itself would, as bytes.
fn fetched(page: &Page, what: &str) -> Vec<u8> {
    use base64::Engine as _;
    let script = format!(
        "{what}.then(r => r.blob()).then(b => new Promise(done => {{ const f = new FileReader(); \
         f.onload = () => done(f.result.split(',')[1]); f.readAsDataURL(b); }}))"
    );
    let text = page.eval(&script);
    base64::engine::general_purpose::STANDARD.decode(text.as_str().unwrap()).unwrap()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn an_auditor_finds_an_entry_and_takes_its_proof_away() {
    let office = Office::named();
    let server = office.serve();
    let earlier = server.get("/checkpoint").send().expect(200).text();
    let issued = server
        .post("/api/v1/receipts")
        .token(office.token(Role::Officer))
        .header("idempotency-key", "1")
        .json(&office.receipt_request(2000))
        .send()
        .expect(201)
        .json();
    let receipt = issued["id"].as_str().unwrap().to_owned();
    let signed = server
        .get(&format!("/api/v1/receipts/{receipt}.pdf"))
        .token(office.token(Role::Officer))
        .send()
        .expect(200)
        .body;
    let mut kim = person(&office, &server, "kim", Role::Auditor, None);
    let Some(browser) = Browser::start() else { return };
    let work = tempfile::tempdir().unwrap();
    let page = browser.visitor(&server, DESK);
    page.sign_in("kim", PASSWORD, &kim.recovery.pop().unwrap());
    page.click(".rooms a[href='/audit']");
    page.until_says("Mở dải biên lai");
    page.look("audit-vi");
    page.show("page-audit-vi", 1_000.0);
    // by the receipt
    page.click("details.filter summary");
    page.fill("#about", &receipt);
    page.click("details.filter button");
    // what is looked for was on the page before as well
    page.until("location.search.includes('about=')");
    page.until_says("Lập biên lai và ký dữ liệu XML");
    assert!(!page.text().contains("Đăng nhập hoặc đổi chức vụ"), "{}", page.text());
    page.look("audit-found-vi");
    let link = page.eval(
        "[...document.querySelectorAll('tbody tr')].find(r => r.innerText.includes('Lập biên lai')).querySelector('a').pathname",
    );
    let link = link.as_str().unwrap().to_owned();
    page.go(&link);
    page.until_says("Bản ghi này nằm trong nhật ký");
    assert!(page.text().contains(&receipt), "{}", page.text());
    page.look("audit-entry-vi");
    // who it was, which is itself logged
    let before = run(office.folder.path(), ["audit", "show", "--action", "pseudonym"]).expect(0).stdout.lines().count();
    page.click("form[action$='/who'] button");
    page.until_says("Thẻ truy cập: officer, Cán bộ thu");
    page.look("audit-entry-who-vi");
    let after = run(office.folder.path(), ["audit", "show", "--action", "pseudonym"]).expect(0).stdout.lines().count();
    assert_eq!(after, before + 1);
    // the proof is checked by the program, with nothing but the log's key
    page.go(&link);
    let proof = text(fetched(&page, "fetch(document.querySelector(\"a[href$='/proof.txt']\").href)"));
    let entry = text(fetched(&page, "fetch(document.querySelector(\"a[href$='/entry.json']\").href)"));
    assert!(proof.starts_with("c2sp.org/tlog-proof@v1\n") && entry.contains(&receipt), "{proof} {entry}");
    let key = run(office.folder.path(), ["audit", "checkpoint", "--key"]).expect(0).stdout.trim().to_owned();
    let file = |name: &str, bytes: &[u8]| {
        let path = work.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let (proof_file, entry_file) = (file("proof.txt", proof.as_bytes()), file("entry.json", entry.as_bytes()));
    let empty = work.path().join("empty");
    let checked = run(&empty, ["audit", "check", &proof_file, "--entry", &entry_file, "--log-key", &key]).expect(0);
    assert!(checked.stdout.contains("A receipt was issued"), "{checked:?}");
    let other = file("other.json", entry.replace("receipt.issued", "receipt.voided").as_bytes());
    run(&empty, ["audit", "check", &proof_file, "--entry", &other, "--log-key", &key]).expect(1);
    // and by the page itself
    page.go("/audit/check");
    page.look("audit-check-vi");
    page.fill("#proof", &proof);
    page.fill("#entry", &entry);
    page.click("form:has(#proof) button");
    page.until_says("Bằng chứng đúng: bản ghi nằm trong nhật ký");
    page.look("audit-check-good-vi");
    page.fill("#proof", &proof);
    page.fill("#entry", &entry.replace("receipt.issued", "receipt.voided"));
    page.click("form:has(#proof) button");
    page.until_says("Bằng chứng này không đúng với bản ghi");
    page.look("audit-check-bad-vi");
    page.fill("#checkpoint", &earlier);
    page.click("form:has(#checkpoint) button");
    page.until_says("Nhật ký vẫn bắt đầu đúng như trước");
    let signed = std::path::PathBuf::from(file("receipt.pdf", &signed));
    page.go("/audit/check");
    page.choose("#checkpoint_file", &signed);
    page.click("form:has(#checkpoint) button");
    page.until_says("Nhật ký vẫn bắt đầu đúng như trước");
    page.go("/audit/check");
    page.fill("#checkpoint", "log.example/x\n1\nAAAA\n");
    page.click("form:has(#checkpoint) button");
    page.until_says("Không phải điểm kiểm soát của nhật ký này");
    page.look("audit-check-wrong-vi");
    // the bundle
    page.go("/audit/export");
    page.look("audit-export-vi");
    let bundle = fetched(&page, "fetch('/audit/export', {method: 'POST', body: new URLSearchParams({since: ''})})");
    let bundle = file("bundle.zip", &bundle);
    run(&empty, ["audit", "verify", &bundle, "--log-key", &key]).expect(0);
    let told = run(office.folder.path(), ["audit", "show", "--action", "export.made", "--resolve"]).expect(0).stdout;
    assert!(told.contains("kim"), "{told}");
    // what agrees and what does not
    page.go("/audit/alarms");
    page.until_says("Không có cảnh báo");
    page.look("audit-alarms-before-vi");
    page.click("main form button");
    page.until_at("/audit/alarms");
    while !page.text().contains("mọi thứ khớp nhau") {
        assert!(!page.text().contains("không khớp"), "{}", page.text());
        std::thread::sleep(std::time::Duration::from_millis(300));
        page.go("/audit/alarms");
    }
    page.look("audit-alarms-vi");
    page.go("/audit/alarms?lang=en");
    page.until_says("everything agrees");
    page.look("audit-alarms-en");
    for (address, name) in [
        ("/audit", "audit"),
        (link.as_str(), "audit-entry"),
        ("/audit/check", "audit-check"),
        ("/audit/export", "audit-export"),
    ] {
        page.resize(DESK);
        page.go(address);
        page.look(&format!("{name}-en"));
        page.resize(PHONE);
        page.look(&format!("{name}-phone-en"));
    }
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

/// Filters, and pages that go on before an index.
#[test]
fn the_log_is_paged_by_index_and_found_by_what_it_says() {
    let office = Office::new();
    let server = office.serve();
    let mut kim = person(&office, &server, "kim", Role::Auditor, None);
    let cookie = kim.enter(&server);
    let get = |address: &str| server.get(address).header("cookie", &cookie).send();
    for n in 0..70 {
        run(office.folder.path(), ["user", "invite", "kim"]).expect(0);
        if n == 0 {
            run(office.folder.path(), ["token", "create", "--name", "x", "--unit", UNIT, "--role", "clerk"]).expect(0);
        }
    }
    let first = get("/audit?action=user.invited").expect(200).text();
    assert_eq!(first.matches("Mời đặt lại mật khẩu").count(), 50);
    let next = first.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
    let next = next.split('"').next().unwrap().replace("&amp;", "&");
    let second = get(&next).expect(200).text();
    assert_eq!(second.matches("Mời đặt lại mật khẩu").count(), 20);
    assert!(!second.contains("rel=\"next\""), "{second}");
    let today = time::OffsetDateTime::now_utc().to_offset(dauson::data_folder::VIETNAM).date();
    let all = get(&format!("/audit?from={today}&to={today}&action=user")).expect(200).text();
    assert!(all.contains("Mời đặt lại mật khẩu"), "{all}");
    let before = today.previous_day().unwrap();
    let none = get(&format!("/audit?to={before}")).expect(200).text();
    assert!(none.contains("Không có bản ghi nào khớp"), "{none}");
    assert!(get("/audit?from=yesterday").expect(422).text().contains("Ghi ngày"));
    assert!(get("/audit?digest=xyz").expect(422).text().contains("64"));
    get("/audit?nonsense=1").expect(422);
    // a key, by its certificate
    let by_key = get(&format!("/audit?key={UNIT}.seal")).expect(200).text();
    assert!(by_key.contains("Đưa khóa ký vào kho khóa"), "{by_key}");
    for missing in ["/audit/999999", "/audit/x", "/audit/999999/proof.txt", "/audit/-1/entry.json"] {
        get(missing).expect(404);
    }
    let raw = get("/audit/0/entry.json").expect(200);
    let entry: Value = serde_json::from_slice(&raw.body).unwrap();
    assert_eq!(serde_json::to_vec(&entry).unwrap(), raw.body);
}
