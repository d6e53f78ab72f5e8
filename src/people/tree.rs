//! The units as an administrator sees them: the own one and those below it, and what he changes of them.

use super::units::{get, list, put, up};
use super::users::Administrator;
use crate::data_folder::DataFolder;
use crate::error::Result;
use crate::messages::sort_key;
use crate::store::people::UnitRow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The unit that an administrator cares for and those below it, each behind the one above it, or behind the one that has its place, with how deep
/// it lies; units beside each other by their names.
pub async fn units(folder: &DataFolder, by: &Administrator) -> Result<Vec<(usize, UnitRow)>> {
    let (mut tops, mut below) = (Vec::new(), BTreeMap::<String, Vec<UnitRow>>::new());
    for unit in list(folder).await? {
        let is_top = by.unit.as_ref().map_or(up(&unit).is_none(), |own| *own == unit.id);
        match up(&unit) {
            _ if is_top => tops.push(unit),
            Some(parent) => below.entry(parent).or_default().push(unit),
            None => {}
        }
    }
    // what is taken next is the last
    let sorted = |mut units: Vec<UnitRow>| {
        units.sort_by_cached_key(|unit| Reverse(sort_key(&unit.name)));
        units
    };
    let mut waiting: Vec<(usize, UnitRow)> = sorted(tops).into_iter().map(|unit| (0, unit)).collect();
    let mut found = Vec::new();
    while let Some((depth, unit)) = waiting.pop() {
        let under = sorted(below.remove(&unit.id).unwrap_or_default());
        waiting.extend(under.into_iter().map(|unit| (depth.saturating_add(1), unit)));
        found.push((depth, unit));
    }
    Ok(found)
}

/// What an administrator changes of a unit.
#[derive(Debug, Clone)]
pub struct Particulars {
    /// Its address.
    pub address: String,
    /// Its telephone number.
    pub phone: Option<String>,
    /// Its account: number and bank or treasury.
    pub account: Option<String>,
}

/// Changes particulars of a unit that the administrator cares for. Its name changes by a decision from a day on (`units::rename`); kind, codes, the
/// key for receipts and the unit above it are changed on the command line.
pub async fn change(folder: &DataFolder, id: &str, new: Particulars, by: &Administrator) -> Result<()> {
    by.cares_for(&mut *folder.store.read().await?, id, "unit", id).await?;
    let Particulars { address, phone, account } = new;
    let unit = UnitRow { address, phone, account, ..get(folder, id).await? };
    put(folder, &unit, &by.actor).await
}
