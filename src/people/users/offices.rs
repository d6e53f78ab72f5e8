//! What somebody is in a unit, from one day to another.

use super::{Administrator, find, sessions};
use crate::audit::entry::{Action, Entry};
use crate::audit::row;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::people::permissions::Role;
use crate::people::{is_printable, not_found};
use crate::store::Transaction;
use crate::store::users::OfficeRow;
use time::Date;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewOffice {
    /// Where.
    pub unit: String,
    /// What it permits.
    pub role: Role,
    /// What it is called, such as Chủ tịch.
    pub title: String,
    /// The key its holder signs with.
    pub signing_key: Option<String>,
    /// The first day; today, if none is given.
    pub since: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
}

/// Whether an office is held on a day.
pub fn is_held(office: &OfficeRow, day: Date) -> bool {
    office.ended.is_none() && office.since <= day && office.until.is_none_or(|last| day <= last)
}

/// Whether an office is held today.
pub fn is_in_force(folder: &DataFolder, office: &OfficeRow) -> bool {
    is_held(office, folder.today())
}

/// Roles that one person does not hold in one unit at the same time (separation of duties): who cares for accounts and keys does not use
/// them, who signs does not seal, who issues receipts does not approve that they be voided, who audits does nothing else.
fn exclude(one: Role, other: Role) -> bool {
    use Role::{Accountant, Admin, Auditor, Clerk, Leader, Officer};
    let pair = |a, b| (one == a && other == b) || (one == b && other == a);
    one != other
        && (one == Admin
            || other == Admin
            || one == Auditor
            || other == Auditor
            || pair(Leader, Clerk)
            || pair(Officer, Accountant))
}

fn entry(folder: &DataFolder, action: Action, office: &OfficeRow, actor: &str) -> Result<Entry> {
    let entry = Entry::new(action, folder.now())?.of_unit(&office.unit).by(folder.log.pseudonym(actor));
    Ok(entry.on_row(row::office(office)?))
}

/// Gives somebody an office.
pub async fn give(folder: &DataFolder, login: &str, new: NewOffice, by: &Administrator) -> Result<OfficeRow> {
    let title = new.title.trim();
    if !is_printable(title) {
        return Err(Error::new(Kind::Usage, "office.title", "office", "its title has 1 to 200 printable characters"));
    }
    let since = new.since.unwrap_or_else(|| folder.today());
    if new.until.is_some_and(|last| last < since) {
        return Err(Error::new(Kind::Usage, "office.days", "office", "it ends before it begins"));
    }
    let mut tx = folder.store.write().await?;
    let user = find(&mut *tx, login, by).await?;
    crate::people::units::open(&mut *tx, &new.unit).await?;
    by.cares_for(&mut *tx, &new.unit, "unit", &new.unit).await?;
    if by.actor == user.id {
        let why = "nobody gives an office to himself";
        return Err(Error::new(Kind::NotAllowed, "user.own", format!("user {login}"), why));
    }
    if let Some(key) = &new.signing_key {
        crate::people::tokens::may_sign_with(&mut *tx, &new.unit, key).await?;
    }
    for held in tx.offices(Some(&user.id)).await? {
        let meets = held.ended.is_none()
            && held.since <= new.until.unwrap_or(Date::MAX)
            && since <= held.until.unwrap_or(Date::MAX);
        if held.unit == new.unit && meets && exclude(held.role.parse()?, new.role) {
            let why = format!("who is {} there is not {} at the same time", held.role, new.role);
            return Err(Error::new(Kind::NotAllowed, "office.separation", format!("user {login}"), why)
                .hint("end that office first, or give this one to somebody else"));
        }
    }
    let office = OfficeRow {
        id: hex::encode(folder.random::<8>()?),
        user: user.id,
        unit: new.unit,
        role: new.role.as_str().to_owned(),
        title: title.to_owned(),
        signing_key: new.signing_key,
        since,
        until: new.until,
        ended: None,
    };
    tx.put_office(&office).await?;
    folder.log.append_one(&mut *tx, entry(folder, Action::OfficeGiven, &office, &by.actor)?).await?;
    tx.commit().await?;
    Ok(office)
}

/// Ends an office with a day that is not over; at once, if none is given, and with it the sessions in it.
pub async fn end(folder: &DataFolder, id: &str, last: Option<Date>, by: &Administrator) -> Result<OfficeRow> {
    let mut tx = folder.store.write().await?;
    let office = tx.office(id).await?.ok_or_else(|| not_found("office", id))?;
    by.cares_for(&mut *tx, &office.unit, "office", id).await?;
    if office.ended.is_some() {
        return Err(Error::new(Kind::Conflict, "office.ended", format!("office {id}"), "it has ended already"));
    }
    if by.actor == office.user {
        let why = "nobody changes an own office";
        return Err(Error::new(Kind::NotAllowed, "user.own", format!("office {id}"), why));
    }
    let is_later = |last: Date| office.until.is_some_and(|until| until < last);
    if last.is_some_and(|last| last < folder.today() || last < office.since || is_later(last)) {
        let why = "its last day is none that is over, nor before its first one, nor later than it was; without a day it ends at once";
        return Err(Error::new(Kind::Usage, "office.days", format!("office {id}"), why));
    }
    let office = match last {
        Some(_) => OfficeRow { until: last, ..office },
        None => OfficeRow { ended: Some(folder.now()), ..office },
    };
    tx.put_office(&office).await?;
    if office.ended.is_some() {
        sessions::end_those(folder, &mut *tx, &office.user, &by.actor, |session| session.office == office.id).await?;
    }
    folder.log.append_one(&mut *tx, entry(folder, Action::OfficeEnded, &office, &by.actor)?).await?;
    tx.commit().await?;
    Ok(office)
}

/// What becomes of an office whose unit ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    /// It is held in the unit that has the old one's place: as this office.
    Moved(String),
    /// Its holder has the same one there already.
    Doubled,
    /// Nobody holds it together with one that its holder has there.
    Apart,
    /// There is no unit in the old one's place.
    Ended,
}

/// Has the offices of a unit that ends be held in the one that has its place, in a transaction that is under way; their keys are the old unit's,
/// and stay behind. Duties stay separate, and sessions in these offices end. Gives what became of each.
pub async fn follow(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    unit: &str,
    successor: Option<&str>,
    actor: &str,
) -> Result<Vec<(OfficeRow, Followed)>> {
    let today = folder.today();
    let is_left = |office: &OfficeRow| office.ended.is_none() && office.until.is_none_or(|last| today <= last);
    let mut all = Vec::new();
    for office in tx.offices(None).await?.into_iter().filter(|office| office.unit == unit && is_left(office)) {
        let ended = OfficeRow { ended: Some(folder.now()), ..office.clone() };
        tx.put_office(&ended).await?;
        sessions::end_those(folder, tx, &office.user, actor, |session| session.office == office.id).await?;
        folder.log.append_one(tx, entry(folder, Action::OfficeEnded, &ended, actor)?).await?;
        let role: Role = office.role.parse()?;
        let mut held = tx.offices(Some(&office.user)).await?;
        held.retain(|held| Some(held.unit.as_str()) == successor && is_left(held));
        let mut roles = Vec::with_capacity(held.len());
        for held in &held {
            roles.push(held.role.parse::<Role>()?);
        }
        let became = match successor {
            None => Followed::Ended,
            Some(_) if roles.contains(&role) => Followed::Doubled,
            Some(_) if roles.iter().any(|held| exclude(*held, role)) => Followed::Apart,
            Some(successor) => {
                let given = OfficeRow {
                    id: hex::encode(folder.random::<8>()?),
                    unit: successor.to_owned(),
                    signing_key: None,
                    since: office.since.max(today),
                    ..office.clone()
                };
                tx.put_office(&given).await?;
                folder.log.append_one(tx, entry(folder, Action::OfficeGiven, &given, actor)?).await?;
                Followed::Moved(given.id)
            }
        };
        all.push((office, became));
    }
    Ok(all)
}

/// The offices that somebody holds today.
pub(super) async fn held(folder: &DataFolder, tx: &mut dyn Transaction, user: &str) -> Result<Vec<OfficeRow>> {
    let today = folder.today();
    Ok(tx.offices(Some(user)).await?.into_iter().filter(|office| is_held(office, today)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duties_are_separate() {
        for role in Role::ALL {
            assert!(!exclude(role, role));
            for other in Role::ALL {
                assert_eq!(exclude(role, other), exclude(other, role));
            }
            assert_eq!(exclude(Role::Admin, role), role != Role::Admin);
        }
        assert!(exclude(Role::Leader, Role::Clerk) && exclude(Role::Officer, Role::Accountant));
        assert!(!exclude(Role::Clerk, Role::Officer) && !exclude(Role::Keeper, Role::Accountant));
    }
}
