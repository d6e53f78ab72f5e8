//! The figures on the page: a province's leader looks at shares against targets, charts, the table of units, a commune's own page; a telephone; who
//! may not.

use crate::browser::{Browser, DESK, PHONE};
use crate::figures::province;
use crate::office::{Office, UNIT};
use crate::program::run;
use crate::server::Server;
use crate::sign_in::{PASSWORD, enrol, person};
use dauson::people::permissions::Role;

#[test]
fn a_leader_looks_at_the_province() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let made = province(data);
    let year = &made["figures"][0].as_str().unwrap()[..4];
    let invitation =
        run(data, ["user", "add", "lanh-dao", "--name", "Nguyễn Thị Mẫu", "--unit", "tinh-mau"]).expect(0).stdout;
    let office = ["user", "office", "lanh-dao", "--unit", "tinh-mau", "--role", "leader", "--title", "Chủ tịch"];
    run(data, office).expect(0);
    let server = Server::start(data, &[]);
    let mut leader = enrol(&server, "lanh-dao", invitation.trim());

    let page = browser.visitor(&server, DESK);
    page.sign_in("lanh-dao", PASSWORD, &leader.recovery.pop().unwrap());
    page.click("nav.rooms a[href='/figures']");
    page.until_at("/figures");
    page.until_says(&format!("Ủy ban nhân dân tỉnh Mẫu: số liệu năm {year}"));
    let text = page.text();
    for told in ["98,25 %", "98,15 %", "171 / 171", "Đạt", "Ủy ban nhân dân xã An Bắc", "Sở Nội vụ"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    page.look("figures-vi");
    page.show("page-figures-vi", 1_500.0);
    // charts say what they show to who does not see them
    let titles = page.eval("[...document.querySelectorAll('svg[role=img]')].every(s => s.querySelector('title').textContent && s.querySelector('desc').textContent)");
    assert_eq!(titles, true);
    assert_eq!(
        page.eval("[document.querySelectorAll('svg[role=img]').length, document.querySelectorAll('.bars').length]"),
        serde_json::json!([2, 3])
    );
    let bytes = page.eval("fetch(location.href).then(r => r.text()).then(t => new TextEncoder().encode(t).length)");
    assert!(bytes.as_u64().unwrap() < 150_000, "{bytes}");
    // sorted by a column, from above; again, from below
    page.click("table.units th a[href*='sort=-on_time']");
    page.until("document.readyState === 'complete' && document.querySelector('table.units th[aria-sort=descending]')");
    page.click("table.units th[aria-sort] a");
    page.until("document.readyState === 'complete' && document.querySelector('table.units th[aria-sort=ascending]')");
    let shares = "[...document.querySelectorAll('table.units tbody tr:not(.sum)')].map(r => r.lastElementChild.textContent.split(' ')[0]).filter(t => t !== '–').map(t => parseFloat(t.replace(',', '.')))";
    assert_eq!(page.eval(&format!("(a => a.length > 100 && a.every((x, i) => !i || a[i - 1] <= x))({shares})")), true);
    page.look("figures-sorted-vi");
    page.click("nav.levels a[href*='level=department']");
    page.until_at("/figures");
    page.until("document.querySelectorAll('table.units tbody tr:not(.sum)').length === 28");
    // a unit's own page, and back
    page.click("table.units tbody tr:not(.sum) a");
    page.until("!document.querySelector('table.units')");
    page.look("figures-unit-vi");
    page.click(".up a");
    page.until("document.querySelector('table.units')");
    // other periods: chosen, typed, wrong
    page.eval("document.querySelector('#period').value = [...document.querySelectorAll('#period option')].find(o => o.textContent.startsWith('Quý')).value");
    page.click("form.pick button");
    page.until_says("số liệu quý");
    page.go(&format!("/figures?from={year}-01-01&to={year}-01-31"));
    page.until_says("số liệu tháng 1");
    page.go(&format!("/figures?from={year}-02-01&to={year}-01-01"));
    page.until_says("Chưa xem được kỳ này");
    assert_eq!(page.eval("document.querySelector('#from').value"), format!("01/02/{year}"));
    page.look("figures-wrong-vi");
    page.fill("#from", &format!("01/02/{year}"));
    page.fill("#to", &format!("15/3/{year}"));
    page.click("form.pick button");
    page.until_says(&format!("số liệu từ 01/02/{year} đến 15/03/{year}"));
    // a period that is chosen then counts more than the days that are still there
    page.eval(&format!("document.querySelector('#period').value = '{year}-01'"));
    page.click("form.pick button");
    page.until_says(&format!("số liệu tháng 1/{year}"));
    page.go("/figures?from=1999-01-01&to=1999-12-31");
    page.until_says("Kỳ này chưa có số liệu");
    page.look("figures-empty-vi");
    page.go("/figures?lang=en");
    page.until_says("Shares against targets");
    page.resize(PHONE);
    page.look("figures-phone-en");
    page.go(&format!("/figures?lang=vi&unit=xa-001&period={year}"));
    page.until_says("số liệu năm");
    page.look("figures-phone-vi");
    // the table behind a chart
    let csv = page.eval("fetch(document.querySelector('a[href*=\"by=month\"]').href).then(r => r.text())");
    assert_eq!(csv.as_str().unwrap().lines().count(), 13, "{csv}");
}

/// Without a browser: who may look, and at what.
#[test]
fn figures_are_for_who_may_see_them_of_their_own_unit() {
    let office = Office::new();
    let server = office.serve();
    for (login, role, may) in
        [("lanh-dao", Role::Leader, true), ("quan-tri", Role::Admin, true), ("van-thu", Role::Clerk, false)]
    {
        let mut person = person(&office, &server, login, role, None);
        let cookie = person.enter(&server);
        let get = |path: &str| server.get(path).header("cookie", &cookie).send();
        let page = get("/figures").expect(if may { 200 } else { 403 }).text();
        assert_eq!(page.contains("so với chỉ tiêu"), may, "{page}");
        let desk = get("/desk").expect(200).text();
        assert_eq!(desk.contains("href=\"/figures\""), may);
        if may {
            assert!(page.contains("Kỳ này chưa có số liệu"), "{page}");
            get(&format!("/figures?unit={UNIT}")).expect(200);
            get("/figures?unit=xa-khac").expect(404);
            get("/figures?period=x").expect(422);
            // nothing that is asked for comes back as markup
            let odd = get("/figures?from=%22%3E%3Cscript%3E&sort=%22x&level=%3Cb%3E").expect(422).text();
            assert!(!odd.contains("<script>") && !odd.contains("<b>"), "{odd}");
        }
    }
    assert_eq!(server.get("/figures").send().expect(303).header("location"), Some("/sign-in?next=%2Ffigures"));
}
