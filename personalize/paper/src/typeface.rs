//! The typefaces, shaped (rustybuzz) and as outlines (skrifa).

use std::ops::Range;

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::string::StringId;
use skrifa::{FontRef, GlyphId, MetadataProvider};
use tiny_skia::{Path, PathBuilder, Transform};

/// A typeface shipped with the program: Libertinus Serif (SIL OFL 1.1) and `DejaVu` Sans Mono.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typeface {
    /// Libertinus Serif Regular, for running text.
    Serif,
    /// Libertinus Serif Italic.
    SerifItalic,
    /// Libertinus Serif Semibold, for headings and seals.
    SerifSemibold,
    /// Libertinus Serif Bold.
    SerifBold,
    /// `DejaVu` Sans Mono Bold, for digits that are typed off paper.
    MonoBold,
}

impl Typeface {
    /// The name by which the font calls itself (OpenType `name` table, ID 6).
    const fn postscript_name(self) -> &'static str {
        match self {
            Self::Serif => "LibertinusSerif-Regular",
            Self::SerifItalic => "LibertinusSerif-Italic",
            Self::SerifSemibold => "LibertinusSerif-Semibold",
            Self::SerifBold => "LibertinusSerif-Bold",
            Self::MonoBold => "DejaVuSansMono-Bold",
        }
    }
}

/// A shipped font is missing or unreadable: the program was built wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the font {0} is missing from this build or unreadable")]
pub struct FontError(pub &'static str);

/// One glyph in its line. Lengths are in em.
#[derive(Debug, Clone, PartialEq)]
pub struct Glyph {
    /// Index in the font.
    pub id: u32,
    /// Distance to the next glyph's origin, kerning included.
    pub advance: f32,
    /// Shift to the right.
    pub x_offset: f32,
    /// Shift upwards.
    pub y_offset: f32,
    /// The bytes of the text it stands for.
    pub range: Range<usize>,
}

/// A font ready to shape text and give outlines.
pub struct Face {
    font: FontRef<'static>,
    shaper: rustybuzz::Face<'static>,
    data: &'static [u8],
    name: &'static str,
    em: f32,
    cap_height: f32,
}

impl Face {
    /// Loads a shipped typeface.
    ///
    /// # Errors
    /// [`FontError`] when the build lacks it.
    pub fn load(typeface: Typeface) -> Result<Self, FontError> {
        let name = typeface.postscript_name();
        let missing = FontError(name);
        let (data, font) = typst_assets::fonts()
            .filter_map(|data| FontRef::new(data).ok().map(|font| (data, font)))
            .find(|(_, font)| is_named(font, name))
            .ok_or(missing)?;
        let shaper = rustybuzz::Face::from_slice(data, 0).ok_or(missing)?;
        let metrics = font.metrics(Size::unscaled(), LocationRef::default());
        let em = f32::from(metrics.units_per_em);
        let mut face = Self {
            font,
            shaper,
            data,
            name,
            em,
            cap_height: 0.0,
        };
        // Measured, since older fonts do not state it.
        let letter = face.shape("H").first().and_then(|h| face.outline(h.id));
        face.cap_height = letter.ok_or(missing)?.bounds().bottom();
        Ok(face)
    }

    /// The font file.
    pub(crate) const fn data(&self) -> &'static [u8] {
        self.data
    }

    /// The error that names this font.
    pub(crate) const fn unreadable(&self) -> FontError {
        FontError(self.name)
    }

    /// Height of a capital without accent, in em.
    #[must_use]
    pub const fn cap_height(&self) -> f32 {
        self.cap_height
    }

    /// Whether the font has a shape for `c`.
    #[must_use]
    pub fn covers(&self, c: char) -> bool {
        self.font.charmap().map(c).is_some()
    }

    /// Shapes one line from left to right: kerning, ligatures, composed accents.
    #[must_use]
    pub fn shape(&self, text: &str) -> Vec<Glyph> {
        let mut buffer = rustybuzz::UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.set_direction(rustybuzz::Direction::LeftToRight);
        let shaped = rustybuzz::shape(&self.shaper, &[], buffer);
        let starts: Vec<usize> = shaped
            .glyph_infos()
            .iter()
            .map(|info| usize::try_from(info.cluster).unwrap_or(text.len()))
            .collect();
        let mut glyphs = Vec::with_capacity(starts.len());
        for ((info, position), &start) in shaped
            .glyph_infos()
            .iter()
            .zip(shaped.glyph_positions())
            .zip(&starts)
        {
            let end = starts.iter().copied().filter(|&s| s > start).min();
            glyphs.push(Glyph {
                id: info.glyph_id,
                advance: self.in_em(position.x_advance),
                x_offset: self.in_em(position.x_offset),
                y_offset: self.in_em(position.y_offset),
                range: start..end.unwrap_or(text.len()),
            });
        }
        glyphs
    }

    /// The outline of a glyph for an em of 1, y upwards; nothing for a blank.
    #[must_use]
    pub fn outline(&self, glyph: u32) -> Option<Path> {
        let mut pen = Pen(PathBuilder::new());
        let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
        self.font
            .outline_glyphs()
            .get(GlyphId::new(glyph))?
            .draw(settings, &mut pen)
            .ok()?;
        pen.0
            .finish()?
            .transform(Transform::from_scale(1.0 / self.em, 1.0 / self.em))
    }

    /// Font units to em. Advances of one glyph fit 16 bits in every OpenType font.
    fn in_em(&self, units: i32) -> f32 {
        f32::from(i16::try_from(units).unwrap_or(i16::MAX)) / self.em
    }
}

fn is_named(font: &FontRef<'_>, name: &str) -> bool {
    font.localized_strings(StringId::POSTSCRIPT_NAME)
        .any(|found| found.chars().eq(name.chars()))
}

struct Pen(PathBuilder);

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, y);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.0.quad_to(cx, cy, x, y);
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.0.cubic_to(ax, ay, bx, by, x, y);
    }

    fn close(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_typeface_is_in_the_build() {
        for typeface in [
            Typeface::Serif,
            Typeface::SerifItalic,
            Typeface::SerifSemibold,
            Typeface::SerifBold,
            Typeface::MonoBold,
        ] {
            let face = Face::load(typeface).unwrap();
            assert!((0.6..0.8).contains(&face.cap_height()), "{typeface:?}");
        }
    }

    #[test]
    fn kerning_pulls_a_pair_together() {
        let face = Face::load(Typeface::SerifBold).unwrap();
        let width = |text: &str| face.shape(text).iter().map(|g| g.advance).sum::<f32>();
        assert!(width("AV") < width("A") + width("V"));
    }

    #[test]
    fn a_decomposed_accent_becomes_one_letter() {
        let face = Face::load(Typeface::Serif).unwrap();
        let glyphs = face.shape("n\u{303}o");
        assert_eq!(glyphs.len(), 2);
        assert_eq!(glyphs[0].range, 0..3);
        assert_eq!(glyphs[1].range, 3..4);
    }

    #[test]
    fn outlines_are_in_em_and_blanks_have_none() {
        let face = Face::load(Typeface::SerifBold).unwrap();
        let bounds = face.outline(face.shape("H")[0].id).unwrap().bounds();
        assert!((bounds.bottom() - face.cap_height()).abs() < 0.02);
        assert!(face.outline(face.shape(" ")[0].id).is_none());
    }
}
