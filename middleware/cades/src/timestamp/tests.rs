use super::*;
use time::macros::datetime;

fn imprint() -> MessageImprint {
    MessageImprint {
        algorithm: DigestAlgorithm::Sha256,
        digest: alloc::vec![7; 32],
    }
}

fn policy() -> RawOid {
    RawOid::from_content(&[0x2a, 3, 4]).unwrap()
}

fn info() -> TstInfo {
    TstInfo {
        policy: policy(),
        imprint: imprint(),
        serial: alloc::vec![0x80, 1],
        time: datetime!(2026-11-28 00:00:07 UTC),
        accuracy: Some(Duration::milliseconds(1_250)),
        ordering: true,
        nonce: Some(alloc::vec![0xff, 0]),
    }
}

#[test]
fn what_is_written_is_read_back() {
    for (policy, nonce, certificate) in [
        (None, None, false),
        (Some(policy()), Some(alloc::vec![0x80, 0, 1]), true),
    ] {
        let request = TimeStampReq {
            imprint: imprint(),
            policy,
            nonce,
            certificate,
        };
        assert_eq!(TimeStampReq::from_der(&request.to_der()), Ok(request));
    }
    assert_eq!(TstInfo::from_der(&info().to_der()), Ok(info()));
    let granted = TimeStampResp::granted(alloc::vec![0x30, 0]);
    assert_eq!(TimeStampResp::from_der(&granted.to_der()), Ok(granted));
    for failure in [0, 2, 5, 14, 25] {
        let refused = TimeStampResp::rejected(failure, Some(String::from("no")));
        assert_eq!(TimeStampResp::from_der(&refused.to_der()), Ok(refused));
    }
}

#[test]
fn a_digest_of_another_length_is_refused() {
    let mut wrong = info();
    wrong.imprint.digest.pop();
    let error = TstInfo::from_der(&wrong.to_der()).unwrap_err();
    assert!(matches!(error, Asn1Error::Value { .. }));
}

#[test]
fn a_token_without_grant_and_a_grant_without_token_are_refused() {
    let mut answer = TimeStampResp::rejected(2, None);
    answer.token = Some(alloc::vec![0x30, 0]);
    assert!(TimeStampResp::from_der(&answer.to_der()).is_err());
    let mut answer = TimeStampResp::granted(alloc::vec![0x30, 0]);
    answer.token = None;
    assert!(TimeStampResp::from_der(&answer.to_der()).is_err());
}
