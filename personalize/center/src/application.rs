//! What is applied for, and how an application looks from outside.

use sello_issuing::state::State;
use sello_profile::certificate::{Individual, Organization, Subject};
use sello_profile::seal::{MAX_EDGE_MM, SealKind};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Error;
use crate::ledger::ApplicationRow;

/// Largest picture accepted, in bytes: with certificates and names it still fits into one seal.
pub const MAX_PICTURE_LEN: usize = 160 * 1024;
/// Largest edge of a picture accepted, in pixels.
const MAX_PIXELS: u32 = 4096;

/// Who applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Applicant {
    /// An organization.
    Organization {
        /// ISO 3166-1 two-letter code.
        country: String,
        /// Registered name.
        name: String,
        /// As `VATES-B12345678`.
        identifier: String,
    },
    /// An individual.
    Individual {
        /// ISO 3166-1 two-letter code.
        country: String,
        /// Full name.
        name: String,
        /// As `IDCES-00000000T`.
        identifier: String,
    },
}

impl Applicant {
    /// Name of the organization or the individual.
    pub fn name(&self) -> &str {
        match self {
            Self::Organization { name, .. } | Self::Individual { name, .. } => name,
        }
    }

    /// Identifier of the organization or the individual.
    pub fn identifier(&self) -> &str {
        match self {
            Self::Organization { identifier, .. } | Self::Individual { identifier, .. } => {
                identifier
            }
        }
    }

    pub(crate) fn subject(&self) -> Subject {
        match self.clone() {
            Self::Organization {
                country,
                name,
                identifier,
            } => Subject::Organization(Organization {
                country,
                name,
                identifier,
            }),
            Self::Individual {
                country,
                name,
                identifier,
            } => Subject::Individual(Individual {
                country,
                name,
                identifier,
            }),
        }
    }
}

/// What the seal is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// The organization's legal-name seal.
    Official,
    /// Contracts.
    Contract,
    /// Finance.
    Finance,
    /// Invoices.
    Invoice,
    /// Other business.
    Business,
    /// An individual's seal.
    Individual,
}

impl Kind {
    pub(crate) fn seal_kind(self) -> SealKind {
        match self {
            Self::Official => SealKind::Official,
            Self::Contract => SealKind::Contract,
            Self::Finance => SealKind::Finance,
            Self::Invoice => SealKind::Invoice,
            Self::Business => SealKind::Business,
            Self::Individual => SealKind::Individual,
        }
    }
}

/// What is applied for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Who applies.
    pub applicant: Applicant,
    /// Name of the seal.
    pub seal_name: String,
    /// What it is for.
    pub kind: Kind,
    /// Width of the seal on paper, in millimetres.
    pub width_mm: u32,
    /// Height, in millimetres: follows from the picture.
    pub height_mm: u32,
    /// The picture, a PNG file; stored apart.
    #[serde(skip)]
    pub picture: Vec<u8>,
}

impl Request {
    /// Checks a request and computes the height of its seal.
    ///
    /// # Errors
    /// [`Error::Value`] or [`Error::Profile`] naming what cannot be accepted.
    pub fn new(
        applicant: Applicant,
        seal_name: String,
        kind: Kind,
        width_mm: u32,
        picture: Vec<u8>,
    ) -> Result<Self, Error> {
        // What cannot become a certificate later is refused now, with the same words.
        applicant.subject().name(&seal_name)?;
        let person = matches!(applicant, Applicant::Individual { .. });
        if person != (kind == Kind::Individual) {
            return Err(Error::Value {
                what: "kind of seal",
                why: "individuals have seals of kind individual, organizations the others",
            });
        }
        let (width, height) = png_size(&picture)?;
        let height_mm = height
            .saturating_mul(width_mm)
            .saturating_add(width / 2)
            .checked_div(width)
            .unwrap_or(0);
        if !(1..=MAX_EDGE_MM).contains(&width_mm) || !(1..=MAX_EDGE_MM).contains(&height_mm) {
            return Err(Error::Value {
                what: "size of the seal",
                why: "each edge must be 1 to 500 mm",
            });
        }
        Ok(Self {
            applicant,
            seal_name,
            kind,
            width_mm,
            height_mm,
            picture,
        })
    }

    pub(crate) fn from_row(row: &ApplicationRow) -> Result<Self, Error> {
        let mut request: Self =
            serde_json::from_str(&row.request).map_err(|_| Error::Stored { what: "request" })?;
        request.picture.clone_from(&row.picture);
        Ok(request)
    }
}

/// An application as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Application {
    /// Reference number.
    #[serde(rename = "application")]
    pub reference: String,
    /// Where it stands.
    pub state: State,
    /// What is applied for.
    pub request: Request,
    /// When it was received, in seconds since 1970.
    pub created_at: i64,
    /// When its state last changed.
    pub changed_at: i64,
    /// Who has approved it.
    pub approved_by: Vec<String>,
    /// Its certificates, the live one last.
    pub certificates: Vec<Certificate>,
    /// Whether codes wait for their letter.
    pub letter_due: bool,
}

/// A certificate as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// Serial number, hexadecimal.
    pub serial: String,
    /// The card's serial number, hexadecimal.
    pub card_serial: String,
    /// `hold`, `good` or `revoked`.
    pub status: &'static str,
    /// `reasonCode` on the revocation list, if it is there.
    pub reason: Option<i64>,
    /// Since when, in seconds since 1970.
    pub since: i64,
}

/// The hash by which the log knows what was applied for.
pub(crate) fn content_hash(row: &ApplicationRow) -> String {
    let length = u64::try_from(row.request.len()).unwrap_or(u64::MAX);
    let hash = Sha256::new()
        .chain_update(length.to_be_bytes())
        .chain_update(&row.request)
        .chain_update(&row.picture)
        .finalize();
    hex::encode(hash)
}

/// Width and height of a PNG file in pixels, from its header (ISO/IEC 15948, 11.2.2).
fn png_size(file: &[u8]) -> Result<(u32, u32), Error> {
    let refused = |why| Error::Value {
        what: "seal picture",
        why,
    };
    if file.len() > MAX_PICTURE_LEN {
        return Err(refused("the file is larger than 160 KiB"));
    }
    let header = file
        .strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
        .ok_or_else(|| refused("this is not a PNG file"))?;
    let number = |at: usize| {
        let bytes = header.get(at..)?.first_chunk()?;
        Some(u32::from_be_bytes(*bytes))
    };
    let size = number(0).zip(number(4));
    let (width, height) = size.ok_or_else(|| refused("the PNG file is cut off"))?;
    if !(1..=MAX_PIXELS).contains(&width) || !(1..=MAX_PIXELS).contains(&height) {
        return Err(refused("each edge must be 1 to 4096 pixels"));
    }
    Ok((width, height))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
        let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        file.extend(width.to_be_bytes());
        file.extend(height.to_be_bytes());
        file.extend([8, 6, 0, 0, 0]);
        file
    }

    pub(crate) fn organization() -> Applicant {
        Applicant::Organization {
            country: "ES".into(),
            name: "Example S.L.".into(),
            identifier: "VATES-B12345678".into(),
        }
    }

    fn request(kind: Kind, width_mm: u32, picture: Vec<u8>) -> Result<Request, Error> {
        Request::new(
            organization(),
            "Contract seal".into(),
            kind,
            width_mm,
            picture,
        )
    }

    #[test]
    fn height_follows_the_picture() {
        for (width, height, mm) in [(600, 600, 40), (600, 300, 20), (3, 2, 27), (600, 601, 40)] {
            let request = request(Kind::Contract, 40, png(width, height)).unwrap();
            assert_eq!(request.height_mm, mm);
        }
    }

    #[test]
    fn what_cannot_become_a_seal_is_refused_at_once() {
        let why = |result: Result<Request, Error>| result.unwrap_err().to_string();
        let not_png = request(Kind::Contract, 40, b"GIF89a".to_vec());
        assert_eq!(why(not_png), "seal picture: this is not a PNG file");
        let cut = request(Kind::Contract, 40, png(1, 1)[..20].to_vec());
        assert_eq!(why(cut), "seal picture: the PNG file is cut off");
        assert!(request(Kind::Contract, 40, png(0, 1)).is_err());
        assert!(request(Kind::Contract, 40, png(1, 5000)).is_err());
        assert!(request(Kind::Contract, 0, png(1, 1)).is_err());
        assert!(request(Kind::Contract, 501, png(1, 1)).is_err());
        assert!(request(Kind::Contract, 400, png(1, 2)).is_err());
        assert!(request(Kind::Individual, 40, png(1, 1)).is_err());
        let mut large = png(1, 1);
        large.resize(MAX_PICTURE_LEN + 1, 0);
        assert!(request(Kind::Contract, 40, large).is_err());
        let name = "x".repeat(65);
        let long = Request::new(organization(), name, Kind::Official, 40, png(1, 1));
        assert!(matches!(long, Err(Error::Profile(_))));
    }

    #[test]
    fn stored_requests_read_back() {
        let request = request(Kind::Official, 40, png(9, 9)).unwrap();
        let row = ApplicationRow {
            number: 1,
            reference: "A-000001".into(),
            state: State::Applied,
            request: serde_json::to_string(&request).unwrap(),
            picture: request.picture.clone(),
            created_at: 0,
            changed_at: 0,
        };
        assert_eq!(Request::from_row(&row).unwrap(), request);
        let mut other = row.clone();
        other.picture.push(0);
        assert_ne!(content_hash(&other), content_hash(&row));
    }
}
