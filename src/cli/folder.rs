//! Opens the data folder that the settings name.

use crate::config::Config;
use crate::data_folder::{DATABASE, DataFolder};
use crate::error::{Error, Kind, Result};
use std::sync::Arc;
use time::OffsetDateTime;

/// Units that a message names at most.
const MOST_NAMED: usize = 10;

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

/// The unit that is named; else that of a data folder that has only one.
pub async fn unit(folder: &DataFolder, named: Option<&str>) -> Result<String> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let units = crate::people::units::list(folder).await?;
    match units.as_slice() {
        [unit] => Ok(unit.id.clone()),
        [] => {
            Err(Error::new(Kind::NotFound, "unit.none", "unit", "there is none yet").hint("dauson unit put makes one"))
        }
        several => {
            let names: Vec<&str> = several.iter().take(MOST_NAMED).map(|unit| unit.id.as_str()).collect();
            let more = if several.len() > MOST_NAMED { ", ..." } else { "" };
            let why = format!("there are several: {}{more}", names.join(", "));
            Err(Error::new(Kind::Usage, "usage", "unit", why).hint("--unit names one of them"))
        }
    }
}
