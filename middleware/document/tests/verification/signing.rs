//! Signatures that are no seals, made by hand: certifications, locks, fields of any kind.

use sello_pdf::{Dictionary, Document, Hole, IncrementalUpdate, Name, Object, Reference, View};

use crate::center::Holder;
use crate::forging::resign;

const RANGE: &[u8] = b"[0 0000000000 0000000000 0000000000]";

pub(crate) fn name(name: &str) -> Object {
    Object::Name(Name::from(name))
}

pub(crate) fn string(text: &str) -> Object {
    Object::String(text.as_bytes().to_vec())
}

pub(crate) fn numbers(numbers: &[i64]) -> Object {
    Object::Array(numbers.iter().map(|n| Object::Integer(*n)).collect())
}

pub(crate) fn dictionary(entries: &[(&str, Object)]) -> Dictionary {
    let entries = entries.iter();
    Dictionary::from_iter(entries.map(|(key, value)| (*key, value.clone())))
}

/// What a certification refers to (ISO 32000-1 12.8.2.2).
pub(crate) fn certifies(level: i64) -> Object {
    let parameters = dictionary(&[
        ("Type", name("TransformParams")),
        ("P", Object::Integer(level)),
        ("V", name("1.2")),
    ]);
    reference("DocMDP", parameters)
}

/// What a lock on one field refers to (ISO 32000-1 12.8.2.4).
pub(crate) fn locks(field: &str) -> Object {
    let parameters = dictionary(&[
        ("Type", name("TransformParams")),
        ("Action", name("Include")),
        ("Fields", Object::Array(vec![string(field)])),
    ]);
    reference("FieldMDP", parameters)
}

fn reference(method: &str, parameters: Dictionary) -> Object {
    let reference = dictionary(&[
        ("Type", name("SigRef")),
        ("TransformMethod", name(method)),
        ("TransformParams", Object::Dictionary(parameters)),
    ]);
    Object::Array(vec![Object::Dictionary(reference)])
}

/// Adds a signature field with these further entries to the form and to the first page, signs it
/// with these further entries, and does `more` in the same revision.
pub(crate) fn sign(
    document: &[u8],
    holder: &Holder,
    entries: &[(&str, Object)],
    widget: &[(&str, Object)],
    more: impl FnOnce(&mut IncrementalUpdate, &View<'_>, Reference),
) -> Vec<u8> {
    let opened = Document::open(document).unwrap();
    let (view, mut update) = (opened.latest(), IncrementalUpdate::new(&opened).unwrap());
    let (field, value) = (update.allocate().unwrap(), update.allocate().unwrap());
    into_form(&view, &mut update, field);
    let (page, mut page_entries) = crate::forging::page(&view);
    let mut annotations = list(&view, &page_entries, "Annots");
    annotations.push(field.into());
    page_entries.set("Annots", annotations);
    update.set(page, page_entries);
    let mut field_entries = dictionary(&[
        ("Type", name("Annot")),
        ("Subtype", name("Widget")),
        ("FT", name("Sig")),
        ("T", string(&format!("Signature{}", field.number))),
        ("V", value.into()),
        ("P", page.into()),
        ("Rect", numbers(&[0, 0, 0, 0])),
    ]);
    for (key, value) in widget {
        field_entries.set(*key, value.clone());
    }
    update.set(field, field_entries);
    let mut signature = dictionary(&[
        ("Type", name("Sig")),
        ("Filter", name("Adobe.PPKLite")),
        ("SubFilter", name("ETSI.CAdES.detached")),
    ]);
    for (key, value) in entries {
        signature.set(*key, value.clone());
    }
    let contents = [b"<".as_slice(), &[b'0'; 6000], b">"].concat();
    let hole = |key, filler| Hole { key, filler };
    let holes = vec![
        hole("ByteRange", RANGE.to_vec()),
        hole("Contents", contents),
    ];
    update.set_with_holes(value, signature, holes);
    more(&mut update, &view, field);
    let mut signed = [document, &update.finish().unwrap().bytes].concat();
    let last = |word: &[u8]| {
        let mut windows = signed.windows(word.len());
        windows.rposition(|window| window == word).unwrap()
    };
    let (range, gap) = (last(RANGE), last(b"/Contents"));
    let gap = gap + signed[gap..].iter().position(|byte| *byte == b'<').unwrap();
    let after = gap + 6002;
    let written = format!("[0 {gap:010} {after:010} {:010}]", signed.len() - after);
    signed[range..range + RANGE.len()].copy_from_slice(written.as_bytes());
    resign(&signed, &holder.key, &holder.certificate, None)
}

/// As [`sign`], showing nothing and doing nothing else.
pub(crate) fn sign_plainly(
    document: &[u8],
    holder: &Holder,
    entries: &[(&str, Object)],
) -> Vec<u8> {
    sign(document, holder, entries, &[], |_, _, _| {})
}

fn into_form(view: &View<'_>, update: &mut IncrementalUpdate, field: Reference) {
    let mut catalog = view.catalog().unwrap();
    if let Some(form) = catalog.get("AcroForm").and_then(Object::as_reference) {
        let Object::Dictionary(mut entries) = view.resolve(form).unwrap() else {
            panic!("no form");
        };
        let mut fields = list(view, &entries, "Fields");
        fields.push(field.into());
        entries.set("Fields", fields);
        entries.set("SigFlags", Object::Integer(3));
        update.set(form, entries);
    } else {
        let form = update.allocate().unwrap();
        let fields = Object::Array(vec![field.into()]);
        update.set(
            form,
            dictionary(&[("Fields", fields), ("SigFlags", Object::Integer(3))]),
        );
        catalog.set("AcroForm", form);
        update.set(view.revision().root().unwrap(), catalog);
    }
}

pub(crate) fn list(view: &View<'_>, entries: &Dictionary, key: &str) -> Vec<Object> {
    let list = view.get(entries, key).unwrap();
    list.as_array().unwrap_or_default().to_vec()
}
