//! The journal, in English.

use sello_card::{EntryKind, JournalEntry};

use crate::journal::{Finding, Verdict};

/// One line of the table.
pub(super) fn entry(entry: &JournalEntry) -> String {
    let kind = match entry.kind {
        EntryKind::Stamp => "stamping",
        EntryKind::Possession => "possession",
        EntryKind::Batch => "batch",
    };
    format!(
        "{:>8}  {kind:<10}  {:02X}    {}  {}",
        entry.counter,
        entry.slot.to_byte(),
        hex::encode(entry.key_id),
        hex::encode(&entry.digest)
    )
}

pub(super) const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "The journal is in order.",
        Verdict::Bad => "The journal is NOT in order.",
        Verdict::CannotTell => "Whether the journal is in order cannot be told.",
    }
}

pub(super) fn finding(finding: &Finding) -> String {
    let mark = match finding.verdict() {
        Verdict::Good => "good",
        Verdict::Bad => "BAD",
        Verdict::CannotTell => "unsure",
    };
    format!("{mark:<6}  {}", sentence(finding))
}

fn sentence(finding: &Finding) -> String {
    match finding {
        Finding::ChainUnbroken { first, last } if first > last => {
            "The card's seal keys have signed nothing yet.".to_owned()
        }
        Finding::ChainUnbroken { first, last } => {
            format!("Entries {first} to {last}: none is missing, none was changed.")
        }
        Finding::EntryMissing { expected } => format!("Entry {expected} is missing."),
        Finding::EntryChanged { counter } => {
            format!("Entry {counter} is not the one the card wrote.")
        }
        Finding::HeadOfOther { counter } => {
            format!("The entries do not lead to the head, which stands at {counter}.")
        }
        Finding::OlderGone { first } => format!(
            "The card keeps the last 512 entries; those before {first} are counted, not shown."
        ),
        Finding::OldestUnproven { counter } => {
            format!("Entry {counter} itself is proven only with an earlier export (--previous).")
        }
        Finding::HeadSigned { fresh: true } => {
            "The card signed the head just now, for this check.".to_owned()
        }
        Finding::HeadSigned { fresh: false } => "The head bears the card's signature.".to_owned(),
        Finding::HeadForged => "The head does not bear the card's signature.".to_owned(),
        Finding::CertificateMissing => {
            "There is no attestation certificate, so the head cannot be checked.".to_owned()
        }
        Finding::CertificateUnreadable => "The attestation certificate cannot be read.".to_owned(),
        Finding::CertificateOfOther { subject } => {
            format!("The attestation certificate is that of {subject}, not of this card.")
        }
        Finding::CertificateTrusted { issuer } => {
            format!("The card is one of the center's: {issuer} vouches for it.")
        }
        Finding::CertificateUntrusted { reason } => format!(
            "Whether the card is a center's cannot be told ({reason}); devices/*.pem of the trust \
             folder hold the roots of cards."
        ),
        Finding::CertificateForged { reason } => {
            format!("The card is none of the center's ({reason}).")
        }
        Finding::PreviousContinued { last } => {
            format!("The earlier export, up to entry {last}, is continued without a gap.")
        }
        Finding::PreviousOfOther { serial } => {
            format!("The earlier export is that of another card, {serial}.")
        }
        Finding::PreviousDamaged => "The earlier export is not what this card wrote.".to_owned(),
        Finding::PreviousLonger { last } => {
            format!("The earlier export goes up to entry {last}, further than this one.")
        }
        Finding::PreviousDiffers { counter } => {
            format!("Entry {counter} is another one in the earlier export.")
        }
        Finding::PreviousGap { first, last } => format!(
            "Entries {first} to {last} came between the exports and are in neither; export earlier \
             than every 512 stampings."
        ),
        Finding::DocumentListed { path, counter } => {
            format!("{} is stamping {counter}.", path.display())
        }
        Finding::DocumentUnproven { path, counter } => format!(
            "{} is stamping {counter}, which only an earlier export proves.",
            path.display()
        ),
        Finding::DocumentChanged { path, counter } => format!(
            "{} is stamping {counter}, but it was changed or its seal is broken; `sello verify` \
             says more.",
            path.display()
        ),
        Finding::DocumentAbsent { path } => {
            format!("{} was never stamped by this card.", path.display())
        }
        Finding::DocumentUnknown { path } => format!(
            "{} is not among the entries shown; it may be an older one.",
            path.display()
        ),
        Finding::DocumentUnsealed { path } => {
            format!("{} has no seal whose signature is good.", path.display())
        }
    }
}
