//! The program's work: cards into readers, and orders from the keyboard until the end.

use std::io::{self, BufRead, Write};
use std::path::Path;
use std::process::ExitCode;

use sello_simulator::timing::ProfileError;
use sello_simulator::{
    CardFileError, Pace, Profile, ReaderError, SimulatedCard, Timing, TimingProfile, VirtualReader,
    VpcdAddress,
};
use sello_wire::LifeCycle;
use tokio::sync::mpsc;

use crate::cli::{Options, line_names};
use crate::messages::{Texts, fill};

const FAILURE: u8 = 2;

/// Runs until the end is asked for.
pub(crate) fn run(options: &Options, texts: &'static Texts) -> ExitCode {
    let served = insert_all(options, texts).and_then(|readers| serve(readers, texts));
    match served.and_then(|()| say(texts.goodbye)) {
        Ok(()) | Err(Stop::NobodyReads) => ExitCode::SUCCESS,
        Err(Stop::Failed(message)) => {
            complain(&format!("{}: {message}", texts.error));
            ExitCode::from(FAILURE)
        }
    }
}

/// Why the program ends before it was asked to.
enum Stop {
    /// Its standard output was closed, as by `head`.
    NobodyReads,
    /// What is to be told.
    Failed(String),
}

impl From<String> for Stop {
    fn from(message: String) -> Self {
        Self::Failed(message)
    }
}

/// Writes a line for people.
///
/// # Errors
/// [`Stop::NobodyReads`].
fn say(line: &str) -> Result<(), Stop> {
    writeln!(io::stdout(), "{line}").map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Stop::NobodyReads,
        _ => Stop::Failed(error.to_string()),
    })
}

/// Writes a line about something that went wrong; there is nowhere to tell that this fails.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Opens every card before the first goes into its reader, so that a bad file stops all.
fn insert_all(options: &Options, texts: &Texts) -> Result<Vec<VirtualReader>, Stop> {
    let timing = timing(options, texts)?;
    let mut cards = Vec::new();
    for path in &options.card_files {
        let card = open(path, options).map_err(|error| card_message(&error, texts))?;
        cards.push((card, path.display().to_string()));
    }
    if cards.is_empty() {
        let card = SimulatedCard::with_random_serial(options.profile).map_err(|e| e.to_string())?;
        cards.push((card, texts.memory_card.to_owned()));
    }
    if let Some(timing) = timing {
        say(&fill(
            texts.timed,
            &[&timing.profile.description(), &timing.line],
        ))?;
        for (card, _) in &mut cards {
            card.set_timing(timing.clone());
        }
    }
    let ports = (options.reader_port..=u16::MAX)
        .map(Some)
        .chain(std::iter::repeat(None));
    let mut readers = Vec::new();
    for ((number, (card, name)), port) in (1..).zip(cards).zip(ports) {
        let port = port.ok_or_else(|| texts.too_many_readers.to_owned())?;
        let address = VpcdAddress {
            host: options.host.clone(),
            port,
        };
        readers.push(insert(number, card, &name, address, options.wait, texts)?);
    }
    Ok(readers)
}

/// The card whose time is to be taken, if one is.
fn timing(options: &Options, texts: &Texts) -> Result<Option<Timing>, String> {
    let Some(name) = &options.timing else {
        return Ok(None);
    };
    let profile = TimingProfile::find(name).map_err(|error| match error {
        ProfileError::Unknown { name } => fill(
            texts.no_profile,
            &[&name, &TimingProfile::names().join(", ")],
        ),
        ProfileError::Io { path, source } => fill(texts.bad_profile, &[&path.display(), &source]),
        ProfileError::Syntax { path, message } => {
            fill(texts.bad_profile, &[&path.display(), &message])
        }
        other => other.to_string(),
    })?;
    let unknown = |_| fill(texts.no_line, &[&options.line, &line_names()]);
    Ok(Some(Timing {
        profile,
        line: options.line.parse().map_err(unknown)?,
        pace: Pace::Real,
    }))
}

fn open(path: &Path, options: &Options) -> Result<SimulatedCard, CardFileError> {
    if options.blank {
        SimulatedCard::create_with(path, options.profile)
    } else {
        SimulatedCard::open_or_create_with(path, options.profile)
    }
}

fn insert(
    number: usize,
    mut card: SimulatedCard,
    name: &str,
    address: VpcdAddress,
    wait: bool,
    texts: &Texts,
) -> Result<VirtualReader, Stop> {
    let summary = card.summary().map_err(|error| error.to_string())?;
    let state = match summary.profile {
        Profile::Seal => life_cycle(summary.life_cycle, texts),
        Profile::Piv => texts.piv_token,
    };
    let line = fill(
        texts.card_line,
        &[&number, &summary.serial, &state, &address, &name],
    );
    let started = if wait {
        complain(&fill(texts.waiting, &[&address]));
        VirtualReader::start_waiting(address, card)
    } else {
        VirtualReader::start(address, card)
    };
    let reader = started.map_err(|error| match error {
        ReaderError::NoDriver { address, source } => fill(texts.no_driver, &[&address, &source]),
        other => other.to_string(),
    })?;
    say(&line)?;
    Ok(reader)
}

const fn life_cycle(state: LifeCycle, texts: &Texts) -> &'static str {
    match state {
        LifeCycle::Blank => texts.blank_state,
        LifeCycle::Personalizing => texts.personalizing_state,
        LifeCycle::Operational => texts.operational_state,
        LifeCycle::Blocked => texts.blocked_state,
        LifeCycle::Terminated => texts.terminated_state,
    }
}

fn card_message(error: &CardFileError, texts: &Texts) -> String {
    match error {
        CardFileError::Exists { path } => fill(texts.exists, &[&path.display()]),
        CardFileError::InUse { path } => fill(texts.in_use, &[&path.display()]),
        CardFileError::State { path, source } => fill(texts.unusable, &[&path.display(), source]),
        CardFileError::Io { path, source } => fill(texts.unusable, &[&path.display(), source]),
        other => other.to_string(),
    }
}

/// A line typed while the cards are in.
#[derive(Debug, PartialEq, Eq)]
enum Typed {
    Remove(usize),
    Insert(usize),
    Quit,
    Nothing,
    Unknown(String),
}

impl Typed {
    fn parse(line: &str) -> Self {
        let mut words = line.split_whitespace();
        let number = |word: Option<&str>| word.and_then(|w| w.parse().ok());
        match (words.next(), number(words.next()), words.next()) {
            (None, ..) => Self::Nothing,
            (Some("quit"), None, None) => Self::Quit,
            (Some("remove"), Some(n), None) => Self::Remove(n),
            (Some("insert"), Some(n), None) => Self::Insert(n),
            _ => Self::Unknown(line.trim().to_owned()),
        }
    }
}

/// Obeys typed lines until `quit`, Ctrl-C or SIGTERM. A closed standard input ends nothing.
fn serve(readers: Vec<VirtualReader>, texts: &'static Texts) -> Result<(), Stop> {
    say(texts.ready)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(|error| error.to_string())?;
    let (sender, mut lines) = mpsc::unbounded_channel();
    // Not joined: it may wait for a line for ever.
    std::thread::spawn(move || read_lines(&sender));
    let served = runtime.block_on(async {
        let mut end = std::pin::pin!(end_signal());
        let mut typing = true;
        loop {
            let line = tokio::select! {
                ended = &mut end => return ended.map_err(|error| error.to_string().into()),
                line = lines.recv(), if typing => line,
            };
            match line.map(|line: String| Typed::parse(&line)) {
                None => typing = false,
                Some(Typed::Quit) => return Ok(()),
                Some(typed) => obey(&typed, &readers, texts)?,
            }
        }
    });
    drop(readers);
    served
}

fn read_lines(sender: &mpsc::UnboundedSender<String>) {
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        if sender.send(line).is_err() {
            return;
        }
    }
}

#[cfg(unix)]
async fn end_signal() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn end_signal() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

fn obey(typed: &Typed, readers: &[VirtualReader], texts: &Texts) -> Result<(), Stop> {
    let reader = |number: usize| number.checked_sub(1).and_then(|index| readers.get(index));
    let outcome = match typed {
        Typed::Remove(n) => reader(*n).map(|r| (r.remove(), texts.removed, n)),
        Typed::Insert(n) => reader(*n).map(|r| (r.insert(), texts.inserted, n)),
        Typed::Nothing => return Ok(()),
        Typed::Quit | Typed::Unknown(_) => None,
    };
    match (outcome, typed) {
        (Some((Ok(()), done, number)), _) => say(&fill(done, &[number]))?,
        (Some((Err(error), ..)), _) => complain(&format!("{}: {error}", texts.error)),
        (None, Typed::Unknown(line)) => complain(&fill(texts.unknown_command, &[line])),
        (None, Typed::Remove(n) | Typed::Insert(n)) => {
            complain(&fill(texts.unknown_command, &[n]));
        }
        (None, Typed::Quit | Typed::Nothing) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_lines_are_understood_strictly() {
        assert_eq!(Typed::parse(" remove  2 "), Typed::Remove(2));
        assert_eq!(Typed::parse("insert 1"), Typed::Insert(1));
        assert_eq!(Typed::parse("quit"), Typed::Quit);
        assert_eq!(Typed::parse(""), Typed::Nothing);
        for line in ["remove", "remove x", "insert 1 2", "halt"] {
            assert_eq!(Typed::parse(line), Typed::Unknown(line.to_owned()));
        }
    }
}
