//! The page at the service's bare address: what can be checked here, and how.

use super::Language;
use super::html::PageFrame;
use super::texts::{Texts, texts};
use super::verify;
use axum::http::StatusCode;
use axum::response::Response;

/// The page.
#[utoipa::path(get, path = "/", tag = "pages", params(("lang" = Option<String>, Query, description = "vi or en")), responses((status = 200, content_type = "text/html")))]
pub async fn page(lang: Language) -> Response {
    let t = texts(lang);
    let Texts { home_lead, home_more, home_checkpoint, home_api, code, .. } = t;
    let (forms, look_up) = (verify::form(t), look_up(lang));
    let main = format!(
        "<p class=\"lead\">{home_lead}</p>
{forms}{look_up}<details><summary>{home_more}</summary>
<ul><li><a href=\"/checkpoint\">{home_checkpoint}</a></li>
<li><a href=\"/api?lang={code}\">{home_api}</a></li></ul></details>
"
    );
    PageFrame { language: lang, path: "/", heading: texts(lang).home_heading, main: &main }.answer(StatusCode::OK)
}

/// The form that leads to a receipt.
pub fn look_up(lang: Language) -> String {
    let Texts { code, home_code, home_look_up, .. } = texts(lang);
    format!(
        "<form method=\"get\" action=\"/v\">
<input type=\"hidden\" name=\"lang\" value=\"{code}\">
<h2><label for=\"code\">{home_code}</label></h2>
<input id=\"code\" name=\"code\" type=\"text\" required maxlength=\"600\" autocomplete=\"off\" autocapitalize=\"none\" spellcheck=\"false\">
<button>{home_look_up}</button>
</form>
"
    )
}
