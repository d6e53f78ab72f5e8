//! One token: its library, its slot, a session that is logged in, what it holds, and a signature by it.

mod contents;

pub use contents::{Held, HeldKind};

use super::KeyError;
use super::uri::TokenUri;
use crate::cms::ber::tag;
use crate::cms::encode;
use crate::digest::{DigestAlgorithm, sha256};
use crate::keys::{SignatureScheme, pkcs12, public::PublicHalf};
use crate::pki::crypto::Signed;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, RwLock, RwLockReadGuard};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use zeroize::Zeroizing;

/// Objects of one kind that are looked at.
const MOST_OBJECTS: usize = 1000;
/// Bytes of the largest certificate that is read from a token.
const LARGEST_CERTIFICATE: usize = 64 << 10;

/// Libraries by their path: each is loaded once in a process, whatever number of keys it has.
static MODULES: Mutex<BTreeMap<PathBuf, Arc<Module>>> = Mutex::new(BTreeMap::new());
/// PINs that a token has refused, hashed with what the token is called: they are not tried again. Who holds the lock logs in.
static REFUSED: LazyLock<Mutex<HashSet<[u8; 32]>>> = LazyLock::new(Mutex::default);

/// Where a key is, and what opens it.
pub struct Place {
    /// The PKCS#11 library.
    pub module: PathBuf,
    /// Which token, and which of its keys.
    pub uri: TokenUri,
    /// The PIN; none where the token has a keypad of its own, or wants none.
    pub pin: Option<Zeroizing<String>>,
}

/// A library. Some look for tokens only when they are initialised, so that one that was put back is seen after that; then all
/// sessions are void, and their handles may be those of new ones.
pub struct Module {
    calls: Pkcs11,
    /// How often it was initialised. Whoever calls the library reads; whoever initialises it writes.
    round: RwLock<u64>,
}

/// A session with a token, logged in, and the key in it.
pub struct Open {
    module: Arc<Module>,
    round: u64,
    session: Option<Session>,
    key: ObjectHandle,
    /// The token wants the PIN for each signature (CKA_ALWAYS_AUTHENTICATE).
    always: bool,
}

/// Why a session did not do what it should.
pub enum Failure {
    /// The session, the login or the token's handles are gone, or there is no telling: another session may do it.
    Session(KeyError),
    /// There are as many sessions as the token allows.
    TooMany,
    /// Nothing that another session would change.
    Final(KeyError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let Error::Pkcs11(code, _) = &error else { return Self::Final(failed(&error)) };
        match code {
            RvError::SessionCount => Self::TooMany,
            RvError::MechanismInvalid => {
                Self::Final(KeyError::Unsupported { what: "what is asked for, by this token,".to_owned() })
            }
            RvError::TokenNotPresent
            | RvError::TokenNotRecognized
            | RvError::SlotIdInvalid
            | RvError::DeviceRemoved
            // it could not be initialised anew while the token was away
            | RvError::CryptokiNotInitialized => Self::Session(KeyError::NoToken),
            RvError::SessionHandleInvalid
            | RvError::SessionClosed
            | RvError::UserNotLoggedIn
            | RvError::KeyHandleInvalid
            | RvError::ObjectHandleInvalid
            | RvError::OperationActive
            | RvError::DeviceError
            | RvError::GeneralError
            | RvError::FunctionFailed => Self::Session(failed(&error)),
            _ => Self::Final(failed(&error)),
        }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self::Final(error)
    }
}

/// Names of return codes instead of the standard's paragraphs about them.
fn failed(error: &Error) -> KeyError {
    let why = match error {
        Error::Pkcs11(code, function) => format!("{function:?}: {code:?}"),
        other => other.to_string(),
    };
    KeyError::TokenFailed { why }
}

/// The library, loaded and initialised.
fn module(path: &Path) -> Result<Arc<Module>, KeyError> {
    let unusable = |why: String| KeyError::Module { module: path.to_owned(), why };
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = modules.get(path) {
        return Ok(Arc::clone(module));
    }
    if !path.is_absolute() {
        // a bare name would be looked for in folders that others may write
        return Err(unusable("is not given by its full path".to_owned()));
    }
    if !path.is_file() {
        return Err(unusable("is not there".to_owned()));
    }
    let calls = Pkcs11::new(path).map_err(|error| unusable(format!("cannot be loaded: {error}")))?;
    initialize(&calls).map_err(|error| unusable(format!("cannot be initialised: {}", failed(&error))))?;
    let module = Arc::new(Module { calls, round: RwLock::new(0) });
    modules.insert(path.to_owned(), Arc::clone(&module));
    Ok(module)
}

fn initialize(calls: &Pkcs11) -> Result<(), Error> {
    match calls.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        other => other,
    }
}

impl Module {
    fn read(&self) -> RwLockReadGuard<'_, u64> {
        self.round.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Initialises the library anew, unless somebody is calling it.
    fn begin_anew(&self) -> Result<(), Failure> {
        let Ok(mut round) = self.round.try_write() else { return Ok(()) };
        *round = round.saturating_add(1);
        match self.calls.clone().finalize() {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiNotInitialized, _)) => Ok(initialize(&self.calls)?),
            Err(error) => Err(error.into()),
        }
    }
}

impl Place {
    /// Opens a session, logs in and finds the key.
    pub fn open(&self) -> Result<Open, Failure> {
        match self.open_now() {
            Err(Failure::Final(KeyError::NoToken) | Failure::Session(KeyError::NoToken)) => {
                module(&self.module)?.begin_anew()?;
                self.open_now()
            }
            other => other,
        }
    }

    fn open_now(&self) -> Result<Open, Failure> {
        let module = module(&self.module)?;
        let reading = module.read();
        let round = *reading;
        let session = self.session(&module)?;
        let key = self.key(&session)?;
        let always = is_always_authenticated(&session, key)?;
        drop(reading);
        Ok(Open { module, round, session: Some(session), key, always })
    }

    /// The certificate of the key that the token holds, with those of its issuers that it holds, too.
    pub fn certificate(&self) -> Result<PublicHalf, Failure> {
        let module = module(&self.module)?;
        let _round = module.read();
        let session = self.session(&module)?;
        let key = self.key(&session)?;
        let id = attribute(&session, key, AttributeType::Id)?.unwrap_or_default();
        let mut all: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        for object in objects(&session, &[Attribute::Class(ObjectClass::CERTIFICATE)])? {
            let value = attribute(&session, object, AttributeType::Value)?.unwrap_or_default();
            if value.len() <= LARGEST_CERTIFICATE {
                all.push((attribute(&session, object, AttributeType::Id)?.unwrap_or_default(), value));
            }
        }
        // after a renewal the old one may still be there
        let begins = |der: &[u8]| X509Certificate::from_der(der).ok().map(|(_, c)| c.validity().not_before.timestamp());
        let own = all.iter().filter(|(of, _)| *of == id && !id.is_empty()).max_by_key(|(_, der)| begins(der));
        let own = own.ok_or(KeyError::NoCertificate)?.1.clone();
        let others: Vec<&[u8]> = all.iter().map(|(_, der)| der.as_slice()).collect();
        let chain = pkcs12::chain(&own, &others);
        Ok(PublicHalf::new(own, chain)?)
    }

    fn session(&self, module: &Module) -> Result<Session, Failure> {
        let (slot, info) = self.slot(&module.calls)?;
        let session = module.calls.open_ro_session(slot)?;
        self.log_in(&session, &info)?;
        Ok(session)
    }

    /// One that may change what the token holds.
    fn session_to_write(&self, module: &Module) -> Result<Session, Failure> {
        let (slot, info) = self.slot(&module.calls)?;
        let session = module.calls.open_rw_session(slot)?;
        self.log_in(&session, &info)?;
        Ok(session)
    }

    /// The one slot whose token is meant.
    fn slot(&self, module: &Pkcs11) -> Result<(Slot, TokenInfo), Failure> {
        let mut fitting = Vec::new();
        for slot in module.get_slots_with_token()? {
            // other slots are not what this is about
            let Ok(info) = module.get_token_info(slot) else { continue };
            if info.token_initialized() && self.uri.fits(slot.id(), &info) {
                fitting.push((slot, info));
            }
        }
        if fitting.len() > 1 {
            let name = |(slot, info): &(Slot, TokenInfo)| {
                format!("token={};serial={};slot-id={}", info.label(), info.serial_number(), slot.id())
            };
            return Err(KeyError::SeveralTokens { names: fitting.iter().map(name).collect() }.into());
        }
        fitting.pop().ok_or(Failure::Final(KeyError::NoToken))
    }

    /// Logs in, once for all sessions of the process with this token.
    fn log_in(&self, session: &Session, info: &TokenInfo) -> Result<(), Failure> {
        let mut refused = REFUSED.lock().unwrap_or_else(PoisonError::into_inner);
        let state = session.get_session_info()?.session_state();
        if !info.login_required() || matches!(state, SessionState::RoUser | SessionState::RwUser) {
            return Ok(());
        }
        if info.user_pin_locked() {
            return Err(KeyError::PinLocked.into());
        }
        let pin = match &self.pin {
            Some(pin) => Some(pin),
            None if info.protected_authentication_path() => None,
            None => return Err(KeyError::NoPin.into()),
        };
        let attempt = pin.map(|pin| {
            let parts = [info.manufacturer_id(), info.serial_number(), info.label(), pin.as_str()];
            sha256(&Zeroizing::new(parts.map(|part| encode::octet_string(part.as_bytes())).concat()))
        });
        if attempt.is_some_and(|attempt| refused.contains(&attempt)) {
            return Err(KeyError::WrongPin.into());
        }
        if info.user_pin_final_try() {
            return Err(KeyError::LastPinTry.into());
        }
        let pin = pin.map(|pin| AuthPin::from(pin.as_str()));
        match session.login(UserType::User, pin.as_ref()) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _)) => {
                refused.extend(attempt);
                Err(KeyError::WrongPin.into())
            }
            Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(KeyError::PinLocked.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// The one private key that is meant.
    fn key(&self, session: &Session) -> Result<ObjectHandle, Failure> {
        let mut template = vec![Attribute::Class(ObjectClass::PRIVATE_KEY)];
        template.extend(self.uri.object.clone().map(Attribute::Label));
        template.extend(self.uri.id.clone().map(Attribute::Id));
        let keys = objects(session, &template)?;
        match keys.as_slice() {
            [key] => Ok(*key),
            [] => Err(KeyError::NoPrivateKey.into()),
            several => {
                let mut names = Vec::new();
                for key in several.iter().take(10) {
                    let label = attribute(session, *key, AttributeType::Label)?.unwrap_or_default();
                    let id = attribute(session, *key, AttributeType::Id)?.unwrap_or_default();
                    let id: String = id.iter().flat_map(|byte| ["%".to_owned(), hex::encode([*byte])]).collect();
                    names.push(format!("object={};id={id}", String::from_utf8_lossy(&label)));
                }
                Err(KeyError::Several { names }.into())
            }
        }
    }
}

fn is_always_authenticated(session: &Session, key: ObjectHandle) -> Result<bool, Failure> {
    let attributes = session.get_attributes(key, &[AttributeType::AlwaysAuthenticate])?;
    Ok(attributes.contains(&Attribute::AlwaysAuthenticate(true)))
}

fn objects(session: &Session, template: &[Attribute]) -> Result<Vec<ObjectHandle>, Failure> {
    let found: Result<Vec<_>, Error> = session.iter_objects(template)?.take(MOST_OBJECTS).collect();
    Ok(found?)
}

/// The bytes of an attribute; none if the object has none such.
fn attribute(session: &Session, object: ObjectHandle, kind: AttributeType) -> Result<Option<Vec<u8>>, Failure> {
    Ok(session.get_attributes(object, &[kind])?.into_iter().find_map(|attribute| match attribute {
        Attribute::Id(bytes) | Attribute::Label(bytes) | Attribute::Value(bytes) => Some(bytes),
        _ => None,
    }))
}

impl Open {
    /// Signs a message, or what has a digest; the value is as CMS has it.
    pub fn sign(&self, place: &Place, scheme: SignatureScheme, signed: Signed<'_>) -> Result<Vec<u8>, Failure> {
        let round = self.module.read();
        let Some(session) = self.session.as_ref().filter(|_| *round == self.round) else {
            return Err(Failure::Session(KeyError::NoToken));
        };
        let value = match signed {
            Signed::Message(message) if self.always => self.sign_with_pin(session, place, scheme, message)?,
            Signed::Digest(_) if self.always => {
                let what = "a signature of a digest by a key that wants the PIN each time".to_owned();
                return Err(KeyError::Unsupported { what }.into());
            }
            _ => {
                let (mechanism, data) = over_digest(scheme, signed.digest(scheme.digest()))?;
                session.sign(&mechanism, self.key, &data)?
            }
        };
        match scheme {
            SignatureScheme::EcdsaP256 | SignatureScheme::EcdsaP384 => {
                ecdsa_der(&value).ok_or(Failure::Final(KeyError::SigningFailed))
            }
            _ => Ok(value),
        }
    }

    /// The PIN stands between the begin of the operation and its end (CKU_CONTEXT_SPECIFIC), so the token hashes the message.
    fn sign_with_pin(
        &self,
        session: &Session,
        place: &Place,
        scheme: SignatureScheme,
        message: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        session.sign_init(&over_message(scheme)?, self.key).map_err(|error| match error {
            Error::Pkcs11(RvError::MechanismInvalid, _) => {
                let what = "a key that wants the PIN each time, in a token that does not hash itself,".to_owned();
                Failure::Final(KeyError::Unsupported { what })
            }
            other => other.into(),
        })?;
        let pin = place.pin.as_ref().map(|pin| AuthPin::from(pin.as_str()));
        match session.login(UserType::ContextSpecific, pin.as_ref()) {
            Ok(()) => {}
            Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _)) => {
                return Err(KeyError::WrongPin.into());
            }
            Err(Error::Pkcs11(RvError::PinLocked, _)) => return Err(KeyError::PinLocked.into()),
            Err(error) => return Err(error.into()),
        }
        session.sign_update(message)?;
        Ok(session.sign_final()?)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let round = self.module.read();
        if let Some(session) = self.session.take_if(|_| *round != self.round) {
            // its handle may be another's by now, which is not to be closed
            std::mem::forget(session);
        }
        // closed while nobody initialises the library
        self.session = None;
    }
}

/// The mechanism that signs a digest, and what it is given: every token has these, whatever it can hash.
fn over_digest(scheme: SignatureScheme, hash: Vec<u8>) -> Result<(Mechanism<'static>, Vec<u8>), KeyError> {
    let digest = scheme.digest();
    match scheme {
        SignatureScheme::RsaPkcs1(_) => {
            // DigestInfo (RFC 8017 appendix A.2.4), parameters NULL
            let oid = encode::tlv(tag::OID, &[digest.oid().as_bytes()]);
            let algorithm = encode::sequence(&[&oid, &encode::NULL]);
            Ok((Mechanism::RsaPkcs, encode::sequence(&[&algorithm, &encode::octet_string(&hash)])))
        }
        SignatureScheme::RsaPss(_) => Ok((Mechanism::RsaPkcsPss(pss(digest)?), hash)),
        SignatureScheme::EcdsaP256 | SignatureScheme::EcdsaP384 => Ok((Mechanism::Ecdsa, hash)),
        SignatureScheme::Ed25519 => Err(no_ed25519()),
    }
}

/// The mechanism that hashes the message and signs that.
fn over_message(scheme: SignatureScheme) -> Result<Mechanism<'static>, KeyError> {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    Ok(match scheme {
        SignatureScheme::RsaPkcs1(Sha256) => Mechanism::Sha256RsaPkcs,
        SignatureScheme::RsaPkcs1(Sha384) => Mechanism::Sha384RsaPkcs,
        SignatureScheme::RsaPkcs1(Sha512) => Mechanism::Sha512RsaPkcs,
        SignatureScheme::RsaPss(Sha256) => Mechanism::Sha256RsaPkcsPss(pss(Sha256)?),
        SignatureScheme::RsaPss(Sha384) => Mechanism::Sha384RsaPkcsPss(pss(Sha384)?),
        SignatureScheme::RsaPss(Sha512) => Mechanism::Sha512RsaPkcsPss(pss(Sha512)?),
        SignatureScheme::EcdsaP256 => Mechanism::EcdsaSha256,
        SignatureScheme::EcdsaP384 => Mechanism::EcdsaSha384,
        SignatureScheme::RsaPkcs1(_) | SignatureScheme::RsaPss(_) => return Err(KeyError::SigningFailed),
        SignatureScheme::Ed25519 => return Err(no_ed25519()),
    })
}

fn no_ed25519() -> KeyError {
    KeyError::Unsupported { what: "an Ed25519 key on a token".to_owned() }
}

/// MGF1 with the same digest, salt as long as the digest.
fn pss(digest: DigestAlgorithm) -> Result<PkcsPssParams, KeyError> {
    let (hash_alg, mgf, salt) = match digest {
        DigestAlgorithm::Sha256 => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256, 32),
        DigestAlgorithm::Sha384 => (MechanismType::SHA384, PkcsMgfType::MGF1_SHA384, 48),
        DigestAlgorithm::Sha512 => (MechanismType::SHA512, PkcsMgfType::MGF1_SHA512, 64),
        _ => return Err(KeyError::SigningFailed),
    };
    Ok(PkcsPssParams { hash_alg, mgf, s_len: salt.into() })
}

/// ECDSA-Sig-Value (RFC 3279 section 2.2.3) of r and s side by side, as PKCS#11 has them.
pub fn ecdsa_der(value: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = value.split_at_checked(value.len() / 2)?;
    (r.len() == s.len()).then(|| encode::sequence(&[&encode::unsigned(r), &encode::unsigned(s)]))
}
