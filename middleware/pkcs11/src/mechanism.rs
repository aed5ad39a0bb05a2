//! The mechanisms of a token.

use cryptoki_sys as ck;
use cryptoki_sys::{CK_MECHANISM_INFO, CK_MECHANISM_TYPE};

use crate::error::Error;
use crate::hash::Hash;

/// The signature mechanisms; the card signs, the host hashes and verifies.
pub(crate) const SIGNATURES: [CK_MECHANISM_TYPE; 10] = [
    ck::CKM_ECDSA,
    ck::CKM_ECDSA_SHA1,
    ck::CKM_ECDSA_SHA224,
    ck::CKM_ECDSA_SHA256,
    ck::CKM_ECDSA_SHA384,
    ck::CKM_ECDSA_SHA512,
    ck::CKM_ECDSA_SHA3_224,
    ck::CKM_ECDSA_SHA3_256,
    ck::CKM_ECDSA_SHA3_384,
    ck::CKM_ECDSA_SHA3_512,
];

/// What a key may do that agrees on secrets as well.
pub(crate) const SIGNATURES_AND_AGREEMENT: [CK_MECHANISM_TYPE; 11] = {
    let mut all = [ck::CKM_ECDH1_DERIVE; 11];
    let (signatures, _) = all.split_at_mut(SIGNATURES.len());
    signatures.copy_from_slice(&SIGNATURES);
    all
};

/// What a card can do besides signing; it is the same for every session with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Abilities {
    /// Whether it makes key pairs for whoever asks.
    pub(crate) generates: bool,
    /// Whether it has a key that agrees on secrets.
    pub(crate) agrees: bool,
}

/// What `C_GetMechanismList` tells.
pub(crate) fn all(abilities: Abilities) -> Vec<CK_MECHANISM_TYPE> {
    let mut all = SIGNATURES.to_vec();
    all.extend(Hash::ALL.iter().map(|(_, digest, ..)| *digest));
    if abilities.agrees {
        all.push(ck::CKM_ECDH1_DERIVE);
    }
    if abilities.generates {
        all.push(ck::CKM_EC_KEY_PAIR_GEN);
    }
    all
}

/// How a signature is made of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignMechanism {
    /// `CKM_ECDSA`: the data is the digest.
    Ecdsa,
    /// `CKM_ECDSA_SHA256` and the like: the data is hashed on the host.
    Hashed(Hash),
}

impl SignMechanism {
    /// The mechanism of a number.
    pub(crate) fn of(kind: CK_MECHANISM_TYPE) -> Result<Self, Error> {
        if kind == ck::CKM_ECDSA {
            return Ok(Self::Ecdsa);
        }
        let hash = Hash::of_signature(kind).ok_or(Error::MechanismInvalid)?;
        Ok(Self::Hashed(hash))
    }
}

/// What `C_GetMechanismInfo` tells; key sizes are in bits.
pub(crate) fn info(
    kind: CK_MECHANISM_TYPE,
    abilities: Abilities,
) -> Result<CK_MECHANISM_INFO, Error> {
    let curve = ck::CKF_EC_F_P | ck::CKF_EC_NAMEDCURVE | ck::CKF_EC_UNCOMPRESS;
    let on_card = |flags| (256, 384, ck::CKF_HW | flags | curve);
    let (shortest, longest, flags) = match kind {
        ck::CKM_ECDH1_DERIVE if abilities.agrees => on_card(ck::CKF_DERIVE),
        ck::CKM_EC_KEY_PAIR_GEN if abilities.generates => on_card(ck::CKF_GENERATE_KEY_PAIR),
        _ if SIGNATURES.contains(&kind) => on_card(ck::CKF_SIGN | ck::CKF_VERIFY),
        _ if Hash::of_digest(kind).is_some() => (0, 0, ck::CKF_DIGEST),
        _ => return Err(Error::MechanismInvalid),
    };
    Ok(CK_MECHANISM_INFO {
        ulMinKeySize: shortest,
        ulMaxKeySize: longest,
        flags,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_mechanism_is_described_and_no_other() {
        for (generates, agrees) in [(false, false), (false, true), (true, false)] {
            let abilities = Abilities { generates, agrees };
            let listed = all(abilities);
            for kind in &listed {
                assert_ne!(info(*kind, abilities).unwrap().flags, 0, "{kind:#X}");
            }
            for kind in [
                ck::CKM_RSA_PKCS,
                ck::CKM_EC_KEY_PAIR_GEN,
                ck::CKM_ECDH1_DERIVE,
                CK_MECHANISM_TYPE::MAX,
            ] {
                let known = info(kind, abilities).is_ok();
                assert_eq!(known, listed.contains(&kind), "{kind:#X}");
            }
        }
    }

    #[test]
    fn every_signature_has_a_hash_but_the_bare_one() {
        for kind in SIGNATURES {
            let is_bare = SignMechanism::of(kind) == Ok(SignMechanism::Ecdsa);
            assert_eq!(is_bare, kind == ck::CKM_ECDSA);
        }
        let unknown = SignMechanism::of(ck::CKM_SHA256);
        assert_eq!(unknown, Err(Error::MechanismInvalid));
    }
}
