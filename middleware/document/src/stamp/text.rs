//! Text in documents (ISO 32000-1 7.9.2) and digits.

use time::{OffsetDateTime, UtcOffset};

/// A text string: plain ASCII as it is, everything else in UTF-16 with its mark.
pub(super) fn encode(text: &str) -> Vec<u8> {
    if text.is_ascii() {
        return text.into();
    }
    let units = text.encode_utf16().flat_map(u16::to_be_bytes);
    [0xfe, 0xff].into_iter().chain(units).collect()
}

/// A text string as text; bytes above ASCII outside UTF-16 are taken for Latin-1.
pub(super) fn decode(bytes: &[u8]) -> String {
    match bytes.strip_prefix(&[0xfe, 0xff]) {
        Some(units) => {
            let (units, _) = units.as_chunks::<2>();
            let units: Vec<u16> = units.iter().copied().map(u16::from_be_bytes).collect();
            String::from_utf16_lossy(&units)
        }
        None => bytes.iter().copied().map(char::from).collect(),
    }
}

/// A date (ISO 32000-1 7.9.4), in UTC.
pub(super) fn date(time: OffsetDateTime) -> Vec<u8> {
    let time = time.to_offset(UtcOffset::UTC);
    format!(
        "D:{:04}{:02}{:02}{:02}{:02}{:02}Z",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
    .into_bytes()
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> Vec<u8> {
    let digit = |value: u8| match value {
        0..=9 => b'0'.wrapping_add(value),
        _ => b'a'.wrapping_add(value.wrapping_sub(10)),
    };
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_both_encodings() {
        assert_eq!(encode("Madrid"), b"Madrid");
        assert_eq!(encode("é"), [0xfe, 0xff, 0x00, 0xe9]);
        for text in ["", "Madrid", "Logroño, 合同 🖃"] {
            assert_eq!(decode(&encode(text)), text);
        }
    }

    #[test]
    fn dates_are_in_utc() {
        let time = time::macros::datetime!(2026-03-01 00:30:05 +02:00);
        assert_eq!(date(time), b"D:20260228223005Z");
    }

    #[test]
    fn digits_are_lower_case() {
        assert_eq!(hex(&[0x00, 0x9f, 0xa0]), b"009fa0");
    }
}
