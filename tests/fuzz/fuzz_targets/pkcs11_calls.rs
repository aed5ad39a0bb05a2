//! The engine's door to [`sello_fuzz::pkcs11_calls`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sello_fuzz::pkcs11_calls::run(data));
