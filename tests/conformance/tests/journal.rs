//! The stamp journal: its chain, its ring, its end, and a power cut at every commit that makes an entry.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use sello_conformance::personalization::{self, APPROVER_PIN, Authority, PIN};
use sello_conformance::terminal::field;
use sello_conformance::{Terminal, TerminalError};
use sello_simulator::{CardError, CutMoment, SimulatedCard};
use sello_wire::Tag;
use sello_wire::tag::status;
use sello_wire::tlv::Reader;
use sha2::{Digest, Sha256};

type Host = Terminal<SimulatedCard>;
type Outcome<T> = Result<T, TerminalError<CardError>>;

const VERIFY: [u8; 4] = [0, 0x20, 0, 0x80];
const POLICY: [u8; 4] = [0x80, 0xE4, 0, 0x9C];
const PUT_DATA: [u8; 4] = [0, 0xDB, 0x3F, 0xFF];

/// A card with a counted key under dual control; or with a key that wants its PIN always.
fn card(dual: bool) -> Host {
    let mut host = Terminal::new(SimulatedCard::blank(9).unwrap());
    if dual {
        personalization::perform_dual(&mut host).unwrap();
    } else {
        personalization::perform(&mut host, usize::MAX).unwrap();
    }
    host
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

/// An entry as it is hashed, and the chain value after it.
struct Entry {
    bytes: Vec<u8>,
    chain: [u8; 32],
}

impl Entry {
    fn counter(&self) -> u32 {
        u32::from_be_bytes(self.bytes[..4].try_into().unwrap())
    }

    fn kind(&self) -> u8 {
        self.bytes[4]
    }

    fn digest(&self) -> &[u8] {
        &self.bytes[15..]
    }
}

/// One page: the oldest entry kept, the newest, and the entries of the page.
fn page(host: &mut Host, from: u32) -> (u32, u32, Vec<Entry>) {
    let counter = from.to_be_bytes();
    let command = [&[0x80, 0xB2, 0, 0, 0, 0, 4][..], &counter, &[0, 0]].concat();
    let reply = host.raw(&command).unwrap();
    assert_eq!(reply.status.0, 0x9000);
    let mut outer = Reader::new(&reply.data);
    let template = outer.read().unwrap().unwrap();
    assert_eq!((template.tag, outer.rest().len()), (Tag(0xE2), 0));
    assert!(template.value.len() <= 3072);
    let (mut ends, mut entries) = (Vec::new(), Vec::new());
    for item in Reader::new(template.value) {
        let item = item.unwrap();
        if item.tag == Tag(0x82) {
            let (bytes, chain) = item.value.split_last_chunk().unwrap();
            entries.push(Entry {
                bytes: bytes.to_vec(),
                chain: *chain,
            });
        } else {
            ends.push(u32::from_be_bytes(item.value.try_into().unwrap()));
        }
    }
    (ends[0], ends[1], entries)
}

/// Every entry kept. Counters and chain are checked, the chain from its beginning while it is kept.
fn journal(host: &mut Host) -> Vec<Entry> {
    let (first, last, mut entries) = page(host, 0);
    while let Some(newest) = entries.last().map(Entry::counter).filter(|c| *c < last) {
        entries.extend(page(host, newest + 1).2);
    }
    assert_eq!(first, last.saturating_sub(511).max(1));
    assert_eq!(entries.len(), usize::try_from(last + 1 - first).unwrap());
    let mut before = (first == 1).then_some([0; 32]);
    for (entry, counter) in entries.iter().zip(first..) {
        assert_eq!(entry.counter(), counter);
        if let Some(before) = before {
            assert_eq!(entry.chain, sha256(&[&before, &entry.bytes]), "{counter}");
        }
        before = Some(entry.chain);
    }
    let counter = host.status_field(status::JOURNAL_COUNTER).unwrap();
    assert_eq!(counter, last.to_be_bytes());
    entries
}

fn approvals(host: &mut Host) -> u16 {
    let answer = host.demand("GET KEY POLICY", POLICY, &[]).unwrap();
    let left = field(&answer, Tag(0xE5), Tag(0x82)).unwrap();
    u16::from_be_bytes(left.try_into().unwrap())
}

fn approve(host: &mut Host, count: u16) -> Outcome<Vec<u8>> {
    let data = [&APPROVER_PIN[..], &[0x9C], &count.to_be_bytes()].concat();
    host.demand("APPROVE", [0x80, 0x20, 0, 0x82], &data)
}

fn stamp(host: &mut Host, digest: &[u8; 32]) -> Outcome<Vec<u8>> {
    host.demand("VERIFY", VERIFY, &PIN)?;
    let data = [&[0x7C, 36, 0x82, 0, 0x81, 32], &digest[..]].concat();
    host.demand("signature", [0, 0x87, 0x11, 0x9C], &data)
}

/// Two documents, the tree over them, and the path of the first.
const DOCUMENTS: [[u8; 32]; 2] = [[0xD0; 32], [0xD1; 32]];

fn announce(host: &mut Host) -> Outcome<Vec<u8>> {
    let leaf = |digest: &[u8; 32]| sha256(&[&[0], digest]);
    let root = sha256(&[&[1], &leaf(&DOCUMENTS[0]), &leaf(&DOCUMENTS[1])]);
    let data = [&root[..], &[0, 2]].concat();
    host.demand("ANNOUNCE BATCH", [0x80, 0x2A, 0, 0x9C], &data)?;
    host.demand("VERIFY", VERIFY, &PIN)
}

fn stamp_in_batch(host: &mut Host, index: usize) -> Outcome<Vec<u8>> {
    let sibling = sha256(&[&[0], &DOCUMENTS[1 - index]]);
    let index_bytes = [0, u8::try_from(index).unwrap()];
    let data = [
        &[0x7C, 74, 0x82, 0, 0x81, 32],
        &DOCUMENTS[index][..],
        &[0x83, 2],
        &index_bytes,
        &[0x84, 32],
        &sibling,
    ]
    .concat();
    host.demand("SIGN IN BATCH", [0x80, 0x87, 0x11, 0x9C], &data)
}

/// Gives power again after a cut.
fn power_again(mut host: Host) -> Host {
    host.channel.power_on().unwrap();
    let mut host = Terminal::new(host.channel);
    host.select().unwrap();
    host
}

fn is_cut<T>(outcome: &Outcome<T>) -> bool {
    matches!(outcome, Err(TerminalError::Channel(CardError::PowerCut)))
}

/// Cuts the last step at each of its commits; `after` looks at the card with power again, and is told
/// whether the cut commit is in the memory, and its number.
fn cut_each(
    prepare: impl Fn(&mut Host),
    step: impl Fn(&mut Host) -> Outcome<Vec<u8>>,
    commits: u32,
    after: impl Fn(&mut Host, u32, bool),
) {
    let mut whole = card(true);
    prepare(&mut whole);
    whole.channel.faults().clear();
    step(&mut whole).unwrap();
    assert_eq!(whole.channel.faults().commits(), commits);
    for commit in 1..=commits {
        for moment in CutMoment::ALL {
            let mut host = card(true);
            prepare(&mut host);
            host.channel.faults().cut_power_at(commit, moment);
            let outcome = step(&mut host);
            assert!(is_cut(&outcome), "{commit} {moment:?}: {outcome:?}");
            let mut host = power_again(host);
            after(&mut host, commit, moment == CutMoment::AfterReplacing);
        }
    }
}

#[test]
fn a_cut_stamping_leaves_its_entry_and_takes_its_approval_or_neither() {
    let digest = [0xAB; 32];
    cut_each(
        |host| drop(approve(host, 3).unwrap()),
        |host| stamp(host, &digest),
        // The counted try of the PIN, the tries given back, the stamping.
        3,
        |host, commit, done| {
            let entries = journal(host);
            let stamped = commit == 3 && done;
            assert_eq!(entries.len(), if stamped { 2 } else { 1 });
            assert_eq!(approvals(host), if stamped { 2 } else { 3 });
            stamp(host, &digest).unwrap();
            let entries = journal(host);
            assert_eq!(entries.last().unwrap().digest(), digest);
            assert_eq!(approvals(host), if stamped { 1 } else { 2 });
        },
    );
}

#[test]
fn a_cut_ends_the_batch_and_no_document_is_signed_without_an_entry() {
    cut_each(
        |host| {
            approve(host, 4).unwrap();
            announce(host).unwrap();
            stamp_in_batch(host, 1).unwrap();
        },
        |host| stamp_in_batch(host, 0),
        1,
        |host, _, done| {
            let entries = journal(host);
            assert_eq!(entries.len(), if done { 3 } else { 2 });
            assert!(entries[1..].iter().all(|entry| entry.kind() == 3));
            assert_eq!(approvals(host), if done { 2 } else { 3 });
            host.demand("VERIFY", VERIFY, &PIN).unwrap();
            assert!(stamp_in_batch(host, 0).is_err());
            assert_eq!(journal(host).len(), entries.len());
        },
    );
}

#[test]
fn a_cut_approval_gives_all_it_says_or_nothing() {
    cut_each(
        |host| drop(approve(host, 1).unwrap()),
        |host| approve(host, 500),
        2,
        |host, commit, done| {
            let approved = commit == 2 && done;
            assert_eq!(approvals(host), if approved { 500 } else { 1 });
            let tries = host.status_field(status::APPROVER_TRIES).unwrap();
            let counted = (commit == 1 && done) || (commit == 2 && !done);
            assert_eq!(tries, [if counted { 2 } else { 3 }, 3]);
        },
    );
}

#[test]
fn the_head_is_signed_over_the_nonce_by_the_attestation_key() {
    let mut host = card(false);
    stamp(&mut host, &[1; 32]).unwrap();
    let newest = journal(&mut host).pop().unwrap();
    personalization::open(&mut host, Authority::Own).unwrap();
    let metadata = host.secure([0, 0xF7, 0, 0xF9], &[]).unwrap().data;
    let point = field(&metadata, Tag(0x04), Tag(0x86)).unwrap().to_vec();
    let key = VerifyingKey::from_sec1_bytes(&point).unwrap();
    let nonce = *b"thirty-two bytes, chosen by us..";
    for nonce in [&nonce[..], b""] {
        let command = [0x80, 0xB4, 0, 0];
        let answer = host.demand("ATTEST JOURNAL", command, nonce).unwrap();
        let value = |tag| field(&answer, Tag(0xE4), Tag(tag)).unwrap();
        assert_eq!(
            (value(0x81), value(0x82)),
            (&[0, 0, 0, 2][..], &newest.chain[..])
        );
        assert_eq!(value(0x80), 9_u32.to_be_bytes());
        let statement = [
            b"SELLO-JOURNAL-1",
            value(0x80),
            value(0x81),
            value(0x82),
            nonce,
        ]
        .concat();
        let signature = Signature::from_der(value(0x83)).unwrap();
        assert!(key.verify(&statement, &signature).is_ok());
        let another = [&statement[..], &[0]].concat();
        assert!(key.verify(&another, &signature).is_err());
    }
}

/// An object of 3,000 bytes for chunk `k` of seal `n`, so that many of them fill the card.
fn chunk(n: u8, k: u8) -> Vec<u8> {
    let mut data = vec![0x5C, 3, 0x5F, 0xE0 + n, k, 0x53, 0x82, 0x0B, 0xB8];
    data.resize(data.len() + 3000, k);
    data
}

#[test]
fn a_full_card_stamps_on_and_keeps_the_newest_512_entries() {
    let mut host = card(false);
    personalization::open(&mut host, Authority::Own).unwrap();
    let full = (0..=255_u8).find(|n| {
        host.secure(PUT_DATA, &chunk(n / 64, n % 64))
            .unwrap()
            .status
            .0
            != 0x9000
    });
    assert!(full.is_some_and(|n| n > 30), "{full:?}");
    let digest = |n: u32| sha256(&[&n.to_be_bytes()]);
    for n in 2..=530 {
        stamp(&mut host, &digest(n)).unwrap();
    }
    let entries = journal(&mut host);
    assert_eq!(entries.len(), 512);
    for entry in &entries {
        assert_eq!(entry.digest(), digest(entry.counter()));
    }
    // Termination keeps them.
    let end = [0x80, 0xF0, 0x7F, 0];
    host.demand_secure("SET STATUS", end, &[]).unwrap();
    assert_eq!(journal(&mut host).len(), 512);
}

/// A card whose register says that so many signatures were given.
fn card_with_counter(folder: &std::path::Path, counter: u32) -> Host {
    let mut host = card(false);
    stamp(&mut host, &[1; 32]).unwrap();
    let mut state = host.channel.state().to_vec();
    state.truncate(state.len() - 32);
    // The register is the first record: file header 16, record header 9; before the counter its head 5, three
    // PINs of 10, the management key 32, serial, write counter and possession 4 each.
    let place = 16 + 9 + 5 + 3 * 10 + 32 + 3 * 4;
    assert_eq!(state[place..place + 4], [0, 0, 0, 2]);
    state[place..place + 4].copy_from_slice(&counter.to_be_bytes());
    let checksum = Sha256::digest(&state);
    state.extend_from_slice(&checksum);
    let path = folder.join(counter.to_string());
    std::fs::write(&path, &state).unwrap();
    let mut host = Terminal::new(SimulatedCard::open(&path).unwrap());
    host.select().unwrap();
    host
}

#[test]
fn the_counter_never_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = card_with_counter(folder.path(), u32::MAX - 1);
    stamp(&mut host, &[2; 32]).unwrap();
    let counter = host.status_field(status::JOURNAL_COUNTER).unwrap();
    assert_eq!(counter, [0xFF; 4]);
    let before = host.channel.state();
    for _ in 0..2 {
        let refused = stamp(&mut host, &[3; 32]);
        assert!(matches!(
            refused,
            Err(TerminalError::Refused { status, .. }) if status.0 == 0x6985
        ));
        assert_eq!(*before, *host.channel.state());
    }
    let last = page(&mut host, u32::MAX);
    assert_eq!((last.1, last.2.len()), (u32::MAX, 1));
    assert_eq!(last.2[0].digest(), [2; 32]);
}
