//! What a citizen sees, Vietnamese first: a page that checks a file, a page that checks a receipt. HTML is made here, on the
//! server; there are no scripts, so that the pages work on any telephone and nothing can be slipped into them.
//!
//! | file | what |
//! | --- | --- |
//! | `html` | the frame of a page, and the one function that makes text harmless |
//! | `texts` | every word of the pages, in both languages |
//! | `verify` | a file is dropped, and what is to be thought of it |
//! | `receipt` | what a receipt's code leads to |

mod html;
pub mod receipt;
mod texts;
pub mod verify;

use serde::Deserialize;

/// The language that is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

/// Parameters of a page.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageParams {
    /// The language of the page.
    #[serde(default)]
    #[param(inline)]
    lang: Language,
}
