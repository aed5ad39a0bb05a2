//! Loss, revocation, lists, trust, audit.

use std::path::PathBuf;

use clap::ArgMatches;
use sello_center::RevocationReason;
use sello_issuing::state::State;
use serde_json::json;

use super::word;
use crate::context::Context;
use crate::failure::Failure;
use crate::language::both;

pub(crate) fn report_loss(
    context: &mut Context<'_, '_>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let reference = word(matches, "application");
    let (mut center, officer) = context.log_in(matches)?;
    center.report_loss(&officer, &reference)?;
    let text = both!(
        context.language,
        "{reference} is suspended and on the revocation list.\n\
         Next: sello-center export-trust DIR; then reinstate it if the card is found, or revoke it.",
        "{reference} está suspendido y en la lista de revocación.\n\
         Siguiente paso: sello-center export-trust DIR; después, reinstate si aparece la tarjeta, \
         o revoke."
    );
    changed(context, matches, &reference, State::Suspended, &text)
}

pub(crate) fn reinstate(
    context: &mut Context<'_, '_>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let reference = word(matches, "application");
    let (mut center, officer) = context.log_in(matches)?;
    center.reinstate(&officer, &reference)?;
    let text = both!(
        context.language,
        "{reference} is active again. Next: sello-center export-trust DIR",
        "{reference} está activo otra vez. Siguiente paso: sello-center export-trust DIR"
    );
    changed(context, matches, &reference, State::Active, &text)
}

pub(crate) fn revoke(context: &mut Context<'_, '_>, matches: &ArgMatches) -> Result<(), Failure> {
    let reference = word(matches, "application");
    let (mut center, officer) = context.log_in(matches)?;
    center.revoke(&officer, &reference, reason(&word(matches, "reason")))?;
    let text = both!(
        context.language,
        "{reference} is revoked for good. Next: sello-center export-trust DIR",
        "{reference} está revocado para siempre. Siguiente paso: sello-center export-trust DIR"
    );
    changed(context, matches, &reference, State::Revoked, &text)
}

fn changed(
    context: &mut Context<'_, '_>,
    matches: &ArgMatches,
    reference: &str,
    state: State,
    text: &str,
) -> Result<(), Failure> {
    let facts = json!({ "application": reference, "state": state });
    context.answer(matches, &facts, text)
}

fn reason(name: &str) -> RevocationReason {
    match name {
        "key-compromise" => RevocationReason::KeyCompromise,
        "affiliation-changed" => RevocationReason::AffiliationChanged,
        "superseded" => RevocationReason::Superseded,
        "cessation-of-operation" => RevocationReason::CessationOfOperation,
        "privilege-withdrawn" => RevocationReason::PrivilegeWithdrawn,
        // clap admits only the names of `cli::REASONS`.
        _ => RevocationReason::Unspecified,
    }
}

pub(crate) fn revocation_list(
    context: &mut Context<'_, '_>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let (mut center, officer) = context.log_in(matches)?;
    let number = center.publish_revocation_list(&officer)?;
    let path = center.home().path().join("crl").join("ca.crl");
    let shown = path.display();
    let text = both!(
        context.language,
        "Revocation list {number} is in {shown}, valid for seven days.",
        "La lista de revocación {number} está en {shown}; vale siete días."
    );
    let facts = json!({ "number": number, "file": path });
    context.answer(matches, &facts, &text)
}

pub(crate) fn export_trust(
    context: &mut Context<'_, '_>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let folder = matches
        .get_one::<PathBuf>("folder")
        .cloned()
        .unwrap_or_default();
    let exported = context.center()?.export_trust(&folder)?;
    let anchor = exported.anchor.display();
    let list = exported.revocation_list.display();
    let number = exported.number;
    let device = exported.device_root.as_ref();
    let device = device.map_or_else(String::new, |path| format!("\n         {}", path.display()));
    let text = both!(
        context.language,
        "Written: {anchor}{device}\n         {list} (list {number})",
        "Escrito: {anchor}{device}\n         {list} (lista {number})"
    );
    let facts = json!({
        "anchor": exported.anchor,
        "device_root": exported.device_root,
        "crl": exported.revocation_list,
        "number": number,
    });
    context.answer(matches, &facts, &text)
}

pub(crate) fn audit(context: &mut Context<'_, '_>, matches: &ArgMatches) -> Result<(), Failure> {
    let Some((_, matches)) = matches.subcommand() else {
        return Ok(());
    };
    let verified = context.center()?.verify_audit()?;
    let (lines, head) = (verified.lines, verified.head);
    let text = both!(
        context.language,
        "The audit log is whole: {lines} lines, and the ledger agrees with it. Last hash: {head}",
        "El registro de auditoría está íntegro: {lines} líneas, y los datos concuerdan con él. \
         Último resumen: {head}"
    );
    let facts = json!({ "lines": lines, "head": head });
    context.answer(matches, &facts, &text)
}
