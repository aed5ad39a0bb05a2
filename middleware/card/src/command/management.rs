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
