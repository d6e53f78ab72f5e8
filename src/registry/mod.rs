//! Văn thư: official documents out and in (Nghị định 30/2020/NĐ-CP).
//!
//! | file | what |
//! | --- | --- |
//! | `machine` | the one table of states, acts and capacities |
//! | `kinds` | kinds of documents, numbers and symbols, words before a signature |
//! | `checks` | whether a PDF is fit to become an official document |
//! | `facts` | what is kept of documents, as the office writes it |
//! | `case` | one document in hand for one act, kept and logged in one transaction |
//! | `pen` | the key of who acts, and the signatures that it makes |
//! | `together` | acts that sign, on one document or on many at once |
//! | `elsewhere` | the same by keys that are elsewhere: prepared, and finished with the signature values |
//! | `ink` | what is written on the page with a signature, and where |
//! | `outgoing` | drafted, initialled, signed, numbered, registered, sealed, issued; returned, given up, withdrawn |
//! | `images` | images of signatures, initials and seals, kept |
//! | `levels` | the level of signatures, raised when a document is issued and later |
//! | `copies` | copies of documents and of papers |
//! | `edxml` | packages and status messages of other systems (QCVN 102:2016/BTTTT), read and written |
//! | `exchange` | what is exchanged as such: documents out and in, how they stand |
//! | `incoming` | taken in, verified, registered or returned, assigned |
//! | `delegations` | who signs for whom, from when until when |
//! | `notices` | what others are told: letters, calls of their systems |
//! | `view` | documents as they are told |
//! | `waiting` | what somebody may do to a document, and what waits for them |
//! | `register` | the registers: searched, as tables, on paper |
//! | `trail` | the history of a document, with the log's proofs |

mod case;
pub mod checks;
pub mod copies;
pub mod delegations;
pub mod edxml;
pub mod elsewhere;
pub mod exchange;
pub mod facts;
pub mod images;
pub mod incoming;
pub mod ink;
pub mod kinds;
pub mod levels;
pub mod machine;
pub mod notices;
pub mod outgoing;
mod pen;
pub mod register;
pub mod together;
pub mod trail;
pub mod view;
pub mod waiting;

pub use facts::{FileFact, Heard, Origin, Recipient};

use crate::data_folder::DataFolder;
use crate::documents::convert;
use crate::documents::services::Services;
use crate::error::{Error, Kind, Result};
use crate::messages::both;
use crate::pades::Level;
use crate::people::permissions::Caller;
use crate::store::Sha256;
use crate::store::registry::DispatchRow;

/// Bytes of the largest file of an official document.
pub const LARGEST: u64 = 64 << 20;
/// Characters of a subject, of a name and of a comment.
const LONGEST_SUBJECT: usize = 1_000;
const LONGEST_NAME: usize = 300;
const LONGEST_COMMENT: usize = 2_000;

/// Somebody at the registry: who acts, with what.
pub struct Desk<'a> {
    /// The data folder.
    pub folder: &'a DataFolder,
    /// Who acts.
    pub caller: &'a Caller,
    /// Whom keys' certificates are asked about.
    pub services: &'a Services<'a>,
    /// What others are told with.
    pub telling: &'a notices::Telling,
    /// The level that signatures are raised to when a document is issued.
    pub level: Level,
    /// What makes a repeated request the same one, if it says so.
    pub once: Option<&'a Once>,
}

/// What makes a repeated request the same one, within the unit: nothing is done for it, and it gets the document of the first.
#[derive(Debug, Clone)]
pub struct Once {
    /// Its key.
    pub key: String,
    /// SHA-256 of what it asks for.
    pub sha256: Sha256,
}

impl Desk<'_> {
    /// The document that this very request has given before, if it has.
    pub async fn answered(&self) -> Result<Option<DispatchRow>> {
        let Some(once) = self.once else { return Ok(None) };
        let mut tx = self.folder.store.read().await?;
        match tx.dispatch_request(&self.caller.unit, &once.key).await? {
            None => Ok(None),
            Some((sha256, id)) if sha256 == once.sha256 => Ok(tx.dispatch(&id).await?),
            Some(_) => Err(Once::used()),
        }
    }
}

impl Once {
    /// The refusal of a key that came before with something else.
    fn used() -> Error {
        let why = both!(
            "Idempotency-Key này đã dùng cho một yêu cầu khác",
            "this Idempotency-Key came before with another request"
        );
        let what = both!("văn bản", "official document").to_string();
        Error::new(Kind::Conflict, "registry.idempotency", what, why)
    }
}

/// A file that is handed in.
pub struct HandedIn {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl HandedIn {
    /// The name without folders and what controls a terminal; where there is none, this one.
    fn name_or(&self, otherwise: &str) -> String {
        let name = self.name.as_deref().unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
        // what turns the direction of writing lets one kind of file look like another
        let name: String = crate::error::plain(name)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .take(LONGEST_NAME)
            .collect();
        if name.trim().is_empty() { otherwise.to_owned() } else { name.trim().to_owned() }
    }

    /// Whether it says of itself that it is a PDF.
    pub fn is_pdf(&self) -> bool {
        is_pdf(&self.bytes)
    }

    /// The same as a PDF: a document of a word processor is made one by LibreOffice, where that is installed.
    fn into_pdf(self) -> Result<Self> {
        self.check_size()?;
        let Some(format) = convert::Format::of(&self.bytes) else { return Ok(self) };
        let name = self.plain_name();
        let bytes = convert::to_pdf(format, &self.bytes, &name)?;
        let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
        Ok(Self { name: Some(format!("{stem}.pdf")), bytes })
    }

    fn plain_name(&self) -> String {
        self.name_or("van-ban.pdf")
    }

    fn check_size(&self) -> Result<()> {
        if u64::try_from(self.bytes.len()).is_ok_and(|size| size <= LARGEST) {
            return Ok(());
        }
        let why =
            both!("văn bản có nhiều nhất {most} byte", "an official document has at most {most} bytes", most = LARGEST);
        Err(Error::new(Kind::BadInput, "registry.too_large", self.plain_name(), why))
    }
}

/// Whether a file says of itself that it is a PDF, among its first bytes as readers have it.
fn is_pdf(bytes: &[u8]) -> bool {
    bytes.get(..bytes.len().min(1_024)).unwrap_or_default().windows(5).any(|piece| piece == b"%PDF-")
}

fn not_found(id: &str) -> Error {
    let what: String = id.chars().take(80).collect();
    let why = both!("không có văn bản này", "there is no such document");
    Error::new(Kind::NotFound, "registry.not_found", named(&what), why)
}

fn damaged(id: &str, why: impl std::fmt::Display) -> Error {
    Error::new(Kind::BadInput, "store.damaged", named(id), why).hint("dauson audit verify")
}

/// A document as errors name it.
fn named(id: &str) -> String {
    both!("văn bản {id}", "document {id}", id = id).to_string()
}

/// A text that people read: composed, trimmed, on one line, of at most so many characters.
fn text(field: &'static str, value: &str, most: usize) -> Result<String> {
    use unicode_normalization::UnicodeNormalization as _;
    let value: String = value.trim().nfc().collect();
    if value.is_empty() {
        let why = both!("chưa có nội dung", "nothing was given");
        return Err(Error::new(Kind::Usage, "registry.no_text", field, why));
    }
    if value.chars().count() > most || crate::error::plain(&value) != value {
        let why = both!("gồm 1 đến {most} ký tự in được", "it has 1 to {most} printable characters", most = most);
        return Err(Error::new(Kind::Usage, "registry.text", field, why));
    }
    Ok(value)
}

/// A remark: its lines are made one.
fn remark(field: &'static str, value: &str) -> Result<String> {
    let lines: Vec<&str> = value.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    text(field, &lines.join(" "), LONGEST_COMMENT)
}

fn remark_if(field: &'static str, value: Option<&str>) -> Result<Option<String>> {
    value.map(|value| remark(field, value)).transpose()
}

fn optional(field: &'static str, value: Option<&str>, most: usize) -> Result<Option<String>> {
    value.map(|value| text(field, value, most)).transpose()
}

/// An abbreviation as symbols have it: letters and digits of any script, `&` and `.`.
fn abbreviation(field: &'static str, value: &str) -> Result<String> {
    let value = text(field, value, 20)?;
    if value.chars().all(|c| c.is_alphanumeric() || "&.".contains(c)) {
        return Ok(value);
    }
    let why =
        both!("{value:?} không phải chữ viết tắt như UBND", "{value:?} is no abbreviation such as UBND", value = value);
    Err(Error::new(Kind::Usage, "registry.abbreviation", field, why))
}

/// An address for letters.
fn email(field: &'static str, value: Option<&str>) -> Result<Option<String>> {
    match value {
        Some(address) if !crate::net::smtp::is_address(address) => {
            let why = both!("không phải địa chỉ thư điện tử", "it is no address for e-mail");
            Err(Error::new(Kind::Usage, "registry.email", field, why))
        }
        address => Ok(address.map(str::to_owned)),
    }
}
