//! Key policies: GET KEY POLICY.

use sello_wire::tag::policy as tag;
use sello_wire::{Instruction, PinPolicy, Slot, Status, Tag};

use crate::error::CardError;
use crate::exchange::{Answer, Expect};
use crate::session::Exclusive;
use crate::template;

/// What a use of a key demands, as Sello's own instruction tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPolicy {
    /// When the key asks for the PIN. Only a [`PinPolicy::Counted`] key signs batches.
    pub pin_policy: PinPolicy,
    /// Whether each stamping needs the approver's leave.
    pub dual_control: bool,
    /// Stampings the approver has allowed and the key has not made yet.
    pub approvals_left: u16,
}

impl Exclusive<'_> {
    /// What a use of the key in a slot demands (GET KEY POLICY).
    ///
    /// # Errors
    /// [`CardError::NotSupported`] on a card without it, [`CardError::NoKey`],
    /// [`CardError::Malformed`], or what the transport says.
    pub fn key_policy(&mut self, slot: Slot) -> Result<KeyPolicy, CardError> {
        let instruction = Instruction::GetKeyPolicy;
        let answer = self.send_sello(instruction, [0, slot.to_byte()], &[], Expect::Short)?;
        match answer.status {
            Status::OK => parse(&answer.data).ok_or(CardError::Malformed { instruction }),
            Status::REFERENCE_NOT_FOUND => Err(CardError::NoKey { slot }),
            Status::CONDITIONS_NOT_SATISFIED => Err(self.why_not_now(instruction)),
            status => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }

    /// Sends an instruction that only Sello's card edge 2.0 has.
    ///
    /// # Errors
    /// [`CardError::NotSupported`] for every other card; otherwise what the transport says.
    pub(crate) fn send_sello(
        &mut self,
        instruction: Instruction,
        p: [u8; 2],
        data: &[u8],
        expect: Expect,
    ) -> Result<Answer, CardError> {
        let answer = self.send(instruction, p, data, expect)?;
        match answer.status {
            Status::CLASS_NOT_SUPPORTED
            | Status::INSTRUCTION_NOT_SUPPORTED
            | Status::CHANNEL_NOT_SUPPORTED
            | Status::FUNCTION_NOT_SUPPORTED => Err(CardError::NotSupported { instruction }),
            _ => Ok(answer),
        }
    }
}

fn parse(bytes: &[u8]) -> Option<KeyPolicy> {
    let fields = template::parse(bytes, Tag::KEY_POLICY)?;
    let [pin] = fields.array(tag::PIN)?;
    let [dual_control] = fields.array(tag::DUAL_CONTROL)?;
    Some(KeyPolicy {
        pin_policy: PinPolicy::from_byte(pin)?,
        dual_control: match dual_control {
            0 => false,
            1 => true,
            _ => return None,
        },
        approvals_left: u16::from_be_bytes(fields.array(tag::APPROVALS)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;

    const GET: &str = "80E4009C 00";

    fn policy(answer: &str) -> Result<KeyPolicy, CardError> {
        let script = Script::new().on(GET, answer);
        let mut session = script.session();
        session.exclusive().unwrap().key_policy(Slot::Signature)
    }

    #[test]
    fn a_policy_is_read() {
        let counted = KeyPolicy {
            pin_policy: PinPolicy::Counted,
            dual_control: true,
            approvals_left: 300,
        };
        assert_eq!(policy("E50A 800104 810101 8202012C 9000"), Ok(counted));
        let slot = Slot::Signature;
        assert_eq!(policy("6A88"), Err(CardError::NoKey { slot }));
        for answer in [
            "E50A 800109 810101 8202012C 9000",
            "E50A 800104 810102 8202012C 9000",
            "E506 800104 810101 9000",
        ] {
            let malformed = policy(answer);
            assert!(matches!(malformed, Err(CardError::Malformed { .. })));
        }
    }

    #[test]
    fn other_cards_have_no_policies() {
        let instruction = Instruction::GetKeyPolicy;
        for answer in ["6D00", "6E00", "6881"] {
            assert_eq!(policy(answer), Err(CardError::NotSupported { instruction }));
        }
    }
}
