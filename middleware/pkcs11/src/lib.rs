//! The PKCS#11 module below its exports: sessions, objects, mechanisms.
#![deny(unsafe_code)]
