//! `dauson tsa`: the built-in time-stamping authority, asked by a file.

use super::{block_on, folder};
use crate::cms::tsp::TimeStampResp;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::output::write_file;
use crate::trust_services;
use std::io::{ErrorKind, Read};
use std::path::PathBuf;

/// Bytes of a request that are read: more than any that is accepted has.
const MOST: u64 = 64 << 10;

/// Arguments of `dauson tsa`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The request (TimeStampReq, as openssl ts -query makes it)
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
    /// Where the response (TimeStampResp) goes, also one that says why there is no time-stamp
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Overwrite what is there
    #[arg(long)]
    force: bool,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    let name = || args.request.display().to_string();
    let mut request = Vec::new();
    let read = std::fs::File::open(&args.request).and_then(|file| file.take(MOST).read_to_end(&mut request));
    read.map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::new(Kind::NotFound, "tsa.missing", name(), "there is no such file"),
        _ => Error::new(Kind::BadInput, "tsa.unreadable", name(), error),
    })?;
    let response =
        block_on(async { trust_services::time_stamp(&folder::open_existing(config).await?, &request).await })?;
    write_file(&args.output, &response, args.force)?;
    let response = TimeStampResp::parse(&response, Limits::in_force())?;
    if response.token.is_none() {
        return Err(Error::new(Kind::BadInput, "tsa.refused", name(), response.status_string.join("; ")));
    }
    Ok(0)
}
