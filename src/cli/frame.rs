//! Around every command: usage errors, one-line errors, panics, the log, the async runtime.

use super::Cli;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::messages::{Language, trouble};
use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::ffi::OsString;
use std::future::Future;
use std::io::IsTerminal;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

/// Where the last panic happened, for the line that reports it.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// Runs the program on these arguments and gives its exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    std::panic::set_hook(Box::new(|info| {
        tracing::debug!(backtrace = %std::backtrace::Backtrace::capture(), "panic: {info}");
        if let Ok(mut last) = PANIC.lock() {
            *last = Some(info.to_string());
        }
    }));
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let outcome = catch_unwind(AssertUnwindSafe(|| match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli.run(),
        Err(error) => usage(&error, &arguments),
    }));
    match outcome {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => report(&error),
        Err(_) => {
            let why = PANIC.lock().ok().and_then(|mut last| last.take()).unwrap_or_else(|| "panic".to_owned());
            report(&Error::new(Kind::Bug, "bug.panic", "internal error", why).hint("this is a bug; please report it"))
        }
    }
}

/// The language that the terminal speaks: Vietnamese where `$LANG` says so, else English.
pub fn language() -> Language {
    let locale = std::env::var("LANG").unwrap_or_default();
    if locale.starts_with("vi") { Language::Vi } else { Language::En }
}

/// Prints an error as its one line and gives its exit code.
pub fn report(error: &Error) -> u8 {
    use std::io::Write;
    let words = trouble(error.code).filter(|_| error.hint.is_none());
    let error = words.map_or_else(|| error.clone(), |text| error.clone().hint(text.of(language())));
    // nobody is left to tell if stderr is gone
    let _ = writeln!(std::io::stderr().lock(), "dauson: error: {error}");
    error.kind.exit_code()
}

/// Runs async work on this thread.
pub fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    runtime(false)?.block_on(work)
}

/// What runs async work: this thread alone, or others beside it.
pub fn runtime(threads: bool) -> Result<tokio::runtime::Runtime> {
    let mut builder = if threads {
        tokio::runtime::Builder::new_multi_thread()
    } else {
        tokio::runtime::Builder::new_current_thread()
    };
    builder
        .enable_all()
        .build()
        .map_err(|error| Error::new(Kind::Unavailable, "runtime.start", "asynchronous work", error))
}

/// Logs to stderr what the configuration asks for.
pub fn start_log(config: &Config) {
    use tracing::level_filters::LevelFilter;
    let log = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    // a plain level needs no filter language, and costs nothing at start-up
    if let Ok(level) = config.log.parse::<LevelFilter>() {
        log.with_max_level(level).init();
    } else {
        log.with_env_filter(tracing_subscriber::EnvFilter::new(&config.log)).init();
    }
}

/// Turns what clap says into one line; help and version are results, not errors.
fn usage(error: &clap::Error, arguments: &[OsString]) -> Result<u8> {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        super::output::text(&error.render().to_string())?;
        return Ok(0);
    }
    let command = command_path(arguments);
    let rendered = error.render().to_string();
    let why = match error.kind() {
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "a command is missing".to_owned()
        }
        // the first paragraph says what is wrong; usage and tips come after it
        _ => {
            let paragraph: Vec<&str> = rendered.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
            let joined = paragraph.join(" ");
            joined.strip_prefix("error: ").unwrap_or(&joined).to_owned()
        }
    };
    let suggestion = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
        .into_iter()
        .find_map(|kind| match error.get(kind) {
            Some(ContextValue::String(word)) => Some(word.clone()),
            Some(ContextValue::Strings(words)) => words.first().cloned(),
            _ => None,
        });
    let hint = match suggestion {
        Some(word) => format!("did you mean {word}?"),
        None => format!("see {command} --help"),
    };
    Err(Error::new(Kind::Usage, "usage", command, why).hint(hint))
}

/// `dauson audit verify` from the arguments as given, as far as they name commands.
fn command_path(arguments: &[OsString]) -> String {
    use clap::CommandFactory;
    let root = Cli::command();
    let (mut node, mut path) = (&root, String::from("dauson"));
    for word in arguments.iter().skip(1).filter_map(|a| a.to_str()) {
        if let Some(found) = node.find_subcommand(word) {
            path = format!("{path} {word}");
            node = found;
        }
    }
    path
}
