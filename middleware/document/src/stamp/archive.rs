//! Document timestamps (ETSI EN 319 142-1 5.4.3, ISO 32000-2 12.8.5): a token over the whole
//! document, its earlier signatures and their validation data included.

use std::ops::Range;

use sello_pdf::{Dictionary, Document, Name, Object, Source};
use sha2::{Digest, Sha256};

use super::draft::Draft;
use super::error::StampError;
use super::page;
use super::signature::{Gap, digest, lay_out};
use super::text;

/// SHA-256 of a document so far, which goes on with what is appended to it: a revision can be
/// digested without reading the document again.
#[derive(Debug, Clone)]
pub struct Digested {
    hash: Sha256,
    length: u64,
}

impl Digested {
    pub(super) const fn new(hash: Sha256, length: u64) -> Self {
        Self { hash, length }
    }

    /// Reads a whole document.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(source: &dyn Source) -> std::io::Result<Self> {
        let mut hash = Sha256::new();
        super::blocks::each_block(source, |block| {
            hash.update(block);
            Ok(())
        })?;
        Ok(Self::new(hash, source.len()))
    }

    /// Goes on with bytes that were appended.
    pub fn append(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.length = self.length.saturating_add(super::blocks::wide(bytes.len()));
    }
}

/// A revision that waits for a timestamp token.
#[derive(Debug)]
pub struct PreparedTimestamp {
    revision: Vec<u8>,
    contents: Range<usize>,
    digest: [u8; 32],
}

/// Lays out a document timestamp. `digested` is the document so far, all of it; `room` the bytes to
/// set aside for the token.
///
/// # Errors
/// See [`StampError`]; [`StampError::Changed`] where `digested` is of other bytes.
pub fn prepare_timestamp<S: Source>(
    document: &Document<S>,
    digested: &Digested,
    room: usize,
) -> Result<PreparedTimestamp, StampError> {
    if digested.length != document.source().len() {
        return Err(StampError::Changed);
    }
    let mut draft = Draft::of(document)?;
    let page = page::find(&draft.view, 1)?.page;
    let name = free_name(&draft);
    let value = draft.update.allocate()?;
    let field = draft.update.allocate()?;
    draft.add_field(&name, field);
    let mut widget = page::invisible_widget(page.reference, &name);
    widget.set("V", value);
    draft.update.set(field, widget);
    draft.annotate(&page, field)?;
    draft.mark_signed()?;
    let dictionary = Dictionary::from_iter([
        ("Type", Object::Name(Name::from("DocTimeStamp"))),
        ("Filter", Object::Name(Name::from("Adobe.PPKLite"))),
        ("SubFilter", Object::Name(Name::from("ETSI.RFC3161"))),
    ]);
    let update = draft.close()?;
    let (revision, Gap { contents, .. }) =
        lay_out(update, value, dictionary, room.saturating_mul(2))?;
    let digest = digest(digested.hash.clone(), &revision, &contents);
    Ok(PreparedTimestamp {
        revision,
        contents: contents.start.saturating_add(1)..contents.end.saturating_sub(1),
        digest,
    })
}

/// The `Contents` of every signature and document timestamp in the document, in the order in which
/// they were made, with the zeros behind them.
///
/// # Errors
/// See [`StampError`].
pub fn signature_values<S: Source>(document: &Document<S>) -> Result<Vec<Vec<u8>>, StampError> {
    let draft = Draft::of(document)?;
    let mut values = Vec::new();
    for name in draft.fields.in_order() {
        let field = draft
            .fields
            .signatures
            .iter()
            .find(|field| field.name == name);
        let Some(value) = field.and_then(|field| field.value.as_ref()) else {
            continue;
        };
        if let Object::String(contents) = draft.view.get(value, "Contents")? {
            values.push(contents);
        }
    }
    Ok(values)
}

/// `Timestamp1`, or the first such name that no field at the top of the form has.
fn free_name(draft: &Draft<'_>) -> String {
    let mut number = 1usize;
    loop {
        let name = format!("Timestamp{number}");
        if !draft.fields.top_names.contains(&name) {
            return name;
        }
        number = number.saturating_add(1);
    }
}

impl PreparedTimestamp {
    /// The SHA-256 digest that the authority stamps.
    #[must_use]
    pub const fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Puts the token in (DER); gives the revision's bytes.
    ///
    /// # Errors
    /// [`StampError::NoRoom`] when the room set aside does not do.
    pub fn finish(mut self, token: &[u8]) -> Result<Vec<u8>, StampError> {
        let hex = text::hex(token);
        let (room, needed, start) = (self.contents.len(), hex.len(), self.contents.start);
        let hole = start
            .checked_add(needed)
            .filter(|_| needed <= room)
            .and_then(|end| self.revision.get_mut(start..end))
            .ok_or(StampError::NoRoom { room, needed })?;
        hole.copy_from_slice(&hex);
        Ok(self.revision)
    }
}
