//! What the center draws: the seal picture and the PIN letter.
#![forbid(unsafe_code)]
