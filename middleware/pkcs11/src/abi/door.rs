//! The state between `C_Initialize` and `C_Finalize`, one a process.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, RwLock};

use crate::error::Error;
use crate::lock::{read, write};
use crate::module::Module;
use crate::token::Readers;

/// What an instance of the module stands on.
pub trait Host: 'static {
    /// Where its state is kept.
    fn door() -> &'static Door;

    /// Its readers; asked once for each `C_Initialize`, and not to be touched by it.
    fn readers() -> Arc<dyn Readers>;

    /// Called first in every entry point, where a panic must do no harm.
    fn entered(_function: &'static str) {}
}

/// The state of an instance of the module.
///
/// After a fork the child gets a state of its own: what it inherited belongs to the parent, whose
/// locks may have been held and whose connections are the parent's. It is left alone, never dropped.
pub struct Door {
    process: AtomicPtr<Process>,
}

struct Process {
    id: u32,
    module: RwLock<Option<Arc<Module>>>,
}

impl Door {
    /// A door that is not initialized.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            process: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// The module.
    ///
    /// # Errors
    /// `CKR_CRYPTOKI_NOT_INITIALIZED` before `C_Initialize`, after `C_Finalize` and in a forked child.
    pub(super) fn module(&self) -> Result<Arc<Module>, Error> {
        let process = self.existing().ok_or(Error::NotInitialized)?;
        let module = read(&process.module).clone();
        module.ok_or(Error::NotInitialized)
    }

    /// Initializes.
    ///
    /// # Errors
    /// `CKR_CRYPTOKI_ALREADY_INITIALIZED`.
    pub(super) fn open(&self, readers: impl FnOnce() -> Arc<dyn Readers>) -> Result<(), Error> {
        let mut module = write(&self.own().module);
        if module.is_some() {
            return Err(Error::AlreadyInitialized);
        }
        *module = Some(Arc::new(Module::new(readers())));
        Ok(())
    }

    /// Finalizes; threads that are still inside finish with their own hold on the module.
    ///
    /// # Errors
    /// `CKR_CRYPTOKI_NOT_INITIALIZED`.
    pub(super) fn close(&self) -> Result<(), Error> {
        let process = self.existing().ok_or(Error::NotInitialized)?;
        let module = write(&process.module).take();
        module.ok_or(Error::NotInitialized)?.end();
        Ok(())
    }

    /// This process's state, if it has one.
    fn existing(&self) -> Option<&'static Process> {
        let pointer = self.process.load(Ordering::Acquire);
        // SAFETY: the pointer is null or came from `Box::leak` in `own`; a leaked `Process` is never
        // freed and is only ever shared.
        let process = unsafe { pointer.as_ref() }?;
        (process.id == std::process::id()).then_some(process)
    }

    /// This process's state; made if it has none. It is leaked: one a process, not one a
    /// `C_Initialize`.
    fn own(&self) -> &'static Process {
        loop {
            let before = self.process.load(Ordering::Acquire);
            if let Some(process) = self.existing() {
                return process;
            }
            let fresh: *mut Process = Box::leak(Box::new(Process {
                id: std::process::id(),
                module: RwLock::new(None),
            }));
            let swapped =
                self.process
                    .compare_exchange(before, fresh, Ordering::AcqRel, Ordering::Acquire);
            if swapped.is_err() {
                // SAFETY: `fresh` was leaked just above and, since the exchange failed, was never
                // shared.
                drop(unsafe { Box::from_raw(fresh) });
            }
        }
    }
}

impl Default for Door {
    fn default() -> Self {
        Self::new()
    }
}
