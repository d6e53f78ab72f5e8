//! My desk: what waits for who has signed in, in the office that is acted in; each a link to where it is done.

use super::documents::{Row, place, to_do};
use super::shell::{Shell, Visit, shown};
use crate::http::problem::Answer;
use crate::messages::registry as words;
use crate::people::keys::view::{self as keys, Lock};
use crate::people::permissions::Permission;
use crate::receipts::search::{self, Search, Standing};
use crate::registry::machine::Act;
use crate::registry::together::MOST;
use crate::registry::waiting;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

/// Documents of each kind that are shown; of those to be signed as many as are signed in one act.
const SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "desk.html")]
struct Page {
    shell: Shell,
    groups: Vec<Group>,
    drafts: bool,
    receives: bool,
    /// Receipts that wait to be voided.
    voids: usize,
    /// Keys that a second custodian is to approve.
    keys: Vec<String>,
}

/// Documents that wait for the same act.
struct Group {
    name: String,
    state: String,
    place: &'static str,
    state_code: &'static str,
    act: Act,
    /// Whether many are done in one act.
    many: bool,
    rows: Vec<Row>,
    more: bool,
}

/// What waits.
pub async fn page(visit: Visit) -> Answer<Response> {
    let Visit { house, caller, shell, .. } = visit;
    let (folder, language) = (&house.folder, shell.language);
    let most = u32::try_from(MOST).unwrap_or(u32::MAX);
    let waiting = waiting::of(folder, &caller, most).await?;
    let groups = waiting.into_iter().map(|waiting| {
        let many = waiting.act == Act::Sign;
        let limit = if many { usize::MAX } else { SHOWN };
        Group {
            name: to_do(language, waiting.act),
            state: words::state(waiting.state.as_str()).of(language).to_owned(),
            place: place(waiting.book),
            state_code: waiting.state.as_str(),
            act: waiting.act,
            many,
            more: waiting.more || waiting.lines.len() > limit,
            rows: waiting.lines.into_iter().take(limit).map(|line| Row::new(language, waiting.book, line)).collect(),
        }
    });
    let voids = match caller.may(Permission::ApproveVoids) {
        Ok(()) => {
            let asked = Search { state: Some(Standing::VoidRequested), ..Search::default() };
            search::find(folder, &caller.unit, false, &asked, 100).await?.len()
        }
        Err(_) => 0,
    };
    let keys = match caller.may(Permission::KeepKeys) {
        Ok(()) => {
            let all = keys::list(folder, Some(&caller.unit)).await?;
            let asked = all.into_iter().map(|key| key.in_service(folder)).filter(|key| key.lock == Some(Lock::Asked));
            asked.map(|key| key.name).collect()
        }
        Err(_) => Vec::new(),
    };
    let page = Page {
        groups: groups.collect(),
        drafts: caller.may(Permission::PrepareDocuments).is_ok(),
        receives: caller.may(Act::Receive.permission()).is_ok(),
        voids,
        keys,
        shell,
    };
    shown(StatusCode::OK, &page)
}
