//! `dauson verify --online`: what certificates' own addresses say of them, fetched before the verdict.

use crate::cli::{folder, frame, input};
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::documents::extend::fetch_status;
use crate::documents::services::{Outside, Services};
use crate::documents::verify::Basis;
use crate::error::Result;
use crate::pki::CertificateList;
use crate::pki::certificate::Certificate;
use crate::pki::material::TrustMaterial;
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Somebody who can be sent to ask.
pub struct Asking {
    runtime: Runtime,
    folder: DataFolder,
    outside: Outside,
}

impl Asking {
    /// Opens the data folder, where answers are kept.
    pub fn new(config: &Config) -> Result<Self> {
        let runtime = frame::runtime(true)?;
        let folder = runtime.block_on(folder::open(config))?;
        Ok(Self { runtime, folder, outside: config.outside(&[])? })
    }

    /// All that is known already, and what could be fetched about the certificates of a PDF. What cannot be read as one is for
    /// the verdict to tell.
    pub fn fetch(&self, file: &Path, basis: &Basis<'_>) -> Result<TrustMaterial> {
        let mut known = basis.trust.clone();
        let source = Arc::new(input::open(file)?);
        let fetched = self.runtime.block_on(async {
            let services = Services::new(&self.folder, basis.trust, &[], &self.outside).await?;
            fetch_status(source, basis.password, &services).await
        });
        if let Ok(found) = fetched {
            known.certificates.extend(found.certificates.iter().filter_map(|der| Certificate::parse(der).ok()));
            known.crls.extend(found.crls.into_iter().map(CertificateList::from));
            known.ocsps.extend(found.ocsps);
        }
        Ok(known)
    }
}
