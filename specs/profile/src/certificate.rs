//! What the center's certificates contain (RFC 5280), made in two steps: [`Profile::to_be_signed`]
//! gives DER, any signer signs it, [`assemble`] joins the two.
//!
//! Rules: `specs/issuing.md`.

mod extensions;
mod subject;
mod tbs;

pub(crate) use extensions::{authority_key_identifier, extension};
pub use subject::{Individual, Operator, Organization, Subject, card_name, sibling_name};
pub(crate) use tbs::join;
pub use tbs::{Issuer, Profile, assemble, is_seal_maker};
