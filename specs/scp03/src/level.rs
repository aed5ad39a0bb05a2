//! Security levels (Amendment D v1.1.1, 7.1.2.1, table 7-6).

/// What a channel protects: P1 of EXTERNAL AUTHENTICATE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Level(u8);

impl Level {
    /// `01`: commands carry a MAC.
    pub const MAC: Self = Self(0x01);
    /// `03`: commands are encrypted and carry a MAC.
    pub const ENCRYPTION: Self = Self(0x03);
    /// `11`: commands and answers carry a MAC.
    pub const MAC_BOTH: Self = Self(0x11);
    /// `13`: commands are encrypted, commands and answers carry a MAC.
    pub const ENCRYPTION_MAC_BOTH: Self = Self(0x13);
    /// `33`: commands and answers are encrypted and carry a MAC.
    pub const ENCRYPTION_BOTH: Self = Self(0x33);

    /// All five.
    pub const ALL: [Self; 5] = [
        Self::MAC,
        Self::ENCRYPTION,
        Self::MAC_BOTH,
        Self::ENCRYPTION_MAC_BOTH,
        Self::ENCRYPTION_BOTH,
    ];

    /// The level for a byte; `None` for one without C-MAC or with a bit that asks for another.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x01 | 0x03 | 0x11 | 0x13 | 0x33 => Some(Self(byte)),
            _ => None,
        }
    }

    /// The byte.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        self.0
    }

    /// Whether command data is encrypted (C-DECRYPTION).
    #[must_use]
    pub const fn command_encryption(self) -> bool {
        self.0 & 0x02 != 0
    }

    /// Whether answers carry a MAC (R-MAC).
    #[must_use]
    pub const fn response_mac(self) -> bool {
        self.0 & 0x10 != 0
    }

    /// Whether answer data is encrypted (R-ENCRYPTION).
    #[must_use]
    pub const fn response_encryption(self) -> bool {
        self.0 & 0x20 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_bytes_are_levels_and_each_says_what_it_protects() {
        let levels = (0..=u8::MAX).filter_map(Level::from_byte);
        assert!(levels.clone().eq(Level::ALL));
        assert!(
            levels
                .map(Level::to_byte)
                .eq([0x01, 0x03, 0x11, 0x13, 0x33])
        );
        let protects = Level::ALL.map(|level| {
            (
                level.command_encryption(),
                level.response_mac(),
                level.response_encryption(),
            )
        });
        let expected = [
            (false, false, false),
            (true, false, false),
            (false, true, false),
            (true, true, false),
            (true, true, true),
        ];
        assert_eq!(protects, expected);
    }
}
