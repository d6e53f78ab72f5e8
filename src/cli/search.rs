//! `dauson receipt search`, `dauson receipt list`: receipts looked for, page by page.

use super::{folder, output};
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::receipts::amount::grouped;
use crate::receipts::catalogue::read_day;
use crate::receipts::content::VIETNAM;
use crate::receipts::search::{self, Search, Standing};
use crate::receipts::view::{ReceiptView, Sight, name_askers};
use std::fmt::Write as _;
use time::Date;

/// Receipts on a page at most.
const LARGEST_PAGE: u32 = 10_000;

fn state(text: &str) -> std::result::Result<Standing, &'static str> {
    Standing::of(text).ok_or("issued, replaced, voided or void_requested")
}

/// Arguments of `dauson receipt search`.
#[derive(Debug, clap::Args)]
pub struct SearchArgs {
    /// The whole number, EBL01/26TAA/00000001, or its digits only
    #[arg(long)]
    number: Option<String>,
    /// Words of the payer's name, with or without accents; or the tax code or personal identification number
    #[arg(long)]
    payer: Option<String>,
    /// The total, whole dong
    #[arg(long, value_name = "DONG")]
    amount: Option<i64>,
    /// Dossier code
    #[arg(long, value_name = "CODE")]
    dossier: Option<String>,
    /// Reference of the payment
    #[arg(long)]
    reference: Option<String>,
    #[command(flatten)]
    list: ListArgs,
}

/// Arguments of `dauson receipt list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Form and symbol, EBL01/26TAA
    #[arg(long)]
    series: Option<String>,
    /// issued, replaced, voided, or void_requested: in force, and waiting that the chief accountant approves that it be voided
    #[arg(long, value_parser = state)]
    state: Option<Standing>,
    /// The first day, 2026-11-24
    #[arg(long, value_name = "D", value_parser = read_day)]
    from: Option<Date>,
    /// The last day
    #[arg(long, value_name = "D", value_parser = read_day)]
    to: Option<Date>,
    /// The unit; left out where there is only one
    #[arg(long)]
    unit: Option<String>,
    /// Those that the unit issued for another one, instead of its own
    #[arg(long)]
    delegated: bool,
    /// How many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=i64::from(LARGEST_PAGE)))]
    limit: u32,
    /// Behind this receipt: the last number of the page before
    #[arg(long, value_name = "NUMBER")]
    after: Option<String>,
    /// One JSON object for each
    #[arg(long)]
    json: bool,
}

/// Runs `dauson receipt search`.
pub async fn search(args: &SearchArgs, folder: &DataFolder, public_url: &str) -> Result<u8> {
    let SearchArgs { number, payer, amount, dossier, reference, list } = args;
    if number.is_none() && payer.is_none() && amount.is_none() && dossier.is_none() && reference.is_none() {
        let why = "nothing is said that a receipt is looked for by";
        return Err(Error::new(Kind::Usage, "usage", "dauson receipt search", why)
            .hint("--number, --payer, --amount, --dossier, --reference; dauson receipt list shows all"));
    }
    let search = Search {
        number: number.clone(),
        payer: payer.clone(),
        amount: *amount,
        dossier: dossier.clone(),
        reference: reference.clone(),
        ..Search::default()
    };
    page(search, list, folder, public_url).await
}

/// Runs `dauson receipt list`.
pub async fn list(args: &ListArgs, folder: &DataFolder, public_url: &str) -> Result<u8> {
    page(Search::default(), args, folder, public_url).await
}

async fn page(search: Search, args: &ListArgs, folder: &DataFolder, public_url: &str) -> Result<u8> {
    let unit = folder::unit(folder, args.unit.as_deref()).await?;
    let search = Search {
        series: args.series.clone(),
        state: args.state,
        from: args.from,
        to: args.to,
        after: args.after.as_deref().map(str::parse).transpose()?,
        ..search
    };
    let mut rows = search::find(folder, &unit, args.delegated, &search, args.limit.saturating_add(1)).await?;
    let more = rows.len() > usize::try_from(args.limit).unwrap_or(usize::MAX);
    if more {
        rows.pop();
    }
    let mut last = String::new();
    let views = rows.into_iter().map(|row| ReceiptView::new(folder, row, public_url, Sight::Full));
    let mut views = views.collect::<Result<Vec<_>>>()?;
    name_askers(folder, &mut views).await?;
    for view in views {
        if args.json {
            output::json(&view)?;
        } else {
            let further = [&view.dossier, &view.payment_reference].into_iter().flatten();
            let mut further = further.fold(String::new(), |all, text| all + "  " + text);
            if let (Some(asked), "issued") = (&view.void_requested, &*view.state) {
                let day = asked.at.to_offset(VIETNAM).date();
                let _ = write!(further, "  to be voided: {} asked on {day}: {}", asked.by, asked.reason);
            }
            let (total, payer) = (grouped(view.total), &view.payer.name);
            output::text(&format!("{}  {}  {:<8}  {total:>14} đ  {payer}{further}\n", view.id, view.date, view.state))?;
        }
        last = view.id;
    }
    if more {
        tracing::warn!("there are more: --after {last}");
    }
    Ok(0)
}
