//! Readers, cards and the station.

use sello_card::{Candidate, FindError, ReaderError};
use sello_issuing::station::{CardFault, LifeCycle, Refusal, Service};
use sello_station::StationError;

use crate::language::{Language, both};
use crate::message;

/// Why a card was not made.
pub(super) fn station(error: &StationError, l: Language) -> String {
    match error {
        StationError::NotASelloCard => both!(
            l,
            "the card in the reader is not a Sello card; nothing was changed. Put in a blank Sello card.",
            "la tarjeta del lector no es una tarjeta Sello; no se cambió nada. Ponga una tarjeta \
             Sello en blanco."
        ),
        StationError::AlreadyPersonalized { serial, .. } => both!(
            l,
            "card {serial} is personalized already; nothing was changed. Put in a blank card.",
            "la tarjeta {serial} ya está personalizada; no se cambió nada. Ponga una tarjeta en blanco."
        ),
        StationError::Refused(refused) => refusal(refused, l),
        StationError::Card { step, error } => {
            let step = message::step(*step, l);
            both!(
                l,
                "the card failed before '{step}': {error}. Run the same command again: it continues.",
                "la tarjeta falló antes de «{step}»: {error}. Repita la misma orden: continuará."
            )
        }
        other => both!(
            l,
            "the command is not carried out: {other}. Put the card in again and run the same command again.",
            "la orden no se ha cumplido: {other}. Ponga otra vez la tarjeta y repita la misma orden."
        ),
    }
}

/// What the center refused to a station.
pub(super) fn refusal(refused: &Refusal, l: Language) -> String {
    match refused {
        Refusal::UnknownApplication { application } => both!(
            l,
            "there is no application {application}. See: sello-center list",
            "no hay ninguna solicitud {application}. Véase: sello-center list"
        ),
        Refusal::ApplicationState { application, state } => {
            let state = message::state(*state, l);
            both!(
                l,
                "{application} is {state}; a card is made only when two officers have approved, and only once.",
                "{application} está {state}; solo se hace una tarjeta cuando han aprobado dos \
             oficiales, y una sola vez."
            )
        }
        Refusal::CardState { life_cycle } => {
            let state = life_cycle_word(*life_cycle, l);
            both!(
                l,
                "the card is {state}; nothing was changed. Put in a blank card.",
                "la tarjeta está {state}; no se cambió nada. Ponga una tarjeta en blanco."
            )
        }
        Refusal::NotInUse { life_cycle } => {
            let state = life_cycle_word(*life_cycle, l);
            both!(
                l,
                "the card in the reader is {state}; nothing was changed. Only a finished card in use gets a \
                 new PIN: put in the card of this application.",
                "la tarjeta del lector está {state}; no se cambió nada. Solo una tarjeta terminada de hacer y \
                 en uso recibe un PIN nuevo: ponga la tarjeta de esta solicitud."
            )
        }
        Refusal::CardTaken { application } => both!(
            l,
            "this card belongs to application {application}; nothing was changed. Put in another card.",
            "esta tarjeta es de la solicitud {application}; no se cambió nada. Ponga otra tarjeta."
        ),
        Refusal::Possession => both!(
            l,
            "the card did not prove that it holds the new key; no certificate was made. \
             Try another card.",
            "la tarjeta no probó que tiene la clave nueva; no se hizo ningún certificado. \
             Pruebe con otra tarjeta."
        ),
        Refusal::Attestation { reason } => both!(
            l,
            "the card does not attest that it made the key: {reason}. No certificate was made. Try another \
             card; keep this one for whoever looks into it.",
            "la tarjeta no atestigua que hizo la clave: {reason}. No se hizo ningún certificado. Pruebe con \
             otra tarjeta y guarde esta para quien lo investigue."
        ),
        Refusal::KeyKnown => both!(
            l,
            "this key has been certified before; no certificate was made. The card is not to be trusted.",
            "esta clave ya se certificó antes; no se hizo ningún certificado. La tarjeta no es de fiar."
        ),
        Refusal::ForeignKeys { serial } => both!(
            l,
            "card {serial} was made by another center, whose keys open it; nothing was changed. \
             Put in a blank card, or one of this center.",
            "la tarjeta {serial} es de otro centro, cuyas claves la abren; no se cambió nada. \
             Ponga una tarjeta en blanco, o una de este centro."
        ),
        Refusal::FactoryKeys { serial } => both!(
            l,
            "what is in the reader says it is card {serial}, but opens with the keys of a blank card; this \
             center gave that card keys of its own. Nothing was changed. Do not go on with this reader or \
             computer: somebody may be listening. Try the card in the center's own reader.",
            "lo que hay en el lector dice ser la tarjeta {serial}, pero se abre con las claves de una tarjeta \
             en blanco; este centro puso a esa tarjeta claves propias. No se cambió nada. No siga con este \
             lector u ordenador: alguien puede estar escuchando. Pruebe la tarjeta en el lector del centro."
        ),
        Refusal::ForeignCodes { serial } => both!(
            l,
            "card {serial} had a PIN or PUK that somebody else had set, so it was wiped. Find out who had \
             the card; then run the same command again: it begins afresh.",
            "la tarjeta {serial} tenía un PIN o un PUK puesto por otra persona, y se borró. Averigüe quién \
             tuvo la tarjeta; después repita la misma orden: empezará de nuevo."
        ),
        Refusal::ServiceState {
            application,
            state,
            service,
        } => {
            let state = message::state(*state, l);
            match service {
                Service::Terminate => both!(
                    l,
                    "{application} is {state}; a card is ended only after its seal was revoked: \
                     sello-center revoke {application}",
                    "{application} está {state}; una tarjeta se termina solo cuando su sello está revocado: \
                     sello-center revoke {application}"
                ),
                _ => both!(
                    l,
                    "{application} is {state}; only the card of an issued or active seal gets a new PIN.",
                    "{application} está {state}; solo la tarjeta de un sello emitido o activo recibe un PIN \
                     nuevo."
                ),
            }
        }
        Refusal::LetterDue { application } => both!(
            l,
            "another PIN letter of {application} has not been made yet, and its PIN would be lost. First: \
             sello-center personalize {application} --letter FILE.pdf, or sello-center card unblock for the \
             PIN that waits.",
            "falta hacer otra carta con el PIN de {application}, cuyo PIN se perdería. Antes: \
             sello-center personalize {application} --letter FICHERO.pdf, o sello-center card unblock para \
             el PIN que espera."
        ),
        Refusal::NoApprover { application } => both!(
            l,
            "{application} has no approver: leave out --approver. Nothing was changed.",
            "{application} no tiene aprobador: quite --approver. No se cambió nada."
        ),
        Refusal::OtherCard => both!(
            l,
            "the card in the reader is not that of this application; nothing was changed. Put in the right one.",
            "la tarjeta del lector no es la de esta solicitud; no se cambió nada. Ponga la correcta."
        ),
        Refusal::NotASealCard => both!(
            l,
            "the card in the reader is a plain PIV card, which no center can make a seal card; nothing was \
             changed. Put in a blank Sello card.",
            "la tarjeta del lector es una tarjeta PIV corriente, que ningún centro puede convertir en \
             tarjeta de sello; no se cambió nada. Ponga una tarjeta Sello en blanco."
        ),
        Refusal::WrongPin { serial } => both!(
            l,
            "card {serial} does not take the PIN of its letter; it must not be sent. Revoke the seal and \
             make another card.",
            "la tarjeta {serial} no acepta el PIN de su carta; no debe enviarse. Revoque el sello y haga \
             otra tarjeta."
        ),
        Refusal::Card {
            fault: CardFault::Channel,
            ..
        } => both!(
            l,
            "an answer of the card was changed on its way to the center; the card was left as it is. Check \
             reader and cable; then run the same command again.",
            "una respuesta de la tarjeta llegó cambiada al centro; la tarjeta quedó como está. Revise el \
             lector y el cable; después repita la misma orden."
        ),
        other => both!(
            l,
            "the center refuses: {other}. Run the same command again.",
            "el centro lo rechaza: {other}. Repita la misma orden."
        ),
    }
}

fn life_cycle_word(state: LifeCycle, l: Language) -> &'static str {
    match state {
        LifeCycle::Blank => l.pick("blank", "en blanco"),
        LifeCycle::Personalizing => l.pick("not finished", "a medio hacer"),
        LifeCycle::Operational => l.pick("in use", "en uso"),
        LifeCycle::Blocked => l.pick("blocked", "bloqueada"),
        LifeCycle::Terminated => l.pick("ended", "anulada"),
        _ => l.pick("in an unknown state", "en un estado desconocido"),
    }
}

/// Why there is no card to work with.
pub(super) fn find(error: &FindError, l: Language) -> String {
    match error {
        FindError::NoReaders => both!(
            l,
            "no card reader is connected. Connect one and put the card in.",
            "no hay ningún lector de tarjetas conectado. Conecte uno y ponga la tarjeta."
        ),
        FindError::UnknownReader { name, available } => {
            let available = available.join(", ");
            both!(
                l,
                "no reader is named '{name}'. There are: {available}",
                "no hay ningún lector llamado «{name}». Hay: {available}"
            )
        }
        FindError::AmbiguousReader { name, available } => {
            let available = available.join(", ");
            both!(
                l,
                "several readers are named '{name}'. Give more of the name: {available}",
                "hay varios lectores llamados «{name}». Dé más parte del nombre: {available}"
            )
        }
        FindError::ForeignCard { reader, atr } => {
            let atr = hexadecimal(atr);
            both!(
                l,
                "the card in {reader} is of another kind (ATR {atr}); nothing was changed. Put in a \
                 Sello card.",
                "la tarjeta de {reader} es de otra clase (ATR {atr}); no se cambió nada. Ponga una \
                 tarjeta Sello."
            )
        }
        FindError::Reader(ReaderError::Mute { reader }) => both!(
            l,
            "the card in {reader} does not answer. Take it out, clean its contacts, put it in chip \
             first and try again.",
            "la tarjeta de {reader} no responde. Sáquela, limpie los contactos, póngala con el chip por \
             delante e inténtelo de nuevo."
        ),
        FindError::Reader(ReaderError::Sharing { .. }) => both!(
            l,
            "another program has the card for itself. Close it and try again.",
            "otro programa tiene la tarjeta en exclusiva. Ciérrelo e inténtelo de nuevo."
        ),
        FindError::EmptyReaders { readers } => {
            let readers = readers.join(", ");
            both!(
                l,
                "there is no card in any reader ({readers}). Put it in, chip first.",
                "no hay tarjeta en ningún lector ({readers}). Póngala, con el chip por delante."
            )
        }
        FindError::SeveralCards { cards } => {
            let cards = cards.iter().map(candidate).collect::<Vec<_>>().join(", ");
            both!(
                l,
                "there are several cards: {cards}. Name one with --reader.",
                "hay varias tarjetas: {cards}. Indique una con --reader."
            )
        }
        FindError::Reader(ReaderError::NoService) => both!(
            l,
            "the PC/SC service does not answer. Start it: sudo systemctl start pcscd.socket",
            "el servicio PC/SC no responde. Arránquelo: sudo systemctl start pcscd.socket"
        ),
        other => both!(
            l,
            "no card to work with: {other}",
            "no hay tarjeta con la que trabajar: {other}"
        ),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let bytes = bytes.iter().map(|byte| format!("{byte:02X}"));
    bytes.collect::<Vec<_>>().join(" ")
}

fn candidate(card: &Candidate) -> String {
    match card.serial {
        Some(serial) => format!("{serial} ({})", card.reader),
        None => card.reader.clone(),
    }
}
