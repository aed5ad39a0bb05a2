//! The tree of a batch (RFC 9162, 2.1), written apart from the card's and the host's.

use sha2::{Digest, Sha256};

type Hash = [u8; 32];

/// The digest of document `index` of a batch.
#[must_use]
pub const fn digest(index: u16) -> Hash {
    let [hi, lo] = index.to_be_bytes();
    let mut digest = [0xD1; 32];
    digest[0] = hi;
    digest[1] = lo;
    digest
}

fn node(prefix: u8, left: &[u8], right: &[u8]) -> Hash {
    let hash = Sha256::new().chain_update([prefix]).chain_update(left);
    hash.chain_update(right).finalize().into()
}

/// The root over documents `from` to `to`.
#[must_use]
pub fn root(from: u16, to: u16) -> Hash {
    if to - from == 1 {
        return node(0, &digest(from), &[]);
    }
    let middle = from + split(to - from);
    node(1, &root(from, middle), &root(middle, to))
}

/// The inclusion proof of document `index` among `from` to `to`, from the leaf up.
#[must_use]
pub fn path(index: u16, from: u16, to: u16) -> Vec<u8> {
    if to - from == 1 {
        return Vec::new();
    }
    let middle = from + split(to - from);
    let (mut path, sibling) = if index < middle {
        (path(index, from, middle), root(middle, to))
    } else {
        (path(index, middle, to), root(from, middle))
    };
    path.extend_from_slice(&sibling);
    path
}

/// The largest power of two below `count`.
const fn split(count: u16) -> u16 {
    count.next_power_of_two() / 2
}
