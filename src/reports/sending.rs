//! Daily reports on their way to the tax office: a queue that is tried again and again, each time after a longer while, until the intake
//! has taken them.

use super::filing::{self, OUTGOING};
use crate::data_folder::DataFolder;
use crate::error::Result;
use crate::net::{ChosenBy, Fetch, Request};
use crate::output::write_file;
use crate::receipts::catalogue::read_day;
use crate::store::accounts::OutgoingRow;
use async_trait::async_trait;
use std::path::PathBuf;
use std::sync::Arc;
use time::Duration;
use zeroize::Zeroizing;

/// What is sent in one go.
const MOST: u32 = 100;
/// The longest while between two tries.
const LONGEST: Duration = Duration::hours(6);
/// Bytes of an intake's answer.
const LONGEST_ANSWER: usize = 64 << 10;
/// Characters of a failure that are kept.
const FAILURE: usize = 300;

/// Where reports are taken.
#[async_trait]
pub trait Intake: Send + Sync {
    /// Hands a report over; it may have been handed over before. Why it was not taken, else.
    async fn take(&self, name: &str, xml: &[u8]) -> std::result::Result<(), String>;
}

/// A folder that somebody else empties.
#[derive(Debug, Clone)]
pub struct FileDrop(pub PathBuf);

#[async_trait]
impl Intake for FileDrop {
    async fn take(&self, name: &str, xml: &[u8]) -> std::result::Result<(), String> {
        let file = self.0.join(format!("{name}.xml"));
        // whole or not at all; the same report again is the same file
        std::fs::create_dir_all(&self.0).map_err(|error| error.to_string())?;
        write_file(&file, xml, true).map_err(|error| error.to_string())
    }
}

/// A service that reports are sent to by POST, as application/xml; it answers 200.
pub struct HttpIntake {
    /// What sends.
    pub fetch: Arc<dyn Fetch>,
    /// Where to.
    pub url: Zeroizing<String>,
}

#[async_trait]
impl Intake for HttpIntake {
    async fn take(&self, _: &str, xml: &[u8]) -> std::result::Result<(), String> {
        let request = Request {
            url: &self.url,
            chosen_by: ChosenBy::Operator,
            body: Some(("application/xml", xml)),
            most: LONGEST_ANSWER,
        };
        self.fetch.fetch(&request).await.map(drop).map_err(|error| error.to_string())
    }
}

/// What became of what was on its way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sent {
    /// What was taken.
    pub sent: Vec<String>,
    /// What was not, and why.
    pub failed: Vec<(String, String)>,
}

/// Sends what is due, or with `all` whatever is on its way.
pub async fn send(folder: &DataFolder, intake: &dyn Intake, all: bool) -> Result<Sent> {
    let mut done = Sent::default();
    let due = (!all).then(|| folder.now());
    let rows = folder.store.read().await?.outgoing(due, MOST).await?;
    for mut row in rows.into_iter().filter(|row| row.kind == OUTGOING) {
        let outcome = match xml_of(folder, &row).await {
            Ok((name, xml)) => intake.take(&name, &xml).await,
            Err(error) => Err(error.to_string()),
        };
        row.tries = row.tries.saturating_add(1);
        match outcome {
            Ok(()) => {
                (row.sent, row.failure) = (Some(folder.now()), None);
                done.sent.push(row.item.clone());
            }
            Err(why) => {
                let why: String = why.chars().map(|c| if c.is_control() { ' ' } else { c }).take(FAILURE).collect();
                row.due = folder.now() + wait(row.tries);
                row.failure = Some(why.clone());
                done.failed.push((row.item.clone(), why));
            }
        }
        let mut tx = folder.store.write().await?;
        tx.update_outgoing(&row).await?;
        tx.commit().await?;
    }
    Ok(done)
}

/// One minute, two, four, up to six hours.
fn wait(tries: u32) -> Duration {
    let minutes = 1_i64.checked_shl(tries.saturating_sub(1).min(16)).unwrap_or(i64::MAX);
    Duration::minutes(minutes).min(LONGEST)
}

async fn xml_of(folder: &DataFolder, row: &OutgoingRow) -> Result<(String, Vec<u8>)> {
    use crate::error::{Error, Kind};
    let missing =
        || Error::new(Kind::NotFound, "report.not_found", format!("daily report {}", row.item), "it is not there");
    let mut parts = row.item.rsplitn(3, '/');
    let (amendment, day, unit) = (parts.next(), parts.next(), parts.next());
    let (Some(Ok(amendment)), Some(Ok(day)), Some(unit)) = (amendment.map(str::parse), day.map(read_day), unit) else {
        return Err(missing());
    };
    let filing = folder.store.read().await?.filing(unit, day, amendment).await?.ok_or_else(missing)?;
    Ok((format!("01-TH-BLDT-{}", row.item.replace('/', "-")), filing::xml(folder, &filing).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_longer_up_to_six_hours() {
        let waits = [1, 2, 3, 9, 10, u32::MAX].map(|tries| wait(tries).whole_minutes());
        assert_eq!(waits, [1, 2, 4, 256, 360, 360]);
    }
}
