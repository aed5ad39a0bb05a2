//! The objects of a card.

use der::DateTime;
use sello_wire::content::{self, DirectoryEntry};
use sello_wire::object::LARGEST_CONTENT;
use sello_wire::tlv::{self, Writer};
use sello_wire::{ObjectTag, Slot};
use sha2::{Digest, Sha256};

use crate::Error;

/// An object to be written.
pub(crate) struct Object {
    pub(crate) tag: ObjectTag,
    pub(crate) content: Vec<u8>,
}

/// What a seal card says of itself, its seal apart.
pub(crate) struct Identity<'a> {
    /// GUID, another for each run.
    pub(crate) guid: &'a [u8; 16],
    /// Last day of the seal.
    pub(crate) until: DateTime,
    /// Serial number.
    pub(crate) serial: u32,
    /// The holder.
    pub(crate) holder: &'a str,
    /// The seal.
    pub(crate) seal: &'a str,
    /// Who runs the center.
    pub(crate) operator: &'a str,
}

/// Every object of a card with one seal in `9C`, in the order in which it is written: the directory last,
/// so that a card torn away meanwhile shows no half seal.
///
/// # Errors
/// [`Error::Value`] when one is larger than a card takes.
pub(crate) fn objects(
    identity: &Identity<'_>,
    certificate: &[u8],
    chain: &[Vec<u8>],
    seal: &[u8],
) -> Result<Vec<Object>, Error> {
    const SLOT: Slot = Slot::Signature;
    let mut all = vec![certificate_object(
        ObjectTag::certificate(SLOT),
        certificate,
    )?];
    all.extend(about(identity)?);
    let mut chunks = 0;
    for bytes in seal.chunks(content::CHUNK_BYTES) {
        let tag = ObjectTag::seal_chunk(SLOT, chunks).ok_or_else(too_large)?;
        all.push(object(tag, bytes.len() + content::CHUNK_FRAME, |w| {
            content::seal_chunk(w, seal.len(), bytes)
        })?);
        chunks += 1;
    }
    for (index, der) in chain.iter().enumerate() {
        let tag = ObjectTag::seal_chain(SLOT, index).ok_or_else(too_large)?;
        all.push(certificate_object(tag, der)?);
    }
    let entry = DirectoryEntry {
        slot: SLOT,
        length: seal.len(),
        digest: Sha256::digest(seal).into(),
        chunks,
        chain: chain.len(),
    };
    all.push(object(
        ObjectTag::SELLO_DIRECTORY,
        content::ENTRY_BYTES,
        |w| content::directory_entry(w, &entry),
    )?);
    Ok(all)
}

/// A certificate as an object.
///
/// # Errors
/// [`Error::Value`] when it is larger than a card takes.
pub(crate) fn certificate_object(tag: ObjectTag, der: &[u8]) -> Result<Object, Error> {
    object(tag, der.len() + content::CERTIFICATE_FRAME, |w| {
        content::certificate(w, der)
    })
}

/// Card holder unique identifier, card capability container, key history, printed information.
fn about(identity: &Identity<'_>) -> Result<Vec<Object>, Error> {
    let until = identity.until;
    let (year, month, day) = (until.year(), until.month(), until.day());
    let expiry = digits(&format!("{year:04}{month:02}{day:02}"));
    let [_, _, ref card @ ..] = *identity.guid;
    let serial = format!("{:010}", identity.serial);
    let printed = content::Printed {
        name: identity.holder,
        affiliation: identity.seal,
        expiry: &digits(&format!("{year:04}{}{day:02}", month_name(month))),
        serial: &serial,
        issuer: identity.operator,
    };
    Ok(vec![
        object(ObjectTag::CHUID, content::LARGEST_IDENTITY, |w| {
            content::card_holder(w, identity.guid, &expiry)
        })?,
        object(ObjectTag::CCC, content::LARGEST_IDENTITY, |w| {
            content::capability(w, card)
        })?,
        object(ObjectTag::KEY_HISTORY, 16, content::key_history)?,
        object(ObjectTag::PRINTED, 256, |w| content::printed(w, &printed))?,
    ])
}

fn object(
    tag: ObjectTag,
    room: usize,
    write: impl FnOnce(&mut Writer<'_>) -> Result<(), tlv::Error>,
) -> Result<Object, Error> {
    let mut content = vec![0; room];
    let mut writer = Writer::new(&mut content);
    write(&mut writer).map_err(|_| too_large())?;
    let length = writer.len();
    content.truncate(length);
    if length > LARGEST_CONTENT {
        return Err(too_large());
    }
    Ok(Object { tag, content })
}

fn too_large() -> Error {
    Error::Value {
        what: "seal",
        why: "it is larger than a card takes",
    }
}

/// ASCII text as an array; what does not fit is `0`.
fn digits<const N: usize>(text: &str) -> [u8; N] {
    let mut digits = [b'0'; N];
    for (digit, byte) in digits.iter_mut().zip(text.bytes()) {
        *digit = byte;
    }
    digits
}

const fn month_name(month: u8) -> &'static str {
    match month {
        1 => "JAN",
        2 => "FEB",
        3 => "MAR",
        4 => "APR",
        5 => "MAY",
        6 => "JUN",
        7 => "JUL",
        8 => "AUG",
        9 => "SEP",
        10 => "OCT",
        11 => "NOV",
        _ => "DEC",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sello_wire::Tag;

    const GUID: [u8; 16] = [0xAB; 16];

    fn identity() -> Identity<'static> {
        Identity {
            guid: &GUID,
            until: DateTime::new(2031, 4, 9, 1, 2, 3).unwrap(),
            serial: 42,
            holder: "Example S.L.",
            seal: "Contract seal",
            operator: "Example Seal Center",
        }
    }

    #[test]
    fn days_are_written_as_the_standard_wants_them() {
        let about = about(&identity()).unwrap();
        let chuid = tlv::find(&about[0].content, content::chuid::EXPIRATION).unwrap();
        assert_eq!(chuid, Some(&b"20310409"[..]));
        let printed = tlv::find(&about[3].content, Tag(0x04)).unwrap();
        assert_eq!(printed, Some(&b"2031APR09"[..]));
    }

    #[test]
    fn the_directory_comes_last_and_counts_what_came_before() {
        let seal = vec![7; content::CHUNK_BYTES + 1];
        let all = objects(&identity(), &[0x30, 0], &[vec![0x30, 0]], &seal).unwrap();
        let tags: Vec<_> = all.iter().map(|object| object.tag.0).collect();
        assert_eq!(
            tags,
            [
                0x5F_C10A, 0x5F_C102, 0x5F_C107, 0x5F_C10C, 0x5F_C109, 0x5F_E000, 0x5F_E001,
                0x5F_E040, 0x5F_FF10
            ]
        );
        let directory = &all.last().unwrap().content;
        assert_eq!(directory[directory.len() - 6..], [0x83, 1, 2, 0x84, 1, 1]);
    }

    #[test]
    fn what_a_card_cannot_hold_is_refused() {
        let seal = vec![7; content::LARGEST_SEAL + 1];
        assert!(objects(&identity(), &[0x30, 0], &[], &seal).is_err());
        assert!(objects(&identity(), &[0; 4000], &[], &[7]).is_err());
    }
}
