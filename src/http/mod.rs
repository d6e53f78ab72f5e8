//! The HTTP face: what other programs, browsers, monitors and auditors reach over the network.
//!
//! An endpoint is one short function: who is it, load, act, answer; its OpenAPI stands above it.
//!
//! | file | what |
//! | --- | --- |
//! | `router`, `openapi` | which path leads where; the OpenAPI document |
//! | `server` | connections: slow clients, the end of the program |
//! | `background` | what it does beside answering |
//! | `around` | what surrounds every request: its turn, its time, its identifier, headers, counting |
//! | `house` | what all requests share |
//! | `auth` | whose token or session it is |
//! | `problem` | errors as they are told (RFC 9457) |
//! | `body`, `query`, `repeat`, `file` | bodies in, parameters and cursors, requests that are sent again, files out |
//! | `documents`, `sign`, `deferred`, `verify`, `receipts`, `reports`, `figures`, `sent`, `shifts`, `keys`, `session`, `passkeys`, `oidc`, `users`, `units`, `audit` | the API, a file a resource |
//! | `outgoing`, `incoming`, `registers`, `exchange` | official documents out and in, their registers, delegations; edXML |
//! | `csc` | the API of the Cloud Signature Consortium: digests signed for other programs |
//! | `log` | the log as tiles, for anybody |
//! | `witness` | watching the logs of others |
//! | `authority` | the built-in authority: time-stamps, OCSP, revocation lists, CA certificates |
//! | `health` | whether it works, and how much |
//! | `pages` | what a citizen sees: checking a file, checking a receipt; the API for developers |

mod around;
mod audit;
mod auth;
mod authority;
mod background;
mod body;
mod csc;
mod deferred;
mod documents;
mod exchange;
mod fees;
mod figures;
mod file;
mod health;
mod house;
mod images;
mod incoming;
mod keys;
mod legacy;
mod log;
mod oidc;
mod openapi;
mod outgoing;
mod pages;
mod passkeys;
mod problem;
mod query;
mod receipts;
mod registers;
mod repeat;
mod reports;
mod router;
mod sent;
mod server;
mod session;
mod shifts;
mod sign;
mod units;
mod users;
mod verify;
mod witness;

pub use body::json;
pub use house::House;
pub use pages::html;
pub use problem::{Answer, Problem};
pub use router::router;
pub use server::{answer, serve};
