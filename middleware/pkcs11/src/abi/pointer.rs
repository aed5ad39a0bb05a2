//! Pointers of C callers, checked before they are followed.
//!
//! A wrapper is made in an unsafe step that promises what PKCS#11 promises of the argument; after that
//! it can be used by safe code. NULL, where it is not allowed, is `CKR_ARGUMENTS_BAD`. Nothing is
//! assumed of alignment.

use std::ptr;
use std::slice;

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_ATTRIBUTE_TYPE, CK_EC_KDF_TYPE, CK_ECDH1_DERIVE_PARAMS, CK_MECHANISM,
    CK_MECHANISM_TYPE, CK_ULONG, CK_UNAVAILABLE_INFORMATION,
};

use crate::attribute::TemplateEntry;
use crate::error::Error;
use crate::module::Agreement;

/// Most attributes a template may have: far more than there are kinds of attribute.
const MOST_ATTRIBUTES: usize = 1024;
/// Longest attribute value of a search template in bytes.
const LONGEST_VALUE: usize = 1 << 20;

/// Bytes given by the caller.
pub(super) struct Bytes {
    pointer: *const u8,
    length: CK_ULONG,
}

impl Bytes {
    /// # Safety
    /// `pointer` is NULL or valid for reads of `length` bytes while this lives.
    pub(super) const unsafe fn new(pointer: *mut u8, length: CK_ULONG) -> Self {
        Self {
            pointer: pointer.cast_const(),
            length,
        }
    }

    /// The bytes; NULL stands for no bytes if the length is 0.
    pub(super) fn get(&self) -> Result<&[u8], Error> {
        let length = usize::try_from(self.length).map_err(|_| Error::ArgumentsBad)?;
        if length == 0 {
            return Ok(&[]);
        }
        if self.pointer.is_null() || isize::try_from(length).is_err() {
            return Err(Error::ArgumentsBad);
        }
        // SAFETY: not NULL, not longer than an object can be, and valid by the contract of `new`.
        Ok(unsafe { slice::from_raw_parts(self.pointer, length) })
    }

    /// The bytes, or `None` for NULL with length 0: the caller gives none.
    pub(super) fn optional(&self) -> Result<Option<&[u8]>, Error> {
        if self.pointer.is_null() && self.length == 0 {
            return Ok(None);
        }
        self.required().map(Some)
    }

    /// The bytes; NULL is refused even with length 0.
    pub(super) fn required(&self) -> Result<&[u8], Error> {
        if self.pointer.is_null() {
            return Err(Error::ArgumentsBad);
        }
        self.get()
    }
}

/// Text given by the caller, which ends with a zero byte.
pub(super) struct Text(*const u8);

impl Text {
    /// # Safety
    /// `pointer` is NULL or valid for reads up to and with the first zero byte while this lives.
    pub(super) const unsafe fn new(pointer: *mut u8) -> Self {
        Self(pointer.cast_const())
    }

    /// Whether it is NULL.
    pub(super) const fn is_absent(&self) -> bool {
        self.0.is_null()
    }

    /// Whether the text is this one, which ends with its only zero byte; not a byte beyond the first
    /// difference is read.
    pub(super) fn is(&self, expected: &[u8]) -> bool {
        !self.0.is_null()
            && expected.iter().enumerate().all(|(index, byte)| {
                // SAFETY: not NULL; all bytes before this one were as expected and so not zero, so
                // this one is still valid by the contract of `new`.
                unsafe { self.0.wrapping_add(index).read() == *byte }
            })
    }
}

/// A mechanism given by the caller, with its parameter.
pub(super) struct Mechanism(Input<CK_MECHANISM>);

impl Mechanism {
    /// # Safety
    /// `pointer` is NULL or valid for reads, and so is its parameter for the length given with it, while
    /// this lives.
    pub(super) const unsafe fn new(pointer: *mut CK_MECHANISM) -> Self {
        // SAFETY: the caller keeps the contract.
        Self(unsafe { Input::new(pointer) })
    }

    /// Whether it is NULL.
    pub(super) const fn is_absent(&self) -> bool {
        self.0.0.is_null()
    }

    /// Its type, whatever the parameter.
    pub(super) fn kind(&self) -> Result<CK_MECHANISM_TYPE, Error> {
        Ok(self.0.get()?.mechanism)
    }

    /// Its type; there must be no parameter.
    pub(super) fn bare(&self) -> Result<CK_MECHANISM_TYPE, Error> {
        let mechanism = self.0.get()?;
        if mechanism.ulParameterLen != 0 {
            return Err(Error::MechanismParamInvalid);
        }
        Ok(mechanism.mechanism)
    }

    /// The parameter of `CKM_ECDH1_DERIVE`.
    pub(super) fn agreement(&self) -> Result<AgreementBytes, Error> {
        let mechanism = self.0.get()?;
        let expected = size_of::<CK_ECDH1_DERIVE_PARAMS>();
        let length = usize::try_from(mechanism.ulParameterLen);
        if mechanism.pParameter.is_null() || length != Ok(expected) {
            return Err(Error::MechanismParamInvalid);
        }
        let pointer = mechanism.pParameter.cast::<CK_ECDH1_DERIVE_PARAMS>();
        // SAFETY: not NULL, and as long as this structure by the contract of `new`.
        let parameter = unsafe { pointer.read_unaligned() };
        // SAFETY: the pointers in the parameter are valid by the contract of `new`, which is PKCS#11's.
        Ok(unsafe {
            AgreementBytes {
                kdf: parameter.kdf,
                shared: Bytes::new(parameter.pSharedData, parameter.ulSharedDataLen),
                public: Bytes::new(parameter.pPublicData, parameter.ulPublicDataLen),
            }
        })
    }
}

/// The parameter of `CKM_ECDH1_DERIVE`, its pointers not followed yet.
pub(super) struct AgreementBytes {
    kdf: CK_EC_KDF_TYPE,
    shared: Bytes,
    public: Bytes,
}

impl AgreementBytes {
    /// The parameter; what is missing in it makes it invalid.
    pub(super) fn get(&self) -> Result<Agreement<'_>, Error> {
        let invalid = |_| Error::MechanismParamInvalid;
        Ok(Agreement {
            kdf: self.kdf,
            shared: self.shared.get().map_err(invalid)?,
            public: self.public.get().map_err(invalid)?,
        })
    }
}

/// A value given by the caller.
pub(super) struct Input<T>(*const T);

impl<T: Copy> Input<T> {
    /// # Safety
    /// `pointer` is NULL or valid for reads while this lives.
    pub(super) const unsafe fn new(pointer: *mut T) -> Self {
        Self(pointer.cast_const())
    }

    /// The value, or `None` for NULL.
    pub(super) const fn optional(&self) -> Option<T> {
        if self.0.is_null() {
            return None;
        }
        // SAFETY: not NULL, and valid by the contract of `new`.
        Some(unsafe { self.0.read_unaligned() })
    }

    /// The value.
    pub(super) fn get(&self) -> Result<T, Error> {
        self.optional().ok_or(Error::ArgumentsBad)
    }
}

/// A place for one value.
pub(super) struct Output<T>(*mut T);

impl<T> Output<T> {
    /// # Safety
    /// `pointer` is NULL or valid for writes while this lives.
    pub(super) const unsafe fn new(pointer: *mut T) -> Self {
        Self(pointer)
    }

    /// Refuses NULL before anything is done.
    pub(super) const fn check(&self) -> Result<(), Error> {
        if self.0.is_null() {
            return Err(Error::ArgumentsBad);
        }
        Ok(())
    }

    /// Writes the value.
    pub(super) fn put(&self, value: T) -> Result<(), Error> {
        self.check()?;
        // SAFETY: not NULL, and valid by the contract of `new`.
        unsafe { self.0.write_unaligned(value) };
        Ok(())
    }
}

/// A place for several values, with the length that goes in and out (PKCS#11 2.40, 5.2).
pub(super) struct Buffer<T> {
    pointer: *mut T,
    length: *mut CK_ULONG,
}

impl<T: Copy> Buffer<T> {
    /// # Safety
    /// `length` is NULL or valid for reads and writes, and `pointer` is NULL or valid for writes of
    /// that many values, while this lives.
    pub(super) const unsafe fn new(pointer: *mut T, length: *mut CK_ULONG) -> Self {
        Self { pointer, length }
    }

    /// Refuses a missing length before anything is done.
    pub(super) const fn check(&self) -> Result<(), Error> {
        if self.length.is_null() {
            return Err(Error::ArgumentsBad);
        }
        Ok(())
    }

    /// Whether `count` values are to be written now. The count is told in any case; `false` means that
    /// the caller only asked for it.
    pub(super) fn takes(&self, count: usize) -> Result<bool, Error> {
        self.check()?;
        let needed = CK_ULONG::try_from(count).map_err(|_| Error::GeneralError)?;
        // SAFETY: not NULL, and valid by the contract of `new`.
        let room = unsafe { self.length.read_unaligned() };
        // SAFETY: as above.
        unsafe { self.length.write_unaligned(needed) };
        if self.pointer.is_null() {
            return Ok(false);
        }
        if room < needed {
            return Err(Error::BufferTooSmall);
        }
        Ok(true)
    }

    /// Writes the values, or tells how many there are.
    pub(super) fn put(&self, values: &[T]) -> Result<(), Error> {
        if self.takes(values.len())? {
            // SAFETY: not NULL, and room for this many by the contract of `new` and the check of
            // `takes`; the caller's memory and ours do not overlap. Bytes are copied, so alignment
            // does not matter.
            unsafe {
                ptr::copy_nonoverlapping(
                    values.as_ptr().cast::<u8>(),
                    self.pointer.cast::<u8>(),
                    size_of_val(values),
                );
            }
        }
        Ok(())
    }
}

/// A place for as many values as its length says, the number of which is told apart.
pub(super) struct Room<T> {
    pointer: *mut T,
    length: CK_ULONG,
}

impl<T: Copy> Room<T> {
    /// # Safety
    /// `pointer` is NULL or valid for writes of `length` values while this lives.
    pub(super) const unsafe fn new(pointer: *mut T, length: CK_ULONG) -> Self {
        Self { pointer, length }
    }

    /// For how many values there is room.
    pub(super) fn length(&self) -> Result<usize, Error> {
        if self.pointer.is_null() && self.length > 0 {
            return Err(Error::ArgumentsBad);
        }
        usize::try_from(self.length).map_err(|_| Error::ArgumentsBad)
    }

    /// Writes values from `start` on.
    pub(super) fn put(&self, start: usize, values: &[T]) -> Result<(), Error> {
        let length = self.length()?;
        let end = start.checked_add(values.len());
        if end.is_none_or(|end| end > length) {
            return Err(Error::GeneralError);
        }
        if values.is_empty() {
            return Ok(());
        }
        // SAFETY: `start + values.len()` is within the room, which is not NULL and valid by the
        // contract of `new`; bytes are copied, so alignment does not matter.
        unsafe {
            ptr::copy_nonoverlapping(
                values.as_ptr().cast::<u8>(),
                self.pointer.wrapping_add(start).cast::<u8>(),
                size_of_val(values),
            );
        }
        Ok(())
    }
}

/// Attributes given by the caller, to search by or to be filled.
pub(super) struct Template {
    pointer: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
}

impl Template {
    /// # Safety
    /// `pointer` is NULL or valid for reads and writes of `count` attributes, and each attribute's
    /// `pValue` is NULL or valid for `ulValueLen` bytes, while this lives.
    pub(super) const unsafe fn new(pointer: *mut CK_ATTRIBUTE, count: CK_ULONG) -> Self {
        Self { pointer, count }
    }

    fn count(&self) -> Result<usize, Error> {
        let count = usize::try_from(self.count).map_err(|_| Error::ArgumentsBad)?;
        if count > MOST_ATTRIBUTES || (count > 0 && self.pointer.is_null()) {
            return Err(Error::ArgumentsBad);
        }
        Ok(count)
    }

    /// The kinds of attribute asked for.
    pub(super) fn kinds(&self) -> Result<Vec<CK_ATTRIBUTE_TYPE>, Error> {
        (0..self.count()?)
            .map(|index| {
                // SAFETY: `index` is below the count, the pointer is not NULL and valid by the
                // contract of `new`.
                Ok(unsafe { self.pointer.wrapping_add(index).read_unaligned() }.type_)
            })
            .collect()
    }

    /// What a search asks for, or an object is to have.
    pub(super) fn entries(&self) -> Result<Vec<TemplateEntry>, Error> {
        (0..self.count()?)
            .map(|index| {
                // SAFETY: `index` is below the count, the pointer is not NULL and valid by the
                // contract of `new`.
                let attribute = unsafe { self.pointer.wrapping_add(index).read_unaligned() };
                if usize::try_from(attribute.ulValueLen).is_ok_and(|n| n > LONGEST_VALUE) {
                    return Err(Error::ArgumentsBad);
                }
                // SAFETY: valid by the contract of `new`.
                let value = unsafe { Bytes::new(attribute.pValue.cast(), attribute.ulValueLen) };
                Ok(TemplateEntry {
                    kind: attribute.type_,
                    value: value.get()?.to_vec(),
                })
            })
            .collect()
    }

    /// Fills each attribute (PKCS#11 2.40, 5.7, `C_GetAttributeValue`): all are gone through, and the
    /// first failure is the one returned.
    pub(super) fn fill<'v>(
        &self,
        value_of: impl Fn(CK_ATTRIBUTE_TYPE) -> Result<&'v [u8], Error>,
    ) -> Result<(), Error> {
        let mut outcome = Ok(());
        for index in 0..self.count()? {
            let place = self.pointer.wrapping_add(index);
            // SAFETY: `index` is below the count, the pointer is not NULL and valid by the contract
            // of `new`.
            let mut attribute = unsafe { place.read_unaligned() };
            let filled = value_of(attribute.type_).and_then(|value| fill_one(&attribute, value));
            attribute.ulValueLen = filled.unwrap_or(CK_UNAVAILABLE_INFORMATION);
            // SAFETY: as above.
            unsafe { place.write_unaligned(attribute) };
            outcome = outcome.and_then(|()| filled.map(drop));
        }
        outcome
    }
}

/// Copies a value to where an attribute points, if it points anywhere; returns its length.
fn fill_one(attribute: &CK_ATTRIBUTE, value: &[u8]) -> Result<CK_ULONG, Error> {
    let needed = CK_ULONG::try_from(value.len()).map_err(|_| Error::GeneralError)?;
    if attribute.pValue.is_null() {
        return Ok(needed);
    }
    if attribute.ulValueLen < needed {
        return Err(Error::BufferTooSmall);
    }
    // SAFETY: `pValue` is not NULL and has room for `ulValueLen` bytes, which is enough, by the contract
    // of `Template::new`, through which alone attributes come here.
    unsafe { ptr::copy_nonoverlapping(value.as_ptr(), attribute.pValue.cast::<u8>(), value.len()) };
    Ok(needed)
}
