//! Official documents in SQLite.

use super::{SqliteTransaction, damaged, date_of, date_text, digest, int, outgoing, time_of, time_text, uint};
use crate::store::outgoing::{OutgoingKind, OutgoingRow};
use crate::store::registry::{ActRow, DelegationRow, DispatchFilter, DispatchRow, FileRow, NumberRow, RegistryTable};
use crate::store::{Sha256, StoreError};
use async_trait::async_trait;
use sqlx::{query, query_as, query_scalar};
use time::OffsetDateTime;

/// A document as the table has it.
struct Dispatch {
    id: String,
    unit: String,
    book: String,
    state: String,
    kind: String,
    year: Option<i64>,
    series: Option<String>,
    number: Option<i64>,
    symbol: Option<String>,
    date: Option<String>,
    subject: String,
    urgent: bool,
    particulars: String,
    sought: String,
    relation: Option<String>,
    related: Option<String>,
    created: String,
}

impl TryFrom<Dispatch> for DispatchRow {
    type Error = StoreError;
    fn try_from(d: Dispatch) -> Result<Self, StoreError> {
        let number = match (d.year, d.series, d.number) {
            (Some(year), Some(series), Some(number)) => {
                Some(NumberRow { year: uint(year)?, series, number: uint(number)? })
            }
            _ => None,
        };
        Ok(Self {
            id: d.id,
            unit: d.unit,
            book: d.book,
            state: d.state,
            kind: d.kind,
            number,
            symbol: d.symbol,
            date: d.date.as_deref().map(date_of).transpose()?,
            subject: d.subject,
            urgent: d.urgent,
            particulars: d.particulars,
            sought: d.sought,
            relation: d.relation.zip(d.related),
            created: time_of(&d.created)?,
        })
    }
}

#[async_trait]
impl RegistryTable for SqliteTransaction {
    async fn put_dispatch(&mut self, row: &DispatchRow) -> Result<(), StoreError> {
        let (date, created) = (row.date.map(date_text).transpose()?, time_text(row.created)?);
        let (relation, related) = row.relation.as_ref().map(|(relation, to)| (relation, to)).unzip();
        // it gets its number afterwards
        query!(
            "INSERT INTO dispatch (id, unit, book, state, kind, symbol, date, subject, urgent, particulars, sought, relation, related, created)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row.id,
            row.unit,
            row.book,
            row.state,
            row.kind,
            row.symbol,
            date,
            row.subject,
            row.urgent,
            row.particulars,
            row.sought,
            relation,
            related,
            created
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn update_dispatch(&mut self, row: &DispatchRow) -> Result<(), StoreError> {
        let date = row.date.map(date_text).transpose()?;
        let (year, series, number) = match &row.number {
            Some(n) => (Some(n.year), Some(&n.series), Some(n.number)),
            None => (None, None, None),
        };
        query!(
            "UPDATE dispatch SET state = ?, year = ?, series = ?, number = ?, symbol = ?, date = ?, subject = ?, particulars = ?, sought = ? WHERE id = ?",
            row.state,
            year,
            series,
            number,
            row.symbol,
            date,
            row.subject,
            row.particulars,
            row.sought,
            row.id
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn dispatch(&mut self, id: &str) -> Result<Option<DispatchRow>, StoreError> {
        let found = query_as!(
            Dispatch,
            r#"SELECT id AS "id!", unit, book, state, kind, year, series, number, symbol, date, subject, urgent AS "urgent: bool",
                      particulars, sought, relation, related, created FROM dispatch WHERE id = ?"#,
            id
        );
        found.fetch_optional(self.connection()).await?.map(DispatchRow::try_from).transpose()
    }

    async fn dispatches(&mut self, filter: &DispatchFilter, most: u32) -> Result<Vec<DispatchRow>, StoreError> {
        let (from, to) = (filter.from.map(date_text).transpose()?, filter.to.map(date_text).transpose()?);
        let (created, id) = match &filter.after {
            Some((time, id)) => (time_text(*time)?, id.as_str()),
            None => ("9999".to_owned(), ""),
        };
        let found = query_as!(
            Dispatch,
            r#"SELECT id AS "id!", unit, book, state, kind, year, series, number, symbol, date, subject, urgent AS "urgent: bool",
                      particulars, sought, relation, related, created FROM dispatch
               WHERE unit = ?1 AND book = ?2 AND (?3 IS NULL OR state = ?3) AND (?4 IS NULL OR kind = ?4)
                 AND (?5 IS NULL OR coalesce(date, date(created, '+7 hours')) >= ?5) AND (?6 IS NULL OR coalesce(date, date(created, '+7 hours')) <= ?6)
                 AND (?7 = 0 OR number IS NOT NULL) AND (?8 = 0 OR urgent = 1) AND (?9 IS NULL OR instr(sought, ?9) > 0)
                 AND (created, id) < (?10, ?11)
               ORDER BY created DESC, id DESC LIMIT ?12"#,
            filter.unit,
            filter.book,
            filter.state,
            filter.kind,
            from,
            to,
            filter.numbered,
            filter.urgent,
            filter.text,
            created,
            id,
            most
        );
        found.fetch_all(self.connection()).await?.into_iter().map(DispatchRow::try_from).collect()
    }

    async fn all_dispatches(&mut self, after: &str, most: u32) -> Result<Vec<DispatchRow>, StoreError> {
        let found = query_as!(
            Dispatch,
            r#"SELECT id AS "id!", unit, book, state, kind, year, series, number, symbol, date, subject, urgent AS "urgent: bool",
                      particulars, sought, relation, related, created FROM dispatch WHERE id > ? ORDER BY id LIMIT ?"#,
            after,
            most
        );
        found.fetch_all(self.connection()).await?.into_iter().map(DispatchRow::try_from).collect()
    }

    async fn dispatches_related(&mut self, id: &str) -> Result<Vec<DispatchRow>, StoreError> {
        let found = query_as!(
            Dispatch,
            r#"SELECT id AS "id!", unit, book, state, kind, year, series, number, symbol, date, subject, urgent AS "urgent: bool",
                      particulars, sought, relation, related, created FROM dispatch WHERE related = ? ORDER BY created, id"#,
            id
        );
        found.fetch_all(self.connection()).await?.into_iter().map(DispatchRow::try_from).collect()
    }

    async fn dispatches_of_file(&mut self, unit: &str, book: &str, sha256: &Sha256) -> Result<Vec<String>, StoreError> {
        let sha256 = sha256.as_slice();
        let found = query_scalar!(
            r#"SELECT DISTINCT d.id AS "id!" FROM dispatch_file f JOIN dispatch d ON d.id = f.dispatch
               WHERE f.sha256 = ? AND f.version = 0 AND d.unit = ? AND d.book = ? ORDER BY d.created, d.id LIMIT 100"#,
            sha256,
            unit,
            book
        );
        Ok(found.fetch_all(self.connection()).await?)
    }

    async fn take_number(&mut self, dispatch: &DispatchRow, year: i32, series: &str) -> Result<NumberRow, StoreError> {
        let taken = query_scalar!(
            r#"INSERT INTO register_number (unit, book, year, series, number, dispatch)
               VALUES (?1, ?2, ?3, ?4, 1 + (SELECT coalesce(max(number), 0) FROM register_number
                   WHERE unit = ?1 AND book = ?2 AND year = ?3 AND series = ?4), ?5) RETURNING number AS "number!: i64""#,
            dispatch.unit,
            dispatch.book,
            year,
            series,
            dispatch.id
        );
        let number = uint(taken.fetch_one(self.connection()).await?)?;
        Ok(NumberRow { year, series: series.to_owned(), number })
    }

    async fn number_counts(&mut self) -> Result<Vec<(String, String, NumberRow, u64)>, StoreError> {
        let rows = query!(
            r#"SELECT unit AS "unit!", book AS "book!", year AS "year!: i64", series AS "series!", max(number) AS "last!: i64",
                      count(*) AS "count!: i64" FROM register_number
               GROUP BY unit, book, year, series ORDER BY unit, book, year, series"#
        );
        let rows = rows.fetch_all(self.connection()).await?;
        rows.into_iter()
            .map(|r| {
                let last = NumberRow { year: uint(r.year)?, series: r.series, number: uint(r.last)? };
                Ok((r.unit, r.book, last, uint(r.count)?))
            })
            .collect()
    }

    async fn put_dispatch_file(&mut self, dispatch: &str, file: &FileRow) -> Result<(), StoreError> {
        let (sha256, size) = (file.sha256.as_slice(), int(file.size)?);
        let (log_index, created) = (file.log_index.map(int).transpose()?, time_text(file.created)?);
        query!(
            "INSERT INTO dispatch_file (dispatch, file, version, name, sha256, size, pages, log_index, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            dispatch,
            file.file,
            file.version,
            file.name,
            sha256,
            size,
            file.pages,
            log_index,
            created
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn dispatch_files(&mut self, dispatch: &str) -> Result<Vec<FileRow>, StoreError> {
        let rows = query!(
            "SELECT file, version, name, sha256, size, pages, log_index, created FROM dispatch_file WHERE dispatch = ? ORDER BY file, version",
            dispatch
        );
        let rows = rows.fetch_all(self.connection()).await?;
        rows.into_iter()
            .map(|r| {
                Ok(FileRow {
                    file: uint(r.file)?,
                    version: uint(r.version)?,
                    name: r.name,
                    sha256: digest(&r.sha256)?,
                    size: uint(r.size)?,
                    pages: uint(r.pages)?,
                    log_index: r.log_index.map(uint).transpose()?,
                    created: time_of(&r.created)?,
                })
            })
            .collect()
    }

    async fn put_dispatch_event(&mut self, dispatch: &str, event: &ActRow) -> Result<(), StoreError> {
        let (time, log_index) = (time_text(event.time)?, int(event.log_index)?);
        query!(
            "INSERT INTO dispatch_event (dispatch, seq, facts, actor, time, log_index) VALUES (?, ?, ?, ?, ?, ?)",
            dispatch,
            event.seq,
            event.facts,
            event.actor,
            time,
            log_index
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn dispatch_events(&mut self, dispatch: &str) -> Result<Vec<ActRow>, StoreError> {
        let rows = query!(
            "SELECT seq, facts, actor, time, log_index FROM dispatch_event WHERE dispatch = ? ORDER BY seq",
            dispatch
        );
        let rows = rows.fetch_all(self.connection()).await?;
        rows.into_iter()
            .map(|r| {
                Ok(ActRow {
                    seq: uint(r.seq)?,
                    facts: r.facts,
                    actor: r.actor,
                    time: time_of(&r.time)?,
                    log_index: uint(r.log_index)?,
                })
            })
            .collect()
    }

    async fn put_delegation(&mut self, row: &DelegationRow) -> Result<i64, StoreError> {
        let (starts, ends, log_index) = (time_text(row.starts)?, time_text(row.ends)?, int(row.log_index)?);
        let id = query_scalar!(
            r#"INSERT INTO delegation (unit, holder, words, title, starts, ends, granted_by, log_index)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id AS "id!: i64""#,
            row.unit,
            row.holder,
            row.words,
            row.title,
            starts,
            ends,
            row.granted_by,
            log_index
        );
        Ok(id.fetch_one(self.connection()).await?)
    }

    async fn revoke_delegation(&mut self, id: i64, at: OffsetDateTime, log_index: u64) -> Result<bool, StoreError> {
        let (at, log_index) = (time_text(at)?, int(log_index)?);
        let done = query!(
            "UPDATE delegation SET revoked = ?, revoked_index = ? WHERE id = ? AND revoked IS NULL",
            at,
            log_index,
            id
        );
        Ok(done.execute(self.connection()).await?.rows_affected() > 0)
    }

    async fn delegations(&mut self, unit: Option<&str>) -> Result<Vec<DelegationRow>, StoreError> {
        let rows = query!(
            r#"SELECT id AS "id!", unit, holder, words, title, starts, ends, granted_by, log_index, revoked, revoked_index
               FROM delegation WHERE ?1 IS NULL OR unit = ?1 ORDER BY id"#,
            unit
        );
        let rows = rows.fetch_all(self.connection()).await?;
        rows.into_iter()
            .map(|r| {
                let revoked = match (r.revoked, r.revoked_index) {
                    (Some(at), Some(index)) => Some((time_of(&at)?, uint(index)?)),
                    (None, None) => None,
                    _ => return Err(damaged("a delegation is half ended")),
                };
                Ok(DelegationRow {
                    id: r.id,
                    unit: r.unit,
                    holder: r.holder,
                    words: r.words,
                    title: r.title,
                    starts: time_of(&r.starts)?,
                    ends: time_of(&r.ends)?,
                    granted_by: r.granted_by,
                    log_index: uint(r.log_index)?,
                    revoked,
                })
            })
            .collect()
    }

    async fn put_message(
        &mut self,
        dispatch: &str,
        kind: OutgoingKind,
        item: &str,
        body: &str,
    ) -> Result<(), StoreError> {
        let kind = kind.as_str();
        query!("INSERT INTO message (kind, item, dispatch, body) VALUES (?, ?, ?, ?)", kind, item, dispatch, body)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn message(&mut self, kind: OutgoingKind, item: &str) -> Result<Option<String>, StoreError> {
        let kind = kind.as_str();
        let found = query_scalar!("SELECT body FROM message WHERE kind = ? AND item = ?", kind, item);
        Ok(found.fetch_optional(self.connection()).await?)
    }

    async fn messages_of(&mut self, dispatch: &str) -> Result<Vec<OutgoingRow>, StoreError> {
        let found = query_as!(
            outgoing::Outgoing,
            r#"SELECT o.id AS "id!", o.unit, o.kind, o.item, o.state, o.put, o.due, o.tries, o.failure, o.sent
               FROM message m JOIN outgoing o ON o.kind = m.kind AND o.item = m.item WHERE m.dispatch = ? ORDER BY o.id"#,
            dispatch
        );
        found.fetch_all(self.connection()).await?.into_iter().map(OutgoingRow::try_from).collect()
    }
}
