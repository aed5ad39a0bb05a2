//! From shapes to a PNG (W3C PNG, third edition).

use std::io::Cursor;

use png::{BitDepth, ColorType, DeflateCompression, Encoder, Filter, PixelDimensions, Unit};
use tiny_skia::{Mask, Transform};

use super::shapes::Shape;

/// Vermilion of a seal's ink, sRGB.
pub(super) const RED: [u8; 3] = [0xC8, 0x16, 0x1D];

/// Edge of the enlarged drawing that is averaged down. The rasterizer has 16 levels a pixel;
/// averaging gives all 256 and even weight to slanted strokes.
const LARGE_EDGE: u16 = 4800;
const MOST_SUPERSAMPLING: u16 = 4;

/// Ink of each pixel, 0 to 255, row by row from the top.
pub(super) fn coverage(drawing: &[Shape], pixels: u16) -> Vec<u8> {
    let factor = (LARGE_EDGE / pixels).clamp(1, MOST_SUPERSAMPLING);
    let edge = u32::from(pixels) * u32::from(factor);
    let Some(mut mask) = Mask::new(edge, edge) else {
        return Vec::new();
    };
    let half = f32::from(pixels) * f32::from(factor) / 2.0;
    let place = Transform::from_scale(half, half).post_translate(half, half);
    for shape in drawing {
        mask.fill_path(&shape.path, shape.rule, true, place);
    }
    reduce(mask.data(), usize::from(pixels), usize::from(factor))
}

/// Averages squares of `factor` x `factor` samples.
fn reduce(samples: &[u8], edge: usize, factor: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(edge * edge);
    let area = u32::try_from(factor * factor).unwrap_or(1);
    for rows in samples.chunks_exact(edge * factor * factor) {
        let mut sums = vec![0_u32; edge];
        for row in rows.chunks_exact(edge * factor) {
            for (sum, square) in sums.iter_mut().zip(row.chunks_exact(factor)) {
                *sum += square.iter().copied().map(u32::from).sum::<u32>();
            }
        }
        out.extend(
            sums.iter()
                .map(|sum| u8::try_from((sum + area / 2) / area).unwrap_or(u8::MAX)),
        );
    }
    out
}

/// Levels of ink. At 600 dpi nobody sees more on an edge one pixel wide, and with so few a pixel takes half a
/// byte and packs well: the file has to go into a card's memory, and comes out of it slowly.
const LEVELS: u8 = 6;
/// From one level to the next.
const STEP: u8 = u8::MAX / (LEVELS - 1);

/// The number of the nearest level.
const fn level(ink: u8) -> u8 {
    ink.saturating_add(STEP / 2) / STEP
}

/// Pixels of half a byte each, the left one in the upper half, each row from a byte of its own.
fn packed(coverage: &[u8], edge: usize) -> Vec<u8> {
    let pair = |pair: &[u8]| {
        let of = |index: usize| pair.get(index).map_or(0, |ink| level(*ink));
        (of(0) << 4) | of(1)
    };
    let rows = coverage.chunks_exact(edge);
    rows.flat_map(|row| row.chunks(2).map(pair)).collect()
}

/// Writes the ink as one red in steps of opacity, with the resolution that gives `diameter_mm`.
pub(super) fn encode(
    coverage: &[u8],
    pixels: u16,
    diameter_mm: u16,
) -> Result<Vec<u8>, png::EncodingError> {
    let opacity: Vec<u8> = (0..LEVELS).map(|level| level * STEP).collect();
    let per_meter = u32::from(pixels) * 1000 / u32::from(diameter_mm);
    let mut file = Vec::new();
    let mut encoder = Encoder::new(Cursor::new(&mut file), pixels.into(), pixels.into());
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Four);
    encoder.set_palette(RED.repeat(usize::from(LEVELS)));
    encoder.set_trns(opacity);
    encoder.set_source_srgb(png::SrgbRenderingIntent::RelativeColorimetric);
    encoder.set_pixel_dims(Some(PixelDimensions {
        xppu: per_meter,
        yppu: per_meter,
        unit: Unit::Meter,
    }));
    encoder.set_deflate_compression(DeflateCompression::Level(9));
    encoder.set_filter(Filter::NoFilter);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&packed(coverage, pixels.into()))?;
    writer.finish()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_keep_paper_and_full_ink() {
        let levels = [0, 25, 26, 128, 229, 230, 255].map(level);
        assert_eq!(levels, [0, 0, 1, 3, 4, 5, 5]);
        assert_eq!((LEVELS - 1) * STEP, u8::MAX);
    }

    #[test]
    fn a_row_of_odd_length_ends_in_half_a_byte() {
        let rows = [0, 255, 51, 255, 0, 102];
        assert_eq!(packed(&rows, 3), [0x05, 0x10, 0x50, 0x20]);
    }

    #[test]
    fn squares_are_averaged_in_place() {
        let samples = [0, 255, 100, 100, 255, 255, 100, 100, 0, 0, 8, 8, 0, 0, 8, 8];
        assert_eq!(reduce(&samples, 2, 2), [191, 100, 0, 8]);
    }
}
