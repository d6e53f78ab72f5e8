//! Who reaches which page: every address of the rooms, role by role.

use crate::http_access::PAGES;
use crate::office::Office;
use crate::sign_in::person;
use dauson::people::permissions::Role;
use std::collections::BTreeSet;
use std::path::Path;

const ALL: &[Role] = &Role::ALL;
const READ_DOCUMENTS: &[Role] = &[Role::Clerk, Role::Leader, Role::Drafter, Role::Auditor];
const PREPARE: &[Role] = &[Role::Clerk, Role::Leader, Role::Drafter];
const APPROVE: &[Role] = &[Role::Leader, Role::Drafter];
const CLERK: &[Role] = &[Role::Clerk];

/// Every address for who has signed in, and the roles that may; those of further rooms are in [`PAGES`].
const ROOMS: &[(&str, &str, &[Role])] = &[
    ("GET", "/desk", ALL),
    ("GET", "/account", ALL),
    ("POST", "/account", ALL),
    ("GET", "/office", ALL),
    ("POST", "/office", ALL),
    ("POST", "/sign-out", ALL),
    ("GET", "/documents", READ_DOCUMENTS),
    ("GET", "/documents/new", PREPARE),
    ("POST", "/documents/new", PREPARE),
    ("POST", "/documents/check", PREPARE),
    ("GET", "/documents/batch", APPROVE),
    ("POST", "/documents/batch", APPROVE),
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
            let path = route
                .replace("{id}", "999999")
                .replace("{file}", "0")
                .replace("{page}", "1.png")
                .replace("{act}", "return")
                .replace("{number}", "00000099");
            let request = || {
                let request = server.request(method, &path).header("origin", "http://test");
                request.body("application/x-www-form-urlencoded", b"x=1")
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
    let written = |address: &(&str, &str)| found.contains(&(address.0.to_owned(), address.1.to_owned()));
    assert!(found.len() > 30 && known.iter().all(written), "{found:?}");
    // those are written out there: what stands for a part of the address is anything
    let is_one = |route: &str, page: &str| {
        let page = page.split('?').next().unwrap().replace("{series}", "form/symbol");
        let (route, page): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), page.split('/').collect());
        route.len() == page.len() && route.iter().zip(&page).all(|(one, other)| one == other || one.starts_with('{'))
    };
    let is_left_out = |(method, route): &&(String, String)| {
        let is_known = known.contains(&(method.as_str(), route.as_str()));
        !is_known && !PAGES.iter().any(|(other, page, _)| method == other && is_one(route, page))
    };
    assert_eq!(found.iter().filter(is_left_out).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
}
