//! Every published class of attacks on signed PDFs, in several variants each, built from a freshly signed file; and of each
//! its honest twin, which has to pass.
//!
//! | file | attacks |
//! | --- | --- |
//! | `revisions` | cross-references and objects that readers disagree about |
//! | `readers_differ` | revisions that one reader takes so, another otherwise |
//! | `repair` | readers are sent through the whole file, where other objects lie in wait |
//! | `wrapping` | signature wrapping: the signed bytes are moved, others lie in their place (SWA) |
//! | `forgery` | universal signature forgery: `/Contents` and `/ByteRange` are missing or odd (USF) |
//! | `saving` | incremental saving: more is appended (ISA) |
//! | `shadow` | what was signed had something to hide, replace, or both |
//! | `certified` | evil annotations, sneaky signatures, certified documents |
//! | `containers` | CMS: algorithms, signers, attributes, certificates |
//! | `hiding` | structure, description and names of what is there |
//! | `defaults` | what fields are drawn with, and what they show |
//!
//! `extract`: the signed file is given back whatever came later.
#![allow(clippy::format_push_string)]

mod certified;
mod compare;
mod containers;
mod defaults;
mod extract;
mod forgery;
mod hiding;
pub mod lab;
mod readers_differ;
mod repair;
mod revisions;
mod saving;
mod shadow;
mod wrapping;
