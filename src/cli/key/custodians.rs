//! `dauson key custodians`: the master key in shares.

use crate::audit::entry::{Action, Entry};
use crate::cli::folder::{self, local_actor};
use crate::cli::output;
use crate::config::Config;
use crate::data_folder::MasterHome;
use crate::data_folder::master_key::{Custodians, remove_file, share_error};
use crate::error::{Error, Kind, Result};
use crate::keys::shares::{self, MOST_SHARES, Share};
use crate::output::{cannot_write, write_private};
use std::path::{Path, PathBuf};

/// `dauson key custodians`.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Split the master key: each custodian gets a file, and the file with the key is removed
    Split {
        /// How many custodians there are
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(2..=i64::from(MOST_SHARES)))]
        of: u8,
        /// How many of them are needed
        #[arg(long, value_name = "K", value_parser = clap::value_parser!(u8).range(2..=i64::from(MOST_SHARES)))]
        need: u8,
        /// A new folder for the shares; each custodian takes one of them away
        #[arg(long, value_name = "DIR")]
        out_dir: PathBuf,
    },
}

/// Runs the command.
pub async fn run(command: &Command, config: &Config) -> Result<()> {
    let Command::Split { of, need, out_dir } = command;
    let wrong = |why: &str| Err(Error::new(Kind::Usage, "usage", "dauson key custodians split", why));
    if need > of {
        return wrong("more custodians would be needed than there are");
    }
    folder::require(config)?;
    let home = folder::master_home(config)?;
    let folder = folder::open_at(config, home.clone()).await?;
    let real = |path: &Path| path.canonicalize().map_err(|error| cannot_write(path, error));
    let beside = out_dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if real(beside)?.starts_with(real(&config.data)?) {
        return wrong("shares in the data folder would be in its backups, too: --out-dir names another place");
    }
    std::fs::create_dir(out_dir).map_err(|error| cannot_write(out_dir, error))?;
    let key = home.key(&config.data, false, &*folder.random)?;
    let made = shares::split(&key, *need, *of, &*folder.random)?;
    let mut written = Vec::with_capacity(made.len());
    for share in &made {
        let file = out_dir.join(format!("share-{}-of-{of}.txt", share.number));
        let text = zeroize::Zeroizing::new(format!(
            "# Custodian {} of {of} of the master key of {}; {need} of them are needed. Keep this secret, and apart from the others.\n{}\n",
            share.number,
            folder.log.origin(),
            *share.text()
        ));
        write_private(&file, text.as_bytes())?;
        written.push(read(&file)?);
        output::text(&format!("{}\n", file.display()))?;
    }
    // as they will be needed one day
    written.reverse();
    if *shares::join(&written).map_err(|error| share_error("the shares", &error))? != *key {
        return Err(Error::new(Kind::Bug, "share.wrong", "the shares", "they do not give the master key"));
    }
    let entry = Entry::new(Action::MasterKeySplit, folder.now())?.by(folder.log.pseudonym(&local_actor()));
    folder.log.record(entry).await?;
    if let Some(share) = made.first() {
        Custodians::with(share).keep(&config.data)?;
    }
    match home {
        MasterHome::File(file) => {
            remove_file(&file)?;
            output::text(&format!(
                "{}: removed; from now on {need} of {of} shares open the data folder\n",
                file.display()
            ))
        }
        MasterHome::Given(_) | MasterHome::Custodians(_) => {
            output::text(&format!("from now on {need} of these {of} shares open the data folder\n"))
        }
    }
}

/// Reads a custodian's file.
pub fn read(file: &Path) -> Result<Share> {
    let name = file.display().to_string();
    let text = zeroize::Zeroizing::new(std::fs::read_to_string(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::new(Kind::NotFound, "share.missing", &name, "there is no such file"),
        _ => Error::new(Kind::BadInput, "share.unreadable", &name, format!("cannot be read: {error}")),
    })?);
    Share::parse(&text).map_err(|error| share_error(&name, &error))
}
