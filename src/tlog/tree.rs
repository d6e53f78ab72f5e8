//! Merkle trees: roots, inclusion and consistency proofs, made from complete subtrees (RFC 6962 section 2.1)
//! and verified (RFC 9162 section 2.1).
//!
//! Where a proof is made, `hash_at(height, index)` gives the hash of the complete subtree over the leaves
//! `index * 2^height .. (index + 1) * 2^height`; `tile::node` is one. At most some sixty are asked for
//! whatever the size.

use super::{EMPTY_ROOT, Hash, TlogError, node_hash};

/// The root of the tree of `size` leaves: MTH(D[size]).
pub fn root<E>(size: u64, hash_at: &mut impl FnMut(u8, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    range_root(0, size, hash_at)
}

/// That the leaf `index` is in the tree of `size` leaves: PATH(index, D[size]), from the leaf's sibling to the
/// root's child (RFC 6962 section 2.1.1).
pub fn inclusion_proof<E: From<TlogError>>(
    index: u64,
    size: u64,
    hash_at: &mut impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if index >= size {
        return Err(TlogError::NoSuchEntry { index, size }.into());
    }
    let (mut start, mut end) = (0, size);
    let mut proof = Vec::new();
    while end - start > 1 {
        let middle = start + left_size(end - start);
        if index < middle {
            proof.push(range_root(middle, end, hash_at)?);
            end = middle;
        } else {
            proof.push(range_root(start, middle, hash_at)?);
            start = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// That the tree of `new` leaves begins with the tree of `old` leaves: PROOF(old, D[new]) (RFC 6962
/// section 2.1.2). It is empty for equal sizes, and where the older tree is.
pub fn consistency_proof<E: From<TlogError>>(
    old: u64,
    new: u64,
    hash_at: &mut impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if old > new {
        return Err(TlogError::Shrunk { old, new }.into());
    }
    let mut proof = Vec::new();
    if old == 0 {
        return Ok(proof);
    }
    let (mut start, mut end) = (0, new);
    while end > old {
        let middle = start + left_size(end - start);
        if old <= middle {
            proof.push(range_root(middle, end, hash_at)?);
            end = middle;
        } else {
            proof.push(range_root(start, middle, hash_at)?);
            start = middle;
        }
    }
    // a verifier knows the older root, but no other subtree
    if start > 0 {
        proof.push(range_root(start, end, hash_at)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The largest power of two smaller than `n`: how many leaves are to the left of the root. `n` is 2 or more.
fn left_size(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// MTH(D[start:end]), where `start` is a multiple of a power of two that is not smaller than the range: what
/// the tree's definition asks for. The range is a row of complete subtrees, the largest first.
fn range_root<E>(start: u64, end: u64, hash_at: &mut impl FnMut(u8, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    let mut right_edge = end;
    let mut root = None;
    for height in 0..64 {
        if ((end - start) >> height) & 1 == 1 {
            right_edge -= 1 << height;
            let left = hash_at(height, right_edge >> height)?;
            root = Some(root.map_or(left, |right| node_hash(&left, &right)));
        }
    }
    Ok(root.unwrap_or(EMPTY_ROOT))
}

/// Verifies that `leaf_hash` is leaf `index` of the tree with this size and root (RFC 9162 section 2.1.3.2).
pub fn verify_inclusion(leaf_hash: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), TlogError> {
    if index >= size {
        return Err(TlogError::NoSuchEntry { index, size });
    }
    // `fn` and `sn` of the RFC: the node and the last node of the level that the walk has reached
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf_hash;
    for sibling in proof {
        if last == 0 {
            return Err(TlogError::NotIncluded);
        }
        if is_right(node) || node == last {
            hash = node_hash(sibling, &hash);
            skip_levels_without_sibling(&mut node, &mut last);
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last == 0 && hash == *root { Ok(()) } else { Err(TlogError::NotIncluded) }
}

/// Verifies that the tree of `new` leaves begins with the tree of `old` leaves (RFC 9162 section 2.1.4.2).
pub fn verify_consistency(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), TlogError> {
    if old > new {
        return Err(TlogError::Shrunk { old, new });
    }
    let check = |good: bool| if good { Ok(()) } else { Err(TlogError::NotConsistent) };
    if old == new {
        return check(proof.is_empty() && old_root == new_root);
    }
    if old == 0 {
        return check(proof.is_empty() && *old_root == EMPTY_ROOT);
    }
    // an older tree that is a complete subtree of the newer one is itself where the walk begins
    let (first, rest) = match proof.split_first() {
        Some(_) if old.is_power_of_two() => (old_root, proof),
        Some(split) => split,
        None => return Err(TlogError::NotConsistent),
    };
    let (mut node, mut last) = (old - 1, new - 1);
    while is_right(node) {
        node >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return Err(TlogError::NotConsistent);
        }
        if is_right(node) || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            skip_levels_without_sibling(&mut node, &mut last);
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    check(last == 0 && old_hash == *old_root && new_hash == *new_root)
}

/// The least significant bit is set.
const fn is_right(node: u64) -> bool {
    node & 1 == 1
}

/// A last node without a sibling is passed on to the level above as it is.
fn skip_levels_without_sibling(node: &mut u64, last: &mut u64) {
    while !is_right(*node) && *node != 0 {
        *node >>= 1;
        *last >>= 1;
    }
}

/// The root of all leaves, one pushed after the other: how an auditor recomputes a log. It has nothing in
/// common with what the log itself does but the two hashes.
#[derive(Debug, Clone, Default)]
pub struct RootBuilder {
    size: u64,
    /// Roots of the complete subtrees so far, the largest first: one for each bit set in `size`.
    subtrees: Vec<Hash>,
}

impl RootBuilder {
    /// No leaf yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next leaf.
    pub fn push(&mut self, leaf_hash: Hash) {
        let mut subtree = leaf_hash;
        // as adding 1 to a binary number carries over its trailing ones
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                subtree = node_hash(&left, &subtree);
            }
        }
        self.subtrees.push(subtree);
        self.size += 1;
    }

    /// Leaves so far.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the leaves so far.
    pub fn root(&self) -> Hash {
        let mut subtrees = self.subtrees.iter().rev();
        let Some(smallest) = subtrees.next() else { return EMPTY_ROOT };
        subtrees.fold(*smallest, |right, left| node_hash(left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{leaf_hash, testing};
    use super::*;

    /// Complete subtrees by definition.
    fn subtrees(leaves: &[Hash]) -> impl FnMut(u8, u64) -> Result<Hash, TlogError> {
        move |height, index| {
            let (start, width) = ((index as usize) << height, 1 << height);
            Ok(testing::root(&leaves[start..start + width]))
        }
    }

    fn hash(text: &str) -> Hash {
        hex::decode(text).unwrap().try_into().unwrap()
    }

    fn reference_leaves() -> Vec<Hash> {
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
            .map(|entry| leaf_hash(&hex::decode(entry).unwrap()))
            .to_vec()
    }

    /// Roots of the Certificate Transparency reference implementation's first 0 to 8 leaves.
    const REFERENCE_ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn roots_are_those_of_the_reference_implementation() {
        let leaves = reference_leaves();
        let mut builder = RootBuilder::new();
        for (size, want) in REFERENCE_ROOTS.iter().enumerate() {
            assert_eq!(root(size as u64, &mut subtrees(&leaves)).unwrap(), hash(want));
            assert_eq!(builder.root(), hash(want));
            builder.push(*leaves.get(size).unwrap_or(&EMPTY_ROOT));
        }
    }

    #[test]
    fn inclusion_proofs_are_those_of_the_reference_implementation() {
        let leaves = reference_leaves();
        let cases: [(u64, u64, &[&str]); 6] = [
            (0, 1, &[]),
            (0, 2, &["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"]),
            (1, 2, &["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"]),
            (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
            (
                1,
                5,
                &[
                    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                ],
            ),
            (
                5,
                8,
                &[
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ],
            ),
        ];
        for (index, size, want) in cases {
            let want: Vec<Hash> = want.iter().map(|h| hash(h)).collect();
            assert_eq!(inclusion_proof(index, size, &mut subtrees(&leaves)).unwrap(), want, "{index} in {size}");
            let root = hash(REFERENCE_ROOTS[size as usize]);
            verify_inclusion(&leaves[index as usize], index, size, &want, &root).unwrap();
        }
    }

    #[test]
    fn consistency_proofs_are_those_of_the_reference_implementation() {
        let leaves = reference_leaves();
        let cases: [(u64, u64, &[&str]); 4] = [
            (1, 1, &[]),
            (
                1,
                8,
                &[
                    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
                ],
            ),
            (
                2,
                5,
                &[
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                ],
            ),
            (
                6,
                8,
                &[
                    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ],
            ),
        ];
        for (old, new, want) in cases {
            let want: Vec<Hash> = want.iter().map(|h| hash(h)).collect();
            assert_eq!(consistency_proof(old, new, &mut subtrees(&leaves)).unwrap(), want, "{old} to {new}");
            let (old_root, new_root) = (hash(REFERENCE_ROOTS[old as usize]), hash(REFERENCE_ROOTS[new as usize]));
            verify_consistency(old, &old_root, new, &new_root, &want).unwrap();
        }
    }

    /// Each way to spoil a proof: a hash changed, dropped, doubled or added.
    fn spoiled(proof: &[Hash]) -> Vec<Vec<Hash>> {
        let mut all = vec![[proof, &[[7; 32]]].concat(), [&[[7; 32]], proof].concat()];
        for at in 0..proof.len() {
            let mut changed = proof.to_vec();
            changed[at][at % 32] ^= 1;
            let mut shorter = proof.to_vec();
            shorter.remove(at);
            let mut longer = proof.to_vec();
            longer.insert(at, proof[at]);
            all.extend([changed, shorter, longer]);
        }
        all
    }

    #[test]
    fn every_inclusion_proof_is_that_of_the_definition_and_verifies_for_nothing_else() {
        let leaves = testing::leaves(70);
        for size in 1..=70_usize {
            let tree_root = testing::root(&leaves[..size]);
            assert_eq!(root(size as u64, &mut subtrees(&leaves)).unwrap(), tree_root);
            for (index, leaf) in leaves[..size].iter().enumerate() {
                let proof = inclusion_proof(index as u64, size as u64, &mut subtrees(&leaves)).unwrap();
                assert_eq!(proof, testing::path(index, &leaves[..size]));
                for claimed in 0..=size as u64 {
                    let verified = verify_inclusion(leaf, claimed, size as u64, &proof, &tree_root);
                    assert_eq!(verified.is_ok(), claimed == index as u64, "{index} as {claimed} of {size}");
                }
                assert!(verify_inclusion(&[7; 32], index as u64, size as u64, &proof, &tree_root).is_err());
                assert!(verify_inclusion(leaf, index as u64, size as u64, &proof, &[7; 32]).is_err());
                for wrong in spoiled(&proof) {
                    assert!(verify_inclusion(leaf, index as u64, size as u64, &wrong, &tree_root).is_err());
                }
            }
        }
    }

    #[test]
    fn every_consistency_proof_is_that_of_the_definition_and_verifies_for_nothing_else() {
        let leaves = testing::leaves(70);
        let roots: Vec<Hash> = (0..=70).map(|size| testing::root(&leaves[..size])).collect();
        for new in 0..=70_usize {
            for old in 0..=new {
                let proof = consistency_proof(old as u64, new as u64, &mut subtrees(&leaves)).unwrap();
                if old > 0 {
                    assert_eq!(proof, testing::subproof(old, &leaves[..new], true));
                }
                let verify = |old_root, new_root, proof: &[Hash]| {
                    verify_consistency(old as u64, old_root, new as u64, new_root, proof)
                };
                verify(&roots[old], &roots[new], &proof).unwrap();
                assert!(verify(&[7; 32], &roots[new], &proof).is_err());
                // everything follows from nothing
                assert!(old == 0 || verify(&roots[old], &[7; 32], &proof).is_err());
                for wrong in spoiled(&proof) {
                    assert!(verify(&roots[old], &roots[new], &wrong).is_err(), "{old} to {new}");
                }
            }
        }
    }

    #[test]
    fn sizes_that_cannot_be_are_refused() {
        let mut none = |_, _| -> Result<Hash, TlogError> { unreachable!() };
        assert_eq!(inclusion_proof(3, 3, &mut none), Err(TlogError::NoSuchEntry { index: 3, size: 3 }));
        assert_eq!(consistency_proof(4, 3, &mut none), Err(TlogError::Shrunk { old: 4, new: 3 }));
        let shrunk = verify_consistency(4, &EMPTY_ROOT, 3, &EMPTY_ROOT, &[]);
        assert_eq!(shrunk, Err(TlogError::Shrunk { old: 4, new: 3 }));
        let missing = verify_inclusion(&EMPTY_ROOT, 0, 0, &[], &EMPTY_ROOT);
        assert_eq!(missing, Err(TlogError::NoSuchEntry { index: 0, size: 0 }));
    }

    #[test]
    fn the_largest_sizes_overflow_nothing() {
        let mut same = |_, _| -> Result<Hash, TlogError> { Ok([7; 32]) };
        for size in [u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) + 1] {
            root(size, &mut same).unwrap();
            for index in [0, 1, size / 2, size - 1] {
                let proof = inclusion_proof(index, size, &mut same).unwrap();
                assert!(proof.len() <= 64);
                assert!(verify_inclusion(&[7; 32], index, size, &proof, &[7; 32]).is_err());
                let proof = consistency_proof(index, size, &mut same).unwrap();
                assert!(proof.len() <= 65);
                assert!(index == 0 || verify_consistency(index, &[7; 32], size, &[7; 32], &proof).is_err());
            }
        }
    }

    #[test]
    fn an_error_of_the_storage_comes_through() {
        #[derive(Debug, PartialEq)]
        enum StoreError {
            Gone,
            Log(TlogError),
        }
        impl From<TlogError> for StoreError {
            fn from(error: TlogError) -> Self {
                Self::Log(error)
            }
        }
        let mut gone = |_, _| Err(StoreError::Gone);
        assert_eq!(inclusion_proof(1, 3, &mut gone), Err(StoreError::Gone));
        let error = StoreError::Log(TlogError::NoSuchEntry { index: 3, size: 3 });
        assert_eq!(inclusion_proof(3, 3, &mut gone), Err(error));
    }
}
