//! The document security store (ISO 32000-2 12.8.4.3, EN 319 142-1 clause 5.4.2): certificates and revocation data for
//! whoever validates the document's signatures later.

use super::PadesError;
use super::layout::id_seed;
use crate::digest::{DigestAlgorithm, sha256};
use crate::pdf::PdfError;
use crate::pdf::document::Document;
use crate::pdf::increment::Increment;
use crate::pdf::object::{Dictionary, Object, ObjectId, Stream, StreamData};
use std::collections::{BTreeMap, HashMap};

/// Values that are read of one list.
const MOST_VALUES: usize = 4_000;
/// Bytes that are read of one store.
const MOST_BYTES: usize = 64 << 20;

/// What a signature is validated with, in DER.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValidationData {
    /// Certificates, trust anchors among them.
    pub certificates: Vec<Vec<u8>>,
    /// OCSPResponses.
    pub ocsps: Vec<Vec<u8>>,
    /// CertificateLists.
    pub crls: Vec<Vec<u8>>,
}

/// The keys of the three lists, in the store and in an entry of `/VRI`.
const KEYS: [(&[u8], &[u8]); 3] = [(b"Certs", b"Cert"), (b"OCSPs", b"OCSP"), (b"CRLs", b"CRL")];

impl ValidationData {
    const fn lists(&self) -> [&Vec<Vec<u8>>; 3] {
        [&self.certificates, &self.ocsps, &self.crls]
    }

    const fn lists_mut(&mut self) -> [&mut Vec<Vec<u8>>; 3] {
        [&mut self.certificates, &mut self.ocsps, &mut self.crls]
    }

    /// Adds what is not there yet.
    pub fn merge(&mut self, more: Self) {
        for (list, values) in self.lists_mut().into_iter().zip([more.certificates, more.ocsps, more.crls]) {
            for value in values {
                if !list.contains(&value) {
                    list.push(value);
                }
            }
        }
    }

    /// True without a value.
    pub fn is_empty(&self) -> bool {
        self.lists().iter().all(|list| list.is_empty())
    }
}

/// The name of a signature's entry in `/VRI`: the SHA-1 of its `/Contents`, padding included, hexadecimal (ISO 32000-2
/// table 262).
pub fn vri_name(contents: &[u8]) -> String {
    hex::encode_upper(DigestAlgorithm::Sha1.hash(contents))
}

/// What the store of a document holds; what cannot be read is passed over.
pub fn read(doc: &Document) -> Result<ValidationData, PdfError> {
    let mut found = ValidationData::default();
    let Some(store) = store(doc)? else { return Ok(found) };
    for ((key, _), list) in KEYS.into_iter().zip(found.lists_mut()) {
        list.extend(values(doc, &store.dictionary, key)?.into_iter().map(|(value, _)| value));
    }
    Ok(found)
}

struct Store {
    id: Option<ObjectId>,
    dictionary: Dictionary,
}

fn store(doc: &Document) -> Result<Option<Store>, PdfError> {
    let catalog = doc.catalog()?;
    let Some(entry) = catalog.as_dictionary().and_then(|c| c.get(b"DSS")) else { return Ok(None) };
    let resolved = doc.resolve(entry)?;
    let dictionary = resolved.as_dictionary().cloned();
    Ok(dictionary.map(|dictionary| Store { id: entry.as_reference(), dictionary }))
}

/// The values of a list with the streams that they are in.
fn values(doc: &Document, store: &Dictionary, key: &[u8]) -> Result<Vec<(Vec<u8>, ObjectId)>, PdfError> {
    let list = doc.value(store, key)?;
    let mut found = Vec::new();
    let mut left = MOST_BYTES;
    for element in list.as_array().unwrap_or_default().iter().take(MOST_VALUES) {
        let value = doc.resolve(element)?;
        if let (Object::Stream(stream), Some(id)) = (&*value, element.as_reference())
            && let Ok(der) = doc.stream_data(id, stream)
        {
            left = left.checked_sub(der.len()).ok_or(PdfError::TooLarge { what: "the document security store" })?;
            found.push((der, id));
        }
    }
    Ok(found)
}

/// The increment that adds validation data, each under the name of the signature that it is for: to the store, without
/// what is there already, and as entries of `/VRI`, which validators of today do without and some of yesterday look for.
/// None if there is nothing to add.
pub fn update(doc: &Document, additions: &BTreeMap<String, ValidationData>) -> Result<Option<Vec<u8>>, PadesError> {
    let old = store(doc)?;
    let mut dictionary = old.as_ref().map(|s| s.dictionary.clone()).unwrap_or_default();
    dictionary.set(b"Type", Object::name("DSS"));
    let mut vri = doc.value(&dictionary, b"VRI")?.as_dictionary().cloned().unwrap_or_default();
    let mut increment = Increment::new(doc);
    let mut seed = doc.len().to_be_bytes().to_vec();
    let mut entries: BTreeMap<&str, Dictionary> = BTreeMap::new();
    for (index, (key, entry_key)) in KEYS.into_iter().enumerate() {
        let mut streams: HashMap<[u8; 32], ObjectId> =
            values(doc, &dictionary, key)?.into_iter().map(|(value, id)| (sha256(&value), id)).collect();
        let mut list = doc.value(&dictionary, key)?.as_array().unwrap_or_default().to_vec();
        for (name, data) in additions {
            let Some(values) = data.lists().into_iter().nth(index).filter(|values| !values.is_empty()) else {
                continue;
            };
            let mut own = Vec::new();
            for value in values {
                let digest = sha256(value);
                let id = *streams.entry(digest).or_insert_with(|| {
                    seed.extend(digest);
                    let data = StreamData::InMemory(value.as_slice().into());
                    let id = increment.add(Object::Stream(Stream { dictionary: Dictionary::new(), data }));
                    list.push(Object::Reference(id));
                    id
                });
                own.push(Object::Reference(id));
            }
            entries.entry(name).or_default().set(entry_key, own);
        }
        if !list.is_empty() {
            dictionary.set(key, list);
        }
    }
    if seed.len() == size_of::<u64>() {
        return Ok(None);
    }
    for (name, mut entry) in entries {
        entry.set(b"Type", Object::name("VRI"));
        vri.set(name.as_bytes(), increment.add(entry));
    }
    dictionary.set(b"VRI", vri);
    match old.and_then(|s| s.id) {
        Some(id) => increment.set(id, dictionary),
        None => {
            let catalog_id =
                doc.catalog_id().ok_or(PdfError::Missing { what: "the trailer names no document catalog" })?;
            let mut catalog = increment.get(catalog_id)?.as_dictionary().cloned().unwrap_or_default();
            let store = increment.add(dictionary);
            catalog.set(b"DSS", store);
            increment.set(catalog_id, catalog);
        }
    }
    Ok(Some(increment.finish(id_seed(&seed))?.bytes))
}
