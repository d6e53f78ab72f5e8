//! The HTTP face: what programs, browsers and monitors reach, and what they do not.

use crate::corpus;
use crate::program::run;
use crate::server::{Answer, Office, Request, Server, UNIT, open, sample_pdf};
use dauson::audit::entry::{Action, Entry};
use dauson::people::permissions::Role;
use dauson::tlog::tile::{decode_bundle, parse_tile};
use dauson::tlog::tree::RootBuilder;
use dauson::tlog::{Checkpoint, Proof, leaf_hash};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::process::Command;
use std::time::{Duration, Instant};
use time::OffsetDateTime;

fn pdfsig(bytes: &[u8]) -> usize {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let output = Command::new("pdfsig").arg("-nocert").arg(file.path()).output().unwrap();
    String::from_utf8_lossy(&output.stdout).matches("Signature is Valid").count()
}

#[test]
fn documents_are_stored_listed_signed_and_fetched() {
    let office = Office::new();
    let server = office.serve();
    let (clerk, leader, auditor) = (office.token(Role::Clerk), office.token(Role::Leader), office.token(Role::Auditor));
    let original = sample_pdf();
    let stored = server.post("/api/v1/documents?name=c%C3%B4ng%20v%C4%83n.pdf").token(clerk).pdf(&original).send();
    let stored = stored.expect(201);
    let location = stored.header("location").unwrap().to_owned();
    let document = stored.json();
    assert_eq!(document["sha256"], hex::encode(dauson::digest::sha256(&original)));
    assert_eq!(
        (&document["signatures"], &document["version"], &document["name"]),
        (&json!(0), &json!(0), &json!("công văn.pdf"))
    );
    assert!(document["pages"].as_u64().unwrap() > 0);
    let form =
        server.post("/api/v1/documents").token(clerk).form(&[("file", Some("../../a\\b.pdf"), &original)]).send();
    assert_eq!(form.expect(201).json()["name"], "b.pdf");

    let file = server.get(&format!("{location}/file")).token(auditor).send().expect(200);
    assert_eq!(file.body, original);
    assert_eq!(file.header("content-type"), Some("application/pdf"));
    assert_eq!(file.header("content-disposition"), Some("attachment; filename*=UTF-8''c%C3%B4ng%20v%C4%83n.pdf"));

    let asked = json!({"level": "B-B", "reason": "Ban hành", "role": "KT. CHỦ TỊCH", "page": 1, "rect": [300, 100, 180, 60],
        "text": "Nguyễn Thị Mẫu\nđã ký", "version": 0});
    let signed = server.post(&format!("{location}/sign")).token(leader).json(&asked).send().expect(200).json();
    assert_eq!((&signed["signatures"], &signed["version"], &signed["level"]), (&json!(1), &json!(1), &json!("B-B")));
    assert!(signed["log"]["index"].as_u64() < signed["log"]["size"].as_u64());
    // whoever has not seen that signature does not sign over it
    let again = server.post(&format!("{location}/sign")).token(clerk).json(&asked).send();
    assert_eq!(again.problem(409), "document.version");
    server.post(&format!("{location}/sign")).token(clerk).json(&json!({"version": 1})).send().expect(200);

    let file = server.get(&format!("{location}/file")).token(leader).send().expect(200).body;
    assert!(file.starts_with(&original));
    assert_eq!(pdfsig(&file), 2);
    let text = String::from_utf8_lossy(&file);
    assert!(text.contains("/Name"), "the office in which was signed is in the file");
    let report = server.post("/api/v1/verify").token(clerk).pdf(&file).send().expect(200).json();
    assert_eq!((&report["verdict"], &report["kind"]), (&json!("TOTAL-PASSED"), &json!("pdf")), "{report:#}");
    assert_eq!(report["signatures"].as_array().unwrap().len(), 2);

    let mut seen = Vec::new();
    let mut path = "/api/v1/documents?limit=1".to_owned();
    loop {
        let page = server.get(&path).token(clerk).send().expect(200).json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/documents?limit=1&cursor={next}");
    }
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[1], document["id"].as_str().unwrap());

    // another unit's documents are not there
    for (method, path) in [("GET", ""), ("GET", "/file"), ("POST", "/sign")] {
        let request = server.request(method, &format!("{location}{path}")).token(office.other_token(Role::Leader));
        assert_eq!(request.json(&json!({})).send().problem(404), "document.not_found");
    }
    let others = server.get("/api/v1/documents").token(office.other_token(Role::Clerk)).send().expect(200).json();
    assert_eq!(others["items"], json!([]));
    drop(server);
    assert_eq!(faults(&office), Vec::<String>::new());
}

fn faults(office: &Office) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { crate::audit_log::faults(&open(office.folder.path()).await).await })
}

#[test]
fn a_pdf_is_signed_in_one_shot() {
    let office = Office::new();
    let server = office.serve();
    let (clerk, original) = (office.token(Role::Clerk), sample_pdf());
    let signed =
        server.post("/api/v1/sign?reason=M%E1%BA%ABu&page=1&rect=10,10,100,40&text=a").token(clerk).pdf(&original);
    let signed = signed.send().expect(200);
    assert!(signed.body.starts_with(&original));
    assert_eq!(pdfsig(&signed.body), 1);
    assert_eq!(signed.header("dauson-field"), Some("Signature1"));
    let index = signed.header("dauson-log-index").unwrap().to_owned();
    let proof = server.get(&format!("/api/v1/audit/proof/{index}")).token(office.token(Role::Auditor)).send();
    assert_eq!(proof.expect(200).json()["entry"]["action"], "document.signed");

    let options = json!({"field": "Seal", "location": "Sơn Mẫu"}).to_string();
    let parts: &[(&str, Option<&str>, &[u8])] =
        &[("options", None, options.as_bytes()), ("file", Some("a.pdf"), &signed.body)];
    let twice = server.post("/api/v1/sign").token(office.token(Role::Leader)).form(parts).send().expect(200);
    assert_eq!(twice.header("dauson-field"), Some("Seal"));
    assert_eq!(pdfsig(&twice.body), 2);

    for (query, code) in [
        ("colour=red", "request.query"),
        ("level=B-T", "request.query"),
        ("page=1", "sign.appearance"),
        ("page=0&rect=1,1,1,1", "sign.appearance"),
        ("page=1&rect=1,1,1", "request.query"),
        ("page=1&rect=nan,1,1,1", "sign.appearance"),
        ("page=1&rect=5000,1,10,10", "sign.appearance"),
        ("page=99&rect=1,1,10,10", "pdf.damaged"),
        ("reason=", "sign.text"),
        ("version=1", "sign.version"),
    ] {
        let refused = server.post(&format!("/api/v1/sign?{query}")).token(clerk).pdf(&original).send();
        let found = refused.problem(422);
        assert!(found == code || code == "pdf.damaged" && found.starts_with("pdf."), "{query}: {refused:?}");
    }
    // a token without a key signs nothing
    let ran =
        run(office.folder.path(), ["token", "create", "--name", "x", "--unit", UNIT, "--role", "clerk", "--json"]);
    let token = ran.expect(0).json()["token"].as_str().unwrap().to_owned();
    assert_eq!(server.post("/api/v1/sign").token(&token).pdf(&original).send().problem(403), "sign.no_key");
}

#[test]
fn receipts_are_issued_once_found_replaced_and_voided() {
    let office = Office::new();
    let server = office.serve();
    let (officer, auditor) = (office.token(Role::Officer), office.token(Role::Auditor));
    let issue = |key: &str, request: &Value| {
        server.post("/api/v1/receipts").token(officer).header("idempotency-key", key).json(request).send()
    };
    let request = office.receipt_request(2_000);
    let issued = issue("a", &request).expect(201);
    let first = issued.json();
    let id = first["id"].as_str().unwrap().to_owned();
    assert_eq!(id, format!("{}/00000001", office.series));
    assert_eq!(issued.header("location").unwrap(), format!("/api/v1/receipts/{id}"));
    assert_eq!(
        (&first["total"], &first["total_words"], &first["state"]),
        (&json!(6_000), &json!("Sáu nghìn đồng"), &json!("issued"))
    );
    assert!(first["check_url"].as_str().unwrap().starts_with(&format!("http://{}/v/", server.address)));
    assert_eq!(issue("a", &request).expect(201).json(), first, "the same key and body give the same receipt");
    assert_eq!(issue("a", &office.receipt_request(1)).problem(409), "receipt.idempotency");
    let without = server.post("/api/v1/receipts").token(officer).json(&request).send();
    assert_eq!(without.problem(422), "request.idempotency_key");
    // the same key of another unit is another one
    let mut others = request.clone();
    others["series"] = json!(office.other_series);
    let theirs =
        server.post("/api/v1/receipts").token(office.other_token(Role::Officer)).header("idempotency-key", "a");
    let theirs = theirs.json(&others).send().expect(201).json();
    assert_eq!(theirs["id"], format!("{}/00000001", office.other_series));

    let path = format!("/api/v1/receipts/{id}");
    assert_eq!(server.get(&path).token(auditor).send().expect(200).json(), first);
    let pdf = server.get(&format!("{path}.pdf")).token(auditor).send().expect(200);
    assert_eq!(hex::encode(dauson::digest::sha256(&pdf.body)), first["pdf_sha256"]);
    assert_eq!(pdfsig(&pdf.body), 1);
    let xml = server.get(&format!("{path}.xml")).token(officer).send().expect(200);
    assert_eq!(hex::encode(dauson::digest::sha256(&xml.body)), first["xml_sha256"]);
    assert_eq!(xml.header("content-type"), Some("application/xml"));
    let report =
        server.post("/api/v1/verify").token(officer).body("application/xml", &xml.body).send().expect(200).json();
    assert_eq!((&report["verdict"], &report["kind"]), (&json!("TOTAL-PASSED"), &json!("xml")), "{report:#}");

    let replacement = json!({"reason": "Sai số tiền", "request": office.receipt_request(3_000)});
    let replace = || {
        let request = server.post(&format!("{path}/replace")).token(officer).header("idempotency-key", "b");
        request.json(&replacement).send()
    };
    let second = replace().expect(201).json();
    assert_eq!(second["replaces"], json!(id));
    assert_eq!(replace().expect(201).json(), second);
    let old = server.get(&path).token(officer).send().expect(200).json();
    assert_eq!((&old["state"], &old["replaced_by"]), (&json!("replaced"), &second["id"]));
    let cancel =
        |id: &str, body: &Value| server.post(&format!("/api/v1/receipts/{id}/cancel")).token(officer).json(body).send();
    assert_eq!(cancel(&id, &json!({"reason": "x"})).problem(409), "receipt.not_in_force");
    let second_id = second["id"].as_str().unwrap().to_owned();
    assert_eq!(cancel(&second_id, &json!({"reason": "x", "why": 1})).problem(422), "request.json");
    assert_eq!(cancel(&second_id, &json!({"reason": " "})).problem(422), "receipt.reason");
    assert_eq!(cancel(&second_id, &json!({"reason": "Hoàn tiền"})).expect(200).json()["state"], "voided");

    for n in 0..3 {
        issue(&format!("more-{n}"), &office.receipt_request(1_000)).expect(201);
    }
    let mut found = Vec::new();
    let mut query = "limit=2".to_owned();
    loop {
        let page = server.get(&format!("/api/v1/receipts?{query}")).token(auditor).send().expect(200).json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        found.extend(items.iter().map(|item| item["number"].as_u64().unwrap()));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("limit=2&cursor={next}");
    }
    assert_eq!(found, [1, 2, 3, 4, 5]);
    let (today, series) = (first["date"].as_str().unwrap(), &office.series);
    let count = |query: String| {
        let page = server.get(&format!("/api/v1/receipts?{query}")).token(officer).send().expect(200).json();
        page["items"].as_array().unwrap().len()
    };
    assert_eq!(count(format!("series={series}&state=issued&from={today}&to={today}")), 3);
    assert_eq!((count("state=voided".into()), count("to=2020-01-01".into())), (1, 0));
    for query in
        ["state=lost", "series=x", "from=yesterday", "limit=0", "limit=501", "cursor=x", "colour=red", "limit=a"]
    {
        server.get(&format!("/api/v1/receipts?{query}")).token(officer).send().problem(422);
    }

    let report = server.get(&format!("/api/v1/reports/receipts?from={today}")).token(auditor).send().expect(200).json();
    let rows: Vec<(&str, u64, u64)> = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["state"].as_str().unwrap(), row["count"].as_u64().unwrap(), row["total"].as_u64().unwrap()))
        .collect();
    assert_eq!(rows, [("issued", 3, 9_000), ("replaced", 1, 6_000), ("voided", 1, 9_000)]);
    let csv = server.get("/api/v1/reports/receipts").token(officer).header("accept", "text/csv").send().expect(200);
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(csv.text().starts_with(&format!("series,state,count,total\r\n{series},issued,3,9000\r\n")), "{csv:?}");
    server.get("/api/v1/reports/receipts?from=2026-02-01&to=2026-01-01").token(officer).send().problem(422);

    // another unit
    for path in [path.clone(), format!("{path}.pdf"), format!("{path}.xml")] {
        assert_eq!(server.get(&path).token(office.other_token(Role::Officer)).send().problem(404), "receipt.not_found");
    }
    let foreign =
        server.post("/api/v1/receipts").token(office.other_token(Role::Officer)).header("idempotency-key", "z");
    assert_eq!(foreign.json(&request).send().problem(403), "receipt.unit");
    for tricks in ["EBL01/26TAA/0", "EBL01/26TAA/x", "..%2f..%2fmaster.key/a/b", "EBL01/26TAA/1.exe"] {
        server.get(&format!("/api/v1/receipts/{tricks}")).token(officer).send().problem(404);
    }
    drop(server);
    assert_eq!(faults(&office), Vec::<String>::new());
}

/// Sums beyond 64 bits are still right.
#[test]
fn reports_do_not_overflow() {
    let office = Office::new();
    let server = office.serve();
    let officer = office.token(Role::Officer);
    for n in 0..3 {
        let request = office.receipt_request(i64::MAX / 3);
        let issued = server.post("/api/v1/receipts").token(officer).header("idempotency-key", &n.to_string());
        issued.json(&request).send().expect(201);
    }
    let csv =
        server.get("/api/v1/reports/receipts").token(officer).header("accept", "text/csv").send().expect(200).text();
    assert!(csv.contains(&format!(",issued,3,{}\r\n", i128::from(i64::MAX / 3) * 9)), "{csv}");
}

const ALL: &[Role] = &Role::ALL;
const DOCUMENTS: &[Role] = &[Role::Clerk, Role::Leader];
const READ_DOCUMENTS: &[Role] = &[Role::Clerk, Role::Leader, Role::Auditor];
const OFFICER: &[Role] = &[Role::Officer];
const READ_RECEIPTS: &[Role] = &[Role::Officer, Role::Auditor];
const AUDITOR: &[Role] = &[Role::Auditor];

/// Every route that needs a token, and the roles that may.
const ROUTES: &[(&str, &str, &[Role])] = &[
    ("POST", "/api/v1/documents", DOCUMENTS),
    ("GET", "/api/v1/documents", READ_DOCUMENTS),
    ("GET", "/api/v1/documents/{id}", READ_DOCUMENTS),
    ("GET", "/api/v1/documents/{id}/file", READ_DOCUMENTS),
    ("POST", "/api/v1/documents/{id}/sign", DOCUMENTS),
    ("POST", "/api/v1/sign", DOCUMENTS),
    ("POST", "/api/v1/verify", ALL),
    ("POST", "/api/v1/receipts", OFFICER),
    ("GET", "/api/v1/receipts", READ_RECEIPTS),
    ("GET", "/api/v1/receipts/{form}/{symbol}/{number}", READ_RECEIPTS),
    ("GET", "/api/v1/receipts/{form}/{symbol}/{number}.pdf", READ_RECEIPTS),
    ("GET", "/api/v1/receipts/{form}/{symbol}/{number}.xml", READ_RECEIPTS),
    ("POST", "/api/v1/receipts/{form}/{symbol}/{number}/cancel", OFFICER),
    ("POST", "/api/v1/receipts/{form}/{symbol}/{number}/replace", OFFICER),
    ("GET", "/api/v1/reports/receipts", READ_RECEIPTS),
    ("GET", "/api/v1/audit/entries", AUDITOR),
    ("GET", "/api/v1/audit/proof/{id}", AUDITOR),
];

/// Every route that anybody may use.
const PUBLIC: &[&str] = &[
    "/verify",
    "/v/{code}",
    "/checkpoint",
    "/tile/{path}",
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
            .replace("{id}", "999999");
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
    let expected: BTreeSet<_> =
        ROUTES.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(named, expected);
    assert_eq!(open, PUBLIC.iter().map(|path| (*path).to_owned()).collect());
    // every reference leads somewhere
    let text = document.to_string();
    for name in text.split("#/components/schemas/").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(document["components"]["schemas"][name].is_object(), "{name} is not there");
    }
}

#[test]
fn the_log_is_fetched_as_tiles_and_recomputed() {
    let office = Office::new();
    let key = {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = std::sync::Arc::new(open(office.folder.path()).await);
            let mut tasks = Vec::new();
            for n in 0..300_u32 {
                let folder = std::sync::Arc::clone(&folder);
                let entry =
                    Entry::new(Action::DocumentSigned, OffsetDateTime::now_utc()).unwrap().signed(&n.to_be_bytes());
                tasks.push(tokio::spawn(async move { folder.log.record(entry).await.unwrap() }));
            }
            for task in tasks {
                task.await.unwrap();
            }
            folder.log.verifier_key().clone()
        })
    };
    let server = office.serve();
    let checkpoint = server.get("/checkpoint").send().expect(200);
    assert_eq!(checkpoint.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(checkpoint.header("cache-control").unwrap().contains("max-age=5"));
    let checkpoint = Checkpoint::open(&checkpoint.text(), &key).unwrap();
    let rest = checkpoint.size - 256;
    assert!(rest > 44 && rest < 256);
    let mut root = RootBuilder::default();
    let mut level_0 = Vec::new();
    for path in ["000".to_owned(), format!("001.p/{rest}")] {
        let bundle = server.get(&format!("/tile/entries/{path}")).send().expect(200);
        assert_eq!(bundle.header("content-type"), Some("application/octet-stream"));
        let tile = server.get(&format!("/tile/0/{path}")).send().expect(200);
        assert_eq!(tile.header("cache-control").unwrap().contains("31536000, immutable"), path == "000");
        let hashes = parse_tile(&tile.body).unwrap();
        let entries: Vec<_> = decode_bundle(&bundle.body).unwrap().into_iter().map(leaf_hash).collect();
        assert_eq!(hashes, entries);
        for hash in &entries {
            root.push(*hash);
        }
        level_0.push(hashes);
    }
    assert_eq!(root.root(), checkpoint.root);
    let mut left = RootBuilder::default();
    level_0[0].iter().for_each(|hash| left.push(*hash));
    let above = server.get("/tile/1/000.p/1").send().expect(200);
    assert_eq!(parse_tile(&above.body).unwrap(), [left.root()]);
    // an earlier state of a tile that has grown
    assert_eq!(server.get("/tile/0/000.p/7").send().expect(200).body, level_0[0][..7].concat());
    for path in [
        "0/001",
        "0/001.p/255",
        "0/002.p/1",
        "0/1",
        "0/000.p/0",
        "0/000.p/256",
        "00/000",
        "64/000",
        "1/000",
        "x/000",
        "0/../000",
        "entries/001",
        "entries/999.p/1",
        "entries/x999/x999/x999/x999/x999/x999/999",
        "0/000/",
        "0/%2e%2e/000",
        "entries/..%2f000",
        "0/x999/x999/x999/x999/x999/x999/999.p/1",
        "0/x018/x446/x744/x073/x709/x551/615",
    ] {
        server.get(&format!("/tile/{path}")).send().problem(404);
    }

    let auditor = office.token(Role::Auditor);
    let page = server.get("/api/v1/audit/entries?limit=2").token(auditor).send().expect(200).json();
    let next = page["next"].as_str().unwrap();
    assert_eq!(page["items"][1]["index"], 1);
    let page =
        server.get(&format!("/api/v1/audit/entries?limit=500&cursor={next}")).token(auditor).send().expect(200).json();
    assert_eq!((&page["items"][0]["index"], &page["next"]), (&json!(2), &Value::Null));
    assert_eq!(page["items"].as_array().unwrap().len() as u64, checkpoint.size - 2);
    // the proof by index, by receipt and by signature
    let officer = server.post("/api/v1/receipts").token(office.token(Role::Officer)).header("idempotency-key", "a");
    let receipt = officer.json(&office.receipt_request(2_000)).send().expect(201).json();
    let index = receipt["log"]["index"].as_u64().unwrap();
    let prove = |id: &str| server.get(&format!("/api/v1/audit/proof/{id}")).token(auditor).send();
    let proven = prove(&index.to_string()).expect(200).json();
    assert_eq!(prove(&receipt["id"].as_str().unwrap().replace('/', "%2F")).expect(200).json(), proven);
    assert_eq!(prove(proven["entry"]["signature"].as_str().unwrap()).expect(200).json(), proven);
    assert_eq!(proven["entry"]["action"], "receipt.issued");
    let entry = proven["entry"].to_string();
    let proof = Proof::parse(proven["proof"].as_str().unwrap()).unwrap();
    let size = proof.verify(&leaf_hash(entry.as_bytes()), std::slice::from_ref(&key)).unwrap().size;
    assert_eq!(size, proven["size"].as_u64().unwrap());
    for id in ["99999", "18446744073709551615", "x", "EBL01%2F26TAA%2F99", &"0".repeat(64), "-1"] {
        prove(id).problem(404);
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
fn what_is_not_right_is_a_problem_document() {
    let office = Office::new();
    let server = Server::start(
        office.folder.path(),
        &[("DAUSON_SERVE_MAX_PDF_BYTES", "200000"), ("DAUSON_SERVE_MAX_BODY_BYTES", "2000")],
    );
    let (clerk, officer) = (office.token(Role::Clerk), office.token(Role::Officer));
    assert_eq!(server.get("/nothing").send().problem(404), "http.not_found");
    let method = server.request("DELETE", "/api/v1/documents").token(clerk).send();
    assert_eq!(method.problem(405), "http.method");
    assert!(method.header("allow").unwrap().contains("POST"));
    let large = vec![b'%'; 300_000];
    for (path, request) in [
        ("/api/v1/documents", server.post("/api/v1/documents").token(clerk).pdf(&large)),
        ("/api/v1/verify", server.post("/api/v1/verify").token(clerk).pdf(&large)),
        ("/api/v1/sign", server.post("/api/v1/sign").token(clerk).form(&[("file", Some("a.pdf"), &large)])),
        ("/api/v1/sign", server.post("/api/v1/sign").token(clerk).form(&[("file", Some("a.pdf"), &large[..200_500])])),
        (
            "/api/v1/sign",
            server
                .post("/api/v1/sign")
                .token(clerk)
                .form(&[("options", None, &large[..3_000]), ("file", Some("a.pdf"), b"x")]),
        ),
        (
            "/api/v1/receipts",
            server
                .post("/api/v1/receipts")
                .token(officer)
                .header("idempotency-key", "a")
                .body("application/json", &large[..3_000]),
        ),
    ] {
        assert_eq!(request.send().problem(413), "http.too_large", "{path}");
    }
    // without a length, too
    let mut stream = server.connect();
    let head = format!(
        "POST /api/v1/documents HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {clerk}\r\ncontent-type: application/pdf\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    for _ in 0..30 {
        let _ = stream.write_all(format!("2710\r\n{}\r\n", "%".repeat(10_000)).as_bytes());
    }
    assert_eq!(Answer::read(stream).problem(413), "http.too_large");

    for request in [
        server.post("/api/v1/documents").token(clerk).body("text/plain", b"x"),
        server.post("/api/v1/documents").token(clerk),
        server.post("/api/v1/receipts").token(officer).header("idempotency-key", "a").body("text/xml", b"<x/>"),
        server.post("/api/v1/documents/1/sign").token(clerk).body("application/x-www-form-urlencoded", b"a=b"),
    ] {
        assert_eq!(request.send().problem(415), "http.media_type");
    }
    let mut unknown = office.receipt_request(1);
    unknown["colour"] = json!("red");
    let json_problems: [Request; 4] = [
        server.post("/api/v1/receipts").token(officer).header("idempotency-key", "a").json(&unknown),
        server.post("/api/v1/receipts").token(officer).header("idempotency-key", "a").body("application/json", b"{"),
        server.post("/api/v1/documents/1/sign").token(clerk).json(&json!({"colour": "red"})),
        server
            .post(&format!("/api/v1/receipts/{}/1/replace", office.series))
            .token(officer)
            .json(&json!({"reason": "x"})),
    ];
    for request in json_problems {
        request.send().problem(422);
    }
    for parts in [
        &[("x", Some("a.pdf"), b"x".as_slice())][..],
        &[("options", None, b"{}")],
        &[("file", Some("a"), b"x"), ("file", Some("b"), b"y")],
        &[("file", Some("a"), b"")],
        &[("file", Some("a"), b"x"), ("options", None, b"{\"colour\": 1}")],
    ] {
        server.post("/api/v1/sign").token(clerk).form(parts).send().problem(422);
    }
    let cut = server.post("/api/v1/sign").token(clerk).body("multipart/form-data; boundary=cut", b"--cut\r\nx").send();
    cut.problem(422);
    server.post("/api/v1/sign").token(clerk).body("multipart/form-data", b"x").send().problem(422);

    let answer = server.get("/healthz").header("x-request-id", "proxy-1").send().expect(200);
    assert_eq!(answer.header("x-request-id"), Some("proxy-1"));
    for answer in [answer, server.get("/nothing").header("x-request-id", "a b").send(), server.get("/verify").send()] {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{answer:?}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!answer.header("x-request-id").unwrap().contains(' '));
    }
    let metrics = server.get("/metrics").send().expect(200).text();
    assert!(
        metrics.contains("dauson_requests_total{route=\"/api/v1/documents\",method=\"DELETE\",status=\"405\"} 1\n"),
        "{metrics}"
    );
    assert!(metrics.contains("route=\"other\"") && metrics.contains("\ndauson_log_entries "), "{metrics}");
    assert_eq!(server.get("/readyz").send().expect(200).text(), "ready\n");
}

#[test]
fn hostile_uploads_are_refused_and_harm_nothing() {
    let office = Office::new();
    let server = office.serve();
    let clerk = office.token(Role::Clerk);
    let sample = sample_pdf();
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("text".into(), b"hello".to_vec()),
        ("header".into(), b"%PDF-1.7\n".to_vec()),
        ("half".into(), sample[..sample.len() / 2].to_vec()),
        ("xml".into(), b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>".to_vec()),
        ("open".into(), b"<a>".to_vec()),
    ];
    if let Some(bad) = corpus::file("bad") {
        for file in std::fs::read_dir(bad)
            .unwrap()
            .map(|f| f.unwrap().path())
            .filter(|f| f.extension().is_some_and(|e| e == "pdf"))
        {
            let bytes = std::fs::read(&file).unwrap();
            if bytes.len() < 3_000_000 {
                files.push((file.file_name().unwrap().to_string_lossy().into_owned(), bytes));
            }
        }
    }
    for (name, bytes) in files {
        for path in ["/api/v1/documents", "/api/v1/sign", "/api/v1/verify"] {
            let begun = Instant::now();
            let answer = server.post(path).token(clerk).pdf(&bytes).send();
            assert!(matches!(answer.status, 200 | 201 | 403 | 422), "{name} {path}: {answer:?}");
            assert!(begun.elapsed() < Duration::from_secs(30), "{name} {path}");
        }
        let page = server.post("/verify").form(&[("file", Some("<script>.pdf"), &bytes)]).send();
        assert!(matches!(page.status, 200 | 422), "{name}: {page:?}");
        assert!(page.text().contains("<html lang=\"vi\">") && !page.text().contains("<script"), "{name}");
    }
    for raw in [
        "GET / HTTP/1.1\r\n\r\n",
        "\0\0\0",
        "GET  HTTP/9\r\n\r\n",
        "POST /api/v1/sign HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    ] {
        let mut stream = server.connect();
        stream.write_all(raw.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
    }
    server.get("/readyz").send().expect(200);
    let metrics = server.get("/metrics").send().expect(200).text();
    assert!(!metrics.contains("status=\"500\""), "{metrics}");
}

#[test]
fn public_pages_speak_plainly_and_name_no_payer() {
    let office = Office::new();
    let server = office.serve();
    let officer = office.token(Role::Officer);
    let issued = server.post("/api/v1/receipts").token(officer).header("idempotency-key", "a");
    let receipt = issued.json(&office.receipt_request(2_000)).send().expect(201).json();
    let code = receipt["code"].as_str().unwrap();
    let page = server.get(&format!("/v/{code}")).send().expect(200).text();
    for words in [
        "Biên lai có hiệu lực",
        "6.000 đ",
        "Sáu nghìn đồng",
        "00000001",
        "Ủy ban nhân dân xa-son-mau",
        "<html lang=\"vi\">",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    for secret in ["Nguyễn Văn A", "000175000001", "Thôn 2"] {
        assert!(!page.contains(secret), "{secret}");
    }
    let english = server.get(&format!("/v/{}?lang=en", code.to_uppercase())).send().expect(200).text();
    assert!(english.contains("The receipt is in force") && english.contains("<html lang=\"en\">"));
    let path = format!("/api/v1/receipts/{}/cancel", receipt["id"].as_str().unwrap());
    server.post(&path).token(officer).json(&json!({"reason": "Hoàn tiền"})).send().expect(200);
    assert!(server.get(&format!("/v/{code}")).send().expect(200).text().contains("Biên lai đã bị hủy"));
    for code in ["0".repeat(26).as_str(), "x", "%3Cscript%3E", "..%2f.."] {
        let page = server.get(&format!("/v/{code}")).send().expect(404);
        assert!(page.header("content-type").unwrap().starts_with("text/html"));
        assert!(page.text().contains("Không tìm thấy biên lai") && !page.text().contains("<script"));
    }

    let form = server.get("/verify").send().expect(200);
    assert!(form.text().contains("Kiểm tra chữ ký số") && !form.text().contains("<script"));
    assert!(form.header("content-security-policy").unwrap().contains("style-src 'sha256-"));
    let unsigned = server.post("/verify").form(&[("file", Some("a.pdf"), &sample_pdf())]).send().expect(200).text();
    assert!(unsigned.contains("Tệp không có chữ ký số"), "{unsigned}");
    let signed =
        server.post("/api/v1/sign").token(office.token(Role::Leader)).pdf(&sample_pdf()).send().expect(200).body;
    let page = server.post("/verify").form(&[("file", Some("a.pdf"), &signed)]).send().expect(200).text();
    assert!(page.contains("Chữ ký hợp lệ") && page.contains("Nguyễn Thị Mẫu"), "{page}");
    let page = server.post("/verify?lang=en").form(&[("file", Some("a.pdf"), &signed)]).send().expect(200).text();
    assert!(page.contains("The signature is valid"), "{page}");
    let mut changed = signed.clone();
    let at = changed.len() / 4;
    changed[at] ^= 1;
    let page = server.post("/verify").form(&[("file", Some("a.pdf"), &changed)]).send();
    assert!(page.text().contains("Chữ ký không hợp lệ"), "{}", page.text());
    assert!(
        server.post("/verify").form(&[("file", Some(""), b"")]).send().expect(422).text().contains("Chưa chọn tệp")
    );
    assert!(
        server
            .post("/verify")
            .form(&[("file", Some("a"), b"x")])
            .send()
            .expect(422)
            .text()
            .contains("Không đọc được tệp")
    );
}

/// An upload of which the second half is still missing.
fn half_sent(server: &Server, token: &str) -> (std::net::TcpStream, Vec<u8>) {
    let bytes = server.post("/api/v1/documents").token(token).pdf(&sample_pdf()).bytes();
    let (first, rest) = bytes.split_at(bytes.len() / 2);
    let mut stream = server.connect();
    stream.write_all(first).unwrap();
    (stream, rest.to_vec())
}

/// Waits until so many requests are worked on.
fn wait_for_requests(server: &Server, count: usize) {
    let begun = Instant::now();
    while !server.get("/metrics").send().expect(200).text().contains(&format!("dauson_requests_in_progress {count}\n"))
    {
        assert!(begun.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_request_under_way_is_finished_before_the_end() {
    let office = Office::new();
    let mut server = office.serve();
    let (mut stream, rest) = half_sent(&server, office.token(Role::Clerk));
    wait_for_requests(&server, 1);
    server.terminate();
    // nobody is let in any more, and who is in may finish
    let begun = Instant::now();
    while std::net::TcpStream::connect(&server.address).is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(5));
    }
    stream.write_all(&rest).unwrap();
    Answer::read(stream).expect(201);
    assert_eq!(server.wait(), 0);
}

#[test]
fn who_takes_too_long_or_comes_too_many_is_turned_away() {
    let office = Office::new();
    let clerk = office.token(Role::Clerk);
    let settings = [
        ("DAUSON_SERVE_MAX_REQUESTS", "1"),
        ("DAUSON_SERVE_REQUEST_SECONDS", "2"),
        ("DAUSON_SERVE_SHUTDOWN_SECONDS", "1"),
    ];
    let mut server = Server::start(office.folder.path(), &settings);
    let (stream, _) = half_sent(&server, clerk);
    wait_for_requests(&server, 1);
    let busy = server.get("/api/v1/documents").token(clerk).send();
    assert_eq!((busy.problem(503).as_str(), busy.header("retry-after")), ("http.busy", Some("1")));
    server.get("/healthz").send().expect(200);
    assert_eq!(Answer::read(stream).problem(408), "http.timeout");
    server.get("/api/v1/documents").token(clerk).send().expect(200);
    // one that does not come to its end does not keep the program
    let (_stream, _) = half_sent(&server, clerk);
    wait_for_requests(&server, 1);
    server.terminate();
    assert_eq!(server.wait(), 0);
    // nothing of a file that did not arrive is left
    let blobs = std::fs::read_dir(office.folder.path().join("blobs")).unwrap().count();
    assert_eq!(blobs, 0);
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
