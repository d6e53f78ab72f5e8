//! Which subsection of a cross-reference section says where an object is: the first one that has its number.

use std::collections::BTreeMap;

/// Runs of object numbers, of which no two have one in common.
#[derive(Debug)]
pub struct Lookup {
    /// In the order of their numbers.
    runs: Vec<Run>,
    /// How far the place of an entry is behind that of the one before it.
    stride: u64,
}

#[derive(Debug)]
struct Run {
    first: u32,
    /// Behind its last number.
    end: u32,
    /// The place of its first entry.
    at: u64,
}

impl Lookup {
    /// Of subsections in the order of the file: first number, number of entries, place of the first entry. An entry's place is `stride`
    /// behind that of the one before it.
    pub fn new(subsections: impl Iterator<Item = (u32, u32, u64)>, stride: u64) -> Self {
        let mut runs = Vec::new();
        // what earlier ones have, from a first number to the one behind the last, never touching each other
        let mut taken: BTreeMap<u32, u32> = BTreeMap::new();
        for (first, count, at) in subsections {
            let end = first.saturating_add(count);
            let before =
                taken.range(..=first).next_back().map(|(from, to)| (*from, *to)).filter(|(_, to)| *to >= first);
            let start = before.map_or(first, |(from, _)| from);
            let mut free = before.map_or(first, |(_, to)| to);
            let overlapped: Vec<(u32, u32)> = taken.range(free.min(end)..=end).map(|(from, to)| (*from, *to)).collect();
            for (from, to) in overlapped.into_iter().chain([(end, end)]) {
                if free < from.min(end) {
                    let at = at.saturating_add(u64::from(free.saturating_sub(first)).saturating_mul(stride));
                    runs.push(Run { first: free, end: from.min(end), at });
                }
                free = free.max(to);
                taken.remove(&from);
            }
            if start < free {
                taken.insert(start, free);
            }
        }
        runs.sort_unstable_by_key(|run| run.first);
        Self { runs, stride }
    }

    /// The place of the entry of this object.
    pub fn place(&self, number: u32) -> Option<u64> {
        let behind = self.runs.partition_point(|run| run.first <= number);
        let run = self.runs.get(behind.checked_sub(1)?).filter(|run| number < run.end)?;
        Some(run.at.saturating_add(u64::from(number.saturating_sub(run.first)).saturating_mul(self.stride)))
    }

    /// Bytes that it takes, roughly.
    pub fn weight(&self) -> usize {
        self.runs.len().saturating_mul(size_of::<Run>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    proptest! {
        #[test]
        fn the_first_that_has_a_number_counts(all in proptest::collection::vec((0_u32..60, 0_u32..12, 0_u64..1000), 0..20)) {
            let lookup = Lookup::new(all.iter().copied(), 20);
            for number in 0..80 {
                let first = all.iter().find(|(first, count, _)| number >= *first && number - first < *count);
                let place = first.map(|(first, _, at)| at + u64::from(number - first) * 20);
                prop_assert_eq!(lookup.place(number), place, "{}", number);
            }
        }
    }

    /// Many small ones, many that span all, forwards and backwards.
    #[test]
    fn many_subsections_cost_little() {
        let start = Instant::now();
        let small = (0..100_000).map(|n| (2 * n, 1, u64::from(n)));
        let all = small.clone().rev().chain((0..100_000).map(|n| (0, 200_000 + n, 7))).chain(small);
        let lookup = Lookup::new(all, 1);
        assert_eq!(lookup.place(100_000), Some(50_000));
        assert_eq!(lookup.place(100_001), Some(100_008));
        assert_eq!(lookup.place(400_000), None);
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}
