//! Images of signatures and seals that are kept: looked at before they are, used where none is handed in, and nobody else's.

use crate::appearances;
use crate::audit_receipts::{change, copy};
use crate::office::{Office, UNIT, closed};
use crate::program::run;
use crate::registry::{Desk, decision};
use crate::server::{Answer, Server};
use crate::xml_signature::has;
use dauson::people::permissions::Role;
use serde_json::json;
use std::path::Path;
use std::process::Command;

fn put(server: &Server, token: &str, kind: &str, png: &[u8]) -> Answer {
    server.request("PUT", &format!("/api/v1/images/{kind}")).token(token).body("image/png", png).send()
}

#[test]
fn kept_images_are_what_signatures_are_seen_with() {
    let office = Office::new();
    let data = office.folder.path();
    {
        let server = office.serve();
        let desk = Desk { office: &office, server: &server };
        let (leader, clerk) = (office.token(Role::Leader), office.token(Role::Clerk));
        let (signature, seal) = (appearances::signature(), appearances::seal());
        // each keeps their own, and the clerk the unit's
        assert_eq!(put(&server, leader, "seal", &seal).problem(403), "auth.role");
        assert_eq!(put(&server, clerk, "signature", &signature).problem(403), "auth.role");
        // what is not as the decree wants it is not kept
        assert_eq!(put(&server, leader, "signature", &seal).problem(422), "registry.image");
        assert_eq!(put(&server, clerk, "seal", &signature).problem(422), "registry.image");
        let text = put(&server, leader, "signature", b"not an image");
        assert_eq!(text.status, 422, "{text:?}");
        assert_eq!(put(&server, leader, "signature", &vec![0; 600 << 10]).problem(422), "registry.image");
        let answer = server.get("/api/v1/images/signature").token(leader).send();
        assert_eq!(answer.problem(404), "registry.no_image");
        put(&server, leader, "signature", &signature).expect(204);
        put(&server, clerk, "seal", &seal).expect(204);
        assert_eq!(server.get("/api/v1/images/signature").token(leader).send().expect(200).body, signature);
        // nobody else's
        for (token, kind) in [
            (office.other_token(Role::Leader), "signature"),
            (office.token(Role::Drafter), "signature"),
            (office.other_token(Role::Clerk), "seal"),
        ] {
            let path = format!("/api/v1/images/{kind}");
            assert_eq!(server.get(&path).token(token).send().problem(404), "registry.no_image");
        }
        let draft = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/du-thao/qd.pdf")).unwrap();
        let drafted = desk.form(Role::Drafter, "/api/v1/outgoing", "qd.pdf", &draft, &decision()).expect(201).json();
        let id = drafted["id"].as_str().unwrap();
        desk.act(Role::Drafter, id, "initial", &json!({})).expect(200);
        let signed = desk.act(Role::Leader, id, "sign", &json!({})).expect(200).json();
        assert_eq!(signed["warnings"], json!([]), "the image is seen: {signed}");
        desk.act(Role::Clerk, id, "number", &json!({})).expect(200);
        desk.act(Role::Clerk, id, "register", &json!({})).expect(200);
        let sealed = desk.act(Role::Clerk, id, "seal", &json!({})).expect(200).json();
        assert_eq!(sealed["warnings"], json!([]), "{sealed}");
        desk.judged(&desk.file(id, 0), 3);
        // taken away, name and time are seen in its place
        server.request("DELETE", "/api/v1/images/signature").token(leader).send().expect(204);
        let gone = server.request("DELETE", "/api/v1/images/signature").token(leader).send();
        assert_eq!(gone.problem(404), "registry.no_image");
        let second = desk.form(Role::Drafter, "/api/v1/outgoing", "qd.pdf", &draft, &decision()).expect(201).json();
        let second = second["id"].as_str().unwrap();
        desk.act(Role::Drafter, second, "initial", &json!({})).expect(200);
        let seen = desk.act(Role::Leader, second, "sign", &json!({})).expect(200).json();
        assert_eq!(seen["warnings"], json!([]), "{seen}");
        desk.judged(&desk.file(second, 0), 1);
        if has("pdftotext") {
            let judged = data.join("judged.pdf");
            let told = Command::new("pdftotext").arg(judged).arg("-").output().unwrap();
            let told = String::from_utf8(told.stdout).unwrap();
            assert!(told.contains("Ký số: Nguyễn Thị Mẫu"), "{told}");
        }
    }
    // on the command line
    let work = tempfile::tempdir().unwrap();
    let (blue, red) = (work.path().join("blue.png"), work.path().join("red.png"));
    std::fs::write(&blue, appearances::signature()).unwrap();
    std::fs::write(&red, appearances::seal()).unwrap();
    let (blue, red) = (blue.to_str().unwrap(), red.to_str().unwrap());
    run(data, ["unit", "image", UNIT, "--seal", blue]).expect(65).error_line();
    run(data, ["unit", "image", UNIT, "--seal", red]).expect(0);
    run(data, ["unit", "image", "none", "--seal", red]).expect(66).error_line();
    run(data, ["user", "add", "van.a", "--name", "Nguyễn Văn A", "--unit", UNIT]).expect(0);
    run(data, ["user", "image", "van.a", "--signature", blue, "--initials", blue]).expect(0);
    run(data, ["user", "image", "none", "--signature", blue]).expect(66).error_line();
    run(data, ["user", "image", "van.a", "--remove"]).expect(0);
    run(data, ["audit", "verify"]).expect(0);
}

#[tokio::test]
async fn an_image_that_was_put_into_the_database_is_named_by_audits() {
    let office = Office::new();
    {
        let server = office.serve();
        // kept, taken away, and kept again
        put(&server, office.token(Role::Clerk), "seal", &appearances::seal()).expect(204);
        server.request("DELETE", "/api/v1/images/seal").token(office.token(Role::Clerk)).send().expect(204);
        put(&server, office.token(Role::Clerk), "seal", &appearances::seal()).expect(204);
        put(&server, office.token(Role::Clerk), "seal", &appearances::seal()).expect(204);
    }
    closed(office.folder.path());
    run(office.folder.path(), ["audit", "verify"]).expect(0);
    let work = tempfile::tempdir().unwrap();
    let tampered = work.path().join("data");
    for (statement, named) in [
        ("UPDATE image SET png = x'00'", "image (seal)"),
        ("UPDATE image SET holder = 'xa-khac'", "image (seal)"),
        ("UPDATE image SET log_index = 0", "image (seal)"),
        ("DELETE FROM image", "is in the log, and not in the database"),
    ] {
        copy(office.folder.path(), &tampered);
        change(&tampered, statement).await;
        let ran = run(&tampered, ["audit", "verify"]);
        assert!(ran.code == 1 && ran.stdout.contains(named), "{statement}: {ran:?}");
    }
    // one that was taken away, and is put back
    copy(office.folder.path(), &tampered);
    {
        let server = Server::start(&tampered, &[]);
        server.request("DELETE", "/api/v1/images/seal").token(office.token(Role::Clerk)).send().expect(204);
    }
    closed(&tampered);
    run(&tampered, ["audit", "verify"]).expect(0);
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", tampered.join("dauson.db").display())).await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    let kept = office.folder.path().join("dauson.db").display().to_string();
    sqlx::query("ATTACH ? AS kept").bind(kept).execute(&mut *connection).await.unwrap();
    sqlx::query("INSERT INTO image SELECT * FROM kept.image").execute(&mut *connection).await.unwrap();
    drop(connection);
    pool.close().await;
    let ran = run(&tampered, ["audit", "verify"]);
    assert!(ran.code == 1 && ran.stdout.contains("taken away"), "{ran:?}");
}
