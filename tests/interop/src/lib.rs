//! Outside judges: OpenSC, OpenSSL, poppler, pyHanko.
#![forbid(unsafe_code)]
