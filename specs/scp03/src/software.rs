//! The primitives in software.

use aes::cipher::consts::U16;
use aes::cipher::{
    Array, BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit,
    KeyIvInit,
};
use aes::{Aes128, Aes192, Aes256};
use cmac::{Cmac, Mac};
use thiserror::Error;

use crate::primitives::Primitives;

/// AES-CMAC and AES-CBC over the crates `aes`, `cmac` and `cbc`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Software;

/// The caller gave something AES cannot take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SoftwareError {
    /// A key has not 16, 24 or 32 bytes.
    #[error("an AES key has 16, 24 or 32 bytes, not {length}")]
    KeyLength {
        /// Length in bytes.
        length: usize,
    },
    /// The data is no whole number of blocks.
    #[error("AES-CBC without padding takes whole blocks, not {length} bytes")]
    DataLength {
        /// Length in bytes.
        length: usize,
    },
}

impl Primitives for Software {
    type Error = SoftwareError;

    fn cmac(&mut self, key: &[u8], parts: &[&[u8]]) -> Result<[u8; 16], SoftwareError> {
        match key.len() {
            16 => mac::<Cmac<Aes128>>(key, parts),
            24 => mac::<Cmac<Aes192>>(key, parts),
            32 => mac::<Cmac<Aes256>>(key, parts),
            length => Err(SoftwareError::KeyLength { length }),
        }
    }

    fn encrypt_cbc(
        &mut self,
        key: &[u8],
        iv: &[u8; 16],
        data: &mut [u8],
    ) -> Result<(), SoftwareError> {
        match key.len() {
            16 => encrypt::<Aes128>(key, iv, data),
            24 => encrypt::<Aes192>(key, iv, data),
            32 => encrypt::<Aes256>(key, iv, data),
            length => Err(SoftwareError::KeyLength { length }),
        }
    }

    fn decrypt_cbc(
        &mut self,
        key: &[u8],
        iv: &[u8; 16],
        data: &mut [u8],
    ) -> Result<(), SoftwareError> {
        match key.len() {
            16 => decrypt::<Aes128>(key, iv, data),
            24 => decrypt::<Aes192>(key, iv, data),
            32 => decrypt::<Aes256>(key, iv, data),
            length => Err(SoftwareError::KeyLength { length }),
        }
    }
}

fn key_length(key: &[u8]) -> SoftwareError {
    SoftwareError::KeyLength { length: key.len() }
}

fn mac<M: Mac<OutputSize = U16> + KeyInit>(
    key: &[u8],
    parts: &[&[u8]],
) -> Result<[u8; 16], SoftwareError> {
    let mut mac = <M as KeyInit>::new_from_slice(key).map_err(|_| key_length(key))?;
    for part in parts {
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().into())
}

/// The blocks of `data`, which must be whole.
fn blocks(data: &mut [u8]) -> Result<&mut [Array<u8, U16>], SoftwareError> {
    let length = data.len();
    match Array::slice_as_chunks_mut(data) {
        (blocks, []) => Ok(blocks),
        _ => Err(SoftwareError::DataLength { length }),
    }
}

fn encrypt<C: BlockCipherEncrypt<BlockSize = U16> + KeyInit>(
    key: &[u8],
    iv: &[u8; 16],
    data: &mut [u8],
) -> Result<(), SoftwareError> {
    let mut mode = cbc::Encryptor::<C>::new_from_slices(key, iv).map_err(|_| key_length(key))?;
    mode.encrypt_blocks(blocks(data)?);
    Ok(())
}

fn decrypt<C: BlockCipherDecrypt<BlockSize = U16> + KeyInit>(
    key: &[u8],
    iv: &[u8; 16],
    data: &mut [u8],
) -> Result<(), SoftwareError> {
    let mut mode = cbc::Decryptor::<C>::new_from_slices(key, iv).map_err(|_| key_length(key))?;
    mode.decrypt_blocks(blocks(data)?);
    Ok(())
}
