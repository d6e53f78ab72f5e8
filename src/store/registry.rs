//! Official documents in and out as they are kept: how they stand, their numbers, files and history; delegations; what others are told.

use super::outgoing::{OutgoingKind, OutgoingRow};
use super::{Sha256, StoreError};
use async_trait::async_trait;
use time::{Date, OffsetDateTime};

/// A number in a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberRow {
    /// The year.
    pub year: i32,
    /// The series: an abbreviation of a kind; of documents in it is empty.
    pub series: String,
    /// From 1 on.
    pub number: u32,
}

/// An official document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatchRow {
    /// Its identifier.
    pub id: String,
    /// The unit in whose register it is.
    pub unit: String,
    /// Which register: `out`, `in`.
    pub book: String,
    /// How it stands.
    pub state: String,
    /// The abbreviation of its kind.
    pub kind: String,
    /// Its number in the register, once it has one.
    pub number: Option<NumberRow>,
    /// Number and symbol, `07/QĐ-UBND`: of a document in, as its author gave them.
    pub symbol: Option<String>,
    /// Its date.
    pub date: Option<Date>,
    /// What it is about.
    pub subject: String,
    /// Whether it is urgent.
    pub urgent: bool,
    /// What else the register says of it, as the office writes it: JSON.
    pub particulars: String,
    /// What it is searched by: small letters without accents.
    pub sought: String,
    /// What it is to another one, and the identifier of that.
    pub relation: Option<(String, String)>,
    /// When it came into being here.
    pub created: OffsetDateTime,
}

/// A version of a file of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// 0 is the document itself, 1, 2, ... what comes with it.
    pub file: u32,
    /// 0 as it was handed in.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub sha256: Sha256,
    /// Number of bytes.
    pub size: u64,
    /// Number of pages.
    pub pages: u32,
    /// The level of its signatures, of what was signed here.
    pub level: Option<String>,
    /// The log entry of the signature that made this version.
    pub log_index: Option<u64>,
    /// When it came into being.
    pub created: OffsetDateTime,
}

/// Something that was done to a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActRow {
    /// From 0 on.
    pub seq: u32,
    /// What was done, as the office writes it: JSON, whose digest the log has.
    pub facts: String,
    /// By whom.
    pub actor: String,
    /// When.
    pub time: OffsetDateTime,
    /// Its entry in the log.
    pub log_index: u64,
}

/// Somebody may sign for somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelegationRow {
    /// Its number.
    pub id: i64,
    /// In which unit.
    pub unit: String,
    /// The token, or the office, of who may.
    pub holder: String,
    /// `KT`, `TL`, `TUQ`, `Q`.
    pub words: String,
    /// The office of who is signed for.
    pub title: String,
    /// From when.
    pub starts: OffsetDateTime,
    /// Until when.
    pub ends: OffsetDateTime,
    /// The token, or the account, of who granted it.
    pub granted_by: String,
    /// Its entry in the log.
    pub log_index: u64,
    /// When it was ended before its time, and the entry of that.
    pub revoked: Option<(OffsetDateTime, u64)>,
}

/// Which documents of a register are looked for: those that are all of this.
#[derive(Debug, Clone, Default)]
pub struct DispatchFilter {
    /// Of this unit.
    pub unit: String,
    /// In this register.
    pub book: String,
    /// In this state.
    pub state: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Of this day or later; what has no date is of the day, in Vietnam, when it came into being.
    pub from: Option<Date>,
    /// Of this day or earlier.
    pub to: Option<Date>,
    /// With a number in the register.
    pub numbered: bool,
    /// Urgent ones.
    pub urgent: bool,
    /// Copies.
    pub copies: bool,
    /// With this in subject, symbol or the names of others.
    pub text: Option<String>,
    /// Behind this one: its time and identifier.
    pub after: Option<(OffsetDateTime, String)>,
}

/// An image that signatures are seen with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRow {
    /// `person` or `unit`.
    pub whose: String,
    /// Which person or unit.
    pub holder: String,
    /// `signature`, `initials` or `seal`.
    pub kind: String,
    /// PNG.
    pub png: Vec<u8>,
    /// Its entry in the log.
    pub log_index: u64,
}

/// Official documents.
#[async_trait]
pub trait RegistryTable {
    /// Keeps a new document.
    async fn put_dispatch(&mut self, row: &DispatchRow) -> Result<(), StoreError>;

    /// Keeps how a document stands now. What it is and its number, once it has one, stay.
    async fn update_dispatch(&mut self, row: &DispatchRow) -> Result<(), StoreError>;

    /// A document.
    async fn dispatch(&mut self, id: &str) -> Result<Option<DispatchRow>, StoreError>;

    /// At most `most` documents, the newest first.
    async fn dispatches(&mut self, filter: &DispatchFilter, most: u32) -> Result<Vec<DispatchRow>, StoreError>;

    /// At most `most` documents of all registers, by their identifiers, behind this one.
    async fn all_dispatches(&mut self, after: &str, most: u32) -> Result<Vec<DispatchRow>, StoreError>;

    /// These documents.
    async fn these_dispatches(&mut self, ids: &[&str]) -> Result<Vec<DispatchRow>, StoreError>;

    /// The documents that name one of these.
    async fn dispatches_related(&mut self, ids: &[&str]) -> Result<Vec<DispatchRow>, StoreError>;

    /// The documents of a unit's register that have this file, as it was handed in.
    async fn dispatches_of_file(&mut self, unit: &str, book: &str, sha256: &Sha256) -> Result<Vec<String>, StoreError>;

    /// The number that a series of a document's book would give next, as it stands.
    async fn next_number(&mut self, dispatch: &DispatchRow, year: i32, series: &str) -> Result<NumberRow, StoreError>;

    /// Takes the next number of a series for a document, for good.
    async fn take_number(&mut self, dispatch: &DispatchRow, year: i32, series: &str) -> Result<NumberRow, StoreError>;

    /// How many numbers were given in each series of each unit and book, and the largest of them: unit, book, year and series before.
    async fn number_counts(&mut self) -> Result<Vec<(String, String, NumberRow, u64)>, StoreError>;

    /// Adds a version of a file.
    async fn put_dispatch_file(&mut self, dispatch: &str, file: &FileRow) -> Result<(), StoreError>;

    /// All versions of all files of a document, in their order.
    async fn dispatch_files(&mut self, dispatch: &str) -> Result<Vec<FileRow>, StoreError>;

    /// The newest versions of all files of these documents, in their order, each with the document's identifier.
    async fn newest_files(&mut self, dispatches: &[&str]) -> Result<Vec<(String, FileRow)>, StoreError>;

    /// Adds what was done.
    async fn put_dispatch_event(&mut self, dispatch: &str, event: &ActRow) -> Result<(), StoreError>;

    /// All that was done to a document, in its order.
    async fn dispatch_events(&mut self, dispatch: &str) -> Result<Vec<ActRow>, StoreError>;

    /// What was done last to these documents, each with the document's identifier.
    async fn last_events(&mut self, dispatches: &[&str]) -> Result<Vec<(String, ActRow)>, StoreError>;

    /// Keeps a request that was answered, and the document that it gave; false if there is one of this key in the unit.
    async fn put_dispatch_request(
        &mut self,
        unit: &str,
        key: &str,
        sha256: &Sha256,
        dispatch: &str,
    ) -> Result<bool, StoreError>;

    /// What a unit's request of this key asked for (SHA-256), and the document that it gave.
    async fn dispatch_request(&mut self, unit: &str, key: &str) -> Result<Option<(Sha256, String)>, StoreError>;

    /// Keeps a new delegation; gives its number.
    async fn put_delegation(&mut self, row: &DelegationRow) -> Result<i64, StoreError>;

    /// Keeps that a delegation ended before its time; false if it had.
    async fn revoke_delegation(&mut self, id: i64, at: OffsetDateTime, log_index: u64) -> Result<bool, StoreError>;

    /// The delegations of a unit, or of all, the oldest first.
    async fn delegations(&mut self, unit: Option<&str>) -> Result<Vec<DelegationRow>, StoreError>;

    /// Keeps an image, in the place of the one before.
    async fn put_image(&mut self, row: &ImageRow) -> Result<(), StoreError>;

    /// Takes an image away.
    async fn remove_image(&mut self, whose: &str, holder: &str, kind: &str) -> Result<(), StoreError>;

    /// An image.
    async fn image(&mut self, whose: &str, holder: &str, kind: &str) -> Result<Option<ImageRow>, StoreError>;

    /// All images.
    async fn images(&mut self) -> Result<Vec<ImageRow>, StoreError>;

    /// Keeps what somebody is told of a document, for what is put on its way under the same name.
    async fn put_message(
        &mut self,
        dispatch: &str,
        kind: OutgoingKind,
        item: &str,
        body: &str,
    ) -> Result<(), StoreError>;

    /// What is told under this name.
    async fn message(&mut self, kind: OutgoingKind, item: &str) -> Result<Option<String>, StoreError>;

    /// How all that is told of these documents stands, each with the document's identifier.
    async fn messages_of(&mut self, dispatches: &[&str]) -> Result<Vec<(String, OutgoingRow)>, StoreError>;
}
