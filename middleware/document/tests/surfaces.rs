//! Seals on every surface: a place, a field that is there, the edges of several pages; with what
//! certifications, locks, archives and tags ask of them. The verifier draws the line: a picture
//! that is not drawn as sealed has the code `seal_picture_differs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod support;

use sello_cades::TrustStore;
use sello_document::report::Code;
use sello_document::stamp::{
    Drawing, Edge, EmptyField, FieldLock, Options, Permission, Placement, StampError, Straddle,
    Surface, prepare_fields, prepare_with,
};
use sello_document::verify;
use sello_pdf::{Dictionary, Document, Object, View};
use support::Organ;
use support::sample::{Sample, stream};

fn try_stamp(organ: &Organ, document: &[u8], options: &Options<'_>) -> Result<Vec<u8>, StampError> {
    let drawing = Drawing::of(&organ.seal)?;
    let mut output = Vec::new();
    let prepared = prepare_with(
        Document::open(document)?,
        &organ.request(),
        options,
        &drawing,
        &mut |block| {
            output.extend_from_slice(block);
            Ok(())
        },
    )?;
    let signature = organ.sign_digest(&prepared.digest());
    let sealed = prepared.finish(&signature)?;
    assert_eq!(output, document, "what is copied is what was digested");
    output.extend_from_slice(sealed.revision());
    Ok(output)
}

fn on(surface: Surface<'_>) -> Options<'_> {
    Options {
        surface,
        ..Options::default()
    }
}

fn straddle(pages: &[usize], edge: Edge) -> Surface<'_> {
    Surface::Straddle(Straddle {
        pages,
        edge,
        offset_mm: 60.0,
    })
}

/// Every seal is judged sound but for the trust nobody gave, and drawn as sealed.
fn assert_drawn_as_sealed(document: &[u8], signatures: usize) {
    let report = verify(document, &TrustStore::default(), support::CLAIMED);
    assert_eq!(report.signatures.len(), signatures, "{report:?}");
    for signature in &report.signatures {
        let failed = signature
            .findings
            .iter()
            .any(|finding| finding.indication == sello_document::report::Indication::TotalFailed);
        assert!(!failed, "{signature:?}");
        assert!(signature.seal.as_ref().unwrap().drawn, "{signature:?}");
    }
}

fn catalog(view: &View<'_>) -> Dictionary {
    view.catalog().unwrap()
}

fn dictionary(view: &View<'_>, holder: &Dictionary, key: &str) -> Dictionary {
    match view.get(holder, key).unwrap() {
        Object::Dictionary(dictionary) => dictionary,
        other => panic!("/{key} is {other:?}"),
    }
}

fn field(name: &str, x_mm: f64, lock: Option<FieldLock>) -> EmptyField {
    EmptyField {
        name: name.to_owned(),
        placement: Placement {
            page: 1,
            x_mm,
            y_mm: 200.0,
            size_mm: Some((60.0, 30.0)),
        },
        lock,
    }
}

fn with_fields(document: &[u8], fields: &[EmptyField]) -> Vec<u8> {
    let opened = Document::open(document).unwrap();
    let mut bytes = document.to_vec();
    bytes.extend(prepare_fields(&opened, fields).unwrap());
    bytes
}

#[test]
fn slices_at_every_edge_make_one_seal() {
    let organ = Organ::new();
    for document in [Sample::pages(5).table(), Sample::pages(5).streams()] {
        for edge in [Edge::Left, Edge::Right, Edge::Top, Edge::Bottom] {
            for pages in [[].as_slice(), &[1, 2], &[4, 2, 5]] {
                let sealed = try_stamp(&organ, &document, &on(straddle(pages, edge))).unwrap();
                assert_drawn_as_sealed(&sealed, 1);
            }
        }
    }
}

#[test]
fn a_seal_across_many_pages_begins_again() {
    let organ = Organ::new();
    for pages in [20, 21, 47] {
        let document = Sample::pages(pages).table();
        let sealed = try_stamp(&organ, &document, &on(straddle(&[], Edge::Right))).unwrap();
        assert_drawn_as_sealed(&sealed, 1);
    }
}

#[test]
fn a_seal_on_several_pages_is_one_signature() {
    let organ = Organ::new();
    for document in [Sample::pages(4).table(), Sample::pages(4).streams()] {
        for pages in [[].as_slice(), &[3], &[1, 4]] {
            let sealed = try_stamp(&organ, &document, &on(Surface::Pages(pages))).unwrap();
            assert_drawn_as_sealed(&sealed, 1);
        }
    }
}

#[test]
fn slices_lie_at_the_edge_that_is_shown() {
    let organ = Organ::new();
    let turned = "<</Type/Page/Parent 2 0 R/Rotate 90/CropBox[50 60 500 700]>>";
    let document = Sample::pages(3).with(12, turned).table();
    let sealed = try_stamp(&organ, &document, &on(straddle(&[], Edge::Right))).unwrap();
    assert_drawn_as_sealed(&sealed, 1);
    let opened = Document::open(sealed.as_slice()).unwrap();
    let view = opened.latest();
    let page = view.page(1).unwrap().unwrap();
    let annotations = view.get(&page.dictionary, "Annots").unwrap();
    let slice = annotations.as_array().unwrap()[0].as_reference().unwrap();
    let Object::Dictionary(slice) = view.resolve(slice).unwrap() else {
        panic!("no slice")
    };
    let rectangle = view.rectangle(slice.get("Rect").unwrap()).unwrap().unwrap();
    // Turned clockwise, the sheet's upper edge is the right one shown.
    assert!((rectangle.top - 700.0).abs() < 0.01, "{rectangle:?}");
    assert!((rectangle.left - (50.0 + 60.0 * 72.0 / 25.4)).abs() < 0.01);
}

#[test]
fn slices_put_together_in_another_way_are_no_seal() {
    let organ = Organ::new();
    let document = Sample::pages(3).table();
    let sealed = try_stamp(&organ, &document, &on(straddle(&[], Edge::Right))).unwrap();
    let text = String::from_utf8_lossy(&sealed).into_owned();
    let at = text.find("-37.795").unwrap();
    assert!(at > document.len());
    let wide = sealed
        .windows(7)
        .position(|window| window == b"-37.795")
        .unwrap();
    let mut moved = sealed.clone();
    moved[wide..wide + 7].copy_from_slice(b"-37.995");
    let report = verify(moved.as_slice(), &TrustStore::default(), support::CLAIMED);
    let codes: Vec<Code> = report.signatures[0]
        .findings
        .iter()
        .map(|finding| finding.code)
        .collect();
    assert!(codes.contains(&Code::SealPictureDiffers), "{codes:?}");
}

#[test]
fn one_page_is_too_few_to_straddle() {
    let organ = Organ::new();
    let document = Sample::pages(3).table();
    for pages in [&[2][..], &[2, 2]] {
        let error = try_stamp(&organ, &document, &on(straddle(pages, Edge::Left))).unwrap_err();
        assert!(matches!(error, StampError::StraddlePages { .. }), "{error}");
    }
    let error = try_stamp(&organ, &document, &on(straddle(&[1, 4], Edge::Left))).unwrap_err();
    assert!(
        matches!(error, StampError::NoSuchPage { page: 4, pages: 3 }),
        "{error}"
    );
}

#[test]
fn a_sealed_document_takes_a_seal_but_none_across_its_pages() {
    let organ = Organ::new();
    let sealed = organ.stamp(&Sample::pages(3).table());
    let error = try_stamp(&organ, &sealed, &on(straddle(&[], Edge::Right))).unwrap_err();
    assert!(matches!(error, StampError::SignedAlready { .. }), "{error}");
    let options = Options {
        certify: Some(Permission::FormsAndSeals),
        ..Options::default()
    };
    let error = try_stamp(&organ, &sealed, &options).unwrap_err();
    assert!(matches!(error, StampError::SignedAlready { .. }), "{error}");
    assert_drawn_as_sealed(&organ.stamp(&sealed), 2);
}

#[test]
fn empty_fields_are_sealed_one_after_the_other() {
    let organ = Organ::new();
    for document in [Sample::pages(2).table(), Sample::pages(2).streams()] {
        let fields = [field("Buyer", 20.0, None), field("Seller", 110.0, None)];
        let prepared = with_fields(&document, &fields);
        let once = try_stamp(&organ, &prepared, &on(Surface::Field("Seller"))).unwrap();
        assert_drawn_as_sealed(&once, 1);
        let error = try_stamp(&organ, &once, &on(Surface::Field("Seller"))).unwrap_err();
        assert!(matches!(error, StampError::FieldSigned { .. }), "{error}");
        let error = try_stamp(&organ, &once, &on(Surface::Field("Other"))).unwrap_err();
        let StampError::NoSuchField { empty, .. } = error else {
            panic!("{error}")
        };
        assert_eq!(empty, ["Buyer"]);
        let opened = Document::open(once.as_slice()).unwrap();
        let error = prepare_fields(&opened, &fields).unwrap_err();
        assert!(matches!(error, StampError::SignedAlready { .. }), "{error}");
    }
}

#[test]
fn a_bordered_field_is_sealed_after_another_seal() {
    let organ = Organ::new();
    let widget = "<</Subtype/Widget/FT/Sig/T(Here)/F 4/P 10 0 R/Rect[100 100 300 200]\
                  /BS<</W 2>>/Border[0 0 2]/MK<</BC[1 0 0]>>>>";
    let document = Sample::pages(1)
        .with(
            1,
            "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[50 0 R]>>>>",
        )
        .with(10, "<</Type/Page/Parent 2 0 R/Annots[50 0 R]>>")
        .with(50, widget)
        .table();
    let once = organ.stamp(&document);
    let twice = try_stamp(&organ, &once, &on(Surface::Field("Here"))).unwrap();
    assert_drawn_as_sealed(&twice, 2);
}

#[test]
fn fields_prepared_with_the_first_seal_wait_for_the_next() {
    let organ = Organ::new();
    let fields = [field("Seller", 110.0, None)];
    let options = Options {
        prepare_fields: &fields,
        ..Options::default()
    };
    let sealed = try_stamp(&organ, &Sample::pages(2).table(), &options).unwrap();
    assert_drawn_as_sealed(&sealed, 1);
    let error = try_stamp(&organ, &sealed, &options).unwrap_err();
    assert!(matches!(error, StampError::FieldExists { .. }), "{error}");
    assert!(try_stamp(&organ, &sealed, &on(Surface::Field("Seller"))).is_ok());
}

#[test]
fn a_certification_is_named_in_the_catalog_and_kept() {
    let organ = Organ::new();
    let document = Sample::pages(1).table();
    for (permission, level) in [
        (Permission::Nothing, 1),
        (Permission::FormsAndSeals, 2),
        (Permission::Annotations, 3),
    ] {
        let options = Options {
            certify: Some(permission),
            ..Options::default()
        };
        let sealed = try_stamp(&organ, &document, &options).unwrap();
        assert_drawn_as_sealed(&sealed, 1);
        let opened = Document::open(sealed.as_slice()).unwrap();
        let view = opened.latest();
        let permissions = dictionary(&view, &catalog(&view), "Perms");
        let signature = dictionary(&view, &permissions, "DocMDP");
        let transforms = view.get(&signature, "Reference").unwrap();
        let transform = transforms.as_array().unwrap()[0].as_dictionary().unwrap();
        let parameters = dictionary(&view, transform, "TransformParams");
        assert_eq!(parameters.get("P"), Some(&Object::Integer(level)));
        let further = try_stamp(&organ, &sealed, &Options::default());
        match permission {
            Permission::Nothing => {
                let error = further.unwrap_err();
                assert!(matches!(error, StampError::NoChangesAllowed), "{error}");
            }
            _ => assert!(further.is_ok()),
        }
    }
}

#[test]
fn a_lock_keeps_later_seals_out_of_its_fields() {
    let organ = Organ::new();
    let only_seller = FieldLock::Include(vec!["Seller".to_owned()]);
    let fields = [
        field("Buyer", 20.0, Some(only_seller.clone())),
        field("Seller", 110.0, None),
    ];
    let prepared = with_fields(&Sample::pages(1).table(), &fields);
    let options = Options {
        lock: Some(FieldLock::All),
        ..on(Surface::Field("Buyer"))
    };
    let error = try_stamp(&organ, &prepared, &options).unwrap_err();
    assert!(matches!(error, StampError::SeedValue { .. }), "{error}");
    let sealed = try_stamp(&organ, &prepared, &on(Surface::Field("Buyer"))).unwrap();
    let error = try_stamp(&organ, &sealed, &on(Surface::Field("Seller"))).unwrap_err();
    let StampError::Locked { field, by } = error else {
        panic!("{error}")
    };
    assert_eq!((field.as_str(), by.as_str()), ("Seller", "Buyer"));
    assert!(try_stamp(&organ, &sealed, &Options::default()).is_ok());
    let options = Options {
        lock: Some(FieldLock::All),
        ..Options::default()
    };
    let sealed = try_stamp(&organ, &Sample::pages(1).table(), &options).unwrap();
    assert_drawn_as_sealed(&sealed, 1);
    let error = try_stamp(&organ, &sealed, &Options::default()).unwrap_err();
    assert!(matches!(error, StampError::Locked { .. }), "{error}");
}

#[test]
fn what_an_empty_field_demands_is_met_or_said() {
    let organ = Organ::new();
    let seeded = |seed: &str| {
        let catalog = "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[50 0 R]>>>>";
        let widget = format!(
            "<</Type/Annot/Subtype/Widget/FT/Sig/T(Here)/F 4/P 10 0 R/Rect[100 100 300 200]/SV<<{seed}>>>>"
        );
        let page = "<</Type/Page/Parent 2 0 R/Annots[50 0 R]>>";
        let document = Sample::pages(1)
            .with(1, catalog)
            .with(10, page)
            .with(50, &widget)
            .table();
        try_stamp(&organ, &document, &on(Surface::Field("Here")))
    };
    for met in [
        "",
        "/Ff 1/Filter/Adobe.PPKLite",
        "/Ff 2/SubFilter[/adbe.pkcs7.detached/ETSI.CAdES.detached]",
        "/SubFilter[/adbe.pkcs7.detached]",
        "/Ff 64/DigestMethod[(SHA256)(SHA512)]",
        "/Ff 8/Reasons[(Approved)(Contract 2026/7)]",
        "/MDP<</P 0>>",
    ] {
        assert_drawn_as_sealed(&seeded(met).unwrap(), 1);
    }
    for unmet in [
        "/Ff 1/Filter/Other",
        "/Ff 2/SubFilter[/adbe.pkcs7.detached]",
        "/Ff 64/DigestMethod[(SHA512)]",
        "/Ff 8/Reasons[(Approved)]",
        "/Ff 8/Reasons[(.)]",
        "/TimeStamp<</URL(http://127.0.0.1)/Ff 1>>",
        "/Ff 4/V 9",
        "/Ff 32",
        "/Cert<</Ff 1/Subject[(other)]>>",
        "/Cert<</Ff 8>>",
    ] {
        let error = seeded(unmet).unwrap_err();
        assert!(
            matches!(error, StampError::SeedValue { .. }),
            "{unmet}: {error}"
        );
    }
    let certified = seeded("/MDP<</P 2>>").unwrap();
    let opened = Document::open(certified.as_slice()).unwrap();
    let view = opened.latest();
    dictionary(&view, &catalog(&view), "Perms");
}

/// An archive document of this part, with an output intent or without.
fn archive(part: u8, intent: bool) -> Vec<u8> {
    let intents = if intent {
        "/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)\
         /DestOutputProfile 61 0 R>>]"
    } else {
        ""
    };
    let xmp = format!("<rdf:Description pdfaid:part=\"{part}\" pdfaid:conformance=\"B\"/>");
    Sample::pages(1)
        .with(
            1,
            &format!("<</Type/Catalog/Pages 2 0 R/Metadata 60 0 R{intents}>>"),
        )
        .with(60, &stream("/Type/Metadata/Subtype/XML", &xmp))
        .with(61, &stream("/N 3", "profile"))
        .table()
}

#[test]
fn archives_stay_archives() {
    let organ = Organ::new();
    for (part, intent) in [(1, true), (1, false), (2, true), (3, false)] {
        let document = archive(part, intent);
        let sealed = organ.stamp(&document);
        assert_drawn_as_sealed(&sealed, 1);
        let added = String::from_utf8_lossy(&sealed[document.len()..]).into_owned();
        assert_eq!(added.contains("/SMask"), part != 1, "part {part}");
        assert_eq!(added.contains("/DeviceRGB"), intent, "part {part}");
        assert_eq!(added.contains("/CalRGB"), !intent, "part {part}");
        assert!(!added.contains("Metadata 6") || added.contains("/Metadata 60 0 R"));
    }
}

#[test]
fn a_tagged_document_gets_a_tagged_seal() {
    let organ = Organ::new();
    let trees = [
        "<</Type/StructTreeRoot/K 71 0 R/ParentTree 72 0 R/ParentTreeNextKey 3>>",
        "<</Type/StructTreeRoot/K[71 0 R]/ParentTree<</Nums[0[71 0 R] 6[71 0 R]]>>>>",
        "<</Type/StructTreeRoot/K[71 0 R]/ParentTree<</Kids[73 0 R]>>>>",
    ];
    for (tree, key) in trees.into_iter().zip([3, 7, 5]) {
        let document = Sample::pages(2)
            .with(
                1,
                "<</Type/Catalog/Pages 2 0 R/StructTreeRoot 70 0 R/MarkInfo<</Marked true>>>>",
            )
            .with(70, tree)
            .with(71, "<</Type/StructElem/S/Document/P 70 0 R>>")
            .with(72, "<</Nums[0[71 0 R]]>>")
            .with(73, "<</Limits[4 4]/Nums[4[71 0 R]]>>")
            .table();
        for surface in [Surface::Placed, straddle(&[], Edge::Right)] {
            let sealed = try_stamp(&organ, &document, &on(surface)).unwrap();
            assert_drawn_as_sealed(&sealed, 1);
            let added = String::from_utf8_lossy(&sealed[document.len()..]).into_owned();
            assert!(added.contains("/Alt (Contract seal)"), "{added}");
            assert!(
                added.contains(&format!("/StructParent {key}")),
                "{tree}: {added}"
            );
            // A further seal leaves the structure that is signed alone.
            assert_drawn_as_sealed(&organ.stamp(&sealed), 2);
        }
    }
}
