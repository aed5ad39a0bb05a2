//! Appending a revision (ISO 32000-1 7.5.6).

use std::collections::BTreeMap;
use std::ops::Range;

use crate::document::Document;
use crate::error::{Damage, Error, Limit, Result};
use crate::object::{Dictionary, Object, Reference};
use crate::parser::HIGHEST_NUMBER;
use crate::revisions::CrossReferenceForm;
use crate::serialize::{text, write_dictionary, write_entry, write_object};
use crate::source::{Source, wide};

/// The objects of a revision to be appended.
#[derive(Debug)]
pub struct IncrementalUpdate {
    /// Where the revision begins.
    start: u64,
    /// Whether the original lacks a line end after its last line.
    newline: bool,
    previous: u64,
    form: CrossReferenceForm,
    trailer: Dictionary,
    next_number: u32,
    objects: BTreeMap<Reference, NewObject>,
}

#[derive(Debug)]
enum NewObject {
    Plain(Object),
    WithHoles(Dictionary, Vec<Hole>),
    Stream(Dictionary, Vec<u8>),
}

/// A dictionary entry whose value is filled in after the revision is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// The entry's key.
    pub key: &'static str,
    /// The bytes that stand in its place meanwhile; what is filled in is as long.
    pub filler: Vec<u8>,
}

/// A revision laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Where it begins: the length of the original.
    pub start: u64,
    /// Its bytes, which follow the original's.
    pub bytes: Vec<u8>,
    /// The byte positions in the whole document of each hole, in the order of the objects'
    /// numbers and then as given.
    pub holes: Vec<Range<u64>>,
}

impl IncrementalUpdate {
    /// Begins a revision after the last one of `document`.
    ///
    /// # Errors
    /// When the trailer's `Size` is missing or wrong, or the source cannot be read.
    pub fn new<S: Source>(document: &Document<S>) -> Result<Self> {
        let latest = document.latest();
        let revision = latest.revision();
        let old = latest.trailer();
        let size = old.get("Size").and_then(Object::as_integer);
        let size = size
            .and_then(|size| u32::try_from(size).ok())
            .ok_or_else(|| Error::damaged(revision.section(), SIZE))?;
        let highest = document
            .revisions()
            .iter()
            .filter_map(|revision| revision.entries().last().map(|(number, _)| *number));
        let free = highest.max().unwrap_or(0).saturating_add(1);
        let mut trailer = Dictionary::new();
        for key in ["Root", "Info", "ID"] {
            if let Some(value) = old.get(key) {
                trailer.set(key, value.clone());
            }
        }
        Ok(Self {
            start: document.source().len(),
            newline: !ends_with_line_end(document.source())?,
            previous: revision.section(),
            form: revision.form(),
            trailer,
            next_number: size.max(free),
            objects: BTreeMap::new(),
        })
    }

    /// A number that no object has.
    ///
    /// # Errors
    /// [`Error::TooLarge`] when all numbers are used up.
    pub fn allocate(&mut self) -> Result<Reference> {
        let number = self.next_number;
        if number > HIGHEST_NUMBER {
            return Err(Error::too_large(self.start, Limit::Entries(1 << 23)));
        }
        self.next_number = number.saturating_add(1);
        Ok(Reference::new(number, 0))
    }

    /// Writes a new object, or a new value of an old one. Not for streams.
    pub fn set(&mut self, reference: Reference, value: impl Into<Object>) {
        self.objects
            .insert(reference, NewObject::Plain(value.into()));
    }

    /// Writes a dictionary with entries that are filled in later.
    pub fn set_with_holes(
        &mut self,
        reference: Reference,
        dictionary: Dictionary,
        holes: Vec<Hole>,
    ) {
        self.objects
            .insert(reference, NewObject::WithHoles(dictionary, holes));
    }

    /// Writes a stream of these encoded bytes; `Length` is added to its dictionary.
    pub fn set_stream(&mut self, reference: Reference, mut dictionary: Dictionary, data: Vec<u8>) {
        dictionary.set("Length", length(data.len()));
        self.objects
            .insert(reference, NewObject::Stream(dictionary, data));
    }

    /// Gives the document a file identifier (ISO 32000-1 14.4) if it has none.
    pub fn identify(&mut self, identifier: &[u8; 16]) {
        if self.trailer.get("ID").is_none() {
            let half = Object::String(identifier.to_vec());
            self.trailer.set("ID", vec![half.clone(), half]);
        }
    }

    /// The trailer of the revision, as far as it is known: the catalog, the document
    /// information and the file identifier.
    #[must_use]
    pub const fn trailer(&self) -> &Dictionary {
        &self.trailer
    }

    /// Lays the revision out.
    ///
    /// # Errors
    /// [`Error::TooLarge`] when there is no object number left for the section.
    pub fn finish(mut self) -> Result<Update> {
        let mut layout = Layout::new(self.start);
        if self.newline {
            layout.bytes.push(b'\n');
        }
        let mut positions = BTreeMap::new();
        for (reference, object) in &self.objects {
            positions.insert(*reference, layout.position());
            layout.object(*reference, object);
        }
        match self.form {
            CrossReferenceForm::Table => self.table(&mut layout, &positions),
            CrossReferenceForm::Stream => self.stream(&mut layout, positions)?,
        }
        Ok(Update {
            start: self.start,
            bytes: layout.bytes,
            holes: layout.holes,
        })
    }

    fn table(&mut self, layout: &mut Layout, positions: &BTreeMap<Reference, u64>) {
        let section = layout.position();
        layout.bytes.extend_from_slice(b"xref\n");
        let entries: Vec<_> = positions.iter().collect();
        for run in runs(&entries) {
            let first = run.first().map_or(0, |(reference, _)| reference.number);
            text(&mut layout.bytes, format_args!("{first} {}\n", run.len()));
            for (reference, position) in run {
                let generation = reference.generation;
                text(
                    &mut layout.bytes,
                    format_args!("{position:010} {generation:05} n \n"),
                );
            }
        }
        layout.bytes.extend_from_slice(b"trailer\n");
        self.close_trailer();
        write_dictionary(&mut layout.bytes, &self.trailer);
        layout.tail(section);
    }

    fn stream(
        &mut self,
        layout: &mut Layout,
        mut positions: BTreeMap<Reference, u64>,
    ) -> Result<()> {
        let own = self.allocate()?;
        let section = layout.position();
        positions.insert(own, section);
        let entries: Vec<_> = positions.iter().collect();
        let mut index = Vec::new();
        for run in runs(&entries) {
            let first = run.first().map_or(0, |(reference, _)| reference.number);
            index.push(Object::Integer(i64::from(first)));
            index.push(length(run.len()));
        }
        let mut data = Vec::new();
        for (reference, position) in entries {
            data.push(1);
            data.extend_from_slice(&position.to_be_bytes());
            data.extend_from_slice(&reference.generation.to_be_bytes());
        }
        self.close_trailer();
        let mut dictionary = std::mem::take(&mut self.trailer);
        dictionary.set("Type", Object::Name("XRef".into()));
        dictionary.set("W", [1, 8, 2].map(Object::Integer).to_vec());
        dictionary.set("Index", index);
        dictionary.set("Length", length(data.len()));
        layout.object(own, &NewObject::Stream(dictionary, data));
        layout.tail(section);
        Ok(())
    }

    fn close_trailer(&mut self) {
        self.trailer.set("Size", i64::from(self.next_number));
        self.trailer
            .set("Prev", i64::try_from(self.previous).unwrap_or(i64::MAX));
    }
}

const SIZE: Damage = Damage::WrongValue {
    key: "/Size",
    expected: "a number of objects",
};

fn length(length: usize) -> Object {
    Object::Integer(i64::try_from(length).unwrap_or(i64::MAX))
}

fn ends_with_line_end(source: &dyn Source) -> Result<bool> {
    let offset = source.len().saturating_sub(1);
    let mut last = [0];
    source
        .read_exact_at(offset, &mut last)
        .map_err(|cause| Error::Read { offset, cause })?;
    Ok(matches!(last, [b'\r' | b'\n']))
}

/// Entries grouped by consecutive object numbers.
fn runs<'a>(
    entries: &'a [(&'a Reference, &'a u64)],
) -> impl Iterator<Item = &'a [(&'a Reference, &'a u64)]> {
    entries.chunk_by(|(a, _), (b, _)| a.number.checked_add(1) == Some(b.number))
}

struct Layout {
    start: u64,
    bytes: Vec<u8>,
    holes: Vec<Range<u64>>,
}

impl Layout {
    const fn new(start: u64) -> Self {
        Self {
            start,
            bytes: Vec::new(),
            holes: Vec::new(),
        }
    }

    fn position(&self) -> u64 {
        self.start.saturating_add(wide(self.bytes.len()))
    }

    fn object(&mut self, reference: Reference, object: &NewObject) {
        let Reference { number, generation } = reference;
        text(&mut self.bytes, format_args!("{number} {generation} obj\n"));
        match object {
            NewObject::Plain(object) => write_object(&mut self.bytes, object),
            NewObject::WithHoles(dictionary, holes) => self.with_holes(dictionary, holes),
            NewObject::Stream(dictionary, data) => {
                write_dictionary(&mut self.bytes, dictionary);
                self.bytes.extend_from_slice(b"\nstream\n");
                self.bytes.extend_from_slice(data);
                self.bytes.extend_from_slice(b"\nendstream");
            }
        }
        self.bytes.extend_from_slice(b"\nendobj\n");
    }

    fn with_holes(&mut self, dictionary: &Dictionary, holes: &[Hole]) {
        self.bytes.extend_from_slice(b"<<");
        for (key, value) in dictionary.iter() {
            write_entry(&mut self.bytes, key);
            write_object(&mut self.bytes, value);
        }
        for hole in holes {
            write_entry(&mut self.bytes, &hole.key.into());
            let start = self.position();
            self.bytes.extend_from_slice(&hole.filler);
            self.holes.push(start..self.position());
        }
        self.bytes.extend_from_slice(b">>");
    }

    fn tail(&mut self, section: u64) {
        text(
            &mut self.bytes,
            format_args!("\nstartxref\n{section}\n%%EOF\n"),
        );
    }
}
