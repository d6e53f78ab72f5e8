//! Other programs have digests signed by the service's keys, by the API of the Cloud Signature Consortium: openssl, pyHanko and pdfsig
//! judge what comes of it.

use crate::office::{OTHER_UNIT, Office, UNIT};
use crate::openssl::try_openssl;
use crate::program::run;
use crate::server::{Answer, Server};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dauson::data_folder::DataFolder;
use dauson::digest::{DigestAlgorithm, sha256};
use dauson::keys::{PublicHalf, SignatureScheme};
use dauson::people::permissions::Role;
use dauson::people::tokens;
use dauson::pki::certificate::Certificate;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use time::{Duration, OffsetDateTime};

const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
pub const LEADER: &str = "xa-son-mau.leader";

/// Every route that needs a token, and the roles that may.
pub const ROUTES: &[(&str, &[Role])] = &[
    ("credentials/list", SIGNERS),
    ("credentials/info", SIGNERS),
    ("credentials/authorize", SIGNERS),
    ("credentials/extendTransaction", SIGNERS),
    ("signatures/signHash", SIGNERS),
    ("signatures/signDoc", SIGNERS),
    ("signatures/signPolling", SIGNERS),
    ("signatures/timestamp", &Role::ALL),
];
const SIGNERS: &[Role] = &[Role::Clerk, Role::Leader];

/// Another program, with its token.
#[derive(Clone, Copy)]
pub struct Other<'a> {
    pub server: &'a Server,
    pub token: &'a str,
    pub credential: &'a str,
}

impl<'a> Other<'a> {
    pub fn leader(office: &'a Office, server: &'a Server) -> Self {
        Self { server, token: office.token(Role::Leader), credential: LEADER }
    }

    #[track_caller]
    pub fn call(&self, method: &str, body: &Value) -> Answer {
        self.server.post(&format!("/csc/v2/{method}")).token(self.token).json(body).send()
    }

    /// The same about the credential.
    #[track_caller]
    pub fn about(&self, method: &str, body: &Value) -> Answer {
        let mut body = body.clone();
        body["credentialID"] = self.credential.into();
        self.call(method, &body)
    }

    #[track_caller]
    pub fn authorize(&self, count: u32, digests: &[[u8; 32]]) -> String {
        let mut body = json!({"numSignatures": count});
        if !digests.is_empty() {
            body["hashes"] = hashes(digests);
            body["hashAlgorithmOID"] = SHA256.into();
        }
        self.about("credentials/authorize", &body).expect(200).json()["SAD"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub fn sign(&self, sad: &str, digests: &[[u8; 32]]) -> Answer {
        let body = json!({"SAD": sad, "hashes": hashes(digests), "signAlgo": ECDSA_SHA256});
        self.about("signatures/signHash", &body)
    }
}

pub fn hashes(digests: &[[u8; 32]]) -> Value {
    digests.iter().map(|digest| STANDARD.encode(digest)).collect::<Vec<_>>().into()
}

/// An error of the API: its word and its description.
#[track_caller]
pub fn fault(answer: &Answer, status: u16) -> (String, String) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
    let body = answer.json();
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("error"), text("error_description"))
}

#[track_caller]
pub fn invalid(answer: &Answer, description: &str) {
    assert_eq!(fault(answer, 400), ("invalid_request".to_owned(), description.to_owned()));
}

pub fn values(answer: &Answer) -> Vec<Vec<u8>> {
    let answer = answer.json();
    answer["signatures"].as_array().unwrap().iter().map(|v| STANDARD.decode(v.as_str().unwrap()).unwrap()).collect()
}

/// The public half of a credential, as the service says it.
#[track_caller]
pub fn credential(other: Other<'_>) -> (PublicHalf, Value) {
    let asked = json!({"certificates": "chain", "certInfo": true, "authInfo": true});
    let info = other.about("credentials/info", &asked).expect(200).json();
    let mut chain: Vec<Vec<u8>> = info["cert"]["certificates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| STANDARD.decode(text.as_str().unwrap()).unwrap())
        .collect();
    let own = chain.remove(0);
    (PublicHalf::new(own, chain).unwrap(), info)
}

#[test]
fn digests_are_signed_and_each_signature_is_in_the_log() {
    let office = Office::new();
    let data = office.folder.path();
    let server = office.serve();
    let info = server.post("/csc/v2/info").json(&json!({})).send().expect(200).json();
    assert_eq!(info["specs"], "2.0.0.2");
    let list = run(data, ["token", "list", "--json"]).expect(0).stdout;
    let leader = list.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let leader = leader.into_iter().find(|token| token["key"] == LEADER).unwrap();
    // an access token, where the service says that there are such
    let path = info["oauth2"].as_str().unwrap().split_once("/csc/").unwrap().1;
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        leader["id"].as_str().unwrap(),
        office.token(Role::Leader)
    );
    let token = server.post(&format!("/csc/{path}/oauth2/token"));
    let token = token.body("application/x-www-form-urlencoded", form.as_bytes()).send().expect(200).json();
    assert_eq!((&token["token_type"], &token["expires_in"]), (&"Bearer".into(), &3600.into()));
    let access = token["access_token"].as_str().unwrap();
    let other = Other { token: access, ..Other::leader(&office, &server) };
    assert_eq!(other.call("credentials/list", &json!({})).expect(200).json(), json!({"credentialIDs": [LEADER]}));
    let (public, info) = credential(other);
    assert_eq!(
        info["key"],
        json!({"status": "enabled", "algo": [ECDSA_SHA256], "len": 256, "curve": "1.2.840.10045.3.1.7"})
    );
    assert_eq!(info["auth"], json!({"mode": "explicit", "objects": []}));
    assert_eq!(
        (&info["multisign"], &info["SCAL"], &info["cert"]["status"]),
        (&100.into(), &"1".into(), &"valid".into())
    );
    let certificate = Certificate::parse(public.certificate()).unwrap();
    assert_eq!(info["cert"]["serialNumber"], certificate.serial_hex());
    assert_eq!(info["cert"]["validTo"].as_str().unwrap().len(), "20260101000000Z".len());
    let digests = [sha256(b"one"), sha256(b"two")];
    let sad = other.authorize(2, &digests);
    let signed = other.sign(&sad, &digests).expect(200);
    for (message, value) in [b"one", b"two"].into_iter().zip(values(&signed)) {
        // ring verifies over the message
        public.check(SignatureScheme::EcdsaP256, message, &value).unwrap();
        let shown =
            run(data, ["audit", "show", "--document", &hex::encode(sha256(message)), "--json"]).expect(0).json();
        let entry = &shown["entry"];
        let said = [("action", "hash.signed"), ("unit", UNIT), ("signature", &hex::encode(sha256(&value)))];
        for (name, said) in said {
            assert_eq!(entry[name], said, "{shown}");
        }
        assert_eq!(entry["digest"], format!("sha256:{}", hex::encode(sha256(message))));
        assert_eq!(entry["certificate"], hex::encode(sha256(public.certificate())));
        assert!(entry["actor"].as_str().is_some_and(|actor| actor.len() == 32));
    }
    // by the names of version 1, and nothing of what a secret is in the database
    let body = json!({"numSignatures": 1, "hash": hashes(&digests[..1])});
    let sad = other.about("credentials/authorize", &body).expect(200).json()["SAD"].as_str().unwrap().to_owned();
    let body = json!({"SAD": sad, "hash": hashes(&digests[..1]), "hashAlgo": SHA256, "signAlgo": ECDSA_SHA256});
    other.about("signatures/signHash", &body).expect(200);
    drop(server);
    let database = std::fs::read(data.join("dauson.db")).unwrap();
    for secret in [sad.as_str(), access] {
        assert!(!database.windows(secret.len()).any(|w| w == secret.as_bytes()));
    }
    run(data, ["audit", "verify"]).expect(0);
    // the auditor: a digest that was signed by a key that is none of the key store's
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use dauson::audit::entry::{Action, Entry};
        let clock = Arc::new(OffsetDateTime::now_utc);
        let folder = DataFolder::open(data, &data.join("master.key"), clock).await.unwrap();
        let entry = Entry::new(Action::HashSigned, folder.now()).unwrap().of_unit(UNIT).by("p".to_owned());
        folder.log.record(entry.signing(DigestAlgorithm::Sha256, &[7; 32], b"none").signed(b"s")).await.unwrap();
    });
    let found = run(data, ["audit", "verify"]).expect(1);
    assert!(found.stdout.contains("signed a digest, and is none of the key store's"), "{found:?}");
}

#[test]
fn nothing_is_signed_but_what_was_authorised_and_that_once() {
    let office = Office::new();
    let server = office.serve();
    let leader = Other::leader(&office, &server);
    let clerk = Other { token: office.token(Role::Clerk), credential: "xa-son-mau.seal", ..leader };
    let (one, two) = (sha256(b"one"), sha256(b"two"));
    let unauthorised = "Hash is not authorized by the SAD";
    let sad = leader.authorize(1, &[one]);
    invalid(&leader.sign(&sad, &[two]), unauthorised);
    invalid(&leader.sign(&sad, &[one, one]), unauthorised);
    invalid(&leader.sign(&sad, &[one, two]), unauthorised);
    // another's authorisation, another's credential, and none
    invalid(&clerk.sign(&sad, &[one]), "Invalid parameter SAD");
    invalid(&Other { credential: "xa-son-mau.seal", ..leader }.sign(&sad, &[one]), "Invalid parameter credentialID");
    invalid(&Other { credential: "xa-khac.leader", ..leader }.sign(&sad, &[one]), "Invalid parameter credentialID");
    let theirs =
        Other { token: office.other_token(Role::Leader), credential: &format!("{OTHER_UNIT}.leader"), ..leader };
    invalid(&theirs.sign(&sad, &[one]), "Invalid parameter SAD");
    invalid(&leader.sign("no", &[one]), "Invalid parameter SAD");
    // none of that has used it up; it is used once
    leader.sign(&sad, &[one]).expect(200);
    invalid(&leader.sign(&sad, &[one]), "Invalid parameter SAD");
    // an authorisation of two digests that are the same is one of both
    let sad = leader.authorize(2, &[one, one]);
    leader.sign(&sad, &[one, one]).expect(200);
    // without digests: any, but no more than that
    let sad = clerk.authorize(2, &[]);
    invalid(&clerk.sign(&sad, &[one, two, one]), unauthorised);
    clerk.sign(&sad, &[two]).expect(200);
    invalid(&clerk.sign(&sad, &[one]), "Invalid parameter SAD");
    // what is left of it, by a new authorisation that takes its place
    let extend = |sad: &str, digests: Value| {
        let mut body = json!({"SAD": sad});
        if !digests.is_null() {
            body["hashes"] = digests;
        }
        clerk.about("credentials/extendTransaction", &body)
    };
    invalid(&extend(&sad, hashes(&[one, two])), unauthorised);
    let next = extend(&sad, hashes(&[one])).expect(200).json()["SAD"].as_str().unwrap().to_owned();
    invalid(&extend(&sad, hashes(&[one])), "Invalid parameter SAD");
    invalid(&extend(&next, Value::Null), "Missing (or invalid type) array parameter hashes");
    invalid(&clerk.sign(&next, &[two]), unauthorised);
    clerk.sign(&next, &[one]).expect(200);
    invalid(&extend(&next, hashes(&[one])), "Invalid parameter SAD");
    // what was authorised of digests is not turned into others, before or after some of them were signed
    let three = sha256(b"three");
    let sad = clerk.authorize(2, &[one, two]);
    invalid(&extend(&sad, hashes(&[three])), unauthorised);
    invalid(&extend(&sad, hashes(&[one, three])), unauthorised);
    clerk.sign(&sad, &[one]).expect(200);
    for other in [one, three] {
        invalid(&extend(&sad, hashes(&[other])), unauthorised);
    }
    let next = extend(&sad, hashes(&[two])).expect(200).json()["SAD"].as_str().unwrap().to_owned();
    clerk.sign(&next, &[two]).expect(200);
    // but signatures that were authorised beyond them are of those that are named later
    let sad = clerk.authorize(3, &[one]);
    clerk.sign(&sad, &[one]).expect(200);
    let next = extend(&sad, hashes(&[two, three])).expect(200).json()["SAD"].as_str().unwrap().to_owned();
    clerk.sign(&next, &[two, three]).expect(200);
    // how many there may be
    let authorize = |body: &Value| leader.about("credentials/authorize", body);
    invalid(&authorize(&json!({"numSignatures": 101})), "Numbers of signatures is too high");
    invalid(&authorize(&json!({"numSignatures": 0})), "Invalid value for parameter numSignatures");
    let fewer = json!({"numSignatures": 1, "hashes": hashes(&[one, two])});
    invalid(&authorize(&fewer), "Invalid value for parameter numSignatures");
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn signatures_are_fetched_later_by_who_asked() {
    let office = Office::new();
    let server = office.serve();
    let leader = Other::leader(&office, &server);
    let info = server.post("/csc/v2/info").json(&json!({})).send().expect(200).json();
    assert_eq!(info["asynchronousOperationMode"], true);
    let digests = [sha256(b"one"), sha256(b"two")];
    let ask = |sad: &str| {
        let body = json!({"SAD": sad, "hashes": hashes(&digests), "signAlgo": ECDSA_SHA256, "operationMode": "A"});
        let later = leader.about("signatures/signHash", &body).expect(200).json();
        assert_eq!(later.as_object().unwrap().len(), 1, "{later}");
        later["responseID"].as_str().unwrap().to_owned()
    };
    let poll = |other: Other<'_>, id: &str| loop {
        let answer = other.call("signatures/signPolling", &json!({"requestID": id}));
        if answer.status != 202 {
            break answer;
        }
        assert_eq!(answer.json(), json!({"responseID": id}));
    };
    let sad = leader.authorize(2, &digests);
    let id = ask(&sad);
    let clerk = Other { token: office.token(Role::Clerk), ..leader };
    for (other, id) in [(clerk, &*id), (leader, "no"), (leader, &sad)] {
        invalid(&poll(other, id), "Invalid parameter requestID");
    }
    let (public, _) = credential(leader);
    let first = values(&poll(leader, &id).expect(200));
    for (message, value) in [b"one", b"two"].into_iter().zip(&first) {
        public.check(SignatureScheme::EcdsaP256, message, value).unwrap();
    }
    assert_eq!(values(&poll(leader, &id).expect(200)), first, "once more the same");
    // what is refused is told there
    invalid(&poll(leader, &ask(&sad)), "Invalid parameter SAD");
    invalid(&poll(leader, &ask("no")), "Invalid parameter SAD");
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn an_authorisation_is_used_once_by_all_processes_and_outlives_a_crash() {
    let office = Office::new();
    let server = office.serve();
    let digest = sha256(b"one");
    let sad = Other::leader(&office, &server).authorize(1, &[digest]);
    // killed
    drop(server);
    let servers = [office.serve(), office.serve()];
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8)
            .map(|n| {
                let (office, server, sad) = (&office, &servers[n % 2], &sad);
                scope.spawn(move || Other::leader(office, server).sign(sad, &[digest]).status)
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 7, "{statuses:?}");
    let shown = run(office.folder.path(), ["audit", "show", "--action", "hash.signed"]).expect(0).stdout;
    assert_eq!(shown.lines().count(), 1, "{shown}");
}

#[test]
fn an_authorisation_and_an_access_token_end() {
    let office = Office::new();
    let server =
        Server::start(office.folder.path(), &[("DAUSON_CSC_SECONDS", "0"), ("DAUSON_CSC_MAX_SIGNATURES", "3")]);
    let leader = Other::leader(&office, &server);
    let digest = sha256(b"one");
    let sad = leader.authorize(1, &[digest]);
    invalid(&leader.sign(&sad, &[digest]), "SAD expired");
    let body = json!({"SAD": sad, "hashes": hashes(&[digest])});
    invalid(&leader.about("credentials/extendTransaction", &body), "SAD expired");
    invalid(&leader.about("credentials/authorize", &json!({"numSignatures": 4})), "Numbers of signatures is too high");
    drop(server);
    let server = Server::start(office.folder.path(), &[("DAUSON_CSC_MAX_SIGNATURES", "0")]);
    let leader = Other::leader(&office, &server);
    assert_eq!(leader.call("credentials/list", &json!({})).expect(200).json(), json!({"credentialIDs": []}));
    invalid(&leader.about("credentials/authorize", &json!({"numSignatures": 1})), "Numbers of signatures is too high");
    drop(server);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (data, later) = (office.folder.path(), Arc::new(AtomicI64::new(0)));
        let hours = Arc::clone(&later);
        let clock = Arc::new(move || OffsetDateTime::now_utc() + Duration::minutes(hours.load(Ordering::Relaxed)));
        let folder = DataFolder::open(data, &data.join("master.key"), clock).await.unwrap();
        let text = office.token(Role::Leader);
        let caller = tokens::authenticate(&folder, text).await.unwrap();
        assert!(tokens::access(&folder, "0123456789abcdef", text).await.is_err());
        let (access, lifetime) = tokens::access(&folder, &caller.id, text).await.unwrap();
        assert_eq!(lifetime, Duration::HOUR);
        assert_eq!(tokens::authenticate_access(&folder, &access).await.unwrap(), caller);
        assert_eq!(tokens::authenticate(&folder, &access).await.unwrap_err().code, "auth.token");
        for changed in [access.replace("access_", "access_A"), access[..access.len() - 2].to_owned()] {
            assert_eq!(tokens::authenticate_access(&folder, &changed).await.unwrap_err().code, "auth.token");
        }
        later.store(61, Ordering::Relaxed);
        assert_eq!(tokens::authenticate_access(&folder, &access).await.unwrap_err().code, "auth.expired");
        later.store(0, Ordering::Relaxed);
        tokens::revoke(&folder, &caller.id).await.unwrap();
        assert_eq!(tokens::authenticate_access(&folder, &access).await.unwrap_err().code, "auth.token");
    });
}

#[test]
fn each_role_reaches_what_it_may_and_nothing_else() {
    let office = Office::new();
    let server = office.serve();
    for (method, roles) in ROUTES {
        let request = || server.post(&format!("/csc/v2/{method}")).json(&json!({}));
        let nobody = request().send();
        assert_eq!(fault(&nobody, 401).0, "invalid_token", "{method}");
        let wrong = request().token("dauson_wrong").send();
        assert_eq!(fault(&wrong, 401).0, "invalid_token", "{method}");
        assert!(wrong.header("www-authenticate").unwrap().contains("invalid_token"), "{wrong:?}");
        for header in ["Basic eDp5", "Bearer", "dauson_x"] {
            invalid(&request().header("authorization", header).send(), "Malformed authorization header");
        }
        for role in Role::ALL {
            let answer = request().token(office.token(role)).send();
            if roles.contains(&role) {
                assert!(matches!(answer.status, 200 | 400), "{role} {method}: {answer:?}");
                assert!(!answer.text().contains("access_denied"), "{role} {method}: {answer:?}");
            } else {
                let (error, why) = fault(&answer, 400);
                assert_eq!(error, "access_denied", "{role} {method}");
                assert!(why.contains("does not permit signing documents"), "{why}");
            }
        }
    }
    // what the frame around all requests refuses is told in the same way
    assert_eq!(fault(&server.get("/csc/v2/info").send(), 405).0, "invalid_request");
    let large = server.post("/csc/v2/info").body("application/json", &vec![b' '; 2 << 20]).send();
    assert_eq!(fault(&large, 413).0, "invalid_request");
    // tokens
    let token = |form: &str| {
        let request = server.post("/csc/v2/oauth2/token");
        request.body("application/x-www-form-urlencoded", form.as_bytes()).send()
    };
    let right = office.token(Role::Leader);
    for (form, why) in [
        (String::new(), "Missing parameter grant_type"),
        ("grant_type=password".to_owned(), "Invalid parameter grant_type"),
        ("grant_type=client_credentials".to_owned(), "Missing parameter client_id"),
        ("grant_type=client_credentials&client_id=a".to_owned(), "Client authorization required"),
        ("grant_type=client_credentials&client_id=a&client_secret=b".to_owned(), "Invalid parameter client_secret"),
        (format!("grant_type=client_credentials&client_id=a&client_secret={right}"), "Invalid parameter client_secret"),
        ("grant_type=client_credentials&grant_type=client_credentials".to_owned(), "A parameter is repeated"),
    ] {
        invalid(&token(&form), why);
    }
    assert_eq!(fault(&token("grant_type=client_credentials&scope=credential&client_id=a"), 400).0, "invalid_scope");
    let json = server.post("/csc/v2/oauth2/token").json(&json!({})).send();
    invalid(&json, "The request has to be application/x-www-form-urlencoded");
    // as Basic authentication
    let list = run(office.folder.path(), ["token", "list", "--json"]).expect(0).stdout;
    let tokens: Vec<Value> = list.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let id = tokens.iter().find(|token| token["key"] == LEADER).unwrap()["id"].as_str().unwrap();
    let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{right}")));
    let request = server.post("/csc/v2/oauth2/token").header("authorization", &basic);
    let form = format!("grant_type=client_credentials&client_id={id}");
    let access = request.body("application/x-www-form-urlencoded", form.as_bytes()).send().expect(200).json();
    let access = access["access_token"].as_str().unwrap();
    server.get("/api/v1/documents").token(access).send().problem(401);
    run(office.folder.path(), ["token", "revoke", id]).expect(0);
    assert_eq!(
        fault(&Other { token: access, ..Other::leader(&office, &server) }.call("credentials/list", &json!({})), 401).0,
        "invalid_token"
    );
}

#[test]
fn requests_that_are_not_right_are_told_what_is_wrong() {
    let office = Office::new();
    let server = office.serve();
    let leader = Other::leader(&office, &server);
    let (hash, short) = (STANDARD.encode([1; 32]), STANDARD.encode([1; 20]));
    let sad = leader.authorize(1, &[[1; 32]]);
    let (list, info) = ("credentials/list", "credentials/info");
    let (authorize, sign) = ("credentials/authorize", "signatures/signHash");
    let (extend, stamp) = ("credentials/extendTransaction", "signatures/timestamp");
    let signing = |name: &str, value: Value| {
        let mut body = json!({"credentialID": LEADER, "SAD": sad, "hashes": [hash], "signAlgo": ECDSA_SHA256});
        body[name] = value;
        body
    };
    let pss = "1.2.840.113549.1.1.10";
    for (method, body, why) in [
        (list, json!({"userID": "a"}), "userID parameter MUST be null"),
        (list, json!({"certificates": "all"}), "Invalid parameter certificates"),
        (list, json!({"certInfo": 1}), "Missing (or invalid type) boolean parameter certInfo"),
        (list, json!({"surprise": 1}), "Invalid parameter surprise"),
        (list, json!([]), "The request is no JSON object"),
        (list, json!({"clientData": "x".repeat(2001)}), "Invalid parameter clientData"),
        (info, json!({}), "Missing (or invalid type) string parameter credentialID"),
        (info, json!({"credentialID": 1}), "Missing (or invalid type) string parameter credentialID"),
        (info, json!({"credentialID": "none"}), "Invalid parameter credentialID"),
        (info, json!({"credentialID": LEADER, "certificates": ""}), "Invalid parameter certificates"),
        (authorize, json!({"credentialID": LEADER}), "Missing (or invalid type) integer parameter numSignatures"),
        (
            authorize,
            json!({"credentialID": LEADER, "numSignatures": "1"}),
            "Missing (or invalid type) integer parameter numSignatures",
        ),
        (authorize, json!({"credentialID": LEADER, "numSignatures": -1}), "Invalid value for parameter numSignatures"),
        (authorize, json!({"credentialID": LEADER, "numSignatures": 1, "hashes": []}), "Empty hash array"),
        (
            authorize,
            json!({"credentialID": LEADER, "numSignatures": 1, "hashes": hash}),
            "Missing (or invalid type) array parameter hashes",
        ),
        (
            authorize,
            json!({"credentialID": LEADER, "numSignatures": 1, "hashes": ["%"]}),
            "Invalid Base64 hash string parameter",
        ),
        (
            authorize,
            json!({"credentialID": LEADER, "numSignatures": 1, "hashes": [short]}),
            "Invalid digest value length",
        ),
        (
            authorize,
            json!({"credentialID": LEADER, "numSignatures": 1, "hashAlgorithmOID": "1.2"}),
            "Invalid parameter hashAlgorithmOID",
        ),
        (extend, json!({"credentialID": LEADER}), "Missing (or invalid type) string parameter SAD"),
        (sign, signing("SAD", Value::Null), "Missing (or invalid type) string parameter SAD"),
        (sign, signing("hashes", Value::Null), "Missing (or invalid type) array parameter hashes"),
        (sign, signing("hashes", json!([])), "Empty hash array"),
        (sign, signing("hashes", json!([STANDARD.encode([1; 48])])), "Invalid digest value length"),
        (sign, signing("signAlgo", Value::Null), "Missing (or invalid type) string parameter signAlgo"),
        (sign, signing("signAlgo", json!("1.2.3")), "Invalid parameter signAlgo"),
        (sign, signing("signAlgo", json!("1.2.840.113549.1.1.11")), "Invalid parameter signAlgo"),
        (
            sign,
            signing("signAlgo", json!("1.2.840.113549.1.1.1")),
            "Missing (or invalid type) string parameter hashAlgorithmOID",
        ),
        (sign, signing("signAlgo", json!(pss)), "Missing (or invalid type) string parameter signAlgoParams"),
        (
            sign,
            signing("hashAlgorithmOID", json!("2.16.840.1.101.3.4.2.2")),
            "String parameter hashAlgorithmOID contradicts with signAlgo parameter",
        ),
        (sign, signing("operationMode", json!("B")), "Invalid parameter operationMode"),
        (sign, signing("response_uri", json!("http://a")), "Invalid parameter response_uri"),
        (stamp, json!({"hashAlgo": SHA256}), "Missing (or invalid type) string parameter hash"),
        (stamp, json!({"hash": hash}), "Missing (or invalid type) string parameter hashAlgo"),
        (stamp, json!({"hash": "%", "hashAlgo": SHA256}), "Invalid Base64 hash string parameter"),
        (stamp, json!({"hash": short, "hashAlgo": SHA256}), "Invalid digest value length"),
        (stamp, json!({"hash": hash, "hashAlgo": SHA256, "nonce": "x"}), "Invalid parameter nonce"),
    ] {
        let answer = leader.call(method, &body);
        assert_eq!(fault(&answer, 400), ("invalid_request".to_owned(), why.to_owned()), "{method} {body}");
    }
    let shown = json!({"numSignatures": 1, "authData": [{"id": "PIN", "value": "1"}]});
    let (error, why) = fault(&leader.about(authorize, &shown), 400);
    assert_eq!((&*error, why.contains("it has no PIN")), ("invalid_authentication_data", true), "{why}");
    let shown = json!({"numSignatures": 1, "OTP": "123456"});
    let (error, why) = fault(&leader.about(authorize, &shown), 400);
    assert_eq!(
        (&*error, why.contains("it wants no one-time password")),
        ("invalid_authentication_data", true),
        "{why}"
    );
    for shown in [
        json!([{"id": "PUK", "value": "1"}]),
        json!([{"id": "PIN"}]),
        json!([1]),
        json!([{"id": "PIN", "value": "1"}, {"id": "PIN", "value": "1"}]),
    ] {
        let shown = json!({"numSignatures": 1, "authData": shown});
        invalid(&leader.about(authorize, &shown), "Invalid parameter authData");
    }
    // nothing of that has used the authorisation
    leader.sign(&sad, &[[1; 32]]).expect(200);
    // a time-stamp, which openssl reads
    let body = json!({"hash": hash, "hashAlgo": SHA256, "nonce": "00ff"});
    let token = leader.call(stamp, &body).expect(200).json()["timestamp"].as_str().unwrap().to_owned();
    let folder = office.folder.path();
    std::fs::write(folder.join("token"), STANDARD.decode(token).unwrap()).unwrap();
    let (read, text) = try_openssl(folder, "ts -reply -token_in -in token -text");
    assert!(read && text.contains("Hash Algorithm: sha256") && text.contains("Nonce: 0xFF"), "{text}");
    let arguments = format!(
        "ts -verify -token_in -in token -digest {} -CAfile trust/root.pem -untrusted certs/issuing.pem",
        hex::encode([1; 32])
    );
    let (verified, text) = try_openssl(folder, &arguments);
    assert!(verified, "{text}");
}
