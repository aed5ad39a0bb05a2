//! The life cycle of a card (`specs/card.md`, "Life cycle").

/// A state of the card; the byte is the one of GET STATUS and SET STATUS.
///
/// The values follow the card life-cycle coding of GlobalPlatform Card Specification 2.3.1, 11.1.1,
/// where it has a like state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LifeCycle {
    /// As it left the factory: no keys, factory PIN, PUK and management key.
    Blank,
    /// In the hands of the center: keys and objects are being made.
    Personalizing,
    /// In the hands of its custodian.
    Operational,
    /// Stopped by the center; it can be brought back.
    Blocked,
    /// Its keys are erased; nothing brings it back.
    Terminated,
}

impl LifeCycle {
    /// The byte for this state.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Blank => 0x01,
            Self::Personalizing => 0x03,
            Self::Operational => 0x07,
            Self::Blocked => 0x0F,
            Self::Terminated => 0x7F,
        }
    }

    /// The state for a byte, or `None` for a byte that is no state.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Blank),
            0x03 => Some(Self::Personalizing),
            0x07 => Some(Self::Operational),
            0x0F => Some(Self::Blocked),
            0x7F => Some(Self::Terminated),
            _ => None,
        }
    }
}

/// Bits of the flags byte of GET STATUS (tag 81).
pub mod flag {
    /// The transport PIN is in force: private keys cannot be used until it is changed.
    pub const TRANSPORT_PIN: u8 = 0x01;
    /// A newly generated key may still give its one possession signature.
    pub const POSSESSION_AVAILABLE: u8 = 0x02;
    /// The approver PIN is still the one from the center's letter: nothing can be approved with it.
    pub const APPROVER_TRANSPORT_PIN: u8 = 0x04;
    /// The card has the plain PIV profile: no life cycle, no center.
    pub const PIV_PROFILE: u8 = 0x08;
    /// The card policy forbids use of the PIN over a contactless interface.
    pub const CONTACTLESS_PIN_FORBIDDEN: u8 = 0x10;
}
