//! What every entry point does before and after its own work.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use cryptoki_sys as ck;
use cryptoki_sys::CK_RV;

use super::door::Host;
use crate::error::Error;
use crate::module::Module;

#[cfg(not(panic = "unwind"))]
compile_error!("panics must unwind, or they end the host program instead of being caught");

/// Runs the work of an entry point: the module has to be initialized in this process, a panic becomes
/// `CKR_GENERAL_ERROR`, a trace line is written if one was asked for.
pub(super) fn enter<H: Host>(
    function: &'static str,
    work: impl FnOnce(&Module) -> Result<(), Error>,
) -> CK_RV {
    code(caught(|| {
        H::entered(function);
        let module = H::door().module()?;
        let trace = module.trace();
        if !trace.is_on() {
            return work(&module);
        }
        let start = Instant::now();
        let outcome = caught(|| work(&module));
        let returned = outcome.map_or_else(|error| error.name(), |()| "CKR_OK");
        trace.line(function, returned, start.elapsed());
        outcome
    }))
}

/// Runs the work of an entry point that needs no module.
pub(super) fn enter_uninitialized<H: Host>(
    function: &'static str,
    work: impl FnOnce() -> Result<(), Error>,
) -> CK_RV {
    code(caught(|| {
        H::entered(function);
        work()
    }))
}

fn caught(work: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
    // Unwind safety: locks are taken over after a panic (`crate::lock`), and what they guard is whole
    // between any two statements that may panic.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        // Dropping the payload could panic again.
        core::mem::forget(payload);
        Err(Error::GeneralError)
    })
}

const fn code(outcome: Result<(), Error>) -> CK_RV {
    match outcome {
        Ok(()) => ck::CKR_OK,
        Err(error) => error.code(),
    }
}

/// Makes entry points.
///
/// Between the brackets the pointers become checked wrappers, which is the only unsafe step; the body
/// gets the module and the wrappers and is safe code that returns `Result<(), Error>`.
macro_rules! entries {
    ($(
        $(#[$doc:meta])+
        fn $name:ident($($argument:ident: $kind:ty),* $(,)?)
        [$($wrapper:ident: $make:expr),* $(,)?]
        |$module:ident| $body:expr
    )+) => {$(
        $(#[$doc])+
        ///
        /// # Safety
        /// Every pointer is NULL or what PKCS#11 3.2 says of this function's argument: valid for the
        /// length that goes with it, for the time of the call.
        pub unsafe extern "C" fn $name<H: $crate::abi::Host>(
            $($argument: $kind),*
        ) -> ::cryptoki_sys::CK_RV {
            // A pointer of a function that is not offered is not looked at.
            let _ = ($(&$argument,)*);
            $(
                // SAFETY: the wrapper asks for what this function asks of its caller.
                let $wrapper = unsafe { $make };
            )*
            $crate::abi::entry::enter::<H>(stringify!($name), |$module| $body)
        }
    )+};
}
pub(super) use entries;
