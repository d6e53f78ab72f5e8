//! From an invitation to an account: a password, the telephone, recovery codes. The text of the invitation stands in the address behind `#`,
//! which browsers do not send; without scripts it is pasted.

use super::form::{Faults, Form};
use super::qr::Qr;
use super::shell::{Shell, shown};
use super::words;
use crate::http::auth::from_own_page;
use crate::http::house::House;
use crate::http::problem::Answer;
use crate::people::users::invitation::{self, Enrolment};
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use std::sync::Arc;
use zeroize::Zeroizing;

#[derive(Template)]
#[template(path = "invitation.html")]
struct Page<'a> {
    shell: Shell,
    invitation: &'a str,
    step: Step,
    faults: Faults,
}

/// How far it has come.
enum Step {
    /// A password is to be set.
    Password,
    /// The telephone takes the secret, and shows a code.
    Telephone { enrolment: Box<Enrolment>, qr: Qr },
    /// The telephone has the secret, and the code was wrong.
    Code,
    /// It is done; these are shown once.
    Done { recovery: Vec<String> },
}

/// The form.
pub async fn page(State(house): State<Arc<House>>, uri: Uri, headers: HeaderMap) -> Answer<Response> {
    let shell = Shell::new(&house, &uri, &headers, None).await?;
    shown(StatusCode::OK, &Page { shell, invitation: "", step: Step::Password, faults: Faults::default() })
}

/// Sets the password, and then asks for a code of the telephone.
pub async fn accept(State(house): State<Arc<House>>, uri: Uri, headers: HeaderMap, form: Form) -> Answer<Response> {
    from_own_page(&house, &headers)?;
    let shell = Shell::new(&house, &uri, &headers, None).await?;
    let (text, password) = (Zeroizing::new(form.text("invitation").to_owned()), form.secret("password"));
    let mut faults = Faults::default();
    if password != form.secret("again") {
        faults.add("again", shell.t("Hai mật khẩu không giống nhau.", "The two passwords differ."));
        return shown(faults.status(), &Page { shell, invitation: &text, step: Step::Password, faults });
    }
    let (key, password) = (text.clone(), Zeroizing::new(password.to_owned()));
    let job = async move |house: &House| invitation::accept(&house.folder, &key, &password).await;
    let step = match house.work_for_public(job).await {
        Ok(enrolment) => {
            let qr = Qr::of(&enrolment.address);
            Step::Telephone { enrolment: Box::new(enrolment), qr }
        }
        Err(problem) if problem.status().is_client_error() => {
            let field = if problem.code() == "user.password" { "password" } else { "invitation" };
            faults.add(field, words::why(shell.language, &problem));
            Step::Password
        }
        Err(problem) => return Err(problem),
    };
    shown(faults.status(), &Page { shell, invitation: &text, step, faults })
}

/// Puts password and telephone in force.
pub async fn confirm(State(house): State<Arc<House>>, uri: Uri, headers: HeaderMap, form: Form) -> Answer<Response> {
    from_own_page(&house, &headers)?;
    let shell = Shell::new(&house, &uri, &headers, None).await?;
    let (text, code) = (Zeroizing::new(form.text("invitation").to_owned()), form.text("code").to_owned());
    let key = text.clone();
    let job = async move |house: &House| invitation::confirm(&house.folder, &key, &code).await;
    let mut faults = Faults::default();
    let step = match house.work_for_public(job).await {
        Ok(recovery) => Step::Done { recovery },
        Err(problem) if problem.status().is_client_error() => {
            faults.add("code", words::why(shell.language, &problem));
            Step::Code
        }
        Err(problem) => return Err(problem),
    };
    shown(faults.status(), &Page { shell, invitation: &text, step, faults })
}
