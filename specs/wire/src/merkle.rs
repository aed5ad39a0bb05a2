//! The tree of a batch: the constants of RFC 9162, 2.1.1.

/// Length of a node in bytes (SHA-256).
pub const NODE_LENGTH: usize = 32;
/// What the hash of a leaf begins with.
pub const LEAF_PREFIX: u8 = 0x00;
/// What the hash of an inner node begins with.
pub const NODE_PREFIX: u8 = 0x01;
/// Most leaves of a batch.
pub const LARGEST_BATCH: u16 = 1024;
/// Most nodes of an inclusion path in such a tree.
pub const LONGEST_PATH: usize = 10;
