//! A position in a source, with a window of bytes around it.

use crate::error::{Error, Limit, Result};
use crate::source::{Source, wide};

const FIRST_WINDOW: usize = 512;
const LARGEST_WINDOW: usize = 64 * 1024;

/// Reads bytes one by one between a position and a limit.
pub(crate) struct Cursor<'a> {
    source: &'a dyn Source,
    limit: u64,
    window: Vec<u8>,
    window_start: u64,
    index: usize,
    next_window: usize,
}

impl<'a> Cursor<'a> {
    /// Starts at `position`; bytes from `limit` on do not exist for this cursor.
    pub(crate) fn new(source: &'a dyn Source, position: u64, limit: u64) -> Self {
        Self {
            source,
            limit: limit.min(source.len()),
            window: Vec::new(),
            window_start: position,
            index: 0,
            next_window: FIRST_WINDOW,
        }
    }

    pub(crate) fn position(&self) -> u64 {
        self.window_start.saturating_add(wide(self.index))
    }

    pub(crate) const fn limit(&self) -> u64 {
        self.limit
    }

    pub(crate) fn seek(&mut self, position: u64) {
        let inside = position
            .checked_sub(self.window_start)
            .and_then(|index| usize::try_from(index).ok())
            .filter(|index| *index <= self.window.len());
        match inside {
            Some(index) => self.index = index,
            None => {
                self.window.clear();
                self.window_start = position;
                self.index = 0;
                self.next_window = FIRST_WINDOW;
            }
        }
    }

    /// The byte at the position, or nothing at the limit.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>> {
        if let Some(byte) = self.window.get(self.index) {
            return Ok(Some(*byte));
        }
        self.fill()?;
        Ok(self.window.get(self.index).copied())
    }

    /// The byte at the position, stepping over it.
    pub(crate) fn next(&mut self) -> Result<Option<u8>> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.index = self.index.saturating_add(1);
        }
        Ok(byte)
    }

    /// The bytes at hand from the position on: at least one, unless the limit is reached.
    pub(crate) fn ahead(&mut self) -> Result<&[u8]> {
        self.peek()?;
        Ok(self.window.get(self.index..).unwrap_or_default())
    }

    /// Steps over so many of the bytes at hand.
    pub(crate) fn advance(&mut self, count: usize) {
        self.index = self.index.saturating_add(count).min(self.window.len());
    }

    /// Steps over `expected` if it is what comes next; otherwise stays.
    pub(crate) fn accept(&mut self, expected: &[u8]) -> Result<bool> {
        let start = self.position();
        for byte in expected {
            if self.next()? != Some(*byte) {
                self.seek(start);
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn fill(&mut self) -> Result<()> {
        let offset = self.position();
        let left = self.limit.saturating_sub(offset);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX);
        let size = wanted.min(self.next_window);
        self.next_window = self.next_window.saturating_mul(2).min(LARGEST_WINDOW);
        self.window_start = offset;
        self.index = 0;
        self.window.clear();
        if size == 0 {
            return Ok(());
        }
        self.window.resize(size, 0);
        let filled = self.source.read_exact_at(offset, &mut self.window);
        filled.map_err(|cause| {
            self.window.clear();
            Error::Read { offset, cause }
        })
    }
}

/// A length as a number of bytes in memory.
pub(crate) fn narrow(length: u64, offset: u64) -> Result<usize> {
    usize::try_from(length).map_err(|_| Error::too_large(offset, Limit::Machine))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_across_windows_and_stops_at_the_limit() {
        let bytes: Vec<u8> = (0..=250u8).cycle().take(2000).collect();
        let mut cursor = Cursor::new(&bytes, 10, 1900);
        let mut read = Vec::new();
        while let Some(byte) = cursor.next().unwrap() {
            read.push(byte);
        }
        assert_eq!(read, bytes[10..1900]);
        assert_eq!(cursor.position(), 1900);
        cursor.seek(20);
        assert_eq!(cursor.peek().unwrap(), Some(20));
    }

    #[test]
    fn accept_leaves_the_position_when_it_refuses() {
        let bytes = b"abc".to_vec();
        let mut cursor = Cursor::new(&bytes, 0, 3);
        assert!(!cursor.accept(b"abd").unwrap());
        assert_eq!(cursor.position(), 0);
        assert!(!cursor.accept(b"abcd").unwrap());
        assert!(cursor.accept(b"abc").unwrap());
    }
}
