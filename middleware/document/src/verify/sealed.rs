//! The picture in a seal, decoded when first needed, and what was found to be that picture before: the
//! documents of one organization show the same few.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};

use sello_pdf::{Error, Stream, View};
use sha2::{Digest, Sha256};

use super::effort::{Effort, Work};
use super::lookalike::Known;
use crate::appearance::{self, Limits, Picture, PictureError};

/// Most pictures that are remembered.
const MOST_PICTURES: usize = 64;
/// Most encodings of planes that are.
const MOST_ENCODINGS: usize = 4096;
/// Longest encoding that is remembered, in bytes.
const LONGEST_KEPT: usize = 1 << 20;

type Sha = [u8; 32];

/// One of the arrays of samples that a picture is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Plane {
    /// Red, green and blue.
    Colors,
    /// The same on white (rule APP-7).
    Flattened,
    /// How opaque it is.
    Opacity,
}

/// What is remembered of the pictures of seals: the files, and digests of what was found to be drawn from
/// them. Each answer depends on nothing but the bytes that were hashed.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    facts: RefCell<HashMap<Sha, Facts>>,
    same: RefCell<HashSet<(Sha, Plane, Sha)>>,
}

/// What a decoded picture is.
#[derive(Debug, Clone)]
struct Facts {
    size: (u32, u32),
    has_opacity: bool,
    known: Known,
}

impl Facts {
    fn of(file: &[u8], picture: &Picture) -> Self {
        Self {
            size: picture.size(),
            has_opacity: picture.alpha.is_some(),
            known: Known::new(file, picture.size()),
        }
    }
}

/// The picture in a seal.
pub(super) struct Sealed<'a> {
    file: &'a [u8],
    name: Sha,
    facts: Facts,
    decoded: OnceCell<Picture>,
    kept: &'a Pictures,
}

impl<'a> Sealed<'a> {
    /// Takes the file in the seal; it is decoded unless it was before.
    pub(super) fn open(
        file: &'a [u8],
        kept: &'a Pictures,
        effort: &mut Effort,
    ) -> Result<Self, PictureError> {
        let name = Sha256::digest(file).into();
        let decoded = OnceCell::new();
        let before = kept.facts.borrow().get(&name).cloned();
        let facts = match before {
            Some(facts) => facts,
            None => {
                let facts = Facts::of(file, decode(file, &decoded, effort)?);
                let mut all = kept.facts.borrow_mut();
                if all.len() < MOST_PICTURES {
                    all.insert(name, facts.clone());
                }
                facts
            }
        };
        Ok(Self {
            file,
            name,
            facts,
            decoded,
            kept,
        })
    }

    /// Pixels across and down.
    pub(super) const fn size(&self) -> (u32, u32) {
        self.facts.size
    }

    pub(super) const fn has_opacity(&self) -> bool {
        self.facts.has_opacity
    }

    /// By what it is known again where it stands without a seal.
    pub(super) fn known(&self) -> Known {
        self.facts.known.clone()
    }

    /// Whether the samples of an image are those of a plane. The image has one filter, `FlateDecode`
    /// without parameters, so that its samples depend on its bytes alone.
    pub(super) fn is(
        &self,
        view: &View<'_>,
        image: &Stream,
        plane: Plane,
        effort: &mut Effort,
    ) -> Result<bool, Error> {
        let encoding = match view.encoded_data(image, LONGEST_KEPT) {
            Ok(bytes) => Some(Sha256::digest(bytes).into()),
            Err(Error::TooLarge { .. }) => None,
            Err(error) => return Err(error),
        };
        let key = encoding.map(|encoding| (self.name, plane, encoding));
        if key.is_some_and(|key| self.kept.same.borrow().contains(&key)) {
            return Ok(true);
        }
        let Ok(picture) = decode(self.file, &self.decoded, effort) else {
            return Ok(false);
        };
        let same = match plane {
            Plane::Colors => view.stream_data_is(image, &picture.rgb)?,
            Plane::Flattened => view.stream_data_is(image, &picture.flattened().rgb)?,
            Plane::Opacity => match &picture.alpha {
                Some(alpha) => view.stream_data_is(image, alpha)?,
                None => false,
            },
        };
        if let Some(key) = key.filter(|_| same) {
            let mut all = self.kept.same.borrow_mut();
            if all.len() < MOST_ENCODINGS {
                all.insert(key);
            }
        }
        Ok(same)
    }
}

fn decode<'a>(
    file: &[u8],
    decoded: &'a OnceCell<Picture>,
    effort: &mut Effort,
) -> Result<&'a Picture, PictureError> {
    if let Some(picture) = decoded.get() {
        return Ok(picture);
    }
    let picture = appearance::decode_picture(file, Limits::default())?;
    let (width, height) = picture.size();
    effort.spend(Work::Pixels, u64::from(width).saturating_mul(height.into()));
    Ok(decoded.get_or_init(|| picture))
}
