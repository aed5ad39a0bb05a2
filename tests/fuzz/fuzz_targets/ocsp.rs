//! The engine's door to [`sello_fuzz::ocsp`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sello_fuzz::ocsp::run(data));
