//! Acts that sign, by keys that are elsewhere: on the officer's own computer, or on one without a network. [`prepare`] lays out what the act
//! signs, and says what is to be signed; nothing is done to the document by that. [`finish`] takes the signature values, verifies them, and
//! does the act, if the document is still what it was.

use super::case;
use super::kinds::Words;
use super::machine::Act;
use super::outgoing::SignatureRequest;
use super::pen::{Pen, Stroke};
use super::together::{Answer, Chosen, Hand};
use super::{Desk, damaged, named};
use crate::documents::deferred::{self, Prepared, Request, Stored};
use crate::error::{Error, Kind, Result};
use crate::keys::{PublicHalf, SignatureScheme};
use crate::messages::{Text, both, folded};
use crate::pdf::source::Source;
use crate::people::units;
use crate::pki::certificate::Certificate;
use crate::pki::material::TrustMaterial;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::Arc;
use time::{Date, Duration};

/// Where certificates lie, in the data folder, whose holders sign for units here though the certificates do not say so.
const SIGNERS: &str = "signers";

/// A key that is elsewhere.
pub struct Elsewhere {
    /// Its public half.
    pub key: PublicHalf,
    /// By which of its schemes.
    pub scheme: SignatureScheme,
    /// How long its signatures are awaited.
    pub lifetime: Duration,
}

/// What is kept of an act that waits for its signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Terms {
    act: Act,
    /// How many files are signed.
    files: usize,
    words: Option<Words>,
    title: Option<String>,
    /// The number that was written on the page, and its day: another one is not given.
    number: Option<(u32, Date)>,
}

/// One file of it.
#[derive(Debug, Serialize, Deserialize)]
struct Part {
    file: u32,
    terms: Terms,
}

/// What is to be signed of a document.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ActRequest {
    /// The act.
    #[schema(inline)]
    pub act: Act,
    /// One request for each file that the act signs, 0 for the document itself.
    pub requests: Vec<FileRequest>,
    /// What the signer should know.
    pub warnings: Vec<String>,
}

/// What is to be signed of a file.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FileRequest {
    /// 0 is the document itself.
    pub file: u32,
    /// Its name.
    pub name: String,
    /// What is to be signed, by which key, until when; its `id` is the `request` of what finishes it.
    #[serde(flatten)]
    pub request: Request,
}

/// A signature value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The `id` of the request.
    pub request: String,
    /// The value; of ECDSA in DER.
    pub signature: Vec<u8>,
}

/// Lays out what an act (`initial`, `sign`, `number`, `seal`) signs, for a key that is elsewhere. A number is not taken by that: it is the one that
/// the document gets, if no other gets it before.
pub async fn prepare(
    desk: &Desk<'_>,
    act: Act,
    id: &str,
    asked: &SignatureRequest,
    by: Elsewhere,
) -> Result<ActRequest> {
    let Desk { folder, caller, services, .. } = *desk;
    let hand = Hand::of(desk, act, asked).await?;
    let chosen = Chosen { id, seen: asked.seen.as_deref() };
    let mut tx = folder.store.read().await?;
    let mut case = hand.load(&mut *tx, chosen).await?;
    if act == Act::Number {
        case.expect_number(&mut *tx).await?;
    }
    drop(tx);
    let pen = Pen::with(folder, services, Arc::new(by.key), by.scheme).await?;
    is_of_unit(desk, id, &pen).await?;
    let marks = hand.marks(&case, &pen)?;
    let terms = Terms {
        act,
        files: marks.len(),
        words: asked.words,
        title: asked.title.clone(),
        number: case.row.number.as_ref().map(|number| number.number).zip(case.row.date),
    };
    let (mut requests, mut warnings) = (Vec::with_capacity(marks.len()), pen.warnings.clone());
    for mark in marks {
        let Some(row) = case.newest(mark.file).cloned() else { continue };
        let source: Arc<dyn Source> = Arc::new(case.bytes(mark.file).await?);
        let (order, told) = pen.order(folder, caller, id, &source, mark)?;
        warnings.extend(told);
        let part = Part { file: mark.file, terms: terms.clone() };
        let part = serde_json::to_string(&part).map_err(|error| damaged(id, error))?;
        let actor = folder.log.pseudonym(&caller.id);
        let stored = Stored { document: id.to_owned(), version: row.version, actor, act: Some(part) };
        let request = deferred::prepare(folder, &source, row.sha256, order, by.lifetime, Some(stored)).await?;
        requests.push(FileRequest { file: mark.file, name: row.name, request });
    }
    Ok(ActRequest { act, requests, warnings })
}

/// Refuses a certificate of which nothing says that its holder signs for the unit. Keys in the key store were bound to their offices by who runs the
/// service; to one that is elsewhere any trusted CA may have given a certificate. It names the unit, or one above it, by its tax code or as its
/// organisation; or it lies in the data folder, in `signers/`.
async fn is_of_unit(desk: &Desk<'_>, id: &str, pen: &Pen) -> Result<()> {
    let folder = desk.folder;
    let certificate = Certificate::parse(pen.certificate_der())?;
    let organization = certificate.organization().map(|name| folded(&name));
    let mut tx = folder.store.read().await?;
    let mut next = Some(desk.caller.unit.clone());
    for _ in 0..units::DEEPEST {
        let Some(unit) = next.take() else { break };
        let Some(unit) = tx.unit(&unit).await? else { break };
        let names = organization.as_ref().is_some_and(|organization| *organization == folded(&unit.name));
        if names || certificate.tax_code().is_some_and(|code| code == unit.tax_code) {
            return Ok(());
        }
        next = unit.parent;
    }
    drop(tx);
    let known = TrustMaterial::certificates_of(&folder.path.join(SIGNERS))?;
    if known.iter().any(|known| known.der() == certificate.der()) {
        return Ok(());
    }
    let why = both!(
        "chứng thư số của {name} không ghi tên hay mã số thuế của cơ quan này, và không có trong thư mục {folder}/ của hệ thống",
        "nothing in the certificate of {name} says that it is of this unit, nor does it lie in the data folder's {folder}/",
        name = certificate.display(),
        folder = SIGNERS
    );
    Err(Error::new(Kind::NotAllowed, "registry.signer", named(id), why))
}

/// Does what the caller has prepared, with the values of all its signatures.
pub async fn finish(desk: &Desk<'_>, id: &str, values: &[Value]) -> Answer {
    let Desk { folder, caller, services, .. } = *desk;
    let actor = folder.log.pseudonym(&caller.id);
    let is_meant = |stored: Option<&Stored>| {
        stored.is_some_and(|stored| stored.document == id && stored.actor == actor && stored.act.is_some())
    };
    let (mut prepared, mut parts) = (Vec::with_capacity(values.len()), Vec::with_capacity(values.len()));
    for value in values {
        let one = Prepared::find(folder, &value.request, is_meant).await?;
        let act = one.stored.as_ref().and_then(|stored| stored.act.as_deref()).unwrap_or_default();
        parts.push(serde_json::from_str::<Part>(act).map_err(|error| damaged(id, error))?);
        prepared.push(one);
    }
    let refused = |kind: Kind, code, why: Text| Error::new(kind, code, named(id), why);
    let not_all = || {
        let why = both!(
            "phải có giá trị chữ ký của mọi tệp đã chuẩn bị cho cùng một việc",
            "the values of all files that were prepared for one act are wanted"
        );
        refused(Kind::Usage, "registry.elsewhere", why)
    };
    let (Some(terms), Some(first)) = (parts.first().map(|part| part.terms.clone()), prepared.first()) else {
        return Err(not_all());
    };
    let files: BTreeSet<u32> = parts.iter().map(|part| part.file).collect();
    let is_whole = files.len() == parts.len() && files.len() == terms.files;
    let is_one = parts.iter().all(|part| part.terms == terms)
        && prepared.iter().all(|one| one.key.certificate() == first.key.certificate());
    if !is_whole || !is_one {
        return Err(not_all());
    }
    let asked = SignatureRequest { words: terms.words, title: terms.title.clone(), ..SignatureRequest::default() };
    let hand = Hand::of(desk, terms.act, &asked).await?;
    let mut case = hand.load(&mut *folder.store.read().await?, Chosen { id, seen: None }).await?;
    let key = PublicHalf::new(first.key.certificate().to_vec(), first.key.chain().to_vec())?;
    let pen = Pen::with(folder, services, Arc::new(key), first.scheme).await?;
    is_of_unit(desk, id, &pen).await?;
    let mut strokes = Vec::with_capacity(values.len());
    for ((value, part), one) in values.iter().zip(&parts).zip(&prepared) {
        let version = case.newest(part.file).map(|row| row.version);
        if version != one.stored.as_ref().map(|stored| stored.version) {
            let why = both!("văn bản không còn như khi chuẩn bị", "it is not any more what was prepared");
            return Err(refused(Kind::Conflict, "registry.version", why));
        }
        let source: Arc<dyn Source> = Arc::new(case.bytes(part.file).await?);
        let mut out = Cursor::new(Vec::new());
        let (signing, unlogged) = one.signed(folder, source, &value.signature, &mut out)?;
        strokes.push(Stroke { file: part.file, signing, unlogged, out });
    }
    let mut tx = folder.write().await?;
    case.still(&mut *tx).await?;
    if terms.act == Act::Number {
        case.number(&mut *tx).await?;
        if terms.number != case.row.number.as_ref().map(|number| number.number).zip(case.row.date) {
            let why = both!(
                "số trên trang đã được cấp cho văn bản khác hoặc đã sang ngày khác; hãy chuẩn bị lại",
                "another document has the number that stands on the page by now, or it is another day; prepare it again"
            );
            return Err(refused(Kind::Conflict, "registry.number", why));
        }
    }
    // what the key may not sign for
    hand.marks(&case, &pen)?;
    let case = hand.settled(case, Some(&pen), (strokes, Vec::new()))?;
    for value in values {
        tx.finish_deferred(&value.request, folder.now()).await?;
    }
    let lost = || Error::new(Kind::Bug, "registry.lost", named(id), "it was lost");
    case::finish(tx, vec![case]).await?.pop().ok_or_else(lost)
}
