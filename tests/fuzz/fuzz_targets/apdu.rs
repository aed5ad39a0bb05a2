//! The engine's door to [`sello_fuzz::apdu`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sello_fuzz::apdu::run(data));
