//! Where everything lies on the seal. The unit is the outer radius, y grows downwards.

use std::f32::consts::TAU;

use super::arc::{Line, Room, Side};
use super::shapes::{Shape, dot, ring, star};
use crate::typeface::Face;

/// Outer and inner edges of the rings: a strong one, a fine companion, and one round the star.
const RINGS: [(f32, f32); 3] = [(0.990, 0.935), (0.905, 0.890), (0.555, 0.543)];
/// Middle of the band between the fine rings.
const BAND: f32 = 0.722;
/// Middles of the two lines of a long name.
const BAND_OUTER: f32 = 0.796;
const BAND_INNER: f32 = 0.642;

const NAME_EM: f32 = 0.228;
const NAME_EM_OF_TWO: f32 = 0.126;
const LABEL_EM: f32 = 0.165;
const IDENTIFIER_EM: f32 = 0.105;
/// Below this em a name on one line is set on two.
const LEAST_EM_OF_ONE: f32 = 0.138;

/// Widest and, for short texts, wanted angles.
const LABEL_SWEEP: f32 = 112.0 / 360.0 * TAU;
const LABEL_WANTED: f32 = 62.0 / 360.0 * TAU;
const NAME_SWEEP: f32 = 250.0 / 360.0 * TAU;
const NAME_WANTED: f32 = 205.0 / 360.0 * TAU;
/// Least angle between name and label, with the dot in its middle.
const GAP: f32 = 17.0 / 360.0 * TAU;

/// Everything that is inked.
pub(super) fn compose(
    face: &Face,
    name: &str,
    label: &str,
    identifier: Option<&str>,
) -> Vec<Shape> {
    let label = Line::fit(face, label, label_room());
    let room = (TAU - label.sweep() - 2.0 * GAP).min(NAME_SWEEP);
    let names = name_lines(face, name, room);
    let name_sweep = names.iter().map(Line::sweep).fold(0.0, f32::max);

    let mut drawing: Vec<Shape> = RINGS.iter().filter_map(|&(o, i)| ring(o, i)).collect();
    drawing.extend(names.iter().flat_map(|line| line.shapes(face)));
    drawing.extend(label.shapes(face));
    drawing.extend(dots(name_sweep, label.sweep()));
    match identifier {
        Some(text) => {
            drawing.extend(star(-0.055, 0.335));
            drawing.extend(straight(face, text));
        }
        None => drawing.extend(star(0.03, 0.40)),
    }
    drawing
}

fn label_room() -> Room {
    Room {
        side: Side::Lower,
        radius: BAND,
        max_em: LABEL_EM,
        max_sweep: LABEL_SWEEP,
        wanted_sweep: LABEL_WANTED,
    }
}

fn name_lines(face: &Face, name: &str, max_sweep: f32) -> Vec<Line> {
    let room = |radius, max_em, wanted_sweep| Room {
        side: Side::Upper,
        radius,
        max_em,
        max_sweep,
        wanted_sweep,
    };
    let one = Line::fit(face, name, room(BAND, NAME_EM, NAME_WANTED));
    if one.em >= LEAST_EM_OF_ONE {
        return vec![one];
    }
    let Some((first, second)) = halves(name) else {
        return vec![one];
    };
    let fit = |em| {
        (
            Line::fit(face, first, room(BAND_OUTER, em, NAME_WANTED)),
            Line::fit(face, second, room(BAND_INNER, em, NAME_WANTED)),
        )
    };
    // Both lines in the size of the one that needs the smaller.
    let (outer, inner) = fit(NAME_EM_OF_TWO);
    let (outer, inner) = fit(outer.em.min(inner.em));
    if outer.em > one.em {
        vec![outer, inner]
    } else {
        vec![one]
    }
}

/// The name broken at the blank that comes nearest to 55 : 45, the outer arc being the longer.
fn halves(name: &str) -> Option<(&str, &str)> {
    let target = name.len() * 55 / 100;
    let (at, _) = name
        .match_indices(' ')
        .min_by_key(|(at, _)| at.abs_diff(target))?;
    let (first, second) = name.split_at_checked(at)?;
    Some((first, second.trim_start()))
}

/// One dot on each side, half-way between name and label.
fn dots(name_sweep: f32, label_sweep: f32) -> impl Iterator<Item = Shape> {
    let angle = (name_sweep / 2.0 + TAU / 2.0 - label_sweep / 2.0) / 2.0;
    [angle, -angle]
        .into_iter()
        .filter_map(|angle| dot(BAND, angle, 0.026))
}

/// The identifier, upright under the star, shrunk to the chord it has there.
fn straight(face: &Face, text: &str) -> Vec<Shape> {
    // A very large arc is a straight line.
    const FAR: f32 = 1000.0;
    const CHORD: f32 = 0.62;
    let line = Line::fit(
        face,
        text,
        Room {
            side: Side::Upper,
            radius: FAR,
            max_em: IDENTIFIER_EM,
            max_sweep: CHORD / FAR,
            wanted_sweep: 0.0,
        },
    );
    let down = tiny_skia::Transform::from_translate(0.0, FAR + 0.345);
    line.shapes(face)
        .into_iter()
        .filter_map(|shape| shape.path.transform(down).map(Shape::winding))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_breaks_near_its_middle_only_at_a_blank() {
        assert_eq!(
            halves("ASOCIACIÓN DE EMPRESAS DEL SUR"),
            Some(("ASOCIACIÓN DE", "EMPRESAS DEL SUR"))
        );
        assert_eq!(halves("ASOCIACIÓN"), None);
    }
}
