//! What the card asks of the chip under it.

use sello_wire::key::{Algorithm, P256_DIGEST_LENGTH, P256_POINT_LENGTH, Slot};
use sello_wire::object::ObjectTag;
use zeroize::Zeroizing;

/// A P-256 private scalar, or whatever the platform wraps it in, wiped when dropped.
///
/// It has no `Debug` and no `Display`, so that it cannot be printed.
pub struct PrivateKey(Zeroizing<[u8; Self::LENGTH]>);

impl PrivateKey {
    /// Length in bytes.
    pub const LENGTH: usize = 32;

    /// Takes the bytes of a private key.
    #[must_use]
    pub fn new(bytes: [u8; Self::LENGTH]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for the platform and its memory alone.
    #[must_use]
    pub fn expose(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }
}

/// Where something lies in the memory of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Record {
    /// Life cycle, PINs, management key and counters; always present on a manufactured card.
    Register,
    /// A key pair with its policy.
    Key(Slot),
    /// A data object, its `53` header included.
    Object(ObjectTag),
}

/// One part of a change of the memory.
#[derive(Clone, Copy)]
pub enum Change<'a> {
    /// Writes a record, in place of what it held.
    Write(Record, &'a [u8]),
    /// Erases a record; nothing happens when there is none.
    Erase(Record),
    /// Erases every key.
    EraseKeys,
    /// Erases every data object.
    EraseObjects,
}

/// Why the platform could not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No random numbers.
    Random,
    /// A cryptographic operation failed.
    Cryptography,
    /// The memory could not be read or written; nothing was changed.
    Memory,
    /// There is no room for the change; nothing was changed.
    Full,
}

/// Random numbers, cryptography and memory.
pub trait Platform {
    /// Fills `bytes` with random numbers fit for keys.
    ///
    /// # Errors
    /// [`Failure::Random`].
    fn random(&mut self, bytes: &mut [u8]) -> Result<(), Failure>;

    /// Encrypts one block with AES (FIPS 197) in place; the length of `key` fits `algorithm`.
    ///
    /// # Errors
    /// [`Failure::Cryptography`].
    fn encrypt_block(
        &mut self,
        algorithm: Algorithm,
        key: &[u8],
        block: &mut [u8; 16],
    ) -> Result<(), Failure>;

    /// Generates a P-256 key pair; the point comes uncompressed (SEC 1, 2.3.3). Nothing is stored.
    ///
    /// # Errors
    /// [`Failure::Random`] or [`Failure::Cryptography`].
    fn generate_p256(&mut self) -> Result<(PrivateKey, [u8; P256_POINT_LENGTH]), Failure>;

    /// Signs a digest with ECDSA on P-256 (FIPS 186-5, 6.4.1) and gives r and s, 32 bytes each.
    ///
    /// # Errors
    /// [`Failure::Random`] or [`Failure::Cryptography`].
    fn sign_p256(
        &mut self,
        key: &PrivateKey,
        digest: &[u8; P256_DIGEST_LENGTH],
    ) -> Result<[u8; 64], Failure>;

    /// Reads a record into `buffer` and gives its length, or `None` when there is no such record.
    ///
    /// # Errors
    /// [`Failure::Memory`], also when the record is longer than `buffer`.
    fn read(&self, record: Record, buffer: &mut [u8]) -> Result<Option<usize>, Failure>;

    /// Whether there is such a record.
    ///
    /// # Errors
    /// [`Failure::Memory`].
    fn holds(&self, record: Record) -> Result<bool, Failure>;

    /// Makes all changes, in order, or none: whatever happens, a later read sees either the state
    /// before or the state after.
    ///
    /// # Errors
    /// [`Failure::Memory`] or [`Failure::Full`]; the state is then the one before.
    fn commit(&mut self, changes: &[Change<'_>]) -> Result<(), Failure>;
}
