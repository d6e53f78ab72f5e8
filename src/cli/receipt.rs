//! `dauson receipt`: receipts issued, replaced, voided, shown, exported; their series.

use super::folder::{self, local_actor};
use super::output::{self, Paint};
use super::{block_on, input, trust};
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::output::write_file;
use crate::receipts::amount::Dong;
use crate::receipts::issue::Counter;
use crate::receipts::request::Request;
use crate::receipts::series::{ReceiptId, SeriesId};
use crate::receipts::view::ReceiptView;
use crate::receipts::{book, register};
use crate::store::Sha256;
use crate::store::receipts::{ReceiptRow, SeriesRow};
use serde::Serialize;
use std::fmt::Write;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes of the largest request.
const LARGEST_REQUEST: u64 = 1 << 20;

/// Arguments of `dauson receipt`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Issue a receipt: number, signed XML, signed PDF and log entry at once, or nothing
    Issue {
        /// The request, JSON; - is standard input
        request: PathBuf,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Void a receipt whose payment was reversed
    Cancel {
        /// Its number, such as EBL01/26TAA/00000001
        number: String,
        /// Why
        #[arg(long)]
        reason: String,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Issue a receipt that takes the place of another
    Replace {
        /// The number of the one that is replaced
        number: String,
        /// The request for the new one, JSON; - is standard input
        request: PathBuf,
        /// Why
        #[arg(long)]
        reason: String,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show a receipt as it stands
    Show {
        /// Its number
        number: String,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Write the signed files of a receipt
    Export {
        /// Its number
        number: String,
        /// Where the PDF goes
        #[arg(long, value_name = "FILE", required_unless_present = "xml")]
        pdf: Option<PathBuf>,
        /// Where the XML goes
        #[arg(long, value_name = "FILE")]
        xml: Option<PathBuf>,
        /// Overwrite files that are there
        #[arg(long)]
        force: bool,
    },
    /// Open, list and close series
    #[command(subcommand)]
    Series(SeriesCommand),
}

#[derive(Debug, clap::Subcommand)]
enum SeriesCommand {
    /// Open a series; its numbers begin with 1
    Create {
        /// Form and symbol, such as EBL01/26TAA
        series: String,
        /// The unit that issues from it; left out where there is only one
        #[arg(long)]
        unit: Option<String>,
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
    next: u32,
    open: bool,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    block_on(async {
        let folder = folder::open_existing(config).await?;
        let (public_url, actor) = (config.public_url(), local_actor());
        let trust = trust::material(&[], config)?;
        let counter = Counter { folder: &folder, public_url: &public_url, unit: None, actor: &actor, trust: &trust };
        if config.serve_public_url.is_empty() && matches!(args.command, Command::Issue { .. } | Command::Replace { .. })
        {
            tracing::warn!(
                "the receipt's check address is {public_url}: set serve.public_url to the one that citizens reach"
            );
        }
        let (row, json) = match &args.command {
            Command::Issue { request, json } => (counter.issue(&read_request(request)?, None).await?, *json),
            Command::Cancel { number, reason, json } => (counter.void(&id(number)?, reason).await?, *json),
            Command::Replace { number, request, reason, json } => {
                (counter.replace(&id(number)?, &read_request(request)?, reason, None).await?, *json)
            }
            Command::Show { number, json } => (counter.show(&id(number)?).await?, *json),
            Command::Export { number, pdf, xml, force } => {
                let row = counter.show(&id(number)?).await?;
                for (file, sha256) in [(pdf, &row.pdf_sha256), (xml, &row.xml_sha256)] {
                    if let Some(file) = file {
                        export(&folder, &row, sha256, file, *force).await?;
                        output::text(&format!("{}\n", file.display()))?;
                    }
                }
                return Ok(0);
            }
            Command::Series(command) => return series(&folder, command, &actor).await,
        };
        print(&folder, row, &public_url, json)?;
        Ok(0)
    })
}

fn id(number: &str) -> Result<ReceiptId> {
    Ok(number.parse()?)
}

fn read_request(file: &Path) -> Result<Request> {
    let json = input::read(file, LARGEST_REQUEST)?;
    Request::parse(&json).map_err(|error| Error::from(error).about(file.display().to_string()))
}

/// Writes a signed file of a receipt to where it is wanted.
pub(super) async fn export(
    folder: &DataFolder,
    row: &ReceiptRow,
    sha256: &Sha256,
    file: &Path,
    force: bool,
) -> Result<()> {
    let mut bytes = Vec::new();
    let unreadable = |error| Error::new(Kind::Unavailable, "store.unreadable", "data folder", error);
    register::file(folder, row, sha256).await?.read_to_end(&mut bytes).map_err(unreadable)?;
    write_file(file, &bytes, force)
}

fn print(folder: &DataFolder, row: ReceiptRow, public_url: &str, json: bool) -> Result<()> {
    let view = ReceiptView::new(folder, row, public_url)?;
    if json {
        return output::json(&view);
    }
    let paint = Paint::stdout();
    let state = match view.state.as_str() {
        "issued" => paint.green("issued"),
        other => paint.yellow(other),
    };
    let total = Dong::new(view.total).map(|total| total.to_string()).unwrap_or_default();
    let mut text = format!(
        "{}: {state}; dated {}\n  total   {total} đ ({})\n  check   {}\n  log     entry {} of {}\n",
        paint.bold(&view.id),
        view.date,
        view.total_words,
        view.check_url,
        view.log.index,
        view.log.origin
    );
    for (what, value) in [("replaces", &view.replaces), ("replaced by", &view.replaced_by), ("reason", &view.reason)] {
        if let Some(value) = value {
            let _ = writeln!(text, "  {what:<7} {value}");
        }
    }
    output::text(&text)
}

async fn series(folder: &DataFolder, command: &SeriesCommand, actor: &str) -> Result<u8> {
    match command {
        SeriesCommand::Create { series, unit } => {
            let series: SeriesId = series.parse()?;
            let unit = match unit {
                Some(unit) => unit.clone(),
                None => only_unit(folder).await?,
            };
            let row = book::create(folder, &series, &unit, actor).await?;
            output::text(&format!("{series}: open, of the unit {}\n", row.unit))?;
        }
        SeriesCommand::List { json } => {
            for SeriesRow { form, symbol, unit, next, is_open, .. } in book::list(folder, None).await? {
                let shown = ShownSeries { series: format!("{form}/{symbol}"), unit, next, open: is_open };
                if *json {
                    output::json(&shown)?;
                } else {
                    let state = if shown.open { "open" } else { "closed" };
                    output::text(&format!("{}  {state}  next number {}  {}\n", shown.series, shown.next, shown.unit))?;
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

/// The unit of a data folder that has only one.
pub(super) async fn only_unit(folder: &DataFolder) -> Result<String> {
    let mut units = crate::people::units::list(folder).await?;
    match (units.pop(), units.is_empty()) {
        (Some(unit), true) => Ok(unit.id),
        (None, _) => {
            Err(Error::new(Kind::NotFound, "unit.none", "unit", "there is none yet").hint("dauson unit put makes one"))
        }
        _ => Err(Error::new(Kind::Usage, "usage", "unit", "there are several").hint("--unit names one of them")),
    }
}
