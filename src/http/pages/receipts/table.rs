//! Receipts issued from a table: all of them are tried out first, and with one fault none is issued. The same file again gives the same
//! receipts.

use super::super::form::{Faults, Form};
use super::super::shell::{Shell, Visit, shown};
use crate::error::{Error, Kind};
use crate::http::house::House;
use crate::http::problem::Answer;
use crate::http::receipts::counter as at_counter;
use crate::messages::{both, in_one};
use crate::people::permissions::{Caller, Permission};
use crate::receipts::press::TOGETHER;
use crate::reports::batch::{self, Judged, Wanted};
use askama::Template;
use axum::response::Response;

/// Receipts of one table: more are for the command line, which goes on where it stopped.
const MOST: usize = 1_000;
/// Faults that are told.
const TOLD: usize = 50;

#[derive(Template)]
#[template(path = "receipts/table.html")]
struct Page {
    shell: Shell,
    act: String,
    may_issue: bool,
    faults: Faults,
    /// How many receipts the table has, if it was only tried out and all can be issued.
    fits: Option<usize>,
    warnings: Vec<String>,
    columns: String,
}

/// What was found in a table.
#[derive(Default)]
struct Tried {
    faults: Vec<String>,
    warnings: Vec<String>,
    count: usize,
}

fn at_line(table: &[Wanted], (index, why): &(usize, String)) -> String {
    let lines = table.get(*index).map(|wanted| wanted.lines.iter().map(ToString::to_string).collect::<Vec<_>>());
    format!("{}: {why}", lines.unwrap_or_default().join(", "))
}

async fn tried(house: &House, caller: &Caller, bytes: &[u8]) -> crate::error::Result<(Vec<Wanted>, Tried)> {
    let table = batch::read(bytes)?;
    if table.len() > MOST {
        let why = both!(
            "có hơn {MOST} biên lai: hãy chia nhỏ bảng, hoặc dùng dauson receipt issue-batch",
            "there are more than {MOST} receipts: split the table, or use dauson receipt issue-batch"
        );
        return Err(Error::new(Kind::BadInput, "batch.table", "bảng", why));
    }
    let trust = house.trust()?;
    let Judged { faults, warnings } = batch::try_out(&at_counter(house, &trust, caller), &table, &|| ()).await?;
    let tell = |all: &[(usize, String)]| all.iter().take(TOLD).map(|one| at_line(&table, one)).collect();
    let tried = Tried { faults: tell(&faults), warnings: tell(&warnings), count: table.len() };
    Ok((table, tried))
}

fn answer(visit: Visit, faults: Faults, fits: Option<usize>, warnings: Vec<String>) -> Answer<Response> {
    let act = visit.act()?;
    let page =
        Page { act, may_issue: true, faults, fits, warnings, columns: batch::HEAD.join(", "), shell: visit.shell };
    shown(page.faults.status(), &page)
}

/// The form.
pub async fn page(visit: Visit) -> Answer<Response> {
    visit.caller.may(Permission::IssueReceipts)?;
    answer(visit, Faults::default(), None, Vec::new())
}

/// Tries a table out, or issues its receipts.
pub async fn take(visit: Visit, mut form: Form) -> Answer<Response> {
    visit.caller.may(Permission::IssueReceipts)?;
    let (language, act) = (visit.language(), form.act());
    let Some(file) = form.take_file("file") else {
        let mut faults = Faults::default();
        faults.add("file", language.pick("Chọn tệp bảng, CSV hoặc XLSX.", "Choose the table, CSV or XLSX."));
        return answer(visit, faults, None, Vec::new());
    };
    let (house, caller, bytes) = (visit.house.clone(), visit.caller.clone(), file.bytes);
    let is_to_be_issued = form.text("do") == "issue";
    let try_out = {
        let (caller, bytes) = (caller.clone(), bytes.clone());
        async move |house: &House| tried(house, &caller, &bytes).await.map(|(_, tried)| tried)
    };
    let outcome = match house.work(try_out).await {
        Ok(tried) if !tried.faults.is_empty() => {
            let mut faults = Faults::default();
            for fault in tried.faults {
                let line = language.pick("Dòng", "Line");
                faults.add("file", format!("{line} {}", in_one(language, &fault)));
            }
            return answer(visit, faults, None, Vec::new());
        }
        Ok(tried) if !is_to_be_issued => {
            let warnings = tried.warnings.iter().map(|text| in_one(language, text)).collect();
            return answer(visit, Faults::default(), Some(tried.count), warnings);
        }
        Ok(_) => {
            let job = async move {
                let issue = async move |house: &House| {
                    let (table, _) = tried(house, &caller, &bytes).await?;
                    let trust = house.trust()?;
                    let desk = at_counter(house, &trust, &caller);
                    for together in table.chunks(TOGETHER) {
                        for issued in batch::issue(&desk, together).await? {
                            issued?;
                        }
                    }
                    Ok(())
                };
                house.work(issue).await?;
                Ok("/receipts?said=table-issued".to_owned())
            };
            visit.once(act, job).await
        }
        Err(problem) => Err(problem),
    };
    match outcome {
        Err(problem) if problem.status().is_client_error() => {
            let mut faults = Faults::default();
            faults.add("file", in_one(language, problem.detail()));
            answer(visit, faults, None, Vec::new())
        }
        outcome => outcome,
    }
}
