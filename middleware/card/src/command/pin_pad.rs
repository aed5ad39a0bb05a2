//! PIN entry on the reader's own keypad (PC/SC part 10, revision 2.02.09): the PIN never comes to this
//! computer.

use sello_wire::pin::{LENGTH, PADDING, PinReference};
use sello_wire::{Instruction, Response, Status};
use thiserror::Error;

use crate::error::CardError;
use crate::reader::Control;
use crate::session::{CardSession, Exclusive};

/// `FEATURE_VERIFY_PIN_DIRECT` (2.3).
const FEATURE_VERIFY_PIN_DIRECT: u8 = 0x06;
/// `FEATURE_MODIFY_PIN_DIRECT` (2.3).
const FEATURE_MODIFY_PIN_DIRECT: u8 = 0x07;
/// `bmFormatString` (2.5.2): the PIN begins at the first byte after Lc, left-justified, ASCII.
const FORMAT: u8 = 0x82;
/// `bmPINBlockString`: no length before the PIN, a block of 8 bytes.
const BLOCK: u8 = 0x08;
/// `wPINMaxExtraDigit`: fewest digits, most digits.
const DIGITS: u16 = 0x0608;
/// `bEntryValidationCondition`: the validation key was pressed.
const VALIDATION_KEY: u8 = 0x02;
/// `wLangId`: English; the texts are the reader's own.
const LANGUAGE: u16 = 0x0409;
/// `bConfirmPIN`: the present PIN is asked for, and the new one twice.
const OLD_AND_NEW_TWICE: u8 = 0x03;

/// What a reader's keypad can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PinPad {
    verify: Option<u32>,
    modify: Option<u32>,
}

impl PinPad {
    /// Whether a PIN can be presented on it.
    #[must_use]
    pub const fn verifies(&self) -> bool {
        self.verify.is_some()
    }

    /// Whether the PIN can be changed on it.
    #[must_use]
    pub const fn modifies(&self) -> bool {
        self.modify.is_some()
    }

    /// The features as the reader lists them (2.2): tag, length 4, control code in network order.
    fn parse(list: &[u8]) -> Self {
        let mut pad = Self::default();
        for entry in list.as_chunks::<6>().0 {
            let [tag, 4, code @ ..] = *entry else {
                break;
            };
            let code = Some(u32::from_be_bytes(code));
            match tag {
                FEATURE_VERIFY_PIN_DIRECT => pad.verify = code,
                FEATURE_MODIFY_PIN_DIRECT => pad.modify = code,
                _ => {}
            }
        }
        pad
    }
}

/// Why a keypad sent no PIN to the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PadRefusal {
    /// The person pressed the cancel key.
    #[error("cancelled")]
    Cancelled,
    /// The person pressed nothing for too long.
    #[error("nothing was entered in time")]
    TimedOut,
    /// The new PIN was not the same both times.
    #[error("the new PIN was not the same both times")]
    NotRepeated,
    /// Too few or too many digits.
    #[error("too few or too many digits")]
    Length,
}

impl CardSession {
    /// The reader's keypad. Nothing is sent to the card; a reader that takes no commands has none.
    pub fn pin_pad(&mut self) -> PinPad {
        let features = self.control(Control::GetFeatureRequest, &[]);
        PinPad::parse(&features.unwrap_or_default())
    }
}

impl Exclusive<'_> {
    /// Verifies a PIN that is entered on the reader's keypad; returns once it was.
    ///
    /// # Errors
    /// [`CardError::NoPinPad`], [`CardError::PinPad`], or as [`Exclusive::verify_pin`].
    pub fn verify_pin_on_pad(&mut self, pad: PinPad) -> Result<(), CardError> {
        let code = pad.verify.ok_or(CardError::NoPinPad)?;
        let instruction = Instruction::Verify;
        let mut structure = vec![0, 0, FORMAT, BLOCK, 0];
        structure.extend(DIGITS.to_ne_bytes());
        structure.extend([VALIDATION_KEY, 1]);
        structure.extend(LANGUAGE.to_ne_bytes());
        structure.extend([0, 0, 0, 0]);
        frame(&mut structure, instruction, &[PADDING; LENGTH]);
        self.on_pad(code, instruction, &structure)
    }

    /// Changes the PIN on the reader's keypad: the present one, and the new one twice.
    ///
    /// # Errors
    /// [`CardError::NoPinPad`], [`CardError::PinPad`], or as [`Exclusive::change_pin`].
    pub fn change_pin_on_pad(&mut self, pad: PinPad) -> Result<(), CardError> {
        let code = pad.modify.ok_or(CardError::NoPinPad)?;
        let instruction = Instruction::ChangeReferenceData;
        // The offsets count from the first byte after Lc.
        let mut structure = vec![0, 0, FORMAT, BLOCK, 0, 0, BLOCK];
        structure.extend(DIGITS.to_ne_bytes());
        structure.extend([OLD_AND_NEW_TWICE, VALIDATION_KEY, 3]);
        structure.extend(LANGUAGE.to_ne_bytes());
        structure.extend([0, 1, 2, 0, 0, 0]);
        frame(&mut structure, instruction, &[PADDING; 2 * LENGTH]);
        self.on_pad(code, instruction, &structure)
    }

    fn on_pad(
        &mut self,
        code: u32,
        instruction: Instruction,
        structure: &[u8],
    ) -> Result<(), CardError> {
        let answer = self.control(Control::Code(code), structure)?;
        let answer = Response::parse(&answer).map_err(|_| CardError::Malformed { instruction })?;
        // 2.5.2, table 5; no PIV card answers a PIN command with these.
        match answer.status {
            Status(0x6400) => Err(CardError::PinPad(PadRefusal::TimedOut)),
            Status(0x6401) => Err(CardError::PinPad(PadRefusal::Cancelled)),
            Status(0x6402) => Err(CardError::PinPad(PadRefusal::NotRepeated)),
            Status(0x6403) => Err(CardError::PinPad(PadRefusal::Length)),
            status => self.judge(instruction, PinReference::Pin, status),
        }
    }
}

/// The command that the reader puts the PIN into, with its length before it.
fn frame(structure: &mut Vec<u8>, instruction: Instruction, data: &[u8]) {
    let p2 = PinReference::Pin.to_byte();
    let length = u8::try_from(data.len()).unwrap_or_default();
    let header = [instruction.cla(), instruction.ins(), 0, p2, length];
    structure.extend((u32::from(length) + 5).to_ne_bytes());
    structure.extend(header);
    structure.extend(data);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;

    const FEATURES: &str = "0604 42330006 0704 42330007 1204 42330012";
    const VERIFY: &str = "0000820800 0806 02 01 0904 00 000000 0D000000 \
                          00200080 08 FFFFFFFFFFFFFFFF";
    const CHANGE: &str = "0000820800 0008 0806 03 02 03 0904 00 01 02 000000 15000000 \
                          00240080 10 FFFFFFFFFFFFFFFF FFFFFFFFFFFFFFFF";

    fn pad(script: &Script) -> (CardSession, PinPad) {
        let mut session = script.session();
        let pad = session.pin_pad();
        (session, pad)
    }

    #[test]
    fn the_keypad_takes_as_many_digits_as_a_pin_has() {
        let digits = (sello_wire::pin::SHORTEST_PIN << 8) | LENGTH;
        assert_eq!(usize::from(DIGITS), digits);
    }

    #[test]
    fn a_reader_without_keypad_offers_none() {
        for features in ["", "06", "0602 4233", "1204 42330012"] {
            let (_, pad) = pad(&Script::new().controls("", features));
            assert!(!pad.verifies() && !pad.modifies(), "{features}");
        }
        let (mut session, pad) = pad(&Script::new());
        let mut card = session.exclusive().unwrap();
        assert_eq!(card.verify_pin_on_pad(pad), Err(CardError::NoPinPad));
        assert_eq!(card.change_pin_on_pad(pad), Err(CardError::NoPinPad));
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn the_keypad_gets_the_frame_of_a_command_and_the_card_judges() {
        let script = Script::new()
            .controls("", FEATURES)
            .controls(VERIFY, "9000")
            .controls(VERIFY, "63C2")
            .controls(CHANGE, "9000")
            .controls(CHANGE, "6983");
        let (mut session, pad) = pad(&script);
        assert!(pad.verifies() && pad.modifies());
        let mut card = session.exclusive().unwrap();
        let wrong = Err(CardError::WrongPin { tries_left: 2 });
        assert_eq!(card.verify_pin_on_pad(pad), Ok(()));
        assert_eq!(card.verify_pin_on_pad(pad), wrong);
        assert_eq!(card.change_pin_on_pad(pad), Ok(()));
        assert_eq!(card.change_pin_on_pad(pad), Err(CardError::PinBlocked));
        drop(card);
        script.done();
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn what_the_person_did_is_told_apart() {
        for (answer, refusal) in [
            ("6400", PadRefusal::TimedOut),
            ("6401", PadRefusal::Cancelled),
            ("6402", PadRefusal::NotRepeated),
            ("6403", PadRefusal::Length),
        ] {
            let script = Script::new()
                .controls("", FEATURES)
                .controls(VERIFY, answer);
            let (mut session, pad) = pad(&script);
            let verified = session.exclusive().unwrap().verify_pin_on_pad(pad);
            assert_eq!(verified, Err(CardError::PinPad(refusal)));
        }
        let script = Script::new().controls("", FEATURES).controls(VERIFY, "90");
        let (mut session, pad) = pad(&script);
        let verified = session.exclusive().unwrap().verify_pin_on_pad(pad);
        assert!(matches!(verified, Err(CardError::Malformed { .. })));
    }
}
