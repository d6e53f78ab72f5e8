//! Revocation freshness checker (clause 5.2.5). The validation policy sets no maximum of its own, so that revocation data is
//! fresh until the next is due, by its own account: until nextUpdate.

use super::report::Remark;
use super::x509_validation::X509Validation;
use crate::messages;
use crate::pki::certificate::Certificate;
use crate::pki::path::Statement;
use time::OffsetDateTime;

/// Whether it says enough for a time.
pub fn is_fresh(statement: &Statement, at: OffsetDateTime) -> bool {
    statement.next_update >= at
}

/// What the reader should know where all that is known of the signer's revocation was said before the signature was made.
pub fn older(chain: &[Certificate], best: OffsetDateTime, x509: &X509Validation<'_>) -> Option<Remark> {
    let signer = chain.first().filter(|c| x509.needs_revocation_data(c))?;
    let latest = x509.statements(chain, 0).first()?.this_update;
    let message = || {
        format!(
            "what is known of the revocation of {} is of {}, before the time-stamp: a revocation between the two would not be \
             known",
            signer.display(),
            messages::at(latest)
        )
    };
    (latest < best).then(|| Remark { code: "REVOCATION_DATA_OLDER", message: message() })
}
