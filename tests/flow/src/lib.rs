//! The whole life of a seal through the real stack.
#![forbid(unsafe_code)]

pub mod sample;
