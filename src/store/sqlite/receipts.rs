//! Series and receipts in SQLite.

use super::{SqliteTransaction, date_of, date_text, digest, int, time_of, time_text, uint};
use crate::store::receipts::{ReceiptFilter, ReceiptRow, ReceiptTable, ReceiptTotal, SeriesRow};
use crate::store::{Sha256, StoreError};
use async_trait::async_trait;
use sqlx::{query, query_as};
use time::Date;

/// A series as the table has it.
struct Series {
    form: String,
    symbol: String,
    unit: String,
    next: i64,
    is_open: i64,
    created: String,
}

impl TryFrom<Series> for SeriesRow {
    type Error = StoreError;
    fn try_from(s: Series) -> Result<Self, StoreError> {
        let (next, created) = (uint(s.next)?, time_of(&s.created)?);
        Ok(Self { form: s.form, symbol: s.symbol, unit: s.unit, next, is_open: s.is_open != 0, created })
    }
}

/// A receipt as the table has it.
struct Receipt {
    form: String,
    symbol: String,
    number: i64,
    unit: String,
    date: String,
    state: String,
    total: i64,
    code: String,
    xml_sha256: Vec<u8>,
    pdf_sha256: Vec<u8>,
    log_index: i64,
    log_size: i64,
    replaces: Option<String>,
    replaced_by: Option<String>,
    reason: Option<String>,
    idempotency_key: Option<String>,
    request_sha256: Vec<u8>,
}

impl TryFrom<Receipt> for ReceiptRow {
    type Error = StoreError;
    fn try_from(r: Receipt) -> Result<Self, StoreError> {
        Ok(Self {
            form: r.form,
            symbol: r.symbol,
            number: uint(r.number)?,
            unit: r.unit,
            date: date_of(&r.date)?,
            state: r.state,
            total: r.total,
            code: r.code,
            xml_sha256: digest(&r.xml_sha256)?,
            pdf_sha256: digest(&r.pdf_sha256)?,
            log_index: uint(r.log_index)?,
            log_size: uint(r.log_size)?,
            replaces: r.replaces,
            replaced_by: r.replaced_by,
            reason: r.reason,
            idempotency_key: r.idempotency_key,
            request_sha256: digest(&r.request_sha256)?,
        })
    }
}

#[async_trait]
impl ReceiptTable for SqliteTransaction {
    async fn put_series(&mut self, series: &SeriesRow) -> Result<(), StoreError> {
        let created = time_text(series.created)?;
        query!(
            "INSERT INTO series (form, symbol, unit, next, is_open, created) VALUES (?, ?, ?, ?, ?, ?)",
            series.form,
            series.symbol,
            series.unit,
            series.next,
            series.is_open,
            created
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn series(&mut self, form: &str, symbol: &str) -> Result<Option<SeriesRow>, StoreError> {
        let found = query_as!(
            Series,
            "SELECT form, symbol, unit, next, is_open, created FROM series WHERE form = ? AND symbol = ?",
            form,
            symbol
        );
        found.fetch_optional(self.connection()).await?.map(SeriesRow::try_from).transpose()
    }

    async fn all_series(&mut self, unit: Option<&str>) -> Result<Vec<SeriesRow>, StoreError> {
        let found = query_as!(
            Series,
            "SELECT form, symbol, unit, next, is_open, created FROM series WHERE unit = ?1 OR ?1 IS NULL
             ORDER BY form, symbol",
            unit
        );
        found.fetch_all(self.connection()).await?.into_iter().map(SeriesRow::try_from).collect()
    }

    async fn update_series(&mut self, series: &SeriesRow) -> Result<(), StoreError> {
        query!(
            "UPDATE series SET next = ?, is_open = ? WHERE form = ? AND symbol = ?",
            series.next,
            series.is_open,
            series.form,
            series.symbol
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn put_receipt(&mut self, receipt: &ReceiptRow) -> Result<(), StoreError> {
        let (date, log_index, log_size) = (date_text(receipt.date)?, int(receipt.log_index)?, int(receipt.log_size)?);
        let (xml, pdf) = (receipt.xml_sha256.as_slice(), receipt.pdf_sha256.as_slice());
        let request = receipt.request_sha256.as_slice();
        query!(
            "INSERT INTO receipt (form, symbol, number, unit, date, state, total, code, xml_sha256, pdf_sha256,
             log_index, log_size, replaces, replaced_by, reason, idempotency_key, request_sha256)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            receipt.form,
            receipt.symbol,
            receipt.number,
            receipt.unit,
            date,
            receipt.state,
            receipt.total,
            receipt.code,
            xml,
            pdf,
            log_index,
            log_size,
            receipt.replaces,
            receipt.replaced_by,
            receipt.reason,
            receipt.idempotency_key,
            request
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn receipt(&mut self, form: &str, symbol: &str, number: u32) -> Result<Option<ReceiptRow>, StoreError> {
        let found = query_as!(
            Receipt,
            "SELECT * FROM receipt WHERE form = ? AND symbol = ? AND number = ?",
            form,
            symbol,
            number
        );
        found.fetch_optional(self.connection()).await?.map(ReceiptRow::try_from).transpose()
    }

    async fn receipt_by_code(&mut self, code: &str) -> Result<Option<ReceiptRow>, StoreError> {
        let found = query_as!(Receipt, "SELECT * FROM receipt WHERE code = ?", code);
        found.fetch_optional(self.connection()).await?.map(ReceiptRow::try_from).transpose()
    }

    async fn receipt_by_file(&mut self, sha256: &Sha256) -> Result<Option<ReceiptRow>, StoreError> {
        let sha256 = sha256.as_slice();
        let found = query_as!(Receipt, "SELECT * FROM receipt WHERE xml_sha256 = ?1 OR pdf_sha256 = ?1", sha256);
        found.fetch_optional(self.connection()).await?.map(ReceiptRow::try_from).transpose()
    }

    async fn receipt_by_idempotency_key(&mut self, key: &str) -> Result<Option<ReceiptRow>, StoreError> {
        let found = query_as!(Receipt, "SELECT * FROM receipt WHERE idempotency_key = ?", key);
        found.fetch_optional(self.connection()).await?.map(ReceiptRow::try_from).transpose()
    }

    async fn receipts(&mut self, filter: &ReceiptFilter, most: u32) -> Result<Vec<ReceiptRow>, StoreError> {
        let (from, to) = (filter.from.map(date_text).transpose()?, filter.to.map(date_text).transpose()?);
        let (form, symbol) = filter.series.clone().unzip();
        let after = filter.after.clone().unwrap_or_default();
        let found = query_as!(
            Receipt,
            "SELECT * FROM receipt WHERE (form, symbol, number) > (?1, ?2, ?3)
             AND (?4 IS NULL OR unit = ?4) AND (?5 IS NULL OR form = ?5) AND (?6 IS NULL OR symbol = ?6)
             AND (?7 IS NULL OR state = ?7) AND (?8 IS NULL OR date >= ?8) AND (?9 IS NULL OR date <= ?9)
             ORDER BY form, symbol, number LIMIT ?10",
            after.0,
            after.1,
            after.2,
            filter.unit,
            form,
            symbol,
            filter.state,
            from,
            to,
            most
        );
        found.fetch_all(self.connection()).await?.into_iter().map(ReceiptRow::try_from).collect()
    }

    async fn receipt_totals(
        &mut self,
        unit: &str,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<Vec<ReceiptTotal>, StoreError> {
        let (from, to) = (from.map(date_text).transpose()?, to.map(date_text).transpose()?);
        // summed in two halves, since a sum of dong may be beyond 64 bits, and SQLite's sum then fails
        let rows = query!(
            r#"SELECT form, symbol, state, count(*) AS "count!: i64",
                      sum(total / 1000000000) AS "high!: i64", sum(total % 1000000000) AS "low!: i64"
               FROM receipt WHERE unit = ?1 AND (?2 IS NULL OR date >= ?2) AND (?3 IS NULL OR date <= ?3)
               GROUP BY form, symbol, state ORDER BY form, symbol, state"#,
            unit,
            from,
            to
        )
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(|r| {
                let total = i128::from(r.high) * 1_000_000_000 + i128::from(r.low);
                Ok(ReceiptTotal { form: r.form, symbol: r.symbol, state: r.state, count: uint(r.count)?, total })
            })
            .collect()
    }

    async fn update_receipt(&mut self, receipt: &ReceiptRow) -> Result<(), StoreError> {
        query!(
            "UPDATE receipt SET state = ?, replaced_by = ?, reason = ? WHERE form = ? AND symbol = ? AND number = ?",
            receipt.state,
            receipt.replaced_by,
            receipt.reason,
            receipt.form,
            receipt.symbol,
            receipt.number
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
