//! The room Administration: what keeps an agency going, and signs nothing. Each part is open to whom the one table of permissions opens it.
//!
//! | file | what |
//! | --- | --- |
//! | `units` | the unit and those below it: made, renamed |
//! | `reform` | units that are merged or closed: what would follow, then done |
//! | `people` | accounts, invitations, offices |
//! | `roles` | the table of permissions |
//! | `keys` | keys, how they stand; opened for a shift |
//! | `fees` | the fee catalogue |
//! | `series` | series of receipts, delegated numbers |
//! | `tokens` | tokens of the API |
//! | `service` | whom the service trusts, its settings, how it does |
//! | `words` | why something could not be done |

mod fees;
mod keys;
mod people;
mod reform;
mod roles;
mod series;
mod service;
mod tokens;
mod units;
mod words;

use super::shell::{Door, Shell, Visit, see, shown};
use crate::http::house::House;
use crate::http::problem::Answer;
use crate::people::permissions::{Permission, Role};
use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Its addresses. An address that takes a form shows a page, too, so that somebody who had to sign in again comes back to it.
pub fn router() -> Router<Arc<House>> {
    Router::new()
        .route("/admin", get(page))
        .route("/admin/units", get(units::list).post(units::create))
        .route("/admin/units/{id}", get(units::page).post(units::change))
        .route("/admin/units/{id}/rename", get(units::page).post(units::rename))
        .route("/admin/units/plans/{id}/withdraw", get(units::list).post(units::withdraw))
        .route("/admin/units/{id}/seal", get(units::page).post(units::change_seal))
        .route("/admin/units/{id}/seal.png", get(units::seal))
        .route("/admin/reform", get(reform::form).post(reform::end))
        .route("/admin/people", get(people::list))
        .route("/admin/people/new", get(people::new).post(people::create))
        .route("/admin/people/{login}", get(people::page).post(people::change))
        .route("/admin/people/{login}/offices", get(people::page).post(people::give))
        .route("/admin/people/{login}/offices/{id}", get(people::page_of_office).post(people::end))
        .route("/admin/roles", get(roles::page))
        .route("/admin/keys", get(keys::list))
        .route("/admin/keys/{id}", get(keys::page).post(keys::change))
        .route("/admin/fees", get(fees::list))
        .route("/admin/fees/price", get(fees::form).post(fees::put))
        .route("/admin/fees/end", post(fees::end).get(fees::list))
        .route("/admin/fees/import", get(fees::table).post(fees::import))
        .route("/admin/fees/{file}", get(fees::export))
        .route("/admin/series", get(series::list))
        .route("/admin/series/new", get(series::form).post(series::open))
        .route("/admin/series/{form}/{symbol}", get(series::page).post(series::change))
        .route("/admin/tokens", get(tokens::list).post(tokens::create))
        .route("/admin/tokens/{id}/revoke", post(tokens::revoke).get(tokens::list))
        .route("/admin/trust", get(service::trust))
        .route("/admin/settings", get(service::settings))
        .route("/admin/health", get(service::health))
        .route("/admin/sent/{id}/retry", post(service::retry).get(service::health))
}

/// A part of the room: its address, its name, what it is for, and what permits to enter it, any of these.
struct Part {
    path: &'static str,
    name: (&'static str, &'static str),
    about: (&'static str, &'static str),
    needs: &'static [Permission],
}

/// The parts, in their order.
const PARTS: &[Part] = &[
    Part {
        path: "/admin/units",
        name: ("Đơn vị", "Units"),
        about: ("Cây đơn vị; thêm, đổi tên, sáp nhập, giải thể", "The tree of units; made, renamed, merged, closed"),
        needs: &[Permission::ManageUnits],
    },
    Part {
        path: "/admin/people",
        name: ("Người dùng", "People"),
        about: ("Tài khoản, lời mời, chức vụ và thời hạn", "Accounts, invitations, offices and their days"),
        needs: &[Permission::ManagePeople],
    },
    Part {
        path: "/admin/roles",
        name: ("Vai trò", "Roles"),
        about: ("Vai trò nào được làm gì", "Which role may do what"),
        needs: &[Permission::ManagePeople, Permission::ReadAudit],
    },
    Part {
        path: "/admin/keys",
        name: ("Khóa ký", "Keys"),
        about: (
            "Tình trạng, hạn chứng thư, mở cho ca, dừng",
            "How they stand, when they end; opened for a shift, stopped",
        ),
        needs: &[Permission::SeeKeys],
    },
    Part {
        path: "/admin/fees",
        name: ("Phí, lệ phí", "Fees"),
        about: (
            "Danh mục, mức thu từ ngày nào, nhập và xuất bảng",
            "The catalogue, prices from a day on, tables in and out",
        ),
        needs: &[Permission::ReadFees],
    },
    Part {
        path: "/admin/series",
        name: ("Dải biên lai", "Series"),
        about: ("Ký hiệu, số còn lại, số ủy quyền", "Symbols, numbers that are left, delegated numbers"),
        needs: &[Permission::ManageSeries, Permission::ReadReceipts],
    },
    Part {
        path: "/admin/tokens",
        name: ("Thẻ truy cập", "Tokens"),
        about: ("Cho phần mềm khác kết nối", "For other programs that connect"),
        needs: &[Permission::ManageTokens],
    },
    Part {
        path: "/admin/trust",
        name: ("Tin cậy", "Trust"),
        about: ("Chứng thư gốc, danh sách thu hồi", "Root certificates, revocation lists"),
        needs: &[Permission::SeeService, Permission::ReadAudit],
    },
    Part {
        path: "/admin/settings",
        name: ("Thiết lập", "Settings"),
        about: ("Mọi thiết lập, giá trị và nguồn", "Every setting, its value and where it comes from"),
        needs: &[Permission::SeeService],
    },
    Part {
        path: "/admin/health",
        name: ("Tình trạng", "Health"),
        about: (
            "Dịch vụ có chạy tốt không, còn gì chưa gửi",
            "Whether the service does well, and what waits to be sent",
        ),
        needs: &[Permission::SeeService],
    },
];

impl Part {
    fn is_open_to(&self, role: Role) -> bool {
        self.needs.iter().any(|needed| role.permissions().contains(needed))
    }
}

/// The parts that a role may enter.
fn parts(shell: &Shell, role: Role, current: &str) -> Vec<Door> {
    let open = PARTS.iter().filter(|part| part.is_open_to(role));
    let door = |part: &Part| Door {
        path: part.path,
        name: shell.t(part.name.0, part.name.1),
        is_current: part.path == current,
    };
    open.map(door).collect()
}

/// Refuses whom the part at an address is not open to.
fn enter(visit: &Visit, path: &str) -> Answer<()> {
    let part = PARTS.iter().find(|part| part.path == path);
    let first = part.and_then(|part| part.needs.first());
    match (part, first) {
        (Some(part), _) if part.is_open_to(visit.caller.role) => Ok(()),
        // refused in the words of what it needs first
        (_, Some(needed)) => Ok(visit.caller.may(*needed)?),
        _ => Err(crate::http::problem::Problem::not_found()),
    }
}

/// What permits to enter the room: what any of its parts needs.
pub const NEEDS: &[Permission] = &[
    Permission::ManageUnits,
    Permission::ManagePeople,
    Permission::SeeKeys,
    Permission::ReadFees,
    Permission::ManageSeries,
    Permission::ReadReceipts,
    Permission::ManageTokens,
    Permission::SeeService,
];

#[derive(Template)]
#[template(path = "admin/home.html")]
struct Page {
    shell: Shell,
    sections: Vec<Door>,
    cards: Vec<(&'static str, &'static str, &'static str)>,
}

/// What there is in the room.
pub async fn page(visit: Visit) -> Answer<Response> {
    let Visit { caller, shell, .. } = visit;
    let open: Vec<&Part> = PARTS.iter().filter(|part| part.is_open_to(caller.role)).collect();
    if open.is_empty() {
        caller.may(Permission::ManageUnits)?;
    }
    // with one part only there is nothing to choose
    if let [only] = open.as_slice() {
        return Ok(see(only.path));
    }
    let card = |part: &Part| (part.path, shell.t(part.name.0, part.name.1), shell.t(part.about.0, part.about.1));
    let cards = open.into_iter().map(card).collect();
    shown(StatusCode::OK, &Page { sections: parts(&shell, caller.role, "/admin"), shell, cards })
}

/// The names of all units, by their identifiers: an office may be held, and a unit may have its place, where one has nothing to say.
async fn names(house: &House) -> Answer<BTreeMap<String, String>> {
    Ok(crate::people::units::list(&house.folder).await?.into_iter().map(|unit| (unit.id, unit.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_enter_a_part_may_enter_the_room() {
        for part in PARTS {
            for role in Role::ALL {
                let enters = NEEDS.iter().any(|needed| role.permissions().contains(needed));
                assert!(!part.is_open_to(role) || enters, "{role} {}", part.path);
            }
        }
    }
}
