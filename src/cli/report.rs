//! `dauson receipt report`: how series were used, the daily report 01/TH-BLĐT, ledgers; `dauson receipt shift`: shifts of cashiers.

use super::{folder, output};
use crate::error::{Error, Kind, Result};
use crate::messages::moment;
use crate::output::{OutputFile, write_file};
use crate::people::tokens;
use crate::receipts::budget::BudgetItem;
use crate::receipts::catalogue::read_day;
use crate::receipts::issue::Counter;
use crate::reports::daily::{self, Change};
use crate::reports::ledger::{self, By, LedgerFilter};
use crate::reports::sheet::{Format, Sheet};
use crate::reports::shift::{self, Numbers, ShiftView, Summary};
use crate::reports::{filing, usage};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;
use time::Date;

/// A report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// How series were used.
    Use,
    /// 01/TH-BLĐT.
    Daily,
    /// Sums.
    Ledger,
}

fn form(text: &str) -> std::result::Result<Form, &'static str> {
    match text.to_uppercase().replace(['/', ' '], "-").as_str() {
        "BC26" => Ok(Form::Use),
        "01-TH-BLDT" | "01-TH-BLĐT" => Ok(Form::Daily),
        "LEDGER" => Ok(Form::Ledger),
        _ => Err("bc26, 01/TH-BLĐT (01-TH-BLDT) or ledger"),
    }
}

/// Arguments of `dauson receipt report`.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// bc26: how series were used; 01/TH-BLĐT (01-TH-BLDT): the daily report; ledger: sums
    #[arg(long, value_parser = form)]
    form: Form,
    /// The first day, 2026-10-01
    #[arg(long, value_name = "D", value_parser = read_day)]
    from: Option<Date>,
    /// The last day
    #[arg(long, value_name = "D", value_parser = read_day)]
    to: Option<Date>,
    /// The day of the daily report; left out it is that of --from
    #[arg(long, value_name = "D", value_parser = read_day)]
    date: Option<Date>,
    /// By what a ledger is broken down
    #[arg(long, value_enum, default_value = "fee")]
    by: By,
    /// Count in a ledger only what belongs to this item of the state budget
    #[arg(long, value_name = "ITEM")]
    budget_item: Option<BudgetItem>,
    /// The unit; left out where there is only one
    #[arg(long)]
    unit: Option<String>,
    /// Where the table goes as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Where the table goes as XLSX
    #[arg(long, value_name = "FILE")]
    xlsx: Option<PathBuf>,
    /// Where the daily report goes as signed XML: the first, or an amendment if the day has changed since it was signed
    #[arg(long, value_name = "FILE")]
    xml: Option<PathBuf>,
    /// Where the daily report goes as signed PDF, which carries that XML; or how series were used as PDF for print
    #[arg(long, value_name = "FILE")]
    pdf: Option<PathBuf>,
    /// JSON: one object for each row of a table; for the daily report one with what it comes to
    #[arg(long)]
    json: bool,
    /// Overwrite files that are there
    #[arg(long)]
    force: bool,
}

/// What `--json` prints of a daily report.
#[derive(Serialize)]
struct ShownDay {
    unit: String,
    date: String,
    amendment: Option<u32>,
    xml_sha256: Option<String>,
    rows: u64,
    new: daily::Sum,
    replaced: daily::Sum,
    adjusted: daily::Sum,
    cancelled: daily::Sum,
    superseded: daily::Sum,
    total: i128,
}

/// Runs `dauson receipt report`.
pub async fn report(args: &ReportArgs, counter: &Counter<'_>) -> Result<u8> {
    let folder = counter.folder;
    let unit = folder::unit(folder, args.unit.as_deref()).await?;
    let wanted = |what: &str| Error::new(Kind::Usage, "usage", "dauson receipt report", format!("{what} is wanted"));
    if args.form != Form::Daily && args.xml.is_some() {
        return Err(wanted("only the daily report is XML: --csv, --xlsx, or of bc26 --pdf"));
    }
    if args.form == Form::Ledger && args.pdf.is_some() {
        return Err(wanted("a ledger is no PDF: --csv or --xlsx"));
    }
    match args.form {
        Form::Use => {
            let (from, to) = args.from.zip(args.to).ok_or_else(|| wanted("--from D --to D"))?;
            let rows = usage::of_series(folder, &unit, from, to).await?;
            tables(args, &usage::HEAD, |sheet| usage::write(&rows, sheet))?;
            if let Some(file) = &args.pdf {
                write_file(file, &usage::draw(folder, &unit, (from, to), &rows).await?, args.force)?;
                output::text(&format!("{}\n", file.display()))?;
            }
            for row in &rows {
                if args.json {
                    output::json(row)?;
                } else if args.csv.is_none() && args.xlsx.is_none() && args.pdf.is_none() {
                    output::text(&format!(
                        "{}  opening {}  added {}  issued {}  replaced {}  voided {}  withdrawn {}  closing {}\n",
                        row.series,
                        row.opening,
                        row.added,
                        row.issued,
                        row.replaced,
                        row.voided,
                        row.withdrawn,
                        row.closing
                    ))?;
                }
            }
        }
        Form::Ledger => {
            let budget_item = args.budget_item.clone().map(String::from);
            let which = LedgerFilter { from: args.from, to: args.to, budget_item };
            let entries = ledger::entries(folder, &unit, args.by, &which).await?;
            tables(args, &ledger::HEAD, |sheet| ledger::write(&entries, sheet))?;
            for entry in &entries {
                if args.json {
                    output::json(entry)?;
                } else if args.csv.is_none() && args.xlsx.is_none() {
                    let name = entry.name.as_ref().map(|name| format!("  {name}")).unwrap_or_default();
                    output::text(&format!(
                        "{}{name}  {} receipts  {} đ  (replaced {}, voided {})\n",
                        entry.key, entry.receipts, entry.amount, entry.replaced_receipts, entry.voided_receipts
                    ))?;
                }
            }
        }
        Form::Daily => day(args, counter, unit).await?,
    }
    Ok(0)
}

async fn day(args: &ReportArgs, counter: &Counter<'_>, unit: String) -> Result<()> {
    let folder = counter.folder;
    let one_day = args.from.filter(|from| args.to.is_none_or(|to| to == *from));
    let day = args.date.or(one_day).ok_or_else(|| {
        Error::new(Kind::Usage, "usage", "dauson receipt report", "the daily report is of one day").hint("--date D")
    })?;
    let mut tx = folder.store.read().await?;
    for (file, format) in [(&args.csv, Format::Csv), (&args.xlsx, Format::Xlsx)] {
        if let Some(file) = file {
            let mut out = OutputFile::create(file, args.force)?;
            daily::write(&mut *tx, &unit, day, Sheet::begin(&mut out, format, &daily::HEAD)?).await?;
            out.commit()?;
            output::text(&format!("{}\n", file.display()))?;
        }
    }
    let totals = daily::each(&mut *tx, &unit, day, &mut |_| Ok(())).await?;
    drop(tx);
    let mut filed = None;
    if args.xml.is_some() || args.pdf.is_some() {
        let filing = filing::file(counter, &unit, day).await?;
        if let Some(file) = &args.xml {
            write_file(file, &filing::xml(folder, &filing).await?, args.force)?;
            output::text(&format!("{}\n", file.display()))?;
        }
        if let Some(file) = &args.pdf {
            write_file(file, &filing::pdf(folder, &filing).await?, args.force)?;
            output::text(&format!("{}\n", file.display()))?;
        }
        filed = Some(filing);
    }
    let shown = ShownDay {
        date: day.to_string(),
        amendment: filed.as_ref().map(|filing| filing.amendment),
        xml_sha256: filed.as_ref().map(|filing| hex::encode(filing.xml_sha256)),
        rows: totals.rows,
        new: totals.of(Change::New),
        replaced: totals.of(Change::Replaced),
        adjusted: totals.of(Change::Adjusted),
        cancelled: totals.of(Change::Cancelled),
        superseded: totals.superseded,
        total: totals.net(),
        unit,
    };
    if args.json {
        return output::json(&shown);
    }
    let mut text = format!("01/TH-BLĐT of {}, {}: {} rows, {} đ\n", shown.unit, shown.date, shown.rows, shown.total);
    for (what, sum) in [
        ("new", shown.new),
        ("replacing", shown.replaced),
        ("adjusted", shown.adjusted),
        ("cancelled", shown.cancelled),
        ("replaced", shown.superseded),
    ] {
        let _ = writeln!(text, "  {what:<10} {} receipts, {} đ", sum.receipts, sum.amount);
    }
    if let Some(nth) = shown.amendment {
        let which = if nth == 0 { "the first".to_owned() } else { format!("amendment {nth}") };
        let _ = writeln!(text, "  signed: {which}");
    }
    output::text(&text)
}

/// Writes a table as the files that are wanted.
fn tables(args: &ReportArgs, head: &[&str], write: impl Fn(Sheet<'_>) -> Result<()>) -> Result<()> {
    for (file, format) in [(&args.csv, Format::Csv), (&args.xlsx, Format::Xlsx)] {
        if let Some(file) = file {
            let mut out = OutputFile::create(file, args.force)?;
            write(Sheet::begin(&mut out, format, head)?)?;
            out.commit()?;
            output::text(&format!("{}\n", file.display()))?;
        }
    }
    Ok(())
}

/// What `dauson receipt shift` does.
#[derive(Debug, clap::Subcommand)]
pub enum ShiftCommand {
    /// Close a shift: what was taken since the last closing against the cash that was counted
    Close {
        /// Whole dong in cash that were counted
        #[arg(long, value_name = "DONG", allow_negative_numbers = true, required_unless_present = "dry_run")]
        counted: Option<i64>,
        /// Only show what there must be; nothing is closed
        #[arg(long)]
        dry_run: bool,
        /// What there is to say about it, printed on the PDF
        #[arg(long)]
        note: Option<String>,
        /// Identifier or name of the cashier's token; left out it is who issues on the command line
        #[arg(long, value_name = "TOKEN")]
        cashier: Option<String>,
        /// The cashier's unit; left out it is the token's, or the only one there is
        #[arg(long)]
        unit: Option<String>,
        /// Where the signed PDF goes
        #[arg(long, value_name = "FILE")]
        pdf: Option<PathBuf>,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// List the shifts that were closed
    List {
        /// Of this unit
        #[arg(long)]
        unit: Option<String>,
        /// One JSON object for each
        #[arg(long)]
        json: bool,
    },
    /// Show a shift
    Show {
        /// Its number
        id: i64,
        /// Where the signed PDF goes
        #[arg(long, value_name = "FILE")]
        pdf: Option<PathBuf>,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Shifts that are read at a time.
const CHUNK: u32 = 100;

/// Runs `dauson receipt shift`.
pub async fn shift(command: &ShiftCommand, counter: &Counter<'_>) -> Result<u8> {
    let folder = counter.folder;
    let (row, pdf, json) = match command {
        ShiftCommand::Close { counted, dry_run, note, cashier, unit, pdf, json } => {
            let token = match cashier {
                Some(named) => Some(tokens::get(folder, named).await?),
                None => None,
            };
            let unit = match (unit, &token) {
                (None, Some(token)) => token.unit.clone(),
                (named, _) => folder::unit(folder, named.as_deref()).await?,
            };
            let counter = Counter { actor: token.as_ref().map_or(counter.actor, |token| &token.id), ..*counter };
            if *dry_run {
                let sums = shift::preview(&counter, *counted).await?;
                if *json {
                    output::json(&sums)?;
                } else {
                    output::text(&format!("not closed\n{}", told(&sums)))?;
                }
                return Ok(0);
            }
            let note = note.as_deref();
            (shift::close(&counter, &unit, counted.unwrap_or_default(), note).await?, pdf, *json)
        }
        ShiftCommand::Show { id, pdf, json } => (shift::show(folder, None, *id).await?, pdf, *json),
        ShiftCommand::List { unit, json } => {
            let mut after = 0;
            loop {
                let rows = folder.store.read().await?.shifts(unit.as_deref(), after, CHUNK).await?;
                let Some(last) = rows.last() else { return Ok(0) };
                after = last.id;
                for row in rows {
                    let view = ShiftView::new(folder, row).await?;
                    if *json {
                        output::json(&view)?;
                    } else {
                        output::text(&format!(
                            "{}  {}  {}  {}  cash {}  counted {}  difference {}\n",
                            view.id,
                            view.closed.date(),
                            view.unit,
                            view.name,
                            view.summary.cash,
                            view.summary.counted,
                            view.summary.difference
                        ))?;
                    }
                }
            }
        }
    };
    if let Some(file) = pdf {
        let mut bytes = Vec::new();
        let unreadable = |error| Error::new(Kind::Unavailable, "store.unreadable", "data folder", error);
        shift::pdf(folder, &row).await?.read_to_end(&mut bytes).map_err(unreadable)?;
        write_file(file, &bytes, false)?;
    }
    let view = ShiftView::new(folder, row).await?;
    if json {
        output::json(&view)?;
        return Ok(0);
    }
    let head = format!("shift {} of {}, closed {}\n", view.id, view.name, moment(view.closed));
    output::text(&(head + &told(&view.summary)))?;
    Ok(0)
}

fn told(sums: &Summary) -> String {
    let mut text = String::new();
    for line in &sums.lines {
        let _ = writeln!(
            text,
            "  {} {}  {}  {} receipts  {} - {} = {} đ",
            line.fee, line.name, line.method, line.receipts, line.taken, line.given_back, line.net
        );
    }
    let _ = writeln!(text, "  cash {} đ, transfer {} đ, portal {} đ", sums.cash, sums.transfer, sums.portal);
    let _ = writeln!(text, "  counted {} đ, difference {} đ", sums.counted, sums.difference);
    for Numbers { series, first, last } in &sums.numbers {
        let _ = writeln!(text, "  issued {series}: {first:08} to {last:08}");
    }
    if let Some(note) = &sums.note {
        let _ = writeln!(text, "  note: {note}");
    }
    text
}
