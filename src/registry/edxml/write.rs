//! Writing.

use super::{NAMESPACE, Organ, Package, Reference, Status};
use crate::xml::write::Writer;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::macros::{format_description, offset};
use time::{Date, OffsetDateTime};

/// A day as packages have it.
pub fn day(date: Date) -> String {
    date.format(format_description!("[year]/[month]/[day]")).unwrap_or_default()
}

/// A time as packages have it: that of Vietnam.
pub fn moment(time: OffsetDateTime) -> String {
    let form = format_description!("[year]/[month]/[day] [hour]:[minute]:[second]");
    time.to_offset(offset!(+7)).format(form).unwrap_or_default()
}

/// An element with a text, if there is one.
fn said(w: &mut Writer, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        w.element(&format!("edXML:{name}"), text);
    }
}

fn organ(w: &mut Writer, name: &str, organ: &Organ) {
    let name = format!("edXML:{name}");
    w.start(&name, &[]);
    said(w, "OrganId", Some(&organ.code));
    said(w, "OrganizationInCharge", Some(&organ.name));
    said(w, "OrganName", Some(&organ.name));
    said(w, "OrganAdd", organ.address.as_deref());
    said(w, "Email", organ.email.as_deref());
    said(w, "Telephone", organ.phone.as_deref());
    w.end(&name);
}

fn reference(w: &mut Writer, reference: &Reference) {
    w.start("edXML:ResponseFor", &[]);
    said(w, "OrganId", Some(&reference.organ));
    said(w, "Code", Some(&reference.code));
    said(w, "PromulgationDate", reference.date.map(day).as_deref());
    said(w, "DocumentId", Some(&reference.document));
    w.end("edXML:ResponseFor");
}

fn begin() -> Writer {
    let mut w = Writer::new();
    w.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    w.start("edXML", &[("xmlns", NAMESPACE)]);
    w.start("edXML:edXMLEnvelope", &[("xmlns:edXML", NAMESPACE)]);
    w.start("edXML:edXMLHeader", &[]);
    w
}

/// A package that lacks its signature, and where that stands.
pub fn package(package: &Package) -> (String, usize) {
    let mut w = begin();
    header(&mut w, package);
    w.start("edXML:TraceHeaderList", &[("version", "1.0")]);
    for (organ, time) in &package.trace {
        w.start("edXML:TraceHeader", &[]);
        said(&mut w, "OrganId", Some(organ));
        said(&mut w, "Timestamp", Some(time));
        w.end("edXML:TraceHeader");
    }
    w.start("edXML:Bussiness", &[]);
    said(&mut w, "BussinessDocType", Some(&package.business.number().to_string()));
    said(&mut w, "BussinessDocReason", Some(package.reason.as_deref().unwrap_or(package.business.words())));
    w.end("edXML:Bussiness");
    w.end("edXML:TraceHeaderList");
    w.start("edXML:DigitalSignature", &[]);
    let at = w.position();
    w.end("edXML:DigitalSignature");
    w.end("edXML:edXMLHeader");
    w.start("edXML:edXMLBody", &[]);
    w.start("edXML:edXMLManifest", &[("version", "1.0")]);
    for (number, attachment) in (1_usize..).zip(&package.attachments) {
        w.start("edXML:Reference", &[]);
        said(&mut w, "AttachmentName", Some(&attachment.name));
        said(&mut w, "ContentType", Some(&attachment.media_type));
        said(&mut w, "ContentId", Some(&format!("cid:{number}")));
        w.end("edXML:Reference");
    }
    w.end("edXML:edXMLManifest");
    w.end("edXML:edXMLBody");
    w.end("edXML:edXMLEnvelope");
    w.start("AttachmentEncoded", &[]);
    for (number, attachment) in (1_usize..).zip(&package.attachments) {
        w.start("Attachment", &[]);
        w.element("ContentType", &attachment.media_type);
        w.element("ContentId", &format!("cid:{number}"));
        w.element("ContentTransferEncoded", &STANDARD.encode(&attachment.bytes));
        w.element("AttachmentName", &attachment.name);
        w.end("Attachment");
    }
    w.end("AttachmentEncoded");
    w.end("edXML");
    (w.finish(), at)
}

fn header(w: &mut Writer, package: &Package) {
    w.start("edXML:MessageHeader", &[]);
    organ(w, "From", &package.from);
    for to in &package.to {
        organ(w, "To", to);
    }
    w.start("edXML:Code", &[]);
    said(w, "CodeNumber", Some(&package.number));
    said(w, "CodeNotation", Some(&package.notation));
    w.end("edXML:Code");
    w.start("edXML:PromulgationInfo", &[]);
    said(w, "Place", package.place.as_deref());
    said(w, "PromulgationDate", package.date.map(day).as_deref());
    w.end("edXML:PromulgationInfo");
    w.start("edXML:DocumentType", &[]);
    said(w, "TypeName", package.kind.as_deref());
    w.end("edXML:DocumentType");
    said(w, "Subject", Some(&package.subject));
    said(w, "Content", Some(&package.subject));
    w.start("edXML:SignerInfo", &[]);
    said(w, "Competence", package.signer.competence.as_deref());
    said(w, "Position", package.signer.position.as_deref());
    said(w, "FullName", package.signer.name.as_deref());
    w.end("edXML:SignerInfo");
    w.start("edXML:ToPlaces", &[]);
    for place in &package.places {
        said(w, "Place", Some(place));
    }
    w.end("edXML:ToPlaces");
    w.start("edXML:OtherInfo", &[]);
    said(w, "Priority", Some(&package.priority.to_string()));
    said(w, "PromulgationAmount", package.copies.map(|copies| copies.to_string()).as_deref());
    said(w, "PageAmount", package.pages.map(|pages| pages.to_string()).as_deref());
    w.start("edXML:Appendixes", &[]);
    for appendix in &package.appendices {
        said(w, "Appendix", Some(appendix));
    }
    w.end("edXML:Appendixes");
    w.end("edXML:OtherInfo");
    if let Some(response_for) = &package.response_for {
        reference(w, response_for);
    }
    said(w, "SteeringType", Some("0"));
    said(w, "DocumentId", Some(&package.document));
    w.end("edXML:MessageHeader");
}

/// A status message.
pub fn status(status: &Status) -> String {
    let mut w = begin();
    w.start("edXML:Status", &[]);
    reference(&mut w, &status.response_for);
    organ(&mut w, "From", &status.from);
    said(&mut w, "StatusCode", Some(status.code.as_str()));
    said(&mut w, "Description", status.description.as_deref());
    said(&mut w, "Timestamp", status.time.map(moment).as_deref());
    w.start("edXML:StaffInfo", &[]);
    said(&mut w, "Staff", status.staff.as_deref());
    w.end("edXML:StaffInfo");
    w.end("edXML:Status");
    w.end("edXML:edXMLHeader");
    w.empty("edXML:edXMLBody", &[]);
    w.end("edXML:edXMLEnvelope");
    w.end("edXML");
    w.finish()
}
