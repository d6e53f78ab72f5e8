//! What hostile input may cost, in one place. Every parser takes its limits from here.
//!
//! The table below states them, with their defaults. The settings may lower each one (`[limits]` in `dauson.toml`), and raise
//! none: what is promised about hostile input holds for the defaults.

use std::sync::OnceLock;

/// Declares the limits: name, type, default, meaning.
macro_rules! limits {
    ($($name:ident: $type:ty = $default:expr, $doc:literal;)*) => {
        /// Limits of the parsers. The defaults let every honest file through that was seen in years of
        /// corpora, and keep a verification under 2 s and 300 MB whatever the input.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Limits {
            $(#[doc = $doc] pub $name: $type,)*
        }

        impl Limits {
            /// The limits in force unless they are lowered.
            pub const DEFAULT: Self = Self { $($name: $default,)* };

            /// Every limit: its key in the settings, and what it means.
            pub const TABLE: &[(&'static str, &'static str)] = &[$((concat!("limits.", stringify!($name)), $doc),)*];

            /// The value of a limit, by its key.
            pub fn get(&self, key: &str) -> Option<u64> {
                match key {
                    $(concat!("limits.", stringify!($name)) => u64::try_from(self.$name).ok(),)*
                    _ => None,
                }
            }

            /// Lowers a limit; an error says why it cannot be that value.
            pub fn lower(&mut self, key: &str, value: u64) -> Result<(), String> {
                match key {
                    $(concat!("limits.", stringify!($name)) => {
                        let most = Self::DEFAULT.$name;
                        match <$type>::try_from(value) {
                            Ok(value) if value >= 1 && value <= most => self.$name = value,
                            _ => return Err(format!("a limit can be lowered only: from 1 to {most}")),
                        }
                    })*
                    _ => return Err("there is no such limit".to_owned()),
                }
                Ok(())
            }
        }
    };
}

limits! {
    pdf_depth: usize = 100,
        "Nesting of PDF arrays and dictionaries (ISO 32000 sets none; honest files stay under 30).";
    pdf_elements: usize = 1_000_000,
        "Elements in one PDF array or dictionary.";
    pdf_object_bytes: usize = 16 << 20,
        "Bytes of one PDF object without its stream data.";
    pdf_revisions: usize = 1_000,
        "Revisions (cross-reference sections) of one PDF.";
    pdf_objects: u32 = 8_388_607,
        "Highest object number (ISO 32000-2 Annex C: 8,388,607 was the old architectural limit).";
    pdf_stream_bytes: usize = 64 << 20,
        "Bytes that one stream may decompress to.";
    pdf_work_bytes: u64 = 256 << 20,
        "Bytes of one PDF that are parsed as objects or looked through for a word, in all: objects can lie in each other and be asked for again and again.";
    pdf_decoded_bytes: u64 = 192 << 20,
        "Bytes that come out of the streams of one PDF in all, however often they are asked for.";
    pdf_object_stream_bytes: usize = 16 << 20,
        "Bytes that one object stream may decompress to.";
    pdf_xref_bytes: usize = 64 << 20,
        "Bytes of decoded cross-references that one PDF may have.";
    pdf_cache_bytes: usize = 16 << 20,
        "Bytes that each view of a document keeps of objects, and of object streams, that it has read.";
    pdf_filters: usize = 8,
        "Filters in the chain of one stream.";
    pdf_tree_nodes: usize = 200_000,
        "Nodes visited in a page tree or field tree.";
    pdf_tree_depth: usize = 200,
        "Depth of a page tree or field tree.";
    pdf_signatures: usize = 1_000,
        "Signatures in one PDF.";
    pdf_compared_values: usize = 1_000_000,
        "Values of one PDF that are compared from revision to revision.";
    pdf_references: usize = 3_000_000,
        "References of one PDF that are looked at to find where a changed object is used.";
    pdf_xref_entries: usize = 5_000_000,
        "Cross-reference entries of all revisions of one PDF that are looked at.";
    png_pixels: usize = 16_000_000,
        "Pixels of one PNG image.";
    photo_pixels: usize = 26_000_000,
        "Pixels of one photograph in which QR codes are looked for.";
    photo_seconds: u64 = 4,
        "Seconds of processor time that looking for QR codes in one photograph may take.";
    render_pixels: u32 = 4_000_000,
        "Pixels of the picture of one page.";
    render_bytes: u32 = 1 << 30,
        "Bytes of memory that drawing pages may take, beside what the file takes.";
    render_seconds: u64 = 20,
        "Seconds that drawing one page may take.";
    compared_pages: usize = 100,
        "Pages of one PDF that are drawn to be compared.";
    compared_seconds: u64 = 180,
        "Seconds that drawing the pages of one PDF to be compared may take in all.";
    cms_bytes: usize = 8 << 20,
        "Bytes of one CMS, and of one signature's `/Contents`.";
    der_depth: usize = 64,
        "Depth of a DER or BER value.";
    der_elements: usize = 10_000,
        "Values that one DER or BER value of a CMS may consist of (certificates, attributes, their values).";
    path_steps: usize = 2_000,
        "Certificates looked at while one path is built (the budget of a path building).";
    path_signatures: usize = 300,
        "Signatures of certificates, revocation lists and OCSP responses verified for one path.";
    path_length: usize = 20,
        "Longest certificate path.";
    xml_bytes: usize = 16 << 20,
        "Bytes of one XML document.";
    xml_nodes: u32 = 200_000,
        "Nodes of one XML document.";
    xml_depth: usize = 100,
        "Depth of one XML document.";
    xml_attributes: usize = 10_000,
        "Attributes of one XML document, namespace declarations included.";
    xml_namespaces: usize = 256,
        "Namespace declarations of one XML document.";
    xml_signatures: usize = 16,
        "Signatures in one XML document.";
    qr_bytes: usize = 2_000,
        "Bytes of the text of one QR code.";
    tlog_note_bytes: usize = 1 << 20,
        "Bytes of one signed note, and so of one checkpoint.";
    tlog_note_signatures: usize = 100,
        "Signatures of one signed note (C2SP signed-note: at least 16).";
    tlog_entries: u64 = 1 << 32,
        "Entries of a log that an audit reads: what claims more is nobody's log.";
    tlog_proof_bytes: usize = 2 << 20,
        "Bytes of one log proof, its checkpoint included.";
}

static IN_FORCE: OnceLock<Limits> = OnceLock::new();

impl Limits {
    /// The limits of this process: the defaults, or those that its settings lowered.
    pub fn in_force() -> &'static Self {
        IN_FORCE.get().unwrap_or(&Self::DEFAULT)
    }

    /// Sets the limits of this process, once, before anything is read.
    pub fn put_in_force(self) {
        // a second time in one process: the first stays
        let _ = IN_FORCE.set(self);
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
