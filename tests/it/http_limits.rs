//! What is wrong, hostile, too large, too slow or too much over HTTP, and the end of the program.

use crate::corpus;
use crate::office::Office;
use crate::server::{Answer, Request, Server, sample_pdf};
use dauson::people::permissions::Role;
use serde_json::json;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

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
        // pages need it, so that their forms tell where they come from
        assert!(matches!(answer.header("referrer-policy"), Some("no-referrer" | "same-origin")), "{answer:?}");
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
        assert!(page.text().contains("<html lang=\"vi\">") && !page.text().contains("<script>"), "{name}");
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
    // and all that was committed is in the database's one file
    assert!(!office.folder.path().join("dauson.db-wal").exists());
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
    assert!(server.get("/verify").send().expect(503).text().contains("Hệ thống đang bận"));
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
