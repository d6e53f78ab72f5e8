//! A day at the counters through the real server: three units, eight cashiers at once, replacements, voids, repeated requests, and a
//! server that is killed again and again. At the end every number is used once, and every total is right.

use crate::office::{OTHER_UNIT, Office, UNIT};
use crate::program::run;
use crate::server::Server;
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const THIRD_UNIT: &str = "xa-ba";

/// How many receipts are issued; `DAUSON_COUNTER_RECEIPTS=2000` makes it a whole day.
fn receipts() -> usize {
    std::env::var("DAUSON_COUNTER_RECEIPTS").ok().and_then(|n| n.parse().ok()).unwrap_or(160)
}

/// Who stands at a counter.
struct Cashier {
    name: String,
    unit: &'static str,
    series: String,
    token: String,
    /// Of the unit's chief accountant, if it has one.
    accountant: Option<String>,
}

/// What a cashier has done, as the cashier knows it: of each receipt its amount, whether in cash, its state.
type Done = BTreeMap<String, (i64, bool, &'static str)>;

/// The server's address while it is there.
pub struct Line(pub Mutex<String>);

impl Line {
    /// One request to whichever server answers; a server that dies is asked again once it is back.
    pub fn send(&self, token: &str, path: &str, key: Option<&str>, body: &Value) -> (u16, Value) {
        let (status, body) = self.send_bytes(token, path, key, ("application/json", body.to_string().as_bytes()));
        (status, serde_json::from_slice(&body).unwrap())
    }

    /// The same of anything.
    pub fn send_bytes(&self, token: &str, path: &str, key: Option<&str>, body: (&str, &[u8])) -> (u16, Vec<u8>) {
        let start = Instant::now();
        while start.elapsed() < Duration::from_mins(20) {
            let address = self.0.lock().unwrap().clone();
            if let Some(answer) = once(&address, token, path, key, body) {
                // what is turned away may come again
                if answer.0 != 503 {
                    return answer;
                }
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("no answer to {path}");
    }
}

fn once(address: &str, token: &str, path: &str, key: Option<&str>, body: (&str, &[u8])) -> Option<(u16, Vec<u8>)> {
    let key = key.map(|key| format!("idempotency-key: {key}\r\n")).unwrap_or_default();
    let (media_type, body) = body;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\nauthorization: Bearer {token}\r\n{key}\
         content-type: {media_type}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_mins(1))).ok()?;
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = (String::from_utf8_lossy(&answer[..end]).to_lowercase(), &answer[end + 4..]);
    // what was cut off is no answer
    let length: usize = head.split("content-length: ").nth(1)?.lines().next()?.parse().ok()?;
    (length == body.len()).then_some((head.split(' ').nth(1)?.parse().ok()?, body.to_vec()))
}

fn work(cashier: &Cashier, line: &Line, count: usize, issued: &AtomicUsize) -> Done {
    let mut done = Done::new();
    let request = |price: i64, cash: bool| {
        json!({
            "series": cashier.series, "payer": {"name": "Nguyễn Văn A"}, "payment": {"method": if cash { "cash" } else { "transfer" }},
            "lines": [{"fee": "CTBS", "name": "Phí chứng thực bản sao", "quantity": 3, "unit_price": price},
                      {"fee": "CTCK", "name": "Phí chứng thực chữ ký", "quantity": 1, "unit_price": 10}]
        })
    };
    for n in 0..count {
        let price = 1_000 + i64::try_from(n % 7).unwrap();
        let (cash, key) = (n % 3 != 0, format!("{}-{n}", cashier.name));
        let issue = || line.send(&cashier.token, "/api/v1/receipts", Some(&key), &request(price, cash));
        let (status, receipt) = issue();
        assert_eq!((status, &receipt["total"]), (201, &json!(price * 3 + 10)), "{receipt}");
        let id = receipt["id"].as_str().unwrap().to_owned();
        issued.fetch_add(1, Ordering::Relaxed);
        if n % 5 == 0 {
            assert_eq!(issue().1["id"], receipt["id"], "the same key gives the same receipt");
        }
        assert!(done.insert(id.clone(), (price * 3 + 10, cash, "issued")).is_none(), "{id} was given twice");
        if n % 7 == 1 {
            let replacement = json!({"reason": "Sai số tiền", "request": request(price + 500, cash)});
            let path = format!("/api/v1/receipts/{id}/replace");
            let (status, new) = line.send(&cashier.token, &path, Some(&format!("{key}-r")), &replacement);
            assert_eq!(status, 201, "{new}");
            done.get_mut(&id).unwrap().2 = "replaced";
            let new = new["id"].as_str().unwrap().to_owned();
            assert!(done.insert(new, ((price + 500) * 3 + 10, cash, "issued")).is_none());
        } else if n % 7 == 4 {
            let path = format!("/api/v1/receipts/{id}/cancel");
            let (status, asked) = line.send(&cashier.token, &path, None, &json!({"reason": "Hoàn tiền"}));
            // the answer to what was done may have been lost
            let again = status == 409 && asked["code"] == "receipt.not_in_force";
            match &cashier.accountant {
                None => assert!(status == 200 || again, "{status} {asked}"),
                Some(accountant) => {
                    let again = status == 409 && asked["code"] == "receipt.void_requested";
                    assert!(status == 202 || again, "{status} {asked}");
                    let (status, voided) = line.send(accountant, &format!("{path}/approve"), None, &json!({}));
                    let again = status == 409 && voided["code"] == "receipt.not_in_force";
                    assert!(status == 200 || again, "{status} {voided}");
                }
            }
            done.get_mut(&id).unwrap().2 = "voided";
        }
    }
    done
}

fn token(data: &Path, unit: &str, role: &str, name: &str) -> String {
    let arguments = ["token", "create", "--unit", unit, "--role", role, "--name", name];
    run(data, arguments).expect(0).stdout.trim().to_owned()
}

#[test]
fn every_number_is_used_once_and_every_total_is_right() {
    let office = Office::new();
    let data = office.folder.path();
    let third = office.series.replace("TAA", "TCC");
    let put = ["unit", "put", THIRD_UNIT, "--name", "Xã Ba", "--tax-code", "6109999990", "--address", "x"];
    run(data, [&put[..], &["--receipt-key", "xa-khac.receipt"]].concat()).expect(0);
    run(data, ["receipt", "series", "create", &third, "--unit", THIRD_UNIT]).expect(0);
    let auditors = BTreeMap::from([
        (UNIT, office.token(Role::Auditor).to_owned()),
        (OTHER_UNIT, office.other_token(Role::Auditor).to_owned()),
        (THIRD_UNIT, token(data, THIRD_UNIT, "auditor", "auditor")),
    ]);
    let cashiers: Vec<Cashier> = (0..8)
        .map(|n| {
            let (unit, series, accountant) = match n % 3 {
                0 => (UNIT, &office.series, Some(office.token(Role::Accountant))),
                1 => (OTHER_UNIT, &office.other_series, Some(office.other_token(Role::Accountant))),
                _ => (THIRD_UNIT, &third, None),
            };
            let name = format!("quay-{n}");
            let token = token(data, unit, "officer", &name);
            Cashier { name, unit, series: series.clone(), token, accountant: accountant.map(str::to_owned) }
        })
        .collect();

    let first = Server::start(data, &[]);
    let line = Line(Mutex::new(first.address.clone()));
    let (issued, open) = (AtomicUsize::new(0), AtomicBool::new(true));
    let each = receipts() / cashiers.len();
    let (all, server): (Vec<Done>, Server) = std::thread::scope(|scope| {
        let working: Vec<_> =
            cashiers.iter().map(|cashier| scope.spawn(|| work(cashier, &line, each, &issued))).collect();
        let (issued, open, line) = (&issued, &open, &line);
        let power = scope.spawn(move || {
            let mut server = first;
            // the power fails four times, wherever the eight are
            for failure in 1..=4 {
                let when = each * 8 * failure / 5;
                while issued.load(Ordering::Relaxed) < when && open.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(5));
                }
                drop(server);
                server = Server::start(data, &[]);
                line.0.lock().unwrap().clone_from(&server.address);
            }
            server
        });
        let all = working.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>();
        open.store(false, Ordering::Relaxed);
        let server = power.join().unwrap();
        (all.into_iter().map(Result::unwrap).collect(), server)
    });

    let today = time::OffsetDateTime::now_utc().to_offset(dauson::data_folder::VIETNAM).date();
    let sum = |of: &dyn Fn(&Cashier, i64, bool, &str) -> bool| -> (u64, i64) {
        let all = cashiers.iter().zip(&all).flat_map(|(c, done)| done.values().map(move |(a, m, s)| (c, *a, *m, *s)));
        let found: Vec<i64> = all.filter(|(c, a, m, s)| of(c, *a, *m, s)).map(|(_, amount, ..)| amount).collect();
        (u64::try_from(found.len()).unwrap(), found.iter().sum())
    };
    for (unit, auditor) in &auditors {
        let get = |path: &str| server.get(path).token(auditor).send().expect(200).json();
        // numbers without gap or double, each as its cashier knows it
        let (mut next, mut page) = (1, get("/api/v1/receipts?limit=100"));
        loop {
            for item in page["items"].as_array().unwrap() {
                assert_eq!(item["number"], json!(next), "{unit}");
                next += 1;
                let id = item["id"].as_str().unwrap();
                let known: Vec<_> = all.iter().filter_map(|done| done.get(id)).collect();
                assert_eq!(known.len(), 1, "{id}");
                assert_eq!((&item["total"], &item["state"]), (&json!(known[0].0), &json!(known[0].2)), "{id}");
            }
            let Some(cursor) = page["next"].as_str() else { break };
            page = get(&format!("/api/v1/receipts?limit=100&cursor={cursor}"));
        }
        let of_unit = sum(&|c, _, _, _| c.unit == *unit);
        assert_eq!(of_unit.0 + 1, next, "{unit}");
        // 01/TH-BLĐT, ledger and the use of the series add up
        let in_force = sum(&|c, _, _, state| c.unit == *unit && state == "issued");
        let voided = sum(&|c, _, _, state| c.unit == *unit && state == "voided");
        let replaced = sum(&|c, _, _, state| c.unit == *unit && state == "replaced");
        let pair = |(receipts, amount): (u64, i64)| json!({"receipts": receipts, "amount": amount});
        let day = get(&format!("/api/v1/reports/daily?date={today}"));
        assert_eq!(day["total"], json!(in_force.1), "{unit}: {day}");
        assert_eq!((&day["cancelled"], &day["superseded"]), (&pair(voided), &pair(replaced)), "{unit}: {day}");
        let receipts = day["new"]["receipts"].as_u64().unwrap() + day["replaced"]["receipts"].as_u64().unwrap();
        assert_eq!(receipts, of_unit.0, "{unit}: {day}");
        let used = get(&format!("/api/v1/reports/use?from={today}&to={today}"))["rows"][0].clone();
        let counts = (used["issued"].as_u64(), used["replaced"].as_u64(), used["voided"].as_u64());
        assert_eq!(counts, (Some(of_unit.0), Some(replaced.0), Some(voided.0)), "{unit}: {used}");
        let ledger = get("/api/v1/reports/ledger?by=cashier");
        for row in ledger["rows"].as_array().unwrap() {
            let (receipts, amount) = sum(&|c, _, _, state| row["name"] == c.name.as_str() && state == "issued");
            assert_eq!((&row["receipts"], &row["amount"]), (&json!(receipts), &json!(amount)), "{row}");
        }
    }
    for cashier in &cashiers {
        let cash = sum(&|c, _, cash, state| c.name == cashier.name && cash && state == "issued").1;
        let close = server.post("/api/v1/shifts/close").token(&cashier.token).json(&json!({"counted": cash})).send();
        let shift = close.expect(201).json();
        assert_eq!((&shift["summary"]["cash"], &shift["summary"]["difference"]), (&json!(cash), &json!(0)), "{shift}");
    }
    drop(server);
    run(data, ["audit", "verify"]).expect(0);
}
