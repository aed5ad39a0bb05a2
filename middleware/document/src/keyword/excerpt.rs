//! One page as a document of its own.

use std::collections::BTreeMap;

use sello_pdf::{Dictionary, Name, Object, Page, Reference, Source, View, write_object};

use super::KeywordError;

/// Most bytes of one page with everything that its text needs, in MiB.
const MOST_MIB: usize = 64;
/// Most objects.
const MOST_OBJECTS: usize = 50_000;

/// The page, its contents and resources, without pictures.
pub(super) fn of(
    view: &View<'_>,
    source: &dyn Source,
    page: &Page,
    number: usize,
) -> Result<Vec<u8>, KeywordError> {
    let mut excerpt = Excerpt {
        view,
        source,
        number,
        bytes: b"%PDF-1.7\n".to_vec(),
        places: BTreeMap::new(),
        wanted: Vec::new(),
    };
    let mut dictionary = Dictionary::from_iter([
        ("Type", Object::Name(Name::from("Page"))),
        ("Parent", reference(PAGES).into()),
        ("MediaBox", sheet(page)),
    ]);
    if let Some(resources) = &page.resources {
        dictionary.set("Resources", resources.clone());
    }
    if let Some(contents) = page.dictionary.get("Contents") {
        dictionary.set("Contents", contents.clone());
    }
    excerpt.want(&dictionary.clone().into());
    excerpt.gather()?;
    excerpt.object(reference(PAGE), &dictionary.into());
    let pages = Dictionary::from_iter([
        ("Type", Object::Name(Name::from("Pages"))),
        ("Kids", Object::Array(vec![reference(PAGE).into()])),
        ("Count", Object::Integer(1)),
    ]);
    excerpt.object(reference(PAGES), &pages.into());
    let catalog = Dictionary::from_iter([
        ("Type", Object::Name(Name::from("Catalog"))),
        ("Pages", reference(PAGES).into()),
    ]);
    excerpt.object(reference(CATALOG), &catalog.into());
    Ok(excerpt.close())
}

/// Numbers beyond those that a document may have (ISO 32000-1 Annex C).
const CATALOG: u32 = 8_388_605;
const PAGES: u32 = 8_388_606;
const PAGE: u32 = 8_388_607;

const fn reference(number: u32) -> Reference {
    Reference::new(number, 0)
}

fn sheet(page: &Page) -> Object {
    let sheet = page.media_box;
    let corners = [sheet.left, sheet.bottom, sheet.right, sheet.top];
    Object::Array(corners.map(Object::Real).to_vec())
}

struct Excerpt<'a, 'v> {
    view: &'a View<'v>,
    source: &'a dyn Source,
    number: usize,
    bytes: Vec<u8>,
    places: BTreeMap<Reference, usize>,
    wanted: Vec<Reference>,
}

impl Excerpt<'_, '_> {
    /// Notes what an object refers to; never the page tree, which leads to everything.
    fn want(&mut self, object: &Object) {
        match object {
            Object::Reference(reference) => self.wanted.push(*reference),
            Object::Array(values) => values.iter().for_each(|value| self.want(value)),
            Object::Dictionary(dictionary) => self.want_entries(dictionary),
            Object::Stream(stream) => self.want_entries(&stream.dictionary),
            _ => {}
        }
    }

    fn want_entries(&mut self, dictionary: &Dictionary) {
        for (key, value) in dictionary.iter() {
            if *key != "Parent" && *key != "P" {
                self.want(value);
            }
        }
    }

    fn gather(&mut self) -> Result<(), KeywordError> {
        while let Some(reference) = self.wanted.pop() {
            if self.places.contains_key(&reference) || reference.number >= CATALOG {
                continue;
            }
            let object = self.view.resolve(reference)?;
            match &object {
                Object::Stream(stream) if is(&stream.dictionary, "Subtype", "Image") => {
                    self.object(reference, &Object::Null);
                }
                Object::Dictionary(node)
                    if is(node, "Type", "Page") || is(node, "Type", "Pages") =>
                {
                    self.object(reference, &Object::Null);
                }
                Object::Stream(stream) => {
                    let length = stream.data.end.saturating_sub(stream.data.start);
                    let length = usize::try_from(length).unwrap_or(usize::MAX);
                    self.within(length)?;
                    let mut data = vec![0; length];
                    let offset = stream.data.start;
                    self.source
                        .read_exact_at(offset, &mut data)
                        .map_err(|cause| sello_pdf::Error::Read { offset, cause })?;
                    let mut dictionary = stream.dictionary.clone();
                    dictionary.set("Length", i64::try_from(length).unwrap_or(i64::MAX));
                    self.want_entries(&dictionary);
                    self.begin(reference);
                    write_object(&mut self.bytes, &dictionary.into());
                    self.bytes.extend_from_slice(b"\nstream\n");
                    self.bytes.extend_from_slice(&data);
                    self.bytes.extend_from_slice(b"\nendstream\nendobj\n");
                }
                other => {
                    self.want(other);
                    self.object(reference, other);
                }
            }
            self.within(0)?;
        }
        Ok(())
    }

    fn within(&self, more: usize) -> Result<(), KeywordError> {
        let size = self.bytes.len().saturating_add(more);
        if size > MOST_MIB.saturating_mul(1 << 20) || self.places.len() > MOST_OBJECTS {
            return Err(KeywordError::PageTooLarge {
                page: self.number,
                limit: MOST_MIB,
            });
        }
        Ok(())
    }

    fn begin(&mut self, reference: Reference) {
        self.places.insert(reference, self.bytes.len());
        let Reference { number, generation } = reference;
        let head = format!("{number} {generation} obj\n");
        self.bytes.extend_from_slice(head.as_bytes());
    }

    fn object(&mut self, reference: Reference, object: &Object) {
        self.begin(reference);
        write_object(&mut self.bytes, object);
        self.bytes.extend_from_slice(b"\nendobj\n");
    }

    fn close(mut self) -> Vec<u8> {
        let start = self.bytes.len();
        let mut table = "xref\n0 1\n0000000000 65535 f \n".to_owned();
        for (Reference { number, generation }, place) in &self.places {
            table.push_str(&format!("{number} 1\n{place:010} {generation:05} n \n"));
        }
        let size = PAGE.saturating_add(1);
        table.push_str(&format!(
            "trailer\n<</Size {size}/Root {CATALOG} 0 R>>\nstartxref\n{start}\n%%EOF\n"
        ));
        self.bytes.extend_from_slice(table.as_bytes());
        self.bytes
    }
}

fn is(dictionary: &Dictionary, key: &str, wanted: &str) -> bool {
    let name = dictionary.get(key).and_then(Object::as_name);
    name.is_some_and(|name| *name == wanted)
}
