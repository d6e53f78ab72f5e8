//! Which certificates of the authority are revoked: revoking them, and saying so.

use super::{ISSUING_KEY, OCSP_KEY, key, no_ca, put_crl_file};
use crate::audit::entry::{Action, Entry};
use crate::audit::row;
use crate::authority::crl::{Contents, Reason, Revoked};
use crate::authority::ocsp::Responder;
use crate::cms::ocsp::CertStatus;
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::keys::SigningKey;
use crate::pki::certificate::Certificate;
use crate::store::Transaction;
use crate::store::authority::{CaRow, IssuedRow};
use std::collections::HashMap;
use time::{Duration, OffsetDateTime};

/// How long after a list the next one comes, at the latest.
const CRL_VALID: Duration = Duration::days(30);
/// A list that is older than that is made anew when somebody asks for it.
const CRL_RENEWED: Duration = Duration::DAY;
/// The CA that the OCSP responder answers for.
const OCSP_CA: &str = "issuing";

/// Which certificate.
#[derive(Debug, Clone, Copy)]
pub enum Named<'a> {
    /// This very one.
    Certificate(&'a Certificate),
    /// The one with this serial number (contents octets).
    Serial(&'a [u8]),
}

/// A certificate that was revoked.
#[derive(Debug)]
pub struct Revocation {
    /// The certificate.
    pub certificate: Certificate,
    /// The CA that revoked it.
    pub ca: String,
    /// Since when.
    pub time: OffsetDateTime,
    /// The number of the list that says so first.
    pub crl_number: u64,
}

/// Revokes a certificate for good, with a new list that says so; `actor` is who did it.
pub async fn revoke(folder: &DataFolder, named: Named<'_>, reason: Reason, actor: &str) -> Result<Revocation> {
    let serial = match named {
        Named::Certificate(certificate) => certificate.serial(),
        Named::Serial(serial) => serial,
    };
    let what = || format!("certificate {}", hex::encode(serial));
    let mut tx = folder.store.write().await?;
    let now = folder.now();
    let mut found = tx.issued(serial).await?;
    if let Named::Certificate(certificate) = named {
        found.retain(|issued| issued.certificate == certificate.der());
    }
    let why = "it was not issued by the data folder's authority";
    let issued = found.pop().ok_or_else(|| Error::new(Kind::NotFound, "authority.not_issued", what(), why))?;
    if let Some((time, _)) = issued.revoked {
        let why = format!("it was revoked at {time}");
        return Err(Error::new(Kind::Conflict, "authority.revoked", what(), why));
    }
    let issued = IssuedRow { revoked: Some((now, reason.code())), ..issued };
    tx.put_issued(&issued).await?;
    let mut entry = Entry::new(Action::CertificateRevoked, now)?.on_row(row::issued(&issued)?);
    entry.actor = Some(folder.log.pseudonym(actor));
    entry.certificate = Some(hex::encode(sha256(&issued.certificate)));
    folder.log.append_one(&mut *tx, entry).await?;
    let ca = tx.ca(&issued.ca).await?.ok_or_else(|| no_ca(&issued.ca))?;
    let ca = renew(folder, &mut *tx, ca, now).await?;
    tx.commit().await?;
    put_crl_file(folder, &ca.name, &ca.crl)?;
    let certificate = Certificate::parse(&issued.certificate)?;
    Ok(Revocation { certificate, ca: ca.name, time: now, crl_number: ca.crl_number })
}

/// The revocation list of a CA, DER.
pub async fn crl(folder: &DataFolder, ca: &str) -> Result<Vec<u8>> {
    let is_due = |row: &CaRow| folder.now() >= row.crl_created.saturating_add(CRL_RENEWED);
    let row = folder.store.read().await?.ca(ca).await?.ok_or_else(|| no_ca(ca))?;
    if !is_due(&row) {
        return Ok(row.crl);
    }
    let mut tx = folder.store.write().await?;
    // somebody else may have been faster
    let row = tx.ca(ca).await?.ok_or_else(|| no_ca(ca))?;
    if !is_due(&row) {
        return Ok(row.crl);
    }
    let row = renew(folder, &mut *tx, row, folder.now()).await?;
    tx.commit().await?;
    put_crl_file(folder, ca, &row.crl)?;
    Ok(row.crl)
}

/// Makes the CA's next list.
async fn renew(folder: &DataFolder, tx: &mut dyn Transaction, ca: CaRow, now: OffsetDateTime) -> Result<CaRow> {
    let mut revoked = Vec::new();
    for issued in tx.revoked(&ca.name).await? {
        let damaged = || Error::new(Kind::BadInput, "store.damaged", "data folder", "a revocation has no reason");
        let (time, code) = issued.revoked.ok_or_else(damaged)?;
        let reason = Reason::from_code(code).ok_or_else(damaged)?;
        revoked.push(Revoked { serial: issued.serial, time, reason });
    }
    let number = ca.crl_number.saturating_add(1);
    let contents = Contents { number, this_update: now, valid: CRL_VALID, revoked: &revoked };
    let crl = contents.sign(key(folder, &ca.signing_key).await?.local()?)?;
    let ca = CaRow { crl, crl_number: number, crl_created: now, ..ca };
    tx.put_ca(&ca).await?;
    Ok(ca)
}

/// The OCSPResponse to an OCSPRequest about certificates of the issuing CA.
pub async fn ocsp(folder: &DataFolder, request: &[u8]) -> Result<Vec<u8>> {
    let responder_key = key(folder, OCSP_KEY).await?;
    let issuer = Certificate::parse(key(folder, ISSUING_KEY).await?.certificate())?;
    let responder = Responder { key: &*responder_key, issuer: &issuer };
    let request = match responder.accept(request) {
        Ok(request) => request,
        Err(status) => return Ok(status.response()),
    };
    let mut tx = folder.store.read().await?;
    let mut statuses = HashMap::new();
    for id in &request.cert_ids {
        for issued in tx.issued(&id.serial).await?.into_iter().filter(|issued| issued.ca == OCSP_CA) {
            let status = match issued.revoked {
                None => CertStatus::Good,
                Some((time, reason)) => CertStatus::Revoked { time, reason: Some(reason) },
            };
            statuses.insert(issued.serial, status);
        }
    }
    let status = |serial: &[u8]| statuses.get(serial).copied().unwrap_or(CertStatus::Unknown);
    Ok(responder.answer(request, folder.now(), status).await?)
}
