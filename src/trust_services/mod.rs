//! The built-in authority at work, for demos and closed networks: its time-stamps, its certificates' status, its
//! revocations. Its keys are in the key store; its certificates, lists and serial numbers in the store.
//!
//! | file | what |
//! | --- | --- |
//! | `time_stamps` | the time-stamping authority, with serial numbers that survive restarts |
//! | `status` | revoking, revocation lists, OCSP |
//! | `trusted_list` | trust anchors from a trusted list |
//! | `near` | asking this authority without a network |

mod near;
mod status;
mod time_stamps;
pub mod trusted_list;

pub use near::Near;
pub use status::{Named, Revocation, crl, ocsp, revoke};
pub use time_stamps::time_stamp;

use crate::audit::entry::{Action, Entry};
use crate::audit::row;
use crate::authority::{Authority, Credential};
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::keys::{AnyKey, LocalKey, SigningKey, pem};
use crate::output::{cannot_write, write_file};
use crate::people::keys::{self, Terms};
use crate::pki::certificate::Certificate;
use crate::store::authority::{CaRow, IssuedRow};
use std::path::Path;
use std::sync::Arc;

/// The keys of the authority in the key store.
const ROOT_KEY: &str = "root-ca";
const ISSUING_KEY: &str = "issuing-ca";
const TSA_KEY: &str = "tsa";
const OCSP_KEY: &str = "ocsp";

/// Puts a new authority into the data folder: the keys of CAs, TSA and OCSP responder into the key store; certificates
/// and revocation lists into the store; root, issuing CA and lists into `trust/`, `certs/` and `crls/`.
pub async fn import(folder: &DataFolder, authority: &Authority) -> Result<()> {
    let mut tx = folder.store.write().await?;
    if tx.ca(authority.root.name).await?.is_some() {
        let why = "there is an authority already";
        return Err(Error::new(Kind::Conflict, "authority.exists", folder.path.display().to_string(), why));
    }
    for (id, credential) in [
        (ROOT_KEY, &authority.root),
        (ISSUING_KEY, &authority.issuing),
        (TSA_KEY, &authority.tsa),
        (OCSP_KEY, &authority.ocsp),
    ] {
        let Credential { pkcs8, certificate, chain, .. } = credential;
        let key = LocalKey::from_pkcs8(pkcs8, certificate.clone(), chain.clone())?;
        keys::import_within(folder, &mut *tx, id, None, &key.into(), &Terms::default()).await?;
    }
    let mut entries = Vec::new();
    for ((ca, crl), signing_key) in authority.authorities().into_iter().zip([ROOT_KEY, ISSUING_KEY]) {
        let row = CaRow {
            name: ca.name.to_owned(),
            signing_key: signing_key.to_owned(),
            crl: crl.to_vec(),
            crl_number: 1,
            crl_created: folder.now(),
        };
        tx.put_ca(&row).await?;
        let entry = Entry::new(Action::AuthorityCreated, folder.now())?.with_certificate(&ca.certificate);
        entries.push(entry.on_row(row::ca(&row)?));
    }
    let issued = authority.holders().map(|holder| (holder, authority.issuing.name));
    for (credential, ca) in issued.into_iter().chain([(&authority.issuing, authority.root.name)]) {
        let row = IssuedRow {
            ca: ca.to_owned(),
            serial: Certificate::parse(&credential.certificate)?.serial().to_vec(),
            certificate: credential.certificate.clone(),
            revoked: None,
        };
        tx.put_issued(&row).await?;
        let entry = Entry::new(Action::CertificateIssued, folder.now())?.with_certificate(&row.certificate);
        entries.push(entry.on_row(row::issued(&row)?));
    }
    entries.push(Entry::new(Action::TrustChanged, folder.now())?.with_certificate(&authority.root.certificate));
    folder.log.append(&mut *tx, &entries).await?;
    // before the commit: a folder that has the authority has its files
    for (place, credential) in [("trust", &authority.root), ("certs", &authority.issuing)] {
        let text = pem::encode("CERTIFICATE", &credential.certificate);
        put_file(&folder.path.join(place), &format!("{}.pem", credential.name), text.as_bytes())?;
    }
    for (ca, crl) in authority.authorities() {
        put_crl_file(folder, ca.name, crl)?;
    }
    Ok(tx.commit().await?)
}

/// The certificate of a CA, DER.
pub async fn ca_certificate(folder: &DataFolder, ca: &str) -> Result<Vec<u8>> {
    let row = folder.store.read().await?.ca(ca).await?.ok_or_else(|| no_ca(ca))?;
    Ok(key(folder, &row.signing_key).await?.certificate().to_vec())
}

/// A key of the authority.
async fn key(folder: &DataFolder, id: &str) -> Result<Arc<AnyKey>> {
    keys::load(folder, id).await.map_err(|error| match error.kind {
        Kind::NotFound => Error::new(Kind::NotFound, "authority.none", "the data folder", "it has no authority"),
        _ => error,
    })
}

fn no_ca(ca: &str) -> Error {
    Error::new(Kind::NotFound, "authority.no_ca", format!("CA {ca}"), "the data folder has none of that name")
}

/// Where validations find the newest list.
fn put_crl_file(folder: &DataFolder, ca: &str, crl: &[u8]) -> Result<()> {
    put_file(&folder.path.join("crls"), &format!("{ca}.crl"), crl)
}

fn put_file(folder: &Path, name: &str, contents: &[u8]) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| cannot_write(folder, error))?;
    write_file(&folder.join(name), contents, true)
}
