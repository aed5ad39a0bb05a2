//! The seal structure, the certificate profiles and the object identifiers.
#![forbid(unsafe_code)]
