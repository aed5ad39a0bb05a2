//! Where PINs and PUKs come from: the terminal, an environment variable, a file descriptor. Never an
//! argument.

use std::fs::File;
use std::io::{self, Read};

use zeroize::Zeroizing;

use crate::cli::{NewPinSource, PinSource, PukSource};
use crate::console::Console;
use crate::failure::{Failure, SecretKind};
use crate::messages::{self, Text};

/// Longest line read from a file descriptor, in bytes; no PIN or PUK comes near it.
const LONGEST_LINE: usize = 64;

/// Where one secret comes from.
pub(crate) enum Source<'a> {
    Terminal,
    Environment(&'a str),
    Descriptor(u32),
}

impl<'a> Source<'a> {
    const fn new(environment: Option<&'a String>, descriptor: Option<u32>) -> Self {
        match (environment, descriptor) {
            (Some(name), _) => Self::Environment(name.as_str()),
            (None, Some(number)) => Self::Descriptor(number),
            (None, None) => Self::Terminal,
        }
    }

    /// Takes the secret; `prompt` is shown when a person is asked.
    pub(crate) fn take(
        &self,
        console: &mut Console<'_>,
        kind: SecretKind,
        prompt: &Text<'_>,
    ) -> Result<Zeroizing<String>, Failure> {
        match self {
            Self::Terminal => {
                let prompt = messages::text(console.language, prompt);
                let secret = console.secrets.ask(&prompt);
                secret.map_err(|_| Failure::NoTerminal { kind })
            }
            Self::Environment(name) => from_environment(console, name),
            Self::Descriptor(number) => from_descriptor(*number),
        }
    }

    /// Whether a person is asked, who may mistype.
    pub(crate) const fn is_terminal(&self) -> bool {
        matches!(self, Self::Terminal)
    }
}

impl<'a> From<&'a PinSource> for Source<'a> {
    fn from(source: &'a PinSource) -> Self {
        Self::new(source.pin_env.as_ref(), source.pin_fd)
    }
}

impl<'a> From<&'a NewPinSource> for Source<'a> {
    fn from(source: &'a NewPinSource) -> Self {
        Self::new(source.new_pin_env.as_ref(), source.new_pin_fd)
    }
}

impl<'a> From<&'a PukSource> for Source<'a> {
    fn from(source: &'a PukSource) -> Self {
        Self::new(source.puk_env.as_ref(), source.puk_fd)
    }
}

fn from_environment(console: &Console<'_>, name: &str) -> Result<Zeroizing<String>, Failure> {
    let failure = |reason: &str| Failure::SecretSource {
        source: name.to_owned(),
        reason: reason.to_owned(),
    };
    let value = (console.environment)(name).ok_or_else(|| failure("not set"))?;
    let value = value.into_string().map_err(|_| failure("not text"))?;
    Ok(Zeroizing::new(value))
}

/// Opens the descriptor by its name below `/dev/fd`, which needs no unsafe code.
fn from_descriptor(number: u32) -> Result<Zeroizing<String>, Failure> {
    let failure = |reason: String| Failure::SecretSource {
        source: format!("fd {number}"),
        reason,
    };
    let file = File::open(format!("/dev/fd/{number}"));
    let mut file = file.map_err(|error| failure(error.to_string()))?;
    read_line(&mut file).map_err(|error| failure(error.to_string()))
}

/// Reads byte by byte, so that a pipe keeps its next line for the next secret.
fn read_line(input: &mut dyn Read) -> io::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST_LINE));
    let mut one = Zeroizing::new([0]);
    while input.read(&mut one[..])? == 1 && *one != [b'\n'] {
        if line.len() == LONGEST_LINE {
            return Err(io::ErrorKind::InvalidData.into());
        }
        line.extend_from_slice(&one[..]);
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    match std::str::from_utf8(&line) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_read_and_the_next_is_left() {
        let mut input = &b"123456\r\n654321\nrest"[..];
        assert_eq!(*read_line(&mut input).unwrap(), "123456");
        assert_eq!(*read_line(&mut input).unwrap(), "654321");
        assert_eq!(*read_line(&mut input).unwrap(), "rest");
        assert_eq!(*read_line(&mut input).unwrap(), "");
    }

    #[test]
    fn endless_or_binary_lines_are_refused() {
        assert!(read_line(&mut &[b'1'; 65][..]).is_err());
        assert!(read_line(&mut &[0xFF, b'\n'][..]).is_err());
    }

    #[test]
    fn a_descriptor_that_is_not_open_is_reported() {
        assert!(matches!(
            from_descriptor(987),
            Err(Failure::SecretSource { source, .. }) if source == "fd 987"
        ));
    }
}
