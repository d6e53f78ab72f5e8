//! What a signing service is asked, and what it says.

use super::credential::{Algorithm, Credential, Object};
use super::log_in::{LogIn, form};
use super::{Ask, MOST, Place, Question, nonsense, told};
use crate::error::plain;
use crate::keys::{KeyError, SignatureScheme};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use url::{Host, Url};
use zeroize::Zeroizing;

/// Bytes of the longest answer: some certificates.
const LONGEST_ANSWER: usize = 512 << 10;
/// How long a person may take to agree on another device.
const CONSENT: Duration = Duration::from_mins(1);
/// How often it is asked whether they have.
const AGAIN: Duration = Duration::from_secs(1);
/// An access token is not used in the last moments of its life.
const MARGIN: Duration = Duration::from_secs(30);
/// How long an access token lasts of which nothing is said (RFC 6749 leaves it open; section 8.4.4 of the API says so).
const LIFETIME: u64 = 3_600;

/// The method that shows a PIN.
const AUTHORIZE: &str = "credentials/authorize";

/// A service, and what is known of it.
pub(super) struct Service {
    pub(super) place: Place,
    ask: Arc<dyn Ask>,
    /// Held while the service is asked for them.
    access: Mutex<Option<(Zeroizing<String>, Instant)>>,
    credential: Mutex<Option<Arc<Credential>>>,
    grants: Mutex<Option<Arc<Grants>>>,
    /// Held while it is not known whether what is shown opens the credential.
    shown: Mutex<Shows>,
}

/// Whether what is shown opens the credential.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    Untried,
    Accepted,
    Refused,
}

/// What a service says of itself.
#[derive(Deserialize)]
struct Info {
    oauth2: Option<String>,
    #[serde(rename = "authType", default)]
    kinds: Vec<String>,
}

/// Where access tokens are given, and how one gets them there.
struct Grants {
    base: String,
    /// A person logs in with a browser.
    by_person: bool,
}

#[derive(Deserialize)]
struct Access {
    access_token: String,
    expires_in: Option<u64>,
}

#[derive(Deserialize)]
struct List {
    #[serde(rename = "credentialIDs")]
    ids: Vec<String>,
}

#[derive(Serialize)]
#[allow(non_snake_case)]
struct AskCredential<'a> {
    credentialID: &'a str,
    certificates: &'static str,
    certInfo: bool,
    authInfo: bool,
}

#[derive(Serialize)]
#[allow(non_snake_case)]
struct AskAuthorization<'a> {
    credentialID: &'a str,
    numSignatures: u32,
    hashes: [&'a str; 1],
    hashAlgorithmOID: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authData: Vec<Shown<'a>>,
}

#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

#[derive(Serialize)]
#[allow(non_snake_case)]
struct AskSignature<'a> {
    credentialID: &'a str,
    SAD: &'a str,
    hashes: [&'a str; 1],
    hashAlgorithmOID: String,
    signAlgo: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signAlgoParams: Option<&'a str>,
    operationMode: &'static str,
}

#[derive(Serialize)]
struct Handle<'a> {
    handle: &'a str,
}

#[derive(Serialize)]
#[allow(non_snake_case)]
struct Later<'a> {
    requestID: &'a str,
}

/// An authorisation, or what to ask for it with later.
#[derive(Deserialize)]
struct Authorized {
    #[serde(rename = "SAD")]
    sad: Option<String>,
    handle: Option<String>,
}

/// Signature values, or what to ask for them with later.
#[derive(Deserialize)]
struct Signed {
    signatures: Option<Vec<String>>,
    #[serde(rename = "responseID")]
    later: Option<String>,
}

#[derive(Deserialize)]
struct Fault {
    error: String,
    #[serde(default)]
    error_description: String,
}

impl Service {
    pub(super) fn new(place: Place, ask: Arc<dyn Ask>) -> Self {
        let (access, credential) = (Mutex::new(None), Mutex::new(None));
        let grants = Mutex::new(None);
        Self { place, ask, access, credential, grants, shown: Mutex::new(Shows::Untried) }
    }

    /// The credentials of the client.
    pub(super) async fn credentials(&self) -> Result<Vec<String>, KeyError> {
        let (_, List { ids }) = self.call("credentials/list", &serde_json::json!({})).await?;
        Ok(ids.into_iter().take(MOST).map(|id| plain(&id)).collect())
    }

    /// What the credential is; asked once.
    pub(super) async fn credential(&self) -> Result<Arc<Credential>, KeyError> {
        let mut known = self.credential.lock().await;
        if let Some(known) = &*known {
            return Ok(Arc::clone(known));
        }
        let question = AskCredential {
            credentialID: &self.place.credential,
            certificates: "chain",
            certInfo: false,
            authInfo: true,
        };
        let (_, credential): (_, Credential) = self.call("credentials/info", &question).await?;
        if !credential.is_enabled() {
            return Err(KeyError::RemoteRefused { why: "the credential is disabled".to_owned() });
        }
        if let Some(mode) = credential.unknown_mode() {
            return Err(KeyError::Unsupported { what: format!("a credential of mode {}", told(mode)) });
        }
        Ok(Arc::clone(known.insert(Arc::new(credential))))
    }

    /// What is shown for an authorisation.
    fn shown<'a>(&'a self, credential: &'a Credential) -> Result<Vec<Shown<'a>>, KeyError> {
        let wanted = |what: &str| KeyError::RemoteWants { what: what.to_owned() };
        let shown = |object: &'a Object| {
            let Place { pin, one_time, .. } = &self.place;
            let value = if object.is_pin() {
                Some(pin.as_ref().ok_or_else(|| wanted("a PIN"))?.as_str())
            } else if object.is_one_time() {
                Some(one_time.as_ref().ok_or_else(|| wanted("a one-time password"))?.as_str())
            } else if object.is_elsewhere() {
                None
            } else {
                let what = format!("a credential that wants a {}", told(&object.kind));
                return Err(KeyError::Unsupported { what });
            };
            Ok(Shown { id: &object.id, value })
        };
        credential.objects().iter().map(shown).collect()
    }

    /// An authorisation to sign the digest, base64.
    pub(super) async fn authorize(
        &self,
        credential: &Credential,
        scheme: SignatureScheme,
        digest: &str,
    ) -> Result<Zeroizing<String>, KeyError> {
        if credential.wants_browser() {
            return self.authorize_by_person(scheme, digest).await;
        }
        let shown = self.shown(credential)?;
        let is_secret = shown.iter().any(|shown| shown.value.is_some());
        let question = AskAuthorization {
            credentialID: &self.place.credential,
            numSignatures: 1,
            hashes: [digest],
            hashAlgorithmOID: scheme.digest().oid().to_string(),
            authData: shown,
        };
        let (mut status, mut answer): (u16, Authorized) =
            if is_secret { self.with_secret(&question).await? } else { self.call(AUTHORIZE, &question).await? };
        let begun = Instant::now();
        loop {
            match answer {
                Authorized { sad: Some(sad), .. } if status == 200 => return Ok(Zeroizing::new(sad)),
                Authorized { handle: Some(handle), .. } if begun.elapsed() < CONSENT => {
                    tokio::time::sleep(AGAIN).await;
                    (status, answer) = self.call("credentials/authorizeCheck", &Handle { handle: &handle }).await?;
                }
                Authorized { handle: Some(_), .. } => {
                    let why = format!("nobody agreed to the signature within {} seconds", CONSENT.as_secs());
                    return Err(KeyError::RemoteRefused { why });
                }
                Authorized { .. } => return Err(nonsense("it authorises without a SAD")),
            }
        }
    }

    /// The same, by a person with a browser: the access token of the scope `credential` is the authorisation (section 8.4.2).
    async fn authorize_by_person(&self, scheme: SignatureScheme, digest: &str) -> Result<Zeroizing<String>, KeyError> {
        // one login at a time
        let _turn = self.shown.lock().await;
        let digest = STANDARD.decode(digest).map_err(|_| KeyError::SigningFailed)?;
        let (hash, algorithm) = (URL_SAFE_NO_PAD.encode(digest), scheme.digest().oid().to_string());
        let more = [
            ("credentialID", self.place.credential.as_str()),
            ("numSignatures", "1"),
            ("hashes", &hash),
            ("hashAlgorithmOID", &algorithm),
        ];
        Ok(self.log_in(&*self.grants().await?, "credential", &more).await?.0)
    }

    /// Has a person log in; the token that comes of it, and for how many seconds it counts, if that is said.
    async fn log_in(
        &self,
        grants: &Grants,
        scope: &str,
        more: &[(&str, &str)],
    ) -> Result<(Zeroizing<String>, Option<u64>), KeyError> {
        let (id, _) = &self.place.client;
        let login = LogIn::new(&grants.base, id, scope, more)?;
        let code = self.ask.log_in(&login.page, &login.state).await?;
        self.token(&grants.base, &login.form(id, &code)).await
    }

    /// Asks for an authorisation with what opens the credential: the first time alone, so that what is wrong is shown once.
    async fn with_secret(&self, question: &AskAuthorization<'_>) -> Result<(u16, Authorized), KeyError> {
        let mut shown = self.shown.lock().await;
        match *shown {
            Shows::Accepted => {
                drop(shown);
                self.call(AUTHORIZE, question).await
            }
            Shows::Refused => {
                let why = "it refused the PIN or password before, which is not shown again".to_owned();
                Err(KeyError::RemoteRefused { why })
            }
            Shows::Untried => {
                let answer = self.call(AUTHORIZE, question).await;
                match &answer {
                    Ok(_) => *shown = Shows::Accepted,
                    Err(KeyError::RemoteRefused { .. }) => *shown = Shows::Refused,
                    Err(_) => {}
                }
                answer
            }
        }
    }

    /// The signature value of the digest, base64.
    pub(super) async fn sign(
        &self,
        sad: &str,
        scheme: SignatureScheme,
        algorithm: &Algorithm,
        digest: &str,
    ) -> Result<Vec<u8>, KeyError> {
        let question = AskSignature {
            credentialID: &self.place.credential,
            SAD: sad,
            hashes: [digest],
            hashAlgorithmOID: scheme.digest().oid().to_string(),
            signAlgo: &algorithm.oid,
            signAlgoParams: algorithm.parameters.as_deref(),
            operationMode: "S",
        };
        let (_, mut answer): (u16, Signed) = self.call("signatures/signHash", &question).await?;
        // some answer later whatever they are asked
        let (begun, later) = (Instant::now(), answer.later.take());
        while let (None, Some(id)) = (&answer.signatures, &later) {
            if begun.elapsed() >= CONSENT {
                let why = format!("it has no signature after {} seconds", CONSENT.as_secs());
                return Err(KeyError::RemoteUnreachable { why });
            }
            tokio::time::sleep(AGAIN).await;
            (_, answer) = self.call("signatures/signPolling", &Later { requestID: id }).await?;
        }
        match answer.signatures.unwrap_or_default().as_slice() {
            [value] => STANDARD.decode(value).map_err(|_| nonsense("its signature value is not base64")),
            others => Err(nonsense(&format!("it gives {} signatures for one", others.len()))),
        }
    }

    /// Calls a method, with a new access token if the one at hand is not good any more.
    async fn call<T: DeserializeOwned>(&self, method: &str, question: &impl Serialize) -> Result<(u16, T), KeyError> {
        // large enough from the start, so that no copy of a PIN stays behind
        let mut body = Zeroizing::new(Vec::with_capacity(64 << 10));
        serde_json::to_writer(&mut *body, question).map_err(|_| KeyError::SigningFailed)?;
        let url = format!("{}/{method}", self.place.url);
        for is_last in [false, true] {
            let bearer = Zeroizing::new(format!("Bearer {}", *self.access().await?));
            let question = Question {
                url: &url,
                authorization: Some(&bearer),
                media_type: "application/json",
                body: &body,
                most: LONGEST_ANSWER,
            };
            let said = self.ask.ask(question).await?;
            if said.status == 401 && !is_last {
                *self.access.lock().await = None;
                continue;
            }
            return self.understood(said.status, &said.body);
        }
        Err(KeyError::SigningFailed)
    }

    fn understood<T: DeserializeOwned>(&self, status: u16, body: &[u8]) -> Result<(u16, T), KeyError> {
        match status {
            200 | 202 => serde_json::from_slice(body)
                .map(|read| (status, read))
                .map_err(|_| nonsense("it says what cannot be read")),
            400..=499 if status != 429 => Err(KeyError::RemoteRefused { why: self.why(status, body) }),
            _ => Err(KeyError::RemoteUnreachable { why: self.why(status, body) }),
        }
    }

    /// What a refusal says, unless it repeats what is a secret.
    fn why(&self, status: u16, body: &[u8]) -> String {
        let Ok(Fault { error, error_description }) = serde_json::from_slice(body) else {
            return format!("it answers with status {status}");
        };
        let why = format!("{error}: {error_description}");
        let Place { client: (_, secret), pin, one_time, .. } = &self.place;
        let repeats = [Some(secret), pin.as_ref(), one_time.as_ref()]
            .into_iter()
            .flatten()
            .any(|s| !s.is_empty() && why.contains(s.as_str()));
        if repeats { format!("it answers with status {status}") } else { told(&why) }
    }

    /// An access token that is good for a while yet (RFC 6749 sections 4.1 and 4.4).
    async fn access(&self) -> Result<Zeroizing<String>, KeyError> {
        let mut known = self.access.lock().await;
        if let Some((token, until)) = &*known
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let grants = self.grants().await?;
        let (token, expires_in) = if grants.by_person {
            self.log_in(&grants, "service", &[]).await?
        } else {
            let client = ("client_id", self.place.client.0.as_str());
            let form = form(&[("grant_type", "client_credentials"), ("scope", "service"), client]);
            self.token(&grants.base, &form).await?
        };
        let lasts = Duration::from_secs(expires_in.unwrap_or(LIFETIME).min(LIFETIME));
        *known = Some((token.clone(), Instant::now() + lasts.saturating_sub(MARGIN)));
        Ok(token)
    }

    /// The token that a form asks for, and for how many seconds it counts, if that is said.
    async fn token(&self, base: &str, form: &str) -> Result<(Zeroizing<String>, Option<u64>), KeyError> {
        let (id, secret) = &self.place.client;
        let encoded =
            |text: &str| Zeroizing::new(url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>());
        let (id, secret) = (encoded(id), encoded(secret));
        let pair = Zeroizing::new(format!("{}:{}", *id, *secret));
        let basic = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
        let url = format!("{base}/oauth2/token");
        let question = Question {
            url: &url,
            authorization: (!self.place.client.1.is_empty()).then_some(basic.as_str()),
            media_type: "application/x-www-form-urlencoded",
            body: form.as_bytes(),
            most: LONGEST_ANSWER,
        };
        let said = self.ask.ask(question).await?;
        let (_, Access { access_token, expires_in }) = self.understood(said.status, &said.body)?;
        let token = Zeroizing::new(access_token);
        let is_header = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_header {
            return Err(nonsense("its access token is none"));
        }
        Ok((token, expires_in))
    }

    /// Whether somebody has to be there with a browser for an access token.
    pub(super) async fn wants_browser(&self) -> Result<bool, KeyError> {
        Ok(self.grants().await?.by_person)
    }

    /// Where and how access tokens are given, as the service says of itself: as safe as itself; asked once.
    async fn grants(&self) -> Result<Arc<Grants>, KeyError> {
        let mut known = self.grants.lock().await;
        if let Some(known) = &*known {
            return Ok(Arc::clone(known));
        }
        let url = format!("{}/info", self.place.url);
        let (authorization, media_type) = (None, "application/json");
        let question = Question { url: &url, authorization, media_type, body: b"{}", most: LONGEST_ANSWER };
        let said = self.ask.ask(question).await?;
        let (_, Info { oauth2, kinds }) = self.understood(said.status, &said.body)?;
        let base = oauth2.unwrap_or_else(|| self.place.url.clone());
        let base = address(&base).map_err(|_| nonsense("it names an unsafe address for access tokens"))?;
        let offers = |kind: &str| kinds.iter().any(|offered| offered == kind);
        let has_secret = !self.place.client.1.is_empty();
        let by_person = offers("oauth2code") && !(has_secret && offers("oauth2client"));
        if !by_person && !has_secret {
            return Err(KeyError::RemoteWants { what: "the secret of the client".to_owned() });
        }
        Ok(Arc::clone(known.insert(Arc::new(Grants { base, by_person }))))
    }
}

/// Whether nobody listens on the way to an address: it is https, or this very machine.
pub fn is_confidential(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

/// An address that secrets may be sent to. Without a slash at its end.
pub(super) fn address(url: &str) -> Result<String, KeyError> {
    let wrong = |why: &str| KeyError::RemoteAddress { why: why.to_owned() };
    let url = Url::parse(url).map_err(|_| wrong("is not an address"))?;
    if !is_confidential(&url) {
        return Err(wrong("is not https, and a PIN goes there"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has more than host and path"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}
