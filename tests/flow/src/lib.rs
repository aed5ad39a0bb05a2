//! The whole life of a seal through the real stack.
#![forbid(unsafe_code)]

pub mod calls;
pub mod demo;
pub mod fixture;
pub mod foreign;
pub mod forge;
pub mod in_process;
pub mod letter;
mod page;
pub mod programs;
pub mod rack;
pub mod sample;
pub mod stage;
pub mod timestamps;
