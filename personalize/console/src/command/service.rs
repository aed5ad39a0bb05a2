//! What the center does to a card after it was delivered.

use std::path::PathBuf;

use clap::ArgMatches;
use sello_card::find_card;
use sello_issuing::station::{CenterLink as _, Whose};
use serde_json::json;

use super::{letter, word};
use crate::context::Context;
use crate::failure::Failure;
use crate::language::both;

pub(crate) fn run(context: &mut Context<'_, '_>, matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("unblock", matches)) => unblock(context, matches),
        Some(("terminate", matches)) => terminate(context, matches),
        // clap demands one of the two.
        _ => Ok(()),
    }
}

fn unblock(context: &mut Context<'_, '_>, matches: &ArgMatches) -> Result<(), Failure> {
    let reference = word(matches, "application");
    let path = matches.get_one::<PathBuf>("letter");
    let path = path.cloned().unwrap_or_default();
    letter::check_place(&path)?;
    let whose = match matches.get_flag("approver") {
        true => Whose::Approver,
        false => Whose::Custodian,
    };
    let (mut center, officer) = context.log_in(matches)?;
    let mut found = find_card(context.readers, &Context::filter(matches))?;
    let serial = {
        let mut link = center.station(&officer)?;
        sello_station::lend(&mut found.session, |relay| {
            link.unblock(&reference, whose, relay)
        })?
    };
    let language = context.language;
    letter::make_new_pin(&mut center, &officer, &reference, &path, language).map_err(
        |failure| Failure::NewLetterDue {
            application: reference.clone(),
            whose,
            failure: Box::new(failure),
        },
    )?;
    let serial = u32::from_be_bytes(serial);
    let shown = path.display();
    let text = match whose {
        Whose::Custodian => both!(
            language,
            "Card {serial} has a new transport PIN; its letter is in {shown}. It cannot stamp before its \
             custodian sets a PIN: sello pin change",
            "La tarjeta {serial} tiene un PIN de transporte nuevo; su carta está en {shown}. No puede \
             sellar hasta que su custodio ponga un PIN: sello pin change"
        ),
        Whose::Approver => both!(
            language,
            "Card {serial} has a new transport PIN of its approver; the letter is in {shown}. It accepts no \
             approval before the approver sets a PIN: sello pin change --approver",
            "La tarjeta {serial} tiene un PIN de transporte nuevo de su aprobador; la carta está en {shown}. \
             No admite aprobaciones hasta que el aprobador ponga un PIN: sello pin change --approver"
        ),
    };
    let facts = json!({
        "application": reference,
        "card": serial,
        "whose": whose,
        "letter": path,
    });
    context.answer(matches, &facts, &text)
}

fn terminate(context: &mut Context<'_, '_>, matches: &ArgMatches) -> Result<(), Failure> {
    let reference = word(matches, "application");
    let (mut center, officer) = context.log_in(matches)?;
    let mut found = find_card(context.readers, &Context::filter(matches))?;
    let serial = {
        let mut link = center.station(&officer)?;
        sello_station::lend(&mut found.session, |relay| {
            link.terminate(&reference, relay)
        })?
    };
    let serial = u32::from_be_bytes(serial);
    let text = both!(
        context.language,
        "Card {serial} is ended: its keys and codes are erased. Its journal can still be read.",
        "La tarjeta {serial} está terminada: sus claves y códigos se han borrado. Su diario aún puede \
         leerse."
    );
    let facts = json!({ "application": reference, "card": serial });
    context.answer(matches, &facts, &text)
}
