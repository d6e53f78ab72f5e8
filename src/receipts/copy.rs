//! Receipts drawn again from their signed XML, with what has become of them since. A copy is not signed: the XML in it is, and
//! proves it.

use super::check::{CheckText, Said};
use super::content::Content;
use super::layout::{Seal, Standing};
use super::life::State;
use super::pdf::{self, Signed};
use super::style::Style;
use super::{register, xml};
use crate::data_folder::{DataFolder, VIETNAM};
use crate::error::Result;
use crate::limits::Limits;
use crate::people::units;
use crate::pki::certificate::Certificate;
use crate::store::receipts::ReceiptRow;
use crate::xades;
use std::io::Read;
use time::OffsetDateTime;

/// A receipt as its signed XML has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    content: Content,
    xml: Vec<u8>,
    seal: Seal,
    check: CheckText,
}

impl Original {
    /// Reads the signed XML of a receipt; whether the signature holds is for the validation to say. None if it is not one.
    pub fn read(bytes: Vec<u8>) -> Option<Self> {
        let signature = xades::verify(&bytes, Limits::in_force()).ok()?.into_iter().next()?;
        let time = signature.signing_time?;
        let content = xml::read(&bytes, time).ok()?;
        let certificate = signature.certificate?;
        let signer = Certificate::parse(&certificate).ok()?.common_name().unwrap_or_default();
        let check = CheckText::new(Said::new(&content), &certificate, &signature.document_digest, signature.value);
        Some(Self { content, xml: bytes, seal: Seal { signer, time }, check })
    }

    /// What it says.
    pub const fn content(&self) -> &Content {
        &self.content
    }

    /// The text of its QR code.
    pub const fn check(&self) -> &CheckText {
        &self.check
    }

    /// What is drawn of it.
    pub fn signed(&self) -> Signed<'_> {
        Signed { content: &self.content, xml: &self.xml, seal: &self.seal, check: &self.check, logo: None }
    }
}

/// A receipt of the data folder as its signed XML has it.
pub async fn original(folder: &DataFolder, row: &ReceiptRow) -> Result<Original> {
    let mut bytes = Vec::new();
    let mut file = register::file(folder, row, &row.xml_sha256).await?;
    file.read_to_end(&mut bytes).map_err(|error| register::damaged(row, error))?;
    Original::read(bytes).ok_or_else(|| register::damaged(row, "its XML is not that of a receipt"))
}

/// Draws a receipt of the data folder again.
pub async fn draw(folder: &DataFolder, row: &ReceiptRow, style: Style) -> Result<Vec<u8>> {
    let original = original(folder, row).await?;
    let standing = match &row.replaced_by {
        Some(by) => Standing::Replaced(by.clone()),
        None if row.state == State::Voided.as_str() => Standing::Voided,
        None => {
            let day = |time: OffsetDateTime| time.to_offset(VIETNAM).date();
            let notified: Vec<_> = row.notices.iter().map(|notice| day(notice.at)).collect();
            let void_asked = row.void_request.as_ref().map(|asked| day(asked.at));
            if notified.is_empty() && void_asked.is_none() {
                Standing::InForce
            } else {
                Standing::Remarked { notified, void_asked }
            }
        }
    };
    let logo = units::logo(folder, &mut *folder.store.read().await?, &row.unit).await?;
    Ok(pdf::draw_copy(&Signed { logo: logo.as_ref(), ..original.signed() }, style, &standing)?)
}
