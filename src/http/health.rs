//! Whether the service works, and how much it does.

use super::house::House;
use super::problem::{Answer, Problem};
use crate::tlog::Checkpoint;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is counted, from the start of the program.
pub struct Metrics {
    started: Instant,
    /// Requests by route, method and status. There are as many routes as there are endpoints.
    requests: Mutex<BTreeMap<(String, &'static str, u16), u64>>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self { started: Instant::now(), requests: Mutex::default() }
    }
}

impl Metrics {
    /// How long the program runs.
    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Counts a request.
    pub fn count(&self, method: &Method, route: &str, status: StatusCode) {
        // a client can make up methods without end
        let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS];
        let names = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];
        let method = known.iter().zip(names).find(|(known, _)| *known == method).map_or("other", |(_, name)| name);
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let count = requests.entry((route.to_owned(), method, status.as_u16())).or_default();
        *count = count.saturating_add(1);
    }

    /// As Prometheus reads it (text format 0.0.4).
    fn text(&self, log_size: u64, busy: usize) -> String {
        let mut text = String::new();
        let mut say = |name: &str, kind: &str, help: &str, lines: &[(String, String)]| {
            // writing to a String cannot fail
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (labels, value) in lines {
                let _ = writeln!(text, "{name}{labels} {value}");
            }
        };
        let one = |value: String| [(String::new(), value)];
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let requests: Vec<(String, String)> = requests
            .into_iter()
            .map(|((route, method, status), count)| {
                (format!("{{route=\"{route}\",method=\"{method}\",status=\"{status}\"}}"), count.to_string())
            })
            .collect();
        say("dauson_requests_total", "counter", "Requests by route, method and status.", &requests);
        say("dauson_requests_in_progress", "gauge", "Requests that are worked on.", &one(busy.to_string()));
        say("dauson_log_entries", "gauge", "Entries of the audit log.", &one(log_size.to_string()));
        let uptime = format!("{:.3}", self.uptime().as_secs_f64());
        say("dauson_uptime_seconds", "gauge", "Time since the program started.", &one(uptime));
        text
    }
}

/// Whether the program runs.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, description = "it runs", body = String)))]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether it can do its work: the database answers, and the log's key opens what it has signed.
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses((status = 200, description = "it is ready", body = String), (status = 503, description = "it is not")))]
pub async fn readyz(State(house): State<Arc<House>>) -> Answer<&'static str> {
    let not_ready = |why| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "health.not_ready", why);
    let head = house.folder.log.head().await.map_err(|_| not_ready("the database does not answer"))?;
    Checkpoint::open(&head.checkpoint, house.folder.log.verifier_key())
        .map_err(|_| not_ready("the log's checkpoint is not signed by the log's key"))?;
    Ok("ready\n")
}

/// Counters, in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "health", responses((status = 200, description = "the counters", body = String)))]
pub async fn metrics(State(house): State<Arc<House>>) -> Answer<impl IntoResponse> {
    let size = house.folder.log.head().await?.size;
    let text = house.metrics.text(size, house.busy());
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}
