//! What a province counts, per unit and period: documents, receipts and dossiers, the shares that there are targets for, and what they were
//! in the period before. Statistics without personal data.
//!
//! Counts are kept as it happens (`store/figures.rs`), so that an answer takes no longer with a million receipts. They agree with the other
//! reports: receipts issued, replaced and voided with BC26, what was brought in by channel and fee with the ledger.
//!
//! They are told of the units that exist at the end of the period. What was done by one that was merged into another one by then is told of that
//! one; one that was closed, with none in its place, has what it did to itself, as long as there is something, and counts as no unit. So nothing
//! is lost, and the sums before and after a merger are the same.
//!
//! | file | what |
//! | --- | --- |
//! | `period` | a month, a quarter, a year, or from one day to another |
//! | `tree` | the units as they stand on the last day of a period, and their levels |
//! | `handed` | what units and the portal hand in: dossiers, what still is on paper, targets |

pub mod handed;
pub mod period;
mod tree;

use super::no_unit;
use super::sheet::{Cell, Sheet};
use crate::data_folder::DataFolder;
use crate::error::Result;
use crate::receipts::fees::Fee;
use crate::store::fees::FeeRow;
use crate::store::figures::{FigureRow, HandedRow};
use crate::store::people::UnitRow;
use period::Period;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::ops::AddAssign;
use time::Date;
pub use tree::Level;
use tree::Tree;

/// A share in hundredths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(pub u32);

impl Percent {
    /// All of it.
    pub const WHOLE: Self = Self(10_000);

    /// A part of a whole, rounded half up; none of nothing.
    pub fn of(part: u64, whole: u64) -> Option<Self> {
        let (part, whole) = (u128::from(part), u128::from(whole));
        let hundredths = (part * 20_000 + whole).checked_div(whole * 2)?;
        u32::try_from(hundredths).ok().map(Self)
    }
}

/// `98,25 %`, as it is written in Vietnam.
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{:02} %", self.0 / 100, self.0 % 100)
    }
}

/// A number of percent.
impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.serialize_f64(f64::from(self.0) / 100.0)
    }
}

/// A share that there may be a target for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// Of the documents that went out, also on paper: with the digital signatures of leader and unit.
    Signed,
    /// Of those issued here: at level B-LT or better.
    Lasting,
    /// Of those issued here: on the day of their number.
    SameDay,
    /// Of the receipts, also on paper: electronic.
    Electronic,
    /// Of the units: those that have issued electronic receipts.
    UnitsOnReceipts,
    /// Of the receipts for dossiers: paid through the portal.
    Online,
    /// Of the dossiers: on time.
    OnTime,
}

impl Share {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Signed,
        Self::Lasting,
        Self::SameDay,
        Self::Electronic,
        Self::UnitsOnReceipts,
        Self::Online,
        Self::OnTime,
    ];

    /// As it is kept and told.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Lasting => "lasting",
            Self::SameDay => "same_day",
            Self::Electronic => "electronic",
            Self::UnitsOnReceipts => "units_on_receipts",
            Self::Online => "online",
            Self::OnTime => "on_time",
        }
    }

    /// The part and the whole.
    pub const fn of(self, counts: &Counts) -> (u64, u64) {
        let c = counts;
        match self {
            Self::Signed => (c.documents_signed, c.documents.saturating_add(c.paper_documents)),
            Self::Lasting => (c.documents_lasting, c.documents),
            Self::SameDay => (c.documents_same_day, c.documents),
            Self::Electronic => (c.receipts, c.receipts.saturating_add(c.paper_receipts)),
            Self::UnitsOnReceipts => (c.units_on_receipts, c.units),
            Self::Online => (c.dossier_receipts_online, c.dossier_receipts),
            Self::OnTime => (c.dossiers_on_time, c.dossiers),
        }
    }
}

/// What was counted, each with its name.
macro_rules! counts {
    ($($(#[$doc:meta])+ $name:ident: $type:ty,)+) => {
        /// What was counted.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
        pub struct Counts {
            $($(#[$doc])+ pub $name: $type,)+
        }

        impl Counts {
            /// The names of its columns.
            const HEAD: &[&str] = &[$(stringify!($name)),+];

            fn cells(&self) -> Vec<Cell> {
                vec![$(self.$name.into()),+]
            }
        }

        impl AddAssign<&Self> for Counts {
            fn add_assign(&mut self, other: &Self) {
                $(self.$name = self.$name.saturating_add(other.$name);)+
            }
        }
    };
}

counts! {
    /// Units that exist at the end of the period.
    units: u64,
    /// Of these: those that have issued electronic receipts.
    units_on_receipts: u64,
    /// Official documents that were issued here; copies are not among them.
    documents: u64,
    /// Of these: with the digital signatures of leader and unit.
    documents_signed: u64,
    /// Of these: at level B-LT or better.
    documents_lasting: u64,
    /// Of these: issued on the day of their number.
    documents_same_day: u64,
    /// Copies of documents that were issued.
    copies: u64,
    /// Documents that went out on paper, as they were handed in.
    paper_documents: u64,
    /// Documents that came in.
    received: u64,
    /// Of these: those whose signatures have failed.
    received_failed: u64,
    /// Electronic receipts that were issued.
    receipts: u64,
    /// Receipts on paper, as they were handed in.
    paper_receipts: u64,
    /// Receipts that others replaced, whenever they were issued.
    receipts_replaced: u64,
    /// Receipts that were voided, whenever they were issued.
    receipts_voided: u64,
    /// Receipts that were issued at counters and are in force.
    counter_receipts: u64,
    /// What these brought in, whole dong.
    counter_amount: i128,
    /// Receipts that were issued for the portal and are in force.
    portal_receipts: u64,
    /// What these brought in, whole dong.
    portal_amount: i128,
    /// Whole dong altogether.
    amount: i128,
    /// Receipts in force that are for dossiers.
    dossier_receipts: u64,
    /// Of these: paid through the portal.
    dossier_receipts_online: u64,
    /// Dossiers that were finished, as they were handed in.
    dossiers: u64,
    /// Of these: on time.
    dossiers_on_time: u64,
}

impl Counts {
    /// Enters what the store has counted.
    fn enter(&mut self, row: &FigureRow) {
        let count = u64::try_from(row.count).unwrap_or_default();
        let add = |to: &mut u64| *to = to.saturating_add(count);
        match (row.name.as_str(), row.key.as_str()) {
            ("document", "issued") => add(&mut self.documents),
            ("document", "signed") => add(&mut self.documents_signed),
            ("document", "lasting") => add(&mut self.documents_lasting),
            ("document", "same_day") => add(&mut self.documents_same_day),
            ("document", "copy") => add(&mut self.copies),
            ("arrival", "received") => add(&mut self.received),
            ("arrival", "failed") => add(&mut self.received_failed),
            ("receipt", "issued") => add(&mut self.receipts),
            ("receipt", "replaced") => add(&mut self.receipts_replaced),
            ("receipt", "voided") => add(&mut self.receipts_voided),
            ("channel", channel) => {
                let (receipts, amount) = match channel {
                    "portal" => (&mut self.portal_receipts, &mut self.portal_amount),
                    _ => (&mut self.counter_receipts, &mut self.counter_amount),
                };
                add(receipts);
                *amount = amount.saturating_add(row.amount);
                self.amount = self.amount.saturating_add(row.amount);
            }
            ("dossier", method) => {
                add(&mut self.dossier_receipts);
                if method == "portal" {
                    add(&mut self.dossier_receipts_online);
                }
            }
            ("handed", "dossiers") => add(&mut self.dossiers),
            ("handed", "dossiers_on_time") => add(&mut self.dossiers_on_time),
            ("handed", "paper_documents") => add(&mut self.paper_documents),
            ("handed", "paper_receipts") => add(&mut self.paper_receipts),
            _ => {}
        }
    }
}

/// A share as it is, as it was and as it is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ShareView {
    /// Which one.
    #[schema(inline)]
    pub name: Share,
    /// The part.
    pub part: u64,
    /// The whole.
    pub whole: u64,
    /// Percent; none of nothing.
    #[schema(value_type = Option<f64>)]
    pub percent: Option<Percent>,
    /// In the period before.
    #[schema(value_type = Option<f64>)]
    pub previous: Option<Percent>,
    /// What it is to be at least.
    #[schema(value_type = Option<f64>)]
    pub target: Option<Percent>,
}

impl ShareView {
    /// Whether it is what it is to be; none where there is nothing, or no target.
    pub fn is_met(&self) -> Option<bool> {
        Some(self.percent? >= self.target?)
    }
}

/// What was counted of something, with the shares of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Figures {
    /// What was counted.
    pub counts: Counts,
    /// The same in the period before.
    pub previous: Counts,
    /// The shares.
    pub shares: Vec<ShareView>,
}

impl Figures {
    /// One of the shares.
    pub fn share(&self, name: Share) -> Option<&ShareView> {
        self.shares.iter().find(|share| share.name == name)
    }
}

/// The units of one level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LevelFigures {
    /// Which one.
    #[schema(inline)]
    pub level: Level,
    /// Its units together, each by itself.
    #[serde(flatten)]
    pub figures: Figures,
}

/// A unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct UnitFigures {
    /// Its identifier.
    pub unit: String,
    /// Its name.
    pub name: String,
    /// Its level.
    #[schema(inline)]
    pub level: Level,
    /// The unit above it.
    pub parent: Option<String>,
    /// Units that were merged into it by the end of the period, whose numbers are in its own.
    pub merged: Vec<Merged>,
    /// The unit by itself.
    #[serde(flatten)]
    pub own: Figures,
    /// With all units below it, if there are any.
    pub with_below: Option<Figures>,
}

/// A unit that another one has the place of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Merged {
    /// Its identifier.
    pub unit: String,
    /// Its name.
    pub name: String,
}

/// What a fee brought in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FeeFigures {
    /// Its code.
    pub fee: String,
    /// Its name, where the unit's catalogue has it.
    pub name: Option<String>,
    /// Receipts in force.
    pub receipts: u64,
    /// Whole dong.
    pub amount: i128,
    /// Whole dong in the period before.
    pub previous_amount: i128,
}

/// A month of the unit with those below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MonthFigures {
    /// `2026-11`.
    pub month: String,
    /// What was counted in it.
    pub counts: Counts,
}

/// The figures of a unit and all below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Report {
    /// The unit: the one that was asked for, or the one that has its place at the end of the period.
    pub unit: String,
    /// Its name.
    pub name: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// The unit with all below it.
    pub total: Figures,
    /// By level.
    pub levels: Vec<LevelFigures>,
    /// By unit: from above, then by name.
    pub units: Vec<UnitFigures>,
    /// By fee, the largest amount first.
    pub fees: Vec<FeeFigures>,
    /// The twelve months up to the last day, or to today.
    pub months: Vec<MonthFigures>,
}

/// The targets that hold in a period, of all units.
struct Targets<'a> {
    rows: Vec<(Period, HandedRow)>,
    tree: &'a Tree<'a>,
}

impl<'a> Targets<'a> {
    /// That of a unit, else of the nearest one above; of its targets that of the shortest period.
    fn of(&self, unit: &'a UnitRow, share: Share) -> Option<Percent> {
        let name = format!("target.{}", share.as_str());
        let own = |unit: &UnitRow| {
            let own = self.rows.iter().filter(|(_, row)| row.unit == unit.id && row.name == name);
            own.min_by_key(|(period, _)| period.to - period.from).map(|(_, row)| Percent(row.value))
        };
        self.tree.upwards(unit).find_map(own)
    }

    fn figures(&self, unit: &'a UnitRow, [counts, previous]: [Counts; 2]) -> Figures {
        let view = |name: Share| {
            let (part, whole) = name.of(&counts);
            let (before, of) = name.of(&previous);
            let (percent, previous) = (Percent::of(part, whole), Percent::of(before, of));
            ShareView { name, part, whole, percent, previous, target: self.of(unit, name) }
        };
        Figures { shares: Share::ALL.map(view).to_vec(), counts, previous }
    }
}

fn counted(rows: &[FigureRow]) -> HashMap<&str, Counts> {
    let mut all: HashMap<&str, Counts> = HashMap::new();
    for row in rows {
        all.entry(&row.of).or_default().enter(row);
    }
    all
}

/// What was counted of these units, told of those that have their place on the day of a tree.
fn told<'a>(tree: &Tree<'a>, units: &[&'a UnitRow], rows: &[FigureRow]) -> Vec<(&'a UnitRow, Counts)> {
    let counted = counted(rows);
    let mut all: BTreeMap<&str, (&UnitRow, Counts)> = BTreeMap::new();
    for unit in units {
        let standing = tree.standing(unit);
        let (_, counts) = all.entry(&standing.id).or_insert_with(|| (standing, Counts::default()));
        if let Some(own) = counted.get(unit.id.as_str()) {
            *counts += own;
        }
    }
    for (_, counts) in all.values_mut().filter(|(unit, _)| tree.exists(unit)) {
        counts.units = 1;
        counts.units_on_receipts = u64::from(counts.receipts > 0);
    }
    all.into_values().collect()
}

/// The figures of a unit, and of all below it, in a period.
pub async fn of_unit(folder: &DataFolder, unit: &str, period: Period) -> Result<Report> {
    let before = period.previous();
    let mut tx = folder.store.read().await?;
    let all = tx.units().await?;
    let tree = Tree::on(period.to, &all, &mut *tx).await?;
    let root = tree.standing(tree.unit(unit).ok_or_else(|| no_unit(unit))?);
    let nodes = tree.below(root);
    let units = tree.told_by(&nodes);
    let ids: Vec<&str> = units.iter().map(|unit| unit.id.as_str()).collect();
    let rows = tx.figures(&ids, period.from, period.to).await?;
    let mut counts: HashMap<&str, [Counts; 2]> = HashMap::new();
    for (unit, now) in told(&tree, &units, &rows) {
        counts.insert(&unit.id, [now, Counts::default()]);
    }
    let mut rows_before = Vec::new();
    if let Some(before) = before {
        rows_before = tx.figures(&ids, before.from, before.to).await?;
        let tree_before = Tree::on(before.to, &all, &mut *tx).await?;
        // each was a unit of its own then, and is told of the one that has its place now
        for (unit, then) in told(&tree_before, &units, &rows_before) {
            let [_, previous] = counts.entry(&tree.standing(unit).id).or_default();
            *previous += &then;
        }
    }
    // months that have not come have nothing to show
    let today = folder.today();
    let year = Period::year_ending(period.to.min(today));
    let months = tx.figures_by_month(&ids, year.from, year.to).await?;
    let targets = tx.all_handed(true).await?;
    let catalogue = tx.fees_in_force(&root.id, period.to).await?;
    drop(tx);

    let holds = |row: HandedRow| Some((row.period.parse::<Period>().ok().filter(|of| of.contains(period))?, row));
    let targets = Targets { rows: targets.into_iter().filter_map(holds).collect(), tree: &tree };
    let mut levels: BTreeMap<Level, [Counts; 2]> = BTreeMap::new();
    let mut sums: HashMap<&str, [Counts; 2]> = HashMap::new();
    // those that are above others, and those that there is something to tell of
    let (mut above, mut is_told) = (HashSet::new(), HashSet::from([root.id.as_str()]));
    // from below, each unit hands its sum up
    for node in nodes.iter().rev() {
        let id = node.unit.id.as_str();
        let own = counts.entry(id).or_default();
        if tree.exists(node.unit) || *own != <[Counts; 2]>::default() {
            is_told.insert(id);
            add(levels.entry(node.level).or_default(), own);
        }
        let sum = sums.entry(id).or_default();
        add(sum, own);
        let (sum, is_told_of) = (sum.clone(), is_told.contains(id));
        if let Some(parent) = node.above.filter(|_| id != root.id) {
            add(sums.entry(parent).or_default(), &sum);
            if is_told_of {
                above.insert(parent);
                is_told.insert(parent);
            }
        }
    }
    let mut merged: HashMap<&str, Vec<Merged>> = HashMap::new();
    for unit in &units {
        let standing = tree.standing(unit);
        if standing.id != unit.id {
            let own = Merged { unit: unit.id.clone(), name: unit.name.clone() };
            merged.entry(&standing.id).or_default().push(own);
        }
    }
    let sum_of = |id: &str| sums.get(id).cloned().unwrap_or_default();
    let lines = nodes.iter().filter(|node| is_told.contains(node.unit.id.as_str())).map(|node| {
        let id = node.unit.id.as_str();
        UnitFigures {
            unit: node.unit.id.clone(),
            name: node.unit.name.clone(),
            level: node.level,
            parent: node.above.map(str::to_owned),
            merged: merged.remove(id).unwrap_or_default(),
            own: targets.figures(node.unit, counts.remove(id).unwrap_or_default()),
            with_below: above.contains(id).then(|| targets.figures(node.unit, sum_of(id))),
        }
    });
    let lines = lines.collect();
    Ok(Report {
        levels: levels
            .into_iter()
            .map(|(level, counts)| LevelFigures { level, figures: targets.figures(root, counts) })
            .collect(),
        units: lines,
        fees: fees(&rows, &rows_before, &catalogue)?,
        months: by_month(&months, year),
        from: period.from.to_string(),
        to: period.to.to_string(),
        total: targets.figures(root, sum_of(&root.id)),
        unit: root.id.clone(),
        name: root.name.clone(),
    })
}

fn add(sum: &mut [Counts; 2], counts: &[Counts; 2]) {
    for (sum, counts) in sum.iter_mut().zip(counts) {
        *sum += counts;
    }
}

fn fees(rows: &[FigureRow], before: &[FigureRow], catalogue: &[FeeRow]) -> Result<Vec<FeeFigures>> {
    let mut all: BTreeMap<&str, FeeFigures> = BTreeMap::new();
    let rows = rows.iter().map(|row| (row, true)).chain(before.iter().map(|row| (row, false)));
    for (row, is_now) in rows.filter(|(row, _)| row.name == "fee") {
        let new = || FeeFigures { fee: row.key.clone(), name: None, receipts: 0, amount: 0, previous_amount: 0 };
        let fee = all.entry(&row.key).or_insert_with(new);
        if is_now {
            fee.receipts = fee.receipts.saturating_add(u64::try_from(row.count).unwrap_or_default());
            fee.amount = fee.amount.saturating_add(row.amount);
        } else {
            fee.previous_amount = fee.previous_amount.saturating_add(row.amount);
        }
    }
    for row in catalogue {
        if let Some(fee) = all.get_mut(row.code.as_str()) {
            fee.name = Some(Fee::of(row)?.name);
        }
    }
    let mut all: Vec<FeeFigures> = all.into_values().collect();
    all.sort_by(|a, b| b.amount.cmp(&a.amount).then_with(|| a.fee.cmp(&b.fee)));
    Ok(all)
}

fn by_month(rows: &[FigureRow], year: Period) -> Vec<MonthFigures> {
    let mut counted = counted(rows);
    let mut next = Some(year.from);
    let months = std::iter::from_fn(|| {
        let day = next.filter(|day| *day <= year.to)?;
        next = day.replace_day(day.month().length(day.year())).ok()?.next_day();
        let month = format!("{:04}-{:02}", day.year(), u8::from(day.month()));
        Some(MonthFigures { counts: counted.remove(month.as_str()).unwrap_or_default(), month })
    });
    months.collect()
}

/// A unit and all below it, as figures have them in order on a day: each below the one that is above it then.
pub async fn below(folder: &DataFolder, unit: &str, day: Date) -> Result<Vec<UnitRow>> {
    let all = folder.store.read().await?.units().await?;
    let tree = Tree::new(day, &all);
    let root = tree.standing(tree.unit(unit).ok_or_else(|| no_unit(unit))?);
    let nodes = tree.below(root).into_iter();
    Ok(nodes.map(|node| UnitRow { parent: node.above.map(str::to_owned), ..node.unit.clone() }).collect())
}

/// The unit that somebody of a unit asks for: the own one, or one below it; another's is as if it were not there.
pub async fn asked(folder: &DataFolder, own: &str, asked: Option<&str>) -> Result<String> {
    let unit = asked.unwrap_or(own);
    let mut tx = folder.store.read().await?;
    if crate::people::units::is_within(&mut *tx, unit, own).await? { Ok(unit.to_owned()) } else { Err(no_unit(unit)) }
}

/// What a table has a row for each of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, clap::ValueEnum, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The sum, the levels, the units; of those with units below them also the sum with these.
    #[default]
    Unit,
    /// The fee.
    Fee,
    /// The month, twelve of them.
    Month,
}

impl By {
    /// The columns of the table.
    pub fn head(self) -> Vec<String> {
        let counts = Counts::HEAD.iter().map(|name| (*name).to_owned());
        let shares = Share::ALL
            .iter()
            .flat_map(|share| ["percent", "previous", "target"].map(|of| format!("{}_{of}", share.as_str())));
        let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        match self {
            Self::Unit => {
                named(&["scope", "unit", "name", "level", "parent"]).into_iter().chain(counts).chain(shares).collect()
            }
            Self::Fee => named(&["fee", "name", "receipts", "amount", "previous_amount"]),
            Self::Month => named(&["month"]).into_iter().chain(counts).collect(),
        }
    }

    /// Writes the rows of the table.
    pub fn write(self, report: &Report, mut sheet: Sheet<'_>) -> Result<()> {
        match self {
            Self::Unit => {
                sheet
                    .row(&cells([Some("total"), Some(&report.unit), Some(&report.name), None, None], &report.total))?;
                for LevelFigures { level, figures } in &report.levels {
                    sheet.row(&cells([Some("level"), None, None, Some(level.as_str()), None], figures))?;
                }
                for unit in &report.units {
                    let names = |scope| {
                        [
                            Some(scope),
                            Some(&*unit.unit),
                            Some(&*unit.name),
                            Some(unit.level.as_str()),
                            unit.parent.as_deref(),
                        ]
                    };
                    sheet.row(&cells(names("unit"), &unit.own))?;
                    if let Some(sum) = &unit.with_below {
                        sheet.row(&cells(names("with_below"), sum))?;
                    }
                }
            }
            Self::Fee => {
                for fee in &report.fees {
                    sheet.row(&[
                        fee.fee.as_str().into(),
                        fee.name.clone().into(),
                        fee.receipts.into(),
                        fee.amount.into(),
                        fee.previous_amount.into(),
                    ])?;
                }
            }
            Self::Month => {
                for month in &report.months {
                    sheet.row(&[vec![month.month.as_str().into()], month.counts.cells()].concat())?;
                }
            }
        }
        sheet.finish()
    }
}

fn cells(names: [Option<&str>; 5], figures: &Figures) -> Vec<Cell> {
    let names = names.into_iter().map(|name| Cell::from(name.unwrap_or_default()));
    let percent = |percent: Option<Percent>| Cell::from(percent.map(|p| format!("{}.{:02}", p.0 / 100, p.0 % 100)));
    let shares = figures.shares.iter().flat_map(|share| [share.percent, share.previous, share.target].map(percent));
    names.chain(figures.counts.cells()).chain(shares).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_half_up() {
        assert_eq!(Percent::of(9825, 10_000), Some(Percent(9825)));
        assert_eq!(Percent::of(2, 3), Some(Percent(6667)));
        assert_eq!(Percent::of(1, 20_000), Some(Percent(1)));
        assert_eq!(Percent::of(0, 0), None);
        assert_eq!(
            (Percent(9805).to_string(), Percent::WHOLE.to_string()),
            ("98,05 %".to_owned(), "100,00 %".to_owned())
        );
    }
}
