//! Opens the data folder that the settings name.

use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::error::Result;
use crate::pki::material::TrustMaterial;
use std::path::PathBuf;
use std::sync::Arc;
use time::OffsetDateTime;

/// The data folder of the settings, by the system's clock.
pub async fn open(config: &Config) -> Result<DataFolder> {
    DataFolder::open(&config.data, &config.master_key_file, Arc::new(OffsetDateTime::now_utc)).await
}

/// Who acts when somebody works on the command line: the system's user. The log gets a pseudonym.
pub fn local_actor() -> String {
    let user = ["USER", "USERNAME", "LOGNAME"].into_iter().find_map(std::env::var_os);
    format!("local:{}", user.unwrap_or_default().to_string_lossy())
}

/// Trust anchors, certificates and revocation data: of the settings and the data folder, the anchors replaced by those that
/// are given.
pub fn trust(config: &Config, given: &[PathBuf]) -> Result<TrustMaterial> {
    let anchors = if given.is_empty() { config.trust.as_slice() } else { given };
    let mut material = TrustMaterial::load(anchors, &config.data)?;
    if !given.is_empty() {
        // one that is given and not there is a mistake, one of the settings may come later
        material.anchors = crate::pki::anchors::TrustAnchors::from_files(given)?;
    }
    Ok(material)
}
