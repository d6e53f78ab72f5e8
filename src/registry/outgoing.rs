//! Documents out: drafted, initialled, signed, numbered, sealed, registered, issued; returned, given up, withdrawn, replaced. Each act is one
//! transaction; what it may follow and who does it says [`machine`](super::machine).

use super::case::{Case, particulars};
use super::checks::{self, For};
use super::facts::{Particulars, Recipient};
use super::ink::{Ink, Look, Place};
use super::kinds::{self, KINDS, Words};
use super::machine::{Act, Book, State};
use super::notices::{self, Occasion};
use super::pen::Pen;
use super::view::newest;
use super::{
    Desk, HandedIn, LONGEST_COMMENT, LONGEST_NAME, LONGEST_SUBJECT, abbreviation, case, delegations, email, not_found,
    optional, text,
};
use crate::audit::entry::{Action, Entry};
use crate::documents::extend::extend;
use crate::documents::sign::Raise;
use crate::error::{Error, Kind, Result};
use crate::net::ChosenBy;
use crate::pades::Level;
use crate::people::permissions::Caller;
use crate::people::units;
use crate::store::Transaction;
use crate::store::registry::{DispatchRow, FileRow};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
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
}

/// What is asked of an act that signs. Unknown keys are refused.
#[derive(Debug, Default, Clone, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SignatureRequest {
    /// SHA-256 of the file that the signer has seen, hexadecimal: another one is not signed.
    pub seen: Option<String>,
    /// Where the signature is seen, instead of where the page's own text says: one place, of a number one or three (number, day, month).
    pub places: Vec<Place>,
    /// Its image, a PNG in base64: of initials, leader and seal.
    pub image: Option<String>,
    /// Of the leader's signature: in whose place, by a delegation in force, such as `KT`; `TM` needs none.
    #[schema(inline)]
    pub words: Option<Words>,
    /// With `TM`: the body that decides together, such as `ỦY BAN NHÂN DÂN`.
    pub title: Option<String>,
}

/// What the register is told before a document is issued. Unknown keys are refused.
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
        let why = format!("there are at most {MOST_RECIPIENTS}");
        return Err(Error::new(Kind::Usage, "registry.recipients", "recipients", why));
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
    file.check_size()?;
    let kind = kinds::find(KINDS, &new.kind)?;
    let said = Particulars {
        issuer: Some(abbreviation("issuer", &new.issuer)?),
        department: new.department.as_deref().map(|text| abbreviation("department", text)).transpose()?,
        recipients: recipients(&new.recipients)?,
        note: optional("note", new.note.as_deref(), LONGEST_COMMENT)?,
        ..Particulars::default()
    };
    let subject = text("subject", &new.subject, LONGEST_SUBJECT)?;
    checks::examine(&file.bytes, For::Draft).require(&file.plain_name())?;
    let mut case = Case::begin(desk.folder, desk.caller, Book::Out, Act::Draft).await?;
    if let Some(relation) = &new.relation {
        older(&mut *case.tx, desk.caller, relation).await?;
    }
    case.row = DispatchRow {
        kind: kind.code.to_owned(),
        subject,
        urgent: new.urgent,
        relation: new.relation.as_ref().map(|r| (r.kind.as_str().to_owned(), r.to.clone())),
        ..case.row
    };
    case.particulars = said;
    case.put(0, &file.plain_name(), &file.bytes, None).await?;
    case.finish().await
}

/// Refuses to name an older document that is not there, or was not issued.
async fn older(tx: &mut dyn Transaction, caller: &Caller, relation: &Relation) -> Result<()> {
    let old = case::find(tx, caller, Book::Out, &relation.to).await?;
    if relation.kind == RelationKind::Copies {
        let why = "a copy is made of what was issued, not drafted";
        return Err(Error::new(Kind::Usage, "registry.relation", format!("document {}", old.id), why));
    }
    if case::state(&old)? != State::Issued {
        let why = format!("it is {}, and only what is issued is replaced, amended or corrected", old.state);
        return Err(Error::new(Kind::Conflict, "registry.relation", format!("document {}", old.id), why));
    }
    Ok(())
}

async fn may(desk: &Desk<'_>, id: &str, act: Act) -> Result<()> {
    Case::may(desk.folder, desk.caller, Book::Out, id, act, false).await
}

async fn open<'a>(desk: &Desk<'a>, id: &str, act: Act) -> Result<Case<'a>> {
    Case::open(desk.folder, desk.caller, Book::Out, id, act, false).await
}

/// A new draft in the place of the one before; what was signed on that does not count any more.
pub async fn revise(desk: &Desk<'_>, id: &str, file: HandedIn) -> Result<DispatchRow> {
    desk.caller.may(Act::Revise.permission())?;
    file.check_size()?;
    checks::examine(&file.bytes, For::Draft).require(&file.plain_name())?;
    let mut case = open(desk, id, Act::Revise).await?;
    let before = case.newest(0).map(|row| row.name.clone()).unwrap_or_default();
    case.put(0, &file.name_or(&before), &file.bytes, None).await?;
    case.particulars.signer = None;
    case.finish().await
}

/// A file of its own that comes with a draft; a file with the same name takes the place of the one before.
pub async fn attach(desk: &Desk<'_>, id: &str, file: HandedIn) -> Result<DispatchRow> {
    desk.caller.may(Act::Attach.permission())?;
    file.check_size()?;
    let name = file.plain_name();
    checks::examine(&file.bytes, For::Draft).require(&name)?;
    let mut case = open(desk, id, Act::Attach).await?;
    let same = case.files.iter().find(|row| row.file > 0 && row.name == name).map(|row| row.file);
    let number = same.unwrap_or_else(|| case.file_count());
    case.has_room_for(number)?;
    case.put(number, &name, &file.bytes, None).await?;
    case.finish().await
}

/// Initials of the drafting department: a signature where the caller has a key, and in any case an entry of the log over the file.
pub async fn initial(desk: &Desk<'_>, id: &str, asked: &SignatureRequest) -> Result<(DispatchRow, Vec<String>)> {
    refuse_words(asked)?;
    may(desk, id, Act::Initial).await?;
    let pen = match desk.caller.signing_key {
        Some(_) => Some(Pen::of(desk.folder, desk.caller, desk.services).await?),
        None => None,
    };
    let mut case = open(desk, id, Act::Initial).await?;
    case.seen(asked.seen.as_deref())?;
    if let Some(pen) = &pen {
        case.sign(pen, 0, Ink::Initials, asked.look()).await?;
    }
    done(case, pen.map(|pen| pen.warnings).unwrap_or_default()).await
}

impl SignatureRequest {
    fn look(&self) -> Look<'_> {
        Look { places: &self.places, image: self.image.as_deref() }
    }
}

/// Ends an act that signs; gives what whoever acts should know.
async fn done(case: Case<'_>, warnings: Vec<String>) -> Result<(DispatchRow, Vec<String>)> {
    let warnings = [warnings, case.warnings.clone()].concat();
    Ok((case.finish().await?, warnings))
}

fn refuse_words(asked: &SignatureRequest) -> Result<()> {
    if asked.words.is_none() && asked.title.is_none() {
        return Ok(());
    }
    let why = "words and title are those of the leader's signature";
    Err(Error::new(Kind::Usage, "registry.words", "the signature", why))
}

/// Signed by whom it is for to sign, in the own capacity or by a delegation.
pub async fn sign(desk: &Desk<'_>, id: &str, asked: &SignatureRequest) -> Result<(DispatchRow, Vec<String>)> {
    let Desk { folder, caller, services, .. } = desk;
    let delegation = delegations::in_force(folder, caller, asked.words).await?;
    Case::may(folder, caller, Book::Out, id, Act::Sign, delegation.is_some()).await?;
    let pen = Pen::of(folder, caller, services).await?;
    let mut case = Case::open(folder, caller, Book::Out, id, Act::Sign, delegation.is_some()).await?;
    case.seen(asked.seen.as_deref())?;
    let title = match (asked.words, &delegation, &asked.title) {
        (Some(words), None, _) if words.needs_delegation() => return Err(delegations::missing(words)),
        (None, _, Some(_)) | (_, Some(_), Some(_)) => {
            let why = "a title is given with the words TM only; otherwise the delegation has it";
            return Err(Error::new(Kind::Usage, "registry.words", "the signature", why));
        }
        (_, Some(delegation), None) => Some(delegation.title.clone()),
        (_, None, title) => optional("title", title.as_deref(), LONGEST_NAME)?,
    };
    two_people(&case)?;
    let capacity = asked.words.zip(title.as_deref());
    case.sign(&pen, 0, Ink::Leader { capacity }, asked.look()).await?;
    let words = capacity.map(|(words, title)| format!("{words} {title}"));
    let name = pen.name()?;
    case.particulars.signer = Some(words.as_ref().map_or(name.clone(), |words| format!("{words} {name}")));
    case.facts.words = words;
    case.facts.delegation = delegation.map(|delegation| delegation.id);
    done(case, pen.warnings).await
}

/// Who drafted a document does not approve it alone.
fn two_people(case: &Case<'_>) -> Result<()> {
    let last = |acts: &[Act]| {
        let mut done = case.history.iter().rev();
        done.find(|done| acts.contains(&done.facts.act)).map(|done| done.row.actor.as_str())
    };
    // what was attached has to be seen by somebody else, too
    let own = |act: &[Act]| last(act) == Some(case.caller.id.as_str());
    let others = [last(&[Act::Draft, Act::Revise]), last(&[Act::Initial])];
    let is_seen = others.into_iter().flatten().any(|actor| actor != case.caller.id);
    if is_seen && !(own(&[Act::Attach]) && own(&[Act::Initial])) {
        return Ok(());
    }
    let why = "who signs it has drafted, or attached, and initialled it alone; a second person has to stand by it";
    Err(Error::new(Kind::NotAllowed, "registry.two_people", format!("document {}", case.row.id), why))
}

/// Number, day and month, as the system gives them.
pub async fn number(desk: &Desk<'_>, id: &str, asked: &SignatureRequest) -> Result<(DispatchRow, Vec<String>)> {
    refuse_words(asked)?;
    may(desk, id, Act::Number).await?;
    let pen = Pen::of(desk.folder, desk.caller, desk.services).await?;
    let mut case = open(desk, id, Act::Number).await?;
    case.seen(asked.seen.as_deref())?;
    apart(&case, &pen)?;
    let (number, symbol) = case.number().await?;
    let date = case.today();
    case.sign(&pen, 0, Ink::Number { number, symbol: &symbol, date }, asked.look()).await?;
    done(case, pen.warnings).await
}

/// The unit's signature on the document, and on each file that comes with it.
pub async fn seal(desk: &Desk<'_>, id: &str, asked: &SignatureRequest) -> Result<(DispatchRow, Vec<String>)> {
    refuse_words(asked)?;
    may(desk, id, Act::Seal).await?;
    let pen = Pen::of(desk.folder, desk.caller, desk.services).await?;
    let mut case = open(desk, id, Act::Seal).await?;
    case.seen(asked.seen.as_deref())?;
    apart(&case, &pen)?;
    case.sign(&pen, 0, Ink::Seal, asked.look()).await?;
    let symbol = case.row.symbol.clone().unwrap_or_default();
    for file in 1..case.file_count() {
        case.sign(&pen, file, Ink::Attachment { symbol: &symbol }, Look::default()).await?;
    }
    done(case, pen.warnings).await
}

/// The key that signed for the leader is not that of the unit.
fn apart(case: &Case<'_>, pen: &Pen) -> Result<()> {
    let signed = case.history.iter().rev().find(|done| done.facts.act == Act::Sign);
    if signed.and_then(|done| done.facts.certificate.as_deref()) != Some(pen.certificate().as_str()) {
        return Ok(());
    }
    let why = "the key of the token is the one that has signed for the leader; the unit signs with its own";
    Err(Error::new(Kind::NotAllowed, "registry.duty", format!("document {}", case.row.id), why))
}

/// To whom it goes, who keeps the original.
pub async fn register(desk: &Desk<'_>, id: &str, asked: &RegisterRequest) -> Result<DispatchRow> {
    let mut case = open(desk, id, Act::Register).await?;
    let said = &mut case.particulars;
    if let Some(all) = &asked.recipients {
        said.recipients = recipients(all)?;
    }
    said.keeper = optional("keeper", asked.keeper.as_deref(), LONGEST_NAME)?;
    said.copies = asked.copies;
    if let Some(note) = optional("note", asked.note.as_deref(), LONGEST_COMMENT)? {
        said.note = Some(note);
    }
    if said.recipients.is_empty() {
        let why = "it goes to nobody yet";
        return Err(Error::new(Kind::Usage, "registry.recipients", format!("document {id}"), why));
    }
    case.finish().await
}

/// The files of a document at the level of the desk, those that are not there already; and why others could not be raised.
async fn raised(desk: &Desk<'_>, id: &str) -> Result<(Vec<(FileRow, Vec<u8>)>, Vec<String>)> {
    let (mut done, mut warnings) = (Vec::new(), Vec::new());
    if desk.level == Level::B {
        return Ok((done, warnings));
    }
    let files = desk.folder.store.read().await?.dispatch_files(id).await?;
    let raise = Raise { to: desk.level, services: desk.services, chosen_by: ChosenBy::Certificate };
    for file in newest(&files) {
        let bytes = case::bytes(desk.folder, id, file).await?;
        let mut out = desk.folder.blobs.start().await?;
        let entry = Entry::new(Action::DocumentExtended, desk.folder.now())?.of_unit(&desk.caller.unit).about(&id);
        let entry = entry.by(desk.folder.log.pseudonym(&desk.caller.id));
        match extend(desk.folder, Arc::new(bytes), raise, None, entry, &mut out).await {
            Ok(extended) if extended.added.is_empty() => {}
            Ok(_) => done.push((file.clone(), out.written_bytes()?)),
            Err(error) if error.kind == Kind::Bug => return Err(error),
            Err(error) => warnings.push(format!("{} is not at level {}: {error}", file.name, desk.level.name())),
        }
    }
    Ok((done, warnings))
}

/// Issued: its signatures are raised to the level of the desk, it goes to its recipients, and does not change any more. What it replaces is
/// replaced from now on.
pub async fn issue(desk: &Desk<'_>, id: &str) -> Result<(DispatchRow, Vec<String>)> {
    may(desk, id, Act::Issue).await?;
    let (files, mut warnings) = raised(desk, id).await?;
    let mut case = open(desk, id, Act::Issue).await?;
    for (file, bytes) in files {
        if case.newest(file.file).is_some_and(|newest| newest.version == file.version) {
            case.put(file.file, &file.name, &bytes, None).await?;
        }
    }
    let unit = case.tx.unit(&case.row.unit).await?;
    case.particulars.unit_name = unit.map(|unit| unit.name);
    case.particulars.issued = Some(case.today().to_string());
    if let Some((relation, old)) = case.row.relation.clone()
        && relation == RelationKind::Replaces.as_str()
    {
        case::replaced(&mut case, &old).await?;
        let row = case.tx.dispatch(&old).await?.ok_or_else(|| not_found(&old))?;
        notices::put(desk, &mut *case.tx, &row, &particulars(&row)?, Occasion::Replaced).await?;
    }
    if let Some(due) = due(&case.row).filter(|due| case.today() > *due) {
        warnings.push(format!("it was to be issued by {due}: on the day of its number or the next working day"));
    }
    case.keep_files().await?;
    notices::put(desk, &mut *case.tx, &case.row, &case.particulars, Occasion::Issued).await?;
    Ok((case.finish().await?, warnings))
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
    let comment = text("reason", why, LONGEST_COMMENT)?;
    let mut case = open(desk, id, act).await?;
    case.facts.comment = Some(comment);
    if act == Act::Withdraw {
        notices::put(desk, &mut *case.tx, &case.row, &case.particulars, Occasion::Withdrawn(why)).await?;
    }
    case.finish().await
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

/// Whether a PDF is fit to be drafted, without handing it in.
pub fn check(file: &HandedIn) -> Result<checks::Verdict> {
    file.check_size()?;
    Ok(checks::examine(&file.bytes, For::Draft))
}
