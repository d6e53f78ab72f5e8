//! Forms as browsers send them, within limits, and what is wrong with them. A form names itself (`act`): what it asks for is done once, however
//! often it is sent.

use crate::digest::sha256;
use crate::error::{Error, Kind};
use crate::http::house::House;
use crate::http::problem::{Answer, Problem};
use crate::receipts::catalogue::read_day;
use crate::registry::{HandedIn, LARGEST};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use time::Date;
use tokio::sync::Mutex as Turn;
use url::form_urlencoded;
use zeroize::Zeroizing;

/// Fields of one form: a batch of 500 documents and what stands beside it.
const MOST_FIELDS: usize = 2_000;
/// Bytes of all fields but the files.
const MOST_TEXT: usize = 1 << 20;
/// Files of one form.
const MOST_FILES: usize = 20;
/// Fields that are no part of what is asked for: they hold what opens keys, or say which form it is.
const ASIDE: [&str; 3] = ["act", "pin", "password"];

/// A form that was sent.
#[derive(Default)]
pub struct Form {
    fields: Vec<(String, Zeroizing<String>)>,
    files: Vec<(String, HandedIn)>,
}

impl FromRequest<Arc<House>> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, house: &Arc<House>) -> Answer<Self> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let mut form = Self::default();
        if kind.starts_with("multipart/form-data") {
            form.read_parts(request).await?;
        } else {
            let body = axum::body::Bytes::from_request(request, house).await;
            let body = body.map_err(|error| Problem::of_status(error.status()))?;
            for (name, value) in form_urlencoded::parse(&body) {
                form.add(&name, value.into_owned().into())?;
            }
        }
        Ok(form)
    }
}

fn wrong(why: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "request.form", why)
}

impl Form {
    /// What the query of an address says, read as a form is.
    pub fn asked(address: &Uri) -> Answer<Self> {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(address.query().unwrap_or_default().as_bytes()) {
            form.add(&name, value.into_owned().into())?;
        }
        Ok(form)
    }

    /// The same with these fields only.
    #[must_use]
    pub fn only(mut self, names: &[&str]) -> Self {
        self.fields.retain(|(name, _)| names.contains(&name.as_str()));
        self
    }

    fn add(&mut self, name: &str, value: Zeroizing<String>) -> Answer<()> {
        let text = self.fields.iter().map(|(name, value)| name.len().saturating_add(value.len()));
        let text = text.fold(value.len(), usize::saturating_add);
        if self.fields.len() >= MOST_FIELDS || text > MOST_TEXT {
            return Err(wrong("the form is too long"));
        }
        // browsers send line ends as CR LF
        let value = if value.contains('\r') { value.replace("\r\n", "\n").into() } else { value };
        self.fields.push((name.to_owned(), value));
        Ok(())
    }

    async fn read_parts(&mut self, request: Request) -> Answer<()> {
        let mut parts = Multipart::from_request(request, &()).await.map_err(|why| wrong(why.body_text()))?;
        let most = usize::try_from(LARGEST).unwrap_or(usize::MAX);
        let broken = |why: axum::extract::multipart::MultipartError| match why.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(LARGEST),
            _ => wrong(why.body_text()),
        };
        while let Some(mut part) = parts.next_field().await.map_err(broken)? {
            let (name, file) = (part.name().unwrap_or_default().to_owned(), part.file_name().map(str::to_owned));
            let limit = if file.is_some() { most } else { MOST_TEXT };
            let mut bytes = Zeroizing::new(Vec::new());
            while let Some(piece) = part.chunk().await.map_err(broken)? {
                if bytes.len().saturating_add(piece.len()) > limit {
                    return Err(Problem::too_large(LARGEST));
                }
                bytes.extend_from_slice(&piece);
            }
            match file {
                // a field for files in which none was chosen
                Some(_) if bytes.is_empty() => {}
                Some(_) if self.files.len() >= MOST_FILES => return Err(wrong("the form has too many files")),
                file @ Some(_) => {
                    self.files.push((name, HandedIn { name: file, bytes: std::mem::take(&mut *bytes) }));
                }
                None => {
                    let text = std::str::from_utf8(&bytes).map_err(|_| wrong("a field is not UTF-8"))?;
                    self.add(&name, text.to_owned().into())?;
                }
            }
        }
        Ok(())
    }

    /// What a field holds, without blanks around it; nothing if there is no such field.
    pub fn text(&self, name: &str) -> &str {
        self.secret(name).trim()
    }

    /// What a field holds, as it was typed.
    pub fn secret(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// What a field holds, if it holds anything.
    pub fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// What all fields of a name hold: of boxes that were ticked, of rows.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.trim())
    }

    /// Takes a file out of the form.
    pub fn take_file(&mut self, name: &str) -> Option<HandedIn> {
        let at = self.files.iter().position(|(known, _)| known == name)?;
        Some(self.files.swap_remove(at).1)
    }

    /// The identifier of what the form asks for: the same form with the same content has the same. None if the form does not name itself.
    pub fn act(&self) -> Option<String> {
        let act = self.given("act")?;
        let mut content = String::from(act);
        for (name, value) in self.fields.iter().filter(|(name, _)| !ASIDE.contains(&name.as_str())) {
            content.extend(["\0", name, "\0", value]);
        }
        for (name, file) in &self.files {
            content.extend(["\0", name, "\0", &hex::encode(sha256(&file.bytes))]);
        }
        Some(hex::encode(sha256(content.as_bytes())))
    }
}

/// What was done lately, so that a form that comes again, because the line dropped before its answer was there, gets the same answer. It is in
/// the memory of one process: what makes something new makes it under the name of the form's act ([`Form::act`]) besides.
#[derive(Default)]
pub struct Acts(Mutex<HashMap<String, Slot>>);

/// Where the result of an act is: nobody else does the same meanwhile.
type Slot = Arc<Turn<Option<String>>>;

/// Acts that are remembered.
const MOST_ACTS: usize = 20_000;

impl Acts {
    fn slot(&self, act: String) -> Slot {
        let mut acts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if acts.len() >= MOST_ACTS {
            // those that are under way stay
            acts.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        Arc::clone(acts.entry(act).or_default())
    }

    /// Does a job to its end, whoever still waits for it; what succeeded under this name before is not done again. Gives where the result is.
    pub async fn once<F>(house: &Arc<House>, act: Option<String>, job: F) -> Answer<String>
    where
        F: Future<Output = Answer<String>> + Send + 'static,
    {
        let slot = act.map(|act| house.acts.slot(act)).unwrap_or_default();
        let done = tokio::spawn(async move {
            let mut kept = slot.lock_owned().await;
            match &*kept {
                Some(address) => Ok(address.clone()),
                None => Ok(kept.insert(job.await?).clone()),
            }
        });
        done.await.map_err(|error| Error::new(Kind::Bug, "work.stopped", "the work", error))?
    }
}

/// What is wrong with a form: by field, what to do about it. What is about the whole form has an empty name.
#[derive(Debug, Default)]
pub struct Faults(Vec<(String, String)>);

impl Faults {
    /// One that is about the whole form.
    pub fn whole(text: impl Into<String>) -> Self {
        Self(vec![(String::new(), text.into())])
    }

    /// Adds one.
    pub fn add(&mut self, field: &str, text: impl Into<String>) {
        self.0.push((field.to_owned(), text.into()));
    }

    /// That of a field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == field).map(|(_, text)| text.as_str())
    }

    /// All of them, in their order: field and text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, text)| (field.as_str(), text.as_str()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The status of the page that shows the form.
    pub fn status(&self) -> StatusCode {
        if self.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
    }
}

/// A day as a form has it: `2026-11-24`, or as people write it, `24/11/2026`.
pub fn day(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split('/').map(str::trim).collect();
    let iso = match parts.as_slice() {
        [day, month, year] => format!("{year:0>4}-{month:0>2}-{day:0>2}"),
        _ => text.to_owned(),
    };
    read_day(&iso).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn days_are_read_as_browsers_and_as_people_write_them() {
        for text in ["2026-11-04", "04/11/2026", "4/11/2026", " 4 / 11 / 2026"] {
            assert_eq!(day(text), Some(date!(2026 - 11 - 04)), "{text}");
        }
        for text in ["", "4/11", "31/02/2026", "tomorrow"] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    fn form(fields: &[(&str, &str)]) -> Form {
        let mut form = Form::default();
        for (name, value) in fields {
            form.add(name, (*value).to_owned().into()).unwrap();
        }
        form
    }

    #[test]
    fn an_act_is_the_form_and_what_it_asks_for() {
        let one = form(&[("act", "a"), ("subject", "x"), ("pin", "1234")]);
        assert_eq!(one.act(), form(&[("act", "a"), ("subject", "x"), ("pin", "4321")]).act());
        for other in [&[("act", "b"), ("subject", "x")], &[("act", "a"), ("subject", "y")]] {
            assert_ne!(one.act(), form(other).act());
        }
        assert_eq!(form(&[("subject", "x")]).act(), None);
        assert_eq!(one.text("none"), "");
        assert_eq!(form(&[("a", "1"), ("b", "2"), ("a", " 3\r\n4 ")]).all("a").collect::<Vec<_>>(), ["1", "3\n4"]);
    }

    #[test]
    fn forms_have_limits() {
        let mut long = Form::default();
        for _ in 0..MOST_FIELDS {
            long.add("a", "b".to_owned().into()).unwrap();
        }
        assert!(long.add("a", "b".to_owned().into()).is_err());
        assert!(Form::default().add("a", "x".repeat(MOST_TEXT + 1).into()).is_err());
    }
}
