//! `sello doctor`: what keeps the card from being used.

use std::path::{Path, PathBuf};

use sello_card::{CardFilter, Readers};
use serde::Serialize;

use crate::cli::Doctor;
use crate::command::{json, trust};
use crate::console::Console;
use crate::doctor::{Check, Machine, State, examine};
use crate::failure::Failure;
use crate::messages::{self, Explanation};
use crate::{EXIT_BAD, EXIT_GOOD, EXIT_UNSURE};

/// The answer as JSON.
#[derive(Serialize)]
struct Answer {
    verdict: &'static str,
    checks: Vec<CheckAnswer>,
}

#[derive(Serialize)]
struct CheckAnswer {
    topic: &'static str,
    state: &'static str,
    what: String,
    why: Option<String>,
    next: Option<String>,
}

pub(crate) fn run(
    arguments: &Doctor,
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let machine = machine(arguments, console);
    let filter = CardFilter {
        reader: arguments.which.reader.clone(),
        serial: arguments.which.serial,
    };
    let checks = examine(&machine, readers, &filter);
    let verdict = verdict(&checks);
    if arguments.json {
        let checks = checks.iter().map(|check| answer(check, console)).collect();
        let verdict = name(verdict);
        json(console, &Answer { verdict, checks });
    } else {
        checks.iter().for_each(|check| say(check, console));
    }
    Ok(match verdict {
        State::Good | State::Skipped => EXIT_GOOD,
        State::Wrong => EXIT_BAD,
        State::Unsure => EXIT_UNSURE,
    })
}

fn machine(arguments: &Doctor, console: &Console<'_>) -> Machine<'static> {
    let set = |name| (console.environment)(name).filter(|value| !value.is_empty());
    let configuration = set("XDG_CONFIG_HOME").map(PathBuf::from);
    let home = || set("HOME").map(|home| Path::new(&home).join(".config"));
    Machine {
        root: Path::new("/"),
        program: std::env::current_exe().ok(),
        module: arguments.module.clone(),
        configuration: configuration.or_else(home),
        socket: set("PCSCLITE_CSOCK_NAME").map(PathBuf::from),
        trust: match &arguments.trust {
            Some(named) => vec![named.clone()],
            None => trust::usual_folders(console.environment),
        },
        now: console.now,
    }
}

/// Something wrong outweighs what could not be looked at.
fn verdict(checks: &[Check]) -> State {
    let any = |state| checks.iter().any(|check| check.finding.state() == state);
    if any(State::Wrong) {
        State::Wrong
    } else if any(State::Unsure) {
        State::Unsure
    } else {
        State::Good
    }
}

const fn name(state: State) -> &'static str {
    match state {
        State::Good => "good",
        State::Wrong => "wrong",
        State::Unsure => "unsure",
        State::Skipped => "skipped",
    }
}

fn answer(check: &Check, console: &Console<'_>) -> CheckAnswer {
    let Explanation { what, why, next } = messages::diagnosis(console.language, &check.finding);
    CheckAnswer {
        topic: check.topic.name(),
        state: name(check.finding.state()),
        what,
        why,
        next,
    }
}

fn say(check: &Check, console: &mut Console<'_>) {
    let mark = match check.finding.state() {
        State::Good => "good",
        State::Wrong => "WRONG",
        State::Unsure => "unsure",
        State::Skipped => "-",
    };
    let topic = messages::topic(console.language, check.topic);
    let Explanation { what, why, next } = messages::diagnosis(console.language, &check.finding);
    console.line(&format!("{mark:<6}  {topic:<19}  {what}"));
    for line in [why, next].into_iter().flatten() {
        console.line(&format!("{:<29}{line}", ""));
    }
}
