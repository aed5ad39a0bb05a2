//! Drives blank cards for the center.
#![forbid(unsafe_code)]
