//! Why a simulated card or its reader cannot do something.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why no response came from a simulated card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CardError {
    /// The card has no power.
    #[error("the card has no power")]
    NoPower,
    /// The card is not in the reader.
    #[error("the card is not in the reader")]
    Removed,
    /// A fault that was asked for cut the power during this command.
    #[error("the power was cut while the card was working")]
    PowerCut,
    /// The response buffer is too small for the response.
    #[error("the response buffer has {available} bytes and {needed} are needed")]
    BufferTooSmall {
        /// Bytes needed.
        needed: usize,
        /// Bytes of the buffer.
        available: usize,
    },
    /// The memory holds no card the applet understands.
    #[error("the memory of the card cannot be understood")]
    UnreadableMemory,
}

/// Why bytes are no card state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StateError {
    /// The bytes do not begin as a card file does.
    #[error("it is not a Sello card file")]
    NotACard,
    /// Written by a later version of the program.
    #[error("it has state version {found}; this program reads up to {supported}")]
    NewerVersion {
        /// Version in the file.
        found: u16,
        /// Newest version this program reads.
        supported: u16,
    },
    /// Shorter or longer than it says it is.
    #[error("it has {actual} bytes and should have {expected}")]
    WrongLength {
        /// Bytes the header announces.
        expected: usize,
        /// Bytes there are.
        actual: usize,
    },
    /// The checksum does not fit the content.
    #[error("its content is damaged (wrong checksum)")]
    WrongChecksum,
    /// The records inside cannot be understood.
    #[error("its records are damaged at byte {position}")]
    BadRecord {
        /// Position in bytes from the start of the records.
        position: usize,
    },
}

/// Why a card file cannot be used. The file is left as it was.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CardFileError {
    /// The file cannot be read, written or locked.
    #[error("{path}: {source}")]
    Io {
        /// The card file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is a file of this name already.
    #[error("{path}: exists already")]
    Exists {
        /// The card file.
        path: PathBuf,
    },
    /// Another process has the card.
    #[error("{path}: in use by another process")]
    InUse {
        /// The card file.
        path: PathBuf,
    },
    /// The file holds no usable state.
    #[error("{path}: {source}")]
    State {
        /// The card file.
        path: PathBuf,
        /// What is wrong with it.
        source: StateError,
    },
    /// The operating system gives no random numbers.
    #[error("no random numbers for the serial number")]
    NoRandomNumbers,
}

/// Why a virtual reader does not work.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReaderError {
    /// Nothing listens where the virtual reader driver should.
    #[error("no virtual reader at {address}: {source}")]
    NoDriver {
        /// Host and port.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// The thread of the reader could not be started.
    #[error("cannot start the virtual reader: {0}")]
    Start(io::Error),
    /// The reader has stopped.
    #[error("the virtual reader has stopped")]
    Stopped,
    /// It did not come to the awaited state in time.
    #[error("the virtual reader did not get there in time")]
    TimedOut,
}
