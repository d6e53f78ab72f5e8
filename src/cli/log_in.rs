//! A person who logs in with a browser where a signing service wants that, on this very computer (RFC 8252): the address is shown, and the
//! code awaited at a port of the loopback address.

use crate::error::plain;
use crate::http;
use crate::keys::KeyError;
use crate::keys::csc::{Ask, Code, Question, Said};
use crate::net::http::Http;
use async_trait::async_trait;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::get;
use std::collections::HashMap;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use url::Url;
use zeroize::Zeroizing;

/// How long a login may take.
const PATIENCE: Duration = Duration::from_mins(5);
/// How long the page that says so may take to reach the browser.
const GOODBYE: Duration = Duration::from_secs(2);

/// Asks signing services, over the network and with a person at hand.
pub struct Attended(pub Http);

/// What is awaited at the port.
struct Awaited {
    state: String,
    came: mpsc::Sender<Result<Zeroizing<String>, KeyError>>,
}

#[async_trait]
impl Ask for Attended {
    async fn ask(&self, question: Question<'_>) -> Result<Said, KeyError> {
        self.0.ask(question).await
    }

    async fn log_in(&self, page: &str, state: &str) -> Result<Code, KeyError> {
        let failed = |error: &dyn std::fmt::Display| KeyError::RemoteUnreachable {
            why: format!("nobody can be sent back from its login to this machine: {error}"),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| failed(&error))?;
        let port = listener.local_addr().map_err(|error| failed(&error))?.port();
        let redirect = format!("http://127.0.0.1:{port}/");
        let mut page = Url::parse(page).map_err(|error| failed(&error))?;
        page.query_pairs_mut().append_pair("redirect_uri", &redirect);
        let (came, mut comes) = mpsc::channel(1);
        let awaited = Arc::new(Awaited { state: state.to_owned(), came });
        let router = Router::new().route("/", get(arrived)).with_state(awaited);
        let (end, ended) = oneshot::channel::<()>();
        let stop = async move {
            // it is over, whether told or dropped
            let _ = ended.await;
        };
        let served = tokio::spawn(http::answer(router, listener, stop, watch::channel(()), JoinSet::new(), GOODBYE));
        // nobody is there to be asked if stderr is gone
        let _ = writeln!(
            std::io::stderr().lock(),
            "dauson: mở địa chỉ này trong trình duyệt của máy này và đăng nhập / open this address in a browser on this computer and log in:\n{page}"
        );
        let answer = tokio::time::timeout(PATIENCE, comes.recv()).await;
        drop(end);
        // what is left of it is no matter of ours
        let _ = served.await;
        let nobody = || {
            let why = format!("nobody logged in within {} minutes", PATIENCE.as_secs() / 60);
            KeyError::RemoteRefused { why }
        };
        let code = answer.ok().flatten().ok_or_else(nobody)??;
        Ok(Code { code, redirect })
    }
}

/// The browser, sent back.
async fn arrived(
    State(awaited): State<Arc<Awaited>>,
    Query(said): Query<HashMap<String, String>>,
) -> (StatusCode, Html<&'static str>) {
    const DONE: &str = "<!doctype html><meta charset=utf-8><title>Dauson</title><p>Đã nhận kết quả đăng nhập; có thể đóng trang này.<p>The \
        answer has arrived; this page can be closed.";
    const OTHER: &str = "<!doctype html><meta charset=utf-8><title>Dauson</title><p>Đây không phải lần đăng nhập đang chờ.<p>This is not \
        the login that is awaited.";
    if said.get("state") != Some(&awaited.state) {
        return (StatusCode::BAD_REQUEST, Html(OTHER));
    }
    let answer = match (said.get("code"), said.get("error")) {
        (Some(code), None) => Ok(Zeroizing::new(code.clone())),
        (_, error) => {
            let description = said.get("error_description").map(|text| format!(": {text}")).unwrap_or_default();
            let why = format!("{}{description}", error.map_or("no code", String::as_str));
            Err(KeyError::RemoteRefused { why: plain(&why).chars().take(200).collect() })
        }
    };
    // a second one is nobody's
    let _ = awaited.came.try_send(answer);
    (StatusCode::OK, Html(DONE))
}
