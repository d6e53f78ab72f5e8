//! Acts that sign, on one document or on many by one act: initialled, signed, sealed. The key is opened once; what it signs is laid out and
//! signed on all processors before the transaction; within it, the signatures of many documents are entered into the log and kept together.
//! A document that is refused keeps no other from being signed.

use super::case::{self, Case};
use super::images::{self, ImageKind};
use super::ink::{Ink, Look, Place};
use super::kinds::Words;
use super::machine::{Act, Book};
use super::outgoing::SignatureRequest;
use super::pen::{self, Drawn, Mark, Pen};
use super::{Desk, LONGEST_NAME, delegations, named, optional};
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::messages::{Text, VIETNAM, both};
use crate::parallel;
use crate::pdf::source::Source;
use crate::store::Transaction;
use crate::store::registry::{DelegationRow, DispatchRow};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashSet;
use std::sync::Arc;

/// Documents that are signed by one act at most.
pub const MOST: usize = 500;
/// Documents and bytes of one transaction: whoever else writes waits for it.
const TOGETHER: usize = 100;
const BYTES_TOGETHER: u64 = 64 << 20;
/// How often a document is signed with a number that another one may be given meanwhile.
const TRIES: usize = 3;

/// A document that is to be signed.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    /// Its identifier.
    pub id: &'a str,
    /// SHA-256 of the file that the signer has seen, hexadecimal: another one is not signed.
    pub seen: Option<&'a str>,
}

/// What became of a document: as it is now, and what whoever signs should know.
pub type Answer = Result<(DispatchRow, Vec<String>)>;

/// Does an act that signs with one document.
pub async fn one(desk: &Desk<'_>, act: Act, id: &str, asked: &SignatureRequest) -> Answer {
    let chosen = Chosen { id, seen: asked.seen.as_deref() };
    many(desk, act, &[chosen], asked).await?.pop().ok_or_else(lost)?
}

/// Does an act that signs (`initial`, `sign`, `seal`) with many documents, the same of each, and answers each in their order.
pub async fn many(desk: &Desk<'_>, act: Act, chosen: &[Chosen<'_>], asked: &SignatureRequest) -> Result<Vec<Answer>> {
    let hand = Hand::of(desk, act, asked).await?;
    check(act, chosen)?;
    let (mut answers, mut rest, mut pen) = (Vec::with_capacity(chosen.len()), chosen, None);
    while !rest.is_empty() {
        let opened = match hand.open(rest).await {
            Ok(opened) => opened,
            // what was signed before is told all the same
            Err(error) => {
                answers.extend(rest.iter().map(|_| Err(error.clone())));
                break;
            }
        };
        let (now, later) = rest.split_at(opened.len());
        rest = later;
        if pen.is_none() && opened.iter().any(Result::is_ok) {
            pen = hand.pen().await?;
        }
        match hand.sign(pen.as_ref(), opened).await {
            Ok(all) => answers.extend(all),
            // nothing was signed: for which of them the key may not sign any more shows when each is alone
            Err(error) if now.len() > 1 && error.kind == Kind::NotAllowed => {
                for one in now {
                    let alone = match hand.open(std::slice::from_ref(one)).await {
                        Ok(opened) => hand.sign(pen.as_ref(), opened).await,
                        Err(error) => Err(error),
                    };
                    answers.push(alone.and_then(|mut all| all.pop().ok_or_else(lost)?));
                }
            }
            Err(error) => answers.extend(now.iter().map(|_| Err(error.clone()))),
        }
    }
    Ok(answers)
}

/// What an act would do with a document.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The document as it stands.
    pub row: DispatchRow,
    /// Where the signature would be seen; none if it would be nowhere.
    pub place: Option<Place>,
    /// What whoever signs should know.
    pub warnings: Vec<String>,
}

/// What an act would do with each of these documents, without doing it, or why it would be refused. The key is not opened for that.
pub async fn preview(
    desk: &Desk<'_>,
    act: Act,
    chosen: &[Chosen<'_>],
    asked: &SignatureRequest,
) -> Result<Vec<Result<Preview>>> {
    let hand = Hand::of(desk, act, asked).await?;
    check(act, chosen)?;
    let signer = pen::signer(desk.folder, desk.caller).await?;
    let mut found = Vec::with_capacity(chosen.len());
    while found.len() < chosen.len() {
        let opened = hand.open(chosen.get(found.len()..).unwrap_or_default()).await?;
        let look = async |case: &Result<Case<'_>>| match case {
            Ok(case) => Ok(hand.preview(case, signer.as_deref()).await),
            Err(error) => Ok(Err(error.clone())),
        };
        found.extend(parallel::on_all_processors(&opened, look, lost).await?);
    }
    Ok(found)
}

/// Number, day and month, as the system gives them.
pub async fn number(desk: &Desk<'_>, id: &str, asked: &SignatureRequest) -> Answer {
    let hand = Hand::of(desk, Act::Number, asked).await?;
    case::may(desk, Book::Out, id, Act::Number).await?;
    let pen = hand.pen().await?;
    let chosen = Chosen { id, seen: asked.seen.as_deref() };
    let load = async |tx: &mut dyn Transaction| hand.load(tx, chosen).await;
    let draw = async |case: &Case<'_>| hand.draw(pen.as_ref(), case).await;
    let (case, drawn, tx) = numbered(desk.folder, load, draw).await?;
    let case = hand.settled(case, pen.as_ref(), drawn)?;
    case::finish(tx, vec![case]).await?.pop().ok_or_else(lost)
}

/// A document with its number, signatures that show it, and the transaction in which it has taken that number. It is laid out and signed
/// before that transaction, with the number that would be next, so that nobody who writes waits for it; if another document was given that
/// number meanwhile, it is done again. After some tries that came to nothing it is done within the transaction, where nobody is faster.
pub(super) async fn numbered<'a, 'p>(
    folder: &DataFolder,
    load: impl AsyncFn(&mut dyn Transaction) -> Result<Case<'a>>,
    draw: impl AsyncFn(&Case<'a>) -> Result<Drawn<'p>>,
) -> Result<(Case<'a>, Drawn<'p>, Box<dyn Transaction>)> {
    for _ in 0..TRIES {
        let mut tx = folder.store.read().await?;
        let mut case = load(&mut *tx).await?;
        case.expect_number(&mut *tx).await?;
        drop(tx);
        let drawn = draw(&case).await?;
        let mut tx = folder.write().await?;
        case.still(&mut *tx).await?;
        if case.take_expected(&mut *tx).await? {
            return Ok((case, drawn, tx));
        }
    }
    let mut tx = folder.write().await?;
    let mut case = load(&mut *tx).await?;
    case.number(&mut *tx).await?;
    let drawn = draw(&case).await?;
    Ok((case, drawn, tx))
}

/// Refuses what is not to be done with so many documents.
fn check(act: Act, chosen: &[Chosen<'_>]) -> Result<()> {
    let wrong = |why: Text| {
        Error::new(Kind::Usage, "registry.together", both!("các văn bản", "official documents").to_string(), why)
    };
    if act == Act::Number {
        return Err(wrong(both!("số được cấp lần lượt từng văn bản", "numbers are given one after the other")));
    }
    if chosen.is_empty() || chosen.len() > MOST {
        return Err(wrong(both!(
            "một lần ký được 1 đến {most} văn bản, không phải {count}",
            "1 to {most} documents are signed by one act, not {count}",
            most = MOST,
            count = chosen.len()
        )));
    }
    let mut seen = HashSet::new();
    match chosen.iter().find(|one| !seen.insert(one.id)) {
        Some(twice) => Err(wrong(both!("{id} được nêu hai lần", "{id} is named twice", id = twice.id))),
        None => Ok(()),
    }
}

fn lost() -> Error {
    Error::new(Kind::Bug, "registry.lost", "official documents", "a document was lost")
}

/// An act that signs, as it is asked for.
pub(super) struct Hand<'a> {
    desk: &'a Desk<'a>,
    act: Act,
    asked: &'a SignatureRequest,
    /// Of the leader's signature: by which delegation, with which words and title.
    delegation: Option<DelegationRow>,
    capacity: Option<(Words, String)>,
    /// The image that is kept of whoever signs, where none was handed in.
    image: Option<String>,
}

impl<'a> Hand<'a> {
    pub(super) async fn of(desk: &'a Desk<'a>, act: Act, asked: &'a SignatureRequest) -> Result<Self> {
        desk.caller.may(act.permission())?;
        let image = match &asked.image {
            Some(image) => {
                // what is no base64 is told where it is used
                if let (Some(kind), Ok(png)) = (ImageKind::of(act), STANDARD.decode(image)) {
                    images::check(kind, &png)?;
                }
                None
            }
            None => images::of(desk.folder, desk.caller, act).await?.map(|png| STANDARD.encode(png)),
        };
        let hand = Self { desk, act, asked, delegation: None, capacity: None, image };
        match act {
            Act::Sign => hand.for_leader().await,
            Act::Initial | Act::Number | Act::Seal => asked.without_words().map(|()| hand),
            _ => {
                let why = both!("việc này ({act}) không ký gì cả", "the act {act} signs nothing", act = act);
                Err(Error::new(
                    Kind::Usage,
                    "registry.together",
                    both!("văn bản", "official document").to_string(),
                    why,
                ))
            }
        }
    }

    /// In the own capacity, or by a delegation in force.
    async fn for_leader(self) -> Result<Self> {
        let asked = self.asked;
        let delegation = delegations::in_force(self.desk.folder, self.desk.caller, asked.words).await?;
        let title = match (asked.words, &delegation, &asked.title) {
            (Some(words), None, _) if words.needs_delegation() => return Err(delegations::missing(words)),
            (None, _, Some(_)) | (_, Some(_), Some(_)) => {
                let why = both!(
                    "chỉ nêu chức vụ khi ký TM.; trường hợp khác chức vụ có trong ủy quyền",
                    "a title is given with the words TM only; otherwise the delegation has it"
                );
                return Err(Error::new(
                    Kind::Usage,
                    "registry.words",
                    both!("chữ ký", "the signature").to_string(),
                    why,
                ));
            }
            (_, Some(delegation), None) => Some(delegation.title.clone()),
            (_, None, title) => optional("title", title.as_deref(), LONGEST_NAME)?,
        };
        Ok(Self { delegation, capacity: asked.words.zip(title), ..self })
    }

    /// The key; who initials may have none.
    async fn pen(&self) -> Result<Option<Pen>> {
        let Desk { folder, caller, services, .. } = self.desk;
        if self.act == Act::Initial && caller.signing_key.is_none() {
            return Ok(None);
        }
        Pen::of(folder, caller, services, self.asked.pin()).await.map(Some)
    }

    /// As many of the documents as one transaction takes, or why they are refused.
    async fn open(&self, chosen: &[Chosen<'_>]) -> Result<Vec<Result<Case<'a>>>> {
        let (mut opened, mut bytes) = (Vec::new(), 0_u64);
        let mut tx = self.desk.folder.store.read().await?;
        for one in chosen.iter().take(TOGETHER) {
            let case = self.load(&mut *tx, *one).await;
            bytes = bytes.saturating_add(case.as_ref().map_or(0, Case::size));
            if bytes > BYTES_TOGETHER && !opened.is_empty() {
                break;
            }
            opened.push(case);
        }
        Ok(opened)
    }

    /// A document, if this may be done with it.
    pub(super) async fn load(&self, tx: &mut dyn Transaction, chosen: Chosen<'_>) -> Result<Case<'a>> {
        let is_delegate = self.delegation.is_some();
        let case = Case::open(tx, self.desk, Book::Out, chosen.id, self.act, is_delegate).await?;
        case.seen(chosen.seen)?;
        if self.act == Act::Sign {
            two_people(&case)?;
        }
        Ok(case)
    }

    /// Signs what may be signed, in one transaction; an error is that of all of them, none of which was signed then.
    async fn sign<'p>(&self, pen: Option<&'p Pen>, opened: Vec<Result<Case<'p>>>) -> Result<Vec<Answer>> {
        let draw = async |case: &Result<Case<'p>>| match case {
            Ok(case) => Ok(self.draw(pen, case).await),
            Err(error) => Ok(Err(error.clone())),
        };
        let drawn = parallel::on_all_processors(&opened, draw, lost).await?;
        let mut answers: Vec<Result<Case<'p>>> = Vec::with_capacity(opened.len());
        for (case, drawn) in opened.into_iter().zip(drawn) {
            answers.push(match (case, drawn) {
                (Ok(case), Ok(drawn)) => self.settled(case, pen, drawn),
                (Err(error), _) | (_, Err(error)) => Err(error),
            });
        }
        if answers.iter().all(Result::is_err) {
            return Ok(answers.into_iter().map(|answer| Err(answer.err().unwrap_or_else(lost))).collect());
        }
        let mut tx = self.desk.folder.write().await?;
        let (mut cases, mut refused) = (Vec::new(), Vec::with_capacity(answers.len()));
        for answer in answers {
            let still = match &answer {
                Ok(case) => case.still(&mut *tx).await,
                Err(error) => Err(error.clone()),
            };
            refused.push(still.clone().err());
            cases.extend(answer.ok().filter(|_| still.is_ok()));
        }
        let mut done = case::finish(tx, cases).await?.into_iter();
        Ok(refused.into_iter().map(|refused| refused.map_or_else(|| done.next().ok_or_else(lost), Err)).collect())
    }

    /// What it would do with a document, whoever signs by this name; who has no key signs nothing.
    async fn preview(&self, case: &Case<'_>, signer: Option<&str>) -> Result<Preview> {
        let mut preview = Preview { row: case.row.clone(), place: None, warnings: Vec::new() };
        let Some(signer) = signer else { return Ok(preview) };
        let source: Arc<dyn Source> = Arc::new(case.bytes(0).await?);
        let mark = self.mark(case)?;
        let (seen, warnings) = mark.ink.seen(mark.look, &source, signer, case.now.to_offset(VIETNAM))?;
        (preview.place, preview.warnings) = (seen.map(|seen| Place::of(seen.page, seen.rect)), warnings);
        Ok(preview)
    }

    /// What is signed of the document itself. A number is what it has by then.
    fn mark<'c>(&'c self, case: &'c Case<'_>) -> Result<Mark<'c>> {
        let ink = match self.act {
            Act::Initial => Ink::Initials,
            Act::Sign => {
                let capacity = self.capacity.as_ref().map(|(words, title)| (*words, title.as_str()));
                Ink::Leader { capacity }
            }
            Act::Number => {
                let number = case.row.number.as_ref().map(|number| number.number).ok_or_else(lost)?;
                let symbol = case.row.symbol.as_deref().unwrap_or_default();
                Ink::Number { number, symbol, date: case.row.date.ok_or_else(lost)? }
            }
            _ => Ink::Seal,
        };
        let look = Look { image: self.image.as_deref().or(self.asked.image.as_deref()), places: &self.asked.places };
        Ok(Mark { file: 0, ink, look })
    }

    /// What is signed with this key: the document, and with a seal what comes with it.
    pub(super) fn marks<'c>(&'c self, case: &'c Case<'_>, pen: &Pen) -> Result<Vec<Mark<'c>>> {
        if matches!(self.act, Act::Number | Act::Seal) {
            apart(case, pen)?;
        }
        let mut marks = vec![self.mark(case)?];
        if self.act == Act::Seal {
            let ink = Ink::Attachment { symbol: case.row.symbol.as_deref().unwrap_or_default() };
            marks.extend((1..case.file_count()).map(|file| Mark { file, ink, look: Look::default() }));
        }
        Ok(marks)
    }

    /// The signatures on a document.
    async fn draw<'p>(&self, pen: Option<&'p Pen>, case: &Case<'_>) -> Result<Drawn<'p>> {
        match pen {
            None => Ok(Drawn::default()),
            Some(pen) => case.draw(pen, &self.marks(case, pen)?).await,
        }
    }

    /// A document with its signatures, and what the act says of it.
    pub(super) fn settled<'p>(&self, case: Case<'p>, pen: Option<&'p Pen>, drawn: Drawn<'p>) -> Result<Case<'p>> {
        let mut case = case;
        let Some(pen) = pen else { return Ok(case) };
        case.warnings.extend(pen.warnings.iter().cloned());
        case.take(pen.certificate(), drawn);
        if self.act == Act::Sign {
            let words = self.capacity.as_ref().map(|(words, title)| format!("{words} {title}"));
            let name = pen.name()?;
            case.particulars.signer =
                Some(words.as_ref().map_or_else(|| name.clone(), |words| format!("{words} {name}")));
            case.facts.words = words;
            case.facts.delegation = self.delegation.as_ref().map(|delegation| delegation.id);
        }
        Ok(case)
    }
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
    let why = both!(
        "người ký đã một mình soạn (hoặc đính kèm) và ký nháy; phải có người thứ hai chịu trách nhiệm",
        "who signs it has drafted, or attached, and initialled it alone; a second person has to stand by it"
    );
    Err(Error::new(Kind::NotAllowed, "registry.two_people", named(&case.row.id), why))
}

/// The key that signed for the leader is not that of the unit.
fn apart(case: &Case<'_>, pen: &Pen) -> Result<()> {
    let signed = case.history.iter().rev().find(|done| done.facts.act == Act::Sign);
    if signed.and_then(|done| done.facts.certificate.as_deref()) != Some(pen.certificate().as_str()) {
        return Ok(());
    }
    let why = both!(
        "khóa này đã ký cho lãnh đạo; cơ quan ký bằng khóa của cơ quan",
        "the key of the token is the one that has signed for the leader; the unit signs with its own"
    );
    Err(Error::new(Kind::NotAllowed, "registry.duty", named(&case.row.id), why))
}
