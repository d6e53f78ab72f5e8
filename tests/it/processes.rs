//! Several processes on one data folder at once, commands and servers: each entry is in the log once, each number is given once.

use crate::office::Office;
use crate::program::run;
use crate::server::{Server, sample_pdf};
use dauson::people::permissions::Role;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What each process does.
const TIMES: usize = 6;

/// Where the log says that something is: of a receipt its number as well.
fn place(answer: &Value) -> (u64, Option<u64>) {
    (answer["log"]["index"].as_u64().unwrap(), answer["number"].as_u64())
}

fn at_once(processes: usize) {
    let office = Office::new();
    let data = office.folder.path();
    let work = tempfile::tempdir().unwrap();
    let request = work.path().join("request.json").display().to_string();
    let body = office.receipt_request(2_000);
    std::fs::write(&request, body.to_string()).unwrap();
    run(data, ["audit", "verify"]).expect(0);
    let entries = || run(data, ["audit", "verify", "--json"]).expect(0).json()["entries"].as_u64().unwrap();
    let before = entries();
    let (leader, officer) = (office.token(Role::Leader), office.token(Role::Officer));
    let signed = AtomicUsize::new(0);
    let places: Vec<(u64, Option<u64>)> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..processes)
            .map(|process| {
                let (work, request, body, signed) = (work.path(), &request, &body, &signed);
                scope.spawn(move || {
                    let server = (process % 4 > 1).then(|| Server::start(data, &[]));
                    let once = |n: usize| match (process % 4, &server) {
                        (0, _) => {
                            let out = work.join(format!("{process}-{n}.pdf")).display().to_string();
                            let sign =
                                ["sign", "samples/cong-van.pdf", "--key-id", "xa-son-mau.leader", "--json", "-o", &out];
                            let answer = run(data, sign).expect(0).json();
                            signed.fetch_add(1, Ordering::Relaxed);
                            place(&answer)
                        }
                        (1, _) => place(&run(data, ["receipt", "issue", request, "--json"]).expect(0).json()),
                        (2, Some(server)) => {
                            let key = format!("{process}-{n}");
                            let request =
                                server.post("/api/v1/receipts").token(officer).header("idempotency-key", &key);
                            place(&request.json(body).send().expect(201).json())
                        }
                        (_, Some(server)) => {
                            server.post("/api/v1/sign").token(leader).pdf(&sample_pdf()).send().expect(200);
                            signed.fetch_add(1, Ordering::Relaxed);
                            (u64::MAX, None)
                        }
                        (_, None) => unreachable!(),
                    };
                    (0..TIMES).map(once).collect::<Vec<_>>()
                })
            })
            .collect();
        all.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let numbers: BTreeSet<u64> = places.iter().filter_map(|(_, number)| *number).collect();
    let indexes: Vec<u64> = places.iter().map(|(index, _)| *index).filter(|index| *index != u64::MAX).collect();
    assert_eq!(indexes.iter().collect::<BTreeSet<_>>().len(), indexes.len(), "no two have one place: {indexes:?}");
    let receipts = places.iter().filter(|(_, number)| number.is_some()).count() as u64;
    assert_eq!(numbers.into_iter().collect::<Vec<_>>(), (1..=receipts).collect::<Vec<_>>());
    // a receipt has two entries
    let signed = signed.load(Ordering::Relaxed) as u64;
    assert_eq!(entries(), before + signed + 2 * receipts);
    eprintln!("{processes} processes: {signed} documents and {receipts} receipts, each once");
}

#[test]
fn two_processes_at_once_lose_nothing() {
    at_once(2);
}

#[test]
fn eight_processes_at_once_lose_nothing() {
    at_once(8);
}
