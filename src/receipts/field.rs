//! Texts and numbers of a request, field by field.

use super::ReceiptError;
use crate::drawing::fonts::is_printable;
use crate::messages::{Text, both};
use unicode_normalization::UnicodeNormalization as _;

/// Characters of a name or address.
pub const NAME: usize = 300;
/// Characters of a code or reference.
pub const CODE: usize = 64;
/// Characters of a note.
pub const NOTE: usize = 1_000;

/// Whether it has the form of a tax code: ten digits, or ten and three. A person's is the personal id.
pub fn is_tax_code(code: &str) -> bool {
    match code.split_once('-') {
        Some((body, branch)) => body.len() == 10 && digits(body) && branch.len() == 3 && digits(branch),
        None => matches!(code.len(), 10 | 12) && digits(code),
    }
}

pub(super) fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

pub(super) fn wrong(field: impl Into<String>, why: Text) -> ReceiptError {
    ReceiptError::Field { field: field.into(), why }
}

pub(super) fn optional(
    field: impl Into<String>,
    value: Option<&str>,
    limit: usize,
) -> Result<Option<String>, ReceiptError> {
    value.map(|value| text(field, value, limit)).transpose()
}

/// What a payment is known by: its reference, whatever its letter case, composition of letters, and space around it.
pub fn payment_of(reference: &str) -> String {
    let composed: String = reference.trim().nfc().collect();
    composed.to_lowercase().nfc().collect()
}

/// A text as it will be printed: trimmed, in normal form C, and with a glyph for each letter, so that nothing
/// that was signed is invisible on paper.
pub fn text(field: impl Into<String>, value: &str, limit: usize) -> Result<String, ReceiptError> {
    let field = field.into();
    let value: String = value.trim().nfc().collect();
    if value.is_empty() {
        return Err(wrong(field, both!("không được để trống", "must not be empty")));
    }
    let length = value.chars().count();
    if length > limit {
        return Err(wrong(
            field,
            both!("có {length} ký tự, nhiều hơn {limit}", "has {length} characters, more than {limit}"),
        ));
    }
    match value.chars().find(|c| !is_printable(*c)) {
        Some(c) => Err(wrong(
            field,
            both!(
                "có ký tự không in được: U+{code:04X}",
                "has a character that cannot be printed: U+{code:04X}",
                code = u32::from(c)
            ),
        )),
        None => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_is_known_however_its_reference_is_written() {
        for text in ["đợt-Ế1", "ĐỢT-ế1", " Đợt-ế1\t", "D\u{0323}O\u{031b}\u{0323}T-E\u{0302}\u{0301}1"] {
            let text = text.replace("D\u{0323}", "Đ");
            assert_eq!(payment_of(&text), "đợt-ế1", "{text}");
        }
        assert_ne!(payment_of("FT-1"), payment_of("FT 1"));
        assert_eq!(payment_of("\u{212a}-1"), payment_of("k-1"));
    }
}
