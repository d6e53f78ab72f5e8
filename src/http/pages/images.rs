//! Images that signatures are seen with: shown, kept, taken away; those of people on their accounts, those of units in their administration.

use super::form::Form;
use super::shell::{Shell, Visit, see};
use super::words::why;
use crate::http::house::House;
use crate::http::problem::{Answer, Problem};
use crate::messages::in_one;
use crate::registry::images::ImageKind;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// An image, as a form shows it.
pub struct Image {
    /// What it is of.
    pub kind: ImageKind,
    /// The same in words.
    pub name: &'static str,
    /// How it has to be.
    pub hint: &'static str,
    /// Where it is; none if none is kept.
    pub address: Option<String>,
}

impl Image {
    /// One of a kind, which is kept at this address or not at all.
    pub fn new(shell: &Shell, kind: ImageKind, address: Option<String>) -> Self {
        let blue =
            ("PNG nền trong suốt, màu xanh, tối đa 512 KB.", "PNG with transparent ground, blue, at most 512 KB.");
        let (name, hint) = match kind {
            ImageKind::Signature => (("Chữ ký", "Signature"), blue),
            ImageKind::Initials => (("Ký nháy", "Initials"), blue),
            ImageKind::Seal => (
                ("Con dấu của cơ quan", "Seal of the unit"),
                (
                    "PNG nền trong suốt, màu đỏ, đúng cỡ thật, tối đa 512 KB.",
                    "PNG with transparent ground, red, in real size, at most 512 KB.",
                ),
            ),
        };
        Self { kind, name: shell.t(name.0, name.1), hint: shell.t(hint.0, hint.1), address }
    }
}

/// An image, as it is now.
pub fn png(png: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, "no-store")], png).into_response()
}

/// Does what a form of `form::image` asks for: `keep` keeps another image, or none any more. Gives where it goes on from the page at `address`, or
/// what was wrong with the image.
pub async fn change<F>(visit: &Visit, mut form: Form, address: &str, keep: F) -> Answer<Result<Response, String>>
where
    F: AsyncFnOnce(&House, Option<&[u8]>) -> crate::error::Result<()> + Send + 'static,
{
    let removes = form.text("do") == "remove";
    let png = form.take_file("image").map(|file| file.bytes).filter(|_| !removes);
    if png.is_none() && !removes {
        return Ok(Err(visit.shell.t("Hãy chọn tệp PNG.", "Please choose a PNG.").to_owned()));
    }
    let done = visit.house.work(async move |house: &House| keep(house, png.as_deref()).await).await;
    let said = |code: &str| Ok(Ok(see(&format!("{address}?said={code}"))));
    match done {
        Ok(()) => said(if removes { "image-removed" } else { "image-kept" }),
        // taken away already
        Err(problem) if removes && problem.code() == "registry.no_image" => said("done-before"),
        Err(problem) if problem.status().is_client_error() => Ok(Err(unfit(visit, &problem))),
        Err(problem) => Err(problem),
    }
}

/// Why an image is not kept.
fn unfit(visit: &Visit, problem: &Problem) -> String {
    let why = match problem.code() {
        // each of its faults in both languages
        "registry.image" => {
            problem.reason().split("; ").map(|one| in_one(visit.language(), one)).collect::<Vec<_>>().join("; ")
        }
        _ => why(visit.language(), problem),
    };
    let kept = visit.shell.t("Hình chưa được lưu:", "The picture was not kept:");
    format!("{kept} {why}")
}
