//! Who is believed, and when: certificates, paths, revocation (RFC 5280, RFC 6960), algorithms.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

pub mod crypto;
