//! A credential of a signing service, as the service says it is.

use super::{MOST, nonsense, told};
use crate::cms::{encode, oid};
use crate::keys::{KeyError, SignatureScheme};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// What a service says of a credential.
#[derive(Deserialize)]
pub struct Credential {
    key: Key,
    cert: Certificates,
    #[serde(default)]
    auth: Authentication,
}

#[derive(Deserialize)]
struct Key {
    #[serde(default)]
    status: Option<String>,
    algo: Vec<String>,
}

#[derive(Deserialize)]
struct Certificates {
    #[serde(default)]
    certificates: Vec<String>,
}

#[derive(Deserialize, Default)]
struct Authentication {
    #[serde(default)]
    mode: Option<String>,
    #[serde(default)]
    objects: Vec<Object>,
}

/// What is to be shown for an authorisation (section 8.3.1).
#[derive(Deserialize)]
pub struct Object {
    /// `Password` and others.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name.
    pub id: String,
    generator: Option<String>,
}

impl Object {
    /// A password for one signature.
    pub fn is_one_time(&self) -> bool {
        self.kind == "Password" && (self.generator.is_some() || self.id.to_ascii_uppercase().contains("OTP"))
    }

    /// A PIN.
    pub fn is_pin(&self) -> bool {
        self.kind == "Password" && !self.is_one_time()
    }

    /// A person is asked elsewhere.
    pub fn is_elsewhere(&self) -> bool {
        matches!(self.kind.as_str(), "PasswordOOB" | "ChallengeResponseOOB")
    }
}

/// How a scheme is named to the service: its object identifier, and the parameters of RSASSA-PSS.
pub struct Algorithm {
    /// Dotted.
    pub oid: String,
    /// Base64.
    pub parameters: Option<String>,
}

impl Credential {
    /// Its certificate, then those of its issuers, DER.
    pub fn certificates(&self) -> Result<Vec<Vec<u8>>, KeyError> {
        let certificates = self.cert.certificates.iter().take(MOST);
        let read = |text: &String| STANDARD.decode(text).map_err(|_| nonsense("a certificate is not base64"));
        certificates.map(read).collect()
    }

    /// How the scheme is named, if the credential offers it.
    pub fn algorithm(&self, scheme: SignatureScheme) -> Option<Algorithm> {
        let offers = |oid: &str| self.key.algo.iter().any(|offered| offered == oid);
        let (named, plain_rsa) = (scheme.oid(), oid::RSA_ENCRYPTION.to_string());
        match scheme {
            SignatureScheme::Ed25519 => None,
            SignatureScheme::RsaPss(digest) if offers(&named) => {
                let parameters = encode::pss_parameters(digest);
                Some(Algorithm { oid: named, parameters: Some(STANDARD.encode(parameters)) })
            }
            _ if offers(&named) => Some(Algorithm { oid: named, parameters: None }),
            SignatureScheme::RsaPkcs1(_) if offers(&plain_rsa) => Some(Algorithm { oid: plain_rsa, parameters: None }),
            _ => None,
        }
    }

    /// All that it offers.
    pub fn algorithms(&self) -> String {
        told(&self.key.algo.join(", "))
    }

    /// Whether a PIN is to be shown.
    pub fn wants_pin(&self) -> bool {
        self.auth.objects.iter().any(Object::is_pin)
    }

    /// Whether a one-time password is.
    pub fn wants_one_time(&self) -> bool {
        self.auth.objects.iter().any(Object::is_one_time)
    }

    /// Whether it signs at all.
    pub fn is_enabled(&self) -> bool {
        self.key.status.as_deref().is_none_or(|status| status == "enabled")
    }

    /// Whether a person has to log in with a browser for it.
    pub fn wants_browser(&self) -> bool {
        self.auth.mode.as_deref() == Some("oauth2code")
    }

    /// How one is allowed to use it, where that is none of the ways that are known.
    pub fn unknown_mode(&self) -> Option<&str> {
        self.auth.mode.as_deref().filter(|mode| !["explicit", "implicit", "oauth2code"].contains(mode))
    }

    /// What is to be shown.
    pub fn objects(&self) -> &[Object] {
        &self.auth.objects
    }
}
