//! Seals on the card: directory, seal structures in chunks, issuer chains (`specs/card.md`).

use sello_wire::content::{
    CHUNK_BYTES, CHUNK_FRAME, ENTRY_BYTES, LARGEST_SEAL, directory_entry, seal_chunk,
};
use sello_wire::object::LARGEST_CHAIN_COUNT;
use sello_wire::tag::{chunk, directory};
use sello_wire::tlv::{self, Writer};
use sello_wire::{Instruction, ObjectTag, Slot, Tag};
use sha2::{Digest, Sha256};

use crate::command::card_object::unwrap_certificate;
use crate::error::CardError;
use crate::session::Exclusive;

/// Seals a card can hold: slot 9C and the twenty retired slots.
const MOST_SEALS: usize = 21;

pub use sello_wire::content::DirectoryEntry as SealEntry;

impl Exclusive<'_> {
    /// The seals on the card; an empty list when it has no directory (a token of tier A).
    ///
    /// # Errors
    /// [`CardError::Malformed`], or what the transport says.
    pub fn directory(&mut self) -> Result<Vec<SealEntry>, CardError> {
        match self.read_object(ObjectTag::SELLO_DIRECTORY) {
            Ok(content) => parse_directory(&content).ok_or(MALFORMED),
            Err(CardError::NoObject { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Writes the directory.
    ///
    /// # Errors
    /// As [`Exclusive::write_object`].
    pub fn write_directory(&mut self, seals: &[SealEntry]) -> Result<(), CardError> {
        let content = encode_directory(seals).ok_or(UNWRITABLE)?;
        self.write_object(ObjectTag::SELLO_DIRECTORY, &content)
    }

    /// The seal structure of a slot, its length and digest checked against the directory.
    ///
    /// # Errors
    /// [`CardError::NoSeal`], [`CardError::SealMismatch`], [`CardError::Malformed`], or what the
    /// transport says.
    pub fn seal_structure(&mut self, slot: Slot) -> Result<Vec<u8>, CardError> {
        let entry = self.seal_entry(slot)?;
        self.read_seal(&entry)
    }

    /// The seal structure an entry of [`Exclusive::directory`] describes; saves reading the directory
    /// again.
    ///
    /// # Errors
    /// As [`Exclusive::seal_structure`].
    pub fn read_seal(&mut self, entry: &SealEntry) -> Result<Vec<u8>, CardError> {
        let slot = entry.slot;
        let mismatch = CardError::SealMismatch { slot };
        if entry.length > LARGEST_SEAL {
            return Err(mismatch);
        }
        let mut structure = Vec::with_capacity(entry.length);
        for index in 0..entry.chunks {
            let tag = ObjectTag::seal_chunk(slot, index).ok_or(CardError::NotASealSlot { slot })?;
            let content = self.read_object(tag)?;
            let (total, bytes) = parse_chunk(&content).ok_or(MALFORMED)?;
            structure.extend_from_slice(bytes);
            if total != entry.length || structure.len() > entry.length {
                return Err(mismatch);
            }
        }
        let digest: [u8; 32] = Sha256::digest(&structure).into();
        if structure.len() == entry.length && digest == entry.digest {
            Ok(structure)
        } else {
            Err(mismatch)
        }
    }

    /// The issuer certificates with a seal, DER, from the seal holder's issuer upwards.
    ///
    /// # Errors
    /// [`CardError::NoSeal`], [`CardError::Malformed`], or what the transport says.
    pub fn seal_chain(&mut self, slot: Slot) -> Result<Vec<Vec<u8>>, CardError> {
        let entry = self.seal_entry(slot)?;
        self.read_chain(&entry)
    }

    /// The issuer certificates an entry of [`Exclusive::directory`] describes.
    ///
    /// # Errors
    /// As [`Exclusive::seal_chain`].
    pub fn read_chain(&mut self, entry: &SealEntry) -> Result<Vec<Vec<u8>>, CardError> {
        let slot = entry.slot;
        (0..entry.chain)
            .map(|index| {
                let tag =
                    ObjectTag::seal_chain(slot, index).ok_or(CardError::NotASealSlot { slot })?;
                unwrap_certificate(&self.read_object(tag)?, slot)
            })
            .collect()
    }

    /// Writes a seal structure in chunks and its issuer chain, and returns the entry for
    /// [`Exclusive::write_directory`], which is to be written last.
    ///
    /// # Errors
    /// [`CardError::NotASealSlot`], [`CardError::SealTooLarge`], or as [`Exclusive::write_object`].
    pub fn write_seal(
        &mut self,
        slot: Slot,
        structure: &[u8],
        chain: &[Vec<u8>],
    ) -> Result<SealEntry, CardError> {
        if structure.len() > LARGEST_SEAL || chain.len() > LARGEST_CHAIN_COUNT {
            return Err(CardError::SealTooLarge {
                length: structure.len(),
                chain: chain.len(),
            });
        }
        let mut chunks = 0;
        for (index, bytes) in structure.chunks(CHUNK_BYTES).enumerate() {
            let tag = ObjectTag::seal_chunk(slot, index).ok_or(CardError::NotASealSlot { slot })?;
            let content = encode_chunk(structure.len(), bytes).ok_or(UNWRITABLE)?;
            self.write_object(tag, &content)?;
            chunks = index + 1;
        }
        for (index, der) in chain.iter().enumerate() {
            let tag = ObjectTag::seal_chain(slot, index).ok_or(CardError::NotASealSlot { slot })?;
            self.write_wrapped(tag, der)?;
        }
        Ok(SealEntry {
            slot,
            length: structure.len(),
            digest: Sha256::digest(structure).into(),
            chunks,
            chain: chain.len(),
        })
    }

    fn seal_entry(&mut self, slot: Slot) -> Result<SealEntry, CardError> {
        self.directory()?
            .into_iter()
            .find(|entry| entry.slot == slot)
            .ok_or(CardError::NoSeal { slot })
    }
}

const MALFORMED: CardError = CardError::Malformed {
    instruction: Instruction::GetData,
};
const UNWRITABLE: CardError = CardError::Malformed {
    instruction: Instruction::PutData,
};

fn parse_directory(content: &[u8]) -> Option<Vec<SealEntry>> {
    let mut entries = Vec::<SealEntry>::new();
    for tlv in tlv::Reader::new(content) {
        let tlv = tlv.ok()?;
        if tlv.tag != Tag::SEAL_ENTRY {
            continue;
        }
        let entry = parse_entry(tlv.value)?;
        let repeated = entries.iter().any(|other| other.slot == entry.slot);
        if repeated || entries.len() == MOST_SEALS {
            return None;
        }
        entries.push(entry);
    }
    Some(entries)
}

fn parse_entry(value: &[u8]) -> Option<SealEntry> {
    let find = |tag| tlv::find(value, tag).ok().flatten();
    let byte = |tag| {
        find(tag)
            .and_then(|v| <[u8; 1]>::try_from(v).ok())
            .map(|[b]| b)
    };
    let slot = Slot::from_byte(byte(directory::SLOT)?)?;
    slot.seal_index()?;
    let length = u32::from_be_bytes(find(directory::LENGTH)?.try_into().ok()?);
    Some(SealEntry {
        slot,
        length: usize::try_from(length).ok()?,
        digest: find(directory::DIGEST)?.try_into().ok()?,
        chunks: usize::from(byte(directory::CHUNKS)?),
        chain: usize::from(byte(directory::CHAIN)?),
    })
}

fn encode_directory(seals: &[SealEntry]) -> Option<Vec<u8>> {
    let mut content = vec![0; seals.len() * ENTRY_BYTES];
    let mut writer = Writer::new(&mut content);
    for seal in seals {
        directory_entry(&mut writer, seal).ok()?;
    }
    let length = writer.len();
    content.truncate(length);
    Some(content)
}

fn parse_chunk(content: &[u8]) -> Option<(usize, &[u8])> {
    let total = tlv::find(content, chunk::TOTAL).ok()??;
    let bytes = tlv::find(content, chunk::BYTES).ok()??;
    let total = u32::from_be_bytes(total.try_into().ok()?);
    Some((usize::try_from(total).ok()?, bytes))
}

fn encode_chunk(total: usize, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut content = vec![0; bytes.len() + CHUNK_FRAME];
    let mut writer = Writer::new(&mut content);
    seal_chunk(&mut writer, total, bytes).ok()?;
    let length = writer.len();
    content.truncate(length);
    Some(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;
    use sello_wire::key::RetiredSlot;
    use sello_wire::object::LARGEST_CONTENT;

    fn entry(slot: Slot) -> SealEntry {
        SealEntry {
            slot,
            length: 70_000,
            digest: [0xAB; 32],
            chunks: 23,
            chain: 2,
        }
    }

    #[test]
    fn the_directory_is_read_as_written() {
        let seals = [
            entry(Slot::Signature),
            entry(Slot::Retired(RetiredSlot::new(20).unwrap())),
        ];
        let content = encode_directory(&seals).unwrap();
        assert_eq!(parse_directory(&content).unwrap(), seals);
        assert_eq!(parse_directory(&[]), Some(Vec::new()));
    }

    #[test]
    fn a_full_directory_fits_an_object() {
        let seals = Slot::all()
            .filter(|slot| slot.seal_index().is_some())
            .map(entry);
        let content = encode_directory(&seals.collect::<Vec<_>>()).unwrap();
        assert!(content.len() <= LARGEST_CONTENT);
        assert_eq!(parse_directory(&content).unwrap().len(), MOST_SEALS);
    }

    #[test]
    fn doubled_or_foreign_slots_are_refused() {
        let twice = encode_directory(&[entry(Slot::Signature), entry(Slot::Signature)]).unwrap();
        assert_eq!(parse_directory(&twice), None);
        let foreign = encode_directory(&[entry(Slot::Authentication)]).unwrap();
        assert_eq!(parse_directory(&foreign), None);
        let cut = encode_directory(&[entry(Slot::Signature)]).unwrap();
        assert_eq!(parse_directory(&cut[..cut.len() - 1]), None);
    }

    #[test]
    fn a_full_chunk_fits_an_object() {
        let content = encode_chunk(LARGEST_SEAL, &[1; CHUNK_BYTES]).unwrap();
        assert!(content.len() <= LARGEST_CONTENT);
        assert_eq!(
            parse_chunk(&content),
            Some((LARGEST_SEAL, &[1; CHUNK_BYTES][..]))
        );
    }

    fn reading(chunks: &[&[u8]], entry: &SealEntry) -> Result<Vec<u8>, CardError> {
        let object = |content: &[u8]| {
            let mut buffer = vec![0; content.len() + 8];
            let mut writer = Writer::new(&mut buffer);
            writer.tlv(Tag::DATA, content).unwrap();
            format!("{} 9000", hex::encode(writer.finish()))
        };
        let directory = encode_directory(std::slice::from_ref(entry)).unwrap();
        let mut script = Script::new().on("00CB3FFF 000005 5C035FFF10 0000", &object(&directory));
        for (index, chunk) in chunks.iter().enumerate() {
            let content = encode_chunk(entry.length, chunk).unwrap();
            script = script.on(
                &format!("00CB3FFF 000005 5C035FE0{index:02X} 0000"),
                &object(&content),
            );
        }
        let mut session = script.session();
        session.exclusive().unwrap().seal_structure(Slot::Signature)
    }

    #[test]
    fn a_seal_structure_is_put_together_and_checked() {
        let entry = SealEntry {
            slot: Slot::Signature,
            length: 5,
            digest: Sha256::digest([1, 2, 3, 4, 5]).into(),
            chunks: 2,
            chain: 0,
        };
        assert_eq!(
            reading(&[&[1, 2, 3], &[4, 5]], &entry),
            Ok(vec![1, 2, 3, 4, 5])
        );
        let slot = Slot::Signature;
        let mismatch = Err(CardError::SealMismatch { slot });
        assert_eq!(reading(&[&[1, 2, 3], &[4, 6]], &entry), mismatch);
        assert_eq!(reading(&[&[1, 2, 3], &[4]], &entry), mismatch);
        assert_eq!(reading(&[&[1, 2, 3, 4, 5], &[6]], &entry), mismatch);
    }

    #[test]
    fn without_directory_there_are_no_seals() {
        let script = Script::new()
            .on("00CB3FFF 000005 5C035FFF10 0000", "6A82")
            .on("00CB3FFF 000005 5C035FFF10 0000", "6A82");
        let mut session = script.session();
        let mut card = session.exclusive().unwrap();
        assert_eq!(card.directory(), Ok(Vec::new()));
        let slot = Slot::Signature;
        assert_eq!(card.seal_structure(slot), Err(CardError::NoSeal { slot }));
    }

    #[test]
    fn a_seal_is_written_chunk_by_chunk_with_its_chain() {
        let structure = vec![7; CHUNK_BYTES + 1];
        let head = format!("{:08X}", structure.len());
        let full = "07".repeat(CHUNK_BYTES);
        let script = Script::new()
            .on(
                &format!("00DB3FFF 000C03 5C035FE000 53820BFA 8004{head} 81820BF0 {full}"),
                "9000",
            )
            .on(
                &format!("00DB3FFF 10 5C035FE001 5309 8004{head} 810107"),
                "9000",
            )
            .on("00DB3FFF 10 5C035FE040 5309 70023000 710100 FE00", "9000");
        let mut session = script.session();
        let entry = session
            .exclusive()
            .unwrap()
            .write_seal(Slot::Signature, &structure, &[vec![0x30, 0x00]])
            .unwrap();
        assert_eq!((entry.chunks, entry.chain), (2, 1));
        assert_eq!(entry.length, structure.len());
        script.done();
    }

    #[test]
    fn a_slot_without_seals_or_a_seal_too_large_is_refused() {
        let script = Script::new();
        let mut session = script.session();
        let mut card = session.exclusive().unwrap();
        let slot = Slot::Authentication;
        assert_eq!(
            card.write_seal(slot, &[1], &[]),
            Err(CardError::NotASealSlot { slot })
        );
        let large = vec![0; LARGEST_SEAL + 1];
        assert!(matches!(
            card.write_seal(Slot::Signature, &large, &[]),
            Err(CardError::SealTooLarge { .. })
        ));
    }
}
