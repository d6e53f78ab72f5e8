//! Each way of looking for receipts has its index, which has them in the order in which they are given.

use super::*;
use crate::store::sqlite::SqliteStore;
use sqlx::Execute as _;
use time::macros::date;

fn filter(change: impl FnOnce(&mut ReceiptFilter)) -> ReceiptFilter {
    let mut filter = ReceiptFilter { unit: Some("u".into()), ..ReceiptFilter::default() };
    change(&mut filter);
    filter
}

#[tokio::test]
async fn nothing_is_looked_through_and_nothing_is_sorted() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("test.db")).await.unwrap();
    let mut connection = store.readers.acquire().await.unwrap();
    let series = || Some(("EBL01".to_owned(), "26TAA".to_owned()));
    let day = Some(date!(2026 - 11 - 24));
    let key = "sqlite_autoindex_receipt_3";
    for (name, filter, index) in [
        ("all of a unit", filter(|_| ()), "receipt_unit (unit=?"),
        ("days", filter(|f| (f.from, f.to) = (day, day)), "receipt_unit (unit=? AND "),
        ("from a day on", filter(|f| f.from = day), "receipt_unit (unit=? AND "),
        ("a series", filter(|f| f.series = series()), key),
        ("a series and days", filter(|f| (f.series, f.from) = (series(), day)), "receipt_unit (unit=? AND "),
        ("a series of all units", filter(|f| (f.unit, f.series) = (None, series())), key),
        (
            "tax code",
            filter(|f| f.payer = Some(PayerDigest::TaxCode(vec![0]))),
            "receipt_payer_tax_code (unit=? AND payer_tax_code=?",
        ),
        (
            "personal id and days",
            filter(|f| (f.payer, f.from, f.to) = (Some(PayerDigest::PersonalId(vec![0])), day, day)),
            "receipt_payer_personal_id (unit=? AND payer_personal_id=?",
        ),
        ("a channel", filter(|f| f.channel = Some("portal".into())), "receipt_unit (unit=?"),
        ("dossier", filter(|f| f.dossier = Some("d".into())), "receipt_dossier (unit=? AND dossier=?"),
        ("payment", filter(|f| f.payment = Some("p".into())), "receipt_payment (unit=? AND payment=?"),
        ("amount", filter(|f| f.total = Some(5)), "receipt_total (unit=? AND total=?"),
        (
            "amount and days",
            filter(|f| (f.total, f.from, f.to) = (Some(5), day, day)),
            "receipt_total (unit=? AND total=? AND",
        ),
        ("not in force", filter(|f| f.state = Some("voided".into())), "receipt_state (unit=? AND state=?"),
        ("in force", filter(|f| f.state = Some("issued".into())), "receipt_unit (unit=?"),
        ("digits of a number", filter(|f| f.number = Some(5)), "(form=? AND symbol=? AND number=?"),
        ("number", filter(|f| (f.series, f.number) = (series(), Some(5))), "(form=? AND symbol=? AND number=?"),
        ("delegated", filter(|f| (f.unit, f.delegate) = (None, Some("u".into()))), "receipt_delegate (delegate=?"),
    ] {
        let place = Some(("EBL01".to_owned(), "26TAA".to_owned(), 7));
        for (after, newest_first) in [(None, false), (place.clone(), false), (None, true), (place, true)] {
            let filter = ReceiptFilter { after: after.clone(), newest_first, ..filter.clone() };
            let mut query = search(&filter, 51).unwrap();
            let statement = format!("EXPLAIN QUERY PLAN {}", query.build().sql().as_str());
            let plan: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(sqlx::AssertSqlSafe(statement)).fetch_all(&mut *connection).await.unwrap();
            let steps: Vec<&str> = plan.iter().map(|step| step.3.as_str()).collect();
            assert!(steps[0].starts_with("SEARCH receipt ") && steps[0].contains(index), "{name}: {steps:?}");
            // of one number there is one in each series, and they may be sorted
            let sorts = steps.iter().any(|s| s.contains("TEMP")) && name != "digits of a number";
            assert!(!sorts && !steps.iter().any(|s| s.starts_with("SCAN receipt")), "{name}: {steps:?}");
            // the page begins where it is told, and what lies before it is not passed through
            let (tuple, number) = if newest_first { ("<(", "number<?") } else { (">(", "number>?") };
            let bound = if steps[0].contains("number=?") { "number=?" } else { tuple };
            assert!(after.is_none() || steps[0].contains(bound) || steps[0].contains(number), "{name}: {steps:?}");
        }
    }
}

#[tokio::test]
async fn words_of_names_are_gone_through_in_the_order_of_days() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("test.db")).await.unwrap();
    let mut connection = store.readers.acquire().await.unwrap();
    let day = Some(date!(2026 - 11 - 24));
    let named = |f: &mut ReceiptFilter| f.payer = Some(PayerDigest::Words(vec![vec![0], vec![1]]));
    for (name, filter) in [
        ("words", filter(named)),
        ("and days", ReceiptFilter { from: day, to: day, ..filter(named) }),
        ("and a number", ReceiptFilter { number: Some(5), ..filter(named) }),
        ("and a series", ReceiptFilter { series: Some(("EBL01".into(), "26TAA".into())), ..filter(named) }),
        ("of a delegate", ReceiptFilter { unit: None, delegate: Some("u".into()), ..filter(named) }),
    ] {
        for after in [None, Some(("EBL01".to_owned(), "26TAA".to_owned(), 7))] {
            let mut query = search(&ReceiptFilter { after: after.clone(), ..filter.clone() }, 51).unwrap();
            let statement = format!("EXPLAIN QUERY PLAN {}", query.build().sql().as_str());
            let plan: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(sqlx::AssertSqlSafe(statement)).fetch_all(&mut *connection).await.unwrap();
            let steps: Vec<&str> = plan.iter().map(|step| step.3.as_str()).collect();
            assert!(steps[0].starts_with("SEARCH payer_word USING PRIMARY KEY (word=?"), "{name}: {steps:?}");
            assert!(steps.iter().any(|s| s.starts_with("SEARCH other")), "{name}: {steps:?}");
            assert!(!steps.iter().any(|s| s.contains("TEMP") || s.starts_with("SCAN")), "{name}: {steps:?}");
            assert!(after.is_none() || steps[0].contains('>'), "{name}: {steps:?}");
        }
    }
}

#[tokio::test]
async fn what_is_due_is_found_by_its_index() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("test.db")).await.unwrap();
    let mut connection = store.readers.acquire().await.unwrap();
    let plan: (i64, i64, i64, String) = sqlx::query_as(
        "EXPLAIN QUERY PLAN SELECT id FROM outgoing WHERE state = 'queued' AND kind = 'mail' AND due <= 'x'
         AND (held IS NULL OR held <= 'x') ORDER BY due, id LIMIT 1",
    )
    .fetch_one(&mut *connection)
    .await
    .unwrap();
    assert!(plan.3.contains("INDEX outgoing_due (kind=? AND due<?)"), "{plan:?}");
}
