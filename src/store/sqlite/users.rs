//! People who sign in, what they sign in with, their offices and sessions in SQLite.

use super::{SqliteTransaction, date_of, date_text, digest, time_of, time_text, uint};
use crate::store::users::{IdentityRow, Invitation, OfficeRow, PasskeyRow, SessionRow, Tries, UserRow, UserTable};
use crate::store::{Sha256, StoreError};
use async_trait::async_trait;
use sqlx::{query, query_as};
use time::OffsetDateTime;

/// A user as the table has it.
struct User {
    id: String,
    login: String,
    name: String,
    unit: String,
    created: String,
    disabled: Option<String>,
    sealed: Option<Vec<u8>>,
    tries: i64,
    blocked_until: Option<String>,
    code_step: i64,
    invited: Option<Vec<u8>>,
    invited_until: Option<String>,
    invited_seal: Option<Vec<u8>>,
    pending: Option<Vec<u8>>,
}

impl TryFrom<User> for UserRow {
    type Error = StoreError;
    fn try_from(u: User) -> Result<Self, StoreError> {
        let time = |text: Option<String>| text.as_deref().map(time_of).transpose();
        let invitation = match (u.invited, time(u.invited_until)?) {
            (Some(hash), Some(until)) => {
                let sealed = u.invited_seal.unwrap_or_default();
                Some(Invitation { hash: digest(&hash)?, until, sealed, pending: u.pending })
            }
            _ => None,
        };
        let tries =
            Tries { count: uint(u.tries)?, blocked_until: time(u.blocked_until)?, code_step: uint(u.code_step)? };
        Ok(Self {
            id: u.id,
            login: u.login,
            name: u.name,
            unit: u.unit,
            created: time_of(&u.created)?,
            disabled: time(u.disabled)?,
            sealed: u.sealed,
            tries,
            invitation,
        })
    }
}

/// An office as the table has it.
struct Office {
    id: String,
    user: String,
    unit: String,
    role: String,
    title: String,
    signing_key: Option<String>,
    since: String,
    until: Option<String>,
    ended: Option<String>,
}

impl TryFrom<Office> for OfficeRow {
    type Error = StoreError;
    fn try_from(o: Office) -> Result<Self, StoreError> {
        let (since, until) = (date_of(&o.since)?, o.until.as_deref().map(date_of).transpose()?);
        Ok(Self {
            id: o.id,
            user: o.user,
            unit: o.unit,
            role: o.role,
            title: o.title,
            signing_key: o.signing_key,
            since,
            until,
            ended: o.ended.as_deref().map(time_of).transpose()?,
        })
    }
}

/// A session as the table has it.
struct Session {
    hash: Vec<u8>,
    id: String,
    user: String,
    office: String,
    agent: String,
    created: String,
    used: String,
    expires: String,
    how: String,
    sealed: Vec<u8>,
}

impl TryFrom<Session> for SessionRow {
    type Error = StoreError;
    fn try_from(s: Session) -> Result<Self, StoreError> {
        Ok(Self {
            hash: digest(&s.hash)?,
            id: s.id,
            user: s.user,
            office: s.office,
            agent: s.agent,
            created: time_of(&s.created)?,
            used: time_of(&s.used)?,
            expires: time_of(&s.expires)?,
            how: s.how,
            sealed: s.sealed,
        })
    }
}

/// A passkey as the table has it.
struct Passkey {
    id: String,
    user: String,
    credential: Vec<u8>,
    key: Vec<u8>,
    copied: i64,
    name: String,
    created: String,
    revoked: Option<String>,
    counter: i64,
    used: Option<String>,
    sealed: Vec<u8>,
}

impl TryFrom<Passkey> for PasskeyRow {
    type Error = StoreError;
    fn try_from(p: Passkey) -> Result<Self, StoreError> {
        Ok(Self {
            id: p.id,
            user: p.user,
            credential: p.credential,
            key: p.key,
            copied: p.copied != 0,
            name: p.name,
            created: time_of(&p.created)?,
            revoked: p.revoked.as_deref().map(time_of).transpose()?,
            counter: uint(p.counter)?,
            used: p.used.as_deref().map(time_of).transpose()?,
            sealed: p.sealed,
        })
    }
}

/// An identity as the table has it.
struct Identity {
    id: String,
    user: String,
    issuer: String,
    subject: String,
    created: String,
    ended: Option<String>,
    sealed: Vec<u8>,
}

impl TryFrom<Identity> for IdentityRow {
    type Error = StoreError;
    fn try_from(i: Identity) -> Result<Self, StoreError> {
        Ok(Self {
            id: i.id,
            user: i.user,
            issuer: i.issuer,
            subject: i.subject,
            created: time_of(&i.created)?,
            ended: i.ended.as_deref().map(time_of).transpose()?,
            sealed: i.sealed,
        })
    }
}

#[async_trait]
impl UserTable for SqliteTransaction {
    async fn user_by_login(&mut self, login: &str) -> Result<Option<UserRow>, StoreError> {
        let user = query_as!(
            User,
            r#"SELECT id AS "id!", login, name, unit, created, disabled, sealed, tries, blocked_until, code_step, invited,
               invited_until, invited_seal, pending FROM user WHERE login = ?"#,
            login
        );
        user.fetch_optional(self.connection()).await?.map(UserRow::try_from).transpose()
    }

    async fn user(&mut self, id: &str) -> Result<Option<UserRow>, StoreError> {
        let user = query_as!(
            User,
            r#"SELECT id AS "id!", login, name, unit, created, disabled, sealed, tries, blocked_until, code_step, invited,
               invited_until, invited_seal, pending FROM user WHERE id = ?"#,
            id
        );
        user.fetch_optional(self.connection()).await?.map(UserRow::try_from).transpose()
    }

    async fn user_by_invitation(&mut self, hash: &Sha256) -> Result<Option<UserRow>, StoreError> {
        let hash = hash.as_slice();
        let user = query_as!(
            User,
            r#"SELECT id AS "id!", login, name, unit, created, disabled, sealed, tries, blocked_until, code_step, invited,
               invited_until, invited_seal, pending FROM user WHERE invited = ?"#,
            hash
        );
        user.fetch_optional(self.connection()).await?.map(UserRow::try_from).transpose()
    }

    async fn users(&mut self) -> Result<Vec<UserRow>, StoreError> {
        let users = query_as!(
            User,
            r#"SELECT id AS "id!", login, name, unit, created, disabled, sealed, tries, blocked_until, code_step, invited,
               invited_until, invited_seal, pending FROM user ORDER BY login"#
        );
        users.fetch_all(self.connection()).await?.into_iter().map(UserRow::try_from).collect()
    }

    async fn put_user(&mut self, user: &UserRow) -> Result<(), StoreError> {
        let time = |time: Option<OffsetDateTime>| time.map(time_text).transpose();
        let (created, disabled) = (time_text(user.created)?, time(user.disabled)?);
        let (tries, step) = (i64::from(user.tries.count), i64::from(user.tries.code_step));
        let blocked = time(user.tries.blocked_until)?;
        let invited = user.invitation.as_ref().map(|invitation| invitation.hash.as_slice());
        let invited_until = time(user.invitation.as_ref().map(|invitation| invitation.until))?;
        let invited_seal = user.invitation.as_ref().map(|invitation| invitation.sealed.as_slice());
        let pending = user.invitation.as_ref().and_then(|invitation| invitation.pending.as_deref());
        query!(
            "INSERT INTO user (id, login, name, unit, created, disabled, sealed, tries, blocked_until, code_step, invited,
             invited_until, invited_seal, pending) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, disabled = excluded.disabled, sealed = excluded.sealed,
             tries = excluded.tries, blocked_until = excluded.blocked_until, code_step = excluded.code_step,
             invited = excluded.invited, invited_until = excluded.invited_until, invited_seal = excluded.invited_seal,
             pending = excluded.pending",
            user.id,
            user.login,
            user.name,
            user.unit,
            created,
            disabled,
            user.sealed,
            tries,
            blocked,
            step,
            invited,
            invited_until,
            invited_seal,
            pending
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn office(&mut self, id: &str) -> Result<Option<OfficeRow>, StoreError> {
        let office = query_as!(
            Office,
            r#"SELECT id AS "id!", user, unit, role, title, signing_key, since, until, ended FROM office WHERE id = ?"#,
            id
        );
        office.fetch_optional(self.connection()).await?.map(OfficeRow::try_from).transpose()
    }

    async fn offices(&mut self, user: Option<&str>) -> Result<Vec<OfficeRow>, StoreError> {
        let offices = query_as!(
            Office,
            r#"SELECT id AS "id!", user, unit, role, title, signing_key, since, until, ended FROM office
               WHERE ?1 IS NULL OR user = ?1 ORDER BY since, id"#,
            user
        );
        offices.fetch_all(self.connection()).await?.into_iter().map(OfficeRow::try_from).collect()
    }

    async fn put_office(&mut self, office: &OfficeRow) -> Result<(), StoreError> {
        let (since, until) = (date_text(office.since)?, office.until.map(date_text).transpose()?);
        let ended = office.ended.map(time_text).transpose()?;
        query!(
            "INSERT INTO office (id, user, unit, role, title, signing_key, since, until, ended)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET until = excluded.until, ended = excluded.ended",
            office.id,
            office.user,
            office.unit,
            office.role,
            office.title,
            office.signing_key,
            since,
            until,
            ended
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn session(&mut self, hash: &Sha256) -> Result<Option<SessionRow>, StoreError> {
        let hash = hash.as_slice();
        let session = query_as!(
            Session,
            r#"SELECT hash AS "hash!", id, user, office, agent, created, used, expires, how, sealed FROM session WHERE hash = ?"#,
            hash
        );
        session.fetch_optional(self.connection()).await?.map(SessionRow::try_from).transpose()
    }

    async fn sessions(&mut self, user: &str) -> Result<Vec<SessionRow>, StoreError> {
        let sessions = query_as!(
            Session,
            r#"SELECT hash AS "hash!", id, user, office, agent, created, used, expires, how, sealed FROM session
               WHERE user = ? ORDER BY created, id"#,
            user
        );
        sessions.fetch_all(self.connection()).await?.into_iter().map(SessionRow::try_from).collect()
    }

    async fn put_session(&mut self, session: &SessionRow) -> Result<(), StoreError> {
        let hash = session.hash.as_slice();
        let (created, used, expires) =
            (time_text(session.created)?, time_text(session.used)?, time_text(session.expires)?);
        query!(
            "INSERT INTO session (hash, id, user, office, agent, created, used, expires, how, sealed)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (hash) DO UPDATE SET office = excluded.office, used = excluded.used, sealed = excluded.sealed",
            hash,
            session.id,
            session.user,
            session.office,
            session.agent,
            created,
            used,
            expires,
            session.how,
            session.sealed
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn end_session(&mut self, id: &str) -> Result<bool, StoreError> {
        let done = query!("DELETE FROM session WHERE id = ?", id).execute(self.connection()).await?;
        Ok(done.rows_affected() == 1)
    }

    async fn forget_sessions(&mut self, before: OffsetDateTime) -> Result<(), StoreError> {
        let before = time_text(before)?;
        query!("DELETE FROM session WHERE expires <= ?", before).execute(self.connection()).await?;
        Ok(())
    }

    async fn passkey_by_credential(&mut self, credential: &[u8]) -> Result<Option<PasskeyRow>, StoreError> {
        let passkey = query_as!(
            Passkey,
            r#"SELECT id AS "id!", user, credential, key, copied, name, created, revoked, counter, used, sealed FROM passkey
               WHERE credential = ?"#,
            credential
        );
        passkey.fetch_optional(self.connection()).await?.map(PasskeyRow::try_from).transpose()
    }

    async fn passkeys(&mut self, user: Option<&str>) -> Result<Vec<PasskeyRow>, StoreError> {
        let passkeys = query_as!(
            Passkey,
            r#"SELECT id AS "id!", user, credential, key, copied, name, created, revoked, counter, used, sealed FROM passkey
               WHERE ?1 IS NULL OR user = ?1 ORDER BY created, id"#,
            user
        );
        passkeys.fetch_all(self.connection()).await?.into_iter().map(PasskeyRow::try_from).collect()
    }

    async fn put_passkey(&mut self, passkey: &PasskeyRow) -> Result<(), StoreError> {
        let time = |time: Option<OffsetDateTime>| time.map(time_text).transpose();
        let (created, revoked, used) = (time_text(passkey.created)?, time(passkey.revoked)?, time(passkey.used)?);
        let counter = i64::from(passkey.counter);
        query!(
            "INSERT INTO passkey (id, user, credential, key, copied, name, created, revoked, counter, used, sealed)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, revoked = excluded.revoked, counter = excluded.counter,
             used = excluded.used, sealed = excluded.sealed",
            passkey.id,
            passkey.user,
            passkey.credential,
            passkey.key,
            passkey.copied,
            passkey.name,
            created,
            revoked,
            counter,
            used,
            passkey.sealed
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn identity_of(&mut self, issuer: &str, subject: &str) -> Result<Option<IdentityRow>, StoreError> {
        let identity = query_as!(
            Identity,
            r#"SELECT id AS "id!", user, issuer, subject, created, ended, sealed FROM identity
               WHERE issuer = ? AND subject = ? AND ended IS NULL"#,
            issuer,
            subject
        );
        identity.fetch_optional(self.connection()).await?.map(IdentityRow::try_from).transpose()
    }

    async fn identities(&mut self, user: Option<&str>) -> Result<Vec<IdentityRow>, StoreError> {
        let identities = query_as!(
            Identity,
            r#"SELECT id AS "id!", user, issuer, subject, created, ended, sealed FROM identity
               WHERE ?1 IS NULL OR user = ?1 ORDER BY created, id"#,
            user
        );
        identities.fetch_all(self.connection()).await?.into_iter().map(IdentityRow::try_from).collect()
    }

    async fn put_identity(&mut self, identity: &IdentityRow) -> Result<(), StoreError> {
        let (created, ended) = (time_text(identity.created)?, identity.ended.map(time_text).transpose()?);
        query!(
            "INSERT INTO identity (id, user, issuer, subject, created, ended, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, sealed = excluded.sealed",
            identity.id,
            identity.user,
            identity.issuer,
            identity.subject,
            created,
            ended,
            identity.sealed
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn spend(&mut self, hash: &Sha256, until: OffsetDateTime, now: OffsetDateTime) -> Result<bool, StoreError> {
        let (hash, until, now) = (hash.as_slice(), time_text(until)?, time_text(now)?);
        query!("DELETE FROM spent WHERE until <= ?", now).execute(self.connection()).await?;
        let done = query!("INSERT INTO spent (hash, until) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING", hash, until);
        Ok(done.execute(self.connection()).await?.rows_affected() == 1)
    }
}
