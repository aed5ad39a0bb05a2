//! The text that a content stream shows, without its places (ISO 32000-1 9.4.3).

use sello_pdf::{Token, Tokens};

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
        let mut tokens = Tokens::new(&bytes);
        let (mut strings, mut name, mut font) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(token) = tokens.next_token().ok()? {
            let word = match token {
                Token::String(octets) => {
                    strings.push(octets);
                    if strings.len() > MOST_OPERANDS {
                        return None;
                    }
                    continue;
                }
                Token::Name(found) => {
                    name = found;
                    continue;
                }
                Token::Bracket => continue,
                Token::Word(word) if is_number(&word) => continue,
                Token::Word(word) => word,
            };
            match word.as_slice() {
                b"Tf" => font.clone_from(&name),
                b"Tj" | b"TJ" | b"'" | b"\"" => {
                    for octets in strings.drain(..) {
                        let font = font.clone();
                        content.runs.push(Run { font, octets });
                    }
                }
                b"BI" => {
                    content.draws = true;
                    return Some(content);
                }
                b"Do" | b"sh" => content.draws = true,
                _ => {}
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
