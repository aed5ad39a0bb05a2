//! What can be wrong with a document, with the byte where it is wrong.

use std::io;

/// The result of reading or updating a document.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a document was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The source could not be read.
    #[error("cannot read at byte {offset}: {cause}")]
    Read {
        /// Where the read began.
        offset: u64,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
    /// The source does not begin with `%PDF-` (ISO 32000-1 7.5.2).
    #[error("not a PDF: it does not begin with %PDF-")]
    NotPdf,
    /// The trailer has an `Encrypt` entry (ISO 32000-1 7.6).
    #[error("the document is encrypted")]
    Encrypted,
    /// The bytes depart from ISO 32000-1.
    #[error("damaged at byte {offset}: {damage}")]
    Damaged {
        /// Byte position in the document.
        offset: u64,
        /// What is wrong there.
        damage: Damage,
    },
    /// An object's contents depart from ISO 32000-1.
    #[error("object {number} is damaged: {damage}")]
    DamagedObject {
        /// Object number.
        number: u32,
        /// What is wrong with it.
        damage: Damage,
    },
    /// Something inside an object stream is wrong; positions in the cause count the
    /// stream's decoded bytes.
    #[error("in object stream {number}: {cause}")]
    InObjectStream {
        /// Object number of the object stream.
        number: u32,
        /// What is wrong in it.
        #[source]
        cause: Box<Self>,
    },
    /// The document asks for more than this reader gives.
    #[error("too large at byte {offset}: {limit}")]
    TooLarge {
        /// Byte position in the document.
        offset: u64,
        /// The limit that was met.
        limit: Limit,
    },
    /// A stream filter that this reader does not have.
    #[error("stream at byte {offset}: filter {filter} is not supported")]
    UnsupportedFilter {
        /// Byte position of the stream's data.
        offset: u64,
        /// The filter's name, or which of its parameters is not supported.
        filter: String,
    },
    /// A revision was asked for that the document does not have.
    #[error("the document has no revision {index}")]
    NoSuchRevision {
        /// The index asked for, from 0.
        index: usize,
    },
}

impl Error {
    pub(crate) const fn damaged(offset: u64, damage: Damage) -> Self {
        Self::Damaged { offset, damage }
    }

    pub(crate) const fn object(number: u32, damage: Damage) -> Self {
        Self::DamagedObject { number, damage }
    }

    pub(crate) const fn too_large(offset: u64, limit: Limit) -> Self {
        Self::TooLarge { offset, limit }
    }
}

/// A departure from ISO 32000-1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// Another byte was expected.
    #[error("{expected} expected")]
    Expected {
        /// What was expected instead.
        expected: &'static str,
    },
    /// The bytes end in the middle of something.
    #[error("the bytes end where {expected} is expected")]
    UnexpectedEnd {
        /// What was expected.
        expected: &'static str,
    },
    /// A number that does not fit.
    #[error("a number is out of range")]
    NumberOutOfRange,
    /// A dictionary has the same key twice (forbidden by ISO 32000-1 7.3.7; readers differ
    /// in which of the two they take).
    #[error("key /{key} occurs twice in a dictionary")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// A required dictionary entry is absent.
    #[error("key /{key} is missing")]
    MissingKey {
        /// The key.
        key: &'static str,
    },
    /// A dictionary entry, or a whole object, has the wrong type or an impossible value.
    #[error("{key} has a wrong value, {expected} expected")]
    WrongValue {
        /// The key, or the kind of object.
        key: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// No `startxref` near the end of the file (ISO 32000-1 7.5.5).
    #[error("no startxref in the last 1024 bytes")]
    NoStartxref,
    /// `startxref` does not name the cross-reference section that it closes.
    #[error("startxref names byte {named}, but the section before it is at byte {section}")]
    StartxrefMismatch {
        /// The position that `startxref` names.
        named: u64,
        /// The position of the section.
        section: u64,
    },
    /// The last `startxref` names a cross-reference section that it does not follow: something
    /// was put between the section and the end of the file.
    #[error("the last startxref does not follow the cross-reference section at byte {section}")]
    StartxrefAstray {
        /// The section that it names.
        section: u64,
    },
    /// `Prev` does not lead to an earlier place in the file.
    #[error("/Prev leads to byte {previous}, which is not before this section's revision")]
    PreviousNotEarlier {
        /// Where `Prev` leads.
        previous: u64,
    },
    /// One cross-reference section lists an object twice.
    #[error("object {number} is listed twice in one cross-reference section")]
    DuplicateEntry {
        /// Object number.
        number: u32,
    },
    /// A cross-reference entry leads outside the revision's bytes.
    #[error("the entry of object {number} leads outside the file")]
    EntryOutside {
        /// Object number.
        number: u32,
    },
    /// At an entry's position there is another object.
    #[error("object {expected} expected, object {found} found")]
    OtherObject {
        /// The object number the entry is for.
        expected: u32,
        /// The object number found.
        found: u32,
    },
    /// References lead back to where they came from.
    #[error("references lead in a circle")]
    Circle,
    /// Compressed data cannot be decoded.
    #[error("{filter} data cannot be decoded")]
    Filter {
        /// The filter.
        filter: &'static str,
    },
}

/// A limit of this reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Limit {
    /// Objects nested deeper than this.
    #[error("objects are nested more than {0} deep")]
    Depth(usize),
    /// More values in one object than this.
    #[error("one object has more than {0} values")]
    Values(usize),
    /// A string or name longer than this many bytes.
    #[error("a string is longer than {0} bytes")]
    String(usize),
    /// More revisions than this.
    #[error("there are more than {0} revisions")]
    Revisions(usize),
    /// More cross-reference entries than this.
    #[error("there are more than {0} cross-reference entries")]
    Entries(usize),
    /// A stream that decodes to more bytes than this.
    #[error("a stream decodes to more than {0} bytes")]
    Decoded(usize),
    /// More pages than this.
    #[error("there are more than {0} pages")]
    Pages(usize),
    /// Numbers that this machine cannot address.
    #[error("a length is beyond this machine's memory")]
    Machine,
}
