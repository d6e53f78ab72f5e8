//! One entry: in words, as it is, with its proof; who is behind a pseudonym.

use super::{clock, parts};
use crate::audit::Logged;
use crate::auditor::entry::{Entry, is_legacy, receipt};
use crate::auditor::note::Proof;
use crate::http::file::disposition;
use crate::http::house::House;
use crate::http::pages::form::Form;
use crate::http::pages::shell::{Door, Shell, Visit, shown};
use crate::http::problem::{Answer, Problem};
use crate::messages::acts::act;
use crate::people::keys::view;
use crate::people::names::{self, Actor, Behind};
use crate::people::permissions::Permission;
use crate::people::units;
use crate::reports::auditing::log_keys;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// One thing that an entry says.
struct Fact {
    name: &'static str,
    value: String,
    link: Option<String>,
    is_code: bool,
}

/// A pseudonym of an entry, and who is behind it where that was asked.
struct Person {
    field: &'static str,
    name: &'static str,
    pseudonym: String,
    who: Option<String>,
}

#[derive(Template)]
#[template(path = "audit/entry.html")]
struct Page {
    shell: Shell,
    sections: Vec<Door>,
    index: u64,
    what: String,
    facts: Vec<Fact>,
    people: Vec<Person>,
    may_ask: bool,
    raw: String,
    proof: Logged,
    hashes: usize,
    /// Why the proof does not hold, as an auditor's own reading of it finds.
    wrong: Option<String>,
    key: String,
    newer: Option<u64>,
    older: Option<u64>,
}

fn number(text: &str) -> Answer<u64> {
    text.parse().map_err(|_| Problem::not_found())
}

/// The entry.
pub async fn page(visit: Visit, Path(index): Path<String>) -> Answer<Response> {
    show(visit, number(&index)?, None).await
}

/// The entry with who is behind one of its pseudonyms. That this was asked is itself in the log, and in no address.
pub async fn who(visit: Visit, Path(index): Path<String>, form: Form) -> Answer<Response> {
    visit.caller.may(Permission::ReadAudit)?;
    let index = number(&index)?;
    let logged = visit.house.folder.log.prove(index).await?;
    let field = form.text("field");
    let asked = Entry::parse(&logged.entry).ok().and_then(|entry| match field {
        "actor" => entry.actor.map(String::from),
        "approver" => entry.approver.map(String::from),
        _ => None,
    });
    let asked = asked.ok_or_else(Problem::not_found)?;
    let found = names::behind(&visit.house.folder, &visit.caller, &asked).await?;
    let told = told(&visit.house, &visit.shell, found).await?;
    show(visit, index, Some((asked, told))).await
}

async fn told(house: &House, shell: &Shell, found: Behind) -> Answer<String> {
    let unit = async |id: &str| match units::get(&house.folder, id).await {
        Ok(unit) => unit.name,
        Err(_) => id.to_owned(),
    };
    Ok(match found {
        Behind::Known(Actor::User { login, name, unit: id }) => format!("{name} ({login}), {}", unit(&id).await),
        Behind::Known(Actor::Token { id, name, role, unit: of }) => {
            let role = shell.role(&role);
            format!("{}: {name}, {role}, {} ({id})", shell.t("Thẻ truy cập", "Token"), unit(&of).await)
        }
        Behind::Known(Actor::Local(name)) => {
            format!(
                "{name} ({})",
                shell.t("người dùng của máy chủ, qua dòng lệnh", "user of the server, on the command line")
            )
        }
        Behind::Elsewhere => shell.t("Người của đơn vị khác", "Somebody of another unit").to_owned(),
        Behind::Nobody => shell.t("Không rõ là ai ở dịch vụ này", "Nobody who is known to this service").to_owned(),
    })
}

async fn show(visit: Visit, index: u64, answer: Option<(String, String)>) -> Answer<Response> {
    visit.caller.may(Permission::ReadAudit)?;
    let Visit { house, caller, shell, .. } = visit;
    let folder = &house.folder;
    let logged = folder.log.prove(index).await?;
    let raw = String::from_utf8_lossy(&logged.entry).into_owned();
    let entry = Entry::parse(&logged.entry).map_err(|why| Problem::unprocessable("audit.damaged", why))?;
    let keys = log_keys(folder)?;
    let wrong = Proof::open(&logged.proof, &logged.entry, &keys).err();
    let mut facts = Vec::new();
    let mut say = |name, value: Option<&str>, link: Option<String>, is_code| {
        if let Some(value) = value {
            facts.push(Fact { name, value: value.to_owned(), link, is_code });
        }
    };
    let unit = match entry.unit.as_deref() {
        Some(id) => {
            Some(units::get(folder, id).await.map_or_else(|_| id.to_owned(), |unit| format!("{} ({id})", unit.name)))
        }
        None => None,
    };
    let certificate = match entry.certificate.as_deref() {
        Some(sha256) => name_of(&house, sha256, entry.unit.as_deref()).await?,
        None => None,
    };
    // documents and receipts of other units are not shown
    let link = |id: Option<&str>| {
        id.filter(|_| entry.unit.as_ref().is_some_and(|unit| *unit == caller.unit))
            .and_then(|id| place(&entry.action, id))
    };
    let action = format!("/audit?action={}", entry.action);
    say(shell.t("Lúc", "When"), Some(&clock(&entry.time)), None, false);
    say(shell.t("Loại việc", "Action"), Some(&entry.action), Some(action), true);
    say(shell.t("Đơn vị", "Unit"), unit.as_deref(), None, false);
    say(shell.t("Về", "About"), entry.receipt.as_deref(), link(entry.receipt.as_deref()), false);
    say(shell.t("Liên quan đến", "Related to"), entry.related.as_deref(), link(entry.related.as_deref()), false);
    say(shell.t("Kết quả kiểm tra", "Result"), entry.result.as_deref(), None, false);
    say(shell.t("Đến lúc", "Until"), entry.until.as_deref().map(clock).as_deref(), None, false);
    say(shell.t("Khóa ký", "Key"), certificate.as_deref(), None, false);
    say(shell.t("Mã băm của nội dung", "Digest of what it is about"), entry.digest.as_deref(), None, true);
    say(shell.t("Mã băm của chữ ký", "SHA-256 of the signature"), entry.signature.as_deref(), None, true);
    say(shell.t("Mã băm của chứng thư số", "SHA-256 of the certificate"), entry.certificate.as_deref(), None, true);
    say(shell.t("Căn cứ kiểm tra", "Judged by"), entry.basis.as_deref(), None, true);
    say(shell.t("Dòng dữ liệu", "Row of the database"), entry.row.as_deref(), None, true);
    let answered =
        |pseudonym: &str| answer.as_ref().filter(|(asked, _)| asked == pseudonym).map(|(_, who)| who.clone());
    let person = |field, name, pseudonym: Option<&str>| {
        pseudonym.map(|text| Person { field, name, pseudonym: text.to_owned(), who: answered(text) })
    };
    let people = [
        person("actor", shell.t("Người thực hiện", "By whom"), entry.actor.as_deref()),
        person("approver", shell.t("Người duyệt", "Approved by"), entry.approver.as_deref()),
    ];
    let page = Page {
        sections: parts(&shell, ""),
        what: act(&entry.action).of(shell.language).to_owned(),
        facts,
        people: people.into_iter().flatten().collect(),
        may_ask: caller.may(Permission::ResolveActors).is_ok(),
        raw,
        hashes: logged.proof.split("\n\n").next().map_or(0, |head| head.lines().skip(2).count()),
        wrong,
        key: folder.log.verifier_key().to_string(),
        newer: index.checked_add(1).filter(|newer| *newer < logged.size),
        older: index.checked_sub(1),
        index,
        proof: logged,
        shell,
    };
    shown(StatusCode::OK, &page)
}

/// The name of the key with this certificate: where several units have one, that of the unit's.
async fn name_of(house: &House, sha256: &str, unit: Option<&str>) -> Answer<Option<String>> {
    let mut keys = view::list(&house.folder, None).await?;
    keys.retain(|key| key.sha256 == sha256);
    let own = keys.iter().find(|key| key.unit.as_deref() == unit).or_else(|| keys.first());
    Ok(own.map(|key| format!("{} – {}", key.name, key.holder())))
}

/// Where what an entry is about is shown.
fn place(action: &str, id: &str) -> Option<String> {
    if receipt(id).is_some() {
        return Some(format!("/receipts/{id}"));
    }
    let is_document = action.starts_with("dispatch.") && !id.contains('/') && !is_legacy(id);
    is_document.then(|| format!("/documents/{id}"))
}

/// The entry's bytes, as they are hashed.
pub async fn bytes(visit: Visit, Path(index): Path<String>) -> Answer<Response> {
    let logged = logged(&visit, &index).await?;
    Ok(file(&format!("entry-{}.json", logged.index), "application/json", logged.entry))
}

/// The proof, a C2SP tlog-proof.
pub async fn proof(visit: Visit, Path(index): Path<String>) -> Answer<Response> {
    let logged = logged(&visit, &index).await?;
    Ok(file(&format!("proof-{}.txt", logged.index), "text/plain; charset=utf-8", logged.proof.into_bytes()))
}

async fn logged(visit: &Visit, index: &str) -> Answer<Logged> {
    visit.caller.may(Permission::ReadAudit)?;
    Ok(visit.house.folder.log.prove(number(index)?).await?)
}

fn file(name: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition(name))], bytes).into_response()
}
