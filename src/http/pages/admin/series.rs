//! Series of receipts: opened, closed, delegated; how many numbers are left.

use super::units::choices;
use super::words::faults;
use super::{enter, names, parts};
use crate::data_folder::VIETNAM;
use crate::error::Error;
use crate::http::pages::form::{Faults, Form};
use crate::http::pages::shell::{Door, Shell, Visit, shown};
use crate::http::problem::{Answer, Problem};
use crate::people::permissions::Permission;
use crate::people::tree;
use crate::people::users::Administrator;
use crate::receipts::amount::{Dong, grouped};
use crate::receipts::book::{self, Delegation, Opening};
use crate::receipts::content::short_date;
use crate::receipts::life::runs_low;
use crate::receipts::request::Channel;
use crate::receipts::series::{Number, SeriesId};
use crate::store::receipts::{RangeRow, SeriesRow};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeMap;
use std::sync::Arc;

const PATH: &str = "/admin/series";

/// A series, in words.
struct Line {
    id: String,
    unit: String,
    next: String,
    left: String,
    low: Option<String>,
    channel: &'static str,
    registration: String,
    printed: String,
    opened: String,
    closed: Option<String>,
}

/// Delegated numbers, in words.
struct Range {
    first: u32,
    numbers: String,
    unit: String,
    next: String,
    low: Option<String>,
    is_open: bool,
}

fn count(number: u32) -> String {
    grouped(number.into())
}

fn left(next: u32, last: u32) -> u32 {
    last.saturating_add(1).saturating_sub(next)
}

fn line(shell: &Shell, names: &BTreeMap<String, String>, row: SeriesRow) -> Line {
    let day = |at: time::OffsetDateTime| short_date(at.to_offset(VIETNAM).date());
    Line {
        id: format!("{}/{}", row.form, row.symbol),
        unit: names.get(&row.unit).cloned().unwrap_or(row.unit),
        next: format!("{:08}", row.next),
        left: count(left(row.next, row.last)),
        low: runs_low(1, row.next, row.last).filter(|_| row.is_open).map(count),
        channel: match row.channel.as_deref() {
            Some("counter") => shell.t("Tại quầy", "Counter"),
            Some("portal") => shell.t("Cổng dịch vụ công", "Portal"),
            _ => shell.t("Mọi kênh", "All"),
        },
        registration: row.registration.unwrap_or_default(),
        printed: row.denomination.map(|dong| format!("{} đ", grouped(dong))).unwrap_or_default(),
        opened: day(row.created),
        closed: if row.is_open { None } else { Some(row.closed.map(day).unwrap_or_default()) },
    }
}

fn range(names: &BTreeMap<String, String>, row: &RangeRow) -> Range {
    Range {
        first: row.first,
        numbers: format!("{:08} – {:08}", row.first, row.last),
        unit: names.get(&row.delegate).cloned().unwrap_or_else(|| row.delegate.clone()),
        next: format!("{:08}", row.next),
        low: runs_low(row.first, row.next, row.last).filter(|_| row.is_open).map(count),
        is_open: row.is_open,
    }
}

/// The series that somebody may see: an administrator those of the unit and all below it, others their own unit's.
async fn seen(visit: &Visit) -> Answer<Vec<SeriesRow>> {
    let folder = &visit.house.folder;
    if visit.caller.may(Permission::ManageSeries).is_err() {
        return Ok(book::list(folder, Some(&visit.caller.unit)).await?);
    }
    let by = Administrator::of(&visit.caller, Permission::ManageSeries)?;
    let units = by.units(&mut *folder.store.read().await.map_err(Error::from)?).await?;
    let all = book::list(folder, None).await?.into_iter();
    Ok(all.filter(|row| units.as_ref().is_none_or(|units| units.contains(&row.unit))).collect())
}

#[derive(Template)]
#[template(path = "admin/series.html")]
struct List {
    shell: Shell,
    sections: Vec<Door>,
    lines: Vec<Line>,
    may_change: bool,
}

/// The series, those that are open first.
pub async fn list(visit: Visit) -> Answer<Response> {
    enter(&visit, PATH)?;
    let (names, mut all) = (names(&visit.house).await?, seen(&visit).await?);
    all.sort_by_key(|row| (!row.is_open, std::cmp::Reverse(row.created)));
    let page = List {
        sections: parts(&visit.shell, visit.caller.role, PATH),
        lines: all.into_iter().map(|row| line(&visit.shell, &names, row)).collect(),
        may_change: visit.caller.may(Permission::ManageSeries).is_ok(),
        shell: visit.shell,
    };
    shown(StatusCode::OK, &page)
}

#[derive(Template)]
#[template(path = "admin/series_new.html")]
struct New {
    shell: Shell,
    sections: Vec<Door>,
    units: Vec<(String, String)>,
    channels: Vec<(String, String)>,
    series: String,
    unit: String,
    last: String,
    channel: String,
    registration: String,
    denomination: String,
    act: String,
    faults: Faults,
}

/// The form for a new series.
pub async fn form(visit: Visit) -> Answer<Response> {
    show_new(visit, &Form::default(), Faults::default()).await
}

async fn show_new(visit: Visit, form: &Form, faults: Faults) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManageSeries)?;
    let tree = tree::units(&visit.house.folder, &by).await?;
    let act = visit.act()?;
    let year = visit.house.folder.now().to_offset(VIETNAM).year().rem_euclid(100);
    let shell = visit.shell;
    let page = New {
        sections: parts(&shell, visit.caller.role, PATH),
        units: choices(&tree),
        channels: vec![
            (String::new(), shell.t("Mọi kênh", "All").to_owned()),
            ("counter".to_owned(), shell.t("Chỉ tại quầy", "The counter only").to_owned()),
            ("portal".to_owned(), shell.t("Chỉ cổng dịch vụ công", "The portal only").to_owned()),
        ],
        series: form.given("series").map_or_else(|| format!("EBL01/{year:02}T"), str::to_owned),
        unit: form.given("unit").unwrap_or(&visit.caller.unit).to_owned(),
        last: form.text("last").to_owned(),
        channel: form.text("channel").to_owned(),
        registration: form.text("registration").to_owned(),
        denomination: form.text("denomination").to_owned(),
        act,
        shell,
        faults,
    };
    shown(page.faults.status(), &page)
}

/// A number with or without points between its groups.
fn whole(text: &str) -> Option<i64> {
    text.replace('.', "").parse().ok()
}

fn number(text: &str) -> Option<Number> {
    whole(text).and_then(|number| u32::try_from(number).ok()).and_then(Number::new)
}

/// Opens a series.
pub async fn open(visit: Visit, form: Form) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManageSeries)?;
    let mut wrong = Faults::default();
    let id: Option<SeriesId> = form.text("series").to_uppercase().parse().ok();
    if id.is_none() {
        wrong.add(
            "series",
            visit.shell.t(
                "Ghi mẫu số và ký hiệu như EBL01/26TAA: hai số cuối của năm, chữ T, hai chữ cái tự chọn.",
                "Form and symbol such as EBL01/26TAA: two digits of the year, T, two letters of your choice.",
            ),
        );
    }
    let (last, denomination) =
        (form.given("last").map(number), form.given("denomination").map(|text| whole(text).and_then(Dong::new)));
    if last == Some(None) {
        wrong.add("last", visit.shell.t("Số cuối từ 1 đến 99.999.999.", "The last number is from 1 to 99.999.999."));
    }
    if denomination == Some(None) {
        wrong.add("denomination", visit.shell.t("Ghi số đồng như 20.000.", "Whole dong, such as 20.000."));
    }
    let Some(id) = id.filter(|_| wrong.is_empty()) else { return show_new(visit, &form, wrong).await };
    let opening = Opening {
        last: last.flatten(),
        channel: [Channel::Counter, Channel::Portal]
            .into_iter()
            .find(|channel| channel.as_str() == form.text("channel")),
        registration: form.given("registration").map(str::to_owned),
        denomination: denomination.flatten(),
    };
    let (house, unit) = (Arc::clone(&visit.house), form.text("unit").to_owned());
    let job = async move {
        let folder = &house.folder;
        by.cares_for(&mut *folder.store.read().await.map_err(Error::from)?, &unit, "unit", &unit).await?;
        book::create(folder, &id, &unit, &opening, &by.actor).await?;
        Ok(format!("{PATH}/{id}?said=series-open"))
    };
    match visit.once(form.act(), job).await {
        Err(problem) => {
            let faults = faults(visit.language(), problem)?;
            show_new(visit, &form, faults).await
        }
        done => done,
    }
}

#[derive(Template)]
#[template(path = "admin/series_one.html")]
struct Page {
    shell: Shell,
    sections: Vec<Door>,
    line: Line,
    ranges: Vec<Range>,
    units: Vec<(String, String)>,
    may_change: bool,
    to: String,
    first: String,
    last: String,
    act: String,
    faults: Faults,
}

/// A series and its delegated numbers.
pub async fn page(visit: Visit, Path((form, symbol)): Path<(String, String)>) -> Answer<Response> {
    show(visit, &form, &symbol, &Form::default(), Faults::default()).await
}

async fn show(visit: Visit, form: &str, symbol: &str, typed: &Form, faults: Faults) -> Answer<Response> {
    enter(&visit, PATH)?;
    let row = seen(&visit).await?.into_iter().find(|row| row.form == form && row.symbol == symbol);
    let row = row.ok_or_else(Problem::not_found)?;
    let id: SeriesId = format!("{form}/{symbol}").parse().map_err(Error::from)?;
    let names = names(&visit.house).await?;
    let ranges = book::ranges(&visit.house.folder, Some(&id)).await?;
    let mut units: Vec<(String, String)> =
        names.iter().filter(|(unit, _)| **unit != row.unit).map(|(id, name)| (id.clone(), name.clone())).collect();
    units.sort_by_cached_key(|(_, name)| crate::messages::sort_key(name));
    let page = Page {
        sections: parts(&visit.shell, visit.caller.role, PATH),
        line: line(&visit.shell, &names, row),
        ranges: ranges.iter().map(|row| range(&names, row)).collect(),
        may_change: visit.caller.may(Permission::ManageSeries).is_ok(),
        to: typed.text("to").to_owned(),
        first: typed.text("first").to_owned(),
        last: typed.text("last").to_owned(),
        act: visit.act()?,
        shell: visit.shell,
        units,
        faults,
    };
    shown(page.faults.status(), &page)
}

/// Closes a series, delegates numbers of it or takes them back; which of these is in the field `do`.
pub async fn change(visit: Visit, Path((form, symbol)): Path<(String, String)>, typed: Form) -> Answer<Response> {
    visit.caller.may(Permission::ManageSeries)?;
    seen(&visit)
        .await?
        .into_iter()
        .find(|row| row.form == form && row.symbol == symbol)
        .ok_or_else(Problem::not_found)?;
    let id: SeriesId = format!("{form}/{symbol}").parse().map_err(Error::from)?;
    let numbers = (number(typed.text("first")), number(typed.text("last")));
    if typed.text("do") == "delegate" && (numbers.0.is_none() || numbers.1.is_none()) {
        let mut wrong = Faults::default();
        let words = visit.shell.t(
            "Ghi số đầu và số cuối, từ 1 đến 99.999.999.",
            "Give the first and the last number, from 1 to 99.999.999.",
        );
        wrong.add("first", words);
        return show(visit, &form, &symbol, &typed, wrong).await;
    }
    let (house, actor) = (Arc::clone(&visit.house), visit.caller.id.clone());
    let (what, to) = (typed.text("do").to_owned(), typed.text("to").to_owned());
    let job = async move {
        let folder = &house.folder;
        let said = match (what.as_str(), numbers) {
            ("close", _) => book::close(folder, &id, &actor).await.map(|_| "series-closed"),
            ("return", (Some(first), _)) => book::take_back(folder, &id, first, &actor).await.map(|_| "range-returned"),
            ("delegate", (Some(first), Some(last))) => {
                let asked = Delegation { series: &id, to: &to, first, last };
                book::delegate(folder, &asked, &actor).await.map(|_| "range-delegated")
            }
            _ => return Err(Problem::not_found()),
        }?;
        Ok(format!("{PATH}/{id}?said={said}"))
    };
    match visit.once(typed.act(), job).await {
        Err(problem) => {
            let faults = faults(visit.language(), problem)?;
            show(visit, &form, &symbol, &typed, faults).await
        }
        done => done,
    }
}
