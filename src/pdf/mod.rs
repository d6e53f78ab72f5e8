//! PDF files (ISO 32000): reading revisions by position, writing incremental updates.
//!
//! | file | what |
//! | --- | --- |
//! | `source` | bytes by position |
//! | `object` | the object model |
//! | `parser` | objects from bytes |
//! | `window` | objects at a position of the file |
//! | `xref` | cross-reference sections |
//! | `document` | a file as its revisions, objects on demand |
//! | `revisions` | where each revision begins and ends |
//! | `findings` | what is odd about the revisions |
//! | `recover` | a cross-reference table for a damaged file |
//! | `matrix` | transformations of coordinates |
//! | `pages`, `fields` | the page tree, the signature fields |
//! | `writer`, `increment` | objects as bytes, incremental updates |
//! | `content`, `text` | operators of content streams; where text stands on a page |
//! | `typeface` | the typeface of what is written here |
//! | `appearance` | what is seen of a signature |
//! | `picture` | PNG pictures |
//! | `changes` | what changed from one revision to the next |
//! | `date` | dates |
//! | `budget` | what reading one file may cost in all |
//! | `filters`, `crypt` | streams decoded, strings and streams decrypted |
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

pub mod appearance;
pub mod budget;
pub mod changes;
pub mod content;
pub mod crypt;
pub mod date;
pub mod document;
pub mod fields;
pub mod filters;
pub mod findings;
pub mod increment;
pub mod matrix;
pub mod object;
pub mod pages;
pub mod parser;
pub mod picture;
mod recover;
pub mod revisions;
pub mod source;
pub mod text;
pub mod typeface;
mod window;
pub mod writer;
pub mod xref;

use crate::error::{Error, Kind};
use crate::messages::{Text, both};
use object::ObjectId;

/// What can be wrong with a PDF.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// The file could not be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// There is no PDF header in the first kilobyte.
    #[error("it is not a PDF: there is no %PDF header in its first 1,024 bytes")]
    NoHeader,
    /// There is no `startxref` near the end.
    #[error("it is damaged or cut off: there is no startxref near its end")]
    NoStartxref,
    /// Something is not as the standard has it.
    #[error("byte {position}: {what}")]
    Malformed {
        /// Byte of the file.
        position: u64,
        /// What is wrong there.
        what: &'static str,
    },
    /// Something is larger, deeper or longer than the limits allow.
    #[error("{what} is beyond the limits of what is read")]
    TooLarge {
        /// What it is.
        what: &'static str,
    },
    /// A thing that every document must have is not there.
    #[error("{what}")]
    Missing {
        /// What is missing.
        what: &'static str,
    },
    /// An object is not where the cross-reference table says.
    #[error("object {expected} is not at byte {position}, where the cross-reference table says it is")]
    WrongObject {
        /// What should be there.
        expected: ObjectId,
        /// Byte of the file.
        position: u64,
    },
    /// A stream cannot be decoded.
    #[error("a stream cannot be decoded: {why}")]
    Filter {
        /// Why.
        why: String,
    },
    /// The file is encrypted and the empty password does not open it.
    #[error("it is encrypted, and a password is needed to open it")]
    PasswordNeeded,
    /// The password given opens nothing.
    #[error("the password is neither its user password nor its owner password")]
    WrongPassword,
    /// The file is encrypted in a way that cannot be opened.
    #[error("it is encrypted in a way that is not supported: {why}")]
    UnsupportedEncryption {
        /// Why.
        why: String,
    },
    /// A string or stream is not what the file's encryption makes.
    #[error("something in object {id} cannot be decrypted")]
    Undecryptable {
        /// The object it belongs to.
        id: ObjectId,
    },
}

impl PdfError {
    /// What is wrong, in words for people; where it is in the file is for who looks into it, in the English ones.
    pub fn text(&self) -> Text {
        let vi = match self {
            Self::Io(_) => "không đọc được tệp",
            Self::NoHeader => "tệp không phải là PDF",
            Self::NoStartxref => "tệp PDF bị hỏng hoặc bị cắt cụt",
            Self::TooLarge { .. } => "tệp PDF quá lớn hoặc quá phức tạp, vượt giới hạn được đọc",
            Self::PasswordNeeded => {
                "tệp PDF bị mã hóa, phải có mật khẩu mới mở được; hãy xuất lại tệp không có mật khẩu"
            }
            Self::WrongPassword => "mật khẩu không đúng với tệp PDF",
            Self::UnsupportedEncryption { .. } => "tệp PDF bị mã hóa theo cách không đọc được",
            Self::Malformed { .. }
            | Self::Missing { .. }
            | Self::WrongObject { .. }
            | Self::Filter { .. }
            | Self::Undecryptable { .. } => "tệp PDF bị hỏng; hãy xuất lại tệp",
        };
        Text::new(vi, self.to_string())
    }
}

impl From<PdfError> for Error {
    fn from(error: PdfError) -> Self {
        let (code, hint) = match &error {
            PdfError::Io(_) => ("pdf.io", None),
            PdfError::NoHeader => ("pdf.not_pdf", None),
            PdfError::PasswordNeeded => ("pdf.password_needed", Some("give it with --pdf-password-file")),
            PdfError::WrongPassword => ("pdf.wrong_password", None),
            PdfError::UnsupportedEncryption { .. } => ("pdf.encryption", None),
            PdfError::TooLarge { .. } => ("pdf.limits", None),
            _ => ("pdf.damaged", None),
        };
        let kind = Kind::BadInput;
        let mapped = Self::new(kind, code, both!("tệp PDF", "the PDF").to_string(), error.text());
        match hint {
            Some(hint) => mapped.hint(hint),
            None => mapped,
        }
    }
}
