//! Making a card, and activating it.

use std::path::PathBuf;

use clap::ArgMatches;
use sello_card::{CardError, Tier, find_card};
use sello_center::{CardEvidence, Center, Officer};
use sello_issuing::state::State;
use sello_issuing::station::{Mark, Refusal, Step};
use sello_station::{StationError, personalize as make_card};
use sello_wire::Slot;
use serde_json::json;

use super::{letter, word};
use crate::context::Context;
use crate::failure::Failure;
use crate::language::{Language, both};
use crate::message;

pub(crate) fn personalize(
    context: &mut Context<'_, '_>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let reference = word(matches, "application");
    let path = matches.get_one::<PathBuf>("letter");
    let approvers = matches.get_one::<PathBuf>("approver-letter");
    for path in path.into_iter().chain(approvers) {
        letter::check_place(path)?;
    }
    let (mut center, officer) = context.log_in(matches)?;
    let application = center.application(&reference)?;
    match (application.request.dual_control, path, approvers) {
        (true, Some(_), None) => return Err(Failure::ApproverLetter),
        (true, Some(one), Some(other)) if letter::is_same_place(one, other) => {
            return Err(Failure::ApproverLetter);
        }
        (false, _, Some(_)) => return Err(Failure::NoApprover),
        _ => {}
    }
    match application.state {
        State::Approved | State::Personalizing => {}
        // The card is made already; only its letter may be missing.
        State::Issued if application.letter_due || path.is_some() => {
            return finish(context, matches, &mut center, &officer, &reference, None);
        }
        // Said before anybody looks for a card.
        state => {
            let application = reference;
            return Err(
                StationError::Refused(Refusal::ApplicationState { application, state }).into(),
            );
        }
    }
    let mut found = find_card(context.readers, &Context::filter(matches))?;
    let language = context.language;
    context.say(&both!(
        language,
        "Personalizing the card in {} for {}, {}.",
        "Personalizando la tarjeta en {} para {}, {}.",
        found.reader,
        application.request.applicant.name(),
        application.request.seal_name
    ))?;
    let outcome = {
        let mut link = center.station(&officer)?;
        let console = &mut *context.console;
        let mut progress = |step: Step, mark: Mark| {
            if mark == Mark::Done {
                let line = progress_line(step, language);
                // Progress that nobody reads must not stop a card half way.
                let _ = writeln!(console.messages, "{line}");
            }
        };
        make_card(&mut found.session, &reference, &mut link, &mut progress)?
    };
    finish(
        context,
        matches,
        &mut center,
        &officer,
        &reference,
        Some(u32::from_be_bytes(outcome.serial)),
    )
}

fn progress_line(step: Step, language: Language) -> String {
    let number = Step::ALL.iter().take_while(|one| **one <= step).count();
    format!(
        "  [{number}/{}] {}",
        Step::ALL.len(),
        message::step(step, language)
    )
}

/// Makes the letter if asked for, and says what comes next.
fn finish(
    context: &mut Context<'_, '_>,
    matches: &ArgMatches,
    center: &mut Center,
    officer: &Officer,
    reference: &str,
    serial: Option<u32>,
) -> Result<(), Failure> {
    let language = context.language;
    let path = |name: &str| matches.get_one::<PathBuf>(name).map(PathBuf::as_path);
    let approver = path("approver-letter");
    let places = path("letter").map(|custodian| letter::Places {
        custodian,
        approver,
    });
    let mut lines = Vec::new();
    if let Some(serial) = serial {
        lines.push(both!(
            language,
            "Card {serial} is made for {reference}. It cannot stamp before its custodian sets a PIN.",
            "La tarjeta {serial} está hecha para {reference}. No puede sellar hasta que su custodio \
             ponga un PIN."
        ));
    }
    match places {
        Some(places) => {
            letter::make(center, officer, reference, places, language)?;
            lines.push(letters_made(places, reference, language));
        }
        None => lines.push(both!(
            language,
            "The PIN letter is not made yet. \
             Next: sello-center personalize {reference} --letter FILE.pdf",
            "Falta la carta con el PIN. \
             Siguiente paso: sello-center personalize {reference} --letter FICHERO.pdf"
        )),
    }
    let facts = json!({
        "application": reference,
        "state": State::Issued,
        "card": serial,
        "letter": path("letter"),
        "approver_letter": approver,
    });
    context.answer(matches, &facts, &lines.join("\n"))
}

fn letters_made(places: letter::Places<'_>, reference: &str, language: Language) -> String {
    let path = places.custodian.display();
    match places.approver {
        None => both!(
            language,
            "The PIN letter is in {path}; the center has erased its copy of the codes.\n\
             Next: print the letter, delete the file, send letter and card apart; \
             then: sello-center activate {reference}",
            "La carta con el PIN está en {path}; el centro ha borrado su copia de los códigos.\n\
             Siguiente paso: imprimir la carta, borrar el fichero, enviar carta y tarjeta por \
             separado; después: sello-center activate {reference}"
        ),
        Some(approver) => {
            let approver = approver.display();
            both!(
                language,
                "The custodian's PIN letter is in {path}, the approver's in {approver}; the center has \
                 erased its copy of the codes.\n\
                 Next: print both letters, delete the files, send each to its person and the card apart; \
                 then: sello-center activate {reference}",
                "La carta con el PIN del custodio está en {path} y la del aprobador en {approver}; el \
                 centro ha borrado su copia de los códigos.\n\
                 Siguiente paso: imprimir las dos cartas, borrar los ficheros, enviar cada una a su persona \
                 y la tarjeta aparte; después: sello-center activate {reference}"
            )
        }
    }
}

pub(crate) fn activate(context: &mut Context<'_, '_>, matches: &ArgMatches) -> Result<(), Failure> {
    let reference = word(matches, "application");
    let (mut center, officer) = context.log_in(matches)?;
    let evidence = if matches.get_flag("no-card") {
        None
    } else {
        Some(look_at_card(context, matches)?)
    };
    center.activate(&officer, &reference, evidence.as_ref())?;
    let text = both!(
        context.language,
        "{reference} is active, and off the revocation list. Next: sello-center export-trust DIR",
        "{reference} está activo y fuera de la lista de revocación. \
         Siguiente paso: sello-center export-trust DIR"
    );
    let facts = json!({ "application": reference, "state": State::Active });
    context.answer(matches, &facts, &text)
}

fn look_at_card(context: &Context<'_, '_>, matches: &ArgMatches) -> Result<CardEvidence, Failure> {
    let found = find_card(context.readers, &Context::filter(matches));
    let mut found = found.map_err(Failure::ActivateFind)?;
    let mut card = found.session.exclusive()?;
    let Tier::Sello(status) = card.status()? else {
        return Err(Failure::NotASelloCard);
    };
    let point = match card.metadata(Slot::Signature) {
        Ok(metadata) => metadata.point.map(|point| point.to_vec()),
        Err(CardError::NoKey { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(CardEvidence {
        serial: status.serial.to_be_bytes(),
        transport_pin: status.transport_pin,
        point,
    })
}
