//! `dauson key`: the key store of the data folder, and keys that are made in tokens.

pub mod custodians;
mod on_token;
mod service;

use super::folder::{self, local_actor};
use super::key_options::{KeyOptions, TokenOptions};
use super::{block_on, output};
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::people::keys::control::{self, Successor};
use crate::people::keys::view::{self, KeyView};
use crate::people::keys::{self, Terms, pin};
use crate::receipts::catalogue::read_day;
use crate::receipts::content::VIETNAM;
use crate::secret;
use service::ServiceOptions;
use std::path::{Path, PathBuf};
use time::{Date, Duration, Time};
use zeroize::Zeroizing;

/// Arguments of `dauson key`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Bring a key into the store, where it is sealed under its PIN and the master key; of a key in a token or with a signing service, where
    /// it is and the PIN there
    Import {
        /// Its name there
        name: String,
        /// The unit that may use it; without one only the command line may
        #[arg(long)]
        unit: Option<String>,
        #[command(flatten)]
        terms: TermOptions,
        #[command(flatten)]
        key: Box<KeyOptions>,
    },
    /// Make a key pair in a token, which it cannot leave, and the request for its certificate
    Generate(on_token::GenerateArgs),
    /// Put the certificate that was issued beside its key in a token
    Certificate(on_token::CertificateArgs),
    /// List the keys of the store, and how they stand; with --on the keys and certificates in a token
    List {
        #[command(flatten)]
        token: TokenOptions,
        /// One JSON object for each
        #[arg(long)]
        json: bool,
    },
    /// Give a key another PIN, or a first one
    Pin {
        /// Its name
        name: String,
        /// The PIN that it has is the first line of this file
        #[arg(long, value_name = "FILE")]
        old_pin_file: Option<PathBuf>,
        /// The new PIN is the first line of this file; without it a terminal asks for it
        #[arg(long, value_name = "FILE")]
        new_pin_file: Option<PathBuf>,
    },
    /// Let a key take PINs again, after too many wrong ones
    Unblock {
        /// Its name
        name: String,
    },
    /// Open a key of the running service for a shift
    Unlock {
        /// Its name
        name: String,
        /// The key's PIN is the first line of this file; without it a terminal asks for it
        #[arg(long, value_name = "FILE")]
        pin_file: Option<PathBuf>,
        /// For how many hours [default: as long as the service allows]
        #[arg(long, value_name = "N")]
        hours: Option<u32>,
        #[command(flatten)]
        service: ServiceOptions,
    },
    /// Approve, as the second custodian, that a key of the running service is opened
    Approve {
        /// Its name
        name: String,
        #[command(flatten)]
        service: ServiceOptions,
    },
    /// Lock a key of the running service before its shift is over
    Lock {
        /// Its name
        name: String,
        #[command(flatten)]
        service: ServiceOptions,
    },
    /// Stop a key at once: it signs nothing more, in any process
    Stop {
        /// Its name
        name: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Let a stopped key sign again
    Resume {
        /// Its name
        name: String,
    },
    /// Give the place of a key to a new one: tokens and units that name the old one sign with it
    Rotate {
        /// The name of the old one
        name: String,
        /// The name of the new one
        #[arg(long, value_name = "NAME")]
        to: String,
        /// The day from which on the new one signs; left out it does at once
        #[arg(long, value_name = "D", value_parser = read_day)]
        from: Option<Date>,
        /// For how many days after that the old one may still be used by who names it
        #[arg(long, value_name = "DAYS", default_value_t = 0)]
        overlap: u32,
        #[command(flatten)]
        terms: TermOptions,
        #[command(flatten)]
        key: Box<KeyOptions>,
    },
    /// Destroy a key for good; its certificate and the record stay
    Destroy {
        /// Its name
        name: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// The master key, which opens the key store, among custodians
    #[command(subcommand)]
    Custodians(custodians::Command),
}

/// How a new key is kept.
#[derive(Debug, clap::Args)]
pub struct TermOptions {
    /// Two custodians have to open it, in the service: one asks, another approves
    #[arg(long)]
    two_person: bool,
    /// How many signatures it may make in an hour; a receipt has two
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    per_hour: Option<u32>,
}

impl TermOptions {
    const fn with(&self, pin: Option<Zeroizing<String>>) -> Terms {
        Terms { pin, two_person: self.two_person, per_hour: self.per_hour }
    }
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    match &args.command {
        Command::Import { name, unit, terms, key } => {
            let (key, pin) = key.read_for_store(config)?;
            block_on(async {
                let folder = folder::open(config).await?;
                keys::import_on(&folder, name, unit.as_deref(), &key, &terms.with(pin)).await?;
                output::text(&format!("{name}: in the key store\n"))
            })?;
        }
        Command::Generate(args) => on_token::generate(args)?,
        Command::Certificate(args) => on_token::certificate(args)?,
        Command::List { token, json } if token.is_given() => on_token::list(token, *json)?,
        Command::List { json, .. } => {
            for view in block_on(async { view::list(&folder::open_existing(config).await?, None).await })? {
                if *json { output::json(&view)? } else { output::text(&line(&view))? }
            }
        }
        Command::Pin { name, old_pin_file, new_pin_file } => block_on(async {
            let folder = folder::open_existing(config).await?;
            let has_pin = view::show(&folder, name).await?.pin;
            let old = match old_pin_file {
                None if has_pin => secret::ask(&format!("PIN of the key {name}: "))?,
                file => file.as_deref().map(secret::read).transpose()?,
            };
            let new = new_pin(name, new_pin_file.as_deref())?;
            pin::change(&folder, name, old.as_ref().map(|pin| pin.as_str()), &new, &local_actor()).await?;
            output::text(&format!("{name}: has a new PIN\n"))
        })?,
        Command::Unblock { name } => {
            act(config, name, "takes PINs", async |folder| pin::unblock(folder, name, &local_actor()).await)?;
        }
        Command::Unlock { name, pin_file, hours, service } => {
            block_on(service::unlock(name, pin_file.as_ref(), *hours, service, config))?;
        }
        Command::Approve { name, service } => block_on(service.ask(name, "unlock/approve", b"{}", config))?,
        Command::Lock { name, service } => block_on(service.ask(name, "lock", b"{}", config))?,
        Command::Stop { name, reason } => {
            act(config, name, "stopped", async |folder| control::stop(folder, name, reason, &local_actor()).await)?;
        }
        Command::Resume { name } => {
            act(config, name, "signs again", async |folder| control::resume(folder, name, &local_actor()).await)?;
        }
        Command::Rotate { name, to, from, overlap, terms, key } => {
            let (key, pin) = key.read_for_store(config)?;
            let from = from.map(|day| day.with_time(Time::MIDNIGHT).assume_offset(VIETNAM));
            act(config, name, &format!("succeeded by {to}"), async |folder| {
                let overlap = Duration::days((*overlap).into());
                let successor = Successor { name: to, key: &key, terms: terms.with(pin), from, overlap };
                control::rotate(folder, name, successor, &local_actor()).await
            })?;
        }
        Command::Destroy { name, reason } => {
            act(config, name, "destroyed", async |folder| {
                control::destroy(folder, name, reason, &local_actor()).await
            })?;
        }
        Command::Custodians(command) => block_on(custodians::run(command, config))?,
    }
    Ok(0)
}

/// Does something to a key, and says that it is done.
fn act(config: &Config, name: &str, done: &str, work: impl AsyncFnOnce(&DataFolder) -> Result<()>) -> Result<()> {
    block_on(async {
        work(&folder::open_existing(config).await?).await?;
        output::text(&format!("{name}: {done}\n"))
    })
}

/// A new PIN, from a file or typed twice.
fn new_pin(name: &str, file: Option<&Path>) -> Result<Zeroizing<String>> {
    let wrong = |why| Error::new(Kind::Usage, "key.pin", format!("key {name}"), why);
    if let Some(file) = file {
        return secret::read(file);
    }
    let Some(first) = secret::ask(&format!("New PIN of the key {name}: "))? else {
        return Err(wrong("the new PIN is not said").hint("--new-pin-file"));
    };
    match secret::ask("The same again: ")? {
        Some(second) if *second == *first => Ok(first),
        _ => Err(wrong("the two are not the same")),
    }
}

/// A key in a line.
fn line(view: &KeyView) -> String {
    let unit = view.unit.as_deref().unwrap_or("-");
    let mut words = vec![view.state.as_str().to_owned()];
    if let Some(successor) = &view.successor {
        words.push(format!("successor {successor}"));
    }
    match view.tries_left {
        Some(0) => words.push("blocked".to_owned()),
        Some(_) => words.push("PIN".to_owned()),
        None => {}
    }
    if view.two_person {
        words.push("two custodians".to_owned());
    }
    if let Some(most) = view.per_hour {
        words.push(format!("{} of {most} signatures in this hour", view.used.unwrap_or_default()));
    }
    format!("{}  {unit}  until {}  {}  {}\n", view.name, view.not_after.date(), words.join(", "), view.subject)
}
