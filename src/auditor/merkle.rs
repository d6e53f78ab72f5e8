//! Merkle trees (RFC 6962 section 2.1), from the left: a compact range is all that has to be kept of the leaves so far.

use ring::digest::{Context, SHA256, digest};

/// A SHA-256.
pub type Hash = [u8; 32];

/// The SHA-256 of bytes.
pub fn sha256(bytes: &[u8]) -> Hash {
    array(digest(&SHA256, bytes).as_ref())
}

fn array(bytes: &[u8]) -> Hash {
    bytes.try_into().unwrap_or_default()
}

/// SHA-256(0x00 || entry).
pub fn leaf(entry: &[u8]) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(&[0]);
    context.update(entry);
    array(context.finish().as_ref())
}

/// SHA-256(0x01 || left || right).
pub fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1; 65];
    let (mark, hashes) = bytes.split_at_mut(1);
    mark.copy_from_slice(&[1]);
    let (first, second) = hashes.split_at_mut(32);
    first.copy_from_slice(left);
    second.copy_from_slice(right);
    sha256(&bytes)
}

/// The root of a complete subtree, over a power of two of hashes; none for another number of them.
pub fn complete(hashes: &[Hash]) -> Option<Hash> {
    if !hashes.len().is_power_of_two() {
        return None;
    }
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.as_chunks::<2>().0.iter().map(|[left, right]| node(left, right)).collect();
    }
    row.pop()
}

/// The roots of the complete subtrees that the leaves so far make, the largest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Range {
    size: u64,
    nodes: Vec<Hash>,
}

impl Range {
    /// From what was kept of one; none if the nodes are not as many as a tree of this size has.
    pub fn from_parts(size: u64, nodes: Vec<Hash>) -> Option<Self> {
        let expected = usize::try_from(size.count_ones()).ok()?;
        (nodes.len() == expected).then_some(Self { size, nodes })
    }

    /// Leaves so far.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of its complete subtrees, the largest first.
    pub fn nodes(&self) -> &[Hash] {
        &self.nodes
    }

    /// Adds a leaf's hash.
    pub fn push(&mut self, leaf: Hash) {
        let _ = self.add(0, leaf);
    }

    /// Adds the root of a complete subtree of `2^height` leaves; false, and nothing is changed, where no such subtree can begin.
    pub fn add(&mut self, height: u32, root: Hash) -> bool {
        let Some(leaves) = 1_u64.checked_shl(height) else { return false };
        let Some(size) = self.size.checked_add(leaves) else { return false };
        if self.size.trailing_zeros() < height {
            return false;
        }
        let mut root = root;
        let mut rest = self.size >> height;
        while rest & 1 == 1 {
            let Some(left) = self.nodes.pop() else { return false };
            root = node(&left, &root);
            rest >>= 1;
        }
        self.nodes.push(root);
        self.size = size;
        true
    }

    /// The root of the tree of the leaves so far.
    pub fn root(&self) -> Hash {
        let mut nodes = self.nodes.iter().rev();
        let Some(last) = nodes.next() else { return sha256(&[]) };
        nodes.fold(*last, |right, left| node(left, &right))
    }
}

/// Follows an inclusion proof (RFC 9162 section 2.1.3.2): the root that it leads to, none if it does not fit the place.
pub fn follow(leaf: Hash, index: u64, size: u64, proof: &[Hash]) -> Option<Hash> {
    let mut last = size.checked_sub(1)?;
    let mut at = index;
    if at > last {
        return None;
    }
    let mut hash = leaf;
    for sibling in proof {
        if last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            hash = node(sibling, &hash);
            // up over the levels on which it has no sibling
            while at & 1 == 0 && at > 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// MTH as RFC 6962 defines it.
    fn defined(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => sha256(&[]),
            [one] => *one,
            _ => {
                let middle = leaves.len().next_power_of_two() / 2;
                node(&defined(&leaves[..middle]), &defined(&leaves[middle..]))
            }
        }
    }

    /// PATH as RFC 6962 defines it.
    fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
        if leaves.len() < 2 {
            return Vec::new();
        }
        let middle = leaves.len().next_power_of_two() / 2;
        let (left, right) = leaves.split_at(middle);
        let (mut below, other) =
            if index < middle { (path(index, left), right) } else { (path(index - middle, right), left) };
        below.push(defined(other));
        below
    }

    fn leaves(n: u64) -> Vec<Hash> {
        (0..n).map(|i| leaf(&i.to_be_bytes())).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 40, ..ProptestConfig::default() })]
        #[test]
        fn a_range_has_the_root_of_the_definition(n in 0..600_u64) {
            let all = leaves(n);
            let mut range = Range::default();
            for leaf in &all {
                range.push(*leaf);
            }
            prop_assert_eq!(range.root(), defined(&all));
            prop_assert_eq!(Range::from_parts(n, range.nodes().to_vec()), Some(range.clone()));
            prop_assert_eq!(Range::from_parts(n + 1, range.nodes().to_vec()).is_some(), n.count_ones() == (n + 1).count_ones());
        }
    }

    #[test]
    fn subtrees_are_added_where_they_fit() {
        let all = leaves(7);
        let mut range = Range::default();
        assert!(range.add(2, complete(&all[..4]).unwrap()));
        assert!(!range.add(3, all[4]));
        assert!(range.add(1, complete(&all[4..6]).unwrap()));
        assert!(!range.add(2, all[6]) && !range.add(64, all[6]));
        range.push(all[6]);
        assert_eq!(range.root(), defined(&all));
        assert_eq!(complete(&all), None);
    }

    #[test]
    fn proofs_lead_to_the_root_from_their_place_only() {
        for size in 1..=40_u64 {
            let all = leaves(size);
            let root = defined(&all);
            for index in 0..size {
                let proof = path(index as usize, &all);
                for claimed in 0..=size {
                    let found = follow(all[index as usize], claimed, size, &proof);
                    assert_eq!(found == Some(root), claimed == index, "{index} as {claimed} of {size}");
                }
                for shorter in 0..proof.len() {
                    assert_ne!(follow(all[index as usize], index, size, &proof[..shorter]), Some(root));
                }
                let longer = [&proof[..], &[root]].concat();
                assert_ne!(follow(all[index as usize], index, size, &longer), Some(root));
            }
        }
    }
}
