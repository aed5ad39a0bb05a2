//! What a handler works with.

use sello_wire::key::Slot;
use sello_wire::status::Status;

use crate::failure::status_of;
use crate::platform::{Change, Platform, Record};
use crate::record::{Register, StoredKey};
use crate::session::Session;

/// The card during one command.
pub(crate) struct Context<'c, P> {
    pub(crate) platform: &'c mut P,
    /// Always what the memory holds; only [`Context::commit`] changes it.
    register: &'c mut Register,
    pub(crate) session: &'c mut Session,
}

impl<'c, P: Platform> Context<'c, P> {
    pub(crate) const fn new(
        platform: &'c mut P,
        register: &'c mut Register,
        session: &'c mut Session,
    ) -> Self {
        Self {
            platform,
            register,
            session,
        }
    }

    pub(crate) const fn register(&self) -> &Register {
        self.register
    }

    /// The key of a slot.
    ///
    /// # Errors
    /// `6A88` when there is none, `6581`.
    pub(crate) fn key(&self, slot: Slot) -> Result<StoredKey, Status> {
        self.key_or(slot, Status::REFERENCE_NOT_FOUND)
    }

    /// The key by which the card states what it knows of itself.
    ///
    /// # Errors
    /// `6985` when there is none, `6581`.
    pub(crate) fn attestation_key(&self) -> Result<StoredKey, Status> {
        self.key_or(Slot::Attestation, Status::CONDITIONS_NOT_SATISFIED)
    }

    fn key_or(&self, slot: Slot, absent: Status) -> Result<StoredKey, Status> {
        StoredKey::load(self.platform, slot)
            .map_err(status_of)?
            .ok_or(absent)
    }

    /// Makes the new register and up to two further changes the state of the card, in one atomic step.
    ///
    /// # Errors
    /// `6581` or `6A84`; the state is then the one before.
    pub(crate) fn commit(
        &mut self,
        register: Register,
        further: [Option<Change<'_>>; 2],
    ) -> Result<(), Status> {
        let bytes = register.encode();
        let write = Change::Write(Record::Register, bytes.as_slice());
        let [first, second] = further;
        match (first, second) {
            (None, None) => self.platform.commit(&[write]),
            (Some(one), None) | (None, Some(one)) => self.platform.commit(&[one, write]),
            (Some(one), Some(two)) => self.platform.commit(&[one, two, write]),
        }
        .map_err(status_of)?;
        *self.register = register;
        Ok(())
    }

    /// As [`Context::commit`], for a change of keys or objects, which the write counter counts.
    ///
    /// # Errors
    /// `6581` or `6A84`, or `6985` when the counter is at its end; the state is then the one before.
    pub(crate) fn commit_counted(
        &mut self,
        mut register: Register,
        further: [Option<Change<'_>>; 2],
    ) -> Result<(), Status> {
        // A counter that began anew would let a host take a stale copy for the card's.
        register.write_counter = register
            .write_counter
            .checked_add(1)
            .ok_or(Status::CONDITIONS_NOT_SATISFIED)?;
        self.commit(register, further)
    }
}
