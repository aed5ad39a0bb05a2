//! Why a channel was not opened, or what came through it is refused.

use thiserror::Error;

/// A refusal. `E` is [`crate::Primitives::Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error<E> {
    /// A cryptographic operation failed.
    #[error("a cryptographic operation of the secure channel failed")]
    Primitives(E),
    /// A class byte that cannot be wrapped, or is not a wrapped command's.
    #[error("class {cla:02X} does not fit the secure channel")]
    Class {
        /// The class byte.
        cla: u8,
    },
    /// Not a security level of this protocol.
    #[error("no security level {level:02X} in the secure channel")]
    Level {
        /// The byte, P1 of EXTERNAL AUTHENTICATE.
        level: u8,
    },
    /// An instruction or a parameter that is not the expected one.
    #[error("not the expected command of the secure channel")]
    Header,
    /// A length that protected data cannot have.
    #[error("{length} bytes cannot be protected data")]
    Length {
        /// Length in bytes.
        length: usize,
    },
    /// The answer to INITIALIZE UPDATE names another protocol or other options.
    #[error("secure channel protocol {protocol:02X} with options {options:02X} is not supported")]
    Protocol {
        /// The protocol, `03` for SCP03.
        protocol: u8,
        /// The options, "i" (Amendment D, 5.1).
        options: u8,
    },
    /// The other end does not have the keys.
    #[error("wrong cryptogram: the other end has other keys")]
    Cryptogram,
    /// The MAC is not right: the bytes were changed, left out, repeated or came from somebody else.
    #[error("wrong MAC in the secure channel")]
    Mac,
    /// An answer came without the protection agreed upon.
    #[error("unprotected answer in the secure channel")]
    Unprotected,
    /// What was decrypted is not padded.
    #[error("wrong padding in the secure channel")]
    Padding,
    /// The buffer is too small; the channel is as before.
    #[error("the secure channel needs a buffer of {needed} bytes")]
    NoRoom {
        /// Length in bytes the buffer must have.
        needed: usize,
    },
    /// The channel is closed: something was refused before, or its counter is used up.
    #[error("the secure channel is closed")]
    Closed,
}
