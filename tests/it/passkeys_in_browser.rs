//! A real browser registers a passkey, signs in with it, and comes back from a provider of identities: Chromium with the authenticator that it
//! has for tests (DevTools, WebAuthn domain), told what to do through a pipe.

use crate::office::Office;
use crate::oidc::Provider;
use crate::program::run;
use crate::server::Server;
use crate::sign_in::{PASSWORD, person};
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Chromium, and a page of it.
struct Browser {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    asked: u64,
    page: Option<String>,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// None where no Chromium is installed.
    fn new() -> Option<Self> {
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let name = names.into_iter().find(|name| Command::new(name).arg("--version").output().is_ok())?;
        let profile = tempfile::tempdir().unwrap();
        // DevTools speak through the file descriptors 3 and 4
        let script = "exec \"$0\" --headless --no-sandbox --disable-gpu --remote-debugging-pipe \"--user-data-dir=$1\" about:blank 3<&0 4>&1 </dev/null >/dev/null 2>&1";
        let mut child = Command::new("sh")
            .args(["-c", script, name])
            .arg(profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut browser = Self { child, to, from, asked: 0, page: None, _profile: profile };
        let target = browser.ask("Target.createTarget", json!({"url": "about:blank"}))["targetId"].take();
        let session = browser.ask("Target.attachToTarget", json!({"targetId": target, "flatten": true}));
        browser.page = Some(session["sessionId"].as_str().unwrap().to_owned());
        browser.ask("Page.enable", json!({}));
        // scripts of this test run in pages that may have none
        browser.ask("Page.setBypassCSP", json!({"enabled": true}));
        browser.ask("WebAuthn.enable", json!({}));
        let options = json!({"protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true, "automaticPresenceSimulation": true});
        browser.ask("WebAuthn.addVirtualAuthenticator", json!({"options": options}));
        Some(browser)
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.tried(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    #[allow(clippy::needless_pass_by_value)] // they are written out where it is called
    fn tried(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        self.asked += 1;
        let mut message = json!({"id": self.asked, "method": method, "params": params});
        if let Some(page) = &self.page {
            message["sessionId"] = page.as_str().into();
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let mut answer = self.next();
            if answer["id"] == self.asked {
                return if answer["error"].is_null() {
                    Ok(answer["result"].take())
                } else {
                    Err(answer["error"].take())
                };
            }
        }
    }

    fn next(&mut self) -> Value {
        let mut bytes = Vec::new();
        assert!(self.from.read_until(0, &mut bytes).unwrap() > 1, "the browser has gone");
        bytes.pop();
        serde_json::from_slice(&bytes).unwrap()
    }

    fn open(&mut self, url: &str) {
        let gone = self.ask("Page.navigate", json!({"url": url}));
        assert!(gone["errorText"].is_null(), "{gone}");
        while self.next()["method"] != "Page.loadEventFired" {}
    }

    /// What a script gives in the end.
    fn evaluate(&mut self, script: &str) -> Value {
        let whole = format!("(async () => {{ {script} }})()");
        let params = json!({"expression": whole, "awaitPromise": true, "returnByValue": true, "userGesture": true});
        let mut done = self.ask("Runtime.evaluate", params);
        assert!(done["exceptionDetails"].is_null(), "{done}");
        done["result"]["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What asks the service, and gives status and body.
const ASK: &str = "const ask = async (method, path, body) => {
    const answer = await fetch('/api/v1' + path, {method, headers: {'content-type': 'application/json'}, body: body && JSON.stringify(body)});
    const text = await answer.text();
    return {status: answer.status, body: text ? JSON.parse(text) : null};
};";

#[test]
fn a_browser_registers_a_passkey_and_signs_in() {
    let Some(mut browser) = Browser::new() else {
        eprintln!("skipped: no Chromium is installed");
        return;
    };
    let office = Office::new();
    let provider = Provider::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let public = format!("http://localhost:{}", free.port());
    let settings = [
        ("DAUSON_SERVE_ADDRESS", free.to_string()),
        ("DAUSON_SERVE_PUBLIC_URL", public.clone()),
        ("DAUSON_OIDC_ISSUER", provider.issuer.clone()),
        ("DAUSON_OIDC_CLIENT_ID", "dauson".to_owned()),
    ];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let server = Server::start(office.folder.path(), &settings);
    let mau = person(&office, &server, "mau", Role::Clerk, None);
    browser.open(&public);
    let claim = json!({"login": "mau", "password": PASSWORD, "code": mau.recovery[0]});
    let registered = browser.evaluate(&format!(
        "{ASK}
        await ask('POST', '/session', {claim});
        const options = await ask('POST', '/passkeys/options', {{}});
        const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.body);
        const made = await navigator.credentials.create({{publicKey}});
        return await ask('POST', '/passkeys', {{name: 'Chromium', credential: made.toJSON()}});"
    ));
    assert_eq!((&registered["status"], &registered["body"]["name"]), (&json!(201), &json!("Chromium")), "{registered}");
    let enter = format!(
        "{ASK}
        await ask('DELETE', '/session');
        const options = await ask('POST', '/session/passkey/options');
        const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.body);
        const signed = await navigator.credentials.get({{publicKey}});
        const begun = await ask('POST', '/session/passkey', {{credential: signed.toJSON()}});
        const sessions = await ask('GET', '/sessions');
        return {{status: begun.status, login: begun.body.login, how: sessions.body.items.at(-1).how}};"
    );
    for _ in 0..2 {
        let entered = browser.evaluate(&enter);
        assert_eq!(entered, json!({"status": 201, "login": "mau", "how": "passkey"}));
    }
    // the same browser at an address that leads here, but is another origin: it gives nothing
    let other = format!("http://127.0.0.1:{}", free.port());
    browser.open(&other);
    let refused = browser.evaluate(&format!(
        "{ASK}
        const options = await ask('POST', '/session/passkey/options');
        const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.body);
        try {{ await navigator.credentials.get({{publicKey}}); return 'given'; }} catch (error) {{ return error.name; }}"
    ));
    assert_eq!(refused, "SecurityError");

    // through the provider and back: the session's cookie is sent on the page that follows
    let mut command = crate::program::command(office.folder.path());
    command.args(["user", "bind", "mau", "cb-0001"]).envs(settings.iter().copied());
    crate::program::finish(command.spawn().unwrap()).expect(0);
    provider.logs_in("cb-0001");
    browser.open(&public);
    browser.evaluate(&format!("{ASK} await ask('DELETE', '/session'); return null;"));
    browser.open(&format!("{public}/api/v1/session/oidc?to=/api/v1/session"));
    // the page that goes on by itself may be there already, or not yet
    let mut shown = String::new();
    for _ in 0..100 {
        let text = browser.tried("Runtime.evaluate", json!({"expression": "document.body.innerText"}));
        shown = text.map(|text| text["result"]["value"].to_string()).unwrap_or_default().replace('\\', "");
        if shown.contains("\"login\"") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(shown.contains("\"login\":\"mau\""), "{shown}");
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}
