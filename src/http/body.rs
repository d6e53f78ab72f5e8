//! What is sent: JSON, and files that are taken piece by piece.

use super::house::House;
use super::problem::{Answer, Problem};
use crate::documents::stored::Upload;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::pin::Pin;

/// The media type of a form with a file.
const FORM: &str = "multipart/form-data";

/// The media type of a body, without its parameters.
fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn unsupported(wanted: &str) -> Problem {
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "http.media_type", format!("the body has to be {wanted}"))
}

/// Refuses a body that does not say it is of this media type.
pub fn is_kind(headers: &HeaderMap, kind: &str) -> Answer<()> {
    if media_type(headers) == kind { Ok(()) } else { Err(unsupported(kind)) }
}

/// Refuses a body that does not say it is JSON.
pub fn is_json(headers: &HeaderMap) -> Answer<()> {
    is_kind(headers, "application/json")
}

/// The value that a JSON body holds. Unknown keys are refused by the types.
pub fn json<T: DeserializeOwned>(headers: &HeaderMap, body: &Bytes) -> Answer<T> {
    is_json(headers)?;
    serde_json::from_slice(body).map_err(|error| Problem::unprocessable("request.json", error.to_string()))
}

/// The same of one that holds a secret, of which nothing is quoted where it is wrong: then `wanted` is told.
pub fn secret<'a, T: Deserialize<'a>>(headers: &HeaderMap, body: &'a Bytes, wanted: &str) -> Answer<T> {
    is_json(headers)?;
    serde_json::from_slice(body).map_err(|_| Problem::unprocessable("request.json", wanted))
}

/// A file that has arrived.
pub struct Received {
    /// Its bytes.
    pub upload: Upload,
    /// Its name, if one was given.
    pub name: Option<String>,
    /// The part `options` of a form.
    pub options: Option<Bytes>,
}

/// Takes a file: the body itself, of one of these media types, or the part `file` of a form.
pub async fn receive(house: &House, request: Request, kinds: &[&str]) -> Answer<Received> {
    let most = house.most_pdf_bytes;
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    // a form is a little longer than the file in it
    if announced.is_some_and(|length| length > most.saturating_add(house.most_body_bytes)) {
        return Err(Problem::too_large(most));
    }
    let kind = media_type(request.headers());
    let received = if kind == FORM {
        form(house, request).await?
    } else if kinds.contains(&kind.as_str()) {
        Received { upload: whole(house, request.into_body()).await?, name: None, options: None }
    } else {
        return Err(unsupported(&[kinds, &[FORM]].concat().join(" or ")));
    };
    if received.upload.size() == 0 {
        return Err(Problem::unprocessable("request.empty", "the file is empty"));
    }
    Ok(received)
}

async fn whole(house: &House, mut body: Body) -> Answer<Upload> {
    let mut upload = Upload::start(&house.folder).await?;
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let cut = |_| Problem::new(StatusCode::BAD_REQUEST, "http.body", "the body did not arrive whole");
        if let Ok(piece) = frame.map_err(cut)?.into_data() {
            add(house, &mut upload, &piece)?;
        }
    }
    Ok(upload)
}

fn add(house: &House, upload: &mut Upload, piece: &[u8]) -> Answer<()> {
    upload.write(piece)?;
    if upload.size() > house.most_pdf_bytes { Err(Problem::too_large(house.most_pdf_bytes)) } else { Ok(()) }
}

async fn form(house: &House, request: Request) -> Answer<Received> {
    let wrong = |why: &str| Problem::unprocessable("request.form", why);
    let mut form = Multipart::from_request(request, &()).await.map_err(|why| wrong(&why.body_text()))?;
    let (mut file, mut options) = (None, None);
    while let Some(mut part) = form.next_field().await.map_err(|why| broken(&why))? {
        match part.name() {
            Some("file") if file.is_none() => {
                let name = part.file_name().map(str::to_owned);
                let mut upload = Upload::start(&house.folder).await?;
                while let Some(piece) = part.chunk().await.map_err(|why| broken(&why))? {
                    add(house, &mut upload, &piece)?;
                }
                file = Some((upload, name));
            }
            Some("options") if options.is_none() => options = Some(small(house, part).await?),
            _ => return Err(wrong("a form has one part named file, and may have one named options")),
        }
    }
    let (upload, name) = file.ok_or_else(|| wrong("the form has no part named file"))?;
    Ok(Received { upload, name, options })
}

async fn small(house: &House, mut part: Field<'_>) -> Answer<Bytes> {
    let most = usize::try_from(house.most_body_bytes).unwrap_or(usize::MAX);
    let mut bytes = Vec::new();
    while let Some(piece) = part.chunk().await.map_err(|why| broken(&why))? {
        if bytes.len().saturating_add(piece.len()) > most {
            return Err(Problem::too_large(house.most_body_bytes));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.into())
}

fn broken(why: &MultipartError) -> Problem {
    if why.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE);
    }
    Problem::unprocessable("request.form", why.body_text())
}
