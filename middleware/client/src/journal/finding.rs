//! What a check of a journal finds, and how grave it is.

use std::path::PathBuf;

use serde::Serialize;

use crate::{EXIT_BAD, EXIT_GOOD, EXIT_UNSURE};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Good,
    Bad,
    CannotTell,
}

impl Verdict {
    pub(crate) const fn exit_code(self) -> u8 {
        match self {
            Self::Good => EXIT_GOOD,
            Self::Bad => EXIT_BAD,
            Self::CannotTell => EXIT_UNSURE,
        }
    }
}

/// One thing found. In JSON its name is the value of `check`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "check", rename_all = "snake_case")]
pub(crate) enum Finding {
    /// The chain is unbroken over these entries; `first` is past `last` when there is none.
    ChainUnbroken { first: u32, last: u32 },
    /// An entry that must be there is not.
    EntryMissing { expected: u32 },
    /// An entry is not the one the chain was made with.
    EntryChanged { counter: u32 },
    /// The head is another than that of the entries.
    HeadOfOther { counter: u32 },
    /// The card keeps no entries before this one. Good, as far as it goes.
    OlderGone { first: u32 },
    /// The oldest entry itself is proven by nothing, since the one before it is gone.
    OldestUnproven { counter: u32 },
    /// The head bears the card's signature; `fresh` when it was made for this very check.
    HeadSigned { fresh: bool },
    /// The signature of the head does not fit.
    HeadForged,
    /// There is no attestation certificate to check the head with.
    CertificateMissing,
    /// The attestation certificate cannot be read.
    CertificateUnreadable,
    /// The attestation certificate is that of another card.
    CertificateOfOther { subject: String },
    /// The certificate leads to a root of cards that is trusted.
    CertificateTrusted { issuer: String },
    /// Whether the certificate is a center's cannot be told.
    CertificateUntrusted { reason: String },
    /// The certificate pretends to be a center's.
    CertificateForged { reason: String },
    /// The earlier export is continued without a gap.
    PreviousContinued { last: u32 },
    /// The earlier export is another card's.
    PreviousOfOther { serial: u32 },
    /// The earlier export is not what the card wrote.
    PreviousDamaged,
    /// The earlier export knows more entries than the later one.
    PreviousLonger { last: u32 },
    /// The earlier export has another entry under this number.
    PreviousDiffers { counter: u32 },
    /// Entries between the two exports are in neither.
    PreviousGap { first: u32, last: u32 },
    /// The document is this entry.
    DocumentListed { path: PathBuf, counter: u32 },
    /// The document is the oldest entry, which itself is proven by nothing.
    DocumentUnproven { path: PathBuf, counter: u32 },
    /// The document is this entry, but is no longer as it was sealed.
    DocumentChanged { path: PathBuf, counter: u32 },
    /// No seal of the document is among the entries, which are all there are.
    DocumentAbsent { path: PathBuf },
    /// No seal of the document is among the entries, some of which are gone.
    DocumentUnknown { path: PathBuf },
    /// The document has no seal, or cannot be read.
    DocumentUnsealed { path: PathBuf },
}

impl Finding {
    pub(crate) const fn verdict(&self) -> Verdict {
        match self {
            Self::ChainUnbroken { .. }
            | Self::OlderGone { .. }
            | Self::OldestUnproven { .. }
            | Self::HeadSigned { .. }
            | Self::CertificateTrusted { .. }
            | Self::PreviousContinued { .. }
            | Self::DocumentListed { .. } => Verdict::Good,
            Self::EntryMissing { .. }
            | Self::EntryChanged { .. }
            | Self::HeadOfOther { .. }
            | Self::HeadForged
            | Self::CertificateUnreadable
            | Self::CertificateOfOther { .. }
            | Self::CertificateForged { .. }
            | Self::PreviousDamaged
            | Self::PreviousLonger { .. }
            | Self::PreviousDiffers { .. }
            | Self::DocumentChanged { .. }
            | Self::DocumentAbsent { .. } => Verdict::Bad,
            Self::CertificateMissing
            | Self::CertificateUntrusted { .. }
            | Self::PreviousOfOther { .. }
            | Self::PreviousGap { .. }
            | Self::DocumentUnproven { .. }
            | Self::DocumentUnknown { .. }
            | Self::DocumentUnsealed { .. } => Verdict::CannotTell,
        }
    }
}

/// Bad outweighs cannot tell, which outweighs good.
pub(crate) fn gravest(findings: &[Finding]) -> Verdict {
    let verdicts = || findings.iter().map(Finding::verdict);
    if verdicts().any(|verdict| verdict == Verdict::Bad) {
        Verdict::Bad
    } else if verdicts().any(|verdict| verdict == Verdict::CannotTell) {
        Verdict::CannotTell
    } else {
        Verdict::Good
    }
}
