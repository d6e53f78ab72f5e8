//! The one table of permissions, as it is in force.

use super::{enter, parts};
use crate::http::pages::shell::{Door, Shell, Visit, shown};
use crate::http::problem::Answer;
use crate::people::permissions::{Permission, Role};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

/// A permission, and for each role whether it has it.
struct Line {
    name: &'static str,
    cells: Vec<bool>,
}

#[derive(Template)]
#[template(path = "admin/roles.html")]
struct Page {
    shell: Shell,
    sections: Vec<Door>,
    roles: Vec<&'static str>,
    lines: Vec<Line>,
}

/// The table.
pub async fn page(visit: Visit) -> Answer<Response> {
    enter(&visit, "/admin/roles")?;
    let Visit { caller, shell, .. } = visit;
    let line = |permission: Permission| Line {
        name: shell.t(permission.words().0, permission.words().1),
        cells: Role::ALL.iter().map(|role| role.permissions().contains(&permission)).collect(),
    };
    let page = Page {
        sections: parts(&shell, caller.role, "/admin/roles"),
        roles: Role::ALL.iter().map(|role| shell.t(role.words().0, role.words().1)).collect(),
        lines: Permission::ALL.into_iter().map(line).collect(),
        shell,
    };
    shown(StatusCode::OK, &page)
}
