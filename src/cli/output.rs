//! What goes to stdout: the result, and nothing else.

use crate::error::{Error, Kind, Result};
use serde::Serialize;
use std::io::{ErrorKind, IsTerminal, Write};

/// Prints text that ends with its own line break.
///
/// A reader that has gone away (`dauson verify ... | head -1`) is no failure: the command goes on
/// and its exit code stands.
pub fn text(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::new(Kind::CannotWrite, "output.stdout", "standard output", error))
        }
        _ => Ok(()),
    }
}

/// Prints one JSON value on one line.
pub fn json<T: Serialize>(value: &T) -> Result<()> {
    let line = serde_json::to_string(value).map_err(|error| {
        Error::new(Kind::Bug, "output.json", "the result", format!("cannot be written as JSON: {error}"))
    })?;
    text(&(line + "\n"))
}

/// Colours for people; plain text where stdout is not a terminal or `NO_COLOR` is set.
#[derive(Debug, Clone, Copy)]
pub struct Paint(bool);

impl Paint {
    /// Coloured if stdout is a terminal.
    pub fn stdout() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self(wanted && std::io::stdout().is_terminal())
    }

    /// Never coloured.
    pub const fn plain() -> Self {
        Self(false)
    }

    /// Good news.
    pub fn green(self, text: &str) -> String {
        self.wrap("32;1", text)
    }

    /// Bad news.
    pub fn red(self, text: &str) -> String {
        self.wrap("31;1", text)
    }

    /// News that asks for a decision.
    pub fn yellow(self, text: &str) -> String {
        self.wrap("33;1", text)
    }

    /// What matters.
    pub fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// What matters less.
    pub fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
