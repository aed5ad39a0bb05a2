//! Making a center, officers, applications and approvals.

use std::path::PathBuf;

use clap::ArgMatches;
use sello_center::application::{Applicant, Kind, Request};
use sello_center::vault::Cost;
use sello_center::{Authority, Center};
use sello_issuing::state::State;
use sello_paper::picture::{SealPicture, draw, pixels_at_600_dpi};
use serde_json::json;

use super::{letter, word};
use crate::context::Context;
use crate::failure::Failure;
use crate::language::{Language, both};
use crate::passphrase;

pub(crate) fn init(context: &mut Context<'_, '_>, matches: &ArgMatches) -> Result<(), Failure> {
    let home = context.home()?;
    let operator = word(matches, "name");
    let optional = |name: &str| matches.get_one::<String>(name).cloned();
    let authority = Authority {
        name: optional("ca-name").unwrap_or_else(|| format!("{operator} CA")),
        operator,
        country: word(matches, "country"),
        identifier: optional("identifier"),
        crl_url: optional("crl-url"),
    };
    let officer = optional("officer").ok_or(Failure::WhichOfficer)?;
    // The center's name stands in every letter.
    letter::check_texts(&authority.operator, "Example", "Example")?;
    let language = context.language;
    let given = passphrase::read_new(context.console, matches, "passphrase", &officer, language)?;
    let folder = home.path().display().to_string();
    Center::initialize(home, &authority, &officer, &given, Cost::RECOMMENDED)?;
    let text = both!(
        language,
        "The center is ready in {folder}.\n\
         Certification authority: {}. First officer: {officer}.\n\
         Next: add a second officer, since two must approve: sello-center officer add NAME",
        "El centro está listo en {folder}.\n\
         Autoridad de certificación: {}. Primer oficial: {officer}.\n\
         Siguiente paso: añadir un segundo oficial, pues aprueban dos: \
         sello-center officer add NOMBRE",
        authority.name
    );
    let facts = json!({ "home": folder, "ca": authority.name, "officer": officer });
    context.answer(matches, &facts, &text)
}

pub(crate) fn officer(context: &mut Context<'_, '_>, matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("add", matches)) => add_officer(context, matches),
        Some((_, matches)) => {
            let officers = context.center()?.officers()?;
            let text = officers.join("\n");
            context.answer(matches, &json!({ "officers": officers }), &text)
        }
        None => Ok(()),
    }
}

fn add_officer(context: &mut Context<'_, '_>, matches: &ArgMatches) -> Result<(), Failure> {
    let name = word(matches, "new");
    let (mut center, by) = context.log_in(matches)?;
    let language = context.language;
    let given = passphrase::read_new(context.console, matches, "new-passphrase", &name, language)?;
    center.add_officer(&by, &name, &given, Cost::RECOMMENDED)?;
    let text = both!(
        language,
        "{name} is an officer now.",
        "{name} ya es oficial."
    );
    context.answer(matches, &json!({ "officer": name }), &text)
}

pub(crate) fn apply(context: &mut Context<'_, '_>, matches: &ArgMatches) -> Result<(), Failure> {
    let language = context.language;
    let applicant = applicant(matches);
    let individual = matches!(applicant, Applicant::Individual { .. });
    let kind = match matches.get_one::<String>("kind") {
        Some(name) => kind(name),
        None if individual => Kind::Individual,
        None => Kind::Official,
    };
    let width_mm = matches.get_one::<u32>("width-mm").copied().unwrap_or(40);
    let picture = match matches.get_one::<PathBuf>("picture") {
        Some(path) => std::fs::read(path).map_err(|source| Failure::File {
            path: path.clone(),
            source,
        })?,
        None => drawn(&applicant, kind, width_mm, language)?,
    };
    let seal_name = match matches.get_one::<String>("seal-name") {
        Some(name) => name.clone(),
        // An individual's certificate names its holder by the seal's name.
        None if individual => applicant.name().to_owned(),
        None => label(kind, language).to_owned(),
    };
    let request = Request::new(applicant, seal_name, kind, width_mm, picture)?
        .with_dual_control(matches.get_flag("dual-control"))
        .with_contact_only(matches.get_flag("contact-only"));
    let mut center = context.center()?;
    let holder = request.applicant.name();
    letter::check_texts(&center.operator()?, holder, &request.seal_name)?;
    let reference = center.apply(&request)?;
    let text = both!(
        language,
        "Application {reference} is received: {} for {}, {} x {} mm.\n\
         Next: two officers approve: sello-center approve {reference} --officer NAME",
        "Solicitud {reference} recibida: {} para {}, {} x {} mm.\n\
         Siguiente paso: aprueban dos oficiales: sello-center approve {reference} --officer NOMBRE",
        request.seal_name,
        request.applicant.name(),
        request.width_mm,
        request.height_mm
    );
    let facts = json!({ "application": reference, "state": State::Applied });
    context.answer(matches, &facts, &text)
}

pub(crate) fn approve(context: &mut Context<'_, '_>, matches: &ArgMatches) -> Result<(), Failure> {
    let reference = word(matches, "application");
    let (mut center, officer) = context.log_in(matches)?;
    let state = center.approve(&officer, &reference)?;
    let by = officer.name();
    let text = if state == State::Approved {
        let dual_control = center.application(&reference)?.request.dual_control;
        let letters = match (dual_control, context.language) {
            (false, Language::English) => "--letter FILE.pdf",
            (false, Language::Spanish) => "--letter FICHERO.pdf",
            (true, Language::English) => "--letter FILE.pdf --approver-letter OTHER.pdf",
            (true, Language::Spanish) => "--letter FICHERO.pdf --approver-letter OTRO.pdf",
        };
        both!(
            context.language,
            "{reference} is approved.\n\
             Next: put a blank card into the reader: \
             sello-center personalize {reference} {letters}",
            "{reference} está aprobada.\n\
             Siguiente paso: poner una tarjeta en blanco en el lector: \
             sello-center personalize {reference} {letters}"
        )
    } else {
        both!(
            context.language,
            "{by} has approved {reference}. A second officer must approve too.",
            "{by} ha aprobado {reference}. Debe aprobarla también un segundo oficial."
        )
    };
    let facts = json!({ "application": reference, "state": state, "officer": by });
    context.answer(matches, &facts, &text)
}

pub(crate) fn reject(context: &mut Context<'_, '_>, matches: &ArgMatches) -> Result<(), Failure> {
    let reference = word(matches, "application");
    let (mut center, officer) = context.log_in(matches)?;
    center.reject(&officer, &reference, &word(matches, "reason"))?;
    let text = both!(
        context.language,
        "{reference} is rejected.",
        "{reference} está rechazada."
    );
    let facts = json!({ "application": reference, "state": State::Rejected });
    context.answer(matches, &facts, &text)
}

fn applicant(matches: &ArgMatches) -> Applicant {
    let (country, identifier) = (word(matches, "country"), word(matches, "identifier"));
    match matches.get_one::<String>("individual").cloned() {
        Some(name) => Applicant::Individual {
            country,
            name,
            identifier,
        },
        None => Applicant::Organization {
            country,
            name: word(matches, "organization"),
            identifier,
        },
    }
}

fn kind(name: &str) -> Kind {
    match name {
        "contract" => Kind::Contract,
        "finance" => Kind::Finance,
        "invoice" => Kind::Invoice,
        "business" => Kind::Business,
        "individual" => Kind::Individual,
        // clap admits only the names of `cli::KINDS`.
        _ => Kind::Official,
    }
}

/// What a seal of this kind is called, on the picture and by default.
fn label(kind: Kind, language: Language) -> &'static str {
    match kind {
        Kind::Contract => language.pick("Contract seal", "Sello de contratos"),
        Kind::Finance => language.pick("Finance seal", "Sello financiero"),
        Kind::Invoice => language.pick("Invoice seal", "Sello de facturas"),
        Kind::Business => language.pick("Business seal", "Sello de negocio"),
        Kind::Individual => language.pick("Personal seal", "Sello personal"),
        _ => language.pick("Official seal", "Sello oficial"),
    }
}

fn drawn(
    applicant: &Applicant,
    kind: Kind,
    width_mm: u32,
    language: Language,
) -> Result<Vec<u8>, Failure> {
    let identifier = applicant.identifier();
    // VATES-B12345678 is read by people as B12345678.
    let short = identifier
        .split_once('-')
        .map_or(identifier, |(_, rest)| rest);
    let diameter_mm = u16::try_from(width_mm).unwrap_or(u16::MAX);
    let picture = SealPicture {
        organization: applicant.name(),
        kind_label: label(kind, language),
        identifier: Some(short),
        diameter_mm,
        pixels: pixels_at_600_dpi(diameter_mm),
    };
    Ok(draw(&picture)?)
}
