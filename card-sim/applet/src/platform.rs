//! What the card asks of the chip under it.

use sello_scp03::Primitives;
use sello_wire::key::{Algorithm, Curve, LONGEST_POINT, LONGEST_SCALAR, Slot};
use sello_wire::object::ObjectTag;
use zeroize::Zeroizing;

/// A private scalar, or whatever of that length the platform wraps it in, wiped when dropped.
///
/// It has no `Debug` and no `Display`, so that it cannot be printed.
pub struct PrivateKey {
    curve: Curve,
    bytes: Zeroizing<[u8; LONGEST_SCALAR]>,
}

impl PrivateKey {
    /// Takes the bytes of a private key; `None` when their number is not the curve's.
    #[must_use]
    pub fn new(curve: Curve, scalar: &[u8]) -> Option<Self> {
        if scalar.len() != curve.scalar_length() {
            return None;
        }
        let mut bytes = Zeroizing::new([0; LONGEST_SCALAR]);
        bytes.get_mut(..scalar.len())?.copy_from_slice(scalar);
        Some(Self { curve, bytes })
    }

    /// The curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// The bytes, big-endian, for the platform and its memory alone.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.bytes
            .get(..self.curve.scalar_length())
            .unwrap_or_default()
    }
}

/// A public point, uncompressed (SEC 1, 2.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    curve: Curve,
    bytes: [u8; LONGEST_POINT],
}

impl Point {
    /// Takes the bytes of a point; `None` when their number is not the curve's. Whether it lies on the
    /// curve is not looked at.
    #[must_use]
    pub fn new(curve: Curve, point: &[u8]) -> Option<Self> {
        if point.len() != curve.point_length() {
            return None;
        }
        let mut bytes = [0; LONGEST_POINT];
        bytes.get_mut(..point.len())?.copy_from_slice(point);
        Some(Self { curve, bytes })
    }

    /// The curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// The bytes, 65 or 97.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes
            .get(..self.curve.point_length())
            .unwrap_or_default()
    }
}

/// An ECDSA signature: r and s, each as long as the curve's scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawSignature {
    curve: Curve,
    bytes: [u8; 2 * LONGEST_SCALAR],
}

impl RawSignature {
    /// Takes r ‖ s; `None` when their length is not the curve's.
    #[must_use]
    pub fn new(curve: Curve, r_and_s: &[u8]) -> Option<Self> {
        if r_and_s.len() != 2 * curve.scalar_length() {
            return None;
        }
        let mut bytes = [0; 2 * LONGEST_SCALAR];
        bytes.get_mut(..r_and_s.len())?.copy_from_slice(r_and_s);
        Some(Self { curve, bytes })
    }

    /// r and s.
    #[must_use]
    pub fn halves(&self) -> (&[u8], &[u8]) {
        let length = self.curve.scalar_length();
        let used = self.bytes.get(..2 * length).unwrap_or_default();
        used.split_at_checked(length).unwrap_or_default()
    }
}

/// The x coordinate two parties agreed upon (SP 800-56A, 5.7.1.2), wiped when dropped.
pub struct SharedSecret {
    curve: Curve,
    bytes: Zeroizing<[u8; LONGEST_SCALAR]>,
}

impl SharedSecret {
    /// Takes a coordinate; `None` when its length is not the curve's.
    #[must_use]
    pub fn new(curve: Curve, x: &[u8]) -> Option<Self> {
        let PrivateKey { curve, bytes } = PrivateKey::new(curve, x)?;
        Some(Self { curve, bytes })
    }

    /// The coordinate, big-endian.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.bytes
            .get(..self.curve.scalar_length())
            .unwrap_or_default()
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
    /// The secure channel's keys; absent while the card has the factory's.
    ChannelKeys,
    /// A place in the ring of journal entries, from 0.
    Journal(u16),
}

/// One part of a change of the memory.
#[derive(Clone, Copy)]
pub enum Change<'a> {
    /// Writes a record, in place of what it held.
    Write(Record, &'a [u8]),
    /// Erases a record; nothing happens when there is none.
    Erase(Record),
    /// Erases every key but the one in [`Slot::Attestation`].
    EraseKeys,
    /// Erases every data object but the attestation certificate.
    EraseObjects,
}

/// Why the platform could not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No random numbers.
    Random,
    /// A cryptographic operation failed.
    Cryptography,
    /// What was given is no point of the curve or no scalar.
    Input,
    /// The memory could not be read or written; nothing was changed.
    Memory,
    /// There is no room for the change; nothing was changed.
    Full,
}

/// Random numbers, cryptography and memory. AES in the modes of the secure channel comes with
/// [`Primitives`].
pub trait Platform: Primitives<Error = Failure> {
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

    /// SHA-256 (FIPS 180-4) of all parts, one after the other.
    ///
    /// # Errors
    /// [`Failure::Cryptography`].
    fn sha256(&mut self, parts: &[&[u8]]) -> Result<[u8; 32], Failure>;

    /// Generates a key pair. Nothing is stored.
    ///
    /// # Errors
    /// [`Failure::Random`] or [`Failure::Cryptography`].
    fn generate(&mut self, curve: Curve) -> Result<(PrivateKey, Point), Failure>;

    /// The public point of a private key.
    ///
    /// # Errors
    /// [`Failure::Input`] when the scalar is 0 or not below the order of the curve.
    fn public_point(&mut self, key: &PrivateKey) -> Result<Point, Failure>;

    /// Signs a digest with ECDSA (FIPS 186-5, 6.4.1): one as long as the curve's scalar, or of 32 bytes.
    ///
    /// # Errors
    /// [`Failure::Random`] or [`Failure::Cryptography`].
    fn sign(&mut self, key: &PrivateKey, digest: &[u8]) -> Result<RawSignature, Failure>;

    /// Agrees on a secret with the owner of a point (ECDH, SP 800-56A, 5.7.1.2).
    ///
    /// # Errors
    /// [`Failure::Input`] when the point does not lie on the key's curve or is the point at infinity.
    fn agree(&mut self, key: &PrivateKey, point: &Point) -> Result<SharedSecret, Failure>;

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
