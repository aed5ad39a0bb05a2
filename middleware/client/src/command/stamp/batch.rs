//! `sello stamp --batch`: every document is laid out and digested first; the card is told which they
//! are; one PIN entry then seals these and no other.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use sello_card::{Batch, CardSession, Exclusive, Pin, Readers};
use sello_document::stamp::Prepared;
use sello_wire::PinPolicy;
use sello_wire::merkle::LARGEST_BATCH;

use super::document;
use super::level::Proving;
use super::report::{self, Item, Outcome, State};
use crate::card::{self, CardSeal};
use crate::cli::Stamp;
use crate::console::Console;
use crate::failure::{Failure, SecretKind};
use crate::messages::{self, Text};
use crate::output::refuse_same_file;
use crate::secret::Source;
use crate::target::RestingTarget;

/// A document that waits for its signature.
struct Ready {
    /// Its place among the items.
    item: usize,
    prepared: Prepared<()>,
    target: RestingTarget,
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
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let mut items = items(arguments)?;
    let mut found = card::find(readers, &arguments.which)?;
    let (seal, tries_left) = card::seal_to_use(&mut found.session, arguments.seal)?;
    demand_counted(&seal)?;
    let proving = Proving::begin(&arguments.proof, &seal, console)?;
    let _folder = arguments.into.as_deref().map(Folder::at).transpose()?;
    let ready = lay_out(arguments, &seal, &proving, &mut items, console)?;
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
        &proving,
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
fn items(arguments: &Stamp) -> Result<Vec<Item>, Failure> {
    let mut taken = HashSet::new();
    let mut items = Vec::new();
    for input in &arguments.inputs {
        let output = match &arguments.into {
            Some(folder) => output_in(folder, input)?,
            None => input.clone(),
        };
        let known = output.canonicalize().unwrap_or_else(|_| output.clone());
        if !taken.insert(known) {
            return Err(Failure::SameName { path: output });
        }
        let state = match (arguments.in_place, output.exists(), arguments.resume) {
            (true, ..) | (_, false, _) => State::NotSealed,
            (_, true, true) => State::SealedBefore,
            (_, true, false) => return Err(Failure::SealedAlready { path: output }),
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

fn output_in(folder: &Path, input: &Path) -> Result<PathBuf, Failure> {
    let name = input.file_name().ok_or_else(|| Failure::Unreadable {
        path: input.to_path_buf(),
        reason: "not a file".to_owned(),
    })?;
    let output = folder.join(name);
    refuse_same_file(input, &output)?;
    Ok(output)
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
    proving: &Proving,
    items: &mut [Item],
    console: &mut Console<'_>,
) -> Result<Vec<Ready>, Failure> {
    let bar = bar(console, items.len(), &Text::PreparingBatch);
    let mut ready = Vec::new();
    for (index, item) in items.iter_mut().enumerate() {
        bar.inc(1);
        if matches!(item.state, State::SealedBefore) {
            continue;
        }
        match lay_out_one(arguments, item, seal, proving, console) {
            Ok((prepared, target)) => ready.push(Ready {
                item: index,
                prepared,
                target,
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
    item: &Item,
    seal: &CardSeal,
    proving: &Proving,
    console: &mut Console<'_>,
) -> Result<(Prepared<()>, RestingTarget), Failure> {
    let input = &item.input;
    let output = (!arguments.in_place).then_some(item.output.as_path());
    let (opened, mut target) = document::begin(input, output, arguments.repair, console)?;
    let prepared = document::lay_out(
        input,
        opened,
        &mut target,
        arguments,
        seal,
        proving,
        console,
    )?;
    Ok((prepared.detach(), target.rest()?))
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

/// A document with its signature.
struct Signed {
    ready: Ready,
    signature: Vec<u8>,
}

/// Signs with the card, then writes: what was signed before a card was pulled out is written, and a
/// document that cannot be written leaves the others done.
#[expect(clippy::too_many_arguments, reason = "everything a batch consists of")]
fn seal_all(
    session: &mut CardSession,
    pin: &Pin,
    seal: &CardSeal,
    batch: &Batch,
    ready: Vec<Ready>,
    proving: &Proving,
    items: &mut [Item],
    console: &Console<'_>,
) -> Result<(), Failure> {
    let bar = bar(console, ready.len(), &Text::SealingBatch);
    let mut signed = Vec::with_capacity(ready.len());
    let broken = sign_all(session, pin, seal, batch, ready, &mut signed);
    for Signed { ready, signature } in signed {
        let Some(item) = items.get_mut(ready.item) else {
            continue;
        };
        let written = ready.target.wake().and_then(|target| {
            document::complete(&item.input, ready.prepared, &signature, target, proving)
        });
        item.state = match written {
            Ok(()) => State::Sealed,
            Err(failure) => State::Refused(failure),
        };
        bar.inc(1);
    }
    bar.finish_and_clear();
    broken
}

/// Announcement, PIN and signatures in one exclusive access: another program's announcement between
/// ours and the PIN would make the PIN allow that program's documents.
fn sign_all(
    session: &mut CardSession,
    pin: &Pin,
    seal: &CardSeal,
    batch: &Batch,
    ready: Vec<Ready>,
    signed: &mut Vec<Signed>,
) -> Result<(), Failure> {
    let mut card = session.exclusive()?;
    card.announce_batch(seal.slot, batch)?;
    card.verify_pin(pin)?;
    for (index, ready) in (0_u16..).zip(ready) {
        let digest = ready.prepared.digest();
        let signature = sign_one(&mut card, seal, batch, index, &digest);
        match signature {
            Ok(signature) => signed.push(Signed { ready, signature }),
            Err(failure) => {
                // What is left of the batch stays allowed otherwise.
                let _ = card.logout();
                return Err(failure);
            }
        }
    }
    Ok(())
}

fn sign_one(
    card: &mut Exclusive<'_>,
    seal: &CardSeal,
    batch: &Batch,
    index: u16,
    digest: &[u8; 32],
) -> Result<Vec<u8>, Failure> {
    let signature = card.sign_in_batch(seal.slot, batch, index)?;
    document::check(seal, digest, &signature)?;
    Ok(signature)
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
