//! Keys that the key store keeps: the private key itself, or where it is and what opens it there.

use super::pkcs11::TokenUri;
use super::{KeyError, LocalKey, PublicHalf, SignatureScheme, SigningKey, TokenKey};
use crate::cms::ber::tag;
use async_trait::async_trait;
use zeroize::Zeroizing;

/// A key of any home from which the key store takes keys.
#[derive(Debug)]
pub enum AnyKey {
    /// Its private part is in this process.
    Local(LocalKey),
    /// It is in a token.
    Token(TokenKey),
}

impl AnyKey {
    /// What the key store seals: PKCS#8; or URI, library and PIN of a token, a line each.
    pub fn secret(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        match self {
            Self::Local(key) => Ok(Zeroizing::new(key.pkcs8().to_vec())),
            Self::Token(key) => key.place(),
        }
    }

    /// The key of a secret that was sealed so, with its certificates.
    pub fn from_secret(secret: &[u8], certificate: Vec<u8>, chain: Vec<Vec<u8>>) -> Result<Self, KeyError> {
        if secret.first() == Some(&tag::SEQUENCE) {
            return Ok(Self::Local(LocalKey::from_pkcs8(secret, certificate, chain)?));
        }
        let unreadable = || KeyError::Unreadable { what: "where the token is" };
        let mut lines = std::str::from_utf8(secret).map_err(|_| unreadable())?.splitn(3, '\n');
        let uri: TokenUri = lines.next().ok_or_else(unreadable)?.parse()?;
        let module = lines.next().ok_or_else(unreadable)?.into();
        let pin = lines.next().map(|pin| Zeroizing::new(pin.to_owned()));
        Ok(Self::Token(TokenKey::new(module, uri, pin, PublicHalf::new(certificate, chain)?)))
    }

    /// The private key, where it is in this process.
    pub fn local(&self) -> Result<&LocalKey, KeyError> {
        match self {
            Self::Local(key) => Ok(key),
            Self::Token(_) => Err(KeyError::Elsewhere),
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
        }
    }

    async fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self {
            Self::Local(key) => key.sign(scheme, message).await,
            Self::Token(key) => key.sign(scheme, message).await,
        }
    }
}
