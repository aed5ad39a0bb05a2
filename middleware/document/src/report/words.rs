//! The sentences for people, one a code, in each language.

use super::{Code, Kind, Lookalike, Overall, Permission};

/// A language that reports are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Spanish.
    Spanish,
}

impl Language {
    /// The one of the two that is this language's.
    pub(crate) const fn choose(
        self,
        (english, spanish): (&'static str, &'static str),
    ) -> &'static str {
        match self {
            Self::English => english,
            Self::Spanish => spanish,
        }
    }
}

/// What a code means, in one sentence.
#[must_use]
pub const fn sentence(code: Code, language: Language) -> &'static str {
    language.choose(match code {
        Code::Valid => (
            "The document is as it was sealed, and the seal is good.",
            "El documento está tal como se selló y el sello es válido.",
        ),
        Code::NothingSealed => (
            "The document carries no seal and no signature.",
            "El documento no lleva ningún sello ni firma.",
        ),
        Code::NotPdf => ("This is not a PDF document.", "No es un documento PDF."),
        Code::Encrypted => (
            "The document is encrypted and cannot be checked.",
            "El documento está cifrado y no se puede comprobar.",
        ),
        Code::Damaged => (
            "The document is damaged and cannot be checked.",
            "El documento está dañado y no se puede comprobar.",
        ),
        Code::TooLarge => (
            "The document goes beyond a limit of this program.",
            "El documento supera un límite de este programa.",
        ),
        Code::Unreadable => (
            "The document cannot be read.",
            "No se puede leer el documento.",
        ),
        Code::CopiedSeal => (
            "The seal was copied here from another document.",
            "El sello se ha copiado de otro documento.",
        ),
        Code::DocumentChanged => (
            "The document was changed after it was sealed.",
            "El documento se modificó después de sellarlo.",
        ),
        Code::ChangedAfterSealing => (
            "Something was added or replaced in the document after it was sealed.",
            "Se añadió o sustituyó algo en el documento después de sellarlo.",
        ),
        Code::CertificationViolated => (
            "Something was changed that the certification of the document does not allow.",
            "Se modificó algo que la certificación del documento no permite.",
        ),
        Code::LockedFieldChanged => (
            "A form field was changed that was locked by the signature.",
            "Se modificó un campo del formulario que la firma había bloqueado.",
        ),
        Code::SignatureReplaced => (
            "The signature was replaced or changed in a later version.",
            "La firma se sustituyó o modificó en una versión posterior.",
        ),
        Code::SharedObjectChanged => (
            "A part of the document was replaced that is used in other places too.",
            "Se sustituyó una parte del documento que también se usa en otros lugares.",
        ),
        Code::FieldAppearanceChanged => (
            "A form field was made to look different without a change of its value.",
            "Un campo del formulario se hizo ver distinto sin cambiar su valor.",
        ),
        Code::CoveringAnnotation => (
            "An annotation was added that can cover or imitate contents.",
            "Se añadió una anotación que puede tapar o imitar contenido.",
        ),
        Code::UnreadableAfterSealing => (
            "What was put after the sealed version is not readable as a PDF; programs may show different things.",
            "Lo que se puso detrás de la versión sellada no se puede leer como PDF; los programas pueden mostrar cosas distintas.",
        ),
        Code::SignatureUnreadable => (
            "The file has a signature in it, but is built in such a way that it cannot be checked.",
            "El archivo contiene una firma, pero está construido de modo que no se puede comprobar.",
        ),
        Code::BytesAfterLastRevision => (
            "Data that nothing covers were put at the end of the document.",
            "Al final del documento hay datos que nada protege.",
        ),
        Code::SignatureBroken => (
            "The signature is not genuine.",
            "La firma no es auténtica.",
        ),
        Code::SignatureWithoutField => (
            "There is signature data that belongs to no seal or signature field.",
            "Hay datos de firma que no pertenecen a ningún campo de sello o firma.",
        ),
        Code::DictionaryMalformed => (
            "The signature's description in the document is malformed.",
            "La descripción de la firma en el documento está mal formada.",
        ),
        Code::ContentsMissing => (
            "The signature itself is missing.",
            "Falta la firma en sí.",
        ),
        Code::ContentsMalformed => (
            "The signature is not stored as it must be.",
            "La firma no está guardada como es debido.",
        ),
        Code::ByteRangeMissing => (
            "The signature does not say which part of the document it covers.",
            "La firma no indica qué parte del documento cubre.",
        ),
        Code::ByteRangeMalformed => (
            "What the signature says it covers makes no sense.",
            "Lo que la firma dice cubrir no tiene sentido.",
        ),
        Code::ByteRangeGap => (
            "The signature leaves out a part of the document.",
            "La firma deja fuera una parte del documento.",
        ),
        Code::ByteRangeEnd => (
            "The signature does not cover the document to the end of its version.",
            "La firma no cubre el documento hasta el final de su versión.",
        ),
        Code::SignatureMalformed => (
            "The signature cannot be read.",
            "La firma no se puede leer.",
        ),
        Code::SealForged => (
            "The seal is forged: its maker did not sign it.",
            "El sello es falso: su fabricante no lo firmó.",
        ),
        Code::SealMakerNotAllowed => (
            "The seal was made by someone who may not make seals.",
            "El sello lo hizo alguien que no puede hacer sellos.",
        ),
        Code::CertificateNotInSeal => (
            "The seal was used with a certificate that may not use it.",
            "El sello se usó con un certificado que no puede usarlo.",
        ),
        Code::SealPictureDiffers => (
            "The picture on the page is not the picture of the seal.",
            "La imagen de la página no es la imagen del sello.",
        ),
        Code::SealPictureUnreadable => (
            "The picture of the seal cannot be read.",
            "La imagen del sello no se puede leer.",
        ),
        Code::SealMalformed => (
            "The seal's data cannot be read.",
            "Los datos del sello no se pueden leer.",
        ),
        Code::Revoked => (
            "The seal's certificate was revoked, and nothing proves that the seal was applied before.",
            "El certificado del sello está revocado y nada prueba que se sellara antes.",
        ),
        Code::OnHold => (
            "The seal's certificate is suspended, and nothing proves that the seal was applied before.",
            "El certificado del sello está suspendido y nada prueba que se sellara antes.",
        ),
        Code::AuthorityRevoked => (
            "The certificate of the authority behind the seal was revoked.",
            "El certificado de la autoridad que respalda el sello está revocado.",
        ),
        Code::SealMakerRevoked => (
            "The certificate of the seal's maker was revoked.",
            "El certificado del fabricante del sello está revocado.",
        ),
        Code::CertificateExpired => (
            "The seal's certificate has expired, and nothing proves that the seal was applied before.",
            "El certificado del sello ha caducado y nada prueba que se sellara antes.",
        ),
        Code::CertificateNotYetValid => (
            "The seal's certificate is not valid yet.",
            "El certificado del sello todavía no es válido.",
        ),
        Code::SealExpired => (
            "The seal has expired, and nothing proves that it was applied before.",
            "El sello ha caducado y nada prueba que se aplicara antes.",
        ),
        Code::SealNotYetValid => (
            "The seal is not valid yet.",
            "El sello todavía no es válido.",
        ),
        Code::SealMakerExpired => (
            "The certificate of the seal's maker is not in force.",
            "El certificado del fabricante del sello no está en vigor.",
        ),
        Code::NoTrustAnchor => (
            "The authority that vouches for the signer is not among those you trust.",
            "La autoridad que avala al firmante no está entre las de su confianza.",
        ),
        Code::ChainBroken => (
            "The certificates behind the signer break the rules.",
            "Los certificados que avalan al firmante incumplen las reglas.",
        ),
        Code::SealMakerUntrusted => (
            "The authority that vouches for the seal's maker is not among those you trust.",
            "La autoridad que avala al fabricante del sello no está entre las de su confianza.",
        ),
        Code::SealMakerChainBroken => (
            "The certificates behind the seal's maker break the rules.",
            "Los certificados que avalan al fabricante del sello incumplen las reglas.",
        ),
        Code::CertificateMissing => (
            "The signer's certificate is missing.",
            "Falta el certificado del firmante.",
        ),
        Code::CertificateReferenceMismatch => (
            "The signature was made for another certificate than the one it shows.",
            "La firma se hizo para un certificado distinto del que muestra.",
        ),
        Code::CertificateReferenceMissing => (
            "The signature does not say which certificate it was made with.",
            "La firma no dice con qué certificado se hizo.",
        ),
        Code::UnsupportedAlgorithm => (
            "The signature uses an algorithm that this program cannot check.",
            "La firma usa un algoritmo que este programa no puede comprobar.",
        ),
        Code::UnsupportedForm => (
            "The signature has a form that this program cannot check.",
            "La firma tiene una forma que este programa no puede comprobar.",
        ),
        Code::WeakAlgorithm => (
            "The signature relies on an algorithm that is too weak, and nothing proves that it was made while it was not.",
            "La firma se apoya en un algoritmo demasiado débil y nada prueba que se hiciera cuando aún no lo era.",
        ),
        Code::TimestampFromFuture => (
            "The timestamp is from the future.",
            "El sello de tiempo es del futuro.",
        ),
        Code::LaterSealNotProven => (
            "A seal that was added later cannot be proven good.",
            "No se puede probar que un sello añadido después sea válido.",
        ),
        Code::RevocationUnknown => (
            "There is no list that says whether the certificate was revoked.",
            "No hay ninguna lista que diga si el certificado está revocado.",
        ),
        Code::RevocationStale => (
            "The list of revoked certificates is out of date.",
            "La lista de certificados revocados no está al día.",
        ),
        Code::RevocationUnusable => (
            "The list of revoked certificates cannot be used.",
            "La lista de certificados revocados no se puede usar.",
        ),
        Code::SealMakerRevocationUnknown => (
            "It cannot be told whether the certificate of the seal's maker was revoked.",
            "No se puede saber si el certificado del fabricante del sello está revocado.",
        ),
    })
}

/// The verdict on a document, in a few words.
#[must_use]
pub const fn overall(overall: Overall, language: Language) -> &'static str {
    language.choose(match overall {
        Overall::Valid => ("VALID", "VÁLIDO"),
        Overall::Broken => ("NOT VALID", "NO VÁLIDO"),
        Overall::CannotTell => ("CANNOT TELL", "NO SE PUEDE SABER"),
        Overall::NothingSealed => ("NOTHING SEALED", "NADA SELLADO"),
    })
}

/// That a picture is only a picture.
#[must_use]
pub fn lookalike(found: &Lookalike, language: Language) -> String {
    let page = found
        .page
        .map(|page| format!("{} {page}: ", label(Label::Page, language)))
        .unwrap_or_default();
    let seal = &found.seal;
    match language {
        Language::English => format!(
            "{page}a picture that looks like the seal \"{seal}\" is only a picture; no seal stands behind it"
        ),
        Language::Spanish => format!(
            "{page}una imagen que parece el sello \"{seal}\" es solo una imagen; no hay ningún sello detrás"
        ),
    }
}

/// What a signature is called.
#[must_use]
pub const fn kind(kind: Kind, language: Language) -> &'static str {
    language.choose(match kind {
        Kind::Seal => ("Seal", "Sello"),
        Kind::Signature => ("Signature", "Firma"),
        Kind::Timestamp => ("Timestamp", "Sello de tiempo"),
    })
}

/// What a kind of seal is called; kinds without a name of their own stay as they are.
pub(crate) fn seal_kind(kind: &str, language: Language) -> &str {
    let words = match kind {
        "official" => ("official seal", "sello oficial"),
        "contract" => ("contract seal", "sello de contratos"),
        "finance" => ("finance seal", "sello de finanzas"),
        "invoice" => ("invoice seal", "sello de facturas"),
        "business" => ("business seal", "sello de empresa"),
        "individual" => ("individual's seal", "sello personal"),
        other => return other,
    };
    language.choose(words)
}

/// What a detail of a report is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    Field,
    Signer,
    Serial,
    Issuer,
    Seal,
    SealKind,
    Maker,
    ValidFrom,
    Place,
    Page,
    ClaimedTime,
    Reason,
    Location,
    Covers,
    Verdict,
    Particulars,
    NotProven,
    Until,
    Of,
    NotDrawn,
    ProvenTime,
    Version,
    AllowedAlways,
    AllowedFilling,
    AllowedAnnotating,
    AllowedNever,
}

impl Label {
    /// What a permission is called.
    pub(crate) const fn of(permission: Permission) -> Self {
        match permission {
            Permission::Always => Self::AllowedAlways,
            Permission::Filling => Self::AllowedFilling,
            Permission::Annotating => Self::AllowedAnnotating,
            Permission::Never => Self::AllowedNever,
        }
    }
}

pub(crate) const fn label(label: Label, language: Language) -> &'static str {
    language.choose(match label {
        Label::Field => ("field", "campo"),
        Label::Signer => ("signed by", "firmado por"),
        Label::Serial => ("certificate number", "número de certificado"),
        Label::Issuer => ("certificate issued by", "certificado emitido por"),
        Label::Seal => ("seal", "sello"),
        Label::SealKind => ("kind of seal", "tipo de sello"),
        Label::Maker => ("seal made by", "sello hecho por"),
        Label::ValidFrom => ("seal valid", "sello válido"),
        Label::Place => ("place on the page", "lugar en la página"),
        Label::Page => ("page", "página"),
        Label::ClaimedTime => ("claimed time", "hora declarada"),
        Label::Reason => ("reason given", "motivo declarado"),
        Label::Location => ("place given", "lugar declarado"),
        Label::Covers => ("covers version", "cubre la versión"),
        Label::Verdict => ("verdict", "dictamen"),
        Label::Particulars => ("particulars", "pormenores"),
        Label::NotProven => ("not proven", "sin probar"),
        Label::Until => ("to", "a"),
        Label::Of => ("of", "de"),
        Label::ProvenTime => ("proven to exist since", "existencia probada desde"),
        Label::Version => ("added in version", "añadido en la versión"),
        Label::AllowedAlways => ("harmless", "inofensivo"),
        Label::AllowedFilling => (
            "where signing and filling in are allowed",
            "donde se permite firmar y rellenar",
        ),
        Label::AllowedAnnotating => (
            "where comments are allowed",
            "donde se permiten comentarios",
        ),
        Label::AllowedNever => ("not allowed", "no permitido"),
        Label::NotDrawn => ("not drawn on any page", "no dibujado en ninguna página"),
    })
}
