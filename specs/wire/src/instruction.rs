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
    /// `00 F6` MOVE KEY (common extension).
    MoveKey,
    /// `00 F9` ATTEST (common extension).
    Attest,
    /// `00 FA` SET PIN RETRIES (common extension).
    SetRetries,
    /// `00 FB` RESET (common extension).
    Reset,
    /// `00 FE` IMPORT ASYMMETRIC KEY (common extension).
    ImportKey,
    /// `80 50` INITIALIZE UPDATE (GlobalPlatform Amendment D, 7.1.1).
    InitializeUpdate,
    /// `84 82` EXTERNAL AUTHENTICATE (GlobalPlatform Amendment D, 7.1.2).
    ExternalAuthenticate,
    /// `84 D8` PUT KEY (GlobalPlatform Amendment D, 7.2).
    PutKey,
    /// `80 F2` GET STATUS (`specs/card.md`).
    GetStatus,
    /// `80 F0` SET STATUS (`specs/card.md`).
    SetStatus,
    /// `80 E2` SET KEY POLICY (`specs/card.md`).
    SetKeyPolicy,
    /// `80 E4` GET KEY POLICY (`specs/card.md`).
    GetKeyPolicy,
    /// `80 E6` SET CARD POLICY (`specs/card.md`).
    SetCardPolicy,
    /// `80 20` APPROVE, with the approver PIN (`specs/card.md`).
    Approve,
    /// `80 24` CHANGE REFERENCE DATA of the approver PIN (`specs/card.md`).
    ChangeApprover,
    /// `80 2C` RESET RETRY COUNTER by the center (`specs/card.md`).
    CenterUnblock,
    /// `80 2A` ANNOUNCE BATCH (`specs/card.md`).
    AnnounceBatch,
    /// `80 87` sign a digest of the announced batch (`specs/card.md`).
    SignInBatch,
    /// `80 B2` READ JOURNAL (`specs/card.md`).
    ReadJournal,
    /// `80 B4` ATTEST JOURNAL (`specs/card.md`).
    AttestJournal,
}

/// The class byte of the interindustry and common extension instructions.
pub const CLA_INTERINDUSTRY: u8 = 0x00;
/// The class byte of Sello's own instructions (proprietary class, ISO/IEC 7816-4, 5.4.1).
pub const CLA_SELLO: u8 = 0x80;
/// The bit of the class byte that says "more commands of this chain follow" (ISO/IEC 7816-4, 5.3.3).
pub const CLA_CHAINING: u8 = 0x10;
/// The bit of the class byte that says "secure messaging of GlobalPlatform" (Amendment D, 6.1).
pub const CLA_SECURE: u8 = 0x04;

impl Instruction {
    /// Every instruction.
    pub const ALL: [Self; 33] = [
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
        Self::MoveKey,
        Self::Attest,
        Self::SetRetries,
        Self::Reset,
        Self::ImportKey,
        Self::InitializeUpdate,
        Self::ExternalAuthenticate,
        Self::PutKey,
        Self::SetKeyPolicy,
        Self::GetKeyPolicy,
        Self::SetCardPolicy,
        Self::Approve,
        Self::ChangeApprover,
        Self::CenterUnblock,
        Self::AnnounceBatch,
        Self::SignInBatch,
        Self::ReadJournal,
        Self::AttestJournal,
    ];

    /// The class byte, without the chaining bit.
    #[must_use]
    pub const fn cla(self) -> u8 {
        match self {
            Self::GetStatus
            | Self::SetStatus
            | Self::InitializeUpdate
            | Self::ExternalAuthenticate
            | Self::PutKey
            | Self::SetKeyPolicy
            | Self::GetKeyPolicy
            | Self::SetCardPolicy
            | Self::Approve
            | Self::ChangeApprover
            | Self::CenterUnblock
            | Self::AnnounceBatch
            | Self::SignInBatch
            | Self::ReadJournal
            | Self::AttestJournal => CLA_SELLO,
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
            Self::MoveKey => 0xF6,
            Self::Attest => 0xF9,
            Self::SetRetries => 0xFA,
            Self::Reset => 0xFB,
            Self::ImportKey => 0xFE,
            Self::InitializeUpdate => 0x50,
            Self::ExternalAuthenticate => 0x82,
            Self::PutKey => 0xD8,
            Self::SetKeyPolicy => 0xE2,
            Self::GetKeyPolicy => 0xE4,
            Self::SetCardPolicy => 0xE6,
            Self::Approve => 0x20,
            Self::ChangeApprover => 0x24,
            Self::CenterUnblock => 0x2C,
            Self::AnnounceBatch => 0x2A,
            Self::SignInBatch => 0x87,
            Self::ReadJournal => 0xB2,
            Self::AttestJournal => 0xB4,
        }
    }

    /// Finds the instruction for a class and an instruction byte; the bits of chaining
    /// and of secure messaging are ignored.
    ///
    /// # Errors
    /// [`Unknown::Class`] when no instruction has this class, [`Unknown::Instruction`] when the class is
    /// known and the instruction byte is not: the card answers `6E00` and `6D00`.
    pub fn from_bytes(cla: u8, ins: u8) -> Result<Self, Unknown> {
        let class = cla & !CLA_CHAINING & !CLA_SECURE;
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
                | Self::ImportKey
                | Self::PutKey
                | Self::Approve
                | Self::ChangeApprover
                | Self::CenterUnblock
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
            Instruction::from_bytes(0x80, 0x47),
            Err(Unknown::Instruction)
        );
    }
}
