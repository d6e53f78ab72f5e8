//! Authorisation codes (RFC 6749 section 4.1) with proof keys (RFC 7636): a person logs in with a browser, and the code that comes of it is of
//! use only to who has the verifier.

use super::Code;
use crate::digest::sha256;
use crate::keys::{KeyError, random_bytes};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

/// A login that is being asked for.
pub(super) struct LogIn {
    /// The address that a browser is to open, but for `redirect_uri`.
    pub page: String,
    /// What comes back with the code, so that it is known to be for this login.
    pub state: String,
    verifier: Zeroizing<String>,
}

impl LogIn {
    /// At the service whose OAuth base address this is; `more` is what the scope needs beside it.
    pub fn new(base: &str, client: &str, scope: &str, more: &[(&str, &str)]) -> Result<Self, KeyError> {
        let random = SystemRandom::new();
        let verifier = Zeroizing::new(URL_SAFE_NO_PAD.encode(Zeroizing::new(random_bytes::<32>(&random)?)));
        let state = URL_SAFE_NO_PAD.encode(random_bytes::<16>(&random)?);
        let challenge = URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes()));
        let mut page = Url::parse(&format!("{base}/oauth2/authorize"))
            .map_err(|_| KeyError::RemoteAddress { why: "is not an address".to_owned() })?;
        page.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", client)
            .append_pair("scope", scope)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("state", &state)
            .extend_pairs(more);
        Ok(Self { page: page.into(), state, verifier })
    }

    /// The form that asks for the token that the code is good for.
    pub fn form(&self, client: &str, code: &Code) -> Zeroizing<String> {
        form(&[
            ("grant_type", "authorization_code"),
            ("code", &code.code),
            ("redirect_uri", &code.redirect),
            ("client_id", client),
            ("code_verifier", &self.verifier),
        ])
    }
}

/// A form as it is posted.
pub(super) fn form(pairs: &[(&str, &str)]) -> Zeroizing<String> {
    Zeroizing::new(Serializer::new(String::new()).extend_pairs(pairs).finish())
}
