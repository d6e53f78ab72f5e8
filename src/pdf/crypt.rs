//! The standard security handler (ISO 32000-2, 7.6), through lopdf's implementation of its algorithms.

use super::PdfError;
use super::filters::to_lopdf;
use super::object::{Dictionary, Object, ObjectId};
use lopdf::encryption::crypt_filters::CryptFilter;
use lopdf::{EncryptionState, encryption::PasswordAlgorithm};
use std::sync::Arc;

/// The key of an encrypted file that was opened with one of its passwords.
#[derive(Debug)]
pub struct Encryption {
    state: EncryptionState,
    strings: Arc<dyn CryptFilter>,
    streams: Arc<dyn CryptFilter>,
    /// The flags of `/P` (table 22), bit 1 being the lowest.
    permissions: u32,
    owner: bool,
}

impl Encryption {
    /// Opens with a password; without one the empty user password is tried. `dictionary` is `/Encrypt` with its values
    /// resolved, `id` its object number if it is an indirect object, `first_id` the first half of `/ID`.
    pub fn open(dictionary: &Dictionary, first_id: &[u8], password: Option<&[u8]>) -> Result<Self, PdfError> {
        if dictionary.get(b"Filter").and_then(Object::as_name) != Some(b"Standard") {
            return Err(PdfError::UnsupportedEncryption { why: "its security handler is not the standard one".into() });
        }
        let mut document = lopdf::Document::new();
        let mut dictionary = dictionary.clone();
        // /Length says nothing that /V does not say for V 4 and 5; some writers give it in bytes
        match (
            dictionary.get(b"V").and_then(Object::as_integer),
            dictionary.get(b"Length").and_then(Object::as_integer),
        ) {
            (Some(4), _) => dictionary.set(b"Length", 128),
            (Some(5), _) => dictionary.set(b"Length", 256),
            (Some(2), Some(bytes @ 5..=16)) => dictionary.set(b"Length", bytes.saturating_mul(8)),
            (Some(1), _) => dictionary.set(b"Length", 40),
            _ => {}
        }
        document.objects.insert((1, 0), to_lopdf(&Object::Dictionary(dictionary.clone()), 8));
        document.trailer.set("Encrypt", lopdf::Object::Reference((1, 0)));
        let id = lopdf::Object::String(first_id.to_vec(), lopdf::StringFormat::Hexadecimal);
        document.trailer.set("ID", lopdf::Object::Array(vec![id.clone(), id]));
        let unsupported = |e: lopdf::Error| PdfError::UnsupportedEncryption { why: e.to_string() };
        let algorithm = PasswordAlgorithm::try_from(&document).map_err(unsupported)?;
        let given = password.unwrap_or_default();
        let owner = !given.is_empty() && algorithm.authenticate_owner_password(&document, given).is_ok();
        let opens = |password: &[u8]| algorithm.authenticate_user_password(&document, password).is_ok();
        if !owner && !opens(given) {
            return Err(if password.is_some() { PdfError::WrongPassword } else { PdfError::PasswordNeeded });
        }
        let state = EncryptionState::decode(&document, given).map_err(unsupported)?;
        let flags = dictionary.get(b"P").and_then(Object::as_integer).unwrap_or_default();
        // /P is a signed or an unsigned 32-bit integer: the low 32 bits are the flags either way
        let permissions = u32::try_from(flags & 0xFFFF_FFFF).unwrap_or_default();
        let (strings, streams) = (state.get_string_filter(), state.get_stream_filter());
        Ok(Self { state, strings, streams, permissions, owner })
    }

    /// A flag of `/P` (ISO 32000-2 table 22), bits counted from 1.
    pub const fn permits(&self, bit: u32) -> bool {
        self.owner || self.permissions & (1 << (bit - 1)) != 0
    }

    /// Decrypts a string of an object that is not in an object stream.
    pub fn decrypt_string(&self, id: ObjectId, bytes: &[u8]) -> Result<Vec<u8>, PdfError> {
        let key = self.key(&*self.strings, id)?;
        self.strings.decrypt(&key, bytes).map_err(|_| PdfError::Undecryptable { id })
    }

    /// Encrypts a string that is written into an object with this identity.
    pub fn encrypt_string(&self, id: ObjectId, bytes: &[u8]) -> Result<Vec<u8>, PdfError> {
        let key = self.key(&*self.strings, id)?;
        self.strings.encrypt(&key, bytes).map_err(|_| PdfError::Undecryptable { id })
    }

    /// Decrypts a stream's data.
    pub fn decrypt_stream(&self, id: ObjectId, dictionary: &Dictionary, bytes: &[u8]) -> Result<Vec<u8>, PdfError> {
        if !self.covers(dictionary) {
            return Ok(bytes.to_vec());
        }
        let key = self.key(&*self.streams, id)?;
        self.streams.decrypt(&key, bytes).map_err(|_| PdfError::Undecryptable { id })
    }

    /// Encrypts a stream's data.
    pub fn encrypt_stream(&self, id: ObjectId, dictionary: &Dictionary, bytes: &[u8]) -> Result<Vec<u8>, PdfError> {
        if !self.covers(dictionary) {
            return Ok(bytes.to_vec());
        }
        let key = self.key(&*self.streams, id)?;
        self.streams.encrypt(&key, bytes).map_err(|_| PdfError::Undecryptable { id })
    }

    /// Cross-reference streams, metadata where `/EncryptMetadata` is false, and streams with a filter `/Crypt` of their own are
    /// not under the file's stream filter (7.6.2, 7.6.6).
    fn covers(&self, dictionary: &Dictionary) -> bool {
        let own_filter = |f: &Object| f.as_name() == Some(b"Crypt");
        let crypt = match dictionary.get(b"Filter") {
            Some(Object::Array(filters)) => filters.iter().any(own_filter),
            Some(filter) => own_filter(filter),
            None => false,
        };
        let metadata = dictionary.is_type(b"Metadata") && !self.state.encrypt_metadata();
        !(crypt || metadata || dictionary.is_type(b"XRef"))
    }

    fn key(&self, filter: &dyn CryptFilter, id: ObjectId) -> Result<Vec<u8>, PdfError> {
        filter
            .compute_key(self.state.file_encryption_key(), (id.number, id.generation))
            .map_err(|_| PdfError::Undecryptable { id })
    }
}

/// Applies `change` to each string in an object, but to the `/Contents` of a signature dictionary (7.6.2).
pub fn each_string(
    object: &mut Object,
    change: &mut impl FnMut(&mut Vec<u8>) -> Result<(), PdfError>,
) -> Result<(), PdfError> {
    match object {
        Object::String(string) => change(&mut string.bytes),
        Object::Array(elements) => elements.iter_mut().try_for_each(|e| each_string(e, change)),
        Object::Dictionary(dictionary) => each_in(dictionary, change),
        Object::Stream(stream) => each_in(&mut stream.dictionary, change),
        _ => Ok(()),
    }
}

fn each_in(
    dictionary: &mut Dictionary,
    change: &mut impl FnMut(&mut Vec<u8>) -> Result<(), PdfError>,
) -> Result<(), PdfError> {
    let signature = dictionary.is_type(b"Sig")
        || dictionary.is_type(b"DocTimeStamp")
        || (dictionary.contains(b"ByteRange") && dictionary.contains(b"Contents"));
    dictionary
        .iter_mut()
        .try_for_each(|(key, value)| if signature && key == b"Contents" { Ok(()) } else { each_string(value, change) })
}
