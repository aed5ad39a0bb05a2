//! Programs that change a document: a number for the seed, then operations until the bytes end.

use super::words::WORDS;

/// Most operations of one program.
const MOST_OPERATIONS: usize = 16;
/// Most objects that one appended revision has.
const MOST_OBJECTS: u8 = 8;
/// Longest document that is made, in bytes.
const LONGEST: usize = 256 * 1024;

/// The bytes of a program, taken from the front; nothing is left where they end.
struct Tape<'a>(&'a [u8]);

impl<'a> Tape<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn small(&mut self) -> u8 {
        self.byte().unwrap_or_default()
    }

    /// A place in something of this length.
    fn place(&mut self, length: usize) -> usize {
        let number = u32::from_be_bytes([0, self.small(), self.small(), self.small()]);
        usize::try_from(number).unwrap() % (length + 1)
    }

    fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Text of up to 255 bytes, of which those from 128 on stand for words of documents.
    fn text(&mut self) -> Vec<u8> {
        let count = usize::from(self.small());
        let mut text = Vec::new();
        for byte in self.bytes(count) {
            match byte.checked_sub(128) {
                Some(word) => text.extend_from_slice(WORDS[usize::from(word) % WORDS.len()]),
                None => text.push(*byte),
            }
        }
        text
    }
}

/// Runs a program.
pub(super) fn apply(program: &[u8], seeds: &[&[u8]]) -> Vec<u8> {
    let mut tape = Tape(program);
    let seed = usize::from(tape.small()) % seeds.len();
    let mut document = seeds[seed].to_vec();
    for _ in 0..MOST_OPERATIONS {
        let Some(operation) = tape.byte() else { break };
        match operation % 6 {
            0 => overwrite(&mut document, &mut tape),
            1 => {
                let at = tape.place(document.len());
                document.truncate(at);
            }
            2 => document.extend(tape.text()),
            3 => append(&mut document, &mut tape),
            4 => drop_revision(&mut document),
            _ => replace_word(&mut document, &mut tape),
        }
        document.truncate(LONGEST);
    }
    document
}

fn overwrite(document: &mut [u8], tape: &mut Tape<'_>) {
    let at = tape.place(document.len());
    let count = usize::from(tape.small() % 16) + 1;
    let bytes = tape.bytes(count);
    let end = (at + bytes.len()).min(document.len());
    let length = end - at;
    document[at..end].copy_from_slice(&bytes[..length]);
}

/// A revision whose section is sound, whatever its objects are.
fn append(document: &mut Vec<u8>, tape: &mut Tape<'_>) {
    let previous = number_after(document, b"startxref").unwrap_or_default();
    let mut entries = String::new();
    let mut size = number_after(document, b"/Size").unwrap_or(1);
    document.push(b'\n');
    for _ in 0..tape.small() % (MOST_OBJECTS + 1) {
        let number = usize::from(tape.small());
        let body = tape.text();
        entries.push_str(&format!("{number} 1\n{:010} 00000 n \n", document.len()));
        document.extend(format!("{number} 0 obj\n").bytes());
        document.extend(body);
        document.extend(b"\nendobj\n");
        size = size.max(number + 1);
    }
    let section = document.len();
    document.extend(format!("xref\n{entries}trailer\n<</Size {size}/Root 1 0 R").bytes());
    let identifier = last(document, b"/ID[").map(|at| {
        let end = document[at..].iter().position(|byte| *byte == b']');
        document[at..]
            .split_at(end.map_or(0, |end| end + 1))
            .0
            .to_vec()
    });
    document.extend(identifier.unwrap_or_default());
    document.extend(format!("/Prev {previous}>>\nstartxref\n{section}\n%%EOF\n").bytes());
}

/// Cuts off what follows the marker before the last one.
fn drop_revision(document: &mut Vec<u8>) {
    const MARKER: &[u8] = b"%%EOF";
    if let Some(end) = last(document, MARKER) {
        let before = last(&document[..end], MARKER);
        document.truncate(before.map_or(end, |at| at + MARKER.len() + 1));
    }
}

/// Puts a word in the place of an occurrence of another.
fn replace_word(document: &mut Vec<u8>, tape: &mut Tape<'_>) {
    let word = |tape: &mut Tape<'_>| WORDS[usize::from(tape.small()) % WORDS.len()];
    let (from, to) = (word(tape), word(tape));
    let occurrence = usize::from(tape.small() % 8);
    let mut places = document
        .windows(from.len())
        .enumerate()
        .filter(|(_, window)| *window == from)
        .map(|(at, _)| at);
    if let Some(at) = places.nth(occurrence) {
        drop(places);
        document.splice(at..at + from.len(), to.iter().copied());
    }
}

fn last(document: &[u8], word: &[u8]) -> Option<usize> {
    document
        .windows(word.len())
        .rposition(|window| window == word)
}

/// The number behind the last of these words.
fn number_after(document: &[u8], word: &[u8]) -> Option<usize> {
    let at = last(document, word)? + word.len();
    let digits: String = document[at..]
        .iter()
        .skip_while(|byte| byte.is_ascii_whitespace())
        .take_while(|byte| byte.is_ascii_digit())
        .take(7)
        .map(|byte| char::from(*byte))
        .collect();
    digits.parse().ok()
}
