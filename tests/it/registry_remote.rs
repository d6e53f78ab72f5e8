//! Acts on official documents by keys of remote signing services: signed alone and many at once, numbered, copied, sealed; what such a service
//! refuses, and that nobody waits for it but who signs.

use crate::csc_client::{Habit, PIN, Remote, SECRET, fault, remote};
use crate::office::{Office, UNIT};
use crate::program::run;
use crate::registry::{Desk, decision, place, wait_for};
use crate::server::{Answer, Server};
use dauson::keys::KeyAlgorithm;
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::time::Duration;

/// A unit of which somebody signs with a key of a remote service.
struct Away {
    office: Office,
    remote: Remote,
    /// The token that the key is bound to.
    token: String,
}

impl Away {
    fn new(role: Role, algorithm: KeyAlgorithm, habit: Habit) -> Self {
        let (office, remote) = (Office::new(), remote(algorithm, habit));
        let data = office.folder.path();
        for (file, folder) in [(&remote.root, "trust"), (&remote.crl, "crls")] {
            std::fs::create_dir_all(data.join(folder)).unwrap();
            std::fs::copy(file, data.join(folder).join("remote").with_extension(file.extension().unwrap())).unwrap();
        }
        let work = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            std::fs::write(work.path().join(name), text).unwrap();
            work.path().join(name).to_str().unwrap().to_owned()
        };
        let (client, pin) = (file("client", &format!("us\n{SECRET}\n")), file("pin", PIN));
        let place = ["--csc-url", &remote.url(), "--csc-client-file", &client, "--pin-file", &pin];
        run(data, [&["key", "import", "remote", "--unit", UNIT], &place[..]].concat()).expect(0);
        let bound = ["--name", "xa", "--unit", UNIT, "--role", role.as_str(), "--key", "remote", "--json"];
        let token = run(data, [&["token", "create"], &bound[..]].concat()).json();
        Self { token: token["token"].as_str().unwrap().to_owned(), office, remote }
    }

    fn act(&self, server: &Server, path: &str, body: &Value) -> Answer {
        server.post(path).token(&self.token).json(body).send()
    }

    fn signed(&self) -> usize {
        self.remote.times("signatures/signHash")
    }
}

fn batch(ids: &[String]) -> Value {
    let documents: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
    json!({"documents": documents, "places": place("sign")["places"]})
}

#[test]
fn a_leader_signs_with_a_remote_key_one_document_and_many() {
    for algorithm in [KeyAlgorithm::P256, KeyAlgorithm::Rsa2048] {
        let away = Away::new(Role::Leader, algorithm, |_, _, _, _| None);
        let server = away.office.serve();
        let desk = Desk { office: &away.office, server: &server };
        let ids: Vec<String> = (0..5).map(|_| desk.draft(&decision())).collect();
        for id in &ids {
            desk.act(Role::Drafter, id, "initial", &json!({})).expect(200);
        }
        away.act(&server, &format!("/api/v1/outgoing/{}/sign", ids[0]), &place("sign")).expect(200);
        assert_eq!(away.signed(), 1);
        desk.judged(&desk.file(&ids[0], 0), 1);
        let answer = away.act(&server, "/api/v1/outgoing/sign", &batch(&ids[1..])).expect(200).json();
        assert_eq!(answer["done"], 4, "{answer}");
        // each digest was authorised and signed alone
        assert_eq!((away.signed(), away.remote.times("credentials/authorize")), (5, 5));
        for id in &ids {
            assert_eq!(desk.show(id)["state"], "signed");
            desk.judged(&desk.file(id, 0), 1);
        }
        for (act, last) in [("number", "registered"), ("seal", "sealed")] {
            desk.act(Role::Clerk, &ids[0], act, &place(act)).expect(200);
            if act == "number" {
                assert_eq!(desk.act(Role::Clerk, &ids[0], "register", &json!({})).expect(200).json()["state"], last);
            }
        }
        desk.judged(&desk.file(&ids[0], 0), 3);
        drop(server);
        run(away.office.folder.path(), ["audit", "verify"]).expect(0);
    }
}

/// What the service refuses of one document keeps no other from being signed; nothing is left of what it refused.
#[test]
fn what_a_remote_service_refuses_is_told_document_by_document() {
    let away = Away::new(Role::Leader, KeyAlgorithm::P256, |_, method, times, _| {
        (method == "signatures/signHash" && times == 1).then(|| fault(400, "invalid_request"))
    });
    let server = away.office.serve();
    let desk = Desk { office: &away.office, server: &server };
    let ids: Vec<String> = (0..4).map(|_| desk.draft(&decision())).collect();
    for id in &ids {
        desk.act(Role::Drafter, id, "initial", &json!({})).expect(200);
    }
    let answer = away.act(&server, "/api/v1/outgoing/sign", &batch(&ids)).expect(200).json();
    assert_eq!(answer["done"], 3, "{answer}");
    let results = answer["results"].as_array().unwrap();
    let (refused, at) = results.iter().zip(&ids).find(|(result, _)| !result["problem"].is_null()).unwrap();
    assert_eq!(refused["problem"]["code"], "remote.refused", "{refused}");
    assert!(refused["problem"]["detail"].as_str().unwrap().contains("dịch vụ ký số từ xa"), "{refused}");
    let left = desk.show(at);
    assert_eq!((&left["state"], left["files"].as_array().unwrap().len()), (&json!("initialled"), 1), "{left}");
    // it is signed when the service does so again
    away.act(&server, &format!("/api/v1/outgoing/{at}/sign"), &place("sign")).expect(200);
    desk.judged(&desk.file(at, 0), 1);
    drop(server);
    run(away.office.folder.path(), ["audit", "verify"]).expect(0);
}

/// Documents that are signed by the leader, and wait for their numbers.
fn signed(desk: &Desk<'_>, count: usize) -> Vec<String> {
    let ids: Vec<String> = (0..count).map(|_| desk.draft(&decision())).collect();
    for id in &ids {
        desk.up_to(id, "sign");
    }
    ids
}

const SLOW: Habit = |_, method, _, _| {
    if method == "signatures/signHash" {
        std::thread::sleep(Duration::from_secs(2));
    }
    None
};

/// While a slow key signs a number, others write, and may be given that number: then it is signed anew with the next one, and after some
/// times where nobody is faster.
#[test]
fn nobody_waits_while_a_number_is_signed() {
    let away = Away::new(Role::Clerk, KeyAlgorithm::Rsa2048, SLOW);
    let server = away.office.serve();
    let desk = Desk { office: &away.office, server: &server };
    let ids = signed(&desk, 5);
    let answer = std::thread::scope(|scope| {
        let path = format!("/api/v1/outgoing/{}/number", ids[0]);
        let (away, server) = (&away, &server);
        let slow = scope.spawn(move || away.act(server, &path, &place("number")).expect(200).json());
        for (taken, id) in ids[1..4].iter().enumerate() {
            wait_for("it is being signed", || away.signed() == taken + 1);
            let numbered = desk.act(Role::Clerk, id, "number", &place("number")).expect(200).json();
            assert_eq!(numbered["number"], taken + 1, "{numbered}");
            assert!(!slow.is_finished() && away.signed() == taken + 1);
        }
        wait_for("it is signed within the transaction", || away.signed() == 4);
        // whoever comes now waits until that is done
        let last = desk.act(Role::Clerk, &ids[4], "number", &place("number")).expect(200).json();
        assert_eq!(last["number"], 5, "{last}");
        slow.join().unwrap()
    });
    assert_eq!((&answer["number"], &answer["symbol"]), (&json!(4), &json!("04/QĐ-UBND")), "{answer}");
    assert_eq!(away.signed(), 4);
    // the number on the page is the one in the register
    let file = desk.file(&ids[0], 0);
    desk.judged(&file, 2);
    for (number, is_there) in [("03/QĐ", false), ("04/QĐ", true)] {
        let text: Vec<u8> = number.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let hex = hex::encode_upper(&text).into_bytes();
        let has = |piece: &[u8]| file.windows(piece.len()).any(|window| window.eq_ignore_ascii_case(piece));
        assert_eq!(has(&text) || has(&hex), is_there, "{number}");
    }
    drop(server);
    run(away.office.folder.path(), ["audit", "verify"]).expect(0);
}

/// Somebody else does the same with the same document meanwhile: it has one number, and whoever came later is told.
#[test]
fn a_document_is_numbered_once_by_two_clerks() {
    let away = Away::new(Role::Clerk, KeyAlgorithm::P256, SLOW);
    let server = away.office.serve();
    let desk = Desk { office: &away.office, server: &server };
    let ids = signed(&desk, 2);
    std::thread::scope(|scope| {
        let path = format!("/api/v1/outgoing/{}/number", ids[0]);
        let (away, server) = (&away, &server);
        let slow = scope.spawn(move || away.act(server, &path, &place("number")).problem(409));
        wait_for("it is being signed", || away.signed() == 1);
        assert_eq!(desk.act(Role::Clerk, &ids[0], "number", &place("number")).expect(200).json()["number"], 1);
        assert_eq!(slow.join().unwrap(), "registry.version");
    });
    assert_eq!(desk.act(Role::Clerk, &ids[1], "number", &place("number")).expect(200).json()["number"], 2);
    drop(server);
    run(away.office.folder.path(), ["audit", "verify"]).expect(0);
}

/// A copy has a number of its own, and is signed in the same way; what is copied is looked at again when it has it.
#[test]
fn nobody_waits_while_a_copy_is_signed() {
    let away = Away::new(Role::Clerk, KeyAlgorithm::P256, SLOW);
    let server = away.office.serve();
    let desk = Desk { office: &away.office, server: &server };
    let [id, second] = [desk.draft(&decision()), desk.draft(&decision())];
    desk.up_to(&id, "issue");
    desk.up_to(&second, "issue");
    let mut new = json!({"kind": "SY", "issuer": "UBND", "of": id, "recipients": [{"name": "Trường tiểu học"}]});
    let (away, server) = (&away, &server);
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| away.act(server, "/api/v1/copies", &new).expect(201).json());
        wait_for("it is being signed", || away.signed() == 1);
        assert_eq!(desk.post(Role::Clerk, "/api/v1/copies", &new).expect(201).json()["symbol"], "01/SY-UBND");
        let slow = slow.join().unwrap();
        assert_eq!((&slow["symbol"], &slow["relation"]["kind"]), (&json!("02/SY-UBND"), &json!("copies")), "{slow}");
        desk.judged(&desk.file(slow["id"].as_str().unwrap(), 0), 4);
        // withdrawn while it is being copied
        let slow = scope.spawn(|| away.act(server, "/api/v1/copies", &new).problem(409));
        wait_for("it is being signed", || away.signed() == 3);
        let why = json!({"reason": "Ban hành sai thẩm quyền"});
        desk.act(Role::Leader, &id, "withdraw", &why).expect(200);
        assert_eq!(slow.join().unwrap(), "registry.copy");
    });
    // that copy took no number
    new["of"] = json!(second);
    assert_eq!(desk.post(Role::Clerk, "/api/v1/copies", &new).expect(201).json()["symbol"], "03/SY-UBND");
}

/// A service that ends while a number is being signed leaves nothing: the number goes to whom it goes next.
#[test]
fn a_crash_while_a_number_is_signed_leaves_nothing() {
    let away = Away::new(Role::Clerk, KeyAlgorithm::P256, SLOW);
    let server = away.office.serve();
    let ids = signed(&Desk { office: &away.office, server: &server }, 2);
    let address = server.address.clone();
    let path = format!("/api/v1/outgoing/{}/number", ids[0]);
    let request = server.post(&path).token(&away.token).json(&place("number")).bytes();
    let asking = std::thread::spawn(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        std::io::Write::write_all(&mut stream, &request).unwrap();
        let mut answer = Vec::new();
        let _ = std::io::Read::read_to_end(&mut stream, &mut answer);
        answer
    });
    wait_for("it is being signed", || away.signed() == 1);
    drop(server);
    assert!(asking.join().unwrap().is_empty());
    let server = away.office.serve();
    let desk = Desk { office: &away.office, server: &server };
    let left = desk.show(&ids[0]);
    assert_eq!((&left["state"], &left["number"]), (&json!("signed"), &Value::Null), "{left}");
    assert_eq!(desk.act(Role::Clerk, &ids[1], "number", &place("number")).expect(200).json()["number"], 1);
    assert_eq!(desk.act(Role::Clerk, &ids[0], "number", &place("number")).expect(200).json()["number"], 2);
    drop(server);
    run(away.office.folder.path(), ["audit", "verify"]).expect(0);
}
