//! Pages of a province, of made-up data at scale: each that somebody of the demo may open. What the server takes for it, against the 200 ms that a
//! page may take; its bytes on the line and unpacked; and how long a slow line takes until it is seen.

use crate::client::{Answer, ask, post};
use crate::measure::in_process;
use crate::walk::{self, Page};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;
use time::OffsetDateTime;

/// What a page may take, in milliseconds.
const MOST: f64 = 200.0;
/// Times that each is asked for.
const RUNS: usize = 15;
/// Bytes a second of a slow line.
const LINE: f64 = 50_000.0;

/// Prints a row for each page that there is: of a province of made-up data, `DAUSON_BENCH_SCALE=0.1` makes less of it; and what that has none
/// of, a document and a receipt with their files, of the commune of the demo.
pub fn rows(folder: &Path) {
    let scale = std::env::var("DAUSON_BENCH_SCALE").unwrap_or_else(|_| "1".to_owned());
    let start = Instant::now();
    let province = Served::start(folder, "province", &["--scale", &scale]);
    println!("## Pages, of made-up data at scale {scale}, made in {:.0} s", start.elapsed().as_secs_f64());
    println!(
        "wall time at the server, the median of {RUNS}; a page is seen when it and its style sheet are there, at 50 KB/s"
    );
    println!("{:<64} {:>7} {:>9} {:>7} {:>8} {:>9}", "page", "KB sent", "unpacked", "s seen", "ms wall", "of 200 ms");
    let mut table = Table { assets: HashMap::new(), seen: HashSet::new(), slow: Vec::new() };
    table.of(&province, "", "anybody", &["/", "/verify", "/sign-in", "/invitation", "/api"].map(str::to_owned));
    for login in province.made["logins"].as_array().unwrap() {
        let role = login["role"].as_str().unwrap();
        let cookie = province.sign_in(login);
        table.of(&province, &cookie, role, &rooms(role));
        if role == "auditor" {
            table.data(&province, &cookie);
        }
    }
    drop(province);
    let commune = Served::start(folder, "commune", &[]);
    commune.fill();
    println!("of a commune with a few documents and receipts:");
    for login in commune.made["logins"].as_array().unwrap() {
        let cookie = commune.sign_in(login);
        table.of(&commune, &cookie, login["role"].as_str().unwrap(), &["/desk".to_owned()]);
    }
    let slow = if table.slow.is_empty() { "none".to_owned() } else { table.slow.join(", ") };
    println!("{} kinds of pages; slower than {MOST} ms: {slow}\n", table.seen.len());
}

/// A demo that is served.
struct Served {
    child: Child,
    made: Value,
    address: String,
}

impl Served {
    fn start(folder: &Path, name: &str, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dauson"))
            .args(["demo", "--serve", "127.0.0.1:0", "--json", "--data"])
            .arg(folder.join(format!("data-{name}")))
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let made: Value = lines.find_map(|line| serde_json::from_str(&line).ok()).unwrap();
        let address = made["address"].as_str().unwrap().trim_start_matches("http://").to_owned();
        Self { child, made, address }
    }

    /// Signs in as somebody of the demo; the cookie.
    fn sign_in(&self, login: &Value) -> String {
        let body = json!({"login": login["login"], "password": login["password"], "code": login["codes"][0]});
        let origin = format!("http://{}", self.address);
        let headers = [("content-type", "application/json"), ("origin", origin.as_str())];
        let answer = ask(&self.address, "POST", "/api/v1/session", &headers, body.to_string().as_bytes());
        assert_eq!(answer.status, 201, "{}", answer.head);
        let cookie = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Drafts a document, which then waits for the leader, and one that waits for the drafter; and receives one.
    fn fill(&self) {
        let draft = json!({"kind": "QĐ", "issuer": "UBND", "subject": "Ban hành Quy chế làm việc", "recipients": [{"name": "Các thôn"}]});
        let pdf = include_bytes!("../samples/du-thao/qd.pdf");
        let [_, id] = [0, 1].map(|_| self.hand_in("/api/v1/outgoing", "drafter", pdf, &draft));
        let bearer = self.bearer("drafter");
        post(&self.address, &format!("/api/v1/outgoing/{id}/initial"), ("authorization", &bearer), &json!({}));
        let arrival =
            json!({"kind": "CV", "author": "Sở Nội vụ", "symbol": "1/SNV", "subject": "Hướng dẫn công tác văn thư"});
        self.hand_in("/api/v1/incoming", "clerk", include_bytes!("../samples/cong-van.pdf"), &arrival);
    }

    fn bearer(&self, role: &str) -> String {
        format!("Bearer {}", self.made["tokens"][role].as_str().unwrap())
    }

    /// Hands in a document; its identifier.
    fn hand_in(&self, path: &str, role: &str, pdf: &[u8], options: &Value) -> String {
        let part = |head: &str| format!("--cut\r\ncontent-disposition: form-data; {head}\r\n\r\n").into_bytes();
        let (file, more) = (part("name=\"file\"; filename=\"a.pdf\""), part("name=\"options\""));
        let body = [&file, pdf, b"\r\n", &more, options.to_string().as_bytes(), b"\r\n--cut--\r\n"].concat();
        let bearer = self.bearer(role);
        let headers = [("authorization", bearer.as_str()), ("content-type", "multipart/form-data; boundary=cut")];
        let answer = ask(&self.address, "POST", path, &headers, &body);
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        serde_json::from_slice::<Value>(&answer.body).unwrap()["id"].as_str().unwrap().to_owned()
    }

    fn get(&self, cookie: &str, path: &str) -> Answer {
        ask(&self.address, "GET", path, &[("cookie", cookie), ("accept-encoding", "gzip")], b"")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where a role begins: all else is found by the links of these pages.
fn rooms(role: &str) -> Vec<String> {
    let year = OffsetDateTime::now_utc().year();
    let mut all = vec!["/desk".to_owned(), "/account".to_owned()];
    if role == "leader" {
        all.extend([
            format!("/figures?period={year}"),
            format!("/figures?period={year}-Q1&level=commune"),
            format!("/figures?period={year}-01&sort=-signed"),
            format!("/figures?from={year}-01-15&to={year}-11-14"),
            format!("/figures?period={year}&unit=xa-001"),
        ]);
    }
    all
}

/// What was measured so far.
struct Table {
    /// What pages wait for, with its bytes on the line.
    assets: HashMap<String, usize>,
    /// Kinds of pages that there is a row of.
    seen: HashSet<String>,
    slow: Vec<String>,
}

impl Table {
    /// Prints a row for each kind of page that somebody reaches from here, if there is none yet. What waits for somebody is another page for each.
    fn of(&mut self, served: &Served, cookie: &str, who: &str, from: &[String]) {
        walk::all(from, |path| {
            let answer = served.get(cookie, path);
            if answer.status != 200 || !answer.head.contains("content-type: text/html") {
                return None;
            }
            let page = Page::new(path, &answer.body);
            let kind = walk::kind(path);
            let kind = if kind == "/desk" { format!("{kind} {who}") } else { kind };
            if self.seen.insert(kind) {
                let first = page.blocked_by().into_iter().map(|asset| self.asset(served, asset)).sum::<usize>();
                self.row(served, cookie, (path, who), page.html.len(), Some(page.packed + first));
            }
            Some(page)
        });
    }

    /// What programs read, in the place of pages.
    fn data(&mut self, served: &Served, cookie: &str) {
        let year = OffsetDateTime::now_utc().year();
        for path in [
            format!("/api/v1/reports/figures?period={year}"),
            format!("/api/v1/reports/figures?period={year}&format=csv"),
            "/api/v1/outgoing".to_owned(),
            "/api/v1/receipts".to_owned(),
            "/api/v1/audit/entries".to_owned(),
        ] {
            let bytes = served.get(cookie, &path).body.len();
            self.row(served, cookie, (&path, "auditor"), bytes, None);
        }
    }

    fn asset(&mut self, served: &Served, asset: String) -> usize {
        *self.assets.entry(asset).or_insert_with_key(|asset| served.get("", asset).body.len())
    }

    fn row(&mut self, served: &Served, cookie: &str, (path, who): (&str, &str), unpacked: usize, first: Option<usize>) {
        let sent = served.get(cookie, path).body.len() as f64 / 1000.0;
        let ms = in_process(RUNS, || served.get(cookie, path)).wall_ms;
        let seen = first.map_or_else(|| "-".to_owned(), |bytes| format!("{:.2}", bytes as f64 / LINE));
        let (name, unpacked, share) =
            (format!("{path} ({who})"), unpacked as f64 / 1000.0, format!("×{:.2}", ms / MOST));
        println!("{name:<64} {sent:>7.1} {unpacked:>9.1} {seen:>7} {ms:>8.1} {share:>9}");
        if ms > MOST {
            self.slow.push(name);
        }
    }
}
