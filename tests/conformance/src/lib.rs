//! APDU dialogues as data, run in-process and through pcscd.
#![forbid(unsafe_code)]
