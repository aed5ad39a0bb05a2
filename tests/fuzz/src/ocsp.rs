//! Answers about revocation.

use sello_cades::{Evidence, OcspResponse};

/// An answer about revocation is read or refused.
pub fn run(data: &[u8]) {
    if let Ok(response) = OcspResponse::from_der(data) {
        assert_eq!(response.as_der(), data);
        assert!(Evidence::default().add_response(data));
    }
}
