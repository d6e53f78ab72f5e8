//! What is kept of official documents as the office writes it: what the register says besides its columns, and what each act did.

use super::machine::{Act, Hat, State};
use super::named;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::store::registry::{ActRow, DispatchRow};
use serde::{Deserialize, Serialize};

/// Somebody a document goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// Its name.
    pub name: String,
    /// Where it takes letters, if it gets this document by e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Its agency code (QCVN 102:2016/BTTTT), by which other systems of documents know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "H34.05")]
    pub code: Option<String>,
}

/// What the sender of a document in that came as a package knows it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Origin {
    /// The sender's agency code.
    pub organ: String,
    /// Its name.
    pub name: String,
    /// What it knows the document by.
    pub document: String,
    /// Number and symbol.
    pub code: String,
    /// The day.
    pub date: Option<String>,
}

/// What another system said of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Heard {
    /// Its agency code.
    pub organ: String,
    /// Its name.
    pub name: String,
    /// 01 arrived, 02 refused, 03 received, 04 assigned, 05 in progress, 06 done, 13 recall asked, 15 recall agreed, 16 recall refused.
    pub status: String,
    /// When.
    pub time: String,
    /// Why, or anything else.
    pub note: Option<String>,
}

/// What the register says of a document besides its columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Particulars {
    /// Abbreviation of the issuing body: `UBND`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Abbreviation of the drafting department: `VX`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// To whom it goes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<Recipient>,
    /// Unit or person keeping the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeper: Option<String>,
    /// How many copies on paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copies: Option<u32>,
    /// Who signed, with the words before the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// Its name when it was issued, for units change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_name: Option<String>,
    /// When it was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<String>,
    /// Of a document in: who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Where its author takes letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_email: Option<String>,
    /// What the verification said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// What of its files runs, plays, reaches out or is hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<String>,
    /// Unit or person in charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<String>,
    /// The day when it was passed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<String>,
    /// When its receipt was confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<String>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Of a document in that came as a package: what its sender knows it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// What other systems said of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heard: Vec<Heard>,
}

/// A file after an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FileFact {
    /// 0 is the document itself.
    pub file: u32,
    /// Its version.
    pub version: u32,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// The log entry of the signature that this act made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<u64>,
    /// Its level, once it was signed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
}

/// What an act did. The log has the SHA-256 of these bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The act.
    pub act: Act,
    /// How the document stood.
    pub from: Option<State>,
    /// How it stands.
    pub to: State,
    /// In which capacity it was done.
    pub hat: Hat,
    /// Its files afterwards, each in its newest version.
    pub files: Vec<FileFact>,
    /// SHA-256 of what the register says of it afterwards: see [`digest_of`].
    pub row: String,
    /// SHA-256 of the certificate that signed, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// In whose place it was signed: `KT. CHỦ TỊCH`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// The delegation by which it was signed so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegation: Option<i64>,
    /// The level that all signatures on its files have at least, of what is issued: `B-LT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Another document that has to do with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub related: Option<String>,
    /// What whoever did it was told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl Facts {
    /// Of an act, before it is known what it did.
    pub const fn new(act: Act, from: Option<State>, to: State, hat: Hat) -> Self {
        Self {
            act,
            from,
            to,
            hat,
            files: Vec::new(),
            row: String::new(),
            certificate: None,
            words: None,
            delegation: None,
            level: None,
            comment: None,
            related: None,
            warnings: Vec::new(),
        }
    }
}

/// What was done, when, by whom.
#[derive(Debug, Clone)]
pub struct Done {
    /// What.
    pub facts: Facts,
    /// By whom, when, and which entry of the log it is.
    pub row: ActRow,
}

/// What the register says of a document, as the log has the digest of it: a JSON array of kind, year, series, number, symbol, date, subject,
/// urgent, particulars, relation and the document related to.
pub fn digest_of(row: &DispatchRow) -> Result<String> {
    let (year, series, number) = row
        .number
        .as_ref()
        .map_or((None, None, None), |number| (Some(number.year), Some(&number.series), Some(number.number)));
    let date = row.date.map(|date| date.to_string());
    let (relation, related) = row.relation.as_ref().map(|(relation, to)| (relation, to)).unzip();
    let said = (
        &row.kind,
        year,
        series,
        number,
        &row.symbol,
        date,
        &row.subject,
        row.urgent,
        &row.particulars,
        relation,
        related,
    );
    let bytes = serde_json::to_vec(&said).map_err(|error| bug(&row.id, error))?;
    Ok(hex::encode(sha256(&bytes)))
}

/// A value that cannot be written, which none is.
pub fn bug(id: &str, error: impl std::fmt::Display) -> Error {
    Error::new(Kind::Bug, "registry.json", named(id), error)
}
