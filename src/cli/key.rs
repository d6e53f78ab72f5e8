//! `dauson key`: the key store of the data folder.

use super::key_options::{ChosenKey, KeyOptions};
use super::output;
use super::{block_on, folder};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::people::keys;
use crate::pki::certificate::Certificate;
use serde::Serialize;
use time::OffsetDateTime;

/// Arguments of `dauson key`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Bring a key into the store, where it is sealed under the master key; of a key in a token, where it is and the PIN
    Import {
        /// Its name there
        name: String,
        /// The unit that may use it; without one only the command line may
        #[arg(long)]
        unit: Option<String>,
        #[command(flatten)]
        key: Box<KeyOptions>,
    },
    /// List the keys
    List {
        /// One JSON object for each
        #[arg(long)]
        json: bool,
    },
}

/// What `--json` prints for each key.
#[derive(Serialize)]
struct Shown {
    name: String,
    unit: Option<String>,
    subject: String,
    serial: String,
    #[serde(with = "time::serde::rfc3339")]
    not_after: OffsetDateTime,
    sha256: String,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    match &args.command {
        Command::Import { name, unit, key } => {
            let ChosenKey::Given(key) = key.read()? else {
                let why = "a key that is in the store already cannot be imported";
                return Err(Error::new(Kind::Usage, "usage", "dauson key import", why)
                    .hint("--p12, --key with --cert, or --pkcs11-uri"));
            };
            block_on(async {
                let folder = folder::open(config).await?;
                keys::import(&folder, name, unit.as_deref(), &key).await?;
                output::text(&format!("{name}: in the key store\n"))
            })?;
        }
        Command::List { json } => {
            let rows = block_on(async { keys::list(&folder::open_existing(config).await?).await })?;
            for row in rows {
                let certificate = Certificate::parse(&row.certificate)?;
                let shown = Shown {
                    name: row.id,
                    unit: row.unit,
                    subject: certificate.subject().to_string(),
                    serial: certificate.serial_hex(),
                    not_after: certificate.not_after(),
                    sha256: hex::encode(certificate.sha256()),
                };
                if *json {
                    output::json(&shown)?;
                } else {
                    let unit = shown.unit.as_deref().unwrap_or("-");
                    let until = shown.not_after.date();
                    output::text(&format!("{}  {unit}  until {until}  {}\n", shown.name, shown.subject))?;
                }
            }
        }
    }
    Ok(0)
}
