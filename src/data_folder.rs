//! The data folder, opened: what every act of the office works with.
//!
//! | in it | what |
//! | --- | --- |
//! | `dauson.db` | the database: log, units, tokens, keys, documents, receipts, the built-in authority |
//! | `blobs/` | the bytes of documents and receipts, by SHA-256; in `blobs/waiting/` while they wait for their transaction |
//! | `master.key` | the key that seals all other secrets, unless the configuration names another place |
//! | `trust/` | trust anchors |
//! | `certs/`, `crls/` | further certificates and revocation lists that validations use |
//! | `cache/` | OCSP responses, revocation lists and certificates that were fetched |
//! | `dauson.toml` | settings |

use crate::audit::Log;
use crate::error::{Error, Kind, Result};
use crate::keys::{AnyKey, MASTER_KEY_LEN, MasterKey, PERSONAL_KEY_LEN, PersonalKey, random_bytes};
use crate::output::cannot_write;
use crate::store::blobs::{Blobs, FolderBlobs};
use crate::store::sqlite::SqliteStore;
use crate::store::{Sha256, Store, Transaction};
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use time::OffsetDateTime;
use zeroize::Zeroizing;

/// Vietnam's time zone; it has no summer time.
pub use crate::messages::VIETNAM;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// The name of the database in it.
pub const DATABASE: &str = "dauson.db";
/// The name of the folder of stored files in it.
pub const BLOBS: &str = "blobs";

/// An open data folder.
pub struct DataFolder {
    /// Where it is.
    pub path: PathBuf,
    /// Its database.
    pub store: Arc<dyn Store>,
    /// The bytes of documents and receipts.
    pub blobs: Arc<dyn Blobs>,
    /// The audit log.
    pub log: Log,
    /// What seals its secrets.
    pub master: MasterKey,
    /// What seals personal data, and finds them again.
    pub personal: PersonalKey,
    /// Where random numbers come from.
    pub random: Arc<dyn SecureRandom + Send + Sync>,
    clock: Clock,
    /// Keys that were opened, by name.
    loaded: Mutex<HashMap<String, Arc<AnyKey>>>,
}

impl std::fmt::Debug for DataFolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataFolder").field("path", &self.path).finish_non_exhaustive()
    }
}

impl DataFolder {
    /// Opens the folder; what is not there yet is made: folder, database, master key, log.
    pub async fn open(path: &Path, master_key_file: &Path, clock: Clock) -> Result<Self> {
        make_private_folder(path)?;
        let random: Arc<dyn SecureRandom + Send + Sync> = Arc::new(SystemRandom::new());
        let database = path.join(DATABASE);
        let master = master_key(master_key_file, &*random, !database.exists())?;
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&database).await?);
        let log = Log::open(&store, &master, &*random).await?;
        let personal = personal_key(&*store, &master, &*random).await?;
        let blobs = Arc::new(FolderBlobs::new(path.join(BLOBS)));
        let loaded = Mutex::default();
        let folder = Self { path: path.to_owned(), store, blobs, log, master, personal, random, clock, loaded };
        if !folder.blobs.waiting().await?.is_empty()
            && let Err(error) = folder.write().await
        {
            tracing::warn!("what a crash has left is not settled yet: {error}");
        }
        Ok(folder)
    }

    /// Starts the transaction that writes, for what has files. What a crash has left of earlier ones is settled first: a file that
    /// the database leads to is kept, any other was signed for nothing and is removed.
    pub async fn write(&self) -> Result<Box<dyn Transaction>> {
        let mut tx = self.store.write().await?;
        for file in self.blobs.waiting().await? {
            if tx.leads_to(&file).await? {
                self.blobs.settle(&file).await?;
            } else {
                self.blobs.discard(&file).await?;
            }
        }
        Ok(tx)
    }

    /// Commits a transaction; the files that have waited for it are kept.
    pub async fn commit(&self, tx: Box<dyn Transaction>, files: &[Sha256]) -> Result<()> {
        tx.commit().await?;
        for file in files {
            // it is found where it waits, and whoever writes next tries again
            if let Err(error) = self.blobs.settle(file).await {
                tracing::warn!("a file goes on waiting: {error}");
            }
        }
        Ok(())
    }

    /// The time now.
    pub fn now(&self) -> OffsetDateTime {
        (self.clock)()
    }

    /// Random bytes.
    pub fn random<const N: usize>(&self) -> Result<[u8; N]> {
        Ok(random_bytes(&*self.random)?)
    }

    /// A key that was opened before.
    pub fn loaded_key(&self, id: &str) -> Option<Arc<AnyKey>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// Keeps an opened key in memory.
    pub fn keep_loaded_key(&self, id: &str, key: &Arc<AnyKey>) {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), Arc::clone(key));
    }
}

/// The name under which the key for personal data is kept.
const PERSONAL_KEY: &str = "personal-key";

/// The key for personal data; made at first use.
async fn personal_key(store: &dyn Store, master: &MasterKey, random: &dyn SecureRandom) -> Result<PersonalKey> {
    if let Some(sealed) = store.read().await?.secret(PERSONAL_KEY).await? {
        return Ok(PersonalKey::new(&master.open(PERSONAL_KEY, &sealed)?)?);
    }
    let mut tx = store.write().await?;
    // another process may have been faster
    let sealed = match tx.secret(PERSONAL_KEY).await? {
        Some(sealed) => sealed,
        None => {
            let new = Zeroizing::new(random_bytes::<PERSONAL_KEY_LEN>(random)?);
            let sealed = master.seal(PERSONAL_KEY, &*new, random)?;
            tx.put_secret(PERSONAL_KEY, &sealed).await?;
            tx.commit().await?;
            sealed
        }
    };
    Ok(PersonalKey::new(&master.open(PERSONAL_KEY, &sealed)?)?)
}

/// Makes a folder that only its owner can enter.
fn make_private_folder(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| cannot_write(path, error))
}

/// Reads the master key; makes it for a folder that is new.
fn master_key(file: &Path, random: &dyn SecureRandom, is_new: bool) -> Result<MasterKey> {
    let unreadable =
        |why: String| Error::new(Kind::NotAllowed, "master_key", format!("master key {}", file.display()), why);
    if !file.exists() && !is_new {
        let why = "it is missing, and without it the keys in the database cannot be opened";
        return Err(unreadable(why.to_owned()).hint("bring it back from its backup"));
    }
    if !file.exists() {
        let bytes = Zeroizing::new(random_bytes::<MASTER_KEY_LEN>(random)?);
        let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // readable by its owner only, as tempfile makes files; of two processes the first one's key stays
        let mut new = tempfile::NamedTempFile::new_in(folder).map_err(|error| cannot_write(file, error))?;
        new.write_all(&*bytes).and_then(|()| new.as_file().sync_all()).map_err(|error| cannot_write(file, error))?;
        if let Err(error) = new.persist_noclobber(file)
            && error.error.kind() != std::io::ErrorKind::AlreadyExists
        {
            return Err(cannot_write(file, error.error));
        }
    }
    let bytes = Zeroizing::new(std::fs::read(file).map_err(|error| unreadable(format!("it cannot be read: {error}")))?);
    if bytes.len() != MASTER_KEY_LEN {
        return Err(unreadable(format!("it has {} bytes instead of {MASTER_KEY_LEN}", bytes.len())));
    }
    Ok(MasterKey::new(&bytes)?)
}
