//! Receipts looked for, in the words of who looks.

use super::ReceiptError;
use super::field::{payment_of, wrong};
use super::life::State;
use super::payers;
use super::request::Channel;
use super::series::{Number, ReceiptId, SeriesId};
use crate::data_folder::DataFolder;
use crate::error::Result;
use crate::messages::both;
use crate::people::units;
use crate::store::receipts::{PayerDigest, ReceiptFilter, ReceiptRow};
use time::Date;
use unicode_normalization::UnicodeNormalization as _;

/// How a receipt that is looked for stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// In force.
    Issued,
    /// Another receipt has taken its place.
    Replaced,
    /// The payment was reversed.
    Voided,
    /// In force, and somebody asked that it be voided; those of units below, too.
    VoidRequested,
}

impl Standing {
    /// The one that is written so.
    pub fn of(text: &str) -> Option<Self> {
        let states = [(State::Issued, Self::Issued), (State::Replaced, Self::Replaced), (State::Voided, Self::Voided)];
        let of_state = states.into_iter().find(|(state, _)| state.as_str() == text).map(|(_, standing)| standing);
        of_state.or((text == "void_requested").then_some(Self::VoidRequested))
    }
}

/// What a receipt is looked for by; what is not given is not asked.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The whole number, `EBL01/26TAA/00000001`, or its digits only.
    pub number: Option<String>,
    /// Words of the payer's name, whatever their accents; or the tax code or personal identification number. Names are found in the unit itself, also
    /// where receipts of units below are looked for.
    pub payer: Option<String>,
    /// The total, whole dong.
    pub amount: Option<i64>,
    /// Dossier code.
    pub dossier: Option<String>,
    /// Reference of the payment.
    pub reference: Option<String>,
    /// Form and symbol, `EBL01/26TAA`.
    pub series: Option<String>,
    /// How it stands.
    pub state: Option<Standing>,
    /// The code of its public page.
    pub code: Option<String>,
    /// Where it was collected.
    pub channel: Option<Channel>,
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
    /// Behind this one.
    pub after: Option<ReceiptId>,
    /// The last ones first.
    pub newest_first: bool,
}

/// At most `most` of a unit's receipts and of those of units whose place it has, or with `delegated` of those that it issued for another one, in
/// the order of days, forms, symbols and numbers; those of one series in that of their numbers. Newest first it is the same order from its end.
pub async fn find(
    folder: &DataFolder,
    unit: &str,
    delegated: bool,
    search: &Search,
    most: u32,
) -> Result<Vec<ReceiptRow>> {
    let series: Option<SeriesId> = search.series.as_deref().map(str::parse).transpose()?;
    let (of_number, number) = search.number.as_deref().map(number_of).transpose()?.unzip();
    let place = |id: &SeriesId| (id.form.to_string(), id.symbol.to_string());
    let (series, of_number) = (series.as_ref().map(place), of_number.flatten().as_ref().map(place));
    if series.is_some() && of_number.is_some() && series != of_number {
        return Ok(Vec::new());
    }
    let is_waiting = search.state == Some(Standing::VoidRequested);
    let state = match search.state {
        None | Some(Standing::VoidRequested) => None,
        Some(Standing::Issued) => Some(State::Issued),
        Some(Standing::Replaced) => Some(State::Replaced),
        Some(Standing::Voided) => Some(State::Voided),
    };
    let payer = search.payer.as_deref().map(|payer| payers::looked_for(folder, unit, payer));
    let is_named = matches!(payer, Some(PayerDigest::Words(_)));
    if is_named {
        payers::put_missing_words(folder).await?;
    }
    let filter = ReceiptFilter {
        void_requested_within: is_waiting.then(|| unit.to_owned()),
        dossier: search.dossier.as_deref().map(|text| text.trim().nfc().collect()),
        payment: search.reference.as_deref().map(payment_of),
        code: search.code.as_deref().map(|code| code.trim().to_ascii_lowercase()),
        channel: search.channel.map(|channel| channel.as_str().to_owned()),
        number: number.map(Number::get),
        total: search.amount,
        series: of_number.or(series),
        state: state.map(|state| state.as_str().to_owned()),
        from: search.from,
        to: search.to,
        newest_first: search.newest_first,
        after: search.after.as_ref().map(|id| {
            let (form, symbol) = place(&id.series);
            (form, symbol, id.number.get())
        }),
        ..ReceiptFilter::default()
    };
    let mut tx = folder.store.read().await?;
    // those that wait to be voided are found with those of units below, each but once
    let line = if is_waiting { vec![unit.to_owned()] } else { units::line(&mut *tx, unit).await? };
    let mut all = Vec::new();
    for unit in &line {
        let of = |is_asked: bool| is_asked.then(|| unit.clone());
        let filter = ReceiptFilter {
            unit: of(!delegated && !is_waiting),
            delegate: of(delegated && !is_waiting),
            // words and whole names have another digest in each unit
            payer: search.payer.as_deref().map(|payer| payers::looked_for(folder, unit, payer)),
            ..filter.clone()
        };
        all.extend(tx.receipts(&filter, most).await?);
    }
    if line.len() > 1 {
        let by_number = number.is_some() && !is_named;
        let place =
            |row: &ReceiptRow| ((!by_number).then_some(row.date), row.form.clone(), row.symbol.clone(), row.number);
        all.sort_by_cached_key(place);
        if search.newest_first {
            all.reverse();
        }
        all.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    }
    Ok(all)
}

/// `EBL01/26TAA/00000001`, or `00000001`, or `1`.
fn number_of(text: &str) -> std::result::Result<(Option<SeriesId>, Number), ReceiptError> {
    if text.contains('/') {
        let id: ReceiptId = text.parse()?;
        return Ok((Some(id.series), id.number));
    }
    let number = text.trim().parse().ok().and_then(Number::new);
    number.map(|number| (None, number)).ok_or_else(|| {
        let why = both!("{text:?} không phải số biên lai", "{text:?} is not the number of a receipt");
        wrong("number", why)
    })
}
