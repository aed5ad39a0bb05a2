//! Documents to seal: a contract that looks like one, and small files that each show one way of
//! writing a PDF. The same call gives the same bytes.

mod clauses;
mod layout;
mod small;

use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::{Document, SerializeSettings};
pub use sello_paper::letter::Language;
use sello_paper::typeface::Typeface;
use sello_paper::typeset::{A4, Setter, Style, mm, rectangle};

use clauses::Words;
use layout::{Kind, Placed};
pub use small::{minimal_classic, with_acroform_text_field, with_object_streams};

/// Where the provider's seal goes on a contract's last page, in mm: left, lower edge above the
/// page's lower edge, diameter.
pub const SEAL_PLACE_MM: (f32, f32, f32) = (129.0, 32.0, 40.0);
/// Most pages of a [`contract`].
pub const MAX_PAGES: usize = 2000;

const INK: [u8; 3] = [0x18, 0x18, 0x1C];
const GRAY: [u8; 3] = [0x6A, 0x6C, 0x74];
const LEFT: f32 = mm(27.0);
const RIGHT: f32 = A4.0 - mm(27.0);
const MEASURE: f32 = RIGHT - LEFT;
const TOP: f32 = mm(26.0);
const BOTTOM: f32 = A4.1 - mm(27.0);
/// Upper end of the place where the parties seal.
const SIGNATURES: f32 = A4.1 - mm(98.0);
/// Baseline of the closing words.
const CLOSING: f32 = SIGNATURES + 1.7 * layout::LEADING;
/// Baseline of the words that say whose seal goes where.
const SIDES: f32 = CLOSING + 1.7 * layout::LEADING;
/// The line a seal stands above.
const SEAL_LINE: f32 = A4.1 - mm(30.0);

struct Setters {
    serif: Setter,
    strong: Setter,
}

impl Setters {
    const fn style(&self, kind: Kind) -> Style<'_> {
        let (setter, size, color) = match kind {
            Kind::Title => (&self.strong, 21.0, INK),
            Kind::Heading => (&self.strong, 11.5, INK),
            Kind::Body => (&self.serif, 11.0, INK),
            Kind::Small => (&self.serif, 9.0, GRAY),
        };
        Style {
            setter,
            size,
            color,
        }
    }
}

/// A contract of exactly `pages` pages (1 to [`MAX_PAGES`], others are brought into that range):
/// title, parties, clauses in running text, page numbers, and on the last page a place for each
/// party's seal, left empty. Fonts are embedded.
#[must_use]
pub fn contract(pages: usize, language: Language) -> Vec<u8> {
    let pages = pages.clamp(1, MAX_PAGES);
    let words = clauses::of(language);
    let setters = load();
    // Not compressed, so that a forger who changes one byte changes one letter.
    let mut document = Document::new_with(SerializeSettings {
        compress_content_streams: false,
        ..SerializeSettings::default()
    });
    document.set_metadata(
        Metadata::new()
            .title(words.title.to_owned())
            .language(words.tag.to_owned()),
    );
    for (index, lines) in layout::flow(&setters, words, pages).iter().enumerate() {
        let mut page = document.start_page_with(a4());
        let mut surface = page.surface();
        for line in lines {
            draw(&mut surface, &setters, line);
        }
        footer(&mut surface, &setters, words, index + 1, pages);
        if index + 1 == pages {
            signatures(&mut surface, &setters, words);
        }
        surface.finish();
        page.finish();
    }
    finish(document)
}

#[expect(
    clippy::expect_used,
    reason = "a fixture that cannot be made fails its test"
)]
fn load() -> Setters {
    Setters {
        serif: Setter::load(Typeface::Serif).expect("the shipped serif loads"),
        strong: Setter::load(Typeface::SerifSemibold).expect("the shipped semibold loads"),
    }
}

#[expect(
    clippy::expect_used,
    reason = "a fixture that cannot be made fails its test"
)]
fn a4() -> PageSettings {
    PageSettings::from_wh(A4.0, A4.1).expect("A4 is a page size")
}

#[expect(
    clippy::expect_used,
    reason = "a fixture that cannot be made fails its test"
)]
fn finish(document: Document) -> Vec<u8> {
    document.finish().expect("the contract can be written")
}

fn draw(surface: &mut Surface<'_>, setters: &Setters, line: &Placed) {
    let style = setters.style(line.kind);
    if line.justified {
        style.line_justified(surface, LEFT, line.y, &line.text, MEASURE);
    } else {
        style.line(surface, LEFT, line.y, &line.text);
    }
}

fn footer(surface: &mut Surface<'_>, setters: &Setters, words: &Words, page: usize, pages: usize) {
    let y = A4.1 - mm(14.0);
    rectangle(surface, LEFT, y - 13.0, MEASURE, 0.5, GRAY);
    let style = setters.style(Kind::Small);
    style.line(surface, LEFT, y, words.title);
    let number = format!("{} {page} {} {pages}", words.page, words.of);
    style.line_right(surface, RIGHT, y, &number);
}

fn signatures(surface: &mut Surface<'_>, setters: &Setters, words: &Words) {
    let body = setters.style(Kind::Body);
    let strong = setters.style(Kind::Heading);
    body.line(surface, LEFT, CLOSING, words.closing);
    let width = MEASURE * 0.44;
    for (x, side, party) in [
        (LEFT, words.client, "Example Industrias S.A."),
        (RIGHT - width, words.provider, "Example S.L."),
    ] {
        body.line(surface, x, SIDES, side);
        strong.line(surface, x, SIDES + layout::LEADING, party);
        rectangle(surface, x, SEAL_LINE, width, 0.6, GRAY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(file: &[u8], needle: &[u8]) -> usize {
        file.windows(needle.len()).filter(|w| *w == needle).count()
    }

    #[test]
    fn a_contract_has_the_pages_asked_for_in_either_language() {
        for language in [Language::Spanish, Language::English] {
            for pages in [1, 2, 4, 9] {
                let file = contract(pages, language);
                assert!(file.starts_with(b"%PDF-1.7"));
                assert_eq!(count(&file, b"/Type/Page/"), pages);
                assert_eq!(count(&file, b"LibertinusSerif-Regular"), 3);
            }
        }
        assert_eq!(count(&contract(0, Language::Spanish), b"/Type/Page/"), 1);
    }

    #[test]
    fn the_same_contract_twice_is_the_same_file() {
        assert_eq!(
            contract(3, Language::Spanish),
            contract(3, Language::Spanish)
        );
    }

    #[test]
    fn the_place_of_the_seal_is_on_the_page_and_above_the_footer() {
        let (left, bottom, diameter) = SEAL_PLACE_MM;
        assert!(mm(left + diameter) < RIGHT);
        assert!(A4.1 - mm(bottom) < SEAL_LINE);
        assert!(A4.1 - mm(bottom + diameter) > SIDES + layout::LEADING + 3.0);
        for language in [Language::Spanish, Language::English] {
            let setters = load();
            let closing = clauses::of(language).closing;
            assert!(setters.style(Kind::Body).width(closing) < MEASURE);
        }
    }
}
