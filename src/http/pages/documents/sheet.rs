//! The page of a document on which a signature is placed: where the document's own text says, and where whoever signs wants it. Places are
//! typed in millimetres from the page's left and lower edges; a script lets the frame be dragged.

use super::place;
use crate::data_folder::DataFolder;
use crate::error::Result;
use crate::http::pages::Language;
use crate::http::pages::form::Form;
use crate::http::pages::words::why;
use crate::http::problem::Problem;
use crate::limits::Limits;
use crate::pdf::document::Document;
use crate::people::keys;
use crate::people::keys::view::{KeyView, Lock};
use crate::people::permissions::Caller;
use crate::pki::certificate::Certificate;
use crate::registry::ink::{Place, spot};
use crate::registry::machine::{Act, Book};
use crate::registry::view;
use crate::store::registry::DispatchRow;
use std::sync::Arc;

/// Points of a millimetre.
const MM: f64 = 72.0 / 25.4;
/// Where a signature goes that nothing is found for: width and height, and from the right and lower edges, points.
const OTHERWISE: [f64; 4] = [170.0, 68.0, 57.0, 142.0];

/// What is signed, with which key, and where it is seen.
pub struct Sheet {
    /// SHA-256 of the file, hexadecimal.
    pub seen: String,
    /// The file's name.
    pub name: String,
    /// Its pages.
    pub pages: u32,
    /// Its version.
    pub version: u32,
    /// The key that signs; none: the act is only logged.
    pub key: Option<KeyView>,
    /// Where it is seen.
    pub place: Place,
    /// Width and height of that page, points.
    pub size: [f64; 2],
    /// Why no place was found.
    pub missing: Option<String>,
    /// Whether it may be moved: number, day and month stand on their blanks.
    pub is_movable: bool,
    /// The address of the document.
    pub address: String,
}

/// The key that a caller signs with now.
pub async fn key_of(folder: &DataFolder, caller: &Caller) -> Result<Option<KeyView>> {
    let Some(named) = &caller.signing_key else { return Ok(None) };
    let name = keys::successor(folder, named).await?;
    Ok(Some(keys::view::show(folder, &name).await?.in_service(folder)))
}

/// The common name of a key's certificate, by which the leader's block is known among several.
pub async fn signer_of(folder: &DataFolder, key: &KeyView) -> Result<String> {
    let row = folder.store.read().await?.signing_key(&key.name).await?;
    let certificate = row.map(|row| Certificate::parse(&row.certificate)).transpose()?;
    Ok(certificate.and_then(|certificate| certificate.common_name()).unwrap_or_default())
}

impl Sheet {
    /// That of a document which is to be signed by an act.
    pub async fn new(
        folder: &DataFolder,
        caller: &Caller,
        row: &DispatchRow,
        act: Act,
        language: Language,
    ) -> Result<Self> {
        let key = key_of(folder, caller).await?;
        let signer = match &key {
            Some(key) => signer_of(folder, key).await?,
            None => String::new(),
        };
        let (file, bytes) = view::file(folder, row, 0, None).await?;
        let found = spot(act, bytes.clone(), &signer, folder.now());
        let doc = Document::open_or_recover(Arc::new(bytes), None, *Limits::in_force())?;
        let (place_found, missing) = match found {
            Ok(place) => (place, None),
            Err(error) => (None, Some(why(language, &Problem::from(error)))),
        };
        let page = place_found.as_ref().map_or(file.pages, |place| place.page).max(1);
        let index = usize::try_from(page).unwrap_or(usize::MAX).saturating_sub(1);
        let size = doc.page(index)?.seen_size();
        let place = place_found.unwrap_or_else(|| {
            let ([wide, high], [width, height, right, low]) = (size, OTHERWISE);
            let rect =
                [(wide - width - right).max(0.0), low.min((high - height).max(0.0)), width.min(wide), height.min(high)];
            Place { page, rect }
        });
        Ok(Self {
            seen: hex::encode(file.sha256),
            name: file.name,
            pages: file.pages,
            version: file.version,
            key,
            place,
            size,
            missing,
            is_movable: act != Act::Number,
            address: format!("{}/{}", self::place(Book::Out), row.id),
        })
    }

    /// Whether the PIN has to be given.
    pub fn wants_pin(&self) -> bool {
        self.key.as_ref().is_some_and(wants_pin)
    }

    /// The frame as it lies on the picture: from the left and from the top, points.
    pub fn frame(&self) -> [f64; 4] {
        let ([x, y, width, height], [_, high]) = (self.place.rect, self.size);
        [x, high - y - height, width, height]
    }

    /// Left, bottom, width and height, millimetres.
    pub fn millimetres(&self) -> [String; 4] {
        self.place.rect.map(|points| format!("{:.1}", points / MM))
    }
}

/// Whether a key is opened by its PIN at each act.
pub fn wants_pin(key: &KeyView) -> bool {
    key.pin && key.lock != Some(Lock::Open)
}

/// The place that was typed or dragged to; none if none was.
pub fn placed(form: &Form) -> Option<std::result::Result<Place, ()>> {
    form.given("left")?;
    let number = |name: &str| -> Option<f64> {
        let number: f64 = form.given(name)?.replace(',', ".").parse().ok()?;
        (number.is_finite() && (0.0..10_000.0).contains(&number)).then_some(number * MM)
    };
    let all = || {
        let page = form.given("page")?.parse().ok().filter(|page| *page > 0)?;
        Some(Place { page, rect: [number("left")?, number("bottom")?, number("width")?, number("height")?] })
    };
    Some(all().ok_or(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Uri;

    #[test]
    fn places_are_typed_in_millimetres() {
        let form = |query: &str| Form::asked(&format!("/?{query}").parse::<Uri>().unwrap()).unwrap();
        assert!(placed(&form("page=1")).is_none());
        let place = placed(&form("page=2&left=25,4&bottom=50.8&width=60&height=24")).unwrap().unwrap();
        assert_eq!((place.page, place.rect[0].round(), place.rect[1].round()), (2, 72.0, 144.0));
        for wrong in [
            "page=0&left=1&bottom=1&width=1&height=1",
            "page=1&left=x&bottom=1&width=1&height=1",
            "page=1&left=1",
            "page=1&left=inf&bottom=1&width=1&height=1",
            "page=1&left=-1&bottom=1&width=1&height=1",
        ] {
            assert!(placed(&form(wrong)).unwrap().is_err(), "{wrong}");
        }
    }
}
