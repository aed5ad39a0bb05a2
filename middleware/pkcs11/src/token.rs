//! What this crate asks of readers and cards; `card` answers it with `sello-card`, tests with a script.

use std::sync::Arc;

use sello_wire::key::Curve;
use sello_wire::{PinPolicy, Slot};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::store::Store;

pub use sello_card::{Pause, ReaderState, Watch};

/// The readers of this machine.
pub trait Readers: Send + Sync {
    /// Every reader; an empty list when there is none.
    ///
    /// # Errors
    /// [`TokenError`] when the reader service does not answer.
    fn list(&self) -> Result<Vec<ReaderState>, TokenError>;

    /// Connects to the card in a reader and selects its application.
    ///
    /// # Errors
    /// [`TokenError`].
    fn connect(&self, reader: &str) -> Result<Box<dyn Token>, TokenError>;

    /// One reader; `None` when there is none of this name. Nothing is sent to a card.
    ///
    /// # Errors
    /// As [`Readers::list`].
    fn look(&self, reader: &str) -> Result<Option<ReaderState>, TokenError> {
        let mut states = self.list()?.into_iter();
        Ok(states.find(|state| state.name == reader))
    }

    /// Something to wait with until a card or reader comes or goes.
    fn watch(&self) -> Arc<dyn Watch> {
        Arc::new(Pause::default())
    }

    /// Whether other processes use the cards too, so that they are to be reckoned with.
    fn are_shared(&self) -> bool {
        false
    }
}

/// One card. Each method takes the card for itself alone while it runs.
pub trait Token: Send {
    /// Reads the card's state and the certificates of its keys, without the issuer chains.
    ///
    /// # Errors
    /// [`TokenError`].
    fn read(&mut self) -> Result<Contents, TokenError>;

    /// Reads the card's state again.
    ///
    /// # Errors
    /// [`TokenError`].
    fn state(&mut self) -> Result<TokenState, TokenError>;

    /// Reads the issuer chain of a key, certificates in DER.
    ///
    /// # Errors
    /// [`TokenError`].
    fn chain(&mut self, key: Slot) -> Result<Vec<Vec<u8>>, TokenError>;

    /// Where what is public on the card may be kept. Called once, before the first reading; a token that
    /// keeps nothing need not do anything.
    fn use_store(&mut self, _store: Store) {}

    /// Presents the PIN, as typed.
    ///
    /// # Errors
    /// [`TokenError::WrongPin`], [`TokenError::PinBlocked`], [`TokenError::PinFormat`] and others.
    fn verify(&mut self, pin: &[u8]) -> Result<(), TokenError>;

    /// Presents a PIN that is entered on the reader's keypad.
    ///
    /// # Errors
    /// [`TokenError::NotEntered`], and those of [`Token::verify`].
    fn verify_on_pad(&mut self) -> Result<(), TokenError> {
        Err(TokenError::PinFormat)
    }

    /// Gives up what [`Token::verify`] gained.
    ///
    /// # Errors
    /// [`TokenError`].
    fn forget(&mut self) -> Result<(), TokenError>;

    /// Changes the PIN.
    ///
    /// # Errors
    /// Those of [`Token::verify`], and [`TokenError::NewPinRefused`].
    fn change_pin(&mut self, old: &[u8], new: &[u8]) -> Result<(), TokenError>;

    /// Changes the PIN on the reader's keypad.
    ///
    /// # Errors
    /// [`TokenError::NotEntered`], and those of [`Token::change_pin`].
    fn change_pin_on_pad(&mut self) -> Result<(), TokenError> {
        Err(TokenError::PinFormat)
    }

    /// Finds out whether this is the PUK, as typed.
    ///
    /// # Errors
    /// [`TokenError::WrongPuk`], [`TokenError::PukBlocked`], [`TokenError::PinFormat`] and others.
    fn check_puk(&mut self, puk: &[u8]) -> Result<(), TokenError>;

    /// Changes the PUK.
    ///
    /// # Errors
    /// Those of [`Token::check_puk`], and [`TokenError::NewPinRefused`].
    fn change_puk(&mut self, old: &[u8], new: &[u8]) -> Result<(), TokenError>;

    /// Sets a new PIN with the PUK, as typed, blocked or not.
    ///
    /// # Errors
    /// [`TokenError::WrongPuk`], [`TokenError::PukBlocked`], [`TokenError::PinFormat`],
    /// [`TokenError::NewPinRefused`] and others.
    fn unblock(&mut self, puk: &[u8], new: &[u8]) -> Result<(), TokenError>;

    /// Signs a digest, which is as long as a scalar of the key's curve: 32 bytes for P-256, 48 for P-384.
    /// The signature is a DER ECDSA-Sig-Value.
    ///
    /// # Errors
    /// [`TokenError::PinRequired`] when the PIN was not presented (right before, for some keys).
    fn sign(&mut self, key: Slot, digest: &[u8]) -> Result<Vec<u8>, TokenError>;

    /// Agrees on a secret with the owner of an uncompressed point of the key's curve (ECDH): the x
    /// coordinate of the product.
    ///
    /// # Errors
    /// As [`Token::sign`].
    fn agree(&mut self, key: Slot, point: &[u8]) -> Result<Zeroizing<Vec<u8>>, TokenError>;

    /// Makes a key pair in place of what was there; returns the uncompressed point.
    ///
    /// # Errors
    /// [`TokenError::NotAdministered`] unless the card lets this session administer it.
    fn generate(
        &mut self,
        slot: Slot,
        curve: Curve,
        policy: PinPolicy,
    ) -> Result<Vec<u8>, TokenError>;

    /// Reads the signed seal structure of a key; `None` when it has none.
    ///
    /// # Errors
    /// [`TokenError`].
    fn seal(&mut self, key: Slot) -> Result<Option<Vec<u8>>, TokenError>;
}

/// What a card says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenState {
    /// Serial number, if the card tells one.
    pub serial: Option<u32>,
    /// Whether the card has been personalized and is not blocked.
    pub operational: bool,
    /// Whether private keys wait for the transport PIN to be changed.
    pub transport_pin: bool,
    /// PIN tries left, if the card tells.
    pub tries_left: Option<u8>,
    /// PIN tries a fresh PIN has.
    pub tries_total: u8,
    /// PUK tries left and in all, if the card tells.
    pub puk_tries: Option<(u8, u8)>,
    /// Whether the reader has a keypad on which the PIN can be presented.
    pub pin_pad: bool,
    /// Version of the card edge, major and minor.
    pub version: (u8, u8),
    /// Whether the card makes key pairs for whoever asks through this connection.
    pub generates: bool,
}

/// What a card holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Its state.
    pub state: TokenState,
    /// Its keys, the seal key first.
    pub keys: Vec<KeyEntry>,
}

/// A key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEntry {
    /// Where the key lies.
    pub slot: Slot,
    /// When the key wants the PIN.
    pub policy: PinPolicy,
    /// The certificate, DER, if there is one.
    pub certificate: Option<Vec<u8>>,
    /// The public key as an uncompressed point, as the card tells it; a card need not tell it for a key
    /// with a certificate.
    pub point: Option<Vec<u8>>,
    /// Whether the card also holds certificates of its issuers.
    pub has_chain: bool,
    /// Whether the card also holds a signed seal structure for it.
    pub has_seal: bool,
}

/// Why a card or reader did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The reader service does not answer.
    #[error("no reader service")]
    NoService,
    /// There is no card in the reader, or no reader.
    #[error("no card")]
    NoCard,
    /// The card was taken out.
    #[error("the card was removed")]
    Removed,
    /// Another program reset the card; what was gained is lost.
    #[error("the card was reset")]
    Reset,
    /// The card is no PIV card.
    #[error("not a PIV card")]
    Foreign,
    /// The PIN is wrong.
    #[error("wrong PIN, {tries_left} tries left")]
    WrongPin {
        /// Tries left, 1 or more.
        tries_left: u8,
    },
    /// The PIN is blocked.
    #[error("PIN blocked")]
    PinBlocked,
    /// The PUK is wrong.
    #[error("wrong PUK, {tries_left} tries left")]
    WrongPuk {
        /// Tries left, 1 or more.
        tries_left: u8,
    },
    /// The PUK is blocked.
    #[error("PUK blocked")]
    PukBlocked,
    /// The card lets only its administrator do that.
    #[error("not administered")]
    NotAdministered,
    /// Nothing was entered on the reader's keypad: it was cancelled, or took too long.
    #[error("nothing entered")]
    NotEntered,
    /// What was given is no PIN; nothing was sent to the card.
    #[error("not the form of a PIN")]
    PinFormat,
    /// The card refuses the new PIN.
    #[error("new PIN refused")]
    NewPinRefused,
    /// The PIN has to be presented first.
    #[error("PIN required")]
    PinRequired,
    /// The transport PIN has to be changed first.
    #[error("transport PIN in force")]
    TransportPin,
    /// The card's life cycle does not allow it.
    #[error("not operational")]
    NotOperational,
    /// Anything else.
    #[error("card failure: {reason}")]
    Failed {
        /// What happened.
        reason: String,
    },
}
