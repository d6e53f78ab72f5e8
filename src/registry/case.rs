//! One document in hand for one act: what it was, what is done to it, what it becomes, and all of that kept and logged in one transaction.

use super::facts::{Done, Facts, FileFact, Particulars, bug, digest_of, sought};
use super::ink::{Ink, Look};
use super::kinds::symbol;
use super::machine::{Act, Book, State, step};
use super::pen::Pen;
use super::{LARGEST, damaged, is_pdf, not_found};
use crate::audit::entry::{Action, Entry};
use crate::data_folder::{DataFolder, VIETNAM};
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::pdf::document::Document;
use crate::people::permissions::Caller;
use crate::people::units;
use crate::store::registry::{ActRow, DispatchRow, FileRow};
use crate::store::{Sha256, Transaction};
use std::io::Read;
use std::sync::Arc;
use time::{Date, OffsetDateTime};

/// A document in a book of the caller's unit, or of one whose place it has; another's is as if it were not there.
pub async fn find(tx: &mut dyn Transaction, caller: &Caller, book: Book, id: &str) -> Result<DispatchRow> {
    match of_unit(tx, &caller.unit, id).await? {
        row if row.book == book.as_str() => Ok(row),
        _ => Err(not_found(id)),
    }
}

/// A document in whatever book of a unit, or of one whose place it has.
pub async fn of_unit(tx: &mut dyn Transaction, unit: &str, id: &str) -> Result<DispatchRow> {
    let row = tx.dispatch(id).await?.ok_or_else(|| not_found(id))?;
    if units::answers_for(tx, unit, &row.unit).await? { Ok(row) } else { Err(not_found(id)) }
}

/// Refuses to go on with a document of a unit that is none any more: the one that has its place can end it, withdraw and replace what was issued,
/// and see to what was registered as come in.
fn goes_on(row: &DispatchRow, caller: &Caller, act: Act) -> Result<()> {
    if row.unit == caller.unit
        || matches!(
            act,
            Act::Cancel | Act::Withdraw | Act::Replace | Act::Assign | Act::Refuse | Act::Report | Act::Hear
        )
    {
        return Ok(());
    }
    let why = format!("it is of the unit {}, which is none any more; give it up, and draft it anew", row.unit);
    Err(Error::new(Kind::Conflict, "registry.unit_closed", format!("document {}", row.id), why))
}

/// The history of a document.
pub async fn history(tx: &mut dyn Transaction, id: &str) -> Result<Vec<Done>> {
    let rows = tx.dispatch_events(id).await?;
    rows.into_iter()
        .map(|row| Ok(Done { facts: serde_json::from_str(&row.facts).map_err(|error| damaged(id, error))?, row }))
        .collect()
}

/// What the register says of a document besides its columns.
pub fn particulars(row: &DispatchRow) -> Result<Particulars> {
    serde_json::from_str(&row.particulars).map_err(|error| damaged(&row.id, error))
}

/// The state of a document.
pub fn state(row: &DispatchRow) -> Result<State> {
    State::named(&row.state).ok_or_else(|| damaged(&row.id, "it is in no state that is known"))
}

/// A stored file of a document, which is still what its digest says.
pub async fn bytes(folder: &DataFolder, id: &str, file: &FileRow) -> Result<Vec<u8>> {
    let stored = folder.blobs.open(&file.sha256).await?.ok_or_else(|| damaged(id, "one of its files is missing"))?;
    let mut bytes = Vec::new();
    stored.take(LARGEST.saturating_mul(2)).read_to_end(&mut bytes).map_err(|error| damaged(id, error))?;
    if sha256(&bytes) == file.sha256 {
        Ok(bytes)
    } else {
        Err(damaged(id, "one of its files was changed in the store"))
    }
}

/// Pages of a PDF.
fn page_count(bytes: &[u8]) -> Result<u32> {
    let doc = Document::open_or_recover(Arc::new(bytes.to_vec()), None, *Limits::in_force())?;
    Ok(u32::try_from(doc.page_count()?).unwrap_or(u32::MAX))
}

/// Files that come with a document.
const MOST_FILES: u32 = 50;

/// A document, loaded and held for one act.
pub struct Case<'a> {
    /// Where it is kept.
    pub folder: &'a DataFolder,
    /// Who acts.
    pub caller: &'a Caller,
    /// All changes of the act.
    pub tx: Box<dyn Transaction>,
    /// The document, as it becomes.
    pub row: DispatchRow,
    /// What else the register says of it, as it becomes.
    pub particulars: Particulars,
    /// All versions of its files.
    pub files: Vec<FileRow>,
    /// What was done before.
    pub history: Vec<Done>,
    /// What is done now.
    pub facts: Facts,
    /// When.
    pub now: OffsetDateTime,
    /// What whoever acts should know.
    pub warnings: Vec<String>,
    is_new: bool,
    waiting: Vec<Sha256>,
    signatures: Vec<(u32, u64)>,
}

impl<'a> Case<'a> {
    /// A new document.
    pub async fn begin(folder: &'a DataFolder, caller: &'a Caller, book: Book, act: Act) -> Result<Self> {
        let (to, hat) = step(None, act, caller, false, "a new document")?;
        let now = folder.now();
        let row = DispatchRow {
            id: hex::encode(folder.random::<16>()?),
            unit: caller.unit.clone(),
            book: book.as_str().to_owned(),
            state: to.as_str().to_owned(),
            kind: String::new(),
            number: None,
            symbol: None,
            date: None,
            subject: String::new(),
            urgent: false,
            particulars: String::new(),
            sought: String::new(),
            relation: None,
            created: now,
        };
        Ok(Self {
            folder,
            caller,
            tx: folder.write().await?,
            row,
            particulars: Particulars::default(),
            files: Vec::new(),
            history: Vec::new(),
            facts: Facts::new(act, None, to, hat),
            now,
            warnings: Vec::new(),
            is_new: true,
            waiting: Vec::new(),
            signatures: Vec::new(),
        })
    }

    /// A document of the caller's unit; another's is as if it were not there.
    pub async fn open(
        folder: &'a DataFolder,
        caller: &'a Caller,
        book: Book,
        id: &str,
        act: Act,
        is_delegate: bool,
    ) -> Result<Self> {
        caller.may(act.permission())?;
        let mut tx = folder.write().await?;
        let row = find(&mut *tx, caller, book, id).await?;
        goes_on(&row, caller, act)?;
        let from = state(&row)?;
        let (to, hat) = step(Some(from), act, caller, is_delegate, &format!("document {id}"))?;
        Ok(Self {
            folder,
            caller,
            particulars: particulars(&row)?,
            files: tx.dispatch_files(id).await?,
            history: history(&mut *tx, id).await?,
            row,
            facts: Facts::new(act, Some(from), to, hat),
            now: folder.now(),
            warnings: Vec::new(),
            is_new: false,
            waiting: Vec::new(),
            signatures: Vec::new(),
            tx,
        })
    }

    /// Refuses what [`open`](Self::open) would, before anything is asked of keys and of others.
    pub async fn may(
        folder: &DataFolder,
        caller: &Caller,
        book: Book,
        id: &str,
        act: Act,
        is_delegate: bool,
    ) -> Result<()> {
        caller.may(act.permission())?;
        let row = find(&mut *folder.store.read().await?, caller, book, id).await?;
        goes_on(&row, caller, act)?;
        step(Some(state(&row)?), act, caller, is_delegate, &format!("document {id}")).map(|_| ())
    }

    /// Today in Vietnam.
    pub fn today(&self) -> Date {
        self.now.to_offset(VIETNAM).date()
    }

    /// The newest version of a file.
    pub fn newest(&self, file: u32) -> Option<&FileRow> {
        self.files.iter().rfind(|row| row.file == file)
    }

    /// How many files it has.
    pub fn file_count(&self) -> u32 {
        self.files.last().map_or(0, |row| row.file.saturating_add(1))
    }

    /// Refuses one file more than may come with a document.
    pub fn has_room_for(&self, file: u32) -> Result<()> {
        if file <= MOST_FILES {
            return Ok(());
        }
        let why = format!("at most {MOST_FILES} files come with a document");
        Err(Error::new(Kind::Usage, "registry.files", format!("document {}", self.row.id), why))
    }

    /// The newest bytes of a file.
    pub async fn bytes(&self, file: u32) -> Result<Vec<u8>> {
        let row = self.newest(file).ok_or_else(|| not_found(&self.row.id))?;
        bytes(self.folder, &self.row.id, row).await
    }

    /// Refuses where the caller has looked at another version of the document: its SHA-256, hexadecimal.
    pub fn seen(&self, seen: Option<&str>) -> Result<()> {
        let newest = self.newest(0).map(|row| hex::encode(row.sha256));
        if seen.is_none_or(|seen| newest.as_deref() == Some(seen)) {
            return Ok(());
        }
        let why = "it is not any more what was looked at";
        Err(Error::new(Kind::Conflict, "registry.version", format!("document {}", self.row.id), why)
            .hint("look at it again"))
    }

    /// Adds a version of a file.
    pub async fn put(&mut self, file: u32, name: &str, bytes: &[u8], log_index: Option<u64>) -> Result<()> {
        let digest = sha256(bytes);
        let row = FileRow {
            file,
            version: self.newest(file).map_or(0, |row| row.version.saturating_add(1)),
            name: name.to_owned(),
            sha256: digest,
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            // what comes with a document in need not be a PDF
            pages: if is_pdf(bytes) { page_count(bytes)? } else { 0 },
            log_index,
            created: self.now,
        };
        self.folder.blobs.wait(&[(&digest, bytes)]).await?;
        self.waiting.push(digest);
        let at = self.files.iter().rposition(|known| known.file <= file).map_or(0, |at| at.saturating_add(1));
        self.files.insert(at, row);
        Ok(())
    }

    /// Signs a file.
    pub async fn sign(&mut self, pen: &Pen, file: u32, ink: Ink<'_>, look: Look<'_>) -> Result<()> {
        let bytes = self.bytes(file).await?;
        let name = self.newest(file).map(|row| row.name.clone()).unwrap_or_default();
        let signed = pen.sign(self.folder, &mut *self.tx, self.caller, &self.row.id, bytes, (ink, look)).await?;
        let (bytes, signed, warnings) = signed;
        self.warnings.extend(warnings);
        self.facts.certificate = Some(pen.certificate());
        self.signatures.push((file, signed.logged.index));
        self.put(file, &name, &bytes, Some(signed.logged.index)).await
    }

    /// Keeps a new document, if that was not done yet: from then on it can have a number.
    async fn enter(&mut self) -> Result<()> {
        if std::mem::take(&mut self.is_new) {
            self.describe()?;
            self.tx.put_dispatch(&self.row).await?;
        }
        Ok(())
    }

    /// Keeps the versions that came in this act: before the state does, for what was issued takes none.
    pub async fn keep_files(&mut self) -> Result<()> {
        let known = self.tx.dispatch_files(&self.row.id).await?;
        for row in self.files.iter().filter(|row| !known.contains(row)) {
            self.tx.put_dispatch_file(&self.row.id, row).await?;
        }
        Ok(())
    }

    /// Gives the document the next number of its series and of this year, and its date; gives number and symbol.
    pub async fn number(&mut self) -> Result<(u32, String)> {
        self.enter().await?;
        let (today, issuer) = (self.today(), self.particulars.issuer.clone().unwrap_or_default());
        let number = self.tx.take_number(&self.row, today.year(), &self.row.kind).await?;
        let symbol = symbol(number.number, &self.row.kind, &issuer, self.particulars.department.as_deref());
        self.row.date = Some(today);
        self.row.symbol = Some(symbol.clone());
        Ok((self.row.number.insert(number).number, symbol))
    }

    /// Keeps what became of the document, and logs it.
    pub async fn finish(mut self) -> Result<DispatchRow> {
        self.enter().await?;
        self.keep_files().await?;
        self.row.state = self.facts.to.as_str().to_owned();
        self.describe()?;
        self.facts.files = (0..self.file_count())
            .filter_map(|file| self.newest(file))
            .map(|row| FileFact {
                file: row.file,
                version: row.version,
                sha256: hex::encode(row.sha256),
                signature: self.signatures.iter().find(|(file, _)| *file == row.file).map(|(_, index)| *index),
            })
            .collect();
        let seq = u32::try_from(self.history.len()).unwrap_or(u32::MAX);
        record(self.folder, &mut *self.tx, self.caller, &self.row, seq, self.facts, self.now).await?;
        self.folder.commit(self.tx, &self.waiting).await?;
        Ok(self.row)
    }

    fn describe(&mut self) -> Result<()> {
        self.row.particulars = serde_json::to_string(&self.particulars).map_err(|error| bug(&self.row.id, error))?;
        let others = self.particulars.recipients.iter().map(|recipient| recipient.name.as_str());
        let texts = [Some(self.row.subject.as_str()), self.row.symbol.as_deref(), self.particulars.author.as_deref()];
        let texts: Vec<&str> = texts.into_iter().flatten().chain(others).collect();
        self.row.sought = sought(&texts.join("\n"));
        Ok(())
    }
}

/// Keeps how a document stands and what was done to it, with the entry of that in the log.
async fn record(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    caller: &Caller,
    row: &DispatchRow,
    seq: u32,
    facts: Facts,
    now: OffsetDateTime,
) -> Result<()> {
    tx.update_dispatch(row).await?;
    let facts = Facts { row: digest_of(row)?, ..facts };
    let text = serde_json::to_string(&facts).map_err(|error| bug(&row.id, error))?;
    let mut entry = Entry::new(action(facts.act), now)?.of_unit(&row.unit).about(&row.id).of_bytes(text.as_bytes());
    entry.actor = Some(folder.log.pseudonym(&caller.id));
    entry.related = facts.related;
    let logged = folder.log.append_one(tx, entry).await?;
    let event = ActRow { seq, facts: text, actor: caller.id.clone(), time: now, log_index: logged.index };
    Ok(tx.put_dispatch_event(&row.id, &event).await?)
}

/// An issued document lost its place to one that is issued now, in the same transaction.
pub async fn replaced(case: &mut Case<'_>, old: &str) -> Result<()> {
    let row = of_unit(&mut *case.tx, &case.row.unit, old).await?;
    let from = state(&row)?;
    let (to, hat) = step(Some(from), Act::Replace, case.caller, false, &format!("document {old}"))?;
    let before = history(&mut *case.tx, old).await?;
    let mut facts = Facts::new(Act::Replace, Some(from), to, hat);
    facts.files = before.last().map(|done| done.facts.files.clone()).unwrap_or_default();
    facts.files.iter_mut().for_each(|file| file.signature = None);
    facts.related = Some(case.row.id.clone());
    let row = DispatchRow { state: to.as_str().to_owned(), ..row };
    let seq = u32::try_from(before.len()).unwrap_or(u32::MAX);
    record(case.folder, &mut *case.tx, case.caller, &row, seq, facts, case.now).await
}

/// What the log calls an act.
const fn action(act: Act) -> Action {
    match act {
        Act::Draft => Action::DispatchDrafted,
        Act::Revise => Action::DispatchRevised,
        Act::Attach => Action::DispatchAttached,
        Act::Initial => Action::DispatchInitialled,
        Act::Sign => Action::DispatchSigned,
        Act::Return => Action::DispatchReturned,
        Act::Number => Action::DispatchNumbered,
        Act::Seal => Action::DispatchSealed,
        Act::Register => Action::DispatchRegistered,
        Act::Issue => Action::DispatchIssued,
        Act::Copy => Action::DispatchCopied,
        Act::Cancel => Action::DispatchCancelled,
        Act::Withdraw => Action::DispatchWithdrawn,
        Act::Replace => Action::DispatchReplaced,
        Act::Receive => Action::DispatchReceived,
        Act::Accept => Action::DispatchAccepted,
        Act::Assign => Action::DispatchAssigned,
        Act::Refuse => Action::DispatchRefused,
        Act::Report => Action::DispatchReported,
        Act::Hear => Action::DispatchHeard,
    }
}
