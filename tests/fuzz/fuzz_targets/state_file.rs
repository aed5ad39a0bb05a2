//! The engine's door to [`sello_fuzz::state_file`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sello_fuzz::state_file::run(data));
