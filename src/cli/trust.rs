//! Options about whom to believe, shared by commands that judge certificates.

use crate::config::Config;
use crate::data_folder::VIETNAM;
use crate::error::{Error, Result};
use crate::pki::PkiError;
use crate::pki::anchors::TrustAnchors;
use crate::pki::material::TrustMaterial;
use crate::pki::path::RevocationMode;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The options.
#[derive(Debug, clap::Args)]
pub struct TrustArgs {
    /// Trust anchors: PEM or DER files, or folders of them; they replace the configured ones
    #[arg(long, value_name = "FILE|DIR")]
    trust: Vec<PathBuf>,
    /// Further certificates
    #[arg(long, value_name = "FILE")]
    cert: Vec<PathBuf>,
    /// Revocation lists
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// OCSP responses
    #[arg(long, value_name = "FILE")]
    ocsp: Vec<PathBuf>,
    /// Judge as of this time, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    at: Option<OffsetDateTime>,
    /// What is done about revocation
    #[arg(long, value_enum, default_value_t)]
    revocation: Revocation,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Revocation {
    /// Each certificate needs revocation data
    #[default]
    Require,
    /// What is there is checked
    IfAvailable,
    /// Not looked at
    Ignore,
}

/// What the options name, read.
#[derive(Debug)]
pub struct Trust {
    /// Anchors, further certificates, revocation data.
    pub material: TrustMaterial,
    /// The time as of which to judge.
    pub at: OffsetDateTime,
    /// What is done about revocation.
    pub revocation: RevocationMode,
}

fn parse_time(text: &str) -> std::result::Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|_| "it is not a time such as 2026-11-24T08:00:00Z".to_owned())
}

/// A day, `2030-01-31`, from its first moment on; or a time.
pub fn parse_date(text: &str) -> std::result::Result<OffsetDateTime, String> {
    let day = time::Date::parse(text, time::macros::format_description!("[year]-[month]-[day]"));
    let wrong = |_| "it is not a day such as 2030-01-31".to_owned();
    day.map_or_else(|_| parse_time(text).map_err(wrong), |day| Ok(day.midnight().assume_offset(VIETNAM)))
}

/// Says which file an error is about.
pub fn about(file: &Path) -> impl Fn(PkiError) -> Error + '_ {
    move |error| Error::from(error).about(file.display().to_string())
}

impl TrustArgs {
    /// Reads what the options name, and what the data folder holds.
    pub fn read(&self, config: &Config) -> Result<Trust> {
        let mut material = material(&self.trust, config)?;
        for file in &self.cert {
            material.add_certificates(file).map_err(about(file))?;
        }
        for file in &self.crl {
            material.add_crls(file).map_err(about(file))?;
        }
        for file in &self.ocsp {
            material.add_ocsps(file).map_err(about(file))?;
        }
        let revocation = match self.revocation {
            Revocation::Require => RevocationMode::Require,
            Revocation::IfAvailable => RevocationMode::IfAvailable,
            Revocation::Ignore => RevocationMode::Ignore,
        };
        Ok(Trust { material, at: self.at.unwrap_or_else(OffsetDateTime::now_utc), revocation })
    }
}

/// The anchors that are given (each must be there), or else the configured ones (those that are there); and what the data
/// folder holds.
pub fn material(given: &[PathBuf], config: &Config) -> Result<TrustMaterial> {
    if given.is_empty() {
        return Ok(TrustMaterial::load(&config.trust, &config.data)?);
    }
    let anchors = TrustAnchors::from_files(given)?;
    Ok(TrustMaterial { anchors, ..TrustMaterial::load(&[], &config.data)? })
}
