//! Official documents in SQLite.

use super::{SqliteTransaction, damaged, date_of, date_text, digest, int, list, outgoing, time_of, time_text, uint};
use crate::store::outgoing::{OutgoingKind, OutgoingRow};
use crate::store::registry::{
    ActRow, DelegationRow, DispatchFilter, DispatchRow, FileRow, ImageRow, NumberRow, RegistryTable,
};
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

/// A version of a file as the table has it.
struct KeptFile {
    dispatch: String,
    file: i64,
    version: i64,
    name: String,
    sha256: Vec<u8>,
    size: i64,
    pages: i64,
    level: Option<String>,
    log_index: Option<i64>,
    created: String,
}

impl KeptFile {
    fn row(self) -> Result<(String, FileRow), StoreError> {
        let row = FileRow {
            file: uint(self.file)?,
            version: uint(self.version)?,
            name: self.name,
            sha256: digest(&self.sha256)?,
            size: uint(self.size)?,
            pages: uint(self.pages)?,
            level: self.level,
            log_index: self.log_index.map(uint).transpose()?,
            created: time_of(&self.created)?,
        };
        Ok((self.dispatch, row))
    }
}

/// Something that was done as the table has it.
struct Event {
    dispatch: String,
    seq: i64,
    facts: String,
    actor: String,
    time: String,
    log_index: i64,
}

impl Event {
    fn row(self) -> Result<(String, ActRow), StoreError> {
        let row = ActRow {
            seq: uint(self.seq)?,
            facts: self.facts,
            actor: self.actor,
            time: time_of(&self.time)?,
            log_index: uint(self.log_index)?,
        };
        Ok((self.dispatch, row))
    }
}

/// An image as the table has it.
struct Image {
    whose: String,
    holder: String,
    kind: String,
    png: Vec<u8>,
    log_index: i64,
}

impl Image {
    fn row(self) -> Result<ImageRow, StoreError> {
        let Self { whose, holder, kind, png, log_index } = self;
        Ok(ImageRow { whose, holder, kind, png, log_index: uint(log_index)? })
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
                 AND (?10 = 0 OR kind IN ('SY', 'SL', 'TrS')) AND (created, id) < (?11, ?12)
               ORDER BY created DESC, id DESC LIMIT ?13"#,
            filter.unit,
            filter.book,
            filter.state,
            filter.kind,
            from,
            to,
            filter.numbered,
            filter.urgent,
            filter.text,
            filter.copies,
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

    async fn these_dispatches(&mut self, ids: &[&str]) -> Result<Vec<DispatchRow>, StoreError> {
        let ids = list(ids);
        let found = query_as!(
            Dispatch,
            r#"SELECT id AS "id!", unit, book, state, kind, year, series, number, symbol, date, subject, urgent AS "urgent: bool",
                      particulars, sought, relation, related, created FROM dispatch WHERE id IN (SELECT value FROM json_each(?))"#,
            ids
        );
        found.fetch_all(self.connection()).await?.into_iter().map(DispatchRow::try_from).collect()
    }

    async fn dispatches_related(&mut self, ids: &[&str]) -> Result<Vec<DispatchRow>, StoreError> {
        let ids = list(ids);
        let found = query_as!(
            Dispatch,
            r#"SELECT id AS "id!", unit, book, state, kind, year, series, number, symbol, date, subject, urgent AS "urgent: bool",
                      particulars, sought, relation, related, created FROM dispatch
               WHERE related IN (SELECT value FROM json_each(?)) ORDER BY created, id"#,
            ids
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

    async fn next_number(&mut self, dispatch: &DispatchRow, year: i32, series: &str) -> Result<NumberRow, StoreError> {
        let next = query_scalar!(
            r#"SELECT 1 + coalesce(max(number), 0) AS "number!: i64" FROM register_number
               WHERE unit = ? AND book = ? AND year = ? AND series = ?"#,
            dispatch.unit,
            dispatch.book,
            year,
            series
        );
        let number = uint(next.fetch_one(self.connection()).await?)?;
        Ok(NumberRow { year, series: series.to_owned(), number })
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
            "INSERT INTO dispatch_file (dispatch, file, version, name, sha256, size, pages, level, log_index, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            dispatch,
            file.file,
            file.version,
            file.name,
            sha256,
            size,
            file.pages,
            file.level,
            log_index,
            created
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn dispatch_files(&mut self, dispatch: &str) -> Result<Vec<FileRow>, StoreError> {
        let found = query_as!(
            KeptFile,
            "SELECT dispatch, file, version, name, sha256, size, pages, level, log_index, created FROM dispatch_file
             WHERE dispatch = ? ORDER BY file, version",
            dispatch
        );
        found.fetch_all(self.connection()).await?.into_iter().map(|file| Ok(file.row()?.1)).collect()
    }

    async fn newest_files(&mut self, dispatches: &[&str]) -> Result<Vec<(String, FileRow)>, StoreError> {
        let dispatches = list(dispatches);
        let found = query_as!(
            KeptFile,
            "SELECT dispatch, file, version, name, sha256, size, pages, level, log_index, created FROM dispatch_file
             WHERE dispatch IN (SELECT value FROM json_each(?)) AND version = (SELECT max(other.version) FROM dispatch_file other
                 WHERE other.dispatch = dispatch_file.dispatch AND other.file = dispatch_file.file)
             ORDER BY dispatch, file",
            dispatches
        );
        found.fetch_all(self.connection()).await?.into_iter().map(KeptFile::row).collect()
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
        let found = query_as!(
            Event,
            "SELECT dispatch, seq, facts, actor, time, log_index FROM dispatch_event WHERE dispatch = ? ORDER BY seq",
            dispatch
        );
        found.fetch_all(self.connection()).await?.into_iter().map(|event| Ok(event.row()?.1)).collect()
    }

    async fn last_events(&mut self, dispatches: &[&str]) -> Result<Vec<(String, ActRow)>, StoreError> {
        let dispatches = list(dispatches);
        let found = query_as!(
            Event,
            "SELECT dispatch, seq, facts, actor, time, log_index FROM dispatch_event
             WHERE dispatch IN (SELECT value FROM json_each(?))
                 AND seq = (SELECT max(other.seq) FROM dispatch_event other WHERE other.dispatch = dispatch_event.dispatch)",
            dispatches
        );
        found.fetch_all(self.connection()).await?.into_iter().map(Event::row).collect()
    }

    async fn put_dispatch_request(
        &mut self,
        unit: &str,
        key: &str,
        sha256: &Sha256,
        dispatch: &str,
    ) -> Result<bool, StoreError> {
        let sha256 = sha256.as_slice();
        let put = query!(
            "INSERT INTO dispatch_request (unit, key, sha256, dispatch) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            unit,
            key,
            sha256,
            dispatch
        );
        Ok(put.execute(self.connection()).await?.rows_affected() > 0)
    }

    async fn dispatch_request(&mut self, unit: &str, key: &str) -> Result<Option<(Sha256, String)>, StoreError> {
        let found = query!("SELECT sha256, dispatch FROM dispatch_request WHERE unit = ? AND key = ?", unit, key);
        let found = found.fetch_optional(self.connection()).await?;
        found.map(|row| Ok((digest(&row.sha256)?, row.dispatch))).transpose()
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

    async fn put_image(&mut self, row: &ImageRow) -> Result<(), StoreError> {
        let log_index = int(row.log_index)?;
        query!(
            "INSERT INTO image (whose, holder, kind, png, log_index) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (whose, holder, kind) DO UPDATE SET png = excluded.png, log_index = excluded.log_index",
            row.whose,
            row.holder,
            row.kind,
            row.png,
            log_index
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn remove_image(&mut self, whose: &str, holder: &str, kind: &str) -> Result<(), StoreError> {
        query!("DELETE FROM image WHERE whose = ? AND holder = ? AND kind = ?", whose, holder, kind)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn image(&mut self, whose: &str, holder: &str, kind: &str) -> Result<Option<ImageRow>, StoreError> {
        let found = query_as!(
            Image,
            "SELECT whose, holder, kind, png, log_index FROM image WHERE whose = ? AND holder = ? AND kind = ?",
            whose,
            holder,
            kind
        );
        found.fetch_optional(self.connection()).await?.map(Image::row).transpose()
    }

    async fn images(&mut self) -> Result<Vec<ImageRow>, StoreError> {
        let found =
            query_as!(Image, "SELECT whose, holder, kind, png, log_index FROM image ORDER BY whose, holder, kind");
        found.fetch_all(self.connection()).await?.into_iter().map(Image::row).collect()
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

    async fn messages_of(&mut self, dispatches: &[&str]) -> Result<Vec<(String, OutgoingRow)>, StoreError> {
        let dispatches = list(dispatches);
        let rows = query!(
            r#"SELECT m.dispatch, o.id AS "id!", o.unit, o.kind, o.item, o.state, o.put, o.due, o.tries, o.failure, o.sent
               FROM message m JOIN outgoing o ON o.kind = m.kind AND o.item = m.item
               WHERE m.dispatch IN (SELECT value FROM json_each(?)) ORDER BY o.id"#,
            dispatches
        );
        let rows = rows.fetch_all(self.connection()).await?;
        rows.into_iter()
            .map(|r| {
                let (id, unit, kind, item, state) = (r.id, r.unit, r.kind, r.item, r.state);
                let (put, due, tries, failure, sent) = (r.put, r.due, r.tries, r.failure, r.sent);
                let row = outgoing::Outgoing { id, unit, kind, item, state, put, due, tries, failure, sent };
                Ok((r.dispatch, row.try_into()?))
            })
            .collect()
    }
}
