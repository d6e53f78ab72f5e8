//! A counter: where receipts are issued, replaced, voided; and what is settled of a receipt before it is signed: its number and what
//! it says. `press` makes it then.

use super::amount::Dong;
use super::content::{CollectingBody, Content, Delegate, Replaced, VIETNAM};
use super::fees::{Fee, Prices};
use super::field::{payment_of, text};
use super::letter::{self, Occasion};
use super::life::{State, check_code};
use super::order::Order;
use super::press;
use super::request::{Channel, Request};
use super::series::{Form, ReceiptId};
use super::stock::{Asking, Stock};
use super::view::{check_url, identity};
use super::voiding::decided;
use super::{fees, payers};
use crate::audit::entry::{Action, Entry};
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::documents::signer;
use crate::error::{Error, Kind, Result};
use crate::keys::{AnyKey, SigningKey};
use crate::messages::both;
use crate::pdf::picture::Picture;
use crate::people::{keys, units};
use crate::pki::certificate::Certificate;
use crate::pki::material::TrustMaterial;
use crate::store::accounts::{EventKind, EventRow};
use crate::store::people::UnitRow;
use crate::store::receipts::ReceiptRow;
use crate::store::{Sha256, Transaction};
use std::collections::HashMap;
use std::sync::Arc;
use time::{Date, OffsetDateTime};

/// Longest reason for replacing or voiding a receipt, in characters.
const LONGEST_REASON: usize = 500;

/// Longest text of a unit, in characters.
const UNIT_TEXT: usize = 300;

/// Where receipts are issued: what does not change from one to the next.
#[derive(Clone, Copy)]
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
    /// Whether payers get letters.
    pub mails: bool,
}

/// What is asked for at a counter.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Where.
    pub counter: Counter<'a>,
    /// The receipt.
    pub request: &'a Request,
    /// What makes a repeated request the same one, within the unit.
    pub idempotency_key: Option<&'a str>,
    /// The receipt that it takes the place of, and why.
    pub replaces: Option<(&'a ReceiptId, &'a str)>,
}

/// What replaces what, and why.
pub(super) struct Replacing {
    pub row: ReceiptRow,
    pub id: ReceiptId,
    pub reason: String,
}

/// A receipt with its number that nobody has signed.
pub(super) struct Draft<'a> {
    pub counter: Counter<'a>,
    pub content: Content,
    /// The unit whose receipt it is.
    pub unit: String,
    pub seal: Arc<Seal>,
    pub channel: Channel,
    /// Where each line belongs in the state budget.
    pub budget: Vec<Option<String>>,
    pub replacing: Option<Replacing>,
    /// The payment's reference, if need be that of the receipt that is replaced.
    pub reference: Option<String>,
    /// The unit that issues it from its delegated range.
    pub delegate: Option<String>,
    pub idempotency_key: Option<String>,
    pub request_sha256: Sha256,
    pub warnings: Vec<String>,
}

/// What becomes of what is asked for.
pub(super) enum Step<'a> {
    /// The same was asked for before.
    Before(Box<ReceiptRow>),
    /// There is something to be signed.
    Draft(Box<Draft<'a>>),
}

/// What a unit signs and draws receipts with.
pub(super) struct Seal {
    pub key: Arc<AnyKey>,
    pub logo: Option<Picture>,
}

/// The seals of units that issue within one transaction: each is looked at once.
pub(super) type Seals = HashMap<String, Arc<Seal>>;

/// A receipt that was issued, and what there is to say about it.
pub struct Issued {
    /// The receipt.
    pub row: ReceiptRow,
    /// What somebody should look at.
    pub warnings: Vec<String>,
    /// It was issued just now, and not before.
    pub is_new: bool,
}

impl Counter<'_> {
    /// Issues a receipt. A request with the same idempotency key as an earlier one gives the same receipt; with another body
    /// it is refused.
    pub async fn issue(&self, request: &Request, idempotency_key: Option<&str>) -> Result<Issued> {
        press::issue(Asked { counter: *self, request, idempotency_key, replaces: None }).await
    }

    /// Issues a receipt that takes the place of another (Thông tư 91/2026/TT-BTC art. 20).
    pub async fn replace(&self, old: &ReceiptId, request: &Request, reason: &str, key: Option<&str>) -> Result<Issued> {
        let replaces = Some((old, reason));
        press::issue(Asked { counter: *self, request, idempotency_key: key, replaces }).await
    }

    /// A receipt of this counter's unit.
    pub async fn show(&self, id: &ReceiptId) -> Result<ReceiptRow> {
        self.find(&mut *self.folder.store.read().await?, id).await
    }

    /// The receipt that a request with this idempotency key gave.
    pub async fn earlier(&self, idempotency_key: &str) -> Result<Option<ReceiptRow>> {
        let mut tx = self.folder.store.read().await?;
        for key in self.own(&mut *tx, Some(idempotency_key)).await? {
            if let Some(row) = tx.receipt_by_idempotency_key(&key).await? {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// A receipt of this counter's unit or of one whose place it has, or one that these issued for another; within a transaction.
    pub async fn find(&self, tx: &mut dyn Transaction, id: &ReceiptId) -> Result<ReceiptRow> {
        let (form, symbol) = (id.series.form.as_str(), id.series.symbol.as_str());
        if let Some(row) = tx.receipt(form, symbol, id.number.get()).await?
            && self.is_own(tx, &row).await?
        {
            return Ok(row);
        }
        // another unit's receipt is as if it were not there
        let why = both!("không có biên lai này", "there is no such receipt");
        Err(Error::new(Kind::NotFound, "receipt.not_found", format!("biên lai {id}"), why))
    }

    async fn is_own(&self, tx: &mut dyn Transaction, row: &ReceiptRow) -> Result<bool> {
        let Some(unit) = self.unit else { return Ok(true) };
        for whose in std::iter::once(&row.unit).chain(&row.delegate) {
            if units::answers_for(tx, unit, whose).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// An entry of the log about what is done here.
    pub fn entry(&self, action: Action, unit: &str) -> Result<Entry> {
        let mut entry = Entry::new(action, self.folder.now())?.of_unit(unit);
        entry.actor = Some(self.folder.log.pseudonym(self.actor));
        Ok(entry)
    }

    /// Tries out what would be asked for, one after the other; nothing is issued.
    pub async fn rehearsal(&self) -> Result<Rehearsal<'_>> {
        // what is changed in this transaction is never kept
        Ok(Rehearsal { counter: *self, tx: self.folder.store.write().await?, seals: Seals::new() })
    }

    /// Two units that choose the same key do not mean the same request; one whose place this one has does. The own comes first.
    async fn own(&self, tx: &mut dyn Transaction, idempotency_key: Option<&str>) -> Result<Vec<String>> {
        let Some(idempotency_key) = idempotency_key else { return Ok(Vec::new()) };
        let units = match self.unit {
            Some(unit) => units::line(tx, unit).await?,
            None => vec![String::new()],
        };
        Ok(units.into_iter().map(|unit| format!("{unit}/{idempotency_key}")).collect())
    }

    async fn unit_of(&self, tx: &mut dyn Transaction, unit: &str) -> Result<UnitRow> {
        let missing = || {
            let why = both!("không có đơn vị này", "it is not there");
            Error::new(Kind::NotAllowed, "receipt.unit", format!("đơn vị {unit}"), why)
        };
        tx.unit(unit).await?.ok_or_else(missing)
    }

    /// Who collects, if it is not the unit whose series it is.
    async fn delegate(&self, tx: &mut dyn Transaction, stock: &Stock) -> Result<Option<Delegate>> {
        let Some(range) = &stock.range else { return Ok(None) };
        let unit = self.unit_of(tx, &range.delegate).await?;
        Ok(Some(Delegate { name: unit.name, address: unit.address }))
    }

    /// The unit's key for receipts, whose certificate may sign now.
    pub async fn key_of(&self, unit: &UnitRow) -> Result<Arc<AnyKey>> {
        let id = unit.receipt_key.as_deref().ok_or_else(|| {
            let why = both!("chưa có khóa ký biên lai", "it has no key for receipts");
            Error::new(Kind::NotAllowed, "receipt.key", format!("đơn vị {}", unit.id), why)
                .hint("dauson unit put --receipt-key: một khóa trong kho khóa / names one of the key store")
        })?;
        let key = keys::load(self.folder, id).await?;
        units::is_of(unit, &Certificate::parse(key.certificate())?)?;
        signer::check_at_hand(&*key, self.trust, self.folder.now())?;
        Ok(key)
    }

    /// Where a fee of the catalogue belongs in the state budget on a day.
    async fn budget_item(&self, tx: &mut dyn Transaction, unit: &str, fee: &str, day: Date) -> Result<Option<String>> {
        let fee = tx.fee_in_force(unit, fee, day).await?.map(|fee| Fee::of(&fee)).transpose()?;
        Ok(fee.and_then(|fee| fee.budget_item).map(String::from))
    }

    /// Puts a letter to the payer on its way.
    pub async fn tell(&self, tx: &mut dyn Transaction, row: &ReceiptRow, occasion: Occasion) -> Result<()> {
        if self.mails { letter::put(self.folder, tx, row, occasion).await } else { Ok(()) }
    }

    /// Keeps that something happened to a receipt today.
    pub async fn happened(
        &self,
        tx: &mut dyn Transaction,
        row: &ReceiptRow,
        kind: EventKind,
        reason: Option<String>,
    ) -> Result<()> {
        let event = EventRow {
            id: 0,
            unit: row.unit.clone(),
            day: self.folder.today(),
            kind,
            form: row.form.clone(),
            symbol: row.symbol.clone(),
            number: row.number,
            actor: self.actor.to_owned(),
            reason,
        };
        Ok(tx.put_event(&event).await?)
    }
}

/// What is tried out at a counter: each takes the numbers that those before it have left.
pub struct Rehearsal<'a> {
    counter: Counter<'a>,
    tx: Box<dyn Transaction>,
    seals: Seals,
}

/// What could be issued.
pub struct Rehearsed {
    /// The unit whose receipt it would be.
    pub unit: String,
    /// SHA-256 of the request.
    pub request_sha256: Sha256,
    /// What there would be to say about it.
    pub warnings: Vec<String>,
}

impl Rehearsal<'_> {
    /// Whether this could be issued; none if it was issued for this idempotency key before.
    pub async fn of(&mut self, request: &Request, idempotency_key: &str) -> Result<Option<Rehearsed>> {
        let Self { counter, tx, seals } = self;
        let asked = Asked { counter: *counter, request, idempotency_key: Some(idempotency_key), replaces: None };
        Ok(match asked.draft(&mut **tx, counter.folder.now(), seals).await? {
            Step::Before(_) => None,
            Step::Draft(draft) => {
                let Draft { unit, request_sha256, warnings, .. } = *draft;
                Some(Rehearsed { unit, request_sha256, warnings })
            }
        })
    }
}

/// The receipt that the same request gave before; another request with its key is refused.
async fn earlier(tx: &mut dyn Transaction, keys: &[String], request: &Sha256) -> Result<Option<ReceiptRow>> {
    for (at, key) in keys.iter().enumerate() {
        match tx.receipt_by_idempotency_key(key).await? {
            Some(earlier) if earlier.request_sha256 == *request => return Ok(Some(earlier)),
            Some(_) if at == 0 => {
                let why = both!(
                    "Idempotency-Key này đã dùng cho một yêu cầu khác",
                    "the same Idempotency-Key came before with another request"
                );
                return Err(Error::new(Kind::Conflict, "receipt.idempotency", "biên lai", why));
            }
            // two units that were merged may have chosen the same key for different requests
            _ => {}
        }
    }
    Ok(None)
}

impl<'a> Asked<'a> {
    /// Settles all about the receipt but its signatures, and takes its number.
    pub(super) async fn draft(
        self,
        tx: &mut dyn Transaction,
        now: OffsetDateTime,
        seals: &mut Seals,
    ) -> Result<Step<'a>> {
        let Self { counter, request, replaces, .. } = self;
        let keys = counter.own(tx, self.idempotency_key).await?;
        let request_sha256 = digest_of(request, replaces)?;
        if let Some(earlier) = earlier(tx, &keys, &request_sha256).await? {
            return Ok(Step::Before(Box::new(earlier)));
        }
        let idempotency_key = keys.into_iter().next();
        let replacing = match replaces {
            None => None,
            Some((id, reason)) => {
                let (reason, row) = (check_reason(reason)?, counter.find(tx, id).await?);
                state(&row)?.replace(id)?;
                decided(id, &row)?;
                Some(Replacing { row, id: id.clone(), reason })
            }
        };
        let now = now.to_offset(VIETNAM);
        // what replaces a receipt is its unit's, too, or that of the one that has its place
        let own = replacing.as_ref().map(|r| r.row.delegate.as_deref().unwrap_or(&r.row.unit));
        let own = units::standing_of(tx, own).await?;
        let asking = Asking {
            folder: counter.folder,
            series: request.series.as_deref(),
            unit: counter.unit.or(own.as_deref()),
            channel: request.channel(),
            actor: counter.actor,
            now,
        };
        let mut stock = asking.find(tx).await?;
        let unit = counter.unit_of(tx, &stock.series.unit).await?;
        if let Some(r) = &replacing
            && !units::answers_for(tx, &unit.id, &r.row.unit).await?
        {
            let why = both!(
                "biên lai thay thế phải thuộc ký hiệu của cùng đơn vị",
                "a receipt is replaced from a series of the same unit"
            );
            return Err(Error::new(Kind::NotAllowed, "receipt.unit", "biên lai", why));
        }
        let seal = match seals.get(&unit.id) {
            Some(seal) => Arc::clone(seal),
            None => {
                let (key, logo) = (counter.key_of(&unit).await?, units::logo(counter.folder, tx, &unit.id).await?);
                let seal = Arc::new(Seal { key, logo });
                seals.insert(unit.id.clone(), Arc::clone(&seal));
                seal
            }
        };
        let request = Request { series: Some(stock.id.to_string()), ..request.clone() };
        let (priced, differing) = fees::priced(tx, &unit.id, &request, now.date(), counter.prices).await?;
        let order = priced.check()?;
        printed(&stock, &order)?;
        let reference = order.payment.reference.clone();
        let reference = reference.or_else(|| replacing.as_ref()?.row.reference.clone());
        once(tx, &unit.id, reference.as_deref(), replacing.as_ref().map(|r| &r.row)).await?;
        let number = stock.take(tx, now.date()).await?;
        let warnings = differing.into_iter().chain(stock.alarm()).chain(payers::warning(&order.payer)).collect();
        let mut budget = Vec::with_capacity(order.lines.len());
        for line in &order.lines {
            budget.push(counter.budget_item(tx, &unit.id, &line.fee, now.date()).await?);
        }
        let code = check_code(counter.folder.random()?);
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
            delegate: counter.delegate(tx, &stock).await?,
            payer: order.payer,
            lines: order.lines,
            total: order.total,
            exchange: order.exchange,
            payment: order.payment,
            dossier: order.dossier,
            note: order.note,
            replaces: replacing.as_ref().map(|r| Replaced { id: r.id.clone(), date: r.row.date }),
            check_url: check_url(counter.public_url, &code),
            code,
        };
        // whoever comes next in this transaction gets the next number
        stock.keep(tx).await?;
        Ok(Step::Draft(Box::new(Draft {
            counter,
            content,
            unit: unit.id,
            seal,
            channel: request.channel(),
            budget,
            replacing,
            reference,
            delegate: stock.range.map(|range| range.delegate),
            idempotency_key,
            request_sha256,
            warnings,
        })))
    }
}

/// Of a receipt with printed denomination (form EBL02), what is printed is what is paid: once one fee, neither more nor less.
fn printed(stock: &Stock, order: &Order) -> Result<()> {
    let denomination = stock.series.denomination.and_then(Dong::new);
    match (order.series.form, denomination) {
        (Form::Ebl01, None) => Ok(()),
        (Form::Ebl02, Some(denomination)) => Ok(order.is_over(denomination)?),
        _ => {
            let why = both!(
                "ký hiệu này được mở khi chưa khai mệnh giá in sẵn: hãy đóng lại và mở ký hiệu khác",
                "it was opened without its printed denomination: close it, and open another one"
            );
            Err(Error::new(Kind::Conflict, "receipt.denomination", format!("ký hiệu {}", stock.id), why)
                .hint("dauson receipt series create --denomination"))
        }
    }
}

/// Refuses a payment that has a receipt in force, but for the one that is replaced.
async fn once(
    tx: &mut dyn Transaction,
    unit: &str,
    reference: Option<&str>,
    replacing: Option<&ReceiptRow>,
) -> Result<()> {
    if let Some(reference) = reference
        && let Some(earlier) = tx.receipt_by_payment(unit, &payment_of(reference)).await?
        && state(&earlier)? == State::Issued
        && replacing.is_none_or(|replaced| identity(replaced) != identity(&earlier))
    {
        let why = both!(
            "khoản thanh toán {reference} đã có biên lai {receipt} đang có hiệu lực",
            "the payment {reference} gave the receipt {receipt}, which is issued",
            receipt = identity(&earlier)
        );
        return Err(Error::new(Kind::Conflict, "receipt.payment_reference", "biên lai", why));
    }
    Ok(())
}

/// How a receipt stands.
pub fn state(row: &ReceiptRow) -> Result<State> {
    State::of(&row.state).ok_or_else(|| {
        Error::new(Kind::BadInput, "store.damaged", "data folder", format!("{} is no state of a receipt", row.state))
    })
}

/// A reason as it will be printed: 1 to 500 characters.
pub fn check_reason(reason: &str) -> Result<String> {
    text("reason", reason, LONGEST_REASON).map_err(|_| {
        let why = both!(
            "phải có lý do từ 1 đến {LONGEST_REASON} ký tự in được",
            "a reason of 1 to {LONGEST_REASON} printable characters is wanted"
        );
        Error::new(Kind::Usage, "receipt.reason", "lý do", why)
    })
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
