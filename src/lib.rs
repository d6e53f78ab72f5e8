//! Dauson signs and verifies official PDF documents, issues signed electronic fee receipts, and
//! keeps an audit log of every signature that nobody can quietly rewrite.
//!
//! The house, top to bottom; a floor knows only the floors below it.

// Tests may panic, index and cast: that is how they fail. The library itself is linted without `test`.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        clippy::too_many_lines
    )
)]

// ── words every floor shares
pub mod digest;
pub mod error;
pub mod indication;
pub mod limits;
pub mod messages;
pub mod output;
pub mod parallel;
pub mod secret;
// ── formats: bytes in, bytes out; no clock, no async
pub mod cms;
pub mod drawing;
pub mod pdf;
pub mod render;
pub mod tlog;
pub mod xml;
// ── trust: who is believed, and when
pub mod keys;
pub mod pki;
// ── the network: what fetches, and what is asked of TSAs and CAs
pub mod net;
// ── signatures: standards in code; no database, no network but what is passed in
pub mod authority;
pub mod pades;
pub mod validation;
pub mod xades;
// ── what is kept, and the record of every act
pub mod audit;
pub mod auditor;
pub mod data_folder;
pub mod store;
// ── the office: what an agency does, as use cases
pub mod documents;
pub mod people;
pub mod receipts;
pub mod reform;
pub mod registry;
pub mod reports;
pub mod trust_services;
// ── faces: what people and programs touch
pub mod agent;
pub mod cli;
pub mod config;
pub mod http;
