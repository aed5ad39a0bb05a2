//! What a forger would do to a sealed document: change a byte of it, or carry its seal over to another.
//!
//! The forgeries are as good as they can be without the key: the copied seal gets a byte range of its
//! own that fits its new document exactly, so that only cryptography can tell.

use std::collections::BTreeMap;
use std::ops::Range;

use sello_pdf::{Dictionary, Document, Hole, IncrementalUpdate, Object, Reference, View};

/// Why a forgery could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The document could not be read.
    #[error(transparent)]
    Pdf(#[from] sello_pdf::Error),
    /// The document has no such thing.
    #[error("the document has no {0}")]
    Absent(&'static str),
}

type Result<T> = std::result::Result<T, Error>;

/// Most bytes of one stream that are carried over.
const LARGEST_STREAM: usize = 64 << 20;

/// Changes one byte of what the first page shows, and says which.
///
/// # Errors
/// When the document cannot be read or its first page has no content.
pub fn change_one_byte(document: &[u8]) -> Result<(Vec<u8>, usize)> {
    let opened = Document::open(document)?;
    let view = opened.latest();
    let page = view.page(0)?.map(|page| page.reference);
    let page = page.map_or(Ok(Object::Null), |page| view.resolve(page))?;
    let content = page.as_dictionary().and_then(|page| page.get("Contents"));
    let content = content.map_or(Ok(Object::Null), |content| view.value(content))?;
    let first = match &content {
        Object::Array(parts) => parts
            .first()
            .map_or(Ok(Object::Null), |part| view.value(part))?,
        other => other.clone(),
    };
    let stream = first.as_stream().map(|stream| stream.data.clone());
    let range = stream
        .and_then(|range| to_usize(&range))
        .filter(|range| !range.is_empty());
    let range = range.ok_or(Error::Absent("page content"))?;
    let mut changed = document.to_vec();
    let place = shown_letter(document, &range);
    if let Some(byte) = changed.get_mut(place) {
        // The lowest bit turns an octal digit into an octal digit and most letters into letters.
        *byte ^= 1;
    }
    Ok((changed, place))
}

/// A byte of text that is shown, from the middle of the content on: the last digit of a glyph written as
/// two octal escapes, or the first letter of a plain string. In compressed content, its middle.
fn shown_letter(document: &[u8], range: &Range<usize>) -> usize {
    let content = document.get(range.clone()).unwrap_or_default();
    let middle = content.len() / 2;
    let octal = |byte: &u8| (b'0'..=b'7').contains(byte);
    let windows = content.windows(8).enumerate();
    let shown = windows
        .skip(middle)
        .find_map(|(position, window)| match window {
            [b'\\', b'0', b'0', b'0', b'\\', rest @ ..] if rest.iter().all(octal) => {
                Some(position + 7)
            }
            [b'(', letter, ..] if letter.is_ascii_alphabetic() => Some(position + 1),
            _ => None,
        });
    range.start + shown.unwrap_or(middle)
}

/// Carries the last seal of `sealed` over to the first page of `victim`, structure, picture and
/// signature, with a byte range that fits.
///
/// # Errors
/// When one of the documents cannot be read, or `sealed` has no signature field.
pub fn copy_seal(sealed: &[u8], victim: &[u8]) -> Result<Vec<u8>> {
    let source = Document::open(sealed)?;
    let target = Document::open(victim)?;
    let field = last_field(&source.latest())?;
    let page = target.latest().page(0)?.map(|page| page.reference);
    let page = page.ok_or(Error::Absent("page"))?;
    let mut copy = Copy {
        from: source.latest(),
        update: IncrementalUpdate::new(&target)?,
        numbers: BTreeMap::new(),
        page,
        contents: Vec::new(),
    };
    let widget = copy.reference(field)?;
    copy.register(&target.latest(), widget)?;
    let Copy {
        update, contents, ..
    } = copy;
    let update = update.finish()?;
    let mut bytes = victim.to_vec();
    bytes.extend_from_slice(&update.bytes);
    fill(&mut bytes, &update.holes, &contents);
    Ok(bytes)
}

/// The last entry of the form's field list.
fn last_field(view: &View<'_>) -> Result<Reference> {
    let catalog = view.catalog()?;
    let form = view.get(&catalog, "AcroForm")?;
    let fields = match form.as_dictionary() {
        Some(form) => view.get(form, "Fields")?,
        None => Object::Null,
    };
    let last = fields
        .as_array()
        .and_then(|fields| fields.last())
        .and_then(Object::as_reference);
    last.ok_or(Error::Absent("signature field"))
}

/// Objects on their way from one document to another.
struct Copy<'a> {
    from: View<'a>,
    update: IncrementalUpdate,
    numbers: BTreeMap<Reference, Reference>,
    page: Reference,
    contents: Vec<u8>,
}

impl Copy<'_> {
    fn reference(&mut self, old: Reference) -> Result<Reference> {
        if let Some(new) = self.numbers.get(&old) {
            return Ok(*new);
        }
        let new = self.update.allocate()?;
        self.numbers.insert(old, new);
        match self.from.resolve(old)? {
            Object::Stream(stream) => {
                let data = self.from.stream_data(&stream, LARGEST_STREAM)?;
                let mut dictionary = self.dictionary(&stream.dictionary)?;
                dictionary.remove("Filter");
                dictionary.remove("DecodeParms");
                self.update.set_stream(new, dictionary, data);
            }
            Object::Dictionary(signature) if signature.get("ByteRange").is_some() => {
                self.signature(new, &signature)?;
            }
            other => {
                let value = self.value(&other)?;
                self.update.set(new, value);
            }
        }
        Ok(new)
    }

    fn signature(&mut self, new: Reference, old: &Dictionary) -> Result<()> {
        let mut dictionary = self.dictionary(old)?;
        dictionary.remove("ByteRange");
        dictionary.remove("Contents");
        let contents = old
            .get("Contents")
            .and_then(Object::as_string)
            .unwrap_or_default();
        self.contents = hex::encode_upper(contents).into_bytes();
        let holes = vec![
            Hole {
                key: "ByteRange",
                filler: vec![b' '; 60],
            },
            Hole {
                key: "Contents",
                filler: vec![b'0'; self.contents.len() + 2],
            },
        ];
        self.update.set_with_holes(new, dictionary, holes);
        Ok(())
    }

    fn dictionary(&mut self, old: &Dictionary) -> Result<Dictionary> {
        let mut new = Dictionary::new();
        for (key, value) in old.iter() {
            let value = match key.as_bytes() {
                b"P" => Object::Reference(self.page),
                b"Parent" | b"StructParent" => continue,
                _ => self.value(value)?,
            };
            new.set(key.clone(), value);
        }
        Ok(new)
    }

    fn value(&mut self, old: &Object) -> Result<Object> {
        Ok(match old {
            Object::Reference(reference) => Object::Reference(self.reference(*reference)?),
            Object::Array(elements) => {
                let copied = elements.iter().map(|element| self.value(element));
                Object::Array(copied.collect::<Result<_>>()?)
            }
            Object::Dictionary(dictionary) => Object::Dictionary(self.dictionary(dictionary)?),
            other => other.clone(),
        })
    }

    /// Puts the widget on the page and into the form of the new document.
    fn register(&mut self, to: &View<'_>, widget: Reference) -> Result<()> {
        let page = to.resolve(self.page)?;
        let mut page = page.as_dictionary().cloned().unwrap_or_default();
        let old = to.get(&page, "Annots")?;
        let mut annotations = old.as_array().map(<[Object]>::to_vec).unwrap_or_default();
        annotations.push(Object::Reference(widget));
        page.set("Annots", annotations);
        self.update.set(self.page, page);

        let root = to.revision().root()?;
        let mut catalog = to.catalog()?;
        let form = to.get(&catalog, "AcroForm")?;
        let mut form = form.as_dictionary().cloned().unwrap_or_default();
        let old = to.get(&form, "Fields")?;
        let mut fields = old.as_array().map(<[Object]>::to_vec).unwrap_or_default();
        fields.push(Object::Reference(widget));
        form.set("Fields", fields);
        form.set("SigFlags", 3);
        catalog.set("AcroForm", form);
        self.update.set(root, catalog);
        Ok(())
    }
}

/// Writes the byte range and the signature value into their places.
fn fill(bytes: &mut [u8], holes: &[Range<u64>], contents: &[u8]) {
    let [range_hole, contents_hole] = holes else {
        return;
    };
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let (start, end) = (contents_hole.start, contents_hole.end);
    let range = format!("[0 {start} {end} {}]", length.saturating_sub(end));
    put(bytes, range_hole, range.as_bytes());
    let quoted = [b"<", contents, b">"].concat();
    put(bytes, contents_hole, &quoted);
}

fn put(bytes: &mut [u8], place: &Range<u64>, text: &[u8]) {
    let room = to_usize(place).and_then(|place| bytes.get_mut(place));
    if let Some(room) = room {
        for (byte, new) in room.iter_mut().zip(text) {
            *byte = *new;
        }
    }
}

fn to_usize(range: &Range<u64>) -> Option<Range<usize>> {
    let start = usize::try_from(range.start).ok()?;
    let end = usize::try_from(range.end).ok()?;
    Some(start..end)
}
