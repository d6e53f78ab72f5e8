//! The one error that reaches people: what could not be done, why, and what to do about it.
//!
//! Each floor has its own error enum with a variant for each thing that can go wrong; the
//! office turns them into this one, which fixes the exit code, the HTTP status and the words.

use std::fmt;

/// What kind of failure it is. It alone decides the exit code and the HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Wrong usage of the command line or of a request: 64, HTTP 422.
    Usage,
    /// The input cannot be read or is hostile: 65, HTTP 422.
    BadInput,
    /// An input file or a thing asked for does not exist: 66, HTTP 404.
    NotFound,
    /// A service that is needed cannot be reached (TSA, OCSP, HSM, database): 69, HTTP 503.
    Unavailable,
    /// A bug of ours: 70, HTTP 500.
    Bug,
    /// Output cannot be written (disk full, exists already): 73, HTTP 507.
    CannotWrite,
    /// Not allowed (authorisation, key locked, PDF permissions, certificate refused): 77, HTTP 403.
    NotAllowed,
    /// It contradicts what is already there (same idempotency key, other body): 65, HTTP 409.
    Conflict,
}

impl Kind {
    /// The process exit code.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Usage => 64,
            Self::BadInput | Self::Conflict => 65,
            Self::NotFound => 66,
            Self::Unavailable => 69,
            Self::Bug => 70,
            Self::CannotWrite => 73,
            Self::NotAllowed => 77,
        }
    }

    /// The HTTP status of the problem document (RFC 9457).
    pub const fn http_status(self) -> u16 {
        match self {
            Self::Usage | Self::BadInput => 422,
            Self::NotFound => 404,
            Self::Unavailable => 503,
            Self::Bug => 500,
            Self::CannotWrite => 507,
            Self::NotAllowed => 403,
            Self::Conflict => 409,
        }
    }
}

/// A failure in words: printed as `dauson: error: WHAT: WHY (HINT)`, sent as problem+json.
///
/// None of the three texts ever carries a secret or more than one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Decides exit code and HTTP status.
    pub kind: Kind,
    /// Stable machine-readable code, such as `pdf.encrypted` or `receipt.series_closed`.
    pub code: &'static str,
    /// What could not be done, usually the name of the input.
    pub what: String,
    /// Why.
    pub why: String,
    /// What the reader can do about it.
    pub hint: Option<String>,
}

impl Error {
    /// An error without a hint.
    pub fn new(kind: Kind, code: &'static str, what: impl Into<String>, why: impl fmt::Display) -> Self {
        Self { kind, code, what: what.into(), why: why.to_string(), hint: None }
    }

    /// Adds what the reader can do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says which thing could not be done, replacing what a lower floor said.
    pub fn about(mut self, what: impl Into<String>) -> Self {
        self.what = what.into();
        self
    }
}

/// Text from outside as one harmless line: what controls a terminal, breaks a line or turns the direction of writing becomes a
/// space.
pub fn plain(text: &str) -> String {
    let turns = |c| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if c.is_control() || turns(c) { ' ' } else { c }).collect()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = match &self.hint {
            Some(hint) => format!("{}: {} ({hint})", self.what, self.why),
            None => format!("{}: {}", self.what, self.why),
        };
        // one line, whatever a file name or a library's message contains
        f.write_str(&plain(&line))
    }
}

impl std::error::Error for Error {}

/// What the office and the faces return.
pub type Result<T> = std::result::Result<T, Error>;
