//! What counts once, and for some minutes: challenges, and what a browser carries through a login elsewhere. The master key vouches for it, so
//! it says itself what it is for and until when, in all processes, and strangers who ask for many of them fill no table and make nobody wait;
//! only what was used is kept, until it would not count any more by itself.

use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::store::Transaction;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// How long it counts: as long as somebody looks for a security key, or types a password elsewhere.
pub const LIFETIME: Duration = Duration::minutes(10);
/// Characters of the longest one.
const LONGEST: usize = 4_096;

/// Bytes at its end that vouch for it.
const TAG: usize = 32;

/// What it says.
#[derive(Serialize, Deserialize)]
struct Said<T> {
    /// 128 random bits, hexadecimal: nobody knows one before it was given out.
    random: String,
    /// Until when it counts, in seconds since 1970.
    until: i64,
    /// What it is about.
    about: T,
}

/// One that was given out and has come back.
pub struct Once<T> {
    /// What it is about.
    pub about: T,
    hash: [u8; 32],
    until: OffsetDateTime,
}

fn name(purpose: &str) -> String {
    format!("once:{purpose}")
}

/// Gives one out for a purpose; what it is about, which is no secret, comes back with it. No two are alike.
pub fn give(folder: &DataFolder, purpose: &str, about: &impl Serialize) -> Result<String> {
    let until = folder.now().saturating_add(LIFETIME).unix_timestamp();
    let said = Said { random: hex::encode(folder.random::<16>()?), until, about };
    let bug = |error| Error::new(Kind::Bug, "once.said", purpose, error);
    let mut bytes = serde_json::to_vec(&said).map_err(bug)?;
    let tag = folder.master.vouch(&name(purpose), &bytes);
    bytes.extend(tag);
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Reads one that has come back; none if it was not given out for this purpose, or is too old.
pub fn read<T: DeserializeOwned>(folder: &DataFolder, purpose: &str, text: &str) -> Option<Once<T>> {
    let bytes = Some(text).filter(|text| text.len() <= LONGEST).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())?;
    let (said, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG)?)?;
    if !folder.master.is_vouched(&name(purpose), said, tag) {
        return None;
    }
    let Said { until, about, .. } = serde_json::from_slice(said).ok()?;
    let until = OffsetDateTime::from_unix_timestamp(until).ok().filter(|until| folder.now() < *until)?;
    Some(Once { about, hash: sha256(&bytes), until })
}

impl<T> Once<T> {
    /// Uses it up, in a transaction that is under way; false if that was done before.
    pub async fn spend(&self, folder: &DataFolder, tx: &mut dyn Transaction) -> Result<bool> {
        Ok(tx.spend(&self.hash, self.until, folder.now()).await?)
    }
}
