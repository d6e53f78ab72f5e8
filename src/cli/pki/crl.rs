//! `dauson pki crl`: the revocation list of the built-in authority.

use crate::cli::{block_on, folder, output};
use crate::config::Config;
use crate::error::Result;
use crate::keys::pem;
use crate::output::write_file;
use crate::trust_services;
use std::path::PathBuf;

/// Arguments of `dauson pki crl`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Whose list: root or issuing
    #[arg(long, value_name = "NAME", default_value = "issuing")]
    ca: String,
    /// Write it here, DER [default: print it, PEM]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite what is there
    #[arg(long)]
    force: bool,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    let crl = block_on(async { trust_services::crl(&folder::open_existing(config).await?, &args.ca).await })?;
    match &args.output {
        Some(file) => write_file(file, &crl, args.force)?,
        None => output::text(&pem::encode("X509 CRL", &crl))?,
    }
    Ok(0)
}
