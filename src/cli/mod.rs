//! The command line: one file a command, named after it.
//!
//! A command's module has a clap type `Args` and `run(args, &Config) -> Result<u8>` that gives the
//! exit code. Its result goes to stdout through [`output`]; errors are returned
//! and printed here as one line; everything else goes to stderr through `tracing`. A command
//! that needs async work calls [`block_on`].

mod agent;
mod audit;
mod claim_options;
mod config;
mod demo;
mod document;
mod draw_pages;
mod export;
mod extend;
mod fee;
mod figures;
mod folder;
mod frame;
mod init;
mod input;
mod key;
pub mod key_options;
mod legacy;
mod level_options;
mod log_in;
pub mod output;
mod pki;
mod progress;
mod read_codes;
mod receipt;
mod report;
mod search;
mod sent;
mod series;
mod serve;
mod sign;
mod tables;
mod token;
mod trust;
mod tsa;
mod unit;
mod user;
mod verify;

pub use frame::{block_on, language, main};

use crate::config::{Config, Flags};
use crate::error::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Signs and verifies official PDF documents, issues signed electronic fee receipts, and keeps an
/// audit log of every signature that nobody can quietly rewrite.
#[derive(Debug, Parser)]
#[command(name = "dauson", version, disable_help_subcommand = true, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, clap::Args)]
struct Global {
    /// Data folder: keys, audit log, receipts; made at first use
    #[arg(long, global = true, value_name = "DIR", help_heading = "Everywhere")]
    data: Option<PathBuf>,
    /// Configuration file instead of dauson.toml in the data folder
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    config: Option<PathBuf>,
    /// What to log on stderr: error, warn, info, debug, trace, or a filter such as dauson=debug
    #[arg(long, global = true, value_name = "FILTER", help_heading = "Everywhere")]
    log: Option<String>,
    /// A custodian's share of the master key (repeatable), where it was split: dauson key custodians
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    share_file: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sign PDFs; each signature is in the audit log before its file appears
    Sign(Box<sign::Args>),
    /// Check the signatures of PDF documents and of receipts
    Verify(Box<verify::Args>),
    /// Raise the level of signatures for the long term, whoever made them; find and renew what ends
    Extend(Box<extend::Args>),
    /// Issue fee receipts
    Receipt(receipt::Args),
    /// Official documents: drafted, signed, numbered, sealed, issued; taken in, registered; their registers
    Document(Box<document::Args>),
    /// The fee catalogues: what is collected, by which law, at which price, from when on
    Fee(fee::Args),
    /// Statistics: what a province counts, per unit and period
    Report(figures::Args),
    /// The audit log: checkpoint, proofs, whether everything agrees
    Audit(audit::Args),
    /// Sign where the officer's key is: web pages that were approved ask for it over HTTP on this very machine
    Agent(Box<agent::Args>),
    /// Serve the HTTP API, the public pages and the log, until SIGTERM or SIGINT
    Serve(serve::Args),
    /// Let programs and people use the HTTP API
    Token(token::Args),
    /// The people who sign in, and what they are in their units
    User(user::Args),
    /// The agencies that sign and issue receipts
    Unit(unit::Args),
    /// The key store of the data folder
    Key(key::Args),
    /// Check certificates; make a PKI to try things out with, and revoke its certificates
    Pki(pki::Args),
    /// Answer a time-stamp request from a file, by the data folder's authority
    Tsa(tsa::Args),
    /// Make the data folder, and say which log it keeps
    Init(init::Args),
    /// Fill a data folder with a demo unit, and do each thing once in it
    Demo(demo::Args),
    /// Draw pages: what the program starts itself
    #[command(hide = true, name = crate::documents::pictures::COMMAND)]
    DrawPages,
    /// Read the codes of a photograph: what the program starts itself
    #[command(hide = true, name = crate::receipts::photo::COMMAND)]
    ReadCodes,
    /// Convert a document: what the program starts itself
    #[command(hide = true, name = crate::documents::convert::COMMAND)]
    ConvertDocument {
        /// LibreOffice
        program: std::path::PathBuf,
        /// What it is told
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<std::ffi::OsString>,
    },
    /// Print every setting with its value, where the value comes from, and what it means
    Config(config::Args),
}

impl Cli {
    fn run(self) -> Result<u8> {
        let Global { data, config, log, share_file: share_files } = self.global;
        let config = Config::load(&Flags { data, config, log, share_files }, |name| std::env::var_os(name))?;
        config.limits.put_in_force();
        frame::start_log(&config);
        match self.command {
            Command::Demo(args) => demo::run(&args, &config),
            Command::Init(args) => init::run(&args, &config),
            Command::DrawPages => draw_pages::run(),
            Command::ReadCodes => read_codes::run(),
            Command::ConvertDocument { program, arguments } => {
                Err(crate::documents::convert::become_converter(&program, &arguments))
            }
            Command::Config(args) => config::run(&args, &config),
            Command::Sign(args) => sign::run(&args, &config),
            Command::Extend(args) => extend::run(&args, &config),
            Command::Receipt(args) => receipt::run(&args, &config),
            Command::Fee(args) => fee::run(args, &config),
            Command::Document(args) => document::run(&args, &config),
            Command::Report(args) => figures::run(&args, &config),
            Command::Audit(args) => audit::run(&args, &config),
            Command::User(args) => user::run(args, &config),
            Command::Unit(args) => unit::run(args, &config),
            Command::Key(args) => key::run(&args, &config),
            Command::Agent(args) => agent::run(&args, &config),
            Command::Serve(args) => serve::run(&args, &config),
            Command::Token(args) => token::run(args, &config),
            Command::Pki(args) => pki::run(&args, &config),
            Command::Tsa(args) => tsa::run(&args, &config),
            Command::Verify(args) => verify::run(&args, &config),
        }
    }
}
