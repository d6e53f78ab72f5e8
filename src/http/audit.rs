//! The log for auditors: entries, and the proof of one.

use super::auth::Who;
use super::house::House;
use super::problem::{Answer, ProblemBody};
use super::query::{Page, Paging, Params, cursor, limit};
use crate::audit::publish;
use crate::people::permissions::Permission;
use crate::receipts::series::ReceiptId;
use axum::Json;
use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::sync::Arc;

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

/// The entries of the log, in their order.
#[utoipa::path(get, path = "/api/v1/audit/entries", tag = "audit", params(Paging), security(("token" = [])),
    responses((status = 200, body = Page<EntryView>), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn entries(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(paging): Params<Paging>,
) -> Answer<Json<Page<EntryView>>> {
    caller.may(Permission::ReadAudit)?;
    let limit = limit(paging.limit)?;
    let first = cursor(paging.cursor.as_deref(), |text| text.parse().ok())?.unwrap_or_default();
    let rows = publish::entries(&*house.folder.store, first, limit.saturating_add(1)).await?;
    let show = |(index, row): (u64, crate::store::log::LogRow)| Ok(EntryView { index, entry: json_of(&row.entry) });
    Ok(Json(Page::new(rows, limit, |(index, _)| index.saturating_add(1).to_string(), show)?))
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
