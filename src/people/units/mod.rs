//! The agencies: a tree, whose units are renamed, and end with or without another one in their place.

use super::{check_name, not_found};
pub mod view;

use super::users::Administrator;
use crate::audit::entry::{Action, Entry};
use crate::audit::row;
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result, plain};
use crate::pdf::picture::Picture;
use crate::pki::certificate::Certificate;
use crate::store::Transaction;
use crate::store::people::{PlanState, UnitEventRow, UnitRow};
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::str::FromStr;
use time::Date;
use view::{PlanView, UnitEventView, UnitHistory};

/// Units above one another.
pub const DEEPEST: usize = 16;

/// Characters of a decision that a unit is renamed, merged or closed by.
const LONGEST_BASIS: usize = 500;

/// Of which kind a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum UnitKind {
    /// Tỉnh, thành phố trực thuộc trung ương.
    Province,
    /// Sở, ban, ngành.
    Department,
    /// Huyện, quận, thị xã: there are none any more since 1 July 2025, and what they did stays to be read.
    District,
    /// Xã, phường, đặc khu.
    Commune,
    /// Đơn vị sự nghiệp công lập.
    Service,
}

impl UnitKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Province, Self::Department, Self::District, Self::Commune, Self::Service];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::Department => "department",
            Self::District => "district",
            Self::Commune => "commune",
            Self::Service => "service",
        }
    }

    /// In Vietnamese.
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::Province => "cấp tỉnh",
            Self::Department => "sở, ban, ngành",
            Self::District => "cấp huyện (trước ngày 01/7/2025)",
            Self::Commune => "cấp xã",
            Self::Service => "đơn vị sự nghiệp công lập",
        }
    }

    /// In English.
    pub const fn english(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::Department => "department",
            Self::District => "district (until 1 July 2025)",
            Self::Commune => "commune",
            Self::Service => "public service unit",
        }
    }
}

impl FromStr for UnitKind {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| {
            let kinds = Self::ALL.map(Self::as_str).join(", ");
            Error::new(Kind::Usage, "unit.kind", format!("kind {text:?}"), format!("the kinds are {kinds}"))
        })
    }
}

/// Keeps a unit: a new one, or new particulars of one that is there and has not ended. What was issued before keeps the old ones. The log has who
/// did it, and a digest of the particulars.
pub async fn put(folder: &DataFolder, unit: &UnitRow, actor: &str) -> Result<()> {
    let mut tx = folder.store.write().await?;
    put_within(folder, &mut *tx, unit, actor).await?;
    Ok(tx.commit().await?)
}

/// Makes a unit, for somebody who cares for the one above it.
pub async fn create(folder: &DataFolder, unit: &UnitRow, by: &Administrator) -> Result<()> {
    let mut tx = folder.store.write().await?;
    match &unit.parent {
        Some(above) => by.cares_for(&mut *tx, above, "unit", above).await?,
        None if by.unit.is_none() => {}
        None => {
            let why = "only who administers the system makes a unit that is below no other";
            return Err(Error::new(Kind::NotAllowed, "unit.parent", format!("unit {}", unit.id), why));
        }
    }
    if tx.unit(&unit.id).await?.is_some() {
        return Err(Error::new(Kind::Conflict, "unit.exists", format!("unit {}", unit.id), "it is there already"));
    }
    put_within(folder, &mut *tx, unit, &by.actor).await?;
    Ok(tx.commit().await?)
}

/// The same as [`put`], within a transaction.
pub async fn put_within(folder: &DataFolder, tx: &mut dyn Transaction, unit: &UnitRow, actor: &str) -> Result<()> {
    let what = || format!("unit {}", unit.id);
    check_name("unit", &unit.id)?;
    let texts =
        [Some(&unit.name), Some(&unit.tax_code), Some(&unit.address), unit.phone.as_ref(), unit.account.as_ref()];
    for text in texts.into_iter().flatten() {
        check_text(&unit.id, text)?;
    }
    if !is_tax_code(&unit.tax_code) {
        let why = format!("{} is not a tax code: ten digits, or ten, a hyphen and three", unit.tax_code);
        return Err(Error::new(Kind::Usage, "unit.tax_code", what(), why));
    }
    unit.kind.as_deref().map(UnitKind::from_str).transpose()?;
    if let Some(code) = unit.code.as_deref().filter(|code| !is_agency_code(code)) {
        let why = format!("{code} is not an agency code such as H34 or H34.12");
        return Err(Error::new(Kind::Usage, "unit.code", what(), why));
    }
    let old = tx.unit(&unit.id).await?;
    if let Some(old) = &old {
        still_open(old)?;
    }
    let unit = &UnitRow { closed: None, successor: None, ..unit.clone() };
    if old.as_ref() == Some(unit) {
        return Ok(());
    }
    if unit.code.is_some()
        && tx.units().await?.iter().any(|u| u.id != unit.id && u.code == unit.code && u.closed.is_none())
    {
        let why = "another unit has this agency code";
        return Err(Error::new(Kind::Conflict, "unit.code", what(), why));
    }
    let action = if old.is_some() { Action::UnitChanged } else { Action::UnitCreated };
    let events = tx.unit_events(&unit.id).await?;
    let mut entry = entry_on(folder, action, unit, &events, actor)?;
    if let Some(id) = &unit.receipt_key {
        let key = tx.signing_key(id).await?.ok_or_else(|| not_found("key", id))?;
        is_of(unit, &Certificate::parse(&key.certificate)?)?;
        entry = entry.with_certificate(&key.certificate);
    }
    if let Some(id) = unit.parent.as_ref().filter(|_| old.as_ref().is_none_or(|old| old.parent != unit.parent)) {
        open(tx, id).await?;
    }
    let mut above = unit.parent.clone();
    for _ in 0..DEEPEST {
        let Some(id) = above else { break };
        if id == unit.id {
            return Err(Error::new(Kind::Usage, "unit.parent", what(), "a unit cannot be above itself"));
        }
        above = up(&tx.unit(&id).await?.ok_or_else(|| not_found("unit", &id))?);
    }
    if above.is_some() {
        let why = format!("there are more than {DEEPEST} units above it");
        return Err(Error::new(Kind::Usage, "unit.parent", what(), why));
    }
    tx.put_unit(unit).await?;
    folder.log.append_one(tx, entry).await?;
    Ok(())
}

fn check_text(unit: &str, text: &str) -> Result<()> {
    if text.trim().is_empty() || text.chars().count() > 300 || plain(text) != text {
        let why = "name, tax code, address, telephone and account have 1 to 300 printable characters";
        return Err(Error::new(Kind::Usage, "unit.text", format!("unit {unit}"), why));
    }
    Ok(())
}

/// An agency code as QCVN 102:2016/BTTTT and Quyết định 20/2020/QĐ-TTg have it: a letter and two digits for the province or ministry, then levels of
/// two or three letters or digits, `H34.12`.
pub fn is_agency_code(code: &str) -> bool {
    let mut levels = code.split('.');
    let is_first = matches!(levels.next().map(str::as_bytes), Some([a, b, c])
        if a.is_ascii_uppercase() && b.is_ascii_digit() && c.is_ascii_digit());
    let is_next = |level: &str| {
        (2..=3).contains(&level.len()) && level.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    is_first && code.len() <= 35 && levels.all(is_next)
}

/// The unit that a unit is below: the one that has its place, or else its parent.
pub(super) fn up(unit: &UnitRow) -> Option<String> {
    unit.successor.clone().or_else(|| unit.parent.clone())
}

/// Refuses a unit that has ended.
fn still_open(unit: &UnitRow) -> Result<()> {
    let Some(day) = unit.closed else { return Ok(()) };
    let why = match &unit.successor {
        Some(successor) => format!("it is none any more since {day}: {successor} has its place"),
        None => format!("it is none any more since {day}"),
    };
    Err(Error::new(Kind::Conflict, "unit.closed", format!("unit {}", unit.id), why))
}

/// A unit that has not ended.
pub async fn open(tx: &mut dyn Transaction, id: &str) -> Result<UnitRow> {
    let unit = tx.unit(id).await?.ok_or_else(|| not_found("unit", id))?;
    still_open(&unit)?;
    Ok(unit)
}

/// The unit that has a unit's place today: itself, unless it was merged into another one.
pub async fn standing(tx: &mut dyn Transaction, id: &str) -> Result<UnitRow> {
    let mut unit = tx.unit(id).await?.ok_or_else(|| not_found("unit", id))?;
    for _ in 0..DEEPEST {
        let Some(successor) = &unit.successor else { break };
        unit = tx.unit(successor).await?.ok_or_else(|| not_found("unit", successor))?;
    }
    Ok(unit)
}

/// The identifier of the unit that has a unit's place today, if one is named.
pub async fn standing_of(tx: &mut dyn Transaction, id: Option<&str>) -> Result<Option<String>> {
    match id {
        Some(id) => Ok(Some(standing(tx, id).await?.id)),
        None => Ok(None),
    }
}

/// Whether what is another unit's is in a unit's hands: the same one, or one whose place it has.
pub async fn answers_for(tx: &mut dyn Transaction, unit: &str, of: &str) -> Result<bool> {
    Ok(unit == of || standing(tx, of).await?.id == unit)
}

/// The units whose papers are in a unit's hands: itself first, and those whose place it has.
pub async fn line(tx: &mut dyn Transaction, unit: &str) -> Result<Vec<String>> {
    Ok(tx.unit_line(unit).await?.into_iter().map(|row| row.unit).collect())
}

/// The name that a unit had on a day.
pub fn name_on<'a>(unit: &'a UnitRow, events: &'a [UnitEventRow], day: Date) -> &'a str {
    events.iter().find(|event| day < event.day).map_or(&unit.name, |event| &event.name)
}

/// Refuses to change what is not below the administrator's unit; nobody changes the own one.
pub async fn is_below(tx: &mut dyn Transaction, unit: &str, by: &Administrator) -> Result<()> {
    by.cares_for(tx, unit, "unit", unit).await?;
    if by.unit.as_deref() == Some(unit) {
        let why = "nobody renames, merges or closes the own unit: who administers the one above it does";
        return Err(Error::new(Kind::NotAllowed, "unit.own", format!("unit {unit}"), why));
    }
    Ok(())
}

/// What a unit became: from which day on, and by which decision.
#[derive(Debug, Clone)]
pub struct Became<'a> {
    /// What: `unit.renamed`, `unit.merged`, `unit.closed`.
    pub action: Action,
    /// The first day.
    pub day: Date,
    /// The decision.
    pub basis: &'a str,
}

impl<'a> Became<'a> {
    /// From this day on; today, if none is given.
    pub fn new(folder: &DataFolder, action: Action, day: Option<Date>, basis: &'a str) -> Result<Self> {
        let (day, basis) = (day.unwrap_or_else(|| folder.today()), basis.trim());
        if basis.is_empty() || basis.chars().count() > LONGEST_BASIS || basis.chars().any(char::is_control) {
            let why = format!("the decision that it is by has 1 to {LONGEST_BASIS} printable characters");
            return Err(Error::new(Kind::Usage, "unit.basis", "the decision", why));
        }
        Ok(Self { action, day, basis })
    }

    /// `renamed`, `merged`, `closed`.
    pub const fn kind(&self) -> &'static str {
        match self.action {
            Action::UnitRenamed => "renamed",
            Action::UnitMerged => "merged",
            _ => "closed",
        }
    }

    /// Whether its day is still to come.
    pub fn is_to_come(&self, folder: &DataFolder) -> bool {
        folder.today() < self.day
    }

    /// Keeps it, and logs it; `before` is the unit as it was, `unit` as it becomes.
    pub async fn keep(
        &self,
        folder: &DataFolder,
        tx: &mut dyn Transaction,
        before: &UnitRow,
        unit: &UnitRow,
        actor: &str,
    ) -> Result<()> {
        let mut events = tx.unit_events(&unit.id).await?;
        if let Some(last) = events.last().filter(|last| self.day < last.day) {
            let why = format!("something became of it on {} already", last.day);
            return Err(Error::new(Kind::Conflict, "unit.day", format!("unit {}", unit.id), why));
        }
        let event = UnitEventRow {
            seq: u32::try_from(events.len()).unwrap_or(u32::MAX),
            kind: self.kind().to_owned(),
            day: self.day,
            name: before.name.clone(),
            successor: unit.successor.clone(),
            basis: self.basis.to_owned(),
        };
        tx.put_unit(unit).await?;
        tx.put_unit_event(&unit.id, &event).await?;
        events.push(event);
        let entry = entry_on(folder, self.action, unit, &events, actor)?;
        folder.log.append_one(tx, Entry { related: unit.successor.clone(), ..entry }).await?;
        Ok(())
    }
}

/// Gives a unit another name, in a transaction that is under way. What was issued before has the old one.
pub async fn rename(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    id: &str,
    name: &str,
    became: &Became<'_>,
    by: &Administrator,
) -> Result<()> {
    let name = name.trim();
    check_text(id, name)?;
    is_below(tx, id, by).await?;
    let before = open(tx, id).await?;
    if before.name == name {
        return Err(Error::new(Kind::Conflict, "unit.name", format!("unit {id}"), "it has this name already"));
    }
    let unit = UnitRow { name: name.to_owned(), ..before.clone() };
    became.keep(folder, tx, &before, &unit, &by.actor).await
}

/// An entry about a unit with its particulars and its row.
fn entry_on(
    folder: &DataFolder,
    action: Action,
    unit: &UnitRow,
    events: &[UnitEventRow],
    actor: &str,
) -> Result<Entry> {
    let entry = entry(folder, action, &unit.id, actor)?.of_bytes(&particulars(unit)?);
    Ok(entry.on_row(row::unit(unit, events)?))
}

fn entry(folder: &DataFolder, action: Action, unit: &str, actor: &str) -> Result<Entry> {
    Ok(Entry::new(action, folder.now())?.of_unit(unit).by(folder.log.pseudonym(actor)))
}

/// What the log keeps the digest of: a JSON array of name, tax code, address, telephone, account, receipt key and parent.
fn particulars(unit: &UnitRow) -> Result<Vec<u8>> {
    let UnitRow { name, tax_code, address, phone, account, receipt_key, parent, .. } = unit;
    serde_json::to_vec(&(name, tax_code, address, phone, account, receipt_key, parent))
        .map_err(|error| Error::new(Kind::Bug, "unit.particulars", format!("unit {}", unit.id), error))
}

/// Refuses a certificate that names another body than the unit: a receipt is signed by who collects (Nghị định 254/2026/NĐ-CP
/// art. 23.2).
pub fn is_of(unit: &UnitRow, certificate: &Certificate) -> Result<()> {
    match certificate.tax_code() {
        Some(code) if code != unit.tax_code => {
            let why = format!("the certificate is that of the tax code {code}, not {}", unit.tax_code);
            Err(Error::new(Kind::NotAllowed, "receipt.key", format!("unit {}", unit.id), why))
        }
        _ => Ok(()),
    }
}

fn is_tax_code(code: &str) -> bool {
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    match code.split_once('-') {
        None => digits(code, 10),
        Some((body, branch)) => digits(body, 10) && digits(branch, 3),
    }
}

/// Bytes of a logo, and pixels: it goes into each receipt.
const LOGO_BYTES: usize = 256 << 10;
const LOGO_PIXELS: usize = 500_000;

/// Sets the logo of a unit, a PNG that its receipts show from now on; or takes it away. The log has its digest.
pub async fn set_logo(folder: &DataFolder, unit: &str, png: Option<&[u8]>, actor: &str) -> Result<()> {
    get(folder, unit).await?;
    let mut tx = folder.write().await?;
    let digest = match png {
        None => None,
        Some(png) => {
            let refused =
                |why: String| Error::new(Kind::BadInput, "unit.logo", format!("logo of the unit {unit}"), why);
            if png.len() > LOGO_BYTES {
                return Err(refused(format!("it has more than {LOGO_BYTES} bytes")));
            }
            let picture = Picture::read(png, LOGO_PIXELS).map_err(refused)?;
            let (width, height) = picture.pixels();
            if u64::from(width).saturating_mul(u64::from(height)) > u64::try_from(LOGO_PIXELS).unwrap_or(u64::MAX) {
                return Err(refused(format!("it has more than {LOGO_PIXELS} pixels")));
            }
            let digest = sha256(png);
            folder.blobs.wait(&[(&digest, png)]).await?;
            Some(digest)
        }
    };
    tx.put_logo(unit, digest.as_ref()).await?;
    let entry = entry(folder, Action::UnitChanged, unit, actor)?;
    let entry = digest.iter().fold(entry, Entry::of_sha256);
    folder.log.append_one(&mut *tx, entry).await?;
    folder.commit(tx, digest.as_slice()).await
}

/// The logo of a unit, if it has one.
pub async fn logo(folder: &DataFolder, tx: &mut dyn Transaction, unit: &str) -> Result<Option<Picture>> {
    let Some(digest) = tx.logo(unit).await? else { return Ok(None) };
    let damaged = || {
        let why = "it is missing or was changed in the store";
        Error::new(Kind::BadInput, "store.damaged", format!("logo of the unit {unit}"), why)
            .hint("dauson unit put --logo sets it anew")
    };
    let mut png = Vec::new();
    let file = folder.blobs.open(&digest).await?.ok_or_else(damaged)?;
    let most = u64::try_from(LOGO_BYTES).unwrap_or(u64::MAX);
    file.take(most).read_to_end(&mut png).map_err(|_| damaged())?;
    if sha256(&png) != digest {
        return Err(damaged());
    }
    Picture::read(&png, LOGO_PIXELS).map(Some).map_err(|_| damaged())
}

/// Whether a unit is another one or below it; one whose place another one has is below that one.
pub async fn is_within(tx: &mut dyn Transaction, unit: &str, above: &str) -> Result<bool> {
    let mut next = Some(unit.to_owned());
    for _ in 0..=DEEPEST {
        let Some(id) = next else { break };
        if id == above {
            return Ok(true);
        }
        next = tx.unit(&id).await?.as_ref().and_then(up);
    }
    Ok(false)
}

/// A unit.
pub async fn get(folder: &DataFolder, id: &str) -> Result<UnitRow> {
    folder.store.read().await?.unit(id).await?.ok_or_else(|| not_found("unit", id))
}

/// A unit, and what became of it.
pub async fn history(folder: &DataFolder, id: &str) -> Result<UnitHistory> {
    let mut tx = folder.store.read().await?;
    let unit = tx.unit(id).await?.ok_or_else(|| not_found("unit", id))?;
    let events = tx.unit_events(id).await?;
    let mut plans = tx.unit_plans().await?;
    plans.retain(|plan| {
        let is_of = plan.units.iter().any(|unit| unit == id) || plan.successor.as_deref() == Some(id);
        is_of && plan.state == PlanState::Planned
    });
    Ok(UnitHistory {
        unit: unit.into(),
        history: events.into_iter().map(UnitEventView::from).collect(),
        planned: plans.into_iter().map(PlanView::from).collect(),
    })
}

/// The units that the administrator cares for.
pub async fn cared_for(folder: &DataFolder, by: &Administrator) -> Result<Vec<UnitRow>> {
    let mut tx = folder.store.read().await?;
    let mut all = Vec::new();
    for unit in tx.units().await? {
        if match &by.unit {
            None => true,
            Some(own) => is_within(&mut *tx, &unit.id, own).await?,
        } {
            all.push(unit);
        }
    }
    Ok(all)
}

/// All units.
pub async fn list(folder: &DataFolder) -> Result<Vec<UnitRow>> {
    Ok(folder.store.read().await?.units().await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn agency_codes_have_levels() {
        for code in ["H34", "H34.12", "H34.12.05", "G09.A1", "H34.101"] {
            assert!(is_agency_code(code), "{code}");
        }
        for code in ["", "34", "H3", "h34", "H34.", "H34.1", "H34..12", "H34.ab", "H34.1234", "H34 12", "H34.12/"] {
            assert!(!is_agency_code(code), "{code:?}");
        }
        assert!(!is_agency_code(&format!("H34{}", ".12".repeat(11))));
    }

    #[test]
    fn a_name_is_that_of_the_day() {
        let unit = UnitRow { name: "C".to_owned(), ..UnitRow::default() };
        let event = |seq, day, name: &str| UnitEventRow {
            seq,
            kind: "renamed".to_owned(),
            day,
            name: name.to_owned(),
            successor: None,
            basis: "b".to_owned(),
        };
        let events = [event(0, date!(2020 - 01 - 01), "A"), event(1, date!(2025 - 07 - 01), "B")];
        for (day, name) in [
            (date!(2019 - 12 - 31), "A"),
            (date!(2020 - 01 - 01), "B"),
            (date!(2025 - 06 - 30), "B"),
            (date!(2025 - 07 - 01), "C"),
        ] {
            assert_eq!(name_on(&unit, &events, day), name);
        }
    }
}
