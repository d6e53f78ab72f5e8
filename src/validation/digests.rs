//! Digests of many ByteRanges over one file in a single pass: each byte is read once, and hashed once
//! for each digest algorithm in use, however many signatures there are.
//!
//! The ranges of the signatures of one file share their beginning: the digest of the second signature
//! runs over all that the first one covered. So one trunk digest runs over the file; where a signature's
//! gap begins it branches off, and the branch takes only the short rest behind the gap.

use crate::digest::{DigestAlgorithm, Hasher};
use crate::limits::Limits;
use crate::pdf::source::Source;
use std::io;

/// What a signature covers: `[0, gap_start)` and `[gap_end, end)`, in bytes of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoveredRange {
    /// Where `/Contents` begins (its `<`).
    pub gap_start: u64,
    /// Just behind `/Contents` (behind its `>`).
    pub gap_end: u64,
    /// Just behind the last covered byte.
    pub end: u64,
}

/// Bytes read at a time.
const BLOCK: usize = 256 << 10;

/// The digest of each range with its algorithm, in the order given. Each range must lie in the source and
/// be ordered (`gap_start <= gap_end <= end`); others give an `InvalidInput` error.
pub fn digest_ranges(
    source: &dyn Source,
    ranges: &[(DigestAlgorithm, CoveredRange)],
    limits: &Limits,
) -> io::Result<Vec<Vec<u8>>> {
    let ordered = |r: &CoveredRange| r.gap_start <= r.gap_end && r.gap_end <= r.end && r.end <= source.len();
    if ranges.len() > limits.pdf_signatures || !ranges.iter().all(|(_, r)| ordered(r)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut trunks: Vec<(DigestAlgorithm, u64, Hasher)> = Vec::new();
    for (algorithm, range) in ranges {
        match trunks.iter_mut().find(|(a, ..)| a == algorithm) {
            Some((_, until, _)) => *until = range.gap_start.max(*until),
            None => trunks.push((*algorithm, range.gap_start, Hasher::new(*algorithm))),
        }
    }
    let mut branches: Vec<Option<Hasher>> = vec![None; ranges.len()];
    let mut boundaries: Vec<u64> = ranges.iter().flat_map(|(_, r)| [r.gap_start, r.gap_end, r.end]).collect();
    boundaries.push(0);
    boundaries.sort_unstable();
    boundaries.dedup();

    let mut block = vec![0; BLOCK];
    for (index, &start) in boundaries.iter().enumerate() {
        for (branch, (algorithm, range)) in branches.iter_mut().zip(ranges) {
            if range.gap_start == start && branch.is_none() {
                *branch = trunks.iter().find(|(a, ..)| a == algorithm).map(|(.., h)| h.clone());
            }
        }
        let Some(&end) = boundaries.get(index + 1) else { break };
        let covers = |range: &CoveredRange| range.gap_end <= start && end <= range.end;
        let wanted = trunks.iter().any(|(_, until, _)| end <= *until) || ranges.iter().any(|(_, r)| covers(r));
        let mut position = start;
        while wanted && position < end {
            let length = usize::try_from(end - position).unwrap_or(usize::MAX).min(BLOCK);
            let Some(piece) = block.get_mut(..length) else { break };
            source.read_exact_at(position, piece)?;
            for (_, until, trunk) in &mut trunks {
                if end <= *until {
                    trunk.update(piece);
                }
            }
            for (branch, (_, range)) in branches.iter_mut().zip(ranges) {
                if let (Some(hasher), true) = (branch, covers(range)) {
                    hasher.update(piece);
                }
            }
            position += u64::try_from(length).unwrap_or(u64::MAX);
        }
    }
    Ok(branches.into_iter().map(|b| b.map(Hasher::finish).unwrap_or_default()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn one_pass_gives_what_hashing_each_range_alone_gives(
            data in proptest::collection::vec(any::<u8>(), 0..3000),
            cuts in proptest::collection::vec((any::<u16>(), any::<u16>(), any::<u16>(), 0usize..6), 1..8),
        ) {
            let ranges: Vec<_> = cuts.iter().map(|(a, b, c, algorithm)| {
                let mut p = [a, b, c].map(|x| u64::from(*x) % (data.len() as u64 + 1));
                p.sort_unstable();
                (DigestAlgorithm::ALL[*algorithm], CoveredRange { gap_start: p[0], gap_end: p[1], end: p[2] })
            }).collect();
            let got = digest_ranges(&data, &ranges, &Limits::DEFAULT).unwrap();
            for ((algorithm, r), digest) in ranges.iter().zip(got) {
                let mut covered = data[..r.gap_start as usize].to_vec();
                covered.extend(&data[r.gap_end as usize..r.end as usize]);
                prop_assert_eq!(algorithm.hash(&covered), digest);
            }
        }
    }

    #[test]
    fn a_range_beyond_the_end_is_refused() {
        let range = CoveredRange { gap_start: 1, gap_end: 2, end: 4 };
        assert!(digest_ranges(&vec![0; 3], &[(DigestAlgorithm::Sha256, range)], &Limits::DEFAULT).is_err());
    }
}
