//! Benchmarks beside named peers.
#![forbid(unsafe_code)]
