//! Timestamps: requests, answers and tokens.

use sello_cades::timestamp::token::Token;
use sello_cades::timestamp::{TimeStampReq, TimeStampResp, TstInfo};

/// Requests, answers and what tokens say are read to what they are written as.
pub fn run(data: &[u8]) {
    if let Ok(request) = TimeStampReq::from_der(data) {
        assert_eq!(TimeStampReq::from_der(&request.to_der()), Ok(request));
    }
    if let Ok(answer) = TimeStampResp::from_der(data) {
        let again = TimeStampResp::from_der(&answer.to_der()).unwrap();
        assert_eq!(
            (again.status, again.token),
            (answer.status, answer.token.clone())
        );
        if let Some(token) = answer.token {
            run(&token);
        }
    }
    if let Ok(token) = Token::parse(data) {
        let info = token.info().clone();
        let again = TstInfo::from_der(&info.to_der()).unwrap();
        assert_eq!(digits(&again.serial), digits(&info.serial));
        assert_eq!(again.imprint, info.imprint);
        // What the signature says of the rest of the token must not depend on the imprint given.
        assert!(token.check(b"no digest", &[]).is_err());
    }
}

/// A number's digits. A negative one is kept behind a zero, and written as the positive one of its octets.
fn digits(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    &number[zeros..]
}
