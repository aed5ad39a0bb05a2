//! The host's card session: typed commands over PC/SC.
#![forbid(unsafe_code)]
