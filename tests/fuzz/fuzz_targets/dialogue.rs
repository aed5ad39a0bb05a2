//! The engine's door to [`sello_fuzz::dialogue`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sello_fuzz::dialogue::run(data));
