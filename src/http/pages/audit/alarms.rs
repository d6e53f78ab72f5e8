//! Whether the log goes on as it was, whether everything agrees, and who watches it.

use super::parts;
use crate::error::Error;
use crate::http::house::House;
use crate::http::pages::shell::{Door, Shell, Visit, see, shown};
use crate::http::problem::Answer;
use crate::messages::audit::agreement;
use crate::messages::moment;
use crate::people::permissions::Permission;
use crate::reports::auditing::{Outcome, Watched};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// A witness of the log.
struct WitnessLine {
    name: String,
    url: String,
    size: u64,
    behind: u64,
}

/// What came of the last check, in words.
struct Last {
    is_good: bool,
    when: String,
    seconds: i64,
    heading: String,
    checked: [u64; 3],
    faults: Vec<String>,
    more: u64,
}

#[derive(Template)]
#[template(path = "audit/alarms.html")]
struct Page {
    shell: Shell,
    sections: Vec<Door>,
    watched: Watched,
    alarm_since: String,
    running: Option<(String, u64, u64)>,
    last: Option<Result<Last, String>>,
    witnesses: Vec<WitnessLine>,
    quorum: usize,
    anchors: usize,
}

/// What is to be said.
pub async fn page(visit: Visit) -> Answer<Response> {
    visit.caller.may(Permission::ReadAudit)?;
    let Visit { house, shell, .. } = visit;
    let watched = house.checks.watch(&house.folder).await?;
    let alarm_since = match &watched {
        Watched::Alarm { since, .. } => moment(*since),
        Watched::Good { .. } => String::new(),
    };
    let last = house.checks.last().map(|last| last.map(|last| told(&shell, last)).map_err(|error| error.to_string()));
    let page = Page {
        sections: parts(&shell, "/audit/alarms"),
        watched,
        alarm_since,
        running: house.checks.running().map(|(since, done, all)| (moment(since), done, all)),
        last,
        witnesses: witnesses(&house).await?,
        quorum: house.folder.log.witnesses().map_or(0, crate::audit::witnesses::Witnesses::quorum),
        anchors: house.trust()?.anchors.anchors().len(),
        shell,
    };
    shown(StatusCode::OK, &page)
}

fn told(shell: &Shell, last: Outcome) -> Last {
    let named = u64::try_from(last.named.len()).unwrap_or(u64::MAX);
    Last {
        is_good: last.faults == 0,
        when: moment(last.ended),
        seconds: (last.ended - last.begun).whole_seconds(),
        heading: agreement(last.faults).of(shell.language).to_owned(),
        checked: last.checked,
        more: last.faults.saturating_sub(named),
        faults: last.named.into_iter().map(|fault| fault.of(shell.language).to_owned()).collect(),
    }
}

async fn witnesses(house: &House) -> Answer<Vec<WitnessLine>> {
    let Some(all) = house.folder.log.witnesses() else { return Ok(Vec::new()) };
    let size = house.folder.log.head().await?.size;
    let mut view = house.folder.store.read().await.map_err(Error::from)?;
    let mut lines = Vec::new();
    for witness in all.all() {
        let seen = view.log_witness(witness.key.name()).await.map_err(Error::from)?;
        let (name, url) = (witness.key.name().to_owned(), witness.url.clone());
        lines.push(WitnessLine { name, url, size: seen, behind: size.saturating_sub(seen) });
    }
    Ok(lines)
}

/// Begins a check, unless one is going on.
pub async fn begin(visit: Visit) -> Answer<Response> {
    visit.caller.may(Permission::ReadAudit)?;
    let house = Arc::clone(&visit.house);
    if house.checks.begin(&house.folder) {
        tokio::spawn(async move {
            let job = async |house: &House| {
                house.checks.run(&house.folder).await;
                Ok(())
            };
            if let Err(problem) = house.work(job).await {
                tracing::error!("the check of the log: {}", problem.detail());
            }
        });
    }
    Ok(see("/audit/alarms?said=check-begun"))
}
