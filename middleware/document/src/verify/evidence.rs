//! What a document brings along for its own validation: certificates, revocation lists and answers of
//! its security store (DSS; EN 319 142-1, 5.4). None of it is trusted for that: lists and answers count
//! if their issuers signed them, certificates only lead to anchors.

use std::borrow::Cow;

use sello_cades::Evidence;
use sello_pdf::{Dictionary, Document, Object, Source, View};

use super::effort::{Effort, Work};

/// Largest certificate, list or answer.
const LARGEST: usize = 16 << 20;
/// Most of them together.
const MOST: usize = 2000;

/// The kinds of values: the entries of a store and of its parts for one signature (VRI).
const KINDS: [[&str; 2]; 3] = [["Certs", "Cert"], ["CRLs", "CRL"], ["OCSPs", "OCSP"]];

/// Everything in the store as of the last revision, added to what is known already.
pub(super) fn gather<'a, S: Source>(
    document: &Document<S>,
    known: &'a Evidence,
    effort: &mut Effort,
) -> Cow<'a, Evidence> {
    let view = document.latest();
    // What cannot be read is not there: then something is missing, and nobody can tell.
    let store = view.catalog().and_then(|catalog| view.get(&catalog, "DSS"));
    let Ok(Object::Dictionary(store)) = store else {
        return Cow::Borrowed(known);
    };
    let mut evidence = known.clone();
    {
        let mut reading = Reading {
            view: &view,
            seen: Vec::new(),
            evidence: &mut evidence,
            effort,
        };
        reading.part(&store);
        if let Ok(Object::Dictionary(parts)) = view.get(&store, "VRI") {
            for (_, part) in parts.iter() {
                if let Ok(Object::Dictionary(part)) = view.value(part) {
                    reading.part(&part);
                }
            }
        }
    }
    Cow::Owned(evidence)
}

struct Reading<'a> {
    view: &'a View<'a>,
    seen: Vec<u32>,
    evidence: &'a mut Evidence,
    effort: &'a mut Effort,
}

impl Reading<'_> {
    fn part(&mut self, part: &Dictionary) {
        for (kind, keys) in KINDS.iter().enumerate() {
            for key in keys {
                if let Ok(Object::Array(values)) = self.view.get(part, key) {
                    for value in &values {
                        self.value(kind, value);
                    }
                }
            }
        }
    }

    fn value(&mut self, kind: usize, value: &Object) {
        let Some(reference) = value.as_reference() else {
            return;
        };
        if self.seen.contains(&reference.number) || self.seen.len() >= MOST {
            return;
        }
        self.seen.push(reference.number);
        let Ok(Object::Stream(stream)) = self.view.resolve(reference) else {
            return;
        };
        let Ok(data) = self.view.stream_data(&stream, LARGEST) else {
            return;
        };
        let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
        if !self.effort.spend(Work::Decoded, length) {
            return;
        }
        match kind {
            0 => self.evidence.add_certificate(&data),
            1 => self.evidence.add_list(&data),
            _ => self.evidence.add_response(&data),
        };
    }
}
