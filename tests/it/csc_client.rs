//! Keys of remote signing services: our own, and a small one of the test with the habits that such services have.

#![allow(clippy::unused_self, clippy::unnecessary_wraps)] // what the small service does is called alike, whatever it needs of it

use crate::answering::{self, Asked};
use crate::made::{Holder, Use, Wanted};
use crate::office::Office;
use crate::program::{Ran, command, finish, run};
use crate::tokens::pdfsig_accepts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dauson::keys::{KeyAlgorithm, SigningKey, pem};
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use time::{Duration, OffsetDateTime};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/cong-van.pdf");
pub const PIN: &str = "482915";
pub const SECRET: &str = "the client's secret";

/// Somebody who signs with a remote key.
pub struct Desk {
    folder: tempfile::TempDir,
    /// How long a service may take.
    seconds: &'static str,
}

impl Desk {
    pub fn new(client: &str) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap(), seconds: "20" };
        std::fs::write(desk.path("client"), client).unwrap();
        std::fs::write(desk.path("pin"), PIN).unwrap();
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// The program with options of a remote key.
    pub fn command(&self, words: &[&str], url: &str, more: &[&str]) -> Command {
        let mut command = command(&self.data());
        command.args(words).args(["--csc-url", url, "--csc-client-file"]).arg(self.path("client")).args(more);
        command.env("DAUSON_NET_SECONDS", self.seconds);
        command
    }

    #[track_caller]
    fn run(&self, words: &[&str], url: &str, more: &[&str]) -> Ran {
        finish(self.command(words, url, more).spawn().unwrap())
    }

    /// Begins to sign.
    pub fn start(&self, out: &str, url: &str) -> Child {
        let out = self.path(out);
        self.command(&["sign", SAMPLE, "-o", out.to_str().unwrap()], url, &[]).spawn().unwrap()
    }

    #[track_caller]
    fn sign(&self, out: &str, url: &str, more: &[&str]) -> Ran {
        let out = self.path(out);
        let _ = std::fs::remove_file(&out);
        let ran = self.run(&["sign", SAMPLE, "-o", out.to_str().unwrap()], url, more);
        assert_eq!(out.exists(), ran.code == 0, "{ran:?}");
        ran
    }
}

/// What verification says of a file's only signature.
#[track_caller]
pub fn indication(file: &Path, root: &Path) -> String {
    let options = ["--trust", root.to_str().unwrap(), "--revocation", "ignore", "--json"];
    let empty = tempfile::tempdir().unwrap();
    let report = run(empty.path(), [&["verify", file.to_str().unwrap()], &options[..]].concat()).json();
    report["signatures"][0]["indication"].as_str().unwrap().to_owned()
}

#[test]
fn we_sign_through_our_own_service() {
    let office = Office::new();
    let server = office.serve();
    let list = run(office.folder.path(), ["token", "list", "--json"]).expect(0).stdout;
    let tokens: Vec<Value> = list.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let leader = tokens.iter().find(|token| token["key"] == "xa-son-mau.leader").unwrap();
    let desk = Desk::new(&format!("{}\n{}\n", leader["id"].as_str().unwrap(), office.token(Role::Leader)));
    let url = format!("http://{}", server.address);
    // the credential is the only one
    desk.sign("a.pdf", &url, &[]).expect(0);
    desk.sign("b.pdf", &format!("{url}/csc/v2/"), &["--csc-credential", "xa-son-mau.leader"]).expect(0);
    for name in ["a.pdf", "b.pdf"] {
        assert!(pdfsig_accepts(&desk.path(name)));
        assert_eq!(indication(&desk.path(name), &office.root), "TOTAL-PASSED");
    }
    let refused = desk.sign("c.pdf", &url, &["--csc-credential", "xa-khac.leader"]).expect(77);
    assert!(refused.error_line().contains("Invalid parameter credentialID"), "{refused:?}");
    // kept in the key store, and used from there
    desk.run(&["key", "import", "remote"], &url, &[]).expect(0);
    let out = desk.path("d.pdf");
    run(&desk.data(), ["sign", SAMPLE, "-o", out.to_str().unwrap(), "--key-id", "remote"]).expect(0);
    assert!(pdfsig_accepts(&out));
    for file in ["dauson.db", "dauson.db-wal"] {
        let bytes = std::fs::read(desk.data().join(file)).unwrap_or_default();
        let token = office.token(Role::Leader).as_bytes();
        assert!(!bytes.windows(token.len()).any(|w| w == token));
    }
    // in the logs of both
    let signed =
        |data: &Path, action: &str| run(data, ["audit", "show", "--action", action]).expect(0).stdout.lines().count();
    assert_eq!(signed(office.folder.path(), "hash.signed"), 3);
    assert_eq!(signed(&desk.data(), "document.signed"), 3);
    run(office.folder.path(), ["audit", "verify"]).expect(0);
    // many at once
    let inputs: Vec<PathBuf> = (0..6).map(|n| desk.path(&format!("in{n}.pdf"))).collect();
    for input in &inputs {
        std::fs::copy(SAMPLE, input).unwrap();
    }
    let many = desk.path("many");
    std::fs::create_dir(&many).unwrap();
    let inputs: Vec<&str> = inputs.iter().map(|input| input.to_str().unwrap()).collect();
    desk.run(&[&["sign", "--out-dir", many.to_str().unwrap()], &inputs[..]].concat(), &url, &[]).expect(0);
    assert_eq!(
        std::fs::read_dir(many).unwrap().filter(|file| pdfsig_accepts(&file.as_ref().unwrap().path())).count(),
        6
    );
    // the token is no more
    run(office.folder.path(), ["token", "revoke", leader["id"].as_str().unwrap()]).expect(0);
    let refused = run(&desk.data(), ["sign", SAMPLE, "-o", desk.path("e.pdf").to_str().unwrap(), "--key-id", "remote"])
        .expect(77);
    assert!(refused.error_line().contains("the signing service refuses"), "{refused:?}");
    drop(server);
    let gone = run(&desk.data(), ["sign", SAMPLE, "-o", desk.path("e.pdf").to_str().unwrap(), "--key-id", "remote"])
        .expect(69);
    assert!(gone.error_line().contains("cannot be reached"), "{gone:?}");
}

/// A service of the test: what it has, and how often it was asked for each method.
pub struct Remote {
    server: answering::Server,
    pub root: PathBuf,
    /// A revocation list of the root that revokes nobody.
    pub crl: PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
    _folder: tempfile::TempDir,
}

/// What the service answers with.
pub struct World {
    pub base: String,
    signer: Holder,
    other: Holder,
}

/// A habit: what it answers instead to a method that is called for the so-manieth time, from 0 on.
pub type Habit = fn(&World, &str, usize, &Asked) -> Option<answering::Answer>;

pub fn said(status: u16, body: &Value) -> answering::Answer {
    let body = body.to_string();
    let head =
        format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
    answering::Answer::Raw([head.as_bytes(), body.as_bytes()].concat())
}

pub fn fault(status: u16, error: &str) -> answering::Answer {
    said(status, &json!({"error": error, "error_description": "so it is"}))
}

pub fn remote(algorithm: KeyAlgorithm, habit: Habit) -> Remote {
    let now = OffsetDateTime::now_utc();
    let (from, until) = (now - Duration::DAY, now + Duration::days(30));
    let root = Holder::root(&Wanted::new("Root", Use::Ca, from, until));
    let signer = root.issue(&Wanted { algorithm, ..Wanted::new("Remote", Use::Signing, from, until) });
    let other = root.issue(&Wanted::new("Other", Use::Signing, from, until));
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("root.pem");
    std::fs::write(&pem, pem::encode("CERTIFICATE", root.key.certificate()).as_bytes()).unwrap();
    let crl = folder.path().join("root.crl");
    std::fs::write(&crl, root.crl(now - Duration::HOUR, Duration::days(7), &[])).unwrap();
    let server = answering::Server::start();
    let asked_for = Arc::new(Mutex::new(Vec::new()));
    let (known, world) = (Arc::clone(&asked_for), World { base: server.url("/csc/v2"), signer, other });
    server.on(move |asked| {
        let method = asked.path().strip_prefix("/csc/v2/").unwrap_or("none").to_owned();
        let mut known = known.lock().unwrap();
        let times = known.iter().filter(|one| **one == method).count();
        known.push(method.clone());
        drop(known);
        habit(&world, &method, times, asked).unwrap_or_else(|| world.answer(&method, asked))
    });
    Remote { server, root: pem, crl, asked: asked_for, _folder: folder }
}

impl Remote {
    pub fn url(&self) -> String {
        self.server.url("/csc/v2")
    }

    pub fn times(&self, method: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|one| *one == method).count()
    }
}

impl World {
    /// As the specification has it. The authorisation is the digest, so that the service needs to remember nothing.
    fn answer(&self, method: &str, asked: &Asked) -> answering::Answer {
        let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
        match method {
            "info" => said(200, &json!({"specs": "2.0.0.0", "oauth2": self.base, "surprise": [1]})),
            "oauth2/token" => {
                let basic = format!("Basic {}", STANDARD.encode("us:the+client%27s+secret"));
                let form = String::from_utf8(asked.body.clone()).unwrap();
                if asked.header("authorization") != Some(&basic) || !form.contains("grant_type=client_credentials") {
                    return fault(400, "invalid_client");
                }
                said(200, &json!({"access_token": "access", "token_type": "Bearer", "expires_in": 3600}))
            }
            _ if asked.header("authorization") != Some("Bearer access") => fault(401, "invalid_token"),
            "credentials/list" => said(200, &json!({"credentialIDs": ["GX0112348"]})),
            "credentials/info" => said(200, &self.info(&self.signer)),
            "credentials/authorize" => {
                let shown = body["authData"].as_array().unwrap();
                if !shown.contains(&json!({"id": "PIN", "value": PIN})) {
                    return fault(400, "invalid_authentication_data");
                }
                assert_eq!((&body["numSignatures"], &body["credentialID"]), (&1.into(), &"GX0112348".into()));
                said(200, &json!({"SAD": body["hashes"][0], "expiresIn": 300}))
            }
            "signatures/signHash" => {
                let value = self.value(&self.signer, &body);
                said(200, &json!({"signatures": [STANDARD.encode(value)]}))
            }
            _ => fault(501, "not_implemented"),
        }
    }

    fn info(&self, holder: &Holder) -> Value {
        let chain = std::iter::once(holder.key.certificate()).chain(holder.key.chain().iter().map(Vec::as_slice));
        let chain: Vec<String> = chain.map(|der| STANDARD.encode(der)).collect();
        let algo: Vec<String> = holder.key.schemes().iter().map(|scheme| scheme.oid()).collect();
        json!({
            "key": {"status": "enabled", "algo": algo, "len": 256},
            "cert": {"status": "valid", "certificates": chain},
            "auth": {"mode": "explicit", "expression": "PIN",
                "objects": [{"type": "Password", "id": "PIN", "format": "N", "label": "PIN"}]},
            "SCAL": "2", "multisign": 1, "lang": "en-US"
        })
    }

    /// What is asked for, by somebody's key.
    fn value(&self, holder: &Holder, body: &Value) -> Vec<u8> {
        assert_eq!(body["hashes"], json!([body["SAD"]]));
        let scheme = holder.key.schemes().iter().find(|scheme| {
            body["signAlgo"] == scheme.oid() && body["hashAlgorithmOID"] == scheme.digest().oid().to_string()
        });
        let digest = STANDARD.decode(body["SAD"].as_str().unwrap()).unwrap();
        let signing = holder.key.sign_digest(*scheme.unwrap(), &digest);
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(signing).unwrap()
    }
}

pub fn body(asked: &Asked) -> Value {
    serde_json::from_slice(&asked.body).unwrap_or_default()
}

/// The info of the credential, changed.
pub fn changed(world: &World, change: impl FnOnce(&mut Value)) -> Option<answering::Answer> {
    let mut info = world.info(&world.signer);
    change(&mut info);
    Some(said(200, &info))
}

#[test]
fn what_services_do_within_the_specification_is_understood() {
    let habits: &[(&str, KeyAlgorithm, Habit, &[&str])] = &[
        ("as it is", KeyAlgorithm::P256, |_, _, _, _| None, &["--csc-credential", "GX0112348"]),
        ("P-384", KeyAlgorithm::P384, |_, _, _, _| None, &[]),
        ("RSA", KeyAlgorithm::Rsa2048, |_, _, _, _| None, &[]),
        ("RSA-PSS", KeyAlgorithm::Rsa2048, |_, _, _, _| None, &["--scheme", "pss", "--digest", "sha512"]),
        (
            "somebody agrees on another device, and the signature comes later",
            KeyAlgorithm::P256,
            |world, method, times, asked| match (method, times) {
                ("credentials/info", _) => changed(world, |info| {
                    info["auth"]["objects"].as_array_mut().unwrap().push(json!({"type": "PasswordOOB", "id": "PHONE"}));
                }),
                ("credentials/authorize", _) => {
                    let shown = json!([{"id": "PIN", "value": PIN}, {"id": "PHONE"}]);
                    assert_eq!(body(asked)["authData"], shown);
                    Some(said(202, &json!({"handle": body(asked)["hashes"][0]})))
                }
                ("credentials/authorizeCheck", _) => Some(said(200, &json!({"SAD": body(asked)["handle"]}))),
                ("signatures/signHash", _) => {
                    let id = STANDARD.encode(world.value(&world.signer, &body(asked)));
                    Some(said(200, &json!({"responseID": id})))
                }
                ("signatures/signPolling", _) => Some(said(200, &json!({"signatures": [body(asked)["requestID"]]}))),
                _ => None,
            },
            &[],
        ),
        (
            "a one-time password",
            KeyAlgorithm::P256,
            |world, method, _, asked| match method {
                "credentials/info" => changed(world, |info| {
                    let otp = json!({"type": "Password", "id": "OTP", "format": "N", "generator": "totp"});
                    info["auth"]["objects"].as_array_mut().unwrap().push(otp);
                }),
                "credentials/authorize" => {
                    let shown = body(asked)["authData"].clone();
                    assert_eq!(shown[1], json!({"id": "OTP", "value": "123456"}));
                    None
                }
                _ => None,
            },
            &["--otp-file", "OTP"],
        ),
        (
            "r and s side by side",
            KeyAlgorithm::P256,
            |world, method, _, asked| {
                (method == "signatures/signHash").then(|| {
                    let der = world.value(&world.signer, &body(asked));
                    let value = p1363(&der);
                    said(200, &json!({"signatures": [STANDARD.encode(value)]}))
                })
            },
            &[],
        ),
        (
            "an access token that ends before its time",
            KeyAlgorithm::P256,
            |_, method, times, _| (method == "signatures/signHash" && times == 0).then(|| fault(401, "expired_token")),
            &[],
        ),
    ];
    std::thread::scope(|scope| {
        for (name, algorithm, habit, more) in habits {
            scope.spawn(move || {
                let remote = remote(*algorithm, *habit);
                let desk = Desk::new(&format!("us\n{SECRET}\n"));
                std::fs::write(desk.path("otp"), "123456\n").unwrap();
                let (pin, otp) = (desk.path("pin"), desk.path("otp"));
                let more = more.iter().map(|word| if *word == "OTP" { otp.to_str().unwrap() } else { word });
                let more: Vec<&str> = ["--pin-file", pin.to_str().unwrap()].into_iter().chain(more).collect();
                desk.sign("out.pdf", &remote.url(), &more).expect(0);
                assert!(pdfsig_accepts(&desk.path("out.pdf")), "{name}");
                assert_eq!(indication(&desk.path("out.pdf"), &remote.root), "TOTAL-PASSED", "{name}");
            });
        }
    });
}

/// r and s of an ECDSA signature on P-256, 32 octets each.
fn p1363(der: &[u8]) -> Vec<u8> {
    let number = |at: usize| {
        let length = usize::from(der[at + 1]);
        let digits = &der[at + 2..at + 2 + length];
        let digits: Vec<u8> = digits.iter().copied().skip_while(|octet| *octet == 0).collect();
        ([&vec![0; 32 - digits.len()], &digits[..]].concat(), at + 2 + length)
    };
    let (r, next) = number(2);
    [r, number(next).0].concat()
}

#[test]
fn what_is_refused_late_or_wrong_gives_no_file() {
    let habits: &[(&str, i32, &str, Habit)] = &[
        ("a wrong secret", 77, "invalid_client: so it is", |_, method, _, _| {
            (method == "oauth2/token").then(|| fault(401, "invalid_client"))
        }),
        ("a secret repeated", 77, "it answers with status 400)", |_, method, _, _| {
            (method == "oauth2/token").then(|| fault(400, SECRET))
        }),
        ("locked", 77, "invalid_request: Credential locked", |_, method, _, _| {
            let locked = json!({"error": "invalid_request", "error_description": "Credential locked"});
            (method == "credentials/authorize").then(|| said(400, &locked))
        }),
        ("disabled", 77, "the credential is disabled", |world, method, _, _| {
            if method == "credentials/info" {
                changed(world, |info| info["key"]["status"] = "disabled".into())
            } else {
                None
            }
        }),
        ("another way to be allowed", 65, "a credential of mode dance", |world, method, _, _| {
            if method == "credentials/info" {
                changed(world, |info| info["auth"]["mode"] = "dance".into())
            } else {
                None
            }
        }),
        ("another algorithm", 65, "a credential that signs with 1.2.3", |world, method, _, _| {
            if method == "credentials/info" {
                changed(world, |info| info["key"]["algo"] = json!(["1.2.3"]))
            } else {
                None
            }
        }),
        ("no certificate", 65, "there is no certificate", |world, method, _, _| {
            if method == "credentials/info" { changed(world, |info| info["cert"] = json!({})) } else { None }
        }),
        ("another's signature", 65, "not one of the certificate's key", |world, method, _, asked| {
            (method == "signatures/signHash").then(|| {
                let value = world.value(&world.other, &body(asked));
                said(200, &json!({"signatures": [STANDARD.encode(value)]}))
            })
        }),
        ("a signature of something else", 65, "not one of the certificate's key", |world, method, _, asked| {
            (method == "signatures/signHash").then(|| {
                let mut other = body(asked);
                other["SAD"] = STANDARD.encode([7; 32]).into();
                other["hashes"] = json!([other["SAD"]]);
                said(200, &json!({"signatures": [STANDARD.encode(world.value(&world.signer, &other))]}))
            })
        }),
        ("two signatures", 65, "it gives 2 signatures for one", |_, method, _, _| {
            (method == "signatures/signHash").then(|| said(200, &json!({"signatures": ["AA==", "AA=="]})))
        }),
        ("no base64", 65, "not base64", |_, method, _, _| {
            (method == "signatures/signHash").then(|| said(200, &json!({"signatures": ["%"]})))
        }),
        ("no JSON", 65, "it says what cannot be read", |_, method, _, _| {
            (method == "credentials/info").then(|| answering::Answer::Body(b"<html>".to_vec()))
        }),
        ("no SAD", 65, "without a SAD", |_, method, _, _| {
            (method == "credentials/authorize").then(|| said(200, &json!({})))
        }),
        ("without end", 65, "longer than", |_, method, _, _| {
            (method == "credentials/info").then_some(answering::Answer::Endless)
        }),
        ("silence", 69, "does not answer within 1 s", |_, method, _, _| {
            (method == "signatures/signHash").then_some(answering::Answer::Silence)
        }),
        ("drops", 69, "does not answer within 1 s", |_, method, _, _| {
            (method == "credentials/info").then_some(answering::Answer::Drip)
        }),
        ("a failure", 69, "status 500", |_, method, _, _| {
            (method == "signatures/signHash").then(|| answering::Answer::Status(500, String::new()))
        }),
        ("too often", 69, "too_many: so it is", |_, method, _, _| {
            (method == "signatures/signHash").then(|| fault(429, "too_many"))
        }),
        ("led away", 65, "to another server", |_, method, _, _| {
            (method == "credentials/authorize")
                .then(|| answering::Answer::Status(307, "Location: http://127.0.0.2:1/csc/v2/x".to_owned()))
        }),
        ("an unsafe place for secrets", 65, "unsafe address", |_, method, _, _| {
            (method == "info").then(|| said(200, &json!({"oauth2": "http://sign.example/csc/v2"})))
        }),
    ];
    std::thread::scope(|scope| {
        for (name, code, why, habit) in habits {
            scope.spawn(move || {
                let remote = remote(KeyAlgorithm::P256, *habit);
                let mut desk = Desk::new(&format!("us\n{SECRET}\n"));
                if why.contains("within 1 s") {
                    desk.seconds = "1";
                }
                let pin = desk.path("pin");
                let refused = desk.sign("out.pdf", &remote.url(), &["--pin-file", pin.to_str().unwrap()]);
                assert_eq!(refused.code, *code, "{name}: {refused:?}");
                assert!(refused.error_line().contains(why.trim_end_matches(')')), "{name}: {refused:?}");
                assert!(!refused.stderr.contains(PIN) && !refused.stderr.contains(SECRET), "{name}: {refused:?}");
            });
        }
    });
}

#[test]
fn a_refused_pin_is_shown_once_and_a_wrong_use_is_told() {
    let remote = remote(KeyAlgorithm::P256, |_, _, _, _| None);
    let desk = Desk::new(&format!("us\n{SECRET}\n"));
    std::fs::write(desk.path("pin"), "111111").unwrap();
    let pin = desk.path("pin");
    let pin = ["--pin-file", pin.to_str().unwrap()];
    let out = desk.path("many");
    std::fs::create_dir(&out).unwrap();
    let other = desk.path("other.pdf");
    std::fs::copy(SAMPLE, &other).unwrap();
    let words = ["sign", SAMPLE, other.to_str().unwrap(), "--out-dir", out.to_str().unwrap()];
    let refused = desk.run(&words, &remote.url(), &pin).expect(77);
    assert!(
        refused.stderr.contains("invalid_authentication_data") && !refused.stderr.contains("111111"),
        "{refused:?}"
    );
    assert!(refused.stderr.contains("not shown again"), "{refused:?}");
    assert_eq!(remote.times("credentials/authorize"), 1);
    // without a PIN, and nobody at a terminal
    let none = desk.sign("a.pdf", &remote.url(), &[]).expect(64);
    assert!(none.error_line().contains("wants a PIN, and none was given"), "{none:?}");
    // secrets go over TLS only, but on this machine
    let plain = desk.sign("a.pdf", "http://sign.example/csc/v2", &pin).expect(64);
    assert!(plain.error_line().contains("is not https"), "{plain:?}");
    for url in ["sign.example", "https://us:secret@sign.example", "https://sign.example/?a=b"] {
        desk.sign("a.pdf", url, &pin).expect(64).error_line();
    }
    std::fs::write(desk.path("client"), "us\n").unwrap();
    let secret = desk.sign("a.pdf", &remote.url(), &pin).expect(64);
    assert!(secret.error_line().contains("wants the secret of the client"), "{secret:?}");
    std::fs::remove_file(desk.path("client")).unwrap();
    desk.sign("a.pdf", &remote.url(), &pin).expect(66).error_line();
}

#[test]
fn another_certificate_than_the_keys_is_not_signed_with() {
    // the certificate is renewed between the import and the signature
    let remote = remote(KeyAlgorithm::P256, |world, method, times, _| {
        (method == "credentials/info" && times > 0).then(|| said(200, &world.info(&world.other)))
    });
    let desk = Desk::new(&format!("us\n{SECRET}\n"));
    let pin = desk.path("pin");
    desk.run(&["key", "import", "remote"], &remote.url(), &["--pin-file", pin.to_str().unwrap()]).expect(0);
    let out = desk.path("out.pdf");
    let refused = run(&desk.data(), ["sign", SAMPLE, "-o", out.to_str().unwrap(), "--key-id", "remote"]).expect(65);
    assert!(refused.error_line().contains("another certificate than the key had"), "{refused:?}");
    assert_eq!((remote.times("credentials/authorize"), out.exists()), (0, false));
}
