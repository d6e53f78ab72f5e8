//! The unit and those below it: the tree, and what is given of each.

use super::words::faults;
use super::{enter, parts};
use crate::http::pages::form::{Faults, Form};
use crate::http::pages::shell::{Door, Shell, Visit, see, shown};
use crate::http::problem::{Answer, Problem};
use crate::people::permissions::Permission;
use crate::people::tree::{self, Particulars};
use crate::people::users::Administrator;
use crate::receipts::book;
use crate::store::people::UnitRow;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

const PATH: &str = "/admin/units";

/// A unit in the tree.
struct Line {
    depth: usize,
    unit: UnitRow,
}

#[derive(Template)]
#[template(path = "admin/units.html")]
struct List {
    shell: Shell,
    sections: Vec<Door>,
    lines: Vec<Line>,
}

/// The tree.
pub async fn list(visit: Visit) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManageUnits)?;
    let tree = tree::units(&visit.house.folder, &by).await?;
    let lines = tree.into_iter().map(|(depth, unit)| Line { depth, unit }).collect();
    let sections = parts(&visit.shell, visit.caller.role, PATH);
    shown(StatusCode::OK, &List { shell: visit.shell, sections, lines })
}

#[derive(Template)]
#[template(path = "admin/unit.html")]
struct Page {
    shell: Shell,
    sections: Vec<Door>,
    unit: UnitRow,
    above: Option<UnitRow>,
    below: Vec<UnitRow>,
    series: usize,
    people: usize,
    typed: Particulars,
    faults: Faults,
}

/// A unit: what is given of it, and what it has.
pub async fn page(visit: Visit, Path(id): Path<String>) -> Answer<Response> {
    show(visit, &id, None, Faults::default()).await
}

async fn show(visit: Visit, id: &str, typed: Option<Particulars>, faults: Faults) -> Answer<Response> {
    enter(&visit, PATH)?;
    let by = Administrator::of(&visit.caller, Permission::ManageUnits)?;
    let folder = &visit.house.folder;
    let tree = tree::units(folder, &by).await?;
    let find = |id: &str| tree.iter().find(|(_, unit)| unit.id == id).map(|(_, unit)| unit.clone());
    let unit = find(id).ok_or_else(Problem::not_found)?;
    let below = tree.iter().filter(|(_, other)| other.parent.as_deref() == Some(id)).map(|(_, other)| other.clone());
    let people = crate::people::users::accounts::list(folder, &by).await?;
    let page = Page {
        sections: parts(&visit.shell, visit.caller.role, PATH),
        above: unit.parent.as_deref().and_then(find),
        below: below.collect(),
        series: book::list(folder, Some(id)).await?.len(),
        people: people.iter().filter(|account| account.user.unit == id).count(),
        typed: typed.unwrap_or_else(|| Particulars {
            name: unit.name.clone(),
            address: unit.address.clone(),
            phone: unit.phone.clone(),
            account: unit.account.clone(),
        }),
        unit,
        shell: visit.shell,
        faults,
    };
    shown(page.faults.status(), &page)
}

/// Changes what is given of a unit.
pub async fn change(visit: Visit, Path(id): Path<String>, form: Form) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManageUnits)?;
    let given = |name| form.given(name).map(str::to_owned);
    let typed = Particulars {
        name: form.text("name").to_owned(),
        address: form.text("address").to_owned(),
        phone: given("phone"),
        account: given("account"),
    };
    match tree::change(&visit.house.folder, &id, typed.clone(), &by).await {
        Ok(()) => Ok(see(&format!("{PATH}/{id}?said=changed"))),
        Err(error) => {
            let faults = faults(visit.language(), error)?;
            show(visit, &id, Some(typed), faults).await
        }
    }
}
