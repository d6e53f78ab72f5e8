//! A server that publishes no honest log, by whoever holds the log's key: an audit of it ends, and says why.

use crate::answering::{Answer, Asked, Server};
use crate::program::{Ran, command, finish};
use dauson::tlog::{Checkpoint, Hash, Signer, leaf_hash, node_hash};

const ENTRY: &[u8] = br#"{"action":"document.signed","time":"2026-11-24T01:30:15Z","v":1}"#;

/// What a server makes up.
type Tiles = fn(&Asked) -> Answer;

fn signer() -> Signer {
    Signer::from_seed("log.example/hostile", &[9; 32]).unwrap()
}

fn note(size: u64, root: Hash) -> Vec<u8> {
    let checkpoint = Checkpoint { origin: "log.example/hostile".to_owned(), size, root, extensions: Vec::new() };
    checkpoint.sign(&[&signer()]).unwrap().into_bytes()
}

fn audit(server: &Server, what: &str, more: &[&str]) -> Ran {
    let work = tempfile::tempdir().unwrap();
    let key = signer().verifier_key().to_string();
    let mut command = command(work.path());
    command.args(["audit", what, &server.url(""), "--log-key", &key]).args(more).env("DAUSON_NET_SECONDS", "2");
    if what == "watch" {
        command.args(["--once", "--state"]).arg(work.path().join("state"));
    }
    finish(command.spawn().unwrap())
}

/// Serves this checkpoint, and whatever tiles and bundles are made up.
fn serve(note: Vec<u8>, tiles: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Server {
    let server = Server::start();
    server.on(move |asked| if asked.path() == "/checkpoint" { Answer::Body(note.clone()) } else { tiles(asked) });
    server
}

/// So many entries as a bundle, or their hashes as a tile.
fn honest(asked: &Asked) -> Answer {
    let (path, partial) = asked.path().split_once(".p/").unwrap_or((asked.path(), "256"));
    let width: usize = partial.parse().unwrap();
    if path.starts_with("/tile/entries/") {
        let length = u16::try_from(ENTRY.len()).unwrap().to_be_bytes();
        return Answer::Body([&length[..], ENTRY].concat().repeat(width));
    }
    // all subtrees of a height are the same
    let level: u32 = path.split('/').nth(2).unwrap().parse().unwrap();
    let hash = (0..level * 8).fold(leaf_hash(ENTRY), |hash, _| node_hash(&hash, &hash));
    Answer::Body(hash.repeat(width))
}

#[test]
fn a_log_that_claims_to_be_endless_is_not_read() {
    for size in [(1 << 32) + 1, 1 << 63, u64::MAX] {
        let server = serve(note(size, [7; 32]), honest);
        for what in ["verify", "watch", "receipts"] {
            let ran = audit(&server, what, &[]).expect(1);
            assert!(ran.stdout.contains(&format!("claims {size} entries")), "{ran:?}");
        }
        assert!(server.asked().iter().all(|asked| asked.path() == "/checkpoint"));
    }
}

#[test]
fn nonsense_without_end_is_given_up() {
    let size = 1 << 32;
    // nothing there; nothing but zeros; entries without end that have nothing to do with the checkpoint
    let all: [(&str, Tiles); 4] = [
        ("are there", |_| Answer::Status(404, String::new())),
        ("do not lead", |_| Answer::Body(vec![0; 256 * 32])),
        ("do not lead", |asked| {
            let is_bundle = asked.path().starts_with("/tile/entries/");
            if is_bundle { Answer::Body(vec![0xff; 1_000]) } else { Answer::Body(vec![1; 256 * 32]) }
        }),
        ("no more than 65536 of 4294967296 entries were read", honest),
    ];
    for (why, tiles) in all {
        let server = serve(note(size, [7; 32]), tiles);
        let ran = audit(&server, "verify", &[]).expect(1);
        assert!(ran.stdout.contains(why), "{why}: {ran:?}");
        let asked = server.asked().len();
        assert!(asked < 3 * 300, "{asked} requests");
        let ran = audit(&server, "watch", &[]).expect(1);
        assert!(ran.stdout.starts_with("ALARM: "), "{ran:?}");
    }
    // the tiles above lead to the root, and the entries are none: there are too many faults
    let root = (0..32).fold(leaf_hash(ENTRY), |hash, _| node_hash(&hash, &hash));
    let server = serve(note(size, root), |asked| {
        let is_bundle = asked.path().starts_with("/tile/entries/");
        if is_bundle { Answer::Body(vec![0; 512]) } else { honest(asked) }
    });
    let ran = audit(&server, "verify", &[]).expect(1);
    assert!(ran.stdout.contains("missing from the log") && ran.stdout.contains("entries were read"), "{ran:?}");
    assert!(server.asked().len() < 3_000);
}

#[test]
fn an_honest_log_of_the_same_kind_is_read_to_its_end() {
    let size = 65_536 + 256;
    let left = (0..16).fold(leaf_hash(ENTRY), |hash, _| node_hash(&hash, &hash));
    let right = (0..8).fold(leaf_hash(ENTRY), |hash, _| node_hash(&hash, &hash));
    let server = serve(note(size, node_hash(&left, &right)), honest);
    let ran = audit(&server, "verify", &["--json"]).expect(0);
    assert_eq!(ran.json()["read"], size);
    audit(&server, "watch", &[]).expect(0);
}

#[test]
fn a_server_that_does_not_come_to_an_end_is_left() {
    let at = |path: &'static str, answer: Tiles| {
        let root = (0..8).fold(leaf_hash(ENTRY), |hash, _| node_hash(&hash, &hash));
        let note = note(256, root);
        let server = Server::start();
        server.on(move |asked| match asked.path() {
            found if found.starts_with(path) => answer(asked),
            "/checkpoint" => Answer::Body(note.clone()),
            _ => honest(asked),
        });
        server
    };
    for path in ["/checkpoint", "/tile/0", "/tile/entries"] {
        let answers: [(&str, Tiles); 5] = [
            ("again and again", |asked| Answer::Status(302, format!("Location: {}", asked.path()))),
            ("", |_| Answer::Endless),
            ("", |_| Answer::Drip),
            ("", |_| Answer::Silence),
            ("", |_| Answer::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".to_vec())),
        ];
        for (why, answer) in answers {
            let server = at(path, answer);
            let ran = audit(&server, "verify", &[]).expect(69);
            assert!(ran.error_line().contains(why), "{path}: {ran:?}");
        }
    }
}
