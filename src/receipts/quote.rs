//! What a request would come to: its lines as the catalogue prices them, and their sum. Nothing is issued, no number is taken, and who pays is
//! not looked at.

use super::amount::Dong;
use super::catalogue::{self, FeeOf};
use super::fees;
use super::issue::Counter;
use super::order::{Line, Priced};
use super::request::Request;
use super::series::SeriesId;
use crate::error::Result;
use crate::store::Transaction;

/// What a request would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Its lines: several for one of the request where its fee has several prices.
    pub lines: Vec<Line>,
    /// Their sum.
    pub total: Dong,
    /// Where they differ from the catalogue, and that is let pass.
    pub warnings: Vec<String>,
}

impl Counter<'_> {
    /// What a request would come to today at this counter.
    pub async fn quote(&self, request: &Request) -> Result<Quote> {
        let mut tx = self.folder.store.read().await?;
        let unit = self.pricing(&mut *tx, request.series.as_deref()).await?;
        let day = self.folder.today();
        let (priced, warnings) = fees::priced(&mut *tx, &unit, request, day, self.prices).await?;
        let Priced { lines, total, .. } = priced.check_lines()?;
        Ok(Quote { lines, total, warnings })
    }

    /// The fees that can be collected today at this counter.
    pub async fn fees(&self) -> Result<Vec<FeeOf>> {
        let unit = self.pricing(&mut *self.folder.store.read().await?, None).await?;
        catalogue::in_force(self.folder, &unit, None).await
    }

    /// Whose catalogue counts: that of the unit whose series it is. Where none is named it is this counter's own, unless that has numbers of
    /// others only.
    async fn pricing(&self, tx: &mut dyn Transaction, series: Option<&str>) -> Result<String> {
        if let Some(id) = series.and_then(|text| text.parse::<SeriesId>().ok())
            && let Some(row) = tx.series(id.form.as_str(), id.symbol.as_str()).await?
        {
            return Ok(row.unit);
        }
        let own = self.unit.unwrap_or_default();
        if tx.all_series(Some(own)).await?.iter().all(|row| !row.is_open) {
            for range in tx.ranges_of(own).await?.into_iter().filter(|range| range.is_open) {
                if let Some(row) = tx.series(&range.form, &range.symbol).await? {
                    return Ok(row.unit);
                }
            }
        }
        Ok(own.to_owned())
    }
}
