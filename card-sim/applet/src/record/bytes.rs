//! Writing and reading the fields of a record one after the other.

/// Fills a buffer from its beginning.
pub(super) struct Fill<'b> {
    buffer: &'b mut [u8],
    length: usize,
}

impl<'b> Fill<'b> {
    pub(super) const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, length: 0 }
    }

    /// Appends a field; what does not fit is left out, which the fixed lengths of records rule out.
    pub(super) fn put(&mut self, field: &[u8]) -> &mut Self {
        let end = self.length.saturating_add(field.len());
        if let Some(room) = self.buffer.get_mut(self.length..end) {
            room.copy_from_slice(field);
            self.length = end;
        }
        self
    }

    pub(super) const fn len(&self) -> usize {
        self.length
    }
}

/// Takes fields off the front of a record.
pub(super) struct Take<'b>(pub(super) &'b [u8]);

impl<'b> Take<'b> {
    pub(super) fn array<const N: usize>(&mut self) -> Option<&'b [u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(field)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| *byte)
    }

    pub(super) fn slice(&mut self, length: usize) -> Option<&'b [u8]> {
        let (field, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
