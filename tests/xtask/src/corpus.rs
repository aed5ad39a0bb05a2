//! Judging a folder of documents whose verdicts are known: `cargo xtask corpus DIR`.
//!
//! The folder has an `expected.tsv` with a line of titles and the columns file, bytes, sha256,
//! expected, why. Each file is given to `sello verify --json` by itself, with a second at most. What
//! is refused has to be refused for the cause that the list states, where that is one that is known.

mod answer;
mod cause;
mod expected;

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use answer::Answer;
use expected::Expected;

use crate::command::{Error, Result, target};
use crate::tasks;

/// How long one file may take.
const LIMIT: Duration = Duration::from_secs(1);
/// How often it is looked whether the program has ended.
const PAUSE: Duration = Duration::from_millis(2);

/// Judges the folder and prints a table; fails if an answer is not the one expected.
pub(crate) fn judge(folder: &Path) -> Result<ExitCode> {
    let list = folder.join("expected.tsv");
    let rows = std::fs::read_to_string(&list).map_err(Error::file(&list))?;
    tasks::build_client()?;
    let mut disagreements = 0usize;
    let mut files = 0usize;
    for row in rows.lines().skip(1).filter(|row| !row.trim().is_empty()) {
        let mut columns = row.split('\t');
        let (Some(file), Some(words), Some(why)) = (columns.next(), columns.nth(2), columns.next())
        else {
            return Err(Error::Unexpected(format!("{}: {row}", list.display())));
        };
        let started = Instant::now();
        let answer = ask(&folder.join(file))?;
        let taken = started.elapsed().as_millis();
        let agrees = Expected::of(words, why).agrees(&answer);
        files = files.saturating_add(1);
        if !agrees {
            disagreements = disagreements.saturating_add(1);
        }
        let mark = if agrees { "agrees  " } else { "DIFFERS " };
        println!(
            "{mark} {taken:4} ms  {file}\n           expected {words}: {why}\n           {}",
            answer.shown()
        );
    }
    println!("{files} files, {disagreements} not as expected");
    Ok(if disagreements == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn ask(file: &Path) -> Result<Answer> {
    let program = target().join("debug/sello");
    let mut command = Command::new(&program);
    command
        .args(["verify", "--json"])
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let start = |source| Error::Start {
        program: program.display().to_string(),
        source,
    };
    let mut child = command.spawn().map_err(start)?;
    let Some(mut output) = child.stdout.take() else {
        return Ok(Answer::None("no output".into()));
    };
    let reader = thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).map(|_| text)
    });
    if !ends(&mut child).map_err(start)? {
        // It may have ended in the meantime.
        let _ = child.kill();
        let _ = child.wait();
        return Ok(Answer::Late);
    }
    match reader.join() {
        Ok(Ok(text)) => Ok(Answer::read(&text)),
        _ => Ok(Answer::None("its output cannot be read".into())),
    }
}

fn ends(child: &mut Child) -> std::io::Result<bool> {
    let started = Instant::now();
    loop {
        if child.try_wait()?.is_some() {
            return Ok(true);
        }
        if started.elapsed() > LIMIT {
            return Ok(false);
        }
        thread::sleep(PAUSE);
    }
}
