//! Set-up, demo and tests of the workspace.
#![forbid(unsafe_code)]

fn main() {}
