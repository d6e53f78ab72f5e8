//! Who paid, as it is kept: sealed, and found again by keyed digests of tax code, personal identification number, and the words of the name. What
//! is signed says it in clear, in the receipt's own files.

use super::field::{digits, is_tax_code};
use super::request::Payer;
use super::view::identity;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::messages::both;
use crate::store::Transaction;
use crate::store::receipts::{PayerDigest, ReceiptRow, SealedPayer};
use unicode_normalization::UnicodeNormalization as _;

/// Receipts that are found by words in one transaction, once these are missing.
const CHUNK: u32 = 500;

fn place(receipt: &str) -> String {
    format!("payer/{receipt}")
}

/// The payer of a receipt, as the store is to have it.
pub fn seal(folder: &DataFolder, receipt: &str, payer: &Payer) -> Result<SealedPayer> {
    let failed = |error: serde_json::Error| Error::new(Kind::Bug, "receipt.payer", "receipt", error);
    let text = zeroize::Zeroizing::new(serde_json::to_vec(payer).map_err(failed)?);
    let index = |field, value: &str| folder.personal.index(field, value);
    Ok(SealedPayer {
        sealed: folder.personal.seal(&place(receipt), &text, &*folder.random)?,
        name: None,
        tax_code: payer.tax_code.as_deref().map(|code| index("tax_code", code)),
        // a person's tax code of twelve digits is the personal identification number
        personal_id: payer
            .personal_id
            .as_deref()
            .or_else(|| payer.tax_code.as_deref().filter(|code| code.len() == 12))
            .map(|id| index("personal_id", id)),
    })
}

/// Who paid.
pub fn open(folder: &DataFolder, row: &ReceiptRow) -> Result<Payer> {
    open_of(folder, &identity(row), &row.payer)
}

/// The payer that was sealed for a receipt.
pub(super) fn open_of(folder: &DataFolder, receipt: &str, payer: &SealedPayer) -> Result<Payer> {
    let text = folder.personal.open(&place(receipt), &payer.sealed)?;
    serde_json::from_slice(&text)
        .map_err(|error| Error::new(Kind::BadInput, "store.damaged", format!("receipt {receipt}: its payer"), error))
}

/// What finds the receipts of somebody in a unit: by a personal identification number, a tax code, or words of the name.
pub fn looked_for(folder: &DataFolder, unit: &str, text: &str) -> PayerDigest {
    by_number(folder, text).unwrap_or_else(|| PayerDigest::Words(folder.personal.words(unit, text)))
}

/// The same for receipts of the law before: by the whole name.
pub fn looked_for_whole(folder: &DataFolder, text: &str) -> PayerDigest {
    by_number(folder, text).unwrap_or_else(|| PayerDigest::Name(whole_name(folder, text)))
}

fn by_number(folder: &DataFolder, text: &str) -> Option<PayerDigest> {
    let text = text.trim();
    if text.len() == 12 && digits(text) {
        return Some(PayerDigest::PersonalId(folder.personal.index("personal_id", text)));
    }
    is_tax_code(text).then(|| PayerDigest::TaxCode(folder.personal.index("tax_code", text)))
}

/// What a whole name is found by.
pub(super) fn whole_name(folder: &DataFolder, name: &str) -> Vec<u8> {
    folder.personal.index("name", &name.trim().nfc().collect::<String>())
}

/// Has a receipt found by the words of its payer's name, in its unit and in the one that issued it.
pub(super) async fn put_words(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    row: &ReceiptRow,
    payer: &Payer,
) -> Result<()> {
    let units = std::iter::once(&row.unit).chain(&row.delegate);
    let words: Vec<Vec<u8>> = units.flat_map(|unit| folder.personal.words(unit, &payer.name)).collect();
    Ok(tx.put_payer_words(row, &words).await?)
}

/// Does so with receipts that are older than that; they were found by the whole name only.
pub(super) async fn put_missing_words(folder: &DataFolder) -> Result<()> {
    while !folder.store.read().await?.receipts_without_words(1).await?.is_empty() {
        let mut tx = folder.store.write().await?;
        for row in tx.receipts_without_words(CHUNK).await? {
            let payer = open(folder, &row)?;
            put_words(folder, &mut *tx, &row, &payer).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// A payer as somebody sees it who need not know who it is.
pub fn masked(payer: &Payer) -> Payer {
    let tail = |text: &String| {
        let hidden = text.chars().count().saturating_sub(3);
        text.chars().enumerate().map(|(at, c)| if at < hidden { '*' } else { c }).collect()
    };
    let initials = |word: &str| word.chars().take(1).chain(['*', '*']).collect::<String>();
    Payer {
        name: payer.name.split_whitespace().map(initials).collect::<Vec<_>>().join(" "),
        tax_code: payer.tax_code.as_ref().map(tail),
        personal_id: payer.personal_id.as_ref().map(tail),
        address: payer.address.as_ref().map(|_| "***".to_owned()),
        email: payer.email.as_ref().map(|_| "***".to_owned()),
        phone: payer.phone.as_ref().map(tail),
        account: payer.account.as_ref().map(|_| "***".to_owned()),
    }
}

/// What is odd about a payer, and no reason to refuse: a tax code whose check digit does not fit.
pub fn warning(payer: &Payer) -> Option<String> {
    let code = payer.tax_code.as_deref()?;
    let fits = tax_code_fits(code);
    let why =
        || both!("chữ số kiểm tra của {code} không khớp", "the check digit of {code} does not fit its other digits");
    (!fits).then(|| format!("payer.tax_code: {}", why()))
}

/// Whether the tenth digit of a tax code of ten digits is the check digit of those before it.
fn tax_code_fits(code: &str) -> bool {
    const WEIGHTS: [u32; 9] = [31, 29, 23, 19, 17, 13, 7, 5, 3];
    let digits: Vec<u32> = code.split('-').next().unwrap_or_default().chars().filter_map(|c| c.to_digit(10)).collect();
    let [first @ .., check] = digits.as_slice() else { return false };
    if first.len() != WEIGHTS.len() {
        // the personal identification number of a person who is a taxpayer has no such digit
        return true;
    }
    let sum: u32 = first.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    10_u32.checked_sub(sum % 11) == Some(*check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_tax_codes() {
        for (code, fits) in
            [("0102357802", true), ("0102357802-001", true), ("0102357803", false), ("062090001234", true)]
        {
            assert_eq!(tax_code_fits(code), fits, "{code}");
        }
    }

    #[test]
    fn a_masked_payer_is_not_known_again() {
        let payer = Payer {
            name: "Nguyễn Văn A".into(),
            tax_code: None,
            personal_id: Some("062090001234".into()),
            address: Some("Thôn 3".into()),
            email: Some("a@b.vn".into()),
            phone: Some("0905123456".into()),
            account: Some("0123456789 VCB".into()),
        };
        let masked = masked(&payer);
        assert_eq!(masked.name, "N** V** A**");
        assert_eq!(masked.personal_id.as_deref(), Some("*********234"));
        assert_eq!((masked.address.as_deref(), masked.email.as_deref()), (Some("***"), Some("***")));
        assert_eq!(masked.account.as_deref(), Some("***"));
    }
}
