//! Documents out: drafted, initialled, signed, numbered, registered, sealed, issued; returned, given up, withdrawn, replaced. Each act is one
//! transaction; what it may follow and who does it says [`machine`](super::machine).

use super::case::{Case, particulars};
use super::checks::{self, For, Verdict};
use super::facts::{Particulars, Recipient};
use super::ink::Place;
use super::kinds::{self, KINDS, Words};
use super::machine::{Act, Book, State};
use super::notices::{self, Occasion};
use super::{
    Desk, HandedIn, LONGEST_NAME, LONGEST_SUBJECT, abbreviation, case, email, levels, named, not_found, optional,
    remark, remark_if, text, together,
};
use crate::error::{Error, Kind, Result};
use crate::messages::both;
use crate::messages::registry as words;
use crate::pades::Level;
use crate::people::permissions::Caller;
use crate::people::units;
use crate::secret::Secret;
use crate::store::Transaction;
use crate::store::registry::DispatchRow;
use serde::{Deserialize, Serialize};
use time::{Date, Weekday};

/// Recipients of one document.
const MOST_RECIPIENTS: usize = 500;

/// What a document is to an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RelationKind {
    /// It takes its place.
    Replaces,
    /// It changes parts of it.
    Amends,
    /// It corrects its form (đính chính).
    Corrects,
    /// It is a copy of it.
    Copies,
}

impl RelationKind {
    /// As it is kept.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Replaces => "replaces",
            Self::Amends => "amends",
            Self::Corrects => "corrects",
            Self::Copies => "copies",
        }
    }
}

/// What a document is to an older one, and to which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// `replaces`, `amends` or `corrects`.
    #[schema(inline)]
    pub kind: RelationKind,
    /// The identifier of the older one, which was issued.
    pub to: String,
}

/// A draft. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDraft {
    /// Abbreviation of its kind: `QĐ`, `TB`, ...; `CV` for a letter.
    pub kind: String,
    /// Abbreviation of the issuing body: `UBND`.
    pub issuer: String,
    /// Abbreviation of the drafting department, which stands in the symbol of letters: `VX`.
    pub department: Option<String>,
    /// What it is about.
    pub subject: String,
    /// To whom it goes.
    #[serde(default)]
    pub recipients: Vec<Recipient>,
    /// Whether it is urgent: issued on the very day when it gets its number.
    #[serde(default)]
    pub urgent: bool,
    /// What it is to an older one.
    pub relation: Option<Relation>,
    /// Anything else.
    pub note: Option<String>,
    /// The kind is right, although the first page says another.
    #[serde(default)]
    pub kind_anyway: bool,
}

/// What is asked of an act that signs. Unknown keys are refused.
#[derive(Debug, Default, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignatureRequest {
    /// SHA-256 of the file that the signer has seen, hexadecimal: another one is not signed.
    pub seen: Option<String>,
    /// Where the signature is seen, instead of where the page's own text says: one place, of a number one or three (number, day, month).
    #[serde(default)]
    pub places: Vec<Place>,
    /// Its image, a PNG in base64: of initials, leader and seal. Left out, it is the one that is kept of whoever signs; where there is none, name and
    /// time are seen.
    pub image: Option<String>,
    /// Of the leader's signature: in whose place, by a delegation in force, such as `KT`; `TM` needs none.
    #[schema(inline)]
    pub words: Option<Words>,
    /// With `TM`: the body that decides together, such as `ỦY BAN NHÂN DÂN`.
    pub title: Option<String>,
    /// The PIN of the key, for this act alone; left out where the key has none, or is open for a shift.
    #[schema(value_type = Option<String>)]
    pub pin: Option<Secret>,
}

/// What the register is told of a document that has its number. Unknown keys are refused.
#[derive(Debug, Default, Clone, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RegisterRequest {
    /// To whom it goes, instead of what the draft says.
    pub recipients: Option<Vec<Recipient>>,
    /// Unit or person keeping the original.
    pub keeper: Option<String>,
    /// Copies on paper.
    pub copies: Option<u32>,
    /// Anything else.
    pub note: Option<String>,
}

fn agency_code(code: &str) -> Result<String> {
    if units::is_agency_code(code) {
        return Ok(code.to_owned());
    }
    let why = format!("{code:?} is not an agency code such as H34 or H34.12");
    Err(Error::new(Kind::Usage, "registry.recipients", "recipients", why))
}

/// Recipients as they are kept.
pub(super) fn recipients(all: &[Recipient]) -> Result<Vec<Recipient>> {
    if all.len() > MOST_RECIPIENTS {
        let why = both!("có nhiều nhất {most} nơi nhận", "there are at most {most}", most = MOST_RECIPIENTS);
        return Err(Error::new(Kind::Usage, "registry.recipients", both!("nơi nhận", "recipients").to_string(), why));
    }
    let one = |recipient: &Recipient| {
        Ok(Recipient {
            name: text("recipients", &recipient.name, LONGEST_NAME)?,
            email: email("recipients", recipient.email.as_deref())?,
            code: recipient.code.as_deref().map(agency_code).transpose()?,
        })
    };
    all.iter().map(one).collect()
}

/// Hands in a draft, after it was found fit.
pub async fn draft(desk: &Desk<'_>, new: &NewDraft, file: HandedIn) -> Result<DispatchRow> {
    desk.caller.may(Act::Draft.permission())?;
    let file = file.into_pdf()?;
    let kind = kinds::find(KINDS, &new.kind)?;
    let issuer = abbreviation("issuer", &new.issuer)?;
    let said = Particulars {
        issuer: Some(issuer.clone()),
        department: new.department.as_deref().map(|text| abbreviation("department", text)).transpose()?,
        recipients: recipients(&new.recipients)?,
        note: remark_if("note", new.note.as_deref())?,
        ..Particulars::default()
    };
    let subject = text("subject", &new.subject, LONGEST_SUBJECT)?;
    let verdict = checks::examine(&file.bytes, For::Draft);
    verdict.require(&file.plain_name())?;
    if !new.kind_anyway {
        verdict.require_symbol(kind, &issuer, &file.plain_name())?;
    }
    let mut case = Case::begin(desk, Book::Out, Act::Draft)?;
    let mut tx = desk.folder.write().await?;
    if let Some(relation) = &new.relation {
        older(&mut *tx, desk.caller, relation).await?;
    }
    case.row = DispatchRow {
        kind: kind.code.to_owned(),
        subject,
        urgent: new.urgent,
        relation: new.relation.as_ref().map(|r| (r.kind.as_str().to_owned(), r.to.clone())),
        ..case.row
    };
    case.particulars = said;
    case.put(0, &file.plain_name(), file.bytes)?;
    case.finish(tx).await
}

/// Refuses to name an older document that is not there, or was not issued.
async fn older(tx: &mut dyn Transaction, caller: &Caller, relation: &Relation) -> Result<()> {
    let old = case::find(tx, caller, Book::Out, &relation.to).await?;
    if relation.kind == RelationKind::Copies {
        let why = both!("bản sao không phải là dự thảo", "a copy is made of what was issued, not drafted");
        return Err(Error::new(Kind::Usage, "registry.relation", named(&old.id), why));
    }
    if case::state(&old)? != State::Issued {
        let (vi, en) = (words::state(&old.state).vi, &old.state);
        let why = both!(
            "văn bản ở trạng thái “{vi}”; chỉ thay thế, sửa đổi hoặc đính chính văn bản đã phát hành",
            "it is {en}, and only what is issued is replaced, amended or corrected"
        );
        return Err(Error::new(Kind::Conflict, "registry.relation", named(&old.id), why));
    }
    Ok(())
}

async fn open<'a>(tx: &mut dyn Transaction, desk: &Desk<'a>, id: &str, act: Act) -> Result<Case<'a>> {
    Case::open(tx, desk, Book::Out, id, act, false).await
}

/// A new draft in the place of the one before; what was signed on that does not count any more.
pub async fn revise(desk: &Desk<'_>, id: &str, file: HandedIn) -> Result<DispatchRow> {
    desk.caller.may(Act::Revise.permission())?;
    let file = file.into_pdf()?;
    let verdict = checks::examine(&file.bytes, For::Draft);
    verdict.require(&file.plain_name())?;
    let case = open(&mut *desk.folder.store.read().await?, desk, id, Act::Revise).await?;
    // where the draft before said otherwise, somebody had said that it is right all the same
    let (kind, issuer) = (kinds::find(KINDS, &case.row.kind)?, case.particulars.issuer.clone().unwrap_or_default());
    let fits = |verdict: &Verdict| verdict.require_symbol(kind, &issuer, &file.plain_name());
    if fits(&checks::examine(&case.bytes(0).await?, For::Draft)).is_ok() {
        fits(&verdict)?;
    }
    let mut tx = desk.folder.write().await?;
    let mut case = open(&mut *tx, desk, id, Act::Revise).await?;
    let before = case.newest(0).map(|row| row.name.clone()).unwrap_or_default();
    let name = file.name_or(&before);
    case.put(0, &name, file.bytes)?;
    case.particulars.signer = None;
    case.finish(tx).await
}

/// A file of its own that comes with a draft; a file with the same name takes the place of the one before.
pub async fn attach(desk: &Desk<'_>, id: &str, file: HandedIn) -> Result<DispatchRow> {
    desk.caller.may(Act::Attach.permission())?;
    let file = file.into_pdf()?;
    let name = file.plain_name();
    checks::examine(&file.bytes, For::Draft).require(&name)?;
    let mut tx = desk.folder.write().await?;
    let mut case = open(&mut *tx, desk, id, Act::Attach).await?;
    let same = case.files.iter().find(|row| row.file > 0 && row.name == name).map(|row| row.file);
    let number = same.unwrap_or_else(|| case.file_count());
    case.has_room_for(number)?;
    case.put(number, &name, file.bytes)?;
    case.finish(tx).await
}

/// Initials of the drafting department: a signature where the caller has a key, and in any case an entry of the log over the file.
pub async fn initial(desk: &Desk<'_>, id: &str, asked: &SignatureRequest) -> Result<(DispatchRow, Vec<String>)> {
    together::one(desk, Act::Initial, id, asked).await
}

/// Signed by whom it is for to sign, in the own capacity or by a delegation.
pub async fn sign(desk: &Desk<'_>, id: &str, asked: &SignatureRequest) -> Result<(DispatchRow, Vec<String>)> {
    together::one(desk, Act::Sign, id, asked).await
}

/// Number, day and month, as the system gives them.
pub async fn number(desk: &Desk<'_>, id: &str, asked: &SignatureRequest) -> Result<(DispatchRow, Vec<String>)> {
    together::number(desk, id, asked).await
}

/// The unit's signature on the document, and on each file that comes with it.
pub async fn seal(desk: &Desk<'_>, id: &str, asked: &SignatureRequest) -> Result<(DispatchRow, Vec<String>)> {
    together::one(desk, Act::Seal, id, asked).await
}

impl SignatureRequest {
    /// The PIN, if it was given.
    pub(super) fn pin(&self) -> Option<&str> {
        self.pin.as_ref().map(Secret::reveal)
    }

    /// Refuses words and title where it is not the leader who signs.
    pub(super) fn without_words(&self) -> Result<()> {
        if self.words.is_none() && self.title.is_none() {
            return Ok(());
        }
        let why = both!(
            "chữ trước chức vụ và chức vụ chỉ dùng cho chữ ký của lãnh đạo",
            "words and title are those of the leader's signature"
        );
        Err(Error::new(Kind::Usage, "registry.words", both!("chữ ký", "the signature").to_string(), why))
    }
}

/// To whom it goes, who keeps the original.
pub async fn register(desk: &Desk<'_>, id: &str, asked: &RegisterRequest) -> Result<DispatchRow> {
    let mut tx = desk.folder.write().await?;
    let mut case = open(&mut *tx, desk, id, Act::Register).await?;
    let said = &mut case.particulars;
    if let Some(all) = &asked.recipients {
        said.recipients = recipients(all)?;
    }
    said.keeper = optional("keeper", asked.keeper.as_deref(), LONGEST_NAME)?;
    said.copies = asked.copies;
    if let Some(note) = remark_if("note", asked.note.as_deref())? {
        said.note = Some(note);
    }
    goes_somewhere(&case)?;
    case.finish(tx).await
}

/// The register says to whom each document goes.
pub(super) fn goes_somewhere(case: &Case<'_>) -> Result<()> {
    if case.particulars.recipients.is_empty() {
        let why = both!("chưa có nơi nhận", "it goes to nobody yet");
        return Err(Error::new(Kind::Usage, "registry.recipients", named(&case.row.id), why));
    }
    Ok(())
}

/// Issued: its signatures are raised to the level of the desk, now or as soon as can be, it goes to its recipients, and does not change any more. What it replaces is
/// replaced from now on.
pub async fn issue(desk: &Desk<'_>, id: &str) -> Result<(DispatchRow, Vec<String>)> {
    case::may(desk, Book::Out, id, Act::Issue).await?;
    let (files, lacking) = levels::raised(desk, id).await?;
    let mut tx = desk.folder.write().await?;
    let mut case = open(&mut *tx, desk, id, Act::Issue).await?;
    levels::put(&mut case, files);
    if !lacking.is_empty() {
        levels::later(&mut *tx, &case).await?;
    }
    case.facts.level = Some(if lacking.is_empty() { desk.level } else { Level::B }.name().to_owned());
    case.warnings = lacking;
    let unit = tx.unit(&case.row.unit).await?;
    case.particulars.unit_name = unit.map(|unit| unit.name);
    case.particulars.issued = Some(case.today().to_string());
    if let Some((relation, old)) = case.row.relation.clone()
        && relation == RelationKind::Replaces.as_str()
    {
        case::replaced(&mut *tx, &case, &old).await?;
        let row = tx.dispatch(&old).await?.ok_or_else(|| not_found(&old))?;
        notices::put(desk, &mut *tx, &row, &particulars(&row)?, Occasion::Replaced).await?;
    }
    if let Some(due) = due(&case.row).filter(|due| case.today() > *due) {
        let late = both!(
            "lẽ ra phải phát hành chậm nhất ngày {due}: trong ngày lấy số hoặc ngày làm việc tiếp theo",
            "it was to be issued by {due}: on the day of its number or the next working day",
            due = due
        );
        case.warnings.push(late.to_string());
    }
    case.keep_files(&mut *tx).await?;
    notices::put(desk, &mut *tx, &case.row, &case.particulars, Occasion::Issued).await?;
    case.answer(tx).await
}

/// By when a document with a number is to be issued: the same day or the next working day, an urgent one at once.
pub fn due(row: &DispatchRow) -> Option<Date> {
    let date = row.date.filter(|_| row.book == Book::Out.as_str() && row.number.is_some())?;
    if row.urgent {
        return Some(date);
    }
    let mut due = date.next_day()?;
    while matches!(due.weekday(), Weekday::Saturday | Weekday::Sunday) {
        due = due.next_day()?;
    }
    Some(due)
}

/// An act that only needs a reason.
async fn because(desk: &Desk<'_>, id: &str, act: Act, why: &str) -> Result<DispatchRow> {
    desk.caller.may(act.permission())?;
    let comment = remark("reason", why)?;
    let mut tx = desk.folder.write().await?;
    let mut case = open(&mut *tx, desk, id, act).await?;
    case.facts.comment = Some(comment);
    if act == Act::Withdraw {
        notices::put(desk, &mut *tx, &case.row, &case.particulars, Occasion::Withdrawn(why)).await?;
    }
    case.finish(tx).await
}

/// Sends a draft back, with a comment.
pub async fn send_back(desk: &Desk<'_>, id: &str, comment: &str) -> Result<DispatchRow> {
    because(desk, id, Act::Return, comment).await
}

/// Gives up a document that was not issued; a number that it has stays its own.
pub async fn cancel(desk: &Desk<'_>, id: &str, reason: &str) -> Result<DispatchRow> {
    because(desk, id, Act::Cancel, reason).await
}

/// Withdraws what was issued; who has it is told to remove it.
pub async fn withdraw(desk: &Desk<'_>, id: &str, reason: &str) -> Result<DispatchRow> {
    because(desk, id, Act::Withdraw, reason).await
}

/// Whether a file is fit to be drafted, without handing it in; and the PDF that it is, or was made.
pub fn check(file: HandedIn) -> Result<(checks::Verdict, HandedIn)> {
    let file = file.into_pdf()?;
    Ok((checks::examine(&file.bytes, For::Draft), file))
}
