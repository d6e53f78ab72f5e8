//! The signing agent: pages that may ask and pages that may not, what the officer agrees to, and the whole chain up to a browser.

use crate::browser::chromium;
use crate::http_deferred::Desk;
use crate::program::{command, run, uninfluenced};
use crate::server::{Answer, Server};
use crate::tokens::{Hsm, authority};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dauson::authority::Credential;
use dauson::cms::claims::claimed_role;
use dauson::cms::{Attribute, SignedDataBuilder, encode, oid};
use dauson::digest::DigestAlgorithm;
use dauson::keys::{KeyAlgorithm, PublicHalf, SignatureScheme, SigningKey as _, pem};
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A page that was approved.
const PAGE: &str = "https://congvan.example.vn";

/// A folder with a program that answers in the officer's place.
struct Officer {
    folder: tempfile::TempDir,
}

impl Officer {
    /// Says yes to everything.
    fn new() -> Self {
        let officer = Self { folder: tempfile::tempdir().unwrap() };
        let folder = officer.folder.path().display();
        // waits while there is a file that says so
        let program = format!(
            "#!/bin/sh\nfor word; do printf '%s\\n' \"$word\"; done >> '{folder}/asked'\n\
             while [ -e '{folder}/wait' ]; do sleep 0.02; done\nexit \"$(cat \"{folder}/$1\")\"\n"
        );
        std::fs::write(officer.program(), program).unwrap();
        let status = Command::new("chmod").arg("755").arg(officer.program()).status().unwrap();
        assert!(status.success());
        officer.answers("allow", 0);
        officer.answers("sign", 0);
        officer
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn program(&self) -> PathBuf {
        self.path("officer.sh")
    }

    fn answers(&self, what: &str, code: i32) {
        std::fs::write(self.path(what), code.to_string()).unwrap();
    }

    /// What was asked so far.
    fn asked(&self) -> String {
        std::fs::read_to_string(self.path("asked")).unwrap_or_default()
    }

    /// The options of a key in files.
    fn key(&self, credential: &Credential) -> [String; 4] {
        let write = |name: &str, label: &str, der: &[u8]| {
            std::fs::write(self.path(name), pem::encode(label, der).as_bytes()).unwrap();
            self.path(name).display().to_string()
        };
        let key = write("key.pem", "PRIVATE KEY", &credential.pkcs8);
        let certificate = write("certificate.pem", "CERTIFICATE", &credential.certificate);
        ["--key".to_owned(), key, "--cert".to_owned(), certificate]
    }

    fn command(&self, key: &[String]) -> Command {
        let mut command = command(&self.path("data"));
        command.args(["agent", "--listen", "127.0.0.1:0"]).args(key);
        command
    }

    /// The agent, with a page that was approved.
    fn agent(&self, key: &[String], more: &[&str]) -> Server {
        let mut command = self.command(key);
        command.args(["--allow-origin", PAGE, "--consent", self.program().to_str().unwrap()]).args(more);
        started(command)
    }
}

fn started(command: Command) -> Server {
    Server::of(command, "dauson: agent at http://")
}

/// A request as a page of an origin makes it.
fn ask(agent: &Server, origin: &str, path: &str, body: &Value) -> Answer {
    let mut request = agent.post(path).header("origin", origin).json(body);
    request.head = request.head.replace("host: test", &format!("host: {}", agent.address));
    request.send()
}

/// Another request: its lines, the host among them.
fn raw(agent: &Server, lines: &[&str], body: &[u8]) -> Answer {
    let mut stream = agent.connect();
    let head = format!("{}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", lines.join("\r\n"), body.len());
    let _ = stream.write_all(&[head.as_bytes(), body].concat());
    Answer::read(stream)
}

/// The code of a problem that is told in both languages.
#[track_caller]
fn problem(answer: &Answer, status: u16) -> String {
    let code = answer.problem(status);
    let message = &answer.json()["message"];
    assert!(message["vi"].is_string() && message["en"].is_string(), "{answer:?}");
    code
}

/// What a page sends for a document with these signed attributes.
fn request(certificate: &[u8], digest: &[u8], attributes: &[u8]) -> Value {
    json!({"name": "Công văn 12.pdf", "document_digest": STANDARD.encode(digest), "signed_attributes": STANDARD.encode(attributes),
        "certificate": STANDARD.encode(certificate), "scheme": "ecdsa-p256", "digest": "sha256"})
}

/// The attributes that a signature of a document with this digest has.
fn attributes(certificate: &[u8], digest: &[u8], more: &[Attribute]) -> Vec<u8> {
    let scheme = SignatureScheme::EcdsaP256.algorithm_identifier();
    let builder = SignedDataBuilder::new(DigestAlgorithm::Sha256, scheme, certificate, &[]).unwrap();
    builder.with_signed_attributes(more).signed_attributes(digest, None)
}

#[test]
fn an_approved_page_gets_a_signature_that_its_officer_agreed_to() {
    let authority = authority(KeyAlgorithm::P256);
    let officer = Officer::new();
    let agent = officer.agent(&officer.key(&authority.leader), &[]);
    let certificate = &authority.leader.certificate;
    let host = format!("host: {}", agent.address);
    let info = raw(&agent, &["GET /v1/info HTTP/1.1", &host, &format!("origin: {PAGE}")], b"").expect(200);
    assert_eq!(info.json()["protocol"], 1);
    assert_eq!(info.header("access-control-allow-origin"), Some(PAGE));
    let listed = ask(&agent, PAGE, "/v1/certificates", &json!({})).expect(200).json();
    assert_eq!(listed["certificates"][0]["certificate"], STANDARD.encode(certificate));
    assert_eq!(listed["certificates"][0]["schemes"], json!([{"scheme": "ecdsa-p256", "digest": "sha256"}]));
    assert_eq!(officer.asked(), "", "nothing was signed so far");

    let digest = [7; 32];
    let der = attributes(certificate, &digest, &[]);
    let signed = ask(&agent, PAGE, "/v1/sign", &request(certificate, &digest, &der)).expect(200);
    assert_eq!(signed.header("access-control-allow-origin"), Some(PAGE));
    assert_eq!(signed.header("vary"), Some("origin"));
    let value = STANDARD.decode(signed.json()["signature"].as_str().unwrap()).unwrap();
    let public = PublicHalf::new(certificate.clone(), Vec::new()).unwrap();
    public.check(SignatureScheme::EcdsaP256, &der, &value).unwrap();
    let asked = officer.asked();
    let wanted =
        format!("sign\n--origin={PAGE}\n--name=Công văn 12.pdf\n--digest=sha256:{}\n--signer=", hex::encode(digest));
    assert!(asked.starts_with(&wanted), "{asked}");

    officer.answers("sign", 1);
    let refused = ask(&agent, PAGE, "/v1/sign", &request(certificate, &digest, &der));
    assert_eq!(problem(&refused, 403), "agent.refused");
    assert_eq!(refused.header("access-control-allow-origin"), Some(PAGE), "the page can read why");

    // one question at a time
    officer.answers("sign", 0);
    std::fs::write(officer.path("wait"), "").unwrap();
    let before = officer.asked().len();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| ask(&agent, PAGE, "/v1/sign", &request(certificate, &digest, &der)));
        let start = Instant::now();
        while officer.asked().len() == before {
            assert!(start.elapsed() < Duration::from_secs(30));
            std::thread::sleep(Duration::from_millis(5));
        }
        let second = ask(&agent, PAGE, "/v1/sign", &request(certificate, &digest, &der));
        assert_eq!(problem(&second, 429), "agent.busy");
        std::fs::remove_file(officer.path("wait")).unwrap();
        first.join().unwrap().expect(200);
    });
    let mut agent = agent;
    agent.terminate();
    assert_eq!(agent.wait(), 0);
}

#[test]
fn other_pages_and_other_hosts_get_nothing() {
    let authority = authority(KeyAlgorithm::P256);
    let officer = Officer::new();
    officer.answers("allow", 1);
    let key = officer.key(&authority.leader);
    let agent = officer.agent(&key, &[]);
    let host = format!("host: {}", agent.address);
    let json = "content-type: application/json";
    let page = format!("origin: {PAGE}");
    // a name that was rebound to this machine, none, two, another port, one in the request line
    let port = agent.address.rsplit(':').next().unwrap();
    for hosts in [
        &[&*format!("host: evil.example:{port}")][..],
        &["host: 127.0.0.1"],
        &["host: 127.0.0.1:1"],
        &[&*host, "host: evil.example"],
    ] {
        let answer = raw(&agent, &[&["POST /v1/certificates HTTP/1.1", json, &page], hosts].concat(), b"{}");
        assert_eq!(problem(&answer, 421), "agent.host", "{hosts:?}");
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    let line = format!("POST http://evil.example:{port}/v1/certificates HTTP/1.1");
    assert_eq!(problem(&raw(&agent, &[&line, json, &page, &host], b"{}"), 421), "agent.host");
    let local = format!("host: localhost:{port}");
    raw(&agent, &["POST /v1/certificates HTTP/1.1", json, &page, &local], b"{}").expect(200);

    // no page, no page of its own, one that anybody on the network could be, one that was refused
    for origin in [
        &[][..],
        &["origin: null"],
        &["origin: http://congvan.example.vn"],
        &["origin: https://congvan.example.vn.evil.example"],
    ] {
        let answer = raw(&agent, &[&["POST /v1/certificates HTTP/1.1", json, &host], origin].concat(), b"{}");
        assert_eq!(problem(&answer, 403), "agent.origin", "{origin:?}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin:?}");
    }
    let asked = officer.asked();
    assert_eq!(asked, "allow\n--origin=https://congvan.example.vn.evil.example\n", "only of whom it may be asked");
    let again = ask(&agent, "https://congvan.example.vn.evil.example", "/v1/certificates", &json!({}));
    assert_eq!((problem(&again, 403), officer.asked()), ("agent.origin".to_owned(), asked));

    // what a browser asks first
    let preflight = |origin: &str| {
        let lines = [
            "OPTIONS /v1/sign HTTP/1.1",
            &host,
            origin,
            "access-control-request-method: POST",
            "access-control-request-headers: content-type",
            "access-control-request-private-network: true",
        ];
        raw(&agent, &lines, b"")
    };
    let good = preflight(&page).expect(204);
    assert_eq!(good.header("access-control-allow-origin"), Some(PAGE));
    assert_eq!(good.header("access-control-allow-private-network"), Some("true"));
    assert_eq!(good.header("access-control-allow-headers"), Some("content-type"));
    for origin in ["origin: null", "origin: https://congvan.example.vn.evil.example"] {
        let bad = preflight(origin);
        assert_eq!((problem(&bad, 403), bad.header("access-control-allow-origin")), ("agent.origin".to_owned(), None));
    }
    drop(agent);

    // one that the user approves is remembered
    officer.answers("allow", 0);
    let new = "https://khac.example.vn";
    let agent = officer.agent(&key, &[]);
    ask(&agent, new, "/v1/certificates", &json!({})).expect(200);
    drop(agent);
    officer.answers("allow", 1);
    let agent = officer.agent(&key, &[]);
    ask(&agent, new, "/v1/certificates", &json!({})).expect(200);

    // what cannot be started
    let p = "--consent";
    let program = officer.program().display().to_string();
    for (more, code) in [
        (&["--listen", "0.0.0.0:0", p, &program][..], 64),
        (&[p, "/no/such/program"], 66),
        (&[], 64),
        (&["--allow-origin", "http://a.example", p, &program], 64),
    ] {
        let mut command = command(&officer.path("data"));
        command.arg("agent").args(&key).args(more);
        crate::program::finish(command.spawn().unwrap()).expect(code);
    }
    run(&officer.path("data"), ["agent", "--key-id", "leader", p, &program]).expect(64);
}

#[test]
fn nothing_is_signed_but_what_is_shown() {
    let authority = authority(KeyAlgorithm::P256);
    let officer = Officer::new();
    let agent = officer.agent(&officer.key(&authority.leader), &[]);
    let (own, other) = (&authority.leader.certificate, &authority.seal.certificate);
    let (digest, swapped) = ([7; 32], [8; 32]);
    let good = attributes(own, &digest, &[]);
    let set = |all: Vec<Vec<u8>>| encode::set_of(0x31, all);
    let content = |of| Attribute::new(oid::CONTENT_TYPE, encode::oid(&of)).encode();
    let message = |digest: &[u8]| Attribute::new(oid::MESSAGE_DIGEST, encode::octet_string(digest)).encode();
    let named = dauson::cms::ess::signing_certificate_v2(own, DigestAlgorithm::Sha256).encode();
    let mut trailing = good.clone();
    trailing.push(0);
    let mut unsorted = vec![0x31, 0];
    for piece in [named.clone(), message(&digest), content(oid::DATA)] {
        unsorted.extend(piece);
    }
    unsorted[1] = u8::try_from(unsorted.len() - 2).unwrap();
    for (what, der, code) in [
        ("another document", attributes(own, &swapped, &[]), "agent.digest"),
        ("a shorter digest", set(vec![content(oid::DATA), message(&[7; 20]), named.clone()]), "agent.digest"),
        ("another certificate", attributes(other, &digest, &[]), "agent.attributes"),
        ("no certificate", set(vec![content(oid::DATA), message(&digest)]), "agent.attributes"),
        ("no digest", set(vec![content(oid::DATA), named.clone()]), "agent.attributes"),
        (
            "two digests",
            set(vec![content(oid::DATA), message(&digest), message(&swapped), named.clone()]),
            "agent.attributes",
        ),
        ("a time-stamp", set(vec![content(oid::TST_INFO), message(&digest), named]), "agent.attributes"),
        ("a role", attributes(own, &digest, &[claimed_role("Chủ tịch")]), "agent.attributes"),
        ("bytes behind it", trailing, "agent.attributes"),
        ("no DER", unsorted, "agent.attributes"),
        ("a certificate to be", encode::sequence(&[&good]), "agent.attributes"),
        ("nothing", Vec::new(), "agent.attributes"),
    ] {
        let answer = ask(&agent, PAGE, "/v1/sign", &request(own, &digest, &der));
        assert_eq!(problem(&answer, 422), code, "{what}: {answer:?}");
    }
    let base = request(own, &digest, &good);
    let with = |key: &str, value: Value| {
        let mut changed = base.clone();
        changed[key] = value;
        ask(&agent, PAGE, "/v1/sign", &changed)
    };
    assert_eq!(problem(&with("document_digest", json!(STANDARD.encode(swapped))), 422), "agent.digest");
    assert_eq!(problem(&with("certificate", json!(STANDARD.encode(other))), 422), "agent.certificate");
    for (key, value, code) in [
        ("scheme", json!("rsa-pss"), "key.scheme"),
        ("digest", json!("sha1"), "key.scheme"),
        ("signed_attributes", json!("?"), "request.base64"),
        ("name", json!(" "), "agent.name"),
        ("name", json!("a".repeat(256)), "agent.name"),
        ("colour", json!("red"), "request.json"),
    ] {
        assert_eq!(with(key, value).problem(422), code, "{key}");
    }
    let large = with("name", json!("a".repeat(300_000)));
    assert_eq!(large.problem(413), "http.too_large");
    let host = format!("host: {}", agent.address);
    let page = format!("origin: {PAGE}");
    let form = raw(&agent, &["POST /v1/sign HTTP/1.1", &host, &page, "content-type: text/plain"], b"{}");
    assert_eq!(form.problem(415), "http.media_type");
    for (line, status) in [("GET /v1/sign HTTP/1.1", 405), ("POST /v2/sign HTTP/1.1", 404), ("GET / HTTP/1.1", 404)] {
        raw(&agent, &[line, &host, &page], b"").problem(status);
    }
    assert_eq!(officer.asked(), "", "nobody was asked about any of that");
    // a name cannot write on the terminal
    with("name", json!("a\u{1b}[2J\nb\u{202e}c")).expect(200);
    assert!(officer.asked().contains("--name=a [2J b c\n"), "{}", officer.asked());
}

/// The leader's key of the office in a token, and the agent with it.
fn agent_with_token(hsm: &Hsm, officer: &Officer, desk: &Desk, origin: &str) -> Server {
    let key = desk.any_key("leader");
    let (certificate, chain) = (key.certificate().to_vec(), key.chain().to_vec());
    hsm.put("desk", "leader", "01", &Credential { name: "leader", certificate, chain, pkcs8: key.secret().unwrap() });
    let uri = hsm.uri("token=desk;object=leader");
    let mut command = command(&officer.path("data"));
    command.env("SOFTHSM2_CONF", hsm.path("softhsm2.conf"));
    command.args(["agent", "--listen", "127.0.0.1:0", "--pkcs11-uri", &uri, "--pin-file"]).arg(hsm.path("pin"));
    command.args(["--allow-origin", origin, "--consent"]).arg(officer.program());
    started(command)
}

#[test]
fn server_agent_and_token_sign_a_document_together() {
    let Some(hsm) = Hsm::new() else { return };
    let (officer, desk) = (Officer::new(), Desk::new());
    let agent = agent_with_token(&hsm, &officer, &desk, PAGE);
    let leader = desk.office.token(Role::Leader).to_owned();
    let listed = ask(&agent, PAGE, "/v1/certificates", &json!({})).expect(200).json();
    let own = &listed["certificates"][0];
    let asked = json!({"certificate": own["certificate"], "chain": own["chain"], "reason": "Ban hành"});
    let prepared = desk.post("prepare", &leader, &asked).expect(200).json();
    let mut request = json!({"name": prepared["name"], "certificate": own["certificate"]});
    for key in ["document_digest", "signed_attributes", "scheme", "digest"] {
        request[key] = prepared[key].clone();
    }
    // pulled out, put back
    std::fs::rename(hsm.path("tokens"), hsm.path("away")).unwrap();
    std::fs::create_dir(hsm.path("tokens")).unwrap();
    let gone = ask(&agent, PAGE, "/v1/sign", &request);
    assert_eq!(problem(&gone, 503), "token.missing");
    std::fs::remove_dir(hsm.path("tokens")).unwrap();
    std::fs::rename(hsm.path("away"), hsm.path("tokens")).unwrap();
    let signed = ask(&agent, PAGE, "/v1/sign", &request).expect(200).json();
    let finish = json!({"request": prepared["id"], "signature": signed["signature"]});
    assert_eq!(desk.post("finish", &leader, &finish).expect(200).json()["version"], 1);
    desk.holds(1);
    run(desk.office.folder.path(), ["audit", "verify"]).expect(0);
}

/// A program in a terminal of its own. The shell that `script` starts makes way for it: a Ctrl-C ends one that waits (dash does), and then
/// what is seen is the shell's end. None where there are no pseudo-terminals.
fn in_terminal(words: &[String]) -> Option<Command> {
    let script = |line: &str| {
        let mut script = uninfluenced(Command::new("script"));
        // whatever the user's own shell is: of a service it may be one that refuses
        script.args(["-qefc", line, "/dev/null"]).env("SHELL", "/bin/sh");
        script
    };
    let probe = script("true").stdin(Stdio::null()).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: script (bsdutils) is not installed, or there is no pseudo-terminal to be had");
        return None;
    }
    let words: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let mut command = script(&format!("exec {}", words.join(" ")));
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    Some(command)
}

/// Types the answers into the terminal that the agent was started in.
#[test]
fn the_terminal_asks_too() {
    let authority = authority(KeyAlgorithm::P256);
    let officer = Officer::new();
    let data = officer.path("data").display().to_string();
    let words = [env!("CARGO_BIN_EXE_dauson"), "--data", &data, "agent", "--listen", "127.0.0.1:0"];
    let words: Vec<String> = words.into_iter().map(str::to_owned).chain(officer.key(&authority.leader)).collect();
    let Some(mut command) = in_terminal(&words) else { return };
    let mut child = command.spawn().unwrap();
    let (mut typed, mut shown) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let mut until = |end: &str| {
        let mut text = Vec::new();
        while !String::from_utf8_lossy(&text).ends_with(end) {
            let mut byte = [0];
            let read = shown.read(&mut byte).unwrap();
            assert!(read > 0, "no {end:?} in {:?}", String::from_utf8_lossy(&text));
            text.push(byte[0]);
        }
        String::from_utf8_lossy(&text).into_owned()
    };
    until("dauson: agent at http://");
    let address = until("\n").trim().to_owned();
    let certificate = &authority.leader.certificate;
    let der = attributes(certificate, &[7; 32], &[]);
    let send = |path: &str, body: Value| {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\norigin: {PAGE}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.to_string().len()
        );
        let address = address.clone();
        std::thread::spawn(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(head.as_bytes()).unwrap();
            Answer::read(stream)
        })
    };
    let first = send("/v1/certificates", json!({}));
    assert!(until("yes/no: ").contains(PAGE));
    typed.write_all("có\n".as_bytes()).unwrap();
    first.join().unwrap().expect(200);
    for (answer, status) in [("yes\n", 200), ("\n", 403)] {
        let request = send("/v1/sign", request(certificate, &[7; 32], &der));
        let question = until("yes/no: ");
        assert!(question.contains("Công văn 12.pdf") && question.contains(&hex::encode([7; 32])), "{question}");
        typed.write_all(answer.as_bytes()).unwrap();
        request.join().unwrap().expect(status);
    }
    // Ctrl-C
    typed.write_all(&[3]).unwrap();
    let ended = child.wait().unwrap();
    assert!(ended.success(), "{ended}");
}

/// One origin for page and API, as a proxy before the service gives it; serves until the process ends.
fn proxy(page: String, service: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let serve = move |mut stream: TcpStream, page: &str, service: &str| -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let (mut head, mut length, mut line) = (String::new(), 0, String::new());
        while reader.read_line(&mut line)? > 2 {
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if !lower.starts_with("connection:") {
                head.push_str(&line);
            }
            line.clear();
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        if head.starts_with("GET /agent.html") {
            let length = page.len();
            return write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{page}"
            );
        }
        let mut behind = TcpStream::connect(service)?;
        behind.write_all(format!("{head}connection: close\r\n\r\n").as_bytes())?;
        behind.write_all(&body)?;
        std::io::copy(&mut behind, &mut stream).map(|_| ())
    };
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (page, service, serve) = (page.clone(), service.clone(), serve);
            std::thread::spawn(move || serve(stream, &page, &service));
        }
    });
    address
}

/// What a browser shows of a page once nothing happens there any more.
fn browse(browser: &str, folder: &Path, url: &str) -> String {
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=30000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.display()))
        .arg(url)
        .stderr(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_browser_signs_through_the_sample_page() {
    let Some(browser) = chromium() else { return };
    let Some(hsm) = Hsm::new() else { return };
    let (officer, desk) = (Officer::new(), Desk::new());
    let agent = agent_with_token(&hsm, &officer, &desk, PAGE);
    let sample = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/agent.html")).unwrap();
    let filled = format!(
        "<script>form.token.value = {}; form.document.value = {}; form.agent.value = {}; form.requestSubmit();</script></body>",
        json!(desk.office.token(Role::Leader)),
        json!(desk.document),
        json!(format!("http://{}", agent.address))
    );
    let address = proxy(sample.replace("</body>", &filled), desk.server.address.clone());
    // the user does not know the page yet
    let page = format!("http://{address}/agent.html");
    officer.answers("sign", 1);
    let refused = browse(browser, &officer.path("browser"), &page);
    assert!(refused.contains("agent.refused: Người dùng không đồng ý"), "{refused}");
    officer.answers("sign", 0);
    let signed = browse(browser, &officer.path("browser"), &page);
    assert!(signed.contains("finished: version 1"), "{signed}");
    desk.holds(1);
    let asked = officer.asked();
    assert_eq!(asked.matches("allow\n").count(), 1, "asked once, and remembered: {asked}");
    assert!(asked.contains(&format!("--origin=http://{address}\n--name=a.pdf\n--digest=sha256:")), "{asked}");
}
