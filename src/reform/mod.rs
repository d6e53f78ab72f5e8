//! Units that end: merged into another one, or closed (the reform to two tiers of 1 July 2025, and what comes after it). What follows in accounts,
//! tokens, keys, series and delegations is one transaction, with an entry of the log for each; what was issued stays as it was signed, and is in
//! the hands of the unit that has the place of the old one.

pub mod plans;

use crate::audit::entry::Action;
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::people::keys::control;
use crate::people::tokens;
use crate::people::units::{self, Became};
use crate::people::users::Administrator;
use crate::people::users::offices::{self, Followed};
use crate::receipts::book;
use crate::registry::{delegations, register};
use crate::store::Transaction;
use crate::store::people::{PlanRow, UnitRow};
use crate::store::receipts::SeriesRow;
use plans::Change;
use serde::Serialize;
use time::Date;

/// Units that are merged at a time.
const MOST_SOURCES: usize = 50;

/// What is asked for: these units end, and another one, if it is named, has their place.
#[derive(Debug, Clone)]
pub struct Ending<'a> {
    /// The units that end.
    pub sources: &'a [String],
    /// The unit that has their place; none: they are closed.
    pub successor: Option<&'a str>,
    /// The first day on which they are none any more; today, if none is given. One that is to come makes it a plan.
    pub day: Option<Date>,
    /// The decision that it is by, such as `Nghị quyết 1660/NQ-UBTVQH15`.
    pub basis: &'a str,
}

/// How far it goes.
#[derive(Debug, Clone, Copy)]
pub enum Carry<'a> {
    /// Nothing is kept: it is only said what would follow.
    Rehearse,
    /// It is done if what follows is still what was said in the rehearsal that has this digest.
    AsSeen(&'a str),
    /// It is done.
    AtOnce,
}

/// What follows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Consequences {
    /// The units that end.
    pub sources: Vec<String>,
    /// The unit that has their place.
    pub successor: Option<String>,
    /// The first day on which they are none any more.
    pub day: String,
    /// The decision.
    pub basis: String,
    /// Series that are closed, with what is left of them.
    pub series_closed: Vec<SeriesEnd>,
    /// Series that are opened for the unit that has their place: of each kind that it had none of.
    pub series_opened: Vec<String>,
    /// Numbers of others' series that were delegated, and are given back: the first of each.
    pub ranges_given_back: Vec<String>,
    /// Offices, and what becomes of them.
    pub offices: Vec<OfficeEnd>,
    /// Tokens: of the unit that has their place from then on, or ended where there is none.
    pub tokens: Vec<TokenEnd>,
    /// Keys that are stopped: their certificates name a unit that is none any more.
    pub keys_stopped: Vec<String>,
    /// Delegations to sign that go on in the unit that has their place.
    pub delegations_moved: Vec<i64>,
    /// Delegations to sign that end.
    pub delegations_ended: Vec<i64>,
    /// Units below the old ones that are below the new one from then on.
    pub units_moved: Vec<String>,
    /// Official documents that are neither issued nor given up: nobody goes on with them, they are given up and drafted anew.
    pub unfinished: u64,
    /// Fees of the old units' own catalogues, which do not go over: the new one has its own, and those above it.
    pub own_fees: u64,
    /// The plan that was made of it, where its day is to come: what follows then is what follows on that day.
    pub plan: Option<String>,
    /// SHA-256 of all that (but for what is left of series), to be shown when it is to be done.
    pub seen: String,
}

/// A series that is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SeriesEnd {
    /// Form and symbol.
    pub series: String,
    /// Whose it is.
    pub unit: String,
    /// How many numbers are left, which nobody uses any more.
    pub left: u64,
}

/// An office whose unit ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct OfficeEnd {
    /// The login of who holds it.
    pub login: String,
    /// Where.
    pub unit: String,
    /// What it permits.
    pub role: String,
    /// What it is called.
    pub title: String,
    /// `moved`; `doubled`: its holder has the same one there already; `apart`: nobody holds it together with one that its holder has there; `ended`.
    pub becomes: &'static str,
    /// Whether its holder signed with a key, which stays behind.
    pub loses_key: bool,
}

/// A token whose unit ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TokenEnd {
    /// Its identifier.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it permits.
    pub role: String,
    /// Whether it was bound to a key, which stays behind.
    pub loses_key: bool,
}

fn name_of(series: &SeriesRow) -> String {
    format!("{}/{}", series.form, series.symbol)
}

/// Gives a unit another name from a day on; on a day to come that is planned only. Gives the plan.
pub async fn rename(
    folder: &DataFolder,
    unit: &str,
    name: &str,
    (day, basis): (Option<Date>, &str),
    by: &Administrator,
) -> Result<Option<PlanRow>> {
    let became = Became::new(folder, Action::UnitRenamed, day, basis)?;
    let mut tx = folder.store.write().await?;
    units::rename(folder, &mut *tx, unit, name, &became, by).await?;
    if became.is_to_come(folder) {
        // it could be done; it will be on its day
        drop(tx);
        let change = Change { became: &became, units: vec![unit.to_owned()], successor: None, name: Some(name.trim()) };
        return plans::make(folder, change, by).await.map(Some);
    }
    tx.commit().await?;
    Ok(None)
}

/// Ends units, with all that follows; on a day to come that is planned only.
pub async fn end(
    folder: &DataFolder,
    asked: &Ending<'_>,
    by: &Administrator,
    carry: Carry<'_>,
) -> Result<Consequences> {
    let action = if asked.successor.is_some() { Action::UnitMerged } else { Action::UnitClosed };
    let became = Became::new(folder, action, asked.day, asked.basis)?;
    // what is changed in this transaction is kept only at its end
    let mut tx = folder.store.write().await?;
    let mut done = end_within(folder, &mut *tx, (asked.sources, asked.successor), &became, by).await?;
    match carry {
        Carry::Rehearse => return Ok(done),
        Carry::AsSeen(seen) if !seen.eq_ignore_ascii_case(&done.seen) => {
            let why = "what follows is not any more what was looked at";
            return Err(Error::new(Kind::Conflict, "unit.seen", "the merger", why).hint("look at it again: a dry run"));
        }
        Carry::AsSeen(_) | Carry::AtOnce => {}
    }
    if became.is_to_come(folder) {
        drop(tx);
        let (units, successor) = (done.sources.clone(), done.successor.as_deref());
        let plan = plans::make(folder, Change { became: &became, units, successor, name: None }, by).await?;
        done.plan = Some(plan.id);
        return Ok(done);
    }
    tx.commit().await?;
    for key in &done.keys_stopped {
        folder.keys.forget(key);
    }
    Ok(done)
}

/// The same in a transaction that is under way.
async fn end_within(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    (sources, successor): (&[String], Option<&str>),
    became: &Became<'_>,
    by: &Administrator,
) -> Result<Consequences> {
    let (sources, successor) = checked(tx, sources, successor, by).await?;
    let successor = successor.as_ref().map(|unit| unit.id.as_str());
    let mut done = Consequences {
        sources: sources.iter().map(|unit| unit.id.clone()).collect(),
        successor: successor.map(str::to_owned),
        day: became.day.to_string(),
        basis: became.basis.to_owned(),
        ..Consequences::default()
    };
    for unit in &sources {
        follow(folder, tx, unit, (successor, became), by, &mut done).await?;
    }
    for unit in &sources {
        let stopped = control::stop_of_unit(folder, tx, &unit.id, became.basis, &by.actor).await?;
        done.keys_stopped.extend(stopped);
    }
    done.seen = done.digest()?;
    Ok(done)
}

/// The units, after it was found that they may end so.
async fn checked(
    tx: &mut dyn Transaction,
    named: &[String],
    successor: Option<&str>,
    by: &Administrator,
) -> Result<(Vec<UnitRow>, Option<UnitRow>)> {
    let refused = |kind, code, unit: &str, why: &str| Error::new(kind, code, format!("unit {unit}"), why.to_owned());
    if named.is_empty() || named.len() > MOST_SOURCES {
        let why = format!("1 to {MOST_SOURCES} units end at a time");
        return Err(Error::new(Kind::Usage, "unit.sources", "the units", why));
    }
    let mut sources: Vec<UnitRow> = Vec::with_capacity(named.len());
    for id in named {
        units::is_below(tx, id, by).await?;
        let unit = units::open(tx, id).await?;
        if sources.iter().any(|other| other.id == unit.id) {
            return Err(refused(Kind::Usage, "unit.sources", id, "it is named twice"));
        }
        sources.push(unit);
    }
    let successor = match successor {
        None => None,
        Some(id) => {
            by.cares_for(tx, id, "unit", id).await?;
            let unit = units::open(tx, id).await?;
            for source in &sources {
                if units::is_within(tx, id, &source.id).await? {
                    let why = "the unit that has the place of others is none of them, nor below one";
                    return Err(refused(Kind::Usage, "unit.successor", id, why));
                }
            }
            Some(unit)
        }
    };
    for source in &sources {
        let own =
            tx.offices(Some(&by.actor)).await?.iter().any(|office| office.unit == source.id && office.ended.is_none());
        let token = tx.token(&by.actor).await?.is_some_and(|token| token.unit == source.id);
        if own || token {
            let why = "you hold an office there, and nobody changes an own office: another administrator does it";
            return Err(refused(Kind::NotAllowed, "unit.own", &source.id, why));
        }
    }
    Ok((sources, successor))
}

/// All that follows for one unit.
async fn follow(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    unit: &UnitRow,
    (successor, became): (Option<&str>, &Became<'_>),
    by: &Administrator,
    done: &mut Consequences,
) -> Result<()> {
    let actor = by.actor.as_str();
    for below in tx.units().await?.into_iter().filter(|below| below.parent.as_ref() == Some(&unit.id)) {
        if below.closed.is_some() || done.sources.contains(&below.id) {
            continue;
        }
        let Some(successor) = successor else {
            let why = format!("{} is below it: it is put below another one first", below.id);
            return Err(Error::new(Kind::Conflict, "unit.below", format!("unit {}", unit.id), why));
        };
        let moved = UnitRow { parent: Some(successor.to_owned()), ..below };
        units::put_within(folder, tx, &moved, actor).await?;
        done.units_moved.push(moved.id);
    }
    let numbers = book::follow(folder, tx, &unit.id, successor, actor).await?;
    done.series_closed.extend(numbers.closed.iter().map(|series| SeriesEnd {
        series: name_of(series),
        unit: unit.id.clone(),
        left: u64::from(series.last.saturating_add(1).saturating_sub(series.next)),
    }));
    done.series_opened.extend(numbers.opened.iter().map(name_of));
    let first = numbers.given_back.iter().map(|range| format!("{}/{}/{:08}", range.form, range.symbol, range.first));
    done.ranges_given_back.extend(first);
    let mut moved = Vec::new();
    for (office, became) in offices::follow(folder, tx, &unit.id, successor, actor).await? {
        let login = tx.user(&office.user).await?.map(|user| user.login).unwrap_or_default();
        let becomes = match became {
            Followed::Moved(new) => {
                moved.push((office.id, new));
                "moved"
            }
            Followed::Doubled => "doubled",
            Followed::Apart => "apart",
            Followed::Ended => "ended",
        };
        let loses_key = office.signing_key.is_some();
        let (role, title) = (office.role, office.title);
        done.offices.push(OfficeEnd { login, unit: unit.id.clone(), role, title, becomes, loses_key });
    }
    let (went_on, ended) = delegations::follow(folder, tx, &unit.id, successor, &moved, actor).await?;
    done.delegations_moved.extend(went_on);
    done.delegations_ended.extend(ended);
    for token in tokens::follow(folder, tx, &unit.id, successor, actor).await? {
        let loses_key = token.signing_key.is_some();
        done.tokens.push(TokenEnd { id: token.id, name: token.name, role: token.role, loses_key });
    }
    done.unfinished = done.unfinished.saturating_add(register::unfinished(tx, &unit.id).await?);
    let today = folder.today();
    let fees = tx.fees_of(&unit.id).await?;
    let is_now = fees.iter().filter(|fee| fee.valid_to.is_none_or(|last| today <= last)).count();
    done.own_fees = done.own_fees.saturating_add(u64::try_from(is_now).unwrap_or(u64::MAX));
    let ended = UnitRow { closed: Some(became.day), successor: successor.map(str::to_owned), ..unit.clone() };
    became.keep(folder, tx, unit, &ended, actor).await
}

impl Consequences {
    /// What is left of series changes with each receipt, and is no reason to look again.
    fn digest(&self) -> Result<String> {
        let series_closed = self.series_closed.iter().map(|end| SeriesEnd { left: 0, ..end.clone() }).collect();
        let seen = Self { series_closed, seen: String::new(), ..self.clone() };
        let bytes =
            serde_json::to_vec(&seen).map_err(|error| Error::new(Kind::Bug, "unit.seen", "the merger", error))?;
        Ok(hex::encode(sha256(&bytes)))
    }
}
