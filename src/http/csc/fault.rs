//! Errors as the API of the Cloud Signature Consortium has them (section 10): a status, a word, a description.

use crate::error::{Error, Kind};
use crate::http::problem::Problem;
use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// What went wrong, on its way out.
#[derive(Debug, Clone)]
pub struct Fault {
    status: StatusCode,
    error: &'static str,
    description: String,
}

/// An error as it is written.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FaultBody<'a> {
    /// One of the words of the API: `invalid_request`, `invalid_token`, `expired_token`, `access_denied`,
    /// `invalid_authentication_data`, `temporarily_unavailable`, `server_error`.
    error: &'a str,
    /// What is wrong.
    error_description: &'a str,
}

impl Fault {
    const fn new(status: StatusCode, error: &'static str, description: String) -> Self {
        Self { status, error, description }
    }

    /// The request is not right.
    pub fn invalid(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description.into())
    }

    /// A parameter has a value that cannot be.
    pub fn parameter(name: &str) -> Self {
        Self::invalid(format!("Invalid parameter {name}"))
    }

    /// A parameter is not there, or of another type.
    pub fn missing(kind: &str, name: &str) -> Self {
        Self::invalid(format!("Missing (or invalid type) {kind} parameter {name}"))
    }

    /// A scope that there is not.
    pub fn scope() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_scope", "The scope is service".to_owned())
    }

    /// What was shown does not open the credential.
    pub fn authentication(why: &str) -> Self {
        let why = format!("The authentication data is invalid: {why}");
        Self::new(StatusCode::BAD_REQUEST, "invalid_authentication_data", why)
    }

    /// Not now.
    pub fn unavailable(why: String) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", why)
    }

    /// Who it is has to be shown first.
    pub fn no_token() -> Self {
        let why = "An access token is needed: Authorization: Bearer";
        Self::new(StatusCode::UNAUTHORIZED, "invalid_token", why.to_owned())
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let denied = |why: String| Self::new(StatusCode::BAD_REQUEST, "access_denied", why);
        match error.code {
            "auth.token" => {
                let why = "The token is not known, or not in force";
                Self::new(StatusCode::UNAUTHORIZED, "invalid_token", why.to_owned())
            }
            "auth.expired" => {
                Self::new(StatusCode::UNAUTHORIZED, "expired_token", "The access token has expired".to_owned())
            }
            "hash.no_key" => Self::parameter("credentialID"),
            "hash.count" => Self::invalid("Invalid value for parameter numSignatures"),
            "hash.too_many" => Self::invalid("Numbers of signatures is too high"),
            "hash.digests" => Self::missing("array", "hashes"),
            "hash.unknown" => Self::parameter("SAD"),
            "hash.expired" => Self::invalid("SAD expired"),
            "hash.unauthorized" => Self::invalid("Hash is not authorized by the SAD"),
            "hash.expired_certificate" => Self::invalid("Signing certificate is expired"),
            "key.wrong_pin" | "key.no_pin" | "key.wrong_one_time" | "key.locked" => Self::authentication(&error.why),
            "key.blocked" => Self::invalid("Credential locked"),
            "key.stopped" | "key.destroyed" | "key.retired" => {
                Self::invalid("The credential identified by credentialID is disabled")
            }
            "key.quota" => Self::new(StatusCode::TOO_MANY_REQUESTS, "access_denied", error.why),
            _ if error.kind == Kind::NotAllowed => denied(error.to_string()),
            _ => Problem::from(error).into(),
        }
    }
}

/// What is no matter of this API: the frame around all requests, and what is wrong here.
impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        let (status, error) = match problem.status() {
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::INSUFFICIENT_STORAGE | StatusCode::REQUEST_TIMEOUT => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable")
            }
            status if status.is_server_error() => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT => (StatusCode::BAD_REQUEST, "invalid_request"),
            status => (status, "invalid_request"),
        };
        Self::new(status, error, problem.detail().to_owned())
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let body = FaultBody { error: self.error, error_description: &self.description };
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = match self.error {
                "invalid_token" => "Bearer realm=\"dauson\", error=\"invalid_token\"",
                _ => "Bearer realm=\"dauson\"",
            };
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// What an endpoint gives.
pub type Answer<T> = Result<T, Fault>;
