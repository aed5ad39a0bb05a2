//! A card in memory or in a file, behind a virtual reader.
#![forbid(unsafe_code)]
