//! ZIP archives as ASiC uses them (EN 319 162-1, A; PKWARE APPNOTE).
//!
//! The reader takes what the central directory lists and nothing else, and
//! refuses what other readers could see differently: a name twice, a local
//! header that disagrees, parts that overlap, encryption, methods other than
//! stored and deflate. The ready crates keep the last of two entries of one
//! name, so that a forged part would hide there.

mod read;
mod write;

pub use read::{Archive, Entry, ZipError};
pub use write::Writer;

/// Central directory header.
const CENTRAL: u32 = 0x0201_4b50;
/// Local file header.
const LOCAL: u32 = 0x0403_4b50;
/// End of central directory record.
const END: u32 = 0x0605_4b50;

#[cfg(test)]
mod tests;
