//! Trust anchors from a trusted list (ETSI TS 119 612): the services that were granted, each for its purpose and its time.

use crate::audit::entry::{Action, Entry};
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::keys::pem;
use crate::limits::Limits;
use crate::output::{cannot_write, write_file};
use crate::pki::anchors::{AnchorPurpose, Scope, scope_file};
use crate::pki::certificate::Certificate;
use crate::xades::{self, Covered};
use crate::xml::{Document, Node, XmlError, base64, children, optional, required, text};
use std::collections::BTreeMap;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The namespace of trusted lists.
const TSL: &str = "http://uri.etsi.org/02231/v2#";
/// The services whose certificates issue others' (clause 5.5.1), by the end of their address.
const SERVICES: [(&str, AnchorPurpose); 6] = [
    ("/Svctype/CA/QC", AnchorPurpose::Signing),
    ("/Svctype/CA/PKC", AnchorPurpose::Signing),
    ("/Svctype/NationalRootCA-QC", AnchorPurpose::Signing),
    ("/Svctype/TSA", AnchorPurpose::TimeStamping),
    ("/Svctype/TSA/QTST", AnchorPurpose::TimeStamping),
    ("/Svctype/TSA/TSS-QC", AnchorPurpose::TimeStamping),
];
/// The statuses under which a service is believed (clause 5.5.4, and those of earlier editions).
const GRANTED: [&str; 5] =
    ["granted", "recognisedatnationallevel", "accredited", "undersupervision", "supervisionincessation"];
/// What the files of a list's anchors begin with.
const PREFIX: &str = "list-";

/// An anchor that a list names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The service's certificate.
    pub certificate: Certificate,
    /// For what and when.
    pub scope: Scope,
}

/// A trusted list whose signature holds.
#[derive(Debug, Clone)]
pub struct TrustedList {
    /// The territory, such as `VN`.
    pub territory: String,
    /// Its number, which grows.
    pub sequence: u64,
    /// Until when it is to be believed; none for a closed list.
    pub next_update: Option<OffsetDateTime>,
    /// Its services.
    pub anchors: Vec<Listed>,
    /// SHA-256 of the list as it came.
    sha256: [u8; 32],
    /// Who signed it.
    signer: Certificate,
}

impl TrustedList {
    /// Reads a list that this signer has signed.
    pub fn read(xml: &[u8], signer: &Certificate) -> Result<Self> {
        let refused = |why: String| Error::new(Kind::NotAllowed, "trusted_list.signature", "the trusted list", why);
        let signatures = xades::verify(xml, Limits::in_force())?;
        let [signature] = signatures.as_slice() else {
            return Err(refused("it has not exactly one signature".to_owned()));
        };
        // a list need not be a XAdES baseline signature in everything; it must be intact, whole, and by its operator
        if let Some(problem) = signature.problems.first() {
            return Err(refused(problem.message.clone()));
        }
        if signature.covered != Covered::Document {
            return Err(refused("its signature does not cover all of it".to_owned()));
        }
        if signature.certificate.as_deref() != Some(signer.der()) {
            return Err(refused("it is not signed with the certificate that was given".to_owned()));
        }
        let document = Document::parse(xml, Limits::in_force()).map_err(malformed)?;
        let root = document.root();
        if !root.has_tag_name((TSL, "TrustServiceStatusList")) {
            return Err(malformed(XmlError::NotWellFormed("it is no trusted list".to_owned())));
        }
        Self::of(root, sha256(xml), signer).map_err(malformed)
    }

    fn of(root: Node<'_, '_>, sha256: [u8; 32], signer: &Certificate) -> std::result::Result<Self, XmlError> {
        let information = required(root, TSL, "SchemeInformation")?;
        let word = |name| required(information, TSL, name).and_then(text);
        let bad = |what: &str| XmlError::NotWellFormed(format!("{what} of the trusted list is not what it must be"));
        let next_update = required(information, TSL, "NextUpdate")?;
        let next_update = optional(next_update, TSL, "dateTime")?.map(time_of).transpose()?;
        let mut anchors = Vec::new();
        let providers = optional(root, TSL, "TrustServiceProviderList")?;
        for provider in providers.into_iter().flat_map(children) {
            for service in children(required(provider, TSL, "TSPServices")?) {
                anchors.extend(anchors_of(service)?);
            }
        }
        Ok(Self {
            territory: word("SchemeTerritory")?,
            sequence: word("TSLSequenceNumber")?.parse().map_err(|_| bad("the number"))?,
            next_update,
            anchors,
            sha256,
            signer: signer.clone(),
        })
    }
}

fn malformed(error: XmlError) -> Error {
    Error::new(Kind::BadInput, "trusted_list.malformed", "the trusted list", error)
}

fn time_of(node: Node<'_, '_>) -> std::result::Result<OffsetDateTime, XmlError> {
    let written = text(node)?;
    OffsetDateTime::parse(&written, &Rfc3339).map_err(|_| XmlError::NotWellFormed(format!("{written:?} is not a time")))
}

/// A status of a service, from a time on.
struct Status {
    purpose: Option<AnchorPurpose>,
    granted: bool,
    since: OffsetDateTime,
}

fn status(information: Node<'_, '_>) -> std::result::Result<Status, XmlError> {
    let kind = text(required(information, TSL, "ServiceTypeIdentifier")?)?;
    let status = text(required(information, TSL, "ServiceStatus")?)?;
    let since = time_of(required(information, TSL, "StatusStartingTime")?)?;
    let purpose = SERVICES.iter().find(|(end, _)| kind.ends_with(end)).map(|(_, purpose)| *purpose);
    Ok(Status { purpose, granted: GRANTED.iter().any(|word| status.ends_with(&format!("/{word}"))), since })
}

/// The certificates of a service, with each period in which it was granted.
fn anchors_of(service: Node<'_, '_>) -> std::result::Result<Vec<Listed>, XmlError> {
    let information = required(service, TSL, "ServiceInformation")?;
    let mut statuses = vec![status(information)?];
    for instance in optional(service, TSL, "ServiceHistory")?.into_iter().flat_map(children) {
        statuses.push(status(instance)?);
    }
    statuses.sort_by_key(|s| s.since);
    let mut certificates = Vec::new();
    for identity in children(required(information, TSL, "ServiceDigitalIdentity")?) {
        if let Some(certificate) = optional(identity, TSL, "X509Certificate")? {
            certificates.push(base64(certificate)?);
        }
    }
    let mut anchors = Vec::new();
    for der in certificates {
        // a list may name certificates that cannot be read here; they are believed for nothing
        let Ok(certificate) = Certificate::parse(&der) else { continue };
        for (index, now) in statuses.iter().enumerate() {
            let Some(purpose) = now.purpose.filter(|_| now.granted) else { continue };
            let valid_until = statuses.get(index.saturating_add(1)).map(|next| next.since);
            let scope = Scope { purpose: vec![purpose], valid_from: Some(now.since), valid_until };
            anchors.push(Listed { certificate: certificate.clone(), scope });
        }
    }
    Ok(anchors)
}

/// Puts the anchors of a list into `trust/` of the data folder, in place of those of an earlier list of its territory. The log has who did
/// it, the list's digest and its signer before anybody is believed for it.
pub async fn import(folder: &DataFolder, list: &TrustedList, actor: &str) -> Result<usize> {
    if list.next_update.is_some_and(|until| folder.now() >= until) {
        let why = "its next update is due: a newer one must be had";
        return Err(Error::new(Kind::NotAllowed, "trusted_list.outdated", "the trusted list", why));
    }
    let territory: String = list.territory.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    let trust = folder.path.join("trust");
    std::fs::create_dir_all(&trust).map_err(|error| cannot_write(&trust, error))?;
    let ours = format!("{PREFIX}{}-", territory.to_ascii_lowercase());
    let mut new = BTreeMap::new();
    for listed in &list.anchors {
        let number = new.len();
        let name =
            format!("{ours}{}-{number}.pem", hex::encode(listed.certificate.sha256().get(..8).unwrap_or_default()));
        let scope = toml::to_string(&listed.scope)
            .map_err(|error| Error::new(Kind::Bug, "trusted_list.scope", "the trusted list", error))?;
        new.insert(trust.join(name), (pem::encode("CERTIFICATE", listed.certificate.der()), scope));
    }
    let entry = Entry::new(Action::TrustChanged, folder.now())?.of_sha256(&list.sha256);
    let entry = entry.with_certificate(list.signer.der()).by(folder.log.pseudonym(actor));
    folder.log.record(entry).await?;
    // the scope first: an anchor without one would be believed for everything
    for (file, (certificate, scope)) in &new {
        write_file(&scope_file(file), scope.as_bytes(), true)?;
        write_file(file, certificate.as_bytes(), true)?;
    }
    let entries = std::fs::read_dir(&trust).map_err(|error| cannot_write(&trust, error))?;
    for file in entries.filter_map(|entry| entry.ok().map(|e| e.path())) {
        let is_old = file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&ours))
            && !new.contains_key(&file)
            && !new.keys().any(|kept| scope_file(kept) == file);
        if is_old {
            std::fs::remove_file(&file).map_err(|error| cannot_write(&file, error))?;
        }
    }
    Ok(new.len())
}
