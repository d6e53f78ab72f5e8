//! `dauson unit`: the agencies that sign and issue receipts.

use super::output;
use super::{block_on, folder};
use crate::config::Config;
use crate::error::Result;
use crate::people::units;
use crate::store::people::UnitRow;
use serde::Serialize;

/// Arguments of `dauson unit`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Keep a unit, or new particulars of one; what was issued before keeps the old ones
    Put(PutArgs),
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
    /// Its name, as receipts show it
    #[arg(long)]
    name: String,
    /// Its tax code
    #[arg(long)]
    tax_code: String,
    /// Its address
    #[arg(long)]
    address: String,
    /// Its telephone number
    #[arg(long)]
    phone: Option<String>,
    /// Its account: number and bank or treasury
    #[arg(long)]
    account: Option<String>,
    /// The key of the key store that signs its receipts
    #[arg(long, value_name = "NAME")]
    receipt_key: Option<String>,
}

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
}

/// Runs the command.
pub fn run(args: Args, config: &Config) -> Result<u8> {
    block_on(async {
        let folder = folder::open(config).await?;
        match args.command {
            Command::Put(a) => {
                let unit = UnitRow {
                    id: a.id,
                    name: a.name,
                    tax_code: a.tax_code,
                    address: a.address,
                    phone: a.phone,
                    account: a.account,
                    receipt_key: a.receipt_key,
                };
                units::put(&folder, &unit).await?;
                output::text(&format!("{}: kept\n", unit.id))?;
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
