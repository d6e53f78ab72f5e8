//! Official documents as they are told.

use super::case::{self, facts, particulars};
use super::facts::{Heard, Origin, Particulars, Recipient};
use super::machine::{Act, Book};
use super::outgoing::due;
use super::{kinds, named, not_found};
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::messages::both;
use crate::messages::registry as words;
use crate::people::permissions::{Caller, Permission};
use crate::store::outgoing::{OutgoingRow, OutgoingState};
use crate::store::registry::{ActRow, DispatchRow, FileRow};
use serde::Serialize;
use std::collections::HashMap;
use time::{Date, OffsetDateTime};

/// An official document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DispatchView {
    /// Its identifier.
    pub id: String,
    /// `out` or `in`.
    pub book: String,
    /// How it stands.
    pub state: String,
    /// The same in Vietnamese.
    pub state_name: String,
    /// What was said with the last act: why it was returned, given up or withdrawn.
    pub reason: Option<String>,
    /// Abbreviation of its kind.
    pub kind: String,
    /// Name of its kind.
    pub kind_name: String,
    /// Its number in the register.
    pub number: Option<u32>,
    /// The year of that number.
    pub year: Option<i32>,
    /// Number and symbol; of a document in, as its author gave them.
    pub symbol: Option<String>,
    /// Its date.
    pub date: Option<String>,
    /// By when it is to be issued, once it has a number.
    pub due: Option<String>,
    /// What it is about.
    pub subject: String,
    /// Whether it is urgent.
    pub urgent: bool,
    /// To whom it goes.
    pub recipients: Vec<Recipient>,
    /// Who signed, with the words before the title.
    pub signer: Option<String>,
    /// The issuing unit's name when it was issued.
    pub unit_name: Option<String>,
    /// Who wrote it, of a document in.
    pub author: Option<String>,
    /// What the verification said, of a document in.
    pub verdict: Option<String>,
    /// What of its files runs, plays, reaches out or is hidden, of a document in.
    pub active: Option<String>,
    /// When its receipt was confirmed, of a document in.
    pub acknowledged: Option<String>,
    /// Unit or person in charge.
    pub charge: Option<String>,
    /// Unit or person keeping the original.
    pub keeper: Option<String>,
    /// Copies on paper.
    pub copies: Option<u32>,
    /// Anything else.
    pub note: Option<String>,
    /// What its sender knows it by, of a document in that came as an edXML package.
    pub origin: Option<Origin>,
    /// What other systems said of it, by edXML.
    pub heard: Vec<Heard>,
    /// What it is to an older one.
    pub relation: Option<RelationView>,
    /// What others are to it.
    pub related: Vec<RelationView>,
    /// Its files in their newest versions; 0 is the document itself.
    pub files: Vec<FileView>,
    /// Letters and calls about it.
    pub messages: Vec<MessageView>,
    /// When it came into being here, RFC 3339.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String)]
    pub created: OffsetDateTime,
    /// The log entry of what was done to it last.
    pub log_index: Option<u64>,
}

/// A document in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its identifier.
    pub id: String,
    /// How it stands.
    pub state: String,
    /// Name of its kind.
    pub kind: String,
    /// Number and symbol.
    pub symbol: Option<String>,
    /// Its date.
    pub date: Option<Date>,
    /// What it is about.
    pub subject: String,
    /// Whether it is urgent.
    pub urgent: bool,
    /// By when it is to be issued.
    pub due: Option<Date>,
    /// To whom it goes, or who wrote it.
    pub others: String,
    /// What the verification said, of a document in.
    pub verdict: Option<String>,
    /// When it came into being here.
    pub created: OffsetDateTime,
}

impl Line {
    /// A row of a register.
    pub fn new(row: &DispatchRow) -> Result<Self> {
        let Particulars { recipients, author, verdict, .. } = particulars(row)?;
        let recipients: Vec<String> = recipients.into_iter().map(|recipient| recipient.name).collect();
        Ok(Self {
            id: row.id.clone(),
            state: row.state.clone(),
            kind: kinds::name(&row.kind).to_owned(),
            symbol: row.symbol.clone(),
            date: row.date,
            subject: row.subject.clone(),
            urgent: row.urgent,
            due: due(row),
            others: author.unwrap_or_else(|| recipients.join("; ")),
            verdict,
            created: row.created,
        })
    }
}

/// Another document that has to do with one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RelationView {
    /// What the newer is to the older: `replaces`, `amends`, `corrects`, `copies`.
    pub kind: String,
    /// The other one's identifier.
    pub id: String,
    /// Its register: `out` or `in`.
    pub book: String,
    /// Its number and symbol.
    pub symbol: Option<String>,
    /// How it stands.
    pub state: String,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FileView {
    /// 0 is the document itself.
    pub file: u32,
    /// 0 as it was handed in, one more for each signature and each new draft.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Its bytes.
    pub size: u64,
    /// Its pages.
    pub pages: u32,
    /// The PAdES baseline level of its signatures, once it was signed here: `B-B`, `B-LT`, ...
    pub level: Option<String>,
    /// The log entry of its newest signature.
    pub log_index: Option<u64>,
}

/// A letter or a call about a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MessageView {
    /// `dispatch`: a letter; `hook`: a call; `level`: the level of its signatures, which is still to be raised.
    pub kind: String,
    /// What it tells.
    pub item: String,
    /// How it stands.
    #[schema(inline)]
    pub state: OutgoingState,
    /// How often it was tried.
    pub tries: u32,
    /// Why the last try failed.
    pub failure: Option<String>,
}

impl From<&FileRow> for FileView {
    fn from(row: &FileRow) -> Self {
        Self {
            file: row.file,
            version: row.version,
            name: row.name.clone(),
            sha256: hex::encode(row.sha256),
            size: row.size,
            pages: row.pages,
            level: row.level.clone(),
            log_index: row.log_index,
        }
    }
}

/// A document of the caller's unit; another's is as if it were not there.
pub async fn get(folder: &DataFolder, caller: &Caller, book: Book, id: &str) -> Result<DispatchRow> {
    caller.may(Permission::ReadDocuments)?;
    case::find(&mut *folder.store.read().await?, caller, book, id).await
}

/// Whether the last thing that was done to a document is this act, by the caller: then the same asked for once more is done already.
pub async fn was_last(folder: &DataFolder, caller: &Caller, id: &str, act: Act) -> Result<bool> {
    let events = folder.store.read().await?.last_events(&[id]).await?;
    let Some((_, last)) = events.last() else { return Ok(false) };
    Ok(last.actor == caller.id && facts(id, last)?.act == act)
}

/// The newest version of each file.
pub fn newest(files: &[FileRow]) -> Vec<&FileRow> {
    let is_newest = |row: &&FileRow| !files.iter().any(|other| other.file == row.file && other.version > row.version);
    files.iter().filter(is_newest).collect()
}

/// A file of a document: the newest version, or one of before.
pub async fn file(
    folder: &DataFolder,
    row: &DispatchRow,
    file: u32,
    version: Option<u32>,
) -> Result<(FileRow, Vec<u8>)> {
    let files = folder.store.read().await?.dispatch_files(&row.id).await?;
    let wanted = |one: &&FileRow| one.file == file && version.is_none_or(|version| version == one.version);
    let found = files.iter().rfind(wanted).ok_or_else(|| {
        let why = both!("văn bản không có tệp này", "it has no such file");
        Error::new(Kind::NotFound, "registry.not_found", named(&row.id), why)
    })?;
    Ok((found.clone(), case::bytes(folder, &row.id, found).await?))
}

impl DispatchView {
    /// A document as the store has it.
    pub async fn new(folder: &DataFolder, row: DispatchRow) -> Result<Self> {
        let lost = not_found(&row.id);
        Self::many(folder, vec![row]).await?.pop().ok_or(lost)
    }

    /// Documents as the store has them: what belongs to all of them is read at once.
    pub async fn many(folder: &DataFolder, rows: Vec<DispatchRow>) -> Result<Vec<Self>> {
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let older: Vec<&str> = rows.iter().filter_map(|row| Some(row.relation.as_ref()?.1.as_str())).collect();
        let mut tx = folder.store.read().await?;
        let mut beside = Beside {
            files: by_id(tx.newest_files(&ids).await?),
            events: by_id(tx.last_events(&ids).await?),
            messages: by_id(tx.messages_of(&ids).await?),
            older: by_id(tx.these_dispatches(&older).await?.into_iter().map(|row| (row.id.clone(), row)).collect()),
            newer: by_id(
                tx.dispatches_related(&ids)
                    .await?
                    .into_iter()
                    .filter_map(|row| Some((row.relation.as_ref()?.1.clone(), row)))
                    .collect(),
            ),
        };
        drop(tx);
        rows.into_iter().map(|row| Self::of(row, &mut beside)).collect()
    }

    fn of(row: DispatchRow, beside: &mut Beside) -> Result<Self> {
        let relation = match &row.relation {
            None => None,
            Some((kind, id)) => {
                let other = beside.older.get(id).and_then(|all| all.first()).ok_or_else(|| not_found(id))?;
                Some(RelationView::new(kind, other))
            }
        };
        let related = beside.newer.remove(&row.id).unwrap_or_default();
        let related = related.iter().filter_map(|other| Some(RelationView::new(&other.relation.as_ref()?.0, other)));
        let messages = beside.messages.remove(&row.id).unwrap_or_default().into_iter().map(|message| MessageView {
            kind: message.kind.as_str().to_owned(),
            item: message.item,
            state: message.state,
            tries: message.tries,
            failure: message.failure,
        });
        let last = beside.events.remove(&row.id).and_then(|mut all| all.pop());
        let log_index = last.as_ref().map(|event| event.log_index);
        let reason = last.map(|event| facts(&row.id, &event)).transpose()?.and_then(|facts| facts.comment);
        let Particulars {
            recipients,
            signer,
            unit_name,
            author,
            verdict,
            active,
            acknowledged,
            charge,
            keeper,
            copies,
            note,
            origin,
            heard,
            ..
        } = particulars(&row)?;
        Ok(Self {
            state_name: words::state(&row.state).vi,
            kind_name: kinds::name(&row.kind).to_owned(),
            number: row.number.as_ref().map(|number| number.number),
            year: row.number.as_ref().map(|number| number.year),
            date: row.date.map(|date| date.to_string()),
            due: due(&row).map(|date| date.to_string()),
            related: related.collect(),
            files: beside.files.remove(&row.id).unwrap_or_default().iter().map(FileView::from).collect(),
            messages: messages.collect(),
            id: row.id,
            book: row.book,
            state: row.state,
            kind: row.kind,
            symbol: row.symbol,
            subject: row.subject,
            urgent: row.urgent,
            created: row.created,
            reason,
            relation,
            recipients,
            signer,
            unit_name,
            author,
            verdict,
            active,
            acknowledged,
            charge,
            keeper,
            copies,
            note,
            origin,
            heard,
            log_index,
        })
    }
}

/// What belongs to several documents, by their identifiers.
struct Beside {
    files: HashMap<String, Vec<FileRow>>,
    events: HashMap<String, Vec<ActRow>>,
    messages: HashMap<String, Vec<OutgoingRow>>,
    /// Those that are named by them, by their own identifiers.
    older: HashMap<String, Vec<DispatchRow>>,
    /// Those that name them.
    newer: HashMap<String, Vec<DispatchRow>>,
}

fn by_id<T>(rows: Vec<(String, T)>) -> HashMap<String, Vec<T>> {
    let mut all: HashMap<String, Vec<T>> = HashMap::new();
    for (id, row) in rows {
        all.entry(id).or_default().push(row);
    }
    all
}

impl RelationView {
    fn new(kind: &str, other: &DispatchRow) -> Self {
        Self {
            kind: kind.to_owned(),
            id: other.id.clone(),
            book: other.book.clone(),
            symbol: other.symbol.clone(),
            state: other.state.clone(),
        }
    }
}
