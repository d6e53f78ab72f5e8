//! Signing in at a provider of identities (OpenID Connect Core 1.0, the code flow with PKCE, RFC 7636), and back.
//!
//! | file | what |
//! | --- | --- |
//! | `provider` | what the provider says of itself, its keys, the code that is exchanged |
//! | `id_token` | what it says of who has logged in, and whether it is so |
//!
//! The browser carries one text there and back in a cookie, of which state, nonce and verifier are digests: an answer counts in the browser
//! that asked, once, and for some minutes. What the provider says decides who it is, never what that person may do, or that there is an
//! account.

mod id_token;
mod provider;

pub use provider::{Provider, Settings};

use super::sessions::{self, Session, Terms};
use super::sign_in::{self, Entrance};
use super::{identities, invitation, once};
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::store::users::Tries;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

/// The path of this service where the provider sends browsers back to.
pub const CALLBACK: &str = "/api/v1/session/oidc/callback";
/// What the carried text is for.
const PURPOSE: &str = "oidc";
/// Characters of the longest answer of a provider.
const LONGEST_ANSWER: usize = 4_096;

/// What is wanted behind the login.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// The page of this service to go on at.
    pub to: Option<&'a str>,
    /// The office to act in.
    pub office: Option<&'a str>,
    /// An invitation: who has logged in is bound to its account.
    pub invitation: Option<&'a str>,
}

/// Where a browser goes, and what it carries there and back.
#[derive(Debug)]
pub struct Away {
    /// Where the provider has people log in.
    pub location: String,
    /// What the browser carries.
    pub carried: String,
}

/// What is carried, besides what makes it that one.
#[derive(Serialize, Deserialize)]
struct Carried {
    to: String,
    office: Option<String>,
    /// Whose invitation, and its SHA-256, hexadecimal.
    invited: Option<(String, String)>,
}

/// A secret of this one login, for one purpose.
fn derived(carried: &str, purpose: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(format!("{purpose}:{carried}").as_bytes()))
}

/// Where to go on, if it is on this very service.
fn own_path(to: Option<&str>) -> Result<String> {
    let to = to.unwrap_or("/");
    if sign_in::is_own_path(to) {
        return Ok(to.to_owned());
    }
    let why = "it is a path of this service, such as /";
    Err(Error::new(Kind::Usage, "oidc.to", "where to go on", why))
}

/// Sends a browser to the provider.
pub async fn leave(folder: &DataFolder, provider: &Provider, wanted: Wanted<'_>) -> Result<Away> {
    let to = own_path(wanted.to)?;
    let invited = match wanted.invitation {
        Some(text) => {
            let (user, invitation) = invitation::invited(folder, text).await?;
            Some((user.id, hex::encode(invitation.hash)))
        }
        None => None,
    };
    let carried = Carried { to, office: wanted.office.map(str::to_owned), invited };
    let carried = once::give(folder, PURPOSE, &carried)?;
    let metadata = provider.metadata(folder.now()).await?;
    let unreadable = |error| Error::new(Kind::Unavailable, "oidc.provider", "the provider of identities", error);
    let mut location = Url::parse(&metadata.authorization_endpoint).map_err(unreadable)?;
    let challenge = URL_SAFE_NO_PAD.encode(sha256(derived(&carried, "verifier").as_bytes()));
    location
        .query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.settings.client)
        .append_pair("redirect_uri", &provider.settings.redirect)
        .append_pair("scope", &provider.settings.scopes)
        .append_pair("state", &derived(&carried, "state"))
        .append_pair("nonce", &derived(&carried, "nonce"))
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    Ok(Away { location: location.into(), carried })
}

/// What a browser comes back with, in its address.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Answered {
    /// The code, if somebody has logged in.
    #[serde(default)]
    pub code: Option<String>,
    /// What was sent with the question.
    #[serde(default)]
    pub state: Option<String>,
    /// Who answers (RFC 9207).
    #[serde(default)]
    pub iss: Option<String>,
    /// Why nobody has logged in.
    #[serde(default)]
    pub error: Option<String>,
}

/// Somebody who has come back.
pub struct Back {
    /// The page of this service to go on at.
    pub to: String,
    /// The session, and what the browser is to hold; none where an invitation was accepted and no office is held yet.
    pub begun: Option<(Session, Zeroizing<String>)>,
}

/// Takes who comes back from the provider with what was carried.
pub async fn come_back(
    folder: &DataFolder,
    provider: &Provider,
    carried: &str,
    answered: &Answered,
    agent: &str,
    terms: Terms,
) -> Result<Back> {
    let stale = || {
        let why = "this browser has not asked for it, it was answered already, or that is too long ago; begin anew";
        Error::new(Kind::NotAllowed, "oidc.state", "signing in", why)
    };
    let refused = |code, why| Error::new(Kind::NotAllowed, code, "signing in", why);
    let once = once::read::<Carried>(folder, PURPOSE, carried).ok_or_else(stale)?;
    if answered.state.as_ref() != Some(&derived(carried, "state")) {
        return Err(stale());
    }
    let issuer = &provider.settings.issuer;
    let metadata = provider.metadata(folder.now()).await?;
    if answered.iss.as_ref().map_or(metadata.says_who_it_is, |iss| iss != issuer) {
        return Err(refused("oidc.issuer", "another provider answers than was asked"));
    }
    let code = answered.code.as_ref().filter(|code| answered.error.is_none() && code.len() <= LONGEST_ANSWER);
    let code = code.ok_or_else(|| refused("oidc.refused", "the provider says that nobody has logged in"))?;
    let (verifier, nonce) = (derived(carried, "verifier"), derived(carried, "nonce"));
    let subject = provider.subject(code, &verifier, &nonce, folder.now()).await?;

    // who has not logged in has nothing written down
    let mut tx = folder.store.write().await?;
    if !once.spend(folder, &mut *tx).await? {
        return Err(stale());
    }
    let Carried { to, office, invited } = once.about;
    let entrance = Entrance { office: office.as_deref(), agent };
    let user = match &invited {
        Some((user, hash)) => {
            let user = invitation::waiting(folder, &mut *tx, user, hash).await?;
            let user = invitation::renew(folder, &mut *tx, user, None, Tries::default()).await?;
            identities::keep(folder, &mut *tx, &user, issuer, &subject, &user.id).await?;
            user
        }
        None => {
            let unknown =
                || refused("auth.identity", "no account is bound to who has logged in, or it takes nobody in now");
            let user = identities::whose(folder, &mut *tx, issuer, &subject).await?.ok_or_else(unknown)?;
            if !sign_in::is_open(&user, folder.now()) {
                return Err(unknown());
            }
            user
        }
    };
    let begun = match sign_in::enter(folder, &mut *tx, user, sessions::OIDC, entrance, terms).await {
        Ok(begun) => Some(begun),
        // the identity is bound all the same
        Err(error) if invited.is_some() && error.code == "auth.no_office" => None,
        Err(error) => return Err(error),
    };
    tx.commit().await?;
    Ok(Back { to, begun })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_on_at_this_service_only() {
        assert_eq!(own_path(None).unwrap(), "/");
        assert_eq!(own_path(Some("/office?x=1&y=%2F#z")).unwrap(), "/office?x=1&y=%2F#z");
        let long = format!("/{}", "x".repeat(1_000));
        for to in
            ["", "//evil.example", "https://evil.example", "/\\evil.example", "\\/x", "/a b", "/\n", "x", "/é", &long]
        {
            assert!(own_path(Some(to)).is_err(), "{to}");
        }
    }
}
