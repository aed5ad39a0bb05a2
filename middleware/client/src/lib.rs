//! The custodian's program: stamp, verify, manage seals and PINs.
#![forbid(unsafe_code)]
