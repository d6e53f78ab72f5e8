//! What reports are made from, in SQLite.

use super::{SqliteTransaction, damaged, date_of, date_text, digest, int, push_units, time_of, time_text, uint, whole};
use crate::store::StoreError;
use crate::store::accounts::{
    AccountTable, CollectedRow, EventCount, EventKind, EventRow, FilingRow, LedgerFilter, LedgerKey, LedgerRow,
    ShiftRow, TakingRow,
};
use async_trait::async_trait;
use sqlx::{QueryBuilder, Sqlite, query, query_as, query_scalar};
use time::Date;

/// A line as the table has it.
struct Collected {
    form: String,
    symbol: String,
    number: i64,
    line: i64,
    unit: String,
    day: String,
    fee: String,
    name: String,
    quantity: i64,
    unit_price: i64,
    amount: i64,
    method: String,
    channel: String,
    cashier: String,
    budget_item: Option<String>,
}

impl TryFrom<Collected> for CollectedRow {
    type Error = StoreError;
    fn try_from(c: Collected) -> Result<Self, StoreError> {
        Ok(Self {
            form: c.form,
            symbol: c.symbol,
            number: uint(c.number)?,
            line: uint(c.line)?,
            unit: c.unit,
            day: date_of(&c.day)?,
            fee: c.fee,
            name: c.name,
            quantity: c.quantity,
            unit_price: c.unit_price,
            amount: c.amount,
            method: c.method,
            channel: c.channel,
            cashier: c.cashier,
            budget_item: c.budget_item,
        })
    }
}

/// An event as the table has it.
struct Event {
    id: i64,
    unit: String,
    day: String,
    kind: String,
    form: String,
    symbol: String,
    number: i64,
    actor: String,
    reason: Option<String>,
}

impl TryFrom<Event> for EventRow {
    type Error = StoreError;
    fn try_from(e: Event) -> Result<Self, StoreError> {
        Ok(Self {
            id: e.id,
            unit: e.unit,
            day: date_of(&e.day)?,
            kind: kind_of(&e.kind)?,
            form: e.form,
            symbol: e.symbol,
            number: uint(e.number)?,
            actor: e.actor,
            reason: e.reason,
        })
    }
}

/// A report as the table has it.
struct Filing {
    unit: String,
    day: String,
    amendment: i64,
    content_sha256: Vec<u8>,
    xml_sha256: Vec<u8>,
    log_index: i64,
    made: String,
    last_event: i64,
    pdf_sha256: Option<Vec<u8>>,
}

impl TryFrom<Filing> for FilingRow {
    type Error = StoreError;
    fn try_from(f: Filing) -> Result<Self, StoreError> {
        Ok(Self {
            unit: f.unit,
            day: date_of(&f.day)?,
            amendment: uint(f.amendment)?,
            content_sha256: digest(&f.content_sha256)?,
            xml_sha256: digest(&f.xml_sha256)?,
            pdf_sha256: f.pdf_sha256.as_deref().map(digest).transpose()?,
            log_index: uint(f.log_index)?,
            made: time_of(&f.made)?,
            last_event: f.last_event,
        })
    }
}

/// A shift as the table has it.
struct Shift {
    id: i64,
    unit: String,
    cashier: String,
    last_event: i64,
    closed: String,
    summary: String,
    pdf_sha256: Vec<u8>,
    log_index: i64,
}

impl TryFrom<Shift> for ShiftRow {
    type Error = StoreError;
    fn try_from(s: Shift) -> Result<Self, StoreError> {
        Ok(Self {
            id: s.id,
            unit: s.unit,
            cashier: s.cashier,
            last_event: s.last_event,
            closed: time_of(&s.closed)?,
            summary: s.summary,
            pdf_sha256: digest(&s.pdf_sha256)?,
            log_index: uint(s.log_index)?,
        })
    }
}

/// A row of a ledger as the statement gives it: a sum of dong may be beyond 64 bits, and SQLite's sum then fails, so it is in two halves.
#[derive(sqlx::FromRow)]
struct Ledger {
    key: String,
    name: String,
    state: String,
    receipts: i64,
    high: i64,
    low: i64,
}

fn kind_of(text: &str) -> Result<EventKind, StoreError> {
    EventKind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| damaged("an event is of no kind"))
}

#[async_trait]
impl AccountTable for SqliteTransaction {
    async fn put_collected(&mut self, row: &CollectedRow) -> Result<(), StoreError> {
        let day = date_text(row.day)?;
        query!(
            "INSERT INTO collected (form, symbol, number, line, unit, day, fee, name, quantity, unit_price, amount, method,
             channel, cashier, budget_item) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row.form,
            row.symbol,
            row.number,
            row.line,
            row.unit,
            day,
            row.fee,
            row.name,
            row.quantity,
            row.unit_price,
            row.amount,
            row.method,
            row.channel,
            row.cashier,
            row.budget_item
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn collected(&mut self, form: &str, symbol: &str, number: u32) -> Result<Vec<CollectedRow>, StoreError> {
        let found = query_as!(
            Collected,
            "SELECT * FROM collected WHERE form = ? AND symbol = ? AND number = ? ORDER BY line",
            form,
            symbol,
            number
        );
        found.fetch_all(self.connection()).await?.into_iter().map(CollectedRow::try_from).collect()
    }

    async fn put_event(&mut self, event: &EventRow) -> Result<(), StoreError> {
        let (day, kind) = (date_text(event.day)?, event.kind.as_str());
        query!(
            "INSERT INTO receipt_event (unit, day, kind, form, symbol, number, actor, reason)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            event.unit,
            day,
            kind,
            event.form,
            event.symbol,
            event.number,
            event.actor,
            event.reason
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn events(&mut self, unit: &str, day: Date, after: i64, most: u32) -> Result<Vec<EventRow>, StoreError> {
        let day = date_text(day)?;
        let found = of_line!(query_as!(
            Event,
            "SELECT * FROM receipt_event WHERE unit IN (SELECT id FROM line WHERE since <= ?2) AND day = ?2 AND id > ?3
             ORDER BY id LIMIT ?4",
            unit,
            day,
            after,
            most
        ));
        found.fetch_all(self.connection()).await?.into_iter().map(EventRow::try_from).collect()
    }

    async fn events_of(&mut self, form: &str, symbol: &str, number: u32) -> Result<Vec<EventRow>, StoreError> {
        let found = query_as!(
            Event,
            "SELECT * FROM receipt_event WHERE form = ? AND symbol = ? AND number = ? ORDER BY id",
            form,
            symbol,
            number
        );
        found.fetch_all(self.connection()).await?.into_iter().map(EventRow::try_from).collect()
    }

    async fn strays(&mut self, most: u32) -> Result<Vec<String>, StoreError> {
        let found = query_scalar!(
            r#"SELECT form || '/' || symbol || '/' || printf('%08d', number) AS "receipt!: String" FROM
                   (SELECT form, symbol, number FROM collected UNION SELECT form, symbol, number FROM receipt_event)
               WHERE (form, symbol, number) NOT IN (SELECT form, symbol, number FROM receipt) LIMIT ?"#,
            most
        );
        Ok(found.fetch_all(self.connection()).await?)
    }

    async fn actors(&mut self) -> Result<Vec<String>, StoreError> {
        // from one to the next in the index, whose entries are many
        let found = query_scalar!(
            r#"WITH RECURSIVE known(actor) AS (
                   SELECT min(actor) FROM receipt_event
                   UNION ALL
                   SELECT (SELECT min(actor) FROM receipt_event WHERE actor > known.actor) FROM known
                   WHERE known.actor IS NOT NULL)
               SELECT actor AS "actor!: String" FROM known WHERE actor IS NOT NULL"#
        );
        Ok(found.fetch_all(self.connection()).await?)
    }

    async fn event_counts(
        &mut self,
        unit: &str,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<Vec<EventCount>, StoreError> {
        let (from, to) = (from.map(date_text).transpose()?, to.map(date_text).transpose()?);
        let rows = of_line!(query!(
            r#"SELECT form AS "form!", symbol AS "symbol!", kind AS "kind!", count(DISTINCT number) AS "count!: i64", min(number) AS "first!: i64",
                      max(number) AS "last!: i64"
               FROM receipt_event WHERE unit IN (SELECT id FROM line) AND (?2 IS NULL OR day >= ?2) AND (?3 IS NULL OR day <= ?3)
               GROUP BY form, symbol, kind ORDER BY form, symbol, kind"#,
            unit,
            from,
            to
        ))
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(|r| {
                Ok(EventCount {
                    kind: kind_of(&r.kind)?,
                    form: r.form,
                    symbol: r.symbol,
                    count: uint(r.count)?,
                    first: uint(r.first)?,
                    last: uint(r.last)?,
                })
            })
            .collect()
    }

    async fn ledger(&mut self, unit: &str, by: LedgerKey, which: &LedgerFilter) -> Result<Vec<LedgerRow>, StoreError> {
        let key = match by {
            LedgerKey::Unit => "c.unit",
            LedgerKey::Fee => "c.fee",
            LedgerKey::Channel => "c.channel",
            LedgerKey::Cashier => "c.cashier",
            LedgerKey::Method => "c.method",
            LedgerKey::Month => "substr(c.day, 1, 7)",
            LedgerKey::Budget => "coalesce(c.budget_item, '')",
        };
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(key).push(
            " AS key, max(c.name) AS name, r.state AS state,
              count(DISTINCT c.form || '/' || c.symbol || '/' || c.number) AS receipts,
              sum(c.amount / 1000000000) AS high, sum(c.amount % 1000000000) AS low
              FROM collected c JOIN receipt r ON r.form = c.form AND r.symbol = c.symbol AND r.number = c.number
              WHERE c.unit IN ",
        );
        push_units(&mut query, unit, by == LedgerKey::Unit);
        for (bound, day) in [(" AND c.day >= ", which.from), (" AND c.day <= ", which.to)] {
            if let Some(day) = day {
                query.push(bound).push_bind(date_text(day)?);
            }
        }
        if let Some(item) = &which.budget_item {
            query.push(" AND c.budget_item = ").push_bind(item);
        }
        query.push(" GROUP BY 1, 3 ORDER BY 1, 3");
        let rows = query.build_query_as::<Ledger>().fetch_all(self.connection()).await?;
        rows.into_iter()
            .map(|r| {
                let (receipts, amount) = (uint(r.receipts)?, whole(r.high, r.low));
                Ok(LedgerRow { key: r.key, name: r.name, state: r.state, receipts, amount })
            })
            .collect()
    }

    async fn last_event_of(&mut self, actor: &str) -> Result<Option<i64>, StoreError> {
        let found = query_scalar!("SELECT id FROM receipt_event WHERE actor = ? ORDER BY id DESC LIMIT 1", actor);
        Ok(found.fetch_optional(self.connection()).await?)
    }

    async fn takings(&mut self, actor: &str, after: i64, last: i64) -> Result<Vec<TakingRow>, StoreError> {
        let rows = query!(
            r#"SELECT e.kind AS "kind!", c.fee AS "fee!", max(c.name) AS "name!: String", c.method AS "method!",
                      count(DISTINCT c.form || '/' || c.symbol || '/' || c.number) AS "receipts!: i64",
                      sum(c.amount / 1000000000) AS "high!: i64", sum(c.amount % 1000000000) AS "low!: i64"
               FROM receipt_event e JOIN collected c ON c.form = e.form AND c.symbol = e.symbol AND c.number = e.number
               WHERE e.actor = ? AND e.id > ? AND e.id <= ? AND e.kind <> 'notified'
               GROUP BY e.kind, c.fee, c.method ORDER BY c.fee, c.method, e.kind"#,
            actor,
            after,
            last
        )
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(|r| {
                Ok(TakingRow {
                    kind: kind_of(&r.kind)?,
                    fee: r.fee,
                    name: r.name,
                    method: r.method,
                    receipts: uint(r.receipts)?,
                    amount: whole(r.high, r.low),
                })
            })
            .collect()
    }

    async fn last_event_on(&mut self, unit: &str, day: Date) -> Result<Option<i64>, StoreError> {
        let day = date_text(day)?;
        let found = of_line!(query_scalar!(
            r#"SELECT max(receipt_event.id) AS "last: i64" FROM line JOIN receipt_event ON unit = line.id
               WHERE since <= ?2 AND day = ?2"#,
            unit,
            day
        ));
        Ok(found.fetch_one(self.connection()).await?)
    }

    async fn event_counts_of(
        &mut self,
        actor: &str,
        after: i64,
        last: i64,
    ) -> Result<Vec<(EventKind, u64)>, StoreError> {
        let rows = query!(
            r#"SELECT kind AS "kind!", count(*) AS "count!: i64" FROM receipt_event
               WHERE actor = ? AND id > ? AND id <= ? GROUP BY kind"#,
            actor,
            after,
            last
        )
        .fetch_all(self.connection())
        .await?;
        rows.into_iter().map(|r| Ok((kind_of(&r.kind)?, uint(r.count)?))).collect()
    }

    async fn numbers_issued_by(&mut self, actor: &str, after: i64, last: i64) -> Result<Vec<EventCount>, StoreError> {
        let rows = query!(
            r#"SELECT form AS "form!", symbol AS "symbol!", count(*) AS "count!: i64", min(number) AS "first!: i64",
                      max(number) AS "last!: i64"
               FROM receipt_event WHERE actor = ? AND id > ? AND id <= ? AND kind = 'issued'
               GROUP BY form, symbol ORDER BY form, symbol"#,
            actor,
            after,
            last
        )
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(|r| {
                Ok(EventCount {
                    kind: EventKind::Issued,
                    form: r.form,
                    symbol: r.symbol,
                    count: uint(r.count)?,
                    first: uint(r.first)?,
                    last: uint(r.last)?,
                })
            })
            .collect()
    }

    async fn newest_filing(&mut self, unit: &str, day: Date) -> Result<Option<FilingRow>, StoreError> {
        let day = date_text(day)?;
        let found = query_as!(
            Filing,
            "SELECT * FROM filing WHERE unit = ? AND day = ? ORDER BY amendment DESC LIMIT 1",
            unit,
            day
        );
        found.fetch_optional(self.connection()).await?.map(FilingRow::try_from).transpose()
    }

    async fn filing(&mut self, unit: &str, day: Date, amendment: u32) -> Result<Option<FilingRow>, StoreError> {
        let day = date_text(day)?;
        let found = query_as!(
            Filing,
            "SELECT * FROM filing WHERE unit = ? AND day = ? AND amendment = ?",
            unit,
            day,
            amendment
        );
        found.fetch_optional(self.connection()).await?.map(FilingRow::try_from).transpose()
    }

    async fn filings(&mut self) -> Result<Vec<FilingRow>, StoreError> {
        let found = query_as!(Filing, "SELECT * FROM filing ORDER BY unit, day, amendment");
        found.fetch_all(self.connection()).await?.into_iter().map(FilingRow::try_from).collect()
    }

    async fn put_filing(&mut self, filing: &FilingRow) -> Result<(), StoreError> {
        let (day, made, log_index) = (date_text(filing.day)?, time_text(filing.made)?, int(filing.log_index)?);
        let (content, xml) = (filing.content_sha256.as_slice(), filing.xml_sha256.as_slice());
        let pdf = filing.pdf_sha256.as_ref().map(<[u8; 32]>::as_slice);
        query!(
            "INSERT INTO filing
                 (unit, day, amendment, content_sha256, xml_sha256, log_index, made, last_event, pdf_sha256)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            filing.unit,
            day,
            filing.amendment,
            content,
            xml,
            log_index,
            made,
            filing.last_event,
            pdf
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn last_shift(&mut self, cashier: &str) -> Result<Option<ShiftRow>, StoreError> {
        let found = query_as!(Shift, "SELECT * FROM shift WHERE cashier = ? ORDER BY id DESC LIMIT 1", cashier);
        found.fetch_optional(self.connection()).await?.map(ShiftRow::try_from).transpose()
    }

    async fn shift(&mut self, id: i64) -> Result<Option<ShiftRow>, StoreError> {
        let found = query_as!(Shift, "SELECT * FROM shift WHERE id = ?", id);
        found.fetch_optional(self.connection()).await?.map(ShiftRow::try_from).transpose()
    }

    async fn shifts(&mut self, unit: Option<&str>, after: i64, most: u32) -> Result<Vec<ShiftRow>, StoreError> {
        let found = of_line!(query_as!(
            Shift,
            "SELECT * FROM shift WHERE (?1 IS NULL OR unit IN (SELECT id FROM line)) AND id > ?2 ORDER BY id LIMIT ?3",
            unit,
            after,
            most
        ));
        found.fetch_all(self.connection()).await?.into_iter().map(ShiftRow::try_from).collect()
    }

    async fn newest_shifts(&mut self, unit: &str, before: Option<i64>, most: u32) -> Result<Vec<ShiftRow>, StoreError> {
        let found = query_as!(
            Shift,
            "SELECT * FROM shift WHERE unit = ?1 AND (id < ?2 OR ?2 IS NULL) ORDER BY id DESC LIMIT ?3",
            unit,
            before,
            most
        );
        found.fetch_all(self.connection()).await?.into_iter().map(ShiftRow::try_from).collect()
    }

    async fn put_shift(&mut self, shift: &ShiftRow) -> Result<i64, StoreError> {
        let (closed, log_index, pdf) = (time_text(shift.closed)?, int(shift.log_index)?, shift.pdf_sha256.as_slice());
        let done = query!(
            "INSERT INTO shift (unit, cashier, last_event, closed, summary, pdf_sha256, log_index)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            shift.unit,
            shift.cashier,
            shift.last_event,
            closed,
            shift.summary,
            pdf,
            log_index
        )
        .execute(self.connection())
        .await?;
        Ok(done.last_insert_rowid())
    }
}
