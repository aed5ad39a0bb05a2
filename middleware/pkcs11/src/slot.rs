//! A slot: one reader, and the one lock of the card in it.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use cryptoki_sys::CK_SLOT_ID;

use crate::error::Error;
use crate::inserted::{Armed, Inserted};
use crate::lock::lock;
use crate::token::{Readers, TokenError};

/// One reader.
pub(crate) struct Slot {
    /// Its number.
    pub(crate) id: CK_SLOT_ID,
    /// Its name.
    pub(crate) reader: String,
    readers: Arc<dyn Readers>,
    card: Mutex<Option<Inserted>>,
    /// Counts the cards that went away: a session belongs to one of them.
    generation: AtomicU64,
    logged_in: AtomicBool,
    sessions: AtomicUsize,
}

impl Slot {
    /// A slot for a reader; the reader is not touched.
    pub(crate) fn new(id: CK_SLOT_ID, reader: String, readers: Arc<dyn Readers>) -> Self {
        Self {
            id,
            reader,
            readers,
            card: Mutex::new(None),
            generation: AtomicU64::new(0),
            logged_in: AtomicBool::new(false),
            sessions: AtomicUsize::new(0),
        }
    }

    /// Which card this is, counted by how many went before.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Whether the user is logged in.
    pub(crate) fn is_logged_in(&self) -> bool {
        self.logged_in.load(Ordering::Acquire)
    }

    /// Number of open sessions.
    pub(crate) fn session_count(&self) -> usize {
        self.sessions.load(Ordering::Acquire)
    }

    /// Counts a session that was opened.
    pub(crate) fn session_opened(&self) {
        self.sessions.fetch_add(1, Ordering::AcqRel);
    }

    /// Counts a session that was closed; the last one logs the user out (PKCS#11 2.40, 5.6,
    /// `C_CloseSession`).
    pub(crate) fn session_closed(&self) {
        if self.sessions.fetch_sub(1, Ordering::AcqRel) == 1 && self.is_logged_in() {
            // The session is closed all the same when the card is gone.
            let _ = self.logout();
        }
    }

    /// Works with the card, connecting to it and reading it first if need be.
    ///
    /// Another program's reset costs what the PIN gained: then a logged-in user is told, and anything
    /// else is tried once more.
    pub(crate) fn with_card<T>(
        &self,
        mut work: impl FnMut(&mut Inserted) -> Result<T, TokenError>,
    ) -> Result<T, Error> {
        let mut card = lock(&self.card);
        match self.attempt(&mut card, &mut work) {
            Err(TokenError::Reset) => {
                self.reconnect(&mut card)?;
                if self.logged_in.swap(false, Ordering::AcqRel) {
                    return Err(Error::UserNotLoggedIn);
                }
                self.attempt(&mut card, &mut work).map_err(to_error)
            }
            other => other.map_err(to_error),
        }
    }

    fn attempt<T>(
        &self,
        card: &mut Option<Inserted>,
        work: &mut impl FnMut(&mut Inserted) -> Result<T, TokenError>,
    ) -> Result<T, TokenError> {
        let mut inserted = match card.take() {
            Some(inserted) => inserted,
            None => self.connect()?,
        };
        let done = work(&mut inserted);
        match done {
            Err(TokenError::Removed | TokenError::NoCard | TokenError::NoService) => self.lost(),
            _ => *card = Some(inserted),
        }
        done
    }

    fn connect(&self) -> Result<Inserted, TokenError> {
        Inserted::read(self.readers.connect(&self.reader)?)
    }

    /// Connects again after a reset; another card than before ends the sessions.
    fn reconnect(&self, card: &mut Option<Inserted>) -> Result<(), Error> {
        let before = card.take();
        match self.connect() {
            Ok(mut now) => {
                match before {
                    Some(before) if before.is_same_card(&now) => now.keep_objects_of(before),
                    Some(_) => self.lost(),
                    None => {}
                }
                *card = Some(now);
                Ok(())
            }
            Err(error) => {
                self.lost();
                Err(to_error(error))
            }
        }
    }

    fn lost(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.logged_in.store(false, Ordering::Release);
    }

    /// Notices a card that was taken out while nothing was sent to it. A card that another thread is
    /// using is there.
    pub(crate) fn notice_removal(&self) {
        if let Ok(mut card) = self.card.try_lock() {
            let gone = card.as_mut().is_some_and(|inserted| !inserted.is_present());
            if gone {
                *card = None;
                self.lost();
            }
        }
    }

    /// Logs the user in.
    ///
    /// All that a program may want to look at is read before, so that the PIN is the last thing the
    /// card gets: a program that knows nothing of context logins looks around after its login, and
    /// gets its first signature all the same from a key that wants the PIN right before.
    pub(crate) fn login(&self, pin: &[u8]) -> Result<(), Error> {
        let is_new = self.with_card(|card| {
            // Asked under the card's lock, so that of two threads one logs in.
            if self.is_logged_in() {
                return Ok(false);
            }
            require_operational(card)?;
            card.read_chains()?;
            card.verify(pin, Armed::Any)?;
            self.logged_in.store(true, Ordering::Release);
            Ok(true)
        })?;
        if is_new {
            Ok(())
        } else {
            Err(Error::UserAlreadyLoggedIn)
        }
    }

    /// Logs the user out and gives up what the PIN gained.
    pub(crate) fn logout(&self) -> Result<(), Error> {
        if !self.logged_in.swap(false, Ordering::AcqRel) {
            return Err(Error::UserNotLoggedIn);
        }
        self.with_card(Inserted::forget)
    }

    /// Says that the card no longer knows the user.
    pub(crate) fn pin_state_lost(&self) {
        self.logged_in.store(false, Ordering::Release);
    }
}

/// A card that is not in its custodian's hands has no PIN to present.
fn require_operational(card: &Inserted) -> Result<(), TokenError> {
    if card.state().operational {
        Ok(())
    } else {
        Err(TokenError::NotOperational)
    }
}

/// The return value for what a card did.
fn to_error(error: TokenError) -> Error {
    match error {
        TokenError::NoService | TokenError::NoCard => Error::TokenNotPresent,
        TokenError::Removed => Error::DeviceRemoved,
        TokenError::Foreign => Error::TokenNotRecognized,
        TokenError::WrongPin { .. } | TokenError::WrongPuk { .. } | TokenError::PinFormat => {
            Error::PinIncorrect
        }
        TokenError::PinBlocked | TokenError::PukBlocked => Error::PinLocked,
        TokenError::NewPinRefused => Error::PinInvalid,
        TokenError::PinRequired | TokenError::NotAdministered => Error::UserNotLoggedIn,
        TokenError::TransportPin => Error::PinExpired,
        TokenError::NotOperational => Error::UserPinNotInitialized,
        TokenError::Reset | TokenError::Failed { .. } => Error::DeviceError,
    }
}
