//! `dauson receipt send`, `dauson receipt sent`: what goes out to the tax office and to payers.

use super::{folder, output};
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::messages::moment;
use crate::reports::sending::{self, OutgoingView};
use crate::store::outgoing::OutgoingState;
use std::fmt::Write as _;

/// Rows that are read at a time.
const CHUNK: u32 = 200;

/// Arguments of `dauson receipt send`.
#[derive(Debug, clap::Args)]
pub struct SendArgs {
    /// All that is queued, also what is only to be tried again later
    #[arg(long)]
    now: bool,
    /// Put this on its way anew, which failed: its number of `dauson receipt sent`
    #[arg(long, value_name = "N")]
    retry: Vec<i64>,
}

/// Runs `dauson receipt send`.
pub async fn send(args: &SendArgs, folder: &DataFolder, config: &Config) -> Result<u8> {
    let senders = config.senders()?;
    if senders.is_empty() {
        let why = "no setting says where daily reports and letters go";
        return Err(Error::new(Kind::Usage, "report.intake", "dauson receipt send", why)
            .hint("receipts.tax_office_url, receipts.tax_office_folder, mail.host"));
    }
    for id in &args.retry {
        sending::retry(folder, None, *id).await?;
    }
    if args.now {
        let mut tx = folder.store.write().await?;
        tx.hurry_outgoing(None, folder.now()).await?;
        tx.commit().await?;
    }
    let mut failed = 0;
    while let Some(row) = senders.send_next(folder).await? {
        if row.state == OutgoingState::Sent {
            output::text(&format!("{}  sent\n", row.item))?;
            continue;
        }
        failed += 1;
        let end = if row.state == OutgoingState::Queued { "not sent yet" } else { "failed" };
        output::text(&format!("{}  {end}: {}\n", row.item, row.failure.unwrap_or_default()))?;
    }
    if failed == 0 {
        return Ok(0);
    }
    let why = format!("{failed} were not taken; dauson receipt sent shows which are tried again");
    Err(Error::new(Kind::Unavailable, "report.intake", "dauson receipt send", why))
}

fn state(text: &str) -> std::result::Result<OutgoingState, &'static str> {
    OutgoingState::ALL.into_iter().find(|state| state.as_str() == text).ok_or("queued, sent or failed")
}

/// Arguments of `dauson receipt sent`.
#[derive(Debug, clap::Args)]
pub struct SentArgs {
    /// queued, sent or failed
    #[arg(long, value_parser = state)]
    state: Option<OutgoingState>,
    /// The unit; left out where there is only one
    #[arg(long)]
    unit: Option<String>,
    /// How many, the newest first
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
    /// One JSON object for each
    #[arg(long)]
    json: bool,
}

/// Runs `dauson receipt sent`.
pub async fn sent(args: &SentArgs, folder: &DataFolder) -> Result<u8> {
    let unit = folder::unit(folder, args.unit.as_deref()).await?;
    let (mut before, mut left) = (None, args.limit);
    while left > 0 {
        let rows = folder.store.read().await?.outgoing_of(&unit, args.state, before, left.min(CHUNK)).await?;
        let Some(last) = rows.last() else { break };
        before = Some(last.id);
        left = left.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        for row in rows {
            let view = OutgoingView::from(row);
            if args.json {
                output::json(&view)?;
                continue;
            }
            let mut text = format!("{}  {}  {}  {}", view.id, view.kind.as_str(), view.item, view.state.as_str());
            // writing to a String cannot fail
            if let Some(sent) = view.sent {
                let _ = write!(text, "  {}", moment(sent));
            }
            if let Some(why) = &view.failure {
                let _ = write!(text, "  after {} tries: {why}", view.tries);
            }
            if let Some(due) = view.due.filter(|_| view.tries > 0) {
                let _ = write!(text, "  again {}", moment(due));
            }
            output::text(&(text + "\n"))?;
        }
    }
    Ok(0)
}
