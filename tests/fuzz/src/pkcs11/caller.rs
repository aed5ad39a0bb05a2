//! Every function of the module, with arguments that bytes choose: right ones, NULL, short, unaligned,
//! stale, absurd. What C demands of a caller is kept: a pointer is NULL or good for its length.
#![expect(unsafe_code, reason = "C functions can be called in no other way")]

use std::ffi::c_void;
use std::ptr;

use cryptoki_sys::*;

use super::arguments::{Argument, Caller};

/// A function, by its name and arguments.
pub(crate) struct Function {
    /// `C_...`.
    pub(crate) name: &'static str,
    /// Name and type of each argument.
    pub(crate) arguments: &'static [(&'static str, &'static str)],
}

macro_rules! dispatch {
    ($($name:ident($($argument:ident: $kind:ty),*);)+) => {
        /// Every function.
        pub(crate) const FUNCTIONS: &[Function] = &[$(
            Function {
                name: stringify!($name),
                arguments: &[$((stringify!($argument), stringify!($kind))),*],
            }
        ),+];

        /// Calls a function of the list, by its place in [`FUNCTIONS`].
        pub(crate) fn call(
            list: &CK_FUNCTION_LIST_3_2,
            index: usize,
            caller: &mut Caller<'_, '_>,
        ) -> CK_RV {
            let mut place = 0;
            $(
                if place == index {
                    let function = list.$name.expect("an entry for each function");
                    $(let $argument: $kind = Argument::make(caller);)*
                    // SAFETY: each argument is a number, NULL, or a pointer into memory of `caller` that
                    // is as long as the number that goes with it says.
                    return unsafe { function($($argument),*) };
                }
                place += 1;
            )+
            unreachable!("{place} functions")
        }
    };
}

sello_pkcs11::with_functions!(dispatch);

/// An application's mutex functions, which do nothing: nobody else calls meanwhile.
unsafe extern "C" fn create_mutex(mutex: *mut *mut c_void) -> CK_RV {
    // SAFETY: who creates a mutex says where its pointer goes.
    unsafe { mutex.write(ptr::without_provenance_mut(1)) };
    CKR_OK
}

unsafe extern "C" fn use_mutex(_mutex: *mut c_void) -> CK_RV {
    CKR_OK
}

unsafe extern "C" fn notify(
    _session: CK_SESSION_HANDLE,
    _event: CK_NOTIFICATION,
    _application: *mut c_void,
) -> CK_RV {
    CKR_OK
}

/// A callback.
pub(crate) fn callback() -> CK_NOTIFY {
    Some(notify)
}

/// Arguments of `C_Initialize`: which mutex functions, by the bits of `given`.
pub(crate) fn initialize_arguments(given: u8, flags: CK_FLAGS, reserved: bool) -> Vec<u8> {
    let bit = |n: u8| given >> n & 1 == 1;
    let arguments = CK_C_INITIALIZE_ARGS {
        CreateMutex: bit(0).then_some(create_mutex),
        DestroyMutex: bit(1).then_some(use_mutex),
        LockMutex: bit(2).then_some(use_mutex),
        UnlockMutex: bit(3).then_some(use_mutex),
        flags,
        pReserved: match reserved {
            true => ptr::without_provenance_mut(1),
            false => ptr::null_mut(),
        },
    };
    bytes_of(&arguments)
}

/// The bytes of a C structure without padding.
pub(crate) fn bytes_of<T: Copy>(value: &T) -> Vec<u8> {
    // SAFETY: `value` is valid for its size, and the structures passed have no padding.
    unsafe { std::slice::from_raw_parts(ptr::from_ref(value).cast::<u8>(), size_of::<T>()) }
        .to_vec()
}
