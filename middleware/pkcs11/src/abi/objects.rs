//! Object functions (PKCS#11 3.2, 5.7).

use cryptoki_sys::{CK_ATTRIBUTE, CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CK_ULONG};

use super::entry::entries;
use super::pointer::{Output, Room, Template};
use crate::error::Error;

entries! {
    /// Begins a search.
    fn C_FindObjectsInit(session: CK_SESSION_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG)
    [template: Template::new(template, count)]
    |module| module.find_begin(session, &template.entries()?)

    /// Gives the next objects found.
    fn C_FindObjects(
        session: CK_SESSION_HANDLE,
        objects: *mut CK_OBJECT_HANDLE,
        most: CK_ULONG,
        count: *mut CK_ULONG,
    )
    [objects: Room::new(objects, most), count: Output::new(count)]
    |module| {
        count.check()?;
        let found = module.find_next(session, objects.length()?)?;
        objects.put(0, &found)?;
        count.put(CK_ULONG::try_from(found.len()).map_err(|_| Error::GeneralError)?)
    }

    /// Ends a search.
    fn C_FindObjectsFinal(session: CK_SESSION_HANDLE) []
    |module| module.find_end(session)

    /// Reads attributes.
    fn C_GetAttributeValue(
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        template: *mut CK_ATTRIBUTE,
        count: CK_ULONG,
    )
    [template: Template::new(template, count)]
    |module| {
        let attributes = module.attributes(session, object, &template.kinds()?)?;
        template.fill(|kind| attributes.bytes(kind))
    }

    /// Makes a session object.
    fn C_CreateObject(
        session: CK_SESSION_HANDLE,
        template: *mut CK_ATTRIBUTE,
        count: CK_ULONG,
        object: *mut CK_OBJECT_HANDLE,
    )
    [template: Template::new(template, count), object: Output::new(object)]
    |module| {
        object.check()?;
        object.put(module.create_object(session, &template.entries()?)?)
    }

    /// Copies an object into the session.
    fn C_CopyObject(
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        template: *mut CK_ATTRIBUTE,
        count: CK_ULONG,
        copy: *mut CK_OBJECT_HANDLE,
    )
    [template: Template::new(template, count), copy: Output::new(copy)]
    |module| {
        copy.check()?;
        copy.put(module.copy_object(session, object, &template.entries()?)?)
    }

    /// Destroys a session object.
    fn C_DestroyObject(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) []
    |module| module.destroy_object(session, object)

    /// Tells how large an object is.
    fn C_GetObjectSize(
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        size: *mut CK_ULONG,
    )
    [size: Output::new(size)]
    |module| {
        size.check()?;
        let bytes = module.object_size(session, object)?;
        size.put(CK_ULONG::try_from(bytes).map_err(|_| Error::GeneralError)?)
    }

    /// Changes attributes of a session object.
    fn C_SetAttributeValue(
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        template: *mut CK_ATTRIBUTE,
        count: CK_ULONG,
    )
    [template: Template::new(template, count)]
    |module| module.change_object(session, object, &template.entries()?)
}
