//! Receipts of the law before, handed in: each file is verified, kept byte for byte, logged, found again, and verified again whenever
//! somebody wants to see it. Nothing of this is issued, replaced or voided here, and no report counts it.

use super::amount::Dong;
use super::legacy::{self, FIRST_DAY_AFTER, LegacyId, LegacySaid};
use super::life::check_code;
use super::payers;
use super::register;
use super::request::Payer;
use super::view::{Sight, check_url};
use super::words::in_words;
use crate::audit::entry::{Action, Entry};
use crate::audit::row;
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::documents::verify::{Basis, verify};
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::pdf::source::Source;
use crate::people::units;
use crate::pki::material::TrustMaterial;
use crate::pki::path::RevocationMode;
use crate::store::Sha256;
use crate::store::legacy::{LegacyFile, LegacyFilter, LegacyRow};
use crate::store::people::UnitRow;
use crate::store::receipts::SealedPayer;
use crate::tlog::LogPolicy;
use crate::validation::report::{Coverage, InputKind, Integrity, Modification, Report, Verdict};
use crate::xades::{self, Covered};
use serde::Serialize;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;
use time::{Date, OffsetDateTime};

/// Bytes of the largest file.
pub const LARGEST: u64 = 64 << 20;

/// Where such receipts are handed in.
#[derive(Debug, Clone, Copy)]
pub struct Archive<'a> {
    /// The data folder.
    pub folder: &'a DataFolder,
    /// The unit; none: whichever.
    pub unit: Option<&'a str>,
    /// Who acts; the log gets a pseudonym.
    pub actor: &'a str,
    /// What signatures are verified against.
    pub trust: &'a TrustMaterial,
}

/// What is said beside a file of what it is: a PDF is for people, and does not say it in a way that a program could rely on.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Form, symbol and number.
    pub id: Option<LegacyId>,
    /// Its date.
    pub date: Option<Date>,
    /// What was paid.
    pub total: Option<Dong>,
}

/// What came of handing a file in.
#[derive(Debug)]
pub struct Imported {
    /// The receipt.
    pub row: LegacyRow,
    /// What the verification says of the file.
    pub report: Report,
    /// Whether it had come in before.
    pub before: bool,
}

/// A receipt of the law before as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LegacyView {
    /// Its identity: `01BLP0-001/AA-26E/0000001`.
    pub id: String,
    /// Form code.
    pub form: String,
    /// Symbol.
    pub symbol: String,
    /// Number.
    pub number: u32,
    /// The unit that keeps it.
    pub unit: String,
    /// Its date, `2026-03-05`.
    pub date: String,
    /// Whole dong.
    pub total: i64,
    /// The total in words.
    pub total_words: String,
    /// Name of the collecting body.
    pub body: String,
    /// Its tax code.
    pub tax_code: String,
    /// Who paid, if the XML is there; masked for who need not know.
    pub payer: Option<Payer>,
    /// The code of its public page.
    pub code: String,
    /// The address of its public page.
    pub check_url: String,
    /// Its files.
    pub files: Vec<FileView>,
}

/// A file of such a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FileView {
    /// `xml` or `pdf`.
    pub kind: String,
    /// Its SHA-256, hexadecimal.
    pub sha256: String,
    /// What the verification said when it came in.
    pub verdict: String,
    /// The sub-indication of that, if there was one.
    pub sub_indication: Option<String>,
    /// When it came in.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String)]
    pub imported: OffsetDateTime,
    /// Its entry in the log.
    pub log_index: u64,
    /// What the verification says now, where it was asked.
    pub verdict_now: Option<String>,
    /// The sub-indication of that.
    pub sub_indication_now: Option<String>,
}

impl LegacyView {
    /// A receipt as the store has it.
    pub fn new(folder: &DataFolder, row: LegacyRow, public_url: &str, sight: Sight) -> Result<Self> {
        let damaged = || Error::new(Kind::BadInput, "store.damaged", "data folder", "a receipt's total is negative");
        let id = id_of(&row).to_string();
        let payer =
            if row.payer.sealed.is_empty() { None } else { Some(payers::open_of(folder, &place(&row), &row.payer)?) };
        Ok(Self {
            payer: payer.map(|payer| if sight == Sight::Full { payer } else { payers::masked(&payer) }),
            check_url: check_url(public_url, &row.code),
            date: row.date.to_string(),
            total_words: in_words(Dong::new(row.total).ok_or_else(damaged)?),
            files: row.files.into_iter().map(FileView::from).collect(),
            id,
            form: row.form,
            symbol: row.symbol,
            number: row.number,
            unit: row.unit,
            total: row.total,
            body: row.body,
            tax_code: row.tax_code,
            code: row.code,
        })
    }
}

impl From<LegacyFile> for FileView {
    fn from(file: LegacyFile) -> Self {
        Self {
            kind: file.kind,
            sha256: hex::encode(file.sha256),
            verdict: file.verdict,
            sub_indication: file.why,
            imported: file.imported,
            log_index: file.log_index,
            verdict_now: None,
            sub_indication_now: None,
        }
    }
}

/// The identity of a stored one.
pub fn id_of(row: &LegacyRow) -> LegacyId {
    LegacyId { form: row.form.clone(), symbol: row.symbol.clone(), number: row.number }
}

/// Two units may have the same series: each has its own receipts.
fn place(row: &LegacyRow) -> String {
    format!("{}/{}", row.unit, id_of(row))
}

fn refused(code: &'static str, name: &str, why: impl std::fmt::Display) -> Error {
    Error::new(Kind::BadInput, code, name, why)
}

fn not_found(id: &LegacyId) -> Error {
    Error::new(Kind::NotFound, "receipt.not_found", format!("receipt {id}"), "there is no such receipt")
}

impl Archive<'_> {
    /// Takes a file in. What is damaged, or not covered by its signature, is refused; whether the signature can be trusted is kept with
    /// it. The same file again is the same receipt.
    pub async fn import(&self, unit: &str, name: &str, bytes: Vec<u8>, told: &Told) -> Result<Imported> {
        let unit = units::get(self.folder, unit).await?;
        let sha256 = sha256(&bytes);
        let source: Arc<dyn Source> = Arc::new(bytes.clone());
        let report = self.verify(name, &source)?;
        let said = if report.kind == InputKind::Xml { Some(read(name, &bytes)?) } else { None };
        intact(name, &report)?;
        let id = match (&said, &told.id) {
            (Some(said), Some(told)) if said.id != *told => {
                return Err(refused("legacy.differs", name, format!("it is {}, not {told}", said.id)));
            }
            (Some(said), _) => said.id.clone(),
            (None, Some(told)) => told.clone(),
            (None, None) => {
                return Err(refused("legacy.unnamed", name, "a PDF does not say which receipt it is").hint(NAME_IT));
            }
        };
        let kind = if said.is_some() { "xml" } else { "pdf" };
        let mut tx = self.folder.write().await?;
        let filter = LegacyFilter {
            unit: Some(unit.id.clone()),
            id: Some((id.form.clone(), id.symbol.clone(), id.number)),
            ..LegacyFilter::default()
        };
        let known = tx.legacies(&filter, 1).await?.pop();
        if let Some(row) = &known
            && came_before(name, row, kind, &sha256, said.as_ref(), told)?
        {
            return Ok(Imported { row: row.clone(), report, before: true });
        }
        if report.verdict == Verdict::NoSignature && (kind == "xml" || known.is_none()) {
            let why = "it has no signature: only beside a signed XML that came in before is an unsigned PDF kept";
            return Err(refused("legacy.unsigned", name, why));
        }
        let is_new = known.is_none();
        let mut row = match known {
            Some(row) => row,
            None => new_row(self.folder, name, unit, &id, said.as_ref(), told)?,
        };
        if let Some(said) = &said {
            self.complete(&mut row, said)?;
        }
        let now = self.folder.now();
        let mut entry = Entry::new(Action::ReceiptImported, now)?.of_unit(&row.unit).about(&id);
        entry.actor = Some(self.folder.log.pseudonym(self.actor));
        entry.digest = Some(format!("sha256:{}", hex::encode(sha256)));
        let mut file = LegacyFile {
            kind: kind.to_owned(),
            sha256,
            verdict: word(report.verdict).to_owned(),
            why: why(&report),
            imported: now,
            log_index: 0,
        };
        let entry = entry.on_row(row::legacy(&row, &file)?);
        file.log_index = self.folder.log.append_one(&mut *tx, entry).await?.index;
        self.folder.blobs.wait(&[(&sha256, &bytes)]).await?;
        row.files.push(file.clone());
        if is_new {
            tx.put_legacy(&row).await?;
        } else {
            tx.update_legacy(&row).await?;
            tx.put_legacy_file(&row, &file).await?;
        }
        self.folder.commit(tx, &[sha256]).await?;
        Ok(Imported { row, report, before: false })
    }

    /// Adds what only the XML says.
    fn complete(&self, row: &mut LegacyRow, said: &LegacySaid) -> Result<()> {
        if let Some((body, tax_code)) = &said.body {
            (row.body, row.tax_code) = (body.clone(), tax_code.clone());
        }
        if let Some(payer) = &said.payer {
            let name = Some(payers::whole_name(self.folder, &payer.name));
            row.payer = SealedPayer { name, ..payers::seal(self.folder, &place(row), payer)? };
        }
        Ok(())
    }

    /// A receipt of this unit or of one whose place it has, or the only one of this identity.
    pub async fn show(&self, id: &LegacyId) -> Result<LegacyRow> {
        let filter =
            LegacyFilter { id: Some((id.form.clone(), id.symbol.clone(), id.number)), ..LegacyFilter::default() };
        let mut tx = self.folder.store.read().await?;
        let mut found = match self.unit {
            None => tx.legacies(&filter, 2).await?,
            Some(unit) => {
                let mut found = Vec::new();
                for unit in units::line(&mut *tx, unit).await? {
                    found.extend(tx.legacies(&LegacyFilter { unit: Some(unit), ..filter.clone() }, 1).await?);
                }
                // the own one, where one whose place this unit has kept it as well
                found.truncate(1);
                found
            }
        };
        match (found.pop(), found.pop()) {
            (Some(row), None) => Ok(row),
            (None, _) => Err(not_found(id)),
            _ => {
                let why = "several units have one of this number";
                Err(Error::new(Kind::Usage, "usage", format!("receipt {id}"), why).hint("--unit names one of them"))
            }
        }
    }

    /// A receipt as it is told, each file verified again.
    pub async fn verified(&self, row: LegacyRow, public_url: &str, sight: Sight) -> Result<LegacyView> {
        let mut reports = Vec::new();
        for kept in &row.files {
            let mut bytes = Vec::new();
            file(self.folder, &row, kept).await?.read_to_end(&mut bytes).map_err(|error| damaged(&row, error))?;
            let source: Arc<dyn Source> = Arc::new(bytes);
            reports.push(self.verify(&id_of(&row).to_string(), &source)?);
        }
        let mut view = LegacyView::new(self.folder, row, public_url, sight)?;
        for (file, report) in view.files.iter_mut().zip(reports) {
            file.verdict_now = Some(word(report.verdict).to_owned());
            file.sub_indication_now = why(&report);
        }
        Ok(view)
    }

    fn verify(&self, name: &str, source: &Arc<dyn Source>) -> Result<Report> {
        let basis = Basis {
            trust: self.trust,
            revocation: RevocationMode::Require,
            at: self.folder.now(),
            log: LogPolicy { keys: self.folder.log.verifier_keys(), quorum: 0 },
            password: None,
        };
        verify(name.to_owned(), source, &basis)
    }
}

/// The row of a receipt none of whose files came in before.
fn new_row(
    folder: &DataFolder,
    name: &str,
    unit: UnitRow,
    id: &LegacyId,
    said: Option<&LegacySaid>,
    told: &Told,
) -> Result<LegacyRow> {
    let date = said.map(|said| said.date).or(told.date);
    let total = said.map(|said| said.total).or(told.total);
    let (Some(date), Some(total)) = (date, total) else {
        let why = "a PDF whose XML did not come in before needs its date and total";
        return Err(refused("legacy.unnamed", name, why).hint(NAME_IT));
    };
    if date >= FIRST_DAY_AFTER {
        let why = format!("it is dated {date}: from {FIRST_DAY_AFTER} on, receipts are those of the law of today");
        return Err(refused("legacy.date", name, why));
    }
    Ok(LegacyRow {
        unit: unit.id,
        form: id.form.clone(),
        symbol: id.symbol.clone(),
        number: id.number,
        date,
        total: total.get(),
        body: unit.name,
        tax_code: unit.tax_code,
        code: check_code(folder.random()?),
        payer: SealedPayer::default(),
        files: Vec::new(),
    })
}

/// Whether this very file came in before. What it says must be what the receipt said then, and of each kind there is one file.
fn came_before(
    name: &str,
    row: &LegacyRow,
    kind: &str,
    sha256: &Sha256,
    said: Option<&LegacySaid>,
    told: &Told,
) -> Result<bool> {
    let id = id_of(row);
    let date = said.map(|said| said.date).or(told.date).map(|date| date.to_string());
    let total = said.map(|said| said.total).or(told.total).map(|total| total.get().to_string());
    for (what, told, kept) in [("date", date, row.date.to_string()), ("total", total, row.total.to_string())] {
        if told.is_some_and(|told| told != kept) {
            let why = format!("its {what} is not that of the receipt {id} that came in before: {kept}");
            return Err(Error::new(Kind::Conflict, "legacy.differs", name, why));
        }
    }
    match row.files.iter().find(|file| file.kind == kind) {
        Some(file) if file.sha256 == *sha256 => Ok(true),
        Some(_) => {
            let why = format!("another {} of the receipt {id} came in before", kind.to_uppercase());
            Err(Error::new(Kind::Conflict, "legacy.other_file", name, why))
        }
        None => Ok(false),
    }
}

const NAME_IT: &str = "number, date and total say it";

/// What the XML says, which its one signature must cover: the whole document, or the element with the data.
fn read(name: &str, xml: &[u8]) -> Result<LegacySaid> {
    let said = legacy::read(xml).map_err(|error| Error::from(error).about(name))?;
    let signatures = xades::verify(xml, Limits::in_force()).map_err(|error| Error::from(error).about(name))?;
    for signature in &signatures {
        let covers = match &signature.covered {
            Covered::Document => true,
            Covered::Child(child) => child == legacy::DATA,
            Covered::Nothing => false,
        };
        if !covers {
            let problem = signature.problems.first().map(|p| format!(": {}", p.message)).unwrap_or_default();
            let why = format!("its signature does not cover what the receipt says{problem}");
            return Err(refused("legacy.not_covered", name, why));
        }
    }
    Ok(said)
}

/// Refuses a file of which somebody changed something after it was signed.
fn intact(name: &str, report: &Report) -> Result<()> {
    let broken = report.signatures.iter().find(|signature| {
        signature.integrity == Integrity::Broken
            || signature.coverage == Coverage::Invalid
            || signature.modification == Modification::Forbidden
    });
    let Some(signature) = broken else { return Ok(()) };
    let why = signature.errors.first().map_or_else(String::new, |error| format!(": {}", error.message));
    Err(refused("legacy.broken", name, format!("it is not as it was signed{why}")))
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "TOTAL-PASSED",
        Verdict::Failed => "TOTAL-FAILED",
        Verdict::Indeterminate => "INDETERMINATE",
        Verdict::NoSignature => "NO-SIGNATURE",
    }
}

/// The verdict that a word says.
pub fn verdict_of(word_of: &str) -> Option<Verdict> {
    let all = [Verdict::Passed, Verdict::Failed, Verdict::Indeterminate, Verdict::NoSignature];
    all.into_iter().find(|verdict| word(*verdict) == word_of)
}

fn why(report: &Report) -> Option<String> {
    report.signatures.iter().max_by_key(|s| s.indication).and_then(|s| s.sub_indication).map(str::to_owned)
}

fn damaged(row: &LegacyRow, why: impl std::fmt::Display) -> Error {
    let what = format!("receipt {}", id_of(row));
    Error::new(Kind::BadInput, "store.damaged", what, why).hint("dauson audit verify")
}

/// A stored file of such a receipt, as it came in.
pub async fn file(folder: &DataFolder, row: &LegacyRow, kept: &LegacyFile) -> Result<File> {
    let missing = || damaged(row, "one of its files is missing or was changed in the store");
    register::open(folder, &kept.sha256).await?.ok_or_else(missing)
}

/// The file of a kind, `xml` or `pdf`.
pub async fn file_of(folder: &DataFolder, row: &LegacyRow, kind: &str) -> Result<(File, Sha256)> {
    let none = || {
        let why = format!("no {} of it came in", kind.to_uppercase());
        Error::new(Kind::NotFound, "receipt.not_found", format!("receipt {}", id_of(row)), why)
    };
    let kept = row.files.iter().find(|file| file.kind == kind).ok_or_else(none)?;
    Ok((file(folder, row, kept).await?, kept.sha256))
}

/// At most `most` of them: those of one unit and of those whose place it has in the order of form, symbol and number; all in that of units before.
pub async fn find(folder: &DataFolder, filter: &LegacyFilter, most: u32) -> Result<Vec<LegacyRow>> {
    let mut tx = folder.store.read().await?;
    let Some(unit) = &filter.unit else { return Ok(tx.legacies(filter, most).await?) };
    let mut all = Vec::new();
    for unit in units::line(&mut *tx, unit).await? {
        let after = filter.after.clone().map(|(_, form, symbol, number)| (unit.clone(), form, symbol, number));
        all.extend(tx.legacies(&LegacyFilter { unit: Some(unit), after, ..filter.clone() }, most).await?);
    }
    all.sort_by(|a, b| (&a.form, &a.symbol, a.number).cmp(&(&b.form, &b.symbol, b.number)));
    all.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(all)
}

/// The one with this code.
pub async fn by_code(folder: &DataFolder, code: &str) -> Result<Option<LegacyRow>> {
    Ok(folder.store.read().await?.legacy_by_code(code).await?)
}
