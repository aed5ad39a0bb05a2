//! AES, SHA-256, P-256 and P-384 for a chip that has no coprocessor for them: the simulated one, and the
//! bare one that the applet is measured on. Everything comes from RustCrypto; no allocation.
#![no_std]
#![forbid(unsafe_code)]

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use sello_applet::{Failure, Point, PrivateKey, RawSignature, SharedSecret};
use sello_wire::key::{Algorithm, Curve, LONGEST_SCALAR};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Rejection sampling of a scalar fails with probability 2^-32 a draw.
const MOST_DRAWS: usize = 8;

/// Encrypts one block in place.
///
/// # Errors
/// [`Failure::Cryptography`] for a key of another length or another algorithm.
pub fn encrypt_block(
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

/// SHA-256 (FIPS 180-4) of all parts, one after the other.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// The same steps for each curve, whose crates differ in their types alone. They are not inlined, or the
/// stack of the longer curve would be the stack of both.
macro_rules! curve {
    ($module:ident, $crate_:ident, $name:ident, $hash:ty, $curve:expr) => {
        mod $module {
            use ecdsa::hazmat::sign_prehashed_rfc6979;
            use sello_applet::{Failure, Point, PrivateKey, RawSignature, SharedSecret};
            use $crate_::elliptic_curve::sec1::ToSec1Point;
            use $crate_::{PublicKey, SecretKey, $name};
            use zeroize::Zeroizing;

            fn secret(key: &PrivateKey) -> Result<SecretKey, Failure> {
                SecretKey::from_slice(key.expose()).map_err(|_| Failure::Input)
            }

            #[inline(never)]
            pub(super) fn public_point(key: &PrivateKey) -> Result<Point, Failure> {
                let point = secret(key)?.public_key().to_sec1_point(false);
                Point::new($curve, point.as_bytes()).ok_or(Failure::Cryptography)
            }

            #[inline(never)]
            pub(super) fn sign(key: &PrivateKey, digest: &[u8]) -> Result<RawSignature, Failure> {
                let secret = secret(key).map_err(|_| Failure::Cryptography)?;
                // A `SigningKey` computes its public point whenever it is made, which takes as long as
                // the signature.
                let scalar = Zeroizing::new(secret.to_nonzero_scalar());
                let (signature, _) = sign_prehashed_rfc6979::<$name, $hash>(&scalar, digest, &[]);
                RawSignature::new($curve, &signature.to_bytes()).ok_or(Failure::Cryptography)
            }

            #[inline(never)]
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

curve!(
    on_p256,
    p256,
    NistP256,
    sha2::Sha256,
    sello_wire::key::Curve::P256
);
#[cfg(feature = "p384")]
curve!(
    on_p384,
    p384,
    NistP384,
    sha2::Sha384,
    sello_wire::key::Curve::P384
);

/// The curve was left out.
#[cfg(not(feature = "p384"))]
mod on_p384 {
    use sello_applet::{Failure, Point, PrivateKey, RawSignature, SharedSecret};

    pub(super) fn public_point(_: &PrivateKey) -> Result<Point, Failure> {
        Err(Failure::Cryptography)
    }

    pub(super) fn sign(_: &PrivateKey, _: &[u8]) -> Result<RawSignature, Failure> {
        Err(Failure::Cryptography)
    }

    pub(super) fn agree(_: &PrivateKey, _: &Point) -> Result<SharedSecret, Failure> {
        Err(Failure::Cryptography)
    }
}

/// The public point of a private key.
///
/// # Errors
/// [`Failure::Input`] when the scalar is 0 or not below the order of the curve.
pub fn public_point(key: &PrivateKey) -> Result<Point, Failure> {
    match key.curve() {
        Curve::P256 => on_p256::public_point(key),
        Curve::P384 => on_p384::public_point(key),
    }
}

/// Signs a digest as long as the curve's scalar, or half as long, with ECDSA (FIPS 186-5, 6.4.1), with the
/// nonce of RFC 6979.
///
/// # Errors
/// [`Failure::Cryptography`] for an unusable key.
pub fn sign(key: &PrivateKey, digest: &[u8]) -> Result<RawSignature, Failure> {
    match key.curve() {
        Curve::P256 => on_p256::sign(key, digest),
        Curve::P384 => on_p384::sign(key, digest),
    }
}

/// Agrees on a secret with the owner of a point (ECDH, SP 800-56A, 5.7.1.2).
///
/// # Errors
/// [`Failure::Input`] when the point does not lie on the key's curve or is the point at infinity.
pub fn agree(key: &PrivateKey, point: &Point) -> Result<SharedSecret, Failure> {
    match key.curve() {
        Curve::P256 => on_p256::agree(key, point),
        Curve::P384 => on_p384::agree(key, point),
    }
}

/// Generates a key pair out of random scalars.
///
/// # Errors
/// What `random` reports, or [`Failure::Cryptography`] when it gives no scalar of the curve.
pub fn generate(
    curve: Curve,
    mut random: impl FnMut(&mut [u8]) -> Result<(), Failure>,
) -> Result<(PrivateKey, Point), Failure> {
    for _ in 0..MOST_DRAWS {
        let mut scalar = Zeroizing::new([0; LONGEST_SCALAR]);
        let used = scalar
            .get_mut(..curve.scalar_length())
            .ok_or(Failure::Cryptography)?;
        random(used)?;
        let key = PrivateKey::new(curve, used).ok_or(Failure::Cryptography)?;
        match public_point(&key) {
            Err(Failure::Input) => {}
            point => return Ok((key, point?)),
        }
    }
    Err(Failure::Cryptography)
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::signature::hazmat::PrehashVerifier;
    use p256::ecdsa::{Signature, VerifyingKey};

    use sello_wire::key::LONGEST_POINT;

    use super::*;

    /// Scalars 1, 2, 3 and so on.
    fn counting() -> impl FnMut(&mut [u8]) -> Result<(), Failure> {
        let mut last = 0;
        move |bytes| {
            last += 1;
            bytes.fill(0);
            *bytes.last_mut().unwrap() = last;
            Ok(())
        }
    }

    #[test]
    fn two_keys_of_a_curve_agree_and_a_point_beside_the_curve_is_refused() {
        for curve in [Curve::P256, Curve::P384] {
            let mut random = counting();
            let (a, point_of_a) = generate(curve, &mut random).unwrap();
            let (b, point_of_b) = generate(curve, &mut random).unwrap();
            let (one, other) = (
                agree(&a, &point_of_b).unwrap(),
                agree(&b, &point_of_a).unwrap(),
            );
            assert_eq!(one.expose(), other.expose());
            let mut beside = [0; LONGEST_POINT];
            let beside = &mut beside[..curve.point_length()];
            beside.copy_from_slice(point_of_a.as_bytes());
            *beside.last_mut().unwrap() ^= 1;
            let beside = Point::new(curve, beside).unwrap();
            assert_eq!(agree(&b, &beside).err(), Some(Failure::Input));
        }
    }

    #[test]
    fn no_scalar_of_the_curve_is_no_key() {
        for curve in [Curve::P256, Curve::P384] {
            let none = generate(curve, |bytes| {
                bytes.fill(0xFF);
                Ok(())
            });
            assert_eq!(none.err(), Some(Failure::Cryptography));
            let zero = PrivateKey::new(curve, &[0; 48][..curve.scalar_length()]).unwrap();
            assert_eq!(public_point(&zero), Err(Failure::Input));
        }
    }

    #[test]
    fn a_signature_verifies() {
        let (key, point) = generate(Curve::P256, counting()).unwrap();
        let digest = sha256(&[b"one ", b"two"]);
        assert_eq!(digest, sha256(&[b"one two"]));
        let raw = sign(&key, &digest).unwrap();
        let (r, s) = raw.halves();
        let (r, s): ([u8; 32], [u8; 32]) = (r.try_into().unwrap(), s.try_into().unwrap());
        let signature = Signature::from_scalars(r, s).unwrap();
        let verifier = VerifyingKey::from_sec1_bytes(point.as_bytes()).unwrap();
        assert!(verifier.verify_prehash(&digest, &signature).is_ok());
    }
}
