//! Drafts of word processors. LibreOffice is not installed where these tests run: a program of the same name plays its part, and shows what it was
//! started with.

use crate::office::Office;
use crate::registry::{Desk, decision};
use crate::server::Server;
use dauson::people::permissions::Role;
use serde_json::json;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

const DOCX: &[u8] = b"PK\x03\x04\x14\0 word/document.xml";

/// A folder with a program called soffice that does this; `$out` is where its PDF goes.
fn soffice(folder: &Path, script: &str) -> String {
    let program = folder.join("soffice");
    let find = "while [ \"$1\" != --outdir ]; do shift; done; out=\"$2/in.pdf\"; in=\"$3\"";
    std::fs::write(&program, format!("#!/bin/sh\n{find}\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:/usr/bin:/bin", folder.display())
}

#[test]
fn documents_of_word_processors_are_converted_where_libreoffice_is_installed() {
    let office = Office::new();
    let work = tempfile::tempdir().unwrap();
    let draft = |server: &Server, name: &str, file: &[u8]| {
        let desk = Desk { office: &office, server };
        desk.form(Role::Drafter, "/api/v1/outgoing", name, file, &decision())
    };
    {
        let nowhere = work.path().join("nothing");
        let server = Server::start(office.folder.path(), &[("PATH", nowhere.to_str().unwrap())]);
        let refused = draft(&server, "du-thao.docx", DOCX);
        assert!(refused.text().contains("LibreOffice"), "{refused:?}");
        assert_eq!(refused.problem(422), "convert.missing");
    }
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/du-thao/qd.pdf");
    let seen = work.path().join("seen");
    let script = format!("cp {} \"$out\"; (env; ulimit -t; ls \"$in\") > {}", sample.display(), seen.display());
    let path = soffice(work.path(), &script);
    let server = Server::start(office.folder.path(), &[("PATH", &path), ("DAUSON_SECRET", "not for others")]);
    let drafted = draft(&server, "Dự thảo.docx", DOCX).expect(201).json();
    assert_eq!(drafted["files"][0]["name"], "Dự thảo.pdf");
    let desk = Desk { office: &office, server: &server };
    let id = drafted["id"].as_str().unwrap();
    assert_eq!(desk.file(id, 0), std::fs::read(&sample).unwrap());
    // it knows nothing of the service, is bounded, and nothing of it stays
    let told = std::fs::read_to_string(&seen).unwrap();
    assert!(!told.contains("DAUSON") && told.contains("\n60\n") && told.contains("in.docx"), "{told}");
    let folder = told.lines().find_map(|line| line.strip_prefix("HOME=")).unwrap();
    assert!(!Path::new(folder).exists());
    // what comes out is checked like any other file
    soffice(work.path(), "echo nothing > \"$out\"");
    assert_eq!(draft(&server, "a.docx", DOCX).problem(422), "registry.checks");
    for script in ["exit 1", "true", "kill -9 $$"] {
        soffice(work.path(), script);
        assert_eq!(draft(&server, "a.docx", DOCX).problem(422), "convert.failed", "{script}");
    }
    // what is no such document is not converted
    assert_eq!(draft(&server, "a.docx", b"PK\x03\x04 xl/workbook.xml").problem(422), "registry.checks");
    assert_eq!(desk.show(id)["state"], json!("draft"));
}
