//! The room Audit: what an auditor sees of the log, and takes away from it.
//!
//! | file | what |
//! | --- | --- |
//! | `entries` | the log, the newest entries first, by what somebody looks for |
//! | `entry` | one entry: in words, as it is, with its proof; who is behind a pseudonym |
//! | `check` | a proof, a checkpoint or a signed document that somebody has, held against the log |
//! | `alarms` | whether the log goes on as it was and everything agrees; witnesses |
//! | `export` | the log as a bundle |

mod alarms;
mod check;
mod entries;
mod entry;
mod export;

use super::shell::{Door, Shell};
use crate::http::house::House;
use crate::messages::moment_of;
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

/// Its addresses.
pub fn router() -> Router<Arc<House>> {
    Router::new()
        .route("/audit", get(entries::page))
        .route("/audit/check", get(check::page).post(check::check))
        .route("/audit/alarms", get(alarms::page).post(alarms::begin))
        .route("/audit/export", get(export::page).post(export::bundle))
        .route("/audit/{index}", get(entry::page))
        .route("/audit/{index}/who", post(entry::who).get(entry::page))
        .route("/audit/{index}/entry.json", get(entry::bytes))
        .route("/audit/{index}/proof.txt", get(entry::proof))
}

/// Its parts: address and name.
const PARTS: [(&str, &str, &str); 4] = [
    ("/audit", "Nhật ký", "The log"),
    ("/audit/check", "Tự kiểm tra", "Check it yourself"),
    ("/audit/alarms", "Cảnh báo", "Alarms"),
    ("/audit/export", "Xuất ra tệp", "Export"),
];

fn parts(shell: &Shell, current: &str) -> Vec<Door> {
    let part = |(path, vi, en): (&'static str, _, _)| Door { path, name: shell.t(vi, en), is_current: path == current };
    PARTS.into_iter().map(part).collect()
}

/// A time in a table: `24/11/2026 08:30:15`, in Vietnam.
fn clock(time: &str) -> String {
    moment_of(time).trim_end_matches(" (GMT+7)").to_owned()
}
