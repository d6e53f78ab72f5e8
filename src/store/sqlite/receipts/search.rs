//! The statement that finds receipts.

use super::super::{SqliteTransaction, date_text, push_units};
use crate::store::StoreError;
use crate::store::receipts::{PayerDigest, ReceiptFilter};
use sqlx::{QueryBuilder, Sqlite, query_scalar};

/// Receipts of a word that are counted at most: how many more there are makes no difference.
const COUNTED: i64 = 50_000;

impl SqliteTransaction {
    /// Puts the word first that the fewest receipts have: its receipts are gone through.
    pub(super) async fn rarest_first(&mut self, words: &mut Vec<Vec<u8>>) -> Result<(), StoreError> {
        if words.len() < 2 {
            return Ok(());
        }
        let mut counted = Vec::with_capacity(words.len());
        for word in std::mem::take(words) {
            let count = query_scalar!(
                r#"SELECT count(*) AS "count!: i64" FROM (SELECT 1 FROM payer_word WHERE word = ? LIMIT ?)"#,
                word,
                COUNTED
            );
            counted.push((count.fetch_one(self.connection()).await?, word));
        }
        counted.sort();
        *words = counted.into_iter().map(|(_, word)| word).collect();
        Ok(())
    }
}

/// Those of a payer only, if one is looked for.
pub fn paid_by(query: &mut QueryBuilder<Sqlite>, payer: Option<&PayerDigest>) {
    let (column, digest) = match payer {
        Some(PayerDigest::Name(digest)) => (" AND payer_name = ", digest),
        Some(PayerDigest::TaxCode(digest)) => (" AND payer_tax_code = ", digest),
        Some(PayerDigest::PersonalId(digest)) => (" AND payer_personal_id = ", digest),
        Some(PayerDigest::Words(words)) => return named(query, words),
        None => return,
    };
    query.push(column).push_bind(digest.clone());
}

/// Those whose payer's name has all of these words: those of the first, as long as the others have them, too.
fn named(query: &mut QueryBuilder<Sqlite>, words: &[Vec<u8>]) {
    let Some((first, others)) = words.split_first() else {
        query.push(" AND FALSE");
        return;
    };
    query.push(" AND word = ").push_bind(first.clone());
    for word in others {
        query.push(" AND EXISTS (SELECT 1 FROM payer_word AS other WHERE other.word = ").push_bind(word.clone());
        query.push(
            " AND other.day = payer_word.day AND other.of_form = payer_word.of_form AND other.of_symbol = payer_word.of_symbol
              AND other.of_number = payer_word.of_number)",
        );
    }
}

/// The statement that finds receipts. Only what is asked for is in it, so that SQLite finds the index for it: each one has the receipts in
/// the order in which they are given, so that nothing is sorted and a page costs the same wherever it begins. A plus keeps SQLite from an
/// index that would not do.
pub(super) fn search(filter: &ReceiptFilter, most: u32) -> Result<QueryBuilder<Sqlite>, StoreError> {
    let is_named = matches!(&filter.payer, Some(PayerDigest::Words(words)) if !words.is_empty());
    let [date, form, symbol, number] =
        if is_named { ["day", "of_form", "of_symbol", "of_number"] } else { ["date", "form", "symbol", "number"] };
    let is_narrow = filter.payer.is_some()
        || filter.dossier.is_some()
        || filter.payment.is_some()
        || filter.total.is_some()
        || filter.code.is_some();
    let is_series = filter.series.is_some() && filter.from.is_none() && filter.to.is_none() && !is_narrow;
    let is_all = filter.unit.is_none() && filter.delegate.is_none() && filter.void_requested_within.is_none();
    let by_number = !is_named && (filter.number.is_some() || is_series || is_all);
    let by_other = by_number || is_named;
    let mut query = QueryBuilder::<Sqlite>::new(if is_named {
        "SELECT receipt.* FROM payer_word CROSS JOIN receipt ON form = of_form AND symbol = of_symbol AND number = of_number WHERE 1 = 1"
    } else {
        "SELECT * FROM receipt WHERE 1 = 1"
    });
    for (column, value) in [
        (if by_other { " AND +unit = " } else { " AND unit = " }, &filter.unit),
        (if by_other { " AND +delegate = " } else { " AND delegate = " }, &filter.delegate),
        (" AND dossier = ", &filter.dossier),
        (" AND payment = ", &filter.payment),
        (" AND code = ", &filter.code),
        (" AND state = ", &filter.state),
    ] {
        if let Some(value) = value {
            query.push(column).push_bind(value.clone());
        }
    }
    if filter.state.as_deref().is_some_and(|state| state != "issued") && !is_named {
        // the index has the few only that are not in force
        query.push(" AND state <> 'issued'");
    }
    if let Some(unit) = &filter.void_requested_within {
        query.push(" AND void_request IS NOT NULL AND state = 'issued' AND unit IN ");
        push_units(&mut query, unit, true);
    }
    if let Some(channel) = &filter.channel {
        // all lines of a receipt were collected in one place
        query.push(
            " AND EXISTS (SELECT 1 FROM collected WHERE collected.form = receipt.form AND collected.symbol = receipt.symbol
              AND collected.number = receipt.number AND collected.line = 1 AND collected.channel = ",
        );
        query.push_bind(channel.clone()).push(")");
    }
    if let Some(total) = filter.total {
        query.push(" AND total = ").push_bind(total);
    }
    paid_by(&mut query, filter.payer.as_ref());
    if let Some((of_form, of_symbol)) = &filter.series {
        let (is_form, is_symbol) =
            if by_number { (" AND form = ", " AND symbol = ") } else { (" AND +form = ", " AND +symbol = ") };
        query.push(is_form).push_bind(of_form.clone()).push(is_symbol).push_bind(of_symbol.clone());
    }
    if let Some(of_number) = filter.number {
        query.push(if is_named { " AND +number = " } else { " AND number = " }).push_bind(of_number);
        if filter.series.is_none() && !is_named {
            query.push(" AND (form, symbol) IN (SELECT form, symbol FROM series)");
        }
    }
    // a receipt behind another one is of no earlier day, or of no later one; a second bound would keep SQLite from the first
    let is_begun = filter.after.is_some() && !by_number;
    let from = filter.from.filter(|_| !is_begun || filter.newest_first);
    let to = filter.to.filter(|_| !is_begun || !filter.newest_first);
    for (bound, day) in [(">=", from), ("<=", to)] {
        if let Some(day) = day {
            query.push(format_args!(" AND {date} {bound} ")).push_bind(date_text(day)?);
        }
    }
    let columns: &[&str] = if by_number { &[form, symbol, number] } else { &[date, form, symbol, number] };
    let order = columns.join(", ");
    let (behind, direction) = if filter.newest_first { ("<", " DESC") } else { (">", "") };
    match (&filter.after, &filter.series) {
        // within one series the number alone says what comes next, and the key is used to its end
        (Some(after), Some(series)) if by_number && (&after.0, &after.1) == (&series.0, &series.1) => {
            query.push(format_args!(" AND number {behind} ")).push_bind(after.2);
        }
        (Some((form, symbol, number)), _) => {
            query.push(format_args!(" AND ({order}) {behind} ("));
            if !by_number {
                query.push("(SELECT date FROM receipt WHERE form = ").push_bind(form.clone());
                query
                    .push(" AND symbol = ")
                    .push_bind(symbol.clone())
                    .push(" AND number = ")
                    .push_bind(*number)
                    .push("), ");
            }
            query.push_bind(form.clone()).push(", ").push_bind(symbol.clone()).push(", ").push_bind(*number).push(")");
        }
        (None, _) => {}
    }
    let ordered: Vec<String> = columns.iter().map(|column| format!("{column}{direction}")).collect();
    query.push(format_args!(" ORDER BY {} LIMIT ", ordered.join(", "))).push_bind(most);
    Ok(query)
}
