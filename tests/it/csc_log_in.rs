//! Signing services for which a person logs in with a browser: authorisation codes with proof keys, back to a port of this machine.

use crate::answering::{Answer, Asked};
use crate::csc_client::{Desk, Habit, World, body, changed, fault, indication, remote, said};
use crate::tokens::pdfsig_accepts;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use dauson::digest::sha256;
use dauson::keys::KeyAlgorithm;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Child;

/// Names and values of a query or a form.
fn pairs(text: &str) -> HashMap<String, String> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// A service for which a person logs in: for access, and for each signature.
fn by_code(world: &World, method: &str, _: usize, asked: &Asked) -> Option<Answer> {
    if let Some(query) = method.strip_prefix("oauth2/authorize?") {
        let query = pairs(query);
        assert_eq!(
            (query["response_type"].as_str(), query["code_challenge_method"].as_str(), query["client_id"].as_str()),
            ("code", "S256", "us")
        );
        let redirect = &query["redirect_uri"];
        assert!(redirect.starts_with("http://127.0.0.1:"), "{redirect}");
        // the code says all that was asked for, so that the service needs to remember nothing
        let code = URL_SAFE_NO_PAD.encode(json!(query).to_string());
        return Some(Answer::Status(302, format!("Location: {redirect}?code={code}&state={}", query["state"])));
    }
    match method {
        "info" => Some(said(200, &json!({"specs": "2.0.0.0", "oauth2": world.base, "authType": ["oauth2code"]}))),
        "oauth2/token" => {
            let form = pairs(std::str::from_utf8(&asked.body).unwrap());
            assert_eq!((form["grant_type"].as_str(), asked.header("authorization")), ("authorization_code", None));
            let query: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&form["code"]).unwrap()).unwrap();
            let challenge = URL_SAFE_NO_PAD.encode(sha256(form["code_verifier"].as_bytes()));
            if query["code_challenge"] != challenge || query["redirect_uri"] != form["redirect_uri"] {
                return Some(fault(400, "invalid_grant"));
            }
            let token = match query["scope"].as_str().unwrap() {
                "service" => "access".to_owned(),
                _ => {
                    assert_eq!((&query["credentialID"], &query["numSignatures"]), (&"GX0112348".into(), &"1".into()));
                    let hash = URL_SAFE_NO_PAD.decode(query["hashes"].as_str().unwrap()).unwrap();
                    STANDARD.encode(hash)
                }
            };
            Some(said(200, &json!({"access_token": token, "token_type": "Bearer", "expires_in": 300})))
        }
        "credentials/info" => changed(world, |info| info["auth"] = json!({"mode": "oauth2code"})),
        "credentials/authorize" => panic!("{:?} is asked for by a login", body(asked)),
        _ => None,
    }
}

/// What a GET gives: the head and the body.
fn get(url: &str) -> (String, String) {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// Where a service sends the browser back to.
fn location(page: &str) -> String {
    let (head, _) = get(page);
    let location = head.lines().find_map(|line| line.strip_prefix("Location: ")).unwrap_or_else(|| panic!("{head}"));
    location.trim().to_owned()
}

/// Does with each address that the program shows what a browser does; the exit code, and all that was shown.
fn log_in(mut child: Child, browse: impl Fn(&str)) -> (i32, String) {
    let mut shown = String::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok) {
        if line.starts_with("http://") {
            browse(&line);
        }
        shown.push_str(&line);
        shown.push('\n');
    }
    (child.wait().unwrap().code().unwrap(), shown)
}

#[test]
fn a_person_logs_in_for_access_and_for_each_signature() {
    let remote = remote(KeyAlgorithm::P256, by_code as Habit);
    let desk = Desk::new("us\n");
    let child = desk.start("a.pdf", &remote.url());
    let (code, shown) = log_in(child, |page| {
        let back = location(page);
        let (origin, query) = back.split_once('?').unwrap();
        // a page that guesses, and somebody else's path
        let (head, text) = get(&format!("{origin}?code=other&state=other"));
        assert!(head.starts_with("HTTP/1.1 400") && text.contains("not the login"), "{head} {text}");
        assert!(get(&format!("{origin}other?{query}")).0.starts_with("HTTP/1.1 404"));
        let (head, text) = get(&back);
        assert!(head.starts_with("HTTP/1.1 200") && text.contains("can be closed"), "{head} {text}");
    });
    assert_eq!(code, 0, "{shown}");
    assert_eq!(shown.matches("open this address").count(), 2, "{shown}");
    assert!(!shown.contains("verifier"), "{shown}");
    assert!(pdfsig_accepts(&desk.path("a.pdf")));
    assert_eq!(indication(&desk.path("a.pdf"), &remote.root), "TOTAL-PASSED");

    // who does not agree, and who brings another code
    let child = desk.start("b.pdf", &remote.url());
    let (code, shown) = log_in(child, |page| {
        let back = location(page);
        let (origin, query) = back.split_once('?').unwrap();
        get(&format!("{origin}?error=access_denied&error_description=no%20thanks&state={}", pairs(query)["state"]));
    });
    assert_eq!(code, 77, "{shown}");
    assert!(shown.contains("access_denied: no thanks"), "{shown}");
    let child = desk.start("b.pdf", &remote.url());
    let (code, shown) = log_in(child, |page| {
        // the code of somebody else's login, whose verifier is not ours
        let other = page.replace("code_challenge=", "code_challenge=AAAA");
        get(&location(&other));
    });
    assert_eq!(code, 77, "{shown}");
    assert!(shown.contains("invalid_grant") && !desk.path("b.pdf").exists(), "{shown}");

    // nobody is there where the key store's keys are used
    let mut import = desk.command(&["key", "import", "remote"], &remote.url(), &[]);
    let (code, shown) = log_in(import.spawn().unwrap(), |page| _ = get(&location(page)));
    assert_eq!(code, 65, "{shown}");
    assert!(shown.contains("for which a person logs in"), "{shown}");
}
