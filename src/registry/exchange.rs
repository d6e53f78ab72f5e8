//! What is exchanged with other systems as edXML: documents out as packages, documents in from packages, and how documents stand with their
//! receivers, told and heard.

use super::case::{self, Case};
use super::edxml::{self, Attachment, Business, Message, Organ, Package, Reference, Signer, Status, StatusCode};
use super::facts::{Heard, Origin, Particulars};
use super::incoming::{self, Arrival, NewArrival};
use super::kinds::{self, KINDS, LETTER};
use super::machine::{Act, Book, State};
use super::outgoing::RelationKind;
use super::pen::Pen;
use super::view::newest;
use super::{Desk, HandedIn, not_found, remark_if};
use crate::data_folder::VIETNAM;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::messages::unaccented;
use crate::people::units;
use crate::store::Transaction;
use crate::store::people::UnitRow;
use crate::store::registry::{DispatchFilter, DispatchRow};
use time::format_description::well_known::Rfc3339;

/// What is kept of what receivers said about one document.
const MOST_HEARD: usize = 1_000;

/// What came of a message that was taken in.
pub enum Taken {
    /// A document in.
    Arrived(Box<Arrival>),
    /// A document of which something was said: how it stands with a receiver, or that its sender wants it back.
    Heard(Box<DispatchRow>),
}

/// The agency code of a unit, which others know it by.
fn code_of(unit: &UnitRow) -> Result<&str> {
    unit.code.as_deref().ok_or_else(|| {
        let why = "it has no agency code, by which other systems know it";
        Error::new(Kind::Conflict, "edxml.code", format!("unit {}", unit.id), why).hint("dauson unit put --code")
    })
}

fn organ(unit: &UnitRow, name: &str) -> Result<Organ> {
    Ok(Organ {
        code: code_of(unit)?.to_owned(),
        name: name.to_owned(),
        address: Some(unit.address.clone()),
        email: None,
        phone: unit.phone.clone(),
    })
}

/// What others know a document out by: `H34.12,2026/11/24,07/QĐ-UBND`.
fn reference(organ: &str, row: &DispatchRow) -> Reference {
    let code = row.symbol.clone().unwrap_or_default();
    let day = row.date.map(edxml::day).unwrap_or_default();
    Reference { organ: organ.to_owned(), document: format!("{organ},{day},{code}"), code, date: row.date }
}

/// The package of a document that was issued, signed by the caller's key if there is one; of one that was withdrawn, with which it is asked for
/// back.
pub async fn package(desk: &Desk<'_>, id: &str) -> Result<Vec<u8>> {
    let Desk { folder, caller, services, .. } = desk;
    caller.may(Act::Report.permission())?;
    let pen = match caller.signing_key {
        Some(_) => Some(Pen::of(folder, caller, services, None).await?),
        None => None,
    };
    let mut tx = folder.write().await?;
    let row = case::find(&mut *tx, caller, Book::Out, id).await?;
    let business = match case::state(&row)? {
        State::Withdrawn => Business::Recall,
        State::Issued | State::Replaced => match row.relation.as_ref().map(|(relation, _)| relation.as_str()) {
            Some(kind) if kind == RelationKind::Replaces.as_str() => Business::Replace,
            Some(kind) if kind == RelationKind::Amends.as_str() || kind == RelationKind::Corrects.as_str() => {
                Business::Update
            }
            _ => Business::New,
        },
        state => {
            let why = format!("it is {state}, and what is issued goes to others");
            return Err(Error::new(Kind::Conflict, "registry.state", format!("document {id}"), why));
        }
    };
    let said = case::particulars(&row)?;
    let unit = tx.unit(&row.unit).await?.ok_or_else(|| not_found(id))?;
    let from = organ(&unit, said.unit_name.as_deref().unwrap_or(&unit.name))?;
    let history = case::history(&mut *tx, id).await?;
    let words = history.iter().rev().find(|done| done.facts.act == Act::Sign).and_then(|done| done.facts.words.clone());
    let response_for = match (&business, &row.relation) {
        (Business::Recall, _) => Some(reference(&from.code, &row)),
        (_, Some((_, other))) => {
            let other = case::of_unit(&mut *tx, &caller.unit, other).await?;
            let whose = tx.unit(&other.unit).await?.and_then(|unit| unit.code);
            Some(reference(whose.as_deref().unwrap_or(&from.code), &other))
        }
        _ => None,
    };
    let files = tx.dispatch_files(id).await?;
    let mut attachments = Vec::new();
    for file in newest(&files) {
        let bytes = case::bytes(folder, id, file).await?;
        attachments.push(Attachment { name: file.name.clone(), media_type: "application/pdf".to_owned(), bytes });
    }
    let most = Limits::in_force().xml_bytes;
    // four characters for three bytes, and some room for the rest
    let bytes: usize = attachments.iter().map(|one| one.bytes.len().div_ceil(3).saturating_mul(4)).sum();
    if bytes.saturating_add(1 << 20) > most {
        let why = format!("its files are too large for one package, which has at most {most} bytes");
        return Err(Error::new(Kind::Conflict, "edxml.too_large", format!("document {id}"), why));
    }
    let code = reference(&from.code, &row);
    let (number, notation) = code.code.split_once('/').unwrap_or((&code.code, ""));
    let reason = history.last().and_then(|done| done.facts.comment.clone()).filter(|_| business == Business::Recall);
    let (document, at) = edxml::package(&Package {
        to: receivers(&said),
        number: number.to_owned(),
        notation: notation.to_owned(),
        place: Some(unit.address.clone()),
        date: row.date,
        kind: Some(kinds::name(&row.kind).to_owned()),
        subject: row.subject.clone(),
        signer: signer(&said, words.as_deref()),
        places: said.recipients.iter().map(|recipient| recipient.name.clone()).collect(),
        priority: u8::from(row.urgent),
        copies: said.copies,
        pages: newest(&files).first().map(|file| file.pages),
        appendices: newest(&files).iter().skip(1).map(|file| file.name.clone()).collect(),
        document: code.document.clone(),
        response_for,
        business,
        reason,
        trace: vec![(from.code.clone(), edxml::moment(folder.now()))],
        attachments,
        from,
    });
    let Some(pen) = pen else { return Ok(document.into_bytes()) };
    let signed = pen.sign_xml(folder, &mut *tx, caller, id, (&document, at)).await?;
    tx.commit().await?;
    Ok(signed)
}

/// Those of the recipients that other systems know.
fn receivers(said: &Particulars) -> Vec<Organ> {
    let known = said.recipients.iter().filter_map(|recipient| {
        let (code, name) = (recipient.code.clone()?, recipient.name.clone());
        Some(Organ { code, name, email: recipient.email.clone(), ..Organ::default() })
    });
    known.collect()
}

/// `KT. CHỦ TỊCH Nguyễn Thị Mẫu`, told apart.
fn signer(said: &Particulars, words: Option<&str>) -> Signer {
    let whole = said.signer.as_deref().unwrap_or_default();
    let name = words.and_then(|words| whole.strip_prefix(words)).unwrap_or(whole).trim();
    let (competence, position) = words.and_then(|words| words.split_once(' ')).unzip();
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Signer { competence: competence.and_then(text), position: position.and_then(text), name: text(name) }
}

/// Takes a message in: a package becomes a document in, with the verdict over its signatures; a status is kept with the document out that it is
/// about, and a wish to have a document back with that document in.
pub async fn take(desk: &Desk<'_>, bytes: Vec<u8>) -> Result<Taken> {
    desk.caller.may(Act::Receive.permission())?;
    let wrong = |why: edxml::ReadError| Error::new(Kind::BadInput, "edxml.unreadable", "the edXML message", why);
    match edxml::read(&bytes, Limits::in_force()).map_err(wrong)? {
        Message::Status(status) => hear(desk, &status).await,
        Message::Package(package) if package.business == Business::Recall => {
            let response_for = package.response_for.clone().unwrap_or_else(|| Reference {
                organ: package.from.code.clone(),
                code: symbol(&package),
                date: package.date,
                document: package.document.clone(),
            });
            let description = package.reason.clone();
            let (from, code) = (package.from.clone(), StatusCode::RecallAsked);
            hear(desk, &Status { response_for, from, code, description, time: None, staff: None }).await
        }
        Message::Package(package) => arrive(desk, *package, bytes).await,
    }
}

fn symbol(package: &Package) -> String {
    let Package { number, notation, .. } = package;
    if notation.is_empty() { number.clone() } else { format!("{number}/{notation}") }
}

/// The kind that a package says its document is of, or that its symbol begins with.
fn kind_of(package: &Package) -> &'static str {
    let named = |name: &str| KINDS.iter().find(|kind| kind.name.to_lowercase() == name.to_lowercase());
    let coded = package.notation.split('-').next().unwrap_or_default();
    let kind = package.kind.as_deref().and_then(named).or_else(|| KINDS.iter().find(|kind| kind.code == coded));
    kind.map_or(LETTER, |kind| kind.code)
}

async fn arrive(desk: &Desk<'_>, package: Package, bytes: Vec<u8>) -> Result<Taken> {
    let symbol = symbol(&package);
    let origin = Origin {
        organ: package.from.code.clone(),
        name: package.from.name.clone(),
        document: package.document.clone(),
        code: symbol.clone(),
        date: package.date.map(|day| day.to_string()),
    };
    let new = NewArrival {
        author: if package.from.name.is_empty() { package.from.code.clone() } else { package.from.name.clone() },
        author_email: package.from.email.clone().filter(|address| crate::net::smtp::is_address(address)),
        kind: kind_of(&package).to_owned(),
        symbol: Some(symbol),
        date: package.date.map(|day| day.to_string()),
        subject: package.subject.clone(),
        urgent: package.priority > 0,
        note: None,
    };
    let mut files: Vec<HandedIn> = package
        .attachments
        .into_iter()
        .map(|attachment| HandedIn { name: Some(attachment.name), bytes: attachment.bytes })
        .collect();
    let main = files
        .iter()
        .position(HandedIn::is_pdf)
        .ok_or_else(|| Error::new(Kind::BadInput, "edxml.no_document", "the edXML package", "there is no PDF in it"))?;
    // the document itself comes first
    if let Some(before) = files.get_mut(..=main) {
        before.rotate_right(1);
    }
    let package = HandedIn { name: Some("goi-tin.edxml".to_owned()), bytes };
    Ok(Taken::Arrived(Box::new(incoming::receive_all(desk, &new, files, Some((origin, package))).await?)))
}

/// The document out that a status is about, or the document in that its sender wants back.
async fn about(tx: &mut dyn Transaction, desk: &Desk<'_>, status: &Status) -> Result<(Book, DispatchRow)> {
    let Reference { organ, code, document, date } = &status.response_for;
    let mut found = None;
    let book = if status.code == StatusCode::RecallAsked { Book::In } else { Book::Out };
    for unit in units::line(tx, &desk.caller.unit).await? {
        let own = tx.unit(&unit).await?.and_then(|unit| unit.code);
        let filter = DispatchFilter {
            unit,
            book: book.as_str().to_owned(),
            text: Some(unaccented(code)),
            from: *date,
            to: *date,
            ..DispatchFilter::default()
        };
        // what has the same number and symbol, of one day, is not more than a few
        for row in tx.dispatches(&filter, 100).await? {
            let said = case::particulars(&row)?;
            let is_this = match book {
                // nobody but its sender asks for it back
                Book::In => said.origin.is_some_and(|origin| {
                    origin.organ == *organ && origin.document == *document && status.from.code == *organ
                }),
                Book::Out => {
                    own.as_deref().is_some_and(|own| own == organ && reference(own, &row).document == *document)
                }
            };
            // what came in twice is the one that was registered
            let is_better = matches!(case::state(&row)?, State::Accepted | State::Assigned) || found.is_none();
            if is_this && is_better {
                found = Some((book, row));
            }
        }
    }
    let why = "there is no such document here that it could be about";
    found.ok_or_else(|| {
        Error::new(Kind::NotFound, "registry.not_found", format!("document {document:?} of {organ:?}"), why)
    })
}

async fn hear(desk: &Desk<'_>, status: &Status) -> Result<Taken> {
    let (book, row) = about(&mut *desk.folder.store.read().await?, desk, status).await?;
    let mut tx = desk.folder.write().await?;
    let mut case = Case::open(&mut *tx, desk, book, &row.id, Act::Hear, false).await?;
    if case.particulars.heard.len() >= MOST_HEARD {
        let why = format!("{MOST_HEARD} messages about it were taken in already");
        return Err(Error::new(Kind::Conflict, "edxml.too_many", format!("document {}", row.id), why));
    }
    let time = status.time.unwrap_or(case.now).to_offset(VIETNAM).replace_nanosecond(0);
    let heard = Heard {
        organ: status.from.code.clone(),
        name: status.from.name.clone(),
        status: status.code.as_str().to_owned(),
        time: time.ok().and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_default(),
        note: status.description.clone(),
    };
    if !case.particulars.heard.contains(&heard) {
        case.facts.comment = Some(format!("{} {}", status.code.as_str(), status.from.code));
        case.particulars.heard.push(heard);
        return Ok(Taken::Heard(Box::new(case.finish(tx).await?)));
    }
    // the same message again changes nothing
    Ok(Taken::Heard(Box::new(row)))
}

/// Whether a document stands so that this can be said of it.
fn is_so(book: Book, state: State, said: &Particulars, code: StatusCode) -> bool {
    let is_asked = said.heard.iter().any(|heard| heard.status == StatusCode::RecallAsked.as_str());
    match code {
        StatusCode::RecallAsked => {
            book == Book::Out && matches!(state, State::Issued | State::Replaced | State::Withdrawn)
        }
        _ if book == Book::Out => false,
        StatusCode::Arrived => true,
        StatusCode::Refused => state == State::Refused,
        StatusCode::Received => matches!(state, State::Accepted | State::Assigned),
        StatusCode::Assigned | StatusCode::InProgress | StatusCode::Done => state == State::Assigned,
        StatusCode::RecallAgreed | StatusCode::RecallRefused => is_asked,
    }
}

/// The message that tells how a document stands: one in to its sender, one out that is asked for back to its receivers.
pub async fn report(desk: &Desk<'_>, book: Book, id: &str, code: StatusCode, note: Option<&str>) -> Result<Vec<u8>> {
    let note = remark_if("note", note)?;
    let mut tx = desk.folder.write().await?;
    let mut case = Case::open(&mut *tx, desk, book, id, Act::Report, false).await?;
    if !is_so(book, case::state(&case.row)?, &case.particulars, code) {
        let why = format!("it is {}, of which the status {} is not told", case.row.state, code.as_str());
        return Err(Error::new(Kind::Conflict, "registry.state", format!("document {id}"), why));
    }
    let unit = units::standing(&mut *tx, &case.row.unit).await?;
    let response_for = match (book, &case.particulars.origin) {
        (Book::Out, _) => reference(code_of(&unit)?, &case.row),
        (Book::In, Some(origin)) => Reference {
            organ: origin.organ.clone(),
            code: origin.code.clone(),
            date: case.row.date,
            document: origin.document.clone(),
        },
        (Book::In, None) => {
            let why = "it did not come as an edXML package, so that its sender could be told so";
            return Err(Error::new(Kind::Conflict, "edxml.origin", format!("document {id}"), why));
        }
    };
    let message = edxml::status(&Status {
        response_for,
        from: organ(&unit, &unit.name)?,
        code,
        description: Some(note.clone().unwrap_or_else(|| code.vietnamese().to_owned())),
        time: Some(case.now),
        staff: Some(desk.caller.name.clone()),
    });
    case.facts.comment =
        Some([Some(code.as_str()), note.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" "));
    case.finish(tx).await?;
    Ok(message.into_bytes())
}
