//! A receipt issued, replaced, voided. Number, signed XML, signed PDF and log entries are kept in one transaction: all of
//! them, or nothing. The files are written before it commits; until then nothing leads to them.

use super::check::{CheckText, Said};
use super::content::{CollectingBody, Content, Delegate, Replaced, VIETNAM};
use super::fees::{Fee, Prices};
use super::layout::Seal;
use super::life::{State, check_code};
use super::pdf::{self, Signed};
use super::request::{Channel, Request, text};
use super::series::ReceiptId;
use super::stock::{Asking, Stock};
use super::style::Style;
use super::view::{check_url, identity};
use super::{fees, payers, xml};
use crate::audit::entry::{Action, Entry};
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::documents::sign::{Order, Record, sign};
use crate::documents::signer;
use crate::error::{Error, Kind, Result};
use crate::keys::{LocalKey, SigningKey};
use crate::pades::{SignOptions, SubFilter};
use crate::people::{keys, units};
use crate::pki::certificate::Certificate;
use crate::pki::material::TrustMaterial;
use crate::store::accounts::{CollectedRow, EventKind, EventRow};
use crate::store::people::UnitRow;
use crate::store::receipts::ReceiptRow;
use crate::store::{Sha256, Transaction};
use crate::xades::{self, Parameters};
use std::io::Cursor;
use std::sync::Arc;
use time::OffsetDateTime;

/// Longest reason for replacing or voiding a receipt, in characters.
const LONGEST_REASON: usize = 500;

/// Longest text of a unit, in characters.
const UNIT_TEXT: usize = 300;

/// Where receipts are issued: what does not change from one to the next.
pub struct Counter<'a> {
    /// The data folder.
    pub folder: &'a DataFolder,
    /// Address that people reach the service by.
    pub public_url: &'a str,
    /// The unit that may issue here; none: each series' own.
    pub unit: Option<&'a str>,
    /// Who issues; the log gets a pseudonym.
    pub actor: &'a str,
    /// What the unit's certificate is checked against before it signs.
    pub trust: &'a TrustMaterial,
    /// Whether the fee catalogue's prices bind.
    pub prices: Prices,
}

/// What replaces what, and why.
struct Replacing {
    row: ReceiptRow,
    id: ReceiptId,
    reason: String,
}

/// A receipt that was issued, and what there is to say about it.
pub struct Issued {
    /// The receipt.
    pub row: ReceiptRow,
    /// What somebody should look at.
    pub warnings: Vec<String>,
}

impl Counter<'_> {
    /// Issues a receipt. A request with the same idempotency key as an earlier one gives the same receipt; with another body
    /// it is refused.
    pub async fn issue(&self, request: &Request, idempotency_key: Option<&str>) -> Result<Issued> {
        self.commit(request, idempotency_key, None).await
    }

    /// Issues a receipt that takes the place of another (Thông tư 91/2026/TT-BTC art. 20).
    pub async fn replace(&self, old: &ReceiptId, request: &Request, reason: &str, key: Option<&str>) -> Result<Issued> {
        self.commit(request, key, Some((old, reason))).await
    }

    /// A receipt of this counter's unit.
    pub async fn show(&self, id: &ReceiptId) -> Result<ReceiptRow> {
        self.find(&mut *self.folder.store.read().await?, id).await
    }

    pub(super) async fn find(&self, tx: &mut dyn Transaction, id: &ReceiptId) -> Result<ReceiptRow> {
        let (form, symbol) = (id.series.form.as_str(), id.series.symbol.as_str());
        let found = tx.receipt(form, symbol, id.number.get()).await?;
        // another unit's receipt is as if it were not there
        let is_own = |row: &ReceiptRow| self.unit.is_none_or(|u| u == row.unit || Some(u) == row.delegate.as_deref());
        found.filter(is_own).ok_or_else(|| {
            Error::new(Kind::NotFound, "receipt.not_found", format!("receipt {id}"), "there is no such receipt")
        })
    }

    /// An entry of the log about what is done here.
    pub fn entry(&self, action: Action, unit: &str) -> Result<Entry> {
        let mut entry = Entry::new(action, self.folder.now())?.of_unit(unit);
        entry.actor = Some(self.folder.log.pseudonym(self.actor));
        Ok(entry)
    }

    /// The receipt that was issued for a request with this idempotency key.
    pub async fn issued_for(&self, idempotency_key: &str) -> Result<Option<ReceiptRow>> {
        Ok(self.folder.store.read().await?.receipt_by_idempotency_key(&self.own(idempotency_key)).await?)
    }

    /// Whether a receipt could be issued now, and what there would be to say about it; nothing is issued.
    pub async fn try_out(&self, request: &Request) -> Result<Vec<String>> {
        // what is changed in this transaction is never kept
        let mut tx = self.folder.store.write().await?;
        let now = self.folder.now().to_offset(VIETNAM);
        let mut stock = self.asking(request, now).find(&mut *tx).await?;
        let unit = self.unit_of(&mut *tx, &stock.series.unit).await?;
        self.key_of(&unit).await?;
        let request = Request { series: Some(stock.id.to_string()), ..request.clone() };
        let (priced, differing) = fees::priced(&mut *tx, &unit.id, &request, now.date(), self.prices).await?;
        let order = priced.check()?;
        once(&mut *tx, &unit.id, order.payment.reference.as_deref(), None).await?;
        stock.take(&mut *tx, now.date()).await?;
        Ok(differing.into_iter().chain(stock.alarm()).chain(payers::warning(&order.payer)).collect())
    }

    /// Two units that choose the same key do not mean the same request.
    fn own(&self, idempotency_key: &str) -> String {
        format!("{}/{idempotency_key}", self.unit.unwrap_or_default())
    }

    fn asking<'r>(&'r self, request: &'r Request, now: OffsetDateTime) -> Asking<'r> {
        Asking {
            folder: self.folder,
            series: request.series.as_deref(),
            unit: self.unit,
            channel: request.channel(),
            actor: self.actor,
            now,
        }
    }

    async fn commit(
        &self,
        request: &Request,
        idempotency_key: Option<&str>,
        replaces: Option<(&ReceiptId, &str)>,
    ) -> Result<Issued> {
        let idempotency_key = idempotency_key.map(|key| self.own(key));
        let request_sha256 = digest_of(request, replaces)?;
        let mut tx = self.folder.store.write().await?;
        if let Some(key) = &idempotency_key
            && let Some(earlier) = tx.receipt_by_idempotency_key(key).await?
        {
            if earlier.request_sha256 == request_sha256 {
                return Ok(Issued { row: earlier, warnings: Vec::new() });
            }
            let why = "the same Idempotency-Key came before with another request";
            return Err(Error::new(Kind::Conflict, "receipt.idempotency", "receipt", why));
        }
        let replacing = match replaces {
            None => None,
            Some((id, reason)) => {
                let (reason, row) = (check_reason(reason)?, self.find(&mut *tx, id).await?);
                state(&row)?.replace(id)?;
                Some(Replacing { row, id: id.clone(), reason })
            }
        };
        let now = self.folder.now().to_offset(VIETNAM);
        let mut stock = self.asking(request, now).find(&mut *tx).await?;
        let unit = self.unit_of(&mut *tx, &stock.series.unit).await?;
        if replacing.as_ref().is_some_and(|r| r.row.unit != unit.id) {
            let why = "a receipt is replaced from a series of the same unit";
            return Err(Error::new(Kind::NotAllowed, "receipt.unit", "receipt", why));
        }
        let key = self.key_of(&unit).await?;
        let request = Request { series: Some(stock.id.to_string()), ..request.clone() };
        let (priced, differing) = fees::priced(&mut *tx, &unit.id, &request, now.date(), self.prices).await?;
        let order = priced.check()?;
        let reference = order.payment.reference.clone();
        let reference = reference.or_else(|| replacing.as_ref()?.row.reference.clone());
        once(&mut *tx, &unit.id, reference.as_deref(), replacing.as_ref().map(|r| &r.row)).await?;
        let number = stock.take(&mut *tx, now.date()).await?;
        let warnings = differing.into_iter().chain(stock.alarm()).chain(payers::warning(&order.payer)).collect();
        let code = check_code(self.folder.random()?);
        let delegate = self.delegate(&mut *tx, &stock).await?;
        let content = Content {
            id: ReceiptId { series: order.series, number },
            time: now,
            body: CollectingBody {
                name: text("unit.name", &unit.name, UNIT_TEXT)?,
                tax_code: unit.tax_code,
                address: text("unit.address", &unit.address, UNIT_TEXT)?,
                phone: unit.phone.map(|phone| text("unit.phone", &phone, UNIT_TEXT)).transpose()?,
                account: unit.account.map(|account| text("unit.account", &account, UNIT_TEXT)).transpose()?,
            },
            delegate,
            payer: order.payer,
            lines: order.lines,
            total: order.total,
            exchange: order.exchange,
            payment: order.payment,
            dossier: order.dossier,
            note: order.note,
            replaces: replacing.as_ref().map(|r| Replaced { id: r.id.clone(), date: r.row.date }),
            check_url: check_url(self.public_url, &code),
            code,
        };
        let signed = self.sign(&mut *tx, &content, &key, &unit.id, idempotency_key.as_deref(), request_sha256).await?;
        let row = ReceiptRow { reference, delegate: stock.range.as_ref().map(|r| r.delegate.clone()), ..signed };
        // the old one first: of one payment, one receipt is in force
        if let Some(old) = replacing {
            self.leave(&mut *tx, old, &row).await?;
        }
        tx.put_receipt(&row).await?;
        self.collected(&mut *tx, &row, &content, request.channel()).await?;
        stock.keep(&mut *tx).await?;
        tx.commit().await?;
        Ok(Issued { row, warnings })
    }

    async fn unit_of(&self, tx: &mut dyn Transaction, unit: &str) -> Result<UnitRow> {
        let missing = || Error::new(Kind::NotAllowed, "receipt.unit", format!("unit {unit}"), "it is not there");
        tx.unit(unit).await?.ok_or_else(missing)
    }

    /// Who collects, if it is not the unit whose series it is.
    async fn delegate(&self, tx: &mut dyn Transaction, stock: &Stock) -> Result<Option<Delegate>> {
        let Some(range) = &stock.range else { return Ok(None) };
        let unit = self.unit_of(tx, &range.delegate).await?;
        Ok(Some(Delegate { name: unit.name, address: unit.address }))
    }

    /// The unit's key for receipts, whose certificate may sign now.
    pub async fn key_of(&self, unit: &UnitRow) -> Result<Arc<LocalKey>> {
        let refused = |why| Error::new(Kind::NotAllowed, "receipt.key", format!("unit {}", unit.id), why);
        let id = unit.receipt_key.as_deref().ok_or_else(|| {
            refused("it has no key for receipts").hint("dauson unit put --receipt-key names one of the key store")
        })?;
        let key = keys::load(self.folder, id).await?;
        units::is_of(unit, &Certificate::parse(key.certificate())?)?;
        signer::check_at_hand(&*key, self.trust, self.folder.now())?;
        Ok(key)
    }

    /// Signs XML and PDF, appends their entries, and keeps the files.
    async fn sign(
        &self,
        tx: &mut dyn Transaction,
        content: &Content,
        key: &LocalKey,
        unit: &str,
        idempotency_key: Option<&str>,
        request_sha256: Sha256,
    ) -> Result<ReceiptRow> {
        let log = &self.folder.log;
        let none = || Error::new(Kind::Bug, "key.no_scheme", "the key", "it signs by no scheme");
        let scheme = *key.schemes().first().ok_or_else(none)?;
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
            .entry(Action::ReceiptIssued, unit)?
            .signing(scheme.digest(), prepared.document_digest(), key.certificate())
            .signed(&prepared.value(&signature)?)
            .about(&content.id);
        entry.related = content.replaces.as_ref().map(|r| r.id.to_string());
        let logged = log.append_one(tx, entry).await?;
        let xml = prepared.finish(&signature, Some(&logged.log_proof()))?.into_bytes();

        let signer = Certificate::parse(key.certificate())?.common_name().unwrap_or_default();
        let seal = Seal { signer, time: content.time };
        let check = CheckText::new(said, key.certificate(), prepared.document_digest(), prepared.value(&signature)?);
        let logo = units::logo(self.folder, tx, unit).await?;
        let signed = Signed { content, xml: &xml, seal: &seal, check: &check, logo: logo.as_ref() };
        let drawn = pdf::draw(&signed, Style::default())?;
        let order = Order {
            key,
            scheme,
            options: SignOptions::new(content.time, SubFilter::Pades, scheme.digest()),
            attributes: &[],
            password: None,
            entry: self.entry(Action::ReceiptRendered, unit)?.about(&content.id),
        };
        let mut file = Cursor::new(Vec::new());
        let signed = sign(self.folder, Arc::new(drawn), order, &mut file, Record::Within(tx)).await?;
        let xml_sha256 = sha256(&xml);
        self.folder.blobs.put(&xml_sha256, &xml).await?;
        self.folder.blobs.put(&signed.sha256, file.get_ref()).await?;
        Ok(ReceiptRow {
            form: content.id.series.form.to_string(),
            symbol: content.id.series.symbol.to_string(),
            number: content.id.number.get(),
            unit: unit.to_owned(),
            date: content.date(),
            state: State::Issued.as_str().to_owned(),
            total: content.total.get(),
            code: content.code.clone(),
            xml_sha256,
            pdf_sha256: signed.sha256,
            log_index: logged.index,
            log_size: logged.size,
            replaces: content.replaces.as_ref().map(|r| r.id.to_string()),
            replaced_by: None,
            reason: None,
            idempotency_key: idempotency_key.map(str::to_owned),
            request_sha256,
            delegate: None,
            dossier: content.dossier.clone(),
            reference: None,
            payer: payers::seal(self.folder, &content.id.to_string(), &content.payer)?,
            notices: Vec::new(),
            void_request: None,
        })
    }

    /// What reports count: each line, and that the receipt was issued.
    async fn collected(
        &self,
        tx: &mut dyn Transaction,
        row: &ReceiptRow,
        content: &Content,
        channel: Channel,
    ) -> Result<()> {
        for (index, line) in content.lines.iter().enumerate() {
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
                method: content.payment.method.as_str().to_owned(),
                channel: channel.as_str().to_owned(),
                cashier: self.actor.to_owned(),
                budget_item: self.budget_item(tx, row, &line.fee).await?,
            };
            tx.put_collected(&collected).await?;
        }
        self.happened(tx, row, EventKind::Issued, None).await
    }

    /// Where a fee of the catalogue belongs in the state budget on the receipt's day.
    async fn budget_item(&self, tx: &mut dyn Transaction, row: &ReceiptRow, fee: &str) -> Result<Option<String>> {
        let fee = tx.fee_in_force(&row.unit, fee, row.date).await?.map(|fee| Fee::of(&fee)).transpose()?;
        Ok(fee.and_then(|fee| fee.budget_item).map(String::from))
    }

    /// Keeps that something happened to a receipt today.
    pub(super) async fn happened(
        &self,
        tx: &mut dyn Transaction,
        row: &ReceiptRow,
        kind: EventKind,
        reason: Option<String>,
    ) -> Result<()> {
        let event = EventRow {
            id: 0,
            unit: row.unit.clone(),
            day: self.folder.now().to_offset(VIETNAM).date(),
            kind,
            form: row.form.clone(),
            symbol: row.symbol.clone(),
            number: row.number,
            actor: self.actor.to_owned(),
            reason,
        };
        Ok(tx.put_event(&event).await?)
    }

    /// The old receipt after its successor was issued.
    async fn leave(&self, tx: &mut dyn Transaction, old: Replacing, new: &ReceiptRow) -> Result<()> {
        let mut row = old.row;
        row.state = State::Replaced.as_str().to_owned();
        row.replaced_by = Some(identity(new));
        let mut entry = self.entry(Action::ReceiptReplaced, &row.unit)?.about(&identity(&row)).because(&old.reason);
        row.reason = Some(old.reason);
        tx.update_receipt(&row).await?;
        self.happened(tx, &row, EventKind::Replaced, row.reason.clone()).await?;
        entry.related = Some(identity(new));
        self.folder.log.append_one(tx, entry).await?;
        Ok(())
    }
}

/// Refuses a payment that gave a receipt already, but for the one that is replaced.
async fn once(
    tx: &mut dyn Transaction,
    unit: &str,
    reference: Option<&str>,
    replacing: Option<&ReceiptRow>,
) -> Result<()> {
    if let Some(reference) = reference
        && let Some(earlier) = tx.receipt_by_reference(unit, reference).await?
        && replacing.is_none_or(|replaced| identity(replaced) != identity(&earlier))
    {
        let why = format!("the payment {reference} gave the receipt {}", identity(&earlier));
        return Err(Error::new(Kind::Conflict, "receipt.payment_reference", "receipt", why));
    }
    Ok(())
}

pub(super) fn state(row: &ReceiptRow) -> Result<State> {
    [State::Issued, State::Replaced, State::Voided].into_iter().find(|s| s.as_str() == row.state).ok_or_else(|| {
        Error::new(Kind::BadInput, "store.damaged", "data folder", format!("{} is no state of a receipt", row.state))
    })
}

pub(super) fn check_reason(reason: &str) -> Result<String> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON || reason.chars().any(char::is_control) {
        let why = format!("a reason of 1 to {LONGEST_REASON} printable characters is wanted");
        return Err(Error::new(Kind::Usage, "receipt.reason", "reason", why));
    }
    Ok(reason.to_owned())
}

/// SHA-256 of what was asked, so that a repeated request is known as the same.
fn digest_of(request: &Request, replaces: Option<(&ReceiptId, &str)>) -> Result<Sha256> {
    let failed = |error| Error::new(Kind::Bug, "receipt.request", "receipt", error);
    let mut bytes = serde_json::to_vec(request).map_err(|error| failed(error.to_string()))?;
    if let Some((id, reason)) = replaces {
        bytes.extend(format!("\n{id}\n{reason}").bytes());
    }
    Ok(sha256(&bytes))
}
