//! What is on its way, in SQLite.

use super::{SqliteTransaction, damaged, time_of, time_text, uint};
use crate::store::StoreError;
use crate::store::outgoing::{OutgoingKind, OutgoingRow, OutgoingState, OutgoingTable};
use async_trait::async_trait;
use sqlx::{query, query_as};
use time::OffsetDateTime;

/// Something on its way as the table has it.
pub(super) struct Outgoing {
    pub(super) id: i64,
    pub(super) unit: String,
    pub(super) kind: String,
    pub(super) item: String,
    pub(super) state: String,
    pub(super) put: String,
    pub(super) due: String,
    pub(super) tries: i64,
    pub(super) failure: Option<String>,
    pub(super) sent: Option<String>,
}

impl TryFrom<Outgoing> for OutgoingRow {
    type Error = StoreError;
    fn try_from(o: Outgoing) -> Result<Self, StoreError> {
        let kind = OutgoingKind::ALL.into_iter().find(|kind| kind.as_str() == o.kind);
        let state = OutgoingState::ALL.into_iter().find(|state| state.as_str() == o.state);
        Ok(Self {
            id: o.id,
            unit: o.unit,
            kind: kind.ok_or_else(|| damaged("something on its way is of no kind"))?,
            item: o.item,
            state: state.ok_or_else(|| damaged("something on its way is in no state"))?,
            put: time_of(&o.put)?,
            due: time_of(&o.due)?,
            tries: uint(o.tries)?,
            failure: o.failure,
            sent: o.sent.as_deref().map(time_of).transpose()?,
        })
    }
}

#[async_trait]
impl OutgoingTable for SqliteTransaction {
    async fn put_outgoing(
        &mut self,
        unit: &str,
        kind: OutgoingKind,
        item: &str,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let (kind, now) = (kind.as_str(), time_text(now)?);
        query!(
            "INSERT INTO outgoing (unit, kind, item, state, put, due, tries) VALUES (?1, ?2, ?3, 'queued', ?4, ?4, 0)
             ON CONFLICT DO NOTHING",
            unit,
            kind,
            item,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn take_outgoing(
        &mut self,
        kind: OutgoingKind,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<OutgoingRow>, StoreError> {
        let (kind, now, until) = (kind.as_str(), time_text(now)?, time_text(until)?);
        let found = query_as!(
            Outgoing,
            "SELECT id, unit, kind, item, state, put, due, tries, failure, sent FROM outgoing WHERE state = 'queued' AND kind = ?1 AND due <= ?2 AND (held IS NULL OR held <= ?2)
             ORDER BY due, id LIMIT 1",
            kind,
            now
        );
        let Some(found) = found.fetch_optional(self.connection()).await? else { return Ok(None) };
        query!("UPDATE outgoing SET held = ?, tries = tries + 1 WHERE id = ?", until, found.id)
            .execute(self.connection())
            .await?;
        let row = OutgoingRow::try_from(found)?;
        Ok(Some(OutgoingRow { tries: row.tries.saturating_add(1), ..row }))
    }

    async fn update_outgoing(&mut self, row: &OutgoingRow) -> Result<(), StoreError> {
        let (state, put, due) = (row.state.as_str(), time_text(row.put)?, time_text(row.due)?);
        let sent = row.sent.map(time_text).transpose()?;
        query!(
            "UPDATE outgoing SET state = ?, put = ?, due = ?, held = NULL, tries = ?, failure = ?, sent = ? WHERE id = ?",
            state,
            put,
            due,
            row.tries,
            row.failure,
            sent,
            row.id
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn hurry_outgoing(&mut self, id: Option<i64>, now: OffsetDateTime) -> Result<(), StoreError> {
        let now = time_text(now)?;
        query!("UPDATE outgoing SET due = ?1 WHERE state = 'queued' AND due > ?1 AND (id = ?2 OR ?2 IS NULL)", now, id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn outgoing(&mut self, id: i64) -> Result<Option<OutgoingRow>, StoreError> {
        let found = query_as!(
            Outgoing,
            "SELECT id, unit, kind, item, state, put, due, tries, failure, sent FROM outgoing WHERE id = ?",
            id
        );
        found.fetch_optional(self.connection()).await?.map(OutgoingRow::try_from).transpose()
    }

    async fn outgoing_of(
        &mut self,
        unit: &str,
        state: Option<OutgoingState>,
        before: Option<i64>,
        most: u32,
    ) -> Result<Vec<OutgoingRow>, StoreError> {
        let before = before.unwrap_or(i64::MAX);
        let found = match state.map(OutgoingState::as_str) {
            Some(state) => {
                of_line!(query_as!(
                    Outgoing,
                    "SELECT id, unit, kind, item, state, put, due, tries, failure, sent FROM outgoing
                     WHERE unit IN (SELECT id FROM line) AND state = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4",
                    unit,
                    state,
                    before,
                    most
                ))
                .fetch_all(self.connection())
                .await?
            }
            None => {
                of_line!(query_as!(
                    Outgoing,
                    "SELECT id, unit, kind, item, state, put, due, tries, failure, sent FROM outgoing
                     WHERE unit IN (SELECT id FROM line) AND id < ?2 ORDER BY id DESC LIMIT ?3",
                    unit,
                    before,
                    most
                ))
                .fetch_all(self.connection())
                .await?
            }
        };
        found.into_iter().map(OutgoingRow::try_from).collect()
    }
}
