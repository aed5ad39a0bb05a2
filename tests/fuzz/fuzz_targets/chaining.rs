//! The engine's door to [`sello_fuzz::chaining`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sello_fuzz::chaining::run(data));
