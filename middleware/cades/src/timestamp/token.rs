//! Timestamp tokens (RFC 3161, 2.4.2): CMS signatures around a `TSTInfo`.
//!
//! Whether the authority is trusted is asked apart, with
//! [`CertificatePath`](crate::CertificatePath) for the purpose
//! [`Timestamp`](crate::Purpose::Timestamp).

use alloc::vec::Vec;

use super::{MAX_TOKEN, TstInfo};
use crate::attributes::CertificateReference;
use crate::build::{SignedAttributes, assemble};
use crate::certificate::Certificate;
use crate::digest::DigestAlgorithm;
use crate::error::{Asn1Error, BuildError, CmsError};
use crate::oid;
use crate::signed_data::SignedData;
use crate::signer::Signer;
use crate::weakness::{Weakness, of_digest};

/// Why a token proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is no sound signature.
    #[error("the timestamp: {0}")]
    Cms(#[from] CmsError),
    /// It is a signature around something else.
    #[error("the timestamp token holds no time")]
    NotToken,
    /// What it says cannot be read.
    #[error("the timestamp: {0}")]
    Info(#[source] Asn1Error),
    /// It has none or several signers (RFC 3161, 2.4.2).
    #[error("the timestamp has {count} signers; one is due")]
    Signers {
        /// How many.
        count: usize,
    },
    /// It stamps something else.
    #[error("the timestamp is over something else")]
    ImprintMismatch,
    /// It does not say which certificate it is made with (RFC 3161, 2.4.2).
    #[error("the timestamp does not name its authority's certificate")]
    ReferenceMissing,
    /// The request's random number is not repeated.
    #[error("the timestamp answers another request")]
    NonceMismatch,
}

/// A token as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    data: SignedData,
    signer: Signer,
    info: TstInfo,
}

impl Token {
    /// Reads a token; zero octets may follow, as in the place reserved for a
    /// document timestamp.
    ///
    /// # Errors
    /// [`TokenError`] for what is wrong with its form.
    pub fn parse(bytes: &[u8]) -> Result<Self, TokenError> {
        if bytes.len() > MAX_TOKEN {
            return Err(TokenError::Info(Asn1Error::TooLarge {
                structure: "TimeStampToken",
                limit: MAX_TOKEN,
            }));
        }
        let data = SignedData::parse_any(bytes)?;
        let content = data
            .content()
            .filter(|_| data.content_type() == oid::TST_INFO);
        let info = TstInfo::from_der(content.ok_or(TokenError::NotToken)?);
        let info = info.map_err(TokenError::Info)?;
        let signer = match data.signers() {
            [Ok(signer)] => signer.clone(),
            [Err(error)] => return Err(error.clone().into()),
            several => {
                return Err(TokenError::Signers {
                    count: several.len(),
                });
            }
        };
        Ok(Self { data, signer, info })
    }

    /// What it says. It counts only after [`check`](Self::check).
    #[must_use]
    pub const fn info(&self) -> &TstInfo {
        &self.info
    }

    /// The certificates that came with it; none of them is trusted for that.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        self.data.certificates()
    }

    /// The signature structure itself.
    #[must_use]
    pub const fn signed_data(&self) -> &SignedData {
        &self.data
    }

    /// Its signer.
    #[must_use]
    pub const fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The digest algorithm with which what was stamped has to be hashed for
    /// [`check`](Self::check).
    #[must_use]
    pub const fn digest_algorithm(&self) -> DigestAlgorithm {
        self.info.imprint.algorithm
    }

    /// The authority's certificate, from the token or from `others`.
    #[must_use]
    pub fn authority<'a>(&'a self, others: &'a [Certificate]) -> Option<&'a Certificate> {
        let own = self.signer.certificate(self.data.certificates());
        own.or_else(|| self.signer.certificate(others))
    }

    /// Checks that the token is over the thing with this digest and that its
    /// signature holds, and gives the authority's certificate, for which a
    /// path remains to be found.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn check<'a>(
        &'a self,
        digest: &[u8],
        others: &'a [Certificate],
    ) -> Result<&'a Certificate, TokenError> {
        let certificate = self.check_signature(others)?;
        if digest != self.info.imprint.digest {
            return Err(TokenError::ImprintMismatch);
        }
        Ok(certificate)
    }

    /// [`check`](Self::check), leaving aside what was stamped.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn check_signature<'a>(
        &'a self,
        others: &'a [Certificate],
    ) -> Result<&'a Certificate, TokenError> {
        let certificate = self.authority(others);
        let algorithm = self.signer.digest_algorithm().map_err(CmsError::from)?;
        let content = self.data.content().unwrap_or_default();
        if !self.signer.has_signed_attributes() {
            return Err(TokenError::ReferenceMissing);
        }
        let reference = self.signer.check(certificate, &algorithm.digest(content))?;
        if reference == CertificateReference::Absent {
            return Err(TokenError::ReferenceMissing);
        }
        certificate.ok_or(TokenError::Cms(CmsError::NoSignerCertificate))
    }

    /// Checks that the token answers this request: the same digest, and the
    /// same random number.
    ///
    /// # Errors
    /// [`TokenError::ImprintMismatch`] or [`TokenError::NonceMismatch`].
    pub fn answers(&self, request: &super::TimeStampReq) -> Result<(), TokenError> {
        if self.info.imprint != request.imprint {
            return Err(TokenError::ImprintMismatch);
        }
        if request.nonce.is_some() && self.info.nonce != request.nonce {
            return Err(TokenError::NonceMismatch);
        }
        Ok(())
    }

    /// The algorithms it uses that are too weak to be relied on.
    #[must_use]
    pub fn weaknesses(&self, others: &[Certificate]) -> Vec<Weakness> {
        let mut found = self.signer.weaknesses(self.authority(others));
        found.extend(of_digest(self.digest_algorithm()));
        found.dedup();
        found
    }
}

/// A token that waits for its signature: a digest goes out, a signature value
/// comes back.
#[derive(Debug, Clone)]
pub struct TokenDraft {
    info: Vec<u8>,
    attributes: SignedAttributes,
    certificate: Vec<u8>,
}

impl TokenDraft {
    /// Begins a token that says `info`, of the authority with this certificate
    /// (DER; an ECDSA key that signs SHA-256 digests).
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn new(info: &TstInfo, certificate_der: &[u8]) -> Result<Self, BuildError> {
        let info = info.to_der();
        Ok(Self {
            attributes: SignedAttributes::of_token(&info, certificate_der)?,
            certificate: certificate_der.to_vec(),
            info,
        })
    }

    /// What the key has to sign: the SHA-256 digest of the signed attributes.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.attributes.digest()
    }

    /// Puts the token together. `signature_der` is a DER `ECDSA-Sig-Value`;
    /// `issuers` are put in beside the authority's certificate, and nothing is
    /// where the request did not ask for certificates.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn finish(
        &self,
        signature_der: &[u8],
        issuers: Option<&[Vec<u8>]>,
    ) -> Result<Vec<u8>, BuildError> {
        assemble(
            &self.attributes,
            signature_der,
            &self.certificate,
            issuers,
            Some(&self.info),
        )
    }
}

#[cfg(test)]
mod tests;
