//! PDF files (ISO 32000): reading revisions by position, writing incremental updates.
pub mod object;
pub mod source;
