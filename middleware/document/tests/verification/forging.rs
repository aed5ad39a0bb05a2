//! What attackers do to sealed documents.

use sello_cades::build::{SealedDocument, SignedAttributes, signed_data};
use sello_document::report::Report;
use sello_pdf::{Dictionary, Document, IncrementalUpdate, Object, Reference};
use sha2::{Digest, Sha256};

use crate::center::Key;

/// Where the last signature's hexadecimal digits stand, and what is covered.
pub(crate) struct Signature {
    pub(crate) digits: std::ops::Range<usize>,
    covered_end: usize,
}

pub(crate) fn last_signature(document: &[u8]) -> Signature {
    let start = rfind(document, b"/ByteRange");
    let list = &document[start..start + 100];
    let list = std::str::from_utf8(&list[rfind(list, b"[") + 1..]).unwrap();
    let numbers: Vec<usize> = list
        .split(']')
        .next()
        .unwrap()
        .split_ascii_whitespace()
        .map(|number| number.parse().unwrap())
        .collect();
    Signature {
        digits: numbers[1] + 1..numbers[2] - 1,
        covered_end: numbers[2] + numbers[3],
    }
}

fn rfind(bytes: &[u8], word: &[u8]) -> usize {
    bytes
        .windows(word.len())
        .rposition(|window| window == word)
        .unwrap()
}

/// Replaces the first of these words by another of the same length.
pub(crate) fn replace(document: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = document
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .unwrap();
    let mut changed = document.to_vec();
    changed[at..at + to.len()].copy_from_slice(to.as_bytes());
    changed
}

/// The last signature's digits.
pub(crate) fn contents(document: &[u8]) -> Vec<u8> {
    document[last_signature(document).digits].to_vec()
}

/// Puts other digits in the place of the last signature's.
pub(crate) fn with_contents(document: &[u8], digits: &[u8]) -> Vec<u8> {
    let place = last_signature(document).digits;
    let mut changed = document.to_vec();
    changed[place.clone()].fill(b'0');
    changed[place.start..place.start + digits.len()].copy_from_slice(digits);
    changed
}

/// Signs the last signature's bytes anew, with what an attacker has.
pub(crate) fn resign(
    document: &[u8],
    key: &Key,
    certificate: &[u8],
    seal: Option<&[u8]>,
) -> Vec<u8> {
    let signature = last_signature(document);
    let before = &document[..signature.digits.start - 1];
    let after = &document[signature.digits.end + 1..signature.covered_end];
    let digest = Sha256::digest([before, after].concat()).into();
    let sealed = SealedDocument {
        document_id: identifier(document),
        length: (before.len() + after.len()).try_into().unwrap(),
    };
    let attributes = SignedAttributes::new(digest, certificate, seal, Some(&sealed)).unwrap();
    let value = key.sign_digest(&attributes.digest());
    let data = signed_data(&attributes, &value, certificate, &[]).unwrap();
    let digits: Vec<u8> = data
        .iter()
        .flat_map(|byte| format!("{byte:02x}").into_bytes())
        .collect();
    with_contents(document, &digits)
}

fn identifier(document: &[u8]) -> Option<Vec<u8>> {
    let document = Document::open(document).unwrap();
    let view = document.latest();
    let halves = view.get(view.trailer(), "ID").unwrap();
    Some(halves.as_array()?.first()?.as_string()?.to_vec())
}

/// Appends a revision; `change` is given the update and the latest state.
pub(crate) fn append(
    document: &[u8],
    change: impl FnOnce(&mut IncrementalUpdate, &sello_pdf::View<'_>),
) -> Vec<u8> {
    let opened = Document::open(document).unwrap();
    let mut update = IncrementalUpdate::new(&opened).unwrap();
    change(&mut update, &opened.latest());
    let update = update.finish().unwrap();
    [document, &update.bytes].concat()
}

/// The first page's object and dictionary.
pub(crate) fn page(view: &sello_pdf::View<'_>) -> (Reference, Dictionary) {
    let page = view.page(0).unwrap().unwrap();
    (page.reference, page.dictionary)
}

/// The last field of the form.
pub(crate) fn last_field(view: &sello_pdf::View<'_>) -> (Reference, Dictionary) {
    let catalog = view.catalog().unwrap();
    let form = view.get(&catalog, "AcroForm").unwrap();
    let fields = view.get(form.as_dictionary().unwrap(), "Fields").unwrap();
    let field = fields.as_array().unwrap().last().unwrap();
    let reference = field.as_reference().unwrap();
    let Object::Dictionary(dictionary) = view.resolve(reference).unwrap() else {
        panic!("no field");
    };
    (reference, dictionary)
}

/// The verdict on each signature.
pub(crate) fn verdicts(report: &Report) -> Vec<&'static str> {
    let signatures = report.signatures.iter();
    signatures.map(|signature| signature.code.name()).collect()
}
