//! `sello prepare`: empty signature fields for those who will seal.

use std::path::Path;

use sello_document::stamp::{EmptyField, FieldLock, prepare_fields};
use sello_pdf::Source;
use serde::Serialize;

use crate::EXIT_GOOD;
use crate::cli::Prepare;
use crate::command::json;
use crate::command::stamp::document;
use crate::console::Console;
use crate::failure::Failure;
use crate::messages::Text;

/// The answer as JSON.
#[derive(Serialize)]
struct Answer<'a> {
    input: &'a Path,
    output: &'a Path,
    fields: Vec<&'a str>,
}

pub(crate) fn run(arguments: &Prepare, console: &mut Console<'_>) -> Result<u8, Failure> {
    let (input, output) = (&arguments.input, &arguments.output);
    let (opened, mut target) = document::begin(input, Some(output), false, console)?;
    let fields: Vec<EmptyField> = arguments
        .field
        .iter()
        .map(|spec| EmptyField {
            lock: arguments.lock_all.then_some(FieldLock::All),
            ..spec.0.clone()
        })
        .collect();
    let revision = prepare_fields(&opened.document, &fields);
    let revision = revision.map_err(|error| Failure::stamping(input, error))?;
    copy(input, opened.document.source(), &mut target)?;
    opened.watch.check(input)?;
    target.append(&revision)?;
    target.publish()?;
    if arguments.json {
        let answer = Answer {
            input,
            output,
            fields: fields.iter().map(|field| field.name.as_str()).collect(),
        };
        json(console, &answer);
    } else {
        console.say(&Text::FieldsPrepared {
            count: fields.len(),
            path: output,
        });
    }
    Ok(EXIT_GOOD)
}

/// Copies the bytes of a document.
pub(crate) fn copy(
    input: &Path,
    source: &dyn Source,
    target: &mut crate::target::Target,
) -> Result<(), Failure> {
    const BLOCK: usize = 1 << 20;
    let mut block = vec![0; BLOCK];
    let mut position = 0_u64;
    while position < source.len() {
        let left = source.len().saturating_sub(position);
        let size = usize::try_from(left).unwrap_or(BLOCK).min(BLOCK);
        let part = block.get_mut(..size).unwrap_or_default();
        source
            .read_exact_at(position, part)
            .map_err(|error| Failure::reading(input, &error))?;
        target.take(part)?;
        position = position.saturating_add(u64::try_from(size).unwrap_or(u64::MAX));
    }
    Ok(())
}
