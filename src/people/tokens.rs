//! Bearer tokens of the API (RFC 6750): 256 random bits, of which only the SHA-256 is kept.

use super::permissions::{Caller, Role};
use super::users::Administrator;
use super::{check_name, is_printable, not_found};
use crate::audit::entry::{Action, Entry};
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::store::Transaction;
use crate::store::people::TokenRow;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use time::Duration;
use zeroize::Zeroizing;

/// What a token begins with, so that scanners of leaked secrets know it.
const PREFIX: &str = "dauson_";
/// What an access token begins with: it is none of the others.
const ACCESS_PREFIX: &str = "dauson-access_";
/// The name that access tokens are sealed under.
const ACCESS_SEAL: &str = "access-token";
/// How long an access token lasts.
const ACCESS: Duration = Duration::HOUR;
/// Bytes of the longest text that can be a token.
const LONGEST_TEXT: usize = 200;
/// Longest life of a token.
const LONGEST: Duration = Duration::days(3_660);
/// The same of one that an administrator gives.
const LONGEST_GIVEN: Duration = Duration::days(732);

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// What its bearer may do.
    pub role: Role,
    /// The key its bearer signs with.
    pub signing_key: Option<String>,
    /// How long it lasts.
    pub lifetime: Duration,
}

/// Makes a token; the text is shown once and kept nowhere.
pub async fn create(folder: &DataFolder, new: NewToken) -> Result<(TokenRow, Zeroizing<String>)> {
    make(folder, new, None).await
}

/// The same for an administrator, whom the log names as who agreed to it. What signs documents with a key, and who gives tokens himself, gets
/// his on the command line: an administrator signs nothing, and his own office has an end.
pub async fn give(folder: &DataFolder, new: NewToken, by: &Administrator) -> Result<(TokenRow, Zeroizing<String>)> {
    by.cares_for(&mut *folder.store.read().await?, &new.unit, "unit", &new.unit).await?;
    if new.signing_key.is_some() || new.role == Role::Admin {
        let why = "a token that signs with a key, or administers, is made on the command line";
        return Err(Error::new(Kind::NotAllowed, "token.separation", "token", why).hint("dauson token create"));
    }
    let others = folder.store.read().await?.tokens().await?;
    if others.iter().any(|other| other.unit == new.unit && other.name == new.name && is_in_force(folder, other)) {
        let why = "the unit has a token of this name in force; revoke that one, or choose another name";
        return Err(Error::new(Kind::Conflict, "token.exists", "token", why));
    }
    if new.lifetime > LONGEST_GIVEN {
        let why = "a token that an administrator gives lasts two years at most";
        return Err(Error::new(Kind::Usage, "token.lifetime", "token", why));
    }
    make(folder, new, Some(&by.actor)).await
}

async fn make(folder: &DataFolder, new: NewToken, by: Option<&str>) -> Result<(TokenRow, Zeroizing<String>)> {
    if !is_printable(&new.name) {
        return Err(Error::new(Kind::Usage, "token.name", "token", "its name has 1 to 200 printable characters"));
    }
    if new.lifetime <= Duration::ZERO || new.lifetime > LONGEST {
        return Err(Error::new(Kind::Usage, "token.lifetime", "token", "it lasts from one day to ten years"));
    }
    let secret = Zeroizing::new(folder.random::<32>()?);
    let text = Zeroizing::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(*secret)));
    let now = folder.now();
    let mut tx = folder.store.write().await?;
    super::units::open(&mut *tx, &new.unit).await?;
    if let Some(key) = &new.signing_key {
        may_sign_with(&mut *tx, &new.unit, key).await?;
    }
    let token = TokenRow {
        id: hex::encode(folder.random::<8>()?),
        hash: sha256(text.as_bytes()),
        name: new.name,
        unit: new.unit,
        role: new.role.as_str().to_owned(),
        signing_key: new.signing_key,
        created: now,
        expires: now.checked_add(new.lifetime).unwrap_or(now),
        revoked: None,
    };
    tx.put_token(&token).await?;
    let entry = Entry::new(Action::RoleGranted, now)?.of_unit(&token.unit).of_bytes(&particulars(&token)?);
    let entry = entry.by(folder.log.pseudonym(&token.id));
    let approver = by.map(|by| folder.log.pseudonym(by));
    folder.log.append_one(&mut *tx, Entry { approver, ..entry }).await?;
    tx.commit().await?;
    Ok((token, text))
}

/// Refuses a key that is not the unit's.
pub(super) async fn may_sign_with(tx: &mut dyn Transaction, unit: &str, key: &str) -> Result<()> {
    let found = tx.signing_key(key).await?.ok_or_else(|| not_found("key", key))?;
    if found.unit.as_deref() != Some(unit) {
        return Err(Error::new(Kind::NotAllowed, "token.key", format!("key {key}"), "it is another unit's"));
    }
    Ok(())
}

/// What the log keeps the digest of: a JSON array of the token's SHA-256 (hexadecimal), name, unit, role, signing key, and expiry (seconds since
/// 1970). Who has not the token cannot try out its name.
fn particulars(token: &TokenRow) -> Result<Vec<u8>> {
    let TokenRow { id, hash, name, unit, role, signing_key, created: _, expires, revoked: _ } = token;
    serde_json::to_vec(&(hex::encode(hash), name, unit, role, signing_key, expires.unix_timestamp()))
        .map_err(|error| Error::new(Kind::Bug, "token.particulars", format!("token {id}"), error))
}

/// All tokens, the oldest first.
pub async fn list(folder: &DataFolder) -> Result<Vec<TokenRow>> {
    Ok(folder.store.read().await?.tokens().await?)
}

/// The token with this identifier, or the only one of this name; in force or not.
pub async fn get(folder: &DataFolder, wanted: &str) -> Result<TokenRow> {
    not_secret(wanted)?;
    let all = list(folder).await?;
    if let Some(token) = all.iter().find(|token| token.id == wanted) {
        return Ok(token.clone());
    }
    let mut named = all.into_iter().filter(|token| token.name == wanted);
    match (named.next(), named.next()) {
        (Some(token), None) => Ok(token),
        (Some(_), Some(_)) => {
            let why = "there are several of that name";
            Err(Error::new(Kind::Usage, "people.several", format!("token {wanted}"), why)
                .hint("dauson token list shows their identifiers"))
        }
        (None, _) => Err(not_found("token", wanted).hint("dauson token list shows those there are")),
    }
}

/// Refuses the secret itself where a token is to be named: it would be told again in errors, and stand in the list of processes.
fn not_secret(wanted: &str) -> Result<()> {
    if !wanted.starts_with(PREFIX) {
        return Ok(());
    }
    let why = "that is its secret: its identifier or its name is wanted here";
    Err(Error::new(Kind::Usage, "people.secret", "token", why).hint("dauson token list shows them"))
}

/// Ends a token at once.
pub async fn revoke(folder: &DataFolder, id: &str) -> Result<()> {
    end(folder, id, None).await
}

/// The same by an administrator, whom the log names.
pub async fn take_away(folder: &DataFolder, id: &str, by: &Administrator) -> Result<()> {
    let mut view = folder.store.read().await?;
    let token = view.token(id).await?.ok_or_else(|| not_found("token", id))?;
    by.cares_for(&mut *view, &token.unit, "token", id).await?;
    drop(view);
    end(folder, id, Some(&by.actor)).await
}

/// The tokens of the units that an administrator cares for, the oldest first.
pub async fn list_of(folder: &DataFolder, by: &Administrator) -> Result<Vec<TokenRow>> {
    let mut view = folder.store.read().await?;
    let units = by.units(&mut *view).await?;
    let tokens = view.tokens().await?.into_iter();
    Ok(tokens.filter(|token| units.as_ref().is_none_or(|units| units.contains(&token.unit))).collect())
}

async fn end(folder: &DataFolder, id: &str, by: Option<&str>) -> Result<()> {
    not_secret(id)?;
    check_name("token", id)?;
    let now = folder.now();
    let mut tx = folder.store.write().await?;
    if !tx.revoke_token(id, now).await? {
        return Err(not_found("token", id).hint("dauson token list shows those in force"));
    }
    let mut entry = Entry::new(Action::RoleRevoked, now)?;
    entry.actor = Some(folder.log.pseudonym(id));
    entry.approver = by.map(|by| folder.log.pseudonym(by));
    folder.log.append_one(&mut *tx, entry).await?;
    Ok(tx.commit().await?)
}

/// Has the tokens of a unit that ends be those of the one that has its place, in a transaction that is under way; their keys are the old unit's,
/// and stay behind. Without such a unit they end. Gives those that were in force.
pub async fn follow(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    unit: &str,
    successor: Option<&str>,
    actor: &str,
) -> Result<Vec<TokenRow>> {
    let now = folder.now();
    let mut all = tx.tokens().await?;
    all.retain(|token| token.unit == unit && is_in_force(folder, token));
    for token in &all {
        let bearer = folder.log.pseudonym(&token.id);
        let entry = match successor {
            None => {
                tx.revoke_token(&token.id, now).await?;
                Entry::new(Action::RoleRevoked, now)?
            }
            Some(successor) => {
                tx.move_token(&token.id, successor).await?;
                let moved = TokenRow { unit: successor.to_owned(), signing_key: None, ..token.clone() };
                Entry::new(Action::RoleGranted, now)?.of_unit(successor).of_bytes(&particulars(&moved)?)
            }
        };
        let entry = Entry { approver: Some(folder.log.pseudonym(actor)), ..entry.by(bearer) };
        folder.log.append_one(tx, entry).await?;
    }
    Ok(all)
}

/// Whose token this is. Wrong, expired and revoked tokens get the same answer.
pub async fn authenticate(folder: &DataFolder, text: &str) -> Result<Caller> {
    bearer(find(folder, text).await?)
}

/// An access token (RFC 6749 section 4.4) and how long it lasts, for a token that is shown with its identifier. Nothing is kept of it:
/// it says itself, sealed, whose it is and until when, and counts no longer than that token does.
pub async fn access(folder: &DataFolder, id: &str, text: &str) -> Result<(Zeroizing<String>, Duration)> {
    let token = find(folder, text).await?;
    if token.id != id {
        return Err(refused());
    }
    let now = folder.now();
    let lifetime = ACCESS.min(token.expires - now);
    let until = now.saturating_add(lifetime).unix_timestamp();
    let sealed = folder.master.seal(ACCESS_SEAL, format!("{until} {id}").as_bytes(), &*folder.random)?;
    Ok((Zeroizing::new(format!("{ACCESS_PREFIX}{}", URL_SAFE_NO_PAD.encode(sealed))), lifetime))
}

/// Whose token, or access token, this is.
pub async fn authenticate_access(folder: &DataFolder, text: &str) -> Result<Caller> {
    let Some(sealed) = text.strip_prefix(ACCESS_PREFIX).filter(|sealed| sealed.len() <= LONGEST_TEXT) else {
        return authenticate(folder, text).await;
    };
    let sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| refused())?;
    let opened = folder.master.open(ACCESS_SEAL, &sealed).map_err(|_| refused())?;
    let opened = std::str::from_utf8(&opened).ok().and_then(|text| text.split_once(' '));
    let (until, id) = opened.ok_or_else(refused)?;
    if until.parse::<i64>().map_err(|_| refused())? <= folder.now().unix_timestamp() {
        return Err(Error::new(Kind::NotAllowed, "auth.expired", "access token", "it has expired"));
    }
    let token = folder.store.read().await?.token(id).await?.ok_or_else(refused)?;
    if !is_in_force(folder, &token) {
        return Err(refused());
    }
    bearer(token)
}

fn refused() -> Error {
    Error::new(Kind::NotAllowed, "auth.token", "token", "it is not known, or not in force")
}

fn is_in_force(folder: &DataFolder, token: &TokenRow) -> bool {
    token.revoked.is_none() && folder.now() < token.expires
}

/// The token with this text, if it is in force.
async fn find(folder: &DataFolder, text: &str) -> Result<TokenRow> {
    if text.len() > LONGEST_TEXT || !text.starts_with(PREFIX) {
        return Err(refused());
    }
    // looked up by its digest: how long that takes says nothing about other tokens
    let token = folder.store.read().await?.token_by_hash(&sha256(text.as_bytes())).await?.ok_or_else(refused)?;
    if is_in_force(folder, &token) { Ok(token) } else { Err(refused()) }
}

fn bearer(token: TokenRow) -> Result<Caller> {
    let role = token.role.parse()?;
    Ok(Caller { id: token.id, name: token.name, unit: token.unit, role, signing_key: token.signing_key })
}
