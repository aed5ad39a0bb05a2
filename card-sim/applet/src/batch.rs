//! A batch announced to the card: documents that one PIN entry allows to be stamped.

use sello_wire::journal::KeyId;
use sello_wire::key::Slot;
use sello_wire::merkle::{LEAF_PREFIX, NODE_LENGTH, NODE_PREFIX};

/// Bytes of the bit field of used leaves: one bit for each of the most leaves.
const USED_LENGTH: usize = 128;

/// A node of the tree.
type Node = [u8; NODE_LENGTH];

/// The batch, its root fixed before the PIN.
pub(crate) struct Batch {
    pub(crate) slot: Slot,
    /// The key it was announced for: the slot may hold another one by now.
    pub(crate) key: KeyId,
    /// Root of the Merkle tree over the digests (RFC 9162, 2.1.1).
    root: Node,
    /// Number of leaves, 1 or more.
    count: u16,
    /// VERIFY came right after the announcement.
    pub(crate) authorized: bool,
    used: [u8; USED_LENGTH],
}

impl Batch {
    pub(crate) const fn new(slot: Slot, key: KeyId, root: Node, count: u16) -> Self {
        Self {
            slot,
            key,
            root,
            count,
            authorized: false,
            used: [0; USED_LENGTH],
        }
    }

    /// Whether the leaf has been signed; a leaf outside the batch counts as signed.
    pub(crate) fn is_used(&self, index: u16) -> bool {
        let byte = self.used.get(usize::from(index / 8));
        index >= self.count || byte.is_none_or(|byte| byte & (1 << (index % 8)) != 0)
    }

    pub(crate) fn set_used(&mut self, index: u16) {
        if let Some(byte) = self.used.get_mut(usize::from(index / 8)) {
            *byte |= 1 << (index % 8);
        }
    }

    /// Whether the digest is the leaf with this index, as the nodes of the path prove (RFC 9162,
    /// 2.1.3.2).
    ///
    /// `hash` is SHA-256 of its parts, one after the other.
    ///
    /// # Errors
    /// What `hash` reports.
    pub(crate) fn includes<E>(
        &self,
        mut hash: impl FnMut(&[&[u8]]) -> Result<Node, E>,
        digest: &[u8],
        index: u16,
        path: &[u8],
    ) -> Result<bool, E> {
        let (siblings, rest) = path.as_chunks::<NODE_LENGTH>();
        if index >= self.count || !rest.is_empty() {
            return Ok(false);
        }
        let (mut place, mut last) = (index, self.count - 1);
        let mut node = hash(&[&[LEAF_PREFIX], digest])?;
        for sibling in siblings {
            if last == 0 {
                return Ok(false);
            }
            if place % 2 == 1 || place == last {
                node = hash(&[&[NODE_PREFIX], sibling, &node])?;
                // The last node of an odd level moves up without a sibling.
                while place % 2 == 0 && place != 0 {
                    place /= 2;
                    last /= 2;
                }
            } else {
                node = hash(&[&[NODE_PREFIX], &node, sibling])?;
            }
            place /= 2;
            last /= 2;
        }
        Ok(last == 0 && node == self.root)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::string::String;
    use std::vec::Vec;

    use sha2::{Digest, Sha256};

    use super::*;

    fn batch(root: Node, count: u16) -> Batch {
        Batch::new(Slot::Signature, [0; 8], root, count)
    }

    fn sha256(parts: &[&[u8]]) -> Result<Node, Infallible> {
        let mut hash = Sha256::new();
        parts.iter().for_each(|part| hash.update(part));
        Ok(hash.finalize().into())
    }

    fn is_in(batch: &Batch, digest: &[u8], index: u16, path: &[u8]) -> bool {
        let Ok(included) = batch.includes(sha256, digest, index, path);
        included
    }

    fn bytes(text: &str) -> Vec<u8> {
        hex::decode(text.replace(['-', ' '], "")).unwrap()
    }

    /// Leaves, roots by number of leaves, and paths by index and number of leaves.
    #[derive(Default)]
    struct Reference {
        leaves: Vec<Vec<u8>>,
        roots: Vec<Node>,
        paths: Vec<(u16, u16, Vec<u8>)>,
    }

    fn reference() -> Reference {
        let text = include_str!("../../../specs/vectors/merkle/rfc6962.vector");
        let text: String = text.replace("\n  ", " ");
        let mut reference = Reference::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, value) = line.split_once('=').unwrap();
            let words: Vec<_> = name.split_whitespace().collect();
            match words[..] {
                ["leaf"] => reference.leaves.push(bytes(value)),
                ["root", _] => reference.roots.push(bytes(value).try_into().unwrap()),
                ["path", index, count] => {
                    let numbers = (index.parse().unwrap(), count.parse().unwrap());
                    reference.paths.push((numbers.0, numbers.1, bytes(value)));
                }
                _ => panic!("{line}"),
            }
        }
        assert_eq!((reference.roots.len(), reference.paths.len()), (8, 5));
        reference
    }

    #[test]
    fn the_reference_paths_prove_their_leaves_and_no_others() {
        let Reference {
            leaves,
            roots,
            paths,
        } = reference();
        for (index, count, path) in paths {
            let batch = batch(roots[usize::from(count) - 1], count);
            for (other, digest) in leaves.iter().enumerate() {
                let right = other == usize::from(index);
                assert_eq!(is_in(&batch, digest, index, &path), right);
            }
        }
    }

    #[test]
    fn a_path_that_was_touched_proves_nothing() {
        let Reference { leaves, roots, .. } = reference();
        for (index, count, path) in reference().paths {
            let leaf = &leaves[usize::from(index)];
            let tree = batch(roots[usize::from(count) - 1], count);
            for byte in 0..path.len() {
                let mut touched = path.clone();
                touched[byte] ^= 0x10;
                assert!(!is_in(&tree, leaf, index, &touched), "byte {byte}");
            }
            assert!(!is_in(&tree, leaf, index, &[&path[..], &[0; 32]].concat()));
            assert!(!is_in(&tree, leaf, index, &[&path[..], &[0; 1]].concat()));
            for shorter in (0..path.len()).step_by(NODE_LENGTH) {
                assert!(!is_in(&tree, leaf, index, &path[..shorter]));
            }
            for other in (0..=count).filter(|other| *other != index) {
                assert!(!is_in(&tree, leaf, other, &path), "{other} of {count}");
            }
        }
    }

    #[test]
    fn an_inner_node_is_no_leaf() {
        let Reference { roots, .. } = reference();
        let (left, right) = (
            &roots[1],
            bytes("5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"),
        );
        // The two subtrees of the root after four leaves, given out as two leaves.
        let tree = batch(roots[3], 2);
        assert!(!is_in(&tree, left, 0, &right));
        assert_eq!(sha256(&[&[NODE_PREFIX], left, &right]), Ok(roots[3]));
    }

    #[test]
    fn each_leaf_of_the_largest_batch_has_a_place_of_its_own() {
        let mut batch = batch([0; 32], 1024);
        for index in 0..1024 {
            assert!(!batch.is_used(index), "{index}");
            batch.set_used(index);
            assert!(batch.is_used(index), "{index}");
        }
        assert!(batch.is_used(1024));
    }

    #[test]
    fn leaves_outside_the_batch_count_as_used() {
        let batch = batch([0; 32], 3);
        assert!(!batch.is_used(2));
        for index in [3, 7, 8, 1023, 1024, u16::MAX] {
            assert!(batch.is_used(index), "{index}");
        }
    }
}
