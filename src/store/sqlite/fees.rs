//! The fee catalogue in SQLite.

use super::{SqliteTransaction, date_of, date_text};
use crate::store::StoreError;
use crate::store::fees::{FeeRow, FeeTable};
use async_trait::async_trait;
use sqlx::{query, query_as, query_scalar};
use time::Date;

/// A fee as the table has it.
struct Fee {
    unit: String,
    code: String,
    valid_from: String,
    valid_to: Option<String>,
    definition: String,
}

impl TryFrom<Fee> for FeeRow {
    type Error = StoreError;
    fn try_from(f: Fee) -> Result<Self, StoreError> {
        let (valid_from, valid_to) = (date_of(&f.valid_from)?, f.valid_to.as_deref().map(date_of).transpose()?);
        Ok(Self { unit: f.unit, code: f.code, valid_from, valid_to, definition: f.definition })
    }
}

#[async_trait]
impl FeeTable for SqliteTransaction {
    async fn fee_in_force(&mut self, unit: &str, code: &str, day: Date) -> Result<Option<FeeRow>, StoreError> {
        let day = date_text(day)?;
        let found = of_units_above!(query_as!(
            Fee,
            r#"SELECT f.unit AS "unit!", f.code AS "code!", f.valid_from AS "valid_from!", f.valid_to AS "valid_to?: String",
                      f.definition AS "definition!"
               FROM up JOIN fee f ON f.unit = up.id
               WHERE f.code = ?2 AND f.valid_from <= ?3 AND (f.valid_to IS NULL OR f.valid_to >= ?3)
               ORDER BY up.depth LIMIT 1"#,
            unit,
            code,
            day
        ));
        found.fetch_optional(self.connection()).await?.map(FeeRow::try_from).transpose()
    }

    async fn fees_in_force(&mut self, unit: &str, day: Date) -> Result<Vec<FeeRow>, StoreError> {
        let day = date_text(day)?;
        let found = of_units_above!(query_as!(
            Fee,
            r#"SELECT f.unit AS "unit!", f.code AS "code!", f.valid_from AS "valid_from!", f.valid_to AS "valid_to?: String",
                      f.definition AS "definition!"
               FROM up JOIN fee f ON f.unit = up.id
               WHERE f.valid_from <= ?2 AND (f.valid_to IS NULL OR f.valid_to >= ?2)
               ORDER BY f.code, up.depth"#,
            unit,
            day
        ));
        let mut fees: Vec<FeeRow> =
            found.fetch_all(self.connection()).await?.into_iter().map(FeeRow::try_from).collect::<Result<_, _>>()?;
        // of one code, the nearest unit's comes first
        fees.dedup_by(|later, first| later.code == first.code);
        Ok(fees)
    }

    async fn has_fees(&mut self, unit: &str) -> Result<bool, StoreError> {
        let found = of_units_above!(query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM up JOIN fee f ON f.unit = up.id) AS "found!: i64""#,
            unit
        ));
        Ok(found.fetch_one(self.connection()).await? != 0)
    }

    async fn fees_of(&mut self, unit: &str) -> Result<Vec<FeeRow>, StoreError> {
        let found = query_as!(
            Fee,
            "SELECT unit, code, valid_from, valid_to, definition FROM fee WHERE unit = ? ORDER BY code, valid_from",
            unit
        );
        found.fetch_all(self.connection()).await?.into_iter().map(FeeRow::try_from).collect()
    }

    async fn put_fee(&mut self, fee: &FeeRow) -> Result<(), StoreError> {
        let (from, to) = (date_text(fee.valid_from)?, fee.valid_to.map(date_text).transpose()?);
        query!(
            "INSERT INTO fee (unit, code, valid_from, valid_to, definition) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (unit, code, valid_from) DO UPDATE SET valid_to = excluded.valid_to,
             definition = excluded.definition",
            fee.unit,
            fee.code,
            from,
            to,
            fee.definition
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
