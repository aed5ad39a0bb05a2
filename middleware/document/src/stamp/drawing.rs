//! A seal's picture, ready to be drawn: decoded and deflated once, however many documents it seals.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use sello_pdf::{IncrementalUpdate, Reference};
use sello_profile::seal::SeSeal;

use super::conformance::Conformance;
use super::error::StampError;
use super::placement::Place;
use crate::appearance::{self, Picture, Spread};

/// A seal's picture, ready to be drawn.
#[derive(Debug, Clone)]
pub struct Drawing {
    whole: Plane,
    /// On white, where the picture has transparency.
    flat: Option<Plane>,
    /// Width and height in millimetres.
    pub(super) size_mm: (f64, f64),
}

#[derive(Debug, Clone)]
struct Plane {
    /// Without its samples, which are deflated.
    picture: Picture,
    rgb: Vec<u8>,
    alpha: Option<Vec<u8>>,
}

impl Plane {
    fn of(mut picture: Picture) -> Result<Self, StampError> {
        let rgb = deflate(&std::mem::take(&mut picture.rgb))?;
        let alpha = picture.alpha.take();
        let alpha = alpha.map(|alpha| deflate(&alpha)).transpose()?;
        Ok(Self {
            picture,
            rgb,
            alpha,
        })
    }
}

impl Drawing {
    /// Decodes and deflates the picture of a seal.
    ///
    /// # Errors
    /// When the picture is no PNG, or one that cannot be drawn.
    pub fn of(seal: &SeSeal) -> Result<Self, StampError> {
        let sealed = seal.picture();
        if sealed.media_type != "PNG" {
            let media_type = sealed.media_type.clone();
            return Err(StampError::PictureType { media_type });
        }
        let picture = appearance::decode_picture(&sealed.data, appearance::Limits::default())?;
        let flat = picture.alpha.is_some().then(|| picture.flattened());
        Ok(Self {
            whole: Plane::of(picture)?,
            flat: flat.map(Plane::of).transpose()?,
            size_mm: (f64::from(sealed.width_mm), f64::from(sealed.height_mm)),
        })
    }

    /// Adds the picture and its opacity.
    pub(super) fn image(
        &self,
        update: &mut IncrementalUpdate,
        conformance: &Conformance,
    ) -> Result<Reference, StampError> {
        let plane = match &self.flat {
            Some(flat) if !conformance.transparency => flat,
            _ => &self.whole,
        };
        let soft_mask = match &plane.alpha {
            Some(alpha) => {
                let reference = update.allocate()?;
                let dictionary = appearance::soft_mask_dictionary(plane.picture.size());
                update.set_stream(reference, dictionary, alpha.clone());
                Some(reference)
            }
            None => None,
        };
        let image = update.allocate()?;
        let dictionary =
            appearance::image_dictionary(plane.picture.size(), soft_mask, conformance.colors);
        update.set_stream(image, dictionary, plane.rgb.clone());
        Ok(image)
    }
}

/// Adds a form that draws the picture, or a part of it, over a place.
pub(super) fn form(
    update: &mut IncrementalUpdate,
    place: &Place,
    spread: &Spread,
    image: Reference,
) -> Result<Reference, StampError> {
    let form = update.allocate()?;
    let (width, height) = place.size;
    let dictionary = appearance::form_dictionary(width, height, place.rotate, image);
    update.set_stream(form, dictionary, spread.content());
    Ok(form)
}

fn deflate(bytes: &[u8]) -> Result<Vec<u8>, StampError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
