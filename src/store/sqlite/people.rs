//! Units, tokens, keys and secrets in SQLite.

use super::{SqliteTransaction, digest, time_of, time_text};
use crate::store::people::{KeyRow, PeopleTable, TokenRow, UnitRow};
use crate::store::{Sha256, StoreError};
use async_trait::async_trait;
use sqlx::{query, query_as, query_scalar};
use time::OffsetDateTime;

/// A signing key as the table has it.
struct Key {
    id: String,
    unit: Option<String>,
    certificate: Vec<u8>,
    chain: Vec<u8>,
    sealed: Vec<u8>,
    created: String,
}

impl TryFrom<Key> for KeyRow {
    type Error = StoreError;
    fn try_from(k: Key) -> Result<Self, StoreError> {
        let created = time_of(&k.created)?;
        Ok(Self { id: k.id, unit: k.unit, certificate: k.certificate, chain: k.chain, sealed: k.sealed, created })
    }
}

/// A token as the table has it.
struct Token {
    id: String,
    hash: Vec<u8>,
    name: String,
    unit: String,
    role: String,
    signing_key: Option<String>,
    created: String,
    expires: String,
    revoked: Option<String>,
}

impl TryFrom<Token> for TokenRow {
    type Error = StoreError;
    fn try_from(t: Token) -> Result<Self, StoreError> {
        Ok(Self {
            id: t.id,
            hash: digest(&t.hash)?,
            name: t.name,
            unit: t.unit,
            role: t.role,
            signing_key: t.signing_key,
            created: time_of(&t.created)?,
            expires: time_of(&t.expires)?,
            revoked: t.revoked.as_deref().map(time_of).transpose()?,
        })
    }
}

#[async_trait]
impl PeopleTable for SqliteTransaction {
    async fn secret(&mut self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(query_scalar!("SELECT sealed FROM secret WHERE name = ?", name).fetch_optional(self.connection()).await?)
    }

    async fn put_secret(&mut self, name: &str, sealed: &[u8]) -> Result<(), StoreError> {
        query!("INSERT INTO secret (name, sealed) VALUES (?, ?)", name, sealed).execute(self.connection()).await?;
        Ok(())
    }

    async fn remove_secret(&mut self, name: &str) -> Result<(), StoreError> {
        query!("DELETE FROM secret WHERE name = ?", name).execute(self.connection()).await?;
        Ok(())
    }

    async fn unit(&mut self, id: &str) -> Result<Option<UnitRow>, StoreError> {
        let unit = query_as!(
            UnitRow,
            r#"SELECT id AS "id!", name, tax_code, address, phone, account, receipt_key, parent FROM unit WHERE id = ?"#,
            id
        );
        Ok(unit.fetch_optional(self.connection()).await?)
    }

    async fn units(&mut self) -> Result<Vec<UnitRow>, StoreError> {
        let units = query_as!(
            UnitRow,
            r#"SELECT id AS "id!", name, tax_code, address, phone, account, receipt_key, parent FROM unit ORDER BY id"#
        );
        Ok(units.fetch_all(self.connection()).await?)
    }

    async fn put_unit(&mut self, unit: &UnitRow) -> Result<(), StoreError> {
        query!(
            "INSERT INTO unit (id, name, tax_code, address, phone, account, receipt_key, parent)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, tax_code = excluded.tax_code,
             address = excluded.address, phone = excluded.phone, account = excluded.account,
             receipt_key = excluded.receipt_key, parent = excluded.parent",
            unit.id,
            unit.name,
            unit.tax_code,
            unit.address,
            unit.phone,
            unit.account,
            unit.receipt_key,
            unit.parent
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn logo(&mut self, unit: &str) -> Result<Option<Sha256>, StoreError> {
        let found = query_scalar!("SELECT logo FROM unit WHERE id = ?", unit).fetch_optional(self.connection()).await?;
        found.flatten().as_deref().map(digest).transpose()
    }

    async fn put_logo(&mut self, unit: &str, logo: Option<&Sha256>) -> Result<(), StoreError> {
        let logo = logo.map(Sha256::as_slice);
        query!("UPDATE unit SET logo = ? WHERE id = ?", logo, unit).execute(self.connection()).await?;
        Ok(())
    }

    async fn signing_key(&mut self, id: &str) -> Result<Option<KeyRow>, StoreError> {
        let key = query_as!(
            Key,
            r#"SELECT id AS "id!", unit, certificate, chain, sealed, created FROM signing_key WHERE id = ?"#,
            id
        );
        key.fetch_optional(self.connection()).await?.map(KeyRow::try_from).transpose()
    }

    async fn signing_keys(&mut self) -> Result<Vec<KeyRow>, StoreError> {
        let keys = query_as!(
            Key,
            r#"SELECT id AS "id!", unit, certificate, chain, sealed, created FROM signing_key ORDER BY id"#
        );
        keys.fetch_all(self.connection()).await?.into_iter().map(KeyRow::try_from).collect()
    }

    async fn put_signing_key(&mut self, key: &KeyRow) -> Result<(), StoreError> {
        let created = time_text(key.created)?;
        query!(
            "INSERT INTO signing_key (id, unit, certificate, chain, sealed, created) VALUES (?, ?, ?, ?, ?, ?)",
            key.id,
            key.unit,
            key.certificate,
            key.chain,
            key.sealed,
            created
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn token_by_hash(&mut self, hash: &Sha256) -> Result<Option<TokenRow>, StoreError> {
        let hash = hash.as_slice();
        let token = query_as!(
            Token,
            r#"SELECT id AS "id!", hash, name, unit, role, signing_key, created, expires, revoked
               FROM token WHERE hash = ?"#,
            hash
        );
        token.fetch_optional(self.connection()).await?.map(TokenRow::try_from).transpose()
    }

    async fn token(&mut self, id: &str) -> Result<Option<TokenRow>, StoreError> {
        let token = query_as!(
            Token,
            r#"SELECT id AS "id!", hash, name, unit, role, signing_key, created, expires, revoked
               FROM token WHERE id = ?"#,
            id
        );
        token.fetch_optional(self.connection()).await?.map(TokenRow::try_from).transpose()
    }

    async fn tokens(&mut self) -> Result<Vec<TokenRow>, StoreError> {
        let tokens = query_as!(
            Token,
            r#"SELECT id AS "id!", hash, name, unit, role, signing_key, created, expires, revoked
               FROM token ORDER BY created, id"#
        );
        tokens.fetch_all(self.connection()).await?.into_iter().map(TokenRow::try_from).collect()
    }

    async fn has_role(&mut self, unit: &str, role: &str, at: OffsetDateTime) -> Result<bool, StoreError> {
        let at = time_text(at)?;
        let found = query_scalar!(
            r#"WITH RECURSIVE above (id) AS (
                   SELECT ?1 UNION SELECT unit.parent FROM unit JOIN above ON unit.id = above.id WHERE parent IS NOT NULL)
               SELECT EXISTS (SELECT 1 FROM token WHERE unit IN (SELECT id FROM above) AND role = ?2
                              AND revoked IS NULL AND expires > ?3) AS "found!: i64""#,
            unit,
            role,
            at
        );
        Ok(found.fetch_one(self.connection()).await? != 0)
    }

    async fn put_token(&mut self, token: &TokenRow) -> Result<(), StoreError> {
        let (hash, created, expires) = (token.hash.as_slice(), time_text(token.created)?, time_text(token.expires)?);
        query!(
            "INSERT INTO token (id, hash, name, unit, role, signing_key, created, expires)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            token.id,
            hash,
            token.name,
            token.unit,
            token.role,
            token.signing_key,
            created,
            expires
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn revoke_token(&mut self, id: &str, at: OffsetDateTime) -> Result<bool, StoreError> {
        let at = time_text(at)?;
        let done = query!("UPDATE token SET revoked = ? WHERE id = ? AND revoked IS NULL", at, id)
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }
}
