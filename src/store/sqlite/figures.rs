//! What a province counts, in SQLite: triggers keep it (`migrations/sqlite/0025_figures.sql`).

use super::{SqliteTransaction, date_text, list, time_of, time_text, uint, whole};
use crate::store::StoreError;
use crate::store::figures::{FigureRow, FigureTable, HandedRow};
use async_trait::async_trait;
use sqlx::{query, query_as, query_scalar};
use time::Date;

/// A sum as a statement gives it.
struct Figure {
    of: String,
    name: String,
    key: String,
    count: i64,
    high: i64,
    low: i64,
}

impl From<Figure> for FigureRow {
    fn from(f: Figure) -> Self {
        Self { of: f.of, name: f.name, key: f.key, count: f.count, amount: whole(f.high, f.low) }
    }
}

/// What was handed in, as the table has it.
struct Given {
    unit: String,
    period: String,
    name: String,
    value: i64,
    handed: String,
}

impl TryFrom<Given> for HandedRow {
    type Error = StoreError;
    fn try_from(h: Given) -> Result<Self, StoreError> {
        let (value, handed) = (uint(h.value)?, time_of(&h.handed)?);
        Ok(Self { unit: h.unit, period: h.period, name: h.name, value, handed })
    }
}

fn month(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), u8::from(day.month()))
}

/// From one year, month or day to another; none where the second is before the first.
type Piece = (String, String);

/// The years, months and days that make up a period: years, months before and behind them, days before and behind these.
fn pieces(from: Date, to: Date) -> Result<[Piece; 5], StoreError> {
    let none = || ("1".to_owned(), "0".to_owned());
    let before = |day: Date| day.previous_day().unwrap_or(day);
    let behind = to.next_day().unwrap_or(to);
    let days = |from: Date, behind: Date| {
        let piece = || Ok::<_, StoreError>((date_text(from)?, date_text(before(behind))?));
        if from < behind { piece() } else { Ok(none()) }
    };
    let months = |from: Date, behind: Date| if from < behind { (month(from), month(before(behind))) } else { none() };
    // the first day of a month and of a year from a day on, and the last such day up to one
    let (first, last) = (first_of(from, day_of_month), behind.replace_day(1).unwrap_or(behind));
    if first >= last {
        return Ok([none(), none(), none(), days(from, behind)?, none()]);
    }
    let (year, last_year) = (first_of(first, Date::ordinal), last.replace_ordinal(1).unwrap_or(last));
    let (ahead, after) = (days(from, first)?, days(last, behind)?);
    if year >= last_year {
        return Ok([none(), months(first, last), none(), ahead, after]);
    }
    let years = (format!("{:04}", year.year()), format!("{:04}", before(last_year).year()));
    Ok([years, months(first, year), months(last_year, last), ahead, after])
}

fn day_of_month(day: Date) -> u16 {
    day.day().into()
}

/// The first day from this one on that is the first of its kind.
fn first_of(day: Date, number: fn(Date) -> u16) -> Date {
    std::iter::successors(Some(day), |day| day.next_day()).find(|day| number(*day) == 1).unwrap_or(day)
}

#[async_trait]
impl FigureTable for SqliteTransaction {
    async fn figures(&mut self, units: &[&str], from: Date, to: Date) -> Result<Vec<FigureRow>, StoreError> {
        let (units, [years, early, late, ahead, behind]) = (list(units), pieces(from, to)?);
        let found = query_as!(
            Figure,
            r#"SELECT unit AS "of!", name AS "name!", key AS "key!", sum(count) AS "count!: i64", sum(billions) AS "high!: i64",
                      sum(dong) AS "low!: i64"
               FROM (SELECT * FROM figure WHERE scale = 'year' AND period BETWEEN ?2 AND ?3
                     UNION ALL SELECT * FROM figure WHERE scale = 'month' AND period BETWEEN ?4 AND ?5
                     UNION ALL SELECT * FROM figure WHERE scale = 'month' AND period BETWEEN ?6 AND ?7
                     UNION ALL SELECT * FROM figure WHERE scale = 'day' AND period BETWEEN ?8 AND ?9
                     UNION ALL SELECT * FROM figure WHERE scale = 'day' AND period BETWEEN ?10 AND ?11)
               WHERE unit IN (SELECT value FROM json_each(?1)) GROUP BY unit, name, key"#,
            units,
            years.0,
            years.1,
            early.0,
            early.1,
            late.0,
            late.1,
            ahead.0,
            ahead.1,
            behind.0,
            behind.1
        );
        Ok(found.fetch_all(self.connection()).await?.into_iter().map(FigureRow::from).collect())
    }

    async fn figures_by_month(&mut self, units: &[&str], from: Date, to: Date) -> Result<Vec<FigureRow>, StoreError> {
        let (units, from, to) = (list(units), month(from), month(to));
        let found = query_as!(
            Figure,
            r#"SELECT period AS "of!", name AS "name!", key AS "key!", sum(count) AS "count!: i64", sum(billions) AS "high!: i64",
                      sum(dong) AS "low!: i64"
               FROM figure WHERE scale = 'month' AND period BETWEEN ?2 AND ?3 AND name <> 'fee'
                   AND unit IN (SELECT value FROM json_each(?1))
               GROUP BY period, name, key"#,
            units,
            from,
            to
        );
        Ok(found.fetch_all(self.connection()).await?.into_iter().map(FigureRow::from).collect())
    }

    async fn miscounted(&mut self, most: u32) -> Result<Vec<String>, StoreError> {
        let found = query_scalar!(
            r#"SELECT DISTINCT period || ' ' || unit || ' ' || name || ' ' || key AS "what!: String" FROM (
                   SELECT * FROM (SELECT * FROM figure WHERE (count, billions, dong) <> (0, 0, 0) EXCEPT SELECT * FROM figure_anew)
                   UNION ALL
                   SELECT * FROM (SELECT * FROM figure_anew WHERE (count, billions, dong) <> (0, 0, 0) EXCEPT SELECT * FROM figure))
               LIMIT ?"#,
            most
        );
        Ok(found.fetch_all(self.connection()).await?)
    }

    async fn handed(&mut self, unit: &str, period: &str, name: &str) -> Result<Option<HandedRow>, StoreError> {
        let found = query_as!(
            Given,
            "SELECT unit, period, name, value, handed FROM handed_figure WHERE unit = ? AND period = ? AND name = ?",
            unit,
            period,
            name
        );
        found.fetch_optional(self.connection()).await?.map(HandedRow::try_from).transpose()
    }

    async fn all_handed(&mut self, only_targets: bool) -> Result<Vec<HandedRow>, StoreError> {
        let found = query_as!(
            Given,
            "SELECT unit, period, name, value, handed FROM handed_figure WHERE ?1 = 0 OR name LIKE 'target.%' ORDER BY unit, period, name",
            only_targets
        );
        found.fetch_all(self.connection()).await?.into_iter().map(HandedRow::try_from).collect()
    }

    async fn put_handed(&mut self, row: &HandedRow) -> Result<(), StoreError> {
        let handed = time_text(row.handed)?;
        query!(
            "INSERT INTO handed_figure (unit, period, name, value, handed) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (unit, period, name) DO UPDATE SET value = excluded.value, handed = excluded.handed",
            row.unit,
            row.period,
            row.name,
            row.value,
            handed
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn a_period_is_whole_years_and_the_months_and_days_around_them() {
        let told = |from, to| {
            pieces(from, to).unwrap().map(|(from, to)| if from > to { String::new() } else { format!("{from} {to}") })
        };
        let day = date!(2026 - 01 - 01);
        assert_eq!(told(day, date!(2026 - 12 - 31)), ["2026 2026", "", "", "", ""]);
        assert_eq!(told(day, date!(2026 - 11 - 29)), ["", "2026-01 2026-10", "", "", "2026-11-01 2026-11-29"]);
        assert_eq!(
            told(date!(2026 - 01 - 15), date!(2026 - 02 - 28)),
            ["", "2026-02 2026-02", "", "2026-01-15 2026-01-31", ""]
        );
        assert_eq!(
            told(date!(2024 - 10 - 30), date!(2027 - 02 - 01)),
            ["2025 2026", "2024-11 2024-12", "2027-01 2027-01", "2024-10-30 2024-10-31", "2027-02-01 2027-02-01"]
        );
        assert_eq!(told(date!(2025 - 12 - 31), day), ["", "", "", "2025-12-31 2026-01-01", ""]);
        assert_eq!(
            told(date!(2025 - 12 - 01), date!(2026 - 02 - 14)),
            ["", "2025-12 2026-01", "", "", "2026-02-01 2026-02-14"]
        );
        assert_eq!(told(day, day), ["", "", "", "2026-01-01 2026-01-01", ""]);
    }
}
