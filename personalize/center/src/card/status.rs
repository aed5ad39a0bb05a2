//! What a card says of itself.

use sello_issuing::station::{CardFault, LifeCycle};
use sello_wire::life_cycle::flag;
use sello_wire::{Instruction, LifeCycle as WireLifeCycle, Slot, Status, Tag, tag, tlv};

use super::{Card, Plain, malformed, refused};

/// A card as it is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Serial number.
    pub(crate) serial: [u8; 4],
    /// Life cycle.
    pub(crate) life_cycle: LifeCycle,
    /// Whether no center can administer it.
    pub(crate) plain_piv: bool,
    /// Public key in `9C`, an uncompressed point; `None` if there is none.
    pub(crate) point: Option<Vec<u8>>,
}

impl Card<'_> {
    /// Reads GET STATUS, and the key in `9C`.
    ///
    /// # Errors
    /// [`CardFault`].
    pub(crate) fn look(&mut self) -> Result<Found, CardFault> {
        let instruction = Instruction::GetStatus;
        let answer = self.must(bare(instruction, 0))?;
        let (serial, life_cycle, flags) = parse(&answer).ok_or_else(|| malformed(instruction))?;
        let point = match life_cycle {
            LifeCycle::Terminated => None,
            _ => self.point(Slot::Signature)?,
        };
        Ok(Found {
            serial,
            life_cycle,
            plain_piv: flags & flag::PIV_PROFILE != 0,
            point,
        })
    }

    /// The public key in a slot (GET METADATA), if there is one.
    fn point(&mut self, slot: Slot) -> Result<Option<Vec<u8>>, CardFault> {
        let instruction = Instruction::GetMetadata;
        let answer = self.send(bare(instruction, slot.to_byte()))?;
        match answer.status {
            Status::OK => tlv::find(&answer.data, tag::metadata::PUBLIC_KEY)
                .ok()
                .flatten()
                .and_then(|key| tlv::find(key, Tag::POINT).ok().flatten())
                .map(|point| Some(point.to_vec()))
                .ok_or_else(|| malformed(instruction)),
            Status::REFERENCE_NOT_FOUND => Ok(None),
            status => Err(refused(instruction, status)),
        }
    }
}

/// A command without data.
pub(super) const fn bare(instruction: Instruction, p2: u8) -> Plain<'static> {
    Plain {
        instruction,
        p1: 0,
        p2,
        data: &[],
        long: false,
    }
}

fn parse(answer: &[u8]) -> Option<([u8; 4], LifeCycle, u8)> {
    let fields = tlv::find(answer, Tag::STATUS).ok()??;
    let serial = tlv::find(fields, tag::status::SERIAL).ok()??;
    let [state] = *tlv::find(fields, tag::status::LIFE_CYCLE).ok()?? else {
        return None;
    };
    let life_cycle = match WireLifeCycle::from_byte(state)? {
        WireLifeCycle::Blank => LifeCycle::Blank,
        WireLifeCycle::Personalizing => LifeCycle::Personalizing,
        WireLifeCycle::Operational => LifeCycle::Operational,
        WireLifeCycle::Blocked => LifeCycle::Blocked,
        WireLifeCycle::Terminated => LifeCycle::Terminated,
    };
    let [flags] = *tlv::find(fields, tag::status::FLAGS).ok()?? else {
        return None;
    };
    Some((serial.try_into().ok()?, life_cycle, flags))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_needs_serial_number_and_a_known_life_cycle() {
        let good = [0xE0, 12, 0x80, 1, 0x03, 0x81, 1, 0x02, 0x84, 4, 0, 0, 0, 7];
        assert_eq!(
            parse(&good),
            Some(([0, 0, 0, 7], LifeCycle::Personalizing, 2))
        );
        let mut strange = good;
        strange[4] = 0x55;
        assert_eq!(parse(&strange), None);
        assert_eq!(parse(&good[..13]), None);
        assert_eq!(parse(&[0xE0, 3, 0x80, 1, 0x03]), None);
    }
}
