//! The letter's layout, from top to bottom.

use krilla::surface::Surface;
use zeroize::Zeroizing;

use super::words::{self, APPROVER_CHANGE, PIN_CHANGE, Words};
use super::{LetterError, PinLetter, Recipient};
use crate::secret::SecretDigits;
use crate::typeface::{Face, FontError, Typeface};
use crate::typeset::{A4, Setter, Style, mm, rectangle};

const INK: [u8; 3] = [0x1A, 0x1A, 0x1E];
const GRAY: [u8; 3] = [0x62, 0x64, 0x6C];
const RED: [u8; 3] = [0xC8, 0x16, 0x1D];
const PALE: [u8; 3] = [0xF4, 0xF2, 0xEE];
const RULE: [u8; 3] = [0xCF, 0xCC, 0xC5];

const LEFT: f32 = mm(25.0);
const RIGHT: f32 = A4.0 - mm(25.0);
const MEASURE: f32 = RIGHT - LEFT;
const BOTTOM: f32 = A4.1 - mm(18.0);
/// Where the values of the data lines begin.
const VALUES: f32 = LEFT + mm(54.0);
const LEADING: f32 = 15.0;

/// The letter's typefaces.
pub(super) struct Faces {
    serif: Setter,
    semibold: Setter,
    mono: Setter,
}

impl Faces {
    pub(super) fn load() -> Result<Self, FontError> {
        Ok(Self {
            serif: Setter::load(Typeface::Serif)?,
            semibold: Setter::load(Typeface::SerifSemibold)?,
            mono: Setter::load(Typeface::MonoBold)?,
        })
    }

    /// The typeface the letter's values are set in.
    pub(super) const fn values(&self) -> &Face {
        self.semibold.face()
    }

    const fn text(&self, size: f32, color: [u8; 3]) -> Style<'_> {
        style(&self.serif, size, color)
    }

    const fn strong(&self, size: f32, color: [u8; 3]) -> Style<'_> {
        style(&self.semibold, size, color)
    }

    const fn typed(&self, size: f32, color: [u8; 3]) -> Style<'_> {
        style(&self.mono, size, color)
    }
}

const fn style(setter: &Setter, size: f32, color: [u8; 3]) -> Style<'_> {
    Style {
        setter,
        size,
        color,
    }
}

/// Draws the whole page.
pub(super) fn draw(
    surface: &mut Surface<'_>,
    letter: &PinLetter<'_>,
    words: &Words,
    faces: &Faces,
) -> Result<(), LetterError> {
    let mut column = Column {
        surface,
        faces,
        y: mm(20.0),
    };
    column.head(letter, words);
    column.data(letter, words);
    column.paragraph(words.intro);
    column.numbers(letter, words);
    column.heading("1", words.first_title);
    column.paragraph(words.first);
    column.command(match letter.recipient {
        Recipient::Custodian => PIN_CHANGE,
        Recipient::Approver => APPROVER_CHANGE,
    });
    column.paragraph(words.first_after);
    column.heading("2", words.keep_title);
    column.paragraph(words.keep);
    column.heading("3", words.lost_title);
    column.paragraph(words.lost);
    if column.y > BOTTOM {
        let excess = (column.y - BOTTOM).ceil();
        let excess_pt = (1..u16::MAX)
            .find(|&points| f32::from(points) >= excess)
            .unwrap_or(u16::MAX);
        return Err(LetterError::TooTall { excess_pt });
    }
    Ok(())
}

/// The page's one column; `y` is the lower end of what has been set.
struct Column<'a, 's> {
    surface: &'a mut Surface<'s>,
    faces: &'a Faces,
    y: f32,
}

impl Column<'_, '_> {
    /// The sender, what this is, and when.
    fn head(&mut self, letter: &PinLetter<'_>, words: &Words) {
        rectangle(self.surface, LEFT, self.y, MEASURE, 2.4, RED);
        self.y += 10.0;
        let name = self.faces.strong(13.0, INK);
        for line in name.break_lines(letter.center, MEASURE - mm(50.0)) {
            self.y += 16.0;
            name.line(self.surface, LEFT, self.y, &line);
        }
        let date = words::date(letter.language, letter.date);
        let right = self.faces.text(10.5, GRAY);
        right.line_right(self.surface, RIGHT, mm(20.0) + 26.0, &date);
        self.y += 44.0;
        let title = self.faces.strong(25.0, INK);
        title.line(self.surface, LEFT, self.y, words.title);
        let mark = self.faces.strong(10.5, RED);
        let capitals = words.confidential.to_uppercase();
        let tracking = 1.2;
        let letters = f32::from(u8::try_from(capitals.chars().count()).unwrap_or(u8::MAX));
        let width = mark.width(&capitals) + tracking * (letters - 1.0);
        mark.line_spaced(self.surface, RIGHT - width, self.y, &capitals, tracking);
        self.y += 13.0;
    }

    /// What the letter belongs to.
    fn data(&mut self, letter: &PinLetter<'_>, words: &Words) {
        for (label, value) in [
            (words.to, letter.holder),
            (words.seal, letter.seal),
            (words.application, letter.application),
            (words.card, letter.card_serial),
        ] {
            rectangle(self.surface, LEFT, self.y, MEASURE, 0.6, RULE);
            let name = self.faces.text(10.5, GRAY);
            name.line(self.surface, LEFT, self.y + LEADING, label);
            let text = self.faces.strong(10.5, INK);
            for line in text.break_lines(value, RIGHT - VALUES) {
                self.y += LEADING;
                text.line(self.surface, VALUES, self.y, &line);
            }
            self.y += 6.5;
        }
        rectangle(self.surface, LEFT, self.y, MEASURE, 0.6, RULE);
        self.y += 10.0;
    }

    /// PIN and PUK side by side, or the approver's PIN alone.
    fn numbers(&mut self, letter: &PinLetter<'_>, words: &Words) {
        const HEIGHT: f32 = 92.0;
        const SPACE: f32 = 14.0;
        let width = (MEASURE - SPACE) / 2.0;
        let top = self.y + 12.0;
        let right = LEFT + width + SPACE;
        for (x, digits, title, hint) in [
            (LEFT, Some(letter.pin), words.pin, words.pin_use),
            (right, letter.puk, words.puk, words.puk_use),
        ] {
            let Some(digits) = digits else {
                continue;
            };
            rectangle(self.surface, x, top, width, HEIGHT, PALE);
            rectangle(self.surface, x, top, 2.4, HEIGHT, RED);
            let inner = x + 16.0;
            let name = self.faces.strong(11.0, RED);
            name.line(self.surface, inner, top + 22.0, title);
            self.digits(inner, top + 56.0, digits);
            let small = self.faces.text(9.5, GRAY);
            small.line(self.surface, inner, top + HEIGHT - 13.0, hint);
        }
        self.y = top + HEIGHT + 8.0;
    }

    /// Digits one by one, with a wider space after every group.
    fn digits(&mut self, x: f32, y: f32, digits: &SecretDigits) {
        const SIZE: f32 = 24.0;
        const STEP: f32 = 20.5;
        const GROUP_SPACE: f32 = 9.0;
        let style = self.faces.typed(SIZE, INK);
        // 8 = 4 + 4, 7 = 4 + 3, 6 = 3 + 3.
        let group = digits.chars().len().div_ceil(2);
        let mut at = x;
        for (index, digit) in digits.chars().enumerate() {
            if index == group {
                at += GROUP_SPACE;
            }
            let one = Zeroizing::new(String::from(digit));
            style.line(self.surface, at, y, &one);
            at += STEP;
        }
    }

    fn heading(&mut self, number: &str, title: &str) {
        self.y += 27.0;
        let style = self.faces.strong(12.5, RED);
        style.line(self.surface, LEFT, self.y, number);
        let style = self.faces.strong(12.5, INK);
        style.line(self.surface, LEFT + mm(6.0), self.y, title);
        self.y += 2.0;
    }

    fn paragraph(&mut self, text: &str) {
        let style = self.faces.text(10.8, INK);
        for line in style.break_lines(text, MEASURE) {
            self.y += LEADING;
            style.line(self.surface, LEFT, self.y, &line);
        }
    }

    /// The command that sets a PIN of one's own.
    fn command(&mut self, command: &str) {
        const HEIGHT: f32 = 26.0;
        let top = self.y + 9.0;
        rectangle(self.surface, LEFT, top, MEASURE, HEIGHT, PALE);
        let style = self.faces.typed(11.0, INK);
        style.line(self.surface, LEFT + 16.0, top + 17.0, command);
        self.y = top + HEIGHT + 5.0;
    }
}
