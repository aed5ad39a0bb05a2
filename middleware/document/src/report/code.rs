//! Stable codes, and the indications of EN 319 102-1 that they stand for.

use serde::{Serialize, Serializer};

/// Verdict on a signature (EN 319 102-1, 5.1.3), the gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Indication {
    /// All checks passed.
    TotalPassed,
    /// What is there does not allow a verdict.
    Indeterminate,
    /// The signature is broken or forged, or the document was changed.
    TotalFailed,
}

/// The kind of a verdict (EN 319 102-1, table 3), in the standard's own spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of EN 319 102-1, table 3")]
pub enum SubIndication {
    FormatFailure,
    HashFailure,
    SigCryptoFailure,
    SigConstraintsFailure,
    ChainConstraintsFailure,
    CryptoConstraintsFailure,
    CryptoConstraintsFailureNoPoe,
    NoSigningCertificateFound,
    NoCertificateChainFound,
    OutOfBoundsNoPoe,
    RevokedNoPoe,
    RevokedCaNoPoe,
    SignedDataNotFound,
    TryLater,
    Generic,
}

impl Indication {
    /// The standard's own spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TotalPassed => "TOTAL-PASSED",
            Self::Indeterminate => "INDETERMINATE",
            Self::TotalFailed => "TOTAL-FAILED",
        }
    }
}

impl SubIndication {
    /// The standard's own spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FormatFailure => "FORMAT_FAILURE",
            Self::HashFailure => "HASH_FAILURE",
            Self::SigCryptoFailure => "SIG_CRYPTO_FAILURE",
            Self::SigConstraintsFailure => "SIG_CONSTRAINTS_FAILURE",
            Self::ChainConstraintsFailure => "CHAIN_CONSTRAINTS_FAILURE",
            Self::CryptoConstraintsFailure => "CRYPTO_CONSTRAINTS_FAILURE",
            Self::CryptoConstraintsFailureNoPoe => "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
            Self::NoSigningCertificateFound => "NO_SIGNING_CERTIFICATE_FOUND",
            Self::NoCertificateChainFound => "NO_CERTIFICATE_CHAIN_FOUND",
            Self::OutOfBoundsNoPoe => "OUT_OF_BOUNDS_NO_POE",
            Self::RevokedNoPoe => "REVOKED_NO_POE",
            Self::RevokedCaNoPoe => "REVOKED_CA_NO_POE",
            Self::SignedDataNotFound => "SIGNED_DATA_NOT_FOUND",
            Self::TryLater => "TRY_LATER",
            Self::Generic => "GENERIC",
        }
    }
}

/// What was found. The names are stable; later versions only add to them.
///
/// Within one indication the order is that of weight: of several findings the first listed here
/// names the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Code {
    /// Nothing stands against it.
    Valid,

    // The document as such.
    /// No signature at all.
    NothingSealed,
    /// Not a PDF document.
    NotPdf,
    /// Encrypted.
    Encrypted,
    /// Departs from ISO 32000 in a part that is needed.
    Damaged,
    /// Beyond a limit of this program.
    TooLarge,
    /// The bytes cannot be read.
    Unreadable,

    // Broken: the document or the signature.
    /// The seal was made for another document.
    CopiedSeal,
    /// The bytes covered are not those that were signed.
    DocumentChanged,
    /// Something was added or replaced after sealing.
    ChangedAfterSealing,
    /// Something was changed that the certification does not allow.
    CertificationViolated,
    /// A form field was changed that the signature locks.
    LockedFieldChanged,
    /// The signature itself was replaced, changed or removed later.
    SignatureReplaced,
    /// A part was replaced that other parts of the document use too.
    SharedObjectChanged,
    /// A form field was made to look otherwise without a change of its value.
    FieldAppearanceChanged,
    /// An annotation was added that can cover or imitate contents.
    CoveringAnnotation,
    /// What follows the sealed version cannot be read as a revision.
    UnreadableAfterSealing,
    /// The damaged file speaks of a signature that cannot be found by reading it.
    SignatureUnreadable,
    /// Bytes follow that belong to no revision.
    BytesAfterLastRevision,
    /// The signature value does not fit.
    SignatureBroken,
    /// A signature dictionary that belongs to no field.
    SignatureWithoutField,
    /// The signature dictionary is not as it must be.
    DictionaryMalformed,
    /// No signature in the dictionary.
    ContentsMissing,
    /// The signature's bytes are not one hexadecimal string at a known place.
    ContentsMalformed,
    /// No range of bytes.
    ByteRangeMissing,
    /// A range that is not four numbers beginning with 0.
    ByteRangeMalformed,
    /// The range leaves out more or less than the signature itself.
    ByteRangeGap,
    /// The range does not end where its revision ends.
    ByteRangeEnd,
    /// No readable CMS signature.
    SignatureMalformed,

    // Broken: the seal.
    /// The maker did not sign this seal structure.
    SealForged,
    /// The seal was not made by a seal maker.
    SealMakerNotAllowed,
    /// The signer's certificate is not in the seal's list.
    CertificateNotInSeal,
    /// The picture drawn is not the picture sealed.
    SealPictureDiffers,
    /// The seal picture cannot be read.
    SealPictureUnreadable,
    /// The seal structure cannot be read.
    SealMalformed,

    // Cannot tell: revocation that is known.
    /// The certificate was revoked; when the seal was made is not proven.
    Revoked,
    /// The certificate is on hold.
    OnHold,
    /// The certificate of an authority was revoked.
    AuthorityRevoked,
    /// The seal maker's certificate was revoked.
    SealMakerRevoked,

    // Cannot tell: validity.
    /// The certificate's validity is over.
    CertificateExpired,
    /// The certificate's validity has not begun.
    CertificateNotYetValid,
    /// The seal's validity is over.
    SealExpired,
    /// The seal's validity has not begun.
    SealNotYetValid,
    /// The seal maker's certificate is out of its validity.
    SealMakerExpired,

    // Cannot tell: trust.
    /// No trusted authority is known for the signer.
    NoTrustAnchor,
    /// The path to the trusted authority breaks the rules.
    ChainBroken,
    /// No trusted authority is known for the seal's maker.
    SealMakerUntrusted,
    /// The path to the seal maker's authority breaks the rules.
    SealMakerChainBroken,
    /// The signer's certificate is missing.
    CertificateMissing,
    /// The signed reference is to another certificate.
    CertificateReferenceMismatch,
    /// The signature does not say which certificate it was made with.
    CertificateReferenceMissing,

    // Cannot tell: means.
    /// An algorithm that is not judged here.
    UnsupportedAlgorithm,
    /// A form of signature that is not judged here.
    UnsupportedForm,
    /// An algorithm that is too weak, and nothing proves an earlier time.
    WeakAlgorithm,
    /// A timestamp from the future.
    TimestampFromFuture,
    /// No revocation list.
    RevocationUnknown,
    /// The revocation list is past its time.
    RevocationStale,
    /// The revocation list cannot be used.
    RevocationUnusable,
    /// No usable revocation list for the seal's maker.
    SealMakerRevocationUnknown,
    /// A revision was added by a seal that is itself not proven.
    LaterSealNotProven,
}

impl Code {
    /// How grave.
    #[must_use]
    pub const fn indication(self) -> Indication {
        match self {
            Self::Valid => Indication::TotalPassed,
            Self::CopiedSeal
            | Self::DocumentChanged
            | Self::ChangedAfterSealing
            | Self::CertificationViolated
            | Self::LockedFieldChanged
            | Self::SignatureReplaced
            | Self::SharedObjectChanged
            | Self::FieldAppearanceChanged
            | Self::CoveringAnnotation
            | Self::UnreadableAfterSealing
            | Self::SignatureUnreadable
            | Self::BytesAfterLastRevision
            | Self::SignatureBroken
            | Self::SignatureWithoutField
            | Self::DictionaryMalformed
            | Self::ContentsMissing
            | Self::ContentsMalformed
            | Self::ByteRangeMissing
            | Self::ByteRangeMalformed
            | Self::ByteRangeGap
            | Self::ByteRangeEnd
            | Self::SignatureMalformed
            | Self::SealForged
            | Self::SealMakerNotAllowed
            | Self::CertificateNotInSeal
            | Self::SealPictureDiffers
            | Self::SealPictureUnreadable
            | Self::SealMalformed => Indication::TotalFailed,
            _ => Indication::Indeterminate,
        }
    }

    /// The kind, in the standard's words.
    #[must_use]
    pub const fn sub_indication(self) -> Option<SubIndication> {
        use SubIndication as Sub;
        Some(match self {
            Self::Valid | Self::NothingSealed => return None,
            Self::CopiedSeal | Self::DocumentChanged => Sub::HashFailure,
            Self::SignatureBroken | Self::SealForged => Sub::SigCryptoFailure,
            Self::ChangedAfterSealing
            | Self::CertificationViolated
            | Self::LockedFieldChanged
            | Self::SignatureReplaced
            | Self::SharedObjectChanged
            | Self::FieldAppearanceChanged
            | Self::CoveringAnnotation
            | Self::UnreadableAfterSealing
            | Self::SignatureUnreadable
            | Self::BytesAfterLastRevision
            | Self::SignatureWithoutField
            | Self::DictionaryMalformed
            | Self::ContentsMissing
            | Self::ContentsMalformed
            | Self::ByteRangeMissing
            | Self::ByteRangeMalformed
            | Self::ByteRangeGap
            | Self::ByteRangeEnd
            | Self::SignatureMalformed
            | Self::SealPictureUnreadable
            | Self::SealMalformed
            | Self::NotPdf
            | Self::Encrypted
            | Self::Damaged => Sub::FormatFailure,
            Self::SealMakerNotAllowed
            | Self::CertificateNotInSeal
            | Self::SealPictureDiffers
            | Self::CertificateReferenceMissing => Sub::SigConstraintsFailure,
            Self::Revoked | Self::OnHold | Self::SealMakerRevoked => Sub::RevokedNoPoe,
            Self::AuthorityRevoked => Sub::RevokedCaNoPoe,
            Self::CertificateExpired
            | Self::CertificateNotYetValid
            | Self::SealExpired
            | Self::SealNotYetValid
            | Self::SealMakerExpired => Sub::OutOfBoundsNoPoe,
            Self::NoTrustAnchor | Self::SealMakerUntrusted => Sub::NoCertificateChainFound,
            Self::ChainBroken | Self::SealMakerChainBroken => Sub::ChainConstraintsFailure,
            Self::CertificateMissing | Self::CertificateReferenceMismatch => {
                Sub::NoSigningCertificateFound
            }
            Self::UnsupportedAlgorithm => Sub::CryptoConstraintsFailure,
            Self::WeakAlgorithm => Sub::CryptoConstraintsFailureNoPoe,
            Self::RevocationUnknown
            | Self::RevocationStale
            | Self::RevocationUnusable
            | Self::SealMakerRevocationUnknown => Sub::TryLater,
            Self::Unreadable => Sub::SignedDataNotFound,
            Self::TooLarge
            | Self::UnsupportedForm
            | Self::TimestampFromFuture
            | Self::LaterSealNotProven => Sub::Generic,
        })
    }

    /// The stable name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Valid => "VALID",
            Self::NothingSealed => "NOTHING_SEALED",
            Self::NotPdf => "NOT_PDF",
            Self::Encrypted => "ENCRYPTED",
            Self::Damaged => "DAMAGED",
            Self::TooLarge => "TOO_LARGE",
            Self::Unreadable => "UNREADABLE",
            Self::CopiedSeal => "COPIED_SEAL",
            Self::DocumentChanged => "DOCUMENT_CHANGED",
            Self::ChangedAfterSealing => "CHANGED_AFTER_SEALING",
            Self::CertificationViolated => "CERTIFICATION_VIOLATED",
            Self::LockedFieldChanged => "LOCKED_FIELD_CHANGED",
            Self::SignatureReplaced => "SIGNATURE_REPLACED",
            Self::SharedObjectChanged => "SHARED_OBJECT_CHANGED",
            Self::FieldAppearanceChanged => "FIELD_APPEARANCE_CHANGED",
            Self::CoveringAnnotation => "COVERING_ANNOTATION",
            Self::UnreadableAfterSealing => "UNREADABLE_AFTER_SEALING",
            Self::SignatureUnreadable => "SIGNATURE_UNREADABLE",
            Self::BytesAfterLastRevision => "BYTES_AFTER_LAST_REVISION",
            Self::SignatureBroken => "SIGNATURE_BROKEN",
            Self::SignatureWithoutField => "SIGNATURE_WITHOUT_FIELD",
            Self::DictionaryMalformed => "DICTIONARY_MALFORMED",
            Self::ContentsMissing => "CONTENTS_MISSING",
            Self::ContentsMalformed => "CONTENTS_MALFORMED",
            Self::ByteRangeMissing => "BYTE_RANGE_MISSING",
            Self::ByteRangeMalformed => "BYTE_RANGE_MALFORMED",
            Self::ByteRangeGap => "BYTE_RANGE_GAP",
            Self::ByteRangeEnd => "BYTE_RANGE_END",
            Self::SignatureMalformed => "SIGNATURE_MALFORMED",
            Self::SealForged => "SEAL_FORGED",
            Self::SealMakerNotAllowed => "SEAL_MAKER_NOT_ALLOWED",
            Self::CertificateNotInSeal => "CERTIFICATE_NOT_IN_SEAL",
            Self::SealPictureDiffers => "SEAL_PICTURE_DIFFERS",
            Self::SealPictureUnreadable => "SEAL_PICTURE_UNREADABLE",
            Self::SealMalformed => "SEAL_MALFORMED",
            Self::Revoked => "REVOKED",
            Self::OnHold => "ON_HOLD",
            Self::AuthorityRevoked => "AUTHORITY_REVOKED",
            Self::SealMakerRevoked => "SEAL_MAKER_REVOKED",
            Self::CertificateExpired => "CERTIFICATE_EXPIRED",
            Self::CertificateNotYetValid => "CERTIFICATE_NOT_YET_VALID",
            Self::SealExpired => "SEAL_EXPIRED",
            Self::SealNotYetValid => "SEAL_NOT_YET_VALID",
            Self::SealMakerExpired => "SEAL_MAKER_EXPIRED",
            Self::NoTrustAnchor => "NO_TRUST_ANCHOR",
            Self::ChainBroken => "CHAIN_BROKEN",
            Self::SealMakerUntrusted => "SEAL_MAKER_UNTRUSTED",
            Self::SealMakerChainBroken => "SEAL_MAKER_CHAIN_BROKEN",
            Self::CertificateMissing => "CERTIFICATE_MISSING",
            Self::CertificateReferenceMismatch => "CERTIFICATE_REFERENCE_MISMATCH",
            Self::CertificateReferenceMissing => "CERTIFICATE_REFERENCE_MISSING",
            Self::UnsupportedAlgorithm => "UNSUPPORTED_ALGORITHM",
            Self::UnsupportedForm => "UNSUPPORTED_FORM",
            Self::TimestampFromFuture => "TIMESTAMP_FROM_FUTURE",
            Self::WeakAlgorithm => "WEAK_ALGORITHM",
            Self::LaterSealNotProven => "LATER_SEAL_NOT_PROVEN",
            Self::RevocationUnknown => "REVOCATION_UNKNOWN",
            Self::RevocationStale => "REVOCATION_STALE",
            Self::RevocationUnusable => "REVOCATION_UNUSABLE",
            Self::SealMakerRevocationUnknown => "SEAL_MAKER_REVOCATION_UNKNOWN",
        }
    }
}

impl Serialize for Indication {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Serialize for SubIndication {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
