//! What is to be signed, held against what the officer is shown: nothing is signed of which more is meant than can be shown.

use crate::cms::{Attributes, Oid, oid};
use crate::error::{Error, Kind};
use crate::http::{Answer, Problem};
use crate::keys::{PublicHalf, SignatureScheme};
use crate::limits::Limits;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// Characters of the longest name of a document.
const LONGEST_NAME: usize = 255;
/// What the signed attributes may be: each is either shown or checked.
const KNOWN: [Oid; 4] = [oid::CONTENT_TYPE, oid::MESSAGE_DIGEST, oid::SIGNING_CERTIFICATE_V2, oid::SIGNING_TIME];

/// What a page asks to be signed. Unknown keys are refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignRequest {
    /// The document's name, for the officer to see.
    pub name: String,
    /// The document's digest, base64, for the officer to see.
    pub document_digest: String,
    /// What is to be signed: the signed attributes (RFC 5652 section 5.4), DER in base64.
    pub signed_attributes: String,
    /// The certificate of the key, DER in base64.
    pub certificate: String,
    /// `rsa-pkcs1`, `rsa-pss`, `ecdsa-p256`, `ecdsa-p384`, `ed25519`.
    pub scheme: String,
    /// The scheme's digest algorithm.
    pub digest: String,
}

/// What may be signed once the officer has agreed.
#[derive(Debug)]
pub struct Checked {
    /// The document's name.
    pub name: String,
    /// The document's digest.
    pub digest: Vec<u8>,
    /// By which scheme.
    pub scheme: SignatureScheme,
    /// What is signed.
    pub attributes: Vec<u8>,
}

impl SignRequest {
    /// Refuses what is not of this key, or not a signature of a document with that digest and nothing else.
    pub fn check(self, key: &PublicHalf) -> Answer<Checked> {
        if self.name.trim().is_empty() || self.name.chars().count() > LONGEST_NAME {
            return Err(Problem::unprocessable("agent.name", format!("name has 1 to {LONGEST_NAME} characters")));
        }
        let base64 = |name: &str, text: &str| {
            let wrong = |_| Problem::unprocessable("request.base64", format!("{name} is not base64"));
            STANDARD.decode(text).map_err(wrong)
        };
        if base64("certificate", &self.certificate)? != key.certificate() {
            let why = "the certificate is not that of the key here; POST /v1/certificates says which is";
            return Err(Problem::unprocessable("agent.certificate", why));
        }
        let scheme = key.schemes().iter().find(|s| s.name() == self.scheme && s.digest().name() == self.digest);
        let scheme = *scheme.ok_or_else(|| {
            Error::new(
                Kind::Usage,
                "key.scheme",
                "the key",
                format!("it cannot sign by {} {}", self.scheme, self.digest),
            )
        })?;
        let digest = base64("document_digest", &self.document_digest)?;
        let der = base64("signed_attributes", &self.signed_attributes)?;
        let wrong = |why: String| Problem::unprocessable("agent.attributes", why);
        let read = |error| wrong(format!("the signed attributes cannot be read: {error}"));
        let limits = Limits::in_force();
        let attributes = Attributes::parse(&der, limits).map_err(read)?;
        if let Some(other) = attributes.as_slice().iter().find(|attribute| !KNOWN.contains(&attribute.oid)) {
            return Err(wrong(format!("there is a signed attribute {} that cannot be shown", other.oid)));
        }
        if attributes.content_type().map_err(read)? != Some(oid::DATA) {
            return Err(wrong("their content-type is not that of a document".to_owned()));
        }
        // so that it can be read
        attributes.signing_time().map_err(read)?;
        let names = attributes.signing_certificates(limits).map_err(read)?;
        if names.first().and_then(|names| names.names(key.certificate(), limits)) != Some(true) {
            return Err(wrong("they do not name the certificate".to_owned()));
        }
        let signed = attributes.message_digest().map_err(read)?;
        let signed = signed.ok_or_else(|| wrong("they have no message-digest".to_owned()))?;
        if signed != digest || signed.len() != scheme.digest().size() {
            let why = "the signed attributes are those of another document than the one whose digest was given";
            return Err(Problem::unprocessable("agent.digest", why));
        }
        Ok(Checked { name: self.name, digest, scheme, attributes: der })
    }
}
