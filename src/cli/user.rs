//! `dauson user`: the people who sign in, and what they are in their units.

use super::output;
use super::{block_on, folder, input};
use crate::config::Config;
use crate::data_folder::{DataFolder, VIETNAM};
use crate::error::{Kind, Result};
use crate::people::not_found;
use crate::people::permissions::Role;
use crate::people::users::offices::{self, NewOffice};
use crate::people::users::{Administrator, accounts};
use crate::receipts::catalogue::read_day;
use crate::registry::images::{self, ImageKind};
use crate::store::users::OfficeRow;
use serde_json::json;
use std::path::PathBuf;
use time::Date;
use time::format_description::well_known::Rfc3339;

/// Arguments of `dauson user`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make an account; prints the invitation by which its holder sets a password, once
    Add {
        /// The name to sign in with: small letters, digits, -, ., _ and @
        login: String,
        /// The full name
        #[arg(long)]
        name: String,
        /// The unit whose administrator cares for the account
        #[arg(long)]
        unit: String,
    },
    /// Invite somebody anew, who has forgotten the password or lost the telephone
    Invite {
        /// The login
        login: String,
    },
    /// Give somebody an office: what they are in a unit, from one day to another
    Office(OfficeArgs),
    /// End an office
    End {
        /// Its identifier, as the list shows it
        office: String,
        /// The last day, 2026-11-24; without it the office ends at once
        #[arg(long, value_name = "DAY", value_parser = read_day)]
        last: Option<Date>,
    },
    /// Keep images that somebody's signatures are seen with, unless another is handed in: PNG, transparent ground, blue
    Image {
        /// The login
        login: String,
        /// The handwritten signature
        #[arg(long, value_name = "FILE", required_unless_present_any = ["initials", "remove"])]
        signature: Option<PathBuf>,
        /// The initials
        #[arg(long, value_name = "FILE")]
        initials: Option<PathBuf>,
        /// Take both away
        #[arg(long, conflicts_with_all = ["signature", "initials"])]
        remove: bool,
    },
    /// Nobody signs in with the account any more; its sessions end
    Disable {
        /// The login
        login: String,
    },
    /// The account counts again
    Enable {
        /// The login
        login: String,
    },
    /// List the accounts with their offices
    List {
        /// One JSON object for each
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
struct OfficeArgs {
    /// The login
    login: String,
    /// The unit
    #[arg(long)]
    unit: String,
    /// What it permits: clerk, leader, drafter, officer, accountant, auditor, keeper or admin
    #[arg(long)]
    role: Role,
    /// What it is called, such as "Chủ tịch"
    #[arg(long)]
    title: String,
    /// The key of the key store that its holder signs with
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    /// The first day, 2026-11-24; today without it
    #[arg(long, value_name = "DAY", value_parser = read_day)]
    since: Option<Date>,
    /// The last day
    #[arg(long, value_name = "DAY", value_parser = read_day)]
    until: Option<Date>,
}

fn told(office: &OfficeRow) -> String {
    let until = match (office.ended, office.until) {
        (Some(at), _) => format!(", ended on {}", at.to_offset(VIETNAM).date()),
        (None, Some(day)) => format!(" until {day}"),
        (None, None) => String::new(),
    };
    let OfficeRow { id, unit, role, title, since, .. } = office;
    format!("{id}  {title}, {role} of {unit}, since {since}{until}")
}

/// Runs the command.
pub fn run(args: Args, config: &Config) -> Result<u8> {
    block_on(async {
        let folder = folder::open_existing(config).await?;
        let by = Administrator { actor: folder::local_actor(), unit: None };
        match args.command {
            Command::Add { login, name, unit } => {
                let (_, invitation) = accounts::create(&folder, &login, &name, &unit, &by).await?;
                output::text(&format!("{}\n", *invitation))?;
            }
            Command::Invite { login } => {
                output::text(&format!("{}\n", *accounts::invite(&folder, &login, &by).await?))?;
            }
            Command::Office(OfficeArgs { login, unit, role, title, key, since, until }) => {
                let new = NewOffice { unit, role, title, signing_key: key, since, until };
                let office = offices::give(&folder, &login, new, &by).await?;
                output::text(&format!("{login}: {}\n", told(&office)))?;
            }
            Command::End { office, last } => {
                output::text(&format!("{}\n", told(&offices::end(&folder, &office, last, &by).await?)))?;
            }
            Command::Image { login, signature, initials, remove } => {
                let all = [(ImageKind::Signature, signature), (ImageKind::Initials, initials)];
                let user = accounts::list(&folder, &by).await?.into_iter().find(|(user, _)| user.login == login);
                let (user, _) = user.ok_or_else(|| not_found("user", &login))?;
                images(&folder, &user.id, &user.unit, all, remove).await?;
                output::text(&format!("{login}: {}\n", if remove { "removed" } else { "kept" }))?;
            }
            Command::Disable { login } => {
                accounts::set_disabled(&folder, &login, true, &by).await?;
                output::text(&format!("{login}: disabled\n"))?;
            }
            Command::Enable { login } => {
                accounts::set_disabled(&folder, &login, false, &by).await?;
                output::text(&format!("{login}: enabled\n"))?;
            }
            Command::List { json } => list(&folder, &by, json).await?,
        }
        Ok(0)
    })
}

/// Keeps images of a person or a unit, or takes them away.
pub async fn images<const N: usize>(
    folder: &DataFolder,
    holder: &str,
    unit: &str,
    files: [(ImageKind, Option<PathBuf>); N],
    remove: bool,
) -> Result<()> {
    let actor = folder::local_actor();
    for (kind, file) in files {
        match file {
            Some(file) => {
                let png = input::read(&file, u64::try_from(images::LARGEST).unwrap_or(u64::MAX))?;
                let kept = images::put(folder, kind, holder, &png, unit, &actor).await;
                kept.map_err(|error| error.about(file.display().to_string()))?;
            }
            None if remove => match images::remove(folder, kind, holder, unit, &actor).await {
                Err(error) if error.kind != Kind::NotFound => return Err(error),
                _ => {}
            },
            None => {}
        }
    }
    Ok(())
}

async fn list(folder: &crate::data_folder::DataFolder, by: &Administrator, as_json: bool) -> Result<()> {
    for (user, offices) in accounts::list(folder, by).await? {
        let since = user.disabled.map(|at| format!(" on {}", at.date())).unwrap_or_default();
        let state = format!("{}{since}", accounts::state(&user));
        if as_json {
            let offices: Vec<_> = offices
                .iter()
                .map(|o| {
                    let (since, until) = (o.since.to_string(), o.until.map(|day| day.to_string()));
                    let ended = o.ended.and_then(|at| at.format(&Rfc3339).ok());
                    json!({"id": o.id, "unit": o.unit, "role": o.role, "title": o.title, "key": o.signing_key, "since": since, "until": until, "ended": ended})
                })
                .collect();
            output::json(
                &json!({"login": user.login, "name": user.name, "unit": user.unit, "state": state, "offices": offices}),
            )?;
            continue;
        }
        output::text(&format!("{}  {}, {}, {state}\n", user.login, user.name, user.unit))?;
        for office in &offices {
            output::text(&format!("    {}\n", told(office)))?;
        }
    }
    Ok(())
}
