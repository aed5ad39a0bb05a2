//! Instances of the module, one for each target: with a desk of its own, and one run at a time.

use std::array;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use sello_pkcs11::abi::{Door, Host, Table};
use sello_pkcs11::card::CardReaders;
use sello_pkcs11::token::Readers;

use super::client::Client;
use super::desk::Desk;
use super::panics;

/// The stage of `pkcs11_calls`.
pub(crate) const CALLS: usize = 0;
/// The stage of `card_answers`.
pub(crate) const ANSWERS: usize = 1;
/// How many there are.
const COUNT: usize = 2;

/// The module's state is one a process, and so is what it stands on.
static STAGES: LazyLock<[Stage; COUNT]> = LazyLock::new(|| array::from_fn(|_| Stage::new()));

/// What an instance stands on.
struct Stage {
    door: Door,
    desk: Desk,
    run: Mutex<()>,
}

impl Stage {
    fn new() -> Self {
        Self {
            door: Door::new(),
            desk: Desk::new(),
            run: Mutex::new(()),
        }
    }
}

/// The instance on a stage.
enum Instance<const STAGE: usize> {}

impl<const STAGE: usize> Host for Instance<STAGE> {
    fn door() -> &'static Door {
        &STAGES[STAGE].door
    }

    fn readers() -> Arc<dyn Readers> {
        CardReaders::shared(STAGES[STAGE].desk.clone())
    }
}

/// A run: a module that is not initialized, and an empty desk.
pub(crate) struct Run {
    pub(crate) client: Client,
    pub(crate) desk: &'static Desk,
    _one: MutexGuard<'static, ()>,
}

/// Begins a run, after the one before; what that left behind, if it failed, is cleared away.
pub(crate) fn begin<const STAGE: usize>() -> Run {
    let stage = &STAGES[STAGE];
    let one = stage.run.lock().unwrap_or_else(PoisonError::into_inner);
    panics::watch();
    let client = Client(Table::<Instance<STAGE>>::LIST_3_2);
    let _ = client.finalize();
    stage.desk.clear();
    Run {
        client,
        desk: &stage.desk,
        _one: one,
    }
}
