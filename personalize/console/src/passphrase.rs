//! Reading passphrases: from the terminal, an environment variable or a file descriptor; never from
//! an argument, which every user of the machine can see.

use std::fs::File;
use std::io::{self, Read};

use clap::ArgMatches;
use sello_center::vault::Passphrase;
use zeroize::Zeroizing;

use crate::console::Console;
use crate::failure::Failure;
use crate::language::{Language, both};

/// Longest passphrase read from a file descriptor, in bytes.
const MAX_LEN: usize = 1024;

/// Reads the passphrase of an officer who has one; `option` is `passphrase` or `new-passphrase`.
pub(crate) fn read(
    console: &mut Console<'_>,
    matches: &ArgMatches,
    option: &str,
    prompt: &str,
) -> Result<Passphrase, Failure> {
    if let Some(given) = given(console, matches, option)? {
        return Ok(given);
    }
    ask(console, prompt)
}

/// Reads a new passphrase, twice if a person types it.
pub(crate) fn read_new(
    console: &mut Console<'_>,
    matches: &ArgMatches,
    option: &str,
    officer: &str,
    language: Language,
) -> Result<Passphrase, Failure> {
    if let Some(given) = given(console, matches, option)? {
        return Ok(given);
    }
    let first = both!(
        language,
        "New passphrase for {officer}: ",
        "Nueva frase de contraseña para {officer}: "
    );
    let again = both!(language, "Once more: ", "Otra vez: ");
    let typed = ask(console, &first)?;
    if !typed.same(&ask(console, &again)?) {
        return Err(Failure::PassphrasesDiffer);
    }
    Ok(typed)
}

fn ask(console: &mut Console<'_>, prompt: &str) -> Result<Passphrase, Failure> {
    (console.ask)(prompt)
        .map(Passphrase::new)
        .map_err(|source| Failure::NoPassphrase { source })
}

fn given(
    console: &Console<'_>,
    matches: &ArgMatches,
    option: &str,
) -> Result<Option<Passphrase>, Failure> {
    if let Some(name) = matches.get_one::<String>(&format!("{option}-env")) {
        let value = (console.environment)(name);
        let value = value.ok_or_else(|| Failure::NoVariable(name.clone()))?;
        return Ok(Some(Passphrase::new(value)));
    }
    let Some(number) = matches.get_one::<u32>(&format!("{option}-fd")) else {
        return Ok(None);
    };
    read_line(*number)
        .map(|line| Some(Passphrase::new(line)))
        .map_err(|source| Failure::NoPassphrase { source })
}

/// The first line of an open file descriptor, without its end. It is read byte by byte, so that a pipe
/// keeps its next line for the next secret, and no copy stays in a buffer.
fn read_line(descriptor: u32) -> io::Result<String> {
    let mut file = File::open(format!("/dev/fd/{descriptor}"))?;
    let mut line = Zeroizing::new(Vec::with_capacity(MAX_LEN));
    let mut byte = Zeroizing::new([0]);
    while file.read(&mut *byte)? == 1 && *byte != [b'\n'] {
        if line.len() == MAX_LEN {
            return Err(io::ErrorKind::InvalidData.into());
        }
        line.extend_from_slice(&*byte);
    }
    let text = std::str::from_utf8(&line).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::fd::AsRawFd;

    #[test]
    fn a_pipe_keeps_its_second_line_for_the_second_secret() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer
            .write_all(b"the first phrase\nthe second phrase\n")
            .unwrap();
        drop(writer);
        let descriptor = u32::try_from(reader.as_raw_fd()).unwrap();
        assert_eq!(read_line(descriptor).unwrap(), "the first phrase");
        assert_eq!(read_line(descriptor).unwrap(), "the second phrase");
    }

    #[test]
    fn an_endless_line_is_refused() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(&[b'a'; MAX_LEN + 1]).unwrap();
        let descriptor = u32::try_from(reader.as_raw_fd()).unwrap();
        assert!(read_line(descriptor).is_err());
    }
}
