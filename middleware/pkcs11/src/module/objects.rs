//! Finding objects and reading their attributes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use cryptoki_sys as ck;
use cryptoki_sys::{CK_ATTRIBUTE_TYPE, CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CK_SLOT_ID};

use super::Module;
use crate::attribute::TemplateEntry;
use crate::error::Error;
use crate::inserted::Inserted;
use crate::lock::lock;
use crate::mechanism::Abilities;
use crate::object::{Object, PrivateKey, Role};
use crate::profile;
use crate::session::Session;
use crate::token::TokenError;

/// Bits of a handle that number the objects of a card.
const CARD_BITS: u32 = 12;
/// The first handle of an object that is the same for every card. Between `1 << CARD_BITS` and here lie
/// the private objects of a card after a logout: every logout gives them new handles.
const FIRST_FIXED: CK_OBJECT_HANDLE = 1 << 24;
/// The first handle of a session object.
const FIRST_OF_SESSIONS: CK_OBJECT_HANDLE = 1 << 25;
/// The last handle of a session object: handles fit into 32 bits.
const LAST_OF_SESSIONS: CK_OBJECT_HANDLE = 0xFFFF_FFF0;

/// What the module knows of objects besides what is on the cards and in the sessions.
#[derive(Default)]
pub(super) struct State {
    made: AtomicU64,
    logouts: Mutex<BTreeMap<CK_SLOT_ID, CK_OBJECT_HANDLE>>,
    fixed: [OnceLock<Vec<Arc<Object>>>; 4],
}

impl State {
    /// A handle for a new session object.
    pub(super) fn next(&self) -> Result<CK_OBJECT_HANDLE, Error> {
        let made = self.made.fetch_add(1, Ordering::Relaxed);
        let handle = CK_OBJECT_HANDLE::try_from(made).ok();
        handle
            .and_then(|made| made.checked_add(FIRST_OF_SESSIONS))
            .filter(|handle| *handle <= LAST_OF_SESSIONS)
            .ok_or(Error::GeneralError)
    }

    /// The objects that say what the module can do with a card.
    fn fixed(&self, abilities: Abilities) -> &[Arc<Object>] {
        let [neither, agrees, generates, both] = &self.fixed;
        let place = match (abilities.generates, abilities.agrees) {
            (false, false) => neither,
            (false, true) => agrees,
            (true, false) => generates,
            (true, true) => both,
        };
        place.get_or_init(|| profile::all(abilities).into_iter().map(Arc::new).collect())
    }

    /// How often the user of a slot has logged out, as far as handles tell it.
    fn logouts(&self, slot: CK_SLOT_ID) -> CK_OBJECT_HANDLE {
        lock(&self.logouts).get(&slot).copied().unwrap_or_default()
    }

    /// The handle of an object of a card.
    fn handle(&self, slot: CK_SLOT_ID, index: usize, private: bool) -> Option<CK_OBJECT_HANDLE> {
        let number = CK_OBJECT_HANDLE::try_from(index).ok()?.checked_add(1)?;
        let logouts = if private { self.logouts(slot) } else { 0 };
        (number < 1 << CARD_BITS).then_some(logouts << CARD_BITS | number)
    }
}

/// The attributes of an object, to be read one by one.
pub struct ObjectAttributes(Arc<Object>);

impl ObjectAttributes {
    /// The bytes of an attribute.
    ///
    /// # Errors
    /// `CKR_ATTRIBUTE_SENSITIVE`, `CKR_ATTRIBUTE_TYPE_INVALID`.
    pub fn bytes(&self, kind: CK_ATTRIBUTE_TYPE) -> Result<&[u8], Error> {
        match (self.0.attributes.readable(kind)?, &self.0.role) {
            (Some(bytes), _) => Ok(bytes),
            (None, Role::OnCard(part)) => part.bytes().ok_or(Error::GeneralError),
            (None, _) => Err(Error::GeneralError),
        }
    }
}

impl Module {
    /// Begins a search for the objects that have all attributes of the template.
    ///
    /// # Errors
    /// `CKR_OPERATION_ACTIVE` and those of the card and the session.
    pub fn find_begin(
        &self,
        handle: CK_SESSION_HANDLE,
        template: &[TemplateEntry],
    ) -> Result<(), Error> {
        let session = self.session(handle)?;
        let mut operations = lock(&session.operations);
        if operations.find.is_some() {
            return Err(Error::OperationActive);
        }
        session.slot.notice_removal();
        self.session(handle)?;
        let (mut found, abilities) = session.slot.with_public(|card| {
            let with_private = session.slot.is_logged_in();
            let found = self.find_on_card(session.slot.id, card, template, with_private)?;
            Ok((found, card.abilities()))
        })?;
        found.extend(self.find_fixed(abilities, template));
        let with_private = session.slot.is_logged_in();
        for (handle, object) in self.session_objects(&session) {
            let visible = with_private || !object.is_private();
            if visible && object.attributes.matches(template) {
                found.push(handle);
            }
        }
        found.reverse();
        operations.find = Some(found);
        Ok(())
    }

    fn find_on_card(
        &self,
        slot: CK_SLOT_ID,
        card: &mut Inserted,
        template: &[TemplateEntry],
        with_private: bool,
    ) -> Result<Vec<CK_OBJECT_HANDLE>, TokenError> {
        let indexes = card.find(template, with_private)?;
        let handle = |index| {
            let object = card.object(index)?;
            self.objects.handle(slot, index, object.is_private())
        };
        Ok(indexes.into_iter().filter_map(handle).collect())
    }

    fn find_fixed(
        &self,
        abilities: Abilities,
        template: &[TemplateEntry],
    ) -> Vec<CK_OBJECT_HANDLE> {
        (FIRST_FIXED..)
            .zip(self.objects.fixed(abilities))
            .filter(|(_, object)| profile::is_listed(object, template))
            .filter(|(_, object)| object.attributes.matches(template))
            .map(|(handle, _)| handle)
            .collect()
    }

    /// The session objects a session sees: those of every session with the same card.
    fn session_objects(&self, session: &Session) -> Vec<(CK_OBJECT_HANDLE, Arc<Object>)> {
        let sessions: Vec<Arc<Session>> = lock(&self.sessions).open.values().cloned().collect();
        let same = |other: &&Arc<Session>| {
            other.slot.id == session.slot.id && other.generation == session.generation
        };
        let mut all: Vec<_> = sessions
            .iter()
            .filter(same)
            .flat_map(|other| lock(&other.objects).clone())
            .collect();
        all.sort_unstable_by_key(|(handle, _)| *handle);
        all
    }

    /// The next objects found, `most` at most.
    ///
    /// # Errors
    /// `CKR_OPERATION_NOT_INITIALIZED` and those of the session.
    pub fn find_next(
        &self,
        handle: CK_SESSION_HANDLE,
        most: usize,
    ) -> Result<Vec<CK_OBJECT_HANDLE>, Error> {
        let session = self.session(handle)?;
        let mut operations = lock(&session.operations);
        let rest = operations.find.as_mut();
        let rest = rest.ok_or(Error::OperationNotInitialized)?;
        let start = rest.len().saturating_sub(most);
        Ok(rest.drain(start..).rev().collect())
    }

    /// Ends a search.
    ///
    /// # Errors
    /// `CKR_OPERATION_NOT_INITIALIZED` and those of the session.
    pub fn find_end(&self, handle: CK_SESSION_HANDLE) -> Result<(), Error> {
        let session = self.session(handle)?;
        let ended = lock(&session.operations).find.take();
        ended.map(drop).ok_or(Error::OperationNotInitialized)
    }

    /// The attributes of an object, to read these of it; what lies on the card is read now.
    ///
    /// # Errors
    /// `CKR_OBJECT_HANDLE_INVALID` and those of the card and the session.
    pub fn attributes(
        &self,
        handle: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        wanted: &[CK_ATTRIBUTE_TYPE],
    ) -> Result<ObjectAttributes, Error> {
        let session = self.session(handle)?;
        let object = self.visible(&session, object)?;
        if let Role::OnCard(part) = &object.role
            && part.bytes().is_none()
            && wanted.contains(&ck::CKA_VALUE)
        {
            session.slot.with_public(|card| card.read_seal(part))?;
        }
        Ok(ObjectAttributes(object))
    }

    /// The object of a handle, if the session may see it.
    pub(super) fn visible(
        &self,
        session: &Session,
        handle: CK_OBJECT_HANDLE,
    ) -> Result<Arc<Object>, Error> {
        let object = self.object(session, handle)?;
        object
            .filter(|object| !object.is_private() || session.slot.is_logged_in())
            .ok_or(Error::ObjectHandleInvalid)
    }

    /// The object of a handle, whether or not the session may see it now.
    fn object(
        &self,
        session: &Session,
        handle: CK_OBJECT_HANDLE,
    ) -> Result<Option<Arc<Object>>, Error> {
        let as_index = |number: CK_OBJECT_HANDLE| usize::try_from(number).ok();
        if handle >= FIRST_OF_SESSIONS {
            let mut all = self.session_objects(session).into_iter();
            return Ok(all.find(|(h, _)| *h == handle).map(|(_, object)| object));
        }
        if handle >= FIRST_FIXED {
            let abilities = session.slot.with_public(|card| Ok(card.abilities()))?;
            let index = as_index(handle - FIRST_FIXED);
            let fixed = self.objects.fixed(abilities);
            return Ok(index.and_then(|index| fixed.get(index)).cloned());
        }
        let number = handle & ((1 << CARD_BITS) - 1);
        let Some(index) = as_index(number).and_then(|number| number.checked_sub(1)) else {
            return Ok(None);
        };
        let found = session.slot.with_public(|card| Ok(card.object(index)))?;
        Ok(found.filter(|object| {
            let now = self
                .objects
                .handle(session.slot.id, index, object.is_private());
            now == Some(handle)
        }))
    }

    /// The private key of a handle.
    pub(super) fn private_key(
        &self,
        session: &Session,
        key: CK_OBJECT_HANDLE,
    ) -> Result<PrivateKey, Error> {
        let object = self.key(session, key)?;
        match object.role {
            Role::Private(_) if !session.slot.is_logged_in() => Err(Error::UserNotLoggedIn),
            Role::Private(key) => Ok(key),
            _ => Err(Error::KeyFunctionNotPermitted),
        }
    }

    /// The key of a handle, whatever kind of key it is. A private key of the card is found without login,
    /// so that its use can be told to want one.
    pub(super) fn key(
        &self,
        session: &Session,
        handle: CK_OBJECT_HANDLE,
    ) -> Result<Arc<Object>, Error> {
        let object = self.object(session, handle)?;
        let is_key = |object: &Arc<Object>| {
            let seen = matches!(object.role, Role::Private(_))
                || !object.is_private()
                || session.slot.is_logged_in();
            seen && object.attributes.value(ck::CKA_KEY_TYPE).is_some()
        };
        object.filter(is_key).ok_or(Error::KeyHandleInvalid)
    }

    /// The handles of two objects of a card, by their indexes.
    pub(super) fn pair(
        &self,
        slot: CK_SLOT_ID,
        (public, private): (usize, usize),
    ) -> Result<(CK_OBJECT_HANDLE, CK_OBJECT_HANDLE), Error> {
        let public = self.objects.handle(slot, public, false);
        let private = self.objects.handle(slot, private, true);
        public.zip(private).ok_or(Error::DeviceError)
    }

    /// Ends what a logout ends: private session objects, handles of private objects, and operations with
    /// private keys (PKCS#11 3.2, 5.6.9, `C_Logout`).
    pub(super) fn forget_private(&self, slot: CK_SLOT_ID) {
        let next = |logouts: CK_OBJECT_HANDLE| (logouts + 1) % (FIRST_FIXED >> CARD_BITS);
        let mut logouts = lock(&self.objects.logouts);
        let count = logouts.entry(slot).or_default();
        *count = next(*count);
        drop(logouts);
        let sessions: Vec<Arc<Session>> = lock(&self.sessions).open.values().cloned().collect();
        for session in sessions.iter().filter(|session| session.slot.id == slot) {
            lock(&session.objects).retain(|_, object| !object.is_private());
            let mut operations = lock(&session.operations);
            operations.sign = None;
            operations.find = None;
        }
    }
}
