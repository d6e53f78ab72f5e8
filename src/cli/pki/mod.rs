//! `dauson pki`: whether a certificate is good, and a PKI for demos and closed networks.

mod check;
mod crl;
mod import_list;
mod init;
mod revoke;

use crate::config::Config;
use crate::error::Result;

/// Arguments of `dauson pki`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Say whether a certificate is good (exit code 0) or not (2), with its path and each reason
    Check(check::Args),
    /// Make the keys, certificates and revocation lists of an authority for demos and tests
    Init(init::Args),
    /// Take trust anchors from a trusted list (ETSI TS 119 612) whose signature holds
    ImportList(import_list::Args),
    /// Revoke a certificate of the data folder's authority
    Revoke(revoke::Args),
    /// Print the revocation list of the data folder's authority
    Crl(crl::Args),
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    match &args.command {
        Command::Check(args) => check::run(args, config),
        Command::Init(args) => init::run(args, config),
        Command::ImportList(args) => import_list::run(args, config),
        Command::Revoke(args) => revoke::run(args, config),
        Command::Crl(args) => crl::run(args, config),
    }
}
