//! Pictures that are a seal's and stand without one: anybody can put a picture on a page.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use sello_pdf::{Document, Object, Source, View};
use sha2::{Digest, Sha256};

use super::effort::{Effort, Work};
use super::judge::Judged;
use super::placed::placed;
use crate::appearance::{self, Limits, Picture};
use crate::report::Lookalike;

/// Most objects looked at.
const MOST_SEARCHED: usize = 50_000;
/// Most pictures pointed out.
const MOST_FOUND: usize = 50;

/// The picture of a seal, by which it is known again where it stands without one. Clones share what was
/// found of it.
#[derive(Debug, Clone)]
pub(super) struct Known {
    file: Rc<[u8]>,
    /// Pixels across and down.
    size: (i64, i64),
    digests: Rc<OnceCell<Option<Digests>>>,
}

/// SHA-256 of a picture's colors, three bytes a pixel.
#[derive(Debug)]
struct Digests {
    colors: [u8; 32],
    /// Of the picture on white, as archives without transparency have it (APP-7).
    flattened: [u8; 32],
}

impl Digests {
    fn of(picture: &Picture) -> Self {
        let colors = Sha256::digest(&picture.rgb).into();
        let flattened = match picture.alpha {
            Some(_) => Sha256::digest(picture.flattened().rgb).into(),
            None => colors,
        };
        Self { colors, flattened }
    }
}

impl Known {
    /// Takes the file in the seal, and its size.
    pub(super) fn new(file: &[u8], (width, height): (u32, u32)) -> Self {
        Self {
            file: file.into(),
            size: (width.into(), height.into()),
            digests: Rc::default(),
        }
    }

    /// Whether this is the digest of its colors, with its opacity apart or on white. The file is decoded
    /// for it, once more and only here: few documents have a picture to be asked about.
    pub(super) fn is(&self, digest: &[u8; 32]) -> bool {
        let digests = self.digests.get_or_init(|| {
            let picture = appearance::decode_picture(&self.file, Limits::default()).ok()?;
            Some(Digests::of(&picture))
        });
        digests
            .as_ref()
            .is_some_and(|own| own.colors == *digest || own.flattened == *digest)
    }
}

/// The pictures of the document's own seals that are drawn without a seal.
pub(super) fn find<S: Source>(
    document: &Document<S>,
    judged: &[Judged],
    effort: &mut Effort,
) -> Vec<Lookalike> {
    let known: Vec<(Known, String)> = judged
        .iter()
        .filter_map(|seal| {
            let facts = seal.report.seal.as_ref()?;
            Some((seal.picture.clone()?, facts.name.clone()))
        })
        .collect();
    if known.is_empty() {
        return Vec::new();
    }
    let drawn: BTreeSet<u32> = judged
        .iter()
        .filter_map(|seal| seal.addition.as_ref())
        .flat_map(|addition| addition.drawn.iter().map(|object| object.number))
        .collect();
    let mut found: Vec<Lookalike> = Vec::new();
    for placed in placed(document).into_iter().take(MOST_SEARCHED) {
        let Ok(view) = document.at_revision(placed.revision) else {
            continue;
        };
        let Ok(object) = view.parse_object_within(&placed.range) else {
            continue;
        };
        let number = object.reference.number;
        if drawn.contains(&number) || found.len() >= MOST_FOUND {
            continue;
        }
        let seal = seal_of(&view, &object.value.object, &known, effort);
        if let Some(seal) = seal
            && found.iter().all(|other| other.object != number)
        {
            let page = page_of(&document.latest(), number, effort);
            let object = number;
            found.push(Lookalike { seal, object, page });
        }
    }
    found
}

/// The seal whose picture an object is.
fn seal_of(
    view: &View<'_>,
    object: &Object,
    known: &[(Known, String)],
    effort: &mut Effort,
) -> Option<String> {
    let stream = object.as_stream()?;
    let side = |key: &str| stream.dictionary.get(key).and_then(Object::as_integer);
    let size = (side("Width")?, side("Height")?);
    known.iter().find(|(known, _)| known.size == size)?;
    let bytes = size.0.checked_mul(size.1)?.checked_mul(3)?;
    let bytes = u64::try_from(bytes).ok()?;
    if !effort.spend(Work::Pixels, bytes) {
        return None;
    }
    let data = view
        .stream_data(stream, usize::try_from(bytes).ok()?)
        .ok()?;
    let digest: [u8; 32] = Sha256::digest(&data).into();
    let seal = known.iter().find(|(known, _)| known.is(&digest))?;
    Some(seal.1.clone())
}

/// The first page that names the object among its own resources.
fn page_of(view: &View<'_>, number: u32, effort: &mut Effort) -> Option<usize> {
    if !effort.has(Work::Pages) {
        return None;
    }
    let pages = view.pages().ok()?;
    effort.spend(Work::Pages, u64::try_from(pages.len()).unwrap_or(u64::MAX));
    let names = |page: &sello_pdf::Page| {
        let resources = view.value(page.resources.as_ref()?).ok()?;
        let objects = view.get(resources.as_dictionary()?, "XObject").ok()?;
        let mut objects = objects.as_dictionary()?.iter();
        let of = |value: &Object| value.as_reference().map(|object| object.number);
        Some(objects.any(|(_, value)| of(value) == Some(number)))
    };
    let index = pages.iter().position(|page| names(page) == Some(true))?;
    Some(index.saturating_add(1))
}
