//! The quick-start of the portal's developers works as it is written: its code blocks, one behind the other, against a demo server.

use crate::program::command;
use crate::server::Server;
use crate::xml_signature::has;
use ring::hmac;
use std::path::Path;
use std::process::Command;

#[test]
fn the_quick_start_works_as_written() {
    for tool in ["bash", "curl", "jq", "openssl"] {
        if !has(tool) {
            eprintln!("skipped: there is no {tool}");
            return;
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let demo = command(&data).arg("demo").output().unwrap();
    assert!(demo.status.success(), "{demo:?}");
    let server = Server::start(&data, &[]);
    let written = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/portal.md")).unwrap();
    let blocks: Vec<&str> = written.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(blocks.len(), 8);
    let script = blocks.join("\necho \"-- $((++block))\"\n");
    // a call as the service signs it
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"bi mat 0123456789");
    let tag = hex::encode(hmac::sign(&key, b"1764000000.{\"event\":\"document.issued\"}").as_ref());
    let header = format!("DAUSON-HMAC-SHA256 timestamp=1764000000, signature={tag}");
    let check = format!(
        "webhook '{header}' '{{\"event\":\"document.issued\"}}' 'bi mat 0123456789'\n! webhook '{header}' '{{}}' 'bi mat 0123456789'\n"
    );
    let script = format!("set -eu -o pipefail\nblock=0\n{script}\n{check}");
    let program = Path::new(env!("CARGO_BIN_EXE_dauson")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut bash = crate::program::uninfluenced(Command::new("bash"));
    bash.args(["-c", &script]).current_dir(folder.path()).env("PATH", path);
    bash.env("DATA", &data).env("DAUSON", format!("http://{}", server.address));
    let ran = bash.output().unwrap();
    let (said, wrong) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{said}{wrong}");
    for part in ["TOTAL-PASSED", "proven", "auth.token", "/00000", "đồng", "issued"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn the_page_of_the_api_has_every_operation() {
    let office = crate::office::Office::new();
    let server = office.serve();
    let document = server.get("/api/openapi.json").send().expect(200).json();
    assert_eq!(document["openapi"].as_str().unwrap().rsplit_once('.').unwrap().0, "3.1");
    for (language, heading) in [("vi", "Giao diện lập trình (API)"), ("en", "Application programming interface (API)")]
    {
        let page = server.get(&format!("/api?lang={language}")).send().expect(200);
        let policy = page.header("content-security-policy").unwrap().to_owned();
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe") && !policy.contains("http"),
            "{policy}"
        );
        let text = page.text();
        assert!(text.contains(heading), "{language}");
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                assert!(text.contains(&format!("<code>{} {path}</code>", method.to_uppercase())), "{method} {path}");
            }
        }
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            assert!(text.contains(&format!("id=\"schema-{name}\"")), "{name}");
        }
        for foreign in ["<script>", "src=\"http", "src=\"//", "@import", "href=\"http"] {
            assert!(!text.contains(foreign), "{foreign}");
        }
    }
    let home = server.get("/").send().expect(200).text();
    assert!(home.contains("href=\"/api?lang=vi\""));
}
