//! Pages as pictures, and files, for who may read the document.

use crate::data_folder::DataFolder;
use crate::documents::pictures::Drawing;
use crate::error::{Error, Kind, Result};
use crate::http::file::disposition;
use crate::http::house::House;
use crate::http::pages::form::Form;
use crate::http::pages::shell::Visit;
use crate::http::problem::{Answer, Problem};
use crate::limits::Limits;
use crate::pdf::document::Document;
use crate::people::permissions::Caller;
use crate::registry::machine::Book;
use crate::registry::view;
use crate::store::Sha256;
use axum::extract::Path;
use axum::http::Uri;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Pixels across.
const WIDTH: u16 = 900;
/// Bytes of pictures that are kept.
const MOST_KEPT: usize = 48 << 20;
/// A page of a version of a file never changes, and is for who may see it alone.
const FOR_GOOD: &str = "private, max-age=31536000, immutable";

/// A page that was drawn: the file's SHA-256, the page, the PNG.
type Drawn = (Sha256, usize, Arc<Vec<u8>>);

/// Pictures that were drawn lately: whoever looks at a document after somebody else need not wait.
#[derive(Default)]
pub struct Pictures(Mutex<VecDeque<Drawn>>);

impl Pictures {
    fn find(&self, sha256: &Sha256, page: usize) -> Option<Arc<Vec<u8>>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(of, at, _)| of == sha256 && *at == page).map(|(.., png)| Arc::clone(png))
    }

    fn keep(&self, sha256: Sha256, page: usize, png: &Arc<Vec<u8>>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((sha256, page, Arc::clone(png)));
        while kept.iter().map(|(.., png)| png.len()).fold(0, usize::saturating_add) > MOST_KEPT {
            kept.pop_front();
        }
    }
}

/// A page of a document out.
pub async fn outgoing_page(visit: Visit, Path((id, page)): Path<(String, String)>, uri: Uri) -> Answer<Response> {
    page_of(visit, Book::Out, id, &page, &uri).await
}

/// A page of a document in.
pub async fn incoming_page(visit: Visit, Path((id, page)): Path<(String, String)>, uri: Uri) -> Answer<Response> {
    page_of(visit, Book::In, id, &page, &uri).await
}

/// A file of a document out.
pub async fn outgoing_file(visit: Visit, Path((id, file)): Path<(String, u32)>, uri: Uri) -> Answer<Response> {
    file_of(visit, Book::Out, &id, file, &uri).await
}

/// A file of a document in.
pub async fn incoming_file(visit: Visit, Path((id, file)): Path<(String, u32)>, uri: Uri) -> Answer<Response> {
    file_of(visit, Book::In, &id, file, &uri).await
}

fn number<T: std::str::FromStr>(asked: &Form, name: &str) -> Answer<Option<T>> {
    let wrong = |_| Problem::unprocessable("request.query", format!("{name} is a number"));
    asked.given(name).map(|text| text.parse().map_err(wrong)).transpose()
}

async fn file_of(visit: Visit, book: Book, id: &str, file: u32, uri: &Uri) -> Answer<Response> {
    let Visit { house, caller, .. } = visit;
    let version = number(&Form::asked(uri)?, "version")?;
    let row = view::get(&house.folder, &caller, book, id).await?;
    let (file, bytes) = view::file(&house.folder, &row, file, version).await?;
    let headers = [(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, disposition(&file.name))];
    Ok((headers, bytes).into_response())
}

async fn page_of(visit: Visit, book: Book, id: String, page: &str, uri: &Uri) -> Answer<Response> {
    let Visit { house, caller, .. } = visit;
    let asked = Form::asked(uri)?;
    let (file, version) = (number(&asked, "file")?.unwrap_or(0), number(&asked, "version")?);
    let page = page.strip_suffix(".png").and_then(|page| page.parse::<usize>().ok()?.checked_sub(1));
    let page = page.ok_or_else(Problem::not_found)?;
    let job = async move |house: &House| drawn(house, &caller, book, &id, (file, version), page).await;
    let png = house.work(job).await?;
    let kept = if version.is_some() { FOR_GOOD } else { "no-store" };
    Ok(([(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, kept)], png.to_vec()).into_response())
}

async fn drawn(
    house: &House,
    caller: &Caller,
    book: Book,
    id: &str,
    (file, version): (u32, Option<u32>),
    page: usize,
) -> Result<Arc<Vec<u8>>> {
    let folder: &DataFolder = &house.folder;
    let row = view::get(folder, caller, book, id).await?;
    let (file, bytes) = view::file(folder, &row, file, version).await?;
    if let Some(png) = house.pictures.find(&file.sha256, page) {
        return Ok(png);
    }
    let missing =
        |kind, why: &str| Error::new(kind, "page.no_picture", format!("page {}", page.saturating_add(1)), why);
    let doc = Document::open_or_recover(Arc::new(bytes.clone()), None, *Limits::in_force())?;
    if page >= doc.page_count()? {
        return Err(missing(Kind::NotFound, "there is no such page"));
    }
    let mut drawing = Drawing::of(&bytes, b"");
    drawing.ask(doc.page(page)?.id, WIDTH);
    let picture = drawing.take().ok_or_else(|| missing(Kind::BadInput, "it cannot be drawn"))?;
    let png = Arc::new(picture.png().map_err(|error| missing(Kind::Bug, &error.to_string()))?);
    house.pictures.keep(file.sha256, page, &png);
    Ok(png)
}
