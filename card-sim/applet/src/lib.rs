//! The card: a PIV card edge with a seal on it.
#![no_std]
#![forbid(unsafe_code)]
