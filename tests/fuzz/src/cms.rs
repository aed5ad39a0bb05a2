//! Signatures of whoever sends them.

use sello_cades::validation::{Digests, algorithms, validate};
use sello_cades::{Evidence, Indication, SignedData};

use crate::nobody::nobody;

/// A signature of any form is read or refused, and none is valid where nobody is trusted.
pub fn run(data: &[u8]) {
    let strict = SignedData::parse(data);
    let Ok(read) = SignedData::parse_any(data) else {
        assert!(
            strict.is_err(),
            "the strict reader takes no more than the lenient one"
        );
        return;
    };
    if strict.is_ok() {
        assert_eq!(read.signers().len(), 1);
        assert!(read.content().is_none());
    }
    let content = read.content().unwrap_or_default();
    let digests: Digests = algorithms(&read)
        .into_iter()
        .map(|algorithm| (algorithm, algorithm.digest(content)))
        .collect();
    let verdicts = nobody(|trust| validate(&read, &digests, &Evidence::default(), trust));
    assert_eq!(
        verdicts.len(),
        read.signers().len(),
        "every signer is judged"
    );
    for verdict in verdicts {
        assert_ne!(verdict.indication(), Indication::TotalPassed);
        assert_eq!(verdict.proven_time, None, "no authority is trusted");
    }
}
