//! `dauson unit`: the agencies that sign and issue receipts.

use super::output;
use super::{block_on, folder, input};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::people::units;
use crate::registry::images::ImageKind;
use crate::store::people::UnitRow;
use serde::Serialize;
use std::path::PathBuf;

/// Arguments of `dauson unit`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a unit, or change what is given of one; what was issued before keeps the old particulars
    Put(Box<PutArgs>),
    /// Keep the image that the unit's seal is seen with, unless another is handed in: PNG, transparent ground, red
    Image {
        /// The unit
        id: String,
        /// The seal
        #[arg(long, value_name = "FILE", required_unless_present = "remove")]
        seal: Option<PathBuf>,
        /// Take it away
        #[arg(long, conflicts_with = "seal")]
        remove: bool,
    },
    /// List the units
    List {
        /// One JSON object for each
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
struct PutArgs {
    /// A short identifier, such as xa-son-mau
    id: String,
    /// Its name, as receipts show it; a new unit needs name, tax code and address
    #[arg(long)]
    name: Option<String>,
    /// Its tax code
    #[arg(long)]
    tax_code: Option<String>,
    /// Its address
    #[arg(long)]
    address: Option<String>,
    /// Its telephone number
    #[arg(long)]
    phone: Option<String>,
    /// Its account: number and bank or treasury
    #[arg(long)]
    account: Option<String>,
    /// The key of the key store that signs its receipts
    #[arg(long, value_name = "NAME")]
    receipt_key: Option<String>,
    /// The unit above it, whose fee catalogue it inherits
    #[arg(long, value_name = "UNIT")]
    parent: Option<String>,
    /// Its logo, which its receipts show: a PNG of at most 256 KiB and 500,000 pixels
    #[arg(long, value_name = "FILE")]
    logo: Option<PathBuf>,
    /// Its receipts show no logo any more
    #[arg(long, conflicts_with = "logo")]
    no_logo: bool,
}

/// Bytes of a file that may be a logo.
const LARGEST: u64 = 1 << 20;

/// What `--json` prints for each unit.
#[derive(Serialize)]
struct Shown {
    id: String,
    name: String,
    tax_code: String,
    address: String,
    phone: Option<String>,
    account: Option<String>,
    receipt_key: Option<String>,
    parent: Option<String>,
}

/// Runs the command.
pub fn run(args: Args, config: &Config) -> Result<u8> {
    block_on(async {
        let folder = folder::open(config).await?;
        match args.command {
            Command::Put(a) => {
                let a = *a;
                let known = units::list(&folder).await?.into_iter().find(|unit| unit.id == a.id);
                let (is_new, old) = (known.is_none(), known.as_ref());
                let needed = |given: Option<String>, old: Option<&String>, option: &str| {
                    let missing = || {
                        let why = "a new unit needs a name, a tax code and an address";
                        Error::new(Kind::Usage, "usage", format!("unit {}", a.id), why).hint(option)
                    };
                    given.or_else(|| old.cloned()).ok_or_else(missing)
                };
                let unit = UnitRow {
                    name: needed(a.name, old.map(|u| &u.name), "--name")?,
                    tax_code: needed(a.tax_code, old.map(|u| &u.tax_code), "--tax-code")?,
                    address: needed(a.address, old.map(|u| &u.address), "--address")?,
                    phone: a.phone.or_else(|| old?.phone.clone()),
                    account: a.account.or_else(|| old?.account.clone()),
                    receipt_key: a.receipt_key.or_else(|| old?.receipt_key.clone()),
                    parent: a.parent.or_else(|| old?.parent.clone()),
                    id: a.id.clone(),
                };
                let logo = a.logo.as_deref().map(|file| input::read(file, LARGEST)).transpose()?;
                units::put(&folder, &unit, &folder::local_actor()).await?;
                if logo.is_some() || a.no_logo {
                    let set = units::set_logo(&folder, &unit.id, logo.as_deref(), &folder::local_actor()).await;
                    set.map_err(|error| match &a.logo {
                        Some(file) => error.about(file.display().to_string()),
                        None => error,
                    })?;
                }
                output::text(&format!("{}: {}\n", unit.id, if is_new { "made" } else { "changed" }))?;
            }
            Command::Image { id, seal, remove } => {
                let unit = units::get(&folder, &id).await?;
                super::user::images(&folder, &unit.id, &unit.id, [(ImageKind::Seal, seal)], remove).await?;
                output::text(&format!("{id}: {}\n", if remove { "removed" } else { "kept" }))?;
            }
            Command::List { json } => {
                for u in units::list(&folder).await? {
                    if json {
                        output::json(&Shown {
                            id: u.id,
                            name: u.name,
                            tax_code: u.tax_code,
                            address: u.address,
                            phone: u.phone,
                            account: u.account,
                            receipt_key: u.receipt_key,
                            parent: u.parent,
                        })?;
                    } else {
                        output::text(&format!("{}  {}  MST {}\n", u.id, u.name, u.tax_code))?;
                    }
                }
            }
        }
        Ok(0)
    })
}
