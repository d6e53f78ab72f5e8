//! Tokens of the API, for other programs: given, shown once, revoked.

use super::units::choices;
use super::words::faults;
use super::{enter, parts};
use crate::data_folder::VIETNAM;
use crate::http::pages::form::{Faults, Form};
use crate::http::pages::shell::{Door, Shell, Visit, see, shown};
use crate::http::problem::Answer;
use crate::people::permissions::{Permission, Role};
use crate::people::tokens::{self, NewToken};
use crate::people::tree;
use crate::people::users::Administrator;
use crate::receipts::content::short_date;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use time::Duration;

const PATH: &str = "/admin/tokens";

/// A token, in words.
struct Line {
    id: String,
    name: String,
    role: String,
    unit: String,
    expires: String,
    state: &'static str,
    is_in_force: bool,
}

#[derive(Template)]
#[template(path = "admin/tokens.html")]
struct Page {
    shell: Shell,
    sections: Vec<Door>,
    lines: Vec<Line>,
    units: Vec<(String, String)>,
    roles: Vec<(String, String)>,
    /// The name and text of the token that was just made.
    made: Option<(String, String)>,
    called: String,
    unit: String,
    role: String,
    days: String,
    faults: Faults,
}

/// The tokens, and the form for a new one.
pub async fn list(visit: Visit) -> Answer<Response> {
    show(visit, &Form::default(), None, Faults::default()).await
}

async fn show(visit: Visit, form: &Form, made: Option<(String, String)>, faults: Faults) -> Answer<Response> {
    enter(&visit, PATH)?;
    let by = Administrator::of(&visit.caller, Permission::ManageTokens)?;
    let (folder, shell) = (&visit.house.folder, visit.shell);
    let (now, tree) = (folder.now(), tree::units(folder, &by).await?);
    let mut lines: Vec<Line> = tokens::list_of(folder, &by)
        .await?
        .into_iter()
        .map(|row| {
            let unit = tree.iter().find(|(_, unit)| unit.id == row.unit).map(|(_, unit)| unit.name.clone());
            let (state, is_in_force) = match row.revoked {
                Some(_) => (shell.t("Đã thu hồi", "Revoked"), false),
                None if now >= row.expires => (shell.t("Hết hạn", "Expired"), false),
                None => (shell.t("Đang dùng", "In force"), true),
            };
            Line {
                role: shell.role(&row.role),
                unit: unit.unwrap_or(row.unit),
                expires: short_date(row.expires.to_offset(VIETNAM).date()),
                id: row.id,
                name: row.name,
                state,
                is_in_force,
            }
        })
        .collect();
    lines.reverse();
    lines.sort_by_key(|line| !line.is_in_force);
    let roles = Role::ALL.into_iter().filter(|role| *role != Role::Admin);
    let page = Page {
        sections: parts(&shell, visit.caller.role, PATH),
        roles: roles.map(|role| (role.to_string(), shell.role(role.as_str()))).collect(),
        units: choices(&tree),
        called: form.text("name").to_owned(),
        unit: form.given("unit").unwrap_or(&visit.caller.unit).to_owned(),
        role: form.given("role").unwrap_or("officer").to_owned(),
        days: form.given("days").unwrap_or("365").to_owned(),
        shell,
        lines,
        made,
        faults,
    };
    shown(page.faults.status(), &page)
}

/// Makes a token and shows it, this once: it stands in no address and is kept nowhere.
pub async fn create(visit: Visit, form: Form) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManageTokens)?;
    let mut wrong = Faults::default();
    let (role, days) = (form.text("role").parse::<Role>().ok(), form.text("days").parse::<u16>().ok());
    if role.is_none() {
        wrong.add("role", visit.shell.t("Hãy chọn một vai trò.", "Choose a role."));
    }
    if days.is_none() {
        wrong.add("days", visit.shell.t("Ghi số ngày, từ 1 đến 732.", "Give a number of days, 1 to 732."));
    }
    let (Some(role), Some(days)) = (role, days) else { return show(visit, &form, None, wrong).await };
    let new = NewToken {
        name: form.text("name").to_owned(),
        unit: form.text("unit").to_owned(),
        role,
        signing_key: None,
        lifetime: Duration::days(days.into()),
    };
    match tokens::give(&visit.house.folder, new, &by).await {
        Ok((row, text)) => show(visit, &Form::default(), Some((row.name, text.to_string())), Faults::default()).await,
        Err(error) => {
            let faults = faults(visit.language(), error)?;
            show(visit, &form, None, faults).await
        }
    }
}

/// Ends a token at once.
pub async fn revoke(visit: Visit, Path(id): Path<String>) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManageTokens)?;
    tokens::take_away(&visit.house.folder, &id, &by).await?;
    Ok(see(&format!("{PATH}?said=token-revoked")))
}
