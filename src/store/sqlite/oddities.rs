//! What is in the database that the program did not make.

use super::{MIGRATIONS, SqliteTransaction};
use crate::store::{Oddity, StoreError};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Row, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};

impl SqliteTransaction {
    pub(super) async fn find_oddities(&mut self) -> Result<Vec<Oddity>, StoreError> {
        // as the migrations make it
        let memory = SqliteConnectOptions::new().in_memory(true);
        let pristine = SqlitePoolOptions::new().max_connections(1).connect_with(memory).await?;
        MIGRATIONS.run(&pristine).await.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let own = schema(&mut *pristine.acquire().await?).await?;
        pristine.close().await;
        let found = schema(self.connection()).await?;
        let is_same = |name: &String| own.get(name) == found.get(name);
        let changed = own.keys().filter(|name| !is_same(name)).cloned().map(Oddity::Changed);
        let strangers = found.keys().filter(|name| !own.contains_key(*name)).cloned().map(Oddity::Stranger);
        let mut all: Vec<Oddity> = changed.chain(strangers).collect();
        // a table and its parent (sqlite.org/pragma.html#pragma_foreign_key_check)
        let orphans = sqlx::query("PRAGMA foreign_key_check").fetch_all(self.connection()).await?;
        let orphans: Result<BTreeSet<(String, String)>, sqlx::Error> =
            orphans.iter().map(|row| Ok((row.try_get(0)?, row.try_get(2)?))).collect();
        all.extend(orphans?.into_iter().map(|(table, parent)| Oddity::Orphan(table, parent)));
        Ok(all)
    }
}

/// All that is in the schema, `table receipt`, with the statement that makes it; but for what SQLite and sqlx make themselves.
async fn schema(connection: &mut SqliteConnection) -> Result<BTreeMap<String, String>, StoreError> {
    let rows = sqlx::query(
        "SELECT type || ' ' || name, sql FROM sqlite_schema WHERE NOT (type = 'index' AND sql IS NULL)
         AND NOT (type = 'table' AND name IN ('_sqlx_migrations', 'sqlite_sequence', 'sqlite_stat1', 'sqlite_stat4'))",
    );
    let rows = rows.fetch_all(connection).await?;
    // a table that was renamed has its name in quotation marks, or not, by the version of SQLite
    let plain = |sql: String| sql.replace('"', "");
    let all: Result<_, sqlx::Error> = rows.iter().map(|row| Ok((row.try_get(0)?, plain(row.try_get(1)?)))).collect();
    Ok(all?)
}
