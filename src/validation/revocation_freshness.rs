//! Revocation freshness checker (clause 5.2.5). The validation policy sets no maximum of its own, so that revocation data is
//! fresh until the next is due, by its own account: until nextUpdate.

use crate::pki::path::Statement;
use time::OffsetDateTime;

/// Whether it says enough for a time.
pub fn is_fresh(statement: &Statement, at: OffsetDateTime) -> bool {
    statement.next_update >= at
}
