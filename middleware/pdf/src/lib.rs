//! A strict PDF reader by positioned reads, and an append-only writer.
#![forbid(unsafe_code)]
