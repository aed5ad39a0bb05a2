//! Making, copying, changing and destroying session objects.

use std::sync::Arc;

use cryptoki_sys as ck;
use cryptoki_sys::{CK_OBJECT_HANDLE, CK_SESSION_HANDLE};

use super::Module;
use crate::attribute::TemplateEntry;
use crate::error::Error;
use crate::host_object;
use crate::lock::lock;
use crate::object::{Object, Role};
use crate::session::Session;

/// Most objects in a session.
const MOST_OBJECTS: usize = 4096;

impl Module {
    /// Makes a session object.
    ///
    /// # Errors
    /// `CKR_SESSION_READ_ONLY` and `CKR_TOKEN_WRITE_PROTECTED` for an object of the card,
    /// `CKR_USER_NOT_LOGGED_IN` for a private one, those of the template and the session.
    pub fn create_object(
        &self,
        handle: CK_SESSION_HANDLE,
        template: &[TemplateEntry],
    ) -> Result<CK_OBJECT_HANDLE, Error> {
        let session = self.session(handle)?;
        may_be_made(&session, template)?;
        let object = host_object::create(template, session.slot.is_logged_in())?;
        stays_off_the_card(template)?;
        self.keep(&session, object)
    }

    /// Copies an object into the session.
    ///
    /// # Errors
    /// `CKR_OBJECT_HANDLE_INVALID`, `CKR_ACTION_PROHIBITED` and those of [`Module::create_object`].
    pub fn copy_object(
        &self,
        handle: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        template: &[TemplateEntry],
    ) -> Result<CK_OBJECT_HANDLE, Error> {
        let session = self.session(handle)?;
        let object = self.visible(&session, object)?;
        if let Role::OnCard(part) = &object.role {
            session.slot.with_public(|card| card.read_seal(part))?;
        }
        may_be_made(&session, template)?;
        stays_off_the_card(template)?;
        self.keep(&session, host_object::copy(&object, template)?)
    }

    /// Changes a session object.
    ///
    /// # Errors
    /// `CKR_OBJECT_HANDLE_INVALID`, `CKR_SESSION_READ_ONLY`, `CKR_ACTION_PROHIBITED`,
    /// `CKR_ATTRIBUTE_READ_ONLY`, those of the template and the session.
    pub fn change_object(
        &self,
        handle: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        template: &[TemplateEntry],
    ) -> Result<(), Error> {
        let session = self.session(handle)?;
        let before = self.changeable(&session, object)?;
        let changed = Arc::new(host_object::change(&before, template)?);
        let owner = self.owner(&session, object)?;
        lock(&owner.objects).insert(object, changed);
        Ok(())
    }

    /// Destroys a session object.
    ///
    /// # Errors
    /// `CKR_OBJECT_HANDLE_INVALID`, `CKR_SESSION_READ_ONLY`, `CKR_ACTION_PROHIBITED`, those of the
    /// session.
    pub fn destroy_object(
        &self,
        handle: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
    ) -> Result<(), Error> {
        let session = self.session(handle)?;
        let found = self.changeable(&session, object)?;
        if !found.attributes.is_set(ck::CKA_DESTROYABLE) {
            return Err(Error::ActionProhibited);
        }
        let owner = self.owner(&session, object)?;
        let destroyed = lock(&owner.objects).remove(&object);
        destroyed.map(drop).ok_or(Error::ObjectHandleInvalid)
    }

    /// About how many bytes an object takes; for one on the card, those of its attributes.
    ///
    /// # Errors
    /// `CKR_OBJECT_HANDLE_INVALID` and those of the card and the session.
    pub fn object_size(
        &self,
        handle: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
    ) -> Result<usize, Error> {
        let session = self.session(handle)?;
        Ok(self.visible(&session, object)?.attributes.size())
    }

    /// Gives a new object its handle.
    pub(super) fn keep(
        &self,
        session: &Session,
        object: Object,
    ) -> Result<CK_OBJECT_HANDLE, Error> {
        if object.is_private() && !session.slot.is_logged_in() {
            return Err(Error::UserNotLoggedIn);
        }
        let handle = self.objects.next()?;
        let mut objects = lock(&session.objects);
        if objects.len() >= MOST_OBJECTS {
            return Err(Error::HostMemory);
        }
        objects.insert(handle, Arc::new(object));
        Ok(handle)
    }

    /// An object that this session may change, as far as the session goes.
    fn changeable(
        &self,
        session: &Session,
        handle: CK_OBJECT_HANDLE,
    ) -> Result<Arc<Object>, Error> {
        let object = self.visible(session, handle)?;
        if object.attributes.is_set(ck::CKA_TOKEN) && !session.is_writable {
            return Err(Error::SessionReadOnly);
        }
        Ok(object)
    }

    /// The session an object was made in; an object of the card has none.
    fn owner(&self, session: &Session, object: CK_OBJECT_HANDLE) -> Result<Arc<Session>, Error> {
        let sessions: Vec<Arc<Session>> = lock(&self.sessions).open.values().cloned().collect();
        sessions
            .into_iter()
            .filter(|other| other.slot.id == session.slot.id)
            .find(|other| lock(&other.objects).contains_key(&object))
            .ok_or(Error::ActionProhibited)
    }
}

/// Refuses what no template of a new object may want in this session, whatever else it says: an object of
/// the token in a read-only session, or privacy without a login.
pub(super) fn may_be_made(session: &Session, template: &[TemplateEntry]) -> Result<(), Error> {
    if wants(template, ck::CKA_TOKEN) && !session.is_writable {
        return Err(Error::SessionReadOnly);
    }
    if wants(template, ck::CKA_PRIVATE) && !session.slot.is_logged_in() {
        return Err(Error::UserNotLoggedIn);
    }
    Ok(())
}

/// Refuses a place on the card. What is wrong with the template itself is told before (PKCS#11 3.2, 4.1.1):
/// a program that tries another place next must learn that the object would be refused there as well.
pub(super) fn stays_off_the_card(template: &[TemplateEntry]) -> Result<(), Error> {
    if wants(template, ck::CKA_TOKEN) {
        return Err(Error::TokenWriteProtected);
    }
    Ok(())
}

fn wants(template: &[TemplateEntry], kind: ck::CK_ATTRIBUTE_TYPE) -> bool {
    let mut entries = template.iter();
    entries.any(|entry| entry.kind == kind && entry.value == [ck::CK_TRUE])
}
