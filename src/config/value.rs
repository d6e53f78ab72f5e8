//! The types that settings have: how each is read from the file and from the environment, and shown.

use super::{Address, Addresses};
use crate::audit::witnesses::WitnessAt;
use crate::documents::services::UnknownStatus;
use crate::net::shown;
use crate::net::smtp::Tls;
use crate::pades::Level;
use crate::receipts::fees::Prices;
use crate::tlog::note::KeyType;
use crate::tlog::{TlogError, VerifierKey};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A type that a setting can have.
pub(super) trait Value: Sized {
    const NAME: &'static str;
    fn from_toml(value: &toml::Value) -> std::result::Result<Self, String>;
    fn from_text(text: &str) -> std::result::Result<Self, String>;
    fn shown(&self) -> serde_json::Value;
    /// Relative paths start at the folder of the file that names them.
    fn relative_to(self, _base: &Path) -> Self {
        self
    }
}

impl Value for String {
    const NAME: &'static str = "text";
    fn from_toml(value: &toml::Value) -> std::result::Result<Self, String> {
        value.as_str().map(str::to_owned).ok_or_else(|| format!("a text is wanted, not {}", value.type_str()))
    }
    fn from_text(text: &str) -> std::result::Result<Self, String> {
        Ok(text.to_owned())
    }
    fn shown(&self) -> serde_json::Value {
        self.clone().into()
    }
}

impl Value for PathBuf {
    const NAME: &'static str = "path";
    fn from_toml(value: &toml::Value) -> std::result::Result<Self, String> {
        String::from_toml(value).map(Self::from)
    }
    fn from_text(text: &str) -> std::result::Result<Self, String> {
        Ok(text.into())
    }
    fn shown(&self) -> serde_json::Value {
        self.display().to_string().into()
    }
    fn relative_to(self, base: &Path) -> Self {
        base.join(self)
    }
}

impl Value for Option<PathBuf> {
    const NAME: &'static str = "path";
    fn from_toml(value: &toml::Value) -> std::result::Result<Self, String> {
        PathBuf::from_toml(value).map(Some)
    }
    fn from_text(text: &str) -> std::result::Result<Self, String> {
        PathBuf::from_text(text).map(Some)
    }
    fn shown(&self) -> serde_json::Value {
        self.as_ref().map(PathBuf::shown).into()
    }
    fn relative_to(self, base: &Path) -> Self {
        self.map(|path| base.join(path))
    }
}

impl Value for Vec<PathBuf> {
    const NAME: &'static str = "list of paths";
    fn from_toml(value: &toml::Value) -> std::result::Result<Self, String> {
        match value {
            toml::Value::Array(items) => items.iter().map(PathBuf::from_toml).collect(),
            single => PathBuf::from_toml(single).map(|path| vec![path]),
        }
    }
    fn from_text(text: &str) -> std::result::Result<Self, String> {
        Ok(std::env::split_paths(text).collect())
    }
    fn shown(&self) -> serde_json::Value {
        self.iter().map(PathBuf::shown).collect()
    }
    fn relative_to(self, base: &Path) -> Self {
        self.into_iter().map(|path| base.join(path)).collect()
    }
}

impl Value for Address {
    const NAME: &'static str = "address";
    fn from_toml(value: &toml::Value) -> std::result::Result<Self, String> {
        String::from_toml(value).map(|url| Self(Zeroizing::new(url)))
    }
    fn from_text(text: &str) -> std::result::Result<Self, String> {
        Ok(Self(Zeroizing::new(text.to_owned())))
    }
    fn shown(&self) -> serde_json::Value {
        if self.0.is_empty() { "".into() } else { shown(&self.0).into() }
    }
}

impl Value for Addresses {
    const NAME: &'static str = "list of addresses";
    fn from_toml(value: &toml::Value) -> std::result::Result<Self, String> {
        let one = |value| String::from_toml(value).map(Zeroizing::new);
        match value {
            toml::Value::Array(items) => Ok(Self(items.iter().map(one).collect::<std::result::Result<_, _>>()?)),
            single => Ok(Self(vec![one(single)?])),
        }
    }
    fn from_text(text: &str) -> std::result::Result<Self, String> {
        Ok(Self(text.split_whitespace().map(|url| Zeroizing::new(url.to_owned())).collect()))
    }
    fn shown(&self) -> serde_json::Value {
        self.0.iter().map(|url| shown(url)).collect()
    }
}

impl Value for Vec<WitnessAt> {
    const NAME: &'static str = "list of verifier keys with addresses";
    fn from_toml(value: &toml::Value) -> std::result::Result<Self, String> {
        let one = |value: &toml::Value| {
            let text = String::from_toml(value)?;
            let (key, url) = text.split_once(' ').ok_or("a verifier key, a space and an address are wanted")?;
            Ok::<_, String>(WitnessAt { key: key_of(key, KeyType::Cosignature)?, url: url.trim().to_owned() })
        };
        match value {
            toml::Value::Array(items) => items.iter().map(one).collect(),
            single => Ok(vec![one(single)?]),
        }
    }
    fn from_text(text: &str) -> std::result::Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let pairs = words.chunks(2).map(|pair| toml::Value::String(pair.join(" "))).collect();
        Self::from_toml(&toml::Value::Array(pairs))
    }
    fn shown(&self) -> serde_json::Value {
        self.iter().map(|witness| format!("{} {}", witness.key, shown(&witness.url))).collect()
    }
}

impl Value for Vec<VerifierKey> {
    const NAME: &'static str = "list of verifier keys";
    fn from_toml(value: &toml::Value) -> std::result::Result<Self, String> {
        let one = |value: &toml::Value| key_of(&String::from_toml(value)?, KeyType::Ed25519);
        match value {
            toml::Value::Array(items) => items.iter().map(one).collect(),
            single => Ok(vec![one(single)?]),
        }
    }
    fn from_text(text: &str) -> std::result::Result<Self, String> {
        text.split_whitespace().map(|key| key_of(key, KeyType::Ed25519)).collect()
    }
    fn shown(&self) -> serde_json::Value {
        self.iter().map(ToString::to_string).collect()
    }
}

/// A verifier key of the type that is wanted.
fn key_of(text: &str, wanted: KeyType) -> std::result::Result<VerifierKey, String> {
    let key: VerifierKey = text.parse().map_err(|error: TlogError| error.to_string())?;
    match (key.key_type() == wanted, wanted) {
        (true, _) => Ok(key),
        (false, KeyType::Cosignature) => Err(format!("{} is the key of a log, not of a witness", key.name())),
        (false, KeyType::Ed25519) => Err(format!("{} is the key of a witness, not of a log", key.name())),
    }
}

impl Value for UnknownStatus {
    const NAME: &'static str = "warn or refuse";
    fn from_toml(value: &toml::Value) -> std::result::Result<Self, String> {
        String::from_toml(value).and_then(|text| Self::from_text(&text))
    }
    fn from_text(text: &str) -> std::result::Result<Self, String> {
        match text {
            "warn" => Ok(Self::Warn),
            "refuse" => Ok(Self::Refuse),
            _ => Err(format!("warn or refuse is wanted, not {text}")),
        }
    }
    fn shown(&self) -> serde_json::Value {
        match self {
            Self::Warn => "warn".into(),
            Self::Refuse => "refuse".into(),
        }
    }
}

impl Value for Level {
    const NAME: &'static str = "B-B, B-T, B-LT or B-LTA";
    fn from_toml(value: &toml::Value) -> std::result::Result<Self, String> {
        String::from_toml(value).and_then(|text| Self::from_text(&text))
    }
    fn from_text(text: &str) -> std::result::Result<Self, String> {
        let known = [Self::B, Self::T, Self::Lt, Self::Lta].into_iter().find(|level| level.name() == text);
        known.ok_or_else(|| format!("B-B, B-T, B-LT or B-LTA is wanted, not {text}"))
    }
    fn shown(&self) -> serde_json::Value {
        self.name().into()
    }
}

impl Value for Prices {
    const NAME: &'static str = "enforce or warn";
    fn from_toml(value: &toml::Value) -> std::result::Result<Self, String> {
        String::from_toml(value).and_then(|text| Self::from_text(&text))
    }
    fn from_text(text: &str) -> std::result::Result<Self, String> {
        match text {
            "enforce" => Ok(Self::Enforce),
            "warn" => Ok(Self::Warn),
            _ => Err(format!("enforce or warn is wanted, not {text}")),
        }
    }
    fn shown(&self) -> serde_json::Value {
        match self {
            Self::Enforce => "enforce".into(),
            Self::Warn => "warn".into(),
        }
    }
}

impl Value for Tls {
    const NAME: &'static str = "starttls, implicit or none";
    fn from_toml(value: &toml::Value) -> std::result::Result<Self, String> {
        String::from_toml(value).and_then(|text| Self::from_text(&text))
    }
    fn from_text(text: &str) -> std::result::Result<Self, String> {
        match text {
            "starttls" => Ok(Self::Starttls),
            "implicit" => Ok(Self::Implicit),
            "none" => Ok(Self::None),
            _ => Err(format!("starttls, implicit or none is wanted, not {text}")),
        }
    }
    fn shown(&self) -> serde_json::Value {
        match self {
            Self::Starttls => "starttls".into(),
            Self::Implicit => "implicit".into(),
            Self::None => "none".into(),
        }
    }
}

impl Value for u64 {
    const NAME: &'static str = "number";
    fn from_toml(value: &toml::Value) -> std::result::Result<Self, String> {
        let number = value.as_integer().ok_or_else(|| format!("a number is wanted, not {}", value.type_str()))?;
        Self::try_from(number).map_err(|_| "a number from 0 on is wanted".to_owned())
    }
    fn from_text(text: &str) -> std::result::Result<Self, String> {
        text.parse().map_err(|_| format!("a number is wanted, not {text}"))
    }
    fn shown(&self) -> serde_json::Value {
        (*self).into()
    }
}

impl Value for bool {
    const NAME: &'static str = "true or false";
    fn from_toml(value: &toml::Value) -> std::result::Result<Self, String> {
        value.as_bool().ok_or_else(|| format!("true or false is wanted, not {}", value.type_str()))
    }
    fn from_text(text: &str) -> std::result::Result<Self, String> {
        text.parse().map_err(|_| format!("true or false is wanted, not {text}"))
    }
    fn shown(&self) -> serde_json::Value {
        (*self).into()
    }
}

impl Value for SocketAddr {
    const NAME: &'static str = "address:port";
    fn from_toml(value: &toml::Value) -> std::result::Result<Self, String> {
        String::from_toml(value).and_then(|text| Self::from_text(&text))
    }
    fn from_text(text: &str) -> std::result::Result<Self, String> {
        text.parse().map_err(|_| format!("an IP address and port such as 127.0.0.1:8080 is wanted, not {text}"))
    }
    fn shown(&self) -> serde_json::Value {
        self.to_string().into()
    }
}
