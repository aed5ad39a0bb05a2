//! Readers and cards through `sello-card`.

mod contents;
mod kept;

use std::sync::Arc;

use sello_card::{CardError, CardSession, Exclusive, PadRefusal, Pin, PinPad, Puk};
use sello_card::{ReaderError, TransportError};
use sello_wire::key::Curve;
use sello_wire::{PinPolicy, Slot};
use zeroize::Zeroizing;

use self::contents::{State, found, state};
use self::kept::Kept;
use crate::store::Store;
use crate::token::{Contents, ReaderState, Readers, Token, TokenError, TokenState, Watch};

/// The readers that `sello-card` gives.
pub struct CardReaders<R>(R);

impl<R: sello_card::Readers + 'static> CardReaders<R> {
    /// Wraps readers.
    #[must_use]
    pub fn shared(readers: R) -> Arc<dyn Readers> {
        Arc::new(Self(readers))
    }
}

impl<R: sello_card::Readers> Readers for CardReaders<R> {
    fn list(&self) -> Result<Vec<ReaderState>, TokenError> {
        self.0.list().map_err(reader_error)
    }

    fn connect(&self, reader: &str) -> Result<Box<dyn Token>, TokenError> {
        let connection = self.0.connect(reader).map_err(reader_error)?;
        let mut session = CardSession::open(connection).map_err(card_error)?;
        Ok(Box::new(CardToken {
            resets: session.resets(),
            pad: session.pin_pad(),
            session,
            kept: Kept::default(),
            store: Store::default(),
        }))
    }

    fn look(&self, reader: &str) -> Result<Option<ReaderState>, TokenError> {
        self.0.look(reader).map_err(reader_error)
    }

    fn watch(&self) -> Arc<dyn Watch> {
        self.0.watch()
    }

    fn are_shared(&self) -> bool {
        self.0.are_shared()
    }
}

struct CardToken {
    session: CardSession,
    /// Resets by other programs that have been reported.
    resets: u32,
    pad: PinPad,
    /// What has been read, or was kept on disk.
    kept: Kept,
    store: Store,
}

impl CardToken {
    /// Works with exclusive access; a reset by another program since the last time is reported
    /// instead, since it took every right.
    fn exclusively<T>(
        &mut self,
        work: impl FnOnce(&mut Exclusive<'_>) -> Result<T, CardError>,
    ) -> Result<T, TokenError> {
        Self::work(&mut self.resets, self.session.exclusive(), work)
    }

    /// As [`CardToken::exclusively`], for work that is one command as a rule.
    fn in_one_command<T>(
        &mut self,
        work: impl FnOnce(&mut Exclusive<'_>) -> Result<T, CardError>,
    ) -> Result<T, TokenError> {
        Self::work(&mut self.resets, self.session.for_one_command(), work)
    }

    /// As [`CardToken::exclusively`], for reading what is public.
    fn reading<T>(
        &mut self,
        work: impl FnOnce(&mut Exclusive<'_>) -> Result<T, CardError>,
    ) -> Result<T, TokenError> {
        self.exclusively(work).map_err(reading_error)
    }

    fn work<T>(
        resets: &mut u32,
        card: Result<Exclusive<'_>, CardError>,
        work: impl FnOnce(&mut Exclusive<'_>) -> Result<T, CardError>,
    ) -> Result<T, TokenError> {
        let mut card = card.map_err(card_error)?;
        if card.resets() == *resets {
            return work(&mut card).map_err(card_error);
        }
        *resets = card.resets();
        Err(TokenError::Reset)
    }

    fn with_pad(&self, state: TokenState) -> TokenState {
        TokenState {
            pin_pad: self.pad.verifies(),
            ..state
        }
    }
}

impl Token for CardToken {
    /// What was kept on disk for this card as it is now saves reading it.
    fn read(&mut self) -> Result<Contents, TokenError> {
        let store = self.store.clone();
        let (state, kept) = self.reading(|card| {
            let state: State = state(card)?;
            let kept = state.identity.and_then(|card| Kept::load(&store, card));
            let kept = match kept {
                Some(kept) => kept,
                None => found(card, &state)?,
            };
            Ok((state, kept))
        })?;
        kept.save(&store);
        self.kept = kept;
        Ok(Contents {
            keys: self.kept.keys(),
            state: self.with_pad(state.token),
        })
    }

    fn state(&mut self) -> Result<TokenState, TokenError> {
        let state = self.reading(state)?;
        Ok(self.with_pad(state.token))
    }

    fn use_store(&mut self, store: Store) {
        self.store = store;
    }

    fn chain(&mut self, key: Slot) -> Result<Vec<Vec<u8>>, TokenError> {
        if let Some(chain) = self.kept.chain(key) {
            return Ok(chain);
        }
        let Some(entry) = self.kept.entry(key) else {
            return Ok(Vec::new());
        };
        let chain = self.reading(|card| card.read_chain(&entry))?;
        self.kept.keep_chain(key, &chain);
        self.kept.save(&self.store);
        Ok(chain)
    }

    fn seal(&mut self, key: Slot) -> Result<Option<Vec<u8>>, TokenError> {
        if let Some(seal) = self.kept.seal(key) {
            return Ok(Some(seal));
        }
        let entry = self.kept.entry(key).filter(|entry| entry.length > 0);
        let Some(entry) = entry else {
            return Ok(None);
        };
        let seal = self.reading(|card| card.read_seal(&entry))?;
        self.kept.keep_seal(key, &seal);
        self.kept.save(&self.store);
        Ok(Some(seal))
    }

    fn verify(&mut self, pin: &[u8]) -> Result<(), TokenError> {
        let pin = Pin::new(pin).map_err(|_| TokenError::PinFormat)?;
        self.in_one_command(|card| card.verify_pin(&pin))
    }

    fn verify_on_pad(&mut self) -> Result<(), TokenError> {
        let pad = self.pad;
        self.exclusively(|card| card.verify_pin_on_pad(pad))
    }

    fn forget(&mut self) -> Result<(), TokenError> {
        self.in_one_command(|card| card.logout())
    }

    fn change_pin(&mut self, old: &[u8], new: &[u8]) -> Result<(), TokenError> {
        let old = Pin::new(old).map_err(|_| TokenError::PinFormat)?;
        let new = Pin::new(new).map_err(|_| TokenError::NewPinRefused)?;
        self.exclusively(|card| card.change_pin(&old, &new))
    }

    fn change_pin_on_pad(&mut self) -> Result<(), TokenError> {
        let pad = self.pad;
        self.exclusively(|card| card.change_pin_on_pad(pad))
    }

    /// The PUK is changed to itself: VERIFY knows no PUK (SP 800-73-5 part 2, 3.2.1). A card that does
    /// not take the same value again has compared it first, or tells with the first use.
    fn check_puk(&mut self, puk: &[u8]) -> Result<(), TokenError> {
        match self.change_puk(puk, puk) {
            Err(TokenError::NewPinRefused) => Ok(()),
            other => other,
        }
    }

    fn change_puk(&mut self, old: &[u8], new: &[u8]) -> Result<(), TokenError> {
        let old = Puk::new(old).map_err(|_| TokenError::PinFormat)?;
        let new = Puk::new(new).map_err(|_| TokenError::NewPinRefused)?;
        self.exclusively(|card| card.change_puk(&old, &new))
    }

    fn unblock(&mut self, puk: &[u8], new: &[u8]) -> Result<(), TokenError> {
        let puk = Puk::new(puk).map_err(|_| TokenError::PinFormat)?;
        let new = Pin::new(new).map_err(|_| TokenError::NewPinRefused)?;
        self.exclusively(|card| card.unblock_pin(&puk, &new))
    }

    fn sign(&mut self, key: Slot, digest: &[u8]) -> Result<Vec<u8>, TokenError> {
        let curve = curve_of(|curve| curve.scalar_length() == digest.len())?;
        self.in_one_command(|card| card.sign_on(curve, key, digest))
            .map_err(use_error)
    }

    fn agree(&mut self, key: Slot, point: &[u8]) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        let curve = curve_of(|curve| curve.point_length() == point.len())?;
        self.in_one_command(|card| card.agree(curve, key, point))
            .map_err(use_error)
    }

    fn generate(
        &mut self,
        slot: Slot,
        curve: Curve,
        policy: PinPolicy,
    ) -> Result<Vec<u8>, TokenError> {
        self.exclusively(|card| card.generate(curve, slot, policy))
    }
}

/// The curve that a length belongs to.
fn curve_of(fits: impl Fn(Curve) -> bool) -> Result<Curve, TokenError> {
    let found = [Curve::P256, Curve::P384].into_iter().find(|c| fits(*c));
    found.ok_or_else(|| TokenError::Failed {
        reason: "no curve of this length".to_owned(),
    })
}

fn reader_error(error: ReaderError) -> TokenError {
    match error {
        ReaderError::NoService => TokenError::NoService,
        ReaderError::UnknownReader { .. } | ReaderError::EmptyReader { .. } => TokenError::NoCard,
        ReaderError::Mute { .. } => TokenError::Foreign,
        other => TokenError::Failed {
            reason: other.to_string(),
        },
    }
}

/// What is public is there for everybody, at any time: a card that asks for a right before it tells is out
/// of order, and a program that only looks must not hear of a login.
fn reading_error(error: TokenError) -> TokenError {
    match error {
        TokenError::NoService
        | TokenError::NoCard
        | TokenError::Removed
        | TokenError::Reset
        | TokenError::Foreign
        | TokenError::Failed { .. } => error,
        refused => TokenError::Failed {
            reason: format!("the card refuses to be read: {refused}"),
        },
    }
}

/// To who uses a key, a PIN that was blocked meanwhile is a login that is gone: no PIN was given, and
/// `CKR_PIN_LOCKED` is for those who give one.
fn use_error(error: TokenError) -> TokenError {
    match error {
        TokenError::PinBlocked => TokenError::PinRequired,
        other => other,
    }
}

fn card_error(error: CardError) -> TokenError {
    match error {
        CardError::Transport(TransportError::Removed) => TokenError::Removed,
        CardError::Transport(TransportError::Reset) => TokenError::Reset,
        CardError::Transport(TransportError::NoService) => TokenError::NoService,
        CardError::ForeignCard { .. } => TokenError::Foreign,
        CardError::WrongPin { tries_left } => TokenError::WrongPin { tries_left },
        CardError::PinBlocked => TokenError::PinBlocked,
        CardError::WrongPuk { tries_left } => TokenError::WrongPuk { tries_left },
        CardError::PukBlocked => TokenError::PukBlocked,
        CardError::ManagementKeyRequired => TokenError::NotAdministered,
        CardError::NewPinRefused | CardError::PinPad(PadRefusal::NotRepeated) => {
            TokenError::NewPinRefused
        }
        CardError::NoPinPad | CardError::PinPad(PadRefusal::Length) => TokenError::PinFormat,
        CardError::PinPad(PadRefusal::Cancelled | PadRefusal::TimedOut) => TokenError::NotEntered,
        CardError::PinRequired => TokenError::PinRequired,
        CardError::TransportPinInForce => TokenError::TransportPin,
        CardError::NotPersonalized { .. } | CardError::OutOfUse { .. } => {
            TokenError::NotOperational
        }
        other => TokenError::Failed {
            reason: other.to_string(),
        },
    }
}
