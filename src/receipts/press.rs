//! Receipts made together: what is asked for at the same time gets its numbers, its entries in the log and its place in the database
//! in one transaction. Number, signed XML, signed PDF and log entries are kept together: all of them, or nothing.
//!
//! | step | what a crash behind it leaves | who mends it |
//! | --- | --- | --- |
//! | `DataFolder::write` | nothing | |
//! | numbers taken, XML and PDF signed, entries appended | nothing: all of it is in memory and in a transaction that ends with the process | |
//! | `Blobs::wait` | signed files that no number leads to, and in them proofs of a log that never was | `DataFolder::write` and `open` remove them |
//! | commit | the receipts; their files are found where they wait | `DataFolder::write` and `open` give them their names |
//! | `Blobs::settle` | the receipts; who asked has no answer, and gets it for the same idempotency key | |
//!
//! The log is added to twice for all of them, by the XML and by the PDF, which has the XML in it. What lies between,
//! drawing and signing, is done on all processors.

use super::check::{CheckText, Said};
use super::field::payment_of;
use super::issue::{Asked, Counter, Draft, Issued, Replacing, Seals, Step};
use super::layout;
use super::letter::Occasion;
use super::life::State;
use super::pdf::{self, Signed};
use super::request::Request;
use super::series::ReceiptId;
use super::style::Style;
use super::view::identity;
use super::{payers, xml};
use crate::audit::entry::{Action, Entry};
use crate::audit::{Logged, row};
use crate::digest::sha256;
use crate::documents::sign::{Order, Signing, Unlogged};
use crate::documents::signer::preferred_scheme;
use crate::error::{Error, Kind, Result};
use crate::keys::{SignatureScheme, SigningKey};
use crate::messages::both;
use crate::pades::{SignOptions, SubFilter};
use crate::parallel;
use crate::pdf::source::Source;
use crate::pki::certificate::Certificate;
use crate::store::accounts::{CollectedRow, EventKind};
use crate::store::receipts::ReceiptRow;
use crate::store::{Sha256, Transaction};
use crate::xades::{self, Parameters};
use std::collections::{HashSet, VecDeque};
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// Receipts that one transaction makes at most. All who come later wait for it.
pub const TOGETHER: usize = 32;

/// Issues one receipt.
pub(super) async fn issue(asked: Asked<'_>) -> Result<Issued> {
    press(&[asked]).await?.pop().ok_or_else(lost)?
}

/// Issues receipts in their order, and answers each: one that is refused keeps no other from being issued.
pub async fn issue_together(asked: &[Asked<'_>]) -> Vec<Result<Issued>> {
    let mut answers = Vec::with_capacity(asked.len());
    let mut rest = asked;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(independent(rest));
        rest = later;
        match press(now).await {
            Ok(all) => answers.extend(all),
            Err(error) if now.len() == 1 => answers.push(Err(error)),
            // nothing was issued: whose fault that was shows when each is alone
            Err(_) => {
                for one in now {
                    answers.push(issue(*one).await);
                }
            }
        }
    }
    answers
}

fn lost() -> Error {
    Error::new(Kind::Bug, "receipt.lost", "biên lai", both!("chưa được lập", "it was not issued"))
}

/// How many may be made together: none of them may have to be seen by another one.
fn independent(asked: &[Asked<'_>]) -> usize {
    let mut seen = HashSet::new();
    let is_new = |one: &&Asked<'_>| {
        let key = one.idempotency_key.map(str::to_owned);
        let payment = one.request.payment.reference.as_deref().map(payment_of);
        let old = one.replaces.map(|(id, _)| id.to_string());
        [key, payment, old]
            .into_iter()
            .enumerate()
            .all(|(kind, name)| name.is_none_or(|name| seen.insert((kind, name))))
    };
    // the first is always independent
    asked.iter().take(TOGETHER).take_while(is_new).count().max(1)
}

/// A receipt whose XML is signed, but not in the log.
struct SignedXml {
    prepared: xades::Prepared,
    said: Said,
    scheme: SignatureScheme,
    signature: Vec<u8>,
    entry: Entry,
}

/// A receipt whose PDF is signed, but not in the log.
struct SignedPdf<'a> {
    draft: &'a Draft<'a>,
    xml: Vec<u8>,
    logged: Logged,
    signing: Signing<'a>,
    unlogged: Unlogged,
    file: Cursor<Vec<u8>>,
}

/// A receipt that lacks nothing but to be kept.
struct Made {
    row: ReceiptRow,
    xml: Vec<u8>,
    pdf: Vec<u8>,
}

async fn press(asked: &[Asked<'_>]) -> Result<Vec<Result<Issued>>> {
    let folder = asked.first().ok_or_else(lost)?.counter.folder;
    let mut tx = folder.write().await?;
    let (now, mut seals) = (folder.now(), Seals::new());
    let (mut answers, mut drafts) = (Vec::new(), Vec::new());
    for one in asked {
        match one.draft(&mut *tx, now, &mut seals).await {
            Ok(Step::Before(row)) => answers.push(Some(Ok(Issued { row: *row, warnings: Vec::new(), is_new: false }))),
            Ok(Step::Draft(draft)) => {
                answers.push(None);
                drafts.push(*draft);
            }
            // of what cannot be read or written, nothing is known any more
            Err(error) if matches!(error.kind, Kind::Unavailable | Kind::CannotWrite | Kind::Bug) => return Err(error),
            Err(error) => answers.push(Some(Err(error))),
        }
    }
    if drafts.is_empty() {
        return Ok(answers.into_iter().flatten().collect());
    }
    let signed = parallel::on_all_processors(&drafts, async |draft: &Draft<'_>| draft.sign_xml().await, lost).await?;
    let entries: Vec<Entry> = signed.iter().map(|xml| xml.entry.clone()).collect();
    let logged = folder.log.append(&mut *tx, &entries).await?;
    let parts: Vec<(&Draft<'_>, SignedXml, Logged)> =
        drafts.iter().zip(signed).zip(logged).map(|((draft, xml), logged)| (draft, xml, logged)).collect();
    let drawn = parallel::on_all_processors(
        &parts,
        async |(draft, xml, logged): &(&Draft<'_>, SignedXml, Logged)| draft.sign_pdf(xml, logged).await,
        lost,
    );
    let drawn = drawn.await?;
    let entries: Vec<Entry> = drawn.iter().map(|pdf| pdf.unlogged.entry.clone()).collect();
    let logged = folder.log.append(&mut *tx, &entries).await?;
    let made = drawn.into_iter().zip(logged).map(|(pdf, logged)| pdf.finish(logged)).collect::<Result<Vec<Made>>>()?;
    let files =
        made.iter().flat_map(|m| [(&m.row.xml_sha256, &*m.xml), (&m.row.pdf_sha256, &*m.pdf)]).collect::<Vec<_>>();
    folder.blobs.wait(&files).await?;
    let names: Vec<Sha256> = files.into_iter().map(|(sha256, _)| *sha256).collect();
    let mut issued = Vec::with_capacity(made.len());
    for (draft, made) in drafts.iter().zip(made) {
        draft.keep(&mut *tx, &made.row).await?;
        issued.push(Issued { row: made.row, warnings: draft.warnings.clone(), is_new: true });
    }
    folder.commit(tx, &names).await?;
    let mut issued = issued.into_iter();
    Ok(answers.into_iter().filter_map(|answer| answer.or_else(|| issued.next().map(Ok))).collect())
}

impl<'a> Draft<'a> {
    async fn sign_xml(&self) -> Result<SignedXml> {
        let (key, content) = (&*self.seal.key, &self.content);
        let scheme = preferred_scheme(key)?;
        let unsigned = xml::write(content);
        let said = Said::new(content);
        let parameters = Parameters {
            certificate: key.certificate(),
            chain: key.chain(),
            scheme,
            signing_time: said.time,
            description: Some(&said.to_string()),
        };
        let prepared = xades::prepare(&unsigned.text, unsigned.signature_at, &parameters)?;
        let signature = key.sign(scheme, prepared.to_be_signed()).await?;
        let mut entry = self
            .counter
            .entry(Action::ReceiptIssued, &self.unit)?
            .signing(scheme.digest(), prepared.document_digest(), key.certificate())
            .signed(&prepared.value(&signature)?)
            .about(&content.id)
            .on_row(row::receipt(
                self.idempotency_key.as_deref(),
                &self.request_sha256,
                self.channel.as_str(),
                &self.budget,
            )?);
        entry.related = content.replaces.as_ref().map(|r| r.id.to_string());
        Ok(SignedXml { prepared, said, scheme, signature, entry })
    }

    /// Draws the PDF around the XML, whose entry is in the log, and signs it.
    async fn sign_pdf(&'a self, signed: &SignedXml, logged: &Logged) -> Result<SignedPdf<'a>> {
        let (key, content) = (&*self.seal.key, &self.content);
        let SignedXml { prepared, said, scheme, signature, .. } = signed;
        let xml = prepared.finish(signature, Some(&logged.log_proof()))?.into_bytes();
        let signer = Certificate::parse(key.certificate())?.common_name().unwrap_or_default();
        let seal = layout::Seal { signer, time: content.time };
        let check =
            CheckText::new(said.clone(), key.certificate(), prepared.document_digest(), prepared.value(signature)?);
        let logo = self.seal.logo.as_ref();
        let drawn = pdf::draw(&Signed { content, xml: &xml, seal: &seal, check: &check, logo }, Style::default())?;
        let order = Order {
            key,
            scheme: *scheme,
            options: SignOptions::new(content.time, SubFilter::Pades, scheme.digest()),
            attributes: &[],
            password: None,
            entry: self.counter.entry(Action::ReceiptRendered, &self.unit)?.about(&content.id),
        };
        let signing = Signing::of(self.counter.folder, order)?;
        let mut file = Cursor::new(Vec::new());
        let source: Arc<dyn Source> = Arc::new(drawn);
        let unlogged = signing.sign(&source, &mut file).await?;
        Ok(SignedPdf { draft: self, xml, logged: logged.clone(), signing, unlogged, file })
    }

    /// Keeps the receipt, and all that is counted of it.
    async fn keep(&self, tx: &mut dyn Transaction, row: &ReceiptRow) -> Result<()> {
        // the old one first: of one payment, one receipt is in force
        if let Some(old) = &self.replacing {
            self.leave(tx, old, row).await?;
        }
        tx.put_receipt(row).await?;
        payers::put_words(self.counter.folder, tx, row, &self.content.payer).await?;
        for (index, line) in self.content.lines.iter().enumerate() {
            let collected = CollectedRow {
                form: row.form.clone(),
                symbol: row.symbol.clone(),
                number: row.number,
                line: u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1),
                unit: row.unit.clone(),
                day: row.date,
                fee: line.fee.clone(),
                name: line.name.clone(),
                quantity: line.quantity,
                unit_price: line.unit_price.get(),
                amount: line.amount.get(),
                method: self.content.payment.method.as_str().to_owned(),
                channel: self.channel.as_str().to_owned(),
                cashier: self.counter.actor.to_owned(),
                budget_item: self.budget.get(index).cloned().flatten(),
            };
            tx.put_collected(&collected).await?;
        }
        self.counter.happened(tx, row, EventKind::Issued, None).await?;
        self.counter.tell(tx, row, Occasion::Issued).await
    }

    /// The old receipt after its successor was issued.
    async fn leave(&self, tx: &mut dyn Transaction, old: &Replacing, new: &ReceiptRow) -> Result<()> {
        let row = ReceiptRow {
            state: State::Replaced.as_str().to_owned(),
            replaced_by: Some(identity(new)),
            reason: Some(old.reason.clone()),
            ..old.row.clone()
        };
        tx.update_receipt(&row).await?;
        self.counter.happened(tx, &row, EventKind::Replaced, row.reason.clone()).await?;
        let folder = self.counter.folder;
        // the letter with the new one says the same, if it goes to the same address
        if payers::open(folder, &row)?.email != payers::open(folder, new)?.email {
            self.counter.tell(tx, &row, Occasion::Replaced).await?;
        }
        let entry = self.counter.entry(Action::ReceiptReplaced, &row.unit)?.about(&identity(&row));
        let entry = Entry { related: Some(identity(new)), ..entry.because(&old.reason) };
        folder.log.append_one(tx, entry).await?;
        Ok(())
    }
}

impl SignedPdf<'_> {
    /// With its entry in the log.
    fn finish(mut self, logged: Logged) -> Result<Made> {
        let (draft, content) = (self.draft, &self.draft.content);
        let no_room = || {
            let why = both!(
                "nhật ký đã dài hơn chỗ dành cho bằng chứng; hãy thử lại",
                "the log has grown beyond the room that was kept for its proof; try again"
            );
            Error::new(Kind::Unavailable, "sign.room", "chữ ký", why)
        };
        let finished = self.signing.finish(self.unlogged, logged, None, &mut self.file)?;
        let (signed, _) = finished.ok_or_else(no_room)?;
        let row = ReceiptRow {
            form: content.id.series.form.to_string(),
            symbol: content.id.series.symbol.to_string(),
            number: content.id.number.get(),
            unit: draft.unit.clone(),
            date: content.date(),
            state: State::Issued.as_str().to_owned(),
            total: content.total.get(),
            code: content.code.clone(),
            xml_sha256: sha256(&self.xml),
            pdf_sha256: signed.sha256,
            log_index: self.logged.index,
            log_size: self.logged.size,
            replaces: content.replaces.as_ref().map(|r| r.id.to_string()),
            replaced_by: None,
            reason: None,
            idempotency_key: draft.idempotency_key.clone(),
            request_sha256: draft.request_sha256,
            delegate: draft.delegate.clone(),
            dossier: content.dossier.clone(),
            reference: draft.reference.clone(),
            payment: draft.reference.as_deref().map(payment_of),
            payer: payers::seal(draft.counter.folder, &content.id.to_string(), &content.payer)?,
            notices: Vec::new(),
            void_request: None,
        };
        Ok(Made { row, xml: self.xml, pdf: self.file.into_inner() })
    }
}

/// What is asked for at a counter of a server: in its own memory, so that whoever comes first can work for all.
struct Waiting {
    request: Request,
    idempotency_key: Option<String>,
    replaces: Option<(ReceiptId, String)>,
    unit: Option<String>,
    actor: String,
    answer: oneshot::Sender<Result<Issued>>,
}

/// Where all counters of a server have their receipts made.
#[derive(Default)]
pub struct Press {
    waiting: Mutex<VecDeque<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

impl Press {
    /// Issues a receipt, together with what else is asked for meanwhile. Blocks the thread that it is called on.
    pub async fn issue(&self, asked: Asked<'_>) -> Result<Issued> {
        let (answer, mut answered) = oneshot::channel();
        let waiting = Waiting {
            request: asked.request.clone(),
            idempotency_key: asked.idempotency_key.map(str::to_owned),
            replaces: asked.replaces.map(|(id, reason)| (id.clone(), reason.to_owned())),
            unit: asked.counter.unit.map(str::to_owned),
            actor: asked.counter.actor.to_owned(),
            answer,
        };
        self.waiting().push_back(waiting);
        loop {
            let turn = self.turn.lock().await;
            // whoever had the turn may have done this as well
            if let Ok(issued) = answered.try_recv() {
                return issued;
            }
            let all: Vec<Waiting> = {
                let mut waiting = self.waiting();
                let count = waiting.len().min(TOGETHER);
                waiting.drain(..count).collect()
            };
            if all.is_empty() {
                return Err(lost());
            }
            answer_all(asked.counter, all).await;
            drop(turn);
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn asked<'a>(&'a self, counter: Counter<'a>) -> Asked<'a> {
        Asked {
            counter: Counter { unit: self.unit.as_deref(), actor: &self.actor, ..counter },
            request: &self.request,
            idempotency_key: self.idempotency_key.as_deref(),
            replaces: self.replaces.as_ref().map(|(id, reason)| (id, reason.as_str())),
        }
    }
}

async fn answer_all(counter: Counter<'_>, all: Vec<Waiting>) {
    let asked: Vec<Asked<'_>> = all.iter().map(|waiting| waiting.asked(counter)).collect();
    let answers = issue_together(&asked).await;
    for (waiting, answer) in all.into_iter().zip(answers) {
        // who asked may have gone; the receipt stays
        let _ = waiting.answer.send(answer);
    }
}
