//! Keys of the other card's platform, and what it calculates with them.

use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use des::TdesEde3;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::elliptic_curve::sec1::ToSec1Point;
use trussed_core::Error;
use trussed_core::types::Mechanism;

/// A key, or what passes for one.
#[derive(Clone)]
pub(crate) enum Key {
    /// Bytes: of a symmetric key, a shared secret, or a key that only ever guards a file. Of the last,
    /// the public half is the same bytes: nobody attacks this platform.
    Bytes(Vec<u8>),
    P256(p256::SecretKey),
    P384(p384::SecretKey),
    PublicP256(p256::PublicKey),
    PublicP384(p384::PublicKey),
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Error::EntropyMalfunction)?;
    Ok(bytes)
}

impl Key {
    pub(crate) fn generate(mechanism: Mechanism) -> Result<Self, Error> {
        loop {
            let key = match mechanism {
                Mechanism::P256 => p256::SecretKey::from_slice(&random::<32>()?).map(Self::P256),
                Mechanism::P384 => p384::SecretKey::from_slice(&random::<48>()?).map(Self::P384),
                Mechanism::X255 => Ok(Self::Bytes(random::<32>()?.to_vec())),
                _ => return Err(Error::MechanismNotAvailable),
            };
            // As good as never: the random number is not below the order.
            if let Ok(key) = key {
                return Ok(key);
            }
        }
    }

    /// The public half.
    pub(crate) fn public(&self) -> Self {
        match self {
            Self::P256(key) => Self::PublicP256(key.public_key()),
            Self::P384(key) => Self::PublicP384(key.public_key()),
            other => other.clone(),
        }
    }

    /// From `x ‖ y` of a point, or plain bytes.
    pub(crate) fn from_bytes(mechanism: Mechanism, bytes: &[u8]) -> Result<Self, Error> {
        let point = || [&[4], bytes].concat();
        match mechanism {
            Mechanism::P256 => p256::PublicKey::from_sec1_bytes(&point()).map(Self::PublicP256),
            Mechanism::P384 => p384::PublicKey::from_sec1_bytes(&point()).map(Self::PublicP384),
            _ => return Ok(Self::Bytes(bytes.to_vec())),
        }
        .map_err(|_| Error::InvalidSerializedKey)
    }

    /// `x ‖ y` of a point, or plain bytes.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let point = match self {
            Self::Bytes(bytes) => return Ok(bytes.clone()),
            Self::PublicP256(key) => key.to_sec1_point(false).as_bytes().to_vec(),
            Self::PublicP384(key) => key.to_sec1_point(false).as_bytes().to_vec(),
            Self::P256(_) | Self::P384(_) => return Err(Error::WrongKeyKind),
        };
        let (_, coordinates) = point.split_first().ok_or(Error::InternalError)?;
        Ok(coordinates.to_vec())
    }

    /// The x coordinate of what the two have in common.
    pub(crate) fn agree(&self, public: &Self) -> Result<Self, Error> {
        let secret = match (self, public) {
            (Self::P256(key), Self::PublicP256(public)) => {
                p256::ecdh::diffie_hellman(key.to_nonzero_scalar(), public.as_affine())
                    .raw_secret_bytes()
                    .to_vec()
            }
            (Self::P384(key), Self::PublicP384(public)) => {
                p384::ecdh::diffie_hellman(key.to_nonzero_scalar(), public.as_affine())
                    .raw_secret_bytes()
                    .to_vec()
            }
            _ => return Err(Error::WrongKeyKind),
        };
        Ok(Self::Bytes(secret))
    }

    /// An `ECDSA-Sig-Value` over a digest.
    pub(crate) fn sign(&self, digest: &[u8]) -> Result<Vec<u8>, Error> {
        match self {
            Self::P256(key) => p256::ecdsa::SigningKey::from(key)
                .sign_prehash(digest)
                .map(|s: p256::ecdsa::Signature| s.to_der().as_bytes().to_vec()),
            Self::P384(key) => p384::ecdsa::SigningKey::from(key)
                .sign_prehash(digest)
                .map(|s: p384::ecdsa::Signature| s.to_der().as_bytes().to_vec()),
            _ => return Err(Error::WrongKeyKind),
        }
        .map_err(|_| Error::FunctionFailed)
    }

    /// One block.
    pub(crate) fn encrypt(&self, mechanism: Mechanism, block: &[u8]) -> Result<Vec<u8>, Error> {
        let Self::Bytes(key) = self else {
            return Err(Error::WrongKeyKind);
        };
        match mechanism {
            Mechanism::Aes256Cbc => encrypt_aes256(key, block),
            Mechanism::Tdes => encrypt_tdes(key, block),
            _ => None,
        }
        .ok_or(Error::WrongMessageLength)
    }
}

/// One block, with AES-256.
pub(crate) fn encrypt_aes256(key: &[u8], block: &[u8]) -> Option<Vec<u8>> {
    let cipher = Aes256::new_from_slice(key).ok()?;
    let mut block: [u8; 16] = block.try_into().ok()?;
    cipher.encrypt_block((&mut block).into());
    Some(block.to_vec())
}

/// One block, with triple DES.
pub(crate) fn encrypt_tdes(key: &[u8], block: &[u8]) -> Option<Vec<u8>> {
    let cipher = TdesEde3::new_from_slice(key).ok()?;
    let mut block: [u8; 8] = block.try_into().ok()?;
    cipher.encrypt_block((&mut block).into());
    Some(block.to_vec())
}
