//! `dauson report figures`: what a province counts, and what is handed in for it.

use super::{block_on, folder, input, output};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::messages::Language;
use crate::output::OutputFile;
use crate::receipts::amount::grouped;
use crate::receipts::catalogue::read_day;
use crate::reports::figures::handed::{self, Hand};
use crate::reports::figures::period::Period;
use crate::reports::figures::{self, By, Figures, Report};
use crate::reports::sheet::{Format, Sheet};
use std::fmt::Write as _;
use std::path::PathBuf;
use time::Date;

/// Bytes of the largest table.
const LARGEST: u64 = 16 << 20;

/// Arguments of `dauson report`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Documents, receipts and dossiers of a unit and all below it in a period, against targets and the period before; without personal data
    Figures(Box<FiguresArgs>),
}

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
struct FiguresArgs {
    #[command(subcommand)]
    command: Option<FiguresCommand>,
    /// A month, 2026-11, a quarter, 2026-Q4, or a year, 2026; left out with the days, too, it is this year
    #[arg(long, conflicts_with_all = ["from", "to"])]
    period: Option<Period>,
    /// The first day, 2026-10-01
    #[arg(long, value_name = "D", value_parser = read_day, requires = "to")]
    from: Option<Date>,
    /// The last day
    #[arg(long, value_name = "D", value_parser = read_day, requires = "from")]
    to: Option<Date>,
    /// The unit, with all below it; left out it is the one that has nothing above it
    #[arg(long)]
    unit: Option<String>,
    /// What the tables have a row for each of
    #[arg(long, value_enum, default_value = "unit")]
    by: By,
    /// Where the table goes as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Where the table goes as XLSX
    #[arg(long, value_name = "FILE")]
    xlsx: Option<PathBuf>,
    /// One JSON object with all of it
    #[arg(long)]
    json: bool,
    /// Overwrite files that are there
    #[arg(long)]
    force: bool,
}

#[derive(Debug, clap::Subcommand)]
enum FiguresCommand {
    /// Take a table in, CSV or XLSX, with the columns unit, period, name and value: counts of months (dossiers, dossiers_on_time, paper_documents, paper_receipts) and targets (target.signed in percent, and so on); all rows or none
    Import {
        /// The table
        table: PathBuf,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    folder::require(config)?;
    let Command::Figures(args) = &args.command;
    block_on(async {
        match &args.command {
            Some(FiguresCommand::Import { table, json }) => import(config, table, *json).await,
            None => show(args, config).await,
        }
    })
}

async fn import(config: &Config, table: &std::path::Path, json: bool) -> Result<u8> {
    let folder = folder::open(config).await?;
    let rows = handed::read(&input::read(table, LARGEST)?)?;
    let hand = Hand { actor: &folder::local_actor(), unit: None, sets_targets: true };
    let taken = handed::take(&folder, &hand, &rows).await?;
    if json {
        output::json(&taken)?;
    } else {
        output::text(&format!("{} rows, {} of them say something new\n", taken.rows, taken.changed))?;
    }
    Ok(0)
}

async fn show(args: &FiguresArgs, config: &Config) -> Result<u8> {
    let folder = folder::open(config).await?;
    let unit = match &args.unit {
        Some(unit) => unit.clone(),
        None => {
            let units = folder.store.read().await?.units().await?;
            let mut above: Vec<_> =
                units.into_iter().filter(|unit| unit.parent.is_none() && unit.closed.is_none()).collect();
            match (above.pop(), above.is_empty()) {
                (Some(unit), true) => unit.id,
                // it says what there is
                _ => folder::unit(&folder, None).await?,
            }
        }
    };
    let today = folder.today();
    let period = match (args.period, args.from.zip(args.to)) {
        (Some(period), _) => period,
        (None, Some((from, to))) => Period::new(from, to)?,
        (None, None) => Period::year_of(today),
    };
    let report = figures::of_unit(&folder, &unit, period).await?;
    let head = args.by.head();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    for (file, format) in [(&args.csv, Format::Csv), (&args.xlsx, Format::Xlsx)] {
        if let Some(file) = file {
            let mut out = OutputFile::create(file, args.force)?;
            args.by.write(&report, Sheet::begin(&mut out, format, &head)?)?;
            out.commit()?;
            output::text(&format!("{}\n", file.display()))?;
        }
    }
    if args.json {
        output::json(&report)?;
    } else if args.csv.is_none() && args.xlsx.is_none() {
        output::text(&told(&report, period)?)?;
    }
    Ok(0)
}

fn told(report: &Report, period: Period) -> Result<String> {
    let mut text = format!("{} ({}), {}\n", report.name, report.unit, period.words(Language::En));
    let mut say =
        |line: String| writeln!(text, "{line}").map_err(|error| Error::new(Kind::Bug, "report.text", "figures", error));
    let count = |number: u64| grouped(i64::try_from(number).unwrap_or(i64::MAX));
    let dong = |number: i128| i64::try_from(number).map_or_else(|_| number.to_string(), grouped);
    let (now, then) = (&report.total.counts, &report.total.previous);
    for (what, now, then) in [
        ("units", now.units, then.units),
        ("documents issued", now.documents, then.documents),
        ("  on paper", now.paper_documents, then.paper_documents),
        ("documents received", now.received, then.received),
        ("  signatures failed", now.received_failed, then.received_failed),
        ("receipts issued", now.receipts, then.receipts),
        ("  replaced", now.receipts_replaced, then.receipts_replaced),
        ("  voided", now.receipts_voided, then.receipts_voided),
        ("dossiers", now.dossiers, then.dossiers),
    ] {
        say(format!("{what:<24} {:>18}   before {:>18}", count(now), count(then)))?;
    }
    for (what, now, then) in [
        ("amount, counter", now.counter_amount, then.counter_amount),
        ("amount, portal", now.portal_amount, then.portal_amount),
    ] {
        say(format!("{what:<24} {:>16} đ   before {:>16} đ", dong(now), dong(then)))?;
    }
    shares(&report.total, &mut say)?;
    for level in &report.levels {
        say(format!("{}: {} units", level.level.as_str(), level.figures.counts.units))?;
        shares(&level.figures, &mut say)?;
    }
    Ok(text)
}

fn shares(figures: &Figures, say: &mut impl FnMut(String) -> Result<()>) -> Result<()> {
    for share in &figures.shares {
        let words =
            |percent: Option<figures::Percent>| percent.map_or_else(|| "-".to_owned(), |percent| percent.to_string());
        let met = match share.is_met() {
            Some(false) => "  below target",
            _ => "",
        };
        say(format!(
            "  {:<22} {:>10}   before {:>10}   target {:>10}{met}",
            share.name.as_str(),
            words(share.percent),
            words(share.previous),
            words(share.target)
        ))?;
    }
    Ok(())
}
