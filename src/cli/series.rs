//! `dauson receipt series`, `dauson receipt range`: series opened, listed, closed; their numbers delegated and taken back.

use super::{folder, output};
use crate::data_folder::DataFolder;
use crate::error::Result;
use crate::receipts::amount::{Dong, grouped};
use crate::receipts::book::{self, Delegation, Opening};
use crate::receipts::life::runs_low;
use crate::receipts::request::Channel;
use crate::receipts::series::{Number, SeriesId};
use crate::store::receipts::{RangeRow, SeriesRow};
use serde::Serialize;
use time::OffsetDateTime;

/// Arguments of `dauson receipt range`.
#[derive(Debug, clap::Subcommand)]
pub enum RangeCommand {
    /// Delegate numbers: the other unit issues them, in ascending order, in the name of the one whose series it is
    Delegate {
        /// Form and symbol
        series: String,
        /// The branch or third party, a unit of its own
        #[arg(long, value_name = "UNIT")]
        to: String,
        /// The first number
        #[arg(long, value_name = "N", value_parser = number)]
        first: Number,
        /// The last number
        #[arg(long, value_name = "N", value_parser = number)]
        last: Number,
    },
    /// Take a range back with what is left of it
    Return {
        /// Form and symbol
        series: String,
        /// Its first number
        #[arg(long, value_name = "N", value_parser = number)]
        first: Number,
    },
    /// List the ranges
    List {
        /// Form and symbol; left out it is all series
        series: Option<String>,
        /// One JSON object for each
        #[arg(long)]
        json: bool,
    },
}

/// Arguments of `dauson receipt series`.
#[derive(Debug, clap::Subcommand)]
pub enum SeriesCommand {
    /// Open a series; its numbers begin with 1
    Create {
        /// Form and symbol, such as EBL01/26TAA
        series: String,
        /// The unit that issues from it; left out where there is only one
        #[arg(long)]
        unit: Option<String>,
        /// Its last number, where fewer are registered than the law allows
        #[arg(long, value_name = "N", value_parser = number)]
        last: Option<Number>,
        /// For the counter or the portal only
        #[arg(long, value_parser = channel)]
        channel: Option<Channel>,
        /// Its registration with the tax office: number and date
        #[arg(long)]
        registration: Option<String>,
        /// What each of its receipts is over, whole dong: of form EBL02, on which that is printed
        #[arg(long, value_name = "DONG", value_parser = dong)]
        denomination: Option<Dong>,
    },
    /// List the series
    List {
        /// One JSON object for each
        #[arg(long)]
        json: bool,
    },
    /// Close a series for good
    Close {
        /// Form and symbol
        series: String,
    },
}

/// What `--json` prints for each series.
#[derive(Serialize)]
struct ShownSeries {
    series: String,
    unit: String,
    first: u32,
    last: u32,
    next: u32,
    open: bool,
    channel: Option<String>,
    registration: Option<String>,
    denomination: Option<i64>,
    #[serde(with = "time::serde::rfc3339")]
    opened: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    closed: Option<OffsetDateTime>,
    /// How many numbers are left, if less than a tenth.
    low: Option<u32>,
}

/// What `--json` prints for each range.
#[derive(Serialize)]
struct ShownRange {
    series: String,
    first: u32,
    last: u32,
    next: u32,
    left: u32,
    unit: String,
    open: bool,
    low: Option<u32>,
}

fn number(text: &str) -> std::result::Result<Number, &'static str> {
    text.parse().ok().and_then(Number::new).ok_or("a receipt number is from 1 to 99999999")
}

fn dong(text: &str) -> std::result::Result<Dong, &'static str> {
    text.parse().ok().and_then(Dong::new).ok_or("whole dong, such as 20000")
}

fn channel(text: &str) -> std::result::Result<Channel, &'static str> {
    [Channel::Counter, Channel::Portal].into_iter().find(|c| c.as_str() == text).ok_or("counter or portal")
}

/// Runs `dauson receipt series`.
pub async fn series(folder: &DataFolder, command: &SeriesCommand, actor: &str) -> Result<u8> {
    match command {
        SeriesCommand::Create { series, unit, last, channel, registration, denomination } => {
            let series: SeriesId = series.parse()?;
            let unit = folder::unit(folder, unit.as_deref()).await?;
            let (registration, denomination) = (registration.clone(), *denomination);
            let opening = Opening { last: *last, channel: *channel, registration, denomination };
            let row = book::create(folder, &series, &unit, &opening, actor).await?;
            output::text(&format!("{series}: open, of the unit {}\n", row.unit))?;
        }
        SeriesCommand::List { json } => {
            for row in book::list(folder, None).await? {
                let SeriesRow { form, symbol, unit, next, last, is_open, channel, .. } = row;
                let shown = ShownSeries {
                    series: format!("{form}/{symbol}"),
                    unit,
                    first: 1,
                    last,
                    next,
                    open: is_open,
                    channel,
                    registration: row.registration,
                    denomination: row.denomination,
                    opened: row.created,
                    closed: row.closed,
                    low: runs_low(1, next, last).filter(|_| is_open),
                };
                if *json {
                    output::json(&shown)?;
                } else {
                    let state = if shown.open { "open" } else { "closed" };
                    let low = shown.low.map(|left| format!("  RUNS LOW: {left} left")).unwrap_or_default();
                    let printed =
                        shown.denomination.map(|dong| format!("  {} đ each", grouped(dong))).unwrap_or_default();
                    output::text(&format!(
                        "{}  {state}  next number {}  {}{printed}{low}\n",
                        shown.series, shown.next, shown.unit
                    ))?;
                }
            }
        }
        SeriesCommand::Close { series } => {
            let series: SeriesId = series.parse()?;
            book::close(folder, &series, actor).await?;
            output::text(&format!("{series}: closed\n"))?;
        }
    }
    Ok(0)
}

/// Runs `dauson receipt range`.
pub async fn range(folder: &DataFolder, command: &RangeCommand, actor: &str) -> Result<u8> {
    match command {
        RangeCommand::Delegate { series, to, first, last } => {
            let asked = Delegation { series: &series.parse()?, to, first: *first, last: *last };
            book::delegate(folder, &asked, actor).await?;
            output::text(&format!("{series}/{first} to {last}: delegated to {to}\n"))?;
        }
        RangeCommand::Return { series, first } => {
            let range = ShownRange::new(book::take_back(folder, &series.parse()?, *first, actor).await?);
            output::text(&format!("{series}/{first}: taken back, {} numbers were left\n", range.left))?;
        }
        RangeCommand::List { series, json } => {
            let series: Option<SeriesId> = series.as_deref().map(str::parse).transpose()?;
            for row in book::ranges(folder, series.as_ref()).await? {
                let shown = ShownRange::new(row);
                if *json {
                    output::json(&shown)?;
                    continue;
                }
                let state = if shown.open { "open" } else { "closed" };
                let low = shown.low.map(|left| format!("  RUNS LOW: {left} left")).unwrap_or_default();
                output::text(&format!(
                    "{}  {:08} to {:08}  {state}  next number {}  {}{low}\n",
                    shown.series, shown.first, shown.last, shown.next, shown.unit
                ))?;
            }
        }
    }
    Ok(0)
}

impl ShownRange {
    fn new(row: RangeRow) -> Self {
        let RangeRow { form, symbol, first, last, next, delegate, is_open, .. } = row;
        Self {
            series: format!("{form}/{symbol}"),
            first,
            last,
            next,
            left: last.saturating_add(1).saturating_sub(next),
            unit: delegate,
            open: is_open,
            low: runs_low(first, next, last).filter(|_| is_open),
        }
    }
}
