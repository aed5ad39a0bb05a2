//! Data objects: GET DATA, PUT DATA.

use sello_wire::tlv::{self, Writer};
use sello_wire::{Instruction, ObjectTag, Status, Tag, object};

use crate::error::CardError;
use crate::exchange::Expect;
use crate::session::Exclusive;

/// P1 and P2 of GET DATA and PUT DATA: the object is named in the data (SP 800-73-5 part 2, 3.1.2).
const CURRENT_FILE: [u8; 2] = [0x3F, 0xFF];
/// Room for the tag list and the header of `53`.
const ENVELOPE: usize = 16;

impl Exclusive<'_> {
    /// Reads the content of a data object: what stands inside its `53`, not interpreted.
    ///
    /// # Errors
    /// [`CardError::NoObject`] when the card has none (or an empty one), [`CardError::PinRequired`]
    /// for an object behind the PIN, [`CardError::Malformed`], or what the transport says.
    pub fn read_object(&mut self, tag: ObjectTag) -> Result<Vec<u8>, CardError> {
        let instruction = Instruction::GetData;
        let mut list = [0; ENVELOPE];
        let list = tag_list(&mut list, tag, instruction)?;
        let answer = self.send(instruction, CURRENT_FILE, list, Expect::Long)?;
        match answer.status {
            Status::OK => content(&answer.data, tag)?
                .map(<[u8]>::to_vec)
                .ok_or(CardError::NoObject { tag }),
            Status::NOT_FOUND | Status::REFERENCE_NOT_FOUND => Err(CardError::NoObject { tag }),
            Status::SECURITY_STATUS_NOT_SATISFIED => Err(CardError::PinRequired),
            status => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }

    /// Writes the content of a data object, replacing what was there; empty content deletes it.
    /// Needs the management key.
    ///
    /// # Errors
    /// [`CardError::ManagementKeyRequired`], [`CardError::CardFull`], [`CardError::ObjectTooLong`]
    /// over [`object::LARGEST_CONTENT`] and its framing, or what the transport says.
    pub fn write_object(&mut self, tag: ObjectTag, content: &[u8]) -> Result<(), CardError> {
        let instruction = Instruction::PutData;
        if content.len() > object::LARGEST_CONTENT + ENVELOPE {
            return Err(CardError::ObjectTooLong {
                tag,
                length: content.len(),
            });
        }
        let mut data = vec![0; content.len() + 2 * ENVELOPE];
        let mut writer = Writer::new(&mut data);
        let mut list = [0; ENVELOPE];
        writer
            .bytes(tag_list(&mut list, tag, instruction)?)
            .and_then(|w| w.tlv(Tag::DATA, content))
            .map_err(|_| CardError::Malformed { instruction })?;
        let answer = self.send(instruction, CURRENT_FILE, writer.finish(), Expect::Nothing)?;
        match answer.status {
            Status::OK => Ok(()),
            Status::SECURITY_STATUS_NOT_SATISFIED => Err(CardError::ManagementKeyRequired),
            Status::NOT_ENOUGH_MEMORY => Err(CardError::CardFull { tag }),
            status => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }
}

/// The content of an answer to GET DATA. The discovery object comes with its own tag instead of `53`.
fn content(answer: &[u8], tag: ObjectTag) -> Result<Option<&[u8]>, CardError> {
    let malformed = CardError::Malformed {
        instruction: Instruction::GetData,
    };
    let outer = if tag == ObjectTag::DISCOVERY {
        Tag::DISCOVERY
    } else {
        Tag::DATA
    };
    let mut reader = tlv::Reader::new(answer);
    match reader.read() {
        Ok(Some(tlv)) if tlv.tag == outer && reader.rest().is_empty() => {
            Ok(Some(tlv.value).filter(|value| !value.is_empty()))
        }
        _ => Err(malformed),
    }
}

/// `5C` with the tag, its leading zero bytes left out.
fn tag_list(
    buffer: &mut [u8],
    tag: ObjectTag,
    instruction: Instruction,
) -> Result<&[u8], CardError> {
    let (bytes, length) = tlv::tag_bytes(Tag(tag.0));
    let mut writer = Writer::new(buffer);
    writer
        .tlv(Tag::TAG_LIST, bytes.get(..length).unwrap_or_default())
        .map_err(|_| CardError::Malformed { instruction })?;
    Ok(writer.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;

    const GET_CHUID: &str = "00CB3FFF 000005 5C035FC102 0000";

    fn read(answer: &str) -> Result<Vec<u8>, CardError> {
        let script = Script::new().on(GET_CHUID, answer);
        let mut session = script.session();
        session.exclusive().unwrap().read_object(ObjectTag::CHUID)
    }

    #[test]
    fn the_content_is_what_stands_in_53() {
        assert_eq!(read("53027100 9000"), Ok(vec![0x71, 0x00]));
        let tag = ObjectTag::CHUID;
        assert_eq!(read("6A82"), Err(CardError::NoObject { tag }));
        assert_eq!(read("5300 9000"), Err(CardError::NoObject { tag }));
        assert_eq!(read("6982"), Err(CardError::PinRequired));
    }

    #[test]
    fn other_forms_are_malformed() {
        for answer in ["9000", "7000 9000", "530171 00 9000", "5305 71 9000"] {
            assert!(
                matches!(read(answer), Err(CardError::Malformed { .. })),
                "{answer}"
            );
        }
    }

    #[test]
    fn the_discovery_object_has_its_own_tag() {
        let script = Script::new().on("00CB3FFF 000003 5C017E 0000", "7E0101 9000");
        let mut session = script.session();
        let content = session
            .exclusive()
            .unwrap()
            .read_object(ObjectTag::DISCOVERY);
        assert_eq!(content, Ok(vec![1]));
    }

    #[test]
    fn writing_names_object_and_content() {
        let put = "00DB3FFF 09 5C035FC102 5302AABB";
        let script = Script::new()
            .on(put, "9000")
            .on(put, "6982")
            .on(put, "6A84");
        let mut session = script.session();
        let mut card = session.exclusive().unwrap();
        let tag = ObjectTag::CHUID;
        let mut write = || card.write_object(tag, &[0xAA, 0xBB]);
        assert_eq!(write(), Ok(()));
        assert_eq!(write(), Err(CardError::ManagementKeyRequired));
        assert_eq!(write(), Err(CardError::CardFull { tag }));
        let length = 4000;
        assert_eq!(
            card.write_object(tag, &vec![0; length]),
            Err(CardError::ObjectTooLong { tag, length })
        );
    }
}
