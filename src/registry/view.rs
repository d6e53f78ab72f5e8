//! Official documents as they are told.

use super::case::{self, history, particulars};
use super::facts::{Heard, Origin, Particulars, Recipient};
use super::machine::Book;
use super::outgoing::due;
use super::{kinds, not_found};
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::messages::registry as words;
use crate::people::permissions::{Caller, Permission};
use crate::store::outgoing::OutgoingState;
use crate::store::registry::{DispatchRow, FileRow};
use serde::Serialize;
use time::OffsetDateTime;

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

/// Another document that has to do with one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RelationView {
    /// What the newer is to the older: `replaces`, `amends`, `corrects`, `copies`.
    pub kind: String,
    /// The other one's identifier.
    pub id: String,
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
    /// The log entry of its newest signature.
    pub log_index: Option<u64>,
}

/// A letter or a call about a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MessageView {
    /// `dispatch`: a letter; `hook`: a call.
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
            log_index: row.log_index,
        }
    }
}

/// A document of the caller's unit; another's is as if it were not there.
pub async fn get(folder: &DataFolder, caller: &Caller, book: Book, id: &str) -> Result<DispatchRow> {
    caller.may(Permission::ReadDocuments)?;
    case::find(&mut *folder.store.read().await?, caller, book, id).await
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
        Error::new(Kind::NotFound, "registry.not_found", format!("document {}", row.id), "it has no such file")
    })?;
    Ok((found.clone(), case::bytes(folder, &row.id, found).await?))
}

impl DispatchView {
    /// A document as the store has it.
    pub async fn new(folder: &DataFolder, row: DispatchRow) -> Result<Self> {
        let mut tx = folder.store.read().await?;
        let files = tx.dispatch_files(&row.id).await?;
        let relation = match &row.relation {
            None => None,
            Some((kind, id)) => {
                let other = tx.dispatch(id).await?.ok_or_else(|| not_found(id))?;
                Some(RelationView::new(kind, &other))
            }
        };
        let related = tx.dispatches_related(&row.id).await?;
        let related = related.iter().filter_map(|other| Some(RelationView::new(&other.relation.as_ref()?.0, other)));
        let messages = tx.messages_of(&row.id).await?.into_iter().map(|message| MessageView {
            kind: message.kind.as_str().to_owned(),
            item: message.item,
            state: message.state,
            tries: message.tries,
            failure: message.failure,
        });
        let log_index = history(&mut *tx, &row.id).await?.last().map(|done| done.row.log_index);
        let Particulars {
            recipients,
            signer,
            unit_name,
            author,
            verdict,
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
            files: newest(&files).into_iter().map(FileView::from).collect(),
            messages: messages.collect(),
            id: row.id,
            book: row.book,
            state: row.state,
            kind: row.kind,
            symbol: row.symbol,
            subject: row.subject,
            urgent: row.urgent,
            created: row.created,
            relation,
            recipients,
            signer,
            unit_name,
            author,
            verdict,
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

impl RelationView {
    fn new(kind: &str, other: &DispatchRow) -> Self {
        Self { kind: kind.to_owned(), id: other.id.clone(), symbol: other.symbol.clone(), state: other.state.clone() }
    }
}
