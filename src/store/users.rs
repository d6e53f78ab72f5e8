//! People who sign in, what they sign in with, the offices that they hold, and their sessions.

use super::{Sha256, StoreError};
use async_trait::async_trait;
use time::{Date, OffsetDateTime};

/// Somebody who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// An identifier, which is no secret.
    pub id: String,
    /// The name to sign in with.
    pub login: String,
    /// The full name.
    pub name: String,
    /// The unit whose administrator cares for the account.
    pub unit: String,
    /// When the account was made.
    pub created: OffsetDateTime,
    /// Since when nobody signs in with it.
    pub disabled: Option<OffsetDateTime>,
    /// What is signed in with, sealed; none before the first invitation was accepted.
    pub sealed: Option<Vec<u8>>,
    /// How signing in has gone.
    pub tries: Tries,
    /// An invitation that waits.
    pub invitation: Option<Invitation>,
}

/// How signing in has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tries {
    /// Tries since the last that was right.
    pub count: u32,
    /// Until when none is taken.
    pub blocked_until: Option<OffsetDateTime>,
    /// The time step (RFC 6238) of the last code that was taken.
    pub code_step: u32,
}

/// An invitation to set what is signed in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// SHA-256 of what the invited was given.
    pub hash: Sha256,
    /// Until when it counts.
    pub until: OffsetDateTime,
    /// Which, and until when, sealed.
    pub sealed: Vec<u8>,
    /// What is to be signed in with, sealed, once a code has shown that the second factor works.
    pub pending: Option<Vec<u8>>,
}

/// What somebody is in a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficeRow {
    /// An identifier.
    pub id: String,
    /// Who holds it.
    pub user: String,
    /// Where.
    pub unit: String,
    /// What it permits.
    pub role: String,
    /// What it is called, such as Chủ tịch.
    pub title: String,
    /// The key its holder signs with.
    pub signing_key: Option<String>,
    /// The first day, in Vietnam.
    pub since: Date,
    /// The last day.
    pub until: Option<Date>,
    /// When it ended, if that was before its last day.
    pub ended: Option<OffsetDateTime>,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// SHA-256 of what the browser holds.
    pub hash: Sha256,
    /// An identifier, which is no secret.
    pub id: String,
    /// Whose it is.
    pub user: String,
    /// The office that is acted in.
    pub office: String,
    /// The browser, as it calls itself.
    pub agent: String,
    /// When it began.
    pub created: OffsetDateTime,
    /// When it was used last, within a minute.
    pub used: OffsetDateTime,
    /// When it ends, however much it is used.
    pub expires: OffsetDateTime,
    /// How it was begun: `password`, `passkey` or `oidc`.
    pub how: String,
    /// Whose it is, in which office, how begun, and until when, sealed.
    pub sealed: Vec<u8>,
}

/// A passkey (WebAuthn): a key of somebody's authenticator, which signs in without a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyRow {
    /// An identifier.
    pub id: String,
    /// Whose it is.
    pub user: String,
    /// How the authenticator calls it.
    pub credential: Vec<u8>,
    /// The public key (COSE).
    pub key: Vec<u8>,
    /// Whether it may be copied to other devices of the same person.
    pub copied: bool,
    /// What its holder calls it.
    pub name: String,
    /// When it was registered.
    pub created: OffsetDateTime,
    /// When it was revoked.
    pub revoked: Option<OffsetDateTime>,
    /// How often it has signed, as the authenticator said last; 0 if it does not count.
    pub counter: u32,
    /// When somebody signed in with it last.
    pub used: Option<OffsetDateTime>,
    /// Whose it is, which key, and whether it was revoked, sealed.
    pub sealed: Vec<u8>,
}

/// Who somebody is to a provider of identities (OpenID Connect).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityRow {
    /// An identifier.
    pub id: String,
    /// Whose it is.
    pub user: String,
    /// The provider.
    pub issuer: String,
    /// What the provider calls that person.
    pub subject: String,
    /// When it was bound to the account.
    pub created: OffsetDateTime,
    /// When it ended.
    pub ended: Option<OffsetDateTime>,
    /// Whose it is, who that is to the provider, and whether it has ended, sealed.
    pub sealed: Vec<u8>,
}

/// Users, what they sign in with, offices, sessions.
#[async_trait]
pub trait UserTable {
    /// The user with this login.
    async fn user_by_login(&mut self, login: &str) -> Result<Option<UserRow>, StoreError>;

    /// A user.
    async fn user(&mut self, id: &str) -> Result<Option<UserRow>, StoreError>;

    /// The user who was invited with this.
    async fn user_by_invitation(&mut self, hash: &Sha256) -> Result<Option<UserRow>, StoreError>;

    /// All users, by their logins.
    async fn users(&mut self) -> Result<Vec<UserRow>, StoreError>;

    /// Keeps a user: a new one, or what has become of one that is there.
    async fn put_user(&mut self, user: &UserRow) -> Result<(), StoreError>;

    /// An office.
    async fn office(&mut self, id: &str) -> Result<Option<OfficeRow>, StoreError>;

    /// The offices of a user, of all if none is named; the oldest first.
    async fn offices(&mut self, user: Option<&str>) -> Result<Vec<OfficeRow>, StoreError>;

    /// Keeps an office: a new one, or what has become of one that is there.
    async fn put_office(&mut self, office: &OfficeRow) -> Result<(), StoreError>;

    /// The session with this SHA-256.
    async fn session(&mut self, hash: &Sha256) -> Result<Option<SessionRow>, StoreError>;

    /// The sessions of a user, the oldest first.
    async fn sessions(&mut self, user: &str) -> Result<Vec<SessionRow>, StoreError>;

    /// Keeps a session: a new one, or what has become of one that is there.
    async fn put_session(&mut self, session: &SessionRow) -> Result<(), StoreError>;

    /// Ends a session; false if there is none.
    async fn end_session(&mut self, id: &str) -> Result<bool, StoreError>;

    /// Forgets sessions that have ended by themselves.
    async fn forget_sessions(&mut self, before: OffsetDateTime) -> Result<(), StoreError>;

    /// The passkey that an authenticator calls so.
    async fn passkey_by_credential(&mut self, credential: &[u8]) -> Result<Option<PasskeyRow>, StoreError>;

    /// The passkeys of a user, of all if none is named; the oldest first, with those that were revoked.
    async fn passkeys(&mut self, user: Option<&str>) -> Result<Vec<PasskeyRow>, StoreError>;

    /// Keeps a passkey: a new one, or what has become of one that is there.
    async fn put_passkey(&mut self, passkey: &PasskeyRow) -> Result<(), StoreError>;

    /// The identity that a provider calls so, unless it has ended.
    async fn identity_of(&mut self, issuer: &str, subject: &str) -> Result<Option<IdentityRow>, StoreError>;

    /// The identities of a user, of all if none is named; the oldest first, with those that have ended.
    async fn identities(&mut self, user: Option<&str>) -> Result<Vec<IdentityRow>, StoreError>;

    /// Keeps an identity: a new one, or what has become of one that is there.
    async fn put_identity(&mut self, identity: &IdentityRow) -> Result<(), StoreError>;

    /// Marks what counts once as used; false if it was already. It is forgotten when it does not count any more by itself.
    async fn spend(&mut self, hash: &Sha256, until: OffsetDateTime, now: OffsetDateTime) -> Result<bool, StoreError>;
}
