//! The signed seal: `SESeal`.

use der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use der::{DateTime, Decode, Encode, Sequence};

use super::info::{Picture, SealInfo, SealKind};
use super::{MAX_CERTIFICATE_LEN, MAX_LEN};
use crate::error::at_most;
use crate::oid::{ECDSA_WITH_SHA256, RawOid};
use crate::{Error, ecdsa};

/// Longest signature accepted, in bytes.
const MAX_SIGNATURE_LEN: usize = 512;

/// An electronic seal as read or made, with the very bytes that were signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeSeal {
    der: Vec<u8>,
    info_der: Vec<u8>,
    info: SealInfo,
    maker_certificate: Vec<u8>,
    signature_algorithm: RawOid,
    signature: Vec<u8>,
}

/// The outer structure, borrowed.
#[derive(Sequence)]
struct Outer<'a> {
    info: AnyRef<'a>,
    certificate: &'a OctetStringRef,
    algorithm: RawOid,
    signature: BitStringRef<'a>,
}

impl SeSeal {
    /// Reads a seal, strictly and within limits. Its signature is *not* checked: see
    /// [`Self::check_signature`].
    ///
    /// # Errors
    /// See [`Error`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        at_most("seal", der.len(), MAX_LEN)?;
        let outer = Outer::from_der(der).map_err(Error::der("seal"))?;
        // Tag and length have one DER form only, so these are the bytes as read.
        let info_der = outer.info.to_der().map_err(Error::der("seal"))?;
        let info = SealInfo::from_der(&info_der)?;
        let certificate = outer.certificate.as_bytes();
        at_most(
            "maker's certificate",
            certificate.len(),
            MAX_CERTIFICATE_LEN,
        )?;
        let signature = outer.signature.as_bytes().ok_or(Error::Signature)?;
        at_most("seal signature", signature.len(), MAX_SIGNATURE_LEN)?;
        Ok(Self {
            der: der.to_vec(),
            info,
            maker_certificate: certificate.to_vec(),
            signature_algorithm: outer.algorithm,
            signature: signature.to_vec(),
            info_der,
        })
    }

    /// Puts a seal together from [`SealInfo::to_der`]'s bytes, the maker's certificate (DER) and
    /// the maker's signature over those bytes (`ECDSA-Sig-Value` in DER).
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Signature`] if the signature does not fit the certificate's key, so
    /// that no broken seal can leave its maker.
    pub fn assemble(
        info_der: &[u8],
        maker_certificate: &[u8],
        signature: &[u8],
    ) -> Result<Self, Error> {
        let outer = Outer {
            info: AnyRef::from_der(info_der).map_err(Error::der("seal information"))?,
            certificate: OctetStringRef::new(maker_certificate)
                .map_err(Error::der("maker's certificate"))?,
            algorithm: ECDSA_WITH_SHA256.into(),
            signature: BitStringRef::from_bytes(signature).map_err(Error::der("seal signature"))?,
        };
        let seal = Self::from_der(&outer.to_der().map_err(Error::der("seal"))?)?;
        seal.check_signature()?;
        Ok(seal)
    }

    /// Checks the maker's signature over the bytes as read, with the key in the maker's
    /// certificate. Whether that certificate is trusted is another question.
    ///
    /// # Errors
    /// [`Error::Algorithm`], [`Error::PublicKey`] or [`Error::Signature`].
    pub fn check_signature(&self) -> Result<(), Error> {
        if self.signature_algorithm != ECDSA_WITH_SHA256 {
            return Err(Error::Algorithm(self.signature_algorithm));
        }
        let point = ecdsa::certificate_point(&self.maker_certificate)?;
        ecdsa::check(&point, &self.info_der, &self.signature)
    }

    /// The whole seal, DER.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The bytes that the maker signed: the `SES_SealInfo` as read.
    pub fn info_der(&self) -> &[u8] {
        &self.info_der
    }

    /// Everything the maker signed.
    pub fn info(&self) -> &SealInfo {
        &self.info
    }

    /// What the seal is for.
    pub fn kind(&self) -> SealKind {
        self.info.kind
    }

    /// Name of the seal.
    pub fn name(&self) -> &str {
        &self.info.name
    }

    /// The seal's number at its maker.
    pub fn es_id(&self) -> &str {
        &self.info.es_id
    }

    /// First and last moment of validity.
    pub fn validity(&self) -> (DateTime, DateTime) {
        (self.info.valid_from, self.info.valid_until)
    }

    /// Certificates (DER) that may use the seal.
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.info.certificates
    }

    /// Whether this very certificate (DER) may use the seal.
    pub fn lists(&self, certificate: &[u8]) -> bool {
        self.info.certificates.iter().any(|own| own == certificate)
    }

    /// The picture.
    pub fn picture(&self) -> &Picture {
        &self.info.picture
    }

    /// The maker's certificate, DER.
    pub fn maker_certificate(&self) -> &[u8] {
        &self.maker_certificate
    }

    /// The algorithm of the maker's signature.
    pub fn signature_algorithm(&self) -> RawOid {
        self.signature_algorithm
    }

    /// The maker's signature, `ECDSA-Sig-Value` in DER.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
}
