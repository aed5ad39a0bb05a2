//! The management key and the life cycle: what only the center does.

use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use sello_wire::key::MANAGEMENT_KEY;
use sello_wire::{Algorithm, Instruction, LifeCycle, Status, Tag};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::error::CardError;
use crate::exchange::{Answer, Expect};
use crate::secret::ManagementKey;
use crate::session::Exclusive;
use crate::template;

/// Length of an AES block, and so of witness and challenge, in bytes.
const BLOCK: usize = 16;

impl Exclusive<'_> {
    /// Authenticates with the management key, both ways (SP 800-73-5 part 2, appendix A.1): the card
    /// shows that it knows the key, too.
    ///
    /// # Errors
    /// [`CardError::WrongManagementKey`], [`CardError::NoRandom`], [`CardError::Malformed`], or what
    /// the transport says.
    pub fn authenticate_management(&mut self, key: &ManagementKey) -> Result<(), CardError> {
        let encrypted = self.mutual(key, &[(Tag::WITNESS, &[])], Tag::WITNESS)?;
        let mut witness = Zeroizing::new(encrypted);
        cipher(key, &mut witness, Direction::Decrypt)?;

        let mut challenge = Zeroizing::new([0; BLOCK]);
        getrandom::fill(&mut challenge[..]).map_err(|_| CardError::NoRandom)?;
        let proof = self.mutual(
            key,
            &[
                (Tag::WITNESS, &witness[..]),
                (Tag::CHALLENGE, &challenge[..]),
            ],
            Tag::RESPONSE,
        )?;
        cipher(key, &mut challenge, Direction::Encrypt)?;
        if bool::from(proof.ct_eq(&challenge[..])) {
            Ok(())
        } else {
            Err(CardError::WrongManagementKey)
        }
    }

    /// Sets a new management key (common extension). Needs the old one.
    ///
    /// # Errors
    /// [`CardError::ManagementKeyRequired`], [`CardError::Status`], or what the transport says.
    pub fn set_management_key(&mut self, key: &ManagementKey) -> Result<(), CardError> {
        let instruction = Instruction::SetManagementKey;
        let length =
            u8::try_from(key.bytes().len()).map_err(|_| CardError::Malformed { instruction })?;
        let mut data = Zeroizing::new(Vec::with_capacity(3 + key.bytes().len()));
        data.extend_from_slice(&[key.algorithm().to_byte(), MANAGEMENT_KEY, length]);
        data.extend_from_slice(key.bytes());
        let answer = self.send(instruction, [0xFF, 0xFF], &data, Expect::Nothing)?;
        done(instruction, &answer)
    }

    /// Moves the card to another state of its life cycle. Needs the management key.
    ///
    /// # Errors
    /// [`CardError::ManagementKeyRequired`]; [`CardError::Status`] with `6985` for a transition that
    /// is not allowed; or what the transport says.
    pub fn set_status(&mut self, target: LifeCycle) -> Result<(), CardError> {
        let instruction = Instruction::SetStatus;
        let answer = self.send(instruction, [target.to_byte(), 0], &[], Expect::Nothing)?;
        done(instruction, &answer)
    }

    /// One step of the mutual authentication; the answer holds one block.
    fn mutual(
        &mut self,
        key: &ManagementKey,
        fields: &[(Tag, &[u8])],
        wanted: Tag,
    ) -> Result<[u8; BLOCK], CardError> {
        let instruction = Instruction::GeneralAuthenticate;
        let malformed = || CardError::Malformed { instruction };
        let data = template::build(Tag::DYNAMIC_AUTHENTICATION, fields).ok_or_else(malformed)?;
        let data = Zeroizing::new(data);
        let p = [key.algorithm().to_byte(), MANAGEMENT_KEY];
        let answer = self.send(instruction, p, &data, Expect::Short)?;
        match answer.status {
            Status::OK => template::value(&answer.data, Tag::DYNAMIC_AUTHENTICATION, wanted)
                .and_then(|block| block.try_into().ok())
                .ok_or_else(malformed),
            // 6A86 and 6A80: the card's key is of another algorithm.
            Status::SECURITY_STATUS_NOT_SATISFIED
            | Status::INCORRECT_P1_P2
            | Status::INCORRECT_DATA => Err(CardError::WrongManagementKey),
            status => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }
}

fn done(instruction: Instruction, answer: &Answer) -> Result<(), CardError> {
    match answer.status {
        Status::OK => Ok(()),
        Status::SECURITY_STATUS_NOT_SATISFIED => Err(CardError::ManagementKeyRequired),
        status => Err(CardError::Status {
            instruction,
            status,
        }),
    }
}

/// What to do with one block.
#[derive(Clone, Copy)]
enum Direction {
    Encrypt,
    Decrypt,
}

fn cipher(
    key: &ManagementKey,
    block: &mut [u8; BLOCK],
    direction: Direction,
) -> Result<(), CardError> {
    match key.algorithm() {
        Algorithm::Aes128 => apply::<Aes128>(key.bytes(), block, direction),
        Algorithm::Aes192 => apply::<Aes192>(key.bytes(), block, direction),
        Algorithm::Aes256 => apply::<Aes256>(key.bytes(), block, direction),
        _ => None,
    }
    .ok_or(CardError::WrongManagementKey)
}

/// `None` for a key of the wrong length.
fn apply<C>(key: &[u8], block: &mut [u8; BLOCK], direction: Direction) -> Option<()>
where
    C: KeyInit + BlockCipherEncrypt + BlockCipherDecrypt,
    for<'a> &'a mut Array<u8, C::BlockSize>: TryFrom<&'a mut [u8]>,
{
    let cipher = C::new_from_slice(key).ok()?;
    let block = <&mut Array<u8, C::BlockSize>>::try_from(&mut block[..]).ok()?;
    match direction {
        Direction::Encrypt => cipher.encrypt_block(block),
        Direction::Decrypt => cipher.decrypt_block(block),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use sello_wire::{Channel, aid, tlv};

    use super::*;
    use crate::error::TransportError;
    use crate::reader::CardConnection;
    use crate::script::{SELECTED, Script};
    use crate::session::CardSession;

    /// The card's half of the mutual authentication: knows one key, gives a fixed witness.
    struct Card {
        key: ManagementKey,
        honest: bool,
        authenticated: Arc<Mutex<bool>>,
    }

    impl Card {
        fn answer(&self, command: &[u8]) -> Vec<u8> {
            let command = sello_wire::Command::parse(command).unwrap();
            if command.ins == Instruction::Select.ins() {
                return hex::decode(SELECTED.replace(' ', "")).unwrap();
            }
            if command.p1 != self.key.algorithm().to_byte() {
                return vec![0x6A, 0x86];
            }
            let fields = tlv::find(command.data, Tag::DYNAMIC_AUTHENTICATION)
                .unwrap()
                .unwrap();
            let witness = tlv::find(fields, Tag::WITNESS).unwrap().unwrap();
            let mut block = [0x5A; BLOCK];
            let tag = if witness.is_empty() {
                Tag::WITNESS
            } else if witness == block {
                let challenge = tlv::find(fields, Tag::CHALLENGE).unwrap().unwrap();
                block.copy_from_slice(challenge);
                *self.authenticated.lock().unwrap() = true;
                Tag::RESPONSE
            } else {
                return vec![0x69, 0x82];
            };
            if self.honest || tag == Tag::WITNESS {
                cipher(&self.key, &mut block, Direction::Encrypt).unwrap();
            }
            let mut answer =
                template::build(Tag::DYNAMIC_AUTHENTICATION, &[(tag, &block)]).unwrap();
            answer.extend([0x90, 0x00]);
            answer
        }
    }

    impl Channel for Card {
        type Error = TransportError;

        fn transmit<'r>(
            &mut self,
            command: &[u8],
            response: &'r mut [u8],
        ) -> Result<&'r [u8], TransportError> {
            let answer = self.answer(command);
            response[..answer.len()].copy_from_slice(&answer);
            Ok(&response[..answer.len()])
        }
    }

    impl CardConnection for Card {
        fn begin_exclusive(&mut self) -> Result<(), TransportError> {
            Ok(())
        }

        fn end_exclusive(&mut self) -> Result<(), TransportError> {
            Ok(())
        }

        fn atr(&self) -> &[u8] {
            &aid::ATR
        }
    }

    /// The outcome, and whether the card was convinced.
    fn meet(card: ManagementKey, host: &ManagementKey, honest: bool) -> (Option<CardError>, bool) {
        let authenticated = Arc::new(Mutex::new(false));
        let card = Card {
            key: card,
            honest,
            authenticated: Arc::clone(&authenticated),
        };
        let mut session = CardSession::open(Box::new(card)).unwrap();
        let outcome = session.exclusive().unwrap().authenticate_management(host);
        let convinced = *authenticated.lock().unwrap();
        (outcome.err(), convinced)
    }

    #[test]
    fn both_sides_prove_the_key_for_every_aes() {
        for length in [16, 24, 32] {
            let key = || ManagementKey::new(&vec![9; length]).unwrap();
            assert_eq!(meet(key(), &key(), true), (None, true));
        }
    }

    #[test]
    fn another_key_or_another_algorithm_fails() {
        let wrong = Some(CardError::WrongManagementKey);
        let other = ManagementKey::new(&[9; 24]).unwrap();
        assert_eq!(
            meet(ManagementKey::factory(), &other, true),
            (wrong.clone(), false)
        );
        let longer = ManagementKey::new(&[9; 32]).unwrap();
        assert_eq!(
            meet(ManagementKey::factory(), &longer, true),
            (wrong, false)
        );
    }

    #[test]
    fn a_card_that_only_repeats_the_challenge_is_found_out() {
        let (error, _) = meet(ManagementKey::factory(), &ManagementKey::factory(), false);
        assert_eq!(error, Some(CardError::WrongManagementKey));
    }

    #[test]
    fn key_and_life_cycle_are_set() {
        let key = "0B".repeat(32);
        let script = Script::new()
            .on(&format!("00FFFFFF 23 0C9B20 {key}"), "9000")
            .on("80F00300", "9000")
            .on("80F00700", "6985")
            .on("80F00700", "6982");
        let mut session = script.session();
        let mut card = session.exclusive().unwrap();
        let key = ManagementKey::new(&[0x0B; 32]).unwrap();
        assert_eq!(card.set_management_key(&key), Ok(()));
        assert_eq!(card.set_status(LifeCycle::Personalizing), Ok(()));
        let instruction = Instruction::SetStatus;
        assert_eq!(
            card.set_status(LifeCycle::Operational),
            Err(CardError::Status {
                instruction,
                status: Status::CONDITIONS_NOT_SATISFIED
            })
        );
        assert_eq!(
            card.set_status(LifeCycle::Operational),
            Err(CardError::ManagementKeyRequired)
        );
    }
}
