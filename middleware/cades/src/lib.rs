//! CMS and CAdES structures, certificate paths, revocation lists and the trust store.
#![forbid(unsafe_code)]
