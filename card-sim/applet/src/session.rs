//! What the card remembers until the next reset.

use sello_scp03::Level;
use zeroize::Zeroizing;

use crate::batch::Batch;
use crate::channel::Channel;

/// A random number the management key still has to answer; good for one answer.
#[derive(Default)]
pub(crate) enum Pending {
    #[default]
    None,
    /// Mutual authentication: the host must give this witness back in the clear.
    Witness(Zeroizing<[u8; 16]>),
    /// Single authentication: the host must give this challenge back encrypted.
    Challenge(Zeroizing<[u8; 16]>),
}

/// How the reader reaches the card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interface {
    /// Contacts (ISO/IEC 7816-3).
    #[default]
    Contact,
    /// By radio (ISO/IEC 14443).
    Contactless,
}

/// Rights won since the card was powered on; all are gone after a reset.
#[derive(Default)]
pub(crate) struct Session {
    pub(crate) interface: Interface,
    pub(crate) selected: bool,
    pub(crate) pin_verified: bool,
    /// The command being carried out comes right after a successful VERIFY.
    pub(crate) pin_just_verified: bool,
    /// Set by VERIFY for the command after it.
    pub(crate) pin_fresh: bool,
    pub(crate) managed: bool,
    pub(crate) pending: Pending,
    /// The command being carried out came through the secure channel, which has this level.
    pub(crate) secured: Option<Level>,
    pub(crate) channel: Channel,
    pub(crate) batch: Option<Batch>,
    /// The command being carried out comes right after the announcement of the batch.
    pub(crate) just_announced: bool,
    /// Set by ANNOUNCE BATCH for the command after it.
    pub(crate) announced: bool,
}

impl Session {
    /// Begins a command: what VERIFY or ANNOUNCE BATCH granted to the next command is for this one or for
    /// none.
    pub(crate) fn begin_command(&mut self) {
        self.pin_just_verified = core::mem::take(&mut self.pin_fresh);
        self.just_announced = core::mem::take(&mut self.announced);
        self.secured = None;
    }

    /// A part of a chain belongs to the command that ends the chain.
    pub(crate) const fn carry_over(&mut self) {
        self.pin_fresh = self.pin_just_verified;
    }

    /// Forgets that the PIN was given, and what it was given for.
    pub(crate) fn drop_pin(&mut self) {
        self.batch = None;
        self.pin_verified = false;
        self.pin_just_verified = false;
        self.pin_fresh = false;
    }

    /// Forgets every right; the application stays selected.
    pub(crate) fn drop_rights(&mut self) {
        *self = Self {
            interface: self.interface,
            selected: self.selected,
            ..Self::default()
        };
    }
}
