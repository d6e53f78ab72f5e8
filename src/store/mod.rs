//! What is kept: one trait for each thing, behind it SQLite; and files by their digest.
//!
//! | file | what |
//! | --- | --- |
//! | `log` | entries, tiles and head of the audit log |
//! | `people` | units, tokens, signing keys, sealed secrets |
//! | `users` | people who sign in, what they sign in with, their offices and sessions |
//! | `control` | control over signing keys: PINs, quotas, stops, successors |
//! | `documents` | documents and their versions |
//! | `deferred` | documents that wait for a signature from elsewhere |
//! | `activations` | signatures that other programs were authorised to have made |
//! | `receipts` | series and receipts |
//! | `accounts` | what reports are made from: lines, events; shifts, daily reports |
//! | `outgoing` | what is on its way to somebody outside |
//! | `registry` | official documents in and out |
//! | `legacy` | receipts of the law before |
//! | `fees` | the fee catalogue |
//! | `figures` | what a province counts, as it happens; what units hand in |
//! | `authority` | the built-in authority: CAs, certificates, the time-stamps' serial number |
//! | `blobs` | the bytes of documents and receipts, by SHA-256 |
//! | `sqlite` | all tables in one SQLite database |
//!
//! All changes of one act are made in one [`Transaction`]; dropped without `commit` it changes nothing. Of the
//! transactions that write, one runs at a time, in this process (a queue) and among processes (a lock of the database).

pub mod accounts;
pub mod activations;
pub mod authority;
pub mod blobs;
pub mod control;
pub mod deferred;
pub mod documents;
pub mod fees;
pub mod figures;
pub mod legacy;
pub mod log;
pub mod outgoing;
pub mod people;
pub mod receipts;
pub mod registry;
pub mod sqlite;
pub mod users;

use crate::error::{Error, Kind};
use async_trait::async_trait;

/// A database.
#[async_trait]
pub trait Store: Send + Sync {
    /// Starts the transaction that may write: waits until those before it have ended.
    async fn write(&self) -> Result<Box<dyn Transaction>, StoreError>;

    /// Starts a transaction that reads one consistent state, while others write.
    async fn read(&self) -> Result<Box<dyn Transaction>, StoreError>;

    /// Sees to it that what was overwritten is nowhere in the database's files any more, as soon as nobody reads it.
    async fn forget_overwritten(&self) -> Result<(), StoreError>;

    /// Closes the database, once all transactions have ended: from then on all of it is in its one file, unless another process has it
    /// open, and nothing is begun any more. Dropped without that, connections end by themselves, and what was committed last may stay
    /// beside that file, where whoever opens the database next finds it.
    async fn close(&self);
}

/// One consistent view of all that is kept, and the changes to it.
#[async_trait]
pub trait Transaction:
    log::LogTable
    + people::PeopleTable
    + users::UserTable
    + control::ControlTable
    + documents::DocumentTable
    + deferred::DeferredTable
    + activations::ActivationTable
    + receipts::ReceiptTable
    + accounts::AccountTable
    + outgoing::OutgoingTable
    + registry::RegistryTable
    + legacy::LegacyTable
    + fees::FeeTable
    + figures::FigureTable
    + authority::AuthorityTable
    + Send
{
    /// Whether a receipt, a version of a document, a daily report, a shift or an official document has the file with this SHA-256.
    async fn leads_to(&mut self, sha256: &Sha256) -> Result<bool, StoreError>;

    /// What is in the database that the program does not make: tables, indexes, triggers and views that are other than its own, and rows
    /// that name rows which are not there.
    async fn oddities(&mut self) -> Result<Vec<Oddity>, StoreError>;

    /// Makes all changes durable; when this returns they survive a power failure.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// What a program that keeps its rules does not leave in a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Oddity {
    /// A table, index, trigger or view that is none of the program's.
    Stranger(String),
    /// One of the program's that was changed, or is not there.
    Changed(String),
    /// A row that names a row of another table, which is not there: its own table, and the other.
    Orphan(String, String),
}

/// What can go wrong with what is kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be opened or does not answer.
    #[error("the database cannot be used: {0}")]
    Unavailable(String),
    /// Another process has held the database for longer than is waited for.
    #[error("the database is held by another process")]
    Busy,
    /// Nothing can be written: the disk is full or the folder is read-only.
    #[error("nothing can be written: {0}")]
    CannotWrite(String),
    /// It is there already.
    #[error("{what} is there already")]
    Exists {
        /// What it is.
        what: String,
    },
    /// What was found contradicts what must be so.
    #[error("the database is damaged: {what}")]
    Damaged {
        /// What is wrong.
        what: String,
    },
    /// The database was made by a newer program.
    #[error("the database was made by a newer version of this program")]
    Newer,
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let (kind, code) = match &error {
            StoreError::Unavailable(_) => (Kind::Unavailable, "store.unavailable"),
            StoreError::Busy => (Kind::Unavailable, "store.busy"),
            StoreError::CannotWrite(_) => (Kind::CannotWrite, "store.cannot_write"),
            StoreError::Exists { .. } => (Kind::Conflict, "store.exists"),
            StoreError::Damaged { .. } => (Kind::BadInput, "store.damaged"),
            StoreError::Newer => (Kind::Unavailable, "store.newer"),
        };
        Self::new(kind, code, "data folder", error)
    }
}

/// SHA-256 of a stored file.
pub type Sha256 = [u8; 32];
