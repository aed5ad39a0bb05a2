//! What may lie where the PKCS#11 module keeps what it read of a card, one thing after the other.
#![forbid(unsafe_code)]
#![allow(clippy::indexing_slicing, missing_docs)]

use sello_fuzz::cache::{Thing, holds, whole};

/// In a file, all of what stands first is tried, and then one byte of so many.
const FIRST: usize = 64;
const STEP: usize = 23;

fn places() -> impl Iterator<Item = usize> {
    let length = whole(0).len();
    (0..FIRST)
        .chain((FIRST..length).step_by(STEP))
        .chain([length - 1])
}

#[test]
fn whatever_byte_is_wrong_the_card_is_read_and_the_file_whole_again() {
    for place in places() {
        let mut bytes = whole(0).to_vec();
        bytes[place] ^= 1 << (place % 8);
        holds(&Thing::File(bytes));
    }
}

#[test]
fn wherever_the_file_ends_the_card_is_read_and_the_file_whole_again() {
    for place in places() {
        holds(&Thing::File(whole(0)[..place].to_vec()));
    }
    holds(&Thing::File([whole(0), b"\0"].concat()));
}

#[test]
fn another_cards_file_is_not_shown() {
    assert_ne!(whole(0), whole(1));
    holds(&Thing::File(whole(1).to_vec()));
}

#[test]
fn a_file_that_is_whole_is_left() {
    holds(&Thing::File(whole(0).to_vec()));
    holds(&Thing::Nothing);
}

#[test]
fn what_is_no_file_of_the_users_own_is_not_shown() {
    for card in 0..2 {
        let bytes = || whole(card).to_vec();
        for thing in [
            Thing::OpenFile(bytes()),
            Thing::ClosedFile(bytes()),
            Thing::Link(bytes()),
            Thing::DeadLink,
            Thing::Directory,
            Thing::NoDirectory,
        ] {
            holds(&thing);
        }
    }
}
