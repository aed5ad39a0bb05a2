//! What a card signs to prove that it holds the private key of the point to be certified.

use sha2::{Digest, Sha256};

/// First bytes of the statement, so that it can be no other message.
const LABEL: &[u8] = b"SELLO-POSSESSION-1";

/// The statement that binds a new key to one application, one card and one run.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// The application's reference number.
    pub application: &'a str,
    /// The card's serial number.
    pub serial: [u8; 4],
    /// The key reference, as `9C`.
    pub slot: u8,
    /// The new public key, an uncompressed point of 65 bytes.
    pub point: &'a [u8],
    /// The center's nonce of this run.
    pub nonce: &'a [u8; 32],
}

impl Statement<'_> {
    /// SHA-256 over label, application, serial, slot, point and nonce: what the card signs. All
    /// parts after the application have fixed lengths, so no two statements read the same.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::new()
            .chain_update(LABEL)
            .chain_update(self.application)
            .chain_update(self.serial)
            .chain_update([self.slot])
            .chain_update(self.point)
            .chain_update(self.nonce)
            .finalize()
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINT: [u8; 65] = [4; 65];
    const STATEMENT: Statement<'_> = Statement {
        application: "A-000001",
        serial: [0, 0, 1, 2],
        slot: 0x9c,
        point: &POINT,
        nonce: &[7; 32],
    };

    #[test]
    fn digest_is_over_the_documented_bytes() {
        let mut bytes = b"SELLO-POSSESSION-1A-000001".to_vec();
        bytes.extend([0, 0, 1, 2, 0x9c]);
        bytes.extend(POINT);
        bytes.extend([7; 32]);
        assert_eq!(STATEMENT.digest(), <[u8; 32]>::from(Sha256::digest(bytes)));
    }

    #[test]
    fn every_part_counts() {
        let other_point = [5; 65];
        let changed = [
            Statement {
                application: "A-000002",
                ..STATEMENT
            },
            Statement {
                serial: [0, 0, 1, 3],
                ..STATEMENT
            },
            Statement {
                slot: 0x82,
                ..STATEMENT
            },
            Statement {
                point: &other_point,
                ..STATEMENT
            },
            Statement {
                nonce: &[8; 32],
                ..STATEMENT
            },
        ];
        for statement in changed {
            assert_ne!(statement.digest(), STATEMENT.digest());
        }
    }
}
