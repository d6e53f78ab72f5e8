//! What hostile input may cost, in one place. Every parser takes its limits from here.

/// Limits of the parsers. The defaults let every honest file through that was seen in years of
/// corpora, and keep a verification under 2 s and 300 MB whatever the input.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Nesting of PDF arrays and dictionaries (ISO 32000 sets none; honest files stay under 30).
    pub pdf_depth: usize,
    /// Elements in one PDF array or dictionary.
    pub pdf_elements: usize,
    /// Bytes of one PDF object without its stream data.
    pub pdf_object_bytes: usize,
    /// Revisions (cross-reference sections) of one PDF.
    pub pdf_revisions: usize,
    /// Highest object number (ISO 32000-2 Annex C: 8,388,607 was the old architectural limit).
    pub pdf_objects: u32,
    /// Bytes that one stream may decompress to.
    pub pdf_stream_bytes: usize,
    /// Bytes of one PDF that are parsed as objects or looked through for a word, in all: objects can lie in each other
    /// and be asked for again and again.
    pub pdf_work_bytes: u64,
    /// Bytes that come out of the streams of one PDF in all, however often they are asked for.
    pub pdf_decoded_bytes: u64,
    /// Bytes that one object stream may decompress to.
    pub pdf_object_stream_bytes: usize,
    /// Bytes of decoded cross-references that one PDF may have.
    pub pdf_xref_bytes: usize,
    /// Bytes that each view of a document keeps of objects, and of object streams, that it has read.
    pub pdf_cache_bytes: usize,
    /// Filters in the chain of one stream.
    pub pdf_filters: usize,
    /// Nodes visited in a page tree or field tree.
    pub pdf_tree_nodes: usize,
    /// Depth of a page tree or field tree.
    pub pdf_tree_depth: usize,
    /// Signatures in one PDF.
    pub pdf_signatures: usize,
    /// Bytes of one CMS, and of one signature's `/Contents`.
    pub cms_bytes: usize,
    /// Depth of a DER or BER value.
    pub der_depth: usize,
    /// Values that one DER or BER value of a CMS may consist of (certificates, attributes, their values).
    pub der_elements: usize,
    /// Certificates looked at while one path is built (the budget of a path building).
    pub path_steps: usize,
    /// Signatures of certificates, revocation lists and OCSP responses verified for one path.
    pub path_signatures: usize,
    /// Longest certificate path.
    pub path_length: usize,
    /// Bytes of one XML document.
    pub xml_bytes: usize,
    /// Nodes of one XML document.
    pub xml_nodes: u32,
    /// Depth of one XML document.
    pub xml_depth: usize,
    /// Attributes of one XML document, namespace declarations included.
    pub xml_attributes: usize,
    /// Namespace declarations of one XML document.
    pub xml_namespaces: usize,
    /// Signatures in one XML document.
    pub xml_signatures: usize,
    /// Bytes of one signed note, and so of one checkpoint.
    pub tlog_note_bytes: usize,
    /// Signatures of one signed note (C2SP signed-note: at least 16).
    pub tlog_note_signatures: usize,
    /// Bytes of one log proof, its checkpoint included.
    pub tlog_proof_bytes: usize,
}

impl Limits {
    /// The limits in force unless a caller lowers them.
    pub const DEFAULT: Self = Self {
        pdf_depth: 100,
        pdf_elements: 1_000_000,
        pdf_object_bytes: 16 << 20,
        pdf_revisions: 1_000,
        pdf_objects: 8_388_607,
        pdf_stream_bytes: 64 << 20,
        pdf_work_bytes: 256 << 20,
        pdf_decoded_bytes: 192 << 20,
        pdf_object_stream_bytes: 16 << 20,
        pdf_xref_bytes: 64 << 20,
        pdf_cache_bytes: 16 << 20,
        pdf_filters: 8,
        pdf_tree_nodes: 200_000,
        pdf_tree_depth: 200,
        pdf_signatures: 1_000,
        cms_bytes: 8 << 20,
        der_depth: 64,
        der_elements: 10_000,
        path_steps: 2_000,
        path_signatures: 300,
        path_length: 20,
        xml_bytes: 16 << 20,
        xml_nodes: 200_000,
        xml_depth: 100,
        xml_attributes: 10_000,
        xml_namespaces: 256,
        xml_signatures: 16,
        tlog_note_bytes: 1 << 20,
        tlog_note_signatures: 100,
        tlog_proof_bytes: 2 << 20,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
