//! SQLite: one file in WAL mode with synchronous FULL; one connection that writes, some that read.
//!
//! A commit writes the changed pages behind the write-ahead log and syncs it: half of it does not count, which each page's checksum
//! tells whoever opens the database next. Pages go from there into the database's file later, and again if that was interrupted.

/// A query over `up (id, depth)`: the unit `?1`, the ones above it, and how far above. A unit whose place another one has is below that one.
macro_rules! of_units_above {
    ($query:ident!($($kind:ident,)? $sql:literal, $($argument:expr),*)) => {
        $query!(
            $($kind,)?
            "WITH RECURSIVE up (id, depth) AS (
                 SELECT ?1, 0
                 UNION ALL SELECT coalesce(unit.successor, unit.parent), up.depth + 1 FROM unit JOIN up ON unit.id = up.id
                 WHERE coalesce(unit.successor, unit.parent) IS NOT NULL AND up.depth < 32) "
                + $sql,
            $($argument),*
        )
    };
}

/// A query over `line (id, since)`: the unit `?1`, and those whose place it has, each since which day.
macro_rules! of_line {
    ($query:ident!($($kind:ident,)? $sql:literal, $($argument:expr),*)) => {
        $query!(
            $($kind,)?
            "WITH RECURSIVE line (id, since) AS (
                 SELECT ?1, ''
                 UNION SELECT unit.id, max(line.since, unit.closed) FROM unit JOIN line ON unit.successor = line.id) "
                + $sql,
            $($argument),*
        )
    };
}

mod accounts;
mod activations;
mod authority;
mod control;
mod deferred;
mod documents;
mod fees;
mod figures;
mod legacy;
mod log;
mod oddities;
mod outgoing;
mod people;
mod receipts;
mod registry;
mod users;

use super::{Oddity, Sha256, Store, StoreError, Transaction};
use async_trait::async_trait;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use std::path::Path;
use std::time::Duration;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, UtcOffset};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How long another process may hold the database before we give up.
const BUSY: Duration = Duration::from_secs(30);
/// What the connection that writes keeps of the file in memory, at most: KiB, negative as SQLite has it. An act that touches many pages, such as
/// a batch, does not read them again and again.
const WRITER_CACHE: &str = "-65536";
/// Connections that read.
const READERS: u32 = 8;

/// A database in one file.
#[derive(Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens the file, which is made if it is not there, and brings its tables up to date.
    pub async fn open(file: &Path) -> Result<Self, StoreError> {
        make_private(file)?;
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY);
        let pool =
            |most| SqlitePoolOptions::new().max_connections(most).acquire_timeout(BUSY).test_before_acquire(false);
        let store = Self {
            writer: pool(1).connect_lazy_with(options.clone().pragma("cache_size", WRITER_CACHE)),
            readers: pool(READERS).connect_lazy_with(options),
        };
        store.migrate().await?;
        Ok(store)
    }

    /// The version of the tables is in the file's header, so that a database that is up to date costs one read.
    async fn migrate(&self) -> Result<(), StoreError> {
        let newest = MIGRATIONS.iter().map(|m| m.version).max().unwrap_or_default();
        let mut connection = self.writer.acquire().await?;
        let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await?;
        if found == newest {
            return Ok(());
        }
        if found > newest {
            return Err(StoreError::Newer);
        }
        // processes that start at once: SQLite has no advisory lock, so the second waits for a transaction of the first
        MIGRATIONS.run(&mut *connection).await.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        // a pragma takes no parameters; the number is the program's own
        let set = sqlx::AssertSqlSafe(format!("PRAGMA user_version = {newest}"));
        sqlx::query(set).execute(&mut *connection).await?;
        Ok(())
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn write(&self) -> Result<Box<dyn Transaction>, StoreError> {
        Ok(Box::new(SqliteTransaction(self.writer.begin_with("BEGIN IMMEDIATE").await?)))
    }

    async fn read(&self) -> Result<Box<dyn Transaction>, StoreError> {
        Ok(Box::new(SqliteTransaction(self.readers.begin().await?)))
    }

    async fn forget_overwritten(&self) -> Result<(), StoreError> {
        // pages go from the write-ahead log into the file, and the log is cut to nothing
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await?;
        Ok(())
    }

    async fn close(&self) {
        // one after the other: of two that end at the same time each finds the other there, and neither empties the write-ahead log
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Makes the file so that only its owner can read it; SQLite gives the files beside it the same mode.
fn make_private(file: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(StoreError::CannotWrite(format!("{}: {error}", file.display())))
        }
        _ => Ok(()),
    }
}

struct SqliteTransaction(sqlx::Transaction<'static, Sqlite>);

impl SqliteTransaction {
    fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }
}

#[async_trait]
impl Transaction for SqliteTransaction {
    async fn leads_to(&mut self, sha256: &Sha256) -> Result<bool, StoreError> {
        let sha256 = sha256.as_slice();
        let found = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM receipt WHERE xml_sha256 = ?1 OR pdf_sha256 = ?1)
                   OR EXISTS (SELECT 1 FROM document_version WHERE sha256 = ?1)
                   OR EXISTS (SELECT 1 FROM filing WHERE xml_sha256 = ?1 OR pdf_sha256 = ?1)
                   OR EXISTS (SELECT 1 FROM legacy_file WHERE sha256 = ?1)
                   OR EXISTS (SELECT 1 FROM unit WHERE logo = ?1)
                   OR EXISTS (SELECT 1 FROM receipt INDEXED BY receipt_notified, json_each(receipt.notices) AS notice
                              WHERE receipt.notices <> '[]' AND lower(hex(?1)) IN (
                                  notice.value ->> '$.paper.xml_sha256', notice.value ->> '$.paper.pdf_sha256'))
                   OR EXISTS (SELECT 1 FROM dispatch_file WHERE sha256 = ?1)
                   OR EXISTS (SELECT 1 FROM shift WHERE pdf_sha256 = ?1) AS "found!: bool""#,
            sha256
        );
        Ok(found.fetch_one(self.connection()).await?)
    }

    async fn oddities(&mut self) -> Result<Vec<Oddity>, StoreError> {
        self.find_oddities().await
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        Ok(self.0.commit().await?)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(database) = &error else {
            return match error {
                sqlx::Error::PoolTimedOut => Self::Busy,
                other => Self::Unavailable(other.to_string()),
            };
        };
        // the low byte of an extended result code is the primary one (sqlite.org/rescode.html)
        let code = database.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or_default();
        let message = database.message().to_owned();
        match code & 0xff {
            5 | 6 => Self::Busy,
            // READONLY, IOERR, FULL, CANTOPEN: what it opens it opens to write
            8 | 10 | 13 | 14 => Self::CannotWrite(message),
            // CORRUPT, NOTADB
            11 | 26 => Self::Damaged { what: message },
            _ if database.is_unique_violation() => Self::Exists { what: message },
            _ => Self::Unavailable(message),
        }
    }
}

/// Adds the identifiers of a unit, of those whose place it has, and, with `below`, of all below them.
fn push_units(query: &mut QueryBuilder<Sqlite>, unit: &str, below: bool) {
    query.push("(WITH RECURSIVE within (id) AS (SELECT ").push_bind(unit.to_owned());
    query.push(" UNION SELECT unit.id FROM unit JOIN within ON ");
    query.push(if below { "coalesce(unit.successor, unit.parent)" } else { "unit.successor" });
    query.push(" = within.id) SELECT id FROM within)");
}

/// Identifiers as a query takes them.
fn list(ids: &[&str]) -> String {
    serde_json::Value::from(ids).to_string()
}

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged { what: what.to_owned() }
}

/// SQLite's integers are signed; ours that are kept are never above 2^63.
fn int(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| damaged("a number is too large"))
}

fn uint<T: TryFrom<i64>>(value: i64) -> Result<T, StoreError> {
    T::try_from(value).map_err(|_| damaged("a number is out of range"))
}

/// A sum of dong that may be beyond 64 bits: billions, and the rest.
fn whole(high: i64, low: i64) -> i128 {
    i128::from(high) * 1_000_000_000 + i128::from(low)
}

fn digest(bytes: &[u8]) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_| damaged("a digest has not 32 bytes"))
}

/// Times are kept in UTC, so that they sort as text.
fn time_text(time: OffsetDateTime) -> Result<String, StoreError> {
    time.to_offset(UtcOffset::UTC).format(&Rfc3339).map_err(|_| damaged("a time cannot be written"))
}

fn time_of(text: &str) -> Result<OffsetDateTime, StoreError> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|_| damaged("a time cannot be read"))
}

fn date_text(date: Date) -> Result<String, StoreError> {
    date.format(format_description!("[year]-[month]-[day]")).map_err(|_| damaged("a date cannot be written"))
}

fn date_of(text: &str) -> Result<Date, StoreError> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).map_err(|_| damaged("a date cannot be read"))
}
