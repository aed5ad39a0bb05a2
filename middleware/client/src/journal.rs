//! The stamp journal outside its card: the record of it that people keep, and what a check finds.

mod attestation;
mod chain;
mod continuity;
mod export;
mod finding;

use sello_card::{JournalEntry, JournalHead};

pub(crate) use attestation::{attestation, head};
pub(crate) use chain::{Proven, chain};
pub(crate) use continuity::continuity;
pub(crate) use export::{EntryFields, Export, read};
pub(crate) use finding::{Finding, Verdict, gravest};

/// A journal with its attested head, from a card or from an export.
#[derive(Clone)]
pub(crate) struct Record {
    /// The entries kept, oldest first, as found: nothing is checked yet.
    pub(crate) entries: Vec<JournalEntry>,
    /// The head with the card's signature.
    pub(crate) head: JournalHead,
    /// The certificate of the card's attestation key, DER.
    pub(crate) certificate: Option<Vec<u8>>,
}
