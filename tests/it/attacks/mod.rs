//! Every published class of attacks on signed PDFs, in several variants each, built from a freshly signed file; and of each
//! its honest twin, which has to pass.
//!
//! | file | attacks |
//! | --- | --- |
//! | `revisions` | cross-references and objects that readers disagree about |
#![allow(clippy::format_push_string)]

mod lab;
mod revisions;
