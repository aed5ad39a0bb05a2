//! The engine's door to [`sello_fuzz::crl`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sello_fuzz::crl::run(data));
