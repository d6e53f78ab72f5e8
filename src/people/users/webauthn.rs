//! What a browser says when a passkey was made or has signed (W3C Web Authentication, Level 3), and whether it is so. Nothing is known here of
//! accounts; numbers of sections are the standard's.

use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::keys::{BareAlgorithm, BareKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::Value;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Bytes of the longest identifier of a credential (section 4).
const LONGEST_CREDENTIAL: usize = 1_023;
/// Characters of the longest piece of what a browser says.
const LONGEST: usize = 16_384;
/// Flags of authenticator data (section 6.1): somebody was there, was verified, the key may be copied, was copied, a key follows, more follows.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const COPYABLE: u8 = 0x08;
const COPIED: u8 = 0x10;
const ATTESTED: u8 = 0x40;
const EXTENDED: u8 = 0x80;
/// What keys may be (RFC 9053): ES256, EdDSA with Ed25519, RS256.
pub const ALGORITHMS: [i64; 3] = [-7, -8, -257];

fn wrong(why: &'static str) -> Error {
    Error::new(Kind::NotAllowed, "passkey.response", "passkey", why)
}

/// Who passkeys are for: this service, by its public address.
#[derive(Debug)]
pub struct Party {
    /// The host's name.
    pub id: String,
    origin: String,
}

impl Party {
    /// From the service's public address. Browsers give passkeys to hosts with a name only, over https, or on this very computer.
    pub fn of(public_url: &str) -> Result<Self> {
        let none = || {
            let why = "the service has no public address with a name over https; browsers give passkeys to no other";
            Error::new(Kind::Conflict, "passkey.address", "passkeys", why).hint("the setting serve.public_url")
        };
        let url = Url::parse(public_url).map_err(|_| none())?;
        let Some(Host::Domain(host)) = url.host() else { return Err(none()) };
        let is_here = host == "localhost" || host.ends_with(".localhost");
        if url.scheme() != "https" && !is_here {
            return Err(none());
        }
        Ok(Self { id: host.to_owned(), origin: url.origin().ascii_serialization() })
    }

    /// What is said by a browser of a page of this service, for this ceremony; its challenge.
    fn client_data(&self, text: &str, kind: &str) -> Result<(Vec<u8>, String)> {
        let bytes = decoded(text)?;
        let said: ClientData =
            serde_json::from_slice(&bytes).map_err(|_| wrong("what the browser says is not JSON"))?;
        if said.kind != kind {
            return Err(wrong("it is the answer to another question"));
        }
        if said.origin != self.origin || said.cross_origin || said.top_origin.is_some() {
            return Err(wrong("it was made on a page of another site"));
        }
        Ok((bytes, said.challenge))
    }

    /// What an authenticator says to this service, of somebody who was there and was verified.
    fn authenticator_data<'a>(&self, bytes: &'a [u8]) -> Result<AuthenticatorData<'a>> {
        let data = AuthenticatorData::read(bytes).ok_or_else(|| wrong("the authenticator's data are malformed"))?;
        if data.party != sha256(self.id.as_bytes()) {
            return Err(wrong("the passkey is for another site"));
        }
        if data.flags & PRESENT == 0 || data.flags & VERIFIED == 0 {
            return Err(wrong("the authenticator has not verified who uses it: PIN, finger or face"));
        }
        if data.flags & COPIED != 0 && data.flags & COPYABLE == 0 {
            return Err(wrong("the authenticator contradicts itself"));
        }
        Ok(data)
    }

    /// A passkey that was made (section 7.1), and the challenge that it was made for. What attests the authenticator is not asked for; where
    /// the new key attests itself, it has to do so rightly.
    pub fn registered(&self, said: &Registration) -> Result<(NewPasskey, String)> {
        let (client_data, challenge) = self.client_data(&said.response.client_data, "webauthn.create")?;
        let bytes = decoded(&said.response.attestation_object)?;
        let mut rest = bytes.as_slice();
        let object = cbor(&mut rest).filter(|_| rest.is_empty()).and_then(|value| value.into_map().ok());
        let object = object.ok_or_else(|| wrong("the attestation is malformed"))?;
        let part = |name: &str| one(&object, &Value::from(name));
        let (Some(Value::Text(format)), Some(Value::Map(statement)), Some(Value::Bytes(data))) =
            (part("fmt"), part("attStmt"), part("authData"))
        else {
            return Err(wrong("the attestation is malformed"));
        };
        let parsed = self.authenticator_data(data)?;
        let (credential, key) = parsed.attested.ok_or_else(|| wrong("there is no key"))?;
        let (algorithm, public) = cose_key(key).ok_or_else(|| wrong("the key is not one that can be verified with"))?;
        if decoded(&said.id)? != credential {
            return Err(wrong("the authenticator calls the key otherwise"));
        }
        let is_attested = match format.as_str() {
            "none" => statement.is_empty(),
            "packed" => {
                let message = [data.as_slice(), &sha256(&client_data)].concat();
                let signature = one(statement, &Value::from("sig")).and_then(Value::as_bytes);
                one(statement, &Value::from("x5c")).is_none()
                    && one(statement, &Value::from("alg")) == Some(&Value::from(code(algorithm)))
                    && signature.is_some_and(|signature| public.verifies_der(algorithm, &message, signature))
            }
            _ => false,
        };
        if !is_attested {
            return Err(wrong("its attestation is none that is asked for"));
        }
        let (credential, key) = (credential.to_vec(), key.to_vec());
        let copied = parsed.flags & COPYABLE != 0;
        Ok((NewPasskey { credential, key, copied, counter: parsed.counter }, challenge))
    }

    /// What a passkey has signed (section 7.2): the challenge and how often it has signed. `key` is the public key, `copied` whether it may
    /// be copied, as was said when it was made.
    pub fn asserted(&self, said: &Assertion, key: &[u8], copied: bool) -> Result<u32> {
        let (client_data, _) = self.client_data(&said.response.client_data, "webauthn.get")?;
        let bytes = decoded(&said.response.authenticator_data)?;
        let data = self.authenticator_data(&bytes)?;
        let damaged = || Error::new(Kind::BadInput, "store.damaged", "passkey", "the key cannot be read");
        let (algorithm, public) = cose_key(key).ok_or_else(damaged)?;
        let message = [bytes.as_slice(), &sha256(&client_data)].concat();
        if !public.verifies_der(algorithm, &message, &decoded(&said.response.signature)?) {
            return Err(wrong("its signature does not hold"));
        }
        if data.attested.is_some() || (data.flags & COPYABLE != 0) != copied {
            return Err(wrong("it is not as it was when it was registered"));
        }
        Ok(data.counter)
    }

    /// The challenge that was signed, which says itself whether it is one of ours.
    pub fn challenge(&self, said: &Assertion) -> Result<String> {
        Ok(self.client_data(&said.response.client_data, "webauthn.get")?.1)
    }
}

/// A passkey that was made.
#[derive(Debug)]
pub struct NewPasskey {
    /// How the authenticator calls it.
    pub credential: Vec<u8>,
    /// The public key (COSE).
    pub key: Vec<u8>,
    /// Whether it may be copied to other devices.
    pub copied: bool,
    /// How often it has signed.
    pub counter: u32,
}

/// What the browser vouches for (section 5.8.1). It may say more.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
    #[serde(default, rename = "topOrigin")]
    top_origin: Option<String>,
}

/// What the authenticator vouches for (section 6.1).
struct AuthenticatorData<'a> {
    party: &'a [u8],
    flags: u8,
    counter: u32,
    /// Identifier and key of a credential that was made.
    attested: Option<(&'a [u8], &'a [u8])>,
}

impl<'a> AuthenticatorData<'a> {
    /// All of the bytes, and nothing behind them.
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (party, rest) = bytes.split_at_checked(32)?;
        let (flags, rest) = rest.split_first()?;
        let (counter, mut rest) = rest.split_at_checked(4)?;
        let mut attested = None;
        if flags & ATTESTED != 0 {
            let (_model, behind) = rest.split_at_checked(16)?;
            let (length, behind) = behind.split_at_checked(2)?;
            let length = usize::from(u16::from_be_bytes(length.try_into().ok()?));
            let (credential, behind) = behind.split_at_checked(length)?;
            rest = behind;
            cbor(&mut rest)?;
            let key = behind.get(..behind.len().checked_sub(rest.len())?)?;
            attested = (1..=LONGEST_CREDENTIAL).contains(&length).then_some((credential, key));
            attested?;
        }
        if flags & EXTENDED != 0 {
            cbor(&mut rest)?;
        }
        let counter = u32::from_be_bytes(counter.try_into().ok()?);
        rest.is_empty().then_some(Self { party, flags: *flags, counter, attested })
    }
}

fn decoded(text: &str) -> Result<Vec<u8>> {
    let bytes = Some(text).filter(|text| text.len() <= LONGEST).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    bytes.ok_or_else(|| wrong("what the browser says is not base64url, or too long"))
}

/// The next value.
fn cbor(rest: &mut &[u8]) -> Option<Value> {
    ciborium::from_reader(rest).ok()
}

/// What a map has under a key, if it has it once.
fn one<'a>(map: &'a [(Value, Value)], key: &Value) -> Option<&'a Value> {
    let mut found = map.iter().filter(|(name, _)| name == key);
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Some(value),
        _ => None,
    }
}

/// A public key as COSE has it (RFC 9052 section 7, RFC 9053 sections 2 and 7, RFC 8230 section 4).
fn cose_key(bytes: &[u8]) -> Option<(BareAlgorithm, BareKey)> {
    let mut rest = bytes;
    let map = cbor(&mut rest).filter(|_| rest.is_empty())?.into_map().ok()?;
    let number = |label: i64| i64::try_from(one(&map, &Value::from(label))?.as_integer()?).ok();
    let bytes = |label: i64| one(&map, &Value::from(label))?.as_bytes().map(Vec::as_slice);
    let (kind, algorithm) = (number(1)?, number(3)?);
    let key = match (kind, algorithm) {
        (2, -7) if number(-1)? == 1 => BareKey::p256(bytes(-2)?, bytes(-3)?)?,
        (1, -8) if number(-1)? == 6 => BareKey::ed25519(bytes(-2)?)?,
        (3, -257) => BareKey::rsa(bytes(-1)?, bytes(-2)?)?,
        _ => return None,
    };
    let algorithm = match algorithm {
        -7 => BareAlgorithm::Es256,
        -8 => BareAlgorithm::EdDsa,
        _ => BareAlgorithm::Rs256,
    };
    Some((algorithm, key))
}

/// The number of an algorithm that [`cose_key`] reads.
const fn code(algorithm: BareAlgorithm) -> i64 {
    match algorithm {
        BareAlgorithm::Es256 => -7,
        BareAlgorithm::EdDsa => -8,
        _ => -257,
    }
}

/// A passkey that was made, as a browser says it (`RegistrationResponseJSON`, section 5.1): `credential.toJSON()`. Browsers may say more.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Registration {
    /// How the authenticator calls the key, base64url.
    id: String,
    /// What was made.
    response: RegistrationResponse,
}

/// What was made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
struct RegistrationResponse {
    /// What the browser vouches for, base64url.
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    /// What the authenticator made, base64url.
    #[serde(rename = "attestationObject")]
    attestation_object: String,
}

/// What a passkey has signed, as a browser says it (`AuthenticationResponseJSON`): `credential.toJSON()`. Browsers may say more.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Assertion {
    /// How the authenticator calls the key, base64url.
    id: String,
    /// What was signed.
    response: AssertionResponse,
}

/// What was signed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
struct AssertionResponse {
    /// What the browser vouches for, base64url.
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    /// What the authenticator vouches for, base64url.
    #[serde(rename = "authenticatorData")]
    authenticator_data: String,
    /// The signature, base64url.
    signature: String,
    /// Whose the passkey is, base64url.
    #[serde(rename = "userHandle")]
    user_handle: Option<String>,
}

impl Assertion {
    /// How the authenticator calls the key.
    pub fn credential(&self) -> Result<Vec<u8>> {
        decoded(&self.id)
    }

    /// Whether the authenticator keeps the key for this user.
    pub fn is_of(&self, user: &str) -> bool {
        let handle = self.response.user_handle.as_deref().and_then(|handle| URL_SAFE_NO_PAD.decode(handle).ok());
        handle.is_some_and(|handle| handle == user.as_bytes())
    }
}

/// What a browser needs to have a passkey made (`PublicKeyCredentialCreationOptionsJSON`):
/// `PublicKeyCredential.parseCreationOptionsFromJSON`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreationOptions {
    /// Base64url.
    pub challenge: String,
    /// The service.
    pub rp: PartyName,
    /// Whose the passkey is to be.
    pub user: Holder,
    /// Which keys can be verified with.
    pub pub_key_cred_params: Vec<KeyKind>,
    /// Milliseconds.
    pub timeout: u64,
    /// Passkeys that this person has already.
    pub exclude_credentials: Vec<Credential>,
    /// What is asked of the authenticator.
    pub authenticator_selection: Selection,
    /// What is to attest the authenticator: `none`.
    pub attestation: &'static str,
}

/// The service.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PartyName {
    /// The host's name.
    pub id: String,
    /// What people know it as.
    pub name: &'static str,
}

/// Whose a passkey is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    /// Says nothing about the person; base64url.
    pub id: String,
    /// The login.
    pub name: String,
    /// The full name.
    pub display_name: String,
}

/// A kind of keys.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct KeyKind {
    /// `public-key`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The algorithm (COSE).
    pub alg: i64,
}

/// A passkey that is there.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Credential {
    /// `public-key`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// How the authenticator calls it, base64url.
    pub id: String,
}

/// What is asked of the authenticator: a key that is found without a name, and that it verifies its user.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Selection {
    /// `required`.
    pub resident_key: &'static str,
    /// The same in an older word.
    pub require_resident_key: bool,
    /// `required`.
    pub user_verification: &'static str,
}

/// What a browser needs to have a passkey sign (`PublicKeyCredentialRequestOptionsJSON`):
/// `PublicKeyCredential.parseRequestOptionsFromJSON`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestOptions {
    /// Base64url.
    pub challenge: String,
    /// The host's name.
    pub rp_id: String,
    /// Milliseconds.
    pub timeout: u64,
    /// `required`.
    pub user_verification: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_for_hosts_with_a_name_over_https_or_this_computer() {
        let of = |url| Party::of(url).map(|party| (party.id, party.origin)).ok();
        let named = Some(("ky.xa.example".to_owned(), "https://ky.xa.example".to_owned()));
        assert_eq!(of("https://ky.xa.example"), named);
        assert_eq!(of("https://ky.xa.example:443/"), named);
        assert_eq!(of("http://localhost:8080"), Some(("localhost".to_owned(), "http://localhost:8080".to_owned())));
        for url in ["http://ky.xa.example", "https://127.0.0.1", "http://[::1]:80", "http://127.0.0.1:8080", "x", ""] {
            assert_eq!(of(url), None, "{url}");
        }
    }

    #[test]
    fn nothing_an_authenticator_may_say_is_read_beyond_its_end() {
        let head = [&[0; 32][..], &[PRESENT | VERIFIED], &[0, 0, 0, 7]].concat();
        assert_eq!(AuthenticatorData::read(&head).unwrap().counter, 7);
        for end in 0..head.len() {
            assert!(AuthenticatorData::read(&head[..end]).is_none());
        }
        assert!(AuthenticatorData::read(&[&head[..], b"x"].concat()).is_none());
        // a credential that is longer than the bytes, and one that is longer than may be
        let mut attested = head;
        attested[32] |= ATTESTED;
        attested.extend([0; 16]);
        attested.extend([0xff, 0xff, 1, 2, 3]);
        assert!(AuthenticatorData::read(&attested).is_none());
        attested.truncate(53);
        attested.extend(u16::try_from(LONGEST_CREDENTIAL + 1).unwrap().to_be_bytes());
        attested.extend(vec![7; LONGEST_CREDENTIAL + 1]);
        attested.extend([0xa0]);
        assert!(AuthenticatorData::read(&attested).is_none());
    }

    #[test]
    fn keys_that_say_something_twice_or_more_are_none() {
        let key = |pairs: Vec<(i64, Value)>| {
            let map = pairs.into_iter().map(|(label, value)| (Value::from(label), value)).collect();
            let mut bytes = Vec::new();
            ciborium::into_writer(&Value::Map(map), &mut bytes).unwrap();
            bytes
        };
        let x = || Value::Bytes(vec![1; 32]);
        let good = || vec![(1, 2.into()), (3, (-7).into()), (-1, 1.into()), (-2, x()), (-3, x())];
        assert!(cose_key(&key(good())).is_some());
        assert!(cose_key(&[key(good()), vec![0]].concat()).is_none());
        let twice = [good(), vec![(-2, Value::Bytes(vec![2; 32]))]].concat();
        assert!(cose_key(&key(twice)).is_none());
        for (at, other) in
            [(0, Value::from(1)), (1, Value::from(-257)), (2, Value::from(2)), (3, Value::Bytes(vec![1; 31]))]
        {
            let mut pairs = good();
            pairs[at].1 = other;
            assert!(cose_key(&key(pairs)).is_none());
        }
    }
}
