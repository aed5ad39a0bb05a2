//! Documents and requests that stamping refuses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod support;

use std::io::{self, Write};

use sello_document::stamp::{StampError, prepare};
use sello_pdf::{Document, Error};
use support::Organ;
use support::sample::Sample;
use time::macros::datetime;

fn refuse(organ: &Organ, document: &[u8]) -> StampError {
    organ.try_stamp(document, &organ.request()).unwrap_err()
}

#[test]
fn what_is_no_sound_pdf() {
    let organ = Organ::new();
    let error = refuse(&organ, b"hello");
    assert!(
        matches!(error, StampError::Document(Error::NotPdf)),
        "{error}"
    );
    let error = refuse(
        &organ,
        &Sample::pages(1).with_trailer("/Encrypt 9 0 R").table(),
    );
    assert!(
        matches!(error, StampError::Document(Error::Encrypted)),
        "{error}"
    );
    let whole = Sample::pages(1).table();
    let error = refuse(&organ, &whole[..whole.len() - 30]);
    assert!(
        matches!(error, StampError::Document(Error::Damaged { .. })),
        "{error}"
    );
}

#[test]
fn pages_that_do_not_exist() {
    let organ = Organ::new();
    for page in [0, 3, usize::MAX] {
        let mut request = organ.request();
        request.placement.page = page;
        let error = organ
            .try_stamp(&Sample::pages(2).table(), &request)
            .unwrap_err();
        assert!(
            matches!(error, StampError::NoSuchPage { page: asked, pages: 2 } if asked == page),
            "{error}"
        );
    }
}

#[test]
fn places_off_the_page() {
    let organ = Organ::new();
    let mut request = organ.request();
    request.placement.x_mm = 171.0;
    let error = organ
        .try_stamp(&Sample::pages(1).table(), &request)
        .unwrap_err();
    let StampError::OutsidePage {
        width_mm,
        height_mm,
    } = error
    else {
        panic!("{error}");
    };
    assert_eq!((width_mm.round(), height_mm.round()), (210.0, 297.0));
}

#[test]
fn certified_documents_that_allow_no_change() {
    let organ = Organ::new();
    let certified = |permission: u8| {
        Sample::pages(1)
            .with(1, "<</Type/Catalog/Pages 2 0 R/Perms<</DocMDP 50 0 R>>>>")
            .with(
                50,
                &format!(
                    "<</Type/Sig/Reference[<</TransformMethod/DocMDP\
                     /TransformParams<</P {permission}>>>>]>>"
                ),
            )
            .table()
    };
    let error = refuse(&organ, &certified(1));
    assert!(matches!(error, StampError::NoChangesAllowed), "{error}");
    organ.stamp(&certified(2));
}

#[test]
fn seals_that_may_not_be_used() {
    let organ = Organ::new();
    let document = Sample::pages(1).table();
    let mut request = organ.request();
    request.signer_certificate = &organ.root;
    let error = organ.try_stamp(&document, &request).unwrap_err();
    assert!(matches!(error, StampError::CertificateNotInSeal), "{error}");
    for time in [
        datetime!(2025-12-31 23:59:59 UTC),
        datetime!(2030-01-01 0:00:01 UTC),
    ] {
        let mut request = organ.request();
        request.claimed_time = time;
        let error = organ.try_stamp(&document, &request).unwrap_err();
        assert!(
            matches!(error, StampError::SealNotInForce),
            "{time}: {error}"
        );
    }
}

#[test]
fn pictures_that_cannot_be_drawn() {
    let document = Sample::pages(1).table();
    let error = refuse(&Organ::with_picture("JPG", &support::picture()), &document);
    assert!(matches!(error, StampError::PictureType { .. }), "{error}");
    let error = refuse(&Organ::with_picture("PNG", b"no picture"), &document);
    assert!(matches!(error, StampError::Picture(_)), "{error}");
}

#[test]
fn forms_that_are_none() {
    let organ = Organ::new();
    let forms = ["[]", "<</Fields<<>>>>", "<</Fields[5]>>"];
    for form in forms {
        let catalog = format!("<</Type/Catalog/Pages 2 0 R/AcroForm {form}>>");
        let error = refuse(&organ, &Sample::pages(1).with(1, &catalog).table());
        assert!(matches!(error, StampError::Form { .. }), "{form}: {error}");
    }
    let page = "<</Type/Page/Parent 2 0 R/Annots<<>>>>";
    let error = refuse(&organ, &Sample::pages(1).with(10, page).table());
    assert!(matches!(error, StampError::Form { .. }), "{error}");
}

#[test]
fn texts_beyond_measure() {
    let organ = Organ::new();
    let long = "x".repeat(1001);
    let mut request = organ.request();
    request.reason = Some(&long);
    let error = organ
        .try_stamp(&Sample::pages(1).table(), &request)
        .unwrap_err();
    assert!(matches!(error, StampError::TextTooLong { .. }), "{error}");
}

#[test]
fn values_that_are_no_signature() {
    let organ = Organ::new();
    let document = Sample::pages(1).table();
    for signature in [b"".as_slice(), &[0; 64], &[0x30, 0x02, 0x02]] {
        let opened = Document::open(document.as_slice()).unwrap();
        let prepared = prepare(opened, &organ.request()).unwrap();
        let error = prepared.finish(signature).unwrap_err();
        assert!(matches!(error, StampError::Signature(_)), "{error}");
    }
}

/// Takes so many bytes and no more.
struct FullDisk(usize);

impl Write for FullDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = bytes.len().min(self.0);
        self.0 -= size;
        if size == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(size)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn outputs_that_are_full() {
    let organ = Organ::new();
    let document = Sample::pages(1).table();
    for room in [0, 100, document.len() + 100] {
        let opened = Document::open(document.as_slice()).unwrap();
        let prepared = prepare(opened, &organ.request()).unwrap();
        let signature = organ.sign_digest(&prepared.digest());
        let sealed = prepared.finish(&signature).unwrap();
        let error = sealed.write_to(&mut FullDisk(room)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{room}");
    }
}
