//! Opens the data folder that the settings name.

use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::error::Result;
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
