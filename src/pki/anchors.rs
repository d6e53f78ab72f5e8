//! Trust anchors: certificates that are believed because somebody put them where they are.

use super::PkiError;
use super::certificate::Certificate;
use base64::Engine;
use std::path::{Path, PathBuf};

/// Trust anchors. What makes them trusted is the configuration; their own signatures and validity are not asked.
#[derive(Debug, Clone, Default)]
pub struct TrustAnchors(Vec<Certificate>);

/// Bytes of one file of certificates or revocation lists.
const LARGEST: u64 = 256 << 20;

impl TrustAnchors {
    /// These certificates.
    pub const fn new(certificates: Vec<Certificate>) -> Self {
        Self(certificates)
    }

    /// The certificates in these PEM or DER files, and in the files of these folders.
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
                    match certificates_in(&file) {
                        Err(PkiError::Empty { .. }) => {}
                        found => all.extend(found?),
                    }
                }
            } else {
                all.extend(certificates_in(path)?);
            }
        }
        all.dedup();
        Ok(Self(all))
    }

    /// True without an anchor.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The anchors.
    pub fn iter(&self) -> std::slice::Iter<'_, Certificate> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a TrustAnchors {
    type Item = &'a Certificate;
    type IntoIter = std::slice::Iter<'a, Certificate>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
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
