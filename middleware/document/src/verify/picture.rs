//! That the picture drawn is the picture sealed: the appearance is made again from the seal and
//! compared object by object (rules APP-1 to APP-6).

use sello_pdf::{Dictionary, Error, Object, Page, Rectangle, Reference, View};
use sello_profile::seal::SeSeal;
use sha2::{Digest, Sha256};

use super::effort::{Effort, Work};
use super::fields::Field;
use super::lookalike::Known;
use super::place::Place;
use super::sealed::{Pictures, Plane, Sealed};
use super::slices::{self, Cut};
use crate::appearance::{self, Colors, Spread};
use crate::report::{Code, Finding};

/// The entries of a seal's widget; one more could make a viewer draw something else.
const WIDGET_KEYS: [&str; 20] = [
    "Type",
    "Subtype",
    "FT",
    "T",
    "V",
    "F",
    "P",
    "Rect",
    "AP",
    appearance::SLICES,
    // What a field may have had before it was signed; nothing of it is drawn beside an appearance.
    "Parent",
    "TU",
    "TM",
    "Ff",
    "DA",
    "SV",
    "Lock",
    "NM",
    "M",
    "StructParent",
];
/// Longest content of a form of ours, in bytes.
const LONGEST_CONTENT: usize = 256;
/// `Print` and `Locked`: shown as it is (ISO 32000-1 Table 165).
const WIDGET_FLAGS: i64 = 4 | 128;
/// How much rounding may take from an edge, in page units.
const TOLERANCE: f64 = 0.01;

/// The objects that a seal is drawn with.
#[derive(Debug, Clone)]
pub(super) struct Drawn {
    pub(super) objects: Vec<Reference>,
    /// The picture.
    pub(super) picture: Known,
}

/// Most bytes of a picture that is compared with those of seals.
const LARGEST_PICTURE: u64 = 16 << 20;

/// The digests of the pictures that a widget shows; what cannot be read shows none.
pub(super) fn shown(view: &View<'_>, widget: &Dictionary, effort: &mut Effort) -> Vec<[u8; 32]> {
    let mut found = Vec::new();
    let Ok(Object::Dictionary(states)) = view.get(widget, "AP") else {
        return found;
    };
    if let Ok(Object::Stream(form)) = view.get(&states, "N") {
        pictures_of(view, &form.dictionary, 0, &mut found, effort);
    }
    found
}

fn pictures_of(
    view: &View<'_>,
    form: &Dictionary,
    depth: usize,
    found: &mut Vec<[u8; 32]>,
    effort: &mut Effort,
) {
    let named = |dictionary: &Dictionary, key: &str| view.get(dictionary, key).ok();
    let Some(Object::Dictionary(resources)) = named(form, "Resources") else {
        return;
    };
    let Some(Object::Dictionary(objects)) = named(&resources, "XObject") else {
        return;
    };
    for (_, object) in objects.iter().take(16) {
        let Ok(Object::Stream(stream)) = view.value(object) else {
            continue;
        };
        let side = |key: &str| stream.dictionary.get(key).and_then(Object::as_integer);
        let Some((width, height)) = side("Width").zip(side("Height")) else {
            if depth < 3 {
                pictures_of(
                    view,
                    &stream.dictionary,
                    depth.saturating_add(1),
                    found,
                    effort,
                );
            }
            continue;
        };
        let bytes = u64::try_from(width.saturating_mul(height).saturating_mul(3));
        let bytes = bytes.unwrap_or(u64::MAX);
        if bytes > LARGEST_PICTURE || !effort.spend(Work::Pixels, bytes) {
            continue;
        }
        let most = usize::try_from(bytes).unwrap_or_default();
        if let Ok(data) = view.stream_data(&stream, most) {
            found.push(Sha256::digest(&data).into());
        }
    }
}

/// Compares what is drawn at `place` with the seal's picture; gives the objects it is drawn with.
pub(super) fn check(
    view: &View<'_>,
    field: &Field,
    place: &Place,
    seal: &SeSeal,
    pictures: &Pictures,
    effort: &mut Effort,
) -> Result<Drawn, Finding> {
    let sealed = seal.picture();
    if sealed.media_type != "PNG" {
        return Err(Finding::with(
            Code::SealPictureUnreadable,
            format_args!("type {}", sello_cades::name::shown(&sealed.media_type)),
        ));
    }
    let picture = Sealed::open(&sealed.data, pictures, effort)
        .map_err(|error| Finding::with(Code::SealPictureUnreadable, error))?;
    let shape = (f64::from(sealed.width_mm), f64::from(sealed.height_mm));
    compare(view, field, place, &picture, shape, effort)
        .map_err(|error| differs(error.to_string()))?
        .map_err(differs)
}

fn differs(what: impl std::fmt::Display) -> Finding {
    Finding::with(Code::SealPictureDiffers, what)
}

pub(super) type Compared<T> = Result<Result<T, &'static str>, Error>;

/// Leaves the enclosing function with a difference.
macro_rules! same {
    ($holds:expr, $what:literal) => {
        if !$holds {
            return Ok(Err($what));
        }
    };
}

fn compare(
    view: &View<'_>,
    field: &Field,
    place: &Place,
    picture: &Sealed<'_>,
    shape: (f64, f64),
    effort: &mut Effort,
) -> Compared<Drawn> {
    let Some((_, widget)) = field.widgets.first() else {
        return Ok(Err("it is no widget of a signature"));
    };
    same!(!place.again, "it stands on more than one page");
    let keys_known = widget
        .iter()
        .all(|(key, _)| WIDGET_KEYS.iter().any(|known| key == known));
    same!(keys_known, "the widget has further entries");
    same!(shows_signature(widget), "it is no widget of a signature");
    let flags = widget.get("F").and_then(Object::as_integer);
    same!(flags == Some(WIDGET_FLAGS), "the widget's flags differ");
    let part = match part(view, widget, &place.page, &place.rectangle)? {
        Ok(part) => part,
        Err(what) => return Ok(Err(what)),
    };
    let slices = widget.get(appearance::SLICES);
    let mut objects = vec![part.form, part.image];
    if slices.is_none() {
        let Part { spread, size, .. } = part;
        let filled = spread == Spread::whole(size.0, size.1);
        let fitted = spread == Spread::fitted(size.0, size.1, shape);
        same!(filled || fitted, "what the form draws differs");
    } else {
        let others = slices.and_then(Object::as_array).unwrap_or_default();
        let first = Cut::of(&part, place.page.reference);
        match slices::compare(view, first, part.image, others)? {
            Ok(drawn) => objects.extend(drawn),
            Err(what) => return Ok(Err(what)),
        }
    }
    let soft_mask = match compare_image(view, part.image, picture, effort)? {
        Ok(soft_mask) => soft_mask,
        Err(what) => return Ok(Err(what)),
    };
    objects.extend(soft_mask);
    Ok(Ok(Drawn {
        objects,
        picture: picture.known(),
    }))
}

/// Whether a dictionary is a widget that can be a signature's; its kind may stand in its parent.
fn shows_signature(widget: &Dictionary) -> bool {
    let is = |key: &str, wanted: &str| {
        let name = widget.get(key).and_then(Object::as_name);
        name.is_some_and(|name| *name == wanted)
    };
    let kind = if widget.get("Parent").is_some() {
        widget.get("FT").is_none() || is("FT", "Sig")
    } else {
        is("FT", "Sig")
    };
    kind && is("Subtype", "Widget") && (widget.get("Type").is_none() || is("Type", "Annot"))
}

/// What one annotation draws.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) form: Reference,
    pub(super) image: Reference,
    /// Width and height of the form's box.
    pub(super) size: (f64, f64),
    pub(super) spread: Spread,
}

/// The one appearance of an annotation, a form that draws an image and nothing else.
pub(super) fn part(
    view: &View<'_>,
    annotation: &Dictionary,
    page: &Page,
    rectangle: &Rectangle,
) -> Compared<Part> {
    let normal = annotation
        .get("AP")
        .and_then(Object::as_dictionary)
        .filter(|states| states.len() == 1)
        .and_then(|states| states.get("N"))
        .and_then(Object::as_reference);
    let Some(form) = normal else {
        return Ok(Err("the widget has no single appearance"));
    };
    let Object::Stream(stream) = view.resolve(form)? else {
        return Ok(Err("the appearance is no form"));
    };
    let Some((width, height)) = box_size(&stream.dictionary) else {
        return Ok(Err("the form has no box from 0"));
    };
    let turned = matches!(page.rotate, 90 | 270);
    let (across, down) = if turned {
        (height, width)
    } else {
        (width, height)
    };
    let fits = (rectangle.width() - across).abs() < TOLERANCE
        && (rectangle.height() - down).abs() < TOLERANCE;
    same!(fits, "the form does not fit its place");
    let Some(image) = image_of(&stream.dictionary) else {
        return Ok(Err("the form draws no picture"));
    };
    let expected = appearance::form_dictionary(width, height, page.rotate, image);
    same!(
        same_entries(&stream.dictionary, &expected),
        "the form differs"
    );
    let content = match view.stream_data(&stream, LONGEST_CONTENT) {
        Ok(content) => content,
        Err(Error::TooLarge { .. }) => return Ok(Err("what the form draws differs")),
        Err(error) => return Err(error),
    };
    let Some(spread) = Spread::read(&content) else {
        return Ok(Err("what the form draws differs"));
    };
    let size = (width, height);
    Ok(Ok(Part {
        form,
        image,
        size,
        spread,
    }))
}

/// Compares the image and its soft mask; gives the latter's reference.
fn compare_image(
    view: &View<'_>,
    image: Reference,
    picture: &Sealed<'_>,
    effort: &mut Effort,
) -> Compared<Option<Reference>> {
    let Object::Stream(stream) = view.resolve(image)? else {
        return Ok(Err("the picture is no image"));
    };
    let soft_mask = stream
        .dictionary
        .get("SMask")
        .and_then(Object::as_reference);
    same!(
        soft_mask.is_none() || picture.has_opacity(),
        "the picture's opacity differs"
    );
    let colors = match stream.dictionary.get("ColorSpace") {
        Some(Object::Array(_)) => Colors::Calibrated,
        _ => Colors::Device,
    };
    let expected = appearance::image_dictionary(picture.size(), soft_mask, colors);
    same!(
        same_entries(&stream.dictionary, &expected),
        "the picture's form differs"
    );
    // On white in archives that allow no transparency (APP-7).
    let plane = if soft_mask.is_none() && picture.has_opacity() {
        Plane::Flattened
    } else {
        Plane::Colors
    };
    same!(
        picture.is(view, &stream, plane, effort)?,
        "the picture's colors differ"
    );
    if let Some(reference) = soft_mask {
        let Object::Stream(mask) = view.resolve(reference)? else {
            return Ok(Err("the picture's opacity is no image"));
        };
        let expected = appearance::soft_mask_dictionary(picture.size());
        same!(
            same_entries(&mask.dictionary, &expected),
            "the form of the picture's opacity differs"
        );
        same!(
            picture.is(view, &mask, Plane::Opacity, effort)?,
            "the picture's opacity differs"
        );
    }
    Ok(Ok(soft_mask))
}

/// Whether a stream's dictionary says the same as one made here; `Length` is the stream's own.
fn same_entries(found: &Dictionary, expected: &Dictionary) -> bool {
    let mut found = found.clone();
    found.remove("Length");
    same(
        &Object::Dictionary(found),
        &Object::Dictionary(expected.clone()),
    )
}

/// Whether two objects are the same; `0` and `0.0` are the same number (ISO 32000-1 7.3.3).
fn same(one: &Object, other: &Object) -> bool {
    match (one, other) {
        (Object::Array(one), Object::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Object::Dictionary(one), Object::Dictionary(other)) => {
            let mut pairs = one.iter().zip(other.iter());
            one.len() == other.len()
                && pairs.all(|((key, one), (same_key, other))| key == same_key && same(one, other))
        }
        (Object::Integer(_) | Object::Real(_), Object::Integer(_) | Object::Real(_)) => {
            one == other || (one.as_number().is_some() && one.as_number() == other.as_number())
        }
        _ => one == other,
    }
}

/// Width and height of a box `[0 0 width height]`.
fn box_size(form: &Dictionary) -> Option<(f64, f64)> {
    let [left, bottom, width, height] = form.get("BBox")?.as_array()? else {
        return None;
    };
    let at_origin = left.as_number() == Some(0.0) && bottom.as_number() == Some(0.0);
    let size = (width.as_number()?, height.as_number()?);
    at_origin.then_some(size)
}

fn image_of(form: &Dictionary) -> Option<Reference> {
    let resources = form.get("Resources")?.as_dictionary()?;
    let images = resources.get("XObject")?.as_dictionary()?;
    images.get("Seal")?.as_reference()
}
