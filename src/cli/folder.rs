//! Opens the data folder that the settings name.

use super::key::custodians::read as read_share;
use crate::config::Config;
use crate::data_folder::master_key::{Custodians, MasterBytes, share_error};
use crate::data_folder::{DATABASE, DataFolder, MasterHome};
use crate::error::{Error, Kind, Result};
use crate::keys::AnyKey;
use crate::keys::shares::Share;
use crate::people::keys::pin::open_here;
use crate::people::keys::{self, view};
use crate::people::units;
use crate::reform::plans;
use crate::secret;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use time::OffsetDateTime;
use zeroize::Zeroizing;

/// Units that a message names at most.
const MOST_NAMED: usize = 10;

/// The data folder of the settings, by the system's clock. Where no service runs, this is when what is planned of units is done.
pub async fn open(config: &Config) -> Result<DataFolder> {
    let folder = open_at(config, master_home(config)?).await?;
    if let Err(error) = plans::carry_out(&folder).await {
        // the command has its own work to do
        tracing::warn!("what is planned of units: {error}");
    }
    Ok(folder)
}

/// The same for who looks into the log, be it that of a copy: nothing is done by that but what is asked for.
pub async fn open_for_audit(config: &Config) -> Result<DataFolder> {
    require(config)?;
    open_at(config, master_home(config)?).await
}

/// The same with the master key from there.
pub async fn open_at(config: &Config, home: MasterHome) -> Result<DataFolder> {
    let mut folder = DataFolder::open(&config.data, home, Arc::new(OffsetDateTime::now_utc)).await?;
    folder.log = folder.log.watched_by(config.witnesses()?);
    folder.key_rules = config.key_rules();
    folder.signing_services = Arc::new(config.http()?);
    Ok(folder)
}

/// Where the settings say the master key is. Custodians who gave no files are asked at the terminal, one after the other.
pub fn master_home(config: &Config) -> Result<MasterHome> {
    let shares: Vec<Share> = config.master_key_shares.iter().map(|file| read_share(file)).collect::<Result<_>>()?;
    if !shares.is_empty() {
        return Ok(MasterHome::Custodians(shares));
    }
    let variable = &config.master_key_variable;
    if !variable.is_empty() {
        let wrong = |why| Error::new(Kind::NotAllowed, "master_key", format!("environment variable {variable}"), why);
        let text = std::env::var_os(variable).ok_or_else(|| wrong("it is not set"))?;
        let text = Zeroizing::new(text.into_string().unwrap_or_default());
        let bytes = hex::decode(text.trim()).map(Zeroizing::new).unwrap_or_default();
        let mut key = MasterBytes::default();
        if bytes.len() != key.len() {
            return Err(wrong("it is not a master key: 64 hexadecimal digits"));
        }
        key.copy_from_slice(&bytes);
        return Ok(MasterHome::Given(key));
    }
    match Custodians::of(&config.data)? {
        Some(custodians) if !config.master_key_file.exists() => {
            let mut shares = Vec::new();
            for nth in 1..=custodians.need {
                let prompt = format!("Share of the master key ({nth} of {}): ", custodians.need);
                let Some(typed) = secret::ask(&prompt)? else { break };
                shares.push(Share::parse(&typed).map_err(|error| share_error("what was typed", &error))?);
            }
            if shares.is_empty() {
                Ok(config.master_key_file.as_path().into())
            } else {
                Ok(MasterHome::Custodians(shares))
            }
        }
        _ => Ok(config.master_key_file.as_path().into()),
    }
}

/// The same, for what only reads or goes on: a folder that is not there is a mistake in its name, not one to be made.
pub async fn open_existing(config: &Config) -> Result<DataFolder> {
    require(config)?;
    open(config).await
}

/// A key of the key store, ready to sign: where it has a PIN, by that of the file, or by what a person types at the terminal.
pub async fn stored_key(folder: &DataFolder, id: &str, pin_file: Option<&Path>) -> Result<Arc<AnyKey>> {
    let pin = pin_file.map(secret::read).transpose()?;
    match open_here(folder, id, pin.as_ref().map(|pin| pin.as_str())).await {
        Err(error) if error.code == "key.locked" => match secret::ask(&format!("PIN of the key {id}: "))? {
            Some(pin) => open_here(folder, id, Some(&pin)).await,
            None => Err(error),
        },
        opened => opened,
    }
}

/// The PIN of the key that signs receipts.
#[derive(Debug, clap::Args)]
pub struct PinOptions {
    /// The PIN of the unit's key for receipts is the first line of this file; without it a terminal asks for it
    #[arg(long, global = true, value_name = "FILE", help_heading = "Key")]
    pin_file: Option<PathBuf>,
    /// Which key that is, where those of several units have PINs
    #[arg(long, global = true, value_name = "NAME", help_heading = "Key")]
    key_id: Option<String>,
}

impl PinOptions {
    /// Opens the key before anything is issued, for as long as the command runs; `signs` if a person may be asked.
    pub async fn open(&self, folder: &DataFolder, signs: bool) -> Result<()> {
        let file = self.pin_file.as_deref();
        if file.is_none() && !signs {
            return Ok(());
        }
        let mut names = BTreeSet::new();
        match &self.key_id {
            Some(name) => _ = names.insert(name.clone()),
            None => {
                for name in units::list(folder).await?.into_iter().filter_map(|unit| unit.receipt_key) {
                    let name = keys::successor(folder, &name).await?;
                    if view::show(folder, &name).await?.pin {
                        names.insert(name);
                    }
                }
            }
        }
        let usage = |why| Err(Error::new(Kind::Usage, "usage", "--pin-file", why));
        match (names.into_iter().collect::<Vec<_>>().as_slice(), file) {
            ([name], _) => match stored_key(folder, name, file).await {
                // it may be another unit's that signs
                Err(error) if error.code == "key.locked" => Ok(()),
                opened => opened.map(|_| ()),
            },
            (_, None) => Ok(()),
            ([], Some(_)) => usage("no unit's key for receipts has a PIN"),
            (_, Some(_)) => {
                usage("the keys of several units have PINs").map_err(|error| error.hint("--key-id names one"))
            }
        }
    }
}

/// Refuses a data folder that is not there.
pub fn require(config: &Config) -> Result<()> {
    if config.data.join(DATABASE).is_file() {
        return Ok(());
    }
    let name = config.data.display().to_string();
    Err(Error::new(Kind::NotFound, "data.missing", name, "there is no data folder here")
        .hint("--data DIR or $DAUSON_DATA names it; dauson init makes one"))
}

/// Who acts when somebody works on the command line: the system's user whose process it is. The log gets a pseudonym.
pub fn local_actor() -> String {
    format!("local:{}", user())
}

/// The name of the process's real user, whatever the environment says; `uid:1234` if the system has no name for it.
#[cfg(unix)]
fn user() -> String {
    let uid = nix::unistd::getuid();
    let known = nix::unistd::User::from_uid(uid).ok().flatten();
    known.map_or_else(|| format!("uid:{uid}"), |user| user.name)
}

#[cfg(not(unix))]
fn user() -> String {
    std::env::var("USERNAME").unwrap_or_default()
}

/// The unit that is named; else that of a data folder that has only one.
pub async fn unit(folder: &DataFolder, named: Option<&str>) -> Result<String> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let mut units = units::list(folder).await?;
    units.retain(|unit| unit.closed.is_none());
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
