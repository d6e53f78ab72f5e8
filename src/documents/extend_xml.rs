//! The level of the signatures of an XML document raised: signature time-stamps and validation data, as properties that no
//! signature covers.

use super::extend::{Added, Used, lacking};
use super::services::Services;
use super::sign::Raise;
use crate::cms::tsp::TimeStampToken;
use crate::data_folder::DataFolder;
use crate::digest::DigestAlgorithm;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::pades::dss::ValidationData;
use crate::pades::{Level, existing::certificates};
use crate::pki::certificate::Certificate;
use crate::pki::path::Purpose;
use crate::validation::report::SignatureReport;
use crate::xades::{self, XmlSignature};

/// The document with its signatures, which hold and were `judged` so, at a level, and what was added.
pub async fn raise(
    folder: &DataFolder,
    xml: Vec<u8>,
    judged: &[SignatureReport],
    raise: Raise<'_>,
) -> Result<(Vec<u8>, Vec<Added>)> {
    if raise.to == Level::Lta {
        let why = "XML signatures are not raised to B-LTA";
        return Err(Error::new(Kind::Usage, "extend.xml_level", "the level", why).hint("B-T or B-LT"));
    }
    let (mut xml, mut added) = (xml, Vec::new());
    for (index, report) in judged.iter().enumerate() {
        let stapled = {
            let signature = signature(&xml, index)?;
            if signature.unsigned.is_archived {
                return Err(xades::XadesError::CannotExtend("an archive time-stamp is over its properties").into());
            }
            signature.log_proof
        };
        if let Some(stapled) = stapled
            && let Some(proof) = folder.log.renew(&stapled).await?
        {
            xml = xades::put_log_proof(&xml, index, &proof)?;
            added.push(Added::LogProof);
        }
        if report.best_signature_time.is_none() {
            let digest = DigestAlgorithm::Sha256.hash(xades::to_be_time_stamped(&xml, index)?.as_bytes());
            let stamp = raise.services.time_stamp(DigestAlgorithm::Sha256, &digest).await?;
            xml = xades::add_time_stamp(&xml, index, &stamp.token)?;
            added.push(Added::SignatureTimeStamp);
        }
        if raise.to > Level::T {
            let signature = signature(&xml, index)?;
            let is_empty = signature.unsigned.values.is_empty();
            let (uses, at_hand) = uses(&signature, raise.services)?;
            let data = lacking(uses, &at_hand, is_empty, raise).await?;
            if !data.is_empty() {
                xml = xades::add_values(&xml, index, data)?;
                added.push(Added::ValidationData);
            }
        }
    }
    Ok((xml, added))
}

fn signature(xml: &[u8], index: usize) -> Result<XmlSignature> {
    let missing = || xades::XadesError::CannotExtend("there is no such signature");
    let signature = xades::verify(xml, Limits::in_force())?.into_iter().nth(index);
    Ok(signature.ok_or_else(missing)?)
}

/// The certificates of a signature and of its time-stamps, and what it brings along.
fn uses(signature: &XmlSignature, services: &Services<'_>) -> Result<(Vec<Used>, ValidationData)> {
    let what = || format!("the signature {}", signature.id.as_deref().unwrap_or_default());
    let none = || Error::new(Kind::BadInput, "extend.certificate", what(), "its certificate is not in it");
    let parse = |der: &Vec<u8>| Certificate::parse(der).ok();
    let tokens = signature.unsigned.time_stamps.iter();
    let tokens = tokens.filter_map(|stamp| TimeStampToken::parse(&stamp.token, Limits::in_force()).ok());
    let tokens: Vec<TimeStampToken> = tokens.map(|(token, _)| token).collect();

    let mut at_hand = signature.unsigned.values.clone();
    at_hand.merge(ValidationData { certificates: signature.certificates.clone(), ..ValidationData::default() });
    let now = services.now();
    let mut uses = vec![Used {
        certificate: signature.certificate.as_ref().and_then(parse).ok_or_else(none)?,
        others: signature.certificates.iter().filter_map(parse).collect(),
        purpose: Purpose::Signing,
        at: tokens.iter().map(|token| token.info.gen_time).min().unwrap_or(now),
    }];
    for token in tokens {
        let cms = token.signed_data;
        let (certificate, others) = certificates(&cms, &[]);
        let certificate = certificate.ok_or_else(none)?;
        uses.push(Used { certificate, others, purpose: Purpose::TimeStamping, at: now });
        let (certificates, ocsps, crls) = (cms.certificates, cms.ocsps, cms.crls);
        at_hand.merge(ValidationData { certificates, ocsps, crls });
    }
    Ok((uses, at_hand))
}
