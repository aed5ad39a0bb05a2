//! Documents of whoever sends them: the reader and the whole way of verification.
//!
//! Bytes that begin like a document are one. Others are a program that changes one of the small sealed
//! documents kept beside this crate (`seeds/documents`, made by `cargo run -p sello-fuzz --example
//! seeds`): what a revision appends is laid out soundly, so that it is judged for what it does.

mod changes;
mod words;

use std::sync::LazyLock;

use sello_cades::{Certificate, RevocationList, TrustStore};
use sello_document::report::{Indication, Overall, Report};
use sello_document::verify;
use sello_pdf::{Document, Object, View};
use time::OffsetDateTime;

/// The sealed documents.
const SEEDS: [&[u8]; 8] = [
    include_bytes!("../seeds/documents/table.pdf"),
    include_bytes!("../seeds/documents/streams.pdf"),
    include_bytes!("../seeds/documents/twice.pdf"),
    include_bytes!("../seeds/documents/form.pdf"),
    include_bytes!("../seeds/documents/certified.pdf"),
    include_bytes!("../seeds/documents/locked.pdf"),
    include_bytes!("../seeds/documents/straddle.pdf"),
    include_bytes!("../seeds/documents/archived.pdf"),
];
/// 2026-11-22, when the seeds are valid.
const NOW: i64 = 1_795_348_800;
/// Most of a content stream that is compared, in bytes.
const MOST_CONTENT: usize = 1 << 20;

/// Trust in the authority that sealed them.
static TRUST: LazyLock<TrustStore> = LazyLock::new(|| {
    let root = Certificate::from_der(include_bytes!("../seeds/documents/root.der")).unwrap();
    let list = RevocationList::from_der(include_bytes!("../seeds/documents/root.crl")).unwrap();
    TrustStore::new(vec![root], vec![list])
});

/// A document is judged. Where the authority is trusted, nothing is called valid but what was sealed,
/// and with it the document only if its pages still say what they said then.
pub fn run(data: &[u8]) {
    let document = if data.first() == Some(&b'%') {
        data.to_vec()
    } else {
        changes::apply(data, &SEEDS)
    };
    let now = OffsetDateTime::from_unix_timestamp(NOW).unwrap();
    let report = verify(document.as_slice(), &TRUST, now);
    serde_json::to_string(&report).expect("a report is written out");
    for signature in &report.signatures {
        if signature.indication != Indication::TotalPassed {
            continue;
        }
        let end = signature.covers_bytes.expect("what is valid covers bytes");
        let covered = &document[..usize::try_from(end).unwrap()];
        assert!(
            SEEDS.iter().any(|seed| is_as_sealed(covered, seed)),
            "valid, and nobody sealed it"
        );
    }
    if report.overall == Overall::Valid {
        pages_are_as_sealed(&document, &report);
    }
}

/// Whether these bytes are the beginning of a sealed document, apart from the digits of its last
/// signature there: those are not covered, and judged by what they say.
fn is_as_sealed(bytes: &[u8], seed: &[u8]) -> bool {
    const CONTENTS: &[u8] = b"/Contents";
    let Some(seed) = seed.get(..bytes.len()) else {
        return false;
    };
    let mut words = seed.windows(CONTENTS.len());
    let Some(at) = words.rposition(|word| word == CONTENTS) else {
        return false;
    };
    let from = at + CONTENTS.len();
    let length = seed[from..].iter().position(|byte| *byte == b'>');
    let to = from + length.unwrap_or_default();
    bytes[..from] == seed[..from] && bytes[to..] == seed[to..]
}

fn pages_are_as_sealed(bytes: &[u8], report: &Report) {
    let document = Document::open(bytes).expect("a valid document is read");
    let first = report
        .signatures
        .iter()
        .filter_map(|signature| signature.covers_revision)
        .min();
    let sealed = document
        .at_revision(first.expect("a revision") - 1)
        .unwrap();
    assert_eq!(
        contents(&sealed),
        contents(&document.latest()),
        "valid, and its pages say something else"
    );
}

/// What the content streams of each page say.
fn contents(view: &View<'_>) -> Vec<Vec<Vec<u8>>> {
    let pages = view.pages().unwrap();
    let of_page = |page: &sello_pdf::Page| {
        let mut streams = Vec::new();
        match view.get(&page.dictionary, "Contents").unwrap() {
            Object::Array(parts) => {
                for part in &parts {
                    streams.extend(content(view, &view.value(part).unwrap()));
                }
            }
            one => streams.extend(content(view, &one)),
        }
        streams
    };
    pages.iter().map(of_page).collect()
}

fn content(view: &View<'_>, object: &Object) -> Option<Vec<u8>> {
    match object {
        Object::Stream(stream) => Some(view.stream_data(stream, MOST_CONTENT).unwrap()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_is_valid_where_its_authority_is_trusted() {
        let now = OffsetDateTime::from_unix_timestamp(NOW).unwrap();
        for seed in SEEDS {
            let report = verify(seed, &TRUST, now);
            assert_eq!(report.overall, Overall::Valid, "{report:?}");
            pages_are_as_sealed(seed, &report);
        }
    }

    #[test]
    fn a_program_appends_a_revision_that_is_judged_for_what_it_does() {
        // Seed 0, append a revision with one object, the first page's contents, as "<<>>".
        let now = OffsetDateTime::from_unix_timestamp(NOW).unwrap();
        let changed = changes::apply(&[0, 3, 1, 11, 4, b'<', b'<', b'>', b'>'], &SEEDS);
        assert!(changed.starts_with(SEEDS[0]));
        let report = verify(changed.as_slice(), &TRUST, now);
        assert_eq!(report.overall, Overall::Broken);
        assert!(report.findings.is_empty(), "it is read: {report:?}");
    }
}
