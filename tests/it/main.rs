//! One test binary: a file for each behaviour that a user could name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod corpus;
