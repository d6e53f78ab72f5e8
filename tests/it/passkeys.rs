//! Passkeys over HTTP, with an authenticator written here: real keys, real CBOR; and what is tried against them.

use crate::audit_acts::entries;
use crate::key_pins::in_database;
use crate::office::{Office, UNIT};
use crate::program::run;
use crate::server::{Answer, Server};
use crate::sign_in::{cookie, enrol, give, invited, login_of, person, user};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dauson::data_folder::DataFolder;
use dauson::people::permissions::Role;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use std::sync::Arc;
use time::OffsetDateTime;

const PUBLIC: &str = "http://localhost:8080";
/// Flags of authenticator data: present, verified, copyable, copied.
const UP: u8 = 1;
const UV: u8 = 4;
const BE: u8 = 8;
const BS: u8 = 16;

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

/// The head of a CBOR value.
fn head(major: u8, value: usize) -> Vec<u8> {
    match value {
        0..24 => vec![(major << 5) | u8::try_from(value).unwrap()],
        24..256 => vec![(major << 5) | 0x18, u8::try_from(value).unwrap()],
        _ => [&[(major << 5) | 0x19][..], &u16::try_from(value).unwrap().to_be_bytes()].concat(),
    }
}

fn text(text: &str) -> Vec<u8> {
    [head(3, text.len()), text.as_bytes().to_vec()].concat()
}

fn bytes(bytes: &[u8]) -> Vec<u8> {
    [head(2, bytes.len()), bytes.to_vec()].concat()
}

/// What an authenticator or a browser does otherwise than it should.
#[derive(Clone, Default)]
struct Otherwise {
    origin: Option<&'static str>,
    party: Option<&'static str>,
    flags: Option<u8>,
    challenge: Option<String>,
    kind: Option<&'static str>,
    cross_origin: bool,
    handle: Option<Vec<u8>>,
    credential: Option<Vec<u8>>,
    format: Option<&'static str>,
    counter: Option<u32>,
}

/// One that makes a key for one account.
struct Authenticator {
    key: EcdsaKeyPair,
    credential: Vec<u8>,
    handle: Vec<u8>,
    flags: u8,
    counter: u32,
}

impl Authenticator {
    fn new(flags: u8) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).unwrap();
        let credential = sha256(key.public_key().as_ref());
        Self { key, credential, handle: Vec::new(), flags, counter: 0 }
    }

    fn client_data(kind: &str, options: &Value, other: &Otherwise) -> Vec<u8> {
        let challenge = other.challenge.clone().unwrap_or_else(|| options["challenge"].as_str().unwrap().to_owned());
        let (kind, origin) = (other.kind.unwrap_or(kind), other.origin.unwrap_or(PUBLIC));
        let data = json!({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": other.cross_origin,
            "other_keys_can_be_added_here": "do not compare clientDataJSON against a template"});
        data.to_string().into_bytes()
    }

    fn data(&self, party: &str, more: u8, other: &Otherwise) -> Vec<u8> {
        let flags = other.flags.unwrap_or(self.flags) | more;
        let counter = other.counter.unwrap_or(self.counter);
        [sha256(other.party.unwrap_or(party).as_bytes()), vec![flags], counter.to_be_bytes().to_vec()].concat()
    }

    /// The key as COSE has it.
    fn cose(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let (x, y) = (bytes(&point[1..33]), bytes(&point[33..]));
        [vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21], x, vec![0x22], y].concat()
    }

    /// Makes the key for whom the options name.
    fn make(&mut self, options: &Value, other: &Otherwise) -> Value {
        assert_eq!(options["attestation"], "none");
        let selection = &options["authenticatorSelection"];
        assert_eq!(
            (&selection["residentKey"], &selection["userVerification"]),
            (&json!("required"), &json!("required"))
        );
        assert!(options["pubKeyCredParams"].as_array().unwrap().iter().any(|kind| kind["alg"] == -7));
        self.handle = URL_SAFE_NO_PAD.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let client_data = Self::client_data("webauthn.create", options, other);
        let attested = [
            vec![0; 16],
            u16::try_from(self.credential.len()).unwrap().to_be_bytes().to_vec(),
            self.credential.clone(),
            self.cose(),
        ];
        let data = [self.data(options["rp"]["id"].as_str().unwrap(), 0x40, other), attested.concat()].concat();
        let statement = match other.format {
            Some("packed") => {
                let message = [data.clone(), sha256(&client_data)].concat();
                let signature = self.key.sign(&SystemRandom::new(), &message).unwrap();
                [vec![0xa2], text("alg"), vec![0x26], text("sig"), bytes(signature.as_ref())].concat()
            }
            _ => vec![0xa0],
        };
        let format = text(other.format.unwrap_or("none"));
        let object = [vec![0xa3], text("fmt"), format, text("attStmt"), statement, text("authData"), bytes(&data)];
        let id = base64url(other.credential.as_ref().unwrap_or(&self.credential));
        json!({"id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {}, "response": {
            "clientDataJSON": base64url(&client_data), "attestationObject": base64url(&object.concat()), "transports": ["internal"]
        }})
    }

    /// Signs.
    fn sign(&mut self, options: &Value, other: &Otherwise) -> Value {
        assert_eq!(options["userVerification"], "required");
        self.counter += u32::from(self.flags & BE == 0);
        let client_data = Self::client_data("webauthn.get", options, other);
        let data = self.data(options["rpId"].as_str().unwrap(), 0, other);
        let message = [data.clone(), sha256(&client_data)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &message).unwrap();
        let id = base64url(other.credential.as_ref().unwrap_or(&self.credential));
        json!({"id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {}, "response": {
            "clientDataJSON": base64url(&client_data), "authenticatorData": base64url(&data),
            "signature": base64url(signature.as_ref()), "userHandle": base64url(other.handle.as_ref().unwrap_or(&self.handle))
        }})
    }

    /// Registers with a session.
    fn register(&mut self, server: &Server, session: &str) -> Answer {
        let options = ask(server, "POST", "/api/v1/passkeys/options", session, &json!({})).expect(200).json();
        let credential = self.make(&options, &Otherwise::default());
        ask(server, "POST", "/api/v1/passkeys", session, &json!({"name": "Điện thoại", "credential": credential}))
    }

    /// Signs in.
    fn enter(&mut self, server: &Server) -> Answer {
        let credential = self.sign(&options(server), &Otherwise::default());
        enter(server, &credential)
    }
}

fn serve(office: &Office) -> Server {
    Server::start(office.folder.path(), &[("DAUSON_SERVE_PUBLIC_URL", PUBLIC)])
}

fn ask(server: &Server, method: &str, path: &str, session: &str, body: &Value) -> Answer {
    server.request(method, path).json(body).header("cookie", session).header("origin", "http://test").send()
}

fn options(server: &Server) -> Value {
    server.post("/api/v1/session/passkey/options").send().expect(200).json()
}

fn enter(server: &Server, credential: &Value) -> Answer {
    server.post("/api/v1/session/passkey").json(&json!({"credential": credential})).send()
}

#[test]
fn a_passkey_is_registered_signs_in_and_is_revoked() {
    let office = Office::new();
    let server = serve(&office);
    let mut mau = person(&office, &server, "mau", Role::Clerk, None);
    let session = mau.enter(&server);
    let mut telephone = Authenticator::new(UP | UV);
    let made = telephone.register(&server, &session).expect(201).json();
    assert_eq!((&made["name"], &made["copied"], &made["used"]), (&json!("Điện thoại"), &json!(false), &Value::Null));
    // the same once more is none
    assert_eq!(telephone.register(&server, &session).problem(409), "passkey.exists");
    let excluded = ask(&server, "POST", "/api/v1/passkeys/options", &session, &json!({})).expect(200).json();
    assert_eq!(excluded["excludeCredentials"][0]["id"], base64url(&telephone.credential));
    // one that is copied between devices, and does not count; it attests itself
    let mut copied = Authenticator::new(UP | UV | BE | BS);
    let options = ask(&server, "POST", "/api/v1/passkeys/options", &session, &json!({})).expect(200).json();
    let packed = copied.make(&options, &Otherwise { format: Some("packed"), ..Otherwise::default() });
    let body = json!({"name": " Máy tính ", "credential": packed});
    let second = ask(&server, "POST", "/api/v1/passkeys", &session, &body).expect(201).json();
    assert_eq!((&second["name"], &second["copied"]), (&json!("Máy tính"), &json!(true)));

    for passkey in [&mut telephone, &mut copied] {
        for _ in 0..2 {
            let answer = passkey.enter(&server).expect(201);
            assert_eq!(answer.json()["login"], "mau");
            assert_eq!(login_of(&server, &cookie(&answer)), "mau");
        }
    }
    let by_passkey = cookie(&telephone.enter(&server).expect(201));
    let sessions = server.get("/api/v1/sessions").header("cookie", &by_passkey).send().expect(200).json();
    let current = sessions["items"].as_array().unwrap().iter().find(|item| item["current"] == true).unwrap();
    assert_eq!(current["how"], "passkey");
    // a passkey makes no other passkey: whoever finds the session open has none of their own afterwards
    assert_eq!(ask(&server, "POST", "/api/v1/passkeys/options", &by_passkey, &json!({})).problem(403), "passkey.stale");

    let path = format!("/api/v1/passkeys/{}", made["id"].as_str().unwrap());
    let renamed = ask(&server, "PUT", &path, &session, &json!({"name": "Điện thoại cũ"})).expect(200).json();
    assert_eq!(renamed["name"], "Điện thoại cũ");
    assert_eq!(ask(&server, "PUT", &path, &session, &json!({"name": "\u{1}"})).problem(422), "passkey.name");
    let list = || server.get("/api/v1/passkeys").header("cookie", &session).send().expect(200).json();
    let names: Vec<Value> = list()["items"].as_array().unwrap().iter().map(|item| item["name"].clone()).collect();
    assert_eq!(names, ["Điện thoại cũ", "Máy tính"]);
    assert!(list()["items"][0]["used"].is_string());
    // nobody else's
    let other = person(&office, &server, "khac", Role::Officer, None).enter(&server);
    for (method, body) in [("PUT", json!({"name": "x"})), ("DELETE", json!({}))] {
        ask(&server, method, &path, &other, &body).problem(404);
    }
    ask(&server, "DELETE", &path, &session, &json!({})).expect(204);
    ask(&server, "DELETE", &path, &session, &json!({})).problem(404);
    assert_eq!(telephone.enter(&server).problem(401), "auth.passkey");
    // sessions that were begun with a passkey have ended, the one that asked goes on
    server.get("/api/v1/session").header("cookie", &by_passkey).send().problem(401);
    assert_eq!(list()["items"].as_array().unwrap().len(), 1);
    // it is not registered a second time
    assert_eq!(telephone.register(&server, &session).problem(409), "passkey.exists");

    // an administrator revokes what was lost; of another unit there is nothing
    let path = format!("/api/v1/users/mau/passkeys/{}/revoke", second["id"].as_str().unwrap());
    server.post(&path).token(office.other_token(Role::Admin)).json(&json!({})).send().problem(404);
    server.post(&path).token(office.token(Role::Admin)).json(&json!({})).send().expect(204);
    assert_eq!(copied.enter(&server).problem(401), "auth.passkey");

    let data = office.folder.path();
    for (action, count) in
        [("passkey.registered", 2), ("passkey.renamed", 1), ("passkey.revoked", 2), ("session.begun", 7)]
    {
        assert_eq!(entries(data, action).len(), count, "{action}");
    }
    let log = run(data, ["audit", "show", "--json"]).expect(0).stdout;
    assert!(!log.contains("Điện thoại") && !log.contains(&base64url(&telephone.credential)), "{log}");
    run(data, ["audit", "verify"]).expect(0);
}

/// What does not come from a page of this service, is not verified, was there before, or is somebody else's.
#[test]
fn passkeys_that_are_not_right_are_refused() {
    let office = Office::new();
    let server = serve(&office);
    let session = person(&office, &server, "mau", Role::Clerk, None).enter(&server);
    let mut passkey = Authenticator::new(UP | UV);
    let good = Otherwise::default;
    let wrong = [
        Otherwise { origin: Some("https://localhost:8080"), ..good() },
        Otherwise { origin: Some("http://localhost"), ..good() },
        Otherwise { origin: Some("http://localhost:8080.evil.example"), ..good() },
        Otherwise { party: Some("evil.example"), ..good() },
        Otherwise { flags: Some(UP), ..good() },
        Otherwise { flags: Some(UV), ..good() },
        Otherwise { flags: Some(UP | UV | BS), ..good() },
        Otherwise { challenge: Some(base64url(&[7; 32])), ..good() },
        Otherwise { challenge: Some(String::new()), ..good() },
        Otherwise { kind: Some("payment.get"), ..good() },
        Otherwise { cross_origin: true, ..good() },
    ];
    // as it is registered
    let register = |passkey: &mut Authenticator, other: &Otherwise| {
        let options = ask(&server, "POST", "/api/v1/passkeys/options", &session, &json!({})).expect(200).json();
        let credential = passkey.make(&options, other);
        ask(&server, "POST", "/api/v1/passkeys", &session, &json!({"name": "x", "credential": credential}))
    };
    for (at, other) in wrong.iter().enumerate() {
        let code = register(&mut passkey, other).problem(403);
        assert_eq!(code, if [7, 8].contains(&at) { "passkey.challenge" } else { "passkey.response" }, "{at}");
    }
    for other in [
        Otherwise { credential: Some(vec![1; 32]), ..good() },
        Otherwise { format: Some("android-key"), ..good() },
        Otherwise { kind: Some("webauthn.get"), ..good() },
    ] {
        assert_eq!(register(&mut passkey, &other).problem(403), "passkey.response");
    }
    // a question to somebody else, one for signing in, and one that was answered
    let other = person(&office, &server, "khac", Role::Officer, None).enter(&server);
    let of_other = ask(&server, "POST", "/api/v1/passkeys/options", &other, &json!({})).expect(200).json();
    let to_sign_in = options(&server);
    for challenge in [&of_other["challenge"], &to_sign_in["challenge"]] {
        let challenge = Some(challenge.as_str().unwrap().to_owned());
        assert_eq!(register(&mut passkey, &Otherwise { challenge, ..good() }).problem(403), "passkey.challenge");
    }
    let asked = ask(&server, "POST", "/api/v1/passkeys/options", &session, &json!({})).expect(200).json();
    let body = json!({"name": "x", "credential": passkey.make(&asked, &good())});
    ask(&server, "POST", "/api/v1/passkeys", &session, &body).expect(201);
    let again = json!({"name": "x", "credential": Authenticator::new(UP | UV).make(&asked, &good())});
    assert_eq!(ask(&server, "POST", "/api/v1/passkeys", &session, &again).problem(403), "passkey.challenge");
    // pages of other sites ask for nothing
    let foreign =
        server.post("/api/v1/passkeys/options").header("cookie", &session).header("origin", "http://evil.example");
    assert_eq!(foreign.send().problem(403), "auth.origin");

    // as it signs in
    for (at, other) in wrong.iter().enumerate() {
        let credential = passkey.sign(&options(&server), other);
        let code = enter(&server, &credential).problem(403);
        assert_eq!(code, if [7, 8].contains(&at) { "passkey.challenge" } else { "passkey.response" }, "{at}");
    }
    for other in [
        Otherwise { kind: Some("webauthn.create"), ..good() },
        // it was not copyable before
        Otherwise { flags: Some(UP | UV | BE), ..good() },
        // the question of a registration
    ] {
        let credential = passkey.sign(&options(&server), &other);
        assert_eq!(enter(&server, &credential).problem(403), "passkey.response");
    }
    let credential = passkey.sign(
        &json!({"rpId": "localhost", "userVerification": "required",
        "challenge": asked["challenge"]}),
        &good(),
    );
    assert_eq!(enter(&server, &credential).problem(403), "passkey.challenge");
    // once only
    let credential = passkey.sign(&options(&server), &good());
    enter(&server, &credential).expect(201);
    assert_eq!(enter(&server, &credential).problem(403), "passkey.challenge");
    // in another process neither
    let second = serve(&office);
    assert_eq!(enter(&second, &credential).problem(403), "passkey.challenge");
    let credential = passkey.sign(&options(&server), &good());
    enter(&second, &credential).expect(201);
    // whose it says it is, and whose key it names
    let mut theirs = Authenticator::new(UP | UV);
    theirs.register(&server, &other).expect(201);
    let handle = Some(theirs.handle.clone());
    let credential = passkey.sign(&options(&server), &Otherwise { handle, ..good() });
    assert_eq!(enter(&server, &credential).problem(401), "auth.passkey");
    let handle = Some(Vec::new());
    let credential = passkey.sign(&options(&server), &Otherwise { handle, ..good() });
    assert_eq!(enter(&server, &credential).problem(401), "auth.passkey");
    let named =
        Otherwise { credential: Some(theirs.credential.clone()), handle: Some(theirs.handle.clone()), ..good() };
    let credential = passkey.sign(&options(&server), &named);
    assert_eq!(enter(&server, &credential).problem(403), "passkey.response");
    let credential = Authenticator::new(UP | UV).sign(&options(&server), &good());
    assert_eq!(enter(&server, &credential).problem(401), "auth.passkey");
    // one byte otherwise
    let mut credential = passkey.sign(&options(&server), &good());
    let signature = credential["response"]["signature"].as_str().unwrap();
    let mut changed = URL_SAFE_NO_PAD.decode(signature).unwrap();
    *changed.last_mut().unwrap() ^= 1;
    credential["response"]["signature"] = base64url(&changed).into();
    assert_eq!(enter(&server, &credential).problem(403), "passkey.response");
    // what is no CBOR, and what has no end
    for object in
        [&b"\xff"[..], b"\xa3cfmtdnone", &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], &[0x81; 9_000]]
    {
        let asked = ask(&server, "POST", "/api/v1/passkeys/options", &session, &json!({})).expect(200).json();
        let mut made = Authenticator::new(UP | UV).make(&asked, &good());
        made["response"]["attestationObject"] = base64url(object).into();
        let body = json!({"name": "x", "credential": made});
        assert_eq!(ask(&server, "POST", "/api/v1/passkeys", &session, &body).problem(403), "passkey.response");
    }
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

/// A passkey that says it has signed less often than before may have been copied.
#[test]
fn a_counter_does_not_go_back() {
    let office = Office::new();
    let server = serve(&office);
    let session = person(&office, &server, "mau", Role::Clerk, None).enter(&server);
    let mut passkey = Authenticator::new(UP | UV);
    passkey.counter = 40;
    passkey.register(&server, &session).expect(201);
    passkey.enter(&server).expect(201);
    for counter in [41, 40, 0] {
        let credential = passkey.sign(&options(&server), &Otherwise { counter: Some(counter), ..Otherwise::default() });
        assert_eq!(enter(&server, &credential).problem(403), "passkey.counter", "{counter}");
        // the question is used up all the same
        assert_eq!(enter(&server, &credential).problem(403), "passkey.challenge");
    }
    let refused = entries(office.folder.path(), "passkey.refused");
    assert_eq!((refused.len(), &refused[0]["actor"], &refused[0]["unit"]), (3, &Value::Null, &json!(UNIT)));
    passkey.enter(&server).expect(201);
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn who_was_invited_accepts_with_a_passkey_alone() {
    let office = Office::new();
    let server = serve(&office);
    let invitation = invited(&office, "mau");
    give(&office, "mau", Role::Clerk, None, &[]).expect(0);
    let state = || user(&office, &["list", "--json"]).expect(0).json()["state"].clone();
    assert_eq!(state(), "invited");
    let asked = || server.post("/api/v1/invitation/passkey/options").json(&json!({"invitation": invitation})).send();
    let accept = |passkey: &mut Authenticator, options: &Value| {
        let credential = passkey.make(options, &Otherwise::default());
        let body = json!({"invitation": invitation, "name": "Máy ở cơ quan", "credential": credential});
        server.post("/api/v1/invitation/passkey").json(&body).send()
    };
    let mut passkey = Authenticator::new(UP | UV);
    accept(&mut passkey, &asked().expect(200).json()).expect(201);
    assert_eq!(state(), "active");
    assert_eq!(asked().problem(403), "user.invitation");
    let mut late = Authenticator::new(UP | UV);
    let selection = json!({"residentKey": "required", "userVerification": "required"});
    let old = json!({"challenge": "", "attestation": "none", "user": {"id": ""}, "rp": {"id": "localhost"},
        "authenticatorSelection": selection, "pubKeyCredParams": [{"alg": -7}]});
    assert_eq!(accept(&mut late, &old).problem(403), "user.invitation");
    let by_passkey = cookie(&passkey.enter(&server).expect(201));
    // there is no password
    let claim = json!({"login": "mau", "password": "mật khẩu dài 2026", "code": "123456"});
    assert_eq!(server.post("/api/v1/session").json(&claim).send().problem(401), "auth.sign_in");
    // wrong passwords of others make nobody with a passkey wait
    for _ in 0..7 {
        server.post("/api/v1/session").json(&claim).send().problem(401);
    }
    passkey.enter(&server).expect(201);

    // invited anew, since it was lost: the old one counts until then
    let invitation = user(&office, &["invite", "mau"]).expect(0).stdout.trim().to_owned();
    passkey.enter(&server).expect(201);
    let mut renewed = enrol(&server, "mau", &invitation);
    assert_eq!(passkey.enter(&server).problem(401), "auth.passkey");
    server.get("/api/v1/session").header("cookie", &by_passkey).send().problem(401);
    let session = renewed.enter(&server);
    let mut next = Authenticator::new(UP | UV);
    next.register(&server, &session).expect(201);
    // where somebody tries passwords, nobody gets in for a while, however
    let claim = json!({"login": "mau", "password": "wrong password", "code": "123456"});
    for _ in 0..5 {
        server.post("/api/v1/session").json(&claim).send().problem(401);
    }
    assert_eq!(next.enter(&server).problem(401), "auth.passkey");
    user(&office, &["disable", "mau"]).expect(0);
    user(&office, &["enable", "mau"]).expect(0);
    next.enter(&server).expect(201);
    user(&office, &["disable", "mau"]).expect(0);
    assert_eq!(next.enter(&server).problem(401), "auth.passkey");
    user(&office, &["enable", "mau"]).expect(0);
    let listed = user(&office, &["list", "--json"]).expect(0).json();
    let id = listed["passkeys"][0]["id"].as_str().unwrap();
    user(&office, &["revoke-passkey", "mau", id]).expect(0);
    assert_eq!(next.enter(&server).problem(401), "auth.passkey");
    user(&office, &["revoke-passkey", "mau", id]).expect(66).error_line();
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

/// Challenges count for ten minutes, and a session registers passkeys for ten.
#[test]
fn challenges_and_fresh_sessions_end_with_time() {
    use dauson::people::users::passkeys::{options as creation, sign_in, sign_in_options};
    use dauson::people::users::sessions::{self, Terms};
    use dauson::people::users::sign_in::Entrance;
    use dauson::people::users::webauthn::{Assertion, Party};
    let office = Office::new();
    let server = serve(&office);
    let session = person(&office, &server, "mau", Role::Clerk, None).enter(&server);
    let mut passkey = Authenticator::new(UP | UV);
    passkey.register(&server, &session).expect(201);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let data = office.folder.path();
        let seconds = Arc::new(std::sync::atomic::AtomicI64::new(0));
        let told = Arc::clone(&seconds);
        let clock =
            move || OffsetDateTime::now_utc() + time::Duration::seconds(told.load(std::sync::atomic::Ordering::SeqCst));
        let folder = DataFolder::open(data, &data.join("master.key"), Arc::new(clock)).await.unwrap();
        let terms = Terms { idle: time::Duration::hours(1), longest: time::Duration::hours(12) };
        let party = Party::of(PUBLIC).unwrap();
        let asked = serde_json::to_value(sign_in_options(&folder, &party).unwrap()).unwrap();
        let said: Assertion = serde_json::from_value(passkey.sign(&asked, &Otherwise::default())).unwrap();
        let entrance = Entrance { office: None, agent: "" };
        let found = sessions::find(&folder, session.split_once('=').unwrap().1, terms).await.unwrap();
        creation(&folder, &party, &found).await.unwrap();
        seconds.store(601, std::sync::atomic::Ordering::SeqCst);
        let late = sign_in(&folder, &party, &said, entrance, terms).await.map(|_| ()).unwrap_err();
        assert_eq!(late.code, "passkey.challenge");
        assert_eq!(creation(&folder, &party, &found).await.unwrap_err().code, "passkey.stale");
        // the same within its time
        seconds.store(590, std::sync::atomic::Ordering::SeqCst);
        sign_in(&folder, &party, &said, entrance, terms).await.unwrap();
    });
}

#[test]
fn without_a_name_over_https_there_are_no_passkeys() {
    let office = Office::new();
    let server = office.serve();
    let refused = server.post("/api/v1/session/passkey/options").send();
    assert_eq!(refused.problem(409), "passkey.address");
    assert!(refused.json()["detail"].as_str().unwrap().contains("serve.public_url"));
}

/// Who can write to the database has nobody sign in who does not, without the audit saying so.
#[test]
fn rows_that_decide_who_signs_in_are_held() {
    let office = Office::new();
    let server = serve(&office);
    let data = office.folder.path();
    let session = person(&office, &server, "mau", Role::Clerk, None).enter(&server);
    let mut passkey = Authenticator::new(UP | UV);
    passkey.register(&server, &session).expect(201);
    person(&office, &server, "lanh-dao", Role::Leader, None);
    let mut command = crate::program::command(data);
    command.args(["user", "bind", "mau", "cb-0001"]);
    command.env("DAUSON_OIDC_ISSUER", "https://sso.example").env("DAUSON_OIDC_CLIENT_ID", "x");
    crate::program::finish(command.spawn().unwrap()).expect(0);
    drop(server);
    run(data, ["audit", "verify"]).expect(0);
    let leader = "(SELECT id FROM user WHERE login = 'lanh-dao')";
    let cases = [
        (
            format!("UPDATE passkey SET user = {leader}"),
            "whose it is, its public key, name, or when it was registered or revoked is not as the log records it",
        ),
        ("UPDATE passkey SET key = x'a0'".to_owned(), "whose it is, its public key"),
        ("UPDATE passkey SET revoked = '2026-01-01T00:00:00Z'".to_owned(), "whose it is, its public key"),
        ("DELETE FROM passkey".to_owned(), "is about a passkey, which is not in the database any more"),
        (
            format!(
                "INSERT INTO passkey VALUES ('0123456789abcdef', {leader}, x'01', x'a0', 0, 'x', '2026-01-01T00:00:00Z', NULL, 0, NULL, x'00')"
            ),
            "passkey 0123456789abcdef: it is in the database, and the log does not have it",
        ),
        (
            format!("UPDATE identity SET user = {leader}"),
            "its account, provider, subject, or when it was bound or ended is not as the log records it",
        ),
        ("UPDATE identity SET subject = 'cb-0002'".to_owned(), "its account, provider, subject"),
        ("DELETE FROM identity".to_owned(), "is about an identity, which is not in the database any more"),
        (
            format!(
                "INSERT INTO identity VALUES ('0123456789abcdef', {leader}, 'https://sso.example', 'cb-0003', '2026-01-01T00:00:00Z', NULL, x'00')"
            ),
            "identity 0123456789abcdef: it is in the database, and the log does not have it",
        ),
    ];
    // and nobody is let in by it
    let server = serve(&office);
    let (mut own, moved) = (Authenticator::new(UP | UV), passkey);
    let leaders = in_database(data, async |pool| {
        sqlx::query_scalar::<_, String>("SELECT id FROM user WHERE login = 'lanh-dao'").fetch_one(pool).await.unwrap()
    });
    own.handle = leaders.clone().into_bytes();
    let insert = "INSERT INTO passkey VALUES ('0123456789abcdef', ?, ?, ?, 0, 'x', '2026-01-01T00:00:00Z', NULL, 0, NULL, (SELECT sealed FROM passkey))";
    let query = sqlx::query(insert).bind(&leaders).bind(own.credential.clone()).bind(own.cose());
    in_database(data, async |pool| query.execute(pool).await.unwrap());
    assert_eq!(own.enter(&server).problem(401), "auth.passkey");
    in_database(data, async |pool| {
        sqlx::query("DELETE FROM passkey WHERE id = '0123456789abcdef'").execute(pool).await.unwrap()
    });
    let (mut moved, owner) = (moved, format!("UPDATE passkey SET user = {leader}"));
    let whose = std::mem::replace(&mut moved.handle, leaders.into_bytes());
    in_database(data, async |pool| sqlx::query(sqlx::AssertSqlSafe(owner)).execute(pool).await.unwrap());
    assert_eq!(moved.enter(&server).problem(401), "auth.passkey");
    moved.handle = whose;
    in_database(data, async |pool| {
        let back = "UPDATE passkey SET user = (SELECT id FROM user WHERE login = 'mau')";
        sqlx::query(back).execute(pool).await.unwrap()
    });
    moved.enter(&server).expect(201);
    drop(server);
    let copy = tempfile::tempdir().unwrap();
    for (at, (statement, told)) in cases.iter().enumerate() {
        let tampered = copy.path().join(at.to_string());
        let done = std::process::Command::new("cp").arg("-a").arg(data).arg(&tampered).status().unwrap();
        assert!(done.success());
        in_database(&tampered, async |pool| {
            let query = sqlx::query(sqlx::AssertSqlSafe(statement.as_str()));
            assert_eq!(query.execute(pool).await.unwrap().rows_affected(), 1, "{statement}");
        });
        let audited = run(&tampered, ["audit", "verify"]).expect(1);
        assert!(audited.stdout.contains(told) || audited.stderr.contains(told), "{statement}: {audited:?}");
    }
}

/// No bit of what was signed may be another one; and whatever an authenticator says, cut anywhere and with any bit turned, is read or refused.
#[test]
fn any_bit_that_is_turned_is_found() {
    use dauson::people::users::webauthn::{Assertion, Party, Registration};
    let party = Party::of(PUBLIC).unwrap();
    let selection = json!({"residentKey": "required", "userVerification": "required"});
    let asked = json!({"challenge": base64url(b"challenge"), "attestation": "none", "user": {"id": base64url(b"mau")},
        "rp": {"id": "localhost"}, "authenticatorSelection": selection, "pubKeyCredParams": [{"alg": -7}]});
    let mut passkey = Authenticator::new(UP | UV);
    let made = passkey.make(&asked, &Otherwise { format: Some("packed"), ..Otherwise::default() });
    let registered = |said: &Value| party.registered(&serde_json::from_value::<Registration>(said.clone()).unwrap());
    let (new, challenge) = registered(&made).unwrap();
    assert_eq!(challenge, base64url(b"challenge"));
    let asked = json!({"challenge": base64url(b"challenge"), "rpId": "localhost", "userVerification": "required"});
    let signed = passkey.sign(&asked, &Otherwise::default());
    let asserted = |said: &Value| {
        party.asserted(&serde_json::from_value::<Assertion>(said.clone()).unwrap(), &new.key, new.copied)
    };
    assert_eq!(asserted(&signed).unwrap(), 1);
    for part in ["clientDataJSON", "authenticatorData", "signature"] {
        let bytes = URL_SAFE_NO_PAD.decode(signed["response"][part].as_str().unwrap()).unwrap();
        for bit in 0..bytes.len() * 8 {
            let (mut turned, mut said) = (bytes.clone(), signed.clone());
            turned[bit / 8] ^= 1 << (bit % 8);
            said["response"][part] = base64url(&turned).into();
            assert!(asserted(&said).is_err(), "{part}: bit {bit}");
        }
    }
    let bytes = URL_SAFE_NO_PAD.decode(made["response"]["attestationObject"].as_str().unwrap()).unwrap();
    let with = |object: &[u8]| {
        let mut said = made.clone();
        said["response"]["attestationObject"] = base64url(object).into();
        registered(&said)
    };
    for end in 0..bytes.len() {
        assert!(with(&bytes[..end]).is_err(), "cut at {end}");
    }
    assert!(with(&[&bytes[..], &[0]].concat()).is_err());
    for bit in 0..bytes.len() * 8 {
        let mut turned = bytes.clone();
        turned[bit / 8] ^= 1 << (bit % 8);
        // it attests itself, so no other key is taken for it; names of what is passed over do not count
        if let Ok((other, _)) = with(&turned) {
            assert_eq!((&other.key, &other.credential), (&new.key, &new.credential), "bit {bit}");
        }
    }
}
