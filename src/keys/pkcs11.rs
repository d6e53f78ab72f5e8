//! Keys in tokens and HSMs, by PKCS#11 (version 2.40 and later).
//!
//! A session is for one thread, and its calls may take as long as a person takes to type a PIN: each session has a thread of
//! its own, begun when all others are busy, and work waits in a queue. A session that fails is opened anew once for the same
//! signature, so a token that was pulled out and is back signs again. Each value is verified before it is given out.

mod token;
mod uri;

use super::any::lines;
use super::request::Subject;
use super::{KeyAlgorithm, KeyError, PublicHalf, SignatureScheme, SigningKey};
use crate::pki::crypto::Signed;
use async_trait::async_trait;
use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
pub(super) use token::ecdsa_der;
use token::{Failure, Open, Place};
pub use token::{Held, HeldKind};
use tokio::sync::oneshot;
pub use uri::TokenUri;
use zeroize::Zeroizing;

/// Sessions of one key at the same time.
const MOST_SESSIONS: usize = 8;
/// Signatures that wait for a session, at most.
const MOST_WAITING: usize = 1024;

/// How long a signature may take, a person who types the PIN into a keypad included: transactions wait for it.
const ANSWER: Duration = Duration::from_mins(1);

/// How long the end of a key waits until its sessions are closed. A process that ended meanwhile would take the library away from under them.
const CLOSING: Duration = Duration::from_secs(2);

/// A key in a token.
pub struct TokenKey {
    public: PublicHalf,
    desk: Arc<Desk>,
}

/// Where sessions find their work.
struct Desk {
    place: Place,
    state: Mutex<State>,
    work: Condvar,
    /// A thread has ended.
    ended: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    /// Threads, each with its session.
    threads: usize,
    idle: usize,
    /// The key is no longer used.
    closed: bool,
}

struct Job {
    scheme: SignatureScheme,
    /// The message; or its digest.
    bytes: Vec<u8>,
    is_digest: bool,
    reply: oneshot::Sender<Result<Vec<u8>, KeyError>>,
}

impl Job {
    fn signed(&self) -> Signed<'_> {
        if self.is_digest { Signed::Digest(&self.bytes) } else { Signed::Message(&self.bytes) }
    }
}

impl TokenKey {
    /// The key at a place, with the certificate that the token holds. Waits for the token.
    pub fn find(module: PathBuf, uri: TokenUri, pin: Option<Zeroizing<String>>) -> Result<Self, KeyError> {
        let place = Place { module, uri, pin };
        let public = place.certificate().map_err(Failure::into_error)?;
        Ok(Self::at(place, public))
    }

    /// The key of a certificate at a place. The token is asked for nothing before the first signature.
    pub fn new(module: PathBuf, uri: TokenUri, pin: Option<Zeroizing<String>>, public: PublicHalf) -> Self {
        Self::at(Place { module, uri, pin }, public)
    }

    /// Where it is and what opens it, for the key store: URI, library, and the PIN if there is one, a line each.
    pub(super) fn place(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let Place { module, uri, pin } = &self.desk.place;
        let unusable = || KeyError::Module { module: module.clone(), why: "has a name that cannot be kept".to_owned() };
        let module = module.to_str().filter(|name| !name.contains('\n')).ok_or_else(unusable)?;
        let parts = [Some(uri.as_str()), Some(module), pin.as_ref().map(|pin| pin.as_str())];
        Ok(lines(parts.into_iter().flatten()))
    }

    async fn ask(&self, scheme: SignatureScheme, bytes: &[u8], is_digest: bool) -> Result<Vec<u8>, KeyError> {
        let (reply, answer) = oneshot::channel();
        Desk::put(&self.desk, Job { scheme, bytes: bytes.to_vec(), is_digest, reply })?;
        let late = |_| KeyError::TokenFailed { why: format!("it did not answer in {} seconds", ANSWER.as_secs()) };
        let answer = tokio::time::timeout(ANSWER, answer).await.map_err(late)?;
        answer.map_err(|_| KeyError::SigningFailed)?
    }

    fn at(place: Place, public: PublicHalf) -> Self {
        Self {
            public,
            desk: Arc::new(Desk { place, state: Mutex::default(), work: Condvar::new(), ended: Condvar::new() }),
        }
    }
}

/// A token as a place for keys: what is made there and put there.
pub struct Token {
    place: Place,
}

impl Token {
    /// The token that the URI means, and in it the key that the URI means.
    pub fn new(module: PathBuf, uri: TokenUri, pin: Option<Zeroizing<String>>) -> Self {
        Self { place: Place { module, uri, pin } }
    }

    /// Makes a key pair that cannot leave the token, under the label of the URI; gives its identifier (CKA_ID) and the request for
    /// its certificate (PKCS#10, DER). There must be no key of that label.
    pub fn generate(&self, algorithm: KeyAlgorithm, subject: &Subject) -> Result<(Vec<u8>, Vec<u8>), KeyError> {
        let label = self.place.uri.object.as_deref().unwrap_or_default();
        self.place.generate(label, algorithm, subject).map_err(Failure::into_error)
    }

    /// Puts the certificate of the key beside it, and those of its issuers; one of another key is refused.
    pub fn put_certificate(&self, certificate: &[u8], issuers: &[Vec<u8>]) -> Result<(), KeyError> {
        self.place.put_certificate(certificate, issuers).map_err(Failure::into_error)
    }

    /// The private keys and certificates in it.
    pub fn list(&self) -> Result<Vec<Held>, KeyError> {
        self.place.list().map_err(Failure::into_error)
    }
}

/// Never shows the PIN.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").finish_non_exhaustive()
    }
}

/// Never shows the PIN.
impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey").field("public", &self.public).finish_non_exhaustive()
    }
}

impl Drop for TokenKey {
    fn drop(&mut self) {
        let mut state = self.desk.state();
        state.closed = true;
        self.desk.work.notify_all();
        let _ = self.desk.ended.wait_timeout_while(state, CLOSING, |state| state.threads > 0);
    }
}

#[async_trait]
impl SigningKey for TokenKey {
    fn public(&self) -> &PublicHalf {
        &self.public
    }

    async fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.public.offers(scheme)?;
        let value = self.ask(scheme, message, false).await?;
        self.public.check(scheme, message, &value).map_err(|_| KeyError::Mismatch)?;
        Ok(value)
    }

    async fn sign_digest(&self, scheme: SignatureScheme, digest: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.public.offers_digest(scheme, digest)?;
        let value = self.ask(scheme, digest, true).await?;
        self.public.check_digest(scheme, digest, &value).map_err(|_| KeyError::Mismatch)?;
        Ok(value)
    }
}

impl Desk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(desk: &Arc<Self>, job: Job) -> Result<(), KeyError> {
        let mut state = desk.state();
        if state.waiting.len() >= MOST_WAITING {
            return Err(KeyError::TokenFailed { why: format!("{MOST_WAITING} signatures wait for it already") });
        }
        state.waiting.push_back(job);
        if state.idle < state.waiting.len() && state.threads < MOST_SESSIONS {
            let served = Arc::clone(desk);
            match std::thread::Builder::new().name("token session".to_owned()).spawn(move || served.serve()) {
                Ok(_) => state.threads = state.threads.saturating_add(1),
                // the others go on
                Err(_) if state.threads > 0 => {}
                Err(error) => {
                    state.waiting.pop_back();
                    return Err(KeyError::TokenFailed { why: format!("no thread for its session: {error}") });
                }
            }
        }
        drop(state);
        desk.work.notify_one();
        Ok(())
    }

    /// The next job; none when the key is no longer used.
    fn next(&self) -> Option<Job> {
        let mut state = self.state();
        loop {
            if let Some(job) = state.waiting.pop_front() {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state.idle = state.idle.saturating_add(1);
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle = state.idle.saturating_sub(1);
        }
    }

    /// The work of one thread, with one session.
    fn serve(&self) {
        let mut session = None;
        while let Some(job) = self.next() {
            // who asked waits no longer
            if job.reply.is_closed() {
                continue;
            }
            let result = match self.sign(&mut session, &job) {
                Err(Failure::TooMany) => {
                    let mut state = self.state();
                    if state.threads > 1 {
                        // the token has no more sessions than those of the other threads
                        state.threads = state.threads.saturating_sub(1);
                        state.waiting.push_front(job);
                        drop(state);
                        self.work.notify_one();
                        return;
                    }
                    Err(KeyError::TokenFailed { why: "others use all its sessions".to_owned() })
                }
                result => result.map_err(Failure::into_error),
            };
            // who asked may have gone
            let _ = job.reply.send(result);
        }
        drop(session);
        let mut state = self.state();
        state.threads = state.threads.saturating_sub(1);
        drop(state);
        self.ended.notify_all();
    }

    fn sign(&self, session: &mut Option<Open>, job: &Job) -> Result<Vec<u8>, Failure> {
        if let Some(open) = session.take() {
            match open.sign(&self.place, job.scheme, job.signed()) {
                Ok(value) => {
                    *session = Some(open);
                    return Ok(value);
                }
                // it may have been lost while it was not used
                Err(Failure::Session(_)) => {}
                Err(other) => return Err(other),
            }
        }
        let open = self.place.open().map_err(|failure| match failure {
            Failure::Final(KeyError::NoPrivateKey) => {
                Failure::Final(KeyError::TokenFailed { why: "the key is not in it, or not any more".to_owned() })
            }
            other => other,
        })?;
        let value = open.sign(&self.place, job.scheme, job.signed())?;
        *session = Some(open);
        Ok(value)
    }
}

impl Failure {
    fn into_error(self) -> KeyError {
        match self {
            Self::Session(error) | Self::Final(error) => error,
            Self::TooMany => KeyError::TokenFailed { why: "others use all its sessions".to_owned() },
        }
    }
}
