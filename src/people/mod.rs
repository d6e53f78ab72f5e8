//! Units and who may do what in them: roles, permissions, tokens; the key store.
//!
//! | file | what |
//! | --- | --- |
//! | `permissions` | the one table of roles and what they permit |
//! | `tokens` | bearer tokens of the API |
//! | `units` | the agencies |
//! | `tree` | the same as an administrator sees them |
//! | `names` | whose pseudonyms are in the log |
//! | `users` | people who sign in, what they are in a unit, their sessions |
//! | `keys` | the key store: signing keys sealed under the master key |

pub mod keys;
pub mod names;
pub mod permissions;
pub mod tokens;
pub mod tree;
pub mod units;
pub mod users;

use crate::error::{Error, Kind, Result};

/// Longest identifier of a unit or name of a key.
const LONGEST_NAME: usize = 64;

/// An identifier of a unit, a key: small letters, digits, `-`, `.` and `_`.
fn check_name(what: &str, name: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(c);
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(fits) {
        let why = format!("a name has 1 to {LONGEST_NAME} small letters, digits, -, . and _");
        return Err(Error::new(Kind::Usage, "people.name", format!("{what} {name:?}"), why));
    }
    Ok(())
}

/// Whether a name or title can be printed: 1 to 200 bytes, no characters that control or turn the direction of writing, not white space alone.
fn is_printable(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= 200 && crate::error::plain(text) == text
}

/// The error for a thing of which there is none.
pub fn not_found(what: &str, name: &str) -> Error {
    Error::new(Kind::NotFound, "people.not_found", format!("{what} {name}"), "there is none of that name")
}
