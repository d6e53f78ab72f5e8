//! Who signs for whom: granted by a leader, with the words before the title, from when until when (KT., TL., TUQ., Q.).

use super::kinds::Words;
use super::{LONGEST_NAME, text};
use crate::audit::entry::{Action, Entry};
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::messages::{Text, both};
use crate::people::permissions::{Caller, Permission, Role};
use crate::store::registry::DelegationRow;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// Longest time for which is delegated.
const LONGEST: Duration = Duration::days(1_830);

/// A delegation that is granted. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDelegation {
    /// The token of who is to sign: a leader's or a drafter's of the unit.
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
    /// The token of who signs.
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
    /// The token of who granted it.
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
    if new.holder == caller.id {
        let why = both!("không ai tự ủy quyền cho mình", "nobody delegates to themselves");
        return Err(Error::new(Kind::NotAllowed, "registry.duty", holder_named(), why));
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
    let holder = tx.token(&new.holder).await?.filter(|token| token.unit == caller.unit && token.revoked.is_none());
    let holder = holder.ok_or_else(|| {
        let why = both!("đơn vị không có mã truy cập này còn hiệu lực", "the unit has no such token in force");
        Error::new(Kind::NotFound, "people.not_found", holder_named(), why)
    })?;
    if !matches!(holder.role.parse()?, Role::Leader | Role::Drafter) {
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
    let entry = Entry::new(Action::DelegationGranted, now)?.of_unit(&row.unit).of_bytes(&particulars(&row)?);
    let entry = entry.by(folder.log.pseudonym(&caller.id)).until(row.ends)?;
    row.log_index = folder.log.append_one(&mut *tx, entry).await?.index;
    row.id = tx.put_delegation(&row).await?;
    tx.commit().await?;
    Ok(row)
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
    let now = folder.now();
    let mut tx = folder.store.write().await?;
    let row = tx.delegations(Some(&caller.unit)).await?.into_iter().find(|row| row.id == id).ok_or_else(missing)?;
    let entry = Entry::new(Action::DelegationRevoked, now)?.of_unit(&row.unit).of_bytes(&particulars(&row)?);
    let entry = entry.by(folder.log.pseudonym(&caller.id));
    let index = folder.log.append_one(&mut *tx, entry).await?.index;
    if !tx.revoke_delegation(id, now, index).await? {
        return Err(missing());
    }
    tx.commit().await?;
    Ok(DelegationRow { revoked: Some((now, index)), ..row })
}

/// The delegations of the caller's unit, the oldest first.
pub async fn list(folder: &DataFolder, caller: &Caller) -> Result<Vec<DelegationRow>> {
    caller.may(Permission::ReadDocuments)?;
    Ok(folder.store.read().await?.delegations(Some(&caller.unit)).await?)
}

/// The caller's delegation with these words that is in force now; of several the newest.
pub(super) async fn in_force(
    folder: &DataFolder,
    caller: &Caller,
    words: Option<Words>,
) -> Result<Option<DelegationRow>> {
    let Some(words) = words.filter(|words| words.needs_delegation()) else { return Ok(None) };
    let now = folder.now();
    let rows = folder.store.read().await?.delegations(Some(&caller.unit)).await?;
    let holds = |row: &DelegationRow| {
        row.holder == caller.id
            && row.words == words.as_str()
            && row.revoked.is_none()
            && row.starts <= now
            && now < row.ends
    };
    Ok(rows.into_iter().rfind(holds))
}

/// The refusal to sign for somebody without a delegation.
pub(super) fn missing(words: Words) -> Error {
    let why = both!(
        "không có ủy quyền ký {words} nào còn hiệu lực cho người này",
        "no delegation to sign {words} is in force for the token",
        words = words
    );
    Error::new(Kind::NotAllowed, "registry.delegation", both!("chữ ký", "the signature").to_string(), why)
        .hint("a leader grants it, from when until when")
}
