//! The dialogues that are measured: a center opens its channel; keys are made and sign.

use sello_applet::{Applet, Failure, Interface, Profile, manufacture};
use sello_wire::key::{
    Algorithm, Curve, FACTORY_MANAGEMENT_KEY, LARGEST_SIGNATURE, LONGEST_POINT, LONGEST_SCALAR,
};

use crate::channel;
use crate::chip::Chip;
use crate::table::{Reader, Refused, Table, copy};

/// The card's serial number.
const SERIAL: u32 = 1;
/// What the card signs, or as much of it as fits the curve: it has to look like a digest to nobody.
const DIGEST: [u8; LONGEST_SCALAR] = [0x5A; LONGEST_SCALAR];

/// The factory's PIN, padded.
const PIN: [u8; 8] = *b"123456\xFF\xFF";
/// Begins an external authentication with the management key (SP 800-73-5 part 2, appendix A.1).
const ASK_CHALLENGE: [u8; 4] = [0x7C, 0x02, 0x81, 0x00];

/// What the card made, to be verified by somebody else.
pub struct Signed {
    /// The curve of the key.
    pub curve: Curve,
    point: [u8; LONGEST_POINT],
    signature: [u8; LARGEST_SIGNATURE],
    length: usize,
}

impl Signed {
    /// The public key, uncompressed (SEC 1, 2.3.3).
    #[must_use]
    pub fn point(&self) -> &[u8] {
        let length = self.curve.point_length();
        self.point.get(..length).unwrap_or_default()
    }

    /// What was signed.
    #[must_use]
    pub fn digest(&self) -> &[u8] {
        digest(self.curve)
    }

    /// The signature as it came: Ecdsa-Sig-Value in DER (RFC 3279, 2.2.3).
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.signature.get(..self.length).unwrap_or_default()
    }
}

/// Makes a new card of this profile out of whatever was there, and powers it on.
///
/// # Errors
/// Those of [`manufacture`] and [`Applet::power_on`].
pub fn renew(applet: &mut Applet<Chip>, profile: Profile) -> Result<(), Failure> {
    applet.platform_mut().clear();
    manufacture(applet.platform_mut(), SERIAL, profile)?;
    applet.power_on(Interface::Contact)
}

/// Plays what a center begins with on a blank seal card: it opens the channel and asks for the status.
///
/// # Errors
/// The first command that the card refuses.
pub fn play_center(reader: &mut impl Reader) -> Result<(), Refused> {
    let mut table = Table::select(reader)?;
    channel::play(&mut table)
}

/// Plays signatures on a PIV card: a new key of each curve signs, and `signed` gets what came of it.
///
/// # Errors
/// The first command that the card refuses.
pub fn play_signatures(
    reader: &mut impl Reader,
    curves: &[Curve],
    mut signed: impl FnMut(&Signed),
) -> Result<(), Refused> {
    let mut table = Table::select(reader)?;
    table.authenticate()?;
    for curve in curves {
        signed(&table.sign(*curve)?);
    }
    Ok(())
}

impl<R: Reader> Table<'_, R> {
    /// Makes a key and has it sign.
    fn sign(&mut self, curve: Curve) -> Result<Signed, Refused> {
        let [generate, sign] = match curve {
            Curve::P256 => ["GENERATE P-256", "sign P-256"],
            Curve::P384 => ["GENERATE P-384", "sign P-384"],
        };
        let mut made = Signed {
            curve,
            point: [0; LONGEST_POINT],
            signature: [0; LARGEST_SIGNATURE],
            length: 0,
        };
        let algorithm = curve.algorithm().to_byte();
        let control = [0xAC, 0x03, 0x80, 0x01, algorithm];
        let answer = self.say(generate, [0x00, 0x47, 0x00, 0x9C], &control)?;
        // 7F49 L 86 L point
        copy(&mut made.point, answer.get(5..));
        self.say("VERIFY", [0x00, 0x20, 0x00, 0x80], &PIN)?;
        let (question, length) = question(digest(curve));
        let question = question.get(..length).unwrap_or_default();
        let answer = self.say(sign, [0x00, 0x87, algorithm, 0x9C], question)?;
        // 7C L 82 L signature
        made.length = copy(&mut made.signature, answer.get(4..));
        Ok(made)
    }

    /// Proves the factory management key.
    fn authenticate(&mut self) -> Result<(), Refused> {
        const HEADER: [u8; 4] = [0x00, 0x87, 0x0A, 0x9B];
        let answer = self.say("GENERAL AUTHENTICATE (challenge)", HEADER, &ASK_CHALLENGE)?;
        // 7C 12 81 10 challenge
        let mut block = [0; 16];
        copy(&mut block, answer.get(4..));
        let encrypted =
            sello_crypto::encrypt_block(Algorithm::Aes192, &FACTORY_MANAGEMENT_KEY, &mut block);
        encrypted.map_err(|_| Refused {
            name: "AES",
            status: 0,
        })?;
        let mut proof = [0; 20];
        copy(&mut proof, Some(&[0x7C, 0x12, 0x82, 0x10]));
        copy(proof.get_mut(4..).unwrap_or_default(), Some(&block));
        self.say("GENERAL AUTHENTICATE (response)", HEADER, &proof)
            .map(drop)
    }
}

fn digest(curve: Curve) -> &'static [u8] {
    DIGEST.get(..curve.scalar_length()).unwrap_or_default()
}

/// The dynamic authentication template that asks for a signature, and its length.
fn question(digest: &[u8]) -> ([u8; 6 + LONGEST_SCALAR], usize) {
    let mut template = [0; 6 + LONGEST_SCALAR];
    let length = u8::try_from(digest.len()).unwrap_or_default();
    let head = [0x7C, 4 + length, 0x82, 0x00, 0x81, length];
    let parts = head.iter().chain(digest);
    let pairs = template.iter_mut().zip(parts);
    let used = pairs.map(|(to, from)| *to = *from).count();
    (template, used)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::boxed::Box;

    use p256::ecdsa::signature::hazmat::PrehashVerifier;
    use p256::ecdsa::{Signature, VerifyingKey};

    use super::*;

    impl Reader for Applet<Chip> {
        fn transmit(&mut self, _: &'static str, command: &[u8], response: &mut [u8]) -> usize {
            self.process(command, response)
        }
    }

    fn card(profile: Profile) -> Applet<Chip> {
        let mut applet = Applet::new(Chip::new(Box::leak(Box::default())));
        renew(&mut applet, profile).unwrap();
        applet
    }

    #[test]
    fn the_signature_is_valid() {
        let mut card = card(Profile::Piv);
        let mut valid = 0;
        let played = play_signatures(&mut card, &[Curve::P256], |signed| {
            let key = VerifyingKey::from_sec1_bytes(signed.point()).unwrap();
            let signature = Signature::from_der(signed.signature()).unwrap();
            assert!(key.verify_prehash(signed.digest(), &signature).is_ok());
            valid += 1;
        });
        assert_eq!((played, valid), (Ok(()), 1));
    }

    #[test]
    fn the_channel_opens_on_a_blank_card_and_on_the_next() {
        let mut card = card(Profile::Seal);
        assert_eq!(play_center(&mut card), Ok(()));
        renew(&mut card, Profile::Seal).unwrap();
        assert_eq!(play_center(&mut card), Ok(()));
    }

    #[test]
    fn a_refusal_ends_the_play() {
        struct Silent;
        impl Reader for Silent {
            fn transmit(&mut self, _: &'static str, _: &[u8], response: &mut [u8]) -> usize {
                copy(response, Some(&[0x6A, 0x82]))
            }
        }
        let refused = Refused {
            name: "SELECT",
            status: 0x6A82,
        };
        assert_eq!(play_center(&mut Silent), Err(refused));
    }
}
