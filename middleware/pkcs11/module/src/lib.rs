//! The shared library libsello_pkcs11.so: exports only.
#![deny(unsafe_code)]
