//! Cross-reference sections (ISO 32000-1 7.5.4, 7.5.8).

use crate::decode::decode;
use crate::error::{Damage, Error, Limit, Result};
use crate::lexer::Lexer;
use crate::object::{Dictionary, Object, Stream};
use crate::parser::{HIGHEST_NUMBER, Parser};
use crate::source::{Source, wide};

/// Most entries in all sections of a document together.
pub(crate) const MOST_ENTRIES: usize = 1 << 22;
/// Most bytes of a decoded cross-reference stream.
const MOST_DECODED: usize = 64 * 1024 * 1024;

/// Where an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Nowhere: the number is free.
    Free,
    /// In the file.
    InFile {
        /// Byte position of the object.
        offset: u64,
        /// Its generation.
        generation: u16,
    },
    /// In an object stream; its generation is 0.
    InStream {
        /// Object number of the object stream.
        stream: u32,
        /// Position among the stream's objects, from 0.
        index: u32,
    },
}

/// One cross-reference section with its trailer.
pub(crate) struct Section {
    pub(crate) offset: u64,
    pub(crate) is_stream: bool,
    pub(crate) entries: Vec<(u32, Entry)>,
    pub(crate) trailer: Dictionary,
    /// The byte after the trailer, or after the stream object.
    pub(crate) after: u64,
    /// The stream that a hybrid section names.
    pub(crate) hybrid: Option<Hybrid>,
}

/// The cross-reference stream that a table names (ISO 32000-1 7.5.8.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hybrid {
    /// Its byte position.
    pub position: u64,
    /// Whether table and stream lead to one place wherever both list an object in use. Where they do
    /// not, readers that take one first and readers that take the other show two documents.
    pub agrees: bool,
}

/// `startxref`, what it names, and `%%EOF`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tail {
    /// Byte position of the word `startxref`.
    pub(crate) keyword: u64,
    /// The position that it names.
    pub(crate) named: u64,
    /// The byte after `%%EOF`.
    pub(crate) marker_end: u64,
    /// The byte after the line end that follows `%%EOF`, if one does.
    pub(crate) end: u64,
}

/// Reads the section at `offset`, and for a hybrid one also its `XRefStm`.
pub(crate) fn section(source: &dyn Source, offset: u64, limit: u64) -> Result<Section> {
    let mut parser = Parser::new(source, offset, limit);
    if parser.lexer().peek()? != Some(b'x') {
        return stream_section(source, offset, limit);
    }
    let mut entries = table(parser.lexer())?;
    let trailer = parser.expect_dictionary()?;
    let after = parser.lexer().position();
    let mut hybrid = None;
    if let Some(named) = trailer.get("XRefStm") {
        let position = position(named, "XRefStm", offset)?;
        let hidden = stream_section(source, position, limit)?.entries;
        let agrees = agree(&hidden, &entries);
        hybrid = Some(Hybrid { position, agrees });
        entries = merge(hidden, entries);
    }
    Ok(Section {
        offset,
        is_stream: false,
        entries: sorted(entries, offset)?,
        trailer,
        after,
        hybrid,
    })
}

/// Whether no object in use has two places.
fn agree(stream: &[(u32, Entry)], table: &[(u32, Entry)]) -> bool {
    table.iter().all(|(number, entry)| {
        let other = stream.binary_search_by_key(number, |(number, _)| *number);
        let other = other.ok().and_then(|index| stream.get(index));
        *entry == Entry::Free
            || other.is_none_or(|(_, other)| *other == Entry::Free || other == entry)
    })
}

/// A trailer entry that names a byte position.
pub(crate) fn position(value: &Object, key: &'static str, offset: u64) -> Result<u64> {
    let position = value
        .as_integer()
        .and_then(|value| u64::try_from(value).ok());
    let expected = "a byte position";
    position.ok_or_else(|| Error::damaged(offset, Damage::WrongValue { key, expected }))
}

/// `startxref` and `%%EOF`, which must come next but for comments.
pub(crate) fn tail(source: &dyn Source, offset: u64) -> Result<Tail> {
    let mut lexer = Lexer::new(source, offset, source.len());
    lexer.skip_space()?;
    let keyword = lexer.position();
    lexer.expect_keyword("startxref")?;
    lexer.skip_white()?;
    let named = lexer.unsigned(u64::MAX / 2, "the position of a cross-reference section")?;
    lexer.skip_white()?;
    if !lexer.accept(b"%%EOF")? {
        return Err(lexer.expected("%%EOF"));
    }
    let marker_end = lexer.position();
    if !lexer.accept(b"\r\n")? && !lexer.accept(b"\n")? {
        lexer.accept(b"\r")?;
    }
    Ok(Tail {
        keyword,
        named,
        marker_end,
        end: lexer.position(),
    })
}

fn table(lexer: &mut Lexer<'_>) -> Result<Vec<(u32, Entry)>> {
    lexer.expect_keyword("xref")?;
    let mut entries = Vec::new();
    loop {
        lexer.skip_space()?;
        if lexer.keyword("trailer")? {
            return Ok(entries);
        }
        let first = lexer.unsigned(u64::from(HIGHEST_NUMBER), "an object number")?;
        lexer.skip_white()?;
        let count = lexer.unsigned(wide(MOST_ENTRIES), "a number of entries")?;
        lexer.skip_white()?;
        for number in first..first.saturating_add(count) {
            let number = object_number(number, lexer.position())?;
            push(
                &mut entries,
                (number, table_entry(lexer)?),
                lexer.position(),
            )?;
        }
    }
}

/// Twenty bytes: `nnnnnnnnnn ggggg n` and a two-byte line end.
fn table_entry(lexer: &mut Lexer<'_>) -> Result<Entry> {
    let position = lexer.position();
    let offset = digits(lexer, 10)?;
    expect(lexer, b" ")?;
    let generation = digits(lexer, 5)?;
    expect(lexer, b" ")?;
    let in_use = lexer.accept(b"n")?;
    if !in_use {
        expect(lexer, b"f")?;
    }
    if !lexer.accept(b" \r")? && !lexer.accept(b" \n")? {
        expect(lexer, b"\r\n")?;
    }
    let generation = u16::try_from(generation)
        .map_err(|_| Error::damaged(position, Damage::NumberOutOfRange))?;
    if in_use {
        return Ok(Entry::InFile { offset, generation });
    }
    Ok(Entry::Free)
}

const TABLE_ENTRY: &str = "a cross-reference entry of 20 bytes";

fn expect(lexer: &mut Lexer<'_>, bytes: &[u8]) -> Result<()> {
    if lexer.accept(bytes)? {
        return Ok(());
    }
    Err(lexer.expected(TABLE_ENTRY))
}

fn digits(lexer: &mut Lexer<'_>, count: usize) -> Result<u64> {
    let mut value = 0u64;
    for _ in 0..count {
        let Some(digit) = lexer.peek()?.filter(u8::is_ascii_digit) else {
            return Err(lexer.expected(TABLE_ENTRY));
        };
        lexer.next()?;
        value = value
            .wrapping_mul(10)
            .wrapping_add(u64::from(digit.wrapping_sub(b'0')));
    }
    Ok(value)
}

fn stream_section(source: &dyn Source, offset: u64, limit: u64) -> Result<Section> {
    let direct = |_| Err(Error::damaged(offset, INDIRECT));
    let object = Parser::new(source, offset, limit).indirect_object(&direct)?;
    let Object::Stream(stream) = object.value.object else {
        return Err(Error::damaged(offset, NO_SECTION));
    };
    let type_name = stream.dictionary.get("Type").and_then(Object::as_name);
    if type_name.is_none_or(|name| *name != "XRef") {
        return Err(Error::damaged(offset, NO_SECTION));
    }
    let entries = stream_entries(source, &stream, offset)?;
    Ok(Section {
        offset,
        is_stream: true,
        entries: sorted(entries, offset)?,
        trailer: stream.dictionary,
        after: object.span.end,
        hybrid: None,
    })
}

const NO_SECTION: Damage = Damage::Expected {
    expected: "a cross-reference section",
};
const INDIRECT: Damage = Damage::WrongValue {
    key: "a cross-reference stream",
    expected: "entries without references",
};
const WIDTHS: Damage = Damage::WrongValue {
    key: "/W",
    expected: "three widths of at most 8 bytes",
};
const INDEX: Damage = Damage::WrongValue {
    key: "/Index",
    expected: "pairs of object numbers and counts",
};
const LENGTH: Damage = Damage::WrongValue {
    key: "a cross-reference stream",
    expected: "as many bytes as /W and /Index say",
};

fn stream_entries(source: &dyn Source, stream: &Stream, offset: u64) -> Result<Vec<(u32, Entry)>> {
    let direct = |value: &Object| match value {
        Object::Reference(_) => Err(Error::damaged(offset, INDIRECT)),
        other => Ok(other.clone()),
    };
    let widths = widths(&stream.dictionary, offset)?;
    let width = widths
        .iter()
        .fold(0usize, |sum, width| sum.saturating_add(*width));
    if width == 0 {
        return Err(Error::damaged(offset, WIDTHS));
    }
    let bytes = decode(source, stream, &direct, MOST_DECODED)?;
    let mut rows = bytes.chunks_exact(width);
    let mut entries = Vec::new();
    for (first, count) in index(&stream.dictionary, offset)? {
        for number in first..first.saturating_add(count) {
            let row = rows.next().ok_or_else(|| Error::damaged(offset, LENGTH))?;
            let number = object_number(number, offset)?;
            push(
                &mut entries,
                (number, stream_entry(row, widths, offset)?),
                offset,
            )?;
        }
    }
    if rows.next().is_some() || !rows.remainder().is_empty() {
        return Err(Error::damaged(offset, LENGTH));
    }
    Ok(entries)
}

fn widths(dictionary: &Dictionary, offset: u64) -> Result<[usize; 3]> {
    let wrong = || Error::damaged(offset, WIDTHS);
    let widths = dictionary
        .get("W")
        .and_then(Object::as_array)
        .ok_or_else(wrong)?;
    let [first, second, third] = widths else {
        return Err(wrong());
    };
    let width = |value: &Object| {
        let width = value.as_integer().filter(|width| (0..=8).contains(width));
        width
            .and_then(|width| usize::try_from(width).ok())
            .ok_or_else(wrong)
    };
    Ok([width(first)?, width(second)?, width(third)?])
}

fn index(dictionary: &Dictionary, offset: u64) -> Result<Vec<(u64, u64)>> {
    let wrong = || Error::damaged(offset, INDEX);
    let unsigned = |value: &Object| {
        let value = value
            .as_integer()
            .and_then(|value| u64::try_from(value).ok());
        value
            .filter(|value| *value <= u64::from(HIGHEST_NUMBER).saturating_add(1))
            .ok_or_else(wrong)
    };
    let Some(index) = dictionary.get("Index") else {
        let size = dictionary.get("Size").ok_or_else(wrong)?;
        return Ok(vec![(0, unsigned(size)?)]);
    };
    let (pairs, rest) = index.as_array().ok_or_else(wrong)?.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(wrong());
    }
    pairs
        .iter()
        .map(|[first, count]| Ok((unsigned(first)?, unsigned(count)?)))
        .collect()
}

/// One row (ISO 32000-1 Table 18). Unknown types stand for the null object.
fn stream_entry(row: &[u8], [kind, second, third]: [usize; 3], offset: u64) -> Result<Entry> {
    let (kind_bytes, rest) = row.split_at_checked(kind).unwrap_or((row, &[]));
    let (second_bytes, third_bytes) = rest.split_at_checked(second).unwrap_or((rest, &[]));
    debug_assert_eq!(third_bytes.len(), third);
    let range = || Error::damaged(offset, Damage::NumberOutOfRange);
    let kind = if kind == 0 { 1 } else { big_endian(kind_bytes) };
    let (second, third) = (big_endian(second_bytes), big_endian(third_bytes));
    Ok(match kind {
        1 => Entry::InFile {
            offset: second,
            generation: u16::try_from(third).map_err(|_| range())?,
        },
        2 => Entry::InStream {
            stream: u32::try_from(second).map_err(|_| range())?,
            index: u32::try_from(third).map_err(|_| range())?,
        },
        _ => Entry::Free,
    })
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |value, byte| (value << 8) | u64::from(*byte))
}

fn object_number(number: u64, offset: u64) -> Result<u32> {
    u32::try_from(number)
        .ok()
        .filter(|number| *number <= HIGHEST_NUMBER)
        .ok_or_else(|| Error::damaged(offset, Damage::NumberOutOfRange))
}

fn push(entries: &mut Vec<(u32, Entry)>, entry: (u32, Entry), offset: u64) -> Result<()> {
    if entries.len() >= MOST_ENTRIES {
        return Err(Error::too_large(offset, Limit::Entries(MOST_ENTRIES)));
    }
    entries.push(entry);
    Ok(())
}

/// The entries of a hybrid section: those of the table, and those of the stream that the table
/// hides as free or does not list (ISO 32000-1 7.5.8.4). Also used where two sections make one
/// revision.
pub(crate) fn merge(under: Vec<(u32, Entry)>, over: Vec<(u32, Entry)>) -> Vec<(u32, Entry)> {
    let mut shown: std::collections::BTreeMap<u32, Entry> = under.into_iter().collect();
    for (number, entry) in over {
        if entry != Entry::Free || !shown.contains_key(&number) {
            shown.insert(number, entry);
        }
    }
    shown.into_iter().collect()
}

fn sorted(mut entries: Vec<(u32, Entry)>, offset: u64) -> Result<Vec<(u32, Entry)>> {
    entries.sort_unstable_by_key(|(number, _)| *number);
    let twice = entries.windows(2).find_map(|pair| match pair {
        [(first, _), (second, _)] if first == second => Some(*first),
        _ => None,
    });
    match twice {
        Some(number) => Err(Error::damaged(offset, Damage::DuplicateEntry { number })),
        None => Ok(entries),
    }
}
