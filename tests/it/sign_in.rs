//! People sign in: invited, with a password and a code; what they are in their units, and when that ends.

use crate::office::{OTHER_UNIT, Office, UNIT};
use crate::program::{Ran, run};
use crate::server::{Answer, Server};
use dauson::data_folder::DataFolder;
use dauson::people::permissions::Role;
use dauson::people::users::sessions::{self, Terms};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;
use time::OffsetDateTime;

pub const PASSWORD: &str = "mật khẩu dài 2026";

/// Somebody with a telephone.
pub struct Person {
    pub login: String,
    pub secret: Vec<u8>,
    pub recovery: Vec<String>,
}

/// The code of now, `steps` of 30 seconds later; computed as RFC 6238 has it.
pub fn code(secret: &[u8], steps: u64) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() / 30 + steps;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = ring::hmac::sign(&key, &now.to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

pub fn base32(text: &str) -> Vec<u8> {
    let (mut bits, mut held, mut out) = (0_u32, 0, Vec::new());
    for c in text.bytes() {
        let value = if c.is_ascii_uppercase() { c - b'A' } else { c - b'2' + 26 };
        bits = bits << 5 | u32::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    out
}

pub fn user(office: &Office, arguments: &[&str]) -> Ran {
    run(office.folder.path(), [&["user"], arguments].concat())
}

/// An account, made on the command line; its invitation.
pub fn invited(office: &Office, login: &str) -> String {
    let name = match login {
        "chuyen-vien" => "Lê Văn Mẫu",
        "van-thu" => "Hoàng Thị Mẫu",
        _ => "Nguyễn Thị Mẫu",
    };
    let made = user(office, &["add", login, "--name", name, "--unit", UNIT]).expect(0).stdout;
    assert!(made.starts_with("dauson-invitation_"), "{made}");
    made.trim().to_owned()
}

/// Accepts an invitation.
pub fn enrol(server: &Server, login: &str, invitation: &str) -> Person {
    let body = json!({"invitation": invitation, "password": PASSWORD});
    let answer = server.post("/api/v1/invitation").json(&body).send().expect(200).json();
    assert_eq!(answer["login"], login);
    assert!(answer["address"].as_str().unwrap().starts_with("otpauth://totp/"), "{answer}");
    let secret = base32(answer["secret"].as_str().unwrap());
    let wrong = json!({"invitation": invitation, "code": "000000"});
    server.post("/api/v1/invitation/confirm").json(&wrong).send().problem(403);
    // that of the step before, so that the one of now is left for the first sign-in
    let body = json!({"invitation": invitation, "code": code(&secret, 0)});
    let answer = server.post("/api/v1/invitation/confirm").json(&body).send().expect(200).json();
    let codes = answer["recovery_codes"].as_array().unwrap();
    assert_eq!(codes.len(), 10);
    let recovery = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    Person { login: login.to_owned(), secret, recovery }
}

/// Somebody with an office.
pub fn person(office: &Office, server: &Server, login: &str, role: Role, key: Option<&str>) -> Person {
    let invitation = invited(office, login);
    give(office, login, role, key, &[]).expect(0);
    enrol(server, login, &invitation)
}

pub fn give(office: &Office, login: &str, role: Role, key: Option<&str>, more: &[&str]) -> Ran {
    let title = match role {
        Role::Leader => "Chủ tịch",
        Role::Clerk => "Văn thư",
        Role::Drafter => "Công chức Văn hóa - Xã hội",
        _ => "Chức vụ",
    };
    let mut arguments = vec!["office", login, "--unit", UNIT, "--role", role.as_str(), "--title", title];
    arguments.extend(key.iter().flat_map(|key| ["--key", key]));
    arguments.extend(more);
    user(office, &arguments)
}

fn sign_in(server: &Server, login: &str, password: &str, code: &str) -> Answer {
    server.post("/api/v1/session").json(&json!({"login": login, "password": password, "code": code})).send()
}

impl Person {
    fn sign_in(&self, server: &Server, code: &str) -> Answer {
        sign_in(server, &self.login, PASSWORD, code)
    }

    /// Signs in with the next recovery code; the cookie.
    pub fn enter(&mut self, server: &Server) -> String {
        let code = self.recovery.pop().unwrap();
        cookie(&self.sign_in(server, &code).expect(201))
    }
}

pub fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie").unwrap();
    for attribute in ["Path=/", "HttpOnly", "SameSite=Strict"] {
        assert!(set.contains(attribute), "{set}");
    }
    set.split(';').next().unwrap().to_owned()
}

pub fn login_of(server: &Server, cookie: &str) -> Value {
    server.get("/api/v1/session").header("cookie", cookie).send().expect(200).json()["login"].clone()
}

fn logged(office: &Office, action: &str) -> usize {
    let shown = run(office.folder.path(), ["audit", "show", "--json"]).expect(0).stdout;
    shown.lines().filter(|line| line.contains(&format!("\"{action}\""))).count()
}

#[test]
fn who_was_invited_signs_in_and_works_in_an_office() {
    let office = Office::new();
    let server = office.serve();
    let invitation = invited(&office, "mau");
    // an invitation alone is nothing, and an account without an office neither
    sign_in(&server, "mau", PASSWORD, "000000").problem(401);
    let body = |password: &str| json!({"invitation": invitation, "password": password});
    for weak in ["short", "aaaaaaaaaaaa", "mau mau mau", "mật\u{1}khẩu dài 2026"] {
        assert_eq!(server.post("/api/v1/invitation").json(&body(weak)).send().problem(422), "user.password", "{weak}");
    }
    let mut mau = enrol(&server, "mau", &invitation);
    server.post("/api/v1/invitation").json(&body(PASSWORD)).send().problem(403);
    assert_eq!(mau.sign_in(&server, &mau.recovery[0]).problem(403), "auth.no_office");
    give(&office, "mau", Role::Leader, Some("xa-son-mau.leader"), &["--since", "2099-01-01"]).expect(0);
    assert_eq!(mau.sign_in(&server, &mau.recovery[0]).problem(403), "auth.no_office");
    give(&office, "mau", Role::Leader, Some("xa-son-mau.leader"), &["--until", "2098-12-31"]).expect(0);
    // the code that confirmed the invitation was used
    mau.sign_in(&server, &code(&mau.secret, 0)).problem(401);
    let answer = mau.sign_in(&server, &code(&mau.secret, 1)).expect(201);
    let session = cookie(&answer);
    let view = answer.json();
    assert_eq!((view["login"].as_str(), view["office"]["role"].as_str()), (Some("mau"), Some("leader")), "{view}");
    assert_eq!(view["offices"].as_array().unwrap().len(), 1, "{view}");
    mau.sign_in(&server, &code(&mau.secret, 1)).problem(401);
    // a recovery code counts once, however it is written
    let recovery = mau.recovery.pop().unwrap().to_uppercase().replace('-', " ");
    mau.sign_in(&server, &recovery).expect(201);
    mau.sign_in(&server, &recovery).problem(401);

    // the leader signs
    let pdf = std::fs::read("samples/cong-van.pdf").unwrap();
    let from_page = |origin: &str| {
        let request = server.post("/api/v1/sign").pdf(&pdf).header("cookie", &session);
        if origin.is_empty() { request } else { request.header("origin", origin) }
    };
    let signed = from_page("http://test").send().expect(200).body;
    assert!(signed.starts_with(&pdf));
    // and not what another site asks for
    for origin in ["", "null", "http://evil.example", "http://test.evil.example", "http://tes"] {
        assert_eq!(from_page(origin).send().problem(403), "auth.origin", "{origin}");
    }
    let cross = from_page("http://test").header("sec-fetch-site", "cross-site").send();
    assert_eq!(cross.problem(403), "auth.origin");
    // nor what the role does not permit
    let receipt = office.receipt_request(2_000);
    let request = server.post("/api/v1/receipts").json(&receipt).header("cookie", &session);
    assert_eq!(request.header("origin", "http://test").send().problem(403), "auth.role");

    let end = |path: &str| server.request("DELETE", path).header("cookie", &session).header("origin", "http://test");
    let others = server.get("/api/v1/sessions").header("cookie", &session).send().expect(200).json();
    let other = others["items"].as_array().unwrap().iter().find(|item| item["current"] == false).unwrap()["id"].clone();
    end(&format!("/api/v1/sessions/{}", other.as_str().unwrap())).send().expect(204);
    end("/api/v1/sessions/0123456789abcdef").send().problem(404);
    let gone = end("/api/v1/session").send().expect(204);
    assert!(gone.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(server.get("/api/v1/session").header("cookie", &session).send().problem(401), "auth.session");
    server.get("/api/v1/documents").header("cookie", &session).send().problem(401);

    for (action, count) in [
        ("user.created", 1),
        ("user.enrolled", 1),
        ("office.given", 2),
        ("session.begun", 2),
        ("session.ended", 2),
        ("document.signed", 1),
    ] {
        assert_eq!(logged(&office, action), count, "{action}");
    }
    let who = run(office.folder.path(), ["audit", "show", "--resolve"]).expect(0).stdout;
    assert!(who.contains("Nguyễn Thị Mẫu (user mau"), "{who}");
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

/// Wrong tries make everybody wait who tries that account, get one answer, and take as long for accounts that there are not.
#[test]
fn passwords_are_not_tried_out() {
    let office = Office::new();
    let server = office.serve();
    let mut mau = person(&office, &server, "mau", Role::Clerk, None);
    let session = mau.enter(&server);
    let wrong = |login: &str| {
        let asked = std::time::Instant::now();
        let answer = sign_in(&server, login, "wrong password", "123456");
        assert_eq!(answer.problem(401), "auth.sign_in");
        // the time does not tell whether there is such an account: it is rounded up
        assert!(asked.elapsed().as_millis() >= 500, "{:?}", asked.elapsed());
        answer.json()["detail"].clone()
    };
    let told = wrong("nobody");
    for _ in 0..6 {
        assert_eq!(wrong("mau"), told);
    }
    // now even what is right is refused, with the same words
    let refused = mau.sign_in(&server, &mau.recovery[0]);
    assert_eq!((refused.problem(401), refused.json()["detail"].clone()), ("auth.sign_in".to_owned(), told));
    assert_eq!(logged(&office, "sign_in.blocked"), 1);
    // who is in stays in, and others get in
    assert_eq!(login_of(&server, &session), "mau");
    person(&office, &server, "khac", Role::Officer, None).enter(&server);
    // nothing of it is in the database as it was typed
    for file in ["dauson.db", "dauson.db-wal"] {
        let bytes = std::fs::read(office.folder.path().join(file)).unwrap_or_default();
        for secret in [PASSWORD.as_bytes(), mau.recovery[0].as_bytes(), &mau.secret, session.as_bytes()] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{file}");
        }
    }
    let body = br#"{"login":"mau","password":"geheim123456","code":12}"#;
    let answer = server.post("/api/v1/session").body("application/json", body).send();
    assert_eq!(answer.problem(422), "request.json");
    assert!(!String::from_utf8_lossy(&answer.body).contains("geheim"));
}

#[test]
fn sessions_end_by_themselves_and_with_what_they_rest_on() {
    let office = Office::new();
    let server = office.serve();
    let mut mau = person(&office, &server, "mau", Role::Clerk, None);
    let is_in = |session: &str| server.get("/api/v1/documents").header("cookie", session).send().status == 200;
    // the account
    let session = mau.enter(&server);
    user(&office, &["disable", "mau"]).expect(0);
    assert!(!is_in(&session));
    mau.sign_in(&server, &mau.recovery[0]).problem(401);
    user(&office, &["enable", "mau"]).expect(0);
    assert!(!is_in(&session));
    // the office
    let session = mau.enter(&server);
    assert!(is_in(&session));
    let list = user(&office, &["list", "--json"]).expect(0).json();
    let held = list["offices"][0]["id"].as_str().unwrap().to_owned();
    user(&office, &["end", &held]).expect(0);
    assert!(!is_in(&session));
    give(&office, "mau", Role::Clerk, None, &[]).expect(0);
    // what is signed in with: a new invitation counts before it is accepted, and the old ends with it
    let session = mau.enter(&server);
    let invitation = user(&office, &["invite", "mau"]).expect(0).stdout.trim().to_owned();
    assert!(is_in(&session));
    let mut renewed = enrol(&server, "mau", &invitation);
    assert!(!is_in(&session));
    mau.sign_in(&server, &mau.recovery[0]).problem(401);
    let session = renewed.enter(&server);
    assert!(is_in(&session));
    // a session that is brought along is not taken over
    let fixed = server
        .post("/api/v1/session")
        .header("cookie", "dauson=fixed")
        .json(&json!({"login": "mau", "password": PASSWORD, "code": renewed.recovery.pop().unwrap()}));
    assert_ne!(cookie(&fixed.send().expect(201)), "dauson=fixed");
    assert!(!is_in("dauson=fixed"));
    // eleven sessions are one too many
    let first = renewed.enter(&server);
    for _ in 0..6 {
        renewed.enter(&server);
    }
    let all = server.get("/api/v1/sessions").header("cookie", &first).send().expect(200).json();
    assert!(all["items"].as_array().unwrap().len() <= 10);
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

/// A session that is not used ends, and one that is used ends at last.
#[test]
fn sessions_end_with_time() {
    let office = Office::new();
    let server = office.serve();
    let session = person(&office, &server, "mau", Role::Clerk, None).enter(&server);
    let text = session.split_once('=').unwrap().1;
    let terms = Terms { idle: time::Duration::minutes(30), longest: time::Duration::hours(12) };
    let minutes = Arc::new(AtomicI64::new(0));
    let clock = Arc::clone(&minutes);
    let clock = move || OffsetDateTime::now_utc() + time::Duration::minutes(clock.load(Ordering::SeqCst));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let data = office.folder.path();
        let folder = DataFolder::open(data, &data.join("master.key"), Arc::new(clock)).await.unwrap();
        for minute in (0..=700).step_by(25) {
            minutes.store(minute, Ordering::SeqCst);
            sessions::find(&folder, text, terms).await.unwrap();
        }
        minutes.store(720, Ordering::SeqCst);
        assert_eq!(sessions::find(&folder, text, terms).await.unwrap_err().code, "auth.session");
        // without use
        minutes.store(700 + 31, Ordering::SeqCst);
        assert_eq!(
            sessions::find(&folder, text, Terms { longest: terms.longest * 2, ..terms }).await.unwrap_err().code,
            "auth.session"
        );
    });
}

/// What somebody does who can write to the database, but has not the master key; gives how many rows each statement has changed.
fn in_database(office: &Office, statements: &[&'static str]) -> Vec<u64> {
    let file = format!("sqlite://{}", office.folder.path().join("dauson.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let pool = sqlx::SqlitePool::connect(&file).await.unwrap();
        let mut changed = Vec::new();
        for statement in statements {
            changed.push(sqlx::query(*statement).execute(&pool).await.unwrap().rows_affected());
        }
        pool.close().await;
        changed
    })
}

/// A session that was ended is ended for whoever has it, and its row put back lets nobody in: not where its holder has signed out, ended it from
/// another browser or was given a new password, nor in another service on the same data folder.
#[test]
fn sessions_that_were_ended_are_not_put_back() {
    let office = Office::new();
    let server = office.serve();
    let mut mau = person(&office, &server, "mau", Role::Clerk, None);
    let [out, other, own] = [mau.enter(&server), mau.enter(&server), mau.enter(&server)];
    let state = |server: &Server, session: &str| server.get("/api/v1/session").header("cookie", session).send();
    let end = |path: &str, session: &str| {
        let asked = server.request("DELETE", path).header("cookie", session).header("origin", "http://test");
        asked.send().expect(204);
    };
    assert_eq!(in_database(&office, &["CREATE TABLE kept AS SELECT * FROM session"]).len(), 1);
    end("/api/v1/session", &out);
    let all = server.get("/api/v1/sessions").header("cookie", &own).send().expect(200).json();
    let listed = all["items"].as_array().unwrap();
    let another = listed.iter().find(|item| item["current"] == false).unwrap()["id"].as_str().unwrap();
    end(&format!("/api/v1/sessions/{another}"), &own);
    let back = "INSERT INTO session SELECT * FROM kept WHERE id NOT IN (SELECT id FROM session)";
    assert_eq!(in_database(&office, &[back]), [2]);
    for session in [&out, &other] {
        assert_eq!(state(&server, session).problem(401), "auth.session");
    }
    // under another name, or longer than it was, it is not what was sealed
    let renamed = "UPDATE session SET id = substr(id, 2) || substr(id, 1, 1)";
    assert_eq!(in_database(&office, &["DELETE FROM session", "INSERT INTO session SELECT * FROM kept", renamed])[2], 3);
    for session in [&out, &other, &own] {
        assert_eq!(state(&server, session).problem(401), "auth.session");
    }
    in_database(&office, &["DELETE FROM session", "INSERT INTO session SELECT * FROM kept"]);
    state(&server, &own).expect(200);
    // whoever is invited anew and sets another password ends all of them
    let invitation = user(&office, &["invite", "mau"]).expect(0).stdout;
    enrol(&server, "mau", invitation.trim());
    in_database(&office, &["DELETE FROM session", "INSERT INTO session SELECT * FROM kept", "DROP TABLE kept"]);
    let elsewhere = office.serve();
    for server in [&server, &elsewhere] {
        for session in [&out, &other, &own] {
            assert_eq!(state(server, session).problem(401), "auth.session");
        }
    }
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

/// What was idle too long stays so, whatever is written beside it.
#[test]
fn idle_sessions_are_not_woken_in_the_database() {
    let office = Office::new();
    let server = office.serve();
    let session = person(&office, &server, "mau", Role::Clerk, None).enter(&server);
    let text = session.split_once('=').unwrap().1;
    let terms = Terms { idle: time::Duration::minutes(30), longest: time::Duration::hours(12) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let found = |minutes: i64| {
        let clock = move || OffsetDateTime::now_utc() + time::Duration::minutes(minutes);
        runtime.block_on(async {
            let data = office.folder.path();
            let folder = DataFolder::open(data, &data.join("master.key"), Arc::new(clock)).await.unwrap();
            sessions::find(&folder, text, terms).await.map(|_| ()).map_err(|error| error.code)
        })
    };
    assert_eq!(found(31), Err("auth.session"));
    let later = "UPDATE session SET used = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+30 minutes')";
    assert_eq!(in_database(&office, &["CREATE TABLE kept AS SELECT * FROM session", later])[1], 1);
    assert_eq!(found(31), Err("auth.session"));
    in_database(&office, &["DELETE FROM session", "INSERT INTO session SELECT * FROM kept", "DROP TABLE kept"]);
    // what was used meanwhile was sealed anew
    assert_eq!((found(29), found(58), found(89)), (Ok(()), Ok(()), Err("auth.session")));
}

/// Who can write to the database, but has not the master key, lets nobody in with that.
#[test]
fn sessions_are_not_made_in_the_database() {
    let office = Office::new();
    let server = office.serve();
    let clerk = person(&office, &server, "mau", Role::Clerk, None).enter(&server);
    let leader = person(&office, &server, "lanh-dao", Role::Leader, None).enter(&server);
    let role = |session: &str| server.get("/api/v1/session").header("cookie", session).send();
    assert_eq!(role(&leader).expect(200).json()["office"]["role"], "leader");
    let statement = "UPDATE session SET user = o.user, office = o.id FROM office o WHERE o.role = 'leader' AND session.office <> o.id";
    assert_eq!(in_database(&office, &[statement]), [1]);
    assert_eq!(role(&clerk).problem(401), "auth.session");
    role(&leader).expect(200);
    // nor an invitation
    let text = "dauson-invitation_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let file = format!("sqlite://{}", office.folder.path().join("dauson.db").display());
        let pool = sqlx::SqlitePool::connect(&file).await.unwrap();
        let plant = "UPDATE user SET invited = ?, invited_until = '2099-01-01T00:00:00Z', invited_seal = x'00' WHERE login = 'mau'";
        sqlx::query(plant).bind(hash.as_ref()).execute(&pool).await.unwrap();
        pool.close().await;
    });
    let planted = server.post("/api/v1/invitation").json(&json!({"invitation": text, "password": PASSWORD})).send();
    assert_eq!(planted.problem(403), "user.invitation");
}

/// Offices that one person does not hold together, whoever gives them; administrators care for their unit and what is below, and not for
/// themselves.
#[test]
fn duties_are_separate() {
    let office = Office::new();
    let server = office.serve();
    invited(&office, "mau");
    give(&office, "mau", Role::Leader, None, &[]).expect(0);
    for role in [Role::Clerk, Role::Admin, Role::Auditor] {
        let refused = give(&office, "mau", role, None, &[]).expect(77);
        assert!(refused.error_line().contains("leader"), "{refused:?}");
    }
    give(&office, "mau", Role::Officer, None, &[]).expect(0);
    give(&office, "mau", Role::Accountant, None, &[]).expect(77);
    give(&office, "mau", Role::Clerk, Some("xa-khac.seal"), &[]).expect(77);
    for days in [["--since", "2026-02-30"], ["--until", "2000-01-01"]] {
        give(&office, "mau", Role::Keeper, None, &days).expect(64).error_line();
    }

    let mut admin = person(&office, &server, "quan-tri", Role::Admin, None);
    let session = admin.enter(&server);
    let ask = |method: &str, path: &str, body: &Value| {
        server.request(method, path).json(body).header("cookie", &session).header("origin", "http://test").send()
    };
    let new = json!({"login": "moi", "name": "Trần Văn Mới"});
    let made = ask("POST", "/api/v1/users", &new).expect(201).json();
    enrol(&server, "moi", made["invitation"].as_str().unwrap());
    assert_eq!(ask("POST", "/api/v1/users", &new).problem(409), "user.exists");
    let clerk = json!({"role": "clerk", "title": "Văn thư", "key": "xa-son-mau.seal"});
    let given = ask("POST", "/api/v1/users/moi/offices", &clerk).expect(201).json();
    ask("POST", &format!("/api/v1/offices/{}/end", given["id"].as_str().unwrap()), &json!({})).expect(200);
    // somebody who is something in a unit that is not cared for is not invited anew, and keeps the account
    user(&office, &["office", "moi", "--unit", OTHER_UNIT, "--role", "leader", "--title", "Chủ tịch"]).expect(0);
    for path in ["invite", "disable"] {
        assert_eq!(ask("POST", &format!("/api/v1/users/moi/{path}"), &json!({})).problem(403), "user.elsewhere");
    }
    let held = user(&office, &["list", "--json"]).expect(0).stdout;
    let held: Vec<Value> = held.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let own = held.iter().find(|user| user["login"] == "quan-tri").unwrap()["offices"][0]["id"].clone();
    let extended =
        ask("POST", &format!("/api/v1/offices/{}/end", own.as_str().unwrap()), &json!({"last": "2099-12-31"}));
    assert_eq!(extended.problem(403), "user.own");
    // an office ends earlier than was said, never later, and no second time
    let keeper = json!({"role": "keeper", "title": "Người giữ khóa", "until": "2098-12-31"});
    let given = ask("POST", "/api/v1/users/moi/offices", &keeper).expect(201).json();
    let end = |last: Value| ask("POST", &format!("/api/v1/offices/{}/end", given["id"].as_str().unwrap()), &last);
    assert_eq!(end(json!({"last": "2099-12-31"})).problem(422), "office.days");
    end(json!({"last": "2097-12-31"})).expect(200);
    end(json!({})).expect(200);
    assert_eq!(end(json!({})).problem(409), "office.ended");
    // not for himself, not for others' units
    let own = ask("POST", "/api/v1/users/quan-tri/offices", &json!({"role": "keeper", "title": "x"}));
    assert_eq!(own.problem(403), "user.own");
    assert_eq!(ask("POST", "/api/v1/users/quan-tri/disable", &json!({})).problem(403), "user.own");
    assert_eq!(ask("POST", "/api/v1/users/quan-tri/invite", &json!({})).problem(403), "user.own");
    let stranger = json!({"login": "la", "name": "Lạ", "unit": OTHER_UNIT});
    ask("POST", "/api/v1/users", &stranger).problem(404);
    user(&office, &["add", "la", "--name", "Lạ", "--unit", OTHER_UNIT]).expect(0);
    for path in ["invite", "disable", "offices"] {
        ask("POST", &format!("/api/v1/users/la/{path}"), &clerk).problem(404);
    }
    let seen = ask("GET", "/api/v1/users", &json!({})).expect(200).json();
    let logins: Vec<_> = seen["items"].as_array().unwrap().iter().map(|item| item["login"].as_str().unwrap()).collect();
    assert_eq!(logins, ["mau", "moi", "quan-tri"]);
}
