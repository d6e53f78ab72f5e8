//! Units as they stand on a day: which of them there are, whose place others have, what is below what, and of which level they are. What was done
//! by a unit that was merged into another one by then is told of that one, whenever it was done.

use crate::error::Result;
use crate::messages::folded;
use crate::people::units::UnitKind;
use crate::store::Transaction;
use crate::store::people::UnitRow;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use time::Date;
use time::macros::date;

/// Before anything that figures are of.
const BEGINNING: Date = date!(1900 - 01 - 01);

/// The level of administration; there are two of them since 1 July 2025.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The province itself.
    Province,
    /// Departments and public service units of the province.
    Department,
    /// Districts, until 1 July 2025, with what belonged to them.
    District,
    /// Communes, wards and special zones, with what belongs to them.
    Commune,
    /// Units of which nobody has said of which kind they are.
    Unknown,
}

impl Level {
    /// All of them, from above.
    pub const ALL: [Self; 5] = [Self::Province, Self::Department, Self::District, Self::Commune, Self::Unknown];

    /// As it is told.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::Department => "department",
            Self::District => "district",
            Self::Commune => "commune",
            Self::Unknown => "unknown",
        }
    }
}

/// A unit in its tree.
pub(super) struct Node<'a> {
    /// The unit.
    pub unit: &'a UnitRow,
    /// Its level.
    pub level: Level,
    /// The unit above it.
    pub above: Option<&'a str>,
}

/// All units on a day.
pub(super) struct Tree<'a> {
    units: BTreeMap<&'a str, &'a UnitRow>,
    day: Date,
    /// Those that did not exist yet.
    to_come: HashSet<&'a str>,
}

impl<'a> Tree<'a> {
    /// On the day, of all units. Nobody says when a unit began. One that took others' place after the day, and of which nothing was counted until
    /// then, was made for that, and did not exist yet.
    pub async fn on(day: Date, all: &'a [UnitRow], tx: &mut dyn Transaction) -> Result<Self> {
        let mut tree = Self::new(day, all);
        let later = all.iter().filter(|unit| unit.closed.is_some_and(|first| day < first));
        let mut heirs: Vec<&str> = later.filter_map(|unit| unit.successor.as_deref()).collect();
        heirs.sort_unstable();
        heirs.dedup();
        if !heirs.is_empty() {
            let counted = tx.figures(&heirs, BEGINNING, day).await?;
            let did: HashSet<&str> = counted.iter().map(|row| row.of.as_str()).collect();
            tree.to_come = heirs.into_iter().filter(|unit| !did.contains(unit)).collect();
        }
        Ok(tree)
    }

    /// The same, where what did not exist yet is taken for a unit as well.
    pub fn new(day: Date, all: &'a [UnitRow]) -> Self {
        let units = all.iter().map(|unit| (unit.id.as_str(), unit)).collect();
        Self { units, day, to_come: HashSet::new() }
    }

    /// A unit.
    pub fn unit(&self, id: &str) -> Option<&'a UnitRow> {
        self.units.get(id).copied()
    }

    /// Whether it is none any more on the day.
    fn has_ended(&self, unit: &UnitRow) -> bool {
        unit.closed.is_some_and(|first| first <= self.day)
    }

    /// Whether it exists on the day.
    pub fn exists(&self, unit: &UnitRow) -> bool {
        !self.has_ended(unit) && !self.to_come.contains(unit.id.as_str())
    }

    /// The units that have a unit's place one after the other, whenever they took it.
    fn heirs(&self, unit: &'a UnitRow) -> impl Iterator<Item = &'a UnitRow> + '_ {
        let next = move |unit: &&'a UnitRow| self.unit(unit.successor.as_deref()?);
        std::iter::successors(next(&unit), next).take(self.units.len())
    }

    /// The unit that has a unit's place on the day: itself, unless it was merged into another one by then.
    pub fn standing(&self, unit: &'a UnitRow) -> &'a UnitRow {
        let all = std::iter::once(unit).chain(self.heirs(unit));
        // what was closed has nobody in its place
        let mut all = all.skip_while(|unit| self.has_ended(unit) && unit.successor.is_some());
        all.next().unwrap_or(unit)
    }

    /// The unit above one.
    pub fn above(&self, unit: &UnitRow) -> Option<&'a UnitRow> {
        Some(self.standing(self.unit(unit.parent.as_deref()?)?))
    }

    /// A unit and all above it.
    pub fn upwards(&self, unit: &'a UnitRow) -> impl Iterator<Item = &'a UnitRow> + '_ {
        std::iter::successors(Some(unit), move |unit| self.above(unit)).take(self.units.len())
    }

    /// By its kind. A public service unit is of the level of the unit that it is below, those of a province among its departments. What nobody has
    /// given a kind belongs to the unit that it is below as well, but not to a province: nothing says whether that is a department or a commune.
    pub fn level(&self, unit: &'a UnitRow) -> Level {
        let kinds: Vec<Option<UnitKind>> = self.upwards(unit).map(kind).collect();
        // what belongs to the first of another kind
        let belonging = kinds.iter().take_while(|kind| matches!(kind, None | Some(UnitKind::Service)));
        let belonging: Vec<_> = belonging.collect();
        match kinds.get(belonging.len()).copied().flatten() {
            Some(UnitKind::Department) => Level::Department,
            Some(UnitKind::District) => Level::District,
            Some(UnitKind::Commune) => Level::Commune,
            Some(UnitKind::Province) if belonging.is_empty() => Level::Province,
            _ if belonging.last().is_some_and(|kind| kind.is_some()) => Level::Department,
            _ => Level::Unknown,
        }
    }

    /// A unit and all below it, from above, of one parent by name. Below it are also those whose place it took after the day: they are its business.
    pub fn below(&self, root: &'a UnitRow) -> Vec<Node<'a>> {
        let mut below: BTreeMap<&str, Vec<Node<'a>>> = BTreeMap::new();
        let node = |unit: &'a UnitRow, above: Option<&'a UnitRow>| Node {
            unit,
            level: self.level(unit),
            above: above.map(|above| above.id.as_str()),
        };
        for unit in self.units.values().copied() {
            if unit.id == root.id || self.standing(unit).id != unit.id {
                continue;
            }
            let is_to_be_root = self.heirs(unit).any(|heir| heir.id == root.id);
            let above = if is_to_be_root { Some(root) } else { self.above(unit) };
            if let Some(above) = above {
                below.entry(&above.id).or_default().push(node(unit, Some(above)));
            }
        }
        for nodes in below.values_mut() {
            nodes.sort_by_cached_key(|node| (folded(&node.unit.name), node.unit.name.clone()));
        }
        let (mut found, mut open) = (Vec::new(), vec![node(root, self.above(root))]);
        while let Some(node) = open.pop() {
            open.extend(below.remove(node.unit.id.as_str()).into_iter().flatten().rev());
            found.push(node);
        }
        found
    }

    /// All units that are told of by those of a tree: themselves, and those whose place they have.
    pub fn told_by(&self, nodes: &[Node<'_>]) -> Vec<&'a UnitRow> {
        let nodes: HashSet<&str> = nodes.iter().map(|node| node.unit.id.as_str()).collect();
        self.units.values().copied().filter(|unit| nodes.contains(self.standing(unit).id.as_str())).collect()
    }
}

/// Its kind, if it is known.
fn kind(unit: &UnitRow) -> Option<UnitKind> {
    unit.kind.as_deref()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(id: &str, kind: &str, parent: &str) -> UnitRow {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        UnitRow { id: id.to_owned(), name: id.to_owned(), kind: some(kind), parent: some(parent), ..UnitRow::default() }
    }

    fn ended(unit: UnitRow, day: Date, successor: &str) -> UnitRow {
        let successor = (!successor.is_empty()).then(|| successor.to_owned());
        UnitRow { closed: Some(day), successor, ..unit }
    }

    fn names<'a>(nodes: &[Node<'a>]) -> Vec<(&'a str, &'a str)> {
        nodes.iter().map(|node| (node.unit.id.as_str(), node.above.unwrap_or_default())).collect()
    }

    #[test]
    fn levels_are_those_of_the_kinds() {
        let day = date!(2026 - 01 - 01);
        let level = |all: &[UnitRow], id: &str| {
            let tree = Tree::new(day, all);
            tree.level(tree.unit(id).unwrap()).as_str()
        };
        // whatever they are called
        let all = [
            unit("phường", "province", ""),
            unit("xã", "department", "phường"),
            unit("bệnh viện", "service", "phường"),
            unit("khoa", "", "bệnh viện"),
            unit("chi cục", "", "xã"),
            unit("sở", "commune", "phường"),
            unit("trường", "service", "sở"),
            unit("lớp", "", "trường"),
            unit("đội", "", "phường"),
            unit("tổ", "service", "đội"),
            unit("huyện", "district", "phường"),
            unit("trạm", "service", "huyện"),
            unit("một mình", "", ""),
            unit("viện", "service", ""),
        ];
        for (id, expected) in [
            ("phường", "province"),
            ("xã", "department"),
            ("bệnh viện", "department"),
            ("khoa", "department"),
            ("chi cục", "department"),
            ("sở", "commune"),
            ("trường", "commune"),
            ("lớp", "commune"),
            ("đội", "unknown"),
            ("tổ", "unknown"),
            ("huyện", "district"),
            ("trạm", "district"),
            ("một mình", "unknown"),
            ("viện", "department"),
        ] {
            assert_eq!(level(&all, id), expected, "{id}");
        }
    }

    #[test]
    fn a_tree_is_that_of_its_day() {
        let day = date!(2025 - 07 - 01);
        // a district is closed; two communes become one, which becomes a ward with another one later
        let all = [
            unit("t", "province", ""),
            ended(unit("h", "district", "t"), day, ""),
            ended(unit("a", "commune", "h"), day, "m"),
            ended(unit("b", "commune", "h"), day, "m"),
            ended(unit("m", "commune", "t"), date!(2026 - 01 - 01), "p"),
            ended(unit("c", "commune", "t"), date!(2026 - 01 - 01), "p"),
            unit("p", "commune", "t"),
            unit("s", "service", "p"),
        ];
        let tree = |day| Tree::new(day, &all);
        let below = |day, root: &str| names(&tree(day).below(tree(day).unit(root).unwrap()));
        let standing = |day, id: &str| tree(day).standing(tree(day).unit(id).unwrap()).id.clone();
        let told = |day, root: &str| {
            let tree = tree(day);
            tree.told_by(&tree.below(tree.unit(root).unwrap())).into_iter().map(|unit| &*unit.id).collect::<Vec<_>>()
        };
        let (before, between, after) = (date!(2025 - 06 - 30), day, date!(2026 - 01 - 01));
        assert_eq!([before, between, after].map(|day| standing(day, "a")), ["a", "m", "p"]);
        assert_eq!([before, after].map(|day| standing(day, "h")), ["h", "h"]);
        assert_eq!(
            below(before, "t"),
            [("t", ""), ("c", "t"), ("h", "t"), ("a", "h"), ("b", "h"), ("m", "t"), ("p", "t"), ("s", "p")]
        );
        assert_eq!(below(between, "t"), [("t", ""), ("c", "t"), ("h", "t"), ("m", "t"), ("p", "t"), ("s", "p")]);
        assert_eq!(below(after, "t"), [("t", ""), ("h", "t"), ("p", "t"), ("s", "p")]);
        // all is told of the province on each day; of the ward what it is made from
        assert_eq!([before, between, after].map(|day| told(day, "t").len()), [8; 3]);
        assert_eq!([before, between, after].map(|day| told(day, "p")), [["a", "b", "c", "m", "p", "s"]; 3]);
        assert_eq!(below(before, "p"), [("p", "t"), ("a", "p"), ("b", "p"), ("c", "p"), ("m", "p"), ("s", "p")]);
        assert_eq!(told(before, "h"), ["a", "b", "h"]);
    }
}
