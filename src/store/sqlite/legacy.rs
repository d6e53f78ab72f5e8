//! Receipts of the law before in SQLite.

use super::receipts::paid_by;
use super::{SqliteTransaction, date_of, date_text, digest, int, time_of, time_text, uint};
use crate::store::StoreError;
use crate::store::legacy::{LegacyFile, LegacyFilter, LegacyRow, LegacyTable};
use crate::store::receipts::SealedPayer;
use async_trait::async_trait;
use sqlx::{QueryBuilder, Sqlite, query, query_as};

/// A receipt as the table has it.
#[derive(sqlx::FromRow)]
struct Legacy {
    unit: String,
    form: String,
    symbol: String,
    number: i64,
    date: String,
    total: i64,
    body: String,
    tax_code: String,
    code: String,
    payer: Vec<u8>,
    payer_name: Option<Vec<u8>>,
    payer_tax_code: Option<Vec<u8>>,
    payer_personal_id: Option<Vec<u8>>,
}

impl Legacy {
    fn row(self, files: Vec<LegacyFile>) -> Result<LegacyRow, StoreError> {
        Ok(LegacyRow {
            unit: self.unit,
            form: self.form,
            symbol: self.symbol,
            number: uint(self.number)?,
            date: date_of(&self.date)?,
            total: self.total,
            body: self.body,
            tax_code: self.tax_code,
            code: self.code,
            payer: SealedPayer {
                sealed: self.payer,
                name: self.payer_name,
                tax_code: self.payer_tax_code,
                personal_id: self.payer_personal_id,
            },
            files,
        })
    }
}

/// A file as the table has it.
struct Kept {
    kind: String,
    sha256: Vec<u8>,
    verdict: String,
    why: Option<String>,
    imported: String,
    log_index: i64,
}

impl TryFrom<Kept> for LegacyFile {
    type Error = StoreError;
    fn try_from(f: Kept) -> Result<Self, StoreError> {
        Ok(Self {
            kind: f.kind,
            sha256: digest(&f.sha256)?,
            verdict: f.verdict,
            why: f.why,
            imported: time_of(&f.imported)?,
            log_index: uint(f.log_index)?,
        })
    }
}

impl SqliteTransaction {
    async fn with_files(&mut self, found: Legacy) -> Result<LegacyRow, StoreError> {
        let files = query_as!(
            Kept,
            "SELECT kind, sha256, verdict, why, imported, log_index FROM legacy_file
             WHERE unit = ? AND form = ? AND symbol = ? AND number = ? ORDER BY kind DESC",
            found.unit,
            found.form,
            found.symbol,
            found.number
        );
        let files = files.fetch_all(self.connection()).await?;
        found.row(files.into_iter().map(LegacyFile::try_from).collect::<Result<_, _>>()?)
    }
}

#[async_trait]
impl LegacyTable for SqliteTransaction {
    async fn put_legacy(&mut self, receipt: &LegacyRow) -> Result<(), StoreError> {
        let date = date_text(receipt.date)?;
        query!(
            "INSERT INTO legacy_receipt (unit, form, symbol, number, date, total, body, tax_code, code, payer, payer_name,
             payer_tax_code, payer_personal_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            receipt.unit,
            receipt.form,
            receipt.symbol,
            receipt.number,
            date,
            receipt.total,
            receipt.body,
            receipt.tax_code,
            receipt.code,
            receipt.payer.sealed,
            receipt.payer.name,
            receipt.payer.tax_code,
            receipt.payer.personal_id
        )
        .execute(self.connection())
        .await?;
        for file in &receipt.files {
            self.put_legacy_file(receipt, file).await?;
        }
        Ok(())
    }

    async fn update_legacy(&mut self, receipt: &LegacyRow) -> Result<(), StoreError> {
        query!(
            "UPDATE legacy_receipt SET body = ?, tax_code = ?, payer = ?, payer_name = ?, payer_tax_code = ?,
             payer_personal_id = ? WHERE unit = ? AND form = ? AND symbol = ? AND number = ?",
            receipt.body,
            receipt.tax_code,
            receipt.payer.sealed,
            receipt.payer.name,
            receipt.payer.tax_code,
            receipt.payer.personal_id,
            receipt.unit,
            receipt.form,
            receipt.symbol,
            receipt.number
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn put_legacy_file(&mut self, receipt: &LegacyRow, file: &LegacyFile) -> Result<(), StoreError> {
        let (imported, log_index, sha256) = (time_text(file.imported)?, int(file.log_index)?, file.sha256.as_slice());
        query!(
            "INSERT INTO legacy_file (unit, form, symbol, number, kind, sha256, verdict, why, imported, log_index)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            receipt.unit,
            receipt.form,
            receipt.symbol,
            receipt.number,
            file.kind,
            sha256,
            file.verdict,
            file.why,
            imported,
            log_index
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn legacies(&mut self, filter: &LegacyFilter, most: u32) -> Result<Vec<LegacyRow>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM legacy_receipt WHERE 1 = 1");
        if let Some(unit) = &filter.unit {
            query.push(" AND unit = ").push_bind(unit);
        }
        if let Some((form, symbol, number)) = &filter.id {
            query.push(" AND form = ").push_bind(form).push(" AND symbol = ").push_bind(symbol);
            query.push(" AND number = ").push_bind(number);
        }
        if let Some(total) = filter.total {
            query.push(" AND total = ").push_bind(total);
        }
        paid_by(&mut query, filter.payer.as_ref());
        for (bound, day) in [(" AND date >= ", filter.from), (" AND date <= ", filter.to)] {
            if let Some(day) = day {
                query.push(bound).push_bind(date_text(day)?);
            }
        }
        if let Some((unit, form, symbol, number)) = &filter.after {
            query.push(" AND (unit, form, symbol, number) > (").push_bind(unit).push(", ").push_bind(form);
            query.push(", ").push_bind(symbol).push(", ").push_bind(number).push(")");
        }
        query.push(" ORDER BY unit, form, symbol, number LIMIT ").push_bind(most);
        let found = query.build_query_as::<Legacy>().fetch_all(self.connection()).await?;
        let mut rows = Vec::with_capacity(found.len());
        for receipt in found {
            rows.push(self.with_files(receipt).await?);
        }
        Ok(rows)
    }

    async fn legacy_by_code(&mut self, code: &str) -> Result<Option<LegacyRow>, StoreError> {
        let found = query_as!(Legacy, "SELECT * FROM legacy_receipt WHERE code = ?", code);
        match found.fetch_optional(self.connection()).await? {
            Some(found) => Ok(Some(self.with_files(found).await?)),
            None => Ok(None),
        }
    }
}
