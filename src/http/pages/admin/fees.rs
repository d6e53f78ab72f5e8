//! The fee catalogue: what is in force, prices from a day on, tables in and out.

use super::words::faults;
use super::{enter, parts};
use crate::http::house::House;
use crate::http::pages::form::{Faults, Form, day};
use crate::http::pages::shell::{Door, Shell, Visit, see, shown};
use crate::http::problem::{Answer, Problem};
use crate::http::query::Params;
use crate::http::reports::table as file_of;
use crate::messages::folded;
use crate::people::permissions::Permission;
use crate::people::units;
use crate::receipts::amount::Dong;
use crate::receipts::catalogue::{self, FeeOf, RowReport};
use crate::receipts::content::short_date;
use crate::receipts::fees::Fee;
use crate::receipts::price::Price;
use crate::reports::sheet::{Cell, Format};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;
use std::collections::BTreeMap;
use url::form_urlencoded;

const PATH: &str = "/admin/fees";

/// A fee, in words.
struct Line {
    code: String,
    /// Where its price is changed.
    link: String,
    name: String,
    kind: &'static str,
    basis: String,
    price: String,
    portal: String,
    days: String,
    of: String,
    is_own: bool,
}

/// A price in words: `2.000 đ/trang; từ số 3: 1.000 đ; tối đa 200.000 đ`.
fn price_words(shell: &Shell, price: &Price, measure: Option<&str>) -> String {
    let most = |most: Option<Dong>| {
        most.map(|most| format!("; {} {most} đ", shell.t("tối đa", "at most"))).unwrap_or_default()
    };
    match price {
        Price::Each { first, tiers, most: cap } => {
            let measure = measure.map(|measure| format!("/{measure}")).unwrap_or_default();
            let tier = |(from, price): &(i64, Dong)| format!("; {} {from}: {price} đ", shell.t("từ số", "from number"));
            let tiers = tiers.iter().map(tier).collect::<Vec<_>>().concat();
            format!("{first} đ{measure}{tiers}{}", most(*cap))
        }
        Price::Case(price) => format!("{price} đ/{}", shell.t("hồ sơ", "case")),
        Price::Percent { percent, least, most: cap } => {
            let least =
                least.map(|least| format!("; {} {least} đ", shell.t("tối thiểu", "at least"))).unwrap_or_default();
            format!("{percent}{least}{}", most(*cap))
        }
        Price::Foreign(_) => price.to_string(),
    }
}

fn line(shell: &Shell, own: &str, names: &BTreeMap<String, String>, listed: FeeOf) -> Line {
    let FeeOf { of, fee } = listed;
    let until = fee.valid_to.map_or_else(String::new, short_date);
    Line {
        price: price_words(shell, &fee.price, fee.unit.as_deref()),
        portal: fee
            .portal_price
            .as_ref()
            .map(|price| price_words(shell, price, fee.unit.as_deref()))
            .unwrap_or_default(),
        days: format!("{} – {until}", short_date(fee.valid_from)),
        kind: fee.kind.as_str(),
        link: form_urlencoded::Serializer::new(format!("{PATH}/price?")).append_pair("code", &fee.code).finish(),
        code: fee.code,
        name: fee.name,
        basis: fee.legal_basis,
        is_own: of == own,
        of: names.get(&of).cloned().unwrap_or(of),
    }
}

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    q: String,
    date: String,
    lang: String,
    said: String,
}

#[derive(Template)]
#[template(path = "admin/fees.html")]
struct List {
    shell: Shell,
    sections: Vec<Door>,
    q: String,
    date: String,
    lines: Vec<Line>,
    coming: Vec<Line>,
    may_change: bool,
    faults: Faults,
}

/// The fees in force on a day, and those of the unit's own that are still to come.
pub async fn list(visit: Visit, Params(asked): Params<Asked>) -> Answer<Response> {
    visit.caller.may(Permission::ReadFees)?;
    let Visit { house, caller, shell, .. } = visit;
    let mut faults = Faults::default();
    let wanted_day = day(&asked.date);
    if wanted_day.is_none() && !asked.date.is_empty() {
        faults.add("date", shell.t("Ghi ngày như 24/11/2026.", "Give a day such as 24/11/2026."));
    }
    let names: BTreeMap<String, String> =
        units::list(&house.folder).await?.into_iter().map(|unit| (unit.id, unit.name)).collect();
    let wanted = folded(&asked.q);
    let fits = |listed: &FeeOf| {
        let words = folded(&format!("{} {}", listed.fee.code, listed.fee.name));
        wanted.iter().all(|part| words.iter().any(|word| word.starts_with(part.as_str())))
    };
    let in_force = catalogue::in_force(&house.folder, &caller.unit, wanted_day).await?;
    let coming = catalogue::own(&house.folder, &caller.unit).await?;
    let line = |listed| line(&shell, &caller.unit, &names, listed);
    let (lines, coming): (Vec<Line>, Vec<Line>) = (
        in_force.into_iter().filter(fits).map(line).collect(),
        coming
            .into_iter()
            .filter(|listed| listed.fee.valid_from > house.folder.today())
            .filter(fits)
            .map(line)
            .collect(),
    );
    let page = List {
        sections: parts(&shell, caller.role, PATH),
        q: asked.q,
        date: asked.date,
        may_change: caller.may(Permission::ManageFees).is_ok(),
        shell,
        lines,
        coming,
        faults,
    };
    shown(page.faults.status(), &page)
}

/// What is typed of a fee.
#[derive(Default)]
struct Typed {
    code: String,
    name: String,
    kind: String,
    basis: String,
    measure: String,
    price: String,
    portal: String,
    from: String,
    to: String,
}

#[derive(Template)]
#[template(path = "admin/fee.html")]
struct Page {
    shell: Shell,
    sections: Vec<Door>,
    is_new: bool,
    kinds: Vec<(String, String)>,
    typed: Typed,
    faults: Faults,
}

/// Which fee.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Which {
    code: String,
    lang: String,
    said: String,
}

/// The form for a price from a day on: of a fee that there is, with what it is now.
pub async fn form(visit: Visit, Params(which): Params<Which>) -> Answer<Response> {
    visit.caller.may(Permission::ManageFees)?;
    let old = known(&visit, &which.code).await?;
    let tomorrow = visit.house.folder.today().next_day().as_ref().map(ToString::to_string).unwrap_or_default();
    let text = |value: Option<String>| value.unwrap_or_default();
    let typed = match old {
        Some(fee) => Typed {
            name: fee.name,
            kind: fee.kind.as_str().to_owned(),
            basis: fee.legal_basis,
            measure: text(fee.unit),
            price: fee.price.to_string(),
            portal: text(fee.portal_price.as_ref().map(ToString::to_string)),
            from: tomorrow,
            to: String::new(),
            code: fee.code,
        },
        None => Typed { kind: "phí".to_owned(), from: tomorrow, code: which.code, ..Typed::default() },
    };
    show(visit, typed, Faults::default()).await
}

/// What is known of a code: the newest row of the unit's own, or what it inherits.
async fn known(visit: &Visit, code: &str) -> Answer<Option<Fee>> {
    let folder = &visit.house.folder;
    match catalogue::newest(folder, &visit.caller.unit, code).await {
        Ok(fee) => return Ok(Some(fee)),
        Err(error) if error.code == "fee.not_found" => {}
        Err(error) => return Err(error.into()),
    }
    let inherited = catalogue::in_force(folder, &visit.caller.unit, None).await?;
    Ok(inherited.into_iter().map(|listed| listed.fee).find(|fee| fee.code == code))
}

async fn show(visit: Visit, typed: Typed, faults: Faults) -> Answer<Response> {
    enter(&visit, PATH)?;
    let is_new = known(&visit, &typed.code).await?.is_none();
    let Visit { caller, shell, .. } = visit;
    let page = Page {
        sections: parts(&shell, caller.role, PATH),
        kinds: vec![
            ("phí".to_owned(), shell.t("Phí", "Charge (phí)").to_owned()),
            ("lệ phí".to_owned(), shell.t("Lệ phí", "Fee (lệ phí)").to_owned()),
        ],
        shell,
        is_new,
        typed,
        faults,
    };
    shown(page.faults.status(), &page)
}

/// A price as people write it: `10.000 đ` is `10000`.
fn plain_price(text: &str) -> String {
    let bare: String = text.trim().trim_end_matches(['đ', 'Đ']).chars().filter(|c| !c.is_whitespace()).collect();
    let groups: Vec<&str> = bare.split('.').collect();
    let is_number =
        !bare.is_empty() && groups.iter().all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
    if is_number && groups.iter().skip(1).all(|group| group.len() == 3) {
        groups.concat()
    } else {
        text.trim().to_owned()
    }
}

/// Keeps a price from a day on.
pub async fn put(visit: Visit, form: Form) -> Answer<Response> {
    visit.caller.may(Permission::ManageFees)?;
    let text = |name| form.text(name).to_owned();
    let typed = Typed {
        code: text("code"),
        name: text("name"),
        kind: text("kind"),
        basis: text("basis"),
        measure: text("measure"),
        price: text("price"),
        portal: text("portal"),
        from: text("from"),
        to: text("to"),
    };
    let mut faults = Faults::default();
    let old = known(&visit, &typed.code).await?;
    let fee = read(&visit.shell, &typed, old, &mut faults);
    let Some(fee) = fee.filter(|_| faults.is_empty()) else { return show(visit, typed, faults).await };
    let rows =
        catalogue::put(&visit.house.folder, &visit.caller.unit, vec![(1, Ok(fee))], false, &visit.caller.id).await?;
    match rows.into_iter().find_map(|row| row.fault) {
        None => Ok(see(&format!("{PATH}?said=fee-kept"))),
        Some(fault) => {
            faults.add("from", fault);
            show(visit, typed, faults).await
        }
    }
}

fn read(shell: &Shell, typed: &Typed, old: Option<Fee>, faults: &mut Faults) -> Option<Fee> {
    let wanted = [
        ("code", &typed.code),
        ("name", &typed.name),
        ("basis", &typed.basis),
        ("price", &typed.price),
        ("from", &typed.from),
    ];
    for (field, value) in wanted {
        if value.is_empty() {
            faults.add(field, shell.t("Mục này phải có.", "This is needed."));
        }
    }
    let mut price = |field: &str, text: &str| -> Option<Price> {
        if text.is_empty() {
            return None;
        }
        let found = plain_price(text).parse().ok();
        if found.is_none() {
            let words = shell.t(
                "Ghi số tiền như 10.000, hoặc quy tắc như: 2000 from 3 at 1000 max 200000; case 100000; 0.5% min 100000 max 5000000; 25 USD.",
                "Give an amount such as 10.000, or a rule such as: 2000 from 3 at 1000 max 200000; case 100000; 0.5% min 100000 max 5000000; 25 USD.",
            );
            faults.add(field, words);
        }
        found
    };
    let (first, portal) = (price("price", &typed.price), price("portal", &typed.portal));
    let mut on = |field: &str, text: &str| {
        let found = day(text);
        if found.is_none() && !text.is_empty() {
            faults.add(field, shell.t("Ghi ngày như 24/11/2026.", "Give a day such as 24/11/2026."));
        }
        found
    };
    let (from, to) = (on("from", &typed.from), on("to", &typed.to));
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Some(Fee {
        code: typed.code.clone(),
        name: typed.name.clone(),
        kind: typed.kind.parse().ok()?,
        legal_basis: typed.basis.clone(),
        unit: given(&typed.measure),
        price: first?,
        portal_price: portal,
        valid_from: from?,
        valid_to: to,
        reductions: old.as_ref().map(|old| old.reductions.clone()).unwrap_or_default(),
        budget_item: old.and_then(|old| old.budget_item),
    })
}

/// Ends a fee with a day.
pub async fn end(visit: Visit, form: Form) -> Answer<Response> {
    visit.caller.may(Permission::ManageFees)?;
    let code = form.text("code").to_owned();
    let Some(to) = day(form.text("to")) else {
        let words = visit.shell.t("Ghi ngày cuối như 24/11/2026.", "Give the last day such as 24/11/2026.");
        return refused(visit, words.to_owned()).await;
    };
    let old = catalogue::newest(&visit.house.folder, &visit.caller.unit, &code).await?;
    let fee = Fee { valid_to: Some(to), ..old };
    let rows =
        catalogue::put(&visit.house.folder, &visit.caller.unit, vec![(1, Ok(fee))], false, &visit.caller.id).await?;
    match rows.into_iter().find_map(|row| row.fault) {
        None => Ok(see(&format!("{PATH}?said=fee-kept"))),
        Some(fault) => refused(visit, fault).await,
    }
}

async fn refused(visit: Visit, why: String) -> Answer<Response> {
    let Visit { house, caller, shell, .. } = visit;
    let names = BTreeMap::new();
    let all = catalogue::in_force(&house.folder, &caller.unit, None).await?;
    let page = List {
        sections: parts(&shell, caller.role, PATH),
        q: String::new(),
        date: String::new(),
        lines: all.into_iter().map(|listed| line(&shell, &caller.unit, &names, listed)).collect(),
        coming: Vec::new(),
        may_change: true,
        shell,
        faults: Faults::whole(why),
    };
    shown(page.faults.status(), &page)
}

#[derive(Template)]
#[template(path = "admin/fees_import.html")]
struct Import {
    shell: Shell,
    sections: Vec<Door>,
    head: String,
    rows: Vec<RowReport>,
    is_done: bool,
    faults: Faults,
}

/// The form for a table.
pub async fn table(visit: Visit) -> Answer<Response> {
    show_import(visit, Vec::new(), false, Faults::default())
}

fn show_import(visit: Visit, rows: Vec<RowReport>, is_done: bool, faults: Faults) -> Answer<Response> {
    visit.caller.may(Permission::ManageFees)?;
    let sections = parts(&visit.shell, visit.caller.role, PATH);
    let page = Import { shell: visit.shell, sections, head: catalogue::HEAD.join(", "), rows, is_done, faults };
    shown(page.faults.status(), &page)
}

/// Takes the rows of a table, all or none; or only says what would become of each.
pub async fn import(visit: Visit, mut form: Form) -> Answer<Response> {
    visit.caller.may(Permission::ManageFees)?;
    let mut wrong = Faults::default();
    let Some(file) = form.take_file("file") else {
        wrong.add("file", visit.shell.t("Hãy chọn tệp CSV hoặc XLSX.", "Choose a CSV or XLSX file."));
        return show_import(visit, Vec::new(), false, wrong);
    };
    let is_try = form.given("try").is_some();
    let (unit, actor) = (visit.caller.unit.clone(), visit.caller.id.clone());
    let job = async move |house: &House| {
        let given = catalogue::read(&file.bytes)?;
        catalogue::put(&house.folder, &unit, given, is_try, &actor).await
    };
    let rows = match visit.house.work(job).await {
        Ok(rows) => rows,
        Err(problem) => {
            let faults = faults(visit.language(), problem)?;
            return show_import(visit, Vec::new(), false, faults);
        }
    };
    let bad = rows.iter().filter(|row| row.fault.is_some()).count();
    if bad > 0 {
        let words = visit.shell.t(
            "dòng sai; chưa có gì thay đổi. Sửa các dòng nêu ở dưới rồi nhập lại.",
            "rows are wrong; nothing was changed. Mend those named below, and hand it in again.",
        );
        wrong.add("file", format!("{bad}/{} {words}", rows.len()));
    }
    show_import(visit, rows, !is_try && bad == 0, wrong)
}

/// The unit's own catalogue as a table.
pub async fn export(visit: Visit, Path(file): Path<String>) -> Answer<Response> {
    visit.caller.may(Permission::ReadFees)?;
    let format = match file.as_str() {
        "catalogue.csv" => Format::Csv,
        "catalogue.xlsx" => Format::Xlsx,
        _ => return Err(Problem::not_found()),
    };
    let fees = catalogue::own(&visit.house.folder, &visit.caller.unit).await?;
    file_of(&visit.house, format, "danh-muc-phi-le-phi", &catalogue::HEAD, async |mut sheet| {
        for listed in &fees {
            sheet.row(&catalogue::cells(&listed.fee).map(Cell::from))?;
        }
        sheet.finish()
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::plain_price;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, plain) in [
            ("10.000 đ", "10000"),
            ("10000", "10000"),
            ("1.000.000", "1000000"),
            ("0.5% min 100000", "0.5% min 100000"),
            ("1.00", "1.00"),
        ] {
            assert_eq!(plain_price(text), plain);
        }
    }
}
