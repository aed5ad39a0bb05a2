//! What is applied for, and how an application looks from outside.

use sello_issuing::state::State;
use sello_profile::certificate::{Individual, Organization, Subject};
use sello_profile::seal::{MAX_EDGE_MM, SealKind};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Error;
use crate::ledger::ApplicationRow;
use crate::{picture, text};

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
    /// Whether each stamping needs the approval of a second person.
    #[serde(default)]
    pub dual_control: bool,
    /// Whether the PIN works over contacts only.
    #[serde(default)]
    pub contact_only: bool,
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
        applicant.subject().name(applicant.name())?;
        for text in [applicant.name(), &seal_name] {
            text::check_visible("name", text)?;
        }
        check_identifier(&applicant)?;
        let person = matches!(applicant, Applicant::Individual { .. });
        if person != (kind == Kind::Individual) {
            return Err(Error::Value {
                what: "kind of seal",
                why: "individuals have seals of kind individual, organizations the others",
            });
        }
        let (width, height) = picture::size(&picture)?;
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
            dual_control: false,
            contact_only: false,
            picture,
        })
    }

    /// Asks for dual control: each stamping needs the approval of a second person, who gets a PIN of
    /// their own.
    #[must_use]
    pub fn with_dual_control(self, dual_control: bool) -> Self {
        Self {
            dual_control,
            ..self
        }
    }

    /// Asks for a card whose PIN works over contacts only (SP 800-73-5 part 1, 3.3.2).
    #[must_use]
    pub fn with_contact_only(self, contact_only: bool) -> Self {
        Self {
            contact_only,
            ..self
        }
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

/// Refuses an identifier that does not say its kind and country (EN 319 412-1, 5.1.3 and 5.1.4).
fn check_identifier(applicant: &Applicant) -> Result<(), Error> {
    let (kinds, why): (&[&str], _) = match applicant {
        Applicant::Organization { .. } => (
            &["VAT", "NTR", "PSD", "LEI"],
            "an organization's is written as VATES-B12345678: VAT, NTR, PSD or LEI, country, hyphen, number",
        ),
        Applicant::Individual { .. } => (
            &["IDC", "PAS", "PNO", "TAX", "TIN"],
            "an individual's is written as IDCES-00000000T: IDC, PAS, PNO, TAX or TIN, country, hyphen, number",
        ),
    };
    let identifier = applicant.identifier();
    let fits = identifier.split_once('-').is_some_and(|(scheme, number)| {
        let (kind, country) = scheme.split_at_checked(3).unwrap_or_default();
        // A scheme of one country's own: two letters and a colon.
        let own = kind.as_bytes().get(2) == Some(&b':')
            && kind.bytes().take(2).all(|byte| byte.is_ascii_uppercase());
        (kinds.contains(&kind) || own)
            && country.len() == 2
            && country.bytes().all(|byte| byte.is_ascii_uppercase())
            && !number.is_empty()
            && number.trim() == number
            && number.chars().all(|c| c.is_ascii_graphic() || c == ' ')
    });
    if fits {
        return Ok(());
    }
    Err(Error::Value {
        what: "identifier",
        why,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::picture::tests::png;

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
        assert!(request(Kind::Contract, 40, b"GIF89a".to_vec()).is_err());
        assert!(request(Kind::Contract, 0, png(1, 1)).is_err());
        assert!(request(Kind::Contract, 501, png(1, 1)).is_err());
        assert!(request(Kind::Contract, 400, png(1, 2)).is_err());
        assert!(request(Kind::Individual, 40, png(1, 1)).is_err());
        let name = "x".repeat(65);
        let long = Request::new(organization(), name, Kind::Official, 40, png(1, 1));
        assert!(matches!(long, Err(Error::Profile(_))));
    }

    #[test]
    fn identifiers_say_their_kind_and_country() {
        let with = |identifier: &str, individual: bool| {
            let (country, name) = ("ES".into(), "Example".into());
            let identifier = identifier.into();
            check_identifier(&if individual {
                Applicant::Individual {
                    country,
                    name,
                    identifier,
                }
            } else {
                Applicant::Organization {
                    country,
                    name,
                    identifier,
                }
            })
        };
        for good in ["VATES-B12345678", "NTRDE-HRB 1", "ES:ES-7"] {
            assert!(with(good, false).is_ok(), "{good}");
        }
        for good in ["IDCES-00000000T", "PASPT-A1", "TINFR-12"] {
            assert!(with(good, true).is_ok(), "{good}");
            assert!(with(good, false).is_err(), "{good}");
        }
        for bad in [
            "",
            "-",
            "B12345678",
            "VATES-",
            "VATE-B1",
            "vates-b1",
            "VATES-ñ",
            "VATÉS-1",
        ] {
            assert!(with(bad, false).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_that_hide_characters_are_refused() {
        for name in [
            "Example\u{202E}.L.S",
            "Exam\u{200B}ple",
            "Example\u{2028}S.L.",
        ] {
            let mut applicant = organization();
            if let Applicant::Organization { name: own, .. } = &mut applicant {
                name.clone_into(own);
            }
            let refused = Request::new(applicant, "Seal".into(), Kind::Official, 40, png(1, 1));
            assert!(matches!(refused, Err(Error::Value { .. })), "{name:?}");
        }
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
