//! Which key of which token: PKCS#11 URIs (RFC 7512).

use super::KeyError;
use cryptoki::slot::TokenInfo;
use percent_encoding::percent_decode_str;
use std::path::PathBuf;
use std::str::FromStr;

/// Bytes of the longest URI.
const LONGEST: usize = 4096;

/// A PKCS#11 URI: what is said of the token must fit it, what is said of the key must fit that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenUri {
    text: String,
    /// The library, by its path.
    pub module: Option<PathBuf>,
    token: Option<String>,
    manufacturer: Option<String>,
    model: Option<String>,
    serial: Option<String>,
    slot: Option<u64>,
    /// The key's label (CKA_LABEL).
    pub object: Option<Vec<u8>>,
    /// The key's identifier (CKA_ID), which its certificate has, too.
    pub id: Option<Vec<u8>>,
}

impl TokenUri {
    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// With this label of the key (CKA_LABEL), which it must not contradict.
    pub fn of_object(mut self, label: &str) -> Result<Self, KeyError> {
        if self.object.as_ref().is_some_and(|other| other != label.as_bytes()) {
            return Err(wrong(format!("says another object than {label}")));
        }
        self.object = Some(label.as_bytes().to_vec());
        Ok(self)
    }

    /// Whether the token in this slot can be meant.
    pub(super) fn fits(&self, slot: u64, token: &TokenInfo) -> bool {
        let same = |wanted: &Option<String>, given: &str| wanted.as_ref().is_none_or(|w| w == given);
        same(&self.token, token.label())
            && same(&self.manufacturer, token.manufacturer_id())
            && same(&self.model, token.model())
            && same(&self.serial, token.serial_number())
            && self.slot.is_none_or(|wanted| wanted == slot)
    }
}

fn wrong(why: impl Into<String>) -> KeyError {
    KeyError::TokenUri { why: why.into() }
}

impl FromStr for TokenUri {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        if text.len() > LONGEST || text.contains('\n') {
            return Err(wrong(format!("is longer than {LONGEST} bytes or has a line break")));
        }
        let rest = text.strip_prefix("pkcs11:").ok_or_else(|| wrong("does not begin with pkcs11:"))?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let attributes = path.split(';').map(|a| (a, true)).chain(query.split('&').map(|a| (a, false)));
        let mut uri = Self { text: text.to_owned(), ..Self::default() };
        let mut seen = Vec::new();
        for (attribute, in_path) in attributes.filter(|(attribute, _)| !attribute.is_empty()) {
            let (name, value) =
                attribute.split_once('=').ok_or_else(|| wrong(format!("has {attribute} without a value")))?;
            if seen.contains(&name) {
                return Err(wrong(format!("says {name} twice")));
            }
            seen.push(name);
            let bytes: Vec<u8> = percent_decode_str(value).collect();
            let text =
                || String::from_utf8(bytes.clone()).map_err(|_| wrong(format!("has a {name} that is not UTF-8")));
            match (in_path, name) {
                (true, "token") => uri.token = Some(text()?),
                (true, "manufacturer") => uri.manufacturer = Some(text()?),
                (true, "model") => uri.model = Some(text()?),
                (true, "serial") => uri.serial = Some(text()?),
                (true, "slot-id") => {
                    uri.slot = Some(text()?.parse().map_err(|_| wrong("has a slot-id that is no number"))?);
                }
                (true, "object") => uri.object = Some(bytes),
                (true, "id") => uri.id = Some(bytes),
                // key and certificate go together here
                (true, "type") if ["private", "cert"].contains(&value) => {}
                (false, "module-path") => uri.module = Some(PathBuf::from(text()?)),
                (false, "pin-value" | "pin-source") => {
                    return Err(wrong(format!("has {name}: a PIN is given by --pin-file, or asked for")));
                }
                // the value may be a PIN at a wrong place
                _ => return Err(wrong(format!("says {name}, which is not understood"))),
            }
        }
        Ok(uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_says_which_token_and_which_key() {
        let uri: TokenUri =
            "pkcs11:token=Chi%20c%E1%BB%A5c;serial=0a%3B1;slot-id=3;object=seal;id=%01%ff;type=private?module-path=/usr/lib/a.so"
                .parse()
                .unwrap();
        assert_eq!(uri.token.as_deref(), Some("Chi c\u{1ee5}c"));
        assert_eq!((uri.serial.as_deref(), uri.slot), (Some("0a;1"), Some(3)));
        assert_eq!((uri.object.as_deref(), uri.id.as_deref()), (Some(&b"seal"[..]), Some(&[1, 255][..])));
        assert_eq!(uri.module, Some(PathBuf::from("/usr/lib/a.so")));
    }

    #[test]
    fn what_cannot_be_followed_is_refused_and_no_pin_is_repeated() {
        for (text, why) in [
            ("token=a", "does not begin with pkcs11:"),
            ("pkcs11:token", "without a value"),
            ("pkcs11:token=a;token=b", "says token twice"),
            ("pkcs11:token=%ff", "not UTF-8"),
            ("pkcs11:slot-id=x", "no number"),
            ("pkcs11:colour=red", "colour, which is not understood"),
            ("pkcs11:type=secret-key", "not understood"),
            ("pkcs11:token=a?pin-value=1234", "--pin-file"),
            ("pkcs11:token=a;pin-value=1234", "not understood"),
            ("pkcs11:token=a?pin-source=file:/pin", "--pin-file"),
            ("pkcs11:module-path=/usr/lib/a.so", "not understood"),
        ] {
            let error = text.parse::<TokenUri>().unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("1234"), "{text}: {error}");
        }
        assert!(format!("pkcs11:token={}", "a".repeat(LONGEST)).parse::<TokenUri>().is_err());
    }
}
