//! Who signs for whom: granted by a leader, with the words before the title, from when until when (KT., TL., TUQ., Q.).

use super::kinds::Words;
use super::{LONGEST_NAME, text};
use crate::audit::entry::{Action, Entry};
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::messages::{Text, both, sort_key};
use crate::people::names;
use crate::people::permissions::{Caller, Permission, Role};
use crate::people::users::offices;
use crate::store::Transaction;
use crate::store::people::TokenRow;
use crate::store::registry::DelegationRow;
use crate::store::users::OfficeRow;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// Longest time for which is delegated.
const LONGEST: Duration = Duration::days(1_830);

/// A delegation that is granted. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDelegation {
    /// Who is to sign, as a leader or a drafter of the unit: a token, an office, or the login of somebody who holds one such office there.
    pub holder: String,
    /// `KT`, `TL`, `TUQ` or `Q`.
    #[schema(inline)]
    pub words: Words,
    /// The office of who is signed for: `CHỦ TỊCH`.
    pub title: String,
    /// From when, RFC 3339.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String)]
    pub from: OffsetDateTime,
    /// Until when, RFC 3339.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String)]
    pub until: OffsetDateTime,
}

/// A delegation as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DelegationView {
    /// Its number.
    pub id: i64,
    /// The token, or the office, of who signs.
    pub holder: String,
    /// `KT`, `TL`, `TUQ`, `Q`.
    pub words: String,
    /// The office of who is signed for.
    pub title: String,
    /// From when.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String)]
    pub from: OffsetDateTime,
    /// Until when.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String)]
    pub until: OffsetDateTime,
    /// The token, or the account, of who granted it.
    pub granted_by: String,
    /// When it was ended before its time.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>)]
    pub revoked: Option<OffsetDateTime>,
    /// Its entry in the log.
    pub log_index: u64,
}

impl From<DelegationRow> for DelegationView {
    fn from(row: DelegationRow) -> Self {
        Self {
            id: row.id,
            holder: row.holder,
            words: row.words,
            title: row.title,
            from: row.starts,
            until: row.ends,
            granted_by: row.granted_by,
            revoked: row.revoked.map(|(at, _)| at),
            log_index: row.log_index,
        }
    }
}

/// What the log has the digest of: a JSON array of holder, words, title, start and end (seconds since 1970).
fn particulars(row: &DelegationRow) -> Result<Vec<u8>> {
    let said = (&row.holder, &row.words, &row.title, row.starts.unix_timestamp(), row.ends.unix_timestamp());
    serde_json::to_vec(&said).map_err(|error| Error::new(Kind::Bug, "registry.json", "delegation", error))
}

/// Grants a delegation.
pub async fn grant(folder: &DataFolder, caller: &Caller, new: &NewDelegation) -> Result<DelegationRow> {
    caller.may(Permission::DecideDocuments)?;
    let what = both!("ủy quyền", "delegation").to_string();
    let wrong = |why: Text| Error::new(Kind::Usage, "registry.delegation", what.as_str(), why);
    let holder_named = || both!("người được ủy quyền", "the holder").to_string();
    if !new.words.needs_delegation() {
        return Err(wrong(both!("chữ trước chức vụ là KT, TL, TUQ hoặc Q", "the words are KT, TL, TUQ or Q")));
    }
    let now = folder.now();
    let starts = new.from.replace_nanosecond(0).unwrap_or(new.from);
    let ends = new.until.replace_nanosecond(0).unwrap_or(new.until);
    if ends <= starts || ends <= now || ends - starts > LONGEST {
        return Err(wrong(both!(
            "thời hạn kết thúc sau khi bắt đầu, ở tương lai và dài nhất năm năm",
            "it ends after it begins, in the future, and lasts at most five years"
        )));
    }
    let mut tx = folder.store.write().await?;
    let holder = Holder::find(folder, &mut *tx, caller, &new.holder).await?;
    if holder.person == caller.id {
        let why = both!("không ai tự ủy quyền cho mình", "nobody delegates to themselves");
        return Err(Error::new(Kind::NotAllowed, "registry.duty", holder_named(), why));
    }
    if !signs(holder.role) {
        let why = both!("vai trò {role} không ký thay ai", "the role {role} signs for nobody", role = holder.role);
        return Err(Error::new(Kind::NotAllowed, "registry.duty", holder_named(), why));
    }
    let mut row = DelegationRow {
        id: 0,
        unit: caller.unit.clone(),
        holder: holder.id,
        words: new.words.as_str().to_owned(),
        title: text("title", &new.title, LONGEST_NAME)?,
        starts,
        ends,
        granted_by: caller.id.clone(),
        log_index: 0,
        revoked: None,
    };
    keep(folder, &mut *tx, &mut row).await?;
    tx.commit().await?;
    Ok(row)
}

/// Whether a role signs by a delegation.
const fn signs(role: Role) -> bool {
    matches!(role, Role::Leader | Role::Drafter)
}

/// Somebody of the unit who may be delegated to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The office that would sign.
    pub office: String,
    /// Who holds it.
    pub name: String,
    /// What it is called.
    pub title: String,
}

/// Whom the caller may delegate to: those who hold an office in the unit that signs by a delegation, by their names.
pub async fn candidates(folder: &DataFolder, caller: &Caller) -> Result<Vec<Candidate>> {
    caller.may(Permission::DecideDocuments)?;
    let mut tx = folder.store.read().await?;
    let mut users = tx.users().await?;
    users.retain(|user| user.disabled.is_none() && user.id != caller.id);
    let mut found = Vec::new();
    for office in tx.offices(None).await? {
        let is_there = office.unit == caller.unit && offices::is_in_force(folder, &office);
        let Some(user) = users.iter().find(|user| is_there && user.id == office.user) else { continue };
        if signs(office.role.parse()?) {
            found.push(Candidate { office: office.id, name: user.name.clone(), title: office.title });
        }
    }
    found.sort_by_cached_key(|one| sort_key(&one.name));
    Ok(found)
}

/// What whoever signs by a delegation is called: by name and office, or as the token is.
pub async fn called(tx: &mut dyn Transaction, holder: &str) -> Result<String> {
    match tx.office(holder).await? {
        Some(office) => Ok(format!("{}, {}", names::of(tx, &office.user).await?, office.title)),
        None => names::of(tx, holder).await,
    }
}

/// Who is to hold a delegation.
struct Holder {
    /// The token, or the office.
    id: String,
    /// The token, or the account.
    person: String,
    role: Role,
}

impl Holder {
    /// A token or an office of the unit that is in force, or the one office of an account there that signs for others.
    async fn find(folder: &DataFolder, tx: &mut dyn Transaction, caller: &Caller, wanted: &str) -> Result<Self> {
        let missing = |why| Error::new(Kind::NotFound, "people.not_found", "the holder", why);
        let now = folder.now();
        let of_unit = |token: &TokenRow| token.unit == caller.unit && token.revoked.is_none() && now < token.expires;
        if let Some(token) = tx.token(wanted).await?.filter(of_unit) {
            return Ok(Self { id: token.id.clone(), person: token.id, role: token.role.parse()? });
        }
        let is_there = |office: &OfficeRow| office.unit == caller.unit && offices::is_in_force(folder, office);
        if let Some(office) = tx.office(wanted).await?.filter(is_there) {
            return Ok(Self { id: office.id, person: office.user, role: office.role.parse()? });
        }
        let none = "the unit has no such token or office in force, and nobody with an office there signs in so";
        let user = tx.user_by_login(&wanted.to_lowercase()).await?.filter(|user| user.disabled.is_none());
        let user = user.ok_or_else(|| missing(none))?;
        let mut held = tx.offices(Some(&user.id)).await?;
        held.retain(is_there);
        if held.is_empty() {
            return Err(missing(none));
        }
        let mut all = Vec::with_capacity(held.len());
        for office in held {
            all.push(Self { id: office.id, person: office.user, role: office.role.parse()? });
        }
        if all.iter().any(|one| signs(one.role)) {
            all.retain(|one| signs(one.role));
        }
        match (all.pop(), all.is_empty()) {
            (Some(one), true) => Ok(one),
            _ => {
                let why = "several offices are held there: the one that signs is named by its identifier";
                Err(Error::new(Kind::Usage, "people.several", "the holder", why))
            }
        }
    }
}

/// Keeps a new delegation, and logs it.
async fn keep(folder: &DataFolder, tx: &mut dyn Transaction, row: &mut DelegationRow) -> Result<()> {
    let entry = Entry::new(Action::DelegationGranted, folder.now())?.of_unit(&row.unit).of_bytes(&particulars(row)?);
    let entry = entry.by(folder.log.pseudonym(&row.granted_by)).until(row.ends)?;
    row.log_index = folder.log.append_one(tx, entry).await?.index;
    row.id = tx.put_delegation(row).await?;
    Ok(())
}

/// Ends one, and logs it; false if it had ended.
async fn end(folder: &DataFolder, tx: &mut dyn Transaction, row: &mut DelegationRow, actor: &str) -> Result<bool> {
    let now = folder.now();
    let entry = Entry::new(Action::DelegationRevoked, now)?.of_unit(&row.unit).of_bytes(&particulars(row)?);
    let index = folder.log.append_one(tx, entry.by(folder.log.pseudonym(actor))).await?.index;
    row.revoked = Some((now, index));
    Ok(tx.revoke_delegation(row.id, now, index).await?)
}

/// Has the delegations of a unit that ends be those of the one that has its place, in a transaction that is under way; those of offices go with
/// them, from the old to the new one in `offices`. Gives the numbers of those that went on, and of those that did not.
pub async fn follow(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    unit: &str,
    successor: Option<&str>,
    offices: &[(String, String)],
    actor: &str,
) -> Result<(Vec<i64>, Vec<i64>)> {
    let (mut moved, mut ended) = (Vec::new(), Vec::new());
    let now = folder.now();
    for mut row in tx.delegations(Some(unit)).await?.into_iter().filter(|row| row.revoked.is_none() && now < row.ends) {
        let old = row.clone();
        end(folder, tx, &mut row, actor).await?;
        let office = offices.iter().find(|(from, _)| *from == old.holder).map(|(_, to)| to.clone());
        let token = tx.token(&old.holder).await?.filter(|token| token.revoked.is_none()).map(|token| token.id);
        match (successor, office.or(token)) {
            (Some(successor), Some(holder)) => {
                let unit = successor.to_owned();
                let mut new = DelegationRow { id: 0, unit, holder, granted_by: actor.to_owned(), log_index: 0, ..old };
                keep(folder, tx, &mut new).await?;
                moved.push(row.id);
            }
            _ => ended.push(row.id),
        }
    }
    Ok((moved, ended))
}

/// Ends a delegation at once.
pub async fn revoke(folder: &DataFolder, caller: &Caller, id: i64) -> Result<DelegationRow> {
    caller.may(Permission::DecideDocuments)?;
    let missing = || {
        let why = both!("không có ủy quyền này còn hiệu lực", "there is none in force");
        Error::new(
            Kind::NotFound,
            "registry.delegation",
            both!("ủy quyền {id}", "delegation {id}", id = id).to_string(),
            why,
        )
    };
    let mut tx = folder.store.write().await?;
    let mut row = tx.delegations(Some(&caller.unit)).await?.into_iter().find(|row| row.id == id).ok_or_else(missing)?;
    if !end(folder, &mut *tx, &mut row, &caller.id).await? {
        return Err(missing());
    }
    tx.commit().await?;
    Ok(row)
}

/// The delegations of the caller's unit, the oldest first.
pub async fn list(folder: &DataFolder, caller: &Caller) -> Result<Vec<DelegationRow>> {
    caller.may(Permission::ReadDocuments)?;
    Ok(folder.store.read().await?.delegations(Some(&caller.unit)).await?)
}

/// The caller's delegations that are in force now, the oldest first.
pub async fn held(folder: &DataFolder, caller: &Caller) -> Result<Vec<DelegationRow>> {
    let now = folder.now();
    let mut tx = folder.store.read().await?;
    let mut rows = tx.delegations(Some(&caller.unit)).await?;
    // who has signed in acts in one of the offices that are held there with this role
    let mut offices = tx.offices(Some(&caller.id)).await?;
    offices.retain(|office| {
        office.unit == caller.unit && office.role == caller.role.as_str() && offices::is_in_force(folder, office)
    });
    rows.retain(|row| {
        (row.holder == caller.id || offices.iter().any(|office| office.id == row.holder))
            && row.revoked.is_none()
            && row.starts <= now
            && now < row.ends
    });
    Ok(rows)
}

/// The caller's delegation with these words that is in force now; of several the newest.
pub(super) async fn in_force(
    folder: &DataFolder,
    caller: &Caller,
    words: Option<Words>,
) -> Result<Option<DelegationRow>> {
    let Some(words) = words.filter(|words| words.needs_delegation()) else { return Ok(None) };
    Ok(held(folder, caller).await?.into_iter().rfind(|row| row.words == words.as_str()))
}

/// The refusal to sign for somebody without a delegation.
pub(super) fn missing(words: Words) -> Error {
    let why = both!(
        "không có ủy quyền ký {words} nào còn hiệu lực cho người này",
        "no delegation to sign {words} is in force for the token or the office",
        words = words
    );
    Error::new(Kind::NotAllowed, "registry.delegation", both!("chữ ký", "the signature").to_string(), why)
        .hint("a leader grants it, from when until when")
}
