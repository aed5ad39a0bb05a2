//! Listing and showing applications.

use std::fmt::Write;

use clap::ArgMatches;
use sello_center::application::Application;
use serde_json::json;

use super::word;
use crate::context::Context;
use crate::failure::Failure;
use crate::language::{Language, both};
use crate::message;

pub(crate) fn list(context: &mut Context<'_, '_>, matches: &ArgMatches) -> Result<(), Failure> {
    let applications = context.center()?.applications()?;
    let mut text = applications
        .iter()
        .map(|one| {
            format!(
                "{}  {:18}  {}  ({})",
                one.reference,
                message::state(one.state, context.language),
                one.request.applicant.name(),
                one.request.seal_name
            )
        })
        .collect::<Vec<_>>()
        .join("\n");
    if text.is_empty() {
        text = both!(
            context.language,
            "There are no applications. Next: sello-center apply --help",
            "No hay solicitudes. Siguiente paso: sello-center apply --help"
        );
    }
    let facts = json!({ "applications": applications });
    context.answer(matches, &facts, &text)
}

pub(crate) fn show(context: &mut Context<'_, '_>, matches: &ArgMatches) -> Result<(), Failure> {
    let application = context
        .center()?
        .application(&word(matches, "application"))?;
    let facts = serde_json::to_value(&application).map_err(|_| Failure::Unprintable)?;
    let text = describe(&application, context.language);
    context.answer(matches, &facts, &text)
}

fn describe(one: &Application, language: Language) -> String {
    let request = &one.request;
    let approved = match one.approved_by.as_slice() {
        [] => language.pick("nobody yet", "nadie todavía").to_owned(),
        some => some.join(", "),
    };
    let mut text = both!(
        language,
        "{}: {}\n  applicant    {} ({})\n  seal         {}, {} x {} mm\n  approved by  {approved}",
        "{}: {}\n  solicitante  {} ({})\n  sello        {}, {} x {} mm\n  aprobada por {approved}",
        one.reference,
        message::state(one.state, language),
        request.applicant.name(),
        request.applicant.identifier(),
        request.seal_name,
        request.width_mm,
        request.height_mm
    );
    if request.dual_control {
        text.push_str(language.pick(
            "\n  control      dual: each stamping needs the approver",
            "\n  control      dual: cada sellado necesita al aprobador",
        ));
    }
    for certificate in &one.certificates {
        let line = both!(
            language,
            "\n  certificate  {} ({}), card {}",
            "\n  certificado  {} ({}), tarjeta {}",
            certificate.serial,
            message::status(certificate.status, language),
            card_number(&certificate.card_serial)
        );
        text.push_str(&line);
    }
    if one.letter_due {
        let line = both!(
            language,
            "\n  The PIN letter is not made yet: sello-center personalize {} --letter FILE.pdf",
            "\n  Falta hacer la carta con el PIN: sello-center personalize {} --letter FICHERO.pdf",
            one.reference
        );
        // Writing to a String cannot fail.
        let _ = text.write_str(&line);
    }
    text
}

/// A card's serial number as readers and letters show it: decimal.
pub(crate) fn card_number(hexadecimal: &str) -> String {
    u32::from_str_radix(hexadecimal, 16)
        .map_or_else(|_| hexadecimal.to_owned(), |number| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_are_decimal() {
        assert_eq!(card_number("000000ff"), "255");
        assert_eq!(card_number("x"), "x");
    }
}
