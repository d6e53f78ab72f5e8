//! The data folder, opened: what every act of the office works with.
//!
//! | in it | what |
//! | --- | --- |
//! | `dauson.db` | the database: log, units, tokens, keys, documents, receipts, the built-in authority |
//! | `dauson.db-wal` | while a process has the database open, and mostly after it: what was committed last. It belongs to it: whoever copies the one copies the other |
//! | `blobs/` | the bytes of documents and receipts, by SHA-256; in `blobs/waiting/` while they wait for their transaction |
//! | `master.key` | the key that seals all other secrets, unless the configuration names another place, or custodians have it |
//! | `custodians.json` | how many custodians share the master key, and which split of it |
//! | `trust/` | trust anchors |
//! | `certs/`, `crls/` | further certificates and revocation lists that validations use |
//! | `cache/` | OCSP responses, revocation lists and certificates that were fetched |
//! | `dauson.toml` | settings |

pub mod master_key;

use crate::audit::Log;
use crate::auditor::verify::Insight;
use crate::error::Result;
use crate::keys::csc::Ask;
use crate::keys::{KeyRing, MasterKey, PERSONAL_KEY_LEN, PersonalKey, random_bytes};
use crate::net::http::Http;
use crate::output::cannot_write;
use crate::store::blobs::{Blobs, FolderBlobs};
use crate::store::sqlite::SqliteStore;
use crate::store::{Sha256, Store, Transaction};
use ring::rand::{SecureRandom, SystemRandom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use time::{Date, Duration, OffsetDateTime};
use zeroize::Zeroizing;

/// Vietnam's time zone; it has no summer time.
pub use crate::messages::VIETNAM;

pub use master_key::MasterHome;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// The name of the database in it.
pub const DATABASE: &str = "dauson.db";
/// The name of the folder of stored files in it.
pub const BLOBS: &str = "blobs";

/// How long a signing service may take to answer, unless the settings say otherwise.
const ANSWER: std::time::Duration = std::time::Duration::from_secs(20);

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
    /// What asks the remote signing services that have keys of the key store.
    pub signing_services: Arc<dyn Ask>,
    /// Where random numbers come from.
    pub random: Arc<dyn SecureRandom + Send + Sync>,
    /// The signing keys that are open in this process.
    pub keys: KeyRing,
    /// How keys with PINs are handled.
    pub key_rules: KeyRules,
    clock: Clock,
}

/// How keys with PINs are handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyRules {
    /// Wrong PINs after which a key takes none any more.
    pub pin_tries: u32,
    /// The longest shift for which a key is opened.
    pub longest_shift: Duration,
    /// How long a second custodian has to approve that a key is opened.
    pub approval: Duration,
}

impl Default for KeyRules {
    fn default() -> Self {
        Self { pin_tries: 5, longest_shift: Duration::hours(12), approval: Duration::minutes(10) }
    }
}

impl std::fmt::Debug for DataFolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataFolder").field("path", &self.path).finish_non_exhaustive()
    }
}

impl DataFolder {
    /// Opens the folder; what is not there yet is made: folder, database, master key, log.
    pub async fn open(path: &Path, master_key: impl Into<MasterHome>, clock: Clock) -> Result<Self> {
        make_private_folder(path)?;
        let random: Arc<dyn SecureRandom + Send + Sync> = Arc::new(SystemRandom::new());
        let database = path.join(DATABASE);
        let master = MasterKey::new(&*master_key.into().key(path, !database.exists(), &*random)?)?;
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&database).await?);
        let log = Log::open(&store, &master, &*random).await?;
        let personal = personal_key(&*store, &master, &*random).await?;
        let blobs = Arc::new(FolderBlobs::new(path.join(BLOBS)));
        let (keys, key_rules) = (KeyRing::default(), KeyRules::default());
        let signing_services = Arc::new(Http::new("", false, ANSWER)?);
        let path = path.to_owned();
        let folder =
            Self { path, store, blobs, log, master, personal, signing_services, random, keys, key_rules, clock };
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

    /// The room that is left on its disk, in bytes, where the system says.
    pub fn free_bytes(&self) -> Option<u64> {
        #[cfg(target_os = "linux")]
        {
            let disk = nix::sys::statvfs::statvfs(&self.path).ok()?;
            Some(disk.blocks_available().saturating_mul(disk.fragment_size()))
        }
        #[cfg(not(target_os = "linux"))]
        None
    }

    /// The time now.
    pub fn now(&self) -> OffsetDateTime {
        (self.clock)()
    }

    /// The day in Vietnam.
    pub fn today(&self) -> Date {
        self.now().to_offset(VIETNAM).date()
    }

    /// Random bytes.
    pub fn random<const N: usize>(&self) -> Result<[u8; N]> {
        Ok(random_bytes(&*self.random)?)
    }
}

impl Insight for DataFolder {
    fn pseudonym(&self, actor: &str) -> String {
        self.log.pseudonym(actor)
    }

    fn opened(&self, place: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.personal.open(place, sealed).ok()
    }

    fn found_by(&self, field: &str, value: &str) -> Vec<u8> {
        self.personal.index(field, value)
    }

    fn found_by_words(&self, unit: &str, name: &str) -> Vec<Vec<u8>> {
        self.personal.words(unit, name)
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

/// Makes a folder that only its owner can enter, if there is none.
pub fn make_private_folder(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| cannot_write(path, error))
}
