//! Asking the officer: in the terminal, or by a program that may show a window.

use super::origins::Origin;
use crate::error::{Error, Kind, Result, plain};
use crate::http::{Answer, Problem};
use axum::http::StatusCode;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio::time::{Instant, sleep, timeout};

/// How long an answer is awaited.
const PATIENCE: Duration = Duration::from_mins(2);
/// How often is looked whether the program has ended.
const LOOK: Duration = Duration::from_millis(5);
/// Lines that were typed before anything was asked; they are no answer.
const TYPED: usize = 16;

/// What is asked.
#[derive(Debug)]
pub enum Question<'a> {
    /// Whether pages of this origin may ask for signatures.
    Allow {
        /// The origin.
        origin: &'a Origin,
    },
    /// Whether this is signed.
    Sign {
        /// Who asks.
        origin: &'a Origin,
        /// The document's name.
        name: &'a str,
        /// The digest algorithm and the document's digest, hexadecimal.
        digest: &'a str,
        /// By whose certificate.
        signer: &'a str,
    },
}

/// Who asks the officer.
#[derive(Debug)]
pub enum Consent {
    /// The terminal that the agent was started in.
    Terminal(Mutex<mpsc::Receiver<String>>),
    /// A program: exit code 0 is a yes, whatever else a no.
    Program(PathBuf),
}

impl Consent {
    /// The terminal, whose input is the agent's from now on.
    pub fn terminal() -> Result<Self> {
        if !std::io::stdin().is_terminal() {
            let why = "there is no terminal to ask in";
            return Err(Error::new(Kind::Usage, "agent.terminal", "consent", why).hint("--consent names a program"));
        }
        let (typed, lines) = mpsc::channel(TYPED);
        let read = move || {
            for line in std::io::stdin().lock().lines().map_while(std::result::Result::ok) {
                // what nobody has room for was typed before anything was asked
                if matches!(typed.try_send(line), Err(mpsc::error::TrySendError::Closed(_))) {
                    break;
                }
            }
        };
        let failed = |error| Error::new(Kind::Unavailable, "agent.terminal", "consent", error);
        std::thread::Builder::new().name("terminal".to_owned()).spawn(read).map_err(failed)?;
        Ok(Self::Terminal(Mutex::new(lines)))
    }

    /// A program, by its path.
    pub fn program(path: &Path) -> Result<Self> {
        if !path.is_file() {
            let why = "there is no such program";
            return Err(Error::new(Kind::NotFound, "agent.program", path.display().to_string(), why));
        }
        Ok(Self::Program(path.to_owned()))
    }

    /// Whether the officer agrees.
    pub async fn ask(&self, question: &Question<'_>) -> Answer<bool> {
        match self {
            Self::Terminal(lines) => ask_in_terminal(&mut *lines.lock().await, question).await,
            Self::Program(program) => ask_program(program, question).await,
        }
    }
}

fn late() -> Problem {
    let why = format!("the user did not answer in {} seconds", PATIENCE.as_secs());
    Problem::new(StatusCode::REQUEST_TIMEOUT, "agent.consent_timeout", why)
}

async fn ask_in_terminal(lines: &mut mpsc::Receiver<String>, question: &Question<'_>) -> Answer<bool> {
    while lines.try_recv().is_ok() {}
    let text = match question {
        Question::Allow { origin } => format!(
            "\nCho phép trang {origin} yêu cầu ký trên máy này? / May pages of {origin} ask for signatures on this computer?\n"
        ),
        Question::Sign { origin, name, digest, signer } => format!(
            "\nKý văn bản? / Sign this document?\n  văn bản / document  {}\n  mã băm / digest     {digest}\n  trang / page        {origin}\n  người ký / signer   {}\n",
            plain(name),
            plain(signer)
        ),
    };
    show(&format!("{text}có/không, yes/no: "));
    let answer = match timeout(PATIENCE, lines.recv()).await {
        Ok(Some(answer)) => answer,
        Ok(None) => return Ok(false),
        Err(_) => {
            show("\n(không có trả lời / no answer)\n");
            return Err(late());
        }
    };
    let answer = answer.trim().to_lowercase();
    Ok(["y", "yes", "c", "có", "co"].contains(&answer.as_str()))
}

/// Nobody is there to be asked if stderr is gone; then there is no answer either.
fn show(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// A program that was asked. Where nobody waits for its answer any more, it is ended.
struct Asked(Child);

impl Drop for Asked {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.0.kill().and_then(|()| self.0.wait().map(|_| ()));
    }
}

async fn ask_program(program: &Path, question: &Question<'_>) -> Answer<bool> {
    let failed = |error: std::io::Error| {
        Problem::from(Error::new(Kind::Unavailable, "agent.consent", program.display().to_string(), error))
    };
    let mut command = Command::new(program);
    match question {
        Question::Allow { origin } => command.arg("allow").arg(format!("--origin={origin}")),
        Question::Sign { origin, name, digest, signer } => command.arg("sign").args([
            format!("--origin={origin}"),
            format!("--name={}", plain(name)),
            format!("--digest={digest}"),
            format!("--signer={}", plain(signer)),
        ]),
    };
    let mut asked = Asked(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().map_err(failed)?);
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = asked.0.try_wait().map_err(failed)? {
            return Ok(status.success());
        }
        if Instant::now() > end {
            return Err(late());
        }
        sleep(LOOK).await;
    }
}
