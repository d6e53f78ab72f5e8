//! A receipt issued, replaced, voided. Number, signed XML, signed PDF and log entries are kept in one transaction: all of
//! them, or nothing. The files are written before it commits; until then nothing leads to them.

use super::content::{CollectingBody, Content, Replaced, VIETNAM};
use super::layout::Seal;
use super::life::{State, check_code};
use super::request::Request;
use super::series::{Number, ReceiptId, SeriesId};
use super::view::{check_url, identity};
use super::{book, fees, pdf, xml};
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
use crate::store::people::UnitRow;
use crate::store::receipts::{ReceiptRow, SeriesRow};
use crate::store::{Sha256, Transaction};
use crate::xades::{self, Parameters};
use std::io::Cursor;
use std::sync::Arc;
use time::OffsetDateTime;

/// Longest reason for replacing or voiding a receipt, in characters.
const LONGEST_REASON: usize = 500;

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
}

/// What replaces what, and why.
struct Replacing {
    row: ReceiptRow,
    id: ReceiptId,
    reason: String,
}

impl Counter<'_> {
    /// Issues a receipt. A request with the same idempotency key as an earlier one gives the same receipt; with another body
    /// it is refused.
    pub async fn issue(&self, request: &Request, idempotency_key: Option<&str>) -> Result<ReceiptRow> {
        self.commit(request, idempotency_key, None).await
    }

    /// Issues a receipt that takes the place of another (Thông tư 91/2026/TT-BTC art. 20).
    pub async fn replace(
        &self,
        old: &ReceiptId,
        request: &Request,
        reason: &str,
        key: Option<&str>,
    ) -> Result<ReceiptRow> {
        self.commit(request, key, Some((old, reason))).await
    }

    /// Voids a receipt whose payment was reversed.
    pub async fn void(&self, id: &ReceiptId, reason: &str) -> Result<ReceiptRow> {
        let reason = check_reason(reason)?;
        let mut tx = self.folder.store.write().await?;
        let mut row = self.find(&mut *tx, id).await?;
        row.state = state(&row)?.void(id)?.as_str().to_owned();
        let entry = self.entry(Action::ReceiptVoided, &row.unit)?.about(&identity(&row)).because(&reason);
        row.reason = Some(reason);
        tx.update_receipt(&row).await?;
        self.folder.log.append_one(&mut *tx, entry).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// A receipt of this counter's unit.
    pub async fn show(&self, id: &ReceiptId) -> Result<ReceiptRow> {
        self.find(&mut *self.folder.store.read().await?, id).await
    }

    async fn find(&self, tx: &mut dyn Transaction, id: &ReceiptId) -> Result<ReceiptRow> {
        let (form, symbol) = (id.series.form.as_str(), id.series.symbol.as_str());
        let found = tx.receipt(form, symbol, id.number.get()).await?;
        // another unit's receipt is as if it were not there
        found.filter(|row| self.unit.is_none_or(|unit| unit == row.unit)).ok_or_else(|| {
            Error::new(Kind::NotFound, "receipt.not_found", format!("receipt {id}"), "there is no such receipt")
        })
    }

    fn entry(&self, action: Action, unit: &str) -> Result<Entry> {
        let mut entry = Entry::new(action, self.folder.now())?.of_unit(unit);
        entry.actor = Some(self.folder.log.pseudonym(self.actor));
        Ok(entry)
    }

    async fn commit(
        &self,
        request: &Request,
        idempotency_key: Option<&str>,
        replaces: Option<(&ReceiptId, &str)>,
    ) -> Result<ReceiptRow> {
        let series_id: SeriesId = request.series.parse()?;
        // two units that choose the same key do not mean the same request
        let idempotency_key = idempotency_key.map(|key| format!("{}/{key}", self.unit.unwrap_or_default()));
        let request_sha256 = digest_of(request, replaces)?;
        let mut tx = self.folder.store.write().await?;
        if let Some(key) = &idempotency_key
            && let Some(earlier) = tx.receipt_by_idempotency_key(key).await?
        {
            if earlier.request_sha256 == request_sha256 {
                return Ok(earlier);
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
        let mut series = book::find(&mut *tx, &series_id).await?;
        let unit = self.unit_of(&mut *tx, &series, &series_id).await?;
        if replacing.as_ref().is_some_and(|r| r.row.unit != unit.id) {
            let why = "a receipt is replaced from a series of the same unit";
            return Err(Error::new(Kind::NotAllowed, "receipt.unit", "receipt", why));
        }
        let key = self.key_of(&unit).await?;
        let now = self.folder.now().to_offset(VIETNAM);
        let order = fees::priced(&mut *tx, &unit.id, request, now.date()).await?.check()?;
        let number = self.take(&mut *tx, &order.series, &mut series, now).await?;
        let code = check_code(self.folder.random()?);
        let content = Content {
            id: ReceiptId { series: order.series, number },
            time: now,
            body: CollectingBody {
                name: unit.name,
                tax_code: unit.tax_code,
                address: unit.address,
                phone: unit.phone,
                account: unit.account,
            },
            payer: order.payer,
            lines: order.lines,
            total: order.total,
            payment: order.payment,
            dossier: order.dossier,
            note: order.note,
            replaces: replacing.as_ref().map(|r| Replaced { id: r.id.clone(), date: r.row.date }),
            check_url: check_url(self.public_url, &code),
            code,
        };
        let row = self.sign(&mut *tx, &content, &key, &unit.id, idempotency_key.as_deref(), request_sha256).await?;
        tx.put_receipt(&row).await?;
        tx.update_series(&series).await?;
        if let Some(old) = replacing {
            self.leave(&mut *tx, old, &row).await?;
        }
        tx.commit().await?;
        Ok(row)
    }

    async fn unit_of(&self, tx: &mut dyn Transaction, series: &SeriesRow, id: &SeriesId) -> Result<UnitRow> {
        let refused = |why| Error::new(Kind::NotAllowed, "receipt.unit", format!("series {id}"), why);
        if self.unit.is_some_and(|unit| unit != series.unit) {
            return Err(refused("it is another unit's"));
        }
        tx.unit(&series.unit).await?.ok_or_else(|| refused("its unit is not there"))
    }

    /// The unit's key for receipts, whose certificate may sign now.
    async fn key_of(&self, unit: &UnitRow) -> Result<Arc<LocalKey>> {
        let refused = |why| Error::new(Kind::NotAllowed, "receipt.key", format!("unit {}", unit.id), why);
        let id = unit.receipt_key.as_deref().ok_or_else(|| {
            refused("it has no key for receipts").hint("dauson unit put --receipt-key names one of the key store")
        })?;
        let key = keys::load(self.folder, id).await?;
        units::is_of(unit, &Certificate::parse(key.certificate())?)?;
        signer::check_at_hand(&*key, self.trust, self.folder.now())?;
        Ok(key)
    }

    /// Takes the next number; a receipt is never dated before its predecessor.
    async fn take(
        &self,
        tx: &mut dyn Transaction,
        id: &SeriesId,
        row: &mut SeriesRow,
        now: OffsetDateTime,
    ) -> Result<Number> {
        let mut series = book::rules(id, row);
        let number = series.take(now.date())?;
        let before = number.get().saturating_sub(1);
        let previous = tx.receipt(&row.form, &row.symbol, before).await?;
        if let Some(previous) = previous.filter(|previous| previous.date > now.date()) {
            let why = format!("the clock says {}, and the last receipt is of {}", now.date(), previous.date);
            return Err(Error::new(Kind::Conflict, "receipt.clock", format!("series {id}"), why));
        }
        row.next = series.next;
        Ok(number)
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
        let parameters =
            Parameters { certificate: key.certificate(), chain: key.chain(), scheme, signing_time: content.time };
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
        let drawn = pdf::draw(content, &xml, &Seal { signer, time: content.time })?;
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
        })
    }

    /// The old receipt after its successor was issued.
    async fn leave(&self, tx: &mut dyn Transaction, old: Replacing, new: &ReceiptRow) -> Result<()> {
        let mut row = old.row;
        row.state = State::Replaced.as_str().to_owned();
        row.replaced_by = Some(identity(new));
        let mut entry = self.entry(Action::ReceiptReplaced, &row.unit)?.about(&identity(&row)).because(&old.reason);
        row.reason = Some(old.reason);
        tx.update_receipt(&row).await?;
        entry.related = Some(identity(new));
        self.folder.log.append_one(tx, entry).await?;
        Ok(())
    }
}

fn state(row: &ReceiptRow) -> Result<State> {
    [State::Issued, State::Replaced, State::Voided].into_iter().find(|s| s.as_str() == row.state).ok_or_else(|| {
        Error::new(Kind::BadInput, "store.damaged", "data folder", format!("{} is no state of a receipt", row.state))
    })
}

fn check_reason(reason: &str) -> Result<String> {
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
