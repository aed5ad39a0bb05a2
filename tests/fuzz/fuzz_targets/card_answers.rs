//! The engine's door to [`sello_fuzz::card_answers`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sello_fuzz::card_answers::run(data));
