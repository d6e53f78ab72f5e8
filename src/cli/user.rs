//! `dauson user`: the people who sign in, and what they are in their units.

use super::output;
use super::{block_on, folder, input};
use crate::config::Config;
use crate::data_folder::{DataFolder, VIETNAM};
use crate::error::{Error, Kind, Result};
use crate::people::permissions::Role;
use crate::people::users::accounts::{self, Account};
use crate::people::users::offices::{self, NewOffice};
use crate::people::users::{Administrator, identities, passkeys};
use crate::receipts::catalogue::read_day;
use crate::registry::images::{self, ImageKind};
use crate::store::users::{IdentityRow, OfficeRow};
use serde_json::json;
use std::path::PathBuf;
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};

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
    /// Bind who somebody is to the provider of identities (oidc.issuer) to the account, which then signs in there
    Bind {
        /// The login
        login: String,
        /// What the provider calls that person, in the claim of oidc.claim
        subject: String,
    },
    /// Nobody signs in by an identity any more; sessions that were begun so end
    Unbind {
        /// The login
        login: String,
        /// The identity, as the list shows it
        identity: String,
    },
    /// Nobody signs in with a passkey any more; sessions that were begun with one end
    RevokePasskey {
        /// The login
        login: String,
        /// The passkey, as the list shows it
        passkey: String,
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
    /// List the accounts with their offices, passkeys and identities
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
            Command::Bind { login, subject } => {
                let none = || Error::new(Kind::Usage, "oidc.off", "identity", "oidc.issuer names no provider");
                let provider = config.oidc()?.ok_or_else(none)?;
                let bound = identities::bind(&folder, &login, &provider.settings.issuer, &subject, &by).await?;
                output::text(&format!("{login}: {}\n", told_identity(&bound)))?;
            }
            Command::Unbind { login, identity } => {
                identities::end(&folder, &login, &identity, &by).await?;
                output::text(&format!("{login}: {identity} unbound\n"))?;
            }
            Command::RevokePasskey { login, passkey } => {
                passkeys::revoke(&folder, &login, &passkey, &by).await?;
                output::text(&format!("{login}: {passkey} revoked\n"))?;
            }
            Command::Image { login, signature, initials, remove } => {
                let all = [(ImageKind::Signature, signature), (ImageKind::Initials, initials)];
                let user = accounts::show(&folder, &login, &by).await?.user;
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

fn told_identity(IdentityRow { id, issuer, subject, .. }: &IdentityRow) -> String {
    format!("{id}  identity {subject} at {issuer}")
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

async fn list(folder: &DataFolder, by: &Administrator, as_json: bool) -> Result<()> {
    for account in accounts::list(folder, by).await? {
        let state = account.state();
        let Account { user, offices, passkeys, identities } = account;
        let since = user.disabled.map(|at| format!(" on {}", at.date())).unwrap_or_default();
        let state = format!("{state}{since}");
        if as_json {
            let offices: Vec<_> = offices
                .iter()
                .map(|o| {
                    let (since, until) = (o.since.to_string(), o.until.map(|day| day.to_string()));
                    let ended = o.ended.and_then(|at| at.format(&Rfc3339).ok());
                    json!({"id": o.id, "unit": o.unit, "role": o.role, "title": o.title, "key": o.signing_key, "since": since, "until": until, "ended": ended})
                })
                .collect();
            let at = |time: OffsetDateTime| time.format(&Rfc3339).ok();
            let passkeys: Vec<_> = passkeys
                .iter()
                .map(|p| json!({"id": p.id, "name": p.name, "copied": p.copied, "created": at(p.created), "used": p.used.and_then(at)}))
                .collect();
            let identities: Vec<_> =
                identities.iter().map(|i| json!({"id": i.id, "issuer": i.issuer, "subject": i.subject})).collect();
            output::json(
                &json!({"login": user.login, "name": user.name, "unit": user.unit, "state": state, "offices": offices, "passkeys": passkeys, "identities": identities}),
            )?;
            continue;
        }
        output::text(&format!("{}  {}, {}, {state}\n", user.login, user.name, user.unit))?;
        for office in &offices {
            output::text(&format!("    {}\n", told(office)))?;
        }
        for passkey in &passkeys {
            output::text(&format!("    {}  passkey {}, since {}\n", passkey.id, passkey.name, passkey.created.date()))?;
        }
        for identity in &identities {
            output::text(&format!("    {}\n", told_identity(identity)))?;
        }
    }
    Ok(())
}
