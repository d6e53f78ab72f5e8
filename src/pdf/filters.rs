//! Stream filters (ISO 32000-2, 7.4), through lopdf's decoders, within limits.

use super::PdfError;
use super::budget::Budget;
use super::crypt::Encryption;
use super::object::{Dictionary, Object, ObjectId, Stream, StreamData};
use super::source::Source;
use crate::limits::Limits;

/// The decrypted and decoded bytes of a stream. `encryption` is that of the file with the identity of the stream, `None` where
/// it is not encrypted (a cross-reference stream, an unencrypted file). `/Filter` and `/DecodeParms` must be direct. It may have
/// `most` bytes, and what is left of the file's budget.
pub fn decode(
    source: &dyn Source,
    stream: &Stream,
    encryption: Option<(&Encryption, ObjectId)>,
    most: usize,
    budget: &Budget,
    limits: &Limits,
) -> Result<Vec<u8>, PdfError> {
    let raw = match &stream.data {
        StreamData::InMemory(bytes) => bytes.to_vec(),
        StreamData::InFile(range) => {
            let length = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX);
            if length > most {
                return Err(PdfError::TooLarge { what: "a stream" });
            }
            budget.decode(length)?;
            let bytes = source.read_up_to(range.start, length)?;
            match encryption {
                Some((encryption, id)) => encryption.decrypt_stream(id, &stream.dictionary, &bytes)?,
                None => bytes,
            }
        }
    };
    let mut dictionary = lopdf::Dictionary::new();
    for key in [b"Filter".as_slice(), b"DecodeParms"] {
        let short: &[u8] = if key == b"Filter" { b"F" } else { b"DP" };
        if let Some(value) = stream.dictionary.get(key).or_else(|| stream.dictionary.get(short)) {
            dictionary.set(key.to_vec(), to_lopdf(value, 4));
        }
    }
    let filters = match dictionary.get(b"Filter") {
        Err(_) | Ok(lopdf::Object::Null) => return Ok(raw),
        Ok(lopdf::Object::Array(filters)) => filters.len(),
        Ok(_) => 1,
    };
    if filters > limits.pdf_filters {
        return Err(PdfError::TooLarge { what: "the chain of a stream's filters" });
    }
    if filters == 0 {
        return Ok(raw);
    }
    let most = most.min(budget.left_to_decode());
    // no decoder makes more of a byte than inflate does; each filter of a chain may do its work before the last one fails
    let worst = raw.len().saturating_mul(1_032).min(most);
    match lopdf::Stream::new(dictionary, raw).get_plain_content_with_limit(most) {
        Ok(data) => budget.decode(data.len().saturating_mul(filters)).map(|()| data),
        Err(error) => {
            budget.decode(worst.saturating_mul(filters))?;
            Err(PdfError::Filter { why: error.to_string() })
        }
    }
}

/// The same object in lopdf's model, as far as its decoders need it.
pub fn to_lopdf(object: &Object, depth: usize) -> lopdf::Object {
    let Some(below) = depth.checked_sub(1) else { return lopdf::Object::Null };
    match object {
        Object::Null => lopdf::Object::Null,
        Object::Boolean(b) => lopdf::Object::Boolean(*b),
        Object::Integer(i) => lopdf::Object::Integer(*i),
        // decoders take no reals
        Object::Real(text) => lopdf::Object::Real(text.parse().unwrap_or_default()),
        Object::Name(name) => lopdf::Object::Name(name.clone()),
        Object::String(s) => lopdf::Object::String(s.bytes.clone(), lopdf::StringFormat::Hexadecimal),
        Object::Array(elements) => lopdf::Object::Array(elements.iter().map(|e| to_lopdf(e, below)).collect()),
        Object::Dictionary(dictionary) => lopdf::Object::Dictionary(dictionary_to_lopdf(dictionary, below)),
        Object::Stream(stream) => lopdf::Object::Dictionary(dictionary_to_lopdf(&stream.dictionary, below)),
        Object::Reference(id) => lopdf::Object::Reference((id.number, id.generation)),
    }
}

fn dictionary_to_lopdf(dictionary: &Dictionary, depth: usize) -> lopdf::Dictionary {
    dictionary.iter().map(|(key, value)| (key.to_vec(), to_lopdf(value, depth))).collect()
}
