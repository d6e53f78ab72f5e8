//! Authorisations of signatures in SQLite.

use super::{SqliteTransaction, damaged, digest, time_of, time_text, uint};
use crate::store::activations::{ActivationRow, ActivationState, ActivationTable};
use crate::store::{Sha256, StoreError};
use async_trait::async_trait;
use sqlx::query;
use time::OffsetDateTime;

impl ActivationState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Used => "used",
            Self::Extended => "extended",
        }
    }

    fn of(text: &str) -> Result<Self, StoreError> {
        let all = [Self::Open, Self::Used, Self::Extended];
        all.into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| damaged("an authorisation's state is unknown"))
    }
}

fn digests_text(row: &ActivationRow) -> Option<String> {
    row.digests.as_ref().map(|all| all.iter().map(hex::encode).collect::<Vec<_>>().join(" "))
}

fn digests_of(text: &str) -> Result<Vec<Vec<u8>>, StoreError> {
    let read = |digest| hex::decode(digest).map_err(|_| damaged("an authorisation's digest cannot be read"));
    text.split_terminator(' ').map(read).collect()
}

#[async_trait]
impl ActivationTable for SqliteTransaction {
    async fn put_activation(&mut self, row: &ActivationRow) -> Result<(), StoreError> {
        let (sad, state) = (row.sad.as_slice(), row.state.as_str());
        let digests = digests_text(row);
        let (expires, ends) = (time_text(row.expires)?, time_text(row.ends)?);
        query!(
            "INSERT INTO activation (sad, signing_key, token, digests, opened, remaining, state, expires, ends)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            sad,
            row.signing_key,
            row.token,
            digests,
            row.opened,
            row.remaining,
            state,
            expires,
            ends
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn activation(&mut self, sad: &Sha256) -> Result<Option<ActivationRow>, StoreError> {
        let hash = sad.as_slice();
        let found = query!(
            "SELECT sad, signing_key, token, digests, opened, remaining, state, expires, ends FROM activation WHERE sad = ?",
            hash
        )
        .fetch_optional(self.connection())
        .await?;
        let Some(found) = found else { return Ok(None) };
        Ok(Some(ActivationRow {
            sad: digest(&found.sad)?,
            signing_key: found.signing_key,
            token: found.token,
            digests: found.digests.as_deref().map(digests_of).transpose()?,
            opened: found.opened,
            remaining: uint(found.remaining)?,
            state: ActivationState::of(&found.state)?,
            expires: time_of(&found.expires)?,
            ends: time_of(&found.ends)?,
        }))
    }

    async fn move_activation(&mut self, row: &ActivationRow, from: ActivationState) -> Result<bool, StoreError> {
        let (sad, from, to) = (row.sad.as_slice(), from.as_str(), row.state.as_str());
        let digests = digests_text(row);
        let moved = query!(
            "UPDATE activation SET state = ?, digests = ?, remaining = ?, opened = ? WHERE sad = ? AND state = ?",
            to,
            digests,
            row.remaining,
            row.opened,
            sad,
            from
        )
        .execute(self.connection())
        .await?;
        Ok(moved.rows_affected() == 1)
    }

    async fn forget_activations_of(&mut self, signing_key: &str) -> Result<(), StoreError> {
        query!("DELETE FROM activation WHERE signing_key = ?", signing_key).execute(self.connection()).await?;
        Ok(())
    }

    async fn forget_activations(&mut self, before: OffsetDateTime) -> Result<(), StoreError> {
        let before = time_text(before)?;
        query!("DELETE FROM activation WHERE ends < ?", before).execute(self.connection()).await?;
        Ok(())
    }
}
