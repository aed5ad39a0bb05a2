//! A PIN, a PUK or the approver PIN with its retry counter.

use sello_wire::pin;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Length of the fields in a record.
pub(super) const LENGTH: usize = pin::LENGTH + 2;

/// A value, padded, and its tries.
#[derive(Clone)]
pub(crate) struct ReferenceData {
    value: Zeroizing<[u8; pin::LENGTH]>,
    /// Tries left.
    pub(crate) tries: u8,
    /// Tries after a right one; 0 for reference data that is not set.
    pub(crate) total: u8,
}

impl ReferenceData {
    pub(crate) fn new(value: [u8; pin::LENGTH], total: u8) -> Self {
        Self {
            value: Zeroizing::new(value),
            tries: total,
            total,
        }
    }

    /// No value; nothing matches it.
    pub(crate) fn unset() -> Self {
        Self::new([pin::PADDING; pin::LENGTH], 0)
    }

    pub(crate) const fn is_set(&self) -> bool {
        self.total != 0
    }

    /// The same tries in all, with another value.
    pub(crate) fn replaced(&self, value: [u8; pin::LENGTH]) -> Self {
        Self::new(value, self.total)
    }

    /// The same value with another number of tries.
    pub(crate) fn with_tries(&self, total: u8) -> Self {
        Self::new(*self.value, total)
    }

    /// Compares in constant time.
    pub(crate) fn matches(&self, candidate: &[u8; pin::LENGTH]) -> bool {
        self.value.ct_eq(candidate).into()
    }

    pub(super) fn value(&self) -> &[u8; pin::LENGTH] {
        &self.value
    }

    /// `None` for more tries left than in all.
    pub(super) fn decode(value: [u8; pin::LENGTH], tries: u8, total: u8) -> Option<Self> {
        (tries <= total).then(|| Self {
            value: Zeroizing::new(value),
            tries,
            total,
        })
    }
}
