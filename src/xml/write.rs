//! Writing XML: what is written here is read back as the same characters by every parser.

/// Builds a document as text, element by element.
#[derive(Default)]
pub struct Writer {
    out: String,
}

impl Writer {
    /// An empty document.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts an element with attributes.
    pub fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.out.push('<');
        self.out.push_str(name);
        for (attribute, value) in attributes {
            self.out.push(' ');
            self.out.push_str(attribute);
            self.out.push_str("=\"");
            escape_attribute(&mut self.out, value);
            self.out.push('"');
        }
        self.out.push('>');
    }

    /// Ends an element.
    pub fn end(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// Writes text.
    pub fn text(&mut self, text: &str) {
        escape_text(&mut self.out, text);
    }

    /// Writes an element that contains text only.
    pub fn element(&mut self, name: &str, text: &str) {
        self.start(name, &[]);
        self.text(text);
        self.end(name);
    }

    /// Writes an empty element with attributes, with an end tag as canonical form has it.
    pub fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.end(name);
    }

    /// Writes a piece that is XML already.
    pub fn raw(&mut self, xml: &str) {
        self.out.push_str(xml);
    }

    /// Bytes written so far: where the next piece will begin.
    pub fn position(&self) -> usize {
        self.out.len()
    }

    /// The document.
    pub fn finish(self) -> String {
        self.out
    }
}

/// Escapes text the way canonical form does (C14N 1.0 section 2.3), so that it is the same after a round trip.
pub fn escape_text(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#xD;"),
            c => out.push(c),
        }
    }
}

/// Escapes an attribute value the way canonical form does (C14N 1.0 section 2.3).
pub fn escape_attribute(out: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            c => out.push(c),
        }
    }
}

/// Whether a character may be in an XML 1.0 document at all (production 2, Char).
pub fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}
