//! The shared library `libsello_pkcs11.so`: every function of PKCS#11 3.2 by its name, over the
//! readers of PC/SC. Exports only; there is no other way in.
#![deny(unsafe_code)]

use std::ffi::c_void;
use std::sync::Arc;

use cryptoki_sys::*;
use sello_pkcs11::abi::{self, Door, Host};
use sello_pkcs11::card::CardReaders;
use sello_pkcs11::token::Readers;

/// The host of the shared library.
enum Library {}

static DOOR: Door = Door::new();

impl Host for Library {
    fn door() -> &'static Door {
        &DOOR
    }

    fn readers() -> Arc<dyn Readers> {
        CardReaders::shared(sello_card::PcscReaders::new())
    }
}

/// Exports each function under its own name.
macro_rules! export {
    ($($name:ident($($argument:ident: $kind:ty),*);)+) => {$(
        #[doc = concat!("See [`sello_pkcs11::abi::", stringify!($name), "`].")]
        ///
        /// # Safety
        /// As there.
        #[expect(unsafe_code, reason = "an exported C function")]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($argument: $kind),*) -> CK_RV {
            // SAFETY: the caller keeps the contract, which is the same.
            unsafe { abi::$name::<Library>($($argument),*) }
        }
    )+};
}

sello_pkcs11::with_functions!(export);
