//! `dauson agent`: signs on this computer what web pages ask for, until a signal to stop.

use super::frame;
use super::key_options::{ChosenKey, KeyOptions};
use super::serve::stop_signal;
use crate::agent::{Agent, Consent, Origin, Origins, router};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::http;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The file of the data folder that keeps which pages may ask.
const SETTINGS: &str = "agent.json";
/// How long a signature under way may go on after the signal to stop.
const SHUTDOWN: Duration = Duration::from_secs(2);

/// Arguments of `dauson agent`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    key: KeyOptions,
    /// The address to listen at, on this very machine; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
    /// Pages of this origin may ask for signatures, such as https://bienlai.example.vn; repeatable. Of others the user is asked
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<Origin>,
    /// Who asks the user: the terminal, or a program, by its path, that exits with 0 for a yes
    #[arg(long, value_name = "terminal|PROGRAM", default_value = "terminal")]
    consent: PathBuf,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    if !args.listen.ip().is_loopback() {
        let why = "the agent listens on this very machine only";
        return Err(Error::new(Kind::Usage, "agent.address", args.listen.to_string(), why).hint("127.0.0.1:8787"));
    }
    let ChosenKey::Given(key) = args.key.read(config)? else {
        let why = "the agent does not sign with keys of a key store";
        return Err(
            Error::new(Kind::Usage, "usage", "dauson agent", why).hint("--pkcs11-uri, --p12, or --key with --cert")
        );
    };
    let origins = Origins::open(&config.data.join(SETTINGS), &args.allow_origin)?;
    let consent =
        if args.consent == Path::new("terminal") { Consent::terminal()? } else { Consent::program(&args.consent)? };
    let runtime = frame::runtime(false)?;
    runtime.block_on(async {
        let failed = |error| Error::new(Kind::Unavailable, "agent.address", args.listen.to_string(), error);
        let listener = TcpListener::bind(args.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let agent = Arc::new(Agent::new(*key, origins, consent, address)?);
        let stop = stop_signal()?;
        // nobody is there to be told if stderr is gone
        let _ = writeln!(std::io::stderr().lock(), "dauson: agent at http://{address}");
        http::answer(router(agent), listener, stop, watch::channel(()), JoinSet::new(), SHUTDOWN).await;
        Ok(0)
    })
}
