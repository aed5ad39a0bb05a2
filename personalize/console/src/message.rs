//! What the program says when something ends badly: what happened, why, what next.

mod card;
mod center;
mod value;

use sello_issuing::state::State;
use sello_issuing::station::{Step, Whose};

use crate::failure::Failure;
use crate::language::{Language, both};

/// Explains a failure.
pub(crate) fn explain(failure: &Failure, l: Language) -> String {
    match failure {
        Failure::Center(error) => center::explain(error, l),
        Failure::Station(error) => card::station(error, l),
        Failure::Find(error) => card::find(error, l),
        Failure::ActivateFind(error) => {
            let text = card::find(error, l);
            both!(
                l,
                "{text} To activate without seeing the card: --no-card.",
                "{text} Para activar sin ver la tarjeta: --no-card."
            )
        }
        Failure::Listen { address, source } => both!(
            l,
            "Nobody can listen at {address}: {source}. Another program may have it; choose another with \
             --listen.",
            "No se puede escuchar en {address}: {source}. Quizá lo use otro programa; elija otro con \
             --listen."
        ),
        Failure::NoFolder(path) => {
            let path = path.display();
            both!(
                l,
                "there is no folder {path} to write into; nothing was done. Make it, or choose another place.",
                "no hay ninguna carpeta {path} en la que escribir; no se hizo nada. Créela o elija otro \
                 lugar."
            )
        }
        Failure::ApproverLetter => both!(
            l,
            "this seal is under dual control: give --letter and --approver-letter, two files for two people. \
             Nothing was changed.",
            "este sello tiene control dual: indique --letter y --approver-letter, dos ficheros para dos \
             personas. No se cambió nada."
        ),
        Failure::NoApprover => both!(
            l,
            "this seal has no approver: leave out --approver-letter. Nothing was changed.",
            "este sello no tiene aprobador: quite --approver-letter. No se cambió nada."
        ),
        Failure::LetterDue {
            application,
            failure,
        } => {
            let why = explain(failure, l);
            both!(
                l,
                "{why}\nThe card is made, and its codes are kept until they are in a letter. \
                 Next: sello-center personalize {application} --letter FILE.pdf",
                "{why}\nLa tarjeta está hecha, y sus códigos se conservan hasta que estén en una carta. \
                 Siguiente paso: sello-center personalize {application} --letter FICHERO.pdf"
            )
        }
        Failure::NewLetterDue {
            application,
            whose,
            failure,
        } => {
            let why = explain(failure, l);
            let approver = match whose {
                Whose::Custodian => "",
                Whose::Approver => " --approver",
            };
            both!(
                l,
                "{why}\nThe card has its new PIN, which is kept until it is in a letter. Next, with the same \
                 card: sello-center card unblock {application}{approver} --letter FILE.pdf",
                "{why}\nLa tarjeta tiene su PIN nuevo, que se conserva hasta que esté en una carta. Siguiente \
                 paso, con la misma tarjeta: sello-center card unblock {application}{approver} --letter \
                 FICHERO.pdf"
            )
        }
        Failure::Card(error) => both!(
            l,
            "the card failed: {error}. Try again.",
            "la tarjeta falló: {error}. Inténtelo de nuevo."
        ),
        Failure::Picture(error) => {
            let why = value::picture(error, l);
            both!(
                l,
                "the seal picture could not be drawn: {why}. Give one with --picture FILE.png.",
                "no se pudo dibujar la imagen del sello: {why}. Dé una con --picture FICHERO.png."
            )
        }
        Failure::Letter(error) => {
            let why = value::letter(error, l);
            both!(
                l,
                "the PIN letter could not be made: {why}.",
                "no se pudo hacer la carta con el PIN: {why}."
            )
        }
        Failure::File { path, source } => center::file(path, source, l),
        Failure::NoPassphrase { source } => both!(
            l,
            "no passphrase could be read ({source}). Run this in a terminal, or use \
             --passphrase-env or --passphrase-fd.",
            "no se pudo leer la frase de contraseña ({source}). Ejecútelo en un terminal, o use \
             --passphrase-env o --passphrase-fd."
        ),
        Failure::NoVariable(name) => both!(
            l,
            "the environment variable {name} is not set, so there is no passphrase.",
            "la variable de entorno {name} no existe, así que no hay frase de contraseña."
        ),
        Failure::WhichOfficer => both!(
            l,
            "an officer has to act: name one with --officer (sello-center officer list).",
            "debe actuar un oficial: indíquelo con --officer (sello-center officer list)."
        ),
        Failure::PassphrasesDiffer => both!(
            l,
            "the two passphrases differ; nothing was done. Try again.",
            "las dos frases de contraseña difieren; no se hizo nada. Inténtelo de nuevo."
        ),
        Failure::NoHome => both!(
            l,
            "the center's folder is unknown: name it with --home or SELLO_CENTER_HOME.",
            "no se conoce la carpeta del centro: indíquela con --home o SELLO_CENTER_HOME."
        ),
        Failure::NotASelloCard => both!(
            l,
            "the card in the reader is not a Sello card. Put in the card of this application.",
            "la tarjeta del lector no es una tarjeta Sello. Ponga la tarjeta de esta solicitud."
        ),
        Failure::Output(error) => both!(
            l,
            "the answer could not be printed: {error}",
            "no se pudo imprimir la respuesta: {error}"
        ),
        Failure::Unprintable => both!(
            l,
            "the ledger holds a value that cannot be shown. Run: sello-center audit verify",
            "los datos contienen un valor que no se puede mostrar. Ejecute: sello-center audit verify"
        ),
    }
}

/// A state, in words for people.
pub(crate) fn state(state: State, l: Language) -> &'static str {
    match state {
        State::Applied => l.pick("applied", "solicitada"),
        State::ApprovedOnce => l.pick("approved once", "aprobada una vez"),
        State::Approved => l.pick("approved", "aprobada"),
        State::Rejected => l.pick("rejected", "rechazada"),
        State::Personalizing => l.pick("personalizing", "en personalización"),
        State::Issued => l.pick("issued", "emitida"),
        State::Active => l.pick("active", "activa"),
        State::Suspended => l.pick("suspended", "suspendida"),
        State::Revoked => l.pick("revoked", "revocada"),
        _ => state.word(),
    }
}

/// The status of a certificate, in words for people.
pub(crate) fn status(word: &'static str, l: Language) -> &'static str {
    match word {
        "hold" => l.pick("on hold", "suspendido"),
        "good" => l.pick("good", "en vigor"),
        "revoked" => l.pick("revoked", "revocado"),
        other => other,
    }
}

/// What a step of personalization did.
pub(crate) fn step(step: Step, l: Language) -> &'static str {
    match step {
        Step::TakeCard => l.pick("card taken and wiped", "tarjeta tomada y borrada"),
        Step::ChannelKeys => l.pick(
            "secure channel under the card's own keys",
            "canal seguro con claves propias de la tarjeta",
        ),
        Step::AttestationKey => l.pick(
            "attestation key made and certified",
            "clave de atestación hecha y certificada",
        ),
        Step::GenerateKey => l.pick(
            "key generated on the card, and proved",
            "clave generada en la tarjeta, y probada",
        ),
        Step::Certify => l.pick("certificate and seal made", "certificado y sello hechos"),
        Step::WriteObjects => l.pick(
            "certificate, seal and chain written and read back",
            "certificado, sello y cadena escritos y releídos",
        ),
        Step::SetCodes => l.pick(
            "transport PIN and PUK set",
            "PIN de transporte y PUK puestos",
        ),
        Step::Operational => l.pick("card operational", "tarjeta operativa"),
        Step::ProvePin => l.pick("transport PIN proved", "PIN de transporte probado"),
        _ => step.word(),
    }
}
