//! Merkle tree over the leaves of a journal: RFC 6962 section 2.1 (hashes and proofs), RFC 9162 sections 2.1.3.2 and
//! 2.1.4.2 (how proofs are checked). Pure, and without recursion, so that no journal is too long for it.

use sha2::{Digest, Sha256};

use super::entry::Leaf;

/// Returns the hash of an inner node.
fn node(left: Leaf, right: Leaf) -> Leaf {
    let mut hasher = Sha256::new();
    hasher.update([1_u8]);
    hasher.update(left.0);
    hasher.update(right.0);
    Leaf(hasher.finalize().into())
}

/// Returns the root over `leaves`; SHA-256 of nothing when there are none.
pub fn root(leaves: &[Leaf]) -> Leaf {
    let mut tree = Growing::default();
    for leaf in leaves {
        tree.push(*leaf);
    }
    tree.root()
}

/// Tree that grows leaf by leaf. Holds one hash for each bit of its size.
#[derive(Debug, Clone, Default)]
struct Growing {
    size: u64,
    /// Roots of the full subtrees, largest first.
    full: Vec<Leaf>,
}

impl Growing {
    fn push(&mut self, leaf: Leaf) {
        let mut hash = leaf;
        // Each one bit at the end of the size is a full subtree that the new one completes to a larger one.
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.full.pop() else { break };
            hash = node(left, hash);
        }
        self.full.push(hash);
        self.size += 1;
    }

    fn root(&self) -> Leaf {
        let mut hashes = self.full.iter().rev().copied();
        match hashes.next() {
            None => Leaf(Sha256::digest([]).into()),
            Some(last) => hashes.fold(last, |right, left| node(left, right)),
        }
    }
}

/// Returns the largest power of two below `size`, which must be above 1.
const fn split(size: usize) -> usize {
    1 << (size - 1).ilog2()
}

/// Returns the proof that the leaf at `index` is in the tree over `leaves`, from the leaf up; `None` when there is no
/// such leaf.
pub fn inclusion(leaves: &[Leaf], index: usize) -> Option<Vec<Leaf>> {
    if index >= leaves.len() {
        return None;
    }
    let (mut part, mut index, mut proof) = (leaves, index, Vec::new());
    while part.len() > 1 {
        let (left, right) = part.split_at_checked(split(part.len()))?;
        if index < left.len() {
            proof.push(root(right));
            part = left;
        } else {
            proof.push(root(left));
            index -= left.len();
            part = right;
        }
    }
    proof.reverse();
    Some(proof)
}

/// Returns true when `proof` shows that `leaf` is at `index` of the tree with `size` leaves and this root.
pub fn includes(leaf: Leaf, index: u64, size: u64, proof: &[Leaf], root: Leaf) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node(*sibling, hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(hash, *sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == root
}

/// Returns the proof that the tree over the first `from` leaves is a beginning of the tree over `leaves`; `None` unless
/// `from` is between 1 and the number of leaves. For equal sizes it is empty.
pub fn consistency(leaves: &[Leaf], from: usize) -> Option<Vec<Leaf>> {
    if from == 0 || from > leaves.len() {
        return None;
    }
    let (mut part, mut from, mut is_whole, mut proof) = (leaves, from, true, Vec::new());
    while from != part.len() {
        let (left, right) = part.split_at_checked(split(part.len()))?;
        if from <= left.len() {
            proof.push(root(right));
            part = left;
        } else {
            proof.push(root(left));
            from -= left.len();
            part = right;
            is_whole = false;
        }
    }
    if !is_whole {
        proof.push(root(part));
    }
    proof.reverse();
    Some(proof)
}

/// Returns true when `proof` shows that the tree `old` (size, root) is a beginning of the tree `new`.
pub fn extends(old: (u64, Leaf), new: (u64, Leaf), proof: &[Leaf]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size == 0 || old_size > new_size {
        return false;
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    let mut rest = proof.iter().copied();
    // A tree whose size is a power of two is a subtree itself, so the proof leaves its root out.
    let first = if old_size.is_power_of_two() { Some(old_root) } else { rest.next() };
    let Some(first) = first else { return false };
    let (mut at, mut last) = (old_size - 1, new_size - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old_hash = node(sibling, old_hash);
            new_hash = node(sibling, new_hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node(new_hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == old_root && new_hash == new_root
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::custody::entry::leaf_hash;

    fn leaves(count: usize) -> Vec<Leaf> {
        (0..count).map(|number| leaf_hash(number.to_string().as_bytes())).collect()
    }

    /// The definition of RFC 6962, word for word.
    fn naive_root(leaves: &[Leaf]) -> Leaf {
        match leaves {
            [] => Leaf(Sha256::digest([]).into()),
            [one] => *one,
            _ => {
                let (left, right) = leaves.split_at(split(leaves.len()));
                node(naive_root(left), naive_root(right))
            }
        }
    }

    fn naive_inclusion(leaves: &[Leaf], index: usize) -> Vec<Leaf> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let (left, right) = leaves.split_at(split(leaves.len()));
        if index < left.len() {
            [naive_inclusion(left, index), vec![naive_root(right)]].concat()
        } else {
            [naive_inclusion(right, index - left.len()), vec![naive_root(left)]].concat()
        }
    }

    fn naive_consistency(leaves: &[Leaf], from: usize, is_whole: bool) -> Vec<Leaf> {
        if from == leaves.len() {
            return if is_whole { Vec::new() } else { vec![naive_root(leaves)] };
        }
        let (left, right) = leaves.split_at(split(leaves.len()));
        if from <= left.len() {
            [naive_consistency(left, from, is_whole), vec![naive_root(right)]].concat()
        } else {
            [naive_consistency(right, from - left.len(), false), vec![naive_root(left)]].concat()
        }
    }

    #[test]
    fn known_sizes_split_as_the_standard_says() {
        assert_eq!([2, 3, 4, 5, 8, 9].map(split), [1, 2, 2, 4, 4, 8]);
        assert_eq!(
            root(&[]).to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn proofs_of_every_pair_of_small_sizes_hold() {
        for size in 1..20 {
            let leaves = leaves(size);
            let whole = (size as u64, root(&leaves));
            for from in 1..=size {
                let proof = consistency(&leaves, from).unwrap();
                assert_eq!(proof, naive_consistency(&leaves, from, true));
                let old = (from as u64, root(&leaves[..from]));
                assert!(extends(old, whole, &proof), "{from} of {size}");
                let index = from - 1;
                let proof = inclusion(&leaves, index).unwrap();
                assert!(includes(leaves[index], index as u64, whole.0, &proof, whole.1));
            }
        }
        assert_eq!(inclusion(&leaves(3), 3), None);
        assert_eq!((consistency(&leaves(3), 0), consistency(&leaves(3), 4)), (None, None));
    }

    proptest! {
        #[test]
        fn tree_equals_its_definition(size in 1_usize..300, part in 0_usize..300) {
            let leaves = leaves(size);
            let index = part % size;
            prop_assert_eq!(root(&leaves), naive_root(&leaves));
            prop_assert_eq!(inclusion(&leaves, index).unwrap(), naive_inclusion(&leaves, index));
            prop_assert_eq!(consistency(&leaves, index + 1).unwrap(), naive_consistency(&leaves, index + 1, true));
        }

        #[test]
        fn changed_proofs_show_nothing(size in 2_usize..200, part in 0_usize..200, at in 0_usize..9, bit in 0_usize..256) {
            let leaves = leaves(size);
            let index = part % size;
            let whole = (size as u64, root(&leaves));
            let mut proof = inclusion(&leaves, index).unwrap();
            let n_hashes = proof.len();
            proof[at % n_hashes].0[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!includes(leaves[index], index as u64, whole.0, &proof, whole.1));
            let from = 1 + part % (size - 1);
            let old = (from as u64, root(&leaves[..from]));
            let mut proof = consistency(&leaves, from).unwrap();
            prop_assert!(!extends(old, whole, &[&proof[..], &[whole.1]].concat()));
            let n_hashes = proof.len();
            proof[at % n_hashes].0[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!extends(old, whole, &proof));
        }
    }
}
