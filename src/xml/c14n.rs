//! Canonical form: Canonical XML 1.0 and Exclusive XML Canonicalization 1.0, each with and without comments.

use super::write::{escape_attribute, escape_text};
use super::{XML_NAMESPACE, qualified_name};
use roxmltree::{Node, NodeId, NodeType};

/// Which canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct C14n {
    /// Exclusive C14N: only the namespaces that an element or its attributes use are written.
    pub exclusive: bool,
    /// Comments are kept.
    pub comments: bool,
}

impl C14n {
    /// Exclusive C14N without comments: what this program writes.
    pub const EXCLUSIVE: Self = Self { exclusive: true, comments: false };

    /// The form with this algorithm URI.
    pub fn from_uri(uri: &str) -> Option<Self> {
        let (exclusive, comments) = match uri {
            "http://www.w3.org/2001/10/xml-exc-c14n#" => (true, false),
            "http://www.w3.org/2001/10/xml-exc-c14n#WithComments" => (true, true),
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315" => (false, false),
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments" => (false, true),
            _ => return None,
        };
        Some(Self { exclusive, comments })
    }

    /// Its algorithm URI.
    pub const fn uri(self) -> &'static str {
        match (self.exclusive, self.comments) {
            (true, false) => "http://www.w3.org/2001/10/xml-exc-c14n#",
            (true, true) => "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
            (false, false) => "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
            (false, true) => "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        }
    }
}

/// The canonical form of an element or of the whole document (its document node), without the element
/// `without` and what is in it (the enveloped-signature transform). UTF-8.
///
/// The depth of the recursion is that of the document, which parsing has limited.
pub fn canonicalize(apex: Node<'_, '_>, form: C14n, without: Option<NodeId>) -> String {
    let mut run = Run { form, without, out: String::new(), rendered: Vec::new() };
    if apex.is_root() {
        run.document(apex);
    } else {
        run.node(apex, true);
    }
    run.out
}

struct Run<'a> {
    form: C14n,
    without: Option<NodeId>,
    out: String,
    /// Namespace declarations written by the elements that are open in the output: prefix and URI.
    rendered: Vec<(&'a str, &'a str)>,
}

impl<'a> Run<'a> {
    /// Comments and processing instructions outside the root element are each on a line of their own.
    fn document(&mut self, document: Node<'a, '_>) {
        let mut after_root = false;
        for child in document.children() {
            match child.node_type() {
                NodeType::Element => {
                    self.node(child, true);
                    after_root = true;
                }
                NodeType::PI | NodeType::Comment => {
                    if child.is_comment() && !self.form.comments {
                        continue;
                    }
                    if after_root {
                        self.out.push('\n');
                    }
                    self.node(child, false);
                    if !after_root {
                        self.out.push('\n');
                    }
                }
                NodeType::Root | NodeType::Text => {}
            }
        }
    }

    fn node(&mut self, node: Node<'a, '_>, apex: bool) {
        match node.node_type() {
            NodeType::Element if self.without != Some(node.id()) => self.element(node, apex),
            NodeType::Text => escape_text(&mut self.out, node.text().unwrap_or_default()),
            NodeType::Comment if self.form.comments => {
                self.out.push_str("<!--");
                self.unescaped(node.text().unwrap_or_default());
                self.out.push_str("-->");
            }
            NodeType::PI => {
                if let Some(pi) = node.pi() {
                    self.out.push_str("<?");
                    self.out.push_str(pi.target);
                    if let Some(value) = pi.value.filter(|v| !v.is_empty()) {
                        self.out.push(' ');
                        self.unescaped(value);
                    }
                    self.out.push_str("?>");
                }
            }
            NodeType::Element | NodeType::Comment | NodeType::Root => {}
        }
    }

    /// The text of a comment or processing instruction. The tree keeps their line ends as they were written,
    /// where XML 1.0 section 2.11 makes each a line feed.
    fn unescaped(&mut self, text: &str) {
        self.out.push_str(&text.replace("\r\n", "\n").replace('\r', "\n"));
    }

    fn element(&mut self, node: Node<'a, '_>, apex: bool) {
        let name = qualified_name(node);
        let open = self.rendered.len();
        self.out.push('<');
        self.out.push_str(name);
        if self.form.exclusive {
            self.exclusive_namespaces(node, prefix(name));
        } else {
            self.inclusive_namespaces(node, apex);
        }
        self.attributes(node, apex);
        self.out.push('>');
        for child in node.children() {
            self.node(child, false);
        }
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
        self.rendered.truncate(open);
    }

    /// Exclusive C14N section 3: the prefixes that the element and its attributes visibly use.
    fn exclusive_namespaces(&mut self, node: Node<'a, '_>, element_prefix: &'a str) {
        let mut used = vec![(element_prefix, node.tag_name().namespace().unwrap_or_default())];
        for attribute in node.attributes() {
            let written = node.document().input_text().get(attribute.range_qname()).unwrap_or_default();
            if let (Some((prefix, _)), Some(uri)) = (written.split_once(':'), attribute.namespace()) {
                used.push((prefix, uri));
            }
        }
        self.declare(used);
    }

    /// C14N 1.0 section 2.3: all namespaces in scope that the parent in the output has not declared so already.
    fn inclusive_namespaces(&mut self, node: Node<'a, '_>, apex: bool) {
        // nothing is declared here: the scope is the parent's
        let parent = node.parent_element().filter(|_| !apex);
        if parent.is_some_and(|p| p.namespaces().eq(node.namespaces())) {
            return;
        }
        let mut scope: Vec<_> = node.namespaces().map(|n| (n.name().unwrap_or_default(), n.uri())).collect();
        if !scope.iter().any(|(prefix, _)| prefix.is_empty()) {
            scope.push(("", ""));
        }
        self.declare(scope);
    }

    fn declare(&mut self, mut namespaces: Vec<(&'a str, &'a str)>) {
        namespaces.sort_unstable();
        namespaces.dedup();
        for (prefix, uri) in namespaces {
            let in_force = self.rendered.iter().rev().find(|(p, _)| *p == prefix).map(|(_, uri)| *uri);
            // the empty default namespace is what holds before anything is declared
            if uri == XML_NAMESPACE
                || in_force == Some(uri)
                || (prefix.is_empty() && uri.is_empty() && in_force.is_none())
            {
                continue;
            }
            self.rendered.push((prefix, uri));
            self.out.push_str(" xmlns");
            if !prefix.is_empty() {
                self.out.push(':');
                self.out.push_str(prefix);
            }
            self.out.push_str("=\"");
            escape_attribute(&mut self.out, uri);
            self.out.push('"');
        }
    }

    fn attributes(&mut self, node: Node<'a, '_>, apex: bool) {
        let text = node.document().input_text();
        let mut attributes: Vec<(&str, &str, &str, &str)> = node
            .attributes()
            .map(|a| {
                (a.namespace().unwrap_or_default(), a.name(), text.get(a.range_qname()).unwrap_or_default(), a.value())
            })
            .collect();
        if apex && !self.form.exclusive {
            // C14N 1.0 section 2.4: the apex inherits the xml: attributes of ancestors left out
            for ancestor in node.ancestors().skip(1) {
                for a in ancestor.attributes().filter(|a| a.namespace() == Some(XML_NAMESPACE)) {
                    if !attributes.iter().any(|(ns, name, ..)| *ns == XML_NAMESPACE && *name == a.name()) {
                        let name = text.get(a.range_qname()).unwrap_or_default();
                        attributes.push((XML_NAMESPACE, a.name(), name, a.value()));
                    }
                }
            }
        }
        // by namespace URI, then local name; no namespace comes first
        attributes.sort_unstable();
        for (_, _, name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            escape_attribute(&mut self.out, value);
            self.out.push('"');
        }
    }
}

fn prefix(qualified_name: &str) -> &str {
    qualified_name.split_once(':').map_or("", |(prefix, _)| prefix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::xml::Document;

    const INCLUSIVE: C14n = C14n { exclusive: false, comments: false };

    fn canonical(xml: &str, form: C14n) -> String {
        let document = Document::parse(xml.as_bytes(), &Limits::DEFAULT).unwrap();
        canonicalize(document.node(), form, None)
    }

    fn canonical_of(xml: &str, id: &str, form: C14n) -> String {
        let document = Document::parse(xml.as_bytes(), &Limits::DEFAULT).unwrap();
        canonicalize(document.by_id(id).unwrap(), form, None)
    }

    #[test]
    fn processing_instructions_comments_and_outside_of_document_element() {
        // C14N 1.0 section 3.1
        let xml = "<?xml version=\"1.0\"?>\n\n<?xml-stylesheet   href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n\n\
                   <doc>Hello, world!<!-- Comment 1 --></doc>\n\n<?pi-without-data     ?>\n\n<!-- Comment 2 -->\n\n<!-- Comment 3 -->";
        assert_eq!(
            canonical(xml, INCLUSIVE),
            "<?xml-stylesheet href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n<doc>Hello, world!</doc>\n<?pi-without-data?>"
        );
        assert_eq!(
            canonical(xml, C14n { exclusive: false, comments: true }),
            "<?xml-stylesheet href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n<doc>Hello, world!<!-- Comment 1 --></doc>\n\
             <?pi-without-data?>\n<!-- Comment 2 -->\n<!-- Comment 3 -->"
        );
    }

    #[test]
    fn start_and_end_tags() {
        // C14N 1.0 section 3.3, without its DTD
        let xml = "<doc>\n   <e1   />\n   <e2   ></e2>\n   <e3   name = \"elem3\"   id=\"elem3\"   />\n   \
                   <e5 a:attr=\"out\" b:attr=\"sorted\" attr2=\"all\" attr=\"I'm\"\n      \
                   xmlns:b=\"http://www.ietf.org\"\n      xmlns:a=\"http://www.w3.org\"\n      \
                   xmlns=\"http://example.org\"/>\n   <e6 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n      \
                   <e7 xmlns=\"http://www.ietf.org\">\n         <e8 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n            \
                   <e9 xmlns=\"\" xmlns:a=\"http://www.ietf.org\"/>\n         </e8>\n      </e7>\n   </e6>\n</doc>";
        assert_eq!(
            canonical(xml, INCLUSIVE),
            "<doc>\n   <e1></e1>\n   <e2></e2>\n   <e3 id=\"elem3\" name=\"elem3\"></e3>\n   \
             <e5 xmlns=\"http://example.org\" xmlns:a=\"http://www.w3.org\" xmlns:b=\"http://www.ietf.org\" \
             attr=\"I'm\" attr2=\"all\" b:attr=\"sorted\" a:attr=\"out\"></e5>\n   \
             <e6 xmlns:a=\"http://www.w3.org\">\n      <e7 xmlns=\"http://www.ietf.org\">\n         \
             <e8 xmlns=\"\">\n            <e9 xmlns:a=\"http://www.ietf.org\"></e9>\n         </e8>\n      </e7>\n   </e6>\n</doc>"
        );
    }

    #[test]
    fn character_modifications_and_references() {
        // C14N 1.0 section 3.4, without its DTD
        let xml = "<doc>\r\n   <text>First line&#x0d;&#10;Second line</text>\n   <value>&#x32;</value>\n   \
                   <compute><![CDATA[value>\"0\" && value<\"10\" ?\"valid\":\"error\"]]></compute>\n   \
                   <compute expr='value>\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"'>valid</compute>\n   \
                   <norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/>\n</doc>";
        assert_eq!(
            canonical(xml, INCLUSIVE),
            "<doc>\n   <text>First line&#xD;\nSecond line</text>\n   <value>2</value>\n   \
             <compute>value&gt;\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"</compute>\n   \
             <compute expr=\"value>&quot;0&quot; &amp;&amp; value&lt;&quot;10&quot; ?&quot;valid&quot;:&quot;error&quot;\">valid</compute>\n   \
             <norm attr=\" '    &#xD;&#xA;&#x9;   ' \"></norm>\n</doc>"
        );
    }

    #[test]
    fn exclusive_form_does_not_depend_on_the_context() {
        // Exclusive C14N section 2.2
        let bare = "<n1:elem2 Id='x' xmlns:n1='http://b.example' xml:lang='en'><n3:stuff xmlns:n3='ftp://example.org'/></n1:elem2>";
        let enveloped =
            format!("<n0:pdu xmlns:n0='http://a.example' xmlns:n9='urn:9' xml:space='preserve'>{bare}</n0:pdu>");
        let expected = "<n1:elem2 xmlns:n1=\"http://b.example\" Id=\"x\" xml:lang=\"en\">\
                        <n3:stuff xmlns:n3=\"ftp://example.org\"></n3:stuff></n1:elem2>";
        assert_eq!(canonical_of(bare, "x", C14n::EXCLUSIVE), expected);
        assert_eq!(canonical_of(&enveloped, "x", C14n::EXCLUSIVE), expected);
        assert_eq!(
            canonical_of(&enveloped, "x", INCLUSIVE),
            "<n1:elem2 xmlns:n0=\"http://a.example\" xmlns:n1=\"http://b.example\" xmlns:n9=\"urn:9\" Id=\"x\" \
             xml:lang=\"en\" xml:space=\"preserve\"><n3:stuff xmlns:n3=\"ftp://example.org\"></n3:stuff></n1:elem2>"
        );
    }

    #[test]
    fn the_default_namespace_is_undeclared_where_the_output_needs_it() {
        let xml = "<a xmlns='urn:a'><p:b xmlns:p='urn:p'><c xmlns=''><d/></c></p:b></a>";
        let expected = "<a xmlns=\"urn:a\"><p:b xmlns:p=\"urn:p\"><c xmlns=\"\"><d></d></c></p:b></a>";
        assert_eq!(canonical(xml, C14n::EXCLUSIVE), expected);
        assert_eq!(canonical(xml, INCLUSIVE), expected);
    }

    #[test]
    fn what_is_left_out_leaves_no_trace() {
        let xml = "<a><b/>x<s><t/></s>y</a>";
        let document = Document::parse(xml.as_bytes(), &Limits::DEFAULT).unwrap();
        let s = document.root().children().find(|n| n.has_tag_name("s")).unwrap();
        assert_eq!(canonicalize(document.node(), C14n::EXCLUSIVE, Some(s.id())), "<a><b></b>xy</a>");
    }
}
