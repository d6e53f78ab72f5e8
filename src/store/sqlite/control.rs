//! Control over signing keys in SQLite.

use super::{SqliteTransaction, digest, time_of, time_text, uint};
use crate::store::control::{AskedRow, ControlTable, KeyControl, KeyRequestRow, TermsRow};
use crate::store::{Sha256, StoreError};
use async_trait::async_trait;
use sqlx::{query, query_as};

/// Control over a key as the table has it.
struct Control {
    key: String,
    certificate: Vec<u8>,
    has_pin: i64,
    tries: i64,
    two_person: i64,
    per_hour: Option<i64>,
    hour: i64,
    used: i64,
    one_time: Option<i64>,
    stopped: Option<String>,
    successor: Option<String>,
    succeeded: Option<String>,
    retires: Option<String>,
    destroyed: Option<String>,
    reason: Option<String>,
}

impl TryFrom<Control> for KeyControl {
    type Error = StoreError;
    fn try_from(c: Control) -> Result<Self, StoreError> {
        let time = |text: Option<String>| text.as_deref().map(time_of).transpose();
        Ok(Self {
            key: c.key,
            certificate: digest(&c.certificate)?,
            has_pin: c.has_pin != 0,
            tries: uint(c.tries)?,
            two_person: c.two_person != 0,
            per_hour: c.per_hour.map(uint).transpose()?,
            hour: c.hour,
            used: uint(c.used)?,
            one_time: c.one_time.map(uint).transpose()?,
            stopped: time(c.stopped)?,
            successor: c.successor,
            succeeded: time(c.succeeded)?,
            retires: time(c.retires)?,
            destroyed: time(c.destroyed)?,
            reason: c.reason,
        })
    }
}

/// A key that waits for its certificate as the table has it.
struct Waiting {
    id: String,
    unit: Option<String>,
    request: Vec<u8>,
    sealed: Vec<u8>,
    has_pin: i64,
    two_person: i64,
    per_hour: Option<i64>,
    created: String,
}

impl TryFrom<Waiting> for KeyRequestRow {
    type Error = StoreError;
    fn try_from(w: Waiting) -> Result<Self, StoreError> {
        let terms = TermsRow { two_person: w.two_person != 0, per_hour: w.per_hour.map(uint).transpose()? };
        let (has_pin, created) = (w.has_pin != 0, time_of(&w.created)?);
        Ok(Self { id: w.id, unit: w.unit, request: w.request, sealed: w.sealed, has_pin, terms, created })
    }
}

#[async_trait]
impl ControlTable for SqliteTransaction {
    async fn key_control(&mut self, key: &str) -> Result<Option<KeyControl>, StoreError> {
        let found = query_as!(
            Control,
            r#"SELECT key AS "key!", certificate, has_pin, tries, two_person, per_hour, hour, used, one_time, stopped,
               successor, succeeded, retires, destroyed, reason FROM key_control WHERE key = ?"#,
            key
        );
        found.fetch_optional(self.connection()).await?.map(KeyControl::try_from).transpose()
    }

    async fn key_controls_of(&mut self, certificate: &Sha256) -> Result<Vec<KeyControl>, StoreError> {
        let certificate = certificate.as_slice();
        let found = query_as!(
            Control,
            r#"SELECT key AS "key!", certificate, has_pin, tries, two_person, per_hour, hour, used, one_time, stopped,
               successor, succeeded, retires, destroyed, reason FROM key_control WHERE certificate = ? ORDER BY key"#,
            certificate
        );
        found.fetch_all(self.connection()).await?.into_iter().map(KeyControl::try_from).collect()
    }

    async fn put_key_control(&mut self, control: &KeyControl) -> Result<(), StoreError> {
        let time = |at: Option<time::OffsetDateTime>| at.map(time_text).transpose();
        let (stopped, succeeded) = (time(control.stopped)?, time(control.succeeded)?);
        let (retires, destroyed) = (time(control.retires)?, time(control.destroyed)?);
        let certificate = control.certificate.as_slice();
        query!(
            "INSERT INTO key_control (key, certificate, has_pin, tries, two_person, per_hour, hour, used, one_time, stopped,
             successor, succeeded, retires, destroyed, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (key) DO UPDATE SET certificate = excluded.certificate, has_pin = excluded.has_pin,
             tries = excluded.tries, two_person = excluded.two_person, per_hour = excluded.per_hour, hour = excluded.hour,
             used = excluded.used, one_time = excluded.one_time, stopped = excluded.stopped, successor = excluded.successor,
             succeeded = excluded.succeeded, retires = excluded.retires, destroyed = excluded.destroyed,
             reason = excluded.reason",
            control.key,
            certificate,
            control.has_pin,
            control.tries,
            control.two_person,
            control.per_hour,
            control.hour,
            control.used,
            control.one_time,
            stopped,
            control.successor,
            succeeded,
            retires,
            destroyed,
            control.reason
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn reseal_signing_key(&mut self, key: &str, sealed: &[u8]) -> Result<(), StoreError> {
        // what becomes free is overwritten with zeros (sqlite.org/pragma.html#pragma_secure_delete)
        query("PRAGMA secure_delete = ON").execute(self.connection()).await?;
        query!("UPDATE signing_key SET sealed = ? WHERE id = ?", sealed, key).execute(self.connection()).await?;
        query("PRAGMA secure_delete = OFF").execute(self.connection()).await?;
        Ok(())
    }

    async fn terms_asked(&mut self, key: &str) -> Result<Option<AskedRow>, StoreError> {
        let found = query!(
            r#"SELECT key AS "key!", two_person, per_hour, token, name, expires FROM key_terms_asked WHERE key = ?"#,
            key
        )
        .fetch_optional(self.connection())
        .await?;
        let Some(found) = found else { return Ok(None) };
        let per_hour = found.per_hour.map(uint).transpose()?;
        let terms = TermsRow { two_person: found.two_person != 0, per_hour };
        let expires = time_of(&found.expires)?;
        Ok(Some(AskedRow { key: found.key, terms, token: found.token, name: found.name, expires }))
    }

    async fn put_terms_asked(&mut self, asked: &AskedRow) -> Result<(), StoreError> {
        let AskedRow { key, terms, token, name, expires } = asked;
        let expires = time_text(*expires)?;
        query!(
            "INSERT INTO key_terms_asked (key, two_person, per_hour, token, name, expires) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (key) DO UPDATE SET two_person = excluded.two_person, per_hour = excluded.per_hour,
             token = excluded.token, name = excluded.name, expires = excluded.expires",
            key,
            terms.two_person,
            terms.per_hour,
            token,
            name,
            expires
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn remove_terms_asked(&mut self, key: &str) -> Result<(), StoreError> {
        query!("DELETE FROM key_terms_asked WHERE key = ?", key).execute(self.connection()).await?;
        Ok(())
    }

    async fn key_request(&mut self, id: &str) -> Result<Option<KeyRequestRow>, StoreError> {
        let found = query_as!(
            Waiting,
            r#"SELECT id AS "id!", unit, request, sealed, has_pin, two_person, per_hour, created FROM key_request
               WHERE id = ?"#,
            id
        );
        found.fetch_optional(self.connection()).await?.map(KeyRequestRow::try_from).transpose()
    }

    async fn key_requests(&mut self) -> Result<Vec<KeyRequestRow>, StoreError> {
        let found = query_as!(
            Waiting,
            r#"SELECT id AS "id!", unit, request, sealed, has_pin, two_person, per_hour, created FROM key_request
               ORDER BY id"#
        );
        found.fetch_all(self.connection()).await?.into_iter().map(KeyRequestRow::try_from).collect()
    }

    async fn put_key_request(&mut self, row: &KeyRequestRow) -> Result<(), StoreError> {
        let KeyRequestRow { id, unit, request, sealed, has_pin, terms, created } = row;
        let created = time_text(*created)?;
        query!(
            "INSERT INTO key_request (id, unit, request, sealed, has_pin, two_person, per_hour, created)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            unit,
            request,
            sealed,
            has_pin,
            terms.two_person,
            terms.per_hour,
            created
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn remove_key_request(&mut self, id: &str) -> Result<(), StoreError> {
        query("PRAGMA secure_delete = ON").execute(self.connection()).await?;
        query!("DELETE FROM key_request WHERE id = ?", id).execute(self.connection()).await?;
        query("PRAGMA secure_delete = OFF").execute(self.connection()).await?;
        Ok(())
    }
}
