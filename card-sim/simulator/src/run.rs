//! The program's work: cards into readers, and orders from the keyboard until the end.

use std::io::{self, BufRead};
use std::path::Path;
use std::process::ExitCode;

use sello_simulator::{CardFileError, ReaderError, SimulatedCard, VirtualReader, VpcdAddress};
use sello_wire::LifeCycle;
use tokio::sync::mpsc;

use crate::cli::Options;
use crate::messages::{Texts, fill};

const FAILURE: u8 = 2;

/// Runs until the end is asked for.
pub(crate) fn run(options: &Options, texts: &'static Texts) -> ExitCode {
    match insert_all(options, texts).and_then(|readers| serve(readers, texts)) {
        Ok(()) => {
            println!("{}", texts.goodbye);
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{}: {message}", texts.error);
            ExitCode::from(FAILURE)
        }
    }
}

/// Opens every card before the first goes into its reader, so that a bad file stops all.
fn insert_all(options: &Options, texts: &Texts) -> Result<Vec<VirtualReader>, String> {
    let mut cards = Vec::new();
    for path in &options.card_files {
        let card = open(path, options.blank).map_err(|error| card_message(&error, texts))?;
        cards.push((card, path.display().to_string()));
    }
    if cards.is_empty() {
        let card = SimulatedCard::blank_with_random_serial().map_err(|e| e.to_string())?;
        cards.push((card, texts.memory_card.to_owned()));
    }
    let ports = (options.reader_port..=u16::MAX)
        .map(Some)
        .chain(std::iter::repeat(None));
    let mut readers = Vec::new();
    for ((number, (card, name)), port) in (1..).zip(cards).zip(ports) {
        let port = port.ok_or(texts.too_many_readers)?;
        let address = VpcdAddress {
            host: options.host.clone(),
            port,
        };
        readers.push(insert(number, card, &name, address, options.wait, texts)?);
    }
    Ok(readers)
}

fn open(path: &Path, blank: bool) -> Result<SimulatedCard, CardFileError> {
    if blank {
        SimulatedCard::create(path)
    } else {
        SimulatedCard::open_or_create(path)
    }
}

fn insert(
    number: usize,
    mut card: SimulatedCard,
    name: &str,
    address: VpcdAddress,
    wait: bool,
    texts: &Texts,
) -> Result<VirtualReader, String> {
    let summary = card.summary().map_err(|error| error.to_string())?;
    let state = life_cycle(summary.life_cycle, texts);
    let line = fill(
        texts.card_line,
        &[&number, &summary.serial, &state, &address, &name],
    );
    let started = if wait {
        eprintln!("{}", fill(texts.waiting, &[&address]));
        VirtualReader::start_waiting(address, card)
    } else {
        VirtualReader::start(address, card)
    };
    let reader = started.map_err(|error| match error {
        ReaderError::NoDriver { address, source } => fill(texts.no_driver, &[&address, &source]),
        other => other.to_string(),
    })?;
    println!("{line}");
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
fn serve(readers: Vec<VirtualReader>, texts: &'static Texts) -> Result<(), String> {
    println!("{}", texts.ready);
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
                ended = &mut end => return ended,
                line = lines.recv(), if typing => line,
            };
            match line.map(|line: String| Typed::parse(&line)) {
                None => typing = false,
                Some(Typed::Quit) => return Ok(()),
                Some(typed) => obey(&typed, &readers, texts),
            }
        }
    });
    drop(readers);
    served.map_err(|error| error.to_string())
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

fn obey(typed: &Typed, readers: &[VirtualReader], texts: &Texts) {
    let reader = |number: usize| number.checked_sub(1).and_then(|index| readers.get(index));
    let outcome = match typed {
        Typed::Remove(n) => reader(*n).map(|r| (r.remove(), texts.removed, n)),
        Typed::Insert(n) => reader(*n).map(|r| (r.insert(), texts.inserted, n)),
        Typed::Nothing => return,
        Typed::Quit | Typed::Unknown(_) => None,
    };
    match (outcome, typed) {
        (Some((Ok(()), done, number)), _) => println!("{}", fill(done, &[number])),
        (Some((Err(error), ..)), _) => eprintln!("{}: {error}", texts.error),
        (None, Typed::Unknown(line)) => eprintln!("{}", fill(texts.unknown_command, &[line])),
        (None, Typed::Remove(n) | Typed::Insert(n)) => {
            eprintln!("{}", fill(texts.unknown_command, &[n]));
        }
        (None, Typed::Quit | Typed::Nothing) => {}
    }
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
