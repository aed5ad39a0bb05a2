//! Instruction bytes.

/// An instruction of the card edge, class byte included in its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Instruction {
    /// `00 A4` SELECT (ISO/IEC 7816-4, 11.2.2).
    Select,
    /// `00 CB` GET DATA (SP 800-73-5 part 2, 3.1.2).
    GetData,
    /// `00 DB` PUT DATA (SP 800-73-5 part 2, 3.3.1).
    PutData,
    /// `00 20` VERIFY (SP 800-73-5 part 2, 3.2.1).
    Verify,
    /// `00 24` CHANGE REFERENCE DATA (SP 800-73-5 part 2, 3.2.2).
    ChangeReferenceData,
    /// `00 2C` RESET RETRY COUNTER (SP 800-73-5 part 2, 3.2.3).
    ResetRetryCounter,
    /// `00 87` GENERAL AUTHENTICATE (SP 800-73-5 part 2, 3.2.4).
    GeneralAuthenticate,
    /// `00 47` GENERATE ASYMMETRIC KEY PAIR (SP 800-73-5 part 2, 3.3.2).
    GenerateAsymmetricKeyPair,
    /// `00 C0` GET RESPONSE (ISO/IEC 7816-4, 11.8.1).
    GetResponse,
    /// `00 F7` GET METADATA (common extension).
    GetMetadata,
    /// `00 F8` GET SERIAL (common extension).
    GetSerial,
    /// `00 FD` GET VERSION (common extension).
    GetVersion,
    /// `00 FF` SET MANAGEMENT KEY (common extension).
    SetManagementKey,
    /// `80 F2` GET STATUS (`specs/card.md`).
    GetStatus,
    /// `80 F0` SET STATUS (`specs/card.md`).
    SetStatus,
}

/// The class byte of the interindustry and common extension instructions.
pub const CLA_INTERINDUSTRY: u8 = 0x00;
/// The class byte of Sello's own instructions (proprietary class, ISO/IEC 7816-4, 5.4.1).
pub const CLA_SELLO: u8 = 0x80;
/// The bit of the class byte that says "more commands of this chain follow" (ISO/IEC 7816-4, 5.3.3).
pub const CLA_CHAINING: u8 = 0x10;

impl Instruction {
    /// Every instruction.
    pub const ALL: [Self; 15] = [
        Self::Select,
        Self::GetData,
        Self::PutData,
        Self::Verify,
        Self::ChangeReferenceData,
        Self::ResetRetryCounter,
        Self::GeneralAuthenticate,
        Self::GenerateAsymmetricKeyPair,
        Self::GetResponse,
        Self::GetMetadata,
        Self::GetSerial,
        Self::GetVersion,
        Self::SetManagementKey,
        Self::GetStatus,
        Self::SetStatus,
    ];

    /// The class byte, without the chaining bit.
    #[must_use]
    pub const fn cla(self) -> u8 {
        match self {
            Self::GetStatus | Self::SetStatus => CLA_SELLO,
            _ => CLA_INTERINDUSTRY,
        }
    }

    /// The instruction byte.
    #[must_use]
    pub const fn ins(self) -> u8 {
        match self {
            Self::Select => 0xA4,
            Self::GetData => 0xCB,
            Self::PutData => 0xDB,
            Self::Verify => 0x20,
            Self::ChangeReferenceData => 0x24,
            Self::ResetRetryCounter => 0x2C,
            Self::GeneralAuthenticate => 0x87,
            Self::GenerateAsymmetricKeyPair => 0x47,
            Self::GetResponse => 0xC0,
            Self::GetMetadata => 0xF7,
            Self::GetSerial => 0xF8,
            Self::GetVersion => 0xFD,
            Self::SetManagementKey => 0xFF,
            Self::GetStatus => 0xF2,
            Self::SetStatus => 0xF0,
        }
    }

    /// Finds the instruction for a class and an instruction byte; the chaining bit is ignored.
    ///
    /// # Errors
    /// [`Unknown::Class`] when no instruction has this class, [`Unknown::Instruction`] when the class is
    /// known and the instruction byte is not: the card answers `6E00` and `6D00`.
    pub fn from_bytes(cla: u8, ins: u8) -> Result<Self, Unknown> {
        let class = cla & !CLA_CHAINING;
        if class != CLA_INTERINDUSTRY && class != CLA_SELLO {
            return Err(Unknown::Class);
        }
        Self::ALL
            .into_iter()
            .find(|i| i.cla() == class && i.ins() == ins)
            .ok_or(Unknown::Instruction)
    }

    /// Whether the data of this command may be a PIN, a PUK or a key, so that no trace may show it.
    #[must_use]
    pub const fn carries_secret(self) -> bool {
        matches!(
            self,
            Self::Verify
                | Self::ChangeReferenceData
                | Self::ResetRetryCounter
                | Self::SetManagementKey
        )
    }
}

/// Why two bytes are no instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// The class byte is not supported.
    Class,
    /// The instruction byte is not supported in this class.
    Instruction,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_is_found_by_its_bytes() {
        for instruction in Instruction::ALL {
            let found = Instruction::from_bytes(instruction.cla(), instruction.ins());
            assert_eq!(found, Ok(instruction));
            let chained = instruction.cla() | CLA_CHAINING;
            assert_eq!(
                Instruction::from_bytes(chained, instruction.ins()),
                Ok(instruction)
            );
        }
    }

    #[test]
    fn strangers_are_told_apart() {
        assert_eq!(Instruction::from_bytes(0xA0, 0x20), Err(Unknown::Class));
        assert_eq!(
            Instruction::from_bytes(0x00, 0xF2),
            Err(Unknown::Instruction)
        );
        assert_eq!(
            Instruction::from_bytes(0x80, 0x20),
            Err(Unknown::Instruction)
        );
    }
}
