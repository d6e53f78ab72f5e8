//! Units, tokens, signing keys and the service's own secrets as they are kept.

use super::{Sha256, StoreError};
use async_trait::async_trait;
use time::{Date, OffsetDateTime};

/// A unit: an agency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitRow {
    /// Its short identifier, such as `xa-dak-ha`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its tax code.
    pub tax_code: String,
    /// Its address.
    pub address: String,
    /// Its telephone number.
    pub phone: Option<String>,
    /// Its account: number and bank or treasury.
    pub account: Option<String>,
    /// The key that signs its receipts.
    pub receipt_key: Option<String>,
    /// The unit above it, whose fee catalogue it inherits.
    pub parent: Option<String>,
    /// Of which kind it is: `province`, `department`, `district`, `commune`, `service`.
    pub kind: Option<String>,
    /// Its agency code (QCVN 102:2016/BTTTT), such as `H34.12`.
    pub code: Option<String>,
    /// The first day on which it is none any more.
    pub closed: Option<Date>,
    /// The unit that has its place since then.
    pub successor: Option<String>,
}

/// What became of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitEventRow {
    /// From 0 on.
    pub seq: u32,
    /// `renamed`, `merged`, `closed`.
    pub kind: String,
    /// The first day of it, in Vietnam.
    pub day: Date,
    /// The name until then.
    pub name: String,
    /// The unit that took its place.
    pub successor: Option<String>,
    /// The decision that it is by.
    pub basis: String,
}

/// A unit whose place another one has, or that one itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRow {
    /// The unit.
    pub unit: String,
    /// Since which day; none: it is the unit itself.
    pub since: Option<Date>,
}

/// How a plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanState {
    /// It waits for its day.
    Planned,
    /// It was withdrawn.
    Withdrawn,
    /// It was done.
    Done,
}

impl PlanState {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Withdrawn => "withdrawn",
            Self::Done => "done",
        }
    }

    /// The state that is written so.
    pub fn named(text: &str) -> Option<Self> {
        [Self::Planned, Self::Withdrawn, Self::Done].into_iter().find(|state| state.as_str() == text)
    }
}

/// What is to become of units on a day to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRow {
    /// An identifier.
    pub id: String,
    /// `renamed`, `merged`, `closed`.
    pub kind: String,
    /// The units that it becomes of.
    pub units: Vec<String>,
    /// The unit that takes their place.
    pub successor: Option<String>,
    /// The name that the unit is given.
    pub name: Option<String>,
    /// The first day of it.
    pub day: Date,
    /// The decision that it is by.
    pub basis: String,
    /// Who planned it.
    pub actor: String,
    /// The unit that whoever planned it cares for, with all below it; none: all.
    pub care: Option<String>,
    /// When.
    pub planned: OffsetDateTime,
    /// How it stands.
    pub state: PlanState,
    /// When it was tried last and could not be done, and why.
    pub tried: Option<(OffsetDateTime, String)>,
    /// What it says, sealed.
    pub sealed: Vec<u8>,
}

/// A signing key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Its name.
    pub id: String,
    /// The unit that may use it; none: only the command line.
    pub unit: Option<String>,
    /// Its certificate, DER.
    pub certificate: Vec<u8>,
    /// Its issuers' certificates, DER, one behind the other.
    pub chain: Vec<u8>,
    /// Its PKCS#8, or the token where it is and its PIN, sealed.
    pub sealed: Vec<u8>,
    /// When it came into the store.
    pub created: OffsetDateTime,
}

/// A token of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Its identifier, which is no secret.
    pub id: String,
    /// SHA-256 of the token.
    pub hash: Sha256,
    /// What it is for.
    pub name: String,
    /// Whose it is.
    pub unit: String,
    /// What its bearer may do.
    pub role: String,
    /// The key its bearer signs with.
    pub signing_key: Option<String>,
    /// When it was made.
    pub created: OffsetDateTime,
    /// When it ends.
    pub expires: OffsetDateTime,
    /// When it was revoked.
    pub revoked: Option<OffsetDateTime>,
}

/// Units, tokens, keys, secrets.
#[async_trait]
pub trait PeopleTable {
    /// A sealed secret.
    async fn secret(&mut self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Keeps a sealed secret that is not there yet.
    async fn put_secret(&mut self, name: &str, sealed: &[u8]) -> Result<(), StoreError>;

    /// Forgets a secret.
    async fn remove_secret(&mut self, name: &str) -> Result<(), StoreError>;

    /// A unit.
    async fn unit(&mut self, id: &str) -> Result<Option<UnitRow>, StoreError>;

    /// All units, by their identifiers.
    async fn units(&mut self) -> Result<Vec<UnitRow>, StoreError>;

    /// Keeps a unit: a new one, or new particulars of one that is there.
    async fn put_unit(&mut self, unit: &UnitRow) -> Result<(), StoreError>;

    /// What became of a unit, in its order.
    async fn unit_events(&mut self, unit: &str) -> Result<Vec<UnitEventRow>, StoreError>;

    /// Keeps that something became of a unit.
    async fn put_unit_event(&mut self, unit: &str, event: &UnitEventRow) -> Result<(), StoreError>;

    /// A unit, and behind it those whose place it has, also by others that have none any more.
    async fn unit_line(&mut self, unit: &str) -> Result<Vec<LineRow>, StoreError>;

    /// A plan of what is to become of units.
    async fn unit_plan(&mut self, id: &str) -> Result<Option<PlanRow>, StoreError>;

    /// All plans, by their days.
    async fn unit_plans(&mut self) -> Result<Vec<PlanRow>, StoreError>;

    /// The plans that wait, of this day and of days before.
    async fn unit_plans_due(&mut self, day: Date) -> Result<Vec<PlanRow>, StoreError>;

    /// Keeps a plan: a new one, or how one stands that is there.
    async fn put_unit_plan(&mut self, plan: &PlanRow) -> Result<(), StoreError>;

    /// Keeps why a plan could not be done.
    async fn put_plan_failure(&mut self, id: &str, tried: OffsetDateTime, failure: &str) -> Result<(), StoreError>;

    /// The logo of a unit: the digest of a stored file.
    async fn logo(&mut self, unit: &str) -> Result<Option<Sha256>, StoreError>;

    /// Keeps which logo a unit has.
    async fn put_logo(&mut self, unit: &str, logo: Option<&Sha256>) -> Result<(), StoreError>;

    /// A signing key.
    async fn signing_key(&mut self, id: &str) -> Result<Option<KeyRow>, StoreError>;

    /// All signing keys, by their names.
    async fn signing_keys(&mut self) -> Result<Vec<KeyRow>, StoreError>;

    /// Keeps a new signing key.
    async fn put_signing_key(&mut self, key: &KeyRow) -> Result<(), StoreError>;

    /// The token with this SHA-256.
    async fn token_by_hash(&mut self, hash: &Sha256) -> Result<Option<TokenRow>, StoreError>;

    /// The token with this identifier.
    async fn token(&mut self, id: &str) -> Result<Option<TokenRow>, StoreError>;

    /// All tokens, the oldest first.
    async fn tokens(&mut self) -> Result<Vec<TokenRow>, StoreError>;

    /// Whether the unit or one above it has a token of the role that is in force.
    async fn has_role(&mut self, unit: &str, role: &str, at: OffsetDateTime) -> Result<bool, StoreError>;

    /// Keeps a new token.
    async fn put_token(&mut self, token: &TokenRow) -> Result<(), StoreError>;

    /// Has a token be one of another unit, bound to no key any more.
    async fn move_token(&mut self, id: &str, unit: &str) -> Result<(), StoreError>;

    /// Ends a token; false if there is none that is in force.
    async fn revoke_token(&mut self, id: &str, at: OffsetDateTime) -> Result<bool, StoreError>;
}
