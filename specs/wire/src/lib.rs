//! The one definition of the card interface: instructions, status words, tags, TLV, chaining.
#![no_std]
#![forbid(unsafe_code)]
