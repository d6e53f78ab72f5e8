//! Trust anchors: certificates that are believed because somebody put them where they are.
//!
//! What an anchor is believed for, and when, stands in a file beside it: `root.toml` beside `root.pem`.
//!
//! ```toml
//! purpose = ["signing", "time-stamping"]
//! valid_from = 2018-01-01T00:00:00Z
//! valid_until = 2031-01-01T00:00:00Z
//! ```

use super::PkiError;
use super::certificate::Certificate;
use super::path::Purpose;
use base64::Engine;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A trust anchor. What makes it trusted is the configuration; its own signature and validity are not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The certificate.
    pub certificate: Certificate,
    /// What it is believed for, and when.
    pub scope: Scope,
}

/// What an anchor is believed for, and when; without restrictions for everything and always.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// For what; for everything if it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub purpose: Vec<AnchorPurpose>,
    /// From this time on.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "as_text")]
    pub valid_from: Option<OffsetDateTime>,
    /// Until this time.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "as_text")]
    pub valid_until: Option<OffsetDateTime>,
}

/// What an anchor may be believed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnchorPurpose {
    /// Certificates of those who sign documents.
    Signing,
    /// Certificates of time-stamping authorities.
    TimeStamping,
}

impl Scope {
    /// Whether an anchor of this scope is believed.
    fn holds(&self, purpose: Purpose, at: OffsetDateTime) -> bool {
        self.is_for(purpose)
            && self.valid_from.is_none_or(|from| at >= from)
            && self.valid_until.is_none_or(|until| at < until)
    }

    fn is_for(&self, purpose: Purpose) -> bool {
        let purpose = match purpose {
            Purpose::Signing => Some(AnchorPurpose::Signing),
            Purpose::TimeStamping => Some(AnchorPurpose::TimeStamping),
            Purpose::Any => None,
        };
        self.purpose.is_empty() || purpose.is_none_or(|p| self.purpose.contains(&p))
    }
}

/// Trust anchors.
#[derive(Debug, Clone, Default)]
pub struct TrustAnchors(Vec<Anchor>);

/// Bytes of one file of certificates or revocation lists.
const LARGEST: u64 = 256 << 20;

impl TrustAnchors {
    /// These certificates, for everything and always.
    pub fn new(certificates: Vec<Certificate>) -> Self {
        Self(certificates.into_iter().map(|certificate| Anchor { certificate, scope: Scope::default() }).collect())
    }

    /// The certificates in these PEM or DER files, and in the files of these folders, with what stands beside them.
    pub fn from_files(paths: &[PathBuf]) -> Result<Self, PkiError> {
        let mut all = Vec::new();
        for path in paths {
            let failed = |e: std::io::Error| unreadable(path, &e);
            if path.is_dir() {
                let mut files: Vec<PathBuf> =
                    std::fs::read_dir(path).and_then(|d| d.map(|e| e.map(|e| e.path())).collect()).map_err(failed)?;
                files.retain(|f| f.is_file());
                files.sort();
                for file in files {
                    // a folder may hold other things, too
                    match anchors_in(&file) {
                        Err(PkiError::Empty { .. }) => {}
                        found => all.extend(found?),
                    }
                }
            } else {
                all.extend(anchors_in(path)?);
            }
        }
        all.dedup();
        Ok(Self(all))
    }

    /// True without an anchor.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The anchors that are believed for a purpose at a time.
    pub fn believed(&self, purpose: Purpose, at: OffsetDateTime) -> impl Iterator<Item = &Certificate> {
        self.0.iter().filter(move |anchor| anchor.scope.holds(purpose, at)).map(|anchor| &anchor.certificate)
    }

    /// The sunset date of an anchor (EN 319 102-1 clause 5.6.2.2): until when it is believed for a purpose, if that ends.
    pub fn sunset(&self, certificate: &Certificate, purpose: Purpose) -> Option<OffsetDateTime> {
        let fits = |anchor: &&Anchor| anchor.certificate == *certificate && anchor.scope.is_for(purpose);
        let ends: Option<Vec<OffsetDateTime>> =
            self.0.iter().filter(fits).map(|anchor| anchor.scope.valid_until).collect();
        ends?.into_iter().max()
    }

    /// The sunset dates of all anchors for a purpose that are over, the latest first.
    pub fn sunsets(&self, purpose: Purpose, at: OffsetDateTime) -> Vec<OffsetDateTime> {
        let fits = self.0.iter().filter(|anchor| anchor.scope.is_for(purpose));
        let mut all: Vec<OffsetDateTime> =
            fits.filter_map(|anchor| anchor.scope.valid_until).filter(|u| *u <= at).collect();
        all.sort_unstable_by_key(|until| std::cmp::Reverse(*until));
        all.dedup();
        all
    }

    /// All anchors.
    pub fn anchors(&self) -> &[Anchor] {
        &self.0
    }

    /// The certificates of all anchors.
    pub fn iter(&self) -> impl Iterator<Item = &Certificate> {
        self.0.iter().map(|anchor| &anchor.certificate)
    }
}

/// Where the scope of the anchors in a file stands.
pub fn scope_file(anchors: &Path) -> PathBuf {
    anchors.with_extension("toml")
}

fn anchors_in(file: &Path) -> Result<Vec<Anchor>, PkiError> {
    let certificates = certificates_in(file)?;
    let beside = scope_file(file);
    let scope = match std::fs::read_to_string(&beside) {
        Ok(text) => toml::from_str(&text)
            .map_err(|e| PkiError::File { path: beside.display().to_string(), why: e.message().to_owned() })?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Scope::default(),
        Err(error) => return Err(unreadable(&beside, &error)),
    };
    Ok(certificates.into_iter().map(|certificate| Anchor { certificate, scope: scope.clone() }).collect())
}

/// Times as TOML has them, or as text.
mod as_text {
    use super::{OffsetDateTime, Rfc3339};
    use serde::{Deserialize, Deserializer, Serializer, de, ser};

    #[allow(clippy::ref_option)] // serde's signature
    pub fn serialize<S: Serializer>(time: &Option<OffsetDateTime>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.serialize_str(&time.format(&Rfc3339).map_err(ser::Error::custom)?),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<OffsetDateTime>, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Text(String),
            Time(toml::value::Datetime),
        }
        let text = match Written::deserialize(deserializer)? {
            Written::Text(text) => text,
            Written::Time(time) => time.to_string(),
        };
        OffsetDateTime::parse(&text, &Rfc3339)
            .map(Some)
            .map_err(|_| de::Error::custom("it is not a time such as 2026-11-24T08:00:00Z"))
    }
}

/// The certificates in a PEM or DER file.
pub fn certificates_in(file: &Path) -> Result<Vec<Certificate>, PkiError> {
    values_in(file, "CERTIFICATE")?
        .iter()
        .map(|der| {
            Certificate::parse(der).map_err(|e| PkiError::File { path: file.display().to_string(), why: e.to_string() })
        })
        .collect()
}

/// The values in a file: of all PEM blocks with this label, else the file itself as DER.
pub fn values_in(file: &Path, label: &str) -> Result<Vec<Vec<u8>>, PkiError> {
    let failed = |why: String| PkiError::File { path: file.display().to_string(), why };
    let length = std::fs::metadata(file).map_err(|e| unreadable(file, &e))?.len();
    if length > LARGEST {
        return Err(failed(format!("it is larger than {LARGEST} bytes")));
    }
    let bytes = std::fs::read(file).map_err(|e| unreadable(file, &e))?;
    if bytes.first() == Some(&0x30) {
        return Ok(vec![bytes]);
    }
    let text = String::from_utf8_lossy(&bytes);
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let blocks: Vec<Vec<u8>> = text
        .split(&begin)
        .skip(1)
        .map(|rest| {
            let body = rest.split(&end).next().unwrap_or_default();
            let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
            base64::engine::general_purpose::STANDARD.decode(body).map_err(|e| failed(format!("it is not PEM: {e}")))
        })
        .collect::<Result<_, _>>()?;
    if blocks.is_empty() {
        return Err(PkiError::Empty { path: file.display().to_string(), label: label.to_owned() });
    }
    Ok(blocks)
}

fn unreadable(path: &Path, error: &std::io::Error) -> PkiError {
    let path = path.display().to_string();
    if error.kind() == std::io::ErrorKind::NotFound {
        return PkiError::Missing { path };
    }
    PkiError::File { path, why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn an_anchor_is_believed_for_its_purposes_in_its_time() {
        let text =
            "purpose = [\"time-stamping\"]\nvalid_from = 2018-01-01T00:00:00Z\nvalid_until = \"2031-01-01T00:00:00Z\"";
        let scope: Scope = toml::from_str(text).unwrap();
        assert_eq!(toml::from_str::<Scope>(&toml::to_string(&scope).unwrap()).unwrap(), scope);
        let now = datetime!(2026-11-24 0:00 UTC);
        assert!(scope.holds(Purpose::TimeStamping, now) && scope.holds(Purpose::Any, now));
        assert!(!scope.holds(Purpose::Signing, now));
        assert!(!scope.holds(Purpose::Any, datetime!(2017-12-31 23:59 UTC)));
        assert!(!scope.holds(Purpose::Any, datetime!(2031-01-01 0:00 UTC)));
        assert!(Scope::default().holds(Purpose::Signing, now));
        let none: Vec<OffsetDateTime> = TrustAnchors::default().sunsets(Purpose::Signing, now);
        assert!(none.is_empty());
        for wrong in
            ["purpose = \"signing\"", "purpose = [\"sealing\"]", "valid_until = 2031", "until = 2031-01-01T00:00:00Z"]
        {
            assert!(toml::from_str::<Scope>(wrong).is_err(), "{wrong}");
        }
    }
}
