//! One document in hand for one act: what it was, what is done to it, what it becomes, and all of that kept and logged in one transaction,
//! which several documents may share.

use super::facts::{Done, Facts, FileFact, Particulars, bug, digest_of};
use super::kinds::symbol;
use super::machine::{Act, Book, State, step};
use super::pen::{Drawn, Mark, Pen, Stroke};
use super::{Desk, LARGEST, Once, damaged, is_pdf, named, not_found};
use crate::audit::entry::{Action, Entry};
use crate::data_folder::{DataFolder, VIETNAM};
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::messages::{both, unaccented};
use crate::pades::Level;
use crate::pdf::document::Document;
use crate::people::permissions::Caller;
use crate::people::units;
use crate::store::registry::{ActRow, DispatchRow, FileRow, NumberRow};
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
            Act::Cancel
                | Act::Withdraw
                | Act::Replace
                | Act::Assign
                | Act::Refuse
                | Act::Report
                | Act::Hear
                | Act::Raise
        )
    {
        return Ok(());
    }
    let why = both!(
        "văn bản thuộc đơn vị {unit} đã chấm dứt; hãy hủy và soạn lại",
        "it is of the unit {unit}, which is none any more; give it up, and draft it anew",
        unit = row.unit
    );
    Err(Error::new(Kind::Conflict, "registry.unit_closed", named(&row.id), why))
}

/// Refuses what [`Case::open`] would, before anything is asked of keys and of others.
pub async fn may(desk: &Desk<'_>, book: Book, id: &str, act: Act) -> Result<()> {
    desk.caller.may(act.permission())?;
    let row = find(&mut *desk.folder.store.read().await?, desk.caller, book, id).await?;
    goes_on(&row, desk.caller, act)?;
    step(Some(state(&row)?), act, desk.caller, false, &named(id)).map(|_| ())
}

/// The history of a document.
pub async fn history(tx: &mut dyn Transaction, id: &str) -> Result<Vec<Done>> {
    let rows = tx.dispatch_events(id).await?;
    rows.into_iter().map(|row| Ok(Done { facts: facts(id, &row)?, row })).collect()
}

/// What an act on a document did.
pub fn facts(id: &str, row: &ActRow) -> Result<Facts> {
    serde_json::from_str(&row.facts).map_err(|error| damaged(id, error))
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

/// A document, loaded for one act.
pub struct Case<'a> {
    folder: &'a DataFolder,
    /// Who acts.
    pub caller: &'a Caller,
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
    once: Option<&'a Once>,
    /// As it was loaded; none of a new one.
    before: Option<DispatchRow>,
    is_new: bool,
    made: Vec<(Sha256, Vec<u8>)>,
    strokes: Vec<Stroke<'a>>,
    signatures: Vec<(u32, u64)>,
}

impl<'a> Case<'a> {
    /// A new document.
    pub fn begin(desk: &Desk<'a>, book: Book, act: Act) -> Result<Self> {
        let Desk { folder, caller, once, .. } = *desk;
        let (to, hat) = step(None, act, caller, false, &both!("văn bản mới", "a new document").to_string())?;
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
            row,
            particulars: Particulars::default(),
            files: Vec::new(),
            history: Vec::new(),
            facts: Facts::new(act, None, to, hat),
            now,
            warnings: Vec::new(),
            once,
            before: None,
            is_new: true,
            made: Vec::new(),
            strokes: Vec::new(),
            signatures: Vec::new(),
        })
    }

    /// A document of the caller's unit; another's is as if it were not there.
    pub async fn open(
        tx: &mut dyn Transaction,
        desk: &Desk<'a>,
        book: Book,
        id: &str,
        act: Act,
        is_delegate: bool,
    ) -> Result<Self> {
        let Desk { folder, caller, once, .. } = *desk;
        caller.may(act.permission())?;
        let row = find(tx, caller, book, id).await?;
        goes_on(&row, caller, act)?;
        let from = state(&row)?;
        let (to, hat) = step(Some(from), act, caller, is_delegate, &named(id))?;
        Ok(Self {
            folder,
            caller,
            particulars: particulars(&row)?,
            files: tx.dispatch_files(id).await?,
            history: history(tx, id).await?,
            once,
            before: Some(row.clone()),
            row,
            facts: Facts::new(act, Some(from), to, hat),
            now: folder.now(),
            warnings: Vec::new(),
            is_new: false,
            made: Vec::new(),
            strokes: Vec::new(),
            signatures: Vec::new(),
        })
    }

    /// Refuses where somebody else has done something to the document since it was loaded; nobody has to a new one.
    pub async fn still(&self, tx: &mut dyn Transaction) -> Result<()> {
        if self.is_new {
            return Ok(());
        }
        let (row, files) = (tx.dispatch(&self.row.id).await?, tx.dispatch_files(&self.row.id).await?);
        if row == self.before && files == self.files {
            return Ok(());
        }
        let why = both!("người khác vừa xử lý văn bản này", "somebody else has done something to it meanwhile");
        Err(Error::new(Kind::Conflict, "registry.version", named(&self.row.id), why).hint("look at it again"))
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

    /// Bytes of its files.
    pub fn size(&self) -> u64 {
        (0..self.file_count()).filter_map(|file| self.newest(file)).fold(0, |sum, row| sum.saturating_add(row.size))
    }

    /// Refuses one file more than may come with a document.
    pub fn has_room_for(&self, file: u32) -> Result<()> {
        if file <= MOST_FILES {
            return Ok(());
        }
        let why = both!(
            "một văn bản kèm nhiều nhất {most} tệp",
            "at most {most} files come with a document",
            most = MOST_FILES
        );
        Err(Error::new(Kind::Usage, "registry.files", named(&self.row.id), why))
    }

    /// The newest bytes of a file.
    pub async fn bytes(&self, file: u32) -> Result<Vec<u8>> {
        let row = self.newest(file).ok_or_else(|| not_found(&self.row.id))?;
        match self.made.iter().find(|(digest, _)| *digest == row.sha256) {
            Some((_, bytes)) => Ok(bytes.clone()),
            None => bytes(self.folder, &self.row.id, row).await,
        }
    }

    /// Refuses where the caller has looked at another version of the document: its SHA-256, hexadecimal.
    pub fn seen(&self, seen: Option<&str>) -> Result<()> {
        let newest = self.newest(0).map(|row| hex::encode(row.sha256));
        if seen.is_none_or(|seen| newest.as_deref() == Some(seen)) {
            return Ok(());
        }
        let why = both!("văn bản không còn như khi đã xem", "it is not any more what was looked at");
        Err(Error::new(Kind::Conflict, "registry.version", named(&self.row.id), why).hint("look at it again"))
    }

    /// Adds a version of a file.
    pub fn put(&mut self, file: u32, name: &str, bytes: Vec<u8>) -> Result<()> {
        // what comes with a document in need not be a PDF
        let pages = if is_pdf(&bytes) { page_count(&bytes)? } else { 0 };
        self.put_version(file, name.to_owned(), pages, bytes, (None, None));
        Ok(())
    }

    /// Adds the version of a file that is what the one before was, and more: a signature, with its entry in the log, or what raises the level of
    /// those that are there.
    pub fn put_grown(&mut self, file: u32, bytes: Vec<u8>, level: Level, log_index: Option<u64>) {
        let (name, pages) = self.newest(file).map(|row| (row.name.clone(), row.pages)).unwrap_or_default();
        self.put_version(file, name, pages, bytes, (Some(level), log_index));
    }

    fn put_version(
        &mut self,
        file: u32,
        name: String,
        pages: u32,
        bytes: Vec<u8>,
        (level, log_index): (Option<Level>, Option<u64>),
    ) {
        let digest = sha256(&bytes);
        let row = FileRow {
            file,
            version: self.newest(file).map_or(0, |row| row.version.saturating_add(1)),
            name,
            sha256: digest,
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            pages,
            level: level.map(|level| level.name().to_owned()),
            log_index,
            created: self.now,
        };
        self.made.push((digest, bytes));
        let at = self.files.iter().rposition(|known| known.file <= file).map_or(0, |at| at.saturating_add(1));
        self.files.insert(at, row);
    }

    /// What of these signatures is made before the transaction; gives also what whoever acts should know.
    pub async fn draw<'p>(&self, pen: &'p Pen, marks: &[Mark<'_>]) -> Result<Drawn<'p>> {
        let (mut strokes, mut warnings) = (Vec::with_capacity(marks.len()), Vec::new());
        for mark in marks {
            let bytes = self.bytes(mark.file).await?;
            let (stroke, told) = pen.draw(self.folder, self.caller, &self.row.id, bytes, *mark).await?;
            strokes.push(stroke);
            warnings.extend(told);
        }
        Ok((strokes, warnings))
    }

    /// Takes signatures of this key, which get their entries when all of it is kept.
    pub fn take(&mut self, certificate: String, (strokes, warnings): Drawn<'a>) {
        self.facts.certificate = Some(certificate);
        self.strokes.extend(strokes);
        self.warnings.extend(warnings);
    }

    /// Keeps a new document, if that was not done yet: from then on it can have a number.
    async fn enter(&mut self, tx: &mut dyn Transaction) -> Result<()> {
        if std::mem::take(&mut self.is_new) {
            self.describe()?;
            tx.put_dispatch(&self.row).await?;
        }
        Ok(())
    }

    /// Keeps the versions that came in this act: before the state does, for what was issued takes none.
    pub async fn keep_files(&mut self, tx: &mut dyn Transaction) -> Result<()> {
        let known = tx.dispatch_files(&self.row.id).await?;
        for row in self.files.iter().filter(|row| !known.contains(row)) {
            tx.put_dispatch_file(&self.row.id, row).await?;
        }
        Ok(())
    }

    /// Writes down the number that the document gets if no other gets one before, with today's date and its symbol. Nothing is taken by that.
    pub async fn expect_number(&mut self, tx: &mut dyn Transaction) -> Result<()> {
        let number = tx.next_number(&self.row, self.today().year(), &self.row.kind).await?;
        self.has_number(number);
        Ok(())
    }

    /// Gives the document the number that was expected, for good; false if another document has it by now, or another day has begun.
    pub async fn take_expected(&mut self, tx: &mut dyn Transaction) -> Result<bool> {
        let next = tx.next_number(&self.row, self.today().year(), &self.row.kind).await?;
        if self.row.number.as_ref() != Some(&next) || self.folder.today() != self.today() {
            return Ok(false);
        }
        self.row.number = None;
        self.number(tx).await?;
        Ok(true)
    }

    /// Gives the document the next number of its series and of this year, its symbol and its date, for good.
    pub async fn number(&mut self, tx: &mut dyn Transaction) -> Result<()> {
        self.enter(tx).await?;
        let number = tx.take_number(&self.row, self.today().year(), &self.row.kind).await?;
        self.has_number(number);
        Ok(())
    }

    fn has_number(&mut self, number: NumberRow) {
        let issuer = self.particulars.issuer.as_deref().unwrap_or_default();
        let symbol = symbol(number.number, &self.row.kind, issuer, self.particulars.department.as_deref());
        self.row.date = Some(self.today());
        self.row.symbol = Some(symbol);
        self.row.number = Some(number);
    }

    /// Keeps what became of the document, and logs it.
    pub async fn finish(self, tx: Box<dyn Transaction>) -> Result<DispatchRow> {
        Ok(self.answer(tx).await?.0)
    }

    /// The same; gives also what whoever acts should know.
    pub async fn answer(self, tx: Box<dyn Transaction>) -> Result<(DispatchRow, Vec<String>)> {
        let id = self.row.id.clone();
        finish(tx, vec![self]).await?.pop().ok_or_else(|| bug(&id, "it was lost"))
    }

    fn describe(&mut self) -> Result<()> {
        self.row.particulars = serde_json::to_string(&self.particulars).map_err(|error| bug(&self.row.id, error))?;
        let others = self.particulars.recipients.iter().map(|recipient| recipient.name.as_str());
        let texts = [Some(self.row.subject.as_str()), self.row.symbol.as_deref(), self.particulars.author.as_deref()];
        let texts: Vec<&str> = texts.into_iter().flatten().chain(others).collect();
        self.row.sought = unaccented(&texts.join("\n"));
        Ok(())
    }
}

/// Keeps what became of documents, and logs it, all in this transaction; gives each with what whoever acts should know. All entries of the
/// log are added in two steps: those of the signatures, and those of the acts.
pub async fn finish(tx: Box<dyn Transaction>, cases: Vec<Case<'_>>) -> Result<Vec<(DispatchRow, Vec<String>)>> {
    let (mut tx, mut cases) = (tx, cases);
    let Some((folder, caller)) = cases.first().map(|case| (case.folder, case.caller)) else { return Ok(Vec::new()) };
    let asked: Vec<Option<&Once>> = cases.iter().map(|case| case.once).collect();
    let strokes = cases.iter().flat_map(|case| &case.strokes);
    let entries: Vec<Entry> = strokes.map(|stroke| stroke.unlogged.entry.clone()).collect();
    let logged = if entries.is_empty() { Vec::new() } else { folder.log.append(&mut *tx, &entries).await? };
    let mut logged = logged.into_iter();
    for case in &mut cases {
        for stroke in std::mem::take(&mut case.strokes) {
            let logged = logged.next().ok_or_else(|| bug(&case.row.id, "a signature has no entry"))?;
            let (file, index) = (stroke.file, logged.index);
            let bytes = stroke.finish(logged)?;
            case.put_grown(file, bytes, Level::B, Some(index));
            case.signatures.push((file, index));
        }
    }
    let made: Vec<(&Sha256, &[u8])> =
        cases.iter().flat_map(|case| &case.made).map(|(digest, bytes)| (digest, bytes.as_slice())).collect();
    if !made.is_empty() {
        folder.blobs.wait(&made).await?;
    }
    let waiting: Vec<Sha256> = made.into_iter().map(|(digest, _)| *digest).collect();
    let (mut records, mut done) = (Vec::with_capacity(cases.len()), Vec::with_capacity(cases.len()));
    for mut case in cases {
        case.enter(&mut *tx).await?;
        case.keep_files(&mut *tx).await?;
        case.row.state = case.facts.to.as_str().to_owned();
        case.describe()?;
        case.facts.files = (0..case.file_count())
            .filter_map(|file| case.newest(file))
            .map(|row| FileFact {
                file: row.file,
                version: row.version,
                name: Some(row.name.clone()),
                sha256: hex::encode(row.sha256),
                signature: case.signatures.iter().find(|(file, _)| *file == row.file).map(|(_, index)| *index),
                level: row.level.clone(),
            })
            .collect();
        case.facts.warnings.clone_from(&case.warnings);
        let seq = u32::try_from(case.history.len()).unwrap_or(u32::MAX);
        records.push((case.row.clone(), seq, case.facts));
        done.push((case.row, case.warnings));
    }
    record(folder, &mut *tx, caller, records).await?;
    for (once, (row, _)) in asked.into_iter().zip(&done) {
        if let Some(once) = once
            && !tx.put_dispatch_request(&row.unit, &once.key, &once.sha256, &row.id).await?
        {
            return Err(Once::used());
        }
    }
    folder.commit(tx, &waiting).await?;
    Ok(done)
}

/// Keeps how documents stand and what was done to them, with the entries of that in the log.
async fn record(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    caller: &Caller,
    records: Vec<(DispatchRow, u32, Facts)>,
) -> Result<()> {
    let now = folder.now();
    let (mut entries, mut events) = (Vec::with_capacity(records.len()), Vec::with_capacity(records.len()));
    for (row, seq, facts) in records {
        tx.update_dispatch(&row).await?;
        let facts = Facts { row: digest_of(&row)?, ..facts };
        let text = serde_json::to_string(&facts).map_err(|error| bug(&row.id, error))?;
        let mut entry = Entry::new(action(facts.act), now)?.of_unit(&row.unit).about(&row.id).of_bytes(text.as_bytes());
        entry.actor = Some(folder.log.pseudonym(&caller.id));
        entry.related = facts.related;
        entries.push(entry);
        events.push((row.id, ActRow { seq, facts: text, actor: caller.id.clone(), time: now, log_index: 0 }));
    }
    let logged = folder.log.append(tx, &entries).await?;
    for ((id, event), logged) in events.into_iter().zip(logged) {
        tx.put_dispatch_event(&id, &ActRow { log_index: logged.index, ..event }).await?;
    }
    Ok(())
}

/// An issued document lost its place to one that is issued now, in the same transaction.
pub async fn replaced(tx: &mut dyn Transaction, case: &Case<'_>, old: &str) -> Result<()> {
    let row = of_unit(tx, &case.row.unit, old).await?;
    let from = state(&row)?;
    let (to, hat) = step(Some(from), Act::Replace, case.caller, false, &named(old))?;
    let before = history(tx, old).await?;
    let mut facts = Facts::new(Act::Replace, Some(from), to, hat);
    facts.files = before.last().map(|done| done.facts.files.clone()).unwrap_or_default();
    facts.files.iter_mut().for_each(|file| file.signature = None);
    facts.related = Some(case.row.id.clone());
    let row = DispatchRow { state: to.as_str().to_owned(), ..row };
    let seq = u32::try_from(before.len()).unwrap_or(u32::MAX);
    record(case.folder, tx, case.caller, vec![(row, seq, facts)]).await
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
        Act::Raise => Action::DispatchRaised,
        Act::Report => Action::DispatchReported,
        Act::Hear => Action::DispatchHeard,
    }
}
