//! One-shot signing: a PDF in, the signed PDF out; and what one may ask of a signature.

use super::auth::Who;
use super::body::{Received, receive};
use super::file::FileAnswer;
use super::house::House;
use super::problem::{Answer, Problem, ProblemBody};
use super::query::Params;
use crate::documents::desk::{Wish, sign_as};
use crate::pades::Level;
use crate::pdf::appearance::Visible;
use crate::people::permissions::Permission;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::sync::Arc;

/// Characters of one text.
const LONGEST_TEXT: usize = 1_000;

/// What one may ask of a signature. Unknown keys are refused.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SignRequest {
    /// PAdES baseline level.
    #[serde(default)]
    #[param(inline)]
    pub level: Level,
    /// The version of the document that the signer has seen; another one that has come into being since is not signed.
    pub version: Option<u32>,
    /// The field: an existing empty one, else a new one.
    pub field: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Where.
    pub location: Option<String>,
    /// How the signer can be reached.
    pub contact: Option<String>,
    /// The office in which is signed, such as `KT. CHỦ TỊCH`: written before the signer's name.
    pub role: Option<String>,
    /// The page of a visible signature, from 1; with `rect`.
    pub page: Option<u32>,
    /// X, Y, width and height in points from the page's lower left corner as a person sees it; with `page`. In a query as
    /// `X,Y,W,H`.
    #[serde(default, deserialize_with = "rect")]
    #[schema(value_type = Option<Vec<f64>>)]
    #[param(value_type = Option<String>)]
    pub rect: Option<[f64; 4]>,
    /// The text of a visible signature.
    pub text: Option<String>,
    /// The image of a visible signature: a PNG in base64.
    pub image: Option<String>,
}

/// Four numbers, or a text of four numbers.
fn rect<'de, D: Deserializer<'de>>(from: D) -> Result<Option<[f64; 4]>, D::Error> {
    struct Rect;
    impl<'de> Visitor<'de> for Rect {
        type Value = Option<[f64; 4]>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("four numbers: X, Y, width and height")
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut numbers = [0.0; 4];
            for number in &mut numbers {
                *number = list.next_element()?.ok_or_else(|| A::Error::custom("rect has four numbers"))?;
            }
            match list.next_element::<f64>()? {
                None => Ok(Some(numbers)),
                Some(_) => Err(A::Error::custom("rect has four numbers")),
            }
        }
        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
            let wrong = || E::custom("rect is not four numbers X,Y,W,H");
            let numbers: Vec<f64> =
                text.split(',').map(|n| n.trim().parse().map_err(|_| wrong())).collect::<Result<_, E>>()?;
            numbers.try_into().map(Some).map_err(|_| wrong())
        }
    }
    from.deserialize_any(Rect)
}

impl SignRequest {
    /// The signature that is asked for.
    pub fn wish(self) -> Answer<Wish> {
        let texts = [&self.field, &self.reason, &self.location, &self.contact, &self.role, &self.text];
        if texts.into_iter().flatten().any(|text| text.is_empty() || text.chars().count() > LONGEST_TEXT) {
            return Err(Problem::unprocessable("sign.text", format!("texts have 1 to {LONGEST_TEXT} characters")));
        }
        let visible = match (self.page, self.rect) {
            (None, None) if self.text.is_none() && self.image.is_none() => None,
            (Some(page @ 1..), Some(rect)) if rect.iter().all(|n| n.is_finite()) => Some(Visible {
                page: usize::try_from(page.saturating_sub(1)).unwrap_or(usize::MAX),
                rect,
                image: self.image.map(|image| STANDARD.decode(image).map_err(|_| no_image())).transpose()?,
                text: self.text,
                written: Vec::new(),
            }),
            _ => {
                let why = "a visible signature needs page, from 1, and rect: X, Y, width and height";
                return Err(Problem::unprocessable("sign.appearance", why));
            }
        };
        Ok(Wish {
            level: self.level,
            field: self.field,
            reason: self.reason,
            location: self.location,
            contact: self.contact,
            role: self.role,
            visible,
            certify: None,
        })
    }
}

fn no_image() -> Problem {
    Problem::unprocessable("sign.appearance", "image is not base64")
}

/// Signs a PDF with the caller's key and gives it back; nothing is kept but the log entry. What is asked of the signature
/// stands in the query, or as JSON in the part `options` of a form.
#[utoipa::path(post, path = "/api/v1/sign", tag = "sign", params(SignRequest), security(("token" = [])),
    request_body(description = "the PDF, or a form with the parts file and options",
        content(("application/pdf"), ("multipart/form-data"))),
    responses((status = 200, description = "the signed PDF", content_type = "application/pdf",
        headers(("dauson-log-index" = u64, description = "its entry in the log"))),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn sign(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(asked): Params<SignRequest>,
    request: Request,
) -> Answer<Response> {
    caller.may(Permission::SignDocuments)?;
    let in_query = request.uri().query().is_some_and(|query| !query.is_empty());
    let Received { mut upload, name, options } = receive(&house, request, &["application/pdf"]).await?;
    let asked = match options {
        None => asked,
        Some(_) if in_query => {
            return Err(Problem::unprocessable("request.form", "options stand in the query or in the form"));
        }
        Some(options) => serde_json::from_slice(&options)
            .map_err(|error| Problem::unprocessable("request.json", error.to_string()))?,
    };
    if asked.version.is_some() {
        return Err(Problem::unprocessable("sign.version", "only a stored document has versions"));
    }
    let wish = asked.wish()?;
    let (signed, file) = house
        .work_with_services(async move |house, services| {
            let mut out = house.folder.blobs.start().await?;
            let done = sign_as(&house.folder, (&caller, None), services, upload.source()?, wish, &mut out).await?;
            Ok((done.signed, out.written()?))
        })
        .await?;
    let name = name.as_deref().unwrap_or("signed.pdf");
    let media_type = "application/pdf";
    let mut response = FileAnswer { file, size: signed.size, sha256: signed.sha256, media_type, name }.into_response();
    let told = [
        ("dauson-field", signed.field),
        ("dauson-log-origin", signed.logged.origin),
        ("dauson-log-index", signed.logged.index.to_string()),
        ("dauson-log-size", signed.logged.size.to_string()),
    ];
    for (header, value) in told {
        // a field's name may have letters that a header cannot
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(HeaderName::from_static(header), value);
        }
    }
    Ok(response)
}
