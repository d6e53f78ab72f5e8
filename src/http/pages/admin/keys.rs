//! The unit's keys: how they stand and when their certificates end; opened for a shift by their keepers, stopped, let sign again.

use super::words::faults;
use super::{enter, parts};
use crate::data_folder::VIETNAM;
use crate::http::house::House;
use crate::http::pages::form::{Faults, Form};
use crate::http::pages::shell::{Door, Shell, Visit, see, shown};
use crate::http::problem::{Answer, Problem};
use crate::messages::moment;
use crate::people::keys::shift::{self, Unlocked};
use crate::people::keys::terms::{self, Change, Changed};
use crate::people::keys::view::{self, KeyState, KeyView, Lock};
use crate::people::keys::{control, pin};
use crate::people::permissions::{Caller, Permission};
use crate::receipts::content::short_date;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use time::Duration;
use zeroize::Zeroizing;

const PATH: &str = "/admin/keys";
/// Days before the end of a certificate, from which on it is said.
const SOON: [i64; 3] = [60, 30, 7];

/// A key, in words.
struct Line {
    key: KeyView,
    state: &'static str,
    lock: String,
    ends: String,
    /// What is to be said of its end: how pressing it is, and the words.
    warning: Option<(&'static str, String)>,
}

fn line(house: &House, shell: &Shell, key: KeyView) -> Line {
    let state = match key.state {
        KeyState::Active => shell.t("Dùng được", "May sign"),
        KeyState::Succeeded => shell.t("Đã có khóa thay", "Has a successor"),
        KeyState::Retired => shell.t("Thôi dùng", "Retired"),
        KeyState::Stopped => shell.t("Đã dừng", "Stopped"),
        KeyState::Destroyed => shell.t("Đã hủy", "Destroyed"),
    };
    let until = key.until.map(moment).unwrap_or_default();
    let lock = match key.lock {
        None => shell.t("Không có PIN", "Has no PIN").to_owned(),
        Some(Lock::Locked) => shell.t("Đang khóa", "Locked").to_owned(),
        Some(Lock::Asked) => {
            format!("{} {until}", shell.t("Chờ người thứ hai duyệt đến", "Waits for the second custodian until"))
        }
        Some(Lock::Open) => format!("{} {until}", shell.t("Đang mở đến", "Open until")),
    };
    let left = (key.not_after - house.folder.now()).whole_days();
    let of_use = !matches!(key.state, KeyState::Destroyed | KeyState::Retired);
    let warning = match SOON.into_iter().rev().find(|days| left < *days) {
        _ if !of_use => None,
        _ if key.not_after <= house.folder.now() => {
            Some(("bad", shell.t("Chứng thư đã hết hạn", "The certificate has ended").to_owned()))
        }
        Some(7) => Some((
            "bad",
            format!("{} {left} {}", shell.t("Còn", "Ends in"), shell.t("ngày: gia hạn ngay", "days: renew it now")),
        )),
        Some(30) => Some((
            "unsure",
            format!(
                "{} {left} {}",
                shell.t("Còn", "Ends in"),
                shell.t("ngày: làm thủ tục gia hạn", "days: apply for renewal")
            ),
        )),
        Some(_) => Some(("soon", format!("{} {left} {}", shell.t("Còn", "Ends in"), shell.t("ngày", "days")))),
        None => None,
    };
    Line { state, lock, ends: short_date(key.not_after.to_offset(VIETNAM).date()), warning, key }
}

#[derive(Template)]
#[template(path = "admin/keys.html")]
struct List {
    shell: Shell,
    sections: Vec<Door>,
    lines: Vec<Line>,
}

/// The keys, those first whose certificates end first.
pub async fn list(visit: Visit) -> Answer<Response> {
    visit.caller.may(Permission::SeeKeys)?;
    let Visit { house, caller, shell, .. } = visit;
    let mut all = view::list(&house.folder, Some(&caller.unit)).await?;
    all.sort_by_key(|key| (matches!(key.state, KeyState::Destroyed | KeyState::Retired), key.not_after));
    let lines = all.into_iter().map(|key| line(&house, &shell, key.in_service(&house.folder))).collect();
    shown(StatusCode::OK, &List { sections: parts(&shell, caller.role, PATH), shell, lines })
}

/// What may be done to a key.
struct May {
    open: bool,
    permitted: &'static [Permission],
}

impl May {
    fn stop(&self) -> bool {
        self.permitted.contains(&Permission::StopKeys)
    }

    fn resume(&self) -> bool {
        self.permitted.contains(&Permission::ResumeKeys)
    }

    fn change(&self) -> bool {
        self.permitted.contains(&Permission::ChangeTerms)
    }
}

#[derive(Template)]
#[template(path = "admin/key.html")]
struct Page {
    shell: Shell,
    sections: Vec<Door>,
    line: Line,
    may: May,
    most_hours: i64,
    per_hour: String,
    hours: String,
    reason: String,
    faults: Faults,
}

/// A key, and what may be done to it.
pub async fn page(visit: Visit, Path(id): Path<String>) -> Answer<Response> {
    show(visit, &id, &Form::default(), Faults::default()).await
}

async fn show(visit: Visit, id: &str, form: &Form, faults: Faults) -> Answer<Response> {
    enter(&visit, PATH)?;
    visit.caller.may(Permission::SeeKeys)?;
    let Visit { house, caller, shell, .. } = visit;
    let key = view::show_of(&house.folder, &caller.unit, id).await?;
    let page = Page {
        may: May {
            open: key.pin && shift::may_keep(&house.folder, &caller, id).await.is_ok(),
            permitted: caller.role.permissions(),
        },
        most_hours: house.folder.key_rules.longest_shift.whole_hours(),
        sections: parts(&shell, caller.role, PATH),
        per_hour: match form.given("per_hour") {
            Some(typed) => typed.to_owned(),
            None => key.per_hour.as_ref().map(ToString::to_string).unwrap_or_default(),
        },
        hours: form.text("hours").to_owned(),
        reason: form.text("reason").to_owned(),
        line: line(&house, &shell, key),
        shell,
        faults,
    };
    shown(page.faults.status(), &page)
}

/// Does something to a key; what is asked for is in the field `do`.
pub async fn change(visit: Visit, Path(id): Path<String>, form: Form) -> Answer<Response> {
    visit.caller.may(Permission::SeeKeys)?;
    // another unit's is as if it were not there
    view::show_of(&visit.house.folder, &visit.caller.unit, &id).await?;
    match act(&visit, &id, &form).await {
        Ok(said) => Ok(see(&format!("{PATH}/{id}?said={said}"))),
        Err(problem) => {
            let faults = faults(visit.language(), problem)?;
            show(visit, &id, &form, faults).await
        }
    }
}

async fn act(visit: &Visit, id: &str, form: &Form) -> Answer<&'static str> {
    let Visit { house, caller, .. } = visit;
    let folder = &house.folder;
    Ok(match form.text("do") {
        "unlock" => unlock(visit, id, form).await?,
        "approve" => {
            shift::may_keep(folder, caller, id).await?;
            shift::approve(folder, caller, id).await?;
            "key-open"
        }
        "lock" => {
            shift::may_keep(folder, caller, id).await?;
            shift::lock(folder, id, &caller.id).await?;
            "key-locked"
        }
        "stop" => {
            caller.may(Permission::StopKeys)?;
            control::stop(folder, id, form.text("reason"), &caller.id).await?;
            shift::lock(folder, id, &caller.id).await?;
            "key-stopped"
        }
        "resume" => {
            caller.may(Permission::ResumeKeys)?;
            control::resume(folder, id, &caller.id).await?;
            "key-resumed"
        }
        "unblock" => {
            caller.may(Permission::ResumeKeys)?;
            pin::unblock(folder, id, &caller.id).await?;
            "key-unblocked"
        }
        "terms" => change_terms(house, caller, id, form).await?,
        _ => return Err(Problem::not_found()),
    })
}

async fn unlock(visit: &Visit, id: &str, form: &Form) -> Answer<&'static str> {
    shift::may_keep(&visit.house.folder, &visit.caller, id).await?;
    let until = match form.given("hours") {
        Some(hours) => {
            let hours: u16 = hours.parse().map_err(|_| Problem::unprocessable("key.shift", "hours are a number"))?;
            Some(visit.house.folder.now().saturating_add(Duration::hours(hours.into())))
        }
        None => None,
    };
    let (caller, id, pin) = (visit.caller.clone(), id.to_owned(), Zeroizing::new(form.secret("pin").to_owned()));
    let job = async move |house: &House| shift::unlock(&house.folder, &caller, &id, &pin, until).await;
    Ok(match visit.house.work(job).await? {
        Unlocked::Open(_) => "key-open",
        Unlocked::Asked(_) => "key-asked",
    })
}

async fn change_terms(house: &House, caller: &Caller, id: &str, form: &Form) -> Answer<&'static str> {
    caller.may(Permission::ChangeTerms)?;
    let wrong = |_| Problem::unprocessable("key.terms", "it is a number");
    let per_hour = form.given("per_hour").map(|number| number.parse::<u32>().map_err(wrong)).transpose()?;
    let change = Change { two_person: Some(form.given("two_person").is_some()), per_hour: Some(per_hour) };
    Ok(match terms::change(&house.folder, id, change, caller).await? {
        Changed::Now => "key-terms",
        Changed::Asked(_) => "key-terms-asked",
    })
}
