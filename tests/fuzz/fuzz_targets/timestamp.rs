//! The engine's door to [`sello_fuzz::timestamp`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sello_fuzz::timestamp::run(data));
