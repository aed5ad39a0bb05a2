//! One attempt to make one card: where it begins, its steps, its end.

use core::fmt;

use serde::{Deserialize, Serialize};

/// The key reference of the first seal: 9C, digital signature (SP 800-73-5, part 1, table 4b).
pub const SEAL_SLOT: u8 = 0x9c;

/// The card's life cycle, as GET STATUS tells it (`specs/card.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LifeCycle {
    /// 01: as it comes.
    Blank,
    /// 03: being made.
    Personalizing,
    /// 07: in use.
    Operational,
    /// 0F: stopped by the center.
    Blocked,
    /// 7F: at its end.
    Terminated,
}

/// One attempt to personalize one card for one application.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Run(pub String);

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Start {
    /// From the beginning, wiping what an earlier attempt left on the card.
    Fresh,
    /// The card still holds the key of the certificate that is stored: write everything again,
    /// do not generate a key.
    Continue,
    /// The card is operational already, only the proof of the PIN is missing.
    Prove,
}

/// The steps of a run, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Step {
    /// PUT KEY: the card's own keys of the secure channel.
    ChannelKeys,
    /// SET STATUS personalizing, SET CARD POLICY.
    TakeCard,
    /// GENERATE ASYMMETRIC KEY PAIR of the attestation key, certified by the device root.
    AttestationKey,
    /// GENERATE ASYMMETRIC KEY PAIR, SET KEY POLICY, the possession signature and ATTEST.
    GenerateKey,
    /// Certificate, seal and codes are stored.
    Certify,
    /// Certificate, CHUID, CCC, seal, chain and directory are written and read back.
    WriteObjects,
    /// PUK and PIN are set.
    SetCodes,
    /// SET STATUS operational.
    Operational,
    /// VERIFY of the transport PIN.
    ProvePin,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 9] = [
        Self::ChannelKeys,
        Self::TakeCard,
        Self::AttestationKey,
        Self::GenerateKey,
        Self::Certify,
        Self::WriteObjects,
        Self::SetCodes,
        Self::Operational,
        Self::ProvePin,
    ];

    /// The word stored and shown to programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::TakeCard => "take-card",
            Self::ChannelKeys => "channel-keys",
            Self::AttestationKey => "attestation-key",
            Self::GenerateKey => "generate-key",
            Self::Certify => "certify",
            Self::WriteObjects => "write-objects",
            Self::SetCodes => "set-codes",
            Self::Operational => "operational",
            Self::ProvePin => "prove-pin",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Before or after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// The card is about to be touched.
    Begun,
    /// The card has answered, and well.
    Done,
}

impl Mark {
    /// The word stored and shown to programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
        }
    }
}

/// A card that is made, and recorded as made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The run that made it.
    pub run: Run,
    /// The card's serial number.
    #[serde(with = "hex::serde")]
    pub serial: [u8; 4],
    /// Where the run began.
    pub start: Start,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_travel_as_json() {
        let outcome = Outcome {
            run: Run("R-1".into()),
            serial: [0, 1, 2, 0xff],
            start: Start::Fresh,
        };
        let json = serde_json::to_string(&outcome).unwrap();
        assert_eq!(json, r#"{"run":"R-1","serial":"000102ff","start":"fresh"}"#);
        assert_eq!(serde_json::from_str::<Outcome>(&json).unwrap(), outcome);
    }

    #[test]
    fn steps_keep_their_order_and_words() {
        assert!(Step::ALL.is_sorted());
        for step in Step::ALL {
            let json = serde_json::to_string(&step).unwrap();
            assert_eq!(json, format!("\"{step}\""));
        }
    }
}
