//! Lines onto pages.

use super::clauses::Words;
use super::{BOTTOM, MEASURE, SIGNATURES, Setters, TOP};

/// Distance of baselines in running text, in points.
pub(super) const LEADING: f32 = 15.4;

/// How a line is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The document's title.
    Title,
    /// A clause's heading.
    Heading,
    /// Running text.
    Body,
    /// Reference and page number.
    Small,
}

/// A line with its baseline.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) kind: Kind,
    pub(super) y: f32,
    pub(super) text: String,
    pub(super) justified: bool,
}

/// The contract's lines, page by page, exactly `pages` of them. The last page leaves its lower part
/// to the parties' seals; the text ends with the last clause that fits whole.
pub(super) fn flow(setters: &Setters, words: &Words, pages: usize) -> Vec<Vec<Placed>> {
    let mut sheet = Sheet {
        setters,
        pages: vec![Vec::new()],
        total: pages,
        y: TOP,
    };
    sheet.opening(words);
    for number in 0.. {
        let (heading, text) = words.clause(number);
        if !sheet.clause(&heading, &text) {
            break;
        }
    }
    sheet.pages.resize_with(pages, Vec::new);
    sheet.pages
}

struct Sheet<'a> {
    setters: &'a Setters,
    pages: Vec<Vec<Placed>>,
    total: usize,
    y: f32,
}

impl Sheet<'_> {
    fn opening(&mut self, words: &Words) {
        self.y += 10.0;
        self.put(Kind::Title, words.title.to_owned(), false);
        self.y += 20.0;
        self.put(Kind::Small, words.number.to_owned(), false);
        self.y += 16.0;
        for paragraph in words.opening {
            self.paragraph(paragraph);
            self.y += 6.0;
        }
    }

    /// Sets a clause, or says that no room is left for it.
    fn clause(&mut self, heading: &str, text: &str) -> bool {
        const BEFORE: f32 = 12.0;
        let style = self.setters.style(Kind::Body);
        let lines = style.break_lines(text, MEASURE).len();
        let lines = f32::from(u16::try_from(lines).unwrap_or(u16::MAX));
        // A clause that runs over a page's end may leave up to three lines blank there.
        let last = self.pages.len() == self.total;
        let more = if last { 1.2 } else { 4.2 };
        if BEFORE + (lines + more) * LEADING > self.room() {
            return false;
        }
        self.y += BEFORE;
        // No heading without two lines of its clause.
        if self.y + 3.0 * LEADING > self.limit() {
            self.turn();
        }
        self.y += LEADING;
        self.put(Kind::Heading, heading.to_owned(), false);
        self.y += 2.0;
        self.paragraph(text);
        true
    }

    fn paragraph(&mut self, text: &str) {
        let lines = self.setters.style(Kind::Body).break_lines(text, MEASURE);
        let last = lines.len();
        for (index, line) in lines.into_iter().enumerate() {
            if self.y + LEADING > self.limit() {
                self.turn();
            }
            self.y += LEADING;
            self.put(Kind::Body, line, index + 1 < last);
        }
    }

    fn put(&mut self, kind: Kind, text: String, justified: bool) {
        let y = self.y;
        if let Some(page) = self.pages.last_mut() {
            page.push(Placed {
                kind,
                y,
                text,
                justified,
            });
        }
    }

    fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
    }

    /// Where text ends on this page.
    const fn limit(&self) -> f32 {
        if self.pages.len() < self.total {
            BOTTOM
        } else {
            SIGNATURES
        }
    }

    /// Height left on this page and the next, for no clause is longer than that.
    fn room(&self) -> f32 {
        let next = match self.total.saturating_sub(self.pages.len()) {
            0 => 0.0,
            1 => SIGNATURES - TOP,
            _ => BOTTOM - TOP,
        };
        self.limit() - self.y + next
    }
}

#[cfg(test)]
mod tests {
    use super::super::{clauses, load};
    use super::*;
    use sello_paper::letter::Language;

    #[test]
    fn text_fills_every_page_and_keeps_clear_of_the_seals() {
        let setters = load();
        for language in [Language::Spanish, Language::English] {
            for total in 1..7 {
                let pages = flow(&setters, clauses::of(language), total);
                assert_eq!(pages.len(), total);
                for (index, page) in pages.iter().enumerate() {
                    let end = page.last().unwrap().y;
                    if index + 1 < total {
                        assert!((BOTTOM - 4.0 * LEADING..=BOTTOM).contains(&end), "{end}");
                    } else {
                        assert!((TOP..=SIGNATURES).contains(&end), "{end}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_heading_is_followed_by_its_clause_on_the_same_page() {
        for page in flow(&load(), clauses::of(Language::Spanish), 6) {
            assert_ne!(page.last().unwrap().kind, Kind::Heading);
        }
    }
}
