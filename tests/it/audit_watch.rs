//! Following a log, and looking for entries in it.

use crate::audit_receipts::{copy, issued};
use crate::auditing::{append, key};
use crate::office::{Office, UNIT};
use crate::program::run;
use crate::server::{Server, sample_pdf};
use dauson::people::permissions::Role;

#[test]
fn a_log_that_does_not_continue_what_it_was_raises_an_alarm() {
    let office = Office::new();
    let data = issued(&office);
    let key = key(&data);
    let work = tempfile::tempdir().unwrap();
    let state = work.path().join("watch.txt").display().to_string();
    let earlier = work.path().join("earlier");
    copy(&data, &earlier);
    let look = |data: &std::path::Path, state: &str| {
        let server = Server::start(data, &[]);
        let url = format!("http://{}", server.address);
        run(&work.path().join("none"), ["audit", "watch", &url, "--log-key", &key, "--state", state, "--once"])
    };
    look(&data, &state).expect(0);
    append(&data, 300);
    let ran = look(&data, &state).expect(0);
    assert!(ran.stdout.contains("consistent"), "{ran:?}");
    assert!(look(&data, &state).expect(0).stdout.contains("as before"));
    // the log as it was before; and another one from then on
    let seen = std::fs::read_to_string(&state).unwrap();
    let rolled_back = look(&earlier, &state).expect(1);
    assert!(rolled_back.stdout.starts_with("ALARM: ") && rolled_back.stdout.contains("cut back"), "{rolled_back:?}");
    append(&earlier, 301);
    let forked = look(&earlier, &state).expect(1);
    assert!(forked.stdout.contains("was rewritten"), "{forked:?}");
    assert_eq!(forked.stdout.lines().count(), 1);
    // both checkpoints are the evidence; what was seen stays what was seen
    assert_eq!(std::fs::read_to_string(&state).unwrap(), seen);
    let names: Vec<String> = std::fs::read_dir(work.path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("watch.txt."))
        .collect();
    assert_eq!(names.iter().filter(|name| name.contains(".seen-")).count(), 1, "{names:?}");
    assert_eq!(names.iter().filter(|name| name.contains(".now-")).count(), 2, "{names:?}");
    // another log in its place
    let other = Office::new();
    let foreign = look(other.folder.path(), &state).expect(1);
    assert!(foreign.stdout.contains("not signed with a log key"), "{foreign:?}");
    look(&data, &state).expect(0);
    // one that stands still may be showing an old state
    let three_hours_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(3);
    std::fs::File::options().write(true).open(&state).unwrap().set_modified(three_hours_ago).unwrap();
    let stands = |hours: &str| {
        let server = Server::start(&data, &[]);
        let url = format!("http://{}", server.address);
        let look = ["audit", "watch", &url, "--log-key", &key, "--state", &state, "--once", "--grows-within", hours];
        run(&work.path().join("none"), look)
    };
    stands("4").expect(0);
    assert!(stands("2").expect(1).stdout.contains("it may be showing an old state"));
    append(&data, 1);
    stands("2").expect(0);
    let none = ["audit", "watch", "http://127.0.0.1:9", "--log-key", &key, "--state", &state, "--once"];
    run(work.path(), none).expect(69).error_line();
    run(work.path(), ["audit", "watch", "http://127.0.0.1:9", "--once"]).expect(64).error_line();
}

#[test]
fn entries_are_found_and_names_only_with_a_trace() {
    let office = Office::new();
    let data = issued(&office);
    let server = office.serve();
    let signed = server.post("/api/v1/sign").token(office.token(Role::Clerk)).pdf(&sample_pdf()).send().expect(200);
    let file = data.join("signed.pdf");
    std::fs::write(&file, &signed.body).unwrap();
    let auditor = office.token(Role::Auditor);
    let ask = |query: &str| server.get(&format!("/api/v1/audit/entries?{query}")).token(auditor).send();
    let issued = ask("action=receipt.issued&limit=3").expect(200).json();
    assert_eq!(issued["items"].as_array().unwrap().len(), 3);
    let rest =
        ask(&format!("action=receipt.issued&limit=3&cursor={}", issued["next"].as_str().unwrap())).expect(200).json();
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &serde_json::Value::Null));
    assert_eq!(ask("unit=nobody").expect(200).json()["items"], serde_json::json!([]));
    assert_eq!(
        ask(&format!("receipt={}/00000003&action=receipt.voided", office.series)).expect(200).json()["items"][0]["entry"]
            ["action"],
        "receipt.voided"
    );
    assert_eq!(ask("since=yesterday").problem(422), "request.time");
    drop(server);
    let show = |arguments: &[&str]| -> Vec<serde_json::Value> {
        let ran = run(&data, [&["audit", "show", "--json"], arguments].concat()).expect(0);
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let file = file.display().to_string();
    let found = show(&["--document", &file]);
    assert_eq!(found.len(), 1);
    let entry = &found[0]["entry"];
    assert_eq!((&entry["action"], &entry["unit"]), (&"document.signed".into(), &UNIT.into()));
    let signature = entry["signature"].as_str().unwrap();
    assert_eq!(show(&["--document", signature]), found);
    // the bearer of the token, by its name
    let by_clerk = show(&["--actor", "clerk", "--action", "document"]);
    assert_eq!(by_clerk, found);
    assert_eq!(show(&["--actor", "nobody-at-all"]).len(), 0);
    assert_eq!(show(&["--receipt", &format!("{}/00000002", office.series)]).len(), 4);
    assert_eq!(show(&["--unit", UNIT, "--action", "receipt.issued"]).len(), 4);
    assert_eq!(show(&["--action", "receipt.issued", "--until", "2020-01-01"]).len(), 0);
    assert_eq!(show(&["--action", "receipt.issued", "--since", "2020-01-01T00:00:00+07:00"]).len(), 4);
    // who it was is told only after it is in the log that somebody asked
    assert_eq!(show(&["--action", "pseudonym.resolved"]).len(), 0);
    let told = show(&["--document", &file, "--resolve"]);
    assert!(told[0]["actor_name"].as_str().unwrap().starts_with("clerk (clerk, "), "{told:?}");
    assert_eq!(show(&["--action", "pseudonym.resolved"]).len(), 1);
    let table = run(&data, ["audit", "show", "--unit", UNIT]).expect(0).stdout;
    assert!(table.lines().all(|line| line.contains(UNIT)) && table.contains("receipt.voided"), "{table}");
    run(&data, ["audit", "show", "--since", "yesterday"]).expect(64).error_line();
    run(&data, ["audit", "show", "--document", "no-such-file.pdf"]).expect(66).error_line();
    run(&data, ["audit", "verify"]).expect(0);
}
