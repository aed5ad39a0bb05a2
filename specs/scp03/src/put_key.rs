//! New keys for a card: the data of PUT KEY (GlobalPlatform Card Specification v2.3, 11.8; Amendment D
//! v1.1.1, 7.2).

use sello_wire::{Command, Instruction};
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::BLOCK_LENGTH;
use crate::key::{Key, KeyVersion};
use crate::primitives::Primitives;
use crate::static_keys::{CheckValue, StaticKeys, check_value};

/// P2 of PUT KEY: several keys, the first of which has identifier 1.
pub const KEY_IDENTIFIER: u8 = 0x81;
/// Most data bytes of PUT KEY.
pub const LARGEST: usize = 1 + 3 * (3 + Key::LARGEST + 1 + CHECK_VALUE_LENGTH);
/// Length in bytes of the answer: version and three check values.
pub const ANSWER_LENGTH: usize = 1 + 3 * CHECK_VALUE_LENGTH;

/// Key type AES (GlobalPlatform Card Specification v2.3, table 11-16).
const AES: u8 = 0x88;
const CHECK_VALUE_LENGTH: usize = 3;

/// PUT KEY: `80 D8 present-version 81`, to be wrapped. `present` is the version of the keys that the
/// new ones replace, `data` comes from [`encode`].
#[must_use]
pub const fn command(present: KeyVersion, data: &[u8]) -> Command<'_> {
    Command {
        cla: Instruction::PutKey.cla(),
        ins: Instruction::PutKey.ins(),
        p1: present.to_byte(),
        p2: KEY_IDENTIFIER,
        data,
        expected: 256,
        extended: false,
    }
}

/// Why the data of PUT KEY is refused, or cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PutKeyError<E> {
    /// A cryptographic operation failed.
    #[error("a cryptographic operation on new keys failed")]
    Primitives(E),
    /// Bytes are missing or too many.
    #[error("the new keys do not have the length they say")]
    Length,
    /// No version new keys can have.
    #[error("keys cannot be put with version {version:02X}")]
    Version {
        /// The version.
        version: u8,
    },
    /// Not an AES key.
    #[error("new key of type {key_type:02X}, which is not AES")]
    KeyType {
        /// The type.
        key_type: u8,
    },
    /// A length that an AES key does not have, or not the first key's.
    #[error("new key of {length} bytes")]
    KeyLength {
        /// Length in bytes.
        length: usize,
    },
    /// What fills the last block of a decrypted key is not zero.
    #[error("new key filled up with something else than zeros")]
    Padding,
    /// The check value is not the decrypted key's: the other end has another DEK.
    #[error("wrong check value of a new key")]
    CheckValue,
    /// The buffer is smaller than [`LARGEST`].
    #[error("no room for the new keys")]
    NoRoom,
}

/// A key as PUT KEY carries it, decrypted, padded.
type Block = Zeroizing<[u8; Key::LARGEST]>;

/// Writes the data of PUT KEY: `version ‖ 3 x {88 ‖ 1 + n ‖ key length ‖ AES-CBC(dek, IV 0, key filled
/// with zeros to n bytes) ‖ 03 ‖ check value}`. `dek` is the card's present one.
///
/// # Errors
/// [`PutKeyError::Primitives`], [`PutKeyError::Version`] for the factory's, [`PutKeyError::NoRoom`].
pub fn encode<'b, P: Primitives>(
    primitives: &mut P,
    dek: &Key,
    version: KeyVersion,
    keys: &StaticKeys,
    buffer: &'b mut [u8],
) -> Result<&'b [u8], PutKeyError<P::Error>> {
    let version = version.to_byte();
    if KeyVersion::new(version).is_none() {
        return Err(PutKeyError::Version { version });
    }
    let mut writer = sello_wire::tlv::Writer::new(buffer);
    let no_room = |_| PutKeyError::NoRoom;
    writer.bytes(&[version]).map_err(no_room)?;
    for key in [keys.enc(), keys.mac(), keys.dek()] {
        let check = check_value(primitives, key).map_err(PutKeyError::Primitives)?;
        let mut block: Block = Zeroizing::new([0; Key::LARGEST]);
        for (byte, value) in block.iter_mut().zip(key.expose()) {
            *byte = *value;
        }
        let filled = block
            .get_mut(..filled_length(key.length()))
            .unwrap_or_default();
        primitives
            .encrypt_cbc(dek.expose(), &[0; 16], filled)
            .map_err(PutKeyError::Primitives)?;
        let lengths = [filled.len() + 1, key.length()].map(|n| n.to_le_bytes()[0]);
        for field in [&[AES], &lengths[..], filled, &[3], &check] {
            writer.bytes(field).map_err(no_room)?;
        }
    }
    Ok(writer.finish())
}

/// Reads the data of PUT KEY, strictly.
///
/// # Errors
/// See [`PutKeyError`].
pub fn decode<P: Primitives>(
    primitives: &mut P,
    dek: &Key,
    data: &[u8],
) -> Result<(KeyVersion, StaticKeys), PutKeyError<P::Error>> {
    let (&version, rest) = data.split_first().ok_or(PutKeyError::Length)?;
    let version = KeyVersion::new(version).ok_or(PutKeyError::Version { version })?;
    let (enc, rest) = decode_key(primitives, dek, rest)?;
    let (mac, rest) = decode_key(primitives, dek, rest)?;
    let (new_dek, rest) = decode_key(primitives, dek, rest)?;
    if !rest.is_empty() {
        return Err(PutKeyError::Length);
    }
    let keys = StaticKeys::new(enc.expose(), mac.expose(), new_dek.expose());
    let keys = keys.map_err(|error| PutKeyError::KeyLength {
        length: error.length,
    })?;
    Ok((version, keys))
}

/// Reads one key and gives what follows.
fn decode_key<'a, P: Primitives>(
    primitives: &mut P,
    dek: &Key,
    data: &'a [u8],
) -> Result<(Key, &'a [u8]), PutKeyError<P::Error>> {
    let (&[key_type, field, length], rest) = data.split_first_chunk().ok_or(PutKeyError::Length)?;
    if key_type != AES {
        return Err(PutKeyError::KeyType { key_type });
    }
    let length = usize::from(length);
    let mut key = Key::zero(length).map_err(|_| PutKeyError::KeyLength { length })?;
    let filled = filled_length(length);
    if usize::from(field) != filled + 1 {
        return Err(PutKeyError::Length);
    }
    let (encrypted, rest) = rest.split_at_checked(filled).ok_or(PutKeyError::Length)?;
    let (&[check_length, a, b, c], rest) = rest.split_first_chunk().ok_or(PutKeyError::Length)?;
    if usize::from(check_length) != CHECK_VALUE_LENGTH {
        return Err(PutKeyError::Length);
    }
    decrypt(primitives, dek, encrypted, &mut key)?;
    let check: CheckValue = check_value(primitives, &key).map_err(PutKeyError::Primitives)?;
    if bool::from(check.ct_eq(&[a, b, c])) {
        Ok((key, rest))
    } else {
        Err(PutKeyError::CheckValue)
    }
}

fn decrypt<P: Primitives>(
    primitives: &mut P,
    dek: &Key,
    encrypted: &[u8],
    key: &mut Key,
) -> Result<(), PutKeyError<P::Error>> {
    let mut block: Block = Zeroizing::new([0; Key::LARGEST]);
    let filled = block.get_mut(..encrypted.len()).unwrap_or_default();
    filled.copy_from_slice(encrypted);
    primitives
        .decrypt_cbc(dek.expose(), &[0; 16], filled)
        .map_err(PutKeyError::Primitives)?;
    let (bytes, filling) = filled
        .split_at_checked(key.length())
        .ok_or(PutKeyError::Length)?;
    if filling.iter().any(|byte| *byte != 0) {
        return Err(PutKeyError::Padding);
    }
    key.expose_mut().copy_from_slice(bytes);
    Ok(())
}

/// The answer to PUT KEY: version and check values of the keys now in force.
///
/// # Errors
/// When the primitives fail.
pub fn answer<P: Primitives>(
    primitives: &mut P,
    version: KeyVersion,
    keys: &StaticKeys,
) -> Result<[u8; ANSWER_LENGTH], P::Error> {
    let checks = keys.check_values(primitives)?;
    let mut answer = [version.to_byte(); ANSWER_LENGTH];
    for (byte, value) in answer.iter_mut().skip(1).zip(checks.as_flattened()) {
        *byte = *value;
    }
    Ok(answer)
}

/// Length in bytes of a key filled up to whole blocks.
const fn filled_length(length: usize) -> usize {
    length.next_multiple_of(BLOCK_LENGTH)
}
