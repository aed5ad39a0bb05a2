//! The signature dictionary (ISO 32000-1 12.8.1): where the signature lies and what it covers.

use std::ops::Range;

use sello_pdf::{Dictionary, Document, Object, Source, Value};

use crate::report::{Code, Finding};

/// Most white space between a revision's end and the end of what is covered.
const MOST_SPACE: u64 = 1024;

/// What a signature dictionary says, as far as it is sound.
#[derive(Debug, Default)]
pub(super) struct Covered {
    /// The revision that it belongs to, from 0.
    pub(super) revision: Option<usize>,
    /// The signature's bytes.
    pub(super) contents: Option<Vec<u8>>,
    /// The two ranges of bytes covered, once all about them is sound.
    pub(super) ranges: Option<[Range<u64>; 2]>,
    /// What stands against it.
    pub(super) findings: Vec<Finding>,
}

/// Reads the dictionary at its place in the file.
pub(super) fn read<S: Source>(document: &Document<S>, value: &Value) -> Covered {
    let mut covered = Covered {
        revision: revision_at(document, value.span.start),
        ..Covered::default()
    };
    let Some(dictionary) = value.object.as_dictionary() else {
        covered.add(Code::DictionaryMalformed, "the value is no dictionary");
        return covered;
    };
    covered.read_contents(document, dictionary, value);
    covered.read_range(document, dictionary, value);
    covered
}

/// The revision whose bytes include this one.
fn revision_at<S: Source>(document: &Document<S>, offset: u64) -> Option<usize> {
    let mut revisions = document.revisions().iter();
    revisions.position(|revision| revision.span().contains(&offset))
}

impl Covered {
    fn add(&mut self, code: Code, detail: impl std::fmt::Display) {
        self.findings.push(Finding::with(code, detail));
    }

    fn read_contents<S: Source>(
        &mut self,
        document: &Document<S>,
        dictionary: &Dictionary,
        value: &Value,
    ) {
        let span = value.entry_span("Contents");
        let (Some(contents), Some(span)) = (dictionary.get("Contents"), span) else {
            self.findings.push(Finding::new(Code::ContentsMissing));
            return;
        };
        let Some(bytes) = contents.as_string() else {
            self.add(Code::ContentsMalformed, "Contents is no string");
            return;
        };
        if byte_at(document, span.start) != Some(b'<') {
            self.add(
                Code::ContentsMalformed,
                "Contents is not written in hexadecimal",
            );
            return;
        }
        if bytes.iter().all(|byte| *byte == 0) {
            self.findings.push(Finding::new(Code::ContentsMissing));
            return;
        }
        self.contents = Some(bytes.to_vec());
    }

    /// `ByteRange` must be `[0 a b c]`, the gap from a to b exactly the string of `Contents`, and
    /// b + c the end of the revision (EN 319 142-1, 5.4; ISO 32000-2 12.8.1).
    fn read_range<S: Source>(
        &mut self,
        document: &Document<S>,
        dictionary: &Dictionary,
        value: &Value,
    ) {
        let Some(range) = dictionary.get("ByteRange") else {
            self.findings.push(Finding::new(Code::ByteRangeMissing));
            return;
        };
        let Some([0, gap, after, rest]) = four_numbers(range) else {
            self.findings.push(Finding::new(Code::ByteRangeMalformed));
            return;
        };
        let Some(end) = after.checked_add(rest) else {
            self.findings.push(Finding::new(Code::ByteRangeMalformed));
            return;
        };
        if !leaves_out_only_contents(value, &(gap..after)) {
            self.add(
                Code::ByteRangeGap,
                format_args!("bytes {gap} to {after} are left out"),
            );
            return;
        }
        if !self.ends_with_revision(document, end) {
            self.add(
                Code::ByteRangeEnd,
                format_args!("what is covered ends at byte {end}"),
            );
            return;
        }
        self.ranges = Some([0..gap, after..end]);
    }

    /// Whether `end` is the end of this dictionary's revision, white space after it included.
    fn ends_with_revision<S: Source>(&self, document: &Document<S>, end: u64) -> bool {
        let revisions = document.revisions();
        let Some(revision) = self.revision.and_then(|index| revisions.get(index)) else {
            return false;
        };
        let marker = revision.marker_end();
        if end > document.source().len() || end < marker {
            return false;
        }
        let space = end.saturating_sub(marker);
        let mut between = (marker..end).map(|offset| byte_at(document, offset));
        space <= MOST_SPACE
            && between.all(|byte| matches!(byte, Some(b' ' | b'\t' | b'\r' | b'\n' | 0x0c | 0)))
    }
}

/// Whether the gap is the string of `Contents`, with its angle brackets or, as some makers have
/// it, without: then these are covered too, which is more and not less.
fn leaves_out_only_contents(value: &Value, gap: &Range<u64>) -> bool {
    let Some(whole) = value.entry_span("Contents") else {
        return false;
    };
    let inner = whole.start.saturating_add(1)..whole.end.saturating_sub(1);
    *gap == whole || *gap == inner
}

fn four_numbers(range: &Object) -> Option<[u64; 4]> {
    let [a, b, c, d] = range.as_array()? else {
        return None;
    };
    let number = |value: &Object| u64::try_from(value.as_integer()?).ok();
    Some([number(a)?, number(b)?, number(c)?, number(d)?])
}

fn byte_at<S: Source>(document: &Document<S>, offset: u64) -> Option<u8> {
    let mut byte = [0];
    document.source().read_exact_at(offset, &mut byte).ok()?;
    Some(byte[0])
}
