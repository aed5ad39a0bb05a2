//! The center's timestamp authority: made once, every token checked and in the log.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    dead_code,
    unreachable_pub,
    missing_docs
)]

mod common;

use std::collections::HashSet;

use common::World;
use sello_cades::DigestAlgorithm;
use sello_cades::timestamp::token::Token;
use sello_cades::timestamp::{MessageImprint, TimeStampReq, TimeStampResp};

fn request(nonce: u8) -> TimeStampReq {
    TimeStampReq {
        imprint: MessageImprint {
            algorithm: DigestAlgorithm::Sha256,
            digest: vec![nonce; 32],
        },
        policy: None,
        nonce: Some(vec![nonce]),
        certificate: true,
    }
}

#[test]
fn tokens_hold_and_their_numbers_never_come_twice() {
    let mut world = World::new();
    let authority = world.center.timestamp_authority(&world.ana).unwrap();
    let again = world.center.timestamp_authority(&world.ana).unwrap();
    assert_eq!(authority.certificate(), again.certificate());
    let mut numbers = HashSet::new();
    for nonce in 1..20 {
        let request = request(nonce);
        let answer = world.center.timestamp(&authority, &request.to_der());
        let token = TimeStampResp::from_der(&answer).unwrap().token.unwrap();
        let token = Token::parse(&token).unwrap();
        token.answers(&request).unwrap();
        token.check(&[nonce; 32], &[]).unwrap();
        assert!(numbers.insert(token.info().serial.clone()));
    }
    world.center.verify_audit().unwrap();
}

#[test]
fn what_nobody_should_rely_on_is_refused_in_the_words_of_the_standard() {
    let mut world = World::new();
    let authority = world.center.timestamp_authority(&world.ana).unwrap();
    let mut weak = request(1);
    weak.imprint.algorithm = DigestAlgorithm::Sha1;
    weak.imprint.digest = vec![1; 20];
    for (bytes, failure) in [(weak.to_der(), 0), (b"no request".to_vec(), 5)] {
        let answer = world.center.timestamp(&authority, &bytes);
        let answer = TimeStampResp::from_der(&answer).unwrap();
        assert_eq!(answer.failure, Some(failure));
        assert!(answer.token.is_none());
    }
}
