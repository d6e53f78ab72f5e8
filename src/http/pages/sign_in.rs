//! The door: login, password and code; and out again. Wrong logins, passwords and codes get the same words.

use super::form::{Faults, Form};
use super::shell::{Shell, Visit, see, shown};
use super::{Language, words};
use crate::http::auth::{cookie, from_own_page};
use crate::http::house::House;
use crate::http::problem::{Answer, Problem};
use crate::people::users::sessions;
use crate::people::users::sign_in::{Claim, Entrance, is_own_path, sign_in};
use crate::people::users::webauthn::Party;
use askama::Template;
use axum::extract::State;
use axum::http::header::{HeaderName, SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use url::form_urlencoded;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page<'a> {
    shell: Shell,
    login: &'a str,
    next: &'a str,
    /// Where single sign-on begins, if there is a provider of identities.
    elsewhere: Option<String>,
    /// Whether browsers give passkeys to the service at its address.
    has_passkeys: bool,
    faults: Faults,
}

impl<'a> Page<'a> {
    fn new(house: &House, shell: Shell, login: &'a str, next: &'a str, faults: Faults) -> Self {
        let to: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let elsewhere = house.oidc.as_ref().map(|_| format!("/api/v1/session/oidc?to={to}"));
        let has_passkeys = Party::of(&house.public_url).is_ok();
        Self { shell, login, next, elsewhere, has_passkeys, faults }
    }
}

/// Where somebody is led after signing in: an address of this service, whatever is asked for.
fn local(next: &str) -> &str {
    if is_own_path(next) && !next.starts_with("/sign-") { next } else { "/desk" }
}

/// The form. Who is in already is led on.
pub async fn page(
    State(house): State<Arc<House>>,
    visit: std::result::Result<Visit, Response>,
    uri: Uri,
    headers: HeaderMap,
) -> Answer<Response> {
    let query = uri.query().unwrap_or_default();
    let next = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "next").map(|(_, next)| next);
    let next = local(next.as_deref().unwrap_or_default());
    if visit.is_ok() {
        return Ok(see(next));
    }
    let shell = Shell::new(&house, &uri, &headers, None).await?;
    shown(StatusCode::OK, &Page::new(&house, shell, "", next, Faults::default()))
}

/// Signs in.
pub async fn enter(State(house): State<Arc<House>>, uri: Uri, headers: HeaderMap, form: Form) -> Answer<Response> {
    from_own_page(&house, &headers)?;
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default().to_owned();
    let form = Arc::new(form);
    let typed = Arc::clone(&form);
    let job = async move |house: &House| {
        let (login, password, code) = (typed.text("login"), typed.secret("password"), typed.text("code"));
        let (claim, entrance) = (Claim { login, password, code }, Entrance { office: None, agent: &agent });
        Ok(sign_in(&house.folder, claim, entrance, house.session_terms).await?.1)
    };
    match house.work_for_public(job).await {
        Ok(text) => Ok(([(SET_COOKIE, cookie(&house, &text))], see(local(form.text("next")))).into_response()),
        Err(problem) if problem.status().is_client_error() => {
            let shell = Shell::new(&house, &uri, &headers, None).await?;
            let words = refused(shell.language, &problem);
            let (login, next) = (form.text("login"), local(form.text("next")));
            shown(problem.status(), &Page::new(&house, shell, login, next, Faults::whole(words)))
        }
        Err(problem) => Err(problem),
    }
}

fn refused(language: Language, problem: &Problem) -> String {
    if problem.code() != "auth.sign_in" {
        return words::why(language, problem);
    }
    let vi = "Tên đăng nhập, mật khẩu hoặc mã không đúng. Mỗi mã chỉ dùng một lần: hãy đợi mã mới rồi thử lại. \
              Sau năm lần sai phải chờ vài phút.";
    let en = "Login, password or code are wrong. A code counts once: wait for the next one, and try again. \
              After five wrong tries none is taken for some minutes.";
    language.pick(vi, en).to_owned()
}

/// Signs out.
pub async fn leave(visit: Visit) -> Answer<Response> {
    sessions::end(&visit.house.folder, &visit.session, &visit.session.row.id).await?;
    // pictures of documents, which browsers may keep
    let forget = (HeaderName::from_static("clear-site-data"), "\"cache\"".to_owned());
    Ok(([(SET_COOKIE, cookie(&visit.house, "")), forget], see("/sign-in")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_led_to_this_service_only() {
        for next in ["/desk", "/documents?state=draft", "/documents/0a?lang=en#x"] {
            assert_eq!(local(next), next);
        }
        for next in
            ["", "//evil.example", "https://evil.example", "/\\evil.example", "desk", "/a\r\nb", "/sign-out", "\t/x"]
        {
            assert_eq!(local(next), "/desk", "{next:?}");
        }
    }
}
