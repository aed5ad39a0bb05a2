//! Command and response APDUs.

use sello_wire::apdu::{Command, EXTENDED_RESPONSE, Response};

/// What is parsed is written again as it was, and no response is misread.
pub fn run(data: &[u8]) {
    if let Ok(command) = Command::parse(data) {
        assert!(command.data.len() <= usize::from(u16::MAX));
        assert!(command.expected <= EXTENDED_RESPONSE);
        let mut buffer = vec![0; command.encoded_length()];
        let encoded = command.encode(&mut buffer).unwrap();
        assert_eq!(encoded, data, "one command has one encoding");
        for room in 0..encoded.len().min(16) {
            let mut short = vec![0; room];
            assert!(command.encode(&mut short).is_err());
        }
    }
    match Response::parse(data) {
        Ok(response) => {
            let [sw1, sw2] = response.status.to_bytes();
            assert_eq!([response.data, &[sw1, sw2]].concat(), data);
        }
        Err(_) => assert!(data.len() < 2),
    }
}
