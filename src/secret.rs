//! Secrets that are given in files (`--password-file`, `--pdf-password-file`, `--pin-file`, `sign.tsa_password_file`), typed, or sent.

use crate::error::{Error, Kind, Result};
use serde::de::{Deserialize, Deserializer, IgnoredAny, Visitor};
use std::fmt;
use std::io::{ErrorKind, IsTerminal as _, Read};
use std::path::Path;
use zeroize::Zeroizing;

/// Bytes of the longest password.
const LONGEST: u16 = 4096;

/// A secret within a request: shown nowhere, and not quoted where it is no text.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        struct Text;
        /// What serde would quote.
        macro_rules! refused {
            ($($visit:ident: $type:ty,)*) => {
                $(fn $visit<E: serde::de::Error>(self, _: $type) -> std::result::Result<Secret, E> {
                    Err(E::custom("a secret is a text"))
                })*
            };
        }
        impl<'de> Visitor<'de> for Text {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E>(self, text: &str) -> std::result::Result<Secret, E> {
                Ok(text.to_owned().into())
            }

            fn visit_string<E>(self, text: String) -> std::result::Result<Secret, E> {
                Ok(text.into())
            }

            refused! { visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut all: A) -> std::result::Result<Secret, A::Error> {
                while all.next_element::<IgnoredAny>()?.is_some() {}
                Err(serde::de::Error::custom("a secret is a text"))
            }
        }
        from.deserialize_any(Text)
    }
}

/// The first line of a file, without its line break.
pub fn read(path: &Path) -> Result<Zeroizing<String>> {
    let [first] = lines(path)?;
    Ok(first)
}

/// The first two lines of a file: whose secret it is, and the secret, which is empty if there is none.
pub fn pair(path: &Path) -> Result<(Zeroizing<String>, Zeroizing<String>)> {
    let [name, secret] = lines(path)?;
    Ok((name, secret))
}

/// The first lines of a file, without their line breaks and the mark of UTF-8 that some editors begin with; empty where there is none.
fn lines<const N: usize>(path: &Path) -> Result<[Zeroizing<String>; N]> {
    let name = || path.display().to_string();
    let unreadable = |why: &str| Error::new(Kind::BadInput, "secret.unreadable", name(), why);
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Error::new(Kind::NotFound, "secret.missing", name(), "there is no such file"),
        _ => unreadable(&format!("cannot be read: {error}")),
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    // never grown, so that no copy stays behind
    let mut bytes = Zeroizing::new(Vec::with_capacity(3 * usize::from(LONGEST)));
    file.take(2 * u64::from(LONGEST) + 4).read_to_end(&mut bytes).map_err(failed)?;
    let mut rest = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes).split(|b| *b == b'\n');
    let mut found = std::array::from_fn(|_| Zeroizing::new(String::new()));
    for line in &mut found {
        let Some(next) = rest.next() else { break };
        if next.len() > usize::from(LONGEST) {
            return Err(unreadable("its first line is too long for a password"));
        }
        let text = std::str::from_utf8(next.strip_suffix(b"\r").unwrap_or(next));
        *line = Zeroizing::new(text.map_err(|_| unreadable("it is not UTF-8 text"))?.to_owned());
    }
    Ok(found)
}

/// What a person types, unseen, when the terminal asks; none where there is no terminal.
pub fn ask(prompt: &str) -> Result<Option<Zeroizing<String>>> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let failed =
        |error| Error::new(Kind::BadInput, "secret.terminal", "the terminal", format!("cannot be read: {error}"));
    rpassword::prompt_password(prompt).map(|typed| Some(Zeroizing::new(typed))).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_a_request_is_shown_nowhere() {
        let secret: Secret = serde_json::from_str("\"123456\"").unwrap();
        assert_eq!((secret.reveal(), format!("{secret:?}")), ("123456", "Secret".to_owned()));
        for wrong in ["123456", "[123456]", "1234.56", "-123456", "{\"123456\":123456}", "\"123456"] {
            let error = serde_json::from_str::<Secret>(wrong).unwrap_err().to_string();
            assert!(!error.contains("1234"), "{error}");
        }
    }

    #[test]
    fn a_password_is_the_first_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        let given = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            read(&path).map(|password| password.to_string())
        };
        for text in ["m\u{1ead}t kh\u{1ea9}u ", "m\u{1ead}t kh\u{1ea9}u \n", "m\u{1ead}t kh\u{1ea9}u \r\nanother\n"] {
            assert_eq!(given(text.as_bytes()).unwrap(), "m\u{1ead}t kh\u{1ea9}u ");
        }
        assert_eq!(given(b"\xEF\xBB\xBF482915\r\n").unwrap(), "482915");
        assert_eq!(given(b"").unwrap(), "");
        assert_eq!(given(b"\n").unwrap(), "");
        for bad in [&b"top\xFFsecret"[..], &[b'a'; 5000]] {
            let error = given(bad).unwrap_err();
            assert_eq!(error.kind, Kind::BadInput);
            assert!(!error.to_string().contains("secret\u{fffd}") && !error.to_string().contains("top"), "{error}");
        }
        assert_eq!(read(&folder.path().join("no")).unwrap_err().kind, Kind::NotFound);
        assert_eq!(read(folder.path()).unwrap_err().kind, Kind::BadInput);
    }
}
