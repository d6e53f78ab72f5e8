//! Pages of a province: what the server takes for each, of made-up data at scale, against the 200 ms that a page may take.

use crate::client::ask;
use crate::measure::in_process;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;
use time::OffsetDateTime;

/// What a page may take, in milliseconds.
const MOST: f64 = 200.0;
/// Times that each is asked for.
const RUNS: usize = 15;

/// Fills a folder once, serves it, and prints a row for each page that there is. `DAUSON_BENCH_SCALE=0.1` makes less of it.
pub fn rows(folder: &Path) {
    let scale = std::env::var("DAUSON_BENCH_SCALE").unwrap_or_else(|_| "1".to_owned());
    let start = Instant::now();
    let mut served = Command::new(env!("CARGO_BIN_EXE_dauson"))
        .args(["demo", "--scale", &scale, "--serve", "127.0.0.1:0", "--json", "--data"])
        .arg(folder.join("data-pages"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(served.stdout.take().unwrap()).lines().map(Result::unwrap);
    let made: Value = lines.find_map(|line| serde_json::from_str(&line).ok()).unwrap();
    println!("## Pages, of made-up data at scale {scale}, made in {:.0} s", start.elapsed().as_secs_f64());
    let address = made["address"].as_str().unwrap().trim_start_matches("http://").to_owned();
    // an auditor reads all of it; a leader has a desk
    let (auditor, leader) = (sign_in(&address, &made, "auditor"), sign_in(&address, &made, "leader"));
    let year = OffsetDateTime::now_utc().year();
    let pages = [
        ("/desk".to_owned(), &leader),
        (format!("/figures?period={year}"), &leader),
        (format!("/figures?period={year}-Q1"), &leader),
        (format!("/figures?from={year}-01-15&to={year}-11-14"), &leader),
        ("/figures?unit=xa-001".to_owned(), &leader),
        ("/documents".to_owned(), &auditor),
        ("/receipts".to_owned(), &auditor),
        ("/audit".to_owned(), &auditor),
        (format!("/api/v1/reports/figures?period={year}"), &auditor),
        (format!("/api/v1/reports/figures?period={year}&format=csv"), &auditor),
        ("/api/v1/outgoing".to_owned(), &auditor),
        ("/api/v1/receipts".to_owned(), &auditor),
        ("/api/v1/audit/entries".to_owned(), &auditor),
    ];
    println!("{:<46} {:>8} {:>9} {:>14}", "page", "KB", "ms wall", "of 200 ms");
    for (page, cookie) in pages {
        let ask = || ask(&address, "GET", &page, &[("cookie", cookie.as_str())], b"");
        let answer = ask();
        if answer.status != 200 {
            println!("{page:<46} {:>8}", answer.status);
            continue;
        }
        let (cost, bytes) = (in_process(RUNS, ask), answer.body.len());
        let share = format!("×{:.2}", cost.wall_ms / MOST);
        println!("{page:<46} {:>8.1} {:>9.1} {share:>14}", bytes as f64 / 1000.0, cost.wall_ms);
    }
    println!();
    served.kill().unwrap();
    served.wait().unwrap();
}

/// Signs in as somebody of the demo; the cookie.
fn sign_in(address: &str, made: &Value, role: &str) -> String {
    let login = made["logins"].as_array().unwrap().iter().find(|login| login["role"] == role).unwrap();
    let body = json!({"login": login["login"], "password": login["password"], "code": login["codes"][0]}).to_string();
    let origin = format!("http://{address}");
    let headers = [("content-type", "application/json"), ("origin", origin.as_str())];
    let answer = ask(address, "POST", "/api/v1/session", &headers, body.as_bytes());
    assert_eq!(answer.status, 201, "{}", answer.head);
    let cookie = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    cookie.split(';').next().unwrap().to_owned()
}
