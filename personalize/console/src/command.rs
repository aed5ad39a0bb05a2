//! The commands.

mod after;
mod card;
mod letter;
mod paper;
mod service;
mod show;
mod timestamp;

use clap::ArgMatches;

use crate::context::Context;
use crate::failure::Failure;

/// Runs the command asked for.
pub(crate) fn run(context: &mut Context<'_, '_>, matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("init", matches)) => paper::init(context, matches),
        Some(("officer", matches)) => paper::officer(context, matches),
        Some(("apply", matches)) => paper::apply(context, matches),
        Some(("list", matches)) => show::list(context, matches),
        Some(("show", matches)) => show::show(context, matches),
        Some(("approve", matches)) => paper::approve(context, matches),
        Some(("reject", matches)) => paper::reject(context, matches),
        Some(("personalize", matches)) => card::personalize(context, matches),
        Some(("activate", matches)) => card::activate(context, matches),
        Some(("card", matches)) => service::run(context, matches),
        Some(("report-loss", matches)) => after::report_loss(context, matches),
        Some(("reinstate", matches)) => after::reinstate(context, matches),
        Some(("revoke", matches)) => after::revoke(context, matches),
        Some(("crl", matches)) => after::revocation_list(context, matches),
        Some(("export-trust", matches)) => after::export_trust(context, matches),
        Some(("audit", matches)) => after::audit(context, matches),
        Some(("timestamp", matches)) => timestamp::run(context, matches),
        // clap demands one of the subcommands above.
        _ => Ok(()),
    }
}

/// A required argument.
fn word(matches: &ArgMatches, name: &str) -> String {
    matches.get_one::<String>(name).cloned().unwrap_or_default()
}
