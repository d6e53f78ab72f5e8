//! A receipt as PDF/A-3b (ISO 19005-3): the sheets drawn, fonts embedded as subsets, and the signed XML
//! attached as the source of what is shown. The same receipt gives the same bytes.

use super::ReceiptError;
use super::check::CheckText;
use super::content::{Content, TITLE, iso_date};
use super::layout::{PAGE, Seal, lay_out};
use crate::drawing::{add_page, date_time};
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::metadata::Metadata;
use krilla::{Document, SerializeSettings};
use qrcode::{EcLevel, QrCode};

/// The name of the attached XML.
pub const XML_NAME: &str = "bien-lai.xml";

/// Draws a receipt whose XML is signed already.
pub fn draw(content: &Content, xml: &[u8], seal: &Seal) -> Result<Vec<u8>, ReceiptError> {
    let failed = |why: &dyn std::fmt::Display| ReceiptError::Pdf(why.to_string());
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_B)
        .finish()
        .map_err(|_| ReceiptError::Pdf("PDF/A-3b is not to be had".to_owned()))?;
    let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let check = CheckText::new(content, crate::digest::sha256(xml)).to_string();
    let qr = QrCode::with_error_correction_level(check.as_bytes(), EcLevel::M).map_err(|e| failed(&e))?;
    for sheet in lay_out(content, seal) {
        add_page(&mut document, PAGE, &sheet, Some(&qr)).ok_or_else(|| failed(&"page size"))?;
    }
    let time = date_time(seal.time);
    document.set_metadata(
        Metadata::new()
            .title(format!("{TITLE} {}", content.id))
            .description(format!("{TITLE} {} ngày {}", content.id, iso_date(content.date())))
            .authors(vec![content.body.name.clone()])
            .creator("Dauson".to_owned())
            .producer("Dauson".to_owned())
            .language("vi".to_owned())
            .document_id(content.id.to_string())
            .creation_date(time),
    );
    document
        .embed_file(EmbeddedFile {
            path: XML_NAME.to_owned(),
            mime_type: MimeType::new("text/xml"),
            description: Some(format!("{TITLE} {}: dữ liệu gốc đã ký số", content.id)),
            association_kind: AssociationKind::Source,
            data: xml.to_vec().into(),
            modification_date: Some(time),
            compress: None,
            location: None,
        })
        .ok_or_else(|| failed(&"the XML cannot be attached"))?;
    document.finish().map_err(|e| failed(&format!("{e:?}")))
}
