//! Units, tokens, keys and secrets in SQLite.

use super::{SqliteTransaction, damaged, date_of, date_text, digest, time_of, time_text, uint};
use crate::store::people::{KeyRow, LineRow, PeopleTable, PlanRow, PlanState, TokenRow, UnitEventRow, UnitRow};
use crate::store::{Sha256, StoreError};
use async_trait::async_trait;
use sqlx::{query, query_as, query_scalar};
use time::{Date, OffsetDateTime};

/// A unit as the table has it.
struct Unit {
    id: String,
    name: String,
    tax_code: String,
    address: String,
    phone: Option<String>,
    account: Option<String>,
    receipt_key: Option<String>,
    parent: Option<String>,
    kind: Option<String>,
    code: Option<String>,
    closed: Option<String>,
    successor: Option<String>,
}

impl TryFrom<Unit> for UnitRow {
    type Error = StoreError;
    fn try_from(u: Unit) -> Result<Self, StoreError> {
        Ok(Self {
            id: u.id,
            name: u.name,
            tax_code: u.tax_code,
            address: u.address,
            phone: u.phone,
            account: u.account,
            receipt_key: u.receipt_key,
            parent: u.parent,
            kind: u.kind,
            code: u.code,
            closed: u.closed.as_deref().map(date_of).transpose()?,
            successor: u.successor,
        })
    }
}

/// A plan as the table has it.
struct Plan {
    id: String,
    kind: String,
    units: String,
    successor: Option<String>,
    name: Option<String>,
    day: String,
    basis: String,
    actor: String,
    care: Option<String>,
    planned: String,
    state: String,
    tried: Option<String>,
    failure: Option<String>,
    sealed: Vec<u8>,
}

impl TryFrom<Plan> for PlanRow {
    type Error = StoreError;
    fn try_from(p: Plan) -> Result<Self, StoreError> {
        let state = PlanState::named(&p.state).ok_or_else(|| damaged("the state of a plan"))?;
        let tried = p.tried.as_deref().map(time_of).transpose()?;
        Ok(Self {
            id: p.id,
            kind: p.kind,
            units: p.units.split(' ').map(str::to_owned).collect(),
            successor: p.successor,
            name: p.name,
            day: date_of(&p.day)?,
            basis: p.basis,
            actor: p.actor,
            care: p.care,
            planned: time_of(&p.planned)?,
            state,
            tried: tried.zip(p.failure),
            sealed: p.sealed,
        })
    }
}

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
            Unit,
            r#"SELECT id AS "id!", name, tax_code, address, phone, account, receipt_key, parent, kind, code, closed, successor
               FROM unit WHERE id = ?"#,
            id
        );
        unit.fetch_optional(self.connection()).await?.map(UnitRow::try_from).transpose()
    }

    async fn units(&mut self) -> Result<Vec<UnitRow>, StoreError> {
        let units = query_as!(
            Unit,
            r#"SELECT id AS "id!", name, tax_code, address, phone, account, receipt_key, parent, kind, code, closed, successor
               FROM unit ORDER BY id"#
        );
        units.fetch_all(self.connection()).await?.into_iter().map(UnitRow::try_from).collect()
    }

    async fn put_unit(&mut self, unit: &UnitRow) -> Result<(), StoreError> {
        let closed = unit.closed.map(date_text).transpose()?;
        query!(
            "INSERT INTO unit (id, name, tax_code, address, phone, account, receipt_key, parent, kind, code, closed, successor)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, tax_code = excluded.tax_code,
             address = excluded.address, phone = excluded.phone, account = excluded.account,
             receipt_key = excluded.receipt_key, parent = excluded.parent, kind = excluded.kind, code = excluded.code,
             closed = excluded.closed, successor = excluded.successor",
            unit.id,
            unit.name,
            unit.tax_code,
            unit.address,
            unit.phone,
            unit.account,
            unit.receipt_key,
            unit.parent,
            unit.kind,
            unit.code,
            closed,
            unit.successor
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn unit_events(&mut self, unit: &str) -> Result<Vec<UnitEventRow>, StoreError> {
        let rows =
            query!("SELECT seq, kind, day, name, successor, basis FROM unit_event WHERE unit = ? ORDER BY seq", unit);
        let rows = rows.fetch_all(self.connection()).await?;
        rows.into_iter()
            .map(|r| {
                let (seq, day) = (uint(r.seq)?, date_of(&r.day)?);
                Ok(UnitEventRow { seq, kind: r.kind, day, name: r.name, successor: r.successor, basis: r.basis })
            })
            .collect()
    }

    async fn put_unit_event(&mut self, unit: &str, event: &UnitEventRow) -> Result<(), StoreError> {
        let day = date_text(event.day)?;
        query!(
            "INSERT INTO unit_event (unit, seq, kind, day, name, successor, basis) VALUES (?, ?, ?, ?, ?, ?, ?)",
            unit,
            event.seq,
            event.kind,
            day,
            event.name,
            event.successor,
            event.basis
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn unit_line(&mut self, unit: &str) -> Result<Vec<LineRow>, StoreError> {
        let rows = of_line!(query!(
            r#"SELECT id AS "unit!: String", since AS "since!: String" FROM line ORDER BY since, id"#,
            unit
        ));
        let rows = rows.fetch_all(self.connection()).await?;
        rows.into_iter()
            .map(|r| {
                let since = (!r.since.is_empty()).then(|| date_of(&r.since)).transpose()?;
                Ok(LineRow { unit: r.unit, since })
            })
            .collect()
    }

    async fn unit_plan(&mut self, id: &str) -> Result<Option<PlanRow>, StoreError> {
        let plan = query_as!(
            Plan,
            r#"SELECT id AS "id!", kind, units, successor, name, day, basis, actor, care, planned, state, tried, failure, sealed
               FROM unit_plan WHERE id = ?"#,
            id
        );
        plan.fetch_optional(self.connection()).await?.map(PlanRow::try_from).transpose()
    }

    async fn unit_plans(&mut self) -> Result<Vec<PlanRow>, StoreError> {
        let plans = query_as!(
            Plan,
            r#"SELECT id AS "id!", kind, units, successor, name, day, basis, actor, care, planned, state, tried, failure, sealed
               FROM unit_plan ORDER BY day, planned, id"#
        );
        plans.fetch_all(self.connection()).await?.into_iter().map(PlanRow::try_from).collect()
    }

    async fn unit_plans_due(&mut self, day: Date) -> Result<Vec<PlanRow>, StoreError> {
        let day = date_text(day)?;
        let plans = query_as!(
            Plan,
            r#"SELECT id AS "id!", kind, units, successor, name, day, basis, actor, care, planned, state, tried, failure, sealed
               FROM unit_plan WHERE state = 'planned' AND day <= ? ORDER BY day, planned, id"#,
            day
        );
        plans.fetch_all(self.connection()).await?.into_iter().map(PlanRow::try_from).collect()
    }

    async fn put_unit_plan(&mut self, plan: &PlanRow) -> Result<(), StoreError> {
        let (day, planned, state) = (date_text(plan.day)?, time_text(plan.planned)?, plan.state.as_str());
        let units = plan.units.join(" ");
        let tried = plan.tried.as_ref().map(|(tried, _)| time_text(*tried)).transpose()?;
        let failure = plan.tried.as_ref().map(|(_, failure)| failure.as_str());
        query!(
            "INSERT INTO unit_plan (id, kind, units, successor, name, day, basis, actor, care, planned, state, tried, failure, sealed)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, sealed = excluded.sealed",
            plan.id,
            plan.kind,
            units,
            plan.successor,
            plan.name,
            day,
            plan.basis,
            plan.actor,
            plan.care,
            planned,
            state,
            tried,
            failure,
            plan.sealed
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn put_plan_failure(&mut self, id: &str, tried: OffsetDateTime, failure: &str) -> Result<(), StoreError> {
        let tried = time_text(tried)?;
        query!("UPDATE unit_plan SET tried = ?, failure = ? WHERE id = ?", tried, failure, id)
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
        let found = of_units_above!(query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM token WHERE unit IN (SELECT id FROM up) AND role = ?2
                              AND revoked IS NULL AND expires > ?3) AS "found!: i64""#,
            unit,
            role,
            at
        ));
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

    async fn move_token(&mut self, id: &str, unit: &str) -> Result<(), StoreError> {
        query!("UPDATE token SET unit = ?, signing_key = NULL WHERE id = ?", unit, id)
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
