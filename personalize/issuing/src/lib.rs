//! Requests, answers and states between the center and a station.
#![forbid(unsafe_code)]
