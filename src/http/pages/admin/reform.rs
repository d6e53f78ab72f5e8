//! Units that are merged into another one, or closed: chosen, shown exactly what would follow, and done when that was seen.

use super::units::{PATH, choices, read_day};
use super::words::faults;
use super::{enter, names, parts};
use crate::http::pages::form::{Faults, Form, day};
use crate::http::pages::shell::{Door, Shell, Visit, shown};
use crate::http::problem::{Answer, Problem};
use crate::people::permissions::Permission;
use crate::people::tree;
use crate::people::users::Administrator;
use crate::receipts::content::short_date;
use crate::reform::{self, Carry, Consequences, Ending, OfficeEnd};
use askama::Template;
use axum::http::Uri;
use axum::response::Response;
use std::collections::BTreeMap;
use time::Date;
use url::form_urlencoded;

/// What is chosen where no unit has the place of those that end; no unit can be called so.
const NONE: &str = "!";

/// What is asked for, as it was typed.
#[derive(Debug, Clone, Default)]
struct Asked {
    sources: Vec<String>,
    successor: String,
    day: Option<Date>,
    basis: String,
}

impl Asked {
    fn of(form: &Form, day: Option<Date>) -> Self {
        Self {
            sources: form.all("sources").filter(|id| !id.is_empty()).map(str::to_owned).collect(),
            successor: form.text("successor").to_owned(),
            day,
            basis: form.text("basis").to_owned(),
        }
    }

    fn ending(&self) -> Ending<'_> {
        let successor = Some(self.successor.as_str()).filter(|successor| *successor != NONE);
        Ending { sources: &self.sources, successor, day: self.day, basis: &self.basis }
    }

    /// The address of the form, filled in so.
    fn address(&self) -> String {
        let mut query = form_urlencoded::Serializer::new("/admin/reform?".to_owned());
        query.extend_pairs(self.sources.iter().map(|id| ("sources", id)));
        query.append_pair("successor", &self.successor).append_pair("basis", &self.basis);
        query.extend_pairs(self.day.map(|day| ("day", day.to_string())));
        query.finish()
    }

    fn has(&self, id: &str) -> bool {
        self.sources.iter().any(|source| source == id)
    }
}

#[derive(Template)]
#[template(path = "admin/reform.html")]
struct Choose {
    shell: Shell,
    sections: Vec<Door>,
    units: Vec<(String, String)>,
    successors: Vec<(String, String)>,
    asked: Asked,
    day: String,
    faults: Faults,
}

/// The form: which units end, which one has their place, by which decision.
pub async fn form(visit: Visit, uri: Uri) -> Answer<Response> {
    let form = Form::asked(&uri)?;
    let day = form.given("day").and_then(day);
    choose(visit, Asked::of(&form, day), Faults::default()).await
}

async fn choose(visit: Visit, asked: Asked, faults: Faults) -> Answer<Response> {
    enter(&visit, PATH)?;
    let by = Administrator::of(&visit.caller, Permission::ManageUnits)?;
    let tree = tree::units(&visit.house.folder, &by).await?;
    let shell = visit.shell;
    let all = choices(&tree);
    let mut successors = vec![(String::new(), shell.t("Hãy chọn", "Choose one").to_owned())];
    successors.extend(all.iter().cloned());
    let nobody = shell.t("Không có đơn vị tiếp nhận: giải thể", "None: they are closed");
    successors.push((NONE.to_owned(), nobody.to_owned()));
    let page = Choose {
        sections: parts(&shell, visit.caller.role, PATH),
        units: all.into_iter().filter(|(id, _)| *id != visit.caller.unit).collect(),
        day: asked.day.map(|day| day.to_string()).unwrap_or_default(),
        successors,
        asked,
        shell,
        faults,
    };
    shown(page.faults.status(), &page)
}

/// What follows of one sort: a heading, what it means, and each thing.
struct Group {
    heading: &'static str,
    about: &'static str,
    /// How many.
    count: u64,
    /// Each by its name, where they are named.
    things: Vec<String>,
}

#[derive(Template)]
#[template(path = "admin/reform_seen.html")]
struct Consequence {
    shell: Shell,
    sections: Vec<Door>,
    sources: Vec<(String, String)>,
    successor: Option<(String, String)>,
    day: String,
    shown_day: String,
    /// The day is to come: it is planned.
    is_to_come: bool,
    basis: String,
    groups: Vec<Group>,
    seen: String,
    none: &'static str,
    /// The form again, as it was filled in.
    back: String,
    act: String,
    faults: Faults,
}

/// Says what would follow; does it, when that was seen.
pub async fn end(visit: Visit, form: Form) -> Answer<Response> {
    let by = Administrator::of(&visit.caller, Permission::ManageUnits)?;
    let mut wrong = Faults::default();
    let day = read_day(&visit.shell, &form, &mut wrong);
    let asked = Asked::of(&form, day);
    if asked.successor.is_empty() {
        let words = (
            "Hãy chọn đơn vị tiếp nhận, hoặc chọn giải thể.",
            "Choose the unit in their place, or that there is none.",
        );
        wrong.add("successor", visit.shell.t(words.0, words.1));
    }
    if asked.sources.is_empty() {
        let words = ("Hãy chọn ít nhất một đơn vị thôi hoạt động.", "Choose at least one unit that ends.");
        wrong.add("sources", visit.shell.t(words.0, words.1));
    }
    if !wrong.is_empty() {
        return choose(visit, asked, wrong).await;
    }
    let Some(seen) = form.given("seen").map(str::to_owned) else {
        return rehearse(visit, asked, &by, Faults::default()).await;
    };
    let (house, job_asked, job_by) = (std::sync::Arc::clone(&visit.house), asked.clone(), by.clone());
    let job = async move {
        let done = reform::end(&house.folder, &job_asked.ending(), &job_by, Carry::AsSeen(&seen)).await?;
        Ok(match done.successor {
            _ if done.plan.is_some() => format!("{PATH}?said=units-planned#plans"),
            Some(successor) => format!("{PATH}/{successor}?said=units-merged"),
            None => format!("{PATH}?said=units-closed"),
        })
    };
    match visit.once(form.act(), job).await {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let is_other = problem.code() == "unit.seen";
            let wrong = faults(visit.language(), problem)?;
            if is_other { rehearse(visit, asked, &by, wrong).await } else { choose(visit, asked, wrong).await }
        }
    }
}

/// The page of what would follow.
async fn rehearse(visit: Visit, asked: Asked, by: &Administrator, wrong: Faults) -> Answer<Response> {
    let done = match reform::end(&visit.house.folder, &asked.ending(), by, Carry::Rehearse).await {
        Ok(done) => done,
        Err(error) => {
            let faults = faults(visit.language(), Problem::from(error))?;
            return choose(visit, asked, faults).await;
        }
    };
    let (names, act) = (names(&visit.house).await?, visit.act()?);
    let shell = visit.shell;
    let named = |id: &String| (id.clone(), names.get(id).cloned().unwrap_or_else(|| id.clone()));
    let page = Consequence {
        sections: parts(&shell, visit.caller.role, PATH),
        sources: done.sources.iter().map(named).collect(),
        successor: done.successor.as_ref().map(named),
        is_to_come: asked.day.is_some_and(|day| visit.house.folder.today() < day),
        shown_day: day(&done.day).map_or_else(|| done.day.clone(), short_date),
        groups: groups(&shell, &names, &done),
        day: done.day,
        basis: done.basis,
        seen: done.seen,
        none: NONE,
        back: asked.address(),
        act,
        shell,
        faults: wrong,
    };
    shown(page.faults.status(), &page)
}

/// What follows, in words; what nothing follows of is not named.
#[allow(clippy::too_many_lines)] // one sort after the other
fn groups(shell: &Shell, names: &BTreeMap<String, String>, done: &Consequences) -> Vec<Group> {
    let name = |id: &str| names.get(id).cloned().unwrap_or_else(|| id.to_owned());
    let key_stays = |loses: bool| {
        if loses { shell.t("; không còn dùng khóa ký của đơn vị cũ", "; the key stays behind") } else { "" }
    };
    let offices = |becomes: &[&str]| -> Vec<String> {
        let fits = done.offices.iter().filter(|office| becomes.contains(&office.becomes));
        let told = fits.map(|office| {
            let OfficeEnd { login, unit, role, title, becomes, loses_key } = office;
            let role = shell.role(role);
            let why = match *becomes {
                "doubled" => shell.t("; đã giữ chức vụ này ở đơn vị mới", "; held in the new unit already"),
                "apart" => shell.t(
                    "; không đi cùng chức vụ đang giữ ở đơn vị mới",
                    "; does not go with an office held in the new unit",
                ),
                _ => "",
            };
            format!("{login}: {title} ({role}), {}{why}{}", name(unit), key_stays(*loses_key))
        });
        told.collect()
    };
    let tokens = done
        .tokens
        .iter()
        .map(|token| format!("{} ({}){}", token.name, shell.role(&token.role), key_stays(token.loses_key)));
    let series = done.series_closed.iter().map(|end| {
        let left = shell.t("số chưa dùng", "numbers are left");
        format!("{} – {}: {} {left}", end.series, name(&end.unit), end.left)
    });
    let delegations = |ids: &[i64]| ids.iter().map(|id| format!("№ {id}")).collect();
    let is_merged = done.successor.is_some();
    let counted = |vi, en, about: (&'static str, &'static str), count| Group {
        heading: shell.t(vi, en),
        about: shell.t(about.0, about.1),
        count,
        things: Vec::new(),
    };
    let group = |vi, en, about, things: Vec<String>| {
        let count = u64::try_from(things.len()).unwrap_or(u64::MAX);
        Group { things, ..counted(vi, en, about, count) }
    };
    let all = [
        group(
            "Dải biên lai bị đóng",
            "Series that are closed",
            (
                "Số chưa dùng không còn dùng được; biên lai đã lập giữ nguyên.",
                "Numbers that are left are used by nobody; receipts that were issued stay as they are.",
            ),
            series.collect(),
        ),
        group(
            "Dải biên lai mở cho đơn vị tiếp nhận",
            "Series that are opened for the unit in their place",
            ("", ""),
            done.series_opened.clone(),
        ),
        group(
            "Khoảng số ủy quyền trả lại",
            "Delegated numbers that are given back",
            ("", ""),
            done.ranges_given_back.clone(),
        ),
        group(
            "Chức vụ chuyển sang đơn vị tiếp nhận",
            "Offices that go over to the unit in their place",
            ("", ""),
            offices(&["moved"]),
        ),
        group(
            "Chức vụ chấm dứt",
            "Offices that end",
            ("Người giữ không còn làm việc này nữa.", "Their holders do this no more."),
            offices(&["doubled", "apart", "ended"]),
        ),
        group(
            if is_merged {
                "Thẻ truy cập chuyển sang đơn vị tiếp nhận"
            } else {
                "Thẻ truy cập bị thu hồi"
            },
            if is_merged { "Tokens that go over to the unit in their place" } else { "Tokens that end" },
            ("", ""),
            tokens.collect(),
        ),
        group(
            "Khóa ký bị dừng",
            "Keys that are stopped",
            ("Chứng thư ghi tên đơn vị thôi hoạt động.", "Their certificates name a unit that is none any more."),
            done.keys_stopped.clone(),
        ),
        group(
            "Ủy quyền ký còn hiệu lực ở đơn vị tiếp nhận",
            "Delegations to sign that go on",
            ("", ""),
            delegations(&done.delegations_moved),
        ),
        group("Ủy quyền ký chấm dứt", "Delegations to sign that end", ("", ""), delegations(&done.delegations_ended)),
        group(
            "Đơn vị trực thuộc chuyển sang đơn vị tiếp nhận",
            "Units that are below the new one from then on",
            ("", ""),
            done.units_moved.iter().map(|id| name(id)).collect(),
        ),
        counted(
            "Văn bản chưa phát hành",
            "Official documents that are not issued yet",
            (
                "Không ai làm tiếp được: hãy hủy và soạn lại ở đơn vị tiếp nhận.",
                "Nobody goes on with them: they are given up, and drafted anew in the unit in their place.",
            ),
            done.unfinished,
        ),
        counted(
            "Mức phí riêng không chuyển sang",
            "Own fees that do not go over",
            (
                "Đơn vị tiếp nhận dùng danh mục của mình và của đơn vị cấp trên.",
                "The unit in their place has its own catalogue, and that of those above it.",
            ),
            done.own_fees,
        ),
    ];
    all.into_iter().filter(|group| group.count > 0).collect()
}
