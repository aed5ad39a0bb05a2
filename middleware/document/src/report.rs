//! What a verification found (`specs/documents.md`, rules VER-1 and following; EN 319 102-1).
//!
//! Everything here is data: the codes are stable, the sentences for people are in [`words`].

mod change;
mod change_words;
mod code;
mod text;
pub mod words;

use serde::Serialize;

pub use change::{Change, ChangeKind, Permission, RevisionReport};
pub use change_words::change as change_in_words;
pub use code::{Code, Indication, SubIndication};
pub use text::{headline, render_text};
pub use words::Language;

/// The result of verifying one document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Verdict on the whole document.
    pub overall: Overall,
    /// The exit code of a program that reports it: 0 valid, 1 broken, 2 cannot tell.
    pub exit_code: u8,
    /// When it was verified, RFC 3339.
    pub verified_at: String,
    /// What stands against the document as such, apart from its signatures.
    pub findings: Vec<Finding>,
    /// How many revisions the document has.
    pub revisions: usize,
    /// Its signatures and seals, in the order in which they were made.
    pub signatures: Vec<SignatureReport>,
    /// Pictures that are a seal's and stand without one. They change no verdict.
    pub lookalikes: Vec<Lookalike>,
    /// What each revision after the first signed one did; the signatures say what they allow.
    pub changes: Vec<RevisionReport>,
}

/// A picture that is a seal's and nothing more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lookalike {
    /// The name of the seal that it is the picture of.
    pub seal: String,
    /// The picture's object.
    pub object: u32,
    /// The page that shows it, from 1, where that can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<usize>,
}

/// Verdict on a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Overall {
    /// There are signatures, and all are valid.
    Valid,
    /// At least one is broken or forged, or the document was changed.
    Broken,
    /// At least one cannot be judged, or the document cannot be read.
    CannotTell,
    /// There is no signature at all.
    NothingSealed,
}

impl Overall {
    /// 0 valid, 1 broken, 2 cannot tell or nothing sealed.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Broken => 1,
            Self::CannotTell | Self::NothingSealed => 2,
        }
    }
}

/// Whether the document is what a signature was made for, whoever made it: trust is left aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// The signature fits, and nothing was changed that it does not allow.
    Intact,
    /// The signature does not fit, or something was changed.
    Broken,
    /// It cannot be told.
    Unknown,
}

/// Something that stands against a signature or a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub code: Code,
    /// How grave, in the words of EN 319 102-1.
    pub indication: Indication,
    /// Its kind, in the words of EN 319 102-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_indication: Option<SubIndication>,
    /// Particulars for a specialist, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Finding {
    /// A finding without particulars.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self {
            indication: code.indication(),
            sub_indication: code.sub_indication(),
            code,
            detail: None,
        }
    }

    /// A finding with particulars.
    #[must_use]
    pub fn with(code: Code, detail: impl std::fmt::Display) -> Self {
        Self {
            detail: Some(detail.to_string()),
            ..Self::new(code)
        }
    }
}

/// What kind of signature it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A seal: its signature carries a seal structure.
    Seal,
    /// A signature without a seal structure.
    Signature,
    /// A document timestamp.
    Timestamp,
}

/// What is said of one signature.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignatureReport {
    /// Name of its field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// The verdict.
    pub indication: Indication,
    /// Its kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_indication: Option<SubIndication>,
    /// Whether the document is what was signed, trust left aside.
    pub integrity: Integrity,
    /// What it lets later revisions do.
    pub allows: Permission,
    /// Whether it certifies the document (DocMDP).
    pub certifies: bool,
    /// The weightiest of the findings; `VALID` if there is none.
    pub code: Code,
    /// Everything that stands against it, the weightiest first.
    pub findings: Vec<Finding>,
    /// Who signed, as the certificate says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<SignerFacts>,
    /// The seal structure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal: Option<SealFacts>,
    /// Page on which it is shown, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<usize>,
    /// Where on that page, from its top left corner as shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rectangle_mm: Option<RectangleMm>,
    /// When it was made, as it says itself. It proves nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_time: Option<String>,
    /// Since when it provably existed, RFC 3339: by a timestamp of an authority that is trusted. For a
    /// timestamp, the time that it states.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proven_time: Option<String>,
    /// Why, as it says itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where, as it says itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The revision it covers, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub covers_revision: Option<usize>,
    /// The byte at which what it covers ends: up to there the file is the document that was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub covers_bytes: Option<u64>,
    /// How many revisions follow.
    pub later_revisions: usize,
    /// The digest that the key signed (of the signed attributes), hexadecimal; a card's journal
    /// lists it. Only where the signature over it is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_digest: Option<String>,
}

/// What the signer's certificate says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignerFacts {
    /// Whom it names.
    pub subject: String,
    /// The organization in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The common name in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub common_name: Option<String>,
    /// Who issued it.
    pub issuer: String,
    /// Its serial number, hexadecimal.
    pub serial: String,
    /// First moment of validity, RFC 3339.
    pub valid_from: String,
    /// Last moment of validity, RFC 3339.
    pub valid_until: String,
}

/// What the seal structure says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SealFacts {
    /// Its number at its maker.
    pub number: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: String,
    /// Who made it, as the maker's certificate says.
    pub maker: String,
    /// Valid from, RFC 3339.
    pub valid_from: String,
    /// Valid until, RFC 3339.
    pub valid_until: String,
    /// Whether its picture is drawn on a page.
    pub drawn: bool,
}

/// A place on a page, in millimetres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RectangleMm {
    /// From the left edge.
    pub x: f64,
    /// From the top edge.
    pub y: f64,
    /// Across.
    pub width: f64,
    /// Down.
    pub height: f64,
}
