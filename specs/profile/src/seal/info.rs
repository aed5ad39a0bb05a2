//! What a seal says: `SES_SealInfo`.

use der::asn1::{GeneralizedTime, Ia5String, OctetString};
use der::{DateTime, Decode, Encode};

use super::asn1::{ExtDataDer, SesEsPictureInfo, SesEsPropertyInfo, SesHeader, SesSealInfo};
use super::{MAX_CERTIFICATE_LEN, MAX_EDGE_MM, MAX_ENTRIES, MAX_LEN, MAX_TEXT_LEN};
use crate::Error;
use crate::error::at_most;
use crate::oid::RawOid;

/// Header identifier of every electronic seal.
const HEADER_ID: &str = "ES";
/// The structure's version described here.
const VERSION: u32 = 4;
/// `certListType`: the list holds certificates (2 would be digests).
const CERTIFICATES: u32 = 1;

/// What the seal is for (`property.type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealKind {
    /// 1: the organization's legal-name seal.
    Official,
    /// 2: contracts.
    Contract,
    /// 3: finance.
    Finance,
    /// 4: invoices.
    Invoice,
    /// 5: other business.
    Business,
    /// 6: an individual's seal.
    Individual,
    /// A number without a meaning here, from another maker.
    Other(u32),
}

impl SealKind {
    /// The number in the structure.
    pub fn code(self) -> u32 {
        match self {
            Self::Official => 1,
            Self::Contract => 2,
            Self::Finance => 3,
            Self::Invoice => 4,
            Self::Business => 5,
            Self::Individual => 6,
            Self::Other(code) => code,
        }
    }

    /// The meaning of the number.
    pub fn from_code(code: u32) -> Self {
        match code {
            1 => Self::Official,
            2 => Self::Contract,
            3 => Self::Finance,
            4 => Self::Invoice,
            5 => Self::Business,
            6 => Self::Individual,
            other => Self::Other(other),
        }
    }
}

/// The seal picture. Its bytes come from outside and are not decoded here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Format, as `PNG`.
    pub media_type: String,
    /// The file.
    pub data: Vec<u8>,
    /// Width of the seal on paper, in millimetres.
    pub width_mm: u32,
    /// Height of the seal on paper, in millimetres.
    pub height_mm: u32,
}

/// Extension data of a seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtData {
    /// What it is.
    pub id: RawOid,
    /// Whether a reader that does not know it must refuse the seal.
    pub critical: bool,
    /// Its value, DER.
    pub value: Vec<u8>,
}

/// The part of a seal that its maker signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealInfo {
    /// Maker's software (`Vid`), as `SELLO`.
    pub vendor: String,
    /// The seal's own number, unique at its maker.
    pub es_id: String,
    /// What the seal is for.
    pub kind: SealKind,
    /// Name of the seal.
    pub name: String,
    /// Certificates (DER) that may use the seal.
    pub certificates: Vec<Vec<u8>>,
    /// When the seal was made.
    pub created: DateTime,
    /// Valid from.
    pub valid_from: DateTime,
    /// Valid until.
    pub valid_until: DateTime,
    /// The picture.
    pub picture: Picture,
    /// Extension data.
    pub extensions: Vec<ExtData>,
}

impl SealInfo {
    /// The DER bytes that the maker signs.
    ///
    /// # Errors
    /// If a value is empty, too large, or does not fit its ASN.1 type; see [`Error`].
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        self.check()?;
        let der = self
            .to_asn1()?
            .to_der()
            .map_err(Error::der("seal information"))?;
        at_most("seal information", der.len(), MAX_LEN)?;
        Ok(der)
    }

    /// Reads seal information, strictly: DER, nothing left over, every limit kept.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        at_most("seal information", der.len(), MAX_LEN)?;
        let header = Peek::from_der(der)?;
        if header.id.as_str() != HEADER_ID {
            return Err(Error::NotASeal);
        }
        if header.version != VERSION {
            return Err(Error::SealVersion(header.version));
        }
        let parsed = SesSealInfo::from_der(der).map_err(Error::der("seal information"))?;
        let info = Self::from_asn1(parsed)?;
        info.check()?;
        Ok(info)
    }

    /// Extension data of one kind.
    pub fn extension(&self, id: RawOid) -> Option<&ExtData> {
        self.extensions.iter().find(|ext| ext.id == id)
    }

    fn check(&self) -> Result<(), Error> {
        check_text("vendor", &self.vendor)?;
        check_text("seal number", &self.es_id)?;
        check_text("seal name", &self.name)?;
        check_text("picture type", &self.picture.media_type)?;
        check_bytes("picture", &self.picture.data, MAX_LEN)?;
        for (what, edge) in [
            ("picture width", self.picture.width_mm),
            ("picture height", self.picture.height_mm),
        ] {
            check_edge(what, edge)?;
        }
        if self.certificates.is_empty() {
            return Err(Error::Empty {
                what: "certificate list",
            });
        }
        at_most("certificate list", self.certificates.len(), MAX_ENTRIES)?;
        for certificate in &self.certificates {
            check_bytes("certificate", certificate, MAX_CERTIFICATE_LEN)?;
        }
        at_most("extension data", self.extensions.len(), MAX_ENTRIES)?;
        if self.valid_until < self.valid_from {
            return Err(Error::Validity);
        }
        Ok(())
    }

    fn to_asn1(&self) -> Result<SesSealInfo, Error> {
        let ext_datas = self
            .extensions
            .iter()
            .map(|ext| {
                Ok(ExtDataDer {
                    extn_id: ext.id,
                    critical: ext.critical,
                    extn_value: octets("extension data", &ext.value)?,
                })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        let cert_list = self
            .certificates
            .iter()
            .map(|certificate| octets("certificate", certificate))
            .collect::<Result<_, _>>()?;
        Ok(SesSealInfo {
            header: SesHeader {
                id: ia5("header", HEADER_ID)?,
                version: VERSION,
                vid: ia5("vendor", &self.vendor)?,
            },
            es_id: ia5("seal number", &self.es_id)?,
            property: SesEsPropertyInfo {
                kind: self.kind.code(),
                name: self.name.clone(),
                cert_list_type: CERTIFICATES,
                cert_list,
                create_date: GeneralizedTime::from_date_time(self.created),
                valid_start: GeneralizedTime::from_date_time(self.valid_from),
                valid_end: GeneralizedTime::from_date_time(self.valid_until),
            },
            picture: SesEsPictureInfo {
                media_type: ia5("picture type", &self.picture.media_type)?,
                data: octets("picture", &self.picture.data)?,
                width: self.picture.width_mm,
                height: self.picture.height_mm,
            },
            ext_datas: (!ext_datas.is_empty()).then_some(ext_datas),
        })
    }

    fn from_asn1(parsed: SesSealInfo) -> Result<Self, Error> {
        let property = parsed.property;
        if property.cert_list_type != CERTIFICATES {
            return Err(Error::CertificateListType(property.cert_list_type));
        }
        Ok(Self {
            vendor: parsed.header.vid.as_str().to_owned(),
            es_id: parsed.es_id.as_str().to_owned(),
            kind: SealKind::from_code(property.kind),
            name: property.name,
            certificates: property
                .cert_list
                .into_iter()
                .map(|certificate| certificate.as_bytes().to_vec())
                .collect(),
            created: property.create_date.to_date_time(),
            valid_from: property.valid_start.to_date_time(),
            valid_until: property.valid_end.to_date_time(),
            picture: Picture {
                media_type: parsed.picture.media_type.as_str().to_owned(),
                data: parsed.picture.data.as_bytes().to_vec(),
                width_mm: parsed.picture.width,
                height_mm: parsed.picture.height,
            },
            extensions: parsed
                .ext_datas
                .unwrap_or_default()
                .into_iter()
                .map(|ext| ExtData {
                    id: ext.extn_id,
                    critical: ext.critical,
                    value: ext.extn_value.as_bytes().to_vec(),
                })
                .collect(),
        })
    }
}

/// Reads the header alone, so that another version is named instead of failing somewhere inside.
struct Peek;

impl Peek {
    fn from_der(der: &[u8]) -> Result<SesHeader, Error> {
        use der::Reader;
        let sequence = der::asn1::AnyRef::from_der(der).map_err(Error::der("seal information"))?;
        let header: der::Result<SesHeader> = sequence.sequence(|reader| {
            let header = SesHeader::decode(reader)?;
            let rest = reader.remaining_len();
            reader.drain(rest)?;
            Ok(header)
        });
        header.map_err(Error::der("seal header"))
    }
}

fn check_text(what: &'static str, text: &str) -> Result<(), Error> {
    check_bytes(what, text.as_bytes(), MAX_TEXT_LEN)
}

fn check_bytes(what: &'static str, bytes: &[u8], limit: usize) -> Result<(), Error> {
    if bytes.is_empty() {
        return Err(Error::Empty { what });
    }
    at_most(what, bytes.len(), limit)
}

fn check_edge(what: &'static str, edge: u32) -> Result<(), Error> {
    if edge == 0 {
        return Err(Error::Empty { what });
    }
    let size = |mm: u32| usize::try_from(mm).unwrap_or(usize::MAX);
    at_most(what, size(edge), size(MAX_EDGE_MM))
}

fn ia5(what: &'static str, text: &str) -> Result<Ia5String, Error> {
    Ia5String::new(text).map_err(|_| Error::Text { what })
}

fn octets(what: &'static str, bytes: &[u8]) -> Result<OctetString, Error> {
    OctetString::new(bytes).map_err(Error::der(what))
}
