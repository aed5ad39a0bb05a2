//! The engine's door to [`sello_fuzz::cache`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sello_fuzz::cache::run(data));
