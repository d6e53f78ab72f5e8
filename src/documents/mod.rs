//! Outgoing documents: signed so that the log knows of it first; kept with each of their versions.
//!
//! | file | what |
//! | --- | --- |
//! | `sign` | one PDF signed: laid out, logged, proof stapled, time-stamped |
//! | `signer` | whether a certificate may sign now |
//! | `appearances` | what is seen of signatures on official documents, and where |
//! | `extend` | the level of signatures raised, their archive renewed |
//! | `extend_xml` | the same of XML signatures |
//! | `draft` | a file that grows by validation data and document time-stamps before it appears |
//! | `services` | what TSAs and CAs are asked |
//! | `desk` | somebody signs with the key that is theirs |
//! | `hashes` | digests of other programs, signed as they were authorised |
//! | `handed_in` | documents of other programs, signed as they were authorised |
//! | `verify` | what is handed in, judged with what the data folder holds |
//! | `record` | what was found in a file, entered into the log |
//! | `validation_certificate` | what was found in a file, on one page |
//! | `compare` | what was signed beside what a PDF is now, as pictures |
//! | `pictures` | pages as pictures, drawn in a process of its own |
//! | `convert` | documents of word processors made PDFs, by LibreOffice in processes of its own |
//! | `deferred` | PDFs signed by keys that are elsewhere |
//! | `stored` | documents that the service keeps |

pub mod appearances;
pub mod compare;
pub mod convert;
pub mod deferred;
pub mod desk;
mod draft;
pub mod extend;
mod extend_xml;
pub mod handed_in;
pub mod hashes;
pub mod pictures;
pub mod record;
pub mod services;
pub mod sign;
pub mod signer;
pub mod stored;
pub mod validation_certificate;
pub mod verify;
