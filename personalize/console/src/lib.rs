//! The command line of the center and the station.
#![forbid(unsafe_code)]
