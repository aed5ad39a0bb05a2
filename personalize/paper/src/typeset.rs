//! Lines and paragraphs on a page of a PDF. Lengths are in points (1/72 inch), y grows downwards
//! from the upper edge, a line's y is its baseline.

use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};

use crate::typeface::{Face, FontError, Typeface};

/// Width and height of ISO 216 A4.
pub const A4: (f32, f32) = (595.276, 841.89);

/// Points of a length in mm.
#[must_use]
pub const fn mm(length: f32) -> f32 {
    length * 72.0 / 25.4
}

/// A typeface in a size and a color.
#[derive(Clone, Copy)]
pub struct Style<'a> {
    /// The typeface.
    pub setter: &'a Setter,
    /// Points of an em.
    pub size: f32,
    /// Red, green, blue (sRGB).
    pub color: [u8; 3],
}

/// A typeface ready to be set and embedded.
pub struct Setter {
    face: Face,
    font: Font,
}

impl Setter {
    /// Loads a shipped typeface.
    ///
    /// # Errors
    /// [`FontError`] when the build lacks it.
    pub fn load(typeface: Typeface) -> Result<Self, FontError> {
        let face = Face::load(typeface)?;
        let font = Font::new(face.data().into(), 0).ok_or_else(|| face.unreadable())?;
        Ok(Self { face, font })
    }

    /// The typeface's shapes and measures.
    #[must_use]
    pub const fn face(&self) -> &Face {
        &self.face
    }
}

impl Style<'_> {
    /// Width of a line.
    #[must_use]
    pub fn width(&self, text: &str) -> f32 {
        let glyphs = self.setter.face.shape(text);
        glyphs.iter().map(|glyph| glyph.advance).sum::<f32>() * self.size
    }

    /// Sets a line with its left end at `x`.
    pub fn line(&self, surface: &mut Surface<'_>, x: f32, y: f32, text: &str) {
        self.set(surface, x, y, text, 0.0, 0.0);
    }

    /// Sets a line with its right end at `x`.
    pub fn line_right(&self, surface: &mut Surface<'_>, x: f32, y: f32, text: &str) {
        self.line(surface, x - self.width(text), y, text);
    }

    /// Sets a line with `tracking` points added after every letter.
    pub fn line_spaced(
        &self,
        surface: &mut Surface<'_>,
        x: f32,
        y: f32,
        text: &str,
        tracking: f32,
    ) {
        self.set(surface, x, y, text, tracking, 0.0);
    }

    /// Sets a line as wide as `measure`, by widening its blanks.
    pub fn line_justified(
        &self,
        surface: &mut Surface<'_>,
        x: f32,
        y: f32,
        text: &str,
        measure: f32,
    ) {
        let blanks = text.matches(' ').count();
        let blanks = f32::from(u16::try_from(blanks).unwrap_or(u16::MAX));
        let spare = (measure - self.width(text)).max(0.0);
        let more = if blanks > 0.0 { spare / blanks } else { 0.0 };
        self.set(surface, x, y, text, 0.0, more);
    }

    /// Breaks a text into lines no wider than `measure`; a word wider than that is cut.
    #[must_use]
    pub fn break_lines(&self, text: &str, measure: f32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut line = String::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let longer = if line.is_empty() {
                word.to_owned()
            } else {
                format!("{line} {word}")
            };
            if self.width(&longer) <= measure {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line = self.cut(word, measure, &mut lines);
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }

    /// Puts what exceeds a line into `lines`, returns the rest.
    fn cut(&self, word: &str, measure: f32, lines: &mut Vec<String>) -> String {
        let mut part = String::new();
        for c in word.chars() {
            part.push(c);
            if self.width(&part) > measure && part.chars().count() > 1 {
                part.pop();
                lines.push(std::mem::replace(&mut part, c.to_string()));
            }
        }
        part
    }

    fn set(
        &self,
        surface: &mut Surface<'_>,
        x: f32,
        y: f32,
        text: &str,
        tracking: f32,
        blank: f32,
    ) {
        let glyphs: Vec<KrillaGlyph> = self
            .setter
            .face
            .shape(text)
            .into_iter()
            .map(|glyph| {
                let is_blank = text.get(glyph.range.clone()) == Some(" ");
                let more = tracking + if is_blank { blank } else { 0.0 };
                KrillaGlyph::new(
                    GlyphId::new(glyph.id),
                    glyph.advance + more / self.size,
                    glyph.x_offset,
                    glyph.y_offset,
                    0.0,
                    glyph.range,
                    None,
                )
            })
            .collect();
        surface.set_stroke(None);
        surface.set_fill(Some(fill(self.color)));
        let font = self.setter.font.clone();
        surface.draw_glyphs(Point::from_xy(x, y), &glyphs, font, text, self.size, false);
    }
}

/// Fills a rectangle; a thin one is a rule.
pub fn rectangle(
    surface: &mut Surface<'_>,
    x: f32,
    y: f32,
    width: f32,
    height: f32,
    color: [u8; 3],
) {
    let mut builder = PathBuilder::new();
    if let Some(rect) = Rect::from_xywh(x, y, width, height) {
        builder.push_rect(rect);
    }
    if let Some(path) = builder.finish() {
        surface.set_stroke(None);
        surface.set_fill(Some(fill(color)));
        surface.draw_path(&path);
    }
}

fn fill([red, green, blue]: [u8; 3]) -> Fill {
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, measure: f32) -> Vec<String> {
        let setter = Setter::load(Typeface::Serif).unwrap();
        let style = Style {
            setter: &setter,
            size: 10.0,
            color: [0; 3],
        };
        let lines = style.break_lines(text, measure);
        for line in &lines {
            assert!(style.width(line) <= measure, "{line}");
        }
        lines
    }

    #[test]
    fn lines_break_at_blanks_and_lose_no_word() {
        let text = "El sello queda bajo la custodia de quien lo recibe.";
        let lines = lines(text, 90.0);
        assert!(lines.len() > 2);
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn a_word_wider_than_the_line_is_cut() {
        let lines = lines("ab WWWWWWWWWWWWWWWWWWWW cd", 60.0);
        assert!(lines.len() > 3);
        assert_eq!(lines.concat().matches('W').count(), 20);
    }

    #[test]
    fn nothing_makes_no_line() {
        assert!(lines("   ", 60.0).is_empty());
    }
}
