//! Status words SW1-SW2 (ISO/IEC 7816-4, 5.6; SP 800-73-5 part 2, annex A).

use core::fmt;

/// A status word.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(pub u16);

impl Status {
    /// `9000` successful.
    pub const OK: Self = Self(0x9000);
    /// `6581` memory failure.
    pub const MEMORY_FAILURE: Self = Self(0x6581);
    /// `6700` wrong length.
    pub const WRONG_LENGTH: Self = Self(0x6700);
    /// `6881` logical channel not supported.
    pub const CHANNEL_NOT_SUPPORTED: Self = Self(0x6881);
    /// `6882` secure messaging not supported.
    pub const SECURE_MESSAGING_NOT_SUPPORTED: Self = Self(0x6882);
    /// `6883` last command of the chain expected.
    pub const LAST_COMMAND_EXPECTED: Self = Self(0x6883);
    /// `6884` command chaining not supported for this command.
    pub const CHAINING_NOT_SUPPORTED: Self = Self(0x6884);
    /// `6982` security status not satisfied.
    pub const SECURITY_STATUS_NOT_SATISFIED: Self = Self(0x6982);
    /// `6983` authentication method blocked.
    pub const AUTHENTICATION_BLOCKED: Self = Self(0x6983);
    /// `6985` conditions of use not satisfied.
    pub const CONDITIONS_NOT_SATISFIED: Self = Self(0x6985);
    /// `6A80` incorrect parameter in the command data field.
    pub const INCORRECT_DATA: Self = Self(0x6A80);
    /// `6A81` function not supported.
    pub const FUNCTION_NOT_SUPPORTED: Self = Self(0x6A81);
    /// `6A82` data object or application not found.
    pub const NOT_FOUND: Self = Self(0x6A82);
    /// `6A84` not enough memory.
    pub const NOT_ENOUGH_MEMORY: Self = Self(0x6A84);
    /// `6A86` incorrect P1 or P2.
    pub const INCORRECT_P1_P2: Self = Self(0x6A86);
    /// `6A88` referenced data or reference data not found.
    pub const REFERENCE_NOT_FOUND: Self = Self(0x6A88);
    /// `6D00` instruction not supported.
    pub const INSTRUCTION_NOT_SUPPORTED: Self = Self(0x6D00);
    /// `6E00` class not supported.
    pub const CLASS_NOT_SUPPORTED: Self = Self(0x6E00);
    /// `6F00` no precise diagnosis.
    pub const UNKNOWN_ERROR: Self = Self(0x6F00);

    /// `63CX`: the comparison failed and `tries` further tries are left (15 at most are shown).
    #[must_use]
    pub const fn wrong_pin(tries: u8) -> Self {
        let shown = if tries > 15 { 15 } else { tries };
        Self(u16::from_be_bytes([0x63, 0xC0 | shown]))
    }

    /// `61XX`: `remaining` more bytes wait for GET RESPONSE; `00` means 256 or more.
    #[must_use]
    pub const fn more_data(remaining: usize) -> Self {
        let low = if remaining >= 256 {
            0
        } else {
            remaining.to_le_bytes()[0]
        };
        Self(u16::from_be_bytes([0x61, low]))
    }

    /// The number of tries left, if this is `63CX`.
    #[must_use]
    pub const fn tries_left(self) -> Option<u8> {
        let [sw1, sw2] = self.0.to_be_bytes();
        if sw1 == 0x63 && sw2 & 0xF0 == 0xC0 {
            Some(sw2 & 0x0F)
        } else {
            None
        }
    }

    /// The number of bytes that wait for GET RESPONSE if this is `61XX`; 256 stands for 256 or more.
    #[must_use]
    pub fn remaining(self) -> Option<usize> {
        let [sw1, sw2] = self.0.to_be_bytes();
        match (sw1, sw2) {
            (0x61, 0) => Some(256),
            (0x61, n) => Some(usize::from(n)),
            _ => None,
        }
    }

    /// The right Le if this is `6CXX`; 256 stands for `6C00`.
    #[must_use]
    pub fn right_length(self) -> Option<usize> {
        let [sw1, sw2] = self.0.to_be_bytes();
        match (sw1, sw2) {
            (0x6C, 0) => Some(256),
            (0x6C, n) => Some(usize::from(n)),
            _ => None,
        }
    }

    /// Whether the command was carried out: `9000` or `61XX`.
    #[must_use]
    pub fn is_success(self) -> bool {
        self == Self::OK || self.remaining().is_some()
    }

    /// Whether it is a warning, `62XX` or `63XX` (ISO/IEC 7816-4, table 5).
    #[must_use]
    pub const fn is_warning(self) -> bool {
        let [sw1, _] = self.0.to_be_bytes();
        sw1 == 0x62 || sw1 == 0x63
    }

    /// SW1 and SW2.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Status({:04X})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_and_lengths_are_read_back() {
        assert_eq!(Status::wrong_pin(2).tries_left(), Some(2));
        assert_eq!(Status::wrong_pin(200).tries_left(), Some(15));
        assert_eq!(Status::OK.tries_left(), None);
        assert_eq!(Status::more_data(5).remaining(), Some(5));
        assert_eq!(Status::more_data(256).remaining(), Some(256));
        assert_eq!(Status::more_data(70_000).remaining(), Some(256));
        assert_eq!(Status(0x6C00).right_length(), Some(256));
    }
}
