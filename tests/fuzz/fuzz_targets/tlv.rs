//! The engine's door to [`sello_fuzz::tlv`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sello_fuzz::tlv::run(data));
