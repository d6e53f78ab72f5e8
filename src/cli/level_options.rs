//! Options about the level of signatures, shared by commands that make or raise them: whom to believe, which TSAs to
//! ask, which revocation data to use.

use super::trust;
use crate::config::Config;
use crate::documents::services::Outside;
use crate::error::{Error, Kind, Result};
use crate::net::status::RevocationData;
use crate::pki::material::TrustMaterial;
use std::collections::HashSet;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use zeroize::Zeroizing;

/// The options.
#[derive(Debug, clap::Args)]
pub struct LevelOptions {
    /// Trust anchors that certificates are checked against; they replace the configured ones
    #[arg(long, value_name = "FILE|DIR")]
    trust: Vec<PathBuf>,
    /// A time-stamping authority; of several the first that answers [default: the setting sign.tsa, else the data folder's own]
    #[arg(long, value_name = "URL", help_heading = "Level")]
    tsa: Vec<Url>,
    /// An OCSP response to be used instead of one that is asked for
    #[arg(long, value_name = "FILE", help_heading = "Level")]
    ocsp: Vec<PathBuf>,
    /// A revocation list to be used instead of one that is fetched
    #[arg(long, value_name = "FILE", help_heading = "Level")]
    crl: Vec<PathBuf>,
}

/// An address that may hold a password.
#[derive(Clone)]
struct Url(Zeroizing<String>);

impl std::fmt::Debug for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::net::shown(&self.0))
    }
}

impl FromStr for Url {
    type Err = Infallible;
    fn from_str(text: &str) -> std::result::Result<Self, Infallible> {
        Ok(Self(Zeroizing::new(text.to_owned())))
    }
}

/// What the options name, read.
pub struct LevelInputs {
    /// Who is believed, and what is at hand.
    pub trust: TrustMaterial,
    /// Revocation data that was given.
    pub given: Vec<RevocationData>,
    /// The TSAs and CAs that are asked.
    pub outside: Outside,
}

impl LevelOptions {
    /// Reads what the options name.
    pub fn read(&self, config: &Config) -> Result<LevelInputs> {
        let trust = trust::material(&self.trust, config)?;
        let mut files = TrustMaterial::default();
        for file in &self.ocsp {
            files.add_ocsps(file).map_err(trust::about(file))?;
        }
        for file in &self.crl {
            files.add_crls(file).map_err(trust::about(file))?;
        }
        let ocsps = files.ocsps.into_iter().map(RevocationData::Ocsp);
        let given = ocsps.chain(files.crls.into_iter().map(RevocationData::Crl)).collect();
        let tsas: Vec<Zeroizing<String>> = self.tsa.iter().map(|url| url.0.clone()).collect();
        Ok(LevelInputs { trust, given, outside: config.outside(&tsas)? })
    }
}

/// Where the output of an input goes.
pub fn output_of(input: &Path, output: Option<&PathBuf>, out_dir: Option<&PathBuf>) -> Result<PathBuf> {
    match (output, out_dir, input.file_name()) {
        (Some(output), ..) => Ok(output.clone()),
        (None, Some(dir), Some(name)) => Ok(dir.join(name)),
        _ => Err(Error::new(Kind::Usage, "usage", input.display().to_string(), "it is not the name of a file")),
    }
}

/// The error of several inputs for one output, or of a folder that is not there.
pub fn check_outputs(
    inputs: &[PathBuf],
    output: Option<&PathBuf>,
    out_dir: Option<&PathBuf>,
    what: &str,
) -> Result<()> {
    let mut names = HashSet::new();
    if out_dir.is_some()
        && let Some(twice) = inputs.iter().find(|input| !names.insert(input.file_name()))
    {
        let why = "another input has the same name, and both would become one output";
        return Err(Error::new(Kind::Usage, "usage", twice.display().to_string(), why));
    }
    if output.is_some() && inputs.len() > 1 {
        let why = "several inputs cannot become one output";
        return Err(Error::new(Kind::Usage, "usage", what, why).hint("--out-dir names a folder for them"));
    }
    match out_dir.filter(|dir| !dir.is_dir()) {
        Some(dir) => {
            let dir = dir.display().to_string();
            Err(Error::new(Kind::CannotWrite, "output.no_folder", dir, "there is no such folder").hint("make it first"))
        }
        None => Ok(()),
    }
}
