//! The shared library, loaded as a C program loads it.
#![expect(unsafe_code, reason = "C functions can be called in no other way")]

use std::ffi::c_void;
use std::path::Path;
use std::ptr;

use cryptoki_sys::*;
use libloading::Library;

/// The module; dropping it unloads the library.
pub struct Module {
    list: *const CK_FUNCTION_LIST_3_2,
    _library: Library,
}

// SAFETY: the list is constant, and its functions may be called from any thread (PKCS#11 2.40, 6.5).
unsafe impl Send for Module {}
// SAFETY: as above.
unsafe impl Sync for Module {}

/// What came of a call.
pub type Outcome<T> = Result<T, CK_RV>;

/// An argument that says as little as can be said.
trait Nothing {
    fn nothing() -> Self;
}

impl<T> Nothing for *mut T {
    fn nothing() -> Self {
        ptr::null_mut()
    }
}

impl Nothing for CK_ULONG {
    fn nothing() -> Self {
        0
    }
}

impl Nothing for CK_BBOOL {
    fn nothing() -> Self {
        0
    }
}

impl Nothing for CK_NOTIFY {
    fn nothing() -> Self {
        None
    }
}

/// How the application wants the module to lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locking {
    /// Nothing is said.
    Unsaid,
    /// As the operating system does.
    System,
    /// With the application's functions.
    Application,
}

/// Calls a function of the list.
macro_rules! call {
    ($module:expr, $name:ident, $($argument:expr),* $(,)?) => {{
        let function = $module.list().$name.expect("an entry for each function");
        // SAFETY: the arguments are numbers, NULL, or valid for what the function does with them.
        match unsafe { function($($argument),*) } {
            CKR_OK => Ok(()),
            other => Err(other),
        }
    }};
}

fn count(length: usize) -> CK_ULONG {
    CK_ULONG::try_from(length).unwrap()
}

fn length(count: CK_ULONG) -> usize {
    usize::try_from(count).unwrap()
}

impl Module {
    /// Loads the library and asks for its functions.
    ///
    /// # Panics
    /// When it cannot be loaded.
    #[must_use]
    pub fn load(path: &Path) -> Self {
        // SAFETY: the library runs no code when it is loaded or unloaded.
        let library = unsafe { Library::new(path) };
        let library = library.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut version = CK_VERSION { major: 3, minor: 2 };
        let mut interface = ptr::null_mut();
        {
            type GetInterface = unsafe extern "C" fn(
                *mut CK_UTF8CHAR,
                *mut CK_VERSION,
                *mut *mut CK_INTERFACE,
                CK_FLAGS,
            ) -> CK_RV;
            // SAFETY: the type is the one PKCS#11 gives for this name.
            let get = unsafe { library.get::<GetInterface>(b"C_GetInterface\0") };
            let get = get.unwrap();
            // SAFETY: the version is one, and `interface` is a place for a pointer.
            let rv = unsafe { get(ptr::null_mut(), &raw mut version, &raw mut interface, 0) };
            assert_eq!(rv, CKR_OK);
        }
        // SAFETY: the module keeps its interfaces as long as it is loaded.
        let list = unsafe { (*interface).pFunctionList }.cast();
        Self {
            list,
            _library: library,
        }
    }

    const fn list(&self) -> &CK_FUNCTION_LIST_3_2 {
        // SAFETY: the list lives as long as the library is loaded.
        unsafe { &*self.list }
    }

    /// Initializes without arguments.
    ///
    /// # Errors
    /// The return value.
    pub fn initialize(&self) -> Outcome<()> {
        call!(self, C_Initialize, ptr::null_mut())
    }

    /// Initializes with arguments.
    ///
    /// # Errors
    /// The return value.
    pub fn initialize_with(&self, locking: Locking) -> Outcome<()> {
        let functions = locking == Locking::Application;
        let mut arguments = CK_C_INITIALIZE_ARGS {
            CreateMutex: functions.then_some(mutex::create),
            DestroyMutex: functions.then_some(mutex::destroy),
            LockMutex: functions.then_some(mutex::lock),
            UnlockMutex: functions.then_some(mutex::unlock),
            flags: match locking {
                Locking::System => CKF_OS_LOCKING_OK,
                Locking::Unsaid | Locking::Application => 0,
            },
            pReserved: ptr::null_mut(),
        };
        call!(self, C_Initialize, (&raw mut arguments).cast())
    }

    /// Finalizes.
    ///
    /// # Errors
    /// The return value.
    pub fn finalize(&self) -> Outcome<()> {
        call!(self, C_Finalize, ptr::null_mut())
    }

    /// The slots, all or those with a card.
    ///
    /// # Errors
    /// The return value.
    pub fn slots(&self, with_token: bool) -> Outcome<Vec<CK_SLOT_ID>> {
        let mut list = vec![0; 64];
        let mut told = count(list.len());
        let with_token = CK_BBOOL::from(with_token);
        call!(
            self,
            C_GetSlotList,
            with_token,
            list.as_mut_ptr(),
            &raw mut told
        )?;
        list.truncate(length(told));
        Ok(list)
    }

    /// The slot of a reader.
    ///
    /// # Errors
    /// The return value; `CKR_SLOT_ID_INVALID` when there is none.
    pub fn slot_of(&self, reader: &str) -> Outcome<CK_SLOT_ID> {
        for slot in self.slots(false)? {
            let mut info = CK_SLOT_INFO::default();
            call!(self, C_GetSlotInfo, slot, &raw mut info)?;
            let told = String::from_utf8_lossy(&info.slotDescription).into_owned();
            if told.trim_end() == reader {
                return Ok(slot);
            }
        }
        Err(CKR_SLOT_ID_INVALID)
    }

    /// Waits for an event, or asks for one.
    ///
    /// # Errors
    /// The return value.
    pub fn event(&self, waits: bool) -> Outcome<CK_SLOT_ID> {
        let mut slot = 0;
        let flags = if waits { 0 } else { CKF_DONT_BLOCK };
        call!(
            self,
            C_WaitForSlotEvent,
            flags,
            &raw mut slot,
            ptr::null_mut()
        )?;
        Ok(slot)
    }

    /// Opens a read/write session.
    ///
    /// # Errors
    /// The return value.
    pub fn open(&self, slot: CK_SLOT_ID) -> Outcome<CK_SESSION_HANDLE> {
        let mut session = 0;
        let flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
        call!(
            self,
            C_OpenSession,
            slot,
            flags,
            ptr::null_mut(),
            None,
            &raw mut session
        )?;
        Ok(session)
    }

    /// Closes a session.
    ///
    /// # Errors
    /// The return value.
    pub fn close(&self, session: CK_SESSION_HANDLE) -> Outcome<()> {
        call!(self, C_CloseSession, session)
    }

    /// Logs in.
    ///
    /// # Errors
    /// The return value.
    pub fn login(&self, session: CK_SESSION_HANDLE, user: CK_USER_TYPE, pin: &[u8]) -> Outcome<()> {
        let pointer = pin.as_ptr().cast_mut();
        call!(self, C_Login, session, user, pointer, count(pin.len()))
    }

    /// The objects of a class.
    ///
    /// # Errors
    /// The return value.
    pub fn find(
        &self,
        session: CK_SESSION_HANDLE,
        mut class: CK_OBJECT_CLASS,
    ) -> Outcome<Vec<CK_OBJECT_HANDLE>> {
        let mut template = CK_ATTRIBUTE {
            type_: CKA_CLASS,
            pValue: (&raw mut class).cast(),
            ulValueLen: count(size_of::<CK_OBJECT_CLASS>()),
        };
        call!(self, C_FindObjectsInit, session, &raw mut template, 1)?;
        let mut found = vec![0; 64];
        let mut told = 0;
        let most = count(found.len());
        let some = call!(
            self,
            C_FindObjects,
            session,
            found.as_mut_ptr(),
            most,
            &raw mut told
        );
        let ended = call!(self, C_FindObjectsFinal, session);
        some.and(ended)?;
        found.truncate(length(told));
        Ok(found)
    }

    /// An attribute.
    ///
    /// # Errors
    /// The return value.
    pub fn attribute(
        &self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        kind: CK_ATTRIBUTE_TYPE,
    ) -> Outcome<Vec<u8>> {
        let mut value = vec![0; 0x2000];
        let mut attribute = CK_ATTRIBUTE {
            type_: kind,
            pValue: value.as_mut_ptr().cast(),
            ulValueLen: count(value.len()),
        };
        call!(
            self,
            C_GetAttributeValue,
            session,
            object,
            &raw mut attribute,
            1
        )?;
        value.truncate(length(attribute.ulValueLen));
        Ok(value)
    }

    /// Signs a digest with `CKM_ECDSA`; the PIN is given in between to a key that wants it each time.
    ///
    /// # Errors
    /// The return value.
    pub fn sign(
        &self,
        session: CK_SESSION_HANDLE,
        key: CK_OBJECT_HANDLE,
        digest: &[u8; 32],
        pin: Option<&[u8]>,
    ) -> Outcome<Vec<u8>> {
        let mut mechanism = CK_MECHANISM {
            mechanism: CKM_ECDSA,
            pParameter: ptr::null_mut(),
            ulParameterLen: 0,
        };
        call!(self, C_SignInit, session, &raw mut mechanism, key)?;
        if let Some(pin) = pin {
            self.login(session, CKU_CONTEXT_SPECIFIC, pin)?;
        }
        let mut signature = vec![0; 64];
        let mut told = count(signature.len());
        call!(
            self,
            C_Sign,
            session,
            digest.as_ptr().cast_mut(),
            count(digest.len()),
            signature.as_mut_ptr(),
            &raw mut told
        )?;
        signature.truncate(length(told));
        Ok(signature)
    }

    /// Calls every function but `C_Initialize`, `C_Finalize` and one that would wait, with arguments that
    /// say nothing; what each returned.
    #[must_use]
    pub fn call_all(&self) -> Vec<(&'static str, CK_RV)> {
        let list = self.list();
        let mut called = Vec::new();
        macro_rules! call_each {
            ($($name:ident($($argument:ident: $kind:ty),*);)+) => {$(
                if !["C_Initialize", "C_Finalize"].contains(&stringify!($name)) {
                    let function = list.$name.expect("an entry for each function");
                    // SAFETY: NULL and 0 are arguments every function has to bear.
                    let rv = unsafe { function($(<$kind as Nothing>::nothing()),*) };
                    called.push((stringify!($name), rv));
                }
            )+};
        }
        sello_pkcs11::with_functions!(call_each);
        called
    }
}

/// The application's own mutexes.
mod mutex {
    use std::ffi::c_void;

    use cryptoki_sys::{CK_RV, CKR_ARGUMENTS_BAD, CKR_GENERAL_ERROR, CKR_OK};

    /// One of them, as `pthread_mutex_t` lies on the heap.
    type Native = libc::pthread_mutex_t;

    pub(super) unsafe extern "C" fn create(mutex: *mut *mut c_void) -> CK_RV {
        let native = Box::into_raw(Box::new(libc::PTHREAD_MUTEX_INITIALIZER));
        // SAFETY: who creates a mutex says where its pointer goes.
        unsafe { mutex.write(native.cast()) };
        CKR_OK
    }

    pub(super) unsafe extern "C" fn destroy(mutex: *mut c_void) -> CK_RV {
        if mutex.is_null() {
            return CKR_ARGUMENTS_BAD;
        }
        // SAFETY: it came from `create`, and nobody has it any more.
        drop(unsafe { Box::from_raw(mutex.cast::<Native>()) });
        CKR_OK
    }

    pub(super) unsafe extern "C" fn lock(mutex: *mut c_void) -> CK_RV {
        // SAFETY: it came from `create`.
        told(unsafe { libc::pthread_mutex_lock(mutex.cast()) })
    }

    pub(super) unsafe extern "C" fn unlock(mutex: *mut c_void) -> CK_RV {
        // SAFETY: it came from `create`.
        told(unsafe { libc::pthread_mutex_unlock(mutex.cast()) })
    }

    const fn told(outcome: libc::c_int) -> CK_RV {
        match outcome {
            0 => CKR_OK,
            _ => CKR_GENERAL_ERROR,
        }
    }
}

/// Ends this process with SIGALRM after so many seconds: whoever started it sees a hang.
pub fn watchdog(seconds: u32) {
    // SAFETY: sets a timer of this process.
    unsafe { libc::alarm(seconds) };
}

/// Runs `child` in a forked child and waits for it; its exit status, or `None` when a signal ended it.
///
/// # Panics
/// When there is no fork.
pub fn in_child(child: impl FnOnce() -> i32) -> Option<i32> {
    // SAFETY: the child calls the module and ends; it does not return into the program.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "no fork");
    if pid == 0 {
        watchdog(20);
        let status = child();
        // SAFETY: ends the child at once.
        unsafe { libc::_exit(status) };
    }
    let mut status = 0;
    // SAFETY: `status` is a place for the child's status.
    assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
    libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status))
}

#[expect(
    dead_code,
    reason = "names the type that the macro's argument lists use"
)]
type Untyped = *mut c_void;
