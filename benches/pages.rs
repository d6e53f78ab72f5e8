//! Pages of a province: what the server takes for each, of made-up data at scale, against the 200 ms that a page may take.

use crate::measure::in_process;
use dauson::config::{Config, Flags};
use dauson::data_folder::DataFolder;
use dauson::http::{self, House};
use dauson::people::permissions::Role;
use dauson::people::users::offices::{self, NewOffice};
use dauson::people::users::sign_in::{Claim, sign_in};
use dauson::people::users::{Administrator, accounts, invitation, sessions};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Instant, SystemTime};
use time::OffsetDateTime;

/// What a page may take, in milliseconds.
const MOST: f64 = 200.0;
/// Times that each is asked for.
const RUNS: usize = 15;
/// The province, as `dauson demo --scale` calls it.
const UNIT: &str = "tinh-mau";

/// Fills a folder once, and prints a row for each page that there is. `DAUSON_BENCH_SCALE=0.1` makes less of it.
pub fn rows(folder: &Path) {
    let scale = std::env::var("DAUSON_BENCH_SCALE").unwrap_or_else(|_| "1".to_owned());
    let (path, start) = (folder.join("data-pages"), Instant::now());
    let made = Command::new(env!("CARGO_BIN_EXE_dauson"))
        .args(["demo", "--scale", &scale, "--data"])
        .arg(&path)
        .stdout(Stdio::null())
        .status();
    assert!(made.unwrap().success());
    println!("## Pages, of made-up data at scale {scale}, made in {:.0} s", start.elapsed().as_secs_f64());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let config = Config::load(&Flags { data: Some(path.clone()), ..Flags::default() }, |_| None).unwrap();
    let open = DataFolder::open(&path, &path.join("master.key"), Arc::new(OffsetDateTime::now_utc));
    let data = runtime.block_on(open).unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let house = Arc::new(House::new(data, &config).unwrap());
    // an auditor reads all of it; a leader has a desk
    let auditor = runtime.block_on(session(&house, "bench-auditor", Role::Auditor));
    let leader = runtime.block_on(session(&house, "bench-leader", Role::Leader));
    runtime.spawn(http::serve(house, listener, std::future::pending()));
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
        let (status, bytes) = get(&address, &page, cookie);
        if status != 200 {
            println!("{page:<46} {status:>8}");
            continue;
        }
        let cost = in_process(RUNS, || get(&address, &page, cookie));
        let share = format!("×{:.2}", cost.wall_ms / MOST);
        println!("{page:<46} {:>8.1} {:>9.1} {share:>14}", bytes as f64 / 1000.0, cost.wall_ms);
    }
    println!();
}

/// Somebody of the province who has signed in: the cookie.
async fn session(house: &House, login: &str, role: Role) -> String {
    let (folder, by) = (&house.folder, Administrator { actor: "bench".to_owned(), unit: None });
    let password = "mật khẩu dài để đo";
    let invited = accounts::create(folder, login, "Người đo", UNIT, &by).await.unwrap().1;
    let title = "Chức vụ".to_owned();
    let new = NewOffice { unit: UNIT.to_owned(), role, title, signing_key: None, since: None, until: None };
    offices::give(folder, login, new, &by).await.unwrap();
    let secret = invitation::accept(folder, &invited, password).await.unwrap().secret;
    let codes = invitation::confirm(folder, &invited, &code(&secret)).await.unwrap();
    let claim = Claim { login, password, code: &codes[0], office: None, agent: "bench" };
    let terms = sessions::Terms { idle: time::Duration::HOUR, longest: time::Duration::HOUR };
    let (_, text) = sign_in(folder, claim, terms).await.unwrap();
    format!("dauson={}", text.as_str())
}

/// The one-time password of now (RFC 6238) of a secret in base 32.
fn code(secret: &str) -> String {
    let (mut bits, mut held, mut key) = (0_u32, 0, Vec::new());
    for c in secret.bytes() {
        let value = if c.is_ascii_uppercase() { c - b'A' } else { c - b'2' + 26 };
        (bits, held) = (bits << 5 | u32::from(value), held + 5);
        if held >= 8 {
            held -= 8;
            key.push((bits >> held & 0xff) as u8);
        }
    }
    let step = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() / 30;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = ring::hmac::sign(&key, &step.to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// The status and the length of what is answered.
fn get(address: &str, page: &str, cookie: &str) -> (u16, usize) {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!("GET {page} HTTP/1.1\r\nhost: bench\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let status = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
    let body = answer.windows(4).position(|end| end == b"\r\n\r\n").map_or(0, |at| answer.len() - at - 4);
    (status, body)
}
