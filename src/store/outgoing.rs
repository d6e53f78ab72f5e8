//! What is on its way to somebody outside: daily reports and notices of errors to the tax office, letters to payers, news of official documents.

use super::StoreError;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OutgoingKind {
    /// A daily report to the tax office.
    Report,
    /// A notice of an error (form 04/SS-CTĐT) to the tax office.
    Notice,
    /// A letter to a payer, by e-mail.
    Mail,
    /// A letter about an official document, by e-mail.
    Dispatch,
    /// A call of another system about an official document.
    Hook,
    /// The level that the signatures of an official document are still to be raised to.
    Level,
}

impl OutgoingKind {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Report, Self::Notice, Self::Mail, Self::Dispatch, Self::Hook, Self::Level];

    /// As it is kept.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Notice => "notice",
            Self::Mail => "mail",
            Self::Dispatch => "dispatch",
            Self::Hook => "hook",
            Self::Level => "level",
        }
    }
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OutgoingState {
    /// It is tried, again and again if need be.
    Queued,
    /// It was taken.
    Sent,
    /// It was refused for good, or given up: nothing is tried until somebody says so.
    Failed,
}

impl OutgoingState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Queued, Self::Sent, Self::Failed];

    /// As it is kept.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

/// Something on its way to somebody outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingRow {
    /// Its number.
    pub id: i64,
    /// The unit whose it is.
    pub unit: String,
    /// What it is.
    pub kind: OutgoingKind,
    /// Which report, which receipt.
    pub item: String,
    /// How it stands.
    pub state: OutgoingState,
    /// When it was put on its way.
    pub put: OffsetDateTime,
    /// When it is tried next.
    pub due: OffsetDateTime,
    /// How often it was tried.
    pub tries: u32,
    /// Why the last try failed; nothing personal.
    pub failure: Option<String>,
    /// When it was sent.
    pub sent: Option<OffsetDateTime>,
}

/// What is on its way.
#[async_trait]
pub trait OutgoingTable {
    /// Puts something on its way, once.
    async fn put_outgoing(
        &mut self,
        unit: &str,
        kind: OutgoingKind,
        item: &str,
        now: OffsetDateTime,
    ) -> Result<(), StoreError>;

    /// Takes what is longest due in hand and counts the try: nobody else gets it until `until`, should this process die meanwhile.
    async fn take_outgoing(
        &mut self,
        kind: OutgoingKind,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<OutgoingRow>, StoreError>;

    /// Keeps what became of a try, and lets go of it.
    async fn update_outgoing(&mut self, row: &OutgoingRow) -> Result<(), StoreError>;

    /// Makes what is queued due now: one thing, or all.
    async fn hurry_outgoing(&mut self, id: Option<i64>, now: OffsetDateTime) -> Result<(), StoreError>;

    /// Something on its way.
    async fn outgoing(&mut self, id: i64) -> Result<Option<OutgoingRow>, StoreError>;

    /// At most `most` of a unit, in one state if it is given, the newest first, older than the one with this number.
    async fn outgoing_of(
        &mut self,
        unit: &str,
        state: Option<OutgoingState>,
        before: Option<i64>,
        most: u32,
    ) -> Result<Vec<OutgoingRow>, StoreError>;
}
