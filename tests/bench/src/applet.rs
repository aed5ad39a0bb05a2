//! What the card in the same process takes for its work, beside the bare primitives of `p256`.
//!
//! Both sides take turns, so that whatever slows the machine down slows down both.

use std::error::Error;
use std::hint::black_box;

use p256::SecretKey;
use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::sec1::ToSec1Point;
use sello_conformance::Terminal;
use sello_conformance::personalization::PIN;
use sello_simulator::SimulatedCard;
use sello_wire::key::{Algorithm, FACTORY_MANAGEMENT_KEY};

use crate::card::{demand, operational};
use crate::report::{Bar, Limit, Report};
use crate::table::{Cell, Table};
use crate::times::{Times, microseconds};

/// Signatures before the first one that counts: the journal is full then, and the memory at its largest.
const WARM_UP: u32 = 520;
/// GENERATE ASYMMETRIC KEY PAIR on P-256 in `9A`.
const GENERATE: [u8; 11] = [0, 0x47, 0, 0x9A, 5, 0xAC, 3, 0x80, 1, 0x11, 0];

/// The times of the card and of the primitive beside it.
#[derive(Default)]
struct Pair {
    card: Times,
    raw: Times,
}

/// Measures `runs` times.
///
/// # Errors
/// When the card refuses.
pub fn report(runs: u32) -> Result<Report, Box<dyn Error>> {
    let mut pin = Times::default();
    let signature = signatures(runs, &mut pin)?;
    let generation = generations(runs)?;
    let verification = verifications(runs)?;
    let title =
        format!("The card in the same process, medians of {runs} runs in turn, microseconds");
    let mut table = Table::new(&title, &["operation", "card", "p256 alone", "ratio"]);
    table.row(row("signature, counted in the journal", &signature));
    table.row(row("key generation", &generation));
    let time = |times: &Times| Cell::Number(microseconds(times.median()), 1);
    table.row(["VERIFY of the PIN".into(), time(&pin)]);
    let verified = "verification of a signature (by hosts)".into();
    table.row([verified, "".into(), time(&verification)]);
    let bar = Bar {
        name: "signature in the same process, over p256 alone",
        unit: "times",
        measured: signature.ratio(),
        limit: Limit::Most(1.10),
    };
    Ok(Report::of(table, [bar]))
}

impl Pair {
    fn ratio(&self) -> f64 {
        self.card.median().as_secs_f64() / self.raw.median().as_secs_f64()
    }
}

fn row(name: &str, pair: &Pair) -> [Cell; 4] {
    let time = |times: &Times| Cell::Number(microseconds(times.median()), 1);
    let ratio = Cell::Number(pair.ratio(), 2);
    [name.into(), time(&pair.card), time(&pair.raw), ratio]
}

/// A digest that none before it was.
fn digest(number: u32) -> [u8; 32] {
    let mut digest = [0x5A; 32];
    for (to, from) in digest.iter_mut().zip(number.to_be_bytes()) {
        *to = from;
    }
    digest
}

/// GENERAL AUTHENTICATE with `9C` over a digest.
fn sign_command(digest: &[u8; 32]) -> Vec<u8> {
    let mut command = vec![0, 0x87, 0x11, 0x9C, 38, 0x7C, 36, 0x82, 0, 0x81, 32];
    command.extend_from_slice(digest);
    command.push(0);
    command
}

fn signatures(runs: u32, pin: &mut Times) -> Result<Pair, Box<dyn Error>> {
    let mut card = operational(1)?;
    let mut buffer = [0; 258];
    let verify = [&[0, 0x20, 0, 0x80, 8][..], &PIN].concat();
    let key = SigningKey::from_slice(&[0x11; 32])?;
    let mut pair = Pair::default();
    for number in 0..WARM_UP {
        demand(&mut card, &verify, &mut buffer)?;
        demand(&mut card, &sign_command(&digest(number)), &mut buffer)?;
    }
    for number in WARM_UP..WARM_UP.saturating_add(runs) {
        let digest = digest(number);
        let command = sign_command(&digest);
        pin.measure(|| demand(&mut card, &verify, &mut buffer).map(drop))?;
        pair.card
            .measure(|| demand(&mut card, &command, &mut buffer).map(drop))?;
        pair.raw.measure(|| {
            let signature: Result<Signature, _> = key.sign_prehash(black_box(&digest));
            black_box(signature)
        })?;
    }
    Ok(pair)
}

/// A plain PIV card makes keys as often as one likes.
fn generations(runs: u32) -> Result<Pair, Box<dyn Error>> {
    let mut terminal = Terminal::new(SimulatedCard::piv(2)?);
    let allowed = terminal
        .select()
        .and_then(|_| terminal.authenticate(Algorithm::Aes192, &FACTORY_MANAGEMENT_KEY));
    allowed.map_err(|error| error.to_string())?;
    let mut card = terminal.channel;
    let mut buffer = [0; 258];
    let mut pair = Pair::default();
    for _ in 0..runs {
        pair.card
            .measure(|| demand(&mut card, &GENERATE, &mut buffer).map(drop))?;
        pair.raw.measure(generate)?;
    }
    Ok(pair)
}

/// A key pair out of random numbers.
fn generate() -> Result<(), Box<dyn Error>> {
    let mut scalar = [0; 32];
    getrandom::fill(&mut scalar)?;
    let key = SecretKey::from_slice(&scalar)?;
    black_box(key.public_key().to_sec1_point(false));
    Ok(())
}

fn verifications(runs: u32) -> Result<Times, Box<dyn Error>> {
    let key = SigningKey::from_slice(&[0x11; 32])?;
    let verifier = key.verifying_key();
    let mut times = Times::default();
    for number in 0..runs {
        let digest = digest(number);
        let signature: Signature = key.sign_prehash(&digest)?;
        times.measure(|| verifier.verify_prehash(black_box(&digest), &signature))?;
    }
    Ok(times)
}
