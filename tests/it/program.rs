//! Runs the built program as a person would, with a bound on its time.
#![allow(dead_code)]

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest that one run may take, in a debug build on a busy machine.
const LIMIT: Duration = Duration::from_mins(3);

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    /// Exit code; -1 if a signal ended it.
    pub code: i32,
    /// Standard output as text.
    pub stdout: String,
    /// Standard error as text.
    pub stderr: String,
}

impl Ran {
    /// The JSON value on the last line of standard output.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        let line = self.stdout.lines().last().unwrap_or_else(|| panic!("no output: {self:?}"));
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The run, if it ended with this code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    /// The one error line, if that is all that standard error holds.
    #[track_caller]
    pub fn error_line(&self) -> &str {
        let line = self.stderr.trim_end();
        assert!(line.starts_with("dauson: error: ") && !line.contains('\n'), "not one error line: {self:?}");
        line
    }
}

/// Takes away from a command what it would inherit and what could change what the program does.
pub fn uninfluenced(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("DAUSON_") || name == "RUST_LOG" || name == "LANG" {
            command.env_remove(name);
        }
    }
    command
}

/// The program with a data folder of its own and nothing inherited that could change what it does.
pub fn command(data: &Path) -> Command {
    let mut command = uninfluenced(Command::new(env!("CARGO_BIN_EXE_dauson")));
    command.env("DAUSON_DATA", data).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the program to its end.
#[track_caller]
pub fn run<S: AsRef<OsStr>>(data: &Path, arguments: impl IntoIterator<Item = S>) -> Ran {
    finish(command(data).args(arguments).spawn().unwrap())
}

/// Waits for the end of a run that was started from [`command`].
#[track_caller]
pub fn finish(mut child: Child) -> Ran {
    fn reader(pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
        let mut pipe = pipe;
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        })
    }
    let stdout = reader(child.stdout.take().unwrap());
    let stderr = reader(child.stderr.take().unwrap());
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > LIMIT {
            child.kill().unwrap();
            panic!("the program did not end in {LIMIT:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    Ran { code: status.code().unwrap_or(-1), stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}
