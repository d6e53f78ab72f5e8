//! Outgoing documents: signed so that the log knows of it first; kept with each of their versions.
//!
//! | file | what |
//! | --- | --- |
//! | `sign` | one PDF signed: certificate checked, laid out, logged, proof stapled |
//! | `signer` | whether a certificate may sign now |
//! | `desk` | somebody signs with the key that is theirs |
//! | `verify` | what is handed in, judged with what the data folder holds |
//! | `stored` | documents that the service keeps |

pub mod desk;
pub mod sign;
pub mod signer;
pub mod stored;
pub mod verify;
