//! The log for auditors: entries, and the proof of one.

use super::auth::Who;
use super::house::House;
use super::problem::{Answer, Problem, ProblemBody};
use super::query::{Page, Params, cursor, limit, page_from};
use crate::audit::publish;
use crate::auditor::entry::Entry;
use crate::auditor::filter::{Filter, moment};
use crate::people::permissions::Permission;
use crate::receipts::series::ReceiptId;
use axum::Json;
use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use time::Time;

/// Entries that are read at a time, and how many times for one request.
const CHUNK: u32 = 512;
const MOST_CHUNKS: usize = 40;

/// An entry of the log.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EntryView {
    /// Its index.
    index: u64,
    /// What it says.
    entry: serde_json::Value,
}

/// An entry and the proof that it is in the log.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProofView {
    /// The log's name.
    origin: String,
    /// The entry's index.
    index: u64,
    /// The size of the log that the proof is for.
    size: u64,
    /// What the entry says.
    entry: serde_json::Value,
    /// The entry's bytes, as they are hashed.
    entry_base64: String,
    /// A C2SP tlog-proof.
    proof: String,
}

fn json_of(entry: &[u8]) -> serde_json::Value {
    serde_json::from_slice(entry).unwrap_or_default()
}

/// Which entries are asked for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct EntryQuery {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Entries on the page, 1 to 500; where few match, a page may have fewer, and still a next one.
    limit: Option<u32>,
    /// Of this unit.
    unit: Option<String>,
    /// By this pseudonym.
    actor: Option<String>,
    /// This action, `receipt.issued`, or all of a kind, `receipt`.
    action: Option<String>,
    /// About this receipt, or all of a series.
    receipt: Option<String>,
    /// A SHA-256, hexadecimal: of what was signed, of a signature value, of a certificate.
    digest: Option<String>,
    /// Not before: a day in Vietnam, or a time, RFC 3339.
    since: Option<String>,
    /// Not after; a day is meant to its end.
    until: Option<String>,
}

/// The entries of the log, in their order.
#[utoipa::path(get, path = "/api/v1/audit/entries", tag = "audit", params(EntryQuery), security(("token" = [])),
    responses((status = 200, body = Page<EntryView>), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn entries(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(asked): Params<EntryQuery>,
) -> Answer<Json<Page<EntryView>>> {
    caller.may(Permission::ReadAudit)?;
    let limit = usize::try_from(limit(asked.limit)?).unwrap_or(usize::MAX);
    let mut next = cursor(asked.cursor.as_deref(), |text| text.parse().ok())?.unwrap_or_default();
    let time = |name: &str, text: Option<&str>, of_day| {
        let wrong =
            || Problem::unprocessable("request.time", format!("{name} is neither a day such as 2026-11-24 nor a time"));
        text.map(|text| moment(text, of_day).ok_or_else(wrong)).transpose()
    };
    let filter = Filter {
        since: time("since", asked.since.as_deref(), Time::MIDNIGHT)?,
        until: time("until", asked.until.as_deref(), Time::MAX)?,
        actors: asked.actor.map(|actor| BTreeSet::from([actor])),
        digests: asked.digest.map(|digest| BTreeSet::from([digest])),
        unit: asked.unit,
        receipt: asked.receipt,
        action: asked.action,
    };
    let mut items = Vec::new();
    for _ in 0..MOST_CHUNKS {
        let rows = publish::entries(&*house.folder.store, next, CHUNK).await?;
        let is_last = rows.len() < usize::try_from(CHUNK).unwrap_or(usize::MAX);
        for (index, row) in rows {
            let matches = Entry::parse(&row.entry).is_ok_and(|entry| filter.matches(&entry));
            if matches && items.len() == limit {
                return Ok(Json(Page { items, next: Some(page_from(&index)) }));
            }
            next = index.saturating_add(1);
            if matches {
                items.push(EntryView { index, entry: json_of(&row.entry) });
            }
        }
        if is_last {
            return Ok(Json(Page { items, next: None }));
        }
    }
    // enough was looked at for one request
    Ok(Json(Page { items, next: Some(page_from(&next)) }))
}

/// The proof that something is in the log as it is now.
#[utoipa::path(get, path = "/api/v1/audit/proof/{id}", tag = "audit", security(("token" = [])),
    params(("id" = String, Path, description = "an entry's index, a receipt's identity (its slashes as %2F), or the SHA-256 of a signature value")),
    responses((status = 200, body = ProofView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn proof(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
) -> Answer<Json<ProofView>> {
    caller.may(Permission::ReadAudit)?;
    let id = id.parse::<ReceiptId>().map_or(id, |receipt| receipt.to_string());
    let index = publish::find(&*house.folder.store, &id).await?;
    let logged = house.folder.log.prove(index).await?;
    Ok(Json(ProofView {
        entry: json_of(&logged.entry),
        entry_base64: STANDARD.encode(&logged.entry),
        origin: logged.origin,
        index: logged.index,
        size: logged.size,
        proof: logged.proof,
    }))
}
