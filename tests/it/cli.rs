//! The command line's manners: exit codes, one error line, results on stdout only.

use crate::program::{command, finish, run};
use std::process::Stdio;

#[test]
fn wrong_usage_is_one_line_and_64() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (&[][..], "a command is missing"),
        (&["confi"], "did you mean config?"),
        (&["config", "--jsn"], "did you mean --json?"),
        (&["config", "--log"], "a value is required"),
        (&["config", "more\nthan one line"], "unexpected argument"),
    ] {
        let ran = run(folder.path(), arguments).expect(64);
        assert!(ran.error_line().contains(words), "{ran:?}");
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn help_and_version_are_results() {
    let folder = tempfile::tempdir().unwrap();
    let help = run(folder.path(), ["--help"]).expect(0);
    assert!(help.stdout.contains("Usage: dauson") && help.stderr.is_empty(), "{help:?}");
    let version = run(folder.path(), ["--version"]).expect(0);
    assert_eq!(version.stdout, format!("dauson {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn config_says_where_each_value_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("dauson.toml"), "[serve]\nmax_requests = 7\n").unwrap();
    let ran = run(folder.path(), ["config", "--json"]).expect(0);
    let settings: Vec<serde_json::Value> = ran.stdout.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let find = |key: &str| settings.iter().find(|s| s["key"] == key).unwrap();
    assert_eq!(find("data")["origin"], "environment DAUSON_DATA");
    assert_eq!(find("serve.max_requests")["value"], 7);
    assert!(find("serve.max_requests")["origin"].as_str().unwrap().starts_with("file "));
    assert_eq!(find("log")["origin"], "default");

    std::fs::write(folder.path().join("dauson.toml"), "colour = true\n").unwrap();
    let ran = run(folder.path(), ["config"]).expect(64);
    assert!(ran.error_line().contains("there is no setting colour"), "{ran:?}");
    run(folder.path(), ["config", "--config", "/no/such/file.toml"]).expect(66).error_line();
}

#[test]
fn init_makes_a_folder_once_and_says_which_log_it_keeps() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let ran = run(&data, ["audit", "checkpoint"]).expect(66);
    assert!(ran.stderr.contains("dauson init"), "{ran:?}");
    let made = run(&data, ["init", "--json"]).expect(0).json();
    let again = run(&data, ["init", "--json"]).expect(0).json();
    assert_eq!((&made["made"], &again["made"]), (&serde_json::json!(true), &serde_json::json!(false)));
    assert_eq!((&made["origin"], &made["log_key"]), (&again["origin"], &again["log_key"]));
    let (origin, key) = (made["origin"].as_str().unwrap(), made["log_key"].as_str().unwrap());
    assert!(key.starts_with(&format!("{origin}+")), "{made}");
    let checkpoint = run(&data, ["audit", "checkpoint"]).expect(0).stdout;
    assert_eq!(checkpoint.lines().next(), Some(origin));
    run(&data, ["audit", "verify", "--log-key", key]).expect(0);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut child = command(folder.path()).arg("config").stdout(Stdio::from(writer)).spawn().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    let mut complaints = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut complaints).unwrap();
    assert_eq!(complaints, "");
}

#[test]
fn an_output_that_cannot_be_written_is_73() {
    // /dev/full takes nothing: the result is lost, and that is said
    if let Ok(full) = std::fs::File::create("/dev/full") {
        let folder = tempfile::tempdir().unwrap();
        let mut child = command(folder.path()).arg("config").stdout(Stdio::from(full)).spawn().unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(73));
    }
    let folder = tempfile::tempdir().unwrap();
    finish(command(folder.path()).arg("--version").spawn().unwrap()).expect(0);
}
