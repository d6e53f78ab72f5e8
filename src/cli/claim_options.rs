//! What a signature says beyond who signed: signature policy, commitment, position; options of `dauson sign`.

use super::input;
use crate::cms::claims::{self, Commitment};
use crate::cms::{Attribute, Oid};
use crate::digest::DigestAlgorithm;
use crate::error::Result;
use std::path::PathBuf;

/// Bytes of the largest policy document.
const LARGEST_POLICY: u64 = 16 << 20;

/// The options.
#[derive(Debug, clap::Args)]
pub struct ClaimOptions {
    /// The signature policy that is signed under: its object identifier (EPES)
    #[arg(long, value_name = "OID", value_parser = parse_oid, requires = "policy_file", conflicts_with = "reason", help_heading = "Claims")]
    policy_oid: Option<Oid>,
    /// The policy document
    #[arg(long, value_name = "FILE", requires = "policy_oid", help_heading = "Claims")]
    policy_file: Option<PathBuf>,
    /// Where the policy document is found
    #[arg(long, value_name = "URI", value_parser = parse_uri, requires = "policy_oid", help_heading = "Claims")]
    policy_uri: Option<String>,
    /// What the signer commits to; instead of --reason
    #[arg(long, value_enum, conflicts_with = "reason", help_heading = "Claims")]
    commitment: Option<CommitmentName>,
    /// The position in which the signer signs, such as "KT. CHỦ TỊCH"
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new(), help_heading = "Claims")]
    role: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum CommitmentName {
    /// Created, approved and sent
    Origin,
    /// Received
    Receipt,
    /// Delivered, as a provider of a delivery service
    Delivery,
    /// Sent
    Sender,
    /// Approved
    Approval,
    /// Created
    Creation,
}

impl From<CommitmentName> for Commitment {
    fn from(name: CommitmentName) -> Self {
        match name {
            CommitmentName::Origin => Self::Origin,
            CommitmentName::Receipt => Self::Receipt,
            CommitmentName::Delivery => Self::Delivery,
            CommitmentName::Sender => Self::Sender,
            CommitmentName::Approval => Self::Approval,
            CommitmentName::Creation => Self::Creation,
        }
    }
}

fn parse_oid(text: &str) -> std::result::Result<Oid, String> {
    let oid = der::oid::ObjectIdentifier::new(text).map_err(|_| "it is not an object identifier such as 1.2.3")?;
    Ok(Oid::from_contents(oid.as_bytes()))
}

fn parse_uri(text: &str) -> std::result::Result<String, String> {
    match url::Url::parse(text) {
        Ok(_) if text.is_ascii() => Ok(text.to_owned()),
        _ => Err("it is not an address such as https://agency.example/policy.pdf".to_owned()),
    }
}

impl ClaimOptions {
    /// The signed attributes that say it.
    pub fn attributes(&self, digest: DigestAlgorithm) -> Result<Vec<Attribute>> {
        let mut attributes = Vec::new();
        if let (Some(policy), Some(file)) = (&self.policy_oid, &self.policy_file) {
            let document = input::read(file, LARGEST_POLICY)?;
            attributes.push(claims::signature_policy(policy, &document, digest, self.policy_uri.as_deref()));
        }
        attributes.extend(self.commitment.map(|name| Commitment::from(name).attribute()));
        attributes.extend(self.role.as_deref().map(claims::claimed_role));
        Ok(attributes)
    }
}
