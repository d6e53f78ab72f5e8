//! The door of the page, and what is behind it for everybody who has signed in.

use crate::browser::{Browser, DESK, PHONE};
use crate::office::{Office, UNIT};
use crate::oidc::{Provider, bind};
use crate::program::run;
use crate::server::Server;
use crate::sign_in::{PASSWORD, code, invited, person};
use dauson::people::permissions::Role;

fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
}

fn post(server: &Server, path: &str, fields: &[(&str, &str)], cookie: &str) -> crate::server::Answer {
    let request = server.post(path).body("application/x-www-form-urlencoded", &form(fields));
    let request = request.header("origin", "http://test");
    if cookie.is_empty() { request.send() } else { request.header("cookie", cookie).send() }
}

#[test]
fn who_signs_in_sees_the_desk() {
    let office = Office::new();
    let server = office.serve();
    let mut mau = person(&office, &server, "mau", Role::Leader, Some("xa-son-mau.leader"));
    let Some(browser) = Browser::start() else { return };
    let page = browser.visitor(&server, DESK);
    page.go("/desk?x=1");
    page.until_at("/sign-in");
    page.look("sign-in-vi");
    page.fill("#login", "mau");
    page.fill("#password", "sai mật khẩu rồi");
    page.fill("#code", "000000");
    page.click("main form button");
    page.until_says("Tên đăng nhập, mật khẩu hoặc mã không đúng");
    page.look("sign-in-wrong-vi");
    page.fill("#password", PASSWORD);
    page.fill("#code", &mau.recovery.pop().unwrap());
    page.press("Enter");
    page.until_at("/desk");
    assert_eq!(page.address(), "/desk?x=1");
    page.until_says("Việc của tôi");
    assert!(page.text().contains("Nguyễn Thị Mẫu"), "{}", page.text());
    page.look("desk-empty-vi");
    // the other language, which is remembered
    page.click(".who summary");
    page.look("who-vi");
    page.click(".who a[hreflang=en]");
    page.until_says("My desk");
    page.go("/account");
    page.until_says("Sessions");
    page.look("account-en");
    page.resize(PHONE);
    page.look("account-phone-en");
    page.go("/nowhere");
    page.until_says("Not found");
    page.look("not-found-en");
    page.click(".who summary");
    page.click(".who form[action='/sign-out'] button");
    page.until_at("/sign-in");
    page.go("/desk");
    page.until_at("/sign-in");
    page.look("sign-in-phone");
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn who_was_invited_comes_in_by_the_page() {
    let office = Office::new();
    let server = office.serve();
    let invitation = invited(&office, "moi");
    let give = ["user", "office", "moi", "--unit", UNIT, "--role", "clerk", "--title", "Văn thư"];
    run(office.folder.path(), give).expect(0);
    let Some(browser) = Browser::start() else { return };
    let page = browser.visitor(&server, PHONE);
    page.go(&format!("/invitation#{invitation}"));
    page.until("document.querySelector('#invitation').value.startsWith('dauson-invitation_')");
    page.fill("#password", PASSWORD);
    page.fill("#again", "khác");
    page.click("main form button");
    page.until_says("Hai mật khẩu không giống nhau");
    page.look("invitation-wrong-vi");
    page.fill("#password", PASSWORD);
    page.fill("#again", PASSWORD);
    page.click("main form button");
    page.until_says("Bước 2/2");
    page.look("invitation-telephone-vi");
    let secret = page.eval("document.querySelector('.key').textContent");
    let secret = crate::sign_in::base32(secret.as_str().unwrap());
    page.fill("#code", "000000");
    page.click("main form button");
    page.until_says("Mã không đúng");
    page.fill("#code", &code(&secret, 0));
    page.click("main form button");
    page.until_says("Tài khoản đã sẵn sàng");
    page.look("invitation-done-vi");
    page.sign_in("moi", PASSWORD, &code(&secret, 1));
    page.look("desk-phone-vi");
}

#[test]
fn passkeys_and_single_sign_on_are_cared_for_on_the_pages() {
    let Some(browser) = Browser::start() else { return };
    let office = Office::new();
    let provider = Provider::new();
    let (server, public) = provider.serve_at_localhost(&office);
    let mut mau = person(&office, &server, "mau", Role::Clerk, None);
    let mut quan = person(&office, &server, "quan", Role::Admin, None);
    bind(&office, &provider, "mau", "cb-0001").expect(0);

    let page = browser.visitor_at(&public, DESK);
    page.with_authenticator();
    page.go("/sign-in?next=/account");
    page.until("!document.querySelector('[data-passkey]').hidden");
    let door = "document.querySelector('a[href=\"/api/v1/session/oidc?to=%2Faccount\"]').innerText";
    assert!(page.eval(door).as_str().unwrap().contains("SSO"));
    page.look("sign-in-all-ways-vi");
    page.resize(PHONE);
    page.look("sign-in-all-ways-phone-vi");
    page.resize(DESK);
    page.sign_in("mau", PASSWORD, &mau.recovery.pop().unwrap());
    page.go("/account");
    page.click("[data-passkey] button");
    page.until_says("Hãy đặt tên");
    page.fill("#passkey-name", "Điện thoại công vụ");
    page.click("[data-passkey] button");
    page.until_says("Đã đăng ký khóa truy cập");
    page.look("account-passkey-vi");
    // an authenticator makes one for an account
    page.fill("#passkey-name", "Lần nữa");
    page.click("[data-passkey] button");
    page.until_says("Thiết bị này đã được đăng ký");
    page.click(".who summary");
    page.click(".who form[action='/sign-out'] button");
    page.until_at("/sign-in");
    page.go("/sign-in?next=/account");
    page.click("[data-passkey] button");
    page.until_at("/account");
    page.until_says("Điện thoại công vụ");
    page.go("/account?lang=en");
    page.resize(PHONE);
    page.look("account-passkey-phone-en");
    page.resize(DESK);
    page.go("/account?lang=vi");

    // who administers sees both, and ends them; the session that the passkey began has ended with it
    let other = browser.visitor_at(&public, DESK);
    other.sign_in("quan", PASSWORD, &quan.recovery.pop().unwrap());
    other.go("/admin/people/mau");
    other.until_says("cb-0001");
    other.look("admin-person-passkeys-vi");
    other.go("/admin/people/mau?lang=en");
    other.resize(PHONE);
    other.look("admin-person-passkeys-phone-en");
    other.resize(DESK);
    other.go("/admin/people/mau?lang=vi");
    other.click("form:has(input[value=passkey]) button");
    other.until_says("Đã thu hồi khóa truy cập");
    other.click("form:has(input[value=identity]) button");
    other.until_says("Đã gỡ liên kết");
    assert!(!other.text().contains("cb-0001") && !other.text().contains("Điện thoại công vụ"), "{}", other.text());
    page.go("/account");
    page.until_at("/sign-in");
    page.click("[data-passkey] button");
    page.until_says("Khóa truy cập này không dùng được ở đây");
    // revoked by its holder
    let page = browser.visitor_at(&public, DESK);
    page.with_authenticator();
    page.sign_in("mau", PASSWORD, &mau.recovery.pop().unwrap());
    page.go("/account");
    page.fill("#passkey-name", "Máy tính");
    page.click("[data-passkey] button");
    page.until_says("Đã đăng ký khóa truy cập");
    page.click("form:has(input[name=passkey]) button");
    page.until_says("Chưa có khóa truy cập nào");
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

/// Without a browser: what the door refuses, and where it leads.
#[test]
fn the_door_leads_to_this_service_only() {
    let office = Office::new();
    let server = office.serve();
    let mut mau = person(&office, &server, "mau", Role::Clerk, None);
    let led = server.get("/documents?state=draft").send();
    assert!([303, 404].contains(&led.status));
    let led = server.get("/desk?a=%2F&b").send().expect(303);
    assert_eq!(led.header("location"), Some("/sign-in?next=%2Fdesk%3Fa%3D%252F%26b"));
    assert!(led.header("set-cookie").is_none());
    // from a page of another site nobody is signed in, or out
    let body = form(&[("login", "mau"), ("password", PASSWORD), ("code", &mau.recovery[0])]);
    let foreign = server.post("/sign-in").body("application/x-www-form-urlencoded", &body);
    let refused = foreign.header("origin", "http://evil.example").send().expect(403);
    assert!(refused.text().contains("Không được phép") && refused.header("set-cookie").is_none());
    for (next, wanted) in [("//evil.example", "/desk"), ("https://evil.example/", "/desk"), ("/account", "/account")] {
        let code = mau.recovery.pop().unwrap();
        let fields = [("login", "mau"), ("password", PASSWORD), ("code", &code), ("next", next)];
        let led = post(&server, "/sign-in", &fields, "").expect(303);
        assert_eq!(led.header("location"), Some(wanted), "{next}");
        let cookie = led.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let page = server.get("/desk").header("cookie", &cookie).send().expect(200);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{policy}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(!page.text().contains("<style") && !page.text().contains(" style="), "{}", page.text());
        // the language is remembered where it was asked for
        let english = server.get("/desk?lang=en").header("cookie", &cookie).send().expect(200);
        assert!(english.header("set-cookie").unwrap().starts_with("lang=en; Path=/"), "{english:?}");
        let both = format!("{cookie}; lang=en");
        assert!(server.get("/desk").header("cookie", &both).send().text().contains("My desk"));
        let left = post(&server, "/sign-out", &[], &cookie).expect(303);
        assert!(left.header("set-cookie").unwrap().contains("Max-Age=0"));
        server.get("/desk").header("cookie", &cookie).send().expect(303);
    }
    // errors are pages where a browser asks, and problem documents elsewhere
    let page = server.get("/nowhere").header("accept", "text/html,*/*").send().expect(404);
    assert!(page.header("content-type").unwrap().starts_with("text/html"), "{page:?}");
    server.get("/nowhere").send().problem(404);
    // what pages consist of is fetched once
    let desk = server.get("/sign-in").send().expect(200).text();
    let style = desk.split("href=\"/assets/page.css?v=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let style = server.get(&format!("/assets/page.css?v={style}")).send().expect(200);
    assert!(style.header("cache-control").unwrap().contains("immutable"));
    assert_eq!(style.header("content-type"), Some("text/css; charset=utf-8"));
    server.get("/assets/..%2fpage.css").send().problem(404);
}
