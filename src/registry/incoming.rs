//! Documents in (Nghị định 30/2020/NĐ-CP, articles 20–24): taken in with what the verification says, then registered with a number per unit and year,
//! which confirms the receipt, or returned with a reason; then somebody is in charge.

use super::case::Case;
use super::checks;
use super::facts::{Origin, Particulars};
use super::machine::{Act, Book};
use super::notices::{self, Occasion};
use super::{Desk, HandedIn, LONGEST_NAME, LONGEST_SUBJECT, email, named, optional, remark, remark_if, text};
use crate::data_folder::VIETNAM;
use crate::digest::sha256;
use crate::documents::verify::{Basis, verify};
use crate::error::{Error, Kind, Result};
use crate::messages::both;
use crate::messages::registry as words;
use crate::pdf::source::Source;
use crate::pki::path::RevocationMode;
use crate::receipts::catalogue::read_day;
use crate::store::Transaction;
use crate::store::registry::DispatchRow;
use crate::tlog::LogPolicy;
use crate::validation::report::{Report, Verdict};
use serde::Deserialize;
use std::sync::Arc;
use time::format_description::well_known::Rfc3339;

/// Verdicts, the worst first.
const WORST: [Verdict; 4] = [Verdict::Failed, Verdict::Indeterminate, Verdict::NoSignature, Verdict::Passed];

/// What came in. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewArrival {
    /// Who wrote it.
    pub author: String,
    /// Where its author takes letters, to be told that it was received or is returned.
    pub author_email: Option<String>,
    /// Abbreviation of its kind.
    pub kind: String,
    /// Number and symbol that its author gave it.
    pub symbol: Option<String>,
    /// Its date, `2026-11-24`.
    pub date: Option<String>,
    /// What it is about.
    pub subject: String,
    /// Whether it is urgent.
    #[serde(default)]
    pub urgent: bool,
    /// Anything else.
    pub note: Option<String>,
}

/// A document that came in, and what was found of it.
pub struct Arrival {
    /// The document.
    pub row: DispatchRow,
    /// What the verification says.
    pub report: Report,
    /// Documents in the same register with the very same file.
    pub duplicates: Vec<String>,
    /// What whoever takes it in should know.
    pub warnings: Vec<String>,
}

/// Adds what of a file runs or is hidden to what is known of the document.
fn tell_active(said: &mut Particulars, bytes: &[u8]) {
    if let Some(found) = checks::active_content(bytes) {
        let known = said.active.take().map(|known| format!("{known}, ")).unwrap_or_default();
        said.active = Some(known + &found);
    }
}

/// What the verification says of a file, with what the data folder holds.
fn judged(desk: &Desk<'_>, file: &HandedIn) -> Result<Report> {
    let basis = Basis {
        trust: desk.services.trust(),
        revocation: RevocationMode::Require,
        at: desk.folder.now(),
        log: LogPolicy { keys: desk.folder.log.verifier_keys(), quorum: 0 },
        password: None,
    };
    let source: Arc<dyn Source> = Arc::new(file.bytes.clone());
    verify(file.plain_name(), &source, &basis)
}

/// Takes a document in, with the verdict over its signatures.
pub async fn receive(desk: &Desk<'_>, new: &NewArrival, file: HandedIn) -> Result<Arrival> {
    receive_all(desk, new, vec![file], None).await
}

/// Takes in a document, which is the first of the files, with those that come with it; the worst verdict over them is that over the document. Of one
/// that came as a package: what its sender knows it by, and the package, whose signature counts where it failed.
pub(super) async fn receive_all(
    desk: &Desk<'_>,
    new: &NewArrival,
    files: Vec<HandedIn>,
    from: Option<(Origin, HandedIn)>,
) -> Result<Arrival> {
    let Desk { folder, caller, .. } = *desk;
    caller.may(Act::Receive.permission())?;
    let wrong = |_| {
        let why = both!("không phải ngày như 2026-11-24", "it is not a day such as 2026-11-24");
        Error::new(Kind::Usage, "registry.date", "date", why)
    };
    let date = new.date.as_deref().map(|text| read_day(text).map_err(wrong)).transpose()?;
    if date.is_some_and(|date| date > folder.today()) {
        let why = both!("ngày của văn bản chưa đến", "the document's date is still to come");
        return Err(Error::new(Kind::Usage, "registry.date", "date", why));
    }
    let subject = text("subject", &new.subject, LONGEST_SUBJECT)?;
    let symbol = optional("symbol", new.symbol.as_deref(), LONGEST_NAME)?;
    let kind = text("kind", &new.kind, 20)?;
    let (main, others) = files.split_first().ok_or_else(|| {
        let why = both!("không có tệp nào", "there is no file");
        Error::new(Kind::Usage, "registry.files", both!("văn bản đến", "a document in").to_string(), why)
    })?;
    main.check_size()?;
    let report = judged(desk, main)?;
    let mut verdict = report.verdict;
    for file in others {
        file.check_size()?;
        // what is no PDF has no signature that could be judged
        if file.is_pdf() {
            verdict = worse(verdict, judged(desk, file)?.verdict);
        }
    }
    let mut warnings = Vec::new();
    if let Some((_, package)) = &from {
        match judged(desk, package) {
            Ok(report) if report.verdict == Verdict::Failed => verdict = Verdict::Failed,
            Ok(report) if matches!(report.verdict, Verdict::Passed | Verdict::NoSignature) => {}
            Ok(report) => warnings.push(format!("the package's own signature: {}", report.verdict.as_str())),
            Err(error) => warnings.push(format!("the package's own signature was not judged: {error}")),
        }
    }
    let mut said = Particulars {
        author: Some(text("author", &new.author, LONGEST_NAME)?),
        author_email: email("author_email", new.author_email.as_deref())?,
        verdict: Some(verdict.as_str().to_owned()),
        note: remark_if("note", new.note.as_deref())?,
        origin: from.map(|(origin, _)| origin),
        ..Particulars::default()
    };
    for file in &files {
        tell_active(&mut said, &file.bytes);
    }
    let mut case = Case::begin(desk, Book::In, Act::Receive)?;
    let mut tx = folder.write().await?;
    let duplicates = tx.dispatches_of_file(&caller.unit, Book::In.as_str(), &sha256(&main.bytes)).await?;
    case.row = DispatchRow { kind, subject, symbol, date, urgent: new.urgent, ..case.row };
    case.particulars = said;
    for (number, file) in (0_u32..).zip(files) {
        case.has_room_for(number)?;
        case.put(number, &file.plain_name(), file.bytes)?;
    }
    case.warnings = warnings;
    let (row, warnings) = case.answer(tx).await?;
    Ok(Arrival { row, report, duplicates, warnings })
}

/// The worse of two verdicts.
fn worse(one: Verdict, other: Verdict) -> Verdict {
    WORST.into_iter().find(|verdict| [one, other].contains(verdict)).unwrap_or(one)
}

/// Takes in a file that came with a document; the worst verdict over its files is that over the document.
pub async fn attach(desk: &Desk<'_>, id: &str, file: HandedIn) -> Result<Arrival> {
    desk.caller.may(Act::Attach.permission())?;
    file.check_size()?;
    let report = judged(desk, &file)?;
    let mut tx = desk.folder.write().await?;
    let mut case = open(&mut *tx, desk, id, Act::Attach).await?;
    let number = case.file_count();
    case.has_room_for(number)?;
    let (name, bytes) = (file.plain_name(), file.bytes);
    case.put(number, &name, bytes.clone())?;
    tell_active(&mut case.particulars, &bytes);
    let known = case.particulars.verdict.as_deref().unwrap_or_default();
    let known = WORST.into_iter().find(|verdict| verdict.as_str() == known);
    let verdict = known.map_or(report.verdict, |known| worse(known, report.verdict));
    case.particulars.verdict = Some(verdict.as_str().to_owned());
    Ok(Arrival { row: case.finish(tx).await?, report, duplicates: Vec::new(), warnings: Vec::new() })
}

async fn open<'a>(tx: &mut dyn Transaction, desk: &Desk<'a>, id: &str, act: Act) -> Result<Case<'a>> {
    Case::open(tx, desk, Book::In, id, act, false).await
}

/// Registers it: the next number in, and its receipt is confirmed. One whose signatures failed is not registered; one that is not known
/// to be good only for a reason.
pub async fn accept(desk: &Desk<'_>, id: &str, reason: Option<&str>) -> Result<(DispatchRow, Vec<String>)> {
    let mut tx = desk.folder.write().await?;
    let mut case = open(&mut *tx, desk, id, Act::Accept).await?;
    let verdict = case.particulars.verdict.clone().unwrap_or_default();
    if verdict == Verdict::Failed.as_str() {
        let why = both!(
            "chữ ký số không hợp lệ: trả lại nơi gửi, không đăng ký",
            "its signatures have failed: it is returned, not registered"
        );
        return Err(Error::new(Kind::Conflict, "registry.verdict", named(id), why));
    }
    if verdict != Verdict::Passed.as_str() && reason.is_none() {
        let why = both!(
            "kết quả kiểm tra là {verdict}: phải nêu lý do nếu vẫn đăng ký",
            "its verdict is {verdict}: a reason has to be given for registering it all the same",
            verdict = verdict
        );
        return Err(Error::new(Kind::Conflict, "registry.verdict", named(id), why));
    }
    case.facts.comment = remark_if("reason", reason)?;
    let number = tx.take_number(&case.row, case.today().year(), "").await?;
    let given = number.number;
    case.row.number = Some(number);
    case.particulars.acknowledged =
        case.now.to_offset(VIETNAM).replace_nanosecond(0).ok().and_then(|now| now.format(&Rfc3339).ok());
    if case.row.created.to_offset(VIETNAM).date() < case.today() {
        let late = both!(
            "văn bản đã nhận từ hôm trước: phải xác nhận trong ngày nhận",
            "it was received on an earlier day: the receipt is confirmed on the day of receipt"
        );
        case.warnings.push(late.to_string());
    }
    if let Some(found) = &case.particulars.active {
        case.warnings.push(words::active(found).to_string());
    }
    notices::put(desk, &mut *tx, &case.row, &case.particulars, Occasion::Accepted(given)).await?;
    case.answer(tx).await
}

/// Returns it to where it came from.
pub async fn refuse(desk: &Desk<'_>, id: &str, reason: &str) -> Result<DispatchRow> {
    let comment = remark("reason", reason)?;
    let mut tx = desk.folder.write().await?;
    let mut case = open(&mut *tx, desk, id, Act::Refuse).await?;
    notices::put(desk, &mut *tx, &case.row, &case.particulars, Occasion::Refused(&comment)).await?;
    case.facts.comment = Some(comment);
    case.finish(tx).await
}

/// Says who is in charge from today on.
pub async fn assign(desk: &Desk<'_>, id: &str, charge: &str, note: Option<&str>) -> Result<DispatchRow> {
    let charge = text("charge", charge, LONGEST_NAME)?;
    let note = remark_if("note", note)?;
    let mut tx = desk.folder.write().await?;
    let mut case = open(&mut *tx, desk, id, Act::Assign).await?;
    case.particulars.charge = Some(charge);
    case.particulars.passed = Some(case.today().to_string());
    case.facts.comment = note;
    case.finish(tx).await
}
