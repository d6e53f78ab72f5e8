//! The unit and those below it: the tree, what is given of each, what became of it; made, and renamed by a decision.

use super::words::faults;
use super::{enter, names, parts};
use crate::error::Error;
use crate::http::house::House;
use crate::http::pages::form::{Faults, Form, day};
use crate::http::pages::images::{Image, change as change_image, png};
use crate::http::pages::shell::{Door, Shell, Visit, see, shown};
use crate::http::problem::{Answer, Problem};
use crate::people::permissions::Permission;
use crate::people::tree::{self, Particulars};
use crate::people::units::view::PlanView;
use crate::people::units::{self, UnitKind};
use crate::people::users::Administrator;
use crate::receipts::book;
use crate::receipts::content::short_date;
use crate::reform::{self, plans};
use crate::registry::images::{self, ImageKind};
use crate::store::people::{PlanState, UnitRow};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use std::collections::BTreeMap;
use time::Date;

pub(super) const PATH: &str = "/admin/units";

/// A unit of a tree to choose: identifier and name.
pub(super) fn choice((depth, unit): &(usize, UnitRow)) -> (String, String) {
    (unit.id.clone(), format!("{}{}", "– ".repeat(*depth), unit.name))
}

/// Those of a tree that have not ended.
pub(super) fn choices(tree: &[(usize, UnitRow)]) -> Vec<(String, String)> {
    tree.iter().filter(|(_, unit)| unit.closed.is_none()).map(choice).collect()
}

/// The day that a form names; none, if it names none. What is no day is wrong with the form.
pub(super) fn read_day(shell: &Shell, form: &Form, wrong: &mut Faults) -> Option<Date> {
    let given = form.given("day")?;
    let found = day(given);
    if found.is_none() {
        wrong.add("day", shell.t("Ghi ngày như 24/11/2026.", "Give a day such as 24/11/2026."));
    }
    found
}

fn kind_name(shell: &Shell, kind: Option<&str>) -> String {
    let kind = kind.and_then(|kind| kind.parse::<UnitKind>().ok());
    kind.map(|kind| shell.t(kind.vietnamese(), kind.english()).to_owned()).unwrap_or_default()
}

/// That a unit has ended, and which one has its place.
struct Ended {
    day: String,
    successor: Option<(String, String)>,
}

fn ended(unit: &UnitRow, names: &BTreeMap<String, String>) -> Option<Ended> {
    let day = short_date(unit.closed?);
    let named = |id: &String| (id.clone(), names.get(id).cloned().unwrap_or_else(|| id.clone()));
    Some(Ended { day, successor: unit.successor.as_ref().map(named) })
}

/// A unit in the tree.
struct Line {
    depth: usize,
    kind: String,
    ended: Option<Ended>,
    unit: UnitRow,
}

/// What is planned to become of units, and waits for its day.
struct Plan {
    id: String,
    day: String,
    what: &'static str,
    /// The unit in their place, or the new name.
    into: String,
    units: String,
    basis: String,
    failure: String,
}

fn told(shell: &Shell, names: &BTreeMap<String, String>, plan: PlanView) -> Plan {
    let name = |id: &String| names.get(id).cloned().unwrap_or_else(|| id.clone());
    let what = match plan.kind.as_str() {
        "renamed" => shell.t("Đổi tên thành", "Renamed"),
        "merged" => shell.t("Sáp nhập vào", "Merged into"),
        _ => shell.t("Giải thể", "Closed"),
    };
    Plan {
        day: day(&plan.day).map_or(plan.day, short_date),
        what,
        into: plan.name.or_else(|| plan.successor.as_ref().map(name)).unwrap_or_default(),
        units: plan.units.iter().map(name).collect::<Vec<_>>().join("; "),
        basis: plan.basis,
        failure: plan.failure.unwrap_or_default(),
        id: plan.id,
    }
}

/// Withdraws a plan.
pub async fn withdraw(visit: Visit, Path(id): Path<String>) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManageUnits)?;
    match plans::withdraw(&visit.house.folder, &id, &by).await {
        Ok(_) => Ok(see(&format!("{PATH}?said=plan-withdrawn"))),
        Err(error) => {
            let faults = faults(visit.language(), error)?;
            show_list(visit, UnitRow::default(), faults).await
        }
    }
}

#[derive(Template)]
#[template(path = "admin/units.html")]
struct List {
    shell: Shell,
    sections: Vec<Door>,
    lines: Vec<Line>,
    plans: Vec<Plan>,
    act: String,
    kinds: Vec<(String, String)>,
    units: Vec<(String, String)>,
    typed: UnitRow,
    kind: String,
    parent: String,
    faults: Faults,
}

/// The tree, and the form for a new unit.
pub async fn list(visit: Visit) -> Answer<Response> {
    show_list(visit, UnitRow::default(), Faults::default()).await
}

async fn show_list(visit: Visit, typed: UnitRow, faults: Faults) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManageUnits)?;
    let tree = tree::units(&visit.house.folder, &by).await?;
    let mut plans = plans::list(&visit.house.folder, &by).await?;
    plans.retain(|plan| plan.state == PlanState::Planned);
    let (names, act) = (names(&visit.house).await?, visit.act()?);
    let shell = visit.shell;
    let kinds = UnitKind::ALL.map(|kind| (kind.as_str().to_owned(), kind_name(&shell, Some(kind.as_str()))));
    let line = |(depth, unit): (usize, UnitRow)| Line {
        kind: kind_name(&shell, unit.kind.as_deref()),
        ended: ended(&unit, &names),
        depth,
        unit,
    };
    let page = List {
        sections: parts(&shell, visit.caller.role, PATH),
        units: choices(&tree),
        lines: tree.into_iter().map(line).collect(),
        plans: plans.into_iter().map(|plan| told(&shell, &names, plan.into())).collect(),
        kind: typed.kind.clone().unwrap_or_else(|| UnitKind::Commune.as_str().to_owned()),
        parent: typed.parent.clone().unwrap_or_else(|| visit.caller.unit.clone()),
        kinds: kinds.into(),
        act,
        typed,
        shell,
        faults,
    };
    shown(page.faults.status(), &page)
}

/// Makes a unit.
pub async fn create(visit: Visit, form: Form) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManageUnits)?;
    let (text, given) = (|name| form.text(name).to_owned(), |name| form.given(name).map(str::to_owned));
    let unit = UnitRow {
        id: text("id"),
        name: text("name"),
        tax_code: text("tax_code"),
        address: text("address"),
        phone: given("phone"),
        account: given("account"),
        parent: Some(given("parent").unwrap_or_else(|| visit.caller.unit.clone())),
        kind: given("kind"),
        code: given("code"),
        ..UnitRow::default()
    };
    let (house, new) = (std::sync::Arc::clone(&visit.house), unit.clone());
    let job = async move {
        units::create(&house.folder, &new, &by).await?;
        Ok(format!("{PATH}/{}?said=unit-made", new.id))
    };
    match visit.once(form.act(), job).await {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let faults = faults(visit.language(), problem)?;
            show_list(visit, unit, faults).await
        }
    }
}

/// What became of a unit once.
struct Event {
    day: String,
    what: &'static str,
    /// The name until then.
    name: String,
    successor: Option<(String, String)>,
    basis: String,
}

/// What a form on the unit's page says.
#[derive(Default)]
struct Typed {
    name: String,
    day: String,
    basis: String,
}

#[derive(Template)]
#[template(path = "admin/unit.html")]
struct Page {
    shell: Shell,
    sections: Vec<Door>,
    unit: UnitRow,
    kind: String,
    ended: Option<Ended>,
    is_own: bool,
    above: Option<UnitRow>,
    below: Vec<UnitRow>,
    history: Vec<Event>,
    series: usize,
    people: usize,
    /// What its seal is seen with.
    seal: Image,
    typed: Particulars,
    renamed: Typed,
    faults: Faults,
}

/// A unit: what is given of it, what it has, and what became of it.
pub async fn page(visit: Visit, Path(id): Path<String>) -> Answer<Response> {
    show(visit, &id, None, Typed::default(), Faults::default()).await
}

async fn show(visit: Visit, id: &str, typed: Option<Particulars>, renamed: Typed, faults: Faults) -> Answer<Response> {
    enter(&visit, PATH)?;
    let by = Administrator::of(&visit.caller, Permission::ManageUnits)?;
    let folder = &visit.house.folder;
    let tree = tree::units(folder, &by).await?;
    let names = names(&visit.house).await?;
    let find = |id: &str| tree.iter().find(|(_, unit)| unit.id == id).map(|(_, unit)| unit.clone());
    let unit = find(id).ok_or_else(Problem::not_found)?;
    let below = tree.iter().filter(|(_, other)| other.parent.as_deref() == Some(id)).map(|(_, other)| other.clone());
    let people = folder.store.read().await.map_err(Error::from)?.users().await.map_err(Error::from)?;
    let named = |id: String| (id.clone(), names.get(&id).cloned().unwrap_or(id));
    let shell = visit.shell;
    let history = units::history(folder, id).await?.history.into_iter().map(|event| Event {
        what: match event.kind.as_str() {
            "renamed" => shell.t("Đổi tên", "Renamed"),
            "merged" => shell.t("Sáp nhập", "Merged"),
            _ => shell.t("Giải thể", "Closed"),
        },
        day: day(&event.day).map_or(event.day, short_date),
        name: event.name,
        successor: event.successor.map(named),
        basis: event.basis,
    });
    let is_kept = images::seal(folder, id, &by).await?.is_some();
    let page = Page {
        seal: Image::new(&shell, ImageKind::Seal, is_kept.then(|| format!("{PATH}/{id}/seal.png"))),
        sections: parts(&shell, visit.caller.role, PATH),
        kind: kind_name(&shell, unit.kind.as_deref()),
        ended: ended(&unit, &names),
        is_own: visit.caller.unit == id,
        above: unit.parent.as_deref().and_then(find),
        below: below.collect(),
        history: history.collect(),
        series: book::list(folder, Some(id)).await?.len(),
        people: people.iter().filter(|user| user.unit == id).count(),
        typed: typed.unwrap_or_else(|| Particulars {
            address: unit.address.clone(),
            phone: unit.phone.clone(),
            account: unit.account.clone(),
        }),
        renamed,
        unit,
        shell,
        faults,
    };
    shown(page.faults.status(), &page)
}

/// Changes what is given of a unit.
pub async fn change(visit: Visit, Path(id): Path<String>, form: Form) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManageUnits)?;
    let given = |name| form.given(name).map(str::to_owned);
    let typed =
        Particulars { address: form.text("address").to_owned(), phone: given("phone"), account: given("account") };
    match tree::change(&visit.house.folder, &id, typed.clone(), &by).await {
        Ok(()) => Ok(see(&format!("{PATH}/{id}?said=changed"))),
        Err(error) => {
            let faults = faults(visit.language(), error)?;
            show(visit, &id, Some(typed), Typed::default(), faults).await
        }
    }
}

/// Gives a unit another name from a day on.
pub async fn rename(visit: Visit, Path(id): Path<String>, form: Form) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManageUnits)?;
    let mut wrong = Faults::default();
    let day = read_day(&visit.shell, &form, &mut wrong);
    if wrong.is_empty() {
        let (name, basis) = (form.text("name"), form.text("basis"));
        match reform::rename(&visit.house.folder, &id, name, (day, basis), &by).await {
            Ok(None) => return Ok(see(&format!("{PATH}/{id}?said=unit-renamed"))),
            Ok(Some(_)) => return Ok(see(&format!("{PATH}?said=units-planned#plans"))),
            Err(error) => wrong = faults(visit.language(), error)?,
        }
    }
    let text = |name| form.text(name).to_owned();
    let renamed = Typed { name: text("name"), day: text("day"), basis: text("basis") };
    show(visit, &id, None, renamed, wrong).await
}

/// The image that the seal of a unit is seen with.
pub async fn seal(visit: Visit, Path(id): Path<String>) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManageUnits)?;
    let kept = images::seal(&visit.house.folder, &id, &by).await?;
    Ok(png(kept.ok_or_else(Problem::not_found)?))
}

/// Keeps another one, or takes it away.
pub async fn change_seal(visit: Visit, Path(id): Path<String>, form: Form) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManageUnits)?;
    let unit = id.clone();
    let keep = async move |house: &House, png: Option<&[u8]>| images::set_seal(&house.folder, &unit, png, &by).await;
    match change_image(&visit, form, &format!("{PATH}/{id}"), keep).await? {
        Ok(response) => Ok(response),
        Err(why) => {
            let mut wrong = Faults::default();
            wrong.add("seal", why);
            show(visit, &id, None, Typed::default(), wrong).await
        }
    }
}
