//! Signing in at a provider of identities (OpenID Connect), which is written here: real keys, real tokens over real HTTP; and what is tried
//! against it.

use crate::audit_acts::entries;
use crate::office::Office;
use crate::program::run;
use crate::server::{Answer, Server};
use crate::sign_in::{give, invited, login_of, person, user};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use dauson::keys::{KeyAlgorithm, generate};
use dauson::people::permissions::Role;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair as RsaKeyPair;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

const CLIENT: &str = "dấu son/1";
const SECRET: &str = "bí mật của máy này";
const PUBLIC: &str = "http://localhost:8080";
const CALLBACK: &str = "/api/v1/session/oidc/callback";

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// The keys of a provider.
struct Keys {
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
    ed: Ed25519KeyPair,
    name: String,
}

impl Keys {
    fn new(name: &str) -> Self {
        let random = SystemRandom::new();
        let ec = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let ed = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        Self {
            rsa: RsaKeyPair::from_pkcs8(&generate(KeyAlgorithm::Rsa2048).unwrap()).unwrap(),
            ec: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, ec.as_ref(), &random).unwrap(),
            ed: Ed25519KeyPair::from_pkcs8(ed.as_ref()).unwrap(),
            name: name.to_owned(),
        }
    }

    fn modulus(&self) -> Vec<u8> {
        ring::rsa::PublicKeyComponents::<Vec<u8>>::from(self.rsa.public()).n
    }

    fn set(&self) -> Value {
        let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(self.rsa.public());
        let point = self.ec.public_key().as_ref();
        let name = |kind: &str| format!("{}-{kind}", self.name);
        json!({"keys": [
            {"kty": "RSA", "use": "sig", "kid": name("rsa"), "n": base64url(&public.n), "e": base64url(&public.e)},
            {"kty": "EC", "use": "sig", "alg": "ES256", "kid": name("ec"), "crv": "P-256", "x": base64url(&point[1..33]), "y": base64url(&point[33..])},
            {"kty": "OKP", "kid": name("ed"), "crv": "Ed25519", "x": base64url(self.ed.public_key().as_ref())},
            {"kty": "RSA", "use": "enc", "kid": name("enc"), "n": base64url(&public.n), "e": base64url(&public.e)},
            {"kty": "oct", "kid": name("oct"), "k": base64url(b"secret")},
            {"kty": "AKP", "kid": name("new"), "alg": "ML-DSA-44", "pub": "AAAA"},
        ]})
    }

    /// A token, signed as its head says.
    fn token(&self, head: &Value, claims: &Value) -> String {
        let message =
            format!("{}.{}", base64url(head.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
        let (random, bytes) = (SystemRandom::new(), message.as_bytes());
        let signature = match head["alg"].as_str().unwrap() {
            "ES256" => self.ec.sign(&random, bytes).unwrap().as_ref().to_vec(),
            "EdDSA" => self.ed.sign(bytes).as_ref().to_vec(),
            alg @ ("RS256" | "PS256") => {
                let mut signature = vec![0; self.rsa.public().modulus_len()];
                if alg == "RS256" {
                    self.rsa.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature).unwrap();
                } else {
                    self.rsa.sign(&RSA_PSS_SHA256, &random, bytes, &mut signature).unwrap();
                }
                signature
            }
            "HS256" => {
                let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &self.modulus());
                ring::hmac::sign(&key, bytes).as_ref().to_vec()
            }
            _ => Vec::new(),
        };
        format!("{message}.{}", base64url(&signature))
    }

    fn head(&self, alg: &str) -> Value {
        let kind = match alg {
            "ES256" => "ec",
            "EdDSA" => "ed",
            _ => "rsa",
        };
        json!({"alg": alg, "typ": "JWT", "kid": format!("{}-{kind}", self.name)})
    }
}

/// Makes the token of a login from its claims.
type Maker = Box<dyn Fn(&Keys, Value) -> String + Send>;

struct Login {
    nonce: String,
    challenge: String,
    subject: String,
    redirect: String,
    client: String,
}

impl Login {
    fn of(asked: &HashMap<String, String>, subject: &str) -> Self {
        let part = |name: &str| asked[name].clone();
        let (nonce, challenge, redirect) = (part("nonce"), part("code_challenge"), part("redirect_uri"));
        Self { nonce, challenge, subject: subject.to_owned(), redirect, client: part("client_id") }
    }
}

struct State {
    keys: Keys,
    logins: HashMap<String, Login>,
    maker: Maker,
    metadata: Value,
    asked_for_keys: usize,
    /// Whom a browser logs in as that is sent here; a public client then.
    browser: Option<String>,
}

/// A provider of identities.
pub struct Provider {
    pub issuer: String,
    state: Arc<Mutex<State>>,
}

fn good(alg: &'static str) -> Maker {
    Box::new(move |keys, claims| keys.token(&keys.head(alg), &claims))
}

impl Provider {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}/realm", listener.local_addr().unwrap());
        let metadata = json!({"issuer": issuer, "authorization_endpoint": format!("{issuer}/auth?theme=xa"), "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/keys"), "response_types_supported": ["code"], "authorization_response_iss_parameter_supported": true});
        let state = State {
            keys: Keys::new("1"),
            logins: HashMap::new(),
            maker: good("RS256"),
            metadata,
            asked_for_keys: 0,
            browser: None,
        };
        let state = Arc::new(Mutex::new(state));
        let (shared, own) = (Arc::clone(&state), issuer.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let (mut line, mut length, mut authorization) = (String::new(), 0, String::new());
                stream.read_line(&mut line).unwrap();
                loop {
                    let mut header = String::new();
                    stream.read_line(&mut header).unwrap();
                    let Some((name, value)) = header.trim_end().split_once(": ") else { break };
                    match name.to_lowercase().as_str() {
                        "content-length" => length = value.parse().unwrap(),
                        "authorization" => authorization = value.to_owned(),
                        _ => {}
                    }
                }
                let mut body = vec![0; length];
                stream.read_exact(&mut body).unwrap();
                let path = line.split(' ').nth(1).unwrap().to_owned();
                if let Some(location) = Self::logged_in(&mut shared.lock().unwrap(), &own, &path) {
                    let head = format!(
                        "HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                    );
                    let _ = stream.get_mut().write_all(head.as_bytes());
                    continue;
                }
                let answer = Self::answer(&mut shared.lock().unwrap(), &own, &path, &body, &authorization);
                let (status, body) =
                    answer.map_or_else(|why| ("400 Bad Request", json!({"error": why})), |body| ("200 OK", body));
                let body = body.to_string();
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.get_mut().write_all(format!("{head}{body}").as_bytes());
            }
        });
        Self { issuer, state }
    }

    /// Browsers that are sent here log in as this person.
    pub fn logs_in(&self, subject: &str) {
        self.state.lock().unwrap().browser = Some(subject.to_owned());
    }

    /// Where a browser is sent back to.
    fn logged_in(state: &mut State, issuer: &str, path: &str) -> Option<String> {
        let (subject, path) = (state.browser.clone()?, path.strip_prefix("/realm/auth")?);
        let asked = asked(&format!("http://x{path}"));
        let login = Login::of(&asked, &subject);
        let redirect = login.redirect.clone();
        state.logins.insert("from-a-browser".to_owned(), login);
        Some(format!("{redirect}?code=from-a-browser&state={}&iss={issuer}", asked["state"]))
    }

    fn answer(
        state: &mut State,
        issuer: &str,
        path: &str,
        body: &[u8],
        authorization: &str,
    ) -> Result<Value, &'static str> {
        match path {
            "/realm/.well-known/openid-configuration" => Ok(state.metadata.clone()),
            "/realm/keys" => {
                state.asked_for_keys += 1;
                Ok(state.keys.set())
            }
            "/realm/token" => {
                let form: HashMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
                let part = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                let wanted = format!("Basic {}", STANDARD.encode(format!("{}:{}", part(CLIENT), part(SECRET))));
                if authorization != wanted && state.browser.is_none() {
                    return Err("invalid_client");
                }
                // a code counts once
                let login = state.logins.remove(&form["code"]).ok_or("invalid_grant")?;
                let challenge = base64url(digest(&SHA256, form["code_verifier"].as_bytes()).as_ref());
                if form["grant_type"] != "authorization_code"
                    || form["redirect_uri"] != login.redirect
                    || challenge != login.challenge
                {
                    return Err("invalid_grant");
                }
                let claims = json!({"iss": issuer, "sub": login.subject, "aud": login.client, "exp": now() + 300, "iat": now(), "nonce": login.nonce});
                Ok(
                    json!({"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": (state.maker)(&state.keys, claims)}),
                )
            }
            _ => Err("not_found"),
        }
    }

    /// A server at an address with a name, as passkeys want it, which this provider knows as a client without a secret; gives that address, too.
    pub fn serve_at_localhost(&self, office: &Office) -> (Server, String) {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let public = format!("http://localhost:{}", free.port());
        let settings = [
            ("DAUSON_SERVE_ADDRESS", &*free.to_string()),
            ("DAUSON_SERVE_PUBLIC_URL", &public),
            ("DAUSON_OIDC_ISSUER", &self.issuer),
            ("DAUSON_OIDC_CLIENT_ID", CLIENT),
        ];
        (Server::start(office.folder.path(), &settings), public)
    }

    fn serve(&self, office: &Office, more: &[(&str, &str)]) -> Server {
        let file = office.folder.path().join("oidc-secret");
        std::fs::write(&file, format!("{SECRET}\n")).unwrap();
        let mut settings = vec![
            ("DAUSON_SERVE_PUBLIC_URL", PUBLIC),
            ("DAUSON_OIDC_ISSUER", &self.issuer),
            ("DAUSON_OIDC_CLIENT_ID", CLIENT),
            ("DAUSON_OIDC_CLIENT_SECRET_FILE", file.to_str().unwrap()),
        ];
        settings.extend(more);
        Server::start(office.folder.path(), &settings)
    }

    /// Somebody logs in at the address that the browser was sent to: the query that it is sent back with.
    fn log_in(&self, location: &str, subject: &str) -> String {
        let asked = asked(location);
        let code = format!("code-{}", base64url(&dauson_random()));
        self.state.lock().unwrap().logins.insert(code.clone(), Login::of(&asked, subject));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("code", &code).append_pair("state", &asked["state"]).append_pair("iss", &self.issuer);
        query.append_pair("session_state", "what some providers say besides");
        query.finish()
    }

    fn makes(&self, maker: Maker) {
        self.state.lock().unwrap().maker = maker;
    }

    /// Signs in from the beginning.
    fn sign_in(&self, server: &Server, subject: &str) -> Answer {
        let (location, carried) = leave(server, "");
        back(server, &carried, &self.log_in(&location, subject))
    }
}

fn dauson_random() -> [u8; 16] {
    let mut bytes = [0; 16];
    ring::rand::SecureRandom::fill(&SystemRandom::new(), &mut bytes).unwrap();
    bytes
}

/// The parameters of an address.
fn asked(location: &str) -> HashMap<String, String> {
    url::Url::parse(location).unwrap().query_pairs().into_owned().collect()
}

/// Where a browser is sent, and what it carries.
fn leave(server: &Server, query: &str) -> (String, String) {
    let answer = server.get(&format!("/api/v1/session/oidc{query}")).send().expect(303);
    (answer.header("location").unwrap().to_owned(), carried(&answer))
}

fn carried(answer: &Answer) -> String {
    let set = answer.header("set-cookie").unwrap();
    for attribute in ["dauson-oidc=", "Path=/", "HttpOnly", "SameSite=Lax"] {
        assert!(set.contains(attribute), "{set}");
    }
    set.split(';').next().unwrap().to_owned()
}

fn back(server: &Server, carried: &str, query: &str) -> Answer {
    let request = server.get(&format!("{CALLBACK}?{query}"));
    if carried.is_empty() { request.send() } else { request.header("cookie", carried).send() }
}

/// The session that an answer begins; it takes away what was carried.
fn session(answer: &Answer) -> String {
    let set = answer.headers("set-cookie");
    assert!(set.iter().any(|set| set.starts_with("dauson-oidc=;") && set.contains("Max-Age=0")), "{set:?}");
    let begun = set.iter().find(|set| set.starts_with("dauson=")).unwrap();
    assert!(begun.contains("SameSite=Strict") && begun.contains("HttpOnly"), "{begun}");
    begun.split(';').next().unwrap().to_owned()
}

pub fn bind(office: &Office, provider: &Provider, login: &str, subject: &str) -> crate::program::Ran {
    let mut command = crate::program::command(office.folder.path());
    command
        .args(["user", "bind", login, subject])
        .env("DAUSON_OIDC_ISSUER", &provider.issuer)
        .env("DAUSON_OIDC_CLIENT_ID", CLIENT);
    crate::program::finish(command.spawn().unwrap())
}

#[test]
fn who_is_bound_signs_in_at_the_provider() {
    let (office, provider) = (Office::new(), Provider::new());
    let server = provider.serve(&office, &[]);
    user(&office, &["add", "mau", "--name", "Nguyễn Thị Mẫu", "--unit", crate::office::UNIT]).expect(0);
    give(&office, "mau", Role::Leader, Some("xa-son-mau.leader"), &[]).expect(0);
    // nobody is known by themselves
    assert_eq!(provider.sign_in(&server, "cb-0001").problem(403), "auth.identity");
    let bound = bind(&office, &provider, "mau", "cb-0001").expect(0).stdout;
    assert!(bound.contains("identity cb-0001 at http://127.0.0.1"), "{bound}");
    let (location, carried) = leave(&server, "?to=/office%3Fx%3D1");
    let query = asked(&location);
    assert!(location.starts_with(&format!("{}/auth?theme=xa&", provider.issuer)), "{location}");
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("scope", "openid"),
        ("code_challenge_method", "S256"),
        ("redirect_uri", &format!("{PUBLIC}{CALLBACK}")),
    ] {
        assert_eq!(query[name], value);
    }
    let answer = back(&server, &carried, &provider.log_in(&location, "cb-0001")).expect(200);
    assert_eq!(answer.header("refresh"), Some("0; url=/office?x=1"));
    assert!(answer.text().contains("href=\"/office?x=1\""), "{answer:?}");
    let begun = session(&answer);
    assert_eq!(login_of(&server, &begun), "mau");
    let sessions = server.get("/api/v1/sessions").header("cookie", &begun).send().expect(200).json();
    assert_eq!(sessions["items"][0]["how"], "oidc");
    for alg in ["PS256", "ES256", "EdDSA", "RS256"] {
        provider.makes(good(alg));
        session(&provider.sign_in(&server, "cb-0001").expect(200));
    }
    // a row that was written without the master key lets nobody in
    crate::key_pins::in_database(office.folder.path(), async |pool| {
        let plant = "INSERT INTO identity VALUES ('0123456789abcdef', (SELECT id FROM user WHERE login = 'mau'), ?, 'cb-evil', '2026-01-01T00:00:00Z', NULL, (SELECT sealed FROM identity))";
        sqlx::query(plant).bind(&provider.issuer).execute(pool).await.unwrap();
    });
    assert_eq!(provider.sign_in(&server, "cb-evil").problem(403), "auth.identity");
    crate::key_pins::in_database(office.folder.path(), async |pool| {
        sqlx::query("DELETE FROM identity WHERE subject = 'cb-evil'").execute(pool).await.unwrap();
    });
    // an account that does not count takes nobody in
    user(&office, &["disable", "mau"]).expect(0);
    assert_eq!(provider.sign_in(&server, "cb-0001").problem(403), "auth.identity");
    user(&office, &["enable", "mau"]).expect(0);
    let begun = session(&provider.sign_in(&server, "cb-0001").expect(200));

    // over HTTP: one account for each identity, of units that are cared for
    let admin = office.token(Role::Admin);
    server
        .post("/api/v1/users")
        .token(admin)
        .json(&json!({"login": "khac", "name": "Trần Văn Khác"}))
        .send()
        .expect(201);
    let path = "/api/v1/users/khac/identities";
    let ask = |subject: &str, token: &str| server.post(path).token(token).json(&json!({"subject": subject})).send();
    assert_eq!(ask("cb-0001", admin).problem(409), "identity.exists");
    ask("cb-0002", office.other_token(Role::Admin)).problem(404);
    for wrong in ["", " x", "\u{7}", &"x".repeat(256)] {
        assert_eq!(ask(wrong, admin).problem(422), "identity.subject");
    }
    let made = ask("cb-0002", admin).expect(201).json();
    assert_eq!(made["issuer"], provider.issuer);
    assert_eq!(provider.sign_in(&server, "cb-0002").problem(403), "auth.no_office");
    let users = server.get("/api/v1/users").token(admin).send().expect(200).json();
    let listed = users["items"].as_array().unwrap().iter().find(|user| user["login"] == "mau").unwrap();
    assert_eq!((&listed["state"], &listed["identities"][0]["subject"]), (&json!("active"), &json!("cb-0001")));
    let end = |login: &str, id: &Value, token: &str| {
        server.post(&format!("/api/v1/users/{login}/identities/{}/end", id.as_str().unwrap())).token(token).send()
    };
    let id = &listed["identities"][0]["id"];
    end("mau", id, office.other_token(Role::Admin)).problem(404);
    end("khac", id, admin).problem(404);
    end("mau", id, admin).expect(204);
    end("mau", id, admin).problem(404);
    assert_eq!(provider.sign_in(&server, "cb-0001").problem(403), "auth.identity");
    server.get("/api/v1/session").header("cookie", &begun).send().problem(401);
    // what has ended may be somebody else's
    bind(&office, &provider, "khac", "cb-0001").expect(0);
    user(&office, &["unbind", "khac", made["id"].as_str().unwrap()]).expect(0);
    user(&office, &["bind", "khac", "x"]).expect(64).error_line();

    let data = office.folder.path();
    for (action, count) in [("identity.bound", 3), ("identity.ended", 2), ("session.begun", 6)] {
        assert_eq!(entries(data, action).len(), count, "{action}");
    }
    let log = run(data, ["audit", "show", "--json"]).expect(0).stdout;
    assert!(!log.contains("cb-0001"), "{log}");
    run(data, ["audit", "verify"]).expect(0);
}

/// What the provider would never say, or says to others.
#[test]
fn tokens_that_are_not_right_are_refused() {
    let (office, provider) = (Office::new(), Provider::new());
    let server = provider.serve(&office, &[]);
    person(&office, &server, "mau", Role::Clerk, None);
    bind(&office, &provider, "mau", "cb-0001").expect(0);
    session(&provider.sign_in(&server, "cb-0001").expect(200));
    let refused = |what: &str, maker: Maker| {
        provider.makes(maker);
        assert_eq!(provider.sign_in(&server, "cb-0001").problem(403), "oidc.token", "{what}");
    };
    // no signature, one by what everybody knows, one of another key, one that is none
    for head in [
        json!({"alg": "none"}),
        json!({"alg": "None", "kid": "1-rsa"}),
        json!({"alg": "HS256", "kid": "1-rsa"}),
        json!({"alg": "HS256", "kid": "1-oct"}),
    ] {
        let what = head.to_string();
        refused(&what, Box::new(move |keys, claims| keys.token(&head, &claims)));
    }
    let strange = Keys::new("1");
    refused("other keys", Box::new(move |_, claims| strange.token(&strange.head("RS256"), &claims)));
    refused(
        "a key that signs otherwise",
        Box::new(|keys, claims| keys.token(&json!({"alg": "ES256", "kid": "1-rsa"}), &claims)),
    );
    refused(
        "the key of secrets",
        Box::new(|keys, claims| keys.token(&json!({"alg": "RS256", "kid": "1-enc"}), &claims)),
    );
    refused("an unknown key", Box::new(|keys, claims| keys.token(&json!({"alg": "RS256", "kid": "other"}), &claims)));
    refused(
        "an access token",
        Box::new(|keys, claims| keys.token(&json!({"alg": "RS256", "typ": "at+jwt", "kid": "1-rsa"}), &claims)),
    );
    refused(
        "what is to be understood",
        Box::new(|keys, claims| keys.token(&json!({"alg": "RS256", "crit": ["x"], "x": 1, "kid": "1-rsa"}), &claims)),
    );
    refused(
        "other claims",
        Box::new(|keys, mut claims| {
            let token = keys.token(&keys.head("RS256"), &claims);
            claims["sub"] = "cb-0002".into();
            let (head, rest) = token.split_once('.').unwrap();
            format!("{head}.{}.{}", base64url(claims.to_string().as_bytes()), rest.split_once('.').unwrap().1)
        }),
    );
    refused("no token", Box::new(|_, _| "x.y".to_owned()));
    refused("four parts", Box::new(|keys, claims| format!("{}.x", keys.token(&keys.head("RS256"), &claims))));
    // what it says
    let cases: [(&str, Value); 19] = [
        ("iss", json!("https://evil.example")),
        ("iss", Value::Null),
        ("aud", json!("other")),
        ("aud", json!([])),
        ("aud", json!([CLIENT, "other"])),
        ("aud", Value::Null),
        ("azp", json!("other")),
        ("exp", json!(now() - 61)),
        ("exp", json!("soon")),
        ("exp", Value::Null),
        ("iat", json!(now() - 700)),
        ("iat", json!(now() + 300)),
        ("iat", Value::Null),
        ("nbf", json!(now() + 300)),
        ("nonce", json!("other")),
        ("nonce", Value::Null),
        ("sub", json!("")),
        ("sub", json!(7)),
        ("sub", Value::Null),
    ];
    for (claim, value) in cases {
        let what = format!("{claim} {value}");
        refused(
            &what,
            Box::new(move |keys, mut claims| {
                claims[claim] = value.clone();
                keys.token(&keys.head("RS256"), &claims)
            }),
        );
    }
    // clocks a little apart, and one audience in a list, are right
    provider.makes(Box::new(|keys, mut claims| {
        claims["exp"] = (now() - 30).into();
        claims["iat"] = (now() + 30).into();
        claims["aud"] = json!([CLIENT]);
        claims["azp"] = CLIENT.into();
        keys.token(&keys.head("RS256"), &claims)
    }));
    session(&provider.sign_in(&server, "cb-0001").expect(200));
    assert_eq!(entries(office.folder.path(), "session.begun").len(), 2);
}

/// Answers that others have asked for, that come twice, or from elsewhere.
#[test]
fn an_answer_counts_once_in_the_browser_that_asked() {
    let (office, provider) = (Office::new(), Provider::new());
    let server = provider.serve(&office, &[]);
    person(&office, &server, "mau", Role::Clerk, None);
    bind(&office, &provider, "mau", "cb-0001").expect(0);
    // login CSRF: an answer that another browser has asked for, or none
    let (location, own) = leave(&server, "");
    let (_, other) = leave(&server, "");
    let query = provider.log_in(&location, "cb-0001");
    for carried in ["", &other, "dauson-oidc=x", "dauson-oidc="] {
        assert_eq!(back(&server, carried, &query).problem(403), "oidc.state");
    }
    let changed = query.replace("state=", "state=x");
    assert_eq!(back(&server, &own, &changed).problem(403), "oidc.state");
    let (code, _) = query.split_once("&state").unwrap();
    assert_eq!(back(&server, &own, code).problem(403), "oidc.state");
    // mix-up: another provider answers, or none says so where this one does
    let iss = query.split_once("&iss=").unwrap().1.split('&').next().unwrap();
    let mixed = query.replace(iss, "https%3A%2F%2Fevil.example");
    assert_eq!(back(&server, &own, &mixed).problem(403), "oidc.issuer");
    let silent = query.replace(&format!("&iss={iss}"), "");
    assert_eq!(back(&server, &own, &silent).problem(403), "oidc.issuer");
    // the right one, and then again: here, and in another process, with the same code and with a new one
    session(&back(&server, &own, &query).expect(200));
    let second = provider.serve(&office, &[]);
    for server in [&server, &second] {
        // the code counts once to the provider, and the answer to us
        assert_eq!(back(server, &own, &query).problem(403), "oidc.code");
        let again = provider.log_in(&location, "cb-0001");
        assert_eq!(back(server, &own, &again).problem(403), "oidc.state");
    }
    // a code that was used with another question, or was made up
    let (location, own) = leave(&server, "");
    provider.log_in(&location, "cb-0001");
    let state = asked(&location)["state"].clone();
    let used = format!("{code}&state={state}&iss={iss}");
    assert_eq!(back(&server, &own, &used).problem(403), "oidc.code");
    // a code of another login: the verifier is not its own
    let (victim, _) = leave(&server, "");
    let stolen = provider.log_in(&victim, "cb-0001");
    let (location, own) = leave(&server, "");
    let injected = stolen.replace(&asked(&victim)["state"], &asked(&location)["state"]);
    assert_eq!(back(&server, &own, &injected).problem(403), "oidc.code");
    // nobody has logged in
    let (location, own) = leave(&server, "");
    let denied = format!("error=access_denied&error_description=%3Cb%3E&state={}&iss={iss}", asked(&location)["state"]);
    let answer = back(&server, &own, &denied);
    assert_eq!(answer.problem(403), "oidc.refused");
    assert!(!answer.text().contains("<b>"));
    // a person sees words
    let page =
        server.get(&format!("{CALLBACK}?{denied}")).header("cookie", &own).header("accept", "text/html,*/*").send();
    assert!(page.expect(403).text().contains("chưa có ai đăng nhập. Hãy thử lại."));
    // nowhere but here
    for to in [
        "//evil.example",
        "https://evil.example",
        "/%5Cevil.example",
        "%5C/evil.example",
        "/%0D%0Aset-cookie:x",
        "javascript:alert(1)",
    ] {
        assert_eq!(server.get(&format!("/api/v1/session/oidc?to={to}")).send().problem(422), "oidc.to", "{to}");
    }
    server.get("/api/v1/session/oidc?other=x").send().problem(422);
    assert_eq!(entries(office.folder.path(), "session.begun").len(), 1);
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn keys_of_the_provider_change_and_it_may_be_away() {
    let (office, provider) = (Office::new(), Provider::new());
    let server = provider.serve(&office, &[]);
    person(&office, &server, "mau", Role::Clerk, None);
    bind(&office, &provider, "mau", "cb-0001").expect(0);
    for _ in 0..3 {
        session(&provider.sign_in(&server, "cb-0001").expect(200));
    }
    let asked = || provider.state.lock().unwrap().asked_for_keys;
    assert_eq!(asked(), 1);
    provider.state.lock().unwrap().keys = Keys::new("2");
    session(&provider.sign_in(&server, "cb-0001").expect(200));
    assert_eq!(asked(), 2);
    // keys that are never there do not have it asked again and again
    provider.makes(Box::new(|keys, claims| keys.token(&json!({"alg": "RS256", "kid": "other"}), &claims)));
    for _ in 0..3 {
        assert_eq!(provider.sign_in(&server, "cb-0001").problem(403), "oidc.token");
    }
    assert_eq!(asked(), 2);
    drop(server);
    // one that names itself otherwise, or leads elsewhere, is not believed
    let metadata = provider.state.lock().unwrap().metadata.clone();
    for (key, value) in [
        ("issuer", "https://evil.example"),
        ("token_endpoint", "http://evil.example/token"),
        ("jwks_uri", "file:///etc/passwd"),
    ] {
        let mut other = metadata.clone();
        other[key] = value.into();
        provider.state.lock().unwrap().metadata = other;
        let server = provider.serve(&office, &[]);
        assert_eq!(server.get("/api/v1/session/oidc").send().problem(503), "oidc.provider", "{key}");
    }
    // away
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = provider.serve(&office, &[("DAUSON_OIDC_ISSUER", &format!("http://{gone}"))]);
    assert_eq!(server.get("/api/v1/session/oidc").send().problem(503), "net.unavailable");
    let server = office.serve();
    assert_eq!(server.get("/api/v1/session/oidc").send().problem(404), "oidc.off");
    // settings that cannot be
    for (name, value) in [
        ("DAUSON_OIDC_ISSUER", "http://sso.example"),
        ("DAUSON_OIDC_ISSUER", "https://sso.example?x"),
        ("DAUSON_OIDC_CLIENT_ID", ""),
        ("DAUSON_OIDC_SCOPES", "profile"),
        ("DAUSON_OIDC_CLIENT_SECRET_FILE", "/nothing/here"),
    ] {
        let mut command = crate::program::command(office.folder.path());
        command
            .arg("serve")
            .env("DAUSON_SERVE_ADDRESS", "127.0.0.1:0")
            .env("DAUSON_OIDC_ISSUER", &provider.issuer)
            .env("DAUSON_OIDC_CLIENT_ID", "x")
            .env(name, value);
        let ended = crate::program::finish(command.spawn().unwrap());
        assert!(ended.code == 64 || ended.code == 66, "{name}={value}: {ended:?}");
        assert!(ended.stderr.contains("dauson: error: "), "{ended:?}");
    }
}

/// Which claim says who it is, and whether an address was verified.
#[test]
fn another_claim_may_say_who_it_is() {
    let (office, provider) = (Office::new(), Provider::new());
    let server = provider.serve(&office, &[("DAUSON_OIDC_CLAIM", "email"), ("DAUSON_OIDC_SCOPES", "openid email")]);
    person(&office, &server, "mau", Role::Clerk, None);
    bind(&office, &provider, "mau", "mau@xa.example").expect(0);
    assert_eq!(asked(&leave(&server, "").0)["scope"], "openid email");
    for (verified, is_in) in [(json!(true), true), (json!(false), false), (json!("true"), false), (Value::Null, false)]
    {
        let written = verified.clone();
        provider.makes(Box::new(move |keys, mut claims| {
            claims["email"] = "mau@xa.example".into();
            claims["email_verified"] = written.clone();
            keys.token(&keys.head("ES256"), &claims)
        }));
        let answer = provider.sign_in(&server, "cb-0001");
        assert_eq!(answer.status == 200, is_in, "{verified}: {answer:?}");
    }
}

#[test]
fn who_was_invited_accepts_at_the_provider() {
    let (office, provider) = (Office::new(), Provider::new());
    let server = provider.serve(&office, &[]);
    let invitation = invited(&office, "mau");
    let ask = |text: &str| server.post("/api/v1/invitation/oidc").json(&json!({"invitation": text})).send();
    assert_eq!(ask("dauson-invitation_x").problem(403), "user.invitation");
    let answer = ask(&invitation).expect(200);
    let location = answer.json()["location"].as_str().unwrap().to_owned();
    let (first, again) = (carried(&answer), ask(&invitation).expect(200));
    // no office yet: bound, and not in
    let page = back(&server, &first, &provider.log_in(&location, "cb-0001")).expect(200);
    assert_eq!(page.headers("set-cookie").len(), 1, "{page:?}");
    give(&office, "mau", Role::Clerk, None, &[]).expect(0);
    assert_eq!(login_of(&server, &session(&provider.sign_in(&server, "cb-0001").expect(200))), "mau");
    // the invitation counted once, also where somebody had left with it before
    assert_eq!(ask(&invitation).problem(403), "user.invitation");
    let location = again.json()["location"].as_str().unwrap().to_owned();
    let late = back(&server, &carried(&again), &provider.log_in(&location, "cb-0009"));
    assert_eq!(late.problem(403), "user.invitation");
    assert_eq!(provider.sign_in(&server, "cb-0009").problem(403), "auth.identity");
    // nobody takes an identity that is another's
    let invitation = invited(&office, "khac");
    let answer = ask(&invitation).expect(200);
    let location = answer.json()["location"].as_str().unwrap().to_owned();
    let taken = back(&server, &carried(&answer), &provider.log_in(&location, "cb-0001"));
    assert_eq!(taken.problem(409), "identity.exists");
    // which leaves the invitation as it was
    ask(&invitation).expect(200);
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}
