//! From login, password and code to a session. A try is counted, durably, before it is made, as those of PINs are; wrong logins, wrong
//! passwords, wrong codes and blocked accounts get the same answer, after the same time.

use super::secrets::{Second, Secrets, try_nothing};
use super::sessions::{self, Session, Terms};
use super::{entry, offices};
use crate::audit::entry::{Action, Entry};
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::store::Transaction;
use crate::store::users::{Tries, UserRow};
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

/// Wrong tries after which none is taken for a while.
const TRIES: u32 = 5;
/// That while at first; it doubles with each further wrong try.
const FIRST_WAIT: Duration = Duration::MINUTE;
const LONGEST_WAIT: Duration = Duration::HOUR;

/// Who wants to sign in.
pub struct Claim<'a> {
    /// The login.
    pub login: &'a str,
    /// The password.
    pub password: &'a str,
    /// The code that the telephone shows, or a recovery code.
    pub code: &'a str,
}

/// Where somebody wants to get in, and from where.
#[derive(Debug, Clone, Copy)]
pub struct Entrance<'a> {
    /// The office to act in; the first of those that are held, if none is named.
    pub office: Option<&'a str>,
    /// What the browser calls itself.
    pub agent: &'a str,
}

/// Characters of the longest path to go on at.
const LONGEST_PATH: usize = 1_000;

/// Whether one may be led there after signing in: to a path on this very service, nothing that a browser could take for another host.
pub fn is_own_path(to: &str) -> bool {
    let is_own = to.starts_with('/') && !to.starts_with("//") && to.len() <= LONGEST_PATH;
    is_own && to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

fn refused() -> Error {
    let why = "login, password or code are wrong; after five wrong tries none is taken for some minutes";
    Error::new(Kind::NotAllowed, "auth.sign_in", "signing in", why)
}

/// The tries of an account with one more, which is about to be made; none if it takes none now.
fn counted(tries: Tries, now: OffsetDateTime) -> Option<Tries> {
    if tries.blocked_until.is_some_and(|until| now < until) {
        return None;
    }
    let count = tries.count.saturating_add(1);
    let blocked_until = count.checked_sub(TRIES).map(|over| {
        let wait = FIRST_WAIT.saturating_mul(1_i32.checked_shl(over.min(16)).unwrap_or(i32::MAX));
        now.saturating_add(wait.min(LONGEST_WAIT))
    });
    Some(Tries { count, blocked_until, ..tries })
}

/// Whether an account takes anybody in now, however it is signed in with.
pub(super) fn is_open(user: &UserRow, now: OffsetDateTime) -> bool {
    user.disabled.is_none() && user.tries.blocked_until.is_none_or(|until| until <= now)
}

/// Begins the session of somebody who has shown who it is, in a transaction that is under way.
pub(super) async fn enter(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    user: UserRow,
    how: &str,
    entrance: Entrance<'_>,
    terms: Terms,
) -> Result<(Session, Zeroizing<String>)> {
    let held = offices::held(folder, tx, &user.id).await?;
    let office = match entrance.office {
        Some(wanted) => held.into_iter().find(|office| office.id == wanted),
        None => held.into_iter().next(),
    };
    let Some(office) = office else {
        let why = "no office is held today, or not that one; an administrator gives one";
        return Err(Error::new(Kind::NotAllowed, "auth.no_office", "signing in", why));
    };
    sessions::begin(folder, tx, user, office, (how, entrance.agent), terms).await
}

/// Signs in; the text is what the browser is to hold. Takes a moment, on purpose, on the thread that it is called on.
pub async fn sign_in(
    folder: &DataFolder,
    claim: Claim<'_>,
    entrance: Entrance<'_>,
    terms: Terms,
) -> Result<(Session, Zeroizing<String>)> {
    let Some(user) = take_try(folder, claim.login).await? else {
        try_nothing(folder, claim.password)?;
        return Err(refused());
    };
    let sealed = user.sealed.clone().unwrap_or_default();
    let secrets = Secrets::open(folder, &user.id, &sealed)?;
    let is_password = secrets.is_password(&user.id, claim.password)?;
    let second = secrets.second(claim.code, folder.now(), user.tries.code_step);
    let (true, Some(second)) = (is_password, second) else { return Err(refused()) };
    let mut tx = folder.store.write().await?;
    let now = tx.user(&user.id).await?.filter(|now| now.disabled.is_none()).ok_or_else(refused)?;
    // somebody else may have used the same code at the same time
    let is_recovery = matches!(second, Second::Recovery(_));
    let (sealed, code_step) = match second {
        _ if now.sealed.as_ref() != Some(&sealed) => return Err(refused()),
        Second::Step(step) if step <= now.tries.code_step => return Err(refused()),
        Second::Step(step) => (sealed, step),
        Second::Recovery(left) => (left.seal(folder, &user.id)?, now.tries.code_step),
    };
    let tries = Tries { count: 0, blocked_until: None, code_step };
    let user = UserRow { sealed: Some(sealed), tries, ..now };
    tx.put_user(&user).await?;
    if is_recovery {
        // the account has one code less
        folder.log.append_one(&mut *tx, entry(folder, Action::UserChanged, &user, &user.id)?).await?;
    }
    let begun = enter(folder, &mut *tx, user, sessions::PASSWORD, entrance, terms).await?;
    tx.commit().await?;
    Ok(begun)
}

/// Counts a try of an account that takes one.
async fn take_try(folder: &DataFolder, login: &str) -> Result<Option<UserRow>> {
    let login = login.trim().to_lowercase();
    let is_ready = |user: &UserRow| user.disabled.is_none() && user.sealed.is_some();
    // strangers' guesses do not make anybody wait
    let Some(user) = folder.store.read().await?.user_by_login(&login).await?.filter(is_ready) else { return Ok(None) };
    if counted(user.tries, folder.now()).is_none() {
        return Ok(None);
    }
    let mut tx = folder.store.write().await?;
    let Some(user) = tx.user(&user.id).await?.filter(is_ready) else { return Ok(None) };
    let Some(tries) = counted(user.tries, folder.now()) else { return Ok(None) };
    let user = UserRow { tries, ..user };
    tx.put_user(&user).await?;
    if tries.blocked_until.is_some() {
        // whoever tried, it is not known; if this try is right it ends the wait
        let blocked = Entry { actor: None, ..entry(folder, Action::SignInBlocked, &user, "")? };
        folder.log.append_one(&mut *tx, blocked).await?;
    }
    tx.commit().await?;
    Ok(Some(user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_tries_make_wait_longer_and_longer() {
        let mut now = OffsetDateTime::UNIX_EPOCH;
        let mut tries = Tries::default();
        for _ in 1..TRIES {
            tries = counted(tries, now).unwrap();
            assert_eq!(tries.blocked_until, None);
        }
        for minutes in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            tries = counted(tries, now).unwrap();
            assert_eq!(tries.blocked_until, Some(now + Duration::minutes(minutes)));
            assert_eq!(counted(tries, now), None);
            now += Duration::minutes(minutes) - Duration::SECOND;
            assert_eq!(counted(tries, now), None);
            now += Duration::SECOND;
        }
    }
}
