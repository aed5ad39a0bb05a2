//! The mechanisms of a token.

use cryptoki_sys as ck;
use cryptoki_sys::{CK_MECHANISM_INFO, CK_MECHANISM_TYPE};

use crate::error::Error;

/// What `C_GetMechanismList` tells.
pub(crate) const ALL: [CK_MECHANISM_TYPE; 3] =
    [ck::CKM_ECDSA, ck::CKM_ECDSA_SHA256, ck::CKM_SHA256];

/// How a signature is made of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignMechanism {
    /// `CKM_ECDSA`: the data is the digest.
    Ecdsa,
    /// `CKM_ECDSA_SHA256`: the data is hashed on the host.
    EcdsaSha256,
}

impl SignMechanism {
    /// The mechanism of a number.
    pub(crate) const fn of(kind: CK_MECHANISM_TYPE) -> Result<Self, Error> {
        match kind {
            ck::CKM_ECDSA => Ok(Self::Ecdsa),
            ck::CKM_ECDSA_SHA256 => Ok(Self::EcdsaSha256),
            _ => Err(Error::MechanismInvalid),
        }
    }
}

/// What `C_GetMechanismInfo` tells; key sizes are in bits.
pub(crate) const fn info(kind: CK_MECHANISM_TYPE) -> Result<CK_MECHANISM_INFO, Error> {
    let curve = ck::CKF_EC_F_P | ck::CKF_EC_NAMEDCURVE | ck::CKF_EC_UNCOMPRESS;
    let (size, flags) = match kind {
        ck::CKM_ECDSA => (256, ck::CKF_HW | ck::CKF_SIGN | curve),
        ck::CKM_ECDSA_SHA256 => (256, ck::CKF_HW | ck::CKF_SIGN | curve),
        ck::CKM_SHA256 => (0, ck::CKF_DIGEST),
        _ => return Err(Error::MechanismInvalid),
    };
    Ok(CK_MECHANISM_INFO {
        ulMinKeySize: size,
        ulMaxKeySize: size,
        flags,
    })
}
