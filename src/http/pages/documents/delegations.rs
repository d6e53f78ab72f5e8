//! Who signs for whom, from which day to which: listed for all who read documents, granted and ended by who decides.

use super::{DELEGATIONS, parts};
use crate::data_folder::VIETNAM;
use crate::error::Result;
use crate::http::pages::form::{Faults, Form, day};
use crate::http::pages::shell::{Door, Shell, Visit, see, shown};
use crate::http::pages::words::why;
use crate::http::problem::Answer;
use crate::messages::moment;
use crate::people::names;
use crate::people::permissions::Permission;
use crate::receipts::content::short_date;
use crate::registry::delegations::{self, Candidate, NewDelegation};
use crate::registry::kinds::Words;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use time::{Date, OffsetDateTime, Time};

#[derive(Template)]
#[template(path = "documents/delegations.html")]
struct List {
    shell: Shell,
    sections: Vec<Door>,
    lines: Vec<Line>,
    decides: bool,
    reads_log: bool,
    act: String,
}

/// A delegation, as it is shown.
struct Line {
    id: i64,
    holder: String,
    /// `KT. CHỦ TỊCH`.
    words: String,
    from: String,
    until: String,
    granted_by: String,
    /// How it stands, and as what it is shown.
    standing: String,
    class: &'static str,
    /// Whether it may be ended.
    is_open: bool,
    log: u64,
}

/// All of the unit: those that hold first.
pub async fn list(visit: Visit) -> Answer<Response> {
    let lines = lines(&visit).await?;
    let act = visit.act()?;
    let Visit { caller, shell, .. } = visit;
    let page = List {
        sections: parts(&shell, DELEGATIONS),
        lines,
        decides: caller.may(Permission::DecideDocuments).is_ok(),
        reads_log: caller.may(Permission::ReadAudit).is_ok(),
        act,
        shell,
    };
    shown(StatusCode::OK, &page)
}

/// Until when, as people say it: what ends as a day begins is good for all of the day before.
fn until(ends: OffsetDateTime) -> String {
    let at = ends.to_offset(VIETNAM);
    match at.date().previous_day().filter(|_| at.time() == Time::MIDNIGHT) {
        Some(last) => short_date(last),
        None => moment(ends),
    }
}

async fn lines(visit: &Visit) -> Result<Vec<Line>> {
    let (folder, shell) = (&visit.house.folder, &visit.shell);
    let (rows, now) = (delegations::list(folder, &visit.caller).await?, folder.now());
    let mut tx = folder.store.read().await?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows.into_iter().rev() {
        let is_over = now >= row.ends;
        let (standing, class) = match row.revoked {
            Some((when, _)) => (format!("{} {}", shell.t("Đã chấm dứt", "Ended"), moment(when)), ""),
            None if is_over => (shell.t("Đã hết hạn", "Over").to_owned(), ""),
            None if now < row.starts => (shell.t("Chưa đến hạn", "Not yet in force").to_owned(), "soon"),
            None => (shell.t("Đang có hiệu lực", "In force").to_owned(), "good"),
        };
        lines.push(Line {
            id: row.id,
            holder: delegations::called(&mut *tx, &row.holder).await?,
            words: format!("{}. {}", row.words, row.title),
            from: moment(row.starts),
            until: until(row.ends),
            granted_by: names::of(&mut *tx, &row.granted_by).await?,
            standing,
            class,
            is_open: row.revoked.is_none() && !is_over,
            log: row.log_index,
        });
    }
    lines.sort_by_key(|line| !line.is_open);
    Ok(lines)
}

/// Ends one at once.
pub async fn end(visit: Visit, form: Form) -> Answer<Response> {
    visit.caller.may(Permission::DecideDocuments)?;
    let id = form.text("id").parse().unwrap_or_default();
    let (house, caller) = (visit.house.clone(), visit.caller.clone());
    let job = async move {
        delegations::revoke(&house.folder, &caller, id).await?;
        Ok(format!("{DELEGATIONS}?said=delegation-ended"))
    };
    match visit.once(form.act(), job).await {
        // somebody else has ended it, or the line had dropped
        Err(problem) if problem.code() == "registry.delegation" => Ok(see(&format!("{DELEGATIONS}?said=done-before"))),
        answer => answer,
    }
}

#[derive(Template)]
#[template(path = "documents/delegate.html")]
struct Page {
    shell: Shell,
    act: String,
    candidates: Vec<Candidate>,
    /// What the words are, what they mean, whether they are chosen.
    words: Vec<(&'static str, &'static str, bool)>,
    /// The own office, as it stands above a signature.
    title: String,
    today: String,
    typed: Form,
    faults: Faults,
}

/// The form.
pub async fn form(visit: Visit) -> Answer<Response> {
    page(&visit, Form::default(), Faults::default()).await
}

async fn page(visit: &Visit, typed: Form, faults: Faults) -> Answer<Response> {
    let (folder, shell) = (&visit.house.folder, visit.shell.clone());
    let words = Words::ALL.into_iter().filter(|words| words.needs_delegation()).map(|words| {
        let meaning = match words {
            Words::Kt => shell.t("KT. – ký thay: cấp phó ký cho cấp trưởng", "KT. – a deputy for the head"),
            Words::Tl => shell.t("TL. – thừa lệnh: ký theo lệnh của người đứng đầu", "TL. – by order of the head"),
            Words::Q => shell.t("Q. – quyền: tạm giữ chức vụ người đứng đầu", "Q. – acting as the head"),
            _ => shell.t("TUQ. – thừa ủy quyền: theo văn bản ủy quyền", "TUQ. – by a delegation in writing"),
        };
        (words.as_str(), meaning, typed.text("words") == words.as_str())
    });
    let words = words.collect();
    let page = Page {
        candidates: delegations::candidates(folder, &visit.caller).await?,
        words,
        title: visit.session.office.title.to_uppercase(),
        today: folder.today().to_string(),
        act: typed.given("act").map_or_else(|| visit.act(), |act| Ok(act.to_owned()))?,
        typed,
        faults,
        shell,
    };
    shown(page.faults.status(), &page)
}

/// What a form asks for: from the beginning of its first day, or from now on, to the end of its last day, in Vietnam.
fn asked(shell: &Shell, form: &Form, now: OffsetDateTime) -> std::result::Result<NewDelegation, Faults> {
    let mut faults = Faults::default();
    let begins = |day: Date| OffsetDateTime::new_in_offset(day, Time::MIDNIGHT, VIETNAM);
    let [from, until] = ["from", "until"].map(|name| form.given(name).and_then(day));
    for (name, day) in [("from", from), ("until", until)] {
        if day.is_none() {
            faults.add(name, shell.t("Hãy ghi ngày như 24/11/2026.", "Please give a day such as 24/11/2026."));
        }
    }
    let from = from.map(|day| begins(day).max(now));
    let until = until.and_then(Date::next_day).map(begins);
    if form.given("holder").is_none() {
        faults.add("holder", shell.t("Hãy chọn người được ủy quyền.", "Please choose who is to sign."));
    }
    if form.given("title").is_none() {
        let words = shell.t("Hãy ghi chức vụ, chẳng hạn CHỦ TỊCH.", "Please give the office, such as CHỦ TỊCH.");
        faults.add("title", words);
    }
    let words = Words::of(form.text("words"));
    if words.is_none() {
        faults.add("words", shell.t("Hãy chọn hình thức ký.", "Please choose how it is signed."));
    }
    match (from, until, words) {
        (Some(from), Some(until), Some(words)) if faults.is_empty() => {
            let text = |name: &str| form.text(name).to_owned();
            Ok(NewDelegation { holder: text("holder"), words, title: text("title"), from, until })
        }
        _ => Err(faults),
    }
}

/// Grants one.
pub async fn grant(visit: Visit, form: Form) -> Answer<Response> {
    visit.caller.may(Permission::DecideDocuments)?;
    let new = match asked(&visit.shell, &form, visit.house.folder.now()) {
        Ok(new) => new,
        Err(faults) => return page(&visit, form, faults).await,
    };
    let (house, caller) = (visit.house.clone(), visit.caller.clone());
    let job = async move {
        delegations::grant(&house.folder, &caller, &new).await?;
        Ok(format!("{DELEGATIONS}?said=delegated"))
    };
    match visit.once(form.act(), job).await {
        Err(problem) if problem.status().is_client_error() => {
            let field = match problem.code() {
                "registry.delegation" => "until",
                "registry.text" => "title",
                "registry.duty" | "people.not_found" | "people.several" => "holder",
                _ => "",
            };
            let mut faults = Faults::default();
            faults.add(field, why(visit.language(), &problem));
            page(&visit, form, faults).await
        }
        answer => answer,
    }
}
