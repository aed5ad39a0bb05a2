//! Text strings and dates of a document as text to be shown (ISO 32000-1 7.9.2 and 7.9.4).

use sello_cades::name::shown;
use sello_pdf::Object;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text string; other objects give nothing.
pub(super) fn text(value: &Object) -> Option<String> {
    let bytes = value.as_string()?;
    let decoded = match bytes {
        [0xfe, 0xff, rest @ ..] => {
            let (pairs, _) = rest.as_chunks::<2>();
            char::decode_utf16(pairs.iter().map(|pair| u16::from_be_bytes(*pair)))
                .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        // PDFDocEncoding agrees with Latin-1 for all letters that seals use.
        other => other.iter().map(|byte| char::from(*byte)).collect(),
    };
    Some(shown(&decoded))
}

/// A date as `2026-11-22T21:40:05+01:00`; what is no full date is shown as it stands.
pub(super) fn date(value: &Object) -> Option<String> {
    let written = text(value)?;
    Some(parse_date(&written).unwrap_or(written))
}

/// `D:YYYYMMDDHHmmSS` and the offset from UTC.
fn parse_date(written: &str) -> Option<String> {
    let digits = written.strip_prefix("D:").unwrap_or(written);
    let (when, zone) = digits.split_at_checked(14)?;
    if !when.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| when.get(from..to).unwrap_or_default();
    let zone = match zone.replace('\'', "").as_bytes() {
        [] | [b'Z', ..] => "Z".to_owned(),
        [sign @ (b'+' | b'-'), h1, h2, rest @ ..] => {
            let minutes = std::str::from_utf8(rest)
                .ok()
                .filter(|rest| rest.len() == 2);
            let (sign, h1, h2) = (char::from(*sign), char::from(*h1), char::from(*h2));
            format!("{sign}{h1}{h2}:{}", minutes.unwrap_or("00"))
        }
        _ => return None,
    };
    Some(format!(
        "{}-{}-{}T{}:{}:{}{zone}",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12),
        part(12, 14)
    ))
}

/// A moment, RFC 3339.
pub(super) fn moment(time: OffsetDateTime) -> String {
    // Only years beyond 9999 cannot be written, and none can be read here.
    time.format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(bytes: &[u8]) -> Object {
        Object::String(bytes.to_vec())
    }

    #[test]
    fn strings_in_every_encoding() {
        assert_eq!(text(&string(b"Compa\xf1ia")).as_deref(), Some("Compañia"));
        assert_eq!(
            text(&string(b"\xfe\xff\x00A\x20\x2e")).as_deref(),
            Some("A\u{fffd}")
        );
        assert_eq!(text(&string("\u{feff}ñ".as_bytes())).as_deref(), Some("ñ"));
        assert_eq!(text(&Object::Null), None);
    }

    #[test]
    fn dates_in_the_forms_that_occur() {
        for (written, expected) in [
            ("D:20261122214005Z", "2026-11-22T21:40:05Z"),
            ("D:20261122214005+01'00'", "2026-11-22T21:40:05+01:00"),
            ("D:20261122214005-0330", "2026-11-22T21:40:05-03:30"),
            ("D:20261122214005", "2026-11-22T21:40:05Z"),
            ("yesterday", "yesterday"),
        ] {
            assert_eq!(date(&string(written.as_bytes())).as_deref(), Some(expected));
        }
    }
}
