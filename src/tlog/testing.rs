//! The tree by its definition (RFC 6962 section 2.1), to compare with; recursive, slow and short.

use super::{EMPTY_ROOT, Hash, leaf_hash, node_hash};

/// Leaf hashes of `n` entries.
pub(super) fn leaves(n: u64) -> Vec<Hash> {
    (0..n).map(|i| leaf_hash(format!("entry {i}").as_bytes())).collect()
}

/// The largest power of two smaller than `n`.
fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}

/// MTH(D[n]).
pub(super) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// PATH(m, D[n]), section 2.1.1.
pub(super) fn path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut path, sibling) = if m < k { (path(m, left), root(right)) } else { (path(m - k, right), root(left)) };
    path.push(sibling);
    path
}

/// SUBPROOF(m, D[n], b), section 2.1.2; PROOF(m, D[n]) is that with b = true.
pub(super) fn subproof(m: usize, leaves: &[Hash], b: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if b { Vec::new() } else { vec![root(leaves)] };
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, other) =
        if m <= k { (subproof(m, left, b), root(right)) } else { (subproof(m - k, right, false), root(left)) };
    proof.push(other);
    proof
}
