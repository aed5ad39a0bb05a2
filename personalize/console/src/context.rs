//! What every command needs: the folder, the language, the readers, the officer.

use std::io::Write;
use std::path::PathBuf;

use clap::ArgMatches;
use sello_card::{CardFilter, Readers};
use sello_center::{Center, Home, Officer};
use serde_json::Value;

use crate::console::Console;
use crate::failure::Failure;
use crate::language::{Language, both};
use crate::{message, passphrase};

/// One run of the program.
pub(crate) struct Context<'a, 'c> {
    pub(crate) language: Language,
    pub(crate) readers: &'a dyn Readers,
    pub(crate) console: &'a mut Console<'c>,
    home: Option<PathBuf>,
}

impl<'a, 'c> Context<'a, 'c> {
    pub(crate) fn new(
        matches: &ArgMatches,
        language: Language,
        readers: &'a dyn Readers,
        console: &'a mut Console<'c>,
    ) -> Self {
        Self {
            language,
            readers,
            console,
            home: matches.get_one::<PathBuf>("home").cloned(),
        }
    }

    /// The center's folder: `--home`, else `SELLO_CENTER_HOME`, else the user's data folder.
    pub(crate) fn home(&self) -> Result<Home, Failure> {
        let variable = |name: &str| (self.console.environment)(name).filter(|v| !v.is_empty());
        if let Some(home) = &self.home {
            return Ok(Home::new(home));
        }
        if let Some(home) = variable("SELLO_CENTER_HOME") {
            return Ok(Home::new(home));
        }
        let data = match variable("XDG_DATA_HOME") {
            Some(data) => PathBuf::from(data),
            None => PathBuf::from(variable("HOME").ok_or(Failure::NoHome)?).join(".local/share"),
        };
        Ok(Home::new(data.join("sello-center")))
    }

    /// Opens the center.
    pub(crate) fn center(&self) -> Result<Center, Failure> {
        Ok(Center::open(self.home()?)?)
    }

    /// Opens the center and logs the officer in. Without `--officer` the only officer is meant.
    pub(crate) fn log_in(&mut self, matches: &ArgMatches) -> Result<(Center, Officer), Failure> {
        let mut center = self.center()?;
        let name = match matches.get_one::<String>("officer") {
            Some(name) => name.clone(),
            None => match center.officers()?.as_slice() {
                [only] => only.clone(),
                _ => return Err(Failure::WhichOfficer),
            },
        };
        let prompt = both!(
            self.language,
            "Passphrase of {name}: ",
            "Frase de contraseña de {name}: "
        );
        let given = passphrase::read(self.console, matches, "passphrase", &prompt)?;
        let officer = center.log_in(&name, &given)?;
        Ok((center, officer))
    }

    /// Which card is meant.
    pub(crate) fn filter(matches: &ArgMatches) -> CardFilter {
        CardFilter {
            reader: matches.get_one::<String>("reader").cloned(),
            serial: None,
        }
    }

    /// Prints the result: a sentence for people, or JSON for programs.
    pub(crate) fn answer(
        &mut self,
        matches: &ArgMatches,
        json: &Value,
        text: &str,
    ) -> Result<(), Failure> {
        if matches.get_flag("json") {
            writeln!(self.console.output, "{json}")?;
        } else {
            writeln!(self.console.output, "{text}")?;
        }
        Ok(())
    }

    /// Tells of progress.
    pub(crate) fn say(&mut self, text: &str) -> Result<(), Failure> {
        Ok(writeln!(self.console.messages, "{text}")?)
    }

    /// Tells why a command ended; gives the exit code.
    pub(crate) fn report(&mut self, failure: &Failure) -> u8 {
        let text = message::explain(failure, self.language);
        // Nobody is there to be told that nobody is there.
        let _ = writeln!(self.console.messages, "sello-center: {text}");
        failure.code()
    }
}
