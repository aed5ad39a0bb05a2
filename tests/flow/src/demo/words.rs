//! What the narrator says, in English and in Spanish.

/// The language of the narration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Spanish.
    Spanish,
}

impl Language {
    /// The language of a locale name such as `es_ES.UTF-8`; English unless it is Spanish.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        if locale.starts_with("es") {
            Self::Spanish
        } else {
            Self::English
        }
    }

    /// The locale that the programs get.
    #[must_use]
    pub const fn locale(self) -> &'static str {
        match self {
            Self::English => "en_US.UTF-8",
            Self::Spanish => "es_ES.UTF-8",
        }
    }

    /// One of two texts.
    pub(super) const fn pick(self, english: &'static str, spanish: &'static str) -> &'static str {
        match self {
            Self::English => english,
            Self::Spanish => spanish,
        }
    }
}

/// A step of the demo.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Center,
    Apply,
    Approve,
    Personalize,
    Letter,
    Activate,
    Document,
    Stamp,
    Change,
    Copy,
    Loss,
    AfterLoss,
    Audit,
}

impl Step {
    pub(super) const fn title(self, language: Language) -> &'static str {
        match self {
            Self::Center => language.pick(
                "The center opens: CA, seal-making certificate, ledger, two officers",
                "El centro abre: autoridad de certificación, certificado de fabricante de sellos, \
                 registro, dos oficiales",
            ),
            Self::Apply => language.pick(
                "An organization applies; its seal picture is drawn",
                "Una organización solicita su sello; se dibuja la imagen del sello",
            ),
            Self::Approve => language.pick(
                "Two officers approve; one cannot do it twice",
                "Dos oficiales aprueban; uno solo no puede hacerlo dos veces",
            ),
            Self::Personalize => language.pick(
                "A blank card is personalized: its key is generated on the card",
                "Se personaliza una tarjeta virgen: la clave se genera en la tarjeta",
            ),
            Self::Letter => language.pick(
                "The custodian receives the card and the PIN letter",
                "El custodio recibe la tarjeta y la carta con el PIN",
            ),
            Self::Activate => language.pick(
                "The custodian changes the transport PIN; the center activates the seal",
                "El custodio cambia el PIN de transporte; el centro activa el sello",
            ),
            Self::Document => language.pick("A document to seal", "Un documento para sellar"),
            Self::Stamp => language.pick(
                "The document is stamped and verified",
                "El documento se sella y se verifica",
            ),
            Self::Change => language.pick(
                "Somebody changes one byte of the text",
                "Alguien cambia un byte del texto",
            ),
            Self::Copy => language.pick(
                "Somebody copies the seal into another document",
                "Alguien copia el sello en otro documento",
            ),
            Self::Loss => language.pick(
                "The card is reported lost; the revocation list is published",
                "Se comunica la pérdida de la tarjeta; se publica la lista de revocación",
            ),
            Self::AfterLoss => language.pick(
                "Sealed before the loss, and sealed after it: nobody can tell without a trusted time",
                "Sellado antes de la pérdida y sellado después: sin una hora de confianza, nadie puede \
                 distinguirlos",
            ),
            Self::Audit => language.pick("The audit log holds", "El registro de auditoría cuadra"),
        }
    }
}
