//! PAdES signatures (ETSI EN 319 142-1, ISO 32000-2 12.8): where a signature goes in a file, and how it is signed.
//!
//! The steps: [`prepare`] lays out the incremental update, [`Prepared::write`] writes the file and hashes each byte once,
//! the CMS is made over that digest, and [`Prepared::finish`] writes it into the gap. What comes later, validation data
//! and document time-stamps, is appended in further increments.
//!
//! | file | what |
//! | --- | --- |
//! | `layout` | signature dictionary, ByteRange, the gap for `/Contents` |
//! | `field` | the signature field |
//! | `rules` | whether a document may be signed |
//! | `dss` | the document security store |
//! | `existing` | the signatures that a document has |
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

pub mod dss;
pub mod existing;
mod field;
mod layout;
mod rules;

pub use layout::{Hashed, Layout, Prepared, copy, prepare};

use crate::digest::DigestAlgorithm;
use crate::error::{Error, Kind};
use crate::messages::{Text, both};
use crate::pdf::PdfError;
use crate::pdf::appearance::{AppearanceError, Visible};
use time::OffsetDateTime;

/// PAdES baseline level (EN 319 142-1 clause 6), each with all that the one before has.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum, serde::Deserialize, utoipa::ToSchema,
)]
pub enum Level {
    /// Signature with the signer's certificate
    #[default]
    #[value(name = "B-B")]
    #[serde(rename = "B-B")]
    B,
    /// With a time-stamp
    #[value(name = "B-T")]
    #[serde(rename = "B-T")]
    T,
    /// With all that is needed to validate it
    #[value(name = "B-LT")]
    #[serde(rename = "B-LT")]
    Lt,
    /// With a document time-stamp over all that
    #[value(name = "B-LTA")]
    #[serde(rename = "B-LTA")]
    Lta,
}

impl Level {
    /// All of them, the lowest first.
    pub const ALL: [Self; 4] = [Self::B, Self::T, Self::Lt, Self::Lta];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::B => "B-B",
            Self::T => "B-T",
            Self::Lt => "B-LT",
            Self::Lta => "B-LTA",
        }
    }
}

/// `/SubFilter`: what `/Contents` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubFilter {
    /// ETSI.CAdES.detached: PAdES.
    Pades,
    /// adbe.pkcs7.detached: what older readers know.
    Adbe,
    /// ETSI.RFC3161: a document time-stamp (ISO 32000-2 12.8.5).
    TimeStamp,
}

impl SubFilter {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pades => "ETSI.CAdES.detached",
            Self::Adbe => "adbe.pkcs7.detached",
            Self::TimeStamp => "ETSI.RFC3161",
        }
    }
}

/// What may change after a certification signature (DocMDP, ISO 32000-2 12.8.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certify {
    /// P = 1.
    NoChanges,
    /// P = 2: filling forms and signing.
    FormFill,
    /// P = 3: also annotations.
    Annotate,
}

impl Certify {
    /// The value of `/P`.
    pub const fn permission(self) -> i64 {
        match self {
            Self::NoChanges => 1,
            Self::FormFill => 2,
            Self::Annotate => 3,
        }
    }
}

/// Which fields a signature locks (FieldMDP, ISO 32000-2 12.8.2.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lock {
    /// All.
    All,
    /// These.
    Include(Vec<String>),
    /// All but these.
    Exclude(Vec<String>),
}

/// What the signer wants.
#[derive(Debug, Clone)]
pub struct SignOptions {
    /// Name of the field: an existing empty one, else a new one; a free name `SignatureN` if not given.
    pub field: Option<String>,
    /// `/Reason`.
    pub reason: Option<String>,
    /// `/Location`.
    pub location: Option<String>,
    /// `/ContactInfo`.
    pub contact: Option<String>,
    /// `/Name`.
    pub name: Option<String>,
    /// The claimed time, `/M`, with the offset from UTC to be shown.
    pub signing_time: OffsetDateTime,
    /// Makes it a certification signature.
    pub certify: Option<Certify>,
    /// Locks fields.
    pub lock: Option<Lock>,
    /// What is seen of it; nothing if not given.
    pub visible: Option<Visible>,
    /// `/SubFilter`.
    pub sub_filter: SubFilter,
    /// Digest algorithm of the signed bytes.
    pub digest: DigestAlgorithm,
}

impl SignOptions {
    /// An invisible signature in a new field, with nothing but the claimed time.
    pub const fn new(signing_time: OffsetDateTime, sub_filter: SubFilter, digest: DigestAlgorithm) -> Self {
        Self {
            field: None,
            reason: None,
            location: None,
            contact: None,
            name: None,
            signing_time,
            certify: None,
            lock: None,
            visible: None,
            sub_filter,
            digest,
        }
    }
}

/// Why a signature cannot be placed.
#[derive(Debug, thiserror::Error)]
pub enum PadesError {
    /// The file cannot be read.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// Something about the signature could not be written.
    #[error("the signed file cannot be written: {0}")]
    Write(#[source] std::io::Error),
    /// The permissions of an encrypted file forbid it (ISO 32000-2 table 22).
    #[error("the file's permissions do not allow {what}")]
    NotPermitted {
        /// What they forbid.
        what: &'static str,
    },
    /// The document is certified with P = 1 (ISO 32000-2 table 257).
    #[error("the document is certified and permits no change, not even a further signature")]
    Certified,
    /// A certification signature must be the first one.
    #[error("a certification signature must be the first signature, and the document already has one")]
    NotFirst,
    /// Others have signed the page that the appearance would cover.
    #[error("it would cover more than a quarter of page {page}, which others have signed: their signatures would fail")]
    CoversPage {
        /// The page, the first one 1.
        page: usize,
    },
    /// The field is signed.
    #[error("the field {name} is already signed")]
    AlreadySigned {
        /// Its name.
        name: String,
    },
    /// There is a field of that name which is no signature field, or the name cannot be one.
    #[error("{name:?} cannot be the name of a new signature field: {why}")]
    BadFieldName {
        /// The name.
        name: String,
        /// Why.
        why: &'static str,
    },
    /// The author of the field demands something else (ISO 32000-2 table 234).
    #[error("the field {name} demands {demand}")]
    SeedValue {
        /// Its name.
        name: String,
        /// What it demands.
        demand: String,
    },
    /// It cannot be shown as it should be.
    #[error(transparent)]
    Appearance(#[from] AppearanceError),
    /// The CMS is longer than the room that was reserved for it.
    #[error("the signature takes {needed} bytes, and {reserved} are reserved for it")]
    NoRoom {
        /// Bytes of the CMS.
        needed: usize,
        /// Bytes reserved.
        reserved: usize,
    },
}

impl PadesError {
    /// Why, in words for people.
    pub fn text(&self) -> Text {
        let vi = match self {
            Self::Pdf(error) => return error.text(),
            Self::Appearance(error) => return error.text(),
            Self::Write(_) => "không ghi được tệp đã ký".to_owned(),
            Self::NotPermitted { .. } => "tệp PDF bị khóa quyền, không cho ký hoặc thay đổi".to_owned(),
            Self::Certified => "văn bản đã được chứng nhận và không cho thay đổi gì nữa, kể cả thêm chữ ký".to_owned(),
            Self::NotFirst => "chữ ký chứng nhận phải là chữ ký đầu tiên, văn bản này đã có chữ ký".to_owned(),
            Self::CoversPage { page } => {
                format!("khung chữ ký che quá một phần tư trang {page} đã có người ký: chữ ký của họ sẽ hỏng")
            }
            Self::AlreadySigned { name } => format!("ô chữ ký {name} đã được ký"),
            Self::BadFieldName { name, .. } => format!("không đặt tên ô chữ ký là {name:?} được"),
            Self::SeedValue { name, .. } => format!("ô chữ ký {name} đòi hỏi cách ký khác"),
            Self::NoRoom { needed, reserved } => {
                format!("chữ ký cần {needed} byte, chỗ dành sẵn chỉ có {reserved} byte")
            }
        };
        Text::new(vi, self.to_string())
    }
}

impl From<PadesError> for Error {
    fn from(error: PadesError) -> Self {
        let text = error.text();
        let (kind, code) = match error {
            PadesError::Pdf(error) => return error.into(),
            PadesError::Write(_) => (Kind::CannotWrite, "sign.write"),
            PadesError::NotPermitted { .. } => (Kind::NotAllowed, "sign.permissions"),
            PadesError::Certified => (Kind::NotAllowed, "sign.certified"),
            PadesError::CoversPage { .. } => (Kind::NotAllowed, "sign.covers_page"),
            PadesError::NotFirst => (Kind::NotAllowed, "sign.not_first"),
            PadesError::AlreadySigned { .. } => (Kind::NotAllowed, "sign.field_signed"),
            PadesError::BadFieldName { .. } => (Kind::Usage, "sign.field_name"),
            PadesError::SeedValue { .. } => (Kind::NotAllowed, "sign.seed_value"),
            PadesError::Appearance(AppearanceError::Image(_)) => (Kind::BadInput, "sign.image"),
            PadesError::Appearance(_) => (Kind::Usage, "sign.appearance"),
            PadesError::NoRoom { .. } => (Kind::Bug, "sign.room"),
        };
        Self::new(kind, code, both!("tệp PDF", "the PDF").to_string(), text)
    }
}
