//! What a request says: one JSON object, whose members are read by their names so that each fault is told as the API has it.

use super::fault::{Answer, Fault};
use crate::digest::DigestAlgorithm;
use crate::documents::hashes::Shown;
use crate::http::body::is_json;
use axum::body::Bytes;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// Characters of the longest text that somebody says for his own purposes.
const LONGEST_TEXT: usize = 2_000;
/// Digest algorithms of signatures.
const DIGESTS: [DigestAlgorithm; 3] = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512];

/// The members of a request. Those that nobody reads stay, and are refused.
pub struct Parameters(Map<String, Value>);

impl Parameters {
    /// Reads a request. An empty body says nothing.
    pub fn read(headers: &HeaderMap, body: &Bytes) -> Answer<Self> {
        if body.is_empty() {
            return Ok(Self(Map::new()));
        }
        is_json(headers).map_err(|_| Fault::invalid("The request has to be application/json"))?;
        match serde_json::from_slice(body) {
            Ok(Value::Object(mut members)) => {
                members.retain(|_, value| !value.is_null());
                Ok(Self(members))
            }
            _ => Err(Fault::invalid("The request is no JSON object")),
        }
    }

    /// Ends the reading: what is left is nothing that this request has, and might mean that something was misspelt.
    pub fn end(mut self) -> Answer<()> {
        for name in ["lang", "clientData", "description"] {
            if self.text(name)?.is_some_and(|text| text.chars().count() > LONGEST_TEXT) {
                return Err(Fault::parameter(name));
            }
        }
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => Err(Fault::parameter(name.get(..40).unwrap_or(name))),
        }
    }

    /// A text, if it is there.
    pub fn text(&mut self, name: &str) -> Answer<Option<String>> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Fault::missing("string", name)),
        }
    }

    /// A text that has to be there.
    pub fn needed(&mut self, name: &str) -> Answer<String> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| Fault::missing("string", name))
    }

    /// Yes or no; no, if nothing is said.
    pub fn flag(&mut self, name: &str) -> Answer<bool> {
        match self.0.remove(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(Fault::missing("boolean", name)),
        }
    }

    /// Objects that have to be there, one at least.
    pub fn objects(&mut self, name: &str) -> Answer<Vec<Self>> {
        let Some(Value::Array(list)) = self.0.remove(name) else { return Err(Fault::missing("array", name)) };
        if list.is_empty() {
            return Err(Fault::invalid(format!("Empty {name} array")));
        }
        let object = |value| match value {
            Value::Object(mut members) => {
                members.retain(|_, value| !value.is_null());
                Ok(Self(members))
            }
            _ => Err(Fault::parameter(name)),
        };
        list.into_iter().map(object).collect()
    }

    /// Whether the answer is to come later (`operationMode`).
    pub fn later(&mut self) -> Answer<bool> {
        match self.text("operationMode")?.as_deref() {
            None | Some("S") => Ok(false),
            Some("A") => Ok(true),
            Some(_) => Err(Fault::parameter("operationMode")),
        }
    }

    /// A number that has to be there, and is one at least.
    pub fn count(&mut self, name: &str) -> Answer<u32> {
        let number =
            self.0.remove(name).and_then(|value| value.as_i64()).ok_or_else(|| Fault::missing("integer", name))?;
        let wrong = || Fault::invalid(format!("Invalid value for parameter {name}"));
        if number < 1 { Err(wrong()) } else { Ok(u32::try_from(number).unwrap_or(u32::MAX)) }
    }

    /// Digests, `hashes` (of version 1: `hash`), if they are there; none is not a possible digest.
    pub fn hashes(&mut self) -> Answer<Option<Vec<Vec<u8>>>> {
        let (name, value) = match (self.0.remove("hashes"), self.0.remove("hash")) {
            (None, None) => return Ok(None),
            (Some(value), None) => ("hashes", value),
            (None, Some(value)) => ("hash", value),
            (Some(_), Some(_)) => return Err(Fault::parameter("hash")),
        };
        let Value::Array(list) = value else { return Err(Fault::missing("array", name)) };
        if list.is_empty() {
            return Err(Fault::invalid("Empty hash array"));
        }
        let digest = |value: Value| {
            let bytes = value.as_str().and_then(|text| STANDARD.decode(text).ok());
            let bytes = bytes.ok_or_else(|| Fault::invalid("Invalid Base64 hash string parameter"))?;
            let is_possible = DIGESTS.iter().any(|digest| digest.size() == bytes.len());
            if is_possible { Ok(bytes) } else { Err(Fault::invalid("Invalid digest value length")) }
        };
        list.into_iter().map(digest).collect::<Answer<_>>().map(Some)
    }

    /// A digest algorithm, by its object identifier, if it is there: `hashAlgorithmOID` (of version 1: `hashAlgo`).
    pub fn digest(&mut self) -> Answer<Option<DigestAlgorithm>> {
        let (given, before) = (self.text("hashAlgorithmOID")?, self.text("hashAlgo")?);
        let Some(oid) = given.or(before) else { return Ok(None) };
        let known = DIGESTS.into_iter().find(|digest| digest.oid().to_string() == oid);
        known.map(Some).ok_or_else(|| Fault::parameter("hashAlgorithmOID"))
    }

    /// What is shown for the credential: in `authData`, or (of version 1) as `PIN` and `OTP`.
    pub fn shown(&mut self) -> Answer<Shown> {
        let mut before = |name: &str| Ok::<_, Fault>(self.text(name)?.map(Zeroizing::new));
        let mut shown = Shown { pin: before("PIN")?, one_time: before("OTP")? };
        let list = match self.0.remove("authData") {
            None => return Ok(shown),
            Some(Value::Array(list)) => list,
            Some(_) => return Err(Fault::missing("array", "authData")),
        };
        for mut object in list {
            let value = object.get_mut("value").map(Value::take);
            let place = match object.get("id").and_then(Value::as_str) {
                Some("PIN") => &mut shown.pin,
                Some("OTP") => &mut shown.one_time,
                _ => return Err(Fault::parameter("authData")),
            };
            match value {
                Some(Value::String(value)) if place.is_none() => *place = Some(Zeroizing::new(value)),
                _ => return Err(Fault::parameter("authData")),
            }
        }
        Ok(shown)
    }
}
