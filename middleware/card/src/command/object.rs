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
