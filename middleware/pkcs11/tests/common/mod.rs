//! A scripted card, and a client that calls the function list as a C program does.

pub mod card;
pub mod client;
