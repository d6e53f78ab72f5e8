//! The time-stamping authority.
//!
//! A serial number is taken, durably, before the token with it is signed: a crash in between leaves a gap, and no number
//! is ever used twice.

use super::{TSA_KEY, key};
use crate::authority::tsa::{Refusal, Tsa};
use crate::cms::oid;
use crate::cms::tsp::PkiFailureInfo;
use crate::data_folder::DataFolder;
use crate::error::Result;
use time::{Duration, OffsetDateTime};

/// By how much the clock may be wrong: what NTP keeps well within, even over a poor line.
const ACCURACY: Duration = Duration::SECOND;

/// The TimeStampResp to a TimeStampReq: with a token, or with the reason why there is none.
pub async fn time_stamp(folder: &DataFolder, request: &[u8]) -> Result<Vec<u8>> {
    let key = key(folder, TSA_KEY).await?;
    let tsa = Tsa { key: &*key, policy: oid::DAUSON_TSA_POLICY, accuracy: ACCURACY };
    let granted = match tsa.accept(request) {
        Err(refusal) => Err(refusal),
        Ok(request) => match take_serial(folder).await? {
            Some((serial, now)) => tsa.grant(request, serial, now).await,
            None => Err(Refusal::new(PkiFailureInfo::TimeNotAvailable, "the TSA's clock was set back")),
        },
    };
    Ok(granted.unwrap_or_else(|refusal| refusal.response()))
}

/// The next serial number, and the time; none if the clock says that the last token is from the future.
async fn take_serial(folder: &DataFolder) -> Result<Option<(u64, OffsetDateTime)>> {
    let mut tx = folder.store.write().await?;
    // now, not before the transaction waited for others
    let now = folder.now();
    let (serial, last) = tx.time_stamp_counter().await?;
    if now.saturating_add(ACCURACY) < last {
        return Ok(None);
    }
    tx.put_time_stamp_counter(serial.saturating_add(1), now.max(last)).await?;
    tx.commit().await?;
    Ok(Some((serial, now)))
}
