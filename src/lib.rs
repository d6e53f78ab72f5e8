//! Dauson signs and verifies official PDF documents, issues signed electronic fee receipts, and
//! keeps an audit log of every signature that nobody can quietly rewrite.
//!
//! The house, top to bottom; a floor knows only the floors below it.

// ── words every floor shares
pub mod digest;
pub mod error;
pub mod limits;
// ── formats: bytes in, bytes out; no clock, no async
pub mod pdf;
