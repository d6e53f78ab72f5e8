//! The room Administration: an account from its making to the end of its office, a price, a series, keys; and who is refused.

use crate::browser::{Browser, DESK, PHONE, Page};
use crate::key_pins::{PIN, secret_file};
use crate::office::{OTHER_UNIT, Office, UNIT};
use crate::program::run;
use crate::registry::{Desk, decision};
use crate::sign_in::{PASSWORD, base32, code, enrol, invited, person};
use dauson::people::permissions::Role;
use serde_json::Value;

/// Looks at pages in English, at a desk and on a telephone.
fn look_at(page: &Page, addresses: &[(&str, &str)]) {
    for (address, name) in addresses {
        page.resize(DESK);
        page.go(&format!("{address}?lang=vi"));
        page.look(&format!("{name}-vi"));
        page.go(&format!("{address}?lang=en"));
        page.look(&format!("{name}-en"));
        page.resize(PHONE);
        page.look(&format!("{name}-phone-en"));
        page.go(&format!("{address}?lang=vi"));
        page.look(&format!("{name}-phone-vi"));
    }
    page.resize(DESK);
}

fn choose(page: &Page, selector: &str, value: &str) {
    page.until(&format!("document.querySelector({selector:?})"));
    page.eval(&format!("document.querySelector({selector:?}).value = {value:?}"));
}

#[test]
fn an_administrator_makes_an_account_that_ends_with_its_office() {
    let office = Office::new();
    for (id, name) in
        [("ban-cho", "Ban quản lý chợ"), ("ap-bac", "Ấp Bắc"), ("dai", "Đài truyền thanh"), ("doi", "Đội thu")]
    {
        let unit =
            ["unit", "put", id, "--name", name, "--tax-code", "6109999990", "--address", "Thôn 1", "--parent", UNIT];
        run(office.folder.path(), unit).expect(0);
    }
    let server = office.serve();
    let mut quan = person(&office, &server, "quan", Role::Admin, None);
    let Some(browser) = Browser::start() else { return };
    let page = browser.visitor(&server, DESK);
    page.sign_in("quan", PASSWORD, &quan.recovery.pop().unwrap());
    page.go("/admin/units");
    let names = page.eval("[...document.querySelectorAll('td:first-child')].map(td => td.innerText)");
    let below = ["Ấp Bắc", "Ban quản lý chợ", "Đài truyền thanh", "Đội thu"];
    assert_eq!(names.as_array().unwrap()[1..], below.map(Value::from), "{names}");
    page.click(".rooms a[href='/admin']");
    page.until_says("Cây đơn vị");
    page.look("admin-vi");
    page.go("/admin/people/new");
    page.fill("#name", "Phạm Thị Mới");
    page.fill("#login", "Có Dấu");
    page.click("main form button");
    page.until_says("chữ thường không dấu");
    page.look("admin-person-new-wrong-vi");
    page.fill("#login", "moi");
    page.click("main form button");
    page.until_says("Chỉ hiện một lần");
    page.look("admin-invitation-vi");
    let link = page.eval("document.querySelector('#invitation').textContent").as_str().unwrap().to_owned();
    let invitation = link.split('#').nth(1).unwrap();
    assert!(!page.address().contains("invitation_"), "{}", page.address());
    // once more is refused, and says what to do
    page.go("/admin/people/new");
    page.fill("#name", "Phạm Thị Mới");
    page.fill("#login", "moi");
    page.click("main form button");
    page.until_says("Đã có tài khoản với tên đăng nhập này");
    // the person comes in
    let visitor = browser.visitor(&server, PHONE);
    visitor.go(&format!("/invitation#{invitation}"));
    visitor.fill("#password", PASSWORD);
    visitor.fill("#again", PASSWORD);
    visitor.click("main form button");
    visitor.until("document.querySelector('.key')");
    let secret = visitor.eval("document.querySelector('.key').textContent");
    let secret = base32(secret.as_str().unwrap());
    visitor.fill("#code", &code(&secret, 0));
    visitor.click("main form button");
    visitor.until_says("Tài khoản đã sẵn sàng");
    // an office; and what does not belong with it
    page.go("/admin/people/moi");
    page.until_says("Chưa có chức vụ nào");
    page.look("admin-person-empty-vi");
    choose(&page, "#role", "leader");
    page.fill("#title", "Chủ tịch");
    choose(&page, "#key", &format!("{UNIT}.leader"));
    page.click("form[action$='/offices'] button");
    page.until_says("Đã giao chức vụ");
    choose(&page, "#role", "clerk");
    page.fill("#title", "Văn thư");
    page.click("form[action$='/offices'] button");
    page.until_says("người ký không đóng dấu");
    page.look("admin-person-refused-vi");
    // what the office is for
    visitor.sign_in("moi", PASSWORD, &code(&secret, 1));
    visitor.go("/admin/keys");
    visitor.until_says(&format!("{UNIT}.leader"));
    visitor.look("keys-of-a-leader-phone-vi");
    for path in ["/admin/people", "/admin/units", "/admin/settings", "/audit"] {
        visitor.go(path);
        visitor.until_says("Không được phép");
    }
    visitor.look("refused-phone-vi");
    // the office ends, and with it the session
    page.go("/admin/people/moi");
    page.click("form[action*='/offices/'] button");
    page.until_says("Đã chấm dứt chức vụ");
    page.look("admin-person-ended-vi");
    visitor.go("/admin/keys");
    visitor.until_at("/sign-in");
    page.click("form:has(input[value=disable]) button");
    page.until_says("Đã khóa tài khoản");
    // nobody touches the own account
    page.go("/admin/people/quan");
    page.until_says("không ai tự giao hay chấm dứt chức vụ của mình");
    look_at(
        &page,
        &[
            ("/admin", "admin"),
            ("/admin/people", "admin-people"),
            ("/admin/people/new", "admin-person-new"),
            ("/admin/people/moi", "admin-person"),
            ("/admin/roles", "admin-roles"),
            ("/admin/units", "admin-units"),
            (&format!("/admin/units/{UNIT}"), "admin-unit"),
            ("/admin/settings", "admin-settings"),
            ("/admin/trust", "admin-trust"),
            ("/admin/health", "admin-health"),
        ],
    );
    // the own unit is changed, and not renamed; another root's unit is as if it were not there
    page.go(&format!("/admin/units/{UNIT}"));
    page.until_says("do người quản trị cấp trên làm");
    page.fill("#address", "Thôn Bảy");
    page.click(&format!("form[action='/admin/units/{UNIT}'] button"));
    page.until_says("Đã lưu");
    assert!(page.eval("document.querySelector('#name')").is_null());
    let units = run(office.folder.path(), ["unit", "list", "--json"]).expect(0).stdout;
    assert!(units.contains("Thôn Bảy"), "{units}");
    page.go(&format!("/admin/units/{OTHER_UNIT}"));
    page.until_says("Không tìm thấy");
    let shown = run(office.folder.path(), ["audit", "show", "--resolve"]).expect(0).stdout;
    for act in ["user.created", "office.given", "office.ended", "unit.changed"] {
        assert!(shown.lines().any(|line| line.contains(act) && line.contains("(user quan")), "{act}: {shown}");
    }
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn a_province_merges_two_communes_and_what_they_issued_keeps_its_name() {
    const PROVINCE: &str = "tinh-mau";
    let office = Office::new();
    let data = office.folder.path();
    let unit = |arguments: &[&str]| run(data, [&["unit", "put"], arguments].concat()).expect(0);
    let names = ["--name", "Ủy ban nhân dân tỉnh Mẫu", "--tax-code", "6100000001", "--address", "Phường Mẫu"];
    unit(&[&[PROVINCE, "--kind", "province", "--code", "H34"], &names[..]].concat());
    unit(&[UNIT, "--parent", PROVINCE, "--kind", "commune", "--code", "H34.12"]);
    let other = ["--name", "Ủy ban nhân dân xã Đông Mẫu", "--code", "H34.13"];
    unit(&[&[OTHER_UNIT, "--parent", PROVINCE, "--kind", "commune"], &other[..]].concat());
    let server = office.serve();
    let desk = Desk { office: &office, server: &server };
    let document = desk.draft(&decision());
    desk.up_to(&document, "issue");
    let half_done = desk.draft(&decision());
    desk.up_to(&half_done, "initial");
    let mut clerk = person(&office, &server, "van-thu", Role::Clerk, None);
    let invitation = invited(&office, "tinh");
    let give = ["user", "office", "tinh", "--unit", PROVINCE, "--role", "admin", "--title", "Sở Nội vụ"];
    run(data, give).expect(0);
    let mut admin = enrol(&server, "tinh", &invitation);
    let Some(browser) = Browser::start() else { return };
    let page = browser.visitor(&server, DESK);
    page.sign_in("tinh", PASSWORD, &admin.recovery.pop().unwrap());

    // the new commune; what is wrong with it is said first
    page.go("/admin/units");
    page.until_says("H34.12");
    page.fill("#name", "Ủy ban nhân dân xã Mới");
    page.fill("#id", "xa-moi");
    page.fill("#code", "H34.13");
    page.fill("#tax_code", "6109999990");
    page.fill("#address", "Thôn 1");
    page.click("form[action='/admin/units'] button");
    page.until_says("mỗi đơn vị một mã");
    page.look("admin-unit-new-wrong-vi");
    page.fill("#code", "H34.14");
    page.click("form[action='/admin/units'] button");
    page.until_says("Đã thêm đơn vị");
    page.until_says("cấp xã");

    // renamed by a decision
    page.go(&format!("/admin/units/{UNIT}"));
    page.fill("#name", "Ủy ban nhân dân xã Sơn Mẫu");
    page.fill("#basis", "Nghị quyết 12/NQ-HĐND");
    page.eval("document.querySelector('#day').value = '2999-01-01'");
    page.click("form[action$='/rename'] button");
    // on a day to come that is planned, and withdrawn
    page.until_says("Đã lập kế hoạch");
    page.until_says("01/01/2999");
    page.until_says("Đổi tên thành Ủy ban nhân dân xã Sơn Mẫu");
    page.look("admin-units-planned-vi");
    page.click("form[action$='/withdraw'] button");
    page.until_says("Đã rút lại kế hoạch");
    assert!(!page.text().contains("01/01/2999"), "{}", page.text());
    page.go(&format!("/admin/units/{UNIT}"));
    page.fill("#name", "Ủy ban nhân dân xã Sơn Mẫu");
    page.fill("#basis", "Nghị quyết 12/NQ-HĐND");
    page.click("form[action$='/rename'] button");
    page.until_says("giữ tên cũ");
    page.until_says("Nghị quyết 12/NQ-HĐND");
    let old_name = format!("Ủy ban nhân dân {UNIT}");
    assert!(page.text().contains(&old_name), "{}", page.text());

    // a merger on a day to come says so before it is confirmed
    page.go(&format!("/admin/reform?sources={OTHER_UNIT}&successor=xa-moi&basis=NQ&day=2999-07-01"));
    page.click("main form button");
    page.until_says("sẽ được thực hiện vào ngày 01/07/2999");
    page.until_says("Xác nhận kế hoạch");
    page.look("admin-reform-planned-vi");
    page.go(&format!("/admin/units/{UNIT}"));

    // the merger: chosen, seen, confirmed
    page.click(&format!("a[href='/admin/reform?sources={UNIT}']"));
    page.until(&format!("document.querySelector('#source-{UNIT}').checked"));
    page.fill("#basis", "Nghị quyết 1660/NQ-UBTVQH15");
    page.click("main form button");
    page.until_says("Hãy chọn đơn vị tiếp nhận, hoặc");
    page.look("admin-reform-wrong-vi");
    page.click(&format!("#source-{OTHER_UNIT}"));
    choose(&page, "#successor", "xa-moi");
    page.click("main form button");
    page.until_says("Hệ quả của việc sáp nhập");
    for words in
        [&*office.series, &*office.other_series, "Khóa ký bị dừng (6)", "van-thu", "Văn bản chưa phát hành (1)"]
    {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    page.look("admin-reform-seen-vi");
    page.show("page-admin-vi", 1_200.0);
    page.resize(PHONE);
    page.look("admin-reform-seen-phone-vi");
    page.resize(DESK);
    assert!(!run(data, ["unit", "list", "--json"]).expect(0).stdout.contains("\"successor\":\"xa-moi\""));
    // what follows changes meanwhile: it is to be looked at again
    run(data, ["token", "create", "--name", "Kiosk", "--unit", UNIT, "--role", "officer"]).expect(0);
    page.click("main form button");
    page.until_says("Chưa làm gì. Hãy xem lại danh sách mới");
    page.until_says("Kiosk");
    page.look("admin-reform-changed-vi");
    page.click("main form button");
    page.until_says("Đã sáp nhập");
    page.until_at("/admin/units/xa-moi");

    page.go(&format!("/admin/units/{UNIT}"));
    page.until_says("thôi hoạt động từ ngày");
    assert!(page.eval("document.querySelector('#basis')").is_null());
    // its people are found, and nobody is given an office there
    page.click("a[href^='/admin/people?unit=']");
    page.until_says("van-thu");
    page.go("/admin/people/van-thu");
    page.until(&format!(
        "document.querySelector('#unit option[value=xa-moi]') && !document.querySelector('#unit option[value={UNIT}]')"
    ));
    let shown = desk.show(&document);
    assert_eq!(shown["unit_name"], old_name.as_str(), "{shown}");
    let visitor = browser.visitor(&server, DESK);
    visitor.sign_in("van-thu", PASSWORD, &clerk.recovery.pop().unwrap());
    visitor.go(&format!("/documents/{document}"));
    visitor.until_says(&old_name);
    assert!(visitor.eval("document.querySelector('.who').innerText").to_string().contains("Văn thư"));
    // closed: without another one in its place
    unit(&["doi-thue", "--name", "Đội thuế", "--tax-code", "6109999991", "--address", "Thôn 2", "--parent", "xa-moi"]);
    page.go("/admin/reform?sources=doi-thue&lang=en");
    choose(&page, "#successor", "!");
    page.fill("#basis", "Quyết định 3/QĐ-UBND");
    page.click("main form button");
    page.until_says("What follows from the closing");
    page.look("admin-reform-seen-en");
    page.resize(PHONE);
    page.look("admin-reform-seen-phone-en");
    page.resize(DESK);
    page.click("main form button");
    page.until_says("The unit was closed");
    look_at(
        &page,
        &[
            ("/admin/units", "admin-units-province"),
            ("/admin/units/xa-moi", "admin-unit-new"),
            (&format!("/admin/units/{UNIT}"), "admin-unit-merged"),
            ("/admin/reform", "admin-reform"),
        ],
    );
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn a_price_counts_from_tomorrow_on() {
    let office = Office::new();
    let server = office.serve();
    let mut thu = person(&office, &server, "thu", Role::Accountant, None);
    let Some(browser) = Browser::start() else { return };
    let page = browser.visitor(&server, DESK);
    page.sign_in("thu", PASSWORD, &thu.recovery.pop().unwrap());
    page.go("/admin/fees");
    page.until_says("Không có khoản thu nào đang áp dụng");
    page.look("admin-fees-empty-vi");
    let today = time::OffsetDateTime::now_utc().to_offset(dauson::data_folder::VIETNAM).date();
    let tomorrow = today.next_day().unwrap();
    // a table, tried first
    let work = tempfile::tempdir().unwrap();
    let table = work.path().join("phi.csv");
    let row =
        |price: &str| format!("CTBS,Phí chứng thực bản sao,phí,Thông tư 226/2016/TT-BTC,trang,{price},,{today},,,\n");
    let head = "code,name,kind,legal_basis,unit,price,portal_price,valid_from,valid_to,reductions,budget_item\n";
    std::fs::write(&table, format!("{head}{}", row("nhiều"))).unwrap();
    page.go("/admin/fees/import");
    page.choose("#file", &table);
    page.click("button[name=try]");
    page.until_says("1/1 dòng sai");
    page.look("admin-fees-import-wrong-vi");
    std::fs::write(&table, format!("{head}{}", row("2000"))).unwrap();
    page.go("/admin/fees/import");
    page.choose("#file", &table);
    page.click("button[name=try]");
    page.until_says("Thêm mới");
    assert!(!page.text().contains("Đã nhập xong"));
    page.choose("#file", &table);
    page.click("main form button:not([name])");
    page.until_says("Đã nhập xong: 1");
    page.look("admin-fees-import-vi");
    // a new price
    page.go("/admin/fees");
    page.until_says("2.000 đ/trang");
    page.click("a[href*='code=CTBS']");
    page.until_says("Giá mới cho CTBS");
    page.fill("#price", "3.500 đ");
    choose(&page, "#from", &today.to_string());
    page.click("main form button");
    page.until_says("chỉ đặt được ngày cuối");
    page.look("admin-fee-wrong-vi");
    choose(&page, "#from", &tomorrow.to_string());
    page.click("main form button");
    page.until_says("Sắp áp dụng");
    page.until_says("3.500 đ/trang");
    let fee = |day: time::Date| {
        let asked = server.get(&format!("/api/v1/fees?date={day}")).token(office.token(Role::Officer)).send();
        asked.expect(200).json()["items"][0]["price"].clone()
    };
    assert_eq!((fee(today), fee(tomorrow)), (Value::from("2000"), Value::from("3500")));
    let table = page.eval("fetch('/admin/fees/catalogue.csv').then(r => r.text())");
    assert_eq!(table.as_str().unwrap().lines().count(), 3, "{table}");
    look_at(
        &page,
        &[("/admin/fees", "admin-fees"), ("/admin/fees/price", "admin-fee"), ("/admin/series", "admin-series-read")],
    );
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn series_tokens_and_keys_are_cared_for_and_nothing_is_signed() {
    let office = Office::new();
    let work = tempfile::tempdir().unwrap();
    let pin = secret_file(&work, "pin", PIN);
    run(office.folder.path(), ["key", "pin", &format!("{UNIT}.receipt"), "--new-pin-file", &pin]).expect(0);
    let server = office.serve();
    let mut quan = person(&office, &server, "quan", Role::Admin, None);
    let mut giu = person(&office, &server, "giu", Role::Keeper, None);
    let Some(browser) = Browser::start() else { return };
    let page = browser.visitor(&server, DESK);
    page.sign_in("quan", PASSWORD, &quan.recovery.pop().unwrap());
    page.go("/admin/series/new");
    page.fill("#series", "EBL01/26TZZ1");
    page.click("main form button");
    page.until_says("mẫu số và ký hiệu như EBL01/26TAA");
    page.look("admin-series-wrong-vi");
    let year = office.series[6..8].to_owned();
    let series = format!("EBL01/{year}TXY");
    page.fill("#series", &series.to_lowercase());
    page.fill("#last", "1.000");
    page.fill("#registration", "Tờ khai 12 ngày 01/11/2026");
    page.click("main form button");
    page.until_says("Đã mở dải biên lai");
    choose(&page, "#to", OTHER_UNIT);
    page.fill("#first", "901");
    page.fill("#last", "2000");
    page.click("form:has(#first) button");
    page.until_says("các số chưa dùng là từ 1 đến 1000");
    page.fill("#last", "1.000");
    page.click("form:has(#first) button");
    page.until_says("00000901 – 00001000");
    page.look("admin-series-one-vi");
    let listed = run(office.folder.path(), ["receipt", "series", "list"]).expect(0).stdout;
    assert!(listed.contains(&series), "{listed}");
    page.go(&format!("/admin/series/{}", office.other_series));
    page.until_says("Không tìm thấy");
    // a token, shown once
    page.go("/admin/tokens");
    page.fill("#name", "Một cửa điện tử");
    page.click("form:has(#name) button");
    page.until("document.querySelector('#token')");
    let token = page.eval("document.querySelector('#token').textContent").as_str().unwrap().to_owned();
    page.look("admin-token-made-vi");
    server.get("/api/v1/receipts").token(&token).send().expect(200);
    page.go("/admin/tokens");
    assert!(!page.text().contains(&token));
    page.click("button[aria-label$='Một cửa điện tử']");
    page.until_says("Đã thu hồi thẻ");
    server.get("/api/v1/receipts").token(&token).send().expect(401);
    // keys: who administers stops, who keeps opens
    let key = format!("/admin/keys/{UNIT}.receipt");
    page.go(&key);
    assert!(page.eval("document.querySelector('#pin')").is_null(), "an administrator opens no key");
    page.fill("#reason", "kiểm tra");
    page.click("form:has(#reason) button");
    page.until_says("Đã dừng: kiểm tra");
    page.look("admin-key-stopped-vi");
    page.click("form:has(input[value=resume]) button");
    page.until_says("Khóa ký lại được");
    let keeper = browser.visitor(&server, PHONE);
    keeper.sign_in("giu", PASSWORD, &giu.recovery.pop().unwrap());
    keeper.go(&key);
    keeper.fill("#pin", "000000");
    keeper.click("form:has(#pin) button");
    keeper.until_says("Sai mã PIN");
    keeper.look("admin-key-wrong-pin-phone-vi");
    keeper.fill("#pin", PIN);
    keeper.fill("#hours", "4");
    keeper.click("form:has(#pin) button");
    keeper.until_says("Đang mở đến");
    keeper.look("admin-key-open-phone-vi");
    keeper.click("form:has(input[value=lock]) button");
    keeper.until_says("Đang khóa");
    look_at(
        &page,
        &[
            ("/admin/series", "admin-series"),
            ("/admin/series/new", "admin-series-new"),
            ("/admin/tokens", "admin-tokens"),
            ("/admin/keys", "admin-keys"),
            (&key, "admin-key"),
        ],
    );
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}
