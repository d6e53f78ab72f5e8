//! Digests that other programs have signed by the key that is bound to their token, in two acts: an authorisation ([`authorize`])
//! says how many and, mostly, which ones; with it they are signed ([`sign`]), once.
//!
//! What was authorised is kept by the SHA-256 of what was handed out for it, so another process, or this one after a crash, knows
//! of it as well. Signature values are made first; that the authorisation is used and the log's entries are one transaction, and
//! only behind it does a value leave. A crash before it leaves nothing, one behind it entries whose values nobody was given. A key with a
//! PIN is opened by it when the signatures are authorised, and lies sealed under the authorisation until they are made.

use super::services::Services;
use super::signer;
use crate::audit::entry::{Action, Entry};
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::keys::{AnyKey, MasterKey, SignatureScheme, SigningKey as _};
use crate::net::ChosenBy;
use crate::people::keys::{self, Opens, Standing, one_time, pin};
use crate::people::permissions::{Caller, Permission};
use crate::pki::certificate::Certificate;
use crate::store::Transaction;
use crate::store::activations::{ActivationRow, ActivationState};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

/// How long an authorisation can be extended.
const LONGEST: Duration = Duration::HOUR;
/// How long those that have ended are still told from those that never were.
const REMEMBERED: Duration = Duration::HOUR;
/// The name that what was opened for an authorisation is sealed under.
const SEAL: &str = "activation";
/// Bytes of the longest text that can be an authorisation.
const LONGEST_TEXT: usize = 200;
/// Signatures at a time: a token in a reader has some sessions.
const AT_A_TIME: usize = 8;

/// What an authorisation permits at most.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Signatures.
    pub most: u32,
    /// How long it counts.
    pub lifetime: Duration,
}

/// What is shown for an authorisation.
#[derive(Debug, Default)]
pub struct Shown {
    /// The PIN of the key.
    pub pin: Option<Zeroizing<String>>,
    /// Its one-time password of the moment.
    pub one_time: Option<Zeroizing<String>>,
}

/// An authorisation that was handed out.
pub struct Authorization {
    /// The signature activation data: who has it and the token may have the digests signed.
    pub sad: Zeroizing<String>,
    /// How long it counts.
    pub lifetime: Duration,
}

/// The caller's key, if digests are signed with it: its name, and how it stands. It is the one that the token names, or what has its
/// place by now.
pub async fn credential(folder: &DataFolder, caller: &Caller) -> Result<Option<(String, Standing)>> {
    caller.may(Permission::SignDocuments)?;
    let Some(named) = &caller.signing_key else { return Ok(None) };
    let id = keys::successor(folder, named).await?;
    let standing = keys::standing(folder, &id).await?;
    let signs = !standing.public.schemes().contains(&SignatureScheme::Ed25519);
    Ok(signs.then_some((id, standing)))
}

/// Authorises so many signatures by the caller's key: of these digests, or without them of any. A key that has to be opened by its PIN
/// or by a one-time password wants digests. Takes a moment where there is a PIN, on the thread that it is called on.
pub async fn authorize(
    folder: &DataFolder,
    caller: &Caller,
    terms: Terms,
    count: u32,
    digests: Option<Vec<Vec<u8>>>,
    shown: &Shown,
) -> Result<Authorization> {
    let (key, standing) = credential(folder, caller).await?.ok_or_else(no_key)?;
    let Standing { may_sign, opens, one_time, .. } = standing;
    may_sign?;
    if (opens == Opens::ByPin || one_time) && digests.is_none() {
        return Err(no_digests());
    }
    if count == 0 || digests.as_ref().is_some_and(|digests| digests.is_empty() || number(digests) > count) {
        let why = "so many signatures as there are digests are authorised, and one at least";
        return Err(Error::new(Kind::Usage, "hash.count", "the authorisation", why));
    }
    if count > terms.most {
        let why = format!("no more than {} signatures are authorised at once", terms.most);
        return Err(Error::new(Kind::NotAllowed, "hash.too_many", "the authorisation", why));
    }
    let secret = open(folder, &key, (opens, one_time), shown).await?;
    let now = folder.now();
    let ends = now.saturating_add(LONGEST);
    let row = ActivationRow {
        sad: [0; 32],
        signing_key: key,
        opened: None,
        token: caller.id.clone(),
        digests,
        remaining: count,
        state: ActivationState::Open,
        expires: now.saturating_add(terms.lifetime).min(ends),
        ends,
    };
    let mut tx = folder.store.write().await?;
    tx.forget_activations(now.saturating_sub(REMEMBERED)).await?;
    let (sad, row) = hand_out(folder, row, secret)?;
    tx.put_activation(&row).await?;
    tx.commit().await?;
    Ok(Authorization { sad, lifetime: row.expires - now })
}

/// Opens a key by what is shown; its secret, where that was its PIN. Nothing is tried that would not be enough.
async fn open(
    folder: &DataFolder,
    key: &str,
    (opens, wants_one_time): (Opens, bool),
    shown: &Shown,
) -> Result<Option<Secret>> {
    let refused = |why| Err(Error::new(Kind::NotAllowed, "key.locked", format!("key {key}"), why));
    let pin = match (opens, &shown.pin) {
        (Opens::Now, None) => None,
        (Opens::Now | Opens::ByPin, Some(pin)) => Some(pin),
        (Opens::ByPin | Opens::ByCustodians, _) => return refused("it is locked"),
    };
    match &shown.one_time {
        Some(password) => one_time::take(folder, key, password).await?,
        None if wants_one_time => return refused("it wants a one-time password"),
        None => {}
    }
    match pin {
        Some(pin) => Ok(Some(pin::secret_of(folder, key, pin).await?)),
        None => Ok(None),
    }
}

/// The secret of a key that was opened by its PIN.
type Secret = Zeroizing<Vec<u8>>;

/// The row of an authorisation, and what is handed out for it. A secret that was opened is sealed under that, and under the master key:
/// neither who has the authorisation nor who has all that is kept here gets it.
fn hand_out(
    folder: &DataFolder,
    row: ActivationRow,
    secret: Option<Secret>,
) -> Result<(Zeroizing<String>, ActivationRow)> {
    let bytes = Zeroizing::new(folder.random::<32>()?);
    let sad = Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes));
    let seal = |secret: Secret| {
        let sealed = MasterKey::new(&*bytes)?.seal(SEAL, &secret, &*folder.random)?;
        folder.master.seal(SEAL, &sealed, &*folder.random)
    };
    let opened = secret.map(seal).transpose()?;
    let row = ActivationRow { sad: sha256(sad.as_bytes()), opened, ..row };
    Ok((sad, row))
}

/// The secret that was opened for an authorisation.
fn secret(folder: &DataFolder, row: &ActivationRow, sad: &str) -> Result<Option<Secret>> {
    let Some(opened) = &row.opened else { return Ok(None) };
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(sad).map_err(|_| unknown())?);
    let sealed = folder.master.open(SEAL, opened)?;
    Ok(Some(MasterKey::new(&bytes)?.open(SEAL, &sealed)?))
}

/// A new authorisation for what is left of one that still counts, whose place it takes: of these digests, which one that was for
/// digests wants again.
pub async fn extend(
    folder: &DataFolder,
    caller: &Caller,
    terms: Terms,
    sad: &str,
    digests: Option<Vec<Vec<u8>>>,
) -> Result<Authorization> {
    let (id, standing) = credential(folder, caller).await?.ok_or_else(no_key)?;
    standing.may_sign?;
    let now = folder.now();
    let mut tx = folder.store.write().await?;
    let old = find(tx.activation(&sha256(sad.as_bytes())).await?, caller, &id, sad, now)?;
    if old.state == ActivationState::Extended || old.remaining == 0 {
        return Err(unknown());
    }
    let mut remaining = old.remaining;
    match &digests {
        None if old.digests.is_some() => return Err(no_digests()),
        None => {}
        Some(digests) if digests.is_empty() => return Err(unauthorized()),
        Some(digests) => {
            // a signature that was authorised of one digest is of no other
            let bound = old.digests.as_deref().unwrap_or_default();
            let (dropped, others) = without(bound, digests);
            let free = remaining.saturating_sub(number(bound));
            if number(&others) > free {
                return Err(unauthorized());
            }
            remaining = remaining.saturating_sub(number(&dropped));
        }
    }
    let expires = now.saturating_add(terms.lifetime).min(old.ends);
    let secret = secret(folder, &old, sad)?;
    let new = ActivationRow { digests, remaining, state: ActivationState::Open, expires, ..old.clone() };
    let (sad, new) = hand_out(folder, new, secret)?;
    let from = old.state;
    let old = ActivationRow { state: ActivationState::Extended, opened: None, ..old };
    if !tx.move_activation(&old, from).await? {
        return Err(unknown());
    }
    tx.put_activation(&new).await?;
    tx.commit().await?;
    Ok(Authorization { sad, lifetime: expires - now })
}

/// Signs digests by the caller's key as they were authorised; the signature values in the order of the digests, as CMS has them.
pub async fn sign(
    folder: &DataFolder,
    caller: &Caller,
    services: &Services<'_>,
    sad: &str,
    scheme: SignatureScheme,
    digests: &[Vec<u8>],
) -> Result<Vec<Vec<u8>>> {
    let authorised = Authorised::find(folder, caller, sad).await?;
    let left = authorised.left_after(digests)?;
    let key = authorised.key(folder, sad).await?;
    for warning in signer::check(&*key, services, ChosenBy::Certificate, folder.now()).await? {
        tracing::warn!("{}: {warning}", authorised.row.signing_key);
    }
    let signer = &*key;
    let values: Vec<Vec<u8>> = stream::iter(digests)
        .map(|digest| async move { Ok::<_, Error>(signer.sign_digest(scheme, digest).await?) })
        .buffered(AT_A_TIME)
        .try_collect()
        .await?;
    let entries = digests.iter().zip(&values).map(|(digest, value)| entry(folder, caller, &key, scheme, digest, value));
    let entries = entries.collect::<Result<Vec<_>>>()?;
    let mut tx = folder.store.write().await?;
    authorised.use_up(&mut *tx, left).await?;
    folder.log.append(&mut *tx, &entries).await?;
    tx.commit().await?;
    Ok(values)
}

/// What is left of an authorisation.
pub(super) struct Left {
    /// Signatures.
    remaining: u32,
    /// The digests that some of them are for, where it was for digests.
    digests: Option<Vec<Vec<u8>>>,
}

/// An authorisation that can be signed with.
pub(super) struct Authorised {
    row: ActivationRow,
}

impl Authorised {
    /// The caller's, by what was handed out for it.
    pub async fn find(folder: &DataFolder, caller: &Caller, sad: &str) -> Result<Self> {
        let (id, Standing { public, .. }) = credential(folder, caller).await?.ok_or_else(no_key)?;
        let now = folder.now();
        let row = folder.store.read().await?.activation(&sha256(sad.as_bytes())).await?;
        let row = find(row, caller, &id, sad, now)?;
        if row.state != ActivationState::Open {
            return Err(unknown());
        }
        if now > Certificate::parse(public.certificate())?.not_after() {
            let why = "its certificate has expired";
            return Err(Error::new(Kind::NotAllowed, "hash.expired_certificate", format!("key {id}"), why));
        }
        Ok(Self { row })
    }

    /// Bytes of the digests that it is for; none if it is for any.
    pub fn digest_size(&self) -> Option<usize> {
        self.row.digests.as_ref().and_then(|digests| digests.first()).map(Vec::len)
    }

    /// What is left once these digests were signed; others than those that were authorised are refused.
    pub fn left_after(&self, digests: &[Vec<u8>]) -> Result<Left> {
        let left = match &self.row.digests {
            None => None,
            Some(authorised) => {
                let (left, others) = without(authorised, digests);
                if !others.is_empty() {
                    return Err(unauthorized());
                }
                Some(left)
            }
        };
        let remaining = self.row.remaining.checked_sub(number(digests)).ok_or_else(unauthorized)?;
        Ok(Left { remaining, digests: left })
    }

    /// The key, ready to sign.
    pub async fn key(&self, folder: &DataFolder, sad: &str) -> Result<Arc<AnyKey>> {
        match secret(folder, &self.row, sad)? {
            Some(secret) => keys::opened(folder, &self.row.signing_key, &secret).await,
            None => keys::load_named(folder, &self.row.signing_key).await,
        }
    }

    /// Uses it; whoever else did meanwhile has used it.
    pub async fn use_up(self, tx: &mut dyn Transaction, Left { remaining, digests }: Left) -> Result<()> {
        let opened = self.row.opened.clone().filter(|_| remaining > 0);
        let used = ActivationRow { state: ActivationState::Used, remaining, digests, opened, ..self.row };
        if tx.move_activation(&used, ActivationState::Open).await? { Ok(()) } else { Err(unknown()) }
    }
}

fn entry(
    folder: &DataFolder,
    caller: &Caller,
    key: &AnyKey,
    scheme: SignatureScheme,
    digest: &[u8],
    value: &[u8],
) -> Result<Entry> {
    let entry = Entry::new(Action::HashSigned, folder.now())?.of_unit(&caller.unit);
    let entry = entry.by(folder.log.pseudonym(&caller.id));
    Ok(entry.signing(scheme.digest(), digest, key.certificate()).signed(value))
}

/// The caller's authorisation, if it still counts. Those of other tokens and keys are as unknown as those that never were.
fn find(
    row: Option<ActivationRow>,
    caller: &Caller,
    key: &str,
    sad: &str,
    now: OffsetDateTime,
) -> Result<ActivationRow> {
    let is_theirs = |row: &ActivationRow| row.token == caller.id && row.signing_key == key;
    let row = row.filter(|row| sad.len() <= LONGEST_TEXT && is_theirs(row)).ok_or_else(unknown)?;
    if now >= row.expires {
        return Err(Error::new(Kind::NotAllowed, "hash.expired", "the authorisation", "it has expired"));
    }
    Ok(row)
}

/// Of the digests that were authorised those that are not among these, and of these those that are not among the authorised, each as often as
/// it is there.
fn without(authorised: &[Vec<u8>], digests: &[Vec<u8>]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (mut left, mut others) = (authorised.to_vec(), Vec::new());
    for digest in digests {
        match left.iter().position(|one| one == digest) {
            Some(at) => drop(left.swap_remove(at)),
            None => others.push(digest.clone()),
        }
    }
    (left, others)
}

fn number(digests: &[Vec<u8>]) -> u32 {
    u32::try_from(digests.len()).unwrap_or(u32::MAX)
}

fn no_key() -> Error {
    Error::new(Kind::NotAllowed, "hash.no_key", "the token", "no key that signs digests is bound to it")
        .hint("dauson token create --key binds one")
}

fn no_digests() -> Error {
    let why = "it has to be said which digests are to be signed";
    Error::new(Kind::Usage, "hash.digests", "the authorisation", why)
}

fn unknown() -> Error {
    Error::new(Kind::NotAllowed, "hash.unknown", "the authorisation", "it is not known, or was used")
}

fn unauthorized() -> Error {
    Error::new(Kind::NotAllowed, "hash.unauthorized", "the authorisation", "it is not for these digests")
}
