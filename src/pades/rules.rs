//! Whether a document may be signed: permissions of encrypted files, earlier certification and signatures.

use super::PadesError;
use crate::pdf::appearance::Visible;
use crate::pdf::changes::MUCH;
use crate::pdf::document::Document;
use crate::pdf::fields::SignatureField;
use crate::pdf::object::Object;
use crate::pdf::pages::Page;

/// Checks the flags of an encrypted file (ISO 32000-2 table 22): a new field needs bits 4 and 6, an existing one bit 6 or 9.
pub fn permissions(doc: &Document, existing_field: bool) -> Result<(), PadesError> {
    let Some(encryption) = doc.encryption() else { return Ok(()) };
    let allowed = if existing_field {
        encryption.permits(6) || encryption.permits(9)
    } else {
        encryption.permits(4) && encryption.permits(6)
    };
    let what = if existing_field { "its fields to be signed" } else { "a signature field to be added" };
    if allowed { Ok(()) } else { Err(PadesError::NotPermitted { what }) }
}

/// Refuses a document that is certified with P = 1, and a certification that is not the first signature.
pub fn certification(doc: &Document, fields: &[SignatureField], certify: bool) -> Result<(), PadesError> {
    let signed = fields.iter().filter_map(|f| f.value.as_ref());
    for (_, value) in signed.clone() {
        if doc.doc_mdp(value)? == Some(1) {
            return Err(PadesError::Certified);
        }
    }
    if certify && signed.count() > 0 {
        return Err(PadesError::NotFirst);
    }
    Ok(())
}

/// Refuses to cover much of a page that others have signed: their signatures would fail, for it is how attackers hide what was signed.
pub fn covering(visible: &Visible, page: &Page) -> Result<(), PadesError> {
    let [.., width, height] = visible.rect;
    let [left, bottom, right, top] = page.media_box;
    let share = (width * height).abs() / ((right - left) * (top - bottom)).abs();
    if share > MUCH { Err(PadesError::CoversPage { page: visible.page.saturating_add(1) }) } else { Ok(()) }
}

/// The demands of an existing field's seed value dictionary that concern what is asked for (ISO 32000-2 table 234).
pub fn seed_value(doc: &Document, field: &SignatureField, options: &super::SignOptions) -> Result<(), PadesError> {
    let seed = doc.value(&field.dictionary, b"SV")?;
    let Some(seed) = seed.as_dictionary() else { return Ok(()) };
    let flags = doc.value(seed, b"Ff")?.as_integer().unwrap_or_default();
    let required = |bit: u32| flags & (1 << (bit - 1)) != 0;
    let texts = |key: &[u8]| -> Result<Vec<String>, PadesError> {
        let values = doc.value(seed, key)?;
        let list = values.as_array().map_or_else(|| vec![(*values).clone()], <[Object]>::to_vec);
        let text = |o: &Object| o.as_name().or(o.as_string()).map(crate::pdf::object::decode_text);
        list.iter()
            .map(|v| Ok(doc.resolve(v)?))
            .filter_map(|v: Result<_, PadesError>| v.map(|v| text(&v)).transpose())
            .collect()
    };
    let demand = |demand: String| Err(PadesError::SeedValue { name: field.name.clone(), demand });
    let filters = texts(b"Filter")?;
    if required(1) && !filters.is_empty() && !filters.iter().any(|f| f == super::layout::FILTER) {
        return demand(format!("the signature handler {}", filters.join(" or ")));
    }
    let sub_filters = texts(b"SubFilter")?;
    if required(2) && !sub_filters.is_empty() && !sub_filters.iter().any(|f| f == options.sub_filter.name()) {
        return demand(format!("/SubFilter {}", sub_filters.join(" or ")));
    }
    let reasons = texts(b"Reasons")?;
    let reason = options.reason.as_deref().unwrap_or_default();
    if required(4) && !reasons.is_empty() && !reasons.iter().any(|r| r == reason) {
        // a single reason "." means that none may be given (table 234)
        if !(reasons == ["."] && reason.is_empty()) {
            return demand(format!("one of the reasons {}", reasons.join("; ")));
        }
    }
    let digests = texts(b"DigestMethod")?;
    let digest = options.digest.name().to_ascii_uppercase();
    if required(7) && !digests.is_empty() && !digests.iter().any(|d| d.eq_ignore_ascii_case(&digest)) {
        return demand(format!("the digest {}", digests.join(" or ")));
    }
    Ok(())
}
