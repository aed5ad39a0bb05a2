//! The records of the card's memory and their bytes.

mod bytes;
mod channel_keys;
mod key;
mod management_key;
mod reference_data;
mod register;

pub(crate) use channel_keys::ChannelKeys;
pub(crate) use key::StoredKey;
pub(crate) use management_key::ManagementKey;
pub(crate) use reference_data::ReferenceData;
pub use register::Profile;
pub(crate) use register::{JournalHead, REGISTER_LENGTH, Register};
