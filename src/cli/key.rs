//! `dauson key`: the key store of the data folder, and keys that are made there and in tokens.

pub mod custodians;
mod made;
mod service;

use super::folder::{self, local_actor};
use super::key_options::{KeyOptions, TokenOptions};
use super::{block_on, output};
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::people::keys::control::{self, Successor};
use crate::people::keys::terms::{self, Change};
use crate::people::keys::view::{self, KeyView};
use crate::people::keys::{self, Terms, one_time, pin, request};
use crate::receipts::catalogue::read_day;
use crate::receipts::content::VIETNAM;
use crate::secret;
use service::ServiceOptions;
use std::path::{Path, PathBuf};
use std::str::FromStr;
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
    /// Make a key in the store or in a token, where it stays, and the request for its certificate
    Generate(made::GenerateArgs),
    /// Put the certificate that was issued beside its key
    Certificate(made::CertificateArgs),
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
    /// Change how a key may be used: what is stricter counts at once; what is looser, once two people have asked the running service for it
    Terms {
        /// Its name
        name: String,
        /// Whether two custodians have to open it
        #[arg(long, value_name = "on|off")]
        two_person: Option<Switch>,
        /// How many signatures it may make in an hour; none: as many as there are
        #[arg(long, value_name = "N|none")]
        per_hour: Option<Quota>,
        /// Ask the running service for it; a keeper's or an administrator's token is the first line of this file
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
        /// The service's address [default: http:// and serve.address]
        #[arg(long, value_name = "URL", requires = "token_file")]
        server: Option<String>,
    },
    /// Have a key want the one-time passwords of an app (TOTP) whenever another program has it sign; prints the address that the app takes
    Otp {
        /// Its name
        name: String,
        /// It wants none any more
        #[arg(long)]
        off: bool,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Switch {
    On,
    Off,
}

/// Signatures in an hour.
#[derive(Debug, Clone, Copy)]
struct Quota(Option<u32>);

impl FromStr for Quota {
    type Err = String;
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text.parse::<u32>() {
            _ if text == "none" => Ok(Self(None)),
            Ok(number) if number > 0 => Ok(Self(Some(number))),
            _ => Err("a number from 1 on, or none".to_owned()),
        }
    }
}

impl TermOptions {
    const fn are_given(&self) -> bool {
        self.two_person || self.per_hour.is_some()
    }

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
        Command::Generate(args) => made::generate(args, config)?,
        Command::Certificate(args) => made::certificate(args, config)?,
        Command::List { token, json } if token.is_given() => made::list(token, *json)?,
        Command::List { json, .. } => block_on(async {
            let folder = folder::open_existing(config).await?;
            for view in view::list(&folder, None).await? {
                if *json { output::json(&view)? } else { output::text(&line(&view))? }
            }
            for waiting in request::list(&folder).await? {
                let unit = waiting.unit.as_deref().unwrap_or("-");
                let line = format!("{}  {unit}  waits for its certificate\n", waiting.name);
                if *json { output::json(&waiting)? } else { output::text(&line)? }
            }
            Ok(())
        })?,
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
        Command::Terms { name, two_person, per_hour, token_file, server } => {
            let two_person = two_person.map(|switch| switch == Switch::On);
            let change = Change { two_person, per_hour: per_hour.map(|Quota(most)| most) };
            match token_file {
                Some(file) => {
                    let service = ServiceOptions::new(server.clone(), file.clone());
                    block_on(service.change_terms(name, change, config))?;
                }
                None => act(config, name, "has these terms now", async |folder| {
                    terms::tighten(folder, name, change, &local_actor()).await
                })?,
            }
        }
        Command::Otp { name, off: true } => {
            act(config, name, "wants no one-time passwords any more", async |folder| {
                one_time::remove(folder, name, &local_actor()).await
            })?;
        }
        Command::Otp { name, off: false } => block_on(async {
            let folder = folder::open_existing(config).await?;
            let secret = one_time::set(&folder, name, &local_actor()).await?;
            output::text(&Zeroizing::new(format!("{}\n", *secret.address("Dauson", name))))
        })?,
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
        Some(_) if view.pin => words.push("PIN".to_owned()),
        _ => {}
    }
    if view.one_time {
        words.push("one-time passwords".to_owned());
    }
    if view.two_person {
        words.push("two custodians".to_owned());
    }
    if let Some(most) = view.per_hour {
        words.push(format!("{} of {most} signatures in this hour", view.used.unwrap_or_default()));
    }
    format!("{}  {unit}  until {}  {}  {}\n", view.name, view.not_after.date(), words.join(", "), view.subject)
}
