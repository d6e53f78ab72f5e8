//! Copies in electronic form (Nghị định 30/2020/NĐ-CP, articles 25–27 and Appendix I): sao y, sao lục, trích sao, of a document here or of a
//! paper from a scanner. Each has a number of its own and the unit's signature at the top right; then it is registered and issued as
//! others are.

use super::case::{self, Case};
use super::checks::{self, For};
use super::facts::{Particulars, Recipient};
use super::ink::{Ink, Look};
use super::kinds::{self, COPIES};
use super::machine::{Act, Book, State};
use super::outgoing::{RelationKind, recipients};
use super::pen::Pen;
use super::{Desk, HandedIn, LONGEST_COMMENT, LONGEST_SUBJECT, abbreviation, not_found, optional};
use crate::documents::appearances::CopyKind;
use crate::error::{Error, Kind, Result};
use crate::store::registry::DispatchRow;
use serde::Deserialize;

/// A copy. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCopy {
    /// `SY` sao y, `SL` sao lục, `TrS` trích sao.
    pub kind: String,
    /// Abbreviation of the copying body: `UBND`.
    pub issuer: String,
    /// The identifier of the document that is copied, if it is in a register here. Without a file, its own signed file is what is copied.
    pub of: Option<String>,
    /// What it is about, where it is not that of the document.
    pub subject: Option<String>,
    /// To whom it goes.
    #[serde(default)]
    pub recipients: Vec<Recipient>,
    /// Anything else.
    pub note: Option<String>,
}

/// Makes a copy: of a document here, of an extract of it, or of a paper from a scanner.
pub async fn copy(desk: &Desk<'_>, new: &NewCopy, file: Option<HandedIn>) -> Result<(DispatchRow, Vec<String>)> {
    let Desk { folder, caller, services, .. } = desk;
    caller.may(Act::Copy.permission())?;
    let kind = kinds::find(COPIES, &new.kind)?;
    let issuer = abbreviation("issuer", &new.issuer)?;
    let note = optional("note", new.note.as_deref(), LONGEST_COMMENT)?;
    let recipients = recipients(&new.recipients)?;
    let subject = optional("subject", new.subject.as_deref(), LONGEST_SUBJECT)?;
    if let Some(file) = &file {
        file.check_size()?;
        let what = if kind.code == "TrS" { For::Draft } else { For::Scan };
        checks::examine(&file.bytes, what).require(&file.plain_name())?;
    } else if new.of.is_none() || kind.code == "TrS" {
        let why = "a paper, and an extract, come as a file";
        return Err(Error::new(Kind::Usage, "registry.copy", "a copy", why));
    }
    let pen = Pen::of(folder, caller, services).await?;
    let mut case = Case::begin(folder, caller, Book::Out, Act::Copy).await?;
    let original = match &new.of {
        None => None,
        Some(id) => Some(original(&mut case, id).await?),
    };
    let about = original.as_ref().map(|original| original.subject.clone());
    let missing = || Error::new(Kind::Usage, "registry.copy", "a copy", "its subject has to be given");
    case.row.kind = kind.code.to_owned();
    case.row.subject = subject.or(about).ok_or_else(missing)?;
    case.row.relation = original.as_ref().map(|row| (RelationKind::Copies.as_str().to_owned(), row.id.clone()));
    case.particulars = Particulars { issuer: Some(issuer), recipients, note, ..Particulars::default() };
    let (name, bytes) = match (file, &original) {
        (Some(file), _) => (file.plain_name(), file.bytes),
        (None, Some(original)) => own_file(&mut case, &original.id).await?,
        (None, None) => return Err(missing()),
    };
    let unit = case.tx.unit(&caller.unit).await?.map(|unit| unit.name).unwrap_or_default();
    let (_, symbol) = case.number().await?;
    case.put(0, &name, &bytes, None).await?;
    case.particulars.signer = Some(pen.name()?);
    case.sign(&pen, 0, Ink::Copy { kind: copy_kind(kind.code), unit: &unit, symbol: &symbol }, Look::default()).await?;
    Ok((case.finish().await?, pen.warnings))
}

const fn copy_kind(code: &str) -> CopyKind {
    match code.as_bytes() {
        b"SL" => CopyKind::OfCopy,
        b"TrS" => CopyKind::Extract,
        _ => CopyKind::True,
    }
}

/// The document that is copied: issued here, or registered as come in.
async fn original(case: &mut Case<'_>, id: &str) -> Result<DispatchRow> {
    let row = case::of_unit(&mut *case.tx, &case.caller.unit, id).await?;
    if matches!(case::state(&row)?, State::Issued | State::Accepted | State::Assigned) {
        return Ok(row);
    }
    let why = format!("it is {}, and copies are made of what is issued or registered as come in", row.state);
    Err(Error::new(Kind::Conflict, "registry.copy", format!("document {id}"), why))
}

/// The newest signed file of a document.
async fn own_file(case: &mut Case<'_>, id: &str) -> Result<(String, Vec<u8>)> {
    let files = case.tx.dispatch_files(id).await?;
    let file = files.iter().rfind(|file| file.file == 0).ok_or_else(|| not_found(id))?;
    Ok((file.name.clone(), case::bytes(case.folder, id, file).await?))
}
