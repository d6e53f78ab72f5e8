//! The built-in authority in SQLite.

use super::{SqliteTransaction, int, time_of, time_text, uint};
use crate::store::StoreError;
use crate::store::authority::{AuthorityTable, CaRow, IssuedRow};
use async_trait::async_trait;
use sqlx::{query, query_as, query_scalar};
use time::OffsetDateTime;

/// A certificate as the table has it.
struct Issued {
    ca: String,
    serial: Vec<u8>,
    certificate: Vec<u8>,
    revoked: Option<String>,
    reason: Option<i64>,
}

impl TryFrom<Issued> for IssuedRow {
    type Error = StoreError;
    fn try_from(i: Issued) -> Result<Self, StoreError> {
        let revoked = match &i.revoked {
            Some(time) => Some((time_of(time)?, uint(i.reason.unwrap_or_default())?)),
            None => None,
        };
        Ok(Self { ca: i.ca, serial: i.serial, certificate: i.certificate, revoked })
    }
}

#[async_trait]
impl AuthorityTable for SqliteTransaction {
    async fn ca(&mut self, name: &str) -> Result<Option<CaRow>, StoreError> {
        let found = query!("SELECT signing_key, crl, crl_number, crl_created FROM authority_ca WHERE name = ?", name);
        let Some(row) = found.fetch_optional(self.connection()).await? else { return Ok(None) };
        Ok(Some(CaRow {
            name: name.to_owned(),
            signing_key: row.signing_key,
            crl: row.crl,
            crl_number: uint(row.crl_number)?,
            crl_created: time_of(&row.crl_created)?,
        }))
    }

    async fn cas(&mut self) -> Result<Vec<CaRow>, StoreError> {
        let names = query_scalar!(r#"SELECT name AS "name!" FROM authority_ca ORDER BY name"#);
        let mut found = Vec::new();
        for name in names.fetch_all(self.connection()).await? {
            found.extend(self.ca(&name).await?);
        }
        Ok(found)
    }

    async fn put_ca(&mut self, ca: &CaRow) -> Result<(), StoreError> {
        let (number, created) = (int(ca.crl_number)?, time_text(ca.crl_created)?);
        query!(
            "INSERT INTO authority_ca (name, signing_key, crl, crl_number, crl_created) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (name) DO UPDATE SET crl = excluded.crl, crl_number = excluded.crl_number,
             crl_created = excluded.crl_created",
            ca.name,
            ca.signing_key,
            ca.crl,
            number,
            created
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn issued(&mut self, serial: &[u8]) -> Result<Vec<IssuedRow>, StoreError> {
        let found = query_as!(Issued, "SELECT * FROM issued_certificate WHERE serial = ? ORDER BY ca", serial);
        found.fetch_all(self.connection()).await?.into_iter().map(IssuedRow::try_from).collect()
    }

    async fn revoked(&mut self, ca: &str) -> Result<Vec<IssuedRow>, StoreError> {
        let found = query_as!(
            Issued,
            "SELECT * FROM issued_certificate WHERE ca = ? AND revoked IS NOT NULL ORDER BY revoked, serial",
            ca
        );
        found.fetch_all(self.connection()).await?.into_iter().map(IssuedRow::try_from).collect()
    }

    async fn all_issued(&mut self, after: Option<(&str, &[u8])>, most: u32) -> Result<Vec<IssuedRow>, StoreError> {
        let (ca, serial) = after.unwrap_or_default();
        let found = query_as!(
            Issued,
            "SELECT * FROM issued_certificate WHERE (ca, serial) > (?, ?) ORDER BY ca, serial LIMIT ?",
            ca,
            serial,
            most
        );
        found.fetch_all(self.connection()).await?.into_iter().map(IssuedRow::try_from).collect()
    }

    async fn put_issued(&mut self, issued: &IssuedRow) -> Result<(), StoreError> {
        let (time, reason) = issued.revoked.unzip();
        let time = time.map(time_text).transpose()?;
        query!(
            "INSERT INTO issued_certificate (ca, serial, certificate, revoked, reason) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (ca, serial) DO UPDATE SET revoked = excluded.revoked, reason = excluded.reason",
            issued.ca,
            issued.serial,
            issued.certificate,
            time,
            reason
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn time_stamp_counter(&mut self) -> Result<(u64, OffsetDateTime), StoreError> {
        let row = query!("SELECT serial, last FROM time_stamp_counter").fetch_one(self.connection()).await?;
        Ok((uint(row.serial)?, time_of(&row.last)?))
    }

    async fn put_time_stamp_counter(&mut self, serial: u64, last: OffsetDateTime) -> Result<(), StoreError> {
        let (serial, last) = (int(serial)?, time_text(last)?);
        query!("UPDATE time_stamp_counter SET serial = ?, last = ?", serial, last).execute(self.connection()).await?;
        Ok(())
    }
}
