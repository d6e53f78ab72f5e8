//! Keys that sign: one trait, whatever holds the key, and the homes of keys.
//!
//! A private key is held by [`LocalKey`] once it is read from a PKCS#12 file ([`pkcs12`]), from PEM ([`pem`])
//! or from the key store's sealed PKCS#8 ([`LocalKey::from_pkcs8`]). One in a token or HSM is used through [`TokenKey`], one of a
//! remote signing service through [`CscKey`]. Of one that is out of reach there is its [`PublicHalf`]; of those who sign in with a key that has no certificate, the [`BareKey`]. [`generate`] makes new ones, [`generate_for`] those
//! that still need a certificate, [`pkcs11::Token`] those that are made in tokens; [`request`] asks for their certificates.
//!
//! Secrets: passwords and private keys are borrowed from the caller or kept in zeroizing buffers; no `Debug`,
//! error or log shows them. The one copy that is not zeroed is the expanded key inside `ring`, for as long as
//! the process lives; `ring` offers no way to.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

mod any;
mod bare;
pub mod csc;
mod envelope;
mod generate;
mod keyring;
mod local;
mod one_time;
pub mod pem;
mod personal;
pub mod pkcs11;
pub mod pkcs12;
mod public;
pub mod request;
mod scheme;
mod seal;
pub mod shares;
mod wrap;

pub use any::AnyKey;
pub use bare::{BareAlgorithm, BareKey};
pub use csc::{CscKey, is_confidential};
pub use envelope::Envelope;
pub use generate::{KeyAlgorithm, generate, random_bytes};
pub use keyring::{Asked, KeyRing, Shift};
pub use local::{LocalKey, generate_for};
pub use one_time::{OneTime, base32};
pub use personal::{PERSONAL_KEY_LEN, PersonalKey};
pub use pkcs11::TokenKey;
pub use public::PublicHalf;
pub use scheme::SignatureScheme;
pub use seal::{MASTER_KEY_LEN, MasterKey};

use crate::error::{Error, Kind};
use crate::messages::{Text, both};
use async_trait::async_trait;
use std::path::PathBuf;

/// A key that signs, with its certificate.
#[async_trait]
pub trait SigningKey: Send + Sync {
    /// The public half: certificates and schemes.
    fn public(&self) -> &PublicHalf;

    /// The certificate, in DER.
    fn certificate(&self) -> &[u8] {
        self.public().certificate()
    }

    /// The issuers' certificates that came with the key, in DER, the issuer of [`certificate`](Self::certificate)
    /// first; may be empty.
    fn chain(&self) -> &[Vec<u8>] {
        self.public().chain()
    }

    /// What the key can sign with, the preferred one first.
    fn schemes(&self) -> &[SignatureScheme] {
        self.public().schemes()
    }

    /// The most bytes a signature by this scheme takes.
    fn signature_len(&self, scheme: SignatureScheme) -> usize {
        self.public().signature_len(scheme)
    }

    /// Signs the message: hashes it by the scheme's digest, and signs that. The value is as CMS and X.509
    /// have it (ECDSA in DER).
    async fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError>;

    /// Signs what somebody else has hashed by the scheme's digest algorithm. Ed25519 hashes by itself, and does not.
    async fn sign_digest(&self, scheme: SignatureScheme, digest: &[u8]) -> Result<Vec<u8>, KeyError>;
}

/// What can go wrong with a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The password does not open the file.
    #[error("the password is wrong")]
    WrongPassword,
    /// The file is encrypted and no password was given.
    #[error("it is encrypted, and no password was given")]
    PasswordMissing,
    /// The file is not what it should be.
    #[error("{what} cannot be read")]
    Unreadable {
        /// What was being read.
        what: &'static str,
    },
    /// The kind of key, or how it is encrypted, is not one that this program can use.
    #[error("{what} is not supported")]
    Unsupported {
        /// What it is.
        what: String,
    },
    /// There is no private key in it.
    #[error("there is no private key in it")]
    NoPrivateKey,
    /// There is no certificate for the private key.
    #[error("there is no certificate for the private key in it")]
    NoCertificate,
    /// Several keys could sign, and nothing says which one shall.
    #[error("it holds {} keys that can sign: {}", names.len(), names.join(", "))]
    Several {
        /// What they are called.
        names: Vec<String>,
    },
    /// The certificate is for another key.
    #[error("the certificate is not that of the private key")]
    Mismatch,
    /// The key can't sign by that scheme.
    #[error("the key cannot sign with {asked}; it can with {offered}")]
    SchemeNotOffered {
        /// What was asked for.
        asked: String,
        /// What the key can do.
        offered: String,
    },
    /// The signature value is not one of this key over what was to be signed.
    #[error("the signature is not by the key of the certificate, or not over what was to be signed")]
    WrongSignature,
    /// The private key is somewhere else.
    #[error("its private key is not here")]
    Elsewhere,
    /// The PKCS#11 URI says nothing that can be followed.
    #[error("the PKCS#11 URI {why}")]
    TokenUri {
        /// What is wrong with it.
        why: String,
    },
    /// The PKCS#11 library cannot be loaded.
    #[error("the PKCS#11 library {} {why}", module.display())]
    Module {
        /// The library.
        module: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The token is not in its slot.
    #[error("the token is not there: no token that is plugged in is the one of the PKCS#11 URI")]
    NoToken,
    /// Several tokens could be meant.
    #[error("several tokens are meant by the PKCS#11 URI: {}", names.join(", "))]
    SeveralTokens {
        /// What tells them apart.
        names: Vec<String>,
    },
    /// The token refused the PIN. It was tried once and is not tried again.
    #[error("the token refused the PIN")]
    WrongPin,
    /// One more wrong PIN would lock the token.
    #[error("the token has one try of the PIN left, which is not risked")]
    LastPinTry,
    /// The token is locked.
    #[error("the token is locked after too many wrong PINs")]
    PinLocked,
    /// The token wants a PIN and none was given.
    #[error("the token asks for a PIN, and none was given")]
    NoPin,
    /// The PIN does not open the key.
    #[error("the PIN is wrong")]
    PinRefused,
    /// There is a key of that name in the token.
    #[error("the token has a key {name} already")]
    Exists {
        /// Its label.
        name: String,
    },
    /// A distinguished name cannot be written.
    #[error("the subject {why}")]
    Subject {
        /// What is wrong with it.
        why: String,
    },
    /// The token or its library failed.
    #[error("the token failed: {why}")]
    TokenFailed {
        /// How.
        why: String,
    },
    /// The address of a signing service is not one that secrets may be sent to.
    #[error("the address of the signing service {why}")]
    RemoteAddress {
        /// What is wrong with it.
        why: String,
    },
    /// The signing service does not answer.
    #[error("the signing service cannot be reached: {why}")]
    RemoteUnreachable {
        /// Why.
        why: String,
    },
    /// The signing service refuses, or whoever had to agree.
    #[error("the signing service refuses: {why}")]
    RemoteRefused {
        /// What it says.
        why: String,
    },
    /// The signing service wants something that was not given.
    #[error("the signing service wants {what}, and none was given")]
    RemoteWants {
        /// What it wants.
        what: String,
    },
    /// What the signing service says cannot be.
    #[error("what the signing service says cannot be used: {why}")]
    RemoteNonsense {
        /// What is wrong with it.
        why: String,
    },
    /// The signing itself failed.
    #[error("the key did not sign")]
    SigningFailed,
    /// The master key does not open the secret: it is another one, or the secret was changed.
    #[error("the master key does not open it")]
    MasterKey,
    /// No random numbers could be had, or the key generation failed.
    #[error("no key could be made")]
    GenerationFailed,
}

impl KeyError {
    /// The same for whoever signs in an office, in Vietnamese; none of what only who sets up keys meets.
    fn vietnamese(&self) -> Option<&'static str> {
        Some(match self {
            Self::WrongPassword => "mật khẩu không đúng",
            Self::WrongSignature => {
                "giá trị chữ ký không phải của khóa trong chứng thư số, hoặc không phải của nội dung cần ký"
            }
            Self::Elsewhere => "khóa bí mật không ở đây",
            Self::NoToken => "không thấy USB token hoặc HSM đã khai báo",
            Self::WrongPin => "USB token từ chối mã PIN",
            Self::LastPinTry => "USB token chỉ còn một lần nhập mã PIN nên không thử",
            Self::PinLocked => "USB token đã bị khóa vì sai mã PIN quá nhiều lần",
            Self::NoPin => "USB token cần mã PIN nhưng chưa được nhập",
            Self::PinRefused => "mã PIN không đúng",
            Self::TokenFailed { .. } => "USB token gặp lỗi",
            Self::RemoteUnreachable { .. } => "không kết nối được dịch vụ ký số từ xa",
            Self::RemoteRefused { .. } => "dịch vụ ký số từ xa từ chối ký",
            Self::RemoteWants { .. } => "dịch vụ ký số từ xa cần thêm thông tin chưa được nhập",
            Self::RemoteNonsense { .. } => "dịch vụ ký số từ xa trả lời không dùng được",
            Self::SigningFailed => "khóa không ký được",
            _ => return None,
        })
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        let vi = error.vietnamese();
        let (kind, code) = match error {
            KeyError::WrongPassword => (Kind::BadInput, "key.wrong_password"),
            KeyError::PasswordMissing => (Kind::BadInput, "key.password_missing"),
            KeyError::Unreadable { .. } => (Kind::BadInput, "key.unreadable"),
            KeyError::Unsupported { .. } => (Kind::BadInput, "key.unsupported"),
            KeyError::NoPrivateKey => (Kind::BadInput, "key.no_private_key"),
            KeyError::NoCertificate => (Kind::BadInput, "key.no_certificate"),
            KeyError::Several { .. } => (Kind::BadInput, "key.several"),
            KeyError::Mismatch => (Kind::BadInput, "key.mismatch"),
            KeyError::SchemeNotOffered { .. } => (Kind::Usage, "key.scheme"),
            KeyError::MasterKey => (Kind::NotAllowed, "key.master_key"),
            KeyError::WrongSignature => (Kind::BadInput, "key.wrong_signature"),
            KeyError::Elsewhere => (Kind::Usage, "key.elsewhere"),
            KeyError::TokenUri { .. } => (Kind::Usage, "token.uri"),
            KeyError::Module { .. } => (Kind::Unavailable, "token.module"),
            KeyError::NoToken => (Kind::Unavailable, "token.missing"),
            KeyError::SeveralTokens { .. } => (Kind::Usage, "token.several"),
            KeyError::WrongPin => (Kind::BadInput, "token.wrong_pin"),
            KeyError::LastPinTry => (Kind::NotAllowed, "token.last_try"),
            KeyError::PinLocked => (Kind::NotAllowed, "token.locked"),
            KeyError::NoPin => (Kind::Usage, "token.no_pin"),
            KeyError::PinRefused => (Kind::NotAllowed, "key.wrong_pin"),
            KeyError::Exists { .. } => (Kind::Conflict, "key.exists"),
            KeyError::Subject { .. } => (Kind::Usage, "key.subject"),
            KeyError::TokenFailed { .. } => (Kind::Unavailable, "token.failed"),
            KeyError::RemoteAddress { .. } => (Kind::Usage, "remote.address"),
            KeyError::RemoteUnreachable { .. } => (Kind::Unavailable, "remote.unreachable"),
            KeyError::RemoteRefused { .. } => (Kind::NotAllowed, "remote.refused"),
            KeyError::RemoteWants { .. } => (Kind::Usage, "remote.wants"),
            KeyError::RemoteNonsense { .. } => (Kind::BadInput, "remote.nonsense"),
            KeyError::SigningFailed => (Kind::Bug, "key.signing_failed"),
            KeyError::GenerationFailed => (Kind::Bug, "key.generation_failed"),
        };
        match vi {
            Some(vi) => {
                Self::new(kind, code, both!("khóa ký", "the key").to_string(), Text::new(vi, error.to_string()))
            }
            None => Self::new(kind, code, "the key", error),
        }
    }
}
