//! The module between `C_Initialize` and `C_Finalize`: slots and sessions.

mod crypto;
mod derive;
mod digest;
mod events;
mod host_objects;
mod info;
mod login;
mod objects;
mod verify;

pub use derive::Agreement;
pub(crate) use info::{MANUFACTURER, padded};

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use cryptoki_sys as ck;
use cryptoki_sys::{CK_FLAGS, CK_SESSION_HANDLE, CK_SLOT_ID};

use crate::configuration::Configuration;
use crate::desk::Desks;
use crate::error::Error;
use crate::lock::{lock, read, write};
use crate::session::{Operations, Session};
use crate::slot::{Ground, Slot, User};
use crate::store::Store;
use crate::token::{ReaderState, Readers, TokenError, Watch};
use crate::trace::Trace;

/// All that lives between `C_Initialize` and `C_Finalize`.
pub struct Module {
    ground: Arc<Ground>,
    /// A slot's number is its index; a slot stays when its reader goes.
    slots: RwLock<Vec<Arc<Slot>>>,
    sessions: Mutex<Sessions>,
    /// What `C_WaitForSlotEvent` has told so far; `None` until readers were first looked at.
    told: Mutex<Option<Vec<ReaderState>>>,
    is_ending: AtomicBool,
    /// Those who wait for an event.
    watches: Mutex<Vec<Arc<dyn Watch>>>,
    trace: Trace,
    objects: objects::State,
}

#[derive(Default)]
struct Sessions {
    open: BTreeMap<CK_SESSION_HANDLE, Arc<Session>>,
    last: CK_SESSION_HANDLE,
}

impl Module {
    /// A module over these readers, with the configuration of this process. Nothing is asked of the
    /// readers yet. With readers that other processes do not use, nothing is kept on disk.
    #[must_use]
    pub fn new(readers: Arc<dyn Readers>) -> Self {
        let mut configuration = Configuration::of_process();
        if !readers.are_shared() {
            configuration.cache = None;
        }
        Self::with(readers, configuration)
    }

    /// A module over these readers, configured so.
    #[must_use]
    pub fn with(readers: Arc<dyn Readers>, configuration: Configuration) -> Self {
        let trace = Trace::open(configuration.trace.as_deref());
        for fault in &configuration.faults {
            trace.note(fault);
        }
        Self {
            ground: Arc::new(Ground {
                desks: readers.are_shared().then_some(Desks(configuration.desks)),
                readers,
                store: Store::new(configuration.cache),
            }),
            slots: RwLock::default(),
            sessions: Mutex::default(),
            told: Mutex::default(),
            is_ending: AtomicBool::new(false),
            watches: Mutex::default(),
            trace,
            objects: objects::State::default(),
        }
    }

    /// The trace of this module.
    pub(crate) const fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Ends: who waits for an event returns, sessions are closed.
    pub(crate) fn end(&self) {
        self.is_ending.store(true, Ordering::Release);
        // They return while the cards are being let go.
        self.cancel_waiting();
        drop(core::mem::take(&mut lock(&self.sessions).open));
        for slot in read(&self.slots).iter() {
            slot.end();
        }
        self.end_waiting();
    }

    /// The numbers of the slots, all of them or those with a card.
    ///
    /// Looks for new readers each time: the list between the two calls of an application can only
    /// grow at its end.
    ///
    /// # Errors
    /// None so far: a reader service that is not there means no slots.
    pub fn slot_list(&self, with_card_only: bool) -> Result<Vec<CK_SLOT_ID>, Error> {
        let states = self.reader_states()?;
        let slots = read(&self.slots);
        let is_listed = |slot: &Slot| {
            let state = states.iter().find(|state| state.name == slot.reader);
            state.is_some_and(|state| state.card_present || !with_card_only)
        };
        Ok(slots
            .iter()
            .filter(|slot| is_listed(slot))
            .map(|slot| slot.id)
            .collect())
    }

    /// The readers now; each new one gets a slot.
    fn reader_states(&self) -> Result<Vec<ReaderState>, Error> {
        let states = match self.ground.readers.list() {
            Ok(states) => states,
            Err(TokenError::NoService | TokenError::NoCard) => Vec::new(),
            Err(_) => return Err(Error::DeviceError),
        };
        let mut slots = write(&self.slots);
        for state in &states {
            if slots.iter().all(|slot| slot.reader != state.name) {
                let id = CK_SLOT_ID::try_from(slots.len()).map_err(|_| Error::GeneralError)?;
                let ground = Arc::clone(&self.ground);
                slots.push(Arc::new(Slot::new(id, state.name.clone(), ground)));
            }
        }
        drop(slots);
        lock(&self.told).get_or_insert_with(|| states.clone());
        Ok(states)
    }

    /// The slot of a number.
    fn slot(&self, id: CK_SLOT_ID) -> Result<Arc<Slot>, Error> {
        let find = || {
            let index = usize::try_from(id).ok()?;
            read(&self.slots).get(index).cloned()
        };
        if let Some(slot) = find() {
            return Ok(slot);
        }
        // An application that remembers slot numbers may use one before it asks for the list.
        self.reader_states()?;
        find().ok_or(Error::SlotIdInvalid)
    }

    /// Checks that a slot has a card that can be used.
    ///
    /// # Errors
    /// `CKR_SLOT_ID_INVALID`, `CKR_TOKEN_NOT_PRESENT`, `CKR_TOKEN_NOT_RECOGNIZED`, those of the card.
    pub fn check_token(&self, slot: CK_SLOT_ID) -> Result<(), Error> {
        let slot = self.slot(slot)?;
        slot.notice_removal();
        slot.with_public(|_| Ok(()))
    }

    /// Opens a session with the card in a slot.
    ///
    /// # Errors
    /// `CKR_SESSION_PARALLEL_NOT_SUPPORTED`, `CKR_SLOT_ID_INVALID`, `CKR_TOKEN_NOT_PRESENT`,
    /// `CKR_TOKEN_NOT_RECOGNIZED`, `CKR_SESSION_READ_WRITE_SO_EXISTS`, and those of the card.
    pub fn open_session(
        &self,
        slot: CK_SLOT_ID,
        flags: CK_FLAGS,
    ) -> Result<CK_SESSION_HANDLE, Error> {
        let slot = self.slot(slot)?;
        if flags & ck::CKF_SERIAL_SESSION == 0 {
            return Err(Error::SessionParallelNotSupported);
        }
        slot.notice_removal();
        slot.with_public(|_| Ok(()))?;
        let is_writable = flags & ck::CKF_RW_SESSION != 0;
        if !is_writable && slot.user() == User::SecurityOfficer {
            return Err(Error::SessionReadWriteSoExists);
        }
        slot.session_opened();
        let mut sessions = lock(&self.sessions);
        sessions.last += 1;
        let handle = sessions.last;
        let session = Session {
            handle,
            generation: slot.generation(),
            slot,
            is_writable,
            operations: Mutex::new(Operations::default()),
            objects: Mutex::default(),
        };
        sessions.open.insert(handle, Arc::new(session));
        Ok(handle)
    }

    /// Closes a session.
    ///
    /// # Errors
    /// `CKR_SESSION_HANDLE_INVALID`.
    pub fn close_session(&self, handle: CK_SESSION_HANDLE) -> Result<(), Error> {
        let session = lock(&self.sessions).open.remove(&handle);
        let session = session.ok_or(Error::SessionHandleInvalid)?;
        session.slot.session_closed();
        Ok(())
    }

    /// Closes every session of a slot.
    ///
    /// # Errors
    /// `CKR_SLOT_ID_INVALID`.
    pub fn close_all_sessions(&self, slot: CK_SLOT_ID) -> Result<(), Error> {
        self.slot(slot)?;
        let closed: Vec<Arc<Session>> = {
            let mut sessions = lock(&self.sessions);
            let of_slot = |session: &Arc<Session>| session.slot.id == slot;
            let (closed, open) = core::mem::take(&mut sessions.open)
                .into_iter()
                .partition::<BTreeMap<_, _>, _>(|(_, session)| of_slot(session));
            sessions.open = open;
            closed.into_values().collect()
        };
        for session in closed {
            session.slot.session_closed();
        }
        Ok(())
    }

    /// The session of a handle. One whose card is gone is closed: the first use says so, and after that
    /// the handle means nothing.
    fn session(&self, handle: CK_SESSION_HANDLE) -> Result<Arc<Session>, Error> {
        let session = lock(&self.sessions).open.get(&handle).cloned();
        let session = session.ok_or(Error::SessionHandleInvalid)?;
        if session.generation == session.slot.generation() {
            return Ok(session);
        }
        self.close_session(handle)?;
        Err(Error::DeviceRemoved)
    }
}
