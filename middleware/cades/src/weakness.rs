//! Algorithms that are too weak to be relied on (ETSI TS 119 312; EN 319 102-1,
//! 5.2.6: cryptographic constraints), and since when.
//!
//! A signature with one of them is no proof today. It still is one if it
//! provably existed while the algorithm was sound.

use alloc::string::String;

use time::OffsetDateTime;
use time::macros::datetime;

use crate::digest::DigestAlgorithm;
use crate::error::UnsupportedAlgorithm;
use crate::key::PublicKey;
use crate::scheme::Scheme;

/// Shortest RSA modulus that is sound, in bits.
const SOUND_RSA_BITS: usize = 2048;
/// Names, as [`UnsupportedAlgorithm`] carries them, that are weak too.
const WEAK_NAMES: &[&str] = &["MD5", "RSA with MD5", "RIPEMD-160", "DSA with SHA-1"];

/// A weak algorithm.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} is too weak")]
pub struct Weakness {
    /// Its usual name, for a key with its length in bits.
    pub name: String,
    /// Until when it was sound.
    pub sound_until: OffsetDateTime,
}

impl Weakness {
    /// Whether it stands against something that existed at `proven`.
    #[must_use]
    pub fn matters(&self, proven: OffsetDateTime) -> bool {
        proven > self.sound_until
    }
}

impl UnsupportedAlgorithm {
    /// Whether it is not supported because it is broken.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        WEAK_NAMES.contains(&self.name.as_str())
    }
}

/// The end of the time in which a digest algorithm was sound for signatures.
pub(crate) fn of_digest(algorithm: DigestAlgorithm) -> Option<Weakness> {
    (algorithm == DigestAlgorithm::Sha1).then(|| Weakness {
        name: String::from(algorithm.name()),
        sound_until: datetime!(2012-08-01 0:00 UTC),
    })
}

pub(crate) fn of_scheme(scheme: Scheme) -> Option<Weakness> {
    scheme.digest().and_then(of_digest)
}

pub(crate) fn of_key(key: &PublicKey) -> Option<Weakness> {
    let bits = key.rsa_bits().filter(|bits| *bits < SOUND_RSA_BITS)?;
    // TS 119 312, SOG-IS: 1024 bits ended with 2010, 1536 with 2019.
    let sound_until = match bits {
        ..1024 => datetime!(2000-01-01 0:00 UTC),
        1024..1536 => datetime!(2011-01-01 0:00 UTC),
        _ => datetime!(2020-01-01 0:00 UTC),
    };
    Some(Weakness {
        name: alloc::format!("RSA with {bits} bits"),
        sound_until,
    })
}
