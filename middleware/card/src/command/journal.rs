//! The stamp journal: READ JOURNAL, ATTEST JOURNAL.

use sello_wire::journal::{LONGEST_NONCE, first_kept};
use sello_wire::tag::journal as tag;
use sello_wire::tlv::{self, Reader};
use sello_wire::{Instruction, ObjectTag, Slot, Status, Tag, object};

use crate::error::CardError;
use crate::exchange::Expect;
use crate::journal::{Journal, JournalEntry, JournalHead};
use crate::session::Exclusive;
use crate::template;

/// One answer of READ JOURNAL.
struct Page {
    first: u32,
    last: u32,
    entries: Vec<JournalEntry>,
}

impl Exclusive<'_> {
    /// Reads the journal from an entry on to the newest, page by page, and checks its chain. Entries
    /// the card no longer keeps are left out: `from` 1 gives all there are.
    ///
    /// # Errors
    /// [`CardError::Journal`] when an entry is missing or does not fit the chain,
    /// [`CardError::NotSupported`] on a card without journal, [`CardError::Malformed`], or what the
    /// transport says.
    pub fn read_journal(&mut self, from: u32) -> Result<Journal, CardError> {
        let malformed = || CardError::Malformed {
            instruction: Instruction::ReadJournal,
        };
        let mut entries: Vec<JournalEntry> = Vec::new();
        let mut next = from.max(1);
        let mut newest = None;
        loop {
            let page = self.journal_page(next)?;
            // Nobody stamps meanwhile: a journal that grows would go on for ever.
            let grows = *newest.get_or_insert(page.last) != page.last;
            if grows || page.first != first_kept(page.last) {
                return Err(malformed());
            }
            next = next.max(page.first);
            // A page that begins elsewhere, or brings nothing, would go on for ever.
            let begins = page.entries.first().map(|entry| entry.counter);
            if next <= page.last && begins != Some(next) {
                return Err(malformed());
            }
            entries.extend(page.entries);
            match entries.last().map(|entry| entry.counter) {
                Some(counter) if counter < page.last => next = counter.saturating_add(1),
                _ => return Ok(Journal::new(page.last, entries)?),
            }
        }
    }

    fn journal_page(&mut self, from: u32) -> Result<Page, CardError> {
        let instruction = Instruction::ReadJournal;
        let answer = self.send_sello(instruction, [0, 0], &from.to_be_bytes(), Expect::Long)?;
        match answer.status {
            Status::OK => parse_page(&answer.data).ok_or(CardError::Malformed { instruction }),
            status => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }

    /// The head of the journal, signed by the card's attestation key over a nonce of 0 to 32 bytes
    /// (ATTEST JOURNAL). The signature is not checked here:
    /// [`Exclusive::attestation_certificate`] has the key.
    ///
    /// # Errors
    /// [`CardError::NoKey`] when the card has no attestation key, [`CardError::NotSupported`] on a card
    /// without journal, [`CardError::Malformed`], or what the transport says.
    pub fn attest_journal(&mut self, nonce: &[u8]) -> Result<JournalHead, CardError> {
        let instruction = Instruction::AttestJournal;
        if nonce.len() > LONGEST_NONCE {
            return Err(CardError::NonceTooLong {
                length: nonce.len(),
            });
        }
        let answer = self.send_sello(instruction, [0, 0], nonce, Expect::Short)?;
        match answer.status {
            Status::OK => {
                parse_head(&answer.data, nonce).ok_or(CardError::Malformed { instruction })
            }
            Status::CONDITIONS_NOT_SATISFIED => Err(CardError::NoKey {
                slot: Slot::Attestation,
            }),
            status => Err(CardError::Status {
                instruction,
                status,
            }),
        }
    }

    /// The certificate of the card's attestation key, DER.
    ///
    /// # Errors
    /// As [`Exclusive::read_object`]; [`CardError::CompressedCertificate`].
    pub fn attestation_certificate(&mut self) -> Result<Vec<u8>, CardError> {
        let slot = Slot::Attestation;
        let instruction = Instruction::GetData;
        let content = self.read_object(ObjectTag::certificate(slot))?;
        let malformed = |_| CardError::Malformed { instruction };
        let info = tlv::find(&content, Tag::CERT_INFO).map_err(malformed)?;
        if info.is_some_and(|info| info.first().is_some_and(|bits| bits & 1 != 0)) {
            return Err(CardError::CompressedCertificate { slot });
        }
        tlv::find(&content, Tag::CERTIFICATE)
            .map_err(malformed)?
            .filter(|der| !der.is_empty() && der.len() <= object::LARGEST_CONTENT)
            .map(<[u8]>::to_vec)
            .ok_or(CardError::Malformed { instruction })
    }
}

fn parse_page(bytes: &[u8]) -> Option<Page> {
    let mut outer = Reader::new(bytes);
    let template = outer.read().ok()??;
    if template.tag != Tag::JOURNAL || !outer.rest().is_empty() {
        return None;
    }
    let mut fields = Reader::new(template.value);
    let mut number = |tag| {
        let field = fields.read().ok()??;
        let bytes = (field.tag == tag).then_some(field.value)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    };
    let (first, last) = (number(tag::FIRST)?, number(tag::LAST)?);
    let entries = fields
        .map(|field| {
            let field = field.ok().filter(|field| field.tag == tag::ENTRY)?;
            JournalEntry::parse(field.value)
        })
        .collect::<Option<_>>()?;
    Some(Page {
        first,
        last,
        entries,
    })
}

fn parse_head(bytes: &[u8], nonce: &[u8]) -> Option<JournalHead> {
    let fields = template::parse(bytes, Tag::JOURNAL_HEAD)?;
    Some(JournalHead {
        serial: u32::from_be_bytes(fields.array(tag::SERIAL)?),
        counter: u32::from_be_bytes(fields.array(tag::COUNTER)?),
        chain: fields.array(tag::CHAIN)?,
        nonce: nonce.to_vec(),
        signature: fields
            .child(tag::SIGNATURE)
            .filter(|signature| super::key::is_signature(signature))?
            .to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::JournalError;
    use crate::journal::tests::stored;
    use crate::script::Script;

    /// A page with the entries of a range.
    fn page(last: u32, entries: &[Vec<u8>]) -> String {
        let mut value = vec![0x80, 4];
        value.extend(first_kept(last).to_be_bytes());
        value.extend([0x81, 4]);
        value.extend(last.to_be_bytes());
        for entry in entries {
            value.extend([0x82, u8::try_from(entry.len()).unwrap()]);
            value.extend(entry);
        }
        let length = u16::try_from(value.len()).unwrap().to_be_bytes();
        let header = [&[0xE2, 0x82], &length[..]].concat();
        hex::encode([&header[..], &value, &[0x90, 0x00]].concat())
    }

    fn command(from: u32) -> String {
        format!("80B20000 000004 {from:08X} 0000")
    }

    fn read(script: &Script) -> Result<Journal, CardError> {
        script.session().exclusive().unwrap().read_journal(1)
    }

    #[test]
    fn pages_are_put_together_and_checked() {
        let entries = stored(5);
        let script = Script::new()
            .on(&command(1), &page(5, &entries[..3]))
            .on(&command(4), &page(5, &entries[3..]));
        let journal = read(&script).unwrap();
        assert!(journal.is_complete());
        assert_eq!(journal.entries().len(), 5);
        let empty = Script::new().on(&command(1), &page(0, &[]));
        assert_eq!(read(&empty).unwrap().entries(), &[]);
        script.done();
    }

    #[test]
    fn a_page_that_leads_nowhere_is_malformed() {
        let entries = stored(5);
        for bad in [
            page(5, &[]),
            page(5, &entries[1..]),
            page(5, &entries)[..300].to_owned() + "9000",
            "9000".to_owned(),
        ] {
            let script = Script::new().on(&command(1), &bad);
            assert!(matches!(read(&script), Err(CardError::Malformed { .. })));
        }
        let script = Script::new()
            .on(&command(1), &page(4, &entries[..3]))
            .on(&command(4), &page(5, &entries[3..]));
        assert!(matches!(read(&script), Err(CardError::Malformed { .. })));
        let mut forged = entries;
        forged[1][20] ^= 1;
        let script = Script::new().on(&command(1), &page(5, &forged));
        let chain = JournalError::Chain { counter: 2 };
        assert_eq!(read(&script), Err(CardError::Journal(chain)));
    }

    #[test]
    fn the_head_comes_with_its_nonce() {
        let chain = "11".repeat(32);
        let answer =
            format!("E438 8004 0000002A 8104 00000007 8220{chain} 8308 3006020101020102 9000");
        let script = Script::new()
            .on("80B40000 02 ABCD 00", &answer)
            .on("80B40000 02 ABCD 00", "6985")
            .on("80B40000 02 ABCD 00", "6D00");
        let mut session = script.session();
        let mut card = session.exclusive().unwrap();
        let nonce = [0xAB, 0xCD];
        let head = card.attest_journal(&nonce).unwrap();
        assert_eq!((head.serial, head.counter), (42, 7));
        assert_eq!(head.statement().len(), 15 + 4 + 4 + 32 + 2);
        assert!(head.statement().ends_with(&nonce));
        let slot = Slot::Attestation;
        assert_eq!(card.attest_journal(&nonce), Err(CardError::NoKey { slot }));
        assert!(matches!(
            card.attest_journal(&nonce),
            Err(CardError::NotSupported { .. })
        ));
        assert_eq!(
            card.attest_journal(&[0; 33]),
            Err(CardError::NonceTooLong { length: 33 })
        );
    }
}
