//! Setting what is signed in with, by an invitation that an administrator has given: first the password, then a code, which shows that the
//! telephone has the secret. In their place it may be a passkey (`passkeys`) or an identity (`oidc`).

use super::secrets::{Second, Secrets};
use super::{entry, is_sealed, passkeys, seal_row, sessions};
use crate::audit::entry::Action;
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::keys::OneTime;
use crate::store::Transaction;
use crate::store::users::{Invitation, Tries, UserRow};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use time::Duration;
use zeroize::Zeroizing;

/// What it begins with, so that scanners of leaked secrets know it.
const PREFIX: &str = "dauson-invitation_";
/// How long it counts.
const LIFETIME: Duration = Duration::days(7);
/// Bytes of the longest text that can be one.
const LONGEST_TEXT: usize = 100;

/// The name under which it is sealed: whose it is.
fn seal_name(user: &str) -> String {
    format!("invitation:{user}")
}

fn said(invitation: &Invitation) -> String {
    format!("{} {}", hex::encode(invitation.hash), invitation.until.unix_timestamp())
}

/// A new invitation of somebody and its text, of 256 random bits.
pub(super) fn new(folder: &DataFolder, user: &str) -> Result<(Invitation, Zeroizing<String>)> {
    let secret = Zeroizing::new(folder.random::<32>()?);
    let text = Zeroizing::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(*secret)));
    let until = folder.now().saturating_add(LIFETIME);
    let new = Invitation { hash: sha256(text.as_bytes()), until, sealed: Vec::new(), pending: None };
    let sealed = seal_row(folder, &seal_name(user), &said(&new))?;
    Ok((Invitation { sealed, ..new }, text))
}

fn refused() -> Error {
    let why = "it is not known, was used, or is too old; an administrator gives a new one";
    Error::new(Kind::NotAllowed, "user.invitation", "invitation", why)
}

/// Who was invited with a text, and the invitation.
pub(super) async fn invited(folder: &DataFolder, text: &str) -> Result<(UserRow, Invitation)> {
    if text.len() > LONGEST_TEXT || !text.starts_with(PREFIX) {
        return Err(refused());
    }
    let user = folder.store.read().await?.user_by_invitation(&sha256(text.as_bytes())).await?.ok_or_else(refused)?;
    let invitation = user.invitation.clone().filter(|invitation| folder.now() < invitation.until);
    match invitation {
        Some(invitation)
            if user.disabled.is_none()
                && is_sealed(folder, &seal_name(&user.id), &said(&invitation), &invitation.sealed) =>
        {
            Ok((user, invitation))
        }
        _ => Err(refused()),
    }
}

/// What an authenticator program on a telephone needs.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub struct Enrolment {
    /// The login.
    pub login: String,
    /// The full name.
    pub name: String,
    /// The secret of the codes, base 32, to be typed.
    pub secret: String,
    /// The same as an address `otpauth://`, to be shown as a QR code.
    pub address: String,
    /// The same.
    #[serde(skip)]
    #[schema(ignore)]
    pub one_time: OneTime,
}

/// Sets a password. It counts once [`confirm`] has seen a code; the same may be done again until then.
pub async fn accept(folder: &DataFolder, text: &str, password: &str) -> Result<Enrolment> {
    let (user, _) = invited(folder, text).await?;
    let secrets = Secrets::new(folder, &user.id, &user.login, password)?;
    let pending = secrets.seal(folder, &user.id)?;
    let unit = crate::people::units::get(folder, &user.unit).await?;
    let mut tx = folder.store.write().await?;
    let (user, invitation) = current(&mut *tx, &user, text).await?;
    tx.put_user(&UserRow { invitation: Some(Invitation { pending: Some(pending), ..invitation }), ..user.clone() })
        .await?;
    tx.commit().await?;
    let one_time = secrets.one_time();
    let address = one_time.address(&unit.name, &user.login).to_string();
    Ok(Enrolment { secret: one_time.base32().to_string(), address, login: user.login, name: user.name, one_time })
}

/// The user as he is now, if the invitation is still that one.
async fn current(tx: &mut dyn Transaction, user: &UserRow, text: &str) -> Result<(UserRow, Invitation)> {
    let user = tx.user(&user.id).await?.ok_or_else(refused)?;
    let invitation = user.invitation.clone().filter(|invitation| invitation.hash == sha256(text.as_bytes()));
    Ok((user, invitation.ok_or_else(refused)?))
}

/// Who was invited with what has this SHA-256, hexadecimal, if that still counts: in a transaction that is under way.
pub(super) async fn waiting(folder: &DataFolder, tx: &mut dyn Transaction, user: &str, hash: &str) -> Result<UserRow> {
    let user = tx.user(user).await?.filter(|user| user.disabled.is_none()).ok_or_else(refused)?;
    let counts = |invitation: &Invitation| {
        hex::encode(invitation.hash) == hash
            && folder.now() < invitation.until
            && is_sealed(folder, &seal_name(&user.id), &said(invitation), &invitation.sealed)
    };
    if user.invitation.as_ref().is_some_and(counts) { Ok(user) } else { Err(refused()) }
}

/// Puts the password and the second factor in force, which a code shows to work; gives recovery codes, which are shown once. Sessions that
/// there are end.
pub async fn confirm(folder: &DataFolder, text: &str, code: &str) -> Result<Vec<String>> {
    let (user, invitation) = invited(folder, text).await?;
    let Some(pending) = &invitation.pending else {
        return Err(Error::new(Kind::Usage, "user.no_password", "invitation", "the password has to be set first"));
    };
    let mut secrets = Secrets::open(folder, &user.id, pending)?;
    let recovery = secrets.renew_recovery(folder)?;
    let sealed = secrets.seal(folder, &user.id)?;
    // a new secret has seen no code yet, and no recovery code counts here
    let Some(Second::Step(step)) = secrets.second(code, folder.now(), 0) else {
        let why = "it is not the one that the telephone shows now; its clock has to be right";
        return Err(Error::new(Kind::NotAllowed, "user.code", "the code", why));
    };
    let mut tx = folder.store.write().await?;
    let (user, now) = current(&mut *tx, &user, text).await?;
    if now.pending != invitation.pending {
        return Err(refused());
    }
    let tries = Tries { code_step: step, ..Tries::default() };
    renew(folder, &mut *tx, user, Some(sealed), tries).await?;
    tx.commit().await?;
    Ok(recovery)
}

/// Puts in force what is signed in with from now on, in a transaction that is under way: the invitation is used up, sessions end, passkeys
/// are revoked. Identities, which the provider keeps, stay bound.
pub(super) async fn renew(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    user: UserRow,
    sealed: Option<Vec<u8>>,
    tries: Tries,
) -> Result<UserRow> {
    let user = UserRow { sealed, invitation: None, tries, ..user };
    tx.put_user(&user).await?;
    sessions::end_those(folder, tx, &user.id, &user.id, |_| true).await?;
    folder.log.append_one(tx, entry(folder, Action::UserEnrolled, &user, &user.id)?).await?;
    passkeys::revoke_all(folder, tx, &user).await?;
    Ok(user)
}
