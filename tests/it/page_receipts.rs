//! The counter and the other rooms about receipts, in a real browser: by keyboard alone, with a line that drops, with a second person.

use crate::browser::{Browser, DESK, PHONE, Page};
use crate::office::{OTHER_UNIT, Office, UNIT};
use crate::program::run;
use crate::server::{Answer, Server};
use crate::sign_in::{PASSWORD, Person, enrol, invited, person};
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The sample's fee catalogue, in force since long ago.
fn office() -> Office {
    let office = Office::named();
    let file = office.folder.path().join("fees.csv");
    let csv = std::fs::read_to_string("samples/bieu-phi.csv").unwrap().replace("2026-07-01", "2020-01-01");
    std::fs::write(&file, csv).unwrap();
    run(office.folder.path(), ["fee", "import", file.to_str().unwrap(), "--unit", UNIT]).expect(0);
    office
}

fn enter(page: &Page, who: &mut Person) {
    page.sign_in(&who.login, PASSWORD, &who.recovery.pop().unwrap());
}

fn focused(page: &Page) -> String {
    page.eval("document.activeElement.id").as_str().unwrap().to_owned()
}

/// All receipts of the unit.
fn receipts(office: &Office, server: &Server) -> Vec<Value> {
    let all = server.get("/api/v1/receipts?limit=500").token(office.token(Role::Auditor)).send().expect(200).json();
    all["items"].as_array().unwrap().clone()
}

/// Types a receipt with the keyboard, and issues it; gives how long that took until the receipt was on the screen.
fn issue_by_keyboard(page: &Page, lines: &[(&str, &str)], payer: &str) -> Duration {
    page.until("document.activeElement.id === 'fee-0'");
    let start = Instant::now();
    for (at, (fee, quantity)) in lines.iter().enumerate() {
        assert_eq!(focused(page), format!("fee-{at}"));
        page.write(fee);
        page.press("Enter");
        assert_eq!(focused(page), format!("quantity-{at}"));
        page.write(quantity);
        page.press("Enter");
    }
    page.press("Enter");
    assert_eq!(focused(page), "name");
    page.write(payer);
    page.press("F9");
    page.until_at("/receipts/EBL01/");
    page.until("document.querySelector('h1.big')");
    start.elapsed()
}

#[test]
fn three_receipts_at_the_counter_by_keyboard_alone_and_the_shift_is_closed() {
    let office = office();
    let server = office.serve();
    let mut thu = person(&office, &server, "thu", Role::Officer, None);
    let Some(browser) = Browser::start() else { return };
    let page = browser.visitor(&server, DESK);
    enter(&page, &mut thu);
    page.go("/shifts");
    page.until_says("Chưa lập, thay thế hay hủy biên lai nào");
    page.look("shifts-empty-vi");
    page.go("/receipts");
    page.until_says("Không có biên lai nào phù hợp");
    page.look("receipts-empty-vi");
    page.go("/receipts/new");
    page.look("counter-empty-vi");
    let mut taken = Vec::new();
    for (lines, payer, total) in [
        (&[("CTBS", "3")][..], "Nguyễn Văn An", "6.000 đ"),
        (&[("ctck", "1"), ("CTBS", "12")], "Trần Thị Bình", "34.000 đ"),
        (&[("DKCT", "")], "Công ty TNHH Mẫu", "20.000 đ"),
    ] {
        taken.push(issue_by_keyboard(&page, lines, payer));
        assert!(page.text().contains(total) && page.text().contains("Đã lập biên lai"), "{}", page.text());
        if taken.len() == 2 {
            page.look("receipt-issued-vi");
        }
        // the same key leads to the next one
        page.press("F9");
        page.until_at("/receipts/new");
    }
    eprintln!("three receipts by keyboard: {taken:?} each");
    assert!(taken.iter().all(|time| *time < Duration::from_secs(20)), "{taken:?}");
    let all = receipts(&office, &server);
    let totals: Vec<i64> = all.iter().map(|receipt| receipt["total"].as_i64().unwrap()).collect();
    assert_eq!(totals, [6_000, 34_000, 20_000]);
    // what a percentage and a reduction want is asked for, and the sum is the server's
    page.write("LPTB");
    page.until("document.querySelector('[data-row] details').open");
    page.fill("#value-0", "1.200.000.000");
    page.until_says("Sáu triệu đồng");
    page.fill("#fee-1", "LLTP");
    page.until_says("Phí cung cấp thông tin lý lịch tư pháp – 200.000 đ/lần");
    page.eval("document.querySelectorAll('[data-row] details')[1].open = true");
    page.fill("#reduction-1", "SV");
    page.until_says("6.100.000 đ");
    page.look("counter-filled-vi");
    page.show("page-counter-vi", 1_200.0);
    page.eval("localStorage.clear()");
    page.go("/receipts?lang=en");
    page.until_says("Nguyễn Văn An");
    page.look("receipts-en");
    page.show("page-receipts-en", 900.0);
    page.fill("#payer", "binh");
    page.press("Enter");
    page.until("document.querySelectorAll('tbody tr').length === 1");
    page.go("/receipts/new?lang=en");
    page.resize(PHONE);
    page.look("counter-phone-en");
    page.go("/receipts?lang=vi");
    page.look("receipts-phone-vi");
    page.go("/receipts/EBL01/26TAA/2".replace("26TAA", office.series.split('/').nth(1).unwrap()).as_str());
    page.look("receipt-phone-vi");
    page.resize(DESK);
    // the shift
    page.go("/shifts");
    page.until_says("60.000 đ");
    page.look("shifts-open-vi");
    page.fill("#counted", "sáu mươi");
    page.press("Enter");
    page.until_says("Nhập số tiền mặt đã đếm");
    page.fill("#counted", "60.000");
    page.press("Enter");
    page.until_at("/shifts/1");
    page.until_says("Đã chốt ca");
    assert!(page.text().contains("Tiền mặt đã đếm") && page.text().contains("0 đ"), "{}", page.text());
    page.look("shift-closed-vi");
    page.go("/shifts?lang=en");
    page.until_says("Shifts that were closed");
    page.look("shifts-en");
    page.resize(PHONE);
    page.look("shifts-phone-en");
    page.resize(DESK);
    for (path, words, name) in [
        ("/receipts/series", "Còn lại", "series"),
        ("/receipts/reports", "Phí chứng thực bản sao", "report-daily"),
        ("/receipts/reports?kind=use", "Tồn cuối kỳ", "report-use"),
        ("/receipts/reports?kind=ledger&by=method", "Tiền mặt", "report-ledger"),
        ("/receipts/reports?kind=statement", "Đối soát", "report-statement"),
        ("/receipts/sent", "Chưa có gì được gửi", "sent-empty"),
    ] {
        page.go(&format!("{path}{}lang=vi", if path.contains('?') { "&" } else { "?" }));
        page.until_says(words);
        page.look(&format!("{name}-vi"));
    }
    // a day's report is signed, and then there is its PDF
    page.go("/receipts/reports");
    page.click("button[value=file]");
    page.until_says("Đã ký báo cáo");
    page.until_says("Tải PDF");
    page.go("/receipts/sent");
    page.until_says("01/TH-BLĐT");
    page.resize(PHONE);
    page.look("sent-phone-vi");
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn a_receipt_is_replaced_notified_and_voided_by_two_persons() {
    let office = office();
    let server = office.serve();
    let mut thu = person(&office, &server, "thu", Role::Officer, None);
    let mut ke = person(&office, &server, "ke", Role::Accountant, None);
    let mut soat = person(&office, &server, "soat", Role::Auditor, None);
    let Some(browser) = Browser::start() else { return };
    let page = browser.visitor(&server, DESK);
    enter(&page, &mut thu);
    let series = office.series.clone();
    page.go("/receipts/new");
    issue_by_keyboard(&page, &[("CTBS", "3"), ("CTBSN", "5")], "Nguyễn Văn An");
    // wrong input comes back with what was typed
    page.go(&format!("/receipts/{series}/1/replace"));
    page.until(
        "document.querySelector('#fee-0').value === 'CTBS' && document.querySelector('#quantity-1').value === '5'",
    );
    page.fill("#reason", "Sai mã số thuế");
    page.fill("#tax_code", "123");
    page.press("F9");
    page.until_says("Có chỗ cần sửa");
    assert!(page.text().contains("Mã số thuế: \"123\" không phải mã số thuế"), "{}", page.text());
    assert_eq!(page.eval("document.querySelector('#reason').value"), "Sai mã số thuế");
    page.look("replace-wrong-vi");
    page.fill("#tax_code", "0102357802");
    page.press("F9");
    page.until_at(&format!("/receipts/{series}/00000002"));
    page.until_says("Thay thế cho biên lai");
    page.go(&format!("/receipts/{series}/1"));
    page.until_says("Bị thay thế bằng biên lai");
    assert!(!page.text().contains("Lập biên lai thay thế"), "it is replaced already: {}", page.text());
    page.look("receipt-replaced-vi");
    page.go(&format!("/receipts/{series}/2"));
    page.click("details:has(#reason-notify) summary");
    page.fill("#reason-notify", "Sai tên: Nguyễn Văn An, đúng là Nguyễn Văn Ân");
    page.press("Enter");
    page.until_says("Đã ký thông báo sai sót");
    page.until_says("Thông báo 04/SS-CTĐT số 1");
    page.click("details:has(#reason-void) summary");
    page.fill("#reason-void", "Người nộp được hoàn tiền");
    page.press("Enter");
    page.until_says("Đã đề nghị hủy");
    assert!(page.text().contains("Có hiệu lực") || page.text().contains("Chờ duyệt hủy"), "{}", page.text());
    page.look("receipt-void-asked-vi");
    // another person decides
    let second = browser.visitor(&server, DESK);
    enter(&second, &mut ke);
    second.go("/receipts?state=void_requested");
    second.until_says("Người nộp được hoàn tiền");
    second.look("void-requests-vi");
    second.click("tbody a");
    second.until_says("Yêu cầu hủy đang chờ duyệt");
    second.look("receipt-decide-vi");
    second.fill("#reason-reject", "Chưa có chứng từ hoàn tiền");
    second.press("Enter");
    second.until_says("Không duyệt hủy; biên lai vẫn có hiệu lực");
    page.go(&format!("/receipts/{series}/2"));
    page.click("details:has(#reason-void) summary");
    page.fill("#reason-void", "Đã có chứng từ hoàn tiền");
    page.press("Enter");
    page.until_says("Đã đề nghị hủy");
    second.go(&format!("/receipts/{series}/2?lang=en"));
    second.click("button[value=approve]");
    second.until_says("The receipt is void");
    second.look("receipt-voided-en");
    // who need not know who paid does not see it
    let third = browser.visitor(&server, DESK);
    enter(&third, &mut soat);
    third.go("/receipts");
    third.until_says("N** V** A**");
    third.go(&format!("/receipts/{series}/2"));
    third.until_says("N** V** A**");
    assert!(!third.text().contains("0102357802") && !third.text().contains("Biên lai tiếp theo"), "{}", third.text());
    third.look("receipt-masked-vi");
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

/// A line to the server that can be cut: what the server answers to the next receipt is lost.
struct Line {
    address: String,
    cut: Arc<AtomicBool>,
    lost: Arc<AtomicUsize>,
}

impl Line {
    fn to(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (cut, lost) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (behind, is_cut, count) = (server.address.clone(), Arc::clone(&cut), Arc::clone(&lost));
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let Ok(far) = TcpStream::connect(&behind) else { continue };
                let (cut, lost) = (Arc::clone(&is_cut), Arc::clone(&count));
                let asks = Arc::new(AtomicBool::new(false));
                let (mut from, mut to) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                let sees = Arc::clone(&asks);
                std::thread::spawn(move || {
                    let mut piece = [0; 16_384];
                    while let Ok(length @ 1..) = from.read(&mut piece) {
                        if piece[..length].starts_with(b"POST /receipts/new ") {
                            sees.store(true, Ordering::SeqCst);
                        }
                        if to.write_all(&piece[..length]).is_err() {
                            break;
                        }
                    }
                    let _ = to.shutdown(Shutdown::Both);
                });
                let (mut from, mut to) = (far, near);
                std::thread::spawn(move || {
                    let mut piece = [0; 16_384];
                    while let Ok(length @ 1..) = from.read(&mut piece) {
                        // the server has answered, and nobody hears it
                        if asks.load(Ordering::SeqCst) && cut.swap(false, Ordering::SeqCst) {
                            lost.fetch_add(1, Ordering::SeqCst);
                            break;
                        }
                        if to.write_all(&piece[..length]).is_err() {
                            break;
                        }
                    }
                    let _ = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
                });
            }
        });
        Self { address, cut, lost }
    }
}

#[test]
fn a_line_that_drops_while_a_receipt_is_issued_loses_nothing_and_doubles_nothing() {
    let office = office();
    let server = office.serve();
    let mut thu = person(&office, &server, "thu", Role::Officer, None);
    let Some(browser) = Browser::start() else { return };
    let line = Line::to(&server);
    let page = browser.visitor_at(&format!("http://{}", line.address), DESK);
    enter(&page, &mut thu);
    for round in 1..=2 {
        page.go("/receipts/new");
        page.until("document.activeElement.id === 'fee-0'");
        line.cut.store(true, Ordering::SeqCst);
        issue_by_keyboard(&page, &[("CTBS", "4")], "Nguyễn Văn An");
        assert_eq!(line.lost.load(Ordering::SeqCst), round, "an answer was lost");
        assert_eq!(receipts(&office, &server).len(), round, "one receipt, however often it was asked for");
    }
    // the browser ends while it is typed: what was typed is there again, with more lines than an empty form has
    page.go("/receipts/new");
    page.until("document.activeElement.id === 'fee-0'");
    for at in 0..5 {
        page.write("CTCK");
        page.press("Enter");
        page.write(&(at + 1).to_string());
        page.press("Enter");
    }
    page.fill("#name", "Trần Thị Bình");
    page.go("/desk");
    page.go("/receipts/new");
    page.until("document.querySelector('#name').value === 'Trần Thị Bình'");
    assert_eq!(page.eval("document.querySelector('#quantity-4').value"), "5");
    page.until_says("150.000 đ");
    page.press("F9");
    page.until_at("/receipts/EBL01/");
    assert_eq!(receipts(&office, &server).len(), 3);
}

fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
}

fn post(server: &Server, path: &str, fields: &[(&str, &str)], cookie: &str) -> Answer {
    let request = server.post(path).body("application/x-www-form-urlencoded", &form(fields));
    request.header("origin", "http://test").header("cookie", cookie).send()
}

fn act_of(page: &Answer) -> String {
    page.text().split("name=\"act\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// Without a browser, and so without a script.
#[test]
fn forms_without_a_script_do_the_same() {
    let office = office();
    let server = office.serve();
    let thu = person(&office, &server, "thu", Role::Officer, None).enter(&server);
    let empty = server.get("/receipts/new").header("cookie", &thu).send().expect(200);
    assert!(empty.body.len() < 150_000);
    let act = act_of(&empty);
    let fields = |act: &'static str| {
        [("act", act), ("fee", "CTBS"), ("quantity", "3"), ("name", "Nguyễn Văn An"), ("payment", "cash")]
    };
    let act: &'static str = act.leak();
    // adding up issues nothing
    let sum = [&fields(act)[..], &[("do", "price")]].concat();
    let page = post(&server, "/receipts/new", &sum, &thu).expect(200).text();
    assert!(page.contains("Sáu nghìn đồng") && page.contains("6.000 đ"), "{page}");
    assert!(receipts(&office, &server).is_empty());
    let more = [&fields(act)[..], &[("do", "more")]].concat();
    assert!(post(&server, "/receipts/new", &more, &thu).expect(200).text().contains("id=\"fee-3\""));
    // what is wrong is said where it is wrong
    for (field, value, at, words) in [
        ("fee", "XYZ", "#fee-0", "XYZ không có trong danh mục phí"),
        ("quantity", "0", "#quantity-0", "Dòng 1, số lượng: phải từ 1 trở lên"),
        ("quantity", "ba", "#quantity-0", "Nhập một số nguyên"),
        ("name", "", "#name", "Người nộp: không được để trống"),
    ] {
        let wrong = fields(act).map(|(name, was)| (name, if name == field { value } else { was }));
        let page = post(&server, "/receipts/new", &wrong, &thu).expect(422).text();
        assert!(page.contains(&format!("<a href=\"{at}\">")) && page.contains(words), "{words}: {page}");
    }
    let led = post(&server, "/receipts/new", &fields(act), &thu).expect(303);
    let place = led.header("location").unwrap().to_owned();
    assert!(place.ends_with("/00000001?said=issued"), "{place}");
    // the same again is the same receipt; something else under its name is told, and not issued
    assert_eq!(post(&server, "/receipts/new", &fields(act), &thu).expect(303).header("location"), Some(&*place));
    let other = fields(act).map(|(name, was)| (name, if name == "quantity" { "4" } else { was }));
    let page = post(&server, "/receipts/new", &other, &thu).expect(409);
    assert!(page.text().contains("Biên lai đã được lập từ trước") && page.text().contains("/00000001"), "{page:?}");
    assert_ne!(act_of(&page), act);
    assert_eq!(receipts(&office, &server).len(), 1);
    post(&server, "/receipts/new", &[("act", "x"), ("fee", "CTBS"), ("name", "A")], &thu).expect(400);
    // a signed PDF to print, in the browser
    let path = place.split('?').next().unwrap();
    let pdf = server.get(&format!("{path}/print")).header("cookie", &thu).send().expect(200);
    assert!(pdf.body.starts_with(b"%PDF") && pdf.header("content-disposition").unwrap().starts_with("inline"));
    // a statement held against the receipts
    let page = server
        .post("/receipts/reports")
        .header("origin", "http://test")
        .header("cookie", &thu)
        .form(&[("kind", None, b"statement"), ("file", Some("a.csv"), &std::fs::read("samples/sao-ke.csv").unwrap())])
        .send();
    assert!(page.expect(200).text().contains("Có tiền, chưa có biên lai"));
    // receipts of a table: tried out, issued, and not twice
    let table = std::fs::read("samples/bang-bien-lai.csv").unwrap();
    let send = |act: &str, what: &str, table: &[u8]| {
        let parts = [("act", None, act.as_bytes()), ("do", None, what.as_bytes()), ("file", Some("a.csv"), table)];
        server.post("/receipts/table").header("origin", "http://test").header("cookie", &thu).form(&parts).send()
    };
    let tried = send("a", "try", &table).expect(200);
    assert!(tried.text().contains("Lập được cả"), "{tried:?}");
    let wrong = String::from_utf8(table.clone()).unwrap().replace("DKCT", "KHONG");
    assert!(send("a", "issue", wrong.as_bytes()).expect(422).text().contains("Dòng 4"));
    assert_eq!(receipts(&office, &server).len(), 1);
    for act in ["b", "b", "c"] {
        let led = send(act, "issue", &table).expect(303);
        assert_eq!(led.header("location"), Some("/receipts?said=table-issued"));
    }
    assert_eq!(receipts(&office, &server).len(), 1 + 4);
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

/// Who reaches which page, and nobody another unit's receipts.
#[test]
fn each_role_reaches_its_pages_and_nothing_else() {
    let office = office();
    let server = office.serve();
    let officer = server.post("/api/v1/receipts").token(office.token(Role::Officer)).header("idempotency-key", "a");
    officer.json(&json!({"payer": {"name": "Nguyễn Văn An"}, "lines": [{"fee": "CTBS", "quantity": 1}], "payment": {"method": "cash"}}))
        .send()
        .expect(201);
    let receipt = format!("/receipts/{}/1", office.series);
    let reads = [Role::Officer, Role::Accountant, Role::Auditor];
    for role in Role::ALL {
        let login = format!("nguoi-{role}");
        let cookie = person(&office, &server, &login, role, None).enter(&server);
        let may_read = reads.contains(&role);
        for path in [
            "/receipts",
            &receipt,
            &format!("{receipt}/print"),
            "/shifts",
            "/receipts/series",
            "/receipts/reports",
            "/receipts/sent",
        ] {
            let answer = server.get(path).header("cookie", &cookie).send();
            assert_eq!(answer.status, if may_read { 200 } else { 403 }, "{role} {path}");
        }
        let may_issue = role == Role::Officer;
        for path in ["/receipts/new", "/receipts/table", &format!("{receipt}/replace")] {
            let answer = server.get(path).header("cookie", &cookie).send();
            assert_eq!(answer.status, if may_issue { 200 } else { 403 }, "{role} {path}");
        }
        for (path, fields, may) in [
            ("/receipts/new", &[("act", "x")][..], may_issue),
            ("/receipts/new/price", &[("fee", "CTBS")], may_issue),
            ("/receipts/table", &[("do", "issue")], may_issue),
            ("/shifts", &[("counted", "x")], may_issue),
            (&*receipt, &[("do", "void")], may_issue),
            (&*receipt, &[("do", "notify")], may_issue),
            (&*receipt, &[("do", "approve")], role == Role::Accountant),
            (&*receipt, &[("do", "reject"), ("reason", "x")], role == Role::Accountant),
            ("/receipts/reports", &[("do", "file"), ("from", "x")], [Role::Officer, Role::Accountant].contains(&role)),
            ("/receipts/sent", &[("id", "9")], [Role::Officer, Role::Accountant, Role::Admin].contains(&role)),
        ] {
            let answer = post(&server, path, fields, &cookie);
            assert_eq!(answer.status != 403, may, "{role} {path} {fields:?}: {answer:?}");
        }
        // what one may not enter is no door
        let desk = server.get("/desk").header("cookie", &cookie).send().expect(200).text();
        assert_eq!(desk.contains("href=\"/receipts\""), may_read, "{role}");
    }
    for path in ["/receipts", "/receipts/new", &*receipt, "/shifts", "/shifts/1"] {
        assert_eq!(server.get(path).send().status, 303, "{path}");
    }
    // of another unit
    let invitation = invited(&office, "khac");
    let give = ["user", "office", "khac", "--unit", OTHER_UNIT, "--role", "officer", "--title", "Thu"];
    run(office.folder.path(), give).expect(0);
    let cookie = enrol(&server, "khac", &invitation).enter(&server);
    for path in [&*receipt, &format!("{receipt}/print"), &format!("{receipt}/replace")] {
        assert_eq!(server.get(path).header("cookie", &cookie).send().status, 404, "{path}");
    }
    assert!(!server.get("/receipts").header("cookie", &cookie).send().expect(200).text().contains("Nguyễn Văn An"));
}
