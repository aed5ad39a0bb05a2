//! The engine's door to [`sello_fuzz::asic`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sello_fuzz::asic::run(data));
