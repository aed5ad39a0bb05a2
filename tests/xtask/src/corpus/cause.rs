//! The causes that lists of corpora state in words, and the codes of `sello verify` that fit each.

/// Codes that say only that nobody is trusted: no cause of a refusal.
pub(super) const OF_TRUST: &[&str] = &[
    "NO_TRUST_ANCHOR",
    "SEAL_MAKER_UNTRUSTED",
    "REVOCATION_UNKNOWN",
    "NOTHING_SEALED",
];

/// Something was added or replaced after signing.
const CHANGED: &[&str] = &[
    "CHANGED_AFTER_SEALING",
    "CERTIFICATION_VIOLATED",
    "LOCKED_FIELD_CHANGED",
    "SHARED_OBJECT_CHANGED",
    "FIELD_APPEARANCE_CHANGED",
    "COVERING_ANNOTATION",
    "UNREADABLE_AFTER_SEALING",
    "BYTES_AFTER_LAST_REVISION",
];
const CONTENTS: &[&str] = &[
    "CONTENTS_MISSING",
    "CONTENTS_MALFORMED",
    "SIGNATURE_UNREADABLE",
];
const BYTE_RANGE: &[&str] = &[
    "BYTE_RANGE_MISSING",
    "BYTE_RANGE_MALFORMED",
    "SIGNATURE_UNREADABLE",
];
/// The signature was moved so that other bytes stand where the signed ones stood.
const WRAPPED: &[&str] = &[
    "BYTE_RANGE_MALFORMED",
    "BYTE_RANGE_GAP",
    "BYTE_RANGE_END",
    "SIGNATURE_REPLACED",
    "UNREADABLE_AFTER_SEALING",
    "SIGNATURE_UNREADABLE",
];

/// Words of a cause, the particular before the general, and the codes that fit.
const CAUSES: &[(&str, &[&str])] = &[
    ("Incremental Saving", CHANGED),
    ("Signature Wrapping", WRAPPED),
    ("_Contents", CONTENTS),
    ("_ByteRange", BYTE_RANGE),
    ("shadow attack", CHANGED),
    ("page added", CHANGED),
    ("incremental update", CHANGED),
    (
        "/Reason replaced",
        &["SIGNATURE_REPLACED", "DICTIONARY_MALFORMED"],
    ),
    (
        "timestamp duplicated",
        &["DOCUMENT_CHANGED", "BYTE_RANGE_END", "BYTE_RANGE_GAP"],
    ),
    ("certificate absent", &["CERTIFICATE_MISSING"]),
    ("empty /Contents", CONTENTS),
    (
        "manifest altered",
        &["MANIFEST_MALFORMED", "DOCUMENT_CHANGED"],
    ),
    ("data object missing", &["CONTENT_MISSING"]),
    (
        "unknown digest algorithm",
        &["UNSUPPORTED_ALGORITHM", "DOCUMENT_CHANGED"],
    ),
    ("duplicated signed attributes", &["SIGNATURE_MALFORMED"]),
    ("OCSP removed", &["ARCHIVED_DATA_MISSING"]),
    (
        "tail not covered",
        &["BYTE_RANGE_END", "BYTES_AFTER_LAST_REVISION"],
    ),
    ("used elsewhere", &["SHARED_OBJECT_CHANGED"]),
    // What is of a form that is not judged is refused without being unpacked.
    (
        "zip bomb",
        &["CONTAINER_MALFORMED", "TOO_LARGE", "UNSUPPORTED_FORM"],
    ),
    ("two mimetype", &["CONTAINER_MALFORMED"]),
    ("no mimetype", &["FORM_NOTE", "CONTAINER_TYPE"]),
    ("wrong container type", &["CONTAINER_TYPE"]),
];

/// The codes that fit a cause; nothing where the words are not known.
pub(super) fn codes(why: &str) -> Option<&'static [&'static str]> {
    let known = CAUSES.iter().find(|(words, _)| why.contains(words));
    known.map(|(_, codes)| *codes)
}
