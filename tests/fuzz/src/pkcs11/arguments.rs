//! One argument after the other, as bytes choose.

use std::ffi::c_void;
use std::ptr;

use cryptoki_sys::*;

use super::caller::{self, Function};
use super::choices::Choices;
use super::memory::{FRESH, Id, Memory, NUMBER, Role};
use super::templates::{self, MECHANISMS};

/// Handles that were seen.
#[derive(Default)]
pub(crate) struct Pool {
    /// Of sessions, open and closed.
    pub(crate) sessions: Vec<CK_SESSION_HANDLE>,
    /// Of objects, there and gone.
    pub(crate) objects: Vec<CK_OBJECT_HANDLE>,
}

/// What a region of handles is for.
#[derive(Clone, Copy)]
enum Handles {
    Sessions,
    Objects,
}

/// What the argument before was.
#[derive(Clone, Copy)]
enum Before {
    /// No pointer.
    Number,
    /// NULL.
    Null,
    /// A region.
    Region(Id),
}

/// A call in the making.
pub(crate) struct Caller<'c, 'b> {
    choices: &'c mut Choices<'b>,
    pool: &'c Pool,
    function: &'static Function,
    place: usize,
    /// The memory it lends.
    pub(crate) memory: Memory,
    before: Before,
    handles: Vec<(Id, Handles)>,
}

/// An argument, made as the caller chooses.
pub(crate) trait Argument {
    /// Makes it.
    fn make(caller: &mut Caller<'_, '_>) -> Self;
}

/// Numbers that make no sense.
const ODD: [CK_ULONG; 5] = [0, 1, 0x7FFF_FFFF, CK_ULONG::MAX, CK_ULONG::MAX / 2 + 1];
/// PINs: right, new, wrong, none, of a wrong form, too long.
const PINS: [&[u8]; 8] = [
    super::cards::PIN,
    super::cards::PIN,
    super::cards::PIN,
    b"864213",
    b"000000",
    b"",
    b"12a\xFF",
    &[0x31; 300],
];
/// Room for a list in elements.
const ROOM: [usize; 6] = [0, 1, 2, 16, 64, 300];

/// Whether a type is a pointer to this one.
fn points_to(kind: &str, pointee: &str) -> bool {
    kind.strip_suffix(pointee)
        .is_some_and(|before| before.starts_with('*') && before.ends_with(' '))
}

impl<'c, 'b> Caller<'c, 'b> {
    /// A call of this function.
    pub(crate) fn new(
        choices: &'c mut Choices<'b>,
        pool: &'c Pool,
        function: &'static Function,
    ) -> Self {
        Self {
            choices,
            pool,
            function,
            place: 0,
            memory: Memory::default(),
            before: Before::Number,
            handles: Vec::new(),
        }
    }

    /// The handles that the module wrote.
    pub(crate) fn harvest(&self) -> Pool {
        let mut pool = Pool::default();
        for (region, handles) in &self.handles {
            let numbers = self.memory.numbers(*region);
            match handles {
                Handles::Sessions => pool.sessions.extend(numbers),
                Handles::Objects => pool.objects.extend(numbers),
            }
        }
        pool
    }

    /// Name and type of the argument to make now, and the type of the next one.
    fn next(&mut self) -> (&'static str, &'static str, &'static str) {
        let arguments = self.function.arguments;
        let (name, kind) = arguments[self.place];
        self.place += 1;
        let following = arguments.get(self.place).map_or("", |(_, kind)| kind);
        (name, kind, following)
    }

    /// How far beside its alignment a pointer lies.
    fn beside(&mut self) -> usize {
        let choice = self.choices.byte();
        if choice < 0xC0 {
            0
        } else {
            usize::from(choice)
        }
    }

    fn is_null(&mut self) -> bool {
        self.choices.byte() >= 0xE0
    }

    fn lend(&mut self, content: &[u8], role: Role, element: usize) -> *mut u8 {
        let beside = self.beside();
        let (region, pointer) = self.memory.lend(content, role, element, beside);
        self.before = Before::Region(region);
        pointer
    }

    fn null<T>(&mut self) -> *mut T {
        self.before = Before::Null;
        ptr::null_mut()
    }

    /// The region lent last.
    fn last(&self) -> Option<Id> {
        match self.before {
            Before::Region(region) => Some(region),
            _ => None,
        }
    }

    /// A place for one thing.
    fn place(&mut self, size: usize) -> *mut u8 {
        if self.is_null() {
            return self.null();
        }
        self.lend(&vec![FRESH; size], Role::Output, size)
    }

    /// Bytes: a place for some if the module writes them, else some.
    fn bytes(&mut self) -> *mut u8 {
        let (name, _, following) = self.next();
        if self.is_null() {
            return self.null();
        }
        if points_to(following, "CK_ULONG") || self.function.name == "C_GenerateRandom" {
            let room = self.choices.pick(&ROOM);
            return self.lend(&vec![FRESH; room], Role::Output, 1);
        }
        let content = match name {
            "pin" | "old" | "new" => self.choices.pick(&PINS).to_vec(),
            "label" => vec![b' '; 32],
            "function" => b"C_Sign\0".to_vec(),
            "name" if following != "CK_ULONG" => self
                .choices
                .pick(&[&b"PKCS 11\0"[..], b"PKCS 11 \0", b"\0"])
                .to_vec(),
            _ => match self.choices.byte() {
                0..0x60 => vec![0x5A; 32],
                0x60..0x80 => vec![0x5A; 64],
                0x80..0xA0 => vec![0xFF; 5000],
                _ => self.choices.bytes(),
            },
        };
        self.lend(&content, Role::Input, 1)
    }

    /// How many elements the region before has.
    fn count(&mut self) -> CK_ULONG {
        let choice = self.choices.byte();
        let Some(region) = self.last() else {
            return self.choices.pick(&ODD);
        };
        let true_count = self.memory.elements(region);
        let takes_any = self.function.name == "C_FindObjects";
        let may_lie = self.function.name != "C_GenerateRandom";
        let count = match choice {
            0..0xC0 => true_count,
            0xC0..0xD8 => true_count / 2,
            0xD8..0xE0 => true_count.min(1),
            0xE0..0xE8 => 0,
            // No memory is so large, which can be seen without looking.
            0xE8.. if may_lie && (!takes_any || true_count >= 64) => usize::MAX,
            _ => true_count,
        };
        self.memory.limit(region, count);
        CK_ULONG::try_from(count).unwrap()
    }

    fn session(&mut self) -> CK_SESSION_HANDLE {
        match self.choices.byte() {
            choice @ 0..0xF0 if !self.pool.sessions.is_empty() => {
                let newest_first = self.pool.sessions.iter().rev();
                *newest_first.cycle().nth(usize::from(choice / 32)).unwrap()
            }
            choice => CK_SESSION_HANDLE::from(choice % 5),
        }
    }

    fn object(&mut self) -> CK_OBJECT_HANDLE {
        match self.choices.byte() {
            choice @ 0..0xF0 if !self.pool.objects.is_empty() => {
                self.pool.objects[usize::from(choice) % self.pool.objects.len()]
            }
            choice if choice & 1 == 0 => self.choices.pick(&ODD),
            choice => CK_OBJECT_HANDLE::from(choice),
        }
    }
}

impl Argument for CK_ULONG {
    fn make(caller: &mut Caller<'_, '_>) -> Self {
        let (name, kind, _) = caller.next();
        let follows_pointer = !matches!(caller.before, Before::Number);
        let number = match kind {
            "CK_SESSION_HANDLE" => caller.session(),
            "CK_OBJECT_HANDLE" => caller.object(),
            "CK_SLOT_ID" => match caller.choices.byte() {
                0..0xC0 => 0,
                0xC0..0xE0 => 1,
                _ => caller.choices.pick(&ODD),
            },
            // Nobody else is there who could end the waiting.
            "CK_FLAGS" if caller.function.name == "C_WaitForSlotEvent" => CKF_DONT_BLOCK,
            "CK_FLAGS" if caller.function.name == "C_OpenSession" => match caller.choices.byte() {
                0..0xE0 => CKF_SERIAL_SESSION | CKF_RW_SESSION,
                0xE0..0xF0 => CKF_SERIAL_SESSION,
                _ => caller.choices.pick(&ODD),
            },
            "CK_USER_TYPE" => match caller.choices.byte() {
                0..0xA0 => CKU_USER,
                0xA0..0xD0 => CKU_CONTEXT_SPECIFIC,
                0xD0..0xF0 => CKU_SO,
                _ => caller.choices.pick(&ODD),
            },
            "CK_MECHANISM_TYPE" => caller.choices.pick(&MECHANISMS),
            _ if follows_pointer => caller.count(),
            _ if name.contains("flags") => Self::from(caller.choices.byte()),
            _ => caller.choices.pick(&ODD),
        };
        // C_FindObjects tells apart how many it found: the region stays the last one.
        if caller.function.name != "C_FindObjects" {
            caller.before = Before::Number;
        }
        number
    }
}

impl Argument for CK_BBOOL {
    fn make(caller: &mut Caller<'_, '_>) -> Self {
        caller.next();
        caller.before = Before::Number;
        caller.choices.byte() % 3
    }
}

impl Argument for CK_NOTIFY {
    fn make(caller: &mut Caller<'_, '_>) -> Self {
        caller.next();
        caller.before = Before::Number;
        match caller.choices.byte() & 1 {
            0 => None,
            _ => caller::callback(),
        }
    }
}

impl Argument for *mut CK_BYTE {
    fn make(caller: &mut Caller<'_, '_>) -> Self {
        caller.bytes()
    }
}

impl Argument for *mut c_void {
    fn make(caller: &mut Caller<'_, '_>) -> Self {
        let (name, _, following) = caller.next();
        if caller.choices.byte() < 0x80 {
            return caller.null();
        }
        match name {
            "arguments" => {
                let (given, flags) = (caller.choices.byte(), caller.choices.byte());
                let given = if given < 0x80 { 0 } else { given };
                let content = caller::initialize_arguments(given, flags.into(), flags >= 0xF0);
                caller.lend(&content, Role::Input, 1).cast()
            }
            _ if following == "CK_ULONG" => {
                let content = caller.choices.bytes();
                caller.lend(&content, Role::Both, 1).cast()
            }
            // A pointer that is compared with NULL or handed back, never followed.
            _ => ptr::without_provenance_mut(1),
        }
    }
}

impl Argument for *mut CK_ULONG {
    fn make(caller: &mut Caller<'_, '_>) -> Self {
        let (_, kind, following) = caller.next();
        if caller.is_null() {
            return caller.null();
        }
        if points_to(following, "CK_ULONG") || following == "CK_ULONG" {
            let room = caller.choices.pick(&ROOM);
            let pointer = caller.lend(&vec![FRESH; room * NUMBER], Role::Output, NUMBER);
            if points_to(kind, "CK_OBJECT_HANDLE")
                && let Some(region) = caller.last()
            {
                caller.handles.push((region, Handles::Objects));
            }
            return pointer.cast();
        }
        if points_to(kind, "CK_ULONG") {
            return caller.length().cast();
        }
        let pointer = caller.place(NUMBER).cast();
        if let Some(region) = caller.last() {
            if points_to(kind, "CK_SESSION_HANDLE") {
                caller.handles.push((region, Handles::Sessions));
            } else if points_to(kind, "CK_OBJECT_HANDLE") {
                caller.handles.push((region, Handles::Objects));
            }
        }
        pointer
    }
}

impl Caller<'_, '_> {
    /// The number that goes with the region before: how much room it has.
    fn length(&mut self) -> *mut u8 {
        let region = self.last();
        let count = match (region, self.before) {
            (Some(_), _) if self.function.name == "C_FindObjects" => 7,
            (Some(region), _) => {
                let elements = self.memory.elements(region);
                let count = match self.choices.byte() {
                    0..0xD0 => elements,
                    0xD0..0xE8 => elements / 2,
                    _ => 0,
                };
                CK_ULONG::try_from(count).unwrap()
            }
            (None, _) => self.choices.pick(&ODD),
        };
        let pointer = self.lend(&count.to_ne_bytes(), Role::Length, NUMBER);
        if let (Some(region), Some(length)) = (region, self.last()) {
            self.memory.tell(region, length);
        }
        self.before = Before::Number;
        pointer
    }
}

impl Argument for *mut CK_ATTRIBUTE {
    fn make(caller: &mut Caller<'_, '_>) -> Self {
        caller.next();
        if caller.is_null() {
            return caller.null();
        }
        let fills = caller.function.name == "C_GetAttributeValue";
        let beside = caller.beside();
        let (region, pointer) =
            templates::template(caller.choices, &mut caller.memory, fills, beside);
        caller.before = Before::Region(region);
        pointer.cast()
    }
}

impl Argument for *mut CK_MECHANISM {
    fn make(caller: &mut Caller<'_, '_>) -> Self {
        caller.next();
        if caller.is_null() {
            return caller.null();
        }
        let content = templates::mechanism(caller.choices, &mut caller.memory);
        let pointer = caller.lend(&content, Role::Input, 1).cast();
        caller.before = Before::Number;
        pointer
    }
}

impl Argument for *mut CK_VERSION {
    fn make(caller: &mut Caller<'_, '_>) -> Self {
        caller.next();
        if caller.is_null() {
            return caller.null();
        }
        let version = caller
            .choices
            .pick(&[[2, 40], [3, 0], [3, 2], [3, 1], [0, 0]]);
        caller.lend(&version, Role::Input, 1).cast()
    }
}

impl Argument for *mut CK_INTERFACE {
    fn make(caller: &mut Caller<'_, '_>) -> Self {
        caller.next();
        if caller.is_null() {
            return caller.null();
        }
        let size = size_of::<CK_INTERFACE>();
        let room = caller.choices.pick(&ROOM);
        caller
            .lend(&vec![FRESH; room * size], Role::Output, size)
            .cast()
    }
}

macro_rules! places {
    ($($kind:ty),+ $(,)?) => {$(
        impl Argument for *mut $kind {
            fn make(caller: &mut Caller<'_, '_>) -> Self {
                caller.next();
                caller.place(size_of::<$kind>()).cast()
            }
        }
    )+};
}

places!(
    CK_INFO,
    CK_SLOT_INFO,
    CK_TOKEN_INFO,
    CK_MECHANISM_INFO,
    CK_SESSION_INFO,
    CK_ASYNC_DATA,
    *mut CK_FUNCTION_LIST,
    *mut CK_INTERFACE,
);
