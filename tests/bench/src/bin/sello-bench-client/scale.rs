//! What several threads do with one module.

use std::error::Error;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use cryptoki::mechanism::Mechanism;
use cryptoki::object::ObjectClass;
use cryptoki::session::UserType;

use crate::token::{DIGEST, Program, find, secret};

/// What a thread does again and again.
type Action = Box<dyn FnMut() -> Result<(), cryptoki::error::Error> + Send>;

/// Verifications a second of `threads` threads, each with a session of its own, `runs` times each. The
/// module verifies on the host.
pub(crate) fn verify(
    program: &Program,
    threads: usize,
    runs: usize,
) -> Result<f64, Box<dyn Error>> {
    let signature = program
        .session()?
        .sign(&Mechanism::Ecdsa, program.key()?, &DIGEST)?;
    let slot = program.slot()?;
    let mut actions: Vec<Action> = Vec::new();
    for _ in 0..threads {
        let session = program.module.open_ro_session(slot)?;
        let (key, signature) = (program.public_key()?, signature.clone());
        actions.push(Box::new(move || {
            session.verify(&Mechanism::Ecdsa, key, &DIGEST, &signature)
        }));
    }
    rate(actions, runs)
}

/// Signatures a second of all readers together, `runs` on each card.
pub(crate) fn sign(
    program: &Program,
    runs: usize,
    pin: &str,
    id: &str,
    readers: &[&str],
) -> Result<f64, Box<dyn Error>> {
    let mut actions: Vec<Action> = Vec::new();
    for reader in readers {
        let session = program.module.open_ro_session(program.slot_of(reader)?)?;
        session.login(UserType::User, Some(&secret(pin)))?;
        let key = find(&session, ObjectClass::PRIVATE_KEY, id)?;
        actions.push(Box::new(move || {
            session.sign(&Mechanism::Ecdsa, key, &DIGEST).map(drop)
        }));
    }
    rate(actions, runs)
}

/// Actions a second of all threads, from when the first begins until the last has ended.
fn rate(actions: Vec<Action>, runs: usize) -> Result<f64, Box<dyn Error>> {
    let threads = actions.len();
    let barrier = Barrier::new(threads);
    let spans = thread::scope(|scope| {
        let barrier = &barrier;
        let work = |mut action: Action| {
            scope.spawn(move || {
                // The first is not warm yet.
                let first = action();
                barrier.wait();
                first?;
                let begun = Instant::now();
                for _ in 0..runs {
                    action()?;
                }
                Ok((begun, Instant::now()))
            })
        };
        let started: Vec<_> = actions.into_iter().map(work).collect();
        let ended = started.into_iter().map(|thread| {
            let ended: Result<_, cryptoki::error::Error> =
                thread.join().map_err(|_| "a thread panicked")?;
            Ok::<_, Box<dyn Error>>(ended?)
        });
        ended.collect::<Result<Vec<_>, _>>()
    })?;
    let begun = spans.iter().map(|(begun, _)| *begun).min();
    let ended = spans.iter().map(|(_, ended)| *ended).max();
    let (begun, ended) = begun.zip(ended).ok_or("no thread")?;
    let all = u32::try_from(runs.saturating_mul(threads))?;
    Ok(f64::from(all) / ended.duration_since(begun).as_secs_f64())
}
