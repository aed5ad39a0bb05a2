//! The letters of a page in the order of its contents.

use hayro_interpret::font::{Glyph, GlyphRun};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, SoftMask, interpret_page,
};

/// Most letters of one page.
const MOST_LETTERS: usize = 2_000_000;
/// Glyph space has 1000 units to the size of the font (ISO 32000-1 9.2.4).
const UNITS: f64 = 1000.0;
/// The middle of small letters above the base line, in parts of the font's size.
const MIDDLE: f64 = 0.25;
/// How wide a letter of unknown width is taken for, in parts of the font's size.
const USUAL_WIDTH: f64 = 0.5;

/// A letter, its spaces left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Letter {
    pub(super) character: char,
    /// The middle of its height where it begins, in the page's own units.
    pub(super) start: (f64, f64),
    /// And where it ends.
    pub(super) end: (f64, f64),
    /// Height of the font.
    pub(super) height: f64,
}

/// The letters of the only page of a document; nothing where there is none.
pub(super) fn of(document: Vec<u8>) -> Option<Vec<Letter>> {
    let document = Pdf::new(document).ok()?;
    let page = document.pages().first()?;
    let cache = InterpreterCache::new();
    let settings = InterpreterSettings::default();
    let nothing = Rect::new(0.0, 0.0, 1.0, 1.0);
    let mut context = Context::new(Affine::IDENTITY, nothing, &cache, document.xref(), settings);
    let mut reader = Reader::default();
    interpret_page(page, &mut context, &mut reader);
    Some(reader.letters)
}

#[derive(Default)]
struct Reader {
    letters: Vec<Letter>,
    /// Where the run before began: text that is filled and stroked comes twice.
    before: Option<(usize, Affine)>,
}

impl Reader {
    fn run(&mut self, run: &GlyphRun<'_, '_>, transform: Affine) {
        let glyphs = run.glyphs();
        let begin = glyphs.first().map(|glyph| transform * glyph.transform());
        let this = begin.map(|begin| (glyphs.len(), begin));
        if this == self.before || self.letters.len() > MOST_LETTERS {
            return;
        }
        self.before = this;
        for glyph in glyphs {
            let place = transform * glyph.transform();
            let width = match &**glyph {
                Glyph::Outline(outline) => outline.advance_width(),
                Glyph::Type3(drawn) => drawn.advance_width(),
            };
            let width = width.map_or(USUAL_WIDTH * UNITS, f64::from);
            let height = place * Point::new(0.0, UNITS) - place * Point::ZERO;
            let at = |x: f64| {
                let point = place * Point::new(x, MIDDLE * UNITS);
                (point.x, point.y)
            };
            let letter = |character| Letter {
                character,
                start: at(0.0),
                end: at(width),
                height: height.hypot(),
            };
            let text = match glyph.as_unicode() {
                Some(BfString::Char(one)) => one.to_string(),
                Some(BfString::String(several)) => several,
                None => continue,
            };
            let visible = text.chars().filter(|one| !one.is_whitespace());
            self.letters.extend(visible.map(letter));
        }
    }
}

impl Device<'_> for Reader {
    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'_>, _: &DrawMode) {}

    fn push_clip_path(&mut self, _: &ClipPath) {}

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'_>>, _: BlendMode) {}

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, '_>, props: DrawProps<'_>, _: &DrawMode) {
        self.run(run, props.transform);
    }

    fn draw_image(&mut self, _: Image<'_, '_>, _: ImageDrawProps<'_>) {}

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}
}
