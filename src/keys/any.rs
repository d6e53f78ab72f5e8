//! Keys that the key store keeps: the private key itself, or where it is and what opens it there.

use super::csc::Ask;
use super::pkcs11::TokenUri;
use super::{CscKey, KeyError, LocalKey, PublicHalf, SignatureScheme, SigningKey, TokenKey};
use crate::cms::ber::tag;
use async_trait::async_trait;
use std::sync::Arc;
use zeroize::Zeroizing;

/// What the key store seals of a key that is elsewhere, a line each. Never grown, so that no copy of a secret stays behind.
pub(super) fn lines<'a>(parts: impl Iterator<Item = &'a str> + Clone) -> Zeroizing<Vec<u8>> {
    let length: usize = parts.clone().map(|part| part.len().saturating_add(1)).sum();
    let mut lines = Zeroizing::new(Vec::with_capacity(length));
    for part in parts {
        if !lines.is_empty() {
            lines.push(b'\n');
        }
        lines.extend_from_slice(part.as_bytes());
    }
    lines
}

/// A key of any home from which the key store takes keys.
#[derive(Debug)]
pub enum AnyKey {
    /// Its private part is in this process.
    Local(LocalKey),
    /// It is in a token.
    Token(TokenKey),
    /// It is with a remote signing service.
    Remote(Box<CscKey>),
}

impl AnyKey {
    /// What the key store seals: PKCS#8; or URI, library and PIN of a token, or the like of a signing service, a line each.
    pub fn secret(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        match self {
            Self::Local(key) => Ok(Zeroizing::new(key.pkcs8().to_vec())),
            Self::Token(key) => key.place(),
            Self::Remote(key) => key.place(),
        }
    }

    /// The key of a secret that was sealed so, with its certificates; `ask` asks signing services.
    pub fn from_secret(
        secret: &[u8],
        certificate: Vec<u8>,
        chain: Vec<Vec<u8>>,
        ask: &Arc<dyn Ask>,
    ) -> Result<Self, KeyError> {
        if secret.first() == Some(&tag::SEQUENCE) {
            return Ok(Self::Local(LocalKey::from_pkcs8(secret, certificate, chain)?));
        }
        let unreadable = || KeyError::Unreadable { what: "where the key is" };
        let lines = std::str::from_utf8(secret).map_err(|_| unreadable())?;
        let public = PublicHalf::new(certificate, chain)?;
        if CscKey::is_place(lines) {
            return Ok(Self::Remote(Box::new(CscKey::from_place(lines, public, ask).ok_or_else(unreadable)?)));
        }
        let mut lines = lines.splitn(3, '\n');
        let uri: TokenUri = lines.next().ok_or_else(unreadable)?.parse()?;
        let module = lines.next().ok_or_else(unreadable)?.into();
        let pin = lines.next().map(|pin| Zeroizing::new(pin.to_owned()));
        Ok(Self::Token(TokenKey::new(module, uri, pin, public)))
    }

    /// The private key, where it is in this process.
    pub fn local(&self) -> Result<&LocalKey, KeyError> {
        match self {
            Self::Local(key) => Ok(key),
            Self::Token(_) | Self::Remote(_) => Err(KeyError::Elsewhere),
        }
    }
}

impl From<LocalKey> for AnyKey {
    fn from(key: LocalKey) -> Self {
        Self::Local(key)
    }
}

#[async_trait]
impl SigningKey for AnyKey {
    fn public(&self) -> &PublicHalf {
        match self {
            Self::Local(key) => key.public(),
            Self::Token(key) => key.public(),
            Self::Remote(key) => key.public(),
        }
    }

    fn schemes(&self) -> &[SignatureScheme] {
        match self {
            Self::Local(key) => key.schemes(),
            Self::Token(key) => key.schemes(),
            Self::Remote(key) => key.schemes(),
        }
    }

    async fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self {
            Self::Local(key) => key.sign(scheme, message).await,
            Self::Token(key) => key.sign(scheme, message).await,
            Self::Remote(key) => key.sign(scheme, message).await,
        }
    }

    async fn sign_digest(&self, scheme: SignatureScheme, digest: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self {
            Self::Local(key) => key.sign_digest(scheme, digest).await,
            Self::Token(key) => key.sign_digest(scheme, digest).await,
            Self::Remote(key) => key.sign_digest(scheme, digest).await,
        }
    }
}
