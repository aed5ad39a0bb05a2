//! A slot: one reader, and the one lock of the card in it.

mod users;

pub(crate) use users::User;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use cryptoki_sys::CK_SLOT_ID;

use crate::desk::Desks;
use crate::error::Error;
use crate::inserted::Inserted;
use crate::lock::lock;
use crate::store::Store;
use crate::token::{Readers, TokenError};

/// How long the end of the module waits for a card that another thread is using.
const PATIENCE: Duration = Duration::from_millis(50);

/// What slots stand on.
pub(crate) struct Ground {
    /// The readers.
    pub(crate) readers: Arc<dyn Readers>,
    /// Where what is public on cards is kept.
    pub(crate) store: Store,
    /// Where this user's other processes are met; `None` when nobody else uses these readers.
    pub(crate) desks: Option<Desks>,
}

/// What work with the card makes of a login that a reset took.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Login {
    /// It ends: the user is told.
    Wanted,
    /// It goes on without.
    Unneeded,
}

/// One reader.
pub(crate) struct Slot {
    /// Its number.
    pub(crate) id: CK_SLOT_ID,
    /// Its name.
    pub(crate) reader: String,
    ground: Arc<Ground>,
    /// Taken out for each use, so that a panic loses it; boxed, so that this moves a pointer.
    card: Mutex<Option<Box<Inserted>>>,
    /// What the reader counted when the card was connected to; `None` without a card.
    seen: Mutex<Option<u64>>,
    /// Counts the cards that went away: a session belongs to one of them.
    generation: AtomicU64,
    user: Mutex<User>,
    sessions: AtomicUsize,
}

impl Slot {
    /// A slot for a reader; the reader is not touched.
    pub(crate) fn new(id: CK_SLOT_ID, reader: String, ground: Arc<Ground>) -> Self {
        Self {
            id,
            reader,
            ground,
            card: Mutex::new(None),
            seen: Mutex::new(None),
            generation: AtomicU64::new(0),
            user: Mutex::new(User::Nobody),
            sessions: AtomicUsize::new(0),
        }
    }

    /// Which card this is, counted by how many went before.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Number of open sessions.
    pub(crate) fn session_count(&self) -> usize {
        self.sessions.load(Ordering::Acquire)
    }

    /// Counts a session that was opened.
    pub(crate) fn session_opened(&self) {
        self.sessions.fetch_add(1, Ordering::AcqRel);
    }

    /// Counts a session that was closed; the last one logs out (PKCS#11 2.40, 5.6, `C_CloseSession`).
    pub(crate) fn session_closed(&self) {
        if self.sessions.fetch_sub(1, Ordering::AcqRel) == 1 {
            // The session is closed all the same when the card is gone.
            let _ = self.logout();
        }
    }

    /// Ends the use of the card. A thread that is still using it is waited for only shortly: then the
    /// right of the PIN is given up when that thread is done and the card is let go.
    pub(crate) fn end(&self) {
        self.sessions.store(0, Ordering::Release);
        self.set_user(User::Nobody);
        let start = Instant::now();
        loop {
            let card = match self.card.try_lock() {
                Ok(mut card) => card.take(),
                Err(TryLockError::Poisoned(card)) => card.into_inner().take(),
                Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => {
                    thread::sleep(Duration::from_millis(1));
                    continue;
                }
                Err(TryLockError::WouldBlock) => None,
            };
            return drop(card);
        }
    }

    /// Works with the card, connecting to it and reading it first if need be.
    ///
    /// Another program's reset costs what the PIN gained: then a logged-in user is told, and anything
    /// else is tried once more.
    pub(crate) fn with_card<T>(
        &self,
        work: impl FnMut(&mut Inserted) -> Result<T, TokenError>,
    ) -> Result<T, Error> {
        self.work(Login::Wanted, work)
    }

    /// As [`Slot::with_card`], for what is public: a reset ends the login, which the state of the sessions shows,
    /// but what anybody may read is read all the same.
    pub(crate) fn with_public<T>(
        &self,
        work: impl FnMut(&mut Inserted) -> Result<T, TokenError>,
    ) -> Result<T, Error> {
        self.work(Login::Unneeded, work)
    }

    fn work<T>(
        &self,
        login: Login,
        mut work: impl FnMut(&mut Inserted) -> Result<T, TokenError>,
    ) -> Result<T, Error> {
        let mut card = lock(&self.card);
        match self.attempt(&mut card, &mut work) {
            Err(TokenError::Reset) => {
                self.reconnect(&mut card)?;
                if self.set_user(User::Nobody) != User::Nobody && login == Login::Wanted {
                    return Err(Error::UserNotLoggedIn);
                }
                self.attempt(&mut card, &mut work).map_err(to_error)
            }
            other => other.map_err(to_error),
        }
    }

    fn attempt<T>(
        &self,
        card: &mut Option<Box<Inserted>>,
        work: &mut impl FnMut(&mut Inserted) -> Result<T, TokenError>,
    ) -> Result<T, TokenError> {
        let kept = card.take();
        let generation = self.generation();
        let mut inserted = match kept.filter(|card| card.generation() == generation) {
            Some(inserted) => inserted,
            None => self.connect()?,
        };
        let done = work(&mut inserted);
        match done {
            Err(TokenError::Removed | TokenError::NoCard | TokenError::NoService) => {
                inserted.abandon();
                self.lost(generation);
            }
            _ => *card = Some(inserted),
        }
        done
    }

    fn connect(&self) -> Result<Box<Inserted>, TokenError> {
        let generation = self.generation();
        // Looked at before: what happens in between is noticed later.
        let seen = self.ground.readers.look(&self.reader)?;
        let mut token = self.ground.readers.connect(&self.reader)?;
        token.use_store(self.ground.store.clone());
        let inserted = Inserted::read(token, generation)?;
        *lock(&self.seen) = seen.map(|state| state.changes);
        Ok(Box::new(inserted))
    }

    /// Connects again after a reset; another card than before ends the sessions.
    fn reconnect(&self, card: &mut Option<Box<Inserted>>) -> Result<(), Error> {
        let before = card.take().map(|card| card.abandoned());
        let generation = self.generation();
        match self.connect() {
            Ok(mut now) => {
                match before {
                    Some(before) if before.is_same_card(&now) => now.keep_objects_of(before),
                    Some(_) => {
                        // The old card is lost; of the new one, what the reader counted was seen.
                        let seen = *lock(&self.seen);
                        self.lost(generation);
                        now.belongs_to(self.generation());
                        *lock(&self.seen) = seen;
                    }
                    None => {}
                }
                *card = Some(now);
                Ok(())
            }
            Err(error) => {
                self.lost(generation);
                Err(match error {
                    // The token that was being used is gone, whatever is there now.
                    TokenError::Foreign => Error::DeviceRemoved,
                    other => to_error(other),
                })
            }
        }
    }

    /// The card of a generation is gone; whoever notices first says so.
    fn lost(&self, generation: u64) {
        let next = generation.wrapping_add(1);
        let order = Ordering::AcqRel;
        let noticed = self
            .generation
            .compare_exchange(generation, next, order, Ordering::Acquire);
        if noticed.is_ok() {
            *lock(&self.seen) = None;
            self.set_user(User::Nobody);
        }
    }

    /// Notices a card that was taken out, or exchanged, while nothing was sent to it. The reader is
    /// asked, not the card: it may be busy with another thread's command.
    pub(crate) fn notice_removal(&self) {
        let generation = self.generation();
        let Some(seen) = *lock(&self.seen) else {
            return;
        };
        let state = self.ground.readers.look(&self.reader);
        let is_there = state.is_ok_and(|state| {
            state.is_some_and(|state| state.card_present && state.changes == seen)
        });
        if !is_there {
            self.lost(generation);
            if let Ok(mut card) = self.card.try_lock()
                && let Some(card) = card.take_if(|card| card.generation() == generation)
            {
                drop(card.abandoned());
            }
        }
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
        TokenError::NotEntered => Error::FunctionCanceled,
        TokenError::PinRequired | TokenError::NotAdministered => Error::UserNotLoggedIn,
        TokenError::TransportPin => Error::PinExpired,
        TokenError::NotOperational => Error::UserPinNotInitialized,
        TokenError::Reset | TokenError::Failed { .. } => Error::DeviceError,
    }
}
