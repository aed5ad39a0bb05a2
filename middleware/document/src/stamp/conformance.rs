//! What a document promises to be, and a seal must not make it break: an archive document
//! (ISO 19005, "PDF/A") or a tagged one (ISO 32000-1 14.8).

use sello_pdf::{Dictionary, Object, View};

use super::error::StampError;
use crate::appearance::Colors;

/// Most bytes of XMP metadata looked at.
const MOST_METADATA: usize = 4 * 1024 * 1024;
/// Most output intents looked at.
const MOST_INTENTS: usize = 64;

/// What a seal in this document may be made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Conformance {
    /// Whether pictures may be transparent: ISO 19005-1 forbids it.
    pub(super) transparency: bool,
    /// How colors are written.
    pub(super) colors: Colors,
    /// Whether the document's structure is told by tags.
    pub(super) tagged: bool,
}

/// Looks at what the document says of itself.
pub(super) fn read(view: &View<'_>, catalog: &Dictionary) -> Result<Conformance, StampError> {
    let archive = archive_part(view, catalog)?;
    let colors = match archive {
        Some(_) if !has_rgb_intent(view, catalog)? => Colors::Calibrated,
        _ => Colors::Device,
    };
    Ok(Conformance {
        transparency: archive != Some(1),
        colors,
        tagged: is_tagged(view, catalog)?,
    })
}

/// The part of ISO 19005 that the document claims in its metadata.
fn archive_part(view: &View<'_>, catalog: &Dictionary) -> Result<Option<u8>, StampError> {
    let Object::Stream(metadata) = view.get(catalog, "Metadata")? else {
        return Ok(None);
    };
    // Metadata that cannot be read claim nothing.
    let Ok(data) = view.stream_data(&metadata, MOST_METADATA) else {
        return Ok(None);
    };
    Ok(claimed_part(&data))
}

/// `pdfaid:part` as an element or an attribute.
fn claimed_part(xmp: &[u8]) -> Option<u8> {
    const KEY: &[u8] = b"pdfaid:part";
    let at = xmp.windows(KEY.len()).position(|window| window == KEY)?;
    let rest = xmp.get(at.checked_add(KEY.len())?..)?;
    let between = |byte: &&u8| matches!(**byte, b'>' | b'=' | b'"' | b'\'' | b' ');
    let digit = rest.iter().find(|byte| !between(byte))?;
    digit.is_ascii_digit().then(|| digit.wrapping_sub(b'0'))
}

/// Whether an output intent says what the device's red, green and blue are.
fn has_rgb_intent(view: &View<'_>, catalog: &Dictionary) -> Result<bool, StampError> {
    let Object::Array(intents) = view.get(catalog, "OutputIntents")? else {
        return Ok(false);
    };
    for intent in intents.iter().take(MOST_INTENTS) {
        let Object::Dictionary(intent) = view.value(intent)? else {
            continue;
        };
        if let Object::Stream(profile) = view.get(&intent, "DestOutputProfile")?
            && view.get(&profile.dictionary, "N")? == Object::Integer(3)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_tagged(view: &View<'_>, catalog: &Dictionary) -> Result<bool, StampError> {
    let Object::Dictionary(mark) = view.get(catalog, "MarkInfo")? else {
        return Ok(false);
    };
    let marked = view.get(&mark, "Marked")? == Object::Boolean(true);
    Ok(marked && catalog.get("StructTreeRoot").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claimed_part_is_found_in_both_spellings() {
        assert_eq!(claimed_part(b"<pdfaid:part>1</pdfaid:part>"), Some(1));
        assert_eq!(claimed_part(b"<x pdfaid:part='3' y=''/>"), Some(3));
        assert_eq!(claimed_part(b"<x pdfaid:part = \"2\"/>"), Some(2));
        for nothing in ["", "pdfaid:part", "<pdfaid:part>x", "pdfaid:conformance>B"] {
            assert_eq!(claimed_part(nothing.as_bytes()), None, "{nothing}");
        }
    }
}
