use super::*;
use crate::testing::{Key, NOW, Template};
use crate::timestamp::{MessageImprint, TimeStampReq};
use sello_profile::oid::RawOid;

fn authority() -> Vec<u8> {
    Template::end("Time", "Root").der(&Key::new(5), &Key::new(1))
}

fn info() -> TstInfo {
    TstInfo {
        policy: RawOid::from_content(&[0x2a, 3, 4]).unwrap(),
        imprint: MessageImprint {
            algorithm: DigestAlgorithm::Sha256,
            digest: DigestAlgorithm::Sha256.digest(b"signature"),
        },
        serial: alloc::vec![9],
        time: NOW,
        accuracy: None,
        ordering: false,
        nonce: Some(alloc::vec![1, 2]),
    }
}

fn made(issuers: Option<&[Vec<u8>]>) -> Vec<u8> {
    let draft = TokenDraft::new(&info(), &authority()).unwrap();
    let signature = Key::new(5).sign_digest(&draft.digest());
    draft.finish(&signature, issuers).unwrap()
}

#[test]
fn a_token_proves_what_it_stamps_and_nothing_else() {
    let mut bytes = made(Some(&[]));
    bytes.extend([0; 50]);
    let token = Token::parse(&bytes).unwrap();
    let certificate = token.check(&info().imprint.digest, &[]).unwrap();
    assert_eq!(certificate.as_der(), authority());
    assert_eq!(token.info(), &info());
    assert_eq!(token.check(&[0; 32], &[]), Err(TokenError::ImprintMismatch));
}

#[test]
fn without_its_certificate_a_token_needs_one_from_elsewhere() {
    let token = Token::parse(&made(None)).unwrap();
    let missing = TokenError::Cms(CmsError::NoSignerCertificate);
    assert_eq!(token.check(&info().imprint.digest, &[]), Err(missing));
    let elsewhere = [Certificate::from_der(&authority()).unwrap()];
    assert!(token.check(&info().imprint.digest, &elsewhere).is_ok());
}

#[test]
fn a_token_answers_its_own_request_only() {
    let token = Token::parse(&made(Some(&[]))).unwrap();
    let mut request = TimeStampReq {
        imprint: info().imprint,
        policy: None,
        nonce: info().nonce,
        certificate: true,
    };
    assert_eq!(token.answers(&request), Ok(()));
    request.nonce = Some(alloc::vec![1, 3]);
    assert_eq!(token.answers(&request), Err(TokenError::NonceMismatch));
    request.imprint.digest = alloc::vec![0; 32];
    assert_eq!(token.answers(&request), Err(TokenError::ImprintMismatch));
}

#[test]
fn no_changed_byte_of_a_token_is_accepted() {
    let made = made(Some(&[]));
    for at in 0..made.len() {
        let mut changed = made.clone();
        changed[at] ^= 1;
        let Ok(token) = Token::parse(&changed) else {
            continue;
        };
        if token.check(&info().imprint.digest, &[]).is_ok() {
            // Only what is not used, such as the set of digest algorithms.
            assert_eq!(token.info(), &info(), "byte {at}");
        }
    }
}
