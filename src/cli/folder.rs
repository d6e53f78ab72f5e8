//! Opens the data folder that the settings name.

use crate::config::Config;
use crate::data_folder::{DATABASE, DataFolder};
use crate::error::{Error, Kind, Result};
use std::sync::Arc;
use time::OffsetDateTime;

/// The data folder of the settings, by the system's clock.
pub async fn open(config: &Config) -> Result<DataFolder> {
    let mut folder = DataFolder::open(&config.data, &config.master_key_file, Arc::new(OffsetDateTime::now_utc)).await?;
    folder.log = folder.log.watched_by(config.witnesses()?);
    Ok(folder)
}

/// The same, for what only reads or goes on: a folder that is not there is a mistake in its name, not one to be made.
pub async fn open_existing(config: &Config) -> Result<DataFolder> {
    require(config)?;
    open(config).await
}

/// Refuses a data folder that is not there.
pub fn require(config: &Config) -> Result<()> {
    if config.data.join(DATABASE).is_file() {
        return Ok(());
    }
    let name = config.data.display().to_string();
    Err(Error::new(Kind::NotFound, "data.missing", name, "there is no data folder here")
        .hint("--data DIR or $DAUSON_DATA names it; dauson unit put, key import and sign make one"))
}

/// Who acts when somebody works on the command line: the system's user. The log gets a pseudonym.
pub fn local_actor() -> String {
    let user = ["USER", "USERNAME", "LOGNAME"].into_iter().find_map(std::env::var_os);
    format!("local:{}", user.unwrap_or_default().to_string_lossy())
}
