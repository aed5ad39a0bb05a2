//! Fields filled in after signing: what they show has to be what their value says.

use sello_pdf::{Object, Reference};

use crate::center::{Center, verify};
use crate::forging::{append, verdicts};
use crate::sample::{Sample, stream};
use crate::signing::{dictionary, name, numbers, sign_plainly, string};

const FIELD: u32 = 21;

/// A signed form of one text field with these further entries, filled in with `value`, and showing
/// `content` with these resources; gives the verdict on the signature.
fn filled(entries: &str, value: &str, content: &str, resources: &[(&str, Object)]) -> String {
    let center = Center::new(10);
    let field = format!(
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(Amount)/Rect[72 600 272 620]/F 4/P 10 0 R\
         /AP<</N 23 0 R>>{entries}>>"
    );
    let form = "/Type/XObject/Subtype/Form/BBox[0 0 200 20]";
    let sample = Sample::pages(1)
        .with(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 20 0 R>>")
        .with(
            10,
            "<</Type/Page/Parent 2 0 R/Contents 11 0 R/Annots[21 0 R]>>",
        )
        .with(
            20,
            "<</Fields[21 0 R]/DA(/Helv 0 Tf)/DR<</Font<</Helv 22 0 R>>>>>>",
        )
        .with(FIELD, &field)
        .with(
            22,
            "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</Differences[]>>>>",
        )
        .with(23, &stream(form, "/Tx BMC EMC"));
    let signed = sign_plainly(&sample.table(), &center.holder(), &[]);
    assert_eq!(verdicts(&verify(&signed, &center.trust())), ["VALID"]);
    let changed = append(&signed, |update, view| {
        let appearance = update.allocate().unwrap();
        let extent = [
            ("BBox", numbers(&[0, 0, 200, 20])),
            ("Subtype", name("Form")),
            ("Resources", Object::Dictionary(dictionary(resources))),
        ];
        update.set_stream(appearance, dictionary(&extent), content.as_bytes().to_vec());
        let reference = Reference::new(FIELD, 0);
        let Object::Dictionary(mut field) = view.resolve(reference).unwrap() else {
            panic!("no field");
        };
        field.set("V", string(value));
        let normal = dictionary(&[("N", appearance.into())]);
        field.set("AP", Object::Dictionary(normal));
        update.set(reference, field);
    });
    verdicts(&verify(&changed, &center.trust()))[0].to_owned()
}

const MISLEADS: &str = "FIELD_APPEARANCE_CHANGED";

#[test]
fn an_appearance_that_says_the_value_is_no_false_alarm() {
    for (entries, value, content) in [
        ("", "100", "/Tx BMC BT /Helv 12 Tf (100) Tj ET EMC"),
        (
            "",
            "100",
            "BT /Helv 12 Tf (1) Tj 9 0 Td (0) Tj 9 0 Td (0) Tj ET",
        ),
        ("", "two lines", "BT /Helv 12 Tf (two) Tj T* (lines) Tj ET"),
        ("", "100", ""),
        ("", "", "/Tx BMC EMC"),
        ("/Ff 8192", "secret", "BT /Helv 12 Tf (******) Tj ET"),
        (
            "/AA<</F<<>>>>",
            "1234.5",
            "BT /Helv 12 Tf ($1,234.50) Tj ET",
        ),
    ] {
        assert_eq!(filled(entries, value, content, &[]), "VALID", "{content}");
    }
}

#[test]
fn an_appearance_that_says_something_else_than_its_value_is_named() {
    for (entries, value, content) in [
        ("", "100", "BT /Helv 12 Tf (900) Tj ET"),
        ("", "100", "BT /Helv 12 Tf (100 000) Tj ET"),
        ("", "not approved", "BT /Helv 12 Tf (approved) Tj ET"),
        ("/AA<</F<<>>>>", "100", "BT /Helv 12 Tf ($100,000) Tj ET"),
        ("", "100", "BT /Helv 12 Tf (100) Tj ET /Im Do"),
        ("", "100", "BI /W 1 /H 1 ID x EI"),
    ] {
        assert_eq!(filled(entries, value, content, &[]), MISLEADS, "{content}");
    }
}

#[test]
fn letters_of_a_font_that_came_later_prove_nothing_either_way() {
    let fonts = |subtype: &str, descriptor: bool| {
        let mut font = dictionary(&[("Type", name("Font")), ("Subtype", name(subtype))]);
        if descriptor {
            font.set("FontDescriptor", Object::Dictionary(dictionary(&[])));
        }
        let fonts = dictionary(&[("Mine", Object::Dictionary(font))]);
        [("Font", Object::Dictionary(fonts))]
    };
    let content = "BT /Mine 12 Tf (900) Tj ET";
    assert_eq!(filled("", "100", content, &fonts("Type0", true)), "VALID");
    assert_eq!(filled("", "100", content, &fonts("Type1", true)), "VALID");
    // One that every viewer has shows what it says.
    assert_eq!(filled("", "100", content, &fonts("Type1", false)), MISLEADS);
}
