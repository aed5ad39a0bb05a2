//! What a station asks and the center answers while one card is personalized.
//!
//! ```text
//! station                                  center
//! read status, serial, key in 9C
//! begin(card)                         ->   run, management key, nonce, where to start
//!   Start::Fresh:
//!   authenticate, SET STATUS personalizing, SET MANAGEMENT KEY, re-authenticate,
//!   GENERATE, possession signature
//!   certify(point, signature)         ->   certificate (stored first), seal, chain, PIN, PUK
//!   Start::Continue:
//!   authenticate; package(run)        ->   the same answer again
//! write objects, set PUK and PIN, SET STATUS operational
//!   Start::Prove:
//!   package(run)                      ->   the same answer again
//! VERIFY the transport PIN
//! finish(run)                         ->   application is issued
//! ```
//!
//! [`CenterLink::record`] goes round each step: begun before the card is touched, done after.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::secret::{Code, ManagementKey};
use crate::state::State;

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

/// A card as a station finds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Serial number (GET SERIAL, big endian).
    #[serde(with = "hex::serde")]
    pub serial: [u8; 4],
    /// Life cycle (GET STATUS).
    pub life_cycle: LifeCycle,
    /// Public key in [`SEAL_SLOT`] (GET METADATA), an uncompressed point; `None` if there is none.
    pub point: Option<Point>,
}

/// A public key: an uncompressed point on P-256, 65 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Point(#[serde(with = "hex::serde")] pub Vec<u8>);

/// One attempt to personalize one card for one application.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Run(pub String);

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A station wants to personalize a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginRequest {
    /// The application's reference number.
    pub application: String,
    /// The card in the reader.
    pub card: Card,
}

/// Where a station begins.
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

/// The center agrees.
pub struct BeginAnswer {
    /// Names this attempt in what follows.
    pub run: Run,
    /// Where to begin.
    pub start: Start,
    /// The card's own management key. A card found blank has the factory key still; one found
    /// personalizing has either, so try this one first.
    pub management_key: ManagementKey,
    /// To be part of the possession statement.
    pub nonce: [u8; 32],
}

/// The card has a new key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertifyRequest {
    /// The attempt.
    pub run: Run,
    /// The key.
    pub point: Point,
    /// ECDSA-Sig-Value (DER) over [`crate::possession::Statement::digest`].
    #[serde(with = "hex::serde")]
    pub possession: Vec<u8>,
}

/// What goes onto the card. The center has stored all of it before it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objects {
    /// The seal certificate, DER.
    #[serde(with = "hex::serde")]
    pub certificate: Vec<u8>,
    /// Certificates of its issuers, DER, nearest first.
    pub chain: Vec<CertificateDer>,
    /// The seal structure, DER.
    #[serde(with = "hex::serde")]
    pub seal: Vec<u8>,
    /// The card's GUID for its CHUID, unique for each run.
    #[serde(with = "hex::serde")]
    pub guid: [u8; 16],
}

/// A certificate, DER.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CertificateDer(#[serde(with = "hex::serde")] pub Vec<u8>);

/// What the card gets: objects, and the codes of the PIN letter.
pub struct Package {
    /// The objects.
    pub objects: Objects,
    /// The transport PIN.
    pub pin: Code,
    /// The PUK.
    pub puk: Code,
}

/// The steps that a station records, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Step {
    /// SET STATUS personalizing.
    TakeCard,
    /// SET MANAGEMENT KEY.
    ManagementKey,
    /// GENERATE ASYMMETRIC KEY PAIR and the possession signature.
    GenerateKey,
    /// The center stores certificate and seal. Recorded by the center itself.
    Certify,
    /// Certificate, CHUID, CCC, seal, chain and directory are written.
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
    pub const ALL: [Self; 8] = [
        Self::TakeCard,
        Self::ManagementKey,
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
            Self::ManagementKey => "management-key",
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

/// A station reports a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRequest {
    /// The attempt.
    pub run: Run,
    /// The step.
    pub step: Step,
    /// Before or after it.
    pub mark: Mark,
}

/// The card is complete: its transport PIN was verified, its life cycle read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinishRequest {
    /// The attempt.
    pub run: Run,
    /// The card, read again.
    pub card: Card,
}

/// The center says no. Nothing has changed unless the text says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "refusal")]
#[non_exhaustive]
pub enum Refusal {
    /// No such application.
    #[error("there is no application {application}")]
    UnknownApplication {
        /// The reference asked for.
        application: String,
    },
    /// The application is not in a state that admits it.
    #[error("application {application} is {state}; a card is made for an approved one only")]
    ApplicationState {
        /// The reference.
        application: String,
        /// Its state.
        state: State,
    },
    /// The card is personalized already, blocked or terminated.
    #[error("the card is {life_cycle:?}; only a blank card can be personalized")]
    CardState {
        /// Its life cycle.
        life_cycle: LifeCycle,
    },
    /// The card belongs to another application.
    #[error("this card belongs to application {application}")]
    CardTaken {
        /// That application.
        application: String,
    },
    /// No such run, or not the latest of its application.
    #[error("run {run} is unknown or over")]
    UnknownRun {
        /// The run asked for.
        run: Run,
    },
    /// Another card than the one the run began with, or another key in it.
    #[error("this is not the card, or not the key, that the run began with")]
    OtherCard,
    /// The possession signature does not fit the key, the card or the run.
    #[error("the card did not prove that it holds the new key")]
    Possession,
    /// The key was certified before.
    #[error("this key has been certified before")]
    KeyKnown,
    /// The steps before this one are not all done.
    #[error("step {step} is not due")]
    OutOfOrder {
        /// The step.
        step: Step,
    },
    /// The center cannot do its work; the reason is for its operator.
    #[error("the center failed: {reason}")]
    Center {
        /// What happened.
        reason: String,
    },
}

/// The way from a station to the center. In one program now, over a secure channel later.
pub trait CenterLink {
    /// Asks to personalize the card in the reader.
    ///
    /// # Errors
    /// [`Refusal`].
    fn begin(&mut self, request: &BeginRequest) -> Result<BeginAnswer, Refusal>;

    /// Hands in the new key and its proof; the center stores certificate, seal and codes, then
    /// gives them.
    ///
    /// # Errors
    /// [`Refusal`].
    fn certify(&mut self, request: &CertifyRequest) -> Result<Package, Refusal>;

    /// Asks again for what [`Self::certify`] gave, to continue an interrupted run.
    ///
    /// # Errors
    /// [`Refusal`].
    fn package(&mut self, run: &Run) -> Result<Package, Refusal>;

    /// Records a step before or after it.
    ///
    /// # Errors
    /// [`Refusal`]; the station must stop then, since what is not recorded must not happen.
    fn record(&mut self, request: &StepRequest) -> Result<(), Refusal>;

    /// Declares the card complete; the application becomes issued.
    ///
    /// # Errors
    /// [`Refusal`].
    fn finish(&mut self, request: &FinishRequest) -> Result<(), Refusal>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_travel_as_json() {
        let request = BeginRequest {
            application: "A-000001".into(),
            card: Card {
                serial: [0, 1, 2, 0xff],
                life_cycle: LifeCycle::Blank,
                point: Some(Point(vec![4, 5])),
            },
        };
        let json = serde_json::to_string(&request).unwrap();
        assert_eq!(
            json,
            r#"{"application":"A-000001","card":{"serial":"000102ff","life_cycle":"blank","point":"0405"}}"#
        );
        assert_eq!(
            serde_json::from_str::<BeginRequest>(&json).unwrap(),
            request
        );
    }

    #[test]
    fn objects_and_refusals_travel_as_json() {
        let objects = Objects {
            certificate: vec![1],
            chain: vec![CertificateDer(vec![2])],
            seal: vec![3],
            guid: [4; 16],
        };
        let json = serde_json::to_string(&objects).unwrap();
        assert_eq!(serde_json::from_str::<Objects>(&json).unwrap(), objects);
        let refusal = Refusal::OutOfOrder {
            step: Step::SetCodes,
        };
        let json = serde_json::to_string(&refusal).unwrap();
        assert_eq!(json, r#"{"refusal":"out-of-order","step":"set-codes"}"#);
        assert_eq!(serde_json::from_str::<Refusal>(&json).unwrap(), refusal);
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
