//! Prints what happens, the command that did it and how long it took.

use std::io;
use std::path::Path;
use std::time::Instant;

use super::verdict::Table;
use super::words::{Language, Step};
use crate::programs::{Call, Outcome, Programs};

/// Tells the story.
pub(super) struct Narrator {
    language: Language,
    number: usize,
    begun: Instant,
}

impl Narrator {
    pub(super) fn new(language: Language) -> Self {
        Self {
            language,
            number: 0,
            begun: Instant::now(),
        }
    }

    pub(super) fn opening(&self, real_stack: bool) {
        let stack = if real_stack {
            self.language.pick(
                "The card is simulated; the way to it is real: pcscd and a virtual reader.",
                "La tarjeta es simulada; el camino hasta ella es real: pcscd y un lector virtual.",
            )
        } else {
            self.language.pick(
                "pcscd with a virtual reader cannot be had here: the card is reached in-process.",
                "Aquí no hay pcscd con un lector virtual: se llega a la tarjeta dentro del proceso.",
            )
        };
        println!("Sello\n{stack}");
    }

    pub(super) fn step(&mut self, step: Step) {
        self.number += 1;
        println!("\n{:>2}. {}", self.number, step.title(self.language));
    }

    /// Runs a call and shows the command, what it said and how long it took.
    pub(super) fn run(&self, programs: &dyn Programs, call: &Call) -> io::Result<Outcome> {
        let outcome = programs.run(call)?;
        println!("    $ {}", call.shown());
        let said = outcome.stdout.lines().chain(outcome.stderr.lines());
        for line in said.filter(|line| !line.trim().is_empty()) {
            println!("      {line}");
        }
        let exit = if outcome.code == 0 {
            String::new()
        } else {
            format!(
                ", {} {}",
                self.language.pick("exit code", "código de salida"),
                outcome.code
            )
        };
        println!("      ({:.2} s{exit})", outcome.elapsed.as_secs_f64());
        Ok(outcome)
    }

    pub(super) fn note_file(&self, file: &Path, pages: usize) {
        let word = self.language.pick("pages", "páginas");
        println!("      {} ({pages} {word})", file.display());
    }

    pub(super) fn note_change(&self, place: usize) {
        let words = self
            .language
            .pick("byte changed at position", "byte cambiado en la posición");
        println!("      {words} {place}");
    }

    /// Tells the second look at a file from the first.
    pub(super) const fn after_the_loss(&self) -> &'static str {
        self.language.pick("after the loss", "tras la pérdida")
    }

    pub(super) fn table(&self, table: &Table, folder: &Path) {
        let title = self.language.pick("What is left in", "Lo que queda en");
        println!("\n{title} {}\n", folder.display());
        let heads = [
            self.language.pick("file", "fichero"),
            self.language.pick("verdict", "veredicto"),
            self.language.pick("exit", "salida"),
            self.language.pick("as expected", "lo esperado"),
        ];
        let (yes, no) = (
            self.language.pick("yes", "sí"),
            self.language.pick("NO", "NO"),
        );
        print!("{}", table.render(heads, yes, no));
        let time = self.begun.elapsed().as_secs_f64();
        let closing = if table.all_expected() {
            self.language.pick(
                "every verdict is the expected one",
                "todos los veredictos son los esperados",
            )
        } else {
            self.language.pick(
                "NOT every verdict is the expected one",
                "NO todos los veredictos son los esperados",
            )
        };
        println!("\n{closing} ({time:.1} s)");
    }
}
