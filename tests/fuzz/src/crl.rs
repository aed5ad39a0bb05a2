//! Revocation lists.

use sello_cades::{Evidence, RevocationList};

/// A revocation list is read or refused.
pub fn run(data: &[u8]) {
    let read = RevocationList::from_der(data);
    assert_eq!(Evidence::default().add_list(data), read.is_ok());
}
