//! Who reaches which page: every address of the rooms, role by role; and that every page is small enough for a slow line.

use crate::http_access::{
    ACCOUNTANT, ADMIN, ALL, APPROVE, AUDITOR, CLERK, LEADER, OFFICER, PREPARE, READ_DOCUMENTS, READ_FIGURES,
    READ_RECEIPTS, SEE_KEYS, SEND_AGAIN, STOP_KEYS,
};
use crate::office::{Office, UNIT};
use crate::program::run;
use crate::registry::{Desk, decision};
use crate::server::{Server, sample_pdf};
use crate::sign_in::{enrol, person};
use crate::walk::{self, Page};
use dauson::people::permissions::Role;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

const SEE_ROLES: &[Role] = &[Role::Auditor, Role::Admin];
const SEE_SERIES: &[Role] = &[Role::Officer, Role::Accountant, Role::Auditor, Role::Admin];

/// Every address for who has signed in, as it is asked for, and the roles that may; what stands behind a ? is sent as a form is.
const ROOMS: &[(&str, &str, &[Role])] = &[
    ("GET", "/desk", ALL),
    ("GET", "/account", ALL),
    ("POST", "/account", ALL),
    ("GET", "/account/images", ALL),
    ("POST", "/account/images?kind=signature", APPROVE),
    ("POST", "/account/images?kind=seal", CLERK),
    ("GET", "/account/images/initials.png", APPROVE),
    ("GET", "/account/images/seal.png", CLERK),
    ("GET", "/office", ALL),
    ("POST", "/office", ALL),
    ("POST", "/sign-out", ALL),
    ("GET", "/documents", READ_DOCUMENTS),
    ("GET", "/documents/new", PREPARE),
    ("POST", "/documents/new", PREPARE),
    ("POST", "/documents/check", PREPARE),
    ("GET", "/documents/batch", APPROVE),
    ("POST", "/documents/batch", APPROVE),
    ("GET", "/documents/copies", READ_DOCUMENTS),
    ("GET", "/documents/copies/new", CLERK),
    ("POST", "/documents/copies/new", CLERK),
    ("GET", "/documents/delegations", READ_DOCUMENTS),
    ("POST", "/documents/delegations", LEADER),
    ("GET", "/documents/delegations/new", LEADER),
    ("POST", "/documents/delegations/new", LEADER),
    ("GET", "/documents/{id}", READ_DOCUMENTS),
    ("GET", "/documents/{id}/files/{file}", READ_DOCUMENTS),
    ("GET", "/documents/{id}/pages/{page}", READ_DOCUMENTS),
    ("GET", "/documents/{id}/{act}", READ_DOCUMENTS),
    ("POST", "/documents/{id}/{act}", PREPARE),
    ("GET", "/incoming", READ_DOCUMENTS),
    ("GET", "/incoming/new", CLERK),
    ("POST", "/incoming/new", CLERK),
    ("GET", "/incoming/{id}", READ_DOCUMENTS),
    ("GET", "/incoming/{id}/files/{file}", READ_DOCUMENTS),
    ("GET", "/incoming/{id}/pages/{page}", READ_DOCUMENTS),
    ("GET", "/incoming/{id}/{act}", READ_DOCUMENTS),
    ("POST", "/incoming/{id}/{act}", PREPARE),
    ("GET", "/audit", AUDITOR),
    ("GET", "/audit/check", AUDITOR),
    ("POST", "/audit/check", AUDITOR),
    ("GET", "/audit/alarms", AUDITOR),
    ("POST", "/audit/alarms", AUDITOR),
    ("GET", "/audit/export", AUDITOR),
    ("POST", "/audit/export", AUDITOR),
    ("GET", "/audit/0", AUDITOR),
    ("POST", "/audit/0/who", AUDITOR),
    ("GET", "/audit/0/entry.json", AUDITOR),
    ("GET", "/audit/0/proof.txt", AUDITOR),
    ("GET", "/admin", ALL),
    ("GET", "/admin/units", ADMIN),
    ("POST", "/admin/units", ADMIN),
    ("GET", "/admin/units/{unit}", ADMIN),
    ("POST", "/admin/units/{unit}", ADMIN),
    ("GET", "/admin/units/{unit}/rename", ADMIN),
    ("POST", "/admin/units/{unit}/rename?name=x&basis=x", ADMIN),
    ("GET", "/admin/units/plans/999999/withdraw", ADMIN),
    ("POST", "/admin/units/plans/999999/withdraw", ADMIN),
    ("GET", "/admin/units/{unit}/seal", ADMIN),
    ("POST", "/admin/units/{unit}/seal", ADMIN),
    ("GET", "/admin/units/{unit}/seal.png", ADMIN),
    ("GET", "/admin/reform", ADMIN),
    ("POST", "/admin/reform?sources={unit}&successor=!&basis=x", ADMIN),
    ("GET", "/admin/people", ADMIN),
    ("GET", "/admin/people/new", ADMIN),
    ("POST", "/admin/people/new", ADMIN),
    ("GET", "/admin/people/nobody", ADMIN),
    ("POST", "/admin/people/nobody", ADMIN),
    ("POST", "/admin/people/nobody?do=passkey&id=999999", ADMIN),
    ("POST", "/admin/people/nobody?do=identity&id=999999", ADMIN),
    ("GET", "/admin/people/nobody/offices", ADMIN),
    ("POST", "/admin/people/nobody/offices", ADMIN),
    ("GET", "/admin/people/nobody/offices/999999", ADMIN),
    ("POST", "/admin/people/nobody/offices/999999", ADMIN),
    ("GET", "/admin/roles", SEE_ROLES),
    ("GET", "/admin/keys", SEE_KEYS),
    ("GET", "/admin/keys/{unit}.seal", SEE_KEYS),
    ("POST", "/admin/keys/{unit}.seal?do=stop&reason=x", STOP_KEYS),
    ("POST", "/admin/keys/{unit}.seal?do=resume", ADMIN),
    ("POST", "/admin/keys/{unit}.seal?do=unblock", ADMIN),
    ("POST", "/admin/keys/{unit}.seal?do=terms", STOP_KEYS),
    ("POST", "/admin/keys/{unit}.receipt?do=unlock&pin=1", &[Role::Keeper]),
    ("POST", "/admin/keys/{unit}.receipt?do=approve", &[Role::Keeper]),
    ("POST", "/admin/keys/{unit}.receipt?do=lock", &[Role::Keeper]),
    ("GET", "/admin/fees", READ_RECEIPTS),
    ("GET", "/admin/fees/price", ACCOUNTANT),
    ("POST", "/admin/fees/price", ACCOUNTANT),
    ("POST", "/admin/fees/end", ACCOUNTANT),
    ("GET", "/admin/fees/import", ACCOUNTANT),
    ("POST", "/admin/fees/import", ACCOUNTANT),
    ("GET", "/admin/fees/catalogue.csv", READ_RECEIPTS),
    ("GET", "/admin/series", SEE_SERIES),
    ("GET", "/admin/series/new", ADMIN),
    ("POST", "/admin/series/new", ADMIN),
    ("GET", "/admin/series/{series}", SEE_SERIES),
    ("POST", "/admin/series/{series}", ADMIN),
    ("GET", "/admin/tokens", ADMIN),
    ("POST", "/admin/tokens", ADMIN),
    ("POST", "/admin/tokens/999999/revoke", ADMIN),
    ("GET", "/admin/trust", SEE_ROLES),
    ("GET", "/admin/settings", ADMIN),
    ("GET", "/admin/health", ADMIN),
    ("POST", "/admin/sent/999999/retry", SEND_AGAIN),
    ("GET", "/admin/sent/999999/retry", ADMIN),
    ("GET", "/admin/tokens/999999/revoke", ADMIN),
    ("GET", "/admin/fees/end", READ_RECEIPTS),
    ("GET", "/audit/0/who", AUDITOR),
    ("GET", "/figures", READ_FIGURES),
    ("GET", "/receipts", READ_RECEIPTS),
    ("GET", "/receipts/new", OFFICER),
    ("POST", "/receipts/new", OFFICER),
    ("GET", "/receipts/new/price", OFFICER),
    ("POST", "/receipts/new/price", OFFICER),
    ("GET", "/receipts/table", OFFICER),
    ("POST", "/receipts/table", OFFICER),
    ("GET", "/receipts/series", READ_RECEIPTS),
    ("GET", "/receipts/reports", READ_RECEIPTS),
    ("POST", "/receipts/reports?do=file&from=x", &[Role::Officer, Role::Accountant]),
    ("GET", "/receipts/sent", READ_RECEIPTS),
    ("POST", "/receipts/sent?id=999999", SEND_AGAIN),
    ("GET", "/receipts/{series}/99", READ_RECEIPTS),
    ("POST", "/receipts/{series}/99?do=void", OFFICER),
    ("POST", "/receipts/{series}/99?do=approve", ACCOUNTANT),
    ("GET", "/receipts/{series}/99/replace", OFFICER),
    ("POST", "/receipts/{series}/99/replace", OFFICER),
    ("GET", "/receipts/{series}/99/print", READ_RECEIPTS),
    ("GET", "/shifts", READ_RECEIPTS),
    ("POST", "/shifts", OFFICER),
    ("GET", "/shifts/999999", READ_RECEIPTS),
];

/// Every address that anybody may use.
const PUBLIC: &[(&str, &str)] = &[
    ("GET", "/assets/{name}"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/invitation"),
    ("POST", "/invitation"),
    ("GET", "/invitation/confirm"),
    ("POST", "/invitation/confirm"),
];

#[test]
fn each_role_reaches_its_rooms_and_nothing_else() {
    let office = Office::new();
    let server = office.serve();
    for role in Role::ALL {
        let mut somebody = person(&office, &server, role.as_str(), role, None);
        let mut cookie = somebody.enter(&server);
        for (method, route, roles) in ROOMS {
            let page = route
                .replace("{id}", "999999")
                .replace("{file}", "0")
                .replace("{page}", "1.png")
                .replace("{act}", "return")
                .replace("{unit}", UNIT)
                .replace("{series}", &office.series);
            let (path, fields) = page.split_once('?').unwrap_or((&page, ""));
            let request = || {
                let request = server.request(method, path).header("origin", "http://test");
                request.body("application/x-www-form-urlencoded", fields.as_bytes())
            };
            let led = request().send().expect(303);
            assert!(led.header("location").unwrap().starts_with("/sign-in?next="), "{route}: {led:?}");
            let answer = request().header("cookie", &cookie).send();
            if roles.contains(&role) {
                // what is asked for is not there, or not right; who asks may
                assert!(!matches!(answer.status, 401 | 403 | 405 | 500..), "{role} {method} {route}: {answer:?}");
                let next = answer.header("location").unwrap_or_default();
                assert!(!next.starts_with("/sign-in?"), "{role} {method} {route}: {answer:?}");
            } else {
                assert_eq!(answer.status, 403, "{role} {method} {route}: {answer:?}");
                assert!(answer.header("content-type").unwrap().starts_with("text/html"), "{answer:?}");
                assert!(answer.text().contains("<code>auth.role</code>"), "{role} {method} {route}: {answer:?}");
            }
            if *route == "/sign-out" {
                cookie = somebody.enter(&server);
            }
        }
    }
}

/// The addresses that `.route(...)` names in the sources of the pages, with their methods.
fn routes(folder: &Path, found: &mut BTreeSet<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            routes(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            for piece in source.split(".route(").skip(1) {
                let route = piece.split('"').nth(1).unwrap();
                for (call, method) in [("get(", "GET"), ("post(", "POST")] {
                    if piece.contains(call) {
                        found.insert((method.to_owned(), route.to_owned()));
                    }
                }
            }
        }
    }
}

#[test]
fn no_address_is_left_out() {
    let mut found = BTreeSet::new();
    routes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/pages"), &mut found);
    let rooms = ROOMS.iter().map(|(method, route, _)| (*method, *route));
    let known: Vec<(&str, &str)> = rooms.chain(PUBLIC.iter().copied()).collect();
    // what is written out for a part of an address is anything, unless there is an address that is just so
    let is_at = |(method, route): &(String, String), (other, page): &(&str, &str)| {
        let page = page.split('?').next().unwrap().replace("{series}", "form/symbol");
        if method != other || found.contains(&(method.clone(), page.clone())) {
            return method == other && *route == page;
        }
        let (route, page): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), page.split('/').collect());
        route.len() == page.len() && route.iter().zip(&page).all(|(one, other)| one == other || one.starts_with('{'))
    };
    let is_written = |page: &(&str, &str)| found.iter().any(|address| is_at(address, page));
    assert!(found.len() > 30 && known.iter().all(is_written), "{found:?}");
    let is_left_out = |address: &&(String, String)| !known.iter().any(|page| is_at(address, page));
    assert_eq!(found.iter().filter(is_left_out).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
}

/// Bytes of a page at most, unpacked.
const LARGEST: usize = 150_000;
/// Bytes on the line at most before a page is seen: itself and what it waits for.
const LARGEST_AT_FIRST: usize = 50_000;

/// Looks at pages of a server, and remembers how large they were.
struct Scales<'a> {
    server: &'a Server,
    /// Whether documents and receipts are rows only.
    is_made_up: bool,
    /// What pages wait for, with its bytes on the line.
    assets: HashMap<String, usize>,
    /// Bytes at first, bytes unpacked, address.
    weighed: BTreeSet<(usize, usize, String)>,
}

impl<'a> Scales<'a> {
    fn of(server: &'a Server, is_made_up: bool) -> Self {
        Self { server, is_made_up, assets: HashMap::new(), weighed: BTreeSet::new() }
    }

    /// Goes from these addresses to one of each kind that their pages lead to, and weighs each page.
    fn walk(&mut self, who: &str, cookie: &str, from: &[String]) {
        let get =
            |address: &str| self.server.get(address).header("accept-encoding", "gzip").header("cookie", cookie).send();
        walk::all(from, |address| {
            let answer = get(address);
            // documents and receipts that are made up have no files to show
            let is_made_up = self.is_made_up
                && ["/documents/", "/incoming/", "/receipts/EBL"].iter().any(|path| address.starts_with(path));
            let is_right = matches!((answer.status, is_made_up), (200 | 303, _) | (404 | 500, true));
            assert!(is_right, "{who} {address}: {answer:?}");
            if answer.status != 200 || !answer.header("content-type").unwrap().starts_with("text/html") {
                return None;
            }
            assert_eq!(answer.header("content-encoding"), Some("gzip"), "{who} {address}");
            let page = Page::new(address, &answer.body);
            let mut first = page.packed;
            for asset in page.blocked_by() {
                first += *self.assets.entry(asset).or_insert_with_key(|asset| get(asset).expect(200).body.len());
            }
            // the API is told on one long page, for who looks for something in it
            if address.starts_with("/api") {
                return Some(page);
            }
            assert!(page.html.len() < LARGEST, "{who} {address}: {} bytes", page.html.len());
            assert!(first < LARGEST_AT_FIRST, "{who} {address}: {first} bytes before it is seen");
            self.weighed.insert((first, page.html.len(), format!("{address} ({who})")));
            Some(page)
        });
    }

    /// Tells the largest, and how many there were.
    fn told(&self) -> usize {
        for (first, whole, address) in self.weighed.iter().rev().take(5) {
            eprintln!("{first} bytes before it is seen, {whole} unpacked: {address}");
        }
        self.weighed.len()
    }
}

/// A picture, which is not there where nobody has kept it.
fn is_picture(route: &str) -> bool {
    Path::new(route).extension().is_some_and(|ending| ending == "png")
}

/// An office with something of everything: documents at each step, one that came in, receipts of each state, a shift that was closed, a
/// day's report; and enough of it that lists are as long as they get.
#[test]
fn every_page_of_a_full_office_is_small() {
    let office = Office::new();
    let data = office.folder.path();
    let fees = data.join("fees.csv");
    let csv = std::fs::read_to_string("samples/bieu-phi.csv").unwrap().replace("2026-07-01", "2020-01-01");
    std::fs::write(&fees, csv).unwrap();
    run(data, ["fee", "import", fees.to_str().unwrap(), "--unit", UNIT]).expect(0);
    let server = Server::start(data, &[("DAUSON_SERVE_REQUEST_SECONDS", "240")]);
    let desk = Desk { office: &office, server: &server };
    let document = desk.draft(&decision());
    desk.up_to(&document, "issue");
    for last in ["initial", "sign", "number", "register", "seal"] {
        desk.up_to(&desk.draft(&decision()), last);
    }
    for _ in 0..60 {
        desk.draft(&decision());
    }
    let arrival =
        json!({"kind": "CV", "author": "Sở Nội vụ", "symbol": "1/SNV", "subject": "Hướng dẫn công tác văn thư"});
    let arrived = desk.form(Role::Clerk, "/api/v1/incoming", "den.pdf", &sample_pdf(), &arrival).expect(201).json();
    let mut codes = Vec::new();
    for number in 0..55 {
        let asked = server.post("/api/v1/receipts").token(office.token(Role::Officer));
        let asked = asked.header("idempotency-key", &number.to_string()).json(&office.receipt_request(2_000));
        codes.push(asked.send().expect(201).json()["code"].as_str().unwrap().to_owned());
    }
    let receipt = |number: u32, act: &str| format!("/api/v1/receipts/{}/{number:08}/{act}", office.series);
    let mut right = office.receipt_request(2_000);
    right["lines"][0]["quantity"] = json!(4);
    let why = json!({"reason": "Sai số lượng", "request": right});
    desk.post(Role::Officer, &receipt(1, "replace"), &why).expect(201);
    desk.post(Role::Officer, &receipt(2, "notify"), &json!({"reason": "Sai tên"})).expect(200);
    desk.post(Role::Officer, &receipt(3, "cancel"), &json!({"reason": "Hoàn tiền"})).expect(202);
    desk.post(Role::Officer, "/api/v1/shifts/close", &json!({"counted": 0, "note": "Chưa đếm"})).expect(201);
    let today = time::OffsetDateTime::now_utc().to_offset(dauson::data_folder::VIETNAM).date();
    let daily = format!("/api/v1/reports/daily?date={today}&format=xml");
    server.get(&daily).token(office.token(Role::Officer)).send().expect(200);
    let mut people = Vec::new();
    for role in Role::ALL {
        let key = match role {
            Role::Leader => Some("leader"),
            Role::Clerk => Some("seal"),
            _ => None,
        };
        let key = key.map(|key| format!("{UNIT}.{key}"));
        people.push((role, person(&office, &server, role.as_str(), role, key.as_deref())));
    }

    let mut scales = Scales::of(&server, false);
    let known = |route: &str| {
        route
            .replace("/documents/{id}", &format!("/documents/{document}"))
            .replace("/incoming/{id}", &format!("/incoming/{}", arrived["id"].as_str().unwrap()))
            .replace("{file}", "0")
            .replace("{page}", "1.png")
            .replace("{act}", "trail")
            .replace("{unit}", UNIT)
            .replace("{series}/99", &format!("{}/1", office.series))
            .replace("{series}", &office.series)
            .replace("/shifts/999999", "/shifts/1")
            .replace("nobody", "clerk")
    };
    for (role, person) in &mut people {
        // pictures that nobody has kept are not there
        let rooms = ROOMS
            .iter()
            .filter(|(method, route, roles)| *method == "GET" && roles.contains(role) && !is_picture(route));
        let from: Vec<String> = rooms.map(|(_, route, _)| known(route)).collect();
        let cookie = person.enter(&server);
        scales.walk(role.as_str(), &cookie, &from);
    }
    let receipts = [0, 2].map(|at: usize| format!("/v/{}", codes[at]));
    let public = ["/", "/verify", "/sign-in", "/invitation", "/api"].map(str::to_owned);
    scales.walk("anybody", "", &[&public[..], &receipts[..]].concat());
    assert!(scales.told() > 100);
}

/// The same of a province, with as many units, people and series as there are.
#[test]
fn every_page_of_a_full_province_is_small() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    run(data, ["demo", "--scale", "171,1200,600,3000", "--json"]).expect(0);
    let invited = Role::ALL.map(|role| {
        let login = role.as_str();
        let add = ["user", "add", login, "--name", "Nguyễn Thị Mẫu", "--unit", "tinh-mau"];
        let invitation = run(data, add).expect(0).stdout.trim().to_owned();
        run(data, ["user", "office", login, "--unit", "tinh-mau", "--role", login, "--title", "Chức vụ"]).expect(0);
        (role, invitation)
    });
    let server = Server::start(data, &[("DAUSON_SERVE_REQUEST_SECONDS", "240")]);
    let mut scales = Scales::of(&server, true);
    for (role, invitation) in invited {
        let cookie = enrol(&server, role.as_str(), &invitation).enter(&server);
        let rooms = ROOMS.iter().filter(|(method, route, roles)| {
            let is_there = !route.contains(['{', '9']) && !route.contains("nobody") && !is_picture(route);
            *method == "GET" && roles.contains(&role) && is_there
        });
        let from: Vec<String> = rooms.map(|(_, route, _)| (*route).to_owned()).collect();
        scales.walk(role.as_str(), &cookie, &from);
    }
    assert!(scales.told() > 100);
}
