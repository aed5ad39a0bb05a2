//! The center's errors.

use std::io::ErrorKind;
use std::path::Path;

use sello_center::Error;

use crate::language::{Language, both};
use crate::message::card::refusal;
use crate::message::{state, value};

pub(super) fn explain(error: &Error, l: Language) -> String {
    match error {
        Error::Initialized(path) => {
            let path = path.display();
            both!(
                l,
                "there is a center in {path} already; nothing was done. Choose another folder with --home.",
                "ya hay un centro en {path}; no se hizo nada. Elija otra carpeta con --home."
            )
        }
        Error::NotInitialized(path) => {
            let path = path.display();
            both!(
                l,
                "there is no center in {path}. Make one with: sello-center init --help",
                "no hay ningún centro en {path}. Créelo con: sello-center init --help"
            )
        }
        Error::File { path, source } => file(path, source, l),
        Error::NotPublished { path, source } => {
            let path = path.display();
            both!(
                l,
                "the change is recorded, but the revocation list could not be written to {path} \
                 ({source}). Make room, then: sello-center crl",
                "el cambio está registrado, pero no se pudo escribir la lista de revocación en \
                 {path} ({source}). Haga sitio y después: sello-center crl"
            )
        }
        Error::UnknownOfficer(name) => both!(
            l,
            "there is no officer named {name}. See: sello-center officer list",
            "no hay ningún oficial llamado {name}. Véase: sello-center officer list"
        ),
        Error::OfficerExists(name) => both!(
            l,
            "there is an officer named {name} already (capitals do not matter).",
            "ya hay un oficial llamado {name} (no importan las mayúsculas)."
        ),
        Error::Passphrase(name) => both!(
            l,
            "wrong passphrase for {name}; nothing was done.",
            "frase de contraseña incorrecta para {name}; no se hizo nada."
        ),
        Error::ShortPassphrase { least } => both!(
            l,
            "a passphrase needs at least {least} characters; several words are best.",
            "una frase de contraseña necesita al menos {least} caracteres; lo mejor son varias palabras."
        ),
        Error::UnknownApplication(reference) => both!(
            l,
            "there is no application {reference}. See: sello-center list",
            "no hay ninguna solicitud {reference}. Véase: sello-center list"
        ),
        Error::SameOfficer {
            officer,
            application,
        } => both!(
            l,
            "{officer} has approved {application} already. Approval takes two different officers: \
             another one has to approve now.",
            "{officer} ya aprobó {application}. La aprobación exige dos oficiales distintos: \
             ahora debe aprobar otro."
        ),
        Error::Forbidden(forbidden) => both!(
            l,
            "the application is {}, which does not admit '{}'; nothing was done. \
             See: sello-center show APPLICATION",
            "la solicitud está {}, lo que no admite '{}'; no se hizo nada. \
             Véase: sello-center show SOLICITUD",
            state(forbidden.from, l),
            forbidden.event
        ),
        Error::OtherCard { found, expected } => {
            let (found, expected) = (number(found), number(expected));
            both!(
                l,
                "the card in the reader is number {found}, but this application's is {expected}. \
                 Put in the right card.",
                "la tarjeta del lector es la número {found}, pero la de esta solicitud es la \
                 {expected}. Ponga la tarjeta correcta."
            )
        }
        Error::CardKey => both!(
            l,
            "the card does not hold the key that was certified; it was wiped or replaced. \
             Do not activate it; revoke the seal.",
            "la tarjeta no contiene la clave que se certificó; fue borrada o sustituida. \
             No la active; revoque el sello."
        ),
        Error::TransportPin => both!(
            l,
            "the custodian has not changed the transport PIN yet. First: sello pin change",
            "el custodio aún no ha cambiado el PIN de transporte. Antes: sello pin change"
        ),
        Error::NoCodes(reference) => both!(
            l,
            "there are no codes for a letter of {reference}: its letter was made already, \
             or it has no finished card.",
            "no hay códigos para una carta de {reference}: la carta ya se hizo, o no hay \
             tarjeta terminada."
        ),
        Error::Refused(refused) => refusal(refused, l),
        other => integrity(other, l),
    }
}

/// Errors that say that something is broken or was changed.
fn integrity(error: &Error, l: Language) -> String {
    match error {
        Error::Head { ledger, noted } => both!(
            l,
            "the audit log ends at line {ledger}, but line {noted} was noted in audit.head: the \
             ledger was changed, or an old copy was put back. Nothing is done in this state. Put \
             the newest center.db back; sello-center audit verify tells more.",
            "el registro de auditoría termina en la línea {ledger}, pero en audit.head consta la \
             {noted}: los datos fueron alterados o se repuso una copia antigua. En este estado no se \
             hace nada. Reponga el center.db más reciente; sello-center audit verify dice más."
        ),
        Error::HeadFile(path) => {
            let path = path.display();
            both!(
                l,
                "{path} is missing or unreadable, so nobody can tell whether the log is whole. \
                 Put it back from a copy.",
                "{path} falta o es ilegible, así que no se puede saber si el registro está íntegro. \
                 Repóngalo de una copia."
            )
        }
        Error::Tampered { line, what } => both!(
            l,
            "the audit log or the ledger was tampered with. Line {line}: {what}.",
            "el registro de auditoría o los datos fueron manipulados. Línea {line}: {what}."
        ),
        Error::Vault { what } => both!(
            l,
            "the {what} does not open: keys.json was changed, or belongs to another center. Put it \
             back from a copy.",
            "no se puede abrir «{what}»: keys.json fue alterado o es de otro centro. Repóngalo de \
             una copia."
        ),
        Error::Database(source) => both!(
            l,
            "the ledger failed, and nothing was done: {source}. See whether the center's folder has room \
             and may be written to; then run the same command again.",
            "fallaron los datos del centro, y no se hizo nada: {source}. Compruebe si la carpeta del \
             centro tiene sitio y se puede escribir en ella; después repita la misma orden."
        ),
        Error::Schema { found, known } => both!(
            l,
            "the ledger has version {found}, this program knows {known}. Use the newer program.",
            "los datos tienen la versión {found}, este programa conoce la {known}. Use el programa \
             más nuevo."
        ),
        other => {
            let why = value::refused(other, l);
            both!(
                l,
                "not accepted: {why}. Nothing was done.",
                "no aceptado: {why}. No se hizo nada."
            )
        }
    }
}

/// A file that could not be read or written.
pub(super) fn file(path: &Path, source: &std::io::Error, l: Language) -> String {
    let shown = path.display();
    match source.kind() {
        ErrorKind::NotFound => both!(
            l,
            "{shown} is not there. Check the path.",
            "{shown} no existe. Compruebe la ruta."
        ),
        ErrorKind::PermissionDenied => both!(
            l,
            "{shown}: you have no right to it. Check who may use it.",
            "{shown}: no tiene permiso. Compruebe los permisos."
        ),
        ErrorKind::ReadOnlyFilesystem => both!(
            l,
            "{shown}: nothing can be written there (read only). Choose another place.",
            "{shown}: ahí no se puede escribir (solo lectura). Elija otro lugar."
        ),
        ErrorKind::IsADirectory => both!(
            l,
            "{shown} is a folder. Name a file.",
            "{shown} es una carpeta. Indique un fichero."
        ),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => both!(
            l,
            "{shown}: the disk is full; nothing was left half done. Make room.",
            "{shown}: el disco está lleno; no quedó nada a medias. Haga sitio."
        ),
        _ => both!(
            l,
            "{shown}: {source}. Nothing was left half done.",
            "{shown}: {source}. No quedó nada a medias."
        ),
    }
}

/// A card's serial number as people see it: decimal.
fn number(hexadecimal: &str) -> String {
    u32::from_str_radix(hexadecimal, 16)
        .map_or_else(|_| hexadecimal.to_owned(), |number| number.to_string())
}
