//! What somebody signs in with, sealed under the master key: with the database and the disk, but without the master key, no password can
//! be tried.

use super::codes;
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::keys::{Envelope, KeyError, OneTime};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;
use zeroize::Zeroizing;

/// Characters of a password (NIST SP 800-63B section 3.1.1 asks for 8, for 15 where there is no second factor).
const SHORTEST: usize = 10;
const LONGEST: usize = 128;
/// Recovery codes that are given out.
const CODES: usize = 10;

/// Password, second factor, recovery codes.
#[derive(Serialize, Deserialize)]
pub struct Secrets {
    /// An empty secret in an envelope that the password opens (Argon2id).
    password: Vec<u8>,
    /// The secret of the one-time codes.
    code_secret: Vec<u8>,
    /// SHA-256 of the recovery codes that were not used yet, hexadecimal.
    recovery: Vec<String>,
}

/// What shows the second factor.
pub enum Second {
    /// A code of this time step.
    Step(u32),
    /// A recovery code, which is gone now.
    Recovery(Secrets),
}

fn name(user: &str) -> String {
    format!("user:{user}")
}

impl Secrets {
    /// New ones, for the user with this identifier.
    pub fn new(folder: &DataFolder, user: &str, login: &str, password: &str) -> Result<Self> {
        let length = password.chars().count();
        let varied = password.chars().any(|c| !password.starts_with(c));
        let lower = password.to_lowercase();
        let named = !login.is_empty() && lower.replace(login, "").chars().count() < SHORTEST / 2;
        if !(SHORTEST..=LONGEST).contains(&length) || password.chars().any(char::is_control) || !varied || named {
            let why =
                format!("a password has {SHORTEST} to {LONGEST} characters, not all the same, and is not the login");
            return Err(Error::new(Kind::Usage, "user.password", "password", why));
        }
        let password = Envelope::close(&name(user), &[], password, &*folder.random)?.bytes().to_vec();
        let code_secret = OneTime::new(&*folder.random)?.bytes().to_vec();
        Ok(Self { password, code_secret, recovery: Vec::new() })
    }

    /// What the codes come from.
    pub fn one_time(&self) -> OneTime {
        OneTime::from_bytes(Zeroizing::new(self.code_secret.clone()))
    }

    /// New recovery codes in place of those there were; they are shown once.
    pub fn renew_recovery(&mut self, folder: &DataFolder) -> Result<Vec<String>> {
        let codes = (0..CODES).map(|_| Ok(codes::recovery(folder.random()?))).collect::<Result<Vec<String>>>()?;
        self.recovery = codes.iter().map(|code| digest(code)).collect();
        Ok(codes)
    }

    /// Whether the password is right. Takes a moment, on purpose, on the thread that it is called on.
    pub fn is_password(&self, user: &str, password: &str) -> Result<bool> {
        let Some(envelope) = Envelope::of(&self.password) else { return Ok(false) };
        match envelope.open(&name(user), password) {
            Ok(_) => Ok(true),
            Err(KeyError::PinRefused) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// What a code shows, if it is right.
    pub fn second(self, typed: &str, now: time::OffsetDateTime, taken: u32) -> Option<Second> {
        if let Some(step) = codes::step_of(&self.one_time(), typed, now, taken) {
            return Some(Second::Step(step));
        }
        let wanted = digest(typed);
        let left: Vec<String> = self.recovery.iter().filter(|code| **code != wanted).cloned().collect();
        (left.len() < self.recovery.len()).then_some(Second::Recovery(Self { recovery: left, ..self }))
    }

    /// Seals them for the user with this identifier.
    pub fn seal(&self, folder: &DataFolder, user: &str) -> Result<Vec<u8>> {
        let bug = |error| Error::new(Kind::Bug, "user.secrets", "user", error);
        let bytes = Zeroizing::new(serde_json::to_vec(self).map_err(bug)?);
        Ok(folder.master.seal(&name(user), &bytes, &*folder.random)?)
    }

    /// Opens what was sealed.
    pub fn open(folder: &DataFolder, user: &str, sealed: &[u8]) -> Result<Self> {
        let bytes = folder.master.open(&name(user), sealed)?;
        serde_json::from_slice(&bytes).map_err(|_| {
            Error::new(Kind::BadInput, "store.damaged", format!("user {user}"), "what is sealed cannot be read")
        })
    }
}

fn digest(code: &str) -> String {
    hex::encode(sha256(codes::plain(code).as_bytes()))
}

/// Does the work of one wrong password, so that an account that is not there takes as long as one that is.
pub fn try_nothing(folder: &DataFolder, password: &str) -> Result<()> {
    static NOBODY: OnceLock<Vec<u8>> = OnceLock::new();
    let envelope = match NOBODY.get() {
        Some(bytes) => bytes,
        None => {
            let new = Envelope::close("nobody", &[], "nobody's password", &*folder.random)?;
            NOBODY.get_or_init(|| new.bytes().to_vec())
        }
    };
    if let Some(envelope) = Envelope::of(envelope) {
        let _ = envelope.open("nobody", password);
    }
    Ok(())
}
