//! The provider of identities: what it says of itself (OpenID Connect Discovery 1.0), its keys, and the code that is exchanged for a token.

use super::id_token::{self, Expected, Fault, Key};
use crate::error::{Error, Kind, Result};
use crate::keys::is_confidential;
use crate::net::{ChosenBy, Fetch, NetError, Request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::fmt;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};
use zeroize::Zeroizing;

/// How long what it says of itself is believed.
const AGE: Duration = Duration::hours(1);
/// How long its keys are not asked for again because a token names one that is not known.
const PATIENCE: Duration = Duration::minutes(1);
/// Bytes of what it says.
const LONGEST: usize = 256 << 10;

/// What the settings say of the provider.
pub struct Settings {
    /// Its address, exactly as it names itself.
    pub issuer: String,
    /// What this service is to it.
    pub client: String,
    /// What shows that; none for a client that has no secret.
    pub secret: Option<Zeroizing<String>>,
    /// What is asked for, `openid` among it.
    pub scopes: String,
    /// Which claim says who somebody is.
    pub claim: String,
    /// Where it sends browsers back to.
    pub redirect: String,
}

/// The provider.
pub struct Provider {
    /// What the settings say of it.
    pub settings: Settings,
    fetch: Arc<dyn Fetch>,
    known: Mutex<Option<Known>>,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.settings.issuer).finish_non_exhaustive()
    }
}

/// What it has said of itself.
struct Known {
    metadata: Metadata,
    keys: Vec<Key>,
    asked: OffsetDateTime,
    /// When its keys were asked for because one was not known.
    missed: Option<OffsetDateTime>,
}

/// What is needed of it. It says more.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    /// Where people log in.
    pub authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    /// Whether it says in each answer who it is (RFC 9207).
    #[serde(default, rename = "authorization_response_iss_parameter_supported")]
    pub says_who_it_is: bool,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: Option<String>,
}

fn nonsense(why: &'static str) -> Error {
    Error::new(Kind::Unavailable, "oidc.provider", "the provider of identities", why)
}

/// Whether an address is one that nobody listens on the way to.
fn is_safe(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| is_confidential(&url))
}

impl Provider {
    /// Of the settings; nothing is asked yet.
    pub fn new(settings: Settings, fetch: Arc<dyn Fetch>) -> Result<Self> {
        let wrong = |key: &str, why: &str| Error::new(Kind::Usage, "config.bad", key, why);
        if !is_safe(&settings.issuer) || settings.issuer.contains(['?', '#']) {
            return Err(wrong("oidc.issuer", "it is an https address without a query, or one of this very computer"));
        }
        if settings.client.is_empty() {
            return Err(wrong("oidc.client_id", "it is what this service is to the provider"));
        }
        if !settings.scopes.split(' ').any(|scope| scope == "openid") {
            return Err(wrong("oidc.scopes", "openid is among them"));
        }
        if settings.claim.is_empty() {
            return Err(wrong("oidc.claim", "it is the claim that says who somebody is, such as sub"));
        }
        Ok(Self { settings, fetch, known: Mutex::new(None) })
    }

    async fn get(&self, url: &str) -> Result<Vec<u8>> {
        let chosen_by = ChosenBy::Operator;
        let request = Request { url, chosen_by, authorization: None, body: None, most: LONGEST };
        self.fetch.fetch(&request).await.map_err(|error| Error::from(error).about("the provider of identities"))
    }

    async fn keys(&self, metadata: &Metadata) -> Result<Vec<Key>> {
        Key::set(&self.get(&metadata.jwks_uri).await?).ok_or_else(|| nonsense("its keys cannot be read"))
    }

    async fn ask(&self, now: OffsetDateTime) -> Result<Known> {
        let issuer = &self.settings.issuer;
        let place = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let metadata: Metadata = serde_json::from_slice(&self.get(&place).await?)
            .map_err(|_| nonsense("what it says of itself cannot be read"))?;
        if metadata.issuer != *issuer {
            return Err(nonsense("it names itself otherwise than the setting oidc.issuer"));
        }
        let places = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
        if !places.into_iter().all(|url| is_safe(url)) {
            return Err(nonsense("it names addresses that are not https"));
        }
        let keys = self.keys(&metadata).await?;
        Ok(Known { metadata, keys, asked: now, missed: None })
    }

    /// What it says of itself, asked for anew where that is long ago.
    pub(super) async fn metadata(&self, now: OffsetDateTime) -> Result<Metadata> {
        let mut known = self.known.lock().await;
        if let Some(known) = known.as_ref().filter(|known| (now - known.asked).abs() < AGE) {
            return Ok(known.metadata.clone());
        }
        Ok(known.insert(self.ask(now).await?).metadata.clone())
    }

    /// Exchanges a code for what the provider says of who has logged in (sections 3.1.3.1 to 3.1.3.7); who it is.
    pub(super) async fn subject(&self, code: &str, verifier: &str, nonce: &str, now: OffsetDateTime) -> Result<String> {
        let metadata = self.metadata(now).await?;
        let token = self.exchange(&metadata, code, verifier).await?;
        let Settings { issuer, client, claim, .. } = &self.settings;
        let expected = Expected { issuer, client, nonce, claim, now: now.unix_timestamp() };
        let mut known = self.known.lock().await;
        let known = known.as_mut().ok_or_else(|| nonsense("it has said nothing"))?;
        let mut said = id_token::subject(&token, &known.keys, &expected);
        if said == Err(Fault::UnknownKey) && known.missed.is_none_or(|missed| (now - missed).abs() >= PATIENCE) {
            known.missed = Some(now);
            known.keys = self.keys(&known.metadata).await?;
            said = id_token::subject(&token, &known.keys, &expected);
        }
        said.map_err(|fault| {
            let why = match fault {
                Fault::UnknownKey => "it is signed by a key that the provider does not have",
                Fault::Wrong(why) => why,
            };
            Error::new(Kind::NotAllowed, "oidc.token", "what the provider says of who has logged in", why)
        })
    }

    async fn exchange(&self, metadata: &Metadata, code: &str, verifier: &str) -> Result<Zeroizing<String>> {
        let Settings { client, secret, redirect, .. } = &self.settings;
        // RFC 6749 section 2.3.1
        let authorization = secret.as_ref().map(|secret| {
            let part = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            let pair = Zeroizing::new(format!("{}:{}", part(client), part(secret)));
            Zeroizing::new(format!("Basic {}", STANDARD.encode(&*pair)))
        });
        let mut pairs = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect)];
        pairs.push(("code_verifier", verifier));
        if authorization.is_none() {
            pairs.push(("client_id", client));
        }
        let form = Zeroizing::new(Serializer::new(String::new()).extend_pairs(pairs).finish());
        let request = Request {
            url: &metadata.token_endpoint,
            chosen_by: ChosenBy::Operator,
            authorization: authorization.as_ref().map(|text| text.as_str()),
            body: Some(("application/x-www-form-urlencoded", form.as_bytes())),
            most: LONGEST,
        };
        match self.fetch.fetch(&request).await {
            Ok(bytes) => {
                let bytes = Zeroizing::new(bytes);
                let tokens: Tokens =
                    serde_json::from_slice(&bytes).map_err(|_| nonsense("its answer cannot be read"))?;
                let token = tokens.id_token.map(Zeroizing::new);
                token.ok_or_else(|| nonsense("it does not say who has logged in"))
            }
            // it was used already, is not for us, or too old
            Err(NetError::Status { status: 400, .. }) => {
                let why = "the provider does not take the code that it gave; begin anew";
                Err(Error::new(Kind::NotAllowed, "oidc.code", "signing in", why))
            }
            Err(error) => Err(Error::from(error).about("the provider of identities")),
        }
    }
}
