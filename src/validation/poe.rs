//! Proofs of existence (POEs): when an object is proven to have existed, whether a signature, a time-stamp, a certificate or
//! revocation data. All existed at the validation time (clause 5.6.3.4 step 2).

use std::collections::HashMap;
use time::OffsetDateTime;

/// What a proof is about: SHA-256 of a certificate or revocation data in DER, or of a signature value.
pub type Identity = [u8; 32];

/// Proofs kept of one object.
const MOST: usize = 64;

/// The set of POEs.
#[derive(Debug)]
pub struct ProofsOfExistence {
    now: OffsetDateTime,
    times: HashMap<Identity, Vec<OffsetDateTime>>,
}

impl ProofsOfExistence {
    /// At the validation time everything that is at hand exists.
    pub fn new(now: OffsetDateTime) -> Self {
        Self { now, times: HashMap::new() }
    }

    /// The object existed at a time.
    pub fn add(&mut self, object: Identity, time: OffsetDateTime) {
        if time >= self.now {
            return;
        }
        let times = self.times.entry(object).or_default();
        if times.len() < MOST {
            times.push(time);
        } else if let Some(latest) = times.iter_mut().max().filter(|latest| time < **latest) {
            *latest = time;
        }
    }

    /// The earliest time at which it is proven to have existed.
    pub fn earliest(&self, object: &Identity) -> OffsetDateTime {
        self.times.get(object).and_then(|times| times.iter().min().copied()).unwrap_or(self.now)
    }

    /// The earliest time before the validation time at which it is proven to have existed.
    pub fn proven(&self, object: &Identity) -> Option<OffsetDateTime> {
        Some(self.earliest(object)).filter(|time| *time < self.now)
    }

    /// Whether it is proven to have existed at (or before) a time.
    pub fn exists_by(&self, object: &Identity, time: OffsetDateTime) -> bool {
        self.earliest(object) <= time
    }

    /// Whether it is proven to have existed at a time in this range.
    pub fn exists_within(&self, object: &Identity, from: OffsetDateTime, to: OffsetDateTime) -> bool {
        let within = |time: &OffsetDateTime| from <= *time && *time <= to;
        within(&self.now) || self.times.get(object).is_some_and(|times| times.iter().any(within))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_earliest_proof_counts_and_many_do_not_push_it_out() {
        let (now, object) = (datetime!(2030-1-1 0:00 UTC), [7; 32]);
        let mut poes = ProofsOfExistence::new(now);
        assert_eq!((poes.earliest(&object), poes.proven(&object)), (now, None));
        poes.add(object, datetime!(2031-1-1 0:00 UTC));
        assert_eq!(poes.proven(&object), None, "what is later than the validation proves nothing");
        for day in 0..200 {
            poes.add(object, now - time::Duration::days(day + 1));
        }
        assert_eq!(poes.proven(&object), Some(now - time::Duration::days(200)));
        assert!(poes.exists_within(&object, datetime!(2029-6-1 0:00 UTC), datetime!(2029-12-1 0:00 UTC)));
        assert!(!poes.exists_within(&object, datetime!(2028-1-1 0:00 UTC), datetime!(2028-12-1 0:00 UTC)));
        assert!(!poes.exists_by(&object, datetime!(2029-1-1 0:00 UTC)));
    }
}
