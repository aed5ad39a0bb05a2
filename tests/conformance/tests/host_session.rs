//! The host's card session against the card: approvals, batches, the journal.
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
use sello_card::{
    Batch, CardConnection, CardError, CardSession, EntryKind, Exclusive, KeyPolicy, Pin,
    TransportError,
};
use sello_conformance::terminal::signature_is_good;
use sello_conformance::{Terminal, personalization};
use sello_simulator::SimulatedCard;
use sello_wire::{Channel, PinPolicy, Slot};

const SLOT: Slot = Slot::Signature;

/// The card in a reader that nobody else uses.
struct Reader(SimulatedCard);

impl Channel for Reader {
    type Error = TransportError;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], TransportError> {
        let other = |error: sello_simulator::CardError| TransportError::Other {
            reason: error.to_string(),
        };
        self.0.transmit(command, response).map_err(other)
    }
}

impl CardConnection for Reader {
    fn begin_exclusive(&mut self) -> Result<(), TransportError> {
        Ok(())
    }

    fn end_exclusive(&mut self) -> Result<(), TransportError> {
        Ok(())
    }

    fn atr(&self) -> &[u8] {
        self.0.atr()
    }
}

/// A card whose key in `9C` is counted and under dual control, or wants its PIN always.
fn session(dual: bool) -> CardSession {
    let mut terminal = Terminal::new(SimulatedCard::blank(11).unwrap());
    if dual {
        personalization::perform_dual(&mut terminal).unwrap();
    } else {
        personalization::perform(&mut terminal, usize::MAX).unwrap();
    }
    CardSession::open(Box::new(Reader(terminal.channel))).unwrap()
}

fn pin() -> Pin {
    Pin::new(b"246813").unwrap()
}

fn approver() -> Pin {
    Pin::new(b"654321").unwrap()
}

fn point(card: &mut Exclusive<'_>) -> Vec<u8> {
    card.metadata(SLOT).unwrap().point.unwrap().to_vec()
}

#[test]
fn a_batch_of_any_size_is_signed_with_one_pin_entry_and_stands_in_the_journal() {
    let mut session = session(true);
    let mut card = session.exclusive().unwrap();
    let point = point(&mut card);
    let mut stamped = 1;
    for count in [1, 2, 3, 5, 16, 21] {
        let digests: Vec<[u8; 32]> = (0..count).map(|n| [n ^ count; 32]).collect();
        let batch = Batch::new(&digests).unwrap();
        let approvals = u16::from(count);
        card.approve(&approver(), SLOT, approvals).unwrap();
        card.announce_batch(SLOT, &batch).unwrap();
        assert_eq!(
            card.sign_in_batch(SLOT, &batch, 0),
            Err(CardError::PinRequired)
        );
        card.announce_batch(SLOT, &batch).unwrap();
        card.verify_pin(&pin()).unwrap();
        // From the last to the first: the order of the tree is no order of signing.
        for index in (0..approvals).rev() {
            let signature = card.sign_in_batch(SLOT, &batch, index).unwrap();
            let digest = batch.digest(index).unwrap();
            assert!(signature_is_good(&point, digest, &signature));
        }
        let another = Batch::new(&[[0xEE; 32]]).unwrap();
        card.approve(&approver(), SLOT, 1).unwrap();
        assert_eq!(
            card.sign_in_batch(SLOT, &batch, 0),
            Err(CardError::SignedBefore { index: 0 })
        );
        let foreign = card.sign_in_batch(SLOT, &another, 0);
        assert_eq!(foreign, Err(CardError::NotInBatch { index: 0 }));
        stamped += u32::from(count);
        let journal = card.read_journal(1).unwrap();
        assert!(journal.is_complete() && journal.last() == stamped);
        let newest = journal.entries().last().unwrap();
        assert_eq!(newest.kind, EntryKind::Batch);
        assert_eq!(newest.digest, digests[0]);
        assert!(newest.is_of_key(&point) && !newest.is_of_key(&point[1..]));
    }
}

#[test]
fn the_largest_batch_is_signed_at_its_ends_and_in_its_middle() {
    let mut session = session(true);
    let mut card = session.exclusive().unwrap();
    let point = point(&mut card);
    let digests: Vec<[u8; 32]> = (0..1024_u16)
        .map(|n| [n.to_be_bytes(); 16].concat().try_into().unwrap())
        .collect();
    let batch = Batch::new(&digests).unwrap();
    card.approve(&approver(), SLOT, 1024).unwrap();
    card.announce_batch(SLOT, &batch).unwrap();
    card.verify_pin(&pin()).unwrap();
    for index in [0, 511, 512, 1023] {
        let signature = card.sign_in_batch(SLOT, &batch, index).unwrap();
        assert!(signature_is_good(
            &point,
            batch.digest(index).unwrap(),
            &signature
        ));
    }
    assert_eq!(card.key_policy(SLOT).unwrap().approvals_left, 1020);
}

#[test]
fn what_is_missing_is_named() {
    let mut session = session(true);
    let mut card = session.exclusive().unwrap();
    let none_left = CardError::ApprovalMissing {
        slot: SLOT,
        approvals_left: 0,
    };
    card.verify_pin(&pin()).unwrap();
    assert_eq!(card.sign(SLOT, &[1; 32]), Err(none_left.clone()));
    let batch = Batch::new(&[[1; 32], [2; 32]]).unwrap();
    assert_eq!(card.announce_batch(SLOT, &batch), Err(none_left));
    let policy = |approvals_left| KeyPolicy {
        pin_policy: PinPolicy::Counted,
        dual_control: true,
        approvals_left,
    };
    assert_eq!(
        card.approve(&pin(), SLOT, 2),
        Err(CardError::WrongApproverPin { tries_left: 2 })
    );
    assert_eq!(card.approver_tries(), Ok(Some(2)));
    card.approve(&approver(), SLOT, 2).unwrap();
    assert_eq!(card.key_policy(SLOT), Ok(policy(2)));
    card.verify_pin(&pin()).unwrap();
    card.sign(SLOT, &[1; 32]).unwrap();
    assert_eq!(card.key_policy(SLOT), Ok(policy(1)));
    let slot = Slot::Authentication;
    assert_eq!(
        card.approve(&approver(), slot, 2),
        Err(CardError::NoKey { slot })
    );
    card.change_approver_pin(&approver(), &pin()).unwrap();
    card.approve(&pin(), SLOT, 0).unwrap();
    assert_eq!(card.key_policy(SLOT), Ok(policy(0)));
    let status = card.sello_status().unwrap();
    assert_eq!(status.approver_tries.map(|tries| tries.left), Some(3));
    assert_eq!(status.journal_counter, Some(2));
}

#[test]
fn a_key_of_its_custodian_alone_needs_and_takes_no_approval() {
    let mut session = session(false);
    let mut card = session.exclusive().unwrap();
    assert_eq!(card.approver_tries(), Ok(None));
    assert_eq!(
        card.approve(&approver(), SLOT, 1),
        Err(CardError::NoApprover)
    );
    assert_eq!(
        card.change_approver_pin(&approver(), &pin()),
        Err(CardError::NoApprover)
    );
    let batch = Batch::new(&[[1; 32]]).unwrap();
    assert_eq!(
        card.announce_batch(SLOT, &batch),
        Err(CardError::NotCounted { slot: SLOT })
    );
    card.verify_pin(&pin()).unwrap();
    card.sign(SLOT, &[1; 32]).unwrap();
}

#[test]
fn the_head_proves_the_journal_and_the_pages_are_put_together() {
    let mut terminal = Terminal::new(SimulatedCard::blank(12).unwrap());
    personalization::perform(&mut terminal, usize::MAX).unwrap();
    personalization::open(&mut terminal, personalization::Authority::Own).unwrap();
    let metadata = terminal.secure([0, 0xF7, 0, 0xF9], &[]).unwrap().data;
    let key =
        sello_conformance::terminal::field(&metadata, sello_wire::Tag(0x04), sello_wire::Tag(0x86));
    let key = VerifyingKey::from_sec1_bytes(key.unwrap()).unwrap();
    let mut session = CardSession::open(Box::new(Reader(terminal.channel))).unwrap();
    let mut card = session.exclusive().unwrap();
    for n in 0..120 {
        card.verify_pin(&pin()).unwrap();
        card.sign(SLOT, &[n; 32]).unwrap();
    }
    let journal = card.read_journal(1).unwrap();
    assert_eq!((journal.last(), journal.entries().len()), (121, 121));
    let tail = card.read_journal(100).unwrap();
    assert_eq!(tail.entries(), &journal.entries()[99..]);
    assert!(!tail.is_complete());
    let head = card.attest_journal(b"a nonce").unwrap();
    assert_eq!((head.serial, head.counter), (12, 121));
    assert_eq!(journal.check_head(&head), Ok(()));
    let signature = Signature::from_der(&head.signature).unwrap();
    assert!(key.verify(&head.statement(), &signature).is_ok());
    card.verify_pin(&pin()).unwrap();
    card.sign(SLOT, &[0xFF; 32]).unwrap();
    let later = card.attest_journal(b"a nonce").unwrap();
    assert!(journal.check_head(&later).is_err());
}
