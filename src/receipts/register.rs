//! Receipts looked up by the code of their public page, their files; how many there are.

use super::view::identity;
use super::xml;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::messages::both;
use crate::store::Sha256;
use crate::store::receipts::{NoticePaper, ReceiptRow, ReceiptTotal};
use std::fs::File;
use std::io::{Read, Seek};
use time::Date;

/// What anybody who holds a receipt may see of it: nothing about who paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicReceipt {
    /// The receipt.
    pub row: ReceiptRow,
    /// Name of the collecting body when it was issued.
    pub body: String,
    /// Its tax code.
    pub tax_code: String,
}

/// Characters of a code (`life::check_code`).
const CODE: usize = 26;

/// The code in what somebody typed, with letters put right that its alphabet leaves out because they look like digits.
pub fn code_in(typed: &str) -> Option<String> {
    let (_, code) = typed.rsplit_once("/v/").unwrap_or(("", typed));
    let code = code.split(['?', '#']).next()?;
    let code: String = code
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        })
        .collect();
    is_code(&code).then_some(code)
}

/// Whether a text has the form of a code.
pub fn is_code(text: &str) -> bool {
    text.len() == CODE && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The receipt with this code.
pub async fn by_code(folder: &DataFolder, code: &str) -> Result<PublicReceipt> {
    let not_found = || Error::new(Kind::NotFound, "receipt.code", "receipt", "there is none with this code");
    let row = folder.store.read().await?.receipt_by_code(code).await?.ok_or_else(not_found)?;
    let mut text = Vec::new();
    let most = u64::try_from(Limits::in_force().xml_bytes).unwrap_or(u64::MAX);
    let file = file(folder, &row, &row.xml_sha256).await?;
    file.take(most).read_to_end(&mut text).map_err(|error| damaged(&row, error))?;
    let (body, tax_code) = xml::collecting_body(&text).map_err(|error| damaged(&row, error))?;
    Ok(PublicReceipt { row, body, tax_code })
}

/// The signed XML or the signed PDF of a receipt, by its digest, which it is held against before anybody gets it.
pub async fn file(folder: &DataFolder, row: &ReceiptRow, sha256: &Sha256) -> Result<File> {
    open(folder, sha256).await?.ok_or_else(|| damaged(row, "one of its files is missing or was changed in the store"))
}

/// The nth notice of a receipt's errors on form 04/SS-CTĐT, from 1.
pub fn notice(row: &ReceiptRow, nth: usize) -> Result<&NoticePaper> {
    let found = nth.checked_sub(1).and_then(|at| row.notices.get(at)?.paper.as_ref());
    found.ok_or_else(|| {
        let why = both!(
            "không có thông báo sai sót thứ {nth} theo mẫu 04/SS-CTĐT",
            "it has no notice {nth} on form 04/SS-CTĐT"
        );
        Error::new(Kind::NotFound, "receipt.no_notice", format!("biên lai {}", identity(row)), why)
    })
}

/// A stored file that is still what its digest says.
pub async fn open(folder: &DataFolder, sha256: &Sha256) -> Result<Option<File>> {
    let Some(mut file) = folder.blobs.open(sha256).await? else { return Ok(None) };
    let mut bytes = Vec::new();
    let read = file.read_to_end(&mut bytes).and_then(|_| file.rewind());
    Ok((read.is_ok() && crate::digest::sha256(&bytes) == *sha256).then_some(file))
}

/// The error about a receipt whose files are not what they were.
pub fn damaged(row: &ReceiptRow, why: impl std::fmt::Display) -> Error {
    Error::new(Kind::BadInput, "store.damaged", format!("receipt {}", identity(row)), why).hint("dauson audit verify")
}

/// Counts and sums of a unit's receipts that were issued in these days, by form, symbol and state.
pub async fn totals(
    folder: &DataFolder,
    unit: &str,
    from: Option<Date>,
    to: Option<Date>,
) -> Result<Vec<ReceiptTotal>> {
    Ok(folder.store.read().await?.receipt_totals(unit, from, to).await?)
}
