//! What is asked of a stamping.

use sello_profile::seal::SeSeal;
use time::OffsetDateTime;

use super::error::StampError;
use super::placement::Placement;

/// What to stamp, and how.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The seal; its picture is drawn and its bytes go into the signature.
    pub seal: &'a SeSeal,
    /// The certificate (DER) of the key that will sign; the seal must list it.
    pub signer_certificate: &'a [u8],
    /// Further certificates (DER) to be carried in the signature, the issuer's for instance.
    pub chain: &'a [Vec<u8>],
    /// Where the seal goes.
    pub placement: Placement,
    /// Why the document is sealed (`Reason`).
    pub reason: Option<&'a str>,
    /// Where it is sealed (`Location`).
    pub place: Option<&'a str>,
    /// The time that the seal claims (`M`). It proves nothing.
    pub claimed_time: OffsetDateTime,
}

/// Whether the seal may be used with this certificate, at this time.
pub(super) fn check_seal(request: &Request<'_>) -> Result<(), StampError> {
    if !request.seal.lists(request.signer_certificate) {
        return Err(StampError::CertificateNotInSeal);
    }
    let (from, until) = request.seal.validity();
    let claimed = u64::try_from(request.claimed_time.unix_timestamp()).unwrap_or(0);
    if claimed < from.unix_duration().as_secs() || claimed > until.unix_duration().as_secs() {
        return Err(StampError::SealNotInForce);
    }
    Ok(())
}
