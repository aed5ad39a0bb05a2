//! Makes `seeds/documents`: small sealed documents, and the authority that sealed them.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    dead_code,
    reason = "a tool for people who change the generators"
)]

#[path = "../../../middleware/document/tests/verification/center.rs"]
mod center;
#[path = "../../../middleware/pdf/tests/support/sample.rs"]
mod sample;

use std::fs;
use std::path::PathBuf;

use sello_cades::DigestAlgorithm;
use sello_cades::timestamp::token::TokenDraft;
use sello_cades::timestamp::{MessageImprint, TstInfo};
use sello_document::stamp::{
    Digested, Drawing, Edge, Evidence, FieldLock, Options, Permission, Placement, Request,
    Straddle, Surface, add_evidence, prepare_timestamp, prepare_with,
};
use sello_pdf::Document;
use time::macros::datetime;

use center::{Center, Holder};
use sample::Sample;

/// Bytes set aside for a token of this authority.
const TOKEN_ROOM: usize = 2048;

fn main() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("seeds/documents");
    fs::create_dir_all(&folder).unwrap();
    let center = Center::new(10);
    let holder = center.holder();
    let write = |name: &str, bytes: &[u8]| {
        println!("{name}: {} bytes", bytes.len());
        fs::write(folder.join(name), bytes).unwrap();
    };
    write("root.der", &center.root);
    let list = center.crl_der(&[], center::day(2027, 1));
    write("root.crl", &list);
    let sample = Sample::pages(2);
    let form = sample
        .clone()
        .with(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 30 0 R>>")
        .with(30, "<</Fields[31 0 R]/DA(/Helv 0 Tf)>>")
        .with(
            31,
            "<</Type/Annot/Subtype/Widget/FT/Tx/T(Name)/V(x)/Rect[0 0 90 20]/P 10 0 R>>",
        )
        .with(
            10,
            "<</Type/Page/Parent 2 0 R/Contents 11 0 R/Annots[31 0 R]>>",
        );
    let plain = Options::default();
    let once = stamp(&holder, &sample.table(), &plain);
    write("table.pdf", &once);
    write("streams.pdf", &stamp(&holder, &sample.streams(), &plain));
    write("twice.pdf", &stamp(&holder, &once, &plain));
    write("form.pdf", &stamp(&holder, &form.table(), &plain));
    let certified = Options {
        certify: Some(Permission::Nothing),
        ..Options::default()
    };
    write(
        "certified.pdf",
        &stamp(&holder, &sample.table(), &certified),
    );
    let locked = Options {
        lock: Some(FieldLock::All),
        ..Options::default()
    };
    write("locked.pdf", &stamp(&holder, &form.table(), &locked));
    let straddle = Options {
        surface: Surface::Straddle(Straddle {
            pages: &[],
            edge: Edge::Right,
            offset_mm: 100.0,
        }),
        ..Options::default()
    };
    write("straddle.pdf", &stamp(&holder, &sample.table(), &straddle));
    write("archived.pdf", &archived(&center, &list, &once));
}

fn stamp(holder: &Holder, document: &[u8], options: &Options<'_>) -> Vec<u8> {
    let request = Request {
        seal: &holder.seal,
        signer_certificate: &holder.certificate,
        chain: &holder.chain,
        placement: Placement {
            page: 1,
            x_mm: 20.0,
            y_mm: 30.0,
            size_mm: Some((20.0, 15.0)),
        },
        reason: Some("Contract"),
        place: None,
        claimed_time: datetime!(2026-06-01 12:00 UTC),
    };
    let drawing = Drawing::of(request.seal).unwrap();
    let opened = Document::open(document).unwrap();
    let prepared = prepare_with(opened, &request, options, &drawing, &mut |_| Ok(())).unwrap();
    let signature = holder.key.sign_digest(&prepared.digest());
    let mut output = Vec::new();
    let sealed = prepared.finish(&signature).unwrap();
    sealed.write_to(&mut output).unwrap();
    output
}

/// With validation data and a document timestamp.
fn archived(center: &Center, list: &[u8], sealed: &[u8]) -> Vec<u8> {
    let evidence = Evidence {
        certificates: vec![center.root.clone()],
        revocation_lists: vec![list.to_vec()],
        ocsp_responses: Vec::new(),
    };
    let mut document = sealed.to_vec();
    let opened = Document::open(document.as_slice()).unwrap();
    let revision = add_evidence(&opened, &evidence, None).unwrap();
    document.extend(revision);
    let opened = Document::open(document.as_slice()).unwrap();
    let digested = Digested::of(&document.as_slice()).unwrap();
    let prepared = prepare_timestamp(&opened, &digested, TOKEN_ROOM).unwrap();
    let token = token(center, &prepared.digest());
    let revision = prepared.finish(&token).unwrap();
    document.extend(revision);
    document
}

fn token(center: &Center, digest: &[u8; 32]) -> Vec<u8> {
    let (key, certificate) = center.timestamps();
    let info = TstInfo {
        policy: sello_profile::oid::TIMESTAMP_POLICY,
        imprint: MessageImprint {
            algorithm: DigestAlgorithm::Sha256,
            digest: digest.to_vec(),
        },
        serial: vec![7; 16],
        time: datetime!(2026-10-02 12:00 UTC),
        accuracy: None,
        ordering: false,
        nonce: None,
    };
    let draft = TokenDraft::new(&info, &certificate).unwrap();
    let signature = key.sign_digest(&draft.digest());
    draft.finish(&signature, Some(&[])).unwrap()
}
