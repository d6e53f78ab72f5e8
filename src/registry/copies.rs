//! Copies in electronic form (Nghị định 30/2020/NĐ-CP, articles 25–27 and Appendix I): sao y, sao lục, trích sao, of a document here or of a
//! paper from a scanner. Each has a number of its own and the unit's signature at the top right, and is in the register at once; then it is
//! issued as others are.

use super::case::{self, Case};
use super::checks::{self, For, Verdict};
use super::facts::{Particulars, Recipient};
use super::ink::{Ink, Look};
use super::kinds::{self, COPIES};
use super::machine::{Act, Book, State};
use super::outgoing::{RelationKind, goes_somewhere, recipients};
use super::pen::{Mark, Pen};
use super::{
    Desk, HandedIn, LONGEST_NAME, LONGEST_SUBJECT, abbreviation, named, not_found, optional, remark_if, together,
};
use crate::documents::appearances::CopyKind;
use crate::error::{Error, Kind, Result};
use crate::messages::both;
use crate::messages::registry as words;
use crate::people::permissions::Caller;
use crate::secret::Secret;
use crate::store::Transaction;
use crate::store::registry::DispatchRow;
use serde::Deserialize;

/// Trích sao: what is copied is a part, which comes as a file.
pub const EXTRACT: &str = "TrS";

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
    /// Unit or person keeping the original.
    pub keeper: Option<String>,
    /// Copies on paper.
    pub copies: Option<u32>,
    /// Anything else.
    pub note: Option<String>,
    /// The PIN of the key, for this act alone; left out where the key has none, or is open for a shift.
    #[schema(value_type = Option<String>)]
    pub pin: Option<Secret>,
}

/// Whether a file is fit to be this kind of copy: a paper as it was scanned, or an extract.
pub fn check(kind: &str, file: &HandedIn) -> Result<Verdict> {
    let what = if kinds::find(COPIES, kind)?.code == EXTRACT { For::Draft } else { For::Scan };
    file.check_size()?;
    Ok(checks::examine(&file.bytes, what))
}

/// Makes a copy: of a document here, of an extract of it, or of a paper from a scanner.
pub async fn copy(desk: &Desk<'_>, new: &NewCopy, file: Option<HandedIn>) -> Result<(DispatchRow, Vec<String>)> {
    let Desk { folder, caller, services, .. } = desk;
    caller.may(Act::Copy.permission())?;
    let kind = kinds::find(COPIES, &new.kind)?;
    let issuer = abbreviation("issuer", &new.issuer)?;
    let said = Particulars {
        issuer: Some(issuer),
        recipients: recipients(&new.recipients)?,
        keeper: optional("keeper", new.keeper.as_deref(), LONGEST_NAME)?,
        copies: new.copies,
        note: remark_if("note", new.note.as_deref())?,
        ..Particulars::default()
    };
    let subject = optional("subject", new.subject.as_deref(), LONGEST_SUBJECT)?;
    if let Some(file) = &file {
        check(kind.code, file)?.require(&file.plain_name())?;
    } else if new.of.is_none() || kind.code == EXTRACT {
        let why = both!("bản giấy và bản trích phải kèm tệp", "a paper, and an extract, come as a file");
        return Err(Error::new(Kind::Usage, "registry.copy", both!("bản sao", "a copy").to_string(), why));
    }
    let pen = Pen::of(folder, caller, services, new.pin.as_ref().map(Secret::reveal)).await?;
    let unit = folder.store.read().await?.unit(&caller.unit).await?.map(|unit| unit.name).unwrap_or_default();
    let file = file.map(|file| (file.plain_name(), file.bytes));
    let wanted = Wanted { kind: kind.code, of: new.of.as_deref(), subject, said, file, signer: pen.name()? };
    let load = async |tx: &mut dyn Transaction| wanted.begin(desk, tx).await;
    let draw = async |case: &Case<'_>| {
        let symbol = case.row.symbol.as_deref().unwrap_or_default();
        let ink = Ink::Copy { kind: copy_kind(kind.code), unit: &unit, symbol };
        case.draw(&pen, &[Mark { file: 0, ink, look: Look::default() }]).await
    };
    let (mut case, drawn, mut tx) = together::numbered(folder, load, draw).await?;
    // what is copied may have been withdrawn meanwhile
    if let Some(id) = &new.of {
        original(&mut *tx, caller, id).await?;
    }
    case.warnings.extend(pen.warnings.iter().cloned());
    case.take(pen.certificate(), drawn);
    case.answer(tx).await
}

/// A copy that is to be, as it is asked for and was found right.
struct Wanted<'a> {
    kind: &'static str,
    of: Option<&'a str>,
    subject: Option<String>,
    said: Particulars,
    /// Name and bytes of what was handed in.
    file: Option<(String, Vec<u8>)>,
    signer: String,
}

impl Wanted<'_> {
    /// The copy, all but its number and signature.
    async fn begin<'a>(&self, desk: &Desk<'a>, tx: &mut dyn Transaction) -> Result<Case<'a>> {
        let mut case = Case::begin(desk, Book::Out, Act::Copy)?;
        let original = match self.of {
            None => None,
            Some(id) => Some(original(tx, desk.caller, id).await?),
        };
        let about = original.as_ref().map(|original| original.subject.clone());
        let missing = || {
            let why = both!("phải có trích yếu", "its subject has to be given");
            Error::new(Kind::Usage, "registry.copy", both!("bản sao", "a copy").to_string(), why)
        };
        self.kind.clone_into(&mut case.row.kind);
        case.row.subject = self.subject.clone().or(about).ok_or_else(missing)?;
        case.row.relation = original.as_ref().map(|row| (RelationKind::Copies.as_str().to_owned(), row.id.clone()));
        case.particulars = Particulars { signer: Some(self.signer.clone()), ..self.said.clone() };
        goes_somewhere(&case)?;
        let (name, bytes) = match (&self.file, &original) {
            (Some(file), _) => file.clone(),
            (None, Some(original)) => own_file(tx, desk, &original.id).await?,
            (None, None) => return Err(missing()),
        };
        case.put(0, &name, bytes)?;
        Ok(case)
    }
}

fn copy_kind(code: &str) -> CopyKind {
    match code {
        "SL" => CopyKind::OfCopy,
        EXTRACT => CopyKind::Extract,
        _ => CopyKind::True,
    }
}

/// Whether copies are made of a document that stands so: issued here, or registered as come in.
pub const fn is_copied(state: State) -> bool {
    matches!(state, State::Issued | State::Accepted | State::Assigned)
}

/// The document that is copied.
async fn original(tx: &mut dyn Transaction, caller: &Caller, id: &str) -> Result<DispatchRow> {
    let row = case::of_unit(tx, &caller.unit, id).await?;
    if is_copied(case::state(&row)?) {
        return Ok(row);
    }
    let (vi, en) = (words::state(&row.state).vi, &row.state);
    let why = both!(
        "văn bản ở trạng thái “{vi}”; chỉ sao văn bản đã phát hành hoặc văn bản đến đã đăng ký",
        "it is {en}, and copies are made of what is issued or registered as come in"
    );
    Err(Error::new(Kind::Conflict, "registry.copy", named(id), why))
}

/// The newest signed file of a document.
async fn own_file(tx: &mut dyn Transaction, desk: &Desk<'_>, id: &str) -> Result<(String, Vec<u8>)> {
    let files = tx.dispatch_files(id).await?;
    let file = files.iter().rfind(|file| file.file == 0).ok_or_else(|| not_found(id))?;
    Ok((file.name.clone(), case::bytes(desk.folder, id, file).await?))
}
