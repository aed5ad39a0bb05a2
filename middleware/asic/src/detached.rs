//! A signature beside its file, and one that carries its content.

use std::collections::BTreeSet;
use std::io::{self, Read};

use sello_cades::validation::{Digests, SignerVerdict, Trust, algorithms, validate};
use sello_cades::{CmsError, DigestAlgorithm, Evidence, SignedData};

use crate::report::{Container, Draft, FileReport, ObjectState};

/// Hashes content block by block with every algorithm that is needed.
///
/// # Errors
/// What the operating system says.
pub fn hash(content: &mut dyn Read, needed: &BTreeSet<DigestAlgorithm>) -> io::Result<Digests> {
    let mut hashers: Vec<_> = needed
        .iter()
        .map(|algorithm| (*algorithm, algorithm.hasher()))
        .collect();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = match content.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let part = buffer.get(..count).unwrap_or_default();
        for (_, hasher) in &mut hashers {
            hasher.update(part);
        }
    }
    let finished = hashers
        .into_iter()
        .map(|(algorithm, hasher)| (algorithm, hasher.finish()));
    Ok(finished.collect())
}

/// Judges a signature (`.p7s`) on the file that `content` reads; without it
/// what was signed is missing, and the report says so. `name` is the file's.
///
/// # Errors
/// What the operating system says while the content is read.
pub fn verify_detached(
    signature: &[u8],
    name: &str,
    content: Option<&mut dyn Read>,
    trust: Trust<'_>,
) -> io::Result<FileReport> {
    let mut draft = Draft::new(Container::Detached);
    let data = match SignedData::parse_any(signature) {
        Ok(data) => data,
        Err(error) => return Ok(unreadable(draft, name, error, trust)),
    };
    if data.content().is_some() {
        return Ok(verify_attached(signature, name, trust));
    }
    let state = if content.is_some() {
        ObjectState::Intact
    } else {
        ObjectState::Missing
    };
    let digests = match content {
        Some(content) => hash(content, &algorithms(&data))?,
        None => Digests::new(),
    };
    let verdicts = validate(&data, &digests, &Evidence::default(), trust);
    draft.signature(
        name.to_owned(),
        None,
        Vec::from([(name.to_owned(), state)]),
        &verdicts,
    );
    Ok(draft.finish(trust.now))
}

/// Judges a signature that carries its content (`.p7m`).
#[must_use]
pub fn verify_attached(signature: &[u8], name: &str, trust: Trust<'_>) -> FileReport {
    let mut draft = Draft::new(Container::Attached);
    let data = match SignedData::parse_any(signature) {
        Ok(data) => data,
        Err(error) => return unreadable(draft, name, error, trust),
    };
    let digests = match data.content() {
        Some(content) => algorithms(&data)
            .into_iter()
            .map(|algorithm| (algorithm, algorithm.digest(content)))
            .collect(),
        None => Digests::new(),
    };
    let verdicts = validate(&data, &digests, &Evidence::default(), trust);
    draft.signature(name.to_owned(), None, Vec::new(), &verdicts);
    draft.finish(trust.now)
}

fn unreadable(mut draft: Draft, name: &str, error: CmsError, trust: Trust<'_>) -> FileReport {
    let verdict = SignerVerdict::unreadable(error);
    draft.signature(name.to_owned(), None, Vec::new(), &[verdict]);
    draft.finish(trust.now)
}
