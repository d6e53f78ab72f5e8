//! A real browser registers a passkey, signs in with it, and comes back from a provider of identities: Chromium with the authenticator that it
//! has for tests (DevTools, WebAuthn domain).

use crate::browser::{Browser, DESK};
use crate::office::Office;
use crate::oidc::{Provider, bind};
use crate::program::run;
use crate::sign_in::{PASSWORD, person};
use dauson::people::permissions::Role;
use serde_json::json;

/// What asks the service, and gives status and body.
const ASK: &str = "const ask = async (method, path, body) => {
    const answer = await fetch('/api/v1' + path, {method, headers: {'content-type': 'application/json'}, body: body && JSON.stringify(body)});
    const text = await answer.text();
    return {status: answer.status, body: text ? JSON.parse(text) : null};
};";

#[test]
fn a_browser_registers_a_passkey_and_signs_in() {
    let Some(browser) = Browser::start() else { return };
    let office = Office::new();
    let provider = Provider::new();
    let (server, public) = provider.serve_at_localhost(&office);
    let mau = person(&office, &server, "mau", Role::Clerk, None);
    let page = browser.visitor_at(&public, DESK);
    page.with_authenticator();
    page.without_policy();
    page.go("/");
    let claim = json!({"login": "mau", "password": PASSWORD, "code": mau.recovery[0]});
    let registered = page.script(&format!(
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
        let entered = page.script(&enter);
        assert_eq!(entered, json!({"status": 201, "login": "mau", "how": "passkey"}));
    }
    // the same browser at an address that leads here, but is another origin: it gives nothing
    let page = page.at(&format!("http://{}", server.address));
    page.go("/");
    let refused = page.script(&format!(
        "{ASK}
        const options = await ask('POST', '/session/passkey/options');
        const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.body);
        try {{ await navigator.credentials.get({{publicKey}}); return 'given'; }} catch (error) {{ return error.name; }}"
    ));
    assert_eq!(refused, "SecurityError");

    // through the provider and back: the session's cookie is sent on the page that follows
    bind(&office, &provider, "mau", "cb-0001").expect(0);
    provider.logs_in("cb-0001");
    let page = page.at(&public);
    page.go("/");
    page.script(&format!("{ASK} await ask('DELETE', '/session'); return null;"));
    page.go("/api/v1/session/oidc?to=/api/v1/session");
    // the page that goes on by itself may be there already, or not yet
    page.until("document.body.innerText.includes('\"login\":\"mau\"')");
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}
