//! `sello renew`: a sealed document proved for longer, with new validation data and a document
//! timestamp over all of it (EN 319 142-1, 6.2.4). Neither card nor PIN.

use std::path::Path;

use sello_cades::{Purpose, SignedData};
use sello_document::stamp::{Digested, StampError, add_evidence, signature_values};
use serde::Serialize;

use crate::EXIT_GOOD;
use crate::cli::Renew;
use crate::command::prepare::copy;
use crate::command::stamp::document;
use crate::command::stamp::level::{Trial, archive, demand_authority};
use crate::command::{json, trust};
use crate::console::Console;
use crate::evidence::Gatherer;
use crate::failure::Failure;
use crate::messages::Text;

/// The answer as JSON.
#[derive(Serialize)]
struct Answer<'a> {
    input: &'a Path,
    output: &'a Path,
    /// Certificates, lists and OCSP answers that a verifier finds in the document now.
    certificates: usize,
    revocation_lists: usize,
    ocsp_responses: usize,
}

pub(crate) fn run(arguments: &Renew, console: &mut Console<'_>) -> Result<u8, Failure> {
    let input = &arguments.input;
    let failed = |error: StampError| Failure::stamping(input, error);
    let output = arguments.output.as_deref();
    let (opened, mut target) = document::begin(input, output, arguments.repair, console)?;
    let values = signature_values(&opened.document).map_err(failed)?;
    if values.is_empty() {
        return Err(Failure::NothingSealed {
            path: input.clone(),
        });
    }
    let trial = Trial::of(arguments.tsa.clone())?;
    let folder = trust::folder(arguments.trust.as_deref(), console);
    let store = trust::documents(folder.as_deref())?;
    let online = (!arguments.offline).then_some(&trial.authorities);
    let mut gatherer = Gatherer::new(folder.as_deref(), store, online, console.now);
    // What the new timestamp's verifier needs has to be complete; of the earlier signatures whatever
    // can still be had is taken, since some may be past their certificates' time.
    trial.demand(&mut gatherer)?;
    for value in &values {
        let _ = demand_signer(value, &mut gatherer);
    }
    let evidence = gatherer.into_found();

    let source = opened.document.source();
    copy(input, source, &mut target)?;
    let mut digested = Digested::of(source).map_err(|error| Failure::reading(input, &error))?;
    opened.watch.check(input)?;
    let last = values.last().map(Vec::as_slice);
    let revision = add_evidence(&opened.document, &evidence, last).map_err(failed)?;
    target.append(&revision)?;
    digested.append(&revision);
    let room = trial.room();
    archive(
        input,
        &mut target,
        &digested,
        &trial.authorities,
        &trial.url,
        room,
    )?;
    target.publish()?;
    let output = output.unwrap_or(input);
    if arguments.json {
        let answer = Answer {
            input,
            output,
            certificates: evidence.certificates.len(),
            revocation_lists: evidence.revocation_lists.len(),
            ocsp_responses: evidence.ocsp_responses.len(),
        };
        json(console, &answer);
    } else {
        console.say(&Text::Renewed { path: output });
    }
    Ok(EXIT_GOOD)
}

/// Gathers for the signer of one signature, or for the authority of a document timestamp.
fn demand_signer(value: &[u8], gatherer: &mut Gatherer<'_>) -> Option<()> {
    if let Some(outcome) = demand_authority(value, gatherer) {
        return outcome.ok();
    }
    let data = SignedData::parse_any(value).ok()?;
    let others: Vec<Vec<u8>> = data
        .certificates()
        .iter()
        .map(|one| one.as_der().to_vec())
        .collect();
    let signer = data
        .signers()
        .iter()
        .find_map(|signer| signer.as_ref().ok())?;
    let certificate = signer.certificate(data.certificates())?;
    gatherer
        .demand(certificate.as_der(), &others, Purpose::Document)
        .ok()
}
