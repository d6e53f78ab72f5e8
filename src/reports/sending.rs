//! What is on its way to somebody outside: daily reports and notices of errors to the tax office, letters to payers, news of official documents. A queue that is tried again and again, each
//! time after a longer while, until it is taken, refused for good, or, of a letter, given up. Whoever takes a thing in hand has it alone for
//! a while, so several services and commands can send at once.

use super::{filing, notice};
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::net::smtp::{Enclosure, Letter, MailServer, SmtpError};
use crate::net::{ChosenBy, Fetch, Request};
use crate::output::write_file;
use crate::people::units;
use crate::receipts::catalogue::read_day;
use crate::receipts::letter;
use crate::store::outgoing::{OutgoingKind, OutgoingRow, OutgoingState};
use async_trait::async_trait;
use ring::hmac;
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

/// The longest while between two tries.
const LONGEST: Duration = Duration::hours(6);
/// How long a letter is tried (RFC 5321, 4.5.4.1); a report is tried until it is taken.
const GIVEN_UP: Duration = Duration::days(5);
/// How long who takes a thing in hand has it alone: longer than any try.
pub const HELD: Duration = Duration::minutes(10);
/// Bytes of an intake's answer.
const LONGEST_ANSWER: usize = 64 << 10;
/// Characters of a failure that are kept.
const FAILURE: usize = 300;

/// Why something was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It may be taken later.
    #[error("{0}")]
    NotNow(String),
    /// It will never be taken.
    #[error("{0}")]
    Never(String),
}

/// What hands things of one kind over.
#[async_trait]
pub trait Sender<T>: Send + Sync {
    /// Hands it over; it may have been handed over before.
    async fn send(&self, thing: &T) -> std::result::Result<(), Refusal>;
}

/// A daily report, or a notice of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its name as a file, without extension.
    pub name: String,
    /// Signed XML.
    pub xml: Vec<u8>,
}

/// A folder that somebody else empties.
#[derive(Debug, Clone)]
pub struct FileDrop(pub PathBuf);

#[async_trait]
impl Sender<Report> for FileDrop {
    async fn send(&self, report: &Report) -> std::result::Result<(), Refusal> {
        let file = self.0.join(format!("{}.xml", report.name));
        // whole or not at all; the same report again is the same file
        std::fs::create_dir_all(&self.0).map_err(|error| Refusal::NotNow(error.to_string()))?;
        write_file(&file, &report.xml, true).map_err(|error| Refusal::NotNow(error.to_string()))
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
impl Sender<Report> for HttpIntake {
    async fn send(&self, report: &Report) -> std::result::Result<(), Refusal> {
        let request = Request {
            url: &self.url,
            chosen_by: ChosenBy::Operator,
            authorization: None,
            body: Some(("application/xml", &report.xml)),
            most: LONGEST_ANSWER,
        };
        self.fetch.fetch(&request).await.map(drop).map_err(|error| Refusal::NotNow(error.to_string()))
    }
}

/// A letter as it is kept until it is sent: JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredLetter {
    /// At which address.
    pub to: String,
    /// Who gets it.
    pub to_name: String,
    /// In whose name it is sent.
    pub from_name: String,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// What is enclosed, PDFs of the store.
    pub files: Vec<StoredEnclosure>,
}

/// A stored file that is enclosed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredEnclosure {
    /// Its name.
    pub name: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// A call of another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When it is made.
    pub time: OffsetDateTime,
    /// JSON.
    pub body: String,
}

/// A system that is called by POST, with JSON; it answers 200. It knows by `Authorization: DAUSON-HMAC-SHA256 timestamp=T, signature=S` who calls:
/// T is seconds since 1970, S the HMAC-SHA-256, hexadecimal, by the shared secret over T, a full stop and the body. It refuses times that are
/// more than some minutes away, and takes the same call twice for one.
pub struct Hook {
    fetch: Arc<dyn Fetch>,
    url: Zeroizing<String>,
    key: hmac::Key,
}

impl Hook {
    /// Calls this address, with this secret.
    pub fn new(fetch: Arc<dyn Fetch>, url: Zeroizing<String>, secret: &[u8]) -> Self {
        Self { fetch, url, key: hmac::Key::new(hmac::HMAC_SHA256, secret) }
    }
}

#[async_trait]
impl Sender<Call> for Hook {
    async fn send(&self, call: &Call) -> std::result::Result<(), Refusal> {
        let timestamp = call.time.unix_timestamp();
        let signature = hmac::sign(&self.key, format!("{timestamp}.{}", call.body).as_bytes());
        let signature = hex::encode(signature.as_ref());
        let authorization = format!("DAUSON-HMAC-SHA256 timestamp={timestamp}, signature={signature}");
        let request = Request {
            url: &self.url,
            chosen_by: ChosenBy::Operator,
            authorization: Some(&authorization),
            body: Some(("application/json", call.body.as_bytes())),
            most: LONGEST_ANSWER,
        };
        self.fetch.fetch(&request).await.map(drop).map_err(|error| Refusal::NotNow(error.to_string()))
    }
}

#[async_trait]
impl Sender<Letter> for MailServer {
    async fn send(&self, letter: &Letter) -> std::result::Result<(), Refusal> {
        Self::send(self, letter).await.map_err(|error| match error {
            SmtpError::Refused(why) => Refusal::Never(why),
            SmtpError::NotNow(why) | SmtpError::Setting(why) => Refusal::NotNow(why),
        })
    }
}

/// Who takes what is on its way; what nobody takes waits.
#[derive(Clone, Default)]
pub struct Senders {
    /// Daily reports and notices of errors.
    pub tax_office: Option<Arc<dyn Sender<Report>>>,
    /// Letters.
    pub mail: Option<Arc<dyn Sender<Letter>>>,
    /// Calls of the unit's own systems.
    pub hook: Option<Arc<dyn Sender<Call>>>,
}

impl Senders {
    /// Whether nobody takes anything.
    pub fn is_empty(&self) -> bool {
        self.tax_office.is_none() && self.mail.is_none() && self.hook.is_none()
    }

    /// Tries what is longest due, and gives it as it stands then; nothing if nothing is due.
    pub async fn send_next(&self, folder: &DataFolder) -> Result<Option<OutgoingRow>> {
        for kind in OutgoingKind::ALL {
            let is_taken = match kind {
                OutgoingKind::Report | OutgoingKind::Notice => self.tax_office.is_some(),
                OutgoingKind::Mail | OutgoingKind::Dispatch => self.mail.is_some(),
                OutgoingKind::Hook => self.hook.is_some(),
                // the registry itself cares for it
                OutgoingKind::Level => false,
            };
            if !is_taken {
                continue;
            }
            let mut tx = folder.store.write().await?;
            let Some(row) = tx.take_outgoing(kind, folder.now(), folder.now() + HELD).await? else { continue };
            tx.commit().await?;
            let row = judged(self.hand_over(folder, &row).await, row, folder.now());
            let mut tx = folder.store.write().await?;
            tx.update_outgoing(&row).await?;
            tx.commit().await?;
            return Ok(Some(row));
        }
        Ok(None)
    }

    async fn hand_over(&self, folder: &DataFolder, row: &OutgoingRow) -> std::result::Result<(), Refusal> {
        let not_now = |error: Error| Refusal::NotNow(error.to_string());
        let nobody = || Refusal::NotNow("nobody takes it".to_owned());
        match row.kind {
            OutgoingKind::Report => {
                let office = self.tax_office.as_ref().ok_or_else(nobody)?;
                office.send(&report(folder, &row.item).await.map_err(not_now)?).await
            }
            OutgoingKind::Notice => {
                let office = self.tax_office.as_ref().ok_or_else(nobody)?;
                let (name, xml) = notice::sent(folder, &row.item).await.map_err(not_now)?;
                office.send(&Report { name, xml }).await
            }
            OutgoingKind::Mail => {
                let mail = self.mail.as_ref().ok_or_else(nobody)?;
                mail.send(&letter::write(folder, &row.item).await.map_err(not_now)?).await
            }
            OutgoingKind::Dispatch => {
                let mail = self.mail.as_ref().ok_or_else(nobody)?;
                mail.send(&stored_letter(folder, row).await.map_err(not_now)?).await
            }
            OutgoingKind::Hook => {
                let hook = self.hook.as_ref().ok_or_else(nobody)?;
                let body = stored(folder, row).await.map_err(not_now)?;
                hook.send(&Call { time: folder.now(), body }).await
            }
            OutgoingKind::Level => Err(nobody()),
        }
    }
}

/// How something stands after it was tried.
pub fn judged(outcome: std::result::Result<(), Refusal>, row: OutgoingRow, now: OffsetDateTime) -> OutgoingRow {
    let Err(refusal) = outcome else {
        return OutgoingRow { state: OutgoingState::Sent, sent: Some(now), failure: None, ..row };
    };
    // the tax office has to get what is for it, and the level of signatures has to be reached
    let has_to_be = matches!(row.kind, OutgoingKind::Report | OutgoingKind::Notice | OutgoingKind::Level);
    let is_old = !has_to_be && now - row.put >= GIVEN_UP;
    let is_over = is_old || matches!(refusal, Refusal::Never(_));
    let why = refusal.to_string();
    OutgoingRow {
        state: if is_over { OutgoingState::Failed } else { OutgoingState::Queued },
        due: now + wait(row.tries),
        failure: Some(why.chars().map(|c| if c.is_control() { ' ' } else { c }).take(FAILURE).collect()),
        ..row
    }
}

/// What was kept to be told under this name.
async fn stored(folder: &DataFolder, row: &OutgoingRow) -> Result<String> {
    let missing = || Error::new(Kind::NotFound, "registry.not_found", &row.item, "there is nothing to be told");
    folder.store.read().await?.message(row.kind, &row.item).await?.ok_or_else(missing)
}

/// The letter that was kept under this name, with its files.
async fn stored_letter(folder: &DataFolder, row: &OutgoingRow) -> Result<Letter> {
    let damaged = |why: String| Error::new(Kind::BadInput, "store.damaged", format!("letter {}", row.item), why);
    let letter: StoredLetter =
        serde_json::from_str(&stored(folder, row).await?).map_err(|error| damaged(error.to_string()))?;
    let mut files = Vec::with_capacity(letter.files.len());
    for StoredEnclosure { name, sha256: digest } in letter.files {
        let lost = || damaged(format!("the file {name} is missing or was changed in the store"));
        let digest = hex::decode(&digest).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).ok_or_else(lost)?;
        let mut bytes = Vec::new();
        let mut file = folder.blobs.open(&digest).await?.ok_or_else(lost)?;
        file.read_to_end(&mut bytes).map_err(|_| lost())?;
        if sha256(&bytes) != digest {
            return Err(lost());
        }
        files.push(Enclosure { name, media_type: "application/pdf", bytes });
    }
    Ok(Letter {
        id: hex::encode(sha256(format!("{}/{}", folder.log.origin(), row.item).as_bytes())),
        date: folder.now(),
        from_name: letter.from_name,
        to_name: letter.to_name,
        to: letter.to,
        subject: letter.subject,
        text: letter.text,
        files,
    })
}

/// One minute, two, four, up to six hours.
fn wait(tries: u32) -> Duration {
    let minutes = 1_i64.checked_shl(tries.saturating_sub(1).min(16)).unwrap_or(i64::MAX);
    Duration::minutes(minutes).min(LONGEST)
}

/// The report of this name.
async fn report(folder: &DataFolder, item: &str) -> Result<Report> {
    let missing = || Error::new(Kind::NotFound, "report.not_found", format!("daily report {item}"), "it is not there");
    let mut parts = item.rsplitn(3, '/');
    let (amendment, day, unit) = (parts.next(), parts.next(), parts.next());
    let (Some(Ok(amendment)), Some(Ok(day)), Some(unit)) = (amendment.map(str::parse), day.map(read_day), unit) else {
        return Err(missing());
    };
    let filing = folder.store.read().await?.filing(unit, day, amendment).await?.ok_or_else(missing)?;
    Ok(Report { name: format!("01-TH-BLDT-{}", item.replace('/', "-")), xml: filing::xml(folder, &filing).await? })
}

/// Something on its way, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct OutgoingView {
    /// Its number.
    pub id: i64,
    /// The unit whose it is.
    pub unit: String,
    /// A daily report or a notice of an error to the tax office, a letter to a payer, a letter or a call about an official document, the level of its signatures.
    #[schema(inline)]
    pub kind: OutgoingKind,
    /// Which: unit, day and amendment of a report; number of a receipt, and which notice it is, or what the payer is told; identifier of an official document, and what is told of it.
    pub item: String,
    /// How it stands.
    #[schema(inline)]
    pub state: OutgoingState,
    /// When it was put on its way.
    #[serde(with = "time::serde::rfc3339")]
    pub put: OffsetDateTime,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next, if it is queued.
    #[serde(with = "time::serde::rfc3339::option")]
    pub due: Option<OffsetDateTime>,
    /// Why the last try failed.
    pub failure: Option<String>,
    /// When it was sent.
    #[serde(with = "time::serde::rfc3339::option")]
    pub sent: Option<OffsetDateTime>,
}

impl From<OutgoingRow> for OutgoingView {
    fn from(row: OutgoingRow) -> Self {
        Self {
            due: (row.state == OutgoingState::Queued).then_some(row.due),
            id: row.id,
            unit: row.unit,
            kind: row.kind,
            item: row.item,
            state: row.state,
            put: row.put,
            tries: row.tries,
            failure: row.failure,
            sent: row.sent,
        }
    }
}

/// Puts on its way anew what failed; what is queued is due at once. What was sent is not sent again.
pub async fn retry(folder: &DataFolder, unit: Option<&str>, id: i64) -> Result<OutgoingRow> {
    let mut tx = folder.store.write().await?;
    let missing = || {
        let why = "there is nothing of this number on its way";
        Error::new(Kind::NotFound, "report.not_found", format!("number {id}"), why)
    };
    let row = tx.outgoing(id).await?.ok_or_else(missing)?;
    if let Some(unit) = unit
        && !units::answers_for(&mut *tx, unit, &row.unit).await?
    {
        return Err(missing());
    }
    if row.state == OutgoingState::Sent {
        return Err(Error::new(Kind::Conflict, "report.sent", row.item, "it was sent, and is not sent again"));
    }
    let now = folder.now();
    if row.state == OutgoingState::Failed {
        let row = OutgoingRow { state: OutgoingState::Queued, put: now, due: now, ..row.clone() };
        tx.update_outgoing(&row).await?;
    }
    // somebody may have it in hand just now, and keeps it
    tx.hurry_outgoing(Some(id), now).await?;
    let row = tx.outgoing(id).await?.unwrap_or(row);
    tx.commit().await?;
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn each_wait_is_longer_up_to_six_hours() {
        let waits = [1, 2, 3, 9, 10, u32::MAX].map(|tries| wait(tries).whole_minutes());
        assert_eq!(waits, [1, 2, 4, 256, 360, 360]);
    }

    #[test]
    fn letters_are_given_up_and_reports_are_not() {
        let put = datetime!(2026-11-24 08:00 UTC);
        let after = |kind, refusal, days| {
            let row = OutgoingRow {
                id: 1,
                unit: "u".into(),
                kind,
                item: "i".into(),
                state: OutgoingState::Queued,
                put,
                due: put,
                tries: 3,
                failure: None,
                sent: None,
            };
            judged(Err(refusal), row, put + Duration::days(days))
        };
        let (not_now, never) = (Refusal::NotNow("a\nb".into()), Refusal::Never("no".into()));
        let queued = after(OutgoingKind::Mail, not_now.clone(), 4);
        assert_eq!((queued.state, queued.failure.as_deref()), (OutgoingState::Queued, Some("a b")));
        assert_eq!(queued.due, put + Duration::days(4) + Duration::minutes(4));
        assert_eq!(after(OutgoingKind::Mail, not_now.clone(), 5).state, OutgoingState::Failed);
        assert_eq!(after(OutgoingKind::Mail, never.clone(), 0).state, OutgoingState::Failed);
        assert_eq!(after(OutgoingKind::Notice, not_now.clone(), 500).state, OutgoingState::Queued);
        assert_eq!(after(OutgoingKind::Report, not_now, 500).state, OutgoingState::Queued);
        assert_eq!(after(OutgoingKind::Report, never, 0).state, OutgoingState::Failed);
    }
}
