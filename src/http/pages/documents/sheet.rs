//! The page of a document on which a signature is placed: where the document's own text says, and where whoever signs wants it. Places are
//! typed in millimetres from the page's left and lower edges; a script lets the frame be dragged.

use super::place;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
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
use crate::secret::Secret;
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
    pub key: Option<Holder>,
    /// Where it is seen.
    pub place: Place,
    /// Width and height of that page, points.
    pub size: [f64; 2],
    /// Why no place was found.
    pub missing: Option<String>,
    /// What whoever signs should know of the place.
    pub doubts: Vec<String>,
    /// The names of other files that are signed with it.
    pub others: Vec<String>,
    /// Whether it may be moved: number, day and month stand on their blanks.
    pub is_movable: bool,
    /// The address of the document.
    pub address: String,
}

/// The key that somebody signs with, and whose certificate it has.
pub struct Holder {
    /// How it stands.
    pub view: KeyView,
    /// The certificate's common name, by which the leader's block is known among several.
    pub signer: String,
    /// The same with the organisation, for whoever is about to sign.
    pub whose: String,
}

impl Holder {
    /// That of a caller, if one is bound to the office.
    pub async fn of(folder: &DataFolder, caller: &Caller) -> Result<Option<Self>> {
        let Some(named) = &caller.signing_key else { return Ok(None) };
        let name = keys::successor(folder, named).await?;
        let view = keys::view::show(folder, &name).await?.in_service(folder);
        let row = folder.store.read().await?.signing_key(&name).await?;
        let certificate = row.map(|row| Certificate::parse(&row.certificate)).transpose()?;
        let (signer, organization) = certificate
            .map(|certificate| (certificate.common_name().unwrap_or_default(), certificate.organization()))
            .unwrap_or_default();
        let whose = match organization {
            Some(organization) if organization != signer => format!("{signer}, {organization}"),
            _ => signer.clone(),
        };
        Ok(Some(Self { view, signer, whose }))
    }

    /// Whether it is opened by its PIN at each act.
    pub fn wants_pin(&self) -> bool {
        self.view.pin && !self.view.two_person && self.view.lock != Some(Lock::Open)
    }

    /// Whether two custodians have to open it before.
    pub fn waits_for_custodians(&self) -> bool {
        self.view.two_person && self.view.lock != Some(Lock::Open)
    }

    /// The PIN for an act of a caller, as it was typed, where the key wants one.
    pub async fn pin(folder: &DataFolder, caller: &Caller, typed: &str) -> Result<Option<Secret>> {
        let Some(key) = Self::of(folder, caller).await?.filter(Self::wants_pin) else { return Ok(None) };
        if typed.is_empty() {
            let what = format!("key {}", key.view.name);
            return Err(Error::new(Kind::Usage, "key.pin_missing", what, "the PIN of the key is wanted"));
        }
        Ok(Some(typed.to_owned().into()))
    }
}

impl Sheet {
    /// That of a document which is to be signed by an act, seen with this image if one is kept.
    pub async fn new(
        folder: &DataFolder,
        caller: &Caller,
        row: &DispatchRow,
        (act, image): (Act, Option<&[u8]>),
        language: Language,
    ) -> Result<Self> {
        let key = Holder::of(folder, caller).await?;
        let signer = key.as_ref().map_or("", |key| &key.signer);
        let (file, bytes) = view::file(folder, row, 0, None).await?;
        let found = spot(act, bytes.clone(), image, signer, folder.now());
        let doc = Document::open_or_recover(Arc::new(bytes), None, *Limits::in_force())?;
        let (place_found, doubts, missing) = match found {
            Ok(found) => {
                let (place, doubts) = found.unzip();
                (place, doubts.unwrap_or_default(), None)
            }
            Err(error) => (None, Vec::new(), Some(why(language, &Problem::from(error)))),
        };
        // the unit signs what comes with the document, too
        let mut others = Vec::new();
        if act == Act::Seal {
            let all = folder.store.read().await?.dispatch_files(&row.id).await?;
            others.extend(view::newest(&all).into_iter().filter(|one| one.file > 0).map(|one| one.name.clone()));
        }
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
            doubts: doubts.into_iter().map(|doubt| doubt.of(language).to_owned()).collect(),
            others,
            missing,
            is_movable: act != Act::Number,
            address: format!("{}/{}", self::place(Book::Out), row.id),
        })
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
