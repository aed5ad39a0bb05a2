//! The letter's fixed text, in each language.

use time::{Date, Month};

use super::{Language, PinLetter, Recipient};

/// One language's text.
pub(super) struct Words {
    /// Language tag (RFC 5646).
    pub(super) tag: &'static str,
    pub(super) title: &'static str,
    pub(super) confidential: &'static str,
    pub(super) to: &'static str,
    pub(super) intro: &'static str,
    pub(super) application: &'static str,
    pub(super) seal: &'static str,
    pub(super) card: &'static str,
    pub(super) pin: &'static str,
    pub(super) puk: &'static str,
    pub(super) pin_use: &'static str,
    pub(super) puk_use: &'static str,
    pub(super) first_title: &'static str,
    pub(super) first: &'static str,
    pub(super) first_after: &'static str,
    pub(super) keep_title: &'static str,
    pub(super) keep: &'static str,
    pub(super) lost_title: &'static str,
    pub(super) lost: &'static str,
}

/// The command that replaces the transport PIN.
pub(super) const PIN_CHANGE: &str = "sello pin change";
/// The command that replaces the approver's transport PIN.
pub(super) const APPROVER_CHANGE: &str = "sello pin change --approver";

const ENGLISH: Words = Words {
    tag: "en",
    title: "PIN letter",
    confidential: "Confidential",
    to: "To",
    intro: "The card with your electronic seal reaches you separately. This letter brings the \
            numbers that open it. Check that nobody has opened the letter before you; if somebody \
            has, do not use the card and tell the center. Your first step is to replace the \
            transport PIN with the command sello pin change.",
    application: "Application",
    seal: "Seal",
    card: "Card serial number",
    pin: "Transport PIN",
    puk: "PUK",
    pin_use: "Valid only until you set a PIN of your own.",
    puk_use: "Unblocks the card after three wrong PINs.",
    first_title: "First of all, set a PIN of your own",
    first: "Put the card into the reader and run the command below. The card does not stamp \
            anything until you have replaced the transport PIN.",
    first_after: "The program asks for the transport PIN and then for your new PIN of 6 to 8 \
                  digits.",
    keep_title: "Then keep this letter locked away",
    keep: "You need the PUK if the PIN is ever blocked. Never keep letter and card together, and \
           tell nobody the numbers: the center never asks for them.",
    lost_title: "If the card is lost or stolen",
    lost: "Report it to the center at once and quote the application number given above. The \
           center then suspends the seal, and stampings made with it are no longer accepted.",
};

const SPANISH: Words = Words {
    tag: "es",
    title: "Carta con el PIN",
    confidential: "Confidencial",
    to: "A la atención de",
    intro: "Recibirá por separado la tarjeta con su sello electrónico. Esta carta contiene los \
            números que la abren. Compruebe que nadie la ha abierto antes que usted; si la han \
            abierto, no use la tarjeta y avise al centro. Su primer paso es cambiar el PIN de \
            transporte con la orden sello pin change.",
    application: "Solicitud",
    seal: "Sello",
    card: "Número de serie de la tarjeta",
    pin: "PIN de transporte",
    puk: "PUK",
    pin_use: "Válido solo hasta que fije un PIN propio.",
    puk_use: "Desbloquea la tarjeta tras tres PIN erróneos.",
    first_title: "Antes de nada, fije un PIN propio",
    first: "Introduzca la tarjeta en el lector y ejecute la orden que figura abajo. La tarjeta no \
            sella nada hasta que haya cambiado el PIN de transporte.",
    first_after: "El programa le pedirá el PIN de transporte y, después, su nuevo PIN, de 6 a 8 \
                  cifras.",
    keep_title: "Después, guarde esta carta bajo llave",
    keep: "Necesitará el PUK si el PIN llega a bloquearse. No guarde nunca la carta junto a la \
           tarjeta ni diga los números a nadie: el centro jamás se los pedirá.",
    lost_title: "Si pierde la tarjeta o se la roban",
    lost: "Comuníquelo al centro de inmediato e indique el número de solicitud que figura arriba. \
           El centro suspenderá el sello y dejará de aceptarse lo que se selle con él.",
};

const ENGLISH_APPROVER: Words = Words {
    title: "Approver's PIN letter",
    intro: "The seal named above stamps only what two people agree to: its custodian, and you who \
            approve. This letter brings the number with which you approve; the card is with the \
            custodian. Check that nobody has opened the letter before you; if somebody has, tell \
            the center.",
    pin: "Transport PIN of the approver",
    first: "With the card in the reader, run the command below. The card accepts no approval until \
            you have replaced the transport PIN.",
    keep: "Never tell the custodian this number: whoever has both PINs stamps alone. If it is ever \
           blocked, the center gives you a new one.",
    ..ENGLISH
};

const SPANISH_APPROVER: Words = Words {
    title: "Carta con el PIN del aprobador",
    intro: "El sello indicado arriba solo sella lo que acuerdan dos personas: su custodio y usted, \
            que aprueba. Esta carta contiene el número con el que aprueba; la tarjeta la tiene el \
            custodio. Compruebe que nadie ha abierto la carta antes que usted; si la han abierto, \
            avise al centro.",
    pin: "PIN de transporte del aprobador",
    first: "Con la tarjeta en el lector, ejecute la orden que figura abajo. La tarjeta no admite \
            ninguna aprobación hasta que haya cambiado el PIN de transporte.",
    keep: "No diga nunca este número al custodio: quien tiene los dos PIN sella a solas. Si llega a \
           bloquearse, el centro le dará uno nuevo.",
    ..SPANISH
};

const ENGLISH_ANEW: Words = Words {
    title: "Letter with a new PIN",
    intro: "The center has given your card a new transport PIN, since the old one was blocked or \
            forgotten. The PUK of your first letter stays as it is. Check that nobody has opened \
            this letter before you; if somebody has, tell the center.",
    keep_title: "Then destroy this letter",
    keep: "Its number is of no use any more. Keep the first letter with the PUK locked away, apart \
           from the card.",
    ..ENGLISH
};

const SPANISH_ANEW: Words = Words {
    title: "Carta con un PIN nuevo",
    intro: "El centro ha puesto en su tarjeta un PIN de transporte nuevo, pues el anterior se \
            bloqueó o se olvidó. El PUK de su primera carta sigue siendo el mismo. Compruebe que \
            nadie ha abierto esta carta antes que usted; si la han abierto, avise al centro.",
    keep_title: "Después, destruya esta carta",
    keep: "Su número ya no sirve. Guarde bajo llave la primera carta, con el PUK, separada de la \
           tarjeta.",
    ..SPANISH
};

/// The text of a letter.
pub(super) const fn of(letter: &PinLetter<'_>) -> &'static Words {
    match (letter.language, letter.recipient, letter.puk) {
        (Language::English, Recipient::Custodian, Some(_)) => &ENGLISH,
        (Language::Spanish, Recipient::Custodian, Some(_)) => &SPANISH,
        (Language::English, Recipient::Custodian, None) => &ENGLISH_ANEW,
        (Language::Spanish, Recipient::Custodian, None) => &SPANISH_ANEW,
        (Language::English, Recipient::Approver, _) => &ENGLISH_APPROVER,
        (Language::Spanish, Recipient::Approver, _) => &SPANISH_APPROVER,
    }
}

/// The date as a letter writes it.
pub(super) fn date(language: Language, date: Date) -> String {
    let (day, year) = (date.day(), date.year());
    match language {
        Language::English => format!("{} {day}, {year}", date.month()),
        Language::Spanish => format!("{day} de {} de {year}", spanish_month(date.month())),
    }
}

const fn spanish_month(month: Month) -> &'static str {
    match month {
        Month::January => "enero",
        Month::February => "febrero",
        Month::March => "marzo",
        Month::April => "abril",
        Month::May => "mayo",
        Month::June => "junio",
        Month::July => "julio",
        Month::August => "agosto",
        Month::September => "septiembre",
        Month::October => "octubre",
        Month::November => "noviembre",
        Month::December => "diciembre",
    }
}
