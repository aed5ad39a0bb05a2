//! The text that a content stream shows, without its places (ISO 32000-1 9.4.3).

/// Text shown in one font.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    /// The font's name among the resources.
    pub(super) font: Vec<u8>,
    /// The codes.
    pub(super) octets: Vec<u8>,
}

/// What a content stream does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) runs: Vec<Run>,
    /// Whether it draws an object, a shading or an image of its own.
    pub(super) draws: bool,
}

/// Most strings between two operators.
const MOST_OPERANDS: usize = 4096;

impl Content {
    /// Reads a content; nothing where it is not of the form that contents have.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut content = Self::default();
        let mut reader = Reader(bytes);
        let (mut strings, mut name, mut font) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(token) = reader.next()? {
            match token {
                Token::String(octets) => {
                    strings.push(octets);
                    if strings.len() > MOST_OPERANDS {
                        return None;
                    }
                    continue;
                }
                Token::Name(found) => {
                    name = found.to_vec();
                    continue;
                }
                Token::Other => continue,
                Token::Word(b"Tf") => font.clone_from(&name),
                Token::Word(b"Tj" | b"TJ" | b"'" | b"\"") => {
                    for octets in strings.drain(..) {
                        let font = font.clone();
                        content.runs.push(Run { font, octets });
                    }
                }
                Token::Word(b"BI") => {
                    content.draws = true;
                    return Some(content);
                }
                Token::Word(b"Do" | b"sh") => content.draws = true,
                Token::Word(word) if is_number(word) => continue,
                Token::Word(_) => {}
            }
            strings.clear();
        }
        Some(content)
    }
}

fn is_number(word: &[u8]) -> bool {
    let digit = |byte: &u8| byte.is_ascii_digit() || b"+-.".contains(byte);
    word.iter().all(digit)
}

enum Token<'a> {
    Word(&'a [u8]),
    Name(&'a [u8]),
    String(Vec<u8>),
    /// A bracket.
    Other,
}

/// What is left of a content.
struct Reader<'a>(&'a [u8]);

const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

const fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take_while(&mut self, holds: impl Fn(u8) -> bool) -> &'a [u8] {
        let count = self.0.iter().position(|byte| !holds(*byte));
        let (taken, rest) = self.0.split_at(count.unwrap_or(self.0.len()));
        self.0 = rest;
        taken
    }

    /// The next token; `Some(None)` at the end, nothing where there can be none.
    fn next(&mut self) -> Option<Option<Token<'a>>> {
        loop {
            self.take_while(is_space);
            let Some(first) = self.0.first() else {
                return Some(None);
            };
            let regular = |byte: u8| !is_space(byte) && !is_delimiter(byte);
            let token = match *first {
                b'%' => {
                    self.take_while(|byte| byte != b'\n' && byte != b'\r');
                    continue;
                }
                b'/' => {
                    self.byte();
                    Token::Name(self.take_while(regular))
                }
                b'(' => {
                    self.byte();
                    Token::String(self.literal()?)
                }
                b'<' if self.0.get(1) == Some(&b'<') => {
                    self.0 = self.0.get(2..)?;
                    Token::Other
                }
                b'<' => {
                    self.byte();
                    let digits = self.take_while(|byte| byte != b'>');
                    self.byte()?;
                    Token::String(hexadecimal(digits)?)
                }
                byte if is_delimiter(byte) => {
                    self.byte();
                    Token::Other
                }
                _ => Token::Word(self.take_while(regular)),
            };
            return Some(Some(token));
        }
    }

    /// A literal string behind its parenthesis (ISO 32000-1 7.3.4.2).
    fn literal(&mut self) -> Option<Vec<u8>> {
        let mut octets = Vec::new();
        let mut depth = 0_usize;
        loop {
            match self.byte()? {
                b'(' => {
                    depth = depth.saturating_add(1);
                    octets.push(b'(');
                }
                b')' if depth == 0 => return Some(octets),
                b')' => {
                    depth = depth.saturating_sub(1);
                    octets.push(b')');
                }
                b'\\' => octets.extend(self.escaped()?),
                other => octets.push(other),
            }
        }
    }

    fn escaped(&mut self) -> Option<Option<u8>> {
        Some(Some(match self.byte()? {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 12,
            b'\r' => {
                if self.0.first() == Some(&b'\n') {
                    self.byte();
                }
                return Some(None);
            }
            b'\n' => return Some(None),
            digit @ b'0'..=b'7' => {
                let mut code = u16::from(digit & 7);
                for _ in 0..2 {
                    match self.0.first() {
                        Some(next @ b'0'..=b'7') => {
                            code = (code << 3) | u16::from(*next & 7);
                            self.byte();
                        }
                        _ => break,
                    }
                }
                let [_, low] = code.to_be_bytes();
                low
            }
            other => other,
        }))
    }
}

fn hexadecimal(digits: &[u8]) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let mut high = None;
    for digit in digits.iter().filter(|digit| !is_space(**digit)) {
        let value = char::from(*digit).to_digit(16)?;
        let value = u8::try_from(value).ok()?;
        match high.take() {
            None => high = Some(value << 4),
            Some(high) => octets.push(high | value),
        }
    }
    octets.extend(high);
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(content: &[u8]) -> Vec<u8> {
        let runs = Content::read(content).unwrap().runs;
        runs.into_iter().flat_map(|run| run.octets).collect()
    }

    #[test]
    fn text_is_read_in_every_form_it_is_shown_in() {
        assert_eq!(
            said(b"/Tx BMC q BT /Helv 12 Tf (1\\0620) Tj ET Q EMC"),
            b"120"
        );
        assert_eq!(
            said(b"BT [(A)-20(B)<4 3>] TJ (D) ' 1 2 (E) \" ET"),
            b"ABCDE"
        );
        assert_eq!(said(b"(a(b)\\)\\\nc) Tj % (x) Tj\n(d) Tj"), b"a(b))cd");
        assert_eq!(said(b"/Span <</ActualText(no)>> BDC (yes) Tj EMC"), b"yes");
    }

    #[test]
    fn fonts_and_drawings_are_seen() {
        let content = Content::read(b"/F1 9 Tf (a) Tj /F2 9 Tf (b) Tj /Im Do").unwrap();
        let fonts: Vec<_> = content.runs.iter().map(|run| run.font.as_slice()).collect();
        assert_eq!(fonts, [b"F1", b"F2"]);
        assert!(content.draws);
        assert!(Content::read(b"BI /W 1 ID \x00 EI").unwrap().draws);
        assert!(!Content::read(b"0 0 9 9 re f").unwrap().draws);
        assert_eq!(Content::read(b"(open"), None);
        assert_eq!(Content::read(b"<4g> Tj"), None);
    }
}
