//! The objects of a document (ISO 32000-1 7.3).

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// An object.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Object {
    /// The null object, also what a reference to nothing stands for.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A real number.
    Real(f64),
    /// A string, decoded; whether it was written literal or in hexadecimal is not kept.
    String(Vec<u8>),
    /// A name.
    Name(Name),
    /// An array.
    Array(Vec<Self>),
    /// A dictionary.
    Dictionary(Dictionary),
    /// A stream; only ever the value of an indirect object.
    Stream(Stream),
    /// A reference to an indirect object.
    Reference(Reference),
}

impl Object {
    /// The integer, if it is one.
    #[must_use]
    pub const fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if it is an integer or a real.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            // A page's sizes are far below 2^31; anything above is no number to draw with.
            Self::Integer(value) => i32::try_from(*value).ok().map(f64::from),
            Self::Real(value) => Some(*value),
            _ => None,
        }
    }

    /// The string's bytes, if it is a string.
    #[must_use]
    pub fn as_string(&self) -> Option<&[u8]> {
        match self {
            Self::String(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The name, if it is one.
    #[must_use]
    pub const fn as_name(&self) -> Option<&Name> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The dictionary, if it is one; a stream's dictionary does not count.
    #[must_use]
    pub const fn as_dictionary(&self) -> Option<&Dictionary> {
        match self {
            Self::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    /// The stream, if it is one.
    #[must_use]
    pub const fn as_stream(&self) -> Option<&Stream> {
        match self {
            Self::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    /// The reference, if it is one.
    #[must_use]
    pub const fn as_reference(&self) -> Option<Reference> {
        match self {
            Self::Reference(reference) => Some(*reference),
            _ => None,
        }
    }

    /// Whether it is the null object.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

impl From<i64> for Object {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for Object {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<bool> for Object {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<Name> for Object {
    fn from(name: Name) -> Self {
        Self::Name(name)
    }
}

impl From<Reference> for Object {
    fn from(reference: Reference) -> Self {
        Self::Reference(reference)
    }
}

impl From<Dictionary> for Object {
    fn from(dictionary: Dictionary) -> Self {
        Self::Dictionary(dictionary)
    }
}

impl From<Vec<Self>> for Object {
    fn from(elements: Vec<Self>) -> Self {
        Self::Array(elements)
    }
}

/// A name, its `#xx` escapes decoded (ISO 32000-1 7.3.5).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Vec<u8>);

impl Name {
    /// A name of these bytes, without the slash.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The name's bytes, without the slash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl std::borrow::Borrow<[u8]> for Name {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "/{self}")
    }
}

/// A reference to an indirect object (ISO 32000-1 7.3.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Object number.
    pub number: u32,
    /// Generation number.
    pub generation: u16,
}

impl Reference {
    /// The object of this number and generation.
    #[must_use]
    pub const fn new(number: u32, generation: u16) -> Self {
        Self { number, generation }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} R", self.number, self.generation)
    }
}

/// A stream: its dictionary, and where its encoded bytes lie.
#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    /// The stream dictionary.
    pub dictionary: Dictionary,
    /// Byte positions of the encoded data in the document.
    pub data: Range<u64>,
}

/// A dictionary; its entries are ordered by key, whatever their order in the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dictionary(BTreeMap<Name, Object>);

impl Dictionary {
    /// An empty dictionary.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The value of `key`. An entry whose value is null counts as absent (ISO 32000-1 7.3.7).
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Object> {
        self.0.get(key.as_bytes()).filter(|value| !value.is_null())
    }

    /// Sets the value of `key`, returning the one it had.
    pub fn set(&mut self, key: impl Into<Name>, value: impl Into<Object>) -> Option<Object> {
        self.0.insert(key.into(), value.into())
    }

    /// Removes `key`, returning its value.
    pub fn remove(&mut self, key: &str) -> Option<Object> {
        self.0.remove(key.as_bytes())
    }

    /// Whether `key` was written, even with the value null.
    #[must_use]
    pub fn contains(&self, key: &[u8]) -> bool {
        self.0.contains_key(key)
    }

    /// The entries, ordered by key.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &Object)> {
        self.0.iter()
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<Name>, V: Into<Object>> FromIterator<(K, V)> for Dictionary {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(entries: T) -> Self {
        let entries = entries.into_iter();
        Self(
            entries
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }
}
