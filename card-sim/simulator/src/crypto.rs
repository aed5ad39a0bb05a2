//! The cryptography of the simulated chip: AES, SHA-256, P-256 and P-384.

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use sello_applet::{Failure, Point, PrivateKey, RawSignature, SharedSecret};
use sello_wire::key::{Algorithm, Curve};
use sha2::{Digest, Sha256};

/// Encrypts one block in place.
///
/// # Errors
/// [`Failure::Cryptography`] for a key of another length or another algorithm.
pub(crate) fn encrypt_block(
    algorithm: Algorithm,
    key: &[u8],
    block: &mut [u8; 16],
) -> Result<(), Failure> {
    fn with<C: KeyInit + BlockCipherEncrypt<BlockSize = aes::cipher::consts::U16>>(
        key: &[u8],
        block: &mut [u8; 16],
    ) -> Result<(), Failure> {
        let cipher = C::new_from_slice(key).map_err(|_| Failure::Cryptography)?;
        cipher.encrypt_block(block.into());
        Ok(())
    }
    match algorithm {
        Algorithm::Aes128 => with::<Aes128>(key, block),
        Algorithm::Aes192 => with::<Aes192>(key, block),
        Algorithm::Aes256 => with::<Aes256>(key, block),
        _ => Err(Failure::Cryptography),
    }
}

pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// The same steps for each curve, whose crates differ in their types alone.
macro_rules! curve {
    ($module:ident, $crate_:ident, $curve:expr) => {
        mod $module {
            use sello_applet::{Failure, Point, PrivateKey, RawSignature, SharedSecret};
            use $crate_::ecdsa::signature::hazmat::PrehashSigner;
            use $crate_::ecdsa::{Signature, SigningKey};
            use $crate_::elliptic_curve::sec1::ToSec1Point;
            use $crate_::{PublicKey, SecretKey};

            fn secret(key: &PrivateKey) -> Result<SecretKey, Failure> {
                SecretKey::from_slice(key.expose()).map_err(|_| Failure::Input)
            }

            pub(super) fn public_point(key: &PrivateKey) -> Result<Point, Failure> {
                let point = secret(key)?.public_key().to_sec1_point(false);
                Point::new($curve, point.as_bytes()).ok_or(Failure::Cryptography)
            }

            pub(super) fn sign(key: &PrivateKey, digest: &[u8]) -> Result<RawSignature, Failure> {
                let key = SigningKey::from(secret(key).map_err(|_| Failure::Cryptography)?);
                let signature: Signature = key
                    .sign_prehash(digest)
                    .map_err(|_| Failure::Cryptography)?;
                RawSignature::new($curve, &signature.to_bytes()).ok_or(Failure::Cryptography)
            }

            pub(super) fn agree(key: &PrivateKey, point: &Point) -> Result<SharedSecret, Failure> {
                let theirs =
                    PublicKey::from_sec1_bytes(point.as_bytes()).map_err(|_| Failure::Input)?;
                let own = secret(key).map_err(|_| Failure::Cryptography)?;
                let shared =
                    $crate_::ecdh::diffie_hellman(own.to_nonzero_scalar(), theirs.as_affine());
                SharedSecret::new($curve, shared.raw_secret_bytes()).ok_or(Failure::Cryptography)
            }
        }
    };
}

curve!(on_p256, p256, sello_wire::key::Curve::P256);
curve!(on_p384, p384, sello_wire::key::Curve::P384);

pub(crate) fn public_point(key: &PrivateKey) -> Result<Point, Failure> {
    match key.curve() {
        Curve::P256 => on_p256::public_point(key),
        Curve::P384 => on_p384::public_point(key),
    }
}

pub(crate) fn sign(key: &PrivateKey, digest: &[u8]) -> Result<RawSignature, Failure> {
    match key.curve() {
        Curve::P256 => on_p256::sign(key, digest),
        Curve::P384 => on_p384::sign(key, digest),
    }
}

pub(crate) fn agree(key: &PrivateKey, point: &Point) -> Result<SharedSecret, Failure> {
    match key.curve() {
        Curve::P256 => on_p256::agree(key, point),
        Curve::P384 => on_p384::agree(key, point),
    }
}
