//! `dauson serve`: the HTTP service, until a signal to stop.

use super::{folder, frame};
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::http::{self, House};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Arguments of `dauson serve`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_: &Args, config: &Config) -> Result<u8> {
    let runtime = frame::runtime(true)?;
    let folder = runtime.block_on(folder::open(config))?;
    run_with(runtime, folder, config, |address| {
        // nobody is there to be told if stderr is gone
        let _ = writeln!(std::io::stderr().lock(), "dauson: serving at {address}");
        Ok(())
    })
}

/// Serves a data folder until SIGTERM or SIGINT. `ready` is told the address once connections are accepted.
pub fn run_with(
    runtime: tokio::runtime::Runtime,
    folder: DataFolder,
    config: &Config,
    ready: impl FnOnce(&str) -> Result<()>,
) -> Result<u8> {
    let served = runtime.block_on(async {
        let failed = |error| Error::new(Kind::Unavailable, "serve.address", config.serve_address.to_string(), error);
        let listener = TcpListener::bind(config.serve_address).await.map_err(failed)?;
        let mut config = config.clone();
        // port 0 has become another
        config.serve_address = listener.local_addr().map_err(failed)?;
        let stop = stop_signal()?;
        ready(&format!("http://{}", config.serve_address))?;
        http::serve(Arc::new(House::new(folder, &config)?), listener, stop).await
    });
    // work that nobody waits for any more may still come to its end
    runtime.shutdown_timeout(Duration::from_secs(config.serve_shutdown_seconds));
    served.map(|()| 0)
}

/// Ends with the first SIGTERM or SIGINT.
pub fn stop_signal() -> Result<impl Future<Output = ()>> {
    let failed = |error| Error::new(Kind::Unavailable, "serve.signal", "signals", error);
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate()).map_err(failed)?, signal(SignalKind::interrupt()).map_err(failed)?);
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    {
        let _: fn(std::io::Error) -> Error = failed;
        Ok(async {
            let _ = tokio::signal::ctrl_c().await;
        })
    }
}
