//! Many documents signed in one act: they are ticked on the desk, shown once more with what exactly is signed, and signed with one PIN. Each is
//! an act of its own in the log, and one that cannot be signed does not keep the others.

use super::Row;
use super::act::with_key;
use super::sheet::Holder;
use crate::error::{Error, Kind, Result};
use crate::http::outgoing::at_desk;
use crate::http::pages::Language;
use crate::http::pages::form::{Faults, Form};
use crate::http::pages::shell::{Shell, Visit, see, shown};
use crate::http::pages::words::why;
use crate::http::problem::{Answer, Problem};
use crate::registry::ink::spot;
use crate::registry::machine::{Act, Book};
use crate::registry::outgoing::{self, SignatureRequest};
use crate::registry::together::MOST;
use crate::registry::view::{self, Line};
use crate::registry::{Desk, waiting};
use crate::store::registry::DispatchRow;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

#[derive(Template)]
#[template(path = "documents/batch.html")]
struct Page {
    shell: Shell,
    once: String,
    lines: Vec<ToSign>,
    key: Option<Holder>,
    faults: Faults,
}

impl Page {
    fn wants_pin(&self) -> bool {
        self.key.as_ref().is_some_and(Holder::wants_pin)
    }
}

/// A document that is about to be signed.
struct ToSign {
    row: Row,
    seen: String,
    pages: u32,
}

#[derive(Template)]
#[template(path = "documents/batch_done.html")]
struct Done {
    shell: Shell,
    signed: Vec<Row>,
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
    let ids: Vec<String> = form.all("id").map(str::to_owned).collect();
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
    let job =
        async move |desk: &Desk<'_>| with_key(desk, &pin, async || sign_all(desk, seen, image, language).await).await;
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

/// Those of the documents that the caller may sign now, with what exactly would be signed.
async fn confirm(visit: Visit, ids: Vec<String>, form: &Form, faults: Faults) -> Answer<Response> {
    let (folder, caller, language) = (&visit.house.folder, &visit.caller, visit.language());
    let mut lines = Vec::with_capacity(ids.len());
    for id in ids {
        let row = view::get(folder, caller, Book::Out, &id).await?;
        if !waiting::acts(folder, caller, &row).await?.contains(&Act::Sign) {
            continue;
        }
        let files = folder.store.read().await.map_err(Error::from)?.dispatch_files(&id).await.map_err(Error::from)?;
        let Some(file) = files.iter().rfind(|file| file.file == 0) else { continue };
        let (seen, pages) = (hex::encode(file.sha256), file.pages);
        lines.push(ToSign { row: Row::new(language, Book::Out, Line::new(&row)?), seen, pages });
    }
    let key = Holder::of(folder, caller).await?;
    let once = form.given("act").map_or_else(|| visit.act(), |act| Ok(act.to_owned()))?;
    let page = Page { shell: visit.shell, once, lines, key, faults };
    shown(page.faults.status(), &page)
}

/// Signs one after the other. What the caller has signed already, because the line dropped and the form came again, counts as signed.
async fn sign_all(
    desk: &Desk<'_>,
    all: Vec<(String, String)>,
    image: Option<String>,
    language: Language,
) -> Result<(Vec<Row>, Vec<(Row, String)>)> {
    let (mut signed, mut refused) = (Vec::new(), Vec::new());
    let signer = Holder::of(desk.folder, desk.caller).await?.map(|key| key.signer).unwrap_or_default();
    for (id, seen) in all {
        let row = view::get(desk.folder, desk.caller, Book::Out, &id).await?;
        let shown = |row: &DispatchRow| Ok::<_, Error>(Row::new(language, Book::Out, Line::new(row)?));
        match sign_one(desk, &row, seen, image.clone(), &signer).await {
            Ok(row) => signed.push(shown(&row)?),
            Err(error) if error.kind == Kind::Bug || error.kind == Kind::Unavailable => return Err(error),
            Err(_) if view::was_last(desk.folder, desk.caller, &id, Act::Sign).await? => signed.push(shown(&row)?),
            Err(error) => refused.push((shown(&row)?, why(language, &Problem::from(error)))),
        }
    }
    Ok((signed, refused))
}

async fn sign_one(
    desk: &Desk<'_>,
    row: &DispatchRow,
    seen: String,
    image: Option<String>,
    signer: &str,
) -> Result<DispatchRow> {
    let (_, bytes) = view::file(desk.folder, row, 0, None).await?;
    let places = spot(Act::Sign, bytes, signer, desk.folder.now())?.into_iter().collect();
    let request = SignatureRequest { seen: Some(seen), places, image, ..SignatureRequest::default() };
    Ok(outgoing::sign(desk, &row.id, &request).await?.0)
}
