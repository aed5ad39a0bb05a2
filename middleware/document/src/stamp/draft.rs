//! A revision being made: what several steps change of the same objects is written once.

use std::collections::BTreeMap;

use sello_pdf::{Dictionary, Document, IncrementalUpdate, Object, Page, Reference, Source, View};

use super::error::StampError;
use super::fields::{self, Fields};

/// `SignaturesExist` and `AppendOnly` (ISO 32000-1 Table 219).
const SIGNATURE_FLAGS: i64 = 1 | 2;

/// A revision being made.
pub(super) struct Draft<'a> {
    pub(super) view: View<'a>,
    pub(super) update: IncrementalUpdate,
    /// The fields that were there before.
    pub(super) fields: Fields,
    catalog: Dictionary,
    catalog_changed: bool,
    form: Form,
    pages: BTreeMap<Reference, Annotated>,
}

/// The interactive form.
struct Form {
    dictionary: Dictionary,
    /// As it stands in the catalog.
    entry: Option<Object>,
    fields: Vec<Object>,
    fields_changed: bool,
    changed: bool,
}

/// A page with its annotations.
struct Annotated {
    page: Dictionary,
    annotations: Vec<Object>,
}

impl<'a> Draft<'a> {
    pub(super) fn of<S: Source>(document: &'a Document<S>) -> Result<Self, StampError> {
        let view = document.latest();
        let catalog = view.catalog()?;
        let dictionary = match view.get(&catalog, "AcroForm")? {
            Object::Dictionary(form) => form,
            Object::Null => Dictionary::new(),
            _ => return Err(FORM),
        };
        let list = match view.get(&dictionary, "Fields")? {
            Object::Array(fields) => fields,
            Object::Null => Vec::new(),
            _ => return Err(FIELDS),
        };
        Ok(Self {
            view,
            update: IncrementalUpdate::new(document)?,
            fields: fields::read(&view, &list)?,
            form: Form {
                dictionary,
                entry: catalog.get("AcroForm").cloned(),
                fields: list,
                fields_changed: false,
                changed: false,
            },
            catalog,
            catalog_changed: false,
            pages: BTreeMap::new(),
        })
    }

    /// The catalog as it stands.
    pub(super) const fn catalog(&self) -> &Dictionary {
        &self.catalog
    }

    /// Changes an entry of the catalog.
    pub(super) fn set_in_catalog(&mut self, key: &'static str, value: impl Into<Object>) {
        self.catalog.set(key, value);
        self.catalog_changed = true;
    }

    /// Adds a field at the end of the form.
    pub(super) fn add_field(&mut self, name: &str, field: Reference) {
        self.fields.top_names.insert(name.to_owned());
        self.fields.names.insert(name.to_owned());
        self.form.fields.push(field.into());
        self.form.fields_changed = true;
    }

    /// Says that the document has signatures now, and may only be appended to.
    pub(super) fn mark_signed(&mut self) -> Result<(), StampError> {
        let flags = self.view.get(&self.form.dictionary, "SigFlags")?;
        let flags = flags.as_integer().unwrap_or(0);
        if flags | SIGNATURE_FLAGS != flags {
            self.form
                .dictionary
                .set("SigFlags", flags | SIGNATURE_FLAGS);
            self.form.changed = true;
        }
        Ok(())
    }

    /// Adds an annotation at the end of a page's list.
    pub(super) fn annotate(
        &mut self,
        page: &Page,
        annotation: Reference,
    ) -> Result<(), StampError> {
        if let Some(annotated) = self.pages.get_mut(&page.reference) {
            annotated.annotations.push(annotation.into());
            return Ok(());
        }
        let mut annotations = match self.view.get(&page.dictionary, "Annots")? {
            Object::Array(list) => list,
            Object::Null => Vec::new(),
            _ => return Err(ANNOTATIONS),
        };
        annotations.push(annotation.into());
        let page_dictionary = page.dictionary.clone();
        self.pages.insert(
            page.reference,
            Annotated {
                page: page_dictionary,
                annotations,
            },
        );
        Ok(())
    }

    /// Writes what has changed, and nothing that has not.
    pub(super) fn close(mut self) -> Result<IncrementalUpdate, StampError> {
        for (reference, annotated) in std::mem::take(&mut self.pages) {
            let mut page = annotated.page;
            match page.get("Annots") {
                Some(Object::Reference(list)) => self.update.set(*list, annotated.annotations),
                _ => {
                    page.set("Annots", annotated.annotations);
                    self.update.set(reference, page);
                }
            }
        }
        self.close_form()?;
        if self.catalog_changed {
            let root = self.view.revision().root()?;
            self.update.set(root, self.catalog);
        }
        Ok(self.update)
    }

    fn close_form(&mut self) -> Result<(), StampError> {
        let form = &mut self.form;
        if form.fields_changed {
            let fields = std::mem::take(&mut form.fields);
            match form.dictionary.get("Fields") {
                Some(Object::Reference(list)) => self.update.set(*list, fields),
                _ => {
                    form.dictionary.set("Fields", fields);
                    form.changed = true;
                }
            }
        }
        if !form.changed {
            return Ok(());
        }
        let dictionary = std::mem::take(&mut form.dictionary);
        match form.entry.take() {
            Some(Object::Reference(reference)) => self.update.set(reference, dictionary),
            Some(_) => self.set_in_catalog("AcroForm", dictionary),
            None => {
                let reference = self.update.allocate()?;
                self.update.set(reference, dictionary);
                self.set_in_catalog("AcroForm", reference);
            }
        }
        Ok(())
    }
}

const FORM: StampError = StampError::Form {
    what: "/AcroForm is no dictionary",
};
const FIELDS: StampError = StampError::Form {
    what: "/Fields is no array of fields",
};
const ANNOTATIONS: StampError = StampError::Form {
    what: "/Annots of the page is no array",
};
