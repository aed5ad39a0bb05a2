//! Reading passphrases: from the terminal, an environment variable or a file descriptor; never from
//! an argument, which every user of the machine can see.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use clap::ArgMatches;
use sello_center::vault::Passphrase;

use crate::console::Console;
use crate::failure::Failure;
use crate::language::{Language, both};

/// Longest passphrase read from a file descriptor, in bytes.
const MAX_LEN: u64 = 1024;

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

/// The first line of an open file descriptor, without its end.
fn read_line(descriptor: u32) -> io::Result<String> {
    let file = File::open(format!("/dev/fd/{descriptor}"))?;
    let mut line = String::new();
    BufReader::new(file.take(MAX_LEN)).read_line(&mut line)?;
    if line.ends_with('\n') {
        line.pop();
    }
    Ok(line)
}
