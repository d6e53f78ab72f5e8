//! What validations start from, as it lies in files: trust anchors, further certificates, revocation data.

use super::anchors::{TrustAnchors, certificates_in, values_in};
use super::certificate::Certificate;
use super::{CertificateList, PkiError};
use crate::digest::sha256;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Anchors, certificates and revocation data.
#[derive(Debug, Clone, Default)]
pub struct TrustMaterial {
    /// Who is believed.
    pub anchors: TrustAnchors,
    /// Certificates that may be part of a path, or sign revocation data.
    pub certificates: Vec<Certificate>,
    /// Revocation lists.
    pub crls: Vec<CertificateList>,
    /// OCSPResponses, DER.
    pub ocsps: Vec<Vec<u8>>,
}

impl TrustMaterial {
    /// The anchors in these files and folders (those that are not there are none), and what the data folder holds: `certs/`,
    /// `crls/`, and the answers of CAs in `cache/`.
    pub fn load(anchors: &[PathBuf], data_folder: &Path) -> Result<Self, PkiError> {
        let there: Vec<PathBuf> = anchors.iter().filter(|p| p.exists()).cloned().collect();
        let mut material = Self { anchors: TrustAnchors::from_files(&there)?, ..Self::default() };
        for file in files_in(&data_folder.join("certs"))? {
            material.add_certificates(&file)?;
        }
        for file in files_in(&data_folder.join("crls"))? {
            material.add_crls(&file)?;
        }
        for file in files_in(&data_folder.join("cache"))? {
            // another process may replace it, and one that is damaged says nothing
            let _ = match file.extension().and_then(|ending| ending.to_str()) {
                Some("ocsp") => material.add_ocsps(&file),
                Some("crl") => material.add_crls(&file),
                Some("cer") => material.add_certificates(&file),
                _ => Ok(()),
            };
        }
        Ok(material)
    }

    /// What all of it is, a line each, whatever files it was in: `anchor`, `certificate`, `crl` or `ocsp`, a space and the SHA-256 of the value in
    /// hexadecimal; of an anchor also what it is believed for and when, as JSON.
    pub fn lines(&self) -> BTreeSet<String> {
        let line = |kind: &str, sha256: [u8; 32]| format!("{kind} {}", hex::encode(sha256));
        let anchors = self.anchors.anchors().iter().map(|anchor| {
            let scope = serde_json::to_string(&anchor.scope).unwrap_or_default();
            format!("{} {scope}", line("anchor", anchor.certificate.sha256()))
        });
        anchors
            .chain(self.certificates.iter().map(|certificate| line("certificate", certificate.sha256())))
            .chain(self.crls.iter().map(|crl| line("crl", crl.sha256())))
            .chain(self.ocsps.iter().map(|ocsp| line("ocsp", sha256(ocsp))))
            .collect()
    }

    /// The certificates in the files of a folder; none if it is not there.
    pub fn certificates_of(folder: &Path) -> Result<Vec<Certificate>, PkiError> {
        let mut all = Vec::new();
        for file in files_in(folder)? {
            all.extend(certificates_in(&file)?);
        }
        Ok(all)
    }

    /// Adds the certificates in a file.
    pub fn add_certificates(&mut self, file: &Path) -> Result<(), PkiError> {
        self.certificates.extend(certificates_in(file)?);
        Ok(())
    }

    /// Adds the revocation lists in a file.
    pub fn add_crls(&mut self, file: &Path) -> Result<(), PkiError> {
        self.crls.extend(values_in(file, "X509 CRL")?.into_iter().map(CertificateList::from));
        Ok(())
    }

    /// Adds the OCSP responses in a file.
    pub fn add_ocsps(&mut self, file: &Path) -> Result<(), PkiError> {
        self.ocsps.extend(values_in(file, "OCSP RESPONSE")?);
        Ok(())
    }
}

/// The files of a folder, by name; none if it is not there.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, PkiError> {
    let failed = |e: std::io::Error| PkiError::File { path: folder.display().to_string(), why: e.to_string() };
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    let mut files: Vec<PathBuf> = entries.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>().map_err(failed)?;
    files.retain(|f| f.is_file());
    files.sort();
    Ok(files)
}
