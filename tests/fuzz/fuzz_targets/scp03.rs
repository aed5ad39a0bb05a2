//! The engine's door to [`sello_fuzz::scp03`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sello_fuzz::scp03::run(data));
