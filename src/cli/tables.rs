//! `dauson receipt issue-batch` and `dauson receipt reconcile`: tables in.

use super::input;
use super::progress::Progress;
use super::{folder, output};
use crate::error::{Error, Kind, Result};
use crate::messages::both;
use crate::receipts::catalogue::read_day;
use crate::receipts::issue::{Counter, Issued};
use crate::receipts::press::TOGETHER;
use crate::receipts::view::identity;
use crate::reports::batch::{self, Judged, Wanted};
use crate::reports::reconcile::{self, Finding, Item};
use crate::reports::statement;
use serde::Serialize;
use std::path::PathBuf;
use time::Date;

/// Bytes of the largest table.
const LARGEST: u64 = 64 << 20;

/// Arguments of `dauson receipt issue-batch`.
#[derive(Debug, clap::Args)]
pub struct BatchArgs {
    /// The table, CSV or XLSX: payer_name, fee, quantity and so on name the columns; rows with the same key are one receipt
    table: PathBuf,
    /// The unit that issues, where that is not the one whose series it is (a delegated range)
    #[arg(long)]
    unit: Option<String>,
    /// Only say what is wrong with each row
    #[arg(long)]
    dry_run: bool,
    /// One JSON object for each receipt
    #[arg(long)]
    json: bool,
}

/// Arguments of `dauson receipt reconcile`.
#[derive(Debug, clap::Args)]
pub struct ReconcileArgs {
    /// The statement, CSV or XLSX, as banks export it: a day, a reference or a text, and an amount or credit and debit are wanted, under their Vietnamese or English names
    statement: PathBuf,
    /// The first day
    #[arg(long, value_name = "D", value_parser = read_day)]
    from: Date,
    /// The last day
    #[arg(long, value_name = "D", value_parser = read_day)]
    to: Date,
    /// The unit; left out where there is only one
    #[arg(long)]
    unit: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// What `--json` prints for each receipt of a table.
#[derive(Serialize)]
struct Shown<'a> {
    lines: &'a [usize],
    receipt: Option<String>,
    total: Option<i64>,
    /// Whether it had been issued from the same table before.
    before: bool,
    warnings: Vec<String>,
    fault: Option<String>,
}

fn fault(wanted: &Wanted, why: String, json: bool) -> Result<()> {
    if json {
        let lines = &wanted.lines;
        return output::json(&Shown {
            lines,
            receipt: None,
            total: None,
            before: false,
            warnings: Vec::new(),
            fault: Some(why),
        });
    }
    output::text(&format!("{}  {why}\n", at_lines(wanted)))
}

fn at_lines(wanted: &Wanted) -> String {
    let lines: Vec<String> = wanted.lines.iter().map(ToString::to_string).collect();
    format!("line {}", lines.join(", "))
}

/// Tells of a receipt that was issued.
fn tell(args: &BatchArgs, wanted: &Wanted, done: Issued) -> Result<()> {
    let before = !done.is_new;
    let (receipt, total) = (identity(&done.row), done.row.total);
    if args.json {
        let lines = &wanted.lines;
        let (receipt, total, warnings) = (Some(receipt), Some(total), done.warnings);
        return output::json(&Shown { lines, receipt, total, before, warnings, fault: None });
    }
    for warning in &done.warnings {
        tracing::warn!("{receipt}: {warning}");
    }
    let again = if before { "  (before)" } else { "" };
    output::text(&format!("{receipt}  {total} đ{again}\n"))
}

/// Runs `dauson receipt issue-batch`.
pub async fn issue_batch(args: &BatchArgs, counter: &Counter<'_>) -> Result<u8> {
    let name = args.table.display().to_string();
    let counter = Counter { unit: args.unit.as_deref(), ..*counter };
    let table = batch::read(&input::read(&args.table, LARGEST)?).map_err(|error| error.about(&name))?;
    let Judged { faults, warnings } = {
        let progress = Progress::new(table.len());
        batch::try_out(&counter, &table, &|| progress.advance()).await?
    };
    for (index, warning) in warnings.iter().filter(|_| args.dry_run) {
        let lines = table.get(*index).map(at_lines).unwrap_or_default();
        tracing::warn!("{lines}: {warning}");
    }
    for (index, why) in &faults {
        if let Some(wanted) = table.get(*index) {
            fault(wanted, why.clone(), args.json)?;
        }
    }
    if !faults.is_empty() {
        let why = both!(
            "{wrong} trong {all} biên lai không lập được; chưa lập biên lai nào",
            "{wrong} of {all} receipts cannot be issued; none was",
            wrong = faults.len(),
            all = table.len()
        );
        return Err(Error::new(Kind::BadInput, "batch.rows", name, why));
    }
    if args.dry_run {
        output::text(&format!("{} receipts can be issued\n", table.len()))?;
        return Ok(0);
    }
    let progress = Progress::new(table.len());
    let (mut issued, mut before_count) = (0_usize, 0_usize);
    for together in table.chunks(TOGETHER) {
        let mut failed = None;
        for (wanted, done) in together.iter().zip(batch::issue(&counter, together).await?) {
            match done {
                Ok(done) => {
                    progress.advance();
                    *(if done.is_new { &mut issued } else { &mut before_count }) += 1;
                    progress.suspend(|| tell(args, wanted, done))?;
                }
                Err(error) => {
                    let at = format!("{name}, {}", at_lines(wanted));
                    failed.get_or_insert(
                        error
                            .about(at)
                            .hint("chạy lại lệnh này để lập tiếp / the same command goes on where it stopped"),
                    );
                }
            }
        }
        // those beside it were issued, and are told of
        if let Some(error) = failed {
            return Err(error);
        }
    }
    if !args.json {
        output::text(&format!("{issued} issued, {before_count} had been issued before\n"))?;
    }
    Ok(0)
}

/// Runs `dauson receipt reconcile`; 1 if something does not agree.
pub async fn reconcile(args: &ReconcileArgs, counter: &Counter<'_>) -> Result<u8> {
    let unit = folder::unit(counter.folder, args.unit.as_deref()).await?;
    let name = args.statement.display().to_string();
    let payments = statement::read(&input::read(&args.statement, LARGEST)?).map_err(|error| error.about(&name))?;
    let found = reconcile::reconcile(counter.folder, &unit, &payments, args.from, args.to).await?;
    let code = u8::from(!found.agrees());
    if args.json {
        output::json(&found)?;
        return Ok(code);
    }
    for Item { finding, reference, paid, receipt, total, voided, .. } in &found.items {
        let what = match finding {
            Finding::Matched => continue,
            Finding::Missing => "paid, no receipt",
            Finding::WithoutPayment => "receipt, not paid",
            Finding::Double => "paid more than once",
            Finding::DifferentAmount => "different amount",
        };
        let dong = |amount: &Option<i64>| amount.map_or_else(|| "-".to_owned(), |amount| format!("{amount} đ"));
        let voided = voided.as_ref().map(|voided| format!("  (voided: {voided})")).unwrap_or_default();
        output::text(&format!(
            "{what}: {}  paid {}  receipt {}  {}{voided}\n",
            reference.as_deref().unwrap_or("-"),
            dong(paid),
            receipt.as_deref().unwrap_or("-"),
            dong(total)
        ))?;
    }
    output::text(&format!(
        "{} agree, {} missing, {} without payment, {} double, {} of different amounts\n",
        found.matched, found.missing, found.without_payment, found.double, found.different_amount
    ))?;
    Ok(code)
}
