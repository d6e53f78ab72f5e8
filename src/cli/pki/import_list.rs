//! `dauson pki import-list`: trust anchors from a trusted list.

use crate::cli::{block_on, folder, input, output};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::pki::anchors::certificates_in;
use crate::trust_services::trusted_list::{TrustedList, import};
use std::path::PathBuf;

/// Bytes of the largest list.
const LARGEST: u64 = 16 << 20;

/// Arguments of `dauson pki import-list`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The list, XML (ETSI TS 119 612)
    list: PathBuf,
    /// The certificate that the list must be signed with, PEM or DER
    #[arg(long, value_name = "FILE")]
    signer: PathBuf,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    let name = args.list.display().to_string();
    let signer = certificates_in(&args.signer).map_err(|e| Error::from(e).about(args.signer.display().to_string()))?;
    let [signer] = signer.as_slice() else {
        let why = "exactly one certificate is wanted";
        return Err(Error::new(Kind::BadInput, "trusted_list.signer", args.signer.display().to_string(), why));
    };
    let list = TrustedList::read(&input::read(&args.list, LARGEST)?, signer).map_err(|e| e.about(&name))?;
    let anchors = block_on(async {
        let folder = folder::open(config).await?;
        import(&folder, &list, &folder::local_actor()).await.map_err(|e| e.about(&name))
    })?;
    output::text(&format!(
        "{name}: list {} of {}, {anchors} trust anchors in {}\n",
        list.sequence,
        list.territory,
        config.data.join("trust").display()
    ))?;
    Ok(0)
}
