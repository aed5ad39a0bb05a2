//! Ring, star and dot. The unit is the seal's outer radius, y grows downwards.

use std::f32::consts::TAU;

use tiny_skia::{FillRule, Path, PathBuilder};

/// A path and how its inside is told from its outside.
pub(super) struct Shape {
    pub(super) path: Path,
    pub(super) rule: FillRule,
}

impl Shape {
    pub(super) const fn winding(path: Path) -> Self {
        Self {
            path,
            rule: FillRule::Winding,
        }
    }
}

/// A ring around the centre.
pub(super) fn ring(outer: f32, inner: f32) -> Option<Shape> {
    let mut builder = PathBuilder::new();
    builder.push_circle(0.0, 0.0, outer);
    builder.push_circle(0.0, 0.0, inner);
    Some(Shape {
        path: builder.finish()?,
        rule: FillRule::EvenOdd,
    })
}

/// A dot on the circle of `radius`, `angle` radians clockwise from the top.
pub(super) fn dot(radius: f32, angle: f32, size: f32) -> Option<Shape> {
    PathBuilder::from_circle(radius * angle.sin(), -radius * angle.cos(), size).map(Shape::winding)
}

/// A five-pointed star with one point up and straight lines through its points (a pentagram's
/// outline): the inner corners lie at 0.382 of the radius.
pub(super) fn star(center_y: f32, radius: f32) -> Option<Shape> {
    let inner = radius * (3.0 - 5.0_f32.sqrt()) / 2.0;
    let mut builder = PathBuilder::new();
    for corner in 0..10_u8 {
        let angle = TAU * f32::from(corner) / 10.0;
        let r = if corner % 2 == 0 { radius } else { inner };
        let (x, y) = (r * angle.sin(), center_y - r * angle.cos());
        if corner == 0 {
            builder.move_to(x, y);
        } else {
            builder.line_to(x, y);
        }
    }
    builder.close();
    builder.finish().map(Shape::winding)
}
