//! The homes of the master key: a file, the environment, or custodians who each have a share of it.

use crate::error::{Error, Kind, Result};
use crate::keys::shares::{Share, ShareError, join};
use crate::keys::{MASTER_KEY_LEN, random_bytes};
use crate::output::{cannot_write, write_file};
use ring::rand::SecureRandom;
use serde::{Deserialize, Serialize};
use std::io::{Seek as _, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The master key's bytes.
pub type MasterBytes = Zeroizing<[u8; MASTER_KEY_LEN]>;

/// What the data folder knows of the custodians; it says nothing about the key.
const CUSTODIANS: &str = "custodians.json";

/// Where the master key is.
#[derive(Debug, Clone)]
pub enum MasterHome {
    /// In a file, which is made for a data folder that is new.
    File(PathBuf),
    /// Somebody has brought it.
    Given(MasterBytes),
    /// With custodians, some of whom have brought their shares.
    Custodians(Vec<Share>),
}

impl From<&Path> for MasterHome {
    fn from(file: &Path) -> Self {
        Self::File(file.to_owned())
    }
}

impl From<&PathBuf> for MasterHome {
    fn from(file: &PathBuf) -> Self {
        Self::File(file.clone())
    }
}

/// Into how many shares the master key of a data folder was split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Custodians {
    /// What tells this split from others, hexadecimal.
    pub split: String,
    /// Shares that are needed.
    pub need: u8,
    /// Shares that were made.
    pub of: u8,
}

impl Custodians {
    /// Those of a data folder; none if its master key was not split.
    pub fn of(folder: &Path) -> Result<Option<Self>> {
        let file = folder.join(CUSTODIANS);
        let wrong = |why: String| Error::new(Kind::BadInput, "master_key.custodians", file.display().to_string(), why);
        match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| wrong(error.to_string())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(wrong(error.to_string())),
        }
    }

    /// Those that have these shares.
    pub fn with(share: &Share) -> Self {
        Self { split: hex::encode(share.split), need: share.need, of: share.of }
    }

    /// Keeps in a data folder that these have its master key.
    pub fn keep(&self, folder: &Path) -> Result<()> {
        let bug = |error| Error::new(Kind::Bug, "master_key.custodians", CUSTODIANS, error);
        write_file(&folder.join(CUSTODIANS), &serde_json::to_vec(self).map_err(bug)?, true)
    }
}

/// What is wrong with shares, in words for whoever brought them.
pub fn share_error(what: &str, error: &ShareError) -> Error {
    let (kind, code) = match error {
        ShareError::Other => (Kind::BadInput, "share.unreadable"),
        ShareError::Damaged => (Kind::BadInput, "share.damaged"),
        ShareError::Twice { .. } => (Kind::BadInput, "share.twice"),
        ShareError::Foreign { .. } => (Kind::NotAllowed, "share.foreign"),
        ShareError::TooFew { .. } => (Kind::NotAllowed, "share.too_few"),
    };
    let error = Error::new(kind, code, what, error);
    if code == "share.too_few" { error.hint("--share-file, once for each share") } else { error }
}

impl MasterHome {
    /// The master key of a data folder; a file is made for one that is new.
    pub fn key(&self, folder: &Path, is_new: bool, random: &dyn SecureRandom) -> Result<MasterBytes> {
        match self {
            Self::File(file) => in_file(file, folder, is_new, random),
            Self::Given(key) => Ok(key.clone()),
            Self::Custodians(shares) => with_custodians(shares, folder),
        }
    }
}

fn with_custodians(shares: &[Share], folder: &Path) -> Result<MasterBytes> {
    let what = "the master key";
    let Some(custodians) = Custodians::of(folder)? else {
        let why = "that of this data folder was not split among custodians";
        return Err(Error::new(Kind::Usage, "share.not_split", what, why));
    };
    for share in shares {
        if Custodians::with(share) != custodians {
            let why = format!("share {} is of another data folder, or of an earlier split", share.number);
            return Err(Error::new(Kind::NotAllowed, "share.foreign", what, why));
        }
    }
    join(shares).map_err(|error| share_error(what, &error))
}

/// Reads the master key from its file; makes it for a folder that is new.
fn in_file(file: &Path, data: &Path, is_new: bool, random: &dyn SecureRandom) -> Result<MasterBytes> {
    let unreadable =
        |why: String| Error::new(Kind::NotAllowed, "master_key", format!("master key {}", file.display()), why);
    if !file.exists() && !is_new {
        if let Some(Custodians { need, of, .. }) = Custodians::of(data)? {
            let why = format!("it is with {of} custodians, of whom {need} are needed");
            return Err(unreadable(why).hint("--share-file, once for each share"));
        }
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
    let mut key = MasterBytes::default();
    if bytes.len() != key.len() {
        return Err(unreadable(format!("it has {} bytes instead of {MASTER_KEY_LEN}", bytes.len())));
    }
    key.copy_from_slice(&bytes);
    Ok(key)
}

/// Removes a file with a master key that is somewhere else now; its bytes are overwritten first, as far as the disk does that.
pub fn remove_file(file: &Path) -> Result<()> {
    let overwrite = || {
        let mut open = std::fs::OpenOptions::new().write(true).open(file)?;
        open.rewind()?;
        open.write_all(&[0; MASTER_KEY_LEN])?;
        open.sync_all()?;
        std::fs::remove_file(file)
    };
    overwrite().map_err(|error| cannot_write(file, error))
}
