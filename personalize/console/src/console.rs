//! Where the program reads and writes.

use std::io::{self, Write};

use crate::{DONE, TROUBLE};

/// Gives the value of an environment variable.
pub type Environment<'a> = Box<dyn Fn(&str) -> Option<String> + 'a>;
/// Asks for a secret at the terminal, without echo.
pub type Ask<'a> = Box<dyn FnMut(&str) -> io::Result<String> + 'a>;

/// Output, messages, environment and terminal of one run.
pub struct Console<'a> {
    /// What was asked for.
    pub output: Box<dyn Write + 'a>,
    /// Progress and errors.
    pub messages: Box<dyn Write + 'a>,
    /// Environment variables.
    pub environment: Environment<'a>,
    /// Asks for secrets.
    pub ask: Ask<'a>,
}

impl Console<'_> {
    /// The process's own.
    pub fn terminal() -> Self {
        Self {
            output: Box::new(io::stdout()),
            messages: Box::new(io::stderr()),
            environment: Box::new(|name| std::env::var(name).ok()),
            ask: Box::new(|prompt| rpassword::prompt_password(prompt)),
        }
    }

    /// Shows help, or what is wrong with the arguments; gives the exit code.
    pub(crate) fn usage(&mut self, error: &clap::Error) -> u8 {
        let (target, code) = if error.use_stderr() {
            (&mut self.messages, TROUBLE)
        } else {
            (&mut self.output, DONE)
        };
        // Nobody is there to be told that nobody is there.
        let _ = write!(target, "{error}");
        code
    }
}
