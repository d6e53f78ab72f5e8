//! `dauson unit`: the agencies that sign and issue receipts; renamed, merged, closed.

use super::output;
use super::{block_on, folder, input};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::people::units::view::{PlanView, UnitEventView, UnitHistory, UnitView};
use crate::people::units::{self, UnitKind};
use crate::people::users::Administrator;
use crate::receipts::catalogue::read_day;
use crate::reform::{self, Carry, Consequences, Ending, plans};
use crate::registry::images::ImageKind;
use crate::store::people::UnitRow;
use std::fmt::Write as _;
use std::path::PathBuf;
use time::Date;

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
    /// List the units; those that ended, too
    List {
        /// One JSON object for each
        #[arg(long)]
        json: bool,
    },
    /// Show a unit and what became of it
    Show {
        /// The unit
        id: String,
        /// JSON
        #[arg(long)]
        json: bool,
    },
    /// Give a unit another name; what was issued before has the old one
    Rename {
        /// The unit
        id: String,
        /// The name
        #[arg(long)]
        name: String,
        #[command(flatten)]
        decision: DecisionArgs,
    },
    /// Merge units into another one, with all that follows for accounts, tokens, keys, series and delegations
    Merge {
        /// The units that end
        #[arg(required = true)]
        sources: Vec<String>,
        /// The unit that has their place from then on; it is there already
        #[arg(long, value_name = "UNIT")]
        into: String,
        #[command(flatten)]
        decision: DecisionArgs,
        #[command(flatten)]
        carry: CarryArgs,
    },
    /// Close a unit in whose place there is none, with all that follows
    Close {
        /// The unit
        id: String,
        #[command(flatten)]
        decision: DecisionArgs,
        #[command(flatten)]
        carry: CarryArgs,
    },
    /// List what is planned to become of units on days to come, and what came of it
    Plans {
        /// One JSON object for each
        #[arg(long)]
        json: bool,
    },
    /// Withdraw a plan that waits for its day
    Withdraw {
        /// Its identifier, as the list shows it
        plan: String,
    },
}

#[derive(Debug, clap::Args)]
struct DecisionArgs {
    /// The decision that it is by, such as "Nghị quyết 1660/NQ-UBTVQH15"
    #[arg(long, value_name = "TEXT")]
    basis: String,
    /// The first day of it; today, if none is given. One that is to come makes it a plan, which is done on that day
    #[arg(long, visible_alias = "on", value_name = "DAY", value_parser = read_day)]
    day: Option<Date>,
}

#[derive(Debug, clap::Args)]
struct CarryArgs {
    /// Only say what would follow
    #[arg(long)]
    dry_run: bool,
    /// Only if what follows is what a dry run said: its `seen`
    #[arg(long, value_name = "SHA256", conflicts_with = "dry_run")]
    seen: Option<String>,
    /// JSON
    #[arg(long)]
    json: bool,
}

impl CarryArgs {
    fn carry(&self) -> Carry<'_> {
        match (&self.seen, self.dry_run) {
            (_, true) => Carry::Rehearse,
            (Some(seen), false) => Carry::AsSeen(seen),
            (None, false) => Carry::AtOnce,
        }
    }
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
    /// Of which kind it is: province, department, district, commune or service
    #[arg(long)]
    kind: Option<UnitKind>,
    /// Its agency code (QCVN 102:2016/BTTTT), such as H34.12
    #[arg(long)]
    code: Option<String>,
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
                    kind: a.kind.map(|kind| kind.as_str().to_owned()).or_else(|| old?.kind.clone()),
                    code: a.code.or_else(|| old?.code.clone()),
                    id: a.id.clone(),
                    ..UnitRow::default()
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
                for unit in units::list(&folder).await? {
                    if json {
                        output::json(&UnitView::from(unit))?;
                    } else {
                        let ended = unit.closed.map(|day| format!("  ended {day}")).unwrap_or_default();
                        let successor = unit.successor.map(|id| format!(", now {id}")).unwrap_or_default();
                        output::text(&format!(
                            "{}  {}  MST {}{ended}{successor}\n",
                            unit.id, unit.name, unit.tax_code
                        ))?;
                    }
                }
            }
            Command::Show { id, json } => {
                let shown = units::history(&folder, &id).await?;
                if json { output::json(&shown)? } else { output::text(&told(&shown))? }
            }
            Command::Rename { id, name, decision } => {
                let by = (decision.day, decision.basis.as_str());
                output::text(&match reform::rename(&folder, &id, &name, by, &operator()).await? {
                    Some(plan) => format!("{id}: to be renamed on {}; plan {}\n", plan.day, plan.id),
                    None => format!("{id}: renamed\n"),
                })?;
            }
            Command::Merge { sources, into, decision, carry } => {
                let ending =
                    Ending { sources: &sources, successor: Some(&into), day: decision.day, basis: &decision.basis };
                followed(&reform::end(&folder, &ending, &operator(), carry.carry()).await?, &carry)?;
            }
            Command::Close { id, decision, carry } => {
                let ending = Ending { sources: &[id], successor: None, day: decision.day, basis: &decision.basis };
                followed(&reform::end(&folder, &ending, &operator(), carry.carry()).await?, &carry)?;
            }
            Command::Plans { json } => {
                for plan in plans::list(&folder, &operator()).await? {
                    let plan = PlanView::from(plan);
                    if json { output::json(&plan)? } else { output::text(&planned(&plan))? }
                }
            }
            Command::Withdraw { plan } => {
                plans::withdraw(&folder, &plan, &operator()).await?;
                output::text(&format!("{plan}: withdrawn\n"))?;
            }
        }
        Ok(0)
    })
}

/// A plan, for people.
fn planned(plan: &PlanView) -> String {
    let PlanView { id, kind, units, successor, name, day, basis, state, failure, .. } = plan;
    let into = successor.as_ref().map(|id| format!(" into {id}")).unwrap_or_default();
    let name = name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    let why = failure.as_ref().map(|why| format!("  cannot be done: {why}\n")).unwrap_or_default();
    format!("{id}  {day}  {state}: {} {kind}{into}{name} ({basis})\n{why}", units.join(", "))
}

fn operator() -> Administrator {
    Administrator { actor: folder::local_actor(), unit: None }
}

/// A unit and what became of it, for people.
fn told(shown: &UnitHistory) -> String {
    let UnitView { id, name, kind, code, tax_code, address, phone, account, receipt_key, parent, closed, successor } =
        &shown.unit;
    let mut text = format!("{id}\n  name: {name}\n  tax code: {tax_code}\n  address: {address}\n");
    let kind = kind.as_ref().map(|kind| match kind.parse::<UnitKind>() {
        Ok(known) => format!("{kind} ({})", known.vietnamese()),
        Err(_) => kind.clone(),
    });
    for (what, said) in [
        ("kind", kind.as_ref()),
        ("code", code.as_ref()),
        ("telephone", phone.as_ref()),
        ("account", account.as_ref()),
        ("key for receipts", receipt_key.as_ref()),
        ("below", parent.as_ref()),
        ("ended", closed.as_ref()),
        ("now", successor.as_ref()),
    ] {
        if let Some(said) = said {
            _ = writeln!(text, "  {what}: {said}");
        }
    }
    for UnitEventView { kind, day, name, successor, basis } in &shown.history {
        let into = successor.as_ref().map(|id| format!(" into {id}")).unwrap_or_default();
        _ = writeln!(text, "  {day}: {kind}{into}, until then {name} ({basis})");
    }
    for plan in &shown.planned {
        _ = write!(text, "  plan {}", planned(plan));
    }
    text
}

/// What follows, or has followed.
fn followed(done: &Consequences, carry: &CarryArgs) -> Result<()> {
    if carry.json {
        return output::json(done);
    }
    let mut text = String::new();
    let into = done.successor.as_ref().map(|id| format!(" into {id}")).unwrap_or_default();
    let verb = match (&done.plan, carry.dry_run) {
        (_, true) => "would end",
        (Some(_), false) => "are to end",
        (None, false) => "ended",
    };
    _ = writeln!(text, "{}: {verb} on {}{into}", done.sources.join(", "), done.day);
    for end in &done.series_closed {
        _ = writeln!(text, "  series {} closed, {} numbers left", end.series, end.left);
    }
    for (what, names) in [
        ("series opened", &done.series_opened),
        ("delegated numbers given back from", &done.ranges_given_back),
        ("keys stopped", &done.keys_stopped),
        ("units put below", &done.units_moved),
    ] {
        if !names.is_empty() {
            _ = writeln!(text, "  {what}: {}", names.join(", "));
        }
    }
    for office in &done.offices {
        let key = if office.loses_key { ", without its key" } else { "" };
        _ = writeln!(text, "  office {} of {}: {}{key}", office.role, office.login, office.becomes);
    }
    let becomes = if done.successor.is_some() { "moved" } else { "ended" };
    for token in &done.tokens {
        let key = if token.loses_key { ", without its key" } else { "" };
        _ = writeln!(text, "  token {} ({}): {becomes}{key}", token.name, token.role);
    }
    let counts = [
        ("delegations moved", done.delegations_moved.len().to_string()),
        ("delegations ended", done.delegations_ended.len().to_string()),
        ("official documents unfinished", done.unfinished.to_string()),
        ("fees of its own that stay behind", done.own_fees.to_string()),
    ];
    for (what, count) in counts.iter().filter(|(_, count)| count != "0") {
        _ = writeln!(text, "  {what}: {count}");
    }
    if carry.dry_run {
        _ = writeln!(text, "nothing was done; --seen {}", done.seen);
    }
    if let Some(plan) = &done.plan {
        _ = writeln!(text, "plan {plan}: nothing was done yet; as things stand, that is what follows on that day");
    }
    output::text(&text)
}
