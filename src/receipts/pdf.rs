//! A receipt as PDF/A-3b (ISO 19005-3) that is also PDF/UA-1 (ISO 14289-1): the sheets drawn, fonts embedded as subsets, and the
//! signed XML attached as the source of what is shown. The same receipt gives the same bytes.

use super::ReceiptError;
use super::check::CheckText;
use super::content::{Content, TITLE, iso_date};
use super::layout::{Seal, Shown, Standing, lay_out};
use super::style::Style;
use crate::drawing::structure::Structure;
use crate::drawing::{Pictures, add_structured_page, date_time};
use crate::pdf::picture::Picture;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::Point;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::{Document, SerializeSettings};
use qrcode::{EcLevel, QrCode};

/// The name of the attached XML.
pub const XML_NAME: &str = "bien-lai.xml";

/// More modules than these at 25 mm are less than a third of a millimetre each.
const MODULES_OF_25_MM: usize = 73;

/// A receipt whose XML is signed.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// What it says.
    pub content: &'a Content,
    /// The signed XML.
    pub xml: &'a [u8],
    /// Who signed it.
    pub seal: &'a Seal,
    /// The text of its QR code.
    pub check: &'a CheckText,
    /// The logo of the collecting body.
    pub logo: Option<&'a Picture>,
}

/// Draws a receipt as it is issued.
pub fn draw(signed: &Signed<'_>, style: Style) -> Result<Vec<u8>, ReceiptError> {
    make(signed, style, &Standing::InForce, false)
}

/// Draws a receipt again, with what has become of it.
pub fn draw_copy(signed: &Signed<'_>, style: Style, standing: &Standing) -> Result<Vec<u8>, ReceiptError> {
    make(signed, style, standing, true)
}

fn make(signed: &Signed<'_>, style: Style, standing: &Standing, is_copy: bool) -> Result<Vec<u8>, ReceiptError> {
    let failed = |why: &dyn std::fmt::Display| ReceiptError::Pdf(why.to_string());
    let Signed { content, xml, seal, check, logo } = *signed;
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_B)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|_| ReceiptError::Pdf("PDF/A-3b with PDF/UA-1 is not to be had".to_owned()))?;
    let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let qr = qr_code(&check.to_string()).map_err(|e| failed(&e))?;
    let shown = Shown { content, seal, standing, is_copy, qr_modules: qr.width(), logo: logo.map(Picture::pixels) };
    let pictures = Pictures { qr: Some(&qr), logo };
    let mut structure = Structure::default();
    for sheet in lay_out(&shown, style) {
        add_structured_page(&mut document, sheet.size, &sheet.pieces, &pictures, &mut structure)
            .ok_or_else(|| failed(&"page size"))?;
    }
    let title = format!("{TITLE} {}", content.id);
    document.set_tag_tree(structure.finish(&title, "vi"));
    let mut outline = Outline::new();
    outline.push_child(OutlineNode::new(title.clone(), XyzDestination::new(0, Point::from_xy(0.0, 0.0))));
    document.set_outline(outline);
    let time = date_time(seal.time);
    document.set_metadata(
        Metadata::new()
            .title(title)
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

/// The code of a text: 15 % of it may be lost, or 7 % where its modules would be too small for a print.
fn qr_code(text: &str) -> qrcode::QrResult<QrCode> {
    match QrCode::with_error_correction_level(text, EcLevel::M) {
        Ok(code) if code.width() <= MODULES_OF_25_MM => Ok(code),
        _ => QrCode::with_error_correction_level(text, EcLevel::L),
    }
}
