//! What a verifier will need when the authorities are gone: certificates, revocation lists and OCSP
//! responses in the document (ETSI EN 319 142-1 5.4, ISO 32000-2 12.8.4.3).

use sello_pdf::{Dictionary, Document, IncrementalUpdate, Name, Object, Reference, Source, View};
use sha1::{Digest, Sha1};

use super::error::StampError;

/// Most bytes of one certificate, list or response that is compared or stored.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Most streams of a kind that a document may have.
const MOST_STREAMS: usize = 4096;

/// Validation data, DER.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Certificates.
    pub certificates: Vec<Vec<u8>>,
    /// Revocation lists.
    pub revocation_lists: Vec<Vec<u8>>,
    /// OCSP responses (`OCSPResponse`).
    pub ocsp_responses: Vec<Vec<u8>>,
}

impl Evidence {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
            && self.revocation_lists.is_empty()
            && self.ocsp_responses.is_empty()
    }

    fn kinds(&self) -> [(&'static str, &'static str, &[Vec<u8>]); 3] {
        [
            ("Certs", "Cert", &self.certificates),
            ("CRLs", "CRL", &self.revocation_lists),
            ("OCSPs", "OCSP", &self.ocsp_responses),
        ]
    }
}

/// Appends a revision whose document security store has all of this, beside what it had.
/// `signature` is the whole value of `Contents` of the signature that it is about; without one it
/// is about the document.
///
/// # Errors
/// See [`StampError`].
pub fn add_evidence<S: Source>(
    document: &Document<S>,
    evidence: &Evidence,
    signature: Option<&[u8]>,
) -> Result<Vec<u8>, StampError> {
    let view = document.latest();
    let mut update = IncrementalUpdate::new(document)?;
    let mut catalog = view.catalog()?;
    let mut store = match view.get(&catalog, "DSS")? {
        Object::Dictionary(store) => store,
        Object::Null => Dictionary::from_iter([("Type", Object::Name(Name::from("DSS")))]),
        _ => return Err(STORE),
    };
    let mut about = Dictionary::new();
    for (all, own, values) in evidence.kinds() {
        let references = merge(&view, &mut update, &mut store, all, values)?;
        if !references.is_empty() {
            about.set(own, references);
        }
    }
    if let Some(signature) = signature.filter(|_| !about.is_empty()) {
        let mut by_signature = match view.get(&store, "VRI")? {
            Object::Dictionary(map) => map,
            _ => Dictionary::new(),
        };
        let reference = update.allocate()?;
        update.set(reference, about);
        by_signature.set(key(signature).as_str(), reference);
        store.set("VRI", by_signature);
    }
    match catalog.get("DSS") {
        Some(Object::Reference(reference)) => update.set(*reference, store),
        _ => {
            let reference = update.allocate()?;
            update.set(reference, store);
            catalog.set("DSS", reference);
            update.set(view.revision().root()?, catalog);
        }
    }
    Ok(update.finish()?.bytes)
}

/// The name of a signature in `VRI`: upper-case hexadecimal SHA-1 of its `Contents`.
fn key(signature: &[u8]) -> String {
    Sha1::digest(signature)
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect()
}

/// Adds to one list of the store what is not in it; gives where each value is.
fn merge(
    view: &View<'_>,
    update: &mut IncrementalUpdate,
    store: &mut Dictionary,
    key: &'static str,
    values: &[Vec<u8>],
) -> Result<Vec<Object>, StampError> {
    let mut list = match view.get(store, key)? {
        Object::Array(list) => list,
        Object::Null => Vec::new(),
        _ => return Err(STORE),
    };
    if list.len().saturating_add(values.len()) > MOST_STREAMS {
        return Err(STORE);
    }
    let mut known = Vec::new();
    for entry in &list {
        if let (Some(reference), Object::Stream(stream)) =
            (entry.as_reference(), view.value(entry)?)
        {
            known.push((reference, view.stream_data(&stream, MOST_BYTES)?));
        }
    }
    let mut places: Vec<Object> = Vec::with_capacity(values.len());
    let before = list.len();
    for value in values {
        let found: Option<Reference> = known
            .iter()
            .find(|(_, data)| data == value)
            .map(|(reference, _)| *reference);
        let reference = match found {
            Some(reference) => reference,
            None => {
                let reference = update.allocate()?;
                update.set_stream(reference, Dictionary::new(), value.clone());
                list.push(reference.into());
                known.push((reference, value.clone()));
                reference
            }
        };
        if !places.contains(&reference.into()) {
            places.push(reference.into());
        }
    }
    if list.len() > before {
        match store.get(key) {
            Some(Object::Reference(reference)) => update.set(*reference, list),
            _ => {
                store.set(key, list);
            }
        }
    }
    Ok(places)
}

const STORE: StampError = StampError::Form {
    what: "the document security store cannot be read, or has too much in it",
};
