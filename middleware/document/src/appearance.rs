//! How a seal is drawn (`specs/documents.md`, rules APP-1 to APP-6).
//!
//! Stamping and verification both make the appearance here, so that a verifier can rebuild it
//! from the sealed picture and compare.

use sello_pdf::{Dictionary, Name, Object, Reference};

/// The entry of a straddle seal's widget that lists the annotations with its other slices, in the
/// order of their pages (a name of ours, ISO 32000-1 Annex E).
pub const SLICES: &str = "Sello_Slices";

/// How large a picture may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most pixels along one edge.
    pub edge: u32,
    /// Most bytes the decoder may use beside the pixels.
    pub decoder_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            edge: 2048,
            decoder_bytes: 32 * 1024 * 1024,
        }
    }
}

/// Why a picture cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// It is no readable PNG file.
    #[error("the picture is not a readable PNG file: {0}")]
    Png(#[from] png::DecodingError),
    /// It has more pixels than allowed.
    #[error("the picture is {width} by {height} pixels, more than {edge} along an edge")]
    TooLarge {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// The limit.
        edge: u32,
    },
    /// It moves: a seal is one picture.
    #[error("the picture is animated")]
    Animated,
}

/// A decoded picture: 8 bits a color.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Red, green, blue of each pixel, row by row from the top.
    pub rgb: Vec<u8>,
    /// How opaque each pixel is, if the picture says.
    pub alpha: Option<Vec<u8>>,
}

/// Decodes a PNG picture to what is drawn.
///
/// # Errors
/// See [`PictureError`].
pub fn decode_picture(file: &[u8], limits: Limits) -> Result<Picture, PictureError> {
    let bytes = limits.decoder_bytes;
    let cursor = std::io::Cursor::new(file);
    let mut decoder = png::Decoder::new_with_limits(cursor, png::Limits { bytes });
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let (width, height) = decoder.read_header_info()?.size();
    let edge = limits.edge;
    if width > edge || height > edge {
        return Err(PictureError::TooLarge {
            width,
            height,
            edge,
        });
    }
    let mut reader = decoder.read_info()?;
    if reader.info().is_animated() {
        return Err(PictureError::Animated);
    }
    let color = reader.output_color_type().0;
    let mut planes = Planes::new(color, width, height);
    if reader.info().interlaced {
        let mut pixels = vec![0; reader.output_buffer_size().unwrap_or(0)];
        reader.next_frame(&mut pixels)?;
        planes.add(&pixels);
    } else {
        // The pixels are never in memory twice.
        while let Some(row) = reader.next_row()? {
            planes.add(row.data());
        }
    }
    // Reads to the end of the file, so that a file cut short does not pass.
    reader.finish()?;
    Ok(Picture {
        width,
        height,
        rgb: planes.rgb,
        alpha: planes.alpha,
    })
}

/// Colors and opacity apart.
struct Planes {
    color: png::ColorType,
    rgb: Vec<u8>,
    alpha: Option<Vec<u8>>,
}

impl Planes {
    fn new(color: png::ColorType, width: u32, height: u32) -> Self {
        let pixels = u64::from(width).saturating_mul(height.into());
        let pixels = usize::try_from(pixels).unwrap_or_default();
        let opacity = matches!(color, png::ColorType::GrayscaleAlpha | png::ColorType::Rgba);
        Self {
            color,
            rgb: Vec::with_capacity(pixels.saturating_mul(3)),
            alpha: opacity.then(|| Vec::with_capacity(pixels)),
        }
    }

    /// Adds the next pixels.
    fn add(&mut self, pixels: &[u8]) {
        match self.color {
            png::ColorType::Grayscale => self.add_colors(pixels, |gray| [*gray; 3]),
            png::ColorType::GrayscaleAlpha => {
                let (pairs, _) = pixels.as_chunks::<2>();
                self.add_colors(pairs, |[gray, _]| [*gray; 3]);
                self.add_opacity(pairs.iter().map(|[_, alpha]| *alpha));
            }
            png::ColorType::Rgba => {
                let (groups, _) = pixels.as_chunks::<4>();
                self.add_colors(groups, |[red, green, blue, _]| [*red, *green, *blue]);
                self.add_opacity(groups.iter().map(|[.., alpha]| *alpha));
            }
            // Palettes are expanded to RGB or RGBA by the decoder.
            png::ColorType::Rgb | png::ColorType::Indexed => self.rgb.extend_from_slice(pixels),
        }
    }

    fn add_colors<T>(&mut self, pixels: &[T], color: impl Fn(&T) -> [u8; 3]) {
        let before = self.rgb.len();
        let added = pixels.len().saturating_mul(3);
        self.rgb.resize(before.saturating_add(added), 0);
        let room = self.rgb.get_mut(before..).unwrap_or_default();
        let (places, _) = room.as_chunks_mut::<3>();
        for (place, pixel) in places.iter_mut().zip(pixels) {
            *place = color(pixel);
        }
    }

    fn add_opacity(&mut self, opacity: impl Iterator<Item = u8>) {
        if let Some(alpha) = &mut self.alpha {
            alpha.extend(opacity);
        }
    }
}

impl Picture {
    /// Pixels across and down.
    #[must_use]
    pub const fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The picture on white, without transparency (rule APP-7): some archives allow none.
    #[must_use]
    pub fn flattened(&self) -> Self {
        let Some(alpha) = &self.alpha else {
            return self.clone();
        };
        let (pixels, _) = self.rgb.as_chunks::<3>();
        let on_white = |color: u8, alpha: u8| {
            let (color, alpha) = (u32::from(color), u32::from(alpha));
            let mixed = (color * alpha + 255 * (255 - alpha) + 127) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        let rgb = pixels
            .iter()
            .zip(alpha)
            .flat_map(|(pixel, alpha)| pixel.map(|color| on_white(color, *alpha)))
            .collect();
        Self {
            rgb,
            alpha: None,
            ..*self
        }
    }
}

/// What the numbers of a picture's colors mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colors {
    /// The device's red, green and blue.
    #[default]
    Device,
    /// Those of sRGB, written out (ISO 32000-1 8.6.5.3): for archive documents that say nothing
    /// of the device's (rule APP-8).
    Calibrated,
}

impl Colors {
    /// The color space.
    fn space(self) -> Object {
        // IEC 61966-2-1: the white point D65, a gamma of 2.2 and the primaries.
        let numbers =
            |values: &[f64]| Object::Array(values.iter().map(|n| Object::Real(*n)).collect());
        match self {
            Self::Device => name("DeviceRGB"),
            Self::Calibrated => Object::Array(vec![
                name("CalRGB"),
                Dictionary::from_iter([
                    ("WhitePoint", numbers(&[0.9505, 1.0, 1.089])),
                    ("Gamma", numbers(&[2.2, 2.2, 2.2])),
                    (
                        "Matrix",
                        numbers(&[
                            0.4124, 0.2126, 0.0193, 0.3576, 0.7152, 0.1192, 0.1805, 0.0722, 0.9505,
                        ]),
                    ),
                ])
                .into(),
            ]),
        }
    }
}

/// The dictionary of the image XObject of a picture of this size (ISO 32000-1 8.9.5); its data are
/// [`Picture::rgb`], deflated. `soft_mask` is the image of [`soft_mask_dictionary`].
#[must_use]
pub fn image_dictionary(
    size: (u32, u32),
    soft_mask: Option<Reference>,
    colors: Colors,
) -> Dictionary {
    let mut dictionary = samples(size, colors.space());
    if let Some(soft_mask) = soft_mask {
        dictionary.set("SMask", soft_mask);
    }
    dictionary
}

/// The dictionary of the picture's soft mask (ISO 32000-1 11.6.5.3); its data are
/// [`Picture::alpha`], deflated.
#[must_use]
pub fn soft_mask_dictionary(size: (u32, u32)) -> Dictionary {
    samples(size, name("DeviceGray"))
}

fn samples((width, height): (u32, u32), color_space: Object) -> Dictionary {
    Dictionary::from_iter([
        ("Type", name("XObject")),
        ("Subtype", name("Image")),
        ("Width", Object::Integer(width.into())),
        ("Height", Object::Integer(height.into())),
        ("ColorSpace", color_space),
        ("BitsPerComponent", Object::Integer(8)),
        ("Filter", name("FlateDecode")),
    ])
}

/// The dictionary of the form XObject that draws the seal (ISO 32000-1 8.10), `width` by
/// `height` units, upright on a page turned by `rotate` degrees; its data are [`Spread::content`].
#[must_use]
pub fn form_dictionary(width: f64, height: f64, rotate: u16, image: Reference) -> Dictionary {
    let images = Dictionary::from_iter([("Seal", image)]);
    let resources = Dictionary::from_iter([("XObject", images)]);
    let corners = [0.0, 0.0, width, height];
    let mut dictionary = Dictionary::from_iter([
        ("Type", name("XObject")),
        ("Subtype", name("Form")),
        ("BBox", Object::Array(corners.map(number).to_vec())),
        ("Resources", resources.into()),
    ]);
    if let Some(matrix) = form_matrix(rotate) {
        dictionary.set("Matrix", matrix.map(Object::Integer).to_vec());
    }
    dictionary
}

/// Where the picture lies in the form's box, in units of the page from its lower left corner as
/// shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Width of the whole picture.
    pub width: f64,
    /// Height of the whole picture.
    pub height: f64,
    /// From the left of the box to the picture; negative in the later slices of a straddle seal.
    pub x: f64,
    /// From the bottom of the box to the picture.
    pub y: f64,
}

impl Spread {
    /// The picture over a whole box.
    #[must_use]
    pub const fn whole(width: f64, height: f64) -> Self {
        let (x, y) = (0.0, 0.0);
        Self {
            width,
            height,
            x,
            y,
        }
    }

    /// The picture as large as it can be in a box, its own shape kept, in the middle (rule APP-9).
    /// `shape` is its own width and height, in whatever unit.
    #[must_use]
    pub fn fitted(across: f64, down: f64, shape: (f64, f64)) -> Self {
        let scale = (across / shape.0).min(down / shape.1);
        let (width, height) = (
            thousandths(shape.0 * scale).min(across),
            thousandths(shape.1 * scale).min(down),
        );
        Self {
            width,
            height,
            x: thousandths((across - width) / 2.0),
            y: thousandths((down - height) / 2.0),
        }
    }

    /// What a form draws: the picture there, and nothing else.
    #[must_use]
    pub fn content(&self) -> Vec<u8> {
        let [width, height, x, y] = [self.width, self.height, self.x, self.y].map(thousandths);
        // Negative zero is a number of its own in text.
        let (x, y) = (x + 0.0, y + 0.0);
        format!("q {width} 0 0 {height} {x} {y} cm /Seal Do Q").into_bytes()
    }

    /// Reads what [`content`](Self::content) wrote; nothing where it says anything else.
    #[must_use]
    pub fn read(content: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(content).ok()?;
        let mut words = text.split(' ');
        let mut number = |before: &[&str]| {
            let expected = before.iter().all(|word| words.next() == Some(*word));
            expected.then(|| words.next()?.parse::<f64>().ok())?
        };
        let read = Self {
            width: number(&["q"])?,
            height: number(&["0", "0"])?,
            x: number(&[])?,
            y: number(&[])?,
        };
        (read.content() == content).then_some(read)
    }
}

/// The form's matrix on a page turned clockwise by `rotate` degrees: it turns the seal back.
/// None where the page is not turned.
#[must_use]
pub const fn form_matrix(rotate: u16) -> Option<[i64; 6]> {
    match rotate {
        90 => Some([0, 1, -1, 0, 0, 0]),
        180 => Some([-1, 0, 0, -1, 0, 0]),
        270 => Some([0, -1, 1, 0, 0, 0]),
        _ => None,
    }
}

/// Rounded to thousandths, so that a number reads back as the one written.
pub(crate) fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// A number as it reads back: whole ones are integers.
fn number(value: f64) -> Object {
    let value = thousandths(value);
    if value.fract() == 0.0 && value.abs() < f64::from(i32::MAX) {
        #[expect(
            clippy::as_conversions,
            reason = "whole, and in range by the line above"
        )]
        return Object::Integer(value as i64);
    }
    Object::Real(value)
}

fn name(name: &str) -> Object {
    Object::Name(Name::from(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(color: png::ColorType, width: u32, height: u32, data: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(color);
        encoder.set_depth(png::BitDepth::Eight);
        if color == png::ColorType::Indexed {
            encoder.set_palette(vec![9, 8, 7, 6, 5, 4]);
        }
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(data).unwrap();
        writer.finish().unwrap();
        file
    }

    /// A color type, its samples, and the colors and opacity they stand for.
    type Case = (
        png::ColorType,
        &'static [u8],
        &'static [u8],
        Option<&'static [u8]>,
    );

    #[test]
    fn every_color_type_becomes_rgb_and_alpha() {
        let cases: [Case; 5] = [
            (
                png::ColorType::Grayscale,
                &[1, 2],
                &[1, 1, 1, 2, 2, 2],
                None,
            ),
            (
                png::ColorType::GrayscaleAlpha,
                &[1, 100, 2, 200],
                &[1, 1, 1, 2, 2, 2],
                Some(&[100, 200]),
            ),
            (
                png::ColorType::Rgb,
                &[1, 2, 3, 4, 5, 6],
                &[1, 2, 3, 4, 5, 6],
                None,
            ),
            (
                png::ColorType::Rgba,
                &[1, 2, 3, 100, 4, 5, 6, 200],
                &[1, 2, 3, 4, 5, 6],
                Some(&[100, 200]),
            ),
            (png::ColorType::Indexed, &[1, 0], &[6, 5, 4, 9, 8, 7], None),
        ];
        for (color, data, rgb, alpha) in cases {
            let file = encode(color, 2, 1, data);
            let picture = decode_picture(&file, Limits::default()).unwrap();
            assert_eq!((picture.width, picture.height), (2, 1));
            assert_eq!(picture.rgb, rgb, "{color:?}");
            assert_eq!(picture.alpha.as_deref(), alpha, "{color:?}");
        }
    }

    #[test]
    fn large_pictures_are_refused_before_they_are_decoded() {
        let file = encode(png::ColorType::Grayscale, 9, 1, &[0; 9]);
        let limits = Limits {
            edge: 8,
            ..Limits::default()
        };
        let error = decode_picture(&file, limits).unwrap_err();
        assert!(
            matches!(error, PictureError::TooLarge { width: 9, .. }),
            "{error}"
        );
    }

    #[test]
    fn damaged_pictures_are_refused() {
        let file = encode(png::ColorType::Grayscale, 2, 1, &[0, 1]);
        for length in [0, 8, 20, file.len() / 2, file.len() - 1] {
            assert!(
                decode_picture(&file[..length], Limits::default()).is_err(),
                "{length}"
            );
        }
    }

    #[test]
    fn the_content_draws_the_picture_over_the_box() {
        assert_eq!(
            Spread::whole(85.0394, 90.0).content(),
            b"q 85.039 0 0 90 0 0 cm /Seal Do Q"
        );
    }

    #[test]
    fn a_content_reads_back_only_if_it_is_one_of_ours() {
        let slice = Spread {
            width: 113.386,
            height: 113.386,
            x: -37.795,
            y: 0.0,
        };
        assert_eq!(
            slice.content(),
            b"q 113.386 0 0 113.386 -37.795 0 cm /Seal Do Q"
        );
        assert_eq!(Spread::read(&slice.content()), Some(slice));
        for other in [
            "q 1 0 0 1 0 0 cm /Seal Do Q ",
            "q 1 0 0 1.0 0 0 cm /Seal Do Q",
            "q 1 0 0 1 0 cm /Seal Do Q",
            "q NaN 0 0 1 0 0 cm /Other Do Q",
            "q 1 0 0 1 0 0 cm /Seal Do Q q 1 0 0 1 0 0 cm /Seal Do Q",
            "",
        ] {
            assert_eq!(Spread::read(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn a_fitted_picture_keeps_its_shape_in_the_middle() {
        let spread = Spread::fitted(200.0, 100.0, (40.0, 40.0));
        assert_eq!(
            spread,
            Spread {
                width: 100.0,
                height: 100.0,
                x: 50.0,
                y: 0.0
            }
        );
    }

    #[test]
    fn flattened_pictures_lie_on_white() {
        let picture = Picture {
            width: 3,
            height: 1,
            rgb: vec![200, 0, 10, 200, 0, 10, 200, 0, 10],
            alpha: Some(vec![255, 0, 128]),
        };
        let flat = picture.flattened();
        assert_eq!(flat.rgb, [200, 0, 10, 255, 255, 255, 227, 127, 132]);
        assert_eq!(flat.alpha, None);
    }
}
