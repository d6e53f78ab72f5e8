//! The signing agent: signs on the officer's computer, where the key is, what a web page asks for and the officer agrees to.
//!
//! It listens on the loopback address only. The protocol (JSON; `/v1` stays as it is, what changes gets another number):
//!
//! | request | answer |
//! | --- | --- |
//! | `GET /v1/info` | what answers |
//! | `POST /v1/certificates` `{}` | the certificates that it signs with |
//! | `POST /v1/sign` | the signature value, once the officer has agreed |
//!
//! | file | what |
//! | --- | --- |
//! | `router` | the requests; what must be so before any of them is looked at |
//! | `origins` | which web pages may ask |
//! | `checked` | what is to be signed, held against what is shown |
//! | `consent` | asking the officer |

mod checked;
mod consent;
mod origins;
mod router;

pub use consent::Consent;
pub use origins::{Origin, Origins};
pub use router::{Agent, router};
