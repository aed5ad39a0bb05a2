//! The file that `sello journal export` writes (`sello-journal-1`): JSON, everything a check needs.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use pem_rfc7468::LineEnding;
use sello_card::{EntryKind, JournalEntry, JournalHead};
use sello_wire::Slot;
use sello_wire::journal::{Entry, LONGEST_NONCE};
use serde::{Deserialize, Serialize};

use super::Record;
use crate::failure::Failure;

/// The format's name and edition.
const FORMAT: &str = "sello-journal-1";
/// Longest file read, in bytes: a full journal takes some 200 KB.
const LONGEST: u64 = 4 << 20;
const PEM_LABEL: &str = "CERTIFICATE";

/// The file. Bytes are hexadecimal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Export {
    format: String,
    card_serial: u32,
    /// When it was written, RFC 3339, by the clock of the computer. It proves nothing.
    exported_at: String,
    head: HeadFields,
    /// The certificate of the key that signed the head, PEM.
    attestation_certificate: Option<String>,
    entries: Vec<EntryFields>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadFields {
    counter: u32,
    chain: String,
    nonce: String,
    /// `ECDSA-Sig-Value`, DER.
    signature: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryFields {
    counter: u32,
    kind: String,
    slot: String,
    key_id: String,
    digest: String,
    chain: String,
}

impl Export {
    /// The file for a record.
    pub(crate) fn of(record: &Record, exported_at: String) -> Self {
        let certificate = record.certificate.as_ref();
        Self {
            format: FORMAT.to_owned(),
            card_serial: record.head.serial,
            exported_at,
            head: HeadFields {
                counter: record.head.counter,
                chain: hex::encode(record.head.chain),
                nonce: hex::encode(&record.head.nonce),
                signature: hex::encode(&record.head.signature),
            },
            attestation_certificate: certificate
                .and_then(|der| pem_rfc7468::encode_string(PEM_LABEL, LineEnding::LF, der).ok()),
            entries: record.entries.iter().map(EntryFields::of).collect(),
        }
    }

    /// The record in the file, or what is wrong with it.
    fn into_record(self) -> Result<Record, &'static str> {
        if self.format != FORMAT {
            return Err("it is of another format, or of a newer edition of this one");
        }
        let nonce = bytes(&self.head.nonce).filter(|nonce| nonce.len() <= LONGEST_NONCE);
        let head = JournalHead {
            serial: self.card_serial,
            counter: self.head.counter,
            chain: array(&self.head.chain).ok_or("its head has no chain value")?,
            nonce: nonce.ok_or("its head has no nonce")?,
            signature: bytes(&self.head.signature).ok_or("its head has no signature")?,
        };
        let certificate = self.attestation_certificate.as_deref().map(certificate);
        let certificate = certificate.transpose()?;
        let entries = self.entries.iter().map(EntryFields::entry);
        let entries: Option<_> = entries.collect();
        Ok(Record {
            entries: entries.ok_or("an entry has not the form of one")?,
            head,
            certificate,
        })
    }
}

impl EntryFields {
    pub(crate) fn of(entry: &JournalEntry) -> Self {
        Self {
            counter: entry.counter,
            kind: kind(entry.kind).to_owned(),
            slot: format!("{:02X}", entry.slot.to_byte()),
            key_id: hex::encode(entry.key_id),
            digest: hex::encode(&entry.digest),
            chain: hex::encode(entry.chain),
        }
    }

    fn entry(&self) -> Option<JournalEntry> {
        let kinds = [EntryKind::Stamp, EntryKind::Possession, EntryKind::Batch];
        let entry = Entry {
            counter: self.counter,
            kind: kinds.into_iter().find(|known| kind(*known) == self.kind)?,
            slot: Slot::from_byte(u8::from_str_radix(&self.slot, 16).ok()?)?,
            key_id: array(&self.key_id)?,
            digest: &bytes(&self.digest)?,
        };
        JournalEntry::new(&entry, array(&self.chain)?)
    }
}

fn certificate(pem: &str) -> Result<Vec<u8>, &'static str> {
    match pem_rfc7468::decode_vec(pem.as_bytes()) {
        Ok((PEM_LABEL, der)) => Ok(der),
        _ => Err("its certificate is not in PEM form"),
    }
}

/// The word for what a signature was given for.
const fn kind(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Stamp => "stamp",
        EntryKind::Possession => "possession",
        EntryKind::Batch => "batch",
    }
}

/// Reads an export. What it says is not checked yet.
pub(crate) fn read(path: &Path) -> Result<Record, Failure> {
    let not = |reason: String| Failure::NotAnExport {
        path: path.to_path_buf(),
        reason,
    };
    let unreadable = |error| Failure::reading(path, &error);
    let file = File::open(path).map_err(unreadable)?;
    let mut text = Vec::new();
    file.take(LONGEST.saturating_add(1))
        .read_to_end(&mut text)
        .map_err(unreadable)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > LONGEST {
        return Err(not(format!("it is longer than {LONGEST} bytes")));
    }
    let export: Export = serde_json::from_slice(&text).map_err(|error| not(error.to_string()))?;
    export
        .into_record()
        .map_err(|reason| not(reason.to_owned()))
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    hex::decode(text).ok()
}

fn array<const N: usize>(text: &str) -> Option<[u8; N]> {
    bytes(text)?.try_into().ok()
}
