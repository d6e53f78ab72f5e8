//! What others are told of official documents: letters to whom they go or come from, and calls of the unit's own systems. Both are put on
//! their way in the transaction of the act, as they are to be told; the queue hands them over, again and again if need be.

use super::Desk;
use super::facts::{Particulars, Recipient};
use super::view::newest;
use super::{kinds, named};
use crate::data_folder::VIETNAM;
use crate::error::{Error, Kind, Result};
use crate::people::units;
use crate::receipts::content::short_date;
use crate::reports::sending::{StoredEnclosure, StoredLetter};
use crate::store::Transaction;
use crate::store::outgoing::OutgoingKind;
use crate::store::registry::{DispatchRow, FileRow};
use serde::Serialize;
use time::Date;
use time::format_description::well_known::Rfc3339;

/// What others are told with.
#[derive(Debug, Clone, Default)]
pub struct Telling {
    /// Whether letters are sent.
    pub mails: bool,
    /// Whether a system of the unit's is called.
    pub calls: bool,
    /// The address of the service, where files are checked.
    pub public_url: String,
}

/// What is told.
#[derive(Debug, Clone, Copy)]
pub enum Occasion<'a> {
    /// It was issued.
    Issued,
    /// It was withdrawn, for this reason: who has it removes it.
    Withdrawn(&'a str),
    /// Another one took its place.
    Replaced,
    /// It came in, and has this number in the register.
    Accepted(u32),
    /// It came in and is returned, for this reason.
    Refused(&'a str),
}

impl Occasion<'_> {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Withdrawn(_) => "withdrawn",
            Self::Replaced => "replaced",
            Self::Accepted(_) => "accepted",
            Self::Refused(_) => "refused",
        }
    }

    const fn reason(&self) -> Option<&str> {
        match self {
            Self::Withdrawn(why) | Self::Refused(why) => Some(why),
            _ => None,
        }
    }
}

/// What a system is called with.
#[derive(Serialize)]
struct Call<'a> {
    event: String,
    id: &'a str,
    unit: &'a str,
    kind: &'a str,
    number: Option<u32>,
    symbol: Option<&'a str>,
    date: Option<String>,
    subject: &'a str,
    urgent: bool,
    reason: Option<&'a str>,
    files: Vec<CallFile<'a>>,
    time: String,
}

#[derive(Serialize)]
struct CallFile<'a> {
    name: &'a str,
    sha256: String,
}

/// Puts on their way whatever is to be told.
pub(super) async fn put(
    desk: &Desk<'_>,
    tx: &mut dyn Transaction,
    row: &DispatchRow,
    said: &Particulars,
    occasion: Occasion<'_>,
) -> Result<()> {
    if !desk.telling.mails && !desk.telling.calls {
        return Ok(());
    }
    let now = desk.folder.now();
    let all = tx.dispatch_files(&row.id).await?;
    let newest = newest(&all);
    let name = format!("{}/{}", row.id, occasion.as_str());
    if desk.telling.calls {
        let call = Call {
            event: format!("document.{}", occasion.as_str()),
            id: &row.id,
            unit: &row.unit,
            kind: &row.kind,
            number: row.number.as_ref().map(|number| number.number),
            symbol: row.symbol.as_deref(),
            date: row.date.map(|date| date.to_string()),
            subject: &row.subject,
            urgent: row.urgent,
            reason: occasion.reason(),
            files: newest.iter().map(|file| CallFile { name: &file.name, sha256: hex::encode(file.sha256) }).collect(),
            time: now.format(&Rfc3339).unwrap_or_default(),
        };
        put_one(tx, row, OutgoingKind::Hook, &name, &call, now).await?;
    }
    if !desk.telling.mails {
        return Ok(());
    }
    let sender = units::standing(tx, &row.unit).await?.name;
    let author =
        said.author.iter().map(|name| Recipient { name: name.clone(), email: said.author_email.clone(), code: None });
    let to: Vec<Recipient> = match occasion {
        Occasion::Accepted(_) | Occasion::Refused(_) => author.collect(),
        _ => said.recipients.clone(),
    };
    for (at, recipient) in to.into_iter().enumerate() {
        let Some(email) = recipient.email else { continue };
        let files = match occasion {
            Occasion::Issued => newest.iter().map(|file| enclosure(file)).collect(),
            _ => Vec::new(),
        };
        let (subject, text) = words(row, occasion, (&sender, &recipient.name), &desk.telling.public_url);
        let letter =
            StoredLetter { to: email, to_name: recipient.name, from_name: sender.clone(), subject, text, files };
        put_one(tx, row, OutgoingKind::Dispatch, &format!("{name}/{at}"), &letter, now).await?;
    }
    Ok(())
}

async fn put_one(
    tx: &mut dyn Transaction,
    row: &DispatchRow,
    kind: OutgoingKind,
    item: &str,
    body: &impl Serialize,
    now: time::OffsetDateTime,
) -> Result<()> {
    let body =
        serde_json::to_string(body).map_err(|error| Error::new(Kind::Bug, "registry.json", named(&row.id), error))?;
    tx.put_message(&row.id, kind, item, &body).await?;
    Ok(tx.put_outgoing(&row.unit, kind, item, now).await?)
}

fn enclosure(file: &FileRow) -> StoredEnclosure {
    StoredEnclosure { name: file.name.clone(), sha256: hex::encode(file.sha256) }
}

fn day(date: Option<Date>) -> String {
    date.map(short_date).unwrap_or_default()
}

/// Subject and text of a letter, in Vietnamese, English below.
fn words(row: &DispatchRow, occasion: Occasion<'_>, (from, to): (&str, &str), url: &str) -> (String, String) {
    let symbol = row.symbol.as_deref().unwrap_or("(không số)");
    let (kind, subject, day) = (kinds::name(&row.kind), &row.subject, day(row.date));
    let urgent = if row.urgent { "[KHẨN] " } else { "" };
    let received = row.created.to_offset(VIETNAM).date();
    let (title, vi, en) = match occasion {
        Occasion::Issued => (
            format!("{urgent}Văn bản số {symbol} ngày {day}"),
            format!(
                "{from} gửi văn bản dưới đây (tệp PDF đã ký số kèm theo thư này). Kiểm tra chữ ký tại {url}/verify"
            ),
            format!(
                "{from} sends you this official document (signed PDF enclosed). Its signatures are checked at {url}/verify"
            ),
        ),
        Occasion::Withdrawn(why) => (
            format!("{urgent}Thu hồi văn bản số {symbol} ngày {day}"),
            format!(
                "{from} thông báo thu hồi văn bản dưới đây. Đề nghị hủy bỏ và không sử dụng văn bản này. Lý do: {why}"
            ),
            format!("{from} withdraws this official document. Please remove it and do not use it. Reason: {why}"),
        ),
        Occasion::Replaced => (
            format!("{urgent}Thay thế văn bản số {symbol} ngày {day}"),
            format!(
                "{from} thông báo văn bản dưới đây đã được thay thế bằng văn bản khác và không còn hiệu lực sử dụng."
            ),
            format!("{from}: another official document has taken the place of this one."),
        ),
        Occasion::Accepted(number) => (
            format!("Đã nhận văn bản số {symbol}"),
            format!(
                "{from} xác nhận đã nhận văn bản dưới đây ngày {} và đăng ký số đến {number}.",
                self::day(Some(received))
            ),
            format!(
                "{from} has received this official document on {} and registered it as incoming number {number}.",
                self::day(Some(received))
            ),
        ),
        Occasion::Refused(why) => (
            format!("Trả lại văn bản số {symbol}"),
            format!("{from} trả lại văn bản dưới đây. Lý do: {why}"),
            format!("{from} returns this official document. Reason: {why}"),
        ),
    };
    let text = format!(
        "Kính gửi: {to}\n\n{vi}\n\n  Số, ký hiệu:  {symbol}\n  Ngày:         {day}\n  Loại:         {kind}\n  Trích yếu:    {subject}\n\n\
         Thư này được gửi tự động, xin không trả lời.\n\n\
         ------------------------------------------------------------\n\n\
         {en}\n\n  Number:   {symbol}\n  Date:     {day} (day/month/year)\n  Kind:     {kind}\n  Subject:  {subject}\n\n\
         This letter was sent automatically, please do not answer it.\n"
    );
    (title, text)
}
