//! Outside judges, each run as its users run it. A judge that is missing is a failure: the set-up
//! (`cargo xtask test`) installs them.
#![forbid(unsafe_code)]

pub mod desk;
pub mod management;
pub mod nss;
pub mod piv_card;
pub mod pyhanko;
pub mod recipe;
pub mod signature;
pub mod table;
pub mod tool;
pub mod verdict;
