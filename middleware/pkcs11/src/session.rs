//! A session: its operations and its objects.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use cryptoki_sys::{CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CK_STATE};

use crate::object::Object;
use crate::operation::{DigestOperation, SignOperation, VerifyOperation};
use crate::slot::Slot;

/// A session with the card of a slot.
pub(crate) struct Session {
    /// Its handle.
    pub(crate) handle: CK_SESSION_HANDLE,
    /// Its slot.
    pub(crate) slot: Arc<Slot>,
    /// Whether it is a read/write session.
    pub(crate) is_writable: bool,
    /// The card it was opened with.
    pub(crate) generation: u64,
    /// What is going on in it.
    pub(crate) operations: Mutex<Operations>,
    /// The objects made in it, which end with it; every session with the same card sees them.
    pub(crate) objects: Mutex<BTreeMap<CK_OBJECT_HANDLE, Arc<Object>>>,
}

impl Session {
    /// The state of PKCS#11 2.40, 4.3 ("Session state").
    pub(crate) fn state(&self) -> CK_STATE {
        self.slot.session_state(self.is_writable)
    }
}

/// The active operations, one of each kind at most.
#[derive(Default)]
pub(crate) struct Operations {
    /// A search: the handles not told yet, in reverse.
    pub(crate) find: Option<Vec<CK_OBJECT_HANDLE>>,
    /// A signature.
    pub(crate) sign: Option<SignOperation>,
    /// A verification.
    pub(crate) verify: Option<VerifyOperation>,
    /// A digest.
    pub(crate) digest: Option<DigestOperation>,
}
