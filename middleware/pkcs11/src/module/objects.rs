//! Finding objects and reading their attributes.

use std::sync::Arc;

use cryptoki_sys::{CK_ATTRIBUTE_TYPE, CK_OBJECT_HANDLE, CK_SESSION_HANDLE};

use super::Module;
use crate::attribute::{TemplateEntry, Value};
use crate::error::Error;
use crate::lock::lock;
use crate::object::{Object, PrivateKey};
use crate::session::Session;

/// The attributes of an object, to be read one by one.
pub struct ObjectAttributes(Arc<Object>);

impl ObjectAttributes {
    /// The bytes of an attribute.
    ///
    /// # Errors
    /// `CKR_ATTRIBUTE_SENSITIVE`, `CKR_ATTRIBUTE_TYPE_INVALID`.
    pub fn bytes(&self, kind: CK_ATTRIBUTE_TYPE) -> Result<&[u8], Error> {
        match self.0.attributes.value(kind) {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            Some(Value::Sensitive) => Err(Error::AttributeSensitive),
            None => Err(Error::AttributeTypeInvalid),
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
        let with_private = session.slot.is_logged_in();
        let found = session
            .slot
            .with_card(|card| card.find(template, with_private))?;
        let handles = found.into_iter().rev().filter_map(to_handle).collect();
        operations.find = Some(handles);
        Ok(())
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

    /// The attributes of an object.
    ///
    /// # Errors
    /// `CKR_OBJECT_HANDLE_INVALID` and those of the card and the session.
    pub fn attributes(
        &self,
        handle: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
    ) -> Result<ObjectAttributes, Error> {
        let session = self.session(handle)?;
        let object = visible(&session, object)?.ok_or(Error::ObjectHandleInvalid)?;
        Ok(ObjectAttributes(object))
    }

    /// The private key of a handle.
    pub(super) fn private_key(
        session: &Session,
        key: CK_OBJECT_HANDLE,
    ) -> Result<PrivateKey, Error> {
        let object = object(session, key)?.ok_or(Error::KeyHandleInvalid)?;
        let key = object.private_key.ok_or(Error::KeyFunctionNotPermitted)?;
        if session.slot.is_logged_in() {
            Ok(key)
        } else {
            Err(Error::UserNotLoggedIn)
        }
    }
}

fn visible(session: &Session, handle: CK_OBJECT_HANDLE) -> Result<Option<Arc<Object>>, Error> {
    let is_visible = |object: &Arc<Object>| !object.is_private() || session.slot.is_logged_in();
    Ok(object(session, handle)?.filter(is_visible))
}

fn object(session: &Session, handle: CK_OBJECT_HANDLE) -> Result<Option<Arc<Object>>, Error> {
    let Some(index) = to_index(handle) else {
        return Ok(None);
    };
    session.slot.with_card(|card| Ok(card.object(index)))
}

/// Handles start at 1: `CK_INVALID_HANDLE` is 0.
fn to_handle(index: usize) -> Option<CK_OBJECT_HANDLE> {
    CK_OBJECT_HANDLE::try_from(index).ok()?.checked_add(1)
}

fn to_index(handle: CK_OBJECT_HANDLE) -> Option<usize> {
    usize::try_from(handle).ok()?.checked_sub(1)
}
