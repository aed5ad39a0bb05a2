//! The tree over the digests of a batch (RFC 9162, 2.1).

use sello_wire::key::P256_DIGEST_LENGTH;
use sello_wire::merkle::{LARGEST_BATCH, LEAF_PREFIX, NODE_LENGTH, NODE_PREFIX};
use sha2::{Digest, Sha256};
use thiserror::Error;

type Node = [u8; NODE_LENGTH];

/// A batch has 1 to 1024 documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a batch has 1 to {LARGEST_BATCH} documents, not {count}")]
pub struct BatchSize {
    /// Documents given.
    pub count: usize,
}

/// The digests to be signed with one PIN entry, and the Merkle tree over them.
///
/// A leaf is the digest the card is to sign: for a sealed document that of its signed attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    digests: Vec<[u8; P256_DIGEST_LENGTH]>,
    count: u16,
    /// From the leaves to the root, which is the only node of the last level.
    levels: Vec<Vec<Node>>,
}

impl Batch {
    /// Builds the tree over the digests in their order.
    ///
    /// # Errors
    /// [`BatchSize`] for no digest, or more than [`LARGEST_BATCH`].
    pub fn new(digests: &[[u8; P256_DIGEST_LENGTH]]) -> Result<Self, BatchSize> {
        let too_many = || BatchSize {
            count: digests.len(),
        };
        let count = u16::try_from(digests.len())
            .ok()
            .filter(|count| (1..=LARGEST_BATCH).contains(count))
            .ok_or_else(too_many)?;
        Ok(Self {
            digests: digests.to_vec(),
            count,
            levels: levels(digests.iter().map(|digest| leaf(digest)).collect()),
        })
    }

    /// Number of digests, 1 to 1024.
    #[must_use]
    pub const fn count(&self) -> u16 {
        self.count
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> [u8; NODE_LENGTH] {
        let top = self.levels.last().and_then(|level| level.first());
        top.copied().unwrap_or_default()
    }

    /// A digest by its index from 0.
    #[must_use]
    pub fn digest(&self, index: u16) -> Option<&[u8; P256_DIGEST_LENGTH]> {
        self.digests.get(usize::from(index))
    }

    /// The inclusion path of a digest, from the leaf up (RFC 9162, 2.1.3.1); `None` outside the batch.
    #[must_use]
    pub fn path(&self, index: u16) -> Option<Vec<[u8; NODE_LENGTH]>> {
        self.digest(index)?;
        Some(path(&self.levels, usize::from(index)))
    }
}

/// The tree level by level, from the leaves to the root.
fn levels(leaves: Vec<Node>) -> Vec<Vec<Node>> {
    let mut level = leaves;
    let mut levels = Vec::new();
    while level.len() > 1 {
        let above = parents(&level);
        levels.push(std::mem::replace(&mut level, above));
    }
    levels.push(level);
    levels
}

fn path(levels: &[Vec<Node>], leaf: usize) -> Vec<Node> {
    let mut place = leaf;
    let mut path = Vec::new();
    for level in levels {
        // The last node of an odd level has no sibling and moves up as it is.
        if let Some(sibling) = level.get(place ^ 1) {
            path.push(*sibling);
        }
        place /= 2;
    }
    path
}

fn leaf(digest: &[u8]) -> Node {
    let mut hash = Sha256::new();
    hash.update([LEAF_PREFIX]);
    hash.update(digest);
    hash.finalize().into()
}

fn parents(level: &[Node]) -> Vec<Node> {
    let parent = |pair: &[Node]| match pair {
        [left, right] => {
            let mut hash = Sha256::new();
            hash.update([NODE_PREFIX]);
            hash.update(left);
            hash.update(right);
            hash.finalize().into()
        }
        [alone, ..] => *alone,
        [] => Node::default(),
    };
    level.chunks(2).map(parent).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of RFC 9162, 2.1.1, word by word: split at the largest power of two below n.
    fn root_by_definition(digests: &[[u8; 32]]) -> Node {
        match digests {
            [digest] => leaf(digest),
            _ => {
                let (left, right) = digests.split_at(split(digests.len()));
                parents(&[root_by_definition(left), root_by_definition(right)])[0]
            }
        }
    }

    /// The definition of RFC 9162, 2.1.3.1.
    fn path_by_definition(index: usize, digests: &[[u8; 32]]) -> Vec<Node> {
        if digests.len() == 1 {
            return Vec::new();
        }
        let k = split(digests.len());
        let (left, right) = digests.split_at(k);
        let (mut path, other) = if index < k {
            (path_by_definition(index, left), root_by_definition(right))
        } else {
            (
                path_by_definition(index - k, right),
                root_by_definition(left),
            )
        };
        path.push(other);
        path
    }

    fn split(n: usize) -> usize {
        (n / 2 + 1).next_power_of_two()
            / if (n / 2 + 1).next_power_of_two() < n {
                1
            } else {
                2
            }
    }

    fn digests(count: usize) -> Vec<[u8; 32]> {
        (0..count)
            .map(|n| Sha256::digest(n.to_be_bytes()).into())
            .collect()
    }

    #[test]
    fn the_split_is_the_largest_power_of_two_below() {
        for (n, k) in [
            (2, 1),
            (3, 2),
            (4, 2),
            (5, 4),
            (7, 4),
            (8, 4),
            (9, 8),
            (1024, 512),
        ] {
            assert_eq!(split(n), k, "{n}");
        }
    }

    #[test]
    fn root_and_paths_are_those_of_the_definition() {
        for count in (1..=40).chain([63, 64, 65, 1000, 1023, 1024]) {
            let digests = digests(count);
            let batch = Batch::new(&digests).unwrap();
            assert_eq!(batch.root(), root_by_definition(&digests), "{count}");
            for index in [0, count / 3, count / 2, count - 1] {
                let path = batch.path(u16::try_from(index).unwrap()).unwrap();
                assert_eq!(path, path_by_definition(index, &digests), "{index}/{count}");
                assert!(path.len() <= sello_wire::merkle::LONGEST_PATH);
            }
        }
    }

    #[test]
    fn roots_and_paths_are_those_of_the_reference_tree() {
        let text = include_str!("../../../specs/vectors/merkle/rfc6962.vector").replace("\n  ", "");
        let bytes = |text: &str| hex::decode(text.trim().replace('-', "")).unwrap();
        let (mut leaves, mut compared) = (Vec::new(), 0);
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, value) = line.split_once('=').unwrap();
            let words: Vec<_> = name.split_whitespace().collect();
            let tree = |count: &str| levels(leaves[..count.parse().unwrap()].to_vec());
            let found = match words[..] {
                ["leaf"] => {
                    leaves.push(leaf(&bytes(value)));
                    continue;
                }
                ["root", count] => tree(count).last().unwrap().concat(),
                ["path", index, count] => path(&tree(count), index.parse().unwrap()).concat(),
                _ => panic!("{line}"),
            };
            assert_eq!(found, bytes(value), "{line}");
            compared += 1;
        }
        assert_eq!(compared, 13);
    }

    #[test]
    fn a_batch_has_one_to_1024_documents() {
        for count in [0, 1025, 70_000] {
            assert_eq!(Batch::new(&vec![[0; 32]; count]), Err(BatchSize { count }));
        }
        let batch = Batch::new(&digests(3)).unwrap();
        assert_eq!((batch.count(), batch.path(3)), (3, None));
    }
}
