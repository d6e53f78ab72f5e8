//! The trail of a document: who did what, when, to which bytes, by which certificate, with the entry and the proof of the log for each act, so
//! that it need not be taken on the operator's word. As it is told, and as a signed PDF that carries entries and proofs as XML.

use super::case::history;
use super::facts::FileFact;
use super::kinds;
use crate::audit::Logged;
use crate::data_folder::DataFolder;
use crate::documents::desk::{Wish, sign_as};
use crate::documents::services::Services;
use crate::error::Result;
use crate::messages::registry as words;
use crate::messages::{VIETNAM, at, moment};
use crate::output::OutputFile;
use crate::pades::Level;
use crate::people::names;
use crate::people::permissions::{Caller, Permission};
use crate::people::units;
use crate::reports::paper::{Column, Paper};
use crate::store::registry::DispatchRow;
use crate::xml::write::{escape_text, is_char};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use time::OffsetDateTime;

/// The XML within the PDF.
const XML_NAME: &str = "nhat-ky.xml";
const NAMESPACE: &str = "urn:dauson:trail:1";

/// The history of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TrailView {
    /// The document's identifier.
    pub id: String,
    /// Number and symbol.
    pub symbol: Option<String>,
    /// What it is about.
    pub subject: String,
    /// How it stands.
    pub state: String,
    /// The log's public key, a C2SP verifier key.
    pub log_key: String,
    /// What was done, the oldest first.
    pub events: Vec<EventView>,
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct EventView {
    /// What.
    pub act: String,
    /// The same in Vietnamese.
    pub vi: String,
    /// The same in English.
    pub en: String,
    /// How the document stood before.
    pub from: Option<String>,
    /// How it stood afterwards.
    pub to: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String)]
    pub time: OffsetDateTime,
    /// Who did it: an account, or a token.
    pub actor: String,
    /// Who that is, or what the token is called.
    pub actor_name: String,
    /// In which capacity.
    pub hat: String,
    /// SHA-256 of the certificate that signed, hexadecimal.
    pub certificate: Option<String>,
    /// In whose place it was signed: `KT. CHỦ TỊCH`.
    pub words: Option<String>,
    /// Why, or what was said.
    pub comment: Option<String>,
    /// Another document that has to do with it.
    pub related: Option<String>,
    /// What whoever did it was told.
    pub warnings: Vec<String>,
    /// The files afterwards.
    pub files: Vec<FileFact>,
    /// What the log has the digest of: the entry's `digest` is its SHA-256.
    pub facts: String,
    /// Its entry in the log.
    pub log: LogView,
}

/// An entry of the log, and its proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LogView {
    /// Its index.
    pub index: u64,
    /// Its bytes, canonical JSON.
    pub entry: String,
    /// The C2SP tlog-proof.
    pub proof: String,
}

impl From<Logged> for LogView {
    fn from(logged: Logged) -> Self {
        let entry = String::from_utf8_lossy(&logged.entry).into_owned();
        Self { index: logged.index, entry, proof: logged.proof }
    }
}

/// The history of a document.
pub async fn of(folder: &DataFolder, caller: &Caller, row: &DispatchRow) -> Result<TrailView> {
    caller.may(Permission::ReadDocuments)?;
    let (done, called) = {
        let mut tx = folder.store.read().await?;
        let done = history(&mut *tx, &row.id).await?;
        let mut called = HashMap::new();
        for actor in done.iter().map(|done| &done.row.actor) {
            if !called.contains_key(actor) {
                called.insert(actor.clone(), names::known(&mut *tx, actor).await?.unwrap_or_default());
            }
        }
        (done, called)
    };
    let mut events = Vec::with_capacity(done.len());
    for done in done {
        let (facts, event) = (done.facts, done.row);
        let text = words::act(facts.act.as_str());
        events.push(EventView {
            act: facts.act.as_str().to_owned(),
            vi: text.vi,
            en: text.en,
            from: facts.from.map(|state| state.as_str().to_owned()),
            to: facts.to.as_str().to_owned(),
            time: event.time,
            actor_name: called.get(&event.actor).cloned().unwrap_or_default(),
            actor: event.actor,
            hat: facts.hat.as_str().to_owned(),
            certificate: facts.certificate,
            words: facts.words,
            comment: facts.comment,
            related: facts.related,
            warnings: facts.warnings,
            files: facts.files,
            facts: event.facts,
            log: folder.log.prove(event.log_index).await?.into(),
        });
    }
    Ok(TrailView {
        id: row.id.clone(),
        symbol: row.symbol.clone(),
        subject: row.subject.clone(),
        state: row.state.clone(),
        log_key: folder.log.verifier_key().to_string(),
        events,
    })
}

/// The same as a PDF that the caller signs, into a file that its caller then lets appear.
pub async fn signed(
    folder: &DataFolder,
    (caller, pin): (&Caller, Option<&str>),
    services: &Services<'_>,
    row: &DispatchRow,
    out: &mut OutputFile,
) -> Result<crate::documents::sign::Signed> {
    caller.may(Permission::SignDocuments)?;
    let trail = of(folder, caller, row).await?;
    let unit = units::get(folder, &caller.unit).await?.name;
    let drawn = paper(&trail, row, unit, folder.now()).draw()?;
    let wish = Wish { reason: Some("Nhật ký xử lý văn bản".to_owned()), ..Wish::new(Level::B) };
    Ok(sign_as(folder, (caller, pin), services, Arc::new(drawn), wish, out).await?.signed)
}

fn paper(trail: &TrailView, row: &DispatchRow, unit: String, now: OffsetDateTime) -> Paper {
    let column = |name, share| Column { name, share, is_number: false };
    let cells = |event: &EventView| {
        let mut what = event.vi.clone();
        for more in [&event.words, &event.comment].into_iter().flatten() {
            let _ = write!(what, ": {more}");
        }
        let main = event.files.iter().find(|file| file.file == 0).map(|file| file.sha256.clone()).unwrap_or_default();
        vec![
            moment(event.time),
            what,
            event.actor_name.clone(),
            words::state(&event.to).vi,
            main,
            event.certificate.clone().unwrap_or_default(),
            event.log.index.to_string(),
        ]
    };
    let symbol = trail.symbol.clone().unwrap_or_else(|| "(chưa có số)".to_owned());
    Paper {
        form: None,
        title: "Nhật ký xử lý văn bản".to_owned(),
        size: (841.89, 595.28),
        head: vec![
            format!("Đơn vị: {unit}"),
            format!("Văn bản: {} số {symbol}; mã {}", kinds::name(&row.kind), trail.id),
            format!("Trích yếu: {}", trail.subject),
            format!("Trạng thái: {}", words::state(&trail.state).vi),
        ],
        columns: vec![
            column("Thời điểm", 13.0),
            column("Việc đã làm", 20.0),
            column("Người thực hiện", 13.0),
            column("Trạng thái", 10.0),
            column("SHA-256 của văn bản", 18.0),
            column("SHA-256 của chứng thư số", 18.0),
            column("Mục nhật ký", 8.0),
        ],
        rows: trail.events.iter().map(cells).collect(),
        closing: vec![
            format!("Khóa công khai của nhật ký: {}", trail.log_key),
            format!(
                "Tệp {XML_NAME} đính kèm có từng mục nhật ký và bằng chứng (C2SP tlog-proof): ai cũng tự kiểm tra được bằng khóa trên."
            ),
        ],
        author: unit,
        id: format!("Nhật ký {}", trail.id),
        time: now.to_offset(VIETNAM),
        attachment: Some((XML_NAME, xml(trail).into_bytes())),
    }
}

/// Entries, facts and proofs, in base64 what is not XML's.
fn xml(trail: &TrailView) -> String {
    let mut text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Trail xmlns=\"{NAMESPACE}\">\n");
    let element = |text: &mut String, name: &str, value: &str| {
        let _ = write!(text, "<{name}>");
        escape_text(text, &value.chars().filter(|c| is_char(*c)).collect::<String>());
        let _ = writeln!(text, "</{name}>");
    };
    element(&mut text, "Document", &trail.id);
    element(&mut text, "LogKey", &trail.log_key);
    for event in &trail.events {
        text.push_str("<Event>\n");
        element(&mut text, "Act", &event.act);
        element(&mut text, "Time", &at(event.time));
        element(&mut text, "Facts", &STANDARD.encode(&event.facts));
        element(&mut text, "Index", &event.log.index.to_string());
        element(&mut text, "Entry", &STANDARD.encode(&event.log.entry));
        element(&mut text, "Proof", &STANDARD.encode(&event.log.proof));
        text.push_str("</Event>\n");
    }
    text.push_str("</Trail>\n");
    text
}
