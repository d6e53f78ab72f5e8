//! Reading: hostile input. The XML parser's limits hold, and those of here; what is not known is passed over.

use super::{
    Attachment, Business, MOST_ATTACHMENTS, MOST_ORGANS, Message, NAMESPACE, Organ, Package, Reference, Signer, Status,
    StatusCode,
};
use crate::limits::Limits;
use crate::xml::{Document, Node, XmlError, base64, children, text};
use std::collections::BTreeMap;
use time::macros::{format_description, offset};
use time::{Date, OffsetDateTime, PrimitiveDateTime};

/// Characters of the longest text.
const LONGEST: usize = 2_000;

/// Why something is no edXML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is no XML, or more of it than is read.
    #[error("{0}")]
    Xml(#[from] XmlError),
    /// It is no message of this kind.
    #[error("{0}")]
    Wrong(String),
}

fn missing(what: &str) -> ReadError {
    ReadError::Wrong(format!("it has no {what}"))
}

/// The first child of this name, in the namespace or, as some write what is attached, in none.
fn child<'a, 'input>(parent: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    all(parent, name).next()
}

fn all<'a, 'input, 'n>(
    parent: Node<'a, 'input>,
    name: &'n str,
) -> impl Iterator<Item = Node<'a, 'input>> + use<'a, 'input, 'n> {
    children(parent).filter(move |node| {
        let tag = node.tag_name();
        tag.name() == name && tag.namespace().is_none_or(|namespace| namespace.is_empty() || namespace == NAMESPACE)
    })
}

/// The text of a child, on one line; none if it is empty.
fn line(parent: Node<'_, '_>, name: &str) -> Result<Option<String>, ReadError> {
    let Some(node) = child(parent, name) else { return Ok(None) };
    let written = text(node)?;
    let line = written.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > LONGEST {
        return Err(ReadError::Wrong(format!("{name} has more than {LONGEST} characters")));
    }
    Ok((!line.is_empty()).then_some(line))
}

fn needed(parent: Node<'_, '_>, name: &str) -> Result<String, ReadError> {
    line(parent, name)?.ok_or_else(|| missing(name))
}

fn number<T: std::str::FromStr>(parent: Node<'_, '_>, name: &str) -> Result<Option<T>, ReadError> {
    // what is no number says nothing
    Ok(line(parent, name)?.and_then(|text| text.parse().ok()))
}

/// A day in each of the ways that are seen.
fn date(text: &str) -> Option<Date> {
    let text = text.replace('-', "/");
    let text = text.split(' ').next().unwrap_or_default();
    let year_first = format_description!("[year]/[month padding:none]/[day padding:none]");
    let day_first = format_description!("[day padding:none]/[month padding:none]/[year]");
    Date::parse(text, year_first).or_else(|_| Date::parse(text, day_first)).ok()
}

fn moment(text: &str) -> Option<OffsetDateTime> {
    let text = text.replace('-', "/").replace('T', " ");
    let year_first = format_description!("[year]/[month]/[day] [hour]:[minute]:[second]");
    let day_first = format_description!("[day]/[month]/[year] [hour]:[minute]:[second]");
    let parsed = PrimitiveDateTime::parse(&text, year_first).or_else(|_| PrimitiveDateTime::parse(&text, day_first));
    parsed.ok().map(|time| time.assume_offset(offset!(+7)))
}

fn organ(node: Node<'_, '_>) -> Result<Organ, ReadError> {
    Ok(Organ {
        code: needed(node, "OrganId")?,
        name: line(node, "OrganName")?.or(line(node, "OrganizationInCharge")?).unwrap_or_default(),
        address: line(node, "OrganAdd")?,
        email: line(node, "Email")?,
        phone: line(node, "Telephone")?,
    })
}

fn reference(node: Node<'_, '_>) -> Result<Reference, ReadError> {
    Ok(Reference {
        organ: needed(node, "OrganId")?,
        code: line(node, "Code")?.unwrap_or_default(),
        date: line(node, "PromulgationDate")?.as_deref().and_then(date),
        document: line(node, "DocumentId")?.unwrap_or_default(),
    })
}

/// Reads a package or a status message.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Message, ReadError> {
    let document = Document::parse(bytes, limits)?;
    let root = document.root();
    let is_root = root.tag_name().name() == "edXML" && root.tag_name().namespace() == Some(NAMESPACE);
    if !is_root {
        return Err(ReadError::Wrong(format!("its root is not edXML of the namespace {NAMESPACE}")));
    }
    let envelope = child(root, "edXMLEnvelope").ok_or_else(|| missing("edXMLEnvelope"))?;
    let header = child(envelope, "edXMLHeader").ok_or_else(|| missing("edXMLHeader"))?;
    match (child(header, "MessageHeader"), child(header, "Status")) {
        (Some(said), _) => Ok(Message::Package(Box::new(package(root, envelope, header, said)?))),
        (None, Some(said)) => Ok(Message::Status(Box::new(status(said)?))),
        (None, None) => Err(missing("MessageHeader, and no Status")),
    }
}

fn status(said: Node<'_, '_>) -> Result<Status, ReadError> {
    let code = needed(said, "StatusCode")?;
    let staff = child(said, "StaffInfo");
    Ok(Status {
        response_for: reference(child(said, "ResponseFor").ok_or_else(|| missing("ResponseFor"))?)?,
        from: organ(child(said, "From").ok_or_else(|| missing("From"))?)?,
        code: StatusCode::of(&code)
            .ok_or_else(|| ReadError::Wrong(format!("its status {code:?} is none that is known")))?,
        description: line(said, "Description")?,
        time: line(said, "Timestamp")?.as_deref().and_then(moment),
        staff: staff.map(|staff| line(staff, "Staff")).transpose()?.flatten(),
    })
}

fn package(
    root: Node<'_, '_>,
    envelope: Node<'_, '_>,
    header: Node<'_, '_>,
    said: Node<'_, '_>,
) -> Result<Package, ReadError> {
    let code = child(said, "Code").ok_or_else(|| missing("Code"))?;
    let within =
        |outer: &str, name: &str| child(said, outer).map(|outer| line(outer, name)).transpose().map(Option::flatten);
    let other = child(said, "OtherInfo");
    let lines = |parent: Option<Node<'_, '_>>, name: &str| {
        let nodes = parent.into_iter().flat_map(|parent| all(parent, name).collect::<Vec<_>>());
        let texts: Result<Vec<Option<String>>, ReadError> = nodes
            .take(MOST_ORGANS)
            .map(|node| {
                let line = text(node)?.split_whitespace().collect::<Vec<_>>().join(" ");
                Ok((!line.is_empty()).then(|| line.chars().take(LONGEST).collect()))
            })
            .collect();
        texts.map(|texts| texts.into_iter().flatten().collect::<Vec<String>>())
    };
    let traces = child(header, "TraceHeaderList");
    let business = traces.and_then(|traces| child(traces, "Bussiness").or_else(|| child(traces, "Business")));
    let kind = business.map(|business| number::<u8>(business, "BussinessDocType")).transpose()?.flatten();
    let receivers: Vec<_> = all(said, "To").collect();
    if receivers.len() > MOST_ORGANS {
        return Err(ReadError::Wrong(format!("it goes to more than {MOST_ORGANS}")));
    }
    let mut trace = Vec::new();
    for node in traces.into_iter().flat_map(|traces| all(traces, "TraceHeader").collect::<Vec<_>>()).take(MOST_ORGANS) {
        trace.push((line(node, "OrganId")?.unwrap_or_default(), line(node, "Timestamp")?.unwrap_or_default()));
    }
    Ok(Package {
        from: organ(child(said, "From").ok_or_else(|| missing("From"))?)?,
        to: receivers.into_iter().map(organ).collect::<Result<_, _>>()?,
        number: needed(code, "CodeNumber")?,
        notation: line(code, "CodeNotation")?.unwrap_or_default(),
        place: within("PromulgationInfo", "Place")?,
        date: within("PromulgationInfo", "PromulgationDate")?.as_deref().and_then(date),
        kind: within("DocumentType", "TypeName")?,
        subject: needed(said, "Subject")?,
        signer: Signer {
            competence: within("SignerInfo", "Competence")?,
            position: within("SignerInfo", "Position")?,
            name: within("SignerInfo", "FullName")?,
        },
        places: lines(child(said, "ToPlaces"), "Place")?,
        priority: other.map(|other| number(other, "Priority")).transpose()?.flatten().unwrap_or_default(),
        copies: other.map(|other| number(other, "PromulgationAmount")).transpose()?.flatten(),
        pages: other.map(|other| number(other, "PageAmount")).transpose()?.flatten(),
        appendices: lines(other.and_then(|other| child(other, "Appendixes")), "Appendix")?,
        document: line(said, "DocumentId")?.unwrap_or_default(),
        response_for: child(said, "ResponseFor").map(reference).transpose()?,
        business: Business::ALL.into_iter().find(|business| Some(business.number()) == kind).unwrap_or(Business::New),
        reason: business.map(|business| line(business, "BussinessDocReason")).transpose()?.flatten(),
        trace,
        attachments: attachments(root, envelope)?,
    })
}

/// What is attached, in the order of the manifest, if there is one.
fn attachments(root: Node<'_, '_>, envelope: Node<'_, '_>) -> Result<Vec<Attachment>, ReadError> {
    let id = |node| Ok::<_, ReadError>(needed(node, "ContentId")?.trim_start_matches("cid:").to_owned());
    let mut contents = BTreeMap::new();
    for node in children(root).filter(|node| node.tag_name().name() == "AttachmentEncoded") {
        for node in all(node, "Attachment") {
            if contents.len() >= MOST_ATTACHMENTS {
                return Err(ReadError::Wrong(format!("more than {MOST_ATTACHMENTS} files are attached")));
            }
            if contents.insert(id(node)?, node).is_some() {
                return Err(ReadError::Wrong("two files have one ContentId".to_owned()));
            }
        }
    }
    let manifest = child(envelope, "edXMLBody").and_then(|body| child(body, "edXMLManifest"));
    let mut found = Vec::new();
    for reference in manifest.into_iter().flat_map(|manifest| all(manifest, "Reference").collect::<Vec<_>>()) {
        let id = id(reference)?;
        let node =
            contents.remove(&id).ok_or_else(|| ReadError::Wrong("a file of its manifest is not in it".to_owned()))?;
        found.push(attachment(reference, node)?);
    }
    if contents.is_empty() {
        Ok(found)
    } else {
        Err(ReadError::Wrong("a file in it is not in its manifest".to_owned()))
    }
}

fn attachment(reference: Node<'_, '_>, node: Node<'_, '_>) -> Result<Attachment, ReadError> {
    let either = |name: &str| {
        let first = line(reference, name)?;
        Ok::<_, ReadError>(first.or(line(node, name)?))
    };
    Ok(Attachment {
        name: either("AttachmentName")?.unwrap_or_default(),
        media_type: either("ContentType")?.unwrap_or_else(|| "application/octet-stream".to_owned()),
        bytes: base64(child(node, "ContentTransferEncoded").ok_or_else(|| missing("ContentTransferEncoded"))?)?,
    })
}
