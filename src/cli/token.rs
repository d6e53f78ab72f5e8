//! `dauson token`: who may use the HTTP API, and as what.

use super::output;
use super::{block_on, folder};
use crate::config::Config;
use crate::error::Result;
use crate::people::permissions::Role;
use crate::people::tokens::{self, NewToken};
use crate::store::people::TokenRow;
use serde::Serialize;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// Arguments of `dauson token`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a token; it is printed once, and nothing of it can be read again
    Create(CreateArgs),
    /// List the tokens
    List {
        /// One JSON object for each
        #[arg(long)]
        json: bool,
    },
    /// End a token at once
    Revoke {
        /// Its identifier, as the list shows it
        id: String,
    },
}

#[derive(Debug, clap::Args)]
struct CreateArgs {
    /// What it is for
    #[arg(long)]
    name: String,
    /// The unit that its bearer acts for
    #[arg(long)]
    unit: String,
    /// What its bearer may do: clerk, leader, drafter, officer, accountant, auditor, keeper or admin
    #[arg(long)]
    role: Role,
    /// The key of the key store that its bearer signs with
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    /// How many days it lasts
    #[arg(long, value_name = "N", default_value_t = 365)]
    days: u32,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// What `--json` prints for each token.
#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    name: &'a str,
    unit: &'a str,
    role: &'a str,
    key: Option<&'a str>,
    created: String,
    expires: String,
    revoked: Option<String>,
}

impl<'a> Shown<'a> {
    fn new(row: &'a TokenRow, token: Option<&'a str>) -> Self {
        let text = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
        Self {
            id: &row.id,
            token,
            name: &row.name,
            unit: &row.unit,
            role: &row.role,
            key: row.signing_key.as_deref(),
            created: text(row.created),
            expires: text(row.expires),
            revoked: row.revoked.map(text),
        }
    }
}

/// Runs the command.
pub fn run(args: Args, config: &Config) -> Result<u8> {
    block_on(async {
        let folder = folder::open_existing(config).await?;
        match args.command {
            Command::Create(args) => {
                let new = NewToken {
                    name: args.name,
                    unit: args.unit,
                    role: args.role,
                    signing_key: args.key,
                    lifetime: Duration::days(args.days.into()),
                };
                let (row, token) = tokens::create(&folder, new).await?;
                if args.json {
                    output::json(&Shown::new(&row, Some(&token)))?;
                } else {
                    output::text(&format!("{}\n", *token))?;
                }
            }
            Command::List { json } => {
                let now = folder.now();
                for row in tokens::list(&folder).await? {
                    if json {
                        output::json(&Shown::new(&row, None))?;
                        continue;
                    }
                    let state = match row.revoked {
                        Some(at) => format!("revoked on {}", at.date()),
                        None if now >= row.expires => format!("expired on {}", row.expires.date()),
                        None => format!("until {}", row.expires.date()),
                    };
                    output::text(&format!("{}  {}  {} of {}, {state}\n", row.id, row.name, row.role, row.unit))?;
                }
            }
            Command::Revoke { id } => {
                tokens::revoke(&folder, &id).await?;
                output::text(&format!("{id}: revoked\n"))?;
            }
        }
        Ok(0)
    })
}
