//! Who reaches what over HTTP, and what nobody reaches.

use crate::csc;
use crate::office::{Office, UNIT};
use crate::program::run;
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub const ALL: &[Role] = &Role::ALL;
const DOCUMENTS: &[Role] = &[Role::Clerk, Role::Leader];
pub const READ_DOCUMENTS: &[Role] = &[Role::Clerk, Role::Leader, Role::Drafter, Role::Auditor];
/// Who prepares official documents, approves them, keeps the registers, decides, puts somebody in charge.
pub const PREPARE: &[Role] = &[Role::Clerk, Role::Leader, Role::Drafter];
pub const APPROVE: &[Role] = &[Role::Leader, Role::Drafter];
pub const CLERK: &[Role] = &[Role::Clerk];
pub const LEADER: &[Role] = &[Role::Leader];
const ASSIGN: &[Role] = &[Role::Clerk, Role::Leader];
pub const OFFICER: &[Role] = &[Role::Officer];
pub const ACCOUNTANT: &[Role] = &[Role::Accountant];
pub const READ_RECEIPTS: &[Role] = &[Role::Officer, Role::Accountant, Role::Auditor];
pub const READ_FIGURES: &[Role] = &[Role::Leader, Role::Accountant, Role::Auditor, Role::Admin];
const HAND_IN_FIGURES: &[Role] = &[Role::Clerk, Role::Leader, Role::Officer];
pub const AUDITOR: &[Role] = &[Role::Auditor];
pub const SEND_AGAIN: &[Role] = &[Role::Officer, Role::Accountant, Role::Admin];
pub const SEE_KEYS: &[Role] =
    &[Role::Clerk, Role::Leader, Role::Drafter, Role::Officer, Role::Auditor, Role::Keeper, Role::Admin];
/// Keepers open all keys, who signs with a key of the own token opens that.
const OPEN_KEYS: &[Role] = &[Role::Clerk, Role::Leader, Role::Drafter, Role::Keeper];
pub const STOP_KEYS: &[Role] = &[Role::Keeper, Role::Admin];
pub const ADMIN: &[Role] = &[Role::Admin];

/// Every route that needs a token, and the roles that may.
const ROUTES: &[(&str, &str, &[Role])] = &[
    ("POST", "/api/v1/documents", DOCUMENTS),
    ("GET", "/api/v1/documents", READ_DOCUMENTS),
    ("GET", "/api/v1/documents/{id}", READ_DOCUMENTS),
    ("GET", "/api/v1/documents/{id}/file", READ_DOCUMENTS),
    ("POST", "/api/v1/documents/{id}/sign", DOCUMENTS),
    ("POST", "/api/v1/documents/{id}/prepare", DOCUMENTS),
    ("POST", "/api/v1/documents/{id}/finish", DOCUMENTS),
    ("POST", "/api/v1/sign", DOCUMENTS),
    ("POST", "/api/v1/verify", ALL),
    ("POST", "/api/v1/outgoing", PREPARE),
    ("GET", "/api/v1/outgoing", READ_DOCUMENTS),
    ("POST", "/api/v1/outgoing/check", PREPARE),
    ("GET", "/api/v1/outgoing/{id}", READ_DOCUMENTS),
    ("GET", "/api/v1/outgoing/{id}/files/{file}", READ_DOCUMENTS),
    ("POST", "/api/v1/outgoing/{id}/files", PREPARE),
    ("POST", "/api/v1/outgoing/{id}/revise", PREPARE),
    ("POST", "/api/v1/outgoing/{id}/initial", APPROVE),
    ("POST", "/api/v1/outgoing/{id}/sign", APPROVE),
    ("POST", "/api/v1/outgoing/{id}/number", CLERK),
    ("POST", "/api/v1/outgoing/{id}/seal", CLERK),
    ("POST", "/api/v1/outgoing/{id}/register", CLERK),
    ("POST", "/api/v1/outgoing/{id}/issue", CLERK),
    ("POST", "/api/v1/outgoing/{id}/raise", CLERK),
    ("POST", "/api/v1/outgoing/{id}/prepare", PREPARE),
    ("POST", "/api/v1/outgoing/{id}/finish", PREPARE),
    ("POST", "/api/v1/outgoing/sign", APPROVE),
    ("POST", "/api/v1/outgoing/initial", APPROVE),
    ("POST", "/api/v1/outgoing/seal", CLERK),
    ("POST", "/api/v1/outgoing/{id}/return", PREPARE),
    ("POST", "/api/v1/outgoing/{id}/cancel", PREPARE),
    ("POST", "/api/v1/outgoing/{id}/withdraw", LEADER),
    ("GET", "/api/v1/outgoing/{id}/trail", READ_DOCUMENTS),
    ("POST", "/api/v1/outgoing/{id}/trail", DOCUMENTS),
    ("POST", "/api/v1/copies", CLERK),
    ("GET", "/api/v1/images/{kind}", APPROVE),
    ("PUT", "/api/v1/images/{kind}", APPROVE),
    ("DELETE", "/api/v1/images/{kind}", APPROVE),
    ("POST", "/api/v1/incoming", CLERK),
    ("GET", "/api/v1/incoming", READ_DOCUMENTS),
    ("GET", "/api/v1/incoming/{id}", READ_DOCUMENTS),
    ("GET", "/api/v1/incoming/{id}/files/{file}", READ_DOCUMENTS),
    ("POST", "/api/v1/incoming/{id}/files", CLERK),
    ("POST", "/api/v1/incoming/{id}/register", CLERK),
    ("POST", "/api/v1/incoming/{id}/return", CLERK),
    ("POST", "/api/v1/incoming/{id}/assign", ASSIGN),
    ("GET", "/api/v1/incoming/{id}/trail", READ_DOCUMENTS),
    ("POST", "/api/v1/incoming/{id}/trail", DOCUMENTS),
    ("POST", "/api/v1/edxml", CLERK),
    ("POST", "/api/v1/outgoing/{id}/edxml", CLERK),
    ("POST", "/api/v1/outgoing/{id}/status", CLERK),
    ("POST", "/api/v1/incoming/{id}/status", CLERK),
    ("GET", "/api/v1/registers/{book}", READ_DOCUMENTS),
    ("GET", "/api/v1/delegations", READ_DOCUMENTS),
    ("POST", "/api/v1/delegations", LEADER),
    ("POST", "/api/v1/delegations/{id}/revoke", LEADER),
    ("POST", "/api/v1/receipts", OFFICER),
    ("GET", "/api/v1/receipts", READ_RECEIPTS),
    ("GET", "/api/v1/receipts/{form}/{symbol}/{number}", READ_RECEIPTS),
    ("GET", "/api/v1/receipts/{form}/{symbol}/{number}.pdf", READ_RECEIPTS),
    ("GET", "/api/v1/receipts/{form}/{symbol}/{number}.xml", READ_RECEIPTS),
    ("GET", "/api/v1/receipts/{form}/{symbol}/{number}/copy.pdf", READ_RECEIPTS),
    ("GET", "/api/v1/receipts/{form}/{symbol}/{number}/slip.pdf", READ_RECEIPTS),
    ("POST", "/api/v1/receipts/{form}/{symbol}/{number}/cancel", OFFICER),
    ("POST", "/api/v1/receipts/{form}/{symbol}/{number}/cancel/approve", ACCOUNTANT),
    ("POST", "/api/v1/receipts/{form}/{symbol}/{number}/cancel/reject", ACCOUNTANT),
    ("POST", "/api/v1/receipts/{form}/{symbol}/{number}/notify", OFFICER),
    ("GET", "/api/v1/receipts/{form}/{symbol}/{number}/notices/{id}", READ_RECEIPTS),
    ("POST", "/api/v1/receipts/{form}/{symbol}/{number}/replace", OFFICER),
    ("GET", "/api/v1/legacy-receipts", READ_RECEIPTS),
    ("GET", "/api/v1/legacy-receipts/{form}/{symbol}/{number}", READ_RECEIPTS),
    ("POST", "/api/v1/legacy-receipts", OFFICER),
    ("GET", "/api/v1/fees", READ_RECEIPTS),
    ("PUT", "/api/v1/fees", ACCOUNTANT),
    ("GET", "/api/v1/reports/receipts", READ_RECEIPTS),
    ("GET", "/api/v1/reports/use", READ_RECEIPTS),
    ("GET", "/api/v1/reports/ledger", READ_RECEIPTS),
    ("GET", "/api/v1/reports/daily", READ_RECEIPTS),
    ("POST", "/api/v1/reports/reconcile", READ_RECEIPTS),
    ("GET", "/api/v1/reports/figures", READ_FIGURES),
    ("POST", "/api/v1/reports/figures", HAND_IN_FIGURES),
    ("GET", "/api/v1/reports/sent", READ_RECEIPTS),
    ("POST", "/api/v1/reports/sent/{id}/retry", SEND_AGAIN),
    ("POST", "/api/v1/shifts/close", OFFICER),
    ("GET", "/api/v1/shifts", READ_RECEIPTS),
    ("GET", "/api/v1/shifts/{id}", READ_RECEIPTS),
    ("GET", "/api/v1/shifts/{id}/file", READ_RECEIPTS),
    ("GET", "/api/v1/keys", SEE_KEYS),
    ("POST", "/api/v1/keys/{id}/unlock", OPEN_KEYS),
    ("POST", "/api/v1/keys/{id}/unlock/approve", OPEN_KEYS),
    ("POST", "/api/v1/keys/{id}/lock", OPEN_KEYS),
    ("POST", "/api/v1/keys/{id}/terms", STOP_KEYS),
    ("POST", "/api/v1/keys/{id}/stop", STOP_KEYS),
    ("POST", "/api/v1/keys/{id}/resume", ADMIN),
    ("POST", "/api/v1/keys/{id}/unblock", ADMIN),
    ("GET", "/api/v1/users", ADMIN),
    ("POST", "/api/v1/users", ADMIN),
    ("POST", "/api/v1/users/{login}/invite", ADMIN),
    ("POST", "/api/v1/users/{login}/disable", ADMIN),
    ("POST", "/api/v1/users/{login}/enable", ADMIN),
    ("POST", "/api/v1/users/{login}/offices", ADMIN),
    ("POST", "/api/v1/users/{login}/passkeys/{id}/revoke", ADMIN),
    ("POST", "/api/v1/users/{login}/identities", ADMIN),
    ("POST", "/api/v1/users/{login}/identities/{id}/end", ADMIN),
    ("POST", "/api/v1/offices/{id}/end", ADMIN),
    ("GET", "/api/v1/units", ADMIN),
    ("POST", "/api/v1/units", ADMIN),
    ("POST", "/api/v1/units/merge", ADMIN),
    ("GET", "/api/v1/units/plans", ADMIN),
    ("POST", "/api/v1/units/plans/{id}/withdraw", ADMIN),
    ("GET", "/api/v1/units/{id}", ADMIN),
    ("POST", "/api/v1/units/{id}/rename", ADMIN),
    ("POST", "/api/v1/units/{id}/close", ADMIN),
    ("GET", "/api/v1/audit/entries", AUDITOR),
    ("GET", "/api/v1/audit/proof/{id}", AUDITOR),
];

/// Every route for who has signed in, about that.
const SIGNED_IN: &[(&str, &str)] = &[
    ("GET", "/api/v1/session"),
    ("PUT", "/api/v1/session"),
    ("DELETE", "/api/v1/session"),
    ("GET", "/api/v1/sessions"),
    ("DELETE", "/api/v1/sessions/{id}"),
    ("GET", "/api/v1/passkeys"),
    ("POST", "/api/v1/passkeys"),
    ("POST", "/api/v1/passkeys/options"),
    ("PUT", "/api/v1/passkeys/{id}"),
    ("DELETE", "/api/v1/passkeys/{id}"),
];

/// Every route that anybody may use.
const PUBLIC: &[&str] = &[
    "/",
    "/verify",
    "/verify/code",
    "/v",
    "/v/{code}",
    "/checkpoint",
    "/tile/{path}",
    "/add-checkpoint",
    "/witness/{log}/checkpoint",
    "/api/v1/session",
    "/api/v1/session/passkey",
    "/api/v1/session/passkey/options",
    "/api/v1/session/oidc",
    "/api/v1/session/oidc/callback",
    "/api/v1/invitation",
    "/api/v1/invitation/confirm",
    "/api/v1/invitation/passkey",
    "/api/v1/invitation/passkey/options",
    "/api/v1/invitation/oidc",
    "/csc/v2/info",
    "/csc/v2/oauth2/token",
    "/tsa",
    "/ocsp",
    "/ocsp/{request}",
    "/crl/{file}",
    "/ca/{file}",
    "/healthz",
    "/readyz",
    "/metrics",
];

#[test]
fn each_role_reaches_what_it_may_and_nothing_else() {
    let office = Office::new();
    let server = office.serve();
    for (method, route, roles) in ROUTES {
        let path = route
            .replace("{form}", "EBL01")
            .replace("{symbol}", "26TAA")
            .replace("{number}", "00000099")
            .replace("{login}", "nobody")
            .replace("{id}", "999999")
            .replace("{file}", "0")
            .replace("{kind}", "signature")
            .replace("{book}", "out");
        let request = || server.request(method, &path).json(&json!({}));
        assert_eq!(request().send().problem(401), "auth.token", "{route}");
        let challenge = request().token("dauson_wrong").send();
        assert_eq!(challenge.problem(401), "auth.token", "{route}");
        assert!(challenge.header("www-authenticate").unwrap().starts_with("Bearer "), "{challenge:?}");
        for role in Role::ALL {
            let answer = request().token(office.token(role)).send();
            if roles.contains(&role) {
                // what is asked for is not there, or not right; who asks may
                assert!(!matches!(answer.status, 401 | 403 | 405 | 500..), "{role} {method} {route}: {answer:?}");
            } else {
                assert_eq!(answer.problem(403), "auth.role", "{role} {method} {route}");
            }
        }
    }
    for (method, route) in SIGNED_IN {
        let path = route.replace("{id}", "999999");
        for role in Role::ALL {
            let answer = server.request(method, &path).json(&json!({})).token(office.token(role)).send();
            assert_eq!(answer.problem(401), "auth.session", "{method} {route}");
        }
    }
    // an ended token
    let tokens = run(office.folder.path(), ["token", "list", "--json"]).expect(0).stdout;
    let clerk = tokens
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .find(|token| token["role"] == "clerk" && token["unit"] == UNIT)
        .unwrap();
    server.get("/api/v1/documents").token(office.token(Role::Clerk)).send().expect(200);
    run(office.folder.path(), ["token", "revoke", clerk["id"].as_str().unwrap()]).expect(0);
    server.get("/api/v1/documents").token(office.token(Role::Clerk)).send().problem(401);
    for header in ["", "Basic eDp5", "Bearer", "Bearer  ", "dauson_x"] {
        server.get("/api/v1/documents").header("authorization", header).send().problem(401);
    }
}

/// Who cares for keys does not sign, and who stops keys cannot let them sign again alone.
#[test]
fn who_keeps_or_administers_keys_signs_nothing() {
    use dauson::people::permissions::Permission::{
        FileReports, IssueReceipts, KeepKeys, ResumeKeys, SignDocuments, StopKeys, UnlockOwnKey,
    };
    for role in Role::ALL {
        let may = |permission| role.permissions().contains(&permission);
        let signs = may(SignDocuments) || may(IssueReceipts) || may(FileReports);
        assert!(!(signs && (may(KeepKeys) || may(StopKeys) || may(ResumeKeys))), "{role}");
        assert!(!(may(KeepKeys) && may(ResumeKeys)), "{role}");
        assert_eq!(may(ResumeKeys), role == Role::Admin, "{role}");
        assert_eq!(may(KeepKeys), role == Role::Keeper, "{role}");
        assert!(role != Role::Admin || !(may(KeepKeys) || may(UnlockOwnKey)), "{role}");
    }
}

#[test]
fn openapi_names_every_route() {
    let office = Office::new();
    let server = office.serve();
    let document = server.get("/api/openapi.json").send().expect(200).json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let paths = document["paths"].as_object().unwrap();
    let (mut named, mut open) = (BTreeSet::new(), BTreeSet::new());
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            if operation["security"].is_array() {
                named.insert((method.to_uppercase(), path.clone()));
            } else {
                open.insert(path.clone());
            }
            assert!(operation["responses"].as_object().is_some_and(|r| !r.is_empty()), "{method} {path}");
        }
    }
    let mut expected: BTreeSet<_> =
        ROUTES.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    expected.extend(SIGNED_IN.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())));
    // who reaches these is walked beside their protocol
    expected.extend(csc::ROUTES.iter().map(|(method, _)| ("POST".to_owned(), format!("/csc/v2/{method}"))));
    assert_eq!(named, expected);
    assert_eq!(open, PUBLIC.iter().map(|path| (*path).to_owned()).collect());
    // every reference leads somewhere
    let text = document.to_string();
    for name in text.split("#/components/schemas/").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(document["components"]["schemas"][name].is_object(), "{name} is not there");
    }
}

#[test]
fn revocation_lists_are_served_and_nothing_else_of_the_folder() {
    let office = Office::new();
    let server = office.serve();
    let list = server.get("/crl/issuing.crl").send().expect(200);
    assert_eq!(list.header("content-type"), Some("application/pkix-crl"));
    assert_eq!(list.body, std::fs::read(office.folder.path().join("crls/issuing.crl")).unwrap());
    std::fs::write(office.folder.path().join("secret.crl"), "secret").unwrap();
    for path in [
        "/crl/none.crl",
        "/crl/issuing",
        "/crl/..%2fsecret.crl",
        "/crl/../secret.crl",
        "/crl/%2e%2e%2fsecret.crl",
        "/crl/.crl",
        "/crl/..%5csecret.crl",
        "/crl/issuing.crl%00.crl",
        "/crl/%252e%252e%252fsecret.crl",
        "/crl/",
        "/../master.key",
        "//etc/passwd",
        "/crl//etc/passwd.crl",
        "/master.key",
        "/dauson.db",
        "/api/v1/documents/..%2f..%2fmaster.key",
        "/v/..%2f..%2fmaster.key",
    ] {
        let answer = server.get(path).send();
        assert!(matches!(answer.status, 400 | 401 | 404), "{path}: {answer:?}");
        assert!(!answer.body.windows(6).any(|w| w == b"secret"), "{path}: {answer:?}");
    }
}

#[test]
fn tokens_are_made_listed_and_ended_on_the_command_line() {
    let office = Office::new();
    let data = office.folder.path();
    let create = ["token", "create", "--name", "cổng dịch vụ công", "--unit", UNIT, "--role", "officer", "--days", "1"];
    let token = run(data, create).expect(0).stdout;
    assert!(token.starts_with("dauson_") && token.ends_with('\n') && token.lines().count() == 1, "{token}");
    let list = run(data, ["token", "list"]).expect(0).stdout;
    assert!(list.contains("cổng dịch vụ công") && !list.contains(token.trim()), "{list}");
    for (arguments, code) in [
        (&["--unit", "none", "--role", "officer"][..], 66),
        (&["--unit", UNIT, "--role", "king"], 64),
        (&["--unit", UNIT, "--role", "clerk", "--key", "xa-khac.seal"], 77),
        (&["--unit", UNIT, "--role", "clerk", "--key", "none"], 66),
        (&["--unit", UNIT, "--role", "clerk", "--days", "0"], 64),
    ] {
        run(data, [&["token", "create", "--name", "x"], arguments].concat()).expect(code).error_line();
    }
    run(data, ["token", "revoke", "0123456789abcdef"]).expect(66).error_line();
    // an address that is taken
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = crate::program::command(data);
    command.arg("serve").env("DAUSON_SERVE_ADDRESS", taken.local_addr().unwrap().to_string());
    crate::program::finish(command.spawn().unwrap()).expect(69).error_line();
}
