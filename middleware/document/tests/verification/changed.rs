//! Changes after sealing: incremental saving attacks and their kin.

use sello_document::report::Overall;
use sello_pdf::{Dictionary, IncrementalUpdate, Name, Object, View};

use crate::center::{Center, Plan, codes, verify};
use crate::documents;
use crate::forging::{append, last_field, page, resign, verdicts};

fn name(name: &str) -> Object {
    Object::Name(Name::from(name))
}

/// Makes a change after sealing and expects it to be named, in both forms of document.
fn is_named(change: impl Fn(&mut IncrementalUpdate, &View<'_>)) {
    let center = Center::new(10);
    for document in documents() {
        let sealed = center.holder().stamp(&document);
        let changed = append(&sealed, &change);
        let report = verify(&changed, &center.trust());
        assert_eq!(verdicts(&report)[0], "CHANGED_AFTER_SEALING");
        assert_eq!((report.overall, report.exit_code), (Overall::Broken, 1));
    }
}

#[test]
fn a_replaced_page_content_is_named() {
    is_named(|update, view| {
        let (_, page) = page(view);
        let content = page.get("Contents").and_then(Object::as_reference).unwrap();
        update.set_stream(content, Dictionary::new(), b"BT (Pay 900) Tj ET".to_vec());
    });
}

#[test]
fn an_added_page_is_named() {
    is_named(|update, view| {
        let new = update.allocate().unwrap();
        let (_, mut page) = page(view);
        page.remove("Annots");
        update.set(new, page);
        let catalog = view.catalog().unwrap();
        let tree = catalog.get("Pages").and_then(Object::as_reference).unwrap();
        let Object::Dictionary(mut pages) = view.resolve(tree).unwrap() else {
            panic!("no pages");
        };
        let mut kids = pages.get("Kids").unwrap().as_array().unwrap().to_vec();
        kids.push(new.into());
        pages.set("Kids", kids);
        update.set(tree, pages);
    });
}

#[test]
fn an_added_annotation_is_named() {
    is_named(|update, view| {
        let (reference, mut page) = page(view);
        let note = update.allocate().unwrap();
        let entries = [("Type", name("Annot")), ("Subtype", name("FreeText"))];
        update.set(note, Dictionary::from_iter(entries));
        let mut annotations = page.get("Annots").unwrap().as_array().unwrap().to_vec();
        annotations.push(note.into());
        page.set("Annots", annotations);
        update.set(reference, page);
    });
}

#[test]
fn a_catalog_action_is_named() {
    is_named(|update, view| {
        let mut catalog = view.catalog().unwrap();
        let action = [
            ("S", name("JavaScript")),
            ("JS", Object::String(b"1".into())),
        ];
        catalog.set("OpenAction", Dictionary::from_iter(action));
        update.set(view.revision().root().unwrap(), catalog);
    });
}

#[test]
fn a_removed_field_does_not_hide_its_seal() {
    is_named(|update, view| {
        let mut catalog = view.catalog().unwrap();
        catalog.remove("AcroForm");
        update.set(view.revision().root().unwrap(), catalog);
    });
}

#[test]
fn a_changed_widget_is_named() {
    is_named(|update, view| {
        let (reference, mut field) = last_field(view);
        field.set("Rect", vec![Object::Integer(0); 4]);
        update.set(reference, field);
    });
}

#[test]
fn a_replaced_appearance_is_named() {
    is_named(|update, view| {
        let (_, field) = last_field(view);
        let appearance = field.get("AP").unwrap().as_dictionary().unwrap();
        let form = appearance.get("N").and_then(Object::as_reference).unwrap();
        update.set_stream(form, Dictionary::new(), b"BT (Forged) Tj ET".to_vec());
    });
}

#[test]
fn an_empty_revision_is_named() {
    is_named(|update, _| {
        let unused = update.allocate().unwrap();
        update.set(unused, Object::Null);
    });
}

#[test]
fn a_seal_that_adds_more_than_itself_breaks_the_first() {
    let center = Center::new(10);
    let holder = center.holder();
    for document in documents() {
        let first = holder.stamp(&document);
        // The second seal is sound over a document that was changed before.
        let changed = append(&first, |update, view| {
            let mut catalog = view.catalog().unwrap();
            catalog.set("Lang", Object::String(b"es".into()));
            update.set(view.revision().root().unwrap(), catalog);
        });
        let report = verify(&holder.stamp(&changed), &center.trust());
        assert_eq!(verdicts(&report), ["CHANGED_AFTER_SEALING", "VALID"]);
        assert_eq!(report.overall, Overall::Broken);
    }
}

#[test]
fn a_second_seal_counts_only_as_far_as_it_is_good() {
    let center = Center::new(10);
    let first = center.holder().stamp(&documents()[0]);
    let stranger = Center::new(20);
    let report = verify(&stranger.holder().stamp(&first), &center.trust());
    assert_eq!(codes(&report, 0), ["LATER_SEAL_NOT_PROVEN"]);
    assert_eq!(report.signatures[1].indication.name(), "INDETERMINATE");
    assert_eq!(report.exit_code, 2);

    let plan = Plan {
        maker_is_maker: false,
        ..Plan::default()
    };
    let report = verify(&center.holder_with(&plan).stamp(&first), &center.trust());
    assert_eq!(
        verdicts(&report),
        ["CHANGED_AFTER_SEALING", "SEAL_MAKER_NOT_ALLOWED"]
    );
}

#[test]
fn a_visible_signature_without_a_seal_breaks_the_first() {
    let center = Center::new(10);
    let holder = center.holder();
    let twice = holder.stamp(&holder.stamp(&documents()[0]));
    let unsealed = resign(&twice, &holder.key, &holder.certificate, None);
    let report = verify(&unsealed, &center.trust());
    assert_eq!(verdicts(&report), ["CHANGED_AFTER_SEALING", "VALID"]);
    assert_eq!(report.exit_code, 1);
}

#[test]
fn one_broken_seal_does_not_hide_the_others() {
    let center = Center::new(10);
    let holder = center.holder();
    let first = holder.stamp(&documents()[0]);
    let mut twice = holder.stamp(&first);
    let place = crate::forging::last_signature(&twice).digits;
    twice[place].fill(b'0');
    let report = verify(&twice, &center.trust());
    assert_eq!(
        verdicts(&report),
        ["CHANGED_AFTER_SEALING", "CONTENTS_MISSING"]
    );
}
