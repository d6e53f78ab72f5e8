//! Fee catalogues against the log.

use super::Check;
use crate::auditor::merkle::sha256;
use crate::auditor::told::Told;
use crate::error::{Error, Kind, Result};
use crate::store::fees::FeeRow;

impl Check<'_> {
    /// Every unit's fee catalogue is the one that the log records last.
    pub(super) async fn fees(&mut self) -> Result<()> {
        let Some(tally) = self.told.and_then(Told::tally) else { return Ok(()) };
        let units = self.database.view().await.units().await?;
        for unit in units {
            let fees = self.database.view().await.fees_of(&unit.id).await?;
            let found = if fees.is_empty() { None } else { Some(digest(&fees)?) };
            if tally.catalogues.get(&unit.id) != found.as_ref() {
                self.fault(format!("unit {}: its fee catalogue is not the one that the log records", unit.id));
            }
        }
        Ok(())
    }
}

/// What the log keeps of a catalogue.
fn digest(fees: &[FeeRow]) -> Result<String> {
    let row = |fee: &FeeRow| {
        let day = |day: time::Date| day.to_string();
        serde_json::json!([fee.code, day(fee.valid_from), fee.valid_to.map(day), fee.definition])
    };
    let rows: Vec<_> = fees.iter().map(row).collect();
    let bytes = serde_json::to_vec(&rows).map_err(|e| Error::new(Kind::Bug, "audit.fees", "fee catalogue", e))?;
    Ok(format!("sha256:{}", hex::encode(sha256(&bytes))))
}
