//! Accounts: made, invited, disabled; offices given and ended.

use super::units::{choice, choices};
use super::words::faults;
use super::{enter, names, parts};
use crate::data_folder::VIETNAM;
use crate::error::Result;
use crate::http::house::House;
use crate::http::pages::account::Passkey;
use crate::http::pages::form::{Faults, Form, day};
use crate::http::pages::shell::{Door, Shell, Visit, see, shown};
use crate::http::problem::{Answer, Problem};
use crate::http::query::Params;
use crate::messages::{moment, sort_key};
use crate::people::keys::view;
use crate::people::permissions::{Permission, Role};
use crate::people::tree;
use crate::people::users::accounts::Account;
use crate::people::users::offices::{NewOffice, is_held};
use crate::people::users::{Administrator, accounts, identities, offices, passkeys};
use crate::receipts::content::short_date;
use crate::store::users::{OfficeRow, UserRow};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::collections::BTreeMap;
use url::form_urlencoded;

const PATH: &str = "/admin/people";
/// Accounts on a page.
const PAGE: usize = 100;

/// An office, in words.
struct Office {
    id: String,
    title: String,
    role: String,
    unit: String,
    key: String,
    days: String,
    state: &'static str,
    is_open: bool,
}

/// An account at the provider of identities.
struct Identity {
    id: String,
    issuer: String,
    subject: String,
    created: String,
}

/// An account in the list.
struct Line {
    login: String,
    name: String,
    unit: String,
    state: &'static str,
    offices: String,
}

fn state_name(shell: &Shell, account: &Account) -> &'static str {
    match account.state() {
        "disabled" => shell.t("Đã khóa", "Disabled"),
        "invited" => shell.t("Chờ nhận lời mời", "Invited"),
        _ => shell.t("Đang dùng", "Active"),
    }
}

fn office(shell: &Shell, house: &House, names: &BTreeMap<String, String>, row: OfficeRow) -> Office {
    let today = house.folder.today();
    let state = match &row {
        row if row.ended.is_some() => shell.t("Đã chấm dứt", "Ended"),
        row if row.since > today => shell.t("Chưa bắt đầu", "Not begun"),
        row if !is_held(row, today) => shell.t("Đã hết hạn", "Over"),
        _ => shell.t("Đang giữ", "Held"),
    };
    let until = match (row.ended, row.until) {
        (Some(ended), _) => short_date(ended.to_offset(VIETNAM).date()),
        (None, Some(day)) => short_date(day),
        (None, None) => shell.t("không thời hạn", "without an end").to_owned(),
    };
    Office {
        role: shell.role(&row.role),
        unit: names.get(&row.unit).cloned().unwrap_or(row.unit),
        key: row.signing_key.unwrap_or_default(),
        days: format!("{} – {until}", short_date(row.since)),
        is_open: row.ended.is_none() && row.until.is_none_or(|last| last >= today),
        id: row.id,
        title: row.title,
        state,
    }
}

/// Names of the units that are cared for and have not ended, by their identifiers, in the order of the tree.
async fn cared_for(house: &House, by: &Administrator) -> Result<Vec<(String, String)>> {
    Ok(choices(&tree::units(&house.folder, by).await?))
}

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    q: String,
    unit: String,
    page: usize,
    lang: String,
    said: String,
}

impl Asked {
    /// The address of a page of the same.
    fn address(&self, page: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(format!("{PATH}?"));
        query.append_pair("q", &self.q).append_pair("unit", &self.unit).append_pair("page", &page.to_string());
        query.finish()
    }
}

#[derive(Template)]
#[template(path = "admin/people.html")]
struct List {
    shell: Shell,
    sections: Vec<Door>,
    q: String,
    unit: String,
    units: Vec<(String, String)>,
    lines: Vec<Line>,
    all: usize,
    before: Option<String>,
    after: Option<String>,
}

/// The accounts, by the names of people.
pub async fn list(visit: Visit, Params(asked): Params<Asked>) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManagePeople)?;
    let Visit { house, caller, shell, .. } = visit;
    let (names, today) = (names(&house).await?, house.folder.today());
    let wanted = crate::messages::folded(&asked.q);
    let mut found = accounts::list(&house.folder, &by).await?;
    found.retain(|Account { user, .. }| {
        let words = crate::messages::folded(&format!("{} {}", user.name, user.login));
        (asked.unit.is_empty() || user.unit == asked.unit)
            && wanted.iter().all(|part| words.iter().any(|word| word.starts_with(part.as_str())))
    });
    // by given names, as Vietnamese names are sorted
    found.sort_by_cached_key(|Account { user, .. }| {
        let given = user.name.split_whitespace().next_back().unwrap_or_default();
        (sort_key(given), sort_key(&user.name))
    });
    let (all, start) = (found.len(), asked.page.saturating_mul(PAGE));
    let line = |account: Account| {
        let state = state_name(&shell, &account);
        let Account { user, offices, .. } = account;
        let held = offices.iter().filter(|office| is_held(office, today));
        let told = held.map(|office| {
            let unit = names.get(&office.unit).map_or(office.unit.as_str(), String::as_str);
            format!("{} ({}, {unit})", office.title, shell.role(&office.role))
        });
        Line {
            state,
            unit: names.get(&user.unit).cloned().unwrap_or_default(),
            offices: told.collect::<Vec<_>>().join("; "),
            login: user.login,
            name: user.name,
        }
    };
    let lines: Vec<Line> = found.into_iter().skip(start).take(PAGE).map(line).collect();
    let mut options = vec![(String::new(), shell.t("Tất cả", "All").to_owned())];
    // accounts were made in units that have ended since, too
    options.extend(tree::units(&house.folder, &by).await?.iter().map(choice));
    let page = List {
        sections: parts(&shell, caller.role, PATH),
        before: asked.page.checked_sub(1).map(|page| asked.address(page)),
        after: asked
            .page
            .checked_add(1)
            .filter(|_| start.saturating_add(lines.len()) < all)
            .map(|page| asked.address(page)),
        units: options,
        q: asked.q,
        unit: asked.unit,
        shell,
        lines,
        all,
    };
    shown(StatusCode::OK, &page)
}

#[derive(Template)]
#[template(path = "admin/person_new.html")]
struct New {
    shell: Shell,
    sections: Vec<Door>,
    units: Vec<(String, String)>,
    login: String,
    called: String,
    unit: String,
    faults: Faults,
}

/// The form for a new account.
pub async fn new(visit: Visit) -> Answer<Response> {
    show_new(visit, &Form::default(), Faults::default()).await
}

async fn show_new(visit: Visit, form: &Form, faults: Faults) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManagePeople)?;
    let page = New {
        sections: parts(&visit.shell, visit.caller.role, PATH),
        units: cared_for(&visit.house, &by).await?,
        login: form.text("login").to_owned(),
        called: form.text("name").to_owned(),
        unit: form.given("unit").unwrap_or(&visit.caller.unit).to_owned(),
        shell: visit.shell,
        faults,
    };
    shown(page.faults.status(), &page)
}

#[derive(Template)]
#[template(path = "admin/invitation.html")]
struct Invited {
    shell: Shell,
    sections: Vec<Door>,
    login: String,
    name: String,
    link: String,
    has_office: bool,
}

/// Shows an invitation, this once: it stands in no address and is kept nowhere.
fn invited(visit: Visit, user: UserRow, has_office: bool, invitation: &str) -> Answer<Response> {
    let page = Invited {
        sections: parts(&visit.shell, visit.caller.role, PATH),
        link: format!("{}/invitation#{invitation}", visit.house.public_url),
        login: user.login,
        name: user.name,
        shell: visit.shell,
        has_office,
    };
    shown(StatusCode::OK, &page)
}

/// Makes an account. Where the line drops before the invitation is seen, the account is there, and is invited anew.
pub async fn create(visit: Visit, form: Form) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManagePeople)?;
    let (login, name, unit) = (form.text("login").to_lowercase(), form.text("name"), form.text("unit"));
    match accounts::create(&visit.house.folder, &login, name, unit, &by).await {
        Ok((user, invitation)) => invited(visit, user, false, &invitation),
        Err(error) => {
            let faults = faults(visit.language(), error)?;
            show_new(visit, &form, faults).await
        }
    }
}

#[derive(Template)]
#[template(path = "admin/person.html")]
struct Page {
    shell: Shell,
    sections: Vec<Door>,
    login: String,
    name: String,
    unit: String,
    state: &'static str,
    is_disabled: bool,
    is_self: bool,
    offices: Vec<Office>,
    passkeys: Vec<Passkey>,
    identities: Vec<Identity>,
    units: Vec<(String, String)>,
    roles: Vec<(String, String)>,
    keys: Vec<(String, String)>,
    act: String,
    typed: Typed,
    faults: Faults,
}

/// What was typed of a new office.
struct Typed {
    unit: String,
    role: String,
    title: String,
    key: String,
    since: String,
    until: String,
}

/// An account and its offices.
pub async fn page(visit: Visit, Path(login): Path<String>) -> Answer<Response> {
    show(visit, &login, &Form::default(), Faults::default()).await
}

/// The same, for an address that takes forms.
pub async fn page_of_office(visit: Visit, Path((login, _)): Path<(String, String)>) -> Answer<Response> {
    show(visit, &login, &Form::default(), Faults::default()).await
}

async fn show(visit: Visit, login: &str, form: &Form, faults: Faults) -> Answer<Response> {
    enter(&visit, PATH)?;
    let by = Administrator::of(&visit.caller, Permission::ManagePeople)?;
    let act = visit.act()?;
    let Visit { house, caller, shell, .. } = visit;
    let account = accounts::show(&house.folder, login, &by).await?;
    let state = state_name(&shell, &account);
    let Account { user, offices: mut held, passkeys, identities } = account;
    held.reverse();
    let names = names(&house).await?;
    let units = cared_for(&house, &by).await?;
    let mut keys = vec![(String::new(), shell.t("Không ký bằng khóa nào", "Signs with no key").to_owned())];
    let there = view::list(&house.folder, None).await?;
    let cared = |unit: &Option<String>| units.iter().any(|(id, _)| unit.as_ref() == Some(id));
    keys.extend(
        there
            .into_iter()
            .filter(|key| cared(&key.unit))
            .map(|key| (key.name.clone(), format!("{} – {}", key.name, key.holder()))),
    );
    let page = Page {
        sections: parts(&shell, caller.role, PATH),
        state,
        is_disabled: user.disabled.is_some(),
        is_self: user.id == caller.id,
        offices: held.into_iter().map(|row| office(&shell, &house, &names, row)).collect(),
        passkeys: passkeys.into_iter().map(Passkey::from).collect(),
        identities: identities
            .into_iter()
            .map(|row| Identity { created: moment(row.created), id: row.id, issuer: row.issuer, subject: row.subject })
            .collect(),
        roles: Role::ALL.map(|role| (role.to_string(), shell.role(role.as_str()))).into(),
        typed: Typed {
            unit: form.given("unit").unwrap_or(&user.unit).to_owned(),
            role: form.text("role").to_owned(),
            title: form.text("title").to_owned(),
            key: form.text("key").to_owned(),
            since: form.text("since").to_owned(),
            until: form.text("until").to_owned(),
        },
        unit: names.get(&user.unit).cloned().unwrap_or_default(),
        login: user.login,
        name: user.name,
        act,
        shell,
        units,
        keys,
        faults,
    };
    shown(page.faults.status(), &page)
}

/// Invites anew, disables or enables an account, revokes a passkey, ends an identity.
pub async fn change(visit: Visit, Path(login): Path<String>, form: Form) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManagePeople)?;
    let folder = &visit.house.folder;
    let done = match form.text("do") {
        "invite" => match accounts::invite(folder, &login, &by).await {
            Ok(invitation) => {
                let Account { user, offices, .. } = accounts::show(folder, &login, &by).await?;
                return invited(visit, user, !offices.is_empty(), &invitation);
            }
            Err(error) => Err(error),
        },
        "disable" => accounts::set_disabled(folder, &login, true, &by).await.map(|_| "disabled"),
        "enable" => accounts::set_disabled(folder, &login, false, &by).await.map(|_| "enabled"),
        "passkey" => passkeys::revoke(folder, &login, form.text("id"), &by).await.map(|()| "passkey-revoked"),
        "identity" => identities::end(folder, &login, form.text("id"), &by).await.map(|()| "identity-ended"),
        _ => return Err(Problem::not_found()),
    };
    match done {
        Ok(said) => Ok(see(&format!("{PATH}/{login}?said=account-{said}"))),
        Err(error) => {
            let faults = faults(visit.language(), error)?;
            show(visit, &login, &form, faults).await
        }
    }
}

/// Gives an office.
pub async fn give(visit: Visit, Path(login): Path<String>, form: Form) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManagePeople)?;
    let mut wrong = Faults::default();
    let mut read = |field: &str| {
        let found = form.given(field).and_then(day);
        if found.is_none() && form.given(field).is_some() {
            wrong.add(field, visit.shell.t("Ghi ngày như 24/11/2026.", "Give a day such as 24/11/2026."));
        }
        found
    };
    let (since, until) = (read("since"), read("until"));
    let role: Option<Role> = form.text("role").parse().ok();
    let Some(role) = role else {
        wrong.add("role", visit.shell.t("Hãy chọn một vai trò.", "Choose a role."));
        return show(visit, &login, &form, wrong).await;
    };
    if !wrong.is_empty() {
        return show(visit, &login, &form, wrong).await;
    }
    let new = NewOffice {
        unit: form.text("unit").to_owned(),
        role,
        title: form.text("title").to_owned(),
        signing_key: form.given("key").map(str::to_owned),
        since,
        until,
    };
    let (house, name) = (std::sync::Arc::clone(&visit.house), login.clone());
    let job = async move {
        offices::give(&house.folder, &name, new, &by).await?;
        Ok(format!("{PATH}/{name}?said=office-given"))
    };
    match visit.once(form.act(), job).await {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let faults = faults(visit.language(), problem)?;
            show(visit, &login, &form, faults).await
        }
    }
}

/// Ends an office, at once or with a day.
pub async fn end(visit: Visit, Path((login, id)): Path<(String, String)>, form: Form) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManagePeople)?;
    let last = form.given("last").and_then(day);
    if last.is_none() && form.given("last").is_some() {
        let words = visit.shell.t("Ghi ngày cuối như 24/11/2026.", "Give the last day such as 24/11/2026.");
        return show(visit, &login, &form, Faults::whole(words)).await;
    }
    match offices::end(&visit.house.folder, &id, last, &by).await {
        Ok(_) => Ok(see(&format!("{PATH}/{login}?said=office-ended"))),
        Err(error) => {
            let faults = faults(visit.language(), error)?;
            show(visit, &login, &form, faults).await
        }
    }
}
