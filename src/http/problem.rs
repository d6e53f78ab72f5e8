//! Errors as they are told: `application/problem+json` (RFC 9457), each with a stable `code`.

use crate::error::{Error, Kind, plain};
use crate::messages::{Language, both, in_one, trouble};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use time::OffsetDateTime;

/// The media type.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Codes of what is wrong with what is kept here, not with what was asked.
const OURS: [&str; 5] = ["store.damaged", "audit.damaged", "tlog.damaged", "tlog.inconsistent", "key.master_key"];

/// What went wrong, on its way out.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    /// What could not be done, and why, where that is told apart.
    parts: Option<(String, String)>,
    /// What `WWW-Authenticate` says.
    challenge: Option<&'static str>,
}

/// A problem as it is written (RFC 9457 section 3.1).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemBody<'a> {
    /// `urn:dauson:problem:` and the code.
    r#type: String,
    /// The words of the HTTP status.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What could not be done, why, and what can be done about it.
    detail: &'a str,
    /// The same for officers, in Vietnamese and English, where the service cannot go on by no fault of theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message<'a>>,
    /// A stable code, such as `receipt.series_closed`.
    code: &'a str,
}

/// One text in two languages.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Message<'a> {
    /// In Vietnamese.
    vi: &'a str,
    /// In English.
    en: &'a str,
}

impl Problem {
    /// A problem with HTTP itself.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), parts: None, challenge: None }
    }

    /// The request says something that cannot be.
    pub fn unprocessable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// There is nothing there.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "http.not_found", "there is nothing at this address")
    }

    /// The body is larger than what is taken.
    pub fn too_large(most: u64) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "http.too_large",
            both!("nhận nhiều nhất {most} byte", "no more than {most} bytes are taken").to_string(),
        )
    }

    /// Who it is has to be shown first (RFC 6750 section 3).
    pub fn unauthorized(challenge: &'static str, detail: &str) -> Self {
        let challenge = Some(challenge);
        Self { challenge, ..Self::new(StatusCode::UNAUTHORIZED, "auth.token", detail) }
    }

    /// The HTTP status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// What could not be done, why, and what can be done about it.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Why it could not be done, in both languages where it is told in both.
    pub fn reason(&self) -> &str {
        self.parts.as_ref().map_or(&self.detail, |(_, why)| why)
    }

    /// What could not be done, and why, in one language.
    pub fn said(&self, language: Language) -> String {
        match &self.parts {
            None => in_one(language, &self.detail),
            Some((what, why)) => format!("{}: {}", in_one(language, what), in_one(language, why)),
        }
    }

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// A problem for a response that an extractor or the framework made of its own.
    pub fn of_status(status: StatusCode) -> Self {
        let code = match status {
            StatusCode::NOT_FOUND => "http.not_found",
            StatusCode::METHOD_NOT_ALLOWED => "http.method",
            StatusCode::PAYLOAD_TOO_LARGE => "http.too_large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "http.media_type",
            status if status.is_server_error() => "bug",
            _ => "http.request",
        };
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            return Self::new(status, code, both!("nội dung gửi lên quá lớn", "the request is too large").to_string());
        }
        Self::new(status, code, status.canonical_reason().unwrap_or("the request cannot be answered").to_lowercase())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let ours = OURS.contains(&error.code);
        let status = match error.code {
            _ if ours => 500,
            "key.quota" => 429,
            "auth.sign_in" | "auth.passkey" => 401,
            _ => error.kind.http_status(),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let detail = if ours || matches!(error.kind, Kind::Bug | Kind::Unavailable | Kind::CannotWrite) {
            // what it says is for who runs the service: it may name folders
            tracing::error!(code = error.code, "{error}");
            match (trouble(error.code), status) {
                (Some(text), _) => text.en,
                (None, StatusCode::SERVICE_UNAVAILABLE) => {
                    "something that is needed does not answer; try again later".to_owned()
                }
                (None, StatusCode::INSUFFICIENT_STORAGE) => "nothing can be written at the moment".to_owned(),
                _ => "something is wrong here; whoever runs the service finds it in its log".to_owned(),
            }
        } else {
            let detail = error.to_string();
            let parts = Some((plain(&error.what), plain(&error.why)));
            return Self { parts, ..Self::new(status, error.code, detail) };
        };
        Self::new(status, error.code, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let words = trouble(self.code);
        let body = ProblemBody {
            r#type: format!("urn:dauson:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or_default(),
            status: self.status.as_u16(),
            detail: &self.detail,
            message: words.as_ref().map(|text| Message { vi: &text.vi, en: &text.en }),
            code: self.code,
        };
        let text = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.status, [(CONTENT_TYPE, MEDIA_TYPE)], text).into_response();
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        let wait = match self.status {
            StatusCode::SERVICE_UNAVAILABLE => Some(1),
            // quotas begin anew with the hour
            StatusCode::TOO_MANY_REQUESTS => Some(3_600 - OffsetDateTime::now_utc().unix_timestamp().rem_euclid(3_600)),
            _ => None,
        };
        if let Some(seconds) = wait {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        // where a page was asked for, it is told as one
        response.extensions_mut().insert(self);
        response
    }
}

/// What an endpoint gives.
pub type Answer<T> = Result<T, Problem>;
