//! What can go wrong between the host and a card, each with the facts a caller needs.

use sello_wire::{Instruction, LifeCycle, Slot, Status, object::ObjectTag};
use thiserror::Error;

use crate::command::pin_pad::PadRefusal;
use crate::journal::JournalError;

/// Why a reader gave no connection.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReaderError {
    /// The PC/SC service does not answer.
    #[error(
        "the PC/SC service (pcscd) is not running; start it with `sudo systemctl start pcscd.socket`"
    )]
    NoService,
    /// No reader has this name.
    #[error("there is no reader named {name:?}")]
    UnknownReader {
        /// The name asked for.
        name: String,
    },
    /// The reader holds no card.
    #[error("there is no card in reader {reader:?}")]
    EmptyReader {
        /// The reader's name.
        reader: String,
    },
    /// Another program holds the card for itself alone.
    #[error("another program uses the card in reader {reader:?} exclusively")]
    Sharing {
        /// The reader's name.
        reader: String,
    },
    /// A card is there and does not answer: upside down, dirty, or no chip card.
    #[error("the card in reader {reader:?} does not answer")]
    Mute {
        /// The reader's name.
        reader: String,
    },
    /// Any other failure, in the words of the PC/SC service.
    #[error("reader {reader:?}: {reason}")]
    Other {
        /// The reader's name, empty when the failure concerns no single reader.
        reader: String,
        /// What the service said.
        reason: String,
    },
}

/// Why no response to a command came.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The card, or the reader with it, is gone.
    #[error("the card was removed")]
    Removed,
    /// Another program reset the card: every right gained so far is lost. The connection lives; the
    /// application has to be selected again.
    #[error("the card was reset by another program")]
    Reset,
    /// Another program holds the card for itself alone.
    #[error("another program uses the card exclusively")]
    Sharing,
    /// The PC/SC service went away.
    #[error("the PC/SC service (pcscd) stopped")]
    NoService,
    /// Any other failure, in the words of the transport.
    #[error("the reader could not carry the command: {reason}")]
    Other {
        /// What the transport said.
        reason: String,
    },
}

/// Why a card command failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CardError {
    /// No response came.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The card has no PIV application.
    #[error("not a PIV card, ATR {}", Hex(.atr))]
    ForeignCard {
        /// The answer to reset.
        atr: Vec<u8>,
    },
    /// The PIN was wrong.
    #[error("wrong PIN, {tries_left} tries left")]
    WrongPin {
        /// Tries before the PIN is blocked, 1 or more.
        tries_left: u8,
    },
    /// The PIN is blocked; the PUK unblocks it.
    #[error("the PIN is blocked")]
    PinBlocked,
    /// The PUK was wrong.
    #[error("wrong PUK, {tries_left} tries left")]
    WrongPuk {
        /// Tries before the PUK is blocked, 1 or more.
        tries_left: u8,
    },
    /// The PUK is blocked; only the center can help.
    #[error("the PUK is blocked")]
    PukBlocked,
    /// The approver PIN was wrong.
    #[error("wrong approver PIN, {tries_left} tries left")]
    WrongApproverPin {
        /// Tries before the approver PIN is blocked, 1 or more.
        tries_left: u8,
    },
    /// The approver PIN is blocked; only the center can unblock it.
    #[error("the approver PIN is blocked")]
    ApproverBlocked,
    /// The card has no approver PIN.
    #[error("the card has no approver PIN")]
    NoApprover,
    /// The approver PIN from the center's letter has to be changed before it can approve.
    #[error("the approver's transport PIN has not been changed yet")]
    ApproverTransportPinInForce,
    /// The key needs no approval, so none can be given.
    #[error("the key in slot {:02X} needs no approval", .slot.to_byte())]
    NoDualControl {
        /// The slot asked for.
        slot: Slot,
    },
    /// The approver has not allowed so many stampings.
    #[error(
        "the approver has to allow the stamping with the key in slot {:02X}: {approvals_left} allowed",
        .slot.to_byte()
    )]
    ApprovalMissing {
        /// The slot of the key.
        slot: Slot,
        /// Stampings allowed and not made yet.
        approvals_left: u16,
    },
    /// The key signs no batches: its PIN policy is not *counted*.
    #[error("the key in slot {:02X} signs no batches", .slot.to_byte())]
    NotCounted {
        /// The slot of the key.
        slot: Slot,
    },
    /// The document does not belong to the batch announced to the card.
    #[error("document {index} does not belong to the announced batch")]
    NotInBatch {
        /// Its index from 0.
        index: u16,
    },
    /// The document of the batch was signed before.
    #[error("document {index} of the batch was signed before")]
    SignedBefore {
        /// Its index from 0.
        index: u16,
    },
    /// The journal has no place for another entry, so no seal key of this card signs any more.
    #[error("the stamp journal is full")]
    JournalFull,
    /// The journal read from the card cannot be what the card wrote.
    #[error("the stamp journal is damaged: {0}")]
    Journal(#[from] JournalError),
    /// A nonce is longer than the card takes.
    #[error("a nonce has at most 32 bytes, not {length}")]
    NonceTooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The card is a PIV token of another make, or of an earlier edition: it has no such instruction.
    #[error("this card does not have {instruction:?}")]
    NotSupported {
        /// The instruction sent.
        instruction: Instruction,
    },
    /// The card refused the new PIN or PUK: it equals the old one, or its form is not allowed.
    #[error("the card refuses the new PIN or PUK")]
    NewPinRefused,
    /// The PIN has to be verified before this command (for some keys right before it).
    #[error("the PIN has to be verified first")]
    PinRequired,
    /// The transport PIN has to be changed before private keys can be used.
    #[error("the transport PIN has not been changed yet")]
    TransportPinInForce,
    /// The card has not been personalized (life cycle blank or personalizing).
    #[error("the card is not personalized (life cycle {life_cycle:?})")]
    NotPersonalized {
        /// The card's life cycle.
        life_cycle: LifeCycle,
    },
    /// The center stopped the card, for now (blocked) or for good (terminated).
    #[error("the card is out of use (life cycle {life_cycle:?})")]
    OutOfUse {
        /// The card's life cycle.
        life_cycle: LifeCycle,
    },
    /// Not a command of the card edge: it was not sent.
    #[error("{cla:02X} {ins:02X} is no command of the card edge")]
    UnknownCommand {
        /// Class byte.
        cla: u8,
        /// Instruction byte.
        ins: u8,
    },
    /// The management key has to be authenticated first.
    #[error("the management key has to be authenticated first")]
    ManagementKeyRequired,
    /// No key in this slot.
    #[error("no key in slot {:02X}", .slot.to_byte())]
    NoKey {
        /// The slot asked for.
        slot: Slot,
    },
    /// The object is not on the card.
    #[error("no object {:X} on the card", .tag.0)]
    NoObject {
        /// The object asked for.
        tag: ObjectTag,
    },
    /// The card is full.
    #[error("no room for object {:X} on the card", .tag.0)]
    CardFull {
        /// The object that did not fit.
        tag: ObjectTag,
    },
    /// An object is longer than an object may be.
    #[error("object {:X} is too long: {length} bytes", .tag.0)]
    ObjectTooLong {
        /// The object.
        tag: ObjectTag,
        /// Its length in bytes.
        length: usize,
    },
    /// The certificate is stored compressed (gzip), which is not read.
    #[error("the certificate in slot {:02X} is compressed", .slot.to_byte())]
    CompressedCertificate {
        /// The slot asked for.
        slot: Slot,
    },
    /// The card holds no seal for this slot.
    #[error("no seal for slot {:02X}", .slot.to_byte())]
    NoSeal {
        /// The slot asked for.
        slot: Slot,
    },
    /// The seal structure put together from the card is not the one its directory names.
    #[error("the seal of slot {:02X} does not match the card's directory", .slot.to_byte())]
    SealMismatch {
        /// The slot asked for.
        slot: Slot,
    },
    /// This slot can hold no seal.
    #[error("slot {:02X} cannot hold a seal", .slot.to_byte())]
    NotASealSlot {
        /// The slot asked for.
        slot: Slot,
    },
    /// A seal structure or chain is larger than the objects of a seal can hold.
    #[error("the seal does not fit into its objects: {length} bytes, {chain} chain certificates")]
    SealTooLarge {
        /// Length of the seal structure in bytes.
        length: usize,
        /// Number of chain certificates.
        chain: usize,
    },
    /// The card answered with a status word that the command gives no meaning.
    #[error("{instruction:?} was answered with status {status}")]
    Status {
        /// The instruction sent.
        instruction: Instruction,
        /// The status word received.
        status: Status,
    },
    /// The data of an answer has not the form the standard gives it.
    #[error("the answer to {instruction:?} is malformed")]
    Malformed {
        /// The instruction sent.
        instruction: Instruction,
    },
    /// An answer went on past every bound.
    #[error("the answer to {instruction:?} is too long")]
    AnswerTooLong {
        /// The instruction sent.
        instruction: Instruction,
    },
    /// The reader has no keypad, or one that cannot do this.
    #[error("the reader has no keypad for PINs")]
    NoPinPad,
    /// No PIN was entered on the reader's keypad, so the card got nothing.
    #[error("no PIN from the reader's keypad: {0}")]
    PinPad(PadRefusal),
    /// The operating system gave no random bytes.
    #[error("no random bytes from the operating system")]
    NoRandom,
    /// The trace file named by the environment cannot be written.
    #[error("the trace file {path:?} cannot be written: {reason}")]
    Trace {
        /// The file named.
        path: String,
        /// What the operating system said.
        reason: String,
    },
}

impl CardError {
    /// Whether the card, its reader or the service is gone, so that a new connection is needed.
    #[must_use]
    pub const fn is_connection_lost(&self) -> bool {
        matches!(
            self,
            Self::Transport(TransportError::Removed | TransportError::NoService)
        )
    }
}

/// Shows bytes in hexadecimal, in upper case without spaces.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl core::fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}
