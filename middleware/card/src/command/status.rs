//! What the card tells of itself: status, serial number, version.

use sello_wire::life_cycle::flag;
use sello_wire::tag::status as tag;
use sello_wire::{Instruction, LifeCycle, Status, Tag};

use crate::error::CardError;
use crate::exchange::Expect;
use crate::session::Exclusive;
use crate::template::{self, Template};

/// What kind of card this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Tier A: any PIV token. Key and certificate only; it answers no GET STATUS.
    Plain,
    /// Tier B: a Sello card.
    Sello(CardStatus),
}

/// The answer of GET STATUS (`specs/card.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardStatus {
    /// The life cycle.
    pub life_cycle: LifeCycle,
    /// Whether the transport PIN is in force, so that no private key works yet.
    pub transport_pin: bool,
    /// Whether a newly generated key may still give its possession signature.
    pub possession_available: bool,
    /// Tries of the PIN.
    pub pin_tries: Tries,
    /// Tries of the PUK.
    pub puk_tries: Tries,
    /// The card's serial number.
    pub serial: u32,
    /// A counter of all changes of objects and keys; what was read stays true as long as it does not
    /// change.
    pub write_counter: u32,
    /// Version of Sello's card edge: major, minor.
    pub version: [u8; 2],
    /// Whether the approver PIN is still the one from the center's letter, so that nothing can be
    /// approved yet.
    pub approver_transport_pin: bool,
    /// Whether the card is an unpersonalized PIV token: no life cycle, no center.
    pub piv_profile: bool,
    /// Whether the card refuses the PIN over a contactless interface.
    pub contactless_pin_forbidden: bool,
    /// Tries of the approver PIN; `None` when there is none. From card edge 2.0 on.
    pub approver_tries: Option<Tries>,
    /// Signatures the seal keys have given, ever. From card edge 2.0 on.
    pub journal_counter: Option<u32>,
    /// Version number of the secure channel's keys. From card edge 2.0 on.
    pub key_version: Option<u8>,
}

impl CardStatus {
    /// What forbids the use of PINs and keys, if anything does.
    pub(crate) const fn why_not_now(&self) -> Option<CardError> {
        match self.life_cycle {
            life_cycle @ (LifeCycle::Blank | LifeCycle::Personalizing) => {
                Some(CardError::NotPersonalized { life_cycle })
            }
            life_cycle @ (LifeCycle::Blocked | LifeCycle::Terminated) => {
                Some(CardError::OutOfUse { life_cycle })
            }
            LifeCycle::Operational if self.transport_pin => Some(CardError::TransportPinInForce),
            LifeCycle::Operational => None,
        }
    }
}

/// Tries left and in total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// Tries left; 0 means blocked.
    pub left: u8,
    /// Tries after a right entry.
    pub total: u8,
}

impl Exclusive<'_> {
    /// The card's tier and, for a Sello card, its status (GET STATUS).
    ///
    /// # Errors
    /// [`CardError::Malformed`] when a card answers with another form; otherwise what the transport
    /// says.
    pub fn status(&mut self) -> Result<Tier, CardError> {
        let instruction = Instruction::GetStatus;
        let answer = self.send(instruction, [0, 0], &[], Expect::Short)?;
        match answer.status {
            Status::OK => {
                let status = parse(&answer.data).ok_or(CardError::Malformed { instruction })?;
                self.recognize(status.serial);
                Ok(Tier::Sello(status))
            }
            Status::CLASS_NOT_SUPPORTED
            | Status::INSTRUCTION_NOT_SUPPORTED
            | Status::CHANNEL_NOT_SUPPORTED
            | Status::FUNCTION_NOT_SUPPORTED => Ok(Tier::Plain),
            status => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }

    /// The status of a Sello card.
    ///
    /// # Errors
    /// [`CardError::Status`] with `6D00` for a card of another make; otherwise as
    /// [`Exclusive::status`].
    pub fn sello_status(&mut self) -> Result<CardStatus, CardError> {
        match self.status()? {
            Tier::Sello(status) => Ok(status),
            Tier::Plain => Err(CardError::Status {
                instruction: Instruction::GetStatus,
                status: Status::INSTRUCTION_NOT_SUPPORTED,
            }),
        }
    }

    /// The serial number (common extension GET SERIAL); `None` when the card has none. A terminated
    /// Sello card tells it in GET STATUS only.
    ///
    /// # Errors
    /// [`CardError::Malformed`], or what the transport says.
    pub fn serial(&mut self) -> Result<Option<u32>, CardError> {
        let data = match self.optional(Instruction::GetSerial) {
            Err(CardError::Status {
                status: Status::CONDITIONS_NOT_SATISFIED,
                ..
            }) => return self.sello_status().map(|status| Some(status.serial)),
            other => other?,
        };
        let serial = data
            .map(|bytes| array(&bytes, Instruction::GetSerial).map(u32::from_be_bytes))
            .transpose()?;
        if let Some(serial) = serial {
            self.recognize(serial);
        }
        Ok(serial)
    }

    /// The version the card claims (common extension GET VERSION): major, minor, patch; `None` when
    /// the card claims none.
    ///
    /// # Errors
    /// [`CardError::Malformed`], or what the transport says.
    pub fn version(&mut self) -> Result<Option<[u8; 3]>, CardError> {
        let data = self.optional(Instruction::GetVersion)?;
        data.map(|bytes| array(&bytes, Instruction::GetVersion))
            .transpose()
    }

    fn optional(&mut self, instruction: Instruction) -> Result<Option<Vec<u8>>, CardError> {
        let answer = self.send(instruction, [0, 0], &[], Expect::Short)?;
        match answer.status {
            Status::OK => Ok(Some(answer.data)),
            Status::INSTRUCTION_NOT_SUPPORTED | Status::FUNCTION_NOT_SUPPORTED => Ok(None),
            status => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }

    /// The error for `6985` to a command that uses PIN or keys: GET STATUS knows why.
    pub(crate) fn why_not_now(&mut self, instruction: Instruction) -> CardError {
        let plain = CardError::Status {
            instruction,
            status: Status::CONDITIONS_NOT_SATISFIED,
        };
        match self.status() {
            Err(error) => error,
            Ok(Tier::Plain) => plain,
            Ok(Tier::Sello(status)) => status.why_not_now().unwrap_or(plain),
        }
    }
}

fn parse(bytes: &[u8]) -> Option<CardStatus> {
    let fields = template::parse(bytes, Tag::STATUS)?;
    let [life_cycle] = fields.array(tag::LIFE_CYCLE)?;
    let [flags] = fields.array(tag::FLAGS)?;
    Some(CardStatus {
        life_cycle: LifeCycle::from_byte(life_cycle)?,
        transport_pin: flags & flag::TRANSPORT_PIN != 0,
        possession_available: flags & flag::POSSESSION_AVAILABLE != 0,
        pin_tries: tries(&fields, tag::PIN_TRIES)?,
        puk_tries: tries(&fields, tag::PUK_TRIES)?,
        serial: u32::from_be_bytes(fields.array(tag::SERIAL)?),
        write_counter: u32::from_be_bytes(fields.array(tag::WRITE_COUNTER)?),
        version: fields.array(tag::VERSION)?,
        approver_transport_pin: flags & flag::APPROVER_TRANSPORT_PIN != 0,
        piv_profile: flags & flag::PIV_PROFILE != 0,
        contactless_pin_forbidden: flags & flag::CONTACTLESS_PIN_FORBIDDEN != 0,
        // No tries in all: no such PIN.
        approver_tries: tries(&fields, tag::APPROVER_TRIES).filter(|tries| tries.total > 0),
        journal_counter: fields.array(tag::JOURNAL_COUNTER).map(u32::from_be_bytes),
        key_version: fields.array(tag::KEY_VERSION).map(|[version]| version),
    })
}

fn tries(fields: &Template, tag: Tag) -> Option<Tries> {
    fields.array(tag).map(|[left, total]| Tries { left, total })
}

fn array<const N: usize>(bytes: &[u8], instruction: Instruction) -> Result<[u8; N], CardError> {
    bytes
        .try_into()
        .map_err(|_| CardError::Malformed { instruction })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;

    const BODY: &str = "E01E 800107 810101 82020303 83020203 840400BC614E 850400000010 86020100";

    #[test]
    fn a_sello_card_tells_its_status() {
        let script = Script::new().on("80F20000 00", &format!("{BODY} 9000"));
        let status = script.session().exclusive().unwrap().sello_status();
        let tries = |left| Tries { left, total: 3 };
        assert_eq!(
            status,
            Ok(CardStatus {
                life_cycle: LifeCycle::Operational,
                transport_pin: true,
                possession_available: false,
                pin_tries: tries(3),
                puk_tries: tries(2),
                serial: 12_345_678,
                write_counter: 16,
                version: [1, 0],
                approver_transport_pin: false,
                piv_profile: false,
                contactless_pin_forbidden: false,
                approver_tries: None,
                journal_counter: None,
                key_version: None,
            })
        );
    }

    #[test]
    fn a_card_of_edge_2_tells_more() {
        let body = "E02B 800107 81011C 82020303 83020203 840400BC614E 850400000010 86020200 \
                    87020205 880400000102 890101 9000";
        let none = body.replace("87020205", "87020000");
        let script = Script::new()
            .on("80F20000 00", body)
            .on("80F20000 00", &none);
        let mut session = script.session();
        let mut card = session.exclusive().unwrap();
        let status = card.sello_status().unwrap();
        assert!(status.approver_transport_pin && status.piv_profile);
        assert!(status.contactless_pin_forbidden && !status.transport_pin);
        assert_eq!(status.approver_tries, Some(Tries { left: 2, total: 5 }));
        assert_eq!(status.journal_counter, Some(0x0102));
        assert_eq!(status.key_version, Some(1));
        assert_eq!(card.sello_status().unwrap().approver_tries, None);
    }

    #[test]
    fn any_other_piv_token_is_tier_a() {
        for status in ["6E00", "6D00", "6881"] {
            let script = Script::new().on("80F20000 00", status);
            let tier = script.session().exclusive().unwrap().status();
            assert_eq!(tier, Ok(Tier::Plain));
        }
    }

    #[test]
    fn a_status_of_another_form_is_malformed() {
        let unknown_life_cycle = BODY.replace("800107", "800155");
        for body in ["E003800107", "", "E100", &unknown_life_cycle] {
            let script = Script::new().on("80F20000 00", &format!("{body} 9000"));
            let error = script.session().exclusive().unwrap().status().err();
            assert!(matches!(error, Some(CardError::Malformed { .. })), "{body}");
        }
    }

    #[test]
    fn serial_and_version_are_optional() {
        let script = Script::new()
            .on("00F80000 00", "00BC614E 9000")
            .on("00F80000 00", "6D00")
            .on("00F80000 00", "6985")
            .on("80F20000 00", &format!("{BODY} 9000"))
            .on("00FD0000 00", "050200 9000")
            .on("00FD0000 00", "0502 9000");
        let mut session = script.session();
        let mut card = session.exclusive().unwrap();
        assert_eq!(card.serial(), Ok(Some(12_345_678)));
        assert_eq!(card.serial(), Ok(None));
        assert_eq!(card.serial(), Ok(Some(12_345_678)));
        assert_eq!(card.version(), Ok(Some([5, 2, 0])));
        assert!(card.version().is_err());
    }
}
