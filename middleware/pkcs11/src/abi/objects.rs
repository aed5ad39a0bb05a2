//! Object functions (PKCS#11 2.40, 5.7).

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
        let attributes = module.attributes(session, object)?;
        template.fill(|kind| attributes.bytes(kind))
    }
}
