//! XML documents as signatures need them: parsing within limits, canonical form (C14N 1.0 and exclusive
//! C14N), XML-DSig signatures (XMLDSIG Core 1.1) and writing with correct escapes.
//!
//! DTDs are never read, so there are no entities, no default attributes and no external references.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

pub mod c14n;
pub mod dsig;
pub mod write;

use crate::limits::Limits;
pub use roxmltree::Node;
use roxmltree::{NodeId, ParsingOptions};
use std::collections::HashMap;

/// The namespace of the `xml:` prefix.
pub const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// What can be wrong with an XML document or an XML-DSig signature in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// The document is larger than `Limits::xml_bytes`.
    #[error("the document has {bytes} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The document is not UTF-8, or says it is something else.
    #[error("the document is not UTF-8")]
    NotUtf8,
    /// The document has a document type declaration; they are never read.
    #[error("the document has a document type declaration, which is refused")]
    Dtd,
    /// The document has more of something than a limit permits.
    #[error("the document has more than {limit} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The document is not well-formed XML with namespaces.
    #[error("not well-formed XML: {0}")]
    NotWellFormed(String),
    /// An element that must be there is not.
    #[error("{parent} has no {child}")]
    Missing {
        /// The element that should contain it.
        parent: String,
        /// What is missing.
        child: &'static str,
    },
    /// An element is where the schema has none, or it is there more than once.
    #[error("{parent} has an unexpected {child}")]
    Unexpected {
        /// The element that contains it.
        parent: String,
        /// What should not be there.
        child: String,
    },
    /// A value is not of its type (base64, date, number).
    #[error("{element} has a value that is not {expected}")]
    BadValue {
        /// The element or attribute.
        element: String,
        /// The type.
        expected: &'static str,
    },
    /// An algorithm that is not recognised.
    #[error("{element} names an algorithm that is not known: {uri}")]
    UnknownAlgorithm {
        /// The element that names it.
        element: &'static str,
        /// Its URI, cut to a readable length.
        uri: String,
    },
    /// A reference points outside the document or to an Id that is not there.
    #[error("the reference {0:?} does not lead to an element of this document")]
    NotFound(String),
    /// Two elements have the Id that a reference names (signature wrapping).
    #[error("the Id {0:?} is there more than once")]
    AmbiguousId(String),
}

/// A parsed document with its Ids.
pub struct Document<'input> {
    tree: roxmltree::Document<'input>,
    ids: HashMap<&'input str, Vec<NodeId>>,
}

impl<'input> Document<'input> {
    /// Parses a document within the limits. A DTD is refused.
    pub fn parse(bytes: &'input [u8], limits: &Limits) -> Result<Self, XmlError> {
        if bytes.len() > limits.xml_bytes {
            return Err(XmlError::TooLarge { bytes: bytes.len(), limit: limits.xml_bytes });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| XmlError::NotUtf8)?;
        refuse_other_encoding(text)?;
        limit_attributes(bytes, limits)?;
        let options = ParsingOptions { nodes_limit: limits.xml_nodes, ..ParsingOptions::default() };
        let tree = roxmltree::Document::parse_with_options(text, options).map_err(|error| match error {
            roxmltree::Error::DtdDetected => XmlError::Dtd,
            roxmltree::Error::NodesLimitReached => {
                XmlError::TooMany { what: "nodes", limit: usize::try_from(limits.xml_nodes).unwrap_or(usize::MAX) }
            }
            other => XmlError::NotWellFormed(other.to_string().chars().take(200).collect()),
        })?;
        limit_depth(&tree, limits)?;
        let ids = collect_ids(&tree);
        Ok(Self { tree, ids })
    }

    /// The document node, parent of the root element.
    pub fn node(&self) -> Node<'_, 'input> {
        self.tree.root()
    }

    /// The root element.
    pub fn root(&self) -> Node<'_, 'input> {
        self.tree.root_element()
    }

    /// The one element with this Id: an attribute `Id`, `ID`, `id` or `xml:id`. Two with the same are an error,
    /// since a verifier and a reader could take different ones.
    pub fn by_id(&self, id: &str) -> Result<Node<'_, 'input>, XmlError> {
        match self.ids.get(id).map(Vec::as_slice) {
            Some([one]) => self.tree.get_node(*one).ok_or_else(|| XmlError::NotFound(shorten(id))),
            Some([_, ..]) => Err(XmlError::AmbiguousId(shorten(id))),
            _ => Err(XmlError::NotFound(shorten(id))),
        }
    }

    /// An Id that two elements have, if there is one, whether or not anything refers to it: what reads the document
    /// may go by it.
    pub fn repeated_id(&self) -> Option<&'input str> {
        self.ids.iter().filter(|(_, nodes)| nodes.len() > 1).map(|(id, _)| *id).min()
    }
}

/// The encoding declaration must not contradict the bytes: another reader would see other characters.
fn refuse_other_encoding(text: &str) -> Result<(), XmlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some((declaration, _)) = text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")) else {
        return Ok(());
    };
    match declaration.split_once("encoding") {
        Some((_, value)) => {
            let value = value.trim_start().trim_start_matches('=').trim_start().trim_start_matches(['"', '\'']);
            let name: String = value.chars().take_while(|c| !matches!(c, '"' | '\'')).collect();
            if name.eq_ignore_ascii_case("utf-8") { Ok(()) } else { Err(XmlError::NotUtf8) }
        }
        None => Ok(()),
    }
}

/// Bounds attributes and namespace declarations before the parser sees them: it compares each attribute with
/// the others of its element, and copies the namespaces in scope for each element that declares one.
/// Text that looks like an attribute counts too, which only makes the bound stricter.
fn limit_attributes(bytes: &[u8], limits: &Limits) -> Result<(), XmlError> {
    let mut attributes = 0_usize;
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|b| *b == b'=') {
        rest = rest.get(at.saturating_add(1)..).unwrap_or_default().trim_ascii_start();
        if rest.first().is_some_and(|b| matches!(b, b'"' | b'\'')) {
            attributes = attributes.saturating_add(1);
        }
    }
    if attributes > limits.xml_attributes {
        return Err(XmlError::TooMany { what: "attributes", limit: limits.xml_attributes });
    }
    let namespaces = bytes.windows(5).filter(|w| w == b"xmlns").count();
    if namespaces > limits.xml_namespaces {
        return Err(XmlError::TooMany { what: "namespace declarations", limit: limits.xml_namespaces });
    }
    Ok(())
}

fn limit_depth(tree: &roxmltree::Document<'_>, limits: &Limits) -> Result<(), XmlError> {
    let mut depth = 0_usize;
    let mut node = tree.root();
    loop {
        if let Some(child) = node.first_child() {
            depth = depth.saturating_add(1);
            if depth > limits.xml_depth {
                return Err(XmlError::TooMany { what: "levels", limit: limits.xml_depth });
            }
            node = child;
            continue;
        }
        // up until there is a next sibling
        while node.next_sibling().is_none() {
            match node.parent() {
                Some(parent) => node = parent,
                None => return Ok(()),
            }
            depth = depth.saturating_sub(1);
        }
        match node.next_sibling() {
            Some(sibling) => node = sibling,
            None => return Ok(()),
        }
    }
}

fn collect_ids<'input>(tree: &roxmltree::Document<'input>) -> HashMap<&'input str, Vec<NodeId>> {
    let text = tree.input_text();
    let mut ids: HashMap<&'input str, Vec<NodeId>> = HashMap::new();
    for node in tree.descendants().filter(Node::is_element) {
        for attribute in node.attributes() {
            let is_id = match attribute.namespace() {
                None => matches!(attribute.name(), "Id" | "ID" | "id"),
                Some(namespace) => namespace == XML_NAMESPACE && attribute.name() == "id",
            };
            // the raw text of the value: an Id written with character references is none that we honour
            if let (true, Some(raw)) = (is_id, text.get(attribute.range_value())) {
                ids.entry(raw).or_default().push(node.id());
            }
        }
    }
    ids
}

/// An untrusted text cut to a length that fits in a message.
pub(crate) fn shorten(text: &str) -> String {
    text.chars().take(120).collect()
}

/// `prefix:name` of an element as it was written, for messages and canonical form.
pub(crate) fn qualified_name<'input>(node: Node<'_, 'input>) -> &'input str {
    let written = node.document().input_text().get(node.range()).unwrap_or_default();
    let name = written.strip_prefix('<').unwrap_or_default();
    name.split([' ', '\t', '\r', '\n', '/', '>']).next().unwrap_or_default()
}

/// The child elements.
pub fn children<'a, 'input>(parent: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    parent.children().filter(Node::is_element)
}

/// The only child element with this name, if there is one; two are an error.
pub fn optional<'a, 'input>(
    parent: Node<'a, 'input>,
    namespace: &str,
    name: &'static str,
) -> Result<Option<Node<'a, 'input>>, XmlError> {
    let mut found = children(parent).filter(|n| n.has_tag_name((namespace, name)));
    let first = found.next();
    match found.next() {
        Some(_) => {
            Err(XmlError::Unexpected { parent: shorten(qualified_name(parent)), child: format!("second {name}") })
        }
        None => Ok(first),
    }
}

/// The only child element with this name.
pub fn required<'a, 'input>(
    parent: Node<'a, 'input>,
    namespace: &str,
    name: &'static str,
) -> Result<Node<'a, 'input>, XmlError> {
    optional(parent, namespace, name)?
        .ok_or_else(|| XmlError::Missing { parent: shorten(qualified_name(parent)), child: name })
}

/// The text of an element that contains text only, its pieces joined (a comment splits text, and a reader that
/// took only the first piece would see another value).
pub fn text(node: Node<'_, '_>) -> Result<String, XmlError> {
    let mut out = String::new();
    for child in node.children() {
        if child.is_text() {
            out.push_str(child.text().unwrap_or_default());
        } else if !child.is_comment() {
            return Err(XmlError::BadValue { element: shorten(qualified_name(node)), expected: "text" });
        }
    }
    Ok(out)
}

/// The bytes of an element with base64 content (xs:base64Binary: white space is skipped).
pub fn base64(node: Node<'_, '_>) -> Result<Vec<u8>, XmlError> {
    use base64::Engine as _;
    let mut written = text(node)?;
    written.retain(|c| !matches!(c, ' ' | '\t' | '\r' | '\n'));
    base64::engine::general_purpose::STANDARD
        .decode(written)
        .map_err(|_| XmlError::BadValue { element: shorten(qualified_name(node)), expected: "base64" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    fn refused(xml: &[u8]) -> XmlError {
        Document::parse(xml, &Limits::DEFAULT).err().unwrap()
    }

    #[test]
    fn dtds_and_other_encodings_are_refused() {
        assert_eq!(refused(b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"), XmlError::Dtd);
        assert_eq!(refused(b"<!DOCTYPE a><a/>"), XmlError::Dtd);
        assert_eq!(refused(b"<?xml version='1.0' encoding='UTF-16'?><a/>"), XmlError::NotUtf8);
        assert_eq!(refused(b"\xff\xfe<\0a\0/\0>\0"), XmlError::NotUtf8);
        assert!(Document::parse(b"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?><a/>", &Limits::DEFAULT).is_ok());
    }

    #[test]
    fn work_is_bounded_whatever_the_input() {
        let deep = "<a>".repeat(100_000) + &"</a>".repeat(100_000);
        assert!(matches!(refused(deep.as_bytes()), XmlError::TooMany { what: "levels", .. }));
        let wide = format!("<a>{}</a>", "<b/>".repeat(300_000));
        assert!(matches!(refused(wide.as_bytes()), XmlError::TooMany { what: "nodes", .. }));
        let mut attributes = String::from("<a");
        for i in 0..100_000 {
            let _ = write!(attributes, " a{i} = '1'");
        }
        assert!(matches!(refused((attributes + "/>").as_bytes()), XmlError::TooMany { what: "attributes", .. }));
        let namespaces = format!("<a>{}</a>", "<b xmlns:x='y'/>".repeat(5_000));
        assert!(matches!(refused(namespaces.as_bytes()), XmlError::TooMany { .. }));
        let large = vec![b' '; Limits::DEFAULT.xml_bytes + 1];
        assert!(matches!(refused(&large), XmlError::TooLarge { .. }));
    }

    #[test]
    fn an_id_is_found_once_or_refused() {
        let document =
            Document::parse(b"<a Id='x'><b id='y'/><c xml:id='z'/><d ID='y'/></a>", &Limits::DEFAULT).unwrap();
        assert_eq!(document.by_id("x").unwrap().tag_name().name(), "a");
        assert_eq!(document.by_id("z").unwrap().tag_name().name(), "c");
        assert_eq!(document.by_id("y").err(), Some(XmlError::AmbiguousId("y".into())));
        assert_eq!(document.by_id("w").err(), Some(XmlError::NotFound("w".into())));
    }

    #[test]
    fn text_split_by_a_comment_is_read_whole() {
        let document = Document::parse(b"<a>12<!-- -->34<![CDATA[5]]></a>", &Limits::DEFAULT).unwrap();
        assert_eq!(text(document.root()).unwrap(), "12345");
    }
}
