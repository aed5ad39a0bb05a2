//! The seal on its surface: field, widget and appearance.

use sello_pdf::{Dictionary, Object, Page, Reference};

use super::certification::{self, check_locks};
use super::conformance::{self, Conformance};
use super::draft::Draft;
use super::drawing::{self, Drawing};
use super::error::StampError;
use super::existing;
use super::field;
use super::options::{FieldLock, Options, Permission, Surface};
use super::page;
use super::request::Request;
use super::seed;
use super::straddle::{self, Slice};
use super::tagging::Tags;
use super::text;
use crate::appearance::{SLICES, Spread};

/// A seal laid out, all but its signature dictionary.
#[derive(Debug)]
pub(super) struct Sealing {
    /// The signature dictionary's object.
    pub(super) value: Reference,
    /// The field's name.
    pub(super) name: String,
    /// The page with the seal, or with its first slice.
    pub(super) page: Reference,
    /// The signature's `Reference`.
    pub(super) transforms: Vec<Object>,
}

/// One drawn thing: a page, an annotation and what it is for who cannot see it.
struct Layer<'a, 'd, 'r> {
    draft: &'a mut Draft<'d>,
    conformance: Conformance,
    tags: Tags,
    request: &'r Request<'r>,
}

/// Adds field and appearance to the revision.
pub(super) fn lay_out(
    draft: &mut Draft<'_>,
    request: &Request<'_>,
    options: &Options<'_>,
    drawing: &Drawing,
) -> Result<Sealing, StampError> {
    let signed = draft.fields.are_signed();
    let mut conformance = conformance::read(&draft.view, draft.catalog())?;
    // A further element of the structure would be a change to what is signed.
    conformance.tagged &= !signed;
    let mut layer = Layer {
        draft,
        conformance,
        tags: Tags::default(),
        request,
    };
    let mut allows = options.certify;
    let mut lock = options.lock.clone();
    let (value, name, page) = match options.surface {
        Surface::Placed => layer.placed(drawing)?,
        Surface::Straddle(_) | Surface::Pages(_) if signed => {
            let what = "a seal on several pages";
            return Err(StampError::SignedAlready { what });
        }
        Surface::Straddle(straddle) => {
            let size = request.placement.size(drawing.size_mm)?;
            let slices = straddle::slices(&layer.draft.view, &straddle, size)?;
            layer.on_pages(&slices, drawing)?
        }
        Surface::Pages(pages) => {
            let placement = &request.placement;
            let slices = straddle::copies(&layer.draft.view, pages, placement, drawing.size_mm)?;
            layer.on_pages(&slices, drawing)?
        }
        Surface::Field(name) => {
            let found = existing::find(layer.draft, name)?;
            check_locks(&layer.draft.view, &layer.draft.fields, name)?;
            let wanted = seed::check(&layer.draft.view, &found, request, options)?;
            allows = agreed(options.certify, wanted, name)?;
            lock = locked(options.lock.clone(), found.lock.clone(), name)?;
            let permission = found.permission;
            let value = layer.fill_field(&found, drawing)?;
            if allows.is_none() && permission.is_some() {
                // The lock's own permission is not a certification of the document.
                let root = layer.draft.view.revision().root()?;
                let transforms = certification::references(permission, lock.as_ref(), root);
                let page = found.page.reference;
                layer.tags.close(layer.draft)?;
                return Ok(Sealing {
                    value,
                    name: name.to_owned(),
                    page,
                    transforms,
                });
            }
            (value, name.to_owned(), found.page.reference)
        }
    };
    layer.tags.close(layer.draft)?;
    if allows.is_some() {
        certify(draft, signed, value)?;
    }
    let root = draft.view.revision().root()?;
    Ok(Sealing {
        value,
        name,
        page,
        transforms: certification::references(allows, lock.as_ref(), root),
    })
}

/// The certification asked for here and the one that the field demands.
fn agreed(
    asked: Option<Permission>,
    demanded: Option<Permission>,
    field: &str,
) -> Result<Option<Permission>, StampError> {
    match (asked, demanded) {
        (Some(asked), Some(demanded)) if asked != demanded => Err(StampError::SeedValue {
            field: field.to_owned(),
            what: "another certification (see --certify)",
        }),
        (asked, demanded) => Ok(asked.or(demanded)),
    }
}

fn locked(
    asked: Option<FieldLock>,
    demanded: Option<FieldLock>,
    field: &str,
) -> Result<Option<FieldLock>, StampError> {
    match (asked, demanded) {
        (Some(asked), Some(demanded)) if asked != demanded => Err(StampError::SeedValue {
            field: field.to_owned(),
            what: "that other fields be locked",
        }),
        (asked, demanded) => Ok(asked.or(demanded)),
    }
}

/// Names the signature in the catalog as the one that certifies the document.
fn certify(draft: &mut Draft<'_>, signed: bool, value: Reference) -> Result<(), StampError> {
    if signed {
        let what = "a certification";
        return Err(StampError::SignedAlready { what });
    }
    let mut permissions = match draft.view.get(draft.catalog(), "Perms")? {
        Object::Dictionary(permissions) => permissions,
        _ => Dictionary::new(),
    };
    permissions.set("DocMDP", value);
    draft.set_in_catalog("Perms", permissions);
    Ok(())
}

type Field = (Reference, String, Reference);

impl Layer<'_, '_, '_> {
    fn placed(&mut self, drawing: &Drawing) -> Result<Field, StampError> {
        let placement = &self.request.placement;
        let page = page::find(&self.draft.view, placement.page)?;
        let place = placement.on(&page, drawing.size_mm)?;
        let image = drawing.image(&mut self.draft.update, &self.conformance)?;
        let spread = Spread::whole(place.size.0, place.size.1);
        let form = drawing::form(&mut self.draft.update, &place, &spread, image)?;
        let value = self.draft.update.allocate()?;
        let field = self.draft.update.allocate()?;
        let name = field::register(self.draft, field)?;
        let page = page.page;
        let mut widget = page::widget(&place, page.reference, form, value, &name);
        self.tag("Form", &mut widget, field, &page)?;
        self.draft.update.set(field, widget);
        self.draft.annotate(&page, field)?;
        Ok((value, name, page.reference))
    }

    fn on_pages(&mut self, slices: &[Slice], drawing: &Drawing) -> Result<Field, StampError> {
        let image = drawing.image(&mut self.draft.update, &self.conformance)?;
        let value = self.draft.update.allocate()?;
        let field = self.draft.update.allocate()?;
        let name = field::register(self.draft, field)?;
        let Some((first, others)) = slices.split_first() else {
            return Err(StampError::StraddlePages { pages: 0, most: 0 });
        };
        let mut references = Vec::with_capacity(others.len());
        for slice in others {
            references.push(Object::from(self.slice(slice, image)?));
        }
        let form = drawing::form(&mut self.draft.update, &first.place, &first.spread, image)?;
        let page = &first.page;
        let mut widget = page::widget(&first.place, page.reference, form, value, &name);
        if !references.is_empty() {
            widget.set(SLICES, references);
        }
        self.tag("Form", &mut widget, field, page)?;
        self.draft.update.set(field, widget);
        self.draft.annotate(page, field)?;
        Ok((value, name, page.reference))
    }

    fn slice(&mut self, slice: &Slice, image: Reference) -> Result<Reference, StampError> {
        let form = drawing::form(&mut self.draft.update, &slice.place, &slice.spread, image)?;
        let reference = self.draft.update.allocate()?;
        let mut annotation = page::slice(&slice.place, slice.page.reference, form);
        self.tag("Figure", &mut annotation, reference, &slice.page)?;
        self.draft.update.set(reference, annotation);
        self.draft.annotate(&slice.page, reference)?;
        Ok(reference)
    }

    fn fill_field(
        &mut self,
        existing: &existing::Existing,
        drawing: &Drawing,
    ) -> Result<Reference, StampError> {
        let image = drawing.image(&mut self.draft.update, &self.conformance)?;
        let (across, down) = existing.place.size;
        let spread = Spread::fitted(across, down, drawing.size_mm);
        let form = drawing::form(&mut self.draft.update, &existing.place, &spread, image)?;
        let value = self.draft.update.allocate()?;
        let mut untagged = false;
        let objects = existing.signed(value, form, &mut |widget| {
            untagged = widget.get("StructParent").is_none();
        });
        for (reference, mut dictionary) in objects {
            if untagged && reference == existing.widget {
                self.tag("Form", &mut dictionary, reference, &existing.page)?;
            }
            self.draft.update.set(reference, dictionary);
        }
        Ok(value)
    }

    /// Says what an annotation is, in a document with tags.
    fn tag(
        &mut self,
        role: &str,
        annotation: &mut Dictionary,
        reference: Reference,
        page: &Page,
    ) -> Result<(), StampError> {
        if !self.conformance.tagged {
            return Ok(());
        }
        let words = self.request.seal.name();
        let key = self.tags.add(self.draft, role, words, reference, page)?;
        annotation.set("StructParent", key);
        let described = if role == "Form" { "TU" } else { "Contents" };
        if annotation.get(described).is_none() {
            annotation.set(described, Object::String(text::encode(words)));
        }
        Ok(())
    }
}
