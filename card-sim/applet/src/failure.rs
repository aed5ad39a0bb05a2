//! What the host hears when the platform fails.

use sello_wire::status::Status;

use crate::platform::Failure;

/// The status word that tells a failure of the platform.
pub(crate) const fn status_of(failure: Failure) -> Status {
    match failure {
        Failure::Random | Failure::Cryptography => Status::UNKNOWN_ERROR,
        Failure::Input => Status::INCORRECT_DATA,
        Failure::Memory => Status::MEMORY_FAILURE,
        Failure::Full => Status::NOT_ENOUGH_MEMORY,
    }
}
