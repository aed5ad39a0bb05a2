//! The engine's door to [`sello_fuzz::cms`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sello_fuzz::cms::run(data));
