//! Series and receipts in SQLite.

mod search;

pub(super) use search::paid_by;

use super::{SqliteTransaction, damaged, date_of, date_text, digest, int, time_of, time_text, uint};
use crate::store::receipts::{
    PayerDigest, RangeRow, ReceiptFilter, ReceiptRow, ReceiptTable, ReceiptTotal, SealedPayer, SeriesRow,
};
use crate::store::{Sha256, StoreError};
use async_trait::async_trait;
use search::search;
use sqlx::{query, query_as, query_scalar};
use time::Date;

/// A series as the table has it.
struct Series {
    form: String,
    symbol: String,
    unit: String,
    next: i64,
    last: i64,
    is_open: i64,
    channel: Option<String>,
    registration: Option<String>,
    denomination: Option<i64>,
    created: String,
    closed: Option<String>,
}

impl TryFrom<Series> for SeriesRow {
    type Error = StoreError;
    fn try_from(s: Series) -> Result<Self, StoreError> {
        Ok(Self {
            form: s.form,
            symbol: s.symbol,
            unit: s.unit,
            next: uint(s.next)?,
            last: uint(s.last)?,
            is_open: s.is_open != 0,
            channel: s.channel,
            registration: s.registration,
            denomination: s.denomination,
            created: time_of(&s.created)?,
            closed: s.closed.as_deref().map(time_of).transpose()?,
        })
    }
}

/// A range as the table has it.
struct Range {
    form: String,
    symbol: String,
    first: i64,
    last: i64,
    next: i64,
    delegate: String,
    is_open: i64,
    created: String,
}

impl TryFrom<Range> for RangeRow {
    type Error = StoreError;
    fn try_from(r: Range) -> Result<Self, StoreError> {
        Ok(Self {
            form: r.form,
            symbol: r.symbol,
            first: uint(r.first)?,
            last: uint(r.last)?,
            next: uint(r.next)?,
            delegate: r.delegate,
            is_open: r.is_open != 0,
            created: time_of(&r.created)?,
        })
    }
}

/// A receipt as the table has it.
#[derive(sqlx::FromRow)]
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
    delegate: Option<String>,
    dossier: Option<String>,
    reference: Option<String>,
    payment: Option<String>,
    payer: Vec<u8>,
    payer_name: Option<Vec<u8>>,
    payer_tax_code: Option<Vec<u8>>,
    payer_personal_id: Option<Vec<u8>>,
    notices: String,
    void_request: Option<String>,
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
            delegate: r.delegate,
            dossier: r.dossier,
            reference: r.reference,
            payment: r.payment,
            payer: SealedPayer {
                sealed: r.payer,
                name: r.payer_name,
                tax_code: r.payer_tax_code,
                personal_id: r.payer_personal_id,
            },
            notices: serde_json::from_str(&r.notices).map_err(|_| damaged("a receipt's notices cannot be read"))?,
            void_request: r
                .void_request
                .map(|text| serde_json::from_str(&text).map_err(|_| damaged("a request to void cannot be read")))
                .transpose()?,
        })
    }
}

#[async_trait]
impl ReceiptTable for SqliteTransaction {
    async fn put_series(&mut self, series: &SeriesRow) -> Result<(), StoreError> {
        let created = time_text(series.created)?;
        query!(
            "INSERT INTO series (form, symbol, unit, next, last, is_open, channel, registration, denomination, created)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            series.form,
            series.symbol,
            series.unit,
            series.next,
            series.last,
            series.is_open,
            series.channel,
            series.registration,
            series.denomination,
            created
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn series(&mut self, form: &str, symbol: &str) -> Result<Option<SeriesRow>, StoreError> {
        let found = query_as!(Series, "SELECT * FROM series WHERE form = ? AND symbol = ?", form, symbol);
        found.fetch_optional(self.connection()).await?.map(SeriesRow::try_from).transpose()
    }

    async fn all_series(&mut self, unit: Option<&str>) -> Result<Vec<SeriesRow>, StoreError> {
        let found = query_as!(Series, "SELECT * FROM series WHERE unit = ?1 OR ?1 IS NULL ORDER BY form, symbol", unit);
        found.fetch_all(self.connection()).await?.into_iter().map(SeriesRow::try_from).collect()
    }

    async fn update_series(&mut self, series: &SeriesRow) -> Result<(), StoreError> {
        let closed = series.closed.map(time_text).transpose()?;
        query!(
            "UPDATE series SET next = ?, is_open = ?, closed = ? WHERE form = ? AND symbol = ?",
            series.next,
            series.is_open,
            closed,
            series.form,
            series.symbol
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn put_range(&mut self, range: &RangeRow) -> Result<(), StoreError> {
        let created = time_text(range.created)?;
        query!(
            "INSERT INTO series_range (form, symbol, first, last, next, delegate, is_open, created)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            range.form,
            range.symbol,
            range.first,
            range.last,
            range.next,
            range.delegate,
            range.is_open,
            created
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn ranges(&mut self, form: &str, symbol: &str) -> Result<Vec<RangeRow>, StoreError> {
        let found =
            query_as!(Range, "SELECT * FROM series_range WHERE form = ? AND symbol = ? ORDER BY first", form, symbol);
        found.fetch_all(self.connection()).await?.into_iter().map(RangeRow::try_from).collect()
    }

    async fn ranges_of(&mut self, delegate: &str) -> Result<Vec<RangeRow>, StoreError> {
        let found =
            query_as!(Range, "SELECT * FROM series_range WHERE delegate = ? ORDER BY form, symbol, first", delegate);
        found.fetch_all(self.connection()).await?.into_iter().map(RangeRow::try_from).collect()
    }

    async fn update_range(&mut self, range: &RangeRow) -> Result<(), StoreError> {
        query!(
            "UPDATE series_range SET next = ?, is_open = ? WHERE form = ? AND symbol = ? AND first = ?",
            range.next,
            range.is_open,
            range.form,
            range.symbol,
            range.first
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
             log_index, log_size, replaces, replaced_by, reason, idempotency_key, request_sha256, delegate, dossier,
             reference, payment, payer, payer_name, payer_tax_code, payer_personal_id)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
            request,
            receipt.delegate,
            receipt.dossier,
            receipt.reference,
            receipt.payment,
            receipt.payer.sealed,
            receipt.payer.name,
            receipt.payer.tax_code,
            receipt.payer.personal_id
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

    async fn receipt_by_payment(&mut self, unit: &str, payment: &str) -> Result<Option<ReceiptRow>, StoreError> {
        let found = of_line!(query_as!(
            Receipt,
            "SELECT * FROM receipt WHERE unit IN (SELECT id FROM line) AND payment = ?2 AND state <> 'replaced'
             ORDER BY state = 'issued' DESC, date DESC, form DESC, symbol DESC, number DESC LIMIT 1",
            unit,
            payment
        ));
        found.fetch_optional(self.connection()).await?.map(ReceiptRow::try_from).transpose()
    }

    async fn receipts(&mut self, filter: &ReceiptFilter, most: u32) -> Result<Vec<ReceiptRow>, StoreError> {
        let mut filter = filter.clone();
        if let Some(PayerDigest::Words(words)) = &mut filter.payer {
            self.rarest_first(words).await?;
        }
        let found = search(&filter, most)?.build_query_as::<Receipt>().fetch_all(self.connection()).await?;
        found.into_iter().map(ReceiptRow::try_from).collect()
    }

    async fn put_payer_words(&mut self, receipt: &ReceiptRow, words: &[Vec<u8>]) -> Result<(), StoreError> {
        let day = date_text(receipt.date)?;
        for word in words {
            query!(
                "INSERT INTO payer_word (word, day, of_form, of_symbol, of_number) VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT DO NOTHING",
                word,
                day,
                receipt.form,
                receipt.symbol,
                receipt.number
            )
            .execute(self.connection())
            .await?;
        }
        if receipt.payer.name.is_some() {
            query!(
                "UPDATE receipt SET payer_name = NULL WHERE form = ? AND symbol = ? AND number = ?",
                receipt.form,
                receipt.symbol,
                receipt.number
            )
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }

    async fn has_payer_words(&mut self, receipt: &ReceiptRow, words: &[Vec<u8>]) -> Result<bool, StoreError> {
        let day = date_text(receipt.date)?;
        for word in words {
            let found = query_scalar!(
                r#"SELECT EXISTS (SELECT 1 FROM payer_word
                   WHERE word = ? AND day = ? AND of_form = ? AND of_symbol = ? AND of_number = ?) AS "found!: bool""#,
                word,
                day,
                receipt.form,
                receipt.symbol,
                receipt.number
            );
            if !found.fetch_one(self.connection()).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn receipts_without_words(&mut self, most: u32) -> Result<Vec<ReceiptRow>, StoreError> {
        let found = query_as!(
            Receipt,
            "SELECT * FROM receipt WHERE payer_name IS NOT NULL ORDER BY form, symbol, number LIMIT ?",
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
        let rows = of_line!(query!(
            r#"SELECT form AS "form!", symbol AS "symbol!", state AS "state!", count(*) AS "count!: i64",
                      sum(total / 1000000000) AS "high!: i64", sum(total % 1000000000) AS "low!: i64"
               FROM receipt WHERE unit IN (SELECT id FROM line) AND (?2 IS NULL OR date >= ?2) AND (?3 IS NULL OR date <= ?3)
               GROUP BY form, symbol, state ORDER BY form, symbol, state"#,
            unit,
            from,
            to
        ))
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
        let json = |error: serde_json::Error| StoreError::Damaged { what: error.to_string() };
        let notices = serde_json::to_string(&receipt.notices).map_err(json)?;
        let void_request = receipt.void_request.as_ref().map(serde_json::to_string).transpose().map_err(json)?;
        query!(
            "UPDATE receipt SET state = ?, replaced_by = ?, reason = ?, notices = ?, void_request = ?
             WHERE form = ? AND symbol = ? AND number = ?",
            receipt.state,
            receipt.replaced_by,
            receipt.reason,
            notices,
            void_request,
            receipt.form,
            receipt.symbol,
            receipt.number
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
