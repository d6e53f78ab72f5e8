//! `dauson pki revoke`: ends a certificate of the built-in authority for good.

use crate::authority::crl::Reason;
use crate::cli::output::{self, Paint};
use crate::cli::{block_on, folder};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::pki::anchors::certificates_in;
use crate::trust_services::{self, Named, Revocation};
use serde::Serialize;
use std::path::Path;
use time::OffsetDateTime;

/// Arguments of `dauson pki revoke`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The certificate, PEM or DER, or its serial number, hexadecimal
    #[arg(value_name = "CERT|SERIAL")]
    certificate: String,
    /// Why: unspecified, keyCompromise, cACompromise, affiliationChanged, superseded, cessationOfOperation or
    /// privilegeWithdrawn
    #[arg(long, value_name = "REASON", default_value = "unspecified")]
    reason: Reason,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Answer {
    subject: String,
    serial: String,
    ca: String,
    #[serde(with = "time::serde::rfc3339")]
    time: OffsetDateTime,
    reason: String,
    crl_number: u64,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    let revocation = block_on(async {
        let folder = folder::open_existing(config).await?;
        let actor = folder::local_actor();
        let file = Path::new(&args.certificate);
        if let (false, Some(serial)) = (file.exists(), serial(&args.certificate)) {
            return trust_services::revoke(&folder, Named::Serial(&serial), args.reason, &actor).await;
        }
        let certificates = certificates_in(file)?;
        let none = || Error::new(Kind::BadInput, "pki.empty", &args.certificate, "there is no certificate in it");
        let certificate = certificates.first().ok_or_else(none)?;
        trust_services::revoke(&folder, Named::Certificate(certificate), args.reason, &actor).await
    })?;
    let Revocation { certificate, ca, time, crl_number } = revocation;
    if args.json {
        output::json(&Answer {
            subject: certificate.subject().to_string(),
            serial: certificate.serial_hex(),
            ca,
            time,
            reason: args.reason.to_string(),
            crl_number,
        })?;
    } else {
        let paint = Paint::stdout();
        let name = certificate.subject();
        output::text(&format!("{} {name}\nRevocation list {crl_number} of {ca} says so.\n", paint.bold("Revoked")))?;
    }
    Ok(0)
}

/// The contents octets of a serial number, as openssl and Windows write it: hexadecimal, with or without colons.
fn serial(text: &str) -> Option<Vec<u8>> {
    let digits: String = text.chars().filter(|c| *c != ':' && *c != ' ').collect();
    let digits = digits.trim_start_matches('0');
    let even = if digits.len().is_multiple_of(2) { digits.to_owned() } else { format!("0{digits}") };
    let mut octets = hex::decode(even).ok().filter(|octets| (1..=20).contains(&octets.len()))?;
    if octets.first().is_some_and(|first| first & 0x80 != 0) {
        octets.insert(0, 0);
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_is_hexadecimal() {
        assert_eq!(serial("01:Af"), Some(vec![1, 0xAF]));
        assert_eq!(serial("1af"), Some(vec![1, 0xAF]));
        assert_eq!(serial("00 ff"), Some(vec![0, 0xFF]));
        for bad in ["", "0", "leader.pem", "0x1", &"1".repeat(42)] {
            assert_eq!(serial(bad), None, "{bad}");
        }
    }
}
