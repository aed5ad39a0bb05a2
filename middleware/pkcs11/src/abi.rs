//! The C side: entry points, pointers, and the state between `C_Initialize` and `C_Finalize`.
//!
//! This is the only place with unsafe code. Each entry point turns its pointers into checked wrappers,
//! refuses to work before `C_Initialize` or in a forked child, catches panics and writes the trace
//! line; the work itself is done by the safe [`Module`](crate::module::Module).
//!
//! The entry points are generic over a [`Host`], which says where the readers come from and where the
//! state is kept. The shared library has one host, over PC/SC; tests have their own.
#![expect(
    unsafe_code,
    reason = "pointers of C callers can be followed in no other way"
)]
#![expect(non_snake_case, reason = "the names are those of PKCS#11")]

mod crypto;
mod door;
mod entry;
mod functions;
mod general;
mod objects;
mod pointer;
mod session;
mod unsupported;
mod verify;

pub use crypto::*;
pub use door::{Door, Host};
pub use functions::Table;
pub use general::*;
pub use objects::*;
pub use session::*;
pub use unsupported::*;
pub use verify::*;
