//! The timestamp service: the center's authority behind HTTP.
//!
//! The center stays in this thread, which answers one request after the other; a thread of its own
//! listens. So the key, the ledger and the audit log have one owner.

mod server;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::ArgMatches;
use serde_json::json;

use self::server::{Question, Server};
use crate::context::Context;
use crate::failure::Failure;
use crate::language::both;

pub(crate) fn run(context: &mut Context<'_, '_>, matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("serve", matches)) => serve(context, matches),
        Some(("certificate", matches)) => certificate(context, matches),
        // clap demands one of the two.
        _ => Ok(()),
    }
}

fn serve(context: &mut Context<'_, '_>, matches: &ArgMatches) -> Result<(), Failure> {
    let (mut center, officer) = context.log_in(matches)?;
    let authority = center.timestamp_authority(&officer)?;
    // Tokens need the authority's key alone.
    drop(officer);
    let address = matches.get_one::<SocketAddr>("listen").copied();
    let address = address.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3161)));
    let server = Server::listen(address).map_err(|source| Failure::Listen { address, source })?;
    let address = server.address;
    let text = both!(
        context.language,
        "Timestamps at http://{address}/tsa, revocation list at http://{address}/ca.crl",
        "Sellos de tiempo en http://{address}/tsa, lista de revocación en http://{address}/ca.crl"
    );
    let facts = json!({
        "tsa": format!("http://{address}/tsa"),
        "crl": format!("http://{address}/ca.crl"),
    });
    context.answer(matches, &facts, &text)?;
    context.console.output.flush()?;
    server.run(|question| match question {
        Question::Timestamp(request) => Some(center.timestamp(&authority, &request)),
        Question::RevocationList => center.revocation_list().ok(),
    });
    Ok(())
}

fn certificate(context: &mut Context<'_, '_>, matches: &ArgMatches) -> Result<(), Failure> {
    let path = matches.get_one::<PathBuf>("file").cloned();
    let path = path.unwrap_or_default();
    let (mut center, officer) = context.log_in(matches)?;
    let authority = center.timestamp_authority(&officer)?;
    let pem = authority.certificate_pem()?;
    std::fs::write(&path, pem).map_err(|source| Failure::File {
        path: path.clone(),
        source,
    })?;
    let shown = path.display();
    let text = both!(
        context.language,
        "The authority's certificate is in {shown}.",
        "El certificado de la autoridad está en {shown}."
    );
    context.answer(matches, &json!({ "certificate": path }), &text)
}
