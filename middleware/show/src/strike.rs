//! Striking out in the picture itself, so that no setting of a browser brings a seal back.

use crate::draw::Drawn;

/// How much of a washed-out pixel is left, in 255.
const LEFT: u16 = 50;
const RED: [u8; 3] = [190, 20, 20];
const GRAY: [u8; 3] = [110, 110, 110];

/// A place on a page, in millimetres from its top left corner.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// Washes a place out and crosses it, in red for what is broken.
pub(crate) fn out(page: &mut Drawn, place: Place, broken: bool) {
    let color = if broken { RED } else { GRAY };
    let (across, down) = page.size;
    let edges = |at: f64, length: f64, whole_mm: f32, pixels: usize| {
        let scale = f64::from(u32::try_from(pixels).unwrap_or(0)) / f64::from(whole_mm.max(1.0));
        (
            pixel(at * scale, pixels),
            pixel((at + length) * scale, pixels),
        )
    };
    let (left, right) = edges(place.x, place.width, page.size_mm.0, across);
    let (top, bottom) = edges(place.y, place.height, page.size_mm.1, down);
    let (width, height) = (right.saturating_sub(left), bottom.saturating_sub(top));
    for row in 0..height {
        for column in 0..width {
            let at = top
                .saturating_add(row)
                .saturating_mul(across)
                .saturating_add(left)
                .saturating_add(column)
                .saturating_mul(4);
            let Some([red, green, blue, alpha]) = page.rgba.get_mut(at..at.saturating_add(4))
            else {
                continue;
            };
            let crossed = crosses(row, column, width, height);
            for (value, other) in [red, green, blue].into_iter().zip(color) {
                *value = if crossed { other } else { washed(*value) };
            }
            *alpha = 255;
        }
    }
}

/// Whether a pixel lies on one of the two diagonals or the frame.
fn crosses(row: usize, column: usize, width: usize, height: usize) -> bool {
    let thick = width.max(height).saturating_div(40).max(2);
    let frame = row < 2
        || column < 2
        || row.saturating_add(2) >= height
        || column.saturating_add(2) >= width;
    let down = column.saturating_mul(height);
    let along = row.saturating_mul(width);
    let back = width.saturating_sub(column).saturating_mul(height);
    let near = |one: usize, other: usize| {
        one.abs_diff(other) <= thick.saturating_mul(width.max(height)).saturating_div(2)
    };
    frame || near(down, along) || near(back, along)
}

fn washed(value: u8) -> u8 {
    let rest = u16::from(255 - value).saturating_mul(LEFT) / 255;
    255 - u8::try_from(rest).unwrap_or(u8::MAX)
}

/// A position within the picture.
#[expect(
    clippy::as_conversions,
    reason = "a float is cut to the range of integers, and then to the picture"
)]
fn pixel(at: f64, most: usize) -> usize {
    (at.round().max(0.0) as usize).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_struck_place_stays_as_it_was_and_nothing_else_changes() {
        let mut page = Drawn {
            size: (100, 200),
            size_mm: (50.0, 100.0),
            rgba: [200, 10, 10, 255].repeat(100 * 200),
        };
        let place = Place {
            x: 10.0,
            y: 20.0,
            width: 20.0,
            height: 15.0,
        };
        out(&mut page, place, true);
        for (index, pixel) in page.rgba.chunks(4).enumerate() {
            let (x, y) = (index % 100, index / 100);
            let within = (20..60).contains(&x) && (40..70).contains(&y);
            assert_eq!(pixel != [200, 10, 10, 255], within, "{x} {y}");
        }
        // Off the page in part: no harm.
        let beyond = Place {
            x: -5.0,
            y: 90.0,
            width: 500.0,
            height: 500.0,
        };
        out(&mut page, beyond, false);
    }
}
