//! `sello stamp --batch`: every document is laid out and digested first; the card is told which they
//! are; one PIN entry then seals these and no other.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use sello_card::{Batch, CardSession, Exclusive, Pin, Readers};
use sello_document::stamp::Prepared;
use sello_wire::PinPolicy;
use sello_wire::merkle::LARGEST_BATCH;

use super::document;
use super::report::{self, Item, Outcome, State};
use crate::card::{self, CardSeal};
use crate::cli::Stamp;
use crate::console::Console;
use crate::failure::{Failure, SecretKind};
use crate::messages::{self, Text};
use crate::output::{NewFile, RestingFile, refuse_same_file};
use crate::secret::Source;

/// A document that waits for its signature.
struct Ready {
    /// Its place among the items.
    item: usize,
    prepared: Prepared<()>,
    file: RestingFile,
}

/// The folder of the sealed documents; if this run made it and nothing came into it, it goes again.
struct Folder<'a> {
    path: &'a Path,
    made: bool,
}

impl<'a> Folder<'a> {
    fn at(path: &'a Path) -> Result<Self, Failure> {
        if path.is_dir() {
            return Ok(Self { path, made: false });
        }
        fs::create_dir(path).map_err(|error| Failure::writing(path, &error))?;
        Ok(Self { path, made: true })
    }
}

impl Drop for Folder<'_> {
    fn drop(&mut self) {
        if self.made {
            // Fails, as it should, when there is something in it.
            let _ = fs::remove_dir(self.path);
        }
    }
}

pub(super) fn run(
    arguments: &Stamp,
    folder: &Path,
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let mut items = items(arguments, folder)?;
    let mut found = card::find(readers, &arguments.which)?;
    let (seal, tries_left) = card::seal_to_use(&mut found.session, arguments.seal)?;
    demand_counted(&seal)?;
    let _folder = Folder::at(folder)?;
    let ready = lay_out(arguments, &seal, &mut items, console)?;
    if ready.is_empty() {
        let outcome = Outcome::nothing_to_do(&seal);
        return Ok(report::tell(arguments, outcome, &items, console));
    }
    let digests = ready.iter().map(|ready| ready.prepared.digest());
    let batch = Batch::new(&digests.collect::<Vec<_>>());
    let batch = batch.map_err(|error| Failure::BatchSize { count: error.count })?;
    seal.demand_approvals(batch.count())?;

    let root = hex::encode(batch.root());
    console.note(&Text::BatchAnnounced {
        count: batch.count(),
        root: &root,
    });
    if let Some(left) = seal.approvals_left() {
        console.note(&Text::ApprovalsLeft(left));
    }
    let pin = ask_pin(arguments, &seal, batch.count(), tries_left, console)?;
    let broken = seal_all(
        &mut found.session,
        &pin,
        &seal,
        &batch,
        ready,
        &mut items,
        console,
    );
    drop(pin);
    let sealed = report::count(&items);
    match broken {
        Err(failure) if sealed == 0 => Err(failure),
        broken => {
            let outcome = Outcome {
                seal: &seal,
                root: Some(root),
                sealed,
                broken: broken.err(),
            };
            Ok(report::tell(arguments, outcome, &items, console))
        }
    }
}

/// Where each document goes. Whatever can be refused by names alone is refused here.
fn items(arguments: &Stamp, folder: &Path) -> Result<Vec<Item>, Failure> {
    let mut taken = HashSet::new();
    let mut items = Vec::new();
    for input in &arguments.inputs {
        let name = input.file_name().ok_or_else(|| Failure::Unreadable {
            path: input.clone(),
            reason: "not a file".to_owned(),
        })?;
        let output = folder.join(name);
        refuse_same_file(input, &output)?;
        if !taken.insert(output.clone()) {
            return Err(Failure::SameName { path: output });
        }
        let state = match (output.exists(), arguments.resume) {
            (false, _) => State::NotSealed,
            (true, true) => State::SealedBefore,
            (true, false) => return Err(Failure::SealedAlready { path: output }),
        };
        items.push(Item {
            input: input.clone(),
            output,
            state,
        });
    }
    let due = |item: &&Item| matches!(item.state, State::NotSealed);
    let count = items.iter().filter(due).count();
    if count > usize::from(LARGEST_BATCH) {
        return Err(Failure::BatchSize { count });
    }
    Ok(items)
}

fn demand_counted(seal: &CardSeal) -> Result<(), Failure> {
    match seal.policy {
        Some(policy) if policy.pin_policy == PinPolicy::Counted => Ok(()),
        Some(_) => Err(Failure::NotCounted { slot: seal.slot }),
        None => Err(Failure::NotSupported),
    }
}

/// Lays out and copies every document, so that only signature and rename are left after the PIN.
fn lay_out(
    arguments: &Stamp,
    seal: &CardSeal,
    items: &mut [Item],
    console: &Console<'_>,
) -> Result<Vec<Ready>, Failure> {
    let bar = bar(console, items.len(), &Text::PreparingBatch);
    let mut ready = Vec::new();
    for (index, item) in items.iter_mut().enumerate() {
        bar.inc(1);
        if matches!(item.state, State::SealedBefore) {
            continue;
        }
        match lay_out_one(arguments, &item.input, &item.output, seal, console) {
            Ok((prepared, file)) => ready.push(Ready {
                item: index,
                prepared,
                file,
            }),
            Err(failure) if arguments.keep_going => item.state = State::Refused(failure),
            Err(failure) => return Err(failure),
        }
    }
    bar.finish_and_clear();
    Ok(ready)
}

fn lay_out_one(
    arguments: &Stamp,
    input: &Path,
    output: &Path,
    seal: &CardSeal,
    console: &Console<'_>,
) -> Result<(Prepared<()>, RestingFile), Failure> {
    let document = document::open(input)?;
    let mut file = NewFile::begin(output)?;
    let prepared = document::lay_out(input, document, arguments, seal, console)?;
    document::copy(input, &mut file, console)?;
    Ok((prepared.detach(), file.rest()))
}

fn ask_pin(
    arguments: &Stamp,
    seal: &CardSeal,
    count: u16,
    tries_left: u8,
    console: &mut Console<'_>,
) -> Result<Pin, Failure> {
    let prompt = Text::AskBatchPin {
        seal: seal.seal.name(),
        count,
        tries_left,
    };
    let typed = Source::from(&arguments.pin).take(console, SecretKind::Pin, &prompt)?;
    Pin::new(typed.as_bytes()).map_err(Failure::secret_form(SecretKind::Pin))
}

/// Announcement, PIN and signatures in one exclusive access: another program's announcement between
/// ours and the PIN would make the PIN allow that program's documents.
fn seal_all(
    session: &mut CardSession,
    pin: &Pin,
    seal: &CardSeal,
    batch: &Batch,
    ready: Vec<Ready>,
    items: &mut [Item],
    console: &Console<'_>,
) -> Result<(), Failure> {
    let mut card = session.exclusive()?;
    card.announce_batch(seal.slot, batch)?;
    card.verify_pin(pin)?;
    let bar = bar(console, ready.len(), &Text::SealingBatch);
    for (index, ready) in (0_u16..).zip(ready) {
        let item = ready.item;
        if let Err(failure) = seal_one(&mut card, seal, batch, index, ready) {
            // What is left of the batch stays allowed otherwise.
            let _ = card.logout();
            return Err(failure);
        }
        if let Some(item) = items.get_mut(item) {
            item.state = State::Sealed;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

fn seal_one(
    card: &mut Exclusive<'_>,
    seal: &CardSeal,
    batch: &Batch,
    index: u16,
    ready: Ready,
) -> Result<(), Failure> {
    let digest = ready.prepared.digest();
    let signature = card.sign_in_batch(seal.slot, batch, index)?;
    document::check(seal, &digest, &signature)?;
    let sealed = ready.prepared.finish(&signature);
    let sealed = sealed.map_err(|error| Failure::CannotStamp {
        reason: error.to_string(),
    })?;
    let mut file = ready.file.wake()?;
    file.write(sealed.revision())?;
    file.publish()
}

fn bar(console: &Console<'_>, count: usize, message: &Text<'_>) -> ProgressBar {
    if !console.interactive {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {eta}");
    ProgressBar::new(u64::try_from(count).unwrap_or(u64::MAX))
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_message(messages::text(console.language, message))
}
