//! Many documents signed by one act: they are ticked on the desk, shown once more with what exactly is signed and where it will be seen, and signed
//! with one PIN. One that cannot be signed does not keep the others.

use super::Row;
use super::act::capacities;
use super::sheet::Holder;
use crate::error::{Error, Kind, Result};
use crate::http::outgoing::at_desk;
use crate::http::pages::Language;
use crate::http::pages::form::{Faults, Form};
use crate::http::pages::shell::{Shell, Visit, see, shown};
use crate::http::pages::words::why;
use crate::http::problem::{Answer, Problem};
use crate::messages::in_one;
use crate::registry::Desk;
use crate::registry::kinds::Words;
use crate::registry::machine::{Act, Book};
use crate::registry::outgoing::SignatureRequest;
use crate::registry::together::{self, Chosen, MOST, Preview};
use crate::registry::view::{self, DispatchView, Line};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashSet;
use zeroize::Zeroizing;

#[derive(Template)]
#[template(path = "documents/batch.html")]
struct Page {
    shell: Shell,
    once: String,
    lines: Vec<ToSign>,
    refused: Vec<(Row, String)>,
    key: Option<Holder>,
    /// As what may be signed, where there is a choice; and as what it is.
    words: Vec<(String, String)>,
    chosen: String,
    faults: Faults,
}

/// A document that is about to be signed.
struct ToSign {
    row: Row,
    /// SHA-256 of the file, hexadecimal.
    seen: String,
    pages: u32,
    /// The page on which the signature will be seen.
    page: u32,
}

#[derive(Template)]
#[template(path = "documents/batch_done.html")]
struct Done {
    shell: Shell,
    /// Each with what whoever signed should know.
    signed: Vec<(Row, Vec<String>)>,
    refused: Vec<(Row, String)>,
}

/// Somebody who had to sign in again begins at the desk.
pub async fn again(visit: Visit) -> Answer<Response> {
    visit.caller.may(Act::Sign.permission())?;
    Ok(see("/desk"))
}

/// Shows what was ticked, and signs it once that was confirmed.
pub async fn page(visit: Visit, form: Form) -> Answer<Response> {
    visit.caller.may(Act::Sign.permission())?;
    let (mut ids, mut once): (Vec<String>, _) = (form.all("id").map(str::to_owned).collect(), HashSet::new());
    ids.retain(|id| once.insert(id.clone()));
    if ids.len() > MOST {
        let words = visit.shell.t("Mỗi lần ký tối đa 500 văn bản.", "At most 500 documents are signed in one act.");
        return confirm(visit, Vec::new(), &form, Faults::whole(words)).await;
    }
    if form.text("step") != "sign" || ids.is_empty() {
        return confirm(visit, ids, &form, Faults::default()).await;
    }
    let (house, caller, language) = (visit.house.clone(), visit.caller.clone(), visit.language());
    let seen: Vec<(String, String)> =
        ids.iter().map(|id| (id.clone(), form.text(&format!("seen-{id}")).to_owned())).collect();
    let mut form = form;
    let pin = Zeroizing::new(form.secret("pin").to_owned());
    let image = form.take_file("image").map(|file| STANDARD.encode(&file.bytes));
    let asked = SignatureRequest { image, words: Words::of(form.text("words")), ..SignatureRequest::default() };
    let job = async move |desk: &Desk<'_>| {
        let asked = SignatureRequest { pin: Holder::pin(desk.folder, desk.caller, &pin).await?, ..asked };
        sign(desk, &seen, &asked, language).await
    };
    match at_desk(&house, caller, None, job).await {
        Ok((signed, refused)) => shown(StatusCode::OK, &Done { shell: visit.shell, signed, refused }),
        Err(problem) if problem.status().is_client_error() => {
            let mut faults = Faults::default();
            let field = if problem.code().starts_with("key.") { "pin" } else { "" };
            faults.add(field, why(language, &problem));
            confirm(visit, ids, &form, faults).await
        }
        Err(problem) => Err(problem),
    }
}

/// What exactly would be signed of these documents, and which of them cannot be signed so.
async fn confirm(visit: Visit, ids: Vec<String>, form: &Form, faults: Faults) -> Answer<Response> {
    let (folder, language) = (&visit.house.folder, visit.language());
    let words = capacities(&visit).await?;
    let chosen = words.iter().find(|(value, _)| value == form.text("words")).or(words.first());
    let chosen = chosen.map(|(value, _)| value.clone()).unwrap_or_default();
    let asked = SignatureRequest { words: Words::of(&chosen), ..SignatureRequest::default() };
    let job = async move |desk: &Desk<'_>| looked_at(desk, &ids, &asked, language).await;
    let (lines, refused) = at_desk(&visit.house, visit.caller.clone(), None, job).await?;
    let key = Holder::of(folder, &visit.caller).await?;
    let once = form.given("act").map_or_else(|| visit.act(), |act| Ok(act.to_owned()))?;
    let page = Page { shell: visit.shell, once, lines, refused, key, words, chosen, faults };
    shown(page.faults.status(), &page)
}

/// Those that can be signed, and the others with why not.
async fn looked_at(
    desk: &Desk<'_>,
    ids: &[String],
    asked: &SignatureRequest,
    language: Language,
) -> Result<(Vec<ToSign>, Vec<(Row, String)>)> {
    let (mut lines, mut refused) = (Vec::new(), Vec::new());
    if ids.is_empty() {
        return Ok((lines, refused));
    }
    let chosen: Vec<Chosen<'_>> = ids.iter().map(|id| Chosen { id, seen: None }).collect();
    let mut rows = Vec::new();
    for (id, answer) in ids.iter().zip(together::preview(desk, Act::Sign, &chosen, asked).await?) {
        match answer {
            Ok(Preview { row, place: Some(place), .. }) => rows.push((row, place.page)),
            // what would not be seen is signed alone, in a place that is chosen
            Ok(Preview { row, warnings, .. }) => {
                let why = warnings.iter().map(|warning| in_one(language, warning)).collect::<Vec<_>>().join(" ");
                refused.push((Row::new(language, Book::Out, Line::new(&row)?), why));
            }
            Err(error) => refused.extend(not_signed(desk, id, error, language).await?),
        }
    }
    let views = DispatchView::many(desk.folder, rows.iter().map(|(row, _)| row.clone()).collect()).await?;
    for ((row, page), view) in rows.into_iter().zip(views) {
        let Some(file) = view.files.into_iter().next() else { continue };
        let row = Row::new(language, Book::Out, Line::new(&row)?);
        lines.push(ToSign { row, seen: file.sha256, pages: file.pages, page });
    }
    Ok((lines, refused))
}

/// A document that cannot be signed, and why; none if there is no such document.
async fn not_signed(desk: &Desk<'_>, id: &str, error: Error, language: Language) -> Result<Option<(Row, String)>> {
    match view::get(desk.folder, desk.caller, Book::Out, id).await {
        Ok(row) => {
            let row = Row::new(language, Book::Out, Line::new(&row)?);
            Ok(Some((row, why(language, &Problem::from(error)))))
        }
        Err(missing) if missing.kind == Kind::NotFound => Ok(None),
        Err(other) => Err(other),
    }
}

/// Signs them. What the caller has signed already, because the line dropped and the form came again, counts as signed.
async fn sign(
    desk: &Desk<'_>,
    seen: &[(String, String)],
    asked: &SignatureRequest,
    language: Language,
) -> Result<(Vec<(Row, Vec<String>)>, Vec<(Row, String)>)> {
    let (mut signed, mut refused) = (Vec::new(), Vec::new());
    let chosen: Vec<Chosen<'_>> = seen.iter().map(|(id, seen)| Chosen { id, seen: Some(seen) }).collect();
    for ((id, _), answer) in seen.iter().zip(together::many(desk, Act::Sign, &chosen, asked).await?) {
        let (row, warnings) = match answer {
            Ok(done) => done,
            Err(_) if view::was_last(desk.folder, desk.caller, id, Act::Sign).await? => {
                (view::get(desk.folder, desk.caller, Book::Out, id).await?, Vec::new())
            }
            Err(error) => {
                refused.extend(not_signed(desk, id, error, language).await?);
                continue;
            }
        };
        let warnings = warnings.iter().map(|warning| in_one(language, warning)).collect();
        signed.push((Row::new(language, Book::Out, Line::new(&row)?), warnings));
    }
    Ok((signed, refused))
}
