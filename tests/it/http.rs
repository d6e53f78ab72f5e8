//! The HTTP API: documents, signatures, receipts, reports.

use crate::audit_log::open;
use crate::office::{Office, UNIT};
use crate::program::run;
use crate::server::sample_pdf;
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::process::Command;

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
        ("level=B-X", "request.query"),
        ("page=1", "sign.appearance"),
        ("page=0&rect=1,1,1,1", "sign.appearance"),
        ("page=1&rect=1,1,1", "request.query"),
        ("page=1&rect=nan,1,1,1", "sign.appearance"),
        ("page=1&rect=5000,1,10,10", "sign.appearance"),
        ("page=99&rect=1,1,10,10", "sign.appearance"),
        ("reason=", "sign.text"),
        ("version=1", "sign.version"),
    ] {
        let refused = server.post(&format!("/api/v1/sign?{query}")).token(clerk).pdf(&original).send();
        let found = refused.problem(422);
        assert_eq!(found, code, "{query}: {refused:?}");
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
    let mut shown = server.get(&path).token(officer).send().expect(200).json();
    let details = shown.as_object_mut().unwrap().remove("details").unwrap();
    assert_eq!((&details["method"], &details["lines"][0]["amount"]), (&json!("cash"), &json!(6000)));
    assert_eq!(shown, first);
    let pdf = server.get(&format!("{path}.pdf")).token(auditor).send().expect(200);
    assert_eq!(hex::encode(dauson::digest::sha256(&pdf.body)), first["pdf_sha256"]);
    assert_eq!(pdfsig(&pdf.body), 1);
    let xml = server.get(&format!("{path}.xml")).token(officer).send().expect(200);
    assert_eq!(hex::encode(dauson::digest::sha256(&xml.body)), first["xml_sha256"]);
    assert_eq!(xml.header("content-type"), Some("application/xml"));
    let report =
        server.post("/api/v1/verify").token(officer).body("application/xml", &xml.body).send().expect(200).json();
    assert_eq!((&report["verdict"], &report["kind"]), (&json!("TOTAL-PASSED"), &json!("xml")), "{report:#}");

    let copies = |query: &str| server.get(&format!("{path}/{query}")).token(officer).send();
    let slip = copies("slip.pdf").expect(200);
    assert!(slip.body.starts_with(b"%PDF-") && slip.header("content-type") == Some("application/pdf"));
    assert_ne!(copies("copy.pdf").expect(200).body, copies("copy.pdf?paper=a4&bilingual=true").expect(200).body);
    copies("copy.pdf?paper=a3").problem(422);

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
    assert_eq!(cancel(&second_id, &json!({"reason": "Hoàn tiền"})).expect(202).json()["state"], "issued");
    let approve = server.post(&format!("/api/v1/receipts/{second_id}/cancel/approve"));
    assert_eq!(approve.token(office.token(Role::Accountant)).send().expect(200).json()["state"], "voided");

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
