//! Seal pictures that applicants bring: decoded whole once, when they are received, so that no seal is
//! made that no program can draw.

use std::io::Cursor;

use png::{Decoder, Limits, Transformations};

use crate::Error;

/// Largest picture accepted, in bytes: with certificates and names it still fits into one seal.
const MAX_PICTURE_LEN: usize = 160 * 1024;
/// Most pixels along an edge: what stamping and verifying draw (`specs/documents.md`).
const MAX_PIXELS: u32 = 2048;
/// Most bytes the decoder may use beside the pixels.
const DECODER_BYTES: usize = 32 * 1024 * 1024;

/// Checks a PNG file (ISO/IEC 15948) to its end; gives width and height in pixels.
///
/// # Errors
/// [`Error::Value`] saying what is wrong with it.
pub(crate) fn size(file: &[u8]) -> Result<(u32, u32), Error> {
    let refused = |why| Error::Value {
        what: "seal picture",
        why,
    };
    if file.len() > MAX_PICTURE_LEN {
        return Err(refused("the file is larger than 160 KiB"));
    }
    if !file.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Err(refused("this is not a PNG file"));
    }
    let unreadable = |_| refused("the PNG file is damaged or cut off");
    let limits = Limits {
        bytes: DECODER_BYTES,
    };
    let mut decoder = Decoder::new_with_limits(Cursor::new(file), limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let (width, height) = decoder.read_header_info().map_err(unreadable)?.size();
    // Before anything is decoded: a small file can claim any size.
    if width > MAX_PIXELS || height > MAX_PIXELS {
        return Err(refused("each edge must be 1 to 2048 pixels"));
    }
    let mut reader = decoder.read_info().map_err(unreadable)?;
    if reader.info().is_animated() {
        return Err(refused("the picture is animated"));
    }
    let mut pixels = vec![0; reader.output_buffer_size().unwrap_or(0)];
    reader.next_frame(&mut pixels).map_err(unreadable)?;
    reader.finish().map_err(unreadable)?;
    Ok((width, height))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use png::{BitDepth, ColorType, Encoder};

    fn encode(width: u32, height: u32, color: ColorType, depth: BitDepth) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, width, height);
        encoder.set_color(color);
        encoder.set_depth(depth);
        encoder.set_palette(vec![200, 20, 30]);
        let bits = color.samples() * if depth == BitDepth::Sixteen { 16 } else { 8 };
        let row = usize::try_from(width).unwrap() * bits / 8;
        let data = vec![0; row * usize::try_from(height).unwrap()];
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&data).unwrap();
        writer.finish().unwrap();
        file
    }

    /// An empty picture.
    pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
        encode(width, height, ColorType::Rgba, BitDepth::Eight)
    }

    fn why(file: &[u8]) -> String {
        size(file).unwrap_err().to_string()
    }

    #[test]
    fn every_usual_form_is_taken() {
        for (color, depth) in [
            (ColorType::Rgba, BitDepth::Eight),
            (ColorType::Rgb, BitDepth::Sixteen),
            (ColorType::Grayscale, BitDepth::Eight),
            (ColorType::Indexed, BitDepth::Eight),
        ] {
            assert_eq!(size(&encode(7, 3, color, depth)).unwrap(), (7, 3));
        }
        assert_eq!(size(&png(1, 1)).unwrap(), (1, 1));
        let largest = encode(2048, 2048, ColorType::Grayscale, BitDepth::Eight);
        assert_eq!(size(&largest).unwrap(), (2048, 2048));
    }

    #[test]
    fn what_could_not_be_drawn_is_refused() {
        for other in [&b"GIF89a"[..], b"\xFF\xD8\xFF\xE0", b"<svg/>", b""] {
            assert_eq!(why(other), "seal picture: this is not a PNG file");
        }
        let whole = png(20, 20);
        for cut in [9, 20, 40, whole.len() - 1] {
            let said = why(&whole[..cut]);
            assert!(said.ends_with("damaged or cut off"), "{cut}: {said}");
        }
        let mut damaged = whole.clone();
        damaged[45] ^= 1;
        assert!(size(&damaged).is_err());
        let wide = encode(2049, 1, ColorType::Grayscale, BitDepth::Eight);
        assert!(why(&wide).ends_with("1 to 2048 pixels"));
        let mut large = whole;
        large.resize(MAX_PICTURE_LEN + 1, 0);
        assert!(why(&large).ends_with("larger than 160 KiB"));
    }

    #[test]
    fn an_animated_picture_is_refused() {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, 1, 1);
        encoder.set_color(ColorType::Grayscale);
        encoder.set_animated(2, 0).unwrap();
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&[0]).unwrap();
        writer.write_image_data(&[1]).unwrap();
        writer.finish().unwrap();
        assert!(why(&file).ends_with("animated"));
    }
}
