//! Letters along an arc, each turned to stand on it.

use tiny_skia::Transform;

use super::shapes::Shape;
use crate::typeface::{Face, Glyph};

/// The side of the ring a line stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Read clockwise, letters' heads outwards.
    Upper,
    /// Read counter-clockwise, letters' heads towards the centre.
    Lower,
}

/// The room a line has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Upper or lower arc.
    pub(super) side: Side,
    /// Radius through the middle of the capitals.
    pub(super) radius: f32,
    /// Largest em.
    pub(super) max_em: f32,
    /// Angle the line must not exceed, in radians.
    pub(super) max_sweep: f32,
    /// Angle a short line is spaced out towards, in radians.
    pub(super) wanted_sweep: f32,
}

/// A line fitted into its room.
pub(super) struct Line {
    glyphs: Vec<Glyph>,
    room: Room,
    cap_height: f32,
    /// Size of an em.
    pub(super) em: f32,
    /// Space added after each letter, in em.
    tracking: f32,
}

/// Capitals stand too close without some space.
const LEAST_TRACKING: f32 = 0.045;
/// More space than this and a word falls apart.
const MOST_TRACKING: f32 = 0.22;

impl Line {
    /// Shapes `text` and finds the largest em, then the widest spacing, that fits.
    pub(super) fn fit(face: &Face, text: &str, room: Room) -> Self {
        let mut line = Self {
            glyphs: face.shape(text),
            room,
            cap_height: face.cap_height(),
            em: room.max_em,
            tracking: LEAST_TRACKING,
        };
        // The radius the advances are measured on depends on the size: shrink until it fits. Each
        // step takes 2 %, so 300 steps end below any size that could still be too large.
        for _ in 0..300 {
            if line.sweep() <= room.max_sweep {
                break;
            }
            line.em *= 0.98;
        }
        line.space_out();
        line
    }

    /// Angle from the first letter's left to the last letter's right edge, in radians.
    pub(super) fn sweep(&self) -> f32 {
        let advances: f32 = self.glyphs.iter().map(|glyph| glyph.advance).sum();
        self.angle(advances + self.tracking * self.gaps())
    }

    /// The letters as shapes.
    pub(super) fn shapes(&self, face: &Face) -> Vec<Shape> {
        let mut shapes = Vec::with_capacity(self.glyphs.len());
        let mut angle = -self.sweep() / 2.0;
        for glyph in &self.glyphs {
            let half = self.angle(glyph.advance / 2.0);
            shapes.extend(self.letter(face, glyph, angle + half));
            angle += half + half + self.angle(self.tracking);
        }
        shapes
    }

    fn letter(&self, face: &Face, glyph: &Glyph, angle: f32) -> Option<Shape> {
        let outline = face.outline(glyph.id)?;
        let to_middle = Transform::from_translate(
            glyph.x_offset - glyph.advance / 2.0,
            glyph.y_offset - self.cap_height / 2.0,
        );
        let (turn, out) = match self.room.side {
            Side::Upper => (angle, -self.room.radius),
            Side::Lower => (-angle, self.room.radius),
        };
        let place = to_middle
            .post_scale(self.em, -self.em)
            .post_concat(Transform::from_translate(0.0, out))
            .post_concat(Transform::from_rotate(turn.to_degrees()));
        outline.transform(place).map(Shape::winding)
    }

    fn space_out(&mut self) {
        let wanted = self.room.wanted_sweep.min(self.room.max_sweep);
        let spare = wanted - self.sweep();
        if spare > 0.0 && self.gaps() > 0.0 {
            let more = spare / (self.angle(1.0) * self.gaps());
            self.tracking = (self.tracking + more).min(MOST_TRACKING);
        }
    }

    /// The angle of a length in em. Measured where the letters are closest together: at the inner
    /// edge, their feet on the upper and their heads on the lower arc.
    fn angle(&self, length: f32) -> f32 {
        length * self.em / (self.room.radius - self.cap_height * self.em / 2.0)
    }

    fn gaps(&self) -> f32 {
        f32::from(u16::try_from(self.glyphs.len().saturating_sub(1)).unwrap_or(u16::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::typeface::Typeface;

    const ROOM: Room = Room {
        side: Side::Upper,
        radius: 0.75,
        max_em: 0.2,
        max_sweep: 3.5,
        wanted_sweep: 2.0,
    };

    #[test]
    fn a_short_line_keeps_its_size_and_is_spaced_within_reason() {
        let face = Face::load(Typeface::SerifBold).unwrap();
        let line = Line::fit(&face, "ACME", ROOM);
        assert!((line.em - ROOM.max_em).abs() < 1e-6);
        assert!((line.tracking - MOST_TRACKING).abs() < 1e-6);
    }

    #[test]
    fn a_long_line_shrinks_until_it_fits() {
        let face = Face::load(Typeface::SerifBold).unwrap();
        let line = Line::fit(&face, &"W".repeat(100), ROOM);
        assert!(line.sweep() <= ROOM.max_sweep);
        assert!(line.em < 0.05);
    }

    #[test]
    fn both_sides_are_centred() {
        let face = Face::load(Typeface::SerifBold).unwrap();
        for side in [Side::Upper, Side::Lower] {
            let line = Line::fit(&face, "AHA", Room { side, ..ROOM });
            let shapes = line.shapes(&face);
            let left = shapes.first().unwrap().path.bounds().left();
            let right = shapes.last().unwrap().path.bounds().right();
            assert!((left + right).abs() < 0.01, "{side:?}: {left} {right}");
            let middle = shapes[1].path.bounds();
            assert_eq!(middle.top() < 0.0, side == Side::Upper);
        }
    }
}
