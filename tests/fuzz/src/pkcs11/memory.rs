//! Memory lent to the module, with bytes around it that must stay as they are.

use cryptoki_sys::{CK_ATTRIBUTE, CK_ULONG};
use cryptoki_sys::{
    CK_RV, CK_UNAVAILABLE_INFORMATION, CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID,
    CKR_BUFFER_TOO_SMALL, CKR_OK,
};

/// Bytes before and after each region.
const GUARD: usize = 32;
/// What they are.
const GUARD_BYTE: u8 = 0xA7;
/// What a place for something is filled with.
pub(crate) const FRESH: u8 = 0x5C;
/// Size of a number in bytes.
pub(crate) const NUMBER: usize = size_of::<CK_ULONG>();

/// What the module may do with a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Read it.
    Input,
    /// Write it when the call succeeds.
    Output,
    /// Read and write a number.
    Length,
    /// Read and write, with nothing said of what.
    Both,
    /// Write lengths of attributes, and their values.
    Fill,
    /// Write the value of the attribute that begins at this byte of this region.
    Value {
        /// The template.
        template: usize,
        /// Where in it.
        at: usize,
    },
}

/// The number of a region.
pub(crate) type Id = usize;

struct Region {
    bytes: Vec<u8>,
    start: usize,
    before: Vec<u8>,
    role: Role,
    /// Size of an element in bytes.
    element: usize,
    /// The region whose number says how many elements there is room for, and then how many there are.
    told: Option<Id>,
    /// How many elements there is room for, where no number says it.
    most: Option<usize>,
}

impl Region {
    fn length(&self) -> usize {
        self.before.len()
    }

    fn now(&self) -> &[u8] {
        &self.bytes[self.start..self.start + self.length()]
    }

    fn is_unchanged(&self) -> bool {
        self.now() == self.before
    }
}

/// All regions of a call.
#[derive(Default)]
pub(crate) struct Memory {
    regions: Vec<Region>,
}

/// A number in memory.
pub(crate) fn number(bytes: &[u8]) -> CK_ULONG {
    CK_ULONG::from_ne_bytes(bytes[..NUMBER].try_into().unwrap())
}

/// A number as a length; one that fits nowhere is the longest.
pub(crate) fn length(number: CK_ULONG) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl Memory {
    /// Lends a copy of these bytes, so many bytes beside the usual alignment.
    pub(crate) fn lend(
        &mut self,
        content: &[u8],
        role: Role,
        element: usize,
        beside: usize,
    ) -> (Id, *mut u8) {
        let mut bytes = vec![GUARD_BYTE; GUARD * 3 + content.len()];
        let address = bytes.as_ptr().addr() + GUARD;
        let start = GUARD + address.next_multiple_of(16) - address + beside % 8;
        bytes[start..start + content.len()].copy_from_slice(content);
        let pointer = bytes.as_mut_ptr().wrapping_add(start);
        self.regions.push(Region {
            bytes,
            start,
            before: content.to_vec(),
            role,
            element,
            told: None,
            most: None,
        });
        (self.regions.len() - 1, pointer)
    }

    /// How many regions there are.
    pub(crate) fn regions(&self) -> Id {
        self.regions.len()
    }

    /// Says which number tells the length of a region.
    pub(crate) fn tell(&mut self, region: Id, length: Id) {
        self.regions[region].told = Some(length);
    }

    /// Says how many elements the caller of a function says there is room for.
    pub(crate) fn limit(&mut self, region: Id, most: usize) {
        self.regions[region].most = Some(most);
    }

    /// Length of a region in elements.
    pub(crate) fn elements(&self, region: Id) -> usize {
        self.regions[region].length() / self.regions[region].element
    }

    /// What a region holds now.
    pub(crate) fn now(&self, region: Id) -> &[u8] {
        self.regions[region].now()
    }

    /// The numbers in a region that the module wrote, as many as it told.
    pub(crate) fn numbers(&self, region: Id) -> Vec<CK_ULONG> {
        let told = self.regions[region].told;
        let count = told.map_or(1, |told| length(number(self.now(told))));
        let numbers = self.now(region).chunks_exact(NUMBER).map(number);
        numbers.take(count).collect()
    }

    /// Panics when a byte changed that had to stay, or a length is not right.
    pub(crate) fn check(&self, function: &str, rv: CK_RV) {
        for (id, region) in self.regions.iter().enumerate() {
            let end = region.start + region.length();
            let guards = region.bytes[..region.start]
                .iter()
                .chain(&region.bytes[end..]);
            for byte in guards {
                assert_eq!(*byte, GUARD_BYTE, "{function} wrote beside region {id}");
            }
            match region.role {
                Role::Input => assert!(region.is_unchanged(), "{function} wrote its input {id}"),
                Role::Output => self.check_output(function, rv, region),
                Role::Fill => check_fill(function, rv, region),
                Role::Value { template, at } => self.check_value(function, region, template, at),
                Role::Length | Role::Both => {}
            }
        }
    }

    fn check_output(&self, function: &str, rv: CK_RV, region: &Region) {
        let room = |told: &Region| length(number(&told.before));
        let told = region.told.map(|told| &self.regions[told]);
        if rv == CKR_BUFFER_TOO_SMALL
            && let Some(told) = told
        {
            let needed = length(number(told.now()));
            assert!(
                needed > room(told),
                "{function} told {needed} for too small"
            );
        }
        if rv != CKR_OK {
            assert!(
                region.is_unchanged(),
                "{function} failed with {rv:#x} and wrote"
            );
            return;
        }
        let Some(told) = told else { return };
        let count = length(number(told.now()));
        let room = region.most.unwrap_or_else(|| room(told));
        assert!(count <= room, "{function} told {count} of {room}");
        let used = (count * region.element).min(region.length());
        assert!(
            region.now()[used..] == region.before[used..],
            "{function} wrote more than the {count} it told"
        );
    }

    fn check_value(&self, function: &str, region: &Region, template: Id, at: usize) {
        let attribute = &self.regions[template];
        let at = at + size_of::<CK_ATTRIBUTE>() - NUMBER;
        let told = number(&attribute.now()[at..]);
        let room = number(&attribute.before[at..]);
        if told == CK_UNAVAILABLE_INFORMATION {
            assert!(region.is_unchanged(), "{function} told no length and wrote");
            return;
        }
        assert!(told <= room, "{function} told {told} of {room}");
        let used = length(told).min(region.length());
        assert!(
            region.now()[used..] == region.before[used..],
            "{function} wrote too much"
        );
    }
}

/// Types and pointers stay; where no attribute was looked at, lengths stay too.
fn check_fill(function: &str, rv: CK_RV, region: &Region) {
    let may_fill = [
        CKR_OK,
        CKR_ATTRIBUTE_SENSITIVE,
        CKR_ATTRIBUTE_TYPE_INVALID,
        CKR_BUFFER_TOO_SMALL,
    ];
    if !may_fill.contains(&rv) {
        assert!(
            region.is_unchanged(),
            "{function} failed with {rv:#x} and wrote"
        );
    }
    let size = size_of::<CK_ATTRIBUTE>();
    for (now, before) in region.now().chunks(size).zip(region.before.chunks(size)) {
        let fixed = size - NUMBER;
        assert!(
            now[..fixed] == before[..fixed],
            "{function} wrote a type or pointer"
        );
        let told = number(&now[fixed..]);
        let fails = told == CK_UNAVAILABLE_INFORMATION;
        assert!(
            !fails || rv != CKR_OK || number(&before[fixed..]) == told,
            "{function}: OK without a value"
        );
    }
}
