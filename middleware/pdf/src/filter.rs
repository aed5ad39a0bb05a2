//! Stream filters (ISO 32000-1 7.4), bounded.

use std::io::{self, Read};
use std::ops::Range;

use flate2::read::ZlibDecoder;

use crate::error::{Damage, Error, Limit, Result};
use crate::source::{Source, wide};

/// The parameters of a predictor (ISO 32000-1 Table 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Predictor {
    pub(crate) predictor: i64,
    pub(crate) colors: usize,
    pub(crate) bits: usize,
    pub(crate) columns: usize,
}

impl Predictor {
    /// No prediction.
    pub(crate) const NONE: Self = Self {
        predictor: 1,
        colors: 1,
        bits: 8,
        columns: 1,
    };
}

/// Reads a range of a source as it stands.
pub(crate) fn raw(source: &dyn Source, range: &Range<u64>, most: usize) -> Result<Vec<u8>> {
    let mut reader = RangeReader::new(source, range);
    read_bounded(&mut reader, range.start, most).map_err(|fault| {
        fault.unwrap_or_else(|| Error::too_large(range.start, Limit::Decoded(most)))
    })
}

/// Inflates a range of a source (ISO 32000-1 7.4.4).
pub(crate) fn inflate(source: &dyn Source, range: &Range<u64>, most: usize) -> Result<Vec<u8>> {
    let mut reader = ZlibDecoder::new(RangeReader::new(source, range));
    inflated(&mut reader, range.start, most)
}

/// Whether a range of a source inflates to these bytes and no more.
pub(crate) fn inflates_to(
    source: &dyn Source,
    range: &Range<u64>,
    expected: &[u8],
) -> Result<bool> {
    let mut reader = ZlibDecoder::new(RangeReader::new(source, range));
    let mut block = vec![0; COMPARED];
    let mut rest = expected;
    loop {
        let read = reader.read(&mut block);
        let read = read.map_err(|_| Error::damaged(range.start, FLATE))?;
        let part = block.get(..read).unwrap_or_default();
        if part.is_empty() {
            return Ok(rest.is_empty());
        }
        match rest.strip_prefix(part) {
            Some(behind) => rest = behind,
            None => return Ok(false),
        }
    }
}

/// Inflates bytes in memory.
pub(crate) fn inflate_bytes(bytes: &[u8], offset: u64, most: usize) -> Result<Vec<u8>> {
    inflated(&mut ZlibDecoder::new(bytes), offset, most)
}

fn inflated(reader: &mut dyn Read, offset: u64, most: usize) -> Result<Vec<u8>> {
    read_bounded(reader, offset, most).map_err(|fault| match fault {
        Some(_) => Error::damaged(offset, FLATE),
        None => Error::too_large(offset, Limit::Decoded(most)),
    })
}

/// Bytes compared at a time.
const COMPARED: usize = 64 * 1024;
const FLATE: Damage = Damage::Filter {
    filter: "FlateDecode",
};
const PREDICTOR: Damage = Damage::Filter {
    filter: "predictor",
};

/// Reads to the end; fails with nothing when there are more than `most` bytes.
fn read_bounded(
    reader: &mut dyn Read,
    offset: u64,
    most: usize,
) -> std::result::Result<Vec<u8>, Option<Error>> {
    let mut bytes = Vec::new();
    let mut bounded = reader.take(wide(most).saturating_add(1));
    bounded
        .read_to_end(&mut bytes)
        .map_err(|cause| Some(Error::Read { offset, cause }))?;
    if bytes.len() > most {
        return Err(None);
    }
    Ok(bytes)
}

/// Undoes a predictor (ISO 32000-1 7.4.4.4; the PNG filters of RFC 2083 section 6).
pub(crate) fn unpredict(bytes: Vec<u8>, predictor: Predictor, offset: u64) -> Result<Vec<u8>> {
    match predictor.predictor {
        1 => Ok(bytes),
        2 => tiff(bytes, predictor, offset),
        10..=15 => png(&bytes, predictor, offset),
        _ => Err(Error::damaged(offset, PREDICTOR)),
    }
}

fn row_sizes(predictor: Predictor, offset: u64) -> Result<(usize, usize)> {
    let bits = predictor.colors.checked_mul(predictor.bits);
    let pixel = bits.map(|bits| bits.div_ceil(8));
    let row = bits
        .and_then(|bits| bits.checked_mul(predictor.columns))
        .map(|bits| bits.div_ceil(8));
    match (pixel, row) {
        (Some(pixel), Some(row)) if pixel > 0 && row > 0 => Ok((pixel, row)),
        _ => Err(Error::damaged(offset, PREDICTOR)),
    }
}

fn tiff(mut bytes: Vec<u8>, predictor: Predictor, offset: u64) -> Result<Vec<u8>> {
    if predictor.bits != 8 {
        return Err(Error::UnsupportedFilter {
            offset,
            filter: "TIFF predictor of other than 8 bits".to_owned(),
        });
    }
    let (pixel, row) = row_sizes(predictor, offset)?;
    for line in bytes.chunks_mut(row) {
        let mut left = vec![0u8; pixel];
        for group in line.chunks_mut(pixel) {
            for (byte, left) in group.iter_mut().zip(left.iter_mut()) {
                *byte = byte.wrapping_add(*left);
                *left = *byte;
            }
        }
    }
    Ok(bytes)
}

fn png(bytes: &[u8], predictor: Predictor, offset: u64) -> Result<Vec<u8>> {
    let (pixel, row) = row_sizes(predictor, offset)?;
    let mut output = Vec::with_capacity(bytes.len());
    let mut above = vec![0u8; row];
    for line in bytes.chunks(row.saturating_add(1)) {
        let Some((kind, data)) = line
            .split_first()
            .filter(|(_, data)| <[u8]>::len(data) == row)
        else {
            return Err(Error::damaged(offset, PREDICTOR));
        };
        let decoded =
            png_row(*kind, data, &above, pixel).ok_or_else(|| Error::damaged(offset, PREDICTOR))?;
        output.extend_from_slice(&decoded);
        above = decoded;
    }
    Ok(output)
}

fn png_row(kind: u8, data: &[u8], above: &[u8], pixel: usize) -> Option<Vec<u8>> {
    let mut row: Vec<u8> = Vec::with_capacity(data.len());
    for (index, byte) in data.iter().enumerate() {
        let before = index.checked_sub(pixel);
        let left = before.and_then(|i| row.get(i)).copied().unwrap_or(0);
        let corner = before.and_then(|i| above.get(i)).copied().unwrap_or(0);
        let up = above.get(index).copied().unwrap_or(0);
        let prediction = match kind {
            0 => 0,
            1 => left,
            2 => up,
            3 => average(left, up),
            4 => paeth(left, up, corner),
            _ => return None,
        };
        row.push(byte.wrapping_add(prediction));
    }
    Some(row)
}

fn average(left: u8, up: u8) -> u8 {
    let half = u16::from(left).wrapping_add(u16::from(up)) >> 1;
    u8::try_from(half).unwrap_or(u8::MAX)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let estimate = a + b - c;
    let (to_left, to_up) = ((estimate - a).abs(), (estimate - b).abs());
    let to_corner = (estimate - c).abs();
    if to_left <= to_up && to_left <= to_corner {
        left
    } else if to_up <= to_corner {
        up
    } else {
        corner
    }
}

/// Reads a range of a source from its beginning to its end.
struct RangeReader<'a> {
    source: &'a dyn Source,
    position: u64,
    end: u64,
}

impl<'a> RangeReader<'a> {
    const fn new(source: &'a dyn Source, range: &Range<u64>) -> Self {
        Self {
            source,
            position: range.start,
            end: range.end,
        }
    }
}

impl Read for RangeReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.end.saturating_sub(self.position);
        let size = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let Some(part) = buffer.get_mut(..size) else {
            return Ok(0);
        };
        self.source.read_exact_at(self.position, part)?;
        self.position = self.position.saturating_add(wide(size));
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn predictor(predictor: i64, colors: usize, columns: usize) -> Predictor {
        Predictor {
            predictor,
            colors,
            bits: 8,
            columns,
        }
    }

    #[test]
    fn png_rows_of_each_kind_are_undone() {
        // One row a kind, three columns, one color.
        let encoded = [
            0, 10, 20, 30, // none
            1, 1, 1, 1, // sub
            2, 1, 1, 1, // up
            3, 1, 1, 1, // average
            4, 1, 1, 1, // Paeth
        ];
        let decoded = unpredict(encoded.to_vec(), predictor(15, 1, 3), 0).unwrap();
        assert_eq!(decoded, [10, 20, 30, 1, 2, 3, 2, 3, 4, 2, 3, 4, 3, 4, 5]);
    }

    #[test]
    fn what_inflates_to_more_less_or_other_bytes_is_not_the_same() {
        // Longer than what is compared at a time.
        let data: Vec<u8> = (0..=250_u8).cycle().take(COMPARED + 1000).collect();
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&data).unwrap();
        let file = encoder.finish().unwrap();
        let whole = 0..wide(file.len());
        let is = |range: &Range<u64>, expected: &[u8]| inflates_to(&file, range, expected);
        assert!(is(&whole, &data).unwrap());
        assert!(!is(&whole, &data[..data.len() - 1]).unwrap());
        assert!(!is(&whole, &[&data[..], &[0]].concat()).unwrap());
        let mut other = data.clone();
        other[COMPARED] ^= 1;
        assert!(!is(&whole, &other).unwrap());
        assert!(is(&(0..whole.end - 6), &data).is_err(), "cut short");
    }

    #[test]
    fn a_png_row_cut_short_is_refused() {
        let cut = unpredict(vec![0, 1, 2], predictor(12, 1, 3), 7).unwrap_err();
        assert!(matches!(cut, Error::Damaged { offset: 7, .. }), "{cut}");
        let kind = unpredict(vec![5, 1, 2, 3], predictor(12, 1, 3), 7);
        assert!(kind.is_err());
    }

    #[test]
    fn tiff_rows_are_undone() {
        let decoded = unpredict(vec![1, 2, 1, 1, 5, 6, 1, 1], predictor(2, 2, 2), 0).unwrap();
        assert_eq!(decoded, [1, 2, 2, 3, 5, 6, 6, 7]);
    }

    #[test]
    fn sizes_that_overflow_are_refused() {
        let huge = Predictor {
            columns: usize::MAX,
            ..predictor(12, 4, 1)
        };
        assert!(unpredict(vec![0; 8], huge, 0).is_err());
    }
}
