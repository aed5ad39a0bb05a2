//! A card in memory or in a file, behind a virtual reader.
//!
//! [`SimulatedCard`] is a whole card: the applet on a simulated chip whose memory lies in RAM or in a
//! file. It is a [`sello_wire::Channel`], so that host code can talk to it in the same process; its
//! power, its reset and its [`faults`] are in the test's hands, and it can take the [`timing`] of a real
//! card. [`VirtualReader`] puts a card into a
//! reader of `vpcd`, so that every PC/SC program sees it.
//!
//! ```
//! use sello_simulator::SimulatedCard;
//! use sello_wire::Channel;
//!
//! let mut card = SimulatedCard::blank(7)?;
//! let mut buffer = [0; 258];
//! let select = [0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08];
//! let response = card.transmit(&select, &mut buffer)?;
//! assert!(response.ends_with(&[0x90, 0x00]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod card;
mod chip;
pub mod error;
pub mod faults;
mod flash_card;
mod frame;
mod image;
mod memory;
mod store;
pub mod timing;
pub mod virtual_reader;

pub use card::{SimulatedCard, Summary};
pub use error::{CardError, CardFileError, ReaderError};
pub use faults::{CutMoment, Faults, WriteMoment};
pub use flash_card::Committed;
pub use image::{DEFAULT_MEMORY_LIMIT, STATE_FILE_VERSION};
pub use memory::flash::{FlashGeometry, FlashWork};
pub use sello_applet::{Interface, Profile};
pub use timing::{Line, Pace, Profile as TimingProfile, Timing};
pub use virtual_reader::{Contacts, DEFAULT_PORT, VirtualReader, VpcdAddress};
