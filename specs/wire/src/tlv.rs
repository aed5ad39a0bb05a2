//! BER-TLV, borrowed and bounded (ISO/IEC 7816-4, 6.3).
//!
//! The reader walks one level at a time and never descends by itself: the value of a certificate
//! object or of a CHUID only looks like TLV, and a recursive parser misreads it.

use crate::tag::Tag;

/// Why bytes are no TLV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The bytes end inside a tag, a length or a value, at this position.
    Truncated {
        /// Position in bytes from the start of the level being read.
        position: usize,
    },
    /// A tag of more than three bytes.
    TagTooLong {
        /// Position of the tag.
        position: usize,
    },
    /// An indefinite length, or one of more than three bytes.
    UnsupportedLength {
        /// Position of the length.
        position: usize,
    },
    /// The writer's buffer is full.
    NoRoom,
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Truncated { position } => write!(f, "TLV ends too early at byte {position}"),
            Self::TagTooLong { position } => write!(f, "TLV tag too long at byte {position}"),
            Self::UnsupportedLength { position } => {
                write!(f, "TLV length not supported at byte {position}")
            }
            Self::NoRoom => f.write_str("no room for the TLV"),
        }
    }
}

impl core::error::Error for Error {}

/// One data object: tag and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// The tag.
    pub tag: Tag,
    /// The value, not interpreted.
    pub value: &'a [u8],
}

/// Reads the data objects of one level, in order.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    /// Reads from the start of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// What has not been read yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    fn byte(&mut self) -> Result<u8, Error> {
        let byte = self.rest().first().copied();
        let byte = byte.ok_or(Error::Truncated {
            position: self.position,
        })?;
        self.position += 1;
        Ok(byte)
    }

    fn tag(&mut self) -> Result<Tag, Error> {
        let start = self.position;
        let first = self.byte()?;
        let mut tag = u32::from(first);
        if first & 0x1F == 0x1F {
            for count in 0.. {
                if count == 2 {
                    return Err(Error::TagTooLong { position: start });
                }
                let next = self.byte()?;
                tag = (tag << 8) | u32::from(next);
                if next & 0x80 == 0 {
                    break;
                }
            }
        }
        Ok(Tag(tag))
    }

    fn length(&mut self) -> Result<usize, Error> {
        let start = self.position;
        let first = self.byte()?;
        if first & 0x80 == 0 {
            return Ok(usize::from(first));
        }
        let count = first & 0x7F;
        if count == 0 || count > 3 {
            return Err(Error::UnsupportedLength { position: start });
        }
        let mut length = 0;
        for _ in 0..count {
            length = (length << 8) | usize::from(self.byte()?);
        }
        Ok(length)
    }

    /// The next data object, or `None` at the end.
    ///
    /// # Errors
    /// When the bytes are no TLV; see [`Error`].
    pub fn read(&mut self) -> Result<Option<Tlv<'a>>, Error> {
        if self.rest().is_empty() {
            return Ok(None);
        }
        let tag = self.tag()?;
        let length = self.length()?;
        let value = self.rest().get(..length);
        let value = value.ok_or(Error::Truncated {
            position: self.position,
        })?;
        self.position += length;
        Ok(Some(Tlv { tag, value }))
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<Tlv<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.read().transpose();
        if matches!(next, Some(Err(_))) {
            self.position = self.bytes.len();
        }
        next
    }
}

/// The value of the first data object with this tag on this level.
///
/// # Errors
/// When what stands before it is no TLV.
pub fn find(bytes: &[u8], tag: Tag) -> Result<Option<&[u8]>, Error> {
    for tlv in Reader::new(bytes) {
        let tlv = tlv?;
        if tlv.tag == tag {
            return Ok(Some(tlv.value));
        }
    }
    Ok(None)
}

/// The bytes of a tag: up to three, left-aligned in the array, with their number.
#[must_use]
pub const fn tag_bytes(tag: Tag) -> ([u8; 3], usize) {
    let [_, a, b, c] = tag.0.to_be_bytes();
    if a != 0 {
        ([a, b, c], 3)
    } else if b != 0 {
        ([b, c, 0], 2)
    } else {
        ([c, 0, 0], 1)
    }
}

/// The shortest BER length field: up to four bytes, left-aligned, with their number.
///
/// # Errors
/// [`Error::NoRoom`] for a length of 16 MiB or more.
pub fn length_bytes(length: usize) -> Result<([u8; 4], usize), Error> {
    let length = u32::try_from(length).map_err(|_| Error::NoRoom)?;
    let [top, a, b, c] = length.to_be_bytes();
    match (top, a, b, c) {
        (0, 0, 0, c) if c < 0x80 => Ok(([c, 0, 0, 0], 1)),
        (0, 0, 0, c) => Ok(([0x81, c, 0, 0], 2)),
        (0, 0, b, c) => Ok(([0x82, b, c, 0], 3)),
        (0, a, b, c) => Ok(([0x83, a, b, c], 4)),
        _ => Err(Error::NoRoom),
    }
}

/// Writes data objects into a borrowed buffer.
#[derive(Debug)]
pub struct Writer<'b> {
    buffer: &'b mut [u8],
    length: usize,
}

impl<'b> Writer<'b> {
    /// Writes from the start of `buffer`.
    #[must_use]
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, length: 0 }
    }

    /// Appends bytes as they are.
    ///
    /// # Errors
    /// [`Error::NoRoom`]; nothing is written then.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<&mut Self, Error> {
        let end = self.length.checked_add(bytes.len()).ok_or(Error::NoRoom)?;
        let room = self.buffer.get_mut(self.length..end).ok_or(Error::NoRoom)?;
        room.copy_from_slice(bytes);
        self.length = end;
        Ok(self)
    }

    /// Appends a tag and a length; the value is to follow.
    ///
    /// # Errors
    /// [`Error::NoRoom`].
    pub fn header(&mut self, tag: Tag, length: usize) -> Result<&mut Self, Error> {
        let (tag, tag_length) = tag_bytes(tag);
        let (field, field_length) = length_bytes(length)?;
        self.bytes(tag.get(..tag_length).unwrap_or_default())?;
        self.bytes(field.get(..field_length).unwrap_or_default())
    }

    /// Appends a data object.
    ///
    /// # Errors
    /// [`Error::NoRoom`].
    pub fn tlv(&mut self, tag: Tag, value: &[u8]) -> Result<&mut Self, Error> {
        self.header(tag, value.len())?.bytes(value)
    }

    /// Appends a constructed data object whose value `fill` writes.
    ///
    /// # Errors
    /// [`Error::NoRoom`], or what `fill` returns.
    pub fn nested(
        &mut self,
        tag: Tag,
        fill: impl FnOnce(&mut Writer<'_>) -> Result<(), Error>,
    ) -> Result<&mut Self, Error> {
        let rest = self.buffer.get_mut(self.length..).ok_or(Error::NoRoom)?;
        let mut inner = Writer::new(rest);
        fill(&mut inner)?;
        let value_length = inner.length;
        let (_, tag_length) = tag_bytes(tag);
        let (_, field_length) = length_bytes(value_length)?;
        let shift = tag_length + field_length;
        let from = self.length;
        let end = from + shift + value_length;
        if end > self.buffer.len() {
            return Err(Error::NoRoom);
        }
        self.buffer
            .copy_within(from..from + value_length, from + shift);
        self.header(tag, value_length)?;
        self.length = end;
        Ok(self)
    }

    /// Number of bytes written.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether nothing has been written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The bytes written.
    #[must_use]
    pub fn finish(self) -> &'b [u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_level_is_read_and_no_deeper() {
        let bytes = hex::decode("530570037100FE7F49028600").unwrap();
        let mut reader = Reader::new(&bytes);
        let first = reader.read().unwrap().unwrap();
        assert_eq!((first.tag, first.value), (Tag::DATA, &bytes[2..7]));
        let second = reader.read().unwrap().unwrap();
        assert_eq!(
            (second.tag, second.value),
            (Tag::PUBLIC_KEY, &[0x86, 0x00][..])
        );
        assert_eq!(reader.read(), Ok(None));
    }

    #[test]
    fn broken_bytes_are_refused_where_they_break() {
        let cases: [(&[u8], Error); 6] = [
            (&[0x53], Error::Truncated { position: 1 }),
            (&[0x53, 0x05, 0x00], Error::Truncated { position: 2 }),
            (&[0x5F], Error::Truncated { position: 1 }),
            (
                &[0x5F, 0x81, 0x82, 0x03, 0x00],
                Error::TagTooLong { position: 0 },
            ),
            (&[0x53, 0x80], Error::UnsupportedLength { position: 1 }),
            (
                &[0x53, 0x84, 0, 0, 0, 0],
                Error::UnsupportedLength { position: 1 },
            ),
        ];
        for (bytes, error) in cases {
            assert_eq!(Reader::new(bytes).read(), Err(error), "{bytes:02X?}");
        }
    }

    #[test]
    fn nesting_makes_room_for_its_header() {
        let mut buffer = [0; 300];
        let mut writer = Writer::new(&mut buffer);
        writer
            .nested(Tag::DYNAMIC_AUTHENTICATION, |w| {
                w.tlv(Tag::RESPONSE, &[7; 200]).map(drop)
            })
            .unwrap();
        let written = writer.finish();
        assert_eq!(&written[..6], &[0x7C, 0x81, 203, 0x82, 0x81, 200]);
        assert_eq!(written.len(), 206);
    }

    #[test]
    fn a_full_buffer_is_reported() {
        let mut buffer = [0; 4];
        assert_eq!(
            Writer::new(&mut buffer).tlv(Tag::DATA, &[1, 2, 3]).err(),
            Some(Error::NoRoom)
        );
        let mut buffer = [0; 4];
        let nested = Writer::new(&mut buffer)
            .nested(Tag::DATA, |w| w.bytes(&[1, 2, 3]).map(drop))
            .err();
        assert_eq!(nested, Some(Error::NoRoom));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(tag in prop_oneof![Just(0x53_u32), Just(0x7F49), Just(0x5F_C102)],
                                   value in proptest::collection::vec(any::<u8>(), 0..600)) {
            let mut buffer = [0; 700];
            let mut writer = Writer::new(&mut buffer);
            writer.tlv(Tag(tag), &value).unwrap();
            let read = Reader::new(writer.finish()).read().unwrap().unwrap();
            prop_assert_eq!(read, Tlv { tag: Tag(tag), value: &value });
        }

        #[test]
        fn no_bytes_make_the_reader_panic_or_loop(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Reader::new(&bytes).count() <= bytes.len());
        }
    }
}
