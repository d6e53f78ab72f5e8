//! `dauson receipt`: receipts issued, replaced, notified, voided, shown, exported.

use super::export::{self, ExportArgs};
use super::folder::{self, local_actor};
use super::legacy::{self, ImportArgs, ImportedArgs};
use super::output::{self, Paint};
use super::report::{self, ReportArgs, ShiftCommand};
use super::search::{self, ListArgs, SearchArgs};
use super::sent::{self, SendArgs, SentArgs};
use super::series::{self, RangeCommand, SeriesCommand};
use super::tables::{self, BatchArgs, ReconcileArgs};
use super::{block_on, input, trust};
use crate::config::Config;
use crate::data_folder::{DataFolder, VIETNAM};
use crate::error::{Error, Kind, Result};
use crate::messages::both;
use crate::people::permissions::{Caller, Permission};
use crate::people::tokens;
use crate::receipts::amount::Dong;
use crate::receipts::import::Archive;
use crate::receipts::issue::{Counter, Issued};
use crate::receipts::legacy::is_legacy;
use crate::receipts::request::Request;
use crate::receipts::series::ReceiptId;
use crate::receipts::view::{Details, LineView, ReceiptView, Remark, Sight, name_askers};
use crate::reports::notice;
use crate::secret;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Bytes of the largest request.
const LARGEST_REQUEST: u64 = 1 << 20;

/// Arguments of `dauson receipt`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pin: folder::PinOptions,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Issue a receipt: number, signed XML, signed PDF and log entry at once, or nothing
    Issue {
        /// The request, JSON; - is standard input
        request: PathBuf,
        /// The unit that issues it, where that is not the one whose series it is (a delegated range)
        #[arg(long)]
        unit: Option<String>,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Notify an error of a receipt whose tax code and amount are right: a signed notice on form 04/SS-CTĐT for payer and tax office
    Notify {
        /// Its number
        number: String,
        /// What is wrong, and what would be right
        #[arg(long)]
        reason: String,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Void a receipt whose payment was reversed, or refuse what somebody asked for
    Cancel {
        /// Its number, such as EBL01/26TAA/00000001
        number: String,
        /// Why
        #[arg(long)]
        reason: String,
        /// Refuse that it be voided, as the chief accountant: it stays in force
        #[arg(long, requires = "approval_token_file")]
        reject: bool,
        /// The file with the token of the chief accountant, who approves it, where the unit or one above it has one
        #[arg(long, value_name = "FILE")]
        approval_token_file: Option<PathBuf>,
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
    /// Take in receipts of the law before (form 01BLP0-001): verified, kept byte for byte, found and verified again
    Import(ImportArgs),
    /// List receipts of the law before that came in
    Imported(ImportedArgs),
    /// Show a receipt as it stands; one of the law before is verified again
    Show {
        /// Its number
        number: String,
        /// The unit that keeps it, where several have one of the law before with this number
        #[arg(long)]
        unit: Option<String>,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Find receipts by number, payer, amount, dossier or payment
    Search(SearchArgs),
    /// List receipts
    List(ListArgs),
    /// Write the signed files of a receipt, or copies
    Export(ExportArgs),
    /// Issue receipts from a table; again, it goes on where it stopped
    IssueBatch(BatchArgs),
    /// Hold the statement of a bank or of the portal against the receipts
    Reconcile(ReconcileArgs),
    /// Reports: how series were used, the daily report 01/TH-BLĐT, ledgers
    Report(Box<ReportArgs>),
    /// Send what is due: daily reports to the tax office (receipts.tax_office_url, receipts.tax_office_folder), letters to payers (mail.host)
    Send(SendArgs),
    /// List what goes out to the tax office and to payers: queued, sent, failed
    Sent(SentArgs),
    /// Close cashiers' shifts, list and show them
    #[command(subcommand)]
    Shift(ShiftCommand),
    /// Open, list and close series
    #[command(subcommand)]
    Series(SeriesCommand),
    /// Delegate numbers of a series to a branch or a third party, and take them back
    #[command(subcommand)]
    Range(RangeCommand),
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    block_on(async {
        let folder = folder::open_existing(config).await?;
        let (public_url, actor) = (config.public_url(), local_actor());
        let trust = trust::material(&[], config)?;
        let counter = Counter {
            folder: &folder,
            public_url: &public_url,
            unit: None,
            actor: &actor,
            trust: &trust,
            prices: config.receipts_prices,
            mails: config.sends_mail(),
        };
        if config.serve_public_url.is_empty()
            && matches!(args.command, Command::Issue { .. } | Command::IssueBatch(_) | Command::Replace { .. })
        {
            tracing::warn!(
                "the receipt's check address is {public_url}: set serve.public_url to the one that citizens reach"
            );
        }
        let signs = match &args.command {
            Command::Issue { .. } | Command::IssueBatch(_) | Command::Replace { .. } | Command::Notify { .. } => true,
            Command::Shift(command) => matches!(command, ShiftCommand::Close { .. }),
            _ => false,
        };
        args.pin.open(&folder, signs).await?;
        let as_is = |row| Issued { row, warnings: Vec::new(), is_new: false };
        let (issued, json) = match &args.command {
            Command::Issue { request, unit, json } => {
                let counter = Counter { unit: unit.as_deref(), ..counter };
                (counter.issue(&read_request(request)?, None).await?, *json)
            }
            Command::Notify { number, reason, json } => {
                (as_is(notice::notify(&counter, &id(number)?, reason).await?), *json)
            }
            Command::Cancel { number, reason, reject, approval_token_file, json } => {
                let approver = approver(&folder, approval_token_file.as_deref()).await?;
                if let Some(accountant) = approver.as_ref().filter(|_| *reject) {
                    accountant.may(Permission::ApproveVoids)?;
                    let counter = Counter { unit: Some(&accountant.unit), actor: &accountant.id, ..counter };
                    let issued = as_is(counter.reject_void(&id(number)?, reason).await?);
                    return print(&folder, issued, &public_url, *json).await.map(|()| 0);
                }
                (as_is(counter.void(&id(number)?, reason, approver.as_ref()).await?), *json)
            }
            Command::Replace { number, request, reason, json } => {
                (counter.replace(&id(number)?, &read_request(request)?, reason, None).await?, *json)
            }
            Command::Import(args) => {
                return legacy::import(args, &archive(&counter, None), &public_url).await;
            }
            Command::Imported(args) => return legacy::list(args, &folder, &public_url).await,
            Command::Show { number, unit, json } if is_legacy(number) => {
                let which = (&number.parse()?, unit.as_deref(), *json);
                return legacy::show(&folder, &trust, &public_url, which).await;
            }
            Command::Show { number, json, .. } => (as_is(counter.show(&id(number)?).await?), *json),
            Command::Export(args) => return export::export(args, &counter).await,
            Command::IssueBatch(args) => return tables::issue_batch(args, &counter).await,
            Command::Reconcile(args) => return tables::reconcile(args, &counter).await,
            Command::Report(args) => return report::report(args, &counter).await,
            Command::Search(args) => return search::search(args, &folder, &public_url).await,
            Command::List(args) => return search::list(args, &folder, &public_url).await,
            Command::Send(args) => return sent::send(args, &folder, config).await,
            Command::Sent(args) => return sent::sent(args, &folder).await,
            Command::Shift(command) => return report::shift(command, &counter).await,
            Command::Series(command) => return series::series(&folder, command, &actor).await,
            Command::Range(command) => return series::range(&folder, command, &actor).await,
        };
        print(&folder, issued, &public_url, json).await?;
        Ok(0)
    })
}

/// Which receipt of today's law it is.
pub(super) fn id(number: &str) -> Result<ReceiptId> {
    if is_legacy(number) {
        let why = both!(
            "biên lai theo quy định cũ chỉ được lưu và tra cứu, không lập, thay thế, thông báo sai sót hay hủy tại đây",
            "a receipt of the law before is kept and shown, and never issued, replaced, notified or voided here"
        );
        return Err(Error::new(Kind::NotAllowed, "receipt.legacy", format!("biên lai {number}"), why));
    }
    Ok(number.parse()?)
}

/// Whose token is in a file.
async fn approver(folder: &DataFolder, file: Option<&Path>) -> Result<Option<Caller>> {
    match file {
        None => Ok(None),
        Some(file) => Ok(Some(tokens::authenticate(folder, secret::read(file)?.trim()).await?)),
    }
}

/// Where receipts of the law before are kept.
pub(super) fn archive<'a>(counter: &Counter<'a>, unit: Option<&'a str>) -> Archive<'a> {
    Archive { folder: counter.folder, unit, actor: counter.actor, trust: counter.trust }
}

fn read_request(file: &Path) -> Result<Request> {
    let json = input::read(file, LARGEST_REQUEST)?;
    Request::parse(&json).map_err(|error| Error::from(error).about(file.display().to_string()))
}

async fn print(folder: &DataFolder, issued: Issued, public_url: &str, json: bool) -> Result<()> {
    for warning in &issued.warnings {
        tracing::warn!("{warning}");
    }
    let details = Details::of(folder, &issued.row).await?;
    let mut view = ReceiptView {
        details,
        warnings: issued.warnings,
        ..ReceiptView::new(folder, issued.row, public_url, Sight::Full)?
    };
    name_askers(folder, std::slice::from_mut(&mut view)).await?;
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
    if let Some(Details { lines, method, cashier }) = &view.details {
        for LineView { fee, name, quantity, unit_price, amount } in lines {
            let _ = writeln!(text, "  line    {fee} {name}: {quantity} × {unit_price} = {amount} đ");
        }
        let _ = writeln!(text, "  paid    {method}, taken by {cashier}");
    }
    for (what, value) in [("replaces", &view.replaces), ("replaced by", &view.replaced_by), ("reason", &view.reason)] {
        if let Some(value) = value {
            let _ = writeln!(text, "  {what:<7} {value}");
        }
    }
    for Remark { at, reason, paper } in &view.notices {
        let paper =
            paper.as_ref().map(|paper| format!(" (04/SS-CTĐT, --notice {}, entry {})", paper.nth, paper.log_index));
        let day = at.to_offset(VIETNAM).date();
        let _ = writeln!(text, "  notified on {day}: {reason}{}", paper.unwrap_or_default());
    }
    if let (Some(asked), "issued") = (&view.void_requested, view.state.as_str()) {
        let _ = writeln!(
            text,
            "  to be voided, asked for by {} on {}: {}",
            asked.by,
            asked.at.to_offset(VIETNAM).date(),
            asked.reason
        );
    }
    output::text(&text)
}
