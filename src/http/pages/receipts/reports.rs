//! Reports of receipts: how series were used in a period, the daily report 01/TH-BLĐT, ledgers; and a bank's statement held against the
//! receipts. Tables on the page, and the same as files.

use super::super::Language;
use super::super::form::{Faults, Form};
use super::super::shell::{Shell, Visit, shown};
use super::find::day;
use super::{dong, dong_sum, method, moment};
use crate::error::Error;
use crate::http::house::House;
use crate::http::problem::{Answer, Problem};
use crate::http::receipts::counter as at_counter;
use crate::messages::in_one;
use crate::people::permissions::{Caller, Permission};
use crate::receipts::content::{iso_date, short_date};
use crate::reports::daily::{self, Change};
use crate::reports::ledger::{self, By, LedgerFilter};
use crate::reports::reconcile::{self, Finding, Reconciliation};
use crate::reports::{filing, statement, usage};
use askama::Template;
use axum::http::Uri;
use axum::response::Response;
use time::{Date, Month};

/// Rows of the daily report that a page shows: all of them are in its files.
const MOST_ROWS: usize = 200;

#[derive(Template)]
#[template(path = "receipts/reports.html")]
struct Page {
    shell: Shell,
    act: String,
    may_issue: bool,
    may_file: bool,
    faults: Faults,
    kinds: Vec<Choice>,
    kind: &'static str,
    by: Vec<Choice>,
    from: String,
    to: String,
    table: Option<Table>,
}

/// A choice: its code, its name, whether it is made.
struct Choice {
    code: &'static str,
    name: &'static str,
    is_chosen: bool,
}

/// A table, as it is shown, and its files.
struct Table {
    caption: String,
    head: Vec<(&'static str, bool)>,
    rows: Vec<Vec<String>>,
    /// What stands under it: name and value.
    facts: Vec<(&'static str, String)>,
    files: Vec<(&'static str, String)>,
    /// The day whose report is to be signed, and when it was signed last.
    day: Option<(String, Option<String>)>,
    is_cut: bool,
}

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Use,
    Daily,
    Ledger,
    Statement,
}

const KINDS: [(Kind, &str, &str, &str); 4] = [
    (Kind::Daily, "daily", "Bảng tổng hợp ngày 01/TH-BLĐT", "Daily report 01/TH-BLĐT"),
    (Kind::Use, "use", "Tình hình sử dụng biên lai (quý)", "How series were used (quarter)"),
    (Kind::Ledger, "ledger", "Sổ thu", "Ledger"),
    (Kind::Statement, "statement", "Đối soát sao kê ngân hàng", "Bank statement"),
];

const BY: [(By, &str, &str, &str); 6] = [
    (By::Fee, "fee", "Theo khoản thu", "By fee"),
    (By::Method, "method", "Theo hình thức thanh toán", "By way of payment"),
    (By::Cashier, "cashier", "Theo cán bộ thu", "By cashier"),
    (By::Channel, "channel", "Theo kênh thu", "By channel"),
    (By::Month, "month", "Theo tháng", "By month"),
    (By::Unit, "unit", "Theo đơn vị", "By unit"),
];

/// What is asked for.
struct Asked {
    kind: Kind,
    by: By,
    from: Option<Date>,
    to: Option<Date>,
}

impl Asked {
    fn of(form: &Form, now: Date) -> Self {
        let kind = KINDS.iter().find(|(_, code, ..)| *code == form.text("kind"));
        let by = BY.iter().find(|(_, code, ..)| *code == form.text("by"));
        let mut asked = Self {
            kind: kind.map_or(Kind::Daily, |(kind, ..)| *kind),
            by: by.map_or(By::Fee, |(by, ..)| *by),
            from: day(form.text("from")),
            to: day(form.text("to")),
        };
        let (from, to) = match asked.kind {
            Kind::Daily => (now, now),
            Kind::Use => quarter(now),
            Kind::Ledger | Kind::Statement => (now.replace_day(1).unwrap_or(now), now),
        };
        asked.from = asked.from.or(Some(from));
        asked.to = if asked.kind == Kind::Daily { asked.from } else { asked.to.or(Some(to)) };
        asked
    }

    fn days(&self) -> Answer<(Date, Date)> {
        self.from.zip(self.to).ok_or_else(Problem::not_found)
    }
}

/// The quarter of a day.
fn quarter(day: Date) -> (Date, Date) {
    let first = match day.month() {
        Month::January | Month::February | Month::March => Month::January,
        Month::April | Month::May | Month::June => Month::April,
        Month::July | Month::August | Month::September => Month::July,
        Month::October | Month::November | Month::December => Month::October,
    };
    let last = first.next().next();
    let from = Date::from_calendar_date(day.year(), first, 1).unwrap_or(day);
    (from, Date::from_calendar_date(day.year(), last, last.length(day.year())).unwrap_or(day))
}

impl Table {
    /// The cells of a row, and which of them are numbers.
    fn cells<'a>(&'a self, row: &'a [String]) -> impl Iterator<Item = (&'a String, bool)> {
        row.iter().zip(self.head.iter().map(|(_, is_number)| *is_number))
    }
}

async fn table(house: &House, caller: &Caller, asked: &Asked, language: Language) -> Answer<Option<Table>> {
    Ok(match asked.kind {
        Kind::Statement => None,
        Kind::Use => Some(use_of_series(house, caller, asked, language).await?),
        Kind::Ledger => Some(ledger_of(house, caller, asked, language).await?),
        Kind::Daily => Some(daily_report(house, caller, asked, language).await?),
    })
}

async fn use_of_series(house: &House, caller: &Caller, asked: &Asked, language: Language) -> Answer<Table> {
    let (from, to) = asked.days()?;
    let text = |vi: &'static str, en: &'static str| language.pick(vi, en);
    let days = format!("{} – {}", short_date(from), short_date(to));
    let (first, last) = (iso_date(from), iso_date(to));
    let rows = usage::of_series(&house.folder, &caller.unit, from, to).await?;
    let number = |number: Option<u32>| number.map(|number| format!("{number:08}")).unwrap_or_default();
    let address = |format: &str| format!("/api/v1/reports/use?from={first}&to={last}&format={format}");
    Ok(Table {
        caption: format!("{} {days}", text("Tình hình sử dụng biên lai", "How series were used,")),
        head: vec![
            (text("Ký hiệu", "Series"), false),
            (text("Tồn đầu kỳ", "Opening"), true),
            (text("Phát hành thêm", "Added"), true),
            (text("Đã lập", "Issued"), true),
            (text("Từ số", "First"), true),
            (text("Đến số", "Last"), true),
            (text("Thay thế", "Replaced"), true),
            (text("Hủy", "Voided"), true),
            (text("Tồn cuối kỳ", "Closing"), true),
        ],
        rows: rows
            .iter()
            .map(|row| {
                vec![
                    row.series.clone(),
                    count(row.opening),
                    count(row.added),
                    count(row.issued),
                    number(row.first_number),
                    number(row.last_number),
                    count(row.replaced),
                    count(row.voided),
                    count(row.closing),
                ]
            })
            .collect(),
        facts: Vec::new(),
        files: vec![("PDF", address("pdf")), ("XLSX", address("xlsx")), ("CSV", address("csv"))],
        day: None,
        is_cut: false,
    })
}

async fn ledger_of(house: &House, caller: &Caller, asked: &Asked, language: Language) -> Answer<Table> {
    let (from, to) = asked.days()?;
    let text = |vi: &'static str, en: &'static str| language.pick(vi, en);
    let days = format!("{} – {}", short_date(from), short_date(to));
    let (first, last) = (iso_date(from), iso_date(to));
    let filter = LedgerFilter { from: Some(from), to: Some(to), budget_item: None };
    let rows = ledger::entries(&house.folder, &caller.unit, asked.by, &filter).await?;
    let known = BY.into_iter().find(|(by, ..)| *by == asked.by);
    let (_, code, vi, en) = known.unwrap_or((By::Fee, "fee", "", ""));
    let address = |format: &str| format!("/api/v1/reports/ledger?by={code}&from={first}&to={last}&format={format}");
    let called = |row: &ledger::Entry| match (asked.by, &row.name) {
        (By::Method, _) => method(language, &row.key),
        (By::Channel, _) if row.key == "portal" => text("Cổng dịch vụ công", "Portal").to_owned(),
        (By::Channel, _) => text("Tại quầy", "Counter").to_owned(),
        (By::Fee, Some(name)) => format!("{} – {name}", row.key),
        (_, Some(name)) => name.clone(),
        (_, None) => row.key.clone(),
    };
    let sum: i128 = rows.iter().map(|row| row.amount).sum();
    Ok(Table {
        caption: format!("{} {}, {days}", text("Sổ thu", "Ledger"), language.pick(vi, en).to_lowercase()),
        head: vec![
            (text("Mục", "Key"), false),
            (text("Biên lai", "Receipts"), true),
            (text("Số tiền", "Amount"), true),
            (text("Bị thay thế", "Replaced"), true),
            (text("Bị hủy", "Voided"), true),
        ],
        rows: rows
            .iter()
            .map(|row| {
                vec![
                    called(row),
                    count(row.receipts),
                    dong_sum(row.amount),
                    count(row.replaced_receipts),
                    count(row.voided_receipts),
                ]
            })
            .collect(),
        facts: vec![(text("Tổng số tiền", "Total"), dong_sum(sum))],
        files: vec![("XLSX", address("xlsx")), ("CSV", address("csv"))],
        day: None,
        is_cut: false,
    })
}

async fn daily_report(house: &House, caller: &Caller, asked: &Asked, language: Language) -> Answer<Table> {
    let (from, _) = asked.days()?;
    let text = |vi: &'static str, en: &'static str| language.pick(vi, en);
    let first = iso_date(from);
    let mut rows = Vec::new();
    let mut tx = house.folder.store.read().await.map_err(Error::from)?;
    let totals = daily::each(&mut *tx, &caller.unit, from, &mut |row| {
        if rows.len() < MOST_ROWS {
            rows.push(vec![
                format!("{}/{}/{:08}", row.form, row.symbol, row.number),
                row.fee.clone(),
                dong(row.amount),
                row.state.vietnamese().to_owned(),
                [&row.related, &row.explanation].into_iter().flatten().cloned().collect::<Vec<_>>().join(": "),
            ]);
        }
        Ok(())
    })
    .await?;
    drop(tx);
    let newest = filing::current(&house.folder, &caller.unit, from).await?;
    let address = |format: &str| format!("/api/v1/reports/daily?date={first}&format={format}");
    let mut files = vec![("XLSX", address("xlsx")), ("CSV", address("csv"))];
    if newest.is_some() {
        files.extend([("PDF", address("pdf")), ("XML", address("xml"))]);
    }
    let fact = |name, change| {
        let sum = totals.of(change);
        (name, format!("{} · {}", sum.receipts, dong_sum(sum.amount)))
    };
    Ok(Table {
        caption: format!("01/TH-BLĐT {}", short_date(from)),
        head: vec![
            (text("Biên lai", "Receipt"), false),
            (text("Khoản thu", "Fee"), false),
            (text("Số tiền", "Amount"), true),
            (text("Trạng thái", "State"), false),
            (text("Liên quan, giải thích", "Related, why"), false),
        ],
        is_cut: totals.rows > u64::try_from(rows.len()).unwrap_or(u64::MAX),
        rows,
        facts: vec![
            fact(text("Mới", "New"), Change::New),
            fact(text("Thay thế", "Replacing"), Change::Replaced),
            fact(text("Điều chỉnh", "Notified"), Change::Adjusted),
            fact(text("Hủy", "Voided"), Change::Cancelled),
            (text("Thu trong ngày", "Collected on the day"), dong_sum(totals.net())),
        ],
        files,
        day: Some((first.clone(), newest.map(|newest| moment(newest.made)))),
    })
}

fn count(number: u64) -> String {
    i64::try_from(number).map_or_else(|_| number.to_string(), crate::receipts::amount::grouped)
}

fn compared(result: &Reconciliation, language: Language) -> Table {
    let text = |vi: &'static str, en: &'static str| language.pick(vi, en);
    let found = |finding: Finding| match finding {
        Finding::Matched => text("Khớp", "Agrees"),
        Finding::Missing => text("Có tiền, chưa có biên lai", "A payment without a receipt"),
        Finding::WithoutPayment => text("Có biên lai, không thấy tiền", "A receipt without a payment"),
        Finding::Double => text("Thanh toán hai lần", "Paid twice"),
        Finding::DifferentAmount => text("Khác số tiền", "Different amounts"),
    };
    let mut items: Vec<_> = result.items.iter().collect();
    // what does not agree stands first
    items.sort_by_key(|item| item.finding == Finding::Matched);
    let rows = items.iter().take(MOST_ROWS).map(|item| {
        vec![
            found(item.finding).to_owned(),
            item.reference.clone().unwrap_or_default(),
            item.paid.map(dong).unwrap_or_default(),
            item.receipt.clone().unwrap_or_default(),
            item.total.map(dong).unwrap_or_default(),
        ]
    });
    Table {
        caption: text("Đối soát sao kê với biên lai", "The statement held against the receipts").to_owned(),
        head: vec![
            (text("Kết quả", "Finding"), false),
            (text("Mã giao dịch", "Reference"), false),
            (text("Tiền nhận", "Paid"), true),
            (text("Biên lai", "Receipt"), false),
            (text("Số tiền biên lai", "Receipt is over"), true),
        ],
        rows: rows.collect(),
        facts: vec![
            (found(Finding::Matched), count(result.matched)),
            (found(Finding::Missing), count(result.missing)),
            (found(Finding::WithoutPayment), count(result.without_payment)),
            (found(Finding::Double), count(result.double)),
            (found(Finding::DifferentAmount), count(result.different_amount)),
        ],
        files: Vec::new(),
        day: None,
        is_cut: result.items.len() > MOST_ROWS,
    }
}

async fn answer(visit: Visit, asked: &Asked, faults: Faults, compared: Option<Table>) -> Answer<Response> {
    let act = visit.act()?;
    let Visit { house, caller, shell, .. } = visit;
    let language = shell.language;
    let table = match compared {
        Some(table) => Some(table),
        None => table(&house, &caller, asked, language).await?,
    };
    let (from, to) = asked.days()?;
    let kind = KINDS.iter().find(|(kind, ..)| *kind == asked.kind).map_or("daily", |(_, code, ..)| *code);
    let choice = |code, vi, en, is_chosen| Choice { code, name: language.pick(vi, en), is_chosen };
    let page = Page {
        act,
        may_issue: caller.may(Permission::IssueReceipts).is_ok(),
        may_file: caller.may(Permission::FileReports).is_ok(),
        kinds: KINDS.iter().map(|(of, code, vi, en)| choice(*code, *vi, *en, *of == asked.kind)).collect(),
        by: BY.iter().map(|(of, code, vi, en)| choice(*code, *vi, *en, *of == asked.by)).collect(),
        from: short_date(from),
        to: short_date(to),
        kind,
        table,
        faults,
        shell,
    };
    shown(page.faults.status(), &page)
}

/// A report on the page.
pub async fn page(visit: Visit, uri: Uri) -> Answer<Response> {
    visit.caller.may(Permission::ReadReceipts)?;
    let asked = Asked::of(&Form::asked(&uri)?, visit.house.folder.today());
    if asked.from > asked.to {
        let mut faults = Faults::default();
        faults.add("from", visit.language().pick("Ngày đầu phải trước ngày cuối.", "The first day is after the last."));
        let (to, kind, by) = (asked.to, asked.kind, asked.by);
        return answer(visit, &Asked { from: to, to, kind, by }, faults, None).await;
    }
    answer(visit, &asked, Faults::default(), None).await
}

/// Signs the report of a day, or holds a statement against the receipts.
pub async fn act(visit: Visit, mut form: Form) -> Answer<Response> {
    visit.caller.may(Permission::ReadReceipts)?;
    let language = visit.language();
    let asked = Asked::of(&form, visit.house.folder.today());
    if form.text("do") == "file" {
        visit.caller.may(Permission::FileReports)?;
        let (day, _) = asked.days()?;
        let (house, caller) = (visit.house.clone(), visit.caller.clone());
        let job = async move {
            let sign = async move |house: &House| {
                let trust = house.trust()?;
                filing::file(&at_counter(house, &trust, &caller), &caller.unit, day).await
            };
            house.work(sign).await?;
            Ok(format!("/receipts/reports?kind=daily&from={}&said=report-signed", iso_date(day)))
        };
        return visit.once(form.act(), job).await;
    }
    let mut faults = Faults::default();
    let Some(file) = form.take_file("file") else {
        faults.add("file", language.pick("Chọn tệp sao kê, CSV hoặc XLSX.", "Choose the statement, CSV or XLSX."));
        return answer(visit, &asked, faults, None).await;
    };
    let (from, to) = asked.days()?;
    let found = async {
        let payments = statement::read(&file.bytes)?;
        reconcile::reconcile(&visit.house.folder, &visit.caller.unit, &payments, from, to).await
    };
    match found.await {
        Ok(result) => {
            let table = compared(&result, language);
            answer(visit, &asked, faults, Some(table)).await
        }
        Err(error) => {
            let problem = Problem::from(error);
            if !problem.status().is_client_error() {
                return Err(problem);
            }
            faults.add("file", in_one(language, problem.detail()));
            answer(visit, &asked, faults, None).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn quarters_begin_and_end() {
        assert_eq!(quarter(date!(2026 - 11 - 24)), (date!(2026 - 10 - 01), date!(2026 - 12 - 31)));
        assert_eq!(quarter(date!(2028 - 02 - 29)), (date!(2028 - 01 - 01), date!(2028 - 03 - 31)));
    }
}
