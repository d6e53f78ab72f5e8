//! Keys of remote signing services, by the API of the Cloud Signature Consortium (version 2.0).
//!
//! The service gives an access token (client credentials, or a person logs in with a browser) and says what the credential is; then, for
//! each signature, an authorisation of that very digest, for which the PIN is shown or a person asked, in a browser or on another device, and
//! the value. What it says is believed as far
//! as the certificate bears it out: the certificate has to be that of the key, and each value is verified before it is given out.
//! A refused PIN is not shown again.

mod credential;
mod log_in;
mod service;

use super::any::lines;
use super::{KeyError, PublicHalf, SignatureScheme, SigningKey, pkcs12};
use crate::error::plain;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use credential::Credential;
use service::Service;
pub use service::is_confidential;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Certificates of one credential, and credentials of one client, that are looked at.
const MOST: usize = 100;
/// Characters that are told of what a service says.
const MOST_TOLD: usize = 200;

/// Asks a signing service.
#[async_trait]
pub trait Ask: Send + Sync {
    /// Posts what is asked; what is said to it.
    async fn ask(&self, question: Question<'_>) -> Result<Said, KeyError>;

    /// Has a person log in with a browser at this address, which `redirect_uri` is added to: an address on this machine that the service sends the
    /// browser back to (RFC 8252 section 7.3), with this `state` and a code. Where nobody is there to do that, it is refused.
    async fn log_in(&self, _page: &str, _state: &str) -> Result<Code, KeyError> {
        Err(KeyError::RemoteWants { what: "a person who logs in with a browser".to_owned() })
    }
}

/// What came of a login.
pub struct Code {
    /// The code, good for one token.
    pub code: Zeroizing<String>,
    /// The address that the browser was sent back to.
    pub redirect: String,
}

/// What a service is asked.
pub struct Question<'a> {
    /// Where.
    pub url: &'a str,
    /// What is sent as `Authorization`.
    pub authorization: Option<&'a str>,
    /// The media type of what is sent.
    pub media_type: &'a str,
    /// What is sent.
    pub body: &'a [u8],
    /// The most bytes of what is said.
    pub most: usize,
}

/// What a service says.
pub struct Said {
    /// The HTTP status.
    pub status: u16,
    /// The body, of which there may be nothing where the status is not 200.
    pub body: Vec<u8>,
}

/// Where a credential is, and what opens it.
pub struct Place {
    /// The address of the service, with the version of the API: `https://sign.example/csc/v2`.
    url: String,
    /// The credential.
    credential: String,
    /// Identifier and secret of the client, which is us; without a secret (empty) a person logs in.
    client: (Zeroizing<String>, Zeroizing<String>),
    /// The PIN, if the credential has one.
    pin: Option<Zeroizing<String>>,
    /// A one-time password, for one signature.
    one_time: Option<Zeroizing<String>>,
}

impl Place {
    /// A service, and who asks it. PIN and secret go to it, so it has to be https, but for this very machine.
    pub fn new(
        url: &str,
        credential: Option<&str>,
        client: (Zeroizing<String>, Zeroizing<String>),
    ) -> Result<Self, KeyError> {
        let url = service::address(url)?;
        let url = if url.ends_with("/csc/v2") { url } else { format!("{url}/csc/v2") };
        let credential = credential.unwrap_or_default().to_owned();
        Ok(Self { url, credential, client, pin: None, one_time: None })
    }
}

/// A key of a remote signing service.
pub struct CscKey {
    public: PublicHalf,
    schemes: Vec<SignatureScheme>,
    service: Service,
    /// Somebody has to be there with a browser.
    by_person: bool,
}

impl CscKey {
    /// The key of the service's credential, or of the only one that there is for the client.
    pub async fn find(place: Place, ask: Arc<dyn Ask>) -> Result<Self, KeyError> {
        let mut service = Service::new(place, ask);
        if service.place.credential.is_empty() {
            let names = service.credentials().await?;
            service.place.credential = match <[String; 1]>::try_from(names) {
                Ok([name]) => name,
                Err(names) if names.is_empty() => return Err(KeyError::NoPrivateKey),
                Err(names) => return Err(KeyError::Several { names }),
            };
        }
        let credential = service.credential().await?;
        let certificates = credential.certificates()?;
        let own = certificates.first().ok_or(KeyError::NoCertificate)?.clone();
        let others: Vec<&[u8]> = certificates.iter().map(Vec::as_slice).collect();
        let chain = pkcs12::chain(&own, &others);
        let public = PublicHalf::new(own, chain)?;
        let schemes: Vec<_> = public.schemes().iter().copied().filter(|s| credential.algorithm(*s).is_some()).collect();
        if schemes.is_empty() {
            let what = format!("a credential that signs with {}", credential.algorithms());
            return Err(KeyError::Unsupported { what });
        }
        let by_person = credential.wants_browser() || service.wants_browser().await?;
        Ok(Self { public, schemes, service, by_person })
    }

    /// The key of a certificate. The service is asked for nothing before the first signature.
    fn new(place: Place, schemes: Vec<SignatureScheme>, public: PublicHalf, ask: Arc<dyn Ask>) -> Self {
        Self { public, schemes, service: Service::new(place, ask), by_person: false }
    }

    /// What its credential wants to be shown for a signature: whether a PIN, and whether a one-time password.
    pub async fn wants(&self) -> Result<(bool, bool), KeyError> {
        let credential = self.service.credential().await?;
        Ok((credential.wants_pin(), credential.wants_one_time()))
    }

    /// With what opens it.
    pub fn opened_by(mut self, pin: Option<Zeroizing<String>>, one_time: Option<Zeroizing<String>>) -> Self {
        (self.service.place.pin, self.service.place.one_time) = (pin, one_time);
        self
    }

    /// Where it is and what opens it, for the key store: a line each.
    pub(super) fn place(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let Place { url, credential, client: (id, secret), pin, one_time } = &self.service.place;
        if one_time.is_some() {
            let what = "a credential that wants a one-time password, in the key store,".to_owned();
            return Err(KeyError::Unsupported { what });
        }
        if self.by_person {
            let what = "a credential for which a person logs in with a browser, in the key store,".to_owned();
            return Err(KeyError::Unsupported { what });
        }
        let schemes: Vec<String> = self.schemes.iter().map(|s| format!("{}/{}", s.name(), s.digest().name())).collect();
        let schemes = schemes.join(" ");
        let parts = [MARK, url, credential, &schemes, id, secret].map(Some);
        let parts = parts.into_iter().chain([pin.as_ref().map(|pin| pin.as_str())]).flatten();
        if parts.clone().any(|part| part.contains('\n')) {
            return Err(KeyError::Unreadable { what: "where the credential is" });
        }
        Ok(lines(parts))
    }

    /// Whether it is what [`place`](Self::place) gave.
    pub(super) fn is_place(lines: &str) -> bool {
        lines.lines().next() == Some(MARK)
    }

    /// The key of what [`place`](Self::place) gave.
    pub(super) fn from_place(lines: &str, public: PublicHalf, ask: &Arc<dyn Ask>) -> Option<Self> {
        let mut lines = lines.strip_prefix(MARK)?.strip_prefix('\n')?.split('\n');
        let (url, credential, schemes) = (lines.next()?.to_owned(), lines.next()?.to_owned(), lines.next()?);
        let mut secret = || lines.next().map(|line| Zeroizing::new(line.to_owned()));
        let place = Place { url, credential, client: (secret()?, secret()?), pin: secret(), one_time: None };
        let is_named = |scheme: &SignatureScheme| {
            schemes.split(' ').any(|name| name.split_once('/') == Some((scheme.name(), scheme.digest().name())))
        };
        let schemes = public.schemes().iter().copied().filter(is_named).collect();
        Some(Self::new(place, schemes, public, Arc::clone(ask)))
    }

    async fn value(
        &self,
        credential: &Credential,
        scheme: SignatureScheme,
        digest: &[u8],
    ) -> Result<Vec<u8>, KeyError> {
        let algorithm = credential.algorithm(scheme).ok_or_else(|| KeyError::SchemeNotOffered {
            asked: scheme.name().to_owned(),
            offered: credential.algorithms(),
        })?;
        let digest = STANDARD.encode(digest);
        let sad = self.service.authorize(credential, scheme, &digest).await?;
        self.service.sign(&sad, scheme, &algorithm, &digest).await
    }
}

/// What the key store's secret of such a key begins with.
const MARK: &str = "csc";

/// Never shows a secret.
impl fmt::Debug for CscKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CscKey").field("public", &self.public).finish_non_exhaustive()
    }
}

#[async_trait]
impl SigningKey for CscKey {
    fn public(&self) -> &PublicHalf {
        &self.public
    }

    fn schemes(&self) -> &[SignatureScheme] {
        &self.schemes
    }

    async fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.sign_digest(scheme, &scheme.digest().hash(message)).await
    }

    async fn sign_digest(&self, scheme: SignatureScheme, digest: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.public.offers_digest(scheme, digest)?;
        let credential = self.service.credential().await?;
        if credential.certificates()?.first().map(Vec::as_slice) != Some(self.public.certificate()) {
            return Err(nonsense("its credential has another certificate than the key had"));
        }
        let value = self.value(&credential, scheme, digest).await?;
        match self.public.check_digest(scheme, digest, &value) {
            Ok(()) => Ok(value),
            // some give r and s side by side, as PKCS#11 has them
            Err(_) => super::pkcs11::ecdsa_der(&value)
                .filter(|der| self.public.check_digest(scheme, digest, der).is_ok())
                .ok_or_else(|| {
                    nonsense("its signature value is not one of the certificate's key over what was to be signed")
                }),
        }
    }
}

/// The service says what cannot be.
fn nonsense(why: &str) -> KeyError {
    KeyError::RemoteNonsense { why: why.to_owned() }
}

/// As much as is told of what a service says.
fn told(text: &str) -> String {
    plain(text).chars().take(MOST_TOLD).collect()
}
